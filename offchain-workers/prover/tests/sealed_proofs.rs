//! Proofs of members and of bids that the chain's verifier accepts, and what it does not accept.

mod sealed;

use quittance_circuits::{bid_range, membership, Fr, Shape};
use quittance_groth16::{encode_inputs, verify, Proof, VerifyError};
use quittance_prover::{Engine, KeyStore, ProveError};

fn engine(name: &str, shape: &Shape) -> Engine {
	let folder = tempfile::tempdir().unwrap();
	KeyStore::new(folder.path()).load_or_set_up(name, shape).unwrap()
}

fn verifies_for_its_signals_only(engine: &Engine, proof: &Proof, signals: &[Fr]) {
	let (key, proof) = (engine.verifying_key().to_bytes(), proof.to_bytes());
	assert_eq!(verify(&key, &proof, &encode_inputs(signals)), Ok(()));
	for place in 0..signals.len() {
		let mut other = signals.to_vec();
		other[place] += Fr::from(1u8);
		let verdict = verify(&key, &proof, &encode_inputs(&other));
		assert_eq!(verdict, Err(VerifyError::InvalidProof), "signal {place}");
	}
}

#[test]
fn a_member_proves_that_it_is_one() {
	let engine = engine(membership::NAME, &membership::shape());
	let (public, witness) = sealed::member(3);
	let proof = engine.prove_membership(&public, &witness).unwrap();
	verifies_for_its_signals_only(&engine, &proof, &public.to_fields());
	let (other, _) = sealed::member(4);
	assert_ne!(other.nullifier, public.nullifier);
	let false_nullifier = membership::PublicSignals { nullifier: other.nullifier, ..public };
	let error = engine.prove_membership(&false_nullifier, &witness).unwrap_err();
	let expected = membership::WitnessError::NullifierMismatch;
	assert!(matches!(error, ProveError::Membership(error) if error == expected), "{error}");
}

#[test]
fn a_bid_within_its_bounds_has_a_proof_and_one_outside_has_none() {
	let engine = engine(bid_range::NAME, &bid_range::shape());
	for bid in [1_000, 1_500, 2_000] {
		let (public, witness) = sealed::bid(bid);
		let proof = engine.prove_bid_range(&public, &witness).unwrap();
		verifies_for_its_signals_only(&engine, &proof, &public.to_fields());
	}
	let (public, witness) = sealed::bid(999);
	let error = engine.prove_bid_range(&public, &witness).unwrap_err();
	let expected = bid_range::WitnessError::BelowLo { lo: 1_000 };
	assert!(matches!(error, ProveError::BidRange(error) if error == expected), "{error}");
	let (public, witness) = sealed::bid(2_001);
	let error = engine.prove_bid_range(&public, &witness).unwrap_err();
	let expected = bid_range::WitnessError::AboveHi { hi: 2_000 };
	assert!(matches!(error, ProveError::BidRange(error) if error == expected), "{error}");
}
