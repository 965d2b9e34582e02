//! Bits, ranges, and decompositions with one meaning.

use crate::{Builder, Number};
use ark_bn254::Fr;
use ark_ff::{AdditiveGroup, BigInt, BigInteger, Field, PrimeField};

/// A wire that is 0 or 1: one constraint.
pub fn bit<B: Builder>(builder: &mut B, value: bool) -> Number<B::Terms> {
	let bit = builder.hint("bit", Fr::from(value));
	builder.enforce(|| [bit.clone(), bit.clone(), bit.clone()]);
	bit
}

/// Demands that a number is below 2^`width` and gives its bits, lowest first: `width` + 1
/// constraints.
///
/// # Panics
///
/// For a width of 254 or more, where bits modulo the field's order have several meanings. Use
/// [`canonical`] there.
pub fn range<B: Builder>(
	builder: &mut B,
	number: &Number<B::Terms>,
	width: usize,
) -> Vec<Number<B::Terms>> {
	assert!(width < Fr::MODULUS_BIT_SIZE as usize, "the range must be below the field's order");
	let value = number.value().into_bigint();
	let bits: Vec<_> = (0..width).map(|place| bit(builder, value.get_bit(place))).collect();
	builder.enforce(|| [compose(&bits), Number::one(), number.clone()]);
	bits
}

/// The bits, lowest first, of a number's one representative below the field's order: 254
/// constraints and one for each bit that is set in the order minus one above its lowest zero bit.
///
/// Without the second part, a number below 2^254 minus the order would have two decompositions.
pub fn canonical<B: Builder>(builder: &mut B, number: &Number<B::Terms>) -> Vec<Number<B::Terms>> {
	let mut largest = Fr::MODULUS;
	largest.sub_with_borrow(&BigInt::one());
	let bits = at_most(builder, &number.value().into_bigint(), &largest);
	builder.enforce(|| [compose(&bits), Number::one(), number.clone()]);
	bits
}

/// The bits, lowest first, of an integer that is not above a constant, as many as the constant has.
///
/// Goes down from the highest bit, and keeps whether all bits so far are those of the bound. Where
/// they are, a bit above a zero of the bound would exceed it. That condition and being a bit are one
/// constraint, (1 - prefix - bit) · bit = 0, so that only the ones of the bound cost a constraint
/// beside that of the bit; those below its lowest zero do not.
///
/// Costs [`at_most_constraints`].
///
/// Source: Zcash Protocol Specification, A.3.2.2.
pub fn at_most<B: Builder>(
	builder: &mut B,
	value: &BigInt<4>,
	bound: &BigInt<4>,
) -> Vec<Number<B::Terms>> {
	let width = bound.num_bits() as usize;
	let lowest_zero = (0..width).find(|place| !bound.get_bit(*place)).unwrap_or(width);
	let mut bits = Vec::with_capacity(width);
	// Whether all bits so far are those of the bound; none so far.
	let mut prefix: Option<Number<B::Terms>> = None;
	for place in (0..width).rev() {
		if bound.get_bit(place) {
			let bit = bit(builder, value.get_bit(place));
			if place > lowest_zero {
				prefix = Some(match prefix {
					None => bit.clone(),
					Some(prefix) => builder.product("prefix", &prefix, &bit),
				});
			}
			bits.push(bit);
		} else {
			let bit = builder.hint("bit", Fr::from(value.get_bit(place)));
			// The highest bit of the bound is a one, so there is a prefix.
			let prefix = prefix.clone().unwrap_or_else(Number::one);
			builder.enforce(|| {
				[(&prefix + &bit).subtracted_from(Fr::ONE), bit.clone(), Number::zero()]
			});
			bits.push(bit);
		}
	}
	bits.reverse();
	bits
}

/// Constraints of [`at_most`] for this bound: one for each bit, and one for each of the bound's ones above
/// its lowest zero but the highest.
pub fn at_most_constraints(bound: &BigInt<4>) -> usize {
	let width = bound.num_bits() as usize;
	let lowest_zero = (0..width).find(|place| !bound.get_bit(*place)).unwrap_or(width);
	let ones_above = (lowest_zero..width).filter(|place| bound.get_bit(*place)).count();
	width + ones_above.saturating_sub(1)
}

/// The sum of the bits, lowest first, times their powers of two.
pub fn compose<T: crate::Terms>(bits: &[Number<T>]) -> Number<T> {
	let mut sum = Number::zero();
	let mut power = Fr::ONE;
	for bit in bits {
		sum.add_scaled(bit, power);
		power.double_in_place();
	}
	sum
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::{Recorder, Tamperer};

	#[test]
	fn ranges_end_where_they_should() {
		for (value, holds) in [
			(Fr::ZERO, true),
			(Fr::from(u64::MAX), true),
			(Fr::from(1u128 << 64), false),
			(-Fr::ONE, false),
		] {
			let mut recorder = Recorder::default();
			let number = recorder.hint("number", value);
			range(&mut recorder, &number, 64);
			assert_eq!(recorder.is_satisfied(), holds, "{value}");
			assert_eq!(recorder.finish().constraints(), 65);
		}
	}

	#[test]
	fn every_pair_of_a_small_bound_and_a_value() {
		for bound in 1u64..64 {
			let width = 64 - bound.leading_zeros() as usize;
			for value in 0u64..1 << width {
				let mut recorder = Recorder::default();
				let bits = at_most(&mut recorder, &BigInt::from(value), &BigInt::from(bound));
				assert_eq!(bits.len(), width);
				assert_eq!(compose(&bits).value(), Fr::from(value));
				assert_eq!(recorder.is_satisfied(), value <= bound, "{value} {bound}");
				let constraints = at_most_constraints(&BigInt::from(bound));
				assert_eq!(recorder.finish().constraints(), constraints, "{bound}");
			}
		}
	}

	#[test]
	fn a_bit_is_0_or_1_at_every_place_of_a_bound() {
		// Place by place: neither the constraints of a bound's ones nor those of its zeros accept
		// another value, whatever the prefix.
		for bound in [0b10110u64, 0b11111, 0b10000] {
			let bound = BigInt::from(bound);
			let mut recorder = Recorder::default();
			at_most(&mut recorder, &bound, &bound);
			let shape = recorder.finish();
			for value in [0u64, 0b10110, 0b00110] {
				for occurrence in 0..5 {
					let replaced = ("/bit".into(), occurrence, Fr::from(2u8));
					let mut tamperer = Tamperer::new([replaced]);
					at_most(&mut tamperer, &BigInt::from(value), &bound);
					assert!(!shape.is_satisfied(&tamperer.finish()));
				}
			}
		}
	}

	fn decompose<B: Builder>(builder: &mut B, value: Fr) -> Vec<Number<B::Terms>> {
		let number = builder.hint("number", value);
		canonical(builder, &number)
	}

	fn highest_first(integer: &BigInt<4>) -> impl Iterator<Item = bool> + '_ {
		(0..254).rev().map(|place| integer.get_bit(place))
	}

	#[test]
	fn a_decomposition_is_that_of_the_representative() {
		for value in [Fr::ZERO, Fr::ONE, -Fr::ONE, Fr::from(u128::MAX)] {
			let mut recorder = Recorder::default();
			let bits = decompose(&mut recorder, value);
			assert!(recorder.is_satisfied());
			assert!(bits
				.iter()
				.rev()
				.map(|bit| bit.value() == Fr::ONE)
				.eq(highest_first(&value.into_bigint())));
		}
	}

	#[test]
	fn a_decomposition_of_the_value_plus_the_order_is_refused() {
		let mut recorder = Recorder::default();
		decompose(&mut recorder, Fr::ZERO);
		let shape = recorder.finish();
		for value in [0u64, 1, u64::MAX] {
			let mut alias = Fr::MODULUS;
			assert!(!alias.add_with_carry(&BigInt::from(value)));
			let bits = highest_first(&alias).enumerate();
			let mut tamperer =
				Tamperer::new(bits.map(|(place, bit)| ("/bit".into(), place, Fr::from(bit))));
			let bits = decompose(&mut tamperer, Fr::from(value));
			assert_eq!(compose(&bits).value(), Fr::from(value));
			assert_eq!(tamperer.unused(), []);
			assert!(!shape.is_satisfied(&tamperer.finish()));
		}
	}
}
