//! Times the proof of a basic receipt.
//!
//! `cargo bench -p quittance-prover --bench receipt-prove [-- --json]`
//!
//! `prove` is what a worker waits for: the assignment from plain values, the proof on all cores, and
//! its verification. `prove-one-thread` is the same on one thread, of which there can be one for each
//! core. `witness` and `verify` are the first and the last part alone. Times are wall-clock
//! milliseconds of one call, over calls made one after another, after one that is not counted. The
//! setup, the matrices and the preparation of the key are made once and are not timed.

#[path = "../examples/statement/mod.rs"]
mod statement;

use quittance_circuits::basic_receipt;
use quittance_prover::KeyStore;
use serde_json::{json, Value};
use std::{hint::black_box, time::Instant};

const SAMPLES: usize = 30;

struct Measurement {
	case: &'static str,
	median: f64,
	min: f64,
	max: f64,
}

fn measure(case: &'static str, mut call: impl FnMut(usize)) -> Measurement {
	call(0);
	let mut times: Vec<f64> = (0..SAMPLES)
		.map(|sample| {
			let start = Instant::now();
			call(sample);
			start.elapsed().as_secs_f64() * 1e3
		})
		.collect();
	times.sort_by(f64::total_cmp);
	let median = (times[(SAMPLES - 1) / 2] + times[SAMPLES / 2]) / 2.0;
	Measurement { case, median, min: times[0], max: times[SAMPLES - 1] }
}

fn record(measurement: &Measurement) -> Value {
	let round = |ms: f64| (ms * 1e3).round() / 1e3;
	json!({
		"case": measurement.case,
		"unit": "ms",
		"median": round(measurement.median),
		"min": round(measurement.min),
		"max": round(measurement.max),
		"n": SAMPLES,
		"compared_with": [],
	})
}

fn main() {
	let json = std::env::args().any(|argument| argument == "--json");

	let folder = tempfile::tempdir().expect("a folder for the key");
	let shape = basic_receipt::shape();
	let engine =
		KeyStore::new(folder.path()).load_or_set_up(basic_receipt::NAME, &shape).expect("a key");
	let statements: Vec<_> = (0..SAMPLES as u64).map(statement::statement).collect();
	let prove = |sample: usize| {
		let (public, witness) = &statements[sample];
		engine.prove_basic_receipt(public, black_box(witness)).expect("a true statement")
	};
	let single = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a thread");
	let (proof, publics) = (prove(0), statements[0].0.to_fields());

	let measurements = [
		measure("prove", |sample| {
			prove(sample);
		}),
		measure("prove-one-thread", |sample| {
			single.install(|| prove(sample));
		}),
		measure("witness", |sample| {
			let (public, witness) = &statements[sample];
			black_box(basic_receipt::assign(public, witness).expect("a true statement"));
		}),
		measure("verify", |_| {
			engine.verifier().verify(black_box(&proof), &publics).expect("a valid proof");
		}),
	];
	if json {
		println!("{}", measurements.iter().map(record).collect::<Value>());
		return;
	}
	println!(
		"{} constraints, {SAMPLES} samples, milliseconds: median (min to max)",
		shape.constraints()
	);
	for Measurement { case, median, min, max } in measurements {
		println!("{case:20} {median:8.2} ({min:.2} to {max:.2})");
	}
}
