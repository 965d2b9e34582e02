//! Why a receipt is not signed, and why the process cannot run.

use crate::{StoreError, WorkError};
use quittance_client::{AccountId, ClientError};
use quittance_types::{BodyError, JobId, JobTime};
use quittance_zkml::{CheckError, Output, RunError};
use std::{net::SocketAddr, path::PathBuf};

/// Why a receipt is not signed. Each has a code, a name that clients match on, and words.
#[derive(Debug, thiserror::Error)]
pub enum SignError {
	/// The job is not on the chain.
	#[error("no job has number {0}")]
	UnknownJob(JobId),
	/// The job has its receipt or its refund.
	#[error("job {0} is not open")]
	JobNotOpen(JobId),
	/// The job accepts other issuers.
	#[error("job {0} does not accept this issuer")]
	NotAccepted(JobId),
	/// This issuer is not in office.
	#[error("this issuer is not in office")]
	NotInOffice,
	/// The chain knows other keys for this issuer's account.
	#[error("the chain has other keys for this issuer's account")]
	KeysDiffer,
	/// Nobody may be paid for a job it posted or judges.
	#[error("{miner} posted job {job} or may sign for it, so it cannot be its miner")]
	MinerIsParty {
		/// The job.
		job: JobId,
		/// Who asks.
		miner: AccountId,
	},
	/// No receipt would be accepted any more.
	#[error("the deadline {deadline} has passed: job time is {now}")]
	DeadlinePassed {
		/// Until when a receipt is accepted.
		deadline: JobTime,
		/// Job time.
		now: JobTime,
	},
	/// Input, model or output cannot be had or read.
	#[error(transparent)]
	Work(#[from] WorkError),
	/// The output answers another input.
	#[error("the output answers another input than the job's")]
	WrongInput,
	/// The output has too few or too many results.
	#[error("the output has {found} results for {expected} images")]
	WrongCount {
		/// Images in the input.
		expected: usize,
		/// Results in the output.
		found: usize,
	},
	/// A result is wrong. The first one is named.
	#[error(
		"image {image} has label {} and logits {:?}, the output says label {} and logits {:?}",
		.computed.label, .computed.logits, .claimed.label, .claimed.logits
	)]
	WrongOutput {
		/// Place of the image in the input.
		image: usize,
		/// What the model gives.
		computed: Output,
		/// What the output says.
		claimed: Output,
	},
	/// The input cannot be run with the model.
	#[error("the input cannot be run: {0}")]
	Unrunnable(#[source] RunError),
	/// The work is worth more than the job holds.
	#[error("{units} units at {unit_price} are more than the {max_price} that the job holds")]
	AboveHeld {
		/// Units of work.
		units: u64,
		/// Price of one.
		unit_price: u64,
		/// The most the job pays.
		max_price: u128,
	},
	/// The receipt would not be accepted by the chain.
	#[error("the receipt would be inconsistent: {0:?}")]
	Body(BodyError),
	/// Another output was signed for this very work.
	#[error("another output, 0x{}, was already signed for this job and miner", hex::encode(.signed))]
	Contradiction {
		/// Digest of the output that was signed.
		signed: [u8; 32],
	},
	/// The chain cannot be read.
	#[error(transparent)]
	Chain(#[from] ClientError),
	/// The record of signed receipts cannot be read or written: nothing may be signed.
	#[error(transparent)]
	Store(StoreError),
	/// The request names a miner that did not sign it.
	#[error("the request is not signed by {0} for this chain")]
	NotTheMiner(AccountId),
	/// The process is stopping or broken.
	#[error("the issuer cannot work at present: {0}")]
	Unavailable(String),
}

impl SignError {
	/// The code by which operators search the log.
	pub fn code(&self) -> &'static str {
		self.code_and_name().0
	}

	/// The name that clients match on.
	pub fn name(&self) -> &'static str {
		self.code_and_name().1
	}

	/// Whether asking again later can help, with nothing else changed.
	pub fn is_transient(&self) -> bool {
		matches!(
			self,
			Self::UnknownJob(_)
				| Self::Work(WorkError::Blob { .. })
				| Self::Chain(_)
				| Self::Store(_)
				| Self::Unavailable(_)
		)
	}

	fn code_and_name(&self) -> (&'static str, &'static str) {
		match self {
			Self::UnknownJob(_) => ("Q-IS-001", "UnknownJob"),
			Self::JobNotOpen(_) => ("Q-IS-002", "JobNotOpen"),
			Self::NotAccepted(_) => ("Q-IS-003", "NotAccepted"),
			Self::NotInOffice => ("Q-IS-004", "NotInOffice"),
			Self::KeysDiffer => ("Q-IS-005", "KeysDiffer"),
			Self::MinerIsParty { .. } => ("Q-IS-006", "MinerIsParty"),
			Self::DeadlinePassed { .. } => ("Q-IS-007", "DeadlinePassed"),
			Self::Work(WorkError::Blob { .. }) => ("Q-IS-008", "BlobUnavailable"),
			Self::Work(WorkError::WrongSize { .. }) => ("Q-IS-009", "WrongSize"),
			Self::Work(WorkError::Malformed { .. }) => ("Q-IS-010", "MalformedBlob"),
			Self::Work(WorkError::WrongModel { .. }) => ("Q-IS-011", "WrongModel"),
			Self::WrongInput => ("Q-IS-012", "WrongInput"),
			Self::WrongCount { .. } => ("Q-IS-013", "WrongCount"),
			Self::WrongOutput { .. } => ("Q-IS-014", "WrongOutput"),
			Self::Unrunnable(_) => ("Q-IS-015", "Unrunnable"),
			Self::AboveHeld { .. } => ("Q-IS-016", "AboveHeld"),
			Self::Body(_) => ("Q-IS-017", "InconsistentReceipt"),
			Self::Contradiction { .. } => ("Q-IS-018", "Contradiction"),
			Self::Chain(_) => ("Q-IS-019", "ChainUnavailable"),
			Self::Store(_) => ("Q-IS-020", "StoreUnavailable"),
			Self::Unavailable(_) => ("Q-IS-021", "Unavailable"),
			Self::NotTheMiner(_) => ("Q-IS-022", "NotTheMiner"),
		}
	}
}

impl From<CheckError> for SignError {
	fn from(error: CheckError) -> Self {
		match error {
			CheckError::Run(error) => Self::Unrunnable(error),
			CheckError::WrongInput { .. } => Self::WrongInput,
			CheckError::WrongCount { expected, found } => Self::WrongCount { expected, found },
			CheckError::WrongResult { image, computed, claimed } => {
				Self::WrongOutput { image, computed, claimed }
			},
		}
	}
}

impl From<StoreError> for SignError {
	fn from(error: StoreError) -> Self {
		match error {
			StoreError::Contradiction { signed } => Self::Contradiction { signed },
			error => Self::Store(error),
		}
	}
}

/// Why the process cannot start or go on.
#[derive(Debug, thiserror::Error)]
pub enum IssuerError {
	/// The chain cannot be reached.
	#[error("[Q-IS-101] {0}")]
	Chain(#[from] ClientError),
	/// The record of signed receipts cannot be opened.
	#[error("[Q-IS-102] {0}")]
	Store(#[from] StoreError),
	/// The blob folder cannot be opened.
	#[error("[Q-IS-103] cannot open blob folder {}: {source}", path.display())]
	Blobs {
		/// The folder.
		path: PathBuf,
		/// Why.
		source: quittance_blobs::BlobError,
	},
	/// The address cannot be listened on.
	#[error("[Q-IS-104] cannot listen on {address}: {source}")]
	Listen {
		/// The address.
		address: SocketAddr,
		/// Why.
		source: std::io::Error,
	},
	/// The service could not be put together.
	#[error("[Q-IS-105] cannot set up the service: {0}")]
	Service(String),
}
