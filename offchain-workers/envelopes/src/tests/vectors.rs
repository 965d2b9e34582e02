//! The vectors of the format, docs/vectors/envelope.json, which scripts/vectors checks with code
//! that shares nothing with ours. `UPDATE_VECTORS=1` writes them anew.

use super::*;
use crate::{rewrap, Header};
use serde_json::{json, Value};
use std::path::Path;

// From the package, where cargo runs tests. A path of the build would be that of whichever
// checkout built last into a target folder that several share.
const FOLDER: &str = "../../docs/vectors";

fn read(name: &str) -> Value {
	let text = std::fs::read_to_string(Path::new(FOLDER).join(name)).expect("the file is there");
	serde_json::from_str(&text).expect("the file is JSON")
}

fn bytes<const N: usize>(value: &Value) -> [u8; N] {
	let text = value.as_str().expect("bytes are strings");
	hex::decode(text).expect("bytes are hex").try_into().expect("as many bytes as asked for")
}

/// The context of the subject that statement.json is about.
fn context() -> Context {
	let subject = &read("statement.json")["subject"];
	Context { genesis: bytes(&subject["genesis"]), subject: bytes(&subject["hash"]) }
}

/// Ascending bytes from `start`.
fn ascending(start: u8, length: usize) -> Vec<u8> {
	(0..length).map(|place| start.wrapping_add(place as u8)).collect()
}

const NAMES: [&str; 4] = ["alice", "bob", "carol", "auditor"];

fn secret(name: &str) -> SecretKey {
	let place = NAMES.iter().position(|known| *known == name).expect("one of the names");
	SecretKey::from_bytes(&ascending(0x20 * (place as u8 + 1), 32).try_into().expect("32 bytes"))
}

fn recipients(names: &[&str]) -> Vec<Recipient> {
	names.iter().map(|name| recipient(&secret(name))).collect()
}

/// All vectors, computed.
fn vectors() -> Value {
	let context = context();
	let auditor = secret("auditor").public();
	let envelope = |payload: &[u8], names: &[&str], start: u8| {
		// A data key, then an ephemeral key for each wrapped key in their order.
		let randomness = ascending(start, 32 * (names.len() + 2));
		let mut rng = Given(randomness.clone());
		let sealed = seal(payload, &recipients(names), &auditor, &context, &mut rng).unwrap();
		assert!(rng.0.is_empty(), "all of it is drawn");
		let json = json!({
			"payload": hex::encode(payload),
			"recipients": names,
			"randomness": hex::encode(randomness),
			"ciphertext": hex::encode(&sealed.ciphertext),
			"digest": sealed.header.digest().to_string(),
			"header": hex::encode(sealed.header.encode()),
		});
		(sealed, json)
	};
	let (_, empty) = envelope(b"", &["alice"], 1);
	let (of_two, text) = envelope(b"The eagle flies at midnight.", &["alice", "bob"], 2);
	let randomness = ascending(3, 32);
	let rewrapped = rewrap(
		&of_two.header,
		&secret("alice"),
		&recipients(&["alice", "carol"]),
		&auditor,
		&context,
		&mut Given(randomness.clone()),
	)
	.unwrap();
	json!({
		"about": "envelopes about the subject of statement.json, each also for the auditor; bytes are hex; randomness is what was drawn: the data key, then 32 bytes for each key that was wrapped, in the header's order. rewrapped is the header of the last envelope for other recipients, where only one key is wrapped anew",
		"keys": NAMES.map(|name| json!({
			"name": name,
			"secret": hex::encode(*secret(name).to_bytes()),
			"public": secret(name).public().to_string(),
		})),
		"envelopes": [empty, text],
		"rewrapped": {
			"recipients": ["alice", "carol"],
			"randomness": hex::encode(randomness),
			"header": hex::encode(rewrapped.encode()),
		},
	})
}

#[test]
fn envelopes_are_the_published_ones() {
	let computed = vectors();
	if std::env::var_os("UPDATE_VECTORS").is_some() {
		let text = serde_json::to_string_pretty(&computed).expect("JSON") + "\n";
		std::fs::write(Path::new(FOLDER).join("envelope.json"), text).expect("it can be written");
	}
	assert_eq!(computed, read("envelope.json"));
}

#[test]
fn the_published_ones_open() {
	let published = read("envelope.json");
	let decoded = |of: &Value| hex::decode(of.as_str().expect("hex")).expect("hex");
	let envelopes = published["envelopes"].as_array().expect("a list");
	assert_eq!(envelopes.len(), 2);
	let last = envelopes.last().expect("two");
	let rewrapped = [(last, &published["rewrapped"])];
	for (envelope, readable) in envelopes.iter().map(|own| (own, own)).chain(rewrapped) {
		let header = Header::decode(&decoded(&readable["header"])).unwrap();
		let ciphertext = decoded(&envelope["ciphertext"]);
		let readers = readable["recipients"].as_array().expect("a list");
		for name in NAMES {
			let opened = crate::open(&header, &ciphertext, &secret(name), &context());
			if name == "auditor" || readers.contains(&name.into()) {
				assert_eq!(*opened.unwrap(), decoded(&envelope["payload"]));
			} else {
				assert!(matches!(opened, Err(EnvelopeError::NotForThisKey(_))));
			}
		}
	}
}
