//! The data key, wrapped for one recipient by HPKE.

use hpke::{
	aead::{AeadTag, AesGcm256},
	inout::InOutBuf,
	kdf::HkdfSha256,
	kem::X25519HkdfSha256,
	rand_core::CryptoRng,
	single_shot_open_inout_detached, single_shot_seal_inout_detached_with_rng, Deserializable as _,
	HpkeError, OpModeR, OpModeS, Serializable as _,
};

use crate::{payload::DataKey, EnvelopeError, PublicKey, SecretKey};

pub(crate) type Kem = X25519HkdfSha256;
type Kdf = HkdfSha256;
type Aead = AesGcm256;

/// Keeps what is wrapped here apart from whatever else uses HPKE with the same keys.
const INFO: &[u8] = b"quittance.envelope-key.v1";

const TAG: usize = 16;

/// A data key wrapped for one public key, which it names.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WrappedKey {
	pub(crate) recipient: PublicKey,
	pub(crate) encapsulated: PublicKey,
	pub(crate) sealed: [u8; DataKey::BYTES + TAG],
}

impl WrappedKey {
	/// Its size in bytes; the chain has room for 128.
	pub const BYTES: usize = 32 + 32 + DataKey::BYTES + TAG;

	/// The key it is for.
	pub fn recipient(&self) -> PublicKey {
		self.recipient
	}

	/// Its bytes: recipient, encapsulated key, sealed data key.
	pub fn to_bytes(&self) -> [u8; Self::BYTES] {
		let mut bytes = [0; Self::BYTES];
		bytes[..32].copy_from_slice(&self.recipient.to_bytes());
		bytes[32..64].copy_from_slice(&self.encapsulated.to_bytes());
		bytes[64..].copy_from_slice(&self.sealed);
		bytes
	}

	/// The wrapped key that these bytes are. Whether it unwraps, only its recipient can tell.
	///
	/// # Errors
	///
	/// [`EnvelopeError::NonCanonicalKey`] and [`EnvelopeError::LowOrderKey`].
	pub fn from_bytes(bytes: &[u8; Self::BYTES]) -> Result<Self, EnvelopeError> {
		let part = |from: usize| {
			let mut part = [0; 32];
			part.copy_from_slice(&bytes[from..from + 32]);
			PublicKey::from_bytes(part)
		};
		let (recipient, encapsulated) = (part(0)?, part(32)?);
		let mut sealed = [0; DataKey::BYTES + TAG];
		sealed.copy_from_slice(&bytes[64..]);
		Ok(Self { recipient, encapsulated, sealed })
	}
}

/// Wraps for one recipient. `context` is that of [`crate::Context::of_key`].
pub(crate) fn wrap(
	key: &DataKey,
	recipient: &PublicKey,
	context: &[u8],
	rng: &mut impl CryptoRng,
) -> Result<WrappedKey, EnvelopeError> {
	let mut sealed = [0; DataKey::BYTES + TAG];
	let mut tag = [0; TAG];
	let (body, rest) = sealed.split_at_mut(DataKey::BYTES);
	body.copy_from_slice(&key.0);
	// A public key was checked when it was made; the library's refusal is the same fact again.
	let encapsulated = seal_in_place(recipient, INFO, context, body, &mut tag, rng)
		.map_err(|_| EnvelopeError::LowOrderKey)?;
	rest.copy_from_slice(&tag);
	Ok(WrappedKey { recipient: *recipient, encapsulated, sealed })
}

/// Unwraps with the recipient's secret key.
pub(crate) fn unwrap(
	wrapped: &WrappedKey,
	secret: &SecretKey,
	context: &[u8],
) -> Result<DataKey, EnvelopeError> {
	let (body, tag) = wrapped.sealed.split_at(DataKey::BYTES);
	let mut key = DataKey([0; DataKey::BYTES]);
	key.0.copy_from_slice(body);
	open_in_place(secret, &wrapped.encapsulated, INFO, context, &mut key.0, tag)
		.map_err(|_| EnvelopeError::WrappedKeyRefused)?;
	Ok(key)
}

/// HPKE's single-shot seal in the suite of envelopes, for what else is sealed to these keys under an `info`
/// of its own: encrypts the body where it lies, writes the tag, and returns the encapsulated key.
///
/// # Errors
///
/// The library's, for a key of low order, which [`PublicKey`] is not.
pub fn seal_in_place(
	recipient: &PublicKey,
	info: &[u8],
	associated: &[u8],
	body: &mut [u8],
	tag: &mut [u8; TAG],
	rng: &mut impl CryptoRng,
) -> Result<PublicKey, HpkeError> {
	let (encapsulated, made) = single_shot_seal_inout_detached_with_rng::<Aead, Kdf, Kem>(
		&OpModeS::Base,
		&recipient.to_hpke(),
		info,
		InOutBuf::from(body),
		associated,
		rng,
	)?;
	made.write_exact(tag);
	PublicKey::from_bytes(encapsulated.to_bytes().into()).map_err(|_| HpkeError::EncapError)
}

/// HPKE's single-shot open of what [`seal_in_place`] has made. Where it fails the body is not the plaintext.
///
/// # Errors
///
/// The library's: other keys, `info`, associated data or bytes than it was sealed with.
pub fn open_in_place(
	secret: &SecretKey,
	encapsulated: &PublicKey,
	info: &[u8],
	associated: &[u8],
	body: &mut [u8],
	tag: &[u8],
) -> Result<(), HpkeError> {
	single_shot_open_inout_detached::<Aead, Kdf, Kem>(
		&OpModeR::Base,
		&secret.to_hpke(),
		&<Kem as hpke::Kem>::EncappedKey::from_bytes(&encapsulated.to_bytes())?,
		info,
		InOutBuf::from(body),
		associated,
		&AeadTag::<Aead>::from_bytes(tag)?,
	)
}
