//! The process: its services, and what they share.

use crate::{
	config::WorkerConfig,
	executor::Executor,
	heartbeat::Heartbeats,
	metrics::Metrics,
	miner::{Miner, Queue},
	panels::Panels,
	policy::Policy,
	prove::{Circuits, Provers},
	scheduler::{Listener, Scheduler},
	sender::Sender,
	status::{Board, Watched},
	store::Store,
	WorkerError,
};
use quittance_blobs::FolderStore;
use quittance_client::{Chain, Head, Sender as Account};
use quittance_daemon::{supervise, Monitor, Restarts, Service};
use quittance_types::blake2_256;
use quittance_wallet::Keys;
use std::sync::Arc;
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
	let private = config.private.as_ref();
	let proven = Circuits {
		receipts: config.circuits.clone(),
		settle: private.map(|private| private.settle.clone()).unwrap_or_default(),
		settle_verdict: private.map(|private| private.settle_verdict.clone()).unwrap_or_default(),
		audited_settle: private.map(|private| private.audited_settle.clone()).unwrap_or_default(),
		audited_settle_verdict: private
			.map(|private| private.audited_settle_verdict.clone())
			.unwrap_or_default(),
	};
	let provers = Provers::load(keys, &proven, &view).await?;
	let earnings = private.map(|private| Keys::new(private.seed.seed(), &chain.genesis()));
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
		circuits: proven.receipts,
		settle: private.map(|_| proven.settle),
		minimum_unit_price: config.minimum_unit_price,
		reserve: config.reserve,
		jobs_at_once: config.jobs_at_once,
		redundant: config.redundant,
		late: config.late,
		malformed_from: config.malformed_from,
		keep: config.keep,
		settling_time,
		opening_time: limits.opening_time,
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
		earnings: earnings.map(Arc::new),
		salts: Zeroizing::new(blake2_256(&secret)),
		metrics: Arc::clone(&metrics),
		settled: CancellationToken::new(),
		processors: Arc::default(),
		board: Arc::clone(&board),
		block_time: limits.block_time,
	});

	let news = Arc::new(Queue::new(NEWS_AHEAD));
	let tasks = Arc::new(Queue::new(JOBS_AHEAD));
	let errands = Arc::new(Queue::new(ERRANDS_AHEAD));
	let (drained, judged) = (CancellationToken::new(), CancellationToken::new());
	let executor = Executor::new(
		Arc::clone(&miner),
		Arc::clone(&tasks),
		Arc::clone(&news),
		Arc::clone(&errands),
		drained.clone(),
	);
	let mut services: Vec<Arc<dyn Service>> = vec![
		Arc::new(Listener { miner: Arc::clone(&miner), news: Arc::clone(&news) }),
		Arc::new(Scheduler::new(&miner, news, tasks)),
		Arc::new(executor),
		Arc::new(Sender {
			miner: Arc::clone(&miner),
			errands: Arc::clone(&errands),
			drained: vec![drained, judged.clone()],
		}),
		Arc::new(Heartbeats { miner: Arc::clone(&miner), limits }),
	];
	match config.panels {
		true => services.push(Arc::new(Panels { miner, errands, drained: judged })),
		false => judged.cancel(),
	}
	let watched = Arc::new(Watched { metrics, board });
	if let Some(listen) = config.monitor {
		services.push(Arc::new(Monitor { listen, vitals: Arc::clone(&watched) as _ }));
	}
	drop(config);
	supervise(services, Restarts::default(), watched, stop).await?;
	tracing::info!("stopped");
	Ok(())
}
