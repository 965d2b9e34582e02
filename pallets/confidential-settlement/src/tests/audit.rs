//! The auditor: who sets it, what calls show it, and that nothing is trapped by it.

use super::{
	private_jobs::{posted, some_post, PAID_IN},
	settlements::{facts, some_settlement, some_verdict, Taken},
	*,
};
use crate::{
	impls::{Divided, Encoded},
	mock::market::{give_up, judge, OpenJobs, Receipts},
	Audit, AuditorKeys, CircuitInForce,
};
use polkadot_sdk::frame_support::traits::Authorize;
use quittance_babyjubjub::{Point, PublicKey, SecretKey};
use quittance_groth16::simulator::Trapdoor;
use quittance_types::{
	audit_mask, audited_value, AuditKeyNumber, AuditPolicy, AuditedValues, AuditorKey, JobId,
	NoteAudit, NotePairAudit, NumberedAuditorKey, SettledReceipts, SettlementAudit,
	SettlementClaims, AUDITED_NOTE_SIGNALS, AUDITED_SETTLEMENT_SIGNALS,
};
use std::collections::BTreeMap;

const AUDITED: [(PoolCircuit, [u8; 32]); 5] = [
	(PoolCircuit::AuditedTransfer, AUDITED_TRANSFER),
	(PoolCircuit::AuditedWithdraw, AUDITED_WITHDRAW),
	(PoolCircuit::AuditedPostPrivateJob, AUDITED_POST),
	(PoolCircuit::AuditedSettle, AUDITED_SETTLE),
	(PoolCircuit::AuditedSettleVerdict, AUDITED_SETTLE_VERDICT),
];

fn governance() -> RuntimeOrigin {
	signed(&Governance::get())
}

/// An auditor's secret. It takes long to compute the key.
fn secret(seed: u8) -> SecretKey {
	SecretKey::from_seed(&[seed; 32])
}

fn key(seed: u8) -> PublicKey {
	thread_local! {
		static KEYS: std::cell::RefCell<BTreeMap<u8, PublicKey>> = Default::default();
	}
	KEYS.with_borrow_mut(|keys| *keys.entry(seed).or_insert_with(|| secret(seed).public()))
}

fn numbered(number: AuditKeyNumber, seed: u8) -> NumberedAuditorKey {
	NumberedAuditorKey { number, key: AuditorKey::from(&key(seed)) }
}

fn set_auditor(seed: u8) -> DispatchResult {
	Pool::set_auditor(governance(), key(seed).to_bytes().into())
}

/// A pool with all audited circuits.
fn run_audited(test: impl FnOnce()) {
	run(|| {
		for (used_for, circuit) in AUDITED {
			put_in_force(used_for, circuit);
		}
		test();
	});
}

/// What a wallet shows, and for which key: everything that it can get wrong.
#[derive(Clone, Copy)]
struct Shows {
	number: AuditKeyNumber,
	/// The seed of the auditor's key.
	to: u8,
	/// What the notes are worth, where it is known.
	values: [u64; 2],
	/// Another fee than the least.
	fee: Option<u128>,
}

impl Shows {
	fn to(number: AuditKeyNumber, seed: u8) -> Self {
		Self { number, to: seed, values: [0, 0], fee: None }
	}

	/// Two values, encrypted.
	fn pair(&self, notes: [FieldBytes; 2]) -> AuditedValues<2> {
		let ephemeral = ephemeral();
		let notes = [
			(self.values[0], notes[0].to_field().unwrap()),
			(self.values[1], notes[1].to_field().unwrap()),
		];
		let shown = ephemeral.public().point();
		AuditedValues::new::<Native>(&shown, &ephemeral.shared(&key(self.to)), &notes)
	}

	fn coordinates(&self) -> [Fr; 2] {
		[key(self.to).x(), key(self.to).y()]
	}
}

fn ephemeral() -> SecretKey {
	secret(99)
}

/// The same call, for an auditor: under the audited circuit, with the least fee.
fn audited(call: RuntimeCall, shows: Shows) -> RuntimeCall {
	let RuntimeCall::Pool(call) = call else { panic!("a call of the pool") };
	let number = shows.number;
	let least = |of| shows.fee.unwrap_or(Pool::minimum_fee(of, false));
	match call {
		Call::transfer { mut header, mut claims, ciphertexts, .. } => {
			header.circuit = AUDITED_TRANSFER;
			claims.fee = least(PoolCircuit::AuditedTransfer);
			let values = shows.pair(claims.commitments);
			let audit = NotePairAudit::new(number, &values);
			let shown =
				Shown::Transfer { claims: &claims, ciphertexts: &ciphertexts, audit: Some(&audit) };
			header.arguments = shown.arguments();
			let signal = values.signal::<Native>(shows.coordinates());
			let signals = [&shown.signals(&header).unwrap()[..], &[signal]].concat();
			let proof = proof_of(&AUDITED_TRANSFER, PoolCircuit::AuditedTransfer, &signals).into();
			let audit = Some(audit.into());
			Call::transfer { header, claims, ciphertexts, audit, proof }
		},
		Call::withdraw { mut header, mut claims, ciphertext, .. } => {
			header.circuit = AUDITED_WITHDRAW;
			claims.fee = least(PoolCircuit::AuditedWithdraw);
			let pair = shows.pair([claims.change; 2]);
			let values =
				AuditedValues { ephemeral_key: pair.ephemeral_key, encrypted: [pair.encrypted[0]] };
			let audit = NoteAudit::new(number, &values);
			let shown =
				Shown::Withdraw { claims: &claims, ciphertext: &ciphertext, audit: Some(&audit) };
			header.arguments = shown.arguments();
			let signal = values.signal::<Native>(shows.coordinates());
			let signals = [&shown.signals(&header).unwrap()[..], &[signal]].concat();
			let proof = proof_of(&AUDITED_WITHDRAW, PoolCircuit::AuditedWithdraw, &signals).into();
			let audit = Some(audit.into());
			Call::withdraw { header, claims, ciphertext, audit, proof }
		},
		Call::post_private_job { mut header, mut claims, request, ciphertext, .. } => {
			header.circuit = AUDITED_POST;
			let bytes = request.encode();
			let least = Pool::least_fee(PoolCircuit::AuditedPostPrivateJob, false, bytes.len());
			claims.fee = shows.fee.unwrap_or(least);
			let values = shows.pair([claims.change, claims.offer.escrow]);
			let audit = NotePairAudit::new(number, &values);
			let shown = Shown::Post {
				claims: &claims,
				request: Encoded(&bytes),
				ciphertext: &ciphertext,
				audit: Some(&audit),
			};
			header.arguments = shown.arguments();
			let signal = values.signal::<Native>(shows.coordinates());
			let signals = [&shown.signals(&header).unwrap()[..], &[signal]].concat();
			let used_for = PoolCircuit::AuditedPostPrivateJob;
			let proof = proof_of(&AUDITED_POST, used_for, &signals).into();
			let audit = Some(audit.into());
			Call::post_private_job { header, claims, request, ciphertext, audit, proof }
		},
		Call::settle { mut header, job, mut claims, ciphertext, .. } => {
			header.circuit = AUDITED_SETTLE;
			claims.settlement.fee = least(PoolCircuit::AuditedSettle);
			let by = Divided::ByReceipt(&claims);
			header.arguments = by.arguments(job, &ciphertext);
			let values = settled(&shows, &claims.settlement);
			let signals = settlement_signals(&header, job, &by, &shows, &values);
			let used_for = PoolCircuit::AuditedSettle;
			let proof = proof_of(&AUDITED_SETTLE, used_for, &signals).into();
			let audit = Some(SettlementAudit::new(number, &values).into());
			Call::settle { header, job, claims, ciphertext, audit, proof }
		},
		Call::settle_verdict { mut header, job, mut claims, ciphertext, .. } => {
			header.circuit = AUDITED_SETTLE_VERDICT;
			let borne =
				facts(job).and_then(|private| private.judged).map_or(0, |found| found.borne);
			claims.settlement.fee = least(PoolCircuit::AuditedSettleVerdict) + borne;
			let by = Divided::ByVerdict(&claims);
			header.arguments = by.arguments(job, &ciphertext);
			let values = settled(&shows, &claims.settlement);
			let signals = settlement_signals(&header, job, &by, &shows, &values);
			let used_for = PoolCircuit::AuditedSettleVerdict;
			let proof = proof_of(&AUDITED_SETTLE_VERDICT, used_for, &signals).into();
			let audit = Some(SettlementAudit::new(number, &values).into());
			Call::settle_verdict { header, job, claims, ciphertext, audit, proof }
		},
		_ => panic!("a private call"),
	}
	.into()
}

/// Both values of a settlement, with the ephemeral key that it shows anyway. Nobody here knows its secret.
fn settled(shows: &Shows, claims: &SettlementClaims) -> AuditedValues<2> {
	let values = shows.pair([claims.payee, claims.change]);
	let ephemeral_key = claims.ephemeral_key.map(|coordinate| coordinate.to_field().unwrap());
	AuditedValues { ephemeral_key, ..values }
}

fn settlement_signals(
	header: &Header<AccountId>,
	job: JobId,
	by: &Divided<'_>,
	shows: &Shows,
	values: &AuditedValues<2>,
) -> Vec<Fr> {
	let private = facts(job).unwrap();
	let subject = Receipts::subject(job, &private);
	let signals = Pool::signals_of_settlement(header, by, &private, subject).unwrap();
	[&signals[..], &[values.signal::<Native>(shows.coordinates())]].concat()
}

/// One of each private call, without an auditor, in a state in which each can be made. To be asked for
/// before there is one, since two of them are about jobs that are posted for it.
fn all_calls() -> [RuntimeCall; 5] {
	let (transfer, _) = some_transfer();
	let (withdrawal, _) = some_withdrawal();
	let (post, ..) = some_post();
	let (settlement, verdict) = (some_settlement().0, some_verdict().0);
	[transfer.call(), withdrawal.call(), post.call(), settlement.call(), verdict.call()]
}

#[test]
fn only_governance_sets_and_clears_the_auditor() {
	run_audited(|| {
		let bytes = key(1).to_bytes();
		for origin in [signed(&Guardian::get()), signed(&ALICE), RuntimeOrigin::root()] {
			let set = Pool::set_auditor(origin.clone(), bytes.into());
			assert_noop!(set, DispatchError::BadOrigin);
			assert_noop!(Pool::clear_auditor(origin), DispatchError::BadOrigin);
		}
		assert_noop!(Pool::clear_auditor(governance()), E::NoAuditor);
		assert_eq!(Pool::pool().audit, None);

		assert_ok!(set_auditor(1));
		let first = numbered(1, 1);
		System::assert_last_event(Event::<Test>::AuditorSet { previous: None, new: first }.into());
		let policy = AuditPolicy { current: first, previous: None };
		assert_eq!(Pool::pool().audit, Some(policy));
		assert_eq!(Pool::pool().audited, AUDITED.map(|(_, circuit)| Some(circuit)));
		assert_noop!(set_auditor(1), E::AuditorUnchanged);

		assert_ok!(set_auditor(2));
		let (previous, new) = (Some((first, NOW + AUDITOR_KEY_GRACE)), numbered(2, 2));
		System::assert_last_event(Event::<Test>::AuditorSet { previous, new }.into());
		assert_eq!(Audit::<Test>::get(), Some(AuditPolicy { current: new, previous }));

		assert_ok!(Pool::clear_auditor(governance()));
		System::assert_last_event(Event::<Test>::AuditorCleared { old: new }.into());
		assert_eq!(Pool::pool().audit, None);
		assert_noop!(Pool::clear_auditor(governance()), E::NoAuditor);

		// A key that comes back has another number, and none before it.
		assert_ok!(set_auditor(1));
		let policy = AuditPolicy { current: numbered(3, 1), previous: None };
		assert_eq!(Audit::<Test>::get(), Some(policy));
	});
}

/// Trap 7: with such a key everybody could read what is shown, or nobody knows what a proof says.
#[test]
fn fails_when_the_auditors_key_is_none() {
	run_audited(|| {
		let good = key(1);
		let bytes = |x: Fr, y: Fr| {
			let mut bytes = [0; 64];
			bytes[..32].copy_from_slice(&FieldBytes::from(x).0);
			bytes[32..].copy_from_slice(&FieldBytes::from(y).0);
			bytes
		};
		let (zero, one) = (Fr::from(0u8), Fr::from(1u8));
		let mut not_canonical = good.to_bytes();
		let mut order = FieldBytes::from(-one).0;
		order[0] += 1;
		not_canonical[..32].copy_from_slice(&order);
		for (what, refused) in [
			("the identity", bytes(zero, one)),
			("of order two", bytes(zero, -one)),
			("with a part of order two", bytes(-good.x(), -good.y())),
			("off the curve", bytes(good.x(), good.y() + one)),
			("not canonical", not_canonical),
			("nothing", [0; 64]),
		] {
			let set = Pool::set_auditor(governance(), refused.into());
			assert_noop!(set, E::InvalidAuditorKey);
			assert_eq!(Audit::<Test>::get(), None, "{what}");
		}
		assert_ok!(set_auditor(1));
	});
}

/// No policy before all that is in the pool can be taken out under it.
#[test]
fn fails_while_a_call_has_no_audited_circuit() {
	for missing in AUDITED {
		run(|| {
			for (used_for, circuit) in AUDITED.into_iter().filter(|of| *of != missing) {
				put_in_force(used_for, circuit);
			}
			assert_noop!(set_auditor(1), E::NoAuditedCircuit);
			put_in_force(missing.0, missing.1);
			assert_ok!(set_auditor(1));
		});
	}
	// Calls that have no circuit need none, but for withdrawals.
	run_without_circuits(|| {
		assert_noop!(set_auditor(1), E::NoAuditedCircuit);
		put_in_force(PoolCircuit::AuditedWithdraw, AUDITED_WITHDRAW);
		assert_ok!(set_auditor(1));
		// Nobody pays in what could not be taken out without an auditor.
		assert_noop!(deposit(&Owned::of(1, 5)), E::NoWithdrawCircuit);
		put_in_force(PoolCircuit::Withdraw, WITHDRAW);
		assert_ok!(deposit(&Owned::of(1, 5)));
	});
}

/// With an auditor only calls that show it their values, without one only those that do not.
#[test]
fn the_policy_in_force_decides_which_calls_there_are() {
	run_audited(|| {
		let calls = all_calls();
		let looked_at = Verified::get();
		for call in calls.clone() {
			assert_refused(audited(call, Shows::to(1, 1)), PoolRefusal::NoAuditor);
		}
		assert_ok!(set_auditor(1));
		for call in calls.clone() {
			assert_refused(call, PoolRefusal::AuditRequired);
		}
		assert_eq!(Verified::get(), looked_at, "before any proof");
		for call in calls.clone() {
			assert!(judged(&audited(call, Shows::to(1, 1))).is_ok());
		}
		assert_ok!(Pool::clear_auditor(governance()));
		for call in calls {
			assert_refused(audited(call.clone(), Shows::to(1, 1)), PoolRefusal::NoAuditor);
			assert!(judged(&call).is_ok());
		}
	});
}

#[test]
fn audited_calls_do_what_the_others_do() {
	run_audited(|| {
		assert_ok!(set_auditor(1));
		let (transfer, _) = some_transfer();
		let (withdrawal, _) = some_withdrawal();
		let (post, escrow, _) = some_post();
		let before = PoolTotals::<Test>::get();
		for call in [transfer.call(), withdrawal.call(), post.call()] {
			assert_included(audited(call, Shows::to(1, 1)));
		}
		let totals = PoolTotals::<Test>::get();
		assert_eq!((totals.transfers, totals.withdrawals, totals.posts), (1, 1, 1));
		assert_eq!(totals.withdrawn - before.withdrawn, withdrawal.claims.amount + PAID_IN);
		assert_eq!(free(&BOB), ENDOWMENT + withdrawal.claims.amount);

		// The job that was posted is settled for the auditor as well.
		next_block();
		let taken = Taken::lock(0, escrow);
		let (settlement, _) = taken.settle(30, Pool::minimum_fee(PoolCircuit::Settle, false));
		assert_refused(settlement.call(), PoolRefusal::AuditRequired);
		assert_included(audited(settlement.call(), Shows::to(1, 1)));
		assert_eq!(PoolTotals::<Test>::get().settlements, 1);
		assert_eq!(PoolTotals::<Test>::get().escrows(), Some(0));
	});
}

/// What the auditor is for: with its secret, the call, and nothing else.
#[test]
fn the_auditor_reads_what_notes_are_worth() {
	run_audited(|| {
		assert_ok!(set_auditor(1));
		let (transfer, made) = some_transfer();
		let values = made.each_ref().map(Owned::value);
		let call = audited(transfer.call(), Shows { values, ..Shows::to(1, 1) });
		assert_included(call.clone());
		let RuntimeCall::Pool(Call::transfer { claims, audit: Some(audit), .. }) = call else {
			panic!("a transfer")
		};
		assert_eq!(audit.key, 1);
		let [x, y] = audit.ephemeral_key.map(|coordinate| coordinate.to_field().unwrap());
		let shown = PublicKey::new(x, y).unwrap();
		let read = |secret: &SecretKey| {
			let shared: Point = secret.shared(&shown);
			let both = claims.commitments.iter().zip(&audit.encrypted);
			both.map(|(commitment, encrypted)| {
				let (commitment, encrypted) = (commitment.to_field()?, encrypted.to_field()?);
				assert_ne!(audit_mask::<Native>(&shared, commitment), Fr::from(0u8));
				audited_value::<Native>(&shared, commitment, encrypted)
			})
			.collect::<Vec<_>>()
		};
		assert_eq!(read(&secret(1)), values.map(Some));
		assert_eq!(read(&secret(2)), [None, None]);
	});
}

/// A proof for what is not shown, or for another key than the one that is named, is none.
#[test]
fn what_is_shown_is_what_was_proven() {
	run_audited(|| {
		let calls = all_calls();
		assert_ok!(set_auditor(1));
		type Change = fn(&mut [FieldBytes; 2]);
		let changes: [Change; 2] = [
			|both| both[0] = (both[0].to_field().unwrap() + Fr::from(1u8)).into(),
			|both| both.reverse(),
		];
		let invalid = PoolRefusal::InvalidProof;
		for call in calls {
			// Proven for another key than the auditor's.
			assert_refused(audited(call.clone(), Shows::to(1, 2)), invalid);
			let good = audited(call, Shows { values: [7, 8], ..Shows::to(1, 1) });
			assert!(judged(&good).is_ok());
			for change in changes {
				let Some(bad) = with_shown(good.clone(), change) else { continue };
				assert_refused(bad, invalid);
			}
			// Trap 4: a number that has two encodings.
			let over = with_shown(good.clone(), |both| {
				let mut bytes = FieldBytes::from(-Fr::from(1u8)).0;
				bytes[0] += 1;
				both[0] = FieldBytes(bytes);
			});
			assert_refused(over.unwrap(), PoolRefusal::NotCanonical);
			// Another ephemeral key than that of the proof. A settlement has one in its claims, which the header
			// covers.
			if let Some(bad) = with_ephemeral_key(good, |key| key[0] = key[1]) {
				assert_refused(bad, invalid);
			}
		}
	});
}

/// The call with other ciphertexts; `None` where that is the same.
fn with_shown(call: RuntimeCall, change: impl FnOnce(&mut [FieldBytes; 2])) -> Option<RuntimeCall> {
	let RuntimeCall::Pool(mut call) = call else { panic!("a call of the pool") };
	let unchanged = call.clone();
	match &mut call {
		Call::transfer { audit: Some(audit), .. }
		| Call::post_private_job { audit: Some(audit), .. } => change(&mut audit.encrypted),
		Call::withdraw { audit: Some(audit), .. } => {
			let mut both = [audit.encrypted; 2];
			change(&mut both);
			audit.encrypted = both[0];
		},
		Call::settle { audit: Some(audit), .. }
		| Call::settle_verdict { audit: Some(audit), .. } => change(&mut audit.encrypted),
		_ => panic!("a call for an auditor"),
	}
	(call != unchanged).then(|| call.into())
}

fn with_ephemeral_key(
	call: RuntimeCall,
	change: impl FnOnce(&mut [FieldBytes; 2]),
) -> Option<RuntimeCall> {
	let RuntimeCall::Pool(mut call) = call else { panic!("a call of the pool") };
	match &mut call {
		Call::transfer { audit: Some(audit), .. }
		| Call::post_private_job { audit: Some(audit), .. } => change(&mut audit.ephemeral_key),
		Call::withdraw { audit: Some(audit), .. } => change(&mut audit.ephemeral_key),
		_ => return None,
	}
	Some(call.into())
}

/// A key is named by its number: what was proven stays valid when another key comes, for a time.
#[test]
fn a_key_that_was_replaced_is_accepted_until_its_time_is_over() {
	run_audited(|| {
		let calls = all_calls();
		assert_ok!(set_auditor(1));
		let with = |number, seed| calls.clone().map(|call| audited(call, Shows::to(number, seed)));
		for number in [0, 2, u32::MAX] {
			for call in with(number, 1) {
				assert_refused(call, PoolRefusal::WrongAuditorKey);
			}
		}
		let until_replaced = judged(&with(1, 1)[0]).unwrap().longevity;
		let now = System::block_number();
		assert_ok!(set_auditor(2));
		let until = now + AUDITOR_KEY_GRACE;
		for call in with(1, 1).into_iter().chain(with(2, 2)) {
			assert!(judged(&call).is_ok());
		}
		// Not longer than its key, and no other call less long.
		assert_eq!(judged(&with(1, 1)[0]).unwrap().longevity, AUDITOR_KEY_GRACE + 1);
		assert_eq!(judged(&with(2, 2)[0]).unwrap().longevity, until_replaced);
		for call in with(1, 1) {
			assert!(judged(&call).unwrap().longevity <= AUDITOR_KEY_GRACE + 1);
		}
		// Under the number of one key for the other.
		for call in with(1, 2).into_iter().chain(with(2, 1)) {
			assert_refused(call, PoolRefusal::InvalidProof);
		}
		// The whole last block, and none after it. Job time is what counts.
		System::set_block_number(until);
		assert!(judged(&with(1, 1)[0]).is_ok());
		System::set_block_number(until + 1);
		let [transfer, withdrawal, post, settlement, _] = with(1, 1);
		for call in [transfer.clone(), withdrawal, post, settlement] {
			assert_refused(call, PoolRefusal::AuditorKeyExpired);
		}
		Stopped::set(1);
		assert!(judged(&transfer).is_ok());
		Stopped::set(0);
		assert!(judged(&with(2, 2)[0]).is_ok());
		// With the next one the first is none any more, in time or not.
		System::set_block_number(until);
		assert_ok!(set_auditor(3));
		assert_refused(transfer, PoolRefusal::WrongAuditorKey);
		assert!(judged(&with(2, 2)[0]).is_ok());
		System::set_block_number(now);
	});
}

/// Nothing that the policy does traps money.
#[test]
fn what_is_in_the_pool_can_be_taken_out_under_any_policy() {
	run_audited(|| {
		let withdrawals: Vec<_> = (0..4)
			.map(|_| {
				let (withdrawal, _) = some_withdrawal();
				withdrawal
			})
			.collect();
		let [first, second, third, fourth] = &withdrawals[..] else { unreachable!() };
		assert_ok!(set_auditor(1));
		assert_included(audited(first.call(), Shows::to(1, 1)));
		assert_ok!(Pool::pause(signed(&Guardian::get())));
		assert_included(audited(second.call(), Shows::to(1, 1)));
		assert_ok!(set_auditor(2));
		assert_included(audited(third.call(), Shows::to(2, 2)));
		assert_ok!(Pool::clear_auditor(governance()));
		assert_included(fourth.call());
		assert_eq!(PoolTotals::<Test>::get().withdrawals, 4);
		assert_ok!(Pool::resume(governance()));
	});
}

/// A job is settled by the policy in force then, whatever it was when the job was posted.
#[test]
fn jobs_outlive_policies() {
	for verdict in [false, true] {
		let settlement = |taken: Taken| {
			let by = if verdict { PoolCircuit::SettleVerdict } else { PoolCircuit::Settle };
			let fee = Pool::minimum_fee(by, false);
			if verdict {
				judge(taken.job, 30, 0, System::block_number() + 50);
				taken.settle_verdict(fee).0.call()
			} else {
				taken.settle(30, fee).0.call()
			}
		};
		// Posted without an auditor.
		run_audited(|| {
			let (job, escrow) = posted();
			let taken = Taken::lock(job, escrow);
			assert_ok!(set_auditor(1));
			let call = settlement(taken);
			assert_refused(call.clone(), PoolRefusal::AuditRequired);
			assert_included(audited(call, Shows::to(1, 1)));
		});
		// Posted with one.
		run_audited(|| {
			assert_ok!(set_auditor(1));
			let (post, escrow, _) = some_post();
			assert_included(audited(post.call(), Shows::to(1, 1)));
			next_block();
			let taken = Taken::lock(0, escrow);
			assert_ok!(Pool::clear_auditor(governance()));
			let call = settlement(taken);
			assert_refused(audited(call.clone(), Shows::to(1, 1)), PoolRefusal::NoAuditor);
			assert_included(call);
		});
	}
	// An escrow that is given back was shown when it was made.
	run_audited(|| {
		assert_ok!(set_auditor(1));
		let (post, escrow, change) = some_post();
		let values = [change.value(), escrow.note.value()];
		let call = audited(post.call(), Shows { values, ..Shows::to(1, 1) });
		assert_included(call.clone());
		let RuntimeCall::Pool(Call::post_private_job { claims, audit: Some(audit), .. }) = call
		else {
			panic!("a post")
		};
		give_up(0);
		next_block();
		let returned = Ledger::read().place(escrow.note);
		let leaf = returned.note.commitment::<Native>();
		assert_eq!(claims.offer.escrow, leaf.into());
		let shared = secret(1).shared(&ephemeral().public());
		let read = audited_value::<Native>(&shared, leaf, audit.encrypted[1].to_field().unwrap());
		assert_eq!(read, Some(escrow.note.value()));
	});
}

/// No job that could not be settled, should the policy change.
#[test]
fn fails_when_a_job_could_not_be_settled_for_the_auditor() {
	for missing in [PoolCircuit::AuditedSettle, PoolCircuit::AuditedSettleVerdict] {
		run_audited(|| {
			assert_ok!(set_auditor(1));
			let (post, ..) = some_post();
			let call = audited(post.call(), Shows::to(1, 1));
			assert!(judged(&call).is_ok());
			let circuit = CircuitInForce::<Test>::take(missing).unwrap();
			assert_refused(call, PoolRefusal::NoCircuit);
			CircuitInForce::<Test>::insert(missing, circuit);
		});
	}
}

/// A pause of the job's circuit stops its clock, and so whatever it would be settled under.
#[test]
fn a_job_waits_while_its_own_circuit_is_paused() {
	run_audited(|| {
		let settlement = some_settlement().0.call();
		assert_ok!(set_auditor(1));
		let call = audited(settlement, Shows::to(1, 1));
		PausedCircuits::set(vec![SETTLE]);
		assert_refused(call.clone(), PoolRefusal::CircuitPaused);
		// No clock stands still for the audited one, as for that of verdicts.
		PausedCircuits::set(vec![AUDITED_SETTLE]);
		assert_included(call);
	});
}

/// The circuit of a job's own is none that settles it for the auditor, nor the other way round.
#[test]
fn fails_under_another_circuit() {
	run_audited(|| {
		let calls = all_calls();
		assert_ok!(set_auditor(1));
		for (call, (_, circuit)) in calls.into_iter().zip(AUDITED) {
			let good = audited(call, Shows::to(1, 1));
			let RuntimeCall::Pool(mut bad) = good.clone() else { unreachable!() };
			match &mut bad {
				Call::transfer { header, .. }
				| Call::withdraw { header, .. }
				| Call::post_private_job { header, .. }
				| Call::settle { header, .. }
				| Call::settle_verdict { header, .. } => {
					assert_eq!(header.circuit, circuit);
					header.circuit[0] -= 0x10;
				},
				_ => unreachable!(),
			}
			assert_refused(bad.into(), PoolRefusal::WrongCircuit);
			assert!(judged(&good).is_ok());
		}
	});
}

#[test]
fn boundary_fees_and_lengths() {
	run_audited(|| {
		let calls = all_calls();
		assert_ok!(set_auditor(1));
		for (call, (used_for, _)) in calls.into_iter().zip(AUDITED) {
			let plain = used_for.plain();
			let least = match used_for {
				PoolCircuit::AuditedPostPrivateJob => {
					let length = super::private_jobs::request().encoded_size();
					Pool::least_fee(used_for, false, length)
				},
				_ => Pool::minimum_fee(used_for, false),
			};
			assert!(least > Pool::minimum_fee(plain, false), "it is longer, and weighs no less");
			let at = |fee| audited(call.clone(), Shows { fee: Some(fee), ..Shows::to(1, 1) });
			assert!(judged(&at(least)).is_ok());
			assert_refused(at(least - 1), PoolRefusal::FeeTooLow);
			let weights = |call: &RuntimeCall| {
				let RuntimeCall::Pool(inner) = call else { unreachable!() };
				let authorization = inner.weight_of_authorize();
				(authorization.ref_time(), call.get_dispatch_info().call_weight.ref_time())
			};
			let (with, without) = (weights(&at(least)), weights(&call));
			assert!(with.0 >= without.0, "a signal and a hash more");
			assert_eq!(with.0, Pool::authorization_weight(used_for).ref_time());
			match used_for.settles() {
				true => assert!(with.1 >= without.1, "which is judged twice"),
				false => assert_eq!(with.1, without.1),
			}
		}
	});
}

/// Nobody writes a call's length by hand.
#[test]
fn an_audited_calls_length_is_that_of_its_encoding() {
	run_audited(|| {
		let calls = all_calls();
		assert_ok!(set_auditor(1));
		for call in calls {
			let RuntimeCall::Pool(call) = audited(call, Shows::to(1, 1)) else { unreachable!() };
			let length = match &call {
				Call::transfer { header, claims, ciphertexts, audit, .. } => {
					let audit = audit.as_deref();
					Shown::Transfer { claims, ciphertexts, audit }.call_length(header)
				},
				Call::withdraw { header, claims, ciphertext, audit, .. } => {
					let audit = audit.as_deref();
					Shown::Withdraw { claims, ciphertext, audit }.call_length(header)
				},
				Call::post_private_job { header, claims, request, ciphertext, audit, .. } => {
					let (bytes, audit) = (request.encode(), audit.as_deref());
					let request = Encoded(&bytes);
					Shown::Post { claims, request, ciphertext, audit }.call_length(header)
				},
				Call::settle { header, job, claims, audit, .. } => {
					Divided::ByReceipt(claims).call_length(header, *job, audit.as_deref())
				},
				Call::settle_verdict { header, job, claims, audit, .. } => {
					Divided::ByVerdict(claims).call_length(header, *job, audit.as_deref())
				},
				_ => unreachable!(),
			};
			assert_eq!(length, RuntimeCall::from(call).encoded_size() as u32);
		}
	});
}

/// Proofs that the chain's verifier verifies, of one signal more.
#[test]
fn audited_calls_get_in_by_their_proofs_of_every_signal() {
	run_audited(|| {
		let (transfer, settlement) = (some_transfer().0.call(), some_settlement().0.call());
		assert_ok!(set_auditor(1));
		for (call, circuit, count) in [
			(transfer, AUDITED_TRANSFER, AUDITED_NOTE_SIGNALS),
			(settlement, AUDITED_SETTLE, AUDITED_SETTLEMENT_SIGNALS),
		] {
			let trapdoor = Trapdoor::new(count, 9);
			Keys::mutate(|keys| keys.insert(circuit, trapdoor.key().to_bytes()));
			let call = audited(call, Shows::to(1, 1));
			let right = signals_of(&call);
			assert_eq!(right.len(), count);
			let proven = |signals: &[Fr]| {
				let bytes = trapdoor.prove(signals, 1).to_bytes();
				with_proof(call.clone(), bytes.try_into().unwrap())
			};
			for signal in 0..count {
				let mut signals = right.clone();
				signals[signal] += Fr::from(1u8);
				assert_refused(proven(&signals), PoolRefusal::InvalidProof);
			}
			assert_included(proven(&right));
		}
	});
}

fn with_proof(call: RuntimeCall, new: ProofBytes) -> RuntimeCall {
	let RuntimeCall::Pool(mut call) = call else { unreachable!() };
	match &mut call {
		Call::transfer { proof, .. } | Call::settle { proof, .. } => **proof = new,
		_ => unreachable!(),
	}
	call.into()
}

/// As the chain computes them.
fn signals_of(call: &RuntimeCall) -> Vec<Fr> {
	let RuntimeCall::Pool(call) = call else { unreachable!() };
	let auditor = Pool::auditor_of(Some(1)).unwrap().unwrap();
	match call {
		Call::transfer { header, claims, ciphertexts, audit, .. } => {
			let shown = Shown::Transfer { claims, ciphertexts, audit: audit.as_deref() };
			let signal = shown.audit_signal(Some(&auditor)).unwrap();
			shown.signals(header).unwrap().into_iter().chain(signal).collect()
		},
		Call::settle { header, job, claims, audit, .. } => {
			let private = facts(*job).unwrap();
			let (by, subject) = (Divided::ByReceipt(claims), Receipts::subject(*job, &private));
			let signals = Pool::signals_of_settlement(header, &by, &private, subject).unwrap();
			let shown = audit.as_ref().unwrap().values(&claims.settlement).unwrap();
			let signal = shown.signal::<Native>(auditor.key);
			signals.into_iter().chain([signal]).collect()
		},
		_ => unreachable!(),
	}
}

/// A policy whose key is not the last one that was set, or whose circuits are gone, is damage.
#[test]
fn try_state_sees_a_policy_that_is_none() {
	run_audited(|| {
		let (job, _) = posted();
		assert!(OpenJobs::contains_key(job));
		assert_ok!(set_auditor(1));
		assert_ok!(set_auditor(2));
		assert_ok!(Pool::do_try_state());
		let good = Audit::<Test>::get().unwrap();
		AuditorKeys::<Test>::put(3);
		assert!(Pool::do_try_state().is_err());
		AuditorKeys::<Test>::put(2);
		let bad = AuditPolicy { previous: Some((numbered(2, 1), 5)), ..good };
		Audit::<Test>::put(bad);
		assert!(Pool::do_try_state().is_err());
		Audit::<Test>::put(good);
		for used_for in [
			PoolCircuit::AuditedWithdraw,
			PoolCircuit::AuditedSettle,
			PoolCircuit::AuditedSettleVerdict,
		] {
			let circuit = CircuitInForce::<Test>::take(used_for).unwrap();
			assert!(Pool::do_try_state().is_err(), "{used_for:?}");
			CircuitInForce::<Test>::insert(used_for, circuit);
		}
		assert_ok!(Pool::do_try_state());
	});
}
