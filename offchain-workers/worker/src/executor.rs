//! Does the work: fetches, runs, has an issuer sign, proves. Everything here handles what strangers
//! wrote; the key is elsewhere.

use crate::{
	policy::{Decision, Policy, SkipReason, Verdict},
	prove::{prove_receipt, Provers},
	transparent_receipt, ProveError, ReceiptFacts,
};
use quittance_blobs::FolderStore;
use quittance_client::{AccountId, Chain, ClientError, Head, Job, Model, View};
use quittance_issuer::{
	request_receipt, RequestError, SignRequest, SignedReceipt, Work, WorkError,
};
use quittance_poseidon::Native;
use quittance_types::{blake2_256, Digest, FieldBytes, JobId, Level, Receipt, Subject};
use quittance_zkml::run;
use std::{sync::Arc, time::Instant};
use tokio::sync::{
	mpsc::{Receiver, Sender},
	oneshot,
};
use tokio_util::sync::CancellationToken;
use zeroize::Zeroizing;

/// What the sender is to send.
pub(crate) enum Delivery {
	/// A receipt.
	Receipt(JobId, Box<Receipt<AccountId>>),
	/// A request to pay a receipt that was accepted.
	Collect(JobId),
}

impl Delivery {
	pub(crate) fn job(&self) -> JobId {
		match self {
			Self::Receipt(job, _) | Self::Collect(job) => *job,
		}
	}
}

/// A request to an issuer that the sender is to sign: it has the key.
pub(crate) struct Authorisation {
	pub(crate) job: JobId,
	pub(crate) output: Digest,
	pub(crate) reply: oneshot::Sender<SignRequest>,
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
}

impl ExecuteError {
	fn verdict(&self) -> Verdict {
		let passing = match self {
			Self::Chain(_) | Self::Store(_) | Self::Interrupted(_) => true,
			// The requester may still be writing the blob.
			Self::Work(error) => matches!(error, WorkError::Blob { .. }),
			Self::Issuer(error) => error.is_transient(),
			Self::Prove(error) => matches!(
				error,
				ProveError::Chain(_) | ProveError::IssuerNotInOffice(_) | ProveError::NotYet { .. }
			),
			Self::Skip(_) | Self::WrongReceipt(_) => false,
		};
		match passing {
			true => Verdict::Retry,
			false => Verdict::Done,
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
	pub(crate) authorisations: Sender<Authorisation>,
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
			match self.execute(job).await {
				Ok(delivery) => {
					if self.deliveries.send(delivery).await.is_err() {
						break;
					}
				},
				Err(error) => {
					let verdict = error.verdict();
					match &error {
						ExecuteError::Skip(_) => tracing::info!(job, %error, "skipped"),
						_ => tracing::warn!(job, %error, ?verdict, "not done"),
					}
					// Nobody listens any more when everything is stopping.
					let _ = self.verdicts.send((job, verdict)).await;
				},
			}
		}
		Ok(())
	}

	async fn execute(&self, number: JobId) -> Result<Delivery, ExecuteError> {
		let view = self.chain.at(Head::Best).await?;
		let job = view.job(number).await?;
		let deadline = view.deadline(number).await?.unwrap_or_default();
		match self.policy.consider(job.as_ref(), deadline, view.job_time()) {
			Decision::Work => {},
			Decision::Collect => return Ok(Delivery::Collect(number)),
			Decision::Skip(reason) => return Err(ExecuteError::Skip(reason)),
		}
		let job = job.ok_or(ExecuteError::Skip(SkipReason::Unknown))?;
		let record = view.model(&job.model).await?.ok_or_else(|| {
			ExecuteError::Skip(SkipReason::BadBlob("the model is not on the chain".to_owned()))
		})?;

		let started = Instant::now();
		let output = self.compute(&view, number, &job, &record).await?;
		let execution_ms = started.elapsed().as_millis();

		let signed = self.have_signed(number, &job, output).await?;
		let started = Instant::now();
		let receipt = match job.level {
			Level::Transparent => Receipt::Transparent(transparent_receipt(&signed)?),
			Level::Basic => self.prove(number, signed).await?,
		};
		let proving_ms = match job.level {
			Level::Transparent => 0,
			Level::Basic => started.elapsed().as_millis(),
		};
		tracing::info!(job = number, execution_ms, proving_ms, "proven");
		Ok(Delivery::Receipt(number, Box::new(receipt)))
	}

	/// Runs the model and stores the output.
	async fn compute(
		&self,
		view: &View,
		number: JobId,
		job: &Job,
		record: &Model,
	) -> Result<Digest, ExecuteError> {
		let (blobs, policy) = (self.blobs.clone(), Arc::clone(&self.policy));
		let salt = self.salt(view, number, job);
		let (job, record) = (job.clone(), record.clone());
		let computing = tokio::task::spawn_blocking(move || {
			let work = Work::fetch(&blobs, &job, &record).map_err(ExecuteError::Work)?;
			policy.accept_price(&job, &work).map_err(ExecuteError::Skip)?;
			let output = run(&work.model, &work.input, salt)
				.map_err(|error| ExecuteError::Skip(SkipReason::BadBlob(error.to_string())))?;
			blobs.put(&output.encode()).map_err(ExecuteError::Store)?;
			Ok(output.digest())
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
			model: job.model,
			input: job.input.digest,
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
		let request = self.authorised(number, output).await?;
		let mut last = None;
		for issuer in &job.issuers {
			let Some(url) = self.policy.issuers.get(issuer) else { continue };
			match request_receipt(url, &request).await {
				Ok(receipt) => {
					if receipt.issuer != *issuer {
						return Err(ExecuteError::WrongReceipt("another issuer"));
					}
					if receipt.body.output != output {
						return Err(ExecuteError::WrongReceipt("another output"));
					}
					if receipt.level != job.level {
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

	async fn authorised(&self, job: JobId, output: Digest) -> Result<SignRequest, ExecuteError> {
		let interrupted = || ExecuteError::Interrupted("the sender has ended".to_owned());
		let (reply, answer) = oneshot::channel();
		let authorisation = Authorisation { job, output, reply };
		self.authorisations.send(authorisation).await.map_err(|_| interrupted())?;
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
		let miner = self.policy.miner;
		let proving =
			tokio::task::spawn_blocking(move || prove_receipt(&facts, &miner, &signed, &prover));
		let receipt =
			proving.await.map_err(|error| ExecuteError::Interrupted(error.to_string()))??;
		Ok(Receipt::Basic(receipt))
	}

	/// The state at the best block, once that is no older than `time`: the issuer's node can be a
	/// block ahead of ours.
	async fn view_from(&self, time: u64) -> Result<View, ClientError> {
		let mut blocks = self.chain.follow(Head::Best);
		loop {
			let view = self.chain.at(Head::Best).await?;
			if view.job_time() >= time {
				return Ok(view);
			}
			blocks.next().await;
		}
	}
}
