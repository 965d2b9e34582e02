//! The process: its services, and what they share.

use crate::{
	bounds::Gate, door::Door, metrics::Metrics, watch::Watch, IssuerConfig, IssuerError, IssuerKey,
	SignedReceipts,
};
use quittance_blobs::FolderStore;
use quittance_client::Chain;
use quittance_daemon::{gauge, supervise, Monitor, Restarts, Service, Vitals};
use quittance_types::JobTime;
use std::{
	net::TcpListener,
	sync::{Arc, Mutex},
	time::Duration,
};
use tokio_util::sync::CancellationToken;

/// What all requests share.
pub(crate) struct Office {
	pub(crate) chain: Chain,
	pub(crate) blobs: FolderStore,
	pub(crate) store: SignedReceipts,
	pub(crate) key: IssuerKey,
	pub(crate) expiry_margin: JobTime,
	pub(crate) gate: Gate,
	/// After how long a request is given up.
	pub(crate) time: Duration,
	pub(crate) metrics: Arc<Metrics>,
}

/// Serves until `stop`, then lets requests at hand end.
///
/// # Errors
///
/// What it needs is not there to begin with, or a service could not be kept running.
pub async fn run(config: IssuerConfig, stop: CancellationToken) -> Result<(), IssuerError> {
	let IssuerConfig { node, key, blobs, store, listen, expiry_margin, bounds, monitor } = config;
	let key = IssuerKey::new(key);
	let store = SignedReceipts::open(&store, &key.account())?;
	let blobs = FolderStore::open(&blobs)
		.map_err(|source| IssuerError::Blobs { path: blobs.clone(), source })?;
	// At once, so that a wrong address is told at the start.
	let listening = TcpListener::bind(listen)
		.map_err(|source| IssuerError::Listen { address: listen, source })?;
	let chain = Chain::connect(&node).await?;
	let metrics = Arc::new(Metrics::new());
	metrics.recorded.set(gauge(store.count()?));
	let office = Arc::new(Office {
		chain,
		blobs,
		store,
		key,
		expiry_margin,
		gate: Gate::new(&bounds),
		time: bounds.time,
		metrics: Arc::clone(&metrics),
	});
	let mut services: Vec<Arc<dyn Service>> = vec![
		Arc::new(Door {
			office: Arc::clone(&office),
			listen,
			listening: Mutex::new(Some(listening)),
			connections: bounds.connections,
		}),
		Arc::new(Watch { office }),
	];
	if let Some(listen) = monitor {
		let vitals: Arc<dyn Vitals> = Arc::clone(&metrics) as _;
		services.push(Arc::new(Monitor { listen, vitals }));
	}
	supervise(services, Restarts::default(), metrics, stop).await?;
	tracing::info!("stopped");
	Ok(())
}
