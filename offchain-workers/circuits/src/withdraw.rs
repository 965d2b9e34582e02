//! Withdrawal: two notes are spent, an amount leaves the pool in clear, and one note gets the change.
//!
//! Public signals, in order: `context_lo`, `context_hi`, `root`, `nullifier_0`, `nullifier_1`,
//! `change`, `amount`, `fee`. The chain pays the amount to the payee that the context covers and does
//! everything else as for a [`transfer`](crate::transfer).
//!
//! Proven is what [`join_split`](crate::join_split) says: whoever made the call owns notes under this
//! root that are together worth the amount, the fee and the change, and the nullifiers are theirs.
//! Hidden are the values of the notes, which leaves are spent, and whether it is one note or two.
//!
//! Two notes, as in a transfer: with one, an amount that no single note covers would take a transfer
//! before it, and the number of notes spent would show.

use crate::{
	audit::AuditWitness,
	join_split::{self, Auditing, Layout, SpentNote, WitnessError},
	Assignment, Shape,
};
use ark_bn254::Fr;
use quittance_poseidon::Native;
use quittance_types::{AuditedValues, Note, AUDITED_NOTE_SIGNALS, NOTE_INPUTS, NOTE_SIGNALS};

/// Name of the circuit in files and passports. A change to the statement changes it.
pub const NAME: &str = "withdraw-v1";

/// Name of the circuit for a pool with an auditor.
pub const AUDITED_NAME: &str = "audited-withdraw-v1";

/// Number of public signals.
pub const PUBLIC_SIGNALS: usize = NOTE_SIGNALS;

/// Number of public signals with an auditor: the last one is `quittance_types::AuditedValues::signal`.
pub const AUDITED_SIGNALS: usize = AUDITED_NOTE_SIGNALS;

pub(crate) const LAYOUT: Layout =
	Layout { outputs: 1, escrow: false, paid: &["amount", "fee"], audited: false };

pub(crate) const AUDITED: Layout = LAYOUT.audited();

/// What the chain sees of a withdrawal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublicSignals {
	/// The two limbs of the context, low first. It covers who is paid.
	pub context: [Fr; 2],
	/// A root of the tree of notes.
	pub root: Fr,
	/// The nullifiers of the notes spent.
	pub nullifiers: [Fr; NOTE_INPUTS],
	/// The commitment of the note with the change.
	pub change: Fr,
	/// What the payee gets, in the chain's smallest unit.
	pub amount: u64,
	/// What leaves the pool beside it.
	pub fee: u64,
}

impl PublicSignals {
	/// The signals in the order of the circuit, which is that of
	/// `quittance_types::WithdrawClaims::inputs`.
	pub fn to_fields(&self) -> [Fr; PUBLIC_SIGNALS] {
		let ([context_lo, context_hi], [nullifier_0, nullifier_1]) =
			(self.context, self.nullifiers);
		[
			context_lo,
			context_hi,
			self.root,
			nullifier_0,
			nullifier_1,
			self.change,
			Fr::from(self.amount),
			Fr::from(self.fee),
		]
	}
}

/// What the proof hides.
#[derive(Clone)]
pub struct WithdrawWitness {
	/// The notes spent. Where there is one only, the other is a [`SpentNote::dummy`], at a place
	/// chosen at random.
	pub inputs: [SpentNote; NOTE_INPUTS],
	/// The note with the change, which may be worth nothing.
	pub change: Note,
}

impl WithdrawWitness {
	/// What the auditor is shown: what the change is worth. The amount is public.
	pub fn show(&self, audit: &AuditWitness) -> AuditedValues<1> {
		audit.show(&[(self.change.value, self.change.commitment::<Native>())])
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
	witness: &WithdrawWitness,
) -> Result<Assignment, WitnessError> {
	assign_with(&LAYOUT, public, witness, None)
}

/// The matrices of the circuit for a pool with an auditor.
pub fn audited_shape() -> Shape {
	join_split::shape(&AUDITED)
}

/// The assignment of a true statement for a pool with an auditor. `signal` is the last public signal, that of
/// [`WithdrawWitness::show`].
///
/// Errors: [`WitnessError`], the first that applies.
pub fn assign_audited(
	public: &PublicSignals,
	signal: Fr,
	witness: &WithdrawWitness,
	audit: &AuditWitness,
) -> Result<Assignment, WitnessError> {
	assign_with(&AUDITED, public, witness, Some(&Auditing { signal, witness: audit }))
}

fn assign_with(
	layout: &Layout,
	public: &PublicSignals,
	witness: &WithdrawWitness,
	audit: Option<&Auditing<'_>>,
) -> Result<Assignment, WitnessError> {
	let WithdrawWitness { inputs, change } = witness;
	let paid = [public.amount, public.fee];
	join_split::assign(layout, &public.to_fields(), inputs, &[*change], None, &paid, audit)
}
