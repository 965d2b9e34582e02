//! The processes, and the wires between them.

use crate::proxy::Proxy;
use quittance_cli::market::{
	default_folder, digits, free_address, last_lines, load_or_set_up, register_circuit,
	register_miner, register_model, DevelopmentAccount, Digits, Failure, IssuerSetup, KeyedCircuit,
	NodeSetup, Process, Statement, WorkerMetrics, WorkerSetup,
};
use quittance_client::{AccountId, Chain};
use std::{
	collections::BTreeMap,
	net::SocketAddr,
	path::{Path, PathBuf},
	time::Duration,
};

use crate::orders::{Poster, UNIT_PRICE};

const REQUESTER: &str = "//Bob";
const ISSUER: &str = "//Dave";
/// Miners and their hot keys. The validator, Alice, is none of anything else.
const MINERS: [(&str, &str); 3] =
	[("//Charlie", "//CharlieHot"), ("//Eve", "//EveHot"), ("//Ferdie", "//FerdieHot")];

/// What each miner has at stake, and what it gives its hot key for fees.
pub const BOND: u128 = 200_000_000_000_000;
const FUNDS: u128 = 1_000_000_000_000_000;

/// Jobs that a worker has at once.
pub const AT_ONCE: u16 = 4;

/// How a worker ends that cannot reach its node while it starts.
const NOT_CONNECTED: i32 = 3;

/// How often in a row a worker is started again that could not.
const MOST_FALSE_STARTS: u32 = 5;

/// How long an idle worker may take to see that it is.
const UNTIL_IDLE: Duration = Duration::from_secs(120);

/// Last lines of each log that are shown after a failure.
const LOG_LINES: usize = 40;

/// A miner, its worker and the worker's wire to the node.
pub struct Seat {
	/// The miner's account.
	pub miner: DevelopmentAccount,
	/// Its hot key.
	pub hot_key: DevelopmentAccount,
	/// The worker's own records.
	pub store: PathBuf,
	/// How often its worker was killed.
	pub kills: u32,
	setup: WorkerSetup,
	monitor: SocketAddr,
	worker: Option<Process>,
	false_starts: u32,
	to_node: Proxy,
}

impl Seat {
	/// Starts the worker.
	pub fn start(&mut self) -> Result<(), Failure> {
		self.worker = Some(self.setup.start()?);
		Ok(())
	}

	/// Kills the worker, wherever it is with its work.
	pub async fn kill(&mut self) -> Result<(), Failure> {
		self.kills += 1;
		match self.worker.take() {
			Some(worker) => worker.kill().await,
			None => Ok(()),
		}
	}

	/// Starts a worker again that has ended because it could not reach its node, as whoever runs one
	/// would have it done. Any other end is a failure.
	pub fn look_after(&mut self) -> Result<(), Failure> {
		let Some(worker) = &mut self.worker else { return Ok(()) };
		match worker.exited()?.map(|status| status.code()) {
			None => {
				self.false_starts = 0;
				Ok(())
			},
			Some(Some(NOT_CONNECTED)) if self.false_starts < MOST_FALSE_STARTS => {
				self.false_starts += 1;
				println!("soak: {} could not reach its node and is started again", self.setup.name);
				self.start()
			},
			Some(_) => worker.ensure_running(),
		}
	}

	/// Whether it has seen a block and has nothing to do.
	async fn is_idle(&self) -> bool {
		let Ok(metrics) = WorkerMetrics::fetch(self.monitor).await else { return false };
		let number = |name: &str| metrics.number(name);
		number("best_block").is_some_and(|block| block > 0.0)
			&& number("waiting") == Some(0.0)
			&& number("jobs") == Some(0.0)
	}

	/// Kills the worker and lets a new one see, undisturbed, how its jobs have ended; then asks that one
	/// to end.
	async fn come_to_rest(&mut self) -> Result<(), Failure> {
		self.kill().await?;
		self.start()?;
		let resting = async {
			let mut idle = 0;
			// What it finds when it starts takes a moment to be handed out.
			while idle < 3 {
				tokio::time::sleep(Duration::from_secs(1)).await;
				self.look_after()?;
				idle = if self.is_idle().await { idle + 1 } else { 0 };
			}
			Ok::<_, Failure>(())
		};
		match tokio::time::timeout(UNTIL_IDLE, resting).await {
			Ok(rested) => rested?,
			Err(_) => {
				let detail = format!("still at work after {} s", UNTIL_IDLE.as_secs());
				return Err(Failure::unavailable(
					format!("resting the {}", self.setup.name),
					detail,
				));
			},
		}
		match self.worker.take() {
			Some(worker) => worker.stop().await,
			None => Ok(()),
		}
	}
}

/// All of it. Every process ends when this is dropped.
pub struct Market {
	/// The miners.
	pub seats: Vec<Seat>,
	/// Who posts jobs.
	pub requester: DevelopmentAccount,
	/// Who signs receipts.
	pub issuer: DevelopmentAccount,
	/// A connection to the node that is not cut.
	pub chain: Chain,
	/// How often the node was killed.
	pub node_kills: u32,
	issuer_to_node: Proxy,
	to_issuer: Proxy,
	logs: Vec<PathBuf>,
	issuer_process: Option<Process>,
	node_setup: NodeSetup,
	// Dropped last.
	node: Option<Process>,
}

impl Market {
	/// Starts node and issuer in a folder, registers everything and starts the workers.
	pub async fn open(folder: &Path, node: &Path) -> Result<(Self, Poster), Failure> {
		let at = |name: &str| folder.join(name);
		let program = std::env::var_os("QUITTANCE_CLI").map(PathBuf::from);
		let program = program.unwrap_or_else(|| env!("CARGO_BIN_EXE_quittance").into());
		let blobs = at("blobs");
		for made in [&blobs, &at("node")] {
			std::fs::create_dir_all(made).map_err(Failure::io("making", made))?;
		}
		let keys = default_folder()?;
		let circuit = load_or_set_up(&keys, Statement::BasicReceipt).await?;
		let node_setup = NodeSetup {
			program: node.into(),
			base_path: at("node"),
			port: free_address().await?.port(),
			archive: true,
			log: at("node.log"),
		};
		let node = node_setup.start().await?;
		let chain = Chain::connect(&node_setup.url()).await?;

		let issuer = DevelopmentAccount::new(ISSUER)?;
		let issuer_to_node = Proxy::to(node_setup.address()).await;
		let issuer_setup = IssuerSetup {
			program: program.clone(),
			node: format!("ws://{}", issuer_to_node.address()),
			key: issuer,
			blobs: blobs.clone(),
			store: at("issuer.redb"),
			listen: free_address().await?,
			log: at("issuer.log"),
		};
		let issuer_process = issuer_setup.start().await?;
		let to_issuer = Proxy::to(issuer_setup.listen).await;
		let issuers =
			BTreeMap::from([(issuer.account(), format!("http://{}", to_issuer.address()))]);

		let mut seats = Vec::new();
		for (miner, hot_key) in MINERS {
			let miner = DevelopmentAccount::new(miner)?;
			let hot_key = DevelopmentAccount::new(hot_key)?;
			let name = miner.name().to_lowercase();
			let (to_node, monitor) = (Proxy::to(node_setup.address()).await, free_address().await?);
			let setup = WorkerSetup {
				name: format!("worker of {}", miner.name()),
				program: program.clone(),
				config: at(&format!("{name}.toml")),
				node: format!("ws://{}", to_node.address()),
				miner: miner.account(),
				hot_key,
				blobs: blobs.clone(),
				keys: keys.clone(),
				store: at(&format!("{name}.redb")),
				circuits: vec![circuit.id],
				private: None,
				issuers: issuers.clone(),
				at_once: Some(AT_ONCE),
				malformed_from: 1,
				monitor: Some(monitor),
				log: at(&format!("{name}.log")),
			};
			let store = setup.store.clone();
			let (kills, worker, false_starts) = (0, None, 0);
			let seat = Seat {
				miner,
				hot_key,
				store,
				kills,
				setup,
				monitor,
				worker,
				false_starts,
				to_node,
			};
			seats.push(seat);
		}
		let logs = seats.iter().map(|seat| seat.setup.log.clone());
		let logs = logs.chain([issuer_setup.log.clone(), node_setup.log.clone()]).collect();
		let mut market = Self {
			seats,
			requester: DevelopmentAccount::new(REQUESTER)?,
			issuer,
			chain,
			node_kills: 0,
			issuer_to_node,
			to_issuer,
			logs,
			issuer_process: Some(issuer_process),
			node_setup,
			node: Some(node),
		};
		let poster = market.register(&circuit, blobs).await?;
		for seat in &mut market.seats {
			seat.start()?;
		}
		Ok((market, poster))
	}

	/// Registers circuit, model and miners; all of it is final then.
	async fn register(&self, circuit: &KeyedCircuit, blobs: PathBuf) -> Result<Poster, Failure> {
		let Digits { network, images, .. } = digits()?;
		let requester = self.requester.sender(&self.chain)?;
		let miners = self.seats.iter().map(|seat| {
			register_miner(&self.chain, &seat.miner, &seat.hot_key, vec![circuit.id], BOND, FUNDS)
		});
		let (id, model, _) = tokio::try_join!(
			register_circuit(&requester, circuit),
			register_model(&requester, &network, UNIT_PRICE, &blobs),
			futures::future::try_join_all(miners),
		)?;
		assert_eq!(id, circuit.id);
		let (issuer, circuit) = (self.issuer, circuit.id);
		Ok(Poster { requester, issuer, circuit, model, network, images, blobs })
	}

	/// Kills the node and starts it again after a while, with what it has on disk.
	pub async fn restart_node(&mut self, down: Duration) -> Result<(), Failure> {
		self.node_kills += 1;
		if let Some(node) = self.node.take() {
			node.kill().await?;
		}
		tokio::time::sleep(down).await;
		self.node = Some(self.node_setup.start().await?);
		Ok(())
	}

	/// The wires, each of a worker to the node first.
	pub fn wires(&self) -> Vec<&Proxy> {
		let workers = self.seats.iter().map(|seat| &seat.to_node);
		workers.chain([&self.issuer_to_node, &self.to_issuer]).collect()
	}

	/// Fails if a process has ended that nobody has killed.
	pub fn look_after(&mut self) -> Result<(), Failure> {
		for process in [&mut self.node, &mut self.issuer_process].into_iter().flatten() {
			process.ensure_running()?;
		}
		self.seats.iter_mut().try_for_each(Seat::look_after)
	}

	/// Lets every worker take note of how its jobs have ended, and ends it.
	pub async fn come_to_rest(&mut self) -> Result<(), Failure> {
		futures::future::try_join_all(self.seats.iter_mut().map(Seat::come_to_rest)).await?;
		Ok(())
	}

	/// Ends the other processes in an orderly way.
	pub async fn close(mut self) -> Result<(), Failure> {
		for process in [self.issuer_process.take(), self.node.take()].into_iter().flatten() {
			process.stop().await?;
		}
		Ok(())
	}

	/// Whose balances are looked at: all that take part.
	pub fn accounts(&self) -> Vec<(&'static str, AccountId)> {
		let miners = self.seats.iter().flat_map(|seat| [seat.miner, seat.hot_key]);
		let others = [self.requester, self.issuer];
		let all = miners.chain(others);
		all.map(|account| (account.name(), account.account())).collect()
	}

	/// The end of every log.
	pub fn last_words(&self) -> String {
		let logs = self
			.logs
			.iter()
			.map(|log| format!("== {}\n{}\n", log.display(), last_lines(log, LOG_LINES)));
		logs.collect()
	}
}
