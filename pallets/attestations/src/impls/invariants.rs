//! What holds between any two calls.

use crate::{Config, Pallet};

impl<T: Config> Pallet<T> {
	/// Checks that
	///
	/// * no receipt is a leaf twice: job and nullifier of each of this block's are its own;
	/// * this block's messages are for chains that are known, and those for one are its last ones, without a gap;
	/// * the tree of the last block, where there is one, has leaves, and no more than a tree can have.
	pub fn do_try_state() -> Result<(), polkadot_sdk::sp_runtime::TryRuntimeError> {
		use crate::{LastBlock, Messages, Receipts, Targets};
		use alloc::collections::{BTreeMap, BTreeSet};
		use polkadot_sdk::frame_support::ensure;
		use quittance_attestations::block_tree::MAX_LEAVES;

		let mut accepted = BTreeSet::new();
		for receipt in Receipts::<T>::get() {
			ensure!(
				accepted.insert((receipt.job, receipt.nullifier)),
				"no receipt is a leaf twice"
			);
		}
		let mut next = BTreeMap::new();
		for message in Messages::<T>::get() {
			let last = next.insert(message.target, message.sequence.saturating_add(1));
			ensure!(last.is_none_or(|last| last == message.sequence), "messages have no gap");
		}
		for (target, next) in next {
			let known =
				Targets::<T>::get(target).ok_or("messages are for chains that are known")?;
			ensure!(known.next == next, "the messages of the block are the last ones");
		}
		ensure!(
			LastBlock::<T>::get().is_none_or(|last| (1..=MAX_LEAVES).contains(&last.count)),
			"the last block has a tree where it has leaves"
		);
		Ok(())
	}
}
