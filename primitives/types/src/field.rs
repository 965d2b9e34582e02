//! Field elements on the wire, and how wider values enter the field.

use ark_bn254::Fr;
use ark_ff::{BigInt, BigInteger, PrimeField};
use blake2::{digest::consts::U32, Blake2b, Digest as _};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// A BN254 scalar on the wire: 32 bytes, little-endian.
///
/// The type says nothing about the range: [`FieldBytes::to_field`] refuses what is not below the
/// group order, so that no value has two encodings.
#[derive(
	Clone,
	Copy,
	PartialEq,
	Eq,
	PartialOrd,
	Ord,
	Debug,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub struct FieldBytes(pub [u8; 32]);

impl FieldBytes {
	/// The scalar, or `None` where the bytes encode a number that is not below the group order.
	pub fn to_field(&self) -> Option<Fr> {
		let mut words = [0u64; 4];
		for (word, bytes) in words.iter_mut().zip(self.0.chunks_exact(8)) {
			*word = bytes.iter().rev().fold(0, |word, byte| (word << 8) | u64::from(*byte));
		}
		Fr::from_bigint(BigInt(words))
	}
}

impl From<Fr> for FieldBytes {
	fn from(value: Fr) -> Self {
		let mut bytes = [0u8; 32];
		for (to, from) in bytes.iter_mut().zip(value.into_bigint().to_bytes_le()) {
			*to = from;
		}
		Self(bytes)
	}
}

/// The two 128-bit limbs of a 32-byte id, low limb first, each little-endian.
///
/// An id is never reduced modulo the group order: two ids that differ stay different in the field.
pub fn limbs(id: &[u8; 32]) -> [Fr; 2] {
	let (low, high) = id.split_at(16);
	[low, high].map(|half| {
		let number =
			half.iter().rev().fold(0u128, |number, byte| (number << 8) | u128::from(*byte));
		Fr::from(number)
	})
}

/// The amount as a 64-bit number, or `None`. Circuits work on 64-bit amounts.
pub fn fits_64_bits(amount: u128) -> Option<u64> {
	u64::try_from(amount).ok()
}

/// blake2b with a 256-bit output, as the chain's own hashing computes it.
pub fn blake2_256(data: &[u8]) -> [u8; 32] {
	Blake2b::<U32>::digest(data).into()
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn field_bytes_round_trip_and_refuse_the_order_and_above() {
		for value in [Fr::from(0u8), Fr::from(1u8), -Fr::from(1u8), Fr::from(u128::MAX)] {
			assert_eq!(FieldBytes::from(value).to_field(), Some(value));
		}
		let mut order = [0u8; 32];
		order.copy_from_slice(&Fr::MODULUS.to_bytes_le());
		assert_eq!(FieldBytes(order).to_field(), None);
		order[0] -= 1;
		assert_eq!(FieldBytes(order).to_field(), Some(-Fr::from(1u8)));
		assert_eq!(FieldBytes([0xff; 32]).to_field(), None);
	}

	#[test]
	fn limbs_are_little_endian_and_low_first() {
		let mut id = [0u8; 32];
		id[0] = 1;
		id[16] = 2;
		id[17] = 1;
		assert_eq!(limbs(&id), [Fr::from(1u8), Fr::from(258u16)]);
		assert_eq!(limbs(&[0xff; 32]), [Fr::from(u128::MAX); 2]);
	}
}
