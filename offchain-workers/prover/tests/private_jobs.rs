//! A private job from the post to the note with the change: the proofs of all three calls, for what they
//! show and for nothing else. `--nocapture` shows how long the proofs took.

use quittance_babyjubjub::{PublicKey, SecretKey};
use quittance_circuits::{
	join_split::SpentNote,
	post_private_job::{self, PostPrivateJobWitness},
	settle::{self, SettleWitness},
	settle_verdict,
	settlement::{Part, SettlementWitness, WitnessError},
	Fr, Shape,
};
use quittance_groth16::{encode_inputs, verify, VerifyError};
use quittance_poseidon::{tree, Native};
use quittance_prover::{Engine, KeyStore, Proof, ProveError};
use quittance_types::{
	agreement, owner_key, recover_change, EscrowOpening, FieldBytes, Header, JobId, Note,
	PrivateJob, PrivateJobClaims, PrivateSettlement, PrivateTerms, SettleClaims,
	SettleVerdictClaims, SettledReceipt, SettlementClaims, Subject, NOTE_TREE_DEPTH,
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

const JOB: JobId = 77;
const FEE: u64 = 30;
const CHARGE: u64 = 40;

fn engine(name: &str, shape: &Shape) -> Engine {
	let folder = tempfile::tempdir().unwrap();
	KeyStore::new(folder.path()).load_or_set_up(name, shape).unwrap()
}

/// The requester: what its wallet makes from its seed.
struct Requester {
	nullifier_key: Fr,
	diversifier: Fr,
	change_key: SecretKey,
}

impl Requester {
	fn new() -> Self {
		Self {
			nullifier_key: -Fr::from(1u8),
			diversifier: -Fr::from(2u8),
			change_key: SecretKey::from_seed(&[3; 32]),
		}
	}

	fn owner(&self) -> Fr {
		owner_key::<Native>(self.nullifier_key, self.diversifier)
	}

	/// Ten units at 500, and 100 for those who judge them.
	fn escrow(&self) -> EscrowOpening {
		EscrowOpening {
			terms: PrivateTerms { unit_price: 500, max_units: 10, salt: -Fr::from(4u8) },
			reserve: 100,
			owner: self.owner(),
			rho: -Fr::from(5u8),
			change_key: self.change_key.public(),
		}
	}
}

fn header(circuit: u8, subject: Option<FieldBytes>, arguments: [u8; 32]) -> Header<[u8; 32]> {
	Header {
		genesis: [1; 32],
		pallet: 44,
		circuit: [circuit; 32],
		subject,
		arguments,
		submitter: None,
		payee: [9; 32],
		valid_until: 300,
		nonce: u64::from(subject.is_some()),
	}
}

/// The call that posts the job, and the statement of its proof.
fn posted(
) -> (PrivateJobClaims, Header<[u8; 32]>, post_private_job::PublicSignals, PostPrivateJobWitness) {
	let requester = Requester::new();
	let escrow = requester.escrow();
	let note = SpentNote {
		value: 6_000,
		leaf_index: 2,
		..SpentNote::dummy(requester.nullifier_key, -Fr::from(6u8), -Fr::from(7u8))
	};
	let leaves = [Fr::from(4u8), Fr::from(5u8), note.note().commitment::<Native>()];
	let siblings = quittance_circuits::join_split::siblings(&leaves, 2).unwrap();
	let dummy = SpentNote::dummy(-Fr::from(8u8), -Fr::from(9u8), -Fr::from(10u8));
	let inputs = [SpentNote { siblings, ..note }, dummy];
	let change = Note { value: 6_000 - 5_100 - 70, owner: requester.owner(), rho: Fr::from(11u8) };
	let root = tree::root::<Native>(&leaves, NOTE_TREE_DEPTH).unwrap();
	let nullifiers = inputs.each_ref().map(SpentNote::nullifier);
	let claims = PrivateJobClaims {
		root: root.into(),
		nullifiers: nullifiers.map(Into::into),
		change: change.commitment::<Native>().into(),
		offer: escrow.offer::<Native>().unwrap(),
		prepaid: 60,
		fee: 10,
	};
	let header = header(5, None, claims.arguments(&"the job", b"for change"));
	let public = post_private_job::PublicSignals {
		context: header.context(),
		root,
		nullifiers,
		change: change.commitment::<Native>(),
		offer: claims.offer.hash::<Native>().unwrap(),
		paid: 70,
	};
	(claims, header, public, PostPrivateJobWitness { inputs, change, escrow })
}

fn subject() -> Fr {
	let [genesis, requester, miner, model, input] = [1, 12, 13, 14, 15].map(|byte| [byte; 32]);
	Subject { genesis, job: JOB, requester, miner, model, input }.hash::<Native>()
}

/// What the miner knows when seven of ten units are done.
fn work() -> SettlementWitness {
	SettlementWitness {
		escrow: Requester::new().escrow(),
		units: 7,
		start: 100,
		end: 110,
		expires_at: 400,
		serial: 1 << 100,
		output: [16; 32],
		salt: 1 << 90,
		payee: owner_key::<Native>(Fr::from(17u8), Fr::from(18u8)),
		payee_rho: Fr::from(19u8),
		ephemeral: SecretKey::from_seed(&[20; 32]).scalar(),
	}
}

/// What the chain knows: the offer from the post, the payee from the lock.
fn private_job() -> PrivateJob {
	let (claims, ..) = posted();
	let offer = claims.offer.hash::<Native>().unwrap();
	PrivateJob {
		subject: subject(),
		agreement: agreement::<Native>(offer, work().payee),
		charge: CHARGE.into(),
	}
}

fn shown(settlement: &PrivateSettlement) -> SettlementClaims {
	SettlementClaims {
		payee: settlement.payee.into(),
		change: settlement.change.into(),
		ephemeral_key: settlement.ephemeral_key.map(Into::into),
		encrypted_change: settlement.encrypted_change.into(),
		fee: settlement.fee.into(),
	}
}

/// The call that settles it by a receipt, and the statement of its proof.
fn settled() -> (SettleClaims, Header<[u8; 32]>, settle::PublicSignals, SettleWitness) {
	let work = work();
	let issuer = SecretKey::from_seed(&[21; 32]);
	let leaves = [Fr::from(22u8), issuer.public().leaf::<Native>()];
	let body = work.body().unwrap();
	let receipt = SettledReceipt {
		issuer_root: tree::root::<Native>(&leaves, 2).unwrap(),
		issuer_index: 1,
		nullifier: body.nullifier::<Native>(subject()),
		expires_at: work.expires_at,
		as_of: 120,
	};
	let settlement = work.settlement(subject(), FEE, CHARGE).unwrap();
	let claims = SettleClaims {
		settlement: shown(&settlement),
		issuer_root: receipt.issuer_root.into(),
		issuer_index: receipt.issuer_index,
		nullifier: receipt.nullifier.into(),
		expires_at: receipt.expires_at,
		as_of: receipt.as_of,
	};
	let arguments = claims.arguments(JOB, b"for the payee");
	let header = header(6, Some(subject().into()), arguments);
	let witness = SettleWitness {
		issuer: issuer.public(),
		signature: issuer.sign::<Native>(body.commitment::<Native>(subject(), work.salt)),
		siblings: settle::siblings(&leaves, 1).unwrap(),
		settlement: work,
	};
	let public = settle::PublicSignals { context: header.context(), settlement, receipt };
	(claims, header, public, witness)
}

/// The same by a verdict.
fn decided(
) -> (SettleVerdictClaims, Header<[u8; 32]>, settle_verdict::PublicSignals, SettlementWitness) {
	let work = work();
	let settlement = work.settlement(subject(), FEE, CHARGE).unwrap();
	let claims = SettleVerdictClaims { settlement: shown(&settlement) };
	let arguments = claims.arguments(JOB, b"for the payee");
	let header = header(7, Some(subject().into()), arguments);
	let commitment = work.body().unwrap().commitment::<Native>(subject(), work.salt);
	let public =
		settle_verdict::PublicSignals { context: header.context(), settlement, commitment };
	(claims, header, public, work)
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
	is_for(&POST, &timed("post_private_job", prove), &signals);
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
	let signals = claims.inputs::<Native, _>(&header, &private_job(), public.commitment).unwrap();
	assert_eq!(public.to_fields(), signals);
	let prove = || VERDICT.prove_settle_verdict(&public, &witness).unwrap();
	is_for(&VERDICT, &timed("settle_verdict", prove), &signals);
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
	for other in [
		PrivateJob { subject: job.subject + one, ..job },
		PrivateJob { agreement: job.agreement + one, ..job },
		PrivateJob { charge: job.charge + 1, ..job },
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
	assert_eq!(note.value, 5_100 - 7 * 500 - CHARGE);
	let spent = SpentNote {
		value: note.value,
		..SpentNote::dummy(requester.nullifier_key, requester.diversifier, note.rho)
	};
	assert_eq!(spent.note().commitment::<Native>(), field(change));
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
	let mut thief = witness.clone();
	thief.settlement.payee += Fr::from(1u8);
	assert_eq!(refused(&public, &thief), WitnessError::Mismatch(Part::Agreement));
	let mut other = witness.clone();
	other.settlement.output[0] += 1;
	assert_eq!(refused(&public, &other), WitnessError::SignatureInvalid);
	let (_, _, mut public, witness) = posted();
	public.paid += 1;
	assert!(matches!(
		POST.prove_post_private_job(&public, &witness).unwrap_err(),
		ProveError::Notes(error) if error.group() == "conservation"
	));
}
