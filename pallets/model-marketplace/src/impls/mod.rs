//! What the calls do, by capability.

mod agenda;
mod cancel;
mod clock;
mod deliver;
mod expiry;
mod invariants;
mod late;
mod lock;
mod malformed;
mod models;
mod panels;
mod payment;
mod post;
mod private_jobs;
mod quotes;
mod receipts;
mod reviews;
mod royalties;
mod settlement;

pub use clock::RunningTime;
pub use models::MAX_VERSIONS;
pub use quotes::{Limits, JOBS_PER_PAGE};

use crate::{types::JobState, Config, Error, JobOf, JobRecord, Jobs, Pallet};
use quittance_types::{Issuers, JobId, JobTime, Miners};

impl<T: Config> Pallet<T> {
	/// A job that has not ended.
	pub(crate) fn live(job: JobId) -> Result<JobOf<T>, Error<T>> {
		match Jobs::<T>::get(job) {
			Some(JobRecord::Live(record)) => Ok(record),
			Some(JobRecord::Ended(_)) => Err(Error::JobEnded),
			None => Err(Error::UnknownJob),
		}
	}

	/// The error that names a job's state, for what cannot be done in it.
	pub(crate) fn not_in(record: &JobOf<T>) -> Error<T> {
		match record.state {
			JobState::Open => Error::JobOpen,
			JobState::Locked => Error::JobLocked,
			JobState::Revealing { .. } => Error::JobRevealing,
			JobState::Delivered { .. } => Error::JobDelivered,
			JobState::Disputed | JobState::Decided { .. } | JobState::Judged { .. } => {
				Error::JobOnPanel
			},
			JobState::Accepted(_) | JobState::Owed { .. } => Error::JobAccepted,
		}
	}

	/// Whether nothing of the job's output is known yet.
	pub(crate) fn ensure_not_begun(record: &JobOf<T>) -> Result<(), Error<T>> {
		match record.state {
			JobState::Open | JobState::Locked => Ok(()),
			_ => Err(Self::not_in(record)),
		}
	}

	/// The miner in whose name an account acts: the one it is the hot key of, or itself. No hot key is a
	/// miner's account.
	pub(crate) fn acts_for(who: &T::AccountId) -> T::AccountId {
		T::Miners::by_hot_key(who).unwrap_or_else(|| who.clone())
	}

	/// Whether an account can be the job's miner at all.
	pub(crate) fn ensure_outsider(
		record: &JobOf<T>,
		account: &T::AccountId,
	) -> Result<(), Error<T>> {
		if *account == record.requester {
			return Err(Error::MinerIsRequester);
		}
		if record.offer.issuers.contains(account) {
			return Err(Error::MinerIsIssuer);
		}
		Ok(())
	}

	/// Whether somebody can sign for the job.
	pub(crate) fn some_issuer_in_office(record: &JobOf<T>) -> bool {
		T::Issuers::none_removed_since(&record.issuer_snapshot)
			|| record.offer.issuers.iter().any(T::Issuers::in_office)
	}

	/// When the first of the job's issuers was removed, if one was since the post. Looked up when asked,
	/// since a removal cannot visit every job that accepts the issuer.
	pub(crate) fn first_removal(record: &JobOf<T>) -> Option<JobTime> {
		if T::Issuers::none_removed_since(&record.issuer_snapshot) {
			return None;
		}
		let removals = record.offer.issuers.iter().filter_map(T::Issuers::removed_at);
		// What was removed before the post could not be named.
		removals.filter(|at| *at >= record.posted_at).min()
	}
}
