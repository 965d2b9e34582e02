//! Time of one hash for each number of inputs, on one core: the best of several batches, because
//! anything else that runs only adds.
//!
//! `cargo run --release -p quittance-poseidon --example hash_time`

use ark_bn254::Fr;
use quittance_poseidon::{hash_slice, MAX_INPUTS};
use std::{hint::black_box, time::Instant};

/// Batches per figure.
const BATCHES: usize = 50;

/// Hashes per batch. Each takes the hash before it as an input, so that none overlap.
const HASHES: u32 = 50;

fn main() {
	for count in 1..=MAX_INPUTS {
		let mut inputs: Vec<_> = (1..=count as u64).map(Fr::from).collect();
		let best = (0..BATCHES)
			.map(|_| {
				let start = Instant::now();
				for _ in 0..HASHES {
					let hash = hash_slice(black_box(&inputs)).expect("1 to 12 inputs");
					if let Some(first) = inputs.first_mut() {
						*first = hash;
					}
				}
				start.elapsed() / HASHES
			})
			.min()
			.unwrap_or_default();
		println!("{count:2} inputs: {:6.2} us", best.as_nanos() as f64 / 1000.0);
	}
}
