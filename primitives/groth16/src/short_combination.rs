//! Sums of products of points of G1 with short scalars.
//!
//! A [`ShortScalar`] is `low + lambda·high`, where multiplication by `lambda` is the endomorphism
//! `(x, y) -> (beta·x, y)` of the curve (Gallant, Lambert, Vanstone, "Faster point multiplication on
//! elliptic curves with efficient endomorphisms", CRYPTO 2001). Both halves are walked together, so
//! that a scalar of 128 bits takes 64 doublings. Scalars of this form are drawn as such: none is
//! ever decomposed.
//!
//! Run time depends on the scalars. They are public.

use crate::affine::{add_all, double_all};
use alloc::vec::Vec;
use ark_bn254::{g1, Fr, G1Affine, G1Projective};
use ark_ec::scalar_mul::glv::GLVConfig;
use ark_ff::{AdditiveGroup, Zero};

/// Bits of a window.
const WINDOW: u32 = 5;

/// Number of odd multiples kept of each point, `1·P`, `3·P` to `15·P`.
const MULTIPLES: usize = 1 << (WINDOW - 2);

/// Places of a half. The halves of a sum of 32 scalars are below 2^69, and the last digit may carry
/// into one place more.
const PLACES: usize = 70;

/// `low + lambda·high`, where both are below 2^69: a coefficient, or the sum of up to 32.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ShortScalar {
	low: u128,
	high: u128,
}

impl ShortScalar {
	pub(crate) fn new(low: u64, high: u64) -> Self {
		Self { low: low.into(), high: high.into() }
	}

	/// The sum of up to 32 scalars made by [`Self::new`].
	pub(crate) fn sum<'a>(scalars: impl IntoIterator<Item = &'a Self>) -> Self {
		scalars.into_iter().fold(Self::default(), |sum, scalar| Self {
			low: sum.low.saturating_add(scalar.low),
			high: sum.high.saturating_add(scalar.high),
		})
	}

	/// The scalar in the field.
	pub(crate) fn to_field(self) -> Fr {
		Fr::from(self.low) + <g1::Config as GLVConfig>::LAMBDA * Fr::from(self.high)
	}

	pub(crate) fn digits(self) -> Digits {
		Digits { low: signed_digits(self.low), high: signed_digits(self.high) }
	}
}

/// The digits of a [`ShortScalar`], least significant first. Each is zero or odd and from -15 to 15,
/// and four of five in a row are zero.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Digits {
	low: [i8; PLACES],
	high: [i8; PLACES],
}

/// Non-adjacent form of a number below 2^69.
fn signed_digits(mut rest: u128) -> [i8; PLACES] {
	const BASE: u128 = 1 << WINDOW;
	let mut digits = [0; PLACES];
	for digit in &mut digits {
		if rest % 2 == 1 {
			let low = rest % BASE;
			let magnitude;
			if low < BASE / 2 {
				magnitude = low;
				rest = rest.saturating_sub(low);
				*digit = 1;
			} else {
				magnitude = BASE.saturating_sub(low);
				rest = rest.saturating_add(magnitude);
				*digit = -1;
			}
			*digit *= i8::try_from(magnitude).unwrap_or(0);
		}
		rest /= 2;
	}
	digits
}

/// `1·P`, `3·P` to `15·P` of a point.
#[derive(Clone, Debug)]
pub(crate) struct OddMultiples(Vec<G1Affine>);

impl OddMultiples {
	/// Of each point, none of which may be infinity.
	pub(crate) fn of_all(points: &[G1Affine]) -> Vec<Self> {
		// The group's order is a prime above 15, so no sum here is without a chord.
		let mut twice = points.to_vec();
		double_all(&mut twice);
		let mut last = points.to_vec();
		let mut all: Vec<_> = points
			.iter()
			.map(|point| {
				let mut multiples = Vec::with_capacity(MULTIPLES);
				multiples.push(*point);
				Self(multiples)
			})
			.collect();
		for _ in 1..MULTIPLES {
			add_all(&mut last, &twice);
			for (multiples, last) in all.iter_mut().zip(&last) {
				multiples.0.push(*last);
			}
		}
		all
	}

	/// The multiple for a digit, or `None` for the digit zero.
	fn get(&self, digit: i8) -> Option<G1Affine> {
		if digit == 0 {
			return None;
		}
		let multiple = *self.0.get(usize::from(digit.unsigned_abs() / 2))?;
		Some(if digit < 0 { -multiple } else { multiple })
	}
}

/// The sum of the points' products with their scalars. Doublings are paid once for all terms.
pub(crate) fn combine(terms: &[(&Digits, &OddMultiples)]) -> G1Projective {
	let mut sum = G1Projective::zero();
	for place in (0..PLACES).rev() {
		if !sum.is_zero() {
			sum.double_in_place();
		}
		for (digits, multiples) in terms {
			let at = |half: &[i8; PLACES]| half.get(place).and_then(|digit| multiples.get(*digit));
			if let Some(multiple) = at(&digits.low) {
				sum += multiple;
			}
			if let Some(multiple) = at(&digits.high) {
				sum += g1::Config::endomorphism_affine(&multiple);
			}
		}
	}
	sum
}
