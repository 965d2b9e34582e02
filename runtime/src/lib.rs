//! The Quittance runtime: which pallets make up the chain, and in which order.
//!
//! This file composes; how each pallet is configured is in [`configs`], one file per area, the
//! runtime APIs are in [`apis`], and the genesis presets in [`presets`].

#![cfg_attr(not(feature = "std"), no_std)]
#![forbid(unsafe_code)]
// `#[frame_support::runtime]` recurses once per pallet and part.
#![recursion_limit = "256"]

extern crate alloc;

#[cfg(feature = "runtime-benchmarks")]
#[macro_use]
mod benchmarks;

pub mod apis;
pub mod authorisation;
pub mod configs;
pub mod constants;
pub mod presets;
#[cfg(feature = "std")]
pub mod signing;
#[cfg(test)]
mod tests;
pub mod weights;

use alloc::{borrow::Cow, vec::Vec};
use polkadot_sdk::*;
use sp_runtime::{
	generic, impl_opaque_keys,
	traits::{BlakeTwo256, IdentifyAccount, Verify},
	MultiAddress, MultiSignature,
};
use sp_version::RuntimeVersion;

#[cfg(feature = "std")]
include!(concat!(env!("OUT_DIR"), "/wasm_binary.rs"));

/// The runtime's version. `spec_version` rises with every release that changes behaviour,
/// `transaction_version` with every change of the calls' or the extensions' encoding.
#[sp_version::runtime_version]
pub const VERSION: RuntimeVersion = RuntimeVersion {
	spec_name: Cow::Borrowed("quittance"),
	impl_name: Cow::Borrowed("quittance"),
	authoring_version: 1,
	spec_version: 1,
	impl_version: 1,
	apis: apis::RUNTIME_API_VERSIONS,
	transaction_version: 1,
	system_version: 1,
};

/// A signature by one of the account key types: sr25519, ed25519 or ECDSA.
pub type Signature = MultiSignature;
/// An account, derived from its public key.
pub type AccountId = <<Signature as Verify>::Signer as IdentifyAccount>::AccountId;
/// An account as it is named in an extrinsic.
pub type Address = MultiAddress<AccountId, ()>;
/// An amount of money, in plancks ([`constants::currency`]).
pub type Balance = u128;
/// The height of a block.
pub type BlockNumber = u32;
/// The number of transactions an account has sent.
pub type Nonce = u32;
/// A block's or an extrinsic's hash.
pub type Hash = sp_core::H256;
/// The chain's hash function.
pub type Hashing = BlakeTwo256;
/// A block's header.
pub type Header = generic::Header<BlockNumber, Hashing>;
/// A block.
pub type Block = generic::Block<Header, UncheckedExtrinsic>;
/// An extrinsic before its signature has been checked.
pub type UncheckedExtrinsic =
	generic::UncheckedExtrinsic<Address, RuntimeCall, Signature, TxExtension>;
/// What is signed in an extrinsic.
pub type SignedPayload = generic::SignedPayload<RuntimeCall, TxExtension>;

/// Types for the node, which carries extrinsics without decoding them, so that it need not be
/// replaced when their format changes.
pub mod opaque {
	use super::Header;
	use polkadot_sdk::sp_runtime::{generic, OpaqueExtrinsic};

	/// A block as the node sees it.
	pub type Block = generic::Block<Header, OpaqueExtrinsic>;
}

/// What a transaction carries besides its call, checked in this order: authorisation and cheap
/// rejections first, the fee once the transaction is known to be valid, and the unused weight given
/// back last. Clients encode by this order, so a change needs a new `transaction_version`.
pub type TxExtension = (
	authorisation::AuthorizeOneForm,
	frame_system::CheckNonZeroSender<Runtime>,
	frame_system::CheckSpecVersion<Runtime>,
	frame_system::CheckTxVersion<Runtime>,
	frame_system::CheckGenesis<Runtime>,
	frame_system::CheckMortality<Runtime>,
	frame_system::CheckNonce<Runtime>,
	frame_system::CheckWeight<Runtime>,
	pallet_transaction_payment::ChargeTransactionPayment<Runtime>,
	frame_metadata_hash_extension::CheckMetadataHash<Runtime>,
	frame_system::WeightReclaim<Runtime>,
);

/// Executes blocks.
pub type Executive = frame_executive::Executive<
	Runtime,
	Block,
	frame_system::ChainContext<Runtime>,
	Runtime,
	AllPalletsWithSystem,
>;

impl_opaque_keys! {
	/// The keys a validator signs with, apart from its account.
	pub struct SessionKeys {
		/// Authors blocks.
		pub babe: Babe,
		/// Votes on finality.
		pub grandpa: Grandpa,
		/// Signs the addresses under which other validators find this one.
		pub authority_discovery: AuthorityDiscovery,
	}
}

/// The chain's pallets.
///
/// An index is part of every encoded call, event and error, and never changes; the ranges leave
/// room for each area to grow. Their order is also that of the genesis, of hooks and of inherents:
/// the timestamp before everything that reads it, BABE before the sessions it rotates, authorship
/// before the session in which the author is looked up (the first block of a session counts for
/// whoever had that seat in the session before), staking before the session whose genesis
/// asks it for the first validators, BABE's epochs, safe mode and paused calls before the marketplace,
/// which counts the blocks in which jobs stand still, and the miners, of which each epoch is asked
/// whether heartbeats can come in, and BABE before the panels, which are drawn by its authors' outputs.
#[frame_support::runtime]
mod runtime {
	#[runtime::runtime]
	#[runtime::derive(
		RuntimeCall,
		RuntimeEvent,
		RuntimeError,
		RuntimeOrigin,
		RuntimeFreezeReason,
		RuntimeHoldReason,
		RuntimeSlashReason,
		RuntimeLockId,
		RuntimeTask,
		RuntimeViewFunction
	)]
	pub struct Runtime;

	// 0..: the system, time and money.
	#[runtime::pallet_index(0)]
	pub type System = frame_system::Pallet<Runtime>;
	#[runtime::pallet_index(1)]
	pub type Timestamp = pallet_timestamp::Pallet<Runtime>;
	#[runtime::pallet_index(2)]
	pub type Balances = pallet_balances::Pallet<Runtime>;
	#[runtime::pallet_index(3)]
	pub type TransactionPayment = pallet_transaction_payment::Pallet<Runtime>;

	// 10..: consensus and staking.
	#[runtime::pallet_index(10)]
	pub type Babe = pallet_babe::Pallet<Runtime>;
	#[runtime::pallet_index(11)]
	pub type Authorship = pallet_authorship::Pallet<Runtime>;
	#[runtime::pallet_index(12)]
	pub type Staking = pallet_staking::Pallet<Runtime>;
	#[runtime::pallet_index(13)]
	pub type VoterList = pallet_bags_list::Pallet<Runtime, Instance1>;
	#[runtime::pallet_index(14)]
	pub type Session = pallet_session::Pallet<Runtime>;
	#[runtime::pallet_index(15)]
	pub type Historical = pallet_session::historical::Pallet<Runtime>;
	#[runtime::pallet_index(16)]
	pub type Grandpa = pallet_grandpa::Pallet<Runtime>;
	#[runtime::pallet_index(17)]
	pub type Offences = pallet_offences::Pallet<Runtime>;
	#[runtime::pallet_index(18)]
	pub type AuthorityDiscovery = pallet_authority_discovery::Pallet<Runtime>;

	// 20..: governance and emergencies.
	#[runtime::pallet_index(20)]
	pub type Sudo = pallet_sudo::Pallet<Runtime>;
	#[runtime::pallet_index(21)]
	pub type Treasury = pallet_treasury::Pallet<Runtime>;
	#[runtime::pallet_index(23)]
	pub type Preimage = pallet_preimage::Pallet<Runtime>;
	#[runtime::pallet_index(24)]
	pub type Parameters = pallet_parameters::Pallet<Runtime>;
	#[runtime::pallet_index(25)]
	pub type SafeMode = pallet_safe_mode::Pallet<Runtime>;
	#[runtime::pallet_index(26)]
	pub type TxPause = pallet_tx_pause::Pallet<Runtime>;

	// 30..: what accounts can do together or for each other.
	#[runtime::pallet_index(30)]
	pub type Utility = pallet_utility::Pallet<Runtime>;
	#[runtime::pallet_index(31)]
	pub type Proxy = pallet_proxy::Pallet<Runtime>;
	#[runtime::pallet_index(32)]
	pub type Multisig = pallet_multisig::Pallet<Runtime>;

	// 40..: Quittance's own pallets. The indices of the receipts pallet and of confidential settlement are
	// part of every header that a proof is made for.
	#[runtime::pallet_index(40)]
	pub type ZkReceipts = pallet_zk_receipts::Pallet<Runtime>;
	#[runtime::pallet_index(41)]
	pub type ModelMarketplace = pallet_model_marketplace::Pallet<Runtime>;
	#[runtime::pallet_index(42)]
	pub type Miners = pallet_miners::Pallet<Runtime>;
	#[runtime::pallet_index(43)]
	pub type Panel = pallet_panel::Pallet<Runtime>;
	#[runtime::pallet_index(44)]
	pub type ConfidentialSettlement = pallet_confidential_settlement::Pallet<Runtime>;
	// What a block has attested is complete when it ends, and the range takes it when the next one begins: these two
	// could stand anywhere.
	#[runtime::pallet_index(45)]
	pub type Attestations = pallet_attestations::Pallet<Runtime>;
	#[runtime::pallet_index(46)]
	pub type Mmr = pallet_mmr::Pallet<Runtime>;

	// 250..: what comes last, since hooks run by index. Scheduled calls, which may pause jobs or change
	// miners, find job time and the draws of the block as all its transactions do.
	#[runtime::pallet_index(250)]
	pub type Scheduler = pallet_scheduler::Pallet<Runtime>;
}
