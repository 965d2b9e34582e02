//! Public keys.

use crate::{
	curve::{difference_of_products, generator, in_subgroup, Point, Scalar},
	encoding::{concatenate, decode, encode, part},
	signature::{challenge, reduce, Signature, SignatureError},
};
use ark_bn254::Fr;
use ark_ec::AffineRepr;
use core::fmt;
use quittance_poseidon::{tag, Hasher};

/// A public key: a point of the prime subgroup other than the identity.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PublicKey(Point);

/// Why bytes or coordinates are no public key.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum KeyError {
	/// A coordinate is not below the field's order.
	NotCanonical,
	/// The coordinates do not satisfy the curve's equation.
	NotOnCurve,
	/// The point has a component of small order.
	NotInSubgroup,
	/// The point is the identity (0, 1), for which anybody can sign.
	Identity,
}

impl fmt::Display for KeyError {
	fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
		f.write_str(match self {
			Self::NotCanonical => "a coordinate of the key is not below the field's order",
			Self::NotOnCurve => "the key is not on the curve",
			Self::NotInSubgroup => "the key is not in the prime subgroup",
			Self::Identity => "the key is the identity",
		})
	}
}

impl core::error::Error for KeyError {}

impl PublicKey {
	/// The key with these coordinates.
	pub fn new(x: Fr, y: Fr) -> Result<Self, KeyError> {
		let point = Point::new_unchecked(x, y);
		if !point.is_on_curve() {
			return Err(KeyError::NotOnCurve);
		}
		if point.is_zero() {
			return Err(KeyError::Identity);
		}
		if !in_subgroup(&point) {
			return Err(KeyError::NotInSubgroup);
		}
		Ok(Self(point))
	}

	/// The key that x || y encode, each 32 bytes little-endian.
	pub fn from_bytes(bytes: &[u8; 64]) -> Result<Self, KeyError> {
		match (decode(&part(bytes, 0)), decode(&part(bytes, 1))) {
			(Some(x), Some(y)) => Self::new(x, y),
			_ => Err(KeyError::NotCanonical),
		}
	}

	/// x || y, each 32 bytes little-endian.
	pub fn to_bytes(&self) -> [u8; 64] {
		concatenate(&[encode(self.x()), encode(self.y())])
	}

	/// First coordinate.
	pub fn x(&self) -> Fr {
		self.0.x
	}

	/// Second coordinate.
	pub fn y(&self) -> Fr {
		self.0.y
	}

	/// The point.
	pub fn point(&self) -> Point {
		self.0
	}

	/// Leaf of the key in an issuer tree: `P(tag, x, y)`.
	pub fn leaf<H: Hasher>(&self) -> Fr {
		const TAG: Fr = tag("quittance.issuer.v1");
		H::hash(&[TAG, self.x(), self.y()])
	}

	/// Checks S B8 = R8 + 8 h A.
	///
	/// Both points are in the subgroup, so h may be reduced modulo its order, which circomlib's
	/// circuit does not do but which gives the same point.
	pub fn verify<H: Hasher>(
		&self,
		message: Fr,
		signature: &Signature,
	) -> Result<(), SignatureError> {
		let h = reduce(challenge::<H>(&signature.r8(), self, message));
		let r8 =
			difference_of_products((signature.s(), generator()), (Scalar::from(8u8) * h, self.0));
		if r8 == signature.r8() {
			Ok(())
		} else {
			Err(SignatureError::Mismatch)
		}
	}

	/// The key of a secret scalar other than zero, which is in the subgroup by construction.
	pub(crate) fn of_multiple(point: Point) -> Self {
		Self(point)
	}
}
