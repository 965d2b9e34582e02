//! The combination `IC_0 + x_1·IC_1 + .. + x_n·IC_n` by Straus' method: all scalars are walked
//! together, so that the doublings are paid once and not once per input.
//!
//! `ark-ec`'s own `msm` is not used. With its `parallel` feature, which the rest of a node turns on
//! for everyone, each call builds thread pools, and this runs inside block execution.
//!
//! Run time depends on the scalars. They are public.

use alloc::vec::Vec;
use ark_bn254::{Fq, Fr, G1Affine, G1Projective};
use ark_ff::{AdditiveGroup, Field, PrimeField, Zero};

/// Bits of a digit.
const WINDOW: u32 = 5;

/// Largest absolute value of a signed digit, and so the number of multiples kept of each point.
const MULTIPLES: usize = 1 << (WINDOW - 1);

/// Digits of a scalar. The 51st digit holds bits 250 to 253 of a number below `r`, at most 12, plus
/// a carry: it never exceeds [`MULTIPLES`], so no carry leaves it.
const DIGITS: usize = 51;

/// Multiples `1·P .. 16·P` of the points, the constant term first.
#[derive(Clone, Debug)]
pub(crate) struct Combination(Vec<[G1Affine; MULTIPLES]>);

impl Combination {
	/// Tables for `constant + x_1·points_1 + ..`. No point may be infinity.
	pub(crate) fn new(constant: G1Affine, points: &[G1Affine]) -> Self {
		let mut projective =
			Vec::with_capacity(points.len().saturating_add(1).saturating_mul(MULTIPLES));
		for point in core::iter::once(&constant).chain(points) {
			let mut multiple = G1Projective::zero();
			for _ in 0..MULTIPLES {
				multiple += point;
				projective.push(multiple);
			}
		}
		let affine = normalize(&projective);
		let (multiples, _) = affine.as_chunks::<MULTIPLES>();
		Self(multiples.to_vec())
	}

	/// Number of scalars [`Self::evaluate`] takes.
	pub(crate) fn len(&self) -> usize {
		self.0.len().saturating_sub(1)
	}

	/// The combination for `scalars`, which must be [`Self::len`] many: the caller has checked it.
	pub(crate) fn evaluate(&self, scalars: &[Fr]) -> G1Projective {
		self.evaluate_scaled(&Fr::ONE, scalars)
	}

	/// The combination with a factor before the constant term: `scale·constant + x_1·points_1 + ..`.
	pub(crate) fn evaluate_scaled(&self, scale: &Fr, scalars: &[Fr]) -> G1Projective {
		let digits: Vec<_> = core::iter::once(scale).chain(scalars).map(signed_digits).collect();
		let mut sum = G1Projective::zero();
		for place in (0..DIGITS).rev() {
			if !sum.is_zero() {
				for _ in 0..WINDOW {
					sum.double_in_place();
				}
			}
			for (digits, multiples) in digits.iter().zip(&self.0) {
				let digit = digits.get(place).copied().unwrap_or(0);
				// A zero digit wraps to an index that no table has.
				let index = usize::from(digit.unsigned_abs()).wrapping_sub(1);
				if let Some(multiple) = multiples.get(index) {
					sum += if digit < 0 { -*multiple } else { *multiple };
				}
			}
		}
		sum
	}
}

/// Signed digits in base 2^[`WINDOW`], least significant first, from -15 to 16.
fn signed_digits(scalar: &Fr) -> [i8; DIGITS] {
	const BASE: i8 = 1 << WINDOW;
	let mut rest = scalar.into_bigint();
	let mut carry = 0;
	let mut digits = [0; DIGITS];
	for digit in &mut digits {
		let [low, ..] = rest.0[0].to_le_bytes();
		*digit = (low % BASE.unsigned_abs()).cast_signed() + carry;
		carry = i8::from(usize::from(digit.unsigned_abs()) > MULTIPLES);
		*digit -= carry * BASE;
		rest >>= WINDOW;
	}
	digits
}

/// Affine forms, with one inversion for all. Serial, unlike `CurveGroup::normalize_batch` under
/// `ark-ec`'s `parallel` feature.
fn normalize(points: &[G1Projective]) -> Vec<G1Affine> {
	let mut inverses: Vec<_> = points.iter().map(|point| point.z).collect();
	ark_ff::serial_batch_inversion_and_mul(&mut inverses, &Fq::ONE);
	points
		.iter()
		.zip(&inverses)
		.map(|(point, inverse)| {
			let square = inverse.square();
			G1Affine::new_unchecked(point.x * square, point.y * square * inverse)
		})
		.collect()
}
