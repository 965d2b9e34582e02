//! Doubling and addition of many affine points at once.
//!
//! A sum of affine points takes an inversion, which is why curve arithmetic is mostly done in
//! projective coordinates. Many sums take one inversion together (Montgomery's trick) and three
//! multiplications each, and then the affine formulas are the cheaper ones.

use alloc::vec::Vec;
use ark_ec::{
	short_weierstrass::{Affine, SWCurveConfig},
	AffineRepr,
};
use ark_ff::{AdditiveGroup, Field, Zero};

/// The line `y = slope·x - offset` through two points that are added, or along one that is doubled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Chord<F> {
	pub(crate) slope: F,
	pub(crate) offset: F,
}

/// Doubles every point of a curve `y² = x³ + b` and returns the tangents.
///
/// A point that is infinity stays so, and a point of order two becomes it. Their tangents mean
/// nothing.
pub(crate) fn double_all<C: SWCurveConfig>(points: &mut [Affine<C>]) -> Vec<Chord<C::BaseField>> {
	let mut inverses: Vec<_> = points.iter().map(|point| point.y.double()).collect();
	invert(&mut inverses);
	points
		.iter_mut()
		.zip(inverses)
		.map(|(point, inverse)| {
			let square = point.x.square();
			let slope = (square.double() + square) * inverse;
			let other = point.x;
			follow(point, &other, slope, inverse.is_zero())
		})
		.collect()
}

/// Adds to every point the other in its place, and returns the chords.
///
/// The others must not be infinity. Two points with one x-coordinate have no chord: their sum is
/// set to infinity **even if they are equal**, and infinity stays what it is. So a caller for whom
/// neither can happen unless something is wrong sees it in the end, and need not look before.
pub(crate) fn add_all<C: SWCurveConfig>(
	points: &mut [Affine<C>],
	others: &[Affine<C>],
) -> Vec<Chord<C::BaseField>> {
	let mut inverses: Vec<_> = points
		.iter()
		.zip(others)
		.map(|(point, other)| if point.is_zero() { C::BaseField::ZERO } else { other.x - point.x })
		.collect();
	invert(&mut inverses);
	points
		.iter_mut()
		.zip(others)
		.zip(inverses)
		.map(|((point, other), inverse)| {
			let slope = (other.y - point.y) * inverse;
			follow(point, &other.x, slope, inverse.is_zero())
		})
		.collect()
}

/// Moves a point to the third point of the curve on a line, negated.
fn follow<C: SWCurveConfig>(
	point: &mut Affine<C>,
	other: &C::BaseField,
	slope: C::BaseField,
	vertical: bool,
) -> Chord<C::BaseField> {
	let offset = slope * point.x - point.y;
	*point = if vertical {
		Affine::zero()
	} else {
		let x = slope.square() - point.x - other;
		Affine::new_unchecked(x, offset - slope * x)
	};
	Chord { slope, offset }
}

/// Inverts all numbers but zeros, which stay.
fn invert<F: Field>(numbers: &mut [F]) {
	ark_ff::serial_batch_inversion_and_mul(numbers, &F::ONE);
}
