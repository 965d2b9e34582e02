//! Poseidon as circomlib computes it, three constraints for each S-box.

use crate::{Builder, Number};
use ark_bn254::Fr;
use ark_ff::Field;
use quittance_poseidon::{parameters, FULL_ROUNDS, MAX_INPUTS};

/// An input of [`permute`].
#[derive(Clone, Debug)]
pub enum Input<'a, T> {
	/// One that is part of the circuit: it has no S-box in the first round.
	Constant(Fr),
	/// Any other.
	Number(&'a Number<T>),
}

/// Constraints of a hash of so many inputs, of which some are constants: 3 · (8 t + R_P) less 3 for
/// each cell whose first S-box has a constant before it, which are the cells of the constants and
/// the first cell, where t is 1 + inputs and R_P the partial rounds of that width.
///
/// # Panics
///
/// Unless there are 1 to [`MAX_INPUTS`] inputs.
pub fn constraints(inputs: usize, constants: usize) -> usize {
	let width = 1 + inputs;
	let partial_rounds =
		parameters(width).expect("as many inputs as Poseidon takes").partial_rounds;
	3 * (FULL_ROUNDS * width + partial_rounds) - 3 * (1 + constants)
}

/// Poseidon of some constants followed by some inputs, the first constant being the domain tag.
///
/// Costs [`constraints`]. Round constants and matrices are free.
///
/// # Panics
///
/// Unless there are 1 to [`MAX_INPUTS`] constants and inputs.
pub fn hash<B: Builder>(
	builder: &mut B,
	constants: &[Fr],
	inputs: &[&Number<B::Terms>],
) -> Number<B::Terms> {
	let constants = constants.iter().map(|constant| Input::Constant(*constant));
	let inputs = inputs.iter().map(|input| Input::Number(*input));
	permute(builder, &constants.chain(inputs).collect::<Vec<_>>())
}

/// Poseidon of inputs, constants in any of the places.
///
/// # Panics
///
/// Unless there are 1 to [`MAX_INPUTS`] inputs.
pub fn permute<B: Builder>(builder: &mut B, inputs: &[Input<'_, B::Terms>]) -> Number<B::Terms> {
	let width = 1 + inputs.len();
	let parameters =
		parameters(width).unwrap_or_else(|| panic!("Poseidon takes 1 to {MAX_INPUTS} inputs"));
	let rounds = FULL_ROUNDS + parameters.partial_rounds;
	let partial = FULL_ROUNDS / 2..rounds - FULL_ROUNDS / 2;

	let mut state: Vec<Number<B::Terms>> = std::iter::once(Number::zero())
		.chain(inputs.iter().map(|input| match input {
			Input::Constant(constant) => Number::constant(*constant),
			Input::Number(number) => (*number).clone(),
		}))
		.collect();
	let is_constant = |place: usize| match place.checked_sub(1) {
		Some(input) => matches!(inputs[input], Input::Constant(_)),
		None => true,
	};
	for (round, added) in parameters.round_constants.chunks_exact(width).enumerate() {
		for (cell, constant) in state.iter_mut().zip(added) {
			*cell = cell.plus(*constant);
		}
		if partial.contains(&round) {
			state[0] = fifth_power(builder, &state[0]);
		} else {
			for (place, cell) in state.iter_mut().enumerate() {
				*cell = if round == 0 && is_constant(place) {
					Number::constant(cell.value().pow([5]))
				} else {
					fifth_power(builder, cell)
				};
			}
		}
		// The hash is the first cell of the last state; nothing reads the others.
		let rows = if round + 1 == rounds { 1 } else { width };
		state = parameters
			.mds
			.chunks_exact(width)
			.take(rows)
			.map(|row| {
				let mut sum = Number::zero();
				for (cell, factor) in state.iter().zip(row) {
					sum.add_scaled(cell, *factor);
				}
				sum
			})
			.collect();
	}
	state.swap_remove(0)
}

fn fifth_power<B: Builder>(builder: &mut B, x: &Number<B::Terms>) -> Number<B::Terms> {
	let square = builder.product("square", x, x);
	let fourth = builder.product("fourth", &square, &square);
	// x is on the right of its square anyway, the fourth power nowhere else.
	builder.product("fifth", &fourth, x)
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::{Assigner, Recorder};

	#[test]
	fn all_widths_hash_as_the_primitive_does_at_the_stated_cost() {
		for total in 1..=MAX_INPUTS {
			for constants in 0..total {
				let values: Vec<Fr> = (1..=total as u64).map(|i| -Fr::from(i * i)).collect();
				let (tags, inputs) = values.split_at(constants);
				let mut recorder = Recorder::default();
				let numbers: Vec<_> =
					inputs.iter().map(|input| recorder.hint("input", *input)).collect();
				let numbers: Vec<_> = numbers.iter().collect();
				let hashed = hash(&mut recorder, tags, &numbers);
				assert_eq!(Some(hashed.value()), quittance_poseidon::hash_slice(&values));
				assert_eq!(hashed.terms().evaluate(recorder.values()), hashed.value());
				assert!(recorder.is_satisfied());
				assert_eq!(recorder.finish().constraints(), super::constraints(total, constants));

				let mut assigner = Assigner::with_capacity(1);
				let numbers: Vec<_> =
					inputs.iter().map(|input| assigner.hint("input", *input)).collect();
				let numbers: Vec<_> = numbers.iter().collect();
				assert_eq!(hash(&mut assigner, tags, &numbers).value(), hashed.value());
			}
		}
	}

	#[test]
	fn constants_may_be_in_any_place() {
		for places in 0u32..1 << 4 {
			let values = [7u64, 8, 9, 10].map(Fr::from);
			let mut recorder = Recorder::default();
			let numbers = values.map(|value| recorder.hint("input", value));
			let inputs: Vec<_> = numbers
				.iter()
				.enumerate()
				.map(|(place, number)| match places >> place & 1 {
					1 => Input::Constant(number.value()),
					_ => Input::Number(number),
				})
				.collect();
			let hashed = permute(&mut recorder, &inputs);
			assert_eq!(Some(hashed.value()), quittance_poseidon::hash_slice(&values));
			assert_eq!(hashed.terms().evaluate(recorder.values()), hashed.value());
			assert!(recorder.is_satisfied());
			let constants = places.count_ones() as usize;
			assert_eq!(recorder.finish().constraints(), super::constraints(4, constants));
		}
	}

	#[test]
	fn counts_of_the_literature() {
		// 3 · (8 t + R_P - 1): 240 for two inputs is what circom reports.
		for (inputs, expected) in [(1, 213), (2, 240), (3, 261), (4, 297), (5, 321), (12, 504)] {
			let mut recorder = Recorder::default();
			let number = recorder.hint("input", Fr::ONE);
			hash(&mut recorder, &[], &vec![&number; inputs]);
			assert_eq!(recorder.finish().constraints(), expected);
		}
	}
}
