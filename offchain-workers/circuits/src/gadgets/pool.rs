//! The mean of the values in a window, rounded down.

use super::{bits, integers::power_of_two};
use crate::{Builder, Number};
use ark_bn254::Fr;
use ark_ff::{BigInt, BigInteger, PrimeField};

/// floor(the sum of the values / their number), of 2 to 64 values that are -128 to 127 each.
///
/// * sum = number · quotient + remainder, one constraint;
/// * `quotient`: -128 to 127 by eight bits;
/// * `remainder`: 0 to number - 1 by its bits, with [`bits::at_most`] because the number need not be
///   a power of two.
///
/// Both sides are below 2^14 in magnitude, so that nothing wraps around the field, and a division has one
/// quotient with a remainder in that range. Costs [`constraints`].
///
/// # Panics
///
/// Unless there are 2 to 64 values.
pub fn mean<B: Builder>(builder: &mut B, values: &[&Number<B::Terms>]) -> Number<B::Terms> {
	assert!((2..=64).contains(&values.len()), "a window has 2 to 64 values");
	let count = values.len() as u64;
	let mut sum = Number::zero();
	for value in values {
		sum += value;
	}
	// A mean, plus 128, is the quotient of sums that are not below zero: what an honest prover has is
	// below 2^14, and of any other number the low bits do.
	let lifted = (sum.value() + Fr::from(128 * count)).into_bigint().0[0];
	let quotient = lifted / count;
	let remainder = lifted % count;

	let bits: Vec<_> = builder.group("quotient", |builder| {
		(0..8).map(|place| bits::bit(builder, quotient >> place & 1 == 1)).collect()
	});
	let mean = bits::compose(&bits).plus(-power_of_two(7));
	let remainder = builder.group("remainder", |builder| {
		bits::at_most(builder, &BigInt::from(remainder), &BigInt::from(count - 1))
	});
	let mut product = bits::compose(&remainder);
	product.add_scaled(&mean, Fr::from(count));
	builder.group("division", |builder| builder.equal(&product, &sum));
	mean
}

/// Constraints of a [`mean`] of so many values.
pub fn constraints(count: usize) -> usize {
	let bound = BigInt::<4>::from(count as u64 - 1);
	let width = bound.num_bits() as usize;
	let lowest_zero = (0..width).find(|place| !bound.get_bit(*place)).unwrap_or(width);
	let ones_above = (lowest_zero..width).filter(|place| bound.get_bit(*place)).count();
	1 + 8 + width + ones_above.saturating_sub(1)
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::{gadgets::integers::field, Recorder, Tamperer};
	use ark_ff::Field;
	use std::collections::BTreeSet;

	fn run<B: Builder>(builder: &mut B, values: &[i8]) -> Number<B::Terms> {
		let values: Vec<_> =
			values.iter().map(|value| builder.hint("value", field((*value).into()))).collect();
		mean(builder, &values.iter().collect::<Vec<_>>())
	}

	/// Values with this sum.
	fn values(count: usize, sum: i64) -> Vec<i8> {
		let (each, more) = (sum.div_euclid(count as i64), sum.rem_euclid(count as i64));
		(0..count as i64).map(|place| (each + i64::from(place < more)) as i8).collect()
	}

	#[test]
	fn every_sum_of_every_window() {
		for window in 2..=8usize {
			let count = window * window;
			for sum in -128 * count as i64..=127 * count as i64 {
				let mut recorder = Recorder::default();
				let mean = run(&mut recorder, &values(count, sum));
				let expected = (sum as f64 / count as f64).floor() as i64;
				assert_eq!(mean.value(), field(expected), "{sum} {count}");
				assert_eq!(mean.terms().evaluate(recorder.values()), mean.value());
				assert!(recorder.is_satisfied());
				if sum == 0 {
					assert_eq!(recorder.finish().constraints(), constraints(count));
				}
			}
		}
	}

	#[test]
	fn a_remainder_of_the_number_or_more_is_refused() {
		for count in [4usize, 9, 25, 36, 49] {
			let mut recorder = Recorder::default();
			run(&mut recorder, &vec![0; count]);
			let shape = recorder.finish();
			let width = (count as u64 - 1).ilog2() as usize + 1;
			for sum in [0i64, 5, -7, 60] {
				let quotient = sum.div_euclid(count as i64);
				// One less, and a remainder that is larger by the number: the same sum.
				let (other, remainder) = (quotient - 1 + 128, sum - (quotient - 1) * count as i64);
				let mut overrides: Vec<_> = (0..8)
					.map(|place| {
						("quotient/bit".to_owned(), place, Fr::from(other >> place & 1 == 1))
					})
					.collect();
				// Highest first, as the bits of a bound are asked for; what has no place goes on top.
				overrides.extend((0..width).map(|place| {
					let bit = if place == 0 {
						Fr::from((remainder >> (width - 1)) as u64)
					} else {
						Fr::from(remainder >> (width - 1 - place) & 1 == 1)
					};
					("remainder/bit".to_owned(), place, bit)
				}));
				let mut tamperer = Tamperer::new(overrides);
				run(&mut tamperer, &values(count, sum));
				assert_eq!(tamperer.unused(), []);
				assert_eq!(shape.unsatisfied(&tamperer.finish()), BTreeSet::from(["remainder"]));
			}
		}
	}

	#[test]
	fn a_quotient_that_is_no_value_is_refused() {
		// sum / number in the field, with remainder zero: the quotient is no byte.
		let mut recorder = Recorder::default();
		run(&mut recorder, &[0; 9]);
		let shape = recorder.finish();
		let quotient = Fr::from(5u8) * Fr::from(9u8).inverse().unwrap() + Fr::from(128u8);
		let mut overrides = vec![("quotient/bit".to_owned(), 0, quotient)];
		overrides.extend((1..8).map(|place| ("quotient/bit".to_owned(), place, Fr::from(0u8))));
		overrides.extend((0..4).map(|place| ("remainder/bit".to_owned(), place, Fr::from(0u8))));
		let mut tamperer = Tamperer::new(overrides);
		run(&mut tamperer, &values(9, 5));
		assert_eq!(shape.unsatisfied(&tamperer.finish()), BTreeSet::from(["quotient"]));
	}

	#[test]
	fn another_quotient_or_remainder_is_refused() {
		let mut recorder = Recorder::default();
		run(&mut recorder, &[0; 9]);
		let shape = recorder.finish();
		for (name, count) in [("quotient/bit", 8), ("remainder/bit", 4)] {
			for place in 0..count {
				let values = values(9, -31);
				let mut honest = Tamperer::new([]);
				run(&mut honest, &values);
				let bit = honest.hinted(name, place).unwrap();
				let mut tamperer = Tamperer::new([(name.into(), place, Fr::ONE - bit)]);
				run(&mut tamperer, &values);
				assert!(shape.unsatisfied(&tamperer.finish()).contains("division"));
			}
		}
	}
}
