//! Times the proof of a basic receipt: `receipt-prove [RUNS] [KEYS]`, 20 runs unless told.
//!
//! Prints a JSON list of cases. `receipt/witness` is the assignment, from plain values;
//! `receipt/verify` the self-verification; `receipt/prove` all three together, what a worker waits
//! for. `receipt/prove, one thread` is the same on one thread, of which there can be one for each
//! core.

mod statement;

use anyhow::Context;
use quittance_circuits::basic_receipt;
use quittance_prover::KeyStore;
use std::{path::PathBuf, time::Instant};

fn main() -> anyhow::Result<()> {
	let mut arguments = std::env::args().skip(1);
	let runs = arguments.next().map_or(Ok(20), |runs| runs.parse::<u64>())?.max(1);
	let temporary = tempfile::tempdir()?;
	let keys = arguments.next().map_or(temporary.path().to_path_buf(), PathBuf::from);

	let shape = basic_receipt::shape();
	let engine = KeyStore::new(keys).load_or_set_up(basic_receipt::NAME, &shape)?;
	let statements: Vec<_> = (0..runs).map(statement::statement).collect();

	let mut cases = Vec::new();
	let mut measure = |case: &str, run: &dyn Fn(usize) -> anyhow::Result<()>| {
		// Tables that are made on first use, and memory that is mapped then, are not what is timed.
		run(0)?;
		let mut times = Vec::new();
		for number in 0..statements.len() {
			let start = Instant::now();
			run(number)?;
			times.push(start.elapsed().as_secs_f64() * 1e3);
		}
		times.sort_by(f64::total_cmp);
		let round = |ms: f64| (ms * 1e3).round() / 1e3;
		cases.push(serde_json::json!({
			"case": case,
			"unit": "ms",
			"median": round((times[times.len() / 2] + times[(times.len() - 1) / 2]) / 2.0),
			"min": round(times[0]),
			"max": round(times[times.len() - 1]),
			"n": times.len(),
			"compared_with": [],
		}));
		anyhow::Ok(())
	};

	let prove = |number: usize| -> anyhow::Result<()> {
		let (public, witness) = &statements[number];
		engine.prove_basic_receipt(public, witness)?;
		Ok(())
	};
	measure("receipt/prove", &prove)?;
	measure("receipt/witness", &|number| {
		let (public, witness) = &statements[number];
		basic_receipt::assign(public, witness)?;
		Ok(())
	})?;
	let (public, witness) = &statements[0];
	let (proof, publics) = (engine.prove_basic_receipt(public, witness)?, public.to_fields());
	measure("receipt/verify", &|_| {
		engine.verifier().verify(&proof, &publics)?;
		Ok(())
	})?;
	let single = rayon::ThreadPoolBuilder::new().num_threads(1).build().context("a thread")?;
	measure("receipt/prove, one thread", &|number| single.install(|| prove(number)))?;

	println!("{}", serde_json::to_string_pretty(&cases)?);
	Ok(())
}
