//! Bytes packed into field elements, and the chain of hashes over those, as
//! [`commitment`](crate::commitment) has them.

use super::{
	integers::power_of_two,
	poseidon::{self, Input},
};
use crate::{
	commitment::{BYTES_PER_ELEMENT, ELEMENTS_PER_STEP},
	Builder, Number, Terms,
};
use ark_bn254::Fr;
use ark_ff::AdditiveGroup;

/// Bytes, each below 256, packed into elements: 31 to an element, lowest first, the last one padded
/// with zeros. Without a constraint.
pub fn pack<'a, T: Terms + 'a>(bytes: impl IntoIterator<Item = &'a Number<T>>) -> Vec<Number<T>> {
	let mut elements = Vec::new();
	for (place, byte) in bytes.into_iter().enumerate() {
		if place.is_multiple_of(BYTES_PER_ELEMENT) {
			elements.push(Number::zero());
		}
		if let Some(element) = elements.last_mut() {
			element.add_scaled(byte, power_of_two(8 * (place % BYTES_PER_ELEMENT)));
		}
	}
	elements
}

/// The chain of hashes over elements: from `head`, the state after each step's elements is
/// P(state, e_1, .., e_n), zeros standing for elements that are missing in the last step.
///
/// Costs [`chain_constraints`].
pub fn chain<B: Builder>(
	builder: &mut B,
	head: Input<'_, B::Terms>,
	elements: &[Number<B::Terms>],
) -> Number<B::Terms> {
	let mut state = match head {
		Input::Constant(head) => Number::constant(head),
		Input::Number(head) => head.clone(),
	};
	for (step, elements) in elements.chunks(ELEMENTS_PER_STEP).enumerate() {
		let first = match (&head, step) {
			(Input::Constant(head), 0) => Input::Constant(*head),
			_ => Input::Number(&state),
		};
		let padding = ELEMENTS_PER_STEP - elements.len();
		let inputs: Vec<_> = std::iter::once(first)
			.chain(elements.iter().map(Input::Number))
			.chain(std::iter::repeat_n(Input::Constant(Fr::ZERO), padding))
			.collect();
		state = poseidon::permute(builder, &inputs);
	}
	state
}

/// Constraints of a [`chain`] over so many bytes.
pub fn chain_constraints(bytes: usize, constant_head: bool) -> usize {
	let elements = bytes.div_ceil(BYTES_PER_ELEMENT);
	let steps = elements.div_ceil(ELEMENTS_PER_STEP);
	let constants = steps * ELEMENTS_PER_STEP - elements + usize::from(constant_head && steps > 0);
	steps * poseidon::constraints(1 + ELEMENTS_PER_STEP, 0) - 3 * constants
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::{commitment, gadgets::integers, Recorder};

	#[test]
	fn elements_are_their_bytes_and_zeros() {
		for count in [1usize, 30, 31, 32, 62, 63, 200] {
			let bytes: Vec<u8> = (0..count).map(|place| (place * 37 + 200) as u8).collect();
			let mut recorder = Recorder::default();
			let numbers: Vec<_> = bytes
				.iter()
				.map(|byte| integers::signed_byte(&mut recorder, *byte as i8).bytes.remove(0))
				.collect();
			let packed = pack(&numbers);
			assert_eq!(
				packed.iter().map(Number::value).collect::<Vec<_>>(),
				commitment::pack(&bytes)
			);
			for element in packed {
				assert_eq!(element.terms().evaluate(recorder.values()), element.value());
			}
			assert_eq!(recorder.finish().constraints(), 8 * count);
		}
	}

	#[test]
	fn a_chain_is_the_native_one_at_the_stated_cost() {
		for count in [1usize, ELEMENTS_PER_STEP - 1, ELEMENTS_PER_STEP, 16, 30, 31, 40] {
			for constant in [false, true] {
				let values: Vec<_> = (0..count as u64).map(|place| Fr::from(place + 3)).collect();
				let head = Fr::from(99u8);
				let expected = commitment::chain(head, &values);
				let mut recorder = Recorder::default();
				let number = recorder.hint("head", head);
				let elements: Vec<_> =
					values.iter().map(|value| recorder.hint("element", *value)).collect();
				let head = if constant { Input::Constant(head) } else { Input::Number(&number) };
				let state = chain(&mut recorder, head, &elements);
				assert_eq!(state.value(), expected);
				assert_eq!(state.terms().evaluate(recorder.values()), expected);
				assert!(recorder.is_satisfied());
				let bytes = (count - 1) * BYTES_PER_ELEMENT + 1;
				assert_eq!(recorder.finish().constraints(), chain_constraints(bytes, constant));
			}
		}
	}
}
