//! The process: three tasks and the queues between them.

use crate::{
	executor::Executor, listener::Listener, policy::Policy, prove::Provers, sender::Sender,
	WorkerError,
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
	/// The miner's account.
	pub key: AccountKey,
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
	/// Length of each queue: jobs that wait for the executor, receipts that wait for the sender.
	pub jobs_ahead: usize,
}

impl WorkerConfig {
	/// The configuration with defaults for the rest: no issuers, no circuits, any price.
	pub fn new(node: String, key: AccountKey, blobs: PathBuf, keys: PathBuf) -> Self {
		Self {
			node,
			key,
			blobs,
			keys,
			issuers: BTreeMap::new(),
			circuits: BTreeSet::new(),
			minimum_unit_price: 0,
			reserve: RESERVE,
			jobs_ahead: JOBS_AHEAD,
		}
	}
}

/// Works until `stop`: then takes no more jobs, finishes the one at hand and sends what is ready.
pub async fn run(config: WorkerConfig, stop: CancellationToken) -> Result<(), WorkerError> {
	let WorkerConfig {
		node,
		key,
		blobs: folder,
		keys,
		issuers,
		circuits,
		minimum_unit_price,
		reserve,
		jobs_ahead,
	} = config;
	if issuers.is_empty() {
		return Err(WorkerError::NoIssuers);
	}
	let blobs =
		FolderStore::open(&folder).map_err(|source| WorkerError::Blobs { path: folder, source })?;
	let chain = Chain::connect(&node).await?;
	let provers = Provers::load(&keys, &circuits, &chain.at(Head::Best).await?).await?;
	let miner = key.account();
	let policy = Arc::new(Policy { miner, issuers, circuits, minimum_unit_price, reserve });
	let secret = Zeroizing::new([b"quittance.output-salt.v1", key.seed().as_slice()].concat());
	let salts = Zeroizing::new(blake2_256(&secret));
	let account = Account::new(chain.clone(), key.keypair().clone());
	drop(key);

	// What an earlier run of this worker left in the pool is decided first.
	tokio::select! {
		settled = account.settle() => settled?,
		() = stop.cancelled() => return Ok(()),
	}

	let jobs_ahead = jobs_ahead.max(1);
	let (to_executor, tasks) = mpsc::channel(jobs_ahead);
	let (to_sender, deliveries) = mpsc::channel(jobs_ahead);
	let (to_authorise, authorisations) = mpsc::channel(1);
	let (to_listener, verdicts) = mpsc::channel(jobs_ahead);
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
		authorisations: to_authorise,
		deliveries: to_sender,
		verdicts: to_listener.clone(),
		stop: ending.clone(),
	};
	let sender = Sender {
		chain,
		account,
		policy,
		authorisations,
		deliveries,
		verdicts: to_listener,
		stop: ending.clone(),
	};

	let mut running = JoinSet::new();
	let named = |task: &'static str, result: Result<(), ClientError>| (task, result);
	running.spawn(async move { named("listener", listener.run().await) });
	running.spawn(async move { named("executor", executor.run().await) });
	running.spawn(async move { named("sender", sender.run().await) });
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
