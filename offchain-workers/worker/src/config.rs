//! How a worker is configured: one TOML document, or by a program.

use crate::EarningsSeed;
use quittance_client::{AccountId, AccountKey};
use quittance_daemon::{
	configuration::{
		account, address_of_issuer, address_of_node, amount, at_most, boolean, file_to_be, folder,
		key, listen, positive, read_file, text, Value,
	},
	ConfigError, Document,
};
use quittance_types::{CircuitId, JobTime};
use std::{
	collections::{BTreeMap, BTreeSet},
	net::SocketAddr,
	path::{Path, PathBuf},
};

/// The document with the defaults and what each key is for. It lacks what has no default.
pub const DEFAULT_CONFIG: &str = include_str!("default.toml");

/// How to run a worker.
#[derive(Debug)]
pub struct WorkerConfig {
	/// WebSocket address of a node.
	pub node: String,
	/// The miner's hot key. Its account pays the fees.
	pub key: AccountKey,
	/// The miner: the cold account, which has the bond and is paid.
	pub miner: AccountId,
	/// Folder of the blob store.
	pub blobs: PathBuf,
	/// Folder of proving keys.
	pub keys: PathBuf,
	/// The worker's own records.
	pub store: PathBuf,
	/// Where the issuers that may be asked are reached (http or https).
	pub issuers: BTreeMap<AccountId, String>,
	/// Circuits of receipts to prove; their proving keys must be in `keys`.
	pub circuits: BTreeSet<CircuitId>,
	/// What private jobs need; without it they are left to others.
	pub private: Option<PrivateJobs>,
	/// The least to work for, in the chain's smallest unit per unit of work.
	pub minimum_unit_price: u128,
	/// Job time kept free for transactions before the end of a lock.
	pub reserve: JobTime,
	/// Most jobs that are locked at the same time.
	pub jobs_at_once: usize,
	/// Whether to do jobs with several miners.
	pub redundant: bool,
	/// Whether to earn the price of own jobs whose lock was not kept.
	pub late: bool,
	/// The issuer's fee from which on a job without an input is ended; 0 is never.
	pub malformed_from: u128,
	/// Whether to serve on panels.
	pub panels: bool,
	/// Job time for which records are kept.
	pub keep: JobTime,
	/// Where health and metrics are served, if anywhere.
	pub monitor: Option<SocketAddr>,
}

/// What private jobs need.
#[derive(Debug)]
pub struct PrivateJobs {
	/// The seed of the wallet that they are paid into.
	pub seed: EarningsSeed,
	/// Circuits of settlements by receipts; their proving keys must be in `keys`.
	pub settle: BTreeSet<CircuitId>,
	/// Circuits of settlements by verdicts; their proving keys must be in `keys`.
	pub settle_verdict: BTreeSet<CircuitId>,
	/// Circuits of settlements by receipts while the pool has an auditor. None where it has none.
	pub audited_settle: BTreeSet<CircuitId>,
	/// Those of settlements by verdicts then.
	pub audited_settle_verdict: BTreeSet<CircuitId>,
}

impl WorkerConfig {
	/// The configuration with the document's defaults for the rest: no issuers, no circuits, no private jobs, no
	/// monitor, and the records in the blob folder, under the miner's name.
	pub fn new(
		node: String,
		key: AccountKey,
		miner: AccountId,
		blobs: PathBuf,
		keys: PathBuf,
	) -> Self {
		let store = blobs.join(format!("worker-{miner}.redb"));
		Self {
			node,
			key,
			miner,
			blobs,
			keys,
			store,
			issuers: BTreeMap::new(),
			circuits: BTreeSet::new(),
			private: None,
			minimum_unit_price: 1,
			reserve: 5,
			jobs_at_once: 4,
			redundant: true,
			late: true,
			malformed_from: 0,
			panels: true,
			keep: 432_000,
			monitor: None,
		}
	}

	/// The configuration in a file.
	///
	/// # Errors
	///
	/// Everything that is wrong with it, at once.
	pub fn from_file(path: &Path) -> Result<Self, ConfigError> {
		Self::from_toml(&read_file(path)?)
	}

	/// The configuration in a document. Files are looked at: keys and folders must be there.
	///
	/// # Errors
	///
	/// Everything that is wrong with it, at once.
	pub fn from_toml(text: &str) -> Result<Self, ConfigError> {
		let mut document = Document::parse(text)?;
		let node = document.required("node", address_of_node);
		let miner = document.required("miner", account);
		let key = document.required("hot_key", key);
		let blobs = document.required("blobs", folder);
		let keys = document.optional("keys", folder);
		let store = document.required("store", file_to_be);
		let circuits = document.optional("circuits", circuits).unwrap_or_default();
		let issuers = document.section("issuers", |section| {
			let mut issuers = BTreeMap::new();
			for name in section.keys() {
				let url = section.required(&name, address_of_issuer);
				match name.parse::<AccountId>() {
					Ok(account) => issuers.extend(url.map(|url| (account, url))),
					Err(error) => section.problem(&name, &format!("no account: {error}")),
				}
			}
			issuers
		});
		if issuers.is_empty() && document.is_good() {
			document.problem("issuers", "none: nobody would sign");
		}
		let mut jobs = (None, None, None, None, None, None, None);
		document.section("jobs", |section| {
			jobs = (
				section.optional("minimum_unit_price", amount),
				section.optional("reserve", positive),
				section.optional("at_once", at_most(MOST_AT_ONCE)),
				section.optional("redundant", boolean),
				section.optional("late", boolean),
				section.optional("malformed_from", amount),
				section.optional("keep", positive),
			);
		});
		let private = document.section("private", private_jobs);
		let panels = document.section("panels", |section| section.optional("serve", boolean));
		let monitor = document.section("monitor", |section| {
			let default = (std::net::Ipv4Addr::LOCALHOST, 9960).into();
			section.optional("listen", listen).unwrap_or(Some(default))
		});
		document.nothing_left();

		let complete = (node, key, miner, blobs, store);
		let (Some(node), Some(key), Some(miner), Some(blobs), Some(store)) = complete else {
			return Err(document.into_error());
		};
		if keys.is_none() && (!circuits.is_empty() || private.is_some()) {
			document.problem("keys", "not set, but there are circuits to prove");
		}
		if !document.is_good() {
			return Err(document.into_error());
		}
		let keys = keys.unwrap_or_else(|| blobs.clone());
		let default = Self::new(node, key, miner, blobs, keys);
		let (price, reserve, at_once, redundant, late, malformed, keep) = jobs;
		Ok(Self {
			store,
			issuers,
			circuits,
			private,
			minimum_unit_price: price.unwrap_or(default.minimum_unit_price),
			reserve: reserve.unwrap_or(default.reserve),
			jobs_at_once: at_once
				.and_then(|number| usize::try_from(number).ok())
				.unwrap_or(default.jobs_at_once),
			redundant: redundant.unwrap_or(default.redundant),
			late: late.unwrap_or(default.late),
			malformed_from: malformed.unwrap_or(default.malformed_from),
			panels: panels.unwrap_or(default.panels),
			keep: keep.unwrap_or(default.keep),
			monitor,
			..default
		})
	}
}

/// The section about private jobs: all of it, or nothing.
fn private_jobs(section: &mut Document) -> Option<PrivateJobs> {
	let path = section.optional("seed", |value| match value {
		Value::String(path) if path.is_empty() => Ok(None),
		value => text(value).map(Some),
	});
	let mut of = |key: &str| section.optional(key, circuits).unwrap_or_default();
	let (settle, settle_verdict) = (of("settle"), of("settle_verdict"));
	let (audited_settle, audited_settle_verdict) =
		(of("audited_settle"), of("audited_settle_verdict"));
	let Some(path) = path.flatten() else {
		// One that cannot be read as a text has been named.
		let all = [&settle, &settle_verdict, &audited_settle, &audited_settle_verdict];
		if section.is_good() && !all.into_iter().all(BTreeSet::is_empty) {
			section.problem("seed", "not set, but there are circuits to prove");
		}
		return None;
	};
	let seed = match EarningsSeed::from_file(Path::new(&path)) {
		Ok(seed) => Some(seed),
		Err(error) => {
			section.problem("seed", &error.to_string());
			None
		},
	};
	for (key, circuits, what) in [
		("settle", &settle, "none: no private job could be taken"),
		("settle_verdict", &settle_verdict, "none: what a panel finds right would not be paid"),
	] {
		if circuits.is_empty() {
			section.problem(key, what);
		}
	}
	let seed = seed?;
	Some(PrivateJobs { seed, settle, settle_verdict, audited_settle, audited_settle_verdict })
}

fn circuits(value: Value) -> Result<BTreeSet<CircuitId>, String> {
	let values = value.as_array().ok_or("not a list")?;
	let circuit = |value: &Value| {
		let text = value.as_str().ok_or("a circuit is no text in quotes")?;
		let digits = text.strip_prefix("0x").ok_or("a circuit without 0x")?;
		let mut id = [0; 32];
		hex::decode_to_slice(digits, &mut id).map_err(|error| format!("a circuit: {error}"))?;
		Ok(id)
	};
	values.iter().map(circuit).collect()
}

/// Most jobs at once: each has an output and a proof in memory.
const MOST_AT_ONCE: u32 = 1_024;

#[cfg(test)]
mod tests {
	use super::*;

	/// The default document with what it lacks, in a folder that is there.
	fn filled(folder: &Path) -> String {
		let miner = AccountKey::development("//Bob").unwrap().account();
		let folder = folder.display();
		DEFAULT_CONFIG
			.replace("miner = \"\"", &format!("miner = \"{miner}\""))
			.replace("hot_key = \"\"", "hot_key = \"//Alice\"")
			.replace("/var/lib/quittance/worker.redb", &format!("{folder}/worker.redb"))
			.replace("/var/lib/quittance/blobs", &folder.to_string())
			.replace("/var/lib/quittance/keys", &folder.to_string())
			.replace("[issuers]", &format!("[issuers]\n{miner} = \"http://127.0.0.1:9955\""))
	}

	fn problems(text: &str) -> Vec<(String, String)> {
		let ConfigError(problems) = WorkerConfig::from_toml(text).unwrap_err();
		problems.into_iter().map(|problem| (problem.key, problem.what)).collect()
	}

	fn keys(problems: &[(String, String)]) -> Vec<&str> {
		problems.iter().map(|(key, _)| key.as_str()).collect()
	}

	#[test]
	fn the_printed_defaults_are_the_defaults() {
		let folder = tempfile::tempdir().unwrap();
		let read = WorkerConfig::from_toml(&filled(folder.path())).unwrap();
		let path = folder.path().to_owned();
		let key = || AccountKey::development("//Alice").unwrap();
		let default = WorkerConfig::new(
			"ws://127.0.0.1:9944".to_owned(),
			key(),
			AccountKey::development("//Bob").unwrap().account(),
			path.clone(),
			path.clone(),
		);
		let issuers = BTreeMap::from([(default.miner, "http://127.0.0.1:9955".to_owned())]);
		let monitor = Some("127.0.0.1:9960".parse().unwrap());
		let store = path.join("worker.redb");
		let expected = WorkerConfig { store, issuers, monitor, ..default };
		assert_eq!(format!("{read:?}"), format!("{expected:?}"));
	}

	/// Each key is explained where it is set.
	#[test]
	fn every_key_of_the_defaults_has_a_comment() {
		let lines: Vec<&str> = DEFAULT_CONFIG.lines().collect();
		for (place, line) in lines.iter().enumerate() {
			let is_key = line.contains(" = ") && !line.starts_with('#');
			assert!(!is_key || lines[place - 1].starts_with('#'), "{line}");
		}
	}

	#[test]
	fn what_has_no_default_must_be_set() {
		let found = problems(DEFAULT_CONFIG);
		for key in ["miner", "hot_key"] {
			assert!(found.contains(&(key.to_owned(), "empty".to_owned())), "{found:?}");
		}
		let found = problems("");
		assert_eq!(keys(&found), ["node", "miner", "hot_key", "blobs", "store"]);
		assert!(found.iter().all(|(_, what)| what == "not set"));
	}

	#[test]
	fn everything_that_is_wrong_is_said_at_once() {
		let folder = tempfile::tempdir().unwrap();
		let text = filled(folder.path())
			.replace("ws://127.0.0.1:9944", "ws://example.org")
			.replace("//Alice", "/no/such/key")
			.replace("worker.redb", "no/such/folder/worker.redb")
			.replace("circuits = []", "circuits = [\"0x12\"]\ncircuit = 1")
			.replace("http://127.0.0.1:9955", "http://example.org")
			.replace("minimum_unit_price = 1", "minimum_unit_price = -1")
			.replace("reserve = 5", "reserve = 0")
			.replace("at_once = 4", "at_once = 5000")
			.replace("late = true", "late = \"yes\"")
			.replace("keep = 432000", "keep = 1.5\nkept = 3")
			.replace("serve = true", "serve = 1")
			.replace("127.0.0.1:9960", "localhost")
			+ "\n[monitors]\n";
		let found = problems(&text);
		let account = AccountKey::development("//Bob").unwrap().account();
		let issuer = format!("issuers.{account}");
		let expected = [
			"node",
			"hot_key",
			"store",
			"circuits",
			&issuer,
			"jobs.minimum_unit_price",
			"jobs.reserve",
			"jobs.at_once",
			"jobs.late",
			"jobs.keep",
			"jobs.kept",
			"panels.serve",
			"monitor.listen",
			"circuit",
			"monitors",
		];
		assert_eq!(keys(&found), expected, "{found:?}");
	}

	#[test]
	fn issuers_are_accounts_and_there_is_one() {
		let folder = tempfile::tempdir().unwrap();
		let good = filled(folder.path());
		let account = AccountKey::development("//Bob").unwrap().account().to_string();
		let issuer = format!("\n{account} = \"http://127.0.0.1:9955\"");
		assert_eq!(keys(&problems(&good.replace(&issuer, ""))), ["issuers"]);
		let nobody = good.replace(&issuer, "\nnobody = \"http://127.0.0.1:9955\"");
		assert_eq!(keys(&problems(&nobody)), ["issuers.nobody"]);
	}

	#[test]
	fn circuits_need_a_folder_of_keys() {
		let folder = tempfile::tempdir().unwrap();
		let id = "ab".repeat(32);
		let text =
			filled(folder.path()).replace("circuits = []", &format!("circuits = [\"0x{id}\"]"));
		assert_eq!(WorkerConfig::from_toml(&text).unwrap().circuits, BTreeSet::from([[0xab; 32]]));
		let line = format!("keys = \"{}\"", folder.path().display());
		assert_eq!(keys(&problems(&text.replace(&line, ""))), ["keys"]);
	}

	/// Of the section about private jobs all is there, or nothing.
	#[test]
	fn private_jobs_need_a_wallet_and_circuits_of_both_kinds() {
		use crate::earnings::tests::{file, words};
		let folder = tempfile::tempdir().unwrap();
		let good = filled(folder.path());
		assert!(WorkerConfig::from_toml(&good).unwrap().private.is_none());
		let seed = file(words(7).as_bytes(), 0o600);
		let circuit = |byte: &str| format!("[\"0x{}\"]", byte.repeat(32));
		let private = |path: &str, settle: &str, verdict: &str| {
			good.replace("seed = \"\"", &format!("seed = \"{path}\""))
				.replace("\nsettle = []", &format!("\nsettle = {settle}"))
				.replace("\nsettle_verdict = []", &format!("\nsettle_verdict = {verdict}"))
		};
		let path = seed.path().to_str().unwrap();
		let whole = private(path, &circuit("ab"), &circuit("cd"));
		let PrivateJobs { seed, settle, settle_verdict, audited_settle, audited_settle_verdict } =
			WorkerConfig::from_toml(&whole).unwrap().private.unwrap();
		// A pool need not have an auditor.
		assert!(audited_settle.is_empty() && audited_settle_verdict.is_empty());
		let audited = |text: &str| {
			text.replace("audited_settle = []", &format!("audited_settle = {}", circuit("12")))
				.replace(
					"audited_settle_verdict = []",
					&format!("audited_settle_verdict = {}", circuit("34")),
				)
		};
		let with = WorkerConfig::from_toml(&audited(&whole)).unwrap().private.unwrap();
		assert_eq!(with.audited_settle, BTreeSet::from([[0x12; 32]]));
		assert_eq!(with.audited_settle_verdict, BTreeSet::from([[0x34; 32]]));
		assert_eq!(keys(&problems(&audited(&good))), ["private.seed"]);
		assert_eq!(*seed.seed().to_bytes(), [7; 32]);
		assert_eq!(settle, BTreeSet::from([[0xab; 32]]));
		assert_eq!(settle_verdict, BTreeSet::from([[0xcd; 32]]));

		let missing = |text: &str| {
			let found = problems(text);
			keys(&found).into_iter().map(str::to_owned).collect::<Vec<_>>()
		};
		let (some, none) = (circuit("ab"), "[]");
		assert_eq!(missing(&private(path, none, &some)), ["private.settle"]);
		assert_eq!(missing(&private(path, &some, none)), ["private.settle_verdict"]);
		assert_eq!(
			missing(&private(path, none, none)),
			["private.settle", "private.settle_verdict"]
		);
		assert_eq!(missing(&private("", &some, none)), ["private.seed"]);
		assert_eq!(missing(&private("", none, &some)), ["private.seed"]);
		let exposed = file(words(7).as_bytes(), 0o644);
		let exposed = private(exposed.path().to_str().unwrap(), &some, &some);
		assert!(problems(&exposed)[0].1.contains("[Q-SF-002]"), "{:?}", problems(&exposed));
		let slip = file(b"zoo zoo", 0o600);
		let slip = private(slip.path().to_str().unwrap(), &some, &some);
		assert!(problems(&slip)[0].1.contains("[Q-SF-004]"), "{:?}", problems(&slip));
		assert_eq!(missing(&private("/no/such/seed", &some, &some)), ["private.seed"]);
		assert_eq!(missing(&good.replace("seed = \"\"", "seed = 7")), ["private.seed"]);
		assert_eq!(missing(&good.replace("\nsettle = []", "\nsettle = 7")), ["private.settle"]);
		assert_eq!(missing(&good.replace("\nsettle = []", "\nsettled = []")), ["private.settled"]);
		// And a folder of keys.
		let line = format!("keys = \"{}\"", folder.path().display());
		assert_eq!(missing(&whole.replace(&line, "")), ["keys"]);
	}

	#[test]
	fn large_amounts_are_in_quotes() {
		let folder = tempfile::tempdir().unwrap();
		let most = u128::MAX.to_string();
		let text = filled(folder.path())
			.replace("minimum_unit_price = 1", &format!("minimum_unit_price = \"{most}\""));
		assert_eq!(WorkerConfig::from_toml(&text).unwrap().minimum_unit_price, u128::MAX);
	}

	#[test]
	fn a_broken_document_is_one_problem() {
		assert_eq!(keys(&problems("node = ")), ["syntax"]);
		assert_eq!(keys(&problems("issuers = 3"))[0], "node");
		assert!(keys(&problems("issuers = 3")).contains(&"issuers"));
		let missing = WorkerConfig::from_file(Path::new("/no/such/file")).unwrap_err();
		assert_eq!(missing.0.len(), 1);
	}
}
