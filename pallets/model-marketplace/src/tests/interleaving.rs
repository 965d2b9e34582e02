//! Random interleavings of all calls, of what registries and panels do, of pauses and of blocks with and
//! without idle time: money is neither made nor lost, nobody is paid twice, every job ends once, and the
//! invariants hold after every step.

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
	RemoveIssuer {
		which: bool,
	},
	Pause(bool),
	/// All that is free goes from an account that something else keeps alive.
	Drain {
		which: bool,
	},
	/// And comes back.
	Refill,
	Blocks {
		blocks: u64,
		idle: u64,
	},
}

fn step() -> impl Strategy<Value = Step> {
	let job = || 0u64..8;
	let miner = || 0u8..4;
	let by = || 0usize..5;
	let output = || 0u8..2;
	let posting = (
		(0usize..3, 1u128..2_000, 0u128..3_000, 0u128..200, 1u64..30, 0u64..20),
		(
			prop_oneof![3 => Just(1u8), 2 => 2u8..4, 1 => Just(8u8)],
			any::<bool>(),
			any::<bool>(),
			prop::bool::weighted(0.2),
		),
	);
	let post = posting.prop_map(
		|((by, min, rise, fee, lock_timeout, late), (redundancy, malformed, proof, kept))| {
			Step::Post(Posting {
				by,
				min,
				rise,
				fee,
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
		6 => post,
		8 => (job(), miner()).prop_map(|(job, miner)| Step::Lock { job, miner }),
		4 => (job(), miner(), output())
			.prop_map(|(job, miner, output)| Step::Deliver { job, miner, output }),
		5 => (job(), miner(), output())
			.prop_map(|(job, miner, output)| Step::CommitDelivery { job, miner, output }),
		5 => (job(), miner(), output())
			.prop_map(|(job, miner, output)| Step::Reveal { job, miner, output }),
		3 => (job(), by()).prop_map(|(job, by)| Step::CommitLate { job, by }),
		1 => (job(), by()).prop_map(|(job, by)| Step::WithdrawCommitment { job, by }),
		6 => (job(), by(), prop_oneof![4 => 0u128..4_000, 1 => 0u128..12])
			.prop_map(|(job, by, amount)| Step::Receipt { job, by, amount }),
		1 => (job(), by()).prop_map(|(job, by)| Step::Cancel { job, by }),
		1 => job().prop_map(|job| Step::Malformed { job }),
		2 => job().prop_map(|job| Step::Refund { job }),
		2 => job().prop_map(|job| Step::Slash { job }),
		3 => job().prop_map(|job| Step::Advance { job }),
		2 => job().prop_map(|job| Step::Fulfil { job }),
		1 => (job(), by()).prop_map(|(job, by)| Step::Remove { job, by }),
		1 => (job(), by(), 0u8..7).prop_map(|(job, by, rating)| Step::Review { job, by, rating }),
		1 => (job(), by()).prop_map(|(job, by)| Step::RemoveReview { job, by }),
		1 => Just(Step::PayRoyalties),
		1 => (1u128..2_000).prop_map(|plain| Step::SetTerms { plain }),
		4 => (job(), 0usize..4, 0u8..3, 0u128..4_000, 0u8..6).prop_map(
			|(job, verdict, candidate, amount, members)| Step::Decide {
				job, verdict, candidate, amount, members,
			}),
		1 => any::<bool>().prop_map(Step::NoPanels),
		1 => any::<bool>().prop_map(|which| Step::RemoveIssuer { which }),
		1 => any::<bool>().prop_map(Step::Pause),
		1 => any::<bool>().prop_map(|which| Step::Drain { which }),
		1 => Just(Step::Refill),
		8 => (1u64..12, 0u64..4).prop_map(|(blocks, idle)| Step::Blocks { blocks, idle }),
	]
}

/// Accounts that submit: miners by their hot keys, and others.
fn submitter(by: usize) -> AccountId {
	match by {
		0..=2 => hot(by as u8),
		3 => STRANGER,
		_ => POOR,
	}
}

fn requester(by: usize) -> AccountId {
	[REQUESTER, miner(3), OWNER, STRANGER, POOR][by % 5].clone()
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

/// Makes the step as a transaction would: all of it, or nothing.
fn make(model: ModelId, step: Step) {
	let _: DispatchResult = with_storage_layer(|| match step {
		Step::Post(posting) => post_by(&requester(posting.by), offer_of(model, &posting)),
		Step::Lock { job, miner } => lock(job, miner),
		Step::Deliver { job, miner, output } => deliver(job, miner, blob(output)),
		Step::CommitDelivery { job, miner: number, output } => {
			let commitment =
				delivery_commitment(job, &miner(number).into(), &blob(output), &[number; 32]);
			Marketplace::commit_delivery(signed(&hot(number)), job, commitment)
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
		},
		Step::Cancel { job, by } => Marketplace::cancel_job(signed(&requester(by)), job),
		Step::Malformed { job } => {
			let bytes = InputBytes::truncate_from(BYTES.to_vec());
			Marketplace::claim_malformed(signed(&STRANGER), job, bytes)
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
				decide(job, verdict, &members);
			}
			Ok(())
		},
		Step::NoPanels(none) => {
			NoPanels::set(none);
			Ok(())
		},
		Step::RemoveIssuer { which } => {
			let issuer = if which { ISSUER } else { OTHER_ISSUER };
			if InOffice::get().contains(&issuer) {
				remove_issuer(issuer);
			}
			Ok(())
		},
		Step::Pause(paused) => {
			Paused::set(paused);
			Ok(())
		},
		Step::Drain { which } => {
			let from = if which { REQUESTER } else { STRANGER };
			let all = free(&from);
			Balances::transfer_allow_death(signed(&from), OWNER, all)
		},
		Step::Refill => {
			for account in [REQUESTER, STRANGER] {
				if free(&account) == 0 {
					Balances::transfer_allow_death(signed(&OWNER), account, 100_000)?;
				}
			}
			Ok(())
		},
		Step::Blocks { blocks, idle } => {
			for _ in 0..blocks {
				// From none to enough.
				let limit = match idle {
					0 => Weight::zero(),
					1 => Weight::from_parts(2_000_000_000, 60_000),
					_ => Weight::MAX,
				};
				let used = next_block_with(limit);
				assert!(used.all_lte(limit));
			}
			Ok(())
		},
	});
}

/// What has become of a job's money, by its events.
#[derive(Default)]
struct Account {
	whole: u128,
	fees: u128,
	ends: u32,
}

/// What could not be returned to a requester and waits in the job's record.
fn rest_of(job: JobId) -> u128 {
	Jobs::<Test>::get(job).and_then(JobRecord::ended).map_or(0, |job| job.rest)
}

fn follow(books: &mut BTreeMap<JobId, Account>, forfeited: &mut u128) {
	for record in System::events() {
		let RuntimeEvent::Marketplace(event) = record.event else { continue };
		match event {
			Event::JobPosted { job, price, issuer_fee, .. } => {
				books.entry(job).or_default().whole = price.max + issuer_fee;
			},
			Event::FeePaid { job, amount, .. } => {
				books.get_mut(&job).unwrap().fees += amount;
			},
			Event::JobFulfilled { job, amount, issuer, issuer_fee, returned, .. } => {
				let account = books.get_mut(&job).unwrap();
				account.ends += 1;
				let paid = amount + issuer_fee + returned + rest_of(job);
				assert_eq!(paid, account.whole, "all of it, and no more");
				assert!(issuer.is_some() || issuer_fee == account.fees);
			},
			Event::JobRefunded { job, amount, .. } => {
				let account = books.get_mut(&job).unwrap();
				account.ends += 1;
				assert_eq!(amount + account.fees + rest_of(job), account.whole);
			},
			Event::BondForfeited { amount, .. } => {
				assert_eq!(amount, BOND, "a lock's forfeit is there");
				*forfeited += amount;
			},
			_ => {},
		}
	}
}

/// Notes in which states jobs are.
fn note(reached: &RefCell<BTreeSet<String>>) {
	for record in Jobs::<Test>::iter_values() {
		let name = match record {
			JobRecord::Live(job) => {
				let redundant = if job.is_redundant() { "redundant " } else { "" };
				let state = format!("{:?}", job.state);
				let name = state.split([' ', '(']).next().unwrap();
				format!("{redundant}{name}")
			},
			JobRecord::Ended(job) => match job.end {
				End::Fulfilled { .. } => "Fulfilled".into(),
				End::Refunded(cause) => format!("{cause:?}"),
			},
		};
		reached.borrow_mut().insert(name);
	}
}

fn play(steps: Vec<Step>, reached: &RefCell<BTreeSet<String>>) {
	let royalties =
		vec![Royalty { payee: OWNER, parts: 50_000 }, Royalty { payee: UNKNOWN, parts: 30_000 }];
	let royalties = Royalties::truncate_from(royalties);
	let model = listed(Description { royalties, ..description() });
	let terms = Terms { plain: Some(1), ..TERMS };
	assert_ok!(Marketplace::set_terms(signed(&OWNER), model, terms));
	for account in [REQUESTER, STRANGER] {
		System::inc_providers(&account);
	}
	let issuance = Balances::total_issuance();
	let mut forfeited = free(&TREASURY);
	let mut books = BTreeMap::<JobId, Account>::new();
	for step in steps {
		System::reset_events();
		make(model, step);
		follow(&mut books, &mut forfeited);
		note(reached);
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
	for _ in 0..12 {
		if books.keys().all(|job| Marketplace::ended(*job)) {
			break;
		}
		pass(30);
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
	note(reached);
	check();
}

#[test]
fn every_interleaving_keeps_the_money_and_every_state_is_reached() {
	let reached = RefCell::new(BTreeSet::new());
	let mut runner = TestRunner::new(ProptestConfig::with_cases(1_000));
	let steps = prop::collection::vec(step(), 1..50);
	let outcome = runner.run(&steps, |steps| {
		run(|| play(steps, &reached));
		Ok(())
	});
	outcome.unwrap_or_else(|failure| panic!("{failure}"));
	let reached = reached.into_inner();
	for state in [
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
		"Fulfilled",
		"Expired",
		"NoIssuers",
		"Stalled",
		"Cancelled",
		"Malformed",
		"Wrong",
		"Undecided",
		"Unproven",
	] {
		assert!(reached.contains(state), "{state} is not among {reached:?}");
	}
}
