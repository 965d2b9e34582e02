//! The statement, group by group, for all three circuits, without an auditor and with one. For each group
//! there is a prover who cheats there and nowhere else: its witness fails in that group alone.

use super::*;
use crate::{forger::Forger, post_private_job, transfer, withdraw, Tamperer};
use ark_ec::{twisted_edwards::Projective, PrimeGroup};
use ark_ff::{BigInteger, Field};
use proptest::prelude::*;
use quittance_babyjubjub::{BabyJubJub, SecretKey, SUBGROUP_ORDER};
use quittance_groth16::VerifyError;
use quittance_poseidon::{parameters, tree::Path};
use quittance_types::{audit_mask, audited_value, AuditedValues, PrivateOffer, PrivateTerms};
use std::{
	collections::{BTreeMap, BTreeSet},
	sync::LazyLock,
};

const MAX: u64 = u64::MAX;

static TRANSFER: LazyLock<Circuit> = LazyLock::new(|| Circuit::new(&transfer::LAYOUT));
static WITHDRAW: LazyLock<Circuit> = LazyLock::new(|| Circuit::new(&withdraw::LAYOUT));
static POST: LazyLock<Circuit> = LazyLock::new(|| Circuit::new(&post_private_job::LAYOUT));
static AUDITED_TRANSFER: LazyLock<Circuit> = LazyLock::new(|| Circuit::new(&transfer::AUDITED));
static AUDITED_WITHDRAW: LazyLock<Circuit> = LazyLock::new(|| Circuit::new(&withdraw::AUDITED));
static AUDITED_POST: LazyLock<Circuit> = LazyLock::new(|| Circuit::new(&post_private_job::AUDITED));

struct Circuit {
	layout: &'static Layout,
	shape: Shape,
}

impl Circuit {
	fn new(layout: &'static Layout) -> Self {
		Self { layout, shape: shape(layout) }
	}

	fn all() -> [&'static Self; 6] {
		[&TRANSFER, &WITHDRAW, &POST, &AUDITED_TRANSFER, &AUDITED_WITHDRAW, &AUDITED_POST]
	}

	fn audited() -> [&'static Self; 3] {
		[&AUDITED_TRANSFER, &AUDITED_WITHDRAW, &AUDITED_POST]
	}

	fn posts() -> [&'static Self; 2] {
		[&POST, &AUDITED_POST]
	}

	/// Notes whose values an auditor is shown.
	fn made(&self) -> usize {
		self.layout.outputs + usize::from(self.layout.escrow)
	}

	/// Numbers that share what is spent: values of the notes made and of the escrow, and amounts
	/// paid out.
	fn parts(&self) -> usize {
		self.layout.outputs + usize::from(self.layout.escrow) + self.layout.paid.len()
	}
}

/// A tree with few leaves, at any places.
struct Forest(Vec<BTreeMap<u64, Fr>>);

impl Forest {
	fn new(leaves: impl IntoIterator<Item = (u64, Fr)>) -> Self {
		let mut levels = vec![leaves.into_iter().collect::<BTreeMap<_, _>>()];
		let mut empty = Fr::ZERO;
		for _ in 0..DEPTH {
			let below = levels.last().unwrap();
			let parents: BTreeSet<u64> = below.keys().map(|place| place / 4).collect();
			let child = |place| below.get(&place).copied().unwrap_or(empty);
			let above = parents
				.into_iter()
				.map(|place| {
					(place, tree::node::<Native>(&[0, 1, 2, 3].map(|i| child(4 * place + i))))
				})
				.collect();
			levels.push(above);
			empty = tree::node::<Native>(&[empty; 4]);
		}
		Self(levels)
	}

	fn root(&self) -> Fr {
		self.0[DEPTH].get(&0).copied().unwrap_or_else(|| {
			(0..DEPTH).fold(Fr::ZERO, |below, _| tree::node::<Native>(&[below; 4]))
		})
	}

	fn siblings(&self, leaf_index: u64) -> [[Fr; 3]; DEPTH] {
		let mut empty = Fr::ZERO;
		let mut place = leaf_index;
		std::array::from_fn(|level| {
			let own = place % 4;
			let others: Vec<_> = (0..4)
				.filter(|other| *other != own)
				.map(|other| self.0[level].get(&(place - own + other)).copied().unwrap_or(empty))
				.collect();
			place /= 4;
			empty = tree::node::<Native>(&[empty; 4]);
			others.try_into().unwrap()
		})
	}
}

/// A note of a wallet, at a place that is not yet in a tree.
fn owned(seed: u64, value: u64, leaf_index: u64) -> SpentNote {
	let number = |place: u64| Fr::from(1000 * seed + place).pow([5]);
	let note = SpentNote::dummy(number(1), number(2), number(3));
	SpentNote { value, leaf_index, ..note }
}

/// A note for somebody.
fn paid_to(seed: u64, value: u64) -> Note {
	Note { value, owner: Fr::from(seed).inverse().unwrap(), rho: -Fr::from(seed) }
}

/// What is behind an offer whose escrow is worth so much.
fn opening(value: u64) -> EscrowOpening {
	let max_units = (1..10).rev().find(|units| value.is_multiple_of(*units)).unwrap();
	EscrowOpening {
		terms: PrivateTerms { unit_price: value / max_units, max_units, salt: -Fr::from(60u8) },
		owner: -Fr::from(61u8),
		rho: -Fr::from(62u8),
		change_key: SecretKey::from_seed(&[63; 32]).public(),
	}
}

fn offer_hash(opening: &EscrowOpening) -> Fr {
	opening.offer::<Native>().unwrap().hash::<Native>().unwrap()
}

fn auditors_key() -> SecretKey {
	SecretKey::from_seed(&[41; 32])
}

fn audit_witness() -> AuditWitness {
	let ephemeral = SecretKey::from_seed(&[42; 32]).scalar();
	AuditWitness { key: auditors_key().public(), ephemeral }
}

/// The last signal, of notes with these values and commitments.
fn signal_of(audit: &AuditWitness, notes: &[(u64, Fr)]) -> Fr {
	match *notes {
		[note] => audit.show(&[note]).signal::<Native>(audit.coordinates()),
		[first, second] => audit.show(&[first, second]).signal::<Native>(audit.coordinates()),
		_ => panic!("calls make one note or two"),
	}
}

/// A statement as an honest wallet makes it.
struct Statement {
	circuit: &'static Circuit,
	root: Fr,
	spent: [SpentNote; 2],
	made: Vec<Note>,
	escrow: Option<EscrowOpening>,
	paid: Vec<u64>,
	audit: AuditWitness,
}

impl Statement {
	/// Notes of these values at these places, those of value zero not being in the tree, and what
	/// is made and paid out of them.
	fn new(circuit: &'static Circuit, spent: [(u64, u64); 2], parts: &[u64]) -> Self {
		let mut inputs =
			[0, 1].map(|input| owned(input as u64 + 7, spent[input].0, spent[input].1));
		let leaf = |note: &SpentNote| (note.leaf_index, note.note().commitment::<Native>());
		let others = [(0, Fr::from(5u8)), (18, Fr::from(6u8))];
		let forest = Forest::new(
			others.into_iter().chain(inputs.iter().filter(|note| note.value != 0).map(leaf)),
		);
		for note in inputs.iter_mut().filter(|note| note.value != 0) {
			note.siblings = forest.siblings(note.leaf_index);
		}
		let (made, parts) = parts.split_at(circuit.layout.outputs);
		let made = (50..).zip(made).map(|(seed, value)| paid_to(seed, *value)).collect();
		let (escrow, paid) = parts.split_at(usize::from(circuit.layout.escrow));
		let escrow = escrow.first().copied().map(opening);
		let (root, paid, audit) = (forest.root(), paid.to_vec(), audit_witness());
		Self { circuit, root, spent: inputs, made, escrow, paid, audit }
	}

	fn sample(circuit: &'static Circuit) -> Self {
		Self::new(circuit, [(1_000, 17), (500, 1 << 31)], &[900, 450, 150])
	}

	fn public(&self) -> [Fr; NOTE_SIGNALS] {
		let mut public = vec![Fr::from(u128::MAX), Fr::from(12u8), self.root];
		public.extend(self.spent.iter().map(SpentNote::nullifier));
		public.extend(self.made.iter().map(Note::commitment::<Native>));
		public.extend(self.escrow.iter().map(offer_hash));
		public.extend(self.paid.iter().copied().map(Fr::from));
		public.try_into().unwrap()
	}

	/// Values and commitments of the notes made, the escrow being the last.
	fn notes(&self) -> Vec<(u64, Fr)> {
		let escrow = self.escrow.iter().map(|opening| opening.note().unwrap_or(paid_to(1, 0)));
		let made = self.made.iter().copied().chain(escrow);
		made.map(|note| (note.value, note.commitment::<Native>())).collect()
	}

	fn signal(&self) -> Fr {
		signal_of(&self.audit, &self.notes())
	}

	/// What an auditor is shown, if there is one.
	fn auditing(&self) -> Option<Auditing<'_>> {
		let audited = self.circuit.layout.audited;
		audited.then(|| Auditing { signal: self.signal(), witness: &self.audit })
	}

	/// All public signals.
	fn signals(&self) -> Vec<Fr> {
		self.public().into_iter().chain(self.auditing().map(|audit| audit.signal)).collect()
	}

	fn assign(&self, public: &[Fr; NOTE_SIGNALS]) -> Result<Assignment, WitnessError> {
		self.assign_with(public, self.auditing())
	}

	fn assign_with(
		&self,
		public: &[Fr; NOTE_SIGNALS],
		audit: Option<Auditing<'_>>,
	) -> Result<Assignment, WitnessError> {
		let Self { circuit, spent, made, escrow, paid, .. } = self;
		assign(circuit.layout, public, spent, made, escrow.as_ref(), paid, audit.as_ref())
	}

	/// Whether there is an assignment, and it satisfies the circuit.
	fn holds(&self) -> bool {
		let assignment = self.assign(&self.public()).unwrap();
		self.circuit.shape.is_satisfied(&assignment)
	}

	fn values(&self, public: &[Fr; NOTE_SIGNALS]) -> Values {
		let (escrow, audit) = (self.escrow.as_ref(), self.auditing());
		Values::new(public, &self.spent, &self.made, escrow, audit.as_ref())
	}
}

/// A prover without scruples. It chooses all values and may replace hints; root, nullifiers and
/// commitments are then made to fit what the circuit computes.
#[derive(Clone)]
struct Cheat {
	circuit: &'static Circuit,
	values: Values,
	overrides: Vec<(String, usize, Fr)>,
}

impl Cheat {
	/// Spends one note of 1,000, the other being a dummy.
	fn new(circuit: &'static Circuit, input: usize) -> Self {
		let mut spent = [(0, 0), (0, 0)];
		spent[input] = (1_000, 0x1234_5678);
		Self::of(Statement::new(circuit, spent, &[900, 70, 30]))
	}

	fn of(statement: Statement) -> Self {
		let values = statement.values(&statement.public());
		Self { circuit: statement.circuit, values, overrides: Vec::new() }
	}

	fn with(mut self, change: impl FnOnce(&mut Values)) -> Self {
		change(&mut self.values);
		self
	}

	fn replace(mut self, path: &str, occurrence: usize, value: Fr) -> Self {
		self.overrides.push((path.into(), occurrence, value));
		self
	}

	/// Replaces a hint by so much more than what it is.
	fn increase(self, path: &str, occurrence: usize, by: Fr) -> Self {
		let value = self.run().0.hinted(path, occurrence).expect("the circuit has such a hint");
		self.replace(path, occurrence, value + by)
	}

	/// Replaces a hint of the last S-box round of a hash of so many inputs, so that the hash is
	/// another. `boxes` is the number of S-boxes up to there.
	fn steer(self, group: &str, inputs: usize, boxes: usize, from: Fr, to: Fr) -> Self {
		let width = inputs + 1;
		let factor = parameters(width).unwrap().mds[0];
		let by = (to - from) * factor.inverse().unwrap();
		self.increase(&format!("{group}/fifth"), boxes - width, by)
	}

	fn run(&self) -> (Tamperer, Results) {
		let mut tamperer = Tamperer::new(self.overrides.iter().cloned());
		let results = synthesise(&mut tamperer, self.circuit.layout, &self.values);
		assert_eq!(tamperer.unused(), []);
		(tamperer, results)
	}

	/// Makes root, nullifiers and commitments what the circuit computes, the root being that of the
	/// given note spent.
	fn fit(mut self, input: usize) -> Self {
		let (_, results) = self.run();
		self.values.public[2] = results.roots[input];
		self.fit_all_but_root(results)
	}

	/// Makes nullifiers and commitments what the circuit computes: the tree is not the prover's.
	fn in_the_tree(self) -> Self {
		let (_, results) = self.run();
		self.fit_all_but_root(results)
	}

	fn fit_all_but_root(mut self, results: Results) -> Self {
		self.values.public[3..5].copy_from_slice(&results.nullifiers);
		for (place, commitment) in results.commitments.into_iter().enumerate() {
			self.values.public[5 + place] = commitment;
		}
		if let Some(offer) = results.offer {
			self.values.public[5 + self.circuit.layout.outputs] = offer;
		}
		if let (Some(audit), Some(digest)) = (&mut self.values.audit, results.audit) {
			audit.signal = digest;
		}
		self
	}

	/// Makes what the auditor is shown what the circuit computes, and nothing else.
	fn audited(mut self) -> Self {
		let (_, results) = self.run();
		if let (Some(audit), Some(digest)) = (&mut self.values.audit, results.audit) {
			audit.signal = digest;
		}
		self
	}

	/// The groups that catch it.
	fn caught_by(&self) -> BTreeSet<&'static str> {
		self.circuit.shape.unsatisfied(&self.run().0.finish())
	}

	/// Whether the witness fails in this group only. Groups have no groups within them here, so it
	/// passes without the group.
	#[track_caller]
	fn is_caught_only_by(&self, group: &str) {
		self.is_caught_by(&[group.to_owned()]);
	}

	/// Whether it fails in these groups, each of which would do, and in no other.
	#[track_caller]
	fn is_caught_by(&self, groups: &[String]) {
		let groups: BTreeSet<_> = groups.iter().map(String::as_str).collect();
		assert_eq!(self.caught_by(), groups, "{:?}", self.circuit.layout);
	}
}

fn two_to(exponent: u64) -> Fr {
	Fr::from(2u8).pow([exponent])
}

/// A part of what is spent.
enum Part {
	/// The value of a note made.
	Output(usize),
	/// The value of the escrow.
	Escrow,
	/// What is paid out: its place among those, and that of its public signal.
	Paid(usize, usize),
}

fn part(circuit: &Circuit, place: usize) -> Part {
	let Layout { outputs, escrow, paid, .. } = circuit.layout;
	match place.checked_sub(*outputs) {
		None => Part::Output(place),
		Some(0) if *escrow => Part::Escrow,
		Some(rest) => {
			let paid_place = rest - usize::from(*escrow);
			Part::Paid(paid_place, NOTE_SIGNALS - paid.len() + paid_place)
		},
	}
}

/// The value of a part.
fn value_of(circuit: &Circuit, values: &Values, place: usize) -> Fr {
	match part(circuit, place) {
		Part::Output(output) => values.outputs[output].value,
		Part::Escrow => {
			let EscrowValues { unit_price, rest } = values.escrow.as_ref().unwrap();
			*unit_price * rest.max_units
		},
		Part::Paid(_, signal) => values.public[signal],
	}
}

/// Sets a part of what is spent, and tells the groups that range it where it needs more than 64 bits.
fn set_part(circuit: &Circuit, values: &mut Values, place: usize, value: Fr) -> Vec<String> {
	match part(circuit, place) {
		Part::Output(output) => {
			values.outputs[output].value = value;
			vec![format!("{}/range", OUTPUT_GROUPS[output])]
		},
		Part::Escrow => {
			// The terms are the prover's as well. 2^64 is a product of good numbers, a number below zero
			// is none.
			let escrow = values.escrow.as_mut().unwrap();
			let square = value == two_to(64);
			let [unit_price, max_units] = if square { [two_to(32); 2] } else { [value, Fr::ONE] };
			(escrow.unit_price, escrow.rest.max_units) = (unit_price, max_units);
			let mut groups = vec!["escrow/value".to_owned()];
			groups.extend((!square).then(|| "escrow/unit_price".to_owned()));
			groups
		},
		Part::Paid(paid, signal) => {
			values.public[signal] = value;
			vec![circuit.layout.paid[paid].to_owned()]
		},
	}
}

#[test]
fn an_honest_statement_satisfies_all_groups_and_both_modes_agree() {
	for circuit in Circuit::all() {
		let statement = Statement::sample(circuit);
		let public = statement.public();
		let values = statement.values(&public);
		let mut recorder = Recorder::default();
		synthesise(&mut recorder, circuit.layout, &values);
		let assignment = statement.assign(&public).unwrap();
		assert_eq!(assignment.wires(), recorder.values());
		assert_eq!(assignment.publics(), statement.signals());
		assert_eq!(circuit.shape.unsatisfied(&assignment), BTreeSet::new());
		assert!(recorder.finish() == circuit.shape, "the matrices depend on the witness");
	}
}

#[test]
fn constraints_are_counted() {
	let input = [
		("range", 65),
		("owner", 258),
		("inner", 258),
		("commitment", 258),
		("place", 32),
		("membership", 5168),
		("root", 1),
		("nullifier", 295),
	];
	let output = [("range", 65), ("inner", 258), ("commitment", 259)];
	let escrow = [
		("unit_price", 65),
		("max_units", 65),
		("price", 1),
		("value", 65),
		("terms", 294),
		("inner", 258),
		("commitment", 258),
		("offer", 319),
	];
	let circuits = [
		(&*TRANSFER, 13_903, 14_010),
		(&*WITHDRAW, 13_386, 13_491),
		(&*POST, 14_646, 14_755),
		(&*AUDITED_TRANSFER, 18_724, 18_833),
		(&*AUDITED_WITHDRAW, 17_886, 17_993),
		(&*AUDITED_POST, 19_467, 19_578),
	];
	for (circuit, constraints, wires) in circuits {
		let mut expected = vec![("context".to_owned(), 2)];
		expected.extend(circuit.layout.paid.iter().map(|paid| (paid.to_string(), 65)));
		for group in INPUT_GROUPS {
			expected.extend(input.map(|(name, count)| (format!("{group}/{name}"), count)));
		}
		for group in &OUTPUT_GROUPS[..circuit.layout.outputs] {
			expected.extend(output.map(|(name, count)| (format!("{group}/{name}"), count)));
		}
		if circuit.layout.escrow {
			expected.extend(escrow.map(|(name, count)| (format!("escrow/{name}"), count)));
		}
		expected.extend([("conservation".to_owned(), 1), ("distinct".to_owned(), 1)]);
		if circuit.layout.audited {
			let exchange = [("scalar", 252), ("key", 834), ("order", 1), ("shared", 2767)];
			let masks = [("mask_0", 294), ("mask_1", 294)].into_iter().take(circuit.made());
			let digest = [("digest", if circuit.made() == 1 { 352 } else { 379 })];
			let audit = exchange.into_iter().chain(masks).chain(digest);
			expected.extend(audit.map(|(name, count)| (format!("audit/{name}"), count)));
		}
		let shape = &circuit.shape;
		let counts: Vec<_> =
			shape.groups().iter().map(|group| (group.path.clone(), group.constraints)).collect();
		assert_eq!(counts, expected);
		// A wire more, and something is hinted twice.
		assert_eq!((shape.constraints(), shape.wires()), (constraints, wires));
		let audited = circuit.layout.audited;
		assert_eq!(shape.publics(), NOTE_SIGNALS + usize::from(audited));
		assert_eq!(shape.domain(), if audited { 32_768 } else { 16_384 });
	}
}

#[test]
fn success_with_all_combinations_of_dummies() {
	for circuit in Circuit::all() {
		assert!(Statement::new(circuit, [(60, 17), (40, 16)], &[70, 20, 10]).holds());
		assert!(Statement::new(circuit, [(100, 17), (0, 0)], &[70, 20, 10]).holds());
		assert!(Statement::new(circuit, [(0, 0), (100, 17)], &[70, 20, 10]).holds());
		assert!(Statement::new(circuit, [(0, 0), (0, 0)], &[0, 0, 0]).holds());
		// Two dummies alike, but for the place that their nullifiers cover.
		let mut statement = Statement::new(circuit, [(0, 0), (0, 0)], &[0, 0, 0]);
		statement.spent[1] = SpentNote { leaf_index: 1, ..statement.spent[0].clone() };
		assert!(statement.holds());
	}
}

#[test]
fn a_note_of_value_zero_that_is_in_the_tree_is_spent_as_a_dummy_is() {
	for circuit in Circuit::all() {
		let mut statement = Statement::new(circuit, [(0, 40), (100, 17)], &[70, 20, 10]);
		let leaves = statement
			.spent
			.each_ref()
			.map(|note| (note.leaf_index, note.note().commitment::<Native>()));
		let forest = Forest::new(leaves);
		for note in &mut statement.spent {
			note.siblings = forest.siblings(note.leaf_index);
		}
		statement.root = forest.root();
		assert!(statement.holds());
	}
}

#[test]
fn boundary_values() {
	for circuit in Circuit::all() {
		for parts in [[MAX, 0, 0], [0, MAX, 0], [0, 0, MAX], [MAX - 2, 1, 1]] {
			assert!(Statement::new(circuit, [(MAX, 17), (0, 0)], &parts).holds());
			assert!(Statement::new(circuit, [(1, 17), (MAX - 1, 18)], &parts).holds());
		}
		for parts in [[MAX, MAX, 0], [MAX, 0, MAX], [0, MAX, MAX], [MAX, MAX - 1, 1]] {
			assert!(Statement::new(circuit, [(MAX, 17), (MAX, 16)], &parts).holds());
		}
		assert!(Statement::new(circuit, [(1, 0), (0, 0)], &[1, 0, 0]).holds());
	}
}

#[test]
fn boundary_places() {
	for circuit in Circuit::all() {
		let last = (1 << (2 * DEPTH)) - 1;
		assert!(Statement::new(circuit, [(1, last), (2, 1)], &[3, 0, 0]).holds());
		assert!(Statement::new(circuit, [(1, 4), (2, 5)], &[3, 0, 0]).holds());
		let mut statement = Statement::new(circuit, [(1, last), (2, 1)], &[3, 0, 0]);
		statement.spent[0].leaf_index = last + 1;
		let error = statement.assign(&statement.public()).unwrap_err();
		assert_eq!(error, WitnessError::LeafIndexOutOfRange { input: 0, leaf_index: last + 1 });
		// A dummy has no place, but a nullifier of one.
		let mut statement = Statement::new(circuit, [(1, 6), (0, 0)], &[1, 0, 0]);
		statement.spent[1].leaf_index = last;
		assert!(statement.holds());
		statement.spent[1].leaf_index = MAX;
		let error = statement.assign(&statement.public()).unwrap_err();
		assert_eq!(error, WitnessError::LeafIndexOutOfRange { input: 1, leaf_index: MAX });
	}
}

#[test]
fn siblings_are_those_of_the_tree_and_of_places_that_are_there() {
	let note = owned(3, 9, 5);
	let mut leaves = vec![Fr::ONE; 5];
	leaves.push(note.note().commitment::<Native>());
	let path = siblings(&leaves, 5).unwrap();
	let forest = Forest::new((0..).zip(leaves.iter().copied()));
	assert_eq!(path, forest.siblings(5));
	let path = Path { index: 5, siblings: path.to_vec() };
	assert_eq!(path.root::<Native>(leaves[5]), forest.root());
	assert_eq!(tree::root::<Native>(&leaves, NOTE_TREE_DEPTH), Some(forest.root()));
	assert_eq!(tree::root::<Native>(&[], NOTE_TREE_DEPTH), Some(Forest::new([]).root()));
	assert_eq!(siblings(&leaves, 1 << (2 * DEPTH)), None);
}

#[test]
fn the_dishonest_prover_can_be_honest() {
	for circuit in Circuit::all() {
		for input in 0..2 {
			let cheat = Cheat::new(circuit, input);
			assert_eq!(cheat.caught_by(), BTreeSet::new());
			assert_eq!(cheat.clone().fit(input).values.public, cheat.values.public);
		}
	}
}

/// For every group a prover who cheats there alone, by hints that are wrong. Those who cheat with
/// something to gain follow below.
fn cheats(circuit: &'static Circuit) -> Vec<(String, Cheat)> {
	let mut cheats = Vec::new();
	for signal in 0..2 {
		let cheat = Cheat::new(circuit, 0).increase("context/square", signal, Fr::ONE);
		cheats.push(("context".to_owned(), cheat));
	}
	let cheat = Cheat::new(circuit, 0).increase("distinct/inverse", 0, Fr::ONE);
	cheats.push(("distinct".to_owned(), cheat));
	cheats.push((
		"conservation".to_owned(),
		Cheat::new(circuit, 0).with(|values| values.outputs[0].value += Fr::ONE).in_the_tree(),
	));

	// Two in the lowest place and one less in the next: the same number.
	let no_bits = |group: &str, input| {
		let path = format!("{group}/bit");
		let cheat = Cheat::new(circuit, input).increase(&path, 0, Fr::from(2u8)).increase(
			&path,
			1,
			-Fr::ONE,
		);
		(group.to_owned(), cheat)
	};
	cheats.extend(circuit.layout.paid.iter().map(|group| no_bits(group, 0)));
	let outputs = &OUTPUT_GROUPS[..circuit.layout.outputs];
	cheats.extend(outputs.iter().map(|group| no_bits(&format!("{group}/range"), 0)));
	for (input, group) in INPUT_GROUPS.into_iter().enumerate() {
		cheats.push(no_bits(&format!("{group}/range"), input));
	}

	for (input, group) in INPUT_GROUPS.into_iter().enumerate() {
		let hashes = ["owner", "inner", "commitment", "membership", "nullifier"];
		for (hash, (name, occurrence)) in hashes.into_iter().flat_map(|hash| {
			[("square", 0), ("fourth", 33), ("fifth", 70)].map(|part| (hash, part))
		}) {
			let group = format!("{group}/{hash}");
			let cheat = Cheat::new(circuit, input)
				.increase(&format!("{group}/{name}"), occurrence, Fr::ONE)
				.fit(input);
			cheats.push((group, cheat));
		}
		for (name, level) in
			[("is_3", 0), ("child_0", 1), ("child_3", 7), ("node_2", 8), ("last_2", DEPTH - 1)]
		{
			let group = format!("{group}/membership");
			let cheat = Cheat::new(circuit, input)
				.increase(&format!("{group}/{name}"), level, Fr::ONE)
				.fit(input);
			cheats.push((group, cheat));
		}
		// Whatever the place is, some tree has the note there: only that its digits are made of
		// bits is left to be wrong.
		for place in [0, 1, 2 * DEPTH - 1] {
			let group = format!("{group}/place");
			let path = format!("{group}/bit");
			let cheat = Cheat::new(circuit, input).increase(&path, place, Fr::from(2u8)).fit(input);
			cheats.push((group, cheat));
		}
		cheats.push((
			format!("{group}/root"),
			Cheat::new(circuit, input).with(|values| values.public[2] += Fr::ONE),
		));
		cheats.push((
			format!("{group}/nullifier"),
			Cheat::new(circuit, input).with(|values| values.public[3 + input] += Fr::ONE),
		));
	}
	for (output, group) in outputs.iter().enumerate() {
		for hash in ["inner", "commitment"] {
			for name in ["square", "fourth", "fifth"] {
				let group = format!("{group}/{hash}");
				let cheat = Cheat::new(circuit, 0)
					.increase(&format!("{group}/{name}"), 33, Fr::ONE)
					.in_the_tree();
				cheats.push((group, cheat));
			}
		}
		cheats.push((
			format!("{group}/commitment"),
			Cheat::new(circuit, 0).with(|values| values.public[5 + output] += Fr::ONE),
		));
	}
	if circuit.layout.escrow {
		cheats.extend(
			["unit_price", "max_units", "value"].map(|name| no_bits(&format!("escrow/{name}"), 0)),
		);
		// An escrow of one less than the price, the rest being change.
		let cheat = Cheat::new(circuit, 0)
			.increase("escrow/price/price", 0, -Fr::ONE)
			.with(|values| values.outputs[0].value += Fr::ONE);
		cheats.push(("escrow/price".to_owned(), cheat.in_the_tree()));
		for hash in ["terms", "inner", "commitment", "offer"] {
			for name in ["square", "fourth", "fifth"] {
				let group = format!("escrow/{hash}");
				let cheat =
					Cheat::new(circuit, 0).increase(&format!("{group}/{name}"), 33, Fr::ONE);
				cheats.push((group, cheat.in_the_tree()));
			}
		}
	}
	if circuit.layout.audited {
		let (group, cheat) = no_bits("audit/scalar", 0);
		cheats.push((group, cheat.audited()));
		// Two points make the table, three each of the 125 windows after the first; one each of the 83
		// windows of the generator.
		let point = multiple(BigInt::from(55u64));
		for (group, last) in [("audit/key", 82), ("audit/shared", 2 + 3 * 125 - 1)] {
			let cheat = Cheat::new(circuit, 0)
				.replace(&format!("{group}/x"), last, point.x)
				.replace(&format!("{group}/y"), last, point.y);
			cheats.push((group.to_owned(), cheat.audited()));
		}
		for (group, name) in [
			("audit/key", "digit"),
			("audit/key", "mixed"),
			("audit/shared", "both"),
			("audit/shared", "from_low"),
			("audit/shared", "from_high"),
			("audit/shared", "xyxy"),
			("audit/order", "inverse"),
		] {
			let occurrence = if name == "inverse" { 0 } else { 11 };
			let path = format!("{group}/{name}");
			let cheat = Cheat::new(circuit, 0).increase(&path, occurrence, Fr::ONE);
			cheats.push((group.to_owned(), cheat.audited()));
		}
		for hash in ["mask_0", "mask_1", "digest"]
			.into_iter()
			.filter(|hash| *hash != "mask_1" || circuit.made() == 2)
		{
			for name in ["square", "fourth", "fifth"] {
				let group = format!("audit/{hash}");
				let cheat =
					Cheat::new(circuit, 0).increase(&format!("{group}/{name}"), 33, Fr::ONE);
				cheats.push((group, cheat.audited()));
			}
		}
		let cheat =
			Cheat::new(circuit, 0).with(|values| values.audit.as_mut().unwrap().signal += Fr::ONE);
		cheats.push(("audit/digest".to_owned(), cheat));
	}
	cheats
}

fn multiple(scalar: BigInt<4>) -> quittance_babyjubjub::Point {
	Projective::<BabyJubJub>::generator().mul_bigint(scalar).into()
}

#[test]
fn every_group_catches_who_cheats_there_and_nowhere_else() {
	for circuit in Circuit::all() {
		let mut caught = BTreeSet::new();
		for (group, cheat) in cheats(circuit) {
			cheat.is_caught_only_by(&group);
			caught.insert(group);
		}
		let groups = circuit.shape.groups().iter().map(|group| group.path.clone()).collect();
		assert_eq!(caught, groups, "a group without a cheat");
	}
}

#[test]
fn a_proof_for_another_context() {
	for circuit in Circuit::all() {
		let statement = Statement::sample(circuit);
		let assignment = statement.assign(&statement.public()).unwrap();
		for limb in [1, 2] {
			let other = assignment.wires()[limb] + Fr::ONE;
			let swapped = assignment.with(limb, other).unwrap();
			assert_eq!(circuit.shape.unsatisfied(&swapped), BTreeSet::from(["context"]));
		}
	}
}

/// What the circuit catches, the chain refuses: each cheat's proof under a real key, by a prover that does not look.
#[test]
fn the_chains_verifier_refuses_what_a_group_catches() {
	let mut refused = BTreeSet::new();
	for circuit in [&TRANSFER, &WITHDRAW, &POST].map(LazyLock::force) {
		let forger = Forger::new(&circuit.shape);
		let honest = Statement::sample(circuit);
		let honest = honest.assign(&honest.public()).unwrap();
		assert_eq!(forger.judged(&honest), Ok(()));
		for (group, cheat) in cheats(circuit) {
			// One spent note is as the other, one note made too, and a group as in the circuit before.
			let twin = ["input_1", "output_1"].iter().any(|twin| group.starts_with(twin));
			if twin || !refused.insert(group.clone()) {
				continue;
			}
			let judged = forger.judged(&cheat.run().0.finish());
			assert_eq!(judged, Err(VerifyError::InvalidProof), "{group}");
		}
		for (theft, cheat) in thefts(circuit) {
			let judged = forger.judged(&cheat.run().0.finish());
			assert_eq!(judged, Err(VerifyError::InvalidProof), "{theft}");
		}
	}
}

/// Money out of nothing, or out of another's notes.
fn thefts(circuit: &'static Circuit) -> Vec<(&'static str, Cheat)> {
	let with = |change: &dyn Fn(&mut Values)| Cheat::new(circuit, 0).with(|values| change(values));
	let shared = |first: Fr, second: Fr| {
		with(&|values| {
			for place in 0..circuit.parts() {
				let value = [first, second].get(place).copied().unwrap_or_default();
				set_part(circuit, values, place, value);
			}
		})
	};
	let mut twice = Statement::new(circuit, [(500, 17), (0, 0)], &[900, 70, 30]);
	twice.spent[1] = twice.spent[0].clone();
	vec![
		("a value that wraps around", shared(Fr::from(1_077u64), -Fr::from(77u8)).in_the_tree()),
		("a dummy with a value", {
			with(&|values| {
				values.inputs[1].value = Fr::from(5_000u64);
				values.outputs[0].value += Fr::from(5_000u64);
			})
			.in_the_tree()
		}),
		("change that is too rich", shared(Fr::from(1_001u64), Fr::ZERO).in_the_tree()),
		("one note twice", Cheat::of(twice)),
		("another owner's note", {
			with(&|values| values.inputs[0].nullifier_key = Fr::from(99u8)).in_the_tree()
		}),
		(
			"a wrong owner key",
			with(&|values| values.inputs[0].diversifier += Fr::ONE).in_the_tree(),
		),
		("a note that is not in the tree", {
			with(&|values| values.inputs[0].rho += Fr::ONE).in_the_tree()
		}),
	]
}

#[test]
fn values_that_wrap_around_the_field() {
	// One part of what is spent is less than nothing, so that another is worth more.
	for circuit in Circuit::all() {
		for negative in 0..circuit.parts() {
			for other in (0..circuit.parts()).filter(|other| *other != negative) {
				let mut cheat = Cheat::new(circuit, 0);
				let mut groups = Vec::new();
				for place in 0..circuit.parts() {
					let value = match place {
						_ if place == negative => -Fr::from(77u8),
						_ if place == other => Fr::from(1_077u64),
						_ => Fr::ZERO,
					};
					let ranged = set_part(circuit, &mut cheat.values, place, value);
					if place == negative {
						groups = ranged;
					}
				}
				cheat.in_the_tree().is_caught_by(&groups);
			}
		}
	}
}

#[test]
fn values_of_2_to_the_64() {
	for circuit in Circuit::all() {
		// Two notes of 2^63 make one part of 2^64.
		for large in 0..circuit.parts() {
			let half = 1 << 63;
			let honest = Statement::new(circuit, [(half, 17), (half, 18)], &[half, half - 1, 1]);
			let mut cheat = Cheat::of(honest);
			let mut groups = Vec::new();
			for place in 0..circuit.parts() {
				let value = if place == large { two_to(64) } else { Fr::ZERO };
				let ranged = set_part(circuit, &mut cheat.values, place, value);
				if place == large {
					groups = ranged;
				}
			}
			cheat.in_the_tree().is_caught_by(&groups);
		}
		// A note of 2^64, which no honest call makes, makes two of 2^63.
		for (input, group) in INPUT_GROUPS.into_iter().enumerate() {
			let mut cheat = Cheat::new(circuit, input);
			cheat.values.inputs[input].value = two_to(64);
			for (place, value) in [two_to(63), two_to(63), Fr::ZERO].into_iter().enumerate() {
				set_part(circuit, &mut cheat.values, place, value);
			}
			cheat.fit(input).is_caught_only_by(&format!("{group}/range"));
		}
	}
}

#[test]
fn a_dummy_with_a_value() {
	for circuit in Circuit::all() {
		for (input, group) in INPUT_GROUPS.into_iter().enumerate() {
			for value in [Fr::ONE, Fr::from(MAX)] {
				let cheat = Cheat::new(circuit, 1 - input).with(|values| {
					values.inputs[input].value = value;
					// As much less is in the other note, so that the sum stays.
					values.inputs[1 - input].value = Fr::ZERO;
					for place in 0..circuit.parts() {
						let all = if place == 0 { value } else { Fr::ZERO };
						set_part(circuit, values, place, all);
					}
				});
				cheat.in_the_tree().is_caught_only_by(&format!("{group}/root"));
			}
		}
	}
}

#[test]
fn unbalanced_change() {
	for circuit in Circuit::all() {
		for place in 0..circuit.parts() {
			for by in [Fr::ONE, -Fr::ONE] {
				let mut cheat = Cheat::new(circuit, 0);
				let before = value_of(circuit, &cheat.values, place);
				set_part(circuit, &mut cheat.values, place, before + by);
				cheat.in_the_tree().is_caught_only_by("conservation");
			}
		}
	}
}

#[test]
fn one_note_twice() {
	for circuit in Circuit::all() {
		let mut statement = Statement::new(circuit, [(100, 17), (0, 0)], &[150, 40, 10]);
		statement.spent[1] = statement.spent[0].clone();
		assert_eq!(statement.assign(&statement.public()), Err(WitnessError::EqualNullifiers));
		Cheat::of(statement).is_caught_only_by("distinct");
	}
}

/// What of a note is what another one makes of it.
#[test]
fn notes_that_are_not_the_provers() {
	type Change = fn(&mut InputValues);
	let changes: [(&str, Change); 7] = [
		("another owner's note", |note| note.nullifier_key = Fr::from(99u8)),
		("a wrong owner key", |note| note.diversifier += Fr::ONE),
		("another note of the same owner", |note| note.rho += Fr::ONE),
		("a wrong leaf index", |note| note.leaf_index += 1),
		("a leaf index far away", |note| note.leaf_index ^= 1 << 31),
		("a wrong path", |note| note.siblings[0][2] += Fr::ONE),
		("a wrong path at its end", |note| note.siblings[DEPTH - 1][0] += Fr::ONE),
	];
	for circuit in Circuit::all() {
		for (input, group) in INPUT_GROUPS.into_iter().enumerate() {
			for (_, change) in changes {
				let cheat = Cheat::new(circuit, input).with(|values| {
					change(&mut values.inputs[input]);
				});
				cheat.in_the_tree().is_caught_only_by(&format!("{group}/root"));
			}
			// A note of 1,000 as one of 1,001.
			let cheat = Cheat::new(circuit, input).with(|values| {
				values.inputs[input].value += Fr::ONE;
				values.outputs[0].value += Fr::ONE;
			});
			cheat.in_the_tree().is_caught_only_by(&format!("{group}/root"));
		}
	}
}

/// Who knows all of a note but the nullifier key claims that its own key makes the same owner.
#[test]
fn another_owners_note_by_a_wrong_hash() {
	for circuit in Circuit::all() {
		for (input, group) in INPUT_GROUPS.into_iter().enumerate() {
			let cheat = Cheat::new(circuit, input);
			let InputValues { nullifier_key, diversifier, .. } = cheat.values.inputs[input];
			let owner = owner_key::<Native>(nullifier_key, diversifier);
			let own_key = Fr::from(99u8);
			let own = owner_key::<Native>(own_key, diversifier);
			let group = format!("{group}/owner");
			let cheat = cheat
				.with(|values| values.inputs[input].nullifier_key = own_key)
				.steer(&group, 3, 258 / 3, own, owner)
				.in_the_tree();
			cheat.is_caught_only_by(&group);
		}
	}
}

/// A note that nobody made has a path to the root after all.
#[test]
fn a_note_from_nothing_by_a_wrong_hash() {
	for circuit in Circuit::all() {
		for (input, group) in INPUT_GROUPS.into_iter().enumerate() {
			let cheat = Cheat::new(circuit, input).with(|values| {
				values.inputs[input].value = Fr::from(MAX);
				for place in 0..circuit.parts() {
					let all = if place == 0 { Fr::from(MAX) } else { Fr::ZERO };
					set_part(circuit, values, place, all);
				}
			});
			let computed = cheat.run().1.roots[input];
			let root = cheat.values.public[2];
			let group = format!("{group}/membership");
			let boxes = DEPTH * (318 / 3);
			let cheat = cheat.steer(&group, 5, boxes, computed, root).in_the_tree();
			cheat.is_caught_only_by(&group);
		}
	}
}

/// A second nullifier for a note would be the note a second time.
#[test]
fn a_second_nullifier_for_one_note() {
	for circuit in Circuit::all() {
		for (input, group) in INPUT_GROUPS.into_iter().enumerate() {
			let note =
				Statement::new(circuit, [(1_000, 0x1234_5678), (0, 0)], &[0; 3]).spent[0].clone();
			let commitment = note.note().commitment::<Native>();
			let key = note.nullifier_key;
			for other in [
				note_nullifier::<Native>(key, commitment, note.leaf_index + 1),
				note_nullifier::<Native>(key, commitment, note.leaf_index + (1 << 32)),
				note_nullifier::<Native>(key + Fr::ONE, commitment, note.leaf_index),
			] {
				Cheat::new(circuit, input)
					.with(|values| values.public[3 + input] = other)
					.is_caught_only_by(&format!("{group}/nullifier"));
			}
		}
	}
}

/// Between two leaves that are the same, every mixture of the two places leads to the root, and
/// would have a nullifier of its own.
#[test]
fn a_place_between_two_notes_made_alike() {
	for circuit in Circuit::all() {
		for (input, group) in INPUT_GROUPS.into_iter().enumerate() {
			let mut spent = [(0, 0), (0, 0)];
			spent[input] = (1_000, 40);
			let mut statement = Statement::new(circuit, spent, &[900, 70, 30]);
			let leaf = statement.spent[input].note().commitment::<Native>();
			let forest = Forest::new([(40, leaf), (41, leaf)]);
			statement.spent[input].siblings = forest.siblings(40);
			statement.root = forest.root();
			let group = format!("{group}/place");
			let path = format!("{group}/bit");
			for between in [Fr::from(7u8), Fr::from(2u8).inverse().unwrap(), -Fr::ONE] {
				let honest = Statement {
					spent: statement.spent.clone(),
					made: statement.made.clone(),
					escrow: statement.escrow,
					paid: statement.paid.clone(),
					..statement
				};
				let cheat = Cheat::of(honest).replace(&path, 0, between).in_the_tree();
				assert_ne!(cheat.values.public[3 + input], statement.spent[input].nullifier());
				cheat.is_caught_only_by(&group);
			}
			// Both by themselves are good.
			assert!(statement.holds());
			statement.spent[input].leaf_index = 41;
			assert!(statement.holds());
		}
	}
}

#[test]
fn a_note_that_is_not_the_one_whose_commitment_is_published() {
	for circuit in Circuit::all() {
		let outputs = OUTPUT_GROUPS.into_iter().enumerate().take(circuit.layout.outputs);
		for (output, group) in outputs {
			// The old commitment for another value, another owner, another rho.
			type Change = fn(&mut OutputValues);
			let changes: [Change; 2] = [|note| note.owner += Fr::ONE, |note| note.rho += Fr::ONE];
			let group = format!("{group}/commitment");
			for change in changes {
				Cheat::new(circuit, 0)
					.with(|values| change(&mut values.outputs[output]))
					.audited()
					.is_caught_only_by(&group);
			}
			// More in the published note than the circuit counts.
			let richer = Cheat::new(circuit, 0)
				.with(|values| values.outputs[output].value += Fr::from(1_000_000u64))
				.in_the_tree()
				.values
				.public[5 + output];
			Cheat::new(circuit, 0)
				.with(|values| values.public[5 + output] = richer)
				.is_caught_only_by(&group);
		}
	}
}

/// What the miner would be shown as an offer that can pay it, and what it would be in truth.
#[test]
fn an_offer_that_cannot_pay_what_it_says() {
	let honest = Statement::sample(&POST).escrow.unwrap();
	let terms = honest.terms;
	let offer = honest.offer::<Native>().unwrap();
	let less = Note { value: 1, ..honest.note().unwrap() };
	let lies: [(&str, Fr); 5] = [
		("an escrow worth less", {
			let escrow = less.commitment::<Native>().into();
			PrivateOffer { escrow, ..offer }.hash::<Native>().unwrap()
		}),
		("a higher price", {
			let terms = PrivateTerms { unit_price: terms.unit_price + 1, ..terms };
			offer_with_terms(&offer, &terms)
		}),
		("more units", {
			let terms = PrivateTerms { max_units: terms.max_units + 1, ..terms };
			offer_with_terms(&offer, &terms)
		}),
		("another key for the change", {
			let change_key = SecretKey::from_seed(&[1; 32]).public().to_bytes();
			PrivateOffer { change_key, ..offer }.hash::<Native>().unwrap()
		}),
		("another owner", {
			let escrow = Note { owner: Fr::ONE, ..honest.note().unwrap() };
			let escrow = escrow.commitment::<Native>().into();
			PrivateOffer { escrow, ..offer }.hash::<Native>().unwrap()
		}),
	];
	for (lie, hash) in lies {
		for circuit in Circuit::posts() {
			let cheat =
				Cheat::of(Statement::sample(circuit)).with(|values| values.public[6] = hash);
			assert_eq!(cheat.caught_by(), BTreeSet::from(["escrow/offer"]), "{lie}");
		}
	}
}

fn offer_with_terms(offer: &PrivateOffer, terms: &PrivateTerms) -> Fr {
	PrivateOffer { terms: terms.hash::<Native>().into(), ..*offer }.hash::<Native>().unwrap()
}

/// An escrow of 10 that counts as one of 450, by a wrong hash.
#[test]
fn an_escrow_from_nothing_by_a_wrong_hash() {
	for circuit in Circuit::posts() {
		let cheat = Cheat::of(Statement::sample(circuit));
		let (worth, poor) = (opening(450), opening(10));
		let [from, to] =
			[worth, poor].map(|opening| opening.note().unwrap().commitment::<Native>());
		let cheat = cheat.steer("escrow/commitment", 3, 258 / 3, from, to).in_the_tree();
		let offer = PrivateOffer { escrow: to.into(), ..worth.offer::<Native>().unwrap() };
		assert_eq!(cheat.values.public[6], offer.hash::<Native>().unwrap());
		cheat.is_caught_only_by("escrow/commitment");
	}
}

/// The escrow's value is one that the change leaves over, and its price or number of units is no number.
#[test]
fn escrows_that_wrap_around() {
	let cheat = |unit_price, max_units, change| {
		Cheat::new(&POST, 0).with(|values| {
			let escrow = values.escrow.as_mut().unwrap();
			escrow.unit_price = unit_price;
			escrow.rest.max_units = max_units;
			values.outputs[0].value = change;
			values.public[7] = Fr::ZERO;
		})
	};
	let half = Fr::from(2u8).inverse().unwrap();
	let (zero, one, thousand) = (Fr::ZERO, Fr::ONE, Fr::from(1_000u64));
	let third = Fr::from(3u8).inverse().unwrap();
	// Half a unit at 2,000, thirds of both; 2^64 of one and none of the other.
	for (unit_price, max_units, change, groups) in [
		(thousand + thousand, half, zero, &["max_units"][..]),
		(half, thousand + thousand, zero, &["unit_price"]),
		(thousand * third, Fr::from(3u8), zero, &["unit_price"]),
		(-one, -thousand, zero, &["max_units", "unit_price"]),
		(two_to(64), zero, thousand, &["unit_price"]),
		(zero, two_to(64), thousand, &["max_units"]),
		// Less than no units, or at less than nothing, and more change than there was to spend.
		(one, -one, thousand + one, &["max_units", "value"]),
		(-one, one, thousand + one, &["unit_price", "value"]),
	] {
		let groups: Vec<_> = groups.iter().map(|group| format!("escrow/{group}")).collect();
		cheat(unit_price, max_units, change).in_the_tree().is_caught_by(&groups);
	}
}

#[test]
fn boundary_escrows() {
	for (unit_price, max_units, value) in
		[(MAX, 1, MAX), (1, MAX, MAX), (MAX / 3, 3, MAX), (0, MAX, 0), (MAX, 0, 0), (0, 0, 0)]
	{
		let mut statement = Statement::new(&POST, [(MAX, 17), (0, 0)], &[MAX - value, 0, 0]);
		let terms = PrivateTerms { unit_price, max_units, salt: Fr::ZERO };
		statement.escrow = Some(EscrowOpening { terms, ..opening(0) });
		assert!(statement.holds());
	}
	let mut statement = Statement::new(&POST, [(MAX, 17), (0, 0)], &[0, 0, 0]);
	let public = statement.public();
	for (unit_price, max_units) in [(MAX, 2), (1 << 32, 1 << 32), (2, 1 << 63), (MAX, MAX)] {
		let terms = PrivateTerms { unit_price, max_units, salt: Fr::ZERO };
		statement.escrow = Some(EscrowOpening { terms, ..opening(0) });
		assert_eq!(statement.assign(&public), Err(WitnessError::EscrowTooLarge));
	}
	assert_eq!(WitnessError::EscrowTooLarge.group(), "escrow/value");
}

#[test]
fn an_offer_that_is_not_the_escrows_has_an_error() {
	let statement = Statement::sample(&POST);
	let mut public = statement.public();
	public[6] += Fr::ONE;
	let error = statement.assign(&public).unwrap_err();
	assert_eq!((error, error.group()), (WitnessError::OfferMismatch, "escrow/offer".into()));
	Cheat::of(statement).with(|values| values.public = public).is_caught_only_by("escrow/offer");
}

fn audit_of(values: &mut Values) -> &mut AuditValues {
	values.audit.as_mut().expect("the circuit has an auditor")
}

#[test]
fn an_auditor_reads_what_the_notes_are_worth() {
	for circuit in Circuit::audited() {
		for parts in [[900, 450, 150], [0, MAX, 0], [MAX, 0, 0]] {
			let total = parts.iter().map(|part| u128::from(*part)).sum::<u128>();
			let spent = [
				(total.min(MAX.into()) as u64, 17),
				((total.saturating_sub(MAX.into())) as u64, 18),
			];
			let statement = Statement::new(circuit, spent, &parts);
			assert!(statement.holds());
			let notes = statement.notes();
			let shown = match notes[..] {
				[note] => statement.audit.show(&[note]).encrypted.to_vec(),
				[first, second] => statement.audit.show(&[first, second]).encrypted.to_vec(),
				_ => unreachable!(),
			};
			let ephemeral = SecretKey::from_seed(&[42; 32]).public();
			let shared = auditors_key().shared(&ephemeral);
			for ((value, commitment), encrypted) in notes.iter().zip(shown) {
				let read = audited_value::<Native>(&shared, *commitment, encrypted);
				assert_eq!(read, Some(*value));
			}
		}
	}
}

/// What a prover shows the auditor instead of what it has proven, the chain computing the signal of what is
/// shown.
#[test]
fn everything_that_the_auditor_is_shown_is_in_the_signal() {
	type Change = fn(&mut AuditedValues<2>, &mut [Fr; 2]);
	let other = SecretKey::from_seed(&[43; 32]).public();
	let changes: [(&str, Change); 9] = [
		("a value that is one less", |shown, _| shown.encrypted[0] -= Fr::ONE),
		("a value of nothing", |shown, _| shown.encrypted[1] = Fr::ZERO),
		("the values in the wrong order", |shown, _| shown.encrypted.reverse()),
		("another ephemeral key", |shown, _| shown.ephemeral_key[0] = -shown.ephemeral_key[0]),
		("the identity", |shown, _| shown.ephemeral_key = [Fr::ZERO, Fr::ONE]),
		("coordinates in the wrong order", |shown, _| shown.ephemeral_key.reverse()),
		("another sign of the auditor's key", |_, key| key[0] = -key[0]),
		("the auditor's key in the wrong order", |_, key| key.reverse()),
		("both swapped", |shown, key| std::mem::swap(&mut shown.ephemeral_key, key)),
	];
	for circuit in [&*AUDITED_TRANSFER, &*AUDITED_POST] {
		let statement = Statement::sample(circuit);
		let notes: [_; 2] = statement.notes().try_into().unwrap();
		let honest = statement.audit.show(&notes);
		for (what, change) in changes {
			let (mut shown, mut key) = (honest, statement.audit.coordinates());
			change(&mut shown, &mut key);
			let signal = shown.signal::<Native>(key);
			assert_ne!(signal, statement.signal(), "{what}");
			let cheat = Cheat::of(Statement::sample(circuit))
				.with(|values| audit_of(values).signal = signal);
			assert_eq!(cheat.caught_by(), BTreeSet::from(["audit/digest"]), "{what}");
		}
		// What is for an auditor that the chain does not have, by its own rules.
		let cheat = Cheat::of(Statement::sample(circuit))
			.with(|values| audit_of(values).key = (other.x(), other.y()));
		cheat.is_caught_only_by("audit/digest");
		assert_eq!(cheat.audited().caught_by(), BTreeSet::new());
		// Ciphertexts of one note beside the other: each is under its own mask.
		let [(first, to_first), (second, to_second)] = notes;
		let swapped = statement.audit.show(&[(first, to_second), (second, to_first)]);
		let signal = swapped.signal::<Native>(statement.audit.coordinates());
		Cheat::of(Statement::sample(circuit))
			.with(|values| audit_of(values).signal = signal)
			.is_caught_only_by("audit/digest");
	}
	let statement = Statement::sample(&AUDITED_WITHDRAW);
	let [note]: [_; 1] = statement.notes().try_into().unwrap();
	let mut shown = statement.audit.show(&[note]);
	shown.encrypted[0] += Fr::ONE;
	let signal = shown.signal::<Native>(statement.audit.coordinates());
	Cheat::of(statement)
		.with(|values| audit_of(values).signal = signal)
		.is_caught_only_by("audit/digest");
}

/// A note of 900 that the auditor takes for one of 1, by a wrong hash.
#[test]
fn a_value_hidden_from_the_auditor_by_a_wrong_hash() {
	for circuit in Circuit::audited() {
		let honest = Cheat::new(circuit, 0);
		let statement = Statement::new(circuit, [(1_000, 0x1234_5678), (0, 0)], &[900, 70, 30]);
		let notes = statement.notes();
		let mut lie = notes.clone();
		lie[0].0 = 1;
		let by = Fr::from(1u8) - Fr::from(notes[0].0);
		let shared = statement.audit.key.point() * statement.audit.ephemeral;
		let mask = audit_mask::<Native>(&shared.into(), notes[0].1);
		let cheat = honest.steer("audit/mask_0", 4, 294 / 3, mask, mask + by).audited();
		assert_eq!(audit_of(&mut cheat.values.clone()).signal, signal_of(&statement.audit, &lie));
		cheat.is_caught_only_by("audit/mask_0");
	}
}

/// With the identity as ephemeral key everybody could read the values, and the auditor's key would not
/// matter.
#[test]
fn an_ephemeral_key_for_the_auditor_that_is_the_identity() {
	for circuit in Circuit::audited() {
		for secret in [BigInt::zero(), SUBGROUP_ORDER] {
			let cheat = Cheat::new(circuit, 0).with(|values| audit_of(values).ephemeral = secret);
			cheat.audited().is_caught_only_by("audit/order");
		}
		let mut statement = Statement::sample(circuit);
		let public = statement.public();
		statement.audit.ephemeral = Scalar::ZERO;
		let error = statement.assign(&public).unwrap_err();
		assert_eq!(error, WitnessError::EphemeralIdentity);
		assert_eq!(error.group(), "audit/order");
	}
}

/// A part of small order in the ephemeral key would tell its maker something of the auditor's secret.
#[test]
fn an_ephemeral_key_outside_of_the_subgroup() {
	for circuit in Circuit::audited() {
		let key = SecretKey::from_seed(&[42; 32]).public();
		Cheat::new(circuit, 0)
			.replace("audit/key/x", 82, -key.x())
			.replace("audit/key/y", 82, -key.y())
			.audited()
			.is_caught_only_by("audit/key");
	}
}

/// A secret of the same key as before is the same secret, however it is written.
#[test]
fn a_second_scalar_for_one_ephemeral_key_of_the_auditor() {
	for circuit in Circuit::audited() {
		let cheat = Cheat::new(circuit, 0).with(|values| {
			let ephemeral = &mut audit_of(values).ephemeral;
			assert!(!ephemeral.add_with_carry(&SUBGROUP_ORDER));
			assert!(ephemeral.num_bits() <= exchange::SECRET_BITS as u32);
		});
		assert_eq!(cheat.caught_by(), BTreeSet::new());
	}
}

#[test]
fn what_the_auditor_is_shown_of_other_notes_has_an_error() {
	for circuit in Circuit::audited() {
		let statement = Statement::sample(circuit);
		let (public, signal) = (statement.public(), statement.signal() + Fr::ONE);
		let audit = Auditing { signal, witness: &statement.audit };
		let error = statement.assign_with(&public, Some(audit)).unwrap_err();
		assert_eq!((error, error.group()), (WitnessError::AuditMismatch, "audit/digest".into()));
		let other =
			AuditWitness { key: SecretKey::from_seed(&[43; 32]).public(), ..statement.audit };
		let audit = Auditing { signal: statement.signal(), witness: &other };
		let error = statement.assign_with(&public, Some(audit)).unwrap_err();
		assert_eq!(error, WitnessError::AuditMismatch);
	}
}

/// Without an auditor nothing of all that is there.
#[test]
fn the_circuits_without_an_auditor_have_no_part_of_it() {
	for (circuit, audited) in [
		(&*TRANSFER, &*AUDITED_TRANSFER),
		(&*WITHDRAW, &*AUDITED_WITHDRAW),
		(&*POST, &*AUDITED_POST),
	] {
		let paths = |circuit: &Circuit| -> Vec<_> {
			circuit.shape.groups().iter().map(|group| group.path.clone()).collect()
		};
		let (without, mut with) = (paths(circuit), paths(audited));
		assert!(without.iter().all(|path| !path.starts_with("audit")));
		with.retain(|path| !path.starts_with("audit"));
		assert_eq!(without, with);
	}
}

#[test]
fn no_wire_is_free() {
	// Each private value but one as it should be, and that one changed: some constraint fails.
	for circuit in Circuit::all() {
		let statement = Statement::sample(circuit);
		let assignment = statement.assign(&statement.public()).unwrap();
		let shape = &circuit.shape;
		let mut rows = vec![Vec::new(); shape.wires()];
		for row in shape.rows() {
			let sides = [&row.a, &row.b, &row.c];
			let wires: BTreeSet<_> =
				sides.iter().flat_map(|side| side.terms()).map(|(wire, _)| *wire).collect();
			for wire in wires {
				rows[wire].push(row);
			}
		}
		let mut values = assignment.wires().to_vec();
		for (wire, rows) in rows.iter().enumerate().skip(1) {
			values[wire] += Fr::ONE;
			assert!(!rows.iter().all(|row| row.holds(&values)), "wire {wire} is free");
			values[wire] -= Fr::ONE;
		}
	}
}

/// A false statement has an error of its own, and the error names the group that would fail.
#[test]
fn errors_name_the_group_that_fails() {
	type Change = fn(&mut Statement, &mut [Fr; NOTE_SIGNALS]);
	let changes: [(Change, WitnessError); 8] = [
		(
			|statement, public| {
				statement.made[0].value += 1;
				public[5] = statement.made[0].commitment::<Native>();
			},
			WitnessError::Unbalanced { spent: 1_500, made: 1_501 },
		),
		(
			|statement, _| statement.spent[0].siblings[3][1] += Fr::ONE,
			WitnessError::NotInTree { input: 0 },
		),
		(
			|statement, _| statement.spent[1].siblings[9][0] += Fr::ONE,
			WitnessError::NotInTree { input: 1 },
		),
		(|_, public| public[3] += Fr::ONE, WitnessError::NullifierMismatch { input: 0 }),
		(|_, public| public[4] += Fr::ONE, WitnessError::NullifierMismatch { input: 1 }),
		(|_, public| public[5] += Fr::ONE, WitnessError::CommitmentMismatch { output: 0 }),
		(
			|statement, _| {
				let last = statement.made.len() - 1;
				statement.made[last].rho += Fr::ONE;
			},
			WitnessError::CommitmentMismatch { output: usize::MAX },
		),
		(
			|statement, public| {
				statement.spent[1] = statement.spent[0].clone();
				statement.made[0].value += 500;
				*public = statement.public();
			},
			WitnessError::EqualNullifiers,
		),
	];
	for circuit in Circuit::all() {
		for (change, mut expected) in changes {
			if let WitnessError::CommitmentMismatch { output } = &mut expected {
				*output = (*output).min(circuit.layout.outputs - 1);
			}
			let mut statement = Statement::sample(circuit);
			let mut public = statement.public();
			change(&mut statement, &mut public);
			let error = statement.assign(&public).unwrap_err();
			assert_eq!(error, expected);
			let mut assigner = Assigner::with_capacity(1);
			synthesise(&mut assigner, circuit.layout, &statement.values(&public));
			let failing = circuit.shape.unsatisfied(&assigner.finish());
			assert_eq!(failing, BTreeSet::from([error.group().as_str()]));
		}
	}
	let error = WitnessError::LeafIndexOutOfRange { input: 1, leaf_index: 1 << 32 };
	assert_eq!(error.group(), "input_1/place");
}

/// Numbers that add up to a total, each of 64 bits.
fn split(mut total: u128, choices: &[u64]) -> Vec<u64> {
	let (most, mut left) = (u128::from(MAX), choices.len() as u128);
	choices
		.iter()
		.map(|choice| {
			left -= 1;
			let least = total.saturating_sub(left * most);
			let part = least + u128::from(*choice) % (total.min(most) - least + 1);
			total -= part;
			part as u64
		})
		.collect()
}

/// A value, often one of the edges.
fn value() -> impl Strategy<Value = u64> {
	prop_oneof![any::<u64>(), 0..10u64, MAX - 10..=MAX, Just(0)]
}

fn place() -> impl Strategy<Value = u64> {
	prop_oneof![any::<u32>().prop_map(u64::from), 0..20u64]
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(24))]

	#[test]
	fn honest_statements_satisfy_the_circuits(
		values in [value(), value()],
		places in [place(), place()],
		choices in any::<[u64; 3]>(),
		others in proptest::collection::btree_map(place(), any::<u64>(), 0..20),
		secrets in any::<[[u64; 3]; 2]>(),
		receivers in any::<[[u64; 2]; 2]>(),
		context in any::<[u128; 2]>(),
	) {
		prop_assume!(places[0] != places[1]);
		let parts = split(u128::from(values[0]) + u128::from(values[1]), &choices);
		for circuit in Circuit::all() {
			let mut statement =
				Statement::new(circuit, [(values[0], places[0]), (values[1], places[1])], &parts);
			for (note, secrets) in statement.spent.iter_mut().zip(secrets) {
				let [nullifier_key, diversifier, rho] = secrets.map(Fr::from);
				*note = SpentNote { nullifier_key, diversifier, rho, ..note.clone() };
			}
			let notes = statement.spent.each_ref().map(|note| {
				(note.leaf_index, note.note().commitment::<Native>())
			});
			let others = others.iter().map(|(place, leaf)| (*place, Fr::from(*leaf)));
			let forest = Forest::new(others.chain(notes));
			for note in &mut statement.spent {
				note.siblings = forest.siblings(note.leaf_index);
			}
			for (note, [owner, rho]) in statement.made.iter_mut().zip(receivers) {
				*note = Note { value: note.value, owner: Fr::from(owner), rho: Fr::from(rho) };
			}
			statement.root = forest.root();
			let mut public = statement.public();
			public[..2].copy_from_slice(&context.map(Fr::from));
			let assignment = statement.assign(&public).unwrap();
			prop_assert_eq!(circuit.shape.unsatisfied(&assignment), BTreeSet::new());
		}
	}
}
