//! The process: its services, and what they share.

use crate::{
	config::WorkerConfig,
	executor::Executor,
	heartbeat::Heartbeats,
	ledger::Ledger,
	miner::{Miner, Queue},
	monitor::{Metrics, Monitor},
	policy::Policy,
	prove::Provers,
	scheduler::{Listener, Scheduler},
	sender::Sender,
	status::Board,
	store::Store,
	supervisor::{supervise, Restarts, Service},
	WorkerError,
};
use quittance_blobs::FolderStore;
use quittance_client::{Chain, Head, Sender as Account};
use quittance_types::blake2_256;
use std::sync::{Arc, Mutex};
use tokio_util::sync::CancellationToken;
use zeroize::Zeroizing;

/// News that wait for the scheduler. Whoever has more waits.
const NEWS_AHEAD: usize = 4_096;

/// Jobs that wait for the executor.
const JOBS_AHEAD: usize = 8;

/// Errands that wait for the sender.
const ERRANDS_AHEAD: usize = 64;

/// Works until `stop`: then takes no more jobs, ends the steps at hand and sends what they ask for.
pub async fn run(config: WorkerConfig, stop: CancellationToken) -> Result<(), WorkerError> {
	let WorkerConfig { node, key, miner, blobs: folder, keys, store, .. } = &config;
	if config.issuers.is_empty() {
		return Err(WorkerError::NoIssuers);
	}
	let blobs = FolderStore::open(folder)
		.map_err(|source| WorkerError::Blobs { path: folder.clone(), source })?;
	let chain = Chain::connect(node).await?;
	let view = chain.at(Head::Best).await?;
	let hot_key = key.account();
	let works_for = view.miner_of(&hot_key).await?;
	if works_for != Some(*miner) {
		return Err(WorkerError::NotHotKey { hot_key, miner: *miner, works_for });
	}
	let provers = Provers::load(keys, &config.circuits, &view).await?;
	let limits = view.limits().await?;
	let store = Store::open(store, &chain.genesis(), miner)?;
	let settling_time = limits
		.removal_extension
		.saturating_add(limits.signing_time)
		.saturating_add(limits.reveal_time);
	let policy = Policy {
		miner: *miner,
		hot_key,
		issuers: config.issuers.clone(),
		circuits: config.circuits.clone(),
		minimum_unit_price: config.minimum_unit_price,
		reserve: config.reserve,
		jobs_at_once: config.jobs_at_once,
		redundant: config.redundant,
		late: config.late,
		malformed_from: config.malformed_from,
		keep: config.keep,
		settling_time,
	};
	let secret = Zeroizing::new([b"quittance.worker-salts.v1", key.seed().as_slice()].concat());
	let metrics = Arc::new(Metrics::new());
	let rows = store.jobs()?;
	let rows = rows.iter().map(|(_, row)| row);
	let board = Arc::new(Board::new(*miner, hot_key, chain.genesis(), rows));
	let miner = Arc::new(Miner {
		account: Account::new(chain.clone(), key.keypair().clone()),
		chain,
		blobs,
		store,
		policy,
		provers,
		salts: Zeroizing::new(blake2_256(&secret)),
		metrics: Arc::clone(&metrics),
		board: Arc::clone(&board),
		block_time: limits.block_time,
	});

	let news = Arc::new(Queue::new(NEWS_AHEAD));
	let tasks = Arc::new(Queue::new(JOBS_AHEAD));
	let errands = Arc::new(Queue::new(ERRANDS_AHEAD));
	let drained = CancellationToken::new();
	let executor = Executor::new(
		Arc::clone(&miner),
		Arc::clone(&tasks),
		Arc::clone(&news),
		Arc::clone(&errands),
		drained.clone(),
	);
	let mut services: Vec<Arc<dyn Service>> = vec![
		Arc::new(Listener { miner: Arc::clone(&miner), news: Arc::clone(&news) }),
		Arc::new(Scheduler {
			miner: Arc::clone(&miner),
			news,
			tasks,
			ledger: Mutex::new((Ledger::default(), 0)),
		}),
		Arc::new(executor),
		Arc::new(Sender { miner: Arc::clone(&miner), errands, drained }),
		Arc::new(Heartbeats { miner, limits }),
	];
	if let Some(listen) = config.monitor {
		services.push(Arc::new(Monitor {
			listen,
			metrics: Arc::clone(&metrics),
			board: Arc::clone(&board),
		}));
	}
	drop(config);
	let observer = Arc::new((metrics, board));
	supervise(services, Restarts::default(), observer, stop).await?;
	tracing::info!("stopped");
	Ok(())
}
