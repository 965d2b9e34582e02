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
	/// A job's record has up to 885 bytes, with 16 issuers: above what `StoragePrice` asks for that.
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
	#[cfg(feature = "runtime-benchmarks")]
	type BenchmarkHelper = RealRegistries;
}

/// Issuers and circuits of the real registries, so that the weight of a job includes looking at them.
#[cfg(feature = "runtime-benchmarks")]
pub struct RealRegistries;

#[cfg(feature = "runtime-benchmarks")]
impl pallet_model_marketplace::BenchmarkHelper<AccountId> for RealRegistries {
	fn fund(account: &AccountId) {
		<super::verification::RealJobs as pallet_zk_receipts::BenchmarkHelper<_>>::fund(account)
	}

	fn admit(issuer: &AccountId) -> sp_runtime::DispatchResult {
		ZkReceipts::benchmark_issuer(issuer);
		Ok(())
	}

	fn remove(issuer: &AccountId) -> sp_runtime::DispatchResult {
		use frame_support::traits::EnsureOrigin;
		let origin = <Runtime as pallet_zk_receipts::Config>::AdminOrigin::try_successful_origin()
			.map_err(|()| sp_runtime::DispatchError::BadOrigin)?;
		ZkReceipts::remove_issuer(origin, issuer.clone())
	}

	fn circuit() -> Result<quittance_types::CircuitId, sp_runtime::DispatchError> {
		ZkReceipts::benchmark_circuit(1)
	}

	fn set_time(now: JobTime) {
		<super::verification::RealJobs as pallet_zk_receipts::BenchmarkHelper<AccountId>>::set_time(
			now,
		)
	}
}
