//! The interface between runtime and node.
//!
//! The expansion of `#[runtime_interface]` in a Wasm build declares and calls extern functions, which
//! is `unsafe`. It is the only place in this crate that may.
#![allow(unsafe_code)]
// The macro generates public items without documentation.
#![allow(missing_docs)]
// Nothing calls the host under this feature.
#![cfg_attr(feature = "portable", allow(dead_code))]

use sp_runtime_interface::{
	pass_by::{PassFatPointerAndRead, PassFatPointerAndWrite, PassPointerAndWrite},
	runtime_interface,
};

/// Results are numbers, 0 for success, because a host function cannot return a `Result` without
/// allocating in the runtime's memory. Version 1 of a function gives the same number for the same
/// arguments for ever: old blocks are executed again. Another behaviour is another version.
#[runtime_interface]
pub trait Quittance {
	/// [`quittance_groth16::result_code`] of [`quittance_groth16::verify`].
	fn groth16_bn254_verify(
		key: PassFatPointerAndRead<&[u8]>,
		proof: PassFatPointerAndRead<&[u8]>,
		inputs: PassFatPointerAndRead<&[u8]>,
	) -> u32 {
		#[cfg(feature = "std")]
		let verdict = crate::prepared_keys::verify(key, proof, inputs);
		#[cfg(not(feature = "std"))]
		let verdict = crate::portable::verify(key, proof, inputs);
		quittance_groth16::result_code(verdict)
	}

	/// Answers a batch as [`crate::verify_batch`] puts it: 0 and the verdicts' codes in `verdicts`, or
	/// the code of the [`BatchError`](quittance_groth16::BatchError) and zeros.
	fn groth16_bn254_verify_batch(
		request: PassFatPointerAndRead<&[u8]>,
		verdicts: PassFatPointerAndWrite<&mut [u8]>,
	) -> u32 {
		#[cfg(feature = "std")]
		let code = crate::batch::answer(request, verdicts, crate::prepared_keys::prepared);
		#[cfg(not(feature = "std"))]
		let code = crate::batch::answer(request, verdicts, crate::PreparedKey::from_bytes);
		code
	}

	/// 0, or [`quittance_groth16::KeyError::code`] of [`quittance_groth16::validate_key`].
	fn groth16_bn254_validate_key(key: PassFatPointerAndRead<&[u8]>) -> u32 {
		crate::portable::validate_key(key).map_or_else(|error| error.code(), |()| 0)
	}

	/// Writes the hash to `out` and returns 0, or returns
	/// [`PoseidonError::code`](crate::PoseidonError::code) and leaves zeros.
	fn poseidon_bn254(
		inputs: PassFatPointerAndRead<&[u8]>,
		out: PassPointerAndWrite<&mut [u8; 32], 32>,
	) -> u32 {
		match crate::portable::poseidon(inputs) {
			Ok(hash) => {
				*out = hash;
				0
			},
			Err(error) => error.code(),
		}
	}
}
