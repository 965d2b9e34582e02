//! Every command that takes a file refuses a malformed one by name and place with exit code 2,
//! before it asks a node or writes anything. No node runs here: whatever got past its files would
//! end with exit code 3.

use assert_cmd::Command;
use quittance_cli::market::digits;
use quittance_groth16::corpus::Trapdoor;
use quittance_prover::snarkjs::key_to_json;
use quittance_zkml::{
	architecture::{Architecture, Extent, Layer},
	Classification, Network, OutputBlob,
};
use serde_json::{json, Value};
use std::{
	fs,
	os::unix::fs::PermissionsExt,
	path::{Path, PathBuf},
	sync::LazyLock,
};
use tempfile::TempDir;

/// Nobody listens there.
const NODE: &str = "ws://127.0.0.1:1";
const ID: &str = "0x0000000000000000000000000000000000000000000000000000000000000001";

const ALICE: &str = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";

/// A signature of the right length.
static POSSESSION: LazyLock<String> = LazyLock::new(|| format!("0x{}", "00".repeat(64)));

struct Folder(TempDir);

impl Folder {
	fn new() -> Self {
		Self(TempDir::new().unwrap())
	}

	fn path(&self, name: &str) -> PathBuf {
		self.0.path().join(name)
	}

	fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
		let path = self.path(name);
		fs::write(&path, content).unwrap();
		path
	}

	/// A file that only its owner can read.
	fn write_secret(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
		let path = self.write(name, content);
		fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
		path
	}

	fn names(&self) -> Vec<String> {
		let mut names: Vec<_> = fs::read_dir(self.0.path())
			.unwrap()
			.map(|entry| entry.unwrap().file_name().into_string().unwrap())
			.collect();
		names.sort();
		names
	}

	/// Runs a command that has to name a malformed `file`, and checks that it made no file.
	fn assert_malformed(&self, arguments: &[&str], file: &Path, at: Option<&str>, fault: &str) {
		let before = self.names();
		let error = failure(arguments, 2);
		assert_eq!(error["kind"], "malformed", "{arguments:?}");
		assert_eq!(error["input"], json!(file), "{arguments:?}");
		assert_eq!(error["at"], json!(at), "{arguments:?}: {error}");
		assert_eq!(error["fault"], fault, "{arguments:?}: {error}");
		assert_eq!(self.names(), before, "{arguments:?} left something behind");
	}
}

/// The error that a command reports, which has to end with `code`.
fn failure(arguments: &[&str], code: i32) -> Value {
	report(arguments, code)["error"].clone()
}

/// The report of a command, which has to end with `code`.
fn report(arguments: &[&str], code: i32) -> Value {
	let output = Command::cargo_bin("quittance")
		.unwrap()
		.args(arguments)
		.args(["--output", "json"])
		.output()
		.unwrap();
	assert_eq!(output.status.code(), Some(code), "{arguments:?}: {output:?}");
	serde_json::from_slice(&output.stdout).unwrap()
}

fn hex(bytes: &[u8]) -> String {
	let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
	format!("0x{digits}")
}

fn text(path: &Path) -> &str {
	path.to_str().unwrap()
}

#[test]
fn receipt_submit_and_check() {
	let folder = Folder::new();
	let file = folder.path("receipt.json");
	let valid = json!({
		"format": "quittance.submission",
		"version": 2,
		"job": 0,
		"miner": ID,
		"submitter": ID,
		"level": "transparent",
		"receipt": {
			"issuer": ID,
			"body": {
				"units": 1, "unit_price": "1", "amount": "1", "start": 1, "end": 1,
				"expires_at": 1, "serial": "1", "output": ID,
			},
			"signature": format!("0x{}", "00".repeat(64)),
		},
	});
	let changed = |pointer: &str, value: Value| {
		let mut json = valid.clone();
		*json.pointer_mut(pointer).unwrap() = value;
		json.to_string()
	};
	let cases = [
		("{".to_owned(), Some("line 1 column 1"), "NotJson"),
		("[]".into(), Some("$"), "WrongType"),
		("{}".into(), Some("$"), "Missing"),
		(changed("/format", json!("other")), Some("$.format"), "Unsupported"),
		(changed("/version", json!(1)), Some("$.version"), "Unsupported"),
		(changed("/job", json!(-1)), Some("$.job"), "WrongType"),
		(changed("/miner", json!("nobody")), Some("$.miner"), "NotAnAccount"),
		(changed("/submitter", json!("0x00")), Some("$.submitter"), "NotAnAccount"),
		(changed("/level", json!("enhanced")), Some("$.level"), "Unsupported"),
		(changed("/level", json!("basic")), Some("$.receipt"), "Unknown"),
		(changed("/receipt/body/amount", json!("01")), Some("$.receipt.body.amount"), "NotDecimal"),
		(changed("/receipt/body/units", json!(1.5)), Some("$.receipt.body.units"), "WrongType"),
		(changed("/receipt/signature", json!("0x00")), Some("$.receipt.signature"), "NotHex"),
	];
	let submit = ["receipt", "submit", "--node", NODE, "--key", "//Charlie", "--file", text(&file)];
	let check = ["receipt", "check", "--node", NODE, "--file", text(&file)];
	folder.assert_malformed(&submit, &file, None, "Unreadable");
	folder.assert_malformed(&check, &file, None, "Unreadable");
	for (content, at, fault) in &cases {
		folder.write("receipt.json", content);
		folder.assert_malformed(&submit, &file, *at, fault);
		folder.assert_malformed(&check, &file, *at, fault);
	}

	// The control: the unchanged file gets as far as the missing node.
	folder.write("receipt.json", valid.to_string());
	let output = Command::cargo_bin("quittance").unwrap().args(check).output().unwrap();
	assert_eq!(output.status.code(), Some(3), "{output:?}");

	// Of several, the malformed one is named; more than the chain takes together are too many.
	let other = folder.write("other.json", "{");
	let two = [submit.as_slice(), &["--file", text(&other)]].concat();
	folder.assert_malformed(&two, &other, Some("line 1 column 1"), "NotJson");
	let many = [submit.as_slice(), &["--file", text(&file)].repeat(32)].concat();
	folder.assert_malformed(&many, Path::new("--file"), None, "OutOfRange");

	let key = folder.path("key");
	let source = format!("@{}", text(&key));
	let mut submit = submit.to_vec();
	submit[5] = source.as_str();
	folder.assert_malformed(&submit, &key, None, "Key");
}

#[test]
fn receipt_verify_path() {
	let folder = Folder::new();
	let file = folder.path("receipt.json.path");
	let vectors = fs::read("../../docs/vectors/attestations.json").unwrap();
	let vectors: Value = serde_json::from_slice(&vectors).unwrap();
	let vector = &vectors["paths"][0];
	let valid = json!({
		"format": "quittance.receipt-path",
		"version": 1,
		"genesis": ID,
		"path": vector["path"],
		"anchor": { "number": 21, "hash": ID, "root": vector["range_root"] },
	});
	let changed = |pointer: &str, value: Value| {
		let mut json = valid.clone();
		*json.pointer_mut(pointer).unwrap() = value;
		json.to_string()
	};
	let cases = [
		("{".to_owned(), Some("line 1 column 1"), "NotJson"),
		("{}".into(), Some("$"), "Missing"),
		(changed("/format", json!("other")), Some("$.format"), "Unsupported"),
		(changed("/version", json!(2)), Some("$.version"), "Unsupported"),
		(changed("/path/leaf", json!("0x00")), Some("$.path.leaf"), "Invalid"),
		(changed("/path/siblings/0", json!("0x")), Some("$.path.siblings[0]"), "NotHex"),
		(changed("/path/block/count", json!(-1)), Some("$.path.block.count"), "WrongType"),
		(changed("/anchor/hash", json!(1)), Some("$.anchor.hash"), "WrongType"),
	];
	let verify = ["receipt", "verify-path", text(&file), "--node", NODE];
	folder.assert_malformed(&verify, &file, None, "Unreadable");
	for (content, at, fault) in &cases {
		folder.write("receipt.json.path", content);
		folder.assert_malformed(&verify, &file, *at, fault);
	}

	// The control: with a node it gets as far as the missing one, with a root it needs none.
	folder.write("receipt.json.path", valid.to_string());
	failure(&verify, 3);
	let root = vector["range_root"].as_str().unwrap();
	let offline = |root| ["receipt", "verify-path", text(&file), "--root", root];
	let verified = report(&offline(root), 0);
	assert_eq!((&verified["job"], &verified["block"]), (&json!(7), &json!(13)));
	let refused = failure(&offline(ID), 1);
	assert_eq!((&refused["by"], &refused["reason"]), (&json!("verifier"), &json!("NotInRange")));
	folder.write("receipt.json.path", changed("/path/index", json!(1)));
	assert_eq!(failure(&offline(root), 1)["reason"], "NotInBlock");
}

#[test]
fn model_register() {
	let folder = Folder::new();
	let licence = folder.write("licence", "free");
	let (file, blobs) = (folder.path("network"), folder.path("blobs"));
	let arguments = [
		"model",
		"register",
		"--node",
		NODE,
		"--key",
		"//Bob",
		"--name",
		"a",
		"--network",
		text(&file),
		"--licence",
		text(&licence),
		"--blobs",
		text(&blobs),
	];
	folder.assert_malformed(&arguments, &file, None, "Unreadable");
	let network = digits().unwrap().network.to_bytes();
	let mut foreign = network.clone();
	foreign[0] ^= 1;
	for content in [&b""[..], b"{}", b"quittance.network", &foreign, &network[..network.len() - 1]]
	{
		folder.write("network", content);
		folder.assert_malformed(&arguments, &file, None, "Invalid");
	}
	fs::File::create(&file).unwrap().set_len(1 << 40).unwrap();
	folder.assert_malformed(&arguments, &file, None, "TooLarge");
	folder.write("network", &network);
	let refused = |changes: &[&str], argument: &str| {
		let arguments = [arguments.as_slice(), changes].concat();
		folder.assert_malformed(&arguments, Path::new(argument), None, "Contradiction");
	};
	refused(&["--input-shape", "63"], "--input-shape");
	refused(&["--output-shape", "11"], "--output-shape");
	// One with a circuit can be offered with a proof; one that is too large for any cannot.
	failure(&[arguments.as_slice(), &["--price-proven", "1"]].concat(), 3);
	let layers = vec![Layer::Dense { outputs: 10, requantise: None }];
	let architecture = Architecture::new(Extent::vector(4000), layers).unwrap();
	let tensor = vec![0; architecture.tensor_bytes()];
	folder.write("network", Network::from_tensor(architecture, &tensor).unwrap().to_bytes());
	refused(&["--price-proven", "1"], "--price-proven");
	failure(&[arguments.as_slice(), &["--price-plain", "1"]].concat(), 3);
	fs::remove_file(&licence).unwrap();
	folder.assert_malformed(&arguments, &licence, None, "Unreadable");
}

/// Any other model than a network is described by its files and arguments.
#[test]
fn model_register_of_another_model() {
	let folder = Folder::new();
	let licence = folder.write("licence", "free");
	let (weights, layers) = (folder.path("weights"), folder.path("layers"));
	let blobs = folder.path("blobs");
	let with = |changes: &[&str]| {
		let mut arguments: Vec<String> = [
			"model",
			"register",
			"--node",
			NODE,
			"--key",
			"//Bob",
			"--name",
			"a",
			"--kind",
			"other",
			"--weights",
			text(&weights),
			"--architecture",
			text(&layers),
			"--licence",
			text(&licence),
			"--input-shape",
			"3,4",
			"--output-shape",
			"2",
			"--blobs",
			text(&blobs),
		]
		.map(Into::into)
		.to_vec();
		arguments.extend(changes.iter().map(|change| (*change).into()));
		arguments
	};
	let refused = |changes: &[&str], input: &Path, fault: &str| {
		let arguments = with(changes);
		let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
		folder.assert_malformed(&arguments, input, None, fault);
	};
	refused(&[], &weights, "Unreadable");
	folder.write("weights", "");
	refused(&[], &weights, "Invalid");
	folder.write("weights", [1; 10]);
	refused(&[], &layers, "Unreadable");
	folder.write("layers", "two");
	let argument =
		|changes: &[&str], input: &str, fault: &str| refused(changes, Path::new(input), fault);
	argument(&["--input-shape", "0"], "--input-shape", "OutOfRange");
	argument(&["--output-shape", "1,1,1,1,1,1,1,1"], "--output-shape", "OutOfRange");
	argument(&["--price-plain", "0"], "--price-plain", "OutOfRange");
	argument(&["--price-proven", "1"], "--price-proven", "Contradiction");
	argument(&["--price-fhe", "1"], "--price-fhe", "Contradiction");
	argument(&["--publish"], "--publish", "Contradiction");
	let royalty = format!("{ID}=50.0001");
	argument(&["--royalty", &royalty], "--royalty", "OutOfRange");
	let long = "a".repeat(257);
	argument(&["--uri", &long], "--uri", "TooLarge");
	let large = format!("0x{}", "ff".repeat(32));
	argument(&["--poseidon", &large], "--poseidon", "OutOfRange");
	// The control: all of it gets as far as the missing node.
	let arguments = with(&["--price-plain", "0.05QTC", "--publish"]);
	let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
	failure(&arguments, 3);
	assert_eq!(folder.names(), ["layers", "licence", "weights"]);
}

#[test]
fn miner_register() {
	let folder = Folder::new();
	let hot = folder.path("hot");
	let source = format!("@{}", text(&hot));
	let register = |changes: &[&str]| {
		let arguments = [
			"miner",
			"register",
			"--node",
			NODE,
			"--key",
			"//Charlie",
			"--hot-key",
			"//CharlieHot",
		];
		let mut arguments: Vec<String> = arguments.map(Into::into).to_vec();
		if !changes.contains(&"--endpoint") {
			arguments.extend(["--endpoint".into(), "http://127.0.0.1:1".into()]);
		}
		arguments.extend(changes.iter().map(|change| (*change).into()));
		arguments
	};
	let refused = |changes: &[&str], input: &str, fault: &str| {
		let arguments = register(changes);
		let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
		folder.assert_malformed(&arguments, Path::new(input), None, fault);
	};
	refused(&["--region", "Europe"], "--region", "Invalid");
	refused(&["--endpoint", "127.0.0.1:1"], "--endpoint", "Invalid");
	refused(&["--circuit", ID, "--circuit", ID], "--circuit", "Contradiction");
	refused(&["--level", "basic", "--level", "basic"], "--level", "Contradiction");
	let possession = ["miner", "possession", "--miner", ID, "--genesis", ID, "--hot-key", &source];
	folder.assert_malformed(&possession, &hot, None, "Key");
	// The control.
	let arguments = register(&["--bond", "100QTC", "--circuit", ID, "--region", "eu-west"]);
	failure(&arguments.iter().map(String::as_str).collect::<Vec<_>>(), 3);
}

/// What is signed for a hot key where the cold one is not needs neither a node nor the cold key.
#[test]
fn possession_needs_no_node() {
	let output = Command::cargo_bin("quittance")
		.unwrap()
		.args(["miner", "possession", "--hot-key", "//Hot", "--miner", ID, "--genesis", ID])
		.args(["--output", "json"])
		.output()
		.unwrap();
	assert_eq!(output.status.code(), Some(0), "{output:?}");
	let json: Value = serde_json::from_slice(&output.stdout).unwrap();
	assert_eq!(json["genesis"], ID);
	assert_eq!(json["possession"].as_str().unwrap().len(), 2 + 128);
}

#[test]
fn job_deliver_review_and_claim() {
	let folder = Folder::new();
	let (file, blobs) = (folder.path("file"), folder.path("blobs"));
	let common = ["--node", NODE, "--key", "//Bob"];
	let with = |command: &[&'static str]| [command, &common[..]].concat();
	let mut deliver = with(&["job", "deliver", "1"]);
	deliver.extend(["--file", text(&file), "--blobs", text(&blobs)]);
	let mut review = with(&["job", "review", "1", "--rating", "5"]);
	review.extend(["--text", text(&file)]);
	let mut claim = with(&["job", "claim-malformed", "1"]);
	claim.extend(["--file", text(&file)]);
	for arguments in [&deliver, &review, &claim] {
		folder.assert_malformed(arguments, &file, None, "Unreadable");
	}
	folder.write("file", "no output");
	folder.assert_malformed(&deliver, &file, None, "Invalid");
	folder.write("file", vec![0; 64 * 1024 + 1]);
	folder.assert_malformed(&claim, &file, None, "TooLarge");
	fs::File::create(&file).unwrap().set_len(1 << 40).unwrap();
	folder.assert_malformed(&review, &file, None, "TooLarge");
	// The control.
	folder.write("file", "no input");
	failure(&claim, 3);
	failure(&review, 3);
}

/// What a commitment opens to is looked at before anything else: with a damaged file there is nothing to open.
#[test]
fn job_commit_and_reveal() {
	let folder = Folder::new();
	let (file, secret) = (folder.path("output"), folder.path("secret.json"));
	let blobs = folder.path("blobs");
	let common = ["--node", NODE, "--key", "//Bob", "--file", text(&file)];
	let kept = ["--secret", text(&secret)];
	let commit = [&["job", "commit", "1"], &common[..], &kept].concat();
	let reveal = [&["job", "reveal"], &common[..], &kept, &["--blobs", text(&blobs)]].concat();
	folder.assert_malformed(&commit, &file, None, "Unreadable");
	folder.assert_malformed(&reveal, &secret, None, "Unreadable");

	folder.write("output", "no output");
	folder.assert_malformed(&commit, &file, None, "Invalid");
	let result = Classification { label: 3, logits: vec![4; 10] };
	let output = OutputBlob::new([1; 32], [2; 32], vec![result]).unwrap();
	folder.write("output", output.encode());
	let valid = json!({
		"format": "quittance.delivery-commitment",
		"version": 1,
		"genesis": ID,
		"job": 1,
		"miner": ID,
		"output": { "digest": hex(&output.digest()), "size": output.encode().len() },
		"salt": ID,
	});
	let changed = |pointer: &str, value: Value| {
		let mut json = valid.clone();
		*json.pointer_mut(pointer).unwrap() = value;
		json.to_string()
	};
	let cases = [
		("{".to_owned(), Some("line 1 column 1"), "NotJson"),
		("{}".into(), Some("$"), "Missing"),
		(changed("/format", json!("quittance.submission")), Some("$.format"), "Unsupported"),
		(changed("/version", json!(2)), Some("$.version"), "Unsupported"),
		(changed("/job", json!(-1)), Some("$.job"), "WrongType"),
		(changed("/output/size", json!(1u64 << 32)), Some("$.output.size"), "OutOfRange"),
		(changed("/salt", json!("0x00")), Some("$.salt"), "NotHex"),
	];
	for (content, at, fault) in &cases {
		folder.write_secret("secret.json", content);
		folder.assert_malformed(&commit, &secret, *at, fault);
		folder.assert_malformed(&reveal, &secret, *at, fault);
	}
	folder.write_secret("secret.json", valid.to_string());
	fs::set_permissions(&secret, fs::Permissions::from_mode(0o644)).unwrap();
	folder.assert_malformed(&reveal, &secret, None, "Key");

	// Another output than the one committed to.
	folder.write_secret("secret.json", changed("/output/digest", json!(ID)));
	folder.assert_malformed(&reveal, &file, None, "Contradiction");

	// The controls get as far as the missing node, and have stored nothing.
	folder.write_secret("secret.json", valid.to_string());
	failure(&reveal, 3);
	failure(&commit, 3);
	assert_eq!(folder.names(), ["output", "secret.json"]);
}

#[test]
fn job_commit_late() {
	let folder = Folder::new();
	let file = folder.path("receipt.json");
	let arguments = ["job", "commit-late", "--node", NODE, "--key", "//Bob", "--file", text(&file)];
	folder.assert_malformed(&arguments, &file, None, "Unreadable");
	folder.write("receipt.json", "{}");
	folder.assert_malformed(&arguments, &file, Some("$"), "Missing");
}

#[test]
fn panel_commit_and_reveal() {
	let folder = Folder::new();
	let secret = folder.path("secret.json");
	let common = ["--node", NODE, "--key", "//Bob", "--secret", text(&secret)];
	let commit = [&["panel", "commit", "1", "--wrong"], &common[..]].concat();
	let reveal = [&["panel", "reveal"], &common[..]].concat();
	folder.assert_malformed(&reveal, &secret, None, "Unreadable");
	let valid = json!({
		"format": "quittance.finding-commitment",
		"version": 1,
		"genesis": ID,
		"job": 1,
		"draw": 0,
		"member": ID,
		"finding": { "right": { "candidate": 0, "amount": "1" } },
		"salt": ID,
	});
	for (pointer, value, at, fault) in [
		("/draw", json!(256), "$.draw", "OutOfRange"),
		("/finding", json!("maybe"), "$.finding", "Unsupported"),
		("/finding/right/amount", json!("01"), "$.finding.right.amount", "NotDecimal"),
		("/member", json!("nobody"), "$.member", "NotAnAccount"),
	] {
		let mut json = valid.clone();
		*json.pointer_mut(pointer).unwrap() = value;
		folder.write_secret("secret.json", json.to_string());
		folder.assert_malformed(&commit, &secret, Some(at), fault);
		folder.assert_malformed(&reveal, &secret, Some(at), fault);
	}
	// The control; and without a file a commit makes none before it knows the panel.
	folder.write_secret("secret.json", valid.to_string());
	failure(&reveal, 3);
	fs::remove_file(&secret).unwrap();
	failure(&commit, 3);
	assert!(folder.names().is_empty());
}

/// What is asked is the worker that runs; nobody runs here.
#[test]
fn worker_status_and_watch_without_a_worker() {
	for command in ["status", "watch"] {
		let error = failure(&["worker", command, "--monitor", "127.0.0.1:1"], 3);
		assert_eq!(error["kind"], "unavailable");
		let detail = error["detail"].as_str().unwrap();
		assert!(detail.contains("Q-MO-003") && detail.contains("[monitor]"), "{detail}");
	}
}

#[test]
fn job_post() {
	let folder = Folder::new();
	let (file, scale) = (folder.path("samples.pb"), folder.path("scale.json"));
	let blobs = folder.path("blobs");
	let arguments = [
		"job",
		"post",
		"--node",
		NODE,
		"--key",
		"//Bob",
		"--model",
		ID,
		"--samples",
		text(&file),
		"--scale",
		text(&scale),
		"--count",
		"1",
		"--unit-price",
		"1",
		"--circuit",
		ID,
		"--issuer",
		ID,
		"--blobs",
		text(&blobs),
	];
	folder.assert_malformed(&arguments, &file, None, "Unreadable");
	let samples = "../zkml/models/digits-held-out.pb";
	folder.write("samples.pb", "no tensor");
	folder.assert_malformed(&arguments, &file, None, "Invalid");
	fs::copy(samples, &file).unwrap();
	let beyond = [arguments.as_slice(), &["--first", "360"]].concat();
	folder.assert_malformed(&beyond, &file, None, "OutOfRange");
	folder.assert_malformed(&arguments, &scale, None, "Unreadable");
	for content in [
		json!(7),
		json!({}),
		json!({ "input_exponent": 3 }),
		json!({ "input_exponent": 3, "logit_unit": 0.5 }),
		json!({ "input_exponent": 3, "logit_unit": "0" }),
		json!({ "input_exponent": 123, "logit_unit": "0.5" }),
	] {
		folder.write("scale.json", content.to_string());
		folder.assert_malformed(&arguments, &scale, None, "Invalid");
	}
	folder.write("scale.json", json!({ "input_exponent": 3, "logit_unit": "0.5" }).to_string());
	let refused = |changes: &[&'static str], argument: &str, fault: &str| {
		let arguments = [arguments.as_slice(), changes].concat();
		folder.assert_malformed(&arguments, Path::new(argument), None, fault);
	};
	let transparent = ["--level", "transparent"];
	refused(&transparent, "--circuit", "Contradiction");
	refused(&["--mode", "proven"], "--input-commitment", "Missing");
	refused(&["--lock-timeout", "0"], "--lock-timeout", "OutOfRange");
	refused(&["--lock-timeout", "601"], "--lock-timeout", "Contradiction");
	refused(&["--ramp-start", "200", "--ramp-length", "101"], "--ramp-length", "Contradiction");
	refused(&["--min-price", "0"], "--min-price", "OutOfRange");
	refused(&["--issuer", ID], "--issuer", "Contradiction");
	refused(&["--allow", ID, "--allow", ID], "--allow", "Contradiction");
	// The control: what posts and waits is refused in the same way, and gets as far.
	let mut run = arguments.to_vec();
	run[1] = "run";
	failure(&run, 3);
	refused(&["--min-price", "0"], "--min-price", "OutOfRange");
	let run = [run.as_slice(), &["--lock-timeout", "0"]].concat();
	folder.assert_malformed(&run, Path::new("--lock-timeout"), None, "OutOfRange");

	let key = folder.path("key");
	let source = format!("@{}", text(&key));
	let mut arguments = arguments.to_vec();
	arguments[5] = source.as_str();
	folder.assert_malformed(&arguments, &key, None, "Key");
}

#[test]
fn circuit_register_of_a_verifying_key() {
	let folder = Folder::new();
	let (vk, transcript) = (folder.path("vk.json"), folder.path("transcript"));
	let arguments = [
		"circuit",
		"register",
		"--node",
		NODE,
		"--key",
		"//Bob",
		"--schema",
		"a: b",
		"--vk",
		text(&vk),
	];
	folder.assert_malformed(&arguments, &vk, None, "Unreadable");
	folder.write("vk.json", "{}");
	folder.assert_malformed(&arguments, &vk, Some("$"), "Missing");
	folder.write("vk.json", r#"{"protocol":"groth16","curve":"bls12381"}"#);
	folder.assert_malformed(&arguments, &vk, Some("$.curve"), "Unsupported");
	let mut arguments = arguments.to_vec();
	arguments.extend(["--transcript", text(&transcript), "--contributions", "2", "--beacon", ID]);
	folder.assert_malformed(&arguments, &transcript, None, "Unreadable");
}

/// A key under which anybody could forge is refused by the chain's linter before a node is asked;
/// a sound one gets as far as the account's key.
#[test]
fn circuit_register_of_a_degenerate_key() {
	let folder = Folder::new();
	let key = folder.path("key");
	let source = format!("@{}", text(&key));
	let sound = Trapdoor::new(1, 1);
	let degenerate = Trapdoor { delta: sound.gamma, ..sound.clone() };
	let vk = folder.write("vk.json", key_to_json(&degenerate.key()).to_string());
	let arguments = [
		"circuit",
		"register",
		"--node",
		NODE,
		"--key",
		source.as_str(),
		"--schema",
		"a",
		"--vk",
		text(&vk),
	];
	let error = failure(&arguments, 1);
	assert_eq!(error["by"], "verifier");
	assert_eq!(error["reason"], "DeltaEqualsGamma");

	folder.write("vk.json", key_to_json(&sound.key()).to_string());
	folder.assert_malformed(&arguments, &key, None, "Key");
}

/// A worker's configuration in which nothing is wrong.
fn worker_config(folder: &Folder, keys: &Path) -> String {
	let (blobs, keys) = (text(folder.0.path()), text(keys));
	format!(
		"node = \"{NODE}\"\nminer = \"{ALICE}\"\nhot_key = \"//Bob\"\nblobs = \"{blobs}\"\n\
		 keys = \"{keys}\"\nstore = \"{blobs}/worker.redb\"\ncircuits = [\"{ID}\"]\n\
		 [issuers]\n{ALICE} = \"http://127.0.0.1:1\"\n"
	)
}

#[test]
fn worker_configurations() {
	let folder = Folder::new();
	let keys = folder.path("keys");
	fs::create_dir(&keys).unwrap();
	let good = worker_config(&folder, &keys);
	let config = folder.write("worker.toml", &good);
	let check = ["worker", "config", "check", text(&config)];
	let found = report(&check, 0);
	assert_eq!(found["node"], NODE);
	assert_eq!(found["issuers"][ALICE], "http://127.0.0.1:1");
	assert_eq!((&found["circuits"], &found["jobs_at_once"]), (&json!(1), &json!(4)));
	assert_eq!(found["monitor"], "127.0.0.1:9960");

	let run = ["worker", "run", "--config", text(&config)];
	let wrong =
		good.replace("//Bob", "/no/such/key").replace("circuits =", "circuit =") + "[job]\n";
	fs::write(&config, wrong).unwrap();
	for arguments in [check.as_slice(), &run] {
		folder.assert_malformed(arguments, &config, None, "Invalid");
		let detail = failure(arguments, 2)["detail"].as_str().unwrap().to_owned();
		for key in ["hot_key: ", "circuit: no such key", "job: no such key"] {
			assert!(detail.contains(key), "{detail}");
		}
	}
	fs::remove_file(&config).unwrap();
	folder.assert_malformed(&check, &config, None, "Invalid");

	// What is printed as the default lacks only what has none.
	let document = report(&["worker", "config", "default"], 0)["document"].clone();
	folder.write("worker.toml", document.as_str().unwrap());
	let detail = failure(&check, 2)["detail"].as_str().unwrap().to_owned();
	assert!(detail.contains("miner: empty") && detail.contains("hot_key: empty"), "{detail}");
	assert!(!detail.contains("no such key"), "{detail}");
}

/// An issuer's configuration in which nothing is wrong.
fn issuer_config(folder: &Folder) -> String {
	let blobs = text(folder.0.path());
	format!(
		"node = \"{NODE}\"\nkey = \"//Dave\"\nblobs = \"{blobs}\"\n\
		 store = \"{blobs}/issuer.redb\"\nlisten = \"127.0.0.1:9955\"\n"
	)
}

#[test]
fn issuer_configurations() {
	let folder = Folder::new();
	let good = issuer_config(&folder);
	let config = folder.write("issuer.toml", &good);
	let check = ["issuer", "config", "check", text(&config)];
	let found = report(&check, 0);
	assert_eq!((&found["node"], &found["listen"]), (&json!(NODE), &json!("127.0.0.1:9955")));
	assert_eq!(found["monitor"], "127.0.0.1:9961");

	let run = ["issuer", "run", "--config", text(&config)];
	let wrong = good.replace("//Dave", "/no/such/key").replace("127.0.0.1", "0.0.0.0")
		+ "[request]\n[requests]\nwaitting = 3\n";
	fs::write(&config, wrong).unwrap();
	for arguments in [check.as_slice(), &run] {
		folder.assert_malformed(arguments, &config, None, "Invalid");
		let detail = failure(arguments, 2)["detail"].as_str().unwrap().to_owned();
		for key in ["key: ", "listen: ", "requests.waitting: no such key", "request: no such key"] {
			assert!(detail.contains(key), "{detail}");
		}
	}
	fs::remove_file(&config).unwrap();
	folder.assert_malformed(&check, &config, None, "Invalid");

	// What is printed as the default lacks only what has none.
	let document = report(&["issuer", "config", "default"], 0)["document"].clone();
	folder.write("issuer.toml", document.as_str().unwrap());
	let detail = failure(&check, 2)["detail"].as_str().unwrap().to_owned();
	assert!(detail.contains("key: empty") && !detail.contains("no such key"), "{detail}");
}

#[test]
fn circuit_key_folders() {
	let folder = Folder::new();
	let (keys, vk) = (folder.path("keys"), folder.path("vk.json"));
	let register = ["circuit", "register", "--node", NODE, "--key", "//Bob", "--dir", text(&keys)];
	let export = ["circuit", "export", "--dir", text(&keys), "--vk", text(&vk)];
	fs::create_dir(&keys).unwrap();
	let config = folder.write("worker.toml", worker_config(&folder, &keys));
	let worker = ["worker", "run", "--config", text(&config)];
	for arguments in [register.as_slice(), export.as_slice(), worker.as_slice()] {
		let error = failure(arguments, 2);
		assert_eq!(error["fault"], "Unreadable");
	}
	// Where the key is looked for is where it is then damaged.
	let place = PathBuf::from(failure(&export, 2)["input"].as_str().unwrap());
	assert!(place.starts_with(&keys), "{place:?}");
	fs::create_dir_all(&place).unwrap();
	for (passport, fault) in [(None, "Unreadable"), (Some("{"), "Invalid"), (Some("{}"), "Invalid")]
	{
		let file = place.join("passport.json");
		if let Some(passport) = passport {
			fs::write(&file, passport).unwrap();
		}
		for arguments in [register.as_slice(), export.as_slice(), worker.as_slice()] {
			let error = failure(arguments, 2);
			assert_eq!(
				(error["input"].as_str(), error["fault"].as_str()),
				(file.to_str(), Some(fault))
			);
		}
	}
	assert!(!vk.exists());

	// A setup neither uses nor replaces a damaged key.
	let passport = place.join("passport.json");
	let error = failure(&["circuit", "setup", "--dir", text(&keys)], 2);
	assert_eq!(
		(error["input"].as_str(), error["fault"].as_str()),
		(passport.to_str(), Some("Invalid"))
	);
	assert_eq!(fs::read(&passport).unwrap(), b"{}");
}

/// Every command with a key refuses a key file that is missing, malformed or open to others.
#[test]
fn key_files() {
	let folder = Folder::new();
	let key = folder.path("key");
	let source = format!("@{}", text(&key));
	let receipt = folder.write("receipt.json", "{}");
	let (blobs, keys) = (folder.path("blobs"), folder.path("keys"));
	let out = folder.path("out.json");
	let issuer = format!("{ID}=http://127.0.0.1:1");
	let endpoint = ["--endpoint", "http://127.0.0.1:1"];
	let hot_account = ["--hot-account", ID, "--possession", &POSSESSION];
	let register = [&["miner", "register", "--node", NODE], &endpoint[..], &hot_account].concat();
	let rotate = [&["miner", "rotate-hot-key", "--node", NODE], &hot_account[..]].concat();
	let register_hot =
		[&["miner", "register", "--node", NODE, "--key", "//Bob"], &endpoint[..]].concat();
	let secret = folder.path("secret.json");
	let secret = text(&secret);
	let commands: [(&str, &[&str]); 24] = [
		("--key", &["issuer", "register", "--node", NODE]),
		("--key", &["job", "refund", "1", "--node", NODE]),
		("--key", &["job", "remove", "1", "--node", NODE]),
		("--key", &["job", "cancel", "1", "--node", NODE]),
		("--key", &["job", "lock", "1", "--node", NODE]),
		("--key", &["job", "slash", "1", "--node", NODE]),
		("--key", &["job", "advance", "1", "--node", NODE]),
		("--key", &["job", "fulfil", "1", "--node", NODE]),
		("--key", &["job", "review", "1", "--rating", "5", "--node", NODE]),
		("--key", &["job", "withdraw-commitment", "1", "--node", NODE]),
		("--key", &["panel", "close", "1", "--node", NODE]),
		("--key", &["panel", "commit", "1", "--wrong", "--secret", secret, "--node", NODE]),
		("--key", &["model", "publish", ID, "--node", NODE]),
		("--key", &["model", "suspend", ID, "--node", NODE]),
		("--key", &["model", "retire", ID, "--node", NODE]),
		("--key", &["model", "remove", ID, "--node", NODE]),
		("--key", &["model", "set-terms", ID, "--price-plain", "1", "--node", NODE]),
		("--key", &register),
		("--key", &rotate),
		("--key", &["miner", "bond-more", "1QTC", "--node", NODE]),
		("--hot-key", &register_hot),
		("--hot-key", &["miner", "possession", "--miner", ID, "--genesis", ID]),
		("--key", &["issuer", "keys"]),
		(
			"--hot-key",
			&[
				"receipt",
				"prove",
				"--node",
				NODE,
				"--job",
				"1",
				"--blobs",
				text(&blobs),
				"--keys",
				text(&keys),
				"--issuer",
				&issuer,
				"--out",
				text(&out),
			],
		),
	];
	for (name, command) in commands {
		let mut arguments = command.to_vec();
		arguments.extend([name, &source]);
		let _ = fs::remove_file(&key);
		folder.assert_malformed(&arguments, &key, None, "Key");
		folder.write("key", "not a seed");
		fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
		folder.assert_malformed(&arguments, &key, None, "Key");
		folder.write("key", "11".repeat(32));
		fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
		folder.assert_malformed(&arguments, &key, None, "Key");
	}
	drop(receipt);

	// The control: a good key file gives the public keys without any node.
	fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
	let output = Command::cargo_bin("quittance")
		.unwrap()
		.args(["issuer", "keys", "--key", &source])
		.output()
		.unwrap();
	assert_eq!(output.status.code(), Some(0), "{output:?}");
}

/// Signing without the record of what was signed would be dangerous.
#[test]
fn issuer_run_with_a_foreign_record() {
	let folder = Folder::new();
	let config = folder.write("issuer.toml", issuer_config(&folder));
	let store = folder.write("issuer.redb", "not a database");
	folder.assert_malformed(&["issuer", "run", "--config", text(&config)], &store, None, "Invalid");
}

/// Exit code 2 says that nothing was changed anywhere: not the blob folder either.
#[test]
fn a_key_file_that_is_none_leaves_no_blob_behind() {
	let folder = Folder::new();
	let (key, blobs) = (folder.path("key"), folder.path("blobs"));
	let source = format!("@{}", text(&key));
	let licence = folder.write("licence", "free");
	let network = folder.path("network");
	fs::write(&network, digits().unwrap().network.to_bytes()).unwrap();
	let arguments = [
		"model",
		"register",
		"--node",
		NODE,
		"--key",
		source.as_str(),
		"--name",
		"a",
		"--network",
		text(&network),
		"--licence",
		text(&licence),
		"--blobs",
		text(&blobs),
	];
	folder.assert_malformed(&arguments, &key, None, "Key");
}

#[test]
fn keys_are_no_arguments() {
	let seed = format!("0x{}", "11".repeat(32));
	for key in [seed.as_str(), "bottom drive obey lake curtain smoke", "@", ""] {
		let output = Command::cargo_bin("quittance")
			.unwrap()
			.args(["issuer", "keys", "--key", key])
			.output()
			.unwrap();
		assert_eq!(output.status.code(), Some(2), "{key}");
	}
}

#[test]
fn addresses_beyond_this_machine_need_encryption() {
	let folder = Folder::new();
	let output = Command::cargo_bin("quittance")
		.unwrap()
		.args(["job", "show", "1", "--node", "ws://192.0.2.1:9944", "--output", "json"])
		.output()
		.unwrap();
	assert_eq!(output.status.code(), Some(2), "{output:?}");
	assert!(folder.names().is_empty());
}

#[test]
fn demo() {
	let folder = Folder::new();
	let node = folder.path("node");
	folder.assert_malformed(&["demo", "--node", text(&node)], &node, None, "Unreadable");
}
