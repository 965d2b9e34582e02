//! The receipts pallet: who signs receipts, and which circuits prove them.

use super::governance::parameters::deposits;
use crate::{
	constants::{currency::QTC, time::DAYS},
	*,
};
use frame_support::{
	parameter_types,
	traits::{fungible::HoldConsideration, LinearStoragePrice},
};
use frame_system::EnsureRoot;
use quittance_types::JobTime;

/// Job time: the marketplace counts the blocks in which jobs stood still.
pub type JobClock = pallet_model_marketplace::RunningTime<Runtime>;

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
	type ProvenReceipts = Miners;
	type AcceptedReceipts = Attestations;
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
		miner: &AccountId,
		level: quittance_types::Level,
		circuit: Option<quittance_types::CircuitId>,
		issuers: Vec<AccountId>,
	) -> Result<quittance_types::JobId, sp_runtime::DispatchError> {
		super::marketplace::RealRegistries::offer_circuits(miner);
		// As in a transaction, by which alone rewards are noted.
		<super::miners::RealClocks as pallet_miners::BenchmarkHelper<AccountId>>::turn_rewards_on();
		System::note_finished_initialize();
		ModelMarketplace::benchmark_job(
			requester,
			miner,
			&hot_key_of(miner),
			level,
			circuit,
			issuers,
		)
	}

	fn set_time(now: JobTime) {
		// No block has been stopped.
		System::set_block_number(now.try_into().unwrap_or(BlockNumber::MAX));
	}
}

/// The hot key of a benchmark's miner. The miner signs the receipts itself.
#[cfg(feature = "runtime-benchmarks")]
fn hot_key_of(miner: &AccountId) -> AccountId {
	let mut key: [u8; 32] = miner.clone().into();
	key[0] = !key[0];
	key.into()
}
