//! Secret keys.

use crate::{
	curve::{secret_multiple, secret_multiple_of_generator, Point, Scalar},
	encoding::encode,
	key::PublicKey,
	signature::{challenge, reduce, Signature},
};
use ark_bn254::Fr;
use ark_ff::{AdditiveGroup, Field, PrimeField};
use blake2::{Blake2b512, Digest};
use core::fmt;
use quittance_poseidon::Hasher;
use zeroize::{Zeroize, Zeroizing};

/// A secret key. It is overwritten when dropped and its `Debug` form shows the public key only.
///
/// From a seed of 32 bytes, with `B` = blake2b-512 and l the subgroup's order:
///
/// ```text
/// scalar = B("quittance.babyjubjub.scalar.v1" || seed) mod l
/// prefix = B("quittance.babyjubjub.prefix.v1" || seed)
/// nonce  = B("quittance.babyjubjub.nonce.v1" || prefix || A.x || A.y || M) mod l
/// ```
///
/// The nonce depends on the secret, the key and the message, as in RFC 8032: no randomness is
/// needed, and no two messages share one. 512 bits modulo a number of 251 bits are uniform to
/// 2^-261.
pub struct SecretKey {
	scalar: Scalar,
	prefix: [u8; 64],
	public: PublicKey,
}

impl SecretKey {
	/// The key of a seed. The seed needs 32 bytes of entropy.
	pub fn from_seed(seed: &[u8; 32]) -> Self {
		let prefix = digest(&[b"quittance.babyjubjub.prefix.v1", seed]);
		let scalar = scalar(&[b"quittance.babyjubjub.scalar.v1", seed]);
		let public = PublicKey::of_multiple(secret_multiple_of_generator(&scalar));
		Self { scalar: *scalar, prefix: *prefix, public }
	}

	/// The public key.
	pub fn public(&self) -> PublicKey {
		self.public
	}

	/// The scalar, for the witness of a circuit that multiplies by it. Whoever has it has the key.
	pub fn scalar(&self) -> Scalar {
		self.scalar
	}

	/// The point that only the holders of one of two keys know (Diffie and Hellman): the scalar
	/// times the other's key. Keys are in the subgroup and not the identity, so that it is neither.
	pub fn shared(&self, other: &PublicKey) -> Point {
		secret_multiple(&self.scalar, &other.point())
	}

	/// Signs a message. The same message always gets the same signature.
	pub fn sign<H: Hasher>(&self, message: Fr) -> Signature {
		let nonce = scalar(&[
			b"quittance.babyjubjub.nonce.v1",
			&self.prefix,
			&self.public.to_bytes(),
			&encode(message),
		]);
		let r8 = secret_multiple_of_generator(&nonce);
		let h = reduce(challenge::<H>(&r8, &self.public, message));
		Signature::of_multiple(r8, *nonce + Scalar::from(8u8) * h * self.scalar)
	}
}

impl Drop for SecretKey {
	fn drop(&mut self) {
		self.scalar.zeroize();
		self.prefix.zeroize();
	}
}

impl fmt::Debug for SecretKey {
	fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
		f.debug_struct("SecretKey").field("public", &self.public).finish_non_exhaustive()
	}
}

/// blake2b-512 of the parts. Each call has its tag first and parts of fixed length after it.
fn digest(parts: &[&[u8]]) -> Zeroizing<[u8; 64]> {
	let mut hash = Blake2b512::new();
	for part in parts {
		hash.update(part);
	}
	let mut digest = Zeroizing::new([0; 64]);
	hash.finalize_into(digest.as_mut().into());
	digest
}

/// [`digest`] modulo the subgroup's order. A remainder of zero, which nobody will see, would give
/// the identity as a key or the secret away as a nonce: it counts as one.
fn scalar(parts: &[&[u8]]) -> Zeroizing<Scalar> {
	let scalar = Zeroizing::new(Scalar::from_le_bytes_mod_order(digest(parts).as_ref()));
	if *scalar == Scalar::ZERO {
		Zeroizing::new(Scalar::ONE)
	} else {
		scalar
	}
}

#[cfg(test)]
mod tests {
	extern crate std;
	use super::*;
	use std::format;

	#[test]
	fn the_debug_form_shows_nothing_secret() {
		let key = SecretKey::from_seed(&[7; 32]);
		assert_eq!(format!("{key:?}"), format!("SecretKey {{ public: {:?}, .. }}", key.public()));
	}
}
