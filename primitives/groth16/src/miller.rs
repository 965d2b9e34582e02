//! The Miller loop of the optimal ate pairing, for a product of pairings.
//!
//! `ark-ec` has one. This one differs in what a batch of many pairs makes worth it:
//!
//! * All pairs share the squarings. `ark-ec` shares them among four pairs, and with its `parallel`
//!   feature, which the rest of a node turns on for everyone, hands such chunks to a thread pool.
//!   This runs inside block execution and stays on the calling thread.
//! * Lines are divided by their first coefficient, which is then 1: ten multiplications where there
//!   were thirteen. The factors that this removes are in the quadratic extension, and the final
//!   exponentiation takes them to 1.
//! * The lines of many points are computed together in affine coordinates, and the point in which
//!   the computation ends tells whether the points were in G2 (see [`subgroup`](crate::subgroup)).
//!
//! The final exponentiation is `ark-ec`'s.

use crate::{
	affine::{add_all, double_all, Chord},
	subgroup::{ate_digits, images, is_in_g2},
};
use alloc::vec::Vec;
use ark_bn254::{Bn254, Fq, Fq12, Fq12Config, Fq2, G1Projective, G2Affine};
use ark_ec::{
	pairing::{MillerLoopOutput, Pairing},
	AffineRepr,
};
use ark_ff::{AdditiveGroup, Field, Fp12Config, Zero};

/// The lines of the Miller loop of one point of G2, in the order in which they are multiplied. A
/// line is a chord, `(1, -slope/y·x, offset/y)` in `(x, y)`. 11 KiB.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Lines(pub(crate) Vec<Chord<Fq2>>);

/// Lines of a point: one for each digit of [`ate_digits`], one more for each that is not zero, and
/// two at the end.
pub(crate) const LINES: usize = 87;

impl Lines {
	/// The lines of one point of G2, by way of the projective ones of `ark-ec`: for one point that is
	/// less than an inversion for each line.
	pub(crate) fn new(point: &G2Affine) -> Self {
		let prepared = <Bn254 as Pairing>::G2Prepared::from(*point);
		let mut inverses: Vec<_> = prepared.ell_coeffs.iter().map(|line| line.0).collect();
		ark_ff::serial_batch_inversion_and_mul(&mut inverses, &Fq2::ONE);
		let chord = |((_, x, constant), inverse): (&(Fq2, Fq2, Fq2), Fq2)| Chord {
			slope: -(*x * inverse),
			offset: *constant * inverse,
		};
		Self(prepared.ell_coeffs.iter().zip(inverses).map(chord).collect())
	}
}

/// The lines of each point that is in G2, and `None` for each that is not. The points must be on
/// the curve and not infinity.
pub(crate) fn lines_of_members(points: &[G2Affine]) -> Vec<Option<Lines>> {
	match points {
		[point] => alloc::vec![is_in_g2(point).then(|| Lines::new(point))],
		_ => walk(points),
	}
}

/// [`lines_of_members`] with inversions that all points share.
pub(crate) fn walk(points: &[G2Affine]) -> Vec<Option<Lines>> {
	let negated: Vec<_> = points.iter().map(|point| -*point).collect();
	let mut ends = points.to_vec();
	let mut lines: Vec<Vec<_>> = points.iter().map(|_| Vec::with_capacity(LINES)).collect();
	let mut push = |chords: Vec<_>| {
		for (lines, chord) in lines.iter_mut().zip(chords) {
			lines.push(chord);
		}
	};
	// A point of G2 never meets a sum without a chord: the number that it has been multiplied by
	// is between 1 and r - 1, and so are its sum and its difference with the next number. A sum
	// without a chord ends at infinity, which no image of a point is, and so outside G2.
	for digit in ate_digits() {
		push(double_all(&mut ends));
		match digit {
			1 => push(add_all(&mut ends, points)),
			-1 => push(add_all(&mut ends, &negated)),
			_ => {},
		}
	}
	let images: Vec<_> = points.iter().map(images).collect();
	for place in 0..2 {
		let others: Vec<_> =
			images.iter().filter_map(|images| images.get(place)).copied().collect();
		push(add_all(&mut ends, &others));
	}
	lines
		.into_iter()
		.zip(ends.iter().zip(&images))
		.map(|(lines, (end, [_, _, third]))| {
			(*end == -*third && !AffineRepr::is_zero(end)).then_some(Lines(lines))
		})
		.collect()
}

/// The numbers of an affine point of G1 that lines are evaluated with: `-x/y` and `1/y`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Evaluation {
	minus_x_by_y: Fq,
	one_by_y: Fq,
}

/// Evaluations at points of G1, with one inversion for all. `None` for infinity.
pub(crate) fn evaluations(points: &[G1Projective]) -> Vec<Option<Evaluation>> {
	// No point has order two, so y is zero for none but, perhaps, infinity.
	let mut inverses: Vec<_> =
		points.iter().map(|point| if point.is_zero() { Fq::ZERO } else { point.y }).collect();
	ark_ff::serial_batch_inversion_and_mul(&mut inverses, &Fq::ONE);
	points
		.iter()
		.zip(inverses)
		.map(|(point, inverse)| {
			// In Jacobian coordinates the affine x is x/z² and the affine y is y/z³.
			let z_by_y = point.z * inverse;
			(!inverse.is_zero()).then(|| Evaluation {
				minus_x_by_y: -(point.x * z_by_y),
				one_by_y: point.z.square() * z_by_y,
			})
		})
		.collect()
}

/// The product of the Miller loops of pairs of points, up to a factor that the final exponentiation
/// removes.
pub(crate) fn miller_loop<'a>(
	pairs: impl IntoIterator<Item = (Evaluation, &'a Lines)>,
) -> MillerLoopOutput<Bn254> {
	let mut pairs: Vec<_> =
		pairs.into_iter().map(|(point, lines)| (point, lines.0.iter())).collect();
	let mut product = Fq12::ONE;
	let mut multiply_lines = |product: &mut Fq12| {
		for (point, lines) in &mut pairs {
			// Both constructors make all lines that the loop asks for.
			if let Some(line) = lines.next() {
				multiply_line(product, point, line);
			}
		}
	};
	for (place, digit) in ate_digits().enumerate() {
		if place > 0 {
			product.square_in_place();
		}
		multiply_lines(&mut product);
		if digit != 0 {
			multiply_lines(&mut product);
		}
	}
	multiply_lines(&mut product);
	multiply_lines(&mut product);
	MillerLoopOutput(product)
}

/// Multiplies by `1 + L·w` where `L = -slope·x/y + (offset/y)·v` in the tower
/// `Fq6 = Fq2[v]/(v³ - 9 - u)`, `Fq12 = Fq6[w]/(w² - v)`.
fn multiply_line(product: &mut Fq12, point: &Evaluation, line: &Chord<Fq2>) {
	let (mut first, mut second) = (line.slope, line.offset);
	first.mul_assign_by_basefield(&point.minus_x_by_y);
	second.mul_assign_by_basefield(&point.one_by_y);
	let mut low = product.c0;
	low.mul_by_01(&first, &second);
	let mut high = product.c1;
	high.mul_by_01(&first, &second);
	product.c0 += Fq12Config::mul_fp6_by_nonresidue_in_place(&mut high);
	product.c1 += low;
}
