//! The part of `onnx.proto` (ONNX 1.x, Apache-2.0) that the import reads. Fields that are not here are
//! skipped by the decoder; those that would change the meaning of what is read are here to be refused.

#[derive(Clone, PartialEq, prost::Message)]
pub struct Model {
	#[prost(message, optional, tag = "7")]
	pub graph: Option<Graph>,
	#[prost(message, repeated, tag = "8")]
	pub opset_import: Vec<OperatorSet>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct OperatorSet {
	#[prost(string, tag = "1")]
	pub domain: String,
	#[prost(int64, tag = "2")]
	pub version: i64,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct Graph {
	#[prost(message, repeated, tag = "1")]
	pub node: Vec<Node>,
	#[prost(message, repeated, tag = "5")]
	pub initializer: Vec<Tensor>,
	#[prost(message, repeated, tag = "11")]
	pub input: Vec<ValueInfo>,
	#[prost(message, repeated, tag = "12")]
	pub output: Vec<ValueInfo>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct Node {
	#[prost(string, repeated, tag = "1")]
	pub input: Vec<String>,
	#[prost(string, repeated, tag = "2")]
	pub output: Vec<String>,
	#[prost(string, tag = "3")]
	pub name: String,
	#[prost(string, tag = "4")]
	pub op_type: String,
	#[prost(message, repeated, tag = "5")]
	pub attribute: Vec<Attribute>,
	#[prost(string, tag = "7")]
	pub domain: String,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct Attribute {
	#[prost(string, tag = "1")]
	pub name: String,
	#[prost(float, tag = "2")]
	pub f: f32,
	#[prost(int64, tag = "3")]
	pub i: i64,
	#[prost(bytes = "vec", tag = "4")]
	pub s: Vec<u8>,
	#[prost(message, optional, tag = "5")]
	pub t: Option<Tensor>,
	#[prost(int64, repeated, tag = "8")]
	pub ints: Vec<i64>,
}

/// `TensorProto.DataType`.
pub const FLOAT: i32 = 1;
pub const UINT8: i32 = 2;
pub const INT64: i32 = 7;

#[derive(Clone, PartialEq, prost::Message)]
pub struct Tensor {
	#[prost(int64, repeated, tag = "1")]
	pub dims: Vec<i64>,
	#[prost(int32, tag = "2")]
	pub data_type: i32,
	#[prost(float, repeated, tag = "4")]
	pub float_data: Vec<f32>,
	#[prost(int32, repeated, tag = "5")]
	pub int32_data: Vec<i32>,
	#[prost(int64, repeated, tag = "7")]
	pub int64_data: Vec<i64>,
	#[prost(string, tag = "8")]
	pub name: String,
	#[prost(bytes = "vec", tag = "9")]
	pub raw_data: Vec<u8>,
	/// 1 for data in another file.
	#[prost(int32, tag = "14")]
	pub data_location: i32,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct ValueInfo {
	#[prost(string, tag = "1")]
	pub name: String,
	#[prost(message, optional, tag = "2")]
	pub r#type: Option<Type>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct Type {
	#[prost(message, optional, tag = "1")]
	pub tensor_type: Option<TensorType>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct TensorType {
	#[prost(int32, tag = "1")]
	pub elem_type: i32,
	#[prost(message, optional, tag = "2")]
	pub shape: Option<Shape>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct Shape {
	#[prost(message, repeated, tag = "1")]
	pub dim: Vec<Dimension>,
}

/// A named dimension, such as that of the batch, has no value.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Dimension {
	#[prost(int64, optional, tag = "1")]
	pub dim_value: Option<i64>,
}
