//! A validator as a process: how it is started, asked and ended. For the tests `validators` and `attestations` and the
//! benchmark `receipts-finalised`.

use codec::Decode;
use jsonrpsee_workers::{
	core::{
		client::{ClientT, Error as RpcError},
		params::ArrayParams,
	},
	http_client::{HttpClient, HttpClientBuilder},
	rpc_params,
};
use polkadot_sdk::*;
use quittance_runtime::{Hash, Header, RuntimeEvent};
use serde::de::DeserializeOwned;
use sp_core::Bytes;
use std::{
	fs::File,
	net::{Ipv4Addr, SocketAddr, TcpListener},
	path::{Path, PathBuf},
	process::{Child, Command, Stdio},
	time::{Duration, Instant},
};

/// Bound of every single wait. The longest are for a new validator to enter, up to two eras, and for
/// the benchmark's blocks, about a dozen of 6 s: 80 s either way.
pub const TIMEOUT: Duration = Duration::from_secs(180);

/// Bound of a single answer of a node, which shares its machine with four others.
const ANSWER: Duration = Duration::from_secs(30);

/// Between two looks at a node.
pub const PAUSE: Duration = Duration::from_millis(300);

/// Lines of each node's log that are shown when the test fails.
const LOG_LINES: usize = 30;

/// A node's process and folder. The process is killed when this is dropped.
pub struct Node {
	pub name: &'static str,
	program: String,
	folder: PathBuf,
	/// The preset of its chain, or the specification's file.
	chain: String,
	/// What tells who the node is, and flags that it alone has.
	identity: &'static [&'static str],
	rpc: SocketAddr,
	pub p2p: SocketAddr,
	/// Where the first one listens.
	pub bootnode: Option<String>,
	client: HttpClient,
	process: Option<Child>,
}

impl Node {
	pub fn new(
		name: &'static str,
		chain: &str,
		identity: &'static [&'static str],
		program: &str,
		folder: &Path,
	) -> Self {
		let rpc = free_port();
		let client = HttpClientBuilder::default()
			.request_timeout(ANSWER)
			.build(format!("http://{rpc}"))
			.expect("the address is one");
		Self {
			name,
			program: program.into(),
			folder: folder.join(name),
			chain: chain.into(),
			identity,
			rpc,
			p2p: free_port(),
			bootnode: None,
			client,
			process: None,
		}
	}

	pub fn start(&mut self) {
		std::fs::create_dir_all(&self.folder).unwrap();
		let log = File::options().create(true).append(true).open(self.log()).unwrap();
		let mut command = Command::new(&self.program);
		command
			.args(self.identity)
			.arg(format!("--chain={}", self.chain))
			.args(["--validator", "--database=paritydb", "--base-path"])
			.arg(self.folder.join("chain"))
			.arg(format!("--rpc-port={}", self.rpc.port()))
			.arg(format!("--listen-addr=/ip4/127.0.0.1/tcp/{}", self.p2p.port()))
			// The node makes its network key on the first start and keeps it for the others.
			.args(["--unsafe-force-node-key-generation", "--allow-private-ip"])
			.args(["--no-mdns", "--no-prometheus", "--no-telemetry"])
			.args(self.bootnode.iter().map(|address| format!("--bootnodes={address}")))
			.stdin(Stdio::null())
			.stdout(log.try_clone().unwrap())
			.stderr(log);
		self.process = Some(command.spawn().expect("the node starts"));
	}

	/// Ends the process without any warning, as a power cut would.
	pub fn kill(&mut self) {
		if let Some(mut process) = self.process.take() {
			// `Child::kill` is SIGKILL on this process id. This runs in `drop`, too, where a second
			// panic would hide the first.
			let _ = process.kill();
			let _ = process.wait();
		}
	}

	pub fn ensure_running(&mut self) {
		let status = self.process.as_mut().and_then(|process| process.try_wait().unwrap());
		if let Some(status) = status {
			panic!("{} ended with {status}", self.name);
		}
	}

	pub fn log(&self) -> PathBuf {
		self.folder.join("log")
	}

	/// Waits until the node answers.
	pub async fn answers(&mut self) {
		let started = Instant::now();
		while self.request::<Hash>("chain_getFinalizedHead", rpc_params![]).await.is_err() {
			self.ensure_running();
			assert!(started.elapsed() < TIMEOUT, "{} does not answer", self.name);
			tokio::time::sleep(PAUSE).await;
		}
	}

	/// A node's answer, or its refusal.
	pub async fn request<T: DeserializeOwned>(
		&self,
		method: &str,
		params: ArrayParams,
	) -> Result<T, RpcError> {
		self.client.request(method, params).await
	}

	pub async fn ask<T: DeserializeOwned>(&self, method: &str, params: ArrayParams) -> T {
		match self.request(method, params).await {
			Ok(answer) => answer,
			Err(error) => panic!("{}: {method}: {error}", self.name),
		}
	}

	pub async fn header(&self, hash: Hash) -> Header {
		let header: Option<Header> = self.ask("chain_getHeader", rpc_params![hash]).await;
		header.expect("the node has the block")
	}

	/// The block of a height that is final.
	pub async fn hash(&self, height: u32) -> Hash {
		let hash: Option<Hash> = self.ask("chain_getBlockHash", rpc_params![height]).await;
		hash.expect("the node has the block")
	}

	pub async fn final_head(&self) -> (Hash, Header) {
		let hash = self.ask("chain_getFinalizedHead", rpc_params![]).await;
		(hash, self.header(hash).await)
	}

	pub async fn final_height(&self) -> u32 {
		self.final_head().await.1.number
	}

	/// Waits until a block at or above `height` is final.
	pub async fn final_from(&self, height: u32) {
		until(&format!("{}: final block {height}", self.name), async || {
			(self.final_height().await >= height).then_some(())
		})
		.await
	}

	/// What `look` finds in the first final block, from height `from` on, in which it finds
	/// something.
	pub async fn find<T>(
		&self,
		from: u32,
		what: &str,
		mut look: impl AsyncFnMut(Hash, Header) -> Option<T>,
	) -> T {
		let mut next = from;
		until(what, async || {
			let last = self.final_height().await;
			while next <= last {
				let hash = self.hash(next).await;
				next += 1;
				let found = look(hash, self.header(hash).await).await;
				if found.is_some() {
					return found;
				}
			}
			None
		})
		.await
	}

	/// What the state after block `at` has under `key`.
	pub async fn value<T: Decode>(&self, key: &[u8], at: Hash) -> Option<T> {
		let key = Bytes(key.to_vec());
		let value: Option<Bytes> = self.ask("state_getStorage", rpc_params![key, at]).await;
		value.map(|bytes| decode(&bytes.0))
	}

	pub async fn events(&self, at: Hash) -> Vec<frame_system::EventRecord<RuntimeEvent, Hash>> {
		// The pallet keeps the type of this storage to itself.
		let key = frame_support::storage::storage_prefix(b"System", b"Events");
		self.value(&key, at).await.expect("every block has events")
	}
}

impl Drop for Node {
	fn drop(&mut self) {
		let ended = self.process.as_mut().and_then(|process| process.try_wait().ok().flatten());
		self.kill();
		if std::thread::panicking() {
			let log = std::fs::read_to_string(self.log()).unwrap_or_default();
			let lines: Vec<_> = log.lines().collect();
			let (head, rest) = lines.split_at(LOG_LINES.min(lines.len()));
			let tail = &rest[rest.len().saturating_sub(LOG_LINES)..];
			let status = ended.map_or("ran on".into(), |status| format!("ended with {status}"));
			let (head, tail) = (head.join("\n"), tail.join("\n"));
			eprintln!("--- {} ({status}):\n{head}\n[..]\n{tail}", self.name);
		}
	}
}

fn free_port() -> SocketAddr {
	TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap()
}

pub fn decode<T: Decode>(mut bytes: &[u8]) -> T {
	T::decode(&mut bytes).expect("the test's runtime is the node's")
}

/// Asks again until there is an answer.
pub async fn until<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
	let started = Instant::now();
	loop {
		if let Some(answer) = ask().await {
			return answer;
		}
		assert!(started.elapsed() < TIMEOUT, "not within {TIMEOUT:?}: {what}");
		tokio::time::sleep(PAUSE).await;
	}
}
