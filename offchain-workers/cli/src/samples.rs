//! Files with samples, and a network's items made of them.

use crate::{
	document::read_file,
	failure::{Failure, Fault},
	model::onnx,
};
use quittance_zkml::onnx::{read_samples, Scale};
use std::path::Path;

/// Longest file with a scale, in bytes: the report of an import says more beside it.
const MAX_SCALE_BYTES: u64 = 1 << 20;

/// Items with the labels people gave them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LabelledItems {
	/// A network's inputs.
	pub items: Vec<Vec<i8>>,
	/// One for each item.
	pub labels: Vec<u8>,
}

impl LabelledItems {
	/// `count` of them from place `first` on.
	pub fn batch(&self, first: usize, count: usize) -> Option<Self> {
		let end = first.checked_add(count)?;
		Some(Self {
			items: self.items.get(first..end)?.to_vec(),
			labels: self.labels.get(first..end)?.to_vec(),
		})
	}
}

/// `count` samples of an ONNX tensor file from place `first` on, as items of the network whose scale the other file has.
pub fn read_items(
	samples: &Path,
	scale: &Path,
	first: usize,
	count: usize,
) -> Result<Vec<Vec<i8>>, Failure> {
	let all = onnx(samples, read_samples)?;
	let chosen = first.checked_add(count).and_then(|end| all.get(first..end)).ok_or_else(|| {
		let detail = format!("it has {} samples, asked for {count} from place {first}", all.len());
		Failure::file(samples, Fault::OutOfRange, detail)
	})?;
	let scale = read_scale(scale)?;
	Ok(chosen.iter().map(|sample| scale.input(sample)).collect())
}

fn read_scale(file: &Path) -> Result<Scale, Failure> {
	let json = read_file(file, MAX_SCALE_BYTES)?;
	serde_json::from_slice(&json).map_err(|error| Failure::file(file, Fault::Invalid, error))
}
