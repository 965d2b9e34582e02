//! The issuer's two keys.

use crate::SignedReceipt;
use ark_bn254::Fr;
use quittance_babyjubjub::{prove_possession, SecretKey};
use quittance_client::{AccountId, AccountKey};
use quittance_poseidon::Native;
use quittance_types::{Body, IssuerKeys, Level};

/// Both secret keys of an issuer: sr25519 for transparent receipts, BabyJubJub for basic ones. The
/// second is derived from the first one's seed, so that one file is the whole identity.
pub struct IssuerKey {
	account: AccountKey,
	babyjubjub: SecretKey,
}

impl IssuerKey {
	/// The keys of an account.
	pub fn new(account: AccountKey) -> Self {
		Self { babyjubjub: SecretKey::from_seed(account.issuer_seed()), account }
	}

	/// The account.
	pub fn account(&self) -> AccountId {
		self.account.account()
	}

	/// Both public keys, as registered on the chain.
	pub fn keys(&self) -> IssuerKeys {
		IssuerKeys {
			sr25519: self.account.keypair().public_key().0,
			babyjubjub: self.babyjubjub.public().to_bytes(),
		}
	}

	/// The public keys and the two signatures that show their possession, for registration.
	pub fn registration(&self, genesis: &[u8; 32]) -> (IssuerKeys, [u8; 64], [u8; 96]) {
		let keys = self.keys();
		let account = self.account().0;
		let message = keys.possession_message(genesis, &account);
		let sr25519 = self.account.keypair().sign(&message).0;
		let babyjubjub =
			prove_possession::<Native>(genesis, &account, &keys.sr25519, &self.babyjubjub);
		(keys, sr25519, babyjubjub.to_bytes())
	}

	/// Signs a receipt for this subject. `salt` hides the commitment of one with a proof.
	pub fn sign(
		&self,
		genesis: &[u8; 32],
		subject: Fr,
		level: Level,
		body: Body,
		salt: u128,
	) -> SignedReceipt {
		let signature = match level {
			Level::Transparent => {
				let message = body.transparent_message(genesis, &subject.into());
				self.account.keypair().sign(&message).0.to_vec()
			},
			Level::Basic | Level::Enhanced => {
				let commitment = body.commitment::<Native>(subject, salt);
				self.babyjubjub.sign::<Native>(commitment).to_bytes().to_vec()
			},
		};
		SignedReceipt { level, issuer: self.account(), body, salt, signature }
	}
}

impl std::fmt::Debug for IssuerKey {
	fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
		write!(f, "IssuerKey({})", self.account())
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use quittance_babyjubjub::{verify_possession, PublicKey, Signature};

	fn dave() -> IssuerKey {
		IssuerKey::new(AccountKey::development("//Dave").unwrap())
	}

	fn body() -> Body {
		Body {
			units: 3,
			unit_price: 5,
			amount: 15,
			start: 1,
			end: 2,
			expires_at: 9,
			serial: 77,
			output: [8; 32],
		}
	}

	#[test]
	fn development_keys_are_those_of_the_development_genesis() {
		let seed = quittance_types::development_issuer_seed("//Dave");
		assert_eq!(dave().keys().babyjubjub, SecretKey::from_seed(&seed).public().to_bytes());
	}

	#[test]
	fn possession_of_both_keys_can_be_checked() {
		let (genesis, issuer) = ([3; 32], dave());
		let (keys, sr25519, babyjubjub) = issuer.registration(&genesis);
		let message = keys.possession_message(&genesis, &issuer.account().0);
		assert!(sr25519_verifies(&keys, &message, &sr25519));
		let key = PublicKey::from_bytes(&keys.babyjubjub).unwrap();
		let signature = Signature::from_bytes(&babyjubjub).unwrap();
		verify_possession::<Native>(&genesis, &issuer.account().0, &keys.sr25519, &key, &signature)
			.unwrap();
		verify_possession::<Native>(&[4; 32], &issuer.account().0, &keys.sr25519, &key, &signature)
			.unwrap_err();
	}

	fn sr25519_verifies(keys: &IssuerKeys, message: &[u8], signature: &[u8; 64]) -> bool {
		use subxt_signer::sr25519::{verify, PublicKey, Signature};
		verify(&Signature(*signature), message, &PublicKey(keys.sr25519))
	}

	#[test]
	fn each_level_has_the_signature_that_the_chain_checks() {
		let (issuer, genesis, subject) = (dave(), [1; 32], Fr::from(42u8));
		let basic = issuer.sign(&genesis, subject, Level::Basic, body(), 11);
		let key = PublicKey::from_bytes(&issuer.keys().babyjubjub).unwrap();
		let signature =
			Signature::from_bytes(&basic.signature.clone().try_into().unwrap()).unwrap();
		key.verify::<Native>(body().commitment::<Native>(subject, 11), &signature).unwrap();
		key.verify::<Native>(body().commitment::<Native>(subject, 12), &signature).unwrap_err();

		let clear = issuer.sign(&genesis, subject, Level::Transparent, body(), 0);
		let message = body().transparent_message(&genesis, &subject.into());
		assert!(sr25519_verifies(&issuer.keys(), &message, &clear.signature.try_into().unwrap()));
	}

	/// Nothing of it can be exchanged, but for the salt of a receipt in clear, which has none.
	#[test]
	fn a_miner_can_tell_whether_a_receipt_is_signed() {
		let (issuer, genesis, subject) = (dave(), [1; 32], Fr::from(42u8));
		let other = IssuerKey::new(AccountKey::development("//Eve").unwrap());
		for level in [Level::Basic, Level::Enhanced, Level::Transparent] {
			let good = issuer.sign(&genesis, subject, level, body(), 11);
			assert!(good.is_signed(&genesis, subject, &issuer.keys()));
			assert!(!good.is_signed(&genesis, subject, &other.keys()));
			assert!(!good.is_signed(&genesis, Fr::from(43u8), &issuer.keys()));
			let dearer = Body { amount: 16, ..body() };
			let short = good.signature[1..].to_vec();
			let mut flipped = good.signature.clone();
			flipped[70 % good.signature.len()] ^= 1;
			for forged in [
				SignedReceipt { body: dearer, ..good.clone() },
				SignedReceipt { signature: short, ..good.clone() },
				SignedReceipt { signature: flipped, ..good.clone() },
				SignedReceipt { signature: vec![], ..good.clone() },
			] {
				assert!(!forged.is_signed(&genesis, subject, &issuer.keys()), "{forged:?}");
			}
		}
		let clear = issuer.sign(&genesis, subject, Level::Transparent, body(), 0);
		assert!(!clear.is_signed(&[2; 32], subject, &issuer.keys()), "another chain's");
	}

	#[test]
	fn debug_shows_no_secret() {
		assert_eq!(format!("{:?}", dave()), format!("IssuerKey({})", dave().account()));
	}
}
