//! Outputs that no issuer has signed, or that differ: a panel is asked, and answers.

use super::expiry::Fate;
use crate::{
	types::{Cause, JobState, Members},
	Config, Event, JobOf, JobRecord, Jobs, Models, Pallet,
};
use alloc::vec::Vec;
use polkadot_sdk::{
	frame_support::{defensive, storage::with_storage_layer, traits::Get},
	sp_runtime::DispatchError,
};
use quittance_types::{Candidate, Disputes, JobId, JobTime, Panels, Question, Refusal, Verdict};

impl<T: Config> Pallet<T> {
	/// Asks a panel about what was delivered. Where none can sit the job is undecided. Returns the job,
	/// with nothing changed, where one is to be asked later.
	pub(crate) fn ask_panel(job: JobId, mut record: JobOf<T>) -> Option<JobOf<T>> {
		let asked = Self::question(job, &record)
			.map_err(Refusal::ForGood)
			.and_then(|question| with_storage_layer(|| T::Panels::open(question)));
		match asked {
			Ok(()) => {
				record.state = JobState::Disputed;
				Self::unschedule(job, &mut record.due);
				Jobs::<T>::insert(job, JobRecord::Live(record));
				Self::deposit_event(Event::PanelAsked { job });
			},
			Err(Refusal::ForNow(_))
				if Self::clock_of(&record).now <= Self::panel_awaited_until(&record) =>
			{
				return Some(record);
			},
			Err(Refusal::ForNow(error) | Refusal::ForGood(error)) => {
				Self::deposit_event(Event::PanelUnavailable { job, error });
				Self::refund_undecided(job, record);
			},
		}
		None
	}

	/// Until when a job waits for room for a panel, by its own clock. Nobody's money waits for ever, though
	/// nobody is to blame.
	pub(crate) fn panel_awaited_until(record: &JobOf<T>) -> JobTime {
		// What was delivered late is asked about after the deadline.
		let until = match record.state {
			JobState::Delivered { until } => Self::in_force(record, until),
			JobState::Revealing { until } => until,
			_ => 0,
		};
		let deadline = Self::in_force(record, record.deadline());
		until.max(deadline).saturating_add(T::PanelPatience::get())
	}

	/// Leaves a job as it is, to be asked about again.
	pub(crate) fn await_panel(job: JobId, mut record: JobOf<T>) {
		let next = Self::now().saturating_add(T::PanelRetry::get());
		let last = Self::panel_awaited_until(&record);
		let clock = Self::clock_of(&record);
		// Not in every block of a pause, where its clock stands at the end of its patience.
		let from = if clock.stands { next } else { next.min(clock.job_time(last)) };
		Self::schedule(job, &mut record, from);
		Jobs::<T>::insert(job, JobRecord::Live(record));
		Self::deposit_event(Event::PanelAwaited { job, from });
	}

	fn question(job: JobId, record: &JobOf<T>) -> Result<Question<T::AccountId>, DispatchError> {
		let model = Models::<T>::get(record.offer.model).ok_or(DispatchError::CannotLookup)?;
		let (shown, others): (Vec<_>, Vec<_>) =
			record.locks.iter().partition(|lock| lock.delivery.output().is_some());
		let candidates = shown
			.iter()
			.filter_map(|lock| {
				let (miner, output) = (lock.miner.clone(), *lock.delivery.output()?);
				Some(Candidate { miner, output })
			})
			.collect();
		let max_amount = match record.private {
			// Units: no item of an input has less than a byte.
			Some(_) => record.offer.input.size.into(),
			None => shown.iter().map(|lock| lock.price).max().unwrap_or(0),
		};
		let needs = record.needs(&model.description);
		// All that gain or lose by the answer: not the miners that have shown nothing, either.
		let mut barred = record.offer.issuers.to_vec();
		barred.push(record.requester.clone());
		barred.push(model.owner);
		barred.extend(others.into_iter().map(|lock| lock.miner.clone()));
		Ok(Question { job, candidates, needs, barred, max_amount })
	}

	/// Nobody is found to be wrong: only who has shown nothing loses its bond.
	pub(crate) fn refund_undecided(job: JobId, record: JobOf<T>) {
		let fate_of = |lock: &_| Self::fate_unless_blamed(lock, Fate::Released);
		Self::close_locks(job, &record, fate_of);
		Self::refund(job, record, Cause::Undecided);
	}
}

impl<T: Config> Disputes<T::AccountId> for Pallet<T> {
	fn decided(job: JobId, verdict: Verdict, members: Vec<T::AccountId>, sat: bool) {
		let Ok(mut record) = Self::live(job) else {
			defensive!("a panel judges living jobs");
			return;
		};
		if record.state != JobState::Disputed {
			defensive!("a panel is asked, and answers once");
			return;
		}
		let members = Members::truncate_from(members);
		record.state = JobState::Decided { verdict, members, sat };
		// Whoever tells us has not weighed a settlement.
		let now = Self::now();
		Self::schedule(job, &mut record, now);
		Jobs::<T>::insert(job, JobRecord::Live(record));
		Self::deposit_event(Event::PanelDecided { job, verdict });
	}
}
