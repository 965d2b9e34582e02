//! Proofs.

use crate::{
	encoding::{check_point, put_g1, put_g2, take_g1, take_g2},
	error::{reported, ProofPoint, VerifyError},
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
		check_point(&a).map_err(|error| VerifyError::Proof { point: ProofPoint::A, error })?;
		check_point(&b).map_err(|error| VerifyError::Proof { point: ProofPoint::B, error })?;
		check_point(&c).map_err(|error| VerifyError::Proof { point: ProofPoint::C, error })?;
		Ok(Self { a, b, c })
	}

	/// Decodes exactly [`PROOF_BYTES`] bytes.
	///
	/// Errors: [`VerifyError::ProofLength`], [`VerifyError::Proof`] for the first point that is
	/// refused.
	pub fn from_bytes(mut bytes: &[u8]) -> Result<Self, VerifyError> {
		if bytes.len() != PROOF_BYTES {
			return Err(VerifyError::ProofLength { got: reported(bytes.len()) });
		}
		let bytes = &mut bytes;
		let refused = |point| move |error| VerifyError::Proof { point, error };
		Ok(Self {
			a: take_g1(bytes).map_err(refused(ProofPoint::A))?,
			b: take_g2(bytes).map_err(refused(ProofPoint::B))?,
			c: take_g1(bytes).map_err(refused(ProofPoint::C))?,
		})
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
