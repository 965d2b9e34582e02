//! One proof of each call of a private job, from what the wallet gives to what the chain verifies.

use super::{
	market::{settlement_terms, take},
	*,
};
use quittance_circuits::{
	post_private_job, settle, settle_verdict, transfer, withdraw, Assignment, Shape,
};
use quittance_groth16::{encode_inputs, verify, VerifyError};
use quittance_prover::{Engine, KeyStore, Proof};
use quittance_types::verdict_commitment;

fn engine(name: &str, shape: &Shape) -> Engine {
	let folder = tempfile::tempdir().unwrap();
	KeyStore::new(folder.path()).load_or_set_up(name, shape).unwrap()
}

/// By bytes, as the chain does it, with the signals that the chain computes.
fn is_accepted(engine: &Engine, proof: &Proof, signals: &[Fr]) {
	let (key, proof) = (engine.verifying_key().to_bytes(), proof.to_bytes());
	assert_eq!(verify(&key, &proof, &encode_inputs(signals)), Ok(()));
}

/// The same for a pool with an auditor, and its two other calls: keys twice as large, a signal more.
#[test]
fn audited_calls_are_proven_under_circuits_of_their_own() {
	let (mut chain, mut alice, bob) = (Chain::new(), Party::new(1), Party::new(2));
	alice.fund(&mut chain, &[1_000, 2_000, 3_000]);
	let proven = |name: &str, shape: &Shape, assignment: Assignment, signals: &[Fr]| {
		let engine = engine(name, shape);
		let proof = engine.prove(&assignment).unwrap();
		is_accepted(&engine, &proof, signals);
		// Of a value that was not shown.
		let mut others = signals.to_vec();
		*others.last_mut().unwrap() += Fr::from(1u8);
		let (key, proof) = (engine.verifying_key().to_bytes(), proof.to_bytes());
		let refused = verify(&key, &proof, &encode_inputs(&others));
		assert_eq!(refused, Err(VerifyError::InvalidProof));
	};
	let call = audit::pay(&chain, &mut alice, 80);
	let assignment = call.assign().unwrap();
	proven(transfer::AUDITED_NAME, &transfer::audited_shape(), assignment, &call.signals());
	alice.wallet.release(call.spends.iter().copied());
	let call = audit::withdrawn(&chain, &mut alice, 80);
	let assignment = call.assign().unwrap();
	proven(withdraw::AUDITED_NAME, &withdraw::audited_shape(), assignment, &call.signals());
	alice.wallet.release(call.spends.iter().copied());
	let call = audit::post(&chain, &mut alice);
	let (name, shape) = (post_private_job::AUDITED_NAME, post_private_job::audited_shape());
	proven(name, &shape, call.assign().unwrap(), &call.signals());

	let job = chain.jobs();
	chain.block(vec![market::posted(&call, job)]);
	alice.follow(&chain);
	let taken = take(&mut alice, &bob, job, 1);
	let (receipt, verdict) = audit::settlements(&taken, &bob, &audit::pool());
	let assignment = receipt.assign().unwrap();
	proven(settle::AUDITED_NAME, &settle::audited_shape(), assignment, &receipt.signals());
	let (name, shape) = (settle_verdict::AUDITED_NAME, settle_verdict::audited_shape());
	proven(name, &shape, verdict.assign().unwrap(), &verdict.signals());
}

#[test]
fn a_job_is_posted_and_settled_with_proofs() {
	let (mut chain, mut alice, bob) = (Chain::new(), Party::new(1), Party::new(2));
	alice.fund(&mut chain, &[1_000]);
	let call = alice.order(&chain, 5, 100).unwrap();
	let engine_of_posts = engine(post_private_job::NAME, &post_private_job::shape());
	let proof = engine_of_posts.prove_post_private_job(&call.public, call.witness()).unwrap();
	let signals = call.claims.inputs::<Native, _>(&call.header).unwrap();
	is_accepted(&engine_of_posts, &proof, &signals);

	let job = chain.jobs();
	chain.block(vec![market::posted(&call, job)]);
	alice.follow(&chain);
	let taken = take(&mut alice, &bob, job, 1);
	let terms = settlement_terms(chain.next);
	let call = taken.settle(&bob, &taken.signed(30), &terms).unwrap();
	let engine_of_receipts = engine(settle::NAME, &settle::shape());
	let proof = engine_of_receipts.prove_settle(&call.public, call.witness()).unwrap();
	let signals = call.claims.inputs::<Native, _>(&call.header, &taken.private()).unwrap();
	is_accepted(&engine_of_receipts, &proof, &signals);

	let call = taken.settle_verdict(&bob, 30, 40, &terms).unwrap();
	let engine_of_verdicts = engine(settle_verdict::NAME, &settle_verdict::shape());
	let proof = engine_of_verdicts.prove_settle_verdict(&call.public, call.witness()).unwrap();
	let verdict = verdict_commitment::<Native>(taken.locked.subject, 30, Fr::from(0u8));
	let signals = call.claims.inputs::<Native, _>(&call.header, &taken.private(), verdict);
	is_accepted(&engine_of_verdicts, &proof, &signals.unwrap());
}
