//! Jobs.

use super::{View, CONCURRENT_READS, MAX_PAGE};
use crate::{
	api::{
		self,
		runtime_types::{pallet_model_marketplace::types::job as raw, sp_runtime::DispatchError},
	},
	AccountId, ClientError, Extension, IssuerState, Job, JobRecord, LateCommitment, PrivateRequest,
	Refusal,
};
use futures::{StreamExt, TryStreamExt};
use quittance_types::{CircuitId, Escrow, JobId, JobTime};
use std::collections::BTreeSet;
use subxt::ext::codec::Encode;

/// Most entries of the chain's agenda that [`View::live_jobs`] looks at.
pub const MOST_LIVE: usize = 65_536;

impl View {
	/// Number of the next job.
	pub async fn next_job(&self) -> Result<JobId, ClientError> {
		let next = self
			.at
			.storage()
			.fetch(api::storage().model_marketplace().next_job(), ())
			.await
			.map_err(ClientError::chain)?;
		next.decode().map_err(ClientError::chain)
	}

	/// A job; `None` for a number never given out or removed.
	pub async fn job(&self, job: JobId) -> Result<Option<JobRecord>, ClientError> {
		let record = self
			.at
			.storage()
			.try_fetch(api::storage().model_marketplace().jobs(), (job,))
			.await
			.map_err(ClientError::chain)?;
		let Some(record) = record else { return Ok(None) };
		match record.decode().map_err(ClientError::chain)? {
			raw::JobRecord::Live(job) => {
				let behind = self.behind(&job.offer.circuit, job.stopped_before).await?;
				Ok(Some(JobRecord::Live(Job::from(job).in_job_time(behind))))
			},
			raw::JobRecord::Ended(job) => Ok(Some(JobRecord::Ended(job.into()))),
		}
	}

	/// How far the clock of a job is behind job time.
	async fn behind(
		&self,
		circuit: &Option<CircuitId>,
		stopped_before: JobTime,
	) -> Result<JobTime, ClientError> {
		let Some(circuit) = circuit else { return Ok(0) };
		let stoppage = self.stoppage(circuit).await?;
		let (now, most) = match stoppage.since {
			Some(_) => (self.job_time().await?, self.limits().await?.max_timeout),
			None => (0, 0),
		};
		Ok(stoppage.behind(stopped_before, now, most))
	}

	/// A job that has not ended; `None` for any other.
	pub async fn live_job(&self, job: JobId) -> Result<Option<Job>, ClientError> {
		Ok(self.job(job).await?.and_then(JobRecord::live))
	}

	/// Jobs in the order of their numbers, starting at `from`: those still recorded among the next
	/// `limit` numbers, at most [`MAX_PAGE`].
	pub async fn jobs(
		&self,
		from: JobId,
		limit: u32,
	) -> Result<Vec<(JobId, JobRecord)>, ClientError> {
		let end = self.next_job().await?.min(from.saturating_add(limit.min(MAX_PAGE).into()));
		futures::stream::iter(from..end)
			.map(|id| async move { Ok(self.job(id).await?.map(|job| (id, job))) })
			.buffered(CONCURRENT_READS)
			.try_filter_map(|job| async { Ok(job) })
			.try_collect()
			.await
	}

	/// The jobs that wait for a time on the chain, oldest first: all that can still be locked, delivered or
	/// brought a receipt. Those that a panel judges and those that are owed a payment wait for none, and
	/// are here only for a while.
	///
	/// Read from the chain's own agenda, so that the cost is bounded by how many jobs can be posted in
	/// the longest timeout, not by the chain's age. At most [`MOST_LIVE`] are looked at.
	pub async fn live_jobs(&self) -> Result<Vec<(JobId, Job)>, ClientError> {
		let entries = self
			.at
			.storage()
			.iter(api::storage().model_marketplace().agenda(), ())
			.await
			.map_err(ClientError::chain)?;
		let numbers: BTreeSet<JobId> = entries
			.take(MOST_LIVE)
			.map(|entry| {
				let entry = entry.map_err(ClientError::chain)?;
				let (_, job): (JobTime, JobId) =
					entry.key().and_then(|key| key.decode()).map_err(ClientError::chain)?;
				Ok::<_, ClientError>(job)
			})
			.try_collect()
			.await?;
		if numbers.len() >= MOST_LIVE {
			tracing::warn!(most = MOST_LIVE, "more jobs live than are looked at");
		}
		futures::stream::iter(numbers)
			.map(|id| async move { Ok(self.live_job(id).await?.map(|job| (id, job))) })
			.buffered(CONCURRENT_READS)
			.try_filter_map(|job| async { Ok(job) })
			.try_collect()
			.await
	}

	/// A job's deadline in force: later than the posted one where an accepted issuer was removed. `None`
	/// for a job that has ended or is not known.
	pub async fn deadline(&self, job: JobId) -> Result<Option<JobTime>, ClientError> {
		self.ask("ModelMarketplace", "deadline", job.encode()).await
	}

	/// By how much a job's times have moved because one of its issuers was removed.
	pub async fn extension(&self, job: &Job) -> Result<Extension, ClientError> {
		let states: Vec<_> = futures::stream::iter(job.offer.issuers.clone())
			.map(|issuer| async move { self.issuer(&issuer).await })
			.buffered(CONCURRENT_READS)
			.try_collect()
			.await?;
		let removals = states.into_iter().flatten().filter_map(|issuer| match issuer.state {
			IssuerState::Removed { at } => Some(at),
			_ => None,
		});
		let by = self
			.at
			.constants()
			.entry(api::constants().model_marketplace().removal_extension())
			.map_err(ClientError::chain)?;
		// What was removed before the post could not be named.
		let removed_at = removals.filter(|at| *at >= job.was_posted_at()).min();
		Ok(Extension { removed_at, by })
	}

	/// Asks whether the market would take a private job now of an account that gets so much from the pool:
	/// [`ClientError::Refused`] says why not. Nothing is posted.
	pub async fn check_private_job(
		&self,
		requester: &AccountId,
		request: &PrivateRequest,
		escrow: &Escrow,
		circuit: &CircuitId,
		paid_in: u128,
	) -> Result<(), ClientError> {
		let asked = (requester, request, escrow, circuit, paid_in).encode();
		let answer: Result<(), DispatchError> =
			self.ask("ModelMarketplace", "check_private_job", asked).await?;
		answer.map_err(|error| {
			ClientError::Refused(Refusal::new(self.client().metadata_ref(), &error))
		})
	}

	/// What a miner that locks the job now can be paid at most, in the chain's smallest unit; `None` where
	/// nobody can lock it.
	pub async fn price_now(&self, job: JobId) -> Result<Option<u128>, ClientError> {
		self.ask("ModelMarketplace", "price_now", job.encode()).await
	}

	/// The jobs that a miner can lock now, among some numbers from this one, and the number to go on
	/// from; `None` at the end. Whether its free bond covers a lock is not looked at.
	pub async fn jobs_for(
		&self,
		miner: &AccountId,
		from: JobId,
	) -> Result<(Vec<JobId>, Option<JobId>), ClientError> {
		self.ask("ModelMarketplace", "jobs_for", (miner, from).encode()).await
	}

	/// What an account has committed to for a late job.
	pub async fn late_commitment(
		&self,
		job: JobId,
		miner: &AccountId,
	) -> Result<Option<LateCommitment>, ClientError> {
		let entry = self
			.at
			.storage()
			.try_fetch(api::storage().model_marketplace().late_commitments(), (job, *miner))
			.await
			.map_err(ClientError::chain)?;
		entry.map(|entry| Ok(entry.decode().map_err(ClientError::chain)?.into())).transpose()
	}
}
