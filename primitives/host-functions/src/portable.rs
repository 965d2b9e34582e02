//! The functions without a host: what the host functions wrap, compiled where it is called.

use crate::{PoseidonError, Verdicts};
use quittance_groth16::{
	decode_inputs, encode_scalar, BatchError, BatchItem, KeyError, VerifyError, SCALAR_BYTES,
};

/// [`crate::verify`] without a host.
pub fn verify(key: &[u8], proof: &[u8], inputs: &[u8]) -> Result<(), VerifyError> {
	quittance_groth16::verify(key, proof, inputs)
}

/// [`crate::verify_batch`] without a host.
pub fn verify_batch<K: AsRef<[u8]>>(
	keys: &[K],
	items: &[BatchItem<'_>],
) -> Result<Verdicts, BatchError> {
	quittance_groth16::verify_batch(keys, items)
}

/// [`crate::validate_key`] without a host.
pub fn validate_key(key: &[u8]) -> Result<(), KeyError> {
	quittance_groth16::validate_key(key)
}

/// [`crate::poseidon`] without a host.
pub fn poseidon(inputs: &[u8]) -> Result<[u8; 32], PoseidonError> {
	// Before anything is decoded, so that the work is bounded by sixteen scalars.
	if inputs.is_empty()
		|| !inputs.len().is_multiple_of(SCALAR_BYTES)
		|| inputs.len() > SCALAR_BYTES.saturating_mul(quittance_poseidon::MAX_INPUTS)
	{
		return Err(PoseidonError::Count);
	}
	let scalars = decode_inputs(inputs).map_err(|error| match error {
		VerifyError::InputNotCanonical { index, .. } => PoseidonError::NotCanonical { index },
		_ => PoseidonError::Count,
	})?;
	let hash = quittance_poseidon::hash_slice(&scalars).ok_or(PoseidonError::Count)?;
	Ok(encode_scalar(&hash))
}
