use super::*;
use crate::{HotKeys, Locks, Miners, Outcomes, Profiles};
use polkadot_sdk::{
	frame_support::traits::{fungible::Mutate, tokens::Preservation},
	sp_runtime::TokenError,
};
use quittance_types::{Miners as _, Outcome};

fn bond_more(amount: u128) -> DispatchResult {
	Registry::bond_more(signed(&MINER), amount)
}

fn unbond(amount: u128) -> DispatchResult {
	Registry::unbond(signed(&MINER), amount)
}

fn withdraw() -> DispatchResult {
	Registry::withdraw_unbonded(signed(&MINER))
}

fn leave() -> DispatchResult {
	Registry::leave(signed(&MINER))
}

fn unbonding() -> Vec<(u128, JobTime)> {
	record_of(&MINER).unbonding.iter().map(|part| (part.amount, part.until)).collect()
}

#[test]
fn bonding_more_holds_more() {
	run(|| {
		registered();
		assert_ok!(bond_more(7));
		System::assert_last_event(
			Event::<Test>::BondAdded { miner: MINER, amount: 7, bond: BOND + 7 }.into(),
		);
		assert_eq!(held(&MINER), BOND + 7);
		assert_noop!(bond_more(0), E::AmountZero);
		assert_noop!(Registry::bond_more(signed(&OTHER), 1), E::UnknownMiner);
		let most = ENDOWMENT - EXISTENTIAL_DEPOSIT - BOND - 7;
		assert_noop!(bond_more(most + 1), E::InsufficientBalance);
		assert_noop!(bond_more(u128::MAX), E::InsufficientBalance);
		assert_ok!(bond_more(most));
		assert_eq!(free(&MINER), EXISTENTIAL_DEPOSIT);
	});
}

#[test]
fn what_is_unbonded_is_free_after_the_delay() {
	run(|| {
		registered();
		assert_ok!(unbond(300));
		let until = NOW + UnbondingDelay::get();
		System::assert_last_event(
			Event::<Test>::UnbondingStarted { miner: MINER, amount: 300, until, bond: BOND - 300 }
				.into(),
		);
		assert_eq!(Registry::free_bond(MINER), Some(BOND - 300));
		assert_eq!(held(&MINER), BOND, "still held");
		System::set_block_number(until - 1);
		assert_noop!(withdraw(), E::NothingToWithdraw);
		System::set_block_number(until);
		assert_ok!(withdraw());
		System::assert_last_event(
			Event::<Test>::UnbondedWithdrawn { miner: MINER, amount: 300 }.into(),
		);
		assert_eq!(held(&MINER), BOND - 300);
		assert_noop!(withdraw(), E::NothingToWithdraw);
		assert_noop!(Registry::withdraw_unbonded(signed(&OTHER)), E::UnknownMiner);
	});
}

#[test]
fn boundaries_of_unbonding() {
	run(|| {
		registered();
		assert_noop!(Registry::unbond(signed(&OTHER), 1), E::UnknownMiner);
		assert_noop!(unbond(0), E::AmountZero);
		assert_noop!(unbond(BOND + 1), E::FreeBondTooSmall);
		assert_noop!(unbond(u128::MAX), E::FreeBondTooSmall);
		assert_noop!(unbond(BOND - MinimumBond::get() + 1), E::BelowMinimumBond);
		// What a lock has reserved stays, to the last unit.
		assert_ok!(Registry::reserve(&MINER, 4_500));
		assert_noop!(unbond(501), E::FreeBondTooSmall);
		assert_ok!(unbond(500));
		assert_noop!(unbond(1), E::FreeBondTooSmall);
		Registry::release(&MINER, 4_500);
		assert_ok!(unbond(3_500));
		assert_eq!(record_of(&MINER).bond, MinimumBond::get());
		assert_noop!(unbond(1), E::BelowMinimumBond);
	});
}

#[test]
fn sixteen_parts_are_unbonded_at_the_same_time() {
	run(|| {
		registered();
		for _ in 0..MAX_UNBONDINGS {
			assert_ok!(unbond(10));
			advance(1);
		}
		assert_noop!(unbond(10), E::TooManyUnbondings);
		// In the block of the newest part there is room in it.
		System::set_block_number(System::block_number() - 1);
		assert_ok!(unbond(5));
		assert_eq!(unbonding().len(), MAX_UNBONDINGS as usize);
		assert_eq!(unbonding().last().unwrap().0, 15);

		// A part that has gone makes room.
		System::set_block_number(NOW + UnbondingDelay::get());
		assert_ok!(withdraw());
		assert_eq!(unbonding().len(), MAX_UNBONDINGS as usize - 1);
		assert_ok!(unbond(10));
	});
}

#[test]
fn parts_of_one_block_are_one() {
	run(|| {
		registered();
		assert_ok!(unbond(10));
		assert_ok!(unbond(20));
		assert_eq!(unbonding(), [(30, NOW + UnbondingDelay::get())]);
	});
}

#[test]
fn leaving_returns_everything_and_leaves_the_keys_taken() {
	run(|| {
		registered();
		Registry::record_outcome(&MINER, Outcome::Fulfilled);
		assert_ok!(unbond(300));
		advance(10);
		let rotation = Registry::rotate_hot_key(signed(&MINER), hot(2), possession(&MINER, 2));
		assert_ok!(rotation);
		assert_ok!(leave());
		let until = NOW + 10 + UnbondingDelay::get();
		let cancelled = Event::<Test>::HotKeyRotationCancelled { miner: MINER, key: hot(2) };
		System::assert_has_event(cancelled.into());
		System::assert_last_event(
			Event::<Test>::MinerLeaving { miner: MINER, amount: BOND - 300, reserved: 0, until }
				.into(),
		);
		assert_eq!(unbonding(), [(300, until - 10), (BOND - 300, until)]);
		assert_noop!(leave(), E::Leaving);
		assert_noop!(unbond(1), E::Leaving);
		assert_noop!(bond_more(1), E::Leaving);

		System::set_block_number(until - 1);
		assert_ok!(withdraw());
		assert_eq!(held(&MINER), BOND - 300);
		assert_noop!(withdraw(), E::NothingToWithdraw);
		System::set_block_number(until);
		assert_ok!(withdraw());
		System::assert_last_event(Event::<Test>::MinerRemoved { miner: MINER }.into());
		assert_eq!((held(&MINER), free(&MINER)), (0, ENDOWMENT));
		assert!(!Miners::<Test>::contains_key(MINER));
		assert!(!Profiles::<Test>::contains_key(MINER));
		assert!(!Outcomes::<Test>::contains_key(MINER));
		assert_noop!(withdraw(), E::UnknownMiner);
		assert_noop!(leave(), E::UnknownMiner);

		// The key that worked is nobody else's, the one that never did is free.
		assert_eq!(Registry::by_hot_key(&hot(1)), None);
		assert_eq!(HotKeys::<Test>::get(hot(1)), Some(MINER));
		assert_eq!(HotKeys::<Test>::get(hot(2)), None);
		assert_noop!(Registration::new(&OTHER, 1).by(&OTHER), E::HotKeyTaken);
		// The miner itself can come back with it, and without its past.
		registered();
		assert_eq!(Registry::standing(MINER), Some(Standing::default()));
	});
}

/// A leaked hot key that keeps opening locks does not keep the miner here.
#[test]
fn leaving_needs_not_wait_for_open_locks_and_returns_what_each_had_reserved() {
	run(|| {
		registered();
		assert_ok!(Registry::reserve(&MINER, 1_000));
		assert_ok!(Registry::reserve(&MINER, 500));
		assert_ok!(leave());
		let delay = UnbondingDelay::get();
		let until = NOW + delay;
		System::assert_last_event(
			Event::<Test>::MinerLeaving {
				miner: MINER,
				amount: BOND - 1_500,
				reserved: 1_500,
				until,
			}
			.into(),
		);
		assert_eq!((record_of(&MINER).bond, record_of(&MINER).reserved), (1_500, 1_500));
		assert_noop!(Registry::reserve(&MINER, 1), E::Leaving);

		advance(10);
		Registry::release(&MINER, 500);
		System::assert_last_event(
			Event::<Test>::UnbondingStarted {
				miner: MINER,
				amount: 500,
				until: until + 10,
				bond: 1_000,
			}
			.into(),
		);
		assert_eq!(unbonding(), [(BOND - 1_500, until), (500, until + 10)]);
		// A lock that outlasts the delay keeps the record, and its forfeit is there.
		System::set_block_number(until + 50);
		assert_ok!(withdraw());
		assert_eq!((held(&MINER), Locks::<Test>::get(MINER, 1_000)), (1_000, 1));
		assert_noop!(withdraw(), E::NothingToWithdraw);
		Registry::release(&MINER, 1_000);
		assert_eq!(Registry::slash(&MINER, 400), 400);
		assert_eq!(unbonding(), [(600, until + 50 + delay)]);
		System::set_block_number(until + 50 + delay);
		assert_ok!(withdraw());
		System::assert_last_event(Event::<Test>::MinerRemoved { miner: MINER }.into());
		assert_eq!(free(&MINER), ENDOWMENT - 400);
	});
}

/// More locks can end after leaving than there is room for parts.
#[test]
fn locks_that_end_one_by_one_are_unbonded_in_sixteen_parts_at_most() {
	run(|| {
		registered();
		for _ in 0..20 {
			assert_ok!(Registry::reserve(&MINER, 10));
		}
		assert_ok!(leave());
		for _ in 0..20 {
			advance(1);
			Registry::release(&MINER, 10);
		}
		let until = NOW + 20 + UnbondingDelay::get();
		assert_eq!(unbonding().len(), MAX_UNBONDINGS as usize);
		assert_eq!(unbonding().last(), Some(&(60, until)), "the last six wait together");
		System::set_block_number(until);
		assert_ok!(withdraw());
		assert_eq!(free(&MINER), ENDOWMENT);
	});
}

/// A runtime with a shorter delay puts no part before an older one: what is slashed newest first, and
/// found oldest first, stays in order.
#[test]
fn a_shortened_delay_lets_no_part_overtake_another() {
	run(|| {
		registered();
		assert_ok!(unbond(300));
		let until = NOW + UnbondingDelay::get();
		UnbondingDelay::set(30);
		advance(1);
		assert_ok!(unbond(200));
		assert_eq!(unbonding(), [(500, until)], "it waits with the one before");
		System::set_block_number(until - 20);
		assert_ok!(unbond(100));
		assert_eq!(unbonding(), [(500, until), (100, until + 10)]);
		assert_ok!(leave());
		assert_eq!(unbonding().last(), Some(&(BOND - 500, until + 10)));
		System::set_block_number(until + 9);
		assert_ok!(withdraw());
		assert_noop!(withdraw(), E::NothingToWithdraw);
		System::set_block_number(until + 10);
		assert_ok!(withdraw());
		assert_eq!(free(&MINER), ENDOWMENT);
	});
}

#[test]
fn leaving_is_possible_with_sixteen_parts_on_their_way() {
	run(|| {
		registered();
		for _ in 0..MAX_UNBONDINGS {
			assert_ok!(unbond(10));
			advance(1);
		}
		assert_ok!(leave());
		let until = System::block_number() + UnbondingDelay::get();
		// The newest part waits a little longer with it.
		assert_eq!(unbonding().len(), MAX_UNBONDINGS as usize);
		assert_eq!(unbonding().last(), Some(&(BOND - 150, until)));
		System::set_block_number(until);
		assert_ok!(withdraw());
		assert_eq!(free(&MINER), ENDOWMENT);
	});
}

/// Trap 35: an account that bonded all it has can be paid back whatever happens to the rest.
#[test]
fn a_bond_returns_to_an_account_at_the_existential_deposit() {
	run(|| {
		let bond = ENDOWMENT - EXISTENTIAL_DEPOSIT;
		assert_ok!(Registration { bond, ..Registration::new(&MINER, 1) }.by(&MINER));
		// The deposit cannot be sent away while something is held.
		let sent = <Balances as Mutate<_>>::transfer(&MINER, &OTHER, 1, Preservation::Expendable);
		assert!(sent.is_err());
		assert_ok!(unbond(1));
		advance(UnbondingDelay::get());
		assert_ok!(withdraw());
		assert_eq!(free(&MINER), EXISTENTIAL_DEPOSIT + 1);
	});
}

#[test]
fn a_small_part_waits_for_an_account_that_was_emptied() {
	run(|| {
		// Something else keeps the account alive, so that it can be emptied.
		System::inc_providers(&MINER);
		registered();
		assert_ok!(unbond(EXISTENTIAL_DEPOSIT - 1));
		let emptied = <Balances as Mutate<_>>::transfer(
			&MINER,
			&OTHER,
			ENDOWMENT - BOND,
			Preservation::Expendable,
		);
		assert_ok!(emptied);
		advance(UnbondingDelay::get());
		assert_noop!(withdraw(), TokenError::CannotCreate);
		// Nothing is lost: a deposit, or a larger part, makes it possible.
		let given = <Balances as Mutate<_>>::transfer(
			&OTHER,
			&MINER,
			EXISTENTIAL_DEPOSIT,
			Preservation::Preserve,
		);
		assert_ok!(given);
		assert_ok!(withdraw());
		assert_eq!(held(&MINER), BOND - EXISTENTIAL_DEPOSIT + 1);
	});
}

/// Or a miner would change its key without the delay, and forget its past, by leaving and returning.
#[test]
fn a_miner_that_lost_everything_waits_like_any_other() {
	run(|| {
		registered();
		Registry::record_outcome(&MINER, Outcome::Slashed);
		assert_eq!(Registry::slash(&MINER, u128::MAX), BOND);
		assert_noop!(withdraw(), E::NothingToWithdraw);
		assert_ok!(leave());
		assert!(unbonding().is_empty());
		let until = NOW + UnbondingDelay::get();
		System::assert_last_event(
			Event::<Test>::MinerLeaving { miner: MINER, amount: 0, reserved: 0, until }.into(),
		);
		System::set_block_number(until - 1);
		assert_noop!(withdraw(), E::NothingToWithdraw);
		assert_noop!(Registration::new(&MINER, 2).by(&MINER), E::MinerExists);
		assert_eq!(Registry::by_hot_key(&hot(1)), Some(MINER), "for what it has still to do");
		System::set_block_number(until);
		assert_ok!(withdraw());
		System::assert_last_event(Event::<Test>::MinerRemoved { miner: MINER }.into());
		assert!(!Miners::<Test>::contains_key(MINER));
		assert_ok!(Registration::new(&MINER, 2).by(&MINER));
	});
}
