//! The join-split that [`transfer`](crate::transfer), [`withdraw`](crate::withdraw) and
//! [`post_private_job`](crate::post_private_job) share: two notes are spent, notes are made, and what
//! is left over is paid out of the pool.
//!
//! Public signals, in order: `context_lo`, `context_hi`, `root`, `nullifier_0`, `nullifier_1`, then
//! the commitments of the notes made, the offer where there is one, then what is paid out, then, of an
//! audited circuit, what the auditor is shown.
//!
//! Proven, with P Poseidon as circomlib computes it, by the groups named:
//!
//! * `context`: nothing about the context, but both signals are in a constraint, so that a proof is
//!   for one context only.
//! * `fee`, `amount` or `paid`, as the circuit has them: it is below 2^64.
//! * for each note spent, `input_0/*` and `input_1/*`:
//!   * `range`: its value is below 2^64.
//!   * `owner`: owner = P(tag, nk, d), of a nullifier key that the prover knows.
//!   * `inner`, `commitment`: commitment = P(tag, value, P(tag, owner, rho)).
//!   * `place`: the leaf index has two bits for each level.
//!   * `membership`, `root`: the commitment is the leaf of that index in the tree of depth
//!     [`DEPTH`] with root `root`, or its value is zero.
//!   * `nullifier`: the signal is P(tag, nk, commitment, leaf_index), of the same index.
//! * for each note made, `output_0/*` and so on:
//!   * `range`: its value is below 2^64.
//!   * `inner`, `commitment`: the signal is P(tag, value, P(tag, owner, rho)).
//! * for an escrow, `escrow/*`: the signal is the hash of an offer, and the escrow in it is worth the
//!   price of all its units. `unit_price`: the price of one is below 2^64; the other groups are those
//!   of `gadgets::escrow`.
//! * `conservation`: the values spent are together those made and paid out. There are five at most,
//!   each below 2^64, so that what holds in the field holds over the integers.
//! * `distinct`: the two nullifiers differ. The chain sees that too, and refuses by name; a chain
//!   that forgot would here not lose the pool.
//! * for an audited circuit, `audit/*`: as in [`audit`](mod@crate::audit).
//!
//! A note of value zero needs no leaf. A wallet that has one note to spend makes up the other one
//! with [`SpentNote::dummy`]. Its nullifier is made as that of any other note, so that nobody sees
//! which of the two it is, and stands in the way of no note that is worth anything: the nullifier
//! covers a commitment that covers the value, so that one hash of both would be a collision.

use crate::{
	audit::AuditWitness,
	gadgets::{
		audit::{self, Audited},
		bits, context,
		edwards::Point,
		escrow, exchange, merkle, note,
	},
	Assigner, Assignment, Builder, Number, Recorder, Shape,
};
use ark_bn254::Fr;
use ark_ff::{AdditiveGroup, BigInt, PrimeField};
use quittance_babyjubjub::Scalar;
use quittance_poseidon::{tree, Native};
use quittance_types::{
	note_nullifier, owner_key, EscrowOpening, Note, NOTE_INPUTS, NOTE_SIGNALS, NOTE_TREE_DEPTH,
};

#[cfg(test)]
mod tests;

/// Levels of the tree over all notes.
pub const DEPTH: usize = NOTE_TREE_DEPTH as usize;

/// A note on its way out of the pool, with the secrets of its owner.
///
/// There is no `Debug`: who has one of these can spend the note.
#[derive(Clone)]
pub struct SpentNote {
	/// The note's value.
	pub value: u64,
	/// The owner's nullifier key.
	pub nullifier_key: Fr,
	/// The diversifier from which, with the nullifier key, the note's owner key was made.
	pub diversifier: Fr,
	/// The note's random number.
	pub rho: Fr,
	/// Place of the commitment in the tree.
	pub leaf_index: u64,
	/// For each level of the tree from the lowest, the three other children, in order.
	pub siblings: [[Fr; 3]; DEPTH],
}

impl SpentNote {
	/// A note worth nothing, in place of a second one. The three numbers must be random and used
	/// once: a wallet that used its own nullifier key with numbers that were used before would show
	/// the same nullifier twice, which links the two calls and has the second one refused.
	pub fn dummy(nullifier_key: Fr, diversifier: Fr, rho: Fr) -> Self {
		let siblings = [[Fr::ZERO; 3]; DEPTH];
		Self { value: 0, nullifier_key, diversifier, rho, leaf_index: 0, siblings }
	}

	/// The note.
	pub fn note(&self) -> Note {
		let owner = owner_key::<Native>(self.nullifier_key, self.diversifier);
		Note { value: self.value, owner, rho: self.rho }
	}

	/// What is published when it is spent.
	pub fn nullifier(&self) -> Fr {
		let commitment = self.note().commitment::<Native>();
		note_nullifier::<Native>(self.nullifier_key, commitment, self.leaf_index)
	}
}

/// Why there is no proof. Each is found before the prover starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WitnessError {
	/// The tree has no such place.
	#[error("note {input} cannot be at place {leaf_index}, of which the tree has none")]
	LeafIndexOutOfRange {
		/// Which of the notes spent.
		input: usize,
		/// Its place.
		leaf_index: u64,
	},
	/// What is spent is not what is made and paid out.
	#[error("the notes spent are worth {spent}, what is made and paid out {made}")]
	Unbalanced {
		/// Sum of the values spent.
		spent: u128,
		/// Sum of the values made and of what is paid out.
		made: u128,
	},
	/// The note, of this value, owner and rho, is not at this place of the tree with this root.
	#[error("note {input} is not at its place of the tree")]
	NotInTree {
		/// Which of the notes spent.
		input: usize,
	},
	/// The public nullifier is not the note's.
	#[error("the nullifier is not that of note {input}")]
	NullifierMismatch {
		/// Which of the notes spent.
		input: usize,
	},
	/// The public commitment is not the new note's.
	#[error("the commitment is not that of the new note {output}")]
	CommitmentMismatch {
		/// Which of the notes made.
		output: usize,
	},
	/// The escrow would be worth 2^64 or more.
	#[error("the price of all units needs more than 64 bits")]
	EscrowTooLarge,
	/// The public offer is not that of the escrow.
	#[error("the offer is not that of the escrow")]
	OfferMismatch,
	/// The same note twice.
	#[error("both notes spent are the same")]
	EqualNullifiers,
	/// The ephemeral secret for the auditor is zero.
	#[error("the ephemeral key is the identity")]
	EphemeralIdentity,
	/// The last signal is not what the auditor is shown of these notes.
	#[error("what the auditor is shown is not about these notes, or for another key")]
	AuditMismatch,
}

impl WitnessError {
	/// The group of constraints that would fail.
	pub fn group(&self) -> String {
		match self {
			Self::LeafIndexOutOfRange { input, .. } => format!("input_{input}/place"),
			Self::Unbalanced { .. } => "conservation".into(),
			Self::NotInTree { input } => format!("input_{input}/root"),
			Self::NullifierMismatch { input } => format!("input_{input}/nullifier"),
			Self::CommitmentMismatch { output } => format!("output_{output}/commitment"),
			Self::EscrowTooLarge => "escrow/value".into(),
			Self::OfferMismatch => "escrow/offer".into(),
			Self::EqualNullifiers => "distinct".into(),
			Self::EphemeralIdentity => "audit/order".into(),
			Self::AuditMismatch => "audit/digest".into(),
		}
	}
}

/// The three other children for each level of the path of a place, for [`SpentNote`], in the tree
/// over `leaves` from the first place on. `None` for more leaves than the tree has places, or an
/// index that is none of them.
pub fn siblings(leaves: &[Fr], leaf_index: u64) -> Option<[[Fr; 3]; DEPTH]> {
	tree::path::<Native>(leaves, NOTE_TREE_DEPTH, leaf_index)?.siblings.try_into().ok()
}

/// What a circuit does beside spending two notes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Layout {
	/// Number of notes made, which become leaves.
	pub(crate) outputs: usize,
	/// Whether there is an escrow beside them, which does not.
	pub(crate) escrow: bool,
	/// What is paid out of the pool: the last public signals.
	pub(crate) paid: &'static [&'static str],
	/// Whether an auditor is shown what the notes made and the escrow are worth. There is one more public signal
	/// then.
	pub(crate) audited: bool,
}

impl Layout {
	/// The same, with an auditor.
	pub(crate) const fn audited(self) -> Self {
		Self { audited: true, ..self }
	}
}

/// What an audited statement has beside the others: the last public signal, and what the prover knows of it.
#[derive(Clone, Copy)]
pub(crate) struct Auditing<'a> {
	pub(crate) signal: Fr,
	pub(crate) witness: &'a AuditWitness,
}

/// Names of the groups of the notes spent.
const INPUT_GROUPS: [&str; NOTE_INPUTS] = ["input_0", "input_1"];

/// Names of the groups of the notes made.
const OUTPUT_GROUPS: [&str; 2] = ["output_0", "output_1"];

/// Everything a prover can choose, honest or not.
#[derive(Clone)]
struct Values {
	public: [Fr; NOTE_SIGNALS],
	inputs: [InputValues; NOTE_INPUTS],
	outputs: Vec<OutputValues>,
	escrow: Option<EscrowValues>,
	audit: Option<AuditValues>,
}

#[derive(Clone, Default)]
struct AuditValues {
	signal: Fr,
	key: (Fr, Fr),
	ephemeral: BigInt<4>,
}

#[derive(Clone, Default)]
struct InputValues {
	value: Fr,
	nullifier_key: Fr,
	diversifier: Fr,
	rho: Fr,
	leaf_index: u64,
	siblings: [[Fr; 3]; DEPTH],
}

#[derive(Clone, Default)]
struct OutputValues {
	value: Fr,
	owner: Fr,
	rho: Fr,
}

#[derive(Clone, Default)]
struct EscrowValues {
	unit_price: Fr,
	rest: escrow::Values,
}

impl Values {
	fn zeros(layout: &Layout) -> Self {
		let outputs = vec![OutputValues::default(); layout.outputs];
		let escrow = layout.escrow.then(EscrowValues::default);
		let audit = layout.audited.then(AuditValues::default);
		Self { public: Default::default(), inputs: Default::default(), outputs, escrow, audit }
	}

	fn new(
		public: &[Fr; NOTE_SIGNALS],
		spent: &[SpentNote; NOTE_INPUTS],
		made: &[Note],
		escrow: Option<&EscrowOpening>,
		audit: Option<&Auditing<'_>>,
	) -> Self {
		let inputs = spent.each_ref().map(|note| InputValues {
			value: note.value.into(),
			nullifier_key: note.nullifier_key,
			diversifier: note.diversifier,
			rho: note.rho,
			leaf_index: note.leaf_index,
			siblings: note.siblings,
		});
		let outputs = made
			.iter()
			.map(|Note { value, owner, rho }| OutputValues {
				value: (*value).into(),
				owner: *owner,
				rho: *rho,
			})
			.collect();
		let escrow = escrow.map(|opening| EscrowValues {
			unit_price: opening.terms.unit_price.into(),
			rest: opening.into(),
		});
		let audit = audit.map(|Auditing { signal, witness }| AuditValues {
			signal: *signal,
			key: (witness.key.x(), witness.key.y()),
			ephemeral: witness.ephemeral.into_bigint(),
		});
		Self { public: *public, inputs, outputs, escrow, audit }
	}
}

/// What the circuit computed on its way.
struct Results {
	roots: [Fr; NOTE_INPUTS],
	nullifiers: [Fr; NOTE_INPUTS],
	commitments: Vec<Fr>,
	offer: Option<Fr>,
	/// The digest of what an auditor is shown.
	audit: Option<Fr>,
}

/// The matrices of a circuit.
pub(crate) fn shape(layout: &Layout) -> Shape {
	let mut recorder = Recorder::default();
	synthesise(&mut recorder, layout, &Values::zeros(layout));
	recorder.finish()
}

/// The assignment of a true statement. `escrow` and `audit` are there where the layout has them, `paid` is
/// what the last of `public` are.
///
/// Errors: [`WitnessError`], the first that applies.
pub(crate) fn assign(
	layout: &Layout,
	public: &[Fr; NOTE_SIGNALS],
	spent: &[SpentNote; NOTE_INPUTS],
	made: &[Note],
	escrow: Option<&EscrowOpening>,
	paid: &[u64],
	audit: Option<&Auditing<'_>>,
) -> Result<Assignment, WitnessError> {
	for (input, note) in spent.iter().enumerate() {
		let leaf_index = note.leaf_index;
		if u128::from(leaf_index) >> (2 * DEPTH) != 0 {
			return Err(WitnessError::LeafIndexOutOfRange { input, leaf_index });
		}
	}
	let sum = |values: &mut dyn Iterator<Item = u64>| values.map(u128::from).sum::<u128>();
	let total_spent = sum(&mut spent.iter().map(|note| note.value));
	let escrowed = match escrow {
		Some(opening) => opening.note().ok_or(WitnessError::EscrowTooLarge)?.value,
		None => 0,
	};
	let made_or_paid = made.iter().map(|note| note.value).chain(paid.iter().copied());
	let total_made = sum(&mut made_or_paid.chain([escrowed]));
	if total_spent != total_made {
		return Err(WitnessError::Unbalanced { spent: total_spent, made: total_made });
	}
	if audit.is_some_and(|audit| audit.witness.ephemeral == Scalar::ZERO) {
		return Err(WitnessError::EphemeralIdentity);
	}
	let mut assigner = Assigner::with_capacity(1 << if layout.audited { 15 } else { 14 });
	let values = Values::new(public, spent, made, escrow, audit);
	let results = synthesise(&mut assigner, layout, &values);
	let [_, _, root, nullifier_0, nullifier_1, rest @ ..] = public;
	let nullifiers = [*nullifier_0, *nullifier_1];
	for input in 0..NOTE_INPUTS {
		if spent[input].value != 0 && results.roots[input] != *root {
			return Err(WitnessError::NotInTree { input });
		}
		if results.nullifiers[input] != nullifiers[input] {
			return Err(WitnessError::NullifierMismatch { input });
		}
	}
	for (output, (computed, claimed)) in results.commitments.iter().zip(rest).enumerate() {
		if computed != claimed {
			return Err(WitnessError::CommitmentMismatch { output });
		}
	}
	if results.offer.is_some_and(|offer| rest.get(layout.outputs) != Some(&offer)) {
		return Err(WitnessError::OfferMismatch);
	}
	if nullifier_0 == nullifier_1 {
		return Err(WitnessError::EqualNullifiers);
	}
	if results.audit != audit.map(|audit| audit.signal) {
		return Err(WitnessError::AuditMismatch);
	}
	Ok(assigner.finish())
}

fn synthesise<B: Builder>(builder: &mut B, layout: &Layout, values: &Values) -> Results {
	let public = values.public.map(|value| builder.public(value));
	let audit_signal = values.audit.as_ref().map(|values| builder.public(values.signal));
	let [context_lo, context_hi, root, nullifier_0, nullifier_1, rest @ ..] = &public;
	let (commitments, rest) = rest.split_at(layout.outputs);
	let (offers, paid) = rest.split_at(usize::from(layout.escrow));

	context::bind(builder, [context_lo, context_hi]);

	for (name, amount) in layout.paid.iter().zip(paid) {
		builder.group(name, |builder| bits::range(builder, amount, 64));
	}

	let mut left = Number::zero();
	let spent = std::array::from_fn(|input| {
		let nullifier = [nullifier_0, nullifier_1][input];
		let spent = builder.group(INPUT_GROUPS[input], |builder| {
			spend(builder, &values.inputs[input], root, nullifier)
		});
		left += &spent.value;
		spent
	});
	let [roots, nullifiers] = [
		spent.each_ref().map(|spent: &Spent<_>| spent.root),
		spent.each_ref().map(|spent| spent.nullifier),
	];

	let mut computed = Vec::with_capacity(layout.outputs);
	let mut audited = Vec::with_capacity(2);
	for ((name, values), commitment) in
		OUTPUT_GROUPS.into_iter().zip(&values.outputs).zip(commitments)
	{
		let made = builder.group(name, |builder| make(builder, values, commitment));
		left -= &made.value;
		computed.push(made.commitment.value());
		audited.push(made);
	}

	let offer = values.escrow.as_ref().zip(offers.first()).map(|(values, offer)| {
		let opened = builder.group("escrow", |builder| put_up(builder, values, offer));
		left -= &opened.value;
		let escrow::Opened { value, commitment, offer, .. } = opened;
		// It becomes a leaf where the job is not settled.
		audited.push(Audited { value, commitment });
		offer.value()
	});

	builder.group("conservation", |builder| {
		for amount in paid {
			left -= amount;
		}
		builder.equal(&left, &Number::zero());
	});
	builder.group("distinct", |builder| builder.not_zero(&(nullifier_0 - nullifier_1)));

	let audit = values.audit.as_ref().zip(audit_signal).map(|(values, signal)| {
		builder.group("audit", |builder| show(builder, values, &audited, &signal))
	});

	Results { roots, nullifiers, commitments: computed, offer, audit }
}

/// A note spent: what its value is, and what the circuit computed.
struct Spent<T> {
	value: Number<T>,
	root: Fr,
	nullifier: Fr,
}

fn spend<B: Builder>(
	builder: &mut B,
	values: &InputValues,
	root: &Number<B::Terms>,
	nullifier: &Number<B::Terms>,
) -> Spent<B::Terms> {
	let value = builder.hint("value", values.value);
	let nullifier_key = builder.hint("nullifier_key", values.nullifier_key);
	let diversifier = builder.hint("diversifier", values.diversifier);
	let rho = builder.hint("rho", values.rho);
	let siblings =
		values.siblings.map(|level| level.map(|sibling| builder.hint("sibling", sibling)));

	builder.group("range", |builder| bits::range(builder, &value, 64));
	let owner =
		builder.group("owner", |builder| note::owner_key(builder, &nullifier_key, &diversifier));
	let inner = builder.group("inner", |builder| note::inner(builder, &owner, &rho));
	let commitment =
		builder.group("commitment", |builder| note::commitment(builder, &value, &inner));
	let place = builder.group("place", |builder| note::place(builder, values.leaf_index, DEPTH));
	let computed_root = builder.group("membership", |builder| {
		merkle::root(builder, &commitment, &place.digits, &siblings)
	});
	builder.group("root", |builder| {
		builder.enforce(|| [&computed_root - root, value.clone(), Number::zero()]);
	});
	let computed_nullifier = builder.group("nullifier", |builder| {
		let computed = note::nullifier(builder, &nullifier_key, &commitment, &place.leaf_index);
		builder.equal(&computed, nullifier);
		computed.value()
	});
	Spent { value, root: computed_root.value(), nullifier: computed_nullifier }
}

fn make<B: Builder>(
	builder: &mut B,
	values: &OutputValues,
	commitment: &Number<B::Terms>,
) -> Audited<B::Terms> {
	let value = builder.hint("value", values.value);
	let owner = builder.hint("owner", values.owner);
	let rho = builder.hint("rho", values.rho);
	let computed = note::make(builder, &value, &owner, &rho);
	builder.group("commitment", |builder| builder.equal(&computed, commitment));
	Audited { value, commitment: computed }
}

/// What an auditor is shown of the notes made.
fn show<B: Builder>(
	builder: &mut B,
	values: &AuditValues,
	notes: &[Audited<B::Terms>],
	signal: &Number<B::Terms>,
) -> Fr {
	let (x, y) = values.key;
	let key = Point { x: builder.hint("auditor", x), y: builder.hint("auditor", y) };
	let exchanged = exchange::exchange(builder, &values.ephemeral, &key);
	let exchange::Exchanged { ephemeral_key, shared, .. } = &exchanged;
	audit::show(builder, &key, ephemeral_key, shared, notes, signal).value()
}

/// An escrow, and that the public offer is the one with it.
fn put_up<B: Builder>(
	builder: &mut B,
	values: &EscrowValues,
	offer: &Number<B::Terms>,
) -> escrow::Opened<B::Terms> {
	let unit_price = builder.hint("unit_price", values.unit_price);
	builder.group("unit_price", |builder| bits::range(builder, &unit_price, 64));
	let opened = escrow::open(builder, &values.rest, &unit_price);
	builder.group("offer", |builder| builder.equal(&opened.offer, offer));
	opened
}
