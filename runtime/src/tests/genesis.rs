//! The presets build, and hold what their documentation says.

use super::{genesis_of, new_chain};
use crate::{presets, *};
use frame_support::traits::fungible::Inspect;
use sp_keyring::Sr25519Keyring::{self, Alice, Bob, Charlie, Dave};

fn accounts(keyring: &[Sr25519Keyring]) -> Vec<AccountId> {
	keyring.iter().map(|key| key.to_account_id()).collect()
}

#[test]
fn every_preset_builds_with_authorities_for_both_engines() {
	let names = presets::preset_names();
	assert_eq!(names, ["development", "local", "pair"]);
	for name in names {
		new_chain(&name).execute_with(|| {
			let validators = Session::validators();
			assert!(!validators.is_empty(), "{name} has validators");
			assert_eq!(Babe::authorities().len(), validators.len(), "{name}: BABE");
			assert_eq!(Grandpa::grandpa_authorities().len(), validators.len(), "{name}: GRANDPA");
			for validator in &validators {
				assert!(Balances::balance(validator) > 0, "{name}: a validator can pay fees");
			}
		});
	}
}

#[test]
fn development_is_alice_alone_with_sudo() {
	new_chain(presets::DEVELOPMENT).execute_with(|| {
		assert_eq!(Session::validators(), accounts(&[Alice]));
		assert_eq!(pallet_sudo::Key::<Runtime>::get(), Some(Alice.to_account_id()));
	});
}

#[test]
fn other_presets_have_no_sudo_key() {
	for (preset, validators) in [
		(presets::LOCAL, accounts(&[Alice, Bob, Charlie, Dave])),
		(presets::PAIR, accounts(&[Alice, Bob])),
	] {
		new_chain(preset).execute_with(|| {
			assert_eq!(Session::validators(), validators);
			assert_eq!(pallet_sudo::Key::<Runtime>::get(), None);
		});
	}
}

#[test]
fn endowments_are_in_qtc() {
	new_chain(presets::LOCAL).execute_with(|| {
		assert_eq!(Balances::balance(&Alice.to_account_id()), 1_000_000 * 1_000_000_000_000);
	});
	assert_eq!(genesis_of(presets::LOCAL).balances.balances.len(), 12);
}

#[test]
fn unknown_preset_is_none() {
	assert_eq!(presets::get_preset(&"mainnet".into()), None);
	assert_eq!(presets::get_preset(&"".into()), None);
}

#[test]
fn published_issuers_are_in_office_on_development_chains() {
	use quittance_types::Issuers;
	for name in presets::preset_names() {
		new_chain(&name).execute_with(|| {
			assert!(pallet_zk_receipts::DevelopmentChain::<Runtime>::get());
			assert!(ZkReceipts::in_office(&Dave.to_account_id()));
			assert_eq!(pallet_zk_receipts::Issuers::<Runtime>::iter().count(), 1);
		});
	}
}

#[test]
fn every_preset_passes_try_state() {
	for name in presets::preset_names() {
		new_chain(&name).execute_with(|| {
			use pallet_model_marketplace::Pallet as Marketplace;
			use pallet_zk_receipts::Pallet as Receipts;
			Receipts::<Runtime>::do_try_state().expect("receipts");
			Marketplace::<Runtime>::do_try_state().expect("marketplace");
		});
	}
}

/// A bond must outlive every receipt that it stands for.
#[test]
fn issuers_are_bonded_longer_than_any_receipt_lives() {
	type Delay = <Runtime as pallet_zk_receipts::Config>::UnbondingDelay;
	let longest = <Runtime as pallet_model_marketplace::Config>::MaxTimeout::get()
		+ <Runtime as pallet_model_marketplace::Config>::RemovalExtension::get()
		+ <Runtime as pallet_zk_receipts::Config>::ReceiptLifetime::get();
	assert!(Delay::get() > longest);
}
