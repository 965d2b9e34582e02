//! Integer inference, and the blobs that requester, miner and issuer exchange about it.
//!
//! A miner runs a [`Network`] over the items of an [`InputBlob`] with [`run`] and publishes the
//! [`OutputBlob`]; an issuer repeats the work with [`check`] before it signs. Both get the same
//! bits on every machine, because inference uses integers only.
//!
//! A network has dense layers, convolutions and average pools over signed bytes, of an architecture that
//! circuits are built from ([`quittance_circuits::architecture`] states its arithmetic). The
//! architecture bounds every sum, so that every item has a result. [`commit`] gives the two
//! commitments to its weights, and [`onnx`] makes networks of ONNX files.
//!
//! [`training`] has the steps by which a network of dense layers learns, in integers as well.
//!
//! Networks and blobs have one encoding each: an ASCII tag, a version byte, then SCALE fields.
//! Digests are taken over exactly these bytes, and decoding refuses any others.

#![forbid(unsafe_code)]
#![warn(missing_docs)]
#![deny(
	clippy::arithmetic_side_effects,
	clippy::cast_possible_truncation,
	clippy::cast_possible_wrap,
	clippy::cast_sign_loss,
	clippy::expect_used,
	clippy::float_arithmetic,
	clippy::indexing_slicing,
	clippy::unwrap_used
)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::expect_used))]
#![cfg_attr(test, allow(clippy::arithmetic_side_effects, clippy::cast_possible_truncation))]
#![cfg_attr(test, allow(clippy::cast_possible_wrap, clippy::cast_sign_loss))]

mod blob;
mod commitments;
mod encoding;
mod execution;
mod forward;
mod network;
pub mod onnx;
pub mod training;

pub use blob::{InputBlob, InvalidBlob, OutputBlob, MAX_ITEMS};
pub use commitments::{commit, verify, CommitmentMismatch, Commitments};
pub use encoding::{Digest, EncodingError};
pub use execution::{admit, check, run, CheckError, RunError, MAX_PRODUCTS};
pub use forward::{Classification, ForwardError};
pub use network::{Network, NetworkError, Parameters};
pub use quittance_circuits::architecture;

#[cfg(test)]
mod tests;
