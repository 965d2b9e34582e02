//! Reference inference in checked integers.

use crate::model::{Layer, Model, ACTIVATION_MAX};

/// Pixels of an image, 8 rows of 8.
pub const IMAGE_PIXELS: usize = 64;
/// Largest value of a pixel.
pub const PIXEL_MAX: u8 = 16;
/// Number of classes, and so of logits.
pub const CLASSES: usize = 10;

/// An image, row by row, each pixel `0..=16`.
pub type Image = [u8; IMAGE_PIXELS];

/// What the model says about one image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Output {
	/// The lowest class among those with the largest logit, `0..=9`.
	pub label: u8,
	/// One number for each class, in the units of the last layer's sums.
	pub logits: [i32; CLASSES],
}

/// Why an image has no result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ImageError {
	/// A pixel is larger than [`PIXEL_MAX`].
	#[error("pixel {pixel} is {value}, more than {PIXEL_MAX}")]
	PixelOutOfRange {
		/// Place of the pixel, row by row.
		pixel: usize,
		/// Its value.
		value: u8,
	},
	/// A sum left 32 bits. A [`Model`] rules that out when it is made; were that check ever
	/// wrong, inference would still stop here and not wrap.
	#[error("layer {layer}: the sum of output {neuron} overflows")]
	Overflow {
		/// Which layer.
		layer: usize,
		/// Which of its outputs.
		neuron: usize,
	},
}

/// The first image of a batch that has no result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("image {image}: {error}")]
pub struct BatchError {
	/// Place of the image in the batch.
	pub image: usize,
	/// What is wrong with it.
	pub error: ImageError,
}

/// `bias` plus the products, or nothing if a partial sum leaves 32 bits.
pub(crate) fn accumulate(bias: i32, mut terms: impl Iterator<Item = (i8, i32)>) -> Option<i32> {
	terms.try_fold(bias, |sum, (weight, value)| {
		sum.checked_add(i32::from(weight).checked_mul(value)?)
	})
}

/// Refuses an image with a pixel above [`PIXEL_MAX`].
pub(crate) fn validate(image: &Image) -> Result<(), ImageError> {
	match image.iter().enumerate().find(|(_, value)| **value > PIXEL_MAX) {
		Some((pixel, value)) => Err(ImageError::PixelOutOfRange { pixel, value: *value }),
		None => Ok(()),
	}
}

impl Layer {
	/// The layer's sums for `input`, before rectifier and shift.
	pub(crate) fn sums(&self, place: usize, input: &[i32]) -> Result<Vec<i32>, ImageError> {
		self.rows()
			.enumerate()
			.map(|(neuron, (weights, bias))| {
				accumulate(bias, weights.iter().copied().zip(input.iter().copied()))
					.ok_or(ImageError::Overflow { layer: place, neuron })
			})
			.collect()
	}
}

impl Model {
	/// Label and logits of one image.
	///
	/// # Errors
	///
	/// [`ImageError::PixelOutOfRange`].
	pub fn classify(&self, image: &Image) -> Result<Output, ImageError> {
		validate(image)?;
		let mut values: Vec<i32> = image.iter().copied().map(i32::from).collect();
		let mut layers = self.layers().iter().enumerate().peekable();
		while let Some((place, layer)) = layers.next() {
			values = layer.sums(place, &values)?;
			if layers.peek().is_some() {
				for value in &mut values {
					*value = ((*value).max(0) >> layer.shift).min(i32::from(ACTIVATION_MAX));
				}
			}
		}

		let mut logits = [0; CLASSES];
		for (logit, value) in logits.iter_mut().zip(values) {
			*logit = value;
		}
		Ok(Output { label: label(&logits), logits })
	}

	/// Label and logits of every image, in order.
	///
	/// # Errors
	///
	/// [`BatchError`] for the first image that [`Model::classify`] refuses.
	pub fn classify_batch(&self, images: &[Image]) -> Result<Vec<Output>, BatchError> {
		images
			.iter()
			.enumerate()
			.map(|(place, image)| {
				self.classify(image).map_err(|error| BatchError { image: place, error })
			})
			.collect()
	}
}

/// The lowest index among the largest logits.
pub(crate) fn label(logits: &[i32]) -> u8 {
	let mut best = (0, i32::MIN);
	for (class, logit) in (0..=u8::MAX).zip(logits) {
		if *logit > best.1 {
			best = (class, *logit);
		}
	}
	best.0
}
