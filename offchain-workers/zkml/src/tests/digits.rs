use super::*;
use crate::{BatchError, ImageError, Output};

#[test]
fn held_out_accuracy_is_the_one_training_printed() {
	let held: HeldOut = serde_json::from_slice(HELD_OUT).unwrap();
	let outputs = digits().classify_batch(&images(&held.images)).unwrap();
	let correct = outputs.iter().zip(&held.labels).filter(|(o, l)| o.label == **l).count();
	assert_eq!((correct, held.images.len()), (held.integer_correct, 360));
	assert!(correct * 100 >= 95 * 360);
}

#[test]
fn logits_agree_with_python() {
	let v = vectors();
	let outputs = digits().classify_batch(&images(&v.images)).unwrap();
	let expected: Vec<_> = v
		.labels
		.iter()
		.zip(&v.logits)
		.map(|(label, logits)| Output { label: *label, logits: *logits })
		.collect();
	assert_eq!(outputs, expected);
}

#[test]
fn vectors_reach_saturation() {
	let model = digits();
	let first = &model.layers()[0];
	let saturates = images(&vectors().images).iter().any(|image| {
		let input: Vec<_> = image.iter().copied().map(i32::from).collect();
		first.sums(0, &input).unwrap().iter().any(|sum| sum >> first.shift > 127)
	});
	assert!(saturates);
}

#[test]
fn digests_and_encoding_agree_with_python() {
	let (model, v) = (digits(), vectors());
	assert_eq!(model.to_bytes().len(), v.model_length);
	assert_eq!(hex::encode(model.weights_digest()), v.weights_digest);
	assert_eq!(hex::encode(model.architecture_hash()), v.architecture_hash);
}

#[test]
fn boundary_pixel_16_passes_17_is_refused() {
	let model = digits();
	assert!(model.classify(&[16; 64]).is_ok());
	let mut image = [0; 64];
	image[63] = 17;
	let error = ImageError::PixelOutOfRange { pixel: 63, value: 17 };
	assert_eq!(model.classify(&image), Err(error));
	assert_eq!(
		model.classify_batch(&[[0; 64], image, [255; 64]]),
		Err(BatchError { image: 1, error })
	);
}

#[test]
fn an_empty_batch_has_no_results() {
	assert_eq!(digits().classify_batch(&[]), Ok(vec![]));
}

#[test]
fn equal_logits_give_the_lowest_label() {
	let mut only = layer(64, 10, 0, 0);
	let model = Model::new(vec![only.clone()]).unwrap();
	assert_eq!(model.classify(&[3; 64]), Ok(Output { label: 0, logits: [0; 10] }));
	only.biases = vec![-5, 2, -1, 7, 7, 0, 7, 1, 1, 1];
	assert_eq!(Model::new(vec![only]).unwrap().classify(&[3; 64]).unwrap().label, 3);
}

#[test]
fn the_least_logit_is_a_logit() {
	let mut only = layer(64, 10, 0, 0);
	only.biases = vec![i32::MIN; 10];
	let output = Model::new(vec![only]).unwrap().classify(&[0; 64]).unwrap();
	assert_eq!(output, Output { label: 0, logits: [i32::MIN; 10] });
}

#[test]
fn hidden_layers_rectify_shift_and_saturate() {
	// The hidden layer sees 64 x 16 x weight + bias; the last one copies its first output.
	let logit = |weight: i8, bias: i32, shift: u8| {
		let mut hidden = layer(64, 1, shift, weight);
		hidden.biases[0] = bias;
		let model = Model::new(vec![hidden, layer(1, 10, 0, 1)]).unwrap();
		model.classify(&[16; 64]).unwrap().logits[9]
	};
	assert_eq!(logit(-1, 0, 0), 0);
	assert_eq!(logit(0, 127, 0), 127);
	assert_eq!(logit(0, 128, 0), 127);
	assert_eq!(logit(1, 0, 3), 127);
	assert_eq!(logit(1, -1, 3), 127);
	assert_eq!(logit(1, -9, 3), 126);
	assert_eq!(logit(1, 0, 4), 64);
	assert_eq!(logit(1, -1, 4), 63);
	assert_eq!(logit(0, i32::MAX, 30), 1);
}

#[test]
fn an_unchecked_layer_stops_at_overflow() {
	let mut raw = layer(64, 2, 0, 1);
	raw.biases[1] = i32::MAX;
	assert_eq!(raw.sums(4, &[1; 64]), Err(ImageError::Overflow { layer: 4, neuron: 1 }));
}
