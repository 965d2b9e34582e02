//! Keeps the services running.
//!
//! A service that fails is started again after a pause that doubles, unless its error says that starting it
//! again cannot help. One that fails too often within a while ends the process, with the error's code: a
//! process that is not working must not look as if it were.

use futures::future::BoxFuture;
use std::{
	error::Error as StdError,
	fmt,
	sync::Arc,
	time::{Duration, Instant},
};
use tokio::task::{JoinError, JoinSet};
use tokio_util::sync::CancellationToken;

/// Whether it can help to start a service again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Severity {
	/// Yes: a node that is away, a file that is locked.
	Recover,
	/// No: a wrong key, a store of another chain.
	Fault,
}

/// Why a service ended.
#[derive(Debug)]
pub struct ServiceError {
	/// The code by which operators search the log.
	pub code: &'static str,
	/// Whether it can help to start it again.
	pub severity: Severity,
	/// What happened.
	pub source: Box<dyn StdError + Send + Sync>,
}

impl ServiceError {
	/// One after which the service is started again.
	pub fn recover(code: &'static str, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
		Self { code, severity: Severity::Recover, source: source.into() }
	}

	/// One after which the process ends.
	pub fn fault(code: &'static str, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
		Self { code, severity: Severity::Fault, source: source.into() }
	}
}

impl fmt::Display for ServiceError {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		write!(f, "[{}] {}", self.code, self.source)
	}
}

impl StdError for ServiceError {
	fn source(&self) -> Option<&(dyn StdError + 'static)> {
		Some(self.source.as_ref())
	}
}

/// A part of the process that runs until it is told to stop.
pub trait Service: Send + Sync + 'static {
	/// Its name, for the log and the metrics.
	fn name(&self) -> &'static str;

	/// Runs until `stop`, and can be called again after it has failed. Whatever it had begun must be found
	/// again by then.
	fn run(&self, stop: CancellationToken) -> BoxFuture<'_, Result<(), ServiceError>>;
}

/// How often and how soon services are started again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Restarts {
	/// Pause after the first failure. It doubles with each.
	pub first_pause: Duration,
	/// Longest pause.
	pub longest_pause: Duration,
	/// Failures in a row after which the process ends.
	pub most: u32,
	/// How long a service runs until its failures are forgotten.
	pub reset_after: Duration,
}

impl Default for Restarts {
	fn default() -> Self {
		Self {
			first_pause: Duration::from_secs(1),
			longest_pause: Duration::from_secs(60),
			most: 10,
			reset_after: Duration::from_secs(600),
		}
	}
}

impl Restarts {
	/// Pause after so many failures in a row.
	fn pause(&self, failures: u32) -> Duration {
		let factor = 1u32.checked_shl(failures.saturating_sub(1)).unwrap_or(u32::MAX);
		self.first_pause.saturating_mul(factor).min(self.longest_pause)
	}
}

/// What the supervisor tells whoever counts.
pub trait Observer: Send + Sync + 'static {
	/// A service is run, for the first time or again.
	fn started(&self, _service: &'static str) {}

	/// A service has failed, for the so-manieth time in a row.
	fn failed(&self, service: &'static str, error: &ServiceError, failures: u32);
}

/// A service that could not be kept running.
#[derive(Debug, thiserror::Error)]
#[error("{service} failed {failures} times in a row: {error}")]
pub struct Fatal {
	/// Which.
	pub service: &'static str,
	/// How often.
	pub failures: u32,
	/// The last error.
	pub error: ServiceError,
}

/// Runs services until `stop`, or until one of them cannot be kept running: then the others are stopped,
/// too. Each ends what it is at.
pub async fn supervise(
	services: Vec<Arc<dyn Service>>,
	restarts: Restarts,
	observer: Arc<dyn Observer>,
	stop: CancellationToken,
) -> Result<(), Fatal> {
	let ending = stop.child_token();
	let mut running = JoinSet::new();
	for service in services {
		let (observer, ending) = (Arc::clone(&observer), ending.clone());
		running.spawn(async move { keep_running(service, restarts, observer, ending).await });
	}
	let mut outcome = Ok(());
	while let Some(ended) = running.join_next().await {
		let ended = ended.unwrap_or_else(|error| {
			// The loop around a service has nothing that panics.
			let error = ServiceError::fault("Q-SV-002", error);
			Err(Fatal { service: "supervisor", failures: 1, error })
		});
		if let (Err(fatal), Ok(())) = (ended, &outcome) {
			tracing::error!(code = fatal.error.code, service = fatal.service, %fatal, "stopping");
			outcome = Err(fatal);
			ending.cancel();
		}
	}
	outcome
}

async fn keep_running(
	service: Arc<dyn Service>,
	restarts: Restarts,
	observer: Arc<dyn Observer>,
	stop: CancellationToken,
) -> Result<(), Fatal> {
	let name = service.name();
	let mut failures = 0u32;
	loop {
		let started = Instant::now();
		observer.started(name);
		// A task of its own: a panic is a failure like others.
		let (run, stopping) = (Arc::clone(&service), stop.clone());
		let ended = tokio::spawn(async move { run.run(stopping).await }).await;
		let error = match ended {
			Ok(Ok(())) if stop.is_cancelled() => return Ok(()),
			Ok(Ok(())) => ServiceError::recover("Q-SV-001", "it ended without being told to"),
			Ok(Err(error)) => error,
			Err(error) => panicked(error),
		};
		if started.elapsed() >= restarts.reset_after {
			failures = 0;
		}
		failures = failures.saturating_add(1);
		observer.failed(name, &error, failures);
		if error.severity == Severity::Fault || failures >= restarts.most {
			return Err(Fatal { service: name, failures, error });
		}
		let pause = restarts.pause(failures);
		tracing::warn!(
			code = error.code, service = name, %error, failures, pause_ms = pause.as_millis(),
			"failed, will be started again"
		);
		tokio::select! {
			() = stop.cancelled() => return Ok(()),
			() = tokio::time::sleep(pause) => {},
		}
	}
}

fn panicked(error: JoinError) -> ServiceError {
	ServiceError::recover("Q-SV-003", error)
}

#[cfg(test)]
mod tests {
	use super::*;
	use futures::FutureExt;
	use std::sync::{
		atomic::{AtomicU32, Ordering},
		Mutex,
	};

	const FAST: Restarts = Restarts {
		first_pause: Duration::from_millis(1),
		longest_pause: Duration::from_millis(4),
		most: 4,
		reset_after: Duration::from_secs(3600),
	};

	#[derive(Default)]
	struct Seen(Mutex<Vec<(&'static str, &'static str, u32)>>);

	impl Observer for Seen {
		fn failed(&self, service: &'static str, error: &ServiceError, failures: u32) {
			self.0.lock().unwrap().push((service, error.code, failures));
		}
	}

	/// What a service does the so-manieth time it is run, from zero.
	type Script = fn(u32, CancellationToken) -> BoxFuture<'static, Result<(), ServiceError>>;

	struct Scripted {
		name: &'static str,
		runs: AtomicU32,
		script: Script,
	}

	impl Service for Scripted {
		fn name(&self) -> &'static str {
			self.name
		}

		fn run(&self, stop: CancellationToken) -> BoxFuture<'_, Result<(), ServiceError>> {
			(self.script)(self.runs.fetch_add(1, Ordering::SeqCst), stop)
		}
	}

	fn service(name: &'static str, script: Script) -> Arc<Scripted> {
		Arc::new(Scripted { name, runs: AtomicU32::new(0), script })
	}

	fn steady(_: u32, stop: CancellationToken) -> BoxFuture<'static, Result<(), ServiceError>> {
		async move {
			stop.cancelled().await;
			Ok(())
		}
		.boxed()
	}

	#[tokio::test]
	async fn services_run_until_they_are_told_to_stop() {
		let (seen, stop) = (Arc::new(Seen::default()), CancellationToken::new());
		let (a, b) = (service("a", steady), service("b", steady));
		let supervising = supervise(vec![a.clone(), b], FAST, seen.clone(), stop.clone());
		let stopping = async {
			tokio::time::sleep(Duration::from_millis(20)).await;
			stop.cancel();
		};
		let (outcome, ()) = tokio::join!(supervising, stopping);
		outcome.unwrap();
		assert_eq!(a.runs.load(Ordering::SeqCst), 1);
		assert!(seen.0.lock().unwrap().is_empty());
	}

	/// It fails, panics and ends by itself before it runs.
	#[tokio::test]
	async fn a_service_that_fails_is_started_again() {
		let script: Script = |run, stop| match run {
			0 => async { Err(ServiceError::recover("Q-XX-001", "away")) }.boxed(),
			1 => async { panic!("broken") }.boxed(),
			2 => async { Ok(()) }.boxed(),
			_ => {
				stop.cancel();
				async { Ok(()) }.boxed()
			},
		};
		let (seen, stop) = (Arc::new(Seen::default()), CancellationToken::new());
		let flaky = service("flaky", script);
		supervise(vec![flaky.clone()], FAST, seen.clone(), stop).await.unwrap();
		assert_eq!(flaky.runs.load(Ordering::SeqCst), 4);
		let expected =
			[("flaky", "Q-XX-001", 1), ("flaky", "Q-SV-003", 2), ("flaky", "Q-SV-001", 3)];
		assert_eq!(*seen.0.lock().unwrap(), expected);
	}

	#[tokio::test]
	async fn boundary_a_service_that_fails_too_often_ends_the_process_with_its_code() {
		let script: Script = |_, _| async { Err(ServiceError::recover("Q-XX-001", "x")) }.boxed();
		let (seen, stop) = (Arc::new(Seen::default()), CancellationToken::new());
		let (flaky, other) = (service("flaky", script), service("other", steady));
		let services: Vec<Arc<dyn Service>> = vec![flaky.clone(), other];
		let fatal = supervise(services, FAST, seen, stop.clone()).await.unwrap_err();
		assert_eq!((fatal.service, fatal.failures, fatal.error.code), ("flaky", 4, "Q-XX-001"));
		assert_eq!(flaky.runs.load(Ordering::SeqCst), 4);
		assert!(!stop.is_cancelled(), "the caller's token is the caller's");
	}

	#[tokio::test]
	async fn a_fault_is_not_tried_again() {
		let script: Script = |_, _| async { Err(ServiceError::fault("Q-XX-002", "y")) }.boxed();
		let (seen, stop) = (Arc::new(Seen::default()), CancellationToken::new());
		let faulty = service("faulty", script);
		let fatal = supervise(vec![faulty.clone()], FAST, seen, stop).await.unwrap_err();
		assert_eq!((fatal.failures, faulty.runs.load(Ordering::SeqCst)), (1, 1));
		assert_eq!(fatal.to_string(), "faulty failed 1 times in a row: [Q-XX-002] y");
	}

	#[tokio::test]
	async fn failures_are_forgotten_after_a_while() {
		let script: Script = |run, stop| match run {
			0..=5 => async { Err(ServiceError::recover("Q-XX-001", "x")) }.boxed(),
			_ => steady(run, {
				stop.cancel();
				stop
			}),
		};
		let patient = Restarts { reset_after: Duration::ZERO, ..FAST };
		let seen = Arc::new(Seen::default());
		let flaky = service("flaky", script);
		let stop = CancellationToken::new();
		supervise(vec![flaky], patient, seen.clone(), stop).await.unwrap();
		assert!(seen.0.lock().unwrap().iter().all(|(_, _, failures)| *failures == 1));
	}

	#[test]
	fn boundary_pauses_double_up_to_the_longest() {
		let restarts = Restarts::default();
		let seconds = [1, 2, 6, 7, 8, 100].map(|failures| restarts.pause(failures).as_secs());
		assert_eq!(seconds, [1, 2, 32, 60, 60, 60]);
	}
}
