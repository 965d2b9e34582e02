//! Why an envelope was not sealed, read or opened.

use crate::{Digest, PublicKey};

/// Why an envelope was not sealed, decoded, opened or wrapped anew. Nothing in it is secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EnvelopeError {
	/// A public key is not below 2^255 - 19, and would be a second spelling of another.
	#[error("a public key is not canonical: encode it again as X25519 gives it")]
	NonCanonicalKey,
	/// A public key of low order: what is wrapped for it, anybody can read.
	#[error("a public key has low order, anybody could read what is wrapped for it: ask its owner for another")]
	LowOrderKey,
	/// There is nobody but the auditor to seal for.
	#[error("there is no recipient: name one at least")]
	NoRecipients,
	/// More recipients than an envelope has room for.
	#[error(
		"{found} recipients, at most {max} have room beside the auditor: seal several envelopes"
	)]
	TooManyRecipients {
		/// How many were named.
		found: usize,
		/// [`crate::MAX_RECIPIENTS`].
		max: usize,
	},
	/// A recipient has no key, and would silently get nothing.
	#[error("recipient {} has no key: let it register one, or leave it out", hex::encode(account))]
	RecipientWithoutKey {
		/// The recipient's account.
		account: [u8; 32],
	},
	/// Two recipients have one key, or a recipient has the auditor's; or a header repeats one.
	#[error("key {0} is there twice: name each key once, and the auditor only as auditor")]
	DuplicateKey(PublicKey),
	/// The payload is too large, or a header says that it is.
	#[error("the payload has {size} bytes, at most {max} are allowed: split it")]
	PayloadTooLarge {
		/// Its size in bytes.
		size: u64,
		/// [`crate::MAX_PAYLOAD_SIZE`].
		max: u64,
	},
	/// The header has a version that this program does not know.
	#[error("envelope version {0} is not known here: update this program")]
	UnsupportedVersion(u8),
	/// The header ends too early.
	#[error("the header has {found} bytes and should have {expected}: fetch it again, whole")]
	HeaderTruncated {
		/// Bytes given.
		found: usize,
		/// Bytes needed, as far as the given ones say.
		expected: usize,
	},
	/// The header goes on after its end.
	#[error("{0} bytes follow the header: hand over the header alone")]
	TrailingBytes(usize),
	/// The byte that counts the wrapped keys is not four times a number.
	#[error("the header counts its keys by the byte {0}, which is no count: fetch it again")]
	InvalidCount(u8),
	/// A header without a recipient beside the auditor.
	#[error("the header has {0} wrapped keys, fewer than a recipient and the auditor: refuse it")]
	TooFewKeys(usize),
	/// A header with more wrapped keys than are allowed.
	#[error("the header has {found} wrapped keys, at most {max} are allowed: refuse it")]
	TooManyKeys {
		/// How many it counts.
		found: usize,
		/// [`crate::MAX_KEYS`].
		max: usize,
	},
	/// A header's keys are not in ascending order, so that it would have several spellings.
	#[error("the header's keys are not in ascending order: refuse it")]
	KeysOutOfOrder,
	/// The envelope is not for this key.
	#[error("the envelope has no data key for {0}: use another version of your key, or ask a recipient to wrap it for you")]
	NotForThisKey(PublicKey),
	/// The ciphertext has another size than the header says.
	#[error("the ciphertext has {found} bytes, its header says {expected}: fetch the blob that the header names")]
	CiphertextSize {
		/// Bytes given.
		found: u64,
		/// Bytes by the header.
		expected: u64,
	},
	/// The ciphertext is not the one that the header names.
	#[error("the ciphertext's digest is {found}, its header says {expected}: fetch the blob that the header names")]
	DigestMismatch {
		/// Digest of the ciphertext given.
		found: Digest,
		/// Digest in the header.
		expected: Digest,
	},
	/// The wrapped data key does not open: it was changed, or is about another context or
	/// ciphertext.
	#[error("the data key does not unwrap: check genesis and subject, or ask a recipient to wrap it anew")]
	WrappedKeyRefused,
	/// The data key is not that of the ciphertext: whoever wrapped it wrapped another.
	#[error("the data key is not the ciphertext's: ask another recipient to wrap it anew, and distrust who wrapped this one")]
	WrongDataKey,
	/// The payload does not open although the data key is right: whoever sealed it sealed it
	/// wrongly, or about another context.
	#[error("the payload does not decrypt: distrust who sealed it")]
	PayloadRefused,
}
