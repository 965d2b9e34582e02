//! Settling a private job by a verdict: a panel found how many units the escrow is to be divided by.
//!
//! Public signals, in order: `context_lo`, `context_hi`, `statement`. As for
//! [`settle`](crate::settle), but that the chain has a commitment to the units from the panel, and
//! neither issuers nor times nor a nullifier are in the statement
//! ([`PrivateSettlement::by_verdict`]): a verdict does not expire, and is about one job, whose escrow is
//! divided once.
//!
//! Proven is what [`settlement`](crate::settlement) says.

use crate::{
	settlement::{self, Auditing, Basis, Found, SettlementWitness, WitnessError},
	Assignment, Shape,
};
use ark_bn254::Fr;
use quittance_babyjubjub::PublicKey;
use quittance_poseidon::Native;
use quittance_types::{PrivateSettlement, AUDITED_SETTLEMENT_SIGNALS, SETTLEMENT_SIGNALS};

/// Name of the circuit in files and passports. A change to the statement changes it.
pub const NAME: &str = "settle-verdict-v1";

/// Name of the circuit for a pool with an auditor.
pub const AUDITED_NAME: &str = "audited-settle-verdict-v1";

/// Number of public signals.
pub const PUBLIC_SIGNALS: usize = SETTLEMENT_SIGNALS;

/// Number of public signals with an auditor: the last one is `quittance_types::AuditedValues::signal`.
pub const AUDITED_SIGNALS: usize = AUDITED_SETTLEMENT_SIGNALS;

/// What the chain sees of a settlement by a verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublicSignals {
	/// The two limbs of the context, low first.
	pub context: [Fr; 2],
	/// The notes. [`SettlementWitness::settlement`] makes it.
	pub settlement: PrivateSettlement,
	/// `quittance_types::verdict_commitment` of what the panel found.
	pub verdict: Fr,
}

impl PublicSignals {
	/// The signals in the order of the circuit, which is that of
	/// `quittance_types::SettleVerdictClaims::inputs`.
	pub fn to_fields(&self) -> [Fr; PUBLIC_SIGNALS] {
		let [context_lo, context_hi] = self.context;
		[context_lo, context_hi, self.settlement.by_verdict::<Native>(self.verdict)]
	}
}

/// What the proof hides.
#[derive(Clone)]
pub struct SettleVerdictWitness {
	/// Escrow, the units that the panel found, and the payee's secrets.
	pub settlement: SettlementWitness,
	/// Random number of the verdict. Zero where the chain made the commitment from units in clear.
	pub salt: Fr,
}

/// The matrices. Takes a few tenths of a second: make them once.
pub fn shape() -> Shape {
	settlement::shape(Basis::Verdict(()), false)
}

/// The assignment of a true statement.
///
/// Errors: [`WitnessError`], the first that applies.
pub fn assign(
	public: &PublicSignals,
	witness: &SettleVerdictWitness,
) -> Result<Assignment, WitnessError> {
	assign_with(public, witness, None)
}

/// The matrices of the circuit for a pool with an auditor.
pub fn audited_shape() -> Shape {
	settlement::shape(Basis::Verdict(()), true)
}

/// The assignment of a true statement for a pool with an auditor of this key. `signal` is the last public
/// signal, that of [`SettlementWitness::show`].
///
/// Errors: [`WitnessError`], the first that applies.
pub fn assign_audited(
	public: &PublicSignals,
	signal: Fr,
	witness: &SettleVerdictWitness,
	auditor: &PublicKey,
) -> Result<Assignment, WitnessError> {
	assign_with(public, witness, Some(&Auditing { signal, key: auditor }))
}

fn assign_with(
	public: &PublicSignals,
	witness: &SettleVerdictWitness,
	audit: Option<&Auditing<'_>>,
) -> Result<Assignment, WitnessError> {
	let SettleVerdictWitness { settlement, salt } = witness;
	let found = Found { salt: *salt, verdict: public.verdict };
	let grounds = Basis::Verdict(found);
	settlement::assign(&public.to_fields(), &public.settlement, settlement, &grounds, audit)
}
