//! Payloads under their data keys, without any recipient.

use super::*;
use crate::payload::{decrypt, encrypt, DataKey};
use aes_gcm::Aes256Gcm;
use sha2_envelopes::Sha256;
use zeroize::{Zeroize, ZeroizeOnDrop};

#[test]
fn secrets_are_overwritten_when_dropped() {
	fn overwritten<T: ZeroizeOnDrop>() {}
	overwritten::<DataKey>();
	overwritten::<Payload>();
	// These two only under features of theirs.
	overwritten::<Aes256Gcm>();
	overwritten::<Sha256>();
	let (ciphertext, mut key) = encrypt(b"payload", &CONTEXT, &mut Seeded(1));
	let mut payload = decrypt(&ciphertext, &key, &CONTEXT).unwrap();
	payload.zeroize();
	assert!(payload.is_empty());
	key.zeroize();
	assert_eq!(key.0, [0; 32]);
}

#[test]
fn debug_shows_no_payload() {
	let (ciphertext, key) = encrypt(b"payload", &CONTEXT, &mut Seeded(1));
	let payload = decrypt(&ciphertext, &key, &CONTEXT).unwrap();
	assert_eq!(format!("{payload:?}"), "Payload(7 bytes)");
}

/// A wrapped key refuses another context before; whoever has the data key must not get past either.
#[test]
fn fails_in_another_context_even_with_the_data_key() {
	let (ciphertext, key) = encrypt(b"payload", &CONTEXT, &mut Seeded(1));
	assert_eq!(&*decrypt(&ciphertext, &key, &CONTEXT).unwrap(), b"payload");
	for other in OTHERS {
		let refused = decrypt(&ciphertext, &key, &other);
		assert_eq!(refused.unwrap_err(), EnvelopeError::PayloadRefused);
	}
}

#[test]
fn fails_with_another_data_key() {
	let mut rng = Seeded(1);
	let (ciphertext, _) = encrypt(b"payload", &CONTEXT, &mut rng);
	let (_, other) = encrypt(b"payload", &CONTEXT, &mut rng);
	let refused = decrypt(&ciphertext, &other, &CONTEXT);
	assert_eq!(refused.unwrap_err(), EnvelopeError::WrongDataKey);
}

/// A digest stands for one payload: the commitment is all that stops a ciphertext that AES-GCM
/// opens under two keys. Here it opens under the other key, but for the commitment.
#[test]
fn fails_when_a_ciphertext_is_committed_to_another_key() {
	let mut rng = Seeded(1);
	let (one, key) = encrypt(b"payload", &CONTEXT, &mut rng);
	let (two, _) = encrypt(b"payload", &CONTEXT, &mut rng);
	let forged = [&two[..32], &one[32..]].concat();
	let refused = decrypt(&forged, &key, &CONTEXT);
	assert_eq!(refused.unwrap_err(), EnvelopeError::WrongDataKey);
}

#[test]
fn fails_when_it_is_too_short_to_be_a_ciphertext() {
	let (ciphertext, key) = encrypt(b"", &CONTEXT, &mut Seeded(1));
	assert_eq!(ciphertext.len() as u64, crate::CIPHERTEXT_OVERHEAD);
	for length in 0..ciphertext.len() {
		let refused = decrypt(&ciphertext[..length], &key, &CONTEXT);
		assert_eq!(refused.unwrap_err(), EnvelopeError::PayloadRefused, "{length}");
	}
}

#[test]
fn every_payload_has_a_data_key_of_its_own() {
	let mut rng = crate::system_randomness();
	let [(one, a), (two, b)] = [(); 2].map(|()| encrypt(&[0; 64], &CONTEXT, &mut rng));
	assert_ne!(a.0, b.0);
	// Under one key and nonce the encrypted parts would be equal.
	assert_ne!(one[32..96], two[32..96]);
}

#[test]
fn associated_data_is_genesis_subject_and_size_then_the_digest() {
	let digest = crate::Digest([4; 32]);
	let bytes = CONTEXT.of_key(0x0201, &digest);
	let parts = [&[1; 32][..], &[2; 32], &[1, 2, 0, 0, 0, 0, 0, 0], &[4; 32]];
	assert_eq!(bytes[..], parts.concat());
	assert_eq!(CONTEXT.of_payload(0x0201), bytes[..72]);
}
