//! The keys of recipients and auditors.

use std::fmt;

use hpke::{rand_core::CryptoRng, Deserializable as _, Kem as _, Serializable as _};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::{wrapping::Kem, EnvelopeError};

/// 2^255 - 19, little-endian.
pub(crate) const PRIME: [u8; 32] = {
	let mut bytes = [0xff; 32];
	bytes[0] = 0xed;
	bytes[31] = 0x7f;
	bytes
};

/// The canonical points of low order: 0, 1 and -1, and two of order eight. The curve's torsion has
/// these but -1, its twist's has 0 and -1. A test multiplies each by a secret key.
pub(crate) const LOW_ORDER: [[u8; 32]; 5] = [
	[0; 32],
	{
		let mut one = [0; 32];
		one[0] = 1;
		one
	},
	[
		0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3, 0xfa, 0xf1, 0x9f, 0xc4,
		0x6a, 0xda, 0x09, 0x8d, 0xeb, 0x9c, 0x32, 0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16, 0x5f, 0x49,
		0xb8, 0x00,
	],
	[
		0x5f, 0x9c, 0x95, 0xbc, 0xa3, 0x50, 0x8c, 0x24, 0xb1, 0xd0, 0xb1, 0x55, 0x9c, 0x83, 0xef,
		0x5b, 0x04, 0x44, 0x5c, 0xc4, 0x58, 0x1c, 0x8e, 0x86, 0xd8, 0x22, 0x4e, 0xdd, 0xd0, 0x9f,
		0x11, 0x57,
	],
	{
		let mut minus_one = PRIME;
		minus_one[0] -= 1;
		minus_one
	},
];

/// An X25519 public key: 32 bytes, below 2^255 - 19 and not of low order. It is its own id:
/// a wrapped key names the key it is for by these bytes. Written as 64 hex digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PublicKey([u8; 32]);

impl PublicKey {
	/// The key that these bytes encode.
	///
	/// # Errors
	///
	/// [`EnvelopeError::NonCanonicalKey`] and [`EnvelopeError::LowOrderKey`].
	pub fn from_bytes(bytes: [u8; 32]) -> Result<Self, EnvelopeError> {
		// X25519 itself takes any bytes; a second spelling of a key would pass as a second key.
		if bytes.iter().rev().ge(PRIME.iter().rev()) {
			return Err(EnvelopeError::NonCanonicalKey);
		}
		if LOW_ORDER.contains(&bytes) {
			return Err(EnvelopeError::LowOrderKey);
		}
		Ok(Self(bytes))
	}

	/// Its bytes, as they are registered and as they stand in headers.
	pub fn to_bytes(self) -> [u8; 32] {
		self.0
	}

	/// The library's form.
	pub(crate) fn to_hpke(self) -> <Kem as hpke::Kem>::PublicKey {
		hpke::Deserializable::from_bytes(&self.0).expect("an X25519 key has 32 bytes; qed")
	}
}

impl fmt::Display for PublicKey {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		f.write_str(&hex::encode(self.0))
	}
}

impl fmt::Debug for PublicKey {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		fmt::Display::fmt(self, f)
	}
}

/// An X25519 secret key, overwritten when dropped. Debug output shows its public key only.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct SecretKey {
	bytes: [u8; 32],
	#[zeroize(skip)]
	public: PublicKey,
}

impl SecretKey {
	/// A new key.
	pub fn generate(rng: &mut impl CryptoRng) -> Self {
		let mut bytes = Zeroizing::new([0; 32]);
		rng.fill_bytes(&mut *bytes);
		Self::from_bytes(&bytes)
	}

	/// The key that these 32 bytes are, read as X25519 reads any: some bits are fixed first.
	/// Whoever keeps the bytes elsewhere must overwrite them there.
	pub fn from_bytes(bytes: &[u8; 32]) -> Self {
		let public = Kem::sk_to_pk(&to_hpke(bytes)).to_bytes();
		Self { bytes: *bytes, public: PublicKey(public.into()) }
	}

	/// Its bytes, as they were given, for keeping: a secret.
	pub fn to_bytes(&self) -> Zeroizing<[u8; 32]> {
		Zeroizing::new(self.bytes)
	}

	/// The public key.
	pub fn public(&self) -> PublicKey {
		self.public
	}

	/// The library's form, which overwrites itself too.
	pub(crate) fn to_hpke(&self) -> <Kem as hpke::Kem>::PrivateKey {
		to_hpke(&self.bytes)
	}
}

impl fmt::Debug for SecretKey {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		write!(f, "SecretKey(of {})", self.public)
	}
}

fn to_hpke(bytes: &[u8; 32]) -> <Kem as hpke::Kem>::PrivateKey {
	<Kem as hpke::Kem>::PrivateKey::from_bytes(bytes)
		.expect("any 32 bytes are an X25519 secret key; qed")
}
