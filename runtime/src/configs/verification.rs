//! The receipts pallet: who signs receipts, and which circuits prove them.

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
	/// Deposits for state: what a record costs, and what each byte of it costs.
	pub const RecordDeposit: Balance = QTC / 10;
	pub const ByteDeposit: Balance = QTC / 1_000;
}

/// The deposit for a record of some bytes.
pub type StoragePrice = LinearStoragePrice<RecordDeposit, ByteDeposit, Balance>;

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
}
