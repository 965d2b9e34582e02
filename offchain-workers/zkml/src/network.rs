//! A quantised network: an architecture with its weights and biases, its encoding and its digest.

use codec::Encode;
use quittance_circuits::architecture::{
	Architecture, ArchitectureError, Layer, Placed, BIAS_BYTES, MAX_BIAS, MAX_LAYERS, MAX_WEIGHTS,
	MIN_BIAS,
};
use sha2::{Digest as _, Sha256};

use crate::encoding::{open, seal, Digest, EncodingError};

/// Version of [`Network::to_bytes`].
const VERSION: u8 = 1;

const TAG: &[u8] = b"quittance.network";

/// The longest encoding of an architecture: the input's extent, the number of layers, 8 bytes for each
/// convolution, and 4 for the last layer, which is dense.
pub(crate) const MAX_ARCHITECTURE_BYTES: usize = 6 + 1 + 8 * (MAX_LAYERS - 1) + 4;

/// Why parameters or bytes are not a [`Network`]. Layers count from 0, the input's side first.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NetworkError {
	/// The bytes are not the canonical encoding of a network.
	#[error(transparent)]
	Encoding(#[from] EncodingError),
	/// The layers do not make an architecture.
	#[error(transparent)]
	Architecture(#[from] ArchitectureError),
	/// Not one set of parameters for each layer.
	#[error("{found} sets of weights and biases for {expected} layers")]
	LayerCount {
		/// Layers of the architecture.
		expected: usize,
		/// Sets of parameters.
		found: usize,
	},
	/// A layer has not the weights or biases that its shape asks for.
	#[error("layer {layer}: {found} {what}, expected {expected}")]
	ParameterCount {
		/// Which layer.
		layer: usize,
		/// "weights" or "biases".
		what: &'static str,
		/// How many there must be.
		expected: usize,
		/// How many there are.
		found: usize,
	},
	/// The weights and biases of an encoding are not as many bytes as its architecture says.
	#[error("{found} bytes of weights and biases, expected {expected}")]
	TensorBytes {
		/// Bytes by the architecture.
		expected: usize,
		/// Bytes found.
		found: usize,
	},
	/// A bias has more than 24 bits: a coarser unit of the sums is needed.
	#[error("layer {layer}: the bias of output {output} is {bias}, not {MIN_BIAS} to {MAX_BIAS}")]
	Bias {
		/// Which layer.
		layer: usize,
		/// Which of its outputs or output channels.
		output: usize,
		/// Its bias.
		bias: i32,
	},
}

/// Weights and biases of one layer; both empty for a pool.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parameters {
	/// Row by row. Dense: output, input; convolution: output channel, input channel, row, column.
	pub weights: Vec<i8>,
	/// One for each row of weights, in units of the sum.
	pub biases: Vec<i32>,
}

impl Parameters {
	/// Every row of weights with its bias.
	pub(crate) fn rows(&self, fan_in: usize) -> impl Iterator<Item = (&[i8], i32)> {
		// A pool has a fan-in of 0 and no rows.
		self.weights.chunks_exact(fan_in.max(1)).zip(self.biases.iter().copied())
	}

	pub(crate) fn validate(&self, layer: usize, placed: &Placed) -> Result<(), NetworkError> {
		for (what, expected, found) in [
			("weights", placed.weights(), self.weights.len()),
			("biases", placed.biases(), self.biases.len()),
		] {
			if expected != found {
				return Err(NetworkError::ParameterCount { layer, what, expected, found });
			}
		}
		match self
			.biases
			.iter()
			.enumerate()
			.find(|(_, bias)| !(MIN_BIAS..=MAX_BIAS).contains(*bias))
		{
			Some((output, &bias)) => Err(NetworkError::Bias { layer, output, bias }),
			None => Ok(()),
		}
	}
}

/// A valid quantised network. No input whatever overflows a sum in it ([`Placed::sum_bits`]).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Network {
	architecture: Architecture,
	parameters: Vec<Parameters>,
}

impl Network {
	/// No canonical encoding is longer: tag, version, the architecture, the tensor's length, and the
	/// tensor, in which a row has at least one weight beside the bytes of its bias.
	pub const MAX_BYTES: usize =
		TAG.len() + 1 + MAX_ARCHITECTURE_BYTES + 4 + (1 + BIAS_BYTES) * MAX_WEIGHTS;

	/// The network of this architecture with these weights and biases, one set for each layer; an
	/// empty one for a pool.
	///
	/// # Errors
	///
	/// [`NetworkError::LayerCount`], [`NetworkError::ParameterCount`] and [`NetworkError::Bias`].
	pub fn new(
		architecture: Architecture,
		parameters: Vec<Parameters>,
	) -> Result<Self, NetworkError> {
		let (expected, found) = (architecture.layers().len(), parameters.len());
		if expected != found {
			return Err(NetworkError::LayerCount { expected, found });
		}
		for (layer, (placed, parameters)) in architecture.placed().zip(&parameters).enumerate() {
			parameters.validate(layer, &placed)?;
		}
		Ok(Self { architecture, parameters })
	}

	/// The network of an architecture and the bytes of its tensor, as [`Network::tensor`] gives them.
	///
	/// # Errors
	///
	/// [`NetworkError::TensorBytes`], and those of [`Network::new`].
	pub fn from_tensor(architecture: Architecture, tensor: &[u8]) -> Result<Self, NetworkError> {
		let (expected, found) = (architecture.tensor_bytes(), tensor.len());
		if expected != found {
			return Err(NetworkError::TensorBytes { expected, found });
		}
		let mut rest = tensor.iter().copied();
		let parameters = architecture
			.placed()
			.map(|placed| {
				let weights =
					rest.by_ref().take(placed.weights()).map(|b| i8::from_le_bytes([b])).collect();
				let biases = (0..placed.biases())
					.filter_map(|_| {
						// In the upper three bytes, from which the shift brings down the sign.
						let bytes = [0, rest.next()?, rest.next()?, rest.next()?];
						Some(i32::from_le_bytes(bytes) >> 8)
					})
					.collect();
				Parameters { weights, biases }
			})
			.collect();
		Self::new(architecture, parameters)
	}

	/// The network of a canonical encoding.
	///
	/// # Errors
	///
	/// [`NetworkError::Encoding`], and those of [`Network::from_tensor`].
	pub fn from_bytes(bytes: &[u8]) -> Result<Self, NetworkError> {
		let (architecture, tensor): (Architecture, Vec<u8>) =
			open(bytes, TAG, VERSION, Self::MAX_BYTES)?;
		Self::from_tensor(architecture, &tensor)
	}

	/// The canonical encoding: `quittance.network`, the version byte, SCALE of the architecture and of
	/// the tensor's bytes.
	pub fn to_bytes(&self) -> Vec<u8> {
		seal(
			TAG,
			VERSION,
			&EncodedNetwork { architecture: &self.architecture, tensor: self.tensor() },
		)
	}

	/// SHA-256 of the canonical encoding: it covers the architecture, weights and biases.
	pub fn digest(&self) -> Digest {
		Sha256::digest(self.to_bytes()).into()
	}

	/// Weights and biases as the bytes that all commitments are about; their order is stated at
	/// [`Architecture::tensor_bytes`].
	pub fn tensor(&self) -> Vec<u8> {
		let mut bytes = Vec::with_capacity(self.architecture.tensor_bytes());
		for layer in &self.parameters {
			bytes.extend(layer.weights.iter().flat_map(|weight| weight.to_le_bytes()));
			let biases = layer.biases.iter().map(|bias| bias.to_le_bytes());
			bytes.extend(biases.flat_map(|bias| bias.into_iter().take(BIAS_BYTES)));
		}
		bytes
	}

	/// SHA-256 of the tensor's bytes, how an [`InputBlob`](crate::InputBlob) names its network. It says nothing
	/// about the architecture, which a job's model on the chain has beside it.
	pub fn weights_digest(&self) -> Digest {
		Sha256::digest(self.tensor()).into()
	}

	/// Products of a weight and a value that one item takes; of a pool, the values that it adds up.
	pub fn products(&self) -> u64 {
		let of_layer = |placed: Placed| {
			let places = u64::from(placed.output.rows).saturating_mul(placed.output.columns.into());
			match placed.layer {
				Layer::AveragePool { .. } => placed.input.values() as u64,
				Layer::Dense { .. } | Layer::Convolution { .. } => {
					places.saturating_mul(placed.weights() as u64)
				},
			}
		};
		self.architecture.placed().map(of_layer).fold(0, u64::saturating_add)
	}

	/// The shape.
	pub fn architecture(&self) -> &Architecture {
		&self.architecture
	}

	/// Weights and biases of each layer.
	pub fn parameters(&self) -> &[Parameters] {
		&self.parameters
	}
}

#[derive(Encode)]
struct EncodedNetwork<'a> {
	architecture: &'a Architecture,
	tensor: Vec<u8>,
}
