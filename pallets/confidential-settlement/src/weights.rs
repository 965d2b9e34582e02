//! Weights of `pallet_confidential_settlement`, **estimated by hand**.
//!
//! Nothing here was measured. `scripts/weights.sh` is to replace this file once the pallet is in the
//! runtime; until then the numbers are sums of what was measured for others, rounded up:
//!
//! * a proof under a cold key: 4.5 ms (`submit_basic` of the receipts pallet, 4.3 ms with all that it does);
//! * a hash in the field: 0.12 ms (docs/benchmarks.md: 0.08 ms by the host function, 0.12 ms at worst). A leaf
//!   takes 16 at most, and of two leaves only one takes any; a root takes 31; a deposit's commitment one;
//! * a payment: 0.1 ms; everything else in a call: 0.3 ms for judging one, 0.1 ms for doing it;
//! * database operations as for all pallets, of which every one is counted that can happen.

use core::marker::PhantomData;
use polkadot_sdk::{
	frame_support::{traits::Get, weights::Weight},
	frame_system,
};

/// Weights of the pallet's calls and of their parts, in the order of the benchmarks.
#[allow(missing_docs)] // Named after the benchmarks, which say what they measure.
pub trait WeightInfo {
	fn deposit() -> Weight;
	fn authorize_transfer() -> Weight;
	fn transfer() -> Weight;
	fn authorize_withdraw() -> Weight;
	fn withdraw() -> Weight;
	fn set_circuit() -> Weight;
	fn pause() -> Weight;
	fn record_root() -> Weight;
}

/// Weights for a runtime on disk, executed by a node with the host functions.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
	// Paused, CircuitInForce, NoteTree (w), PoolTotals (w), System::Account (2, w).
	fn deposit() -> Weight {
		Weight::from_parts(2_500_000_000, 12_000)
			.saturating_add(T::DbWeight::get().reads(6_u64))
			.saturating_add(T::DbWeight::get().writes(4_u64))
	}
	// What the filter of calls reads (2), Paused, CircuitInForce, System::BlockHash, the job clock (2), what
	// the fee depends on (3), RecentRoots, Nullifiers (2), NoteTree, PoolTotals, System::Account, and of the
	// registry the circuit and its key.
	fn authorize_transfer() -> Weight {
		Weight::from_parts(4_900_000_000, 24_000).saturating_add(T::DbWeight::get().reads(18_u64))
	}
	// Nullifiers (2 w), NoteTree (w), PoolTotals (w), what the fee depends on (3), System::Account (3, w): the
	// pool, the relayer and the block's author, and who that is (2).
	fn transfer() -> Weight {
		Weight::from_parts(2_500_000_000, 16_000)
			.saturating_add(T::DbWeight::get().reads(10_u64))
			.saturating_add(T::DbWeight::get().writes(7_u64))
	}
	// As for a transfer, and the payee's account in place of the pause.
	fn authorize_withdraw() -> Weight {
		Weight::from_parts(4_900_000_000, 24_000).saturating_add(T::DbWeight::get().reads(18_u64))
	}
	// As for a transfer, and the payee.
	fn withdraw() -> Weight {
		Weight::from_parts(2_600_000_000, 19_000)
			.saturating_add(T::DbWeight::get().reads(11_u64))
			.saturating_add(T::DbWeight::get().writes(8_u64))
	}
	// CircuitInForce (w), and of the registry two circuits and the number of their references (w), and whether
	// the chain is for development.
	fn set_circuit() -> Weight {
		Weight::from_parts(150_000_000, 16_000)
			.saturating_add(T::DbWeight::get().reads(6_u64))
			.saturating_add(T::DbWeight::get().writes(3_u64))
	}
	// Paused (w).
	fn pause() -> Weight {
		Weight::from_parts(50_000_000, 1_500)
			.saturating_add(T::DbWeight::get().reads(1_u64))
			.saturating_add(T::DbWeight::get().writes(1_u64))
	}
	// NoteTree, RecordedRoots (w), RootRing (w), RecentRoots (2 w).
	fn record_root() -> Weight {
		Weight::from_parts(4_000_000_000, 8_000)
			.saturating_add(T::DbWeight::get().reads(3_u64))
			.saturating_add(T::DbWeight::get().writes(4_u64))
	}
}
