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
	gadgets::{bits, eddsa, edwards, merkle, poseidon},
	Assigner, Assignment, Builder, Number, Recorder, Shape,
};
use ark_bn254::Fr;
use ark_ff::{BigInt, PrimeField};
use quittance_babyjubjub::{PublicKey, Signature};
use quittance_poseidon::{tag, tree, Native};

#[cfg(test)]
mod tests;

/// Name of the circuit in files and passports. A change to the statement changes it.
pub const NAME: &str = "basic-receipt-v1";

/// Number of public signals.
pub const PUBLIC_SIGNALS: usize = 9;

/// Levels of the tree over a job's issuers.
pub const TREE_DEPTH: usize = 2;

/// Places of that tree.
pub const ISSUERS: u8 = 16;

const BODY: Fr = tag("quittance.body.v1");
const RECEIPT: Fr = tag("quittance.receipt.v1");
const NULLIFIER: Fr = tag("quittance.nullifier.v1");
const ISSUER: Fr = tag("quittance.issuer.v1");

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
	let mut assigner = Assigner::with_capacity(1 << 13);
	let results = synthesise(&mut assigner, &Values::new(public, witness));
	if results.root != public.issuer_root {
		return Err(WitnessError::IssuerNotInTree);
	}
	if results.nullifier != public.nullifier {
		return Err(WitnessError::NullifierMismatch);
	}
	if !results.signature_holds {
		return Err(WitnessError::SignatureInvalid);
	}
	Ok(assigner.finish())
}

/// Everything a prover can choose, honest or not.
#[derive(Clone, Default)]
struct Values {
	public: [Fr; PUBLIC_SIGNALS],
	units: Fr,
	unit_price: Fr,
	start: Fr,
	end: Fr,
	serial: Fr,
	output: [Fr; 2],
	salt: Fr,
	issuer: (Fr, Fr),
	r8: (Fr, Fr),
	s: BigInt<4>,
	siblings: [[Fr; 3]; TREE_DEPTH],
}

impl Values {
	fn new(public: &PublicSignals, witness: &BasicReceiptWitness) -> Self {
		let half = |place| {
			let mut bytes = [0; 16];
			bytes.copy_from_slice(&witness.output[place..place + 16]);
			Fr::from(u128::from_le_bytes(bytes))
		};
		let r8 = witness.signature.r8();
		Self {
			public: public.to_fields(),
			units: witness.units.into(),
			unit_price: witness.unit_price.into(),
			start: witness.start.into(),
			end: witness.end.into(),
			serial: witness.serial.into(),
			output: [half(0), half(16)],
			salt: witness.salt.into(),
			issuer: (witness.issuer.x(), witness.issuer.y()),
			r8: (r8.x, r8.y),
			s: witness.signature.s().into_bigint(),
			siblings: witness.siblings,
		}
	}
}

/// What the circuit computed on its way.
#[cfg_attr(not(test), allow(dead_code))]
struct Results {
	root: Fr,
	nullifier: Fr,
	challenge: Fr,
	signature_holds: bool,
}

fn synthesise<B: Builder>(builder: &mut B, values: &Values) -> Results {
	let public = values.public.map(|value| builder.public(value));
	let [context_lo, context_hi, subject, amount, expires_at, as_of, nullifier, root, index] =
		public;
	let units = builder.hint("units", values.units);
	let unit_price = builder.hint("unit_price", values.unit_price);
	let start = builder.hint("start", values.start);
	let end = builder.hint("end", values.end);
	let serial = builder.hint("serial", values.serial);
	let [output_lo, output_hi] = values.output.map(|limb| builder.hint("output", limb));
	let salt = builder.hint("salt", values.salt);
	let mut point =
		|(x, y)| edwards::Point { x: builder.hint("point", x), y: builder.hint("point", y) };
	let (key, r8) = (point(values.issuer), point(values.r8));
	let siblings =
		values.siblings.map(|level| level.map(|sibling| builder.hint("sibling", sibling)));

	builder.group("context", |builder| {
		builder.product("square", &context_lo, &context_lo);
		builder.product("square", &context_hi, &context_hi);
	});

	builder.group("ranges", |builder| {
		for (name, number, width) in [
			("units", &units, 64),
			("unit_price", &unit_price, 64),
			("amount", &amount, 64),
			("start", &start, 64),
			("end", &end, 64),
			("expires_at", &expires_at, 64),
			("as_of", &as_of, 64),
			("serial", &serial, 128),
			("salt", &salt, 128),
			("output_lo", &output_lo, 128),
			("output_hi", &output_hi, 128),
		] {
			builder.group(name, |builder| bits::range(builder, number, width));
		}
	});

	builder.group("price", |builder| {
		builder.enforce(|| [units.clone(), unit_price.clone(), amount.clone()]);
	});

	builder.group("times", |builder| {
		for (name, earlier, later) in [
			("start_before_end", &start, &end),
			("end_before_as_of", &end, &as_of),
			("as_of_before_expiry", &as_of, &expires_at),
		] {
			builder.group(name, |builder| bits::range(builder, &(later - earlier), 64));
		}
	});

	let body = builder.group("body", |builder| {
		let parts = [
			&units,
			&unit_price,
			&amount,
			&start,
			&end,
			&expires_at,
			&serial,
			&output_lo,
			&output_hi,
		];
		poseidon::hash(builder, &[BODY], &parts)
	});
	let commitment = builder.group("commitment", |builder| {
		poseidon::hash(builder, &[RECEIPT], &[&subject, &body, &salt])
	});

	let leaf =
		builder.group("leaf", |builder| poseidon::hash(builder, &[ISSUER], &[&key.x, &key.y]));
	let place = builder.group("issuer_index", |builder| place(builder, &index));
	let computed_root =
		builder.group("membership", |builder| merkle::root(builder, &leaf, &place, &siblings));
	builder.group("root", |builder| builder.equal(&computed_root, &root));

	let signature = eddsa::Signature { r8, s: values.s };
	let checked =
		builder.group("signature", |builder| eddsa::verify(builder, &key, &signature, &commitment));

	let computed_nullifier = builder.group("nullifier", |builder| {
		let computed = poseidon::hash(builder, &[NULLIFIER], &[&subject, &serial]);
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

/// The index as two bits for each level, which also bounds it by 15: five constraints.
fn place<B: Builder>(
	builder: &mut B,
	index: &Number<B::Terms>,
) -> [[Number<B::Terms>; 2]; TREE_DEPTH] {
	let bits = bits::range(builder, index, 2 * TREE_DEPTH);
	std::array::from_fn(|level| [bits[2 * level].clone(), bits[2 * level + 1].clone()])
}
