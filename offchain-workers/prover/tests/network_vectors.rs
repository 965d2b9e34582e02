//! The circuit against docs/vectors/network.json, which the reference in Rust and another one in JavaScript
//! compute too: logits, labels and all three commitments.

use quittance_circuits::{
	architecture::{Architecture, Extent, Layer, Requantise},
	inference::{self, InferenceWitness, Labels, Parameters},
	Fr,
};
use quittance_groth16::encode_inputs;
use serde_json::Value;
use std::collections::BTreeSet;

fn integer<T: TryFrom<i64>>(value: &Value) -> T {
	value.as_i64().and_then(|number| number.try_into().ok()).expect("a number in range")
}

fn integers<T: TryFrom<i64>>(value: &Value) -> Vec<T> {
	value.as_array().expect("a list").iter().map(integer).collect()
}

fn digest(value: &Value) -> [u8; 32] {
	let bytes = hex::decode(value.as_str().expect("a string")).expect("hexadecimal");
	bytes.try_into().expect("32 bytes")
}

fn requantise(value: &Value) -> Option<Requantise> {
	value.is_object().then(|| Requantise {
		shift: integer(&value["shift"]),
		rectify: value["rectify"].as_bool().expect("a truth value"),
	})
}

fn layer(value: &Value) -> Layer {
	let requantise = requantise(&value["requantise"]);
	match value["kind"].as_str() {
		Some("dense") => Layer::Dense { outputs: integer(&value["outputs"]), requantise },
		Some("convolution") => Layer::Convolution {
			channels: integer(&value["channels"]),
			kernel: integer(&value["kernel"]),
			stride: integer(&value["stride"]),
			padding: integer(&value["padding"]),
			requantise: requantise.expect("a convolution requantises"),
		},
		Some("average-pool") => Layer::AveragePool { window: integer(&value["window"]) },
		kind => panic!("{kind:?} is no kind of layer"),
	}
}

#[test]
fn the_circuit_computes_outputs_and_commitments_of_the_vectors() {
	let vectors: Value =
		serde_json::from_str(include_str!("../../../docs/vectors/network.json")).unwrap();
	let input = &vectors["input"];
	let input = Extent {
		channels: integer(&input["channels"]),
		rows: integer(&input["rows"]),
		columns: integer(&input["columns"]),
	};
	let layers = vectors["layers"].as_array().unwrap();
	let architecture = Architecture::new(input, layers.iter().map(layer).collect()).unwrap();
	assert_eq!(architecture.hash(), digest(&vectors["architecture_hash"]));
	let mut tensor = Vec::new();
	for layer in layers.iter().filter(|layer| !layer["weights"].is_null()) {
		tensor.extend(integers::<i8>(&layer["weights"]).iter().map(|weight| *weight as u8));
		let biases = integers::<i32>(&layer["biases"]);
		tensor.extend(biases.iter().flat_map(|bias| bias.to_le_bytes().into_iter().take(3)));
	}
	let witness = InferenceWitness {
		tensor,
		inputs: vectors["items"].as_array().unwrap().iter().map(integers).collect(),
		input_salt: digest(&vectors["input_salt"]),
		output_salt: digest(&vectors["output_salt"]),
	};
	let parameters = Parameters::new(architecture, witness.inputs.len(), Labels::Public).unwrap();
	let (public, outputs) = inference::public_signals(
		&parameters,
		[Fr::from(1u8), Fr::from(2u8)],
		Fr::from(3u8),
		&witness,
	)
	.unwrap();
	for (item, (label, logits)) in outputs.iter().enumerate() {
		assert_eq!(*label, integer::<u8>(&vectors["labels"][item]), "item {item}");
		assert_eq!(*logits, integers::<i32>(&vectors["logits"][item]), "item {item}");
	}
	// Whoever has no circuit computes the same.
	let assignment = inference::assign(&parameters, &public, &witness).unwrap();
	for (name, place) in
		[("weights_commitment", 3), ("input_commitment", 4), ("output_commitment", 5)]
	{
		let expected = digest(&vectors[name]);
		assert_eq!(encode_inputs(&assignment.publics()[place..=place]), expected, "{name}");
	}
	let shape = inference::shape(&parameters);
	assert_eq!(shape.unsatisfied(&assignment), BTreeSet::new());
}
