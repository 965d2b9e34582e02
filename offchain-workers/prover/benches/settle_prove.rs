//! Times the proofs of the calls that pay for a private job, and of a transfer beside them.
//!
//! `scripts/bench.sh settle-prove`. Each is what a wallet or a miner waits for: the assignment from plain
//! values, the proof on all cores, and its verification. The setup, the matrices and the preparation of the
//! keys are made once and are not timed.

#[path = "../tests/private_job/mod.rs"]
mod private_job;

use criterion::{criterion_group, criterion_main, Criterion, SamplingMode};
use quittance_circuits::{
	post_private_job, settle, settle_verdict,
	transfer::{self, TransferWitness},
	Shape,
};
use quittance_poseidon::Native;
use quittance_prover::{Engine, KeyStore};
use quittance_types::Note;

const TRUE: &str = "the statement is true";

fn engine(name: &str, shape: &Shape) -> Engine {
	let folder = tempfile::tempdir().expect("a folder for the key");
	KeyStore::new(folder.path()).load_or_set_up(name, shape).expect("a key")
}

/// A transfer of the notes that the job is posted with.
fn transferred() -> (transfer::PublicSignals, TransferWitness) {
	let (_, _, posted, witness) = private_job::posted();
	let spent: u64 = witness.inputs.iter().map(|note| note.value).sum();
	let (change, fee) = (witness.change, 10);
	let paid = Note { value: spent - change.value - fee, ..change };
	let outputs = [paid, change];
	let public = transfer::PublicSignals {
		context: posted.context,
		root: posted.root,
		nullifiers: posted.nullifiers,
		commitments: outputs.each_ref().map(|note| note.commitment::<Native>()),
		fee,
	};
	(public, TransferWitness { inputs: witness.inputs, outputs })
}

fn settle_prove(criterion: &mut Criterion) {
	let mut group = criterion.benchmark_group("settle-prove");
	group.sample_size(30).sampling_mode(SamplingMode::Flat);
	let prover = engine(transfer::NAME, &transfer::shape());
	let (public, witness) = transferred();
	group.bench_function("transfer", |bencher| {
		bencher.iter(|| prover.prove_transfer(&public, &witness).expect(TRUE));
	});
	let prover = engine(post_private_job::NAME, &post_private_job::shape());
	let (_, _, public, witness) = private_job::posted();
	group.bench_function("post-private-job", |bencher| {
		bencher.iter(|| prover.prove_post_private_job(&public, &witness).expect(TRUE));
	});
	let prover = engine(settle::NAME, &settle::shape());
	let (_, _, public, witness) = private_job::settled();
	group.bench_function("settle", |bencher| {
		bencher.iter(|| prover.prove_settle(&public, &witness).expect(TRUE));
	});
	let prover = engine(settle_verdict::NAME, &settle_verdict::shape());
	let (_, _, public, witness) = private_job::decided();
	group.bench_function("settle-verdict", |bencher| {
		bencher.iter(|| prover.prove_settle_verdict(&public, &witness).expect(TRUE));
	});
	group.finish();
}

criterion_group!(benches, settle_prove);
criterion_main!(benches);
