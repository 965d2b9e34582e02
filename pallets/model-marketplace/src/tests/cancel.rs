use super::*;

fn cancel(who: &AccountId, job: JobId) -> DispatchResult {
	without_info(Marketplace::cancel_job(signed(who), job))
}

#[test]
fn boundary_at_once_until_the_lock_deadline() {
	run(|| {
		let job = posted();
		full_blocks_until(LOCK_DEADLINE);
		assert_noop!(cancel(&STRANGER, job), E::NotRequester);
		assert_noop!(cancel(&REQUESTER, 9), E::UnknownJob);
		assert_ok!(cancel(&REQUESTER, job));
		let (amount, cause) = (PRICE + FEE, Cause::Cancelled);
		assert_has(Event::JobRefunded { job, requester: REQUESTER, amount, cause });
		assert_eq!(held(&REQUESTER), JobDeposit::get());
		assert_noop!(cancel(&REQUESTER, job), E::JobEnded);
	});
}

#[test]
fn not_what_a_miner_has() {
	run(|| {
		let job = locked();
		assert_noop!(cancel(&REQUESTER, job), E::JobLocked);
		full_blocks_until(LOCK_DEADLINE + 1);
		assert_noop!(cancel(&REQUESTER, job), E::JobLocked);
		let partly = post(redundant(2));
		assert_ok!(lock(partly, 0));
		assert_noop!(cancel(&REQUESTER, partly), E::JobLocked);
		let job = delivered();
		assert_noop!(cancel(&REQUESTER, job), E::JobDelivered);
	});
}

/// Somebody may have begun: whoever committed has time to bring its receipt.
#[test]
fn with_notice_once_late_receipts_are_accepted() {
	run(|| {
		let job = posted();
		full_blocks_until(LOCK_DEADLINE + 1);
		assert_ok!(commit_late(job, &STRANGER));
		assert_ok!(cancel(&REQUESTER, job));
		let closes_at = LOCK_DEADLINE + 1 + CancelNotice::get();
		assert_has(Event::CancelNoticeGiven { job, closes_at });
		assert_noop!(cancel(&REQUESTER, job), E::NoticeGiven);
		assert_eq!(live(job).due, Some(closes_at));
		full_blocks_until(closes_at);
		assert_eq!(facts(job, &STRANGER).open_until, closes_at);
		// A proof names the deadline, which has not changed.
		assert_eq!(facts(job, &STRANGER).deadline, DEADLINE);
		assert_ok!(commit_late(job, &miner(1)));
		assert_noop!(refund(job), E::DeadlineNotPassed);
		assert_ok!(accept(job, receipt_for(STRANGER, PRICE)));
		assert_ok!(fulfil(job));
		assert!(was_fulfilled(job));
	});
}

#[test]
fn boundary_the_notice_ends_the_job() {
	run(|| {
		let job = posted();
		full_blocks_until(LOCK_DEADLINE + 1);
		assert_ok!(commit_late(job, &STRANGER));
		assert_ok!(cancel(&REQUESTER, job));
		let closes_at = LOCK_DEADLINE + 1 + CancelNotice::get();
		// An issuer that is removed now does not prolong it.
		remove_issuer(OTHER_ISSUER);
		full_blocks_until(closes_at + 1);
		assert_noop!(accept(job, receipt_for(STRANGER, 1)), E::DeadlinePassed);
		assert_noop!(commit_late(job, &miner(1)), E::DeadlinePassed);
		assert_ok!(refund(job));
		assert_eq!(cause_of(job), Cause::Cancelled);
	});
}

#[test]
fn boundary_notice_never_prolongs_a_job() {
	run(|| {
		let job = posted();
		full_blocks_until(DEADLINE - 3);
		assert_ok!(cancel(&REQUESTER, job));
		assert_eq!(live(job).closes_at, Some(DEADLINE));
		full_blocks_until(DEADLINE);
		pass(2);
		assert_eq!(cause_of(job), Cause::Cancelled);
	});
}

/// Nobody can be late for a redundant job.
#[test]
fn a_redundant_job_that_nobody_took_is_cancelled_at_once() {
	run(|| {
		let job = post(redundant(2));
		full_blocks_until(LOCK_DEADLINE + 1);
		assert_ok!(cancel(&REQUESTER, job));
		assert_eq!(cause_of(job), Cause::Cancelled);
	});
}
