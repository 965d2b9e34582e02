//! Posting a private job: two notes are spent, one gets the change, and the rest is the escrow of the
//! job, out of which whoever does it will be paid.
//!
//! Public signals, in order: `context_lo`, `context_hi`, `root`, `nullifier_0`, `nullifier_1`,
//! `change`, `offer`, `paid`. The chain checks the offer's key and computes its hash, keeps it with
//! the job, pays what is paid in and the fee, which together are `paid`, and does everything else as
//! for a [`transfer`](crate::transfer).
//!
//! Proven is what [`join_split`](crate::join_split) says: whoever made the call owns notes under this
//! root that are together worth the change, the escrow and what is paid, and the nullifiers are theirs;
//! and the escrow of the offer is worth the price of all the units of its terms, no less and no more.
//! Hidden are unit price, most units, and the escrow's value.
//!
//! The miner could compare the escrow with the terms itself, since it gets both. It is proven all the same, so
//! that an offer that cannot be settled costs no miner its time. A settlement takes `unit_price * units` and
//! its fee comes out of that. Whoever judges the work is paid out of what is paid in, which is in clear.

use crate::{
	join_split::{self, Layout, SpentNote, WitnessError},
	Assignment, Shape,
};
use ark_bn254::Fr;
use quittance_types::{EscrowOpening, Note, NOTE_INPUTS, NOTE_SIGNALS};

/// Name of the circuit in files and passports. A change to the statement changes it.
pub const NAME: &str = "post-private-job-v1";

/// Number of public signals.
pub const PUBLIC_SIGNALS: usize = NOTE_SIGNALS;

pub(crate) const LAYOUT: Layout = Layout { outputs: 1, escrow: true, paid: &["paid"] };

/// What the chain sees of the payment of a job that is posted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublicSignals {
	/// The two limbs of the context, low first. It covers the job.
	pub context: [Fr; 2],
	/// A root of the tree of notes.
	pub root: Fr,
	/// The nullifiers of the notes spent.
	pub nullifiers: [Fr; NOTE_INPUTS],
	/// The commitment of the note with the change.
	pub change: Fr,
	/// The hash of the offer.
	pub offer: Fr,
	/// What leaves the pool, in the chain's smallest unit: what is paid in to the requester's account, and the
	/// fee.
	pub paid: u64,
}

impl PublicSignals {
	/// The signals in the order of the circuit, which is that of
	/// `quittance_types::PrivateJobClaims::inputs`.
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
			self.offer,
			Fr::from(self.paid),
		]
	}
}

/// What the proof hides.
#[derive(Clone)]
pub struct PostPrivateJobWitness {
	/// The notes spent. Where there is one only, the other is a [`SpentNote::dummy`], at a place
	/// chosen at random.
	pub inputs: [SpentNote; NOTE_INPUTS],
	/// The note with the change, which may be worth nothing.
	pub change: Note,
	/// What is behind the offer.
	pub escrow: EscrowOpening,
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
	witness: &PostPrivateJobWitness,
) -> Result<Assignment, WitnessError> {
	let PostPrivateJobWitness { inputs, change, escrow } = witness;
	let made = [*change];
	join_split::assign(&LAYOUT, &public.to_fields(), inputs, &made, Some(escrow), &[public.paid])
}
