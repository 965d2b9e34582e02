//! Training in integers: what a run fixes before its first step, and the commitments to what its steps read
//! and write. The steps themselves are [`training_step`](crate::training_step)'s.
//!
//! A trained network has dense layers only, all of which but the last rectify. Its *master weights* are
//! integers of 8 + f bits, -2^(7+f) to 2^(7+f) - 1, with f fraction bits. The matrix of a layer has a row for
//! each output and a column for each input, and one column more, the bias's, whose input is always the
//! bias unit. What the network computes with is floor(w / 2^f), a signed byte: the *rounding* of the weights is
//! a network as [`architecture`](crate::architecture) has it, with those bytes as weights and, as biases, the
//! bytes of the last columns times the bias unit.
//!
//! One step over a batch, in which sample b has the values x and the label y:
//!
//! ```text
//! z       = the logits of the rounding
//! d_j     = clamp(floor((z_j - target [j = y]) / 2^output_shift), -127, 127)        the last layer
//! e_i     = sum_j floor(w_ji / 2^f) d_j                                   w, d of the layer behind
//! d_i     = [value_i > 0] clamp(floor(e_i / 2^hidden_shift), -127, 127)             other layers
//! w'_ij   = w_ij - rate sum_b d_i x_j             x_j: the layer's inputs, and then the bias unit
//! ```
//!
//! Nothing is rounded but where it says floor, and weights are not clamped: a step is refused where a weight
//! of the state before has more than 8 + f bits.
//!
//! A state is packed by columns: [`Precision::per_element`] weights of one column, of rows that follow each
//! other, make one element, the sum of w 2^(slot · place) over the field's integers, so that the update
//! of an element is one product for each sample. Layers are in order, within a layer the groups of
//! rows, within a group the columns. The slots have four bits more than a weight, and the rate is bounded so that
//! a weight after any step is within them: such a sum is then below half the field's order and has one
//! meaning.
//!
//! | commitment | tag of the head | the rest of the head | elements |
//! |---|---|---|---|
//! | state | `quittance.training-state.v1` | limbs of [`Training::hash`], weights | the state's |
//! | batch | `quittance.training-batch.v1` | samples, bytes, limbs of the salt | for each sample the label, then the values, packed as bytes |
//! | batches | `quittance.training-batches.v1` | their number | the batches' |
//!
//! Each is the chain of [`commitment`](crate::commitment).

use crate::{
	architecture::{Architecture, Layer, Requantise, MAX_SHIFT},
	commitment::{chain, pack},
	gadgets::integers::power_of_two,
};
use ark_bn254::Fr;
use ark_ff::{BigInteger, PrimeField};
use codec::{Decode, Encode, Input};
use quittance_poseidon::{hash, tag, tree, Native};
use quittance_types::{blake2_256, limbs};

/// Fewest fraction bits.
pub const MIN_FRACTION_BITS: u8 = 4;
/// Most fraction bits.
pub const MAX_FRACTION_BITS: u8 = 12;
/// Largest bias unit.
pub const MAX_BIAS_UNIT: u8 = 127;
/// Largest target.
pub const MAX_TARGET: u32 = 1 << 24;
/// Bits of a slot beyond those of a weight.
pub const HEADROOM_BITS: usize = 4;
/// Numbers of steps that a proof may be about.
pub const STEPS: [usize; 6] = [1, 2, 4, 8, 16, 32];
/// Depth of the tree of a data set, of which each leaf is the commitment to the batches of one proof.
pub const DATA_SET_DEPTH: u32 = 10;
/// Most leaves of a data set.
pub const MAX_UNITS: usize = 1 << (2 * DATA_SET_DEPTH);
/// Version of [`Training::hash`] and of the meaning of what it covers.
pub const TRAINING_VERSION: u8 = 1;

/// First input of the head of a commitment to a state.
pub const STATE_TAG: Fr = tag("quittance.training-state.v1");
/// First input of the head of a commitment to a batch.
pub const BATCH_TAG: Fr = tag("quittance.training-batch.v1");
/// First input of the head of a commitment to batches.
pub const BATCHES_TAG: Fr = tag("quittance.training-batches.v1");

const TAG: &[u8] = b"quittance.training";

/// Bits of a field element in which slots are: integers below 2^253 in magnitude are told apart in the field.
pub(crate) const ELEMENT_BITS: usize = 253;

/// Largest size of a gradient's term: a delta of 127 times a value of -128.
const LARGEST_TERM: u64 = 127 * 128;

/// How many bits master weights have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Precision {
	fraction_bits: u8,
}

impl Precision {
	/// Weights of so many fraction bits.
	///
	/// # Errors
	///
	/// [`TrainingError::FractionBits`].
	pub fn new(fraction_bits: u8) -> Result<Self, TrainingError> {
		match fraction_bits {
			MIN_FRACTION_BITS..=MAX_FRACTION_BITS => Ok(Self { fraction_bits }),
			_ => Err(TrainingError::FractionBits(fraction_bits)),
		}
	}

	/// Bits below the byte that the network computes with, 4 to 12.
	pub fn fraction_bits(&self) -> usize {
		self.fraction_bits.into()
	}

	/// Bits of a weight, 12 to 20.
	pub fn weight_bits(&self) -> usize {
		8 + self.fraction_bits()
	}

	/// Bits of a weight's slot in an element.
	pub fn slot_bits(&self) -> usize {
		self.weight_bits() + HEADROOM_BITS
	}

	/// Weights in an element: 10 to 15.
	pub fn per_element(&self) -> usize {
		ELEMENT_BITS / self.slot_bits()
	}

	/// Whether a weight has no more bits than a weight has.
	pub fn contains(&self, weight: i64) -> bool {
		let end = 1i64 << (self.weight_bits() - 1);
		(-end..end).contains(&weight)
	}

	/// The byte that the network computes with; of a weight with too many bits, its lowest eight.
	pub fn byte(&self, weight: i32) -> i8 {
		(weight >> self.fraction_bits) as i8
	}

	/// The largest rate times samples for which weights stay within their slots: 2^(7+f) and that many terms
	/// are together at most 2^(11+f), of which a slot has one and the sign.
	pub fn largest_rate(&self) -> u64 {
		(((1 << HEADROOM_BITS) - 1) << (self.weight_bits() - 1)) / LARGEST_TERM
	}

	/// Weights of rows that follow each other, and of one column, in one element.
	pub(crate) fn element(&self, weights: impl Iterator<Item = i64>) -> Fr {
		weights.enumerate().fold(Fr::from(0u8), |sum, (place, weight)| {
			let magnitude =
				Fr::from(weight.unsigned_abs()) * power_of_two(self.slot_bits() * place);
			if weight < 0 {
				sum - magnitude
			} else {
				sum + magnitude
			}
		})
	}

	/// The weights in an element that has so many of them, of any that fit their slots.
	pub(crate) fn weights(&self, element: Fr, count: usize) -> Vec<i64> {
		let half = power_of_two(self.slot_bits() - 1);
		let lifted = (0..count)
			.fold(element, |sum, place| sum + half * power_of_two(self.slot_bits() * place));
		let lifted = lifted.into_bigint();
		(0..count)
			.map(|place| {
				let slot = (0..self.slot_bits()).fold(0, |slot, bit| {
					slot | i64::from(lifted.get_bit(self.slot_bits() * place + bit)) << bit
				});
				slot - (1 << (self.slot_bits() - 1))
			})
			.collect()
	}
}

/// The size of a matrix of master weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Matrix {
	/// Outputs.
	pub rows: usize,
	/// Inputs, and the bias unit where there is one.
	pub columns: usize,
}

impl Matrix {
	/// Number of weights.
	pub fn weights(&self) -> usize {
		self.rows * self.columns
	}

	/// Number of elements that it is packed into.
	pub fn elements(&self, precision: Precision) -> usize {
		self.rows.div_ceil(precision.per_element()) * self.columns
	}

	/// The weights, row by row, that are in its elements.
	pub(crate) fn unpack(&self, precision: Precision, elements: &[Fr]) -> Vec<i64> {
		let mut weights = vec![0; self.weights()];
		let columns = self.columns;
		for (place, element) in elements.iter().enumerate() {
			let (group, column) = (place / columns, place % columns);
			let first = group * precision.per_element();
			let rows = precision.per_element().min(self.rows - first);
			for (row, weight) in precision.weights(*element, rows).into_iter().enumerate() {
				weights[(first + row) * columns + column] = weight;
			}
		}
		weights
	}

	/// The elements that its weights, row by row, are packed into.
	fn pack(self, precision: Precision, weights: &[i32]) -> Vec<Fr> {
		let rows: Vec<_> = weights.chunks(self.columns).collect();
		let group = |rows: &[&[i32]]| -> Vec<Fr> {
			let column = |column: usize| {
				precision
					.element(rows.iter().filter_map(|row| row.get(column).map(|w| i64::from(*w))))
			};
			(0..self.columns).map(column).collect()
		};
		rows.chunks(precision.per_element()).flat_map(group).collect()
	}
}

/// The elements that the weights of some matrices, matrix by matrix and row by row, are packed into.
pub fn pack_matrices(precision: Precision, matrices: &[Matrix], mut weights: &[i32]) -> Vec<Fr> {
	let mut elements = Vec::new();
	for matrix in matrices {
		let (own, rest) = weights.split_at(matrix.weights().min(weights.len()));
		elements.extend(matrix.pack(precision, own));
		weights = rest;
	}
	elements
}

/// What a run fixes beside its architecture.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Encode, Decode)]
pub struct HyperParameters {
	/// Bits of a master weight below those of a byte, [`MIN_FRACTION_BITS`] to [`MAX_FRACTION_BITS`].
	pub fraction_bits: u8,
	/// What the bias's weight is multiplied by, 1 to [`MAX_BIAS_UNIT`].
	pub bias_unit: u8,
	/// Samples in each batch, at least 1.
	pub samples: u16,
	/// What the gradients are multiplied by, at least 1. Times `samples` at most
	/// [`Precision::largest_rate`].
	pub rate: u16,
	/// What the logit of the label is to be, while the others are to be zero: 1 to [`MAX_TARGET`].
	pub target: u32,
	/// The last layer's deltas are divided by 2^this; at most [`MAX_SHIFT`].
	pub output_shift: u8,
	/// Of each layer but the last: its deltas are divided by 2^this; at most [`MAX_SHIFT`].
	pub hidden_shifts: Vec<u8>,
}

/// Why there is no such [`Training`]. Layers count from 0, the input's side first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TrainingError {
	/// A layer is no dense one.
	#[error("layer {layer} is not dense: only networks of dense layers are trained")]
	NotDense {
		/// Which layer.
		layer: usize,
	},
	/// A layer but the last does not rectify.
	#[error("layer {layer} does not rectify: every trained layer but the last must")]
	NotRectified {
		/// Which layer.
		layer: usize,
	},
	/// Too few or too many fraction bits.
	#[error("{0} fraction bits, not {MIN_FRACTION_BITS} to {MAX_FRACTION_BITS}")]
	FractionBits(u8),
	/// The bias unit is 0 or above [`MAX_BIAS_UNIT`].
	#[error("bias unit {0}, not 1 to {MAX_BIAS_UNIT}")]
	BiasUnit(u8),
	/// A batch of no samples.
	#[error("a batch must have at least one sample")]
	NoSamples,
	/// A rate of 0, with which nothing is learnt.
	#[error("the rate must be at least 1")]
	NoRate,
	/// A weight might leave its slot in one step.
	#[error(
		"rate {rate} times {samples} samples is more than {largest}: lower one of them or take more \
		 fraction bits"
	)]
	RateTooLarge {
		/// The rate.
		rate: u16,
		/// Samples of a batch.
		samples: u16,
		/// Most that their product may be for these fraction bits.
		largest: u64,
	},
	/// The target is 0 or above [`MAX_TARGET`].
	#[error("target {0}, not 1 to {MAX_TARGET}")]
	Target(u32),
	/// The output shift is above [`MAX_SHIFT`].
	#[error("output shift {0}, more than {MAX_SHIFT}")]
	OutputShift(u8),
	/// Not one hidden shift for each layer but the last.
	#[error("{found} hidden shifts for {expected} layers before the last")]
	HiddenShiftCount {
		/// Layers before the last.
		expected: usize,
		/// Shifts given.
		found: usize,
	},
	/// A hidden shift is above [`MAX_SHIFT`].
	#[error("layer {layer}: hidden shift {shift}, more than {MAX_SHIFT}")]
	HiddenShift {
		/// Which layer.
		layer: usize,
		/// Its shift.
		shift: u8,
	},
}

/// What a layer is to training.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TrainedLayer {
	/// Values taken in, without the bias unit.
	pub inputs: usize,
	/// Values or logits given.
	pub outputs: usize,
	/// From sums to values; `None` for the logits.
	pub requantise: Option<Requantise>,
	/// From what comes back to deltas: the output shift for the last layer.
	pub delta_shift: u8,
}

impl TrainedLayer {
	/// Its weights, the bias's column last.
	pub fn matrix(&self) -> Matrix {
		Matrix { rows: self.outputs, columns: self.inputs + 1 }
	}
}

/// A network to be trained and how: all that a step depends on but its weights and its samples.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Training {
	architecture: Architecture,
	hyper_parameters: HyperParameters,
}

impl Training {
	/// Training of a network of this architecture.
	///
	/// # Errors
	///
	/// [`TrainingError`], the first that applies.
	pub fn new(
		architecture: Architecture,
		hyper_parameters: HyperParameters,
	) -> Result<Self, TrainingError> {
		use TrainingError as E;
		let hidden = architecture.layers().len() - 1;
		for (layer, shape) in architecture.layers().iter().enumerate() {
			match shape {
				Layer::Dense { requantise: Some(Requantise { rectify: false, .. }), .. } => {
					return Err(E::NotRectified { layer })
				},
				Layer::Dense { .. } => (),
				Layer::Convolution { .. } | Layer::AveragePool { .. } => {
					return Err(E::NotDense { layer })
				},
			}
		}
		let HyperParameters {
			fraction_bits,
			bias_unit,
			samples,
			rate,
			target,
			output_shift,
			ref hidden_shifts,
		} = hyper_parameters;
		let precision = Precision::new(fraction_bits)?;
		if !(1..=MAX_BIAS_UNIT).contains(&bias_unit) {
			return Err(E::BiasUnit(bias_unit));
		}
		if samples == 0 {
			return Err(E::NoSamples);
		}
		if rate == 0 {
			return Err(E::NoRate);
		}
		let largest = precision.largest_rate();
		if u64::from(rate) * u64::from(samples) > largest {
			return Err(E::RateTooLarge { rate, samples, largest });
		}
		if !(1..=MAX_TARGET).contains(&target) {
			return Err(E::Target(target));
		}
		if output_shift > MAX_SHIFT {
			return Err(E::OutputShift(output_shift));
		}
		if hidden_shifts.len() != hidden {
			return Err(E::HiddenShiftCount { expected: hidden, found: hidden_shifts.len() });
		}
		if let Some(layer) = hidden_shifts.iter().position(|shift| *shift > MAX_SHIFT) {
			return Err(E::HiddenShift { layer, shift: hidden_shifts[layer] });
		}
		Ok(Self { architecture, hyper_parameters })
	}

	/// The network's shape.
	pub fn architecture(&self) -> &Architecture {
		&self.architecture
	}

	/// The rest.
	pub fn hyper_parameters(&self) -> &HyperParameters {
		&self.hyper_parameters
	}

	/// How many bits its weights have.
	pub fn precision(&self) -> Precision {
		Precision { fraction_bits: self.hyper_parameters.fraction_bits }
	}

	/// Samples in a batch.
	pub fn samples(&self) -> usize {
		self.hyper_parameters.samples.into()
	}

	/// Bytes of a batch: for each sample the label and the values.
	pub fn batch_bytes(&self) -> usize {
		self.samples() * (1 + self.architecture.input().values())
	}

	/// The layers, the input's side first.
	pub fn layers(&self) -> Vec<TrainedLayer> {
		let HyperParameters { hidden_shifts, output_shift, .. } = &self.hyper_parameters;
		let shifts = hidden_shifts.iter().chain(std::iter::once(output_shift));
		let layer = |(placed, delta_shift): (crate::architecture::Placed, &u8)| TrainedLayer {
			inputs: placed.input.values(),
			outputs: placed.output.values(),
			requantise: placed.requantise(),
			delta_shift: *delta_shift,
		};
		self.architecture.placed().zip(shifts).map(layer).collect()
	}

	/// The layers' matrices.
	pub fn matrices(&self) -> Vec<Matrix> {
		self.layers().iter().map(TrainedLayer::matrix).collect()
	}

	/// Number of master weights, those of the biases included.
	pub fn weights(&self) -> usize {
		self.matrices().iter().map(Matrix::weights).sum()
	}

	/// Number of elements of a state.
	pub fn elements(&self) -> usize {
		self.matrices().iter().map(|matrix| matrix.elements(self.precision())).sum()
	}

	/// Which weight, of a state's, the one at a place is.
	pub fn place(&self, mut place: usize) -> WeightPlace {
		let matrices = self.matrices();
		let mut layer = 0;
		while layer + 1 < matrices.len() && place >= matrices[layer].weights() {
			place -= matrices[layer].weights();
			layer += 1;
		}
		let columns = matrices[layer].columns;
		WeightPlace { layer, row: place / columns, column: place % columns }
	}

	/// BLAKE2b-256 of `quittance.training`, [`TRAINING_VERSION`] and SCALE of architecture and
	/// hyper-parameters.
	pub fn hash(&self) -> [u8; 32] {
		let mut bytes = TAG.to_vec();
		bytes.push(TRAINING_VERSION);
		self.encode_to(&mut bytes);
		blake2_256(&bytes)
	}
}

/// The architecture, then the hyper-parameters.
impl Encode for Training {
	fn size_hint(&self) -> usize {
		self.architecture.size_hint() + self.hyper_parameters.size_hint()
	}

	fn encode_to<O: codec::Output + ?Sized>(&self, to: &mut O) {
		self.architecture.encode_to(to);
		self.hyper_parameters.encode_to(to);
	}
}

/// Only what [`Training::new`] accepts.
impl Decode for Training {
	fn decode<I: Input>(from: &mut I) -> Result<Self, codec::Error> {
		let architecture = Architecture::decode(from)?;
		Self::new(architecture, HyperParameters::decode(from)?).map_err(|error| {
			codec::Error::from("no training of this network").chain(error.to_string())
		})
	}
}

/// Where a master weight is. All count from 0; the last column is the bias's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WeightPlace {
	/// Which layer.
	pub layer: usize,
	/// Which of its outputs.
	pub row: usize,
	/// Which of its inputs.
	pub column: usize,
}

impl std::fmt::Display for WeightPlace {
	fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
		write!(f, "layer {}, row {}, column {}", self.layer, self.row, self.column)
	}
}

/// What is learnt from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sample {
	/// Which logit is to be the largest.
	pub label: u8,
	/// What the network takes in.
	pub values: Vec<i8>,
}

/// The samples of one step.
///
/// There is no `Debug`: these are somebody's data.
#[derive(Clone, PartialEq, Eq)]
pub struct Batch {
	/// As many as the training says.
	pub samples: Vec<Sample>,
	/// 32 random bytes, of this batch alone.
	pub salt: [u8; 32],
}

/// Why a state or a batch is not one of a training.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TensorError {
	/// Not as many weights as the architecture has.
	#[error("{found} master weights, but the architecture has {expected}")]
	WeightCount {
		/// Weights by the architecture, with those of the biases.
		expected: usize,
		/// Weights given.
		found: usize,
	},
	/// Not as many samples as a batch has.
	#[error("a batch of {found} samples, but the training's have {expected}")]
	SampleCount {
		/// Samples by the training.
		expected: usize,
		/// Samples given.
		found: usize,
	},
	/// A sample has not the values that the architecture takes in.
	#[error("sample {sample} has {found} values, but the architecture takes {expected}")]
	SampleValues {
		/// Which sample.
		sample: usize,
		/// Values by the architecture.
		expected: usize,
		/// Values given.
		found: usize,
	},
	/// A sample's label is none of the architecture's logits.
	#[error("sample {sample} has the label {label}, but the architecture has {logits} logits")]
	Label {
		/// Which sample.
		sample: usize,
		/// Its label.
		label: u8,
		/// Logits by the architecture.
		logits: usize,
	},
}

impl Batch {
	/// Whether it is a batch of this training.
	///
	/// # Errors
	///
	/// [`TensorError::SampleCount`], [`TensorError::SampleValues`] and [`TensorError::Label`].
	pub fn check(&self, training: &Training) -> Result<(), TensorError> {
		self.check_for(training.architecture(), training.samples())
	}

	/// Whether it is a batch of so many samples for a network of this architecture.
	///
	/// # Errors
	///
	/// Those of [`check`](Self::check).
	pub fn check_for(
		&self,
		architecture: &Architecture,
		samples: usize,
	) -> Result<(), TensorError> {
		let (expected, found) = (samples, self.samples.len());
		if found != expected {
			return Err(TensorError::SampleCount { expected, found });
		}
		self.samples
			.iter()
			.enumerate()
			.try_for_each(|(place, sample)| sample.check(architecture, place))
	}

	/// The commitment to it.
	///
	/// # Errors
	///
	/// Those of [`check`](Self::check).
	pub fn commitment(&self, training: &Training) -> Result<Fr, TensorError> {
		self.commitment_for(training.architecture(), training.samples())
	}

	/// The commitment to it, as a batch of so many samples for a network of this architecture.
	///
	/// # Errors
	///
	/// Those of [`check`](Self::check).
	pub fn commitment_for(
		&self,
		architecture: &Architecture,
		samples: usize,
	) -> Result<Fr, TensorError> {
		self.check_for(architecture, samples)?;
		let mut bytes = Vec::new();
		for sample in &self.samples {
			bytes.push(sample.label);
			bytes.extend(sample.values.iter().map(|value| value.to_le_bytes()[0]));
		}
		Ok(chain(batch_head(self.samples.len(), bytes.len(), &self.salt), &pack(&bytes)))
	}
}

impl Sample {
	/// Whether a network of this architecture can learn from it; `place` is for the error.
	///
	/// # Errors
	///
	/// [`TensorError::SampleValues`] and [`TensorError::Label`].
	pub fn check(&self, architecture: &Architecture, place: usize) -> Result<(), TensorError> {
		let (expected, found) = (architecture.input().values(), self.values.len());
		if found != expected {
			return Err(TensorError::SampleValues { sample: place, expected, found });
		}
		let logits = architecture.logits();
		if usize::from(self.label) >= logits {
			return Err(TensorError::Label { sample: place, label: self.label, logits });
		}
		Ok(())
	}
}

/// The head of a commitment to a state of so many weights.
pub fn state_head(training_hash: &[u8; 32], weights: usize) -> Fr {
	let [low, high] = limbs(training_hash);
	hash(&[STATE_TAG, low, high, Fr::from(weights as u64)])
}

/// The head of a commitment to a batch of `samples` samples that are `bytes` bytes in all.
pub fn batch_head(samples: usize, bytes: usize, salt: &[u8; 32]) -> Fr {
	let [low, high] = limbs(salt);
	hash(&[BATCH_TAG, Fr::from(samples as u64), Fr::from(bytes as u64), low, high])
}

/// The head of a commitment to so many batches.
pub fn batches_head(batches: usize) -> Fr {
	hash(&[BATCHES_TAG, Fr::from(batches as u64)])
}

/// The commitment to master weights, layer by layer and row by row, the bias last in each row.
///
/// It has no salt: whoever knows the weights can recognise it. Weights of any size have one.
///
/// # Errors
///
/// [`TensorError::WeightCount`].
pub fn state_commitment(training: &Training, weights: &[i32]) -> Result<Fr, TensorError> {
	let expected = training.weights();
	if weights.len() != expected {
		return Err(TensorError::WeightCount { expected, found: weights.len() });
	}
	let elements = pack_matrices(training.precision(), &training.matrices(), weights);
	Ok(chain(state_head(&training.hash(), expected), &elements))
}

/// The commitment to batches by theirs, in the order in which they are learnt from: a leaf of the data set.
pub fn batches_commitment(batches: &[Fr]) -> Fr {
	chain(batches_head(batches.len()), batches)
}

/// The root of the tree of a data set's leaves; `None` for more than [`MAX_UNITS`].
pub fn data_set_root(leaves: &[Fr]) -> Option<Fr> {
	tree::root::<Native>(leaves, DATA_SET_DEPTH)
}

#[cfg(test)]
mod tests;
