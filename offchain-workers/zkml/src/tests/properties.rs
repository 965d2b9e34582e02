//! Inference against a second reading of its definition: in 128 bits, over nested indices instead of
//! windows, with floors by subtraction of the remainder instead of shifts.

use crate::{Network, Parameters};
use proptest::prelude::*;
use quittance_circuits::architecture::{
	Architecture, ArchitectureError, Extent, Layer as Shape, Placed, Requantise, MAX_BIAS, MIN_BIAS,
};

type Tensor = Vec<Vec<Vec<i128>>>;

/// The greatest multiple's count: how often `by` goes into `number`, rounding towards minus infinity.
fn floor(number: i128, by: i128) -> i128 {
	let mut remainder = number % by;
	if remainder < 0 {
		remainder += by;
	}
	(number - remainder) / by
}

fn naive(sum: i128, Requantise { shift, rectify }: Requantise) -> i128 {
	let value = floor(sum, 2i128.pow(shift.into()));
	let value = if value > 127 { 127 } else { value };
	match (rectify, value) {
		(true, ..=-1) => 0,
		(false, ..=-128) => -127,
		_ => value,
	}
}

fn naive_layer(placed: &Placed, parameters: &Parameters, x: &Tensor) -> Tensor {
	let (outputs, rows, columns) = (
		usize::from(placed.output.channels),
		usize::from(placed.output.rows),
		usize::from(placed.output.columns),
	);
	let mut y = vec![vec![vec![0; columns]; rows]; outputs];
	match placed.layer {
		Shape::Dense { requantise, .. } => {
			let flat: Vec<i128> = x.iter().flatten().flatten().copied().collect();
			for (o, y) in y.iter_mut().enumerate() {
				let mut sum = i128::from(parameters.biases[o]);
				for (k, value) in flat.iter().enumerate().rev() {
					sum += i128::from(parameters.weights[o * flat.len() + k]) * value;
				}
				assert!(i32::try_from(sum).is_ok(), "a network's sums fit 32 bits");
				y[0][0] = requantise.map_or(sum, |requantise| naive(sum, requantise));
			}
		},
		Shape::Convolution { kernel, stride, padding, requantise, .. } => {
			let (k, s, p) = (usize::from(kernel), usize::from(stride), usize::from(padding));
			let channels = x.len();
			let (height, width) = (x[0].len(), x[0][0].len());
			// From what is taken in to what it adds to, the other way round than the reference.
			let mut sums: Vec<Vec<Vec<i128>>> = parameters
				.biases
				.iter()
				.map(|bias| vec![vec![i128::from(*bias); columns]; rows])
				.collect();
			for (o, sums) in sums.iter_mut().enumerate() {
				for (c, x) in x.iter().enumerate() {
					for i in 0..height + 2 * p {
						for j in 0..width + 2 * p {
							let inside = i >= p && j >= p && i < height + p && j < width + p;
							let value = if inside { x[i - p][j - p] } else { 0 };
							for a in 0..k {
								for b in 0..k {
									if i < a || j < b || (i - a) % s != 0 || (j - b) % s != 0 {
										continue;
									}
									let (row, column) = ((i - a) / s, (j - b) / s);
									if row < rows && column < columns {
										let place = ((o * channels + c) * k + a) * k + b;
										sums[row][column] +=
											i128::from(parameters.weights[place]) * value;
									}
								}
							}
						}
					}
				}
			}
			let sums = sums.into_iter().flatten().flatten();
			for (y, sum) in y.iter_mut().flatten().flatten().zip(sums) {
				assert!(i32::try_from(sum).is_ok(), "a network's sums fit 32 bits");
				*y = naive(sum, requantise);
			}
		},
		Shape::AveragePool { window } => {
			let w = usize::from(window);
			for (c, channel) in x.iter().enumerate() {
				for (i, row) in channel.iter().enumerate() {
					for (j, value) in row.iter().enumerate() {
						y[c][i / w][j / w] += value;
					}
				}
			}
			let area = i128::from(window) * i128::from(window);
			y.iter_mut().flatten().flatten().for_each(|value| *value = floor(*value, area));
		},
	}
	y
}

/// Label and logits.
fn naively(network: &Network, item: &[i8]) -> (usize, Vec<i128>) {
	let Extent { rows, columns, .. } = network.architecture().input();
	let mut x: Tensor = item
		.chunks(usize::from(rows) * usize::from(columns))
		.map(|channel| {
			let rows = channel.chunks(usize::from(columns));
			rows.map(|row| row.iter().copied().map(i128::from).collect()).collect()
		})
		.collect();
	for (placed, parameters) in network.architecture().placed().zip(network.parameters()) {
		x = naive_layer(&placed, parameters, &x);
	}
	let logits: Vec<i128> = x.into_iter().flatten().flatten().collect();
	let largest = logits.iter().max().unwrap();
	(logits.iter().position(|logit| logit == largest).unwrap(), logits)
}

fn requantise() -> impl Strategy<Value = Requantise> {
	(prop_oneof![3 => 0u8..8, 1 => 8u8..=24], any::<bool>())
		.prop_map(|(shift, rectify)| Requantise { shift, rectify })
}

fn shape() -> impl Strategy<Value = Shape> {
	prop_oneof![
		3 => (1u16..5, 1u8..5, 1u8..4, 0u8..3, requantise()).prop_map(
			|(channels, kernel, stride, padding, requantise)| Shape::Convolution {
				channels,
				kernel,
				stride,
				padding: padding.min(kernel - 1),
				requantise,
			}
		),
		2 => (2u8..4).prop_map(|window| Shape::AveragePool { window }),
		1 => (1u16..7, requantise())
			.prop_map(|(outputs, requantise)| Shape::Dense { outputs, requantise: Some(requantise) }),
	]
}

fn architecture() -> impl Strategy<Value = Architecture> {
	let input = (1u16..4, 1u16..9, 1u16..9).prop_map(|(channels, rows, columns)| Extent {
		channels,
		rows,
		columns,
	});
	(input, proptest::collection::vec(shape(), 0..4), 1u16..6).prop_map(
		|(input, drawn, outputs)| {
			let last = Shape::Dense { outputs, requantise: None };
			// Of the layers drawn those stay that fit what is before them.
			let mut shapes = vec![];
			for shape in drawn {
				let longer = [shapes.clone(), vec![shape, last]].concat();
				match Architecture::new(input, longer) {
					Ok(_) => shapes.push(shape),
					Err(
						ArchitectureError::KernelDoesNotFit { .. }
						| ArchitectureError::WindowDoesNotDivide { .. },
					) => {},
					Err(error) => panic!("{error}"),
				}
			}
			shapes.push(last);
			Architecture::new(input, shapes).unwrap()
		},
	)
}

/// A byte, often one at the edge.
fn byte() -> impl Strategy<Value = i8> {
	prop_oneof![4 => any::<i8>(), 2 => -3i8..4, 1 => Just(-128), 1 => Just(127), 1 => Just(0)]
}

/// A bias, often one at an end.
fn bias() -> impl Strategy<Value = i32> {
	prop_oneof![4 => -2000i32..2000, 1 => MIN_BIAS..=MAX_BIAS, 1 => Just(MIN_BIAS), 1 => Just(MAX_BIAS)]
}

fn network() -> impl Strategy<Value = Network> {
	let parameters = |architecture: Architecture| {
		let (weights, biases) = (architecture.weights(), architecture.biases());
		(
			Just(architecture),
			proptest::collection::vec(byte(), weights),
			proptest::collection::vec(bias(), biases),
		)
	};
	architecture().prop_flat_map(parameters).prop_map(|(architecture, weights, biases)| {
		let (mut weights, mut biases) = (weights.into_iter(), biases.into_iter());
		let parameters = architecture
			.placed()
			.map(|placed| {
				let weights = weights.by_ref().take(placed.weights()).collect();
				let biases = biases.by_ref().take(placed.biases()).collect();
				Parameters { weights, biases }
			})
			.collect();
		Network::new(architecture, parameters).unwrap()
	})
}

fn network_and_items() -> impl Strategy<Value = (Network, Vec<Vec<i8>>)> {
	network().prop_flat_map(|network| {
		let values = network.architecture().input().values();
		let edge = prop_oneof![Just(-128i8), Just(127i8)];
		let item = prop_oneof![
			3 => proptest::collection::vec(byte(), values),
			1 => proptest::collection::vec(edge, values),
		];
		(Just(network), proptest::collection::vec(item, 1..4))
	})
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(4000))]

	#[test]
	fn inference_is_what_a_naive_evaluation_gives((network, items) in network_and_items()) {
		for item in items {
			let found = network.classify(&item).unwrap();
			let (label, logits) = naively(&network, &item);
			prop_assert_eq!(usize::from(found.label), label);
			let found: Vec<i128> = found.logits.into_iter().map(i128::from).collect();
			prop_assert_eq!(found, logits);
		}
	}

	#[test]
	fn every_network_has_one_encoding(network in network()) {
		let bytes = network.to_bytes();
		prop_assert!(bytes.len() <= Network::MAX_BYTES);
		let decoded = Network::from_bytes(&bytes).unwrap();
		prop_assert_eq!(decoded.to_bytes(), bytes);
		prop_assert_eq!(decoded, network);
	}

	#[test]
	fn bytes_that_are_changed_are_refused_or_another_network(
		network in network(),
		place in any::<prop::sample::Index>(),
		change in 1u8..,
	) {
		let mut bytes = network.to_bytes();
		let place = place.index(bytes.len());
		bytes[place] ^= change;
		if let Ok(other) = Network::from_bytes(&bytes) {
			prop_assert_ne!(&other, &network);
			prop_assert_eq!(other.to_bytes(), bytes);
		}
	}
}
