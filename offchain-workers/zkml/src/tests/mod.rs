//! Fixtures: the committed classifier, its held-out images and the vectors that Python computed.

mod blobs;
mod digits;
mod execution;
mod models;
mod networks;
mod properties;
mod training;

use serde::Deserialize;

use crate::{Image, InputBlob, Layer, Model};

const MODEL: &[u8] = include_bytes!("../../digits/model.json");
const HELD_OUT: &[u8] = include_bytes!("../../digits/held-out.json");
const VECTORS: &[u8] = include_bytes!("../../digits/vectors.json");

#[derive(Deserialize)]
struct HeldOut {
	integer_correct: usize,
	labels: Vec<u8>,
	images: Vec<Vec<u8>>,
}

#[derive(Deserialize)]
struct Vectors {
	model_length: usize,
	weights_digest: String,
	architecture_hash: String,
	unit_price: u64,
	input_salt: String,
	input_bytes: String,
	input_digest: String,
	output_salt: String,
	output_bytes: String,
	output_digest: String,
	labels: Vec<u8>,
	logits: Vec<[i32; 10]>,
	images: Vec<Vec<u8>>,
}

fn digits() -> Model {
	Model::from_json(MODEL).unwrap()
}

fn vectors() -> Vectors {
	serde_json::from_slice(VECTORS).unwrap()
}

fn images(rows: &[Vec<u8>]) -> Vec<Image> {
	rows.iter().map(|row| row.as_slice().try_into().unwrap()).collect()
}

fn bytes32(text: &str) -> [u8; 32] {
	hex::decode(text).unwrap().try_into().unwrap()
}

/// The request of the vectors.
fn request() -> InputBlob {
	let v = vectors();
	let model = bytes32(&v.weights_digest);
	InputBlob::new(bytes32(&v.input_salt), model, v.unit_price, images(&v.images)).unwrap()
}

/// A layer of one weight everywhere, with biases of zero.
fn layer(inputs: u16, outputs: u16, shift: u8, weight: i8) -> Layer {
	let (i, o) = (usize::from(inputs), usize::from(outputs));
	Layer { inputs, outputs, scale: 0, shift, weights: vec![weight; i * o], biases: vec![0; o] }
}
