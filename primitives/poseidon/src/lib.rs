//! Poseidon over the BN254 scalar field, as circomlib computes it, and a 4-ary Merkle tree of it.
//!
//! One permutation for 1 to 16 inputs: width t = inputs + 1, S-box x^5, 8 full rounds and 56 to 70
//! partial rounds by width. The state starts as `[0, in_1, .., in_n]` and the hash is its first
//! cell. The constants are generated at build time from the paper's parameters (`build/grain.rs`);
//! docs/vectors/poseidon.json holds vectors published by others.
//!
//! [`Native`] computes here. In a runtime the same trait is implemented by a host function, so that
//! statements are written once, over [`Hasher`], and neither the tables nor the arithmetic enter
//! the WASM blob.

#![cfg_attr(not(feature = "std"), no_std)]
#![forbid(unsafe_code)]
#![warn(missing_docs)]

extern crate alloc;

mod frontier;
mod permutation;
mod tag;
pub mod tree;

pub use frontier::{nodes_of, Frontier};
pub use permutation::{parameters, Parameters, FULL_ROUNDS, MAX_INPUTS};
pub use tag::tag;

use ark_bn254::Fr;

/// Something that computes Poseidon.
pub trait Hasher {
	/// Poseidon of 1 to 16 inputs. Another number of inputs does not compile.
	fn hash<const N: usize>(inputs: &[Fr; N]) -> Fr;
}

/// Poseidon computed in this process.
#[derive(Clone, Copy, Debug)]
pub struct Native;

impl Hasher for Native {
	fn hash<const N: usize>(inputs: &[Fr; N]) -> Fr {
		hash(inputs)
	}
}

/// Poseidon of `N` inputs, 1 to 16.
///
/// Another `N` does not compile:
///
/// ```compile_fail
/// quittance_poseidon::hash(&[ark_bn254::Fr::from(0u8); 17]);
/// ```
pub fn hash<const N: usize>(inputs: &[Fr; N]) -> Fr {
	let hash = const {
		match permutation::hash_of_length(N) {
			Some(hash) => hash,
			None => panic!("Poseidon takes 1 to 16 inputs"),
		}
	};
	hash(inputs)
}

/// Poseidon of a number of inputs known only at run time. `None` unless there are 1 to 16.
pub fn hash_slice(inputs: &[Fr]) -> Option<Fr> {
	permutation::hash_of_length(inputs.len()).map(|hash| hash(inputs))
}
