//! Dot products of private weights, several rows in one multiplication.
//!
//! The rows of a layer are multiplied by the same inputs. Up to [`SLOTS`] weights of one column, those of
//! as many rows, are therefore packed into one number, [`SLOT_BITS`] bits apart, and one constraint
//! multiplies all of them by the input of that column. What is added up over the columns, with the packed
//! biases, has the rows' sums in its slots, from which [`split`] takes them.
//!
//! That the sums are the only ones: a row has at most 2^18 weights of at most 2^7 in magnitude, as are
//! the inputs, and a bias of at most 2^31, so that a sum S, plus the 2^31 that its bias is given, is
//! above -2^33 and below 2^34. What [`split`] makes of it, t, is at least 0 and below 2^32 by its bits.
//! The differences S + 2^31 - t of the slots are so below 2^35 in magnitude and the sum of all of them,
//! times their powers of two, below 2^252 and so below half the field's order: if it is zero in the field
//! it is zero over the integers, and then, from the lowest slot on, each difference is a multiple of 2^36
//! and so zero. A sum that is no signed 32-bit number has no witness.

use super::{
	bits,
	integers::{self, power_of_two, Signed},
};
use crate::{Builder, Number, Terms};
use ark_bn254::Fr;
use ark_ff::{BigInteger, PrimeField};

/// Rows in one number.
pub const SLOTS: usize = 7;

/// Bits between one row and the next.
pub const SLOT_BITS: usize = 36;

/// Most products of a sum, for which the argument above holds.
pub const MAX_PRODUCTS: usize = 1 << 18;

/// Numbers of up to [`SLOTS`] rows in one, the first row lowest. Without a constraint.
pub fn pack_rows<'a, T: Terms + 'a>(rows: impl IntoIterator<Item = &'a Number<T>>) -> Number<T> {
	let mut packed = Number::zero();
	for (slot, number) in rows.into_iter().enumerate() {
		assert!(slot < SLOTS, "more rows than slots");
		packed.add_scaled(number, power_of_two(SLOT_BITS * slot));
	}
	packed
}

/// Biases of up to [`SLOTS`] rows in one number, each with the 2^31 added that makes its sum one of
/// [`split`]'s.
pub fn pack_biases<'a, T: Terms + 'a>(rows: impl IntoIterator<Item = &'a Number<T>>) -> Number<T> {
	let rows: Vec<_> = rows.into_iter().map(|bias| bias.plus(Fr::from(1u64 << 31))).collect();
	pack_rows(&rows)
}

/// `biases` plus the products of packed weights and inputs: one constraint for each pair.
///
/// # Panics
///
/// For more than [`MAX_PRODUCTS`] pairs.
pub fn dot<'a, B: Builder>(
	builder: &mut B,
	biases: &Number<B::Terms>,
	pairs: impl IntoIterator<Item = (&'a Number<B::Terms>, &'a Number<B::Terms>)>,
) -> Number<B::Terms>
where
	B::Terms: 'a,
{
	let mut sum = biases.clone();
	for (place, (weights, input)) in pairs.into_iter().enumerate() {
		assert!(place < MAX_PRODUCTS, "a sum of more products may not fit its slot");
		sum += &builder.product("product", weights, input);
	}
	sum
}

/// A signed 32-bit sum, by the bits of itself plus 2^31.
#[derive(Clone, Debug)]
pub struct Sum<T> {
	/// The bits, lowest first. The last one is 1 where the sum is not below zero; the others are those of
	/// two's complement.
	pub bits: Vec<Number<T>>,
}

impl<T: Terms> Sum<T> {
	/// The sum and its bytes, in two's complement.
	pub fn signed(&self) -> Signed<T> {
		let mut bits = self.bits.clone();
		if let Some(sign) = bits.last_mut() {
			*sign = sign.subtracted_from(Fr::from(1u8));
		}
		integers::of_bits(&bits)
	}
}

/// The sums in the slots of a number, for so many rows: 32 constraints for each, and one for all.
pub fn split<B: Builder>(
	builder: &mut B,
	packed: &Number<B::Terms>,
	rows: usize,
) -> Vec<Sum<B::Terms>> {
	assert!(rows <= SLOTS, "more rows than slots");
	let value = packed.value().into_bigint();
	let sums: Vec<_> = (0..rows)
		.map(|slot| {
			let bits = (0..32)
				.map(|place| bits::bit(builder, value.get_bit(SLOT_BITS * slot + place)))
				.collect();
			Sum { bits }
		})
		.collect();
	builder.enforce(|| {
		let rows: Vec<_> = sums.iter().map(|sum| bits::compose(&sum.bits)).collect();
		[pack_rows(&rows), Number::one(), packed.clone()]
	});
	sums
}

/// The first row, of so many, whose sum in this number is no signed 32-bit number, so that [`split`] has
/// no witness. For numbers that are packed sums of at most [`MAX_PRODUCTS`] products of signed bytes.
pub fn overflow(packed: Fr, rows: usize) -> Option<usize> {
	// With 2^34 more the number in a slot is not below zero and does not borrow from the next.
	const LIFT: u64 = 1 << 34;
	let lifted = (0..rows)
		.fold(packed, |sum, slot| sum + Fr::from(LIFT) * power_of_two(SLOT_BITS * slot))
		.into_bigint();
	(0..rows).find(|slot| {
		let slot_value = (0..SLOT_BITS).fold(0, |value, place| {
			value | u64::from(lifted.get_bit(SLOT_BITS * slot + place)) << place
		});
		!(LIFT..LIFT + (1 << 32)).contains(&slot_value)
	})
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::{
		gadgets::integers::{field, signed_byte, signed_word},
		Recorder, Tamperer,
	};
	use ark_ff::Field;
	use proptest::prelude::*;

	fn layer<B: Builder>(
		builder: &mut B,
		weights: &[Vec<i8>],
		biases: &[i32],
		inputs: &[i8],
	) -> (Number<B::Terms>, Vec<Sum<B::Terms>>) {
		let inputs: Vec<_> =
			inputs.iter().map(|input| signed_byte(builder, *input).value).collect();
		let rows: Vec<Vec<_>> = weights
			.iter()
			.map(|row| row.iter().map(|weight| signed_byte(builder, *weight).value).collect())
			.collect();
		let biases: Vec<_> = biases.iter().map(|bias| signed_word(builder, *bias).value).collect();
		let columns: Vec<_> = (0..inputs.len())
			.map(|column| pack_rows(rows.iter().map(|row| &row[column])))
			.collect();
		let packed = dot(builder, &pack_biases(&biases), columns.iter().zip(&inputs));
		let sums = split(builder, &packed, weights.len());
		(packed, sums)
	}

	fn sums(weights: &[Vec<i8>], biases: &[i32], inputs: &[i8]) -> Vec<i64> {
		let row = |(row, bias): (&Vec<i8>, &i32)| {
			let products = row.iter().zip(inputs).map(|(w, x)| i64::from(*w) * i64::from(*x));
			i64::from(*bias) + products.sum::<i64>()
		};
		weights.iter().zip(biases).map(row).collect()
	}

	proptest! {
		#![proptest_config(ProptestConfig::with_cases(128))]

		#[test]
		fn the_sums_are_those_of_the_rows(
			rows in 1..=SLOTS,
			inputs in proptest::collection::vec(any::<i8>(), 1..12),
			weights in proptest::collection::vec(any::<i8>(), SLOTS * 12),
			biases in proptest::collection::vec(
				prop_oneof![any::<i32>(), -70_000..70_000i32, Just(i32::MAX), Just(i32::MIN)],
				SLOTS,
			),
		) {
			let weights: Vec<Vec<i8>> =
				weights.chunks(12).take(rows).map(|row| row[..inputs.len()].to_vec()).collect();
			let biases = &biases[..rows];
			let expected = sums(&weights, biases, &inputs);
			let mut recorder = Recorder::default();
			let (packed, found) = layer(&mut recorder, &weights, biases, &inputs);
			let first = expected.iter().position(|sum| i32::try_from(*sum).is_err());
			prop_assert_eq!(overflow(packed.value(), rows), first);
			prop_assert_eq!(recorder.is_satisfied(), first.is_none());
			if first.is_none() {
				for (sum, expected) in found.iter().zip(&expected) {
					let signed = sum.signed();
					prop_assert_eq!(signed.value.value(), field(*expected));
					let bytes: Vec<_> = signed.bytes.iter().map(Number::value).collect();
					prop_assert_eq!(bytes, (*expected as i32).to_le_bytes().map(Fr::from));
				}
			}
			let constraints = 8 * inputs.len() * (rows + 1) + 32 * rows + inputs.len() + 32 * rows + 1;
			prop_assert_eq!(recorder.finish().constraints(), constraints);
		}
	}

	#[test]
	fn sums_at_both_ends_of_32_bits() {
		for (bias, weight, holds) in [
			(i32::MAX, 0, true),
			(i32::MAX, 1, false),
			(i32::MAX - 127, 1, true),
			(i32::MIN, 0, true),
			(i32::MIN, -1, false),
			(i32::MIN + 127, -1, true),
			(i32::MIN + 126, -1, false),
		] {
			// In the lowest and in the highest of the seven slots.
			for slot in [0, SLOTS - 1] {
				let (mut weights, mut biases) = (vec![vec![0]; SLOTS], [0; SLOTS]);
				(weights[slot][0], biases[slot]) = (weight, bias);
				let mut recorder = Recorder::default();
				let (packed, _) = layer(&mut recorder, &weights, &biases, &[127]);
				assert_eq!(recorder.is_satisfied(), holds, "{bias} {weight} {slot}");
				assert_eq!(overflow(packed.value(), SLOTS), (!holds).then_some(slot));
			}
		}
	}

	#[test]
	fn the_largest_sums_that_weights_can_make_are_seen() {
		// As many products as there may be, all of them the largest: two numbers stand for them.
		let largest = (1i64 << 14) * MAX_PRODUCTS as i64;
		for extreme in [largest + (1 << 31) - 1, -largest - (1 << 31)] {
			for slot in 0..SLOTS {
				let offset = Fr::from(1u64 << 31);
				let packed = (0..SLOTS).fold(Fr::from(0u8), |packed, at| {
					let sum = if at == slot { field(extreme) } else { Fr::from(0u8) };
					packed + (sum + offset) * power_of_two(SLOT_BITS * at)
				});
				assert_eq!(overflow(packed, SLOTS), Some(slot));
				let mut recorder = Recorder::default();
				let packed = recorder.hint("packed", packed);
				split(&mut recorder, &packed, SLOTS);
				assert!(!recorder.is_satisfied());
			}
		}
	}

	#[test]
	fn no_slot_lends_to_the_next() {
		// A carry of 2^36 from one slot to the next leaves the packed number as it is. The slot that
		// lends would need a bit beyond its 32.
		let mut recorder = Recorder::default();
		let packed = recorder.hint("packed", power_of_two(SLOT_BITS));
		split(&mut recorder, &packed, 2);
		let shape = recorder.finish();
		// 2^36 = 2^31 · 32 in the lowest slot's highest place, instead of 1 in the next slot's lowest.
		let mut tamperer = Tamperer::new([
			("/bit".into(), 31, Fr::from(32u8)),
			("/bit".into(), 32, Fr::from(0u8)),
		]);
		let packed = tamperer.hint("packed", power_of_two(SLOT_BITS));
		let sums = split(&mut tamperer, &packed, 2);
		let rows: Vec<_> = sums.iter().map(|sum| bits::compose(&sum.bits)).collect();
		assert_eq!(pack_rows(&rows).value(), packed.value());
		assert_eq!(tamperer.unused(), []);
		assert!(!shape.is_satisfied(&tamperer.finish()));
	}

	#[test]
	fn a_wrong_product_or_bit_is_refused() {
		let weights = vec![vec![3, -4], vec![5, 6]];
		let mut recorder = Recorder::default();
		layer(&mut recorder, &weights, &[100, -100], &[-9, 10]);
		let shape = recorder.finish();
		for (name, count) in [("/product", 2), ("/bit", 16 + 32 + 64 + 64)] {
			for place in 0..count {
				let mut honest = Tamperer::new([]);
				layer(&mut honest, &weights, &[100, -100], &[-9, 10]);
				let value = honest.hinted(name, place).unwrap();
				let other = if name == "/bit" { Fr::ONE - value } else { value + Fr::ONE };
				let mut tamperer = Tamperer::new([(name.into(), place, other)]);
				layer(&mut tamperer, &weights, &[100, -100], &[-9, 10]);
				assert_eq!(tamperer.unused(), []);
				// Bits of inputs, weights and biases are free here: what follows from them follows.
				let free = name == "/bit" && place < 16 + 32 + 64;
				assert_eq!(shape.is_satisfied(&tamperer.finish()), free, "{name} {place}");
			}
		}
	}
}
