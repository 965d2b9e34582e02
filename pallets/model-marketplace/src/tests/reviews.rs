use super::*;

const TEXT: Digest = [0x77; 32];

fn review(who: &AccountId, job: JobId, rating: u8) -> DispatchResult {
	Marketplace::review_job(signed(who), job, rating, TEXT)
}

fn remove(who: &AccountId, job: JobId) -> DispatchResult {
	Marketplace::remove_review(signed(who), digits(), job)
}

fn done() -> JobId {
	let job = locked();
	assert_ok!(accept(job, receipt_for(MINER, 100)));
	job
}

#[test]
fn success_counts_once_and_holds_a_deposit() {
	run(|| {
		let job = done();
		let before = held(&REQUESTER);
		assert_ok!(review(&REQUESTER, job, 4));
		assert_has(Event::JobReviewed {
			job,
			model: digits(),
			reviewer: REQUESTER,
			rating: 4,
			digest: TEXT,
		});
		assert_eq!(held(&REQUESTER), before + ReviewDeposit::get());
		assert_eq!(Marketplace::ratings(digits()), Some([0, 0, 0, 1, 0]));
		assert_noop!(review(&REQUESTER, job, 5), E::AlreadyReviewed);
		assert_ok!(review(&REQUESTER, done(), 4));
		assert_eq!(Marketplace::ratings(digits()), Some([0, 0, 0, 2, 0]));
	});
}

#[test]
fn boundary_ratings_from_1_to_5() {
	run(|| {
		let job = done();
		assert_noop!(review(&REQUESTER, job, 0), E::RatingOutOfRange);
		assert_noop!(review(&REQUESTER, job, 6), E::RatingOutOfRange);
		assert_ok!(review(&REQUESTER, job, 1));
		assert_ok!(review(&REQUESTER, done(), 5));
		assert_eq!(Marketplace::ratings(digits()), Some([1, 0, 0, 0, 1]));
	});
}

#[test]
fn only_requesters_of_jobs_that_were_paid() {
	run(|| {
		let job = locked();
		assert_noop!(review(&REQUESTER, job, 1), E::JobNotEnded);
		assert_noop!(review(&REQUESTER, 9, 1), E::UnknownJob);
		let job = done();
		assert_noop!(review(&MINER, job, 1), E::NotRequester);
		let cancelled = posted();
		assert_ok!(Marketplace::cancel_job(signed(&REQUESTER), cancelled));
		assert_noop!(review(&REQUESTER, cancelled, 1), E::NotFulfilled);
		let all = free(&REQUESTER) - ReviewDeposit::get();
		assert_ok!(Balances::transfer_allow_death(signed(&REQUESTER), STRANGER, all));
		assert_noop!(review(&REQUESTER, job, 1), E::InsufficientBalance);
	});
}

/// A job is reviewed once, also by who takes its review back.
#[test]
fn a_withdrawn_review_counts_no_more_and_cannot_be_written_again() {
	run(|| {
		let job = done();
		assert_noop!(remove(&REQUESTER, job), E::UnknownReview);
		assert_ok!(review(&REQUESTER, job, 2));
		assert_noop!(remove(&MINER, job), E::NotReviewer);
		let before = held(&REQUESTER);
		assert_ok!(remove(&REQUESTER, job));
		assert_has(Event::ReviewRemoved { job, model: digits() });
		assert_eq!(held(&REQUESTER), before - ReviewDeposit::get());
		assert_eq!(Marketplace::ratings(digits()), Some([0; 5]));
		assert_noop!(review(&REQUESTER, job, 2), E::AlreadyReviewed);
	});
}

/// Review and job are apart: either can go first.
#[test]
fn a_review_outlives_its_job_and_its_model() {
	run(|| {
		let job = done();
		assert_ok!(review(&REQUESTER, job, 3));
		assert_ok!(Marketplace::remove_job(signed(&REQUESTER), job));
		assert_eq!(Marketplace::ratings(digits()), Some([0, 0, 1, 0, 0]));
		assert_noop!(review(&REQUESTER, job, 3), E::UnknownJob);

		let other = done();
		let model = digits();
		assert_ok!(Marketplace::retire_model(signed(&OWNER), model));
		assert_ok!(Marketplace::remove_model(signed(&OWNER), model));
		assert_noop!(review(&REQUESTER, other, 3), E::UnknownModel);
		// Registered again it begins anew, and an old review that goes takes nothing from the new.
		assert_eq!(listed(description()), model);
		assert_eq!(Marketplace::ratings(model), Some([0; 5]));
		// Nor does it get those of jobs that the earlier one did.
		assert_noop!(review(&REQUESTER, other, 1), E::ModelReplaced);
		assert_ok!(review(&REQUESTER, done(), 3));
		check();
		assert_ok!(remove(&REQUESTER, job));
		assert_eq!(Marketplace::ratings(model), Some([0, 0, 1, 0, 0]));
	});
}
