//! The network of an ONNX graph, in floating point.

use std::collections::{BTreeMap, BTreeSet};

use prost::Message;
use quittance_circuits::architecture::{
	Architecture, ArchitectureError, Extent, Layer, Placed, Requantise, MAX_LAYERS, MAX_VALUES,
	MAX_WEIGHTS, MAX_WINDOW, MIN_WINDOW,
};

use super::{
	error::{ImportError, QuantiseError},
	messages::{self, Node},
	tensor::{integers, Tensor, MAX_MODEL_BYTES},
};
use crate::forward::windows;

/// The first operator set in which the operators that are read have the meaning they are read with.
const OLDEST_OPERATORS: i64 = 7;

/// A network of floating-point weights, of a shape that has an integer counterpart.
#[derive(Clone, Debug, PartialEq)]
pub struct FloatNetwork {
	/// With a shift of 0 wherever one is to be found.
	pub(super) architecture: Architecture,
	/// Weights and biases of each layer, laid out as those of the integer network.
	pub(super) parameters: Vec<FloatParameters>,
	notes: Vec<String>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct FloatParameters {
	pub weights: Vec<f32>,
	pub biases: Vec<f32>,
}

impl FloatNetwork {
	/// The network in an ONNX file.
	///
	/// # Errors
	///
	/// [`ImportError`], for the first node that cannot be imported.
	pub fn from_onnx(file: &[u8]) -> Result<Self, ImportError> {
		if file.len() > MAX_MODEL_BYTES {
			return Err(ImportError::TooLarge { found: file.len(), max: MAX_MODEL_BYTES });
		}
		let model = messages::Model::decode(file)
			.map_err(|error| ImportError::Protobuf(error.to_string()))?;
		let graph = model.graph.ok_or(ImportError::NoGraph)?;
		let operators =
			model.opset_import.iter().find(|set| matches!(&*set.domain, "" | "ai.onnx"));
		let operators = operators.map_or(1, |set| set.version);
		if operators < OLDEST_OPERATORS {
			return Err(ImportError::OperatorSet(operators));
		}

		let mut names = BTreeSet::new();
		for tensor in &graph.initializer {
			new_name(&mut names, &tensor.name)?;
		}
		let constants: BTreeMap<&str, &messages::Tensor> =
			graph.initializer.iter().map(|tensor| (&*tensor.name, tensor)).collect();
		let inputs: Vec<_> =
			graph.input.iter().filter(|input| !constants.contains_key(&*input.name)).collect();
		let [input] = inputs[..] else { return Err(ImportError::InputCount(inputs.len())) };
		new_name(&mut names, &input.name)?;
		let (extent, flat) = input_extent(input)?;

		let mut walk = Walk {
			names,
			constants,
			current: input.name.clone(),
			input: extent,
			extent,
			flat,
			layers: vec![],
			weights: 0,
			parameters: vec![],
			notes: vec![],
			end: None,
		};
		for node in &graph.node {
			walk.take(node)?;
		}
		match &graph.output[..] {
			[output] if output.name == walk.current => (),
			_ => return Err(ImportError::Output),
		}
		walk.finish()
	}

	/// What one sample holds.
	pub fn input(&self) -> Extent {
		self.architecture.input()
	}

	/// The layers, the input's side first. Their shifts are 0: there is nothing to shift yet.
	pub fn layers(&self) -> &[Layer] {
		self.architecture.layers()
	}

	/// What the import left out or read as something else, for people.
	pub fn notes(&self) -> &[String] {
		&self.notes
	}

	/// The logits of one sample.
	///
	/// # Errors
	///
	/// [`QuantiseError::SampleLength`] and [`QuantiseError::NotFinite`], as of sample 0, and
	/// [`QuantiseError::OutOfRange`].
	pub fn evaluate(&self, sample: &[f32]) -> Result<Vec<f64>, QuantiseError> {
		check_sample(self.input(), 0, sample)?;
		let mut values: Vec<f64> = sample.iter().copied().map(f64::from).collect();
		let layers = self.architecture.placed().zip(&self.parameters);
		for (layer, (placed, parameters)) in layers.enumerate() {
			values = forward(&placed, parameters, &values);
			if !values.iter().all(|value| value.is_finite()) {
				return Err(QuantiseError::OutOfRange { layer });
			}
		}
		Ok(values)
	}
}

/// Whether a sample is of finite numbers, as many as the network takes.
pub(super) fn check_sample(
	input: Extent,
	sample: usize,
	values: &[f32],
) -> Result<(), QuantiseError> {
	if values.len() != input.values() {
		return Err(QuantiseError::SampleLength { sample, input, found: values.len() });
	}
	match values.iter().position(|value| !value.is_finite()) {
		Some(value) => Err(QuantiseError::NotFinite { sample, value }),
		None => Ok(()),
	}
}

/// What a layer gives in floating point.
pub(super) fn forward(placed: &Placed, parameters: &FloatParameters, values: &[f64]) -> Vec<f64> {
	let dot = |bias: f32, weights: &[f32], values: &[f64]| {
		let products = weights.iter().zip(values).map(|(weight, value)| f64::from(*weight) * value);
		f64::from(bias) + products.sum::<f64>()
	};
	let rows = || {
		let rows = parameters.weights.chunks_exact(placed.fan_in().max(1));
		rows.zip(parameters.biases.iter().copied())
	};
	let mut sums: Vec<f64> = match placed.layer {
		Layer::Dense { .. } => rows().map(|(row, bias)| dot(bias, row, values)).collect(),
		Layer::Convolution { kernel, stride, padding, .. } => {
			let windows = windows(placed, kernel, stride, padding, values);
			rows()
				.flat_map(|(row, bias)| windows.iter().map(move |window| dot(bias, row, window)))
				.collect()
		},
		Layer::AveragePool { window } => {
			let channel = values.len().checked_div(placed.input.channels.into()).unwrap_or(0);
			let one = Placed { input: Extent { channels: 1, ..placed.input }, ..*placed };
			let area = f64::from(window) * f64::from(window);
			values
				.chunks_exact(channel.max(1))
				.flat_map(|values| windows(&one, window, window, 0, values))
				.map(|window| window.iter().sum::<f64>() / area)
				.collect()
		},
	};
	if placed.requantise().is_some_and(|requantise| requantise.rectify) {
		for sum in &mut sums {
			*sum = sum.max(0.0);
		}
	}
	sums
}

/// What one sample of the graph's input holds, and whether it is a vector.
fn input_extent(input: &messages::ValueInfo) -> Result<(Extent, bool), ImportError> {
	let tensor = input.r#type.as_ref().and_then(|of| of.tensor_type.as_ref());
	let shape = tensor.and_then(|tensor| tensor.shape.as_ref());
	let dims: Vec<Option<i64>> =
		shape.map(|shape| shape.dim.iter().map(|dim| dim.dim_value).collect()).unwrap_or_default();
	let side = |dim: &Option<i64>| dim.and_then(|dim| u16::try_from(dim).ok());
	// A batch of unknown size is named, or -1 or 0 in the files of some exporters.
	let extent = match &dims[..] {
		[None | Some(-1..=1), values] => side(values).map(|values| (Extent::vector(values), true)),
		[None | Some(-1..=1), channels, rows, columns] => {
			match (side(channels), side(rows), side(columns)) {
				(Some(channels), Some(rows), Some(columns)) => {
					Some((Extent { channels, rows, columns }, false))
				},
				_ => None,
			}
		},
		_ => None,
	};
	let (extent, flat) = extent.ok_or(ImportError::InputShape(dims))?;
	// Now, and not with the whole architecture: no layer is to be read for an input of nothing.
	if !(1..=MAX_VALUES).contains(&extent.values()) {
		return Err(ArchitectureError::InputExtent(extent).into());
	}
	Ok((extent, flat))
}

/// Notes a name that the graph gives, which must be the first of that name.
fn new_name<'a>(names: &mut BTreeSet<&'a str>, name: &'a str) -> Result<(), ImportError> {
	if !names.insert(name) {
		return Err(ImportError::NameTwice(name.into()));
	}
	Ok(())
}

/// The state of going through the nodes of a chain.
struct Walk<'a> {
	/// Names given so far.
	names: BTreeSet<&'a str>,
	constants: BTreeMap<&'a str, &'a messages::Tensor>,
	/// Name of what the nodes so far give.
	current: String,
	input: Extent,
	/// What it holds.
	extent: Extent,
	/// Whether it is a batch of vectors.
	flat: bool,
	layers: Vec<Layer>,
	/// Weights of these layers.
	weights: usize,
	parameters: Vec<FloatParameters>,
	notes: Vec<String>,
	/// The operator gone by that only a network's end has.
	end: Option<End>,
}

/// What a graph gives in place of logits.
#[derive(Clone, Copy)]
enum End {
	/// Of a Softmax.
	Probabilities,
	/// Of an ArgMax.
	Label,
}

/// The tensor of a Constant node, which is another way to write an initializer.
fn constant_of(node: &Node) -> Option<(&str, &messages::Tensor)> {
	if node.op_type != "Constant" {
		return None;
	}
	Some((node.output.first()?, attribute(node, "value")?.t.as_ref()?))
}

fn name_of(node: &Node) -> String {
	if node.name.is_empty() {
		node.output.first().cloned().unwrap_or_default()
	} else {
		node.name.clone()
	}
}

fn unsupported(node: &Node, reason: &'static str) -> ImportError {
	ImportError::Unsupported { node: name_of(node), operator: node.op_type.clone(), reason }
}

fn attribute<'a>(node: &'a Node, name: &str) -> Option<&'a messages::Attribute> {
	node.attribute.iter().find(|attribute| attribute.name == name)
}

fn integer(node: &Node, name: &str, default: i64) -> i64 {
	attribute(node, name).map_or(default, |attribute| attribute.i)
}

/// The one number that a list says in every place; `default` without the list.
fn uniform(node: &Node, name: &str, default: i64, reason: &'static str) -> Result<u8, ImportError> {
	let list = attribute(node, name).map_or(&[][..], |attribute| &attribute.ints);
	let number = list.first().copied().unwrap_or(default);
	if list.iter().any(|other| *other != number) {
		return Err(unsupported(node, reason));
	}
	u8::try_from(number).map_err(|_| unsupported(node, reason))
}

const RECTIFIED: Requantise = Requantise { shift: 0, rectify: true };
const SIGNED: Requantise = Requantise { shift: 0, rectify: false };

impl<'a> Walk<'a> {
	fn take(&mut self, node: &'a Node) -> Result<(), ImportError> {
		let mut attributes = BTreeSet::new();
		if !node.attribute.iter().all(|attribute| attributes.insert(&*attribute.name)) {
			return Err(unsupported(node, "has an attribute twice; export the model again"));
		}
		if let Some((name, tensor)) = constant_of(node) {
			new_name(&mut self.names, name)?;
			self.constants.insert(name, tensor);
			return Ok(());
		}
		let not_a_chain = || ImportError::NotAChain { node: name_of(node) };
		if !node.input.contains(&self.current) {
			return Err(not_a_chain());
		}
		// Another output than the first would be read by another branch.
		let Some(output) = node.output.first() else { return Err(not_a_chain()) };
		let domain = matches!(&*node.domain, "" | "ai.onnx");
		// A label may be read off probabilities; nothing else may come after either.
		let may_follow = match self.end {
			None => true,
			Some(End::Probabilities) => domain && node.op_type == "ArgMax",
			Some(End::Label) => false,
		};
		if !may_follow {
			return Err(unsupported(node, "comes after a Softmax or ArgMax, which must be last"));
		}
		match &*node.op_type {
			"Gemm" if domain => self.gemm(node)?,
			"MatMul" if domain => self.matmul(node)?,
			"Add" if domain => self.add(node)?,
			"Conv" if domain => self.convolution(node)?,
			"Relu" if domain => self.relu(node)?,
			"AveragePool" if domain => self.average_pool(node)?,
			"GlobalAveragePool" if domain => self.global_average_pool(node)?,
			"Flatten" if domain => self.flatten(node)?,
			"Reshape" if domain => self.reshape(node)?,
			"Softmax" if domain => self.end(node, End::Probabilities, -1)?,
			"ArgMax" if domain => self.end(node, End::Label, 0)?,
			_ => {
				let operator = node.op_type.clone();
				return Err(ImportError::Operator { node: name_of(node), operator });
			},
		}
		new_name(&mut self.names, output)?;
		self.current = output.clone();
		Ok(())
	}

	/// The constant tensor that a node takes in that place.
	fn constant(&self, node: &Node, place: usize) -> Result<Tensor, ImportError> {
		let tensor = node.input.get(place).and_then(|name| self.constants.get(&**name));
		Tensor::of_floats(tensor.ok_or_else(|| {
			unsupported(node, "must have its weights as initializers of the graph")
		})?)
	}

	fn data_first(&self, node: &Node) -> Result<(), ImportError> {
		match node.input.first() {
			Some(first) if *first == self.current => Ok(()),
			_ => Err(unsupported(node, "must take the data first and the weights second")),
		}
	}

	fn push(&mut self, layer: Layer, parameters: FloatParameters) -> Result<(), ImportError> {
		let place = self.layers.len();
		// Both limits here as well as in the architecture: a file of any number of nodes may have one
		// initializer, of which each layer has a copy.
		if place == MAX_LAYERS {
			return Err(ArchitectureError::LayerCount(place.saturating_add(1)).into());
		}
		let placed = Placed::new(place, layer, self.extent)?;
		let weights = self.weights.saturating_add(placed.weights());
		if weights > MAX_WEIGHTS {
			return Err(ArchitectureError::WeightCount { layer: place, weights }.into());
		}
		self.extent = placed.output;
		self.weights = weights;
		self.layers.push(layer);
		self.parameters.push(parameters);
		Ok(())
	}

	/// A dense layer; `weights` are already output by output.
	fn dense(
		&mut self,
		node: &Node,
		outputs: u16,
		weights: Vec<f32>,
		biases: Vec<f32>,
	) -> Result<(), ImportError> {
		if !self.flat {
			return Err(unsupported(node, "needs a vector; put a Flatten before it"));
		}
		// Not rectified unless a Relu follows.
		let layer = Layer::Dense { outputs, requantise: Some(SIGNED) };
		self.push(layer, FloatParameters { weights, biases })
	}

	/// Rows of weights by output, of a matrix by input unless `transposed`; and the outputs.
	fn matrix(&self, node: &Node, transposed: bool) -> Result<(Vec<f32>, u16), ImportError> {
		let Tensor { dims, values } = self.constant(node, 1)?;
		let (inputs, outputs) = match dims[..] {
			[outputs, inputs] if transposed => (inputs, outputs),
			[inputs, outputs] => (inputs, outputs),
			_ => return Err(unsupported(node, "needs weights of two dimensions")),
		};
		if inputs != self.extent.values() {
			return Err(unsupported(node, "has weights for another number of inputs"));
		}
		let count =
			u16::try_from(outputs).map_err(|_| unsupported(node, "has too many outputs"))?;
		if transposed {
			return Ok((values, count));
		}
		let column = |output: usize| values.iter().copied().skip(output).step_by(outputs.max(1));
		Ok(((0..outputs).flat_map(column).collect(), count))
	}

	fn gemm(&mut self, node: &Node) -> Result<(), ImportError> {
		self.data_first(node)?;
		if integer(node, "transA", 0) != 0 {
			return Err(unsupported(node, "with transA is not supported"));
		}
		let factor = |name| attribute(node, name).map_or(1.0, |attribute| attribute.f);
		let (alpha, beta) = (factor("alpha"), factor("beta"));
		let (weights, outputs) = self.matrix(node, integer(node, "transB", 0) != 0)?;
		let biases = match node.input.get(2).map(String::as_str) {
			None | Some("") => vec![0.0; outputs.into()],
			Some(_) => {
				let Tensor { dims, values } = self.constant(node, 2)?;
				match dims[..] {
					[count] | [1, count] if count == usize::from(outputs) => values,
					_ => return Err(unsupported(node, "needs one bias for each output")),
				}
			},
		};
		let scaled = |values: Vec<f32>, by: f32| values.into_iter().map(|v| v * by).collect();
		self.dense(node, outputs, scaled(weights, alpha), scaled(biases, beta))
	}

	fn matmul(&mut self, node: &Node) -> Result<(), ImportError> {
		self.data_first(node)?;
		let (weights, outputs) = self.matrix(node, false)?;
		self.dense(node, outputs, weights, vec![0.0; outputs.into()])
	}

	/// The bias of the layer before.
	fn add(&mut self, node: &Node) -> Result<(), ImportError> {
		let place = usize::from(node.input.first() == Some(&self.current));
		let Tensor { dims, values } = self.constant(node, place)?;
		let per_output = match (self.layers.last(), &dims[..]) {
			(Some(Layer::Dense { outputs, requantise: Some(SIGNED) }), [count] | [1, count]) => {
				usize::from(*outputs) == *count
			},
			_ => false,
		};
		match self.parameters.last_mut() {
			Some(last) if per_output => {
				for (bias, added) in last.biases.iter_mut().zip(values) {
					*bias += added;
				}
				Ok(())
			},
			_ => Err(unsupported(
				node,
				"is supported only as the bias of the MatMul or Gemm before it, one number for each output",
			)),
		}
	}

	fn convolution(&mut self, node: &Node) -> Result<(), ImportError> {
		self.data_first(node)?;
		if self.flat {
			return Err(unsupported(node, "needs images, not vectors"));
		}
		if integer(node, "group", 1) != 1 {
			return Err(unsupported(node, "with groups is not supported"));
		}
		if uniform(node, "dilations", 1, "with dilations is not supported")? != 1 {
			return Err(unsupported(node, "with dilations is not supported"));
		}
		let padding = self.padding(node)?;
		let stride = uniform(node, "strides", 1, "needs one stride for rows and columns")?;
		let Tensor { dims, values: weights } = self.constant(node, 1)?;
		let square = "needs a square kernel of at most 255 rows";
		let (outputs, kernel) = match dims[..] {
			[outputs, channels, rows, columns] if rows == columns => {
				if channels != usize::from(self.extent.channels) {
					return Err(unsupported(node, "has weights for another number of channels"));
				}
				(outputs, u8::try_from(rows).map_err(|_| unsupported(node, square))?)
			},
			_ => return Err(unsupported(node, square)),
		};
		let channels =
			u16::try_from(outputs).map_err(|_| unsupported(node, "has too many channels"))?;
		let biases = match node.input.get(2).map(String::as_str) {
			None | Some("") => vec![0.0; outputs],
			Some(_) => self.constant(node, 2)?.values,
		};
		if biases.len() != outputs {
			return Err(unsupported(node, "needs one bias for each output channel"));
		}
		let layer = Layer::Convolution { channels, kernel, stride, padding, requantise: SIGNED };
		self.push(layer, FloatParameters { weights, biases })
	}

	/// Zeros on each side, the same on all.
	fn padding(&self, node: &Node) -> Result<u8, ImportError> {
		let auto = attribute(node, "auto_pad").map_or(&b"NOTSET"[..], |attribute| &attribute.s);
		match auto {
			b"NOTSET" => uniform(node, "pads", 0, "needs the same padding on all sides"),
			b"VALID" => Ok(0),
			_ => Err(unsupported(node, "with this auto_pad is not supported; give it pads")),
		}
	}

	fn relu(&mut self, node: &Node) -> Result<(), ImportError> {
		match self.layers.last_mut() {
			Some(
				Layer::Dense { requantise: Some(requantise), .. }
				| Layer::Convolution { requantise, .. },
			) => {
				*requantise = RECTIFIED;
				Ok(())
			},
			_ => Err(unsupported(node, "is supported only right after Gemm, MatMul, Add or Conv")),
		}
	}

	fn pool(&mut self, node: &Node, window: u8) -> Result<(), ImportError> {
		if self.flat {
			return Err(unsupported(node, "needs images, not vectors"));
		}
		self.push(Layer::AveragePool { window }, FloatParameters::default())
	}

	fn average_pool(&mut self, node: &Node) -> Result<(), ImportError> {
		let window = uniform(node, "kernel_shape", 0, "needs a square window")?;
		let stride = uniform(node, "strides", 1, "needs one stride for rows and columns")?;
		if stride != window {
			return Err(unsupported(
				node,
				"needs windows that do not overlap: strides as kernel_shape",
			));
		}
		if self.padding(node)? != 0 {
			return Err(unsupported(node, "with padding is not supported"));
		}
		if uniform(node, "dilations", 1, "with dilations is not supported")? != 1 {
			return Err(unsupported(node, "with dilations is not supported"));
		}
		// Rounding up differs only where the window does not divide, which the architecture refuses.
		self.pool(node, window)
	}

	fn global_average_pool(&mut self, node: &Node) -> Result<(), ImportError> {
		let Extent { rows, columns, .. } = self.extent;
		match u8::try_from(rows) {
			Ok(window) if rows == columns && (MIN_WINDOW..=MAX_WINDOW).contains(&window) => {
				self.pool(node, window)
			},
			_ => Err(unsupported(node, "needs square images of 2 to 8 rows")),
		}
	}

	fn flatten(&mut self, node: &Node) -> Result<(), ImportError> {
		if integer(node, "axis", 1) != 1 {
			return Err(unsupported(node, "is supported with axis 1 only"));
		}
		self.make_flat();
		Ok(())
	}

	fn make_flat(&mut self) {
		// Dense layers and ONNX flatten in the same order; nothing is computed.
		self.flat = true;
	}

	fn reshape(&mut self, node: &Node) -> Result<(), ImportError> {
		self.data_first(node)?;
		let reason = "is supported only to vectors, with a constant shape of [batch, values]";
		let shape = node.input.get(1).and_then(|name| self.constants.get(&**name));
		let shape = integers(shape.ok_or_else(|| unsupported(node, reason))?)?;
		let values = i64::try_from(self.extent.values()).ok();
		match shape[..] {
			[-1..=1, count] if Some(count) == values => self.make_flat(),
			[0..=1, -1] => self.make_flat(),
			_ => return Err(unsupported(node, reason)),
		}
		Ok(())
	}

	/// What does not change which logit is the largest.
	fn end(&mut self, node: &Node, end: End, default_axis: i64) -> Result<(), ImportError> {
		if !self.flat {
			return Err(unsupported(node, "needs a vector; put a Flatten before it"));
		}
		if !matches!(integer(node, "axis", default_axis), 1 | -1) {
			return Err(unsupported(node, "is supported over the logits only, axis 1"));
		}
		if integer(node, "select_last_index", 0) != 0 {
			return Err(unsupported(node, "with select_last_index is not supported"));
		}
		let (name, operator) = (name_of(node), &node.op_type);
		self.notes.push(format!("node {name:?}: {operator} left out; the network gives logits"));
		self.end = Some(end);
		Ok(())
	}

	fn finish(mut self) -> Result<FloatNetwork, ImportError> {
		// The last layer gives its sums. One that rectifies stays as it is and is refused below.
		if let Some(Layer::Dense { requantise, .. }) = self.layers.last_mut() {
			if *requantise == Some(SIGNED) {
				*requantise = None;
			}
		}
		let architecture = Architecture::new(self.input, self.layers)?;
		let Self { parameters, notes, .. } = self;
		for (layer, FloatParameters { weights, biases }) in parameters.iter().enumerate() {
			for (what, values) in [("weight", weights), ("bias", biases)] {
				if !values.iter().all(|value| value.is_finite()) {
					return Err(ImportError::NotFinite { layer, what });
				}
			}
		}
		Ok(FloatNetwork { architecture, parameters, notes })
	}
}
