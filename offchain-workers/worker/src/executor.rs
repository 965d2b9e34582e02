//! Does the work: fetches and looks at the input, has the job locked, runs, has an issuer sign, proves.
//! Everything here handles what strangers wrote; the key is elsewhere.

use crate::{
	policy::{Decision, Policy, SkipReason, Verdict},
	prove::{prove_receipt, Provers},
	transparent_receipt, ProveError, ReceiptFacts,
};
use quittance_blobs::FolderStore;
use quittance_client::{
	AccountId, Chain, Claim, ClientError, Extension, Head, Job, JobRecord, View,
};
use quittance_issuer::{
	request_receipt, RequestError, SignRequest, SignedReceipt, Work, WorkError,
};
use quittance_poseidon::Native;
use quittance_types::{
	blake2_256, Blob, Digest, FieldBytes, JobId, JobTime, Level, Receipt, Subject,
};
use quittance_zkml::run;
use std::{sync::Arc, time::Instant};
use tokio::sync::{
	mpsc::{Receiver, Sender},
	oneshot,
};
use tokio_util::sync::CancellationToken;
use zeroize::Zeroizing;

/// Blocks after which a job that is ours is looked at again when something passing kept it from being
/// done. Its lock does not wait.
const SOON: u64 = 2;

/// What the sender is to send.
pub(crate) enum Delivery {
	/// A receipt.
	Receipt(JobId, Box<Receipt<AccountId>>),
	/// The output, since no issuer has signed in time.
	Output(JobId, Blob),
	/// A request to pay what we are owed.
	Collect(JobId),
}

impl Delivery {
	pub(crate) fn job(&self) -> JobId {
		match self {
			Self::Receipt(job, _) | Self::Output(job, _) | Self::Collect(job) => *job,
		}
	}
}

/// What the executor needs the key for, and waits for.
pub(crate) enum Errand {
	/// To sign a request to an issuer.
	Sign {
		/// The job.
		job: JobId,
		/// Digest of the output.
		output: Digest,
		/// Where the request goes.
		reply: oneshot::Sender<SignRequest>,
	},
	/// To lock a job; answered once a block has the lock.
	Lock {
		/// The job.
		job: JobId,
		/// What came of it.
		reply: oneshot::Sender<Result<(), ClientError>>,
	},
}

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
	Store(#[source] quittance_blobs::BlobError),
	#[error("[Q-EX-005] {0}")]
	Issuer(#[from] RequestError),
	#[error("[Q-EX-006] {0}")]
	Prove(#[from] ProveError),
	#[error("[Q-EX-007] the issuer signed something else than was asked for: {0}")]
	WrongReceipt(&'static str),
	#[error("[Q-EX-008] the work was interrupted: {0}")]
	Interrupted(String),
	#[error("[Q-EX-009] nothing to do for {0} blocks")]
	Wait(u64),
}

impl ExecuteError {
	/// What becomes of the job: `ours` says that we have it.
	fn verdict(&self, ours: bool) -> Verdict {
		let passing = match self {
			Self::Wait(blocks) => return Verdict::After(*blocks),
			// A lock that was refused: somebody was faster, or the chain says no.
			Self::Chain(ClientError::Refused(_)) => false,
			Self::Chain(_) | Self::Store(_) | Self::Interrupted(_) => true,
			// The requester may still be writing the blob.
			Self::Work(error) => matches!(error, WorkError::Blob { .. }),
			Self::Issuer(error) => error.is_transient(),
			Self::Prove(error) => matches!(
				error,
				ProveError::Chain(_) | ProveError::IssuerNotInOffice(_) | ProveError::NotYet { .. }
			),
			// What keeps us from a job now may not in a while; its own times end that.
			Self::Skip(SkipReason::NotMatched | SkipReason::BondTooSmall { .. }) => true,
			Self::Skip(_) | Self::WrongReceipt(_) => false,
		};
		match (passing, ours) {
			(true, true) => Verdict::After(SOON),
			(true, false) => Verdict::Retry,
			(false, _) => Verdict::Done,
		}
	}
}

/// A job as it stands on the chain.
struct Standing {
	view: View,
	record: Option<JobRecord>,
	extension: Extension,
	now: JobTime,
}

impl Standing {
	async fn read(chain: &Chain, number: JobId) -> Result<Self, ClientError> {
		let view = chain.at(Head::Best).await?;
		let (record, now) = (view.job(number).await?, view.job_time().await?);
		let extension = match &record {
			Some(JobRecord::Live(job)) => view.extension(job).await?,
			_ => Extension::default(),
		};
		Ok(Self { view, record, extension, now })
	}

	fn live(&self) -> Result<&Job, ExecuteError> {
		match &self.record {
			Some(JobRecord::Live(job)) => Ok(job),
			_ => Err(ExecuteError::Skip(SkipReason::Ended)),
		}
	}
}

pub(crate) struct Executor {
	pub(crate) chain: Chain,
	pub(crate) blobs: FolderStore,
	pub(crate) policy: Arc<Policy>,
	pub(crate) provers: Provers,
	/// From which the outputs' salts are derived, see [`Executor::salt`].
	pub(crate) salts: Zeroizing<[u8; 32]>,
	pub(crate) tasks: Receiver<JobId>,
	pub(crate) errands: Sender<Errand>,
	pub(crate) deliveries: Sender<Delivery>,
	pub(crate) verdicts: Sender<(JobId, Verdict)>,
	pub(crate) stop: CancellationToken,
}

impl Executor {
	/// Runs until stopped; the job at hand is finished first.
	pub(crate) async fn run(mut self) -> Result<(), ClientError> {
		loop {
			let job = tokio::select! {
				biased;
				() = self.stop.cancelled() => break,
				job = self.tasks.recv() => match job {
					Some(job) => job,
					None => break,
				},
			};
			let mut ours = false;
			match self.execute(job, &mut ours).await {
				Ok(delivery) => {
					if self.deliveries.send(delivery).await.is_err() {
						break;
					}
				},
				Err(error) => {
					let verdict = error.verdict(ours);
					match &error {
						ExecuteError::Wait(_) => tracing::debug!(job, %error, "later"),
						ExecuteError::Skip(_) => tracing::info!(job, %error, ?verdict, "skipped"),
						_ => tracing::warn!(job, %error, ?verdict, "not done"),
					}
					// Nobody listens any more when everything is stopping.
					let _ = self.verdicts.send((job, verdict)).await;
				},
			}
		}
		Ok(())
	}

	/// Says in `ours` whether the job is locked by us, as soon as that is known.
	async fn execute(&self, number: JobId, ours: &mut bool) -> Result<Delivery, ExecuteError> {
		let mut standing = Standing::read(&self.chain, number).await?;
		let mut decision = self.decide(&standing);
		if decision == Decision::Lock {
			self.preflight(number, &standing).await?;
			self.lock(number).await?;
			*ours = true;
			standing = Standing::read(&self.chain, number).await?;
			decision = self.decide(&standing);
		}
		match decision {
			Decision::Work(claim) => {
				*ours = true;
				self.work(number, &standing, claim).await
			},
			Decision::Collect => Ok(Delivery::Collect(number)),
			// The lock is in a block that our node has given up, or does not have yet.
			Decision::Lock => Err(ExecuteError::Wait(1)),
			Decision::Wait(time) => Err(ExecuteError::Wait(time.saturating_sub(standing.now))),
			Decision::Skip(reason) => Err(ExecuteError::Skip(reason)),
		}
	}

	fn decide(&self, standing: &Standing) -> Decision {
		self.policy.consider(standing.record.as_ref(), &standing.extension, standing.now)
	}

	/// Everything that can be known of a job before its lock: a lock that is not kept costs the bond.
	async fn preflight(&self, number: JobId, standing: &Standing) -> Result<(), ExecuteError> {
		let job = standing.live()?;
		let view = &standing.view;
		let work = self.fetch(view, job).await?;
		match self.policy.accept_price(job, &work, standing.now) {
			Decision::Wait(time) => {
				return Err(ExecuteError::Wait(time.saturating_sub(standing.now)))
			},
			Decision::Skip(reason) => return Err(ExecuteError::Skip(reason)),
			_ => {},
		}
		let free = view.free_bond(&self.policy.miner).await?.unwrap_or(0);
		let needed = job.offer.miner_bond;
		if free < needed {
			return Err(ExecuteError::Skip(SkipReason::BondTooSmall { free, needed }));
		}
		let (lockable, _) = view.jobs_for(&self.policy.miner, number).await?;
		match lockable.first() == Some(&number) {
			true => Ok(()),
			false => Err(ExecuteError::Skip(SkipReason::NotMatched)),
		}
	}

	/// Has the job locked, and waits until a block has the lock.
	async fn lock(&self, job: JobId) -> Result<(), ExecuteError> {
		let (reply, answer) = oneshot::channel();
		self.errand(Errand::Lock { job, reply }, answer).await??;
		Ok(())
	}

	/// Does a job that is ours.
	async fn work(
		&self,
		number: JobId,
		standing: &Standing,
		claim: Claim,
	) -> Result<Delivery, ExecuteError> {
		let job = standing.live()?;
		let started = Instant::now();
		let output = self.compute(&standing.view, number, job).await?;
		let execution_ms = started.elapsed().as_millis();
		if let Some(delivered) = claim.output {
			if delivered != output {
				return Err(ExecuteError::WrongReceipt("another output was delivered"));
			}
		}

		let signed = match self.have_signed(number, job, output.digest).await {
			Ok(signed) => signed,
			Err(error) => {
				// What is delivered stays ours, and a panel judges it if nobody signs.
				let now = self.chain.at(Head::Best).await?.job_time().await?;
				if self.policy.must_deliver(job, now) {
					tracing::warn!(job = number, %error, "no receipt in time; showing the output");
					return Ok(Delivery::Output(number, output));
				}
				return Err(error);
			},
		};
		let started = Instant::now();
		let receipt = match job.offer.level {
			Level::Transparent => Receipt::Transparent(transparent_receipt(&signed)?),
			Level::Basic => self.prove(number, signed).await?,
		};
		let proving_ms = match job.offer.level {
			Level::Transparent => 0,
			Level::Basic => started.elapsed().as_millis(),
		};
		tracing::info!(job = number, execution_ms, proving_ms, "proven");
		Ok(Delivery::Receipt(number, Box::new(receipt)))
	}

	/// Input and model, checked against what the chain says of them.
	async fn fetch(&self, view: &View, job: &Job) -> Result<Work, ExecuteError> {
		let record = view.model(&job.offer.model).await?.ok_or_else(|| {
			ExecuteError::Skip(SkipReason::BadBlob("the model is not on the chain".to_owned()))
		})?;
		let (blobs, job) = (self.blobs.clone(), job.clone());
		let fetching = tokio::task::spawn_blocking(move || {
			Work::fetch(&blobs, &job, &record.description).map_err(ExecuteError::Work)
		});
		fetching.await.map_err(|error| ExecuteError::Interrupted(error.to_string()))?
	}

	/// Runs the model and stores the output.
	async fn compute(&self, view: &View, number: JobId, job: &Job) -> Result<Blob, ExecuteError> {
		let work = self.fetch(view, job).await?;
		let (blobs, salt) = (self.blobs.clone(), self.salt(view, number, job));
		let computing = tokio::task::spawn_blocking(move || {
			let output = run(&work.model, &work.input, salt)
				.map_err(|error| ExecuteError::Skip(SkipReason::BadBlob(error.to_string())))?;
			let bytes = output.encode();
			let size = u32::try_from(bytes.len())
				.map_err(|error| ExecuteError::Skip(SkipReason::BadBlob(error.to_string())))?;
			blobs.put(&bytes).map_err(ExecuteError::Store)?;
			Ok(Blob { digest: output.digest(), size })
		});
		computing.await.map_err(|error| ExecuteError::Interrupted(error.to_string()))?
	}

	/// The output's salt: unknown to others, and the same whenever the same job is done again, so
	/// that a worker restarted half-way asks the issuer for the receipt it has already signed and
	/// not for a contradiction to it.
	fn salt(&self, view: &View, number: JobId, job: &Job) -> [u8; 32] {
		let subject = Subject {
			genesis: view.genesis(),
			job: number,
			requester: job.requester.0,
			miner: self.policy.miner.0,
			model: job.offer.model,
			input: job.offer.input.digest,
		};
		let subject = FieldBytes::from(subject.hash::<Native>());
		let secret = Zeroizing::new([self.salts.as_slice(), &subject.0].concat());
		blake2_256(&secret)
	}

	/// Asks the job's issuers that we know, in the job's order, until one signs.
	async fn have_signed(
		&self,
		number: JobId,
		job: &Job,
		output: Digest,
	) -> Result<SignedReceipt, ExecuteError> {
		let (reply, answer) = oneshot::channel();
		let request = self.errand(Errand::Sign { job: number, output, reply }, answer).await?;
		let mut last = None;
		for issuer in &job.offer.issuers {
			let Some(url) = self.policy.issuers.get(issuer) else { continue };
			match request_receipt(url, &request).await {
				Ok(receipt) => {
					if receipt.issuer != *issuer {
						return Err(ExecuteError::WrongReceipt("another issuer"));
					}
					if receipt.body.output != output {
						return Err(ExecuteError::WrongReceipt("another output"));
					}
					if receipt.level != job.offer.level {
						return Err(ExecuteError::WrongReceipt("another level"));
					}
					return Ok(receipt);
				},
				// What one cannot do now another may; what one finds wrong is wrong.
				Err(error) if error.is_transient() => {
					tracing::warn!(job = number, %issuer, %error, "no receipt");
					last = Some(error);
				},
				Err(error) => return Err(error.into()),
			}
		}
		Err(last.map_or(ExecuteError::Skip(SkipReason::NoIssuer), ExecuteError::Issuer))
	}

	/// Gives the sender something to do and waits for the answer.
	async fn errand<Answer>(
		&self,
		errand: Errand,
		answer: oneshot::Receiver<Answer>,
	) -> Result<Answer, ExecuteError> {
		let interrupted = || ExecuteError::Interrupted("the sender has ended".to_owned());
		self.errands.send(errand).await.map_err(|_| interrupted())?;
		answer.await.map_err(|_| interrupted())
	}

	async fn prove(
		&self,
		number: JobId,
		signed: SignedReceipt,
	) -> Result<Receipt<AccountId>, ExecuteError> {
		let view = self.view_from(signed.body.end).await?;
		let facts = ReceiptFacts::read(&view, number).await?;
		let prover =
			self.provers.get(&facts.circuit).ok_or(ExecuteError::Skip(SkipReason::NoProvingKey))?;
		let (miner, submitter) = (self.policy.miner, self.policy.hot_key);
		let proving = tokio::task::spawn_blocking(move || {
			prove_receipt(&facts, &miner, &submitter, &signed, &prover)
		});
		let receipt =
			proving.await.map_err(|error| ExecuteError::Interrupted(error.to_string()))??;
		Ok(Receipt::Basic(receipt))
	}

	/// The state at the best block, once that is no older than `time`: the issuer's node can be a
	/// block ahead of ours.
	async fn view_from(&self, time: JobTime) -> Result<View, ClientError> {
		let mut blocks = self.chain.follow(Head::Best);
		loop {
			let view = self.chain.at(Head::Best).await?;
			if view.job_time().await? >= time {
				return Ok(view);
			}
			blocks.next().await;
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use quittance_client::Refusal;

	#[test]
	fn a_job_that_is_ours_is_looked_at_again_soon() {
		let passing = || ExecuteError::Interrupted("x".to_owned());
		assert_eq!(passing().verdict(true), Verdict::After(SOON));
		assert_eq!(passing().verdict(false), Verdict::Retry);
		assert_eq!(ExecuteError::Wait(7).verdict(false), Verdict::After(7));
		let skip = |reason| ExecuteError::Skip(reason).verdict(false);
		assert_eq!(skip(SkipReason::Taken), Verdict::Done);
		assert_eq!(skip(SkipReason::NotMatched), Verdict::Retry);
		assert_eq!(skip(SkipReason::BondTooSmall { free: 1, needed: 2 }), Verdict::Retry);
	}

	#[test]
	fn a_refused_lock_is_somebody_elses_job() {
		let refusal = Refusal {
			pallet: "ModelMarketplace".to_owned(),
			error: "JobLocked".to_owned(),
			docs: String::new(),
			inclusion: None,
		};
		let error = ExecuteError::Chain(ClientError::Refused(refusal));
		assert_eq!(error.verdict(false), Verdict::Done);
	}

	#[test]
	fn an_input_that_is_not_there_yet_is_waited_for_and_one_that_is_none_is_not() {
		let missing = ExecuteError::Work(WorkError::WrongModel { what: "input" });
		assert_eq!(missing.verdict(false), Verdict::Done);
		let malformed = WorkError::MalformedInput { reason: "short".to_owned(), bytes: vec![1, 2] };
		assert_eq!(ExecuteError::Work(malformed).verdict(false), Verdict::Done);
	}
}
