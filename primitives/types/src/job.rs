//! Jobs as the receipts pallet and the marketplace see each other's side of them.

use crate::{CircuitId, Digest, FieldBytes, Level};
use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// Number of a job, counted from zero, never used twice.
pub type JobId = u64;

/// Id of a registered model.
pub type ModelId = [u8; 32];

/// Blocks since genesis in which jobs could proceed.
pub type JobTime = u64;

/// Content kept off chain, named by digest and size.
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
pub struct Blob {
	/// blake2b-256 of the content.
	pub digest: Digest,
	/// Length of the content in bytes.
	pub size: u32,
}

/// How a job is paid. Index 1 is kept for the escrow of confidential jobs.
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
pub enum Payment {
	/// From the requester's balance, held when the job is posted.
	#[codec(index = 0)]
	Held {
		/// The most the miner can be paid, in the chain's smallest unit; 64 bits at most.
		max_price: u128,
	},
}

/// A job's issuers as they were when it was posted, so that a receipt need not look at each of them
/// again.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct IssuerSnapshot {
	/// Root of their tree.
	pub root: FieldBytes,
	/// How many issuers of the registry had been removed until then.
	pub removed_issuers: u32,
}

/// What the receipts pallet must know of a job to judge a receipt.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct JobFacts<AccountId> {
	/// Account that posted the job.
	pub requester: AccountId,
	/// The model asked for.
	pub model: ModelId,
	/// Digest of the input blob.
	pub input: Digest,
	/// The level at which a receipt is accepted.
	pub level: Level,
	/// The circuit of its proof, for levels that have one.
	pub circuit: Option<CircuitId>,
	/// Accounts of the accepted issuers, in the order of the tree.
	pub issuers: Vec<AccountId>,
	/// Root of that tree. `None` where an issuer, of this job or not, was removed since the post: then
	/// each has to be looked at again.
	pub issuer_root: Option<FieldBytes>,
	/// The most a receipt may be worth.
	pub max_amount: u128,
	/// Deadline fixed when the job was posted: no receipt may expire before it.
	pub posted_deadline: JobTime,
	/// Deadline in force, later where an accepted issuer was removed since.
	pub deadline: JobTime,
	/// The lock counter.
	pub nonce: u64,
	/// Whether the job still waits for a receipt.
	pub open: bool,
}

/// A receipt the chain has accepted, as reported to the marketplace.
#[derive(
	Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct AcceptedReceipt<AccountId> {
	/// The account that is paid.
	pub miner: AccountId,
	/// The issuer that signed.
	pub issuer: AccountId,
	/// What the miner is paid.
	pub amount: u128,
	/// The receipt's nullifier.
	pub nullifier: FieldBytes,
}

/// The marketplace as the receipts pallet sees it.
pub trait Jobs<AccountId> {
	/// Why a receipt cannot be taken.
	type Error;

	/// What is known of a job, open or ended; `None` for a number never given out or removed.
	fn facts(job: JobId) -> Option<JobFacts<AccountId>>;

	/// Takes an accepted receipt for an open job and pays it. A failing payment is put off, it does
	/// not lose the receipt.
	fn accept(job: JobId, receipt: AcceptedReceipt<AccountId>) -> Result<(), Self::Error>;

	/// Whether nothing can happen to the job any more, or it is not known any more.
	fn ended(job: JobId) -> bool;
}

/// The circuit registry as the marketplace sees it.
pub trait Circuits {
	/// Why a circuit cannot be used.
	type Error;

	/// Takes a reference to a circuit for a job at a level that needs a proof, refusing unknown,
	/// paused, foreign-kind and value-unworthy circuits. A referenced circuit cannot be removed.
	fn reserve(circuit: &CircuitId, level: Level) -> Result<(), Self::Error>;

	/// Gives the reference back.
	fn release(circuit: &CircuitId);
}

/// The issuer registry as the marketplace sees it.
pub trait Issuers<AccountId> {
	/// Whether new jobs may name the account: it was admitted and has neither resigned nor been
	/// removed.
	fn takes_jobs(account: &AccountId) -> bool;

	/// Whether receipts signed by the account count: it was admitted and was not removed. One that
	/// has resigned signs on for the jobs that name it.
	fn in_office(account: &AccountId) -> bool;

	/// When the issuer was removed, if it was.
	fn removed_at(account: &AccountId) -> Option<JobTime>;

	/// The accounts' tree as it is now; `None` for more than 16.
	fn snapshot(accounts: &[AccountId]) -> Option<IssuerSnapshot>;

	/// Whether no issuer at all was removed since: then those of the snapshot are still in office, and
	/// its root is that of their tree.
	fn none_removed_since(snapshot: &IssuerSnapshot) -> bool;
}
