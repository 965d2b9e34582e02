//! docs/vectors/poseidon.json and docs/vectors/tree.json, which other implementations read too.

use ark_bn254::Fr;
use quittance_poseidon::{hash_slice, tag, tree, Native};
use serde_json::Value;
use std::{collections::BTreeSet, str::FromStr};

fn parse(text: &str) -> Value {
	serde_json::from_str(text).expect("the vectors are JSON")
}

fn list(value: &Value) -> &[Value] {
	value.as_array().expect("a list")
}

fn element(value: &Value) -> Fr {
	Fr::from_str(value.as_str().expect("a decimal string")).expect("a decimal below the order")
}

fn elements(value: &Value) -> Vec<Fr> {
	list(value).iter().map(element).collect()
}

fn number(value: &Value) -> u64 {
	value.as_u64().expect("a number")
}

#[test]
fn poseidon() {
	let vectors = parse(include_str!("../../../docs/vectors/poseidon.json"));
	let mut lengths = BTreeSet::new();
	for vector in list(&vectors["hashes"]) {
		let inputs = elements(&vector["inputs"]);
		assert_eq!(hash_slice(&inputs), Some(element(&vector["hash"])), "{vector}");
		lengths.insert(inputs.len());
	}
	assert_eq!(lengths, (1..=16).collect());
	for vector in list(&vectors["tags"]) {
		assert_eq!(tag(vector["name"].as_str().unwrap()), element(&vector["element"]), "{vector}");
	}
}

#[test]
fn no_hash_of_nothing_or_of_seventeen() {
	assert_eq!(hash_slice(&[]), None);
	assert_eq!(hash_slice(&[Fr::from(1u8); 17]), None);
	assert!(hash_slice(&[Fr::from(1u8); 16]).is_some());
}

#[test]
fn tree() {
	let vectors = parse(include_str!("../../../docs/vectors/tree.json"));
	for vector in list(&vectors["trees"]) {
		let leaves = elements(&vector["leaves"]);
		let depth = u32::try_from(number(&vector["depth"])).unwrap();
		let root = element(&vector["root"]);
		assert_eq!(tree::root::<Native>(&leaves, depth), Some(root), "{vector}");
		for expected in list(&vector["paths"]) {
			let index = number(&expected["index"]);
			let siblings: Vec<_> = list(&expected["siblings"]).iter().map(elements).collect();
			let path = tree::path::<Native>(&leaves, depth, index).unwrap();
			assert_eq!(path.index, index);
			assert!(path.siblings.iter().map(Vec::from).eq(siblings), "{expected}");
			assert_eq!(path.root::<Native>(element(&expected["leaf"])), root);
		}
	}
}
