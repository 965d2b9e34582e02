//! What a job's digests stand for: the blobs that miner and issuer both start from.

use quittance_blobs::{BlobError, FolderStore};
use quittance_client::{Job, Model as ModelRecord};
use quittance_types::{Blob, Digest};
use quittance_zkml::{InputBlob, Model, OutputBlob};

/// Why a job's blobs are no work that can be done.
#[derive(Debug, thiserror::Error)]
pub enum WorkError {
	/// A blob is not there, not yet there or damaged.
	#[error("{what}: {source}")]
	Blob {
		/// Which blob.
		what: &'static str,
		/// Why.
		source: BlobError,
	},
	/// The chain was told another size.
	#[error("{what}: {found} bytes, the chain says {expected}")]
	WrongSize {
		/// Which blob.
		what: &'static str,
		/// Size on the chain.
		expected: u32,
		/// Size of what the digest names.
		found: usize,
	},
	/// The bytes are no such blob.
	#[error("{what}: {reason}")]
	Malformed {
		/// Which blob.
		what: &'static str,
		/// What is wrong with it.
		reason: String,
	},
	/// Model file, the model's record on the chain and the input do not agree on the weights.
	#[error("the {what} names other weights than the model on the chain")]
	WrongModel {
		/// Which of them.
		what: &'static str,
	},
}

/// A job's input and the model to run on it, checked against what the chain says of them.
#[derive(Debug)]
pub struct Work {
	/// The model.
	pub model: Model,
	/// The input.
	pub input: InputBlob,
}

impl Work {
	/// Fetches and checks a job's blobs.
	pub fn fetch(blobs: &FolderStore, job: &Job, record: &ModelRecord) -> Result<Self, WorkError> {
		let bytes = fetch_sized(blobs, "input", &job.input, InputBlob::MAX_BYTES)?;
		let input = InputBlob::decode(&bytes)
			.map_err(|error| WorkError::Malformed { what: "input", reason: error.to_string() })?;
		if *input.model() != record.weights {
			return Err(WorkError::WrongModel { what: "input" });
		}
		let bytes = fetch_sized(blobs, "model", &record.blob, Model::MAX_BYTES)?;
		let model = Model::from_bytes(&bytes)
			.map_err(|error| WorkError::Malformed { what: "model", reason: error.to_string() })?;
		if model.weights_digest() != record.weights {
			return Err(WorkError::WrongModel { what: "model" });
		}
		Ok(Self { model, input })
	}
}

/// Fetches an output, whose size nobody has told the chain.
pub(crate) fn fetch_output(blobs: &FolderStore, output: &Digest) -> Result<OutputBlob, WorkError> {
	let bytes = blobs
		.get(&(*output).into(), length(OutputBlob::MAX_BYTES))
		.map_err(|source| WorkError::Blob { what: "output", source })?;
	OutputBlob::decode(&bytes)
		.map_err(|error| WorkError::Malformed { what: "output", reason: error.to_string() })
}

fn fetch_sized(
	blobs: &FolderStore,
	what: &'static str,
	blob: &Blob,
	max: usize,
) -> Result<Vec<u8>, WorkError> {
	let bytes = blobs
		.get(&blob.digest.into(), length(max))
		.map_err(|source| WorkError::Blob { what, source })?;
	match u32::try_from(bytes.len()) == Ok(blob.size) {
		true => Ok(bytes),
		false => Err(WorkError::WrongSize { what, expected: blob.size, found: bytes.len() }),
	}
}

/// A length in memory as the store counts it. No platform has more than 64 bits.
fn length(bytes: usize) -> u64 {
	u64::try_from(bytes).unwrap_or(u64::MAX)
}
