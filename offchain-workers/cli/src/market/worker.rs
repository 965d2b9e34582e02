//! A miner's worker as a process.

use super::{process::Process, DevelopmentAccount};
use crate::{document::to_hex, failure::Failure};
use quittance_client::AccountId;
use quittance_types::CircuitId;
use std::{
	collections::BTreeMap,
	fs,
	net::SocketAddr,
	path::{Path, PathBuf},
};
use toml::{Table, Value};

/// How a worker is run. What is not here has the configuration's defaults.
#[derive(Clone, Debug)]
pub struct WorkerSetup {
	/// Its name among the processes.
	pub name: String,
	/// The `quittance` program.
	pub program: PathBuf,
	/// Where its configuration is written, with a key that is no secret in it.
	pub config: PathBuf,
	/// The node's WebSocket address.
	pub node: String,
	/// The miner.
	pub miner: AccountId,
	/// The key that the worker signs with.
	pub hot_key: DevelopmentAccount,
	/// The blob folder.
	pub blobs: PathBuf,
	/// The folder with proving keys.
	pub keys: PathBuf,
	/// Its own records.
	pub store: PathBuf,
	/// The circuits it proves.
	pub circuits: Vec<CircuitId>,
	/// What it does private jobs with, if it does them.
	pub private: Option<PrivateSetup>,
	/// Whom it asks for receipts, and where.
	pub issuers: BTreeMap<AccountId, String>,
	/// Most jobs that it has at once, if not the default.
	pub at_once: Option<u16>,
	/// The issuer's fee from which on it ends jobs without an input, in the chain's smallest unit; zero is never.
	pub malformed_from: u128,
	/// Where its health and metrics are served, if anywhere.
	pub monitor: Option<SocketAddr>,
	/// Its log, which is appended to.
	pub log: PathBuf,
}

/// What a worker does private jobs with.
#[derive(Clone, Debug)]
pub struct PrivateSetup {
	/// The file with the words of the wallet that they are paid into.
	pub seed: PathBuf,
	/// The circuit of settlements by receipts.
	pub settle: CircuitId,
	/// The circuit of settlements by verdicts.
	pub settle_verdict: CircuitId,
}

impl WorkerSetup {
	/// Writes its configuration and starts it. It is at work a while later.
	pub fn start(&self) -> Result<Process, Failure> {
		fs::write(&self.config, self.document().to_string())
			.map_err(Failure::io("writing", &self.config))?;
		let arguments = [
			"--output=json".as_ref(),
			"worker".as_ref(),
			"run".as_ref(),
			"--config".as_ref(),
			self.config.as_os_str(),
		];
		Process::start(self.name.as_str(), &self.program, arguments, &self.log)
	}

	/// The configuration.
	fn document(&self) -> Table {
		let path = |path: &Path| Value::from(path.display().to_string());
		let issuers = self.issuers.iter();
		let issuers: Table =
			issuers.map(|(account, url)| (account.to_string(), url.as_str().into())).collect();
		let circuits: Vec<_> = self.circuits.iter().map(to_hex).collect();
		let private = self.private.iter().flat_map(|private| {
			let circuit = |id: &CircuitId| Value::from(vec![to_hex(id)]);
			[
				("seed", path(&private.seed)),
				("settle", circuit(&private.settle)),
				("settle_verdict", circuit(&private.settle_verdict)),
			]
		});
		let private: Table = private.map(|(key, value)| (key.to_owned(), value)).collect();
		let listen = self.monitor.map_or_else(String::new, |address| address.to_string());
		let mut jobs = Table::new();
		// In quotes, since it has more bits than TOML's numbers.
		jobs.insert("malformed_from".to_owned(), self.malformed_from.to_string().into());
		if let Some(at_once) = self.at_once {
			jobs.insert("at_once".to_owned(), i64::from(at_once).into());
		}
		let monitor = Table::from_iter([("listen".to_owned(), listen.into())]);
		[
			("node", self.node.as_str().into()),
			("miner", self.miner.to_string().into()),
			("hot_key", self.hot_key.uri().into()),
			("blobs", path(&self.blobs)),
			("keys", path(&self.keys)),
			("store", path(&self.store)),
			("circuits", circuits.into()),
			("issuers", issuers.into()),
			("jobs", jobs.into()),
			("private", private.into()),
			("monitor", monitor.into()),
		]
		.map(|(key, value): (_, Value)| (key.to_owned(), value))
		.into_iter()
		.collect()
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use quittance_worker::WorkerConfig;
	use std::os::unix::fs::PermissionsExt;

	/// A worker reads what is written for it.
	#[test]
	fn the_configuration_says_what_it_is_to() {
		let folder = tempfile::tempdir().unwrap();
		let at = |name: &str| folder.path().join(name);
		for name in ["blobs", "keys"] {
			fs::create_dir(at(name)).unwrap();
		}
		let (miner, hot_key) = ("//Charlie", "//CharlieHot");
		let miner = DevelopmentAccount::new(miner).unwrap().account();
		let url = "http://127.0.0.1:2".to_owned();
		let setup = WorkerSetup {
			name: "worker".to_owned(),
			program: at("quittance"),
			config: at("worker.toml"),
			node: "ws://127.0.0.1:1".to_owned(),
			miner,
			hot_key: DevelopmentAccount::new(hot_key).unwrap(),
			blobs: at("blobs"),
			keys: at("keys"),
			store: at("worker.redb"),
			circuits: vec![[7; 32]],
			private: None,
			issuers: BTreeMap::from([(miner, url.clone())]),
			at_once: Some(3),
			malformed_from: u128::MAX,
			monitor: None,
			log: at("worker.log"),
		};
		let config = WorkerConfig::from_toml(&setup.document().to_string()).unwrap();
		assert_eq!((config.node, config.miner), (setup.node.clone(), miner));
		assert_eq!(config.key.account(), setup.hot_key.account());
		assert_eq!(
			(config.blobs, config.keys, config.store),
			(at("blobs"), at("keys"), at("worker.redb"))
		);
		assert_eq!((config.circuits, config.issuers), ([[7; 32]].into(), [(miner, url)].into()));
		assert_eq!(
			(config.jobs_at_once, config.malformed_from, config.monitor),
			(3, u128::MAX, None)
		);
		let monitor = Some(SocketAddr::from(([127, 0, 0, 1], 9)));
		let seed = at("words");
		let words = quittance_wallet::Seed::from_bytes(&[1; 32]).words();
		fs::write(&seed, &*words).unwrap();
		fs::set_permissions(&seed, fs::Permissions::from_mode(0o600)).unwrap();
		let private = Some(PrivateSetup { seed, settle: [8; 32], settle_verdict: [9; 32] });
		assert!(config.private.is_none());
		let other = WorkerSetup { monitor, at_once: None, private, ..setup };
		let config = WorkerConfig::from_toml(&other.document().to_string()).unwrap();
		assert_eq!((config.jobs_at_once, config.monitor), (4, monitor));
		let private = config.private.unwrap();
		assert_eq!((private.settle, private.settle_verdict), ([[8; 32]].into(), [[9; 32]].into()));
	}
}
