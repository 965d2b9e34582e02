//! The exported functions. `wasm_export_functions!` makes a slice of the pointer and length that the
//! executor passes, which is `unsafe`.
#![allow(unsafe_code)]
#![allow(missing_docs)]

extern crate alloc;

use alloc::vec::Vec;
use core::hint::black_box;
// Brings the allocator and the panic handler of a runtime.
use polkadot_sdk::sp_io as _;
use quittance_groth16::result_code;
use quittance_host_functions::{portable, BatchError, BatchItem, PoseidonError, Verdicts};

/// Runs `call` `repetitions` times, at least once, and returns its last result.
fn repeat<T>(repetitions: u32, mut call: impl FnMut() -> T) -> T {
	for _ in 1..repetitions {
		black_box(call());
	}
	call()
}

/// A key's place, a proof and its inputs.
type Item = (u32, Vec<u8>, Vec<u8>);

fn batch(items: &[Item]) -> Vec<BatchItem<'_>> {
	items
		.iter()
		.map(|item| BatchItem { key: item.0 as usize, proof: &item.1, inputs: &item.2 })
		.collect()
}

fn batch_codes(result: Result<Verdicts, BatchError>) -> (u32, Vec<u32>) {
	match result {
		Ok(verdicts) => (0, verdicts.into_iter().map(result_code).collect()),
		Err(error) => (error.code(), Vec::new()),
	}
}

fn hash_code(result: Result<[u8; 32], PoseidonError>) -> (u32, [u8; 32]) {
	match result {
		Ok(hash) => (0, hash),
		Err(error) => (error.code(), [0; 32]),
	}
}

polkadot_sdk::sp_core::wasm_export_functions! {
	fn host_verify(key: Vec<u8>, proof: Vec<u8>, inputs: Vec<u8>, repetitions: u32) -> u32 {
		repeat(repetitions, || {
			result_code(quittance_host_functions::verify(&key, &proof, black_box(&inputs)))
		})
	}

	fn portable_verify(key: Vec<u8>, proof: Vec<u8>, inputs: Vec<u8>, repetitions: u32) -> u32 {
		repeat(repetitions, || result_code(portable::verify(&key, &proof, black_box(&inputs))))
	}

	fn host_verify_batch(keys: Vec<Vec<u8>>, items: Vec<Item>, repetitions: u32) -> (u32, Vec<u32>) {
		repeat(repetitions, || {
			batch_codes(quittance_host_functions::verify_batch(&keys, black_box(&batch(&items))))
		})
	}

	fn portable_verify_batch(
		keys: Vec<Vec<u8>>,
		items: Vec<Item>,
		repetitions: u32,
	) -> (u32, Vec<u32>) {
		repeat(repetitions, || {
			batch_codes(portable::verify_batch(&keys, black_box(&batch(&items))))
		})
	}

	fn host_validate_key(key: Vec<u8>, repetitions: u32) -> u32 {
		repeat(repetitions, || {
			result_code(quittance_host_functions::validate_key(black_box(&key)))
		})
	}

	fn portable_validate_key(key: Vec<u8>, repetitions: u32) -> u32 {
		repeat(repetitions, || {
			result_code(portable::validate_key(black_box(&key)).map_err(Into::into))
		})
	}

	fn host_poseidon(inputs: Vec<u8>, repetitions: u32) -> (u32, [u8; 32]) {
		repeat(repetitions, || hash_code(quittance_host_functions::poseidon(black_box(&inputs))))
	}

	fn portable_poseidon(inputs: Vec<u8>, repetitions: u32) -> (u32, [u8; 32]) {
		repeat(repetitions, || hash_code(portable::poseidon(black_box(&inputs))))
	}
}
