//! Integer inference, and the blobs that requester, miner and issuer exchange about it.
//!
//! A miner runs a [`Model`] over the images of an [`InputBlob`] with [`run`] and publishes the
//! [`OutputBlob`]; an issuer repeats the work with [`check`] before it signs. Both get the same
//! bits on every machine, because inference uses integers only:
//!
//! ```text
//! hidden = min(127, max(0, bias + weights x input) >> shift)     every layer but the last
//! logits = bias + weights x hidden                               the last layer
//! label  = the lowest index among the largest logits
//! ```
//!
//! Pixels are `0..=16`, weights `i8`, biases and sums `i32`. A [`Model`] can only be made of layers
//! for which no image overflows a sum, so that every valid image has a result.
//!
//! A [`Network`] is the general form: dense layers, convolutions and average pools over signed bytes, of
//! an architecture that circuits are built from ([`quittance_circuits::architecture`] states its
//! arithmetic). [`commit`] gives the two commitments to its weights. A [`Model`] converts into one.
//!
//! [`training`] has the steps by which a network of dense layers learns, in integers as well.
//!
//! Models, networks and blobs have one encoding each: an ASCII tag, a version byte, then SCALE fields.
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
mod inference;
mod json;
mod model;
mod network;
pub mod onnx;
pub mod training;

pub use blob::{InputBlob, InvalidBlob, OutputBlob, MAX_IMAGES};
pub use commitments::{commit, verify, CommitmentMismatch, Commitments};
pub use encoding::{Digest, EncodingError, VERSION};
pub use execution::{check, run, CheckError, RunError};
pub use forward::{Classification, ForwardError};
pub use inference::{BatchError, Image, ImageError, Output, CLASSES, IMAGE_PIXELS, PIXEL_MAX};
pub use json::MAX_JSON_BYTES;
pub use model::{Layer, Model, ModelError, ACTIVATION_MAX, MAX_LAYERS, MAX_SHIFT, MAX_WIDTH};
pub use network::{Network, NetworkError, Parameters};

#[cfg(test)]
mod tests;
