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
	join_split::{self, Layout, SpentNote, WitnessError},
	Assignment, Shape,
};
use ark_bn254::Fr;
use quittance_types::{Note, NOTE_INPUTS, NOTE_SIGNALS};

/// Name of the circuit in files and passports. A change to the statement changes it.
pub const NAME: &str = "withdraw-v1";

/// Number of public signals.
pub const PUBLIC_SIGNALS: usize = NOTE_SIGNALS;

pub(crate) const LAYOUT: Layout = Layout { outputs: 1, escrow: false, paid: &["amount", "fee"] };

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
	let paid = [public.amount, public.fee];
	join_split::assign(
		&LAYOUT,
		&public.to_fields(),
		&witness.inputs,
		&[witness.change],
		None,
		&paid,
	)
}
