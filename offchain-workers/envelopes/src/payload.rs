//! The payload, encrypted once under a data key of its own.

use std::{fmt, ops::Deref};

use aes_gcm::{
	aead::{AeadInOut, KeyInit},
	Aes256Gcm, Nonce, Tag,
};
use hkdf::Hkdf;
use hpke::rand_core::CryptoRng;
use sha2_envelopes::Sha256;
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::{Context, EnvelopeError};

/// The largest payload, in bytes: 64 MiB. Payload and ciphertext are held in memory.
pub const MAX_PAYLOAD_SIZE: u64 = 64 * 1024 * 1024;

/// By how many bytes a ciphertext is longer than its payload: commitment and tag.
pub const CIPHERTEXT_OVERHEAD: u64 = (COMMITMENT + TAG) as u64;

const COMMITMENT: usize = 32;
const TAG: usize = 16;

const PAYLOAD_LABEL: &[u8] = b"quittance.envelope-payload.v1";
const COMMITMENT_LABEL: &[u8] = b"quittance.envelope-commitment.v1";

/// One nonce is enough: no data key ever encrypts twice, see [`encrypt`].
const NONCE: [u8; 12] = [0; 12];

/// An opened payload, overwritten when dropped. Debug output shows its size only.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct Payload(Vec<u8>);

impl Deref for Payload {
	type Target = [u8];

	fn deref(&self) -> &[u8] {
		&self.0
	}
}

impl fmt::Debug for Payload {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		write!(f, "Payload({} bytes)", self.0.len())
	}
}

/// What everything else of an envelope hangs on. It has no Debug output.
#[derive(Zeroize, ZeroizeOnDrop)]
pub(crate) struct DataKey(pub(crate) [u8; DataKey::BYTES]);

impl DataKey {
	pub(crate) const BYTES: usize = 32;

	fn derive(&self, label: &[u8]) -> Zeroizing<[u8; 32]> {
		let mut key = Zeroizing::new([0; 32]);
		Hkdf::<Sha256>::new(None, &self.0)
			.expand(label, &mut *key)
			.expect("32 bytes are within HKDF's output; qed");
		key
	}

	/// Public, and of no other data key.
	fn commitment(&self) -> [u8; COMMITMENT] {
		*self.derive(COMMITMENT_LABEL)
	}

	fn cipher(&self) -> Aes256Gcm {
		Aes256Gcm::new((&*self.derive(PAYLOAD_LABEL)).into())
	}
}

/// Encrypts under a new data key and returns both. It is the only place that encrypts payloads and
/// it makes its key itself, so that no key can meet its nonce twice.
///
/// The caller has checked the size.
pub(crate) fn encrypt(
	payload: &[u8],
	context: &Context,
	rng: &mut impl CryptoRng,
) -> (Vec<u8>, DataKey) {
	let mut key = DataKey([0; DataKey::BYTES]);
	rng.fill_bytes(&mut key.0);
	// All of its room at once: a vector that grew would leave plaintext behind.
	let mut ciphertext = Vec::with_capacity(COMMITMENT + payload.len() + TAG);
	ciphertext.extend_from_slice(&key.commitment());
	ciphertext.extend_from_slice(payload);
	let tag = key
		.cipher()
		.encrypt_inout_detached(
			&Nonce::from(NONCE),
			&context.of_payload(payload.len() as u64),
			(&mut ciphertext[COMMITMENT..]).into(),
		)
		.expect("the payload is far below AES-GCM's 64 GiB; qed");
	ciphertext.extend_from_slice(&tag);
	(ciphertext, key)
}

/// Decrypts what [`encrypt`] made with this key.
pub(crate) fn decrypt(
	ciphertext: &[u8],
	key: &DataKey,
	context: &Context,
) -> Result<Payload, EnvelopeError> {
	let (commitment, rest) =
		ciphertext.split_first_chunk::<COMMITMENT>().ok_or(EnvelopeError::PayloadRefused)?;
	let (encrypted, tag) = rest.split_last_chunk::<TAG>().ok_or(EnvelopeError::PayloadRefused)?;
	if !bool::from(commitment.ct_eq(&key.commitment())) {
		return Err(EnvelopeError::WrongDataKey);
	}
	let mut payload = Payload(encrypted.to_vec());
	key.cipher()
		.decrypt_inout_detached(
			&Nonce::from(NONCE),
			&context.of_payload(encrypted.len() as u64),
			payload.0.as_mut_slice().into(),
			&Tag::from(*tag),
		)
		.map_err(|_| EnvelopeError::PayloadRefused)?;
	Ok(payload)
}
