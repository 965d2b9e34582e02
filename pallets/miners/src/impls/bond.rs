//! The bond, from registration to its return.

use crate::{Config, Error, Event, HoldReason, Miners, Outcomes, Pallet, Profiles};
use polkadot_sdk::{
	frame_support::{
		ensure,
		traits::{
			fungible::{Inspect, InspectHold, MutateHold},
			tokens::Precision,
			Get,
		},
	},
	sp_runtime::DispatchResult,
};

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

	pub(crate) fn do_bond_more(who: T::AccountId, amount: u128) -> DispatchResult {
		let bond = Self::change(&who, |record| {
			ensure!(!record.leaving, Error::<T>::Leaving);
			ensure!(amount > 0, Error::<T>::AmountZero);
			Self::ensure_can_bond(&who, amount)?;
			Self::hold_bond(&who, amount)?;
			record.bond = record.bond.checked_add(amount).ok_or(Error::<T>::Unexpected)?;
			Ok(record.bond)
		})?;
		Self::deposit_event(Event::BondAdded { miner: who, amount, bond });
		Ok(())
	}

	pub(crate) fn do_unbond(who: T::AccountId, amount: u128) -> DispatchResult {
		let until = T::JobClock::get().saturating_add(T::UnbondingDelay::get());
		let bond = Self::change(&who, |record| {
			ensure!(!record.leaving, Error::<T>::Leaving);
			ensure!(amount > 0, Error::<T>::AmountZero);
			ensure!(amount <= record.free_bond(), Error::<T>::FreeBondTooSmall);
			let rest = record.bond.saturating_sub(amount);
			ensure!(rest >= T::MinimumBond::get(), Error::<T>::BelowMinimumBond);
			ensure!(record.has_room_for(until), Error::<T>::TooManyUnbondings);
			record.start_unbonding(amount, until);
			Ok(record.bond)
		})?;
		Self::deposit_event(Event::UnbondingStarted { miner: who, amount, until, bond });
		Ok(())
	}

	pub(crate) fn do_leave(who: T::AccountId) -> DispatchResult {
		let until = T::JobClock::get().saturating_add(T::UnbondingDelay::get());
		let (amount, next) = Self::change(&who, |record| {
			ensure!(!record.leaving, Error::<T>::Leaving);
			ensure!(record.locks == 0, Error::<T>::LocksOpen);
			let amount = record.bond;
			// Never refused for want of room: leaving must always be possible.
			record.start_unbonding(amount, until);
			record.leaving = true;
			Ok((amount, record.next_key.take()))
		})?;
		Self::forget_rotation(&who, next);
		Self::deposit_event(Event::MinerLeaving { miner: who, amount, until });
		Ok(())
	}

	pub(crate) fn do_withdraw_unbonded(who: T::AccountId) -> DispatchResult {
		let now = T::JobClock::get();
		let mut record = Miners::<T>::get(&who).ok_or(Error::<T>::UnknownMiner)?;
		record.tidy(now);
		let amount = record.take_unbonded(now);
		// Also where nothing is left because all of it was slashed.
		let gone = record.leaving && record.held() == 0;
		ensure!(amount > 0 || gone, Error::<T>::NothingToWithdraw);
		if amount > 0 {
			T::Currency::release(&HoldReason::Bond.into(), &who, amount, Precision::Exact)?;
			Self::deposit_event(Event::UnbondedWithdrawn { miner: who.clone(), amount });
		}
		if gone {
			Miners::<T>::remove(&who);
			Profiles::<T>::remove(&who);
			Outcomes::<T>::remove(&who);
			Self::deposit_event(Event::MinerRemoved { miner: who });
		} else {
			Miners::<T>::insert(&who, record);
		}
		Ok(())
	}
}
