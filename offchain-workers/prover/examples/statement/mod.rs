//! A receipt to prove.

use quittance_babyjubjub::SecretKey;
use quittance_circuits::{
	basic_receipt::{siblings, BasicReceiptWitness, PublicSignals},
	Fr,
};
use quittance_poseidon::{tree, Native};
use quittance_types::{Body, Subject};

/// A true statement: the receipt of a job with four issuers, of which the third signed.
pub fn statement(job: u64) -> (PublicSignals, BasicReceiptWitness) {
	let keys = [11u8, 12, 13, 14].map(|seed| SecretKey::from_seed(&[seed; 32]));
	let leaves = keys.each_ref().map(|key| key.public().leaf::<Native>());
	let subject = Subject {
		genesis: [1; 32],
		job,
		requester: [2; 32],
		miner: [3; 32],
		model: [4; 32],
		input: [5; 32],
	}
	.hash::<Native>();
	let body = Body {
		units: 128_000,
		unit_price: 2_500_000,
		amount: 320_000_000_000,
		start: 4_001,
		end: 4_017,
		expires_at: 104_000,
		serial: 0x5eed_5eed_5eed_5eed_5eed_5eed_5eed_5eed ^ u128::from(job),
		output: std::array::from_fn(|place| (place as u8).wrapping_mul(37)),
	};
	let salt = 0x0123_4567_89ab_cdef_fedc_ba98_7654_3210;
	let commitment = body.commitment::<Native>(subject, salt);
	let issuer_index = 2u8;
	let key = &keys[usize::from(issuer_index)];
	let public = PublicSignals {
		context: [Fr::from(u128::MAX), Fr::from(u128::MAX / 3)],
		subject,
		amount: body.amount as u64,
		expires_at: body.expires_at,
		as_of: 4_020,
		nullifier: body.nullifier::<Native>(subject),
		issuer_root: tree::root::<Native>(&leaves, 2).expect("four leaves fit"),
		issuer_index,
	};
	let witness = BasicReceiptWitness {
		units: body.units,
		unit_price: body.unit_price as u64,
		start: body.start,
		end: body.end,
		serial: body.serial,
		output: body.output,
		salt,
		issuer: key.public(),
		signature: key.sign::<Native>(commitment),
		siblings: siblings(&leaves, issuer_index).expect("an index below 16"),
	};
	(public, witness)
}
