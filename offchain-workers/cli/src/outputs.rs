//! What miners put into the shared folder.

use crate::failure::Failure;
use quittance_blobs::{Digest, FolderStore};
use quittance_zkml::{check, InputBlob, Network, OutputBlob};
use std::{fs, path::Path};

/// The labels of the right output for this input, if it is in the folder. A requester that is not
/// told the output's digest, which a basic receipt hides, finds it by the input it names.
pub fn labels(
	blobs: &Path,
	network: &Network,
	input: &InputBlob,
) -> Result<Option<Vec<u8>>, Failure> {
	let unreadable = |error: &dyn std::fmt::Display| {
		Failure::unavailable(format!("looking for outputs in {}", blobs.display()), error)
	};
	let store = FolderStore::open(blobs).map_err(|error| unreadable(&error))?;
	for folder in fs::read_dir(blobs).map_err(|error| unreadable(&error))?.flatten() {
		let Ok(files) = fs::read_dir(folder.path()) else { continue };
		for name in files.flatten().filter_map(|file| file.file_name().into_string().ok()) {
			let Ok(digest) = name.parse::<Digest>() else { continue };
			let Ok(bytes) = store.get(&digest, OutputBlob::MAX_BYTES as u64) else { continue };
			let Ok(output) = OutputBlob::decode(&bytes) else { continue };
			if *output.input() == input.digest() && check(network, input, &output).is_ok() {
				return Ok(Some(output.labels()));
			}
		}
	}
	Ok(None)
}
