//! What the marketplace asks and does: which miner can take a job, and what becomes of its bond.

use crate::{Config, Error, Event, HoldReason, MinerOf, Miners, Outcomes, Pallet, Profiles};
use polkadot_sdk::{
	frame_support::{
		ensure,
		traits::{fungible::BalancedHold, Defensive, Get, Imbalance, OnUnbalanced},
	},
	sp_runtime::{DispatchError, DispatchResult},
};
use quittance_types::{JobNeeds, Outcome};

impl<T: Config> Pallet<T> {
	/// Whether jobs are matched with the miner at all.
	pub(crate) fn ensure_matched(record: &MinerOf<T>) -> Result<(), Error<T>> {
		ensure!(!record.leaving, Error::Leaving);
		ensure!(record.bond >= T::MinimumBond::get(), Error::BelowMinimumBond);
		// One epoch after the last heartbeat none is missed yet.
		let since = T::Epoch::get().saturating_sub(record.last_heartbeat);
		ensure!(since <= T::MissedEpochs::get(), Error::HeartbeatMissed);
		Ok(())
	}

	/// Number of the window that outcomes are counted in now.
	pub(crate) fn window() -> u64 {
		T::Epoch::get().checked_div(T::WindowEpochs::get()).unwrap_or(0)
	}
}

impl<T: Config> quittance_types::Miners<T::AccountId> for Pallet<T> {
	type Error = DispatchError;

	fn by_hot_key(hot_key: &T::AccountId) -> Option<T::AccountId> {
		Self::working_with(hot_key).map(|(miner, _)| miner)
	}

	fn can_take(miner: &T::AccountId, needs: &JobNeeds) -> DispatchResult {
		let record = Miners::<T>::get(miner).ok_or(Error::<T>::UnknownMiner)?;
		Self::ensure_matched(&record)?;
		let offered = Profiles::<T>::get(miner).ok_or(Error::<T>::Unexpected)?.capabilities;
		ensure!(offered.levels.contains(&needs.level), Error::<T>::LevelNotOffered);
		ensure!(
			needs.circuit.is_none_or(|circuit| offered.circuits.contains(&circuit)),
			Error::<T>::CircuitNotOffered
		);
		ensure!(needs.constraints <= offered.max_constraints, Error::<T>::TooManyConstraints);
		ensure!(
			needs.fhe_parameters.is_none_or(|id| offered.fhe_parameters.contains(&id)),
			Error::<T>::FheParametersNotOffered
		);
		Ok(())
	}

	fn reserve(miner: &T::AccountId, amount: u128) -> DispatchResult {
		let reserved = Self::change(miner, |record| {
			Self::ensure_matched(record)?;
			// A lock that reserves nothing would be one of any number.
			ensure!(amount > 0, Error::<T>::AmountZero);
			ensure!(amount <= record.free_bond(), Error::<T>::FreeBondTooSmall);
			record.locks = record.locks.checked_add(1).ok_or(Error::<T>::Unexpected)?;
			record.reserved = record.reserved.checked_add(amount).ok_or(Error::<T>::Unexpected)?;
			Ok(record.reserved)
		})?;
		Self::deposit_event(Event::BondReserved { miner: miner.clone(), amount, reserved });
		Ok(())
	}

	fn release(miner: &T::AccountId, amount: u128) {
		let released = Self::change(miner, |record| {
			record.locks = record.locks.checked_sub(1).ok_or(Error::<T>::Unexpected)?;
			record.reserved = record.reserved.checked_sub(amount).ok_or(Error::<T>::Unexpected)?;
			Ok(record.reserved)
		});
		// A miner with open locks cannot leave, and a lock is released once.
		if let Ok(reserved) = released.defensive_proof("a released lock was opened") {
			let miner = miner.clone();
			Self::deposit_event(Event::BondReleased { miner, amount, reserved });
		}
	}

	fn slash(miner: &T::AccountId, amount: u128) -> u128 {
		let Some(mut record) = Miners::<T>::get(miner) else { return 0 };
		record.tidy(T::JobClock::get());
		let due = amount.min(record.forfeitable());
		if due == 0 {
			return 0;
		}
		let (credit, _) = T::Currency::slash(&HoldReason::Bond.into(), miner, due);
		// The record follows the money, should the hold have less than it says.
		let slashed = credit.peek();
		record.forfeit(slashed);
		let bond = record.bond;
		Miners::<T>::insert(miner, record);
		T::Slashed::on_unbalanced(credit);
		Self::deposit_event(Event::MinerSlashed { miner: miner.clone(), amount: slashed, bond });
		slashed
	}

	fn record_outcome(miner: &T::AccountId, outcome: Outcome) {
		if !Miners::<T>::contains_key(miner) {
			return;
		}
		let mut ring = Outcomes::<T>::get(miner).unwrap_or_default();
		ring.count(Self::window(), outcome);
		Outcomes::<T>::insert(miner, ring);
		Self::deposit_event(Event::OutcomeRecorded { miner: miner.clone(), outcome });
	}
}
