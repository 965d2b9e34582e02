use super::*;

mod refund {
	use super::*;

	/// Trap 28: a timeout favours the requester.
	#[test]
	fn boundary_the_deadline_itself_still_belongs_to_whoever_does_the_job() {
		run(|| {
			let job = posted();
			full_blocks_until(DEADLINE);
			assert_noop!(refund(job), E::DeadlineNotPassed);
			full_blocks_until(DEADLINE + 1);
			assert_ok!(refund(job));
			let amount = PRICE + FEE;
			let cause = Cause::Expired;
			assert_has(Event::JobRefunded { job, requester: REQUESTER, amount, cause });
			assert_eq!(held(&REQUESTER), JobDeposit::get());
			assert_eq!(References::get(), 0);
			assert_noop!(refund(job), E::JobEnded);
			assert_noop!(refund(9), E::UnknownJob);
		});
	}

	#[test]
	fn a_removed_issuer_moves_the_deadline_once() {
		run(|| {
			let job = posted();
			assert_eq!(Marketplace::deadline(job), Some(DEADLINE));
			full_blocks_until(40);
			remove_issuer(OTHER_ISSUER);
			let moved = DEADLINE + RemovalExtension::get();
			assert_eq!(Marketplace::deadline(job), Some(moved));
			full_blocks_until(moved);
			assert_noop!(refund(job), E::DeadlineNotPassed);
			full_blocks_until(moved + 1);
			assert_ok!(refund(job));
			assert_eq!(Marketplace::deadline(job), None);
		});
	}

	#[test]
	fn boundary_removals_from_the_post_to_the_deadline_move_it_once() {
		run(|| {
			let job = posted();
			let moved = Some(DEADLINE + RemovalExtension::get());
			remove_issuer(OTHER_ISSUER);
			assert_eq!(Marketplace::deadline(job), moved);
			full_blocks_until(40);
			remove_issuer(ISSUER);
			assert_eq!(Marketplace::deadline(job), moved);
		});
		run(|| {
			let job = posted();
			full_blocks_until(DEADLINE);
			remove_issuer(OTHER_ISSUER);
			assert_eq!(Marketplace::deadline(job), Some(DEADLINE + RemovalExtension::get()));
			// What was removed before the post does not count: it could not be named.
			Removed::set(vec![(OTHER_ISSUER, 0)]);
			assert_eq!(Marketplace::deadline(job), Some(DEADLINE));
		});
	}

	#[test]
	fn a_removal_after_the_deadline_moves_nothing() {
		run(|| {
			let job = posted();
			full_blocks_until(DEADLINE + 1);
			remove_issuer(OTHER_ISSUER);
			assert_eq!(Marketplace::deadline(job), Some(DEADLINE));
			assert_ok!(refund(job));
		});
	}

	/// Not done, but by no miner's fault: bonds come back.
	#[test]
	fn comes_at_once_when_nobody_can_sign_any_more() {
		run(|| {
			let (open, held_by_miner) = (posted(), locked());
			remove_issuer(ISSUER);
			assert_noop!(refund(open), E::DeadlineNotPassed);
			remove_issuer(OTHER_ISSUER);
			assert_ok!(refund(open));
			assert_noop!(slash(held_by_miner), E::NothingToSlash);
			assert_ok!(refund(held_by_miner));
			assert_eq!(cause_of(held_by_miner), Cause::NoIssuers);
			assert_eq!((row(&MINER).bond, row(&MINER).locks), (STAKE, 0));
			assert_eq!(outcomes(&MINER, Outcome::Slashed), 0);
		});
	}

	/// Also after the deadline of a lock that was not kept, since nothing could have come of it.
	#[test]
	fn without_issuers_nobody_is_slashed_by_the_agenda() {
		run(|| {
			let job = locked();
			full_blocks_until(LOCK_DEADLINE + 1);
			remove_issuer(ISSUER);
			remove_issuer(OTHER_ISSUER);
			full_blocks_until(DEADLINE);
			pass(2);
			assert_eq!(cause_of(job), Cause::NoIssuers);
			assert_eq!(row(&MINER).bond, STAKE);
		});
	}
}

mod slash {
	use super::*;

	#[test]
	fn boundary_after_the_full_deadline() {
		run(|| {
			let job = locked();
			full_blocks_until(LOCK_DEADLINE + 1);
			assert_noop!(slash(job), E::DeadlineNotPassed);
			assert_noop!(refund(job), E::DeadlineNotPassed);
			full_blocks_until(DEADLINE);
			assert_noop!(slash(job), E::DeadlineNotPassed);
			full_blocks_until(DEADLINE + 1);
			assert_noop!(refund(job), E::LockNotKept);
			assert_ok!(slash(job));
			assert_has(Event::BondForfeited { job, miner: MINER, amount: BOND });
			let (amount, cause) = (PRICE + FEE, Cause::Stalled);
			assert_has(Event::JobRefunded { job, requester: REQUESTER, amount, cause });
			assert_eq!((row(&MINER).bond, row(&MINER).locks), (STAKE - BOND, 0));
			assert_eq!(free(&TREASURY), EXISTENTIAL_DEPOSIT + BOND);
			assert_eq!(free(&REQUESTER) + held(&REQUESTER), ENDOWMENT);
			assert_noop!(slash(job), E::JobEnded);
		});
	}

	#[test]
	fn fails_for_jobs_that_nobody_has() {
		run(|| {
			let job = posted();
			assert_noop!(slash(job), E::NothingToSlash);
			full_blocks_until(DEADLINE + 1);
			assert_noop!(slash(job), E::NothingToSlash);
			assert_noop!(slash(9), E::UnknownJob);
		});
	}

	/// Another lock of the miner keeps its own forfeit.
	#[test]
	fn takes_no_more_than_the_lock_reserved() {
		run(|| {
			let job = locked();
			let others: Vec<_> = (1..STAKE / BOND)
				.map(|_| {
					let job = post(Offer { timeout: MaxTimeout::get(), ..offer() });
					assert_ok!(lock(job, 0));
					job
				})
				.collect();
			full_blocks_until(DEADLINE + 1);
			assert_ok!(slash(job));
			assert_eq!(row(&MINER).bond, STAKE - BOND);
			assert_eq!(row(&MINER).reserved, BOND * others.len() as u128);
		});
	}
}

mod advance {
	use super::*;

	/// One call for whatever is due.
	#[test]
	fn refunds_slashes_asks_and_settles() {
		run(|| {
			let (open, stalled, shown) = (posted(), locked(), delivered());
			for job in [open, stalled, shown] {
				assert_noop!(advance(job), E::NothingDue);
			}
			full_blocks_until(DEADLINE + 1);
			for job in [open, stalled, shown] {
				assert_ok!(advance(job));
			}
			assert_eq!(cause_of(open), Cause::Expired);
			assert_eq!(cause_of(stalled), Cause::Stalled);
			assert_eq!(state(shown), JobState::Disputed);
			assert_noop!(advance(shown), E::NothingDue);
			decide(shown, right(0, 1), &[]);
			assert_ok!(advance(shown));
			assert!(was_fulfilled(shown));
			assert_noop!(advance(shown), E::JobEnded);
			assert_noop!(advance(9), E::UnknownJob);
		});
	}
}
