//! The store itself.

use std::{
	fs::{self, File},
	io::{self, Read, Write},
	path::{Path, PathBuf},
	time::{Duration, SystemTime},
};

use crate::Digest;

/// Folder for files that are being written. It has more than two characters, so it is no prefix.
const UNFINISHED: &str = "unfinished";

/// An unfinished file this old belongs to a writer that died.
const ABANDONED_AFTER: Duration = Duration::from_secs(24 * 60 * 60);

/// Why a blob could not be stored or read.
#[derive(Debug, thiserror::Error)]
pub enum BlobError {
	/// There is no such blob.
	#[error("blob {0} is not in the store")]
	Missing(Digest),
	/// The blob is larger than the reader allows.
	#[error("blob {digest} has {size} bytes or more, at most {max} are allowed")]
	TooLarge {
		/// Which blob.
		digest: Digest,
		/// Size of its file.
		size: u64,
		/// Size allowed.
		max: u64,
	},
	/// The file's bytes have another digest: it was cut or changed.
	#[error("blob {expected} is corrupt: its file has digest {found}")]
	Corrupt {
		/// Digest asked for.
		expected: Digest,
		/// Digest of what the file holds.
		found: Digest,
	},
	/// The file system refused.
	#[error("{}: {source}", path.display())]
	Io {
		/// Where.
		path: PathBuf,
		/// Why.
		source: io::Error,
	},
}

/// A folder of blobs. Clones, threads and processes of one user may share it; files are readable
/// by that user only, since inputs and outputs are private to the parties of a job.
#[derive(Clone, Debug)]
pub struct FolderStore {
	root: PathBuf,
}

impl FolderStore {
	/// Opens the store in `root`, which is made if it is not there, and removes what writers that
	/// died more than a day ago left unfinished.
	///
	/// # Errors
	///
	/// [`BlobError::Io`].
	pub fn open(root: impl Into<PathBuf>) -> Result<Self, BlobError> {
		let store = Self { root: root.into() };
		let unfinished = store.root.join(UNFINISHED);
		fs::create_dir_all(&unfinished).map_err(at(&unfinished))?;
		remove_abandoned(&unfinished)?;
		Ok(store)
	}

	/// Stores `bytes` durably and returns their digest.
	///
	/// Storing a blob again changes nothing, except that a file found corrupt is replaced.
	///
	/// # Errors
	///
	/// [`BlobError::Io`].
	pub fn put(&self, bytes: &[u8]) -> Result<Digest, BlobError> {
		let digest = Digest::of(bytes);
		let path = self.path(&digest);
		match self.get(&digest, length(bytes)) {
			// The other writer's rename may not be on the disk yet; this caller's promise is.
			Ok(_) => return self.flush_entry(&path).map(|()| digest),
			Err(BlobError::Missing(_) | BlobError::Corrupt { .. } | BlobError::TooLarge { .. }) => {
			},
			Err(error) => return Err(error),
		}

		let folder = parent(&path);
		fs::create_dir_all(folder).map_err(at(folder))?;
		let unfinished = self.root.join(UNFINISHED);
		let mut file = tempfile::NamedTempFile::new_in(&unfinished).map_err(at(&unfinished))?;
		file.write_all(bytes).map_err(at(file.path()))?;
		// The bytes must be on the disk before the name is: after a power cut a name without its
		// bytes would look like a stored blob.
		file.as_file().sync_all().map_err(at(file.path()))?;
		file.persist(&path)
			.map_err(|error| BlobError::Io { path: path.clone(), source: error.error })?;
		self.flush_entry(&path)?;
		Ok(digest)
	}

	/// The blob with this digest, if it has at most `max_size` bytes.
	///
	/// # Errors
	///
	/// [`BlobError::Missing`], [`BlobError::TooLarge`], [`BlobError::Corrupt`] and
	/// [`BlobError::Io`].
	pub fn get(&self, digest: &Digest, max_size: u64) -> Result<Vec<u8>, BlobError> {
		let path = self.path(digest);
		let file = match File::open(&path) {
			Ok(file) => file,
			Err(error) if error.kind() == io::ErrorKind::NotFound => {
				return Err(BlobError::Missing(*digest))
			},
			Err(source) => return Err(BlobError::Io { path, source }),
		};
		let size = file.metadata().map_err(at(&path))?.len();
		let too_large = |size| BlobError::TooLarge { digest: *digest, size, max: max_size };
		if size > max_size {
			return Err(too_large(size));
		}
		// The file could grow after its size was taken: the read is bounded too.
		let mut bytes = Vec::new();
		file.take(max_size.saturating_add(1)).read_to_end(&mut bytes).map_err(at(&path))?;
		if length(&bytes) > max_size {
			return Err(too_large(length(&bytes)));
		}
		let found = Digest::of(&bytes);
		if found != *digest {
			return Err(BlobError::Corrupt { expected: *digest, found });
		}
		Ok(bytes)
	}

	/// Whether a file for this blob is there. Only [`FolderStore::get`] says whether it is intact.
	///
	/// # Errors
	///
	/// [`BlobError::Io`].
	pub fn contains(&self, digest: &Digest) -> Result<bool, BlobError> {
		let path = self.path(digest);
		path.try_exists().map_err(at(&path))
	}

	/// The file of a blob. A digest has hex digits only, so this never leaves the folder.
	fn path(&self, digest: &Digest) -> PathBuf {
		let name = digest.to_string();
		self.root.join(&name[..2]).join(&name)
	}

	/// Flushes the folders that name `path`: the prefix, and the root in case the prefix is new.
	fn flush_entry(&self, path: &Path) -> Result<(), BlobError> {
		for folder in [parent(path), &self.root] {
			File::open(folder).and_then(|f| f.sync_all()).map_err(at(folder))?;
		}
		Ok(())
	}
}

fn remove_abandoned(folder: &Path) -> Result<(), BlobError> {
	for entry in fs::read_dir(folder).map_err(at(folder))? {
		let entry = entry.map_err(at(folder))?;
		let path = entry.path();
		let age = match entry.metadata().and_then(|m| m.modified()) {
			Ok(modified) => SystemTime::now().duration_since(modified).unwrap_or_default(),
			// Its writer has just finished, or another opener was faster.
			Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
			Err(source) => return Err(BlobError::Io { path, source }),
		};
		if age > ABANDONED_AFTER {
			match fs::remove_file(&path) {
				Err(source) if source.kind() != io::ErrorKind::NotFound => {
					return Err(BlobError::Io { path, source })
				},
				_ => {},
			}
		}
	}
	Ok(())
}

fn at(path: &Path) -> impl Fn(io::Error) -> BlobError + '_ {
	move |source| BlobError::Io { path: path.to_path_buf(), source }
}

fn parent(path: &Path) -> &Path {
	path.parent().expect("a blob's path is root, prefix and name; qed")
}

fn length(bytes: &[u8]) -> u64 {
	u64::try_from(bytes.len()).expect("a length in memory has at most 64 bits; qed")
}

#[cfg(test)]
mod tests {
	use super::*;

	struct Fixture {
		folder: tempfile::TempDir,
		store: FolderStore,
	}

	impl Fixture {
		fn new() -> Self {
			let folder = tempfile::tempdir().unwrap();
			let store = FolderStore::open(folder.path().join("blobs")).unwrap();
			Self { folder, store }
		}

		fn unfinished(&self) -> Vec<PathBuf> {
			let folder = self.folder.path().join("blobs").join(UNFINISHED);
			fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect()
		}
	}

	#[test]
	fn put_then_get() {
		let f = Fixture::new();
		for bytes in [&b""[..], b"x", &[7; 100_000]] {
			let digest = f.store.put(bytes).unwrap();
			assert_eq!(digest, Digest::of(bytes));
			assert_eq!(f.store.get(&digest, 100_000).unwrap(), bytes);
			assert!(f.store.contains(&digest).unwrap());
		}
		assert!(f.unfinished().is_empty());
	}

	#[test]
	fn file_lies_under_the_first_two_digits() {
		let f = Fixture::new();
		let name = f.store.put(b"x").unwrap().to_string();
		assert_eq!(fs::read(f.store.root.join(&name[..2]).join(name)).unwrap(), b"x");
	}

	#[test]
	fn put_again_leaves_the_file_alone() {
		let f = Fixture::new();
		let digest = f.store.put(b"x").unwrap();
		let before = fs::metadata(f.store.path(&digest)).unwrap().modified().unwrap();
		assert_eq!(f.store.put(b"x").unwrap(), digest);
		let after = fs::metadata(f.store.path(&digest)).unwrap().modified().unwrap();
		assert_eq!(before, after);
	}

	#[test]
	fn another_store_of_the_folder_sees_the_blob() {
		let f = Fixture::new();
		let digest = f.store.put(b"x").unwrap();
		let other = FolderStore::open(&f.store.root).unwrap();
		assert_eq!(other.get(&digest, 1).unwrap(), b"x");
	}

	#[test]
	fn fails_when_missing() {
		let f = Fixture::new();
		let digest = Digest::of(b"x");
		assert!(!f.store.contains(&digest).unwrap());
		let missing = f.store.get(&digest, 1);
		assert!(matches!(missing, Err(BlobError::Missing(d)) if d == digest));
	}

	#[test]
	fn boundary_size_equals_max() {
		let f = Fixture::new();
		let digest = f.store.put(&[1; 10]).unwrap();
		assert_eq!(f.store.get(&digest, 10).unwrap(), [1; 10]);
		assert_eq!(f.store.get(&digest, u64::MAX).unwrap(), [1; 10]);
		assert!(matches!(
			f.store.get(&digest, 9),
			Err(BlobError::TooLarge { digest: d, size: 10, max: 9 }) if d == digest
		));
	}

	#[test]
	fn fails_when_truncated_corrupted_or_extended_and_put_repairs() {
		let f = Fixture::new();
		let bytes = [5; 64];
		let digest = f.store.put(&bytes).unwrap();
		let path = f.store.path(&digest);
		let mut flipped = bytes;
		flipped[63] ^= 1;
		for damaged in [&bytes[..63], &[], &flipped, &[5; 65]] {
			fs::write(&path, damaged).unwrap();
			assert!(matches!(
				f.store.get(&digest, 100),
				Err(BlobError::Corrupt { expected, found })
					if expected == digest && found == Digest::of(damaged)
			));
			assert!(f.store.contains(&digest).unwrap());
			assert_eq!(f.store.put(&bytes).unwrap(), digest);
			assert_eq!(f.store.get(&digest, 64).unwrap(), bytes);
		}
	}

	#[test]
	fn fails_with_the_path_when_the_file_system_refuses() {
		let f = Fixture::new();
		let digest = Digest::of(b"x");
		// A folder where the file should be: `get` cannot read it, `put` cannot replace it.
		let path = f.store.path(&digest);
		fs::create_dir_all(&path).unwrap();
		for error in [f.store.get(&digest, u64::MAX).err(), f.store.put(b"x").err()] {
			assert!(matches!(error, Some(BlobError::Io { path: named, .. }) if named == path));
		}
		let file = f.folder.path().join("file");
		fs::write(&file, b"").unwrap();
		assert!(matches!(
			FolderStore::open(&file),
			Err(BlobError::Io { path, .. }) if path == file.join(UNFINISHED)
		));
	}

	#[test]
	fn leftover_of_a_dead_writer_is_no_blob_and_goes_after_a_day() {
		let f = Fixture::new();
		let unfinished = f.store.root.join(UNFINISHED);
		let (old, young) = (unfinished.join(".tmpOLD"), unfinished.join(".tmpYOUNG"));
		for (path, age) in [(&old, 25), (&young, 23)] {
			fs::write(path, b"half a bl").unwrap();
			let modified = SystemTime::now() - Duration::from_secs(age * 60 * 60);
			File::options().write(true).open(path).unwrap().set_modified(modified).unwrap();
		}
		assert!(!f.store.contains(&Digest::of(b"half a bl")).unwrap());
		let digest = f.store.put(b"half a blob").unwrap();
		assert_eq!(f.store.get(&digest, 100).unwrap(), b"half a blob");
		assert_eq!(f.unfinished().len(), 2);
		FolderStore::open(&f.store.root).unwrap();
		assert_eq!(f.unfinished(), [young]);
	}

	#[test]
	fn a_failed_put_leaves_nothing_unfinished() {
		let f = Fixture::new();
		let path = f.store.path(&Digest::of(b"x"));
		// The prefix is a file: the blob's folder cannot be made.
		fs::write(parent(&path), b"").unwrap();
		assert!(matches!(f.store.put(b"x"), Err(BlobError::Io { .. })));
		assert!(f.unfinished().is_empty());
	}
}
