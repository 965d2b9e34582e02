//! Rounding: the network behind one commitment is the rounding of the state of a training behind another one.
//!
//! It is what makes a model of the end of a run: the chain knows the state that the steps' proofs came to,
//! and with this proof the commitment under which the network's inferences are proven.
//!
//! A circuit is for one [`Training`]. Public signals, in order: `context_lo`, `context_hi`, `subject`,
//! `state`, `weights`.
//!
//! Proven, by the groups named:
//!
//! * `context`, `subject`: nothing about them, but each signal is in a constraint, so that a proof is for
//!   one context and one subject only.
//! * `layer_*/weights`: every weight has the bits that a master weight has.
//! * `state`: the signal is [`state_commitment`](crate::training::state_commitment) of the weights, with the
//!   hash of this training.
//! * `layer_*/biases`: the bytes of the biases are those of the bias unit times the roundings of the last
//!   columns.
//! * `weights_commitment`: the signal is [`weights_commitment`](crate::commitment::weights_commitment) of the
//!   roundings' bytes and the biases', with the hash of the architecture.
//!
//! What hides: the weights. Neither commitment has a salt, so that whoever has a guess at them can check it.

use crate::{
	commitment,
	gadgets::{bits, context, integers::power_of_two, master, packing, poseidon::Input},
	inference::{LAYERS, MAX_CONSTRAINTS},
	training::{state_head, TensorError, Training, WeightPlace},
	Assigner, Assignment, Builder, Number, Recorder, Shape,
};
use ark_bn254::Fr;
use ark_ff::{BigInteger, PrimeField};

#[cfg(test)]
mod tests;

/// Name of the circuit in files and passports. A change to the statement changes it.
pub const NAME: &str = "rounding-v1";

/// Number of public signals.
pub const PUBLIC_SIGNALS: usize = 5;

/// Bits of a signed byte times a bias unit, with the sign.
const BIAS_BITS: usize = 15;

/// What the chain sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublicSignals {
	/// The two limbs of the context, low first.
	pub context: [Fr; 2],
	/// What the proof is about.
	pub subject: Fr,
	/// [`state_commitment`](crate::training::state_commitment).
	pub state: Fr,
	/// [`weights_commitment`](crate::commitment::weights_commitment).
	pub weights: Fr,
}

impl PublicSignals {
	/// The signals in the order of the circuit.
	pub fn to_fields(&self) -> [Fr; PUBLIC_SIGNALS] {
		let [context_lo, context_hi] = self.context;
		[context_lo, context_hi, self.subject, self.state, self.weights]
	}
}

/// Why there is no circuit or no proof. Each is found before the prover starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RoundingError {
	/// More constraints than [`MAX_CONSTRAINTS`].
	#[error("the circuit would have {0} constraints, more than {MAX_CONSTRAINTS}: take a smaller network")]
	TooManyConstraints(usize),
	/// The state is not one of the training.
	#[error(transparent)]
	State(TensorError),
	/// A weight has more bits than a master weight, as one may after a last step with too high a rate.
	#[error("the weight at {0} has too many bits: it has no rounding")]
	WeightOutOfRange(WeightPlace),
	/// The public commitment is not that of the state.
	#[error("the commitment to the state is not that of these weights")]
	StateMismatch,
	/// The public commitment is not that of the rounding.
	#[error("the commitment to the weights is not that of this state's rounding")]
	WeightsMismatch,
}

/// Constraints of the circuit for a training, whether or not they are too many.
pub fn constraints(training: &Training) -> usize {
	let architecture = training.architecture();
	2 + 1
		+ training.weights() * training.precision().weight_bits()
		+ (BIAS_BITS + 1) * architecture.biases()
		+ master::commitment_constraints(training.elements())
		+ packing::chain_constraints(architecture.tensor_bytes(), true)
		+ 1
}

/// The matrices.
///
/// # Errors
///
/// [`RoundingError::TooManyConstraints`].
pub fn shape(training: &Training) -> Result<Shape, RoundingError> {
	check_size(training)?;
	let mut recorder = Recorder::default();
	synthesise(&mut recorder, training, &Default::default(), &vec![0; training.weights()]);
	Ok(recorder.finish())
}

/// The signals of a true statement about these weights: layer by layer and row by row, the bias last in
/// each row.
///
/// # Errors
///
/// [`RoundingError`], the first that applies.
pub fn public_signals(
	training: &Training,
	context: [Fr; 2],
	subject: Fr,
	weights: &[i32],
) -> Result<PublicSignals, RoundingError> {
	check(training, weights)?;
	let mut assigner = Assigner::with_capacity(constraints(training));
	let [state, weights] = synthesise(&mut assigner, training, &Default::default(), weights);
	Ok(PublicSignals { context, subject, state, weights })
}

/// The assignment of a true statement.
///
/// # Errors
///
/// [`RoundingError`], the first that applies.
pub fn assign(
	training: &Training,
	public: &PublicSignals,
	weights: &[i32],
) -> Result<Assignment, RoundingError> {
	check(training, weights)?;
	let mut assigner = Assigner::with_capacity(constraints(training));
	let [state, weights] = synthesise(&mut assigner, training, &public.to_fields(), weights);
	if state != public.state {
		return Err(RoundingError::StateMismatch);
	}
	if weights != public.weights {
		return Err(RoundingError::WeightsMismatch);
	}
	Ok(assigner.finish())
}

fn check_size(training: &Training) -> Result<(), RoundingError> {
	match constraints(training) {
		constraints if constraints > MAX_CONSTRAINTS => {
			Err(RoundingError::TooManyConstraints(constraints))
		},
		_ => Ok(()),
	}
}

fn check(training: &Training, weights: &[i32]) -> Result<(), RoundingError> {
	check_size(training)?;
	let (expected, found) = (training.weights(), weights.len());
	if found != expected {
		return Err(RoundingError::State(TensorError::WeightCount { expected, found }));
	}
	let precision = training.precision();
	match weights.iter().position(|weight| !precision.contains((*weight).into())) {
		Some(place) => Err(RoundingError::WeightOutOfRange(training.place(place))),
		None => Ok(()),
	}
}

/// Gives the commitments that the circuit computed.
fn synthesise<B: Builder>(
	builder: &mut B,
	training: &Training,
	public: &[Fr; PUBLIC_SIGNALS],
	weights: &[i32],
) -> [Fr; 2] {
	let [context_lo, context_hi, subject, state_signal, weights_signal] =
		public.map(|value| builder.public(value));
	context::bind(builder, [&context_lo, &context_hi]);
	context::mention(builder, "subject", &[&subject]);

	let (precision, architecture) = (training.precision(), training.architecture());
	let unit = Fr::from(training.hyper_parameters().bias_unit);
	let weights: Vec<_> = weights.iter().map(|weight| i64::from(*weight)).collect();
	let mut rest = weights.as_slice();
	let (mut elements, mut bytes) = (Vec::new(), Vec::new());
	for ((place, placed), matrix) in architecture.placed().enumerate().zip(training.matrices()) {
		let (own, others) = rest.split_at(matrix.weights());
		rest = others;
		builder.group(LAYERS[place], |builder| {
			let rows =
				builder.group("weights", |builder| master::matrix(builder, precision, matrix, own));
			elements.extend(master::elements(precision, &rows));
			let mut biases = Vec::new();
			for row in rows {
				let mut row = row.into_iter();
				biases.extend(row.next_back().map(|bias| &bias.rounded * unit));
				bytes.extend(row.map(|weight| weight.byte));
			}
			let each = (placed.tensor_bytes() - placed.weights()) / placed.biases();
			builder.group("biases", |builder| {
				bytes.extend(biases.iter().flat_map(|bias| bias_bytes(builder, bias, each)));
			});
		});
	}
	let state = builder.group("state", |builder| {
		let head = state_head(&training.hash(), training.weights());
		master::commitment(builder, head, &elements, &state_signal)
	});
	let weights = builder.group("weights_commitment", |builder| {
		let head = commitment::weights_head(&architecture.hash(), bytes.len());
		let computed = packing::chain(builder, Input::Constant(head), &packing::pack(&bytes));
		builder.equal(&computed, &weights_signal);
		computed.value()
	});
	[state, weights]
}

/// So many bytes, two at least, of a signed number of [`BIAS_BITS`] bits, in two's complement: its bits, and one
/// constraint.
fn bias_bytes<B: Builder>(
	builder: &mut B,
	bias: &Number<B::Terms>,
	bytes: usize,
) -> Vec<Number<B::Terms>> {
	let lifted = bias.plus(power_of_two(BIAS_BITS - 1));
	let value = lifted.value().into_bigint();
	let mut bits: Vec<_> =
		(0..BIAS_BITS).map(|place| bits::bit(builder, value.get_bit(place))).collect();
	builder.enforce(|| [bits::compose(&bits), Number::one(), lifted]);
	if let Some(not_negative) = bits.pop() {
		bits.resize(8 * bytes, not_negative.subtracted_from(Fr::from(1u8)));
	}
	bits.chunks(8).map(bits::compose).collect()
}
