//! The processes of the demonstration and who is who.

use crate::{
	console::Console,
	failure::{Failure, Fault},
	market::{free_address, DevelopmentAccount, IssuerSetup, NodeSetup, Process, WorkerSetup},
};
use quittance_client::{AccountId, AccountKey, Chain, Sender};
use quittance_types::CircuitId;
use serde::Serialize;
use std::{
	collections::BTreeMap,
	path::{Path, PathBuf},
};
use tempfile::TempDir;

/// The validator, whose key is the node's and not ours.
pub const VALIDATOR: &str = "Alice";
/// The sudo key is that account's, too.
pub const SUDO: &str = "//Alice";
const REQUESTER: &str = "//Bob";
const MINER: &str = "//Charlie";
/// The key that the miner's worker signs with. Its account has nothing but what the miner gives it for fees.
const HOT_KEY: &str = "//CharlieHot";
const ISSUER: &str = "//Dave";
const ATTACKER: &str = "//Eve";

/// A part in the demonstration.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
	/// Posts jobs and pays for them.
	Requester,
	/// Does them: has the bond and is paid.
	Miner,
	/// Signs for the miner.
	HotKey,
	/// Checks outputs and signs receipts.
	Issuer,
	/// Sends what others made.
	Attacker,
}

impl Role {
	/// Its name.
	pub fn name(self) -> &'static str {
		match self {
			Self::Requester => "requester",
			Self::Miner => "miner",
			Self::HotKey => "hot key",
			Self::Issuer => "issuer",
			Self::Attacker => "attacker",
		}
	}
}

/// An account with a part in the demonstration.
pub struct Actor {
	/// Its name.
	pub name: &'static str,
	/// Its part.
	pub role: Role,
	/// Its account and key.
	pub key: DevelopmentAccount,
}

impl Actor {
	fn new(uri: &'static str, role: Role) -> Result<Self, Failure> {
		let key = DevelopmentAccount::new(uri)?;
		Ok(Self { name: key.name(), role, key })
	}

	/// Its account.
	pub fn account(&self) -> AccountId {
		self.key.account()
	}

	/// Its key.
	pub fn key(&self) -> Result<AccountKey, Failure> {
		self.key.key()
	}

	/// A sender for it. The hot key's may only be made while the worker does not run.
	pub fn sender(&self, chain: &Chain) -> Result<Sender, Failure> {
		self.key.sender(chain)
	}
}

/// Everyone but the validator.
pub struct Cast {
	/// Posts jobs.
	pub requester: Actor,
	/// Does them: has the bond and is paid.
	pub miner: Actor,
	/// The key that the miner's worker signs with.
	pub hot_key: Actor,
	/// Checks outputs and signs receipts.
	pub issuer: Actor,
	/// Copies what others sent.
	pub attacker: Actor,
}

impl Cast {
	/// Development accounts.
	pub fn new() -> Result<Self, Failure> {
		Ok(Self {
			requester: Actor::new(REQUESTER, Role::Requester)?,
			miner: Actor::new(MINER, Role::Miner)?,
			hot_key: Actor::new(HOT_KEY, Role::HotKey)?,
			issuer: Actor::new(ISSUER, Role::Issuer)?,
			attacker: Actor::new(ATTACKER, Role::Attacker)?,
		})
	}

	/// All of them.
	pub fn all(&self) -> [&Actor; 5] {
		[&self.requester, &self.miner, &self.hot_key, &self.issuer, &self.attacker]
	}
}

/// Where the processes keep their files.
pub struct Folders {
	root: PathBuf,
	/// Removes a temporary root when dropped.
	_temporary: Option<TempDir>,
}

impl Folders {
	/// Makes them in `base`, which must be empty or not there, or in a temporary folder.
	pub fn new(base: Option<PathBuf>) -> Result<Self, Failure> {
		let (root, temporary) = match base {
			Some(base) => {
				let occupied = base.read_dir().is_ok_and(|mut entries| entries.next().is_some());
				if occupied {
					return Err(Failure::argument(
						"--base-path",
						Fault::Unsupported,
						format!("{} is not empty", base.display()),
					));
				}
				(base, None)
			},
			None => {
				let folder = tempfile::Builder::new()
					.prefix("quittance-demo-")
					.tempdir()
					.map_err(|error| Failure::unavailable("making a temporary folder", error))?;
				(folder.path().into(), Some(folder))
			},
		};
		let folders = Self { root, _temporary: temporary };
		for folder in [folders.node(), folders.blobs(), folders.issuer()] {
			std::fs::create_dir_all(&folder).map_err(Failure::io("making", &folder))?;
		}
		Ok(folders)
	}

	fn node(&self) -> PathBuf {
		self.root.join("node")
	}

	fn issuer(&self) -> PathBuf {
		self.root.join("issuer")
	}

	fn log(&self, name: &str) -> PathBuf {
		self.root.join(format!("{name}.log"))
	}

	/// The blob folder that requester, miner and issuer share.
	pub fn blobs(&self) -> PathBuf {
		self.root.join("blobs")
	}

	/// The worker's log.
	pub fn worker_log(&self) -> PathBuf {
		self.log("worker")
	}
}

/// The running processes. All of them end when this is dropped.
pub struct Scene {
	worker_setup: WorkerSetup,
	issuer_url: String,
	// Dropped in this order: the node last.
	worker: Option<Process>,
	issuer: Process,
	node: Process,
	/// The connection to the node.
	pub chain: Chain,
	/// Where files are.
	pub folders: Folders,
}

impl Scene {
	/// Starts a node on an empty embedded database and an issuer.
	pub async fn start(
		console: &Console,
		program: PathBuf,
		node: &Path,
		folders: Folders,
		keys: PathBuf,
		circuit: CircuitId,
		cast: &Cast,
	) -> Result<Self, Failure> {
		let waiting = console.spinner("starting the node");
		let node = NodeSetup {
			program: node.into(),
			base_path: folders.node(),
			port: free_address().await?.port(),
			archive: false,
			log: folders.log("node"),
		};
		let (url, node) = (node.url(), node.start().await?);
		let chain = Chain::connect(&url).await?;
		waiting.finish_and_clear();

		let waiting = console.spinner("starting the issuer");
		let issuer = IssuerSetup {
			program: program.clone(),
			node: url.clone(),
			key: cast.issuer.key,
			blobs: folders.blobs(),
			store: folders.issuer().join("signed.redb"),
			listen: free_address().await?,
			log: folders.log("issuer"),
		};
		let (issuer_url, issuer) = (format!("http://{}", issuer.listen), issuer.start().await?);
		waiting.finish_and_clear();

		let worker_setup = WorkerSetup {
			name: "worker".to_owned(),
			program,
			config: folders.root.join("worker.toml"),
			node: url,
			miner: cast.miner.account(),
			hot_key: cast.hot_key.key,
			blobs: folders.blobs(),
			keys,
			store: folders.root.join("worker.redb"),
			circuits: vec![circuit],
			private: None,
			issuers: BTreeMap::from([(cast.issuer.account(), issuer_url.clone())]),
			at_once: None,
			malformed_from: 0,
			monitor: None,
			log: folders.worker_log(),
		};
		Ok(Self { worker_setup, issuer_url, worker: None, issuer, node, chain, folders })
	}

	/// Where the issuer is asked for receipts.
	pub fn issuer_url(&self) -> String {
		self.issuer_url.clone()
	}

	/// Process ids: node, issuer, worker.
	pub fn ids(&self) -> [Option<u32>; 3] {
		[self.node.id(), self.issuer.id(), self.worker.as_ref().and_then(Process::id)]
	}

	/// Starts the miner's worker.
	pub fn start_worker(&mut self) -> Result<(), Failure> {
		self.worker = Some(self.worker_setup.start()?);
		Ok(())
	}

	/// Asks the worker to end and waits until it has.
	pub async fn stop_worker(&mut self) -> Result<(), Failure> {
		match self.worker.take() {
			Some(worker) => worker.stop().await,
			None => Ok(()),
		}
	}

	/// Fails if a process that should run has ended.
	pub fn ensure_running(&mut self) -> Result<(), Failure> {
		self.node.ensure_running()?;
		self.issuer.ensure_running()?;
		self.worker.as_mut().map_or(Ok(()), Process::ensure_running)
	}

	/// Ends all processes in an orderly way; each must end without an error.
	pub async fn stop(mut self) -> Result<(), Failure> {
		self.stop_worker().await?;
		self.issuer.stop().await?;
		self.node.stop().await
	}
}
