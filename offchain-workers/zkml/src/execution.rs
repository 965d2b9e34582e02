//! The miner's work and the issuer's repetition of it.

use crate::{
	blob::{InputBlob, OutputBlob},
	encoding::Digest,
	inference::{BatchError, Output},
	model::Model,
};

/// Why a request cannot be run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RunError {
	/// The input asks for another model than the one given.
	#[error("the input asks for another model")]
	WrongModel {
		/// Weights digest in the input.
		requested: Digest,
		/// Weights digest of the model given.
		given: Digest,
	},
	/// An image has no result.
	#[error(transparent)]
	Image(#[from] BatchError),
}

/// Why an output is not the result of its input.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CheckError {
	/// The input cannot be run with this model.
	#[error(transparent)]
	Run(#[from] RunError),
	/// The output answers another input.
	#[error("the output answers another input")]
	WrongInput {
		/// Digest of the input given.
		expected: Digest,
		/// Digest in the output.
		found: Digest,
	},
	/// The output has not one result for each image.
	#[error("{found} results for {expected} images")]
	WrongCount {
		/// Images in the input.
		expected: usize,
		/// Results in the output.
		found: usize,
	},
	/// A result is wrong: the first one that is.
	#[error("image {image}: claimed {claimed:?}, computed {computed:?}")]
	WrongResult {
		/// Place of the image.
		image: usize,
		/// What inference gives.
		computed: Output,
		/// What the output says.
		claimed: Output,
	},
}

/// Runs every image of `input`; `salt` must be 32 fresh random bytes.
///
/// # Errors
///
/// [`RunError`].
pub fn run(model: &Model, input: &InputBlob, salt: [u8; 32]) -> Result<OutputBlob, RunError> {
	ensure_model(model, input)?;
	let outputs = model.classify_batch(input.images())?;
	Ok(OutputBlob::of_outputs(salt, input.digest(), &outputs))
}

/// Repeats the work and returns the units to bill, which is the number of images.
///
/// # Errors
///
/// [`CheckError`]; images are compared in order, and the first that differs is named.
pub fn check(model: &Model, input: &InputBlob, output: &OutputBlob) -> Result<u64, CheckError> {
	ensure_model(model, input)?;
	let (expected, found) = (input.digest(), *output.input());
	if expected != found {
		return Err(CheckError::WrongInput { expected, found });
	}
	let (expected, found) = (input.images().len(), output.outputs().len());
	if expected != found {
		return Err(CheckError::WrongCount { expected, found });
	}
	for (image, (pixels, claimed)) in input.images().iter().zip(output.outputs()).enumerate() {
		let computed =
			model.classify(pixels).map_err(|error| RunError::Image(BatchError { image, error }))?;
		if computed != claimed {
			return Err(CheckError::WrongResult { image, computed, claimed });
		}
	}
	Ok(input.units())
}

fn ensure_model(model: &Model, input: &InputBlob) -> Result<(), RunError> {
	let (requested, given) = (*input.model(), model.weights_digest());
	if requested == given {
		Ok(())
	} else {
		Err(RunError::WrongModel { requested, given })
	}
}
