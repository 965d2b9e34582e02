//! Why the pool refuses a private call, for the chain that says so by a number and for wallets that read it.

use crate::{HeaderMismatch, NoteCallError, PrivateJobError};
use core::fmt;

/// Why a call that its proof authorises does not get into a block. It is in the transaction's error as
/// `InvalidTransaction::Custom` with the number here, which does not change.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum PoolRefusal {
	/// Transfers are paused. Withdrawals never are.
	Paused = 1,
	/// Governance has not named a circuit for this call yet.
	NoCircuit = 2,
	/// There is an auditor, and the call shows it nothing. Prove again under the audited circuit.
	AuditRequired = 3,
	/// The call shows something to an auditor, and there is none. Prove again without.
	NoAuditor = 4,
	/// The auditor has no key of this number, or had it before the last one. Prove again for the key in force.
	WrongAuditorKey = 5,
	/// The auditor's key was replaced, and the time in which it was still accepted is over. Prove again.
	AuditorKeyExpired = 6,

	/// The header names another chain.
	WrongGenesis = 10,
	/// The header names another pallet.
	WrongPallet = 11,
	/// The header names another circuit than the one in force. Prove again.
	WrongCircuit = 12,
	/// The header's subject is not that of the job, or it has one where there is no job.
	WrongSubject = 13,
	/// The header's hash of the call arguments is not that of these arguments.
	WrongArguments = 14,
	/// The header of a transfer or a settlement names another payee than the pool's account.
	WrongPayee = 15,
	/// The header's nonce is not the job's number of locks, or not zero where there is no job.
	WrongNonce = 16,
	/// The header's `valid_until` has passed.
	Expired = 17,
	/// The header of a settlement has another `valid_until` than the job's deadline in force. Prove again.
	WrongValidUntil = 18,

	/// A withdrawal of nothing.
	ZeroAmount = 20,
	/// The amount or the fee has more than 64 bits.
	AmountTooLarge = 21,
	/// A root, nullifier or commitment is not below the group order. It is 32 bytes little-endian.
	NotCanonical = 22,
	/// Both nullifiers are the same.
	EqualNullifiers = 23,
	/// A withdrawal of less than the existential deposit, whoever gets it.
	BelowExistentialDeposit = 24,

	/// The fee is less than a signed transaction of this weight and length would pay now.
	FeeTooLow = 30,
	/// The root is none of the recent ones: older, of the block that is not finished, or of no block.
	RootNotRecent = 31,
	/// A note of this nullifier is spent.
	NullifierSpent = 32,
	/// The tree has no room for the new notes.
	TreeFull = 33,
	/// The pool does not have so much. No true statement says so.
	PoolTooSmall = 34,
	/// The payee is the pool itself, or its account cannot take the amount.
	PayeeCannotReceive = 35,
	/// The relayer is the pool itself.
	RelayerCannotReceive = 36,

	/// The proof's bytes are not the one encoding of a proof.
	MalformedProof = 40,
	/// The proof does not prove this statement.
	InvalidProof = 41,

	/// The marketplace does not take the job: its view function `check_private_job` says why.
	JobRefused = 50,
	/// The key for the change is not one of the subgroup of prime order, or is the identity.
	InvalidChangeKey = 51,
	/// No private job has this number, or no miner has it.
	NoPrivateJob = 52,
	/// The job is settled, or a panel judges it.
	JobBarred = 53,
	/// The job takes no settlement any more.
	DeadlinePassed = 54,
	/// The receipt was settled before.
	ReceiptSpent = 55,
	/// The receipt is void by now.
	ReceiptExpired = 56,
	/// The receipt expires before the job's deadline, or too long after it.
	ExpiryOutOfRange = 57,
	/// The work ended in the future.
	AsOfInFuture = 58,
	/// The job has no issuer at this place, or it was removed.
	IssuerNotAccepted = 59,
	/// The root is not that of the job's issuers in office. Prove again.
	WrongIssuerRoot = 60,
	/// No panel has found the job's output right.
	NoVerdict = 61,
	/// The job's circuit is paused, and so is its clock.
	CircuitPaused = 62,

	/// A broken invariant of this pallet; please report it.
	Unexpected = 255,
}

impl PoolRefusal {
	/// All of them, by their numbers.
	pub const ALL: [Self; 43] = [
		Self::Paused,
		Self::NoCircuit,
		Self::AuditRequired,
		Self::NoAuditor,
		Self::WrongAuditorKey,
		Self::AuditorKeyExpired,
		Self::WrongGenesis,
		Self::WrongPallet,
		Self::WrongCircuit,
		Self::WrongSubject,
		Self::WrongArguments,
		Self::WrongPayee,
		Self::WrongNonce,
		Self::Expired,
		Self::WrongValidUntil,
		Self::ZeroAmount,
		Self::AmountTooLarge,
		Self::NotCanonical,
		Self::EqualNullifiers,
		Self::BelowExistentialDeposit,
		Self::FeeTooLow,
		Self::RootNotRecent,
		Self::NullifierSpent,
		Self::TreeFull,
		Self::PoolTooSmall,
		Self::PayeeCannotReceive,
		Self::RelayerCannotReceive,
		Self::MalformedProof,
		Self::InvalidProof,
		Self::JobRefused,
		Self::InvalidChangeKey,
		Self::NoPrivateJob,
		Self::JobBarred,
		Self::DeadlinePassed,
		Self::ReceiptSpent,
		Self::ReceiptExpired,
		Self::ExpiryOutOfRange,
		Self::AsOfInFuture,
		Self::IssuerNotAccepted,
		Self::WrongIssuerRoot,
		Self::NoVerdict,
		Self::CircuitPaused,
		Self::Unexpected,
	];

	/// The number by which the chain says it.
	pub const fn number(self) -> u8 {
		self as u8
	}

	/// The refusal that has this number.
	pub fn from_number(number: u8) -> Option<Self> {
		Self::ALL.into_iter().find(|refusal| refusal.number() == number)
	}
}

impl fmt::Display for PoolRefusal {
	fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
		formatter.write_str(match self {
			Self::Paused => "transfers are paused, withdrawals are not",
			Self::NoCircuit => "governance has not named a circuit for this call yet",
			Self::AuditRequired => "there is an auditor, and the call shows it nothing: prove again with its key",
			Self::NoAuditor => "there is no auditor: prove again without one",
			Self::WrongAuditorKey => "the auditor has another key: prove again with that",
			Self::AuditorKeyExpired => "the auditor's key was replaced too long ago: prove again with its new one",
			Self::WrongGenesis => "the call is for another chain",
			Self::WrongPallet => "the call is for another pallet",
			Self::WrongCircuit => "another circuit is in force now: prove again under that",
			Self::WrongSubject => "the subject is not the job's, or there is no job",
			Self::WrongArguments => "the header does not cover these arguments: they were changed after the proof",
			Self::WrongPayee => "the payee of a transfer or a settlement is the pool's account",
			Self::WrongNonce => "the nonce is not the job's number of locks, or not zero where there is no job",
			Self::Expired => "the time until which the call was valid is over: prove again",
			Self::WrongValidUntil => "`valid_until` is not the job's deadline in force: prove again",
			Self::ZeroAmount => "a withdrawal of nothing",
			Self::AmountTooLarge => "amount or fee have more than 64 bits",
			Self::NotCanonical => "a root, nullifier or commitment is not below the group order",
			Self::EqualNullifiers => "both nullifiers are the same: one note cannot be spent twice",
			Self::BelowExistentialDeposit => "the amount is below the existential deposit: withdraw more",
			Self::FeeTooLow => "the fee is less than a signed transaction would pay now: prove again with a higher one",
			Self::RootNotRecent => "the root is too old, or of a block that is not finished: prove again under a recent one",
			Self::NullifierSpent => "one of the notes is spent already",
			Self::TreeFull => "the tree of notes is full",
			Self::PoolTooSmall => "the pool does not have so much",
			Self::PayeeCannotReceive => "the payee is the pool, or cannot take the amount",
			Self::RelayerCannotReceive => "the relayer is the pool: name another",
			Self::MalformedProof => "the bytes are no proof",
			Self::InvalidProof => "the proof does not prove this",
			Self::JobRefused => "the marketplace does not take the job: `check_private_job` says why",
			Self::InvalidChangeKey => "the key for the change is none: make a new one",
			Self::NoPrivateJob => "no private job has this number, or no miner has it",
			Self::JobBarred => "the job is settled, or a panel judges it",
			Self::DeadlinePassed => "the job takes no settlement any more",
			Self::ReceiptSpent => "the receipt was settled before",
			Self::ReceiptExpired => "the receipt is void by now",
			Self::ExpiryOutOfRange => "the receipt expires before the job's deadline, or too long after it: ask the issuer for another",
			Self::AsOfInFuture => "the work ended in the future: wait",
			Self::IssuerNotAccepted => "the job has no issuer at this place, or it was removed",
			Self::WrongIssuerRoot => "the root is not that of the job's issuers in office: prove again",
			Self::NoVerdict => "no panel has found the job's output right",
			Self::CircuitPaused => "the job's circuit is paused, and so is its clock: wait",
			Self::Unexpected => "a broken invariant of the chain; please report it",
		})
	}
}

impl From<HeaderMismatch> for PoolRefusal {
	fn from(mismatch: HeaderMismatch) -> Self {
		match mismatch {
			HeaderMismatch::Genesis => Self::WrongGenesis,
			HeaderMismatch::Pallet => Self::WrongPallet,
			HeaderMismatch::Circuit => Self::WrongCircuit,
			HeaderMismatch::Subject => Self::WrongSubject,
			HeaderMismatch::Arguments => Self::WrongArguments,
			HeaderMismatch::Payee => Self::WrongPayee,
			HeaderMismatch::Nonce => Self::WrongNonce,
			HeaderMismatch::ValidUntil => Self::WrongValidUntil,
			// Taken from the header itself.
			HeaderMismatch::Submitter => Self::Unexpected,
		}
	}
}

impl From<PrivateJobError> for PoolRefusal {
	fn from(error: PrivateJobError) -> Self {
		match error {
			PrivateJobError::Note(error) => error.into(),
			PrivateJobError::InvalidChangeKey => Self::InvalidChangeKey,
			PrivateJobError::NoSuchIssuer => Self::IssuerNotAccepted,
		}
	}
}

impl From<NoteCallError> for PoolRefusal {
	fn from(error: NoteCallError) -> Self {
		match error {
			NoteCallError::ZeroAmount => Self::ZeroAmount,
			NoteCallError::AmountTooLarge => Self::AmountTooLarge,
			NoteCallError::NotCanonical => Self::NotCanonical,
			NoteCallError::EqualNullifiers => Self::EqualNullifiers,
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn every_number_is_one_refusals() {
		for refusal in PoolRefusal::ALL {
			assert_eq!(PoolRefusal::from_number(refusal.number()), Some(refusal));
		}
		assert_eq!(
			(0..=u8::MAX).filter_map(PoolRefusal::from_number).count(),
			PoolRefusal::ALL.len()
		);
		assert_eq!(PoolRefusal::from_number(0), None);
	}

	/// The numbers that wallets show do not move.
	#[test]
	fn refusals_have_their_numbers() {
		for (refusal, number) in [
			(PoolRefusal::Paused, 1),
			(PoolRefusal::AuditRequired, 3),
			(PoolRefusal::AuditorKeyExpired, 6),
			(PoolRefusal::WrongGenesis, 10),
			(PoolRefusal::Expired, 17),
			(PoolRefusal::WrongValidUntil, 18),
			(PoolRefusal::ZeroAmount, 20),
			(PoolRefusal::BelowExistentialDeposit, 24),
			(PoolRefusal::FeeTooLow, 30),
			(PoolRefusal::RootNotRecent, 31),
			(PoolRefusal::NullifierSpent, 32),
			(PoolRefusal::TreeFull, 33),
			(PoolRefusal::PayeeCannotReceive, 35),
			(PoolRefusal::MalformedProof, 40),
			(PoolRefusal::InvalidProof, 41),
			(PoolRefusal::JobRefused, 50),
			(PoolRefusal::CircuitPaused, 62),
			(PoolRefusal::Unexpected, 255),
		] {
			assert_eq!(refusal.number(), number);
		}
	}
}
