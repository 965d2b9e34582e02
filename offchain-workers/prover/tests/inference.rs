//! From a network to a proof that the chain's verifier accepts, and what it does not accept.

mod network;

use network::{hidden, logits, parameters, statement};
use quittance_circuits::{
	architecture::{Extent, Layer, Requantise},
	commitment,
	inference::{self, Parameters, WitnessError},
	model_integrity::{self, ModelIntegrityError},
	Fr, Shape,
};
use quittance_groth16::{encode_inputs, verify, VerifyError};
use quittance_prover::{Engine, KeyStore, ProveError};
use std::sync::LazyLock;

fn engine(name: &str, shape: &Shape) -> Engine {
	let folder = tempfile::tempdir().unwrap();
	KeyStore::new(folder.path()).load_or_set_up(name, shape).unwrap()
}

/// A convolution, a mean, a dense layer and logits.
static PARAMETERS: LazyLock<Parameters> = LazyLock::new(|| {
	let requantise = Requantise { shift: 7, rectify: false };
	let convolution =
		Layer::Convolution { channels: 2, kernel: 3, stride: 1, padding: 1, requantise };
	let layers = vec![convolution, Layer::AveragePool { window: 3 }, hidden(4), logits(3)];
	parameters(Extent { channels: 1, rows: 6, columns: 6 }, layers)
});
static SHAPE: LazyLock<Shape> = LazyLock::new(|| inference::shape(&PARAMETERS));
static ENGINE: LazyLock<Engine> = LazyLock::new(|| engine(inference::NAME, &SHAPE));

#[test]
fn a_proof_verifies_by_bytes_and_for_its_signals_only() {
	let (public, witness) = statement(&PARAMETERS, 1);
	let proof = ENGINE.prove_inference(&PARAMETERS, &public, &witness).unwrap().to_bytes();
	let key = ENGINE.verifying_key().to_bytes();
	let signals = public.to_fields();
	assert_eq!(signals.len(), 7);
	assert_eq!(verify(&key, &proof, &encode_inputs(&signals)), Ok(()));
	// Each signal in turn: the context, the subject, each commitment, the label.
	for place in 0..signals.len() {
		let mut other = signals.clone();
		other[place] += Fr::from(1u8);
		let verdict = verify(&key, &proof, &encode_inputs(&other));
		assert_eq!(verdict, Err(VerifyError::InvalidProof), "signal {place}");
	}
	// Nor for another model of the same architecture.
	let (of_another, _) = statement(&PARAMETERS, 2);
	let mut other = signals;
	other[3] = of_another.weights_commitment;
	let verdict = verify(&key, &proof, &encode_inputs(&other));
	assert_eq!(verdict, Err(VerifyError::InvalidProof));
}

#[test]
fn a_false_statement_has_no_proof_and_a_name() {
	let (public, witness) = statement(&PARAMETERS, 1);
	let (other, _) = statement(&PARAMETERS, 2);
	let mut false_model = public.clone();
	false_model.weights_commitment = other.weights_commitment;
	let error = ENGINE.prove_inference(&PARAMETERS, &false_model, &witness).unwrap_err();
	let expected = WitnessError::WeightsCommitmentMismatch;
	assert!(matches!(error, ProveError::Inference(error) if error == expected), "{error}");
	let mut false_label = public;
	false_label.labels[0] ^= 1;
	let error = ENGINE.prove_inference(&PARAMETERS, &false_label, &witness).unwrap_err();
	assert!(matches!(error, ProveError::Inference(WitnessError::LabelMismatch { item: 0, .. })));
}

#[test]
fn an_unsatisfied_assignment_has_no_proof_and_the_groups_that_fail_have_names() {
	// The library makes a proof of any assignment; it must not get out.
	let (public, witness) = statement(&PARAMETERS, 1);
	let honest = inference::assign(&PARAMETERS, &public, &witness).unwrap();
	let wires = honest.wires().len();
	for wire in [3, 5, 8, 500, wires / 2, wires - 1] {
		let changed = honest.with(wire, honest.wires()[wire] + Fr::from(1u8)).unwrap();
		assert!(!SHAPE.unsatisfied(&changed).is_empty(), "{wire}");
		let error = ENGINE.prove(&changed).unwrap_err();
		assert!(
			matches!(error, ProveError::SelfVerification(VerifyError::InvalidProof)),
			"{error}"
		);
	}
}

#[test]
fn a_model_is_known_by_its_owner_only() {
	let architecture = PARAMETERS.architecture();
	let shape = model_integrity::shape(architecture).unwrap();
	let engine = engine(model_integrity::NAME, &shape);
	let (_, witness) = statement(&PARAMETERS, 1);
	let public = model_integrity::PublicSignals {
		context: [Fr::from(1u8), Fr::from(2u8)],
		model: [Fr::from(3u8), Fr::from(4u8)],
		weights_commitment: commitment::weights_commitment(architecture, &witness.tensor).unwrap(),
		architecture: architecture.hash(),
	};
	let proof = engine.prove_model_integrity(architecture, &public, &witness.tensor).unwrap();
	let (key, proof) = (engine.verifying_key().to_bytes(), proof.to_bytes());
	let signals = public.to_fields();
	assert_eq!(verify(&key, &proof, &encode_inputs(&signals)), Ok(()));
	for place in 0..signals.len() {
		let mut other = signals;
		other[place] += Fr::from(1u8);
		let verdict = verify(&key, &proof, &encode_inputs(&other));
		assert_eq!(verdict, Err(VerifyError::InvalidProof), "signal {place}");
	}
	let mut tensor = witness.tensor;
	tensor[9] ^= 1;
	let error = engine.prove_model_integrity(architecture, &public, &tensor).unwrap_err();
	let expected = ModelIntegrityError::WeightsCommitmentMismatch;
	assert!(matches!(error, ProveError::ModelIntegrity(error) if error == expected), "{error}");
}
