//! Matrices and assignments.

use crate::{iden3, number::Linear};
use ark_bn254::Fr;
use ark_relations::gr1cs::{
	ConstraintSynthesizer, ConstraintSystemRef, LinearCombination, SynthesisError, Variable,
};
use blake2::{digest::consts::U32, Blake2b, Digest};
use std::collections::BTreeSet;
use taceo_groth16::ConstraintMatrices;

/// A constraint a · b = c and the group it belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Row {
	pub(crate) a: Linear,
	pub(crate) b: Linear,
	pub(crate) c: Linear,
	pub(crate) group: usize,
}

impl Row {
	pub(crate) fn holds(&self, values: &[Fr]) -> bool {
		self.a.evaluate(values) * self.b.evaluate(values) == self.c.evaluate(values)
	}
}

/// A named group of constraints.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
	/// Names from the outermost group inwards, joined by `/`.
	pub path: String,
	/// Number of constraints directly in it.
	pub constraints: usize,
}

/// What a circuit demands, independent of any witness.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shape {
	publics: usize,
	privates: usize,
	groups: Vec<Group>,
	rows: Vec<Row>,
}

impl Shape {
	pub(crate) fn new(publics: usize, privates: usize, groups: Vec<Group>, rows: Vec<Row>) -> Self {
		Self { publics, privates, groups, rows }
	}

	/// Number of public signals, without the constant one.
	pub fn publics(&self) -> usize {
		self.publics
	}

	/// Number of wires: one, public, private.
	pub fn wires(&self) -> usize {
		1 + self.publics + self.privates
	}

	/// Number of constraints.
	pub fn constraints(&self) -> usize {
		self.rows.len()
	}

	/// Size of the evaluation domain of a Groth16 key: the power of two that holds a row for each
	/// constraint and each public wire.
	pub fn domain(&self) -> usize {
		(self.constraints() + 1 + self.publics).next_power_of_two()
	}

	/// The groups in the order in which the circuit enters them.
	pub fn groups(&self) -> &[Group] {
		&self.groups
	}

	/// blake2b-256 of the circuit's `.r1cs` file. Two circuits that demand the same have the same.
	pub fn digest(&self) -> [u8; 32] {
		Blake2b::<U32>::digest(iden3::r1cs(self)).into()
	}

	/// Whether an assignment satisfies all constraints.
	///
	/// # Panics
	///
	/// Where the assignment is one of another circuit, with fewer wires.
	pub fn is_satisfied(&self, assignment: &Assignment) -> bool {
		self.rows.iter().all(|row| row.holds(assignment.wires()))
	}

	/// Paths of the groups that have a constraint which an assignment does not satisfy.
	///
	/// # Panics
	///
	/// As [`is_satisfied`](Self::is_satisfied).
	pub fn unsatisfied(&self, assignment: &Assignment) -> BTreeSet<&str> {
		self.rows
			.iter()
			.filter(|row| !row.holds(assignment.wires()))
			.map(|row| self.groups[row.group].path.as_str())
			.collect()
	}

	/// The circuit without the constraints of a group and of all groups within it. Tests use it to
	/// show what the group is for.
	pub fn without_group(&self, path: &str) -> Self {
		let inside = |group: &Group| {
			let rest = group.path.strip_prefix(path);
			rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
		};
		let mut left = self.clone();
		left.rows.retain(|row| !inside(&self.groups[row.group]));
		for group in left.groups.iter_mut().filter(|group| inside(group)) {
			group.constraints = 0;
		}
		left
	}

	pub(crate) fn rows(&self) -> &[Row] {
		&self.rows
	}

	/// The matrices as the prover takes them.
	pub fn matrices(&self) -> ConstraintMatrices<Fr> {
		let matrix = |side: fn(&Row) -> &Linear| -> Vec<Vec<(Fr, usize)>> {
			let row = |row| side(row).terms().iter().map(|(wire, value)| (*value, *wire)).collect();
			self.rows.iter().map(row).collect()
		};
		let (a, b, c) = (matrix(|row| &row.a), matrix(|row| &row.b), matrix(|row| &row.c));
		let non_zero = |matrix: &[Vec<_>]| matrix.iter().map(Vec::len).sum();
		ConstraintMatrices {
			num_instance_variables: 1 + self.publics,
			num_witness_variables: self.privates,
			num_constraints: self.rows.len(),
			a_num_non_zero: non_zero(&a),
			b_num_non_zero: non_zero(&b),
			c_num_non_zero: non_zero(&c),
			a,
			b,
			c,
		}
	}
}

/// For the key generator of `ark-groth16`. It asks for no values; a system that does gets
/// [`SynthesisError::AssignmentMissing`].
impl ConstraintSynthesizer<Fr> for &Shape {
	fn generate_constraints(self, cs: ConstraintSystemRef<Fr>) -> Result<(), SynthesisError> {
		let mut wires = Vec::with_capacity(self.wires());
		wires.push(Variable::One);
		for _ in 0..self.publics {
			wires.push(cs.new_input_variable(|| Err(SynthesisError::AssignmentMissing))?);
		}
		for _ in 0..self.privates {
			wires.push(cs.new_witness_variable(|| Err(SynthesisError::AssignmentMissing))?);
		}
		let combination = |linear: &Linear| {
			LinearCombination(
				linear.terms().iter().map(|(wire, value)| (*value, wires[*wire])).collect(),
			)
		};
		for row in &self.rows {
			cs.enforce_r1cs_constraint(
				|| combination(&row.a),
				|| combination(&row.b),
				|| combination(&row.c),
			)?;
		}
		Ok(())
	}
}

/// A value for every wire of a circuit. It holds the prover's secrets: do not store or log it.
#[derive(Clone, PartialEq, Eq)]
pub struct Assignment {
	values: Vec<Fr>,
	publics: usize,
}

impl Assignment {
	pub(crate) fn new(values: Vec<Fr>, publics: usize) -> Self {
		Self { values, publics }
	}

	/// The same but for the value of one wire, for tests. `None` where there is no such wire.
	pub fn with(&self, wire: usize, value: Fr) -> Option<Self> {
		let mut other = self.clone();
		*other.values.get_mut(wire)? = value;
		Some(other)
	}

	/// All values: one, public, private.
	pub fn wires(&self) -> &[Fr] {
		&self.values
	}

	/// The public signals, without the constant one.
	pub fn publics(&self) -> &[Fr] {
		&self.values[1..=self.publics]
	}
}

impl std::fmt::Debug for Assignment {
	fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
		f.debug_struct("Assignment")
			.field("wires", &self.values.len())
			.field("publics", &self.publics())
			.finish_non_exhaustive()
	}
}
