//! Each invariant can be broken, and is then reported: what runs after every test is able to fail.

use super::*;
use crate::{Jobs, Models, NextJob};
use polkadot_sdk::{frame_support::storage::with_storage_layer, sp_runtime::DispatchError};

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

#[test]
fn every_invariant_is_watched() {
	run(|| {
		let job = posted();
		let altered = |spoil: fn(&mut Job<AccountId>)| {
			noticed(|| Jobs::<Test>::mutate(job, |record| spoil(record.as_mut().unwrap())))
		};
		assert!(altered(|job| job.held -= 1), "less held than is due");
		assert!(altered(|job| job.deposit += 1), "a deposit that is not held");
		assert!(altered(|job| job.state = JobState::Refunded), "an ended job that holds money");
		let dearer = |job: &mut Job<AccountId>| {
			job.payment = Payment::Held { max_price: PRICE + 1 };
			job.held += 1;
		};
		assert!(altered(dearer), "on the record, but not held");
		assert!(altered(|job| job.issuer_snapshot.root.0 = [0; 32]), "another tree's root");
		assert!(altered(|job| job.issuer_snapshot.removed_issuers = 1), "a removal to come");
		assert!(noticed(|| NextJob::<Test>::put(0)), "a number that will be used twice");

		let model = Jobs::<Test>::get(job).unwrap().model;
		assert!(noticed(|| Models::<Test>::remove(model)), "a living job without its model");
		assert!(noticed(|| Jobs::<Test>::remove(job)), "a model that counts a job too many");
	});
}
