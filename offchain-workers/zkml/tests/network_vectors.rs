//! The vectors of docs/vectors/network.json: a small network with every kind of layer, what it gives, and
//! the commitments. `UPDATE_VECTORS=1` writes the file anew after a deliberate change of a format.

use quittance_circuits::architecture::{Architecture, Extent, Layer, Requantise};
use quittance_zkml::{commit, Network, Parameters};
use serde_json::{json, Value};
use std::path::Path;

/// Numbers that look random and are the same everywhere: multiples of a prime, modulo another.
fn numbers(first: i64, count: usize) -> impl Iterator<Item = i64> {
	(first..).take(count).map(|k| (k * 7919) % 251 - 125)
}

fn network() -> Network {
	let input = Extent { channels: 2, rows: 6, columns: 8 };
	let requantise = |shift, rectify| Requantise { shift, rectify };
	let layers = vec![
		Layer::Convolution {
			channels: 3,
			kernel: 3,
			stride: 1,
			padding: 1,
			requantise: requantise(9, false),
		},
		Layer::AveragePool { window: 2 },
		Layer::Convolution {
			channels: 4,
			kernel: 2,
			stride: 2,
			padding: 1,
			requantise: requantise(7, true),
		},
		Layer::Dense { outputs: 5, requantise: Some(requantise(0, false)) },
		Layer::Dense { outputs: 4, requantise: None },
	];
	let architecture = Architecture::new(input, layers).expect("a valid architecture");
	let parameters = architecture
		.placed()
		.enumerate()
		.map(|(place, placed)| {
			let first = 100 * place as i64;
			let weights = numbers(first, placed.weights()).map(|number| number as i8);
			let biases = numbers(first + 50, placed.biases()).map(|number| number as i32 * 40);
			Parameters { weights: weights.collect(), biases: biases.collect() }
		})
		.collect();
	Network::new(architecture, parameters).expect("a valid network")
}

fn vectors() -> Value {
	let network = network();
	let architecture = network.architecture();
	let values = architecture.input().values();
	let items: Vec<Vec<i8>> = vec![
		numbers(1000, values).map(|number| number as i8).collect(),
		vec![0; values],
		vec![127; values],
		vec![-128; values],
	];
	let outputs: Vec<_> =
		items.iter().map(|item| network.classify(item).expect("a valid item")).collect();
	let (input_salt, output_salt) = ([0xa5; 32], [0x5a; 32]);
	let layer = |(layer, parameters): (&Layer, &Parameters)| {
		let requantise = |requantise: &Requantise| json!({ "shift": requantise.shift, "rectify": requantise.rectify });
		let (weights, biases) = (&parameters.weights, &parameters.biases);
		match layer {
			Layer::Dense { outputs, requantise: how } => json!({
				"kind": "dense",
				"outputs": outputs,
				"requantise": how.as_ref().map(requantise),
				"weights": weights,
				"biases": biases,
			}),
			Layer::Convolution { channels, kernel, stride, padding, requantise: how } => json!({
				"kind": "convolution",
				"channels": channels,
				"kernel": kernel,
				"stride": stride,
				"padding": padding,
				"requantise": requantise(how),
				"weights": weights,
				"biases": biases,
			}),
			Layer::AveragePool { window } => json!({ "kind": "average-pool", "window": window }),
		}
	};
	let commitments = commit(&network);
	let input = architecture.input();
	json!({
		"about": "a quantised network; hashes are hex of the bytes on the wire",
		"input": { "channels": input.channels, "rows": input.rows, "columns": input.columns },
		"layers":
			architecture.layers().iter().zip(network.parameters()).map(layer).collect::<Vec<_>>(),
		"network_digest": hex::encode(network.digest()),
		"architecture_hash": hex::encode(commitments.architecture_hash),
		"weights_commitment": hex::encode(commitments.poseidon.0),
		"tensor_sha256": hex::encode(commitments.sha256),
		"items": items,
		"input_salt": hex::encode(input_salt),
		"input_commitment":
			hex::encode(network.input_commitment(&items, &input_salt).expect("valid items").0),
		"labels": outputs.iter().map(|output| output.label).collect::<Vec<_>>(),
		"logits": outputs.iter().map(|output| &output.logits).collect::<Vec<_>>(),
		"output_salt": hex::encode(output_salt),
		"output_commitment":
			hex::encode(network.output_commitment(&outputs, &output_salt).expect("outputs").0),
	})
}

#[test]
fn a_network_gives_the_published_vectors() {
	// From the package, where cargo runs tests.
	let file = Path::new("../../docs/vectors/network.json");
	let computed = vectors();
	if std::env::var_os("UPDATE_VECTORS").is_some() {
		let text = serde_json::to_string(&computed).expect("JSON") + "\n";
		std::fs::write(file, text).expect("the vectors' file can be written");
	}
	let text = std::fs::read_to_string(file).expect("the vectors' file is there");
	let published: Value = serde_json::from_str(&text).expect("the vectors' file is JSON");
	assert_eq!(computed, published);
}
