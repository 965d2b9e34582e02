//! A process that saves its wallet again and again is killed at any moment. The file is then whole, and
//! is what was saved last, or what was just being saved.

use std::{
	io::{BufRead, BufReader, Write},
	path::Path,
	process::{Command, Stdio},
	time::Duration,
};

use quittance_wallet::{
	system_randomness, Contents, Cost, Keys, Reader, Secret, Seed, Store, Wallet,
};

const FILE: &str = "QUITTANCE_WALLET_TEST_FILE";
const CHEAP: Cost = Cost { memory: 8, passes: 1, lanes: 1 };
const KILLS: u32 = 25;
const PASSPHRASE: &str = "open sesame";

fn contents() -> Contents {
	let seed = Seed::from_bytes(&[1; 32]);
	let keys = Keys::new(&seed, &[2; 32]);
	let wallet = Wallet::new(Reader::Owner(&keys));
	Contents { secret: Secret::Seed(seed), genesis: [2; 32], wallet, auditor: None }
}

/// The process that is killed: it saves one number after the other, and says each that is saved.
#[test]
fn saves_until_it_is_killed() {
	let Some(path) = std::env::var_os(FILE) else { return };
	let (store, mut contents) = Store::open(Path::new(&path), PASSPHRASE).unwrap();
	let mut rng = system_randomness();
	let mut out = std::io::stdout();
	for number in contents.wallet.finalised() + 1.. {
		contents.wallet.finalise(number);
		store.save(&contents, &mut rng).unwrap();
		writeln!(out, "saved {number}").unwrap();
		out.flush().unwrap();
	}
}

#[test]
fn a_crash_leaves_a_whole_file() {
	let folder = tempfile::tempdir().unwrap();
	let path = folder.path().join("wallet");
	drop(Store::create(&path, PASSPHRASE, CHEAP, &contents(), &mut system_randomness()).unwrap());
	let mut last = 0;
	for kill in 0..KILLS {
		let mut child = Command::new(std::env::current_exe().unwrap())
			.args(["--exact", "saves_until_it_is_killed", "--nocapture"])
			.env(FILE, &path)
			.stdout(Stdio::piped())
			.spawn()
			.unwrap();
		let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
		let number = |line: &str| {
			let (_, number) = line.split_once("saved ")?;
			number.parse::<u64>().ok()
		};
		let first = lines.by_ref().map_while(Result::ok).find_map(|line| number(&line)).unwrap();
		assert!(first > last);
		// Somewhere in a save: they take some milliseconds each.
		std::thread::sleep(Duration::from_micros(u64::from(kill) * 700));
		child.kill().unwrap();
		child.wait().unwrap();
		let said = lines.map_while(Result::ok).filter_map(|line| number(&line)).last();
		let said = said.unwrap_or(first);
		let (_, found) = Store::open(&path, PASSPHRASE).unwrap();
		let saved = found.wallet.finalised();
		assert!(saved == said || saved == said + 1, "{saved} is there, {said} was said");
		last = saved;
	}
}
