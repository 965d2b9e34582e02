//! `quittance receipt path` and `verify-path`: that the chain has accepted a receipt, for somebody who does not ask it.

use crate::{
	amount::Amount,
	console::{Console, Report},
	document::{parse_hex, to_hex, Document, Node},
	failure::{Failure, Fault, SUCCESS},
	node::NodeAddress,
};
use clap::Args;
use quittance_attestations::{
	Anchor, AnchoredPath, AttestedBlock, Leaf, Level, Native, Path as LeafPath, PathRefusal,
	RangeProof, Receipt,
};
use quittance_client::{AccountId, Chain, ClientError, NoPath};
use quittance_types::JobId;
use serde::Serialize;
use serde_json::json;
use std::{
	ffi::OsString,
	path::{Path, PathBuf},
	time::{Duration, Instant},
};

/// The file's `format` field.
const FORMAT: &str = "quittance.receipt-path";

/// The version this program reads and writes.
const VERSION: u64 = 1;

/// What is added to the name of a receipt's file for that of its path.
const SUFFIX: &str = ".path";

/// How long the next final block is waited for, whose header is the first to know of a receipt.
const COVERED_WITHIN: Duration = Duration::from_secs(90);

/// Between two looks whether it has come.
const BETWEEN_LOOKS: Duration = Duration::from_secs(1);

/// Get a receipt's path: what shows to anybody that the chain has accepted it, without the chain.
#[derive(Args, Debug)]
pub struct GetPath {
	#[command(flatten)]
	node: NodeAddress,
	/// The job's number.
	job: JobId,
	/// Which receipt, where a block has several for the job: its nullifier.
	#[arg(long, value_name = "HEX", value_parser = parse_hex::<32>)]
	nullifier: Option<[u8; 32]>,
	/// The height of the block that accepted it. Without it the node looks for it; of a redundant job it finds the
	/// last one.
	#[arg(long, value_name = "NUMBER")]
	block: Option<u64>,
	/// Where to write the path.
	#[arg(long, value_name = "FILE")]
	save: Option<PathBuf>,
}

impl GetPath {
	/// Runs the command.
	pub async fn run(self, console: &Console) -> Result<u8, Failure> {
		let chain = self.node.connect().await?;
		let path = fetch(&chain, self.job, self.nullifier, self.block).await?;
		if let Some(file) = &self.save {
			path.write(file)?;
		}
		let saved = self.save.map(|file| file.display().to_string());
		console.report(&Shown { saved, ..Shown::of(&path) });
		Ok(SUCCESS)
	}
}

/// Verify a receipt's path. Without a node the root has to be one that you know to be the chain's.
#[derive(Args, Debug)]
pub struct VerifyPath {
	#[command(flatten)]
	node: NodeAddress,
	/// The path, as `receipt path` or `receipt submit` wrote it.
	#[arg(value_name = "FILE")]
	file: PathBuf,
	/// A root of the range from a final header. No node is asked then.
	#[arg(long, value_name = "HEX", conflicts_with = "node", value_parser = parse_hex::<32>)]
	root: Option<[u8; 32]>,
}

impl VerifyPath {
	/// Runs the command.
	pub async fn run(self, console: &Console) -> Result<u8, Failure> {
		let path = ReceiptPath::read(&self.file)?;
		match self.root {
			Some(root) => path.verify(&root)?,
			None => {
				let chain = self.node.connect().await?;
				path.ensure_anchored(&chain).await?;
				path.verify(&path.anchored.anchor.root)?;
			},
		}
		console.report(&Shown::of(&path));
		Ok(SUCCESS)
	}
}

/// A path to a receipt, with the chain that it is of.
#[derive(Clone, PartialEq, Eq, Debug)]
struct ReceiptPath {
	genesis: [u8; 32],
	anchored: AnchoredPath,
	receipt: Receipt,
}

fn refused(reason: impl Into<String>, detail: impl ToString) -> Failure {
	Failure::Refused { by: "verifier", reason: reason.into(), detail: detail.to_string() }
}

impl ReceiptPath {
	/// A node's answer, if it is about a receipt for this job.
	fn new(genesis: [u8; 32], anchored: AnchoredPath, job: JobId) -> Result<Self, Failure> {
		match anchored.path.leaf {
			Leaf::Receipt(receipt) if receipt.job == job => Ok(Self { genesis, anchored, receipt }),
			_ => Err(refused("AnotherLeaf", format!("it is no receipt for job {job}"))),
		}
	}

	/// Whether the receipt is under this root.
	fn verify(&self, root: &[u8; 32]) -> Result<(), Failure> {
		let verified = self.anchored.path.verify::<Native>(root);
		verified.map_err(|error| refused(format!("{error:?}"), error))
	}

	/// Whether the path leads to a final block of the chain, as a node knows it.
	async fn ensure_anchored(&self, chain: &Chain) -> Result<(), Failure> {
		if chain.genesis() != self.genesis {
			return Err(refused("AnotherChain", "the path is of another chain than the node's"));
		}
		let anchor = &self.anchored.anchor;
		let Some((block, root)) = chain.final_root(anchor.number).await? else {
			let detail = format!("the node has no final block {}", anchor.number);
			return Err(refused("NotFinal", detail));
		};
		if block.hash != anchor.hash {
			let detail = format!("block {} is another one on the chain", anchor.number);
			return Err(refused("AnotherBlock", detail));
		}
		match root == Some(anchor.root) {
			true => Ok(()),
			false => {
				let detail = format!("the header of block {} has another root", anchor.number);
				Err(refused("AnotherRoot", detail))
			},
		}
	}

	/// Writes the file.
	fn write(&self, file: &Path) -> Result<(), Failure> {
		let unwritable = |error| Failure::unavailable(format!("writing {}", file.display()), error);
		let path = serde_json::to_value(&self.anchored.path).map_err(unwritable)?;
		let anchor = serde_json::to_value(self.anchored.anchor).map_err(unwritable)?;
		let json = json!({
			"format": FORMAT,
			"version": VERSION,
			"genesis": to_hex(self.genesis),
			"path": path,
			"anchor": anchor,
		});
		std::fs::write(file, format!("{json:#}\n")).map_err(Failure::io("writing", file))
	}

	/// Reads the file. Only its form is judged, and that it is about a receipt.
	fn read(file: &Path) -> Result<Self, Failure> {
		let document = Document::read(file)?;
		let root = document.root();
		root.field("format")?.one_of(&[(FORMAT, ())])?;
		let version = root.field("version")?;
		if version.integer::<u64>()? != VERSION {
			return Err(version.fail(Fault::Unsupported, format!("expected {VERSION}")));
		}
		root.only(&["format", "version", "genesis", "path", "anchor"])?;
		let (path, anchor) = (root.field("path")?, root.field("anchor")?);
		path.only(&["leaf", "index", "siblings", "block", "range"])?;
		anchor.only(&["number", "hash", "root"])?;
		let (leaf, receipt) = receipt_leaf(&path.field("leaf")?)?;
		let block = path.field("block")?;
		block.only(&["version", "number", "hash", "root", "count"])?;
		let range = path.field("range")?;
		range.only(&["index", "leaves", "items"])?;
		let path = LeafPath {
			leaf,
			index: path.field("index")?.integer()?,
			siblings: hashes(&path.field("siblings")?)?,
			block: AttestedBlock {
				version: block.field("version")?.integer()?,
				number: block.field("number")?.integer()?,
				hash: block.field("hash")?.hex()?,
				root: block.field("root")?.hex()?,
				count: block.field("count")?.integer()?,
			},
			range: RangeProof {
				index: range.field("index")?.integer()?,
				leaves: range.field("leaves")?.integer()?,
				items: hashes(&range.field("items")?)?,
			},
		};
		let anchor = Anchor {
			number: anchor.field("number")?.integer()?,
			hash: anchor.field("hash")?.hex()?,
			root: anchor.field("root")?.hex()?,
		};
		let anchored = AnchoredPath { path, anchor };
		Ok(Self { genesis: root.field("genesis")?.hex()?, anchored, receipt })
	}
}

fn hashes(node: &Node<'_>) -> Result<Vec<[u8; 32]>, Failure> {
	node.items()?.iter().map(Node::hex).collect()
}

fn receipt_leaf(node: &Node<'_>) -> Result<(Leaf, Receipt), Failure> {
	// As a path says it, so that there is one way to read it.
	let leaf = Leaf::from_hex(node.text()?)
		.ok_or_else(|| node.fail(Fault::Invalid, "not the encoding of a leaf in hexadecimal"))?;
	match leaf {
		Leaf::Receipt(receipt) => Ok((leaf, receipt)),
		Leaf::Message(_) => Err(node.fail(Fault::Unsupported, "a message, expected a receipt")),
	}
}

/// The path of a job's receipt, verified, to a final block that the node's headers have.
async fn fetch(
	chain: &Chain,
	job: JobId,
	nullifier: Option<[u8; 32]>,
	block: Option<u64>,
) -> Result<ReceiptPath, Failure> {
	believed(chain, chain.receipt_path(job, nullifier, block).await?, job).await
}

/// A node's answer, once it has been verified against that node's own final headers.
async fn believed(chain: &Chain, answer: AnchoredPath, job: JobId) -> Result<ReceiptPath, Failure> {
	let path = ReceiptPath::new(chain.genesis(), answer, job)?;
	path.ensure_anchored(chain).await?;
	path.verify(&path.anchored.anchor.root)?;
	Ok(path)
}

/// Where the path of a receipt's file is kept.
fn beside(receipt: &Path) -> PathBuf {
	let mut name = OsString::from(receipt);
	name.push(SUFFIX);
	name.into()
}

/// A receipt that was accepted.
#[derive(Clone, Copy)]
pub struct Accepted {
	/// Its job.
	pub job: JobId,
	/// Its nullifier.
	pub nullifier: [u8; 32],
	/// The height of the block that accepted it.
	pub block: u64,
}

/// Keeps the path of a receipt that was just accepted beside its file. Waits for the next final block, whose header
/// is the first that knows of it, for so long after `begun`.
pub async fn keep(
	console: &Console,
	chain: &Chain,
	receipt: &Path,
	accepted: Accepted,
	begun: Instant,
) -> Result<PathBuf, Failure> {
	let waiting = console.spinner("getting the receipt's path, waiting for the next final block");
	let path = once_covered(chain, accepted, begun).await;
	waiting.finish_and_clear();
	let file = beside(receipt);
	path?.write(&file)?;
	Ok(file)
}

async fn once_covered(
	chain: &Chain,
	accepted: Accepted,
	begun: Instant,
) -> Result<ReceiptPath, Failure> {
	let Accepted { job, nullifier, block } = accepted;
	loop {
		let answer = chain.receipt_path(job, Some(nullifier), Some(block)).await;
		let not_yet =
			matches!(answer, Err(ClientError::NoPath(NoPath::Refused(PathRefusal::NotCovered))));
		if !not_yet || begun.elapsed() > COVERED_WITHIN {
			return believed(chain, answer?, job).await;
		}
		tokio::time::sleep(BETWEEN_LOOKS).await;
	}
}

/// What a path shows.
#[derive(Serialize)]
struct Shown {
	job: JobId,
	miner: String,
	issuer: String,
	level: &'static str,
	/// Hidden at the enhanced level.
	amount: Option<Amount>,
	subject: String,
	nullifier: String,
	/// Hidden in proofs.
	output: Option<String>,
	block: u64,
	block_hash: String,
	/// The block in whose header the root is.
	root_of: u64,
	root: String,
	saved: Option<String>,
}

impl Shown {
	fn of(path: &ReceiptPath) -> Self {
		let ReceiptPath { anchored: AnchoredPath { path, anchor }, receipt, .. } = path;
		Self {
			job: receipt.job,
			miner: AccountId(receipt.miner).to_string(),
			issuer: AccountId(receipt.issuer).to_string(),
			level: match receipt.level {
				Level::Transparent => "transparent",
				Level::Basic => "basic",
				Level::Enhanced => "enhanced",
			},
			amount: (receipt.level != Level::Enhanced).then_some(Amount(receipt.amount)),
			subject: to_hex(receipt.subject),
			nullifier: to_hex(receipt.nullifier),
			output: receipt.output.map(to_hex),
			block: path.block.number,
			block_hash: to_hex(path.block.hash),
			root_of: anchor.number,
			root: to_hex(anchor.root),
			saved: None,
		}
	}
}

impl Report for Shown {
	fn text(&self) -> String {
		let Self { job, miner, level, block, root_of, root, .. } = self;
		let amount = self.amount.map(|amount| format!(" worth {amount} QTC"));
		let amount = amount.unwrap_or_default();
		let saved = self.saved.as_ref().map(|file| format!(", written to {file}"));
		format!(
			"block {block} accepted a {level} receipt for job {job} by {miner}{amount}, \
			 under the root {root} in the header of block {root_of}{}",
			saved.unwrap_or_default()
		)
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use quittance_attestations::{block_tree, Message, Statement};
	use serde_json::Value;

	/// A path to the second of three receipts, in the last block of three.
	fn path() -> ReceiptPath {
		let receipt = |job| Receipt {
			job,
			subject: [1; 32],
			miner: [2; 32],
			issuer: [3; 32],
			level: Level::Transparent,
			amount: 4,
			nullifier: [5; 32],
			output: Some([6; 32]),
		};
		let leaves = [6, 7, 8].map(|job| Leaf::from(receipt(job)));
		let hashes = leaves.map(|leaf| leaf.hash::<Native>());
		let path = LeafPath {
			leaf: leaves[1],
			index: 1,
			siblings: block_tree::siblings::<Native>(&hashes, 1).unwrap(),
			block: AttestedBlock {
				version: 1,
				number: 2,
				hash: [9; 32],
				root: block_tree::root::<Native>(&hashes).unwrap(),
				count: 3,
			},
			range: RangeProof { index: 2, leaves: 3, items: vec![[8; 32]] },
		};
		let root = path.range.root::<Native>(&path.block.leaf_hash::<Native>()).unwrap();
		let anchor = Anchor { number: 3, hash: [7; 32], root };
		let anchored = AnchoredPath { path, anchor };
		ReceiptPath::new([0xAA; 32], anchored, 7).unwrap()
	}

	#[test]
	fn files_round_trip_and_are_kept_beside_the_receipt() {
		let folder = tempfile::tempdir().unwrap();
		let file = beside(&folder.path().join("receipt.json"));
		assert_eq!(file, folder.path().join("receipt.json.path"));
		path().write(&file).unwrap();
		assert_eq!(ReceiptPath::read(&file).unwrap(), path());
	}

	#[test]
	fn what_it_leads_to_is_verified() {
		let path = path();
		let root = path.anchored.anchor.root;
		path.verify(&root).unwrap();
		let reason = |failure: Failure| match failure {
			Failure::Refused { by: "verifier", reason, .. } => reason,
			other => panic!("{other:?}"),
		};
		assert_eq!(reason(path.verify(&[0; 32]).unwrap_err()), "NotInRange");
		let mut altered = path.clone();
		altered.anchored.path.index = 0;
		assert_eq!(reason(altered.verify(&root).unwrap_err()), "NotInBlock");
	}

	/// A node that answers with something else is not believed.
	#[test]
	fn another_leaf_is_no_path_to_the_receipt() {
		let AnchoredPath { path, anchor } = path().anchored;
		let of = |leaf| {
			let path = LeafPath { leaf, ..path.clone() };
			ReceiptPath::new([0xAA; 32], AnchoredPath { path, anchor }, 7)
		};
		let Leaf::Receipt(receipt) = path.leaf else { panic!("it is one") };
		assert!(of(path.leaf).is_ok());
		let statement = Statement::Note([0; 32]);
		let message =
			Message { target: 1, sequence: 7, sender: [0; 32], statement, payload: [0; 32] };
		for other in [Leaf::from(Receipt { job: 8, ..receipt }), message.into()] {
			assert_eq!(of(other).unwrap_err().code(), crate::failure::REFUSED);
		}
	}

	/// Every leaf of the file is needed, and has a type: without it, or with another type in its place, reading
	/// names the place.
	#[test]
	fn each_missing_or_mistyped_field_is_named() {
		let folder = tempfile::tempdir().unwrap();
		let file = folder.path().join("path");
		path().write(&file).unwrap();
		let json: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
		let read = |json: &Value| {
			std::fs::write(&file, json.to_string()).unwrap();
			match ReceiptPath::read(&file).unwrap_err() {
				Failure::Malformed { at: Some(at), fault, .. } => (at, fault),
				other => panic!("{other:?}"),
			}
		};
		let pointers = leaves(&json, String::new());
		assert_eq!(pointers.len(), 17, "{pointers:?}");
		for pointer in pointers {
			let (parent, name) = pointer.rsplit_once('/').unwrap();
			let place = format!("${}", parent.replace('/', "."));
			let mut without = json.clone();
			without.pointer_mut(parent).unwrap().as_object_mut().unwrap().remove(name);
			assert_eq!(read(&without), (place.clone(), Fault::Missing), "{pointer}");
			let mut mistyped = json.clone();
			*mistyped.pointer_mut(&pointer).unwrap() = json!({});
			assert_eq!(read(&mistyped), (format!("{place}.{name}"), Fault::WrongType));
			let mut longer = json.clone();
			let parent = longer.pointer_mut(parent).unwrap().as_object_mut().unwrap();
			parent.insert("unheard_of".into(), json!(1));
			assert_eq!(read(&longer), (place, Fault::Unknown));
		}
		let with = |pointer: &str, value: Value| {
			let mut changed = json.clone();
			*changed.pointer_mut(pointer).unwrap() = value;
			read(&changed)
		};
		assert_eq!(with("/version", json!(2)), ("$.version".into(), Fault::Unsupported));
		assert_eq!(with("/path/leaf", json!("0x07")), ("$.path.leaf".into(), Fault::Invalid));
		let item = "/path/range/items/0";
		assert_eq!(with(item, json!("0x00")), ("$.path.range.items[0]".into(), Fault::NotHex));
		let count = u64::from(u32::MAX) + 1;
		let place = "$.path.block.count".into();
		assert_eq!(with("/path/block/count", json!(count)), (place, Fault::OutOfRange));
		let statement = Statement::Note([0; 32]);
		let message =
			Message { target: 1, sequence: 7, sender: [0; 32], statement, payload: [0; 32] };
		let leaf = json!(Leaf::from(message).to_hex());
		assert_eq!(with("/path/leaf", leaf), ("$.path.leaf".into(), Fault::Unsupported));
	}

	fn leaves(value: &Value, path: String) -> Vec<String> {
		match value {
			Value::Object(fields) => fields
				.iter()
				.flat_map(|(name, value)| leaves(value, format!("{path}/{name}")))
				.collect(),
			_ => vec![path],
		}
	}
}
