//! The context header: what binds a statement to this chain, call and account.

use crate::{
	field::{blake2_256, limbs, FieldBytes},
	CircuitId, JobTime,
};
use ark_bn254::Fr;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// What a submission claims to be. The chain recomputes all of it and compares field by field
/// before any pairing, so that each wrong field has its own error; the header's hash is two public
/// signals of the proof, so that a header changed together with the call ends as an invalid proof.
#[derive(
	Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Header<AccountId> {
	/// Hash of the chain's first block.
	pub genesis: [u8; 32],
	/// Index of the verifying pallet in the runtime.
	pub pallet: u8,
	/// The circuit of the proof.
	pub circuit: CircuitId,
	/// The subject, for statements about a job.
	pub subject: Option<FieldBytes>,
	/// blake2b-256 of all call arguments but this header and the proof, SCALE-encoded.
	pub arguments: [u8; 32],
	/// The only account that may submit the proof, if any account may be known.
	pub submitter: Option<AccountId>,
	/// The account that is paid.
	pub payee: AccountId,
	/// Job time after which the proof is void: the job's deadline.
	pub valid_until: JobTime,
	/// The job's lock counter.
	pub nonce: u64,
}

/// The first field in which a claimed header differs from the recomputed one.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
#[allow(missing_docs)] // The variants are the fields of `Header`.
pub enum HeaderMismatch {
	Genesis,
	Pallet,
	Circuit,
	Subject,
	Arguments,
	Submitter,
	Payee,
	ValidUntil,
	Nonce,
}

impl<AccountId: Encode + PartialEq> Header<AccountId> {
	/// The two 128-bit limbs of `blake2_256(SCALE(tag, header))`, the first two public signals.
	pub fn context(&self) -> [Fr; 2] {
		limbs(&blake2_256(&(b"quittance.context.v1", self).encode()))
	}

	/// Compares with what the chain recomputed.
	pub fn compare(&self, expected: &Self) -> Result<(), HeaderMismatch> {
		let differs = [
			(self.genesis != expected.genesis, HeaderMismatch::Genesis),
			(self.pallet != expected.pallet, HeaderMismatch::Pallet),
			(self.circuit != expected.circuit, HeaderMismatch::Circuit),
			(self.submitter != expected.submitter, HeaderMismatch::Submitter),
			(self.payee != expected.payee, HeaderMismatch::Payee),
			(self.subject != expected.subject, HeaderMismatch::Subject),
			(self.valid_until != expected.valid_until, HeaderMismatch::ValidUntil),
			(self.nonce != expected.nonce, HeaderMismatch::Nonce),
			(self.arguments != expected.arguments, HeaderMismatch::Arguments),
		];
		match differs.into_iter().find(|(differs, _)| *differs) {
			Some((_, field)) => Err(field),
			None => Ok(()),
		}
	}
}
