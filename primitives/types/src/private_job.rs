//! Private jobs: what is escrowed for one, what its calls show, and the public signals of their proofs.
//!
//! A requester puts the price of all units of a job into an *escrow*, a note that is kept with the job
//! and not in the tree. The miner settles the job: it shows a note for itself and one for the change,
//! and proves that they are what a receipt, or a panel, says. No price or amount is in clear, and the
//! number of units is only where a panel sat. What a job costs beside its price leaves the pool with the
//! post, in clear, and is no part of this.

use crate::{
	blake2_256, fits_64_bits,
	note_call::{canonical, different},
	Digest, FieldBytes, Header, Input, JobId, JobTime, Note, NoteCallError, NOTE_INPUTS,
	NOTE_SIGNALS,
};
use ark_bn254::Fr;
use ark_ff::{BigInt, PrimeField};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use quittance_babyjubjub::{Point, PublicKey};
use quittance_poseidon::{tag, Hasher};
use scale_info::TypeInfo;

/// Number of public signals of `settle` and of `settle_verdict`: the context's limbs and one hash of
/// everything else. A signal costs the chain 0.1 ms, this hash less than that.
pub const SETTLEMENT_SIGNALS: usize = 3;

/// Length of an opening as the requester sends it to the miner: [`EscrowOpening::to_bytes`].
pub const OPENING_BYTES: usize = 8 + 8 + 32 + 32 + 32;

/// Places of the tree over a job's issuers.
const ISSUERS: u8 = crate::MAX_ISSUERS as u8;

/// Why a call about a private job cannot be true, whatever its proof is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
pub enum PrivateJobError {
	/// Something that calls about notes refuse as well: an amount of more than 64 bits, a hash that
	/// is no field element, one note spent twice.
	Note(NoteCallError),
	/// The key for the change is not one of the subgroup of prime order, or is the identity.
	InvalidChangeKey,
	/// The tree over a job's issuers has no such place.
	NoSuchIssuer,
}

impl From<NoteCallError> for PrivateJobError {
	fn from(error: NoteCallError) -> Self {
		Self::Note(error)
	}
}

/// What a private job pays. The miner gets them from the requester once it has the job; the chain
/// has their hash.
///
/// There is no `Debug`, so that no log shows what is confidential.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PrivateTerms {
	/// Price of a unit, in the chain's smallest unit.
	pub unit_price: u64,
	/// Most units that are paid.
	pub max_units: u64,
	/// Random number that hides the two in the hash.
	pub salt: Fr,
}

impl PrivateTerms {
	/// `P(tag, unit_price, max_units, salt)`.
	pub fn hash<H: Hasher>(&self) -> Fr {
		H::hash(&[
			tag("quittance.terms.v1"),
			Fr::from(self.unit_price),
			Fr::from(self.max_units),
			self.salt,
		])
	}
}

/// All that is hidden behind an offer: what its requester makes it from, sends to the miner after the
/// lock, and needs to spend the escrow where the job expires.
///
/// Who has this can read what the job pays. To settle it one needs the nullifier key behind the payee
/// that the miner named, to spend an escrow that expired the requester's.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct EscrowOpening {
	/// The terms.
	pub terms: PrivateTerms,
	/// The requester's owner key, for the escrow and for the change; one for each job.
	pub owner: Fr,
	/// Random number of the escrow.
	pub rho: Fr,
	/// The requester's one-time key, to which the change is encrypted. Public.
	pub change_key: PublicKey,
}

/// Why a miner does not work for what an opening says. The first that applies.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OpeningError {
	/// The price of all units needs more than 64 bits: no post has such an escrow.
	ValueTooLarge,
	/// It opens another offer than the one that was posted.
	OfferDiffers,
	/// The price of the input, which issuers write into receipts, is not that of the terms: no such receipt
	/// settles the job.
	PriceDiffers {
		/// Price of an item by the input.
		input: u64,
		/// Price of a unit by the terms.
		terms: u64,
	},
	/// The input has more items than the terms pay: no receipt for all of them settles the job.
	TooManyUnits {
		/// Items of the input.
		units: u64,
		/// Most units of the terms.
		max_units: u64,
	},
	/// The input's items are worth less than the miner works for.
	PayTooLow {
		/// What they are worth, in the chain's smallest unit.
		pay: u64,
		/// What the miner named.
		least_pay: u64,
	},
}

/// Why bytes are no opening.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MalformedOpening {
	/// They are not [`OPENING_BYTES`], but so many.
	WrongLength(usize),
	/// Salt, owner or rho is no field element below the group order.
	NotCanonical,
}

impl EscrowOpening {
	/// The escrow, worth exactly `unit_price * max_units`. `None` where that needs more than 64 bits.
	pub fn note(&self) -> Option<Note> {
		let PrivateTerms { unit_price, max_units, .. } = self.terms;
		let value = unit_price.checked_mul(max_units)?;
		Some(Note { value, owner: self.owner, rho: self.rho })
	}

	/// What the chain gets to see of it.
	pub fn offer<H: Hasher>(&self) -> Option<PrivateOffer> {
		Some(PrivateOffer {
			escrow: self.note()?.commitment::<H>().into(),
			terms: self.terms.hash::<H>().into(),
			change_key: self.change_key.to_bytes(),
		})
	}

	/// Whether a miner that gets this opening can be paid for the input's items, and at least
	/// `least_pay`, in the chain's smallest unit: what it has to see before it works. What it asks for
	/// should cover the fee of a settlement, which is out of its pay.
	///
	/// # Errors
	///
	/// The first that applies, in the order of [`OpeningError`].
	pub fn matches<H: Hasher>(
		&self,
		offer: &PrivateOffer,
		input: &Input<'_>,
		least_pay: u64,
	) -> Result<(), OpeningError> {
		let opened = self.offer::<H>().ok_or(OpeningError::ValueTooLarge)?;
		if opened != *offer {
			return Err(OpeningError::OfferDiffers);
		}
		let PrivateTerms { unit_price, max_units, .. } = self.terms;
		if input.unit_price != unit_price {
			return Err(OpeningError::PriceDiffers { input: input.unit_price, terms: unit_price });
		}
		let units = u64::from(input.count);
		if units > max_units {
			return Err(OpeningError::TooManyUnits { units, max_units });
		}
		// No more than the escrow is worth, so that nothing saturates.
		let pay = units.saturating_mul(unit_price);
		if pay < least_pay {
			return Err(OpeningError::PayTooLow { pay, least_pay });
		}
		Ok(())
	}

	/// What the requester sends to the miner: unit price (8 bytes), most units (8), salt, owner and rho
	/// (32 each), little-endian. The key for the change is in the offer.
	pub fn to_bytes(&self) -> [u8; OPENING_BYTES] {
		let PrivateTerms { unit_price, max_units, salt } = self.terms;
		let [salt, owner, rho] = [salt, self.owner, self.rho].map(|part| FieldBytes::from(part).0);
		let parts = unit_price
			.to_le_bytes()
			.into_iter()
			.chain(max_units.to_le_bytes())
			.chain(salt)
			.chain(owner)
			.chain(rho);
		let mut bytes = [0; OPENING_BYTES];
		for (to, from) in bytes.iter_mut().zip(parts) {
			*to = from;
		}
		bytes
	}

	/// The opening in these bytes, for the offer with this key for the change. No opening has two encodings.
	///
	/// # Errors
	///
	/// The first that applies, in the order of [`MalformedOpening`].
	pub fn from_bytes(bytes: &[u8], change_key: PublicKey) -> Result<Self, MalformedOpening> {
		let exact = <&[u8; OPENING_BYTES]>::try_from(bytes)
			.map_err(|_| MalformedOpening::WrongLength(bytes.len()))?;
		let (unit_price, max_units, salt, owner, rho) =
			<(u64, u64, FieldBytes, FieldBytes, FieldBytes)>::decode(&mut exact.as_slice())
				.map_err(|_| MalformedOpening::WrongLength(bytes.len()))?;
		let element = |part: FieldBytes| part.to_field().ok_or(MalformedOpening::NotCanonical);
		let terms = PrivateTerms { unit_price, max_units, salt: element(salt)? };
		Ok(Self { terms, owner: element(owner)?, rho: element(rho)?, change_key })
	}
}

/// What the chain sees of a private job's payment.
#[derive(
	Clone,
	Copy,
	PartialEq,
	Eq,
	Debug,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub struct PrivateOffer {
	/// Commitment of the escrow. It becomes a leaf where the job expires.
	pub escrow: FieldBytes,
	/// [`PrivateTerms::hash`].
	pub terms: FieldBytes,
	/// The requester's one-time BabyJubJub key: x and y, each 32 bytes little-endian.
	pub change_key: [u8; 64],
}

impl PrivateOffer {
	/// `P(tag, escrow, terms, V.x, V.y)`, V being the key for the change: all that a
	/// settlement is held against, in one signal.
	///
	/// Who has it has checked the key. With a key of small order everybody could read the change,
	/// and with one off the curve nobody knows what a proof says.
	pub fn hash<H: Hasher>(&self) -> Result<Fr, PrivateJobError> {
		let (escrow, terms) = (canonical(&self.escrow)?, canonical(&self.terms)?);
		let key = PublicKey::from_bytes(&self.change_key)
			.map_err(|_| PrivateJobError::InvalidChangeKey)?;
		Ok(H::hash(&[tag("quittance.offer.v1"), escrow, terms, key.x(), key.y()]))
	}
}

/// An offer and the owner key that the miner named when it took the job.
///
/// A receipt and an opening pass through several hands, and none of them may choose whose note is made.
/// Only who knows the nullifier key behind the owner key can settle the job. The miner makes a fresh owner
/// key for each job.
///
/// It is a type, so that no other hash, that of an offer least of all, is taken for one. What is decoded was
/// encoded by the same chain; bytes that are no field element are refused where the signals are made.
#[derive(
	Clone,
	Copy,
	PartialEq,
	Eq,
	Debug,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub struct Agreement(FieldBytes);

impl Agreement {
	/// `P(tag, offer, payee)`, of [`PrivateOffer::hash`] and the payee's owner key.
	pub fn new<H: Hasher>(offer: Fr, payee: Fr) -> Self {
		Self(H::hash(&[tag("quittance.agreement.v1"), offer, payee]).into())
	}

	/// The hash, or `None` for bytes that [`new`](Self::new) never made.
	pub fn to_field(&self) -> Option<Fr> {
		self.0.to_field()
	}
}

/// `P(tag, subject, units, salt)`: what a panel found about a private job. The chain makes it from the units
/// that the members agreed on, with a salt of zero: units of a job on which a panel sat are public.
///
/// No commitment of a receipt: that covers a serial and a salt that the members have not got.
pub fn verdict_commitment<H: Hasher>(subject: Fr, units: u64, salt: Fr) -> Fr {
	H::hash(&[tag("quittance.private-verdict.v1"), subject, Fr::from(units), salt])
}

/// `P(tag, S.x, S.y, subject)`, with S the point shared by the ephemeral key and that for the change:
/// the random number of the note with the change. Who has the secret of either key finds it, and to spend
/// the note needs the diversifier of the escrow's owner key as well.
pub fn change_rho<H: Hasher>(shared: &Point, subject: Fr) -> Fr {
	H::hash(&[tag("quittance.change-rho.v1"), shared.x, shared.y, subject])
}

/// `P(tag, S.x, S.y, commitment)`: what is added to the value of the change to encrypt it.
///
/// It covers the commitment, so that no two notes share one, whatever their keys are.
pub fn change_mask<H: Hasher>(shared: &Point, commitment: Fr) -> Fr {
	H::hash(&[tag("quittance.change-mask.v1"), shared.x, shared.y, commitment])
}

/// The note with the change, from what the chain shows and the shared point. `owner` is that of the
/// escrow. `None` where the commitment is not that of the note: no settlement that the chain accepted.
pub fn recover_change<H: Hasher>(
	shared: &Point,
	subject: Fr,
	owner: Fr,
	commitment: Fr,
	encrypted: Fr,
) -> Option<Note> {
	let value = encrypted - change_mask::<H>(shared, commitment);
	let [value, 0, 0, 0] = value.into_bigint().0 else { return None };
	let note = Note { value, owner, rho: change_rho::<H>(shared, subject) };
	(note.commitment::<H>() == commitment).then_some(note)
}

/// What a `post_private_job` shows of its payment. These are call arguments, covered by the header's
/// `arguments`.
#[derive(
	Clone,
	Copy,
	PartialEq,
	Eq,
	Debug,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub struct PrivateJobClaims {
	/// A recent root of the tree of notes.
	pub root: FieldBytes,
	/// The nullifiers of the notes spent.
	pub nullifiers: [FieldBytes; NOTE_INPUTS],
	/// The commitment of the note with the change, which becomes a leaf.
	pub change: FieldBytes,
	/// What is offered.
	pub offer: PrivateOffer,
	/// What leaves the pool to the header's payee, the requester's one-time account: the fees of those who
	/// judge the work, what miners that decline are paid, the deposit for the job's record.
	pub paid_in: u128,
	/// What leaves the pool as the call's fee.
	pub fee: u128,
}

impl PrivateJobClaims {
	/// The header's `arguments`: blake2b-256 over these claims, the job as the call describes it, and
	/// the ciphertext of the change.
	pub fn arguments<Job: Encode>(&self, job: &Job, ciphertext: &[u8]) -> Digest {
		blake2_256(&(self, job, ciphertext).encode())
	}

	/// The public signals, in the order of the circuit. Who has no signals has no verdict about a
	/// proof either, so that no check made here can be left out before the verifier is asked.
	///
	/// The one before the last is the hash of the offer, which is kept with the job. The last is
	/// all that leaves the pool: 64 bits at most, together.
	pub fn inputs<H: Hasher, AccountId: Encode + PartialEq>(
		&self,
		header: &Header<AccountId>,
	) -> Result<[Fr; NOTE_SIGNALS], PrivateJobError> {
		let paid = self.paid_in.checked_add(self.fee).ok_or(NoteCallError::AmountTooLarge)?;
		let paid = amount(paid)?;
		let [context_low, context_high] = header.context();
		let [first, second] = different(&self.nullifiers)?;
		Ok([
			context_low,
			context_high,
			canonical(&self.root)?,
			first,
			second,
			canonical(&self.change)?,
			self.offer.hash::<H>()?,
			Fr::from(paid),
		])
	}
}

/// What a settlement shows, whether a receipt or a panel is behind it. These are call arguments.
#[derive(
	Clone,
	Copy,
	PartialEq,
	Eq,
	Debug,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub struct SettlementClaims {
	/// The commitment of the payee's note, the first of the two leaves.
	pub payee: FieldBytes,
	/// The commitment of the note with the change, the second.
	pub change: FieldBytes,
	/// The one-time key with which the value of the change is encrypted: x and y.
	pub ephemeral_key: [FieldBytes; 2],
	/// The value of the change plus [`change_mask`].
	pub encrypted_change: FieldBytes,
	/// What leaves the pool as the call's fee, out of the payee's part.
	pub fee: u128,
}

/// What the chain knows of the private job that a settlement is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PrivateJob {
	/// The subject.
	pub subject: Fr,
	/// What was agreed on at the lock.
	pub agreement: Agreement,
}

impl SettlementClaims {
	fn settlement(&self, job: &PrivateJob) -> Result<PrivateSettlement, PrivateJobError> {
		let [x, y] = self.ephemeral_key;
		Ok(PrivateSettlement {
			subject: job.subject,
			agreement: canonical(&job.agreement.0)?,
			payee: canonical(&self.payee)?,
			change: canonical(&self.change)?,
			ephemeral_key: [canonical(&x)?, canonical(&y)?],
			encrypted_change: canonical(&self.encrypted_change)?,
			fee: amount(self.fee)?,
		})
	}
}

/// What a `settle` shows: a settlement by the receipt of an issuer. These are call arguments.
#[derive(
	Clone,
	Copy,
	PartialEq,
	Eq,
	Debug,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub struct SettleClaims {
	/// The notes.
	pub settlement: SettlementClaims,
	/// Root of the tree over the job's issuers.
	pub issuer_root: FieldBytes,
	/// Place of the signing issuer among the job's issuers; it earns the issuer's fee.
	pub issuer_index: u8,
	/// `P(tag, subject, serial)` of the receipt.
	pub nullifier: FieldBytes,
	/// Job time after which the receipt is void, signed by the issuer.
	pub expires_at: JobTime,
	/// Job time, not in the future, by which the work had ended.
	pub as_of: JobTime,
}

impl SettleClaims {
	/// The header's `arguments`: blake2b-256 over the job, these claims, and the ciphertext of the
	/// payee's note.
	pub fn arguments(&self, job: JobId, ciphertext: &[u8]) -> Digest {
		blake2_256(&(job, self, ciphertext).encode())
	}

	/// The public signals, in the order of the circuit. As [`PrivateJobClaims::inputs`].
	pub fn inputs<H: Hasher, AccountId: Encode + PartialEq>(
		&self,
		header: &Header<AccountId>,
		job: &PrivateJob,
	) -> Result<[Fr; SETTLEMENT_SIGNALS], PrivateJobError> {
		if self.issuer_index >= ISSUERS {
			return Err(PrivateJobError::NoSuchIssuer);
		}
		let receipt = SettledReceipt {
			issuer_root: canonical(&self.issuer_root)?,
			issuer_index: self.issuer_index,
			nullifier: canonical(&self.nullifier)?,
			expires_at: self.expires_at,
			as_of: self.as_of,
		};
		let [context_low, context_high] = header.context();
		let statement = self.settlement.settlement(job)?.by_receipt::<H>(&receipt);
		Ok([context_low, context_high, statement])
	}
}

/// What a `settle_verdict` shows: a settlement by what a panel found. These are call arguments.
#[derive(
	Clone,
	Copy,
	PartialEq,
	Eq,
	Debug,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub struct SettleVerdictClaims {
	/// The notes.
	pub settlement: SettlementClaims,
}

impl SettleVerdictClaims {
	/// The header's `arguments`, as [`SettleClaims::arguments`].
	pub fn arguments(&self, job: JobId, ciphertext: &[u8]) -> Digest {
		blake2_256(&(job, self, ciphertext).encode())
	}

	/// The public signals, in the order of the circuit. As [`PrivateJobClaims::inputs`].
	/// `verdict` is the [`verdict_commitment`] of what the panel found.
	pub fn inputs<H: Hasher, AccountId: Encode + PartialEq>(
		&self,
		header: &Header<AccountId>,
		job: &PrivateJob,
		verdict: Fr,
	) -> Result<[Fr; SETTLEMENT_SIGNALS], PrivateJobError> {
		let [context_low, context_high] = header.context();
		let statement = self.settlement.settlement(job)?.by_verdict::<H>(verdict);
		Ok([context_low, context_high, statement])
	}
}

/// A settlement as its circuit takes it. The chain makes it from the claims, a prover from what it
/// has computed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PrivateSettlement {
	/// The subject.
	pub subject: Fr,
	/// The [`Agreement`].
	pub agreement: Fr,
	/// The commitment of the payee's note.
	pub payee: Fr,
	/// The commitment of the note with the change.
	pub change: Fr,
	/// The ephemeral key's coordinates.
	pub ephemeral_key: [Fr; 2],
	/// The encrypted value of the change.
	pub encrypted_change: Fr,
	/// What leaves the pool out of the payee's part.
	pub fee: u64,
}

/// What a settlement shows of the receipt behind it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SettledReceipt {
	/// Root of the tree over the job's issuers.
	pub issuer_root: Fr,
	/// Place of the issuer that signed.
	pub issuer_index: u8,
	/// The receipt's nullifier.
	pub nullifier: Fr,
	/// Job time after which it is void.
	pub expires_at: JobTime,
	/// Job time by which the work had ended.
	pub as_of: JobTime,
}

impl PrivateSettlement {
	/// `P(tag, subject, agreement, payee, change, R.x, R.y, encrypted, fee, issuer_root, nullifier,
	/// times)`, with R the ephemeral key and `times = as_of + 2^64 expires_at + 2^128 issuer_index`: the
	/// last public signal of `settle`.
	pub fn by_receipt<H: Hasher>(&self, receipt: &SettledReceipt) -> Fr {
		let SettledReceipt { issuer_root, issuer_index, nullifier, expires_at, as_of } = *receipt;
		let [r_x, r_y] = self.ephemeral_key;
		H::hash(&[
			tag("quittance.settle.v1"),
			self.subject,
			self.agreement,
			self.payee,
			self.change,
			r_x,
			r_y,
			self.encrypted_change,
			Fr::from(self.fee),
			issuer_root,
			nullifier,
			words([as_of, expires_at, issuer_index.into()]),
		])
	}

	/// `P(tag, subject, agreement, payee, change, R.x, R.y, encrypted, fee, c)`, with c the
	/// [`verdict_commitment`]: the last public signal of `settle_verdict`.
	pub fn by_verdict<H: Hasher>(&self, verdict: Fr) -> Fr {
		let [r_x, r_y] = self.ephemeral_key;
		H::hash(&[
			tag("quittance.settle-verdict.v1"),
			self.subject,
			self.agreement,
			self.payee,
			self.change,
			r_x,
			r_y,
			self.encrypted_change,
			Fr::from(self.fee),
			verdict,
		])
	}
}

/// The number with these words of 64 bits, lowest first. Below 2^192, it has one meaning.
fn words([low, middle, high]: [u64; 3]) -> Fr {
	Fr::from(BigInt([low, middle, high, 0]))
}

fn amount(amount: u128) -> Result<u64, NoteCallError> {
	fits_64_bits(amount).ok_or(NoteCallError::AmountTooLarge)
}

#[cfg(test)]
mod tests {
	use super::*;
	use quittance_babyjubjub::SecretKey;
	use quittance_poseidon::Native;

	const TOO_LARGE: PrivateJobError = PrivateJobError::Note(NoteCallError::AmountTooLarge);
	const NOT_CANONICAL: PrivateJobError = PrivateJobError::Note(NoteCallError::NotCanonical);

	/// The group order, the least number that is no field element.
	fn order() -> FieldBytes {
		let mut bytes = FieldBytes::from(-Fr::from(1u8)).0;
		bytes[0] += 1;
		FieldBytes(bytes)
	}

	fn hash(value: u8) -> FieldBytes {
		Fr::from(value).into()
	}

	fn header() -> Header<[u8; 32]> {
		Header {
			genesis: [1; 32],
			pallet: 2,
			circuit: [3; 32],
			subject: Some(hash(4)),
			arguments: [5; 32],
			submitter: None,
			payee: [6; 32],
			valid_until: 7,
			nonce: 1,
		}
	}

	fn opening() -> EscrowOpening {
		EscrowOpening {
			terms: PrivateTerms { unit_price: 3, max_units: 100, salt: Fr::from(11u8) },
			owner: Fr::from(12u8),
			rho: Fr::from(13u8),
			change_key: SecretKey::from_seed(&[14; 32]).public(),
		}
	}

	fn posted() -> PrivateJobClaims {
		PrivateJobClaims {
			root: hash(1),
			nullifiers: [hash(2), hash(3)],
			change: hash(4),
			offer: opening().offer::<Native>().unwrap(),
			paid_in: 5,
			fee: 6,
		}
	}

	fn settlement() -> SettlementClaims {
		SettlementClaims {
			payee: hash(1),
			change: hash(2),
			ephemeral_key: [hash(3), hash(4)],
			encrypted_change: hash(5),
			fee: 6,
		}
	}

	fn settled() -> SettleClaims {
		SettleClaims {
			settlement: settlement(),
			issuer_root: hash(7),
			issuer_index: 15,
			nullifier: hash(8),
			expires_at: 9,
			as_of: 10,
		}
	}

	fn job() -> PrivateJob {
		PrivateJob { subject: Fr::from(21u8), agreement: agreement(22) }
	}

	/// An agreement that is any hash.
	fn agreement(hash: u8) -> Agreement {
		Agreement(Fr::from(hash).into())
	}

	#[test]
	fn an_escrow_is_worth_the_price_of_all_units() {
		let note = opening().note().unwrap();
		assert_eq!((note.value, note.owner, note.rho), (300, Fr::from(12u8), Fr::from(13u8)));
		let offer = opening().offer::<Native>().unwrap();
		assert_eq!(offer.escrow, note.commitment::<Native>().into());
		assert_eq!(offer.terms, opening().terms.hash::<Native>().into());
		assert_eq!(offer.change_key, opening().change_key.to_bytes());
	}

	#[test]
	fn boundary_escrows() {
		let value = |unit_price, max_units| {
			let terms = PrivateTerms { unit_price, max_units, ..opening().terms };
			let opening = EscrowOpening { terms, ..opening() };
			assert_eq!(opening.offer::<Native>().is_some(), opening.note().is_some());
			opening.note().map(|note| note.value)
		};
		assert_eq!(value(0, u64::MAX), Some(0));
		assert_eq!(value(u64::MAX, 1), Some(u64::MAX));
		assert_eq!(value(1, u64::MAX), Some(u64::MAX));
		assert_eq!(value(u64::MAX, 2), None);
		assert_eq!(value(1 << 32, 1 << 32), None);
	}

	fn input(unit_price: u64, count: u32) -> Input<'static> {
		Input { salt: [0; 32], weights: [0; 32], unit_price, count, items: &[] }
	}

	#[test]
	fn a_miner_takes_what_it_can_be_paid_for() {
		let offer = opening().offer::<Native>().unwrap();
		let matches = |input, least_pay| opening().matches::<Native>(&offer, &input, least_pay);
		assert_eq!(matches(input(3, 100), 300), Ok(()));
		assert_eq!(matches(input(3, 1), 3), Ok(()));
		assert_eq!(matches(input(3, 1), 0), Ok(()));
		for (price, count) in [(2, 100), (4, 1), (4, 101)] {
			let error = OpeningError::PriceDiffers { input: price, terms: 3 };
			assert_eq!(matches(input(price, count), 301), Err(error));
		}
		let error = OpeningError::TooManyUnits { units: 101, max_units: 100 };
		assert_eq!(matches(input(3, 101), u64::MAX), Err(error));
		let error = OpeningError::PayTooLow { pay: 297, least_pay: 298 };
		assert_eq!(matches(input(3, 99), 298), Err(error));

		// The most that an escrow can hold, and the most items at the most they can cost.
		for (unit_price, max_units, count) in
			[(u64::MAX, 1, 1), (u64::from(u32::MAX), u64::from(u32::MAX) + 2, u32::MAX)]
		{
			let terms = PrivateTerms { unit_price, max_units, ..opening().terms };
			let opening = EscrowOpening { terms, ..opening() };
			let offer = opening.offer::<Native>().unwrap();
			let pay = unit_price * u64::from(count);
			let matches =
				|least_pay| opening.matches::<Native>(&offer, &input(unit_price, count), least_pay);
			assert_eq!(matches(pay), Ok(()));
			if let Some(least_pay) = pay.checked_add(1) {
				assert_eq!(matches(least_pay), Err(OpeningError::PayTooLow { pay, least_pay }));
			}
		}
	}

	#[test]
	fn a_miner_refuses_what_does_not_open_the_offer() {
		let offer = opening().offer::<Native>().unwrap();
		let (base, key) = (opening(), SecretKey::from_seed(&[15; 32]).public());
		let one = Fr::from(1u8);
		for other in [
			EscrowOpening { terms: PrivateTerms { unit_price: 4, ..base.terms }, ..base },
			EscrowOpening { terms: PrivateTerms { max_units: 101, ..base.terms }, ..base },
			EscrowOpening { terms: PrivateTerms { salt: one, ..base.terms }, ..base },
			EscrowOpening { owner: one, ..base },
			EscrowOpening { rho: one, ..base },
			EscrowOpening { change_key: key, ..base },
			// The same value, divided differently.
			EscrowOpening {
				terms: PrivateTerms { unit_price: 100, max_units: 3, ..base.terms },
				..base
			},
		] {
			let matches = other.matches::<Native>(&offer, &input(3, 1), 0);
			assert_eq!(matches, Err(OpeningError::OfferDiffers));
		}
		let terms = PrivateTerms { unit_price: u64::MAX, max_units: 2, ..base.terms };
		let other = EscrowOpening { terms, ..base };
		let matches = other.matches::<Native>(&offer, &input(3, 1), 0);
		assert_eq!(matches, Err(OpeningError::ValueTooLarge));
	}

	#[test]
	fn an_opening_has_one_encoding() {
		let terms =
			PrivateTerms { unit_price: u64::MAX - 1, max_units: 0x0102, salt: -Fr::from(1u8) };
		for opening in [opening(), EscrowOpening { terms, rho: Fr::from(0u8), ..opening() }] {
			let bytes = opening.to_bytes();
			let read = EscrowOpening::from_bytes(&bytes, opening.change_key);
			assert!(read == Ok(opening));
		}
		let bytes = EscrowOpening { terms, ..opening() }.to_bytes();
		assert_eq!(bytes[..8], [0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]);
		assert_eq!(bytes[8..16], [2, 1, 0, 0, 0, 0, 0, 0]);
		assert_eq!(bytes[16..48], FieldBytes::from(-Fr::from(1u8)).0);
		assert_eq!(bytes[48..80], hash(12).0);
		assert_eq!(bytes[80..], hash(13).0);
		let key = SecretKey::from_seed(&[15; 32]).public();
		let other = EscrowOpening::from_bytes(&bytes, key).unwrap_or_else(|_| unreachable!());
		assert!(other.change_key == key);
	}

	#[test]
	fn fails_when_bytes_are_no_opening() {
		let bytes = opening().to_bytes();
		let read =
			|bytes: &[u8]| EscrowOpening::from_bytes(bytes, opening().change_key).map(|_| ());
		assert_eq!(read(&bytes), Ok(()));
		assert_eq!(read(&[]), Err(MalformedOpening::WrongLength(0)));
		assert_eq!(read(&bytes[..111]), Err(MalformedOpening::WrongLength(111)));
		let longer = [&bytes[..], &[0]].concat();
		assert_eq!(read(&longer), Err(MalformedOpening::WrongLength(113)));
		for place in [16, 48, 80] {
			for (element, expected) in [
				(FieldBytes::from(-Fr::from(1u8)), Ok(())),
				(order(), Err(MalformedOpening::NotCanonical)),
				(FieldBytes([0xff; 32]), Err(MalformedOpening::NotCanonical)),
			] {
				let mut bytes = bytes;
				bytes[place..place + 32].copy_from_slice(&element.0);
				assert_eq!(read(&bytes), expected, "{place}");
			}
		}
	}

	#[test]
	fn every_part_of_an_offer_changes_its_hash() {
		let offer = opening().offer::<Native>().unwrap();
		let key = SecretKey::from_seed(&[15; 32]).public().to_bytes();
		let hashes = [
			offer,
			PrivateOffer { escrow: offer.terms, terms: offer.escrow, ..offer },
			PrivateOffer { escrow: hash(1), ..offer },
			PrivateOffer { terms: hash(1), ..offer },
			PrivateOffer { change_key: key, ..offer },
		]
		.map(|offer| offer.hash::<Native>().unwrap());
		for (place, hash) in hashes.iter().enumerate() {
			assert!(!hashes[..place].contains(hash), "offer {place} has its own hash");
		}
		let terms = opening().terms;
		for other in [
			PrivateTerms { unit_price: 4, ..terms },
			PrivateTerms { max_units: 99, ..terms },
			PrivateTerms { salt: Fr::from(1u8), ..terms },
			PrivateTerms { unit_price: 100, max_units: 3, ..terms },
		] {
			assert_ne!(other.hash::<Native>(), terms.hash::<Native>());
		}
	}

	/// Trap 7: the identity, a key with a part of small order, one off the curve, two encodings.
	#[test]
	fn fails_when_the_key_for_the_change_is_none() {
		let key = opening().change_key.point();
		let bytes = |x: Fr, y: Fr| {
			let mut bytes = [0; 64];
			bytes[..32].copy_from_slice(&FieldBytes::from(x).0);
			bytes[32..].copy_from_slice(&FieldBytes::from(y).0);
			bytes
		};
		let mut not_canonical = bytes(key.x, key.y);
		not_canonical[..32].copy_from_slice(&order().0);
		let (zero, one) = (Fr::from(0u8), Fr::from(1u8));
		for change_key in [
			bytes(zero, one),
			bytes(zero, -one),
			bytes(-key.x, -key.y),
			bytes(key.x, key.y + one),
			not_canonical,
		] {
			let offer = PrivateOffer { change_key, ..posted().offer };
			assert_eq!(offer.hash::<Native>(), Err(PrivateJobError::InvalidChangeKey));
			let claims = PrivateJobClaims { offer, ..posted() };
			let error = Err(PrivateJobError::InvalidChangeKey);
			assert_eq!(claims.inputs::<Native, _>(&header()), error);
		}
		// The other sign of a key is a key.
		let offer = PrivateOffer { change_key: bytes(-key.x, key.y), ..posted().offer };
		assert!(offer.hash::<Native>().is_ok());
	}

	#[test]
	fn signals_are_in_the_order_of_the_circuits() {
		let [low, high] = header().context();
		let [one, two, three, four, paid] = [1u8, 2, 3, 4, 11].map(Fr::from);
		let offer = posted().offer.hash::<Native>().unwrap();
		let expected = [low, high, one, two, three, four, offer, paid];
		assert_eq!(posted().inputs::<Native, _>(&header()), Ok(expected));

		let two_to_64 = Fr::from(1u128 << 64);
		let number = |number: u8| Fr::from(number);
		let common =
			[number(21), number(22), number(1), number(2), number(3), number(4), number(5)];
		let fee = number(6);
		let times = number(10) + two_to_64 * (number(9) + two_to_64 * number(15));
		let [a, b, c, d, e, f, g] = common;
		let statement = Native::hash(&[
			tag("quittance.settle.v1"),
			a,
			b,
			c,
			d,
			e,
			f,
			g,
			fee,
			number(7),
			number(8),
			times,
		]);
		let inputs = settled().inputs::<Native, _>(&header(), &job());
		assert_eq!(inputs, Ok([low, high, statement]));
		let verdict = number(77);
		let parts = [tag("quittance.settle-verdict.v1"), a, b, c, d, e, f, g, fee, verdict];
		let claims = SettleVerdictClaims { settlement: settlement() };
		let inputs = claims.inputs::<Native, _>(&header(), &job(), verdict);
		assert_eq!(inputs, Ok([low, high, Native::hash(&parts)]));
	}

	#[test]
	fn fails_when_both_nullifiers_are_the_same() {
		let claims = PrivateJobClaims { nullifiers: [hash(2), hash(2)], ..posted() };
		let error = PrivateJobError::Note(NoteCallError::EqualNullifiers);
		assert_eq!(claims.inputs::<Native, _>(&header()), Err(error));
	}

	/// Trap 4, for everything that is a field element.
	#[test]
	fn fails_when_a_hash_is_not_canonical() {
		let order = order();
		let offer = posted().offer;
		for claims in [
			PrivateJobClaims { root: order, ..posted() },
			PrivateJobClaims { nullifiers: [order, hash(3)], ..posted() },
			PrivateJobClaims { nullifiers: [hash(2), order], ..posted() },
			PrivateJobClaims { change: order, ..posted() },
			PrivateJobClaims { offer: PrivateOffer { escrow: order, ..offer }, ..posted() },
			PrivateJobClaims { offer: PrivateOffer { terms: order, ..offer }, ..posted() },
		] {
			assert_eq!(claims.inputs::<Native, _>(&header()), Err(NOT_CANONICAL));
		}
		let settlements = [
			SettlementClaims { payee: order, ..settlement() },
			SettlementClaims { change: order, ..settlement() },
			SettlementClaims { ephemeral_key: [order, hash(4)], ..settlement() },
			SettlementClaims { ephemeral_key: [hash(3), order], ..settlement() },
			SettlementClaims { encrypted_change: order, ..settlement() },
		];
		let receipts = [
			SettleClaims { issuer_root: order, ..settled() },
			SettleClaims { nullifier: order, ..settled() },
		];
		let with = |settlement| SettleClaims { settlement, ..settled() };
		for claims in settlements.into_iter().map(with).chain(receipts) {
			assert_eq!(claims.inputs::<Native, _>(&header(), &job()), Err(NOT_CANONICAL));
		}
		for settlement in settlements {
			let inputs = SettleVerdictClaims { settlement }.inputs::<Native, _>(
				&header(),
				&job(),
				Fr::from(1u8),
			);
			assert_eq!(inputs, Err(NOT_CANONICAL));
		}
	}

	#[test]
	fn boundary_amounts() {
		let (most, over) = (u128::from(u64::MAX), 1 << 64);
		let post = |paid_in, fee| {
			let claims = PrivateJobClaims { paid_in, fee, ..posted() };
			claims.inputs::<Native, _>(&header()).map(|inputs| inputs[7])
		};
		assert_eq!(post(0, 0), Ok(Fr::from(0u8)));
		assert_eq!(post(most, 0), Ok(Fr::from(u64::MAX)));
		assert_eq!(post(0, most), Ok(Fr::from(u64::MAX)));
		assert_eq!(post(most - 1, 1), Ok(Fr::from(u64::MAX)));
		assert_eq!(post(over, 0), Err(TOO_LARGE));
		assert_eq!(post(0, over), Err(TOO_LARGE));
		// Each alone would do, the sum does not; and the sum does not wrap around.
		assert_eq!(post(most, 1), Err(TOO_LARGE));
		assert_eq!(post(u128::MAX, 1), Err(TOO_LARGE));

		let settle = |fee| {
			let claims = SettlementClaims { fee, ..settlement() };
			let settled = SettleClaims { settlement: claims, ..settled() };
			let inputs = settled.inputs::<Native, _>(&header(), &job()).map(|_| ());
			let verdict = SettleVerdictClaims { settlement: claims };
			let by_verdict = verdict.inputs::<Native, _>(&header(), &job(), Fr::from(1u8));
			assert_eq!(by_verdict.map(|_| ()), inputs);
			inputs
		};
		assert_eq!(settle(0), Ok(()));
		assert_eq!(settle(most), Ok(()));
		assert_eq!(settle(over), Err(TOO_LARGE));
	}

	/// What an agreement decodes to where storage was damaged.
	#[test]
	fn fails_when_an_agreement_is_not_canonical() {
		let decoded = Agreement::decode(&mut &order().0[..]).unwrap();
		assert_eq!(decoded.to_field(), None);
		let job = PrivateJob { agreement: decoded, ..job() };
		assert_eq!(settled().inputs::<Native, _>(&header(), &job), Err(NOT_CANONICAL));
		let verdict = SettleVerdictClaims { settlement: settlement() };
		let inputs = verdict.inputs::<Native, _>(&header(), &job, Fr::from(1u8));
		assert_eq!(inputs, Err(NOT_CANONICAL));
		let agreement = Agreement::new::<Native>(Fr::from(1u8), Fr::from(2u8));
		assert_eq!(Agreement::decode(&mut &agreement.encode()[..]), Ok(agreement));
		assert_eq!(agreement.encode().len(), 32);
	}

	#[test]
	fn fails_when_the_issuer_has_no_place() {
		let claims = SettleClaims { issuer_index: 16, ..settled() };
		let inputs = claims.inputs::<Native, _>(&header(), &job());
		assert_eq!(inputs, Err(PrivateJobError::NoSuchIssuer));
	}

	/// Two numbers in one signal: what one of them gains, the other cannot lose.
	#[test]
	fn every_claim_changes_the_statement() {
		let base = settlement();
		let mut statements = Vec::new();
		let settlements = [
			base,
			SettlementClaims { payee: base.change, change: base.payee, ..base },
			SettlementClaims { payee: hash(99), ..base },
			SettlementClaims { change: hash(99), ..base },
			SettlementClaims { ephemeral_key: [hash(4), hash(3)], ..base },
			SettlementClaims { encrypted_change: hash(99), ..base },
			SettlementClaims { fee: 23, ..base },
			SettlementClaims { fee: u64::MAX.into(), ..base },
		];
		let base = settled();
		let receipts = [
			SettleClaims { issuer_root: hash(99), ..base },
			SettleClaims { issuer_index: 14, ..base },
			SettleClaims { nullifier: hash(99), ..base },
			SettleClaims { expires_at: 10, as_of: 9, ..base },
			SettleClaims { expires_at: u64::MAX, ..base },
			SettleClaims { as_of: u64::MAX, ..base },
		];
		let jobs = [
			PrivateJob { subject: Fr::from(22u8), agreement: agreement(21) },
			PrivateJob { subject: Fr::from(1u8), ..job() },
			PrivateJob { agreement: agreement(1), ..job() },
		];
		let with = |settlement| SettleClaims { settlement, ..settled() };
		for claims in settlements.into_iter().map(with).chain(receipts) {
			statements.push(claims.inputs::<Native, _>(&header(), &job()).unwrap()[2]);
		}
		statements.extend(
			jobs.iter().map(|job| settled().inputs::<Native, _>(&header(), job).unwrap()[2]),
		);
		for settlement in settlements {
			for commitment in [5u8, 6].map(Fr::from) {
				let claims = SettleVerdictClaims { settlement };
				let inputs = claims.inputs::<Native, _>(&header(), &job(), commitment).unwrap();
				statements.push(inputs[2]);
			}
		}
		for (place, statement) in statements.iter().enumerate() {
			assert!(!statements[..place].contains(statement), "statement {place} is its own");
		}
	}

	#[test]
	fn every_claim_and_ciphertext_changes_the_arguments() {
		let claims = posted();
		let offer = PrivateOffer { terms: hash(9), ..claims.offer };
		let arguments = [
			claims.arguments(&1u8, b"ab"),
			claims.arguments(&1u8, b"abc"),
			claims.arguments(&2u8, b"ab"),
			PrivateJobClaims { root: hash(9), ..claims }.arguments(&1u8, b"ab"),
			PrivateJobClaims { offer, ..claims }.arguments(&1u8, b"ab"),
			// The same sum, and so the same signal.
			PrivateJobClaims { paid_in: 6, fee: 5, ..claims }.arguments(&1u8, b"ab"),
			settled().arguments(1, b"ab"),
			settled().arguments(2, b"ab"),
			settled().arguments(1, b"ac"),
			SettleClaims { as_of: 11, ..settled() }.arguments(1, b"ab"),
			SettleVerdictClaims { settlement: settlement() }.arguments(1, b"ab"),
			SettleVerdictClaims { settlement: settlement() }.arguments(2, b"ab"),
		];
		for (place, digest) in arguments.iter().enumerate() {
			assert!(!arguments[..place].contains(digest), "arguments {place} are their own");
		}
	}

	#[test]
	fn two_keys_share_one_point_and_a_third_another() {
		let [a, b, c] = [1, 2, 3].map(|seed| SecretKey::from_seed(&[seed; 32]));
		let shared = a.shared(&b.public());
		assert_eq!(b.shared(&a.public()), shared);
		assert_ne!(c.shared(&a.public()), shared);
		assert_ne!(c.shared(&b.public()), shared);
		assert!(PublicKey::new(shared.x, shared.y).is_ok(), "in the subgroup, not the identity");
	}

	/// From its seed and the chain alone the requester has its change back.
	#[test]
	fn the_change_is_found_by_who_has_the_key_and_by_nobody_else() {
		let [mine, ephemeral, other] = [1, 2, 3].map(|seed| SecretKey::from_seed(&[seed; 32]));
		let (subject, owner) = (Fr::from(5u8), Fr::from(6u8));
		for value in [0, 1, u64::MAX] {
			let shared = ephemeral.shared(&mine.public());
			let note = Note { value, owner, rho: change_rho::<Native>(&shared, subject) };
			let commitment = note.commitment::<Native>();
			let encrypted = Fr::from(value) + change_mask::<Native>(&shared, commitment);
			let recover = |key: &SecretKey, subject, owner, commitment, encrypted| {
				let shared = key.shared(&ephemeral.public());
				recover_change::<Native>(&shared, subject, owner, commitment, encrypted)
			};
			let one = Fr::from(1u8);
			assert!(recover(&mine, subject, owner, commitment, encrypted) == Some(note));
			assert!(recover(&other, subject, owner, commitment, encrypted).is_none());
			assert!(recover(&mine, subject + one, owner, commitment, encrypted).is_none());
			assert!(recover(&mine, subject, owner + one, commitment, encrypted).is_none());
			assert!(recover(&mine, subject, owner, commitment + one, encrypted).is_none());
			assert!(recover(&mine, subject, owner, commitment, encrypted + one).is_none());
		}
	}

	#[test]
	fn hashes_of_the_same_inputs_for_different_purposes_differ() {
		let (a, b) = (Fr::from(5u8), Fr::from(6u8));
		let point = Point::new_unchecked(a, b);
		let terms = PrivateTerms { unit_price: 5, max_units: 6, salt: a };
		let hashes = [
			change_rho::<Native>(&point, a),
			change_mask::<Native>(&point, a),
			terms.hash::<Native>(),
			Agreement::new::<Native>(a, b).to_field().unwrap(),
			Agreement::new::<Native>(b, a).to_field().unwrap(),
			verdict_commitment::<Native>(a, 6, b),
			verdict_commitment::<Native>(b, 6, a),
			verdict_commitment::<Native>(a, 5, b),
			crate::owner_key::<Native>(a, b),
		];
		for (place, hash) in hashes.iter().enumerate() {
			assert!(!hashes[..place].contains(hash), "hash {place} has a tag of its own");
		}
	}
}
