//! The wallet that private jobs are paid into, by its seed: only who has that can settle them.

use quittance_wallet::{Seed, SeedError};
use std::{
	fmt, fs,
	path::{Path, PathBuf},
};
use zeroize::Zeroizing;

/// Longest seed file, in bytes. 24 words of the list have 215 at most.
const MAX_FILE: u64 = 1_024;

/// Why a file is no seed. What is in it is never said.
#[derive(Debug, thiserror::Error)]
pub enum SeedFileError {
	/// The file cannot be read.
	#[error("[Q-SF-001] cannot read seed file {}: {source}", path.display())]
	Unreadable {
		/// The file.
		path: PathBuf,
		/// Why.
		source: std::io::Error,
	},
	/// Others could read the seed.
	#[error("[Q-SF-002] seed file {} is accessible to others (mode {mode:o}): chmod 600", path.display())]
	Exposed {
		/// The file.
		path: PathBuf,
		/// Its permissions.
		mode: u32,
	},
	/// It is no text of that length.
	#[error("[Q-SF-003] seed file {} is no text of 24 words", path.display())]
	NoText {
		/// The file.
		path: PathBuf,
	},
	/// Its words are no seed.
	#[error("[Q-SF-004] seed file {}: {source}", path.display())]
	Words {
		/// The file.
		path: PathBuf,
		/// What is wrong with them.
		source: SeedError,
	},
}

/// The seed of a wallet, from a file.
pub struct EarningsSeed(Seed);

impl EarningsSeed {
	/// The seed in a file: its 24 words, with any white space between them. The file is its owner's alone.
	///
	/// # Errors
	///
	/// [`SeedFileError`], the first that applies.
	pub fn from_file(path: &Path) -> Result<Self, SeedFileError> {
		let unreadable = |source| SeedFileError::Unreadable { path: path.to_owned(), source };
		let no_text = || SeedFileError::NoText { path: path.to_owned() };
		let metadata = fs::metadata(path).map_err(unreadable)?;
		#[cfg(unix)]
		{
			use std::os::unix::fs::PermissionsExt;
			let mode = metadata.permissions().mode() & 0o777;
			if mode & 0o077 != 0 {
				return Err(SeedFileError::Exposed { path: path.to_owned(), mode });
			}
		}
		if metadata.len() > MAX_FILE {
			return Err(no_text());
		}
		let bytes = Zeroizing::new(fs::read(path).map_err(unreadable)?);
		let words = std::str::from_utf8(&bytes).map_err(|_| no_text())?;
		let seed = Seed::from_words(words)
			.map_err(|source| SeedFileError::Words { path: path.to_owned(), source })?;
		Ok(Self(seed))
	}

	/// The seed.
	pub(crate) fn seed(&self) -> &Seed {
		&self.0
	}
}

impl fmt::Debug for EarningsSeed {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		f.write_str("EarningsSeed")
	}
}

#[cfg(test)]
pub(crate) mod tests {
	use super::*;
	use std::{io::Write, os::unix::fs::PermissionsExt};

	/// The words of a seed.
	pub(crate) fn words(byte: u8) -> Zeroizing<String> {
		Seed::from_bytes(&[byte; 32]).words()
	}

	/// A file with this in it.
	pub(crate) fn file(bytes: &[u8], mode: u32) -> tempfile::NamedTempFile {
		let mut file = tempfile::NamedTempFile::new().unwrap();
		file.write_all(bytes).unwrap();
		fs::set_permissions(file.path(), fs::Permissions::from_mode(mode)).unwrap();
		file
	}

	#[test]
	fn a_file_of_words_is_a_seed() {
		let words = words(7);
		let lines = words.replace(' ', "\n") + "\n";
		for text in [words.to_string(), lines, format!("  {}\r\n", words.to_uppercase())] {
			let file = file(text.as_bytes(), 0o600);
			let seed = EarningsSeed::from_file(file.path()).unwrap();
			assert_eq!(*seed.seed().to_bytes(), [7; 32]);
			assert_eq!(format!("{seed:?}"), "EarningsSeed");
		}
	}

	#[test]
	fn what_is_no_seed_is_named_and_not_said() {
		let refused = |bytes: &[u8], mode| {
			let file = file(bytes, mode);
			let error = EarningsSeed::from_file(file.path()).unwrap_err();
			for word in ["zoo", "abandonn"] {
				assert!(!error.to_string().contains(word), "{error}");
			}
			error
		};
		let good = words(7);
		for mode in [0o640, 0o604, 0o660] {
			let error = refused(good.as_bytes(), mode);
			let named =
				matches!(&error, SeedFileError::Exposed { mode: found, .. } if *found == mode);
			assert!(named, "{error}");
		}
		let no_text = |bytes: &[u8]| matches!(refused(bytes, 0o600), SeedFileError::NoText { .. });
		assert!(no_text(&[0xff; 32]));
		assert!(no_text(&[b'a'; 1_025]));
		let words_of = |text: &str| match refused(text.as_bytes(), 0o600) {
			SeedFileError::Words { source, .. } => source,
			error => panic!("{error}"),
		};
		assert_eq!(words_of(""), SeedError::WordCount { found: 0 });
		assert_eq!(words_of(&"zoo ".repeat(23)), SeedError::WordCount { found: 23 });
		assert_eq!(words_of(&"a".repeat(1_024)), SeedError::WordCount { found: 1 });
		assert_eq!(words_of(&"zoo ".repeat(24)), SeedError::Checksum);
		let slip = format!("{}abandonn", "zoo ".repeat(23));
		assert_eq!(words_of(&slip), SeedError::UnknownWord { place: 24 });
		// Where a hot key was meant to be.
		assert_eq!(words_of(&"2a".repeat(32)), SeedError::WordCount { found: 1 });
		let missing = EarningsSeed::from_file(Path::new("no-such-folder/seed")).unwrap_err();
		assert!(matches!(missing, SeedFileError::Unreadable { .. }));
	}
}
