//! Making an envelope.

use hpke::rand_core::CryptoRng;

use crate::{
	payload::encrypt, recipients::keys_of, wrapping::wrap, Context, Digest, EnvelopeError, Header,
	PublicKey, Recipient, MAX_PAYLOAD_SIZE,
};

/// An envelope just made.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sealed {
	/// For the chain.
	pub header: Header,
	/// For a blob store, under the header's digest.
	pub ciphertext: Vec<u8>,
}

/// Seals a payload of 0 to [`MAX_PAYLOAD_SIZE`] bytes for 1 to [`crate::MAX_RECIPIENTS`] recipients
/// and the auditor. All of them can open it, and nobody else.
///
/// `rng` must never repeat itself: it makes the data key, and with it everything that is secret.
///
/// # Errors
///
/// [`EnvelopeError::PayloadTooLarge`], [`EnvelopeError::NoRecipients`],
/// [`EnvelopeError::TooManyRecipients`], [`EnvelopeError::RecipientWithoutKey`] and
/// [`EnvelopeError::DuplicateKey`], all before anything is encrypted.
pub fn seal(
	payload: &[u8],
	recipients: &[Recipient],
	auditor: &PublicKey,
	context: &Context,
	rng: &mut impl CryptoRng,
) -> Result<Sealed, EnvelopeError> {
	let size = payload.len() as u64;
	if size > MAX_PAYLOAD_SIZE {
		return Err(EnvelopeError::PayloadTooLarge { size, max: MAX_PAYLOAD_SIZE });
	}
	let recipients = keys_of(recipients, auditor)?;

	let (ciphertext, data_key) = encrypt(payload, context, rng);
	let digest = Digest::of(&ciphertext);
	let about = context.of_key(size, &digest);
	let keys = recipients
		.iter()
		.map(|recipient| wrap(&data_key, recipient, &about, rng))
		.collect::<Result<_, _>>()?;
	Ok(Sealed { header: Header::new(size, digest, keys), ciphertext })
}
