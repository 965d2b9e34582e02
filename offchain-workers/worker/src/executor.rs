//! Brings jobs on, step by step: looks at inputs, has jobs locked, runs, has outputs signed, proves, has
//! receipts submitted. Everything here handles what strangers wrote; the key is elsewhere.
//!
//! What comes next is decided anew before each step by [`Policy::next`], from the chain and the store. What a
//! step makes is in the store before anybody sees it. A step that is cut off is so taken again, with the
//! same outcome.

use crate::{
	ledger::{Rank, Verdict},
	miner::{Miner, Queue},
	monitor::Metrics,
	plan::{Durations, Standing, Step},
	policy::{is_passing, Decision, SkipReason},
	prove::prove_receipt,
	scheduler::News,
	sender::{Errand, Transaction},
	status::{AtStep, Facts},
	store::{Ending, Measured, Prepared, Row, StoreError},
	supervisor::{Service, ServiceError},
	transparent_receipt, ProveError, ReceiptFacts,
};
use futures::{future::BoxFuture, stream::FuturesUnordered, FutureExt, StreamExt};
use quittance_client::{
	AccountId, ClientError, Event, Head, Job, JobRecord, JobState, Outcome, View,
};
use quittance_issuer::{
	request_receipt, RequestError, SignRequest, SignedReceipt, Work, WorkError,
};
use quittance_poseidon::Native;
use quittance_types::{
	blake2_256, delivery_commitment, late_commitment, shared_output_salt, Blob, FieldBytes, JobId,
	JobTime, Level, Receipt, Subject,
};
use quittance_zkml::run;
use std::{
	collections::BTreeSet,
	sync::{Arc, Mutex},
	time::{Duration, Instant},
};
use tokio::sync::{oneshot, Semaphore};
use tokio_util::sync::CancellationToken;
use zeroize::Zeroizing;

/// Jobs looked at or worked on at the same time, besides those that are locked.
const LOOKS_AT_ONCE: usize = 4;

/// Models run and proofs made at the same time. Each uses all processors.
const AT_WORK_AT_ONCE: usize = 1;

/// Steps taken for a job before another one has its turn. No job needs so many.
const STEPS_AT_A_TIME: u32 = 12;

/// Blocks after which a job that is ours is looked at again when something passing kept it from being
/// done. Its lock does not wait.
const SOON: u64 = 2;

/// How long steps at hand have to end once the worker is stopped: longer than an issuer may take to
/// answer. A node that is away would keep them for ever.
const PATIENCE: Duration = Duration::from_secs(140);

/// A job that is ours no more than to see it final: before those that can be had.
const SUBMITTED: Rank = Rank::Open(0);

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
	#[error("[Q-EX-011] the work did not end after {STEPS_AT_A_TIME} steps")]
	TooManySteps,
}

impl ExecuteError {
	/// The code by which operators search the log.
	fn code(&self) -> &'static str {
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
		}
	}

	/// What becomes of the job. Of one that is ours nothing is final but what the chain says.
	fn verdict(&self, ours: bool) -> Verdict {
		let passing = match self {
			Self::Chain(ClientError::Refused(refusal)) => is_passing(refusal),
			Self::Chain(_) | Self::Blobs(_) | Self::Interrupted(_) | Self::Store(_) => true,
			Self::Missing(_) | Self::TooManySteps => true,
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
struct Attempt<'a> {
	news: &'a Queue<News>,
	job: JobId,
	rank: Rank,
	settled: bool,
}

impl Attempt<'_> {
	async fn settle(mut self, verdict: Verdict) {
		self.settled = true;
		self.news.put(News::Attempt(self.job, verdict, self.rank)).await;
	}
}

impl Drop for Attempt<'_> {
	fn drop(&mut self) {
		if !self.settled {
			let news = News::Attempt(self.job, Verdict::After(1), self.rank);
			if self.news.try_put(news).is_err() {
				tracing::warn!(
					job = self.job,
					"an attempt was cut off and is forgotten until a restart"
				);
			}
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
	/// Jobs that are ours, or about to be.
	pub(crate) ours: Mutex<BTreeSet<JobId>>,
	/// Allows those who have it to use all processors.
	pub(crate) at_work: Semaphore,
}

impl Executor {
	pub(crate) fn new(
		miner: Arc<Miner>,
		tasks: Arc<Queue<JobId>>,
		news: Arc<Queue<News>>,
		errands: Arc<Queue<Errand>>,
		drained: CancellationToken,
	) -> Self {
		let at_work = Semaphore::new(AT_WORK_AT_ONCE);
		Self { miner, tasks, news, errands, drained, ours: Mutex::default(), at_work }
	}
}

impl Service for Executor {
	fn name(&self) -> &'static str {
		"executor"
	}

	/// The steps at hand are ended first.
	fn run(&self, stop: CancellationToken) -> BoxFuture<'_, Result<(), ServiceError>> {
		async move {
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
		let rank = Rank::Open(u128::MAX);
		let mut attempt = Attempt { news: &self.news, job, rank, settled: false };
		let ended = self.bring_on(job, &mut attempt.rank, stop).await;
		let ours = matches!(attempt.rank, Rank::Ours(_));
		let board = &self.miner.board;
		let verdict = match ended {
			Ok(verdict) => {
				board.succeeded(job);
				verdict
			},
			Err(error) => {
				let verdict = error.verdict(ours);
				Metrics::count(&self.miner.metrics.setbacks, error.code());
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
		self.note_ours(job, ours && verdict != Verdict::Done);
		// What has been submitted is at hand until that is final.
		let at_hand = ours || attempt.rank == SUBMITTED;
		board.attempted(job, at_hand && verdict != Verdict::Done);
		attempt.settle(verdict).await;
	}

	/// Keeps count of the jobs that are ours.
	fn note_ours(&self, job: JobId, ours: bool) {
		if let Ok(mut all) = self.ours.lock() {
			match ours {
				true => all.insert(job),
				false => all.remove(&job),
			};
			let count = u64::try_from(all.len()).unwrap_or(u64::MAX);
			self.miner.metrics.jobs.set(crate::monitor::gauge(count));
		}
	}

	/// Reserves a place among the jobs that are ours, if there is one.
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
		number: JobId,
		rank: &mut Rank,
		stop: &CancellationToken,
	) -> Result<Verdict, ExecuteError> {
		for _ in 0..STEPS_AT_A_TIME {
			if stop.is_cancelled() {
				return Ok(Verdict::After(1));
			}
			let view = self.miner.chain.at(Head::Best).await?;
			let standing = self.standing(&view, number).await?;
			let row = self.miner.store.job(number)?.unwrap_or_default();
			if let Some(JobRecord::Live(job)) = &standing.record {
				*rank = self.miner.rank(job);
			}
			let durations = self.durations(&standing)?;
			let next = self.miner.policy.next(&row, &standing, &durations);
			let step = next.map_err(ExecuteError::Skip)?;
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
			Metrics::count(&self.miner.metrics.steps, name(&step));
			let pause = match (step, live) {
				(Step::Withdraw, _) => {
					let miner = self.miner.policy.miner;
					self.send(Transaction::Withdraw(number, miner)).await?;
					Some(SOON)
				},
				(Step::Collect, _) => {
					self.send(Transaction::Collect(number)).await?;
					Some(SOON)
				},
				(_, None) => return Err(ExecuteError::Skip(SkipReason::Ended)),
				(step, Some(job)) => self.take_step(step, number, job, &row, &view, rank).await?,
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
		board.at_step(number, AtStep { step: name(step), waits_until, facts });
	}

	/// Takes a step for a job; a pause where what comes next is for the chain to say.
	async fn take_step(
		&self,
		step: Step,
		number: JobId,
		job: &Job,
		row: &Row,
		view: &View,
		rank: &mut Rank,
	) -> Result<Option<u64>, ExecuteError> {
		let miner = &self.miner.policy.miner;
		match step {
			Step::Look => return self.look(number, job, view, rank).await,
			Step::Compute => self.compute(number, job, row, view).await?,
			Step::Sign => self.have_signed(number, job, row).await?,
			Step::Prove => self.prepare(number, job, row).await?,
			Step::Submit => {
				let pause = self.submit(number, row).await?;
				// All is done but to see it final: another job may have its place.
				*rank = SUBMITTED;
				return Ok(Some(pause));
			},
			Step::Deliver => {
				let output = row.output.ok_or(ExecuteError::Missing("the output"))?;
				tracing::warn!(job = number, "no receipt in time; showing the output");
				self.send(Transaction::Deliver(number, output)).await?;
			},
			Step::Commit => {
				let output = row.output.ok_or(ExecuteError::Missing("the output"))?;
				let salt = match row.commitment_salt {
					Some(salt) => salt,
					None => {
						let salt = self.secret(b"quittance.commitment-salt.v1", number, job);
						self.miner.store.change(number, |row| row.commitment_salt = Some(salt))?;
						salt
					},
				};
				let commitment = delivery_commitment(number, &miner.0, &output, &salt);
				self.send(Transaction::Commit(number, commitment)).await?;
				return Ok(Some(SOON));
			},
			Step::Reveal => {
				let output = row.output.ok_or(ExecuteError::Missing("the output"))?;
				let salt =
					row.commitment_salt.ok_or(ExecuteError::Missing("the commitment's salt"))?;
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

	/// How long steps take. Where others are in the way, a job waits for each of them.
	fn durations(&self, standing: &Standing) -> Result<Durations, ExecuteError> {
		let Some(JobRecord::Live(job)) = &standing.record else { return Ok(Durations::default()) };
		let turns = match job.lock_of(&self.miner.policy.miner) {
			Some(_) => 1,
			None => self.number_of_ours().saturating_add(1),
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
		match policy.accept_price(job, &work, now) {
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
		if !self.make_room_for(number) {
			return Ok(Some(SOON));
		}
		let ends_at = job.deadline().saturating_add(policy.settling_time);
		self.miner.store.change(number, |row| {
			row.found_at = now;
			row.ends_at = ends_at;
		})?;
		self.send(Transaction::Lock(number)).await?;
		*rank = Rank::Ours(job.lock_deadline());
		Ok(None)
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
		let blobs = self.miner.blobs.clone();
		let _permit = self.permit().await?;
		let computing = tokio::task::spawn_blocking(move || {
			let output = run(&work.model, &work.input, salt)
				.map_err(|error| ExecuteError::Skip(SkipReason::BadBlob(error.to_string())))?;
			let bytes = output.encode();
			let size = u32::try_from(bytes.len())
				.map_err(|error| ExecuteError::Skip(SkipReason::BadBlob(error.to_string())))?;
			blobs.put(&bytes).map_err(ExecuteError::Blobs)?;
			Ok::<_, ExecuteError>(Blob { digest: output.digest(), size })
		});
		let output =
			computing.await.map_err(|error| ExecuteError::Interrupted(error.to_string()))??;
		self.miner.store.change(number, |row| row.output = Some(output))?;
		let elapsed = started.elapsed();
		self.miner.metrics.execution.observe(elapsed.as_secs_f64());
		self.miner.store.measure(&Measured::Execution(job.offer.model), milliseconds(started))?;
		tracing::info!(job = number, execution_ms = elapsed.as_millis(), "computed");
		Ok(())
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

	/// Asks the job's issuers that we know, in the job's order, until one signs.
	async fn have_signed(&self, number: JobId, job: &Job, row: &Row) -> Result<(), ExecuteError> {
		let output = row.output.ok_or(ExecuteError::Missing("the output"))?.digest;
		let (reply, answer) = oneshot::channel();
		self.errands.put(Errand::Sign { job: number, output, reply }).await;
		let request: SignRequest =
			answer.await.map_err(|error| ExecuteError::Interrupted(error.to_string()))?;
		let mut last = None;
		for issuer in &job.offer.issuers {
			let Some(url) = self.miner.policy.issuers.get(issuer) else { continue };
			let started = Instant::now();
			let answer = request_receipt(url, &request).await.map_err(ExecuteError::Issuer);
			let checked = answer.and_then(|receipt| {
				check_answer(&receipt, issuer, &output, job)?;
				Ok(receipt)
			});
			match checked {
				Ok(receipt) => {
					self.miner.metrics.signing.observe(started.elapsed().as_secs_f64());
					self.miner.store.measure(&Measured::Signing(*issuer), milliseconds(started))?;
					let subject = self.subject(number, job).hash::<Native>();
					let nullifier = receipt.body.nullifier::<Native>(subject).into();
					let miner = &self.miner.policy.miner;
					let late = late_commitment(number, &miner.0, &nullifier);
					self.miner.store.change(number, |row| {
						row.signed = Some(receipt);
						row.late_commitment = Some(late);
						row.receipt = None;
					})?;
					return Ok(());
				},
				// What one cannot or does not want to do another may.
				Err(error) => {
					tracing::warn!(job = number, %issuer, %error, "no receipt");
					last = Some(error);
				},
			}
		}
		Err(last.unwrap_or(ExecuteError::Skip(SkipReason::NoIssuer)))
	}

	/// Makes the receipt to be submitted: proves it, where the job asks for that.
	async fn prepare(&self, number: JobId, job: &Job, row: &Row) -> Result<(), ExecuteError> {
		let signed = row.signed.clone().ok_or(ExecuteError::Missing("the signed receipt"))?;
		let (miner, submitter) = (self.miner.policy.miner, self.miner.policy.hot_key);
		let receipt = match job.offer.level {
			Level::Transparent => Receipt::Transparent(transparent_receipt(&signed)?),
			Level::Basic => {
				let view = self.view_from(signed.body.end).await?;
				let facts = ReceiptFacts::read(&view, number).await?;
				let prover = self
					.miner
					.provers
					.get(&facts.circuit)
					.ok_or(ExecuteError::Skip(SkipReason::NoProvingKey))?;
				let circuit = facts.circuit;
				let _permit = self.permit().await?;
				let started = Instant::now();
				let proving = tokio::task::spawn_blocking(move || {
					prove_receipt(&facts, &miner, &submitter, &signed, &prover)
				});
				let receipt = proving
					.await
					.map_err(|error| ExecuteError::Interrupted(error.to_string()))??;
				let elapsed = started.elapsed();
				self.miner.metrics.proving.observe(elapsed.as_secs_f64());
				self.miner.store.measure(&Measured::Proving(circuit), milliseconds(started))?;
				tracing::info!(job = number, proving_ms = elapsed.as_millis(), "proven");
				Receipt::Basic(receipt)
			},
		};
		self.miner
			.store
			.change(number, |row| row.receipt = Some(Prepared { receipt, submitter }))?;
		Ok(())
	}

	/// Submits the receipt, unless the chain would refuse it: a refused transaction costs a fee, a dry run
	/// nothing.
	async fn submit(&self, number: JobId, row: &Row) -> Result<u64, ExecuteError> {
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
				return Ok(1);
			}
		}
		verdict?;
		let receipt = Box::new(prepared.receipt.clone());
		let outcome = self.send(Transaction::Submit(number, receipt)).await?;
		report(number, &outcome);
		Ok(SOON)
	}

	/// Notes how a job has ended, once that is final.
	async fn end(&self, number: JobId, ending: Ending) -> Result<Verdict, ExecuteError> {
		let view = self.miner.chain.at(Head::Finalised).await?;
		let is_final = !matches!(view.job(number).await?, Some(JobRecord::Live(_)))
			|| ending == Ending::Missed;
		if !is_final {
			return Ok(Verdict::After(SOON));
		}
		let before = self.miner.store.job(number)?;
		if before.as_ref().is_some_and(|row| row.ending.is_none()) {
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
			};
			Metrics::count(&self.miner.metrics.endings, kind);
			self.miner.board.ended(number, kind, ending);
			tracing::info!(job = number, kind, "ended");
		}
		Ok(Verdict::Done)
	}

	/// Has a transaction sent, and waits until a block has it.
	async fn send(&self, transaction: Transaction) -> Result<Outcome, ExecuteError> {
		let (reply, answer) = oneshot::channel();
		self.errands.put(Errand::Send { transaction, reply }).await;
		let outcome = answer.await.map_err(|error| ExecuteError::Interrupted(error.to_string()))?;
		Ok(outcome?)
	}

	async fn permit(&self) -> Result<tokio::sync::SemaphorePermit<'_>, ExecuteError> {
		let permit = self.at_work.acquire().await;
		permit.map_err(|error| ExecuteError::Interrupted(error.to_string()))
	}

	/// The state at the best block, once that is no older than `time`: the issuer's node can be a
	/// block ahead of ours.
	async fn view_from(&self, time: JobTime) -> Result<View, ClientError> {
		let mut blocks = self.miner.chain.follow(Head::Best);
		loop {
			let view = self.miner.chain.at(Head::Best).await?;
			if view.job_time().await? >= time {
				return Ok(view);
			}
			blocks.next().await;
		}
	}
}

/// Refusals of a receipt that another proof of the same receipt may not get.
const MADE_ANEW: [&str; 5] =
	["WrongIssuerRoot", "WrongValidUntil", "WrongNonce", "AsOfInFuture", "WrongSubmitter"];

/// Whether an issuer has signed what it was asked to.
fn check_answer(
	receipt: &SignedReceipt,
	issuer: &AccountId,
	output: &[u8; 32],
	job: &Job,
) -> Result<(), ExecuteError> {
	if receipt.issuer != *issuer {
		return Err(ExecuteError::WrongReceipt("another issuer"));
	}
	if receipt.body.output != *output {
		return Err(ExecuteError::WrongReceipt("another output"));
	}
	match receipt.level == job.offer.level {
		true => Ok(()),
		false => Err(ExecuteError::WrongReceipt("another level")),
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

fn milliseconds(since: Instant) -> u64 {
	u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)
}

/// A step's name in the metrics.
fn name(step: &Step) -> &'static str {
	match step {
		Step::Look => "look",
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

	/// An attempt that is cut off, by a panic or a restart, is an attempt.
	#[tokio::test]
	async fn a_cut_off_attempt_is_made_again() {
		let news = Queue::new(4);
		let attempt = Attempt { news: &news, job: 7, rank: Rank::Ours(9), settled: false };
		drop(attempt);
		assert_eq!(news.take().await, News::Attempt(7, Verdict::After(1), Rank::Ours(9)));
		let attempt = Attempt { news: &news, job: 8, rank: Rank::Ours(9), settled: false };
		attempt.settle(Verdict::Done).await;
		assert_eq!(news.take().await, News::Attempt(8, Verdict::Done, Rank::Ours(9)));
		assert_eq!(news.room(), 4, "it is told once");
	}
}
