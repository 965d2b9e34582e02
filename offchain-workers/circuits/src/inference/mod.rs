//! Inference: the outputs behind one commitment are those of the network behind a second one, for the
//! inputs behind a third one.
//!
//! A circuit is for one [`Architecture`], a number of items, and labels that are public or hidden
//! ([`Parameters`]). Public signals, in order: `context_lo`, `context_hi`, `subject`,
//! `weights_commitment`, `input_commitment`, `output_commitment`, then, where labels are public, those of
//! all items, 31 to a signal as [`commitment::pack`] packs bytes. A signal does not say how many labels are in
//! it: the circuit does ([`PublicSignals::to_fields`]).
//!
//! Proven, by the groups named, `layer_0/*` being those of the first layer:
//!
//! * `context`, `subject`: nothing about them, but each signal is in a constraint, so that a proof is for
//!   one context and one subject only.
//! * `layer_*/weights`, `layer_*/biases`: weights are signed bytes and biases signed 24-bit numbers, by
//!   their bits.
//! * `weights_commitment`: the signal is [`commitment::weights_commitment`] of them, with the hash of this
//!   architecture.
//! * `input`, `input_commitment`: inputs are signed bytes, and the signal is
//!   [`commitment::input_commitment`] of them with a salt.
//! * `layer_*/packing`, `layer_*/products`, `layer_*/sums`: the sums of each layer are those of weights,
//!   biases and the values before it ([`slots`]). Every network and every input has them.
//! * `layer_*/requantise/*`: values are the sums divided by 2^shift, rounded down and clamped
//!   ([`requantise`](mod@requantise)).
//! * `layer_*/pool/*`: values are the means of windows, rounded down ([`pool`]).
//! * `label/*`: each item's label is the lowest index among its largest logits ([`argmax`]).
//! * `output_commitment`: the signal is [`commitment::output_commitment`] of labels and logits with a salt.
//! * `labels`: the signals are the labels.
//!
//! The two numbers that stand for a salt need not be below 2^128 each, as those of 32 bytes are: whoever
//! takes others has a commitment that binds all the same, and that 32 bytes do not open.
//!
//! What hides: weights and biases, inputs, values and logits; of the labels, where they are not public.
//! The commitment to weights has no salt, so that whoever has a guess at a network can check it.
//!
//! Constraints: eight for each weight, which no circuit without a lookup does with fewer, since the values
//! that m multiplications can single out are 2^m at most; 24 for each bias, 25 or more for each sum; one for
//! each column of up to ten rows of a layer, at every place and for every item ([`slots`]); and the hashes,
//! about 1.3 for each byte. [`constraints`] counts all of them without making the circuit.

use crate::{
	architecture::{Architecture, Layer, Placed, BIAS_BYTES},
	commitment::{self, BYTES_PER_ELEMENT, INPUT_TAG, MAX_ITEMS, OUTPUT_TAG},
	gadgets::{
		argmax, bits, context,
		integers::{self, Signed},
		packing, pool,
		poseidon::{self, Input},
		requantise,
		slots::{self, Slots, Sum},
	},
	Assigner, Assignment, Builder, Number, Recorder, Shape,
};
use ark_bn254::Fr;
use ark_ff::PrimeField;
use quittance_types::limbs;

#[cfg(test)]
mod tests;

/// Name of the circuit in files and passports. A change to the statement changes it.
pub const NAME: &str = "inference-v1";

/// Most constraints of a circuit: with the wires of all public signals they are within a domain of 2^18,
/// for which proving takes seconds and not minutes.
pub const MAX_CONSTRAINTS: usize = (1 << 18) - 16;

/// Public signals before the labels.
const SIGNALS: usize = 6;

/// The groups of the layers.
pub(crate) const LAYERS: [&str; crate::architecture::MAX_LAYERS] = [
	"layer_0", "layer_1", "layer_2", "layer_3", "layer_4", "layer_5", "layer_6", "layer_7",
	"layer_8", "layer_9", "layer_10", "layer_11", "layer_12", "layer_13", "layer_14", "layer_15",
];

/// Who sees the labels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Labels {
	/// Those who can open the commitment to the outputs.
	Hidden,
	/// Everybody: they are public signals.
	Public,
}

/// Which circuit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameters {
	architecture: Architecture,
	items: usize,
	labels: Labels,
}

/// Why there is no such circuit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParametersError {
	/// No item, or more than [`MAX_ITEMS`].
	#[error("{0} items, not 1 to {MAX_ITEMS}")]
	ItemCount(usize),
	/// More constraints than [`MAX_CONSTRAINTS`].
	#[error(
		"the circuit would have {0} constraints, more than {MAX_CONSTRAINTS}: take fewer items or a \
		 smaller network"
	)]
	TooManyConstraints(usize),
}

impl Parameters {
	/// The circuit for some items of a network.
	pub fn new(
		architecture: Architecture,
		items: usize,
		labels: Labels,
	) -> Result<Self, ParametersError> {
		if !(1..=MAX_ITEMS).contains(&items) {
			return Err(ParametersError::ItemCount(items));
		}
		let constraints = constraints(&architecture, items, labels);
		if constraints > MAX_CONSTRAINTS {
			return Err(ParametersError::TooManyConstraints(constraints));
		}
		Ok(Self { architecture, items, labels })
	}

	/// The network.
	pub fn architecture(&self) -> &Architecture {
		&self.architecture
	}

	/// Items that a proof is about.
	pub fn items(&self) -> usize {
		self.items
	}

	/// Who sees the labels.
	pub fn labels(&self) -> Labels {
		self.labels
	}

	/// Number of constraints.
	pub fn constraints(&self) -> usize {
		constraints(&self.architecture, self.items, self.labels)
	}

	/// Number of labels that are public: none or those of all items.
	pub fn public_labels(&self) -> usize {
		match self.labels {
			Labels::Hidden => 0,
			Labels::Public => self.items,
		}
	}

	/// Number of public signals.
	pub fn public_signals(&self) -> usize {
		SIGNALS + self.public_labels().div_ceil(BYTES_PER_ELEMENT)
	}
}

/// Constraints of the circuit for some items of a network, whether or not they are too many.
pub fn constraints(architecture: &Architecture, items: usize, labels: Labels) -> usize {
	let salted = |bytes| poseidon::constraints(5, 3) + packing::chain_constraints(bytes, false) + 1;
	let tensor_bytes = architecture.tensor_bytes();
	let tensor = 8 * architecture.weights()
		+ 8 * BIAS_BYTES * architecture.biases()
		+ packing::chain_constraints(tensor_bytes, true)
		+ 1;
	let inputs = items * architecture.input().values();
	let layers: usize = architecture.placed().map(|placed| layer_constraints(&placed, items)).sum();
	let logits = architecture.logits();
	let logit_bits = architecture.placed().last().map_or(0, |last| last.sum_bits());
	let outputs =
		items * argmax::constraints(logits, logit_bits) + salted(items * (1 + 4 * logits));
	let signals = match labels {
		Labels::Hidden => 0,
		Labels::Public => items.div_ceil(BYTES_PER_ELEMENT),
	};
	2 + 1 + tensor + 8 * inputs + salted(inputs) + layers + outputs + signals
}

/// Constraints of a layer, without those of its weights and biases.
fn layer_constraints(placed: &Placed, items: usize) -> usize {
	let outputs = items * placed.output.values();
	if let Layer::AveragePool { window } = placed.layer {
		return outputs * pool::constraints(usize::from(window).pow(2));
	}
	let positions = positions(placed);
	let groups = placed.biases().div_ceil(slots_of(placed).rows());
	let packing = if items * positions > 1 { groups * placed.fan_in() } else { 0 };
	let products = items * groups * taps_of_all_positions(placed);
	let sums = placed.sum_bits() * outputs + items * positions * groups;
	let requantised = |requantiser| requantise::constraints(requantiser, placed.sum_bits());
	let values = outputs * placed.requantise().map_or(0, requantised);
	packing + products + sums + values
}

/// What the chain sees of an inference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicSignals {
	/// The two limbs of the context, low first.
	pub context: [Fr; 2],
	/// What the proof is about.
	pub subject: Fr,
	/// [`commitment::weights_commitment`].
	pub weights_commitment: Fr,
	/// [`commitment::input_commitment`].
	pub input_commitment: Fr,
	/// [`commitment::output_commitment`].
	pub output_commitment: Fr,
	/// The items' labels, where they are public, and none where they are not.
	pub labels: Vec<u8>,
}

impl PublicSignals {
	/// The signals in the order of the circuit.
	///
	/// # Errors
	///
	/// [`LabelCount`]. Labels are bytes in a signal, which does not say how many they are: those of one item
	/// are in the signal that they and zeros after them would be in. Without this a proof about one item
	/// would pass for one about several.
	pub fn to_fields(&self, parameters: &Parameters) -> Result<Vec<Fr>, LabelCount> {
		let (expected, found) = (parameters.public_labels(), self.labels.len());
		if found != expected {
			return Err(LabelCount { expected, found });
		}
		let [context_lo, context_hi] = self.context;
		let mut fields = vec![
			context_lo,
			context_hi,
			self.subject,
			self.weights_commitment,
			self.input_commitment,
			self.output_commitment,
		];
		fields.extend(commitment::pack(&self.labels));
		Ok(fields)
	}
}

/// Not a label for each item where they are public, or some where they are not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{found} labels are public, but the circuit has {expected}")]
pub struct LabelCount {
	/// Labels of the circuit.
	pub expected: usize,
	/// Labels given.
	pub found: usize,
}

/// Each item's label and logits.
pub type Outputs = Vec<(u8, Vec<i32>)>;

/// What the proof hides.
///
/// There is no `Debug`: these are the secrets of two parties.
#[derive(Clone)]
pub struct InferenceWitness {
	/// Weights and biases, laid out as [`Architecture::tensor_bytes`] says.
	pub tensor: Vec<u8>,
	/// The items, each in channel, row, column order.
	pub inputs: Vec<Vec<i8>>,
	/// Salt of the commitment to the inputs.
	pub input_salt: [u8; 32],
	/// Salt of the commitment to the outputs.
	pub output_salt: [u8; 32],
}

/// Why there is no proof. Each is found before the prover starts. Items count from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WitnessError {
	/// The tensor has not the bytes of the architecture.
	#[error("{found} bytes of weights and biases, but the architecture has {expected}")]
	TensorBytes {
		/// Bytes by the architecture.
		expected: usize,
		/// Bytes given.
		found: usize,
	},
	/// Not the circuit's number of items.
	#[error("{found} items, but the circuit is for {expected}")]
	ItemCount {
		/// Items of the circuit.
		expected: usize,
		/// Items given.
		found: usize,
	},
	/// An item has not the values that the architecture takes in.
	#[error("item {item} has {found} values, but the architecture takes {expected}")]
	ItemValues {
		/// Which item.
		item: usize,
		/// Values by the architecture.
		expected: usize,
		/// Values given.
		found: usize,
	},
	/// The public labels are not as many as the circuit's.
	#[error(transparent)]
	LabelCount(#[from] LabelCount),
	/// The public commitment is not that of the weights.
	#[error("the commitment to the weights is not that of these weights and biases")]
	WeightsCommitmentMismatch,
	/// The public commitment is not that of the inputs.
	#[error("the commitment to the inputs is not that of these inputs and this salt")]
	InputCommitmentMismatch,
	/// A public label is not the one of the outputs.
	#[error("item {item} has the label {label}, not {claimed}")]
	LabelMismatch {
		/// Which item.
		item: usize,
		/// Its label.
		label: u8,
		/// The public one.
		claimed: u8,
	},
	/// The public commitment is not that of the outputs.
	#[error("the commitment to the outputs is not that of the network's outputs and this salt")]
	OutputCommitmentMismatch,
}

impl WitnessError {
	/// The group of constraints that would fail; `None` where there is no assignment of the circuit.
	pub fn group(&self) -> Option<&'static str> {
		Some(match self {
			Self::TensorBytes { .. }
			| Self::ItemCount { .. }
			| Self::ItemValues { .. }
			| Self::LabelCount(_) => return None,
			Self::WeightsCommitmentMismatch => "weights_commitment",
			Self::InputCommitmentMismatch => "input_commitment",
			Self::LabelMismatch { .. } => "labels",
			Self::OutputCommitmentMismatch => "output_commitment",
		})
	}
}

/// The matrices. Takes up to a few seconds: make them once.
pub fn shape(parameters: &Parameters) -> Shape {
	let mut recorder = Recorder::default();
	synthesise(&mut recorder, parameters, &Values::zero(parameters));
	recorder.finish()
}

/// The signals of a true statement, and the outputs.
///
/// Errors: [`WitnessError`], the first that applies.
pub fn public_signals(
	parameters: &Parameters,
	context: [Fr; 2],
	subject: Fr,
	witness: &InferenceWitness,
) -> Result<(PublicSignals, Outputs), WitnessError> {
	check(parameters, witness)?;
	// What the signals are to be has no part in what they are computed from.
	let values = Values::new(vec![Fr::default(); parameters.public_signals()], witness);
	let mut assigner = Assigner::with_capacity(parameters.constraints());
	let Results { weights_commitment, input_commitment, output_commitment, outputs } =
		synthesise(&mut assigner, parameters, &values);
	let signals = PublicSignals {
		context,
		subject,
		weights_commitment,
		input_commitment,
		output_commitment,
		labels: match parameters.labels {
			Labels::Hidden => Vec::new(),
			Labels::Public => outputs.iter().map(|(label, _)| *label).collect(),
		},
	};
	Ok((signals, outputs))
}

/// The assignment of a true statement.
///
/// Errors: [`WitnessError`], the first that applies.
pub fn assign(
	parameters: &Parameters,
	public: &PublicSignals,
	witness: &InferenceWitness,
) -> Result<Assignment, WitnessError> {
	check(parameters, witness)?;
	let values = Values::new(public.to_fields(parameters)?, witness);
	let mut assigner = Assigner::with_capacity(parameters.constraints());
	let results = synthesise(&mut assigner, parameters, &values);
	if results.weights_commitment != public.weights_commitment {
		return Err(WitnessError::WeightsCommitmentMismatch);
	}
	if results.input_commitment != public.input_commitment {
		return Err(WitnessError::InputCommitmentMismatch);
	}
	for (item, ((label, _), claimed)) in results.outputs.iter().zip(&public.labels).enumerate() {
		if label != claimed {
			return Err(WitnessError::LabelMismatch { item, label: *label, claimed: *claimed });
		}
	}
	if results.output_commitment != public.output_commitment {
		return Err(WitnessError::OutputCommitmentMismatch);
	}
	Ok(assigner.finish())
}

fn check(parameters: &Parameters, witness: &InferenceWitness) -> Result<(), WitnessError> {
	let (expected, found) = (parameters.architecture.tensor_bytes(), witness.tensor.len());
	if found != expected {
		return Err(WitnessError::TensorBytes { expected, found });
	}
	let (expected, found) = (parameters.items, witness.inputs.len());
	if found != expected {
		return Err(WitnessError::ItemCount { expected, found });
	}
	let expected = parameters.architecture.input().values();
	for (item, values) in witness.inputs.iter().enumerate() {
		if values.len() != expected {
			return Err(WitnessError::ItemValues { item, expected, found: values.len() });
		}
	}
	Ok(())
}

/// Everything a prover can choose, honest or not.
#[derive(Clone)]
struct Values {
	public: Vec<Fr>,
	tensor: Vec<u8>,
	inputs: Vec<Vec<i8>>,
	input_salt: [Fr; 2],
	output_salt: [Fr; 2],
}

impl Values {
	fn new(public: Vec<Fr>, witness: &InferenceWitness) -> Self {
		Self {
			public,
			tensor: witness.tensor.clone(),
			inputs: witness.inputs.clone(),
			input_salt: limbs(&witness.input_salt),
			output_salt: limbs(&witness.output_salt),
		}
	}

	fn zero(parameters: &Parameters) -> Self {
		let architecture = &parameters.architecture;
		Self {
			public: vec![Fr::default(); parameters.public_signals()],
			tensor: vec![0; architecture.tensor_bytes()],
			inputs: vec![vec![0; architecture.input().values()]; parameters.items],
			input_salt: Default::default(),
			output_salt: Default::default(),
		}
	}
}

/// What the circuit computed on its way.
struct Results {
	weights_commitment: Fr,
	input_commitment: Fr,
	output_commitment: Fr,
	outputs: Outputs,
}

fn synthesise<B: Builder>(builder: &mut B, parameters: &Parameters, values: &Values) -> Results {
	let Parameters { architecture, items, labels } = parameters;
	let public: Vec<_> = values.public.iter().map(|value| builder.public(*value)).collect();
	let [context_lo, context_hi, subject, weights_signal, input_signal, output_signal, label_signals @ ..] =
		public.as_slice()
	else {
		unreachable!("a circuit has {SIGNALS} signals and those of its labels")
	};
	context::bind(builder, [context_lo, context_hi]);
	context::mention(builder, "subject", &[subject]);

	let Network { layers, bytes } = network(builder, architecture, &values.tensor);
	let weights_commitment = builder.group("weights_commitment", |builder| {
		let head = commitment::weights_head(&architecture.hash(), architecture.tensor_bytes());
		let elements = packing::pack(&bytes);
		let computed = packing::chain(builder, Input::Constant(head), &elements);
		builder.equal(&computed, weights_signal);
		computed
	});

	let inputs: Vec<Vec<Signed<B::Terms>>> = builder.group("input", |builder| {
		let mut item = |item: &Vec<i8>| {
			item.iter().map(|value| integers::signed_byte(builder, *value)).collect()
		};
		values.inputs.iter().map(&mut item).collect()
	});
	let input_commitment = builder.group("input_commitment", |builder| {
		let salt = salt(builder, values.input_salt);
		let bytes: Vec<_> = inputs.iter().flatten().flat_map(|value| &value.bytes).collect();
		let computed = salted(builder, INPUT_TAG, *items, &bytes, &salt);
		builder.equal(&computed, input_signal);
		computed
	});

	// The values of each item, on their way through the layers.
	let mut flowing: Vec<Vec<Number<B::Terms>>> = inputs
		.into_iter()
		.map(|item| item.into_iter().map(|value| value.value).collect())
		.collect();
	let mut logits = Vec::new();
	for (place, (placed, weights)) in architecture.placed().zip(&layers).enumerate() {
		builder.group(LAYERS[place], |builder| {
			if let Layer::AveragePool { window } = placed.layer {
				flowing =
					flowing.iter().map(|item| average(builder, &placed, window, item)).collect();
				return;
			}
			let sums = sums(builder, &placed, weights, &flowing);
			match placed.requantise() {
				Some(requantiser) => {
					flowing = builder.group("requantise", |builder| {
						let mut item = |sums: &Vec<_>| {
							sums.iter()
								.map(|sum| requantise::requantise(builder, sum, requantiser))
								.collect()
						};
						sums.iter().map(&mut item).collect()
					});
				},
				None => logits = sums,
			}
		});
	}

	let found: Vec<_> = builder.group("label", |builder| {
		logits.iter().map(|logits| argmax::label(builder, logits)).collect()
	});
	let output_commitment = builder.group("output_commitment", |builder| {
		let salt = salt(builder, values.output_salt);
		let numbers: Vec<Vec<_>> =
			logits.iter().map(|logits| logits.iter().map(Sum::signed).collect()).collect();
		let mut bytes = Vec::new();
		for (label, logits) in found.iter().zip(&numbers) {
			bytes.push(label);
			bytes.extend(logits.iter().flat_map(|logit| &logit.bytes));
		}
		let computed = salted(builder, OUTPUT_TAG, *items, &bytes, &salt);
		builder.equal(&computed, output_signal);
		computed
	});
	if *labels == Labels::Public {
		builder.group("labels", |builder| {
			for (packed, signal) in packing::pack(&found).iter().zip(label_signals) {
				builder.equal(packed, signal);
			}
		});
	}

	Results {
		weights_commitment: weights_commitment.value(),
		input_commitment: input_commitment.value(),
		output_commitment: output_commitment.value(),
		outputs: found
			.iter()
			.zip(&logits)
			.map(|(label, logits)| (low_word(label) as u8, logits.iter().map(integer).collect()))
			.collect(),
	}
}

/// A layer's weights by rows, and its biases.
struct Weights<T> {
	rows: Vec<Vec<Number<T>>>,
	biases: Vec<Number<T>>,
}

/// What a prover says of a network.
struct Network<T> {
	layers: Vec<Weights<T>>,
	/// The bytes of all of it, in the order of the commitment.
	bytes: Vec<Number<T>>,
}

/// The weights and biases of all layers.
fn network<B: Builder>(
	builder: &mut B,
	architecture: &Architecture,
	mut tensor: &[u8],
) -> Network<B::Terms> {
	let mut bytes = Vec::with_capacity(tensor.len());
	let mut layers = Vec::new();
	for (place, placed) in architecture.placed().enumerate() {
		let (own, rest) = tensor.split_at(placed.tensor_bytes());
		let (weights, biases) = own.split_at(placed.weights());
		tensor = rest;
		let mut keep = |number: Signed<B::Terms>| {
			bytes.extend(number.bytes);
			number.value
		};
		builder.group(LAYERS[place], |builder| {
			// A pool has neither, and rows of no weights are not asked for.
			let rows = builder.group("weights", |builder| {
				let mut row = |row: &[u8]| {
					row.iter()
						.map(|weight| keep(integers::signed_byte(builder, *weight as i8)))
						.collect()
				};
				weights.chunks(placed.fan_in().max(1)).map(&mut row).collect()
			});
			let biases = builder.group("biases", |builder| {
				biases
					.chunks_exact(BIAS_BYTES)
					.map(|bias| {
						let bias = i32::from_le_bytes([bias[0], bias[1], bias[2], 0]);
						keep(integers::signed(builder, bias, BIAS_BYTES))
					})
					.collect()
			});
			layers.push(Weights { rows, biases });
		});
	}
	Network { layers, bytes }
}

/// What stands for a salt, without a constraint.
fn salt<B: Builder>(builder: &mut B, salt: [Fr; 2]) -> [Number<B::Terms>; 2] {
	salt.map(|limb| builder.hint("salt", limb))
}

/// The commitment to some items' bytes under a salt.
fn salted<B: Builder>(
	builder: &mut B,
	tag: Fr,
	items: usize,
	bytes: &[&Number<B::Terms>],
	[low, high]: &[Number<B::Terms>; 2],
) -> Number<B::Terms> {
	let constants = [tag, Fr::from(items as u64), Fr::from(bytes.len() as u64)];
	let head = poseidon::hash(builder, &constants, &[low, high]);
	packing::chain(builder, Input::Number(&head), &packing::pack(bytes.iter().copied()))
}

/// Places at which each row of a layer's weights is used for one item.
fn positions(placed: &Placed) -> usize {
	usize::from(placed.output.rows) * usize::from(placed.output.columns)
}

/// The pairs of a column of weights and a value that it is multiplied by, at a position. What lies in the
/// padding is zero and has no pair.
fn taps(placed: &Placed, position: usize) -> Vec<(usize, usize)> {
	let Layer::Convolution { kernel, stride, padding, .. } = placed.layer else {
		return (0..placed.fan_in()).map(|column| (column, column)).collect();
	};
	let [kernel, stride, padding] = [kernel, stride, padding].map(usize::from);
	let (rows, columns) = (usize::from(placed.input.rows), usize::from(placed.input.columns));
	let (row, column) = (
		position / usize::from(placed.output.columns) * stride,
		position % usize::from(placed.output.columns) * stride,
	);
	let within = |start: usize, step: usize, length: usize| {
		(start + step).checked_sub(padding).filter(|at| *at < length)
	};
	let mut taps = Vec::with_capacity(placed.fan_in());
	for channel in 0..usize::from(placed.input.channels) {
		for down in 0..kernel {
			let Some(row) = within(row, down, rows) else { continue };
			for across in 0..kernel {
				let Some(column) = within(column, across, columns) else { continue };
				taps.push((
					(channel * kernel + down) * kernel + across,
					(channel * rows + row) * columns + column,
				));
			}
		}
	}
	taps
}

/// Number of [`taps`] of all positions together, without making them.
fn taps_of_all_positions(placed: &Placed) -> usize {
	let Layer::Convolution { kernel, stride, padding, .. } = placed.layer else {
		return placed.fan_in();
	};
	let [kernel, stride, padding] = [kernel, stride, padding].map(usize::from);
	// Rows and columns are independent of each other.
	let along = |output: u16, input: u16| -> usize {
		(0..usize::from(output))
			.map(|at| {
				let inside = |step: &usize| {
					(padding..usize::from(input) + padding).contains(&(at * stride + step))
				};
				(0..kernel).filter(inside).count()
			})
			.sum()
	};
	usize::from(placed.input.channels)
		* along(placed.output.rows, placed.input.rows)
		* along(placed.output.columns, placed.input.columns)
}

/// How a layer's sums stand in a number.
fn slots_of(placed: &Placed) -> Slots {
	Slots::of_bits(placed.sum_bits())
}

/// The sums of a layer, by items, in channel, row, column order.
fn sums<B: Builder>(
	builder: &mut B,
	placed: &Placed,
	weights: &Weights<B::Terms>,
	flowing: &[Vec<Number<B::Terms>>],
) -> Vec<Vec<Sum<B::Terms>>> {
	let positions = positions(placed);
	let taps: Vec<_> = (0..positions).map(|position| taps(placed, position)).collect();
	let mut sums: Vec<Vec<_>> =
		flowing.iter().map(|_| Vec::with_capacity(placed.output.values())).collect();
	let slots = slots_of(placed);
	for (rows, biases) in weights.rows.chunks(slots.rows()).zip(weights.biases.chunks(slots.rows()))
	{
		let columns: Vec<_> = (0..placed.fan_in())
			.map(|column| slots.pack(rows.iter().map(|row| &row[column])))
			.collect();
		// Used once, a column's bits may as well be in the product. Used more often they have a wire, or
		// the matrices would hold them at each place.
		let columns = if flowing.len() * positions > 1 {
			builder.group("packing", |builder| {
				columns.iter().map(|column| slots::wire(builder, column)).collect()
			})
		} else {
			columns
		};
		let biases = slots.pack(biases);
		for (item, values) in flowing.iter().enumerate() {
			let mut by_position = Vec::with_capacity(positions);
			for taps in &taps {
				let pairs = taps.iter().map(|(column, value)| (&columns[*column], &values[*value]));
				let packed =
					builder.group("products", |builder| slots::dot(builder, &biases, pairs));
				by_position.push(
					builder.group("sums", |builder| slots.split(builder, &packed, rows.len())),
				);
			}
			for row in 0..rows.len() {
				sums[item].extend(by_position.iter().map(|sums| sums[row].clone()));
			}
		}
	}
	sums
}

/// The means of an item's windows, in channel, row, column order.
fn average<B: Builder>(
	builder: &mut B,
	placed: &Placed,
	window: u8,
	values: &[Number<B::Terms>],
) -> Vec<Number<B::Terms>> {
	let window = usize::from(window);
	let (rows, columns) = (usize::from(placed.input.rows), usize::from(placed.input.columns));
	let mut means = Vec::with_capacity(placed.output.values());
	for channel in 0..usize::from(placed.output.channels) {
		for row in 0..usize::from(placed.output.rows) {
			for column in 0..usize::from(placed.output.columns) {
				let first = (channel * rows + row * window) * columns + column * window;
				let within: Vec<_> = (0..window * window)
					.map(|at| &values[first + at / window * columns + at % window])
					.collect();
				means.push(builder.group("pool", |builder| pool::mean(builder, &within)));
			}
		}
	}
	means
}

/// The lowest 64 bits of a number.
fn low_word<T: crate::Terms>(number: &Number<T>) -> u64 {
	number.value().into_bigint().0[0]
}

/// The integer that a sum is.
fn integer<T: crate::Terms>(sum: &Sum<T>) -> i32 {
	// Below 2^32, and the half below 2^31.
	(low_word(&bits::compose(&sum.bits)) as i64 - (1 << (sum.bits.len() - 1))) as i32
}
