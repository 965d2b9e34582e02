//! Nullifiers: spent once, forgotten when nobody could use them again.

use crate::{Config, Error, Nullifiers, OldestGroup, Pallet, WeightInfo};
use polkadot_sdk::frame_support::{
	ensure,
	traits::Get,
	weights::{Weight, WeightMeter},
};
use quittance_types::{FieldBytes, JobId, JobTime, Jobs};

/// The most nullifiers and groups that one block removes, however idle it is.
pub const MOST_REMOVED: u32 = 500;

impl<T: Config> Pallet<T> {
	pub(crate) fn ensure_unspent(
		job: JobId,
		nullifier: &FieldBytes,
		expires_at: JobTime,
	) -> Result<(), Error<T>> {
		let spent = Nullifiers::<T>::contains_key(Self::group_of(expires_at), (job, nullifier));
		ensure!(!spent, Error::NullifierSpent);
		Ok(())
	}

	pub(crate) fn spend(job: JobId, nullifier: FieldBytes, expires_at: JobTime) {
		Nullifiers::<T>::insert(Self::group_of(expires_at), (job, nullifier), ());
	}

	pub(crate) fn group_of(time: JobTime) -> JobTime {
		// The runtime's integrity test refuses a length of zero.
		time.checked_div(T::NullifierGroup::get()).unwrap_or(time)
	}

	/// Removes nullifiers whose group has expired as a whole and whose job has ended, the oldest
	/// first, as far as the weight goes. One whose job is still owed its payment is put into the
	/// current group and looked at again when that has expired.
	pub(crate) fn remove_expired_nullifiers(remaining: Weight) -> Weight {
		let mut meter = WeightMeter::with_limit(remaining);
		let step = T::WeightInfo::remove_nullifier();
		if meter.try_consume(T::WeightInfo::look_for_expired()).is_err() {
			return Weight::zero();
		}
		let current = Self::group_of(T::JobClock::get());
		let first = OldestGroup::<T>::get();
		let mut oldest = first;
		// One walk for each group: begun anew, it would go past all that this block has removed.
		let mut of_group = Nullifiers::<T>::iter_key_prefix(oldest);
		for _ in 0..MOST_REMOVED {
			if oldest >= current || meter.try_consume(step).is_err() {
				break;
			}
			if !Self::remove_next(&mut of_group, oldest, current) {
				oldest = oldest.saturating_add(1);
				of_group = Nullifiers::<T>::iter_key_prefix(oldest);
			}
		}
		if oldest != first {
			OldestGroup::<T>::put(oldest);
		}
		meter.consumed()
	}

	/// Removes or puts off the next of a group. Says whether there was one.
	pub(crate) fn remove_next(
		of_group: &mut impl Iterator<Item = (JobId, FieldBytes)>,
		group: JobTime,
		current: JobTime,
	) -> bool {
		let Some(spent) = of_group.next() else { return false };
		Nullifiers::<T>::remove(group, spent);
		let (job, _) = spent;
		if !T::Jobs::ended(job) {
			Nullifiers::<T>::insert(current, spent, ());
		}
		true
	}
}
