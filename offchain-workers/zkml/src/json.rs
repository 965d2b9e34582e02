//! The model file that training writes.

use serde::Deserialize;

use crate::{
	encoding::{EncodingError, VERSION},
	model::{shape, Layer, Model, ModelError},
};

/// Longest model file, in bytes.
pub const MAX_JSON_BYTES: usize = 4 * 1024 * 1024;

const FORMAT: &str = "quittance.model";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileModel {
	format: String,
	version: u64,
	layers: Vec<FileLayer>,
}

// Wider numbers than the model's, so that one that does not fit is reported with its place.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileLayer {
	inputs: u16,
	outputs: u16,
	scale: u8,
	shift: u8,
	weights: Vec<Vec<i64>>,
	biases: Vec<i64>,
}

impl Model {
	/// The model of a JSON file
	/// `{"format":"quittance.model","version":1,"layers":[{"inputs","outputs","scale","shift",
	/// "weights":[[..]..],"biases":[..]}..]}`, one row of weights for each output.
	///
	/// # Errors
	///
	/// [`EncodingError::TooLarge`] above [`MAX_JSON_BYTES`], [`ModelError::Json`],
	/// [`ModelError::WrongFormat`], [`ModelError::UnsupportedVersion`],
	/// [`ModelError::ValueOutOfRange`], and those of [`Model::new`].
	pub fn from_json(text: &[u8]) -> Result<Self, ModelError> {
		if text.len() > MAX_JSON_BYTES {
			return Err(EncodingError::TooLarge { len: text.len(), max: MAX_JSON_BYTES }.into());
		}
		let file: FileModel =
			serde_json::from_slice(text).map_err(|e| ModelError::Json(e.to_string()))?;
		if file.format != FORMAT {
			return Err(ModelError::WrongFormat(file.format));
		}
		if file.version != u64::from(VERSION) {
			return Err(ModelError::UnsupportedVersion(file.version));
		}
		let layers = file.layers.into_iter().enumerate();
		Self::new(layers.map(|(place, layer)| layer.narrow(place)).collect::<Result<_, _>>()?)
	}
}

impl FileLayer {
	fn narrow(self, layer: usize) -> Result<Layer, ModelError> {
		let Self { inputs, outputs, scale, shift, weights, biases } = self;
		shape(layer, "rows of weights", usize::from(outputs), weights.len())?;
		for row in &weights {
			shape(layer, "weights in a row", usize::from(inputs), row.len())?;
		}
		Ok(Layer {
			inputs,
			outputs,
			scale,
			shift,
			weights: narrow(layer, "weight", weights.into_iter().flatten())?,
			biases: narrow(layer, "bias", biases.into_iter())?,
		})
	}
}

fn narrow<T: TryFrom<i64>>(
	layer: usize,
	what: &'static str,
	values: impl Iterator<Item = i64>,
) -> Result<Vec<T>, ModelError> {
	values
		.enumerate()
		.map(|(index, value)| {
			T::try_from(value).map_err(|_| ModelError::ValueOutOfRange {
				layer,
				what,
				index,
				value,
			})
		})
		.collect()
}
