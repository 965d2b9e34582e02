//! Model integrity: the prover knows a network of this architecture behind this commitment.
//!
//! It is a proof of knowledge and of nothing else: anybody has one for any network of their own, beside the
//! id of anybody's model. That the model is registered with this commitment and this architecture is
//! for whoever takes the proof to compare.
//!
//! A circuit is for one [`Architecture`]. Public signals, in order: `context_lo`, `context_hi`, `model_lo`,
//! `model_hi`, `weights_commitment`, `architecture_lo`, `architecture_hi`. The model's two are the limbs of
//! its id, or of whatever else the proof is to be about.
//!
//! Proven, by the groups named:
//!
//! * `context`, `model`: nothing about them, but each signal is in a constraint, so that a proof is for
//!   one context and one model only.
//! * `architecture`: the signals are the limbs of the architecture's hash.
//! * `tensor`: weights and biases are as many bytes as the architecture has, by their bits. Any bytes are
//!   weights in range.
//! * `weights_commitment`: the signal is [`commitment::weights_commitment`] of them.
//!
//! It does not prove that the network is any good.

use crate::{
	architecture::Architecture,
	commitment,
	gadgets::{context, integers, packing, poseidon::Input},
	inference::MAX_CONSTRAINTS,
	Assigner, Assignment, Builder, Number, Recorder, Shape,
};
use ark_bn254::Fr;
use quittance_types::limbs;

#[cfg(test)]
mod tests;

/// Name of the circuit in files and passports. A change to the statement changes it.
pub const NAME: &str = "model-integrity-v1";

/// Number of public signals.
pub const PUBLIC_SIGNALS: usize = 7;

/// What the chain sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublicSignals {
	/// The two limbs of the context, low first.
	pub context: [Fr; 2],
	/// The two limbs of the model's id.
	pub model: [Fr; 2],
	/// [`commitment::weights_commitment`].
	pub weights_commitment: Fr,
	/// [`Architecture::hash`].
	pub architecture: [u8; 32],
}

impl PublicSignals {
	/// The signals in the order of the circuit.
	pub fn to_fields(&self) -> [Fr; PUBLIC_SIGNALS] {
		let ([context_lo, context_hi], [model_lo, model_hi]) = (self.context, self.model);
		let [architecture_lo, architecture_hi] = limbs(&self.architecture);
		[
			context_lo,
			context_hi,
			model_lo,
			model_hi,
			self.weights_commitment,
			architecture_lo,
			architecture_hi,
		]
	}
}

/// Why there is no circuit or no proof. Each is found before the prover starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ModelIntegrityError {
	/// More constraints than [`MAX_CONSTRAINTS`].
	#[error("the circuit would have {0} constraints, more than {MAX_CONSTRAINTS}: take a smaller network")]
	TooManyConstraints(usize),
	/// The tensor has not the bytes of the architecture.
	#[error("{found} bytes of weights and biases, but the architecture has {expected}")]
	TensorBytes {
		/// Bytes by the architecture.
		expected: usize,
		/// Bytes given.
		found: usize,
	},
	/// The public hash is not that of the circuit's architecture.
	#[error("the architecture's hash is not that of the circuit's architecture")]
	ArchitectureMismatch,
	/// The public commitment is not that of the weights.
	#[error("the commitment to the weights is not that of these weights and biases")]
	WeightsCommitmentMismatch,
}

/// Constraints of the circuit for a network, whether or not they are too many.
pub fn constraints(architecture: &Architecture) -> usize {
	let bytes = architecture.tensor_bytes();
	2 + 2 + 2 + 8 * bytes + packing::chain_constraints(bytes, true) + 1
}

/// The matrices.
///
/// Errors: [`ModelIntegrityError::TooManyConstraints`].
pub fn shape(architecture: &Architecture) -> Result<Shape, ModelIntegrityError> {
	check_size(architecture)?;
	let mut recorder = Recorder::default();
	let tensor = vec![0; architecture.tensor_bytes()];
	synthesise(&mut recorder, architecture, &[Fr::default(); PUBLIC_SIGNALS], &tensor);
	Ok(recorder.finish())
}

/// The assignment of a true statement, of weights and biases laid out as [`Architecture::tensor_bytes`]
/// says.
///
/// Errors: [`ModelIntegrityError`], the first that applies.
pub fn assign(
	architecture: &Architecture,
	public: &PublicSignals,
	tensor: &[u8],
) -> Result<Assignment, ModelIntegrityError> {
	check_size(architecture)?;
	let (expected, found) = (architecture.tensor_bytes(), tensor.len());
	if found != expected {
		return Err(ModelIntegrityError::TensorBytes { expected, found });
	}
	if public.architecture != architecture.hash() {
		return Err(ModelIntegrityError::ArchitectureMismatch);
	}
	let mut assigner = Assigner::with_capacity(constraints(architecture));
	let commitment = synthesise(&mut assigner, architecture, &public.to_fields(), tensor);
	if commitment != public.weights_commitment {
		return Err(ModelIntegrityError::WeightsCommitmentMismatch);
	}
	Ok(assigner.finish())
}

fn check_size(architecture: &Architecture) -> Result<(), ModelIntegrityError> {
	match constraints(architecture) {
		constraints if constraints > MAX_CONSTRAINTS => {
			Err(ModelIntegrityError::TooManyConstraints(constraints))
		},
		_ => Ok(()),
	}
}

/// Gives the commitment that the circuit computed.
fn synthesise<B: Builder>(
	builder: &mut B,
	architecture: &Architecture,
	public: &[Fr; PUBLIC_SIGNALS],
	tensor: &[u8],
) -> Fr {
	let [context_lo, context_hi, model_lo, model_hi, commitment, architecture_lo, architecture_hi] =
		public.map(|value| builder.public(value));
	context::bind(builder, [&context_lo, &context_hi]);
	context::mention(builder, "model", &[&model_lo, &model_hi]);
	let hash = architecture.hash();
	builder.group("architecture", |builder| {
		for (signal, limb) in [architecture_lo, architecture_hi].iter().zip(limbs(&hash)) {
			builder.equal(signal, &Number::constant(limb));
		}
	});
	let bytes: Vec<_> = builder.group("tensor", |builder| {
		tensor.iter().flat_map(|byte| integers::signed_byte(builder, *byte as i8).bytes).collect()
	});
	builder.group("weights_commitment", |builder| {
		let head = commitment::weights_head(&hash, bytes.len());
		let computed = packing::chain(builder, Input::Constant(head), &packing::pack(&bytes));
		builder.equal(&computed, &commitment);
		computed.value()
	})
}
