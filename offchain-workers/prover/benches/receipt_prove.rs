//! Times the proof of a basic receipt.
//!
//! `scripts/bench.sh receipt-prove`, which has snarkjs prove the same circuit in the same run.
//!
//! `prove` is what a worker waits for: the assignment from plain values, the proof on all cores, and
//! its verification. `prove-one-thread` is the same on one thread, of which there can be one for each
//! core. `witness` is the first part alone. The setup, the matrices and the preparation of the key
//! are made once and are not timed.

#[path = "../examples/statement/mod.rs"]
mod statement;

use criterion::{criterion_group, criterion_main, Criterion, SamplingMode};
use quittance_circuits::basic_receipt;
use quittance_prover::KeyStore;
use std::hint::black_box;

const TRUE: &str = "the statement is true";

fn receipt_prove(criterion: &mut Criterion) {
	let folder = tempfile::tempdir().expect("a folder for the key");
	let shape = basic_receipt::shape();
	let engine =
		KeyStore::new(folder.path()).load_or_set_up(basic_receipt::NAME, &shape).expect("a key");
	let mut statements = (0..).map(statement::statement);
	let mut next = move || statements.next().expect("a statement for every job");
	let single = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a thread");

	let mut group = criterion.benchmark_group("receipt-prove");
	group.sample_size(30).sampling_mode(SamplingMode::Flat);
	let size = criterion::BatchSize::PerIteration;
	group.bench_function("prove", |bencher| {
		bencher.iter_batched(
			&mut next,
			|(public, witness)| engine.prove_basic_receipt(&public, &witness).expect(TRUE),
			size,
		);
	});
	group.bench_function("prove-one-thread", |bencher| {
		bencher.iter_batched(
			&mut next,
			|(public, witness)| {
				single.install(|| engine.prove_basic_receipt(&public, &witness)).expect(TRUE)
			},
			size,
		);
	});
	group.bench_function("witness", |bencher| {
		bencher.iter_batched(
			&mut next,
			|(public, witness)| basic_receipt::assign(black_box(&public), &witness).expect(TRUE),
			size,
		);
	});
	group.finish();
}

criterion_group!(benches, receipt_prove);
criterion_main!(benches);
