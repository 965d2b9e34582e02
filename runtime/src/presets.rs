//! The genesis presets, from which chain specifications are made.
//!
//! Every key in them is derived from a published phrase: they are for development and tests. The
//! genesis of a chain with value is a JSON file of its own.

use crate::{
	configs::{consensus::BABE_GENESIS_EPOCH_CONFIG, staking::MAX_CANDIDATES},
	constants::currency::QTC,
	AccountId, BabeConfig, BalancesConfig, RuntimeGenesisConfig, SessionConfig, SessionKeys,
	StakingConfig, SudoConfig, ZkReceiptsConfig,
};
use alloc::{vec, vec::Vec};
use polkadot_sdk::{
	frame_support::build_struct_json_patch,
	pallet_staking::StakerStatus,
	sp_genesis_builder::PresetId,
	sp_keyring::{Ed25519Keyring, Sr25519Keyring},
	sp_runtime::Perbill,
};
use quittance_babyjubjub::SecretKey;
use quittance_types::{development_issuer_seed, FieldBytes};
use serde_json::Value;

/// One validator, Alice, who also holds the sudo key.
pub const DEVELOPMENT: &str = "development";
/// Four validators, Alice to Dave, and no sudo key. Three must be up for finality.
pub const LOCAL: &str = "local";
/// Two validators, Alice and Bob, and no sudo key: the smallest chain on which finality needs the
/// network. For tests.
pub const PAIR: &str = "pair";

/// What each well-known account is endowed with.
const ENDOWMENT: u128 = 1_000_000 * QTC;

/// What each validator of a preset has at stake, out of its endowment.
const STAKE: u128 = 100_000 * QTC;

/// The most validators that are elected in a preset's chain.
const VALIDATOR_SEATS: u32 = 16;

/// A validator's name in both key types.
type Validator = (Sr25519Keyring, Ed25519Keyring);

const ALICE: Validator = (Sr25519Keyring::Alice, Ed25519Keyring::Alice);
const BOB: Validator = (Sr25519Keyring::Bob, Ed25519Keyring::Bob);
const CHARLIE: Validator = (Sr25519Keyring::Charlie, Ed25519Keyring::Charlie);
const DAVE: Validator = (Sr25519Keyring::Dave, Ed25519Keyring::Dave);

/// An issuer as the genesis of the receipts pallet lists it: account, sr25519 key, and x and y of
/// its BabyJubJub key.
type GenesisIssuer = (AccountId, [u8; 32], ([u8; 32], [u8; 32]));

/// The development issuer of this name. Its BabyJubJub key is made from the published phrase as
/// `quittance issuer run --key //Name` makes it.
fn issuer(name: Sr25519Keyring, uri: &str) -> GenesisIssuer {
	let key = SecretKey::from_seed(&development_issuer_seed(uri)).public();
	let coordinates = (FieldBytes::from(key.x()).0, FieldBytes::from(key.y()).0);
	(name.to_account_id(), name.public().0, coordinates)
}

fn genesis(validators: &[Validator], sudo: Option<AccountId>) -> Value {
	let balances = Sr25519Keyring::well_known()
		.map(|account| (account.to_account_id(), ENDOWMENT))
		.collect::<Vec<_>>();
	let keys = validators
		.iter()
		.map(|(account, finality)| {
			let id = account.to_account_id();
			let keys = SessionKeys {
				babe: account.public().into(),
				grandpa: finality.public().into(),
				authority_discovery: account.public().into(),
			};
			(id.clone(), id, keys)
		})
		.collect::<Vec<_>>();

	let stakers = validators
		.iter()
		.map(|(account, _)| {
			let id = account.to_account_id();
			(id.clone(), id, STAKE, StakerStatus::Validator)
		})
		.collect::<Vec<_>>();

	// Dave checks and signs receipts on every chain with published keys. Such a chain is one for
	// development: keys of a development setup may carry its worthless money.
	let zk_receipts =
		ZkReceiptsConfig { development_chain: true, issuers: vec![issuer(DAVE.0, "//Dave")] };

	build_struct_json_patch!(RuntimeGenesisConfig {
		balances: BalancesConfig { balances },
		babe: BabeConfig { epoch_config: BABE_GENESIS_EPOCH_CONFIG },
		session: SessionConfig { keys },
		staking: StakingConfig {
			validator_count: VALIDATOR_SEATS,
			minimum_validator_count: 1,
			max_validator_count: Some(MAX_CANDIDATES),
			stakers,
			// Nobody is exempt from slashing.
			invulnerables: Vec::new(),
			slash_reward_fraction: Perbill::from_percent(10),
			min_nominator_bond: 10 * QTC,
			min_validator_bond: 1_000 * QTC,
		},
		sudo: SudoConfig { key: sudo },
		zk_receipts,
	})
}

/// The preset of this name, as a JSON patch of the default genesis.
pub fn get_preset(id: &PresetId) -> Option<Vec<u8>> {
	let patch = match id.as_str() {
		DEVELOPMENT => genesis(&[ALICE], Some(Sr25519Keyring::Alice.to_account_id())),
		LOCAL => genesis(&[ALICE, BOB, CHARLIE, DAVE], None),
		PAIR => genesis(&[ALICE, BOB], None),
		_ => return None,
	};
	serde_json::to_vec(&patch).ok()
}

/// The names of all presets.
pub fn preset_names() -> Vec<PresetId> {
	vec![DEVELOPMENT.into(), LOCAL.into(), PAIR.into()]
}
