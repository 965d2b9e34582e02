//! That a batch says what its receipts say, no less, of each of them.

use super::*;
use crate::{basic_receipt::tests::Receipt, Tamperer};
use ark_ff::Field;
use std::{collections::BTreeSet, sync::LazyLock};

type Statement = (basic_receipt::PublicSignals, BasicReceiptWitness);

/// Receipts that differ in amount and serial.
fn receipts(count: usize) -> Vec<Statement> {
	(0..count as u64)
		.map(|place| {
			let mut receipt = Receipt::sample();
			receipt.body.units += place;
			receipt.body.amount = u128::from(receipt.body.units) * receipt.body.unit_price;
			receipt.body.serial -= u128::from(place);
			receipt.statement()
		})
		.collect()
}

static EIGHT: LazyLock<Shape> = LazyLock::new(|| shape(8).unwrap());
static RECEIPTS: LazyLock<Vec<Statement>> = LazyLock::new(|| receipts(8));

fn values(receipts: &[Statement]) -> Vec<basic_receipt::Values> {
	receipts.iter().map(|(public, witness)| basic_receipt::Values::new(public, witness)).collect()
}

fn fields(receipts: &[Statement]) -> Vec<[Fr; basic_receipt::PUBLIC_SIGNALS]> {
	receipts.iter().map(|(public, _)| public.to_fields()).collect()
}

/// The assignment of whatever the prover says.
fn said(digest: Fr, values: &[basic_receipt::Values]) -> Assignment {
	let mut assigner = Assigner::with_capacity(1);
	synthesise(&mut assigner, digest, values);
	assigner.finish()
}

#[test]
fn honest_batches_satisfy_all_groups() {
	let one = basic_receipt::shape().constraints();
	for size in SIZES {
		let receipts = receipts(size);
		let shape = shape(size).unwrap();
		assert_eq!(shape.constraints(), size * one + digest_constraints(size));
		assert_eq!(shape.publics(), PUBLIC_SIGNALS);
		assert!(shape.domain() <= size << 14, "{}", shape.constraints());
		let assignment = assign(&receipts).unwrap();
		assert_eq!(assignment.publics(), [digest(&fields(&receipts))]);
		assert_eq!(shape.unsatisfied(&assignment), BTreeSet::new());
	}
	let mut recorder = Recorder::default();
	synthesise(&mut recorder, digest(&fields(&RECEIPTS)), &values(&RECEIPTS));
	assert_eq!(assign(&RECEIPTS).unwrap().wires(), recorder.values());
	assert!(recorder.finish() == *EIGHT, "the matrices depend on the witness");
}

#[test]
fn batches_of_other_sizes_are_refused() {
	for size in [0, 1, 7, 9, 31, 33] {
		assert_eq!(shape(size).err(), Some(BatchError::Size(size)));
		assert_eq!(assign(&vec![RECEIPTS[0].clone(); size]).err(), Some(BatchError::Size(size)));
	}
}

#[test]
fn a_digest_is_of_every_signal_at_its_place() {
	let statements = fields(&RECEIPTS);
	let expected = digest(&statements);
	assert_eq!(expected, chain(head(8, 9), &statements.concat()));
	let mut others = vec![expected, digest(&statements[..7])];
	for receipt in [0, 3, 7] {
		for signal in 0..basic_receipt::PUBLIC_SIGNALS {
			let mut other = statements.clone();
			other[receipt][signal] += Fr::ONE;
			others.push(digest(&other));
			// And the circuit sees it.
			let caught = said(others[others.len() - 1], &values(&RECEIPTS));
			assert_eq!(EIGHT.unsatisfied(&caught), BTreeSet::from(["digest"]));
		}
	}
	let mut swapped = statements.clone();
	swapped.swap(0, 1);
	others.push(digest(&swapped));
	// The same signals as statements of another length.
	let halves: Vec<[Fr; 3]> =
		statements.concat().chunks(3).map(|chunk| chunk.try_into().unwrap()).collect();
	others.push(digest(&halves));
	for (place, other) in others.iter().enumerate() {
		assert!(!others[..place].contains(other), "{place}");
	}
}

#[test]
fn a_false_receipt_at_any_place_is_caught_whatever_the_others_are() {
	for place in 0..8 {
		let mut cheat = values(&RECEIPTS);
		// One more than was signed for, under a digest of just that.
		cheat[place].public[3] += Fr::ONE;
		let signals: Vec<_> = cheat.iter().map(|values| values.public).collect();
		let caught = said(digest(&signals), &cheat);
		let groups = EIGHT.unsatisfied(&caught);
		assert!(groups.contains("receipt/price"), "{groups:?}");
		assert!(groups.iter().all(|group| group.starts_with("receipt/")), "{groups:?}");
		assert!(EIGHT.without_group("receipt").is_satisfied(&caught));
		// Nor is it another's signature that counts.
		let mut cheat = values(&RECEIPTS);
		cheat[place].signer = cheat[(place + 1) % 8].signer;
		let groups = said(digest(&fields(&RECEIPTS)), &cheat);
		let groups = EIGHT.unsatisfied(&groups);
		assert!(groups.iter().any(|group| group.starts_with("receipt/signature")), "{groups:?}");
	}
}

#[test]
fn every_group_of_a_receipt_is_one_of_the_batch() {
	let single = basic_receipt::shape();
	let mut expected: Vec<_> = single
		.groups()
		.iter()
		.map(|group| (format!("receipt/{}", group.path), 8 * group.constraints))
		.collect();
	expected.push(("digest".into(), digest_constraints(8)));
	let found: Vec<_> =
		EIGHT.groups().iter().map(|group| (group.path.clone(), group.constraints)).collect();
	assert_eq!(found, expected);
	// A wrong step of the digest, with a signal that fits it.
	for hint in ["digest/square", "digest/fourth", "digest/fifth"] {
		let honest = {
			let mut tamperer = Tamperer::new([]);
			synthesise(&mut tamperer, digest(&fields(&RECEIPTS)), &values(&RECEIPTS));
			tamperer.hinted(hint, 40).unwrap()
		};
		let mut tamperer = Tamperer::new([(hint.to_owned(), 40, honest + Fr::ONE)]);
		synthesise(&mut tamperer, digest(&fields(&RECEIPTS)), &values(&RECEIPTS));
		assert_eq!(tamperer.unused(), []);
		assert_eq!(EIGHT.unsatisfied(&tamperer.finish()), BTreeSet::from(["digest"]));
	}
}

#[test]
fn false_receipts_are_named() {
	let error = |receipt, change: &dyn Fn(&mut Statement)| {
		let mut receipts = RECEIPTS.clone();
		change(&mut receipts[receipt]);
		assign(&receipts).unwrap_err()
	};
	let mut others = RECEIPTS.clone();
	others[5].0.amount += 1;
	let expected = basic_receipt::assign(&others[5].0, &others[5].1).unwrap_err();
	assert_eq!(
		error(5, &|(public, _)| public.amount += 1),
		BatchError::Receipt { receipt: 5, error: expected }
	);
	for (receipt, error, expected) in [
		(
			0,
			error(0, &|(public, _)| public.issuer_root += Fr::ONE),
			basic_receipt::WitnessError::IssuerNotInTree,
		),
		(
			7,
			error(7, &|(public, _)| public.nullifier += Fr::ONE),
			basic_receipt::WitnessError::NullifierMismatch,
		),
		(
			3,
			error(3, &|(_, witness)| witness.output[0] ^= 1),
			basic_receipt::WitnessError::SignatureInvalid,
		),
	] {
		assert_eq!(error, BatchError::Receipt { receipt, error: expected });
	}
}
