//! Times a block as full of receipts as its weight and length allow, and prints how many that are.
//!
//! `scripts/bench.sh receipts-per-block`
//!
//! `build` is the sum of its author's calls into the runtime, `execute` what every other node does
//! with the finished block. All jobs accept one issuer, as on a young chain, or the same 16. The
//! state is in memory: the time of a database is not in these figures (see `tests/full_block`).

#[path = "../tests/full_block/mod.rs"]
mod full_block;

use criterion::{criterion_group, criterion_main, Criterion, SamplingMode, Throughput};
use full_block::{FullBlock, Wasm};
use quittance_types::MAX_ISSUERS;
use std::time::Duration;

fn receipts_per_block(criterion: &mut Criterion) {
	let wasm = Wasm::new();
	let mut group = criterion.benchmark_group("receipts-per-block");
	// Each iteration takes about a second.
	group
		.sample_size(10)
		.sampling_mode(SamplingMode::Flat)
		.warm_up_time(Duration::from_secs(1))
		.measurement_time(Duration::from_secs(15));
	for (issuers, case) in [(1, "1-issuer"), (MAX_ISSUERS, "16-issuers")] {
		let mut block = FullBlock::new(&wasm, issuers);
		eprintln!("receipts-per-block, {case}: {block}");
		group.throughput(Throughput::Elements(block.receipts().into()));
		group.bench_function(format!("build-{case}"), |bencher| {
			bencher.iter_custom(|iterations| (0..iterations).map(|_| block.build()).sum());
		});
		group.bench_function(format!("execute-{case}"), |bencher| {
			bencher.iter_custom(|iterations| (0..iterations).map(|_| block.execute()).sum());
		});
	}
	group.finish();
}

criterion_group!(benches, receipts_per_block);
criterion_main!(benches);
