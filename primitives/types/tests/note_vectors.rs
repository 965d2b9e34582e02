//! The vectors of notes, docs/vectors/notes.json: what goes in, and every hash that comes out.
//! `UPDATE_VECTORS=1` writes the file anew after a deliberate change of a format.

use ark_bn254::Fr;
use quittance_poseidon::{tree, Native};
use quittance_types::{
	deposit_commitment, note_nullifier, owner_key, FieldBytes, Header, Note, TransferClaims,
	WithdrawClaims, NOTE_TREE_DEPTH,
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

/// A note with its secrets.
struct Owned {
	nullifier_key: Fr,
	diversifier: Fr,
	note: Note,
	leaf_index: u64,
}

impl Owned {
	fn new(seed: u64, value: u64, leaf_index: u64) -> Self {
		let (nullifier_key, diversifier) = (number(seed), number(seed + 1));
		let owner = owner_key::<Native>(nullifier_key, diversifier);
		let note = Note { value, owner, rho: number(seed + 2) };
		Self { nullifier_key, diversifier, note, leaf_index }
	}

	fn nullifier(&self) -> Fr {
		let commitment = self.note.commitment::<Native>();
		note_nullifier::<Native>(self.nullifier_key, commitment, self.leaf_index)
	}

	fn json(&self) -> Value {
		json!({
			"nullifier_key": field(self.nullifier_key),
			"diversifier": field(self.diversifier),
			"owner": field(self.note.owner),
			"value": self.note.value.to_string(),
			"rho": field(self.note.rho),
			"inner": field(self.note.inner::<Native>()),
			"commitment": field(self.note.commitment::<Native>()),
			"leaf_index": self.leaf_index.to_string(),
			"nullifier": field(self.nullifier()),
		})
	}
}

fn vectors() -> Value {
	// A note of a small and one of the largest value, and the dummy that goes with one of them.
	let notes = [
		Owned::new(11, 1_000, 2),
		Owned::new(22, u64::MAX, (1 << (2 * NOTE_TREE_DEPTH)) - 1),
		Owned::new(33, 0, 0),
	];
	let commitments = notes.each_ref().map(|owned| owned.note.commitment::<Native>());
	for (owned, commitment) in notes.iter().zip(commitments).take(2) {
		let inner = owned.note.inner::<Native>().into();
		let deposited = deposit_commitment::<Native>(owned.note.value.into(), &inner);
		assert_eq!(deposited, Ok(commitment.into()));
	}
	let leaves = [Fr::from(1u8), Fr::from(2u8), commitments[0]];
	let root = tree::root::<Native>(&leaves, NOTE_TREE_DEPTH).expect("three leaves fit");
	let nullifiers = [notes[0].nullifier().into(), notes[2].nullifier().into()];
	let header = |circuit, arguments, submitter, payee| Header {
		genesis: id(0x10),
		pallet: 45,
		circuit,
		subject: None,
		arguments,
		submitter,
		payee,
		valid_until: 300,
		nonce: 0,
	};
	let ciphertexts = [b"for the payee".as_slice(), b"for change".as_slice()];
	let transfer = TransferClaims {
		root: root.into(),
		nullifiers,
		commitments: [commitments[1].into(), commitments[2].into()],
		fee: 10,
	};
	let arguments = transfer.arguments(ciphertexts);
	let transfer_header = header(id(0x50), arguments, Some(id(0x20)), id(0x30));
	let withdrawal = WithdrawClaims {
		root: root.into(),
		nullifiers,
		change: commitments[2].into(),
		amount: 990,
		fee: 10,
	};
	let arguments = withdrawal.arguments(ciphertexts[1]);
	let withdraw_header = header(id(0x60), arguments, None, id(0x40));
	let inputs = transfer.inputs(&transfer_header).expect("claims that are right on their face");
	let withdrawn = withdrawal.inputs(&withdraw_header).expect("claims that are right as well");
	json!({
		"about": "ids, hashes and secrets are hex of the bytes on the wire; numbers are decimal \
			strings; the last of the notes is a dummy; the calls show how a statement is encoded, \
			not a true one",
		"notes": notes.each_ref().map(Owned::json),
		"tree": {
			"depth": NOTE_TREE_DEPTH.to_string(),
			"leaves": leaves.map(field),
			"root": field(root),
		},
		"header": {
			"genesis": hex::encode(id(0x10)),
			"pallet": "45",
			"valid_until": "300",
			"nonce": "0",
		},
		"transfer": {
			"circuit": hex::encode(transfer_header.circuit),
			"relayer": hex::encode(id(0x20)),
			"payee": hex::encode(transfer_header.payee),
			"fee": transfer.fee.to_string(),
			"ciphertexts": ciphertexts.map(hex::encode),
			"arguments": hex::encode(transfer_header.arguments),
			"inputs": inputs.map(field),
		},
		"withdraw": {
			"circuit": hex::encode(withdraw_header.circuit),
			"payee": hex::encode(withdraw_header.payee),
			"amount": withdrawal.amount.to_string(),
			"fee": withdrawal.fee.to_string(),
			"ciphertext": hex::encode(ciphertexts[1]),
			"arguments": hex::encode(withdraw_header.arguments),
			"inputs": withdrawn.map(field),
		},
	})
}

#[test]
fn notes_hash_to_the_published_vectors() {
	// From the package, where cargo runs tests, as in the test of the other statements.
	let file = Path::new("../../docs/vectors/notes.json");
	let computed = vectors();
	if std::env::var_os("UPDATE_VECTORS").is_some() {
		let text = serde_json::to_string_pretty(&computed).expect("JSON") + "\n";
		std::fs::write(file, text).expect("the vectors' file can be written");
	}
	let text = std::fs::read_to_string(file).expect("the vectors' file is there");
	let published: Value = serde_json::from_str(&text).expect("the vectors' file is JSON");
	assert_eq!(computed, published);
}
