//! The vectors of what an auditor is shown, docs/vectors/audit.json. `UPDATE_VECTORS=1` writes the file
//! anew after a deliberate change of a format.

use ark_bn254::Fr;
use codec::Encode;
use quittance_babyjubjub::SecretKey;
use quittance_poseidon::Native;
use quittance_types::{
	audit_mask, audited_value, AuditedValues, FieldBytes, NoteAudit, NotePairAudit, SettlementAudit,
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

fn field(value: Fr) -> String {
	hex::encode(FieldBytes::from(value).0)
}

/// A number of all sizes, made without a random source.
fn number(seed: u64) -> Fr {
	-(Fr::from(seed) * Fr::from(u128::MAX))
}

fn key(secret: &SecretKey) -> Value {
	json!({
		"scalar": secret.scalar().to_string(),
		"point": hex::encode(secret.public().to_bytes()),
	})
}

fn vectors() -> Value {
	let (auditor, ephemeral) = (SecretKey::from_seed(&id(0x10)), SecretKey::from_seed(&id(0x20)));
	let coordinates = [auditor.public().x(), auditor.public().y()];
	let shared = ephemeral.shared(&auditor.public());
	let notes = [(u64::MAX, number(1)), (1_000, number(2))];
	let shown = ephemeral.public().point();
	let one = AuditedValues::new::<Native>(&shown, &shared, &[notes[0]]);
	let two = AuditedValues::new::<Native>(&shown, &shared, &notes);
	let read = auditor.shared(&ephemeral.public());
	for ((value, commitment), encrypted) in notes.into_iter().zip(two.encrypted) {
		assert_eq!(audited_value::<Native>(&read, commitment, encrypted), Some(value));
	}
	json!({
		"about": "hashes and secrets are hex of the bytes on the wire, points their x and y; numbers and the scalars of keys are decimal strings; commitments are any numbers",
		"auditor": key(&auditor),
		"number": "7",
		"ephemeral_key": key(&ephemeral),
		"shared": hex::encode(
			[FieldBytes::from(shared.x).0, FieldBytes::from(shared.y).0].concat(),
		),
		"notes": notes.into_iter().zip(two.encrypted).map(|((value, commitment), encrypted)| json!({
			"value": value.to_string(),
			"commitment": field(commitment),
			"mask": field(audit_mask::<Native>(&shared, commitment)),
			"encrypted": field(encrypted),
		})).collect::<Vec<_>>(),
		"of_the_first": {
			"signal": field(one.signal::<Native>(coordinates)),
			"withdraw": hex::encode(NoteAudit::new(7, &one).encode()),
		},
		"of_both": {
			"signal": field(two.signal::<Native>(coordinates)),
			"transfer": hex::encode(NotePairAudit::new(7, &two).encode()),
			"settle": hex::encode(SettlementAudit::new(7, &two).encode()),
		},
	})
}

#[test]
fn what_an_auditor_is_shown_has_the_published_vectors() {
	// From the package, where cargo runs tests, as in the test of the other statements.
	let file = Path::new("../../docs/vectors/audit.json");
	let computed = vectors();
	if std::env::var_os("UPDATE_VECTORS").is_some() {
		let text = serde_json::to_string_pretty(&computed).expect("JSON") + "\n";
		std::fs::write(file, text).expect("the vectors' file can be written");
	}
	let text = std::fs::read_to_string(file).expect("the vectors' file is there");
	let published: Value = serde_json::from_str(&text).expect("the vectors' file is JSON");
	assert_eq!(computed, published);
}
