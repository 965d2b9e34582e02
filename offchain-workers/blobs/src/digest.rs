//! The name of a blob.

use std::{fmt, str::FromStr};

use blake2::{digest::consts::U32, Blake2b, Digest as _};

/// BLAKE2b-256 of a blob's bytes, the chain's `blake2_256`. Written as 64 lower-case hex digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(pub [u8; 32]);

/// Text that is not 64 lower-case hex digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a digest is 64 lower-case hex digits")]
pub struct InvalidDigest;

impl Digest {
	/// The digest of `bytes`.
	pub fn of(bytes: &[u8]) -> Self {
		Self(Blake2b::<U32>::digest(bytes).into())
	}
}

impl From<[u8; 32]> for Digest {
	fn from(bytes: [u8; 32]) -> Self {
		Self(bytes)
	}
}

impl From<Digest> for [u8; 32] {
	fn from(digest: Digest) -> Self {
		digest.0
	}
}

impl fmt::Display for Digest {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		f.write_str(&hex::encode(self.0))
	}
}

impl fmt::Debug for Digest {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		fmt::Display::fmt(self, f)
	}
}

impl FromStr for Digest {
	type Err = InvalidDigest;

	fn from_str(text: &str) -> Result<Self, InvalidDigest> {
		let mut bytes = [0; 32];
		hex::decode_to_slice(text, &mut bytes).map_err(|_| InvalidDigest)?;
		let digest = Self(bytes);
		// One spelling only, so that a digest as text can be compared as text.
		if digest.to_string() == text {
			Ok(digest)
		} else {
			Err(InvalidDigest)
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	// First 32-byte BLAKE2b of the empty string, as Python's hashlib and the chain give it.
	const EMPTY: &str = "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8";

	#[test]
	fn empty_blob_has_the_known_digest() {
		assert_eq!(Digest::of(b"").to_string(), EMPTY);
	}

	#[test]
	fn text_round_trips() {
		let digest: Digest = EMPTY.parse().unwrap();
		assert_eq!(digest, Digest::of(b""));
		assert_eq!(<[u8; 32]>::from(digest), digest.0);
		assert_eq!(Digest::from(digest.0), digest);
	}

	#[test]
	fn fails_when_text_is_not_a_digest() {
		for text in ["", &EMPTY[1..], &format!("{EMPTY}0"), &EMPTY.to_uppercase(), "../../etc/x"] {
			assert_eq!(text.parse::<Digest>(), Err(InvalidDigest), "{text:?}");
		}
	}
}
