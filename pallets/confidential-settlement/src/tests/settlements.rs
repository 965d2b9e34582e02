//! Settlements of private jobs: by receipts, and by what panels found.

use super::{
	private_jobs::{
		change_key, change_secret, ciphertext, posted, Escrowed, HOLDS, LEFT, MAX_UNITS, REQUESTER,
		UNIT_PRICE,
	},
	*,
};
use crate::{
	impls::Divided,
	mock::market::{
		change_job, give_up, judge, lock, Market, OpenJobs, Receipts, SettledBy, SpentReceipts,
		ISSUERS, ISSUER_FEE, ISSUER_ROOT, LIFETIME, MINER, OPEN_FOR, VAULT,
	},
	CircuitInForce, Totals,
};
use polkadot_sdk::{frame_system::RawOrigin, sp_runtime::traits::Dispatchable};
use quittance_babyjubjub::SecretKey;
use quittance_types::{
	change_mask, change_rho, recover_change, Agreement, Bar, JobId, JobTime, PrivateFacts,
	PrivateJobs, SettleClaims, SettleVerdictClaims, SettledReceipts, SettlementClaims,
};

/// Nullifier key of the miner.
const MINER_KEY: u64 = 20;
/// Units of most receipts and verdicts.
const UNITS: u64 = 30;
const PAY: u64 = UNITS * UNIT_PRICE;
/// What the miner bears in most tests of verdicts.
const BORNE: u128 = 900;
/// For how long a verdict can be settled.
const JUDGED_FOR: JobTime = 20;

/// By what a job is settled.
#[derive(Clone, Copy)]
pub(super) enum By {
	Receipt(SettleClaims),
	Verdict(SettleVerdictClaims),
}

impl By {
	fn divided(&self) -> Divided<'_> {
		match self {
			Self::Receipt(claims) => Divided::ByReceipt(claims),
			Self::Verdict(claims) => Divided::ByVerdict(claims),
		}
	}

	pub(super) fn used_for(&self) -> PoolCircuit {
		match self {
			Self::Receipt(_) => PoolCircuit::Settle,
			Self::Verdict(_) => PoolCircuit::SettleVerdict,
		}
	}

	fn settlement(&mut self) -> &mut SettlementClaims {
		match self {
			Self::Receipt(claims) => &mut claims.settlement,
			Self::Verdict(claims) => &mut claims.settlement,
		}
	}
}

pub(super) fn facts(job: JobId) -> Option<PrivateFacts<AccountId>> {
	<Market as PrivateJobs<AccountId>>::facts(job)
}

fn subject_of(job: JobId) -> Option<FieldBytes> {
	Some(Receipts::subject(job, &facts(job)?))
}

/// A private job that a miner has, with what both of its parties know.
#[derive(Clone, Copy)]
pub(super) struct Taken {
	pub(super) job: JobId,
	pub(super) escrow: Escrowed,
	/// The miner's owner key, as a note of nothing.
	pub(super) payee: Owned,
}

impl Taken {
	/// The job, once the miner has locked it with a fresh owner key.
	pub(super) fn lock(job: JobId, escrow: Escrowed) -> Self {
		let payee = Owned::of(MINER_KEY, 0);
		lock(job, MINER, payee.note.owner);
		Self { job, escrow, payee }
	}

	/// The notes for miner and change that so many units make, and the claims about them.
	///
	/// Panics where the circuits would find no witness.
	pub(super) fn divide(&self, units: u64, fee: u128) -> ([Owned; 2], SettlementClaims) {
		let terms = self.escrow.opening.terms;
		assert!(units <= terms.max_units, "no more units than the terms have");
		let amount = units * terms.unit_price;
		let value = amount.checked_sub(fee as u64).expect("the pay covers the fee");
		let payee = Note { value, rho: fresh(), ..self.payee.note };
		let payee = Owned { note: payee, ..self.payee };

		let ephemeral = SecretKey::from_seed(&FieldBytes::from(fresh()).0);
		let shared = ephemeral.shared(&change_key());
		let subject = subject_of(self.job).unwrap().to_field().unwrap();
		let (value, owner) = (self.escrow.note.value() - amount, self.escrow.note.note.owner);
		let change = Note { value, owner, rho: change_rho::<Native>(&shared, subject) };
		let mask = change_mask::<Native>(&shared, change.commitment::<Native>());
		let change = Owned { note: change, ..self.escrow.note };
		let key = ephemeral.public();
		let claims = SettlementClaims {
			payee: payee.commitment(),
			change: change.commitment(),
			ephemeral_key: [key.x().into(), key.y().into()],
			encrypted_change: (Fr::from(value) + mask).into(),
			fee,
		};
		([payee, change], claims)
	}

	/// A settlement by a receipt for so many units, and the notes that it makes.
	pub(super) fn settle(&self, units: u64, fee: u128) -> (SettlementCall, [Owned; 2]) {
		let (notes, settlement) = self.divide(units, fee);
		(SettlementCall::new(self.job, By::Receipt(receipt(self.job, settlement))), notes)
	}

	/// A settlement by the verdict of a panel, and the notes that it makes.
	pub(super) fn settle_verdict(&self, fee: u128) -> (SettlementCall, [Owned; 2]) {
		let judged = facts(self.job).unwrap().judged.expect("a panel has judged");
		let (notes, settlement) = self.divide(judged.units, fee);
		let claims = SettleVerdictClaims { settlement };
		(SettlementCall::new(self.job, By::Verdict(claims)), notes)
	}
}

/// A receipt of the first issuer that expires with the job.
fn receipt(job: JobId, settlement: SettlementClaims) -> SettleClaims {
	SettleClaims {
		settlement,
		issuer_root: ISSUER_ROOT,
		issuer_index: 0,
		nullifier: fresh().into(),
		expires_at: facts(job).map_or(NOW, |private| private.facts.posted_deadline),
		as_of: NOW,
	}
}

/// A settlement, to be spoilt.
#[derive(Clone)]
pub(super) struct SettlementCall {
	pub(super) header: Header<AccountId>,
	pub(super) job: JobId,
	pub(super) by: By,
	ciphertext: NoteCiphertext,
	proof: ProofBytes,
}

impl SettlementCall {
	/// With the header that the job asks for, and a proof for these claims, whether they are true or not.
	pub(super) fn new(job: JobId, by: By) -> Self {
		let circuit = match by {
			By::Receipt(_) => OpenJobs::get(job).map_or(SETTLE, |open| open.circuit),
			By::Verdict(_) => SETTLE_VERDICT,
		};
		let header = Header { subject: subject_of(job), ..header(circuit, Pool::account()) };
		let header = match facts(job) {
			Some(PrivateFacts { facts, .. }) => {
				Header { valid_until: facts.deadline, nonce: facts.nonce, ..header }
			},
			None => header,
		};
		Self { header, job, by, ciphertext: ciphertext(), proof: [0; 256] }.proven()
	}

	/// Of a job that no miner has, with some claims.
	pub(super) fn of_nobody(job: JobId) -> Self {
		let [some, other, third] = [fresh(), fresh(), fresh()].map(FieldBytes::from);
		let settlement = SettlementClaims {
			payee: some,
			change: other,
			ephemeral_key: [some, other],
			encrypted_change: third,
			fee: least_settle(),
		};
		Self::new(job, By::Receipt(receipt(job, settlement)))
	}

	/// With other notes, and proven for them.
	pub(super) fn claims(&self, change: impl FnOnce(&mut SettlementClaims)) -> Self {
		let mut changed = self.clone();
		change(changed.by.settlement());
		changed.proven()
	}

	/// With another receipt, and proven for it.
	fn receipt(&self, change: impl FnOnce(&mut SettleClaims)) -> Self {
		let mut changed = self.clone();
		let By::Receipt(claims) = &mut changed.by else { panic!("by a receipt") };
		change(claims);
		changed.proven()
	}

	fn arguments(&self) -> [u8; 32] {
		self.by.divided().arguments(self.job, &self.ciphertext)
	}

	/// With the arguments' hash in the header, and proven.
	fn proven(mut self) -> Self {
		self.header.arguments = self.arguments();
		self.proven_as_it_is()
	}

	pub(super) fn signals(&self) -> Option<Vec<Fr>> {
		let private = facts(self.job)?;
		let subject = Receipts::subject(self.job, &private);
		let by = self.by.divided();
		let signals = Pool::signals_of_settlement(&self.header, &by, &private, subject);
		signals.ok().map(Vec::from)
	}

	/// Proven with whatever header it has.
	fn proven_as_it_is(mut self) -> Self {
		if let Some(signals) = self.signals() {
			self.proof = proof_of(&self.header.circuit, self.by.used_for(), &signals);
		}
		self
	}

	pub(super) fn with(self, change: impl FnOnce(&mut Header<AccountId>)) -> Self {
		let mut changed = self;
		change(&mut changed.header);
		changed.proven_as_it_is()
	}

	pub(super) fn proved_by(&self, proof: ProofBytes) -> Self {
		Self { proof, ..self.clone() }
	}

	pub(super) fn call(&self) -> RuntimeCall {
		let Self { header, job, by, ciphertext, proof } = self.clone();
		let (header, ciphertext, proof) = (header.into(), ciphertext.into(), proof.into());
		match by {
			By::Receipt(claims) => {
				let claims = claims.into();
				Call::<Test>::settle { header, job, claims, ciphertext, audit: None, proof }
			},
			By::Verdict(claims) => {
				let claims = claims.into();
				let audit = None;
				Call::<Test>::settle_verdict { header, job, claims, ciphertext, audit, proof }
			},
		}
		.into()
	}
}

fn least_settle() -> u128 {
	Pool::minimum_fee(PoolCircuit::Settle, false)
}

fn least_settle_verdict() -> u128 {
	Pool::minimum_fee(PoolCircuit::SettleVerdict, false)
}

/// A job that the miner has.
fn taken() -> Taken {
	let (job, escrow) = posted();
	Taken::lock(job, escrow)
}

/// A job whose output a panel has found right, of which the miner bears something.
fn found_right() -> Taken {
	let taken = taken();
	judge(taken.job, UNITS, BORNE, System::block_number() + JUDGED_FOR);
	taken
}

/// A settlement by a receipt for the least fee.
pub(super) fn some_settlement() -> (SettlementCall, Taken, [Owned; 2]) {
	let taken = taken();
	let (call, notes) = taken.settle(UNITS, least_settle());
	(call, taken, notes)
}

/// A settlement by a verdict for the least fee.
pub(super) fn some_verdict() -> (SettlementCall, Taken, [Owned; 2]) {
	let taken = found_right();
	let (call, notes) = taken.settle_verdict(least_settle_verdict() + BORNE);
	(call, taken, notes)
}

/// One of each kind, of jobs of their own.
fn both() -> [SettlementCall; 2] {
	[some_settlement().0, some_verdict().0]
}

/// Spends a note of the next block's tree, and shows by it that it can be.
fn spend(note: Owned) {
	let ledger = Ledger::read();
	let (note, sponsor, fee) = (ledger.place(note), deposited(1, PLENTY), least_withdraw());
	let amount = u128::from(note.value() + sponsor.value()) - fee;
	let spent = [note, sponsor];
	let all = Withdrawal::new(&Ledger::read(), spent, Owned::of(1, 0), amount, fee);
	assert_included(all.call());
}

#[test]
fn a_receipt_divides_the_escrow() {
	run(|| {
		let (settlement, taken, [payee, change]) = some_settlement();
		let (leaves, before) = (NoteTree::<Test>::get().leaves, PoolTotals::<Test>::get());
		FeesTaken::set(vec![]);
		assert_included(settlement.call());
		let (job, fee) = (taken.job, least_settle());
		for (note, ciphertext, index) in [(payee, Some(0), leaves), (change, None, leaves + 1)] {
			let commitment = note.commitment();
			let added = Event::<Test>::NoteAdded { index, commitment, ciphertext };
			System::assert_has_event(added.into());
		}
		let settled = Event::<Test>::Settled { job, index: leaves, fee, relayed: None };
		System::assert_last_event(settled.into());

		// Who got what.
		assert_eq!(payee.value() + change.value() + fee as u64, taken.escrow.note.value());
		assert_eq!(FeesTaken::get(), [[fee, 0]]);
		assert_eq!(free(&ISSUERS[0]), ISSUER_FEE);
		assert_eq!(free(&REQUESTER), LEFT + HOLDS - ISSUER_FEE);
		assert_eq!(free(&VAULT), EXISTENTIAL_DEPOSIT);
		let totals = PoolTotals::<Test>::get();
		let settlements = before.settlements + 1;
		assert_eq!(totals, Totals { fees: before.fees + fee, settlements, ..before });
		assert_eq!(totals.escrows(), Some(0));
		assert_eq!(free(&Pool::account()), totals.held().unwrap() + EXISTENTIAL_DEPOSIT);

		// What the others were told.
		assert_eq!(
			(OpenJobs::get(job), SettledBy::get(job)),
			(None, Some(Some(ISSUERS[0].clone())))
		);
		let By::Receipt(claims) = settlement.by else { panic!("by a receipt") };
		assert_eq!(SpentReceipts::get((job, claims.nullifier)), Some(claims.expires_at));

		next_block();
		spend(payee);
		spend(change);
	});
}

#[test]
fn a_verdict_divides_the_escrow_and_the_miner_bears_its_part() {
	run(|| {
		let (settlement, taken, [payee, change]) = some_verdict();
		let (leaves, before) = (NoteTree::<Test>::get().leaves, PoolTotals::<Test>::get());
		FeesTaken::set(vec![]);
		assert_included(settlement.call());
		let (job, least) = (taken.job, least_settle_verdict());
		let fee = least + BORNE;
		let settled = Event::<Test>::Settled { job, index: leaves, fee, relayed: None };
		System::assert_last_event(settled.into());
		assert_eq!(u128::from(payee.value()), u128::from(PAY) - fee);
		assert_eq!(change.value(), taken.escrow.note.value() - PAY);
		// The requester has what the miner bears; no issuer is paid.
		assert_eq!(FeesTaken::get(), [[least, 0]]);
		assert_eq!(free(&REQUESTER), LEFT + HOLDS + BORNE);
		assert_eq!((free(&ISSUERS[0]), free(&ISSUERS[1])), (0, 0));
		let totals = PoolTotals::<Test>::get();
		let (fees, withdrawn) = (before.fees + least, before.withdrawn + BORNE);
		let settlements = before.settlements + 1;
		assert_eq!(totals, Totals { fees, withdrawn, settlements, ..before });
		assert_eq!(free(&Pool::account()), totals.held().unwrap() + EXISTENTIAL_DEPOSIT);
		assert_eq!(SettledBy::get(job), Some(None));
		assert_eq!(SpentReceipts::iter().count(), 0);

		next_block();
		spend(payee);
		spend(change);
	});
}

#[test]
fn a_verdict_of_which_nothing_is_borne() {
	run(|| {
		let taken = taken();
		judge(taken.job, UNITS, 0, NOW + JUDGED_FOR);
		let withdrawn = PoolTotals::<Test>::get().withdrawn;
		assert_included(taken.settle_verdict(least_settle_verdict()).0.call());
		assert_eq!(PoolTotals::<Test>::get().withdrawn, withdrawn);
		assert_eq!(free(&REQUESTER), LEFT + HOLDS);
	});
}

/// From its secret and the chain alone.
#[test]
fn the_requester_has_its_change_from_the_calls_arguments() {
	run(|| {
		let (mut settlement, taken, [_, change]) = some_settlement();
		assert_included(settlement.call());
		next_block();
		let SettlementClaims {
			change: commitment, ephemeral_key: [x, y], encrypted_change, ..
		} = *settlement.by.settlement();
		let key =
			quittance_babyjubjub::PublicKey::new(x.to_field().unwrap(), y.to_field().unwrap());
		let shared = change_secret().shared(&key.unwrap());
		let subject = settlement.header.subject.unwrap().to_field().unwrap();
		let (commitment, encrypted) =
			(commitment.to_field().unwrap(), encrypted_change.to_field().unwrap());
		let owner = taken.escrow.opening.owner;
		let found = recover_change::<Native>(&shared, subject, owner, commitment, encrypted);
		let found = Owned { note: found.expect("it is the requester's"), ..taken.escrow.note };
		assert_eq!(found.commitment(), change.commitment());
		spend(found);
	});
}

#[test]
fn all_units_leave_no_change_and_no_units_no_pay() {
	run(|| {
		let all = taken();
		let (settlement, [payee, change]) = all.settle(MAX_UNITS, least_settle());
		assert_eq!(change.value(), 0);
		assert_included(settlement.call());
		next_block();
		spend(payee);
		spend(change);
	});
	run(|| {
		// All of the pay is the fee.
		let (job, escrow) = posted();
		let taken = Taken::lock(job, escrow);
		let (settlement, [payee, _]) = taken.settle(UNITS, PAY.into());
		assert_eq!(payee.value(), 0);
		assert_included(settlement.call());
		assert_eq!(free(&AUTHOR), ENDOWMENT + u128::from(PAY) - least_settle());
	});
}

#[test]
fn a_relayer_gets_what_is_beyond_the_least_fee_and_what_is_borne() {
	run(|| {
		let least = Pool::minimum_fee(PoolCircuit::Settle, true);
		let (settlement, _) = taken().settle(UNITS, least + 600);
		FeesTaken::set(vec![]);
		let relayed = settlement.with(|header| header.submitter = Some(RELAYER));
		assert_included(relayed.call());
		assert_eq!((free(&RELAYER), free(&AUTHOR)), (ENDOWMENT + 600, ENDOWMENT));
		assert_eq!(FeesTaken::get(), [[least, 0]]);
	});
	run(|| {
		let least = Pool::minimum_fee(PoolCircuit::SettleVerdict, true);
		let (settlement, _) = found_right().settle_verdict(least + BORNE + 600);
		FeesTaken::set(vec![]);
		let relayed = settlement.with(|header| header.submitter = Some(RELAYER));
		assert_included(relayed.call());
		assert_eq!((free(&RELAYER), free(&AUTHOR)), (ENDOWMENT + 600, ENDOWMENT));
		assert_eq!(free(&REQUESTER), LEFT + HOLDS + BORNE);
		assert_eq!(FeesTaken::get(), [[least, 0]]);
	});
}

#[test]
fn without_a_relayer_it_is_a_tip() {
	run(|| {
		let (settlement, _) = found_right().settle_verdict(least_settle_verdict() + BORNE + 77);
		FeesTaken::set(vec![]);
		assert_included(settlement.call());
		assert_eq!(FeesTaken::get(), [[least_settle_verdict(), 77]]);
		assert_eq!(free(&AUTHOR), ENDOWMENT + 77);
	});
}

/// An account that is gone and would come to be with too little: what the miner bears is burned, and the
/// settlement is as valid as before.
#[test]
fn boundary_what_a_requester_that_is_gone_cannot_take_is_burned() {
	for (borne, paid) in [(EXISTENTIAL_DEPOSIT - 1, 0), (EXISTENTIAL_DEPOSIT, EXISTENTIAL_DEPOSIT)]
	{
		run(|| {
			let taken = taken();
			judge(taken.job, UNITS, borne, NOW + JUDGED_FOR);
			change_job(taken.job, |open| {
				// As if the market held nothing of the requester's, which would keep its account.
				Balances::transfer_allow_death(signed(&VAULT), BOB, open.holds).unwrap();
				open.holds = 0;
			});
			let (settlement, _) = taken.settle_verdict(least_settle_verdict() + borne);
			let verdict = judged(&settlement.call());
			Balances::transfer_allow_death(signed(&REQUESTER), BOB, LEFT).unwrap();
			assert_eq!(judged(&settlement.call()), verdict, "that account decides nothing");
			let issuance = Balances::total_issuance();
			assert_included(settlement.call());
			assert_eq!(free(&REQUESTER), paid);
			let burned = least_settle_verdict() + borne - paid;
			assert_eq!(Balances::total_issuance(), issuance - burned);
			// That is not a fee.
			Burned::mutate(|all| *all += borne - paid);
			let held = PoolTotals::<Test>::get().held().unwrap();
			assert_eq!(free(&Pool::account()), held + EXISTENTIAL_DEPOSIT);
		});
	}
}

/// A miner can be slow: the circuit that a job was posted under stays that of its receipt.
#[test]
fn a_job_is_settled_under_the_circuit_that_it_was_posted_under() {
	run(|| {
		let (settlement, taken, _) = some_settlement();
		put_in_force(PoolCircuit::Settle, NEXT_SETTLE);
		let other = settlement.clone().with(|header| header.circuit = NEXT_SETTLE);
		assert_refused(other.call(), PoolRefusal::WrongCircuit);
		assert_included(settlement.call());
		let (job, escrow) = posted();
		assert_ne!(job, taken.job);
		let (settlement, _) = Taken::lock(job, escrow).settle(UNITS, least_settle());
		assert_eq!(settlement.header.circuit, NEXT_SETTLE);
		assert_included(settlement.call());
	});
}

/// Verdicts are settled under what is in force.
#[test]
fn a_verdict_is_settled_under_the_circuit_in_force() {
	run(|| {
		let (settlement, ..) = some_verdict();
		Registry::mutate(|all| all.insert(UNUSABLE, (PoolCircuit::SettleVerdict, 0)));
		put_in_force(PoolCircuit::SettleVerdict, UNUSABLE);
		assert_refused(settlement.call(), PoolRefusal::WrongCircuit);
		let again = settlement.with(|header| header.circuit = UNUSABLE);
		assert_included(again.call());
	});
}

/// The clock of the job goes on: the pool's pause stops neither kind.
#[test]
fn the_pause_does_not_stop_settlements() {
	run(|| {
		let calls = both();
		assert_ok!(Pool::pause(signed(&Guardian::get())));
		for call in calls {
			assert_included(call.call());
		}
	});
}

mod refused_settlements {
	use super::*;

	type Spoilt = (fn(&mut Header<AccountId>), PoolRefusal);

	#[test]
	fn by_the_name_of_each_wrong_field_of_the_header() {
		run(|| {
			let spoilt: [Spoilt; 14] = [
				(|header| header.genesis = [0; 32], PoolRefusal::WrongGenesis),
				(|header| header.pallet = INDEX - 1, PoolRefusal::WrongPallet),
				(|header| header.circuit = [0; 32], PoolRefusal::WrongCircuit),
				(|header| header.circuit = WITHDRAW, PoolRefusal::WrongCircuit),
				(|header| header.subject = None, PoolRefusal::WrongSubject),
				(|header| header.subject = Some(ISSUER_ROOT), PoolRefusal::WrongSubject),
				(|header| header.arguments = [0; 32], PoolRefusal::WrongArguments),
				(|header| header.payee = MINER, PoolRefusal::WrongPayee),
				(|header| header.payee = REQUESTER, PoolRefusal::WrongPayee),
				(|header| header.nonce = 0, PoolRefusal::WrongNonce),
				(|header| header.nonce = 2, PoolRefusal::WrongNonce),
				(|header| header.valid_until += 1, PoolRefusal::WrongValidUntil),
				(|header| header.valid_until -= 1, PoolRefusal::WrongValidUntil),
				(|header| header.valid_until = u64::MAX, PoolRefusal::WrongValidUntil),
			];
			for call in both() {
				let verified = Verified::get();
				for (change, why) in spoilt {
					assert_refused(call.clone().with(change).call(), why);
				}
				assert_eq!(Verified::get(), verified, "before the proof");
				assert_included(call.call());
			}
		});
	}

	/// The subject of another job, or of another miner's work for the same one, is another.
	#[test]
	fn for_the_subject_of_another_job_or_miner() {
		run(|| {
			let (call, taken, _) = some_settlement();
			let other = self::taken();
			let wrong = PoolRefusal::WrongSubject;
			let subject = subject_of(other.job);
			assert_refused(call.clone().with(|header| header.subject = subject).call(), wrong);
			// Declined, and locked by another miner.
			lock(taken.job, BOB, Owned::of(MINER_KEY, 0).note.owner);
			assert_refused(call.call(), wrong);
		});
	}

	/// The same miner cannot use what was proven for its lock before.
	#[test]
	fn for_the_nonce_of_an_earlier_lock() {
		run(|| {
			let (call, taken, _) = some_settlement();
			lock(taken.job, MINER, taken.payee.note.owner);
			assert_refused(call.call(), PoolRefusal::WrongNonce);
			let again = call.with(|header| header.nonce = 2);
			assert_included(again.call());
		});
	}

	/// The agreement is that of the lock, with the owner key that was named then.
	#[test]
	fn for_the_agreement_of_another_lock() {
		run(|| {
			let (call, taken, _) = some_settlement();
			lock(taken.job, MINER, Owned::of(MINER_KEY, 0).note.owner);
			change_job(taken.job, |open| open.nonce = 1);
			assert_refused(call.call(), PoolRefusal::InvalidProof);
		});
	}

	/// What was proven about another escrow, which may hold more or be another job's, or about terms at a higher price: the
	/// chain puts the agreement of this job's own offer into the statement.
	#[test]
	fn for_another_escrow_or_a_price_above_the_terms() {
		run(|| {
			for (judged, price) in [
				(false, UNIT_PRICE),
				(false, UNIT_PRICE + 1),
				(true, UNIT_PRICE),
				(true, UNIT_PRICE + 1),
			] {
				let taken = if judged { found_right() } else { taken() };
				let own = OpenJobs::get(taken.job).unwrap().taken;
				let other = Escrowed::of(1, price, MAX_UNITS);
				let thief = Taken { escrow: other, ..taken };
				let settle = |taken: &Taken| match judged {
					true => taken.settle_verdict(least_settle_verdict() + BORNE).0,
					false => taken.settle(UNITS, least_settle()).0,
				};
				// As if the job had the other offer.
				let offer = other.offer().hash::<Native>().unwrap();
				change_job(taken.job, |open| {
					let agreement = Agreement::new::<Native>(offer, taken.payee.note.owner);
					open.taken = Some((MINER, agreement));
				});
				let forged = settle(&thief);
				on_a_fork(|| assert_included(forged.call()));
				change_job(taken.job, |open| open.taken = own);
				assert_refused(forged.call(), PoolRefusal::InvalidProof);
				assert_included(settle(&taken).call());
			}
		});
	}

	/// The deadline in force is what a header names, also where it has moved.
	#[test]
	fn for_another_deadline_than_the_one_in_force() {
		run(|| {
			for call in both() {
				change_job(call.job, |open| open.deadline += 7);
				assert_refused(call.call(), PoolRefusal::WrongValidUntil);
				assert_included(call.with(|header| header.valid_until += 7).call());
			}
		});
	}

	#[test]
	fn of_jobs_that_are_none() {
		run(|| {
			let none = PoolRefusal::NoPrivateJob;
			// No miner has it.
			let (job, escrow) = posted();
			let posed = some_settlement().0;
			let of = |job| SettlementCall { job, ..posed.clone() }.proven().call();
			assert_refused(of(job), none);
			// Never posted, so that no escrow was ever funded.
			assert_refused(of(99), none);
			let verdict = some_verdict().0;
			for job in [job, 99] {
				assert_refused(SettlementCall { job, ..verdict.clone() }.proven().call(), none);
			}
			// Ended, one way or the other.
			let taken = Taken::lock(job, escrow);
			let (call, _) = taken.settle(UNITS, least_settle());
			on_a_fork(|| {
				give_up(job);
				assert_refused(call.call(), none);
				next_block();
				assert_refused(call.call(), none);
			});
			assert_included(call.call());
			assert_refused(call.call(), none);
			next_block();
			assert_refused(call.call(), none);
		});
	}

	#[test]
	fn by_a_receipt_where_the_job_is_barred() {
		run(|| {
			let (call, taken, _) = some_settlement();
			for bar in [
				Bar::Settled,
				Bar::NotLocked,
				Bar::OfAnother,
				Bar::OutputsAwaited,
				Bar::OnPanel,
				Bar::NotCommitted,
				Bar::CommittedInThisBlock,
			] {
				change_job(taken.job, |open| open.bar = Some(bar));
				assert_refused(call.call(), PoolRefusal::JobBarred);
			}
			change_job(taken.job, |open| open.bar = None);
			assert_included(call.call());
		});
	}

	#[test]
	fn by_a_verdict_where_there_is_none() {
		run(|| {
			let (call, taken, _) = some_verdict();
			change_job(taken.job, |open| open.judged = None);
			assert_refused(call.call(), PoolRefusal::NoVerdict);
			// Nor where a receipt could settle it.
			change_job(taken.job, |open| open.bar = None);
			assert_refused(call.call(), PoolRefusal::NoVerdict);
		});
	}

	/// Where a panel has judged, no receipt is needed or accepted.
	#[test]
	fn by_a_receipt_where_a_panel_has_judged() {
		run(|| {
			let taken = found_right();
			let (receipt, _) = taken.settle(UNITS, least_settle() + BORNE);
			assert_refused(receipt.call(), PoolRefusal::JobBarred);
			assert_included(taken.settle_verdict(least_settle_verdict() + BORNE).0.call());
		});
	}

	#[test]
	fn boundary_the_last_moment() {
		run(|| {
			let (receipt, ..) = some_settlement();
			let posted_at = OpenJobs::get(receipt.job).unwrap().open_until - OPEN_FOR;
			while System::block_number() < posted_at + OPEN_FOR {
				next_block();
			}
			assert_eq!(judged(&receipt.call()).unwrap().longevity, 1, "for this block only");
			next_block();
			assert_refused(receipt.call(), PoolRefusal::DeadlinePassed);
			// Time in which jobs stand still does not count.
			Stopped::set(System::block_number() - posted_at - OPEN_FOR);
			assert!(judged(&receipt.call()).is_ok());
			Stopped::set(0);
			let verdict = some_verdict().0;
			assert_eq!(judged(&verdict.call()).unwrap().longevity, JUDGED_FOR + 1);
			let last = facts(verdict.job).unwrap().judged.unwrap().open_until;
			while System::block_number() < last {
				next_block();
			}
			assert_eq!(judged(&verdict.call()).unwrap().longevity, 1);
			next_block();
			assert_refused(verdict.call(), PoolRefusal::DeadlinePassed);
		});
	}

	/// The clock of a job stands still while its circuit is paused; a panel's verdict needs no receipt.
	#[test]
	fn by_a_receipt_while_the_circuit_is_paused() {
		run(|| {
			let [receipt, verdict] = both();
			PausedCircuits::set(vec![SETTLE, SETTLE_VERDICT]);
			assert_refused(receipt.call(), PoolRefusal::CircuitPaused);
			assert_included(verdict.call());
			PausedCircuits::set(vec![NEXT_SETTLE, TRANSFER]);
			assert_included(receipt.call());
		});
	}

	/// No governance can take it away; were it gone, nothing else is harmed.
	#[test]
	fn by_a_verdict_without_a_circuit() {
		run(|| {
			let [receipt, verdict] = both();
			CircuitInForce::<Test>::remove(PoolCircuit::Settle);
			let circuit = CircuitInForce::<Test>::take(PoolCircuit::SettleVerdict).unwrap();
			assert_refused(verdict.call(), PoolRefusal::NoCircuit);
			assert_included(receipt.call());
			CircuitInForce::<Test>::insert(PoolCircuit::SettleVerdict, circuit);
			assert_included(verdict.call());
		});
	}

	#[test]
	fn by_what_is_wrong_with_the_receipt() {
		run(|| {
			let (call, taken, _) = some_settlement();
			let market::OpenJob { posted_deadline, deadline, .. } =
				OpenJobs::get(taken.job).unwrap();
			let now = System::block_number();
			type Change<'a> = &'a dyn Fn(&mut SettleClaims);
			let cases: [(Change<'_>, PoolRefusal); 9] = [
				(&|claims| claims.expires_at = now - 1, PoolRefusal::ReceiptExpired),
				(&|claims| claims.expires_at = posted_deadline - 1, PoolRefusal::ExpiryOutOfRange),
				(
					&|claims| claims.expires_at = deadline + LIFETIME + 1,
					PoolRefusal::ExpiryOutOfRange,
				),
				(&|claims| claims.as_of = now + 1, PoolRefusal::AsOfInFuture),
				(&|claims| claims.issuer_index = 2, PoolRefusal::IssuerNotAccepted),
				(&|claims| claims.issuer_index = 16, PoolRefusal::IssuerNotAccepted),
				(&|claims| claims.issuer_index = 255, PoolRefusal::IssuerNotAccepted),
				(&|claims| claims.issuer_root = fresh().into(), PoolRefusal::WrongIssuerRoot),
				(&|claims| claims.nullifier = deposits::order(), PoolRefusal::NotCanonical),
			];
			for (change, why) in cases {
				assert_refused(call.receipt(change).call(), why);
			}
			let right: [Change<'_>; 4] = [
				&|claims| claims.expires_at = posted_deadline,
				&|claims| claims.expires_at = deadline + LIFETIME,
				&|claims| claims.as_of = now,
				&|claims| claims.issuer_index = 1,
			];
			for change in right {
				on_a_fork(|| assert_included(call.receipt(change).call()));
			}
			let By::Receipt(claims) = call.by else { panic!("by a receipt") };
			SpentReceipts::insert((taken.job, claims.nullifier), claims.expires_at);
			assert_refused(call.call(), PoolRefusal::ReceiptSpent);
		});
	}

	#[test]
	fn when_a_claim_is_not_canonical_or_too_large() {
		run(|| {
			let order = deposits::order();
			let changes: [&dyn Fn(&mut SettlementClaims); 5] = [
				&|claims| claims.payee = order,
				&|claims| claims.change = order,
				&|claims| claims.ephemeral_key[0] = order,
				&|claims| claims.ephemeral_key[1] = order,
				&|claims| claims.encrypted_change = order,
			];
			for call in both() {
				for change in changes {
					assert_refused(call.claims(change).call(), PoolRefusal::NotCanonical);
				}
				let large = call.claims(|claims| claims.fee = 1 << 64);
				assert_refused(large.call(), PoolRefusal::AmountTooLarge);
			}
			// A root that is none is not that of the job's issuers.
			let (call, ..) = some_settlement();
			let other = call.receipt(|claims| claims.issuer_root = order);
			assert_refused(other.call(), PoolRefusal::WrongIssuerRoot);
		});
	}

	#[test]
	fn boundary_the_least_fee() {
		run(|| {
			let low = PoolRefusal::FeeTooLow;
			let (call, ..) = some_settlement();
			assert_refused(call.claims(|claims| claims.fee -= 1).call(), low);
			assert_refused(call.claims(|claims| claims.fee = 0).call(), low);
			let relayed = call.clone().with(|header| header.submitter = Some(RELAYER));
			assert_refused(relayed.call(), low);
			Load::set(2);
			assert_refused(call.call(), low);
			Load::set(1);
			assert_included(call.call());
		});
	}

	/// What the miner bears is on top of what the call must pay.
	#[test]
	fn boundary_the_least_fee_with_what_is_borne() {
		run(|| {
			let low = PoolRefusal::FeeTooLow;
			let (call, ..) = some_verdict();
			for fee in [0, BORNE, least_settle_verdict(), least_settle_verdict() + BORNE - 1] {
				assert_refused(call.claims(|claims| claims.fee = fee).call(), low);
			}
			change_job(call.job, |open| {
				let (_, borne, _) = open.judged.as_mut().unwrap();
				*borne += 1;
			});
			assert_refused(call.call(), low);
			change_job(call.job, |open| {
				let (_, borne, _) = open.judged.as_mut().unwrap();
				*borne = u128::MAX;
			});
			assert_refused(call.call(), low);
			change_job(call.job, |open| {
				let (_, borne, _) = open.judged.as_mut().unwrap();
				*borne = BORNE;
			});
			assert_included(call.call());
		});
	}

	/// Of other units than the panel has found.
	#[test]
	fn by_a_proof_of_other_units() {
		run(|| {
			let (call, ..) = some_verdict();
			for units in [0, UNITS - 1, UNITS + 1, u64::MAX] {
				change_job(call.job, |open| open.judged.as_mut().unwrap().0 = units);
				assert_refused(call.call(), PoolRefusal::InvalidProof);
			}
			change_job(call.job, |open| open.judged.as_mut().unwrap().0 = UNITS);
			assert_included(call.call());
		});
	}

	#[test]
	fn when_the_relayer_is_the_pool() {
		run(|| {
			for call in both() {
				let dearer = call.claims(|claims| claims.fee += 100);
				let by_pool = dearer.with(|header| header.submitter = Some(Pool::account()));
				assert_refused(by_pool.call(), PoolRefusal::RelayerCannotReceive);
			}
		});
	}

	/// Room is kept, and the pool has what escrows are worth: a second line, whatever is broken.
	#[test]
	fn boundary_second_lines() {
		run(|| {
			for call in both() {
				for places in 0..2 {
					on_tree_with(Tree::PLACES - places, || {
						assert_refused(call.call(), PoolRefusal::TreeFull)
					});
				}
				on_tree_with(Tree::PLACES - 2, || {
					on_a_fork(|| assert_included(call.call()));
				});
				let held = PoolTotals::<Test>::get().held().unwrap();
				let paying = |fee| call.claims(|claims| claims.fee = fee).call();
				assert_refused(paying(held + 1), PoolRefusal::PoolTooSmall);
				assert_refused(paying(u64::MAX.into()), PoolRefusal::PoolTooSmall);
				on_a_fork(|| {
					assert_included(paying(held));
					assert_eq!(PoolTotals::<Test>::get().held(), Some(0));
				});
			}
		});
	}

	#[test]
	fn by_the_proof_last_of_all() {
		run(|| {
			for call in both() {
				let verified = Verified::get();
				let mut low = call.claims(|claims| claims.fee = 1);
				low.proof[0] ^= 1;
				assert_refused(low.call(), PoolRefusal::FeeTooLow);
				assert_eq!(Verified::get(), verified);
				let mut false_proof = call.clone();
				false_proof.proof[0] ^= 1;
				assert_refused(false_proof.call(), PoolRefusal::InvalidProof);
				assert_eq!(Verified::get(), verified + 2, "by the pool and by the block");
				// Of another circuit with as many signals.
				let other = match call.by.used_for() {
					PoolCircuit::Settle => PoolCircuit::SettleVerdict,
					_ => PoolCircuit::Settle,
				};
				let proof = proof_of(&call.header.circuit, other, &call.signals().unwrap());
				let other = SettlementCall { proof, ..call };
				assert_refused(other.call(), PoolRefusal::InvalidProof);
			}
		});
	}

	#[test]
	fn when_calls_of_the_pool_are_filtered() {
		run(|| {
			let calls = both();
			Filtered::set(true);
			for call in &calls {
				assert_eq!(refused(&call.call()), InvalidTransaction::Call);
			}
			Filtered::set(false);
			for call in calls {
				assert_included(call.call());
			}
		});
	}

	#[test]
	fn from_any_origin_but_their_authorisation() {
		run(|| {
			for call in both() {
				for origin in [signed(&MINER), RuntimeOrigin::root(), RuntimeOrigin::none()] {
					let dispatched = call.call().dispatch(origin).map_err(|error| error.error);
					assert_eq!(dispatched.unwrap_err(), DispatchError::BadOrigin);
				}
				assert_ok!(call.call().dispatch(RuntimeOrigin::from(RawOrigin::Authorized)));
			}
		});
	}
}

/// What somebody else could make of a settlement, an escrow or a receipt.
mod stolen {
	use super::*;

	#[test]
	fn with_another_relayer_it_is_void() {
		run(|| {
			for call in both() {
				let call = call.claims(|claims| claims.fee += 1_000);
				let relayed = call.clone().with(|header| header.submitter = Some(RELAYER));
				for (of, thief) in
					[(&call, Some(RELAYER)), (&relayed, Some(ALICE)), (&relayed, None)]
				{
					let mut stolen = of.clone();
					stolen.header.submitter = thief;
					assert_refused(stolen.call(), PoolRefusal::InvalidProof);
				}
				assert_included(call.call());
			}
		});
	}

	#[test]
	fn with_another_argument_it_is_void() {
		run(|| {
			let other = Owned::of(3, 1).commitment();
			let changes: [&dyn Fn(&mut SettlementCall); 8] = [
				&|call| call.ciphertext[0] ^= 1,
				&|call| call.ciphertext.reverse(),
				&|call| call.by.settlement().payee = other,
				&|call| call.by.settlement().change = other,
				&|call| {
					let claims = call.by.settlement();
					core::mem::swap(&mut claims.payee, &mut claims.change);
				},
				&|call| call.by.settlement().ephemeral_key.swap(0, 1),
				&|call| call.by.settlement().encrypted_change = other,
				&|call| call.by.settlement().fee += 1,
			];
			for call in both() {
				for change in changes {
					let mut stolen = call.clone();
					change(&mut stolen);
					assert_void(&call, stolen);
				}
				assert_included(call.call());
			}
		});
		run(|| {
			let (call, taken, _) = some_settlement();
			let market::OpenJob { posted_deadline, .. } = OpenJobs::get(taken.job).unwrap();
			let changes: [&dyn Fn(&mut SettleClaims); 4] = [
				&|claims| claims.issuer_index = 1,
				&|claims| claims.nullifier = fresh().into(),
				&|claims| claims.expires_at = posted_deadline + 1,
				&|claims| claims.as_of -= 1,
			];
			for change in changes {
				let mut stolen = call.clone();
				let By::Receipt(claims) = &mut stolen.by else { panic!("by a receipt") };
				change(claims);
				assert_void(&call, stolen);
			}
			assert_included(call.call());
		});
	}

	#[track_caller]
	fn assert_void(call: &SettlementCall, mut stolen: SettlementCall) {
		assert_ne!(call.arguments(), stolen.arguments(), "something was changed");
		assert_refused(stolen.call(), PoolRefusal::WrongArguments);
		stolen.header.arguments = stolen.arguments();
		assert_refused(stolen.call(), PoolRefusal::InvalidProof);
	}

	/// The same miner's receipt or settlement of one job is none of another, of the same terms and escrow.
	#[test]
	fn for_another_job() {
		run(|| {
			let (call, taken, _) = some_settlement();
			let (other, _) = posted();
			let other = Taken::lock(other, taken.escrow);
			let alike = OpenJobs::get(taken.job).unwrap();
			change_job(other.job, |open| *open = alike);
			let mut stolen = SettlementCall { job: other.job, ..call.clone() };
			assert_refused(stolen.call(), PoolRefusal::WrongSubject);
			stolen.header.subject = subject_of(other.job);
			assert_refused(stolen.call(), PoolRefusal::WrongArguments);
			stolen.header.arguments = stolen.arguments();
			assert_refused(stolen.call(), PoolRefusal::InvalidProof);
			assert_included(call.call());
		});
		run(|| {
			let (call, taken, _) = some_verdict();
			let (job, _) = posted();
			let other = Taken::lock(job, taken.escrow);
			let alike = OpenJobs::get(taken.job).unwrap();
			change_job(other.job, |open| *open = alike);
			let mut stolen = SettlementCall { job: other.job, ..call.clone() };
			stolen.header.subject = subject_of(other.job);
			stolen.header.arguments = stolen.arguments();
			assert_refused(stolen.call(), PoolRefusal::InvalidProof);
			assert_included(call.call());
		});
	}

	/// An escrow is divided or given back, once.
	#[test]
	fn a_second_time() {
		for by_verdict in [false, true] {
			run(|| {
				let taken = if by_verdict { found_right() } else { taken() };
				let fee = least_settle().max(least_settle_verdict()) + BORNE;
				let another = || match by_verdict {
					true => taken.settle_verdict(fee).0.call(),
					false => taken.settle(UNITS, fee).0.call(),
				};
				let (first, second) = (another(), another());
				on_a_fork(|| {
					give_up(taken.job);
					assert_refused(first.clone(), PoolRefusal::NoPrivateJob);
				});
				assert_included(first.clone());
				let leaves = NoteTree::<Test>::get().leaves;
				for again in [&first, &second] {
					assert_refused(again.clone(), PoolRefusal::NoPrivateJob);
				}
				next_block();
				for again in [first, second] {
					assert_refused(again, PoolRefusal::NoPrivateJob);
				}
				assert_eq!(NoteTree::<Test>::get().leaves, leaves);
				assert_eq!(PoolTotals::<Test>::get().settlements, 1);
			});
		}
	}

	/// The pool of transactions keeps one settlement of a job, whichever it is.
	#[test]
	fn settlements_of_one_job_have_their_tag_in_common() {
		run(|| {
			let tags = |call: &SettlementCall| judged(&call.call()).unwrap().provides;
			let (receipt, taken, _) = some_settlement();
			let (another, _) = taken.settle(1, least_settle() % u128::from(UNIT_PRICE));
			let another = another.claims(|claims| claims.fee = least_settle());
			let (other_job, ..) = some_settlement();
			assert_eq!(tags(&receipt).len(), 1);
			assert_eq!(tags(&receipt), tags(&another));
			assert_ne!(tags(&receipt), tags(&other_job));
			let by_receipt = tags(&receipt);
			judge(taken.job, UNITS, BORNE, NOW + JUDGED_FOR);
			let (verdict, _) = taken.settle_verdict(least_settle_verdict() + BORNE);
			assert_eq!(tags(&verdict), by_receipt);
			let valid = judged(&verdict.call()).unwrap();
			assert!(valid.propagate && valid.requires.is_empty());
			// No nullifier has such a tag.
			let (withdrawal, _) = some_withdrawal();
			let spends = judged(&withdrawal.call()).unwrap().provides;
			assert!(!spends.contains(&by_receipt[0]));
		});
	}

	/// In a block both could be put by its author: the second is refused, and the first has its effect.
	#[test]
	fn by_a_receipt_and_by_a_verdict_in_one_block() {
		run(|| {
			let taken = taken();
			let (receipt, _) = taken.settle(UNITS, least_settle() + BORNE);
			judge(taken.job, UNITS, BORNE, NOW + JUDGED_FOR);
			let (verdict, _) = taken.settle_verdict(least_settle_verdict() + BORNE);
			// The verdict has come: the receipt is too late.
			assert_refused(receipt.call(), PoolRefusal::JobBarred);
			assert_included(verdict.call());
			assert_refused(receipt.call(), PoolRefusal::NoPrivateJob);
		});
		run(|| {
			let taken = taken();
			let (receipt, _) = taken.settle(UNITS, least_settle());
			let verdict = on_a_fork(|| {
				judge(taken.job, UNITS, 0, NOW + JUDGED_FOR);
				taken.settle_verdict(least_settle_verdict()).0
			});
			// And not yet.
			assert_refused(verdict.call(), PoolRefusal::NoVerdict);
			assert_included(receipt.call());
			assert_refused(verdict.call(), PoolRefusal::NoPrivateJob);
		});
	}

	/// A block that is taken back takes its settlement with it, and the escrow is there to be divided, once.
	#[test]
	fn on_two_forks() {
		run(|| {
			let (call, taken, [payee, _]) = some_settlement();
			on_a_fork(|| {
				assert_included(call.call());
				next_block();
				spend(payee);
			});
			on_a_fork(|| {
				give_up(taken.job);
				next_block();
				spend(taken.escrow.note);
			});
			assert_ok!(deposit(&Owned::of(1, 1)));
			next_block();
			assert_included(call.call());
			next_block();
			spend(payee);
		});
	}

	/// A proof can be made again from another by anybody. That it is another is no excuse.
	#[test]
	fn with_another_proof() {
		run(|| {
			let (call, ..) = some_settlement();
			assert_included(call.call());
			let again = SettlementCall { proof: [7; 256], ..call };
			assert_refused(again.call(), PoolRefusal::NoPrivateJob);
		});
	}
}

/// Fees as those of the other calls.
mod paid_for {
	use super::*;

	#[test]
	fn a_settlement_is_never_cheaper_than_a_signed_one() {
		run(|| {
			for call in both() {
				let (of, borne) = match call.by.used_for() {
					PoolCircuit::Settle => (PoolCircuit::Settle, 0),
					_ => (PoolCircuit::SettleVerdict, BORNE),
				};
				for submitter in [None, Some(RELAYER)] {
					let least = Pool::minimum_fee(of, submitter.is_some());
					let call = call
						.claims(|claims| claims.fee = least + borne)
						.with(|header| header.submitter = submitter.clone());
					let length = call.by.divided().call_length(&call.header, call.job, None);
					assert_eq!(
						length,
						call.call().encoded_size() as u32,
						"nobody writes it by hand"
					);
					let transaction = transaction(call.call());
					let whole = transaction.encoded_size() as u32;
					let info = transaction.get_dispatch_info();
					let as_signed = TransactionPayment::compute_fee(whole, &info, 0);
					assert!(least >= as_signed, "{least} and {as_signed}");
					on_a_fork(|| assert_included(call.call()));
					let less = call.claims(|claims| claims.fee -= 1);
					let less = less.with(|header| header.submitter = submitter);
					assert_refused(less.call(), PoolRefusal::FeeTooLow);
				}
			}
		});
	}

	#[test]
	fn a_tip_makes_a_settlement_urgent_and_neither_relayer_nor_what_is_borne_does() {
		run(|| {
			let priority = |call: &SettlementCall| judged(&call.call()).unwrap().priority;
			for call in both() {
				let plain = priority(&call);
				let dearer = call.claims(|claims| claims.fee += 10_000);
				assert!(priority(&dearer) > plain);
				let relayed = dearer.with(|header| header.submitter = Some(RELAYER));
				assert_eq!(priority(&relayed), plain);
			}
			let (free_of_it, of_it) = (taken(), found_right());
			judge(free_of_it.job, UNITS, 0, NOW + JUDGED_FOR);
			let (nothing_borne, _) = free_of_it.settle_verdict(least_settle_verdict());
			let (borne, _) = of_it.settle_verdict(least_settle_verdict() + BORNE);
			assert_eq!(priority(&nothing_borne), priority(&borne));
		});
	}
}
