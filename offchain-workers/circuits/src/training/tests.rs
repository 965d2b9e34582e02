use super::*;
use crate::architecture::Extent;
use codec::DecodeAll;
use proptest::prelude::*;
use TrainingError as E;

fn dense(outputs: u16, rectify: bool) -> Layer {
	Layer::Dense { outputs, requantise: Some(Requantise { shift: 6, rectify }) }
}

const LOGITS: Layer = Layer::Dense { outputs: 3, requantise: None };

fn architecture() -> Architecture {
	Architecture::new(Extent::vector(4), vec![dense(15, true), LOGITS]).unwrap()
}

fn hyper_parameters() -> HyperParameters {
	HyperParameters {
		fraction_bits: 8,
		bias_unit: 64,
		samples: 2,
		rate: 3,
		target: 1000,
		output_shift: 4,
		hidden_shifts: vec![5],
	}
}

fn training() -> Training {
	Training::new(architecture(), hyper_parameters()).unwrap()
}

fn refused(change: impl Fn(&mut HyperParameters)) -> Option<E> {
	let mut changed = hyper_parameters();
	change(&mut changed);
	Training::new(architecture(), changed).err()
}

#[test]
fn hyper_parameters_are_bounded() {
	for bits in [0, 3, 13, 255] {
		assert_eq!(refused(|h| h.fraction_bits = bits), Some(E::FractionBits(bits)));
		assert_eq!(Precision::new(bits), Err(E::FractionBits(bits)));
	}
	let single = |h: &mut HyperParameters| (h.samples, h.rate) = (1, 1);
	for bits in [4, 12] {
		assert_eq!(refused(|h| (single(h), h.fraction_bits = bits).1), None);
	}
	for unit in [0, 128] {
		assert_eq!(refused(|h| h.bias_unit = unit), Some(E::BiasUnit(unit)));
	}
	for unit in [1, 127] {
		assert_eq!(refused(|h| h.bias_unit = unit), None);
	}
	assert_eq!(refused(|h| h.samples = 0), Some(E::NoSamples));
	assert_eq!(refused(|h| h.rate = 0), Some(E::NoRate));
	for target in [0, MAX_TARGET + 1] {
		assert_eq!(refused(|h| h.target = target), Some(E::Target(target)));
	}
	assert_eq!(refused(|h| h.target = MAX_TARGET), None);
	assert_eq!(refused(|h| h.output_shift = 25), Some(E::OutputShift(25)));
	assert_eq!(refused(|h| h.output_shift = 24), None);
	for found in [0, 2] {
		let error = E::HiddenShiftCount { expected: 1, found };
		assert_eq!(refused(|h| h.hidden_shifts = vec![1; found]), Some(error));
	}
	assert_eq!(
		refused(|h| h.hidden_shifts = vec![25]),
		Some(E::HiddenShift { layer: 0, shift: 25 })
	);
	assert_eq!(refused(|h| h.hidden_shifts = vec![24]), None);
}

#[test]
fn a_rate_keeps_weights_within_their_slots_and_no_larger_one_does() {
	for fraction_bits in MIN_FRACTION_BITS..=MAX_FRACTION_BITS {
		let precision = Precision::new(fraction_bits).unwrap();
		let (weight, slot) = (1 << (precision.weight_bits() - 1), 1 << (precision.slot_bits() - 1));
		let largest = precision.largest_rate();
		assert!(weight + largest * LARGEST_TERM <= slot);
		assert!(weight + (largest + 1) * LARGEST_TERM > slot);
		let refused = |samples: u16, rate: u16| {
			refused(|h| (h.fraction_bits, h.samples, h.rate) = (fraction_bits, samples, rate))
		};
		let end = largest as u16;
		assert_eq!((refused(1, end), refused(end, 1)), (None, None));
		for (samples, rate) in [(end + 1, 1), (1, end + 1), (u16::MAX, u16::MAX)] {
			assert_eq!(refused(samples, rate), Some(E::RateTooLarge { rate, samples, largest }));
		}
	}
}

#[test]
fn only_dense_layers_that_rectify_are_trained() {
	let refused = |input, layers| {
		Training::new(Architecture::new(input, layers).unwrap(), hyper_parameters()).err()
	};
	let vector = Extent::vector(4);
	assert_eq!(
		refused(vector, vec![dense(3, true), dense(3, false), LOGITS]),
		Some(E::NotRectified { layer: 1 })
	);
	let image = Extent { channels: 1, rows: 4, columns: 4 };
	let requantise = Requantise { shift: 6, rectify: true };
	let convolution =
		Layer::Convolution { channels: 2, kernel: 3, stride: 1, padding: 1, requantise };
	assert_eq!(refused(image, vec![convolution, LOGITS]), Some(E::NotDense { layer: 0 }));
	let pool = Layer::AveragePool { window: 2 };
	assert_eq!(
		refused(image, vec![dense(4, true), dense(4, true), LOGITS]),
		Some(E::HiddenShiftCount { expected: 2, found: 1 })
	);
	assert_eq!(refused(image, vec![pool, LOGITS]), Some(E::NotDense { layer: 0 }));
	assert_eq!(refused(image, vec![dense(4, true), LOGITS]), None);
}

#[test]
fn a_training_has_one_encoding_and_every_part_of_it_is_in_the_hash() {
	let training = training();
	let bytes = training.encode();
	assert_eq!(Training::decode_all(&mut &bytes[..]).unwrap(), training);
	let covered = [b"quittance.training".as_slice(), &[1], &bytes].concat();
	assert_eq!(training.hash(), blake2_256(&covered));
	let mut hashes = vec![training.hash()];
	let changes: [fn(&mut HyperParameters); 7] = [
		|h| h.fraction_bits = 9,
		|h| h.bias_unit = 65,
		|h| h.samples = 1,
		|h| h.rate = 2,
		|h| h.target = 1001,
		|h| h.output_shift = 5,
		|h| h.hidden_shifts = vec![6],
	];
	for change in changes {
		let mut changed = hyper_parameters();
		change(&mut changed);
		hashes.push(Training::new(architecture(), changed).unwrap().hash());
	}
	let other = Architecture::new(Extent::vector(5), vec![dense(15, true), LOGITS]).unwrap();
	hashes.push(Training::new(other, hyper_parameters()).unwrap().hash());
	for (place, hash) in hashes.iter().enumerate() {
		assert!(!hashes[..place].contains(hash), "{place}");
	}
	let mut invalid = bytes.clone();
	// The output shift, before the compact length and the one hidden shift.
	let place = bytes.len() - 3;
	assert_eq!(invalid[place], 4);
	invalid[place] = 25;
	assert!(Training::decode_all(&mut &invalid[..]).is_err());
}

#[test]
fn weights_are_packed_by_columns() {
	let training = training();
	assert_eq!((training.weights(), training.elements()), (15 * 5 + 3 * 16, 2 * 5 + 16));
	assert_eq!(training.precision().per_element(), 12);
	let weights: Vec<i32> = (0..123).map(|weight| weight * 500 - 30_000).collect();
	let elements = pack_matrices(training.precision(), &training.matrices(), &weights);
	let slot = |place: u64| power_of_two(20 * place as usize);
	let signed = |weight: i32| {
		let size = Fr::from(weight.unsigned_abs());
		if weight < 0 {
			-size
		} else {
			size
		}
	};
	// The first column of the first group of rows, and the last one of the second group: its bias.
	let first: Fr = (0..12).map(|row| signed(weights[row * 5]) * slot(row as u64)).sum();
	let last: Fr = (0..3).map(|row| signed(weights[(12 + row) * 5 + 4]) * slot(row as u64)).sum();
	let next: Fr = (0..3).map(|row| signed(weights[75 + row * 16]) * slot(row as u64)).sum();
	assert_eq!((elements[0], elements[9], elements[10]), (first, last, next));
	assert_eq!(elements.len(), training.elements());
	assert_eq!(
		state_commitment(&training, &weights),
		Ok(chain(state_head(&training.hash(), 123), &elements))
	);
	for found in [0, 122, 124] {
		assert_eq!(
			state_commitment(&training, &vec![0; found]),
			Err(TensorError::WeightCount { expected: 123, found })
		);
	}
	assert_eq!(training.place(0), WeightPlace { layer: 0, row: 0, column: 0 });
	assert_eq!(training.place(74), WeightPlace { layer: 0, row: 14, column: 4 });
	assert_eq!(training.place(75), WeightPlace { layer: 1, row: 0, column: 0 });
	assert_eq!(training.place(122), WeightPlace { layer: 1, row: 2, column: 15 });
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(1000))]

	#[test]
	fn what_is_packed_is_unpacked(
		fraction_bits in MIN_FRACTION_BITS..=MAX_FRACTION_BITS,
		rows in 1usize..40,
		columns in 1usize..4,
		numbers in proptest::collection::vec(any::<i64>(), 160),
		at_ends in any::<bool>(),
	) {
		let precision = Precision::new(fraction_bits).unwrap();
		let end = 1i64 << (precision.slot_bits() - 1);
		let weight = |number: &i64| match number.rem_euclid(4) {
			0 if at_ends => -end,
			1 if at_ends => end - 1,
			_ => number.rem_euclid(2 * end) - end,
		};
		let matrix = Matrix { rows, columns };
		let weights: Vec<i64> = numbers.iter().take(rows * columns).map(weight).collect();
		let narrow: Vec<i32> = weights.iter().map(|weight| *weight as i32).collect();
		let elements = pack_matrices(precision, &[matrix], &narrow);
		prop_assert_eq!(elements.len(), matrix.elements(precision));
		prop_assert_eq!(matrix.unpack(precision, &elements), weights);
	}
}

#[test]
fn batches_are_told_apart_by_everything_in_them() {
	let training = training();
	let sample = |label, first| Sample { label, values: vec![first, -1, 0, 127] };
	let batch = Batch { samples: vec![sample(0, 1), sample(2, -128)], salt: [7; 32] };
	// Label, then values, of each sample.
	let bytes = [0, 1, 255, 0, 127, 2, 128, 255, 0, 127];
	let expected = chain(batch_head(2, 10, &[7; 32]), &pack(&bytes));
	assert_eq!(batch.commitment(&training), Ok(expected));
	assert_eq!(training.batch_bytes(), bytes.len());
	let mut others = vec![expected];
	for place in 0..2 {
		let mut other = batch.clone();
		other.samples[place].label = 1;
		others.push(other.commitment(&training).unwrap());
		for value in 0..4 {
			let mut other = batch.clone();
			other.samples[place].values[value] ^= 1;
			others.push(other.commitment(&training).unwrap());
		}
	}
	for byte in [0, 15, 16, 31] {
		let mut other = batch.clone();
		other.salt[byte] ^= 1;
		others.push(other.commitment(&training).unwrap());
	}
	for (place, other) in others.iter().enumerate() {
		assert!(!others[..place].contains(other), "{place}");
	}
	let error = |change: &dyn Fn(&mut Batch)| {
		let mut other = batch.clone();
		change(&mut other);
		other.commitment(&training).err()
	};
	assert_eq!(
		error(&|b| drop(b.samples.pop())),
		Some(TensorError::SampleCount { expected: 2, found: 1 })
	);
	assert_eq!(
		error(&|b| b.samples[1].values.push(0)),
		Some(TensorError::SampleValues { sample: 1, expected: 4, found: 5 })
	);
	assert_eq!(
		error(&|b| b.samples[1].label = 3),
		Some(TensorError::Label { sample: 1, label: 3, logits: 3 })
	);
}

#[test]
fn the_number_of_batches_and_of_weights_is_in_their_heads() {
	let leaf = Fr::from(9u8);
	assert_eq!(batches_commitment(&[leaf]), chain(batches_head(1), &[leaf]));
	assert_ne!(batches_commitment(&[leaf]), batches_commitment(&[leaf, Fr::from(0u8)]));
	assert_ne!(batches_commitment(&[leaf, leaf]), batches_commitment(&[leaf]));
	let heads = [state_head(&[1; 32], 4), state_head(&[1; 32], 5), state_head(&[2; 32], 4)];
	assert!(heads[0] != heads[1] && heads[0] != heads[2] && heads[1] != heads[2]);
	assert_eq!(data_set_root(&[leaf]), tree::root::<Native>(&[leaf], DATA_SET_DEPTH));
}
