//! Wallet files, passphrases, words and view keys that are not as they should be: each is named, with exit code 2, and
//! no node is asked. What got past its files would end with exit code 3, since nobody listens.

use assert_cmd::Command;
use quittance_wallet::{
	system_randomness, Contents, Cost, Keys, Label, Period, Reader, Secret, Seed, Store, ViewKey,
	Wallet,
};
use serde_json::Value;
use std::{
	fs,
	os::unix::fs::PermissionsExt,
	path::{Path, PathBuf},
};
use tempfile::TempDir;

/// Nobody listens there.
const NODE: &str = "ws://127.0.0.1:1";
const ALICE: &str = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";
const GENESIS: [u8; 32] = [7; 32];
const PASSPHRASE: &str = "open sesame";

/// Of no use, and made at once.
const CHEAP: Cost = Cost { memory: 8, passes: 1, lanes: 1 };

fn seed() -> Seed {
	Seed::from_bytes(&[1; 32])
}

fn keys() -> Keys {
	Keys::new(&seed(), &GENESIS)
}

/// A folder with a wallet and its passphrase.
struct Folder {
	folder: TempDir,
	wallet: PathBuf,
	passphrase: PathBuf,
}

impl Folder {
	fn new() -> Self {
		let empty = Self::empty();
		empty.store(Secret::Seed(seed()));
		empty
	}

	fn empty() -> Self {
		let folder = TempDir::new().unwrap();
		let wallet = folder.path().join("wallet");
		let passphrase = secret(folder.path(), "passphrase", PASSPHRASE);
		Self { folder, wallet, passphrase }
	}

	fn store(&self, secret: Secret) {
		let keys = keys();
		let reader = match &secret {
			Secret::Seed(_) => Reader::Owner(&keys),
			Secret::View(key) => Reader::Viewer(key),
			Secret::Period(key) => Reader::Period(key),
		};
		let wallet = Wallet::new(reader);
		let contents = Contents { secret, genesis: GENESIS, wallet, auditor: None };
		let rng = &mut system_randomness();
		drop(Store::create(&self.wallet, PASSPHRASE, CHEAP, &contents, rng).unwrap());
	}

	fn secret(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
		secret(self.folder.path(), name, content)
	}

	/// A command with this wallet.
	fn run(&self, arguments: &[&str], code: i32) -> Value {
		let files = ["--wallet", text(&self.wallet), "--passphrase-file", text(&self.passphrase)];
		report(&[arguments, &files].concat(), code)
	}

	fn malformed(&self, arguments: &[&str], input: &str, fault: &str) -> Value {
		let error = self.run(arguments, 2)["error"].take();
		assert_eq!((error["input"].as_str(), error["fault"].as_str()), (Some(input), Some(fault)));
		error
	}
}

fn secret(folder: &Path, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
	let file = folder.join(name);
	fs::write(&file, content).unwrap();
	fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
	file
}

fn text(path: &Path) -> &str {
	path.to_str().unwrap()
}

fn report(arguments: &[&str], code: i32) -> Value {
	let output = Command::cargo_bin("quittance")
		.unwrap()
		.args(["--output", "json"])
		.args(arguments)
		.output()
		.unwrap();
	assert_eq!(output.status.code(), Some(code), "{arguments:?}: {output:?}");
	serde_json::from_slice(&output.stdout).unwrap_or(Value::Null)
}

/// All commands that open a wallet, with a node that does not answer.
fn commands() -> Vec<Vec<&'static str>> {
	let all: [&[&str]; 12] = [
		&["balance"],
		&["history"],
		&["balance", "--offline"],
		&["pay", "qtc1abc", "1QTC"],
		&["unshield", ALICE, "1QTC"],
		&["shield", "1QTC", "--key", "//Bob"],
		&["wallet", "info"],
		&["wallet", "address"],
		&["wallet", "export-view-key", "--period", "0"],
		&["job", "open", "0"],
		&["job", "collect", "0"],
		&["job", "requester-key", "0", "nowhere/key"],
	];
	all.iter().map(|command| [command, &["--node", NODE][..]].concat()).collect()
}

#[test]
fn a_wallet_that_is_not_there_is_named() {
	let folder = Folder::empty();
	for command in commands() {
		let error = folder.malformed(&command, text(&folder.wallet), "Missing");
		assert!(error["detail"].as_str().unwrap().contains("restore"), "{error}");
	}
	assert!(!folder.wallet.exists());
}

#[test]
fn a_wallet_that_is_none_or_damaged_is_named() {
	let folder = Folder::new();
	let whole = fs::read(&folder.wallet).unwrap();
	let mut damaged = whole.clone();
	let last = damaged.len() - 1;
	damaged[last] ^= 1;
	let mut newer = whole.clone();
	newer[8] = 4;
	let cut = whole[..whole.len() - 1].to_vec();
	for (content, fault) in [
		(b"no wallet".to_vec(), "Invalid"),
		(Vec::new(), "Invalid"),
		(damaged, "Invalid"),
		(cut, "Invalid"),
		(newer, "Unsupported"),
	] {
		fs::write(&folder.wallet, &content).unwrap();
		for command in commands() {
			folder.malformed(&command, text(&folder.wallet), fault);
		}
		assert_eq!(fs::read(&folder.wallet).unwrap(), content, "it is left as it is");
	}
}

#[test]
fn a_passphrase_that_is_wrong_or_lies_open_is_named() {
	let folder = Folder::new();
	for command in commands() {
		fs::write(&folder.passphrase, "another").unwrap();
		folder.malformed(&command, text(&folder.wallet), "Key");
		for content in ["", "\n", "two\nlines"] {
			fs::write(&folder.passphrase, content).unwrap();
			folder.malformed(&command, text(&folder.passphrase), "Invalid");
		}
		fs::write(&folder.passphrase, PASSPHRASE).unwrap();
		fs::set_permissions(&folder.passphrase, fs::Permissions::from_mode(0o644)).unwrap();
		folder.malformed(&command, text(&folder.passphrase), "Key");
		fs::set_permissions(&folder.passphrase, fs::Permissions::from_mode(0o600)).unwrap();
	}
	let missing = folder.folder.path().join("nowhere");
	let arguments =
		["wallet", "info", "--wallet", text(&folder.wallet), "--passphrase-file", text(&missing)];
	assert_eq!(report(&arguments, 2)["error"]["fault"], "Unreadable");
}

#[test]
fn what_needs_no_node_works_without() {
	let folder = Folder::new();
	let info = folder.run(&["wallet", "info"], 0);
	assert_eq!((&info["scanned"], &info["sees"]), (&0.into(), &"all, and spends".into()));
	assert_eq!(folder.run(&["balance", "--offline"], 0)["total"], "0");
	assert_eq!(folder.run(&["history", "--offline"], 0)["history"], Value::Array(vec![]));
	let exported = folder.run(&["wallet", "export-view-key", "--period", "3"], 0);
	assert_eq!(exported["key"], keys().view().period(Period(3)).to_text().as_str());
	assert_eq!((&exported["from"], &exported["until"]), (&1_296_000.into(), &1_728_000.into()));
	let by_block = folder.run(&["wallet", "export-view-key", "--block", "1727999"], 0);
	assert_eq!(by_block, exported);
	let all = folder.run(&["wallet", "export-view-key", "--all"], 0);
	assert_eq!(all["key"], keys().view().to_text().as_str());
	// The others say that nobody answers.
	let needs_node = [&["balance"][..], &["pay", "qtc1abc", "1"], &["unshield", ALICE, "1"]];
	for command in needs_node {
		let error = folder.run(&[command, &["--node", NODE]].concat(), 3)["error"].take();
		assert!(error["detail"].as_str().unwrap().contains("Q-CL-002"), "{error}");
	}
}

#[test]
fn one_process_has_a_wallet_at_a_time() {
	let folder = Folder::new();
	let held = Store::open(&folder.wallet, PASSPHRASE).unwrap();
	for command in commands() {
		let error = folder.run(&command, 3)["error"].take();
		let detail = error["detail"].as_str().unwrap();
		assert!(detail.contains("in use by another process"), "{error}");
	}
	drop(held);
	folder.run(&["wallet", "info"], 0);
}

#[test]
fn a_wallet_with_a_view_key_only_watches() {
	let view = || ViewKey::from_text(&keys().view().to_text(), &GENESIS).unwrap();
	for secret in [Secret::View(view()), Secret::Period(view().period(Period(0)))] {
		let folder = Folder::empty();
		folder.store(secret);
		folder.run(&["wallet", "info"], 0);
		let export = ["wallet", "export-view-key", "--all"];
		folder.malformed(&export, text(&folder.wallet), "Contradiction");
	}
}

#[test]
fn words_that_are_no_seed_are_named_by_their_place() {
	let folder = Folder::empty();
	let right = seed().words();
	let right: Vec<_> = right.split(' ').collect();
	let mut unknown = right.clone();
	unknown[22] = "gibberish";
	let mut swapped = right.clone();
	swapped.swap(0, 23);
	for (words, at, fault) in [
		(&right[..23], None, "WrongLength"),
		(&unknown, Some("word 23"), "Unsupported"),
		(&swapped, None, "Invalid"),
	] {
		let words = words.join(" ");
		let file = folder.secret("words", &words);
		let restore = ["wallet", "restore", "--words-file", text(&file), "--node", NODE];
		let error = folder.malformed(&restore, text(&file), fault);
		assert_eq!(error["at"].as_str(), at);
		assert!(!error.to_string().contains("gibberish"), "{error}");

		// The same through a pipe.
		let output = Command::cargo_bin("quittance")
			.unwrap()
			.args(["--output", "json", "wallet", "restore", "--node", NODE])
			.args(["--wallet", text(&folder.wallet), "--passphrase-file", text(&folder.passphrase)])
			.write_stdin(words)
			.output()
			.unwrap();
		assert_eq!(output.status.code(), Some(2));
		let error: Value = serde_json::from_slice(&output.stdout).unwrap();
		assert_eq!(error["error"]["fault"], fault, "{error}");
	}
	// Words for everybody to read.
	let file = folder.secret("words", right.join(" "));
	fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
	let restore = ["wallet", "restore", "--words-file", text(&file), "--node", NODE];
	folder.malformed(&restore, text(&file), "Key");
	// Right ones get as far as the node.
	fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
	folder.run(&restore, 3);
	assert!(!folder.wallet.exists());
}

#[test]
fn a_wallet_is_never_overwritten() {
	let folder = Folder::new();
	let before = fs::read(&folder.wallet).unwrap();
	let words = folder.secret("words", &*seed().words());
	let restore = ["wallet", "restore", "--words-file", text(&words), "--node", NODE];
	for command in [&["wallet", "create", "--node", NODE][..], &restore] {
		folder.malformed(command, text(&folder.wallet), "Contradiction");
	}
	assert_eq!(fs::read(&folder.wallet).unwrap(), before);
}

#[test]
fn secrets_are_no_arguments() {
	let folder = Folder::new();
	let view_key = keys().view().to_text();
	let words = seed().words();
	for arguments in [
		&["wallet", "audit", view_key.as_str()][..],
		&["wallet", "audit", "@"],
		&["wallet", "restore", words.as_str()],
		&["balance", "--passphrase", PASSPHRASE],
	] {
		assert_eq!(report(arguments, 2), Value::Null, "{arguments:?}");
	}
	// Nor is anything else that opens the wallet written anywhere by accident.
	let output = Command::cargo_bin("quittance")
		.unwrap()
		.env("RUST_LOG", "trace")
		.args(["wallet", "info", "--wallet", text(&folder.wallet)])
		.args(["--passphrase-file", text(&folder.passphrase)])
		.output()
		.unwrap();
	let said = [output.stdout, output.stderr].concat();
	let said = String::from_utf8_lossy(&said);
	assert!(!said.contains(PASSPHRASE), "{said}");
	for word in words.split(' ') {
		assert!(
			!said.split(|c: char| !c.is_alphabetic()).any(|found| found == word),
			"{word}: {said}"
		);
	}
}

#[test]
fn view_keys_that_cannot_be_read_are_named() {
	let folder = Folder::empty();
	let file = folder.folder.path().join("key");
	let source = format!("@{}", text(&file));
	let audit = ["wallet", "audit", &source, "--node", NODE];
	let fault = || report(&audit, 2)["error"]["fault"].as_str().unwrap().to_owned();
	assert_eq!(fault(), "Unreadable");
	folder.secret("key", "");
	assert_eq!(fault(), "Invalid");
	folder.secret("key", "a\nb");
	assert_eq!(fault(), "Invalid");
	folder.secret("key", "a".repeat(2_000));
	assert_eq!(fault(), "TooLarge");
	fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
	assert_eq!(fault(), "Key");
	// Of what chain it has to be only a node says.
	folder.secret("key", &*keys().view().to_text());
	report(&audit, 3);
}

#[test]
fn amounts_addresses_and_numbers_are_looked_at_first() {
	let folder = Folder::new();
	for arguments in [
		&["shield", "1.5", "--key", "//Bob"][..],
		&["shield", "--key", "//Bob"],
		&["shield", "1QTC"],
		&["pay", "qtc1abc"],
		&["pay", "qtc1abc", "-1"],
		&["pay", "qtc1abc", "1", "--valid-for", "7"],
		&["pay", "qtc1abc", "1", "--valid-for", "14337"],
		&["pay", "qtc1abc", "1", "--relayer", "nobody"],
		&["unshield", "nobody", "1QTC"],
		&["unshield", ALICE, "18446744073709551616"],
		&["wallet", "address", "--periods", "0"],
		&["wallet", "address", "--periods", "13"],
		&["wallet", "export-view-key"],
		&["wallet", "export-view-key", "--all", "--now"],
	] {
		assert_eq!(folder.run(arguments, 2), Value::Null, "{arguments:?}");
	}
	folder.malformed(&["shield", "1QTC", "0", "--key", "//Bob"], "AMOUNT", "OutOfRange");
	let many = ["1QTC"; 65];
	let shield = [&["shield", "--key", "//Bob"][..], &many].concat();
	folder.malformed(&shield, "AMOUNT", "OutOfRange");
	let label = Label::for_payer(&mut system_randomness());
	let address = keys().address(label, Period(0), 2).unwrap().to_string();
	// Good ones get as far as the node.
	folder.run(&["pay", &address, "1", "--valid-for", "14336", "--node", NODE], 3);
	folder.run(&["unshield", ALICE, "18446744073709551615", "--valid-for", "8", "--node", NODE], 3);
}
