//! Follows the chain, and says which job to look at when.

use crate::{
	ledger::{Ledger, Rank, Verdict},
	metrics::Metrics,
	miner::{Miner, Queue},
	store::{Measured, StoreError},
};
use futures::{
	future::{BoxFuture, OptionFuture},
	FutureExt,
};
use quittance_client::{Block, ClientError, Head, Job, MAX_PAGE};
use quittance_daemon::{gauge, Kind, Service, ServiceError};
use quittance_types::JobId;
use std::sync::{Arc, Mutex};
use tokio_util::sync::CancellationToken;

/// Milliseconds that a job takes at least, for comparing prices.
const LEAST_TIME: u64 = 1_000;

/// Most new jobs that are read one by one.
const MOST_NEW: u64 = 4_096;

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
			None => Rank::open(most(job), self.time_for(job)),
		}
	}

	/// Removes records that are too old to matter.
	async fn prune(&self) -> Result<(), ServiceError> {
		let failed = |error: ClientError| ServiceError::recover(error.code(), error);
		let view = self.chain.at(Head::Best).await.map_err(failed)?;
		let now = view.job_time().await.map_err(failed)?;
		let before = now.saturating_sub(self.policy.keep);
		let removed = self.store.prune(before);
		let removed = removed.map_err(|error| ServiceError::recover("Q-ST-002", error))?;
		if removed > 0 {
			tracing::info!(removed, "old records removed");
		}
		Ok(())
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

/// The most that a job pays, as far as the chain knows. Of a private one it knows the model's price of a unit alone.
fn most(job: &Job) -> u128 {
	match job.private {
		Some(_) => job.quote,
		None => job.max_price(),
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
		let rows = rows.map_err(|error| match error {
			// A full disk, say.
			StoreError::Database(_) => ServiceError::recover("Q-ST-002", error),
			error => ServiceError::fault("Q-ST-001", error),
		})?;
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
		if end.saturating_sub(next) > MOST_NEW {
			// The node was away for long: only what lives is read, and that is bounded.
			for (job, record) in view.live_jobs().await? {
				self.news.put(News::Job(job, self.miner.rank(&record))).await;
			}
			return Ok(end);
		}
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

/// Removes what is too old to matter.
type Prune = Box<dyn Fn() -> BoxFuture<'static, Result<(), ServiceError>> + Send + Sync>;

/// Hands out jobs, as many as are worked on at the same time.
pub(crate) struct Scheduler {
	metrics: Arc<Metrics>,
	news: Arc<Queue<News>>,
	tasks: Arc<Queue<JobId>>,
	/// The jobs, and the newest block.
	ledger: Mutex<(Ledger, u64)>,
	prune: Prune,
}

impl Service for Scheduler {
	fn name(&self) -> &'static str {
		"scheduler"
	}

	fn run(&self, stop: CancellationToken) -> BoxFuture<'_, Result<(), ServiceError>> {
		async move {
			let mut pruned = 0u64;
			// Goes on beside the rest: jobs do not wait for it, nor fail with it.
			let mut pruning = None;
			loop {
				let news = tokio::select! {
					() = stop.cancelled() => break,
					news = self.news.take() => news,
					Some(ended) = OptionFuture::from(pruning.as_mut()) => {
						pruning = None;
						self.note_pruning(ended);
						continue;
					},
				};
				let block = self.take_in(news);
				let due = block >= pruned.saturating_add(BETWEEN_PRUNINGS);
				if matches!(news, News::Block(_)) && due && pruning.is_none() {
					pruned = block;
					pruning = Some((self.prune)());
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
	pub(crate) fn new(
		miner: &Arc<Miner>,
		news: Arc<Queue<News>>,
		tasks: Arc<Queue<JobId>>,
	) -> Self {
		let metrics = Arc::clone(&miner.metrics);
		let miner = Arc::clone(miner);
		let prune: Prune = Box::new(move || {
			let miner = Arc::clone(&miner);
			async move { miner.prune().await }.boxed()
		});
		Self { metrics, news, tasks, ledger: Mutex::default(), prune }
	}

	/// Records that are kept for longer than they need be do no harm until the next time.
	fn note_pruning(&self, ended: Result<(), ServiceError>) {
		if let Err(error) = ended {
			Kind::count(&self.metrics.setbacks, error.code);
			tracing::warn!(%error, "old records are not removed");
		}
	}

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
		self.metrics.waiting.set(gauge(ledger.waiting()));
		*block
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use std::{
		future::{pending, ready},
		sync::atomic::{AtomicU64, Ordering},
		time::Duration,
	};

	const OPEN: Rank = Rank::Open(7);

	#[test]
	fn a_private_job_is_not_the_last_because_its_price_is_hidden() {
		use crate::policy::tests::{job, private};
		let open = Job { quote: 9, ..job() };
		assert_eq!((most(&open), most(&private(open.clone()))), (20, 9));
	}

	/// Runs a scheduler that prunes so while blocks come, each with a job that is to be handed out; returns
	/// how often it began to prune.
	async fn prunings(
		blocks: &[u64],
		pruned: fn() -> BoxFuture<'static, Result<(), ServiceError>>,
		metrics: &Arc<Metrics>,
	) -> u64 {
		let begun = Arc::new(AtomicU64::new(0));
		let count = Arc::clone(&begun);
		let prune: Prune = Box::new(move || {
			count.fetch_add(1, Ordering::SeqCst);
			pruned()
		});
		let (news, tasks) = (Arc::new(Queue::new(8)), Arc::new(Queue::new(8)));
		let scheduler = Scheduler {
			metrics: Arc::clone(metrics),
			news: Arc::clone(&news),
			tasks: Arc::clone(&tasks),
			ledger: Mutex::default(),
			prune,
		};
		let stop = CancellationToken::new();
		let ending = stop.clone();
		let running = tokio::spawn(async move { scheduler.run(ending).await });
		for block in blocks {
			news.put(News::Job(*block, OPEN)).await;
			news.put(News::Block(*block)).await;
			let task = tokio::time::timeout(Duration::from_secs(10), tasks.take()).await;
			assert_eq!(task, Ok(*block), "handed out");
			// What was begun with the block ends before the next one, if it does.
			for _ in 0..8 {
				tokio::task::yield_now().await;
			}
		}
		stop.cancel();
		running.await.unwrap().unwrap();
		begun.load(Ordering::SeqCst)
	}

	/// Ten failures would end the process, whatever is locked.
	#[tokio::test]
	async fn a_pruning_that_fails_ends_nothing_and_is_tried_again_after_a_while() {
		let metrics = Arc::new(Metrics::new());
		let fails = || ready(Err(ServiceError::recover("Q-ST-002", "the disk is full"))).boxed();
		let blocks: Vec<u64> = (1..40).map(|number| number * 300).collect();
		let begun = prunings(&blocks, fails, &metrics).await;
		assert_eq!(begun, 19);
		let failed = metrics.setbacks.get_or_create(&Kind { kind: "Q-ST-002" }).get();
		assert_eq!(failed, 19);
	}

	#[tokio::test]
	async fn boundary_pruning_is_due_after_as_many_blocks() {
		let metrics = Arc::new(Metrics::new());
		let done = || ready(Ok(())).boxed();
		assert_eq!(prunings(&[599], done, &metrics).await, 0);
		assert_eq!(prunings(&[599, 600, 1_199], done, &metrics).await, 1);
		assert_eq!(prunings(&[600, 1_200, 1_201], done, &metrics).await, 2);
	}

	/// A node that is away answers late.
	#[tokio::test]
	async fn jobs_do_not_wait_for_a_pruning() {
		let metrics = Arc::new(Metrics::new());
		let hangs = || pending().boxed();
		assert_eq!(prunings(&[600, 601, 1_200, 1_800], hangs, &metrics).await, 1);
	}
}
