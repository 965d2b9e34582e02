//! Taking a job.

use crate::{
	types::{Delivery, JobState, Lock},
	Config, Error, Event, JobOf, JobRecord, Jobs, Models, Pallet,
};
use polkadot_sdk::{
	frame_support::ensure,
	sp_runtime::{DispatchError, DispatchResult},
};
use quittance_types::{JobId, Miners};

impl<T: Config> Pallet<T> {
	pub(crate) fn do_lock_job(who: T::AccountId, job: JobId) -> DispatchResult {
		let record = Self::live(job)?;
		ensure!(record.private.is_none(), Error::<T>::LockedPrivately);
		Self::lock(who, job, record)?;
		Ok(())
	}

	/// Gives a job to the miner whose hot key asks, and returns the miner.
	pub(crate) fn lock(
		who: T::AccountId,
		job: JobId,
		mut record: JobOf<T>,
	) -> Result<T::AccountId, DispatchError> {
		let miner = T::Miners::by_hot_key(&who).ok_or(Error::<T>::NotHotKey)?;
		let now = Self::clock_of(&record).now;
		ensure!(record.state == JobState::Open, Self::not_in(&record));
		ensure!(now <= record.lock_deadline(), Error::<T>::LockDeadlinePassed);
		// A requester or issuer could be somebody's hot key.
		for account in [&miner, &who] {
			Self::ensure_outsider(&record, account)?;
		}
		ensure!(record.allows(&miner), Error::<T>::NotAllowed);
		ensure!(record.lock_of(&miner).is_none(), Error::<T>::AlreadyLocked);
		ensure!(!record.was_declined_by(&miner), Error::<T>::AlreadyDeclined);
		ensure!(Self::some_issuer_in_office(&record), Error::<T>::NoIssuerInOffice);
		let model = Models::<T>::get(record.offer.model).ok_or(Error::<T>::Unexpected)?;
		T::Miners::can_take(&miner, &record.needs(&model.description))?;
		let bond = record.offer.miner_bond;
		T::Miners::reserve(&miner, bond)?;

		let price = record.price_at(now);
		let lock = Lock { miner: miner.clone(), price, at: now, delivery: Delivery::Nothing };
		record.locks.try_push(lock).map_err(|_| Error::<T>::Unexpected)?;
		let nonce = record.nonce();
		if record.locks.len() >= usize::from(record.offer.redundancy) {
			record.state = JobState::Locked;
		}
		Jobs::<T>::insert(job, JobRecord::Live(record));
		Self::deposit_event(Event::JobLocked { job, miner: miner.clone(), price, bond, nonce });
		Ok(miner)
	}
}
