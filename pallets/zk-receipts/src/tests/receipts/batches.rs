//! Receipts submitted together: every one judged as by itself, and what that costs.

use super::*;
use crate::{impls::BatchSize, ReceiptBatch, MAX_BATCH_RECEIPTS};
use proptest::prelude::*;

type DbWeight = <Test as polkadot_sdk::frame_system::Config>::DbWeight;
type Submission = (JobId, Receipt<AccountId>);

/// The first job of batches.
const FIRST: JobId = 100;

fn weight_of(transparent: u32, proofs: u32, circuits: u32, singly: bool) -> Weight {
	BatchSize { transparent, proofs, circuits }.weight::<Test>(singly, 0)
}

/// What is given back for so many receipts of one requester and model, signed by so many issuers: each
/// pays for two accounts, a record of holds and a model.
fn shared(receipts: u64, issuers: u64) -> Weight {
	let again = 4 * receipts - (3 + issuers);
	DbWeight::get().reads_writes(again, again)
}

fn posted(jobs: u32) -> CircuitId {
	let circuit = register_basic();
	for job in 0..u64::from(jobs) {
		post(FIRST + job, facts(Level::Basic, Some(circuit)));
	}
	circuit
}

fn basic(job: JobId) -> Submission {
	(job, Receipt::Basic(receipt(job, &MINER)))
}

fn spoilt(job: JobId, spoil: impl FnOnce(&mut BasicReceipt<AccountId>)) -> Submission {
	let mut receipt = receipt(job, &MINER);
	spoil(&mut receipt);
	(job, Receipt::Basic(receipt))
}

fn transparent(job: JobId) -> Submission {
	post(job, facts(Level::Transparent, None));
	let message = body().transparent_message(&GENESIS, &subject(job, &MINER).into());
	let signature = issuer_secrets(&ISSUERS[0]).0.sign(&message).0;
	let issuer = ISSUERS[0].clone();
	(job, Receipt::Transparent(TransparentReceipt { issuer, body: body(), signature }))
}

fn submit_all(receipts: Vec<Submission>) -> DispatchResultWithPostInfo {
	let receipts = ReceiptBatch::try_from(receipts).expect("at most 32");
	Receipts::submit_receipt_batch(RuntimeOrigin::signed(MINER), receipts)
}

/// Submits and returns what was refused, by place, and what was charged.
fn refused_of(receipts: Vec<Submission>) -> (Vec<(u32, JobId, DispatchError)>, Weight) {
	System::reset_events();
	let info = submit_all(receipts).expect("the call succeeds");
	let refused = System::events().into_iter().filter_map(|record| match record.event {
		RuntimeEvent::Receipts(Event::ReceiptRefused { index, job, error }) => {
			Some((index, job, error))
		},
		_ => None,
	});
	(refused.collect(), info.actual_weight.expect("unused weight is given back"))
}

#[test]
fn boundary_of_32_true_receipts() {
	run(|| {
		let most = MAX_BATCH_RECEIPTS;
		posted(most);
		let receipts: Vec<_> = (FIRST..FIRST + u64::from(most)).map(basic).collect();
		let (refused, weight) = refused_of(receipts.clone());
		assert_eq!(refused, vec![]);
		assert_eq!(Accepted::get().len(), most as usize);
		assert_eq!(weight, weight_of(0, most, 1, false) - shared(most.into(), 1));
		assert!(weight.all_lt(Weights::submit_basic() * u64::from(most)), "no cheaper");
		let more = [receipts.clone(), receipts[..1].to_vec()].concat();
		assert!(ReceiptBatch::<AccountId>::try_from(more.clone()).is_err());
		assert!(ReceiptBatch::<AccountId>::decode(&mut &more.encode()[..]).is_err());
	});
}

/// Traps 31 and 48: one bad receipt is named, the others are paid.
#[test]
fn trap_31_one_bad_receipt_spoils_no_other() {
	run(|| {
		posted(3);
		let other = receipt(FIRST, &MINER).proof;
		let batch = vec![
			basic(FIRST),
			spoilt(FIRST + 1, |receipt| receipt.proof = other),
			basic(FIRST + 2),
		];
		let (refused, weight) = refused_of(batch);
		assert_eq!(refused, vec![(1, FIRST + 1, E::InvalidProof.into())]);
		let accepted: Vec<_> = Accepted::get().into_iter().map(|(job, _)| job).collect();
		assert_eq!(accepted, [FIRST, FIRST + 2]);
		let attested: Vec<_> = Attested::get().into_iter().map(|(job, ..)| job).collect();
		assert_eq!(attested, accepted);
		assert_eq!(weight, weight_of(0, 3, 1, true) - shared(2, 1));
	});
}

/// The second one's nullifier would be in another group, but the job has its receipt.
#[test]
fn two_expiries_do_not_pay_a_job_twice() {
	run(|| {
		posted(1);
		let later =
			receipt_with(FIRST, &MINER, |claims| claims.expires_at += NullifierGroup::get());
		let (refused, _) = refused_of(vec![basic(FIRST), (FIRST, Receipt::Basic(later))]);
		assert_eq!(
			refused,
			vec![(1, FIRST, DispatchError::Unavailable)],
			"the marketplace's error"
		);
		assert_eq!(Accepted::get().len(), 1);
		assert_eq!(Attested::get().len(), 1, "what the marketplace refuses is attested by nobody");
		assert_eq!(Nullifiers::<Test>::iter_keys().count(), 1, "undone with the rest");
	});
}

/// Each receipt pays for looking at its job's issuers after a removal, and only then.
#[test]
fn issuers_are_looked_at_again_only_after_a_removal() {
	run(|| {
		posted(3);
		assert_ok!(Receipts::remove_issuer(RuntimeOrigin::root(), ISSUERS[2].clone()));
		let (refused, weight) = refused_of(vec![basic(FIRST), basic(FIRST + 1), basic(FIRST + 2)]);
		assert_eq!(refused, vec![]);
		assert_eq!(
			weight,
			weight_of(0, 3, 1, false) + Receipts::weight_of_looking(3) - shared(3, 1)
		);
	});
}

/// Trap 15.
#[test]
fn trap_15_a_receipt_counts_once_in_a_batch() {
	run(|| {
		posted(1);
		let (refused, _) = refused_of(vec![basic(FIRST), basic(FIRST), basic(FIRST)]);
		let spent = DispatchError::from(E::NullifierSpent);
		assert_eq!(refused, vec![(1, FIRST, spent), (2, FIRST, spent)]);
		assert_eq!(Accepted::get().len(), 1);
	});
}

#[test]
fn both_levels_and_two_circuits_in_one_batch() {
	run(|| {
		posted(2);
		let setup = Setup::Ceremony { transcript: [1; 32], contributions: 2, beacon: [2; 32] };
		let kind = CircuitKind::BasicReceipt;
		let owner = RuntimeOrigin::signed(OWNER);
		assert_ok!(Receipts::register_circuit(owner, kind, basic_key(), schema(), setup));
		let second = circuit_id(&basic_key(), kind, &schema(), &setup);
		change_job(FIRST + 1, |job| job.circuit = Some(second));
		let batch = vec![transparent(9), basic(FIRST), transparent(8), basic(FIRST + 1)];
		let (refused, weight) = refused_of(batch);
		assert_eq!(refused, vec![]);
		let accepted: Vec<_> = Accepted::get().into_iter().map(|(job, _)| job).collect();
		assert_eq!(accepted, [9, FIRST, 8, FIRST + 1], "in the order of the batch");
		assert_eq!(weight, weight_of(2, 2, 2, false) - shared(4, 2));
	});
}

#[test]
fn fails_for_an_empty_batch_and_for_too_many_circuits() {
	run(|| {
		assert_refused!(submit_all(vec![]), E::EmptyBatch);
		posted(9);
		let of =
			|number| spoilt(FIRST + number, |receipt| receipt.header.circuit = [number as u8; 32]);
		assert_refused!(submit_all((0..9).map(of).collect()), E::TooManyCircuits);
		let (refused, _) = refused_of((0..8).map(of).collect());
		assert_eq!(refused.len(), 8);
		let unsigned = Receipts::submit_receipt_batch(
			RuntimeOrigin::none(),
			ReceiptBatch::truncate_from(vec![basic(FIRST)]),
		);
		assert_eq!(unsigned.unwrap_err().error, DispatchError::BadOrigin);
	});
}

/// A receipt as it is, or with one of the faults that the last check or the ones before it find.
fn faulty(job: JobId, fault: u8) -> Submission {
	match fault {
		0 => spoilt(job, |receipt| receipt.proof = [0xff; 256]),
		1 => spoilt(job, |receipt| receipt.proof[..64].fill(0)),
		2 => spoilt(job, |receipt| receipt.claims.amount += 1),
		3 => spoilt(job, |receipt| receipt.header.nonce = 7),
		4 => spoilt(job, |receipt| {
			receipt.proof = super::receipt_with(job, &MINER, |claims| claims.as_of = 1).proof;
		}),
		5 => (job + 1_000, basic(job).1),
		6 => {
			let (job, mut receipt) = transparent(job);
			if let Receipt::Transparent(receipt) = &mut receipt {
				receipt.signature[0] ^= 1;
			}
			(job, receipt)
		},
		7 => transparent(job),
		_ => basic(job),
	}
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(24))]

	/// A batch says of each receipt what a submission of its own says, and does as much.
	#[test]
	fn a_batch_and_single_submissions_agree(faults in prop::collection::vec(0u8..16, 1..=12)) {
		let receipts = || -> Vec<_> {
			posted(faults.len() as u32);
			(FIRST..).zip(&faults).map(|(job, fault)| faulty(job, *fault)).collect()
		};
		let mut singly = Vec::new();
		let mut paid = Vec::new();
		run(|| {
			Accepted::set(vec![]);
			for (index, (job, receipt)) in (0u32..).zip(receipts()) {
				let origin = RuntimeOrigin::signed(MINER);
				if let Err(refusal) = Receipts::submit_receipt(origin, job, Box::new(receipt)) {
					singly.push((index, job, refusal.error));
				}
			}
			paid = Accepted::get();
		});
		run(|| {
			Accepted::set(vec![]);
			let (refused, weight) = refused_of(receipts());
			assert_eq!(refused, singly);
			assert_eq!(Accepted::get(), paid);
			let proofs = faults.iter().filter(|fault| !matches!(fault, 6 | 7)).count() as u32;
			let circuits = u32::from(proofs > 0);
			let of = |singly| weight_of(faults.len() as u32 - proofs, proofs, circuits, singly);
			assert!(weight.all_lte(of(true)), "more is charged than declared");
			let records = 4 * Accepted::get().len() as u64;
			let all_shared = DbWeight::get().reads_writes(records, records);
			assert!(weight.all_gte(of(false) - all_shared), "more is given back than was shared");
		});
	}
}
