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
	audit::AuditWitness,
	join_split::{self, Auditing, Layout, SpentNote, WitnessError},
	Assignment, Shape,
};
use ark_bn254::Fr;
use quittance_poseidon::Native;
use quittance_types::{
	AuditedValues, EscrowOpening, Note, AUDITED_NOTE_SIGNALS, NOTE_INPUTS, NOTE_SIGNALS,
};

/// Name of the circuit in files and passports. A change to the statement changes it.
pub const NAME: &str = "post-private-job-v1";

/// Name of the circuit for a pool with an auditor.
pub const AUDITED_NAME: &str = "audited-post-private-job-v1";

/// Number of public signals.
pub const PUBLIC_SIGNALS: usize = NOTE_SIGNALS;

/// Number of public signals with an auditor: the last one is `quittance_types::AuditedValues::signal`.
pub const AUDITED_SIGNALS: usize = AUDITED_NOTE_SIGNALS;

pub(crate) const LAYOUT: Layout =
	Layout { outputs: 1, escrow: true, paid: &["paid"], audited: false };

pub(crate) const AUDITED: Layout = LAYOUT.audited();

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

impl PostPrivateJobWitness {
	/// What the auditor is shown: what the change and the escrow are worth, which becomes a leaf where nobody
	/// settles. `None` where the escrow needs more than 64 bits.
	pub fn show(&self, audit: &AuditWitness) -> Option<AuditedValues<2>> {
		let notes = [self.change, self.escrow.note()?];
		Some(audit.show(&notes.map(|note| (note.value, note.commitment::<Native>()))))
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
	witness: &PostPrivateJobWitness,
) -> Result<Assignment, WitnessError> {
	assign_with(&LAYOUT, public, witness, None)
}

/// The matrices of the circuit for a pool with an auditor.
pub fn audited_shape() -> Shape {
	join_split::shape(&AUDITED)
}

/// The assignment of a true statement for a pool with an auditor. `signal` is the last public signal, that of
/// [`PostPrivateJobWitness::show`].
///
/// Errors: [`WitnessError`], the first that applies.
pub fn assign_audited(
	public: &PublicSignals,
	signal: Fr,
	witness: &PostPrivateJobWitness,
	audit: &AuditWitness,
) -> Result<Assignment, WitnessError> {
	assign_with(&AUDITED, public, witness, Some(&Auditing { signal, witness: audit }))
}

fn assign_with(
	layout: &Layout,
	public: &PublicSignals,
	witness: &PostPrivateJobWitness,
	audit: Option<&Auditing<'_>>,
) -> Result<Assignment, WitnessError> {
	let PostPrivateJobWitness { inputs, change, escrow } = witness;
	let (made, paid) = ([*change], [public.paid]);
	join_split::assign(layout, &public.to_fields(), inputs, &made, Some(escrow), &paid, audit)
}
