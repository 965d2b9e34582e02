//! A pool that gets an auditor, another one, and none again, while people pay: who has accepted it pays, what it is shown
//! is what the notes are worth, and an auditor reads what was shown to it and nothing else.

use crate::user::{amount, json, put_circuits_in_force, quittance, words, User};
use quittance_cli::market::{free_address, NodeSetup};
use quittance_client::AccountId;
use serde_json::Value;
use std::{
	env,
	process::{Command, Stdio},
};

const QTC: u128 = 1_000_000_000_000;

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a node: set QUITTANCE_NODE and run with --ignored"]
async fn an_auditor_reads_what_is_shown_to_it_and_nothing_else() {
	let program = env::var_os("QUITTANCE_NODE").expect(
		"set QUITTANCE_NODE to the node's program, built with --features fast-runtime, to run \
		 this test",
	);
	let folder = tempfile::tempdir().unwrap();
	let folder = folder.path();
	let setup = NodeSetup {
		program: program.into(),
		base_path: folder.join("node"),
		port: free_address().await.unwrap().port(),
		// An auditor reads the events of old blocks.
		archive: true,
		log: folder.join("node.log"),
	};
	let node = setup.start().await.unwrap();
	let url = setup.url();
	let (alice, bob) = (User::new(folder, "alice", &url), User::new(folder, "bob", &url));
	words(&alice);
	words(&bob);
	put_circuits_in_force(&url, &["transfer", "withdraw"]);
	alice.run(&["shield", "50QTC", "30QTC", "--key", "//Bob"]);

	// Not before both calls could be made for an auditor, and by nobody but governance.
	let (eve, ferdie) = (Auditor::new("//Eve", &url), Auditor::new("//Ferdie", &url));
	let set = ["auditor", "set", &eve.key, "--node", &url, "--key"];
	let error = fails(&[&set[..], &["//Alice"]].concat(), 1);
	assert_eq!(error["reason"], "ConfidentialSettlement.NoAuditedCircuit", "{error}");
	put_circuits_in_force(&url, &["audited-transfer", "audited-withdraw"]);
	let error = fails(&[&set[..], &["//Bob"]].concat(), 1);
	assert!(error["reason"].as_str().unwrap().starts_with("Sudo."), "{error}");
	let show = ["auditor", "show", "--node", &url];
	assert_eq!(quittance(&show)["auditor"], Value::Null);
	let set_eve = [&set[..], &["//Alice"]].concat();
	assert_eq!(quittance(&set_eve)["auditor"]["number"], 1);
	let error = fails(&set_eve, 1);
	assert_eq!(error["reason"], "ConfidentialSettlement.AuditorUnchanged", "{error}");
	let shown = quittance(&show);
	assert_eq!(
		(&shown["auditor"]["key"], &shown["auditor"]["previous"]),
		(&eve.key.as_str().into(), &Value::Null)
	);

	// Nobody's amounts are shown who has not agreed to that.
	let to_bob = bob.address();
	let pay = ["pay", &to_bob, "20QTC"];
	for accepted in [None, Some(&ferdie.key)] {
		if let Some(key) = accepted {
			alice.run(&["wallet", "accept-auditor", key]);
		}
		let error = alice.fails(&pay, 1);
		assert_eq!(
			(&error["by"], &error["reason"]),
			(&"wallet".into(), &"AuditorNotAccepted".into())
		);
		assert!(error["detail"].as_str().unwrap().contains(&eve.key), "{error}");
		alice.has(80 * QTC);
	}
	let accepted = alice.run(&["wallet", "accept-auditor", &eve.key]);
	assert_eq!(
		(&accepted["before"], &accepted["auditor"]),
		(&ferdie.key.as_str().into(), &eve.key.as_str().into())
	);

	// A payment of one note and its change.
	let fee = amount(&alice.run(&pay)["fee"]);
	bob.has(20 * QTC);
	let spent = 80 * QTC - alice.balance()[0];
	assert_eq!(spent, 20 * QTC + fee);
	let calls = eve.read(&[]);
	let [(block, "transfer", 1, notes)] = &calls[..] else { panic!("{calls:?}") };
	let mut worth = notes.clone();
	worth.sort_unstable();
	// The change is of one of the two deposits.
	assert!(
		[50, 30].iter().any(|note| worth == sorted([20 * QTC, (note - 20) * QTC - fee])),
		"{worth:?}"
	);
	assert_eq!(ferdie.read(&[]), []);
	let before = (block - 1).to_string();
	assert_eq!(eve.read(&["--until", &before]), []);
	assert_eq!(eve.read(&["--from", &block.to_string(), "--until", &block.to_string()]), calls);

	// Another key: what was shown stays with the one before.
	let set = ["auditor", "set", &ferdie.key, "--node", &url, "--key", "//Alice"];
	let set = quittance(&set);
	assert_eq!(
		(&set["auditor"]["number"], &set["auditor"]["previous"]["number"]),
		(&2.into(), &1.into())
	);
	let payee = AccountId([0x99; 32]).to_string();
	let unshield = ["unshield", &payee, "15QTC"];
	bob.run(&["wallet", "accept-auditor", &eve.key]);
	assert_eq!(bob.fails(&unshield, 1)["reason"], "AuditorNotAccepted");
	bob.run(&["wallet", "accept-auditor", &ferdie.key]);
	let out_fee = amount(&bob.run(&unshield)["fee"]);
	bob.has(5 * QTC - out_fee);
	assert_eq!(eve.read(&[]), calls);
	let seen = ferdie.read(&[]);
	let [(_, "withdraw", 2, notes)] = &seen[..] else { panic!("{seen:?}") };
	assert_eq!(notes[..], [5 * QTC - out_fee]);

	// None again: nothing is shown, and what was shown can still be read.
	let clear = ["auditor", "clear", "--node", &url, "--key", "//Alice"];
	assert_eq!(quittance(&clear)["auditor"], Value::Null);
	let error = fails(&clear, 1);
	assert_eq!(error["reason"], "ConfidentialSettlement.NoAuditor", "{error}");
	alice.run(&["pay", &to_bob, "1QTC"]);
	bob.has(6 * QTC - out_fee);
	assert_eq!((eve.read(&[]), ferdie.read(&[])), (calls, seen));
	node.stop().await.unwrap();
}

fn sorted<const N: usize>(mut numbers: [u128; N]) -> [u128; N] {
	numbers.sort_unstable();
	numbers
}

/// The error of a command that needs no wallet.
fn fails(arguments: &[&str], code: i32) -> Value {
	let output = Command::new(env!("CARGO_BIN_EXE_quittance"))
		.args(["--output", "json"])
		.args(arguments)
		.stdin(Stdio::null())
		.output()
		.unwrap();
	json(arguments, output, code)["error"].take()
}

struct Auditor {
	secret: &'static str,
	/// Its public key.
	key: String,
	node: String,
}

impl Auditor {
	fn new(secret: &'static str, node: &str) -> Self {
		let key = quittance(&["auditor", "key", "--key", secret]);
		Self { secret, key: key["key"].as_str().unwrap().to_owned(), node: node.to_owned() }
	}

	/// What it finds: blocks, calls, numbers of keys, and what the notes are worth.
	fn read(&self, span: &[&str]) -> Vec<(u64, &'static str, u64, Vec<u128>)> {
		let read = ["auditor", "read", "--key", self.secret, "--node", &self.node];
		let found = quittance(&[&read[..], span].concat());
		let call = |seen: &Value| {
			let name = ["transfer", "withdraw"].into_iter().find(|name| seen["call"] == *name);
			let notes = seen["notes"].as_array().unwrap();
			(
				seen["block"].as_u64().unwrap(),
				name.unwrap(),
				seen["number"].as_u64().unwrap(),
				notes.iter().map(|note| amount(&note["amount"])).collect(),
			)
		};
		found["calls"].as_array().unwrap().iter().map(call).collect()
	}
}
