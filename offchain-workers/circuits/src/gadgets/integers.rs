//! Signed integers by their bits, in two's complement.
//!
//! Value and bytes are both linear in the bits: an integer that is computed with and hashed costs its
//! bits and nothing else.

use super::bits;
use crate::{Builder, Number, Terms};
use ark_bn254::Fr;

/// An integer of so many bytes, each of which is below 256.
#[derive(Clone, Debug)]
pub struct Signed<T> {
	/// The integer, below zero as its distance to the field's order.
	pub value: Number<T>,
	/// Its bytes, lowest first, each as a number from 0 to 255.
	pub bytes: Vec<Number<T>>,
}

/// A signed byte that is the prover's choice, -128 to 127: eight constraints.
pub fn signed_byte<B: Builder>(builder: &mut B, value: i8) -> Signed<B::Terms> {
	signed(builder, value.into(), 1)
}

/// An integer of so many bytes, 1 to 4, that is the prover's choice: eight constraints for each. Of a value
/// that has more bytes, the lowest.
pub fn signed<B: Builder>(builder: &mut B, value: i32, bytes: usize) -> Signed<B::Terms> {
	assert!((1..=4).contains(&bytes), "the value has no more bytes");
	let bits: Vec<_> =
		(0..8 * bytes).map(|place| bits::bit(builder, value >> place & 1 == 1)).collect();
	of_bits(&bits)
}

/// The integer of some bits, lowest first, of which the last one counts negatively.
///
/// # Panics
///
/// Unless the number of bits is a multiple of eight and not zero.
pub fn of_bits<T: Terms>(bits: &[Number<T>]) -> Signed<T> {
	assert!(!bits.is_empty() && bits.len().is_multiple_of(8), "an integer is of whole bytes");
	let mut value = bits::compose(bits);
	if let Some(sign) = bits.last() {
		value.add_scaled(sign, -power_of_two(bits.len()));
	}
	Signed { value, bytes: bits.chunks(8).map(bits::compose).collect() }
}

/// 2^`exponent`, of an exponent below 253.
pub(crate) fn power_of_two(exponent: usize) -> Fr {
	let mut limbs = [0u64; 4];
	limbs[exponent / 64] = 1 << (exponent % 64);
	Fr::from(ark_ff::BigInt(limbs))
}

/// A whole number from -2^62 to 2^62 as a field element.
#[cfg(test)]
pub(crate) fn field(integer: i64) -> Fr {
	let magnitude = Fr::from(integer.unsigned_abs());
	if integer < 0 {
		-magnitude
	} else {
		magnitude
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::{Assigner, Recorder, Tamperer};

	#[test]
	fn every_byte_is_its_value_and_its_byte() {
		for value in i8::MIN..=i8::MAX {
			let mut recorder = Recorder::default();
			let byte = signed_byte(&mut recorder, value);
			assert_eq!(byte.value.value(), field(value.into()));
			assert_eq!(byte.bytes.len(), 1);
			assert_eq!(byte.bytes[0].value(), Fr::from(value as u8));
			assert_eq!(byte.value.terms().evaluate(recorder.values()), byte.value.value());
			assert!(recorder.is_satisfied());
			assert_eq!(recorder.finish().constraints(), 8);
		}
	}

	#[test]
	fn integers_are_their_values_and_their_bytes() {
		for bytes in 1..=4 {
			let extreme = i32::MIN >> (32 - 8 * bytes);
			for value in [0, 1, -1, 127, -128, -extreme.wrapping_add(1), extreme, extreme / 3] {
				let mut recorder = Recorder::default();
				let integer = signed(&mut recorder, value, bytes);
				assert_eq!(integer.value.value(), field(value.into()), "{value} in {bytes}");
				let found: Vec<_> = integer.bytes.iter().map(Number::value).collect();
				assert_eq!(
					found,
					value.to_le_bytes()[..bytes].iter().map(|b| Fr::from(*b)).collect::<Vec<_>>()
				);
				assert!(recorder.is_satisfied());
				assert_eq!(recorder.finish().constraints(), 8 * bytes);
				let mut assigner = Assigner::with_capacity(33);
				let assigned = signed(&mut assigner, value, bytes);
				assert_eq!(assigned.value.value(), integer.value.value());
			}
		}
	}

	#[test]
	fn a_bit_that_is_none_is_refused_at_every_place() {
		let mut recorder = Recorder::default();
		signed_byte(&mut recorder, 0);
		let shape = recorder.finish();
		for place in 0..8 {
			for value in [Fr::from(2u8), -Fr::from(1u8)] {
				let mut tamperer = Tamperer::new([("/bit".into(), place, value)]);
				signed_byte(&mut tamperer, 77);
				assert!(!shape.is_satisfied(&tamperer.finish()));
			}
		}
	}

	#[test]
	fn powers_of_two_of_every_limb() {
		for exponent in [0usize, 1, 63, 64, 127, 128, 216, 252] {
			let expected = (0..exponent).fold(Fr::from(1u8), |power, _| power + power);
			assert_eq!(power_of_two(exponent), expected);
		}
	}
}
