//! Taking a job back.

use crate::{types::Cause, Config, Error, Event, JobRecord, Jobs, Pallet, WeightInfo};
use polkadot_sdk::frame_support::{
	ensure, pallet_prelude::DispatchResultWithPostInfo, traits::Get,
};
use quittance_types::JobId;

impl<T: Config> Pallet<T> {
	pub(crate) fn do_cancel_job(who: T::AccountId, job: JobId) -> DispatchResultWithPostInfo {
		let mut record = Self::live(job)?;
		ensure!(record.requester == who, Error::<T>::NotRequester);
		Self::ensure_not_begun(&record)?;
		ensure!(record.locks.is_empty(), Error::<T>::JobLocked);
		let clock = Self::clock_of(&record);
		let now = clock.now;
		// Nobody can be late for a redundant or a private job.
		let late = !record.is_redundant() && record.private.is_none();
		if now <= record.lock_deadline() || !late {
			let escrow = Self::weight_of_escrow(&record);
			Self::refund(job, record, Cause::Cancelled);
			return Ok(Some(T::WeightInfo::cancel_job().saturating_add(escrow)).into());
		}
		ensure!(record.closes_at.is_none(), Error::<T>::NoticeGiven);
		let closes_at = now.saturating_add(T::CancelNotice::get()).min(Self::late_until(&record));
		record.closes_at = Some(closes_at);
		let closes_at = clock.job_time(closes_at);
		Self::schedule(job, &mut record, closes_at);
		Jobs::<T>::insert(job, JobRecord::Live(record));
		Self::deposit_event(Event::CancelNoticeGiven { job, closes_at });
		Ok(Some(T::WeightInfo::cancel_job()).into())
	}
}
