//! Each invariant can be broken, and is then reported: what runs after every test is able to fail.

use super::*;
use polkadot_sdk::frame_support::storage::with_storage_layer;

/// Whether the invariants report what `corrupt` does, which is then undone.
fn noticed(corrupt: impl FnOnce()) -> bool {
	let mut noticed = false;
	let undone: Result<(), DispatchError> = with_storage_layer(|| {
		corrupt();
		noticed = Marketplace::do_try_state().is_err();
		Err(DispatchError::Other("undo"))
	});
	assert!(undone.is_err());
	assert_ok!(Marketplace::do_try_state());
	noticed
}

fn altered(job: JobId, spoil: impl FnOnce(&mut JobOf<Test>)) -> bool {
	noticed(|| {
		Jobs::<Test>::mutate(job, |record| match record {
			Some(JobRecord::Live(job)) => spoil(job),
			_ => panic!("the job lives"),
		})
	})
}

#[test]
fn of_living_jobs() {
	run(|| {
		let job = locked();
		assert!(altered(job, |job| job.held -= 1), "less held than is due");
		assert!(altered(job, |job| job.deposit += 1), "a deposit that is not held");
		assert!(
			altered(job, |job| {
				job.offer.issuer_fee += 1;
				job.held += 1;
			}),
			"on the record, but not held"
		);
		assert!(altered(job, |job| job.state = JobState::Open), "locked, but open");
		assert!(altered(job, |job| job.locks = Locks::default()), "locked by nobody");
		assert!(altered(job, |job| job.locks[0].miner = REQUESTER), "by its requester");
		assert!(altered(job, |job| job.locks[0].price = PRICE + 1), "above the highest price");
		assert!(
			altered(job, |job| job.locks[0].delivery = Delivery::Delivered(OUTPUT)),
			"delivered, but locked"
		);
		assert!(altered(job, |job| job.due = None), "waits for nothing");
		assert!(altered(job, |job| job.due = Some(DEADLINE + 1)), "not in the agenda");
		assert!(altered(job, |job| job.state = JobState::Disputed), "a panel on nothing");
		assert!(altered(job, |job| job.issuer_snapshot.root.0 = [0; 32]), "another tree's root");
		assert!(altered(job, |job| job.issuer_snapshot.removed_issuers = 1), "a removal to come");
		assert!(noticed(|| NextJob::<Test>::put(0)), "a number that will be used twice");
		assert!(noticed(|| OldestDue::<Test>::put(2)), "a time to come that was passed");
		let twice = post(redundant(2));
		assert_ok!(lock(twice, 0));
		assert!(
			altered(twice, |job| {
				let lock = job.locks[0].clone();
				job.locks.try_push(lock).unwrap();
				job.state = JobState::Locked;
			}),
			"one miner, two locks"
		);
	});
}

#[test]
fn of_the_agenda() {
	run(|| {
		let job = posted();
		assert!(noticed(|| Agenda::<Test>::remove(DEADLINE, job)), "its entry is gone");
		assert!(noticed(|| Agenda::<Test>::insert(DEADLINE, 9, ())), "of a job to come");
		full_blocks_until(5);
		OldestDue::<Test>::put(5);
		assert!(noticed(|| Agenda::<Test>::insert(4, job, ())), "of a time that was passed");
	});
}

#[test]
fn of_ended_and_owed_jobs() {
	run(|| {
		let job = locked();
		assert_ok!(accept(job, receipt_for(MINER, 1)));
		let rest = |rest| {
			noticed(|| {
				Jobs::<Test>::mutate(job, |record| match record {
					Some(JobRecord::Ended(job)) => job.rest = rest,
					_ => panic!("the job has ended"),
				})
			})
		};
		assert!(rest(1), "not held");
		assert!(rest(EXISTENTIAL_DEPOSIT), "could have been returned");
	});
}

#[test]
fn of_commitments_and_reviews() {
	run(|| {
		let job = locked();
		assert_ok!(accept(job, receipt_for(MINER, 1)));
		assert_ok!(Marketplace::review_job(signed(&REQUESTER), job, 5, [0; 32]));
		let model = digits();
		assert!(noticed(|| Reviews::<Test>::remove(model, job)), "counted, but not there");
		assert!(
			noticed(|| Reviews::<Test>::mutate(model, job, |review| {
				review.as_mut().unwrap().rating = 4
			})),
			"counted as another"
		);
		assert!(
			noticed(|| Reviews::<Test>::mutate(model, job, |review| {
				review.as_mut().unwrap().deposit += 1
			})),
			"a deposit that is not held"
		);
		let late = posted();
		full_blocks_until(LOCK_DEADLINE + 1);
		assert_ok!(commit_late(late, &STRANGER));
		assert!(
			noticed(|| LateCommitments::<Test>::mutate(late, STRANGER, |entry| {
				entry.as_mut().unwrap().deposit += 1
			})),
			"a deposit that is not held"
		);
	});
}

#[test]
fn of_models() {
	run(|| {
		let job = posted();
		let model = digits();
		let activity = |spoil: fn(&mut Activity)| {
			noticed(|| Activities::<Test>::mutate(model, |a| spoil(a.as_mut().unwrap())))
		};
		assert!(activity(|a| a.live_jobs = 0), "a living job that is not counted");
		assert!(activity(|a| a.royalties_due = 1), "royalties that are not there");
		assert!(activity(|a| a.royalty_parts = 1), "royalties of nobody");
		assert!(activity(|a| a.ratings[0] = 1), "a rating that nobody gave");
		assert!(noticed(|| Activities::<Test>::remove(model)), "a model without activity");
		assert!(
			noticed(|| Activities::<Test>::insert([0; 32], Activity::default())),
			"activity without a model"
		);
		assert!(noticed(|| Models::<Test>::remove(model)), "a living job without its model");
		assert!(noticed(|| Jobs::<Test>::remove(job)), "a model that counts a job too many");
		assert!(
			noticed(|| Models::<Test>::mutate(model, |record| {
				record.as_mut().unwrap().description.licence = [9; 32]
			})),
			"another description than the id's"
		);
	});
}
