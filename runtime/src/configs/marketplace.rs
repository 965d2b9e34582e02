//! The marketplace: models, and jobs from post to payment.

use super::verification::{JobClock, StoragePrice};
use crate::{
	constants::{
		currency::QTC,
		time::{DAYS, HOURS},
	},
	*,
};
use frame_support::{parameter_types, traits::fungible::HoldConsideration};
use quittance_types::JobTime;

parameter_types! {
	/// A job's record has up to 830 bytes, with 16 issuers: above what `StoragePrice` asks for that.
	pub const JobDeposit: Balance = QTC;
	pub const MaxTimeout: JobTime = 30 * DAYS as JobTime;
	pub const RemovalExtension: JobTime = 4 * HOURS as JobTime;
	pub const ModelDepositReason: RuntimeHoldReason =
		RuntimeHoldReason::ModelMarketplace(pallet_model_marketplace::HoldReason::ModelDeposit);
}

impl pallet_model_marketplace::Config for Runtime {
	type Currency = Balances;
	type RuntimeHoldReason = RuntimeHoldReason;
	type ModelConsideration =
		HoldConsideration<AccountId, Balances, ModelDepositReason, StoragePrice>;
	type Circuits = ZkReceipts;
	type Issuers = ZkReceipts;
	type JobClock = JobClock;
	type JobDeposit = JobDeposit;
	type MaxTimeout = MaxTimeout;
	type RemovalExtension = RemovalExtension;
	type WeightInfo = pallet_model_marketplace::weights::SubstrateWeight<Runtime>;
}
