//! Times the host functions natively, through the host from Wasm, and as code of the runtime itself.
//!
//! `scripts/bench.sh groth16-verify groth16-batch key-validation poseidon`
//!
//! One thread. In Wasm one call of an export repeats the work as often as a sample asks for, from
//! SCALE-encoded arguments to the decoded result, so that the cost of entering Wasm is shared.

use criterion::{criterion_group, criterion_main, Criterion};
use quittance_groth16::{
	corpus::{Scalars, Trapdoor},
	encode_inputs, PreparedKey, MAX_BATCH,
};
use quittance_host_functions::{
	clear_prepared_keys, portable, validate_key, verify, verify_batch, BatchItem,
};
use quittance_host_functions_wasm::Instance;
use std::{
	hint::black_box,
	time::{Duration, Instant},
};

/// As many public signals as a basic receipt has.
const INPUTS: usize = 9;

/// The time of one call that repeats its work.
fn timed<R: PartialEq + std::fmt::Debug>(
	iterations: u64,
	expected: R,
	call: impl FnOnce(u32) -> R,
) -> Duration {
	let repetitions = u32::try_from(iterations).expect("fewer repetitions than 2^32");
	let start = Instant::now();
	let result = call(repetitions);
	let elapsed = start.elapsed();
	assert_eq!(result, expected);
	elapsed
}

fn verification(criterion: &mut Criterion) {
	let trapdoor = Trapdoor::new(INPUTS, 1);
	let scalars = Scalars::new(2).draw_many(INPUTS);
	let key = trapdoor.key().to_bytes();
	let proof = trapdoor.prove(&scalars, 3).to_bytes();
	let inputs = encode_inputs(&scalars);
	let prepared = PreparedKey::from_bytes(&key).expect("the key is sound");
	let mut wasm = Instance::new();

	let mut group = criterion.benchmark_group("groth16-verify");
	group.sample_size(60);
	// What the first receipt of a circuit costs a node: the key is decoded and prepared.
	group.bench_function("native", |bencher| {
		bencher.iter(|| {
			clear_prepared_keys();
			verify(black_box(&key), &proof, &inputs).expect("a valid proof");
		});
	});
	group.bench_function("wasm", |bencher| {
		bencher.iter_custom(|iterations| {
			timed(iterations, Ok(0u32), |repetitions| {
				wasm.call("portable_verify", (&key, &proof, &inputs, repetitions))
			})
		});
	});
	group.bench_function("native-prepared", |bencher| {
		bencher.iter(|| prepared.verify_bytes(black_box(&proof), &inputs).expect("a valid proof"));
	});
	group.bench_function("wasm-host-prepared", |bencher| {
		bencher.iter_custom(|iterations| {
			timed(iterations, Ok(0u32), |repetitions| {
				wasm.call("host_verify", (&key, &proof, &inputs, repetitions))
			})
		});
	});
	group.finish();

	let mut group = criterion.benchmark_group("key-validation");
	group.sample_size(30);
	group.bench_function("native", |bencher| {
		bencher.iter(|| validate_key(black_box(&key)).expect("a sound key"));
	});
	group.bench_function("wasm", |bencher| {
		bencher.iter_custom(|iterations| {
			timed(iterations, Ok(0u32), |repetitions| {
				wasm.call("portable_validate_key", (&key, repetitions))
			})
		});
	});
	group.finish();
}

/// Of batches, the time for each proof. All proofs hold and are for one key, which is not prepared.
fn batches(criterion: &mut Criterion) {
	let trapdoor = Trapdoor::new(INPUTS, 1);
	let mut scalars = Scalars::new(2);
	let keys = vec![trapdoor.key().to_bytes()];
	let items: Vec<(u32, Vec<u8>, Vec<u8>)> = (0..MAX_BATCH as u64)
		.map(|seed| {
			let inputs = scalars.draw_many(INPUTS);
			(0, trapdoor.prove(&inputs, seed).to_bytes(), encode_inputs(&inputs))
		})
		.collect();
	let mut wasm = Instance::new();

	let mut group = criterion.benchmark_group("groth16-batch");
	group.sample_size(30);
	for size in [1u32, 2, 8, 32] {
		let items = &items[..size as usize];
		let batch: Vec<_> =
			items.iter().map(|(_, proof, inputs)| BatchItem { key: 0, proof, inputs }).collect();
		group.bench_function(format!("native-{size}"), |bencher| {
			bencher.iter_custom(|iterations| {
				let start = Instant::now();
				for _ in 0..iterations {
					clear_prepared_keys();
					let verdicts = verify_batch(&keys, black_box(&batch)).expect("a batch");
					assert!(verdicts.iter().all(Result::is_ok));
				}
				start.elapsed() / size
			});
		});
		group.bench_function(format!("native-{size}-prepared"), |bencher| {
			bencher.iter_custom(|iterations| {
				let start = Instant::now();
				for _ in 0..iterations {
					let verdicts = verify_batch(&keys, black_box(&batch)).expect("a batch");
					assert!(verdicts.iter().all(Result::is_ok));
				}
				start.elapsed() / size
			});
		});
		group.bench_function(format!("wasm-{size}"), |bencher| {
			bencher.iter_custom(|iterations| {
				let expected = Ok((0u32, vec![0u32; items.len()]));
				timed(iterations, expected, |repetitions| {
					wasm.call("portable_verify_batch", (&keys, items, repetitions))
				}) / size
			});
		});
	}
	group.finish();
}

/// Of twelve, the most inputs a statement has.
fn poseidon(criterion: &mut Criterion) {
	let inputs = encode_inputs(&Scalars::new(4).draw_many(12));
	let hash = portable::poseidon(&inputs).expect("twelve scalars");
	let mut wasm = Instance::new();

	let mut group = criterion.benchmark_group("poseidon");
	group.bench_function("native", |bencher| {
		bencher.iter(|| portable::poseidon(black_box(&inputs)));
	});
	for (case, export) in [("wasm", "portable_poseidon"), ("wasm-host", "host_poseidon")] {
		group.bench_function(case, |bencher| {
			bencher.iter_custom(|iterations| {
				timed(iterations, Ok((0u32, hash)), |repetitions| {
					wasm.call(export, (&inputs, repetitions))
				})
			});
		});
	}
	group.finish();
}

criterion_group!(benches, verification, batches, poseidon);
criterion_main!(benches);
