//! What is decided rather than computed: the treasury, scheduled calls, parameters, and the
//! development chain's sudo key.
//!
//! Root decides everything here. Who that is beside a development chain's sudo key is not settled
//! yet; a chain without one has a treasury that fills and that nobody can spend.

use super::verification::StoragePrice;
use crate::{
	constants::{
		block::MAXIMUM_BLOCK_WEIGHT,
		currency::{MICRO_QTC, QTC},
		time::DAYS,
	},
	*,
};
use frame_support::{
	dynamic_params::{dynamic_pallet_params, dynamic_params},
	parameter_types,
	traits::{
		fungible::HoldConsideration,
		tokens::{PayFromAccount, UnityAssetBalanceConversion},
		ConstU32, EqualPrivilegeOnly,
	},
	weights::Weight,
	PalletId,
};
use frame_system::{EnsureRoot, EnsureRootWithSuccess};
use pallet_treasury::TreasuryAccountId;
use sp_runtime::{traits::IdentityLookup, Perbill, Permill};

/// Numbers that governance may change without a new runtime.
#[dynamic_params(RuntimeParameters, pallet_parameters::Parameters::<Runtime>)]
pub mod parameters {
	use super::*;

	/// What transactions cost.
	#[dynamic_pallet_params]
	#[codec(index = 0)]
	pub mod fees {
		/// What it costs to use a whole block's weight at a multiplier of 1. An empty call (about
		/// 0.1 ms) then costs about 0.001 QTC, and the verification of a proof (about 5 ms)
		/// 0.05 QTC.
		#[codec(index = 0)]
		pub static FullBlock: Balance = 20 * QTC;

		/// Per byte of the encoded transaction.
		#[codec(index = 1)]
		pub static Byte: Balance = MICRO_QTC;
	}

	/// Deposits for state. A change is for records made after it.
	#[dynamic_pallet_params]
	#[codec(index = 1)]
	pub mod deposits {
		/// What a record costs.
		#[codec(index = 0)]
		pub static Record: Balance = QTC / 10;

		/// What each byte of it costs.
		#[codec(index = 1)]
		pub static Byte: Balance = QTC / 1_000;
	}

	/// What jobs must keep to. A change is for jobs posted after it.
	#[dynamic_pallet_params]
	#[codec(index = 2)]
	pub mod jobs {
		/// The least fee of an issuer, which a panel shares where no issuer signs.
		#[codec(index = 0)]
		pub static MinimumFee: Balance = QTC / 10;

		/// The least that a lock reserves of a miner's bond.
		#[codec(index = 1)]
		pub static MinimumLockBond: Balance = 5 * QTC;

		/// The price above which only a verified proof pays: where it is worth it to bribe an issuer, or
		/// most of a panel. Four of seven members lose as much by dissent from what they would have found.
		#[codec(index = 2)]
		pub static HighValue: Balance = 100 * QTC;

		/// What a job pays a panel beside the issuer's fee, if one sits on it: a member of three earns
		/// about a QTC for work that may be as much as the job's, with `SeatBond` at stake.
		#[codec(index = 3)]
		pub static PanelFee: Balance = 3 * QTC;

		/// What a requester of a private job loses each time its miner declines: enough that nobody makes
		/// miners lock for nothing.
		#[codec(index = 5)]
		pub static DeclineFee: Balance = QTC / 10;

		/// The part of the highest price that a lock's bond is at least.
		#[codec(index = 4)]
		pub static BondPart: Permill = Permill::from_percent(5);
	}

	/// What members of panels have at stake. A change is for panels asked after it.
	#[dynamic_pallet_params]
	#[codec(index = 3)]
	pub mod panels {
		/// What a seat reserves of a member's bond.
		#[codec(index = 0)]
		pub static SeatBond: Balance = 50 * QTC;

		/// What a member loses that does not say what it found.
		#[codec(index = 1)]
		pub static AbsenceSlash: Balance = 5 * QTC;

		/// The part of the seat's bond that a member loses that found something else than the second
		/// round.
		#[codec(index = 2)]
		pub static DissentSlash: Perbill = Perbill::from_percent(50);
	}

	/// What is minted for miners whose receipts are proved. A change is for transactions after it.
	#[dynamic_pallet_params]
	#[codec(index = 4)]
	pub mod rewards {
		/// The part of what a receipt's own transaction has burned of its fee. At most one half counts.
		#[codec(index = 0)]
		pub static Share: Permill = Permill::zero();

		/// The most for all miners together in an epoch.
		#[codec(index = 1)]
		pub static Cap: Balance = 0;
	}
}

#[cfg(feature = "runtime-benchmarks")]
impl Default for RuntimeParameters {
	fn default() -> Self {
		RuntimeParameters::Fees(parameters::fees::Parameters::FullBlock(
			parameters::fees::FullBlock,
			Some(QTC),
		))
	}
}

impl pallet_parameters::Config for Runtime {
	type AdminOrigin = frame_support::traits::AsEnsureOriginWithArg<EnsureRoot<AccountId>>;
	type RuntimeEvent = RuntimeEvent;
	type RuntimeParameters = RuntimeParameters;
	type WeightInfo = crate::weights::pallet_parameters::SubstrateWeight<Runtime>;
}

parameter_types! {
	pub const TreasuryPalletId: PalletId = PalletId(*b"qtc/trsy");
	pub const SpendPeriod: BlockNumber = 7 * DAYS;
	pub const PayoutPeriod: BlockNumber = 30 * DAYS;
	/// Unspent money stays.
	pub const Burn: Permill = Permill::zero();
	pub const MaxSpend: Balance = Balance::MAX;
	pub TreasuryAccount: AccountId = Treasury::account_id();
	pub MaximumSchedulerWeight: Weight = Perbill::from_percent(40) * MAXIMUM_BLOCK_WEIGHT;
	pub const PreimageDepositReason: RuntimeHoldReason =
		RuntimeHoldReason::Preimage(pallet_preimage::HoldReason::Preimage);
}

impl pallet_treasury::Config for Runtime {
	type AssetKind = ();
	type BalanceConverter = UnityAssetBalanceConversion;
	#[cfg(feature = "runtime-benchmarks")]
	type BenchmarkHelper = ();
	type Beneficiary = AccountId;
	type BeneficiaryLookup = IdentityLookup<AccountId>;
	type BlockNumberProvider = System;
	type Burn = Burn;
	type BurnDestination = ();
	type Currency = Balances;
	type MaxApprovals = ConstU32<100>;
	type PalletId = TreasuryPalletId;
	type Paymaster = PayFromAccount<Balances, TreasuryAccountId<Runtime>>;
	type PayoutPeriod = PayoutPeriod;
	type RejectOrigin = EnsureRoot<AccountId>;
	type RuntimeEvent = RuntimeEvent;
	type SpendFunds = ();
	type SpendOrigin = EnsureRootWithSuccess<AccountId, MaxSpend>;
	type SpendPeriod = SpendPeriod;
	type WeightInfo = pallet_treasury::weights::SubstrateWeight<Runtime>;
}

impl pallet_scheduler::Config for Runtime {
	type BlockNumberProvider = System;
	type MaxScheduledPerBlock = ConstU32<50>;
	type MaximumWeight = MaximumSchedulerWeight;
	type OriginPrivilegeCmp = EqualPrivilegeOnly;
	type PalletsOrigin = OriginCaller;
	type Preimages = Preimage;
	type RuntimeCall = RuntimeCall;
	type RuntimeEvent = RuntimeEvent;
	type RuntimeOrigin = RuntimeOrigin;
	type ScheduleOrigin = EnsureRoot<AccountId>;
	type WeightInfo = pallet_scheduler::weights::SubstrateWeight<Runtime>;
}

impl pallet_preimage::Config for Runtime {
	type Consideration =
		HoldConsideration<AccountId, Balances, PreimageDepositReason, StoragePrice>;
	type Currency = Balances;
	type ManagerOrigin = EnsureRoot<AccountId>;
	type RuntimeEvent = RuntimeEvent;
	type WeightInfo = pallet_preimage::weights::SubstrateWeight<Runtime>;
}

// The pallet is in every runtime so that development and other chains share one metadata; without
// a key in the genesis, as in all presets but `development`, nobody can use it.
impl pallet_sudo::Config for Runtime {
	type RuntimeCall = RuntimeCall;
	type RuntimeEvent = RuntimeEvent;
	type WeightInfo = pallet_sudo::weights::SubstrateWeight<Runtime>;
}
