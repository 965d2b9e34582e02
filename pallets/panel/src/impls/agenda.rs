//! When rounds end: a bounded number in a block, in the time that it has to spare.

use crate::{types::Due, Agenda, Config, Pallet, WeightInfo};
use polkadot_sdk::frame_support::{
	traits::{Defensive, Get},
	weights::{Weight, WeightMeter},
};
use quittance_types::{JobId, JobTime};

/// The most rounds that one block closes by itself, however idle it is.
pub const MOST_CLOSED: u32 = 16;

impl<T: Config> Pallet<T> {
	pub(crate) fn enter_agenda(due: Due) {
		let entered = Agenda::<T>::mutate(|agenda| {
			let place = agenda.partition_point(|other| *other <= due);
			agenda.try_insert(place, due).map_err(|_| ())
		});
		let _ = entered.defensive_proof("a panel sits once, and there are no more than fit");
	}

	pub(crate) fn leave_agenda(job: JobId) {
		Agenda::<T>::mutate(|agenda| agenda.retain(|due| due.job != job));
	}

	pub(crate) fn move_in_agenda(job: JobId, at: JobTime) {
		Self::leave_agenda(job);
		Self::enter_agenda(Due { at, job });
	}

	/// Closes rounds that are over, the longest over first, as far as the weight goes.
	pub(crate) fn close_due_rounds(remaining: Weight) -> Weight {
		let mut meter = WeightMeter::with_limit(remaining);
		let step = T::WeightInfo::close_round();
		if meter.try_consume(T::WeightInfo::look_for_due()).is_err() {
			return Weight::zero();
		}
		let now = T::JobClock::get();
		for _ in 0..MOST_CLOSED {
			// Read anew each time: what ends with a round may change it.
			let Some(Due { at, job }) = Agenda::<T>::get().first().copied() else { break };
			if at > now || meter.try_consume(step).is_err() {
				break;
			}
			let closed = Self::do_close_round(job);
			if closed.defensive_proof("the agenda's panels sit and are over by its time").is_err() {
				// Or it would keep all others from their turn.
				Self::leave_agenda(job);
			}
		}
		meter.consumed()
	}
}
