//! Several small signed numbers in one, for as many products in one constraint.
//!
//! Numbers that are multiplied by the same factor are packed into one, so many bits apart. As many fit as have
//! 253 bits together, and their products' sums are in the slots of the sum of the products, from which
//! [`Slots::split`] takes them.
//!
//! That those are the only ones: the caller knows of a sum S that it is a signed number of b bits, b being
//! the bits of a slot, and so that S + 2^(b-1) is at least 0 and below 2^b. So is what [`Slots::split`] makes
//! of it, by its bits. Both packed numbers are below 2^253 and so below the field's order: equal in the field
//! they are equal, slot by slot.

use super::{
	bits,
	integers::{self, power_of_two, Signed},
};
use crate::{training::ELEMENT_BITS, Builder, Number, Terms};
use ark_bn254::Fr;

/// Bits of a sum that is published.
const PUBLISHED_BITS: usize = 32;

/// A signed sum of b bits, by the bits of itself plus 2^(b - 1).
#[derive(Clone, Debug)]
pub struct Sum<T> {
	/// The bits, lowest first. The last one is 1 where the sum is not below zero; the others are those of
	/// two's complement.
	pub bits: Vec<Number<T>>,
}

impl<T: Terms> Sum<T> {
	/// The sum and its four bytes, in two's complement.
	///
	/// # Panics
	///
	/// For a sum of more than 32 bits.
	pub fn signed(&self) -> Signed<T> {
		let mut bits = self.bits.clone();
		assert!(bits.len() <= PUBLISHED_BITS, "a sum has four bytes");
		if let Some(sign) = bits.pop() {
			bits.resize(PUBLISHED_BITS, sign.subtracted_from(Fr::from(1u8)));
		}
		integers::of_bits(&bits)
	}
}

/// Slots of so many bits, side by side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slots {
	bits: usize,
}

impl Slots {
	/// The narrowest slots for signed numbers of at most this magnitude.
	///
	/// # Panics
	///
	/// For 2^31 and above, which have more bits than a sum that is published.
	pub fn for_magnitude(magnitude: u64) -> Self {
		assert!(magnitude < 1 << (PUBLISHED_BITS - 1), "a sum has 32 bits");
		Self { bits: (u64::BITS - magnitude.leading_zeros()) as usize + 1 }
	}

	/// Slots of so many bits, 1 to 253.
	///
	/// # Panics
	///
	/// For any other number.
	pub fn of_bits(bits: usize) -> Self {
		assert!((1..=ELEMENT_BITS).contains(&bits), "a slot is within a field element");
		Self { bits }
	}

	/// Bits of a slot, with the sign.
	pub fn bits(self) -> usize {
		self.bits
	}

	/// Slots in one number: 7 of 32 bits, 10 of 25.
	pub fn rows(self) -> usize {
		ELEMENT_BITS / self.bits
	}

	/// Numbers in one, the first lowest. Without a constraint.
	///
	/// # Panics
	///
	/// For more numbers than slots.
	pub fn pack<'a, T: Terms + 'a>(
		self,
		numbers: impl IntoIterator<Item = &'a Number<T>>,
	) -> Number<T> {
		let mut packed = Number::zero();
		for (slot, number) in numbers.into_iter().enumerate() {
			assert!(slot < self.rows(), "more numbers than slots");
			packed.add_scaled(number, power_of_two(self.bits * slot));
		}
		packed
	}

	/// The numbers in the slots of one, of which the caller knows that each has no more bits than a slot: a
	/// constraint for each bit, and one for all.
	///
	/// # Panics
	///
	/// For more rows than slots.
	pub fn split<B: Builder>(
		self,
		builder: &mut B,
		packed: &Number<B::Terms>,
		rows: usize,
	) -> Vec<Sum<B::Terms>> {
		assert!(rows <= self.rows(), "more numbers than slots");
		let half = power_of_two(self.bits - 1);
		let halves =
			(0..rows).fold(Fr::from(0u8), |sum, slot| sum + half * power_of_two(self.bits * slot));
		let bits = bits::range(builder, &packed.plus(halves), self.bits * rows);
		bits.chunks(self.bits).map(|bits| Sum { bits: bits.to_vec() }).collect()
	}

	/// Constraints of [`multiply`] for a matrix of so many rows and columns and so many vectors.
	pub fn multiply_constraints(self, rows: usize, columns: usize, vectors: usize) -> usize {
		let groups = rows.div_ceil(self.rows());
		let packing = if vectors > 1 { groups * columns } else { 0 };
		packing + vectors * (groups * columns + rows * self.bits + groups)
	}
}

/// A number plus the products of packed numbers and what each is multiplied by: one constraint for each pair.
pub fn dot<'a, B: Builder>(
	builder: &mut B,
	plus: &Number<B::Terms>,
	pairs: impl IntoIterator<Item = (&'a Number<B::Terms>, &'a Number<B::Terms>)>,
) -> Number<B::Terms>
where
	B::Terms: 'a,
{
	let mut sum = plus.clone();
	for (packed, factor) in pairs {
		sum += &builder.product("product", packed, factor);
	}
	sum
}

/// A packed column that is multiplied more than once, on a wire of its own: the matrices would hold its bits at
/// each place otherwise. One constraint.
pub fn wire<B: Builder>(builder: &mut B, column: &Number<B::Terms>) -> Number<B::Terms> {
	let wire = builder.hint("column", column.value());
	builder.equal(column, &wire);
	wire
}

/// A matrix, by rows, times vectors, each plus a vector of its own that is free of constraints.
///
/// * `packing`: the rows are in as many as [`Slots::rows`] to a number, which has a wire where it is used more
///   than once, one constraint for each column.
/// * `products`: each column's number times each vector's, one constraint for each.
/// * `sums`: the sums, by their bits, and one constraint for each group of rows and vector.
///
/// Costs [`Slots::multiply_constraints`]. The caller has chosen the slots for the largest sums that there are.
pub fn multiply<B: Builder>(
	builder: &mut B,
	slots: Slots,
	rows: &[Vec<Number<B::Terms>>],
	vectors: &[Vec<Number<B::Terms>>],
	plus: &[Vec<Number<B::Terms>>],
) -> Vec<Vec<Sum<B::Terms>>> {
	let mut sums: Vec<Vec<_>> = vectors.iter().map(|_| Vec::with_capacity(rows.len())).collect();
	let columns = rows.first().map_or(0, Vec::len);
	for (group, rows) in rows.chunks(slots.rows()).enumerate() {
		let packed = (0..columns).map(|column| slots.pack(rows.iter().map(|row| &row[column])));
		let packed: Vec<_> = if vectors.len() > 1 {
			builder
				.group("packing", |builder| packed.map(|column| wire(builder, &column)).collect())
		} else {
			packed.collect()
		};
		let first = group * slots.rows();
		for ((vector, plus), sums) in vectors.iter().zip(plus).zip(&mut sums) {
			let plus = slots.pack(&plus[first..first + rows.len()]);
			let sum =
				builder.group("products", |builder| dot(builder, &plus, packed.iter().zip(vector)));
			sums.extend(builder.group("sums", |builder| slots.split(builder, &sum, rows.len())));
		}
	}
	sums
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::{gadgets::integers::field, Recorder, Tamperer};
	use ark_ff::Field;
	use proptest::prelude::*;

	fn run<B: Builder>(
		builder: &mut B,
		slots: Slots,
		matrix: &[Vec<i64>],
		vectors: &[Vec<i64>],
		plus: &[Vec<i64>],
	) -> Vec<Vec<Sum<B::Terms>>> {
		let mut numbers = |rows: &[Vec<i64>]| -> Vec<Vec<_>> {
			let mut row = |row: &Vec<i64>| {
				row.iter().map(|value| builder.hint("number", field(*value))).collect()
			};
			rows.iter().map(&mut row).collect()
		};
		let (matrix, vectors, plus) = (numbers(matrix), numbers(vectors), numbers(plus));
		multiply(builder, slots, &matrix, &vectors, &plus)
	}

	proptest! {
		#![proptest_config(ProptestConfig::with_cases(200))]

		#[test]
		fn the_sums_are_those_of_the_rows(
			rows in 1usize..30,
			columns in 1usize..5,
			count in 1usize..4,
			numbers in proptest::collection::vec(
				prop_oneof![-128i64..128, Just(-128), Just(127)],
				400,
			),
		) {
			let mut numbers = numbers.into_iter().cycle();
			let mut take = |rows: usize, columns: usize| -> Vec<Vec<i64>> {
				(0..rows).map(|_| numbers.by_ref().take(columns).collect()).collect()
			};
			let (matrix, vectors) = (take(rows, columns), take(count, columns));
			let plus = take(count, rows);
			let slots = Slots::for_magnitude(columns as u64 * (1 << 14) + 128);
			let mut recorder = Recorder::default();
			let found = run(&mut recorder, slots, &matrix, &vectors, &plus);
			prop_assert!(recorder.is_satisfied());
			for ((vector, plus), found) in vectors.iter().zip(&plus).zip(&found) {
				for ((row, plus), found) in matrix.iter().zip(plus).zip(found) {
					let expected = plus + row.iter().zip(vector).map(|(w, x)| w * x).sum::<i64>();
					let found = found.signed().value;
					prop_assert_eq!(found.value(), field(expected));
					prop_assert_eq!(found.terms().evaluate(recorder.values()), field(expected));
				}
			}
			let hints = rows * columns + count * columns + count * rows;
			let shape = recorder.finish();
			prop_assert!(shape.wires() > hints);
			prop_assert_eq!(shape.constraints(), slots.multiply_constraints(rows, columns, count));
		}
	}

	#[test]
	fn slots_are_as_narrow_as_their_numbers_allow() {
		for (magnitude, bits) in [(0, 1), (1, 2), (127, 8), (128, 9), ((1 << 31) - 1, 32)] {
			assert_eq!(Slots::for_magnitude(magnitude).bits(), bits);
		}
		// The ends of a slot, in the first and in the last of a number.
		let slots = Slots::for_magnitude(127);
		assert_eq!(slots.rows(), 31);
		for (value, holds) in [(-128, true), (127, true), (-129, false), (128, false)] {
			let mut recorder = Recorder::default();
			let packed = field(value) * power_of_two(8 * 30);
			let packed = recorder.hint("packed", packed);
			slots.split(&mut recorder, &packed, 31);
			assert_eq!(recorder.is_satisfied(), holds, "{value}");
			assert_eq!(recorder.finish().constraints(), 31 * 8 + 1);
		}
	}

	#[test]
	fn as_many_rows_as_an_element_has_room_for() {
		for (bits, rows) in [(1, 253), (25, 10), (26, 9), (28, 9), (29, 8), (32, 7), (253, 1)] {
			assert_eq!(Slots::of_bits(bits).rows(), rows);
		}
	}

	/// All slots at an end, for each width of a sum.
	#[test]
	fn the_ends_of_all_slots_have_a_witness_and_nothing_beyond_them() {
		for bits in [25, 26, 27, 28, 29, 30, 31, 32] {
			let slots = Slots::of_bits(bits);
			let end = 1i64 << (bits - 1);
			for sum in [end - 1, -end, 0] {
				let packed = (0..slots.rows()).fold(Fr::from(0u8), |packed, slot| {
					packed + field(sum) * power_of_two(bits * slot)
				});
				for (more, holds) in [(0, true), (1, sum != end - 1), (-1, sum != -end)] {
					let mut recorder = Recorder::default();
					let highest = power_of_two(bits * (slots.rows() - 1));
					let packed = recorder.hint("packed", packed + field(more) * highest);
					let sums = slots.split(&mut recorder, &packed, slots.rows());
					assert_eq!(recorder.is_satisfied(), holds, "{sum} + {more} of {bits} bits");
					if holds {
						let last = sums.last().expect("there are seven at least").signed();
						assert_eq!(last.value.value(), field(sum + more));
						let bytes: Vec<_> = last.bytes.iter().map(Number::value).collect();
						assert_eq!(bytes, ((sum + more) as i32).to_le_bytes().map(Fr::from));
					}
				}
			}
		}
	}

	#[test]
	fn no_slot_lends_to_the_next() {
		let slots = Slots::for_magnitude(127);
		let mut recorder = Recorder::default();
		let packed = recorder.hint("packed", power_of_two(8));
		slots.split(&mut recorder, &packed, 2);
		let shape = recorder.finish();
		// 0 and 1 as 256 and 0: the lowest slot's highest place would count 3 for that.
		let bits = [(7, Fr::from(3u8)), (8, Fr::from(0u8))];
		let mut tamperer =
			Tamperer::new(bits.map(|(place, value)| ("/bit".to_owned(), place, value)));
		let packed = tamperer.hint("packed", power_of_two(8));
		slots.split(&mut tamperer, &packed, 2);
		assert_eq!(tamperer.unused(), []);
		assert!(!shape.is_satisfied(&tamperer.finish()));
	}

	#[test]
	fn a_wrong_column_product_or_bit_is_refused() {
		let (matrix, vectors) = (vec![vec![3, -4], vec![5, 6]], vec![vec![-9, 10], vec![7, -128]]);
		let plus = vec![vec![1, 2], vec![3, 4]];
		let slots = Slots::for_magnitude(1 << 15);
		let mut recorder = Recorder::default();
		run(&mut recorder, slots, &matrix, &vectors, &plus);
		let shape = recorder.finish();
		for (name, count) in [("packing/column", 2), ("products/product", 4), ("sums/bit", 4 * 17)]
		{
			for place in 0..count {
				let mut honest = Tamperer::new([]);
				run(&mut honest, slots, &matrix, &vectors, &plus);
				let value = honest.hinted(name, place).unwrap() + Fr::ONE;
				let mut tamperer = Tamperer::new([(name.into(), place, value)]);
				run(&mut tamperer, slots, &matrix, &vectors, &plus);
				assert_eq!(tamperer.unused(), []);
				assert!(!shape.is_satisfied(&tamperer.finish()), "{name} {place}");
			}
		}
	}
}
