//! Job time: the number of the block less the blocks in which jobs could not proceed. And the clocks of
//! jobs, which stand still while their circuits are paused.

use crate::{Config, JobOf, Pallet, StoppedBlocks, WeightInfo};
use core::marker::PhantomData;
use polkadot_sdk::{
	frame_support::{traits::Get, weights::Weight},
	frame_system,
	sp_runtime::traits::UniqueSaturatedInto,
};
use quittance_types::{Circuits, JobTime, Stoppage};

/// Job time now. For the configuration of the other pallets that have deadlines.
pub struct RunningTime<T>(PhantomData<T>);

impl<T: Config> Get<JobTime> for RunningTime<T> {
	fn get() -> JobTime {
		Pallet::<T>::now()
	}
}

/// A job's own clock: job time, but that it stands still while the job's circuit is paused.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OwnClock {
	/// What it shows.
	pub(crate) now: JobTime,
	/// How far it is behind job time.
	behind: JobTime,
	/// Whether the circuit is paused.
	pub(crate) stands: bool,
}

impl OwnClock {
	/// When it shows this time, in job time, unless the circuit is paused until then.
	pub(crate) fn job_time(&self, time: JobTime) -> JobTime {
		time.saturating_add(self.behind)
	}
}

impl<T: Config> Pallet<T> {
	/// Job time now. It does not change within a block.
	pub(crate) fn now() -> JobTime {
		let block: u64 = frame_system::Pallet::<T>::block_number().unique_saturated_into();
		block.saturating_sub(StoppedBlocks::<T>::get())
	}

	/// The job's own clock now.
	pub(crate) fn clock_of(record: &JobOf<T>) -> OwnClock {
		let stoppage = Self::stoppage_of(record);
		let now = Self::now();
		// For ever would keep the money for ever.
		let behind = stoppage.behind(record.stopped_before, now, T::MaxTimeout::get());
		OwnClock { now: now.saturating_sub(behind), behind, stands: stoppage.since.is_some() }
	}

	/// For how long the job's circuit was paused, if it has one.
	fn stoppage_of(record: &JobOf<T>) -> Stoppage {
		record.offer.circuit.as_ref().map_or_else(Stoppage::default, T::Circuits::stoppage)
	}

	/// Whether no receipt of the job is ever to be expected: its circuit is paused, and was retired or has
	/// been paused for longer than any job can last.
	pub(crate) fn has_lost_circuit(record: &JobOf<T>) -> bool {
		let Stoppage { since, retired, .. } = Self::stoppage_of(record);
		let too_long = |since| Self::now().saturating_sub(since) > T::MaxTimeout::get();
		since.is_some_and(|since| retired || too_long(since))
	}

	/// Whether the job's circuit is lost, and had been paused before a lock of the job could be broken: who has
	/// shown nothing is not to blame then. A deadline that had passed before is not undone.
	pub(crate) fn lost_circuit_in_time(record: &JobOf<T>) -> bool {
		let Stoppage { since, ended, .. } = Self::stoppage_of(record);
		let behind = ended.saturating_sub(record.stopped_before);
		since.is_some_and(|since| since.saturating_sub(behind) <= record.lock_deadline())
			&& Self::has_lost_circuit(record)
	}

	/// Counts the block that begins if jobs are paused, so that job time does not move.
	pub(crate) fn tick() -> Weight {
		if T::Paused::get() {
			StoppedBlocks::<T>::mutate(|stopped| *stopped = stopped.saturating_add(1));
		}
		T::WeightInfo::tick()
	}
}
