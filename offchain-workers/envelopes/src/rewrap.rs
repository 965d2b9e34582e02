//! Changing who can read an envelope.

use hpke::rand_core::CryptoRng;

use crate::{
	recipients::keys_of,
	wrapping::{unwrap, wrap},
	Context, EnvelopeError, Header, PublicKey, Recipient, SecretKey,
};

/// The header of the same ciphertext for another list of readers. `secret` is the key of one who
/// can read it now; `recipients` and `auditor` are all who shall be able to afterwards. Keys that
/// stay keep their wrapped key byte for byte, new ones get one, others lose theirs. The given
/// header stays as it is, whatever happens.
///
/// For a rotated key: name the new key where the old one was, then forget the old secret once the
/// chain has the new header. Who loses a wrapped key may have kept the data key.
///
/// The ciphertext is not asked for. Where who sealed the envelope, or wrapped for `secret`, is not
/// trusted, [`crate::open`] it first: only the ciphertext shows that the data key is the right one.
///
/// # Errors
///
/// [`EnvelopeError::NotForThisKey`], [`EnvelopeError::WrappedKeyRefused`],
/// [`EnvelopeError::NoRecipients`], [`EnvelopeError::TooManyRecipients`],
/// [`EnvelopeError::RecipientWithoutKey`] and [`EnvelopeError::DuplicateKey`].
pub fn rewrap(
	header: &Header,
	secret: &SecretKey,
	recipients: &[Recipient],
	auditor: &PublicKey,
	context: &Context,
	rng: &mut impl CryptoRng,
) -> Result<Header, EnvelopeError> {
	let recipients = keys_of(recipients, auditor)?;
	let wrapped =
		header.key_for(&secret.public()).ok_or(EnvelopeError::NotForThisKey(secret.public()))?;
	let about = header.context_of_keys(context);
	let data_key = unwrap(wrapped, secret, &about)?;
	let keys = recipients
		.iter()
		.map(|recipient| match header.key_for(recipient) {
			Some(kept) => Ok(kept.clone()),
			None => wrap(&data_key, recipient, &about, rng),
		})
		.collect::<Result<_, _>>()?;
	Ok(Header::new(header.payload_size(), header.digest(), keys))
}
