//! Follows the chain, and says which job to look at when.

use crate::{
	ledger::{Ledger, Rank, Verdict},
	miner::{Miner, Queue},
	store::Measured,
	supervisor::{Service, ServiceError},
};
use futures::{future::BoxFuture, FutureExt};
use quittance_client::{Block, ClientError, Head, Job, MAX_PAGE};
use quittance_types::JobId;
use std::sync::{Arc, Mutex};
use tokio_util::sync::CancellationToken;

/// Milliseconds that a job takes at least, for comparing prices.
const LEAST_TIME: u64 = 1_000;

/// Blocks between two looks for old records.
const BETWEEN_PRUNINGS: u64 = 600;

/// What the scheduler is told.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum News {
	/// There is a new best block.
	Block(u64),
	/// There is a job on the chain.
	Job(JobId, Rank),
	/// An attempt at a job has ended.
	Attempt(JobId, Verdict, Rank),
}

impl Miner {
	/// What goes first, by a job's record alone.
	pub(crate) fn rank(&self, job: &Job) -> Rank {
		match job.lock_of(&self.policy.miner) {
			Some(_) => Rank::Ours(job.lock_deadline()),
			None => Rank::open(job.max_price(), self.time_for(job)),
		}
	}

	/// Milliseconds of our own that a job takes, as measured; a second where nothing was.
	fn time_for(&self, job: &Job) -> u64 {
		let longest = |what: &Measured| {
			let times = self.store.times(what);
			times.ok().and_then(|times| times.longest()).unwrap_or(LEAST_TIME)
		};
		let execution = longest(&Measured::Execution(job.offer.model));
		let proving = job.offer.circuit.map_or(0, |circuit| longest(&Measured::Proving(circuit)));
		execution.saturating_add(proving).max(LEAST_TIME)
	}
}

/// Follows the chain. What was missed while the node was away is read from the state: job numbers are
/// counted up, so that the next one is all there is to remember.
pub(crate) struct Listener {
	pub(crate) miner: Arc<Miner>,
	pub(crate) news: Arc<Queue<News>>,
}

impl Service for Listener {
	fn name(&self) -> &'static str {
		"listener"
	}

	fn run(&self, stop: CancellationToken) -> BoxFuture<'_, Result<(), ServiceError>> {
		async move {
			tokio::select! {
				() = stop.cancelled() => Ok(()),
				ended = self.listen() => ended,
			}
		}
		.boxed()
	}
}

impl Listener {
	async fn listen(&self) -> Result<(), ServiceError> {
		let failed = |error: ClientError| ServiceError::recover(error.code(), error);
		let chain = &self.miner.chain;
		let view = chain.at(Head::Best).await.map_err(failed)?;
		let mut next = view.next_job().await.map_err(failed)?;
		// Ours first: their locks do not wait.
		let rows = self.miner.store.jobs();
		let rows = rows.map_err(|error| ServiceError::fault("Q-ST-001", error))?;
		for (job, row) in rows {
			if row.ending.is_none() {
				self.news.put(News::Job(job, Rank::Ours(0))).await;
			}
		}
		for (job, record) in view.live_jobs().await.map_err(failed)? {
			self.news.put(News::Job(job, self.miner.rank(&record))).await;
		}
		let block = view.block();
		self.news.put(News::Block(block.number)).await;
		tracing::info!(block = block.number, "ready");
		let mut blocks = chain.follow(Head::Best);
		loop {
			let block = blocks.next().await;
			self.miner.metrics.saw_block(block.number);
			self.miner.board.saw_block(block.number);
			next = self.discover(block, next).await.map_err(failed)?;
			self.news.put(News::Block(block.number)).await;
		}
	}

	/// Jobs numbered from `next` on. A reorganisation may give a number to another job; whoever looks at
	/// it reads the state anew, and a number that is still to come again is found again.
	async fn discover(&self, block: Block, next: JobId) -> Result<JobId, ClientError> {
		let view = self.miner.chain.at_block(block.hash).await?;
		let end = view.next_job().await?;
		let mut from = next;
		while from < end {
			for (job, record) in view.jobs(from, MAX_PAGE).await? {
				if let Some(record) = record.live() {
					self.news.put(News::Job(job, self.miner.rank(&record))).await;
				}
			}
			from = from.saturating_add(MAX_PAGE.into());
		}
		Ok(end)
	}
}

/// Hands out jobs, as many as are worked on at the same time.
pub(crate) struct Scheduler {
	pub(crate) miner: Arc<Miner>,
	pub(crate) news: Arc<Queue<News>>,
	pub(crate) tasks: Arc<Queue<JobId>>,
	pub(crate) ledger: Mutex<(Ledger, u64)>,
}

impl Service for Scheduler {
	fn name(&self) -> &'static str {
		"scheduler"
	}

	fn run(&self, stop: CancellationToken) -> BoxFuture<'_, Result<(), ServiceError>> {
		async move {
			let mut pruned = 0u64;
			loop {
				let news = tokio::select! {
					() = stop.cancelled() => break,
					news = self.news.take() => news,
				};
				let block = self.take_in(news);
				if let News::Block(_) = news {
					if block >= pruned.saturating_add(BETWEEN_PRUNINGS) {
						pruned = block;
						tokio::select! {
							() = stop.cancelled() => break,
							pruned = self.prune() => pruned?,
						}
					}
				}
			}
			if let Ok(ledger) = self.ledger.lock() {
				tracing::info!(busy = ledger.0.busy(), "no more jobs are taken");
			}
			Ok(())
		}
		.boxed()
	}
}

impl Scheduler {
	/// Takes news in and hands out what is due; returns the newest block. Nothing here waits, so that the
	/// ledger is whole whenever the service is stopped.
	fn take_in(&self, news: News) -> u64 {
		// A panic while the lock was held left a ledger that is whole: each change of it is one.
		let mut ledger = match self.ledger.lock() {
			Ok(ledger) => ledger,
			Err(poisoned) => poisoned.into_inner(),
		};
		let (ledger, block) = &mut *ledger;
		match news {
			News::Block(number) => *block = number,
			News::Job(job, rank) => ledger.found(job, rank),
			News::Attempt(job, verdict, rank) => ledger.settle(job, verdict, rank, *block),
		}
		// Jobs come before the block they are in.
		let room = if matches!(news, News::Job(..)) { 0 } else { self.tasks.room() };
		if room == 0 {
			return *block;
		}
		for job in ledger.due(*block, room) {
			if self.tasks.try_put(job).is_err() {
				ledger.settle(job, Verdict::After(1), Rank::Ours(0), *block);
			}
		}
		self.miner.metrics.waiting.set(crate::monitor::gauge(ledger.waiting()));
		*block
	}

	/// Removes what is too old to matter.
	async fn prune(&self) -> Result<(), ServiceError> {
		let failed = |error: ClientError| ServiceError::recover(error.code(), error);
		let view = self.miner.chain.at(Head::Best).await.map_err(failed)?;
		let now = view.job_time().await.map_err(failed)?;
		let before = now.saturating_sub(self.miner.policy.keep);
		let removed = self.miner.store.prune(before);
		let removed = removed.map_err(|error| ServiceError::recover("Q-ST-002", error))?;
		if removed > 0 {
			tracing::info!(removed, "old records removed");
		}
		Ok(())
	}
}
