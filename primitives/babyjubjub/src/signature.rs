//! Signatures and their challenge.

use crate::{
	curve::{in_subgroup, Point, Scalar},
	encoding::{concatenate, decode, encode, part},
	key::PublicKey,
};
use ark_bn254::Fr;
use ark_ff::{BigInteger, PrimeField};
use core::fmt;
use quittance_poseidon::Hasher;

/// A signature: a point R8 of the prime subgroup and a scalar S below its order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Signature {
	r8: Point,
	s: Scalar,
}

/// Why a signature is refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SignatureError {
	/// A coordinate of R8 is not below the field's order.
	NotCanonical,
	/// S is not below the subgroup's order: it would be a second encoding of the same signature.
	ScalarNotCanonical,
	/// R8 is not on the curve.
	NotOnCurve,
	/// R8 has a component of small order.
	NotInSubgroup,
	/// The equation does not hold: another key, another message or no signature at all.
	Mismatch,
}

impl fmt::Display for SignatureError {
	fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
		f.write_str(match self {
			Self::NotCanonical => "a coordinate of R8 is not below the field's order",
			Self::ScalarNotCanonical => "S is not below the order of the subgroup",
			Self::NotOnCurve => "R8 is not on the curve",
			Self::NotInSubgroup => "R8 is not in the prime subgroup",
			Self::Mismatch => "the signature is not one of this key for this message",
		})
	}
}

impl core::error::Error for SignatureError {}

impl Signature {
	/// The signature with these parts.
	pub fn new(r8_x: Fr, r8_y: Fr, s: Scalar) -> Result<Self, SignatureError> {
		let r8 = Point::new_unchecked(r8_x, r8_y);
		if !r8.is_on_curve() {
			return Err(SignatureError::NotOnCurve);
		}
		if !in_subgroup(&r8) {
			return Err(SignatureError::NotInSubgroup);
		}
		Ok(Self { r8, s })
	}

	/// The signature that R8.x || R8.y || S encode, each 32 bytes little-endian.
	pub fn from_bytes(bytes: &[u8; 96]) -> Result<Self, SignatureError> {
		let (Some(x), Some(y)) = (decode(&part(bytes, 0)), decode(&part(bytes, 1))) else {
			return Err(SignatureError::NotCanonical);
		};
		let s = decode(&part(bytes, 2)).ok_or(SignatureError::ScalarNotCanonical)?;
		Self::new(x, y, s)
	}

	/// R8.x || R8.y || S, each 32 bytes little-endian.
	pub fn to_bytes(&self) -> [u8; 96] {
		concatenate(&[encode(self.r8.x), encode(self.r8.y), encode(self.s)])
	}

	/// R8.
	pub fn r8(&self) -> Point {
		self.r8
	}

	/// S.
	pub fn s(&self) -> Scalar {
		self.s
	}

	/// A signature whose R8 is in the subgroup by construction.
	pub(crate) fn of_multiple(r8: Point, s: Scalar) -> Self {
		Self { r8, s }
	}
}

/// h = P(R8.x, R8.y, A.x, A.y, M), as an element of the curve's base field.
pub fn challenge<H: Hasher>(r8: &Point, key: &PublicKey, message: Fr) -> Fr {
	H::hash(&[r8.x, r8.y, key.x(), key.y(), message])
}

/// An element of the base field, taken as an integer, modulo the subgroup's order.
pub(crate) fn reduce(element: Fr) -> Scalar {
	Scalar::from_le_bytes_mod_order(&element.into_bigint().to_bytes_le())
}
