//! Why a receipt is not signed, and why the process cannot run.

use crate::{StoreError, WorkError};
use quittance_client::{AccountId, ClientError};
use quittance_daemon::Fatal;
use quittance_types::{Bar, BodyError, JobId, JobTime, Mode};
use quittance_zkml::{CheckError, Classification, RunError};
use std::{net::SocketAddr, path::PathBuf};

/// Why a receipt is not signed. Each has a code, a name that clients match on, and words.
#[derive(Debug, thiserror::Error)]
pub enum SignError {
	/// The job is not on the chain.
	#[error("no job has number {0}")]
	UnknownJob(JobId),
	/// The job has ended, or takes no receipt of this miner's now. The chain would refuse it.
	#[error("job {job}: {}", words(.bar))]
	Barred {
		/// The job.
		job: JobId,
		/// Why.
		bar: Bar,
	},
	/// The job is kept for other miners.
	#[error("job {0} is kept for other miners")]
	NotAllowed(JobId),
	/// The miner has shown the chain another output.
	#[error("job {job}: the output 0x{} was delivered", hex::encode(.delivered))]
	NotDelivered {
		/// The job.
		job: JobId,
		/// Digest of the output that was.
		delivered: [u8; 32],
	},
	/// This program runs models on inputs in clear only.
	#[error("jobs in the mode {0:?} are not supported")]
	UnsupportedMode(Mode),
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
	#[error("the output has {found} results for {expected} items")]
	WrongCount {
		/// Items of the input.
		expected: usize,
		/// Results in the output.
		found: usize,
	},
	/// A result is wrong. The first one is named.
	#[error(
		"item {item} has label {} and logits {:?}, the output says label {} and logits {:?}",
		.computed.label, .computed.logits, .claimed.label, .claimed.logits
	)]
	WrongOutput {
		/// Place of the item in the input.
		item: usize,
		/// What the network gives.
		computed: Classification,
		/// What the output says.
		claimed: Classification,
	},
	/// The input cannot be run with the network.
	#[error("the input cannot be run: {0}")]
	Unrunnable(#[source] RunError),
	/// The price at which the miner has the job does not pay for so many units.
	#[error("the price of {max_amount} is less than the smallest unit for each of {units} units")]
	AboveHeld {
		/// Units of work.
		units: u64,
		/// The most the miner can be paid.
		max_amount: u128,
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
	/// The request is not signed by whom it says.
	#[error("the request is not signed by {0} for this chain")]
	NotSigned(AccountId),
	/// Who signed the request does not work for the miner that it names.
	#[error("{signer} is neither {miner} nor the hot key it works with now")]
	NotTheMiner {
		/// Who signed.
		signer: AccountId,
		/// The miner named.
		miner: AccountId,
	},
	/// As many requests as are taken wait already.
	#[error("too many requests wait; come back in a while")]
	Busy,
	/// The signer has asked too often of late.
	#[error("{0} asks too often")]
	TooOften(AccountId),
	/// The answer took too long.
	#[error("no answer within {seconds} s")]
	TimedOut {
		/// How long it could take.
		seconds: u64,
	},
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
				// The issuer's node may be behind the miner's.
				| Self::Barred { bar: Bar::NotLocked | Bar::OutputsAwaited, .. }
				| Self::Work(WorkError::Blob { .. })
				| Self::Chain(_)
				| Self::Store(_)
				| Self::Busy
				| Self::TooOften(_)
				| Self::TimedOut { .. }
				| Self::Unavailable(_)
		)
	}

	fn code_and_name(&self) -> (&'static str, &'static str) {
		match self {
			Self::UnknownJob(_) => ("Q-IS-001", "UnknownJob"),
			Self::Barred { bar, .. } => match bar {
				Bar::Settled => ("Q-IS-002", "JobNotOpen"),
				Bar::NotLocked => ("Q-IS-023", "JobNotLocked"),
				Bar::OfAnother => ("Q-IS-024", "JobOfAnother"),
				Bar::OutputsAwaited => ("Q-IS-025", "OutputsAwaited"),
				Bar::OnPanel => ("Q-IS-026", "JobOnPanel"),
				Bar::NotCommitted | Bar::CommittedInThisBlock => ("Q-IS-027", "NotCommitted"),
			},
			Self::NotAccepted(_) => ("Q-IS-003", "NotAccepted"),
			Self::NotInOffice => ("Q-IS-004", "NotInOffice"),
			Self::KeysDiffer => ("Q-IS-005", "KeysDiffer"),
			Self::MinerIsParty { .. } => ("Q-IS-006", "MinerIsParty"),
			Self::DeadlinePassed { .. } => ("Q-IS-007", "DeadlinePassed"),
			Self::Work(WorkError::Blob { .. }) => ("Q-IS-008", "BlobUnavailable"),
			Self::Work(WorkError::WrongSize { .. }) => ("Q-IS-009", "WrongSize"),
			Self::Work(WorkError::Malformed { .. } | WorkError::MalformedInput { .. }) => {
				("Q-IS-010", "MalformedBlob")
			},
			Self::Work(WorkError::WrongModel { .. }) => ("Q-IS-011", "WrongModel"),
			Self::WrongInput => ("Q-IS-012", "WrongInput"),
			Self::WrongCount { .. } => ("Q-IS-013", "WrongCount"),
			Self::WrongOutput { .. } => ("Q-IS-014", "WrongOutput"),
			Self::Unrunnable(_) | Self::Work(WorkError::Unrunnable(_)) => {
				("Q-IS-015", "Unrunnable")
			},
			Self::AboveHeld { .. } => ("Q-IS-016", "AboveHeld"),
			Self::Body(_) => ("Q-IS-017", "InconsistentReceipt"),
			Self::Contradiction { .. } => ("Q-IS-018", "Contradiction"),
			Self::Chain(_) => ("Q-IS-019", "ChainUnavailable"),
			Self::Store(_) => ("Q-IS-020", "StoreUnavailable"),
			Self::Unavailable(_) => ("Q-IS-021", "Unavailable"),
			Self::NotTheMiner { .. } => ("Q-IS-022", "NotTheMiner"),
			Self::NotAllowed(_) => ("Q-IS-028", "NotAllowed"),
			Self::NotDelivered { .. } => ("Q-IS-029", "NotDelivered"),
			Self::UnsupportedMode(_) => ("Q-IS-030", "UnsupportedMode"),
			Self::NotSigned(_) => ("Q-IS-031", "NotSigned"),
			Self::Busy => ("Q-IS-032", "Busy"),
			Self::TooOften(_) => ("Q-IS-033", "TooOften"),
			Self::TimedOut { .. } => ("Q-IS-034", "TimedOut"),
		}
	}
}

/// A bar in words.
fn words(bar: &Bar) -> &'static str {
	match bar {
		Bar::Settled => "it has its receipt, or has ended",
		Bar::NotLocked => "no miner has locked it",
		Bar::OfAnother => "another miner has it",
		Bar::OutputsAwaited => "its miners have yet to show their outputs",
		Bar::OnPanel => "a panel judges it, or has",
		Bar::NotCommitted | Bar::CommittedInThisBlock => "the receipt is not committed to",
	}
}

impl From<CheckError> for SignError {
	fn from(error: CheckError) -> Self {
		match error {
			CheckError::Run(error) => Self::Unrunnable(error),
			CheckError::WrongInput { .. } => Self::WrongInput,
			CheckError::WrongCount { expected, found } => Self::WrongCount { expected, found },
			CheckError::WrongResult { item, computed, claimed } => {
				Self::WrongOutput { item, computed, claimed }
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
	/// A service could not be kept running.
	#[error("[Q-IS-109] {0}")]
	Service(#[from] Fatal),
}
