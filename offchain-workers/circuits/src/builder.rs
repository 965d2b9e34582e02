//! The two ways to run a circuit.

use crate::{
	number::{Linear, Number, Terms},
	shape::{Assignment, Group, Row, Shape},
};
use ark_bn254::Fr;
use ark_ff::{AdditiveGroup, Field};
use std::collections::BTreeMap;

/// What a circuit is written against.
///
/// A circuit must make the same calls whatever the values are: the matrices come from a run on
/// zeros. Tests compare the recordings of different witnesses.
pub trait Builder {
	/// What this mode keeps of a linear combination.
	type Terms: Terms;

	/// The next public signal. All public signals come before the first [`hint`](Self::hint).
	fn public(&mut self, value: Fr) -> Number<Self::Terms>;

	/// A private wire, which has whatever value the prover gives it: only constraints make an
	/// honest prover's hint the only possible one. The name is for tests.
	fn hint(&mut self, name: &'static str, value: Fr) -> Number<Self::Terms>;

	/// Demands a · b = c of the three numbers.
	fn enforce(&mut self, constraint: impl FnOnce() -> [Number<Self::Terms>; 3]);

	/// Runs `body`; its constraints and hints belong to the group of this name within the current
	/// one. Groups of one path are one group.
	fn group<R>(&mut self, name: &'static str, body: impl FnOnce(&mut Self) -> R) -> R;

	/// The product of two numbers: one wire, one constraint. The dearest group operations of a
	/// proof are paid per wire that occurs in a `b`, so the one with fewer such wires goes there.
	fn product(
		&mut self,
		name: &'static str,
		a: &Number<Self::Terms>,
		b: &Number<Self::Terms>,
	) -> Number<Self::Terms> {
		let product = self.hint(name, a.value() * b.value());
		self.enforce(|| [a.clone(), b.clone(), product.clone()]);
		product
	}

	/// Demands a = b, with one constraint.
	fn equal(&mut self, a: &Number<Self::Terms>, b: &Number<Self::Terms>) {
		self.enforce(|| [a - b, Number::one(), Number::zero()]);
	}

	/// Demands that a number has an inverse, with one wire and one constraint.
	fn not_zero(&mut self, number: &Number<Self::Terms>) {
		let inverse = self.hint("inverse", number.value().inverse().unwrap_or(Fr::ZERO));
		self.enforce(|| [inverse, number.clone(), Number::one()]);
	}
}

/// Computes an assignment and nothing else.
#[derive(Debug)]
pub struct Assigner {
	values: Vec<Fr>,
	publics: usize,
}

impl Assigner {
	/// An assigner with room for a number of wires.
	pub fn with_capacity(wires: usize) -> Self {
		let mut values = Vec::with_capacity(wires);
		values.push(Fr::ONE);
		Self { values, publics: 0 }
	}

	/// The assignment.
	pub fn finish(self) -> Assignment {
		Assignment::new(self.values, self.publics)
	}

	fn wire(&mut self, value: Fr) -> Number<()> {
		self.values.push(value);
		Number::of_wire(self.values.len() - 1, value)
	}
}

impl Builder for Assigner {
	type Terms = ();

	fn public(&mut self, value: Fr) -> Number<()> {
		assert_eq!(self.values.len(), self.publics + 1, "public signals come first");
		self.publics += 1;
		self.wire(value)
	}

	#[inline]
	fn hint(&mut self, _: &'static str, value: Fr) -> Number<()> {
		self.wire(value)
	}

	#[inline]
	fn enforce(&mut self, _: impl FnOnce() -> [Number<()>; 3]) {}

	#[inline]
	fn group<R>(&mut self, _: &'static str, body: impl FnOnce(&mut Self) -> R) -> R {
		body(self)
	}
}

/// Records constraints by group, and the values beside them.
#[derive(Debug)]
pub struct Recorder {
	values: Vec<Fr>,
	publics: usize,
	rows: Vec<Row>,
	groups: Vec<Group>,
	path: Vec<&'static str>,
}

impl Default for Recorder {
	fn default() -> Self {
		Self {
			values: vec![Fr::ONE],
			publics: 0,
			rows: Vec::new(),
			groups: Vec::new(),
			path: Vec::new(),
		}
	}
}

impl Recorder {
	/// The values of all wires.
	pub fn values(&self) -> &[Fr] {
		&self.values
	}

	/// Whether the values satisfy all constraints so far.
	pub fn is_satisfied(&self) -> bool {
		self.rows.iter().all(|row| row.holds(&self.values))
	}

	/// The matrices.
	pub fn finish(self) -> Shape {
		Shape::new(self.publics, self.values.len() - 1 - self.publics, self.groups, self.rows)
	}

	fn wire(&mut self, value: Fr) -> Number<Linear> {
		self.values.push(value);
		Number::of_wire(self.values.len() - 1, value)
	}
}

impl Builder for Recorder {
	type Terms = Linear;

	fn public(&mut self, value: Fr) -> Number<Linear> {
		assert_eq!(self.values.len(), self.publics + 1, "public signals come first");
		self.publics += 1;
		self.wire(value)
	}

	fn hint(&mut self, _: &'static str, value: Fr) -> Number<Linear> {
		self.wire(value)
	}

	fn enforce(&mut self, constraint: impl FnOnce() -> [Number<Linear>; 3]) {
		let path = self.path.join("/");
		let group = match self.groups.iter().position(|group| group.path == path) {
			Some(group) => group,
			None => {
				self.groups.push(Group { path, constraints: 0 });
				self.groups.len() - 1
			},
		};
		self.groups[group].constraints += 1;
		let [a, b, c] = constraint().map(|number| number.terms().clone());
		self.rows.push(Row { a, b, c, group });
	}

	fn group<R>(&mut self, name: &'static str, body: impl FnOnce(&mut Self) -> R) -> R {
		self.path.push(name);
		let result = body(self);
		self.path.pop();
		result
	}
}

/// Plays a malicious prover: computes an assignment as [`Assigner`] does, but gives some hints
/// other values, from which everything that the circuit computes from them follows.
///
/// A hint has a path, which is its groups and its name joined by `/`, and is one of those of that
/// path, in order. [`Shape::unsatisfied`] tells what catches the prover.
#[derive(Debug)]
pub struct Tamperer {
	assigner: Assigner,
	path: Vec<&'static str>,
	overrides: BTreeMap<(String, usize), Fr>,
	hints: BTreeMap<String, Vec<Fr>>,
	/// By wire.
	paths: BTreeMap<usize, String>,
}

impl Tamperer {
	/// A prover that replaces these hints: path, place among those of the path, value.
	pub fn new(overrides: impl IntoIterator<Item = (String, usize, Fr)>) -> Self {
		Self {
			assigner: Assigner::with_capacity(1),
			path: Vec::new(),
			overrides: overrides
				.into_iter()
				.map(|(path, occurrence, value)| ((path, occurrence), value))
				.collect(),
			hints: BTreeMap::new(),
			paths: BTreeMap::new(),
		}
	}

	/// The value that a hint got.
	pub fn hinted(&self, path: &str, occurrence: usize) -> Option<Fr> {
		self.hints.get(path)?.get(occurrence).copied()
	}

	/// The path of the hint that a wire is; `None` for the constant one, a public signal, and no wire.
	pub fn path(&self, wire: usize) -> Option<&str> {
		self.paths.get(&wire).map(String::as_str)
	}

	/// Overrides whose hint the circuit never asked for. A test with one of those tests nothing.
	pub fn unused(&self) -> Vec<(&str, usize)> {
		self.overrides
			.keys()
			.map(|(path, occurrence)| (path.as_str(), *occurrence))
			.filter(|(path, occurrence)| self.hinted(path, *occurrence).is_none())
			.collect()
	}

	/// The assignment.
	pub fn finish(self) -> Assignment {
		self.assigner.finish()
	}
}

impl Builder for Tamperer {
	type Terms = ();

	fn public(&mut self, value: Fr) -> Number<()> {
		self.assigner.public(value)
	}

	fn hint(&mut self, name: &'static str, value: Fr) -> Number<()> {
		let mut path = self.path.join("/");
		path.push('/');
		path.push_str(name);
		self.paths.insert(self.assigner.values.len(), path.clone());
		let hints = self.hints.entry(path.clone()).or_default();
		let value = self.overrides.get(&(path, hints.len())).copied().unwrap_or(value);
		hints.push(value);
		self.assigner.hint(name, value)
	}

	fn enforce(&mut self, _: impl FnOnce() -> [Number<()>; 3]) {}

	fn group<R>(&mut self, name: &'static str, body: impl FnOnce(&mut Self) -> R) -> R {
		self.path.push(name);
		let result = body(self);
		self.path.pop();
		result
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use std::collections::BTreeSet;

	/// x³ = public, in two groups.
	fn cube<B: Builder>(builder: &mut B, public: u64, x: u64) {
		let public = builder.public(Fr::from(public));
		let x = builder.hint("x", Fr::from(x));
		let square = builder.group("outer", |builder| {
			builder.group("square", |builder| builder.product("square", &x, &x))
		});
		builder.group("cube", |builder| builder.enforce(|| [square, x, public]));
	}

	fn shape() -> Shape {
		let mut recorder = Recorder::default();
		cube(&mut recorder, 0, 0);
		recorder.finish()
	}

	#[test]
	fn all_modes_give_the_same_values() {
		let mut recorder = Recorder::default();
		let mut assigner = Assigner::with_capacity(4);
		let mut tamperer = Tamperer::new([]);
		cube(&mut recorder, 27, 3);
		cube(&mut assigner, 27, 3);
		cube(&mut tamperer, 27, 3);
		let assignment = assigner.finish();
		assert_eq!(recorder.values(), assignment.wires());
		assert_eq!(tamperer.finish(), assignment);
		assert_eq!(recorder.finish(), shape());
		assert!(shape().is_satisfied(&assignment));
	}

	#[test]
	fn unsatisfied_groups_are_named_and_can_be_dropped() {
		let mut assigner = Assigner::with_capacity(4);
		cube(&mut assigner, 28, 3);
		let assignment = assigner.finish();
		let shape = shape();
		assert_eq!(shape.unsatisfied(&assignment), BTreeSet::from(["cube"]));
		assert_eq!(shape.without_group("cub"), shape);
		assert!(shape.without_group("cube").is_satisfied(&assignment));
		assert_eq!(shape.without_group("outer").constraints(), 1);
	}

	#[test]
	fn what_follows_from_an_overridden_hint_follows() {
		let tampered = |path: &str, value: u64, public: u64| {
			let mut tamperer = Tamperer::new([(path.into(), 0, Fr::from(value))]);
			cube(&mut tamperer, public, 3);
			assert_eq!(tamperer.hinted(path, 0), Some(Fr::from(value)));
			assert_eq!(tamperer.unused(), []);
			let paths: Vec<_> = (0..5).map(|wire| tamperer.path(wire)).collect();
			assert_eq!(paths, [None, None, Some("/x"), Some("outer/square/square"), None]);
			tamperer.finish()
		};
		let shape = shape();
		assert!(shape.is_satisfied(&tampered("/x", 5, 125)));
		let assignment = tampered("outer/square/square", 10, 30);
		assert_eq!(shape.unsatisfied(&assignment), BTreeSet::from(["outer/square"]));
		let mut tamperer = Tamperer::new([("outer/nothing".into(), 0, Fr::ONE)]);
		cube(&mut tamperer, 27, 3);
		assert_eq!(tamperer.unused(), [("outer/nothing", 0)]);
	}
}
