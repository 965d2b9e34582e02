//! A private job from the post to the note with the change: the proofs of all three calls, for what they
//! show and for nothing else. `--nocapture` shows how long the proofs took.

mod private_job;

use private_job::{
	decided, posted, settled, subject, work, Requester, JOB, PAID_IN, POST_FEE, UNITS, UNIT_PRICE,
};
use quittance_babyjubjub::PublicKey;
use quittance_circuits::{
	join_split::SpentNote,
	post_private_job,
	settle::{self, SettleWitness},
	settle_verdict::{self, SettleVerdictWitness},
	settlement::{Part, WitnessError},
	Fr, Shape,
};
use quittance_groth16::{encode_inputs, verify, VerifyError};
use quittance_poseidon::Native;
use quittance_prover::{Engine, KeyStore, Proof, ProveError};
use quittance_types::{
	recover_change, verdict_commitment, Agreement, FieldBytes, Header, PrivateJob,
	PrivateJobClaims, SettleClaims, SettlementClaims,
};
use std::{
	sync::LazyLock,
	time::{Duration, Instant},
};

static POST: LazyLock<Engine> =
	LazyLock::new(|| engine(post_private_job::NAME, &post_private_job::shape()));
static SETTLE: LazyLock<Engine> = LazyLock::new(|| engine(settle::NAME, &settle::shape()));
static VERDICT: LazyLock<Engine> =
	LazyLock::new(|| engine(settle_verdict::NAME, &settle_verdict::shape()));

fn engine(name: &str, shape: &Shape) -> Engine {
	let folder = tempfile::tempdir().unwrap();
	KeyStore::new(folder.path()).load_or_set_up(name, shape).unwrap()
}

/// What the chain knows: the offer from the post, the payee from the lock.
fn private_job() -> PrivateJob {
	let (claims, ..) = posted();
	let offer = claims.offer.hash::<Native>().unwrap();
	PrivateJob { subject: subject(), agreement: Agreement::new::<Native>(offer, work().payee()) }
}

/// What the chain makes of the units that a panel found.
fn verdict(units: u64) -> Fr {
	verdict_commitment::<Native>(subject(), units, Fr::from(0u8))
}

/// The last of some proofs, and the least and the median time that one took.
fn timed(what: &str, prove: impl Fn() -> Proof) -> Proof {
	let mut proof = prove();
	let mut times: Vec<Duration> = (0..5)
		.map(|_| {
			let start = Instant::now();
			proof = prove();
			start.elapsed()
		})
		.collect();
	times.sort();
	println!("{what}: {:?} at least, {:?} in the median of {}", times[0], times[2], times.len());
	proof
}

/// Whether the proof is accepted for these signals by bytes, and for no others.
fn is_for(engine: &Engine, proof: &Proof, signals: &[Fr]) {
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
fn a_private_job_is_posted_with_what_its_call_shows() {
	let (claims, header, public, witness) = posted();
	let signals = claims.inputs::<Native, _>(&header).unwrap();
	assert_eq!(public.to_fields(), signals);
	let prove = || POST.prove_post_private_job(&public, &witness).unwrap();
	let proof = timed("post_private_job", prove);
	is_for(&POST, &proof, &signals);

	// What goes to the account is no fee, nor the other way round, though one signal has the sum; and it goes
	// to no other account.
	let verdict = |claims: &PrivateJobClaims, header: &Header<[u8; 32]>| {
		let inputs = claims.inputs::<Native, _>(header).unwrap();
		let key = POST.verifying_key().to_bytes();
		verify(&key, &proof.to_bytes(), &encode_inputs(&inputs))
	};
	assert_eq!(verdict(&claims, &header), Ok(()));
	let other = PrivateJobClaims { paid_in: PAID_IN - 1, fee: POST_FEE + 1, ..claims };
	assert_eq!(other.inputs::<Native, _>(&header).unwrap(), signals);
	let arguments = other.arguments(&"the job", b"for change");
	let invalid = Err(VerifyError::InvalidProof);
	assert_eq!(verdict(&other, &Header { arguments, ..header.clone() }), invalid);
	assert_eq!(verdict(&claims, &Header { payee: [8; 32], ..header.clone() }), invalid);
	assert_eq!(verdict(&claims, &Header { submitter: Some([8; 32]), ..header }), invalid);
}

#[test]
fn a_settlement_verifies_for_what_its_call_shows() {
	let (claims, header, public, witness) = settled();
	let signals = claims.inputs::<Native, _>(&header, &private_job()).unwrap();
	assert_eq!(public.to_fields(), signals);
	let proof = timed("settle", || SETTLE.prove_settle(&public, &witness).unwrap());
	is_for(&SETTLE, &proof, &signals);
}

#[test]
fn a_settlement_by_verdict_verifies_for_what_its_call_shows() {
	let (claims, header, public, witness) = decided();
	let job = private_job();
	let signals = claims.inputs::<Native, _>(&header, &job, verdict(UNITS)).unwrap();
	assert_eq!(public.to_fields(), signals);
	let prove = || VERDICT.prove_settle_verdict(&public, &witness).unwrap();
	let proof = timed("settle_verdict", prove);
	is_for(&VERDICT, &proof, &signals);
	for units in [0, UNITS - 1, UNITS + 1, u64::MAX] {
		let inputs = claims.inputs::<Native, _>(&header, &job, verdict(units)).unwrap();
		let key = VERDICT.verifying_key().to_bytes();
		let verdict = verify(&key, &proof.to_bytes(), &encode_inputs(&inputs));
		assert_eq!(verdict, Err(VerifyError::InvalidProof), "{units}");
	}
}

/// Trap 13, and 12, 14: everything that a call shows and that the chain knows is in the proof, though
/// most of it is in one signal.
#[test]
fn a_settlement_is_void_for_anything_else() {
	let (claims, header, public, witness) = settled();
	let proof = SETTLE.prove_settle(&public, &witness).unwrap().to_bytes();
	let key = SETTLE.verifying_key().to_bytes();
	let verdict = |claims: &SettleClaims, header: &Header<[u8; 32]>, job: &PrivateJob| {
		let inputs = claims.inputs::<Native, _>(header, job).unwrap();
		verify(&key, &proof, &encode_inputs(&inputs))
	};
	let job = private_job();
	assert_eq!(verdict(&claims, &header, &job), Ok(()));
	let invalid = Err(VerifyError::InvalidProof);
	for other in [
		Header { submitter: Some([8; 32]), ..header.clone() },
		Header { arguments: claims.arguments(JOB, b"for the thief"), ..header.clone() },
		Header { valid_until: 301, ..header.clone() },
		Header { genesis: [2; 32], ..header.clone() },
		Header { circuit: [7; 32], ..header.clone() },
		Header { nonce: 2, ..header.clone() },
	] {
		assert_eq!(verdict(&claims, &other, &job), invalid);
	}
	let one = Fr::from(1u8);
	let offer = posted().0.offer.hash::<Native>().unwrap();
	for other in [
		PrivateJob { subject: job.subject + one, ..job },
		PrivateJob { agreement: Agreement::new::<Native>(offer, one), ..job },
		PrivateJob { agreement: Agreement::new::<Native>(one, work().payee()), ..job },
	] {
		assert_eq!(verdict(&claims, &header, &other), invalid);
	}
	let settlement = claims.settlement;
	let [x, y] = settlement.ephemeral_key;
	for settlement in [
		SettlementClaims { payee: settlement.change, change: settlement.payee, ..settlement },
		SettlementClaims { fee: settlement.fee - 1, ..settlement },
		SettlementClaims { ephemeral_key: [y, x], ..settlement },
		SettlementClaims { encrypted_change: x, ..settlement },
	] {
		assert_eq!(verdict(&SettleClaims { settlement, ..claims }, &header, &job), invalid);
	}
	for other in [
		SettleClaims { issuer_index: 0, ..claims },
		SettleClaims { issuer_root: claims.nullifier, ..claims },
		SettleClaims { nullifier: claims.issuer_root, ..claims },
		SettleClaims { expires_at: claims.expires_at + 1, ..claims },
		SettleClaims { as_of: claims.as_of - 1, ..claims },
	] {
		assert_eq!(verdict(&other, &header, &job), invalid);
	}
}

/// Both have as many signals: only their keys, and the tags in the statements, tell them apart.
#[test]
fn a_proof_of_one_circuit_is_none_of_the_other() {
	let (_, _, public, witness) = decided();
	let proof = VERDICT.prove_settle_verdict(&public, &witness).unwrap().to_bytes();
	let inputs = encode_inputs(&public.to_fields());
	let verdict = verify(&SETTLE.verifying_key().to_bytes(), &proof, &inputs);
	assert_eq!(verdict, Err(VerifyError::InvalidProof));
}

/// From its seed and what the chain shows, and nothing that the miner would have to send it.
#[test]
fn the_requester_finds_and_can_spend_its_change() {
	let (claims, ..) = settled();
	let requester = Requester::new();
	let field = |bytes: FieldBytes| bytes.to_field().unwrap();
	let SettlementClaims { change, ephemeral_key: [x, y], encrypted_change, .. } =
		claims.settlement;
	let ephemeral = PublicKey::new(field(x), field(y)).unwrap();
	let shared = requester.change_key.shared(&ephemeral);
	let note = recover_change::<Native>(
		&shared,
		subject(),
		requester.owner(),
		field(change),
		field(encrypted_change),
	)
	.unwrap();
	assert_eq!(note.value, (10 - UNITS) * UNIT_PRICE);
	let spent = SpentNote {
		value: note.value,
		..SpentNote::dummy(requester.nullifier_key, requester.diversifier, note.rho)
	};
	assert_eq!(spent.note().commitment::<Native>(), field(change));
}

/// The requester has opening, owner key and a good receipt, and would have all of it as a fee, or have the
/// miner not find its note.
#[test]
fn only_the_payee_settles() {
	let refused = |witness: &SettleWitness, fee| {
		let (_, _, mut public, honest) = settled();
		// Everything shown is its own, but what the chain knows.
		let settlement = &witness.settlement;
		let agreement = public.settlement.agreement;
		public.settlement = settlement.settlement(subject(), fee).unwrap();
		public.settlement.agreement = agreement;
		let error = SETTLE.prove_settle(&public, witness).unwrap_err();
		assert!(matches!(error, ProveError::Settlement(WitnessError::Mismatch(Part::Agreement))));

		let (_, _, mut public, mut by_verdict) = decided();
		by_verdict.settlement = settlement.clone();
		public.settlement = settlement.settlement(subject(), fee).unwrap();
		public.settlement.agreement = agreement;
		let error = VERDICT.prove_settle_verdict(&public, &by_verdict).unwrap_err();
		assert!(matches!(error, ProveError::Settlement(WitnessError::Mismatch(Part::Agreement))));
		assert!(honest.settlement.payee() != settlement.payee());
	};
	let (_, _, _, honest) = settled();
	let requester = Requester::new();
	let mut thief = honest.clone();
	thief.settlement.nullifier_key = requester.nullifier_key;
	refused(&thief, UNITS * UNIT_PRICE);
	thief.settlement.payee_rho += Fr::from(1u8);
	refused(&thief, 0);
	thief.settlement.diversifier = requester.diversifier;
	refused(&thief, 0);
	thief.settlement.nullifier_key = Fr::from(0u8);
	refused(&thief, 1);
	// The miner itself by the key of another of its notes.
	let mut other = honest;
	other.settlement.diversifier += Fr::from(1u8);
	refused(&other, 0);
}

#[test]
fn a_verdict_of_other_units_has_no_proof() {
	let (_, _, public, witness) = decided();
	let mut more = witness.clone();
	more.settlement.units = UNITS + 1;
	let settlement = more.settlement.settlement(subject(), 0).unwrap();
	let public = settle_verdict::PublicSignals { settlement, ..public };
	let refused =
		|public: &settle_verdict::PublicSignals, witness: &SettleVerdictWitness| match VERDICT
			.prove_settle_verdict(public, witness)
			.unwrap_err()
		{
			ProveError::Settlement(error) => error,
			other => panic!("{other}"),
		};
	assert_eq!(refused(&public, &more), WitnessError::Mismatch(Part::Verdict));
	// More than the terms pay, though a panel found them.
	more.settlement.units = 11;
	let public = settle_verdict::PublicSignals { verdict: verdict(11), ..public };
	let error = refused(&public, &more);
	assert_eq!(error, WitnessError::TooManyUnits { units: 11, max_units: 10 });
}

#[test]
fn a_false_statement_has_no_proof_and_names_its_group() {
	let (_, _, public, witness) = settled();
	let refused = |public: &settle::PublicSignals, witness: &SettleWitness| match SETTLE
		.prove_settle(public, witness)
		.unwrap_err()
	{
		ProveError::Settlement(error) => error,
		other => panic!("{other}"),
	};
	let mut more = witness.clone();
	more.settlement.units = 11;
	let error = refused(&public, &more);
	assert_eq!(error, WitnessError::TooManyUnits { units: 11, max_units: 10 });
	assert_eq!(error.group(), "units");
	let mut other = witness.clone();
	other.receipt.output[0] += 1;
	assert_eq!(refused(&public, &other), WitnessError::SignatureInvalid);
	let (_, _, mut public, witness) = posted();
	public.paid += 1;
	assert!(matches!(
		POST.prove_post_private_job(&public, &witness).unwrap_err(),
		ProveError::Notes(error) if error.group() == "conservation"
	));
}
