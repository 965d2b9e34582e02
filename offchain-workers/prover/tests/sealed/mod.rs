//! A member and a bid.

use quittance_circuits::{
	bid_range::{self, BidRangeWitness},
	membership::{self, MembershipWitness, DEPTH},
	Fr,
};
use quittance_poseidon::{tree, Native};

/// The sixth of twenty members, for a scope.
pub fn member(scope: u64) -> (membership::PublicSignals, MembershipWitness) {
	let secrets: Vec<_> = (1..=20u64).map(|member| Fr::from(member << 40)).collect();
	let leaves: Vec<_> = secrets.iter().map(|secret| membership::leaf(*secret)).collect();
	let (secret, scope, leaf_index) = (secrets[5], Fr::from(scope), 5);
	let public = membership::PublicSignals {
		context: [Fr::from(u128::MAX), Fr::from(12u8)],
		root: tree::root::<Native>(&leaves, DEPTH as u32).expect("twenty leaves fit"),
		nullifier: membership::nullifier(secret, scope),
		scope,
	};
	let siblings = membership::siblings(&leaves, leaf_index).expect("there is a sixth place");
	(public, MembershipWitness { secret, leaf_index, siblings })
}

/// A bid between 1,000 and 2,000.
pub fn bid(bid: u64) -> (bid_range::PublicSignals, BidRangeWitness) {
	let salt = u128::MAX - 99;
	let public = bid_range::PublicSignals {
		context: [Fr::from(u128::MAX), Fr::from(12u8)],
		commitment: bid_range::commitment(bid, salt),
		lo: 1_000,
		hi: 2_000,
	};
	(public, BidRangeWitness { bid, salt })
}
