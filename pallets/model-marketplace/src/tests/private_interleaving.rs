//! Random interleavings of the calls on private jobs, of what pool, registries and panels do, and of blocks:
//! each job ends once, its escrow is divided or given back and never both, money is neither made nor lost but for
//! what declines burn, and the invariants hold after every step. Most steps suit the state that a job is in.

use super::{
	interleaving::{remove_issuers, rest_of, skip, to_follow},
	private_jobs::{decline, facts_of, lock_private, post_for, request, send, settle, ESCROW},
	*,
};
use polkadot_sdk::frame_support::{storage::with_storage_layer, weights::Weight};
use proptest::{prelude::*, test_runner::TestRunner};
use quittance_types::blake2_256;
use std::{
	cell::RefCell,
	collections::{BTreeMap, BTreeSet},
};

/// What malformed jobs name as their input.
const BYTES: &[u8] = b"not an input";

#[derive(Clone, Copy, Debug)]
struct Posting {
	by: usize,
	fee: u128,
	panel_fee: u128,
	decline_fee: u128,
	declines: u8,
	lock_timeout: JobTime,
	late: JobTime,
	malformed: bool,
	proof_required: bool,
}

#[derive(Clone, Debug)]
enum Step {
	Post(Posting),
	Lock {
		job: JobId,
		miner: u8,
	},
	Opening {
		job: JobId,
		by: usize,
		nonce: u64,
	},
	Decline {
		job: JobId,
		miner: u8,
	},
	Deliver {
		job: JobId,
		miner: u8,
	},
	Settle {
		job: JobId,
	},
	Receipt {
		job: JobId,
		miner: u8,
	},
	Late {
		job: JobId,
	},
	Cancel {
		job: JobId,
		by: usize,
	},
	Malformed {
		job: JobId,
	},
	Refund {
		job: JobId,
	},
	Slash {
		job: JobId,
	},
	Advance {
		job: JobId,
	},
	Fulfil {
		job: JobId,
	},
	Remove {
		job: JobId,
		by: usize,
	},
	Decide {
		job: JobId,
		verdict: usize,
		units: u128,
		members: u8,
	},
	NoPanels(bool),
	PanelsFull(bool),
	RemoveIssuers(usize),
	Pause(bool),
	PauseCircuit(bool),
	LoseCircuit,
	Blocks {
		blocks: u64,
		idle: bool,
	},
	/// Whatever suits the state of a job.
	Follow {
		job: usize,
		way: u8,
		who: u8,
		units: u128,
	},
}

fn step() -> impl Strategy<Value = Step> {
	let followed =
		(prop_oneof![3 => Just(0usize), 1 => 0usize..6], any::<u8>(), any::<u8>(), 0u128..100)
			.prop_map(|(job, way, who, units)| Step::Follow { job, way, who, units });
	prop_oneof![1 => any_step(), 2 => followed]
}

fn any_step() -> impl Strategy<Value = Step> {
	let job = || 0u64..6;
	let miner = || 0u8..6;
	let posting = (
		(0usize..2, 0u128..200, 0u128..400, 0u128..30, 0u8..6, 7u64..40, 0u64..20),
		(prop::bool::weighted(0.3), prop::bool::weighted(0.3)),
	);
	let post = posting.prop_map(
		|((by, fee, panel_fee, decline_fee, declines, lock_timeout, late), (malformed, proof))| {
			Step::Post(Posting {
				by,
				fee: if fee < EXISTENTIAL_DEPOSIT { 0 } else { fee },
				panel_fee: panel_fee.saturating_sub(100),
				decline_fee,
				declines,
				lock_timeout,
				late,
				malformed,
				proof_required: proof,
			})
		},
	);
	prop_oneof![
		14 => post,
		4 => (job(), miner()).prop_map(|(job, miner)| Step::Lock { job, miner }),
		2 => (job(), 0usize..2, 0u64..5).prop_map(|(job, by, nonce)| Step::Opening { job, by, nonce }),
		3 => (job(), miner()).prop_map(|(job, miner)| Step::Decline { job, miner }),
		3 => (job(), miner()).prop_map(|(job, miner)| Step::Deliver { job, miner }),
		4 => job().prop_map(|job| Step::Settle { job }),
		1 => (job(), miner()).prop_map(|(job, miner)| Step::Receipt { job, miner }),
		1 => job().prop_map(|job| Step::Late { job }),
		1 => (job(), 0usize..2).prop_map(|(job, by)| Step::Cancel { job, by }),
		1 => job().prop_map(|job| Step::Malformed { job }),
		2 => job().prop_map(|job| Step::Refund { job }),
		2 => job().prop_map(|job| Step::Slash { job }),
		2 => job().prop_map(|job| Step::Advance { job }),
		2 => job().prop_map(|job| Step::Fulfil { job }),
		1 => (job(), 0usize..2).prop_map(|(job, by)| Step::Remove { job, by }),
		2 => (job(), 0usize..4, 0u128..100, 0u8..5).prop_map(|(job, verdict, units, members)| {
			Step::Decide { job, verdict, units, members }
		}),
		1 => prop::bool::weighted(0.3).prop_map(Step::NoPanels),
		1 => prop::bool::weighted(0.3).prop_map(Step::PanelsFull),
		1 => (0usize..3).prop_map(Step::RemoveIssuers),
		1 => prop::bool::weighted(0.2).prop_map(Step::Pause),
		2 => prop::bool::weighted(0.3).prop_map(Step::PauseCircuit),
		1 => Just(Step::LoseCircuit),
		4 => (1u64..12, any::<bool>()).prop_map(|(blocks, idle)| Step::Blocks { blocks, idle }),
	]
}

fn requester(by: usize) -> AccountId {
	[REQUESTER, STRANGER][by % 2].clone()
}

fn requester_of(record: &JobOf<Test>) -> usize {
	usize::from(record.requester != REQUESTER)
}

/// The blocks until this time has passed by the job's own clock.
fn past(record: &JobOf<Test>, time: JobTime) -> Step {
	let blocks = (time + 1).saturating_sub(Marketplace::clock_of(record).now).max(1);
	Step::Blocks { blocks, idle: false }
}

/// The number of the job's miner.
fn holder(record: &JobOf<Test>) -> u8 {
	(0..6).find(|number| record.lock_of(&miner(*number)).is_some()).unwrap_or(0)
}

fn suitable(job: JobId, way: u8, who: u8, units: u128) -> Step {
	let record = match Jobs::<Test>::get(job) {
		Some(JobRecord::Live(record)) => record,
		Some(JobRecord::Ended(_)) => return Step::Remove { job, by: usize::from(who % 2) },
		None => return Step::Blocks { blocks: 1, idle: true },
	};
	let due = Marketplace::step_due(&record).is_some();
	match record.state {
		JobState::Decided { .. } => match way % 2 {
			0 => Step::Fulfil { job },
			_ => Step::Blocks { blocks: 2, idle: true },
		},
		_ if due => match way % 4 {
			0 => Step::Refund { job },
			1 => Step::Slash { job },
			2 => Step::Advance { job },
			_ => Step::Blocks { blocks: 2, idle: true },
		},
		JobState::Open => match way % 16 {
			0 => past(&record, record.lock_deadline()),
			1 => Step::Malformed { job },
			2 => Step::Cancel { job, by: requester_of(&record) },
			_ => Step::Lock { job, miner: who % 6 },
		},
		JobState::Locked => match way % 16 {
			0 => past(&record, record.lock_deadline()),
			1 => Step::Malformed { job },
			2..=4 => Step::Opening { job, by: requester_of(&record), nonce: record.nonce() },
			5 => Step::Settle { job },
			6..=9 => Step::Decline { job, miner: holder(&record) },
			_ => Step::Deliver { job, miner: holder(&record) },
		},
		JobState::Delivered { until } => match way % 4 {
			0 => Step::Settle { job },
			_ => past(&record, Marketplace::in_force(&record, until)),
		},
		JobState::Disputed => {
			Step::Decide { job, verdict: usize::from(way % 4), units, members: who % 5 }
		},
		JobState::Judged { until, .. } => match way % 3 {
			0 => past(&record, until),
			_ => Step::Settle { job },
		},
		ref other => unreachable!("no private job is {other:?}"),
	}
}

/// As the pool does, whose own tests have the rest of what it asks.
fn settle_by_pool(job: JobId) -> DispatchResult {
	let private = facts_of(job).ok_or(DispatchError::Unavailable)?;
	let (open_until, issuer) = match private.judged {
		Some(judged) => (judged.open_until, None),
		None if private.facts.bar.is_some() || CircuitStoppage::get().since.is_some() => {
			return Err(DispatchError::Unavailable);
		},
		None => (private.facts.open_until, Some(ISSUER)),
	};
	if now() > open_until {
		return Err(DispatchError::Unavailable);
	}
	settle(job, issuer)
}

/// Makes the step as a transaction would: all of it, or nothing. Says whether it was made.
fn make(model: ModelId, step: Step) -> bool {
	if let Step::Follow { job, way, who, units } = step {
		return make(model, suitable(to_follow(job), way, who, units));
	}
	let made: DispatchResult = with_storage_layer(|| match step {
		Step::Follow { .. } => Ok(()),
		Step::Post(posting) => {
			PanelFee::set(posting.panel_fee);
			DeclineFee::set(posting.decline_fee);
			let digest = blake2_256(BYTES);
			let malformed = Blob { digest, size: BYTES.len() as u32 };
			let request = PrivateRequest {
				model,
				input: if posting.malformed { malformed } else { INPUT },
				issuer_fee: posting.fee,
				lock_timeout: posting.lock_timeout,
				timeout: posting.lock_timeout + posting.late,
				proof_required: posting.proof_required,
				declines: posting.declines,
				..request()
			};
			post_for(&requester(posting.by), request).map(|_| ())
		},
		Step::Lock { job, miner } => lock_private(job, miner),
		Step::Opening { job, by, nonce } => match by {
			0 => send(job, nonce),
			_ => {
				let opening = Box::new([1; SEALED_OPENING_BYTES]);
				Marketplace::send_opening(signed(&requester(by)), job, nonce, opening)
			},
		},
		Step::Decline { job, miner } => decline(job, miner),
		Step::Deliver { job, miner } => deliver(job, miner, OUTPUT),
		Step::Settle { job } => settle_by_pool(job),
		Step::Receipt { job, miner } => {
			Marketplace::accept(job, receipt_for(crate::mock::miner(miner), 0)).map(|_| ())
		},
		Step::Late { job } => commit_late(job, &STRANGER),
		Step::Cancel { job, by } => {
			without_info(Marketplace::cancel_job(signed(&requester(by)), job))
		},
		Step::Malformed { job } => {
			let bytes = InputBytes::truncate_from(BYTES.to_vec());
			without_info(Marketplace::claim_malformed(signed(&OWNER), job, bytes))
		},
		Step::Refund { job } => refund(job),
		Step::Slash { job } => slash(job),
		Step::Advance { job } => advance(job),
		Step::Fulfil { job } => fulfil(job),
		Step::Remove { job, by } => Marketplace::remove_job(signed(&requester(by)), job),
		Step::Decide { job, verdict, units, members } => {
			if OpenPanels::contains_key(job) {
				let verdict = match verdict {
					0 | 1 => right(0, units),
					2 => WRONG,
					_ => Verdict::Undecided,
				};
				let members: Vec<_> =
					(0..members).map(|number| crate::mock::miner(6 + number % 4)).collect();
				match (verdict, members.is_empty()) {
					(Verdict::Undecided, true) if units % 2 == 0 => give_up_on(job),
					_ => decide(job, verdict, &members),
				}
			}
			Ok(())
		},
		Step::NoPanels(none) => {
			NoPanels::set(none);
			Ok(())
		},
		Step::PanelsFull(full) => {
			PanelsFull::set(full);
			Ok(())
		},
		Step::RemoveIssuers(which) => {
			remove_issuers(which);
			Ok(())
		},
		Step::Pause(paused) => {
			Paused::set(paused);
			Ok(())
		},
		Step::PauseCircuit(pause) => {
			pause_circuit(pause);
			Ok(())
		},
		Step::LoseCircuit => {
			lose_circuit();
			Ok(())
		},
		Step::Blocks { blocks, idle: false } => {
			skip(blocks);
			Ok(())
		},
		Step::Blocks { blocks, idle: true } => {
			for _ in 0..blocks {
				next_block_with(Weight::MAX);
			}
			Ok(())
		},
	});
	made.is_ok()
}

/// What has become of a job, by its events.
#[derive(Default)]
struct Account {
	/// What was held for it.
	whole: u128,
	/// What members, or the miner of a malformed job, were paid.
	fees: u128,
	/// What of the panel's fee the treasury got.
	lost: u128,
	burned: u128,
	/// How often it ended, fulfilled or not.
	fulfilled: u32,
	refunded: u32,
	locks: u64,
	/// Whether the miner that has it was sent an opening.
	opened: bool,
}

type Reached = BTreeSet<String>;

fn follow(books: &mut BTreeMap<JobId, Account>, reached: &mut Reached) {
	for record in System::events() {
		let RuntimeEvent::Marketplace(event) = record.event else { continue };
		match event {
			Event::JobPosted { job, .. } => {
				let whole = live(job).held;
				books.insert(job, Account { whole, ..Default::default() });
			},
			Event::JobLocked { job, nonce, .. } => {
				let account = books.get_mut(&job).unwrap();
				account.locks += 1;
				account.opened = false;
				assert_eq!(nonce, account.locks, "the nonce counts the locks, declined or not");
			},
			Event::JobDeclined { job, burned, slashed, .. } => {
				let account = books.get_mut(&job).unwrap();
				account.burned += burned;
				Burned::mutate(|all| *all += burned);
				// The bond that the job had is more than any such fee.
				let due = if account.opened { burned } else { 0 };
				assert_eq!(slashed, due, "both sides lose as much, or the requester alone");
				let when = if account.opened { "after" } else { "without" };
				reached.insert(format!("declined {when} an opening"));
			},
			Event::FeePaid { job, amount, .. } => books.get_mut(&job).unwrap().fees += amount,
			Event::PanelFeeLost { job, amount } => books.get_mut(&job).unwrap().lost += amount,
			Event::JobFulfilled { job, amount, issuer, issuer_fee, returned, .. } => {
				let account = books.get_mut(&job).unwrap();
				account.fulfilled += 1;
				assert_eq!(amount, 0, "the pool pays the miner");
				let of_panel = account.fees + account.lost + account.burned;
				let paid = issuer_fee + returned + rest_of(job) + of_panel;
				assert_eq!(paid, account.whole, "all of it, and no more");
				let by = if issuer.is_some() { "by a receipt" } else { "by a verdict" };
				reached.insert(format!("settled {by}"));
			},
			Event::JobRefunded { job, amount, cause, .. } => {
				let account = books.get_mut(&job).unwrap();
				account.refunded += 1;
				let paid = account.fees + account.lost + account.burned;
				assert_eq!(amount + rest_of(job) + paid, account.whole);
				reached.insert(format!("{cause:?}"));
			},
			Event::OpeningSent { job, .. } => books.get_mut(&job).unwrap().opened = true,
			_ => (),
		}
	}
}

/// Each escrow is divided or given back once its job has ended, and not before.
fn check_escrows(books: &BTreeMap<JobId, Account>) {
	let given_back = GivenBack::get();
	for (job, account) in books {
		let given = given_back.iter().filter(|(of, _)| of == job).count() as u32;
		let ended = u32::from(Marketplace::ended(*job));
		assert_eq!(given, account.refunded, "given back exactly where the job was refunded");
		assert_eq!(account.fulfilled + account.refunded, ended, "a job ends once");
	}
	assert!(given_back.iter().all(|(_, commitment)| *commitment == ESCROW.commitment));
}

fn play(steps: Vec<Step>) -> Reached {
	let model = digits();
	let issuance = Balances::total_issuance();
	let mut books = BTreeMap::<JobId, Account>::new();
	let mut reached = Reached::new();
	let step_ended = |books: &mut BTreeMap<_, _>, reached: &mut Reached| {
		follow(books, reached);
		System::reset_events();
		check();
		assert_eq!(Balances::total_issuance() + Burned::get(), issuance);
		check_escrows(books);
	};
	System::reset_events();
	for step in steps {
		if make(model, step) {
			step_ended(&mut books, &mut reached);
		}
		for job in Jobs::<Test>::iter_values().filter_map(JobRecord::live) {
			let name = format!("{:?}", job.state);
			let end = name.find([' ', '(']).unwrap_or(name.len());
			reached.insert(name[..end].into());
		}
	}
	// Whatever has happened, time ends every job.
	Paused::set(false);
	PanelsFull::set(false);
	pause_circuit(false);
	for _ in 0..12 {
		skip(29);
		pass(1);
		for job in books.keys() {
			if OpenPanels::contains_key(job) {
				decide(*job, right(0, 1), &[]);
			}
		}
		step_ended(&mut books, &mut reached);
	}
	for job in books.keys() {
		assert!(Marketplace::ended(*job), "{:?}", state(*job));
	}
	assert_eq!(References::get(), 0);
	reached
}

/// Cases, and the least of them that reach each state and end: nearly all are reached in ten times as many.
const CASES: u32 = 600;
const LEAST_CASES: u32 = 2;

#[test]
fn every_escrow_is_divided_or_given_back_once() {
	let reached = RefCell::new(BTreeMap::<String, u32>::new());
	let mut runner = TestRunner::new(ProptestConfig {
		cases: CASES,
		failure_persistence: None,
		..ProptestConfig::default()
	});
	let outcome = runner.run(&prop::collection::vec(step(), 1..60), |steps| {
		run(|| {
			for name in play(steps) {
				*reached.borrow_mut().entry(name).or_default() += 1;
			}
		});
		Ok(())
	});
	outcome.unwrap_or_else(|failure| panic!("{failure}"));
	let reached = reached.into_inner();
	println!("{reached:#?}");
	for name in [
		"Open",
		"Locked",
		"Delivered",
		"Disputed",
		"Decided",
		"Judged",
		"declined without an opening",
		"declined after an opening",
		"settled by a receipt",
		"settled by a verdict",
		"Declined",
		"Expired",
		"NoIssuers",
		"NoCircuit",
		"Stalled",
		"Cancelled",
		"Malformed",
		"Wrong",
		"Undecided",
		"Unproven",
		"Unsettled",
	] {
		let cases = reached.get(name).copied().unwrap_or(0);
		assert!(cases >= LEAST_CASES, "{name} in {cases} cases only, of {reached:#?}");
	}
}
