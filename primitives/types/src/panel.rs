//! Panels: miners, drawn by bond, that look at an output where no issuer has signed for it or where miners
//! disagree.

use crate::{Blob, JobId, JobNeeds};
use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// The most outputs that a panel is asked about: the largest redundancy of a job.
pub const MAX_CANDIDATES: u32 = 8;

/// An output that was delivered for a job.
#[derive(
	Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Candidate<AccountId> {
	/// The account whose miner delivered it.
	pub miner: AccountId,
	/// Where its content is known by.
	pub output: Blob,
}

/// What a panel is asked: which of the outputs is the model's for the job's input, and what it is worth.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Question<AccountId> {
	/// The job. At most one panel sits on a job at a time.
	pub job: JobId,
	/// What was delivered, 1 to [`MAX_CANDIDATES`], each by another miner.
	pub candidates: Vec<Candidate<AccountId>>,
	/// What a miner must be able to do to judge it: the same as to do it.
	pub needs: JobNeeds,
	/// Accounts that cannot sit on it besides the candidates' miners: requester and issuers.
	pub barred: Vec<AccountId>,
	/// The most the output can be worth.
	pub max_amount: u128,
}

/// What a member of a panel found.
#[derive(
	Clone,
	Copy,
	PartialEq,
	Eq,
	PartialOrd,
	Ord,
	Debug,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub enum Finding {
	/// This candidate's output is right.
	#[codec(index = 0)]
	Right {
		/// Its place among the candidates.
		candidate: u8,
		/// What it is worth by the issuers' rule for metering, in the chain's smallest unit.
		amount: u128,
	},
	/// No candidate's output could be fetched and is right.
	#[codec(index = 1)]
	Wrong,
}

/// How a panel ended.
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
pub enum Verdict {
	/// Enough members found the same.
	#[codec(index = 0)]
	Found(Finding),
	/// Too few revealed what they found, or they did not agree, as often as a panel is drawn.
	#[codec(index = 1)]
	Undecided,
}

/// Panels as the marketplace sees them.
pub trait Panels<AccountId> {
	/// Why no panel can sit.
	type Error;

	/// Asks a panel. Its members are drawn later, by randomness that nobody knows yet.
	fn open(question: Question<AccountId>) -> Result<(), Self::Error>;
}

/// The marketplace as panels see it.
pub trait Disputes<AccountId> {
	/// The panel on the job has ended; it is told once. `members` share what the job pays for a panel:
	/// those who revealed what the verdict says, or all who revealed where it is undecided.
	fn decided(job: JobId, verdict: Verdict, members: Vec<AccountId>);
}
