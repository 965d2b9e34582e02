//! Proof that an issuer holds its BabyJubJub key.

use crate::{
	key::PublicKey,
	secret::SecretKey,
	signature::{Signature, SignatureError},
};
use ark_bn254::Fr;
use quittance_poseidon::{tag, Hasher};

/// What an issuer signs with its BabyJubJub key when it registers:
/// `P(tag, genesis², account², sr25519², x, y)`, a 32-byte id being two limbs of 128 bits, low
/// first, little-endian.
///
/// It covers the chain, the account and both keys, so that a proof is of no use to another account,
/// for another pair of keys or on another chain.
pub fn possession_message<H: Hasher>(
	genesis: &[u8; 32],
	account: &[u8; 32],
	sr25519_key: &[u8; 32],
	key: &PublicKey,
) -> Fr {
	const TAG: Fr = tag("quittance.possession.v1");
	let [genesis_low, genesis_high] = limbs(genesis);
	let [account_low, account_high] = limbs(account);
	let [sr25519_low, sr25519_high] = limbs(sr25519_key);
	H::hash(&[
		TAG,
		genesis_low,
		genesis_high,
		account_low,
		account_high,
		sr25519_low,
		sr25519_high,
		key.x(),
		key.y(),
	])
}

/// The proof that the account with this sr25519 key holds `key`.
pub fn prove_possession<H: Hasher>(
	genesis: &[u8; 32],
	account: &[u8; 32],
	sr25519_key: &[u8; 32],
	key: &SecretKey,
) -> Signature {
	key.sign::<H>(possession_message::<H>(genesis, account, sr25519_key, &key.public()))
}

/// Checks [`prove_possession`].
pub fn verify_possession<H: Hasher>(
	genesis: &[u8; 32],
	account: &[u8; 32],
	sr25519_key: &[u8; 32],
	key: &PublicKey,
	proof: &Signature,
) -> Result<(), SignatureError> {
	key.verify::<H>(possession_message::<H>(genesis, account, sr25519_key, key), proof)
}

/// An id is never reduced modulo the field's order: it enters as two numbers of 128 bits.
fn limbs(id: &[u8; 32]) -> [Fr; 2] {
	let (low, high) = id.split_at(16);
	[low, high].map(|half| {
		let number =
			half.iter().rev().fold(0u128, |number, byte| (number << 8) | u128::from(*byte));
		Fr::from(number)
	})
}
