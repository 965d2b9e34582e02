use super::*;
use crate::{EncodingError, ModelError, MAX_JSON_BYTES, MAX_LAYERS, MAX_SHIFT, MAX_WIDTH};

fn refused(layers: Vec<Layer>) -> ModelError {
	Model::new(layers).unwrap_err()
}

fn edited(from: &str, to: &str) -> ModelError {
	let text = std::str::from_utf8(MODEL).unwrap();
	assert!(text.contains(from), "{from} is in the model file");
	Model::from_json(text.replacen(from, to, 1).as_bytes()).unwrap_err()
}

#[test]
fn bytes_round_trip() {
	let model = digits();
	let bytes = model.to_bytes();
	assert_eq!(Model::from_bytes(&bytes), Ok(model));
	assert!(bytes.starts_with(b"quittance.model\x01"));
}

#[test]
fn the_largest_model_fits_its_bound() {
	let mut layers = vec![layer(64, MAX_WIDTH, MAX_SHIFT, 1)];
	layers.extend(vec![layer(MAX_WIDTH, MAX_WIDTH, 0, -1); MAX_LAYERS - 2]);
	layers.push(layer(MAX_WIDTH, 10, 0, 127));
	let model = Model::new(layers).unwrap();
	assert!(model.to_bytes().len() <= Model::MAX_BYTES);
	assert_eq!(Model::from_bytes(&model.to_bytes()), Ok(model));
}

#[test]
fn digests_cover_what_they_should() {
	let base = digits();
	let with = |edit: fn(&mut Layer)| {
		let mut layers = base.layers().to_vec();
		edit(&mut layers[0]);
		Model::new(layers).unwrap()
	};
	let weight = with(|l| l.weights[5] += 1);
	assert_ne!(weight.weights_digest(), base.weights_digest());
	assert_eq!(weight.architecture_hash(), base.architecture_hash());
	let shift = with(|l| l.shift += 1);
	assert_ne!(shift.weights_digest(), base.weights_digest());
	assert_ne!(shift.architecture_hash(), base.architecture_hash());
	let scale = with(|l| l.scale += 1);
	assert_ne!(scale.weights_digest(), base.weights_digest());
	assert_eq!(scale.architecture_hash(), base.architecture_hash());
}

#[test]
fn fails_when_bytes_are_not_an_encoding() {
	let bytes = digits().to_bytes();
	for length in 0..bytes.len() {
		let error = if length < 15 { EncodingError::WrongTag } else { EncodingError::Malformed };
		assert_eq!(Model::from_bytes(&bytes[..length]), Err(error.into()));
	}
	let mut long = bytes.clone();
	long.push(0);
	assert_eq!(Model::from_bytes(&long), Err(EncodingError::TrailingBytes(1).into()));
	let mut version = bytes.clone();
	version[15] = 2;
	assert_eq!(Model::from_bytes(&version), Err(EncodingError::UnsupportedVersion(2).into()));
	let (len, max) = (Model::MAX_BYTES + 1, Model::MAX_BYTES);
	long.resize(len, 0);
	assert_eq!(Model::from_bytes(&long), Err(EncodingError::TooLarge { len, max }.into()));
	long.resize(max, 0);
	assert!(matches!(
		Model::from_bytes(&long),
		Err(ModelError::Encoding(EncodingError::TrailingBytes(_)))
	));
	// The layer count 2 as a two-byte compact integer means the same and is refused.
	let mut wide = bytes[..16].to_vec();
	wide.extend([0x09, 0x00]);
	wide.extend(&bytes[17..]);
	assert_eq!(Model::from_bytes(&wide), Err(EncodingError::Malformed.into()));
}

#[test]
fn fails_when_layer_count_is_out_of_range() {
	assert_eq!(refused(vec![]), ModelError::LayerCount(0));
	let nine = vec![layer(64, 64, 0, 0); MAX_LAYERS + 1];
	assert_eq!(refused(nine), ModelError::LayerCount(9));
}

#[test]
fn fails_when_width_is_out_of_range() {
	let error = |what, width| ModelError::LayerWidth { layer: 0, what, width };
	assert_eq!(refused(vec![layer(0, 10, 0, 0)]), error("inputs", 0));
	assert_eq!(refused(vec![layer(64, 0, 0, 0)]), error("outputs", 0));
	assert_eq!(refused(vec![layer(MAX_WIDTH + 1, 10, 0, 0)]), error("inputs", 257));
	assert_eq!(refused(vec![layer(64, MAX_WIDTH + 1, 0, 0)]), error("outputs", 257));
}

#[test]
fn fails_when_shapes_disagree() {
	let error =
		|layer, what, expected, found| ModelError::WrongShape { layer, what, expected, found };
	assert_eq!(refused(vec![layer(63, 10, 0, 0)]), error(0, "inputs", 64, 63));
	assert_eq!(refused(vec![layer(64, 9, 0, 0)]), error(0, "outputs", 10, 9));
	assert_eq!(refused(vec![layer(64, 5, 0, 0), layer(6, 10, 0, 0)]), error(1, "inputs", 5, 6));
	let mut short = layer(64, 10, 0, 0);
	short.weights.pop();
	assert_eq!(refused(vec![short]), error(0, "weights", 640, 639));
	let mut biased = layer(64, 10, 0, 0);
	biased.biases.push(0);
	assert_eq!(refused(vec![biased]), error(0, "biases", 10, 11));
}

#[test]
fn fails_when_shift_is_too_large() {
	let with = |shift| vec![layer(64, 4, shift, 1), layer(4, 10, 0, 1)];
	assert!(Model::new(with(MAX_SHIFT)).is_ok());
	assert_eq!(refused(with(31)), ModelError::Shift { layer: 0, shift: 31, max: 30 });
	assert_eq!(
		refused(vec![layer(64, 10, 1, 1)]),
		ModelError::Shift { layer: 0, shift: 1, max: 0 }
	);
}

#[test]
fn boundary_sum_reaches_but_does_not_leave_32_bits() {
	// 64 pixels of at most 16, then 2 activations of at most 127.
	for (weight, bias) in [(127, i32::MAX - 127 * 64 * 16), (-128, i32::MIN + 128 * 64 * 16)] {
		let mut first = layer(64, 10, 0, weight);
		first.biases[3] = bias;
		assert!(Model::new(vec![first.clone()]).is_ok());
		first.biases[3] += i32::from(weight.signum());
		assert_eq!(refused(vec![first]), ModelError::Overflow { layer: 0, neuron: 3 });
	}
	let mut second = layer(2, 10, 0, 1);
	second.biases[9] = i32::MAX - 2 * 127;
	let first = layer(64, 2, 0, 1);
	assert!(Model::new(vec![first.clone(), second.clone()]).is_ok());
	second.biases[9] += 1;
	assert_eq!(refused(vec![first, second]), ModelError::Overflow { layer: 1, neuron: 9 });
}

#[test]
fn fails_when_json_is_not_a_model() {
	assert!(matches!(Model::from_json(b"{"), Err(ModelError::Json(_))));
	assert!(matches!(edited("\"shift\":6", "\"shift\":6,\"bits\":8"), ModelError::Json(_)));
	assert!(matches!(edited("\"shift\":6,", ""), ModelError::Json(_)));
	assert!(matches!(edited("[0,-2,", "[0,-2.5,"), ModelError::Json(_)));
	let mut trailing = MODEL.to_vec();
	trailing.extend(b"{}");
	assert!(matches!(Model::from_json(&trailing), Err(ModelError::Json(_))));
	assert_eq!(
		edited("quittance.model", "other.model"),
		ModelError::WrongFormat("other.model".into())
	);
	assert_eq!(edited("\"version\":1", "\"version\":2"), ModelError::UnsupportedVersion(2));
	let (len, max) = (MAX_JSON_BYTES + 1, MAX_JSON_BYTES);
	assert_eq!(
		Model::from_json(&vec![b' '; len]),
		Err(EncodingError::TooLarge { len, max }.into())
	);
}

#[test]
fn fails_when_json_value_is_out_of_range() {
	let error = |what, index, value| ModelError::ValueOutOfRange { layer: 0, what, index, value };
	assert_eq!(edited("[0,-2,", "[0,-129,"), error("weight", 1, -129));
	assert_eq!(edited("[0,-2,", "[0,128,"), error("weight", 1, 128));
	let bias = format!("\"biases\":[{},", 1i64 << 31);
	assert_eq!(edited("\"biases\":[", &bias), error("bias", 0, 1 << 31));
}

#[test]
fn fails_when_json_rows_disagree_with_the_shape() {
	let error = |what, expected, found| ModelError::WrongShape { layer: 0, what, expected, found };
	assert_eq!(edited("[0,-2,", "[-2,"), error("weights in a row", 64, 63));
	assert_eq!(edited("\"outputs\":32", "\"outputs\":33"), error("rows of weights", 33, 32));
}
