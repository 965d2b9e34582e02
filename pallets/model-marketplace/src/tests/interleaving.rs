//! Random interleavings of all calls, of what registries and panels do, of pauses and of blocks with and
//! without idle time: money is neither made nor lost, nobody is paid twice, every job ends once, and the
//! invariants hold after every step. Half of the steps suit the state that a job is in, so that jobs come
//! far; the others are whatever they are.

use super::*;
use polkadot_sdk::frame_support::{storage::with_storage_layer, weights::Weight};
use proptest::{prelude::*, test_runner::TestRunner};
use quittance_types::{blake2_256, delivery_commitment};
use std::{
	cell::RefCell,
	collections::{BTreeMap, BTreeSet},
};

/// What malformed jobs name as their input.
const BYTES: &[u8] = b"not an input";

#[derive(Clone, Debug)]
struct Posting {
	by: usize,
	min: u128,
	rise: u128,
	fee: u128,
	/// What governance asks for panels when it is posted.
	panel_fee: u128,
	lock_timeout: JobTime,
	late: JobTime,
	redundancy: u8,
	malformed: bool,
	proof_required: bool,
	kept: bool,
}

#[derive(Clone, Debug)]
enum Step {
	Post(Posting),
	Lock {
		job: JobId,
		miner: u8,
	},
	Deliver {
		job: JobId,
		miner: u8,
		output: u8,
	},
	CommitDelivery {
		job: JobId,
		miner: u8,
		output: u8,
	},
	Reveal {
		job: JobId,
		miner: u8,
		output: u8,
	},
	CommitLate {
		job: JobId,
		by: usize,
	},
	WithdrawCommitment {
		job: JobId,
		by: usize,
	},
	Receipt {
		job: JobId,
		by: usize,
		amount: u128,
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
	Review {
		job: JobId,
		by: usize,
		rating: u8,
	},
	RemoveReview {
		job: JobId,
		by: usize,
	},
	PayRoyalties,
	SetTerms {
		plain: u128,
	},
	Decide {
		job: JobId,
		verdict: usize,
		candidate: u8,
		amount: u128,
		members: u8,
	},
	NoPanels(bool),
	PanelsFull(bool),
	/// One of them, or both.
	RemoveIssuers(usize),
	Pause(bool),
	PauseCircuit(bool),
	/// Paused and retired, for good.
	LoseCircuit,
	/// All that is free goes from an account that something else keeps alive.
	Drain {
		which: usize,
	},
	/// And comes back.
	Refill,
	Blocks {
		blocks: u64,
		idle: u64,
	},
	/// Whatever suits the state of a job.
	Follow(Choice),
}

/// Which job is followed, and which of the steps that suit it is made.
#[derive(Clone, Copy, Debug)]
struct Choice {
	/// Place of the job among all, the living first and those the oldest first.
	job: usize,
	/// Which step.
	way: u8,
	/// Which miner, where several could.
	who: u8,
	/// What a receipt or a verdict is worth.
	amount: u128,
}

fn step() -> impl Strategy<Value = Step> {
	prop_oneof![1 => any_step(), 2 => followed()]
}

/// Amounts, some of them too small for an account without balance.
fn amount() -> impl Strategy<Value = u128> {
	prop_oneof![3 => 0u128..4_000, 1 => 1u128..EXISTENTIAL_DEPOSIT]
}

/// Mostly of the job that has lived longest, or none would come far.
fn followed() -> impl Strategy<Value = Step> {
	(prop_oneof![3 => Just(0usize), 1 => 0usize..8], any::<u8>(), any::<u8>(), amount())
		.prop_map(|(job, way, who, amount)| Step::Follow(Choice { job, way, who, amount }))
}

fn any_step() -> impl Strategy<Value = Step> {
	let job = || 0u64..8;
	let miner = || 0u8..4;
	let by = || 0usize..6;
	let output = || 0u8..2;
	let posting = (
		(0usize..3, 1u128..2_000, 0u128..3_000, 0u128..200, 0u128..400, 1u64..30, 0u64..20),
		(
			prop_oneof![4 => Just(1u8), 4 => 2u8..4, 1 => Just(8u8)],
			prop::bool::weighted(0.3),
			any::<bool>(),
			prop::bool::weighted(0.2),
		),
	);
	let post = posting.prop_map(
		|(
			(by, min, rise, fee, panel_fee, lock_timeout, late),
			(redundancy, malformed, proof, kept),
		)| {
			Step::Post(Posting {
				by,
				min,
				rise,
				// Nothing is refused for a fee that could not be paid: that has a test of its own.
				fee: if fee < EXISTENTIAL_DEPOSIT { 0 } else { fee },
				panel_fee: panel_fee.saturating_sub(100),
				lock_timeout,
				late,
				redundancy,
				malformed,
				proof_required: proof,
				kept,
			})
		},
	);
	prop_oneof![
		24 => post,
		4 => (job(), miner()).prop_map(|(job, miner)| Step::Lock { job, miner }),
		3 => (job(), miner(), output())
			.prop_map(|(job, miner, output)| Step::Deliver { job, miner, output }),
		3 => (job(), miner(), output())
			.prop_map(|(job, miner, output)| Step::CommitDelivery { job, miner, output }),
		3 => (job(), miner(), output())
			.prop_map(|(job, miner, output)| Step::Reveal { job, miner, output }),
		3 => (job(), by()).prop_map(|(job, by)| Step::CommitLate { job, by }),
		1 => (job(), by()).prop_map(|(job, by)| Step::WithdrawCommitment { job, by }),
		4 => (job(), by(), amount()).prop_map(|(job, by, amount)| Step::Receipt { job, by, amount }),
		1 => (job(), by()).prop_map(|(job, by)| Step::Cancel { job, by }),
		1 => job().prop_map(|job| Step::Malformed { job }),
		2 => job().prop_map(|job| Step::Refund { job }),
		2 => job().prop_map(|job| Step::Slash { job }),
		2 => job().prop_map(|job| Step::Advance { job }),
		2 => job().prop_map(|job| Step::Fulfil { job }),
		1 => (job(), by()).prop_map(|(job, by)| Step::Remove { job, by }),
		1 => (job(), by(), 0u8..7).prop_map(|(job, by, rating)| Step::Review { job, by, rating }),
		1 => (job(), by()).prop_map(|(job, by)| Step::RemoveReview { job, by }),
		1 => Just(Step::PayRoyalties),
		1 => (1u128..2_000).prop_map(|plain| Step::SetTerms { plain }),
		2 => (job(), 0usize..4, 0u8..3, 0u128..4_000, 0u8..6).prop_map(
			|(job, verdict, candidate, amount, members)| Step::Decide {
				job, verdict, candidate, amount, members,
			}),
		2 => prop::bool::weighted(0.3).prop_map(Step::NoPanels),
		4 => prop::bool::weighted(0.6).prop_map(Step::PanelsFull),
		3 => (0usize..3).prop_map(Step::RemoveIssuers),
		2 => prop::bool::weighted(0.2).prop_map(Step::Pause),
		3 => prop::bool::weighted(0.4).prop_map(Step::PauseCircuit),
		1 => Just(Step::LoseCircuit),
		4 => (0usize..4).prop_map(|which| Step::Drain { which }),
		1 => Just(Step::Refill),
		5 => (1u64..12, 0u64..4).prop_map(|(blocks, idle)| Step::Blocks { blocks, idle }),
	]
}

/// Accounts that submit: miners by their hot keys, and others.
fn submitter(by: usize) -> AccountId {
	match by {
		0..=3 => hot(by as u8),
		4 => STRANGER,
		_ => POOR,
	}
}

fn requester(by: usize) -> AccountId {
	[REQUESTER, miner(3), OWNER, STRANGER, POOR][by % 5].clone()
}

/// Accounts that something else keeps alive, so that they can have nothing.
fn kept_alive() -> [AccountId; 4] {
	[REQUESTER, STRANGER, miner(0), miner(1)]
}

fn blob(output: u8) -> Blob {
	Blob { digest: [output; 32], size: 1 }
}

fn offer_of(model: ModelId, posting: &Posting) -> OfferOf<Test> {
	let input = match posting.malformed {
		true => Blob { digest: blake2_256(BYTES), size: BYTES.len() as u32 },
		false => INPUT,
	};
	let allow_list = if posting.kept { vec![miner(0), miner(1)] } else { vec![] };
	Offer {
		model,
		input,
		payment: Payment::Held {
			price: PriceRamp {
				min: posting.min,
				max: posting.min + posting.rise,
				start: 0,
				length: posting.lock_timeout / 2,
			},
		},
		issuer_fee: posting.fee,
		lock_timeout: posting.lock_timeout,
		timeout: posting.lock_timeout + posting.late,
		redundancy: posting.redundancy,
		allow_list: AllowList::truncate_from(allow_list),
		proof_required: posting.proof_required,
		..offer()
	}
}

/// Lets blocks pass that are too full for anything.
pub(super) fn skip(blocks: u64) {
	if Paused::get() {
		StoppedBlocks::<Test>::mutate(|stopped| *stopped += blocks);
	}
	System::set_block_number(System::block_number() + blocks);
}

/// The blocks from now until this time has passed by the job's own clock, all full, so that what is due then can be left to calls.
fn past(record: &JobOf<Test>, time: JobTime) -> Step {
	let blocks = (time + 1).saturating_sub(Marketplace::clock_of(record).now).max(1);
	Step::Blocks { blocks, idle: 0 }
}

/// The number among the first eight of a miner with such a lock, the one asked for if it has one.
fn holder(record: &JobOf<Test>, who: u8, is_such: impl Fn(&Lock<AccountId>) -> bool) -> Option<u8> {
	(0..8)
		.map(|step| who.wrapping_add(step) % 8)
		.find(|number| record.lock_of(&miner(*number)).is_some_and(|(_, lock)| is_such(lock)))
}

/// The step for a job that suits its state.
fn suitable(job: JobId, choice: Choice) -> Step {
	match Jobs::<Test>::get(job) {
		Some(JobRecord::Live(record)) => suitable_for(job, &record, choice),
		Some(JobRecord::Ended(record)) => {
			let by = (0..5).find(|by| requester(*by) == record.requester).unwrap_or(0);
			match choice.way % 8 {
				0 => Step::Remove { job, by },
				1 | 2 => Step::RemoveReview { job, by },
				3 => Step::WithdrawCommitment { job, by: usize::from(choice.who % 6) },
				_ => Step::Review { job, by, rating: choice.who % 7 },
			}
		},
		None => Step::Blocks { blocks: 1, idle: 2 },
	}
}

fn suitable_for(job: JobId, record: &JobOf<Test>, choice: Choice) -> Step {
	let Choice { way, who, amount, .. } = choice;
	let settles = matches!(record.state, JobState::Decided { .. } | JobState::Accepted(_));
	if Marketplace::step_due(record).is_some() && !settles {
		return match way % 4 {
			0 => Step::Refund { job },
			1 => Step::Slash { job },
			2 => Step::Advance { job },
			_ => Step::Blocks { blocks: 2, idle: 2 },
		};
	}
	let by_requester = (0..5).find(|by| requester(*by) == record.requester).unwrap_or(0);
	let receipt = |by: usize| {
		let miner = Marketplace::miner_of(&submitter(by));
		let drained = kept_alive().iter().position(|account| *account == miner);
		match (drained, free(&miner)) {
			(Some(which), 1..) if amount < EXISTENTIAL_DEPOSIT => Step::Drain { which },
			// It cannot be paid so little.
			(Some(_), 0) => Step::Receipt { job, by, amount: 1 + amount % 9 },
			_ => Step::Receipt { job, by, amount },
		}
	};
	let any_lock = |_: &Lock<AccountId>| true;
	match &record.state {
		JobState::Open | JobState::Locked if record.is_redundant() => {
			let uncommitted = holder(record, who, |lock| lock.delivery == Delivery::Nothing);
			match (way % 16, uncommitted) {
				(0, _) => past(record, record.lock_deadline()),
				(1, _) => Step::Malformed { job },
				(2, _) if record.locks.is_empty() => Step::Cancel { job, by: by_requester },
				// Mostly the same output.
				(2..=5, Some(miner)) => {
					Step::CommitDelivery { job, miner, output: u8::from(amount % 3 == 0) }
				},
				_ if record.state == JobState::Open => {
					let free = (0..8).map(|step| who.wrapping_add(step) % 8).find(|number| {
						let miner = miner(*number);
						record.lock_of(&miner).is_none() && record.requester != miner
					});
					Step::Lock { job, miner: free.unwrap_or(0) }
				},
				(_, Some(miner)) => {
					Step::CommitDelivery { job, miner, output: u8::from(amount % 3 == 0) }
				},
				_ => past(record, record.lock_deadline()),
			}
		},
		JobState::Open | JobState::Locked
			if Marketplace::clock_of(record).now > record.lock_deadline() =>
		{
			let committed = (0..5).find(|by| {
				LateCommitments::<Test>::contains_key(job, Marketplace::miner_of(&submitter(*by)))
			});
			match (way % 8, committed) {
				(0, _) => past(record, Marketplace::late_until(record)),
				(1, _) => Step::Cancel { job, by: by_requester },
				(2, Some(_)) => Step::Blocks { blocks: 1, idle: 0 },
				(3, _) | (_, None) => Step::CommitLate { job, by: usize::from(who % 5) },
				(_, Some(by)) => receipt(by),
			}
		},
		JobState::Open => match way % 16 {
			0..=2 => past(record, record.lock_deadline()),
			3 => Step::Malformed { job },
			4 => Step::Cancel { job, by: by_requester },
			_ => Step::Lock { job, miner: who % 4 },
		},
		JobState::Locked => {
			let miner = holder(record, who, any_lock).unwrap_or(0);
			match way % 16 {
				0..=2 => past(record, record.lock_deadline()),
				3 => Step::Malformed { job },
				4..=6 => receipt(miner.into()),
				_ => Step::Deliver { job, miner, output: who % 2 },
			}
		},
		JobState::Revealing { until } => {
			let committed =
				holder(record, who, |lock| matches!(lock.delivery, Delivery::Committed(_)));
			match (way % 16, committed) {
				(0, _) | (_, None) => past(record, *until),
				(_, Some(number)) => {
					let (_, lock) = record.lock_of(&miner(number)).unwrap();
					let output = (0..2).find(|output| {
						lock.delivery == Delivery::Committed(committed_to(job, number, *output))
					});
					Step::Reveal { job, miner: number, output: output.unwrap_or(0) }
				},
			}
		},
		JobState::Delivered { until } => {
			let shown = holder(record, who, |lock| lock.delivery.output().is_some());
			match way % 8 {
				// Those of the first four by their hot keys.
				0..=3 => receipt(shown.filter(|number| *number < 4).unwrap_or(0).into()),
				_ => past(record, Marketplace::in_force(record, *until)),
			}
		},
		JobState::Disputed => {
			let rich = kept_alive().iter().position(|account| {
				record.lock_of(account).is_some()
					&& free(account) > 0
					&& amount < EXISTENTIAL_DEPOSIT
			});
			match rich {
				// What it earns may then be too little to be paid.
				Some(which) => Step::Drain { which },
				None => Step::Decide {
					job,
					verdict: usize::from(way % 4),
					candidate: who % 8,
					amount,
					members: way % 6,
				},
			}
		},
		JobState::Judged { .. } => Step::Blocks { blocks: 2, idle: 2 },
		JobState::Decided { .. } | JobState::Accepted(_) => match way % 2 {
			0 => Step::Fulfil { job },
			_ => Step::Blocks { blocks: 2, idle: 2 },
		},
		JobState::Owed { .. } => match way % 2 {
			0 => Step::Refill,
			_ => Step::Fulfil { job },
		},
	}
}

/// By which a miner commits to an output.
fn committed_to(job: JobId, number: u8, output: u8) -> Digest {
	delivery_commitment(job, &miner(number).into(), &blob(output), &[number; 32])
}

/// Removes one of the two issuers, or both.
pub(super) fn remove_issuers(which: usize) {
	for (place, issuer) in [ISSUER, OTHER_ISSUER].into_iter().enumerate() {
		// The third choice is both.
		if (which == place || which == 2) && InOffice::get().contains(&issuer) {
			remove_issuer(issuer);
		}
	}
}

/// The job that is followed: the living ones come first, the oldest of them before the others.
pub(super) fn to_follow(place: usize) -> JobId {
	let mut jobs: Vec<_> =
		Jobs::<Test>::iter().map(|(job, record)| (record.live().is_none(), job)).collect();
	jobs.sort();
	match jobs.len() {
		0 => 0,
		count => jobs[place % count].1,
	}
}

/// Makes the step as a transaction would: all of it, or nothing. Says whether it was made.
fn make(model: ModelId, step: Step) -> bool {
	if let Step::Follow(choice) = step {
		return make(model, suitable(to_follow(choice.job), choice));
	}
	let made: DispatchResult = with_storage_layer(|| match step {
		Step::Follow(_) => Ok(()),
		Step::Post(posting) => {
			PanelFee::set(posting.panel_fee);
			post_by(&requester(posting.by), offer_of(model, &posting))
		},
		Step::Lock { job, miner } => lock(job, miner),
		Step::Deliver { job, miner, output } => deliver(job, miner, blob(output)),
		Step::CommitDelivery { job, miner, output } => {
			let commitment = committed_to(job, miner, output);
			Marketplace::commit_delivery(signed(&hot(miner)), job, commitment)
		},
		Step::Reveal { job, miner, output } => {
			let salt = [miner; 32];
			Marketplace::reveal_delivery(signed(&hot(miner)), job, blob(output), salt)
		},
		Step::CommitLate { job, by } => {
			let who = submitter(by);
			let commitment = commitment(job, &Marketplace::miner_of(&who), 7);
			Marketplace::commit_late(signed(&who), job, commitment)
		},
		Step::WithdrawCommitment { job, by } => {
			let miner = Marketplace::miner_of(&submitter(by));
			Marketplace::withdraw_commitment(signed(&OWNER), job, miner)
		},
		Step::Receipt { job, by, amount } => {
			let miner = Marketplace::miner_of(&submitter(by));
			// As the receipts pallet does: only what the job takes from this miner.
			match Marketplace::facts(job, &miner) {
				Some(facts) if facts.bar.is_none() && now() <= facts.open_until => {
					let amount = amount.min(facts.max_amount);
					Marketplace::accept(job, receipt_for(miner, amount))
				},
				_ => Marketplace::accept(job, receipt_for(miner, amount)),
			}
			.map(|_| ())
		},
		Step::Cancel { job, by } => {
			without_info(Marketplace::cancel_job(signed(&requester(by)), job))
		},
		Step::Malformed { job } => {
			let bytes = InputBytes::truncate_from(BYTES.to_vec());
			without_info(Marketplace::claim_malformed(signed(&STRANGER), job, bytes))
		},
		Step::Refund { job } => refund(job),
		Step::Slash { job } => slash(job),
		Step::Advance { job } => advance(job),
		Step::Fulfil { job } => fulfil(job),
		Step::Remove { job, by } => Marketplace::remove_job(signed(&requester(by)), job),
		Step::Review { job, by, rating } => {
			Marketplace::review_job(signed(&requester(by)), job, rating, [0; 32])
		},
		Step::RemoveReview { job, by } => {
			Marketplace::remove_review(signed(&requester(by)), model, job)
		},
		Step::PayRoyalties => Marketplace::pay_royalties(signed(&OWNER), model),
		Step::SetTerms { plain } => {
			let terms = Terms { plain: Some(plain), ..TERMS };
			Marketplace::set_terms(signed(&OWNER), model, terms)
		},
		Step::Decide { job, verdict, candidate, amount, members } => {
			if let Some(candidates) = OpenPanels::get(job) {
				let verdict = match verdict {
					0 | 1 => right(candidate % candidates as u8, amount),
					2 => WRONG,
					_ => Verdict::Undecided,
				};
				let mut members: Vec<_> = (0..members).map(|number| miner(4 + number)).collect();
				if members.len() > 4 {
					members.push(UNKNOWN);
				}
				match (verdict, members.is_empty()) {
					// Nobody had a seat, or all were absent.
					(Verdict::Undecided, true) if amount % 2 == 0 => give_up_on(job),
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
		Step::PauseCircuit(pause) => {
			pause_circuit(pause);
			Ok(())
		},
		Step::LoseCircuit => {
			lose_circuit();
			Ok(())
		},
		Step::Pause(paused) => {
			Paused::set(paused);
			Ok(())
		},
		Step::Drain { which } => {
			let [from, ..] = {
				let mut accounts = kept_alive();
				accounts.rotate_left(which);
				accounts
			};
			let all = free(&from);
			Balances::transfer_allow_death(signed(&from), OWNER, all)
		},
		Step::Refill => {
			for account in kept_alive() {
				if free(&account) == 0 {
					Balances::transfer_allow_death(signed(&OWNER), account, 100_000)?;
				}
			}
			Ok(())
		},
		// Blocks without idle time do nothing but pass.
		Step::Blocks { blocks, idle: 0 } => {
			skip(blocks);
			Ok(())
		},
		Step::Blocks { blocks, idle } => {
			for _ in 0..blocks {
				// From little to enough.
				let limit = match idle {
					1 => Weight::from_parts(2_000_000_000, 60_000),
					_ => Weight::MAX,
				};
				let used = next_block_with(limit);
				assert!(used.all_lte(limit));
			}
			Ok(())
		},
	});
	made.is_ok()
}

/// What has become of a job's money, by its events.
#[derive(Default)]
struct Account {
	whole: u128,
	issuer_fee: u128,
	/// What members, or the miners of a malformed job, were paid.
	fees: u128,
	/// What of the panel's fee the treasury got.
	lost: u128,
	/// What forfeited bonds have made good to the requester.
	covered: u128,
	ends: u32,
	redundant: bool,
}

/// The states and ends that a case has reached.
type Reached = BTreeSet<String>;

/// What could not be returned to a requester and waits in the job's record.
pub(super) fn rest_of(job: JobId) -> u128 {
	Jobs::<Test>::get(job).and_then(JobRecord::ended).map_or(0, |job| job.rest)
}

fn named(redundant: bool, name: &str) -> String {
	format!("{}{name}", if redundant { "redundant " } else { "" })
}

fn follow(books: &mut BTreeMap<JobId, Account>, forfeited: &mut u128, reached: &mut Reached) {
	for record in System::events() {
		let RuntimeEvent::Marketplace(event) = record.event else { continue };
		match event {
			Event::JobPosted { job, price, issuer_fee, panel_fee, redundancy, .. } => {
				let account = books.entry(job).or_default();
				account.whole = price.max + issuer_fee + panel_fee;
				account.issuer_fee = issuer_fee;
				account.redundant = redundancy > 1;
			},
			Event::PanelAwaited { job, .. } => {
				reached.insert(named(books[&job].redundant, "waiting for a panel"));
			},
			Event::FeePaid { job, amount, .. } => {
				books.get_mut(&job).unwrap().fees += amount;
			},
			Event::PanelFeeLost { job, amount } => {
				books.get_mut(&job).unwrap().lost += amount;
				*forfeited += amount;
				reached.insert("panel's fee lost".into());
			},
			Event::PanelCovered { job, amount, .. } => {
				let account = books.get_mut(&job).unwrap();
				account.covered += amount;
				assert!(account.covered <= account.fees, "nobody gains by a bond");
				*forfeited -= amount;
				reached.insert(named(account.redundant, "panel covered"));
			},
			Event::PanelBorne { job, amount } => {
				let account = &books[&job];
				assert!(
					amount > 0 && 2 * amount + account.covered + account.issuer_fee <= account.fees
				);
				reached.insert(named(account.redundant, "panel borne by the miners"));
			},
			Event::PanelDecided { job, verdict } => {
				let verdict = match verdict {
					Verdict::Found(Finding::Right { .. }) => "found right",
					Verdict::Found(Finding::Wrong) => "found wrong",
					Verdict::Undecided => "left undecided",
				};
				reached.insert(named(books[&job].redundant, verdict));
			},
			Event::JobFulfilled { job, amount, issuer, issuer_fee, returned, .. } => {
				let account = books.get_mut(&job).unwrap();
				account.ends += 1;
				let paid = amount + issuer_fee + returned + rest_of(job) + account.lost;
				assert_eq!(paid, account.whole, "all of it, and no more");
				assert!(issuer.is_some() || issuer_fee == account.fees);
				let by = if issuer.is_some() { "paid by a receipt" } else { "paid by a panel" };
				reached.insert(named(account.redundant, by));
			},
			Event::JobRefunded { job, amount, cause, .. } => {
				let account = books.get_mut(&job).unwrap();
				account.ends += 1;
				let paid = account.fees + account.lost;
				assert_eq!(amount + paid + rest_of(job), account.whole);
				// Less cannot be paid to a requester that has nothing.
				if cause == Cause::Wrong && account.fees >= EXISTENTIAL_DEPOSIT {
					// Each bond covers both fees, so the first of them does.
					assert_eq!(account.covered, account.fees);
				}
				reached.insert(named(account.redundant, &format!("{cause:?}")));
			},
			Event::BondForfeited { amount, .. } => {
				assert_eq!(amount, BOND, "a lock's forfeit is there");
				*forfeited += amount;
			},
			_ => {},
		}
	}
}

/// Notes in which states living jobs are.
fn note(reached: &mut Reached) {
	for job in Jobs::<Test>::iter_values().filter_map(JobRecord::live) {
		let state = match job.state {
			JobState::Open => "Open",
			JobState::Locked => "Locked",
			JobState::Revealing { .. } => "Revealing",
			JobState::Delivered { .. } => "Delivered",
			JobState::Disputed => "Disputed",
			JobState::Decided { .. } => "Decided",
			// Jobs in clear alone: the pool's tests have the others.
			JobState::Judged { .. } => "Judged",
			JobState::Accepted(_) => "Accepted",
			JobState::Owed { .. } => "Owed",
		};
		reached.insert(named(job.is_redundant(), state));
	}
}

fn play(steps: Vec<Step>) -> Reached {
	let royalties =
		vec![Royalty { payee: OWNER, parts: 50_000 }, Royalty { payee: UNKNOWN, parts: 30_000 }];
	let royalties = Royalties::truncate_from(royalties);
	let model = listed(Description { royalties, ..description() });
	let terms = Terms { plain: Some(1), ..TERMS };
	assert_ok!(Marketplace::set_terms(signed(&OWNER), model, terms));
	for account in kept_alive() {
		System::inc_providers(&account);
	}
	let issuance = Balances::total_issuance();
	let mut forfeited = free(&TREASURY);
	let mut books = BTreeMap::<JobId, Account>::new();
	let mut reached = Reached::new();
	for step in steps {
		System::reset_events();
		if !make(model, step) {
			// Undone as a whole.
			continue;
		}
		follow(&mut books, &mut forfeited, &mut reached);
		note(&mut reached);
		check();
		assert_eq!(Balances::total_issuance(), issuance);
		assert_eq!(free(&TREASURY), forfeited, "bonds go to the treasury, and nothing else");
		for (job, account) in &books {
			let ended = u32::from(Marketplace::ended(*job));
			assert_eq!(account.ends, ended, "a job ends once");
		}
	}
	// Whatever has happened, time ends every job that waits for nobody else.
	Paused::set(false);
	PanelsFull::set(false);
	pause_circuit(false);
	for _ in 0..12 {
		if books.keys().all(|job| Marketplace::ended(*job)) {
			break;
		}
		skip(29);
		pass(1);
		for job in books.keys() {
			if OpenPanels::contains_key(job) {
				decide(*job, Verdict::Undecided, &[]);
			}
		}
	}
	for job in books.keys() {
		let ended = Marketplace::ended(*job);
		assert!(ended || matches!(state(*job), JobState::Owed { .. }), "{:?}", state(*job));
	}
	check();
	reached
}

/// Cases in all, and the threads that share them.
const CASES: u32 = 1_000;
const THREADS: u32 = 2;

/// Each state and end in at least so many of the cases. Nearly all are in ten times as many: the seed is
/// another each time.
const LEAST_CASES: u32 = 2;

/// Plays so many cases and counts those in which each state and end is reached.
fn play_cases(cases: u32) -> BTreeMap<String, u32> {
	let reached = RefCell::new(BTreeMap::<String, u32>::new());
	let mut runner = TestRunner::new(ProptestConfig::with_cases(cases));
	let steps = prop::collection::vec(step(), 1..60);
	let outcome = runner.run(&steps, |steps| {
		run(|| {
			for name in play(steps) {
				*reached.borrow_mut().entry(name).or_default() += 1;
			}
		});
		Ok(())
	});
	outcome.unwrap_or_else(|failure| panic!("{failure}"));
	reached.into_inner()
}

#[test]
fn every_interleaving_keeps_the_money_and_every_state_is_reached() {
	let mut reached = BTreeMap::<String, u32>::new();
	std::thread::scope(|scope| {
		// Whatever the mock has outside the storage, each thread has its own of.
		let threads: Vec<_> =
			(0..THREADS).map(|_| scope.spawn(|| play_cases(CASES / THREADS))).collect();
		for thread in threads {
			let cases = thread.join().unwrap_or_else(|failure| std::panic::resume_unwind(failure));
			for (name, count) in cases {
				*reached.entry(name).or_default() += count;
			}
		}
	});
	println!("{reached:#?}");
	for name in [
		"Open",
		"Locked",
		"Delivered",
		"Disputed",
		"Decided",
		"Accepted",
		"Owed",
		"redundant Open",
		"redundant Locked",
		"redundant Revealing",
		"redundant Delivered",
		"redundant Disputed",
		"redundant Decided",
		"redundant Accepted",
		"panel's fee lost",
		"panel covered",
		"redundant panel covered",
		"panel borne by the miners",
		"redundant panel borne by the miners",
		"waiting for a panel",
		"redundant waiting for a panel",
		"found right",
		"found wrong",
		"left undecided",
		"redundant found right",
		"redundant found wrong",
		"redundant left undecided",
		"paid by a receipt",
		"paid by a panel",
		"redundant paid by a receipt",
		"redundant paid by a panel",
		"Expired",
		"NoIssuers",
		"NoCircuit",
		"redundant NoCircuit",
		"Stalled",
		"Cancelled",
		"Malformed",
		"Wrong",
		"Undecided",
		"Unproven",
		"redundant Expired",
		"redundant NoIssuers",
		"redundant Stalled",
		"redundant Cancelled",
		"redundant Malformed",
		"redundant Wrong",
		"redundant Undecided",
		"redundant Unproven",
	] {
		let cases = reached.get(name).copied().unwrap_or(0);
		assert!(cases >= LEAST_CASES, "{name} in {cases} cases only, of {reached:#?}");
	}
}
