//! The process: four tasks and the queues between them.

use crate::{
	executor::Executor, heartbeat::Heartbeats, listener::Listener, policy::Policy, prove::Provers,
	sender::Sender, WorkerError,
};
use quittance_blobs::FolderStore;
use quittance_client::{AccountId, AccountKey, Chain, ClientError, Head, Sender as Account};
use quittance_types::{blake2_256, CircuitId, JobTime};
use std::{
	collections::{BTreeMap, BTreeSet},
	path::PathBuf,
	sync::Arc,
};
use tokio::{sync::mpsc, task::JoinSet};
use tokio_util::sync::CancellationToken;
use zeroize::Zeroizing;

/// Job time left without which a job is not begun, unless configured.
const RESERVE: JobTime = 5;

/// Jobs that wait for the executor and receipts that wait for the sender, unless configured.
const JOBS_AHEAD: usize = 8;

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
	/// Where the issuers that may be asked are reached (http or https).
	pub issuers: BTreeMap<AccountId, String>,
	/// Circuits to prove; their proving keys must be in `keys`.
	pub circuits: BTreeSet<CircuitId>,
	/// The least to work for, in the chain's smallest unit per unit of work.
	pub minimum_unit_price: u128,
	/// Job time left without which a job is not begun.
	pub reserve: JobTime,
	/// Most jobs at once: those that wait for the executor, and receipts that wait for the sender.
	pub jobs_at_once: usize,
}

impl WorkerConfig {
	/// The configuration with defaults for the rest: no issuers, no circuits, any price.
	pub fn new(
		node: String,
		key: AccountKey,
		miner: AccountId,
		blobs: PathBuf,
		keys: PathBuf,
	) -> Self {
		Self {
			node,
			key,
			miner,
			blobs,
			keys,
			issuers: BTreeMap::new(),
			circuits: BTreeSet::new(),
			minimum_unit_price: 0,
			reserve: RESERVE,
			jobs_at_once: JOBS_AHEAD,
		}
	}
}

/// Works until `stop`: then takes no more jobs, finishes the one at hand and sends what is ready.
pub async fn run(config: WorkerConfig, stop: CancellationToken) -> Result<(), WorkerError> {
	let WorkerConfig {
		node,
		key,
		miner,
		blobs: folder,
		keys,
		issuers,
		circuits,
		minimum_unit_price,
		reserve,
		jobs_at_once,
	} = config;
	if issuers.is_empty() {
		return Err(WorkerError::NoIssuers);
	}
	let blobs =
		FolderStore::open(&folder).map_err(|source| WorkerError::Blobs { path: folder, source })?;
	let chain = Chain::connect(&node).await?;
	let view = chain.at(Head::Best).await?;
	let hot_key = key.account();
	let works_for = view.miner_of(&hot_key).await?;
	if works_for != Some(miner) {
		return Err(WorkerError::NotHotKey { hot_key, miner, works_for });
	}
	let provers = Provers::load(&keys, &circuits, &view).await?;
	let policy = Policy { miner, hot_key, issuers, circuits, minimum_unit_price, reserve };
	let policy = Arc::new(policy);
	let secret = Zeroizing::new([b"quittance.output-salt.v1", key.seed().as_slice()].concat());
	let salts = Zeroizing::new(blake2_256(&secret));
	let account = Arc::new(Account::new(chain.clone(), key.keypair().clone()));
	drop(key);

	// What an earlier run of this worker left in the pool is decided first.
	tokio::select! {
		settled = account.settle() => settled?,
		() = stop.cancelled() => return Ok(()),
	}

	let jobs_at_once = jobs_at_once.max(1);
	let (to_executor, tasks) = mpsc::channel(jobs_at_once);
	let (to_sender, deliveries) = mpsc::channel(jobs_at_once);
	let (to_errands, errands) = mpsc::channel(1);
	let (to_listener, verdicts) = mpsc::channel(jobs_at_once);
	// A task that fails ends the others; each has a token of its own that `stop` reaches too.
	let ending = stop.child_token();
	let listener =
		Listener { chain: chain.clone(), tasks: to_executor, verdicts, stop: ending.clone() };
	let executor = Executor {
		chain: chain.clone(),
		blobs,
		policy: Arc::clone(&policy),
		provers,
		salts,
		tasks,
		errands: to_errands,
		deliveries: to_sender,
		verdicts: to_listener.clone(),
		stop: ending.clone(),
	};
	let heartbeats = Heartbeats {
		chain: chain.clone(),
		account: Arc::clone(&account),
		miner,
		stop: ending.clone(),
	};
	let sender = Sender {
		chain,
		account,
		policy,
		errands,
		deliveries,
		verdicts: to_listener,
		stop: ending.clone(),
	};

	let mut running = JoinSet::new();
	let named = |task: &'static str, result: Result<(), ClientError>| (task, result);
	running.spawn(async move { named("listener", listener.run().await) });
	running.spawn(async move { named("executor", executor.run().await) });
	running.spawn(async move { named("sender", sender.run().await) });
	running.spawn(async move { named("heartbeats", heartbeats.run().await) });
	let mut outcome = Ok(());
	while let Some(ended) = running.join_next().await {
		let stopping = ending.is_cancelled();
		ending.cancel();
		let failure = match ended {
			Ok((_, Ok(()))) if stopping => None,
			Ok((task, Ok(()))) => Some((task, "it ended".to_owned())),
			Ok((task, Err(error))) => Some((task, error.to_string())),
			Err(error) => Some(("task", error.to_string())),
		};
		if let (Some((task, reason)), Ok(())) = (failure, &outcome) {
			outcome = Err(WorkerError::Task { task, reason });
		}
	}
	tracing::info!("stopped");
	outcome
}
