//! Brings jobs on, step by step: looks at inputs, has jobs locked, runs, has outputs signed, proves, has
//! receipts submitted. Everything here handles what strangers wrote; the key is elsewhere.
//!
//! What comes next is decided anew before each step by [`Policy::next`], from the chain and the store. What a
//! step makes is in the store before anybody sees it. A step that is cut off is so taken again, with the
//! same outcome.

use crate::{
	ledger::{Rank, Verdict},
	miner::{Miner, Queue},
	openings::{offer_of, Came, Openings},
	plan::{Durations, Standing, Step},
	policy::{is_passing, Decision, SkipReason},
	processors::Whose,
	prove::{prove_receipt, Ground, Proofs},
	scheduler::News,
	sender::{Errand, Transaction},
	settlement::{
		self, audited_circuits, choose, fee_over, least_fee, lock_of, taken, Found, SettlementFacts,
	},
	share::share_of,
	status::{deadline, AtStep, Facts},
	store::{Ending, Measured, Offered, Prepared, PrivateRow, Row, SettlementCall, StoreError},
	transparent_receipt, ProveError, ReceiptFacts,
};
use ark_bn254::Fr;
use futures::{future::BoxFuture, stream::FuturesUnordered, FutureExt, StreamExt};
use quittance_client::{
	AccountId, ClientError, Event, Extension, Head, Job, JobRecord, JobState, Outcome,
	PrivateCallRefusal, TransactionError, View,
};
use quittance_daemon::{gauge, Kind, Service, ServiceError};
use quittance_issuer::{
	metered_price, request_receipt, RequestError, SignRequest, SignedReceipt, Work, WorkError,
};
use quittance_poseidon::Native;
use quittance_types::{
	blake2_256, delivery_commitment, late_commitment, shared_output_salt, Bar, BasicReceipt, Blob,
	Digest, FieldBytes, IssuerKeys, JobId, JobTime, Level, PoolRefusal, PrivateOffer, Receipt,
	Subject,
};
use quittance_wallet::Keys;
use quittance_zkml::run;
use std::{
	collections::BTreeSet,
	future::Future,
	sync::{Arc, Mutex},
	time::{Duration, Instant},
};
use tokio::{sync::oneshot, task::JoinHandle};
use tokio_util::sync::CancellationToken;
use zeroize::Zeroizing;

/// Jobs looked at or worked on at the same time, besides those that are locked.
const LOOKS_AT_ONCE: usize = 4;

/// Steps taken for a job before another one has its turn. No job needs so many.
const STEPS_AT_A_TIME: u32 = 12;

/// Blocks after which a job that is ours is looked at again when something passing kept it from being
/// done. Its lock does not wait.
const SOON: u64 = 2;

/// How long steps at hand have to end once the worker is stopped: longer than an issuer may take to
/// answer. A node that is away would keep them for ever.
const PATIENCE: Duration = Duration::from_secs(140);

/// Longest time that one issuer is waited for, where nothing else ends it.
const LONGEST_TURN: Duration = Duration::from_secs(120);

/// Blocks between two looks for the opening of a private job whose output is shown already.
const BETWEEN_OPENINGS: u64 = 10;

/// By how many blocks an issuer's node may be ahead of ours.
const AHEAD: JobTime = 3;

/// A job whose end is on the chain, to be seen final: before those that can be had.
const ENDED: Rank = Rank::Open(0);

/// The longest input that the chain looks at, in bytes.
const MAX_CLAIM: usize = 64 * 1024;

/// Why an attempt came to nothing.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ExecuteError {
	#[error("[Q-EX-001] {0}")]
	Chain(#[from] ClientError),
	#[error("[Q-EX-002] left alone: {0}")]
	Skip(SkipReason),
	#[error("[Q-EX-003] {0}")]
	Work(WorkError),
	#[error("[Q-EX-004] cannot store the output: {0}")]
	Blobs(#[source] quittance_blobs::BlobError),
	#[error("[Q-EX-005] {0}")]
	Issuer(#[from] RequestError),
	#[error("[Q-EX-006] {0}")]
	Prove(#[from] ProveError),
	#[error("[Q-EX-007] the issuer signed something else than was asked for: {0}")]
	WrongReceipt(&'static str),
	#[error("[Q-EX-008] the work was interrupted: {0}")]
	Interrupted(String),
	#[error("[Q-EX-009] {0}")]
	Store(#[from] StoreError),
	#[error("[Q-EX-010] {0} is not on disk, though it was")]
	Missing(&'static str),
	#[error("[Q-EX-014] the issuer does not answer within {0} s, and there is no more time")]
	NoAnswer(u64),
	#[error("[Q-EX-013] the chain has a commitment of this member's that nothing on record opens")]
	UnknownCommitment,
	#[error("[Q-EX-015] nobody can sign for the job now: {0:?}")]
	NoClaim(Bar),
	#[error("[Q-EX-011] the work did not end after {STEPS_AT_A_TIME} steps")]
	TooManySteps,
	#[error("[Q-EX-016] the opening that came is not one to work for: {0}")]
	Opening(&'static str),
	#[error("[Q-EX-017] given back: {0}")]
	Declined(&'static str),
}

impl ExecuteError {
	/// The code by which operators search the log.
	pub(crate) fn code(&self) -> &'static str {
		match self {
			Self::Chain(_) => "Q-EX-001",
			Self::Skip(_) => "Q-EX-002",
			Self::Work(_) => "Q-EX-003",
			Self::Blobs(_) => "Q-EX-004",
			Self::Issuer(_) => "Q-EX-005",
			Self::Prove(_) => "Q-EX-006",
			Self::WrongReceipt(_) => "Q-EX-007",
			Self::Interrupted(_) => "Q-EX-008",
			Self::Store(_) => "Q-EX-009",
			Self::Missing(_) => "Q-EX-010",
			Self::TooManySteps => "Q-EX-011",
			Self::UnknownCommitment => "Q-EX-013",
			Self::NoAnswer(_) => "Q-EX-014",
			Self::NoClaim(_) => "Q-EX-015",
			Self::Opening(_) => "Q-EX-016",
			Self::Declined(_) => "Q-EX-017",
		}
	}

	/// What becomes of the job. Of one that is ours nothing is final but what the chain says.
	fn verdict(&self, ours: bool) -> Verdict {
		let passing = match self {
			Self::Chain(ClientError::Refused(refusal)) => is_passing(refusal),
			Self::Chain(_) | Self::Blobs(_) | Self::Interrupted(_) | Self::Store(_) => true,
			Self::Missing(_) | Self::TooManySteps => true,
			Self::UnknownCommitment | Self::NoAnswer(_) | Self::NoClaim(_) => true,
			Self::Opening(_) | Self::Declined(_) => true,
			// The requester may still be writing the blob.
			Self::Work(error) => matches!(error, WorkError::Blob { .. }),
			Self::Issuer(error) => error.is_transient(),
			Self::Prove(error) => matches!(
				error,
				ProveError::Chain(_) | ProveError::IssuerNotInOffice(_) | ProveError::NotYet { .. }
			),
			Self::Skip(reason) => reason.is_passing(),
			Self::WrongReceipt(_) => false,
		};
		match (passing, ours) {
			(_, true) => Verdict::After(SOON),
			(true, false) => Verdict::Retry,
			(false, false) => Verdict::Done,
		}
	}
}

/// Tells the scheduler what became of an attempt, also of one that is cut off.
struct Attempt {
	news: Arc<Queue<News>>,
	job: JobId,
	rank: Rank,
	/// Whether nothing of ours is to be done before others have acted: the job gives up its place.
	at_rest: bool,
	settled: bool,
}

impl Attempt {
	async fn settle(mut self, verdict: Verdict) {
		self.settled = true;
		self.news.put(News::Attempt(self.job, verdict, self.rank)).await;
	}
}

impl Drop for Attempt {
	fn drop(&mut self) {
		if self.settled {
			return;
		}
		let news = News::Attempt(self.job, Verdict::After(1), self.rank);
		let Err(news) = self.news.try_put(news) else { return };
		// Or a job that is ours would count as being worked on, and its lock would pass.
		match tokio::runtime::Handle::try_current() {
			Ok(runtime) => {
				let queue = Arc::clone(&self.news);
				runtime.spawn(async move { queue.put(news).await });
			},
			Err(error) => tracing::error!(job = self.job, %error, "forgotten until a restart"),
		}
	}
}

/// Brings jobs on.
pub(crate) struct Executor {
	pub(crate) miner: Arc<Miner>,
	pub(crate) tasks: Arc<Queue<JobId>>,
	pub(crate) news: Arc<Queue<News>>,
	pub(crate) errands: Arc<Queue<Errand>>,
	/// Cancelled when nothing more will be asked of the sender.
	pub(crate) drained: CancellationToken,
	/// Jobs that have a place among those that are locked at the same time: ours with work to come, and those
	/// that are about to be ours.
	pub(crate) ours: Mutex<BTreeSet<JobId>>,
	proofs: Proofs<Proven>,
	/// What was read for private jobs that wait to be opened.
	openings: Openings,
}

/// What is proven.
enum Made {
	/// A receipt.
	Receipt(Box<BasicReceipt<AccountId>>),
	/// The settlement of a private job.
	Settlement(Box<SettlementCall>),
}

/// What came of a proof, and how long it took.
type Proven = (Result<Made, ProveError>, Duration);

impl Executor {
	pub(crate) fn new(
		miner: Arc<Miner>,
		tasks: Arc<Queue<JobId>>,
		news: Arc<Queue<News>>,
		errands: Arc<Queue<Errand>>,
		drained: CancellationToken,
	) -> Self {
		let (ours, proofs, openings) = (Mutex::default(), Proofs::default(), Openings::default());
		Self { miner, tasks, news, errands, drained, ours, proofs, openings }
	}
}

impl Service for Executor {
	fn name(&self) -> &'static str {
		"executor"
	}

	/// The steps at hand are ended first.
	fn run(&self, stop: CancellationToken) -> BoxFuture<'_, Result<(), ServiceError>> {
		async move {
			if !self.miner.is_settled(&stop).await {
				self.drained.cancel();
				return Ok(());
			}
			let most = self.miner.policy.jobs_at_once.saturating_add(LOOKS_AT_ONCE);
			let mut attempts = FuturesUnordered::new();
			loop {
				tokio::select! {
					() = stop.cancelled() => break,
					job = self.tasks.take(), if attempts.len() < most => {
						attempts.push(self.attempt(job, &stop));
					},
					Some(()) = attempts.next() => {},
				}
			}
			let ending = async { while attempts.next().await.is_some() {} };
			if tokio::time::timeout(PATIENCE, ending).await.is_err() {
				tracing::warn!("[Q-EX-012] what was at hand did not end; it is taken up again");
			}
			self.drained.cancel();
			Ok(())
		}
		.boxed()
	}
}

impl Executor {
	async fn attempt(&self, job: JobId, stop: &CancellationToken) {
		// Until the chain is read: a lock does not wait, whatever keeps us from reading it.
		let has_place = self.has_place(job);
		let row = self.miner.store.job(job).ok().flatten();
		let is_begun = row.is_some_and(|row| {
			(row.output_salt.is_some() || row.private.is_some()) && row.ending.is_none()
		});
		let rank = match has_place || is_begun {
			true => Rank::Ours(0),
			false => Rank::Open(u128::MAX),
		};
		let news = Arc::clone(&self.news);
		let mut attempt = Attempt { news, job, rank, at_rest: !has_place, settled: false };
		let ended = self.bring_on(&mut attempt, stop).await;
		let ours = matches!(attempt.rank, Rank::Ours(_));
		let board = &self.miner.board;
		let verdict = match ended {
			Ok(verdict) => {
				board.succeeded(job);
				verdict
			},
			Err(error) => {
				let verdict = error.verdict(ours);
				Kind::count(&self.miner.metrics.setbacks, error.code());
				// What was only looked at is left alone all the time.
				if ours || !matches!(error, ExecuteError::Skip(_)) {
					board.set_back(job, error.code(), &error.to_string());
				}
				match &error {
					ExecuteError::Skip(_) => tracing::info!(job, %error, ?verdict, "skipped"),
					_ => tracing::warn!(job, %error, ?verdict, "not done"),
				}
				verdict
			},
		};
		let ended = verdict == Verdict::Done;
		if ended {
			self.proofs.forget(job);
			self.openings.forget(job);
		}
		self.note_place(job, ours && !attempt.at_rest && !ended);
		// What rests is at hand until its end is on the chain.
		board.attempted(job, ours && !ended);
		attempt.settle(verdict).await;
	}

	fn has_place(&self, job: JobId) -> bool {
		self.ours.lock().is_ok_and(|all| all.contains(&job))
	}

	/// Keeps count of the jobs that have a place.
	fn note_place(&self, job: JobId, has_place: bool) {
		if let Ok(mut all) = self.ours.lock() {
			match has_place {
				true => all.insert(job),
				false => all.remove(&job),
			};
			let count = u64::try_from(all.len()).unwrap_or(u64::MAX);
			self.miner.metrics.jobs.set(gauge(count));
		}
	}

	/// Reserves a place, if there is one.
	fn make_room_for(&self, job: JobId) -> bool {
		let Ok(mut all) = self.ours.lock() else { return false };
		all.contains(&job) || (all.len() < self.miner.policy.jobs_at_once && all.insert(job))
	}

	fn number_of_ours(&self) -> u64 {
		self.ours.lock().map_or(0, |all| u64::try_from(all.len()).unwrap_or(u64::MAX))
	}

	/// Takes steps until there is nothing to do for a while.
	async fn bring_on(
		&self,
		attempt: &mut Attempt,
		stop: &CancellationToken,
	) -> Result<Verdict, ExecuteError> {
		let number = attempt.job;
		for _ in 0..STEPS_AT_A_TIME {
			if stop.is_cancelled() {
				return Ok(Verdict::After(1));
			}
			let view = self.miner.chain.at(Head::Best).await?;
			let standing = self.standing(&view, number).await?;
			let row = self.miner.store.job(number)?.unwrap_or_default();
			attempt.rank = match &standing.record {
				Some(JobRecord::Live(job)) => self.miner.rank(job),
				_ => ENDED,
			};
			let durations = self.durations(&standing)?;
			let next = self.miner.policy.next(&row, &standing, &durations);
			let step = next.map_err(ExecuteError::Skip)?;
			attempt.at_rest = self.miner.policy.is_at_rest(&step, &standing);
			tracing::debug!(job = number, ?step, "next");
			self.post(number, &step, &row, &standing);
			match step {
				Step::Wait(time) => return Ok(Verdict::After(time.saturating_sub(standing.now))),
				Step::End(ending) => return self.end(number, ending).await,
				_ => {},
			}
			let live = match &standing.record {
				Some(JobRecord::Live(job)) => Some(job),
				_ => None,
			};
			Kind::count(&self.miner.metrics.steps, name(&step));
			let pause = match (step, live) {
				// Where that changes nothing, asking again must not cost a fee every other block.
				(Step::Withdraw, _) => {
					let miner = self.miner.policy.miner;
					self.send(Transaction::Withdraw(number, miner)).await?;
					return Ok(Verdict::Retry);
				},
				(Step::Collect, _) => {
					self.send(Transaction::Collect(number)).await?;
					return Ok(Verdict::Retry);
				},
				(_, None) => return Err(ExecuteError::Skip(SkipReason::Ended)),
				(step, Some(job)) => self.take_step(step, job, &row, &view, attempt).await?,
			};
			if let Some(pause) = pause {
				return Ok(Verdict::After(pause));
			}
		}
		Err(ExecuteError::TooManySteps)
	}

	/// Tells operators what comes next for a job.
	fn post(&self, number: JobId, step: &Step, row: &Row, standing: &Standing) {
		let Miner { policy, board, .. } = &*self.miner;
		board.saw_time(standing.now);
		let facts = match &standing.record {
			Some(JobRecord::Live(job)) => {
				Some(Facts::of(job, row, &policy.miner, &standing.extension, standing.now))
			},
			_ => None,
		};
		let waits_until = match step {
			Step::Wait(time) => Some(*time),
			_ => None,
		};
		let facts = match step {
			Step::Receive { until } => facts.map(|facts| facts.by(*until)),
			_ => facts,
		};
		board.at_step(number, AtStep { step: name(step), waits_until, facts });
	}

	/// Takes a step for a job; a pause where what comes next is for the chain to say.
	async fn take_step(
		&self,
		step: Step,
		job: &Job,
		row: &Row,
		view: &View,
		attempt: &mut Attempt,
	) -> Result<Option<u64>, ExecuteError> {
		let (number, miner) = (attempt.job, &self.miner.policy.miner);
		match step {
			Step::Look => return self.look(number, job, view, &mut attempt.rank).await,
			Step::Receive { .. } => return self.receive(number, job, row, view).await,
			Step::Decline => return self.decline(number, job, row).await,
			Step::Compute => self.compute(number, job, row, view).await?,
			Step::Sign => return self.have_signed(number, job, row, view).await,
			Step::Prove => self.prepare(number, job, row, view).await?,
			Step::Submit if job.private.is_some() => return self.settle(number, row).await,
			Step::Submit => {
				// All is done but to see it final: another job may have its place.
				attempt.at_rest = self.submit(number, row).await?;
				return Ok(Some(if attempt.at_rest { SOON } else { 1 }));
			},
			Step::Deliver => {
				let output = row.output.ok_or(ExecuteError::Missing("the output"))?;
				tracing::warn!(job = number, "no receipt in time; showing the output");
				self.send(Transaction::Deliver(number, output)).await?;
			},
			Step::Commit => {
				let output = row.output.ok_or(ExecuteError::Missing("the output"))?;
				let salt = self.commitment_salt(number, job, row)?;
				let commitment = delivery_commitment(number, &miner.0, &output, &salt);
				self.send(Transaction::Commit(number, commitment)).await?;
				return Ok(Some(SOON));
			},
			Step::Reveal => {
				let output = row.output.ok_or(ExecuteError::Missing("the output"))?;
				let salt = self.commitment_salt(number, job, row)?;
				self.send(Transaction::Reveal(number, output, salt)).await?;
				return Ok(Some(SOON));
			},
			Step::CommitLate => {
				let commitment =
					row.late_commitment.ok_or(ExecuteError::Missing("the late commitment"))?;
				self.send(Transaction::CommitLate(number, commitment)).await?;
				return Ok(Some(1));
			},
			Step::Collect | Step::Withdraw | Step::Wait(_) | Step::End(_) => {},
		}
		Ok(None)
	}

	async fn standing(&self, view: &View, number: JobId) -> Result<Standing, ExecuteError> {
		let record = view.job(number).await?;
		let extension = match &record {
			Some(JobRecord::Live(job)) => view.extension(job).await?,
			_ => Default::default(),
		};
		let commitment = match &record {
			// Nobody can have committed to a late receipt before the job is late.
			Some(JobRecord::Live(job))
				if matches!(job.state, JobState::Open | JobState::Locked) =>
			{
				view.late_commitment(number, &self.miner.policy.miner).await?
			},
			Some(JobRecord::Ended(_)) => {
				view.late_commitment(number, &self.miner.policy.miner).await?
			},
			_ => None,
		};
		Ok(Standing {
			record,
			extension,
			now: view.job_time().await?,
			block: view.block().number,
			commitment: commitment.map(|entry| (entry.commitment, entry.block)),
		})
	}

	/// How long steps take. A job that is not ours yet waits for each of those that are, and for panels' looks.
	/// One that is goes before those that have more time, and its proof gives way.
	fn durations(&self, standing: &Standing) -> Result<Durations, ExecuteError> {
		let Some(JobRecord::Live(job)) = &standing.record else { return Ok(Durations::default()) };
		let turns = match job.lock_of(&self.miner.policy.miner) {
			Some(_) => 1,
			None => {
				let before = self.number_of_ours().saturating_add(self.miner.processors.seats());
				before.saturating_add(1)
			},
		};
		let blocks = |milliseconds: u64| {
			milliseconds.saturating_mul(turns).div_ceil(self.miner.block_time.max(1))
		};
		let longest = |what: &Measured| -> Result<u64, StoreError> {
			Ok(self.miner.store.times(what)?.longest().unwrap_or(0))
		};
		let proving = match &job.offer.circuit {
			Some(circuit) => longest(&Measured::Proving(*circuit))?,
			None => 0,
		};
		let mut signing = 0;
		for issuer in &job.offer.issuers {
			if self.miner.policy.issuers.contains_key(issuer) {
				signing = signing.max(longest(&Measured::Signing(*issuer))?);
			}
		}
		Ok(Durations {
			execution: blocks(longest(&Measured::Execution(job.offer.model))?),
			signing: blocks(signing),
			proving: blocks(proving),
		})
	}

	/// Looks at everything that can be known of a job before its lock, and has it locked: a lock that is not
	/// kept costs the bond.
	async fn look(
		&self,
		number: JobId,
		job: &Job,
		view: &View,
		rank: &mut Rank,
	) -> Result<Option<u64>, ExecuteError> {
		let policy = &self.miner.policy;
		let work = match self.fetch(view, job).await {
			Err(ExecuteError::Work(WorkError::MalformedInput { reason, bytes })) => {
				return self.claim_malformed(number, job, reason, bytes).await
			},
			fetched => fetched?,
		};
		let now = view.job_time().await?;
		let decision = match job.private {
			Some(_) => {
				// While the pool has an auditor the job's own circuit, whose key we have, settles nothing.
				let audited = audited_circuits(view).await?;
				let proven = |circuit| self.miner.provers.get(&circuit).is_some();
				if !audited.into_iter().all(proven) {
					return Err(ExecuteError::Skip(SkipReason::NoProvingKey));
				}
				let fee = fee_over(least_fee(view).await?);
				let fee = fee.ok_or(ExecuteError::Skip(SkipReason::PayTooLow))?;
				policy.accept_hidden_price(&work, fee)
			},
			None => policy.accept_price(job, &work, now),
		};
		match decision {
			Decision::Wait(time) => return Ok(Some(time.saturating_sub(now))),
			Decision::Skip(reason) => return Err(ExecuteError::Skip(reason)),
			_ => {},
		}
		let free = view.free_bond(&policy.miner).await?.unwrap_or(0);
		let needed = job.offer.miner_bond;
		if free < needed {
			return Err(ExecuteError::Skip(SkipReason::BondTooSmall { free, needed }));
		}
		let (lockable, _) = view.jobs_for(&policy.miner, number).await?;
		if lockable.first() != Some(&number) {
			return Err(ExecuteError::Skip(SkipReason::NotMatched));
		}
		// What cannot be opened is not to be taken.
		let offer = match job.private {
			Some(_) => Some(self.offer(job, view).await?),
			None => None,
		};
		if !self.make_room_for(number) {
			return Ok(Some(SOON));
		}
		let ends_at = job.deadline().saturating_add(policy.settling_time);
		self.miner.store.change(number, |row| {
			row.found_at = now;
			row.ends_at = ends_at;
			if let Some(offer) = offer {
				keep_offer(row, offer);
			}
		})?;
		let transaction = match offer {
			Some(_) => {
				let keys = self.earnings()?.job_keys(number, job.nonce().saturating_add(1));
				let opening_key = keys.opening_key().to_bytes();
				Transaction::LockPrivate(number, keys.payee(), opening_key)
			},
			None => Transaction::Lock(number),
		};
		self.send(transaction).await?;
		*rank = Rank::Ours(job.lock_deadline());
		Ok(None)
	}

	/// The keys of the wallet that private jobs are paid into.
	fn earnings(&self) -> Result<&Arc<Keys>, ExecuteError> {
		self.miner.earnings.as_ref().ok_or(ExecuteError::Skip(SkipReason::NoWallet))
	}

	/// What a private job offers, as it was posted.
	async fn offer(&self, job: &Job, view: &View) -> Result<PrivateOffer, ExecuteError> {
		let offer = offer_of(&self.miner.chain, view, job).await?;
		offer.ok_or(ExecuteError::Skip(SkipReason::OfferNotFound))
	}

	/// Looks whether the opening of a private job has come that is worth the work, and keeps it. It is looked for in
	/// all blocks since the lock, also in those that came while the worker was not there.
	async fn receive(
		&self,
		number: JobId,
		job: &Job,
		row: &Row,
		view: &View,
	) -> Result<Option<u64>, ExecuteError> {
		let keys = self.earnings()?;
		let private = match &row.private {
			Some(private) => private.clone(),
			None => {
				let offer = self.offer(job, view).await?;
				self.miner.store.change(number, |row| keep_offer(row, offer))?;
				PrivateRow::new(offer)
			},
		};
		let lock = lock_of(view.genesis(), number, job).ok_or(ExecuteError::Missing("the lock"))?;
		// The chain says whether one was sent at all.
		let came = match taken(job).is_some_and(|taken| taken.opened) {
			true => self.openings.came(&self.miner.chain, number, job).await?,
			false => Came::default(),
		};
		let found = match came.openings.is_empty() {
			true => Found::Nothing,
			false => {
				let work = self.fetch(view, job).await?;
				let offered =
					Offered { units: work.input.units(), unit_price: work.input.unit_price() };
				// The least: what was taken for a little more is not given back because that has become a little less.
				let fee = least_fee(view).await?;
				let fee = u64::try_from(fee).unwrap_or(u64::MAX);
				let least = self.miner.policy.least_pay(offered.units, fee).unwrap_or(u64::MAX);
				choose(keys, &private, &lock, &offered, least, &came.openings)?
			},
		};
		if let Found::Good(opening) = &found {
			self.change_private(number, |private| private.opening = Some(opening.clone()))?;
		}
		if let Found::Worthless(_) = &found {
			self.change_private(number, |private| private.declined = Some(lock.agreement))?;
		}
		// What was kept need not be looked at again.
		self.openings.looked_at(number, came);
		match found {
			Found::Good(_) => {
				tracing::info!(job = number, "opened");
				Ok(None)
			},
			Found::Bad(reason) | Found::Worthless(reason) => Err(ExecuteError::Opening(reason)),
			Found::Nothing if job.state == JobState::Locked => Ok(Some(1)),
			Found::Nothing => Ok(Some(BETWEEN_OPENINGS)),
		}
	}

	/// Gives a private job back, and says why.
	async fn decline(
		&self,
		number: JobId,
		job: &Job,
		row: &Row,
	) -> Result<Option<u64>, ExecuteError> {
		let declined = ExecuteError::Declined(why_declined(row, job));
		tracing::warn!(job = number, error = %declined, "declined");
		Kind::count(&self.miner.metrics.setbacks, declined.code());
		self.miner.board.set_back(number, declined.code(), &declined.to_string());
		self.send(Transaction::Decline(number)).await?;
		Ok(Some(SOON))
	}

	/// Changes what is known of a private job beside the rest.
	fn change_private(
		&self,
		number: JobId,
		change: impl Fn(&mut PrivateRow),
	) -> Result<Row, StoreError> {
		self.miner.store.change(number, |row| {
			if let Some(private) = &mut row.private {
				change(private);
			}
		})
	}

	/// Ends a job that has no input, where that pays.
	async fn claim_malformed(
		&self,
		number: JobId,
		job: &Job,
		reason: String,
		bytes: Vec<u8>,
	) -> Result<Option<u64>, ExecuteError> {
		let from = self.miner.policy.malformed_from;
		let pays = from > 0 && job.offer.issuer_fee >= from && bytes.len() <= MAX_CLAIM;
		if !pays {
			return Err(ExecuteError::Skip(SkipReason::BadBlob(reason)));
		}
		tracing::info!(job = number, reason, "the input is none; showing it");
		self.send(Transaction::ClaimMalformed(number, bytes)).await?;
		Ok(Some(SOON))
	}

	/// Input and model, checked against what the chain says of them.
	async fn fetch(&self, view: &View, job: &Job) -> Result<Work, ExecuteError> {
		let record = view.model(&job.offer.model).await?.ok_or_else(|| {
			ExecuteError::Skip(SkipReason::BadBlob("the model is not on the chain".to_owned()))
		})?;
		let (blobs, job) = (self.miner.blobs.clone(), job.clone());
		let fetching = tokio::task::spawn_blocking(move || {
			Work::fetch(&blobs, &job, &record.description).map_err(ExecuteError::Work)
		});
		fetching.await.map_err(|error| ExecuteError::Interrupted(error.to_string()))?
	}

	/// Runs the model and stores the output.
	async fn compute(
		&self,
		number: JobId,
		job: &Job,
		row: &Row,
		view: &View,
	) -> Result<(), ExecuteError> {
		let started = Instant::now();
		let work = self.fetch(view, job).await?;
		let salt = match row.output_salt {
			Some(salt) => salt,
			None => {
				// Those who do the same job make the same output.
				let salt = match job.is_redundant() {
					true => shared_output_salt(work.input.salt(), number),
					false => self.secret(b"quittance.miner-output-salt.v1", number, job),
				};
				let ends_at = job.deadline().saturating_add(self.miner.policy.settling_time);
				self.miner.store.change(number, |row| {
					row.output_salt = Some(salt);
					row.ends_at = row.ends_at.max(ends_at);
				})?;
				salt
			},
		};
		let offered = Offered { units: work.input.units(), unit_price: work.input.unit_price() };
		let blobs = self.miner.blobs.clone();
		let by = ends_at(job, view.job_time().await?);
		let permit = self.miner.processors.permit(Whose::Job, by).await;
		let computing = tokio::task::spawn_blocking(move || {
			let _permit = permit;
			let output = run(&work.network, &work.input, salt)
				.map_err(|error| ExecuteError::Skip(SkipReason::BadBlob(error.to_string())))?;
			let bytes = output.encode();
			let size = u32::try_from(bytes.len())
				.map_err(|error| ExecuteError::Skip(SkipReason::BadBlob(error.to_string())))?;
			blobs.put(&bytes).map_err(ExecuteError::Blobs)?;
			Ok::<_, ExecuteError>(Blob { digest: output.digest(), size })
		});
		let output =
			computing.await.map_err(|error| ExecuteError::Interrupted(error.to_string()))??;
		self.miner.store.change(number, |row| {
			row.output = Some(output);
			row.offered = Some(offered);
		})?;
		let elapsed = started.elapsed();
		self.miner.metrics.execution.observe(elapsed.as_secs_f64());
		self.miner.store.measure(&Measured::Execution(job.offer.model), milliseconds(elapsed))?;
		tracing::info!(job = number, execution_ms = elapsed.as_millis(), "computed");
		Ok(())
	}

	/// The salt of the commitment to an output. Known again if the records are lost.
	fn commitment_salt(&self, number: JobId, job: &Job, row: &Row) -> Result<Digest, ExecuteError> {
		if let Some(salt) = row.commitment_salt {
			return Ok(salt);
		}
		let salt = self.secret(b"quittance.commitment-salt.v1", number, job);
		self.miner.store.change(number, |row| row.commitment_salt = Some(salt))?;
		Ok(salt)
	}

	/// A secret of the job's, of which others learn nothing by others.
	fn secret(&self, tag: &[u8], number: JobId, job: &Job) -> [u8; 32] {
		let subject = FieldBytes::from(self.subject(number, job).hash::<Native>());
		let secret = Zeroizing::new([tag, self.miner.salts.as_slice(), &subject.0].concat());
		blake2_256(&secret)
	}

	fn subject(&self, number: JobId, job: &Job) -> Subject {
		Subject {
			genesis: self.miner.chain.genesis(),
			job: number,
			requester: job.requester.0,
			miner: self.miner.policy.miner.0,
			model: job.offer.model,
			input: job.offer.input.digest,
		}
	}

	/// Asks the job's issuers that we know, in the job's order, until one signs. Each has its part of the
	/// time that there is: one that keeps us waiting costs neither the lock nor the others' turns.
	async fn have_signed(
		&self,
		number: JobId,
		job: &Job,
		row: &Row,
		view: &View,
	) -> Result<Option<u64>, ExecuteError> {
		let output = row.output.ok_or(ExecuteError::Missing("the output"))?.digest;
		let policy = &self.miner.policy;
		let (now, extension) = (view.job_time().await?, view.extension(job).await?);
		// Before anybody is asked: an answer that cannot be checked is not wanted.
		let metered = metered(row, job, &policy.miner, now, &extension)?;
		let (reply, answer) = oneshot::channel();
		self.errands.put(Errand::Sign { job: number, output, reply }).await;
		let request: SignRequest =
			answer.await.map_err(|error| ExecuteError::Interrupted(error.to_string()))?;
		let subject = self.subject(number, job).hash::<Native>();
		let proving = match &job.offer.circuit {
			Some(circuit) => self.blocks_for(&Measured::Proving(*circuit))?,
			None => 0,
		};
		let blocks = policy.time_to_sign(job, now, proving);
		let milliseconds_left = blocks.map(|time| time.saturating_mul(self.miner.block_time));
		let asked_until =
			milliseconds_left.map(|time| Instant::now() + Duration::from_millis(time));
		let known: Vec<_> = job
			.offer
			.issuers
			.iter()
			.filter_map(|issuer| policy.issuers.get(issuer).map(|url| (issuer, url)))
			.collect();
		let mut last = None;
		for (place, (issuer, url)) in known.iter().enumerate() {
			let started = Instant::now();
			let turns = u32::try_from(known.len().saturating_sub(place)).unwrap_or(u32::MAX);
			let turn = asked_until.map_or(LONGEST_TURN, |until| {
				let left = until.saturating_duration_since(started);
				left.checked_div(turns).unwrap_or(left).min(LONGEST_TURN)
			});
			let answer = match tokio::time::timeout(turn, request_receipt(url, &request)).await {
				Ok(answer) => answer.map_err(ExecuteError::Issuer),
				Err(_) => Err(ExecuteError::NoAnswer(turn.as_secs())),
			};
			let keys = view.issuer(issuer).await?.map(|record| record.keys);
			let expected = Expected {
				issuer,
				keys,
				output,
				level: job.offer.level,
				genesis: self.miner.chain.genesis(),
				subject,
				now,
				metered,
			};
			let checked = answer.and_then(|receipt| {
				expected.check(&receipt)?;
				Ok(receipt)
			});
			match checked {
				Ok(receipt) => {
					self.miner.metrics.signing.observe(started.elapsed().as_secs_f64());
					let what = Measured::Signing(**issuer);
					self.miner.store.measure(&what, milliseconds(started.elapsed()))?;
					let nullifier = receipt.body.nullifier::<Native>(subject).into();
					let miner = &self.miner.policy.miner;
					let late = late_commitment(number, &miner.0, &nullifier);
					// Nobody is late for a private job.
					let late = job.private.is_none().then_some(late);
					self.miner.store.change(number, |row| {
						row.signed = Some(receipt.clone());
						row.late_commitment = late;
						row.receipt = None;
						if let Some(private) = &mut row.private {
							private.settlement = None;
						}
					})?;
					return Ok(None);
				},
				// What one cannot or does not want to do another may.
				Err(error) => {
					tracing::warn!(job = number, %issuer, %error, "no receipt");
					last = Some(error);
				},
			}
		}
		match last {
			// Nobody has refused: what to do instead is decided at once.
			Some(ExecuteError::NoAnswer(_)) if blocks.is_some() => Ok(Some(1)),
			last => Err(last.unwrap_or(ExecuteError::Skip(SkipReason::NoIssuer))),
		}
	}

	fn blocks_for(&self, what: &Measured) -> Result<JobTime, StoreError> {
		let longest = self.miner.store.times(what)?.longest().unwrap_or(0);
		Ok(longest.div_ceil(self.miner.block_time.max(1)))
	}

	/// Makes what is to be submitted: the receipt, or the settlement of a private job. It is proven, where the job
	/// asks for that. There is none yet where the proof has given way to something else.
	async fn prepare(
		&self,
		number: JobId,
		job: &Job,
		row: &Row,
		view: &View,
	) -> Result<(), ExecuteError> {
		let submitter = self.miner.policy.hot_key;
		let signed = || row.signed.clone().ok_or(ExecuteError::Missing("the signed receipt"));
		let prepared = match (job.offer.level, &job.state) {
			(Level::Transparent, _) => {
				let receipt = Receipt::Transparent(transparent_receipt(&signed()?)?);
				Some(Prepared { receipt, submitter })
			},
			(Level::Enhanced, JobState::Judged { units, .. }) => {
				let begin = self.begin_settlement(number, job, row);
				self.proven(number, &Ground::Found(*units), begin).await?
			},
			(Level::Enhanced, _) => {
				let begin = self.begin_settlement(number, job, row);
				self.proven(number, &Ground::Signed(signed()?), begin).await?
			},
			(Level::Basic, _) => {
				let signed = signed()?;
				let begin = self.begin_proof(number, job, &signed, view);
				self.proven(number, &Ground::Signed(signed.clone()), begin).await?
			},
		};
		if let Some(prepared) = prepared {
			self.miner.store.change(number, |row| row.receipt = Some(prepared.clone()))?;
		}
		Ok(())
	}

	/// Waits for a proof, or until it gives way. A settlement is put on record, a receipt is returned.
	async fn proven(
		&self,
		number: JobId,
		of: &Ground,
		begin: impl Future<Output = Result<JoinHandle<Proven>, ExecuteError>>,
	) -> Result<Option<Prepared>, ExecuteError> {
		let gives_way = self.until_proof_gives_way(number);
		let Some((made, elapsed)) = self.proofs.made(number, of, begin, gives_way).await? else {
			tracing::info!(job = number, "the proof gives way");
			return Ok(None);
		};
		let made = made?;
		self.miner.metrics.proving.observe(elapsed.as_secs_f64());
		let circuit = match &made {
			Made::Receipt(receipt) => receipt.header.circuit,
			Made::Settlement(settlement) => settlement.header.circuit,
		};
		self.miner.store.measure(&Measured::Proving(circuit), milliseconds(elapsed))?;
		tracing::info!(job = number, proving_ms = elapsed.as_millis(), "proven");
		match made {
			Made::Receipt(receipt) => {
				let submitter = self.miner.policy.hot_key;
				Ok(Some(Prepared { receipt: Receipt::Basic(*receipt), submitter }))
			},
			Made::Settlement(made) => {
				self.change_private(number, |row| row.settlement = Some((*made).clone()))?;
				Ok(None)
			},
		}
	}

	/// Has the proof of a signed receipt begin, once the processors are free.
	async fn begin_proof(
		&self,
		number: JobId,
		job: &Job,
		signed: &SignedReceipt,
		view: &View,
	) -> Result<JoinHandle<Proven>, ExecuteError> {
		let by = ends_at(job, view.job_time().await?);
		let view = self.view_from(signed.body.end).await?;
		let facts = ReceiptFacts::read(&view, number).await?;
		let prover = self
			.miner
			.provers
			.get(&facts.circuit)
			.ok_or(ExecuteError::Skip(SkipReason::NoProvingKey))?;
		let (miner, submitter) = (self.miner.policy.miner, self.miner.policy.hot_key);
		let signed = signed.clone();
		let permit = self.miner.processors.permit(Whose::Job, by).await;
		Ok(tokio::task::spawn_blocking(move || {
			let _permit = permit;
			let started = Instant::now();
			let receipt = prove_receipt(&facts, &miner, &submitter, &signed, &prover);
			(receipt.map(|receipt| Made::Receipt(Box::new(receipt))), started.elapsed())
		}))
	}

	/// Has the proof of a settlement begin, once the processors are free: by what a panel found, where one did, else by
	/// what an issuer signed.
	async fn begin_settlement(
		&self,
		number: JobId,
		job: &Job,
		row: &Row,
	) -> Result<JoinHandle<Proven>, ExecuteError> {
		let keys = Arc::clone(self.earnings()?);
		let private = row.private.clone().ok_or(ExecuteError::Missing("the opening"))?;
		let offered = row.offered.ok_or(ExecuteError::Missing("what the input offers"))?;
		let signed = row.signed.clone();
		let ended = signed.as_ref().map_or(0, |signed| signed.body.end);
		let view = self.view_from(ended).await?;
		let by = ends_at(job, view.job_time().await?);
		let miner = self.miner.policy.miner;
		let facts = SettlementFacts::read(&view, number, &miner).await?;
		let circuit = facts.circuit();
		let prover = circuit.and_then(|circuit| self.miner.provers.get(&circuit));
		let prover = prover.ok_or(ExecuteError::Skip(SkipReason::NoProvingKey))?;
		let permit = self.miner.processors.permit(Whose::Job, by).await;
		Ok(tokio::task::spawn_blocking(move || {
			let _permit = permit;
			let started = Instant::now();
			let made = facts.prove(&miner, &keys, &private, signed.as_ref(), &offered, &prover);
			(made.map(|made| Made::Settlement(Box::new(made))), started.elapsed())
		}))
	}

	/// Waits until something else than a proof is next for a job: its lock passes but for the reserve, so that
	/// the output must be shown, or the chain has taken the job from us.
	async fn until_proof_gives_way(&self, number: JobId) {
		let mut blocks = self.miner.chain.follow(Head::Best);
		loop {
			blocks.next().await;
			if gives_way(&self.is_proof_next(number).await) {
				return;
			}
		}
	}

	async fn is_proof_next(&self, number: JobId) -> Result<bool, ExecuteError> {
		let view = self.miner.chain.at(Head::Best).await?;
		let standing = self.standing(&view, number).await?;
		let row = self.miner.store.job(number)?.unwrap_or_default();
		// A proof that is being made may end at any time: what it takes as measured does not count.
		let next = self.miner.policy.next(&row, &standing, &Durations::default());
		Ok(next == Ok(Step::Prove))
	}

	/// Submits the receipt, unless the chain would refuse it: a refused transaction costs a fee, a dry run
	/// nothing. Returns whether it was; if not, it is made anew.
	async fn submit(&self, number: JobId, row: &Row) -> Result<bool, ExecuteError> {
		let prepared = row.receipt.as_ref().ok_or(ExecuteError::Missing("the receipt"))?;
		let view = self.miner.chain.at(Head::Best).await?;
		let submitter = self.miner.policy.hot_key;
		let verdict = view.dry_run_receipt(&submitter, number, &prepared.receipt).await;
		if let Err(ClientError::Refused(refusal)) = &verdict {
			let error = refusal.error.as_str();
			// What the receipt depends on has changed: it is made anew, by another issuer if need be.
			let signed_anew = error == "IssuerWasRemoved";
			if signed_anew || MADE_ANEW.contains(&error) {
				tracing::info!(job = number, %refusal, "the receipt is made anew");
				self.miner.store.change(number, |row| {
					row.receipt = None;
					if signed_anew {
						row.signed = None;
					}
				})?;
				return Ok(false);
			}
		}
		verdict?;
		let receipt = Box::new(prepared.receipt.clone());
		let outcome = self.send(Transaction::Submit(number, receipt)).await?;
		report(number, &outcome);
		Ok(true)
	}

	/// Sends the settlement of a private job, which its proof authorises, and again as often as it is not in a block: the
	/// pool of transactions keeps it once. Whether it is in one is for the job's record to say.
	async fn settle(&self, number: JobId, row: &Row) -> Result<Option<u64>, ExecuteError> {
		let made = row.private.as_ref().and_then(|private| private.settlement.as_ref());
		let made = made.ok_or(ExecuteError::Missing("the settlement"))?;
		let refusal = match settlement::send(&self.miner.chain, number, made).await {
			Ok(_) => return Ok(Some(1)),
			// Another one of ours is on its way.
			Err(ClientError::Transaction(TransactionError::PriorityTooLow)) => return Ok(Some(1)),
			Err(error) => match &error {
				ClientError::PrivateCall(PrivateCallRefusal::Pool(refusal)) => {
					match after_refusal(*refusal) {
						AfterRefusal::Stands => return Err(error.into()),
						after => (after, *refusal),
					}
				},
				_ => return Err(error.into()),
			},
		};
		match refusal {
			(AfterRefusal::LooksAgain | AfterRefusal::Stands, _) => Ok(Some(1)),
			(after, refusal) => {
				tracing::info!(job = number, %refusal, "the settlement is made anew");
				let signed_anew = after == AfterRefusal::SignsAnew;
				self.miner.store.change(number, |row| {
					if let Some(private) = &mut row.private {
						private.settlement = None;
					}
					if signed_anew {
						row.signed = None;
					}
				})?;
				Ok(None)
			},
		}
	}

	/// Notes how a job has ended, once that is final.
	async fn end(&self, number: JobId, ending: Ending) -> Result<Verdict, ExecuteError> {
		let view = self.miner.chain.at(Head::Finalised).await?;
		let is_final = match view.job(number).await? {
			Some(JobRecord::Live(job)) => {
				ending == Ending::Missed
					|| (ending == Ending::Declined
						&& job.private.is_some_and(|private| {
							private.declined.contains(&self.miner.policy.miner)
						}))
			},
			_ => true,
		};
		if !is_final {
			return Ok(Verdict::After(SOON));
		}
		let before = self.miner.store.job(number)?;
		if let Some(row) = before.filter(|row| row.ending.is_none()) {
			let ending = self.own_part(number, &row, &view, ending).await?;
			self.miner.store.change(number, |row| row.ending = Some(ending))?;
			let kind = match ending {
				Ending::Paid(amount) => {
					self.miner.metrics.earned.inc_by(u64::try_from(amount).unwrap_or(u64::MAX));
					tracing::info!(job = number, amount, "paid");
					"paid"
				},
				Ending::Refunded => "refunded",
				Ending::Taken => "taken",
				Ending::Missed => "missed",
				Ending::Gone => "gone",
				Ending::Failed => "failed",
				Ending::Settled => "settled",
				Ending::Declined => "declined",
			};
			Kind::count(&self.miner.metrics.endings, kind);
			self.miner.board.ended(number, kind, ending);
			tracing::info!(job = number, kind, "ended");
		}
		Ok(Verdict::Done)
	}

	/// How a job ended for us where several miners had it: the chain's record names one of them, and what all
	/// earned.
	async fn own_part(
		&self,
		number: JobId,
		row: &Row,
		view: &View,
		ending: Ending,
	) -> Result<Ending, ExecuteError> {
		let shared = matches!(ending, Ending::Paid(_) | Ending::Taken);
		// Whoever had it with others has committed to its output.
		if !shared || row.commitment_salt.is_none() {
			return Ok(ending);
		}
		let part = share_of(&self.miner.chain, number, &self.miner.policy.miner, view.block());
		Ok(part.await?.map_or(ending, Ending::Paid))
	}

	/// Has a transaction sent, and waits until a block has it.
	async fn send(&self, transaction: Transaction) -> Result<Outcome, ExecuteError> {
		send(&self.errands, transaction).await
	}

	/// The state at the best block, once that is no older than `time`: the issuer's node can be some blocks
	/// ahead of ours. After as many it is what it is, and the receipt is not of this time.
	async fn view_from(&self, time: JobTime) -> Result<View, ClientError> {
		let mut blocks = self.miner.chain.follow(Head::Best);
		for _ in 0..AHEAD {
			let view = self.miner.chain.at(Head::Best).await?;
			if view.job_time().await? >= time {
				return Ok(view);
			}
			blocks.next().await;
		}
		self.miner.chain.at(Head::Best).await
	}
}

/// Whether a proof gives way, by whether it is what is next for its job. That nobody knows does not count: nothing
/// could be sent then either, and the next block may tell.
fn gives_way(is_proof_next: &Result<bool, ExecuteError>) -> bool {
	match is_proof_next {
		Ok(next) => !next,
		Err(error) => {
			tracing::debug!(%error, "not known what is next");
			false
		},
	}
}

/// Has a transaction sent, and waits until a block has it.
pub(crate) async fn send(
	errands: &Queue<Errand>,
	transaction: Transaction,
) -> Result<Outcome, ExecuteError> {
	let (reply, answer) = oneshot::channel();
	errands.put(Errand::Send { transaction, reply }).await;
	let outcome = answer.await.map_err(|error| ExecuteError::Interrupted(error.to_string()))?;
	Ok(outcome?)
}

/// The job time by which work for a job must be done. It is compared with others' alone: that removals of issuers
/// may move it does not matter.
fn ends_at(job: &Job, now: JobTime) -> JobTime {
	deadline(job, &Extension::default(), now).unwrap_or(JobTime::MAX)
}

/// Units and unit price by which an issuer meters the work for us, by what the input offered when the output was
/// made: whoever can take the input away must not have us take less.
fn metered(
	row: &Row,
	job: &Job,
	miner: &AccountId,
	now: JobTime,
	extension: &Extension,
) -> Result<(u64, u64), ExecuteError> {
	let Offered { units, unit_price } =
		row.offered.ok_or(ExecuteError::Missing("what the input offers"))?;
	let claim = job.claim_of(miner, now, extension).map_err(ExecuteError::NoClaim)?;
	let price = metered_price(units, unit_price, claim.max_amount).ok_or({
		let offered = claim.max_amount.checked_div(units.into()).unwrap_or(0);
		ExecuteError::Skip(SkipReason::PriceTooLow { offered, minimum: 1 })
	})?;
	Ok((units, price))
}

/// What to do about a settlement that the pool refuses.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum AfterRefusal {
	/// What it depends on has changed: it is proven anew.
	ProvesAnew,
	/// Its issuer was removed: another one is asked.
	SignsAnew,
	/// The job stands otherwise than it did.
	LooksAgain,
	/// It is said, and sent again later.
	Stands,
}

fn after_refusal(refusal: PoolRefusal) -> AfterRefusal {
	match refusal {
		PoolRefusal::FeeTooLow
		| PoolRefusal::WrongIssuerRoot
		| PoolRefusal::WrongValidUntil
		| PoolRefusal::WrongNonce
		| PoolRefusal::WrongCircuit
		| PoolRefusal::AuditRequired
		| PoolRefusal::NoAuditor
		| PoolRefusal::WrongAuditorKey
		| PoolRefusal::AuditorKeyExpired
		| PoolRefusal::AsOfInFuture => AfterRefusal::ProvesAnew,
		PoolRefusal::IssuerNotAccepted => AfterRefusal::SignsAnew,
		PoolRefusal::NoPrivateJob
		| PoolRefusal::JobBarred
		| PoolRefusal::NoVerdict
		| PoolRefusal::DeadlinePassed => AfterRefusal::LooksAgain,
		_ => AfterRefusal::Stands,
	}
}

/// Puts the offer of a private job on record, with nothing of another's that had its number.
fn keep_offer(row: &mut Row, offer: PrivateOffer) {
	if row.private.as_ref().is_none_or(|private| private.offer != offer) {
		row.private = Some(PrivateRow::new(offer));
	}
}

/// Why a private job is given back.
fn why_declined(row: &Row, job: &Job) -> &'static str {
	let private = row.private.as_ref().zip(taken(job).map(|taken| taken.agreement));
	match private {
		Some((private, agreement)) if private.is_open(&agreement) => {
			"there is no time left to do it"
		},
		Some((private, agreement)) if private.declined == Some(agreement) => {
			"what its requester sent is not worth the work"
		},
		_ if taken(job).is_some_and(|taken| taken.opened) => "no opening that came is good",
		_ => "its requester has sent no opening in time",
	}
}

/// Refusals of a receipt that another proof of the same receipt may not get.
const MADE_ANEW: [&str; 5] =
	["WrongIssuerRoot", "WrongValidUntil", "WrongNonce", "AsOfInFuture", "WrongSubmitter"];

/// What an issuer is asked to sign. Its answer is on record for good, so that one that the chain would refuse,
/// or that pays less than the work is worth, must not get there.
struct Expected<'a> {
	issuer: &'a AccountId,
	/// Its keys on the chain, if it is there.
	keys: Option<IssuerKeys>,
	output: [u8; 32],
	level: Level,
	genesis: [u8; 32],
	subject: Fr,
	now: JobTime,
	/// Units and unit price as we meter them.
	metered: (u64, u64),
}

impl Expected<'_> {
	fn check(&self, receipt: &SignedReceipt) -> Result<(), ExecuteError> {
		let body = &receipt.body;
		let (units, price) = self.metered;
		let is_metered = (body.units, body.unit_price) == (units, u128::from(price));
		let signed = self
			.keys
			.as_ref()
			.is_some_and(|keys| receipt.is_signed(&self.genesis, self.subject, keys));
		let checks = [
			(receipt.issuer == *self.issuer, "another issuer"),
			(body.output == self.output, "another output"),
			(receipt.level == self.level, "another level"),
			(body.check().is_ok(), "a body that contradicts itself"),
			(body.end <= self.now.saturating_add(AHEAD), "a time to come"),
			(body.expires_at > self.now, "a receipt that has expired"),
			(is_metered, "another amount than the work is worth"),
			(signed, "with another key than the chain has"),
		];
		match checks.into_iter().find(|(good, _)| !good) {
			Some((_, what)) => Err(ExecuteError::WrongReceipt(what)),
			None => Ok(()),
		}
	}
}

/// Says what a receipt came to.
fn report(job: JobId, outcome: &Outcome) {
	let inclusion = &outcome.inclusion;
	let (block, fee, weight) = (inclusion.block.number, inclusion.fee, inclusion.weight.ref_time);
	for event in &outcome.events {
		match event {
			Event::JobFulfilled { job: number, amount, .. } if *number == job => {
				tracing::info!(job, amount, fee, weight, block, "fulfilled");
			},
			Event::PaymentDeferred { job: number, amount, error, .. } if *number == job => {
				tracing::warn!(job, amount, fee, block, %error, "accepted but not paid yet");
			},
			Event::SettlementScheduled { job: number, amount, .. } if *number == job => {
				tracing::info!(job, amount, fee, block, "accepted, to be settled");
			},
			_ => {},
		}
	}
}

fn milliseconds(time: Duration) -> u64 {
	u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// A step's name in the metrics.
fn name(step: &Step) -> &'static str {
	match step {
		Step::Look => "look",
		Step::Receive { .. } => "await_opening",
		Step::Decline => "decline",
		Step::Compute => "compute",
		Step::Sign => "sign",
		Step::Prove => "prove",
		Step::Submit => "submit",
		Step::Deliver => "deliver",
		Step::Commit => "commit",
		Step::Reveal => "reveal",
		Step::CommitLate => "commit_late",
		Step::Collect => "collect",
		Step::Withdraw => "withdraw",
		Step::Wait(_) => "wait",
		Step::End(_) => "end",
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use quittance_client::Refusal;

	fn refused(error: &str) -> ExecuteError {
		ExecuteError::Chain(ClientError::Refused(Refusal {
			pallet: "ModelMarketplace".to_owned(),
			error: error.to_owned(),
			docs: String::new(),
			inclusion: None,
		}))
	}

	#[test]
	fn a_job_that_is_ours_is_never_given_up_by_an_error() {
		let errors = [
			refused("JobLocked"),
			ExecuteError::WrongReceipt("another issuer"),
			ExecuteError::Work(WorkError::WrongModel { what: "input" }),
			ExecuteError::Missing("the output"),
		];
		for error in errors {
			assert_eq!(error.verdict(true), Verdict::After(SOON), "{error}");
		}
	}

	/// What the chain says of a settlement is not the end of it where another would be taken.
	#[test]
	fn a_settlement_is_made_anew_where_that_helps() {
		for refusal in PoolRefusal::ALL {
			let expected = match refusal.number() {
				3..=6 | 12 | 16 | 18 | 30 | 58 | 60 => AfterRefusal::ProvesAnew,
				59 => AfterRefusal::SignsAnew,
				52 | 53 | 54 | 61 => AfterRefusal::LooksAgain,
				_ => AfterRefusal::Stands,
			};
			assert_eq!(after_refusal(refusal), expected, "{refusal:?}");
		}
	}

	#[test]
	fn why_a_private_job_is_given_back_is_said() {
		use crate::{
			policy::tests::{agreement, locked, private, MINER},
			store::KeptOpening,
		};
		let job = private(locked(MINER));
		let field = FieldBytes([1; 32]);
		let offer = PrivateOffer { escrow: field, terms: field, change_key: [3; 64] };
		let mut row = Row::default();
		let none = "its requester has sent no opening in time";
		assert_eq!(why_declined(&row, &job), none);
		keep_offer(&mut row, offer);
		assert_eq!(why_declined(&row, &job), none);
		let change = |row: &mut Row, change: &dyn Fn(&mut PrivateRow)| {
			change(row.private.as_mut().unwrap());
		};
		change(&mut row, &|private| private.declined = Some(agreement(5)));
		assert_eq!(why_declined(&row, &job), none, "that was another lock");
		change(&mut row, &|private| private.declined = Some(agreement(6)));
		let worthless = "what its requester sent is not worth the work";
		assert_eq!(why_declined(&row, &job), worthless);
		let opening = KeptOpening { agreement: agreement(6), sealed: [1; 160] };
		change(&mut row, &|private| private.opening = Some(opening.clone()));
		assert_eq!(why_declined(&row, &job), "there is no time left to do it");
		// What is known of an offer is kept, and nothing of another.
		let before = row.clone();
		keep_offer(&mut row, offer);
		assert_eq!(row, before);
		keep_offer(&mut row, PrivateOffer { change_key: [4; 64], ..offer });
		assert_eq!(why_declined(&row, &job), none);
	}

	#[test]
	fn a_job_that_is_not_is_left_to_others_unless_it_may_change() {
		let verdict = |error: ExecuteError| error.verdict(false);
		assert_eq!(verdict(refused("JobLocked")), Verdict::Done);
		assert_eq!(verdict(refused("CircuitPaused")), Verdict::Retry);
		assert_eq!(verdict(ExecuteError::Skip(SkipReason::Taken)), Verdict::Done);
		assert_eq!(verdict(ExecuteError::Skip(SkipReason::NotMatched)), Verdict::Retry);
		assert_eq!(verdict(ExecuteError::Interrupted("x".to_owned())), Verdict::Retry);
		let malformed = WorkError::MalformedInput { reason: "short".to_owned(), bytes: vec![1] };
		assert_eq!(verdict(ExecuteError::Work(malformed)), Verdict::Done);
	}

	/// An issuer that signs anything but what it was asked for is not believed: what it signed would be on
	/// record, and the job would end with it.
	#[test]
	fn an_issuers_answer_is_what_was_asked_for() {
		use quittance_client::AccountKey;
		use quittance_issuer::IssuerKey;
		use quittance_types::Body;
		let issuer = IssuerKey::new(AccountKey::development("//Dave").unwrap());
		let other = IssuerKey::new(AccountKey::development("//Eve").unwrap());
		let (genesis, subject, output) = ([1; 32], Fr::from(42u8), [7; 32]);
		let body = Body {
			units: 2,
			unit_price: 3,
			amount: 6,
			start: 10,
			end: 30,
			expires_at: 60,
			serial: 1,
			output,
		};
		let account = issuer.account();
		for level in [Level::Basic, Level::Enhanced, Level::Transparent] {
			let expected = || Expected {
				issuer: &account,
				keys: Some(issuer.keys()),
				output,
				level,
				genesis,
				subject,
				now: 30,
				metered: (2, 3),
			};
			let answer = |level, body| issuer.sign(&genesis, subject, level, body, 9);
			let refused =
				|expected: Expected, receipt: SignedReceipt| match expected.check(&receipt) {
					Err(ExecuteError::WrongReceipt(what)) => what,
					answer => panic!("{answer:?}"),
				};
			let good = answer(level, body);
			expected().check(&good).unwrap();
			let ahead = Body { end: 30 + AHEAD, ..body };
			expected().check(&answer(level, ahead)).unwrap();

			let changed: [(Body, &str); 6] = [
				(Body { output: [8; 32], ..body }, "another output"),
				(Body { amount: 7, ..body }, "a body that contradicts itself"),
				(Body { end: 31 + AHEAD, ..body }, "a time to come"),
				(Body { end: 20, expires_at: 30, ..body }, "a receipt that has expired"),
				(
					Body { unit_price: 2, amount: 4, ..body },
					"another amount than the work is worth",
				),
				(Body { units: 3, amount: 9, ..body }, "another amount than the work is worth"),
			];
			for (body, what) in changed {
				assert_eq!(refused(expected(), answer(level, body)), what);
			}
			let from_other = other.sign(&genesis, subject, level, body, 9);
			assert_eq!(refused(expected(), from_other.clone()), "another issuer");
			let forged = SignedReceipt { issuer: account, ..from_other };
			let key = "with another key than the chain has";
			assert_eq!(refused(expected(), forged), key);
			assert_eq!(refused(Expected { keys: None, ..expected() }, good.clone()), key);
			let elsewhere = Expected { subject: Fr::from(43u8), ..expected() };
			assert_eq!(refused(elsewhere, good.clone()), key);
			let level = match level {
				Level::Basic => Level::Enhanced,
				_ => Level::Basic,
			};
			assert_eq!(refused(expected(), answer(level, body)), "another level");
		}
	}

	/// Whoever removes the input after the output was made does not have less signed.
	#[test]
	fn what_the_work_is_worth_is_on_record() {
		use crate::policy::tests::{locked, MINER, OTHER};
		let row = |units, unit_price| {
			let offered = Some(Offered { units, unit_price });
			Row { offered, ..Row::default() }
		};
		let worth =
			|row: &Row, job: &Job, now| metered(row, job, &MINER, now, &Extension::default());
		// Locked for 12.
		assert_eq!(worth(&row(2, 5), &locked(MINER), 30).unwrap(), (2, 5));
		assert_eq!(worth(&row(2, 7), &locked(MINER), 30).unwrap(), (2, 6), "what the lock pays");
		assert_eq!(worth(&row(2, 0), &locked(MINER), 30).unwrap(), (2, 0));
		assert_eq!(worth(&row(2, 7), &locked(MINER), 45).unwrap(), (2, 6), "late");
		let nothing = worth(&Row::default(), &locked(MINER), 30).unwrap_err();
		assert!(matches!(nothing, ExecuteError::Missing(_)));
		let taken = worth(&row(2, 5), &locked(OTHER), 30).unwrap_err();
		assert!(matches!(taken, ExecuteError::NoClaim(Bar::OfAnother)));
		let dear = worth(&row(13, 5), &locked(MINER), 30).unwrap_err();
		assert!(matches!(dear, ExecuteError::Skip(SkipReason::PriceTooLow { offered: 0, .. })));
		// None of that is for good.
		for error in [nothing, taken] {
			assert_eq!(error.verdict(false), Verdict::Retry, "{error}");
		}
	}

	/// And not because a node does not answer.
	#[test]
	fn a_proof_gives_way_to_what_is_next() {
		assert!(!gives_way(&Ok(true)));
		assert!(gives_way(&Ok(false)));
		assert!(!gives_way(&Err(ExecuteError::Interrupted("no node".to_owned()))));
	}

	/// An attempt that is cut off, by a panic or a restart, is an attempt.
	#[tokio::test]
	async fn a_cut_off_attempt_is_made_again() {
		let news = Arc::new(Queue::new(4));
		let attempt = |job| {
			let rank = Rank::Ours(9);
			Attempt { news: Arc::clone(&news), job, rank, at_rest: false, settled: false }
		};
		drop(attempt(7));
		assert_eq!(news.take().await, News::Attempt(7, Verdict::After(1), Rank::Ours(9)));
		attempt(8).settle(Verdict::Done).await;
		assert_eq!(news.take().await, News::Attempt(8, Verdict::Done, Rank::Ours(9)));
		assert_eq!(news.room(), 4, "it is told once");
		// Also when there is no room for the news.
		for block in 0..4 {
			news.put(News::Block(block)).await;
		}
		drop(attempt(9));
		for block in 0..4 {
			assert_eq!(news.take().await, News::Block(block));
		}
		assert_eq!(news.take().await, News::Attempt(9, Verdict::After(1), Rank::Ours(9)));
	}
}
