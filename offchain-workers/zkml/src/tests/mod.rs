//! Fixtures: a small network with every kind of layer, and a request for it.

mod blobs;
mod execution;
mod networks;
mod properties;
mod training;

use crate::{InputBlob, Network};
use networks::{image, logits, network, requantise};
use quittance_circuits::architecture::Layer as Shape;

fn small() -> Network {
	let shapes = vec![
		Shape::Convolution {
			channels: 2,
			kernel: 3,
			stride: 1,
			padding: 1,
			requantise: requantise(2, true),
		},
		Shape::AveragePool { window: 2 },
		logits(3),
	];
	let weights = (0..18).map(|k| k - 9).collect();
	let parameters =
		vec![(weights, vec![5, -7]), (vec![], vec![]), ((0..24).collect(), vec![1, -2, 3])];
	network(image(1, 4, 4), shapes, parameters).unwrap()
}

/// Items of the small network that look random, and give results that differ.
fn items(count: usize) -> Vec<Vec<i8>> {
	let value = |item: usize, place: usize| ((item * 16 + place) * 7919 % 251) as u8 as i8;
	(0..count).map(|item| (0..16).map(|place| value(item, place)).collect()).collect()
}

/// A request for the small network, about nine items.
fn request() -> InputBlob {
	InputBlob::new([5; 32], small().weights_digest(), 1_000_000_000, items(9)).unwrap()
}
