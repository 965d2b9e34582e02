//! From a statement to a proof that the chain's verifier accepts, and what it does not accept.

#[path = "../examples/statement/mod.rs"]
mod statement;

use quittance_circuits::{
	basic_receipt::{self, WitnessError},
	Fr,
};
use quittance_groth16::{encode_inputs, verify, VerifyError};
use quittance_prover::{Engine, KeyStore, ProveError};
use statement::statement;
use std::sync::LazyLock;

static ENGINE: LazyLock<Engine> = LazyLock::new(|| {
	let folder = tempfile::tempdir().unwrap();
	let shape = basic_receipt::shape();
	KeyStore::new(folder.path()).load_or_set_up(basic_receipt::NAME, &shape).unwrap()
});

#[test]
fn a_proof_verifies_by_bytes_and_for_its_signals_only() {
	let (public, witness) = statement(1);
	let proof = ENGINE.prove_basic_receipt(&public, &witness).unwrap().to_bytes();
	let key = ENGINE.verifying_key().to_bytes();
	let signals = public.to_fields();
	assert_eq!(verify(&key, &proof, &encode_inputs(&signals)), Ok(()));
	for place in 0..signals.len() {
		let mut other = signals;
		other[place] += Fr::from(1u8);
		let verdict = verify(&key, &proof, &encode_inputs(&other));
		assert_eq!(verdict, Err(VerifyError::InvalidProof), "signal {place}");
	}
}

#[test]
fn two_proofs_of_one_statement_differ() {
	let (public, witness) = statement(1);
	let first = ENGINE.prove_basic_receipt(&public, &witness).unwrap();
	let second = ENGINE.prove_basic_receipt(&public, &witness).unwrap();
	assert_ne!(first, second);
}

#[test]
fn a_false_statement_has_no_proof() {
	let (mut public, witness) = statement(1);
	public.amount += 1;
	let error = ENGINE.prove_basic_receipt(&public, &witness).unwrap_err();
	assert!(matches!(error, ProveError::Witness(WitnessError::AmountMismatch { .. })), "{error}");
}

#[test]
fn an_unsatisfied_assignment_has_no_proof() {
	// The library makes one of any assignment; it must not get out.
	let (public, witness) = statement(1);
	let honest = basic_receipt::assign(&public, &witness).unwrap();
	for wire in [1, 9, 10, 5_000, honest.wires().len() - 1] {
		let value = honest.wires()[wire] + Fr::from(1u8);
		let error = ENGINE.prove(&honest.with(wire, value).unwrap()).unwrap_err();
		assert!(
			matches!(error, ProveError::SelfVerification(VerifyError::InvalidProof)),
			"{error}"
		);
	}
}

#[test]
fn an_assignment_of_another_circuit_has_no_proof() {
	let other = quittance_circuits::Assigner::with_capacity(1).finish();
	let error = ENGINE.prove(&other).unwrap_err();
	assert!(matches!(error, ProveError::AssignmentLength { got: 1, .. }), "{error}");
}
