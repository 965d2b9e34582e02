use super::*;

#[test]
fn success_bars_slash_refund_and_late_receipts() {
	run(|| {
		let job = locked();
		full_blocks_until(LOCK_DEADLINE);
		assert_ok!(deliver(job, 0, OUTPUT));
		let until = LOCK_DEADLINE + SigningTime::get();
		assert_has(Event::OutputDelivered { job, miner: MINER, output: OUTPUT });
		assert_has(Event::SigningBegun { job, until });
		assert_eq!(state(job), JobState::Delivered { until });
		assert_eq!(live(job).due, Some(until));
		full_blocks_until(until);
		assert_noop!(slash(job), E::JobDelivered);
		assert_noop!(refund(job), E::JobDelivered);
		assert_noop!(commit_late(job, &STRANGER), E::JobDelivered);
		assert_noop!(advance(job), E::NothingDue);
		assert_eq!(bar(job, &STRANGER), Some(Bar::OfAnother));
		let facts = facts(job, &MINER);
		assert_eq!((facts.open_until, facts.output), (until, Some(OUTPUT.digest)));
		assert_ok!(accept(job, receipt_for(MINER, MIN_PRICE)));
	});
}

#[test]
fn boundary_of_the_lock_deadline() {
	run(|| {
		let job = locked();
		full_blocks_until(LOCK_DEADLINE + 1);
		assert_noop!(deliver(job, 0, OUTPUT), E::LockDeadlinePassed);
	});
}

#[test]
fn the_miner_delivers_by_its_hot_key_or_its_own() {
	run(|| {
		let job = locked();
		assert_noop!(deliver(job, 1, OUTPUT), E::NotLockHolder);
		assert_noop!(Marketplace::deliver_job(signed(&REQUESTER), job, OUTPUT), E::NotLockHolder);
		assert_noop!(deliver(job, 0, Blob { size: 0, ..OUTPUT }), E::EmptyBlob);
		// A hot key that was changed works no more, the new one does.
		MinerTable::mutate(MINER, |row| row.as_mut().unwrap().hot_key = hot(20));
		assert_noop!(deliver(job, 0, OUTPUT), E::NotLockHolder);
		assert_ok!(Marketplace::deliver_job(signed(&hot(20)), job, OUTPUT));
		let other = locked_by_new_key();
		assert_ok!(Marketplace::deliver_job(signed(&MINER), other, OUTPUT));
	});
}

fn locked_by_new_key() -> JobId {
	let job = posted();
	assert_ok!(Marketplace::lock_job(signed(&hot(20)), job));
	job
}

#[test]
fn once_and_for_jobs_of_one_miner() {
	run(|| {
		let job = delivered();
		assert_noop!(deliver(job, 0, OUTPUT), E::JobDelivered);
		assert_noop!(deliver(9, 0, OUTPUT), E::UnknownJob);
		let several = post(redundant(2));
		assert_ok!(lock(several, 0));
		assert_noop!(deliver(several, 0, OUTPUT), E::Redundant);
		let commit = Marketplace::commit_delivery(signed(&HOT), job, [1; 32]);
		assert_eq!(commit, Err(E::NotRedundant.into()));
		let reveal = Marketplace::reveal_delivery(signed(&HOT), job, OUTPUT, [1; 32]);
		assert_eq!(reveal, Err(E::NotRedundant.into()));
	});
}

/// A removed issuer leaves time to have another one sign, once.
#[test]
fn the_time_for_signing_moves_when_an_issuer_is_removed() {
	run(|| {
		let job = delivered();
		let until = POSTED + SigningTime::get();
		full_blocks_until(until);
		remove_issuer(OTHER_ISSUER);
		let moved = until + RemovalExtension::get();
		assert_eq!(facts(job, &MINER).open_until, moved);
		full_blocks_until(moved);
		assert_noop!(advance(job), E::NothingDue);
		full_blocks_until(moved + 1);
		assert_ok!(advance(job));
		assert_eq!(state(job), JobState::Disputed);
	});
}
