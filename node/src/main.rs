//! The Quittance node.
#![forbid(unsafe_code)]
#![warn(missing_docs)]
// The SDK's own error types, in the signatures it asks for.
#![allow(clippy::result_large_err)]

mod attestations;
#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
mod chain_spec;
mod cli;
mod command;
mod rpc;
mod service;

fn main() -> polkadot_sdk::sc_cli::Result<()> {
	command::run()
}
