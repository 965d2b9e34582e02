//! Keys on disk.
//!
//! A folder holds one folder for each circuit, named after it and the digest of its matrices:
//!
//! | File | Content |
//! |---|---|
//! | `proving.key` | the proving key as `ark-serialize` writes it, uncompressed |
//! | `verifying.key` | the verifying key in the chain's encoding |
//! | `passport.json` | [`Passport`]: which circuit, what setup, digests of both files |
//!
//! The folder of a circuit appears at once with all its files, by renaming, and never changes. Of
//! processes that make one at the same time the first wins, and the others use its key.
//!
//! The digests find files that were damaged or mixed up. They are no protection against somebody
//! who can write to the folder: keep it as safe as the programs themselves.

use crate::{set_up_for_development, Engine, SetupError};
use ark_bn254::Bn254;
use ark_groth16::ProvingKey;
use ark_serialize::{CanonicalDeserialize, CanonicalSerialize};
use blake2::{digest::consts::U32, Blake2b, Digest};
use quittance_circuits::Shape;
use quittance_groth16::{KeyError, VerifyingKey};
use serde::{Deserialize, Serialize};
use std::{
	fs::{self, File},
	io::{self, Write},
	path::{Path, PathBuf},
};

const PROVING_KEY: &str = "proving.key";
const VERIFYING_KEY: &str = "verifying.key";
const PASSPORT: &str = "passport.json";

/// How a key came to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Setup {
	/// By one process, which could have kept the secrets: no money may depend on it.
	Development,
}

/// What is known about a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Passport {
	/// Version of this format, 1.
	pub version: u32,
	/// Name of the circuit.
	pub circuit: String,
	/// [`Shape::digest`] of the circuit, in hexadecimal.
	pub shape: String,
	/// Number of its constraints.
	pub constraints: usize,
	/// How the key was made.
	pub setup: Setup,
	/// blake2b-256 of the proving key's file, in hexadecimal.
	pub proving_key: String,
	/// blake2b-256 of the verifying key's file, in hexadecimal.
	pub verifying_key: String,
}

/// Why a key cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum KeyStoreError {
	/// There is no key for this circuit.
	#[error("there is no key at {0}")]
	NotFound(PathBuf),
	/// A file or folder cannot be read or written.
	#[error("{path}: {error}")]
	Io {
		/// Which.
		path: PathBuf,
		/// Why.
		error: io::Error,
	},
	/// The passport is not one.
	#[error("{path} is not a passport: {reason}")]
	Passport {
		/// The file.
		path: PathBuf,
		/// Why.
		reason: String,
	},
	/// The key is for a circuit with other constraints.
	#[error("the key at {path} is for the circuit {got}, not {expected}")]
	OtherCircuit {
		/// The folder.
		path: PathBuf,
		/// Digest of the circuit asked for.
		expected: String,
		/// Digest of the circuit in the passport.
		got: String,
	},
	/// A file is not the one of which the passport has the digest.
	#[error("{0} is damaged or of another key")]
	Altered(PathBuf),
	/// The bytes of the proving key are none.
	#[error("{path} is not a proving key: {reason}")]
	Malformed {
		/// The file.
		path: PathBuf,
		/// Why.
		reason: String,
	},
	/// The proving key does not have the circuit's dimensions.
	#[error("{path} has {got} {part}, the circuit needs {expected}")]
	Dimensions {
		/// The file.
		path: PathBuf,
		/// Which list of points.
		part: &'static str,
		/// How many the circuit needs.
		expected: usize,
		/// How many there are.
		got: usize,
	},
	/// The verifying key beside the proving key is another one.
	#[error("{0} does not belong to the proving key beside it")]
	OtherVerifyingKey(PathBuf),
	/// The chain would refuse the verifying key.
	#[error("the verifying key is unacceptable: {0}")]
	Refused(#[from] KeyError),
	/// No key could be made.
	#[error(transparent)]
	Setup(#[from] SetupError),
}

/// A folder of keys.
#[derive(Clone, Debug)]
pub struct KeyStore {
	root: PathBuf,
}

impl KeyStore {
	/// The keys in a folder, which need not exist.
	pub fn new(root: impl Into<PathBuf>) -> Self {
		Self { root: root.into() }
	}

	/// Where the key of a circuit is or would be.
	pub fn folder(&self, name: &str, shape: &Shape) -> PathBuf {
		let digest = hex::encode(shape.digest());
		self.root.join(format!("{name}-{}", &digest[..16]))
	}

	/// Loads the key of a circuit.
	///
	/// Errors: [`KeyStoreError::NotFound`] where there is none; any other but `Setup` where it is
	/// not right.
	pub fn load(&self, name: &str, shape: &Shape) -> Result<Engine, KeyStoreError> {
		load(&self.folder(name, shape), shape)
	}

	/// Loads the key of a circuit, or makes one for development where there is none. A key that is
	/// there and not right is an error, and is not replaced.
	pub fn load_or_set_up(&self, name: &str, shape: &Shape) -> Result<Engine, KeyStoreError> {
		match self.load(name, shape) {
			Err(KeyStoreError::NotFound(_)) => {
				let key = set_up_for_development(shape)?;
				self.store(name, shape, &key)?;
				// Perhaps that of another process, which was faster.
				self.load(name, shape)
			},
			result => result,
		}
	}

	fn store(
		&self,
		name: &str,
		shape: &Shape,
		key: &ProvingKey<Bn254>,
	) -> Result<(), KeyStoreError> {
		let folder = self.folder(name, shape);
		let mut proving_key = Vec::with_capacity(key.uncompressed_size());
		key.serialize_uncompressed(&mut proving_key).map_err(|error| KeyStoreError::Io {
			path: folder.clone(),
			error: io::Error::other(error.to_string()),
		})?;
		let verifying_key = crate::setup::verifying_key(key)?.to_bytes();
		let passport = Passport {
			version: 1,
			circuit: name.into(),
			shape: hex::encode(shape.digest()),
			constraints: shape.constraints(),
			setup: Setup::Development,
			proving_key: digest(&proving_key),
			verifying_key: digest(&verifying_key),
		};
		let passport = serde_json::to_vec_pretty(&passport).map_err(|error| {
			KeyStoreError::Passport { path: folder.join(PASSPORT), reason: error.to_string() }
		})?;

		fs::create_dir_all(&self.root).map_err(at(&self.root))?;
		let unfinished = tempfile::Builder::new()
			.prefix(".unfinished-")
			.tempdir_in(&self.root)
			.map_err(at(&self.root))?;
		for (file, bytes) in
			[(PROVING_KEY, proving_key), (VERIFYING_KEY, verifying_key), (PASSPORT, passport)]
		{
			let path = unfinished.path().join(file);
			write(&path, &bytes).map_err(at(&path))?;
		}
		// Renaming onto a folder with files in it fails, so the first process wins and no file is
		// ever replaced.
		match fs::rename(unfinished.path(), &folder) {
			Ok(()) => {
				// There is nothing left at the old place to remove.
				let _ = unfinished.keep();
				sync_folder(&self.root).map_err(at(&self.root))
			},
			Err(_) if folder.join(PASSPORT).exists() => Ok(()),
			Err(error) => Err(KeyStoreError::Io { path: folder, error }),
		}
	}
}

fn load(folder: &Path, shape: &Shape) -> Result<Engine, KeyStoreError> {
	if !folder.exists() {
		return Err(KeyStoreError::NotFound(folder.into()));
	}
	let path = folder.join(PASSPORT);
	let passport: Passport =
		serde_json::from_slice(&fs::read(&path).map_err(at(&path))?).map_err(|error| {
			KeyStoreError::Passport { path: path.clone(), reason: error.to_string() }
		})?;
	if passport.version != 1 {
		let reason = format!("its version is {}", passport.version);
		return Err(KeyStoreError::Passport { path, reason });
	}
	let expected = hex::encode(shape.digest());
	if passport.shape != expected {
		let (path, got) = (folder.into(), passport.shape);
		return Err(KeyStoreError::OtherCircuit { path, expected, got });
	}

	let path = folder.join(VERIFYING_KEY);
	let verifying_key = read(&path, &passport.verifying_key)?;
	let verifying_key = VerifyingKey::from_bytes(&verifying_key)?;

	let path = folder.join(PROVING_KEY);
	let bytes = read(&path, &passport.proving_key)?;
	// Unchecked: these are the bytes that were written after a setup, and a point that is none
	// would show when the proof is verified.
	let key =
		ProvingKey::<Bn254>::deserialize_uncompressed_unchecked(&*bytes).map_err(|error| {
			KeyStoreError::Malformed { path: path.clone(), reason: error.to_string() }
		})?;
	let (wires, inputs) = (shape.wires(), shape.publics() + 1);
	for (part, expected, got) in [
		("points of a_query", wires, key.a_query.len()),
		("points of b_g1_query", wires, key.b_g1_query.len()),
		("points of b_g2_query", wires, key.b_g2_query.len()),
		("points of h_query", shape.domain() - 1, key.h_query.len()),
		("points of l_query", wires - inputs, key.l_query.len()),
		("points of gamma_abc_g1", inputs, key.vk.gamma_abc_g1.len()),
	] {
		if expected != got {
			return Err(KeyStoreError::Dimensions { path, part, expected, got });
		}
	}
	let engine = Engine::new(shape, key, passport)?;
	if *engine.verifying_key() != verifying_key {
		return Err(KeyStoreError::OtherVerifyingKey(folder.join(VERIFYING_KEY)));
	}
	Ok(engine)
}

/// A file whose digest is known.
fn read(path: &Path, expected: &str) -> Result<Vec<u8>, KeyStoreError> {
	let bytes = fs::read(path).map_err(at(path))?;
	if digest(&bytes) == expected {
		Ok(bytes)
	} else {
		Err(KeyStoreError::Altered(path.into()))
	}
}

fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
	let mut file = File::create_new(path)?;
	file.write_all(bytes)?;
	file.sync_all()
}

#[cfg(unix)]
fn sync_folder(path: &Path) -> io::Result<()> {
	File::open(path)?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
	Ok(())
}

fn digest(bytes: &[u8]) -> String {
	hex::encode(Blake2b::<U32>::digest(bytes))
}

fn at(path: &Path) -> impl FnOnce(io::Error) -> KeyStoreError + '_ {
	move |error| KeyStoreError::Io { path: path.into(), error }
}

#[cfg(test)]
mod tests {
	use super::*;
	use quittance_circuits::{Builder, Fr, Recorder};

	/// public = x², and as many more squares.
	fn shape(more: usize) -> Shape {
		let mut recorder = Recorder::default();
		let public = recorder.public(Fr::from(0u8));
		let x = recorder.hint("x", Fr::from(0u8));
		recorder.enforce(|| [x.clone(), x.clone(), public]);
		for _ in 0..more {
			recorder.product("square", &x, &x);
		}
		recorder.finish()
	}

	/// A store with a key, its folder, and the circuit.
	fn stored() -> (tempfile::TempDir, KeyStore, PathBuf, Shape) {
		let root = tempfile::tempdir().unwrap();
		let store = KeyStore::new(root.path().join("keys"));
		let shape = shape(0);
		store.load_or_set_up("square", &shape).unwrap();
		let folder = store.folder("square", &shape);
		(root, store, folder, shape)
	}

	fn with_passport(folder: &Path, change: impl FnOnce(&mut Passport)) {
		let path = folder.join(PASSPORT);
		let mut passport = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
		change(&mut passport);
		fs::write(&path, serde_json::to_vec(&passport).unwrap()).unwrap();
	}

	#[test]
	fn a_key_is_made_once_and_then_loaded() {
		let (_root, store, folder, shape) = stored();
		let first = store.load_or_set_up("square", &shape).unwrap();
		let second = store.load("square", &shape).unwrap();
		assert_eq!(first.verifying_key(), second.verifying_key());
		assert_eq!(first.passport(), second.passport());
		assert_eq!(first.passport().setup, Setup::Development);
		assert_eq!(fs::read(folder.join(VERIFYING_KEY)).unwrap(), first.verifying_key().to_bytes());
		let text = fs::read_to_string(folder.join(PASSPORT)).unwrap();
		assert!(text.contains("\"setup\": \"development\""), "{text}");
		let left: Vec<_> = fs::read_dir(folder.parent().unwrap()).unwrap().collect();
		assert_eq!(left.len(), 1, "nothing unfinished is left behind");
	}

	#[test]
	fn of_many_at_the_same_time_one_wins() {
		let root = tempfile::tempdir().unwrap();
		let shape = shape(0);
		let keys: Vec<_> = std::thread::scope(|scope| {
			let threads: Vec<_> = (0..8)
				.map(|_| {
					scope.spawn(|| {
						let store = KeyStore::new(root.path());
						store.load_or_set_up("square", &shape).unwrap().verifying_key().clone()
					})
				})
				.collect();
			threads.into_iter().map(|thread| thread.join().unwrap()).collect()
		});
		assert!(keys.iter().all(|key| *key == keys[0]));
		assert_eq!(fs::read_dir(root.path()).unwrap().count(), 1);
	}

	#[test]
	fn no_key() {
		let root = tempfile::tempdir().unwrap();
		let error = KeyStore::new(root.path()).load("square", &shape(0)).unwrap_err();
		assert!(matches!(error, KeyStoreError::NotFound(_)), "{error}");
	}

	#[test]
	fn a_root_that_is_a_file() {
		let file = tempfile::NamedTempFile::new().unwrap();
		let error = KeyStore::new(file.path()).load_or_set_up("square", &shape(0)).unwrap_err();
		assert!(matches!(error, KeyStoreError::Io { .. }), "{error}");
	}

	#[test]
	fn altered_files() {
		for file in [PROVING_KEY, VERIFYING_KEY] {
			let (_root, store, folder, shape) = stored();
			let mut bytes = fs::read(folder.join(file)).unwrap();
			bytes[70] ^= 1;
			fs::write(folder.join(file), bytes).unwrap();
			let error = store.load_or_set_up("square", &shape).unwrap_err();
			assert!(matches!(error, KeyStoreError::Altered(_)), "{error}");
		}
	}

	#[test]
	fn missing_files() {
		for file in [PROVING_KEY, VERIFYING_KEY, PASSPORT] {
			let (_root, store, folder, shape) = stored();
			fs::remove_file(folder.join(file)).unwrap();
			let error = store.load("square", &shape).unwrap_err();
			assert!(matches!(error, KeyStoreError::Io { .. }), "{error}");
		}
	}

	#[test]
	fn passports_that_are_none() {
		let (_root, store, folder, shape) = stored();
		with_passport(&folder, |passport| passport.version = 2);
		let error = store.load("square", &shape).unwrap_err();
		assert!(matches!(error, KeyStoreError::Passport { .. }), "{error}");
		fs::write(folder.join(PASSPORT), "{}").unwrap();
		let error = store.load("square", &shape).unwrap_err();
		assert!(matches!(error, KeyStoreError::Passport { .. }), "{error}");
	}

	#[test]
	fn a_key_of_another_circuit() {
		let (_root, store, folder, _) = stored();
		let other = shape(1);
		fs::rename(&folder, store.folder("square", &other)).unwrap();
		let error = store.load("square", &other).unwrap_err();
		assert!(matches!(error, KeyStoreError::OtherCircuit { .. }), "{error}");
		let folder = store.folder("square", &other);
		with_passport(&folder, |passport| passport.shape = hex::encode(other.digest()));
		let error = store.load("square", &other).unwrap_err();
		assert!(
			matches!(
				error,
				KeyStoreError::Dimensions { part: "points of a_query", expected: 4, got: 3, .. }
			),
			"{error}"
		);
	}

	#[test]
	fn files_that_belong_to_other_keys() {
		let (_root, store, folder, shape) = stored();
		let (_other_root, _, other, _) = stored();
		fs::copy(other.join(VERIFYING_KEY), folder.join(VERIFYING_KEY)).unwrap();
		let bytes = fs::read(folder.join(VERIFYING_KEY)).unwrap();
		with_passport(&folder, |passport| passport.verifying_key = digest(&bytes));
		let error = store.load("square", &shape).unwrap_err();
		assert!(matches!(error, KeyStoreError::OtherVerifyingKey(_)), "{error}");
	}

	#[test]
	fn files_that_are_no_keys() {
		let (_root, store, folder, shape) = stored();
		fs::write(folder.join(PROVING_KEY), b"none").unwrap();
		with_passport(&folder, |passport| passport.proving_key = digest(b"none"));
		let error = store.load("square", &shape).unwrap_err();
		assert!(matches!(error, KeyStoreError::Malformed { .. }), "{error}");
		fs::write(folder.join(VERIFYING_KEY), b"none").unwrap();
		with_passport(&folder, |passport| passport.verifying_key = digest(b"none"));
		let error = store.load("square", &shape).unwrap_err();
		assert!(matches!(error, KeyStoreError::Refused(_)), "{error}");
	}
}
