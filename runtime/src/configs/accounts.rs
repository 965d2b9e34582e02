//! What accounts can do together or for each other: batches, proxies, multisignatures.

use crate::{constants::currency::QTC, *};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::{
	parameter_types,
	traits::{ConstU32, InstanceFilter},
};
use scale_info::TypeInfo;

parameter_types! {
	/// For an account's list of proxies, of announcements, or an open multisignature.
	pub const ListDeposit: Balance = QTC;
	/// For each entry of such a list: about 100 bytes.
	pub const EntryDeposit: Balance = QTC / 10;
}

/// What one account may do for another.
#[derive(
	Clone,
	Copy,
	Debug,
	Decode,
	DecodeWithMemTracking,
	Default,
	Encode,
	Eq,
	MaxEncodedLen,
	Ord,
	PartialEq,
	PartialOrd,
	TypeInfo,
)]
pub enum ProxyType {
	/// Everything.
	#[default]
	#[codec(index = 0)]
	Any,
	/// A miner's hot key: submits receipts and settles jobs, and can move no money of the account
	/// that the receipts are paid to.
	#[codec(index = 1)]
	Miner,
	/// Stakes, nominates and sets session keys. It chooses where rewards go.
	#[codec(index = 2)]
	Staking,
	/// Refuses what other proxies have announced.
	#[codec(index = 3)]
	CancelProxy,
}

impl InstanceFilter<RuntimeCall> for ProxyType {
	fn filter(&self, call: &RuntimeCall) -> bool {
		match self {
			Self::Any => true,
			// The calls in a batch go through the same filter.
			Self::Miner => matches!(
				call,
				RuntimeCall::ZkReceipts(
					pallet_zk_receipts::Call::submit_receipt { .. }
						| pallet_zk_receipts::Call::submit_receipt_batch { .. }
				) | RuntimeCall::ModelMarketplace(
					pallet_model_marketplace::Call::fulfil_job { .. }
				) | RuntimeCall::Utility(_)
			),
			Self::Staking => matches!(
				call,
				RuntimeCall::Staking(_)
					| RuntimeCall::Session(_)
					| RuntimeCall::VoterList(_)
					| RuntimeCall::Utility(_)
			),
			Self::CancelProxy => {
				matches!(call, RuntimeCall::Proxy(pallet_proxy::Call::reject_announcement { .. }))
			},
		}
	}

	fn is_superset(&self, other: &Self) -> bool {
		self == &Self::Any || self == other
	}
}

impl pallet_utility::Config for Runtime {
	type PalletsOrigin = OriginCaller;
	type RuntimeCall = RuntimeCall;
	type RuntimeEvent = RuntimeEvent;
	type WeightInfo = pallet_utility::weights::SubstrateWeight<Runtime>;
}

impl pallet_proxy::Config for Runtime {
	type AnnouncementDepositBase = ListDeposit;
	type AnnouncementDepositFactor = EntryDeposit;
	type BlockNumberProvider = System;
	type CallHasher = Hashing;
	type Currency = Balances;
	type MaxPending = ConstU32<32>;
	type MaxProxies = ConstU32<32>;
	type ProxyDepositBase = ListDeposit;
	type ProxyDepositFactor = EntryDeposit;
	type ProxyType = ProxyType;
	type RuntimeCall = RuntimeCall;
	type RuntimeEvent = RuntimeEvent;
	type WeightInfo = pallet_proxy::weights::SubstrateWeight<Runtime>;
}

impl pallet_multisig::Config for Runtime {
	type BlockNumberProvider = System;
	type Currency = Balances;
	type DepositBase = ListDeposit;
	type DepositFactor = EntryDeposit;
	type MaxSignatories = ConstU32<32>;
	type RuntimeCall = RuntimeCall;
	type RuntimeEvent = RuntimeEvent;
	type WeightInfo = pallet_multisig::weights::SubstrateWeight<Runtime>;
}
