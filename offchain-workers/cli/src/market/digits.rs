//! The network for handwritten digits, and images that it has not seen, as committed.

use crate::{
	failure::{Failure, Fault},
	samples::LabelledItems,
};
use quittance_zkml::{
	onnx::{quantise, read_labels, read_samples, FloatNetwork, Scale},
	Network,
};
use std::{fmt::Display, path::Path};

const ONNX: &[u8] = include_bytes!("../../../zkml/models/digits-mlp.onnx");
const CALIBRATION: &[u8] = include_bytes!("../../../zkml/models/digits-calibration.pb");
const IMAGES: &[u8] = include_bytes!("../../../zkml/models/digits-held-out.pb");
const LABELS: &[u8] = include_bytes!("../../../zkml/models/digits-labels.pb");
/// Origin and licence of network and images.
pub const LICENCE: &[u8] = include_bytes!("../../../zkml/models/README.md");

/// The network with what it needs beside it.
pub struct Digits {
	/// The network, imported as `quittance model import` does.
	pub network: Network,
	/// What its integers stand for.
	pub scale: Scale,
	/// Images as its items.
	pub images: LabelledItems,
}

/// The network, and images that it has not seen.
pub fn digits() -> Result<Digits, Failure> {
	let network =
		FloatNetwork::from_onnx(ONNX).map_err(|error| invalid("digits-mlp.onnx", &error))?;
	let calibration = "digits-calibration.pb";
	let samples = read_samples(CALIBRATION).map_err(|error| invalid(calibration, &error))?;
	let quantised = quantise(&network, &samples).map_err(|error| invalid(calibration, &error))?;
	let images = read_samples(IMAGES).map_err(|error| invalid("digits-held-out.pb", &error))?;
	let labels = read_labels(LABELS).map_err(|error| invalid("digits-labels.pb", &error))?;
	let items = images.iter().map(|image| quantised.input(image)).collect();
	let (scale, images) = (quantised.scale(), LabelledItems { items, labels });
	Ok(Digits { network: quantised.network, scale, images })
}

fn invalid(file: &str, error: &dyn Display) -> Failure {
	Failure::file(Path::new(file), Fault::Invalid, error)
}
