//! Nullifiers: spent once, forgotten when nobody could use them again.

use crate::{Config, ExpiryGroups, Nullifiers, OldestGroup, Pallet, WeightInfo};
use polkadot_sdk::frame_support::{
	traits::Get,
	weights::{Weight, WeightMeter},
};
use quittance_types::{FieldBytes, JobId, JobTime, Jobs};

/// The most nullifiers and groups that one block removes, however idle it is.
pub const MOST_REMOVED: u32 = 500;

impl<T: Config> Pallet<T> {
	pub(crate) fn spend(job: JobId, nullifier: FieldBytes, expires_at: JobTime) {
		Nullifiers::<T>::insert(job, nullifier, expires_at);
		ExpiryGroups::<T>::insert(Self::group_of(expires_at), (job, nullifier), ());
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
		for _ in 0..MOST_REMOVED {
			if oldest >= current || meter.try_consume(step).is_err() {
				break;
			}
			match ExpiryGroups::<T>::iter_key_prefix(oldest).next() {
				Some(spent) => Self::remove_or_put_off(oldest, current, spent),
				None => oldest = oldest.saturating_add(1),
			}
		}
		if oldest != first {
			OldestGroup::<T>::put(oldest);
		}
		meter.consumed()
	}

	fn remove_or_put_off(group: JobTime, current: JobTime, spent: (JobId, FieldBytes)) {
		ExpiryGroups::<T>::remove(group, spent);
		let (job, nullifier) = spent;
		if T::Jobs::ended(job) {
			Nullifiers::<T>::remove(job, nullifier);
		} else {
			ExpiryGroups::<T>::insert(current, spent, ());
		}
	}
}
