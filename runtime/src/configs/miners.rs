//! Miners: who may take jobs, and what is at stake.

use super::{fees::ReceiptBurn, governance::parameters::rewards, verification::JobClock};
use crate::{
	constants::{
		currency::QTC,
		time::{DAYS, EPOCH_SLOTS, HOURS},
	},
	*,
};
use frame_support::{
	parameter_types,
	traits::{tokens::imbalance::ResolveTo, ConstU64, Get},
};
use pallet_treasury::TreasuryAccountId;
use quittance_types::{epoch_seed, EpochIndex, JobTime};

parameter_types! {
	/// A record of up to 2 KiB in the state, and a free heartbeat every hour.
	pub const MinimumBond: Balance = 100 * QTC;
	/// As long as an issuer's bond: past the last receipt for a job of up to 30 days.
	pub const UnbondingDelay: JobTime = 40 * DAYS as JobTime;
	pub const HotKeyDelay: JobTime = HOURS as JobTime;
}

/// Outcomes are kept by the week, for eight weeks.
pub type WindowEpochs = ConstU64<168>;

/// The number of BABE's epoch.
pub struct Epoch;

impl Get<EpochIndex> for Epoch {
	fn get() -> EpochIndex {
		Babe::epoch_index()
	}
}

/// What nobody knew before the epoch: the randomness that BABE announced in its first block, which is
/// for the next epoch, and the hash of the block before that one.
pub struct EpochSeed;

impl Get<[u8; 32]> for EpochSeed {
	fn get() -> [u8; 32] {
		let (_, first) = pallet_babe::EpochStart::<Runtime>::get();
		// An epoch is shorter than the list of past blocks' hashes.
		let last_block = System::block_hash(first.saturating_sub(1));
		epoch_seed(&pallet_babe::NextRandomness::<Runtime>::get(), &last_block.into())
	}
}

/// The slots that are left of the epoch, each of which can have a block.
pub struct EpochLeft;

impl Get<u64> for EpochLeft {
	fn get() -> u64 {
		let end = u64::from(Babe::current_epoch_start()).saturating_add(EPOCH_SLOTS);
		end.saturating_sub(Babe::current_slot().into())
	}
}

impl pallet_miners::Config for Runtime {
	type Currency = Balances;
	type RuntimeHoldReason = RuntimeHoldReason;
	type Slashed = ResolveTo<TreasuryAccountId<Runtime>, Balances>;
	type JobClock = JobClock;
	type Epoch = Epoch;
	type EpochSeed = EpochSeed;
	type EpochLeft = EpochLeft;
	type EpochLength = ConstU64<EPOCH_SLOTS>;
	type MinimumBond = MinimumBond;
	type UnbondingDelay = UnbondingDelay;
	type HotKeyDelay = HotKeyDelay;
	type MissedEpochs = ConstU64<3>;
	type WindowEpochs = WindowEpochs;
	type RewardShare = rewards::Share;
	type RewardCap = rewards::Cap;
	type ReceiptBurn = ReceiptBurn;
	type HeartbeatPriority = ConstU64<{ u64::MAX / 4 }>;
	type WeightInfo = pallet_miners::weights::SubstrateWeight<Runtime>;
	#[cfg(feature = "runtime-benchmarks")]
	type BenchmarkHelper = RealClocks;
}

/// The chain's own time and money, so that the weight of a heartbeat includes what its seed reads.
#[cfg(feature = "runtime-benchmarks")]
pub struct RealClocks;

#[cfg(feature = "runtime-benchmarks")]
impl pallet_miners::BenchmarkHelper<AccountId> for RealClocks {
	fn fund(account: &AccountId) {
		<super::verification::RealJobs as pallet_zk_receipts::BenchmarkHelper<_>>::fund(account)
	}

	fn set_time(now: JobTime) {
		<super::verification::RealJobs as pallet_zk_receipts::BenchmarkHelper<AccountId>>::set_time(
			now,
		)
	}

	fn set_epoch(epoch: EpochIndex) {
		pallet_babe::EpochIndex::<Runtime>::put(epoch);
		// Or the block before the epoch would be the genesis, which is read anyway.
		pallet_babe::EpochStart::<Runtime>::put((1, 2));
		frame_system::BlockHash::<Runtime>::insert(1, Hash::repeat_byte(1));
	}

	fn turn_rewards_on() {
		use sp_runtime::Permill;
		let share = rewards::Parameters::Share(rewards::Share, Some(Permill::from_percent(50)));
		let cap = rewards::Parameters::Cap(rewards::Cap, Some(Balance::MAX));
		for parameter in [share, cap] {
			let parameter = super::governance::RuntimeParameters::Rewards(parameter);
			let set = Parameters::set_parameter(RuntimeOrigin::root(), parameter);
			assert!(set.is_ok(), "root sets parameters");
		}
	}
}
