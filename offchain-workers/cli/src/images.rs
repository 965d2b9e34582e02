//! Files with images.

use crate::{
	document::{Document, Node},
	failure::{Failure, Fault},
};
use quittance_zkml::{Image, CLASSES, PIXEL_MAX};

/// Images with the labels people gave them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LabelledImages {
	/// 8x8 pixels each, row by row.
	pub images: Vec<Image>,
	/// One for each image.
	pub labels: Vec<u8>,
}

impl LabelledImages {
	/// Reads `{"images": [[64 pixels of 0 to 16], ..], "labels": [0 to 9, ..], ..}`. Other fields
	/// may be there; they describe where the images come from.
	pub fn of(document: &Document) -> Result<Self, Failure> {
		let root = document.root();
		let images = root.field("images")?;
		let labels = root.field("labels")?;
		let set = Self {
			images: images.items()?.iter().map(image).collect::<Result<_, _>>()?,
			labels: labels.items()?.iter().map(label).collect::<Result<_, _>>()?,
		};
		if set.labels.len() != set.images.len() {
			let detail = format!("{} labels for {} images", set.labels.len(), set.images.len());
			return Err(labels.fail(Fault::WrongLength, detail));
		}
		Ok(set)
	}

	/// `count` of them from place `first` on.
	pub fn batch(&self, first: usize, count: usize) -> Option<Self> {
		let end = first.checked_add(count)?;
		Some(Self {
			images: self.images.get(first..end)?.to_vec(),
			labels: self.labels.get(first..end)?.to_vec(),
		})
	}
}

fn image(node: &Node<'_>) -> Result<Image, Failure> {
	let pixels: [Node<'_>; 64] = node.exactly()?;
	let mut image = [0; 64];
	for (to, pixel) in image.iter_mut().zip(&pixels) {
		*to = bounded(pixel, PIXEL_MAX)?;
	}
	Ok(image)
}

fn label(node: &Node<'_>) -> Result<u8, Failure> {
	bounded(node, u8::try_from(CLASSES.saturating_sub(1)).unwrap_or(u8::MAX))
}

fn bounded(node: &Node<'_>, largest: u8) -> Result<u8, Failure> {
	let number = node.integer()?;
	if number > largest {
		return Err(node.fail(Fault::OutOfRange, format!("{number}, at most {largest}")));
	}
	Ok(number)
}
