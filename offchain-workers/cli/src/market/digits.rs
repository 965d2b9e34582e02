//! The classifier of handwritten digits, and images that it has not seen, as committed.

use crate::{document::Document, failure::Failure, images::LabelledImages, model::read_model};
use quittance_zkml::Model;
use std::path::Path;

const MODEL: &[u8] = include_bytes!("../../../zkml/digits/model.json");
const IMAGES: &[u8] = include_bytes!("../../../zkml/digits/held-out.json");
/// Origin and licence of model and images.
pub const LICENCE: &[u8] = include_bytes!("../../../zkml/digits/README.md");

/// Model and images.
pub fn digits() -> Result<(Model, LabelledImages), Failure> {
	let model = read_model(Path::new("model.json"), MODEL)?;
	let images = LabelledImages::of(&Document::parse("held-out.json", IMAGES)?)?;
	Ok((model, images))
}
