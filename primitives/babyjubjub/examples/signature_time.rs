//! Time of each operation on one core: the best of several batches, because anything else that runs
//! only adds.
//!
//! `cargo run --release -p quittance-babyjubjub --example signature_time`

use ark_bn254::Fr;
use quittance_babyjubjub::{PublicKey, SecretKey, Signature};
use quittance_poseidon::Native;
use std::{hint::black_box, time::Instant};

/// Batches per figure.
const BATCHES: usize = 30;

/// Operations per batch.
const OPERATIONS: u32 = 20;

fn measure<T>(name: &str, mut operation: impl FnMut() -> T) {
	let best = (0..BATCHES)
		.map(|_| {
			let start = Instant::now();
			for _ in 0..OPERATIONS {
				black_box(operation());
			}
			start.elapsed() / OPERATIONS
		})
		.min()
		.unwrap_or_default();
	println!("{name:24} {:7.1} us", best.as_nanos() as f64 / 1000.0);
}

fn main() {
	let secret = SecretKey::from_seed(&[1; 32]);
	let key = secret.public();
	let message = Fr::from(1u8);
	let signature = secret.sign::<Native>(message);
	measure("SecretKey::from_seed", || SecretKey::from_seed(black_box(&[1; 32])));
	measure("SecretKey::sign", || secret.sign::<Native>(black_box(message)));
	measure("PublicKey::from_bytes", || PublicKey::from_bytes(black_box(&key.to_bytes())));
	measure("Signature::from_bytes", || Signature::from_bytes(black_box(&signature.to_bytes())));
	measure("PublicKey::verify", || key.verify::<Native>(message, black_box(&signature)));
}
