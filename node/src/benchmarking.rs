//! The blocks and extrinsics with which `benchmark overhead` and `benchmark extrinsic` measure.

use crate::service::FullClient;
use codec::Encode;
use frame_benchmarking_cli::ExtrinsicBuilder;
use polkadot_sdk::*;
use quittance_runtime::{constants::time::SLOT_MILLIS, signing, AccountId, Balance, RuntimeCall};
use sc_cli::Result;
use sc_client_api::BlockBackend;
use sp_consensus_babe::{
	digests::{PreDigest, SecondaryPlainPreDigest},
	BABE_ENGINE_ID,
};
use sp_inherents::{InherentData, InherentDataProvider};
use sp_keyring::Sr25519Keyring;
use sp_runtime::{DigestItem, OpaqueExtrinsic};
use std::sync::Arc;

/// A slot long after any genesis; the benchmarked block is its only one.
const SLOT: u64 = 300_000_000;

/// The inherents of the benchmarked block, and the digest that names its slot and author.
pub fn inherent_benchmark_data() -> Result<(InherentData, Vec<DigestItem>)> {
	let mut inherents = InherentData::new();
	let timestamp = sp_timestamp::InherentDataProvider::new((SLOT * SLOT_MILLIS).into());
	futures::executor::block_on(timestamp.provide_inherent_data(&mut inherents))
		.map_err(|error| format!("the timestamp inherent cannot be made: {error:?}"))?;

	let pre_digest = PreDigest::SecondaryPlain(SecondaryPlainPreDigest {
		authority_index: 0,
		slot: SLOT.into(),
	});
	Ok((inherents, vec![DigestItem::PreRuntime(BABE_ENGINE_ID, pre_digest.encode())]))
}

/// `call`, signed by Alice for this chain's genesis.
fn signed(
	client: &FullClient,
	nonce: u32,
	call: RuntimeCall,
) -> std::result::Result<OpaqueExtrinsic, &'static str> {
	let genesis = client.block_hash(0).ok().flatten().ok_or("the genesis block is not known")?;
	Ok(signing::signed(Sr25519Keyring::Alice, genesis, nonce, call).into())
}

/// Makes `System::remark` extrinsics, the cheapest there are.
pub struct RemarkBuilder {
	client: Arc<FullClient>,
}

impl RemarkBuilder {
	/// Extrinsics for the chain of `client`.
	pub fn new(client: Arc<FullClient>) -> Self {
		Self { client }
	}
}

impl ExtrinsicBuilder for RemarkBuilder {
	fn pallet(&self) -> &str {
		"system"
	}

	fn extrinsic(&self) -> &str {
		"remark"
	}

	fn build(&self, nonce: u32) -> std::result::Result<OpaqueExtrinsic, &'static str> {
		let call = RuntimeCall::System(frame_system::Call::remark { remark: Vec::new() });
		signed(&self.client, nonce, call)
	}
}

/// Makes `Balances::transfer_keep_alive` extrinsics.
pub struct TransferKeepAliveBuilder {
	client: Arc<FullClient>,
	to: AccountId,
	value: Balance,
}

impl TransferKeepAliveBuilder {
	/// Extrinsics for the chain of `client` that each send `value` plancks to `to`.
	pub fn new(client: Arc<FullClient>, to: AccountId, value: Balance) -> Self {
		Self { client, to, value }
	}
}

impl ExtrinsicBuilder for TransferKeepAliveBuilder {
	fn pallet(&self) -> &str {
		"balances"
	}

	fn extrinsic(&self) -> &str {
		"transfer_keep_alive"
	}

	fn build(&self, nonce: u32) -> std::result::Result<OpaqueExtrinsic, &'static str> {
		let call = RuntimeCall::Balances(pallet_balances::Call::transfer_keep_alive {
			dest: self.to.clone().into(),
			value: self.value,
		});
		signed(&self.client, nonce, call)
	}
}
