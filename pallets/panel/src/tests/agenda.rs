//! Rounds end by themselves, a bounded number in a block.

use super::*;
use crate::{Agenda, WeightInfo, MOST_CLOSED};

type Weights = <Test as crate::Config>::WeightInfo;

fn steps(number: u64) -> Weight {
	Weights::look_for_due() + Weights::close_round() * number
}

/// As many panels as are asked for, all of which sit and are over; nobody revealed.
fn over(number: u64) {
	register(1..=40);
	CurrentEpoch::set(EPOCH + 5);
	for job in 0..number {
		assert_ok!(ask(question(job)));
	}
	begin_epoch();
	while Agenda::<Test>::get().len() < number as usize {
		blocks(EPOCH_BLOCKS - 1);
		begin_epoch();
	}
	for job in 0..number {
		to_end(job);
	}
}

fn left() -> usize {
	Agenda::<Test>::get().len()
}

#[test]
fn boundary_a_round_is_closed_when_it_is_over() {
	run(|| {
		let members = drawn();
		let Phase::Sitting { reveals_until, .. } = panel(JOB).phase else { panic!() };
		JobNow::set(reveals_until - 1);
		assert_eq!(idle(Weight::MAX), steps(0));
		assert_eq!(seats(JOB), members);
		JobNow::set(reveals_until);
		assert_eq!(idle(Weight::MAX), steps(1));
		assert!(matches!(panel(JOB).phase, Phase::Waiting { .. }));
		assert_eq!(treasury(), 60);
		assert_eq!(idle(Weight::MAX), steps(0), "nothing is left to do");
	});
}

#[test]
fn boundary_of_the_weight_that_is_left() {
	run(|| {
		over(4);
		let little = Weights::look_for_due().saturating_sub(Weight::from_parts(1, 0));
		assert_eq!(idle(little), Weight::zero());
		assert_eq!(left(), 4);
		assert_eq!(idle(steps(1)), steps(1));
		assert_eq!(left(), 3);
		let less = steps(2).saturating_sub(Weight::from_parts(1, 0));
		assert_eq!(idle(less), steps(1));
		assert_eq!(left(), 2);
		assert_eq!(idle(Weight::MAX), steps(2));
		assert_eq!(left(), 0);
	});
}

/// Trap 27: however idle a block is, what it closes is bounded.
#[test]
fn boundary_of_what_one_block_closes() {
	run(|| {
		let most = u64::from(MOST_CLOSED);
		over(most + 2);
		assert_eq!(idle(Weight::MAX), steps(most));
		assert_eq!(left(), 2);
		ensure_sound();
		assert_eq!(idle(Weight::MAX), steps(2));
	});
}

/// Those that are over longest come first, and those that ended early at their end.
#[test]
fn rounds_are_closed_in_the_order_of_their_ends() {
	run(|| {
		over(4);
		let order = || Agenda::<Test>::get().iter().map(|due| due.job).collect::<Vec<_>>();
		assert_eq!(order(), [0, 1, 2, 3]);
		idle(steps(1));
		assert_eq!(order(), [1, 2, 3]);
		JobNow::set(JobNow::get() - 40);
		for member in seats(3) {
			assert_ok!(commit(3, &member, RIGHT));
		}
		for member in seats(3) {
			assert_ok!(reveal(3, &member, RIGHT));
		}
		assert_eq!(order(), [3, 1, 2]);
		idle(Weight::MAX);
		assert_eq!(verdict(3).0, found(RIGHT));
		assert_eq!(order(), [1, 2]);
	});
}

/// Anybody may close a round that is over, where blocks have no time to spare.
#[test]
fn anybody_closes_a_round_that_is_over() {
	run(|| {
		let members = drawn();
		for member in &members {
			assert_ok!(commit(JOB, member, RIGHT));
			assert_noop!(Jury::close_round(signed(&REQUESTER), JOB), E::RoundNotOver);
		}
		for member in &members {
			assert_ok!(reveal(JOB, member, RIGHT));
		}
		assert_eq!(idle(Weight::zero()), Weight::zero());
		assert_noop!(
			Jury::close_round(RuntimeOrigin::root(), JOB),
			polkadot_sdk::sp_runtime::DispatchError::BadOrigin
		);
		assert_ok!(Jury::close_round(signed(&miner(77)), JOB));
		assert_eq!(verdict(JOB).0, found(RIGHT));
		assert_noop!(Jury::close_round(signed(&miner(77)), JOB), E::UnknownPanel);
		assert_eq!(left(), 0);
	});
}
