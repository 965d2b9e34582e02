use super::{
	market::{
		body, by_receipt, by_verdict, issuer, issuers, settlement_terms, sign, take, Signed, Taken,
		DEADLINE, FEE, NOW, SETTLE, SETTLE_VERDICT,
	},
	*,
};
use crate::{
	Balance, Happened, Lock, LockedJob, SettleError, SettlementTerms, Settler, SignedWork,
	SpendError, PERIOD_BLOCKS,
};
use quittance_circuits::{settle, settle_verdict, settlement::WitnessError, Shape};
use quittance_types::{
	verdict_commitment, Body, BodyError, EscrowOpening, JudgedUnits, PrivateTerms,
};
use std::sync::LazyLock;

static BY_RECEIPT: LazyLock<Shape> = LazyLock::new(settle::shape);
static BY_VERDICT: LazyLock<Shape> = LazyLock::new(settle_verdict::shape);

/// Alice has posted a job of a hundred units at 5, bob has it.
fn job() -> (Chain, Party, Party, Taken) {
	let (mut chain, mut alice, bob) = (Chain::new(), Party::new(1), Party::new(2));
	alice.fund(&mut chain, &[1_000]);
	let job = alice.post(&mut chain, 5, 100);
	let taken = take(&mut alice, &bob, job, 1);
	(chain, alice, bob, taken)
}

#[test]
fn a_settlement_is_ready_for_the_prover_and_comes_to_both() {
	let (mut chain, mut alice, mut bob, taken) = job();
	let relayer = Some([9; 32]);
	let terms = SettlementTerms { relayer, ..settlement_terms(chain.next) };
	let call = taken.settle(&bob, &taken.signed(30), &terms).unwrap();
	let inputs = call.claims.inputs::<Native, _>(&call.header, &taken.private());
	assert_eq!(inputs, Ok(call.public.to_fields()));
	let arguments = call.claims.arguments(taken.keys.job(), &call.ciphertext);
	let header = &call.header;
	assert_eq!(header.arguments, arguments);
	assert_eq!((header.genesis, header.pallet, header.circuit), (GENESIS, 44, SETTLE));
	assert_eq!((header.payee, header.submitter), (POOL.account, relayer));
	assert_eq!(header.subject, Some(taken.locked.subject.into()));
	assert_eq!((header.valid_until, header.nonce), (DEADLINE + 5, 1));
	let claims = &call.claims;
	assert_eq!((claims.issuer_index, claims.as_of, claims.expires_at), (2, NOW, DEADLINE + 100));
	assert_eq!(claims.settlement.fee, FEE.into());
	let assignment = settle::assign(&call.public, call.witness()).unwrap();
	assert!(BY_RECEIPT.is_satisfied(&assignment));

	let before = alice.wallet.balance().available;
	chain.block(vec![by_receipt(taken.keys.job(), &call)]);
	alice.follow(&chain);
	bob.follow(&chain);
	assert_eq!(bob.wallet.balance().available, 150 - FEE);
	assert_eq!(alice.wallet.balance().available, before + 350);
	let earned = Happened::Earned { job: taken.keys.job(), amount: 150 - FEE };
	assert_eq!(bob.wallet.history().last().unwrap().what, earned);
	assert!(bob.restored(&chain) == bob.wallet);
}

#[test]
fn a_settlement_by_verdict_is_ready_for_the_prover_and_comes_to_both() {
	let (mut chain, mut alice, mut bob, taken) = job();
	let call = taken.settle_verdict(&bob, 30, 40, &settlement_terms(chain.next)).unwrap();
	let verdict = verdict_commitment::<Native>(taken.locked.subject, 30, Fr::from(0u8));
	let inputs = call.claims.inputs::<Native, _>(&call.header, &taken.private(), verdict);
	assert_eq!(inputs, Ok(call.public.to_fields()));
	let arguments = call.claims.arguments(taken.keys.job(), &call.ciphertext);
	assert_eq!(call.header.arguments, arguments);
	assert_eq!((call.header.circuit, call.header.submitter), (SETTLE_VERDICT, None));
	assert_eq!(call.claims.settlement.fee, u128::from(FEE) + 40);
	let assignment = settle_verdict::assign(&call.public, call.witness()).unwrap();
	assert!(BY_VERDICT.is_satisfied(&assignment));

	let before = alice.wallet.balance().available;
	chain.block(vec![by_verdict(taken.keys.job(), &call)]);
	alice.follow(&chain);
	bob.follow(&chain);
	assert_eq!(bob.wallet.balance().available, 150 - FEE - 40);
	assert_eq!(alice.wallet.balance().available, before + 350);
}

/// What comes in is spent like any other note.
#[test]
fn pay_can_be_spent() {
	let (mut chain, _, mut bob, taken) = job();
	let call = taken.settle(&bob, &taken.signed(100), &settlement_terms(chain.next)).unwrap();
	chain.block(vec![by_receipt(taken.keys.job(), &call)]);
	bob.follow(&chain);
	let to = Party::new(3).address(chain.next);
	let terms = terms(&chain, 1);
	let call = bob.wallet.transfer(&bob.keys, &POOL, &to, 400, &terms, &mut bob.rng).unwrap();
	let transfer = quittance_circuits::transfer::assign(&call.public, call.witness()).unwrap();
	assert!(quittance_circuits::transfer::shape().is_satisfied(&transfer));
	chain.block(vec![transferred(&call)]);
	bob.follow(&chain);
	let balance = Balance { available: 500 - FEE - 401, ..Balance::default() };
	assert_eq!(bob.wallet.balance(), balance);
}

/// Nothing of two settlements of one job is the same but what must be.
#[test]
fn what_is_random_is_drawn_each_time() {
	let (chain, _, bob, taken) = job();
	let signed = taken.signed(30);
	let call = |block| taken.settle(&bob, &signed, &settlement_terms(block)).unwrap();
	let (one, other) = (call(chain.next), call(chain.next + 1));
	let (first, second) = (one.claims.settlement, other.claims.settlement);
	assert_ne!(first.payee, second.payee);
	assert_ne!(first.change, second.change);
	assert_ne!(first.ephemeral_key, second.ephemeral_key);
	assert_ne!(first.encrypted_change, second.encrypted_change);
	assert_ne!(one.ciphertext, other.ciphertext);
	assert_eq!(one.claims.nullifier, other.claims.nullifier);
}

fn by_receipt_refused(taken: &Taken, bob: &Party, signed: &Signed) -> Option<SettleError> {
	taken.settle(bob, signed, &settlement_terms(9)).err()
}

#[test]
fn boundary_units_and_fee() {
	let (_, _, bob, taken) = job();
	let refused = |units| by_receipt_refused(&taken, &bob, &taken.signed(units));
	assert_eq!(refused(100), None);
	let error = WitnessError::TooManyUnits { units: 101, max_units: 100 };
	assert_eq!(refused(101), Some(error.into()));
	// One unit is worth 5, the fee is 3.
	assert_eq!(refused(1), None);
	let error = WitnessError::FeeTooHigh { fee: FEE, amount: 0 };
	assert_eq!(refused(0), Some(error.into()));
	let with_fee = |fee| {
		let terms = SettlementTerms { fee, ..settlement_terms(9) };
		taken.settle(&bob, &taken.signed(1), &terms).err()
	};
	assert_eq!(with_fee(5), None);
	let error = WitnessError::FeeTooHigh { fee: 6, amount: 5 };
	assert_eq!(with_fee(6), Some(error.into()));
}

#[test]
fn boundary_what_a_miner_bears() {
	let (_, _, bob, taken) = job();
	let refused = |units, borne, fee| {
		let terms = SettlementTerms { fee, ..settlement_terms(9) };
		taken.settle_verdict(&bob, units, borne, &terms).err()
	};
	assert_eq!(refused(30, 147, 3), None);
	let error = WitnessError::FeeTooHigh { fee: 151, amount: 150 };
	assert_eq!(refused(30, 148, 3), Some(error.into()));
	assert_eq!(refused(30, 1 << 64, 3), Some(SettleError::FeeTooLarge));
	assert_eq!(refused(30, u64::MAX.into(), 1), Some(SettleError::FeeTooLarge));
	let error = WitnessError::TooManyUnits { units: 101, max_units: 100 };
	assert_eq!(refused(101, 0, 3), Some(error.into()));
	let error = WitnessError::AmountTooLarge;
	assert_eq!(refused(u64::MAX, 0, 3), Some(error.into()));
}

#[test]
fn fails_when_the_price_is_another_than_the_terms() {
	let (_, _, bob, taken) = job();
	for price in [4, 6] {
		let signed = sign(body(10, price), taken.locked.subject);
		let error = SettleError::PriceDiffers { receipt: price.into(), terms: 5 };
		assert_eq!(by_receipt_refused(&taken, &bob, &signed), Some(error));
	}
}

#[test]
fn fails_when_a_body_is_none() {
	let (_, _, bob, taken) = job();
	let subject = taken.locked.subject;
	let good = body(10, 5);
	for (body, error) in [
		(Body { amount: 51, ..good }, BodyError::AmountMismatch),
		(Body { unit_price: 1 << 64, ..good }, BodyError::AmountTooLarge),
		(Body { start: 111, ..good }, BodyError::TimesOutOfOrder),
	] {
		let refused = by_receipt_refused(&taken, &bob, &sign(body, subject));
		assert_eq!(refused, Some(SettleError::Body(error)));
	}
}

#[test]
fn boundary_times() {
	let (_, _, bob, taken) = job();
	let subject = taken.locked.subject;
	let at = |now, expires_at| {
		let signed = sign(Body { expires_at, ..body(10, 5) }, subject);
		taken.settle(&bob, &signed, &SettlementTerms { now, ..settlement_terms(9) }).err()
	};
	let out_of_order = |as_of, expires_at| {
		let error = WitnessError::TimesOutOfOrder { start: 100, end: 110, as_of, expires_at };
		Some(SettleError::Statement(error))
	};
	assert_eq!(at(109, DEADLINE), out_of_order(109, DEADLINE));
	assert_eq!(at(110, DEADLINE), None);
	assert_eq!(at(DEADLINE, DEADLINE), None);
	assert_eq!(at(DEADLINE + 1, DEADLINE), out_of_order(DEADLINE + 1, DEADLINE));
	let (expires_at, posted_deadline) = (DEADLINE - 1, DEADLINE);
	let error = SettleError::ExpiresTooEarly { expires_at, posted_deadline };
	assert_eq!(at(NOW, expires_at), Some(error));
	assert_eq!(at(DEADLINE + 5, DEADLINE + 9), None);
	let error = SettleError::TooLate { now: DEADLINE + 6, open_until: DEADLINE + 5 };
	assert_eq!(at(DEADLINE + 6, DEADLINE + 9), Some(error));

	let judged = |now| {
		let terms = SettlementTerms { now, ..settlement_terms(9) };
		taken.settle_verdict(&bob, 10, 0, &terms).err()
	};
	assert_eq!(judged(DEADLINE), None);
	let error = SettleError::TooLate { now: DEADLINE + 1, open_until: DEADLINE };
	assert_eq!(judged(DEADLINE + 1), Some(error));
}

#[test]
fn fails_when_the_issuer_has_not_signed_this() {
	let (_, _, bob, taken) = job();
	let signed = taken.signed(10);
	let subject = taken.locked.subject;
	let other = |body, salt| Signed { body, salt, signature: signed.signature };
	let error = Some(SettleError::Statement(WitnessError::SignatureInvalid));
	assert_eq!(by_receipt_refused(&taken, &bob, &other(body(10, 5), signed.salt)), None);
	for body in [
		body(11, 5),
		Body { serial: 1, ..signed.body },
		Body { output: [1; 32], ..signed.body },
		Body { start: 101, ..signed.body },
		Body { expires_at: DEADLINE, ..signed.body },
	] {
		let refused = by_receipt_refused(&taken, &bob, &other(body, signed.salt));
		assert_eq!(refused, error);
	}
	assert_eq!(by_receipt_refused(&taken, &bob, &other(signed.body, signed.salt + 1)), error);
	// For another piece of work.
	let elsewhere = sign(signed.body, subject + Fr::from(1u8));
	assert_eq!(by_receipt_refused(&taken, &bob, &elsewhere), error);
}

#[test]
fn fails_when_the_issuer_is_not_where_it_should_be() {
	let (_, _, bob, taken) = job();
	let signed = taken.signed(10);
	let refused = |issuers: &[Fr], issuer_index| {
		let key = issuer().public();
		let Signed { body, salt, signature } = &signed;
		let work = SignedWork { body, salt: *salt, signature, issuer: &key, issuer_index, issuers };
		taken.settler(&bob).by_receipt(&work, &settlement_terms(9), &mut Seeded(1)).err()
	};
	assert_eq!(refused(&issuers(), 2), None);
	for other in [0, 1, 3, 4, 15] {
		assert_eq!(refused(&issuers(), other), Some(SettleError::IssuerNotThere(other)));
	}
	let error = SettleError::Statement(WitnessError::IssuerIndexOutOfRange(16));
	assert_eq!(refused(&issuers(), 16), Some(error));
	let mut many = vec![Fr::from(0u8); 15];
	many.push(issuer().public().leaf::<Native>());
	assert_eq!(refused(&many, 15), None);
	many.push(Fr::from(1u8));
	assert_eq!(refused(&many, 15), Some(SettleError::TooManyIssuers(17)));
}

/// Without proving anything: an opening or keys of another lock are found out at once.
#[test]
fn fails_when_opening_or_keys_are_not_those_of_the_agreement() {
	let (_, _, bob, taken) = job();
	let (signed, terms) = (taken.signed(10), settlement_terms(9));
	let key = issuer().public();
	let issuers = issuers();
	let refused = |settler: Settler<'_>| {
		let work = SignedWork {
			body: &signed.body,
			salt: signed.salt,
			signature: &signed.signature,
			issuer: &key,
			issuer_index: 2,
			issuers: &issuers,
		};
		let judged = JudgedUnits { units: 10, borne: 0, open_until: DEADLINE };
		let by_verdict = settler.by_verdict(&judged, &terms, &mut Seeded(1)).err();
		let by_receipt = settler.by_receipt(&work, &terms, &mut Seeded(1)).err();
		assert_eq!(by_verdict, by_receipt);
		by_receipt
	};
	let base = taken.settler(&bob);
	assert_eq!(refused(base), None);
	let other = Some(SettleError::OtherAgreement);
	let EscrowOpening { terms: paid, .. } = taken.opening;
	for opening in [
		EscrowOpening { rho: Fr::from(1u8), ..taken.opening },
		EscrowOpening { owner: Fr::from(1u8), ..taken.opening },
		EscrowOpening { terms: PrivateTerms { salt: Fr::from(1u8), ..paid }, ..taken.opening },
		EscrowOpening { terms: PrivateTerms { max_units: 101, ..paid }, ..taken.opening },
		EscrowOpening { terms: PrivateTerms { max_units: u64::MAX, ..paid }, ..taken.opening },
		EscrowOpening { change_key: key, ..taken.opening },
	] {
		assert_eq!(refused(Settler { opening: &opening, ..base }), other);
	}
	let (job, nonce) = (taken.keys.job(), taken.keys.nonce());
	for keys in [
		bob.keys.job_keys(job, nonce + 1),
		bob.keys.job_keys(job + 1, nonce),
		Party::new(3).keys.job_keys(job, nonce),
	] {
		assert_eq!(refused(Settler { job_keys: &keys, ..base }), other);
	}
	// Another wallet's keys, with what the right one named.
	assert_eq!(refused(Settler { keys: &Party::new(3).keys, ..base }), other);
	let lock = Lock { job: job + 1, ..taken.locked.lock };
	assert_eq!(refused(Settler { job: &LockedJob { lock, ..taken.locked }, ..base }), other);
	let lock = Lock { genesis: [8; 32], ..taken.locked.lock };
	let elsewhere = refused(Settler { job: &LockedJob { lock, ..taken.locked }, ..base });
	assert_eq!(elsewhere, Some(SettleError::OtherChain));
}

#[test]
fn fails_when_the_pool_would_be_the_relayer() {
	let (_, _, bob, taken) = job();
	let terms = SettlementTerms { relayer: Some(POOL.account), ..settlement_terms(9) };
	let pays = Some(SettleError::PaysPool);
	assert_eq!(taken.settle(&bob, &taken.signed(10), &terms).err(), pays);
	assert_eq!(taken.settle_verdict(&bob, 10, 0, &terms).err(), pays);
}

/// The last period there is has no block after it, so that its addresses have none.
#[test]
fn fails_when_no_address_is_valid_then() {
	let (_, _, bob, taken) = job();
	let block = u64::from(u32::MAX) * PERIOD_BLOCKS;
	let error = taken.settle(&bob, &taken.signed(10), &settlement_terms(block)).err();
	assert!(matches!(error, Some(SettleError::Note(SpendError::Address(_)))));
}
