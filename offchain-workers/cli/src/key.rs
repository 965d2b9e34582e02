//! Keys on the command line.

use crate::failure::{Failure, Fault};
use quittance_client::AccountKey;
use std::path::Path;

/// A `--key` argument: where a key is, never the key itself.
///
/// `//Name` is an account of the published development phrase, `@FILE` a file with a 32-byte seed
/// in hexadecimal that only its owner can read.
#[derive(Clone, Debug)]
pub enum KeySource {
	/// A development account.
	Development(String),
	/// A seed file.
	File(String),
}

impl std::str::FromStr for KeySource {
	type Err = String;

	fn from_str(text: &str) -> Result<Self, String> {
		match text.strip_prefix('@') {
			Some("") => Err("no file is named after the @".into()),
			Some(file) => Ok(Self::File(file.into())),
			None if text.starts_with("//") => Ok(Self::Development(text.into())),
			None => Err("neither //Name nor @FILE; keys are not taken as arguments, since other \
				users of a machine can see them"
				.into()),
		}
	}
}

impl KeySource {
	/// Loads the key of the argument `--key`.
	pub fn load(&self) -> Result<AccountKey, Failure> {
		self.load_as("--key")
	}

	/// Loads the key of this argument.
	pub fn load_as(&self, argument: &str) -> Result<AccountKey, Failure> {
		match self {
			Self::Development(uri) => AccountKey::development(uri)
				.map_err(|error| Failure::argument(argument, Fault::Key, error)),
			Self::File(file) => AccountKey::from_file(Path::new(file))
				.map_err(|error| Failure::file(Path::new(file), Fault::Key, error)),
		}
	}
}

impl std::fmt::Display for KeySource {
	fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
		match self {
			Self::Development(uri) => f.write_str(uri),
			Self::File(file) => write!(f, "@{file}"),
		}
	}
}
