//! Everything that is due, the oldest first, as far as a block has time.

use crate::{Agenda, Config, JobOf, JobRecord, Jobs, OldestDue, Pallet, WeightInfo};
use polkadot_sdk::frame_support::{
	traits::Get,
	weights::{Weight, WeightMeter},
};
use quittance_types::{JobId, JobTime};

impl<T: Config> Pallet<T> {
	/// Moves a job in the agenda, or puts it there.
	pub(crate) fn schedule(job: JobId, record: &mut JobOf<T>, due: JobTime) {
		// What is due already is looked at from the next block: the agenda has passed what was before.
		let due = due.max(Self::now());
		if record.due == Some(due) {
			return;
		}
		Self::unschedule(job, &mut record.due);
		record.due = Some(due);
		Agenda::<T>::insert(due, job, ());
	}

	/// Takes a job out of the agenda. The entry may be gone: that of an ended job is dropped without its
	/// record.
	pub(crate) fn unschedule(job: JobId, due: &mut Option<JobTime>) {
		if let Some(due) = due.take() {
			Agenda::<T>::remove(due, job);
		}
	}

	/// Takes the steps that are due, as far as the weight goes, and returns what they cost.
	pub(crate) fn process_agenda(remaining: Weight) -> Weight {
		let mut meter = WeightMeter::with_limit(remaining);
		if meter.try_consume(T::WeightInfo::look_at_agenda()).is_err() {
			return Weight::zero();
		}
		let now = Self::now();
		let first = OldestDue::<T>::get();
		let mut oldest = first;
		// One walk for each time: begun anew, it would go past all that this block has removed.
		let mut entries = Agenda::<T>::iter_key_prefix(oldest);
		for _ in 0..T::AgendaSteps::get() {
			if oldest >= now || meter.try_consume(T::WeightInfo::agenda_entry()).is_err() {
				break;
			}
			match entries.next() {
				Some(job) => {
					if !Self::process_entry(oldest, job, &mut meter) {
						break;
					}
				},
				None => {
					oldest = oldest.saturating_add(1);
					entries = Agenda::<T>::iter_key_prefix(oldest);
				},
			}
		}
		if oldest != first {
			OldestDue::<T>::put(oldest);
		}
		meter.consumed()
	}

	/// Takes the step of an entry whose time has passed, or drops it where its job has moved on. Says
	/// whether there was weight for it.
	pub(crate) fn process_entry(time: JobTime, job: JobId, meter: &mut WeightMeter) -> bool {
		let record = Jobs::<T>::get(job).and_then(JobRecord::live);
		let record = record.filter(|record| record.due == Some(time));
		let Some(mut record) = record else {
			Agenda::<T>::remove(time, job);
			return true;
		};
		let step = Self::step_due(&record);
		let weight = match step {
			Some(step) => Self::weight_of_step(step, &record),
			None => T::WeightInfo::begin_phase(),
		};
		if meter.try_consume(weight).is_err() {
			return false;
		}
		Self::unschedule(job, &mut record.due);
		match step {
			Some(step) => Self::take_step(job, record, step),
			None => {
				// Its deadline has moved.
				let due = Self::due_later(&record);
				Self::schedule(job, &mut record, due);
				Jobs::<T>::insert(job, JobRecord::Live(record));
			},
		}
		true
	}
}
