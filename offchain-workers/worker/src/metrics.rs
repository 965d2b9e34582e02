//! What is counted and measured of a running worker, and what it needs to work.

use prometheus_client::{
	metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
	registry::{Registry, Unit},
};
use quittance_daemon::{gauge, Failures, Kind, Observer, Pulse, ServiceError, Vitals};
use std::{
	sync::atomic::{AtomicBool, Ordering},
	time::Instant,
};

/// Seconds between which proofs and the like are counted.
const SECONDS: [f64; 12] = [0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0];

/// What is counted and measured.
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
	failures: Failures,
	/// What was found on panels, by kind.
	pub(crate) findings: Family<Kind, Counter>,
	/// Seats on panels that something is to be done for.
	pub(crate) seats: Gauge,
	/// Jobs that are ours with work to come.
	pub(crate) jobs: Gauge,
	/// Jobs that wait to be looked at.
	pub(crate) waiting: Gauge,
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
	pulse: Pulse,
	/// Whether the chain has heartbeats of the miner's.
	matched: AtomicBool,
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
			failures: Failures::default(),
			findings: Family::default(),
			seats: Gauge::default(),
			jobs: Gauge::default(),
			waiting: Gauge::default(),
			heartbeat: Gauge::default(),
			epoch: Gauge::default(),
			execution: seconds(),
			signing: seconds(),
			proving: seconds(),
			pulse: Pulse::default(),
			matched: AtomicBool::new(false),
		};
		let registry = &mut metrics.registry;
		registry.register("steps", "Steps taken, by kind", metrics.steps.clone());
		registry.register("endings", "Jobs that ended, by how", metrics.endings.clone());
		registry.register("earned", "Earned, in the smallest unit", metrics.earned.clone());
		registry.register("setbacks", "Attempts in vain, by code", metrics.setbacks.clone());
		registry.register("findings", "Findings on panels", metrics.findings.clone());
		registry.register("seats", "Seats to be served", metrics.seats.clone());
		registry.register("jobs", "Jobs that are ours with work to come", metrics.jobs.clone());
		registry.register("waiting", "Jobs that wait to be looked at", metrics.waiting.clone());
		registry.register("heartbeat", "Epoch of the last heartbeat", metrics.heartbeat.clone());
		registry.register("epoch", "The current epoch", metrics.epoch.clone());
		metrics.failures.register(registry);
		metrics.pulse.register(registry);
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
		self.pulse.saw_block(number);
	}

	/// Takes note of whether the chain would match the miner.
	pub(crate) fn saw_heartbeat(&self, last: u64, epoch: u64, missed: u64) {
		self.heartbeat.set(gauge(last));
		self.epoch.set(gauge(epoch));
		self.matched.store(epoch.saturating_sub(last) <= missed, Ordering::Relaxed);
	}
}

impl Vitals for Metrics {
	fn lacks(&self) -> Vec<&'static str> {
		let matched = self.matched.load(Ordering::Relaxed);
		let lacks = [
			(self.pulse.is_fresh(Instant::now()), "no new block"),
			(matched, "no heartbeat: the miner is not matched"),
		];
		lacks.into_iter().filter(|(there, _)| !there).map(|(_, lack)| lack).collect()
	}

	fn registry(&self) -> &Registry {
		&self.registry
	}
}

impl Observer for Metrics {
	fn failed(&self, service: &'static str, error: &ServiceError, failures: u32) {
		self.failures.failed(service, error, failures);
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn a_worker_is_ready_with_blocks_and_heartbeats() {
		let metrics = Metrics::new();
		assert_eq!(metrics.lacks().len(), 2);
		metrics.saw_block(7);
		metrics.saw_heartbeat(3, 7, 3);
		assert_eq!(metrics.lacks().len(), 1, "four epochs without a heartbeat");
		metrics.saw_heartbeat(4, 7, 3);
		assert!(metrics.lacks().is_empty());
	}

	#[test]
	fn what_was_counted_is_there() {
		let metrics = Metrics::new();
		metrics.saw_block(7);
		Kind::count(&metrics.steps, "lock");
		Kind::count(&metrics.steps, "lock");
		metrics.earned.inc_by(1_000);
		metrics.proving.observe(0.7);
		metrics.failed("listener", &ServiceError::recover("Q-CL-002", "away"), 1);
		let mut text = String::new();
		prometheus_client::encoding::text::encode(&mut text, metrics.registry()).unwrap();
		for line in [
			"quittance_worker_best_block 7",
			"quittance_worker_steps_total{kind=\"lock\"} 2",
			"quittance_worker_earned_total 1000",
			"quittance_worker_proving_seconds_count 1",
			"quittance_worker_failures_total{service=\"listener\",code=\"Q-CL-002\"} 1",
		] {
			assert!(text.lines().any(|found| found == line), "{line} in {text}");
		}
	}
}
