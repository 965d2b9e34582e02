//! Job time: the number of the block less the blocks in which jobs could not proceed.

use crate::{Config, Pallet, StoppedBlocks, WeightInfo};
use core::marker::PhantomData;
use polkadot_sdk::{
	frame_support::{traits::Get, weights::Weight},
	frame_system,
	sp_runtime::traits::UniqueSaturatedInto,
};
use quittance_types::JobTime;

/// Job time now. For the configuration of the other pallets that have deadlines.
pub struct RunningTime<T>(PhantomData<T>);

impl<T: Config> Get<JobTime> for RunningTime<T> {
	fn get() -> JobTime {
		Pallet::<T>::now()
	}
}

impl<T: Config> Pallet<T> {
	/// Job time now. It does not change within a block.
	pub(crate) fn now() -> JobTime {
		let block: u64 = frame_system::Pallet::<T>::block_number().unique_saturated_into();
		block.saturating_sub(StoppedBlocks::<T>::get())
	}

	/// Counts the block that begins if jobs are paused, so that job time does not move.
	pub(crate) fn tick() -> Weight {
		if T::Paused::get() {
			StoppedBlocks::<T>::mutate(|stopped| *stopped = stopped.saturating_add(1));
		}
		T::WeightInfo::tick()
	}
}
