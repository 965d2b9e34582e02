//! The bond, from registration to its return.

use crate::{
	types::Status, Config, Error, Event, Formers, HoldReason, MinerOf, Miners, Outcomes, Pallet,
	Profiles,
};
use polkadot_sdk::{
	frame_support::{
		ensure,
		traits::{
			fungible::{Balanced, BalancedHold, Inspect, InspectHold, MutateHold},
			tokens::Precision,
			Get, Imbalance, OnUnbalanced,
		},
	},
	sp_runtime::DispatchResult,
};
use quittance_types::JobTime;

impl<T: Config> Pallet<T> {
	/// Whether this much can be held. The existential deposit stays free, or what is returned in small
	/// parts could not be paid out to an account that something else keeps alive.
	pub(crate) fn ensure_can_bond(who: &T::AccountId, amount: u128) -> Result<(), Error<T>> {
		let to_have = amount.saturating_add(T::Currency::minimum_balance());
		ensure!(
			T::Currency::balance(who) >= to_have
				&& T::Currency::can_hold(&HoldReason::Bond.into(), who, amount),
			Error::InsufficientBalance
		);
		Ok(())
	}

	pub(crate) fn hold_bond(who: &T::AccountId, amount: u128) -> DispatchResult {
		T::Currency::hold(&HoldReason::Bond.into(), who, amount)
	}

	/// Takes an amount, and what is owed already, as far as no lock has reserved it, and remembers the
	/// rest. The amount comes before the debt. Returns how much of the amount was taken.
	pub(crate) fn charge(miner: &T::AccountId, record: &mut MinerOf<T>, amount: u128) -> u128 {
		Self::charge_for(miner, record, amount, None).0
	}

	/// As [`Pallet::charge`], but that the first of what is taken, up to so much of the amount, is for an
	/// account. Returns also what that was given.
	pub(crate) fn charge_for(
		miner: &T::AccountId,
		record: &mut MinerOf<T>,
		amount: u128,
		favour: Option<(&T::AccountId, u128)>,
	) -> (u128, u128) {
		let debt = record.owed;
		let due = amount.saturating_add(debt);
		let there = due.min(record.forfeitable());
		let (mut taken, mut given) = (0, 0);
		if there > 0 {
			let (mut credit, _) = T::Currency::slash(&HoldReason::Bond.into(), miner, there);
			// The record follows the money, should the hold have less than it says.
			taken = credit.peek();
			record.forfeit(taken);
			if let Some((payee, most)) = favour {
				let part = credit.extract(most);
				let amount = part.peek();
				match T::Currency::resolve(payee, part) {
					Ok(()) => given = amount,
					// It cannot be paid.
					Err(part) => credit.subsume(part),
				}
			}
			T::Slashed::on_unbalanced(credit);
		}
		// More than is held can never be taken, and would keep the miner here for ever.
		record.owed = due.saturating_sub(taken).min(record.held());
		let (bond, owed) = (record.bond, record.owed);
		let own = taken.min(amount);
		let collected = taken.saturating_sub(own);
		if own > 0 || owed > debt {
			let miner = miner.clone();
			Self::deposit_event(Event::MinerSlashed { miner, amount: own, bond, owed });
		}
		if collected > 0 {
			let miner = miner.clone();
			Self::deposit_event(Event::DebtCollected { miner, amount: collected, bond, owed });
		}
		(own, given)
	}

	/// Takes what is owed. It must then be paid, since the caller gives some of the bond back: in a
	/// call, which an error undoes.
	pub(crate) fn pay_debt(miner: &T::AccountId, record: &mut MinerOf<T>) -> Result<(), Error<T>> {
		Self::charge(miner, record, 0);
		ensure!(record.owed == 0, Error::DebtUnpaid);
		Ok(())
	}

	pub(crate) fn do_bond_more(who: T::AccountId, amount: u128) -> DispatchResult {
		Self::change(&who, |record| {
			ensure!(!record.is_leaving(), Error::<T>::Leaving);
			ensure!(amount > 0, Error::<T>::AmountZero);
			Self::ensure_can_bond(&who, amount)?;
			Self::hold_bond(&who, amount)?;
			record.bond = record.bond.checked_add(amount).ok_or(Error::<T>::Unexpected)?;
			let (miner, bond) = (who.clone(), record.bond);
			Self::deposit_event(Event::BondAdded { miner, amount, bond });
			Self::charge(&who, record, 0);
			Ok(())
		})
	}

	pub(crate) fn do_unbond(who: T::AccountId, amount: u128) -> DispatchResult {
		let now = T::JobClock::get();
		Self::change(&who, |record| {
			ensure!(!record.is_leaving(), Error::<T>::Leaving);
			ensure!(amount > 0, Error::<T>::AmountZero);
			Self::pay_debt(&who, record)?;
			ensure!(amount <= record.free_bond(), Error::<T>::FreeBondTooSmall);
			let rest = record.bond.saturating_sub(amount);
			ensure!(rest >= T::MinimumBond::get(), Error::<T>::BelowMinimumBond);
			let until = record.unbonded_from(now, T::UnbondingDelay::get());
			ensure!(record.has_room_for(until), Error::<T>::TooManyUnbondings);
			Self::unbond_part(&who, record, amount, until);
			Ok(())
		})
	}

	/// Starts to unbond what is free of a leaving miner's bond.
	pub(crate) fn unbond_the_free(miner: &T::AccountId, record: &mut MinerOf<T>) {
		let amount = record.free_bond();
		if amount > 0 {
			let until = record.unbonded_from(T::JobClock::get(), T::UnbondingDelay::get());
			Self::unbond_part(miner, record, amount, until);
		}
	}

	fn unbond_part(miner: &T::AccountId, record: &mut MinerOf<T>, amount: u128, until: JobTime) {
		record.start_unbonding(amount, until);
		let (miner, bond) = (miner.clone(), record.bond);
		Self::deposit_event(Event::UnbondingStarted { miner, amount, until, bond });
	}

	pub(crate) fn do_leave(who: T::AccountId) -> DispatchResult {
		let now = T::JobClock::get();
		let (amount, reserved, until, next) = Self::change(&who, |record| {
			ensure!(!record.is_leaving(), Error::<T>::Leaving);
			Self::pay_debt(&who, record)?;
			let until = record.unbonded_from(now, T::UnbondingDelay::get());
			let amount = record.free_bond();
			// Never refused for want of room: leaving must always be possible.
			record.start_unbonding(amount, until);
			record.status = Status::Leaving { until };
			Ok((amount, record.reserved, until, record.next_key.take()))
		})?;
		Self::forget_rotation(&who, next);
		Self::deposit_event(Event::MinerLeaving { miner: who, amount, reserved, until });
		Ok(())
	}

	pub(crate) fn do_withdraw_unbonded(who: T::AccountId) -> DispatchResult {
		let now = T::JobClock::get();
		let (amount, gone) = Self::change(&who, |record| {
			Self::pay_debt(&who, record)?;
			let amount = record.take_unbonded(now);
			// Also where nothing is left because all of it was slashed.
			let gone = record.can_go(now);
			ensure!(amount > 0 || gone, Error::<T>::NothingToWithdraw);
			Ok((amount, gone))
		})?;
		if amount > 0 {
			T::Currency::release(&HoldReason::Bond.into(), &who, amount, Precision::Exact)?;
			Self::deposit_event(Event::UnbondedWithdrawn { miner: who.clone(), amount });
		}
		if gone {
			Miners::<T>::remove(&who);
			Profiles::<T>::remove(&who);
			Formers::<T>::remove(&who);
			Outcomes::<T>::remove(&who);
			Self::deposit_event(Event::MinerRemoved { miner: who });
		}
		Ok(())
	}
}
