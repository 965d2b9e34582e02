//! Jobs: what is asked for, and where it stands.

use super::{model::Description, private_job::PrivatePart};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use polkadot_sdk::frame_support::{traits::ConstU32, BoundedVec};
use quittance_types::{
	AcceptedReceipt, Blob, CircuitId, Digest, FieldBytes, IssuerSnapshot, JobNeeds, JobTime, Level,
	Mode, ModelId, Payment, Verdict, MAX_CANDIDATES, MAX_ISSUERS, MAX_PANEL_MEMBERS,
};
use scale_info::TypeInfo;

/// Most miners that one job can be given to: as many as a panel can judge.
pub const MAX_REDUNDANCY: u8 = MAX_CANDIDATES as u8;

/// Most miners that a job can be kept for.
pub const MAX_ALLOWED: u32 = 16;

/// The issuers a job accepts, in the order of its tree.
pub type AcceptedIssuers<AccountId> = BoundedVec<AccountId, ConstU32<MAX_ISSUERS>>;

/// The miners a job is kept for; an empty list is for all.
pub type AllowList<AccountId> = BoundedVec<AccountId, ConstU32<MAX_ALLOWED>>;

/// The locks of a job, in the order in which they were taken.
pub type Locks<AccountId> = BoundedVec<Lock<AccountId>, ConstU32<MAX_CANDIDATES>>;

/// What miners of a job are owed.
pub type Debts<AccountId> = BoundedVec<Debt<AccountId>, ConstU32<MAX_CANDIDATES>>;

/// Members of a panel.
pub type Members<AccountId> = BoundedVec<AccountId, ConstU32<MAX_PANEL_MEMBERS>>;

/// What a requester asks for and offers.
#[derive(
	Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Offer<AccountId> {
	/// The model to run.
	pub model: ModelId,
	/// How to run it.
	pub mode: Mode,
	/// The level at which a receipt is accepted.
	pub level: Level,
	/// The circuit of its proof, for levels that have one.
	pub circuit: Option<CircuitId>,
	/// The input.
	pub input: Blob,
	/// Poseidon commitment of the input, where the inference is proved.
	pub input_commitment: Option<FieldBytes>,
	/// Who may sign, 1 to 16.
	pub issuers: AcceptedIssuers<AccountId>,
	/// What the one that signs earns, or the panel that judges.
	pub issuer_fee: u128,
	/// How the miner is paid.
	pub payment: Payment,
	/// Job time from the post until which the job can be locked and delivered.
	pub lock_timeout: JobTime,
	/// Job time from the post until which a receipt is accepted.
	pub timeout: JobTime,
	/// What a miner reserves of its bond to lock the job.
	pub miner_bond: u128,
	/// How many miners do it, 1 to [`MAX_REDUNDANCY`].
	pub redundancy: u8,
	/// The miners it is kept for; an empty list is for all.
	pub allow_list: AllowList<AccountId>,
	/// Whether only a verified proof pays.
	pub proof_required: bool,
}

/// What a miner has shown of its output.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub enum Delivery {
	/// Nothing.
	Nothing,
	/// A commitment, in a redundant job.
	Committed(Digest),
	/// The output.
	Delivered(Blob),
}

impl Delivery {
	/// The output, if it was shown.
	pub fn output(&self) -> Option<&Blob> {
		match self {
			Self::Delivered(output) => Some(output),
			Self::Nothing | Self::Committed(_) => None,
		}
	}
}

/// A miner's lock of a job. Its part of the miner's bond is the job's.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Lock<AccountId> {
	/// The miner.
	pub miner: AccountId,
	/// The job's price when it was locked.
	pub price: u128,
	/// Job time of the lock.
	pub at: JobTime,
	/// What the miner has shown.
	pub delivery: Delivery,
}

/// What a miner is owed.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Debt<AccountId> {
	/// The miner.
	pub miner: AccountId,
	/// How much, royalties included.
	pub amount: u128,
	/// What of that is set aside as royalties.
	pub royalty: u128,
}

/// How a job was paid.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Summary<AccountId> {
	/// The miner that brought the receipt, or whose output a panel found right.
	pub miner: AccountId,
	/// What it and the others that did the job earned together.
	pub amount: u128,
	/// What of that was set aside as royalties.
	pub royalties: u128,
	/// Who signed; `None` where a panel judged.
	pub issuer: Option<AccountId>,
	/// What the issuer, or the panel, was paid: the panel its own fee too.
	pub issuer_fee: u128,
	/// What returned to the requester.
	pub returned: u128,
}

/// Where a living job stands.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub enum JobState<AccountId> {
	/// It can be locked; once the lock deadline has passed, late receipts are accepted.
	Open,
	/// As many miners have it as are asked for.
	Locked,
	/// The miners of a redundant job show what they have committed to.
	Revealing {
		/// Until when.
		until: JobTime,
	},
	/// The output stands and waits for an issuer's signature.
	Delivered {
		/// Until when, unless an accepted issuer is removed.
		until: JobTime,
	},
	/// A panel judges.
	Disputed,
	/// A panel has judged, and the job is yet to be settled.
	Decided {
		/// What it found.
		verdict: Verdict,
		/// Who shares the fees.
		members: Members<AccountId>,
		/// Whether the panel had any members, whatever they did.
		sat: bool,
	},
	/// A receipt was accepted that is yet to be settled.
	Accepted(AcceptedReceipt<AccountId>),
	/// All is settled but what could not be paid.
	Owed {
		/// How it was paid.
		summary: Summary<AccountId>,
		/// Who is owed what.
		debts: Debts<AccountId>,
	},
	/// A panel has found the output of a private job right, and its miner has yet to divide the escrow.
	Judged {
		/// Units that the panel found.
		units: u64,
		/// What the miner bears of the panel's cost.
		borne: u128,
		/// Until when it can.
		until: JobTime,
	},
}

/// A job that has not ended.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Job<AccountId> {
	/// Who posted it.
	pub requester: AccountId,
	/// What was asked for. `proof_required` is also set where the price is high; the allow-list is
	/// dropped once nobody else can take the job.
	pub offer: Offer<AccountId>,
	/// The model's price for a unit in the job's mode, when it was posted.
	pub quote: u128,
	/// What the registry knew of the issuers when the job was posted.
	pub issuer_snapshot: IssuerSnapshot,
	/// Job time of posting.
	pub posted_at: JobTime,
	/// For how long the job's circuit had been paused by then. What has been added since the job's own clock
	/// is behind job time; all times of this record but `due` are by that clock.
	pub stopped_before: JobTime,
	/// Job time until which late receipts are accepted, where the requester gave notice.
	pub closes_at: Option<JobTime>,
	/// The job's place in the agenda, in job time; `None` where it waits for no time.
	pub due: Option<JobTime>,
	/// What is held from the requester for miners, issuer and panel.
	pub held: u128,
	/// What of that a panel is paid beside the issuer's fee, if one sits.
	pub panel_fee: u128,
	/// What is held as the record's deposit.
	pub deposit: u128,
	/// What it has beside the rest where an escrow of the pool pays for it.
	pub private: Option<PrivatePart<AccountId>>,
	/// Who has it.
	pub locks: Locks<AccountId>,
	/// Where it stands.
	pub state: JobState<AccountId>,
}

impl<AccountId: PartialEq> Job<AccountId> {
	/// Until when the job can be locked, and a lock must be kept.
	pub fn lock_deadline(&self) -> JobTime {
		self.posted_at.saturating_add(self.offer.lock_timeout)
	}

	/// What is held for the job until it is settled.
	pub fn whole(&self) -> u128 {
		let fees = self.offer.issuer_fee.saturating_add(self.panel_fee);
		let prepaid = self.private.as_ref().map_or(0, PrivatePart::prepaid);
		self.offer.payment.max_price().saturating_add(fees).saturating_add(prepaid)
	}

	/// How often it was locked. A header's nonce.
	pub fn nonce(&self) -> u64 {
		let declined = self.private.as_ref().map_or(0, |private| private.declined.len());
		self.locks.len().saturating_add(declined) as u64
	}

	/// Until when a receipt is accepted, as posted.
	pub fn deadline(&self) -> JobTime {
		self.posted_at.saturating_add(self.offer.timeout)
	}

	/// The price at this time, for a miner that locks the job then.
	pub fn price_at(&self, now: JobTime) -> u128 {
		self.offer.payment.price_at(now.saturating_sub(self.posted_at))
	}

	/// Whether several miners do the job.
	pub fn is_redundant(&self) -> bool {
		self.offer.redundancy > 1
	}

	/// Whether its receipt has a proof.
	pub fn is_proved(&self) -> bool {
		self.offer.level != Level::Transparent
	}

	/// Whether the miner has declined it.
	pub fn was_declined_by(&self, miner: &AccountId) -> bool {
		self.private.as_ref().is_some_and(|private| private.declined.contains(miner))
	}

	/// The miner's lock, and its place.
	pub fn lock_of(&self, miner: &AccountId) -> Option<(usize, &Lock<AccountId>)> {
		self.locks.iter().enumerate().find(|(_, lock)| lock.miner == *miner)
	}

	/// Whether a miner is allowed to take it.
	pub fn allows(&self, miner: &AccountId) -> bool {
		let list = &self.offer.allow_list;
		list.is_empty() || list.contains(miner)
	}

	/// What was delivered, with the locks' places.
	pub fn outputs(&self) -> impl Iterator<Item = (usize, &Blob)> {
		self.locks
			.iter()
			.enumerate()
			.filter_map(|(place, lock)| lock.delivery.output().map(|output| (place, output)))
	}

	/// Whether a miner of a redundant job has committed to an output.
	pub fn any_committed(&self) -> bool {
		self.locks.iter().any(|lock| matches!(lock.delivery, Delivery::Committed(_)))
	}

	/// What it asks of a miner, given its model.
	pub fn needs(&self, model: &Description<AccountId>) -> JobNeeds {
		let Offer { mode, level, circuit, .. } = &self.offer;
		JobNeeds {
			level: *level,
			circuit: *circuit,
			constraints: if mode.is_proven() { model.constraints } else { 0 },
			model_size: model.blob.size.into(),
			fhe_parameters: model.fhe_parameters.filter(|_| mode.is_encrypted()),
		}
	}
}

/// Why a requester got its money back.
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
pub enum Cause {
	/// Nobody did the job.
	#[codec(index = 0)]
	Expired,
	/// No accepted issuer is in office.
	#[codec(index = 1)]
	NoIssuers,
	/// Who had it has shown nothing and lost its bond.
	#[codec(index = 2)]
	Stalled,
	/// The requester wanted it no more.
	#[codec(index = 3)]
	Cancelled,
	/// The input is none.
	#[codec(index = 4)]
	Malformed,
	/// A panel found the outputs wrong.
	#[codec(index = 5)]
	Wrong,
	/// No panel came to a verdict.
	#[codec(index = 6)]
	Undecided,
	/// A panel found the output right, and only a proof pays.
	#[codec(index = 7)]
	Unproven,
	/// The circuit of its receipt is paused and was retired, or has been paused for too long.
	#[codec(index = 8)]
	NoCircuit,
	/// Of a private job: as many miners have declined as the requester had prepaid for.
	#[codec(index = 9)]
	Declined,
	/// Of a private job: a panel found the output right, and its miner has not divided the escrow in time.
	#[codec(index = 10)]
	Unsettled,
}

/// How a job ended.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub enum End<AccountId> {
	/// Done and paid.
	Fulfilled {
		/// The miner that brought the receipt, or whose output a panel found right.
		miner: AccountId,
		/// What the miners earned together.
		amount: u128,
	},
	/// Not done, and the requester has its money back.
	Refunded(Cause),
}

/// What stays of a job that has ended, until its requester removes it.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct EndedJob<AccountId> {
	/// Who posted it.
	pub requester: AccountId,
	/// The model asked for.
	pub model: ModelId,
	/// Number of that model's registration: under the same id another one can be registered later.
	pub registration: u64,
	/// Digest of the input.
	pub input: Digest,
	/// The level of its receipt.
	pub level: Level,
	/// What is held as the record's deposit.
	pub deposit: u128,
	/// What could not be returned and is still held: less than the existential deposit.
	pub rest: u128,
	/// Where it may still be in the agenda, in job time.
	pub due: Option<JobTime>,
	/// How it ended.
	pub end: End<AccountId>,
	/// Whether it was reviewed.
	pub reviewed: bool,
}

/// A job.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, MaxEncodedLen, TypeInfo)]
#[allow(clippy::large_enum_variant)] // Most are live.
pub enum JobRecord<AccountId> {
	/// It has not ended.
	Live(Job<AccountId>),
	/// It has.
	Ended(EndedJob<AccountId>),
}

impl<AccountId> JobRecord<AccountId> {
	/// The job, if it has not ended.
	pub fn live(self) -> Option<Job<AccountId>> {
		match self {
			Self::Live(job) => Some(job),
			Self::Ended(_) => None,
		}
	}

	/// What stays of it, if it has.
	pub fn ended(self) -> Option<EndedJob<AccountId>> {
		match self {
			Self::Live(_) => None,
			Self::Ended(job) => Some(job),
		}
	}
}

/// What an account has committed to for a late job.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct LateCommitment<AccountId, BlockNumber> {
	/// [`quittance_types::late_commitment`] of a receipt's nullifier.
	pub commitment: Digest,
	/// The block of the commitment. The receipt comes in a later one.
	pub block: BlockNumber,
	/// Who paid the deposit.
	pub depositor: AccountId,
	/// What is held for it.
	pub deposit: u128,
}
