//! What is slashed while open locks have reserved the bond: owed, and taken when they end.

use super::*;
use polkadot_sdk::frame_support::assert_storage_noop;
use quittance_types::{JobNeeds, Miners as _, Outcome};

fn owed() -> u128 {
	record_of(&MINER).owed
}

fn needs() -> JobNeeds {
	JobNeeds {
		level: Level::Transparent,
		circuit: None,
		constraints: 0,
		model_size: 0,
		fhe_parameters: None,
	}
}

/// Registers [`MINER`] with all of its bond reserved by locks of these amounts, and slashes it.
fn owing(locks: &[u128], amount: u128) {
	registered();
	for lock in locks {
		assert_ok!(Registry::reserve(&MINER, *lock));
	}
	assert_eq!(record_of(&MINER).free_bond(), 0);
	assert_eq!(Registry::slash(&MINER, amount), 0);
}

#[test]
fn what_cannot_be_taken_is_owed_and_taken_when_a_lock_has_ended() {
	run(|| {
		owing(&[3_000, 2_000], 1_200);
		System::assert_last_event(
			Event::<Test>::MinerSlashed { miner: MINER, amount: 0, bond: BOND, owed: 1_200 }.into(),
		);
		assert_eq!((owed(), held(&MINER), free(&TREASURY)), (1_200, BOND, ENDOWMENT));

		Registry::release(&MINER, 2_000);
		Registry::record_outcome(&MINER, Outcome::Fulfilled);
		System::assert_has_event(
			Event::<Test>::DebtCollected {
				miner: MINER,
				amount: 1_200,
				bond: BOND - 1_200,
				owed: 0,
			}
			.into(),
		);
		assert_eq!((owed(), held(&MINER)), (0, BOND - 1_200));
		assert_eq!(free(&TREASURY), ENDOWMENT + 1_200);
		assert_ok!(Registry::reserve(&MINER, 800));
		assert_noop!(Registry::reserve(&MINER, 1), E::FreeBondTooSmall);
	});
}

/// The first of what is taken is for whom the fault has cost something, the rest the treasury's.
#[test]
fn boundary_of_a_slash_in_somebodys_favour() {
	run(|| {
		registered();
		let slash = |amount, most| Registry::slash_for(&MINER, amount, &OTHER, most);
		let gone = || (free(&OTHER) - ENDOWMENT, free(&TREASURY) - ENDOWMENT);
		assert_eq!((slash(0, 5), gone()), ((0, 0), (0, 0)));
		assert_eq!((slash(300, 0), gone()), ((300, 0), (0, 300)));
		assert_eq!((slash(300, 200), gone()), ((300, 200), (200, 400)));
		assert_eq!((slash(300, 300), gone()), ((300, 300), (500, 400)));
		// No more than the slash.
		assert_eq!((slash(300, 301), gone()), ((300, 300), (800, 400)));
		assert_eq!(held(&MINER), BOND - 1_200);
		// Who cannot be paid is not, and the treasury has all.
		let nobody = AccountId::new([0xA0; 32]);
		assert_eq!(Registry::slash_for(&MINER, 50, &nobody, EXISTENTIAL_DEPOSIT - 1), (50, 0));
		assert_eq!(gone(), (800, 450));
	});
}

/// What is not taken now is nobody's but the treasury's later: who was cost something gets of what was
/// taken.
#[test]
fn a_slash_in_somebodys_favour_pays_of_what_is_taken() {
	run(|| {
		owing(&[3_000, 2_000], 500);
		assert_eq!(Registry::slash_for(&MINER, 400, &OTHER, 400), (0, 0));
		assert_eq!((owed(), free(&OTHER)), (900, ENDOWMENT));
		Registry::release(&MINER, 3_000);
		Registry::record_outcome(&MINER, Outcome::Fulfilled);
		assert_eq!((owed(), free(&OTHER), free(&TREASURY)), (0, ENDOWMENT, ENDOWMENT + 900));
	});
}

/// Each lock's own forfeit is there, whatever else the miner owes.
#[test]
fn a_locks_own_forfeit_comes_before_the_debt() {
	run(|| {
		owing(&[3_000, 2_000], 1_200);
		Registry::release(&MINER, 2_000);
		assert_eq!(Registry::slash(&MINER, 1_500), 1_500);
		// Of the five hundred that were left of the lock, the debt.
		let own =
			Event::<Test>::MinerSlashed { miner: MINER, amount: 1_500, bond: 3_000, owed: 700 };
		System::assert_has_event(own.into());
		System::assert_last_event(
			Event::<Test>::DebtCollected { miner: MINER, amount: 500, bond: 3_000, owed: 700 }
				.into(),
		);
		assert_eq!((owed(), held(&MINER)), (700, 3_000));
		Registry::release(&MINER, 3_000);
		assert_eq!(Registry::slash(&MINER, 3_000), 3_000);
		assert_eq!((owed(), held(&MINER)), (0, 0), "nothing is left to owe");
		assert_eq!(free(&TREASURY), ENDOWMENT + BOND);
	});
}

/// In every order, all that is owed is taken, up to what there is.
#[test]
fn a_miner_owes_no_more_than_it_has() {
	run(|| {
		owing(&[3_000, 2_000], u128::MAX);
		assert_eq!(owed(), BOND);
		assert_storage_noop!(assert_eq!(Registry::slash(&MINER, 1), 0));
		Registry::release(&MINER, 2_000);
		Registry::record_outcome(&MINER, Outcome::Fulfilled);
		assert_eq!((owed(), held(&MINER)), (3_000, 3_000));
		// The other lock's forfeit takes with it what could have paid the rest.
		Registry::release(&MINER, 3_000);
		assert_eq!(Registry::slash(&MINER, 3_000), 3_000);
		assert_eq!((owed(), held(&MINER)), (0, 0));
	});
	run(|| {
		owing(&[BOND], 400);
		assert_eq!(Registry::slash(&MINER, 300), 0);
		assert_eq!(owed(), 700, "debts add up");
		assert_eq!(Registry::slash(&MINER, BOND - 701), 0);
		assert_eq!(owed(), BOND - 1);
		assert_eq!(Registry::slash(&MINER, 2), 0);
		assert_eq!(owed(), BOND);
		Registry::release(&MINER, BOND);
		Registry::record_outcome(&MINER, Outcome::Fulfilled);
		assert_eq!((owed(), held(&MINER)), (0, 0));
	});
}

#[test]
fn a_slash_takes_what_is_free_and_the_miner_owes_the_rest() {
	run(|| {
		registered();
		assert_ok!(Registry::unbond(signed(&MINER), 500));
		assert_ok!(Registry::reserve(&MINER, 4_000));
		assert_eq!(Registry::slash(&MINER, 1_300), 1_000);
		System::assert_last_event(
			Event::<Test>::MinerSlashed { miner: MINER, amount: 1_000, bond: 4_000, owed: 300 }
				.into(),
		);
		assert!(record_of(&MINER).unbonding.is_empty());
		assert_eq!(owed(), 300);
		Registry::release(&MINER, 4_000);
	});
}

#[test]
fn a_miner_that_owes_takes_no_jobs_and_gets_nothing_back() {
	run(|| {
		owing(&[2_000, 3_000], 600);
		assert_noop!(Registry::can_take(&MINER, &needs()), E::DebtUnpaid);
		assert_noop!(Registry::reserve(&MINER, 1), E::DebtUnpaid);
		assert_noop!(Registry::unbond(signed(&MINER), 1), E::DebtUnpaid);
		assert_noop!(Registry::withdraw_unbonded(signed(&MINER)), E::DebtUnpaid);
		assert_noop!(Registry::leave(signed(&MINER)), E::DebtUnpaid);
		assert_eq!(Registry::free_bond(MINER), Some(0));
		Registry::release(&MINER, 2_000);
		// What the lock gave back is counted without the debt even before that is collected.
		assert_eq!((Registry::free_bond(MINER), owed()), (Some(1_400), 600));
		assert_ok!(Registry::can_take(&MINER, &needs()));
	});
}

/// Whatever the miner does first after a lock has ended, the debt comes before it.
#[test]
fn the_debt_is_collected_by_whatever_happens_next() {
	let released = || {
		owing(&[2_000, 3_000], 600);
		Registry::release(&MINER, 2_000);
		assert_eq!((owed(), held(&MINER)), (600, BOND));
	};
	// With the bond as it was when the debt was collected, and as it is.
	let collected = |bond: u128, now: u128| {
		assert_eq!((owed(), record_of(&MINER).bond), (0, now));
		assert_eq!(free(&TREASURY), ENDOWMENT + 600);
		System::assert_has_event(
			Event::<Test>::DebtCollected { miner: MINER, amount: 600, bond, owed: 0 }.into(),
		);
	};
	run(|| {
		released();
		assert_noop!(Registry::reserve(&MINER, 1_401), E::FreeBondTooSmall);
		assert_ok!(Registry::reserve(&MINER, 1_400));
		collected(BOND - 600, BOND - 600);
	});
	run(|| {
		released();
		assert_noop!(Registry::unbond(signed(&MINER), 1_401), E::FreeBondTooSmall);
		assert_ok!(Registry::unbond(signed(&MINER), 1_400));
		collected(BOND - 600, 3_000);
	});
	run(|| {
		released();
		assert_ok!(Registry::leave(signed(&MINER)));
		assert_eq!(record_of(&MINER).unbonding[0].amount, 1_400);
		collected(BOND - 600, 3_000);
	});
	run(|| {
		released();
		assert_ok!(Registry::bond_more(signed(&MINER), 1));
		collected(BOND - 599, BOND - 599);
	});
	run(|| {
		released();
		assert_eq!(Registry::slash(&MINER, 100), 100);
		assert_eq!((owed(), record_of(&MINER).bond), (0, BOND - 700));
	});
}

#[test]
fn bonding_more_pays_at_once() {
	run(|| {
		owing(&[BOND], 600);
		assert_ok!(Registry::bond_more(signed(&MINER), 200));
		assert_eq!((owed(), record_of(&MINER).bond), (400, BOND));
		assert_noop!(Registry::reserve(&MINER, 1), E::DebtUnpaid);
		assert_ok!(Registry::bond_more(signed(&MINER), 401));
		assert_eq!((owed(), record_of(&MINER).bond), (0, BOND + 1));
		assert_ok!(Registry::reserve(&MINER, 1));
	});
}

/// A debt that arises after leaving is taken of what the locks give back on their way out.
#[test]
fn a_leaving_miner_pays_before_it_withdraws() {
	run(|| {
		registered();
		assert_ok!(Registry::reserve(&MINER, 2_000));
		assert_ok!(Registry::leave(signed(&MINER)));
		assert_eq!(Registry::slash(&MINER, BOND), BOND - 2_000);
		assert_eq!(owed(), 2_000);
		assert_noop!(Registry::withdraw_unbonded(signed(&MINER)), E::DebtUnpaid);
		advance(10);
		Registry::release(&MINER, 2_000);
		assert_eq!(record_of(&MINER).unbonding[0].amount, 2_000);
		advance(UnbondingDelay::get());
		assert_ok!(Registry::withdraw_unbonded(signed(&MINER)));
		System::assert_last_event(Event::<Test>::MinerRemoved { miner: MINER }.into());
		assert_eq!((held(&MINER), free(&MINER)), (0, ENDOWMENT - BOND));
		assert_eq!(free(&TREASURY), ENDOWMENT + BOND);
	});
}

/// `reserve` is called by other pallets, which may go on after an error.
#[test]
fn a_lock_that_is_refused_collects_nothing() {
	run(|| {
		owing(&[2_000, 3_000], 600);
		Registry::release(&MINER, 2_000);
		assert_storage_noop!(assert!(Registry::reserve(&MINER, BOND).is_err()));
		assert_ok!(Registry::pause_matching(signed(&MINER)));
		assert_storage_noop!(assert!(Registry::reserve(&MINER, 1).is_err()));
	});
}
