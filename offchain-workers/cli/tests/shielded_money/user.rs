//! Who has a wallet, and what it does by the commands that people use.

use quittance_cli::market::default_folder;
use quittance_client::{AccountId, Chain, Head};
use quittance_types::CircuitId;
use serde_json::Value;
use std::{
	fs,
	io::{BufRead, BufReader},
	os::unix::fs::PermissionsExt,
	path::{Path, PathBuf},
	process::{Child, Command, Output, Stdio},
};

/// Somebody with a wallet.
pub struct User {
	/// Its wallet's file.
	pub wallet: PathBuf,
	/// The file with that one's passphrase.
	pub passphrase: PathBuf,
	/// The node that it asks.
	pub node: String,
}

impl User {
	/// With files in this folder, which are not there yet.
	pub fn new(folder: &Path, name: &str, node: &str) -> Self {
		let passphrase = folder.join(format!("{name}.passphrase"));
		secret(&passphrase, &format!("the passphrase of {name}\n"));
		Self { wallet: folder.join(format!("{name}.wallet")), passphrase, node: node.to_owned() }
	}

	/// A command with its wallet.
	pub fn command(&self, arguments: &[&str]) -> Command {
		let mut command = Command::new(env!("CARGO_BIN_EXE_quittance"));
		command.args(["--output", "json"]).args(arguments);
		command.arg("--wallet").arg(&self.wallet).args(["--node", &self.node]);
		command.arg("--passphrase-file").arg(&self.passphrase).stdin(Stdio::null());
		command
	}

	/// What a command reports that succeeds.
	pub fn run(&self, arguments: &[&str]) -> Value {
		json(arguments, self.command(arguments).output().unwrap(), 0)
	}

	/// The error of one that does not.
	pub fn fails(&self, arguments: &[&str], code: i32) -> Value {
		json(arguments, self.command(arguments).output().unwrap(), code)["error"].take()
	}

	/// One that goes on until this line is on its stderr.
	pub fn run_until(&self, arguments: &[&str], line: &str) -> Child {
		let mut child =
			self.command(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
		let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
		let mut said = Vec::new();
		while said.last().is_none_or(|last: &String| !last.contains(line)) {
			match lines.next() {
				Some(next) => said.push(next.unwrap()),
				None => panic!("{arguments:?} ended without saying {line:?}: {said:#?}"),
			}
		}
		// Whoever closes the pipe would end it.
		std::thread::spawn(move || lines.for_each(drop));
		child
	}

	/// What is available, waits and is reserved.
	pub fn balance(&self) -> [u128; 3] {
		let balance = self.run(&["balance"]);
		["available", "waiting", "reserved"].map(|part| amount(&balance[part]))
	}

	/// All that is there, which has to be final and free.
	pub fn has(&self, expected: u128) {
		assert_eq!(self.balance(), [expected, 0, 0], "{}", self.wallet.display());
	}

	/// What has happened.
	pub fn history(&self) -> Vec<Value> {
		self.run(&["history"])["history"].as_array().unwrap().clone()
	}

	/// An address for one payer.
	pub fn address(&self) -> String {
		self.run(&["wallet", "address"])["address"].as_str().unwrap().to_owned()
	}
}

/// A file that only its owner can read.
pub fn secret(file: &Path, content: &str) {
	fs::write(file, content).unwrap();
	fs::set_permissions(file, fs::Permissions::from_mode(0o600)).unwrap();
}

/// The report of a command that has ended with this code.
pub fn json(arguments: &[&str], Output { status, stdout, stderr }: Output, code: i32) -> Value {
	let (stdout, stderr) = (String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
	assert_eq!(status.code(), Some(code), "{arguments:?}\n{stderr}\n{stdout}");
	serde_json::from_str(&stdout).unwrap_or_else(|error| panic!("{arguments:?}: {error}: {stdout}"))
}

/// An amount in a report.
pub fn amount(value: &Value) -> u128 {
	value.as_str().unwrap_or_else(|| panic!("{value} is no amount")).parse().unwrap()
}

/// A command without a wallet.
pub fn quittance(arguments: &[&str]) -> Value {
	let output = Command::new(env!("CARGO_BIN_EXE_quittance"))
		.args(["--output", "json"])
		.args(arguments)
		.stdin(Stdio::null())
		.output()
		.unwrap();
	json(arguments, output, 0)
}

/// What an account can use, in the newest final block.
pub async fn free(chain: &Chain, account: &AccountId) -> u128 {
	chain.at(Head::Finalised).await.unwrap().account(account).await.unwrap().free
}

/// Makes a wallet and returns its words.
pub fn words(user: &User) -> String {
	let created = user.run(&["wallet", "create"]);
	let words = created["words"].as_str().unwrap().to_owned();
	assert_eq!(words.split(' ').count(), 24);
	let mode = fs::metadata(&user.wallet).unwrap().permissions().mode() & 0o777;
	assert_eq!(mode, 0o600);
	let error = user.fails(&["wallet", "create"], 2);
	assert_eq!(error["fault"], "Contradiction", "{error}");
	words
}

/// The end of a command that was started by [`User::run_until`].
pub fn finish(child: &mut Child) -> Output {
	use std::io::Read;
	let mut stdout = Vec::new();
	child.stdout.take().unwrap().read_to_end(&mut stdout).unwrap();
	Output { status: child.wait().unwrap(), stdout, stderr: Vec::new() }
}

/// Registers circuits of these kinds and has the pool use them; returns their ids.
pub fn put_circuits_in_force(url: &str, kinds: &[&str]) -> Vec<CircuitId> {
	let keys = default_folder().unwrap();
	let dir = ["--dir", keys.to_str().unwrap()];
	let named: Vec<_> = kinds.iter().flat_map(|kind| ["--kind", kind]).collect();
	let made = quittance(&[&["circuit", "setup"], &dir[..], &named].concat());
	let put = |(circuit, kind): (&Value, &&str)| {
		let signed = ["--node", url, "--key", "//Alice"];
		let register = [&["circuit", "register", "--kind", kind], &dir[..], &signed].concat();
		let id = quittance(&register)["circuit"].as_str().unwrap().to_owned();
		assert_eq!(circuit["circuit"], id);
		// The chain's sudo key is Alice's.
		let set =
			|key| ["circuit", "set-pool", &id, "--node", url, "--key", key].map(str::to_owned);
		let refused = Command::new(env!("CARGO_BIN_EXE_quittance")).args(set("//Bob")).output();
		assert_eq!(refused.unwrap().status.code(), Some(1));
		let set = set("//Alice");
		let set: Vec<_> = set.iter().map(String::as_str).collect();
		assert_eq!(quittance(&set)["used_for"], *kind);
		// The pool's own error comes through the sudo key's call.
		let again = Command::new(env!("CARGO_BIN_EXE_quittance")).args(&set).output().unwrap();
		assert_eq!(again.status.code(), Some(1));
		let words = String::from_utf8_lossy(&again.stderr).into_owned();
		assert!(words.contains("ConfidentialSettlement.CircuitUnchanged"), "{words}");
		hex::decode(id.trim_start_matches("0x")).unwrap().try_into().unwrap()
	};
	made["circuits"].as_array().unwrap().iter().zip(kinds).map(put).collect()
}
