//! Groth16 verification over BN254 for code that runs in consensus.
//!
//! The fields, the groups and the final exponentiation of the pairing are arkworks'. What this crate
//! adds is everything between untrusted bytes and that arithmetic: one encoding per value, a named
//! error for every way in which bytes can be wrong, the input-count check that `ark-groth16` 0.6.0
//! lacks, a linter that refuses verifying keys for which anybody can make proofs, and batches, for
//! which it has a Miller loop and a subgroup test of its own.
//!
//! # Wire formats
//!
//! All integers are little-endian and canonical: a scalar is below the group order `r`, a
//! coordinate below the base-field modulus `q`. There are no flag bits and there is no compressed
//! form, so a value has exactly one encoding. The point at infinity has no encoding at all.
//!
//! | Value | Layout | Bytes |
//! |---|---|---|
//! | scalar | integer | 32 |
//! | G1 point | `x`, `y` | 64 |
//! | G2 point | `x.c0`, `x.c1`, `y.c0`, `y.c1` | 128 |
//! | proof | `A` (G1), `B` (G2), `C` (G1) | 256 |
//! | inputs | `n` scalars | 32·n |
//! | key | `alpha` (G1), `beta`, `gamma`, `delta` (G2), `IC_0 .. IC_n` (G1) | 448 + 64·(n + 1) |
//!
//! The number of inputs `n` of a key follows from its exact length, and 1 <= n <=
//! [`MAX_INPUTS`].
//!
//! # The equation
//!
//! With `L = IC_0 + x_1·IC_1 + .. + x_n·IC_n` a proof `(A, B, C)` holds if
//! `e(A, B) = e(alpha, beta)·e(L, gamma)·e(C, delta)` (Groth, "On the Size of Pairing-based
//! Non-interactive Arguments", EUROCRYPT 2016, section 3.2).
//!
//! # Batches
//!
//! [`verify_batch`] decides up to [`MAX_BATCH`] proofs under up to [`MAX_BATCH_KEYS`] keys. Each item
//! gets the verdict that [`verify`] gives it, but for a chance of at most 2^-128. Of 32 proofs that
//! hold, each takes about a fifth of the time of one by itself; if one does not hold, all are checked
//! one by one, and the batch costs more than they would have.
//!
//! # What a verdict does not say
//!
//! Groth16 proofs can be re-randomised by anyone: from one valid proof come arbitrarily many
//! others for the same inputs. **Never use proof bytes, or a hash of them, as an identifier or to
//! detect replays.** Use the public inputs, which have one encoding only.

#![cfg_attr(not(feature = "std"), no_std)]
#![forbid(unsafe_code)]
#![warn(missing_docs)]

extern crate alloc;

mod affine;
mod batch;
mod coefficients;
mod combination;
#[cfg(any(test, feature = "corpus"))]
pub mod corpus;
mod encoding;
mod error;
mod key;
mod miller;
mod proof;
mod short_combination;
#[cfg(any(test, feature = "simulator"))]
pub mod simulator;
mod subgroup;
#[cfg(test)]
mod tests;

pub use batch::{check_batch, verify_batch, verify_batch_prepared, verify_batch_with, BatchItem};
pub use encoding::{decode_inputs, decode_scalar, encode_inputs, encode_scalar};
pub use error::{
	result_code, result_from_code, BatchError, KeyError, KeyPoint, PointError, ProofPoint,
	VerifyError, MAX_REPORTED,
};
pub use key::{PreparedKey, VerifyingKey};
pub use proof::Proof;

pub use ark_bn254::{Fr, G1Affine, G2Affine};

/// Bytes of a scalar.
pub const SCALAR_BYTES: usize = 32;

/// Bytes of a G1 point.
pub const G1_BYTES: usize = 64;

/// Bytes of a G2 point.
pub const G2_BYTES: usize = 128;

/// Bytes of a proof.
pub const PROOF_BYTES: usize = 2 * G1_BYTES + G2_BYTES;

/// Largest number of public inputs of a key. It bounds the time and memory of every call.
pub const MAX_INPUTS: usize = 32;

/// Bytes of the longest key, that is one with [`MAX_INPUTS`] inputs.
pub const MAX_KEY_BYTES: usize = key_bytes(MAX_INPUTS);

/// Bytes of the longest input list.
pub const MAX_INPUT_BYTES: usize = SCALAR_BYTES * MAX_INPUTS;

/// Bytes of `alpha`, `beta`, `gamma` and `delta`, the part of a key before its `IC` points.
const KEY_HEAD_BYTES: usize = G1_BYTES + 3 * G2_BYTES;

/// Largest number of items of a batch. Beyond it there is little to gain: four fifths of the time of
/// 32 items grow with their number.
pub const MAX_BATCH: usize = 32;

/// Largest number of keys of a batch. The items of a block use a few circuits.
pub const MAX_BATCH_KEYS: usize = 8;

/// Bytes of a key with `inputs` public inputs. Saturates.
pub const fn key_bytes(inputs: usize) -> usize {
	inputs.saturating_add(1).saturating_mul(G1_BYTES).saturating_add(KEY_HEAD_BYTES)
}

/// Decides whether `proof` shows `inputs` under `key`, all three in their wire formats.
///
/// Checks run in this order and the first failure is the verdict: the key (decoding, then
/// [`VerifyingKey::lint`]), the inputs (length, count, each scalar, agreement with the key), the
/// proof, the equation. The cheap checks come before the two that cost a group operation. The
/// order is part of the function: nodes must agree on the error as well as on the refusal.
///
/// A caller that sees a key often keeps a [`PreparedKey`]; the verdicts are the same.
pub fn verify(key: &[u8], proof: &[u8], inputs: &[u8]) -> Result<(), VerifyError> {
	let key = checked_key(key)?;
	let inputs = decode_inputs(inputs)?;
	key.check_input_count(inputs.len())?;
	key.verify(&Proof::from_bytes(proof)?, &inputs)
}

/// Decides whether a key may be registered: it decodes and passes [`VerifyingKey::lint`].
pub fn validate_key(key: &[u8]) -> Result<(), KeyError> {
	checked_key(key).map(drop)
}

fn checked_key(key: &[u8]) -> Result<VerifyingKey, KeyError> {
	let key = VerifyingKey::from_bytes(key)?;
	key.lint()?;
	Ok(key)
}
