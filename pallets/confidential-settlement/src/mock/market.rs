//! The marketplace and the receipts pallet, played by small tables. They are in the storage, so that what is
//! undone is undone there as well.

use super::{AccountId, Balances, JobClock, Pool, EXISTENTIAL_DEPOSIT, GENESIS};
use codec::{Decode, DecodeWithMemTracking, Encode};
use polkadot_sdk::{
	frame_support::{
		ensure, storage_alias,
		traits::{
			fungible::{Inspect, Mutate},
			tokens::Preservation,
			Get,
		},
		Twox64Concat,
	},
	sp_runtime::{AccountId32, DispatchError, DispatchResult},
};
use quittance_poseidon::Native;
use quittance_types::{
	AcceptedReceipt, Agreement, Bar, CircuitId, Escrow, Escrows, FieldBytes, JobFacts, JobId,
	JobTime, JudgedUnits, Level, PoolRefusal, PrivateFacts, PrivateJobs, SettleClaims,
	SettledReceipts, Subject,
};
use scale_info::TypeInfo;

/// Who does private jobs.
pub const MINER: AccountId = AccountId32::new([9; 32]);
/// Who signs for them.
pub const ISSUERS: [AccountId; 2] = [AccountId32::new([10; 32]), AccountId32::new([11; 32])];
/// Where the market has what it holds.
pub const VAULT: AccountId = AccountId32::new([12; 32]);
/// The root of the tree over [`ISSUERS`].
pub const ISSUER_ROOT: FieldBytes = FieldBytes([0x15; 32]);
/// What an issuer earns.
pub const ISSUER_FEE: u128 = 700;
/// Job time from the post to the deadline.
pub const TIMEOUT: JobTime = 100;
/// Job time from the post until which a receipt is accepted.
pub const OPEN_FOR: JobTime = 60;
/// For how long after a deadline receipts may be valid.
pub const LIFETIME: JobTime = 200;

/// What a job asks for.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
pub struct Request {
	/// What is held from the requester.
	pub holds: u128,
	/// As long as somebody wants.
	pub text: Vec<u8>,
}

/// A private job that has not ended.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct OpenJob {
	pub requester: AccountId,
	pub holds: u128,
	pub escrow: Escrow,
	pub circuit: CircuitId,
	pub taken: Option<(AccountId, Agreement)>,
	pub nonce: u64,
	pub posted_deadline: JobTime,
	pub deadline: JobTime,
	pub open_until: JobTime,
	pub bar: Option<Bar>,
	/// Units, what the miner bears, and until when it can settle.
	pub judged: Option<(u64, u128, JobTime)>,
}

/// Jobs that have not ended.
#[storage_alias]
pub type OpenJobs = StorageMap<MockMarket, Twox64Concat, JobId, OpenJob>;

/// Number of the next job.
#[storage_alias]
pub type NextJob = StorageValue<MockMarket, JobId>;

/// Jobs that were settled, and who signed.
#[storage_alias]
pub type SettledBy = StorageMap<MockMarket, Twox64Concat, JobId, Option<AccountId>>;

/// Receipts that were settled, with the time at which they expire.
#[storage_alias]
pub type SpentReceipts = StorageMap<MockReceipts, Twox64Concat, (JobId, FieldBytes), JobTime>;

polkadot_sdk::frame_support::parameter_types! {
	/// How often somebody asked to post a job, undone or not.
	pub static Tried: u32 = 0;
}

fn pay(from: &AccountId, to: &AccountId, amount: u128) -> DispatchResult {
	Balances::transfer(from, to, amount, Preservation::Expendable).map(|_| ())
}

pub struct Market;

impl PrivateJobs<AccountId> for Market {
	type Request = Request;
	type Error = DispatchError;

	fn post(
		requester: AccountId,
		request: Request,
		escrow: Escrow,
		circuit: CircuitId,
		paid_in: u128,
	) -> Result<JobId, DispatchError> {
		Tried::mutate(|tried| *tried += 1);
		let Request { holds, .. } = request;
		ensure!(paid_in >= holds + EXISTENTIAL_DEPOSIT, DispatchError::Other("paid in too little"));
		let has = Balances::balance(&requester);
		ensure!(has >= holds + EXISTENTIAL_DEPOSIT, DispatchError::Other("too little to hold"));
		pay(&requester, &VAULT, holds)?;
		let job = NextJob::get().unwrap_or_default();
		NextJob::put(job + 1);
		let deadline = JobClock::get() + TIMEOUT;
		let open = OpenJob {
			requester,
			holds,
			escrow,
			circuit,
			taken: None,
			nonce: 0,
			posted_deadline: deadline,
			deadline,
			open_until: JobClock::get() + OPEN_FOR,
			bar: None,
			judged: None,
		};
		OpenJobs::insert(job, open);
		Ok(job)
	}

	fn facts(job: JobId) -> Option<PrivateFacts<AccountId>> {
		let open = OpenJobs::get(job)?;
		let (miner, agreement) = open.taken?;
		let judged =
			open.judged.map(|(units, borne, open_until)| JudgedUnits { units, borne, open_until });
		let facts = JobFacts {
			requester: open.requester,
			model: [8; 32],
			input: [9; 32],
			level: Level::Enhanced,
			circuit: Some(open.circuit),
			issuers: ISSUERS.to_vec(),
			issuer_root: Some(ISSUER_ROOT),
			max_amount: 0,
			posted_deadline: open.posted_deadline,
			deadline: open.deadline,
			open_until: open.open_until,
			nonce: open.nonce,
			output: None,
			commitment: None,
			bar: open.bar,
		};
		Some(PrivateFacts { miner, agreement, facts, judged })
	}

	fn settled(job: JobId, issuer: Option<AccountId>) -> DispatchResult {
		let open = OpenJobs::take(job).ok_or(DispatchError::Unavailable)?;
		let fee = if issuer.is_some() { ISSUER_FEE.min(open.holds) } else { 0 };
		if let Some(issuer) = &issuer {
			pay(&VAULT, issuer, fee)?;
		}
		pay(&VAULT, &open.requester, open.holds - fee)?;
		SettledBy::insert(job, issuer);
		Ok(())
	}
}

/// Changes a job that has not ended.
pub fn change_job(job: JobId, change: impl FnOnce(&mut OpenJob)) {
	OpenJobs::mutate(job, |open| change(open.as_mut().expect("it has not ended")));
}

/// Gives a job to a miner, which has named this owner key.
pub fn lock(job: JobId, miner: AccountId, payee: ark_bn254::Fr) {
	change_job(job, |open| {
		let offer = open.escrow.offer.to_field().expect("it was hashed");
		open.taken = Some((miner, Agreement::new::<Native>(offer, payee)));
		open.nonce += 1;
	});
}

/// Lets a panel find a job's output right.
pub fn judge(job: JobId, units: u64, borne: u128, open_until: JobTime) {
	change_job(job, |open| {
		open.bar = Some(Bar::OnPanel);
		open.judged = Some((units, borne, open_until));
	});
}

/// Ends a job that is not settled.
pub fn give_up(job: JobId) {
	let open = OpenJobs::take(job).expect("it has not ended");
	pay(&VAULT, &open.requester, open.holds).expect("it is there");
	Pool::give_back(job, open.escrow.commitment);
}

/// The receipts pallet.
pub struct Receipts;

impl SettledReceipts<AccountId> for Receipts {
	fn check(
		job: JobId,
		private: &PrivateFacts<AccountId>,
		claims: &SettleClaims,
	) -> Result<(FieldBytes, AccountId), PoolRefusal> {
		let (now, facts) = (JobClock::get(), &private.facts);
		ensure!(claims.nullifier.to_field().is_some(), PoolRefusal::NotCanonical);
		let spent = SpentReceipts::contains_key((job, claims.nullifier));
		ensure!(!spent, PoolRefusal::ReceiptSpent);
		ensure!(now <= claims.expires_at, PoolRefusal::ReceiptExpired);
		let range = facts.posted_deadline..=facts.deadline + LIFETIME;
		ensure!(range.contains(&claims.expires_at), PoolRefusal::ExpiryOutOfRange);
		ensure!(claims.as_of <= now, PoolRefusal::AsOfInFuture);
		let issuer = facts.issuers.get(usize::from(claims.issuer_index));
		let issuer = issuer.ok_or(PoolRefusal::IssuerNotAccepted)?;
		let root = facts.issuer_root.ok_or(PoolRefusal::Unexpected)?;
		ensure!(claims.issuer_root == root, PoolRefusal::WrongIssuerRoot);
		Ok((Self::subject(job, private), issuer.clone()))
	}

	fn subject(job: JobId, private: &PrivateFacts<AccountId>) -> FieldBytes {
		let PrivateFacts { miner, facts, .. } = private;
		let subject = Subject {
			genesis: GENESIS,
			job,
			requester: facts.requester.clone().into(),
			miner: miner.clone().into(),
			model: facts.model,
			input: facts.input,
		};
		subject.hash::<Native>().into()
	}

	fn record(job: JobId, _: FieldBytes, receipt: AcceptedReceipt<AccountId>, expires_at: JobTime) {
		SpentReceipts::insert((job, receipt.nullifier), expires_at);
	}
}
