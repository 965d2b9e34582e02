//! Times the proof of an inference: one item, all weights and biases private and hashed in the proof, the
//! label public.
//!
//! `scripts/bench.sh inference-prove`. `64-32-10` is the digits network's shape, `64-64-64-64` three
//! layers of 64 neurons with 12,288 weights. Each is what a miner waits for: the assignment from plain
//! values, the proof on all cores, and its verification. the same with `-witness` is the assignment alone. The
//! setup, the matrices and the preparation of the keys are made once and are not timed.

#[path = "../tests/network/mod.rs"]
mod network;

use criterion::{criterion_group, criterion_main, Criterion, SamplingMode};
use network::{hidden, logits, parameters, statement};
use quittance_circuits::{
	architecture::{Extent, Layer},
	inference,
};
use quittance_prover::KeyStore;
use std::hint::black_box;

const TRUE: &str = "the statement is true";

fn inference_prove(criterion: &mut Criterion) {
	let mut group = criterion.benchmark_group("inference-prove");
	group.sample_size(10).sampling_mode(SamplingMode::Flat);
	let mut time = |name: &str, layers: Vec<Layer>| {
		let parameters = parameters(Extent::vector(64), layers);
		let folder = tempfile::tempdir().expect("a folder for the key");
		let shape = inference::shape(&parameters);
		let engine =
			KeyStore::new(folder.path()).load_or_set_up(inference::NAME, &shape).expect("a key");
		drop(shape);
		let (public, witness) = statement(&parameters, 1);
		group.bench_function(name, |bencher| {
			bencher.iter(|| engine.prove_inference(&parameters, &public, &witness).expect(TRUE));
		});
		group.bench_function(format!("{name}-witness"), |bencher| {
			bencher
				.iter(|| inference::assign(&parameters, black_box(&public), &witness).expect(TRUE));
		});
	};
	time("64-32-10", vec![hidden(32), logits(10)]);
	time("64-64-64-64", vec![hidden(64), hidden(64), logits(64)]);
	group.finish();
}

criterion_group!(benches, inference_prove);
criterion_main!(benches);
