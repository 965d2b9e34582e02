//! The statement vectors of docs/vectors/statement.json: what goes in, and every hash that comes
//! out. `UPDATE_VECTORS=1` writes the file anew after a deliberate change of a format.

use quittance_poseidon::Native;
use quittance_types::{
	circuit_id, issuer_root, BasicClaims, Body, CircuitKind, FieldBytes, Header, IssuerKeys, Level,
	Setup, Subject, TransparentReceipt,
};
use serde_json::{json, Value};
use std::path::Path;

fn id(first: u8) -> [u8; 32] {
	let mut id = [0u8; 32];
	for (place, byte) in id.iter_mut().enumerate() {
		*byte = first.wrapping_add(place as u8);
	}
	id
}

fn field(value: ark_bn254::Fr) -> String {
	hex::encode(FieldBytes::from(value).0)
}

fn vectors() -> Value {
	let subject = Subject {
		genesis: id(0x10),
		job: 7,
		requester: id(0x20),
		miner: id(0x30),
		model: id(0x40),
		input: id(0x50),
	};
	let subject_hash = subject.hash::<Native>();
	let body = Body {
		units: 8,
		unit_price: 1_250_000_000,
		amount: 10_000_000_000,
		start: 100,
		end: 104,
		expires_at: 250,
		serial: 0x0123_4567_89ab_cdef_0011_2233_4455_6677,
		output: id(0x60),
	};
	body.check().expect("a body that is right on its face");
	let salt = 0xfedc_ba98_7654_3210_8899_aabb_ccdd_eeffu128;
	let claims = BasicClaims {
		amount: body.amount,
		expires_at: body.expires_at,
		as_of: 105,
		nullifier: body.nullifier::<Native>(subject_hash).into(),
		issuer_root: issuer_root::<Native>(&[1u8, 2, 3].map(Into::into)).expect("three leaves"),
		issuer_index: 1,
	};
	let header = Header {
		genesis: subject.genesis,
		pallet: 40,
		circuit: circuit_id(&[1, 2, 3], CircuitKind::BasicReceipt, b"schema", &Setup::Development),
		subject: Some(subject_hash.into()),
		arguments: claims.arguments(subject.job),
		submitter: Some(subject.miner),
		payee: subject.miner,
		valid_until: 200,
		nonce: 0,
	};
	let mut babyjubjub = [0u8; 64];
	babyjubjub[..32].copy_from_slice(&id(0x70));
	babyjubjub[32..].copy_from_slice(&id(0x80));
	let keys = IssuerKeys { sr25519: id(0x90), babyjubjub };
	let inputs = claims.inputs(&header, subject_hash).expect("canonical claims");
	json!({
		"about": "ids and hashes are hex of the bytes on the wire; numbers are decimal strings",
		"subject": {
			"genesis": hex::encode(subject.genesis),
			"job": subject.job.to_string(),
			"requester": hex::encode(subject.requester),
			"miner": hex::encode(subject.miner),
			"model": hex::encode(subject.model),
			"input": hex::encode(subject.input),
			"hash": field(subject_hash),
		},
		"body": {
			"units": body.units.to_string(),
			"unit_price": body.unit_price.to_string(),
			"amount": body.amount.to_string(),
			"start": body.start.to_string(),
			"end": body.end.to_string(),
			"expires_at": body.expires_at.to_string(),
			"serial": body.serial.to_string(),
			"output": hex::encode(body.output),
			"hash": field(body.hash::<Native>()),
			"salt": salt.to_string(),
			"commitment": field(body.commitment::<Native>(subject_hash, salt)),
			"nullifier": field(body.nullifier::<Native>(subject_hash)),
			"transparent_message":
				hex::encode(body.transparent_message(&subject.genesis, &subject_hash.into())),
		},
		"basic": {
			"circuit": hex::encode(header.circuit),
			"as_of": claims.as_of.to_string(),
			"issuer_leaves": ["1", "2", "3"],
			"issuer_root": hex::encode(claims.issuer_root.0),
			"issuer_index": claims.issuer_index.to_string(),
			"arguments": hex::encode(header.arguments),
			"pallet": header.pallet.to_string(),
			"valid_until": header.valid_until.to_string(),
			"nonce": header.nonce.to_string(),
			"inputs": inputs.map(field),
		},
		"possession": {
			"account": hex::encode(id(0xA0)),
			"sr25519": hex::encode(keys.sr25519),
			"babyjubjub": hex::encode(keys.babyjubjub),
			"message": hex::encode(keys.possession_message(&subject.genesis, &id(0xA0))),
		},
	})
}

#[test]
fn statements_hash_to_the_published_vectors() {
	// From the package, where cargo runs tests. A path of the build would be that of whichever
	// checkout built last into a target folder that several share.
	let file = Path::new("../../docs/vectors/statement.json");
	let computed = vectors();
	if std::env::var_os("UPDATE_VECTORS").is_some() {
		let text = serde_json::to_string_pretty(&computed).expect("JSON") + "\n";
		std::fs::write(file, text).expect("the vectors' file can be written");
	}
	let text = std::fs::read_to_string(file).expect("the vectors' file is there");
	let published: Value = serde_json::from_str(&text).expect("the vectors' file is JSON");
	assert_eq!(computed, published);
}

/// Trap 14: what makes two pieces of work different makes their subjects different.
#[test]
fn every_part_of_a_subject_changes_its_hash() {
	let subject = Subject {
		genesis: id(1),
		job: 1,
		requester: id(2),
		miner: id(3),
		model: id(4),
		input: id(5),
	};
	let changed = [
		Subject { genesis: id(9), ..subject },
		Subject { job: 2, ..subject },
		Subject { requester: id(9), ..subject },
		Subject { miner: id(9), ..subject },
		Subject { model: id(9), ..subject },
		Subject { input: id(9), ..subject },
		Subject { requester: subject.miner, miner: subject.requester, ..subject },
	];
	for other in changed {
		assert_ne!(other.hash::<Native>(), subject.hash::<Native>());
	}
}

/// Every field of the header and every claim reaches the public inputs.
#[test]
fn every_field_of_header_and_claims_changes_the_context() {
	let claims = BasicClaims {
		amount: 1,
		expires_at: 2,
		as_of: 1,
		nullifier: FieldBytes([1; 32]),
		issuer_root: FieldBytes([2; 32]),
		issuer_index: 0,
	};
	let header = Header {
		genesis: id(1),
		pallet: 40,
		circuit: id(2),
		subject: Some(FieldBytes([3; 32])),
		arguments: claims.arguments(1),
		submitter: Some(id(4)),
		payee: id(5),
		valid_until: 6,
		nonce: 7,
	};
	let contexts = [
		header.clone(),
		Header { genesis: id(9), ..header.clone() },
		Header { pallet: 41, ..header.clone() },
		Header { circuit: id(9), ..header.clone() },
		Header { subject: None, ..header.clone() },
		Header { submitter: None, ..header.clone() },
		Header { payee: id(9), ..header.clone() },
		Header { valid_until: 9, ..header.clone() },
		Header { nonce: 9, ..header.clone() },
		Header { arguments: claims.arguments(2), ..header.clone() },
		Header { arguments: BasicClaims { amount: 2, ..claims }.arguments(1), ..header.clone() },
		Header {
			arguments: BasicClaims { expires_at: 3, ..claims }.arguments(1),
			..header.clone()
		},
		Header { arguments: BasicClaims { as_of: 2, ..claims }.arguments(1), ..header.clone() },
		Header {
			arguments: BasicClaims { nullifier: FieldBytes([9; 32]), ..claims }.arguments(1),
			..header.clone()
		},
		Header {
			arguments: BasicClaims { issuer_root: FieldBytes([9; 32]), ..claims }.arguments(1),
			..header.clone()
		},
		Header {
			arguments: BasicClaims { issuer_index: 1, ..claims }.arguments(1),
			..header.clone()
		},
	]
	.map(|header| header.context().map(field));
	for (place, context) in contexts.iter().enumerate() {
		assert!(!contexts[..place].contains(context), "header {place} has a context of its own");
	}
}

/// A transparent signature says which level it is for, so that it cannot be read as another.
#[test]
fn the_transparent_message_covers_genesis_subject_and_every_field() {
	let body = Body {
		units: 1,
		unit_price: 2,
		amount: 2,
		start: 3,
		end: 4,
		expires_at: 5,
		serial: 6,
		output: id(7),
	};
	let subject = FieldBytes([1; 32]);
	let messages = [
		body.transparent_message(&id(1), &subject),
		body.transparent_message(&id(2), &subject),
		body.transparent_message(&id(1), &FieldBytes([2; 32])),
		Body { units: 2, ..body }.transparent_message(&id(1), &subject),
		Body { unit_price: 3, ..body }.transparent_message(&id(1), &subject),
		Body { amount: 3, ..body }.transparent_message(&id(1), &subject),
		Body { start: 2, ..body }.transparent_message(&id(1), &subject),
		Body { end: 5, ..body }.transparent_message(&id(1), &subject),
		Body { expires_at: 6, ..body }.transparent_message(&id(1), &subject),
		Body { serial: 7, ..body }.transparent_message(&id(1), &subject),
		Body { output: id(8), ..body }.transparent_message(&id(1), &subject),
	];
	for (place, message) in messages.iter().enumerate() {
		assert!(!messages[..place].contains(message), "message {place} is its own");
	}
	let receipt = TransparentReceipt { issuer: id(1), body, signature: [0; 64] };
	assert_eq!(quittance_types::Receipt::Transparent(receipt).level(), Level::Transparent);
}
