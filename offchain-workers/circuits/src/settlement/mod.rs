//! What [`settle`](crate::settle) and [`settle_verdict`](crate::settle_verdict) share: an escrow is
//! divided between the payee and the requester, as a receipt or a panel says. Only the payee can do it.
//!
//! Public signals, in order: `context_lo`, `context_hi`, `statement`. The last is a hash that the chain
//! computes of everything else it knows or is shown: a signal costs it more than the hash does.
//!
//! Proven, with P Poseidon as circomlib computes it, by the groups named:
//!
//! * `context`: nothing about the context, but both limbs are in a constraint, so that a proof is for one
//!   context only.
//! * for a settlement by a receipt, `ranges/*`, `price`, `times/*`, `body`, `commitment`: c is the
//!   commitment of a receipt for the subject ([`receipt::commitment`]); one of the job's issuers signed it:
//!   `leaf`, `issuer_index`, `membership` ([`receipt::issuer_root`]), `signature/*` ([`eddsa::verify`]).
//!   `nullifier`: that of subject and serial.
//! * for one by a verdict, `ranges/*`, `price`, `verdict`: c is the commitment of units for the subject, and
//!   amount their price ([`verdict::commitment`]). c is in the statement.
//! * `escrow/*`: the escrow of an offer, and its terms (`gadgets::escrow`). Their unit price is
//!   the wire of what the amount is computed with.
//! * `units`: no more than the terms' most.
//! * `fee`: below 2^64.
//! * `payee/*`: a note for the payee, worth the amount less the fee. `owner`: its owner key is P(tag, nk, d), of
//!   a nullifier key that the prover knows. Who knows the rest, the requester above all, has no proof; whose
//!   fee, random number, ciphertext and relayer these are is thereby the payee's choice alone.
//! * `agreement`: P(tag, offer, payee), with that owner key. The chain made it when the payee took the job:
//!   neither another offer nor another payee has the same.
//! * `ephemeral/*`: a key and a secret that it shares with the requester's ([`exchange`](mod@exchange)).
//! * `change/*`: a note for the escrow's owner, worth the escrow less the amount. `rho`: its random number
//!   is P(tag, S.x, S.y, subject), `mask`: P(tag, S.x, S.y, commitment) is added to its value, which makes
//!   what is published of it.
//! * `statement`: the signal is the hash of what the above computed.
//! * for an audited circuit, `audit/*`: as in [`audit`](mod@crate::audit), of the payee's note and of the
//!   change, with the same ephemeral key.
//!
//! What is divided is divided without remainder: the values of both notes are differences of numbers
//! that are ranged, and ranged themselves. The random number of the payee's note and its nullifier key are
//! the miner's, and hidden from the requester, too.

use crate::{
	audit::AuditWitness,
	gadgets::{
		audit::{self, Audited},
		bits, context, eddsa, edwards, escrow, exchange, note, poseidon,
		receipt::{self, Work, TREE_DEPTH},
		verdict,
	},
	Assigner, Assignment, Builder, Number, Recorder, Shape, Terms,
};
use ark_bn254::Fr;
use ark_ec::CurveGroup;
use ark_ff::{AdditiveGroup, BigInt, Field, PrimeField};
use quittance_babyjubjub::{generator, Point, PublicKey, Scalar, Signature};
use quittance_poseidon::{tag, Native};
use quittance_types::{
	change_mask, change_rho, limbs, owner_key, Agreement, AuditedValues, Body, EscrowOpening, Note,
	PrivateSettlement, SettledReceipt, MAX_ISSUERS, SETTLEMENT_SIGNALS,
};

#[cfg(test)]
mod tests;

const SETTLE: Fr = tag("quittance.settle.v1");
const SETTLE_VERDICT: Fr = tag("quittance.settle-verdict.v1");

/// What the proof of a settlement hides, whatever is behind it.
///
/// There is no `Debug`: who has one of these can spend the payee's notes.
#[derive(Clone)]
pub struct SettlementWitness {
	/// What the requester told the miner. The unit price is that of the terms.
	pub escrow: EscrowOpening,
	/// Units of work done.
	pub units: u64,
	/// The payee's nullifier key.
	pub nullifier_key: Fr,
	/// The diversifier from which, with the nullifier key, the owner key was made that the miner named when
	/// it took the job.
	pub diversifier: Fr,
	/// Random number of the payee's note.
	pub payee_rho: Fr,
	/// The secret of the ephemeral key: random, not zero, used once. Who learns it can read the change,
	/// which the miner can anyway.
	pub ephemeral: Scalar,
}

/// What a receipt says beside units and price, and the proof hides.
///
/// There is no `Debug`, so that no log shows what is confidential.
#[derive(Clone)]
pub struct ReceiptWitness {
	/// Job time at which the work began.
	pub start: u64,
	/// Job time at which it ended.
	pub end: u64,
	/// Job time after which the receipt is void. Not hidden.
	pub expires_at: u64,
	/// The receipt's random number.
	pub serial: u128,
	/// Digest of the output.
	pub output: [u8; 32],
	/// The random number of the receipt's commitment.
	pub salt: u128,
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

	/// The payee's owner key.
	pub fn payee(&self) -> Fr {
		owner_key::<Native>(self.nullifier_key, self.diversifier)
	}

	/// The body of a receipt for these units at the price of the terms: `None` where they cost 2^64 or more.
	pub fn body(&self, receipt: &ReceiptWitness) -> Option<Body> {
		Some(Body {
			units: self.units,
			unit_price: self.escrow.terms.unit_price.into(),
			amount: self.amount()?.into(),
			start: receipt.start,
			end: receipt.end,
			expires_at: receipt.expires_at,
			serial: receipt.serial,
			output: receipt.output,
		})
	}

	/// The notes that a settlement makes of the escrow.
	///
	/// Errors: those of [`WitnessError`] that are about numbers.
	pub fn notes(&self, subject: Fr, fee: u64) -> Result<SettlementNotes, WitnessError> {
		let EscrowOpening { terms, owner, .. } = self.escrow;
		let (units, max_units) = (self.units, terms.max_units);
		let amount = self.amount().ok_or(WitnessError::AmountTooLarge)?;
		let escrow = self.escrow.note().ok_or(WitnessError::EscrowTooLarge)?.value;
		if units > max_units {
			return Err(WitnessError::TooManyUnits { units, max_units });
		}
		let paid = amount.checked_sub(fee).ok_or(WitnessError::FeeTooHigh { fee, amount })?;
		Ok(SettlementNotes {
			payee: Note { value: paid, owner: self.payee(), rho: self.payee_rho },
			change: Note {
				// Units within the terms cost no more than the escrow.
				value: escrow.saturating_sub(amount),
				owner,
				rho: change_rho::<Native>(&self.shared(), subject),
			},
		})
	}

	/// The statement that this is a witness of.
	///
	/// Errors: those of [`notes`](Self::notes).
	pub fn settlement(&self, subject: Fr, fee: u64) -> Result<PrivateSettlement, WitnessError> {
		let notes = self.notes(subject, fee)?;
		let change = notes.change.commitment::<Native>();
		let mask = change_mask::<Native>(&self.shared(), change);
		let offer = self.escrow.offer::<Native>().and_then(|offer| offer.hash::<Native>().ok());
		let offer = offer.ok_or(WitnessError::EscrowTooLarge)?;
		let agreement = Agreement::new::<Native>(offer, notes.payee.owner);
		let key = (generator() * self.ephemeral).into_affine();
		Ok(PrivateSettlement {
			subject,
			agreement: agreement.to_field().expect("a hash is a field element; qed"),
			payee: notes.payee.commitment::<Native>(),
			change,
			ephemeral_key: [key.x, key.y],
			encrypted_change: Fr::from(notes.change.value) + mask,
			fee,
		})
	}

	/// What the holder of the key is shown where the pool has an auditor: what both notes are worth.
	///
	/// Errors: those of [`notes`](Self::notes).
	pub fn show(
		&self,
		subject: Fr,
		fee: u64,
		auditor: &PublicKey,
	) -> Result<AuditedValues<2>, WitnessError> {
		let SettlementNotes { payee, change } = self.notes(subject, fee)?;
		let notes = [payee, change].map(|note| (note.value, note.commitment::<Native>()));
		let audit = AuditWitness { key: *auditor, ephemeral: self.ephemeral };
		Ok(audit.show(&notes))
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
	#[error("the price of all units needs more than 64 bits")]
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
	/// The offer that the miner took, or the payee: the prover is not who took the job.
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
	/// What the panel found.
	Verdict,
	/// What the auditor is shown, or the auditor's key.
	Audit,
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
			Self::Verdict => "verdict",
			Self::Audit => "value for the auditor, or another auditor",
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
			Self::TimesOutOfOrder { start, end, .. } if start > end => "times/start_before_end",
			Self::TimesOutOfOrder { end, as_of, .. } if end > as_of => "times/end_before_as_of",
			Self::TimesOutOfOrder { .. } => "times/as_of_before_expiry",
			Self::IssuerIndexOutOfRange(_) => "issuer_index",
			Self::EphemeralIdentity => "ephemeral/order",
			Self::SignatureInvalid => "signature/equation",
			Self::Mismatch(Part::Audit) => "audit/digest",
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

/// The same, with what there is of it.
pub(crate) type Grounds<'a> = Basis<Signed<'a>, Found>;

/// An issuer's signature, with what it signed and what the chain checks it by.
#[derive(Clone, Copy)]
pub(crate) struct Signed<'a> {
	pub(crate) receipt: &'a ReceiptWitness,
	pub(crate) issuer: &'a PublicKey,
	pub(crate) signature: &'a Signature,
	pub(crate) siblings: &'a [[Fr; 3]; TREE_DEPTH],
	pub(crate) shown: &'a SettledReceipt,
}

/// The commitment to what a panel found, and its random number.
#[derive(Clone, Copy)]
pub(crate) struct Found {
	pub(crate) salt: Fr,
	pub(crate) verdict: Fr,
}

/// What an audited settlement has beside the others: the last public signal, and the auditor's key.
#[derive(Clone, Copy)]
pub(crate) struct Auditing<'a> {
	pub(crate) signal: Fr,
	pub(crate) key: &'a PublicKey,
}

/// Everything a prover can choose, honest or not.
#[derive(Clone)]
struct Values {
	public: [Fr; SETTLEMENT_SIGNALS],
	subject: Fr,
	fee: Fr,
	units: Fr,
	unit_price: Fr,
	amount: Fr,
	/// A receipt, or the random number of a verdict.
	grounds: Basis<SignedValues, Fr>,
	escrow: escrow::Values,
	nullifier_key: Fr,
	diversifier: Fr,
	payee_rho: Fr,
	ephemeral: BigInt<4>,
	audit: Option<AuditValues>,
}

#[derive(Clone, Default)]
struct AuditValues {
	signal: Fr,
	key: (Fr, Fr),
}

#[derive(Clone, Default)]
struct SignedValues {
	receipt: receipt::Values,
	expires_at: Fr,
	as_of: Fr,
	issuer_index: Fr,
	signer: receipt::SignerValues,
}

impl SignedValues {
	fn new(signed: &Signed<'_>) -> Self {
		let Signed { receipt, issuer, signature, siblings, shown } = *signed;
		Self {
			receipt: receipt::Values {
				start: receipt.start.into(),
				end: receipt.end.into(),
				serial: receipt.serial.into(),
				output: limbs(&receipt.output),
				salt: receipt.salt.into(),
			},
			expires_at: receipt.expires_at.into(),
			as_of: shown.as_of.into(),
			issuer_index: shown.issuer_index.into(),
			signer: receipt::SignerValues::new(issuer, signature, siblings),
		}
	}
}

impl Values {
	fn zeros(basis: Basis, audited: bool) -> Self {
		Self {
			public: Default::default(),
			subject: Fr::ZERO,
			fee: Fr::ZERO,
			units: Fr::ZERO,
			unit_price: Fr::ZERO,
			amount: Fr::ZERO,
			grounds: match basis {
				Basis::Receipt(()) => Basis::Receipt(SignedValues::default()),
				Basis::Verdict(()) => Basis::Verdict(Fr::ZERO),
			},
			escrow: escrow::Values::default(),
			nullifier_key: Fr::ZERO,
			diversifier: Fr::ZERO,
			payee_rho: Fr::ZERO,
			ephemeral: BigInt::zero(),
			audit: audited.then(AuditValues::default),
		}
	}

	fn new(
		public: &[Fr; SETTLEMENT_SIGNALS],
		settlement: &PrivateSettlement,
		witness: &SettlementWitness,
		grounds: &Grounds<'_>,
		audit: Option<&Auditing<'_>>,
	) -> Self {
		let (units, unit_price) =
			(Fr::from(witness.units), Fr::from(witness.escrow.terms.unit_price));
		Self {
			public: *public,
			subject: settlement.subject,
			fee: settlement.fee.into(),
			units,
			unit_price,
			amount: units * unit_price,
			grounds: match grounds {
				Basis::Receipt(signed) => Basis::Receipt(SignedValues::new(signed)),
				Basis::Verdict(found) => Basis::Verdict(found.salt),
			},
			escrow: (&witness.escrow).into(),
			nullifier_key: witness.nullifier_key,
			diversifier: witness.diversifier,
			payee_rho: witness.payee_rho,
			ephemeral: witness.ephemeral.into_bigint(),
			audit: audit.map(|Auditing { signal, key }| AuditValues {
				signal: *signal,
				key: (key.x(), key.y()),
			}),
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
	/// That of the receipt, or of the verdict.
	commitment: Fr,
	issuer_root: Fr,
	nullifier: Fr,
	challenge: Fr,
	signature_holds: bool,
	statement: Fr,
	/// The digest of what an auditor is shown.
	audit: Option<Fr>,
}

/// The matrices of a circuit.
pub(crate) fn shape(basis: Basis, audited: bool) -> Shape {
	let mut recorder = Recorder::default();
	synthesise(&mut recorder, &Values::zeros(basis, audited));
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
	audit: Option<&Auditing<'_>>,
) -> Result<Assignment, WitnessError> {
	witness.notes(settlement.subject, settlement.fee)?;
	if let Basis::Receipt(Signed { receipt, shown, .. }) = grounds {
		let ReceiptWitness { start, end, expires_at, .. } = **receipt;
		let as_of = shown.as_of;
		if start > end || end > as_of || as_of > expires_at {
			return Err(WitnessError::TimesOutOfOrder { start, end, as_of, expires_at });
		}
		if u32::from(shown.issuer_index) >= MAX_ISSUERS {
			return Err(WitnessError::IssuerIndexOutOfRange(shown.issuer_index));
		}
	}
	if witness.ephemeral == Scalar::ZERO {
		return Err(WitnessError::EphemeralIdentity);
	}

	let mut assigner = Assigner::with_capacity(1 << if audit.is_some() { 15 } else { 14 });
	let values = Values::new(public, settlement, witness, grounds, audit);
	let results = synthesise(&mut assigner, &values);
	let mut parts = vec![
		(Part::Agreement, results.agreement == settlement.agreement),
		(Part::Payee, results.payee == settlement.payee),
		(Part::Change, results.change == settlement.change),
		(Part::EphemeralKey, results.ephemeral_key == settlement.ephemeral_key),
		(Part::EncryptedChange, results.encrypted_change == settlement.encrypted_change),
	];
	match grounds {
		Basis::Receipt(Signed { receipt, shown, .. }) => parts.extend([
			(Part::IssuerRoot, results.issuer_root == shown.issuer_root),
			(Part::Nullifier, results.nullifier == shown.nullifier),
			(Part::Expiry, receipt.expires_at == shown.expires_at),
		]),
		Basis::Verdict(found) => parts.push((Part::Verdict, results.commitment == found.verdict)),
	}
	parts.push((Part::Audit, results.audit == audit.map(|audit| audit.signal)));
	if let Some((part, _)) = parts.into_iter().find(|(_, same)| !same) {
		return Err(WitnessError::Mismatch(part));
	}
	if !results.signature_holds {
		return Err(WitnessError::SignatureInvalid);
	}
	Ok(assigner.finish())
}

/// What the circuit has of a receipt, once it is checked.
struct Checked<T> {
	issuer_root: Number<T>,
	nullifier: Number<T>,
	times: Number<T>,
	commitment: Fr,
	signature: eddsa::Checked<T>,
}

fn synthesise<B: Builder>(builder: &mut B, values: &Values) -> Results {
	let [context_lo, context_hi, statement] = values.public.map(|value| builder.public(value));
	let audit_signal = values.audit.as_ref().map(|values| builder.public(values.signal));
	let subject = builder.hint("subject", values.subject);
	let fee = builder.hint("fee", values.fee);
	let work = Work {
		units: builder.hint("units", values.units),
		unit_price: builder.hint("unit_price", values.unit_price),
		amount: builder.hint("amount", values.amount),
	};
	let nullifier_key = builder.hint("nullifier_key", values.nullifier_key);
	let diversifier = builder.hint("diversifier", values.diversifier);
	let payee_rho = builder.hint("payee_rho", values.payee_rho);

	context::bind(builder, [&context_lo, &context_hi]);

	let grounds = match &values.grounds {
		Basis::Receipt(values) => Basis::Receipt(signed(builder, values, &work, &subject)),
		Basis::Verdict(salt) => {
			let salt = builder.hint("salt", *salt);
			Basis::Verdict(verdict::commitment(builder, &work, &subject, &salt))
		},
	};

	let escrow =
		builder.group("escrow", |builder| escrow::open(builder, &values.escrow, &work.unit_price));
	builder.group("units", |builder| {
		bits::range(builder, &(&escrow.max_units - &work.units), 64);
	});
	builder.group("fee", |builder| bits::range(builder, &fee, 64));

	let payee_value = &work.amount - &fee;
	let (payee_owner, payee) = builder.group("payee", |builder| {
		let owner = builder
			.group("owner", |builder| note::owner_key(builder, &nullifier_key, &diversifier));
		let payee = note::make(builder, &payee_value, &owner, &payee_rho);
		(owner, payee)
	});
	let agreement = builder
		.group("agreement", |builder| escrow::agreement(builder, &escrow.offer, &payee_owner));

	let exchanged = builder.group("ephemeral", |builder| {
		exchange::exchange(builder, &values.ephemeral, &escrow.change_key)
	});
	let edwards::Point { x, y } = &exchanged.ephemeral_key;
	let change_value = &escrow.value - &work.amount;
	let (change, encrypted_change) = builder.group("change", |builder| {
		let shared = &exchanged.shared;
		let rho = builder.group("rho", |builder| exchange::rho(builder, shared, &subject));
		let change = note::make(builder, &change_value, &escrow.owner, &rho);
		let mask = builder.group("mask", |builder| exchange::mask(builder, shared, &change));
		(change, &change_value + &mask)
	});

	let computed = builder.group("statement", |builder| {
		let common = [&subject, &agreement, &payee, &change, x, y, &encrypted_change, &fee];
		let computed = match &grounds {
			Basis::Receipt(Checked { issuer_root, nullifier, times, .. }) => {
				let parts = [&common[..], &[issuer_root, nullifier, times]].concat();
				poseidon::hash(builder, &[SETTLE], &parts)
			},
			Basis::Verdict(commitment) => {
				let parts = [&common[..], &[commitment]].concat();
				poseidon::hash(builder, &[SETTLE_VERDICT], &parts)
			},
		};
		builder.equal(&computed, &statement);
		computed
	});

	let audit = values.audit.as_ref().zip(audit_signal).map(|(values, signal)| {
		builder.group("audit", |builder| {
			let (x, y) = values.key;
			let key =
				edwards::Point { x: builder.hint("auditor", x), y: builder.hint("auditor", y) };
			let shared = exchange::share(builder, &exchanged.secret, &key);
			let notes = [
				Audited { value: payee_value, commitment: payee.clone() },
				Audited { value: change_value, commitment: change.clone() },
			];
			audit::show(builder, &key, &exchanged.ephemeral_key, &shared, &notes, &signal).value()
		})
	});

	let (commitment, checked) = match &grounds {
		Basis::Receipt(checked) => (checked.commitment, Some(checked)),
		Basis::Verdict(commitment) => (commitment.value(), None),
	};
	Results {
		agreement: agreement.value(),
		payee: payee.value(),
		change: change.value(),
		ephemeral_key: [x.value(), y.value()],
		encrypted_change: encrypted_change.value(),
		commitment,
		issuer_root: checked.map_or(Fr::ZERO, |checked| checked.issuer_root.value()),
		nullifier: checked.map_or(Fr::ZERO, |checked| checked.nullifier.value()),
		challenge: checked.map_or(Fr::ZERO, |checked| checked.signature.challenge.value()),
		signature_holds: checked.is_none_or(|checked| checked.signature.holds),
		statement: computed.value(),
		audit,
	}
}

/// A receipt for the work that an issuer signed.
fn signed<B: Builder>(
	builder: &mut B,
	values: &SignedValues,
	work: &Work<B::Terms>,
	subject: &Number<B::Terms>,
) -> Checked<B::Terms> {
	let expires_at = builder.hint("expires_at", values.expires_at);
	let receipt = receipt::receipt(builder, &values.receipt, work, &expires_at);
	let as_of = builder.hint("as_of", values.as_of);
	let issuer_index = builder.hint("issuer_index", values.issuer_index);
	let signer = receipt::signer(builder, &values.signer);

	let commitment = receipt::commitment(builder, &receipt, &as_of, subject);
	let issuer_root = receipt::issuer_root(builder, &signer, &issuer_index);
	let signature = builder.group("signature", |builder| {
		eddsa::verify(builder, &signer.key, &signer.signature, &commitment)
	});
	let nullifier =
		builder.group("nullifier", |builder| receipt::nullifier(builder, subject, &receipt.serial));
	let times = words([&as_of, &expires_at, &issuer_index]);
	Checked { issuer_root, nullifier, times, commitment: commitment.value(), signature }
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
