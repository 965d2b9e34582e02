//! Two validators: blocks become final on both, and again after one was killed and came back.

use quittance_client::{Chain, Head};
use std::{
	env,
	fs::File,
	net::{Ipv4Addr, SocketAddr, TcpListener},
	path::{Path, PathBuf},
	process::{Child, Command, Stdio},
	time::{Duration, Instant},
};

/// Bound of every single wait.
const TIMEOUT: Duration = Duration::from_secs(180);

/// How long a chain with one of two validators is watched standing still.
const STANDSTILL: Duration = Duration::from_secs(12);

/// Blocks past a height that count as finality going on.
const PROGRESS: u64 = 3;

/// Blocks that finality may still go up by when one validator is gone: votes under way.
const UNDER_WAY: u64 = 2;

/// A node's process and folder. The process is killed when this is dropped.
struct Validator {
	name: &'static str,
	program: String,
	folder: PathBuf,
	rpc: SocketAddr,
	p2p: SocketAddr,
	/// Where the other one listens.
	peer: Option<String>,
	process: Option<Child>,
}

impl Validator {
	fn new(name: &'static str, program: &str, folder: &Path) -> Self {
		Self {
			name,
			program: program.into(),
			folder: folder.join(name),
			rpc: free_port(),
			p2p: free_port(),
			peer: None,
			process: None,
		}
	}

	fn start(&mut self) {
		std::fs::create_dir_all(&self.folder).unwrap();
		let log = File::options().create(true).append(true).open(self.folder.join("log")).unwrap();
		let mut command = Command::new(&self.program);
		command
			.arg(format!("--{}", self.name))
			.args(["--chain=pair", "--validator", "--database=paritydb", "--base-path"])
			.arg(self.folder.join("chain"))
			.arg(format!("--rpc-port={}", self.rpc.port()))
			.arg(format!("--listen-addr=/ip4/127.0.0.1/tcp/{}", self.p2p.port()))
			// The node makes its network key on the first start and keeps it for the others.
			.args(["--unsafe-force-node-key-generation", "--allow-private-ip"])
			.args(["--no-mdns", "--no-prometheus", "--no-telemetry"])
			.args(self.peer.iter().map(|peer| format!("--bootnodes={peer}")))
			.stdin(Stdio::null())
			.stdout(log.try_clone().unwrap())
			.stderr(log);
		self.process = Some(command.spawn().expect("the node starts"));
	}

	/// Ends the process without any warning, as a power cut would.
	fn kill(&mut self) {
		if let Some(mut process) = self.process.take() {
			// `Child::kill` is SIGKILL on this process id.
			process.kill().unwrap();
			process.wait().unwrap();
		}
	}

	fn ensure_running(&mut self) {
		let status = self.process.as_mut().and_then(|process| process.try_wait().unwrap());
		if let Some(status) = status {
			let log = std::fs::read_to_string(self.folder.join("log")).unwrap_or_default();
			let tail: Vec<_> = log.lines().rev().take(30).collect();
			let tail: Vec<_> = tail.into_iter().rev().collect();
			panic!("{} ended with {status}:\n{}", self.name, tail.join("\n"));
		}
	}

	async fn connect(&mut self) -> Chain {
		let started = Instant::now();
		loop {
			self.ensure_running();
			let listening = tokio::net::TcpStream::connect(self.rpc).await.is_ok();
			if listening {
				if let Ok(chain) = Chain::connect(&format!("ws://{}", self.rpc)).await {
					return chain;
				}
			}
			assert!(started.elapsed() < TIMEOUT, "{} does not answer", self.name);
			tokio::time::sleep(Duration::from_millis(200)).await;
		}
	}

	/// Where others reach this node, with the identity it wrote to its log.
	async fn address(&mut self) -> String {
		let started = Instant::now();
		loop {
			self.ensure_running();
			let log = std::fs::read_to_string(self.folder.join("log")).unwrap_or_default();
			let identity = log
				.split_once("Local node identity is: ")
				.and_then(|(_, rest)| rest.split_whitespace().next());
			if let Some(identity) = identity {
				return format!("/ip4/127.0.0.1/tcp/{}/p2p/{identity}", self.p2p.port());
			}
			assert!(started.elapsed() < TIMEOUT, "{} wrote no identity", self.name);
			tokio::time::sleep(Duration::from_millis(100)).await;
		}
	}
}

impl Drop for Validator {
	fn drop(&mut self) {
		self.kill();
	}
}

fn free_port() -> SocketAddr {
	TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap()
}

async fn final_height(chain: &Chain) -> u64 {
	chain.head(Head::Finalised).await.expect("the node answers").number
}

/// Waits until a block at or above `height` is final, and returns its height.
async fn final_from(chain: &Chain, height: u64, name: &str) -> u64 {
	let started = Instant::now();
	loop {
		let found = final_height(chain).await;
		if found >= height {
			return found;
		}
		assert!(started.elapsed() < TIMEOUT, "{name}: final block {found}, waiting for {height}");
		tokio::time::sleep(Duration::from_millis(500)).await;
	}
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a node: set QUITTANCE_NODE and run with --ignored"]
async fn finality_needs_both_and_comes_back_with_the_second() {
	let program = env::var("QUITTANCE_NODE").expect(
		"set QUITTANCE_NODE to the node's program, built with --features fast-runtime, to run \
		 this test",
	);
	let folder = tempfile::tempdir().unwrap();
	let mut alice = Validator::new("alice", &program, folder.path());
	let mut bob = Validator::new("bob", &program, folder.path());
	alice.start();
	bob.peer = Some(alice.address().await);
	bob.start();
	let (on_alice, on_bob) = (alice.connect().await, bob.connect().await);
	assert_eq!(on_alice.genesis(), on_bob.genesis());

	let first = final_from(&on_alice, PROGRESS, "alice").await;
	final_from(&on_bob, first, "bob").await;
	let both = final_from(&on_alice, first + PROGRESS, "alice").await;
	final_from(&on_bob, both, "bob").await;
	// The same chain, not merely the same height: what is final for one is known to the other.
	let head = on_bob.head(Head::Finalised).await.unwrap();
	final_from(&on_alice, head.number, "alice").await;
	on_alice.at_block(head.hash).await.expect("alice has bob's final block");

	bob.kill();
	drop(on_bob);
	let at_death = final_height(&on_alice).await;
	tokio::time::sleep(STANDSTILL).await;
	alice.ensure_running();
	let alone = final_height(&on_alice).await;
	assert!(alone <= at_death + UNDER_WAY, "one of two made {at_death} to {alone} final");

	bob.start();
	let on_bob = bob.connect().await;
	let target = alone + UNDER_WAY + PROGRESS;
	let (alice_height, bob_height) =
		tokio::join!(final_from(&on_alice, target, "alice"), final_from(&on_bob, target, "bob"));
	assert!(alice_height >= target && bob_height >= target);
	alice.ensure_running();
	bob.ensure_running();
}
