//! Receipts: what an issuer says of a finished job, at the level of privacy the job asks for.

use crate::{
	field::{blake2_256, fits_64_bits, limbs, FieldBytes},
	CircuitId, Digest, Header, JobId, JobTime,
};
use ark_bn254::Fr;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use quittance_poseidon::{tag, Hasher};
use scale_info::TypeInfo;

/// Length of a proof on the wire: A, B and C uncompressed.
pub const PROOF_BYTES: u32 = 256;

/// Number of public signals of a basic receipt.
pub const BASIC_INPUTS: u32 = 9;

/// How much of a receipt the chain sees. A job fixes its level; index 2 is kept for `Enhanced`.
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
pub enum Level {
	/// All fields in clear, the issuer's signature checked natively.
	#[codec(index = 0)]
	Transparent,
	/// Amount and expiry in clear; units, price, times and output proven but hidden.
	#[codec(index = 1)]
	Basic,
	/// Amount, units, price, requester and the miner's note hidden as well: settled by the pool, by a proof
	/// that an issuer has signed, or by a panel's verdict.
	#[codec(index = 2)]
	Enhanced,
}

/// What the issuer metered and signed.
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
pub struct Body {
	/// Units of work done.
	pub units: u64,
	/// Price of a unit in the chain's smallest unit, 64 bits at most.
	pub unit_price: u128,
	/// `units * unit_price`, 64 bits at most.
	pub amount: u128,
	/// Job time at which the work began.
	pub start: JobTime,
	/// Job time at which it ended.
	pub end: JobTime,
	/// Job time after which the receipt is void.
	pub expires_at: JobTime,
	/// Random number that makes the receipt this receipt.
	pub serial: u128,
	/// Digest of the output blob.
	pub output: Digest,
}

/// What is wrong with a body on its face.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
pub enum BodyError {
	/// The unit price or the amount needs more than 64 bits.
	AmountTooLarge,
	/// The amount is not units times unit price.
	AmountMismatch,
	/// The work ended before it began, or the receipt expired before the work ended.
	TimesOutOfOrder,
}

impl Body {
	/// The checks that need no knowledge of the job.
	pub fn check(&self) -> Result<(), BodyError> {
		let amount = fits_64_bits(self.amount).ok_or(BodyError::AmountTooLarge)?;
		let price = fits_64_bits(self.unit_price).ok_or(BodyError::AmountTooLarge)?;
		if self.units.checked_mul(price) != Some(amount) {
			return Err(BodyError::AmountMismatch);
		}
		if self.start > self.end || self.end > self.expires_at {
			return Err(BodyError::TimesOutOfOrder);
		}
		Ok(())
	}

	/// `P(tag, units, unit_price, amount, start, end, expires_at, serial, output²)`.
	pub fn hash<H: Hasher>(&self) -> Fr {
		let [output_low, output_high] = limbs(&self.output);
		H::hash(&[
			tag("quittance.body.v1"),
			Fr::from(self.units),
			Fr::from(self.unit_price),
			Fr::from(self.amount),
			Fr::from(self.start),
			Fr::from(self.end),
			Fr::from(self.expires_at),
			Fr::from(self.serial),
			output_low,
			output_high,
		])
	}

	/// `c = P(tag, subject, body, salt)`, what an issuer signs for a basic receipt.
	pub fn commitment<H: Hasher>(&self, subject: Fr, salt: u128) -> Fr {
		H::hash(&[tag("quittance.receipt.v1"), subject, self.hash::<H>(), Fr::from(salt)])
	}

	/// `P(tag, subject, serial)`: spent once, whatever the proof looks like.
	pub fn nullifier<H: Hasher>(&self, subject: Fr) -> Fr {
		H::hash(&[tag("quittance.nullifier.v1"), subject, Fr::from(self.serial)])
	}

	/// The bytes an issuer signs with sr25519 for a transparent receipt.
	pub fn transparent_message(&self, genesis: &[u8; 32], subject: &FieldBytes) -> [u8; 32] {
		blake2_256(
			&(b"quittance.transparent.v1", genesis, (subject, Level::Transparent, self)).encode(),
		)
	}
}

/// A receipt in clear.
#[derive(
	Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct TransparentReceipt<AccountId> {
	/// The issuer that signed.
	pub issuer: AccountId,
	/// What it signed.
	pub body: Body,
	/// sr25519 signature of [`Body::transparent_message`] by the issuer's registered key.
	pub signature: [u8; 64],
}

/// What a basic receipt shows. These are call arguments, covered by the header's `arguments`.
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
pub struct BasicClaims {
	/// What the miner is paid, in the chain's smallest unit; 64 bits at most.
	pub amount: u128,
	/// Job time after which the receipt is void, signed by the issuer.
	pub expires_at: JobTime,
	/// Job time, not in the future, by which the work had ended.
	pub as_of: JobTime,
	/// `P(tag, subject, serial)`.
	pub nullifier: FieldBytes,
	/// Root of the tree over the job's issuers.
	pub issuer_root: FieldBytes,
	/// Place of the signing issuer among the job's issuers; it earns the issuer's fee.
	pub issuer_index: u8,
}

impl BasicClaims {
	/// The header's `arguments`: blake2b-256 over the job and these claims.
	pub fn arguments(&self, job: JobId) -> [u8; 32] {
		blake2_256(&(job, Level::Basic, self).encode())
	}
}

/// A receipt whose proof shows the amount and hides the rest.
#[derive(
	Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct BasicReceipt<AccountId> {
	/// What the submission claims to be about.
	pub header: Header<AccountId>,
	/// What the receipt shows.
	pub claims: BasicClaims,
	/// The proof. Its bytes identify nothing: a valid proof can be re-randomised.
	pub proof: [u8; PROOF_BYTES as usize],
}

impl BasicClaims {
	/// The public signals, in the order of the circuit. `None` where a claimed field element is not
	/// canonical.
	pub fn inputs<AccountId: Encode + PartialEq>(
		&self,
		header: &Header<AccountId>,
		subject: Fr,
	) -> Option<[Fr; BASIC_INPUTS as usize]> {
		let [context_low, context_high] = header.context();
		Some([
			context_low,
			context_high,
			subject,
			Fr::from(self.amount),
			Fr::from(self.expires_at),
			Fr::from(self.as_of),
			self.nullifier.to_field()?,
			self.issuer_root.to_field()?,
			Fr::from(self.issuer_index),
		])
	}
}

/// A receipt as submitted.
#[derive(
	Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[allow(clippy::large_enum_variant)] // Both are call arguments, decoded once; no box on the wire.
pub enum Receipt<AccountId> {
	/// In clear.
	#[codec(index = 0)]
	Transparent(TransparentReceipt<AccountId>),
	/// With a proof.
	#[codec(index = 1)]
	Basic(BasicReceipt<AccountId>),
}

impl<AccountId> Receipt<AccountId> {
	/// The receipt's level.
	pub fn level(&self) -> Level {
		match self {
			Self::Transparent(_) => Level::Transparent,
			Self::Basic(_) => Level::Basic,
		}
	}

	/// The circuit it claims, if it has a proof.
	pub fn circuit(&self) -> Option<CircuitId> {
		match self {
			Self::Transparent(_) => None,
			Self::Basic(basic) => Some(basic.header.circuit),
		}
	}
}
