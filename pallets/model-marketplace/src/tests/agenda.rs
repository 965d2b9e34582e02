use super::*;
use polkadot_sdk::{
	frame_support::{traits::Get, weights::Weight},
	frame_system::limits::BlockWeights,
};

type W = <Test as Config>::WeightInfo;

fn idle(weight: Weight) -> Weight {
	Marketplace::process_agenda(weight)
}

fn entries() -> usize {
	Agenda::<Test>::iter_keys().count()
}

#[test]
fn boundary_an_entry_is_taken_when_its_time_has_passed() {
	run(|| {
		let (open, stalled) = (posted(), locked());
		full_blocks_until(DEADLINE);
		idle(Weight::MAX);
		assert_eq!((state(open), state(stalled)), (JobState::Open, JobState::Locked));
		pass(1);
		assert_eq!(cause_of(open), Cause::Expired);
		assert_eq!(cause_of(stalled), Cause::Stalled);
		assert_eq!((entries(), OldestDue::<Test>::get()), (0, DEADLINE + 1));
	});
}

/// Trap 27: ten thousand jobs that expire in the same block.
#[test]
fn ten_thousand_jobs_that_expire_at_once() {
	run(|| {
		const JOBS: u64 = 10_000;
		HighValue::set(u128::MAX);
		let small = Offer {
			payment: Payment::Held { price: PriceRamp::flat(100) },
			issuer_fee: 0,
			lock_timeout: 1,
			timeout: 5,
			..offer()
		};
		for who in 0..JOBS {
			let who = AccountId::new(quittance_types::blake2_256(&who.to_le_bytes()));
			assert_ok!(Balances::transfer_allow_death(signed(&payer(JOBS)), who.clone(), 300));
			assert_ok!(post_by(&who, small.clone()));
		}
		// Of the next block's, which must wait: the oldest first.
		full_blocks_until(POSTED + 1);
		let younger: Vec<_> =
			(0..3).map(|_| post(Offer { timeout: 5, lock_timeout: 1, ..small.clone() })).collect();
		// And those that somebody is about to bring on by calls.
		let (expired, stalled) = (JOBS / 2, JOBS + 3);
		assert_ok!(post_by(&REQUESTER, small.clone()));
		assert_ok!(lock(stalled, 0));
		full_blocks_until(POSTED + 6);
		// A tenth of a block that is otherwise full.
		let weights: BlockWeights =
			<Test as polkadot_sdk::frame_system::Config>::BlockWeights::get();
		let limit = weights.max_block / 10;
		let left = || activity(digits()).live_jobs;
		let (mut blocks, mut before) = (0u64, left());
		assert_eq!(u64::from(before), JOBS + 4);
		let alive = |job: &JobId| !Marketplace::ended(*job);
		while before > 0 {
			let used = next_block_with(limit);
			assert!(used.all_lte(limit), "{used:?} of {limit:?}");
			let now = left();
			let ended = before - now;
			assert!(ended > 0, "each block ends some");
			assert!(ended <= AgendaSteps::get(), "{ended} in one block");
			blocks += 1;
			before = now;
			assert!(now < 3 || younger.iter().all(alive), "the older ones first");
			if blocks == 2 {
				// Nobody has to wait for the agenda.
				let mut by_calls = 0;
				if alive(&expired) {
					assert_ok!(refund(expired));
					by_calls += 1;
				}
				assert_ok!(slash(stalled));
				let own = posted();
				assert_ok!(lock(own, 1));
				assert_ok!(accept(own, receipt_for(miner(1), MIN_PRICE)));
				assert!(was_fulfilled(own), "and new jobs are done meanwhile");
				assert_ok!(Marketplace::remove_job(signed(&REQUESTER), own));
				assert_eq!(left(), before - by_calls - 1);
				before = left();
			}
		}
		assert_eq!(entries(), 0);
		assert!(Jobs::<Test>::iter_values().all(|job| job.live().is_none()));
		// As many in each block as its part of it has room for.
		let each = W::agenda_entry() + W::refund(0);
		let room = limit - W::look_at_agenda();
		let fit = (room.ref_time() / each.ref_time()).min(room.proof_size() / each.proof_size());
		let fit = fit.min(AgendaSteps::get().into());
		let least = JOBS.div_ceil(fit);
		println!("{blocks} blocks, {fit} jobs in each");
		assert!((least..=least + 1).contains(&blocks), "{blocks} blocks, {least} at least");
	});
}

/// Somebody with enough for so many requesters.
fn payer(jobs: u64) -> AccountId {
	use polkadot_sdk::frame_support::traits::{fungible::Mutate, tokens::Preservation};
	let payer = AccountId::new([0xEE; 32]);
	if free(&payer) < 1_000 {
		// Out of the stakes' vault would break the mock: everybody else gives.
		for account in [STRANGER, OWNER, ISSUER, miner(1), miner(2)] {
			let amount = (free(&account) - 10).min(u128::from(jobs) * 300);
			assert_ok!(Balances::transfer(&account, &payer, amount, Preservation::Preserve));
		}
	}
	payer
}

/// What is not weighed is not done, and waits for the next block.
#[test]
fn boundary_of_the_weight() {
	run(|| {
		let jobs: Vec<_> = (0..3).map(|_| posted()).collect();
		full_blocks_until(DEADLINE + 1);
		OldestDue::<Test>::put(DEADLINE);
		let one = W::agenda_entry() + W::refund(0);
		let left = || jobs.iter().filter(|job| !Marketplace::ended(**job)).count();
		assert_eq!(idle(Weight::zero()), Weight::zero());
		assert_eq!(idle(W::look_at_agenda()), W::look_at_agenda());
		let short = W::look_at_agenda() + one - Weight::from_parts(1, 0);
		assert!(idle(short).all_lte(short));
		assert_eq!(left(), 3);
		let enough = W::look_at_agenda() + one;
		assert_eq!(idle(enough), enough);
		assert_eq!(left(), 2);
		// Computation is not all: reading is weighed as well.
		let short = enough.set_proof_size(enough.proof_size() - 1);
		idle(short);
		assert_eq!(left(), 2);
		let two = W::look_at_agenda() + one * 2;
		assert_eq!(idle(two), two);
		assert_eq!(left(), 0);
	});
}

#[test]
fn boundary_no_more_entries_than_the_most() {
	run(|| {
		let small = Offer { payment: Payment::Held { price: PriceRamp::flat(100) }, ..offer() };
		let jobs: Vec<_> = (0..AgendaSteps::get() + 1).map(|_| post(small.clone())).collect();
		full_blocks_until(DEADLINE + 1);
		OldestDue::<Test>::put(DEADLINE);
		idle(Weight::MAX);
		let left = jobs.iter().filter(|job| !Marketplace::ended(**job)).count();
		assert_eq!(left, 1);
		idle(Weight::MAX);
		assert!(jobs.into_iter().all(Marketplace::ended));
	});
}

/// The oldest first, though the younger would fit.
#[test]
fn what_does_not_fit_is_not_overtaken() {
	run(|| {
		let stalled = locked();
		full_blocks_until(POSTED + 1);
		let open = posted();
		full_blocks_until(DEADLINE + 2);
		OldestDue::<Test>::put(DEADLINE);
		let for_open = W::look_at_agenda() + W::agenda_entry() * 4 + W::refund(0);
		idle(for_open);
		assert_eq!((state(stalled), state(open)), (JobState::Locked, JobState::Open));
		idle(Weight::MAX);
		assert!(Marketplace::ended(stalled) && Marketplace::ended(open));
	});
}

/// Finding 15 of the attack: an entry has a record, for which a deposit is held. Who posts, takes back and
/// removes leaves nothing behind, nor does who removes what was locked, shown, judged or paid.
#[test]
fn a_job_has_one_entry_and_takes_it_along() {
	run(|| {
		let remove = |job| {
			assert_ok!(Marketplace::remove_job(signed(&REQUESTER), job));
		};
		for _ in 0..20 {
			let job = posted();
			assert_ok!(Marketplace::cancel_job(signed(&REQUESTER), job));
			assert_eq!(entries(), 1, "until its record goes");
			remove(job);
			assert_eq!(entries(), 0);
		}
		let paid = locked();
		assert_eq!(entries(), 1);
		assert_ok!(deliver(paid, 0, OUTPUT));
		assert_eq!(entries(), 1, "moved, not added");
		assert_ok!(accept(paid, receipt_for(MINER, 1)));
		remove(paid);
		assert_eq!(entries(), 0);

		let judged = disputed();
		assert_eq!(entries(), 0, "it waits for nobody but the panel");
		decide(judged, WRONG, &[]);
		assert_eq!(entries(), 1);
		assert_ok!(fulfil(judged));
		remove(judged);
		assert_eq!(entries(), 0);

		// A notice moves the entry to its end.
		let noticed = posted();
		full_blocks_until(now() + LOCK_TIMEOUT + 1);
		assert_ok!(Marketplace::cancel_job(signed(&REQUESTER), noticed));
		assert_eq!(entries(), 1);
		full_blocks_until(now() + CancelNotice::get() + 1);
		assert_ok!(refund(noticed));
		// The agenda drops it first, and the record can go all the same.
		pass(1);
		assert_eq!(entries(), 0);
		remove(noticed);
		check();
	});
}

/// Entries of jobs that have moved on cost a look each, and nothing happens twice.
#[test]
fn what_has_moved_on_is_dropped() {
	run(|| {
		let (paid, cancelled, gone, shown) = (locked(), posted(), posted(), delivered());
		assert_ok!(accept(paid, receipt_for(MINER, 1)));
		assert_ok!(Marketplace::cancel_job(signed(&REQUESTER), cancelled));
		assert_ok!(Marketplace::cancel_job(signed(&REQUESTER), gone));
		assert_ok!(Marketplace::remove_job(signed(&REQUESTER), gone));
		assert_eq!(entries(), 3, "one of each that has a record");
		full_blocks_until(POSTED + SigningTime::get());
		pass(1);
		assert_eq!(state(shown), JobState::Disputed);
		full_blocks_until(DEADLINE + 1);
		OldestDue::<Test>::put(DEADLINE);
		let used = idle(Weight::MAX);
		// A look at each, and at the end of the time.
		assert_eq!(used, W::look_at_agenda() + W::agenda_entry() * 3);
		assert_eq!(entries(), 0);
		assert_eq!(state(shown), JobState::Disputed);
		assert!(was_fulfilled(paid));
	});
}

/// A deadline that has moved is looked at again when it has come.
#[test]
fn a_moved_deadline_is_waited_for() {
	run(|| {
		let (job, shown) = (locked(), delivered());
		remove_issuer(OTHER_ISSUER);
		let moved = DEADLINE + RemovalExtension::get();
		pass(DEADLINE);
		let signing = POSTED + SigningTime::get() + RemovalExtension::get();
		assert_eq!((live(job).due, live(shown).due), (Some(moved), None));
		assert_eq!(state(shown), JobState::Disputed, "after {signing}");
		assert_eq!(state(job), JobState::Locked);
		pass(RemovalExtension::get() - 1);
		assert_eq!((now(), state(job)), (moved, JobState::Locked));
		pass(1);
		assert_eq!(cause_of(job), Cause::Stalled);
	});
}

/// After a long time without jobs, or without idle time, it catches up and skips nothing.
#[test]
fn catches_up_with_time() {
	run(|| {
		full_blocks_until(2_000);
		let job = posted();
		pass(3);
		assert!(OldestDue::<Test>::get() > 1_000, "many empty times in a block");
		assert!(OldestDue::<Test>::get() <= now());
		pass(TIMEOUT);
		assert_eq!(cause_of(job), Cause::Expired);
	});
}

#[test]
fn the_heaviest_step_is_what_is_declared() {
	run(|| {
		let most = Marketplace::weight_of_any_step();
		for weight in [
			W::refund(8),
			W::begin_phase(),
			W::ask_panel(8) + W::refund(8),
			W::settle(8, MAX_PANEL_MEMBERS),
		] {
			assert!(weight.all_lte(most));
		}
		Marketplace::check_configuration();
	});
}

/// Calls are charged for what they did.
#[test]
fn calls_give_back_what_they_did_not_need() {
	run(|| {
		let (open, stalled) = (posted(), locked());
		full_blocks_until(DEADLINE + 1);
		let charged = |result: DispatchResultWithPostInfo| result.unwrap().actual_weight.unwrap();
		let refunded = charged(Marketplace::refund_job(signed(&STRANGER), open));
		assert_eq!(refunded, W::refund(0));
		let slashed = charged(Marketplace::slash_job(signed(&STRANGER), stalled));
		assert_eq!(slashed, W::refund(1));
	});
}
