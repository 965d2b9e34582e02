//! Chain specifications, each made from a preset of the runtime.

use crate::service::ExtraHostFunctions;
use polkadot_sdk::*;
use quittance_runtime::{configs::system::SS58_PREFIX, opaque::Block, presets, WASM_BINARY};
use sc_chain_spec::{ChainSpecExtension, Properties};
use sc_service::ChainType;
use serde::{Deserialize, Serialize};

/// What a specification may hold beyond the genesis.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ChainSpecExtension)]
#[serde(rename_all = "camelCase")]
pub struct Extensions {
	/// Known hashes at heights where the chain has to follow one fork.
	pub fork_blocks: sc_client_api::ForkBlocks<Block>,
	/// Blocks never to be imported.
	pub bad_blocks: sc_client_api::BadBlocks<Block>,
	/// A finalized state from which light clients start (`sync_state_genSyncSpec` fills it in).
	pub light_sync_state: sc_sync_state_rpc::LightSyncStateExtension,
}

/// The chain specification of this node. The runtime that builds the genesis gets the same host
/// functions as the one that executes blocks.
pub type ChainSpec = sc_service::GenericChainSpec<Extensions, ExtraHostFunctions>;

/// The unit of money as wallets show it. The metadata hash contains the same figures.
fn properties() -> Properties {
	let mut properties = Properties::new();
	properties.insert("ss58Format".into(), SS58_PREFIX.into());
	properties.insert("tokenDecimals".into(), 12.into());
	properties.insert("tokenSymbol".into(), "QTC".into());
	properties
}

fn from_preset(
	name: &str,
	id: &str,
	chain_type: ChainType,
	preset: &str,
) -> Result<ChainSpec, String> {
	let wasm = WASM_BINARY.ok_or(
		"this node was built without its runtime (SKIP_WASM_BUILD): only a JSON file can be used \
		 as chain specification",
	)?;
	Ok(ChainSpec::builder(wasm, Extensions::default())
		.with_name(name)
		.with_id(id)
		.with_chain_type(chain_type)
		.with_protocol_id("quittance")
		.with_properties(properties())
		.with_genesis_config_preset_name(preset)
		.build())
}

/// The chain specification called `id`: one of the presets, or the path of a JSON file.
///
/// Without an id it is the `local` one, as in the SDK's commands.
pub fn load(id: &str) -> Result<ChainSpec, String> {
	match id {
		"dev" | presets::DEVELOPMENT => from_preset(
			"Quittance Development",
			"quittance_dev",
			ChainType::Development,
			presets::DEVELOPMENT,
		),
		"" | presets::LOCAL => {
			from_preset("Quittance Local", "quittance_local", ChainType::Local, presets::LOCAL)
		},
		presets::PAIR => {
			from_preset("Quittance Pair", "quittance_pair", ChainType::Local, presets::PAIR)
		},
		path => ChainSpec::from_json_file(path.into()),
	}
}
