//! Reading an envelope.

use subtle::ConstantTimeEq;

use crate::{
	payload::{decrypt, Payload},
	wrapping::unwrap,
	Context, Digest, EnvelopeError, Header, SecretKey,
};

/// Opens an envelope with the secret key of a recipient or of the auditor.
///
/// # Errors
///
/// [`EnvelopeError::NotForThisKey`], [`EnvelopeError::CiphertextSize`],
/// [`EnvelopeError::DigestMismatch`], [`EnvelopeError::WrappedKeyRefused`],
/// [`EnvelopeError::WrongDataKey`] and [`EnvelopeError::PayloadRefused`].
pub fn open(
	header: &Header,
	ciphertext: &[u8],
	secret: &SecretKey,
	context: &Context,
) -> Result<Payload, EnvelopeError> {
	let wrapped =
		header.key_for(&secret.public()).ok_or(EnvelopeError::NotForThisKey(secret.public()))?;
	let (found, expected) = (ciphertext.len() as u64, header.ciphertext_size());
	if found != expected {
		return Err(EnvelopeError::CiphertextSize { found, expected });
	}
	let (found, expected) = (Digest::of(ciphertext), header.digest());
	if !bool::from(found.0.ct_eq(&expected.0)) {
		return Err(EnvelopeError::DigestMismatch { found, expected });
	}
	let data_key = unwrap(wrapped, secret, &header.context_of_keys(context))?;
	decrypt(ciphertext, &data_key, context)
}
