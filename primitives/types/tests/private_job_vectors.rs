//! The vectors of private jobs, docs/vectors/private-jobs.json: what goes in, and every hash that
//! comes out. `UPDATE_VECTORS=1` writes the file anew after a deliberate change of a format.

use ark_bn254::Fr;
use quittance_babyjubjub::SecretKey;
use quittance_poseidon::Native;
use quittance_types::{
	change_mask, change_rho, owner_key, recover_change, verdict_commitment, Agreement,
	EscrowOpening, FieldBytes, Header, Note, PrivateJob, PrivateJobClaims, PrivateTerms,
	SettleClaims, SettleVerdictClaims, SettlementClaims,
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

fn scalar(key: &SecretKey) -> String {
	key.scalar().to_string()
}

fn vectors() -> Value {
	let requester = SecretKey::from_seed(&id(0x10));
	let ephemeral = SecretKey::from_seed(&id(0x20));
	let opening = EscrowOpening {
		terms: PrivateTerms { unit_price: 4_000_000_000, max_units: 2_000, salt: number(1) },
		owner: owner_key::<Native>(number(2), number(3)),
		rho: number(4),
		change_key: requester.public(),
	};
	let escrow = opening.note().expect("an escrow of 64 bits");
	let offer = opening.offer::<Native>().expect("the same");
	let offer_hash = offer.hash::<Native>().expect("a key of the subgroup");
	let payee = owner_key::<Native>(number(5), number(15));
	let job =
		PrivateJob { subject: number(6), agreement: Agreement::new::<Native>(offer_hash, payee) };

	// 1,250 units, of which the payee bears a fee, and the rest.
	let units = 1_250;
	let (fee, amount) = (1_000_000, units * opening.terms.unit_price);
	let paid = Note { value: amount - fee, owner: payee, rho: number(7) };
	let shared = ephemeral.shared(&requester.public());
	let change = Note {
		value: escrow.value - amount,
		owner: opening.owner,
		rho: change_rho::<Native>(&shared, job.subject),
	};
	let commitment = change.commitment::<Native>();
	let mask = change_mask::<Native>(&shared, commitment);
	let encrypted = Fr::from(change.value) + mask;
	let recovered = recover_change::<Native>(
		&requester.shared(&ephemeral.public()),
		job.subject,
		opening.owner,
		commitment,
		encrypted,
	);
	assert!(recovered == Some(change));

	let header = |circuit, subject: Option<FieldBytes>, arguments| Header {
		genesis: id(0x30),
		pallet: 44,
		circuit,
		subject,
		arguments,
		submitter: None,
		payee: id(0x40),
		valid_until: 300,
		nonce: u64::from(subject.is_some()),
	};
	let posted = PrivateJobClaims {
		root: number(8).into(),
		nullifiers: [number(9).into(), number(10).into()],
		change: number(11).into(),
		offer,
		paid_in: 60,
		fee: 10,
	};
	let (described, to_requester, to_payee) = (id(0x50), b"for change", b"for the payee");
	let post_header = header(id(0x60), None, posted.arguments(&described, to_requester.as_slice()));
	let post_inputs = posted.inputs::<Native, _>(&post_header).expect("good claims");
	let key = ephemeral.public();
	let settlement = SettlementClaims {
		payee: paid.commitment::<Native>().into(),
		change: commitment.into(),
		ephemeral_key: [key.x().into(), key.y().into()],
		encrypted_change: encrypted.into(),
		fee: fee.into(),
	};
	let settle = SettleClaims {
		settlement,
		issuer_root: number(12).into(),
		issuer_index: 6,
		nullifier: number(13).into(),
		expires_at: 101_000,
		as_of: 1_012,
	};
	let subject = Some(job.subject.into());
	let settle_header = header(id(0x70), subject, settle.arguments(7, to_payee));
	let settle_inputs = settle.inputs::<Native, _>(&settle_header, &job).expect("good claims");
	let verdict = SettleVerdictClaims { settlement };
	let verdict_header = header(id(0x80), subject, verdict.arguments(7, to_payee));
	// As the chain makes it, and one that is hidden.
	let found = verdict_commitment::<Native>(job.subject, units, Fr::from(0u8));
	let hidden = verdict_commitment::<Native>(job.subject, units, number(14));
	let verdict_inputs =
		verdict.inputs::<Native, _>(&verdict_header, &job, found).expect("good claims");

	json!({
		"about": "ids, hashes and secrets are hex of the bytes on the wire, points their x and y; \
			numbers and the scalars of keys are decimal strings; roots, nullifiers and the first change \
			are any numbers",
		"terms": {
			"unit_price": opening.terms.unit_price.to_string(),
			"max_units": opening.terms.max_units.to_string(),
			"salt": field(opening.terms.salt),
			"hash": field(opening.terms.hash::<Native>()),
		},
		"escrow": {
			"value": escrow.value.to_string(),
			"owner": field(escrow.owner),
			"rho": field(escrow.rho),
			"commitment": field(escrow.commitment::<Native>()),
		},
		"change_key": {
			"scalar": scalar(&requester),
			"point": hex::encode(requester.public().to_bytes()),
		},
		"opening": hex::encode(opening.to_bytes()),
		"offer": field(offer_hash),
		"payee": {
			"nullifier_key": field(number(5)),
			"diversifier": field(number(15)),
			"owner": field(payee),
		},
		"agreement": field(job.agreement.to_field().expect("a hash")),
		"subject": field(job.subject),
		"ephemeral_key": {
			"scalar": scalar(&ephemeral),
			"point": hex::encode(key.to_bytes()),
		},
		"shared": hex::encode([FieldBytes::from(shared.x).0, FieldBytes::from(shared.y).0].concat()),
		"units": units.to_string(),
		"fee": fee.to_string(),
		"paid": {
			"value": paid.value.to_string(),
			"rho": field(paid.rho),
			"commitment": field(paid.commitment::<Native>()),
		},
		"change": {
			"value": change.value.to_string(),
			"rho": field(change.rho),
			"commitment": field(commitment),
			"mask": field(mask),
			"encrypted": field(encrypted),
		},
		"header": {
			"genesis": hex::encode(id(0x30)),
			"pallet": "44",
			"payee": hex::encode(id(0x40)),
			"valid_until": "300",
		},
		"post_private_job": {
			"circuit": hex::encode(post_header.circuit),
			"job": hex::encode(described),
			"root": hex::encode(posted.root.0),
			"nullifiers": posted.nullifiers.map(|nullifier| hex::encode(nullifier.0)),
			"change": hex::encode(posted.change.0),
			"paid_in": posted.paid_in.to_string(),
			"fee": posted.fee.to_string(),
			"ciphertext": hex::encode(to_requester),
			"arguments": hex::encode(post_header.arguments),
			"inputs": post_inputs.map(field),
		},
		"settle": {
			"circuit": hex::encode(settle_header.circuit),
			"job": "7",
			"nonce": "1",
			"issuer_root": hex::encode(settle.issuer_root.0),
			"issuer_index": settle.issuer_index.to_string(),
			"nullifier": hex::encode(settle.nullifier.0),
			"expires_at": settle.expires_at.to_string(),
			"as_of": settle.as_of.to_string(),
			"ciphertext": hex::encode(to_payee),
			"arguments": hex::encode(settle_header.arguments),
			"inputs": settle_inputs.map(field),
		},
		"settle_verdict": {
			"circuit": hex::encode(verdict_header.circuit),
			"job": "7",
			"nonce": "1",
			"verdict": field(found),
			"hidden": { "salt": field(number(14)), "verdict": field(hidden) },
			"ciphertext": hex::encode(to_payee),
			"arguments": hex::encode(verdict_header.arguments),
			"inputs": verdict_inputs.map(field),
		},
	})
}

#[test]
fn private_jobs_hash_to_the_published_vectors() {
	// From the package, where cargo runs tests, as in the test of the other statements.
	let file = Path::new("../../docs/vectors/private-jobs.json");
	let computed = vectors();
	if std::env::var_os("UPDATE_VECTORS").is_some() {
		let text = serde_json::to_string_pretty(&computed).expect("JSON") + "\n";
		std::fs::write(file, text).expect("the vectors' file can be written");
	}
	let text = std::fs::read_to_string(file).expect("the vectors' file is there");
	let published: Value = serde_json::from_str(&text).expect("the vectors' file is JSON");
	assert_eq!(computed, published);
}
