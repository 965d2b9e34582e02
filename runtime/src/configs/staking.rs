//! Nominated proof of stake: who may validate, by whose money, and what a fault costs.
//!
//! `pallet-staking` is kept for chains that run their own staking, though its documentation names
//! another as its successor: that one needs a relay chain (docs/decisions/0008).

use crate::{
	constants::{
		currency::EXISTENTIAL_DEPOSIT,
		time::{BONDING_ERAS, SESSIONS_PER_ERA, SLASH_DEFER_ERAS},
	},
	*,
};
use frame_election_provider_support::{
	bounds::{ElectionBounds, ElectionBoundsBuilder},
	onchain, SequentialPhragmen, VoteWeight,
};
use frame_support::{
	parameter_types,
	traits::{tokens::imbalance::ResolveTo, ConstBool, ConstU32},
};
use frame_system::EnsureRoot;
use pallet_staking::{ConvertCurve, FixedNominationsQuota, UseValidatorsMap};
use pallet_treasury::TreasuryAccountId;
use sp_runtime::{curve::PiecewiseLinear, Perbill};
use sp_staking::currency_to_vote::U128CurrencyToVote;

use super::consensus::MaxAuthorities;

/// The most validators a nominator can back.
const MAX_NOMINATIONS: u32 = 16;

/// The most accounts that can stand for election. Every genesis must set `maxValidatorCount` to this
/// or less: with one candidate more all elections would fail, and eras stand still.
pub const MAX_CANDIDATES: u32 = 500;

/// The most backers of one validator that an election counts.
pub const MAX_BACKERS: u32 = 256;

// What is minted a year, as a part of all money: 2.5 % with nothing at stake, 5 % with half of
// it, less again above. What stakers do not get of the 5 % goes to the treasury.
pallet_staking_reward_curve::build! {
	const REWARD_CURVE: PiecewiseLinear<'static> = curve!(
		min_inflation: 0_025_000,
		max_inflation: 0_050_000,
		ideal_stake: 0_500_000,
		falloff: 0_050_000,
		max_piece_count: 40,
		test_precision: 0_005_000,
	);
}

parameter_types! {
	pub const RewardCurve: &'static PiecewiseLinear<'static> = &REWARD_CURVE;
	/// An election runs within one block: it counts this many voters, the largest stakes first, and
	/// fails above [`MAX_CANDIDATES`].
	pub ElectionsBounds: ElectionBounds = ElectionBoundsBuilder::default()
		.voters_count(2_000.into())
		.targets_count(MAX_CANDIDATES.into())
		.build();
	pub const BagThresholds: &'static [VoteWeight] = &BAG_THRESHOLDS;
}

/// The upper ends of the bags that voters are kept in by votes, which are plancks as long as all
/// money is below 2^65 of them (36.9 million QTC): from the existential deposit, each an eighth above
/// the last.
const BAG_THRESHOLDS: [VoteWeight; 202] = {
	let mut thresholds = [VoteWeight::MAX; 202];
	let mut bag = 0;
	let mut threshold = EXISTENTIAL_DEPOSIT as VoteWeight;
	while bag < thresholds.len() - 1 {
		thresholds[bag] = threshold;
		threshold = threshold.saturating_add(threshold / 8);
		bag += 1;
	}
	thresholds
};

/// The election by sequential Phragmén, in the block in which an era is planned.
pub struct Phragmen;

impl onchain::Config for Phragmen {
	type Bounds = ElectionsBounds;
	type DataProvider = Staking;
	type MaxBackersPerWinner = ConstU32<MAX_BACKERS>;
	type MaxWinnersPerPage = MaxAuthorities;
	type Solver = SequentialPhragmen<AccountId, Perbill>;
	// More backers than counted is no failure: the smallest are left out.
	type Sort = ConstBool<true>;
	type System = Runtime;
	type WeightInfo = frame_election_provider_support::weights::SubstrateWeight<Runtime>;
}

/// Sizes for the SDK's own benchmarks of the pallet.
pub struct StakingBenchmarks;

impl pallet_staking::BenchmarkingConfig for StakingBenchmarks {
	type MaxNominators = ConstU32<1_000>;
	type MaxValidators = ConstU32<100>;
}

impl pallet_staking::Config for Runtime {
	type AdminOrigin = EnsureRoot<AccountId>;
	type BenchmarkingConfig = StakingBenchmarks;
	type BondingDuration = ConstU32<BONDING_ERAS>;
	type Currency = Balances;
	type CurrencyBalance = Balance;
	type CurrencyToVote = U128CurrencyToVote;
	type ElectionProvider = onchain::OnChainExecution<Phragmen>;
	type EraPayout = ConvertCurve<RewardCurve>;
	type EventListeners = ();
	type Filter = frame_support::traits::Nothing;
	type GenesisElectionProvider = Self::ElectionProvider;
	// A fault is slashed by the exposure of its era, which must be known as long as the bond lasts.
	type HistoryDepth = ConstU32<{ BONDING_ERAS + 8 }>;
	type MaxControllersInDeprecationBatch = ConstU32<0>;
	type MaxExposurePageSize = ConstU32<64>;
	type MaxUnlockingChunks = ConstU32<32>;
	type MaxValidatorSet = MaxAuthorities;
	type NextNewSession = Session;
	type NominationsQuota = FixedNominationsQuota<MAX_NOMINATIONS>;
	type OldCurrency = Balances;
	// Minted.
	type Reward = ();
	type RewardRemainder = ResolveTo<TreasuryAccountId<Runtime>, Balances>;
	type RuntimeEvent = RuntimeEvent;
	type RuntimeHoldReason = RuntimeHoldReason;
	type SessionInterface = Self;
	type SessionsPerEra = ConstU32<SESSIONS_PER_ERA>;
	type Slash = ResolveTo<TreasuryAccountId<Runtime>, Balances>;
	type SlashDeferDuration = ConstU32<SLASH_DEFER_ERAS>;
	type TargetList = UseValidatorsMap<Self>;
	type UnixTime = Timestamp;
	type VoterList = VoterList;
	type WeightInfo = pallet_staking::weights::SubstrateWeight<Runtime>;
}

impl pallet_bags_list::Config<VoterListInstance> for Runtime {
	type BagThresholds = BagThresholds;
	// Voters whose stake has changed without their doing move to their bag in idle time; anyone may
	// also put one there.
	type MaxAutoRebagPerBlock = ConstU32<10>;
	type RuntimeEvent = RuntimeEvent;
	type Score = VoteWeight;
	type ScoreProvider = Staking;
	type WeightInfo = pallet_bags_list::weights::SubstrateWeight<Runtime>;
}

/// The instance of the bags list that keeps the voters.
pub type VoterListInstance = pallet_bags_list::Instance1;
