//! A wallet on disk: one file, encrypted under a passphrase.

use std::{
	fs::{self, File, TryLockError},
	io::{self, Read, Write},
	path::{Path, PathBuf},
};

use aes_gcm::{
	aead::{AeadInOut, KeyInit},
	Aes256Gcm, Nonce, Tag,
};
use argon2::{Algorithm, Argon2, Params, Version};
use codec::{Decode, Encode};
use hkdf::Hkdf;
use quittance_envelopes::CryptoRng;
use quittance_types::AuditorKey;
use sha2_envelopes::{Digest as _, Sha256};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::{Keys, PeriodKey, Reader, Seed, ViewKey, Wallet};

const MAGIC: [u8; 8] = *b"QTCPURSE";
const VERSION: u8 = 3;
/// Without private jobs, of which a wallet of this version has none.
const FIRST_VERSION: u8 = 1;
/// Without an auditor that was accepted, which a wallet of this version has not.
const SECOND_VERSION: u8 = 2;
const SALT: usize = 16;
const CHECK: usize = 16;
const NONCE: usize = 12;
const TAG: usize = 16;
const DIGEST: usize = 32;

/// magic, version, cost, salt, check, nonce.
const HEAD: usize = MAGIC.len() + 1 + 12 + SALT + CHECK + NONCE;

/// A file larger than this is none of ours: some 150,000 unspent notes.
const MAX_FILE: u64 = 256 * 1024 * 1024;

/// Most memory that a file may ask for, in KiB: 1 GiB.
const MAX_MEMORY: u32 = 1024 * 1024;

/// Most passes and lanes that a file may ask for.
const MAX_PASSES: u32 = 64;

const CHECK_LABEL: &[u8] = b"quittance.wallet-file-check.v1";
const BODY_LABEL: &[u8] = b"quittance.wallet-file-body.v1";

/// Why a wallet could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
	/// The system refused.
	#[error("{}: {source}", path.display())]
	Io {
		/// Where.
		path: PathBuf,
		/// Why.
		source: io::Error,
	},
	/// There is none.
	#[error("{} does not exist: make a wallet, or restore one from its seed", .0.display())]
	Missing(PathBuf),
	/// There is one already.
	#[error("{} exists: a wallet is never overwritten by another, name another file", .0.display())]
	Exists(PathBuf),
	/// Another process has it open.
	#[error("{} is in use by another process: wait for it to end", .0.display())]
	InUse(PathBuf),
	/// It is something else.
	#[error("{} is no wallet: name the right file", .0.display())]
	NotAWallet(PathBuf),
	/// A later version.
	#[error("{} is a wallet of version {found}: update this program", path.display())]
	UnsupportedVersion {
		/// The file.
		path: PathBuf,
		/// Its version.
		found: u8,
	},
	/// Its bytes are not those that were written.
	#[error(
		"{} is damaged: take a copy of it that is not, or restore the wallet from its seed",
		.0.display()
	)]
	Damaged(PathBuf),
	/// The file is as it was written, and the passphrase is another.
	#[error("the passphrase is not that of {}: try again", .0.display())]
	WrongPassphrase(PathBuf),
	/// No passphrase.
	#[error("the passphrase is empty: whoever got the file could spend the wallet")]
	EmptyPassphrase,
	/// A cost that nobody would wait for, or that is none.
	#[error("argon2id with {memory} KiB, {passes} passes and {lanes} lanes is not possible here")]
	Cost {
		/// KiB.
		memory: u32,
		/// Passes over it.
		passes: u32,
		/// Lanes.
		lanes: u32,
	},
	/// The wallet belongs to other keys.
	#[error("the wallet does not belong to the secret that it is to be stored with")]
	OtherKeys,
}

/// What a guess at the passphrase costs: argon2id. The default is RFC 9106's second choice, 64 MiB,
/// three passes, four lanes: some tenths of a second.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode)]
pub struct Cost {
	/// KiB.
	pub memory: u32,
	/// Passes over it.
	pub passes: u32,
	/// Lanes. They are worked one after the other.
	pub lanes: u32,
}

impl Default for Cost {
	fn default() -> Self {
		Self { memory: 64 * 1024, passes: 3, lanes: 4 }
	}
}

/// What a wallet was made of.
pub enum Secret {
	/// All of it.
	Seed(Seed),
	/// That of a device that only watches.
	View(ViewKey),
	/// That of an auditor.
	Period(PeriodKey),
}

impl Secret {
	/// What is in the file: no type that the codec derives, so that no copy is left behind.
	fn to_bytes(&self) -> Zeroizing<[u8; 37]> {
		let mut bytes = Zeroizing::new([0; 37]);
		match self {
			Self::Seed(seed) => bytes[5..].copy_from_slice(&*seed.to_bytes()),
			Self::View(key) => {
				bytes[0] = 1;
				bytes[5..].copy_from_slice(&key.key);
			},
			Self::Period(key) => {
				bytes[0] = 2;
				bytes[1..5].copy_from_slice(&key.period.to_le_bytes());
				bytes[5..].copy_from_slice(&key.secret);
			},
		}
		bytes
	}

	fn from_bytes(bytes: &[u8; 37], genesis: &[u8; 32]) -> Option<Self> {
		let [kind, p0, p1, p2, p3, secret @ ..] = bytes;
		match kind {
			0 => Some(Self::Seed(Seed::from_bytes(secret))),
			1 => Some(Self::View(ViewKey { genesis: *genesis, key: *secret })),
			2 => Some(Self::Period(PeriodKey {
				genesis: *genesis,
				period: u32::from_le_bytes([*p0, *p1, *p2, *p3]),
				secret: *secret,
			})),
			_ => None,
		}
	}

	/// Whether a wallet on this chain was made with it.
	fn has_made(&self, wallet: &Wallet, genesis: &[u8; 32]) -> bool {
		match self {
			Self::Seed(seed) => wallet.belongs_to(Reader::Owner(&Keys::new(seed, genesis))),
			Self::View(key) => wallet.belongs_to(Reader::Viewer(key)),
			Self::Period(key) => wallet.belongs_to(Reader::Period(key)),
		}
	}
}

/// What is in a file.
pub struct Contents {
	/// What the wallet was made of.
	pub secret: Secret,
	/// Hash of the first block of its chain.
	pub genesis: [u8; 32],
	/// What it knows.
	pub wallet: Wallet,
	/// The pool's auditor that its owner has agreed to show amounts to. What a node says is nobody's agreement: one
	/// that lies could name a key of its own, and read what the wallet's calls make.
	pub auditor: Option<AuditorKey>,
}

/// A wallet's file, which nobody else opens as long as this lives. Its key is overwritten when it is
/// dropped.
pub struct Store {
	path: PathBuf,
	/// Held, not read. A file of its own, since the wallet's is replaced by each save.
	_lock: File,
	cost: Cost,
	salt: [u8; SALT],
	key: Zeroizing<[u8; 32]>,
}

impl Store {
	/// Makes a file that is not there yet.
	///
	/// # Errors
	///
	/// [`StoreError`].
	pub fn create(
		path: &Path,
		passphrase: &str,
		cost: Cost,
		contents: &Contents,
		rng: &mut impl CryptoRng,
	) -> Result<Self, StoreError> {
		let lock = lock(path)?;
		if path.try_exists().map_err(at(path))? {
			return Err(StoreError::Exists(path.into()));
		}
		let mut salt = [0; SALT];
		rng.fill_bytes(&mut salt);
		let key = stretch(passphrase, cost, &salt)?;
		let store = Self { path: path.into(), _lock: lock, cost, salt, key };
		store.save(contents, rng)?;
		Ok(store)
	}

	/// Opens a file.
	///
	/// # Errors
	///
	/// [`StoreError`], the first that applies: damage is found before the passphrase is looked at.
	pub fn open(path: &Path, passphrase: &str) -> Result<(Self, Contents), StoreError> {
		let lock = lock(path)?;
		let bytes = read(path)?;
		let damaged = || StoreError::Damaged(path.into());
		let not_ours = || StoreError::NotAWallet(path.into());
		let rest = bytes.strip_prefix(&MAGIC).ok_or_else(not_ours)?;
		let version = match rest.first() {
			Some(version @ (&FIRST_VERSION | &SECOND_VERSION | &VERSION)) => *version,
			Some(found) => {
				return Err(StoreError::UnsupportedVersion { path: path.into(), found: *found })
			},
			None => return Err(damaged()),
		};
		// Nobody's secret is in the digest: it tells damage from a wrong passphrase, no more.
		let (written, digest) = bytes.split_last_chunk::<DIGEST>().ok_or_else(damaged)?;
		if Sha256::digest(written)[..] != digest[..] {
			return Err(damaged());
		}
		let (head, sealed) = written.split_at_checked(HEAD).ok_or_else(damaged)?;
		let mut fields = &head[MAGIC.len() + 1..];
		let fields = &mut fields;
		let cost = Cost::decode(fields).map_err(|_| damaged())?;
		let salt = <[u8; SALT]>::decode(fields).map_err(|_| damaged())?;
		let check = <[u8; CHECK]>::decode(fields).map_err(|_| damaged())?;
		let nonce = <[u8; NONCE]>::decode(fields).map_err(|_| damaged())?;

		let key = stretch(passphrase, cost, &salt)?;
		if !bool::from(derive(&key, CHECK_LABEL)[..CHECK].ct_eq(&check)) {
			return Err(StoreError::WrongPassphrase(path.into()));
		}
		let (body, tag) = sealed.split_last_chunk::<TAG>().ok_or_else(damaged)?;
		let mut plain = Zeroizing::new(body.to_vec());
		Aes256Gcm::new((&*derive(&key, BODY_LABEL)).into())
			.decrypt_inout_detached(
				&Nonce::from(nonce),
				head,
				plain.as_mut_slice().into(),
				&Tag::from(*tag),
			)
			.map_err(|_| damaged())?;

		let (secret, rest) = plain.split_first_chunk::<37>().ok_or_else(damaged)?;
		let (genesis, rest) = rest.split_first_chunk::<32>().ok_or_else(damaged)?;
		let secret = Secret::from_bytes(secret, genesis).ok_or_else(damaged)?;
		let mut rest = rest;
		let wallet = match version {
			FIRST_VERSION => Wallet::decode_without_jobs(&mut rest),
			_ => Wallet::decode(&mut rest),
		};
		let wallet = wallet.map_err(|_| damaged())?;
		let auditor = match version {
			VERSION => Option::<AuditorKey>::decode(&mut rest).map_err(|_| damaged())?,
			_ => None,
		};
		if !rest.is_empty() {
			return Err(damaged());
		}
		if !secret.has_made(&wallet, genesis) {
			return Err(damaged());
		}
		let store = Self { path: path.into(), _lock: lock, cost, salt, key };
		Ok((store, Contents { secret, genesis: *genesis, wallet, auditor }))
	}

	/// Replaces what is in the file. When this has returned it is on the disk; until then the file is
	/// the one before, whatever happens.
	///
	/// # Errors
	///
	/// [`StoreError::OtherKeys`] and [`StoreError::Io`].
	pub fn save(&self, contents: &Contents, rng: &mut impl CryptoRng) -> Result<(), StoreError> {
		let Contents { secret, genesis, wallet, auditor } = contents;
		if !secret.has_made(wallet, genesis) {
			return Err(StoreError::OtherKeys);
		}
		let encoded = Zeroizing::new((wallet, auditor).encode());
		let mut nonce = [0; NONCE];
		rng.fill_bytes(&mut nonce);
		let mut bytes = Vec::with_capacity(HEAD + 37 + 32 + encoded.len() + TAG + DIGEST);
		bytes.extend_from_slice(&MAGIC);
		bytes.push(VERSION);
		self.cost.encode_to(&mut bytes);
		bytes.extend_from_slice(&self.salt);
		bytes.extend_from_slice(&derive(&self.key, CHECK_LABEL)[..CHECK]);
		bytes.extend_from_slice(&nonce);
		// The plaintext is encrypted where it lies, so that it is overwritten.
		bytes.extend_from_slice(&*secret.to_bytes());
		bytes.extend_from_slice(genesis);
		bytes.extend_from_slice(&encoded);
		let (head, body) = bytes.split_at_mut(HEAD);
		let tag = Aes256Gcm::new((&*derive(&self.key, BODY_LABEL)).into())
			.encrypt_inout_detached(&Nonce::from(nonce), head, body.into())
			.expect("a wallet is far below AES-GCM's 64 GiB; qed");
		bytes.extend_from_slice(&tag);
		let digest = Sha256::digest(&bytes);
		bytes.extend_from_slice(&digest);
		replace(&self.path, &bytes)
	}

	/// The same file under another passphrase, from the next save on, which this makes.
	///
	/// # Errors
	///
	/// [`StoreError`]; then the file is as it was, under the old one.
	pub fn change_passphrase(
		&mut self,
		passphrase: &str,
		cost: Cost,
		contents: &Contents,
		rng: &mut impl CryptoRng,
	) -> Result<(), StoreError> {
		let mut salt = [0; SALT];
		rng.fill_bytes(&mut salt);
		let key = stretch(passphrase, cost, &salt)?;
		let before = (self.cost, self.salt, std::mem::replace(&mut self.key, key));
		(self.cost, self.salt) = (cost, salt);
		self.save(contents, rng).inspect_err(|_| (self.cost, self.salt, self.key) = before)
	}
}

fn stretch(
	passphrase: &str,
	cost: Cost,
	salt: &[u8; SALT],
) -> Result<Zeroizing<[u8; 32]>, StoreError> {
	if passphrase.is_empty() {
		return Err(StoreError::EmptyPassphrase);
	}
	let Cost { memory, passes, lanes } = cost;
	let refused = || StoreError::Cost { memory, passes, lanes };
	if memory > MAX_MEMORY || passes > MAX_PASSES || lanes > MAX_PASSES {
		return Err(refused());
	}
	let params = Params::new(memory, passes, lanes, Some(32)).map_err(|_| refused())?;
	let mut key = Zeroizing::new([0; 32]);
	Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
		.hash_password_into(passphrase.as_bytes(), salt, &mut *key)
		.map_err(|_| refused())?;
	Ok(key)
}

fn derive(key: &[u8; 32], label: &[u8]) -> Zeroizing<[u8; 32]> {
	let mut derived = Zeroizing::new([0; 32]);
	Hkdf::<Sha256>::from_prk(key)
		.expect("the key has 32 bytes, the length of the hash; qed")
		.expand(label, &mut *derived)
		.expect("32 bytes are within HKDF's output; qed");
	derived
}

fn read(path: &Path) -> Result<Vec<u8>, StoreError> {
	let file = match File::open(path) {
		Ok(file) => file,
		Err(error) if error.kind() == io::ErrorKind::NotFound => {
			return Err(StoreError::Missing(path.into()))
		},
		Err(source) => return Err(StoreError::Io { path: path.into(), source }),
	};
	let mut bytes = Vec::new();
	file.take(MAX_FILE + 1).read_to_end(&mut bytes).map_err(at(path))?;
	if bytes.len() as u64 > MAX_FILE {
		return Err(StoreError::NotAWallet(path.into()));
	}
	Ok(bytes)
}

/// The whole file or none of it: a temporary file beside it, its bytes on the disk, then its name.
fn replace(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
	let folder = folder(path);
	// Readable by its owner only.
	let mut file = tempfile::NamedTempFile::new_in(folder).map_err(at(folder))?;
	file.write_all(bytes).map_err(at(file.path()))?;
	file.as_file().sync_all().map_err(at(file.path()))?;
	file.persist(path)
		.map_err(|error| StoreError::Io { path: path.into(), source: error.error })?;
	File::open(folder).and_then(|folder| folder.sync_all()).map_err(at(folder))
}

fn lock(path: &Path) -> Result<File, StoreError> {
	let mut name = path.file_name().unwrap_or_default().to_os_string();
	name.push(".lock");
	let beside = path.with_file_name(name);
	let file = fs::OpenOptions::new()
		.create(true)
		.truncate(false)
		.write(true)
		.open(&beside)
		.map_err(at(&beside))?;
	match file.try_lock() {
		Ok(()) => Ok(file),
		Err(TryLockError::WouldBlock) => Err(StoreError::InUse(path.into())),
		Err(TryLockError::Error(source)) => Err(StoreError::Io { path: beside, source }),
	}
}

fn folder(path: &Path) -> &Path {
	match path.parent() {
		Some(parent) if parent != Path::new("") => parent,
		_ => Path::new("."),
	}
}

fn at(path: &Path) -> impl FnOnce(io::Error) -> StoreError + '_ {
	move |source| StoreError::Io { path: path.into(), source }
}
