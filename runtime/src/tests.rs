//! What must not change by accident, and how the parts behave together.

mod accounts;
mod attestations;
mod chain;
mod emergency;
mod fees;
mod fuzz;
mod genesis;
mod identity;
mod jobs;
mod miners;
mod panel;
mod pool;
mod privacy;
mod private_jobs;
mod rewards;
mod sessions;
mod staking;
mod weights;

use crate::{presets, Runtime, RuntimeGenesisConfig};
use polkadot_sdk::{sp_io::TestExternalities, sp_runtime::BuildStorage};
use serde_json::Value;

/// Merges `patch` into `target` as RFC 7386 says, which is what a chain specification does with a
/// preset.
fn merge(target: &mut Value, patch: Value) {
	match (target, patch) {
		(Value::Object(target), Value::Object(patch)) => {
			for (key, value) in patch {
				if value.is_null() {
					target.remove(&key);
				} else {
					merge(target.entry(key).or_insert(Value::Null), value);
				}
			}
		},
		(target, patch) => *target = patch,
	}
}

/// The full genesis of a preset.
fn genesis_of(preset: &str) -> RuntimeGenesisConfig {
	let patch = presets::get_preset(&preset.into()).expect("the preset exists");
	let mut config = serde_json::to_value(RuntimeGenesisConfig::default()).expect("serialises");
	merge(&mut config, serde_json::from_slice(&patch).expect("a preset is JSON"));
	serde_json::from_value(config).expect("a preset patches the genesis without unknown fields")
}

/// A chain of this preset, at its genesis.
fn new_chain(preset: &str) -> TestExternalities {
	genesis_of(preset).build_storage().expect("the genesis builds").into()
}

/// What must hold in every state: of our own pallets always, of all pallets where the SDK's checks
/// are compiled in.
fn check_invariants() {
	pallet_zk_receipts::Pallet::<Runtime>::do_try_state().expect("receipts");
	pallet_model_marketplace::Pallet::<Runtime>::do_try_state().expect("marketplace");
	pallet_miners::Pallet::<Runtime>::do_try_state().expect("miners");
	pallet_panel::Pallet::<Runtime>::do_try_state().expect("panels");
	pallet_confidential_settlement::Pallet::<Runtime>::do_try_state().expect("the pool");
	pallet_attestations::Pallet::<Runtime>::do_try_state().expect("attestations");
	// No pallet sees both sides.
	let jobs = pallet_model_marketplace::Jobs::<Runtime>::iter_values();
	let private = jobs.filter_map(|record| record.live()).filter(|job| job.private.is_some());
	let escrows = pallet_confidential_settlement::PoolTotals::<Runtime>::get().escrows();
	assert_eq!(escrows, Some(private.count() as u64), "an escrow for each living private job");
	#[cfg(feature = "try-runtime")]
	{
		use polkadot_sdk::frame_support::traits::{TryState, TryStateSelect};
		crate::AllPalletsWithSystem::try_state(crate::System::block_number(), TryStateSelect::All)
			.expect("every pallet");
	}
}
