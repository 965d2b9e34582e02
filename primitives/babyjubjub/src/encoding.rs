//! 32 bytes little-endian, canonical, for both fields.

use ark_ff::{BigInt, BigInteger, PrimeField};

/// The element that the bytes encode, `None` where the integer is not below the modulus.
pub(crate) fn decode<F: PrimeField<BigInt = BigInt<4>>>(bytes: &[u8; 32]) -> Option<F> {
	let mut limbs = [0u64; 4];
	for (limb, bytes) in limbs.iter_mut().zip(bytes.chunks_exact(8)) {
		*limb = bytes.iter().rev().fold(0, |limb, byte| (limb << 8) | u64::from(*byte));
	}
	F::from_bigint(BigInt(limbs))
}

/// The encoding of an element.
pub(crate) fn encode<F: PrimeField<BigInt = BigInt<4>>>(element: F) -> [u8; 32] {
	let mut bytes = [0; 32];
	for (byte, value) in bytes.iter_mut().zip(element.into_bigint().to_bytes_le()) {
		*byte = value;
	}
	bytes
}

/// Encodings one after the other. `BYTES` is 32 for each.
pub(crate) fn concatenate<const BYTES: usize>(parts: &[[u8; 32]]) -> [u8; BYTES] {
	let mut bytes = [0; BYTES];
	for (byte, value) in bytes.iter_mut().zip(parts.iter().flatten()) {
		*byte = *value;
	}
	bytes
}

/// The 32 bytes numbered `part` of a longer encoding. Zeros after its end.
pub(crate) fn part(bytes: &[u8], part: usize) -> [u8; 32] {
	let mut out = [0; 32];
	for (byte, value) in out.iter_mut().zip(bytes.iter().skip(part.saturating_mul(32))) {
		*byte = *value;
	}
	out
}
