//! A pool with an auditor: what its calls are, and what it reads.

use super::{
	market::{
		account, by_receipt, order, posted, settlement_terms, take, Taken, DEADLINE, FEE, PAID_IN,
		POST, POST_FEE,
	},
	*,
};
use crate::{
	AuditError, AuditedCall, AuditedNote, AuditorSecret, LockedJob, PoolAuditor, PrivatePost,
	Settlement, Settler, SignedWork, VerdictSettlement,
};
use quittance_babyjubjub::SecretKey;
use quittance_circuits::{post_private_job, settle, settle_verdict, transfer, withdraw, Shape};
use quittance_types::{
	verdict_commitment, AuditKeyNumber, AuditorKey, JudgedUnits, NoteAudit, NotePairAudit,
	SettlementAudit,
};
use std::sync::LazyLock;

static TRANSFER: LazyLock<Shape> = LazyLock::new(transfer::audited_shape);
static WITHDRAW: LazyLock<Shape> = LazyLock::new(withdraw::audited_shape);
static POSTED: LazyLock<Shape> = LazyLock::new(post_private_job::audited_shape);
static BY_RECEIPT: LazyLock<Shape> = LazyLock::new(settle::audited_shape);
static BY_VERDICT: LazyLock<Shape> = LazyLock::new(settle_verdict::audited_shape);

const NUMBER: AuditKeyNumber = 3;

fn secret() -> AuditorSecret {
	AuditorSecret::new(NUMBER, &[0x41; 32])
}

/// The pool, once governance has set the auditor.
pub fn pool() -> Pool {
	let auditor = PoolAuditor {
		number: NUMBER,
		key: secret().public(),
		transfer: [0x62; 32],
		withdraw: [0x63; 32],
		post_private_job: [0x64; 32],
		settle: [0x65; 32],
		settle_verdict: [0x66; 32],
	};
	Pool { auditor: Some(auditor), ..POOL }
}

fn coordinates() -> [Fr; 2] {
	AuditorKey::from(&secret().public()).coordinates().unwrap()
}

fn values(notes: Vec<AuditedNote>) -> Vec<u64> {
	notes.iter().map(|note| note.value).collect()
}

fn funded(amounts: &[u64]) -> (Chain, Party) {
	let (mut chain, mut alice) = (Chain::new(), Party::new(1));
	alice.fund(&mut chain, amounts);
	(chain, alice)
}

pub fn pay(chain: &Chain, party: &mut Party, amount: u64) -> Transfer {
	let to = Party::new(2).address(chain.next);
	let terms = terms(chain, 3);
	party.wallet.transfer(&party.keys, &pool(), &to, amount, &terms, &mut party.rng).unwrap()
}

pub fn withdrawn(chain: &Chain, party: &mut Party, amount: u64) -> Withdrawal {
	let terms = terms(chain, 3);
	party.wallet.withdraw(&party.keys, &pool(), WHO, amount, &terms, &mut party.rng).unwrap()
}

pub fn post(chain: &Chain, party: &mut Party) -> PrivatePost {
	let terms = terms(chain, POST_FEE);
	let Party { keys, wallet, rng } = party;
	wallet.post_private_job(keys, &pool(), &order(5, 100), account, &terms, rng).unwrap()
}

/// What is proven is what the chain computes from the call, and the circuit holds.
#[test]
fn a_transfer_is_ready_for_the_prover_and_the_auditor_reads_it() {
	for amounts in [&[100u64, 20][..], &[100], &[3, 90, 4, 5, 6, 7]] {
		let (mut chain, mut alice) = funded(amounts);
		let call = pay(&chain, &mut alice, 80);
		assert_eq!(call.header.circuit, pool().auditor.unwrap().transfer);
		assert_eq!(
			call.claims.arguments([&call.ciphertexts[0], &call.ciphertexts[1]]),
			call.header.arguments
		);
		let audit: NotePairAudit = call.audit().unwrap();
		let signal = audit.values().unwrap().signal::<Native>(coordinates());
		let inputs = call.claims.inputs(&call.header).unwrap();
		assert_eq!(call.signals(), [&inputs[..], &[signal]].concat());
		let assignment = call.assign().unwrap();
		assert_eq!(assignment.publics(), call.signals());
		assert!(TRANSFER.is_satisfied(&assignment));

		let read = secret().recover(&AuditedCall::Transfer(&call.claims, &audit)).unwrap();
		let commitments: Vec<_> = read.iter().map(|note| note.commitment).collect();
		assert_eq!(commitments, call.claims.commitments);
		let made = call.witness().outputs.map(|note| note.value);
		assert_eq!(values(read), made);
		assert!(made.contains(&80));
		// Nothing else is different: the payee finds its note.
		chain.block(vec![transferred(&call)]);
		let mut bob = Party::new(2);
		bob.follow(&chain);
		assert_eq!(bob.wallet.balance().available, 80);
	}
}

#[test]
fn a_join_is_shown_as_well() {
	let (chain, mut alice) = funded(&[10, 20]);
	let Party { keys, wallet, rng } = &mut alice;
	let call = wallet.join(keys, &pool(), [0, 1], &terms(&chain, 1), rng).unwrap();
	assert!(TRANSFER.is_satisfied(&call.assign().unwrap()));
	let audit = call.audit().unwrap();
	let mut read = values(secret().recover(&AuditedCall::Transfer(&call.claims, &audit)).unwrap());
	read.sort_unstable();
	assert_eq!(read, [0, 29]);
}

#[test]
fn a_withdrawal_is_ready_for_the_prover_and_the_auditor_reads_its_change() {
	let (chain, mut alice) = funded(&[60, 50]);
	let call = withdrawn(&chain, &mut alice, 90);
	assert_eq!(call.header.circuit, pool().auditor.unwrap().withdraw);
	let audit: NoteAudit = call.audit().unwrap();
	let signal = audit.values().unwrap().signal::<Native>(coordinates());
	let inputs = call.claims.inputs(&call.header).unwrap();
	assert_eq!(call.signals(), [&inputs[..], &[signal]].concat());
	let assignment = call.assign().unwrap();
	assert_eq!(assignment.publics(), call.signals());
	assert!(WITHDRAW.is_satisfied(&assignment));
	let read = secret().recover(&AuditedCall::Withdraw(&call.claims, &audit)).unwrap();
	assert_eq!(read, [AuditedNote { commitment: call.claims.change, value: 110 - 93 }]);
}

#[test]
fn a_post_is_ready_for_the_prover_and_the_auditor_reads_change_and_escrow() {
	let (chain, mut alice) = funded(&[1_000]);
	let call = post(&chain, &mut alice);
	assert_eq!(call.header.circuit, pool().auditor.unwrap().post_private_job);
	let audit = call.audit().unwrap();
	let signal = audit.values().unwrap().signal::<Native>(coordinates());
	let inputs = call.claims.inputs::<Native, _>(&call.header).unwrap();
	assert_eq!(call.signals(), [&inputs[..], &[signal]].concat());
	let assignment = call.assign().unwrap();
	assert_eq!(assignment.publics(), call.signals());
	assert!(POSTED.is_satisfied(&assignment));
	let read = secret().recover(&AuditedCall::PostPrivateJob(&call.claims, &audit)).unwrap();
	let change =
		AuditedNote { commitment: call.claims.change, value: 1_000 - 500 - PAID_IN - POST_FEE };
	let escrow = AuditedNote { commitment: call.claims.offer.escrow, value: 500 };
	assert_eq!(read, [change, escrow]);
}

/// Bob's settlements of a job of Alice's, of a pool with an auditor or without one.
pub fn settlements(taken: &Taken, bob: &Party, pool: &Pool) -> (Settlement, VerdictSettlement) {
	let signed = taken.signed(30);
	let (key, issuers) = (market::issuer().public(), market::issuers());
	let work = SignedWork {
		body: &signed.body,
		salt: signed.salt,
		signature: &signed.signature,
		issuer: &key,
		issuer_index: 2,
		issuers: &issuers,
	};
	let terms = settlement_terms(9);
	let settler = Settler { pool, ..taken.settler(bob) };
	let by_receipt = settler.by_receipt(&work, &terms, &mut Seeded(1)).unwrap();
	let judged = JudgedUnits { units: 30, borne: 40, open_until: DEADLINE };
	let by_verdict = settler.by_verdict(&judged, &terms, &mut Seeded(2)).unwrap();
	(by_receipt, by_verdict)
}

fn job() -> (Chain, Party, Party, Taken) {
	let (mut chain, mut alice) = funded(&[1_000]);
	let bob = Party::new(2);
	let job = chain.jobs();
	let call = post(&chain, &mut alice);
	chain.block(vec![posted(&call, job)]);
	alice.follow(&chain);
	let taken = take(&mut alice, &bob, job, 1);
	(chain, alice, bob, taken)
}

#[test]
fn settlements_are_ready_for_the_prover_and_the_auditor_reads_both_parts() {
	let (mut chain, mut alice, mut bob, taken) = job();
	let (receipt, verdict) = settlements(&taken, &bob, &pool());
	let auditor = pool().auditor.unwrap();
	assert_eq!(receipt.header.circuit, auditor.settle);
	assert_eq!(verdict.header.circuit, auditor.settle_verdict);

	let audit: SettlementAudit = receipt.audit().unwrap();
	let claims = &receipt.claims.settlement;
	let signal = audit.values(claims).unwrap().signal::<Native>(coordinates());
	let inputs = receipt.claims.inputs::<Native, _>(&receipt.header, &taken.private()).unwrap();
	assert_eq!(receipt.signals(), [&inputs[..], &[signal]].concat());
	let assignment = receipt.assign().unwrap();
	assert_eq!(assignment.publics(), receipt.signals());
	assert!(BY_RECEIPT.is_satisfied(&assignment));
	let read = secret().recover(&AuditedCall::Settlement(claims, &audit)).unwrap();
	assert_eq!(read[0], AuditedNote { commitment: claims.payee, value: 150 - FEE });
	assert_eq!(read[1], AuditedNote { commitment: claims.change, value: 350 });

	let audit = verdict.audit().unwrap();
	let claims = &verdict.claims.settlement;
	let signal = audit.values(claims).unwrap().signal::<Native>(coordinates());
	let found = verdict_commitment::<Native>(taken.locked.subject, 30, Fr::from(0u8));
	let inputs =
		verdict.claims.inputs::<Native, _>(&verdict.header, &taken.private(), found).unwrap();
	assert_eq!(verdict.signals(), [&inputs[..], &[signal]].concat());
	assert!(BY_VERDICT.is_satisfied(&verdict.assign().unwrap()));
	let read = secret().recover(&AuditedCall::Settlement(claims, &audit)).unwrap();
	assert_eq!(values(read), [150 - 40 - FEE, 350]);

	// Both parties find their notes as they always do.
	let before = alice.wallet.balance().available;
	chain.block(vec![by_receipt(taken.keys.job(), &receipt)]);
	alice.follow(&chain);
	bob.follow(&chain);
	assert_eq!(alice.wallet.balance().available, before + 350);
	assert_eq!(bob.wallet.balance().available, 150 - FEE);
}

/// Without an auditor nothing is shown, and what is proven is what it always was.
#[test]
fn without_an_auditor_nothing_is_shown() {
	let (chain, mut alice) = funded(&[100, 20]);
	let to = Party::new(2).address(chain.next);
	let terms = terms(&chain, 3);
	let Party { keys, wallet, rng } = &mut alice;
	let call = wallet.transfer(keys, &POOL, &to, 80, &terms, rng).unwrap();
	assert_eq!((call.audit(), call.header.circuit), (None, POOL.transfer));
	assert_eq!(call.signals(), call.public.to_fields());
	assert_eq!(call.assign(), transfer::assign(&call.public, call.witness()));
	wallet.release(call.spends.iter().copied());
	let call = wallet.withdraw(keys, &POOL, WHO, 80, &terms, rng).unwrap();
	assert_eq!((call.audit(), call.header.circuit), (None, POOL.withdraw));
	assert_eq!(call.assign(), withdraw::assign(&call.public, call.witness()));
	let (mut chain, mut alice) = funded(&[1_000]);
	let job = chain.jobs();
	let call = alice.order(&chain, 5, 100).unwrap();
	assert_eq!((call.audit(), call.header.circuit), (None, POST));
	assert_eq!(call.assign(), post_private_job::assign(&call.public, call.witness()));
	chain.block(vec![posted(&call, job)]);
	alice.follow(&chain);
	let bob = Party::new(2);
	let taken = take(&mut alice, &bob, job, 1);
	let locked = LockedJob { circuit: [0x77; 32], ..taken.locked };
	let (receipt, verdict) =
		settlements(&Taken { locked, ..take(&mut alice, &bob, job, 1) }, &bob, &POOL);
	assert_eq!((receipt.audit(), receipt.header.circuit), (None, [0x77; 32]));
	assert_eq!((verdict.audit(), verdict.header.circuit), (None, [0x77; 32]));
	assert_eq!(receipt.assign(), settle::assign(&receipt.public, receipt.witness()));
	assert_eq!(verdict.signals(), verdict.public.to_fields());
	assert_eq!(verdict.assign(), settle_verdict::assign(&verdict.public, verdict.witness()));
}

/// No two calls of one wallet share an ephemeral key.
#[test]
fn what_is_random_is_drawn_each_time() {
	let (chain, mut alice) = funded(&[100]);
	let mut keys = Vec::new();
	for _ in 0..4 {
		let call = pay(&chain, &mut alice, 80);
		keys.push(call.audit().unwrap().ephemeral_key);
		alice.wallet.release(call.spends.iter().copied());
		let call = withdrawn(&chain, &mut alice, 80);
		keys.push(call.audit().unwrap().ephemeral_key);
		alice.wallet.release(call.spends.iter().copied());
	}
	for (place, key) in keys.iter().enumerate() {
		assert!(!keys[..place].contains(key));
	}
}

#[test]
fn fails_when_the_call_is_for_another_key_or_none_that_the_chain_accepts() {
	let (chain, mut alice) = funded(&[100]);
	let call = pay(&chain, &mut alice, 80);
	let (claims, audit) = (&call.claims, call.audit().unwrap());
	let read = |audit: &NotePairAudit| secret().recover(&AuditedCall::Transfer(claims, audit));
	assert!(read(&audit).is_ok());
	let error = AuditError::OtherKey { of: 4, own: NUMBER };
	assert_eq!(read(&NotePairAudit { key: 4, ..audit }), Err(error));
	// Another secret under the same number.
	let other = AuditorSecret::new(NUMBER, &[0x42; 32]);
	let wrong = other.recover(&AuditedCall::Transfer(claims, &audit));
	assert_eq!(wrong, Err(AuditError::NoAmount(0)));
	let [first, second] = audit.encrypted;
	let swapped = NotePairAudit { encrypted: [second, first], ..audit };
	assert_eq!(read(&swapped), Err(AuditError::NoAmount(0)));
	let last = NotePairAudit { encrypted: [first, first], ..audit };
	assert_eq!(read(&last), Err(AuditError::NoAmount(1)));
	let order = FieldBytes({
		let mut bytes = FieldBytes::from(-Fr::from(1u8)).0;
		bytes[0] += 1;
		bytes
	});
	let [x, y] = audit.ephemeral_key;
	let zero_one = [Fr::from(0u8), Fr::from(1u8)].map(FieldBytes::from);
	for malformed in [
		NotePairAudit { encrypted: [order, second], ..audit },
		NotePairAudit { ephemeral_key: [order, y], ..audit },
		NotePairAudit { ephemeral_key: [x, x], ..audit },
		NotePairAudit { ephemeral_key: zero_one, ..audit },
	] {
		assert_eq!(read(&malformed), Err(AuditError::Malformed));
	}
}

/// The auditor's key is as an issuer's: of 32 bytes, by one derivation.
#[test]
fn the_key_is_that_of_its_seed() {
	let expected = SecretKey::from_seed(&[0x41; 32]).public();
	assert_eq!(secret().public(), expected);
}
