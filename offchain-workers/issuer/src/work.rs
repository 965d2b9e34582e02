//! What a job's digests stand for: the blobs that miner and issuer both start from.

use quittance_blobs::{BlobError, FolderStore};
use quittance_client::{Description, Job};
use quittance_types::{decode_input, Blob, Digest};
use quittance_zkml::{admit, commit, InputBlob, Network, OutputBlob, RunError};

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
	/// The network is another than the model on the chain describes.
	#[error("the network's {what} is not what the chain says of the model")]
	WrongModel {
		/// What of it.
		what: &'static str,
	},
	/// The network does not take the input, or it would take too long.
	#[error(transparent)]
	Unrunnable(#[from] RunError),
}

/// A job's input and the network to run on it, checked against what the chain says of them and against each other.
#[derive(Debug)]
pub struct Work {
	/// The network.
	pub network: Network,
	/// The input.
	pub input: InputBlob,
}

impl Work {
	/// Fetches and checks a job's blobs.
	pub fn fetch(blobs: &FolderStore, job: &Job, model: &Description) -> Result<Self, WorkError> {
		let input = Self::fetch_input(blobs, job, model)?;
		let bytes = fetch_sized(blobs, "model", &model.blob, Network::MAX_BYTES)?;
		let network = Network::from_bytes(&bytes)
			.map_err(|error| WorkError::Malformed { what: "model", reason: error.to_string() })?;
		ensure_described(&network, model)?;
		admit(&network, &input)?;
		Ok(Self { network, input })
	}

	/// The input alone. What is wrong with it is told apart by whether the chain can see it.
	fn fetch_input(
		blobs: &FolderStore,
		job: &Job,
		model: &Description,
	) -> Result<InputBlob, WorkError> {
		let values = usize::try_from(model.item_bytes()).unwrap_or(usize::MAX);
		let bytes = fetch_sized(blobs, "input", &job.offer.input, InputBlob::max_bytes(values))?;
		let input = match decode_input(&bytes, model.item_bytes()) {
			Ok(seen) if seen.weights != model.weights.sha256 => {
				let reason = "it is for another model".to_owned();
				return Err(WorkError::MalformedInput { reason, bytes });
			},
			Ok(_) => InputBlob::decode(&bytes, values),
			Err(error) => {
				let reason = format!("{error:?}");
				return Err(WorkError::MalformedInput { reason, bytes });
			},
		};
		input.map_err(|error| WorkError::Malformed { what: "input", reason: error.to_string() })
	}
}

/// Refuses a network that is not the one described. The hash of the architecture and the commitments to the weights
/// are told apart: either alone is that of other networks, too.
fn ensure_described(network: &Network, model: &Description) -> Result<(), WorkError> {
	let known = commit(network);
	let what = if known.architecture_hash != model.architecture {
		"architecture"
	} else if known.sha256 != model.weights.sha256 {
		"SHA-256 of the weights"
	} else if model.weights.poseidon.is_some_and(|poseidon| poseidon != known.poseidon) {
		"Poseidon commitment"
	// Or chain and network would not mean the same by an item.
	} else if network.architecture().input().values() as u64 != model.item_bytes() {
		"input's shape"
	} else {
		return Ok(());
	};
	Err(WorkError::WrongModel { what })
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
	use crate::judge::tests::{description, items, job, network};
	use quittance_types::{Blob, FieldBytes, INPUT_TAG};
	use quittance_zkml::MAX_PRODUCTS;

	/// A store with a network and the blob of an input, and the job and description that name them.
	pub(crate) fn stored(input: &[u8]) -> (tempfile::TempDir, FolderStore, Job, Description) {
		stored_with(&network(), input)
	}

	fn stored_with(
		network: &Network,
		input: &[u8],
	) -> (tempfile::TempDir, FolderStore, Job, Description) {
		let folder = tempfile::tempdir().unwrap();
		let store = FolderStore::open(folder.path()).unwrap();
		let named = |bytes: &[u8]| {
			let digest = store.put(bytes).unwrap();
			Blob { digest: digest.into(), size: u32::try_from(bytes.len()).unwrap() }
		};
		let mut job = job();
		job.offer.input = named(input);
		let mut description = description(network);
		description.blob = named(&network.to_bytes());
		(folder, store, job, description)
	}

	fn input() -> Vec<u8> {
		InputBlob::new([1; 32], network().weights_digest(), 3, items(2)).unwrap().encode()
	}

	#[test]
	fn a_job_and_its_network_are_fetched() {
		let (_folder, store, job, description) = stored(&input());
		let work = Work::fetch(&store, &job, &description).unwrap();
		assert_eq!((work.input.units(), work.input.amount()), (2, 6));
		assert_eq!(work.network, network());
	}

	#[test]
	fn what_the_chain_can_see_of_an_input_is_told_apart() {
		let fetched = |bytes: &[u8]| {
			let (_folder, store, job, description) = stored(bytes);
			Work::fetch(&store, &job, &description).map(|_| ()).unwrap_err()
		};
		let whole = input();
		let longer = [whole.as_slice(), &[0]].concat();
		for bytes in [INPUT_TAG, &whole[..200], &whole[..whole.len() - 1], &longer, b"other bytes"]
		{
			let error = fetched(bytes);
			let shown = matches!(&error, WorkError::MalformedInput { bytes: b, .. } if b == bytes);
			assert!(shown, "{error}");
		}
		let foreign = InputBlob::new([1; 32], [9; 32], 3, items(1)).unwrap().encode();
		assert!(matches!(fetched(&foreign), WorkError::MalformedInput { .. }));
	}

	#[test]
	fn blobs_are_what_the_chain_says() {
		let (_folder, store, mut job, mut description) = stored(&input());
		job.offer.input.size += 1;
		let error = Work::fetch(&store, &job, &description).unwrap_err();
		assert!(matches!(error, WorkError::WrongSize { what: "input", .. }), "{error}");
		job.offer.input.size -= 1;
		description.weights.sha256 = [0; 32];
		let error = Work::fetch(&store, &job, &description).unwrap_err();
		assert!(matches!(error, WorkError::MalformedInput { .. }), "{error}");
		job.offer.input.digest = [0; 32];
		let error = Work::fetch(&store, &job, &description).unwrap_err();
		assert!(matches!(error, WorkError::Blob { what: "input", .. }), "{error}");
		// Longer than any input of such items: not even asked for.
		job.offer.input.size = u32::MAX;
		let error = Work::fetch(&store, &job, &description).unwrap_err();
		assert!(matches!(error, WorkError::Malformed { what: "input", .. }), "{error}");
	}

	/// The weights alone are those of a network of another shape, too.
	#[test]
	fn the_network_is_the_one_that_is_described() {
		let refused = |change: fn(&mut Description)| {
			let (_folder, store, job, mut description) = stored(&input());
			change(&mut description);
			Work::fetch(&store, &job, &description).map(|_| ()).unwrap_err()
		};
		let wrong = |change| match refused(change) {
			WorkError::WrongModel { what } => what,
			error => panic!("{error}"),
		};
		assert_eq!(wrong(|model| model.architecture = [0; 32]), "architecture");
		let other = |model: &mut Description| model.weights.poseidon = Some(FieldBytes([0; 32]));
		assert_eq!(wrong(other), "Poseidon commitment");
		// The chain cannot be shown an input that is one by the shape it has.
		let halves = |model: &mut Description| model.input_shape = vec![32];
		assert!(matches!(refused(halves), WorkError::MalformedInput { .. }));
		let (_folder, store, mut job, mut description) = stored(&input());
		let short = InputBlob::new([1; 32], network().weights_digest(), 3, vec![vec![1; 32]; 2]);
		let short = short.unwrap().encode();
		job.offer.input.digest = store.put(&short).unwrap().into();
		job.offer.input.size = u32::try_from(short.len()).unwrap();
		description.input_shape = vec![32];
		let error = Work::fetch(&store, &job, &description).unwrap_err();
		assert!(matches!(error, WorkError::WrongModel { what: "input's shape" }), "{error}");
		// Without a commitment for proofs there is nothing to differ.
		let (_folder, store, job, mut description) = stored(&input());
		description.weights.poseidon = None;
		assert!(Work::fetch(&store, &job, &description).is_ok());
		// Another blob of the right length.
		let mut bytes = network().to_bytes();
		*bytes.last_mut().unwrap() ^= 1;
		description.blob.digest = store.put(&bytes).unwrap().into();
		let error = Work::fetch(&store, &job, &description).unwrap_err();
		assert!(
			matches!(error, WorkError::WrongModel { what: "SHA-256 of the weights" }),
			"{error}"
		);
		bytes[0] ^= 1;
		description.blob.digest = store.put(&bytes).unwrap().into();
		let error = Work::fetch(&store, &job, &description).unwrap_err();
		assert!(matches!(error, WorkError::Malformed { what: "model", .. }), "{error}");
		description.blob.size = u32::MAX;
		let error = Work::fetch(&store, &job, &description).unwrap_err();
		assert!(matches!(error, WorkError::Malformed { what: "model", .. }), "{error}");
	}

	/// Before anything is run.
	#[test]
	fn work_that_takes_too_long_is_named() {
		use quittance_zkml::architecture::{Architecture, Extent, Layer, Requantise};
		let input = Extent { channels: 16, rows: 32, columns: 32 };
		let requantise = Requantise { shift: 0, rectify: true };
		let (kernel, stride, padding) = (3, 1, 1);
		let layers = vec![
			Layer::Convolution { channels: 16, kernel, stride, padding, requantise },
			Layer::Dense { outputs: 1, requantise: None },
		];
		let architecture = Architecture::new(input, layers).unwrap();
		let tensor = vec![0; architecture.tensor_bytes()];
		let large = Network::from_tensor(architecture, &tensor).unwrap();
		let most = usize::try_from(MAX_PRODUCTS / large.products()).unwrap();
		let fetched = |count| {
			let items = vec![vec![0; input.values()]; count];
			let input = InputBlob::new([1; 32], large.weights_digest(), 3, items).unwrap();
			let (_folder, store, job, mut description) = stored_with(&large, &input.encode());
			description.input_shape = vec![16, 32, 32];
			Work::fetch(&store, &job, &description).map(|work| work.input.items().len())
		};
		assert_eq!(fetched(most).unwrap(), most);
		let error = fetched(most + 1).unwrap_err();
		let too_much = matches!(error, WorkError::Unrunnable(RunError::TooMuchWork { .. }));
		assert!(too_much, "{error}");
		let signed = crate::SignError::Work(error);
		assert_eq!((signed.code(), signed.name()), ("Q-IS-015", "Unrunnable"));
		assert!(!signed.is_transient());
	}
}
