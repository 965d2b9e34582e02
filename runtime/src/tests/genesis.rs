//! The presets build, and hold what their documentation says.

use super::{check_invariants, genesis_of, new_chain};
use crate::{constants::currency::QTC, presets, *};
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
			let (mut elected, mut expected) = (Session::validators(), validators);
			elected.sort();
			expected.sort();
			assert_eq!(elected, expected);
			assert_eq!(pallet_sudo::Key::<Runtime>::get(), None);
		});
	}
}

#[test]
fn endowments_are_in_qtc() {
	new_chain(presets::LOCAL).execute_with(|| {
		assert_eq!(Balances::total_balance(&Alice.to_account_id()), 1_000_000 * 1_000_000_000_000);
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
fn genesis_validators_are_staked_and_can_be_slashed() {
	for name in presets::preset_names() {
		new_chain(&name).execute_with(|| {
			let validators = Session::validators();
			assert_eq!(pallet_staking::Validators::<Runtime>::count() as usize, validators.len());
			assert!(pallet_staking::Invulnerables::<Runtime>::get().is_empty());
			for validator in validators {
				let ledger = Staking::ledger(validator.into()).expect("a validator is bonded");
				assert_eq!(ledger.active, 100_000 * QTC, "{name}");
			}
		});
	}
}

#[test]
fn every_preset_passes_try_state() {
	for name in presets::preset_names() {
		new_chain(&name).execute_with(check_invariants);
	}
}

/// What a tool asks of a runtime before an upgrade: migrations with their checks, and every pallet's
/// invariants on what comes out.
#[cfg(feature = "try-runtime")]
#[test]
fn every_preset_can_be_upgraded_to_this_runtime() {
	use frame_try_runtime::UpgradeCheckSelect;
	for name in presets::preset_names() {
		new_chain(&name).execute_with(|| {
			let weight = Executive::try_runtime_upgrade(UpgradeCheckSelect::All);
			let limit = crate::configs::system::RuntimeBlockWeights::get().max_block;
			assert!(weight.expect("the checks hold").all_lt(limit), "{name}");
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
