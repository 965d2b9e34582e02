use super::*;

/// Lets blocks pass with jobs paused, too full for the agenda.
fn paused(blocks: u64) {
	use polkadot_sdk::frame_support::weights::Weight;
	Paused::set(true);
	for _ in 0..blocks {
		next_block_with(Weight::zero());
	}
	Paused::set(false);
}

#[test]
fn counts_blocks_that_did_not_begin_paused() {
	run(|| {
		assert_eq!((now(), System::block_number()), (1, 1));
		full_blocks_until(5);
		paused(3);
		assert_eq!((now(), System::block_number()), (5, 8));
		assert_eq!(StoppedBlocks::<Test>::get(), 3);
		full_blocks_until(6);
		assert_eq!((now(), System::block_number()), (6, 9));
		assert_eq!(Marketplace::job_time(), 6);
	});
}

/// A pause that begins and ends within a block stops nothing; within one block time does not change.
#[test]
fn is_asked_once_when_a_block_begins() {
	run(|| {
		full_blocks_until(5);
		Paused::set(true);
		assert_eq!(now(), 5);
		Paused::set(false);
		full_blocks_until(6);
		assert_eq!((now(), StoppedBlocks::<Test>::get()), (6, 0));
	});
}

/// Nothing passes by a pause: neither lock nor deadline, ramp nor notice.
#[test]
fn deadlines_wait_for_the_end_of_a_pause() {
	run(|| {
		let (open, held_by_miner, shown) = (posted(), locked(), delivered());
		paused(10 * TIMEOUT);
		assert_eq!(Marketplace::price_now(open), Some(MIN_PRICE));
		assert_noop!(slash(held_by_miner), E::DeadlineNotPassed);
		assert_noop!(refund(open), E::DeadlineNotPassed);
		assert_noop!(advance(shown), E::NothingDue);
		assert_ok!(deliver(held_by_miner, 0, OUTPUT));
		assert_ok!(lock(open, 0));
		assert_ok!(accept(shown, receipt_for(MINER, 1)));
		// And then they go on where they stopped.
		full_blocks_until(LOCK_DEADLINE);
		assert_ok!(deliver(open, 0, OUTPUT));
	});
}

/// The agenda goes by the same clock.
#[test]
fn the_agenda_stands_still_too() {
	run(|| {
		let job = posted();
		full_blocks_until(DEADLINE);
		Paused::set(true);
		pass(20);
		assert_eq!(state(job), JobState::Open);
		Paused::set(false);
		pass(2);
		assert_eq!(cause_of(job), Cause::Expired);
	});
}

/// A commitment waits for a block, not for time: a receipt comes in a later block also in a pause.
#[test]
fn commitments_count_in_blocks() {
	run(|| {
		let job = posted();
		full_blocks_until(LOCK_DEADLINE + 1);
		assert_ok!(commit_late(job, &STRANGER));
		assert_eq!(bar(job, &STRANGER), Some(Bar::CommittedInThisBlock));
		paused(1);
		assert_eq!(bar(job, &STRANGER), None);
	});
}
