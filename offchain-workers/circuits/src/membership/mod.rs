//! Membership: the prover is one of the members of a tree, and nobody learns which one.
//!
//! Public signals, in order: `context_lo`, `context_hi`, `root`, `nullifier`, `scope`.
//!
//! Proven, with P Poseidon as circomlib computes it, by the groups named:
//!
//! * `context`: nothing about the context, but both signals are in a constraint, so that a proof is
//!   for one context only. What a member signals (a vote, a bid) belongs there.
//! * `leaf`: leaf = P(tag, secret), of a secret that the prover knows.
//! * `place`: the place has two bits for each level.
//! * `membership`, `root`: the leaf is at that place of the 4-ary tree of depth [`DEPTH`] with root
//!   `root`. A place without a member is the leaf 0; to prove for it one would need a preimage of 0
//!   under Poseidon.
//! * `nullifier`: the signal is P(tag, secret, scope), the same for every proof of one member in one
//!   scope: what the chain keeps to let each in once.
//!
//! Two proofs of one member for different scopes have nothing in common that anybody else could see, given
//! that the secret is random: nullifier and leaf are hashes of it under different tags.

use crate::{
	gadgets::{context, merkle, note, poseidon},
	Assigner, Assignment, Builder, Recorder, Shape,
};
use ark_bn254::Fr;
use ark_ff::AdditiveGroup;
use quittance_poseidon::{hash, tag, tree, Native};

#[cfg(test)]
mod tests;

/// Name of the circuit in files and passports. A change to the statement changes it.
pub const NAME: &str = "membership-v1";

/// Number of public signals.
pub const PUBLIC_SIGNALS: usize = 5;

/// Levels of the tree: a little more than a million members.
pub const DEPTH: usize = 10;

const MEMBER: Fr = tag("quittance.member.v1");
const NULLIFIER: Fr = tag("quittance.member-nullifier.v1");

/// P(tag, secret), the leaf of a member.
pub fn leaf(secret: Fr) -> Fr {
	hash(&[MEMBER, secret])
}

/// P(tag, secret, scope), by which a member is seen to come back in a scope.
pub fn nullifier(secret: Fr, scope: Fr) -> Fr {
	hash(&[NULLIFIER, secret, scope])
}

/// What the chain sees of a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublicSignals {
	/// The two limbs of the context, low first.
	pub context: [Fr; 2],
	/// Root of the tree over the members.
	pub root: Fr,
	/// [`nullifier`] of the member in this scope.
	pub nullifier: Fr,
	/// What the member comes for.
	pub scope: Fr,
}

impl PublicSignals {
	/// The signals in the order of the circuit.
	pub fn to_fields(&self) -> [Fr; PUBLIC_SIGNALS] {
		let [context_lo, context_hi] = self.context;
		[context_lo, context_hi, self.root, self.nullifier, self.scope]
	}
}

/// What the proof hides.
///
/// There is no `Debug`: who has one of these is this member.
#[derive(Clone)]
pub struct MembershipWitness {
	/// The member's secret.
	pub secret: Fr,
	/// Place of its leaf in the tree.
	pub leaf_index: u64,
	/// For each level of the tree from the lowest, the three other children, in order.
	pub siblings: [[Fr; 3]; DEPTH],
}

/// Why there is no proof. Each is found before the prover starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WitnessError {
	/// The tree has no such place.
	#[error("the member cannot be at place {0}, of which the tree has none")]
	LeafIndexOutOfRange(u64),
	/// The member is not at this place of the tree with this root.
	#[error("the member is not at its place of the tree")]
	NotInTree,
	/// The public nullifier is not the member's in this scope.
	#[error("the nullifier is not that of the member in this scope")]
	NullifierMismatch,
}

impl WitnessError {
	/// The group of constraints that would fail. There is no assignment with a place that is none, and
	/// with its digits in the tree the root is another.
	pub fn group(&self) -> &'static str {
		match self {
			Self::LeafIndexOutOfRange(_) | Self::NotInTree => "root",
			Self::NullifierMismatch => "nullifier",
		}
	}
}

/// The siblings of a place in the tree over these leaves, for [`MembershipWitness`]. `None` for more
/// leaves than the tree has places, and for an index that is no place.
pub fn siblings(leaves: &[Fr], leaf_index: u64) -> Option<[[Fr; 3]; DEPTH]> {
	tree::path::<Native>(leaves, DEPTH as u32, leaf_index)?.siblings.try_into().ok()
}

/// The matrices.
pub fn shape() -> Shape {
	let mut recorder = Recorder::default();
	synthesise(&mut recorder, &Values::default());
	recorder.finish()
}

/// The assignment of a true statement.
///
/// Errors: [`WitnessError`], the first that applies.
pub fn assign(
	public: &PublicSignals,
	witness: &MembershipWitness,
) -> Result<Assignment, WitnessError> {
	if witness.leaf_index >> (2 * DEPTH) != 0 {
		return Err(WitnessError::LeafIndexOutOfRange(witness.leaf_index));
	}
	let mut assigner = Assigner::with_capacity(1 << 12);
	let results = synthesise(&mut assigner, &Values::new(public, witness));
	if results.root != public.root {
		return Err(WitnessError::NotInTree);
	}
	if results.nullifier != public.nullifier {
		return Err(WitnessError::NullifierMismatch);
	}
	Ok(assigner.finish())
}

/// Everything a prover can choose, honest or not.
#[derive(Clone)]
struct Values {
	public: [Fr; PUBLIC_SIGNALS],
	secret: Fr,
	leaf_index: u64,
	siblings: [[Fr; 3]; DEPTH],
}

impl Default for Values {
	fn default() -> Self {
		Self {
			public: Default::default(),
			secret: Fr::ZERO,
			leaf_index: 0,
			siblings: [[Fr::ZERO; 3]; DEPTH],
		}
	}
}

impl Values {
	fn new(public: &PublicSignals, witness: &MembershipWitness) -> Self {
		Self {
			public: public.to_fields(),
			secret: witness.secret,
			leaf_index: witness.leaf_index,
			siblings: witness.siblings,
		}
	}
}

/// What the circuit computed on its way.
struct Results {
	root: Fr,
	nullifier: Fr,
}

fn synthesise<B: Builder>(builder: &mut B, values: &Values) -> Results {
	let [context_lo, context_hi, root, nullifier, scope] =
		values.public.map(|value| builder.public(value));
	let secret = builder.hint("secret", values.secret);
	let siblings: Vec<_> = values
		.siblings
		.iter()
		.map(|level| level.map(|sibling| builder.hint("sibling", sibling)))
		.collect();

	context::bind(builder, [&context_lo, &context_hi]);
	let leaf = builder.group("leaf", |builder| poseidon::hash(builder, &[MEMBER], &[&secret]));
	let place = builder.group("place", |builder| note::place(builder, values.leaf_index, DEPTH));
	let computed_root = builder
		.group("membership", |builder| merkle::root(builder, &leaf, &place.digits, &siblings));
	builder.group("root", |builder| builder.equal(&computed_root, &root));
	let computed_nullifier = builder.group("nullifier", |builder| {
		let computed = poseidon::hash(builder, &[NULLIFIER], &[&secret, &scope]);
		builder.equal(&computed, &nullifier);
		computed
	});
	Results { root: computed_root.value(), nullifier: computed_nullifier.value() }
}
