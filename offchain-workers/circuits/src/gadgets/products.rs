//! Dot products of private weights, several rows in one multiplication.
//!
//! The rows of a layer are multiplied by the same inputs. The weights of one column, those of several
//! rows, are therefore packed into one number, so many bits apart as a sum of the layer has, and one constraint
//! multiplies all of them by the input of that column. What is added up over the columns, with the packed
//! biases, has the rows' sums in its slots, from which [`Slots::split`] takes them.
//!
//! That the sums are the only ones: weights, inputs and biases are in their ranges by their bits, so that
//! a sum S of b bits ([`Placed::sum_bits`](crate::architecture::Placed::sum_bits)) plus the 2^(b - 1) that its
//! bias is given is at least 0 and below 2^b. So is what [`Slots::split`] makes of it, t, by its bits. The
//! slots are b bits wide and 253 bits together at most: both numbers are below 2^253 and so below the
//! field's order, and equal in the field they are equal, slot by slot.

use super::{
	bits,
	integers::{self, power_of_two, Signed},
};
use crate::{Builder, Number, Terms};
use ark_bn254::Fr;

/// Bits of which every number is below the field's order.
const ELEMENT_BITS: usize = 253;

/// Bits of a sum that is published.
const PUBLISHED_BITS: usize = 32;

/// `biases` plus the products of packed weights and inputs: one constraint for each pair.
pub fn dot<'a, B: Builder>(
	builder: &mut B,
	biases: &Number<B::Terms>,
	pairs: impl IntoIterator<Item = (&'a Number<B::Terms>, &'a Number<B::Terms>)>,
) -> Number<B::Terms>
where
	B::Terms: 'a,
{
	let mut sum = biases.clone();
	for (weights, input) in pairs {
		sum += &builder.product("product", weights, input);
	}
	sum
}

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

/// Where the rows are in a number: the first is lowest, and each has as many bits as a sum.
#[derive(Clone, Copy, Debug)]
pub struct Slots {
	bits: usize,
}

impl Slots {
	/// For sums of so many bits.
	///
	/// # Panics
	///
	/// Unless there are 1 to 32 bits.
	pub fn new(bits: usize) -> Self {
		assert!((1..=PUBLISHED_BITS).contains(&bits), "a sum has 1 to 32 bits");
		Self { bits }
	}

	/// Most rows in one number: 7 of 32 bits, 10 of 25.
	pub fn rows(self) -> usize {
		ELEMENT_BITS / self.bits
	}

	/// Numbers of up to [`rows`](Self::rows) rows in one. Without a constraint.
	///
	/// # Panics
	///
	/// For more rows.
	pub fn pack_rows<'a, T: Terms + 'a>(
		self,
		rows: impl IntoIterator<Item = &'a Number<T>>,
	) -> Number<T> {
		let mut packed = Number::zero();
		for (slot, number) in rows.into_iter().enumerate() {
			assert!(slot < self.rows(), "more rows than slots");
			packed.add_scaled(number, power_of_two(self.bits * slot));
		}
		packed
	}

	/// Biases of as many rows in one number, each with what makes its sum one of [`split`](Self::split)'s.
	pub fn pack_biases<'a, T: Terms + 'a>(
		self,
		rows: impl IntoIterator<Item = &'a Number<T>>,
	) -> Number<T> {
		let half = power_of_two(self.bits - 1);
		let rows: Vec<_> = rows.into_iter().map(|bias| bias.plus(half)).collect();
		self.pack_rows(&rows)
	}

	/// The sums in a number, for so many rows: a constraint for each bit, and one for all.
	///
	/// # Panics
	///
	/// For more than [`rows`](Self::rows) rows.
	pub fn split<B: Builder>(
		self,
		builder: &mut B,
		packed: &Number<B::Terms>,
		rows: usize,
	) -> Vec<Sum<B::Terms>> {
		assert!(rows <= self.rows(), "more rows than slots");
		let bits = bits::range(builder, packed, self.bits * rows);
		bits.chunks(self.bits).map(|bits| Sum { bits: bits.to_vec() }).collect()
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::{
		architecture::{BIAS_BYTES, MAX_BIAS, MIN_BIAS},
		gadgets::integers::{field, signed, signed_byte},
		Recorder, Tamperer,
	};
	use ark_ff::Field;
	use proptest::prelude::*;

	/// Sums of up to 12 products have 25 bits.
	const SLOTS: Slots = Slots { bits: 25 };

	fn layer<B: Builder>(
		builder: &mut B,
		weights: &[Vec<i8>],
		biases: &[i32],
		inputs: &[i8],
	) -> Vec<Sum<B::Terms>> {
		let inputs: Vec<_> =
			inputs.iter().map(|input| signed_byte(builder, *input).value).collect();
		let rows: Vec<Vec<_>> = weights
			.iter()
			.map(|row| row.iter().map(|weight| signed_byte(builder, *weight).value).collect())
			.collect();
		let biases: Vec<_> =
			biases.iter().map(|bias| signed(builder, *bias, BIAS_BYTES).value).collect();
		let columns: Vec<_> = (0..inputs.len())
			.map(|column| SLOTS.pack_rows(rows.iter().map(|row| &row[column])))
			.collect();
		let packed = dot(builder, &SLOTS.pack_biases(&biases), columns.iter().zip(&inputs));
		SLOTS.split(builder, &packed, weights.len())
	}

	fn sums(weights: &[Vec<i8>], biases: &[i32], inputs: &[i8]) -> Vec<i64> {
		let row = |(row, bias): (&Vec<i8>, &i32)| {
			let products = row.iter().zip(inputs).map(|(w, x)| i64::from(*w) * i64::from(*x));
			i64::from(*bias) + products.sum::<i64>()
		};
		weights.iter().zip(biases).map(row).collect()
	}

	fn extreme_byte() -> impl Strategy<Value = i8> {
		prop_oneof![3 => any::<i8>(), 1 => Just(i8::MIN), 1 => Just(i8::MAX)]
	}

	proptest! {
		#![proptest_config(ProptestConfig::with_cases(128))]

		#[test]
		fn the_sums_are_those_of_the_rows(
			rows in 1..=SLOTS.rows(),
			inputs in proptest::collection::vec(extreme_byte(), 1..12),
			weights in proptest::collection::vec(extreme_byte(), 10 * 12),
			biases in proptest::collection::vec(
				prop_oneof![MIN_BIAS..=MAX_BIAS, -70_000..70_000i32, Just(MAX_BIAS), Just(MIN_BIAS)],
				10,
			),
		) {
			let weights: Vec<Vec<i8>> =
				weights.chunks(12).take(rows).map(|row| row[..inputs.len()].to_vec()).collect();
			let biases = &biases[..rows];
			let expected = sums(&weights, biases, &inputs);
			let mut recorder = Recorder::default();
			let found = layer(&mut recorder, &weights, biases, &inputs);
			prop_assert!(recorder.is_satisfied());
			for (sum, expected) in found.iter().zip(&expected) {
				let signed = sum.signed();
				prop_assert_eq!(signed.value.value(), field(*expected));
				let bytes: Vec<_> = signed.bytes.iter().map(Number::value).collect();
				prop_assert_eq!(bytes, (*expected as i32).to_le_bytes().map(Fr::from));
			}
			let constraints =
				8 * inputs.len() * (rows + 1) + 24 * rows + inputs.len() + 25 * rows + 1;
			prop_assert_eq!(recorder.finish().constraints(), constraints);
		}
	}

	#[test]
	fn as_many_rows_as_an_element_has_room_for() {
		for (bits, rows) in [(1, 253), (25, 10), (26, 9), (28, 9), (29, 8), (32, 7)] {
			assert_eq!(Slots::new(bits).rows(), rows);
		}
	}

	/// Every slot full and every slot empty, with slots of each width.
	#[test]
	fn the_ends_of_all_slots_have_a_witness_and_nothing_beyond_them() {
		for bits in [25, 26, 27, 28, 29, 30, 31, 32] {
			let slots = Slots::new(bits);
			let end = 1i64 << (bits - 1);
			for sum in [end - 1, -end, 0] {
				let packed = (0..slots.rows()).fold(Fr::from(0u8), |packed, slot| {
					packed + field(sum + end) * power_of_two(bits * slot)
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
					}
				}
			}
		}
	}

	#[test]
	fn no_slot_lends_to_the_next() {
		// A carry of 2^25 from one slot to the next leaves the packed number as it is. The slot that
		// lends would need a bit beyond its 25.
		let mut recorder = Recorder::default();
		let packed = recorder.hint("packed", power_of_two(25));
		SLOTS.split(&mut recorder, &packed, 2);
		let shape = recorder.finish();
		// 2^25 = 2^24 · 2 in the lowest slot's highest place, instead of 1 in the next slot's lowest.
		let mut tamperer =
			Tamperer::new([("/bit".into(), 24, Fr::from(2u8)), ("/bit".into(), 25, Fr::from(0u8))]);
		let packed = tamperer.hint("packed", power_of_two(25));
		let sums = SLOTS.split(&mut tamperer, &packed, 2);
		let rows: Vec<_> = sums.iter().map(|sum| bits::compose(&sum.bits)).collect();
		assert_eq!(SLOTS.pack_rows(&rows).value(), packed.value());
		assert_eq!(tamperer.unused(), []);
		assert!(!shape.is_satisfied(&tamperer.finish()));
	}

	#[test]
	fn a_wrong_product_or_bit_is_refused() {
		let weights = vec![vec![3, -4], vec![5, 6]];
		let mut recorder = Recorder::default();
		layer(&mut recorder, &weights, &[100, -100], &[-9, 10]);
		let shape = recorder.finish();
		for (name, count) in [("/product", 2), ("/bit", 16 + 32 + 48 + 50)] {
			for place in 0..count {
				let mut honest = Tamperer::new([]);
				layer(&mut honest, &weights, &[100, -100], &[-9, 10]);
				let value = honest.hinted(name, place).unwrap();
				let other = if name == "/bit" { Fr::ONE - value } else { value + Fr::ONE };
				let mut tamperer = Tamperer::new([(name.into(), place, other)]);
				layer(&mut tamperer, &weights, &[100, -100], &[-9, 10]);
				assert_eq!(tamperer.unused(), []);
				// Bits of inputs, weights and biases are free here: what follows from them follows.
				let free = name == "/bit" && place < 16 + 32 + 48;
				assert_eq!(shape.is_satisfied(&tamperer.finish()), free, "{name} {place}");
			}
		}
	}
}
