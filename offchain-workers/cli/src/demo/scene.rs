//! The processes of the demonstration and who is who.

use super::process::Process;
use crate::{
	console::Console,
	document::to_hex,
	failure::{Failure, Fault},
};
use quittance_client::{AccountId, AccountKey, Chain, Sender};
use quittance_types::CircuitId;
use serde::Serialize;
use std::{
	net::{Ipv4Addr, SocketAddr},
	path::{Path, PathBuf},
	time::{Duration, Instant},
};
use tempfile::TempDir;
use tokio::net::{TcpListener, TcpStream};
use toml::{Table, Value};

/// How long a process may take until it answers.
const START_TIMEOUT: Duration = Duration::from_secs(90);

/// How long a process may take to end when asked to.
const STOP_TIMEOUT: Duration = Duration::from_secs(60);

/// How often a starting process is tried.
const START_POLL: Duration = Duration::from_millis(200);

/// The validator, whose key is the node's and not ours.
pub const VALIDATOR: &str = "Alice";
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
	uri: &'static str,
	account: AccountId,
}

impl Actor {
	fn new(uri: &'static str, role: Role) -> Result<Self, Failure> {
		let account = key(uri)?.account();
		Ok(Self { name: uri.trim_start_matches('/'), role, uri, account })
	}

	/// Its account.
	pub fn account(&self) -> AccountId {
		self.account
	}

	/// Its key.
	pub fn key(&self) -> Result<AccountKey, Failure> {
		key(self.uri)
	}

	/// A sender for it. The hot key's may only be made while the worker does not run.
	pub fn sender(&self, chain: &Chain) -> Result<Sender, Failure> {
		Ok(Sender::new(chain.clone(), self.key()?.keypair().clone()))
	}
}

fn key(uri: &str) -> Result<AccountKey, Failure> {
	AccountKey::development(uri)
		.map_err(|error| Failure::unavailable(format!("deriving the key {uri}"), error))
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
	program: PathBuf,
	keys: PathBuf,
	circuit: CircuitId,
	issuer_account: AccountId,
	url: String,
	issuer_address: SocketAddr,
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
		let port = free_port().await?.port();
		let base_path = folders.node();
		let rpc_port = port.to_string();
		let mut process = Process::start(
			"node",
			node,
			[
				"--dev".as_ref(),
				"--base-path".as_ref(),
				base_path.as_os_str(),
				"--database=paritydb".as_ref(),
				"--rpc-port".as_ref(),
				rpc_port.as_ref(),
				"--listen-addr=/ip4/127.0.0.1/tcp/0".as_ref(),
				"--no-mdns".as_ref(),
				"--no-prometheus".as_ref(),
				"--no-telemetry".as_ref(),
			],
			&folders.log("node"),
		)?;
		let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
		answering(&mut process, address).await?;
		let url = format!("ws://{address}");
		let chain = Chain::connect(&url).await?;
		waiting.finish_and_clear();

		let waiting = console.spinner("starting the issuer");
		let issuer_address = free_port().await?;
		let config = folders.issuer().join("issuer.toml");
		let document = issuer_document(&url, cast.issuer.uri, &folders, issuer_address);
		std::fs::write(&config, document).map_err(Failure::io("writing", &config))?;
		let mut issuer = Process::start(
			"issuer",
			&program,
			[
				"--output=json".as_ref(),
				"issuer".as_ref(),
				"run".as_ref(),
				"--config".as_ref(),
				config.as_os_str(),
			],
			&folders.log("issuer"),
		)?;
		answering(&mut issuer, issuer_address).await?;
		waiting.finish_and_clear();

		Ok(Self {
			program,
			keys,
			circuit,
			issuer_account: cast.issuer.account(),
			url,
			issuer_address,
			worker: None,
			issuer,
			node: process,
			chain,
			folders,
		})
	}

	/// Where the issuer is asked for receipts.
	pub fn issuer_url(&self) -> String {
		format!("http://{}", self.issuer_address)
	}

	/// Process ids: node, issuer, worker.
	pub fn ids(&self) -> [Option<u32>; 3] {
		[self.node.id(), self.issuer.id(), self.worker.as_ref().and_then(Process::id)]
	}

	/// Starts the miner's worker.
	pub fn start_worker(&mut self, cast: &Cast) -> Result<(), Failure> {
		let config = self.folders.root.join("worker.toml");
		std::fs::write(&config, self.worker_document(cast))
			.map_err(Failure::io("writing", &config))?;
		self.worker = Some(Process::start(
			"worker",
			&self.program,
			[
				"--output=json".as_ref(),
				"worker".as_ref(),
				"run".as_ref(),
				"--config".as_ref(),
				config.as_os_str(),
			],
			&self.folders.worker_log(),
		)?);
		Ok(())
	}

	/// The worker's configuration.
	fn worker_document(&self, cast: &Cast) -> String {
		let path = |path: PathBuf| path.display().to_string();
		let document: Table = [
			("node", self.url.clone().into()),
			("miner", cast.miner.account().to_string().into()),
			("hot_key", cast.hot_key.uri.into()),
			("blobs", path(self.folders.blobs()).into()),
			("keys", path(self.keys.clone()).into()),
			("store", path(self.folders.root.join("worker.redb")).into()),
			("circuits", vec![to_hex(self.circuit)].into()),
			("issuers", table([(self.issuer_account.to_string(), self.issuer_url().into())])),
			("monitor", table([("listen".to_owned(), String::new().into())])),
		]
		.map(|(key, value): (_, Value)| (key.to_owned(), value))
		.into_iter()
		.collect();
		document.to_string()
	}

	/// Asks the worker to end and waits until it has.
	pub async fn stop_worker(&mut self) -> Result<(), Failure> {
		match self.worker.take() {
			Some(worker) => worker.stop(STOP_TIMEOUT).await,
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
		self.issuer.stop(STOP_TIMEOUT).await?;
		self.node.stop(STOP_TIMEOUT).await
	}
}

/// The issuer's configuration: what differs from the defaults.
fn issuer_document(node: &str, key: &str, folders: &Folders, listen: SocketAddr) -> String {
	let path = |path: PathBuf| path.display().to_string();
	let document: Table = [
		("node", node.into()),
		("key", key.into()),
		("blobs", path(folders.blobs()).into()),
		("store", path(folders.issuer().join("signed.redb")).into()),
		("listen", listen.to_string().into()),
		("monitor", table([("listen".to_owned(), String::new().into())])),
	]
	.map(|(key, value): (_, Value)| (key.to_owned(), value))
	.into_iter()
	.collect();
	document.to_string()
}

fn table<const N: usize>(entries: [(String, Value); N]) -> Value {
	Value::Table(entries.into_iter().collect())
}

/// A loopback address that nobody listens on.
async fn free_port() -> Result<SocketAddr, Failure> {
	let failed = |error| Failure::unavailable("looking for a free port", error);
	let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(failed)?;
	listener.local_addr().map_err(failed)
}

/// Waits until a process answers at an address.
async fn answering(process: &mut Process, address: SocketAddr) -> Result<(), Failure> {
	let start = Instant::now();
	loop {
		process.ensure_running()?;
		if TcpStream::connect(address).await.is_ok() {
			return Ok(());
		}
		if start.elapsed() > START_TIMEOUT {
			let detail = format!("no answer at {address} within {} s", START_TIMEOUT.as_secs());
			return Err(Failure::unavailable("starting a process", detail));
		}
		tokio::time::sleep(START_POLL).await;
	}
}
