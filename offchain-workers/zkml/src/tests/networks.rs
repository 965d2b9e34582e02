use super::*;
use crate::{
	commit, forward::requantised, network::MAX_ARCHITECTURE_BYTES, verify, CommitmentMismatch,
	EncodingError, ForwardError, Network, NetworkError, Parameters,
};
use codec::Encode;
use quittance_circuits::architecture::{
	Architecture, Extent, Layer as Shape, Requantise, MAX_BIAS, MAX_LAYERS, MIN_BIAS,
};
use quittance_circuits::commitment::{weights_commitment, CommitmentError};

pub(super) fn requantise(shift: u8, rectify: bool) -> Requantise {
	Requantise { shift, rectify }
}

pub(super) fn dense(outputs: u16, shift: u8, rectify: bool) -> Shape {
	Shape::Dense { outputs, requantise: Some(requantise(shift, rectify)) }
}

pub(super) fn logits(outputs: u16) -> Shape {
	Shape::Dense { outputs, requantise: None }
}

pub(super) fn image(channels: u16, rows: u16, columns: u16) -> Extent {
	Extent { channels, rows, columns }
}

pub(super) fn network(
	input: Extent,
	shapes: Vec<Shape>,
	parameters: Vec<(Vec<i8>, Vec<i32>)>,
) -> Result<Network, NetworkError> {
	let parameters =
		parameters.into_iter().map(|(weights, biases)| Parameters { weights, biases }).collect();
	Network::new(Architecture::new(input, shapes)?, parameters)
}

/// Every value of the one layer before, as a logit.
fn seen(input: Extent, before: Shape, weights: Vec<i8>, biases: Vec<i32>) -> Network {
	let count = Architecture::new(input, vec![before, logits(1)])
		.unwrap()
		.placed()
		.next()
		.unwrap()
		.output
		.values();
	let identity = (0..count * count).map(|k| i8::from(k / count == k % count)).collect();
	let shapes = vec![before, logits(count as u16)];
	network(input, shapes, vec![(weights, biases), (identity, vec![0; count])]).unwrap()
}

#[test]
fn requantisation_rounds_down_and_clamps() {
	let value = |bias: i32, shift, rectify| {
		let network = seen(Extent::vector(1), dense(1, shift, rectify), vec![0], vec![bias]);
		network.classify(&[0]).unwrap().logits[0]
	};
	for (bias, shift, rectify, expected) in [
		(127, 0, true, 127),
		(128, 0, true, 127),
		(-1, 0, true, 0),
		(-1, 0, false, -1),
		(-127, 0, false, -127),
		(-128, 0, false, -127),
		(7, 3, true, 0),
		(8, 3, true, 1),
		(-1, 3, false, -1),
		(-8, 3, false, -1),
		(-9, 3, false, -2),
		(MAX_BIAS, 16, true, 127),
		(MAX_BIAS, 24, false, 0),
		(MIN_BIAS, 16, false, -127),
		(MIN_BIAS, 16, true, 0),
		(MIN_BIAS, 24, false, -1),
		(-1, 24, false, -1),
	] {
		assert_eq!(value(bias, shift, rectify), expected, "{bias} >> {shift}, {rectify}");
	}
	// Sums that only many weights make.
	for (sum, shift, rectify, expected) in [
		(i32::MAX, 24, true, 127),
		((1 << 24) - 1, 24, false, 0),
		(1 << 24, 24, false, 1),
		(i32::MIN, 24, false, -127),
		(i32::MIN, 24, true, 0),
	] {
		let found = requantised(sum, Requantise { shift, rectify });
		assert_eq!(found, expected, "{sum} >> {shift}, {rectify}");
	}
}

#[test]
fn a_convolution_pads_with_zeros_and_steps() {
	let shape = |kernel, stride, padding| Shape::Convolution {
		channels: 1,
		kernel,
		stride,
		padding,
		requantise: requantise(0, false),
	};
	let values = |shape, weights: Vec<i8>, item: &[i8]| {
		seen(image(1, 3, 3), shape, weights, vec![0]).classify(item).unwrap().logits
	};
	let item = [1, 2, 3, 4, 5, 6, 7, 8, 9];
	// The kernel's first weight sees the row above and the column to the left.
	let first = vec![1, 0, 0, 0, 0, 0, 0, 0, 0];
	assert_eq!(values(shape(3, 1, 1), first, &item), [0, 0, 0, 0, 1, 2, 0, 4, 5]);
	let last = vec![0, 0, 0, 0, 0, 0, 0, 0, 1];
	assert_eq!(values(shape(3, 1, 1), last, &item), [5, 6, 0, 8, 9, 0, 0, 0, 0]);
	assert_eq!(values(shape(3, 1, 0), vec![1; 9], &item), [45]);
	assert_eq!(values(shape(2, 1, 0), vec![1, 10, -1, -10], &item), [-33; 4]);
	assert_eq!(values(shape(1, 2, 0), vec![-1], &item), [-1, -3, -7, -9]);
	assert_eq!(values(shape(1, 1, 0), vec![1], &[-128; 9]), [-127; 9]);
}

#[test]
fn a_convolution_sums_over_channels_and_has_a_row_for_each_output() {
	let shape = Shape::Convolution {
		channels: 2,
		kernel: 1,
		stride: 1,
		padding: 0,
		requantise: requantise(0, false),
	};
	let network = seen(image(2, 1, 2), shape, vec![1, 2, -1, 3], vec![10, 20]);
	// Channel 0 is (1, 2), channel 1 is (3, 4).
	let expected = vec![10 + 7, 10 + 10, 20 + 8, 20 + 10];
	assert_eq!(network.classify(&[1, 2, 3, 4]).unwrap().logits, expected);
}

#[test]
fn a_pool_rounds_its_mean_down() {
	let pool = |window: u16, item: &[i8]| {
		let shape = Shape::AveragePool { window: window as u8 };
		let network = seen(image(1, window, window), shape, vec![], vec![]);
		network.classify(item).unwrap().logits[0]
	};
	assert_eq!(pool(2, &[1, 1, 1, 0]), 0);
	assert_eq!(pool(2, &[1, 1, 1, 1]), 1);
	assert_eq!(pool(2, &[-1, 0, 0, 0]), -1);
	assert_eq!(pool(2, &[-1; 4]), -1);
	assert_eq!(pool(2, &[-2, -1, -1, -1]), -2);
	assert_eq!(pool(3, &[1, 1, 1, 1, 1, 1, 1, 1, 0]), 0);
	assert_eq!(pool(3, &[-1, 0, 0, 0, 0, 0, 0, 0, 0]), -1);
	assert_eq!(pool(8, &[-128; 64]), -128);
	assert_eq!(pool(8, &[127; 64]), 127);
	// Windows do not overlap, and channels stay apart.
	let two = seen(image(2, 2, 4), Shape::AveragePool { window: 2 }, vec![], vec![]);
	let item = [1, 1, 5, 5, 1, 1, 5, 5, 9, 9, 13, 13, 9, 9, 13, 13];
	assert_eq!(two.classify(&item).unwrap().logits, [1, 5, 9, 13]);
}

#[test]
fn the_label_is_the_lowest_among_the_largest() {
	let label = |biases: Vec<i32>| {
		let count = biases.len();
		let shapes = vec![logits(count as u16)];
		let network = network(Extent::vector(1), shapes, vec![(vec![0; count], biases)]).unwrap();
		network.classify(&[1]).unwrap().label
	};
	assert_eq!(label(vec![-5, 2, -1, 7, 7, 0]), 3);
	assert_eq!(label(vec![MIN_BIAS; 3]), 0);
	let mut biases = vec![0; 256];
	biases[255] = 1;
	assert_eq!(label(biases), 255);
}

#[test]
fn items_of_another_length_are_refused() {
	for found in [0, 15, 17] {
		assert_eq!(
			small().classify(&vec![0; found]),
			Err(ForwardError::InputLength { expected: 16, found })
		);
	}
}

#[test]
fn bytes_and_tensor_round_trip() {
	let network = small();
	let bytes = network.to_bytes();
	assert!(bytes.starts_with(b"quittance.network\x01"));
	assert_eq!(Network::from_bytes(&bytes), Ok(network.clone()));
	let tensor = network.tensor();
	assert_eq!(tensor.len(), 18 + 6 + 24 + 9);
	assert_eq!(tensor[..2], [247, 248], "-9 and -8");
	assert_eq!(tensor[18..24], [5, 0, 0, 249, 255, 255], "5 and -7");
	assert_eq!(Network::from_tensor(network.architecture().clone(), &tensor), Ok(network));
}

#[test]
fn no_other_bytes_are_a_network() {
	let bytes = small().to_bytes();
	for length in 0..bytes.len() {
		let error = if length < 17 { EncodingError::WrongTag } else { EncodingError::Malformed };
		assert_eq!(Network::from_bytes(&bytes[..length]), Err(error.into()), "{length}");
	}
	let mut long = bytes.clone();
	long.push(0);
	assert_eq!(Network::from_bytes(&long), Err(EncodingError::TrailingBytes(1).into()));
	let mut version = bytes.clone();
	version[17] = 2;
	assert_eq!(Network::from_bytes(&version), Err(EncodingError::UnsupportedVersion(2).into()));
	let len = Network::MAX_BYTES + 1;
	let max = Network::MAX_BYTES;
	long.resize(len, 0);
	assert_eq!(Network::from_bytes(&long), Err(EncodingError::TooLarge { len, max }.into()));
	// The compact length of the tensor's 57 bytes, one less and with one byte less.
	let place = bytes.len() - 58;
	assert_eq!(bytes[place], 57 << 2);
	let mut short = bytes.clone();
	short[place] = 56 << 2;
	short.pop();
	assert_eq!(
		Network::from_bytes(&short),
		Err(NetworkError::TensorBytes { expected: 57, found: 56 })
	);
}

/// A convolution has the longest encoding of all layers, and the last layer is none.
#[test]
fn the_longest_architecture_is_as_long_as_its_bound() {
	let convolution = Shape::Convolution {
		channels: 1,
		kernel: 1,
		stride: 1,
		padding: 0,
		requantise: requantise(0, true),
	};
	let mut shapes = vec![convolution; MAX_LAYERS - 1];
	shapes.push(logits(1));
	let longest = Architecture::new(Extent::vector(1), shapes).unwrap();
	assert_eq!(longest.encode().len(), MAX_ARCHITECTURE_BYTES);
	let encoding = |shape: Shape| shape.encode().len();
	assert!(encoding(dense(1, 0, true)) < encoding(convolution));
	assert!(encoding(Shape::AveragePool { window: 2 }) < encoding(convolution));
}

#[test]
fn the_largest_network_fits_its_bound() {
	let shapes = vec![dense(1 << 14, 24, true), dense(14, 24, true), logits(256)];
	let large = network(
		Extent::vector(1),
		shapes,
		vec![
			(vec![-128; 1 << 14], vec![MIN_BIAS; 1 << 14]),
			(vec![127; 14 << 14], vec![MAX_BIAS; 14]),
			(vec![1; 14 * 256], vec![0; 256]),
		],
	)
	.unwrap();
	let bytes = large.to_bytes();
	assert!(bytes.len() <= Network::MAX_BYTES);
	assert_eq!(Network::from_bytes(&bytes), Ok(large));
}

#[test]
fn parameters_must_be_as_many_as_the_architecture_says() {
	let base = small();
	let with = |edit: fn(&mut Vec<Parameters>)| {
		let mut parameters = base.parameters().to_vec();
		edit(&mut parameters);
		Network::new(base.architecture().clone(), parameters).unwrap_err()
	};
	let count = |layer, what, expected, found| NetworkError::ParameterCount {
		layer,
		what,
		expected,
		found,
	};
	assert_eq!(with(|p| p.truncate(2)), NetworkError::LayerCount { expected: 3, found: 2 });
	assert_eq!(with(|p| p.push(p[1].clone())), NetworkError::LayerCount { expected: 3, found: 4 });
	assert_eq!(with(|p| p[0].weights.push(0)), count(0, "weights", 18, 19));
	assert_eq!(with(|p| p[1].biases.push(0)), count(1, "biases", 0, 1));
	assert_eq!(with(|p| p[2].biases.truncate(2)), count(2, "biases", 3, 2));
	assert_eq!(
		Network::from_tensor(base.architecture().clone(), &[0; 56]),
		Err(NetworkError::TensorBytes { expected: 57, found: 56 })
	);
}

#[test]
fn a_bias_has_24_bits_and_sums_are_exact_at_their_ends() {
	let with = |weight: i8, bias: i32| {
		network(Extent::vector(3), vec![logits(2)], vec![(vec![weight; 6], vec![0, bias])])
	};
	for (weight, bias) in [(1, MAX_BIAS), (-128, MAX_BIAS), (127, MIN_BIAS), (0, 0), (0, MIN_BIAS)]
	{
		let network = with(weight, bias).unwrap();
		assert_eq!(Network::from_bytes(&network.to_bytes()).as_ref(), Ok(&network));
		for value in [-128, -127, 0, 127] {
			let expected = bias + 3 * i32::from(weight) * i32::from(value);
			assert_eq!(network.classify(&[value; 3]).unwrap().logits[1], expected);
		}
	}
	for bias in [MAX_BIAS + 1, MIN_BIAS - 1, i32::MAX, i32::MIN] {
		assert_eq!(with(0, bias), Err(NetworkError::Bias { layer: 0, output: 1, bias }));
	}
}

#[test]
fn commitments_are_to_the_shape_and_to_every_byte_of_the_weights() {
	let base = small();
	let commitments = commit(&base);
	assert_eq!(verify(&base, &commitments), Ok(()));
	assert_eq!(commitments.architecture_hash, base.architecture().hash());
	let chain = weights_commitment(base.architecture(), &base.tensor()).unwrap();
	assert_eq!(commitments.poseidon, chain.into());

	let tensor = base.tensor();
	for place in 0..tensor.len() {
		let mut changed = tensor.clone();
		changed[place] ^= 1;
		let changed = Network::from_tensor(base.architecture().clone(), &changed).unwrap();
		let found = commit(&changed);
		assert_eq!(
			verify(&changed, &commitments),
			Err(CommitmentMismatch::Poseidon {
				expected: commitments.poseidon,
				found: found.poseidon
			})
		);
		assert_ne!(found.sha256, commitments.sha256);
		assert_ne!(changed.digest(), base.digest());
	}
}

#[test]
fn a_mismatch_names_the_commitment_that_differs() {
	let base = small();
	let right = commit(&base);
	let mut wrong = right;
	wrong.sha256[0] ^= 1;
	assert_eq!(
		verify(&base, &wrong),
		Err(CommitmentMismatch::Sha256 { expected: wrong.sha256, found: right.sha256 })
	);
	wrong.poseidon.0[0] ^= 1;
	assert_eq!(
		verify(&base, &wrong),
		Err(CommitmentMismatch::Poseidon { expected: wrong.poseidon, found: right.poseidon })
	);
	wrong.architecture_hash[0] ^= 1;
	let error = verify(&base, &wrong).unwrap_err();
	assert_eq!(
		error,
		CommitmentMismatch::ArchitectureHash {
			expected: wrong.architecture_hash,
			found: right.architecture_hash
		}
	);
	assert!(error.to_string().contains(&hex::encode(right.architecture_hash)), "{error}");
	// A shape with as many weights is another commitment.
	let mut shapes = base.architecture().layers().to_vec();
	shapes[0] = Shape::Convolution {
		channels: 2,
		kernel: 3,
		stride: 1,
		padding: 1,
		requantise: requantise(3, true),
	};
	let shifted = Architecture::new(base.architecture().input(), shapes).unwrap();
	let shifted = commit(&Network::from_tensor(shifted, &base.tensor()).unwrap());
	assert_eq!(shifted.sha256, right.sha256);
	assert_ne!(shifted.poseidon, right.poseidon);
	assert_eq!(
		right.to_string(),
		format!(
			"architecture  {}\nposeidon      {}\nsha256        {}",
			hex::encode(right.architecture_hash),
			hex::encode(right.poseidon.0),
			hex::encode(right.sha256)
		)
	);
}

#[test]
fn inputs_and_outputs_are_committed_to_with_their_salt() {
	let network = small();
	let items = [[3i8; 16], [-3; 16]];
	let outputs: Vec<_> = items.iter().map(|item| network.classify(item).unwrap()).collect();
	let input = |salt| network.input_commitment(&items, &[salt; 32]).unwrap();
	let output = |salt| network.output_commitment(&outputs, &[salt; 32]).unwrap();
	assert_ne!(input(1), input(2));
	assert_ne!(output(1), output(2));
	let mut wrong = outputs.clone();
	wrong[1].label ^= 1;
	assert_ne!(network.output_commitment(&wrong, &[1; 32]).unwrap(), output(1));
	wrong[1].logits.pop();
	assert_eq!(
		network.output_commitment(&wrong, &[1; 32]),
		Err(CommitmentError::ItemLogits { item: 1, expected: 3, found: 2 })
	);
	assert_eq!(
		network.input_commitment(&[[0i8; 15]], &[1; 32]),
		Err(CommitmentError::ItemValues { item: 0, expected: 16, found: 15 })
	);
}

#[test]
fn the_weights_digest_is_of_the_tensor_alone() {
	let network = small();
	assert_eq!(network.weights_digest(), commit(&network).sha256);
	let requantised = |shift| {
		let shapes = vec![dense(1, shift, true), logits(1)];
		super::networks::network(Extent::vector(1), shapes, vec![(vec![1], vec![2]); 2]).unwrap()
	};
	// Shifts are of the architecture.
	assert_eq!(requantised(1).weights_digest(), requantised(2).weights_digest());
	assert_ne!(requantised(1).digest(), requantised(2).digest());
}

/// Counted by hand.
#[test]
fn products_are_those_of_every_place() {
	// 2 channels of 9 weights at 16 places; 2 channels of 16 values in the pool; 3 logits of 8 values.
	assert_eq!(small().products(), 2 * 9 * 16 + 2 * 16 + 3 * 8);
	let one = network(Extent::vector(5), vec![logits(3)], vec![(vec![0; 15], vec![0; 3])]).unwrap();
	assert_eq!(one.products(), 15);
}
