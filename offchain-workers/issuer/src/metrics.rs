//! What is counted and measured of a running issuer, and what it needs to work.

use crate::SignError;
use prometheus_client::{
	metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
	registry::{Registry, Unit},
};
use quittance_daemon::{Failures, Kind, Observer, Pulse, ServiceError, Vitals};
use std::{
	sync::atomic::{AtomicBool, Ordering},
	time::Instant,
};

/// Seconds between which answers are counted.
const SECONDS: [f64; 12] = [0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0];

/// What is counted and measured.
pub(crate) struct Metrics {
	registry: Registry,
	/// Receipts handed out, those handed out again included.
	signed: Counter,
	/// Refusals, by the name of their reason.
	refused: Family<Kind, Counter>,
	/// Requests that are answered or wait.
	pub(crate) requests: Gauge,
	/// Receipts on record.
	pub(crate) recorded: Gauge,
	/// Seconds for an answer.
	answering: Histogram,
	failures: Failures,
	pulse: Pulse,
	/// Whether the chain has this issuer in office, with these keys.
	in_office: AtomicBool,
}

impl Metrics {
	pub(crate) fn new() -> Self {
		let mut metrics = Self {
			registry: Registry::with_prefix("quittance_issuer"),
			signed: Counter::default(),
			refused: Family::default(),
			requests: Gauge::default(),
			recorded: Gauge::default(),
			answering: Histogram::new(SECONDS.into_iter()),
			failures: Failures::default(),
			pulse: Pulse::default(),
			in_office: AtomicBool::new(false),
		};
		let registry = &mut metrics.registry;
		registry.register("signed", "Receipts handed out", metrics.signed.clone());
		registry.register("refused", "Requests refused, by reason", metrics.refused.clone());
		registry.register("requests", "Requests answered or waiting", metrics.requests.clone());
		registry.register("recorded", "Receipts on record", metrics.recorded.clone());
		let answering = metrics.answering.clone();
		let help = "Time for an answer";
		registry.register_with_unit("answering", help, Unit::Seconds, answering);
		metrics.failures.register(registry);
		metrics.pulse.register(registry);
		metrics
	}

	/// Takes note of an answer and how long it took.
	pub(crate) fn answered<T>(&self, answer: &Result<T, SignError>, since: Instant) {
		self.answering.observe(since.elapsed().as_secs_f64());
		match answer {
			Ok(_) => {
				self.signed.inc();
			},
			Err(error) => Kind::count(&self.refused, error.name()),
		}
	}

	/// Takes note of a block of the best chain.
	pub(crate) fn saw_block(&self, number: u64) {
		self.pulse.saw_block(number);
	}

	/// Takes note of whether this issuer is in office with its keys; says whether that is new.
	pub(crate) fn is_in_office(&self, in_office: bool) -> bool {
		self.in_office.swap(in_office, Ordering::Relaxed) != in_office
	}
}

impl Vitals for Metrics {
	fn lacks(&self) -> Vec<&'static str> {
		let in_office = self.in_office.load(Ordering::Relaxed);
		let lacks = [
			(self.pulse.is_fresh(Instant::now()), "no new block"),
			(in_office, "not in office with these keys"),
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
	fn an_issuer_is_ready_with_blocks_and_in_office() {
		let metrics = Metrics::new();
		assert_eq!(metrics.lacks().len(), 2);
		metrics.saw_block(7);
		assert_eq!(metrics.lacks(), ["not in office with these keys"]);
		assert!(metrics.is_in_office(true));
		assert!(!metrics.is_in_office(true), "it is no news");
		assert!(metrics.lacks().is_empty());
		assert!(metrics.is_in_office(false));
		assert_eq!(metrics.lacks().len(), 1);
	}

	#[test]
	fn what_was_answered_is_counted() {
		let metrics = Metrics::new();
		metrics.answered(&Ok(()), Instant::now());
		metrics.answered::<()>(&Err(SignError::Busy), Instant::now());
		metrics.answered::<()>(&Err(SignError::Busy), Instant::now());
		let mut text = String::new();
		prometheus_client::encoding::text::encode(&mut text, metrics.registry()).unwrap();
		for line in [
			"quittance_issuer_signed_total 1",
			"quittance_issuer_refused_total{kind=\"Busy\"} 2",
			"quittance_issuer_answering_seconds_count 3",
		] {
			assert!(text.lines().any(|found| found == line), "{line} in {text}");
		}
	}
}
