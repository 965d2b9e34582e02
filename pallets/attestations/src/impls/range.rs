//! The range over all blocks, which the mountain range pallet makes.

use super::block_end::Host;
use crate::{BlockRoot, Config, LastBlock, Pallet};
use codec::Encode;
use polkadot_sdk::{
	frame_system,
	sp_core::H256,
	sp_mmr_primitives::{LeafDataProvider, OnNewRoot},
	sp_runtime::{
		traits::{One, Saturating},
		DigestItem, SaturatedConversion,
	},
};
use quittance_attestations::{block_tree, AttestedBlock, Log, ENGINE_ID};

impl<T: Config> LeafDataProvider for Pallet<T> {
	type LeafData = AttestedBlock;

	/// What the block before this one has attested: the range is appended to when a block begins, and only then is
	/// the hash of the one before it known. It says nothing of this block, so that all its forks agree on it.
	fn leaf_data() -> AttestedBlock {
		let number = frame_system::Pallet::<T>::block_number().saturating_sub(One::one());
		// A tree without leaves has a root.
		let (root, count) = match LastBlock::<T>::get() {
			Some(BlockRoot { root, count }) => (root, count),
			None => (block_tree::root::<Host>(&[]).unwrap_or_default(), 0),
		};
		AttestedBlock {
			version: AttestedBlock::VERSION,
			number: number.saturated_into(),
			hash: frame_system::Pallet::<T>::parent_hash().into(),
			root,
			count,
		}
	}
}

impl<T: Config> OnNewRoot<H256> for Pallet<T> {
	/// Names the root in the header, so that whoever knows a final header knows it.
	fn on_new_root(root: &H256) {
		let log = Log::Range(root.0).encode();
		frame_system::Pallet::<T>::deposit_log(DigestItem::Consensus(ENGINE_ID, log));
	}
}
