//! docs/vectors/wallet.json, which scripts/vectors checks with code that shares nothing with ours.
//! `UPDATE_VECTORS=1` writes it anew.

use super::*;
use crate::{
	ciphertext::open, keys::random_field, seal_opening, JobPrice, Lock, PeriodKey, ViewKey,
};
use quittance_babyjubjub::SecretKey;
use quittance_types::{Agreement, Note};
use serde_json::{json, Value};
use std::path::Path;

// From the package, where cargo runs tests.
const FILE: &str = "../../docs/vectors/wallet.json";

fn read() -> Value {
	let text = std::fs::read_to_string(Path::new(FILE)).expect("the file is there");
	serde_json::from_str(&text).expect("the file is JSON")
}

/// Hands out given bytes, and panics when they are used up.
struct Given(Vec<u8>);

impl TryRng for Given {
	type Error = Infallible;

	fn try_next_u32(&mut self) -> Result<u32, Infallible> {
		unreachable!("everything is drawn as bytes")
	}

	fn try_next_u64(&mut self) -> Result<u64, Infallible> {
		unreachable!("everything is drawn as bytes")
	}

	fn try_fill_bytes(&mut self, to: &mut [u8]) -> Result<(), Infallible> {
		let rest = self.0.split_off(to.len());
		to.copy_from_slice(&self.0);
		self.0 = rest;
		Ok(())
	}
}

impl TryCryptoRng for Given {}

fn ascending(start: u8, length: usize) -> Vec<u8> {
	(0..length).map(|place| start.wrapping_add(place as u8)).collect()
}

fn field(value: Fr) -> String {
	hex::encode(FieldBytes::from(value).0)
}

fn seed() -> Seed {
	Seed::from_bytes(&ascending(0x10, 32).try_into().unwrap())
}

fn vectors() -> Value {
	let seed = seed();
	let words = seed.words();
	let mnemonic = bip39::Mnemonic::from_entropy(&*seed.to_bytes()).unwrap();
	let genesis: [u8; 32] = ascending(0xa0, 32).try_into().unwrap();
	let keys = Keys::new(&seed, &genesis);
	let view = keys.view();
	let periods: Vec<_> = [0u32, 1, 7]
		.map(|period| {
			let key = view.period(Period(period));
			json!({
				"period": period,
				"secret": hex::encode(key.secret),
				"text": *key.to_text(),
			})
		})
		.into();
	let addresses = [([0x01, 2, 3, 4, 5, 6, 7], 7, 2), ([0x7f; 7], 0, 1), ([0x81; 7], 7, 1)];
	let address =
		|(label, first, periods)| keys.address(Label(label), Period(first), periods).unwrap();
	let of_addresses: Vec<_> = addresses
		.map(|given| {
			let made = address(given);
			let (label, first, periods) = given;
			json!({
				"label": hex::encode(label),
				"first_period": first,
				"periods": periods,
				"diversifier": field(keys.diversifier(Label(label))),
				"owner": field(made.owner),
				"base": made.base.to_string(),
				"text": made.to_string(),
			})
		})
		.into();
	let block = 7 * crate::PERIOD_BLOCKS + 5;
	let notes: Vec<_> = [(addresses[0], 0x30, 1_000_000_000_000u64), (addresses[2], 0x50, 0)]
		.map(|(given, start, value)| {
			// rho, 64 bytes; then the ephemeral secret.
			let randomness = ascending(start, 96);
			let mut rng = Given(randomness.clone());
			let to = address(given);
			let note = Note { value, owner: to.owner, rho: random_field(&mut rng) };
			let key = to.key_at(block).unwrap();
			let ciphertext =
				crate::ciphertext::seal(&note, to.label, &to.base, key, &genesis, &mut rng)
					.unwrap();
			assert!(rng.0.is_empty(), "all of it is drawn");
			let commitment = note.commitment::<Native>();
			json!({
				"label": hex::encode(to.label.0),
				"period": 7,
				"value": value.to_string(),
				"randomness": hex::encode(randomness),
				"rho": field(note.rho),
				"commitment": field(commitment),
				"ciphertext": hex::encode(ciphertext),
				"leaf_index": 5,
				"nullifier": field(keys.nullifier(commitment, 5)),
			})
		})
		.into();
	let posts: Vec<_> = [keys.nullifier(Fr::from(5u8), 5).into(), FieldBytes::from(-Fr::from(1u8))]
		.map(|nullifier| {
			let secrets = keys.of_post(&nullifier);
			let price = JobPrice { unit_price: 1_000_000_000, max_units: 250 };
			let opening = secrets.opening(&price);
			let info = b"quittance.wallet-private-job-change-key.v1";
			let mut seed = [0; 32];
			keys.derive(&[info, &nullifier.0], &mut seed);
			assert_eq!(SecretKey::from_seed(&seed).public(), opening.change_key);
			json!({
				"nullifier": hex::encode(nullifier.0),
				"change_key_seed": hex::encode(seed),
				"change_key": hex::encode(opening.change_key.to_bytes()),
				"salt": field(opening.terms.salt),
				"rho": field(opening.rho),
				"label": hex::encode(secrets.label.0),
				"owner": field(opening.owner),
				"requester_seed": hex::encode(*keys.requester_seed(&nullifier)),
			})
		})
		.into();
	let locks: Vec<_> = [(7u64, 1u64), (u64::MAX, 0x0102_0304_0506_0708)]
		.map(|(job, nonce)| {
			let named = keys.job_keys(job, nonce);
			json!({
				"job": job.to_string(),
				"nonce": nonce.to_string(),
				"label": hex::encode(named.label.0),
				"payee": field(named.payee),
				"opening_secret": hex::encode(*named.opening.to_bytes()),
				"opening_key": named.opening_key().to_string(),
			})
		})
		.into();
	let sealed = {
		let (job, nonce) = (7, 1);
		let secrets = keys.of_post(&keys.nullifier(Fr::from(5u8), 5).into());
		let price = JobPrice { unit_price: 1_000_000_000, max_units: 250 };
		let opening = secrets.opening(&price);
		let offer = opening.offer::<Native>().unwrap().hash::<Native>().unwrap();
		let named = keys.job_keys(job, nonce);
		let agreement = Agreement::new::<Native>(offer, named.payee);
		let lock = Lock { genesis, job, nonce, agreement };
		let randomness = ascending(0x70, 32);
		let mut rng = Given(randomness.clone());
		let sealed = seal_opening(&opening, &lock, &named.opening_key(), &mut rng).unwrap();
		assert!(rng.0.is_empty(), "all of it is drawn");
		json!({
			"job": job.to_string(),
			"nonce": nonce.to_string(),
			"agreement": field(agreement.to_field().unwrap()),
			"opening": hex::encode(opening.to_bytes()),
			"opening_secret": hex::encode(*named.opening.to_bytes()),
			"opening_key": named.opening_key().to_string(),
			"randomness": hex::encode(randomness),
			"sealed": hex::encode(sealed),
		})
	};
	json!({
		"about": "a wallet of docs/protocol.md, section Wallets. Bytes are hex, field elements 32 bytes little-endian; randomness of a note is what was drawn: 64 bytes for rho, 32 for the ephemeral key; that of an opening the 32 bytes that HPKE makes its key of",
		"seed": hex::encode(*seed.to_bytes()),
		"words": *words,
		"word_indices": mnemonic.word_indices().collect::<Vec<_>>(),
		"genesis": hex::encode(genesis),
		"nullifier_key": field(keys.nullifier_key),
		"view_key": hex::encode(view.key),
		"view_text": *view.to_text(),
		"periods": periods,
		"addresses": of_addresses,
		"notes": notes,
		"posts": posts,
		"locks": locks,
		"sealed_opening": sealed,
	})
}

#[test]
fn wallets_are_the_published_ones() {
	let computed = vectors();
	if std::env::var_os("UPDATE_VECTORS").is_some() {
		let text = serde_json::to_string_pretty(&computed).expect("JSON") + "\n";
		std::fs::write(Path::new(FILE), text).expect("it can be written");
	}
	assert_eq!(computed, read());
}

#[test]
fn the_published_texts_and_notes_can_be_read() {
	let published = read();
	let text = |value: &Value| value.as_str().expect("text").to_owned();
	let bytes = |value: &Value| hex::decode(text(value)).expect("hex");
	let genesis: [u8; 32] = bytes(&published["genesis"]).try_into().unwrap();
	let words = text(&published["words"]);
	assert_eq!(*Seed::from_words(&words).unwrap().to_bytes(), *seed().to_bytes());
	let view = ViewKey::from_text(&text(&published["view_text"]), &genesis).unwrap();
	assert_eq!(view.key[..], bytes(&published["view_key"]));
	for period in published["periods"].as_array().unwrap() {
		let key = PeriodKey::from_text(&text(&period["text"]), &genesis).unwrap();
		assert_eq!(key.secret[..], bytes(&period["secret"]));
	}
	for address in &published["addresses"].as_array().unwrap()[..2] {
		let read = Address::parse(&text(&address["text"]), &genesis).unwrap();
		assert_eq!(read.to_string(), text(&address["text"]));
	}
	for note in published["notes"].as_array().unwrap() {
		let commitment = FieldBytes(bytes(&note["commitment"]).try_into().unwrap());
		let ciphertext = bytes(&note["ciphertext"]).try_into().unwrap();
		let key = view.period(Period(7));
		let opened = open(&ciphertext, &commitment, &key.secret, &genesis).ok().unwrap();
		assert_eq!(opened.note.value.to_string(), text(&note["value"]));
		assert_eq!(opened.label.0[..], bytes(&note["label"]));
	}
}
