//! Why an ONNX file cannot be imported, or the network in it not be quantised.

use quittance_circuits::architecture::{ArchitectureError, Extent};

use crate::network::NetworkError;

/// Why bytes are not a network that can be imported, or not samples. Nodes are named by their name or,
/// where they have none, by what they give.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ImportError {
	/// More bytes than [`MAX_MODEL_BYTES`](super::MAX_MODEL_BYTES) of a model, or
	/// [`MAX_ONNX_BYTES`](super::MAX_ONNX_BYTES) of a tensor.
	#[error("{found} bytes, more than {max}; keep nothing in the file but a network that fits its limits, or fewer samples")]
	TooLarge {
		/// Bytes of the file.
		found: usize,
		/// Bytes allowed.
		max: usize,
	},
	/// The bytes are not protobuf, or not of this message.
	#[error("not an ONNX file: {0}")]
	Protobuf(String),
	/// The file has no graph: it is something else.
	#[error("the file has no graph; is it an ONNX model?")]
	NoGraph,
	/// The version of the operators is older than what the import knows them by.
	#[error("operator set {0}, not 7 or later; export the model again with a later one")]
	OperatorSet(i64),
	/// The graph takes in none or several tensors beside its weights.
	#[error("the graph has {0} inputs beside its weights, not 1")]
	InputCount(usize),
	/// The input is not a batch of vectors or of images.
	#[error("the input has the dimensions {0:?}; expected a batch of vectors, [N, values], or of images, [N, channels, rows, columns], with N named or 1")]
	InputShape(Vec<Option<i64>>),
	/// Two initializers, inputs or results of nodes have one name, and which is meant is anyone's guess.
	#[error("the name {0:?} is given twice; rename one, or export the model again: the names of a graph are unique")]
	NameTwice(String),
	/// A tensor cannot be read.
	#[error("tensor {tensor:?}: {reason}")]
	Tensor {
		/// Its name.
		tensor: String,
		/// What is wrong.
		reason: &'static str,
	},
	/// A tensor's numbers are of a type that is not read in its place.
	#[error("tensor {tensor:?}: numbers of the ONNX type {data_type} are not supported here; export the model in 32-bit floats")]
	TensorType {
		/// Its name.
		tensor: String,
		/// `TensorProto.DataType`.
		data_type: i32,
	},
	/// An operator that has no integer counterpart here.
	#[error("node {node:?}: operator {operator} is not supported; supported are Gemm, MatMul with Add, Conv, Relu, AveragePool, GlobalAveragePool, Flatten, Reshape to a vector, and a last Softmax or ArgMax")]
	Operator {
		/// The node.
		node: String,
		/// Its operator.
		operator: String,
	},
	/// An operator is supported, but not with this attribute or these tensors.
	#[error("node {node:?}: {operator} {reason}")]
	Unsupported {
		/// The node.
		node: String,
		/// Its operator.
		operator: String,
		/// What is not supported.
		reason: &'static str,
	},
	/// A node does not take what the node before it gives: the graph branches.
	#[error("node {node:?} does not take what the node before it gives; only a chain of nodes is supported")]
	NotAChain {
		/// The node.
		node: String,
	},
	/// The graph does not give what its last node gives, or gives several tensors.
	#[error("the graph's one output must be what its last node gives")]
	Output,
	/// A weight or bias is infinite or no number, as a result of a factor or of an addition.
	#[error("layer {layer}: a {what} is infinite or no number once alpha, beta and what is added are in it; export the model again with finite ones")]
	NotFinite {
		/// Which layer.
		layer: usize,
		/// "weight" or "bias".
		what: &'static str,
	},
	/// The nodes make no valid architecture.
	#[error(transparent)]
	Architecture(#[from] ArchitectureError),
}

/// Why a network cannot be quantised, or an accuracy not be measured.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QuantiseError {
	/// No sample.
	#[error("there is no sample")]
	NoSamples,
	/// A sample is not as long as the network's input.
	#[error("sample {sample} has {found} values, but the network takes {input:?}")]
	SampleLength {
		/// Place of the sample.
		sample: usize,
		/// The network's input.
		input: Extent,
		/// Values of the sample.
		found: usize,
	},
	/// A value of a sample is infinite or no number.
	#[error("sample {sample}: value {value} is infinite or no number")]
	NotFinite {
		/// Place of the sample.
		sample: usize,
		/// Place of the value.
		value: usize,
	},
	/// Not one label for each sample.
	#[error("{labels} labels for {samples} samples")]
	LabelCount {
		/// Samples.
		samples: usize,
		/// Labels.
		labels: usize,
	},
	/// A layer's values are so large or small that arithmetic in 64-bit floating point says nothing about
	/// them, which a trained network's are not.
	#[error("layer {layer}: its values are too large or too small to be computed with; bring its weights nearer to 1")]
	OutOfRange {
		/// Which layer.
		layer: usize,
	},
	/// A layer has no weights that keep its biases in 24 bits: its biases dwarf its weights, say.
	#[error("layer {layer}: no scale of the weights keeps its biases within 24 bits")]
	NoScale {
		/// Which layer.
		layer: usize,
	},
	/// The quantised layers make no network.
	#[error(transparent)]
	Network(#[from] NetworkError),
}
