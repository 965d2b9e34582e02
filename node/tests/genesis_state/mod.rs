//! A chain whose genesis is a state that was made here. For the test `attestations` and the benchmark
//! `receipts-finalised`.

use polkadot_sdk::*;
use serde_json::Value;
use sp_core::storage::{StorageData, StorageKey};
use sp_io::TestExternalities;
use std::{collections::BTreeMap, iter::successors, process::Command};

/// The node's own specification of the development chain, under another id and with this state as its genesis.
pub fn specification(program: &str, id: &str, state: &mut TestExternalities) -> Vec<u8> {
	let exported = Command::new(program)
		.args(["export-chain-spec", "--chain=dev", "--raw"])
		.output()
		.expect("the node starts");
	assert!(exported.status.success(), "{}", String::from_utf8_lossy(&exported.stderr));
	let mut specification: Value =
		serde_json::from_slice(&exported.stdout).expect("the node writes JSON");
	specification["id"] = id.into();

	let pairs: BTreeMap<StorageKey, StorageData> = state.execute_with(|| {
		successors(sp_io::storage::next_key(&[]), |key| sp_io::storage::next_key(key))
			.map(|key| {
				let value = sp_io::storage::get(&key).expect("the key is in the state");
				(StorageKey(key), StorageData(value.to_vec()))
			})
			.collect()
	});
	let top = specification.pointer_mut("/genesis/raw/top").expect("the specification is raw");
	*top = serde_json::to_value(pairs).expect("keys and values are strings");
	serde_json::to_vec(&specification).expect("it was JSON")
}
