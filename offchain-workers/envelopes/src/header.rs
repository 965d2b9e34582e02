//! What the chain keeps of an envelope.

use quittance_blobs::Digest;

use crate::{
	Context, EnvelopeError, PublicKey, WrappedKey, CIPHERTEXT_OVERHEAD, MAX_KEYS, MAX_PAYLOAD_SIZE,
};

const VERSION: u8 = 1;

/// Version, size, digest, count.
const FIXED: usize = 1 + 8 + 32 + 1;

/// A recipient and the auditor.
const MIN_KEYS: usize = 2;

/// What the chain keeps of an envelope: the ciphertext's size and digest, and the data key wrapped
/// for each who may read it, 2 to [`MAX_KEYS`], by ascending public key. Every value of this type
/// has one encoding; nothing in it is secret.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Header {
	size: u64,
	digest: Digest,
	keys: Vec<WrappedKey>,
}

impl Header {
	/// The largest encoding, in bytes.
	pub const MAX_BYTES: usize = FIXED + MAX_KEYS * WrappedKey::BYTES;

	/// `keys` ascend and are within the bounds, `size` too.
	pub(crate) fn new(size: u64, digest: Digest, keys: Vec<WrappedKey>) -> Self {
		Self { size, digest, keys }
	}

	/// The payload's size in bytes.
	pub fn payload_size(&self) -> u64 {
		self.size
	}

	/// The ciphertext's size in bytes: how much to fetch, and no more.
	pub fn ciphertext_size(&self) -> u64 {
		self.size.saturating_add(CIPHERTEXT_OVERHEAD)
	}

	/// blake2b-256 of the ciphertext, by which a blob store finds it.
	pub fn digest(&self) -> Digest {
		self.digest
	}

	/// The wrapped keys by ascending public key.
	pub fn keys(&self) -> &[WrappedKey] {
		&self.keys
	}

	/// The data key as wrapped for this public key, if it is.
	pub fn key_for(&self, recipient: &PublicKey) -> Option<&WrappedKey> {
		let place = self.keys.binary_search_by_key(recipient, WrappedKey::recipient).ok()?;
		self.keys.get(place)
	}

	/// The associated data of its wrapped keys.
	pub(crate) fn context_of_keys(&self, context: &Context) -> [u8; 104] {
		context.of_key(self.size, &self.digest)
	}

	/// Its encoding, [`Header::MAX_BYTES`] at most: docs/protocol.md, section Envelopes.
	pub fn encode(&self) -> Vec<u8> {
		let mut bytes = Vec::with_capacity(FIXED + self.keys.len() * WrappedKey::BYTES);
		bytes.push(VERSION);
		bytes.extend_from_slice(&self.size.to_le_bytes());
		bytes.extend_from_slice(&self.digest.0);
		// SCALE's compact form of a number below 64.
		bytes.push((self.keys.len() as u8) << 2);
		for key in &self.keys {
			bytes.extend_from_slice(&key.to_bytes());
		}
		bytes
	}

	/// The header that exactly these bytes encode. Version, bounds and length are checked before
	/// anything is allocated.
	///
	/// # Errors
	///
	/// [`EnvelopeError::UnsupportedVersion`], [`EnvelopeError::HeaderTruncated`],
	/// [`EnvelopeError::PayloadTooLarge`], [`EnvelopeError::InvalidCount`],
	/// [`EnvelopeError::TooFewKeys`], [`EnvelopeError::TooManyKeys`],
	/// [`EnvelopeError::TrailingBytes`], [`EnvelopeError::NonCanonicalKey`],
	/// [`EnvelopeError::LowOrderKey`], [`EnvelopeError::DuplicateKey`] and
	/// [`EnvelopeError::KeysOutOfOrder`].
	pub fn decode(bytes: &[u8]) -> Result<Self, EnvelopeError> {
		let found = bytes.len();
		// First, since another version may have another length.
		match bytes.first() {
			Some(&VERSION) | None => {},
			Some(&version) => return Err(EnvelopeError::UnsupportedVersion(version)),
		}
		let truncated = |expected| EnvelopeError::HeaderTruncated { found, expected };
		let (fixed, rest) = bytes.split_first_chunk::<FIXED>().ok_or(truncated(FIXED))?;

		let mut size = [0; 8];
		size.copy_from_slice(&fixed[1..9]);
		let size = u64::from_le_bytes(size);
		if size > MAX_PAYLOAD_SIZE {
			return Err(EnvelopeError::PayloadTooLarge { size, max: MAX_PAYLOAD_SIZE });
		}
		let mut digest = [0; 32];
		digest.copy_from_slice(&fixed[9..41]);

		let compact = fixed[FIXED - 1];
		if compact & 3 != 0 {
			return Err(EnvelopeError::InvalidCount(compact));
		}
		let count = usize::from(compact >> 2);
		if count < MIN_KEYS {
			return Err(EnvelopeError::TooFewKeys(count));
		}
		if count > MAX_KEYS {
			return Err(EnvelopeError::TooManyKeys { found: count, max: MAX_KEYS });
		}
		let expected = FIXED + count * WrappedKey::BYTES;
		if found < expected {
			return Err(truncated(expected));
		}
		if found > expected {
			return Err(EnvelopeError::TrailingBytes(found - expected));
		}

		let mut keys = Vec::<WrappedKey>::with_capacity(count);
		for chunk in rest.as_chunks::<{ WrappedKey::BYTES }>().0 {
			let key = WrappedKey::from_bytes(chunk)?;
			if let Some(last) = keys.last() {
				if key.recipient() == last.recipient() {
					return Err(EnvelopeError::DuplicateKey(key.recipient()));
				}
				if key.recipient() < last.recipient() {
					return Err(EnvelopeError::KeysOutOfOrder);
				}
			}
			keys.push(key);
		}
		Ok(Self { size, digest: Digest(digest), keys })
	}
}
