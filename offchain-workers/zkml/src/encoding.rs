//! The frame that every encoding of this crate has: tag, version, SCALE body, nothing after it.

use codec::{Decode, Encode};

/// A 32-byte digest.
pub type Digest = [u8; 32];

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

/// `tag`, `version` and the fields of `body`.
pub(crate) fn seal(tag: &[u8], version: u8, body: &impl Encode) -> Vec<u8> {
	let mut bytes = tag.to_vec();
	bytes.push(version);
	body.encode_to(&mut bytes);
	bytes
}

/// The body of `bytes`, which must be what [`seal`] gives for `tag` and `version` and at most `max` long.
pub(crate) fn open<T: Decode>(
	bytes: &[u8],
	tag: &[u8],
	version: u8,
	max: usize,
) -> Result<T, EncodingError> {
	let mut rest = unsealed(bytes, tag, version, max)?;
	let body = T::decode(&mut rest).map_err(|_| EncodingError::Malformed)?;
	if !rest.is_empty() {
		return Err(EncodingError::TrailingBytes(rest.len()));
	}
	Ok(body)
}

/// What follows `tag` and `version` in `bytes`, which must be at most `max` long.
///
/// The length is compared first, so that no vector in what follows can be longer than `max`.
pub(crate) fn unsealed<'a>(
	bytes: &'a [u8],
	tag: &[u8],
	version: u8,
	max: usize,
) -> Result<&'a [u8], EncodingError> {
	within(bytes, max)?;
	let rest = bytes.strip_prefix(tag).ok_or(EncodingError::WrongTag)?;
	let (found, rest) = rest.split_first().ok_or(EncodingError::Malformed)?;
	if *found != version {
		return Err(EncodingError::UnsupportedVersion(*found));
	}
	Ok(rest)
}

/// Whether `bytes` are at most `max` long.
pub(crate) fn within(bytes: &[u8], max: usize) -> Result<(), EncodingError> {
	if bytes.len() > max {
		return Err(EncodingError::TooLarge { len: bytes.len(), max });
	}
	Ok(())
}
