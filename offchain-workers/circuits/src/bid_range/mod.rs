//! Bid range: a bid that nobody sees is within bounds that everybody sees.
//!
//! Public signals, in order: `context_lo`, `context_hi`, `commitment`, `lo`, `hi`.
//!
//! Proven, with P Poseidon as circomlib computes it, by the groups named:
//!
//! * `context`: nothing about the context, but both signals are in a constraint, so that a proof is
//!   for one context only. Bidder and auction belong there.
//! * `ranges/*`: bid, `lo` and `hi` are below 2^64, the salt below 2^128.
//! * `above_lo`, `below_hi`: lo <= bid <= hi, by ranging the differences of numbers that are ranged
//!   themselves. The bid's own range follows from those of the bounds and of the differences; it is ranged
//!   all the same, so that no group depends on another.
//! * `commitment`: the signal is P(tag, bid, salt).

use crate::{
	gadgets::{bits, context, poseidon},
	Assigner, Assignment, Builder, Number, Recorder, Shape,
};
use ark_bn254::Fr;
use quittance_poseidon::{hash, tag};

#[cfg(test)]
mod tests;

/// Name of the circuit in files and passports. A change to the statement changes it.
pub const NAME: &str = "bid-range-v1";

/// Number of public signals.
pub const PUBLIC_SIGNALS: usize = 5;

const BID: Fr = tag("quittance.bid.v1");

/// P(tag, bid, salt). The salt must be random: bids are few enough to try all of them.
pub fn commitment(bid: u64, salt: u128) -> Fr {
	hash(&[BID, bid.into(), salt.into()])
}

/// What everybody sees of a bid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublicSignals {
	/// The two limbs of the context, low first.
	pub context: [Fr; 2],
	/// [`commitment`] to the bid.
	pub commitment: Fr,
	/// The smallest bid allowed.
	pub lo: u64,
	/// The largest bid allowed.
	pub hi: u64,
}

impl PublicSignals {
	/// The signals in the order of the circuit.
	pub fn to_fields(&self) -> [Fr; PUBLIC_SIGNALS] {
		let [context_lo, context_hi] = self.context;
		[context_lo, context_hi, self.commitment, self.lo.into(), self.hi.into()]
	}
}

/// What the proof hides.
///
/// There is no `Debug`: a bid is secret until it is opened.
#[derive(Clone, Copy)]
pub struct BidRangeWitness {
	/// The bid.
	pub bid: u64,
	/// The commitment's random number.
	pub salt: u128,
}

/// Why there is no proof. Each is found before the prover starts, and none says what the bid is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WitnessError {
	/// The bid is below the smallest one allowed.
	#[error("the bid is below {lo}")]
	BelowLo {
		/// The smallest bid allowed.
		lo: u64,
	},
	/// The bid is above the largest one allowed.
	#[error("the bid is above {hi}")]
	AboveHi {
		/// The largest bid allowed.
		hi: u64,
	},
	/// The public commitment is not that of the bid.
	#[error("the commitment is not that of the bid and the salt")]
	CommitmentMismatch,
}

impl WitnessError {
	/// The group of constraints that would fail.
	pub fn group(&self) -> &'static str {
		match self {
			Self::BelowLo { .. } => "above_lo",
			Self::AboveHi { .. } => "below_hi",
			Self::CommitmentMismatch => "commitment",
		}
	}
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
	witness: &BidRangeWitness,
) -> Result<Assignment, WitnessError> {
	let PublicSignals { lo, hi, .. } = *public;
	if witness.bid < lo {
		return Err(WitnessError::BelowLo { lo });
	}
	if witness.bid > hi {
		return Err(WitnessError::AboveHi { hi });
	}
	let mut assigner = Assigner::with_capacity(1 << 10);
	let commitment = synthesise(&mut assigner, &Values::new(public, witness));
	if commitment != public.commitment {
		return Err(WitnessError::CommitmentMismatch);
	}
	Ok(assigner.finish())
}

/// Everything a prover can choose, honest or not.
#[derive(Clone, Default)]
struct Values {
	public: [Fr; PUBLIC_SIGNALS],
	bid: Fr,
	salt: Fr,
}

impl Values {
	fn new(public: &PublicSignals, witness: &BidRangeWitness) -> Self {
		Self { public: public.to_fields(), bid: witness.bid.into(), salt: witness.salt.into() }
	}
}

/// Gives the commitment that the circuit computed.
fn synthesise<B: Builder>(builder: &mut B, values: &Values) -> Fr {
	let [context_lo, context_hi, commitment, lo, hi] =
		values.public.map(|value| builder.public(value));
	let bid = builder.hint("bid", values.bid);
	let salt = builder.hint("salt", values.salt);

	context::bind(builder, [&context_lo, &context_hi]);
	builder.group("ranges", |builder| {
		for (name, number, width) in
			[("bid", &bid, 64), ("lo", &lo, 64), ("hi", &hi, 64), ("salt", &salt, 128)]
		{
			builder.group(name, |builder| bits::range(builder, number, width));
		}
	});
	let mut in_order = |name, smaller: &Number<B::Terms>, larger: &Number<B::Terms>| {
		builder.group(name, |builder| bits::range(builder, &(larger - smaller), 64));
	};
	in_order("above_lo", &lo, &bid);
	in_order("below_hi", &bid, &hi);
	builder.group("commitment", |builder| {
		let computed = poseidon::hash(builder, &[BID], &[&bid, &salt]);
		builder.equal(&computed, &commitment);
		computed.value()
	})
}
