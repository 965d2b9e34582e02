//! What an operator can see of a running worker: whether it lives, whether it can work, and what it has
//! done, as Prometheus reads it.

use crate::{
	status::Board,
	supervisor::{Observer, Service, ServiceError},
};
use axum::{
	extract::State,
	http::{header, StatusCode},
	response::IntoResponse,
	routing::get,
	Router,
};
use futures::{future::BoxFuture, FutureExt};
use prometheus_client::{
	encoding::{text::encode, EncodeLabelSet},
	metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
	registry::{Registry, Unit},
};
use std::{
	net::SocketAddr,
	sync::{
		atomic::{AtomicU64, Ordering},
		Arc, Mutex,
	},
	time::{Duration, Instant},
};
use tokio_util::sync::CancellationToken;

/// Without a new block for so long the worker is not ready: its node is away or alone.
const STALE: Duration = Duration::from_secs(60);

/// Seconds between which proofs and the like are counted.
const SECONDS: [f64; 12] = [0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0];

/// What happened how often.
#[derive(Clone, PartialEq, Eq, Hash, Debug, EncodeLabelSet)]
pub(crate) struct Kind {
	/// Of which kind.
	pub(crate) kind: &'static str,
}

/// A failure of a service.
#[derive(Clone, PartialEq, Eq, Hash, Debug, EncodeLabelSet)]
struct Failed {
	service: &'static str,
	code: &'static str,
}

/// What is counted and measured. Cheap to share.
pub(crate) struct Metrics {
	registry: Registry,
	/// Steps taken, by their kind.
	pub(crate) steps: Family<Kind, Counter>,
	/// Jobs that ended, by how.
	pub(crate) endings: Family<Kind, Counter>,
	/// What was earned, in the chain's smallest unit. Wraps beyond 64 bits.
	pub(crate) earned: Counter,
	/// Attempts that came to nothing, by their code.
	pub(crate) setbacks: Family<Kind, Counter>,
	failures: Family<Failed, Counter>,
	/// Jobs that are ours.
	pub(crate) jobs: Gauge,
	/// Jobs that wait to be looked at.
	pub(crate) waiting: Gauge,
	/// Number of the newest block.
	pub(crate) best_block: Gauge,
	/// The last epoch for which the chain has the miner's heartbeat.
	pub(crate) heartbeat: Gauge,
	/// The current epoch.
	pub(crate) epoch: Gauge,
	/// Seconds for the output of a job.
	pub(crate) execution: Histogram,
	/// Seconds for an issuer's answer.
	pub(crate) signing: Histogram,
	/// Seconds for a proof.
	pub(crate) proving: Histogram,
	health: Health,
}

impl Metrics {
	pub(crate) fn new() -> Self {
		let seconds = || Histogram::new(SECONDS.into_iter());
		let mut metrics = Self {
			registry: Registry::with_prefix("quittance_worker"),
			steps: Family::default(),
			endings: Family::default(),
			earned: Counter::default(),
			setbacks: Family::default(),
			failures: Family::default(),
			jobs: Gauge::default(),
			waiting: Gauge::default(),
			best_block: Gauge::default(),
			heartbeat: Gauge::default(),
			epoch: Gauge::default(),
			execution: seconds(),
			signing: seconds(),
			proving: seconds(),
			health: Health::default(),
		};
		let registry = &mut metrics.registry;
		registry.register("steps", "Steps taken, by kind", metrics.steps.clone());
		registry.register("endings", "Jobs that ended, by how", metrics.endings.clone());
		registry.register("earned", "Earned, in the smallest unit", metrics.earned.clone());
		registry.register("setbacks", "Attempts in vain, by code", metrics.setbacks.clone());
		registry.register("failures", "Failures of services, by code", metrics.failures.clone());
		registry.register("jobs", "Jobs that are ours", metrics.jobs.clone());
		registry.register("waiting", "Jobs that wait to be looked at", metrics.waiting.clone());
		registry.register("best_block", "The newest block", metrics.best_block.clone());
		registry.register("heartbeat", "Epoch of the last heartbeat", metrics.heartbeat.clone());
		registry.register("epoch", "The current epoch", metrics.epoch.clone());
		for (name, help, histogram) in [
			("execution", "Time for an output", &metrics.execution),
			("signing", "Time for an issuer's answer", &metrics.signing),
			("proving", "Time for a proof", &metrics.proving),
		] {
			registry.register_with_unit(name, help, Unit::Seconds, histogram.clone());
		}
		metrics
	}

	/// Takes note of a block of the best chain.
	pub(crate) fn saw_block(&self, number: u64) {
		self.best_block.set(gauge(number));
		self.health.saw_block();
	}

	/// Takes note of whether the chain would match the miner.
	pub(crate) fn saw_heartbeat(&self, last: u64, epoch: u64, missed: u64) {
		self.heartbeat.set(gauge(last));
		self.epoch.set(gauge(epoch));
		let matched = epoch.saturating_sub(last) <= missed;
		self.health.matched.store(u64::from(matched), Ordering::Relaxed);
	}

	/// Counts one of a kind.
	pub(crate) fn count(family: &Family<Kind, Counter>, kind: &'static str) {
		family.get_or_create(&Kind { kind }).inc();
	}

	fn text(&self) -> Result<String, std::fmt::Error> {
		let mut text = String::new();
		encode(&mut text, &self.registry)?;
		Ok(text)
	}
}

impl Observer for Metrics {
	fn failed(&self, service: &'static str, error: &ServiceError, _: u32) {
		self.failures.get_or_create(&Failed { service, code: error.code }).inc();
	}
}

/// Gauges are signed.
pub(crate) fn gauge(number: u64) -> i64 {
	i64::try_from(number).unwrap_or(i64::MAX)
}

/// What the worker needs to work.
#[derive(Default)]
struct Health {
	/// When the last block was seen.
	last_block: Mutex<Option<Instant>>,
	/// Whether the chain has heartbeats of the miner's: 1 is yes.
	matched: AtomicU64,
}

impl Health {
	fn saw_block(&self) {
		if let Ok(mut last) = self.last_block.lock() {
			*last = Some(Instant::now());
		}
	}

	/// What keeps the worker from working.
	fn lacks(&self, now: Instant) -> Vec<&'static str> {
		let last = self.last_block.lock().ok().and_then(|last| *last);
		let fresh = last.is_some_and(|last| now.saturating_duration_since(last) < STALE);
		let matched = self.matched.load(Ordering::Relaxed) == 1;
		let lacks = [(fresh, "no new block"), (matched, "no heartbeat: the miner is not matched")];
		lacks.into_iter().filter(|(there, _)| !there).map(|(_, lack)| lack).collect()
	}
}

/// Serves health and metrics.
pub(crate) struct Monitor {
	pub(crate) listen: SocketAddr,
	pub(crate) metrics: Arc<Metrics>,
	pub(crate) board: Arc<Board>,
}

impl Service for Monitor {
	fn name(&self) -> &'static str {
		"monitor"
	}

	fn run(&self, stop: CancellationToken) -> BoxFuture<'_, Result<(), ServiceError>> {
		async move {
			let listener = tokio::net::TcpListener::bind(self.listen)
				.await
				.map_err(|error| ServiceError::recover("Q-MO-001", error))?;
			tracing::info!(listen = %self.listen, "health and metrics");
			axum::serve(listener, router(Arc::clone(&self.metrics), Arc::clone(&self.board)))
				.with_graceful_shutdown(stop.cancelled_owned())
				.await
				.map_err(|error| ServiceError::recover("Q-MO-002", error))
		}
		.boxed()
	}
}

fn router(metrics: Arc<Metrics>, board: Arc<Board>) -> Router {
	let status = get(move |State(metrics): State<Arc<Metrics>>| {
		std::future::ready(status(&metrics, &board))
	});
	Router::new()
		.route("/healthz", get(|| async { "ok\n" }))
		.route("/readyz", get(ready))
		.route("/metrics", get(exposition))
		.route("/status", status)
		.with_state(metrics)
}

async fn ready(State(metrics): State<Arc<Metrics>>) -> impl IntoResponse {
	let lacks = metrics.health.lacks(Instant::now());
	match lacks.is_empty() {
		true => (StatusCode::OK, "ready\n".to_owned()),
		false => (StatusCode::SERVICE_UNAVAILABLE, lacks.join("\n") + "\n"),
	}
}

/// The worker as `quittance worker status` shows it.
fn status(metrics: &Metrics, board: &Board) -> impl IntoResponse {
	let status = board.status(metrics, metrics.health.lacks(Instant::now()));
	match serde_json::to_string(&status) {
		Ok(text) => {
			let json = [(header::CONTENT_TYPE, "application/json")];
			(StatusCode::OK, json, text)
		},
		Err(error) => {
			let plain = [(header::CONTENT_TYPE, "text/plain; charset=utf-8")];
			(StatusCode::INTERNAL_SERVER_ERROR, plain, error.to_string())
		},
	}
}

async fn exposition(State(metrics): State<Arc<Metrics>>) -> impl IntoResponse {
	const TEXT: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
	match metrics.text() {
		Ok(text) => (StatusCode::OK, [(header::CONTENT_TYPE, TEXT)], text),
		Err(error) => {
			let plain = [(header::CONTENT_TYPE, "text/plain; charset=utf-8")];
			(StatusCode::INTERNAL_SERVER_ERROR, plain, error.to_string())
		},
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::status::{fetch_status, tests::board};
	use tokio::io::{AsyncReadExt, AsyncWriteExt};

	/// A running monitor, and what stops it.
	async fn monitor(metrics: Arc<Metrics>) -> (SocketAddr, CancellationToken) {
		let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
		let address = listener.local_addr().unwrap();
		let stop = CancellationToken::new();
		let serving = axum::serve(listener, router(metrics, Arc::new(board())))
			.with_graceful_shutdown(stop.clone().cancelled_owned());
		tokio::spawn(async move { serving.await });
		(address, stop)
	}

	async fn fetch(address: SocketAddr, path: &str) -> (u16, String) {
		let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
		let request = format!("GET {path} HTTP/1.1\r\nHost: worker\r\nConnection: close\r\n\r\n");
		stream.write_all(request.as_bytes()).await.unwrap();
		let mut answer = String::new();
		stream.read_to_string(&mut answer).await.unwrap();
		let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
		let body = answer.split_once("\r\n\r\n").unwrap().1.to_owned();
		(status, body)
	}

	#[tokio::test]
	async fn a_worker_is_ready_with_blocks_and_heartbeats() {
		let metrics = Arc::new(Metrics::new());
		let (address, stop) = monitor(Arc::clone(&metrics)).await;
		assert_eq!(fetch(address, "/healthz").await, (200, "ok\n".to_owned()));
		let (status, lacks) = fetch(address, "/readyz").await;
		assert_eq!((status, lacks.lines().count()), (503, 2), "{lacks}");
		metrics.saw_block(7);
		metrics.saw_heartbeat(3, 7, 3);
		assert_eq!(fetch(address, "/readyz").await.0, 503, "four epochs without a heartbeat");
		metrics.saw_heartbeat(4, 7, 3);
		assert_eq!(fetch(address, "/readyz").await, (200, "ready\n".to_owned()));
		assert_eq!(fetch(address, "/other").await.0, 404);
		stop.cancel();
	}

	/// By the same code that `quittance worker status` asks with.
	#[tokio::test]
	async fn the_status_says_what_the_worker_lacks_and_has() {
		let metrics = Arc::new(Metrics::new());
		let (address, stop) = monitor(Arc::clone(&metrics)).await;
		let status = fetch_status(address).await.unwrap();
		assert_eq!((status.lacks.len(), status.chain.epoch), (2, 0));
		metrics.saw_block(7);
		metrics.saw_heartbeat(4, 7, 3);
		metrics.waiting.set(11);
		let status = fetch_status(address).await.unwrap();
		assert_eq!((status.lacks.len(), status.waiting), (0, 11));
		assert_eq!((status.chain.epoch, status.chain.heartbeat), (7, 4));
		assert_eq!(status.earnings.recorded, 30);
		stop.cancel();
	}

	#[test]
	fn boundary_a_block_is_fresh_for_a_minute() {
		let health = Health::default();
		health.matched.store(1, Ordering::Relaxed);
		health.saw_block();
		let seen = health.last_block.lock().unwrap().unwrap();
		assert!(health.lacks(seen + STALE - Duration::from_millis(1)).is_empty());
		assert_eq!(health.lacks(seen + STALE), ["no new block"]);
	}

	#[tokio::test]
	async fn what_was_counted_is_served() {
		let metrics = Arc::new(Metrics::new());
		metrics.saw_block(7);
		Metrics::count(&metrics.steps, "lock");
		Metrics::count(&metrics.steps, "lock");
		metrics.earned.inc_by(1_000);
		metrics.proving.observe(0.7);
		metrics.failed("listener", &ServiceError::recover("Q-CL-002", "away"), 1);
		let (address, stop) = monitor(Arc::clone(&metrics)).await;
		let (status, text) = fetch(address, "/metrics").await;
		assert_eq!(status, 200);
		for line in [
			"quittance_worker_best_block 7",
			"quittance_worker_steps_total{kind=\"lock\"} 2",
			"quittance_worker_earned_total 1000",
			"quittance_worker_proving_seconds_count 1",
			"quittance_worker_failures_total{service=\"listener\",code=\"Q-CL-002\"} 1",
		] {
			assert!(text.lines().any(|found| found == line), "{line} in {text}");
		}
		stop.cancel();
	}
}
