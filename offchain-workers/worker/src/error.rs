//! Why there is no proof, and why the process cannot run.

use crate::store::StoreError;
use quittance_circuits::basic_receipt::WitnessError;
use quittance_client::{AccountId, ClientError};
use quittance_daemon::Fatal;
use quittance_types::{CircuitId, JobId, JobTime, Level};
use std::path::PathBuf;

/// Why a signed receipt cannot be made into one to submit.
#[derive(Debug, thiserror::Error)]
pub enum ProveError {
	/// The chain cannot be read.
	#[error(transparent)]
	Chain(#[from] ClientError),
	/// The job is not on the chain.
	#[error("[Q-PR-001] no job has number {0}")]
	UnknownJob(JobId),
	/// The job names no circuit: its receipts have no proof.
	#[error("[Q-PR-002] job {0} takes receipts without a proof")]
	NoCircuit(JobId),
	/// The receipt is signed for another level.
	#[error("[Q-PR-003] the receipt is signed for the level {found:?}, not {expected:?}")]
	WrongLevel {
		/// The level asked for.
		expected: Level,
		/// The receipt's.
		found: Level,
	},
	/// The job does not accept the issuer.
	#[error("[Q-PR-004] the job does not accept receipts by {0}")]
	IssuerNotAccepted(AccountId),
	/// The issuer has left office.
	#[error("[Q-PR-005] the issuer {0} is not in office")]
	IssuerNotInOffice(AccountId),
	/// The chain is behind the issuer's.
	#[error("[Q-PR-006] the work ended at {end}, which is after {as_of}: look at a later block")]
	NotYet {
		/// When the work ended.
		end: JobTime,
		/// Job time of the facts.
		as_of: JobTime,
	},
	/// A number of the receipt does not fit the circuit.
	#[error("[Q-PR-007] {0} needs more than 64 bits")]
	TooLarge(&'static str),
	/// The issuer's key or signature is not one.
	#[error("[Q-PR-008] the issuer's {what}: {reason}")]
	Malformed {
		/// Key or signature.
		what: &'static str,
		/// What is wrong.
		reason: String,
	},
	/// The job has more issuers than the tree has places.
	#[error("[Q-PR-009] a job with {0} issuers")]
	TooManyIssuers(usize),
	/// The statement is not true.
	#[error("[Q-PR-010] {0}")]
	Witness(#[from] WitnessError),
	/// The prover failed, or its proof did not verify.
	#[error("[Q-PR-011] {0}")]
	Prover(String),
	/// A private job cannot be settled. No number is said of it.
	#[error("[Q-PR-012] no settlement: {0}")]
	NotSettled(&'static str),
}

/// Why the process cannot start or go on.
#[derive(Debug, thiserror::Error)]
pub enum WorkerError {
	/// The chain cannot be reached or read.
	#[error("[Q-WK-001] {0}")]
	Chain(#[from] ClientError),
	/// The blob folder cannot be opened.
	#[error("[Q-WK-002] cannot open blob folder {}: {source}", path.display())]
	Blobs {
		/// The folder.
		path: PathBuf,
		/// Why.
		source: quittance_blobs::BlobError,
	},
	/// A circuit's proving key cannot be had.
	#[error("[Q-WK-003] no proving key for circuit 0x{}: {reason}", hex::encode(.circuit))]
	ProvingKey {
		/// The circuit.
		circuit: CircuitId,
		/// Why.
		reason: String,
	},
	/// The chain has no such circuit.
	#[error("[Q-WK-004] circuit 0x{} is not registered", hex::encode(.0))]
	UnknownCircuit(CircuitId),
	/// Nobody would sign.
	#[error("[Q-WK-005] no issuer is configured")]
	NoIssuers,
	/// The key does not work for the miner.
	#[error("[Q-WK-007] {hot_key} is not the hot key of {miner}{}", whose(.works_for))]
	NotHotKey {
		/// The key's account.
		hot_key: AccountId,
		/// The miner that it was to work for.
		miner: AccountId,
		/// The miner that it works for, if there is one.
		works_for: Option<AccountId>,
	},
	/// The worker's own records cannot be used.
	#[error("[Q-WK-008] {0}")]
	Store(#[from] StoreError),
	/// A service could not be kept running.
	#[error("[Q-WK-006] {0}")]
	Service(#[from] Fatal),
}

fn whose(miner: &Option<AccountId>) -> String {
	match miner {
		Some(miner) => format!(", but of {miner}"),
		None => ": register the miner with it, or wait until a rotation is over".to_owned(),
	}
}
