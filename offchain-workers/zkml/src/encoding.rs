//! The frame that every encoding of this crate has: tag, version, SCALE body, nothing after it.

use codec::{Decode, Encode};

/// A 32-byte digest.
pub type Digest = [u8; 32];

/// Version of the model format and of both blobs.
pub const VERSION: u8 = 1;

/// Why bytes are not an encoding of the type asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EncodingError {
	/// More bytes than the largest valid encoding has.
	#[error("{len} bytes, more than the {max} allowed")]
	TooLarge {
		/// Bytes found.
		len: usize,
		/// Bytes allowed.
		max: usize,
	},
	/// The bytes begin with the tag of something else.
	#[error("the bytes do not begin with the expected tag")]
	WrongTag,
	/// The tag is right, the version is not one that this crate reads.
	#[error("version {0} is not supported")]
	UnsupportedVersion(u8),
	/// The fields end early or a length is not in its shortest form.
	#[error("the fields end early or are not canonical SCALE")]
	Malformed,
	/// Bytes are left over after the last field.
	#[error("{0} bytes after the last field")]
	TrailingBytes(usize),
}

/// `tag`, the version and the fields of `body`.
pub(crate) fn seal(tag: &[u8], body: &impl Encode) -> Vec<u8> {
	let mut bytes = tag.to_vec();
	bytes.push(VERSION);
	body.encode_to(&mut bytes);
	bytes
}

/// The body of `bytes`, which must be what [`seal`] gives for `tag` and at most `max` long.
///
/// The length is compared first, so that no vector in the body can be longer than `max`.
pub(crate) fn open<T: Decode>(bytes: &[u8], tag: &[u8], max: usize) -> Result<T, EncodingError> {
	within(bytes, max)?;
	let rest = bytes.strip_prefix(tag).ok_or(EncodingError::WrongTag)?;
	let (version, mut rest) = rest.split_first().ok_or(EncodingError::Malformed)?;
	if *version != VERSION {
		return Err(EncodingError::UnsupportedVersion(*version));
	}
	let body = T::decode(&mut rest).map_err(|_| EncodingError::Malformed)?;
	if !rest.is_empty() {
		return Err(EncodingError::TrailingBytes(rest.len()));
	}
	Ok(body)
}

/// Whether `bytes` are at most `max` long.
pub(crate) fn within(bytes: &[u8], max: usize) -> Result<(), EncodingError> {
	if bytes.len() > max {
		return Err(EncodingError::TooLarge { len: bytes.len(), max });
	}
	Ok(())
}
