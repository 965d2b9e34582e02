//! The RPC methods beyond those that every Substrate node has.
//!
//! The service itself adds the new JSON-RPC specification (`chainSpec_v1`, `chainHead_v1`,
//! `transaction_v1`) and the old one (`author`, `chain`, `state`, `system`).

use crate::{
	attestations::{Attestations, NodeChain},
	service::{FullBackend, FullClient, FullSelectChain, OffchainStorage, TransactionPool},
};
use jsonrpsee::RpcModule;
use polkadot_sdk::*;
use quittance_runtime::{opaque::Block, BlockNumber, Hash};
use sc_consensus_babe::BabeWorkerHandle;
use sc_consensus_babe_rpc::{Babe, BabeApiServer};
use sc_consensus_grandpa::{
	FinalityProofProvider, GrandpaJustificationStream, SharedAuthoritySet, SharedVoterState,
};
use sc_consensus_grandpa_rpc::{Grandpa, GrandpaApiServer};
use sc_rpc::SubscriptionTaskExecutor;
use sc_sync_state_rpc::{SyncState, SyncStateApiServer};
use sp_keystore::KeystorePtr;
use std::{error::Error, sync::Arc};

/// What the BABE methods need.
pub struct BabeDeps {
	/// Answers about epochs.
	pub worker: BabeWorkerHandle<Block>,
	/// Holds the keys whose slots are asked for.
	pub keystore: KeystorePtr,
}

/// What the GRANDPA methods need.
pub struct GrandpaDeps {
	/// The voters of the current set.
	pub authority_set: SharedAuthoritySet<Hash, BlockNumber>,
	/// Proves finality of past blocks.
	pub finality_proofs: Arc<FinalityProofProvider<FullBackend, Block>>,
	/// The justifications as they are made.
	pub justifications: GrandpaJustificationStream<Block>,
	/// The rounds in progress.
	pub voter_state: SharedVoterState,
}

/// What all methods need.
pub struct FullDeps {
	/// BABE's part.
	pub babe: BabeDeps,
	/// The chain's specification.
	pub chain_spec: Box<dyn sc_chain_spec::ChainSpec>,
	/// The chain.
	pub client: Arc<FullClient>,
	/// GRANDPA's part.
	pub grandpa: GrandpaDeps,
	/// What the chain has indexed, where that is turned on.
	pub indexed: Option<OffchainStorage>,
	/// The transactions waiting.
	pub pool: Arc<TransactionPool>,
	/// Finds the best chain.
	pub select_chain: FullSelectChain,
	/// Runs subscriptions.
	pub subscriptions: SubscriptionTaskExecutor,
}

/// All methods together.
pub fn create_full(deps: FullDeps) -> Result<RpcModule<()>, Box<dyn Error + Send + Sync>> {
	use pallet_transaction_payment_rpc::{TransactionPayment, TransactionPaymentApiServer};
	use substrate_frame_rpc_system::{System, SystemApiServer};

	let FullDeps { babe, chain_spec, client, grandpa, indexed, pool, select_chain, subscriptions } =
		deps;

	let mut module = RpcModule::new(());
	module.merge(System::new(client.clone(), pool).into_rpc())?;
	module.merge(TransactionPayment::new(client.clone()).into_rpc())?;
	module.merge(Attestations::new(NodeChain::new(client.clone(), indexed)).methods()?)?;
	module.merge(
		SyncState::new(
			chain_spec,
			client.clone(),
			grandpa.authority_set.clone(),
			babe.worker.clone(),
		)?
		.into_rpc(),
	)?;
	module.merge(Babe::new(client, babe.worker, babe.keystore, select_chain).into_rpc())?;
	module.merge(
		Grandpa::new(
			subscriptions,
			grandpa.authority_set,
			grandpa.voter_state,
			grandpa.justifications,
			grandpa.finality_proofs,
		)
		.into_rpc(),
	)?;
	Ok(module)
}
