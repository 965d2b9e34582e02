//! Doing a job whose lock deadline has passed: a commitment, then the receipt that opens it.

use crate::{
	types::LateCommitment, Config, Error, Event, HoldReason, JobOf, JobRecord, Jobs,
	LateCommitments, Pallet,
};
use polkadot_sdk::{
	frame_support::{
		ensure,
		traits::{fungible::MutateHold, tokens::Precision, Get},
	},
	frame_system,
	sp_runtime::DispatchResult,
};
use quittance_types::{Bar, Digest, JobId, JobTime};

impl<T: Config> Pallet<T> {
	/// Until when late receipts are accepted, by the job's own clock.
	pub(crate) fn late_until(record: &JobOf<T>) -> JobTime {
		// The notice is not extended: it is the requester's.
		record.closes_at.unwrap_or_else(|| match record.private {
			// Nobody can be late.
			Some(_) => record.lock_deadline(),
			None => Self::in_force(record, record.deadline()),
		})
	}

	/// A time that stands in the job's record, by its own clock, moved once where an accepted issuer was
	/// removed before it had passed.
	pub(crate) fn in_force(record: &JobOf<T>, until: JobTime) -> JobTime {
		match Self::first_removal(record) {
			// How far behind the clock was then is not known. At worst a job that nobody has ended lives on.
			Some(at) if at <= Self::clock_of(record).job_time(until) => {
				until.saturating_add(T::RemovalExtension::get())
			},
			_ => until,
		}
	}

	pub(crate) fn do_commit_late(
		who: T::AccountId,
		job: JobId,
		commitment: Digest,
	) -> DispatchResult {
		let record = Self::live(job)?;
		ensure!(!record.is_redundant(), Error::<T>::Redundant);
		ensure!(record.private.is_none(), Error::<T>::NoneLate);
		Self::ensure_not_begun(&record)?;
		let now = Self::clock_of(&record).now;
		ensure!(now > record.lock_deadline(), Error::<T>::NotLate);
		ensure!(now <= Self::late_until(&record), Error::<T>::DeadlinePassed);
		let miner = Self::acts_for(&who);
		// As for locks: a requester or issuer could be somebody's hot key.
		for account in [&miner, &who] {
			Self::ensure_outsider(&record, account)?;
		}
		ensure!(record.allows(&miner), Error::<T>::NotAllowed);

		let (depositor, deposit) = match LateCommitments::<T>::get(job, &miner) {
			Some(before) => (before.depositor, before.deposit),
			None => {
				let deposit = T::CommitmentDeposit::get();
				Self::ensure_can_hold(&who, HoldReason::CommitmentDeposit, deposit)?;
				T::Currency::hold(&HoldReason::CommitmentDeposit.into(), &who, deposit)?;
				(who, deposit)
			},
		};
		let block = frame_system::Pallet::<T>::block_number();
		let entry = LateCommitment { commitment, block, depositor, deposit };
		LateCommitments::<T>::insert(job, &miner, entry);
		Self::deposit_event(Event::LateCommitted { job, miner, commitment });
		Ok(())
	}

	/// What the miner has committed to in an earlier block.
	pub(crate) fn committed_to(job: JobId, miner: &T::AccountId) -> Result<Digest, Bar> {
		let entry = LateCommitments::<T>::get(job, miner).ok_or(Bar::NotCommitted)?;
		if entry.block >= frame_system::Pallet::<T>::block_number() {
			return Err(Bar::CommittedInThisBlock);
		}
		Ok(entry.commitment)
	}

	pub(crate) fn do_withdraw_commitment(job: JobId, miner: T::AccountId) -> DispatchResult {
		let entry = LateCommitments::<T>::get(job, &miner).ok_or(Error::<T>::UnknownCommitment)?;
		ensure!(!matches!(Jobs::<T>::get(job), Some(JobRecord::Live(_))), Error::<T>::JobNotEnded);
		let LateCommitment { depositor, deposit, .. } = entry;
		let reason = HoldReason::CommitmentDeposit.into();
		T::Currency::release(&reason, &depositor, deposit, Precision::Exact)?;
		LateCommitments::<T>::remove(job, &miner);
		Self::deposit_event(Event::CommitmentWithdrawn { job, miner, depositor });
		Ok(())
	}
}
