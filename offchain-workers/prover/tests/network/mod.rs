//! Networks to prove inferences of.

use quittance_circuits::{
	architecture::{Architecture, Extent, Layer, Requantise},
	inference::{self, InferenceWitness, Labels, Parameters, PublicSignals},
	Fr,
};

/// A rectified layer.
pub fn hidden(outputs: u16) -> Layer {
	Layer::Dense { outputs, requantise: Some(Requantise { shift: 8, rectify: true }) }
}

/// The last layer.
pub fn logits(outputs: u16) -> Layer {
	Layer::Dense { outputs, requantise: None }
}

/// The circuit for one item of a network, with a public label.
pub fn parameters(input: Extent, layers: Vec<Layer>) -> Parameters {
	let architecture = Architecture::new(input, layers).expect("the layers fit each other");
	Parameters::new(architecture, 1, Labels::Public).expect("the circuit is small enough")
}

/// A true statement about weights and inputs that look random.
pub fn statement(parameters: &Parameters, item: u64) -> (PublicSignals, InferenceWitness) {
	let mut state = item;
	let mut byte = || {
		state =
			state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
		(state >> 56) as u8
	};
	let architecture = parameters.architecture();
	let mut tensor = Vec::new();
	for placed in architecture.placed() {
		tensor.extend((0..placed.weights()).map(|_| byte()));
		for _ in 0..placed.biases() {
			tensor.extend(&(i32::from(byte()) * 16 - 2048).to_le_bytes()[..3]);
		}
	}
	let witness = InferenceWitness {
		tensor,
		inputs: vec![(0..architecture.input().values()).map(|_| byte() as i8).collect()],
		input_salt: [byte(); 32],
		output_salt: [byte(); 32],
	};
	let context = [Fr::from(u128::MAX), Fr::from(item)];
	let (public, _) = inference::public_signals(parameters, context, Fr::from(7u8), &witness)
		.expect("tensor and inputs are the network's");
	(public, witness)
}
