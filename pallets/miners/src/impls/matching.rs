//! What the marketplace asks and does: which miner can take a job, and what becomes of its bond.

use crate::{
	types::{Capabilities, Status},
	Config, Error, Event, Formers, Locks, MinerOf, Miners, Outcomes, Pallet, Profiles, Roll,
};
use polkadot_sdk::{
	frame_support::{
		ensure,
		storage::with_storage_layer,
		traits::{Defensive, Get},
	},
	sp_runtime::{DispatchError, DispatchResult},
};
use quittance_types::{EpochIndex, JobNeeds, Outcome};

impl<T: Config> Pallet<T> {
	/// Whether jobs are matched with the miner at all.
	fn ensure_matched(record: &MinerOf<T>) -> Result<(), Error<T>> {
		let is_paused = matches!(record.status, Status::Registered { paused: true, .. });
		ensure!(!is_paused, Error::Paused);
		Self::ensure_on_duty(record)
	}

	/// Whether a miner that is drawn has to do what it was drawn for. A pause is about jobs.
	pub(crate) fn ensure_on_duty(record: &MinerOf<T>) -> Result<(), Error<T>> {
		ensure!(!record.is_leaving(), Error::Leaving);
		ensure!(record.owed == 0, Error::DebtUnpaid);
		ensure!(record.bond >= T::MinimumBond::get(), Error::BelowMinimumBond);
		// The first roll call that is over since the last heartbeat is that heartbeat's own.
		let since = Roll::<T>::get().over.saturating_sub(record.roll_calls);
		ensure!(since <= T::MissedEpochs::get(), Error::HeartbeatMissed);
		Ok(())
	}

	/// Whether `ensure` lets the miner take on anything.
	pub(crate) fn ensure_free_to(
		miner: &T::AccountId,
		ensure: fn(&MinerOf<T>) -> Result<(), Error<T>>,
	) -> Result<(), Error<T>> {
		let record = Miners::<T>::get(miner).ok_or(Error::UnknownMiner)?;
		// A lock would find the debt collected.
		ensure(&record.settled())
	}

	/// What the miner says that it can do.
	pub(crate) fn offered(miner: &T::AccountId) -> Result<Capabilities, Error<T>> {
		Profiles::<T>::get(miner).map(|profile| profile.capabilities).ok_or(Error::Unexpected)
	}

	/// What it had said when an epoch began, as far as that is kept: of the current epoch, and until the
	/// first call of an epoch of the one before it in which there were blocks.
	pub(crate) fn offered_when_began(
		epoch: EpochIndex,
		miner: &T::AccountId,
	) -> Result<Capabilities, Error<T>> {
		match Formers::<T>::get(miner) {
			Some(former) if former.changed_in >= epoch => Ok(former.capabilities),
			_ => Self::offered(miner),
		}
	}

	/// Whether these are enough for what needs this.
	pub(crate) fn ensure_enough(offered: &Capabilities, needs: &JobNeeds) -> Result<(), Error<T>> {
		ensure!(offered.levels.contains(&needs.level), Error::LevelNotOffered);
		ensure!(
			needs.circuit.is_none_or(|circuit| offered.circuits.contains(&circuit)),
			Error::CircuitNotOffered
		);
		ensure!(needs.constraints <= offered.max_constraints, Error::TooManyConstraints);
		ensure!(needs.model_size <= offered.largest_model, Error::ModelTooLarge);
		ensure!(
			needs.fhe_parameters.is_none_or(|id| offered.fhe_parameters.contains(&id)),
			Error::FheParametersNotOffered
		);
		Ok(())
	}

	/// Opens a lock of a miner that `ensure` lets have one.
	pub(crate) fn open_lock(
		miner: &T::AccountId,
		amount: u128,
		ensure: fn(&MinerOf<T>) -> Result<(), Error<T>>,
	) -> DispatchResult {
		// Whatever the caller makes of an error, what was done until then is undone.
		with_storage_layer(|| {
			let reserved = Self::change(miner, |record| {
				Self::charge(miner, record, 0);
				ensure(record)?;
				// A lock that reserves nothing would be one of any number.
				ensure!(amount > 0, Error::<T>::AmountZero);
				ensure!(amount <= record.free_bond(), Error::<T>::FreeBondTooSmall);
				record.locks = record.locks.checked_add(1).ok_or(Error::<T>::Unexpected)?;
				record.reserved =
					record.reserved.checked_add(amount).ok_or(Error::<T>::Unexpected)?;
				Ok(record.reserved)
			})?;
			Locks::<T>::mutate(miner, amount, |open| *open = open.saturating_add(1));
			Self::deposit_event(Event::BondReserved { miner: miner.clone(), amount, reserved });
			Ok(())
		})
	}

	/// Changes whether a miner takes jobs.
	fn set_paused(who: &T::AccountId, to: bool, already: Error<T>) -> DispatchResult {
		Self::change(who, |record| match &mut record.status {
			Status::Leaving { .. } => Err(Error::<T>::Leaving.into()),
			Status::Registered { paused, .. } if *paused == to => Err(already.into()),
			Status::Registered { paused, .. } => {
				*paused = to;
				Ok(())
			},
		})
	}

	pub(crate) fn do_pause_matching(who: T::AccountId) -> DispatchResult {
		Self::set_paused(&who, true, Error::Paused)?;
		Self::deposit_event(Event::MatchingPaused { miner: who });
		Ok(())
	}

	pub(crate) fn do_resume_matching(who: T::AccountId) -> DispatchResult {
		Self::set_paused(&who, false, Error::NotPaused)?;
		Self::deposit_event(Event::MatchingResumed { miner: who });
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
		Self::ensure_free_to(miner, Self::ensure_matched)?;
		Ok(Self::ensure_enough(&Self::offered(miner)?, needs)?)
	}

	fn reserve(miner: &T::AccountId, amount: u128) -> DispatchResult {
		Self::open_lock(miner, amount, Self::ensure_matched)
	}

	fn release(miner: &T::AccountId, amount: u128) {
		let released = Self::change(miner, |record| {
			let open = Locks::<T>::get(miner, amount);
			let rest = open.checked_sub(1).ok_or(Error::<T>::Unexpected)?;
			record.locks = record.locks.checked_sub(1).ok_or(Error::<T>::Unexpected)?;
			record.reserved = record.reserved.checked_sub(amount).ok_or(Error::<T>::Unexpected)?;
			match rest {
				0 => Locks::<T>::remove(miner, amount),
				_ => Locks::<T>::insert(miner, amount, rest),
			}
			let (who, reserved) = (miner.clone(), record.reserved);
			Self::deposit_event(Event::BondReleased { miner: who, amount, reserved });
			// Not settled here: the lock's own forfeit comes before a debt.
			if record.is_leaving() {
				Self::unbond_the_free(miner, record);
			}
			Ok(())
		});
		// A miner with open locks stays, and a lock is released once, with its amount.
		let _ = released.defensive_proof("a released lock was opened");
	}

	fn slash(miner: &T::AccountId, amount: u128) -> u128 {
		if amount == 0 {
			return 0;
		}
		Self::change(miner, |record| Ok(Self::charge(miner, record, amount))).unwrap_or(0)
	}

	fn slash_for(
		miner: &T::AccountId,
		amount: u128,
		payee: &T::AccountId,
		most: u128,
	) -> (u128, u128) {
		if amount == 0 {
			return (0, 0);
		}
		let favour = Some((payee, most.min(amount)));
		Self::change(miner, |record| Ok(Self::charge_for(miner, record, amount, favour)))
			.unwrap_or((0, 0))
	}

	fn record_outcome(miner: &T::AccountId, outcome: Outcome) {
		let settled = Self::change(miner, |record| {
			Self::charge(miner, record, 0);
			Ok(())
		});
		if settled.is_err() {
			return;
		}
		let mut ring = Outcomes::<T>::get(miner).unwrap_or_default();
		ring.count(Self::window(), outcome);
		Outcomes::<T>::insert(miner, ring);
		Self::deposit_event(Event::OutcomeRecorded { miner: miner.clone(), outcome });
	}
}
