//! The statement, group by group. For each group there is a prover who cheats there and nowhere
//! else: its witness fails in that group alone and passes once the group is gone.

use super::*;
use crate::Tamperer;
use ark_ff::Field;
use proptest::prelude::*;
use std::{collections::BTreeSet, sync::LazyLock};

static SHAPE: LazyLock<Shape> = LazyLock::new(shape);

fn secret(member: u64) -> Fr {
	hash(&[Fr::from(member + 1)])
}

/// One of seventy members, for a scope.
fn member(member: u64, scope: u64) -> (PublicSignals, MembershipWitness) {
	let leaves: Vec<_> = (0..70).map(|member| leaf(secret(member))).collect();
	let scope = Fr::from(scope);
	let public = PublicSignals {
		context: [Fr::from(u128::MAX), Fr::from(3u8)],
		root: tree::root::<Native>(&leaves, DEPTH as u32).unwrap(),
		nullifier: nullifier(secret(member), scope),
		scope,
	};
	let siblings = siblings(&leaves, member).unwrap();
	(public, MembershipWitness { secret: secret(member), leaf_index: member, siblings })
}

#[test]
fn a_member_satisfies_all_groups_and_both_modes_agree() {
	for place in [0, 1, 27, 69] {
		let (public, witness) = member(place, 5);
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
			("leaf", 237),
			("place", 20),
			("membership", 3230),
			("root", 1),
			("nullifier", 259),
		]
	);
	assert_eq!(SHAPE.constraints(), 3749);
	assert_eq!(SHAPE.publics(), PUBLIC_SIGNALS);
	assert_eq!(SHAPE.domain(), 4096);
}

#[test]
fn a_member_is_the_same_in_one_scope_and_nobody_in_two() {
	let (first, _) = member(9, 1);
	let (again, _) = member(9, 1);
	let (elsewhere, _) = member(9, 2);
	let (other, _) = member(10, 1);
	assert_eq!(first.nullifier, again.nullifier);
	assert_ne!(first.nullifier, elsewhere.nullifier);
	assert_ne!(first.nullifier, other.nullifier);
	assert_ne!(leaf(secret(9)), nullifier(secret(9), Fr::ZERO));
}

/// A prover with no scruples, who may replace hints.
#[derive(Clone)]
struct Cheat {
	values: Values,
	overrides: Vec<(String, usize, Fr)>,
}

impl Cheat {
	fn new() -> Self {
		let (public, witness) = member(27, 5);
		Self { values: Values::new(&public, &witness), overrides: Vec::new() }
	}

	fn add(mut self, path: &str, occurrence: usize, value: Fr) -> Self {
		let value = self.run().0.hinted(path, occurrence).unwrap() + value;
		self.overrides.push((path.into(), occurrence, value));
		self
	}

	fn run(&self) -> (Tamperer, Results) {
		let mut tamperer = Tamperer::new(self.overrides.iter().cloned());
		let results = synthesise(&mut tamperer, &self.values);
		assert_eq!(tamperer.unused(), []);
		(tamperer, results)
	}

	/// Makes root and nullifier what the circuit computes.
	fn fit(mut self) -> Self {
		let (_, results) = self.run();
		(self.values.public[2], self.values.public[3]) = (results.root, results.nullifier);
		self
	}

	fn is_caught_only_by(&self, group: &str) {
		let assignment = self.run().0.finish();
		assert_eq!(SHAPE.unsatisfied(&assignment), BTreeSet::from([group]));
		assert!(SHAPE.without_group(group).is_satisfied(&assignment));
	}
}

#[test]
fn every_group_catches_a_cheat_that_no_other_does() {
	let mut caught = BTreeSet::new();
	let mut check = |group: &'static str, cheat: Cheat| {
		cheat.is_caught_only_by(group);
		caught.insert(group);
	};
	for limb in 0..2 {
		check("context", Cheat::new().add("context/square", limb, Fr::ONE));
	}
	for group in ["leaf", "membership", "nullifier"] {
		for name in ["square", "fourth", "fifth"] {
			for occurrence in [0, 60] {
				check(
					group,
					Cheat::new().add(&format!("{group}/{name}"), occurrence, Fr::ONE).fit(),
				);
			}
		}
	}
	for name in ["is_3", "child_0", "child_3", "node_2", "last_2"] {
		for level in 0..DEPTH {
			check(
				"membership",
				Cheat::new().add(&format!("membership/{name}"), level, Fr::ONE).fit(),
			);
		}
	}
	for bit in 0..2 * DEPTH {
		check("place", Cheat::new().add("place/bit", bit, Fr::from(2u8)).fit());
	}
	// Another secret, or another place, with the nullifier of the circuit.
	let outsider = |change: &dyn Fn(&mut Values)| {
		let mut cheat = Cheat::new();
		change(&mut cheat.values);
		cheat.values.public[3] = cheat.run().1.nullifier;
		cheat
	};
	check("root", outsider(&|values| values.secret += Fr::ONE));
	check("root", outsider(&|values| values.leaf_index ^= 1));
	check("root", outsider(&|values| values.siblings[DEPTH - 1][2] += Fr::ONE));
	check("root", outsider(&|values| values.public[2] += Fr::ONE));
	// A second nullifier for one member, by itself and by another scope.
	for signal in [3, 4] {
		let mut cheat = Cheat::new();
		cheat.values.public[signal] += Fr::ONE;
		check("nullifier", cheat);
	}
	assert_eq!(caught, SHAPE.groups().iter().map(|group| group.path.as_str()).collect());
}

#[test]
fn no_wire_is_free() {
	let (public, witness) = member(27, 5);
	let assignment = assign(&public, &witness).unwrap();
	for wire in 1..SHAPE.wires() {
		let changed = assignment.with(wire, assignment.wires()[wire] + Fr::ONE).unwrap();
		assert!(!SHAPE.is_satisfied(&changed), "wire {wire} is free");
	}
}

#[test]
fn false_statements_have_their_own_errors() {
	let error = |change: &dyn Fn(&mut PublicSignals, &mut MembershipWitness)| {
		let (mut public, mut witness) = member(27, 5);
		change(&mut public, &mut witness);
		let error = assign(&public, &witness).unwrap_err();
		let mut assigner = Assigner::with_capacity(1);
		synthesise(&mut assigner, &Values::new(&public, &witness));
		let failing = SHAPE.unsatisfied(&assigner.finish()).contains(error.group());
		// The digits of a place beyond the tree are those of one in it.
		assert!(failing || matches!(error, WitnessError::LeafIndexOutOfRange(_)));
		error
	};
	for index in [1 << (2 * DEPTH), (1 << (2 * DEPTH)) + 27, u64::MAX] {
		assert_eq!(
			error(&|_, witness| witness.leaf_index = index),
			WitnessError::LeafIndexOutOfRange(index)
		);
	}
	assert_eq!(error(&|_, witness| witness.leaf_index = 26), WitnessError::NotInTree);
	assert_eq!(error(&|_, witness| witness.secret += Fr::ONE), WitnessError::NotInTree);
	assert_eq!(error(&|public, _| public.root += Fr::ONE), WitnessError::NotInTree);
	assert_eq!(error(&|_, witness| witness.siblings[3][1] += Fr::ONE), WitnessError::NotInTree);
	assert_eq!(error(&|public, _| public.nullifier += Fr::ONE), WitnessError::NullifierMismatch);
	assert_eq!(error(&|public, _| public.scope += Fr::ONE), WitnessError::NullifierMismatch);
	assert_eq!(siblings(&[], 1 << (2 * DEPTH)), None);
	assert!(siblings(&[], (1 << (2 * DEPTH)) - 1).is_some());
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(16))]

	#[test]
	fn any_member_of_any_scope_satisfies_the_circuit(place in 0u64..70, scope in any::<u64>()) {
		let (public, witness) = member(place, scope);
		let assignment = assign(&public, &witness).unwrap();
		prop_assert_eq!(SHAPE.unsatisfied(&assignment), BTreeSet::new());
	}
}
