//! Poseidon as circomlib computes it, three constraints for each S-box.

use crate::{Builder, Number};
use ark_bn254::Fr;
use ark_ff::{AdditiveGroup, Field};
use quittance_poseidon::{parameters, FULL_ROUNDS};

/// Poseidon of some constants followed by some inputs, the first constant being the domain tag.
///
/// Constraints: 3 · (8 t + R_P) less 3 for each cell whose first S-box has a constant before it,
/// which are the cells of the constants and the first cell, where t is 1 + constants + inputs and
/// R_P the partial rounds of that width. Round constants and matrices are free.
///
/// # Panics
///
/// Unless there are 1 to 12 constants and inputs.
pub fn hash<B: Builder>(
	builder: &mut B,
	constants: &[Fr],
	inputs: &[&Number<B::Terms>],
) -> Number<B::Terms> {
	let width = 1 + constants.len() + inputs.len();
	let parameters = parameters(width).expect("Poseidon takes 1 to 12 inputs");
	let rounds = FULL_ROUNDS + parameters.partial_rounds;
	let partial = FULL_ROUNDS / 2..rounds - FULL_ROUNDS / 2;

	let mut state: Vec<Number<B::Terms>> = std::iter::once(&Fr::ZERO)
		.chain(constants)
		.map(|constant| Number::constant(*constant))
		.chain(inputs.iter().map(|&input| input.clone()))
		.collect();
	for (round, added) in parameters.round_constants.chunks_exact(width).enumerate() {
		for (cell, constant) in state.iter_mut().zip(added) {
			*cell = cell.plus(*constant);
		}
		if partial.contains(&round) {
			state[0] = fifth_power(builder, &state[0]);
		} else {
			for (place, cell) in state.iter_mut().enumerate() {
				*cell = if round == 0 && place <= constants.len() {
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
		for total in 1..=12usize {
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
				let (width, partial) = (total + 1, parameters(total + 1).unwrap().partial_rounds);
				let expected = 3 * (8 * width + partial) - 3 * (1 + constants);
				assert_eq!(recorder.finish().constraints(), expected);

				let mut assigner = Assigner::with_capacity(1);
				let numbers: Vec<_> =
					inputs.iter().map(|input| assigner.hint("input", *input)).collect();
				let numbers: Vec<_> = numbers.iter().collect();
				assert_eq!(hash(&mut assigner, tags, &numbers).value(), hashed.value());
			}
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
