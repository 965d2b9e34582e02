//! A Wasm module that calls verification, key validation and Poseidon both ways: through the host
//! functions and as code of its own. The tests and the benchmark of `quittance-host-functions` run
//! it.
//!
//! A native build holds the module as [`WASM_BINARY`] and runs it as an [`Instance`]. The exports
//! take their arguments as one SCALE-encoded tuple:
//!
//! | Export | Arguments | Result |
//! |---|---|---|
//! | `host_verify`, `portable_verify` | key, proof, inputs, repetitions | code of the last verdict |
//! | `host_validate_key`, `portable_validate_key` | key, repetitions | code of the last verdict |
//! | `host_poseidon`, `portable_poseidon` | inputs, repetitions | code and hash of the last call |

#![cfg_attr(not(feature = "std"), no_std)]
// Not `forbid`: the exports are functions with raw arguments.
#![deny(unsafe_code)]
#![warn(missing_docs)]

// Written by the Wasm builder, without documentation and with constants that nobody needs here.
#[cfg(feature = "std")]
#[allow(dead_code, missing_docs)]
mod module {
	include!(concat!(env!("OUT_DIR"), "/wasm_binary.rs"));
}
#[cfg(feature = "std")]
pub use module::WASM_BINARY;

#[cfg(not(feature = "std"))]
mod exports;
#[cfg(feature = "std")]
mod instance;

#[cfg(feature = "std")]
pub use instance::Instance;
