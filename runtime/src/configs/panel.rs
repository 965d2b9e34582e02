//! Panels: miners, drawn by bond, that judge what no issuer has signed.

use super::{governance::parameters::panels, miners::Epoch, verification::JobClock};
use crate::{
	constants::time::{EPOCH_SLOTS, HOURS},
	*,
};
use frame_support::{
	parameter_types,
	traits::{ConstU32, Get},
};
use quittance_types::JobTime;

parameter_types! {
	pub const CommitWindow: JobTime = 2 * HOURS as JobTime;
	pub const RevealWindow: JobTime = HOURS as JobTime;
	/// A tenth of an epoch's slots.
	pub const LeastContributions: u32 = {
		assert!(EPOCH_SLOTS >= 10 && EPOCH_SLOTS <= u32::MAX as u64);
		(EPOCH_SLOTS / 10) as u32
	};
}

/// The output of the last block's author for its slot, primary or secondary.
pub struct AuthorOutput;

impl Get<Option<[u8; 32]>> for AuthorOutput {
	fn get() -> Option<[u8; 32]> {
		Babe::author_vrf_randomness()
	}
}

impl pallet_panel::Config for Runtime {
	type Miners = Miners;
	type Disputes = ModelMarketplace;
	type Epoch = Epoch;
	type Contribution = AuthorOutput;
	type LeastContributions = LeastContributions;
	type JobClock = JobClock;
	type SeatBond = panels::SeatBond;
	type AbsenceSlash = panels::AbsenceSlash;
	type DissentSlash = panels::DissentSlash;
	type CommitWindow = CommitWindow;
	type RevealWindow = RevealWindow;
	type MaxPanels = ConstU32<128>;
	type DrawsPerEpoch = ConstU32<16>;
	type WeightInfo = pallet_panel::weights::SubstrateWeight<Runtime>;
	#[cfg(feature = "runtime-benchmarks")]
	type BenchmarkHelper = RealMiners;
}

/// Miners, jobs and times of the chain itself, so that the weight of a panel includes what they cost.
#[cfg(feature = "runtime-benchmarks")]
pub struct RealMiners;

#[cfg(feature = "runtime-benchmarks")]
impl pallet_panel::BenchmarkHelper<AccountId> for RealMiners {
	fn miner(number: u32) -> (AccountId, AccountId) {
		use pallet_zk_receipts::BenchmarkHelper;
		let account = |name| frame_benchmarking::account(name, number, 0);
		let (miner, hot_key): (AccountId, AccountId) = (account("member"), account("member's key"));
		super::verification::RealJobs::fund(&hot_key);
		let registered = Miners::benchmark_miner(&miner, &hot_key);
		assert!(registered.is_ok(), "nobody has these accounts");
		(miner, hot_key)
	}

	fn needs() -> quittance_types::JobNeeds {
		// The last of the circuits and of the parameters that a benchmark's miner offers.
		quittance_types::JobNeeds {
			level: quittance_types::Level::Basic,
			circuit: Some([pallet_miners::MAX_CIRCUITS as u8 - 1; 32]),
			constraints: u64::MAX,
			model_size: u64::MAX,
			fhe_parameters: Some([pallet_miners::MAX_FHE_PARAMETERS as u8 - 1; 32]),
		}
	}

	fn disputed_job(_: &[AccountId]) -> quittance_types::JobId {
		let now = System::block_number();
		let job = ModelMarketplace::benchmark_disputed_job();
		System::set_block_number(now);
		assert!(job.is_ok(), "the job is disputed: {job:?}");
		job.unwrap_or_default()
	}

	fn set_time(now: JobTime) {
		<super::verification::RealJobs as pallet_zk_receipts::BenchmarkHelper<AccountId>>::set_time(
			now,
		)
	}

	fn set_epoch(epoch: quittance_types::EpochIndex) {
		<super::miners::RealClocks as pallet_miners::BenchmarkHelper<AccountId>>::set_epoch(epoch)
	}

	fn contribute(output: [u8; 32]) {
		pallet_babe::AuthorVrfRandomness::<Runtime>::put(Some(output));
	}
}
