//! The statement, group by group. For each group there is a prover who cheats there and nowhere
//! else: its witness fails in that group alone and passes once the group is gone.

use super::*;
use crate::Tamperer;
use ark_ff::Field;
use proptest::prelude::*;
use std::{collections::BTreeSet, sync::LazyLock};

static SHAPE: LazyLock<Shape> = LazyLock::new(shape);

fn statement(lo: u64, bid: u64, hi: u64) -> (PublicSignals, BidRangeWitness) {
	let salt = u128::MAX - 7;
	let context = [Fr::from(u128::MAX), Fr::from(3u8)];
	let public = PublicSignals { context, commitment: commitment(bid, salt), lo, hi };
	(public, BidRangeWitness { bid, salt })
}

#[test]
fn bids_within_bounds_satisfy_all_groups_and_both_modes_agree() {
	for (lo, bid, hi) in [
		(100, 500, 1_000),
		(0, 0, 0),
		(0, 0, u64::MAX),
		(0, u64::MAX, u64::MAX),
		(u64::MAX, u64::MAX, u64::MAX),
		(7, 7, 8),
		(7, 8, 8),
	] {
		let (public, witness) = statement(lo, bid, hi);
		let mut recorder = Recorder::default();
		synthesise(&mut recorder, &Values::new(&public, &witness));
		let assignment = assign(&public, &witness).unwrap();
		assert_eq!(assignment.wires(), recorder.values());
		assert_eq!(assignment.publics(), public.to_fields());
		assert_eq!(SHAPE.unsatisfied(&assignment), BTreeSet::new());
		assert!(recorder.finish() == *SHAPE, "the matrices depend on the witness");
	}
}

#[test]
fn constraints_are_counted() {
	let counts: Vec<_> =
		SHAPE.groups().iter().map(|group| (group.path.as_str(), group.constraints)).collect();
	assert_eq!(
		counts,
		[
			("context", 2),
			("ranges/bid", 65),
			("ranges/lo", 65),
			("ranges/hi", 65),
			("ranges/salt", 129),
			("above_lo", 65),
			("below_hi", 65),
			("commitment", 259),
		]
	);
	assert_eq!(SHAPE.constraints(), 715);
	assert_eq!(SHAPE.publics(), PUBLIC_SIGNALS);
	assert_eq!(SHAPE.domain(), 1024);
}

/// A prover with no scruples, who may replace hints; the commitment is then made to fit.
#[derive(Clone)]
struct Cheat {
	values: Values,
	overrides: Vec<(String, usize, Fr)>,
}

impl Cheat {
	fn new(lo: Fr, bid: Fr, hi: Fr) -> Self {
		let (public, witness) = statement(0, 0, 0);
		let mut values = Values::new(&public, &witness);
		(values.public[3], values.bid, values.public[4]) = (lo, bid, hi);
		Self { values, overrides: Vec::new() }
	}

	fn sample() -> Self {
		Self::new(Fr::from(100u8), Fr::from(500u16), Fr::from(1_000u16))
	}

	fn add(mut self, path: &str, occurrence: usize, value: Fr) -> Self {
		let value = self.run().0.hinted(path, occurrence).unwrap() + value;
		self.overrides.push((path.into(), occurrence, value));
		self
	}

	fn run(&self) -> (Tamperer, Fr) {
		let mut tamperer = Tamperer::new(self.overrides.iter().cloned());
		let commitment = synthesise(&mut tamperer, &self.values);
		assert_eq!(tamperer.unused(), []);
		(tamperer, commitment)
	}

	fn fit(mut self) -> Self {
		self.values.public[2] = self.run().1;
		self
	}

	fn caught_by(&self) -> BTreeSet<&'static str> {
		SHAPE.unsatisfied(&self.run().0.finish())
	}

	fn is_caught_only_by(&self, group: &str) {
		assert_eq!(self.caught_by(), BTreeSet::from([group]));
		assert!(SHAPE.without_group(group).is_satisfied(&self.run().0.finish()));
	}
}

#[test]
fn every_group_catches_a_cheat_that_no_other_does() {
	let (one, two_to_64) = (Fr::ONE, Fr::from(1u128 << 64));
	let mut caught = BTreeSet::new();
	let mut check = |group: &'static str, cheat: Cheat| {
		cheat.fit().is_caught_only_by(group);
		caught.insert(group);
	};
	assert_eq!(Cheat::sample().fit().caught_by(), BTreeSet::new());
	for limb in 0..2 {
		check("context", Cheat::sample().add("context/square", limb, one));
	}
	// By bits that are none, of the same number.
	for group in ["ranges/bid", "ranges/lo", "ranges/hi", "ranges/salt", "above_lo", "below_hi"] {
		let bit = format!("{group}/bit");
		check(group, Cheat::sample().add(&bit, 0, Fr::from(2u8)).add(&bit, 1, -one));
	}
	check("ranges/lo", Cheat::new(-one, Fr::ONE, one));
	check("ranges/hi", Cheat::new(one, one, two_to_64));
	let mut cheat = Cheat::sample();
	cheat.values.salt = Fr::from(2u8).pow([128]);
	check("ranges/salt", cheat);
	let (lo, hi) = (Fr::from(100u8), Fr::from(1_000u16));
	check("above_lo", Cheat::new(lo, lo - one, hi));
	check("below_hi", Cheat::new(lo, hi + one, hi));
	for name in ["square", "fourth", "fifth"] {
		for occurrence in [0, 60] {
			check(
				"commitment",
				Cheat::sample().add(&format!("commitment/{name}"), occurrence, one),
			);
		}
	}
	let mut cheat = Cheat::sample().fit();
	cheat.values.public[2] += one;
	cheat.is_caught_only_by("commitment");
	assert_eq!(caught, SHAPE.groups().iter().map(|group| group.path.as_str()).collect());
}

#[test]
fn a_bid_that_is_no_number_of_64_bits_is_refused() {
	// Above and below at once, where the bounds are crossed by the field's order.
	for bid in [-Fr::ONE, Fr::from(1u128 << 64), Fr::from(2u8).inverse().unwrap()] {
		let caught = Cheat::new(Fr::from(0u8), bid, Fr::from(u64::MAX)).fit().caught_by();
		assert!(caught.contains("ranges/bid"), "{caught:?}");
	}
}

#[test]
fn no_wire_is_free() {
	let (public, witness) = statement(100, 500, 1_000);
	let assignment = assign(&public, &witness).unwrap();
	for wire in 1..SHAPE.wires() {
		let changed = assignment.with(wire, assignment.wires()[wire] + Fr::ONE).unwrap();
		assert!(!SHAPE.is_satisfied(&changed), "wire {wire} is free");
	}
}

#[test]
fn false_statements_have_their_own_errors() {
	let error = |change: &dyn Fn(&mut PublicSignals, &mut BidRangeWitness)| {
		let (mut public, mut witness) = statement(100, 500, 1_000);
		change(&mut public, &mut witness);
		let error = assign(&public, &witness).unwrap_err();
		let mut assigner = Assigner::with_capacity(1);
		synthesise(&mut assigner, &Values::new(&public, &witness));
		assert!(SHAPE.unsatisfied(&assigner.finish()).contains(error.group()));
		error
	};
	assert_eq!(error(&|public, _| public.lo = 501), WitnessError::BelowLo { lo: 501 });
	assert_eq!(error(&|public, _| public.hi = 499), WitnessError::AboveHi { hi: 499 });
	assert_eq!(error(&|_, witness| witness.bid = 99), WitnessError::BelowLo { lo: 100 });
	assert_eq!(error(&|_, witness| witness.bid = 1_001), WitnessError::AboveHi { hi: 1_000 });
	assert_eq!(error(&|_, witness| witness.bid = 501), WitnessError::CommitmentMismatch);
	assert_eq!(error(&|_, witness| witness.salt ^= 1), WitnessError::CommitmentMismatch);
	assert_eq!(error(&|public, _| public.commitment += Fr::ONE), WitnessError::CommitmentMismatch);
	let message = WitnessError::BelowLo { lo: 100 }.to_string();
	assert!(!message.contains("500"), "{message}");
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(32))]

	#[test]
	fn exactly_the_bids_within_bounds_satisfy_the_circuit(
		lo in prop_oneof![any::<u64>(), 0u64..5],
		bid in prop_oneof![any::<u64>(), 0u64..5],
		hi in prop_oneof![any::<u64>(), 0u64..5],
	) {
		let (public, witness) = statement(lo, bid, hi);
		let mut assigner = Assigner::with_capacity(1);
		synthesise(&mut assigner, &Values::new(&public, &witness));
		let within = lo <= bid && bid <= hi;
		prop_assert_eq!(SHAPE.is_satisfied(&assigner.finish()), within);
		prop_assert_eq!(assign(&public, &witness).is_ok(), within);
	}
}
