use super::*;
use ark_bn254::Fr;
use quittance_babyjubjub::SecretKey;
use quittance_poseidon::Native;
use quittance_types::{AuditedValues, FieldBytes, NotePairAudit, TransferClaims};

const NUMBER: AuditKeyNumber = 3;

fn own() -> AccountKey {
	AccountKey::development("//Eve").unwrap()
}

/// A transfer that shows what its notes are worth to this key, under a number.
fn shown_to(key: &AccountKey, number: AuditKeyNumber, values: [u64; 2]) -> ShownCall {
	let auditor = numbered(key, number).public();
	let ephemeral = SecretKey::from_seed(&[7; 32]);
	let (commitments, shared) = ([Fr::from(5u8), Fr::from(6u8)], ephemeral.shared(&auditor));
	let notes = [(values[0], commitments[0]), (values[1], commitments[1])];
	let values = AuditedValues::new::<Native>(&ephemeral.public().point(), &shared, &notes);
	let nullifiers = [FieldBytes([0; 32]); 2];
	let commitments = commitments.map(FieldBytes::from);
	let claims = TransferClaims { root: FieldBytes([0; 32]), nullifiers, commitments, fee: 1 };
	ShownCall::Transfer(claims, NotePairAudit::new(number, &values))
}

fn nothing() -> Found {
	Found { key: String::new(), from: 1, until: 9, calls: Vec::new(), shown_to_others: 0 }
}

fn policy(key: &AccountKey) -> AuditPolicy {
	let current = NumberedAuditorKey { number: NUMBER, key: public(key) };
	AuditPolicy { current, previous: None }
}

#[test]
fn what_was_shown_to_a_key_is_read_whatever_its_number() {
	let mut found = nothing();
	for number in [1, NUMBER] {
		let call = shown_to(&own(), number, [5, u64::MAX]);
		found.take(8, &call, &own(), Some(&policy(&own()))).unwrap();
	}
	assert_eq!(found.shown_to_others, 0);
	let amounts = |seen: &Seen| seen.notes.iter().map(|note| note.amount.0).collect::<Vec<_>>();
	let seen: Vec<_> = found
		.calls
		.iter()
		.map(|seen| (seen.block, seen.call, seen.number, amounts(seen)))
		.collect();
	let worth = vec![5, u64::MAX.into()];
	assert_eq!(seen, [(8, "transfer", 1, worth.clone()), (8, "transfer", NUMBER, worth)]);
	assert_eq!(found.calls[0].notes[0].commitment, to_hex(FieldBytes::from(Fr::from(5u8)).0));
}

#[test]
fn what_was_shown_to_another_is_counted() {
	let other = AccountKey::development("//Ferdie").unwrap();
	let mut found = nothing();
	for policy in [None, Some(policy(&other))] {
		let call = shown_to(&other, NUMBER, [1, 2]);
		found.take(1, &call, &own(), policy.as_ref()).unwrap();
	}
	assert_eq!((found.calls.len(), found.shown_to_others), (0, 2));
}

/// The chain has checked a proof that it can be read.
#[test]
fn fails_where_a_call_for_the_key_in_force_cannot_be_read() {
	let other = AccountKey::development("//Ferdie").unwrap();
	let call = shown_to(&other, NUMBER, [1, 2]);
	let failure = nothing().take(4, &call, &own(), Some(&policy(&own()))).unwrap_err();
	assert!(
		matches!(&failure, Failure::Refused { by: "auditor", detail, .. } if detail.contains("block 4")),
		"{failure}"
	);
}

#[test]
fn an_auditor_is_a_point_of_the_subgroup_and_nothing_else() {
	let key = public(&own());
	assert_eq!(parse_auditor(&to_hex(key.to_bytes())).unwrap(), key);
	// The identity, a point that is none, and too few bytes.
	let identity = [&[0u8; 32][..], &[1], &[0; 31]].concat();
	for text in [to_hex(identity), to_hex([7; 64]), to_hex([7; 63]), "x".into(), String::new()] {
		assert!(parse_auditor(&text).is_err(), "{text}");
	}
	assert_ne!(public(&AccountKey::development("//Ferdie").unwrap()), key);
}
