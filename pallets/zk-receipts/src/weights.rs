//! Weights of the calls.
//!
//! Until the generated benchmarks of the next milestone these are sums written by hand: database
//! operations by the runtime's own costs, computation by generous estimates that
//! `scripts/bench.sh groth16-verify` is to be held against.

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
	fn register_circuit() -> Weight;
	fn remove_circuit() -> Weight;
	fn pause_circuit() -> Weight;
	fn register_issuer() -> Weight;
	fn admit_issuer() -> Weight;
	fn remove_issuer() -> Weight;
	fn withdraw_issuer_bond() -> Weight;
	/// What every block pays to know whether there is something to remove.
	fn look_for_expired() -> Weight;
	/// One nullifier removed or put off, or one empty group passed.
	fn remove_nullifier() -> Weight;
	/// A receipt refused before its signature or proof is looked at.
	fn submit_refused() -> Weight;
	fn submit_transparent() -> Weight;
	fn submit_basic() -> Weight;
	/// Receipts submitted together, all of them true: so many transparent ones, and so many with a
	/// proof under so many circuits.
	fn submit_batch(transparent: u32, proofs: u32, circuits: u32) -> Weight;
	/// Proofs verified one by one after they did not hold together.
	fn verify_singly(proofs: u32) -> Weight;
}

/// Weights for a runtime with the host functions.
pub struct SubstrateWeight<T>(PhantomData<T>);

/// Computation of `micros` microseconds, `reads` and `writes` of the database, `proof` bytes read.
fn parts<T: frame_system::Config>(micros: u64, reads: u64, writes: u64, proof: u64) -> Weight {
	Weight::from_parts(micros.saturating_mul(WEIGHT_REF_TIME_PER_MICROS), proof)
		.saturating_add(T::DbWeight::get().reads_writes(reads, writes))
}

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
	fn register_circuit() -> Weight {
		parts::<T>(6_000, 3, 4, 10_000)
	}
	fn remove_circuit() -> Weight {
		parts::<T>(50, 3, 4, 10_000)
	}
	fn pause_circuit() -> Weight {
		parts::<T>(20, 1, 1, 6_000)
	}
	fn register_issuer() -> Weight {
		parts::<T>(4_000, 6, 5, 16_000)
	}
	fn admit_issuer() -> Weight {
		parts::<T>(20, 1, 1, 4_000)
	}
	fn remove_issuer() -> Weight {
		parts::<T>(20, 1, 1, 4_000)
	}
	fn withdraw_issuer_bond() -> Weight {
		parts::<T>(50, 3, 5, 16_000)
	}
	fn look_for_expired() -> Weight {
		parts::<T>(10, 2, 1, 4_000)
	}
	fn remove_nullifier() -> Weight {
		parts::<T>(20, 3, 3, 12_000)
	}
	fn submit_refused() -> Weight {
		// Subject, nullifier and the root over 16 issuers are nine hashes in the field.
		parts::<T>(1_000, 40, 0, 80_000)
	}
	fn submit_transparent() -> Weight {
		Self::submit_refused().saturating_add(parts::<T>(200, 8, 9, 20_000))
	}
	fn submit_basic() -> Weight {
		Self::submit_refused().saturating_add(parts::<T>(4_000, 8, 9, 24_000))
	}
	fn submit_batch(transparent: u32, proofs: u32, circuits: u32) -> Weight {
		let with_proof = Self::submit_refused().saturating_add(parts::<T>(500, 8, 9, 20_000));
		parts::<T>(3_000, 0, 0, 0)
			.saturating_add(parts::<T>(3_500, 1, 0, 4_000).saturating_mul(circuits.into()))
			.saturating_add(Self::submit_transparent().saturating_mul(transparent.into()))
			.saturating_add(with_proof.saturating_mul(proofs.into()))
	}
	fn verify_singly(proofs: u32) -> Weight {
		parts::<T>(2_000, 0, 0, 0).saturating_mul(proofs.into())
	}
}
