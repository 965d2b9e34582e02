//! The statement, group by group, and that the bytes are those of a rounding.

use super::*;
use crate::{
	architecture::{Architecture, Extent, Layer, Requantise},
	commitment::weights_commitment,
	training::{state_commitment, HyperParameters},
	Tamperer,
};
use ark_ff::Field;
use proptest::prelude::*;
use std::collections::BTreeSet;

fn training(fraction_bits: u8, bias_unit: u8, hidden: u16) -> Training {
	let requantise = Some(Requantise { shift: 6, rectify: true });
	let layers = vec![
		Layer::Dense { outputs: hidden, requantise },
		Layer::Dense { outputs: 3, requantise: None },
	];
	let hyper_parameters = HyperParameters {
		fraction_bits,
		bias_unit,
		samples: 1,
		rate: 1,
		target: 1000,
		output_shift: 4,
		hidden_shifts: vec![5],
	};
	Training::new(Architecture::new(Extent::vector(4), layers).unwrap(), hyper_parameters).unwrap()
}

/// The rounding's tensor, by its definition.
fn rounded(training: &Training, weights: &[i32]) -> Vec<u8> {
	let HyperParameters { fraction_bits, bias_unit, .. } = training.hyper_parameters();
	let byte = |weight: &i32| weight.div_euclid(1 << fraction_bits);
	let mut rest = weights;
	let mut tensor = Vec::new();
	for placed in training.architecture().placed() {
		let columns = placed.fan_in() + 1;
		let (own, others) = rest.split_at(columns * placed.biases());
		rest = others;
		let each = (placed.tensor_bytes() - placed.weights()) / placed.biases();
		for row in own.chunks(columns) {
			tensor.extend(row[..columns - 1].iter().map(|weight| byte(weight) as i8 as u8));
		}
		for row in own.chunks(columns) {
			let bias = byte(&row[columns - 1]) * i32::from(*bias_unit);
			tensor.extend(&bias.to_le_bytes()[..each]);
		}
	}
	tensor
}

fn some_weights(training: &Training, mut seed: u64) -> Vec<i32> {
	let end = 1i64 << (training.precision().weight_bits() - 1);
	(0..training.weights())
		.map(|_| {
			seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
			let drawn = (seed >> 30) as i64;
			let weight = match drawn % 8 {
				0 => -end,
				1 => end - 1,
				_ => (drawn >> 3).rem_euclid(2 * end) - end,
			};
			weight as i32
		})
		.collect()
}

fn statement(training: &Training, weights: &[i32]) -> Result<PublicSignals, RoundingError> {
	public_signals(training, [Fr::from(u128::MAX), Fr::from(12u8)], Fr::from(34u8), weights)
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(200))]

	#[test]
	fn the_network_is_the_rounding_of_the_state(
		seed in any::<u64>(),
		fraction_bits in 4u8..=12,
		bias_unit in 1u8..=127,
	) {
		let training = training(fraction_bits, bias_unit, 14);
		let weights = some_weights(&training, seed);
		let public = statement(&training, &weights).unwrap();
		prop_assert_eq!(Ok(public.state), state_commitment(&training, &weights));
		let tensor = rounded(&training, &weights);
		prop_assert_eq!(Ok(public.weights), weights_commitment(training.architecture(), &tensor));
	}
}

#[test]
fn honest_roundings_satisfy_all_groups_and_all_modes_agree() {
	for (fraction_bits, bias_unit) in [(4, 1), (8, 64), (12, 127)] {
		let training = training(fraction_bits, bias_unit, 14);
		let shape = shape(&training).unwrap();
		assert_eq!(
			(shape.publics(), shape.constraints()),
			(PUBLIC_SIGNALS, constraints(&training))
		);
		let weights = some_weights(&training, 5);
		let public = statement(&training, &weights).unwrap();
		let assignment = assign(&training, &public, &weights).unwrap();
		assert_eq!(shape.unsatisfied(&assignment), BTreeSet::new());
		let mut recorder = Recorder::default();
		synthesise(&mut recorder, &training, &public.to_fields(), &weights);
		assert_eq!(recorder.values(), assignment.wires());
		assert!(recorder.finish() == shape);
		// No wire is free, of some all over the circuit.
		for wire in (1..shape.wires()).step_by(7) {
			let value = assignment.wires()[wire] + Fr::ONE;
			assert!(!shape.is_satisfied(&assignment.with(wire, value).unwrap()), "{wire}");
		}
	}
}

#[test]
fn constraints_are_counted_and_bounded() {
	// 14 · 5 + 3 · 15 weights, 14 + 3 biases.
	let small = training(8, 64, 14);
	let shape = shape(&small).unwrap();
	let count =
		|path: &str| shape.groups().iter().find(|group| group.path == path).unwrap().constraints;
	assert_eq!((count("layer_0/weights"), count("layer_1/weights")), (70 * 16, 45 * 16));
	assert_eq!((count("layer_0/biases"), count("layer_1/biases")), (14 * 16, 3 * 16));
	let of = |hidden| constraints(&training(8, 64, hidden));
	let first = (1..).find(|hidden| of(*hidden) > MAX_CONSTRAINTS).unwrap();
	assert!(super::shape(&training(8, 64, first - 1)).is_ok());
	let error = Some(RoundingError::TooManyConstraints(of(first)));
	assert_eq!(super::shape(&training(8, 64, first)).err(), error);
	let weights = vec![0; training(8, 64, first).weights()];
	assert_eq!(statement(&training(8, 64, first), &weights).err(), error);
}

#[test]
fn every_group_catches_a_cheat_that_no_other_does() {
	let training = training(8, 64, 14);
	let shape = shape(&training).unwrap();
	let weights = some_weights(&training, 5);
	let public = statement(&training, &weights).unwrap().to_fields();
	let run = |public: &[Fr; PUBLIC_SIGNALS], overrides: &[(String, usize, Fr)]| {
		let mut tamperer = Tamperer::new(overrides.iter().cloned());
		let results = synthesise(&mut tamperer, &training, public, &weights);
		assert_eq!(tamperer.unused(), []);
		(tamperer, results)
	};
	let hinted = |path: &str, at| run(&public, &[]).0.hinted(path, at).unwrap();
	let changed = |path: &str, at, by: Fr| (path.to_owned(), at, hinted(path, at) + by);
	let two = Fr::from(2u8);
	let mut cheats = vec![("context".to_owned(), vec![changed("context/square", 1, Fr::ONE)])];
	cheats.push(("subject".into(), vec![changed("subject/square", 0, Fr::ONE)]));
	for layer in 0..2 {
		for (group, low) in [("weights", 3), ("weights", 16 + 8), ("biases", 0), ("biases", 15 + 8)]
		{
			let group = format!("layer_{layer}/{group}");
			let bit = format!("{group}/bit");
			// Two bits of the same sum, and for the biases another sum.
			let carry = vec![changed(&bit, low, two), changed(&bit, low + 1, -Fr::ONE)];
			cheats.push((group.clone(), carry));
			if group.ends_with("biases") {
				for at in [low, 14] {
					let flipped = (bit.clone(), at, Fr::ONE - hinted(&bit, at));
					cheats.push((group.clone(), vec![flipped]));
				}
			}
		}
	}
	for group in ["state", "weights_commitment"] {
		cheats.push((group.into(), vec![changed(&format!("{group}/fourth"), 7, Fr::ONE)]));
	}
	for (group, overrides) in &cheats {
		let mut public = public;
		let results = run(&public, overrides).1;
		public[3..].copy_from_slice(&results);
		let assignment = run(&public, overrides).0.finish();
		assert_eq!(shape.unsatisfied(&assignment), BTreeSet::from([group.as_str()]));
		assert!(shape.without_group(group).is_satisfied(&assignment));
	}
	for (signal, group) in [(3, "state"), (4, "weights_commitment")] {
		let mut public = public;
		public[signal] += Fr::ONE;
		let assignment = run(&public, &[]).0.finish();
		assert_eq!(shape.unsatisfied(&assignment), BTreeSet::from([group]));
	}
	let groups: BTreeSet<_> = cheats.iter().map(|(group, _)| group.as_str()).collect();
	assert_eq!(groups, shape.groups().iter().map(|group| group.path.as_str()).collect());
}

#[test]
fn false_statements_have_their_own_errors() {
	let training = training(8, 64, 14);
	let weights = some_weights(&training, 5);
	let public = statement(&training, &weights).unwrap();
	let error = |change: &dyn Fn(&mut PublicSignals, &mut Vec<i32>)| {
		let (mut public, mut weights) = (public, weights.clone());
		change(&mut public, &mut weights);
		assign(&training, &public, &weights).unwrap_err()
	};
	assert_eq!(
		error(&|_, weights| weights.push(0)),
		RoundingError::State(TensorError::WeightCount { expected: 115, found: 116 })
	);
	for weight in [1 << 15, -(1 << 15) - 1] {
		assert_eq!(
			error(&|_, weights| weights[70 + 14] = weight),
			RoundingError::WeightOutOfRange(WeightPlace { layer: 1, row: 0, column: 14 })
		);
	}
	assert_eq!(error(&|_, weights| weights[3] ^= 1), RoundingError::StateMismatch);
	assert_eq!(error(&|public, _| public.state += Fr::ONE), RoundingError::StateMismatch);
	assert_eq!(error(&|public, _| public.weights += Fr::ONE), RoundingError::WeightsMismatch);
}
