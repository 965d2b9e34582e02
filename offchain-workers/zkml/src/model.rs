//! The integer model: its layers, what makes them valid, their encoding and digests.

use codec::{Decode, Encode};
use quittance_types::blake2_256;
use sha2::{Digest as _, Sha256};

use crate::{
	encoding::{open, seal, Digest, EncodingError},
	inference::{accumulate, CLASSES, IMAGE_PIXELS, PIXEL_MAX},
};

/// Most layers of a model.
pub const MAX_LAYERS: usize = 8;
/// Most inputs or outputs of a layer.
pub const MAX_WIDTH: u16 = 256;
/// Largest right shift of a layer: the sums have 31 bits beside the sign.
pub const MAX_SHIFT: u8 = 30;
/// Largest value that a hidden layer passes on; larger ones are cut to it.
pub const ACTIVATION_MAX: u8 = 127;

const TAG: &[u8] = b"quittance.model";
const ARCHITECTURE_TAG: &[u8] = b"quittance.architecture";

/// Why layers, JSON or bytes are not a [`Model`]. Layers count from 0, the image's side first.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ModelError {
	/// The bytes are not the canonical encoding of a model.
	#[error(transparent)]
	Encoding(#[from] EncodingError),
	/// The JSON is not of the model format: syntax, a missing or unknown field, a fraction.
	#[error("model file: {0}")]
	Json(String),
	/// The JSON says that it is another format.
	#[error("model file: format {0:?}")]
	WrongFormat(String),
	/// The JSON has a version that this crate does not read.
	#[error("model file: version {0} is not supported")]
	UnsupportedVersion(u64),
	/// No layer, or more than [`MAX_LAYERS`].
	#[error("{0} layers, not 1 to {MAX_LAYERS}")]
	LayerCount(usize),
	/// A layer has no inputs or outputs, or more than [`MAX_WIDTH`].
	#[error("layer {layer}: {width} {what}, not 1 to {MAX_WIDTH}")]
	LayerWidth {
		/// Which layer.
		layer: usize,
		/// "inputs" or "outputs".
		what: &'static str,
		/// How many it has.
		width: u16,
	},
	/// Two numbers that must agree do not: a layer's inputs and the outputs before it (or the
	/// image's pixels), the last outputs and the classes, a list's length and the layer's shape.
	#[error("layer {layer}: {found} {what}, expected {expected}")]
	WrongShape {
		/// Which layer.
		layer: usize,
		/// What was counted.
		what: &'static str,
		/// How many there must be.
		expected: usize,
		/// How many there are.
		found: usize,
	},
	/// A number does not fit its type.
	#[error("layer {layer}: {what} {index} is {value}, which does not fit")]
	ValueOutOfRange {
		/// Which layer.
		layer: usize,
		/// The list or field.
		what: &'static str,
		/// Place in the list, row by row; 0 for a field.
		index: usize,
		/// The number.
		value: i64,
	},
	/// The shift is larger than [`MAX_SHIFT`], or not 0 in the last layer, which has none.
	#[error("layer {layer}: shift {shift}, at most {max}")]
	Shift {
		/// Which layer.
		layer: usize,
		/// Its shift.
		shift: u8,
		/// Largest shift there.
		max: u8,
	},
	/// Some input that the layer's range allows would leave the 32-bit sum.
	#[error("layer {layer}: the sum of output {neuron} can overflow")]
	Overflow {
		/// Which layer.
		layer: usize,
		/// Which of its outputs.
		neuron: usize,
	},
}

/// A dense layer.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Layer {
	/// Number of inputs.
	pub inputs: u16,
	/// Number of outputs.
	pub outputs: u16,
	/// A weight `w` stands for the real number `w / 2^scale`. Inference does not use it.
	pub scale: u8,
	/// Arithmetic right shift after the rectifier; 0 in the last layer.
	pub shift: u8,
	/// `outputs` rows of `inputs` weights.
	pub weights: Vec<i8>,
	/// One bias for each output, in units of the sum.
	pub biases: Vec<i32>,
}

impl Layer {
	/// Every output's weights and bias, in order.
	pub(crate) fn rows(&self) -> impl Iterator<Item = (&[i8], i32)> {
		// `Model::new` has refused zero inputs; `max` only keeps an unchecked layer from panicking.
		self.weights.chunks_exact(usize::from(self.inputs.max(1))).zip(self.biases.iter().copied())
	}

	fn validate(&self, layer: usize, last: bool) -> Result<(), ModelError> {
		for (what, width) in [("inputs", self.inputs), ("outputs", self.outputs)] {
			if !(1..=MAX_WIDTH).contains(&width) {
				return Err(ModelError::LayerWidth { layer, what, width });
			}
		}
		let (inputs, outputs) = (usize::from(self.inputs), usize::from(self.outputs));
		shape(layer, "weights", inputs.saturating_mul(outputs), self.weights.len())?;
		shape(layer, "biases", outputs, self.biases.len())?;
		let max = if last { 0 } else { MAX_SHIFT };
		if self.shift > max {
			return Err(ModelError::Shift { layer, shift: self.shift, max });
		}

		// The extremes of a sum take the largest input where the weight has one sign and zero
		// elsewhere; every partial sum of every input lies between them.
		let largest = i32::from(if layer == 0 { PIXEL_MAX } else { ACTIVATION_MAX });
		for (neuron, (weights, bias)) in self.rows().enumerate() {
			let highest = weights.iter().map(|w| (*w).max(0));
			let lowest = weights.iter().map(|w| (*w).min(0));
			accumulate(bias, highest.map(|w| (w, largest)))
				.and(accumulate(bias, lowest.map(|w| (w, largest))))
				.ok_or(ModelError::Overflow { layer, neuron })?;
		}
		Ok(())
	}
}

/// A valid integer model from an image to one logit for each class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Model {
	layers: Vec<Layer>,
	weights_digest: Digest,
}

impl Model {
	/// Length of the longest canonical encoding: tag, version, layer count, then for each layer
	/// its four numbers, two lengths, weights and biases.
	pub const MAX_BYTES: usize = TAG.len() + 2 + MAX_LAYERS * (6 + 8 + WIDTH * WIDTH + 4 * WIDTH);

	/// The model of these layers.
	///
	/// # Errors
	///
	/// [`ModelError::LayerCount`], [`ModelError::LayerWidth`], [`ModelError::WrongShape`],
	/// [`ModelError::Shift`] and [`ModelError::Overflow`].
	pub fn new(layers: Vec<Layer>) -> Result<Self, ModelError> {
		if !(1..=MAX_LAYERS).contains(&layers.len()) {
			return Err(ModelError::LayerCount(layers.len()));
		}
		let mut width = IMAGE_PIXELS;
		let mut remaining = layers.len();
		for (place, layer) in layers.iter().enumerate() {
			remaining = remaining.saturating_sub(1);
			layer.validate(place, remaining == 0)?;
			shape(place, "inputs", width, usize::from(layer.inputs))?;
			width = usize::from(layer.outputs);
			if remaining == 0 {
				shape(place, "outputs", CLASSES, width)?;
			}
		}
		let weights_digest = Sha256::digest(seal(TAG, &layers)).into();
		Ok(Self { layers, weights_digest })
	}

	/// The model of a canonical encoding.
	///
	/// # Errors
	///
	/// [`ModelError::Encoding`], and those of [`Model::new`].
	pub fn from_bytes(bytes: &[u8]) -> Result<Self, ModelError> {
		Self::new(open(bytes, TAG, Self::MAX_BYTES)?)
	}

	/// The canonical encoding: `quittance.model`, the version byte, SCALE of the layers.
	pub fn to_bytes(&self) -> Vec<u8> {
		seal(TAG, &self.layers)
	}

	/// SHA-256 of the canonical encoding. It covers shapes and shifts as well as weights, and is
	/// how an [`InputBlob`](crate::InputBlob) names its model.
	pub fn weights_digest(&self) -> Digest {
		self.weights_digest
	}

	/// BLAKE2b-256 of what a circuit for this model is built from: `quittance.architecture`, the
	/// version byte, the largest pixel and activation, and each layer's inputs, outputs and shift.
	pub fn architecture_hash(&self) -> Digest {
		let layers: Vec<_> = self.layers.iter().map(|l| (l.inputs, l.outputs, l.shift)).collect();
		blake2_256(&seal(ARCHITECTURE_TAG, &(PIXEL_MAX, ACTIVATION_MAX, layers)))
	}

	/// The layers, the image's side first.
	pub fn layers(&self) -> &[Layer] {
		&self.layers
	}
}

const WIDTH: usize = MAX_WIDTH as usize;

pub(crate) fn shape(
	layer: usize,
	what: &'static str,
	expected: usize,
	found: usize,
) -> Result<(), ModelError> {
	if expected == found {
		Ok(())
	} else {
		Err(ModelError::WrongShape { layer, what, expected, found })
	}
}
