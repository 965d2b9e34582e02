//! The input and the output of a job, as stored and digested.

use codec::{Decode, Encode};
use quittance_types::{blake2_256, decode_input, MalformedInput, INPUT_TAG, MAX_INPUT_ITEMS};

use crate::{
	encoding::{open, seal, within, Digest, EncodingError},
	inference::{validate, BatchError, Image, Output, CLASSES, IMAGE_PIXELS},
};

/// Most images of one job.
pub const MAX_IMAGES: usize = MAX_INPUT_ITEMS as usize;

const OUTPUT_TAG: &[u8] = b"quittance.output";

/// Why fields or bytes are not a valid blob.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidBlob {
	/// The bytes are not the encoding of this kind of blob.
	#[error(transparent)]
	Encoding(#[from] EncodingError),
	/// No image, or more than [`MAX_IMAGES`].
	#[error("{0} images, not 1 to {MAX_IMAGES}")]
	ImageCount(usize),
	/// An image is not valid.
	#[error(transparent)]
	Image(#[from] BatchError),
	/// The price of all images does not fit 64 bits, the limit of the receipt circuit.
	#[error("{images} images at {unit_price} each exceed 64 bits")]
	AmountOverflow {
		/// Number of images.
		images: usize,
		/// Price of one.
		unit_price: u64,
	},
	/// Not one row of logits for each label.
	#[error("{labels} labels but {logits} rows of logits")]
	UnequalLengths {
		/// Number of labels.
		labels: usize,
		/// Number of rows.
		logits: usize,
	},
	/// A label names no class.
	#[error("image {image}: label {label}, not below {CLASSES}")]
	LabelOutOfRange {
		/// Place of the label.
		image: usize,
		/// Its value.
		label: u8,
	},
}

/// What the chain would see of an input, too, in this crate's words.
impl From<MalformedInput> for InvalidBlob {
	fn from(error: MalformedInput) -> Self {
		match error {
			MalformedInput::WrongTag => EncodingError::WrongTag.into(),
			MalformedInput::UnsupportedVersion(version) => {
				EncodingError::UnsupportedVersion(version).into()
			},
			MalformedInput::Truncated => EncodingError::Malformed.into(),
			MalformedInput::TrailingBytes(bytes) => {
				EncodingError::TrailingBytes(usize::try_from(bytes).unwrap_or(usize::MAX)).into()
			},
			MalformedInput::ItemCount(count) => Self::ImageCount(count as usize),
			MalformedInput::AmountTooLarge { count, unit_price } => {
				Self::AmountOverflow { images: count as usize, unit_price }
			},
		}
	}
}

/// What a requester asks: a model, a price for each image, the images.
///
/// The random salt is inside what the digest covers, so that nobody who sees the digest on the
/// chain can find the images by trying.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputBlob {
	body: InputBody,
}

#[derive(Clone, Debug, PartialEq, Eq, Encode)]
struct InputBody {
	salt: [u8; 32],
	model: Digest,
	unit_price: u64,
	images: Vec<Image>,
}

impl InputBlob {
	/// Length of the longest encoding: tag, version, salt, model, price, count, images.
	pub const MAX_BYTES: usize = INPUT_TAG.len() + 1 + 32 + 32 + 8 + 2 + MAX_IMAGES * IMAGE_PIXELS;

	/// A request for `images` under the model whose
	/// [`weights_digest`](crate::Model::weights_digest) is `model`. `salt` must be 32 fresh random
	/// bytes; `unit_price` is in the chain's smallest unit for one image.
	///
	/// # Errors
	///
	/// [`InvalidBlob::ImageCount`], [`InvalidBlob::AmountOverflow`] and [`InvalidBlob::Image`].
	pub fn new(
		salt: [u8; 32],
		model: Digest,
		unit_price: u64,
		images: Vec<Image>,
	) -> Result<Self, InvalidBlob> {
		Self::validated(InputBody { salt, model, unit_price, images })
	}

	/// The request encoded in exactly these bytes.
	///
	/// # Errors
	///
	/// [`InvalidBlob::Encoding`], and those of [`InputBlob::new`].
	pub fn decode(bytes: &[u8]) -> Result<Self, InvalidBlob> {
		within(bytes, Self::MAX_BYTES)?;
		let input = decode_input(bytes, IMAGE_PIXELS as u64)?;
		let image = |pixels: &[u8]| {
			let mut image = [0; IMAGE_PIXELS];
			image.copy_from_slice(pixels);
			image
		};
		Self::validated(InputBody {
			salt: input.salt,
			model: input.weights,
			unit_price: input.unit_price,
			images: input.items.chunks_exact(IMAGE_PIXELS).map(image).collect(),
		})
	}

	fn validated(body: InputBody) -> Result<Self, InvalidBlob> {
		image_count(body.images.len())?;
		if body.unit_price.checked_mul(units(body.images.len())).is_none() {
			let (images, unit_price) = (body.images.len(), body.unit_price);
			return Err(InvalidBlob::AmountOverflow { images, unit_price });
		}
		for (image, pixels) in body.images.iter().enumerate() {
			validate(pixels).map_err(|error| BatchError { image, error })?;
		}
		Ok(Self { body })
	}

	/// The bytes to store: `quittance.input`, the version byte, SCALE of salt, model, price, images.
	pub fn encode(&self) -> Vec<u8> {
		seal(INPUT_TAG, &self.body)
	}

	/// BLAKE2b-256 of [`InputBlob::encode`]: the job's input on the chain, its name in a store.
	pub fn digest(&self) -> Digest {
		blake2_256(&self.encode())
	}

	/// The requester's random bytes.
	pub fn salt(&self) -> &[u8; 32] {
		&self.body.salt
	}

	/// The weights digest of the model asked for.
	pub fn model(&self) -> &Digest {
		&self.body.model
	}

	/// Price of one image, in the chain's smallest unit.
	pub fn unit_price(&self) -> u64 {
		self.body.unit_price
	}

	/// The images, 1 to [`MAX_IMAGES`].
	pub fn images(&self) -> &[Image] {
		&self.body.images
	}

	/// Number of images, the units that a receipt meters.
	pub fn units(&self) -> u64 {
		units(self.body.images.len())
	}

	/// Price of all images. Construction has refused a product above 64 bits.
	pub fn amount(&self) -> u64 {
		self.body.unit_price.saturating_mul(self.units())
	}
}

/// What a miner claims: a label and logits for each image of an input.
///
/// The salt is the miner's. An issuer cannot derive it and need not: it takes the salt as it
/// stands in the blob, compares everything else, and signs the digest, which covers both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutputBlob {
	body: OutputBody,
}

#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
struct OutputBody {
	salt: [u8; 32],
	input: Digest,
	labels: Vec<u8>,
	logits: Vec<[i32; CLASSES]>,
}

impl OutputBlob {
	/// Length of the longest encoding: tag, version, salt, input, then labels and logits, each
	/// with its count.
	pub const MAX_BYTES: usize =
		OUTPUT_TAG.len() + 1 + 32 + 32 + 2 + MAX_IMAGES + 2 + MAX_IMAGES * CLASSES * 4;

	/// A claim about the input with digest `input`. `salt` must be 32 fresh random bytes.
	///
	/// Whether label and logits agree is for [`check`](crate::check) to say: a wrong claim can be
	/// stored and shown.
	///
	/// # Errors
	///
	/// [`InvalidBlob::ImageCount`], [`InvalidBlob::UnequalLengths`] and
	/// [`InvalidBlob::LabelOutOfRange`].
	pub fn new(
		salt: [u8; 32],
		input: Digest,
		labels: Vec<u8>,
		logits: Vec<[i32; CLASSES]>,
	) -> Result<Self, InvalidBlob> {
		Self::validated(OutputBody { salt, input, labels, logits })
	}

	/// The claim encoded in exactly these bytes.
	///
	/// # Errors
	///
	/// [`InvalidBlob::Encoding`], and those of [`OutputBlob::new`].
	pub fn decode(bytes: &[u8]) -> Result<Self, InvalidBlob> {
		Self::validated(open(bytes, OUTPUT_TAG, Self::MAX_BYTES)?)
	}

	/// The claim that `outputs` makes; one for each image of a valid input, in order.
	pub(crate) fn of_outputs(salt: [u8; 32], input: Digest, outputs: &[Output]) -> Self {
		let labels = outputs.iter().map(|o| o.label).collect();
		let logits = outputs.iter().map(|o| o.logits).collect();
		Self { body: OutputBody { salt, input, labels, logits } }
	}

	fn validated(body: OutputBody) -> Result<Self, InvalidBlob> {
		let (labels, logits) = (body.labels.len(), body.logits.len());
		image_count(labels)?;
		if labels != logits {
			return Err(InvalidBlob::UnequalLengths { labels, logits });
		}
		for (image, label) in body.labels.iter().enumerate() {
			if usize::from(*label) >= CLASSES {
				return Err(InvalidBlob::LabelOutOfRange { image, label: *label });
			}
		}
		Ok(Self { body })
	}

	/// The bytes to store: `quittance.output`, the version byte, SCALE of salt, input digest,
	/// labels, logits.
	pub fn encode(&self) -> Vec<u8> {
		seal(OUTPUT_TAG, &self.body)
	}

	/// BLAKE2b-256 of [`OutputBlob::encode`]: the output that a receipt names.
	pub fn digest(&self) -> Digest {
		blake2_256(&self.encode())
	}

	/// The miner's random bytes.
	pub fn salt(&self) -> &[u8; 32] {
		&self.body.salt
	}

	/// Digest of the input this answers.
	pub fn input(&self) -> &Digest {
		&self.body.input
	}

	/// The claimed labels.
	pub fn labels(&self) -> &[u8] {
		&self.body.labels
	}

	/// The claimed logits.
	pub fn logits(&self) -> &[[i32; CLASSES]] {
		&self.body.logits
	}

	/// The claim for each image, in order.
	pub fn outputs(&self) -> impl ExactSizeIterator<Item = Output> + '_ {
		let pairs = self.body.labels.iter().zip(&self.body.logits);
		pairs.map(|(label, logits)| Output { label: *label, logits: *logits })
	}
}

fn image_count(count: usize) -> Result<(), InvalidBlob> {
	if (1..=MAX_IMAGES).contains(&count) {
		Ok(())
	} else {
		Err(InvalidBlob::ImageCount(count))
	}
}

fn units(images: usize) -> u64 {
	u64::try_from(images).unwrap_or(u64::MAX)
}
