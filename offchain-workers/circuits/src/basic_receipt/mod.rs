//! The basic receipt: one of a job's issuers signed, for this job, what the chain is asked to pay.
//!
//! Public signals, in order: `context_lo`, `context_hi`, `subject`, `amount`, `expires_at`, `as_of`,
//! `nullifier`, `issuer_root`, `issuer_index`.
//!
//! Proven, with P Poseidon as circomlib computes it, by the groups named:
//!
//! * `context`: nothing about the context, but both signals are in a constraint, so that a proof is
//!   for one context only.
//! * `ranges/*`: units, unit price, amount, start, end, expiry and `as_of` are below 2^64; serial,
//!   salt and the limbs of the output below 2^128.
//! * `price`: amount = units · unit price. Below 2^64 on both sides, it is so over the integers.
//! * `times/*`: start <= end <= as_of <= expires_at, by ranging the differences of numbers that are
//!   ranged themselves. The range of the two in the middle follows from that of the outer two and
//!   of the differences; they are ranged all the same, so that no group depends on another.
//! * `body`: body = P(tag, units, unit_price, amount, start, end, expires_at, serial, output²).
//! * `commitment`: c = P(tag, subject, body, salt).
//! * `leaf`, `membership`, `root`, `issuer_index`: the issuer's key A is the leaf P(tag, A.x, A.y)
//!   at place `issuer_index`, 0 to 15, of the tree of depth 2 with root `issuer_root`. A place
//!   without an issuer, or whose issuer was removed, is the leaf 0; to prove for it one would need
//!   a key whose leaf is 0, a preimage of 0 under Poseidon.
//! * `signature/*`: A signed c ([`eddsa::verify`]).
//! * `nullifier`: nullifier = P(tag, subject, serial).
//!
//! The place is public because the chain pays the issuer that signed, and would otherwise have to
//! believe the submitter which one it was.

use crate::{
	gadgets::{
		context, eddsa,
		receipt::{self, Work},
	},
	Assigner, Assignment, Builder, Number, Recorder, Shape,
};
use ark_bn254::Fr;
use quittance_babyjubjub::{PublicKey, Signature};
use quittance_poseidon::{tree, Native};
use quittance_types::limbs;

pub use crate::gadgets::receipt::TREE_DEPTH;

#[cfg(test)]
pub(crate) mod tests;

/// Name of the circuit in files and passports. A change to the statement changes it.
pub const NAME: &str = "basic-receipt-v1";

/// Number of public signals.
pub const PUBLIC_SIGNALS: usize = 9;

/// Places of the tree over a job's issuers.
pub const ISSUERS: u8 = 16;

/// What the chain sees of a receipt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublicSignals {
	/// The two limbs of the context, low first.
	pub context: [Fr; 2],
	/// The subject.
	pub subject: Fr,
	/// What is paid, in the chain's smallest unit.
	pub amount: u64,
	/// Job time after which the receipt is void.
	pub expires_at: u64,
	/// Job time by which the work had ended.
	pub as_of: u64,
	/// P(tag, subject, serial).
	pub nullifier: Fr,
	/// Root of the tree over the job's issuers.
	pub issuer_root: Fr,
	/// Place of the issuer that signed, 0 to 15.
	pub issuer_index: u8,
}

impl PublicSignals {
	/// The signals in the order of the circuit.
	pub fn to_fields(&self) -> [Fr; PUBLIC_SIGNALS] {
		let [context_lo, context_hi] = self.context;
		[
			context_lo,
			context_hi,
			self.subject,
			Fr::from(self.amount),
			Fr::from(self.expires_at),
			Fr::from(self.as_of),
			self.nullifier,
			self.issuer_root,
			Fr::from(self.issuer_index),
		]
	}
}

/// What the proof hides.
#[derive(Clone)]
pub struct BasicReceiptWitness {
	/// Units of work done.
	pub units: u64,
	/// Price of a unit, in the chain's smallest unit.
	pub unit_price: u64,
	/// Job time at which the work began.
	pub start: u64,
	/// Job time at which it ended.
	pub end: u64,
	/// The receipt's random number.
	pub serial: u128,
	/// Digest of the output.
	pub output: [u8; 32],
	/// The commitment's random number.
	pub salt: u128,
	/// The key of the issuer that signed.
	pub issuer: PublicKey,
	/// Its signature of the commitment.
	pub signature: Signature,
	/// For each level of the issuer tree from the lowest, the three other children, in order.
	pub siblings: [[Fr; 3]; TREE_DEPTH],
}

/// Why there is no proof. Each is found before the prover starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WitnessError {
	/// The amount is not units times unit price, or that is 2^64 or more.
	#[error("the amount {amount} is not {units} units at {unit_price}")]
	AmountMismatch {
		/// The public amount.
		amount: u64,
		/// The units.
		units: u64,
		/// The price of one.
		unit_price: u64,
	},
	/// Not start <= end <= as_of <= expires_at.
	#[error(
		"the times are out of order: start {start}, end {end}, as of {as_of}, expiry {expires_at}"
	)]
	TimesOutOfOrder {
		/// The start.
		start: u64,
		/// The end.
		end: u64,
		/// The public time by which the work had ended.
		as_of: u64,
		/// The public expiry.
		expires_at: u64,
	},
	/// The place is none of the tree's.
	#[error("the issuer index {0} is above 15")]
	IssuerIndexOutOfRange(u8),
	/// The key is not at this place of a tree with this root.
	#[error("the issuer is not at this place of the issuer tree")]
	IssuerNotInTree,
	/// The nullifier is not that of subject and serial.
	#[error("the nullifier is not that of the subject and the serial")]
	NullifierMismatch,
	/// The issuer did not sign this commitment.
	#[error("the signature is not the issuer's for this receipt")]
	SignatureInvalid,
}

/// The siblings of a place in the tree over a job's issuers, for [`BasicReceiptWitness`]. `leaves`
/// are those of the job in order, a removed issuer being 0. `None` for more than 16 leaves or an
/// index above 15.
pub fn siblings(leaves: &[Fr], index: u8) -> Option<[[Fr; 3]; TREE_DEPTH]> {
	tree::path::<Native>(leaves, TREE_DEPTH as u32, index.into())?.siblings.try_into().ok()
}

/// The matrices. Takes about a tenth of a second: make them once.
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
	witness: &BasicReceiptWitness,
) -> Result<Assignment, WitnessError> {
	check(public, witness)?;
	let mut assigner = Assigner::with_capacity(1 << 13);
	let results = synthesise(&mut assigner, &Values::new(public, witness));
	results.check(public)?;
	Ok(assigner.finish())
}

/// The errors that are found without a run of the circuit.
pub(crate) fn check(
	public: &PublicSignals,
	witness: &BasicReceiptWitness,
) -> Result<(), WitnessError> {
	let PublicSignals { amount, expires_at, as_of, issuer_index, .. } = *public;
	let BasicReceiptWitness { units, unit_price, start, end, .. } = *witness;
	if units.checked_mul(unit_price) != Some(amount) {
		return Err(WitnessError::AmountMismatch { amount, units, unit_price });
	}
	if start > end || end > as_of || as_of > expires_at {
		return Err(WitnessError::TimesOutOfOrder { start, end, as_of, expires_at });
	}
	if issuer_index >= ISSUERS {
		return Err(WitnessError::IssuerIndexOutOfRange(issuer_index));
	}
	Ok(())
}

/// Everything a prover can choose, honest or not.
#[derive(Clone, Default)]
pub(crate) struct Values {
	pub(crate) public: [Fr; PUBLIC_SIGNALS],
	units: Fr,
	unit_price: Fr,
	receipt: receipt::Values,
	pub(crate) signer: receipt::SignerValues,
}

impl Values {
	pub(crate) fn new(public: &PublicSignals, witness: &BasicReceiptWitness) -> Self {
		Self {
			public: public.to_fields(),
			units: witness.units.into(),
			unit_price: witness.unit_price.into(),
			receipt: receipt::Values {
				start: witness.start.into(),
				end: witness.end.into(),
				serial: witness.serial.into(),
				output: limbs(&witness.output),
				salt: witness.salt.into(),
			},
			signer: receipt::SignerValues::new(
				&witness.issuer,
				&witness.signature,
				&witness.siblings,
			),
		}
	}
}

/// What the circuit computed on its way.
#[cfg_attr(not(test), allow(dead_code))]
pub(crate) struct Results {
	root: Fr,
	nullifier: Fr,
	challenge: Fr,
	signature_holds: bool,
}

impl Results {
	/// The errors that a run of the circuit finds.
	pub(crate) fn check(&self, public: &PublicSignals) -> Result<(), WitnessError> {
		if self.root != public.issuer_root {
			return Err(WitnessError::IssuerNotInTree);
		}
		if self.nullifier != public.nullifier {
			return Err(WitnessError::NullifierMismatch);
		}
		if !self.signature_holds {
			return Err(WitnessError::SignatureInvalid);
		}
		Ok(())
	}
}

fn synthesise<B: Builder>(builder: &mut B, values: &Values) -> Results {
	let public = values.public.map(|value| builder.public(value));
	statement(builder, public, values)
}

/// Demands that the statement of these signals is true, public or not.
pub(crate) fn statement<B: Builder>(
	builder: &mut B,
	public: [Number<B::Terms>; PUBLIC_SIGNALS],
	values: &Values,
) -> Results {
	let [context_lo, context_hi, subject, amount, expires_at, as_of, nullifier, root, index] =
		public;
	let units = builder.hint("units", values.units);
	let unit_price = builder.hint("unit_price", values.unit_price);
	let work = Work { units, unit_price, amount };
	let receipt = receipt::receipt(builder, &values.receipt, &work, &expires_at);
	let signer = receipt::signer(builder, &values.signer);

	context::bind(builder, [&context_lo, &context_hi]);
	let commitment = receipt::commitment(builder, &receipt, &as_of, &subject);
	let computed_root = receipt::issuer_root(builder, &signer, &index);
	builder.group("root", |builder| builder.equal(&computed_root, &root));
	let checked = builder.group("signature", |builder| {
		eddsa::verify(builder, &signer.key, &signer.signature, &commitment)
	});
	let computed_nullifier = builder.group("nullifier", |builder| {
		let computed = receipt::nullifier(builder, &subject, &receipt.serial);
		builder.equal(&computed, &nullifier);
		computed
	});

	Results {
		root: computed_root.value(),
		nullifier: computed_nullifier.value(),
		challenge: checked.challenge.value(),
		signature_holds: checked.holds,
	}
}
