//! Stopping things: all but what must go on (safe mode), or single calls (transaction pause).
//!
//! Neither traps money: what ends a job, and what takes back a miner's bond, can always be called.

use crate::{constants::time::DAYS, *};
use frame_support::{
	parameter_types,
	traits::{ConstU32, Contains, InsideBoth},
};
use frame_system::{EnsureRoot, EnsureRootWithSuccess};
use pallet_tx_pause::RuntimeCallNameOf;

/// Which calls go through at all.
pub type CallFilter = InsideBoth<SafeMode, TxPause>;

/// What goes on in safe mode. Jobs that were posted run to their end, since their deadlines do, with
/// all that miners and panels do for them; miners leave if they want to, and requesters cancel. Nothing new
/// begins and no money is moved otherwise.
pub struct GoesOnInSafeMode;

impl Contains<RuntimeCall> for GoesOnInSafeMode {
	fn contains(call: &RuntimeCall) -> bool {
		match call {
			// Without these there are no blocks, no reports of faults and no way back.
			RuntimeCall::Timestamp(_)
			| RuntimeCall::Babe(_)
			| RuntimeCall::Grandpa(_)
			| RuntimeCall::Session(_)
			| RuntimeCall::Sudo(_)
			| RuntimeCall::SafeMode(_)
			| RuntimeCall::TxPause(_) => true,
			// Their inner calls are filtered by themselves.
			RuntimeCall::Utility(_) | RuntimeCall::Multisig(_) => true,
			RuntimeCall::Proxy(call) => matches!(
				call,
				pallet_proxy::Call::proxy { .. } | pallet_proxy::Call::proxy_announced { .. }
			),
			RuntimeCall::ZkReceipts(call) => matches!(
				call,
				pallet_zk_receipts::Call::submit_receipt { .. }
					| pallet_zk_receipts::Call::submit_receipt_batch { .. }
			),
			RuntimeCall::ModelMarketplace(call) => matches!(
				call,
				pallet_model_marketplace::Call::fulfil_job { .. }
					| pallet_model_marketplace::Call::refund_job { .. }
					| pallet_model_marketplace::Call::slash_job { .. }
					| pallet_model_marketplace::Call::advance_job { .. }
					| pallet_model_marketplace::Call::cancel_job { .. }
					| pallet_model_marketplace::Call::remove_job { .. }
					| pallet_model_marketplace::Call::withdraw_commitment { .. }
					| pallet_model_marketplace::Call::pay_royalties { .. }
					| pallet_model_marketplace::Call::lock_job { .. }
					| pallet_model_marketplace::Call::deliver_job { .. }
					| pallet_model_marketplace::Call::commit_delivery { .. }
					| pallet_model_marketplace::Call::reveal_delivery { .. }
					| pallet_model_marketplace::Call::commit_late { .. }
					| pallet_model_marketplace::Call::claim_malformed { .. }
					| pallet_model_marketplace::Call::lock_private_job { .. }
					| pallet_model_marketplace::Call::send_opening { .. }
					| pallet_model_marketplace::Call::decline_job { .. }
			),
			RuntimeCall::Panel(_) => true,
			// What is in the pool can be taken out, and what was earned be taken in.
			RuntimeCall::ConfidentialSettlement(call) => matches!(
				call,
				pallet_confidential_settlement::Call::withdraw { .. }
					| pallet_confidential_settlement::Call::settle { .. }
					| pallet_confidential_settlement::Call::settle_verdict { .. }
			),
			// Bonds can be taken back, debts be paid, and a key that is lost or leaked be replaced, whose
			// locks run on. Heartbeats cost a miner its jobs when they are missed.
			RuntimeCall::Miners(call) => matches!(
				call,
				pallet_miners::Call::heartbeat { .. }
					| pallet_miners::Call::pause_matching { .. }
					| pallet_miners::Call::rotate_hot_key { .. }
					| pallet_miners::Call::cancel_rotation { .. }
					| pallet_miners::Call::bond_more { .. }
					| pallet_miners::Call::unbond { .. }
					| pallet_miners::Call::leave { .. }
					| pallet_miners::Call::withdraw_unbonded { .. }
			),
			_ => false,
		}
	}
}

/// What cannot be paused by name.
pub struct NeverPaused;

impl Contains<RuntimeCallNameOf<Runtime>> for NeverPaused {
	fn contains(name: &RuntimeCallNameOf<Runtime>) -> bool {
		let (pallet, call) = (name.0.as_slice(), name.1.as_slice());
		match pallet {
			b"Timestamp" | b"Babe" | b"Grandpa" | b"Sudo" | b"SafeMode" | b"TxPause" => true,
			b"ModelMarketplace" => matches!(
				call,
				b"fulfil_job"
					| b"refund_job" | b"remove_job"
					| b"pay_royalties"
					| b"withdraw_commitment"
					| b"slash_job" | b"advance_job"
					| b"cancel_job" | b"decline_job"
			),
			// Members lose bond where they cannot speak.
			b"Panel" => true,
			b"ConfidentialSettlement" => call == b"withdraw",
			b"Miners" => matches!(
				call,
				b"heartbeat" | b"pause_matching" | b"unbond" | b"leave" | b"withdraw_unbonded"
			),
			// By which an account that has no key of its own makes those calls.
			b"Multisig" => matches!(call, b"as_multi" | b"as_multi_threshold_1"),
			b"Proxy" => call == b"proxy",
			_ => false,
		}
	}
}

parameter_types! {
	/// Nobody can buy safe mode: whoever stops a chain that pays for work gains by it.
	pub const NoDeposit: Option<Balance> = None;
	pub const NoRelease: Option<BlockNumber> = None;
}

impl pallet_safe_mode::Config for Runtime {
	type Currency = Balances;
	type EnterDepositAmount = NoDeposit;
	type EnterDuration = ConstU32<0>;
	type ExtendDepositAmount = NoDeposit;
	type ExtendDuration = ConstU32<0>;
	type ForceDepositOrigin = EnsureRoot<AccountId>;
	type ForceEnterOrigin = EnsureRootWithSuccess<AccountId, ConstU32<DAYS>>;
	type ForceExitOrigin = EnsureRoot<AccountId>;
	type ForceExtendOrigin = EnsureRootWithSuccess<AccountId, ConstU32<DAYS>>;
	type Notify = ();
	type ReleaseDelay = NoRelease;
	type RuntimeEvent = RuntimeEvent;
	type RuntimeHoldReason = RuntimeHoldReason;
	type WeightInfo = pallet_safe_mode::weights::SubstrateWeight<Runtime>;
	type WhitelistedCalls = GoesOnInSafeMode;
}

impl pallet_tx_pause::Config for Runtime {
	type MaxNameLen = ConstU32<64>;
	type PauseOrigin = EnsureRoot<AccountId>;
	type RuntimeCall = RuntimeCall;
	type RuntimeEvent = RuntimeEvent;
	type UnpauseOrigin = EnsureRoot<AccountId>;
	type WeightInfo = pallet_tx_pause::weights::SubstrateWeight<Runtime>;
	type WhitelistedCalls = NeverPaused;
}
