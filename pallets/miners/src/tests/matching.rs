use super::*;
use crate::{Locks, Miners, Outcomes};
use polkadot_sdk::frame_support::assert_storage_noop;
use quittance_types::{JobNeeds, Miners as _, Outcome, Shares as _};
use std::panic::{catch_unwind, AssertUnwindSafe};

fn needs() -> JobNeeds {
	JobNeeds {
		level: Level::Transparent,
		circuit: None,
		constraints: 0,
		model_size: 0,
		fhe_parameters: None,
	}
}

#[test]
fn can_take_what_it_says_and_nothing_else() {
	run(|| {
		assert_noop!(Registry::can_take(&MINER, &needs()), E::UnknownMiner);
		registered();
		let take = |change: fn(&mut JobNeeds)| {
			let mut needs = needs();
			change(&mut needs);
			Registry::can_take(&MINER, &needs)
		};
		assert_ok!(take(|_| ()));
		assert_ok!(take(|n| {
			n.level = Level::Basic;
			n.circuit = Some(CIRCUIT);
			n.constraints = 1_000_000;
			n.model_size = 4_000;
			n.fhe_parameters = Some([5; 32]);
		}));
		assert_noop!(take(|n| n.circuit = Some([9; 32])), E::CircuitNotOffered);
		assert_noop!(take(|n| n.constraints = 1_000_001), E::TooManyConstraints);
		assert_noop!(take(|n| n.model_size = 4_001), E::ModelTooLarge);
		assert_noop!(take(|n| n.fhe_parameters = Some([6; 32])), E::FheParametersNotOffered);
		let mut changed = capabilities();
		changed.levels = BoundedVec::truncate_from(vec![Level::Basic]);
		assert_ok!(Registry::set_capabilities(signed(&MINER), changed));
		assert_noop!(take(|_| ()), E::LevelNotOffered);
	});
}

/// For a lock and for the question alike.
fn refused_with(error: E) {
	let error = polkadot_sdk::sp_runtime::DispatchError::from(error);
	assert_noop!(Registry::can_take(&MINER, &needs()), error);
	assert_noop!(Registry::reserve(&MINER, 1), error);
}

#[test]
fn a_miner_that_has_missed_heartbeats_is_not_matched() {
	run(|| {
		registered();
		// In the third epoch after the last heartbeat two whole ones were missed.
		pass_epochs(MissedEpochs::get());
		assert_ok!(Registry::can_take(&MINER, &needs()));
		assert_ok!(Registry::reserve(&MINER, 1));
		pass_epochs(1);
		refused_with(E::HeartbeatMissed);
		// Open locks go on.
		Registry::release(&MINER, 1);
	});
}

/// A pause of heartbeats, or a chain that stands still, costs no miner its place.
#[test]
fn epochs_in_which_heartbeats_were_not_let_in_are_not_missed() {
	run(|| {
		registered();
		Paused::set(true);
		pass_epochs(10);
		assert_ok!(Registry::can_take(&MINER, &needs()));
		// An epoch in one block of which they were not let in is none that could be missed, at whichever
		// end of it.
		Paused::set(false);
		start_block_in(EPOCH + 10);
		pass_epochs(1);
		Paused::set(true);
		start_block_in(EPOCH + 11);
		Paused::set(false);
		pass_epochs(1);
		// Nor are epochs without any block.
		start_block_in(EPOCH + 50);
		assert_ok!(Registry::can_take(&MINER, &needs()));
		assert_eq!(
			crate::Roll::<Test>::get().over - record_of(&MINER).roll_calls,
			2,
			"that of the registration, and the one before the chain stood still"
		);
		pass_epochs(1);
		assert_ok!(Registry::can_take(&MINER, &needs()));
		pass_epochs(1);
		refused_with(E::HeartbeatMissed);
	});
}

#[test]
fn a_miner_that_pauses_is_not_matched_at_once_and_until_it_resumes() {
	run(|| {
		registered();
		let pause = || Registry::pause_matching(signed(&MINER));
		let resume = || Registry::resume_matching(signed(&MINER));
		assert_noop!(Registry::pause_matching(signed(&OTHER)), E::UnknownMiner);
		assert_noop!(Registry::resume_matching(signed(&OTHER)), E::UnknownMiner);
		assert_noop!(Registry::pause_matching(signed(&hot(1))), E::UnknownMiner);
		assert_noop!(resume(), E::NotPaused);
		assert_ok!(Registry::reserve(&MINER, 1));
		assert_ok!(pause());
		System::assert_last_event(Event::<Test>::MatchingPaused { miner: MINER }.into());
		assert_noop!(pause(), E::Paused);
		refused_with(E::Paused);
		// What is under way goes on, and the key is replaced meanwhile.
		Registry::release(&MINER, 1);
		assert_eq!(Registry::by_hot_key(&hot(1)), Some(MINER));
		assert_ok!(Registry::rotate_hot_key(signed(&MINER), hot(2), possession(&MINER, 2)));
		assert_ok!(Registry::unbond(signed(&MINER), 1));
		assert_ok!(resume());
		System::assert_last_event(Event::<Test>::MatchingResumed { miner: MINER }.into());
		assert_noop!(resume(), E::NotPaused);
		assert_ok!(Registry::can_take(&MINER, &needs()));
		assert_ok!(pause());
		assert_ok!(Registry::leave(signed(&MINER)));
		assert_noop!(pause(), E::Leaving);
		assert_noop!(resume(), E::Leaving);
	});
}

/// A pause, which works at once, is no way out of a seat that the miner sees coming.
#[test]
fn a_miner_that_pauses_is_on_duty() {
	run(|| {
		let judges = || Registry::can_judge(EPOCH, &MINER, &needs());
		assert!(!judges());
		assert_storage_noop!(assert!(!Registry::reserve_for_duty(&MINER, 1)));
		registered();
		assert!(judges());
		assert_ok!(Registry::pause_matching(signed(&MINER)));
		refused_with(E::Paused);
		assert!(judges());
		assert!(Registry::reserve_for_duty(&MINER, 2_000));
		System::assert_last_event(
			Event::<Test>::BondReserved { miner: MINER, amount: 2_000, reserved: 2_000 }.into(),
		);
		for amount in [0, BOND - 2_000 + 1] {
			assert_storage_noop!(assert!(!Registry::reserve_for_duty(&MINER, amount)));
		}
		assert!(!Registry::can_judge(
			EPOCH,
			&MINER,
			&JobNeeds { circuit: Some([9; 32]), ..needs() }
		));
		pass_epochs(MissedEpochs::get());
		assert!(judges());
		pass_epochs(1);
		assert!(!judges(), "it has missed heartbeats");
		assert_storage_noop!(assert!(!Registry::reserve_for_duty(&MINER, 1)));
		Registry::release(&MINER, 2_000);
		assert_eq!((record_of(&MINER).locks, record_of(&MINER).reserved), (0, 0));
	});
	run(|| {
		registered();
		assert_eq!(Registry::slash(&MINER, 4_001), 4_001);
		assert!(!Registry::can_judge(EPOCH, &MINER, &needs()), "it has less than the least bond");
		assert_ok!(Registry::bond_more(signed(&MINER), 1));
		assert!(Registry::can_judge(EPOCH, &MINER, &needs()));
		assert_ok!(Registry::leave(signed(&MINER)));
		assert!(!Registry::can_judge(EPOCH, &MINER, &needs()), "it leaves");
		assert_storage_noop!(assert!(!Registry::reserve_for_duty(&MINER, 1)));
	});
}

#[test]
fn a_leaving_miner_is_not_matched() {
	run(|| {
		registered();
		assert_ok!(Registry::reserve(&MINER, 1));
		assert_ok!(Registry::leave(signed(&MINER)));
		refused_with(E::Leaving);
		Registry::release(&MINER, 1);
		refused_with(E::Leaving);
		advance(UnbondingDelay::get());
		assert_ok!(Registry::withdraw_unbonded(signed(&MINER)));
		refused_with(E::UnknownMiner);
	});
}

#[test]
fn a_miner_below_the_least_bond_is_not_matched_until_it_bonds_more() {
	run(|| {
		registered();
		assert_eq!(Registry::slash(&MINER, 4_000), 4_000);
		assert_ok!(Registry::can_take(&MINER, &needs()));
		assert_eq!(Registry::slash(&MINER, 1), 1);
		refused_with(E::BelowMinimumBond);
		assert_ok!(Registry::bond_more(signed(&MINER), 1));
		assert_ok!(Registry::reserve(&MINER, 1));
		Registry::release(&MINER, 1);
	});
}

/// Trap 29 and the overcommit guard: locks never reserve more than the bond.
#[test]
fn locks_reserve_no_more_than_the_bond() {
	run(|| {
		registered();
		assert_noop!(Registry::reserve(&MINER, 0), E::AmountZero);
		assert_noop!(Registry::reserve(&MINER, BOND + 1), E::FreeBondTooSmall);
		assert_noop!(Registry::reserve(&MINER, u128::MAX), E::FreeBondTooSmall);
		assert_ok!(Registry::reserve(&MINER, 2_000));
		System::assert_last_event(
			Event::<Test>::BondReserved { miner: MINER, amount: 2_000, reserved: 2_000 }.into(),
		);
		assert_eq!(Registry::free_bond(MINER), Some(3_000));
		assert_noop!(Registry::reserve(&MINER, 3_001), E::FreeBondTooSmall);
		assert_ok!(Registry::reserve(&MINER, 3_000));
		assert_noop!(Registry::reserve(&MINER, 1), E::FreeBondTooSmall);
		assert_eq!((record_of(&MINER).locks, record_of(&MINER).reserved), (2, BOND));
		Registry::release(&MINER, 2_000);
		System::assert_last_event(
			Event::<Test>::BondReleased { miner: MINER, amount: 2_000, reserved: 3_000 }.into(),
		);
		Registry::release(&MINER, 3_000);
		assert_eq!((record_of(&MINER).locks, record_of(&MINER).reserved), (0, 0));
		assert_eq!(held(&MINER), BOND);
	});
}

#[test]
fn a_counter_at_its_end_is_an_error() {
	run(|| {
		registered();
		let set = |locks: u32| {
			Miners::<Test>::mutate(MINER, |record| {
				let record = record.as_mut().unwrap();
				record.locks = locks;
				record.reserved = locks.min(1).into();
			})
		};
		set(u32::MAX);
		assert_noop!(Registry::reserve(&MINER, 1), E::Unexpected);
		set(u32::MAX - 1);
		assert_ok!(Registry::reserve(&MINER, 1));
		set(0);
		Locks::<Test>::remove(MINER, 1);
	});
}

/// A lock gives back what it had reserved, whatever the marketplace says: an amount that no lock has
/// changes nothing, and is reported where it can be.
#[test]
fn only_what_was_reserved_is_released() {
	run(|| {
		registered();
		assert_ok!(Registry::reserve(&MINER, 100));
		assert_ok!(Registry::reserve(&MINER, 100));
		assert_ok!(Registry::reserve(&MINER, 30));
		assert_eq!(Locks::<Test>::get(MINER, 100), 2);
		let refused = |miner: &AccountId, amount: u128| {
			let release = AssertUnwindSafe(|| Registry::release(miner, amount));
			// A build for tests panics where another reports.
			assert_storage_noop!(assert_eq!(
				catch_unwind(release).is_err(),
				cfg!(debug_assertions),
				"{amount} of {miner}"
			));
		};
		for amount in [0, 1, 29, 31, 70, 130, 200, 230, u128::MAX] {
			refused(&MINER, amount);
		}
		refused(&OTHER, 100);
		Registry::release(&MINER, 100);
		Registry::release(&MINER, 100);
		refused(&MINER, 100);
		assert_eq!((record_of(&MINER).locks, record_of(&MINER).reserved), (1, 30));
		Registry::release(&MINER, 30);
		refused(&MINER, 30);
		assert_eq!(Locks::<Test>::iter().count(), 0);
	});
}

#[test]
fn what_is_slashed_goes_to_the_treasury() {
	run(|| {
		registered();
		assert_ok!(Registry::reserve(&MINER, 2_000));
		Registry::release(&MINER, 2_000);
		assert_eq!(Registry::slash(&MINER, 2_000), 2_000);
		System::assert_last_event(
			Event::<Test>::MinerSlashed { miner: MINER, amount: 2_000, bond: 3_000, owed: 0 }
				.into(),
		);
		assert_eq!(free(&TREASURY), ENDOWMENT + 2_000);
		assert_eq!((held(&MINER), free(&MINER)), (3_000, ENDOWMENT - BOND));
	});
}

#[test]
fn a_slash_takes_nothing_that_another_lock_has_reserved() {
	run(|| {
		registered();
		assert_ok!(Registry::reserve(&MINER, 2_000));
		assert_ok!(Registry::reserve(&MINER, 1_500));
		Registry::release(&MINER, 1_500);
		assert_eq!(Registry::slash(&MINER, u128::MAX), 3_000);
		let record = record_of(&MINER);
		assert_eq!((record.bond, record.reserved, record.owed), (2_000, 2_000, 2_000));
		assert_eq!(Registry::slash(&MINER, 1), 0);
		// The other lock's own forfeit is there.
		Registry::release(&MINER, 2_000);
		assert_eq!(Registry::slash(&MINER, 2_000), 2_000);
		assert_eq!(held(&MINER), 0);
	});
}

/// What is judged late finds what was unbonded early, the newest part first.
#[test]
fn unbonding_funds_can_be_slashed_until_they_are_withdrawn() {
	run(|| {
		registered();
		assert_ok!(Registry::unbond(signed(&MINER), 1_000));
		advance(10);
		assert_ok!(Registry::unbond(signed(&MINER), 2_000));
		let parts = || {
			let record = record_of(&MINER);
			let parts = record.unbonding.iter().map(|part| part.amount).collect::<Vec<_>>();
			(record.bond, parts)
		};
		assert_eq!(parts(), (2_000, vec![1_000, 2_000]));
		assert_eq!(Registry::slash(&MINER, 2_500), 2_500);
		assert_eq!(parts(), (0, vec![1_000, 1_500]));
		assert_eq!(Registry::slash(&MINER, 1_500), 1_500);
		assert_eq!(parts(), (0, vec![1_000]));
		// Also when its time has come.
		advance(UnbondingDelay::get());
		assert_eq!(Registry::slash(&MINER, 400), 400);
		assert_ok!(Registry::withdraw_unbonded(signed(&MINER)));
		assert_eq!(free(&MINER), ENDOWMENT - BOND + 600);
		assert_eq!(Registry::slash(&MINER, 1), 0);
		assert_eq!(free(&TREASURY), ENDOWMENT + 4_400);
	});
}

#[test]
fn a_miner_does_not_outrun_a_slash_by_leaving() {
	run(|| {
		registered();
		assert_ok!(Registry::leave(signed(&MINER)));
		advance(UnbondingDelay::get());
		assert_eq!(Registry::slash(&MINER, 2_000), 2_000);
		assert_ok!(Registry::withdraw_unbonded(signed(&MINER)));
		assert_eq!(free(&MINER), ENDOWMENT - 2_000);
		assert_storage_noop!(assert_eq!(Registry::slash(&MINER, 1), 0));
	});
}

#[test]
fn slashing_nothing_and_nobody_changes_nothing() {
	run(|| {
		assert_storage_noop!(assert_eq!(Registry::slash(&OTHER, 1), 0));
		registered();
		assert_storage_noop!(assert_eq!(Registry::slash(&MINER, 0), 0));
	});
}

#[test]
fn standing_is_the_sum_of_what_the_chain_saw() {
	run(|| {
		assert_storage_noop!(Registry::record_outcome(&OTHER, Outcome::Fulfilled));
		registered();
		for outcome in [Outcome::Fulfilled, Outcome::Fulfilled, Outcome::Late, Outcome::Slashed] {
			Registry::record_outcome(&MINER, outcome);
			System::assert_last_event(
				Event::<Test>::OutcomeRecorded { miner: MINER, outcome }.into(),
			);
		}
		let expected = Standing { fulfilled: 2, late: 1, slashed: 1 };
		assert_eq!(Registry::standing(MINER), Some(expected));
		assert_eq!(Registry::standing(OTHER), None);
	});
}

#[test]
fn outcomes_are_forgotten_after_eight_windows() {
	run(|| {
		registered();
		let window = WindowEpochs::get();
		let standing = || Registry::standing(MINER).unwrap().fulfilled;
		// Twenty epochs are five windows: the sixth begins.
		assert_eq!(EPOCH % window, 0);
		Registry::record_outcome(&MINER, Outcome::Fulfilled);
		CurrentEpoch::set(EPOCH + window - 1);
		Registry::record_outcome(&MINER, Outcome::Fulfilled);
		CurrentEpoch::set(EPOCH + window);
		Registry::record_outcome(&MINER, Outcome::Fulfilled);
		assert_eq!(standing(), 3);
		CurrentEpoch::set(EPOCH + 8 * window - 1);
		assert_eq!(standing(), 3);
		CurrentEpoch::set(EPOCH + 8 * window);
		assert_eq!(standing(), 1);
		CurrentEpoch::set(EPOCH + 9 * window);
		assert_eq!(standing(), 0);
		// Its place is used again.
		Registry::record_outcome(&MINER, Outcome::Fulfilled);
		assert_eq!(standing(), 1);
		let used = Outcomes::<Test>::get(MINER).unwrap().0;
		assert_eq!(used.iter().filter(|window| window.fulfilled > 0).count(), 2);
	});
}
