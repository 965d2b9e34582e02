//! From sums to the values of the next layer.

use super::{bits, integers::power_of_two, slots::Sum};
use crate::{architecture::Requantise, Builder, Number};
use ark_bn254::Fr;
use ark_ff::{AdditiveGroup, Field};

/// Bits of the sum that a value has, beside its sign.
const VALUE_BITS: usize = 7;

/// clamp(floor(sum / 2^shift), -127 or 0, 127).
///
/// The bits from `shift` on are the quotient, rounded down, and those below are the remainder: the
/// division costs nothing. With L the seven lowest bits of the quotient, or all that it has below the sign, and
/// n whether the sum is not below zero, the quotient is L - 2^|L| (1 - n) where all bits above L are
/// those of the sign. The number of those that are not is V = ones - (1 - n) · their number, and it is
/// linear.
///
/// * `excess`: whether V is not zero, by its inverse, two constraints; the value is then the one
///   at the end, 127 (2 n - 1), one more. None of the three where no bit is above L.
/// * `rectified`: times n, one constraint. Of V the bits of sums below zero do not matter.
/// * `lowest`: otherwise -128 becomes -127, two constraints, by whether the value plus 128 has an
///   inverse. Neither where L has fewer than seven bits.
///
/// Costs [`constraints`].
pub fn requantise<B: Builder>(
	builder: &mut B,
	sum: &Sum<B::Terms>,
	Requantise { shift, rectify }: Requantise,
) -> Number<B::Terms> {
	let Places { low, above, sign } = Places::new(shift, sum.bits.len());
	let not_negative = &sum.bits[sign];
	let negative = not_negative.subtracted_from(Fr::ONE);

	let quotient_bits = above - low;
	let low = bits::compose(&sum.bits[low..above]);
	let (quotient, limit) = if rectify {
		(low, Number::constant(Fr::from(127u8)))
	} else {
		let mut quotient = low;
		quotient.add_scaled(&negative, -power_of_two(quotient_bits));
		(quotient, (not_negative * Fr::from(254u8)).plus(-Fr::from(127u8)))
	};
	let clamped = if above == sign {
		quotient
	} else {
		builder.group("excess", |builder| {
			let mut others = Number::zero();
			for bit in &sum.bits[above..sign] {
				others += bit;
			}
			if !rectify {
				others.add_scaled(&negative, -Fr::from((sign - above) as u64));
			}
			let exceeds = is_not_zero(builder, &others);
			&quotient + &builder.product("clamped", &(&limit - &quotient), &exceeds)
		})
	};
	if rectify {
		builder.group("rectified", |builder| builder.product("value", &clamped, not_negative))
	} else if quotient_bits < VALUE_BITS {
		clamped
	} else {
		builder.group("lowest", |builder| {
			let others = is_not_zero(builder, &clamped.plus(power_of_two(VALUE_BITS)));
			&clamped + &others.subtracted_from(Fr::ONE)
		})
	}
}

/// Constraints of [`requantise`] of a sum of so many bits.
pub fn constraints(Requantise { shift, rectify }: Requantise, sum_bits: usize) -> usize {
	let Places { low, above, sign } = Places::new(shift, sum_bits);
	let excess = if above == sign { 0 } else { 3 };
	let lowest = if above - low < VALUE_BITS { 0 } else { 2 };
	excess + if rectify { 1 } else { lowest }
}

/// Where what lies among the bits of a sum.
struct Places {
	/// The lowest bit of the quotient, or the sign where the shift leaves nothing else.
	low: usize,
	/// The first bit above those that a value has.
	above: usize,
	/// The bit that is 1 where the sum is not below zero.
	sign: usize,
}

impl Places {
	fn new(shift: u8, sum_bits: usize) -> Self {
		let (shift, sign) = (usize::from(shift), sum_bits - 1);
		Self { low: shift.min(sign), above: (shift + VALUE_BITS).min(sign), sign }
	}
}

/// 1 where a number is not zero, 0 where it is: two constraints.
///
/// number · inverse = result makes the result 0 where the number is, and number · (1 - result) = 0 makes
/// it 1 where the number is not.
pub(crate) fn is_not_zero<B: Builder>(
	builder: &mut B,
	number: &Number<B::Terms>,
) -> Number<B::Terms> {
	let inverse = number.value().inverse();
	let result = builder.hint("is_not_zero", Fr::from(inverse.is_some()));
	let inverse = builder.hint("inverse", inverse.unwrap_or(Fr::ZERO));
	builder.enforce(|| [number.clone(), inverse, result.clone()]);
	builder.enforce(|| [number.clone(), result.subtracted_from(Fr::ONE), Number::zero()]);
	result
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::{
		gadgets::{integers::field, slots::Slots},
		Recorder, Tamperer,
	};
	use std::collections::BTreeSet;

	/// Of a sum of 32 bits.
	fn run<B: Builder>(builder: &mut B, sum: i32, requantiser: Requantise) -> Number<B::Terms> {
		run_with(builder, sum, 32, requantiser)
	}

	fn run_with<B: Builder>(
		builder: &mut B,
		sum: i32,
		bits: usize,
		requantiser: Requantise,
	) -> Number<B::Terms> {
		let packed = builder.hint("packed", field(i64::from(sum)));
		let slots = Slots::of_bits(bits);
		let sums = builder.group("sums", |builder| slots.split(builder, &packed, 1));
		builder.group("requantise", |builder| requantise(builder, &sums[0], requantiser))
	}

	fn expected(sum: i32, Requantise { shift, rectify }: Requantise) -> i64 {
		// By division of a number of more bits, and not by a shift.
		let quotient = i64::from(sum).div_euclid(1i64 << shift);
		quotient.clamp(if rectify { 0 } else { -127 }, 127)
	}

	/// Sums around everything at which something happens.
	fn edges(shift: u8) -> Vec<i32> {
		let mut edges = vec![i32::MIN, i32::MIN + 1, i32::MAX, i32::MAX - 1, -1, 0, 1];
		for quotient in [-129i64, -128, -127, -126, -1, 0, 1, 126, 127, 128, 129, 255, 256] {
			for around in -1..=1 {
				edges.extend(i32::try_from((quotient << shift) + around));
			}
		}
		edges.extend((0..31).flat_map(|place| [1i32 << place, -(1i32 << place)]));
		edges
	}

	#[test]
	fn every_shift_and_edge() {
		for shift in 0..=24 {
			for (rectify, bits) in [false, true]
				.into_iter()
				.flat_map(|rectify| [25, 28, 32].map(|bits| (rectify, bits)))
			{
				let requantiser = Requantise { shift, rectify };
				let end = 1i64 << (bits - 1);
				let sums =
					edges(shift).into_iter().chain([-end, 1 - end, end - 1].map(|e| e as i32));
				for sum in sums.filter(|sum| (-end..end).contains(&i64::from(*sum))) {
					let mut recorder = Recorder::default();
					let value = run_with(&mut recorder, sum, bits, requantiser);
					assert_eq!(
						value.value(),
						field(expected(sum, requantiser)),
						"{sum} of {bits} bits, {requantiser:?}"
					);
					assert_eq!(value.terms().evaluate(recorder.values()), value.value());
					assert!(recorder.is_satisfied());
					let expected = bits + 1 + constraints(requantiser, bits);
					assert_eq!(recorder.finish().constraints(), expected);
				}
			}
		}
	}

	#[test]
	fn every_small_sum() {
		for rectify in [false, true] {
			for shift in [0, 1, 3] {
				let requantiser = Requantise { shift, rectify };
				for sum in -1200..1200 {
					let mut recorder = Recorder::default();
					let value = run(&mut recorder, sum, requantiser);
					assert_eq!(value.value(), field(expected(sum, requantiser)), "{sum}");
					assert!(recorder.is_satisfied());
				}
			}
		}
	}

	#[test]
	fn no_other_value_has_a_witness() {
		// Each hint of the requantisation, at each edge, wrong in several ways: what follows from it does
		// not help. The bits of the sum are fixed, and no choice of the others gives another value.
		let minus_one = -Fr::ONE;
		for requantiser in [
			Requantise { shift: 4, rectify: false },
			Requantise { shift: 4, rectify: true },
			Requantise { shift: 24, rectify: false },
			Requantise { shift: 24, rectify: true },
		] {
			let mut recorder = Recorder::default();
			run(&mut recorder, 0, requantiser);
			let shape = recorder.finish();
			for sum in edges(requantiser.shift) {
				for (path, hint) in [
					("requantise/excess", "is_not_zero"),
					("requantise/excess", "inverse"),
					("requantise/excess", "clamped"),
					("requantise/rectified", "value"),
					("requantise/lowest", "is_not_zero"),
					("requantise/lowest", "inverse"),
				] {
					let name = format!("{path}/{hint}");
					let mut honest = Tamperer::new([]);
					run(&mut honest, sum, requantiser);
					let Some(value) = honest.hinted(&name, 0) else { continue };
					for other in [value + Fr::ONE, value + minus_one, Fr::ONE - value, -value] {
						if other == value {
							continue;
						}
						let mut tamperer = Tamperer::new([(name.clone(), 0, other)]);
						let result = run(&mut tamperer, sum, requantiser);
						let assignment = tamperer.finish();
						let caught = shape.unsatisfied(&assignment);
						// An inverse of zero is anything, and changes nothing.
						if caught.is_empty() {
							assert_eq!(hint, "inverse");
							assert_eq!(result.value(), field(expected(sum, requantiser)));
						} else {
							assert!(caught.contains(path), "{name} {sum} {caught:?}");
						}
					}
				}
			}
		}
	}

	#[test]
	fn a_wrong_remainder_or_quotient_is_another_sum() {
		let requantiser = Requantise { shift: 6, rectify: true };
		let mut recorder = Recorder::default();
		run(&mut recorder, 0, requantiser);
		let shape = recorder.finish();
		for place in 0..32 {
			let mut honest = Tamperer::new([]);
			run(&mut honest, 12_345, requantiser);
			let bit = honest.hinted("sums/bit", place).unwrap();
			let mut tamperer = Tamperer::new([("sums/bit".into(), place, Fr::ONE - bit)]);
			run(&mut tamperer, 12_345, requantiser);
			assert_eq!(shape.unsatisfied(&tamperer.finish()), BTreeSet::from(["sums"]));
		}
	}
}
