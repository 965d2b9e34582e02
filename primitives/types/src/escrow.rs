//! Private jobs as the pool, the marketplace and the receipts pallet see each other's side of them.

use crate::{
	AcceptedReceipt, Agreement, CircuitId, FieldBytes, JobFacts, JobId, JobTime, PoolRefusal,
	SettleClaims,
};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// What pays for a private job, as the job keeps it.
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
pub struct Escrow {
	/// The commitment of a note that is no leaf of the tree. A settlement divides it; where there is none
	/// it becomes a leaf.
	pub commitment: FieldBytes,
	/// The hash of what is offered: [`crate::PrivateOffer::hash`].
	pub offer: FieldBytes,
}

/// What a panel found a private job to be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct JudgedUnits {
	/// Units of the work.
	pub units: u64,
	/// What the miner bears of the panel's cost, out of its pay, in the chain's smallest unit. It is the
	/// requester's.
	pub borne: u128,
	/// Until when a settlement is accepted, in job time.
	pub open_until: JobTime,
}

/// What the pool must know of a private job to judge a settlement of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PrivateFacts<AccountId> {
	/// The miner that has the job.
	pub miner: AccountId,
	/// What it and the requester have agreed on.
	pub agreement: Agreement,
	/// What is known of any job.
	pub facts: JobFacts<AccountId>,
	/// What a panel found, where one has found the output right. Then no receipt is needed or accepted.
	pub judged: Option<JudgedUnits>,
}

/// The marketplace as the pool sees it.
pub trait PrivateJobs<AccountId> {
	/// What a requester asks for.
	type Request;
	/// Why a job cannot be posted.
	type Error;

	/// Posts a job that an escrow pays for. Everything but that is held from the requester, who has just got
	/// `paid_in`, and it is no more than that: whoever posts names an account that has signed nothing, and
	/// what else it has is its own. `circuit` is what its settlement by a receipt is proven under.
	fn post(
		requester: AccountId,
		request: Self::Request,
		escrow: Escrow,
		circuit: CircuitId,
		paid_in: u128,
	) -> Result<JobId, Self::Error>;

	/// What is known of a private job that a miner has; `None` of any other.
	fn facts(job: JobId) -> Option<PrivateFacts<AccountId>>;

	/// Ends a job whose escrow was divided: by the receipt of an issuer, or by what a panel found where there
	/// is none.
	fn settled(job: JobId, issuer: Option<AccountId>) -> Result<(), Self::Error>;
}

/// The pool as the marketplace sees it.
pub trait Escrows {
	/// Makes the escrow of a job that will not be settled a leaf, so that its requester can spend it.
	fn give_back(job: JobId, commitment: FieldBytes);
}

/// The receipts pallet as the pool sees it: the receipts behind settlements.
pub trait SettledReceipts<AccountId> {
	/// All of a receipt that can be judged without the proof, but for the job's state. Returns subject and
	/// issuer.
	fn check(
		job: JobId,
		private: &PrivateFacts<AccountId>,
		claims: &SettleClaims,
	) -> Result<(FieldBytes, AccountId), PoolRefusal>;

	/// The subject of a private job.
	fn subject(job: JobId, private: &PrivateFacts<AccountId>) -> FieldBytes;

	/// Takes note of a receipt that was found true. Its amount is hidden, and zero here.
	fn record(
		job: JobId,
		subject: FieldBytes,
		receipt: AcceptedReceipt<AccountId>,
		expires_at: JobTime,
	);
}
