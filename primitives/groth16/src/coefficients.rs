//! The coefficients of a batch.
//!
//! They must not be known before everything they multiply is fixed: who knows two of them can make
//! two wrong proofs whose errors cancel. So all that a batch consists of is hashed, in order and
//! with all numbers and lengths, and the coefficients are made of the hash. Nodes get the same ones,
//! and nobody draws anything.
//!
//! ```text
//! transcript = tag ‖ number of keys ‖ key .. ‖ number of items ‖ item ..
//! key        = 0 ‖ blake2b-256(key's bytes)  or  1 ‖ code of the key's error
//! item       = key's place ‖ bytes of the proof ‖ proof ‖ bytes of the inputs ‖ inputs
//! seed       = blake2b-512(transcript)
//! low_i ‖ high_i ‖ ..  = blake2b-512(seed ‖ i)
//! ```
//!
//! Numbers are 64 bits, little-endian, and an error code is 32 bits.
//!
//! A coefficient is `low + lambda·high` with both halves below 2^64 (see
//! [`short_combination`](crate::short_combination)). These are 2^128 different elements of the field:
//! a difference of two that is zero has `|a|, |b| < 2^64` with `a + lambda·b = 0`, so `r` divides
//! `a² - a·b + b²`, because `lambda² + lambda + 1 = 0`. That number is not negative and below
//! `3·2^128 < r`, so it is zero, and then `a` and `b` are. Hence a batch with a wrong proof in it
//! passes with a probability of at most 2^-128 for each hash that a forger computes.

use crate::{short_combination::ShortScalar, BatchItem, KeyError};
use alloc::vec::Vec;
use blake2::{digest::consts::U32, Blake2b, Blake2b512, Digest};

const TAG: &[u8] = b"quittance.groth16-batch.v1";

/// The part of a transcript that stands for a key.
pub(crate) fn key_digest(key: &[u8]) -> [u8; 32] {
	Blake2b::<U32>::digest(key).into()
}

/// The coefficients of the items, in their order.
pub(crate) fn derive<'a>(
	keys: impl ExactSizeIterator<Item = Result<&'a [u8; 32], KeyError>>,
	items: &[BatchItem<'_>],
) -> Vec<ShortScalar> {
	let mut transcript = Blake2b512::new();
	transcript.update(TAG);
	transcript.update(number(keys.len()));
	for key in keys {
		match key {
			Ok(digest) => {
				transcript.update([0]);
				transcript.update(digest);
			},
			Err(error) => {
				transcript.update([1]);
				transcript.update(error.code().to_le_bytes());
			},
		}
	}
	transcript.update(number(items.len()));
	for item in items {
		transcript.update(number(item.key));
		for bytes in [item.proof, item.inputs] {
			transcript.update(number(bytes.len()));
			transcript.update(bytes);
		}
	}
	let seed = transcript.finalize();
	(0..items.len())
		.map(|place| {
			let hash = Blake2b512::new().chain_update(seed).chain_update(number(place)).finalize();
			let (words, _) = hash.as_chunks::<8>();
			let mut words = words.iter().map(|word| u64::from_le_bytes(*word));
			let mut draw = || words.next().unwrap_or_default();
			ShortScalar::new(draw(), draw())
		})
		.collect()
}

/// No `usize` of a machine that Rust knows has more than 64 bits.
fn number(n: usize) -> [u8; 8] {
	u64::try_from(n).unwrap_or(u64::MAX).to_le_bytes()
}
