//! Public keys that are refused, and secret keys that stay secret.

use super::*;
use crate::keys::{LOW_ORDER, PRIME};
use hpke::{
	aead::AesGcm256, kdf::HkdfSha256, kem::X25519HkdfSha256, setup_sender_with_rng, Deserializable,
	HpkeError, Kem, OpModeS,
};
use zeroize::{Zeroize, ZeroizeOnDrop};

/// What the library does with these bytes as a recipient's key.
fn encapsulate(bytes: &[u8; 32]) -> Result<(), HpkeError> {
	type Public = <X25519HkdfSha256 as Kem>::PublicKey;
	setup_sender_with_rng::<AesGcm256, HkdfSha256, X25519HkdfSha256>(
		&OpModeS::Base,
		&Public::from_bytes(bytes)?,
		b"",
		&mut Seeded(1),
	)
	.map(|_| ())
}

/// The prime plus a small number, little-endian.
fn prime_plus(number: u8) -> [u8; 32] {
	let mut bytes = PRIME;
	bytes[0] += number;
	bytes
}

#[test]
fn fails_when_a_public_key_has_low_order() {
	for bytes in LOW_ORDER {
		// It really has low order: X25519 gives zero for it, which HPKE refuses.
		assert_eq!(encapsulate(&bytes), Err(HpkeError::EncapError), "{bytes:?}");
		assert_eq!(PublicKey::from_bytes(bytes), Err(EnvelopeError::LowOrderKey), "{bytes:?}");
	}
}

#[test]
fn fails_when_a_public_key_is_not_canonical() {
	let mut high_bit = SecretKey::generate(&mut Seeded(1)).public().to_bytes();
	high_bit[31] |= 0x80;
	// X25519 takes all of them; the first two are 0 and 1 again.
	for bytes in [prime_plus(0), prime_plus(1), prime_plus(9), prime_plus(18), [0xff; 32], high_bit]
	{
		assert_eq!(PublicKey::from_bytes(bytes), Err(EnvelopeError::NonCanonicalKey), "{bytes:?}");
	}
}

#[test]
fn boundary_the_largest_public_key() {
	// -1 has low order, -2 is on the curve or its twist, like every other number.
	let mut minus_two = PRIME;
	minus_two[0] -= 2;
	assert_eq!(PublicKey::from_bytes(minus_two).map(PublicKey::to_bytes), Ok(minus_two));
	assert_eq!(encapsulate(&minus_two), Ok(()));
}

#[test]
fn a_secret_key_has_the_public_key_of_rfc_7748() {
	// Section 5.2: nine times the base point, whose coordinate is nine.
	let mut nine = [0; 32];
	nine[0] = 9;
	let key = SecretKey::from_bytes(&nine);
	let public = "422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079";
	assert_eq!(key.public().to_string(), public);
	assert_eq!(*key.to_bytes(), nine);
	assert_eq!(PublicKey::from_bytes(key.public().to_bytes()), Ok(key.public()));
}

#[test]
fn generated_keys_differ_and_come_from_the_randomness_given() {
	let mut rng = Given(vec![5; 32]);
	assert_eq!(*SecretKey::generate(&mut rng).to_bytes(), [5; 32]);
	assert!(rng.0.is_empty());
	let mut rng = crate::system_randomness();
	let [one, two] = [(); 2].map(|()| SecretKey::generate(&mut rng).public());
	assert_ne!(one, two);
}

#[test]
fn a_secret_key_is_overwritten_when_dropped() {
	fn overwritten<T: ZeroizeOnDrop>() {}
	overwritten::<SecretKey>();
	let mut key = SecretKey::from_bytes(&[7; 32]);
	key.zeroize();
	assert_eq!(*key.to_bytes(), [0; 32]);
}

#[test]
fn debug_shows_no_secret() {
	let key = SecretKey::from_bytes(&[7; 32]);
	assert_eq!(format!("{key:?}"), format!("SecretKey(of {})", key.public()));
	assert_eq!(format!("{:?}", key.public()), key.public().to_string());
}
