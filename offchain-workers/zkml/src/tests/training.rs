//! Training: against an evaluation of its definition, and on digits.

use crate::{
	commit,
	onnx::{read_labels, read_samples},
	training::*,
};
use proptest::prelude::*;
use quittance_circuits::{
	architecture::{Architecture, Extent, Layer as Shape, Requantise},
	rounding,
	training::STEPS,
	training_step::{self, TrainingWitness},
	Fr,
};
use quittance_types::FieldBytes;
use sha2::{Digest as _, Sha256};

/// A generator of numbers that are the same in every run.
struct Numbers(u64);

impl Numbers {
	fn next(&mut self) -> u64 {
		self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
		let mut mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
		mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
		mixed ^ mixed >> 31
	}

	fn below(&mut self, bound: u64) -> u64 {
		self.next() % bound
	}

	/// A signed byte, at an end in one of four cases.
	fn byte(&mut self) -> i8 {
		match self.below(8) {
			0 => i8::MIN,
			1 => i8::MAX,
			_ => self.next() as i8,
		}
	}
}

fn dense(outputs: u16, shift: u8) -> Shape {
	Shape::Dense { outputs, requantise: Some(Requantise { shift, rectify: true }) }
}

fn logits(outputs: u16) -> Shape {
	Shape::Dense { outputs, requantise: None }
}

fn any_training(numbers: &mut Numbers) -> Training {
	let hidden = numbers.below(3) as usize;
	let mut layers: Vec<_> =
		(0..hidden).map(|_| dense(1 + numbers.below(6) as u16, numbers.below(14) as u8)).collect();
	layers.push(logits(1 + numbers.below(6) as u16));
	let input = Extent::vector(1 + numbers.below(6) as u16);
	let fraction_bits = 4 + numbers.below(9) as u8;
	let largest = Precision::new(fraction_bits).unwrap().largest_rate();
	let samples = 1 + numbers.below(largest.min(4));
	let largest_target = 1 << numbers.below(24);
	let hyper_parameters = HyperParameters {
		fraction_bits,
		bias_unit: 1 + numbers.below(127) as u8,
		samples: samples as u16,
		rate: 1 + numbers.below(largest / samples) as u16,
		target: 1 + numbers.below(largest_target) as u32,
		output_shift: numbers.below(16) as u8,
		hidden_shifts: (0..hidden).map(|_| numbers.below(16) as u8).collect(),
	};
	Training::new(Architecture::new(input, layers).unwrap(), hyper_parameters).unwrap()
}

fn any_batch(training: &Training, numbers: &mut Numbers) -> Batch {
	let architecture = training.architecture();
	let samples = (0..training.samples()).map(|_| Sample {
		label: numbers.below(architecture.logits() as u64) as u8,
		values: (0..architecture.input().values()).map(|_| numbers.byte()).collect(),
	});
	Batch { samples: samples.collect(), salt: std::array::from_fn(|_| numbers.next() as u8) }
}

fn any_state(training: &Training, numbers: &mut Numbers) -> State {
	let bits = training.precision().weight_bits() as u32;
	let weights = (0..training.weights()).map(|_| {
		let end = 1i64 << (bits - 1);
		let weight = match numbers.below(12) {
			0 => -end,
			1 => end - 1,
			_ => numbers.next() as i64 >> numbers.below(8) >> (64 - bits),
		};
		weight as i32
	});
	State::new(training.clone(), weights.collect()).unwrap()
}

/// The step by its definition, in 128 bits, weight by weight.
fn naive(training: &Training, weights: &[i32], batch: &Batch) -> Vec<i128> {
	let HyperParameters {
		fraction_bits, bias_unit, rate, target, output_shift, hidden_shifts, ..
	} = training.hyper_parameters();
	let power = |exponent: u8| 2i128.pow(exponent.into());
	let clamp = |sum: i128, shift: u8| sum.div_euclid(power(shift)).clamp(-127, 127);
	// The architecture, as sizes and shifts.
	let layers = training.architecture().layers();
	let mut sizes = vec![training.architecture().input().values()];
	let mut shifts = Vec::new();
	for layer in layers {
		let Shape::Dense { outputs, requantise } = layer else { panic!("a dense layer") };
		sizes.push(usize::from(*outputs));
		shifts.extend(requantise.map(|requantise| requantise.shift));
	}
	let first = |layer: usize| -> usize {
		(0..layer).map(|layer| sizes[layer + 1] * (sizes[layer] + 1)).sum()
	};
	let at =
		|layer: usize, row: usize, column: usize| first(layer) + row * (sizes[layer] + 1) + column;
	let byte = |layer, row, column| {
		i128::from(weights[at(layer, row, column)]).div_euclid(power(*fraction_bits))
	};
	let mut next: Vec<i128> = weights.iter().map(|weight| i128::from(*weight)).collect();
	for sample in &batch.samples {
		let mut values = vec![sample.values.iter().map(|v| i128::from(*v)).collect::<Vec<_>>()];
		for layer in 0..layers.len() {
			let sum = |row: usize| -> i128 {
				let inputs = sizes[layer];
				let bias = byte(layer, row, inputs) * i128::from(*bias_unit);
				bias + (0..inputs).map(|i| byte(layer, row, i) * values[layer][i]).sum::<i128>()
			};
			let value = |row: usize| match shifts.get(layer) {
				Some(shift) => sum(row).div_euclid(power(*shift)).clamp(0, 127),
				None => sum(row),
			};
			values.push((0..sizes[layer + 1]).map(value).collect());
		}
		let mut deltas = vec![Vec::new(); layers.len()];
		for layer in (0..layers.len()).rev() {
			deltas[layer] = (0..sizes[layer + 1])
				.map(|row| {
					if layer + 1 == layers.len() {
						let label = row == usize::from(sample.label);
						let wanted = if label { i128::from(*target) } else { 0 };
						return clamp(values[layer + 1][row] - wanted, *output_shift);
					}
					let back = (0..sizes[layer + 2])
						.map(|j| byte(layer + 1, j, row) * deltas[layer + 1][j])
						.sum::<i128>();
					if values[layer + 1][row] > 0 {
						clamp(back, hidden_shifts[layer])
					} else {
						0
					}
				})
				.collect();
			for row in 0..sizes[layer + 1] {
				for column in 0..=sizes[layer] {
					let input = values[layer].get(column).copied();
					let input = input.unwrap_or(i128::from(*bias_unit));
					next[at(layer, row, column)] -= i128::from(*rate) * deltas[layer][row] * input;
				}
			}
		}
	}
	next
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(4000))]

	#[test]
	fn a_step_is_what_it_is_defined_as(seed in any::<u64>()) {
		let mut numbers = Numbers(seed);
		let training = any_training(&mut numbers);
		let state = any_state(&training, &mut numbers);
		let batch = any_batch(&training, &mut numbers);
		let expected = naive(&training, state.weights(), &batch);
		let precision = training.precision();
		let out = expected.iter().position(|weight| !precision.contains(*weight as i64));
		match (state.step(&batch), out) {
			(Ok(next), None) => {
				let found: Vec<_> = next.weights().iter().map(|w| i128::from(*w)).collect();
				prop_assert_eq!(&found, &expected);
			},
			(Err(StateError::WeightOutOfRange { place, weight, bits }), Some(out)) => {
				prop_assert_eq!(place, training.place(out));
				prop_assert_eq!(i128::from(weight), expected[out]);
				prop_assert_eq!(bits, precision.weight_bits());
			},
			(found, out) => prop_assert!(false, "{:?} {:?}", found, out),
		}
		// No step whatever leaves a slot.
		let end = 1i128 << (precision.slot_bits() - 1);
		prop_assert!(expected.iter().all(|weight| (-end..end).contains(weight)));
	}

	#[test]
	fn a_rounding_classifies_as_the_trace_of_a_step_does(seed in any::<u64>()) {
		let mut numbers = Numbers(seed);
		let training = any_training(&mut numbers);
		let state = any_state(&training, &mut numbers);
		let sample = any_batch(&training, &mut numbers).samples.remove(0);
		let found = state.rounding().unwrap().classify(&sample.values).unwrap().logits;
		let HyperParameters { target, output_shift, .. } = *training.hyper_parameters();
		let loss: i64 = (0..).zip(found).map(|(place, logit)| {
			let wanted = if place == sample.label { i64::from(target) } else { 0 };
			(i64::from(logit) - wanted).div_euclid(1 << output_shift).clamp(-127, 127).pow(2)
		}).sum();
		prop_assert_eq!(state.loss(&[sample]), Ok(loss as u64));
	}
}

/// Pixels of 0 to 16 as values of -8 to 8, eight times.
/// The images and labels that the shipped models have not seen; pixels are 0 to 16.
fn digits() -> (Vec<Vec<f32>>, Vec<u8>) {
	let images = read_samples(include_bytes!("../../models/digits-held-out.pb")).unwrap();
	let labels = read_labels(include_bytes!("../../models/digits-labels.pb")).unwrap();
	(images, labels)
}

fn sample(label: u8, image: &[f32]) -> Sample {
	Sample { label, values: image.iter().map(|pixel| (*pixel as i8 - 8) * 8).collect() }
}

fn digits_training(layers: Vec<Shape>, hidden_shifts: Vec<u8>) -> Training {
	let architecture = Architecture::new(Extent::vector(64), layers).unwrap();
	let hyper_parameters = HyperParameters {
		fraction_bits: 12,
		bias_unit: 64,
		samples: 8,
		rate: 1,
		target: 16384,
		output_shift: 7,
		hidden_shifts,
	};
	Training::new(architecture, hyper_parameters).unwrap()
}

#[test]
fn training_on_digits_learns_them() {
	let (images, labels) = digits();
	// Every fourth image takes no part: they are in the order of their writers.
	let (mut learnt, mut held_out) = (Vec::new(), Vec::new());
	for (place, (image, label)) in images.iter().zip(&labels).enumerate() {
		let set = if place % 4 == 3 { &mut held_out } else { &mut learnt };
		set.push(sample(*label, image));
	}
	learnt.truncate(256);
	let training = digits_training(vec![dense(32, 7), logits(10)], vec![6]);
	let data = DataSet::new(&training, learnt.clone(), 4, &[7; 32]).unwrap();
	assert_eq!(data.units(), 8);
	let correct = |state: &State| {
		let network = state.rounding().unwrap();
		let right =
			|sample: &&Sample| network.classify(&sample.values).unwrap().label == sample.label;
		held_out.iter().filter(right).count()
	};
	let run = || {
		let mut state = State::random(training.clone(), &[1; 32], 12);
		let mut curve = vec![state.loss(&learnt).unwrap()];
		for unit in 0..data.units() as u64 * 20 {
			for batch in data.batches(data.leaf(unit)) {
				state = state.step(batch).unwrap();
			}
			if data.leaf(unit + 1) == 0 {
				curve.push(state.loss(&learnt).unwrap());
			}
		}
		(state, curve)
	};
	let before = correct(&State::random(training.clone(), &[1; 32], 12));
	let (state, curve) = run();
	let after = correct(&state);
	println!("{before} and then {after} of {} held-out digits; loss {curve:?}", held_out.len());
	assert_eq!(run(), (state, curve.clone()), "every run comes to the same bits");
	assert!(curve.last().unwrap() * 4 < curve[0], "{curve:?}");
	assert!(before * 100 < 30 * held_out.len() && after * 100 >= 90 * held_out.len());
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(400))]

	#[test]
	fn the_circuits_compute_what_states_and_roundings_are(seed in any::<u64>()) {
		let mut numbers = Numbers(seed);
		let training = any_training(&mut numbers);
		let steps = STEPS[numbers.below(3) as usize];
		let state = any_state(&training, &mut numbers);
		let batches: Vec<_> = (0..steps).map(|_| any_batch(&training, &mut numbers)).collect();
		let parameters = training_step::Parameters::new(training.clone(), steps).unwrap();
		let witness =
			TrainingWitness { state: state.weights().to_vec(), batches: batches.clone() };
		let zero = Fr::default();
		let found = training_step::public_signals(&parameters, [zero; 2], zero, &witness);
		let end = batches.iter().try_fold(state.clone(), |state, batch| state.step(batch));
		match (found, end) {
			(Ok((public, weights)), Ok(end)) => {
				prop_assert_eq!(&weights, end.weights());
				prop_assert_eq!(FieldBytes::from(public.before), state.commitments().unwrap().poseidon);
				prop_assert_eq!(FieldBytes::from(public.after), end.commitments().unwrap().poseidon);
				let rounded = rounding::public_signals(&training, [zero; 2], zero, &weights).unwrap();
				prop_assert_eq!(rounded.state, public.after);
				let network = commit(&end.rounding().unwrap());
				prop_assert_eq!(FieldBytes::from(rounded.weights), network.poseidon);
			},
			(
				Err(training_step::WitnessError::WeightOutOfRange { place, .. }),
				Err(StateError::WeightOutOfRange { place: expected, .. }),
			) => prop_assert_eq!(place, expected),
			(found, end) => prop_assert!(false, "{:?} {:?}", found.map(|found| found.1), end),
		}
	}
}

#[test]
fn states_are_bounded_and_have_one_tensor() {
	let training = digits_training(vec![dense(3, 7), logits(10)], vec![6]);
	let state = State::random(training.clone(), &[9; 32], 127);
	let weights = state.weights().to_vec();
	assert_eq!(State::new(training.clone(), weights.clone()), Ok(state.clone()));
	assert_eq!(State::from_tensor(training.clone(), &state.tensor()), Ok(state.clone()));
	assert_eq!(state.tensor().len(), 4 * training.weights());
	assert_eq!(state.commitments().unwrap().sha256, Sha256::digest(state.tensor()).as_slice());
	assert_ne!(State::random(training.clone(), &[8; 32], 127), state);
	let (expected, columns) = (training.weights(), 65);
	for (place, weight) in weights.iter().enumerate().take(3 * columns) {
		assert!(weight.abs() <= 127 << 12 && weight % (1 << 12) == 0);
		assert!(*weight == 0 || (place + 1) % columns != 0, "a bias begins at 0");
	}
	for found in [0, expected - 1, expected + 1] {
		let error = Err(TensorError::WeightCount { expected, found }.into());
		assert_eq!(State::new(training.clone(), vec![0; found]), error);
		assert_eq!(State::from_tensor(training.clone(), &vec![0; 4 * found]), error);
	}
	let error = TensorError::WeightCount { expected, found: expected };
	let cut = &state.tensor()[..4 * expected - 1];
	assert_eq!(State::from_tensor(training.clone(), cut), Err(error.into()));
	for (weight, holds) in
		[((1 << 19) - 1, true), (1 << 19, false), (-(1 << 19), true), (-(1 << 19) - 1, false)]
	{
		let mut weights = weights.clone();
		weights[columns + 2] = weight;
		let found = State::new(training.clone(), weights);
		let place = WeightPlace { layer: 0, row: 1, column: 2 };
		let error = StateError::WeightOutOfRange { place, weight: weight.into(), bits: 20 };
		assert_eq!(found.err(), (!holds).then_some(error));
	}
}

#[test]
fn batches_that_do_not_fit_have_their_own_errors() {
	let training = digits_training(vec![logits(10)], vec![]);
	let state = State::random(training.clone(), &[9; 32], 1);
	let batch = any_batch(&training, &mut Numbers(4));
	let error = |change: &dyn Fn(&mut Batch)| {
		let mut batch = batch.clone();
		change(&mut batch);
		state.step(&batch).err()
	};
	assert_eq!(error(&|_| ()), None);
	assert_eq!(
		error(&|batch| drop(batch.samples.pop())),
		Some(TensorError::SampleCount { expected: 8, found: 7 }.into())
	);
	assert_eq!(
		error(&|batch| batch.samples[3].values.truncate(63)),
		Some(TensorError::SampleValues { sample: 3, expected: 64, found: 63 }.into())
	);
	let label = TensorError::Label { sample: 7, label: 10, logits: 10 };
	assert_eq!(error(&|batch| batch.samples[7].label = 10), Some(label.into()));
	let sample = Sample { label: 10, values: vec![0; 64] };
	let label = TensorError::Label { sample: 0, label: 10, logits: 10 };
	assert_eq!(state.loss(&[sample]), Err(label.into()));
}

#[test]
fn a_data_set_is_read_in_its_order_and_over_again() {
	let training = digits_training(vec![logits(10)], vec![]);
	let samples = |count: usize| -> Vec<_> {
		(0..count).map(|place| Sample { label: 3, values: vec![place as i8; 64] }).collect()
	};
	let data = DataSet::new(&training, samples(48), 2, &[1; 32]).unwrap();
	assert_eq!((data.units(), data.leaves().len()), (3, 3));
	assert_eq!([0, 1, 2, 3, 4, 302].map(|unit| data.leaf(unit)), [0, 1, 2, 0, 1, 2]);
	let mut read = Vec::new();
	for leaf in 0..3 {
		let batches = data.batches(leaf);
		let commitments: Vec<_> =
			batches.iter().map(|batch| batch.commitment(&training).unwrap()).collect();
		let expected = quittance_circuits::training::batches_commitment(&commitments);
		assert_eq!(data.leaves()[leaf as usize], FieldBytes::from(expected));
		read.extend(batches.iter().flat_map(|batch| batch.samples.clone()));
	}
	assert_eq!(read, samples(48));
	assert!(data.batches(3).is_empty());
	// No salt is another's, nor that of another seed.
	let other = DataSet::new(&training, samples(48), 2, &[2; 32]).unwrap();
	assert_ne!(data.root(), other.root());
	let salts: std::collections::BTreeSet<_> = [&data, &other]
		.into_iter()
		.flat_map(|data| (0..3).flat_map(|leaf| data.batches(leaf)).map(|batch| batch.salt))
		.collect();
	assert_eq!(salts.len(), 12);
	let error = |count, steps| DataSet::new(&training, samples(count), steps, &[1; 32]).err();
	for steps in [0, 3, 64] {
		assert_eq!(error(48, steps), Some(DataSetError::Steps(steps)));
	}
	for found in [0, 15, 17] {
		assert_eq!(error(found, 2), Some(DataSetError::SampleCount { unit: 16, found }));
	}
	let mut wrong = samples(16);
	wrong[9].values.pop();
	assert_eq!(
		DataSet::new(&training, wrong, 2, &[1; 32]).err(),
		Some(TensorError::SampleValues { sample: 9, expected: 64, found: 63 }.into())
	);
}
