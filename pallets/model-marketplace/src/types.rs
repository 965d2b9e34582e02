//! Stored records.

use codec::{Decode, Encode, MaxEncodedLen};
use polkadot_sdk::frame_support::{traits::ConstU32, BoundedVec};
use quittance_types::{
	AcceptedReceipt, Blob, CircuitId, Digest, IssuerSnapshot, JobTime, Level, ModelId, Payment,
	MAX_ISSUERS,
};
use scale_info::TypeInfo;

/// Longest name of a model, in bytes.
pub const MAX_NAME_BYTES: u32 = 100;

/// Longest place where a model's files can be found, in bytes.
pub const MAX_URI_BYTES: u32 = 256;

/// A model's name.
pub type Name = BoundedVec<u8, ConstU32<MAX_NAME_BYTES>>;

/// Where a model's files can be found.
pub type Uri = BoundedVec<u8, ConstU32<MAX_URI_BYTES>>;

/// The issuers a job accepts, in the order of its tree.
pub type AcceptedIssuers<AccountId> = BoundedVec<AccountId, ConstU32<MAX_ISSUERS>>;

/// Whether new jobs can ask for a model.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub enum ModelState {
	/// Yes.
	Listed,
	/// No, for good; running jobs end as usual.
	Retired,
}

/// A registered model.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Model<AccountId, Ticket> {
	/// Who registered it.
	pub owner: AccountId,
	/// Its name, for people.
	pub name: Name,
	/// blake2b-256 of the architecture.
	pub architecture: Digest,
	/// SHA-256 of the weights.
	pub weights: [u8; 32],
	/// The file a miner runs.
	pub blob: Blob,
	/// Where the file can be found.
	pub uri: Uri,
	/// Digest of the licence's text.
	pub licence: Digest,
	/// Whether new jobs can ask for it.
	pub state: ModelState,
	/// Number of jobs that ask for it and have not ended.
	pub live_jobs: u32,
	/// The deposit.
	pub ticket: Ticket,
}

/// Where a job stands.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub enum JobState<AccountId> {
	/// Waiting for a receipt.
	Open,
	/// A receipt was accepted, its payment has yet to succeed.
	Accepted(AcceptedReceipt<AccountId>),
	/// Paid.
	Fulfilled(AcceptedReceipt<AccountId>),
	/// The requester has its money back.
	Refunded,
}

/// A job.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Job<AccountId> {
	/// Who posted it.
	pub requester: AccountId,
	/// The model asked for.
	pub model: ModelId,
	/// The input.
	pub input: Blob,
	/// The level at which a receipt is accepted.
	pub level: Level,
	/// The circuit of its proof, for levels that have one.
	pub circuit: Option<CircuitId>,
	/// Who may sign.
	pub issuers: AcceptedIssuers<AccountId>,
	/// What the registry knew of them when the job was posted.
	pub issuer_snapshot: IssuerSnapshot,
	/// What the signing issuer earns.
	pub issuer_fee: u128,
	/// How the miner is paid.
	pub payment: Payment,
	/// What is still held from the requester for miner and issuer; zero once the job has ended.
	pub held: u128,
	/// What is held as the record's deposit.
	pub deposit: u128,
	/// Job time of posting.
	pub posted_at: JobTime,
	/// Job time until which a receipt is accepted, as posted.
	pub deadline: JobTime,
	/// How many times the job was locked.
	pub lock_counter: u64,
	/// Where it stands.
	pub state: JobState<AccountId>,
}

impl<AccountId> Job<AccountId> {
	/// The most the miner can be paid.
	pub fn max_price(&self) -> u128 {
		let Payment::Held { max_price } = self.payment;
		max_price
	}

	/// Whether the job has ended.
	pub fn ended(&self) -> bool {
		matches!(self.state, JobState::Fulfilled(_) | JobState::Refunded)
	}
}
