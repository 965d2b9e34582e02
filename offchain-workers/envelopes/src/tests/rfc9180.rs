//! RFC 9180's own vectors, docs/vectors/hpke.json, through the suite that wraps data keys.

use super::*;
use crate::wrapping::{open_in_place, seal_in_place, Kem};
use hpke::{
	aead::{Aead, AesGcm128, AesGcm256},
	kdf::HkdfSha256,
	setup_receiver, setup_sender_with_rng, Deserializable, Kem as _, OpModeR, OpModeS,
	Serializable,
};
use serde_json::Value;

fn published() -> Value {
	// From the package, where cargo runs tests.
	let text = std::fs::read_to_string("../../docs/vectors/hpke.json").expect("the file is there");
	serde_json::from_str(&text).expect("the file is JSON")
}

/// The vectors of one AEAD, by its number in the RFC.
fn vectors(aead: u64) -> Value {
	let vectors = published()["vectors"].take();
	let mut vectors = vectors.as_array().expect("a list").iter();
	vectors.find(|vector| vector["aead_id"] == aead).expect("there are some").clone()
}

fn bytes(value: &Value) -> Vec<u8> {
	hex::decode(value.as_str().expect("bytes are strings")).expect("bytes are hex")
}

fn key(value: &Value) -> [u8; 32] {
	bytes(value).try_into().expect("keys have 32 bytes")
}

/// Keys, encapsulation, every encryption in turn, and exports, by the library.
fn conforms<A: Aead>(vector: &Value) {
	assert_eq!(vector["mode"], 0, "base mode");
	let (secret, public) = Kem::derive_keypair(&bytes(&vector["ikmR"]));
	let clamped = SecretKey::from_bytes(&key(&vector["skRm"])).to_hpke();
	assert!(secret == clamped);
	assert_eq!(public.to_bytes().as_slice(), bytes(&vector["pkRm"]));

	let info = bytes(&vector["info"]);
	let mut rng = Given(bytes(&vector["ikmE"]));
	let (encapsulated, mut sender) =
		setup_sender_with_rng::<A, HkdfSha256, Kem>(&OpModeS::Base, &public, &info, &mut rng)
			.expect("the recipient's key is good");
	assert_eq!(encapsulated.to_bytes().as_slice(), bytes(&vector["enc"]));
	let encapsulated = <Kem as hpke::Kem>::EncappedKey::from_bytes(&bytes(&vector["enc"])).unwrap();
	let mut receiver =
		setup_receiver::<A, HkdfSha256, Kem>(&OpModeR::Base, &secret, &encapsulated, &info)
			.expect("the encapsulated key is good");

	let encryptions = vector["encryptions"].as_array().expect("a list");
	assert!(encryptions.len() >= 4);
	for encryption in encryptions {
		let (plain, aad) = (bytes(&encryption["pt"]), bytes(&encryption["aad"]));
		let mut buffer = plain.clone();
		let tag = sender.seal_inout_detached(buffer.as_mut_slice().into(), &aad).unwrap();
		assert_eq!([&buffer[..], &tag.to_bytes()].concat(), bytes(&encryption["ct"]));
		receiver.open_inout_detached(buffer.as_mut_slice().into(), &aad, &tag).unwrap();
		assert_eq!(buffer, plain);
	}
	let exports = vector["exports"].as_array().expect("a list");
	assert_eq!(exports.len(), 3);
	for export in exports {
		let mut value = vec![0; export["L"].as_u64().expect("a length") as usize];
		receiver.export(&bytes(&export["exporter_context"]), &mut value).unwrap();
		assert_eq!(value, bytes(&export["exported_value"]));
	}
}

#[test]
fn base_mode_with_aes_256_gcm() {
	conforms::<AesGcm256>(&vectors(2));
}

/// Not ours, but the one of the two that the RFC prints: appendix A.1.1.
#[test]
fn base_mode_with_aes_128_gcm() {
	conforms::<AesGcm128>(&vectors(1));
}

/// The first encryption of the vector by the very functions that wrap and unwrap.
#[test]
fn what_wraps_data_keys_conforms() {
	let vector = vectors(2);
	let (secret, info) = (SecretKey::from_bytes(&key(&vector["skRm"])), bytes(&vector["info"]));
	assert_eq!(secret.public().to_bytes(), key(&vector["pkRm"]));
	let first = &vector["encryptions"][0];
	let (plain, aad) = (bytes(&first["pt"]), bytes(&first["aad"]));

	let (mut body, mut tag) = (plain.clone(), [0; 16]);
	let mut rng = Given(bytes(&vector["ikmE"]));
	let encapsulated =
		seal_in_place(&secret.public(), &info, &aad, &mut body, &mut tag, &mut rng).unwrap();
	assert_eq!(encapsulated.to_bytes(), key(&vector["enc"]));
	assert_eq!([&body[..], &tag].concat(), bytes(&first["ct"]));
	assert!(rng.0.is_empty(), "one ephemeral key is drawn and nothing else");

	open_in_place(&secret, &encapsulated, &info, &aad, &mut body, &tag).unwrap();
	assert_eq!(body, plain);
}
