//! Groth16 verification and Poseidon over BN254, computed by the node rather than in Wasm.
//!
//! polkadot-sdk has host functions for several curves and none for BN254. These wrap
//! [`quittance_groth16`] and [`quittance_poseidon`] and nothing else: [`portable`] is the same code
//! compiled into the runtime, and the test `differential` runs both, and the native build, over one
//! corpus. Equal verdicts are what consensus rests on.
//!
//! The functions are versioned and named `ext_quittance_*_version_1`. They read and write no state
//! and need no externalities. Where they are missing, in tools that run a runtime without our node,
//! an instance of the runtime traps when it calls one; a runtime built with the feature `portable`
//! never does.
//!
//! # Cost
//!
//! The node keeps prepared verifying keys of the last 64 distinct keys ([`PREPARED_KEYS`]). A
//! weight must pay for the case that the key is not among them. The feature `runtime-benchmarks`
//! turns the cache off, so that a benchmark run by a node built with it measures just that.
//! The benchmark `groth16-verify` of this crate prints both cases.

#![cfg_attr(not(feature = "std"), no_std)]
// Not `forbid`: the macro's expansion in `calls` is the exception.
#![deny(unsafe_code)]
#![warn(missing_docs)]

extern crate alloc;

mod batch;
mod calls;
pub mod portable;
mod poseidon_error;
#[cfg(feature = "std")]
mod prepared_keys;

pub use batch::Verdicts;
pub use poseidon_error::PoseidonError;
pub use quittance_groth16::{BatchError, BatchItem, KeyError, PreparedKey, VerifyError};

/// The host functions, for the type parameter of an executor.
#[cfg(all(feature = "std", not(substrate_runtime)))]
pub type HostFunctions = (calls::quittance::HostFunctions,);

#[cfg(feature = "std")]
pub use prepared_keys::{clear_prepared_keys, PREPARED_KEYS};

use quittance_poseidon::Hasher;

use quittance_groth16::Fr;

/// Decides whether `proof` shows `inputs` under `key`. Formats, checks and their order are those of
/// [`quittance_groth16::verify`].
pub fn verify(key: &[u8], proof: &[u8], inputs: &[u8]) -> Result<(), VerifyError> {
	#[cfg(feature = "portable")]
	return portable::verify(key, proof, inputs);
	#[cfg(not(feature = "portable"))]
	quittance_groth16::result_from_code(calls::quittance::groth16_bn254_verify(key, proof, inputs))
}

/// Decides of each item of a batch whether its proof shows its inputs under its key, as
/// [`quittance_groth16::verify_batch`] does.
///
/// Errors: [`BatchError`]; [`BatchError::Unrecognised`] if the host is not ours.
pub fn verify_batch<K: AsRef<[u8]>>(
	keys: &[K],
	items: &[BatchItem<'_>],
) -> Result<Verdicts, BatchError> {
	#[cfg(feature = "portable")]
	return portable::verify_batch(keys, items);
	#[cfg(not(feature = "portable"))]
	{
		// Before anything is copied.
		quittance_groth16::check_batch(keys.len(), items)?;
		let mut verdicts = alloc::vec![0; items.len().saturating_mul(batch::VERDICT_BYTES)];
		let request = batch::request(keys, items);
		let code = calls::quittance::groth16_bn254_verify_batch(&request, &mut verdicts);
		batch::read(code, &verdicts)
	}
}

/// Decides whether a key may be registered, as [`quittance_groth16::validate_key`] does.
///
/// Errors: [`VerifyError::Key`], whose variants [`KeyError`] names. [`VerifyError::Unrecognised`]
/// if the host is not ours.
pub fn validate_key(key: &[u8]) -> Result<(), VerifyError> {
	#[cfg(feature = "portable")]
	return Ok(portable::validate_key(key)?);
	#[cfg(not(feature = "portable"))]
	quittance_groth16::result_from_code(calls::quittance::groth16_bn254_validate_key(key))
}

/// Poseidon of 1 to 16 scalars of 32 bytes, little-endian and below `r`. The hash has the same
/// format.
///
/// Errors: [`PoseidonError`].
pub fn poseidon(inputs: &[u8]) -> Result<[u8; 32], PoseidonError> {
	#[cfg(feature = "portable")]
	return portable::poseidon(inputs);
	#[cfg(not(feature = "portable"))]
	{
		let mut hash = [0; 32];
		match calls::quittance::poseidon_bn254(inputs, &mut hash) {
			0 => Ok(hash),
			code => Err(PoseidonError::from_code(code)),
		}
	}
}

/// Poseidon computed by the host, or in the runtime under the feature `portable`.
#[derive(Clone, Copy, Debug)]
pub struct Host;

impl Hasher for Host {
	fn hash<const N: usize>(inputs: &[Fr; N]) -> Fr {
		const { assert!(N >= 1 && N <= quittance_poseidon::MAX_INPUTS, "Poseidon takes 1 to 16 inputs") };
		#[cfg(feature = "portable")]
		return quittance_poseidon::Native::hash(inputs);
		#[cfg(not(feature = "portable"))]
		{
			let bytes = quittance_groth16::encode_inputs(inputs);
			// Inputs are canonical because `Fr` is, their number is checked above, and the host
			// writes an `Fr`. A host that refuses all the same is not ours. The block must then
			// fail: any number returned in place of the hash could be made to match another.
			poseidon(&bytes)
				.ok()
				.and_then(|hash| quittance_groth16::decode_scalar(&hash))
				.expect("the host computes Poseidon of 1 to 16 canonical scalars")
		}
	}
}
