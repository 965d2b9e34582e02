//! The main job against real processes, through `quittance demo`.

use assert_cmd::Command;
use serde_json::Value;
use std::{collections::BTreeSet, env, path::Path, time::Duration};

/// Longer than the demonstration takes on a slow machine.
const TIMEOUT: Duration = Duration::from_secs(600);

fn node() -> String {
	env::var("QUITTANCE_NODE").expect(
		"set QUITTANCE_NODE to the node's program, built with --features fast-runtime, to run \
		 this test",
	)
}

#[test]
#[ignore = "needs a node: set QUITTANCE_NODE and run with --ignored"]
fn main_job_is_done_and_every_fraud_refused() {
	let node = node();
	let folder = tempfile::tempdir().unwrap();
	let file = folder.path().join("outcome.json");
	let output = Command::cargo_bin("quittance")
		.unwrap()
		.args(["demo", "--node", &node, "--json"])
		.arg(&file)
		.timeout(TIMEOUT)
		.output()
		.unwrap();
	let words = String::from_utf8_lossy(&output.stderr);
	let table = String::from_utf8_lossy(&output.stdout);
	assert_eq!(output.status.code(), Some(0), "{words}\n{table}");

	let json: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
	assert_eq!(json["ok"], true);
	let jobs = json["jobs"].as_array().unwrap();
	assert!(jobs.len() >= 6, "{jobs:?}");
	let levels: BTreeSet<_> = jobs.iter().filter_map(|job| job["level"].as_str()).collect();
	assert_eq!(levels, BTreeSet::from(["basic", "transparent"]));
	for job in jobs {
		assert!(job["amount"].as_str().unwrap().parse::<u128>().unwrap() > 0);
		assert!(job["weight_ms"].as_f64().unwrap() > 0.0);
		// Nobody is paid for a job that it has not put a bond at stake for first.
		assert!(job["miner_bond"].as_str().unwrap().parse::<u128>().unwrap() > 0);
		assert!(job["locked_block"].as_u64().unwrap() < job["block"].as_u64().unwrap(), "{job}");
		assert_eq!(job["proving_ms"].is_f64(), job["level"] == "basic", "{job}");
	}
	assert!(json["accuracy"]["ratio"].as_f64().unwrap() > 0.9, "{}", json["accuracy"]);

	let refusals = json["refusals"].as_array().unwrap();
	let errors: BTreeSet<_> =
		refusals.iter().filter_map(|refusal| refusal["error"].as_str()).collect();
	let expected = [
		"InvalidProof",
		"JobNotLocked",
		"JobOfAnother",
		"NotHotKey",
		"NotSigned",
		"NotTheMiner",
		"NullifierSpent",
		"WrongArguments",
		"WrongGenesis",
		"WrongOutput",
		"WrongSubject",
		"WrongSubmitter",
	];
	assert_eq!(errors, BTreeSet::from(expected));
	for refusal in refusals {
		assert_eq!(refusal["error"], refusal["expected"]);
		assert_eq!(refusal["changed_nothing"], true, "{refusal}");
		assert_eq!(refusal["block"].is_u64(), refusal["by"] == "chain", "{refusal}");
	}
	let shielded = &json["shielded"];
	let amount = |part: &Value| part.as_str().unwrap().parse::<u128>().unwrap();
	let left: u128 = shielded["left"].as_array().unwrap().iter().map(amount).sum();
	let went = amount(&shielded["withdrawn"]) + amount(&shielded["fees"]) + left;
	assert_eq!(amount(&shielded["deposited"]), went, "{shielded}");
	assert!(amount(&shielded["paid"]) > amount(&shielded["withdrawn"]), "{shielded}");
	let miner = &json["miner"];
	assert_eq!(miner["fulfilled"].as_u64().unwrap(), jobs.len() as u64, "{miner}");
	assert_eq!((&miner["failed"], &miner["reserved"]), (&Value::from(0), &Value::from("0")));
	for balance in json["balances"].as_array().unwrap() {
		assert_eq!(balance["exact"], true, "{balance}");
	}
	for process in json["processes"].as_array().unwrap() {
		let process = process.as_u64().unwrap();
		assert!(!Path::new(&format!("/proc/{process}")).exists(), "{process} still runs");
	}
}

#[test]
#[ignore = "needs a node: set QUITTANCE_NODE and run with --ignored"]
fn interrupted_demo_leaves_no_process() {
	use rustix::process::{kill_process, Pid, Signal};
	let node = node();
	let folder = tempfile::tempdir().unwrap();
	let base = folder.path().join("base");
	let mut demo = std::process::Command::new(env!("CARGO_BIN_EXE_quittance"))
		.args(["demo", "--node", &node, "--base-path"])
		.arg(&base)
		.spawn()
		.unwrap();
	let started = std::time::Instant::now();
	let children = || running_with(&base);
	while children().len() < 3 {
		assert!(demo.try_wait().unwrap().is_none(), "the demonstration ended early");
		assert!(started.elapsed() < TIMEOUT, "only {:?} started", children());
		std::thread::sleep(Duration::from_millis(200));
	}
	kill_process(Pid::from_raw(demo.id().try_into().unwrap()).unwrap(), Signal::TERM).unwrap();
	assert_eq!(demo.wait().unwrap().code(), Some(3));
	let ended = std::time::Instant::now();
	while !children().is_empty() {
		assert!(ended.elapsed() < Duration::from_secs(10), "{:?} still run", children());
		std::thread::sleep(Duration::from_millis(50));
	}
}

/// Processes other than the demonstration that have a path within `base` among their arguments.
fn running_with(base: &Path) -> Vec<u32> {
	let within = format!("{}/", base.display());
	std::fs::read_dir("/proc")
		.unwrap()
		.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
		.filter(|id: &u32| {
			let arguments = std::fs::read(format!("/proc/{id}/cmdline")).unwrap_or_default();
			String::from_utf8_lossy(&arguments).contains(&within)
		})
		.collect()
}
