//! Keys of accounts.
//!
//! A key is a file with 32 bytes of seed in hexadecimal, readable by its owner alone, or the
//! development account of a name. Neither a seed nor a phrase is ever an argument of a process.

use crate::{AccountId, Keypair};
use quittance_types::{blake2_256, development_issuer_seed};
use std::{
	fmt, fs,
	path::{Path, PathBuf},
	str::FromStr,
};
use subxt_signer::SecretUri;
use zeroize::Zeroizing;

/// Longest key file, in bytes: `0x`, 64 digits and a line end.
const MAX_FILE: u64 = 68;

/// Why a key cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
	/// Not one of the published development accounts.
	#[error("[Q-KE-001] {0:?} is not of the form //Name with letters and digits only")]
	NotDevelopment(String),
	/// The file cannot be read.
	#[error("[Q-KE-002] cannot read key file {}: {source}", path.display())]
	Unreadable {
		/// The file.
		path: PathBuf,
		/// Why.
		source: std::io::Error,
	},
	/// Others could read the key.
	#[error("[Q-KE-003] key file {} is accessible to others (mode {mode:o}): chmod 600", path.display())]
	Exposed {
		/// The file.
		path: PathBuf,
		/// Its permissions.
		mode: u32,
	},
	/// The file is not a seed.
	#[error("[Q-KE-004] key file {} is not one line of 64 hexadecimal digits", path.display())]
	Malformed {
		/// The file.
		path: PathBuf,
	},
}

/// An account's key and the seed from which further keys are derived.
pub struct AccountKey {
	keypair: Keypair,
	seed: Zeroizing<[u8; 32]>,
	issuer_seed: Zeroizing<[u8; 32]>,
}

impl AccountKey {
	/// The account of a published name such as `//Alice`. Anybody can sign for it.
	pub fn development(uri: &str) -> Result<Self, KeyError> {
		let refused = || KeyError::NotDevelopment(uri.to_owned());
		let name = uri.strip_prefix("//").ok_or_else(refused)?;
		if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
			return Err(refused());
		}
		let secret = SecretUri::from_str(uri).map_err(|_| refused())?;
		let keypair = Keypair::from_uri(&secret).map_err(|_| refused())?;
		let seed = Zeroizing::new(development_issuer_seed(uri));
		Ok(Self { keypair, issuer_seed: seed.clone(), seed })
	}

	/// The key in a file: 64 hexadecimal digits, with or without `0x`, on one line.
	pub fn from_file(path: &Path) -> Result<Self, KeyError> {
		let unreadable = |source| KeyError::Unreadable { path: path.to_owned(), source };
		let malformed = || KeyError::Malformed { path: path.to_owned() };
		let metadata = fs::metadata(path).map_err(unreadable)?;
		#[cfg(unix)]
		{
			use std::os::unix::fs::PermissionsExt;
			let mode = metadata.permissions().mode() & 0o777;
			if mode & 0o077 != 0 {
				return Err(KeyError::Exposed { path: path.to_owned(), mode });
			}
		}
		if metadata.len() > MAX_FILE {
			return Err(malformed());
		}
		let text = Zeroizing::new(fs::read(path).map_err(unreadable)?);
		let digits = text.trim_ascii();
		let digits = digits.strip_prefix(b"0x").unwrap_or(digits);
		let mut seed = Zeroizing::new([0u8; 32]);
		hex::decode_to_slice(digits, seed.as_mut()).map_err(|_| malformed())?;
		Self::from_seed(seed).ok_or_else(malformed)
	}

	/// The key of a seed, as it would be in a file.
	pub fn from_seed(seed: Zeroizing<[u8; 32]>) -> Option<Self> {
		let keypair = Keypair::from_secret_key(*seed).ok()?;
		let issuer_seed = derived(b"quittance.issuer-seed.v1", &seed);
		Some(Self { keypair, seed, issuer_seed })
	}

	/// What a key argument means: `//Name`, or else the path of a file.
	pub fn load(source: &str) -> Result<Self, KeyError> {
		match source.starts_with("//") {
			true => Self::development(source),
			false => Self::from_file(Path::new(source)),
		}
	}

	/// The sr25519 key.
	pub fn keypair(&self) -> &Keypair {
		&self.keypair
	}

	/// The account.
	pub fn account(&self) -> AccountId {
		self.keypair.public_key().to_account_id()
	}

	/// A secret of the account from which others can be derived under tags of their own: the file's
	/// seed. That of a development account is public like everything about it.
	pub fn seed(&self) -> &[u8; 32] {
		&self.seed
	}

	/// Seed of the BabyJubJub key of an issuer with this account, so that one file is the whole
	/// identity: `blake2_256("quittance.issuer-seed.v1" ++ seed)`, or for a development account
	/// [`development_issuer_seed`], from which the development chain's genesis has the public key.
	pub fn issuer_seed(&self) -> &[u8; 32] {
		&self.issuer_seed
	}

	/// Seed of the BabyJubJub key of the pool's auditor with this key's file:
	/// `blake2_256("quittance.auditor-seed.v1" ++ seed)`.
	pub fn auditor_seed(&self) -> Zeroizing<[u8; 32]> {
		derived(b"quittance.auditor-seed.v1", &self.seed)
	}
}

/// A seed for another use, from which the first cannot be computed.
fn derived(tag: &[u8], seed: &[u8; 32]) -> Zeroizing<[u8; 32]> {
	let tagged = Zeroizing::new([tag, seed].concat());
	Zeroizing::new(blake2_256(&tagged))
}

impl fmt::Debug for AccountKey {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		write!(f, "AccountKey({})", self.account())
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	fn file(text: &str, mode: u32) -> tempfile::NamedTempFile {
		use std::{io::Write, os::unix::fs::PermissionsExt};
		let mut file = tempfile::NamedTempFile::new().unwrap();
		file.write_all(text.as_bytes()).unwrap();
		fs::set_permissions(file.path(), fs::Permissions::from_mode(mode)).unwrap();
		file
	}

	#[test]
	fn development_accounts_are_the_published_ones() {
		let alice = AccountKey::development("//Alice").unwrap();
		assert_eq!(alice.account().to_string(), "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY");
		let seed = blake2_256(b"quittance.dev-issuer.v1//Alice");
		assert_eq!((*alice.seed(), *alice.issuer_seed()), (seed, seed));
	}

	#[test]
	fn other_development_uris_are_refused() {
		for uri in ["", "//", "Alice", "//Alice//stash", "//Alice/soft", "//Alice///pw", "word //A"]
		{
			assert!(
				matches!(AccountKey::development(uri), Err(KeyError::NotDevelopment(_))),
				"{uri}"
			);
		}
	}

	#[test]
	fn a_file_with_or_without_prefix_is_a_seed() {
		let digits = "2a".repeat(32);
		for text in [digits.clone(), format!("0x{digits}\n")] {
			let file = file(&text, 0o600);
			let key = AccountKey::load(file.path().to_str().unwrap()).unwrap();
			assert_eq!(key.seed(), &[0x2a; 32]);
			let tagged = [b"quittance.issuer-seed.v1".as_slice(), &[0x2a; 32]].concat();
			assert_eq!(*key.issuer_seed(), blake2_256(&tagged));
			let tagged = [b"quittance.auditor-seed.v1".as_slice(), &[0x2a; 32]].concat();
			assert_eq!(*key.auditor_seed(), blake2_256(&tagged));
			assert_eq!(
				key.account(),
				Keypair::from_secret_key([0x2a; 32]).unwrap().public_key().to_account_id()
			);
		}
	}

	#[test]
	fn exposed_malformed_and_missing_files_are_refused() {
		let digits = "2a".repeat(32);
		let exposed = file(&digits, 0o640);
		assert!(matches!(
			AccountKey::from_file(exposed.path()),
			Err(KeyError::Exposed { mode: 0o640, .. })
		));
		for text in ["", "2a", &"2g".repeat(32), &"2a".repeat(31), &"2a".repeat(40)] {
			let file = file(text, 0o600);
			assert!(matches!(AccountKey::from_file(file.path()), Err(KeyError::Malformed { .. })));
		}
		let missing = Path::new("no-such-folder/key");
		assert!(matches!(AccountKey::from_file(missing), Err(KeyError::Unreadable { .. })));
	}

	#[test]
	fn debug_shows_no_secret() {
		let file = file(&"2a".repeat(32), 0o600);
		let key = AccountKey::from_file(file.path()).unwrap();
		assert_eq!(format!("{key:?}"), format!("AccountKey({})", key.account()));
	}
}
