//! Attestations: accepted receipts and messages for other chains, in a mountain range over all blocks.
//!
//! Its hash is keccak-256, which other chains have. Who turns this on for BEEFY's light clients one day keeps the
//! range: a leaf has a version.

use crate::*;
use frame_support::traits::ConstU32;
use frame_system::EnsureRoot;
use sp_runtime::traits::Keccak256;

impl pallet_attestations::Config for Runtime {
	type AdminOrigin = EnsureRoot<AccountId>;
	// Twice as many as fit into a block by weight, which a test compares.
	type MaxReceipts = ConstU32<8_192>;
	type MaxMessages = ConstU32<1_024>;
	type WeightInfo = pallet_attestations::weights::SubstrateWeight<Runtime>;
}

impl pallet_mmr::Config for Runtime {
	// The one under which the node's gadget looks.
	const INDEXING_PREFIX: &'static [u8] = sp_mmr_primitives::INDEXING_PREFIX;

	type BlockHashProvider = pallet_mmr::DefaultBlockHashProvider<Runtime>;
	type Hashing = Keccak256;
	type LeafData = Attestations;
	type OnNewRoot = Attestations;
	type WeightInfo = weights::pallet_mmr::SubstrateWeight<Runtime>;
	#[cfg(feature = "runtime-benchmarks")]
	type BenchmarkHelper = ();
}
