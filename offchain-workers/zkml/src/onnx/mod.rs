//! Networks from ONNX files: import, quantisation after training, and its price in accuracy.
//!
//! [`FloatNetwork::from_onnx`] reads a chain of operators that have an integer counterpart and refuses
//! every other by name. [`quantise`] makes an integer [`Network`](crate::Network) of it with scales that
//! it finds on calibration samples, and [`AccuracyReport::measure`] compares the two on held-out ones.
//! What the integers stand for is a [`Scale`], to be kept beside the network.
//!
//! This is the one place with floats. What comes out of it is a network, which two machines agree on by
//! its digest; that two machines would find the same network from the same file is not claimed.

// Numbers of scales, units and errors; nothing here is repeated by another machine.
#![allow(clippy::float_arithmetic, clippy::cast_possible_truncation)]

mod accuracy;
mod error;
mod messages;
mod network;
mod quantise;
mod scale;
mod tensor;

pub use accuracy::AccuracyReport;
pub use error::{ImportError, QuantiseError};
pub use network::FloatNetwork;
pub use quantise::{quantise, Quantised};
pub use scale::{Scale, ScaleError};
pub use tensor::{read_labels, read_samples, MAX_MODEL_BYTES, MAX_ONNX_BYTES, MAX_SAMPLES};

#[cfg(test)]
mod tests;
