//! Proofs.

use crate::{
	encoding::{check_g1, check_g2, put_g1, put_g2, take_g1, take_twist_point},
	error::{reported, PointError, ProofPoint, VerifyError},
	subgroup::is_in_g2,
	PROOF_BYTES,
};
use alloc::vec::Vec;
use ark_bn254::{G1Affine, G2Affine};

/// A proof whose three points are on their curves, in their subgroups and not infinity.
///
/// A proof is not an identifier: anyone can turn it into another valid one for the same inputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proof {
	pub(crate) a: G1Affine,
	pub(crate) b: G2Affine,
	pub(crate) c: G1Affine,
}

impl Proof {
	/// A proof of three points.
	///
	/// Errors: [`VerifyError::Proof`] for the first point that is refused.
	pub fn new(a: G1Affine, b: G2Affine, c: G1Affine) -> Result<Self, VerifyError> {
		check_g1(&a).map_err(|error| VerifyError::Proof { point: ProofPoint::A, error })?;
		check_g2(&b).map_err(|error| VerifyError::Proof { point: ProofPoint::B, error })?;
		check_g1(&c).map_err(|error| VerifyError::Proof { point: ProofPoint::C, error })?;
		Ok(Self { a, b, c })
	}

	/// Decodes exactly [`PROOF_BYTES`] bytes.
	///
	/// Errors: [`VerifyError::ProofLength`], [`VerifyError::Proof`] for the first point that is
	/// refused.
	pub fn from_bytes(bytes: &[u8]) -> Result<Self, VerifyError> {
		let undecided = Undecided::from_bytes(bytes)?;
		let in_g2 = is_in_g2(undecided.b());
		undecided.decide(in_g2)
	}

	/// The [`PROOF_BYTES`] bytes of the proof.
	pub fn to_bytes(&self) -> Vec<u8> {
		let mut bytes = Vec::with_capacity(PROOF_BYTES);
		put_g1(&self.a, &mut bytes);
		put_g2(&self.b, &mut bytes);
		put_g1(&self.c, &mut bytes);
		bytes
	}

	/// `A`.
	pub fn a(&self) -> &G1Affine {
		&self.a
	}

	/// `B`.
	pub fn b(&self) -> &G2Affine {
		&self.b
	}

	/// `C`.
	pub fn c(&self) -> &G1Affine {
		&self.c
	}
}

/// A proof decoded up to the question whether `B` is in G2, which a batch answers for many at once.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Undecided {
	a: G1Affine,
	b: G2Affine,
	/// Refused only after `B` has been: the order of checks is part of the verdict.
	c: Result<G1Affine, PointError>,
}

impl Undecided {
	/// Errors: those of [`Proof::from_bytes`] that come before the answer.
	pub(crate) fn from_bytes(mut bytes: &[u8]) -> Result<Self, VerifyError> {
		if bytes.len() != PROOF_BYTES {
			return Err(VerifyError::ProofLength { got: reported(bytes.len()) });
		}
		let bytes = &mut bytes;
		Ok(Self {
			a: take_g1(bytes).map_err(refused(ProofPoint::A))?,
			b: take_twist_point(bytes).map_err(refused(ProofPoint::B))?,
			c: take_g1(bytes),
		})
	}

	/// `B`, a point of the curve and not infinity.
	pub(crate) fn b(&self) -> &G2Affine {
		&self.b
	}

	/// The proof, given the answer. Errors: [`VerifyError::Proof`] for `B` or for `C`.
	pub(crate) fn decide(self, b_is_in_g2: bool) -> Result<Proof, VerifyError> {
		if !b_is_in_g2 {
			return Err(refused(ProofPoint::B)(PointError::NotInSubgroup));
		}
		Ok(Proof { a: self.a, b: self.b, c: self.c.map_err(refused(ProofPoint::C))? })
	}
}

fn refused(point: ProofPoint) -> impl Fn(PointError) -> VerifyError {
	move |error| VerifyError::Proof { point, error }
}
