//! What an operator can see of a running process: whether it lives, whether it can work, and what it has
//! done, as Prometheus reads it.

use crate::supervisor::{Observer, Service, ServiceError};
use axum::{
	extract::State,
	http::{header, StatusCode},
	response::IntoResponse,
	routing::get,
	Router,
};
use futures::{future::BoxFuture, FutureExt};
use prometheus_client::{
	encoding::EncodeLabelSet,
	metrics::{counter::Counter, family::Family, gauge::Gauge},
	registry::Registry,
};
use std::{
	net::SocketAddr,
	sync::{Arc, Mutex},
	time::{Duration, Instant},
};
use tokio_util::sync::CancellationToken;

/// Without a new block for so long a process is not ready: its node is away or alone.
pub const STALE: Duration = Duration::from_secs(60);

/// How long a stopping monitor waits for those who are reading.
const PATIENCE: Duration = Duration::from_secs(5);

/// What happened how often.
#[derive(Clone, PartialEq, Eq, Hash, Debug, EncodeLabelSet)]
pub struct Kind {
	/// Of which kind.
	pub kind: &'static str,
}

impl Kind {
	/// Counts one of a kind.
	pub fn count(family: &Family<Kind, Counter>, kind: &'static str) {
		family.get_or_create(&Kind { kind }).inc();
	}
}

/// Gauges are signed.
pub fn gauge(number: u64) -> i64 {
	i64::try_from(number).unwrap_or(i64::MAX)
}

/// A failure of a service.
#[derive(Clone, PartialEq, Eq, Hash, Debug, EncodeLabelSet)]
struct Failed {
	service: &'static str,
	code: &'static str,
}

/// Failures of services, by service and code.
#[derive(Clone, Debug, Default)]
pub struct Failures(Family<Failed, Counter>);

impl Failures {
	/// Has them served with the other metrics.
	pub fn register(&self, registry: &mut Registry) {
		registry.register("failures", "Failures of services, by code", self.0.clone());
	}
}

impl Observer for Failures {
	fn failed(&self, service: &'static str, error: &ServiceError, _: u32) {
		self.0.get_or_create(&Failed { service, code: error.code }).inc();
	}
}

/// Whether there are new blocks.
#[derive(Debug, Default)]
pub struct Pulse {
	number: Gauge,
	last: Mutex<Option<Instant>>,
}

impl Pulse {
	/// Has the newest block's number served with the other metrics.
	pub fn register(&self, registry: &mut Registry) {
		registry.register("best_block", "The newest block", self.number.clone());
	}

	/// Takes note of a block of the best chain.
	pub fn saw_block(&self, number: u64) {
		self.number.set(gauge(number));
		if let Ok(mut last) = self.last.lock() {
			*last = Some(Instant::now());
		}
	}

	/// Whether there was a block within [`STALE`] before this time.
	pub fn is_fresh(&self, now: Instant) -> bool {
		let last = self.last.lock().ok().and_then(|last| *last);
		last.is_some_and(|last| now.saturating_duration_since(last) < STALE)
	}
}

/// What a monitor tells of a process.
pub trait Vitals: Send + Sync + 'static {
	/// What keeps the process from working, in words; nothing where it can work.
	fn lacks(&self) -> Vec<&'static str>;

	/// Its metrics.
	fn registry(&self) -> &Registry;

	/// What it does, as one JSON document of bounded size, where there is one.
	fn status(&self) -> Option<serde_json::Result<String>> {
		None
	}
}

/// Serves health and metrics.
pub struct Monitor {
	/// Where.
	pub listen: SocketAddr,
	/// Of what.
	pub vitals: Arc<dyn Vitals>,
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
			serve(listener, Arc::clone(&self.vitals), stop, PATIENCE).await
		}
		.boxed()
	}
}

async fn serve(
	listener: tokio::net::TcpListener,
	vitals: Arc<dyn Vitals>,
	stop: CancellationToken,
	patience: Duration,
) -> Result<(), ServiceError> {
	let serving = axum::serve(listener, router(vitals))
		.with_graceful_shutdown(stop.clone().cancelled_owned());
	let over = async {
		stop.cancelled().await;
		tokio::time::sleep(patience).await;
	};
	tokio::select! {
		served = async { serving.await } => {
			served.map_err(|error| ServiceError::recover("Q-MO-002", error))
		},
		// Somebody has begun a request and does not end it.
		() = over => Ok(()),
	}
}

fn router(vitals: Arc<dyn Vitals>) -> Router {
	Router::new()
		.route("/healthz", get(|| async { "ok\n" }))
		.route("/readyz", get(ready))
		.route("/metrics", get(exposition))
		.route("/status", get(status))
		.with_state(vitals)
}

async fn ready(State(vitals): State<Arc<dyn Vitals>>) -> impl IntoResponse {
	let lacks = vitals.lacks();
	match lacks.is_empty() {
		true => (StatusCode::OK, "ready\n".to_owned()),
		false => (StatusCode::SERVICE_UNAVAILABLE, lacks.join("\n") + "\n"),
	}
}

async fn status(State(vitals): State<Arc<dyn Vitals>>) -> impl IntoResponse {
	let plain = [(header::CONTENT_TYPE, "text/plain; charset=utf-8")];
	match vitals.status() {
		Some(Ok(text)) => (StatusCode::OK, [(header::CONTENT_TYPE, "application/json")], text),
		Some(Err(error)) => (StatusCode::INTERNAL_SERVER_ERROR, plain, error.to_string()),
		None => (StatusCode::NOT_FOUND, plain, "no status\n".to_owned()),
	}
}

async fn exposition(State(vitals): State<Arc<dyn Vitals>>) -> impl IntoResponse {
	const TEXT: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
	let mut text = String::new();
	match prometheus_client::encoding::text::encode(&mut text, vitals.registry()) {
		Ok(()) => (StatusCode::OK, [(header::CONTENT_TYPE, TEXT)], text),
		Err(error) => {
			let plain = [(header::CONTENT_TYPE, "text/plain; charset=utf-8")];
			(StatusCode::INTERNAL_SERVER_ERROR, plain, error.to_string())
		},
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use std::sync::atomic::{AtomicBool, Ordering};
	use tokio::io::{AsyncReadExt, AsyncWriteExt};

	struct Process {
		registry: Registry,
		failures: Failures,
		pulse: Pulse,
		sick: AtomicBool,
	}

	impl Process {
		fn new() -> Arc<Self> {
			let mut registry = Registry::with_prefix("quittance_process");
			let (failures, pulse) = (Failures::default(), Pulse::default());
			failures.register(&mut registry);
			pulse.register(&mut registry);
			Arc::new(Self { registry, failures, pulse, sick: AtomicBool::new(false) })
		}
	}

	impl Vitals for Process {
		fn lacks(&self) -> Vec<&'static str> {
			match self.sick.load(Ordering::SeqCst) {
				true => vec!["this", "that"],
				false => vec![],
			}
		}

		fn registry(&self) -> &Registry {
			&self.registry
		}
	}

	const SHORT: Duration = Duration::from_millis(50);

	type Serving = tokio::task::JoinHandle<Result<(), ServiceError>>;

	/// A running monitor, and what stops it.
	async fn monitor(vitals: Arc<Process>) -> (SocketAddr, CancellationToken, Serving) {
		let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
		let address = listener.local_addr().unwrap();
		let stop = CancellationToken::new();
		let serving = tokio::spawn(serve(listener, vitals, stop.clone(), SHORT));
		(address, stop, serving)
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
	async fn a_process_lives_and_is_ready_unless_it_lacks_something() {
		let process = Process::new();
		let (address, stop, serving) = monitor(Arc::clone(&process)).await;
		assert_eq!(fetch(address, "/healthz").await, (200, "ok\n".to_owned()));
		assert_eq!(fetch(address, "/readyz").await, (200, "ready\n".to_owned()));
		process.sick.store(true, Ordering::SeqCst);
		assert_eq!(fetch(address, "/readyz").await, (503, "this\nthat\n".to_owned()));
		assert_eq!(fetch(address, "/healthz").await.0, 200);
		assert_eq!(fetch(address, "/other").await.0, 404);
		assert_eq!(fetch(address, "/status").await, (404, "no status\n".to_owned()));
		stop.cancel();
		serving.await.unwrap().unwrap();
	}

	#[tokio::test]
	async fn what_was_counted_is_served() {
		let process = Process::new();
		process.pulse.saw_block(7);
		process.failures.failed("listener", &ServiceError::recover("Q-CL-002", "away"), 1);
		let (address, stop, _) = monitor(process).await;
		let (status, text) = fetch(address, "/metrics").await;
		assert_eq!(status, 200);
		for line in [
			"quittance_process_best_block 7",
			"quittance_process_failures_total{service=\"listener\",code=\"Q-CL-002\"} 1",
		] {
			assert!(text.lines().any(|found| found == line), "{line} in {text}");
		}
		stop.cancel();
	}

	/// Somebody opens a connection, begins a request and goes to sleep.
	#[tokio::test]
	async fn a_stop_does_not_wait_for_an_unfinished_request() {
		let (address, stop, serving) = monitor(Process::new()).await;
		let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
		stream.write_all(b"GET /healthz HT").await.unwrap();
		stop.cancel();
		tokio::time::timeout(PATIENCE, serving).await.unwrap().unwrap().unwrap();
	}

	#[test]
	fn boundary_a_block_is_fresh_for_a_minute() {
		let pulse = Pulse::default();
		assert!(!pulse.is_fresh(Instant::now()));
		pulse.saw_block(7);
		let seen = pulse.last.lock().unwrap().unwrap();
		assert!(pulse.is_fresh(seen + STALE - Duration::from_millis(1)));
		assert!(!pulse.is_fresh(seen + STALE));
	}
}
