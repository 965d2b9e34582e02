//! A block ends: its leaves become a tree.

use crate::{BlockRoot, Config, LastBlock, Messages, Pallet, Receipts, WeightInfo};
use alloc::vec::Vec;
use codec::Encode;
use polkadot_sdk::{
	frame_support::{dispatch::DispatchClass, traits::Defensive},
	frame_system::{self, pallet_prelude::BlockNumberFor},
	sp_io::{hashing::keccak_256, offchain_index},
	sp_runtime::{DigestItem, SaturatedConversion},
};
use quittance_attestations::{
	block_key, message_key, receipt_key, Hash, Keccak256, Leaf, Log, ENGINE_ID,
};

/// The chain's host function.
pub(crate) struct Host;

impl Keccak256 for Host {
	fn hash(bytes: &[u8]) -> Hash {
		keccak_256(bytes)
	}
}

impl<T: Config> Pallet<T> {
	/// Sets aside what the end of the block will take for one leaf more. It must run whatever the block's
	/// extrinsics have weighed, hence the class.
	pub(crate) fn set_aside_weight() {
		let [one, none] = [1, 0].map(T::WeightInfo::finish_block);
		let weight = one.saturating_sub(none);
		frame_system::Pallet::<T>::register_extra_weight_unchecked(
			weight,
			DispatchClass::Mandatory,
		);
	}

	/// Takes the block's leaves out of the state, names the root of their tree in the header and keeps it for the
	/// range, and has nodes with an index keep the leaves.
	///
	/// What comes in the same block after this, from a hook of a later pallet, is a leaf of the next one.
	pub(crate) fn finish_block(number: BlockNumberFor<T>) {
		let receipts = Receipts::<T>::take().into_iter().map(Leaf::from);
		let leaves: Vec<Leaf> =
			receipts.chain(Messages::<T>::take().into_iter().map(Leaf::from)).collect();
		// Whatever comes, the range must not take the block before for this one.
		LastBlock::<T>::kill();
		if leaves.is_empty() {
			return;
		}
		let hashes: Vec<Hash> = leaves.iter().map(Leaf::hash::<Host>).collect();
		let tree = BlockRoot::over::<Host>(&hashes);
		let Some(tree) = tree.defensive_proof("the bounds of leaves are below the tree's") else {
			return;
		};
		LastBlock::<T>::put(tree);
		let BlockRoot { root, count } = tree;
		let log = Log::Block { root, count }.encode();
		frame_system::Pallet::<T>::deposit_log(DigestItem::Consensus(ENGINE_ID, log));
		Self::index(number.saturated_into(), &root, &leaves);
	}

	/// Writes into the offchain database of nodes that have it turned on. The state does not change by it, and no
	/// node sees what is there while it executes a block.
	fn index(number: u64, root: &Hash, leaves: &[Leaf]) {
		offchain_index::set(&block_key(root), &leaves.encode());
		for leaf in leaves {
			let key = match leaf {
				Leaf::Receipt(receipt) => receipt_key(receipt.job),
				Leaf::Message(message) => message_key(message.target, message.sequence),
			};
			offchain_index::set(&key, &number.encode());
		}
	}
}
