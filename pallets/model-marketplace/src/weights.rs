//! Weights of the calls.
//!
//! Until the generated benchmarks of the next milestone these are sums written by hand from the
//! number of database operations in the worst case (16 issuers) and a generous share of
//! computation.

use core::marker::PhantomData;
use polkadot_sdk::{
	frame_support::{
		traits::Get,
		weights::{constants::WEIGHT_REF_TIME_PER_MICROS, Weight},
	},
	frame_system,
};

/// Weights of the pallet's calls.
#[allow(missing_docs)] // Named after the calls.
pub trait WeightInfo {
	fn register_model() -> Weight;
	fn retire_model() -> Weight;
	fn remove_model() -> Weight;
	fn post_job() -> Weight;
	fn fulfil_job() -> Weight;
	fn refund_job() -> Weight;
	fn remove_job() -> Weight;
}

/// Weights for a runtime on disk.
pub struct SubstrateWeight<T>(PhantomData<T>);

/// Computation of `micros` microseconds, `reads` and `writes` of the database, `proof` bytes read.
fn parts<T: frame_system::Config>(micros: u64, reads: u64, writes: u64, proof: u64) -> Weight {
	Weight::from_parts(micros.saturating_mul(WEIGHT_REF_TIME_PER_MICROS), proof)
		.saturating_add(T::DbWeight::get().reads_writes(reads, writes))
}

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
	fn register_model() -> Weight {
		parts::<T>(60, 3, 3, 8_000)
	}
	fn retire_model() -> Weight {
		parts::<T>(20, 1, 1, 4_000)
	}
	fn remove_model() -> Weight {
		parts::<T>(50, 3, 3, 8_000)
	}
	fn post_job() -> Weight {
		parts::<T>(200, 24, 7, 64_000)
	}
	fn fulfil_job() -> Weight {
		parts::<T>(150, 8, 9, 24_000)
	}
	fn refund_job() -> Weight {
		parts::<T>(150, 40, 6, 80_000)
	}
	fn remove_job() -> Weight {
		parts::<T>(50, 3, 3, 12_000)
	}
}
