//! Showing an output: at once where one miner does the job, by commitment and reveal where several do.

use crate::{
	types::{AllowList, Delivery, JobState},
	Config, Error, Event, JobOf, JobRecord, Jobs, Pallet,
};
use polkadot_sdk::{
	frame_support::{ensure, traits::Get},
	sp_runtime::DispatchResult,
};
use quittance_types::{delivery_commitment, Blob, Digest, JobId, JobTime};

impl<T: Config> Pallet<T> {
	/// A job that the account's miner has, with the miner and the place of its lock.
	fn held_by(
		who: &T::AccountId,
		job: JobId,
	) -> Result<(JobOf<T>, T::AccountId, usize), Error<T>> {
		let record = Self::live(job)?;
		let miner = Self::acts_for(who);
		let (place, _) = record.lock_of(&miner).ok_or(Error::NotLockHolder)?;
		Ok((record, miner, place))
	}

	/// Writes down what a miner has shown.
	fn show(record: &mut JobOf<T>, place: usize, delivery: Delivery) -> Result<(), Error<T>> {
		let lock = record.locks.get_mut(place).ok_or(Error::Unexpected)?;
		lock.delivery = delivery;
		Ok(())
	}

	pub(crate) fn do_deliver_job(who: T::AccountId, job: JobId, output: Blob) -> DispatchResult {
		let (mut record, miner, place) = Self::held_by(&who, job)?;
		ensure!(!record.is_redundant(), Error::<T>::Redundant);
		ensure!(record.state == JobState::Locked, Self::not_in(&record));
		let now = Self::clock_of(&record).now;
		ensure!(now <= record.lock_deadline(), Error::<T>::LockDeadlinePassed);
		ensure!(output.size > 0, Error::<T>::EmptyBlob);
		Self::show(&mut record, place, Delivery::Delivered(output))?;
		Self::deposit_event(Event::OutputDelivered { job, miner, output });
		Self::begin_signing(job, &mut record);
		Jobs::<T>::insert(job, JobRecord::Live(record));
		Ok(())
	}

	/// The output stands: an issuer has some time to sign.
	pub(crate) fn begin_signing(job: JobId, record: &mut JobOf<T>) {
		let clock = Self::clock_of(record);
		let until = clock.now.saturating_add(T::SigningTime::get());
		record.state = JobState::Delivered { until };
		record.offer.allow_list = AllowList::default();
		let until = clock.job_time(until);
		Self::schedule(job, record, until);
		Self::deposit_event(Event::SigningBegun { job, until });
	}

	pub(crate) fn do_commit_delivery(
		who: T::AccountId,
		job: JobId,
		commitment: Digest,
	) -> DispatchResult {
		let (mut record, miner, place) = Self::held_by(&who, job)?;
		ensure!(record.is_redundant(), Error::<T>::NotRedundant);
		Self::ensure_not_begun(&record)?;
		let now = Self::clock_of(&record).now;
		ensure!(now <= record.lock_deadline(), Error::<T>::LockDeadlinePassed);
		// Its requester can have the money back as long as nobody has committed to anything.
		ensure!(!Self::has_lost_circuit(&record), Error::<T>::CircuitLost);
		let before = record.locks.get(place).map(|lock| lock.delivery);
		ensure!(before == Some(Delivery::Nothing), Error::<T>::AlreadyCommitted);
		Self::show(&mut record, place, Delivery::Committed(commitment))?;
		Self::deposit_event(Event::OutputCommitted { job, miner, commitment });
		let all = record.locks.iter().all(|lock| lock.delivery != Delivery::Nothing);
		if all && record.state == JobState::Locked {
			Self::begin_reveals(job, &mut record, now);
		}
		Jobs::<T>::insert(job, JobRecord::Live(record));
		Ok(())
	}

	/// What was committed to can be shown: for a while from when all had committed, or from the lock
	/// deadline, however late that was noticed.
	pub(crate) fn begin_reveals(job: JobId, record: &mut JobOf<T>, from: JobTime) {
		let until = from.saturating_add(T::RevealTime::get());
		record.state = JobState::Revealing { until };
		record.offer.allow_list = AllowList::default();
		let until = Self::clock_of(record).job_time(until);
		Self::schedule(job, record, until);
		Self::deposit_event(Event::RevealsBegun { job, until });
	}

	pub(crate) fn do_reveal_delivery(
		who: T::AccountId,
		job: JobId,
		output: Blob,
		salt: [u8; 32],
	) -> DispatchResult {
		let (mut record, miner, place) = Self::held_by(&who, job)?;
		ensure!(record.is_redundant(), Error::<T>::NotRedundant);
		let now = Self::clock_of(&record).now;
		// The lock deadline may have passed without anybody having noticed.
		let (from, noticed) = match record.state {
			JobState::Open | JobState::Locked => {
				ensure!(now > record.lock_deadline(), Error::<T>::RevealTooEarly);
				(record.lock_deadline(), false)
			},
			JobState::Revealing { until } => (until, true),
			_ => return Err(Self::not_in(&record).into()),
		};
		let until = if noticed { from } else { from.saturating_add(T::RevealTime::get()) };
		let delivery = record.locks.get(place).map(|lock| lock.delivery);
		let commitment = match delivery.ok_or(Error::<T>::Unexpected)? {
			Delivery::Committed(commitment) => commitment,
			Delivery::Delivered(_) => return Err(Error::<T>::AlreadyDelivered.into()),
			Delivery::Nothing => return Err(Error::<T>::NothingCommitted.into()),
		};
		ensure!(now <= until, Error::<T>::RevealTooLate);
		ensure!(output.size > 0, Error::<T>::EmptyBlob);
		let opened = delivery_commitment(job, &miner.clone().into(), &output, &salt);
		ensure!(opened == commitment, Error::<T>::CommitmentMismatch);
		Self::show(&mut record, place, Delivery::Delivered(output))?;
		if !noticed {
			Self::begin_reveals(job, &mut record, from);
		}
		Self::deposit_event(Event::OutputDelivered { job, miner, output });
		if !record.any_committed() {
			// Nothing more can come. What is to be made of it is for the next block, which weighs it.
			Self::schedule(job, &mut record, Self::now());
		}
		Jobs::<T>::insert(job, JobRecord::Live(record));
		Ok(())
	}
}
