//! Settling a private job by a receipt: one of the job's issuers signed, for this job, what the escrow is
//! to be divided by.
//!
//! Public signals, in order: `context_lo`, `context_hi`, `statement`. The chain computes the
//! statement ([`PrivateSettlement::by_receipt`]) from the subject, the agreement and the issuers of the
//! job, which it has, and from what the call shows: two commitments, which become leaves, an ephemeral key
//! and the encrypted value of the change, the receipt's nullifier, expiry and time, and the fee.
//!
//! Proven is what [`settlement`](crate::settlement) says. Hidden are amount, units, price, output, serial,
//! the work's times, and who owns what.

use crate::{
	gadgets::receipt::TREE_DEPTH,
	settlement::{self, Auditing, Basis, ReceiptWitness, SettlementWitness, Signed, WitnessError},
	Assignment, Shape,
};
use ark_bn254::Fr;
use quittance_babyjubjub::{PublicKey, Signature};
use quittance_poseidon::Native;
use quittance_types::{
	PrivateSettlement, SettledReceipt, AUDITED_SETTLEMENT_SIGNALS, SETTLEMENT_SIGNALS,
};

pub use crate::basic_receipt::siblings;

/// Name of the circuit in files and passports. A change to the statement changes it.
pub const NAME: &str = "settle-v1";

/// Name of the circuit for a pool with an auditor.
pub const AUDITED_NAME: &str = "audited-settle-v1";

/// Number of public signals.
pub const PUBLIC_SIGNALS: usize = SETTLEMENT_SIGNALS;

/// Number of public signals with an auditor: the last one is `quittance_types::AuditedValues::signal`.
pub const AUDITED_SIGNALS: usize = AUDITED_SETTLEMENT_SIGNALS;

/// What the chain sees of a settlement by a receipt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublicSignals {
	/// The two limbs of the context, low first.
	pub context: [Fr; 2],
	/// The notes. [`SettlementWitness::settlement`] makes it.
	pub settlement: PrivateSettlement,
	/// What is shown of the receipt.
	pub receipt: SettledReceipt,
}

impl PublicSignals {
	/// The signals in the order of the circuit, which is that of
	/// `quittance_types::SettleClaims::inputs`.
	pub fn to_fields(&self) -> [Fr; PUBLIC_SIGNALS] {
		let [context_lo, context_hi] = self.context;
		[context_lo, context_hi, self.settlement.by_receipt::<Native>(&self.receipt)]
	}
}

/// What the proof hides.
#[derive(Clone)]
pub struct SettleWitness {
	/// Escrow, units, and the payee's secrets.
	pub settlement: SettlementWitness,
	/// What the receipt says beside units and price.
	pub receipt: ReceiptWitness,
	/// The key of the issuer that signed.
	pub issuer: PublicKey,
	/// Its signature of the receipt's commitment.
	pub signature: Signature,
	/// For each level of the issuer tree from the lowest, the three other children, in order.
	pub siblings: [[Fr; 3]; TREE_DEPTH],
}

/// The matrices. Takes a few tenths of a second: make them once.
pub fn shape() -> Shape {
	settlement::shape(Basis::Receipt(()), false)
}

/// The assignment of a true statement.
///
/// Errors: [`WitnessError`], the first that applies.
pub fn assign(public: &PublicSignals, witness: &SettleWitness) -> Result<Assignment, WitnessError> {
	assign_with(public, witness, None)
}

/// The matrices of the circuit for a pool with an auditor.
pub fn audited_shape() -> Shape {
	settlement::shape(Basis::Receipt(()), true)
}

/// The assignment of a true statement for a pool with an auditor of this key. `signal` is the last public
/// signal, that of [`SettlementWitness::show`].
///
/// Errors: [`WitnessError`], the first that applies.
pub fn assign_audited(
	public: &PublicSignals,
	signal: Fr,
	witness: &SettleWitness,
	auditor: &PublicKey,
) -> Result<Assignment, WitnessError> {
	assign_with(public, witness, Some(&Auditing { signal, key: auditor }))
}

fn assign_with(
	public: &PublicSignals,
	witness: &SettleWitness,
	audit: Option<&Auditing<'_>>,
) -> Result<Assignment, WitnessError> {
	let SettleWitness { settlement, receipt, issuer, signature, siblings } = witness;
	let signed = Signed { receipt, issuer, signature, siblings, shown: &public.receipt };
	let grounds = Basis::Receipt(signed);
	settlement::assign(&public.to_fields(), &public.settlement, settlement, &grounds, audit)
}
