//! What a job's digests stand for: the blobs that miner and issuer both start from.

use quittance_blobs::{BlobError, FolderStore};
use quittance_client::{Description, Job};
use quittance_types::{decode_input, Blob, Digest};
use quittance_zkml::{InputBlob, Model, OutputBlob, IMAGE_PIXELS};

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
	/// The bytes of the input are no input, and the chain sees it: whoever shows them ends the job.
	#[error("input: {reason}, as the chain can see")]
	MalformedInput {
		/// What is wrong with it.
		reason: String,
		/// The input.
		bytes: Vec<u8>,
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
	pub fn fetch(blobs: &FolderStore, job: &Job, model: &Description) -> Result<Self, WorkError> {
		let input = Self::fetch_input(blobs, job, model)?;
		let bytes = fetch_sized(blobs, "model", &model.blob, Model::MAX_BYTES)?;
		let file = Model::from_bytes(&bytes)
			.map_err(|error| WorkError::Malformed { what: "model", reason: error.to_string() })?;
		if file.weights_digest() != model.weights.sha256 {
			return Err(WorkError::WrongModel { what: "model" });
		}
		Ok(Self { model: file, input })
	}

	/// The input alone. What is wrong with it is told apart by whether the chain can see it.
	fn fetch_input(
		blobs: &FolderStore,
		job: &Job,
		model: &Description,
	) -> Result<InputBlob, WorkError> {
		// Or chain and model would not mean the same by an item.
		if model.item_bytes() != IMAGE_PIXELS as u64 {
			return Err(WorkError::WrongModel { what: "input's shape" });
		}
		let bytes = fetch_sized(blobs, "input", &job.offer.input, InputBlob::MAX_BYTES)?;
		let input = match decode_input(&bytes, model.item_bytes()) {
			Ok(seen) if seen.weights != model.weights.sha256 => {
				let reason = "it is for another model".to_owned();
				return Err(WorkError::MalformedInput { reason, bytes });
			},
			Ok(_) => InputBlob::decode(&bytes),
			Err(error) => {
				let reason = format!("{error:?}");
				return Err(WorkError::MalformedInput { reason, bytes });
			},
		};
		input.map_err(|error| WorkError::Malformed { what: "input", reason: error.to_string() })
	}
}

/// Fetches an output. Its size is known only where it was delivered.
pub(crate) fn fetch_output(
	blobs: &FolderStore,
	output: &Digest,
	delivered: Option<&Blob>,
) -> Result<OutputBlob, WorkError> {
	let max = length(OutputBlob::MAX_BYTES);
	if let Some(blob) = delivered.filter(|blob| u64::from(blob.size) > max) {
		let reason = format!("{} bytes, the longest has {max}", blob.size);
		return Err(WorkError::Malformed { what: "output", reason });
	}
	let bytes = blobs
		.get(&(*output).into(), max)
		.map_err(|source| WorkError::Blob { what: "output", source })?;
	match delivered {
		Some(blob) if u32::try_from(bytes.len()) != Ok(blob.size) => {
			Err(WorkError::WrongSize { what: "output", expected: blob.size, found: bytes.len() })
		},
		_ => OutputBlob::decode(&bytes)
			.map_err(|error| WorkError::Malformed { what: "output", reason: error.to_string() }),
	}
}

fn fetch_sized(
	blobs: &FolderStore,
	what: &'static str,
	blob: &Blob,
	max: usize,
) -> Result<Vec<u8>, WorkError> {
	if u64::from(blob.size) > length(max) {
		let reason = format!("{} bytes, the longest has {max}", blob.size);
		return Err(WorkError::Malformed { what, reason });
	}
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

#[cfg(test)]
pub(crate) mod tests {
	use super::*;
	use crate::judge::tests::{description, job, model};
	use quittance_types::{Blob, INPUT_TAG};

	/// A store with a model and the blob of an input, and the job and description that name them.
	pub(crate) fn stored(input: &[u8]) -> (tempfile::TempDir, FolderStore, Job, Description) {
		let folder = tempfile::tempdir().unwrap();
		let store = FolderStore::open(folder.path()).unwrap();
		let named = |bytes: &[u8]| {
			let digest = store.put(bytes).unwrap();
			Blob { digest: digest.into(), size: u32::try_from(bytes.len()).unwrap() }
		};
		let mut job = job();
		job.offer.input = named(input);
		let model = model();
		let mut description = description(&model);
		description.blob = named(&model.to_bytes());
		(folder, store, job, description)
	}

	fn input(pixel: u8) -> Vec<u8> {
		let images = vec![[1; IMAGE_PIXELS]; 2];
		let input = InputBlob::new([1; 32], model().weights_digest(), 3, images).unwrap();
		let mut bytes = input.encode();
		*bytes.last_mut().unwrap() = pixel;
		bytes
	}

	#[test]
	fn a_job_and_its_model_are_fetched() {
		let (_folder, store, job, description) = stored(&input(1));
		let work = Work::fetch(&store, &job, &description).unwrap();
		assert_eq!((work.input.units(), work.input.amount()), (2, 6));
	}

	#[test]
	fn what_the_chain_can_see_of_an_input_is_told_apart() {
		let fetched = |bytes: &[u8]| {
			let (_folder, store, job, description) = stored(bytes);
			Work::fetch(&store, &job, &description).map(|_| ()).unwrap_err()
		};
		let short = &input(1)[..200];
		for bytes in [INPUT_TAG, short, b"other bytes"] {
			let error = fetched(bytes);
			let shown = matches!(&error, WorkError::MalformedInput { bytes: b, .. } if b == bytes);
			assert!(shown, "{error}");
		}
		let images = vec![[1; IMAGE_PIXELS]];
		let foreign = InputBlob::new([1; 32], [9; 32], 3, images).unwrap().encode();
		assert!(matches!(fetched(&foreign), WorkError::MalformedInput { .. }));
		// A pixel that the model does not take: the chain knows nothing of pixels.
		assert!(matches!(fetched(&input(17)), WorkError::Malformed { what: "input", .. }));
	}

	#[test]
	fn blobs_are_what_the_chain_says() {
		let (_folder, store, mut job, mut description) = stored(&input(1));
		job.offer.input.size += 1;
		let error = Work::fetch(&store, &job, &description).unwrap_err();
		assert!(matches!(error, WorkError::WrongSize { what: "input", .. }), "{error}");
		job.offer.input.size -= 1;
		description.weights.sha256 = [0; 32];
		let error = Work::fetch(&store, &job, &description).unwrap_err();
		assert!(matches!(error, WorkError::MalformedInput { .. }), "{error}");
		description.input_shape = vec![8, 9];
		let error = Work::fetch(&store, &job, &description).unwrap_err();
		assert!(matches!(error, WorkError::WrongModel { what: "input's shape" }), "{error}");
		job.offer.input.digest = [0; 32];
		description.input_shape = vec![64];
		let error = Work::fetch(&store, &job, &description).unwrap_err();
		assert!(matches!(error, WorkError::Blob { what: "input", .. }), "{error}");
	}
}
