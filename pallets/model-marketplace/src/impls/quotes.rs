//! What requesters and miners ask before they post or lock.

use crate::{
	types::{Fulfilment, JobState, Statistics, MILLION},
	Activities, Config, JobOf, JobRecord, Jobs, Models, NextJob, Pallet,
};
use alloc::vec::Vec;
use codec::{Decode, Encode};
use polkadot_sdk::frame_support::traits::Get;
use quittance_types::{JobId, JobTime, Miners, ModelId};
use scale_info::TypeInfo;

/// How many job numbers one page of [`Pallet::jobs_for`] looks at.
pub const JOBS_PER_PAGE: u64 = 64;

/// What jobs must keep to. Amounts are in the chain's smallest unit.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
pub struct Limits {
	/// The least fee of an issuer.
	pub minimum_fee: u128,
	/// The least bond of a lock.
	pub minimum_lock_bond: u128,
	/// The least that a lock's bond is of the job's highest price, in parts of a million, rounded up. It is
	/// also no less than both fees together.
	pub bond_part: u32,
	/// What is held for a panel, and returned if none sits.
	pub panel_fee: u128,
	/// What the requester of a private job loses each time a miner declines it.
	pub decline_fee: u128,
	/// The price above which only a proof pays.
	pub high_value: u128,
	/// Longest job time from post to deadline.
	pub max_timeout: JobTime,
	/// Deposit for a job.
	pub job_deposit: u128,
	/// Deposit for a commitment to a late receipt.
	pub commitment_deposit: u128,
	/// Deposit for a review.
	pub review_deposit: u128,
}

impl<T: Config> Pallet<T> {
	pub(crate) fn current_limits() -> Limits {
		Limits {
			minimum_fee: T::MinimumFee::get(),
			minimum_lock_bond: T::MinimumLockBond::get(),
			bond_part: T::BondPart::get().deconstruct(),
			panel_fee: T::PanelFee::get(),
			decline_fee: T::DeclineFee::get(),
			high_value: T::HighValue::get(),
			max_timeout: T::MaxTimeout::get(),
			job_deposit: T::JobDeposit::get(),
			commitment_deposit: T::CommitmentDeposit::get(),
			review_deposit: T::ReviewDeposit::get(),
		}
	}

	/// The time by the job's own clock, if it can be locked then.
	fn lockable_at(record: &JobOf<T>) -> Option<JobTime> {
		if record.state != JobState::Open {
			return None;
		}
		let now = Self::clock_of(record).now;
		(now <= record.lock_deadline()).then_some(now)
	}

	pub(crate) fn quote_now(job: JobId) -> Option<u128> {
		let record = Self::live(job).ok()?;
		record.offer.payment.price()?;
		Self::lockable_at(&record).map(|now| record.price_at(now))
	}

	fn statistics(model: ModelId, number: impl Fn(&Fulfilment) -> u64) -> Option<Statistics> {
		let recent = Activities::<T>::get(model)?.recent.ring;
		let mut numbers: Vec<u64> = recent.iter().map(number).collect();
		numbers.sort_unstable();
		let middle = numbers.len().checked_sub(1)?.checked_div(2)?;
		Some(Statistics {
			count: numbers.len() as u32,
			min: *numbers.first()?,
			median: *numbers.get(middle)?,
			max: *numbers.last()?,
		})
	}

	pub(crate) fn price_statistics(model: ModelId) -> Option<Statistics> {
		Self::statistics(model, |fulfilment| fulfilment.price)
	}

	pub(crate) fn latency_statistics(model: ModelId) -> Option<Statistics> {
		Self::statistics(model, |fulfilment| fulfilment.latency.into())
	}

	pub(crate) fn score(model: ModelId) -> Option<u32> {
		let activity = Activities::<T>::get(model)?;
		let verified = u64::from(activity.proofs_verified);
		let all = verified.saturating_add(activity.proofs_missed.into());
		let parts = verified.saturating_mul(MILLION.into()).checked_div(all)?;
		u32::try_from(parts).ok()
	}

	pub(crate) fn lockable_by(miner: &T::AccountId, from: JobId) -> (Vec<JobId>, Option<JobId>) {
		let end = NextJob::<T>::get();
		let page_end = from.saturating_add(JOBS_PER_PAGE).min(end);
		let lockable = |job: &JobId| {
			let Some(JobRecord::Live(record)) = Jobs::<T>::get(job) else { return false };
			Self::lockable_at(&record).is_some()
				&& Self::ensure_outsider(&record, miner).is_ok()
				&& record.allows(miner)
				&& record.lock_of(miner).is_none()
				&& !record.was_declined_by(miner)
				&& Self::some_issuer_in_office(&record)
				&& Models::<T>::get(record.offer.model).is_some_and(|model| {
					T::Miners::can_take(miner, &record.needs(&model.description)).is_ok()
				})
		};
		let jobs = (from..page_end).filter(lockable).collect();
		(jobs, (page_end < end).then_some(page_end))
	}
}
