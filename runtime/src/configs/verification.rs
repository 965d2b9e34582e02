//! The receipts pallet: who signs receipts, and which circuits prove them.

use super::governance::parameters::deposits;
use crate::{
	constants::{currency::QTC, time::DAYS},
	*,
};
use frame_support::{
	parameter_types,
	traits::{fungible::HoldConsideration, Get, LinearStoragePrice},
};
use frame_system::EnsureRoot;
use quittance_types::JobTime;

/// Job time. Nothing stops the jobs' clocks yet, so this is the block number.
pub struct JobClock;

impl Get<JobTime> for JobClock {
	fn get() -> JobTime {
		System::block_number().into()
	}
}

parameter_types! {
	pub const IssuerBond: Balance = 1_000 * QTC;
	/// A receipt can be used up to a week after the deadline of a job of up to 30 days.
	pub const UnbondingDelay: JobTime = 40 * DAYS as JobTime;
	pub const ReceiptLifetime: JobTime = 7 * DAYS as JobTime;
	/// Spent nullifiers go by the day, once their receipts have expired.
	pub const NullifierGroup: JobTime = DAYS as JobTime;
	pub const CircuitDepositReason: RuntimeHoldReason =
		RuntimeHoldReason::ZkReceipts(pallet_zk_receipts::HoldReason::CircuitDeposit);
}

/// The deposit for a record of some bytes.
pub type StoragePrice = LinearStoragePrice<deposits::Record, deposits::Byte, Balance>;

impl pallet_zk_receipts::Config for Runtime {
	type Currency = Balances;
	type RuntimeHoldReason = RuntimeHoldReason;
	type CircuitConsideration =
		HoldConsideration<AccountId, Balances, CircuitDepositReason, StoragePrice>;
	type Jobs = ModelMarketplace;
	type JobClock = JobClock;
	type AdminOrigin = EnsureRoot<AccountId>;
	type EmergencyOrigin = EnsureRoot<AccountId>;
	type IssuerBond = IssuerBond;
	type UnbondingDelay = UnbondingDelay;
	type NullifierGroup = NullifierGroup;
	type ReceiptLifetime = ReceiptLifetime;
	type WeightInfo = pallet_zk_receipts::weights::SubstrateWeight<Runtime>;
	#[cfg(feature = "runtime-benchmarks")]
	type BenchmarkHelper = RealJobs;
}

/// Jobs of the real marketplace, so that the weight of a receipt includes its payment.
#[cfg(feature = "runtime-benchmarks")]
pub struct RealJobs;

#[cfg(feature = "runtime-benchmarks")]
impl pallet_zk_receipts::BenchmarkHelper<AccountId> for RealJobs {
	fn fund(account: &AccountId) {
		use frame_support::traits::fungible::Mutate;
		let minted = Balances::mint_into(account, 1_000_000 * QTC);
		assert!(minted.is_ok(), "the issuance is far from its limit");
	}

	fn open_job(
		requester: &AccountId,
		level: quittance_types::Level,
		circuit: Option<quittance_types::CircuitId>,
		issuers: Vec<AccountId>,
	) -> Result<quittance_types::JobId, sp_runtime::DispatchError> {
		use pallet_model_marketplace::{
			AcceptedIssuers, Name, NextJob, Uri, MAX_NAME_BYTES, MAX_URI_BYTES,
		};
		use quittance_types::{Blob, Payment};

		Self::fund(requester);
		let origin = RuntimeOrigin::signed(requester.clone());
		let name = Name::truncate_from(alloc::vec![b'n'; MAX_NAME_BYTES as usize]);
		let uri = Uri::truncate_from(alloc::vec![b'u'; MAX_URI_BYTES as usize]);
		let (architecture, weights, licence) = ([1; 32], [2; 32], [4; 32]);
		let blob = Blob { digest: [3; 32], size: 4_000 };
		// One for each requester, whose account is part of its id.
		let model = ModelMarketplace::model_id(
			requester,
			&name,
			&architecture,
			&weights,
			&blob,
			&uri,
			&licence,
		);
		ModelMarketplace::register_model(
			origin.clone(),
			name,
			architecture,
			weights,
			blob,
			uri,
			licence,
		)?;
		let job = NextJob::<Runtime>::get();
		ModelMarketplace::post_job(
			origin,
			model,
			Blob { digest: [5; 32], size: 640 },
			level,
			circuit,
			AcceptedIssuers::truncate_from(issuers),
			QTC,
			Payment::Held { max_price: 10 * QTC },
			DAYS.into(),
		)?;
		Ok(job)
	}

	fn set_time(now: JobTime) {
		// The clock is the block number.
		System::set_block_number(now.try_into().unwrap_or(BlockNumber::MAX));
	}
}
