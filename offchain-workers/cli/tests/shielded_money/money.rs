//! Two wallets, one of which pays the other, while processes are killed, the node is started anew, and a wallet is
//! restored from its words alone.

use crate::user::{
	amount, finish, free, json, put_circuits_in_force, quittance, secret, words, User,
};
use quittance_cli::market::{default_folder, free_address, NodeSetup};
use quittance_client::{
	calls, send_private_call, AccountId, AccountKey, Chain, ClientError, Head, PoolAction,
	PoolCircuit, Sender, Until,
};
use quittance_prover::KeyStore;
use quittance_types::Header;
use quittance_wallet::{
	deposit, system_randomness, Action, AddedNote, Address, Block, Call, Keys, Pool, Reader, Seed,
	Terms, Wallet,
};
use serde_json::Value;
use std::{
	env, fs,
	path::Path,
	process::{Command, Stdio},
	time::{Duration, Instant},
};

const QTC: u128 = 1_000_000_000_000;

/// Longer than anything here takes on a slow machine.
const LONGEST: Duration = Duration::from_secs(400);

/// What a history has, without its blocks.
fn happened(history: &[Value]) -> Vec<(String, Option<u128>, bool)> {
	let mut blocks: Vec<_> = history.iter().map(|row| row["block"].as_u64().unwrap()).collect();
	assert!(blocks.is_sorted(), "{blocks:?}");
	blocks.dedup();
	let row = |row: &Value| {
		let amount = (!row["amount"].is_null()).then(|| amount(&row["amount"]));
		(row["what"].as_str().unwrap().to_owned(), amount, !row["account"].is_null())
	};
	history.iter().map(row).collect()
}

fn expected(rows: &[(&str, u128, bool)]) -> Vec<(String, Option<u128>, bool)> {
	rows.iter()
		.map(|(what, amount, account)| ((*what).to_owned(), Some(*amount), *account))
		.collect()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a node: set QUITTANCE_NODE and run with --ignored"]
async fn money_goes_in_about_and_out_to_the_last_unit() {
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
		// Whoever restores a wallet asks for the events of all blocks.
		archive: true,
		log: folder.join("node.log"),
	};
	let node = setup.start().await.unwrap();
	let url = setup.url();
	let chain = Chain::connect(&url).await.unwrap();
	let (alice, bob) = (User::new(folder, "alice", &url), User::new(folder, "bob", &url));

	let (alice_words, bob_words) = (words(&alice), words(&bob));
	nothing_goes_in_before_it_can_go_out(&alice, &bob);
	put_circuits_in_force(&url, &["transfer", "withdraw"]);

	// Into the pool: by one deposit, and by several in a batch.
	let shielded = alice.run(&["shield", "100QTC", "--key", "//Bob"]);
	assert_eq!(amount(&shielded["amount"]), 100 * QTC);
	alice.has(100 * QTC);
	let shielded = alice.run(&["shield", "10QTC", "20QTC", "30QTC", "--key", "//Bob"]);
	assert_eq!((amount(&shielded["amount"]), &shielded["notes"]), (60 * QTC, &Value::from(3)));
	alice.has(160 * QTC);

	one_process_has_a_wallet(&alice);
	let reserved = killed_while_proving(&alice, &bob);
	assert_eq!(alice.balance(), [130 * QTC, 0, reserved]);

	// About: the payee finds it, the payer has the rest.
	let to_bob = bob.address();
	let paid = alice.run(&["pay", &to_bob, "55QTC"]);
	let fee = amount(&paid["fee"]);
	assert!(fee > 0 && fee < QTC, "{fee}");
	assert_eq!(alice.balance(), [75 * QTC - fee, 0, reserved]);
	bob.has(55 * QTC);

	// A stranger deposits for both of them within one batch.
	let gifts = [(&to_bob, 3), (&alice.address(), 4), (&to_bob, 5)];
	let charlie = stranger_pays_in(&chain, &gifts).await;
	bob.has(63 * QTC);
	assert_eq!(alice.balance(), [79 * QTC - fee, 0, reserved]);

	// The node is started anew.
	node.stop().await.unwrap();
	let node = setup.start().await.unwrap();
	bob.has(63 * QTC);

	// Out, and the node is killed while the payer waits.
	let payee = AccountId([0x99; 32]);
	let out = ["unshield", &payee.to_string(), "20QTC"];
	let mut waiting = bob.run_until(&out, "waiting for finality");
	node.kill().await.unwrap();
	let node = setup.start().await.unwrap();
	let out = json(&out, finish(&mut waiting), 0);
	let out_fee = amount(&out["fee"]);
	assert_eq!(free(&chain, &payee).await, 20 * QTC);
	bob.has(43 * QTC - out_fee);

	// By a relayer, who gets a part of the fee; the payee gets all.
	let relayer = AccountId([0x98; 32]);
	let relayed = [
		"unshield",
		&payee.to_string(),
		"1QTC",
		"--relayer",
		&relayer.to_string(),
		"--fee",
		"1QTC",
	];
	assert_eq!(amount(&bob.run(&relayed)["fee"]), QTC);
	assert_eq!(free(&chain, &payee).await, 21 * QTC);
	let part = free(&chain, &relayer).await;
	assert!(part > QTC / 2 && part < QTC, "{part}");
	bob.has(41 * QTC - out_fee);

	refusals(&alice, &bob, &payee);
	let payee_before = free(&chain, &payee).await;
	let twice_fee = two_calls_with_one_note(&chain, &bob_words, &payee).await;
	assert_eq!(free(&chain, &payee).await, payee_before + QTC);
	let bob_spent = out_fee + twice_fee + 23 * QTC;
	bob.has(63 * QTC - bob_spent);

	// What was kept for the killed payment is free again when no block can have it any more.
	let begun = Instant::now();
	while alice.balance()[2] > 0 {
		assert!(begun.elapsed() < LONGEST, "still kept");
		std::thread::sleep(Duration::from_secs(2));
	}
	alice.has(109 * QTC - fee);

	// More than two notes: joins come first.
	let joined = alice.run(&["pay", &to_bob, "100QTC"]);
	let (joins, join_fees) = (joined["joins"].as_u64().unwrap(), amount(&joined["join_fees"]));
	assert!(joins > 0 && join_fees > 0, "{joined}");
	let spent = fee + join_fees + amount(&joined["fee"]);
	alice.has(9 * QTC - spent);
	bob.has(163 * QTC - bob_spent);

	let history = alice.history();
	let mut rows = vec![
		("deposited", 100, true),
		("deposited", 10, true),
		("deposited", 20, true),
		("deposited", 30, true),
		("sent", 55, false),
		("deposited", 4, true),
	];
	rows.iter_mut().for_each(|(_, amount, _)| *amount *= QTC);
	let found = happened(&history);
	assert_eq!(found[..6], expected(&rows));
	assert!(found[6..found.len() - 1].iter().all(|(what, ..)| what == "joined"), "{found:?}");
	assert_eq!(found.len() as u64, 7 + joins);
	assert_eq!(found.last(), expected(&[("sent", 100 * QTC, false)]).first());
	let fees = history.iter().filter(|row| !row["fee"].is_null()).map(|row| amount(&row["fee"]));
	assert_eq!(fees.sum::<u128>(), spent);

	let history = bob.history();
	let rows = [
		("received", 55 * QTC, false),
		("deposited", 3 * QTC, true),
		("deposited", 5 * QTC, true),
		("withdrawn", 20 * QTC, true),
		("withdrawn", QTC, true),
		("withdrawn", QTC, true),
		("received", 100 * QTC, false),
	];
	assert_eq!(happened(&history), expected(&rows));
	assert_eq!(history[1]["account"], charlie.to_string());
	assert_eq!(history[3]["account"], payee.to_string());

	restored_from_words(&bob, &bob_words, 163 * QTC - bob_spent);
	restored_from_words(&alice, &alice_words, 9 * QTC - spent);
	audited(&bob, folder, 163 * QTC);

	// What is restored can be spent.
	let to_alice = alice.address();
	let back = bob.run(&["pay", &to_alice, "30QTC", "--fee", "0.5QTC"]);
	assert_eq!(amount(&back["fee"]), QTC / 2);
	alice.has(39 * QTC - spent);
	node.stop().await.unwrap();
}

fn nothing_goes_in_before_it_can_go_out(alice: &User, bob: &User) {
	let error = alice.fails(&["shield", "1QTC", "--key", "//Bob"], 1);
	assert_eq!(error["reason"], "ConfidentialSettlement.NoWithdrawCircuit", "{error}");
	let error = alice.fails(&["pay", &bob.address(), "1QTC"], 1);
	assert_eq!(error["reason"], "NoCircuit", "{error}");
	alice.has(0);
}

fn one_process_has_a_wallet(user: &User) {
	let passphrase = fs::read_to_string(&user.passphrase).unwrap();
	let held = quittance_wallet::Store::open(&user.wallet, passphrase.trim_end()).unwrap();
	for command in [&["balance"][..], &["wallet", "info"], &["shield", "1QTC", "--key", "//Bob"]] {
		let error = user.fails(command, 3);
		let detail = error["detail"].as_str().unwrap();
		assert!(detail.contains("in use by another process"), "{error}");
	}
	drop(held);
}

/// Starts a payment and kills it before it can be sent: returns what its notes are worth, which are kept for it.
fn killed_while_proving(payer: &User, payee: &User) -> u128 {
	let [before, ..] = payer.balance();
	let pay = ["pay", &payee.address(), "5QTC", "--valid-for", "8"];
	let mut proving = payer.run_until(&pay, "proving");
	proving.kill().unwrap();
	proving.wait().unwrap();
	let offline = payer.run(&["balance", "--offline"]);
	let reserved = amount(&offline["reserved"]);
	assert!(reserved > 5 * QTC && reserved < before, "{offline}");
	assert_eq!(amount(&offline["available"]), before - reserved);
	reserved
}

/// Pays into the pool for addresses, with one transaction, and returns who did.
async fn stranger_pays_in(chain: &Chain, gifts: &[(&String, u128)]) -> AccountId {
	let key = AccountKey::development("//Charlie").unwrap();
	let sender = Sender::new(chain.clone(), key.keypair().clone());
	let (rng, block) = (&mut system_randomness(), chain.head(Head::Best).await.unwrap().number);
	let deposits: Vec<_> = gifts
		.iter()
		.map(|(address, amount)| {
			let address = Address::parse(address, &chain.genesis()).unwrap();
			let made = deposit(&address, amount * QTC, block, rng).unwrap();
			let (amount, inner, ciphertext) = (made.amount, made.inner, made.ciphertext);
			calls::NoteDeposit { amount, inner, ciphertext }
		})
		.collect();
	sender.submit(&calls::deposit_notes(deposits), Until::Finalised).await.unwrap();
	key.account()
}

/// What is refused costs nothing and keeps no notes.
fn refusals(alice: &User, bob: &User, payee: &AccountId) {
	let (before, payee) = (bob.balance(), payee.to_string());
	let address = alice.address();
	let error = bob.fails(&["pay", &address, "1000QTC"], 1);
	assert_eq!(
		(&error["by"], &error["reason"]),
		(&"wallet".into(), &"NotEnough".into()),
		"{error}"
	);
	let error = bob.fails(&["pay", &address[..address.len() - 1], "1QTC"], 2);
	assert_eq!(error["input"], "ADDRESS", "{error}");
	let error = bob.fails(&["pay", &address, "1QTC", "--fee", "1"], 2);
	assert_eq!((&error["input"], &error["fault"]), (&"--fee".into(), &"OutOfRange".into()));
	let error = bob.fails(&["pay", &address, "0"], 2);
	assert_eq!(error["input"], "AMOUNT", "{error}");
	let error = bob.fails(&["unshield", &payee, "1"], 1);
	assert_eq!(error["reason"], "BelowExistentialDeposit", "{error}");
	let folder = tempfile::tempdir().unwrap();
	let keys = folder.path().to_str().unwrap();
	let unshield = ["unshield", &payee, "1QTC", "--key-dir", keys];
	let error = bob.fails(&unshield, 2);
	assert_eq!(error["fault"], "Unreadable", "{error}");
	quittance(&["circuit", "setup", "--dir", keys, "--kind", "withdraw"]);
	let error = bob.fails(&unshield, 2);
	assert_eq!(error["fault"], "Contradiction", "{error}");
	assert_eq!(bob.balance(), before);
}

/// All that a wallet of these words can know.
async fn scanned(chain: &Chain, keys: &Keys) -> Wallet {
	let mut wallet = Wallet::new(Reader::Owner(keys));
	let newest = chain.head(Head::Finalised).await.unwrap().number;
	let mut blocks = Vec::new();
	for number in 1..=newest {
		let view = chain.at_height(number).await.unwrap().unwrap();
		let found = view.pool_block().await.unwrap();
		let calls = found.calls.into_iter().map(|call| Call {
			action: match call.action {
				PoolAction::Deposit { who, amount } => Action::Deposit { who: who.0, amount },
				PoolAction::Transfer { nullifiers, fee } => Action::Transfer { nullifiers, fee },
				PoolAction::Withdrawal { nullifiers, payee, amount, fee } => {
					Action::Withdrawal { nullifiers, payee: payee.0, amount, fee }
				},
				PoolAction::Other => Action::Other,
				action => panic!("nobody has private jobs here: {action:?}"),
			},
			notes: call
				.notes
				.into_iter()
				.map(|note| AddedNote {
					index: note.index,
					commitment: note.commitment,
					ciphertexts: note.ciphertexts,
				})
				.collect(),
		});
		blocks.push(Block {
			number,
			hash: found.block.hash,
			parent: found.parent,
			calls: calls.collect(),
			root: found.root,
		});
	}
	wallet.scan(Reader::Owner(keys), &blocks, newest).unwrap();
	wallet
}

/// Two copies of a wallet that know nothing of each other pay from the same notes: the pool of transactions keeps
/// one, and says of the other that it has one. Returns the fee of the one that was paid.
async fn two_calls_with_one_note(chain: &Chain, words: &str, payee: &AccountId) -> u128 {
	let genesis = chain.genesis();
	let keys = Keys::new(&Seed::from_words(words).unwrap(), &genesis);
	let wallet = scanned(chain, &keys).await;
	let view = chain.at(Head::Best).await.unwrap();
	let state = view.pool().await.unwrap();
	let pool = Pool {
		pallet: view.pool_pallet().unwrap(),
		account: state.account.0,
		transfer: state.transfer.unwrap(),
		withdraw: state.withdraw.unwrap(),
		auditor: None,
	};
	let least = view.minimum_fee(PoolCircuit::Withdraw, false).await.unwrap();
	let fee = u64::try_from(least * 2).unwrap();
	let terms = Terms {
		fee,
		join_fee: fee,
		relayer: None,
		valid_until: view.job_time().await.unwrap() + 100,
		block: view.block().number,
	};
	let engine = {
		use quittance_circuits::withdraw;
		let keys = KeyStore::new(default_folder().unwrap());
		keys.load(withdraw::NAME, &withdraw::shape()).unwrap()
	};
	let calls: Vec<_> = (0..2)
		.map(|_| {
			let rng = &mut system_randomness();
			let amount = QTC as u64;
			let call = wallet.clone().withdraw(&keys, &pool, payee.0, amount, &terms, rng).unwrap();
			let proof = engine.prove_withdraw(&call.public, call.witness()).unwrap();
			let header = Header {
				genesis: call.header.genesis,
				pallet: call.header.pallet,
				circuit: call.header.circuit,
				subject: None,
				arguments: call.header.arguments,
				submitter: None,
				payee: *payee,
				valid_until: call.header.valid_until,
				nonce: 0,
			};
			let proof = proof.to_bytes().try_into().unwrap();
			calls::withdraw_notes(header, call.claims, call.ciphertext, None, proof)
		})
		.collect();
	// The next block is as far away as it can be.
	chain.follow(Head::Best).next().await;
	let first = send_private_call(chain, &calls[0]).await.unwrap();
	let error = send_private_call(chain, &calls[1]).await.unwrap_err();
	assert!(matches!(error, ClientError::NoteAwaited), "{error}");
	// The same call again is no other one.
	assert_eq!(send_private_call(chain, &calls[0]).await.unwrap(), first);

	let mut heads = chain.follow(Head::Finalised);
	let before = free(chain, payee).await;
	while free(chain, payee).await == before {
		tokio::time::timeout(LONGEST, heads.next()).await.expect("it is paid");
	}
	fee.into()
}

/// Forgets all but the words, and comes to the same, however often it is killed on the way.
fn restored_from_words(user: &User, words: &str, expected: u128) {
	let history = user.history();
	fs::remove_file(&user.wallet).unwrap();
	let file = user.wallet.with_extension("words");
	secret(&file, words);
	let restored = user.run(&["wallet", "restore", "--words-file", file.to_str().unwrap()]);
	assert_eq!((&restored["block"], restored.get("words")), (&Value::from(0), None));
	let mut killed = 0;
	for step in 0..16 {
		let mut following =
			user.command(&["balance"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
		std::thread::sleep(Duration::from_millis(60 * step));
		killed += usize::from(following.try_wait().unwrap().is_none());
		// It ignores nothing of it, and has no say.
		following.kill().unwrap();
		following.wait().unwrap();
	}
	assert!(killed > 4, "only {killed} still ran when they were killed");
	user.has(expected);
	assert_eq!(user.history(), history);
}

/// What an auditor sees by a key of this period, of all, and of another.
fn audited(user: &User, folder: &Path, came_in: u128) {
	let file = folder.join("view-key");
	let source = format!("@{}", file.display());
	let audit = ["wallet", "audit", &source, "--node", &user.node];
	let exported = |span: &[&str]| {
		let exported = user.run(&[&["wallet", "export-view-key"], span].concat());
		secret(&file, exported["key"].as_str().unwrap());
		exported
	};
	for span in [&["--now"][..], &["--all"], &["--period", "0"], &["--block", "5"]] {
		let exported = exported(span);
		let seen = quittance(&audit);
		assert_eq!(seen["period"], exported["period"]);
		assert_eq!(amount(&seen["came_in"]), came_in, "{span:?}");
		let notes = seen["notes"].as_array().unwrap();
		let sum = |own: bool| -> u128 {
			let notes = notes.iter().filter(|note| note["own"] == own);
			notes.map(|note| amount(&note["amount"])).sum()
		};
		assert_eq!(sum(false), came_in);
		assert_eq!(sum(true), amount(&seen["change"]));
		let kinds =
			seen["history"].as_array().unwrap().iter().map(|row| row["what"].as_str().unwrap());
		let kinds: std::collections::BTreeSet<_> = kinds.collect();
		assert_eq!(kinds, ["change", "deposited", "received"].into());
	}
	exported(&["--period", "1"]);
	let output = Command::new(env!("CARGO_BIN_EXE_quittance"))
		.args(["--output", "json"])
		.args(audit)
		.output()
		.unwrap();
	let error = json(&audit, output, 2)["error"].take();
	assert!(error["detail"].as_str().unwrap().contains("there is nothing yet"), "{error}");
}
