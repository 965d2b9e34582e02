//! Nullifiers that nobody could use again are forgotten, a bounded number in a block.

use super::*;
use crate::{Nullifiers, OldestGroup, WeightInfo};
use polkadot_sdk::frame_support::{traits::Hooks, weights::Weight};
use quittance_types::{FieldBytes, JobId};

type Weights = <Test as crate::Config>::WeightInfo;

fn idle(remaining: Weight) -> Weight {
	<Receipts as Hooks<u64>>::on_idle(System::block_number(), remaining)
}

fn steps(number: u64) -> Weight {
	Weights::look_for_expired() + Weights::remove_nullifier() * number
}

fn spent(job: JobId) -> FieldBytes {
	FieldBytes([job as u8 + 1; 32])
}

fn left() -> usize {
	Nullifiers::<Test>::iter_keys().count()
}

#[test]
fn boundary_a_group_goes_when_all_of_it_has_expired() {
	run(|| {
		let group = NullifierGroup::get();
		for expires_at in [group, 2 * group - 1] {
			Receipts::spend(expires_at, spent(1), expires_at);
		}
		Receipts::spend(1, spent(2), 2 * group);
		System::set_block_number(2 * group - 1);
		idle(Weight::MAX);
		assert_eq!(left(), 3, "the last of the group can still be used");
		System::set_block_number(2 * group);
		idle(Weight::MAX);
		assert_eq!(left(), 1);
		assert!(Nullifiers::<Test>::contains_key(2, (1, spent(2))));
		assert_eq!(OldestGroup::<Test>::get(), 2);
	});
}

/// A job that is owed its payment can be asked about for ever; its receipt stays spent.
#[test]
fn a_nullifier_stays_while_its_job_has_not_ended() {
	run(|| {
		let group = NullifierGroup::get();
		Receipts::spend(7, spent(7), 0);
		Receipts::spend(8, spent(8), 0);
		Owed::set(vec![7]);
		System::set_block_number(group);
		idle(Weight::MAX);
		assert_eq!(left(), 1);
		assert!(Nullifiers::<Test>::contains_key(1, (7, spent(7))), "put off, not asked again");
		assert_ok!(Receipts::do_try_state());
		System::set_block_number(2 * group);
		idle(Weight::MAX);
		assert!(Nullifiers::<Test>::contains_key(2, (7, spent(7))));
		Owed::set(vec![]);
		System::set_block_number(3 * group);
		idle(Weight::MAX);
		assert_eq!(left(), 0);
	});
}

#[test]
fn boundary_of_the_weight_that_is_left() {
	run(|| {
		for job in 0..10 {
			Receipts::spend(job, spent(job), 0);
		}
		System::set_block_number(NullifierGroup::get());
		let too_little = Weights::look_for_expired().saturating_sub(Weight::from_parts(1, 0));
		assert_eq!(idle(too_little), Weight::zero());
		assert_eq!(left(), 10);
		assert_eq!(idle(steps(3)), steps(3));
		assert_eq!(left(), 7);
		let less = steps(4).saturating_sub(Weight::from_parts(1, 0));
		assert_eq!(idle(less), steps(3));
		assert_eq!(left(), 4);
		// Four nullifiers, and the step that finds the group empty.
		assert_eq!(idle(Weight::MAX), steps(5));
		assert_eq!((left(), OldestGroup::<Test>::get()), (0, 1));
		assert_eq!(idle(Weight::MAX), steps(0), "nothing is left to do");
	});
}

/// Trap 27: however idle a block is, what it removes is bounded.
#[test]
fn boundary_of_what_one_block_removes() {
	run(|| {
		let most = u64::from(crate::MOST_REMOVED);
		System::set_block_number((most + 10) * NullifierGroup::get());
		assert_eq!(idle(Weight::MAX), steps(most));
		assert_eq!(OldestGroup::<Test>::get(), most);
		assert_eq!(idle(Weight::MAX), steps(10));
	});
}
