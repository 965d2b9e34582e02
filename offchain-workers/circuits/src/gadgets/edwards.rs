//! BabyJubJub in affine coordinates.
//!
//! All additions use the unified law, which is complete on this curve (a is a square, d is not), so
//! there are no exceptional points to argue about: every denominator below is non-zero for points
//! of the curve, and sums of points of the curve are on it. Bernstein, Birkner, Joye, Lange, Peters,
//! "Twisted Edwards Curves", AFRICACRYPT 2008, section 6. The cheaper Montgomery formulas would
//! save some 500 constraints of a signature and need an argument for each step.

use crate::{Builder, Number, Terms};
use ark_bn254::Fr;
use ark_ec::{
	twisted_edwards::{Projective, TECurveConfig},
	CurveGroup,
};
use ark_ff::{AdditiveGroup, Field};
use quittance_babyjubjub::{generator, BabyJubJub};
use std::sync::LazyLock;

const A: Fr = BabyJubJub::COEFF_A;
const D: Fr = BabyJubJub::COEFF_D;

/// Coordinates. Only [`on_curve`] makes them those of a point of the curve.
#[derive(Clone, Debug)]
pub struct Point<T> {
	/// First coordinate.
	pub x: Number<T>,
	/// Second coordinate.
	pub y: Number<T>,
}

/// Demands a x² + y² = 1 + d x² y²: three constraints.
pub fn on_curve<B: Builder>(builder: &mut B, point: &Point<B::Terms>) {
	let xx = builder.product("xx", &point.x, &point.x);
	let yy = builder.product("yy", &point.y, &point.y);
	builder.enforce(|| {
		let mut right = &(&xx * A) + &yy;
		right = right.plus(-Fr::ONE);
		[&xx * D, yy.clone(), right]
	});
}

/// Twice a point: five constraints.
///
/// By the curve's equation 1 + d x² y² = a x² + y², so the denominators are non-zero as in [`add`].
pub fn double<B: Builder>(builder: &mut B, point: &Point<B::Terms>) -> Point<B::Terms> {
	let Point { x, y } = point;
	let xx = builder.product("xx", x, x);
	let yy = builder.product("yy", y, y);
	let xy = builder.product("xy", x, y);
	let axx = &xx * A;
	let sum = &axx + &yy;
	quotients(
		builder,
		[&xy * Fr::from(2u8), &yy - &axx],
		[sum.clone(), sum.subtracted_from(Fr::from(2u8))],
	)
}

/// The sum of two points: six constraints. The coordinates of `right` are those that occur on the
/// right-hand side of products.
pub fn add<B: Builder>(
	builder: &mut B,
	left: &Point<B::Terms>,
	right: &Point<B::Terms>,
) -> Point<B::Terms> {
	let xy = builder.product("xy", &left.x, &right.y);
	let yx = builder.product("yx", &left.y, &right.x);
	// (y1 - a x1)(x2 + y2) = y1 y2 - a x1 x2 + y1 x2 - a x1 y2.
	let mut difference = left.y.clone();
	difference.add_scaled(&left.x, -A);
	let mixed = builder.product("mixed", &difference, &(&right.x + &right.y));
	let mut numerator = &mixed - &yx;
	numerator.add_scaled(&xy, A);
	let xyxy = &builder.product("xyxy", &xy, &yx) * D;
	quotients(builder, [&xy + &yx, numerator], [xyxy.plus(Fr::ONE), xyxy.subtracted_from(Fr::ONE)])
}

/// The point whose coordinates are the two quotients: two constraints.
fn quotients<B: Builder>(
	builder: &mut B,
	numerators: [Number<B::Terms>; 2],
	denominators: [Number<B::Terms>; 2],
) -> Point<B::Terms> {
	let [x_numerator, y_numerator] = numerators;
	let [x_denominator, y_denominator] = denominators;
	// One inversion for both. Zero, which only a prover who cheats elsewhere can bring about, has
	// no inverse; then any hint is as good as another.
	let inverse = (x_denominator.value() * y_denominator.value()).inverse().unwrap_or(Fr::ZERO);
	let x = x_numerator.value() * y_denominator.value() * inverse;
	let y = y_numerator.value() * x_denominator.value() * inverse;
	let point = Point { x: builder.hint("x", x), y: builder.hint("y", y) };
	builder.enforce(|| [x_denominator, point.x.clone(), x_numerator]);
	builder.enforce(|| [y_denominator, point.y.clone(), y_numerator]);
	point
}

/// Width of the windows of [`multiple_of_generator`]. With three bits the four products of a lookup
/// are bits, which cost a prover next to nothing.
const WINDOW: usize = 3;

/// For a number of bits, coefficients by which the products of the bits of a window give a
/// coordinate.
type Coefficients = [Fr; 1 << WINDOW];

/// Windows for 252 bits, more than scalars have.
const WINDOWS: usize = 84;

/// The coefficients of both coordinates of d 8^i B8, d a digit, for each window i.
static MULTIPLES_OF_GENERATOR: LazyLock<Vec<[Coefficients; 2]>> = LazyLock::new(|| {
	let mut unit = Projective::<BabyJubJub>::from(generator());
	(0..WINDOWS)
		.map(|_| {
			let mut multiples = vec![Projective::ZERO];
			for digit in 1..1 << WINDOW {
				multiples.push(multiples[digit - 1] + unit);
			}
			for _ in 0..WINDOW {
				unit.double_in_place();
			}
			let points = Projective::normalize_batch(&multiples);
			[
				coefficients(std::array::from_fn(|digit| points[digit].x)),
				coefficients(std::array::from_fn(|digit| points[digit].y)),
			]
		})
		.collect()
});

/// The multilinear polynomial with these values: the coefficient at index m belongs to the product
/// of the bits that are set in m.
fn coefficients(mut values: Coefficients) -> Coefficients {
	for bit in 0..WINDOW {
		for index in 0..values.len() {
			if index & (1 << bit) != 0 {
				let without = values[index ^ (1 << bit)];
				values[index] -= without;
			}
		}
	}
	values
}

/// The multiple of B8 by an integer, given by its bits, lowest first: ten constraints for each
/// three bits but the first three, which take four. Two last bits alone take seven.
///
/// # Panics
///
/// For no bits or more than 252.
pub fn multiple_of_generator<B: Builder>(
	builder: &mut B,
	bits: &[Number<B::Terms>],
) -> Point<B::Terms> {
	assert!(bits.len() <= WINDOW * WINDOWS, "scalars have at most 252 bits");
	let mut sum: Option<Point<B::Terms>> = None;
	for (digit, [x, y]) in bits.chunks(WINDOW).zip(MULTIPLES_OF_GENERATOR.iter()) {
		let products = products(builder, digit);
		let combine = |coefficients: &Coefficients| {
			let mut value = Number::constant(coefficients[0]);
			for (product, coefficient) in products.iter().zip(&coefficients[1..]) {
				value.add_scaled(product, *coefficient);
			}
			value
		};
		let multiple = Point { x: combine(x), y: combine(y) };
		sum = Some(match sum {
			None => multiple,
			Some(sum) => add(builder, &multiple, &sum),
		});
	}
	sum.expect("at least one bit")
}

/// All products of one or more of the bits: place m - 1 has that of the bits set in m.
fn products<B: Builder>(builder: &mut B, bits: &[Number<B::Terms>]) -> Vec<Number<B::Terms>> {
	let mut products: Vec<Number<B::Terms>> = Vec::with_capacity((1 << bits.len()) - 1);
	for bit in bits {
		let with: Vec<_> =
			products.iter().map(|product| builder.product("digit", product, bit)).collect();
		products.push(bit.clone());
		products.extend(with);
	}
	products
}

/// The multiple of a point by an integer of an even number of bits, lowest first: 22 constraints
/// for each two bits but the highest, which take 6, and 11 for the table.
///
/// # Panics
///
/// Unless there is a positive even number of bits.
pub fn multiple<B: Builder>(
	builder: &mut B,
	point: &Point<B::Terms>,
	bits: &[Number<B::Terms>],
) -> Point<B::Terms> {
	assert!(bits.len() % 2 == 0, "an even number of bits");
	let twice = double(builder, point);
	let table = [point.clone(), twice.clone(), add(builder, &twice, point)];
	let mut sum: Option<Point<B::Terms>> = None;
	for digit in bits.rchunks(2) {
		let chosen = choose(builder, &table, &digit[0], &digit[1]);
		sum = Some(match sum {
			None => chosen,
			Some(sum) => {
				let twice = double(builder, &sum);
				let four_times = double(builder, &twice);
				add(builder, &chosen, &four_times)
			},
		});
	}
	sum.expect("at least two bits")
}

/// The identity or, for a digit of 1 to 3, its place of the table: six constraints.
fn choose<B: Builder>(
	builder: &mut B,
	table: &[Point<B::Terms>; 3],
	low: &Number<B::Terms>,
	high: &Number<B::Terms>,
) -> Point<B::Terms> {
	let mut coordinate = |zero: Fr, values: [&Number<B::Terms>; 3]| {
		let [one, two, three] = values.map(|value| value.plus(-zero));
		let both = builder.product("both", &(&(&three - &two) - &one), low);
		let from_low = builder.product("from_low", &one, low);
		let from_high = builder.product("from_high", &(&two + &both), high);
		(&from_low + &from_high).plus(zero)
	};
	let [one, two, three] = table;
	Point {
		x: coordinate(Fr::ZERO, [&one.x, &two.x, &three.x]),
		y: coordinate(Fr::ONE, [&one.y, &two.y, &three.y]),
	}
}

/// Demands that two points are the same: two constraints.
pub fn equal<B: Builder>(builder: &mut B, left: &Point<B::Terms>, right: &Point<B::Terms>) {
	builder.equal(&left.x, &right.x);
	builder.equal(&left.y, &right.y);
}

impl<T: Terms> Point<T> {
	/// The values of the coordinates.
	pub fn values(&self) -> (Fr, Fr) {
		(self.x.value(), self.y.value())
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::Recorder;
	use ark_ec::AffineRepr;
	use ark_ff::{BigInteger, PrimeField};
	use quittance_babyjubjub as babyjubjub;

	type Native = babyjubjub::Point;

	/// A point of order 8, whose multiples are all points of small order.
	fn of_order_8() -> Native {
		let mut y = Fr::ONE;
		loop {
			y += Fr::ONE;
			// x² = (1 - y²) / (a - d y²)
			let xx = (Fr::ONE - y * y) * (A - D * y * y).inverse().unwrap();
			let Some(x) = xx.sqrt() else { continue };
			let point = Native::new_unchecked(x, y);
			let small =
				Native::from(Projective::from(point).mul_bigint(babyjubjub::SUBGROUP_ORDER));
			let fourfold = Native::from(Projective::from(small).mul_bigint([4u64]));
			if !fourfold.is_zero() {
				return small;
			}
		}
	}

	use ark_ec::PrimeGroup;

	fn times(point: Native, factor: u64) -> Native {
		Projective::from(point).mul_bigint([factor]).into()
	}

	fn hint(recorder: &mut Recorder, point: Native) -> Point<crate::Linear> {
		Point { x: recorder.hint("x", point.x), y: recorder.hint("y", point.y) }
	}

	fn samples() -> Vec<Native> {
		let small = of_order_8();
		let mut points: Vec<_> = (0..8).map(|factor| times(small, factor)).collect();
		points.extend((1..4).map(|factor| times(generator(), factor)));
		points.push(-generator());
		points.push((generator() + small).into());
		points
	}

	#[test]
	fn sums_and_doubles_of_all_kinds_of_points() {
		for left in samples() {
			for right in samples() {
				let mut recorder = Recorder::default();
				let (l, r) = (hint(&mut recorder, left), hint(&mut recorder, right));
				let sum = add(&mut recorder, &l, &r);
				let expected = Native::from(left + right);
				assert_eq!(sum.values(), (expected.x, expected.y));
				assert!(recorder.is_satisfied());
				assert_eq!(recorder.finish().constraints(), 6);
			}
			let mut recorder = Recorder::default();
			let point = hint(&mut recorder, left);
			let twice = double(&mut recorder, &point);
			let expected = Native::from(left + left);
			assert_eq!(twice.values(), (expected.x, expected.y));
			assert!(recorder.is_satisfied());
			assert_eq!(recorder.finish().constraints(), 5);
		}
	}

	#[test]
	fn points_of_the_curve_are_on_it_and_others_are_not() {
		for point in samples() {
			for (point, holds) in
				[(point, true), (Native::new_unchecked(point.x, point.y + Fr::ONE), false)]
			{
				// (0, -1) + (0, 1) = (0, 0) and the like stay off the curve as well.
				assert_eq!(point.is_on_curve(), holds);
				let mut recorder = Recorder::default();
				let point = hint(&mut recorder, point);
				on_curve(&mut recorder, &point);
				assert_eq!(recorder.is_satisfied(), holds);
			}
		}
	}

	fn bits(
		recorder: &mut Recorder,
		value: impl BigInteger,
		width: usize,
	) -> Vec<Number<crate::Linear>> {
		(0..width).map(|place| recorder.hint("bit", Fr::from(value.get_bit(place)))).collect()
	}

	#[test]
	fn multiples_of_the_generator() {
		let mut largest = babyjubjub::SUBGROUP_ORDER;
		largest.sub_with_borrow(&1u64.into());
		for scalar in [0u64.into(), 1u64.into(), 0o7654321u64.into(), largest] {
			let mut recorder = Recorder::default();
			let bits = bits(&mut recorder, scalar, 251);
			let product = multiple_of_generator(&mut recorder, &bits);
			let expected = Native::from(Projective::from(generator()).mul_bigint(scalar));
			assert_eq!(product.values(), (expected.x, expected.y));
			assert!(recorder.is_satisfied());
			assert_eq!(recorder.finish().constraints(), 4 + 82 * 10 + 7);
		}
	}

	#[test]
	fn multiples_of_points_of_all_kinds() {
		let mut largest = Fr::MODULUS;
		largest.sub_with_borrow(&1u64.into());
		for point in samples() {
			for scalar in [0u64.into(), 1u64.into(), 0x1234_5678u64.into(), largest] {
				let mut recorder = Recorder::default();
				let base = hint(&mut recorder, point);
				let bits = bits(&mut recorder, scalar, 254);
				let product = multiple(&mut recorder, &base, &bits);
				let expected = Native::from(Projective::from(point).mul_bigint(scalar));
				assert_eq!(product.values(), (expected.x, expected.y));
				assert!(recorder.is_satisfied());
				assert_eq!(recorder.finish().constraints(), 11 + 6 + 126 * 22);
			}
		}
	}
}
