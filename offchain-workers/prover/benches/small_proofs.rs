//! Times the proofs of a member of a tree of depth 10 and of a bid within its bounds.
//!
//! `scripts/bench.sh small-proofs`. Each is what a wallet waits for: the assignment from plain values, the
//! proof on all cores, and its verification. The setup, the matrices and the preparation of the keys are
//! made once and are not timed.

#[path = "../tests/sealed/mod.rs"]
mod sealed;

use criterion::{criterion_group, criterion_main, Criterion, SamplingMode};
use quittance_circuits::{bid_range, membership, Shape};
use quittance_prover::{Engine, KeyStore};

const TRUE: &str = "the statement is true";

fn engine(name: &str, shape: &Shape) -> Engine {
	let folder = tempfile::tempdir().expect("a folder for the key");
	KeyStore::new(folder.path()).load_or_set_up(name, shape).expect("a key")
}

fn small_proofs(criterion: &mut Criterion) {
	let mut group = criterion.benchmark_group("small-proofs");
	group.sample_size(30).sampling_mode(SamplingMode::Flat);
	let prover = engine(membership::NAME, &membership::shape());
	let (public, witness) = sealed::member(3);
	group.bench_function("membership", |bencher| {
		bencher.iter(|| prover.prove_membership(&public, &witness).expect(TRUE));
	});
	let prover = engine(bid_range::NAME, &bid_range::shape());
	let (public, witness) = sealed::bid(1_500);
	group.bench_function("bid-range", |bencher| {
		bencher.iter(|| prover.prove_bid_range(&public, &witness).expect(TRUE));
	});
	group.finish();
}

criterion_group!(benches, small_proofs);
criterion_main!(benches);
