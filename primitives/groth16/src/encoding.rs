//! The wire formats of scalars and points.
//!
//! Written here rather than taken from `ark-serialize`, whose formats carry flag bits and accept
//! several byte strings for one point.

use crate::{
	error::{reported, PointError, VerifyError},
	subgroup::is_in_g2,
	MAX_INPUTS, SCALAR_BYTES,
};
use alloc::vec::Vec;
use ark_bn254::{Fq, Fq2, Fr, G1Affine, G2Affine};
use ark_ec::{
	short_weierstrass::{Affine, SWCurveConfig},
	AffineRepr,
};
use ark_ff::{BigInt, PrimeField};

/// Decodes an integer below the field's modulus.
fn decode_field<F: PrimeField<BigInt = BigInt<4>>>(bytes: &[u8; SCALAR_BYTES]) -> Option<F> {
	let mut limbs = [0u64; 4];
	let (words, _) = bytes.as_chunks::<8>();
	for (limb, word) in limbs.iter_mut().zip(words) {
		*limb = u64::from_le_bytes(*word);
	}
	F::from_bigint(BigInt(limbs))
}

fn encode_field<F: PrimeField<BigInt = BigInt<4>>>(element: &F, out: &mut Vec<u8>) {
	for limb in element.into_bigint().0 {
		out.extend_from_slice(&limb.to_le_bytes());
	}
}

fn take_coordinate(bytes: &mut &[u8]) -> Result<Fq, PointError> {
	// Callers check the total length, so a shortage here cannot happen.
	let (head, tail) = bytes.split_first_chunk().ok_or(PointError::NotCanonical)?;
	*bytes = tail;
	decode_field(head).ok_or(PointError::NotCanonical)
}

/// Takes a G1 point from the front of `bytes` and checks it.
pub(crate) fn take_g1(bytes: &mut &[u8]) -> Result<G1Affine, PointError> {
	let x = take_coordinate(bytes)?;
	let y = take_coordinate(bytes)?;
	let point = G1Affine::new_unchecked(x, y);
	check_g1(&point)?;
	Ok(point)
}

/// Takes a G2 point from the front of `bytes` and checks it.
pub(crate) fn take_g2(bytes: &mut &[u8]) -> Result<G2Affine, PointError> {
	let point = take_twist_point(bytes)?;
	if !is_in_g2(&point) {
		return Err(PointError::NotInSubgroup);
	}
	Ok(point)
}

/// Takes a point of the curve that has G2 as a subgroup, and checks all but that it is in G2.
pub(crate) fn take_twist_point(bytes: &mut &[u8]) -> Result<G2Affine, PointError> {
	let x0 = take_coordinate(bytes)?;
	let x1 = take_coordinate(bytes)?;
	let y0 = take_coordinate(bytes)?;
	let y1 = take_coordinate(bytes)?;
	let point = G2Affine::new_unchecked(Fq2::new(x0, x1), Fq2::new(y0, y1));
	check_on_curve(&point)?;
	Ok(point)
}

/// Checks that a point is in G1 and not infinity. All points of that curve are in the group.
pub(crate) fn check_g1(point: &G1Affine) -> Result<(), PointError> {
	check_on_curve(point)
}

/// Checks that a point is in G2 and not infinity.
pub(crate) fn check_g2(point: &G2Affine) -> Result<(), PointError> {
	check_on_curve(point)?;
	if !is_in_g2(point) {
		return Err(PointError::NotInSubgroup);
	}
	Ok(())
}

/// Checks that a point is not infinity and is on the curve.
///
/// arkworks holds infinity of both groups as the coordinates (0, 0), which are on neither curve, so
/// that zero bytes and a zero point take the same branch.
fn check_on_curve<C: SWCurveConfig>(point: &Affine<C>) -> Result<(), PointError> {
	if point.is_zero() {
		return Err(PointError::Infinity);
	}
	if !point.is_on_curve() {
		return Err(PointError::NotOnCurve);
	}
	Ok(())
}

pub(crate) fn put_g1(point: &G1Affine, out: &mut Vec<u8>) {
	encode_field(&point.x, out);
	encode_field(&point.y, out);
}

pub(crate) fn put_g2(point: &G2Affine, out: &mut Vec<u8>) {
	for coordinate in [&point.x.c0, &point.x.c1, &point.y.c0, &point.y.c1] {
		encode_field(coordinate, out);
	}
}

/// Decodes public inputs: up to [`MAX_INPUTS`] scalars of 32 bytes, little-endian and below `r`.
///
/// Errors: [`VerifyError::InputsLength`], [`VerifyError::TooManyInputs`],
/// [`VerifyError::InputNotCanonical`] for the first scalar that is not below `r`.
pub fn decode_inputs(bytes: &[u8]) -> Result<Vec<Fr>, VerifyError> {
	let (scalars, rest) = bytes.as_chunks::<SCALAR_BYTES>();
	if !rest.is_empty() {
		return Err(VerifyError::InputsLength { got: reported(bytes.len()) });
	}
	if scalars.len() > MAX_INPUTS {
		return Err(VerifyError::TooManyInputs { got: reported(scalars.len()) });
	}
	(0u8..)
		.zip(scalars)
		.map(|(index, scalar)| {
			decode_field(scalar).ok_or_else(|| {
				let mut reversed = *scalar;
				reversed.reverse();
				VerifyError::InputNotCanonical {
					index,
					reversed_is_canonical: decode_field::<Fr>(&reversed).is_some(),
				}
			})
		})
		.collect()
}

/// Decodes a scalar, little-endian. `None` if it is not below the group order `r`.
pub fn decode_scalar(bytes: &[u8; SCALAR_BYTES]) -> Option<Fr> {
	decode_field(bytes)
}

/// The 32 bytes of a scalar, little-endian.
pub fn encode_scalar(scalar: &Fr) -> [u8; SCALAR_BYTES] {
	let mut bytes = [0; SCALAR_BYTES];
	let (words, _) = bytes.as_chunks_mut::<8>();
	for (word, limb) in words.iter_mut().zip(scalar.into_bigint().0) {
		*word = limb.to_le_bytes();
	}
	bytes
}

/// The bytes of public inputs, the opposite of [`decode_inputs`].
pub fn encode_inputs(inputs: &[Fr]) -> Vec<u8> {
	inputs.iter().flat_map(encode_scalar).collect()
}
