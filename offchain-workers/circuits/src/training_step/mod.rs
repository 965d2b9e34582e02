//! Steps of training: the state behind one commitment is what some consecutive steps, over the batches
//! behind a second one, make of the state behind a third one.
//!
//! A circuit is for one [`Training`] and a number of steps ([`Parameters`]); [`crate::training`] says what
//! a step is. Public signals, in order: `context_lo`, `context_hi`, `subject`, `before`, `after`, `batches`.
//!
//! Proven, by the groups named, `layer_0/*` being those of the first layer, of all steps:
//!
//! * `context`, `subject`: nothing about them, but each signal is in a constraint, so that a proof is for
//!   one context and one subject only.
//! * `layer_*/weights`: before each step every weight has the bits that a master weight has.
//! * `layer_*/carried`: before each step but the first the weights are those after the step before it.
//! * `before`, `after`: the signals are [`state_commitment`](crate::training::state_commitment) of the weights
//!   before the first step and after the last one, with the hash of this training.
//! * `label`, `input`: labels are among the logits, and inputs signed bytes.
//! * `leaf`, `batches`: the signal is [`batches_commitment`](crate::training::batches_commitment) of the steps'
//!   batches.
//! * `layer_*/packing`, `layer_*/products`, `layer_*/sums`: sums are those of the roundings of the weights
//!   and the values before ([`slots`]); in the last layer the target is taken off the label's.
//! * `layer_*/requantise/*`, `layer_*/active`: values are the sums divided, rounded down, rectified and
//!   clamped, and which of them are above zero.
//! * `layer_*/back/*`: what comes back through a layer's weights are the sums of its deltas times the
//!   roundings.
//! * `layer_*/delta/*`, `layer_*/mask`: deltas are what comes back to a layer, divided, rounded down and
//!   clamped, and zero where the value is.
//! * `layer_*/update`: the weights after a step are those before it less the rate times the gradients.
//!
//! The weights after the last step fit their slots, but may have more bits than a master weight: then no
//! further step and no rounding of them has a proof. [`public_signals`] and [`assign`] refuse such a
//! step.
//!
//! The limbs of a batch's salt may be any field elements here: whoever knows the batch behind a leaf
//! knows one opening of it, and there is no other one with other samples.
//!
//! What hides: weights, samples and salts. The commitments to states have no salt, so that whoever has a guess
//! at a state can check it.
//!
//! Constraints: of a weight its bits in every step, and its part of an element in the two hashes; one
//! product for as many weights of a column as fit an element, or a sum's slots, for each of the three uses of a
//! weight, and each sample. [`constraints`] counts all of them without making the circuit.

use crate::{
	architecture::{Architecture, Requantise},
	commitment,
	gadgets::{
		bits, context,
		integers::{self, Signed},
		master, packing,
		poseidon::{self, Input},
		requantise,
		slots::{self, Slots},
	},
	inference::{LAYERS, MAX_CONSTRAINTS},
	training::{
		batches_head, state_head, Batch, Matrix, TensorError, TrainedLayer, Training, WeightPlace,
		BATCH_TAG, STEPS,
	},
	Assigner, Assignment, Builder, Number, Recorder, Shape,
};
use ark_bn254::Fr;
use quittance_types::limbs;

#[cfg(test)]
mod tests;

/// Name of the circuit in files and passports. A change to the statement changes it.
pub const NAME: &str = "training-step-v1";

/// Number of public signals.
pub const PUBLIC_SIGNALS: usize = 6;

/// Largest size of a product of two signed bytes.
pub(crate) const LARGEST_PRODUCT: u64 = 1 << 14;

/// Which circuit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameters {
	training: Training,
	steps: usize,
}

/// Why there is no such circuit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParametersError {
	/// Not one of [`STEPS`].
	#[error("{0} steps, not one of {STEPS:?}")]
	Steps(usize),
	/// More constraints than [`MAX_CONSTRAINTS`].
	#[error(
		"the circuit would have {0} constraints, more than {MAX_CONSTRAINTS}: take fewer steps or samples, or \
		 a smaller network"
	)]
	TooManyConstraints(usize),
}

impl Parameters {
	/// The circuit for so many steps.
	///
	/// # Errors
	///
	/// [`ParametersError`], the first that applies.
	pub fn new(training: Training, steps: usize) -> Result<Self, ParametersError> {
		if !STEPS.contains(&steps) {
			return Err(ParametersError::Steps(steps));
		}
		let constraints = constraints(&training, steps);
		if constraints > MAX_CONSTRAINTS {
			return Err(ParametersError::TooManyConstraints(constraints));
		}
		Ok(Self { training, steps })
	}

	/// What is trained, and how.
	pub fn training(&self) -> &Training {
		&self.training
	}

	/// Steps that a proof is about.
	pub fn steps(&self) -> usize {
		self.steps
	}

	/// Number of constraints.
	pub fn constraints(&self) -> usize {
		constraints(&self.training, self.steps)
	}
}

/// Constraints of the circuit for so many steps, whether or not they are too many.
pub fn constraints(training: &Training, steps: usize) -> usize {
	let elements = training.elements();
	let architecture = training.architecture();
	let batch = samples_constraints(architecture, training.samples());
	let layers: usize =
		(0..architecture.layers().len()).map(|place| layer_constraints(training, place)).sum();
	let batches = packing::chain_constraints(commitment::BYTES_PER_ELEMENT * steps, true) + 1;
	2 + 1
		+ steps * (training.weights() * training.precision().weight_bits() + batch + layers)
		+ (steps - 1) * elements
		+ 2 * master::commitment_constraints(elements)
		+ batches
}

/// Constraints of a batch of so many samples.
pub(crate) fn samples_constraints(architecture: &Architecture, samples: usize) -> usize {
	let values = architecture.input().values();
	let bytes = samples * (1 + values);
	samples * (labels(architecture.logits()) + 8 * values)
		+ poseidon::constraints(5, 3)
		+ packing::chain_constraints(bytes, false)
}

/// Constraints of a layer in one step, without those of its weights.
fn layer_constraints(training: &Training, place: usize) -> usize {
	let layers = training.layers();
	let (layer, samples) = (&layers[place], training.samples());
	let TrainedLayer { inputs, outputs, .. } = *layer;
	let forward = forward_slots(training, layer).multiply_constraints(outputs, inputs, samples);
	let neurons = samples * outputs;
	let sum_bits = forward_slots(training, layer).bits();
	let (values, mask) = match layer.requantise {
		Some(requantiser) => {
			(neurons * (requantise::constraints(requantiser, sum_bits) + 2), neurons)
		},
		None => (0, 0),
	};
	// What comes back to a layer comes through the next one's weights.
	let back_bits = layers.get(place + 1).map_or(sum_bits, |next| back_slots(next).bits());
	let deltas = neurons * requantise::constraints(delta_requantiser(layer), back_bits) + mask;
	let back = match place {
		0 => 0,
		_ => back_slots(layer).multiply_constraints(inputs, outputs, samples),
	};
	let update = samples * outputs.div_ceil(training.precision().per_element()) * inputs;
	forward + values + deltas + back + update
}

/// Constraints of a label among so many logits.
fn labels(logits: usize) -> usize {
	match logits {
		1 => 0,
		logits => logits,
	}
}

/// Slots for the sums of a layer.
fn forward_slots(training: &Training, layer: &TrainedLayer) -> Slots {
	let hyper_parameters = training.hyper_parameters();
	let target = if layer.requantise.is_none() { hyper_parameters.target.into() } else { 0 };
	let bias = u64::from(hyper_parameters.bias_unit) << 7;
	Slots::for_magnitude(layer.inputs as u64 * LARGEST_PRODUCT + bias + target)
}

/// Slots for what comes back through a layer's weights.
fn back_slots(layer: &TrainedLayer) -> Slots {
	Slots::for_magnitude(layer.outputs as u64 * LARGEST_PRODUCT)
}

/// From what comes back to a layer to its deltas.
fn delta_requantiser(layer: &TrainedLayer) -> Requantise {
	Requantise { shift: layer.delta_shift, rectify: false }
}

/// What the chain sees of some steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublicSignals {
	/// The two limbs of the context, low first.
	pub context: [Fr; 2],
	/// What the proof is about.
	pub subject: Fr,
	/// [`state_commitment`](crate::training::state_commitment) before the first step.
	pub before: Fr,
	/// The same after the last one.
	pub after: Fr,
	/// [`batches_commitment`](crate::training::batches_commitment).
	pub batches: Fr,
}

impl PublicSignals {
	/// The signals in the order of the circuit.
	pub fn to_fields(&self) -> [Fr; PUBLIC_SIGNALS] {
		let [context_lo, context_hi] = self.context;
		[context_lo, context_hi, self.subject, self.before, self.after, self.batches]
	}
}

/// What the proof hides.
///
/// There is no `Debug`: these are the secrets of two parties.
#[derive(Clone)]
pub struct TrainingWitness {
	/// The weights before the first step: layer by layer and row by row, the bias last in each row.
	pub state: Vec<i32>,
	/// The batches, one for each step.
	pub batches: Vec<Batch>,
}

/// Why there is no proof. Each is found before the prover starts. Steps count from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WitnessError {
	/// The state is not one of the training.
	#[error(transparent)]
	State(TensorError),
	/// Not the circuit's number of batches.
	#[error("{found} batches, but the circuit is for {expected} steps")]
	BatchCount {
		/// Steps of the circuit.
		expected: usize,
		/// Batches given.
		found: usize,
	},
	/// A batch is not one of the training.
	#[error("step {step}: {error}")]
	Batch {
		/// Which step.
		step: usize,
		/// What is wrong with its batch.
		error: TensorError,
	},
	/// A weight has more bits than a master weight before a step, or after the last one.
	#[error("the weight at {place} has too many bits before step {step}; lower the rate")]
	WeightOutOfRange {
		/// Which step; the number of steps where it is after the last.
		step: usize,
		/// Where the weight is.
		place: WeightPlace,
	},
	/// The public commitment is not that of the state before.
	#[error("the commitment to the state before is not that of these weights")]
	BeforeMismatch,
	/// The public commitment is not that of the batches.
	#[error("the commitment to the batches is not that of these samples and salts")]
	BatchesMismatch,
	/// The public commitment is not that of what the steps make of the state.
	#[error("the commitment to the state after is not that of the weights that the steps come to")]
	AfterMismatch,
}

impl WitnessError {
	/// The group of constraints that would fail; `None` where there is no assignment of the circuit, or one
	/// that is refused nevertheless: of a last step after which a weight has too many bits.
	pub fn group(&self, parameters: &Parameters) -> Option<String> {
		Some(match self {
			Self::State(_) | Self::BatchCount { .. } | Self::Batch { .. } => return None,
			Self::WeightOutOfRange { step, .. } if *step == parameters.steps => return None,
			// What the bits say is another weight: in the first step than the commitment's.
			Self::WeightOutOfRange { step: 0, .. } => "before".into(),
			Self::WeightOutOfRange { place, .. } => format!("{}/carried", LAYERS[place.layer]),
			Self::BeforeMismatch => "before".into(),
			Self::BatchesMismatch => "batches".into(),
			Self::AfterMismatch => "after".into(),
		})
	}
}

/// The matrices. Takes up to a few seconds: make them once.
pub fn shape(parameters: &Parameters) -> Shape {
	let mut recorder = Recorder::default();
	synthesise(&mut recorder, parameters, &Values::zero(parameters));
	recorder.finish()
}

/// The signals of a true statement, and the weights after the last step.
///
/// # Errors
///
/// [`WitnessError`], the first that applies.
pub fn public_signals(
	parameters: &Parameters,
	context: [Fr; 2],
	subject: Fr,
	witness: &TrainingWitness,
) -> Result<(PublicSignals, Vec<i32>), WitnessError> {
	check(parameters, witness)?;
	let values = Values::new([Fr::default(); PUBLIC_SIGNALS], witness);
	let mut assigner = Assigner::with_capacity(parameters.constraints());
	let results = synthesise(&mut assigner, parameters, &values);
	if let Some(error) = results.out_of_range {
		return Err(error);
	}
	let Results { before, after, batches, weights, .. } = results;
	let signals = PublicSignals { context, subject, before, after, batches };
	// In range, so that they have 20 bits at most.
	Ok((signals, weights.into_iter().map(|weight| weight as i32).collect()))
}

/// The assignment of a true statement.
///
/// # Errors
///
/// [`WitnessError`], the first that applies.
pub fn assign(
	parameters: &Parameters,
	public: &PublicSignals,
	witness: &TrainingWitness,
) -> Result<Assignment, WitnessError> {
	check(parameters, witness)?;
	let values = Values::new(public.to_fields(), witness);
	let mut assigner = Assigner::with_capacity(parameters.constraints());
	let results = synthesise(&mut assigner, parameters, &values);
	if let Some(error) = results.out_of_range {
		return Err(error);
	}
	for (computed, claimed, error) in [
		(results.before, public.before, WitnessError::BeforeMismatch),
		(results.batches, public.batches, WitnessError::BatchesMismatch),
		(results.after, public.after, WitnessError::AfterMismatch),
	] {
		if computed != claimed {
			return Err(error);
		}
	}
	Ok(assigner.finish())
}

fn check(
	Parameters { training, steps }: &Parameters,
	witness: &TrainingWitness,
) -> Result<(), WitnessError> {
	let (expected, found) = (training.weights(), witness.state.len());
	if found != expected {
		return Err(WitnessError::State(TensorError::WeightCount { expected, found }));
	}
	let (expected, found) = (*steps, witness.batches.len());
	if found != expected {
		return Err(WitnessError::BatchCount { expected, found });
	}
	for (step, batch) in witness.batches.iter().enumerate() {
		batch.check(training).map_err(|error| WitnessError::Batch { step, error })?;
	}
	Ok(())
}

/// Everything a prover can choose, honest or not.
#[derive(Clone)]
struct Values {
	public: [Fr; PUBLIC_SIGNALS],
	state: Vec<i64>,
	batches: Vec<BatchValues>,
}

/// A batch as a prover can choose it.
#[derive(Clone)]
pub(crate) struct BatchValues {
	pub(crate) samples: Vec<(u8, Vec<i8>)>,
	pub(crate) salt: [Fr; 2],
}

impl BatchValues {
	pub(crate) fn new(batch: &Batch) -> Self {
		Self {
			samples: batch.samples.iter().map(|s| (s.label, s.values.clone())).collect(),
			salt: limbs(&batch.salt),
		}
	}

	pub(crate) fn zero(architecture: &Architecture, samples: usize) -> Self {
		let values = architecture.input().values();
		Self { samples: vec![(0, vec![0; values]); samples], salt: Default::default() }
	}
}

impl Values {
	fn new(public: [Fr; PUBLIC_SIGNALS], witness: &TrainingWitness) -> Self {
		Self {
			public,
			state: witness.state.iter().map(|weight| i64::from(*weight)).collect(),
			batches: witness.batches.iter().map(BatchValues::new).collect(),
		}
	}

	fn zero(Parameters { training, steps }: &Parameters) -> Self {
		let batch = BatchValues::zero(training.architecture(), training.samples());
		Self {
			public: Default::default(),
			state: vec![0; training.weights()],
			batches: vec![batch; *steps],
		}
	}
}

/// What the circuit computed on its way.
struct Results {
	before: Fr,
	after: Fr,
	batches: Fr,
	/// After the last step.
	weights: Vec<i64>,
	out_of_range: Option<WitnessError>,
}

fn synthesise<B: Builder>(builder: &mut B, parameters: &Parameters, values: &Values) -> Results {
	let Parameters { training, steps } = parameters;
	let [context_lo, context_hi, subject, before_signal, after_signal, batches_signal] =
		values.public.map(|value| builder.public(value));
	context::bind(builder, [&context_lo, &context_hi]);
	context::mention(builder, "subject", &[&subject]);

	let head = state_head(&training.hash(), training.weights());
	let (precision, matrices) = (training.precision(), training.matrices());
	let mut weights = values.state.clone();
	let mut out_of_range = None;
	let mut look = |step, weights: &[i64]| {
		if let Some(place) = weights.iter().position(|weight| !precision.contains(*weight)) {
			let place = training.place(place);
			out_of_range.get_or_insert(WitnessError::WeightOutOfRange { step, place });
		}
	};
	let mut before = Fr::default();
	let mut carried: Option<Vec<Vec<Number<B::Terms>>>> = None;
	let mut leaves = Vec::new();
	for (step, batch) in values.batches.iter().enumerate() {
		look(step, &weights);
		let layers = masters(builder, training, &weights, carried.as_deref());
		if step == 0 {
			let elements: Vec<_> = layers.iter().flat_map(|layer| layer.elements.clone()).collect();
			before = builder.group("before", |builder| {
				master::commitment(builder, head, &elements, &before_signal)
			});
		}
		let samples = samples(builder, training.architecture(), batch);
		leaves.push(samples.leaf.clone());
		let next = self::step(builder, training, &layers, samples);
		weights = unpack(training, &matrices, &next);
		carried = Some(next);
	}
	look(*steps, &weights);
	let after = builder.group("after", |builder| {
		let elements = carried.unwrap_or_default().concat();
		master::commitment(builder, head, &elements, &after_signal)
	});
	let batches = builder.group("batches", |builder| {
		master::commitment(builder, batches_head(*steps), &leaves, &batches_signal)
	});
	Results { before, after, batches, weights, out_of_range }
}

/// The weights in the elements of all layers.
fn unpack<T: crate::Terms>(
	training: &Training,
	matrices: &[Matrix],
	elements: &[Vec<Number<T>>],
) -> Vec<i64> {
	let layer = |(matrix, elements): (&Matrix, &Vec<Number<T>>)| {
		let elements: Vec<_> = elements.iter().map(Number::value).collect();
		matrix.unpack(training.precision(), &elements)
	};
	matrices.iter().zip(elements).flat_map(layer).collect()
}

/// A layer before a step.
struct Weights<T> {
	/// What the network computes with, by rows, without the biases.
	rounded: Vec<Vec<Number<T>>>,
	biases: Vec<Number<T>>,
	elements: Vec<Number<T>>,
}

/// The weights before a step, which are those that are carried where there are such.
fn masters<B: Builder>(
	builder: &mut B,
	training: &Training,
	mut weights: &[i64],
	carried: Option<&[Vec<Number<B::Terms>>]>,
) -> Vec<Weights<B::Terms>> {
	let precision = training.precision();
	let mut layers = Vec::new();
	for (place, matrix) in training.matrices().into_iter().enumerate() {
		let (own, rest) = weights.split_at(matrix.weights());
		weights = rest;
		layers.push(builder.group(LAYERS[place], |builder| {
			let rows =
				builder.group("weights", |builder| master::matrix(builder, precision, matrix, own));
			let elements = master::elements(precision, &rows);
			if let Some(carried) = carried {
				builder.group("carried", |builder| {
					for (element, carried) in elements.iter().zip(&carried[place]) {
						builder.equal(element, carried);
					}
				});
			}
			let mut rounded: Vec<Vec<_>> = rows
				.into_iter()
				.map(|row| row.into_iter().map(|weight| weight.rounded).collect())
				.collect();
			let biases = rounded.iter_mut().filter_map(Vec::pop).collect();
			Weights { rounded, biases, elements }
		}));
	}
	layers
}

/// A step's samples.
pub(crate) struct Samples<T> {
	/// For each sample and logit, whether it is the label's.
	pub(crate) labels: Vec<Vec<Number<T>>>,
	pub(crate) inputs: Vec<Vec<Number<T>>>,
	/// The commitment to the batch.
	pub(crate) leaf: Number<T>,
}

/// Groups `label`, `input` and `leaf`: [`samples_constraints`].
pub(crate) fn samples<B: Builder>(
	builder: &mut B,
	architecture: &Architecture,
	batch: &BatchValues,
) -> Samples<B::Terms> {
	let logits = architecture.logits();
	let labels: Vec<_> = builder.group("label", |builder| {
		batch.samples.iter().map(|(label, _)| selection(builder, *label, logits)).collect()
	});
	let inputs: Vec<Vec<Signed<_>>> = builder.group("input", |builder| {
		let mut values = |values: &Vec<i8>| {
			values.iter().map(|value| integers::signed_byte(builder, *value)).collect()
		};
		batch.samples.iter().map(|(_, sample)| values(sample)).collect()
	});
	let leaf = builder.group("leaf", |builder| {
		let [low, high] = batch.salt.map(|limb| builder.hint("salt", limb));
		let numbers: Vec<_> = labels.iter().map(|label| place(label)).collect();
		let mut bytes = Vec::new();
		for (label, values) in numbers.iter().zip(&inputs) {
			bytes.push(label);
			bytes.extend(values.iter().flat_map(|value| &value.bytes));
		}
		let counts = [batch.samples.len(), bytes.len()].map(|count| Fr::from(count as u64));
		let constants = [BATCH_TAG, counts[0], counts[1]];
		let head = poseidon::hash(builder, &constants, &[&low, &high]);
		packing::chain(builder, Input::Number(&head), &packing::pack(bytes))
	});
	let value = |values: Vec<Signed<_>>| values.into_iter().map(|value| value.value).collect();
	Samples { labels, inputs: inputs.into_iter().map(value).collect(), leaf }
}

/// For each place up to a count whether it is the chosen one, which exactly one is: one constraint for each.
fn selection<B: Builder>(builder: &mut B, chosen: u8, count: usize) -> Vec<Number<B::Terms>> {
	if count == 1 {
		return vec![Number::one()];
	}
	let mut selected: Vec<_> =
		(1..count).map(|place| bits::bit(builder, usize::from(chosen) + 1 == place)).collect();
	let mut last = Number::one();
	for bit in &selected {
		last -= bit;
	}
	builder.enforce(|| [last.clone(), last.clone(), last.clone()]);
	selected.push(last);
	selected
}

/// The place that is selected.
fn place<T: crate::Terms>(selected: &[Number<T>]) -> Number<T> {
	let mut place = Number::zero();
	for (number, bit) in selected.iter().enumerate() {
		place.add_scaled(bit, Fr::from(number as u64));
	}
	place
}

/// The elements after a step, by layers.
fn step<B: Builder>(
	builder: &mut B,
	training: &Training,
	weights: &[Weights<B::Terms>],
	Samples { labels, inputs, .. }: Samples<B::Terms>,
) -> Vec<Vec<Number<B::Terms>>> {
	let hyper_parameters = training.hyper_parameters();
	let (unit, target) = (Fr::from(hyper_parameters.bias_unit), Fr::from(hyper_parameters.target));
	let layers = training.layers();
	let precision = training.precision();

	// What each layer takes in, and which of what it gives is above zero.
	let (mut taken, mut active) = (vec![inputs], Vec::new());
	let mut deltas = Vec::new();
	for (place, (layer, weights)) in layers.iter().zip(weights).enumerate() {
		builder.group(LAYERS[place], |builder| {
			let biases: Vec<_> = weights.biases.iter().map(|bias| bias * unit).collect();
			let mut plus = vec![biases; labels.len()];
			if layer.requantise.is_none() {
				for (plus, label) in plus.iter_mut().zip(&labels) {
					for (plus, selected) in plus.iter_mut().zip(label) {
						plus.add_scaled(selected, -target);
					}
				}
			}
			let slots = forward_slots(training, layer);
			let sums = slots::multiply(builder, slots, &weights.rounded, &taken[place], &plus);
			let Some(requantiser) = layer.requantise else {
				deltas = requantised(builder, "delta", &sums, delta_requantiser(layer));
				return;
			};
			let values = requantised(builder, "requantise", &sums, requantiser);
			active.push(builder.group("active", |builder| {
				each(&values, |value| requantise::is_not_zero(builder, value))
			}));
			taken.push(values);
		});
	}

	let mut next = Vec::new();
	for (place, (layer, weights)) in layers.iter().zip(weights).enumerate().rev() {
		let (inputs, rate) = (&taken[place], hyper_parameters.rate);
		let back = builder.group(LAYERS[place], |builder| {
			next.push(builder.group("update", |builder| {
				let unit = Some(hyper_parameters.bias_unit);
				master::update(builder, precision, rate, &weights.elements, &deltas, inputs, unit)
			}));
			(place > 0).then(|| {
				builder.group("back", |builder| {
					let column = |column: usize| {
						weights.rounded.iter().map(|row| row[column].clone()).collect()
					};
					let transposed: Vec<_> = (0..layer.inputs).map(column).collect();
					let nothing = vec![vec![Number::zero(); layer.inputs]; deltas.len()];
					slots::multiply(builder, back_slots(layer), &transposed, &deltas, &nothing)
				})
			})
		});
		let Some(back) = back else { break };
		builder.group(LAYERS[place - 1], |builder| {
			let wanted =
				requantised(builder, "delta", &back, delta_requantiser(&layers[place - 1]));
			deltas = builder.group("mask", |builder| {
				let mask = |(wanted, active): (&Vec<_>, &Vec<_>)| {
					let pairs = wanted.iter().zip(active);
					pairs.map(|(wanted, active)| builder.product("delta", wanted, active)).collect()
				};
				wanted.iter().zip(&active[place - 1]).map(mask).collect()
			});
		});
	}
	next.reverse();
	next
}

/// The values that sums become, by samples, in a group of this name.
pub(crate) fn requantised<B: Builder>(
	builder: &mut B,
	group: &'static str,
	sums: &[Vec<slots::Sum<B::Terms>>],
	requantiser: Requantise,
) -> Vec<Vec<Number<B::Terms>>> {
	builder
		.group(group, |builder| each(sums, |sum| requantise::requantise(builder, sum, requantiser)))
}

pub(crate) fn each<T, R>(rows: &[Vec<T>], mut of: impl FnMut(&T) -> R) -> Vec<Vec<R>> {
	let mut row = |row: &Vec<T>| row.iter().map(&mut of).collect();
	rows.iter().map(&mut row).collect()
}
