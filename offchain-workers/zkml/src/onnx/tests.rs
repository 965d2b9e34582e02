use super::{
	messages::{
		Attribute, Dimension, Graph, Model, Node, OperatorSet, Shape, Tensor, TensorType, Type,
		ValueInfo, FLOAT, INT64, UINT8,
	},
	*,
};
use crate::Network;
use prost::Message;
use quittance_circuits::architecture::{ArchitectureError, Extent, Layer, Requantise};

/// A shipped model with its data, and how many held-out samples training says it labels right.
struct Shipped {
	name: &'static str,
	model: &'static [u8],
	calibration: &'static [u8],
	held_out: &'static [u8],
	labels: &'static [u8],
	samples: usize,
	float_correct: usize,
}

macro_rules! shipped {
	($model:literal, $data:literal, $samples:literal, $correct:literal) => {
		Shipped {
			name: $model,
			model: include_bytes!(concat!("../../models/", $model, ".onnx")),
			calibration: include_bytes!(concat!("../../models/", $data, "-calibration.pb")),
			held_out: include_bytes!(concat!("../../models/", $data, "-held-out.pb")),
			labels: include_bytes!(concat!("../../models/", $data, "-labels.pb")),
			samples: $samples,
			float_correct: $correct,
		}
	};
}

const SHIPPED: [Shipped; 4] = [
	shipped!("digits-mlp", "digits", 360, 351),
	shipped!("digits-cnn", "digits", 360, 352),
	shipped!("mnist-mlp", "mnist", 400, 378),
	shipped!("breast-cancer-mlp", "breast-cancer", 169, 163),
];

impl Shipped {
	fn quantised(&self) -> (FloatNetwork, Quantised) {
		let float = FloatNetwork::from_onnx(self.model).unwrap();
		let quantised = quantise(&float, &read_samples(self.calibration).unwrap()).unwrap();
		(float, quantised)
	}

	fn report(&self, float: &FloatNetwork, quantised: &Quantised) -> AccuracyReport {
		let samples = read_samples(self.held_out).unwrap();
		let labels = read_labels(self.labels).unwrap();
		AccuracyReport::measure(float, quantised, &samples, &labels).unwrap()
	}
}

#[test]
fn quantisation_costs_at_most_one_per_cent_of_accuracy() {
	for shipped in SHIPPED {
		let (float, quantised) = shipped.quantised();
		let report = shipped.report(&float, &quantised);
		println!("{}\n{report}\n", shipped.name);
		assert_eq!(report.samples, shipped.samples);
		// What Python counted with its own evaluation.
		assert_eq!(report.float_correct, shipped.float_correct, "{}", shipped.name);
		let loss = (report.float_accuracy - report.integer_accuracy).abs();
		assert!(loss <= 0.01, "{}: {report}", shipped.name);
		assert!(report.largest_logit_error <= 0.2 * report.largest_logit, "{report}");
	}
}

#[test]
fn the_shipped_models_have_the_layers_they_were_given() {
	let requantise = Requantise { shift: 0, rectify: true };
	let rectified = Some(requantise);
	let layers = |place: usize| {
		let float = FloatNetwork::from_onnx(SHIPPED[place].model).unwrap();
		(float.input(), float.layers().to_vec(), float.notes().len())
	};
	let image = Extent { channels: 1, rows: 8, columns: 8 };
	let dense = |outputs, requantise| Layer::Dense { outputs, requantise };
	assert_eq!(layers(0), (image, vec![dense(32, rectified), dense(10, None)], 1));
	let convolution =
		Layer::Convolution { channels: 8, kernel: 3, stride: 1, padding: 1, requantise };
	let pool = Layer::AveragePool { window: 2 };
	assert_eq!(layers(1), (image, vec![convolution, pool, dense(10, None)], 0));
	let mnist = vec![dense(64, rectified), dense(10, None)];
	assert_eq!(layers(2), (Extent::vector(784), mnist, 0));
	let tabular = vec![dense(16, rectified), dense(2, None)];
	assert_eq!(layers(3), (Extent::vector(30), tabular, 0));
}

#[test]
fn a_network_from_onnx_is_the_same_every_time_and_after_its_bytes() {
	for shipped in SHIPPED {
		let (_, quantised) = shipped.quantised();
		assert_eq!(shipped.quantised().1, quantised);
		let network = Network::from_bytes(&quantised.network.to_bytes()).unwrap();
		for sample in read_samples(shipped.held_out).unwrap().iter().take(5) {
			let input = quantised.input(sample);
			assert_eq!(network.classify(&input), quantised.network.classify(&input));
		}
	}
}

/// A test that cannot fail shows nothing: other weights are not within one per cent.
#[test]
fn a_damaged_network_is_seen_in_the_report() {
	let (float, mut quantised) = SHIPPED[0].quantised();
	let mut parameters = quantised.network.parameters().to_vec();
	parameters[0].weights.iter_mut().for_each(|weight| *weight >>= 5);
	let architecture = quantised.network.architecture().clone();
	quantised.network = Network::new(architecture, parameters).unwrap();
	let report = SHIPPED[0].report(&float, &quantised);
	assert!(report.float_accuracy - report.integer_accuracy > 0.01, "{report}");
	assert!(report.agreeing < report.samples);
	assert_eq!(report.float_correct, SHIPPED[0].float_correct);
}

#[test]
fn a_report_is_text_and_json() {
	let (float, quantised) = SHIPPED[3].quantised();
	let report = SHIPPED[3].report(&float, &quantised);
	assert!(report.to_string().starts_with("float    163 of 169 (96.45 %)\ninteger  "), "{report}");
	let json = serde_json::to_value(&report).unwrap();
	assert_eq!(json["float_correct"], 163);
	assert_eq!(json["samples"], 169);
	assert_eq!(json["agreeing"], report.agreeing);
}

// Files made here, one thing wrong at a time.

fn floats(name: &str, dims: &[i64], values: &[f32]) -> Tensor {
	Tensor {
		dims: dims.to_vec(),
		data_type: FLOAT,
		float_data: values.to_vec(),
		name: name.into(),
		..Default::default()
	}
}

fn longs(name: &str, values: &[i64]) -> Tensor {
	Tensor {
		dims: vec![values.len() as i64],
		data_type: INT64,
		int64_data: values.to_vec(),
		name: name.into(),
		..Default::default()
	}
}

fn ints(name: &str, ints: &[i64]) -> Attribute {
	Attribute { name: name.into(), ints: ints.to_vec(), ..Default::default() }
}

fn int(name: &str, i: i64) -> Attribute {
	Attribute { name: name.into(), i, ..Default::default() }
}

fn node(operator: &str, input: &[&str], output: &str, attribute: Vec<Attribute>) -> Node {
	Node {
		input: input.iter().map(|name| name.to_string()).collect(),
		output: vec![output.into()],
		op_type: operator.into(),
		attribute,
		..Default::default()
	}
}

fn value(name: &str, dims: &[Option<i64>]) -> ValueInfo {
	let dim = dims.iter().map(|dim_value| Dimension { dim_value: *dim_value }).collect();
	let tensor_type = TensorType { elem_type: FLOAT, shape: Some(Shape { dim }) };
	ValueInfo { name: name.into(), r#type: Some(Type { tensor_type: Some(tensor_type) }) }
}

fn model(input: &[Option<i64>], nodes: Vec<Node>, tensors: Vec<Tensor>) -> Model {
	let output = nodes.last().and_then(|node| node.output.first()).cloned().unwrap_or_default();
	Model {
		graph: Some(Graph {
			node: nodes,
			initializer: tensors,
			input: vec![value("x", input)],
			output: vec![value(&output, &[])],
		}),
		opset_import: vec![OperatorSet { domain: String::new(), version: 13 }],
	}
}

fn import(model: &Model) -> Result<FloatNetwork, ImportError> {
	FloatNetwork::from_onnx(&model.encode_to_vec())
}

const VECTOR: [Option<i64>; 2] = [None, Some(2)];
const IMAGE: [Option<i64>; 4] = [Some(1), Some(1), Some(4), Some(4)];

/// x of two values, w of two by two, b.
fn gemm(attributes: Vec<Attribute>) -> Model {
	model(
		&VECTOR,
		vec![node("Gemm", &["x", "w", "b"], "y", attributes)],
		vec![floats("w", &[2, 2], &[1.0, 2.0, 3.0, 4.0]), floats("b", &[2], &[10.0, 20.0])],
	)
}

/// One node over an image, then Flatten and a Gemm of as many inputs as it gives.
fn over_image(first: Node, tensors: Vec<Tensor>, values: usize) -> Model {
	let nodes = vec![
		first,
		node("Flatten", &["h"], "f", vec![]),
		node("Gemm", &["f", "w", "b"], "y", vec![]),
	];
	let gemm = [floats("w", &[values as i64, 1], &vec![1.0; values]), floats("b", &[1], &[0.0])];
	model(&IMAGE, nodes, tensors.into_iter().chain(gemm).collect())
}

fn reason(model: &Model) -> (String, &'static str) {
	match import(model) {
		Err(ImportError::Unsupported { operator, reason, .. }) => (operator, reason),
		other => panic!("{other:?}"),
	}
}

#[test]
fn gemm_is_computed_with_its_factors_and_both_orders_of_weights() {
	let logits = |attributes| import(&gemm(attributes)).unwrap().evaluate(&[1.0, -1.0]).unwrap();
	assert_eq!(logits(vec![]), [8.0, 18.0]);
	assert_eq!(logits(vec![int("transB", 1)]), [9.0, 19.0]);
	let factor = |name: &str, f| Attribute { name: name.into(), f, ..Default::default() };
	assert_eq!(logits(vec![factor("alpha", 2.0), factor("beta", -1.0)]), [-14.0, -24.0]);
	let mut without = gemm(vec![]);
	without.graph.as_mut().unwrap().node[0].input.pop();
	assert_eq!(import(&without).unwrap().evaluate(&[1.0, -1.0]).unwrap(), [-2.0, -2.0]);
}

#[test]
fn matmul_and_add_are_gemm() {
	let mut model = gemm(vec![]);
	let graph = model.graph.as_mut().unwrap();
	graph.node =
		vec![node("MatMul", &["x", "w"], "m", vec![]), node("Add", &["b", "m"], "y", vec![])];
	assert_eq!(import(&model), import(&gemm(vec![])));
}

#[test]
fn a_constant_node_is_an_initializer() {
	let mut model = gemm(vec![]);
	let graph = model.graph.as_mut().unwrap();
	let weights = graph.initializer.remove(0);
	let value = Attribute { name: "value".into(), t: Some(weights), ..Default::default() };
	graph.node.insert(0, node("Constant", &[], "w", vec![value]));
	assert_eq!(import(&model), import(&gemm(vec![])));
	model.graph.as_mut().unwrap().node[0].attribute.clear();
	assert_eq!(import(&model), Err(ImportError::NotAChain { node: "w".into() }));
}

#[test]
fn images_are_convolved_pooled_and_flattened() {
	let item: Vec<f32> = (1..=16).map(|k| k as f32).collect();
	let kernel = || floats("k", &[1, 1, 3, 3], &[0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0]);
	let evaluate = |model: &Model| import(model).unwrap().evaluate(&item).unwrap()[0];
	let conv = node("Conv", &["x", "k"], "h", vec![]);
	// Valid: (6 + 11) + (7 + 12) + (10 + 15) + (11 + 16).
	assert_eq!(evaluate(&over_image(conv, vec![kernel()], 4)), 88.0);
	let conv =
		node("Conv", &["x", "k"], "h", vec![ints("pads", &[1; 4]), ints("strides", &[2, 2])]);
	// Centres 1, 3, 9, 11 and what is right below: 6, 8, 14, 16.
	assert_eq!(evaluate(&over_image(conv, vec![kernel()], 4)), 68.0);
	let pool = vec![ints("kernel_shape", &[2, 2]), ints("strides", &[2, 2])];
	let pool = node("AveragePool", &["x"], "h", pool);
	assert_eq!(evaluate(&over_image(pool, vec![], 4)), 34.0);
	let global = node("GlobalAveragePool", &["x"], "h", vec![]);
	assert_eq!(evaluate(&over_image(global, vec![], 1)), 8.5);
}

#[test]
fn a_relu_rectifies_and_reshape_and_softmax_change_nothing() {
	let nodes = vec![
		node("Reshape", &["x", "s"], "r", vec![]),
		node("Gemm", &["r", "w", "b"], "g", vec![]),
		node("Relu", &["g"], "h", vec![]),
		node("Gemm", &["h", "v"], "z", vec![]),
		node("Softmax", &["z"], "p", vec![]),
		node("ArgMax", &["p"], "y", vec![int("axis", 1)]),
	];
	for shape in [[0, -1], [1, -1], [-1, 16], [1, 16], [0, 16]] {
		let tensors = vec![
			longs("s", &shape),
			floats("w", &[16, 2], &[1.0, -1.0].repeat(16)),
			floats("b", &[2], &[-1.0, 1.0]),
			floats("v", &[2, 2], &[1.0, 2.0, 3.0, 4.0]),
		];
		let network = import(&model(&IMAGE, nodes.clone(), tensors)).unwrap();
		// Hidden: 15 and -15, of which the second becomes 0.
		assert_eq!(network.evaluate(&[1.0; 16]).unwrap(), [15.0, 30.0]);
		assert_eq!(network.evaluate(&[-1.0; 16]).unwrap(), [51.0, 68.0]);
		assert_eq!(
			network.notes(),
			[
				r#"node "p": Softmax left out; the network gives logits"#,
				r#"node "y": ArgMax left out; the network gives logits"#,
			]
		);
	}
	for shape in [vec![2, 8], vec![-1, 8], vec![-1, -1], vec![16], vec![1, 4, 4]] {
		let tensors = vec![longs("s", &shape)];
		let (operator, reason) = reason(&model(&IMAGE, nodes.clone(), tensors));
		assert_eq!(operator, "Reshape");
		assert!(reason.contains("vectors"));
	}
}

#[test]
fn other_operators_are_refused_by_name() {
	for operator in ["Sigmoid", "MaxPool", "LSTM", "BatchNormalization", "QLinearConv", ""] {
		let nodes = vec![node(operator, &["x"], "y", vec![])];
		let error = import(&model(&VECTOR, nodes, vec![])).unwrap_err();
		assert_eq!(error, ImportError::Operator { node: "y".into(), operator: operator.into() });
	}
	// The name of an operator of ours in another domain is another operator.
	let mut foreign = gemm(vec![]);
	foreign.graph.as_mut().unwrap().node[0].domain = "com.example".into();
	foreign.graph.as_mut().unwrap().node[0].name = "first".into();
	assert_eq!(
		import(&foreign),
		Err(ImportError::Operator { node: "first".into(), operator: "Gemm".into() })
	);
}

#[test]
fn files_that_are_no_network_are_refused() {
	assert_eq!(FloatNetwork::from_onnx(&[]), Err(ImportError::NoGraph));
	assert!(matches!(FloatNetwork::from_onnx(b"\xff"), Err(ImportError::Protobuf(_))));
	let (found, max) = (MAX_MODEL_BYTES + 1, MAX_MODEL_BYTES);
	let large = vec![0; found];
	assert_eq!(FloatNetwork::from_onnx(&large), Err(ImportError::TooLarge { found, max }));
	assert!(matches!(FloatNetwork::from_onnx(&large[1..]), Err(ImportError::Protobuf(_))));
	let mut old = gemm(vec![]);
	old.opset_import[0].version = 6;
	assert_eq!(import(&old), Err(ImportError::OperatorSet(6)));
	old.opset_import[0].version = 7;
	assert!(import(&old).is_ok());
	old.opset_import.clear();
	assert_eq!(import(&old), Err(ImportError::OperatorSet(1)));

	let mut two = gemm(vec![]);
	two.graph.as_mut().unwrap().input.push(value("z", &VECTOR));
	assert_eq!(import(&two), Err(ImportError::InputCount(2)));
	two.graph.as_mut().unwrap().input.clear();
	assert_eq!(import(&two), Err(ImportError::InputCount(0)));
	// Weights may be listed among the inputs.
	let mut listed = gemm(vec![]);
	listed.graph.as_mut().unwrap().input.push(value("w", &[Some(2), Some(2)]));
	assert!(import(&listed).is_ok());

	for dims in [
		vec![],
		vec![Some(2)],
		vec![None, None],
		vec![Some(3), Some(2)],
		vec![None, Some(70_000)],
		vec![None, Some(-2)],
		vec![None, Some(1), Some(2)],
	] {
		let mut shaped = gemm(vec![]);
		shaped.graph.as_mut().unwrap().input = vec![value("x", &dims)];
		assert_eq!(import(&shaped), Err(ImportError::InputShape(dims)));
	}

	let mut other = gemm(vec![]);
	other.graph.as_mut().unwrap().output = vec![value("z", &[])];
	assert_eq!(import(&other), Err(ImportError::Output));
	other.graph.as_mut().unwrap().output = vec![value("y", &[]), value("y", &[])];
	assert_eq!(import(&other), Err(ImportError::Output));
}

#[test]
fn graphs_that_branch_are_refused() {
	let mut branching = gemm(vec![]);
	let graph = branching.graph.as_mut().unwrap();
	graph.node.push(node("Gemm", &["x", "w", "b"], "z", vec![]));
	assert_eq!(import(&branching), Err(ImportError::NotAChain { node: "z".into() }));
}

#[test]
fn tensors_that_cannot_be_read_are_refused() {
	let with = |edit: fn(&mut Tensor)| {
		let mut model = gemm(vec![]);
		edit(&mut model.graph.as_mut().unwrap().initializer[0]);
		import(&model).unwrap_err()
	};
	let tensor = |reason| ImportError::Tensor { tensor: "w".into(), reason };
	assert_eq!(
		with(|t| t.data_type = 10),
		ImportError::TensorType { tensor: "w".into(), data_type: 10 }
	);
	assert_eq!(
		with(|t| {
			t.float_data.pop();
		}),
		tensor("it has not as many values as its dimensions say")
	);
	assert_eq!(with(|t| t.float_data[1] = f32::NAN), tensor("a value is infinite or no number"));
	assert_eq!(
		with(|t| t.float_data[1] = f32::INFINITY),
		tensor("a value is infinite or no number")
	);
	assert_eq!(with(|t| t.data_location = 1), tensor("its data lies in another file"));
	assert_eq!(with(|t| t.raw_data = vec![0; 15]), tensor("its raw data ends within a number"));
	let large = TOO_LARGE;
	assert_eq!(with(|t| t.dims = vec![-2, 2]), tensor(large));
	assert_eq!(with(|t| t.dims = vec![i64::MAX, i64::MAX]), tensor(large));
	assert_eq!(with(|t| t.dims = vec![1 << 20, 1 << 20]), tensor(large));
	let mut raw = gemm(vec![]);
	let weights = &mut raw.graph.as_mut().unwrap().initializer[0];
	weights.raw_data = weights.float_data.drain(..).flat_map(|value| value.to_le_bytes()).collect();
	assert_eq!(import(&raw), import(&gemm(vec![])));
}

// Files that would take all memory, or forever, or say nothing and not be refused for it.

const TOO_LARGE: &str =
	"its dimensions are negative or too large; export it again with its true ones";

fn empty(name: &str, dims: &[i64]) -> Tensor {
	floats(name, dims, &[])
}

/// Beside a dimension of zero, the product of the others is no bound on them.
#[test]
fn dimensions_beside_a_zero_are_bounded() {
	let most = MAX_ONNX_BYTES as i64;
	let refused =
		|tensor: &str| Err(ImportError::Tensor { tensor: tensor.into(), reason: TOO_LARGE });
	let conv = |dims: &[i64]| {
		over_image(node("Conv", &["x", "k"], "h", vec![]), vec![empty("k", dims)], 4)
	};
	for huge in [i64::MAX, 1 << 40, most + 1] {
		assert_eq!(import(&conv(&[huge, 1, 0, 0])), refused("k"));
		assert_eq!(import(&conv(&[0, 1, huge, huge])), refused("k"));
	}
	assert_eq!(reason(&conv(&[most, 1, 0, 0])).1, "has too many channels");
	assert_eq!(reason(&conv(&[1 << 16, 1, 0, 0])).1, "has too many channels");
	assert_eq!(
		import(&conv(&[65535, 1, 0, 0])),
		Err(ImportError::Architecture(ArchitectureError::Kernel { layer: 0, kernel: 0 }))
	);

	let dense = |node: &Node, input: i64, dims: &[i64]| {
		model(&[Some(1), Some(input)], vec![node.clone()], vec![empty("w", dims)])
	};
	let gemm = node("Gemm", &["x", "w"], "y", vec![int("transB", 1)]);
	let matmul = node("MatMul", &["x", "w"], "y", vec![]);
	for huge in [i64::MAX, 1 << 40, most + 1] {
		assert_eq!(import(&dense(&gemm, 2, &[huge, 0])), refused("w"));
		assert_eq!(import(&dense(&matmul, 2, &[0, huge])), refused("w"));
	}
	// An input of nothing is refused before any tensor is looked at.
	let nothing = ArchitectureError::InputExtent(Extent::vector(0));
	for dims in [[i64::MAX, 0], [0, i64::MAX], [most, 0], [0, most], [0, 0]] {
		for node in [&gemm, &matmul] {
			assert_eq!(import(&dense(node, 0, &dims)), Err(nothing.into()));
		}
	}
	let wide = |node, dims: &[i64]| {
		let values = vec![0.0; 1 << 16];
		reason(&model(&[None, Some(1)], vec![node], vec![floats("w", dims, &values)])).1
	};
	assert_eq!(wide(gemm, &[1 << 16, 1]), "has too many outputs");
	assert_eq!(wide(matmul, &[1, 1 << 16]), "has too many outputs");
}

/// The first node beyond a limit is refused, and not the graph at its end.
#[test]
fn one_initializer_in_many_layers_ends_at_the_limits() {
	let chain = |nodes: usize, side: usize| {
		let name = |place: usize| if place == 0 { "x".into() } else { format!("h{place}") };
		let nodes = (0..nodes)
			.map(|place| node("Gemm", &[&name(place), "w"], &name(place + 1), vec![]))
			.collect();
		let weights = floats("w", &[side as i64; 2], &vec![0.0; side * side]);
		model(&[None, Some(side as i64)], nodes, vec![weights])
	};
	let then_unknown = |mut model: Model| {
		let graph = model.graph.as_mut().unwrap();
		let last = graph.node.last().unwrap().output[0].clone();
		graph.node.push(node("Sigmoid", &[&last], "y", vec![]));
		import(&model)
	};
	let layers = Err(ImportError::Architecture(ArchitectureError::LayerCount(17)));
	let unknown = Err(ImportError::Operator { node: "y".into(), operator: "Sigmoid".into() });
	assert_eq!(then_unknown(chain(16, 2)), unknown);
	assert_eq!(then_unknown(chain(17, 2)), layers);
	// 512^2 is the most weights that there may be.
	assert_eq!(then_unknown(chain(1, 512)), unknown);
	let weights = ArchitectureError::WeightCount { layer: 1, weights: 1 << 19 };
	assert_eq!(then_unknown(chain(2, 512)), Err(weights.into()));
	// 10,000 copies of this megabyte would be 10 gigabytes.
	assert_eq!(import(&chain(10_000, 512)), Err(weights.into()));
	assert_eq!(import(&chain(10_000, 2)), layers);
	// More than there may be in one.
	let weights = ArchitectureError::WeightCount { layer: 0, weights: 490_000 };
	assert_eq!(import(&chain(100, 700)), Err(weights.into()));
}

#[test]
fn a_file_of_nothing_but_messages_is_read_in_bounded_time() {
	// Two bytes are an empty node: graph, field 1, length 0.
	let nodes = vec![Node::default(); (MAX_MODEL_BYTES - 100) / 2];
	let file = model(&VECTOR, nodes, vec![]).encode_to_vec();
	assert!(file.len() <= MAX_MODEL_BYTES && file.len() > MAX_MODEL_BYTES - 100);
	assert_eq!(FloatNetwork::from_onnx(&file), Err(ImportError::NotAChain { node: String::new() }));
}

#[test]
fn factors_and_sums_that_are_no_finite_numbers_are_refused() {
	let factor = |name: &str, f| Attribute { name: name.into(), f, ..Default::default() };
	let not_finite = |what| Err(ImportError::NotFinite { layer: 0, what });
	for f in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::MAX] {
		assert_eq!(import(&gemm(vec![factor("alpha", f)])), not_finite("weight"), "{f}");
		assert_eq!(import(&gemm(vec![factor("beta", f)])), not_finite("bias"), "{f}");
	}
	// Infinity times 0 is no number.
	let mut zeros = gemm(vec![factor("beta", f32::INFINITY)]);
	zeros.graph.as_mut().unwrap().initializer[1].float_data = vec![0.0; 2];
	assert_eq!(import(&zeros), not_finite("bias"));

	let added = |values: [f32; 2]| {
		let mut model = gemm(vec![]);
		let graph = model.graph.as_mut().unwrap();
		graph.initializer[1].float_data = values.to_vec();
		graph.node.push(node("Add", &["y", "b"], "z", vec![]));
		graph.output = vec![value("z", &[])];
		import(&model)
	};
	assert_eq!(added([0.0, f32::MAX]), not_finite("bias"));
	assert!(added([0.0, f32::MAX / 2.0]).is_ok());

	// The tensors themselves, whoever uses them.
	for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
		for tensor in [0, 1] {
			let mut model = gemm(vec![]);
			let tensors = &mut model.graph.as_mut().unwrap().initializer;
			tensors[tensor].float_data[1] = bad;
			let reason = "a value is infinite or no number";
			let name = tensors[tensor].name.clone();
			assert_eq!(import(&model), Err(ImportError::Tensor { tensor: name, reason }));
		}
	}
	// The layer is named.
	let mut second = gemm(vec![]);
	let graph = second.graph.as_mut().unwrap();
	graph.node.push(node("Gemm", &["y", "w", "b"], "z", vec![factor("beta", f32::NAN)]));
	graph.output = vec![value("z", &[])];
	assert_eq!(import(&second), Err(ImportError::NotFinite { layer: 1, what: "bias" }));
}

/// Sixteen finite factors are not a finite product.
#[test]
fn layers_that_leave_the_range_of_floats_are_refused() {
	let chain = |weight: f32| {
		let names: Vec<String> =
			(0..17).map(|k| if k == 0 { "x".into() } else { format!("h{k}") }).collect();
		let nodes =
			names.windows(2).map(|n| node("MatMul", &[&n[0], "w"], &n[1], vec![])).collect();
		import(&model(&[None, Some(1)], nodes, vec![floats("w", &[1, 1], &[weight])])).unwrap()
	};
	// 10^304 is one; 10^342 is not.
	assert_eq!(chain(1e38).evaluate(&[1.0]), Err(QuantiseError::OutOfRange { layer: 8 }));
	assert_eq!(chain(1e38).evaluate(&[0.0]), Ok(vec![0.0]));
	// Their squares, which the search compares, end sooner.
	let layer = |layer| Err(QuantiseError::OutOfRange { layer });
	assert_eq!(quantise(&chain(1e38), &[vec![1.0]]), layer(2));
	assert_eq!(quantise(&chain(1e-36), &[vec![1.0]]), layer(2));
	// Nothing is large here but what an integer 1 would stand for.
	assert_eq!(quantise(&chain(1e38), &[vec![0.0]]), layer(8));
	assert!(quantise(&chain(1e6), &[vec![1.0]]).is_ok());
	assert!(quantise(&chain(1.0), &[vec![0.0]]).is_ok());
}

#[test]
fn names_that_are_given_twice_are_refused() {
	let twice = |name: &str| Err(ImportError::NameTwice(name.into()));
	let with = |edit: fn(&mut Graph)| {
		let mut model = gemm(vec![]);
		edit(model.graph.as_mut().unwrap());
		import(&model)
	};
	let constant = |name: &str| {
		let value = floats("", &[2], &[0.0; 2]);
		let value = Attribute { name: "value".into(), t: Some(value), ..Default::default() };
		node("Constant", &[], name, vec![value])
	};
	let second = |graph: &mut Graph| graph.initializer.push(floats("b", &[2], &[0.0; 2]));
	assert_eq!(with(second), twice("b"));
	// Even if nothing uses it.
	assert_eq!(with(|g| g.initializer.extend([empty("u", &[0]), empty("u", &[0])])), twice("u"));
	for name in ["w", "x"] {
		let mut model = gemm(vec![]);
		model.graph.as_mut().unwrap().node.insert(0, constant(name));
		assert_eq!(import(&model), twice(name));
	}
	let mut constants = gemm(vec![]);
	let graph = constants.graph.as_mut().unwrap();
	graph.node.splice(0..0, [constant("c"), constant("c")]);
	assert_eq!(import(&constants), twice("c"));
	// A node's result, which would otherwise stand for the weights after it.
	for name in ["w", "b", "x"] {
		let mut model = gemm(vec![]);
		model.graph.as_mut().unwrap().node[0].output[0] = name.into();
		assert_eq!(import(&model), twice(name));
	}
	// Of two factors, some readers take the first and some the last.
	let transposed = reason(&gemm(vec![int("transB", 0), int("transB", 1)]));
	assert_eq!(transposed, ("Gemm".into(), "has an attribute twice; export the model again"));
}

#[test]
fn gemm_and_matmul_beyond_a_dense_layer_are_refused() {
	assert_eq!(reason(&gemm(vec![int("transA", 1)])).1, "with transA is not supported");
	let with = |edit: fn(&mut Graph)| {
		let mut model = gemm(vec![]);
		edit(model.graph.as_mut().unwrap());
		reason(&model).1
	};
	assert_eq!(
		with(|g| g.node[0].input.swap(0, 1)),
		"must take the data first and the weights second"
	);
	assert_eq!(with(|g| g.initializer[0].dims = vec![4]), "needs weights of two dimensions");
	assert_eq!(
		with(|g| g.initializer[0].dims = vec![1, 4]),
		"has weights for another number of inputs"
	);
	assert_eq!(
		with(|g| g.initializer[1] = floats("b", &[1], &[1.0])),
		"needs one bias for each output"
	);
	assert_eq!(
		with(|g| {
			g.initializer.remove(1);
		}),
		"must have its weights as initializers of the graph"
	);
	let flat = model(
		&IMAGE,
		vec![node("MatMul", &["x", "w"], "y", vec![])],
		vec![floats("w", &[16, 1], &[0.0; 16])],
	);
	assert_eq!(reason(&flat).1, "needs a vector; put a Flatten before it");
	// A sum that is not the bias of what is before it.
	let mut late = gemm(vec![]);
	let graph = late.graph.as_mut().unwrap();
	graph.node = vec![
		node("Gemm", &["x", "w", "b"], "g", vec![]),
		node("Relu", &["g"], "h", vec![]),
		node("Add", &["h", "b"], "y", vec![]),
	];
	assert_eq!(reason(&late).0, "Add");
}

#[test]
fn convolutions_beyond_a_square_kernel_are_refused() {
	let with = |attributes, dims: &[i64]| {
		let values = dims.iter().product::<i64>() as usize;
		let conv = node("Conv", &["x", "k"], "h", attributes);
		reason(&over_image(conv, vec![floats("k", dims, &vec![0.0; values])], 4)).1
	};
	let square = [1, 1, 3, 3];
	assert_eq!(with(vec![int("group", 2)], &square), "with groups is not supported");
	assert_eq!(with(vec![ints("dilations", &[2, 2])], &square), "with dilations is not supported");
	assert_eq!(with(vec![ints("dilations", &[1, 2])], &square), "with dilations is not supported");
	assert_eq!(
		with(vec![ints("strides", &[1, 2])], &square),
		"needs one stride for rows and columns"
	);
	assert_eq!(
		with(vec![ints("pads", &[0, 0, 1, 1])], &square),
		"needs the same padding on all sides"
	);
	let auto =
		|s: &[u8]| Attribute { name: "auto_pad".into(), s: s.to_vec(), ..Default::default() };
	assert!(with(vec![auto(b"SAME_UPPER")], &square).contains("auto_pad"));
	assert!(with(vec![], &[1, 1, 3, 2]).contains("square kernel"));
	assert!(with(vec![], &[1, 1, 3]).contains("square kernel"));
	assert_eq!(with(vec![], &[1, 2, 3, 3]), "has weights for another number of channels");
	let conv = node("Conv", &["x", "k", "c"], "h", vec![]);
	let tensors = vec![floats("k", &square, &[0.0; 9]), floats("c", &[2], &[0.0; 2])];
	assert_eq!(reason(&over_image(conv, tensors, 4)).1, "needs one bias for each output channel");
	// The architecture's own limits keep their names.
	let conv = node("Conv", &["x", "k"], "h", vec![ints("strides", &[5, 5])]);
	assert_eq!(
		import(&over_image(conv, vec![floats("k", &square, &[0.0; 9])], 4)),
		Err(ImportError::Architecture(ArchitectureError::Stride { layer: 0, stride: 5 }))
	);
}

#[test]
fn pools_that_overlap_or_do_not_fit_are_refused() {
	let with =
		|attributes| reason(&over_image(node("AveragePool", &["x"], "h", attributes), vec![], 4)).1;
	let two = || ints("kernel_shape", &[2, 2]);
	assert!(with(vec![two()]).contains("overlap"));
	assert!(with(vec![ints("kernel_shape", &[2, 4])]).contains("square window"));
	assert_eq!(
		with(vec![two(), ints("strides", &[2, 2]), ints("pads", &[1; 4])]),
		"with padding is not supported"
	);
	assert_eq!(
		with(vec![two(), ints("strides", &[2, 2]), ints("dilations", &[2, 2])]),
		"with dilations is not supported"
	);
	let pool = node(
		"AveragePool",
		&["x"],
		"h",
		vec![ints("kernel_shape", &[3, 3]), ints("strides", &[3, 3])],
	);
	assert!(matches!(
		import(&over_image(pool, vec![], 1)),
		Err(ImportError::Architecture(ArchitectureError::WindowDoesNotDivide { .. }))
	));
	let mut wide = over_image(node("GlobalAveragePool", &["x"], "h", vec![]), vec![], 1);
	wide.graph.as_mut().unwrap().input = vec![value("x", &[None, Some(1), Some(9), Some(9)])];
	assert_eq!(reason(&wide).1, "needs square images of 2 to 8 rows");
}

#[test]
fn operators_in_a_place_without_meaning_are_refused() {
	let only = |operator, input: &[Option<i64>], attributes| {
		reason(&model(input, vec![node(operator, &["x"], "y", attributes)], vec![]))
	};
	assert!(only("Relu", &VECTOR, vec![]).1.contains("right after"));
	assert_eq!(only("Flatten", &IMAGE, vec![int("axis", 2)]).1, "is supported with axis 1 only");
	assert!(only("Softmax", &IMAGE, vec![]).1.contains("Flatten"));
	assert!(only("ArgMax", &VECTOR, vec![]).1.contains("axis 1"));
	assert!(only(
		"AveragePool",
		&VECTOR,
		vec![ints("kernel_shape", &[2, 2]), ints("strides", &[2, 2])]
	)
	.1
	.contains("images"));
	let last = vec![int("axis", 1), int("select_last_index", 1)];
	assert!(only("ArgMax", &VECTOR, last).1.contains("select_last_index"));
	let mut after = gemm(vec![]);
	let graph = after.graph.as_mut().unwrap();
	graph.node.insert(0, node("Softmax", &["x"], "s", vec![]));
	graph.node[1].input[0] = "s".into();
	assert!(reason(&after).1.contains("must be last"));
	// Probabilities of a label are not those of logits.
	let ends = |operators: [&str; 2]| {
		let mut model = gemm(vec![]);
		let graph = model.graph.as_mut().unwrap();
		let axis = || vec![int("axis", 1)];
		graph.node.push(node(operators[0], &["y"], "p", axis()));
		graph.node.push(node(operators[1], &["p"], "q", axis()));
		graph.output = vec![value("q", &[])];
		import(&model)
	};
	assert!(ends(["Softmax", "ArgMax"]).is_ok());
	for operators in [["ArgMax", "Softmax"], ["ArgMax", "ArgMax"], ["Softmax", "Softmax"]] {
		assert!(matches!(ends(operators), Err(ImportError::Unsupported { .. })), "{operators:?}");
	}
	// A network that ends in a Relu has no logits.
	let mut rectified = gemm(vec![]);
	let graph = rectified.graph.as_mut().unwrap();
	graph.node.push(node("Relu", &["y"], "z", vec![]));
	graph.output = vec![value("z", &[])];
	assert_eq!(import(&rectified), Err(ImportError::Architecture(ArchitectureError::NoLogits)));
}

#[test]
fn samples_and_labels_are_read_or_refused() {
	let bytes = |dims: &[i64], raw: &[u8]| {
		let raw_data = raw.to_vec();
		Tensor { dims: dims.to_vec(), data_type: UINT8, raw_data, ..Default::default() }
			.encode_to_vec()
	};
	assert_eq!(
		read_samples(&bytes(&[2, 1, 2], &[1, 2, 3, 255])),
		Ok(vec![vec![1.0, 2.0], vec![3.0, 255.0]])
	);
	assert_eq!(
		read_samples(&floats("", &[1, 2], &[0.5, -1.0]).encode_to_vec()),
		Ok(vec![vec![0.5, -1.0]])
	);
	assert_eq!(read_labels(&bytes(&[3], &[1, 2, 9])), Ok(vec![1, 2, 9]));
	let listed = |values: &[i32]| Tensor {
		dims: vec![2],
		data_type: UINT8,
		int32_data: values.to_vec(),
		..Default::default()
	};
	assert_eq!(read_labels(&listed(&[7, 255]).encode_to_vec()), Ok(vec![7, 255]));
	let tensor = |reason| Err(ImportError::Tensor { tensor: String::new(), reason });
	assert_eq!(
		read_labels(&listed(&[7, 256]).encode_to_vec()),
		tensor("a value does not fit a byte")
	);
	assert_eq!(
		read_labels(&floats("", &[1], &[1.0]).encode_to_vec()),
		Err(ImportError::TensorType { tensor: String::new(), data_type: FLOAT })
	);
	for empty in [bytes(&[0, 4], &[]), bytes(&[4, 0], &[])] {
		assert_eq!(
			read_samples(&empty),
			Err(ImportError::Tensor { tensor: String::new(), reason: "it has no sample" })
		);
	}
	let most = MAX_SAMPLES as i64;
	assert_eq!(read_samples(&bytes(&[most, 1], &vec![1; MAX_SAMPLES])).unwrap().len(), MAX_SAMPLES);
	assert_eq!(
		read_samples(&bytes(&[most + 1, 1], &vec![1; MAX_SAMPLES + 1])),
		Err(ImportError::Tensor {
			tensor: String::new(),
			reason: "it has more than 65536 samples; give a part of them"
		})
	);
	let (found, max) = (MAX_ONNX_BYTES + 1, MAX_ONNX_BYTES);
	assert_eq!(read_samples(&vec![0; found]), Err(ImportError::TooLarge { found, max }));
	assert!(matches!(read_labels(b"\xff"), Err(ImportError::Protobuf(_))));
}

#[test]
fn bad_samples_are_refused_with_their_place() {
	let float = import(&gemm(vec![])).unwrap();
	let good = vec![1.0, 2.0];
	let input = Extent::vector(2);
	assert_eq!(quantise(&float, &[]), Err(QuantiseError::NoSamples));
	let short = QuantiseError::SampleLength { sample: 1, input, found: 1 };
	assert_eq!(quantise(&float, &[good.clone(), vec![1.0]]), Err(short.clone()));
	let infinite = QuantiseError::NotFinite { sample: 1, value: 0 };
	let bad = [good.clone(), vec![f32::INFINITY, 0.0]];
	assert_eq!(quantise(&float, &bad), Err(infinite.clone()));
	assert_eq!(
		float.evaluate(&[1.0]),
		Err(QuantiseError::SampleLength { sample: 0, input, found: 1 })
	);

	let quantised = quantise(&float, std::slice::from_ref(&good)).unwrap();
	let measure = |samples: &[Vec<f32>], labels: &[u8]| {
		AccuracyReport::measure(&float, &quantised, samples, labels).unwrap_err()
	};
	assert_eq!(measure(&[], &[]), QuantiseError::NoSamples);
	assert_eq!(
		measure(std::slice::from_ref(&good), &[0, 1]),
		QuantiseError::LabelCount { samples: 1, labels: 2 }
	);
	assert_eq!(measure(&[good.clone(), vec![1.0]], &[0, 0]), short);
	assert_eq!(measure(&bad, &[0, 0]), infinite);
	let other = Quantised { network: SHIPPED[0].quantised().1.network, ..quantised.clone() };
	assert!(matches!(
		AccuracyReport::measure(&float, &other, &[good], &[0]),
		Err(QuantiseError::SampleLength { .. })
	));
}

#[test]
fn inputs_are_rounded_and_cut_to_bytes() {
	let network = SHIPPED[0].quantised().1.network;
	let input = |input_exponent, sample: &[f32]| {
		Quantised { network: network.clone(), input_exponent, logit_unit: 1.0 }.input(sample)
	};
	assert_eq!(input(0, &[0.4, 0.6, -0.6, 127.4, 200.0, -200.0]), [0, 1, -1, 127, 127, -128]);
	assert_eq!(input(3, &[0.125, 1.0, -16.0]), [1, 8, -128]);
	assert_eq!(input(-1, &[255.0, 3.0, 0.0]), [127, 2, 0]);
}

/// Half of what a shift drops is in the bias, so that values are rounded and not cut.
#[test]
fn a_hidden_layer_rounds_to_the_nearest() {
	let nodes = vec![
		node("MatMul", &["x", "w"], "g", vec![]),
		node("Relu", &["g"], "h", vec![]),
		node("MatMul", &["h", "v"], "y", vec![]),
	];
	let tensors = vec![floats("w", &[1, 1], &[1.0]), floats("v", &[1, 1], &[1.0])];
	let float = import(&model(&[None, Some(1)], nodes, tensors)).unwrap();
	let samples: Vec<_> = (0..=127).map(|k| vec![k as f32]).collect();
	let Quantised { network, .. } = quantise(&float, &samples).unwrap();
	let Layer::Dense { requantise: Some(Requantise { shift, .. }), .. } =
		network.architecture().layers()[0]
	else {
		panic!("{network:?}")
	};
	assert!(shift > 0);
	assert_eq!(network.parameters()[0].biases, [1 << (shift - 1)]);
	let weight = i32::from(network.parameters()[0].weights[0]);
	let last = i32::from(network.parameters()[1].weights[0]);
	for x in 0..=127 {
		let nearest = (f64::from(x * weight) / f64::from(1i32 << shift)).round() as i32;
		let logits = network.classify(&[x as i8]).unwrap().logits;
		assert_eq!(logits, [nearest.min(127) * last], "{x}");
	}
}

#[test]
fn a_scale_is_kept_in_json_and_read_within_bounds() {
	let (float, quantised) = SHIPPED[3].quantised();
	let scale = quantised.scale();
	assert_eq!(
		(scale.input_exponent, scale.logit_unit),
		(quantised.input_exponent, quantised.logit_unit)
	);
	let text = serde_json::to_string(&scale).unwrap();
	assert!(
		text.starts_with(r#"{"input_exponent":"#) && text.contains(r#","logit_unit":""#),
		"{text}"
	);
	assert_eq!(serde_json::from_str::<Scale>(&text).unwrap(), scale);
	// With it, the network alone gives what both gave together.
	let network = Network::from_bytes(&quantised.network.to_bytes()).unwrap();
	let report = SHIPPED[3].report(&float, &quantised);
	for sample in read_samples(SHIPPED[3].held_out).unwrap() {
		let integers = network.classify(&scale.input(&sample)).unwrap().logits;
		for (real, integer) in float.evaluate(&sample).unwrap().iter().zip(integers) {
			assert!((scale.logit(integer) - real).abs() <= report.largest_logit_error);
		}
	}

	let read = |exponent: &str, unit: &str| {
		let text = format!(r#"{{"weights":9,"input_exponent":{exponent},"logit_unit":"{unit}"}}"#);
		serde_json::from_str::<Scale>(&text).map_err(|error| error.to_string())
	};
	let least = f64::MIN_POSITIVE;
	for (exponent, unit) in [(-120, 1.0), (122, 0.5), (0, least), (0, f64::MAX)] {
		let expected = Scale { input_exponent: exponent, logit_unit: unit };
		assert_eq!(read(&exponent.to_string(), &format!("{unit:e}")), Ok(expected));
	}
	for exponent in ["-121", "123", "128", "-129", "300", "-9000000000"] {
		let error = read(exponent, "1").unwrap_err();
		assert!(
			error.contains(&format!("input_exponent is {exponent}, not -120 to 122")),
			"{error}"
		);
	}
	for unit in ["0", "-0.0", "-1.5", "2e-308", "5e-324", "1e-400"] {
		let error = read("1", unit).unwrap_err();
		assert!(error.contains("logit_unit is") && error.contains("report"), "{error}");
	}
	for (exponent, unit) in
		[("1", "inf"), ("1", "NaN"), ("1", ""), ("1", "1,5"), ("1.5", "1"), ("null", "1")]
	{
		assert!(read(exponent, unit).is_err(), "{exponent} {unit}");
	}
	for missing in [
		r#"{"input_exponent":1}"#,
		r#"{"logit_unit":"1.0"}"#,
		r#"{"input_exponent":1,"logit_unit":1.0}"#,
		"{}",
	] {
		assert!(serde_json::from_str::<Scale>(missing).is_err(), "{missing}");
	}
}

/// Every import's scale can be read again, to the last bit.
#[test]
fn scales_of_any_samples_survive_json() {
	let mut model = gemm(vec![]);
	// Biases as large as these are out of reach for samples next to zero.
	model.graph.as_mut().unwrap().node[0].input.pop();
	let float = import(&model).unwrap();
	let sizes =
		[f32::from_bits(1), f32::MIN_POSITIVE, 1e-20, 0.3, 1.0, 127.0, 128.0, 1e20, f32::MAX];
	for size in sizes {
		let scale = match quantise(&float, &[vec![size, 0.0], vec![0.0, -size]]) {
			Ok(quantised) => quantised.scale(),
			Err(error) => panic!("{size:e}: {error}"),
		};
		let text = serde_json::to_string(&scale).unwrap();
		assert_eq!(serde_json::from_str::<Scale>(&text).ok(), Some(scale), "{size:e}");
	}
	let mut bits = 1u64;
	for _ in 0..10_000 {
		bits = bits.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
		let logit_unit = f64::from_bits(bits).abs();
		if logit_unit.is_normal() {
			let scale = Scale { input_exponent: 0, logit_unit };
			let text = serde_json::to_string(&scale).unwrap();
			assert_eq!(serde_json::from_str::<Scale>(&text).unwrap(), scale, "{text}");
		}
	}
}

#[test]
fn weights_of_zero_and_biases_out_of_reach_have_named_ends() {
	let with = |weights: &[f32], biases: &[f32]| {
		let mut model = gemm(vec![]);
		let tensors = &mut model.graph.as_mut().unwrap().initializer;
		tensors[0].float_data = weights.to_vec();
		tensors[1].float_data = biases.to_vec();
		quantise(&import(&model).unwrap(), &[vec![0.0, 0.0]])
	};
	let zeros = with(&[0.0; 4], &[3.0, 5.0]).unwrap();
	assert_eq!(zeros.network.classify(&[9, -9]).unwrap().label, 1);
	assert_eq!(with(&[1e-30; 4], &[1e30, 0.0]), Err(QuantiseError::NoScale { layer: 0 }));
}
