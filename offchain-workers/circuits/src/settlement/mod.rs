//! What [`settle`](crate::settle) and [`settle_verdict`](crate::settle_verdict) share: an escrow is
//! divided between the payee and the requester, as a receipt says.
//!
//! Public signals, in order: `context_lo`, `context_hi`, `statement`. The last is a hash that the chain
//! computes of everything else it knows or is shown: a signal costs it more than the hash does.
//!
//! Proven, with P Poseidon as circomlib computes it, by the groups named:
//!
//! * `context`: nothing about the context, but both limbs are in a constraint, so that a proof is for one
//!   context only.
//! * `ranges/*`, `price`, `times/*`, `body`, `commitment`: c is the commitment of a receipt for the
//!   subject ([`receipt::commitment`]).
//! * for a settlement by a receipt, one of the job's issuers signed c: `leaf`, `issuer_index`,
//!   `membership` ([`receipt::issuer_root`]), `signature/*` ([`eddsa::verify`]). `nullifier`: that of
//!   subject and serial. For one by a verdict, c is what the panel agreed on.
//! * `escrow/*`: the escrow of an offer, and its terms (`gadgets::escrow`). Their unit price is
//!   the wire of the receipt's.
//! * `units`: no more than the terms' most.
//! * `fee`, `charge`: below 2^64, and no more: that the charge is within the reserve, and whose choice the fee
//!   is, the chain has to see to.
//! * `payee/*`: a note for the payee, worth the amount less the fee.
//! * `agreement`: P(tag, offer, payee), with the owner key of that note. The chain made it when the payee
//!   took the job: neither another offer nor another payee has the same.
//! * `ephemeral/*`: a key and a secret that it shares with the requester's ([`exchange`](mod@exchange)).
//! * `change/*`: a note for the escrow's owner, worth the escrow less amount and charge. `rho`: its
//!   random number is P(tag, S.x, S.y, subject), `mask`: P(tag, S.x, S.y, commitment) is added to its
//!   value, which makes what is published of it.
//! * `statement`: the signal is the hash of what the above computed.
//!
//! What is divided is divided without remainder: the values of both notes are differences of numbers
//! that are ranged, and ranged themselves. Serial, salt and the random number of the payee's note are the
//! miner's, and hidden from the requester, too.

use crate::{
	gadgets::{
		bits, context, eddsa, edwards, escrow, exchange, note, poseidon,
		receipt::{self, TREE_DEPTH},
	},
	Assigner, Assignment, Builder, Number, Recorder, Shape, Terms,
};
use ark_bn254::Fr;
use ark_ec::CurveGroup;
use ark_ff::{AdditiveGroup, BigInt, Field, PrimeField};
use quittance_babyjubjub::{generator, Point, PublicKey, Scalar, Signature};
use quittance_poseidon::{tag, Native};
use quittance_types::{
	agreement, change_mask, change_rho, limbs, Body, EscrowOpening, Note, PrivateSettlement,
	SettledReceipt, MAX_ISSUERS, SETTLEMENT_SIGNALS,
};

#[cfg(test)]
mod tests;

const SETTLE: Fr = tag("quittance.settle.v1");
const SETTLE_VERDICT: Fr = tag("quittance.settle-verdict.v1");

/// What the proof of a settlement hides, whatever is behind it.
///
/// There is no `Debug`, so that no log shows what is confidential.
#[derive(Clone)]
pub struct SettlementWitness {
	/// What the requester told the miner. The receipt's unit price is that of the terms.
	pub escrow: EscrowOpening,
	/// Units of work done.
	pub units: u64,
	/// Job time at which the work began.
	pub start: u64,
	/// Job time at which it ended.
	pub end: u64,
	/// Job time after which the receipt is void.
	pub expires_at: u64,
	/// The receipt's random number.
	pub serial: u128,
	/// Digest of the output.
	pub output: [u8; 32],
	/// The random number of the receipt's commitment.
	pub salt: u128,
	/// The owner key that the miner named when it took the job.
	pub payee: Fr,
	/// Random number of the payee's note.
	pub payee_rho: Fr,
	/// The secret of the ephemeral key: random, not zero, used once. Who learns it can read the change,
	/// which the miner can anyway.
	pub ephemeral: Scalar,
}

/// The two notes that a settlement makes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct SettlementNotes {
	/// The payee's.
	pub payee: Note,
	/// The requester's.
	pub change: Note,
}

impl SettlementWitness {
	/// What the units cost: `None` for 2^64 or more.
	pub fn amount(&self) -> Option<u64> {
		self.units.checked_mul(self.escrow.terms.unit_price)
	}

	/// The body of the receipt.
	pub fn body(&self) -> Option<Body> {
		Some(Body {
			units: self.units,
			unit_price: self.escrow.terms.unit_price.into(),
			amount: self.amount()?.into(),
			start: self.start,
			end: self.end,
			expires_at: self.expires_at,
			serial: self.serial,
			output: self.output,
		})
	}

	/// The notes that a settlement makes of the escrow.
	///
	/// Errors: those of [`WitnessError`] that are about numbers.
	pub fn notes(
		&self,
		subject: Fr,
		fee: u64,
		charge: u64,
	) -> Result<SettlementNotes, WitnessError> {
		let EscrowOpening { terms, owner, .. } = self.escrow;
		let (units, max_units) = (self.units, terms.max_units);
		let amount = self.amount().ok_or(WitnessError::AmountTooLarge)?;
		let escrow = self.escrow.note().ok_or(WitnessError::EscrowTooLarge)?.value;
		if units > max_units {
			return Err(WitnessError::TooManyUnits { units, max_units });
		}
		let paid = amount.checked_sub(fee).ok_or(WitnessError::FeeTooHigh { fee, amount })?;
		// Units within the terms cost no more than the escrow.
		let left = escrow.saturating_sub(amount);
		let change = left.checked_sub(charge);
		let change = change.ok_or(WitnessError::ChargeTooHigh { charge, left })?;
		Ok(SettlementNotes {
			payee: Note { value: paid, owner: self.payee, rho: self.payee_rho },
			change: Note {
				value: change,
				owner,
				rho: change_rho::<Native>(&self.shared(), subject),
			},
		})
	}

	/// The statement that this is a witness of.
	///
	/// Errors: those of [`notes`](Self::notes).
	pub fn settlement(
		&self,
		subject: Fr,
		fee: u64,
		charge: u64,
	) -> Result<PrivateSettlement, WitnessError> {
		let notes = self.notes(subject, fee, charge)?;
		let change = notes.change.commitment::<Native>();
		let mask = change_mask::<Native>(&self.shared(), change);
		let offer = self.escrow.offer::<Native>().and_then(|offer| offer.hash::<Native>().ok());
		let offer = offer.ok_or(WitnessError::EscrowTooLarge)?;
		let key = (generator() * self.ephemeral).into_affine();
		Ok(PrivateSettlement {
			subject,
			agreement: agreement::<Native>(offer, self.payee),
			payee: notes.payee.commitment::<Native>(),
			change,
			ephemeral_key: [key.x, key.y],
			encrypted_change: Fr::from(notes.change.value) + mask,
			fee,
			charge,
		})
	}

	fn shared(&self) -> Point {
		(self.escrow.change_key.point() * self.ephemeral).into_affine()
	}
}

/// Why there is no proof. Each is found before the prover starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WitnessError {
	/// The units cost 2^64 or more.
	#[error("the amount needs more than 64 bits")]
	AmountTooLarge,
	/// The escrow would be worth 2^64 or more.
	#[error("the price of all units and the reserve need more than 64 bits")]
	EscrowTooLarge,
	/// More units than the terms pay.
	#[error("{units} units, and the terms are for {max_units}")]
	TooManyUnits {
		/// The receipt's units.
		units: u64,
		/// The most of the terms.
		max_units: u64,
	},
	/// The payee's part does not cover the fee.
	#[error("a fee of {fee} out of {amount}")]
	FeeTooHigh {
		/// The fee.
		fee: u64,
		/// What the units cost.
		amount: u64,
	},
	/// The requester's part does not cover what the chain takes from it.
	#[error("a charge of {charge} out of {left}")]
	ChargeTooHigh {
		/// The charge.
		charge: u64,
		/// What is left of the escrow.
		left: u64,
	},
	/// Not start <= end <= as_of <= expires_at, or without `as_of` not start <= end <= expires_at.
	#[error(
		"the times are out of order: start {start}, end {end}, as of {as_of:?}, expiry {expires_at}"
	)]
	TimesOutOfOrder {
		/// The start.
		start: u64,
		/// The end.
		end: u64,
		/// The public time by which the work had ended, where there is one.
		as_of: Option<u64>,
		/// The expiry.
		expires_at: u64,
	},
	/// The place is none of the tree's.
	#[error("the issuer index {0} is above 15")]
	IssuerIndexOutOfRange(u8),
	/// The ephemeral secret is zero.
	#[error("the ephemeral key is the identity")]
	EphemeralIdentity,
	/// The issuer did not sign this receipt for this subject.
	#[error("the signature is not the issuer's for this receipt")]
	SignatureInvalid,
	/// What is to be proven has another value in this place.
	#[error("the statement is about another {0}")]
	Mismatch(Part),
}

/// A part of the statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
	/// The offer that the miner took, or the payee.
	Agreement,
	/// The payee's note.
	Payee,
	/// The requester's note.
	Change,
	/// The ephemeral key.
	EphemeralKey,
	/// The encrypted value.
	EncryptedChange,
	/// The root of the tree over the job's issuers.
	IssuerRoot,
	/// The receipt's nullifier.
	Nullifier,
	/// The receipt's expiry.
	Expiry,
	/// The commitment on which the panel agreed.
	Commitment,
}

impl std::fmt::Display for Part {
	fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
		f.write_str(match self {
			Self::Agreement => "agreement",
			Self::Payee => "note for the payee",
			Self::Change => "note for the change",
			Self::EphemeralKey => "ephemeral key",
			Self::EncryptedChange => "encrypted change",
			Self::IssuerRoot => "issuer tree or place in it",
			Self::Nullifier => "nullifier",
			Self::Expiry => "expiry",
			Self::Commitment => "receipt",
		})
	}
}

impl WitnessError {
	/// The group of constraints that would fail.
	pub fn group(&self) -> &'static str {
		match self {
			Self::AmountTooLarge => "ranges/amount",
			Self::EscrowTooLarge => "escrow/value",
			Self::TooManyUnits { .. } => "units",
			Self::FeeTooHigh { .. } => "payee/range",
			Self::ChargeTooHigh { .. } => "change/range",
			Self::TimesOutOfOrder { start, end, .. } if start > end => "times/start_before_end",
			Self::TimesOutOfOrder { as_of: None, .. } => "times/end_before_expiry",
			Self::TimesOutOfOrder { end, as_of: Some(as_of), .. } if end > as_of => {
				"times/end_before_as_of"
			},
			Self::TimesOutOfOrder { .. } => "times/as_of_before_expiry",
			Self::IssuerIndexOutOfRange(_) => "issuer_index",
			Self::EphemeralIdentity => "ephemeral/order",
			Self::SignatureInvalid => "signature/equation",
			Self::Mismatch(_) => "statement",
		}
	}
}

/// What a settlement rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Basis<Receipt = (), Verdict = ()> {
	/// The signature of an issuer.
	Receipt(Receipt),
	/// The verdict of a panel.
	Verdict(Verdict),
}

/// The same, with what there is of it: for a verdict the commitment on which the panel agreed.
pub(crate) type Grounds<'a> = Basis<Signed<'a>, Fr>;

/// An issuer's signature, with what the chain checks it by.
#[derive(Clone, Copy)]
pub(crate) struct Signed<'a> {
	pub(crate) issuer: &'a PublicKey,
	pub(crate) signature: &'a Signature,
	pub(crate) siblings: &'a [[Fr; 3]; TREE_DEPTH],
	pub(crate) shown: &'a SettledReceipt,
}

/// Everything a prover can choose, honest or not.
#[derive(Clone, Default)]
struct Values {
	public: [Fr; SETTLEMENT_SIGNALS],
	subject: Fr,
	fee: Fr,
	charge: Fr,
	amount: Fr,
	expires_at: Fr,
	receipt: receipt::Values,
	signed: Option<SignedValues>,
	escrow: escrow::Values,
	payee: Fr,
	payee_rho: Fr,
	ephemeral: BigInt<4>,
}

#[derive(Clone, Default)]
struct SignedValues {
	as_of: Fr,
	issuer_index: Fr,
	signer: receipt::SignerValues,
}

impl Values {
	fn zeros(basis: Basis) -> Self {
		let signed = (basis == Basis::Receipt(())).then(SignedValues::default);
		Self { signed, ..Self::default() }
	}

	fn new(
		public: &[Fr; SETTLEMENT_SIGNALS],
		settlement: &PrivateSettlement,
		witness: &SettlementWitness,
		grounds: &Grounds<'_>,
	) -> Self {
		let signed = match grounds {
			Basis::Receipt(signed) => Some(signed),
			Basis::Verdict(_) => None,
		};
		let unit_price = Fr::from(witness.escrow.terms.unit_price);
		Self {
			public: *public,
			subject: settlement.subject,
			fee: settlement.fee.into(),
			charge: settlement.charge.into(),
			amount: unit_price * Fr::from(witness.units),
			expires_at: witness.expires_at.into(),
			receipt: receipt::Values {
				units: witness.units.into(),
				unit_price,
				start: witness.start.into(),
				end: witness.end.into(),
				serial: witness.serial.into(),
				output: limbs(&witness.output),
				salt: witness.salt.into(),
			},
			signed: signed.map(|signed| SignedValues {
				as_of: signed.shown.as_of.into(),
				issuer_index: signed.shown.issuer_index.into(),
				signer: receipt::SignerValues::new(
					signed.issuer,
					signed.signature,
					signed.siblings,
				),
			}),
			escrow: (&witness.escrow).into(),
			payee: witness.payee,
			payee_rho: witness.payee_rho,
			ephemeral: witness.ephemeral.into_bigint(),
		}
	}
}

/// What the circuit computed on its way. The root and the nullifier are zero where there is no
/// signature.
#[cfg_attr(not(test), allow(dead_code))]
struct Results {
	agreement: Fr,
	payee: Fr,
	change: Fr,
	ephemeral_key: [Fr; 2],
	encrypted_change: Fr,
	commitment: Fr,
	issuer_root: Fr,
	nullifier: Fr,
	challenge: Fr,
	signature_holds: bool,
	statement: Fr,
}

/// The matrices of a circuit.
pub(crate) fn shape(basis: Basis) -> Shape {
	let mut recorder = Recorder::default();
	synthesise(&mut recorder, &Values::zeros(basis));
	recorder.finish()
}

/// The assignment of a true statement.
///
/// Errors: [`WitnessError`], the first that applies.
pub(crate) fn assign(
	public: &[Fr; SETTLEMENT_SIGNALS],
	settlement: &PrivateSettlement,
	witness: &SettlementWitness,
	grounds: &Grounds<'_>,
) -> Result<Assignment, WitnessError> {
	let PrivateSettlement { subject, fee, charge, .. } = *settlement;
	let SettlementWitness { start, end, expires_at, .. } = *witness;
	witness.notes(subject, fee, charge)?;
	let as_of = match grounds {
		Basis::Receipt(signed) => Some(signed.shown.as_of),
		Basis::Verdict(_) => None,
	};
	let latest_end = as_of.unwrap_or(expires_at);
	if start > end || end > latest_end || latest_end > expires_at {
		return Err(WitnessError::TimesOutOfOrder { start, end, as_of, expires_at });
	}
	if let Basis::Receipt(signed) = grounds {
		let index = signed.shown.issuer_index;
		if u32::from(index) >= MAX_ISSUERS {
			return Err(WitnessError::IssuerIndexOutOfRange(index));
		}
	}
	if witness.ephemeral == Scalar::ZERO {
		return Err(WitnessError::EphemeralIdentity);
	}

	let mut assigner = Assigner::with_capacity(1 << 14);
	let values = Values::new(public, settlement, witness, grounds);
	let results = synthesise(&mut assigner, &values);
	let mut parts = vec![
		(Part::Agreement, results.agreement == settlement.agreement),
		(Part::Payee, results.payee == settlement.payee),
		(Part::Change, results.change == settlement.change),
		(Part::EphemeralKey, results.ephemeral_key == settlement.ephemeral_key),
		(Part::EncryptedChange, results.encrypted_change == settlement.encrypted_change),
	];
	match grounds {
		Basis::Receipt(Signed { shown, .. }) => parts.extend([
			(Part::IssuerRoot, results.issuer_root == shown.issuer_root),
			(Part::Nullifier, results.nullifier == shown.nullifier),
			(Part::Expiry, expires_at == shown.expires_at),
		]),
		Basis::Verdict(agreed) => parts.push((Part::Commitment, results.commitment == *agreed)),
	}
	if let Some((part, _)) = parts.into_iter().find(|(_, same)| !same) {
		return Err(WitnessError::Mismatch(part));
	}
	if !results.signature_holds {
		return Err(WitnessError::SignatureInvalid);
	}
	Ok(assigner.finish())
}

fn synthesise<B: Builder>(builder: &mut B, values: &Values) -> Results {
	let [context_lo, context_hi, statement] = values.public.map(|value| builder.public(value));
	let subject = builder.hint("subject", values.subject);
	let fee = builder.hint("fee", values.fee);
	let charge = builder.hint("charge", values.charge);
	let amount = builder.hint("amount", values.amount);
	let expires_at = builder.hint("expires_at", values.expires_at);
	let receipt = receipt::receipt(builder, &values.receipt, &amount, &expires_at);
	let signed = values.signed.as_ref().map(|values| {
		let as_of = builder.hint("as_of", values.as_of);
		let issuer_index = builder.hint("issuer_index", values.issuer_index);
		(as_of, issuer_index, receipt::signer(builder, &values.signer))
	});
	let payee_owner = builder.hint("payee", values.payee);
	let payee_rho = builder.hint("payee_rho", values.payee_rho);

	context::bind(builder, [&context_lo, &context_hi]);

	let as_of = signed.as_ref().map(|(as_of, ..)| as_of);
	let commitment = receipt::commitment(builder, &receipt, as_of, &subject);
	let signed = signed.map(|(as_of, issuer_index, signer)| {
		let root = receipt::issuer_root(builder, &signer, &issuer_index);
		let checked = builder.group("signature", |builder| {
			eddsa::verify(builder, &signer.key, &signer.signature, &commitment)
		});
		let nullifier = builder
			.group("nullifier", |builder| receipt::nullifier(builder, &subject, &receipt.serial));
		let times = words([&as_of, &expires_at, &issuer_index]);
		(root, nullifier, times, checked)
	});

	let escrow = builder
		.group("escrow", |builder| escrow::open(builder, &values.escrow, &receipt.unit_price));
	builder.group("units", |builder| {
		bits::range(builder, &(&escrow.max_units - &receipt.units), 64);
	});
	builder.group("fee", |builder| bits::range(builder, &fee, 64));
	builder.group("charge", |builder| bits::range(builder, &charge, 64));

	let payee = builder
		.group("payee", |builder| note::make(builder, &(&amount - &fee), &payee_owner, &payee_rho));
	let agreement = builder
		.group("agreement", |builder| escrow::agreement(builder, &escrow.offer, &payee_owner));

	let exchanged = builder.group("ephemeral", |builder| {
		exchange::exchange(builder, &values.ephemeral, &escrow.change_key)
	});
	let edwards::Point { x, y } = &exchanged.ephemeral_key;
	let change_value = &(&escrow.value - &amount) - &charge;
	let (change, encrypted_change) = builder.group("change", |builder| {
		let shared = &exchanged.shared;
		let rho = builder.group("rho", |builder| exchange::rho(builder, shared, &subject));
		let change = note::make(builder, &change_value, &escrow.owner, &rho);
		let mask = builder.group("mask", |builder| exchange::mask(builder, shared, &change));
		(change, &change_value + &mask)
	});

	let amounts = words([&fee, &charge, &Number::zero()]);
	let computed = builder.group("statement", |builder| {
		let common = [&subject, &agreement, &payee, &change, x, y, &encrypted_change, &amounts];
		let computed = match &signed {
			Some((root, nullifier, times, _)) => {
				let parts = [&common[..], &[root, nullifier, times]].concat();
				poseidon::hash(builder, &[SETTLE], &parts)
			},
			None => {
				let parts = [&common[..], &[&commitment]].concat();
				poseidon::hash(builder, &[SETTLE_VERDICT], &parts)
			},
		};
		builder.equal(&computed, &statement);
		computed
	});

	let number = |number: Option<&Number<B::Terms>>| number.map_or(Fr::ZERO, Number::value);
	let checked = signed.as_ref().map(|(.., checked)| checked);
	Results {
		agreement: agreement.value(),
		payee: payee.value(),
		change: change.value(),
		ephemeral_key: [x.value(), y.value()],
		encrypted_change: encrypted_change.value(),
		commitment: commitment.value(),
		issuer_root: number(signed.as_ref().map(|(root, ..)| root)),
		nullifier: number(signed.as_ref().map(|(_, nullifier, ..)| nullifier)),
		challenge: number(checked.map(|checked| &checked.challenge)),
		signature_holds: checked.is_none_or(|checked| checked.holds),
		statement: computed.value(),
	}
}

/// Three numbers below 2^64 as words of one, lowest first.
fn words<T: Terms>(words: [&Number<T>; 3]) -> Number<T> {
	let two_to_64 = Fr::from(1u128 << 64);
	let mut sum = Number::zero();
	let mut power = Fr::ONE;
	for word in words {
		sum.add_scaled(word, power);
		power *= two_to_64;
	}
	sum
}
