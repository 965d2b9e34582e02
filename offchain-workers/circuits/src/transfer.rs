//! Transfer: two notes are spent and two made, and nothing but a fee leaves the pool.
//!
//! Public signals, in order: `context_lo`, `context_hi`, `root`, `nullifier_0`, `nullifier_1`,
//! `commitment_0`, `commitment_1`, `fee`. The chain recomputes the context, compares the root with
//! the recent ones, keeps the nullifiers, adds the commitments to the tree in this order, and pays
//! the fee.
//!
//! Proven is what [`join_split`](crate::join_split) says: whoever made the call owns notes under this
//! root that are together worth the new notes and the fee, and the nullifiers are theirs. Hidden are
//! values, owners, which leaves are spent, and whether it is one note or two.

use crate::{
	audit::AuditWitness,
	join_split::{self, Auditing, Layout, SpentNote, WitnessError},
	Assignment, Shape,
};
use ark_bn254::Fr;
use quittance_poseidon::Native;
use quittance_types::{AuditedValues, Note, AUDITED_NOTE_SIGNALS, NOTE_INPUTS, NOTE_SIGNALS};

/// Name of the circuit in files and passports. A change to the statement changes it.
pub const NAME: &str = "transfer-v1";

/// Name of the circuit for a pool with an auditor.
pub const AUDITED_NAME: &str = "audited-transfer-v1";

/// Number of public signals.
pub const PUBLIC_SIGNALS: usize = NOTE_SIGNALS;

/// Number of public signals with an auditor: the last one is `quittance_types::AuditedValues::signal`.
pub const AUDITED_SIGNALS: usize = AUDITED_NOTE_SIGNALS;

/// Notes made.
pub const OUTPUTS: usize = 2;

pub(crate) const LAYOUT: Layout =
	Layout { outputs: OUTPUTS, escrow: false, paid: &["fee"], audited: false };

pub(crate) const AUDITED: Layout = LAYOUT.audited();

/// What the chain sees of a transfer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublicSignals {
	/// The two limbs of the context, low first.
	pub context: [Fr; 2],
	/// A root of the tree of notes.
	pub root: Fr,
	/// The nullifiers of the notes spent.
	pub nullifiers: [Fr; NOTE_INPUTS],
	/// The commitments of the notes made.
	pub commitments: [Fr; OUTPUTS],
	/// What leaves the pool, in the chain's smallest unit.
	pub fee: u64,
}

impl PublicSignals {
	/// The signals in the order of the circuit, which is that of
	/// `quittance_types::TransferClaims::inputs`.
	pub fn to_fields(&self) -> [Fr; PUBLIC_SIGNALS] {
		let ([context_lo, context_hi], [nullifier_0, nullifier_1]) =
			(self.context, self.nullifiers);
		let [commitment_0, commitment_1] = self.commitments;
		[
			context_lo,
			context_hi,
			self.root,
			nullifier_0,
			nullifier_1,
			commitment_0,
			commitment_1,
			Fr::from(self.fee),
		]
	}
}

/// What the proof hides.
#[derive(Clone)]
pub struct TransferWitness {
	/// The notes spent. Where there is one only, the other is a [`SpentNote::dummy`], at a place
	/// chosen at random.
	pub inputs: [SpentNote; NOTE_INPUTS],
	/// The notes made.
	pub outputs: [Note; OUTPUTS],
}

impl TransferWitness {
	/// What the auditor is shown: what both notes made are worth.
	pub fn show(&self, audit: &AuditWitness) -> AuditedValues<2> {
		audit.show(&self.outputs.map(|note| (note.value, note.commitment::<Native>())))
	}
}

/// The matrices. Takes a few tenths of a second: make them once.
pub fn shape() -> Shape {
	join_split::shape(&LAYOUT)
}

/// The assignment of a true statement.
///
/// Errors: [`WitnessError`], the first that applies.
pub fn assign(
	public: &PublicSignals,
	witness: &TransferWitness,
) -> Result<Assignment, WitnessError> {
	assign_with(&LAYOUT, public, witness, None)
}

/// The matrices of the circuit for a pool with an auditor.
pub fn audited_shape() -> Shape {
	join_split::shape(&AUDITED)
}

/// The assignment of a true statement for a pool with an auditor. `signal` is the last public signal, that of
/// [`TransferWitness::show`].
///
/// Errors: [`WitnessError`], the first that applies.
pub fn assign_audited(
	public: &PublicSignals,
	signal: Fr,
	witness: &TransferWitness,
	audit: &AuditWitness,
) -> Result<Assignment, WitnessError> {
	assign_with(&AUDITED, public, witness, Some(&Auditing { signal, witness: audit }))
}

fn assign_with(
	layout: &Layout,
	public: &PublicSignals,
	witness: &TransferWitness,
	audit: Option<&Auditing<'_>>,
) -> Result<Assignment, WitnessError> {
	let TransferWitness { inputs, outputs } = witness;
	let paid = [public.fee];
	join_split::assign(layout, &public.to_fields(), inputs, outputs, None, &paid, audit)
}
