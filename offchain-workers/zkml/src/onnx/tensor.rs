//! Tensors of an ONNX file, and samples in the same form.

use prost::Message;
use quittance_circuits::architecture::MAX_WEIGHTS;

use super::{
	error::ImportError,
	messages::{self, FLOAT, INT64, UINT8},
};

/// Longest file of either kind, in bytes: that of a tensor, as samples are.
pub const MAX_ONNX_BYTES: usize = 16 * 1024 * 1024;
/// Longest model file, in bytes: twice what the weights of the largest network take. A file of nothing
/// but empty messages, of two bytes each, takes some hundred times its length in memory.
pub const MAX_MODEL_BYTES: usize = 8 * MAX_WEIGHTS;
/// Most samples of a tensor file. Each takes memory beside its values, which may be a single byte.
pub const MAX_SAMPLES: usize = 1 << 16;

/// A tensor's dimensions and values.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Tensor {
	pub dims: Vec<usize>,
	pub values: Vec<f32>,
}

/// Dimensions of which each and the product are at most [`MAX_ONNX_BYTES`], and the product: beside one
/// of zero, the product says nothing about the others.
fn dimensions(tensor: &messages::Tensor) -> Result<(Vec<usize>, usize), ImportError> {
	let error = || ImportError::Tensor {
		tensor: tensor.name.clone(),
		reason: "its dimensions are negative or too large; export it again with its true ones",
	};
	let dims: Vec<usize> = tensor
		.dims
		.iter()
		.map(|dim| {
			usize::try_from(*dim).ok().filter(|dim| *dim <= MAX_ONNX_BYTES).ok_or_else(error)
		})
		.collect::<Result<_, _>>()?;
	let count = dims.iter().try_fold(1usize, |count, dim| count.checked_mul(*dim));
	match count {
		Some(count) if count <= MAX_ONNX_BYTES => Ok((dims, count)),
		_ => Err(error()),
	}
}

fn words<const N: usize, T>(bytes: &[u8], read: fn([u8; N]) -> T) -> Option<Vec<T>> {
	let words = bytes.chunks_exact(N);
	if !words.remainder().is_empty() {
		return None;
	}
	words.map(|word| word.try_into().ok().map(read)).collect()
}

/// The values, `count` of them: from the raw bytes or, where there are none, from the field of the type.
fn values<const N: usize, T: Clone>(
	tensor: &messages::Tensor,
	count: usize,
	read: fn([u8; N]) -> T,
	listed: Vec<T>,
) -> Result<Vec<T>, ImportError> {
	let error = |reason| ImportError::Tensor { tensor: tensor.name.clone(), reason };
	if tensor.data_location != 0 {
		return Err(error("its data lies in another file"));
	}
	let values = if tensor.raw_data.is_empty() {
		listed
	} else {
		words(&tensor.raw_data, read).ok_or_else(|| error("its raw data ends within a number"))?
	};
	if values.len() != count {
		return Err(error("it has not as many values as its dimensions say"));
	}
	Ok(values)
}

impl Tensor {
	/// A tensor of 32-bit floats, all finite, or of unsigned bytes.
	pub(super) fn of_floats(tensor: &messages::Tensor) -> Result<Self, ImportError> {
		let (dims, count) = dimensions(tensor)?;
		let values = match tensor.data_type {
			FLOAT => values(tensor, count, f32::from_le_bytes, tensor.float_data.clone())?,
			UINT8 => bytes(tensor, count)?.into_iter().map(f32::from).collect(),
			other => {
				return Err(ImportError::TensorType {
					tensor: tensor.name.clone(),
					data_type: other,
				})
			},
		};
		if !values.iter().all(|value| value.is_finite()) {
			let tensor = tensor.name.clone();
			return Err(ImportError::Tensor { tensor, reason: "a value is infinite or no number" });
		}
		Ok(Self { dims, values })
	}
}

/// A list of 64-bit integers, as a shape is.
pub(super) fn integers(tensor: &messages::Tensor) -> Result<Vec<i64>, ImportError> {
	let (_, count) = dimensions(tensor)?;
	if tensor.data_type != INT64 {
		let data_type = tensor.data_type;
		return Err(ImportError::TensorType { tensor: tensor.name.clone(), data_type });
	}
	values(tensor, count, i64::from_le_bytes, tensor.int64_data.clone())
}

fn bytes(tensor: &messages::Tensor, count: usize) -> Result<Vec<u8>, ImportError> {
	let listed = tensor.int32_data.iter().map(|value| u8::try_from(*value)).collect();
	let listed: Result<Vec<u8>, _> = listed;
	let listed = listed.map_err(|_| ImportError::Tensor {
		tensor: tensor.name.clone(),
		reason: "a value does not fit a byte",
	})?;
	values(tensor, count, u8::from_le_bytes, listed)
}

fn decode(file: &[u8]) -> Result<messages::Tensor, ImportError> {
	if file.len() > MAX_ONNX_BYTES {
		return Err(ImportError::TooLarge { found: file.len(), max: MAX_ONNX_BYTES });
	}
	messages::Tensor::decode(file).map_err(|error| ImportError::Protobuf(error.to_string()))
}

/// The samples of a tensor file (`TensorProto`, as ONNX keeps test data): the first dimension counts
/// them, the others are one sample's values, which are 32-bit floats or unsigned bytes.
///
/// # Errors
///
/// [`ImportError::TooLarge`], [`ImportError::Protobuf`], [`ImportError::TensorType`] and
/// [`ImportError::Tensor`].
pub fn read_samples(file: &[u8]) -> Result<Vec<Vec<f32>>, ImportError> {
	let message = decode(file)?;
	let Tensor { dims, values } = Tensor::of_floats(&message)?;
	let samples = dims.first().copied().unwrap_or(0);
	if samples > MAX_SAMPLES {
		let reason = "it has more than 65536 samples; give a part of them";
		return Err(ImportError::Tensor { tensor: message.name, reason });
	}
	match values.len().checked_div(samples) {
		Some(length) if length > 0 => {
			Ok(values.chunks_exact(length).map(<[f32]>::to_vec).collect())
		},
		_ => Err(ImportError::Tensor { tensor: message.name, reason: "it has no sample" }),
	}
}

/// The labels of a tensor file: a list of unsigned bytes.
///
/// # Errors
///
/// As [`read_samples`].
pub fn read_labels(file: &[u8]) -> Result<Vec<u8>, ImportError> {
	let message = decode(file)?;
	if message.data_type != UINT8 {
		let data_type = message.data_type;
		return Err(ImportError::TensorType { tensor: message.name, data_type });
	}
	let (_, count) = dimensions(&message)?;
	bytes(&message, count)
}
