//! The vectors of docs/vectors/attestations.json, computed by a program that shares nothing with this crate.

use codec::{Decode, DecodeAll, Encode};
use quittance_attestations::{
	block_tree, AttestedBlock, Hash, Keccak256, Leaf, Level, Log, Message, Native, Path,
	RangeProof, Receipt, Statement, ENGINE_ID,
};
use serde_json::Value;

fn published() -> Value {
	// From the package, where cargo runs tests.
	let path = "../../docs/vectors/attestations.json";
	let text = std::fs::read_to_string(path).expect("the file is there");
	serde_json::from_str(&text).expect("the file is JSON")
}

fn list<'a>(value: &'a Value, name: &str) -> &'a [Value] {
	let list = value[name].as_array().unwrap_or_else(|| panic!("{name} is a list"));
	list
}

fn bytes(value: &Value) -> Vec<u8> {
	let text = value.as_str().and_then(|text| text.strip_prefix("0x")).expect("0x");
	let digits: Vec<_> = text.bytes().map(|digit| (digit as char).to_digit(16).unwrap()).collect();
	digits.chunks(2).map(|pair| (16 * pair[0] + pair[1]) as u8).collect()
}

fn hash(value: &Value) -> Hash {
	bytes(value).try_into().expect("32 bytes")
}

fn hashes(value: &Value, name: &str) -> Vec<Hash> {
	list(value, name).iter().map(hash).collect()
}

fn small<N: TryFrom<u64>>(value: &Value) -> N {
	let number = value.as_u64().and_then(|number| N::try_from(number).ok());
	number.unwrap_or_else(|| panic!("{value} is no number in range"))
}

fn decimal<N: std::str::FromStr>(value: &Value) -> N {
	let number = value.as_str().and_then(|text| text.parse().ok());
	number.unwrap_or_else(|| panic!("{value} is no number in range"))
}

fn receipt(fields: &Value) -> Receipt {
	Receipt {
		job: decimal(&fields["job"]),
		subject: hash(&fields["subject"]),
		miner: hash(&fields["miner"]),
		issuer: hash(&fields["issuer"]),
		level: match fields["level"].as_str() {
			Some("transparent") => Level::Transparent,
			Some("basic") => Level::Basic,
			Some("enhanced") => Level::Enhanced,
			other => panic!("{other:?}"),
		},
		amount: decimal(&fields["amount"]),
		nullifier: hash(&fields["nullifier"]),
		output: (!fields["output"].is_null()).then(|| hash(&fields["output"])),
	}
}

fn message(fields: &Value) -> Message {
	let statement = &fields["statement"];
	Message {
		target: small(&fields["target"]),
		sequence: decimal(&fields["sequence"]),
		sender: hash(&fields["sender"]),
		statement: match statement["receipt"].is_null() {
			false => Statement::Receipt(hash(&statement["receipt"])),
			true => Statement::Note(hash(&statement["note"])),
		},
		payload: hash(&fields["payload"]),
	}
}

#[test]
fn leaves_are_the_published_ones() {
	let published = published();
	assert_eq!(list(&published, "leaves").len(), 5);
	for vector in list(&published, "leaves") {
		let leaf: Leaf = match vector["receipt"].is_null() {
			false => receipt(&vector["receipt"]).into(),
			true => message(&vector["message"]).into(),
		};
		assert_eq!(leaf.encode(), bytes(&vector["encoded"]));
		assert_eq!(Leaf::decode_all(&mut &leaf.encode()[..]), Ok(leaf));
		assert_eq!(leaf.hash::<Native>(), hash(&vector["hash"]));
	}
}

/// What trees of the vectors are over.
fn leaf_hashes(count: u64) -> Vec<Hash> {
	(0..count).map(|number| Native::hash(format!("leaf {number}").as_bytes())).collect()
}

#[test]
fn trees_of_blocks_are_the_published_ones() {
	for tree in list(&published(), "blocks") {
		let (count, leaves) = (small(&tree["count"]), leaf_hashes(small(&tree["count"])));
		let root = hash(&tree["root"]);
		assert_eq!(block_tree::root::<Native>(&leaves), Some(root));
		for path in list(tree, "paths") {
			let (index, siblings) = (small(&path["index"]), hashes(path, "siblings"));
			assert_eq!(block_tree::siblings::<Native>(&leaves, index), Some(siblings.clone()));
			let leaf = leaves[index as usize];
			let by_path = block_tree::root_by_path::<Native>(&leaf, index, count, &siblings);
			assert_eq!(by_path, Some(root));
		}
	}
}

#[test]
fn ranges_are_the_published_ones() {
	for range in list(&published(), "ranges") {
		let leaves = small(&range["leaves"]);
		for proof in list(range, "proofs") {
			let index = small(&proof["index"]);
			let leaf = leaf_hashes(leaves)[index as usize];
			let proof = RangeProof { index, leaves, items: hashes(proof, "items") };
			assert_eq!(proof.root::<Native>(&leaf), Some(hash(&range["root"])), "{proof:?}");
		}
	}
}

fn path(fields: &Value) -> Path {
	let (block, range) = (&fields["block"], &fields["range"]);
	Path {
		leaf: Leaf::decode_all(&mut &bytes(&fields["leaf"])[..]).expect("a leaf"),
		index: small(&fields["index"]),
		siblings: hashes(fields, "siblings"),
		block: AttestedBlock {
			version: small(&block["version"]),
			number: small(&block["number"]),
			hash: hash(&block["hash"]),
			root: hash(&block["root"]),
			count: small(&block["count"]),
		},
		range: RangeProof {
			index: small(&range["index"]),
			leaves: small(&range["leaves"]),
			items: hashes(range, "items"),
		},
	}
}

#[test]
fn paths_are_the_published_ones() {
	let published = published();
	assert_eq!(list(&published, "paths").len(), 5);
	for vector in list(&published, "paths") {
		let path = path(&vector["path"]);
		assert_eq!(path.verify::<Native>(&hash(&vector["range_root"])), Ok(()));
		assert_eq!(Path::decode(&mut &path.encode()[..]), Ok(path));
	}
}

/// As nodes answer and files hold it.
#[cfg(feature = "serde")]
#[test]
fn paths_are_written_and_read_as_published() {
	for vector in list(&published(), "paths") {
		let published = &vector["path"];
		let read: Path = serde_json::from_value(published.clone()).expect("a path");
		assert_eq!(read, path(published));
		assert_eq!(serde_json::to_value(&read).unwrap(), *published);

		let refused = |change: fn(&mut Value)| {
			let mut changed = published.clone();
			change(&mut changed);
			let read = serde_json::from_value::<Path>(changed.clone());
			assert!(read.is_err(), "{changed}");
		};
		refused(|path| path["index"] = (-1).into());
		refused(|path| path["leaf"] = "0x".into());
		refused(|path| path["leaf"] = path["leaf"].as_str().unwrap()[2..].into());
		refused(|path| path["leaf"] = format!("{}00", path["leaf"].as_str().unwrap()).into());
		refused(|path| path["block"]["hash"] = "0x00".into());
		refused(|path| path["block"]["root"] = format!("0x{}", "zz".repeat(32)).into());
		refused(|path| path["range"]["items"] = vec!["0x00"].into());
		refused(|path| path["unheard_of"] = 1.into());
		refused(|path| path["block"]["unheard_of"] = 1.into());
		refused(|path| path["range"]["unheard_of"] = 1.into());
	}
}

#[test]
fn digest_items_are_the_published_ones() {
	for vector in list(&published(), "logs") {
		let log = match vector["range"].is_null() {
			false => Log::Range(hash(&vector["range"])),
			true => {
				let block = &vector["block"];
				Log::Block { root: hash(&block["root"]), count: small(&block["count"]) }
			},
		};
		// `Consensus` is Substrate's kind 4.
		assert_eq!((4u8, ENGINE_ID, log.encode()).encode(), bytes(&vector["digest_item"]));
	}
}
