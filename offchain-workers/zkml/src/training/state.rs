//! Master weights, and the step from one state to the next.

use quittance_circuits::{
	architecture::{Requantise, VALUE_MAX},
	training::{
		state_commitment, Batch, Matrix, Precision, Sample, TensorError, TrainedLayer, Training,
		WeightPlace,
	},
};
use quittance_types::FieldBytes;
use sha2::{Digest as _, Sha256};

use crate::{
	encoding::Digest,
	network::{Network, NetworkError, Parameters},
};

/// First bytes of what the weights of [`State::random`] are hashes of.
const SEED_TAG: &[u8] = b"quittance.training.initial.v1";

/// Why there is no such state, or no step from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StateError {
	/// Weights or samples do not fit the training.
	#[error(transparent)]
	Tensor(#[from] TensorError),
	/// A weight has more bits than a master weight has.
	#[error("{place}: a weight of {weight} has more than {bits} bits; lower the rate")]
	WeightOutOfRange {
		/// Where it is.
		place: WeightPlace,
		/// The weight.
		weight: i64,
		/// Bits of a master weight.
		bits: usize,
	},
}

/// The two commitments to a state's weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StateCommitments {
	/// [`state_commitment`], as steps are proven about it.
	pub poseidon: FieldBytes,
	/// SHA-256 of [`State::tensor`].
	pub sha256: Digest,
}

/// Master weights, each of as many bits as the training says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
	training: Training,
	weights: Vec<i32>,
}

impl State {
	/// The state of these weights: layer by layer and row by row, the bias last in each row.
	///
	/// # Errors
	///
	/// [`TensorError::WeightCount`] and [`StateError::WeightOutOfRange`].
	pub fn new(training: Training, weights: Vec<i32>) -> Result<Self, StateError> {
		let (expected, found) = (training.weights(), weights.len());
		if found != expected {
			return Err(TensorError::WeightCount { expected, found }.into());
		}
		let precision = training.precision();
		for (place, weight) in weights.iter().enumerate() {
			in_range(&training, precision, place, i64::from(*weight))?;
		}
		Ok(Self { training, weights })
	}

	/// A state to begin with: in byte units each weight is a whole number from -`magnitude` to `magnitude`,
	/// all as likely but for one part in 2^56, and biases are 0. `magnitude` is at most 127: of a larger
	/// one it is 127.
	///
	/// Whoever has the seed can repeat it.
	pub fn random(training: Training, seed: &[u8; 32], magnitude: u8) -> Self {
		let magnitude = i64::from(magnitude.min(VALUE_MAX.unsigned_abs()));
		let span = magnitude.saturating_mul(2).saturating_add(1);
		let unit = 1i64 << training.precision().fraction_bits();
		let mut weights = Vec::with_capacity(training.weights());
		for (layer, matrix) in (0u64..).zip(training.matrices()) {
			let last = matrix.columns.saturating_sub(1);
			for row in 0u64..matrix.rows as u64 {
				for column in 0..matrix.columns {
					let place = [layer, row, column as u64].map(u64::to_le_bytes).concat();
					let hash = Sha256::new().chain_update(SEED_TAG).chain_update(seed);
					let digest = hash.chain_update(place).finalize();
					let drawn =
						digest.iter().take(8).fold(0u64, |sum, byte| sum << 8 | u64::from(*byte));
					let byte = i64::try_from(drawn >> 1).unwrap_or(0).rem_euclid(span);
					let weight = byte.saturating_sub(magnitude).saturating_mul(unit);
					// 127 · 2^12 at most.
					weights.push(if column == last {
						0
					} else {
						i32::try_from(weight).unwrap_or(0)
					});
				}
			}
		}
		Self { training, weights }
	}

	/// What it is a state of.
	pub fn training(&self) -> &Training {
		&self.training
	}

	/// The weights: layer by layer and row by row, the bias last in each row.
	pub fn weights(&self) -> &[i32] {
		&self.weights
	}

	/// The weights as bytes, four for each, little-endian.
	pub fn tensor(&self) -> Vec<u8> {
		self.weights.iter().flat_map(|weight| weight.to_le_bytes()).collect()
	}

	/// The state of the bytes of its weights.
	///
	/// # Errors
	///
	/// [`TensorError::WeightCount`], where bytes that are no whole weight count as one, and
	/// [`StateError::WeightOutOfRange`].
	pub fn from_tensor(training: Training, tensor: &[u8]) -> Result<Self, StateError> {
		let chunks = tensor.chunks_exact(4);
		if !chunks.remainder().is_empty() {
			let (expected, found) = (training.weights(), tensor.len().div_ceil(4));
			return Err(TensorError::WeightCount { expected, found }.into());
		}
		let weight = |bytes: &[u8]| bytes.try_into().map(i32::from_le_bytes).unwrap_or_default();
		Self::new(training, chunks.map(weight).collect())
	}

	/// The commitments to the weights.
	///
	/// # Errors
	///
	/// None: a state has as many weights as its training.
	pub fn commitments(&self) -> Result<StateCommitments, StateError> {
		Ok(StateCommitments {
			poseidon: state_commitment(&self.training, &self.weights)?.into(),
			sha256: Sha256::digest(self.tensor()).into(),
		})
	}

	/// The network that the state stands for.
	///
	/// # Errors
	///
	/// None: no network of such weights overflows, see [`Network::new`].
	pub fn rounding(&self) -> Result<Network, NetworkError> {
		let unit = i32::from(self.training.hyper_parameters().bias_unit);
		let parameters = self.layers().map(|layer| {
			let mut parameters = Parameters::default();
			for row in layer.rows() {
				let Some((bias, weights)) = row.split_last() else { continue };
				parameters.weights.extend(weights);
				parameters.biases.push(i32::from(*bias).saturating_mul(unit));
			}
			parameters
		});
		Network::new(self.training.architecture().clone(), parameters.collect())
	}

	/// The state after one step over a batch.
	///
	/// # Errors
	///
	/// Those of [`Batch::check`], and [`StateError::WeightOutOfRange`] where a weight would have too many
	/// bits.
	pub fn step(&self, batch: &Batch) -> Result<Self, StateError> {
		batch.check(&self.training)?;
		let layers: Vec<_> = self.layers().collect();
		let mut gradients = vec![0i64; self.weights.len()];
		for sample in &batch.samples {
			let Trace { inputs, mut deltas } = self.trace(&layers, sample);
			// From the last layer to the first, each layer's gradients at the end of what is left.
			let mut rest = gradients.as_mut_slice();
			for (layer, inputs) in layers.iter().zip(&inputs).rev() {
				let start = rest.len().saturating_sub(layer.matrix.weights());
				let (before, own) = rest.split_at_mut(start);
				rest = before;
				for (row, delta) in own.chunks_mut(layer.matrix.columns).zip(&deltas) {
					for (gradient, input) in row.iter_mut().zip(self.with_unit(inputs)) {
						*gradient = gradient.saturating_add(delta.saturating_mul(input));
					}
				}
				deltas = layer.deltas_before(&deltas);
				// Of the first layer nobody reads them.
				let Some(before) = layer.place.checked_sub(1).and_then(|place| layers.get(place))
				else {
					break;
				};
				for (delta, value) in deltas.iter_mut().zip(inputs) {
					*delta = if *value > 0 { shifted(*delta, before.shape.delta_shift) } else { 0 };
				}
			}
		}
		let precision = self.training.precision();
		let rate = i64::from(self.training.hyper_parameters().rate);
		let mut weights = Vec::with_capacity(self.weights.len());
		for (place, (weight, gradient)) in self.weights.iter().zip(gradients).enumerate() {
			let next = i64::from(*weight).saturating_sub(rate.saturating_mul(gradient));
			weights.push(in_range(&self.training, precision, place, next)?);
		}
		Ok(Self { training: self.training.clone(), weights })
	}

	/// The sum, over samples and logits, of the squares of the last layer's deltas: what the steps
	/// make smaller. At most 127^2 for each.
	///
	/// # Errors
	///
	/// [`TensorError::SampleValues`] and [`TensorError::Label`].
	pub fn loss(&self, samples: &[Sample]) -> Result<u64, StateError> {
		let layers: Vec<_> = self.layers().collect();
		let mut loss = 0u64;
		for (place, sample) in samples.iter().enumerate() {
			sample.check(self.training.architecture(), place)?;
			let deltas = self.trace(&layers, sample).deltas;
			let squares = deltas.iter().map(|delta| delta.unsigned_abs().saturating_pow(2));
			loss = loss.saturating_add(squares.sum());
		}
		Ok(loss)
	}

	/// The layers with their weights' bytes.
	fn layers(&self) -> impl Iterator<Item = Rounded> + '_ {
		let precision = self.training.precision();
		let mut weights = self.weights.iter();
		self.training.layers().into_iter().enumerate().map(move |(place, shape)| {
			let matrix = shape.matrix();
			let own = weights.by_ref().take(matrix.weights());
			let bytes = own.map(|weight| precision.byte(*weight)).collect();
			Rounded { place, shape, matrix, bytes }
		})
	}

	/// A layer's inputs and the bias unit.
	fn with_unit<'a>(&self, inputs: &'a [i64]) -> impl Iterator<Item = i64> + 'a {
		let unit = i64::from(self.training.hyper_parameters().bias_unit);
		inputs.iter().copied().chain(std::iter::once(unit))
	}

	fn trace(&self, layers: &[Rounded], sample: &Sample) -> Trace {
		let hyper_parameters = self.training.hyper_parameters();
		let mut inputs = Vec::with_capacity(layers.len());
		let mut values: Vec<i64> = sample.values.iter().copied().map(i64::from).collect();
		for layer in layers {
			let with_unit = || self.with_unit(&values);
			let sums: Vec<i64> = layer
				.rows()
				.map(|row| {
					let products = row.iter().zip(with_unit());
					products.map(|(weight, value)| i64::from(*weight).saturating_mul(value)).sum()
				})
				.collect();
			inputs.push(values);
			values = match layer.shape.requantise {
				Some(Requantise { shift, .. }) => {
					sums.iter().map(|sum| (sum >> shift).clamp(0, VALUE_MAX.into())).collect()
				},
				None => sums,
			};
		}
		let target = i64::from(hyper_parameters.target);
		let delta = |(logit, place): (&i64, usize)| {
			let wanted = if place == usize::from(sample.label) { target } else { 0 };
			shifted(logit.saturating_sub(wanted), hyper_parameters.output_shift)
		};
		Trace { inputs, deltas: values.iter().zip(0..).map(delta).collect() }
	}
}

/// What a sample makes of a network.
struct Trace {
	/// What each layer took in.
	inputs: Vec<Vec<i64>>,
	/// The last layer's.
	deltas: Vec<i64>,
}

/// A layer as the network computes with it.
struct Rounded {
	place: usize,
	shape: TrainedLayer,
	matrix: Matrix,
	bytes: Vec<i8>,
}

impl Rounded {
	fn rows(&self) -> impl Iterator<Item = &[i8]> {
		self.bytes.chunks(self.matrix.columns)
	}

	/// What comes back through the weights to each input; nothing to the bias unit.
	fn deltas_before(&self, deltas: &[i64]) -> Vec<i64> {
		let mut before = vec![0i64; self.shape.inputs];
		for (row, delta) in self.rows().zip(deltas) {
			for (sum, weight) in before.iter_mut().zip(row) {
				*sum = sum.saturating_add(i64::from(*weight).saturating_mul(*delta));
			}
		}
		before
	}
}

/// clamp(floor(number / 2^shift), -127, 127).
fn shifted(number: i64, shift: u8) -> i64 {
	let largest = i64::from(VALUE_MAX);
	(number >> shift).clamp(largest.saturating_neg(), largest)
}

fn in_range(
	training: &Training,
	precision: Precision,
	place: usize,
	weight: i64,
) -> Result<i32, StateError> {
	match i32::try_from(weight) {
		Ok(narrow) if precision.contains(weight) => Ok(narrow),
		_ => Err(StateError::WeightOutOfRange {
			place: training.place(place),
			weight,
			bits: precision.weight_bits(),
		}),
	}
}
