//! From a circuit to proofs: setup, key files, proving, and the JSON of snarkjs.
//!
//! The prover is `taceo-groth16`, keys come from the generator of `ark-groth16`, and every proof is
//! verified by `quittance-groth16`, the code that the chain runs, before anybody gets to see it:
//! the libraries make a proof of an unsatisfied assignment without complaint.
//!
//! ```no_run
//! use quittance_circuits::basic_receipt;
//! use quittance_prover::KeyStore;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let keys = KeyStore::new("keys");
//! let engine = keys.load_or_set_up(basic_receipt::NAME, &basic_receipt::shape())?;
//! let registered = engine.verifying_key().to_bytes();
//! # Ok(())
//! # }
//! ```

#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod engine;
mod keys;
mod setup;
pub mod snarkjs;

pub use engine::{Engine, ProveError};
pub use keys::{KeyStore, KeyStoreError, Passport, Setup};
pub use setup::{set_up_for_development, SetupError};

pub use quittance_groth16::{Proof, VerifyingKey};
