//! docs/vectors/eddsa.json, which other implementations read too.

use ark_bn254::Fr;
use quittance_babyjubjub::{
	challenge, possession_message, prove_possession, verify_possession, PublicKey, Scalar,
	SecretKey, Signature,
};
use quittance_poseidon::Native;
use serde_json::Value;
use std::str::FromStr;

fn vectors(section: &str) -> Vec<Value> {
	let vectors: Value =
		serde_json::from_str(include_str!("../../../docs/vectors/eddsa.json")).unwrap();
	let section = vectors[section].as_array().expect("a list").clone();
	assert!(!section.is_empty());
	section
}

fn element(value: &Value) -> Fr {
	Fr::from_str(value.as_str().unwrap()).unwrap()
}

fn key(value: &Value) -> PublicKey {
	PublicKey::new(element(&value["x"]), element(&value["y"])).unwrap()
}

fn signature(vector: &Value) -> Signature {
	let s = Scalar::from_str(vector["s"].as_str().unwrap()).unwrap();
	Signature::new(element(&vector["r8"]["x"]), element(&vector["r8"]["y"]), s).unwrap()
}

fn bytes(value: &Value) -> [u8; 32] {
	hex::decode(value.as_str().unwrap()).unwrap().try_into().unwrap()
}

#[test]
fn a_signature_of_circomlibjs_verifies() {
	for vector in vectors("verify") {
		let (key, signature) = (key(&vector["key"]), signature(&vector));
		let message = element(&vector["message"]);
		let h = challenge::<Native>(&signature.r8(), &key, message);
		assert_eq!(h, element(&vector["challenge"]));
		assert_eq!(key.verify::<Native>(message, &signature), Ok(()));
		assert!(key.verify::<Native>(message + Fr::from(1u8), &signature).is_err());
	}
}

#[test]
fn keys_and_signatures_of_seeds() {
	for vector in vectors("sign") {
		let secret = SecretKey::from_seed(&bytes(&vector["seed"]));
		let message = element(&vector["message"]);
		assert_eq!(secret.public(), key(&vector["key"]));
		assert_eq!(secret.public().leaf::<Native>(), element(&vector["leaf"]));
		assert_eq!(secret.sign::<Native>(message), signature(&vector));
		assert_eq!(secret.public().verify::<Native>(message, &signature(&vector)), Ok(()));
	}
}

#[test]
fn possession() {
	for vector in vectors("possession") {
		let secret = SecretKey::from_seed(&bytes(&vector["seed"]));
		let key = secret.public();
		let ids = ["genesis", "account", "sr25519"].map(|name| bytes(&vector[name]));
		let [genesis, account, sr25519] = &ids;
		assert_eq!(
			possession_message::<Native>(genesis, account, sr25519, &key),
			element(&vector["message"])
		);
		let proof = prove_possession::<Native>(genesis, account, sr25519, &secret);
		assert_eq!(proof, signature(&vector));
		assert_eq!(verify_possession::<Native>(genesis, account, sr25519, &key, &proof), Ok(()));
		// Every id is covered, in both of its limbs.
		for id in 0..3 {
			for byte in [0, 31] {
				let mut altered = ids;
				altered[id][byte] ^= 1;
				let [genesis, account, sr25519] = &altered;
				assert!(
					verify_possession::<Native>(genesis, account, sr25519, &key, &proof).is_err()
				);
			}
		}
		let other = SecretKey::from_seed(&[1; 32]).public();
		assert!(verify_possession::<Native>(genesis, account, sr25519, &other, &proof).is_err());
	}
}
