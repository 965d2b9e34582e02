use super::*;
use crate::{BatchError, EncodingError, ImageError, InvalidBlob, OutputBlob, MAX_IMAGES};

fn claim(count: usize) -> OutputBlob {
	OutputBlob::new([1; 32], [2; 32], vec![9; count], vec![[i32::MIN; 10]; count]).unwrap()
}

#[test]
fn input_agrees_with_python() {
	let (input, v) = (request(), vectors());
	assert_eq!(hex::encode(input.encode()), v.input_bytes);
	assert_eq!(hex::encode(input.digest()), v.input_digest);
	assert_eq!(InputBlob::decode(&hex::decode(v.input_bytes).unwrap()), Ok(input));
}

#[test]
fn output_agrees_with_python() {
	let v = vectors();
	let salt = bytes32(&v.output_salt);
	let output =
		OutputBlob::new(salt, bytes32(&v.input_digest), v.labels.clone(), v.logits.clone())
			.unwrap();
	assert_eq!(hex::encode(output.encode()), v.output_bytes);
	assert_eq!(hex::encode(output.digest()), v.output_digest);
	assert_eq!(OutputBlob::decode(&hex::decode(v.output_bytes).unwrap()), Ok(output));
}

#[test]
fn fields_are_what_was_given() {
	let (input, v) = (request(), vectors());
	assert_eq!(*input.salt(), bytes32(&v.input_salt));
	assert_eq!(*input.model(), bytes32(&v.weights_digest));
	assert_eq!(input.images(), images(&v.images));
	assert_eq!(
		(input.units(), input.unit_price(), input.amount()),
		(9, v.unit_price, 9_000_000_000)
	);
	let output = claim(2);
	assert_eq!((output.salt(), output.input()), (&[1; 32], &[2; 32]));
	assert_eq!((output.labels(), output.logits()), (&[9, 9][..], &[[i32::MIN; 10]; 2][..]));
}

#[test]
fn boundary_blobs_of_most_images_have_exactly_the_longest_encoding() {
	let input = InputBlob::new([0; 32], [0; 32], 1, vec![[16; 64]; MAX_IMAGES]).unwrap();
	assert_eq!(input.encode().len(), InputBlob::MAX_BYTES);
	assert_eq!(InputBlob::decode(&input.encode()), Ok(input));
	let output = claim(MAX_IMAGES);
	assert_eq!(output.encode().len(), OutputBlob::MAX_BYTES);
	assert_eq!(OutputBlob::decode(&output.encode()), Ok(output));
}

#[test]
fn salts_change_digests() {
	let a = InputBlob::new([0; 32], [0; 32], 1, vec![[0; 64]]).unwrap();
	let b = InputBlob::new([1; 32], [0; 32], 1, vec![[0; 64]]).unwrap();
	assert_ne!(a.digest(), b.digest());
	let c = OutputBlob::new([3; 32], [2; 32], vec![9], vec![[i32::MIN; 10]]).unwrap();
	assert_ne!(c.digest(), claim(1).digest());
}

#[test]
fn fails_when_image_count_is_out_of_range() {
	for count in [0, MAX_IMAGES + 1] {
		let input = InputBlob::new([0; 32], [0; 32], 1, vec![[0; 64]; count]);
		assert_eq!(input, Err(InvalidBlob::ImageCount(count)));
		let output = OutputBlob::new([0; 32], [0; 32], vec![0; count], vec![[0; 10]; count]);
		assert_eq!(output, Err(InvalidBlob::ImageCount(count)));
	}
}

#[test]
fn boundary_amount_fits_64_bits() {
	let at = |unit_price, images| {
		InputBlob::new([0; 32], [0; 32], unit_price, vec![[0; 64]; images]).map(|b| b.amount())
	};
	assert_eq!(at(0, 1), Ok(0));
	assert_eq!(at(u64::MAX, 1), Ok(u64::MAX));
	assert_eq!(at(u64::MAX / 3, 3), Ok(u64::MAX));
	let unit_price = u64::MAX / 3 + 1;
	assert_eq!(at(unit_price, 3), Err(InvalidBlob::AmountOverflow { images: 3, unit_price }));
}

#[test]
fn fails_when_a_pixel_is_out_of_range() {
	let mut bad = [16; 64];
	bad[7] = 17;
	let error = ImageError::PixelOutOfRange { pixel: 7, value: 17 };
	let expected = Err(InvalidBlob::Image(BatchError { image: 1, error }));
	assert_eq!(InputBlob::new([0; 32], [0; 32], 1, vec![[0; 64], bad]), expected);
	let good = InputBlob::new([0; 32], [0; 32], 1, vec![[0; 64], [16; 64]]).unwrap();
	let mut bytes = good.encode();
	let start = bytes.len() - 64;
	bytes[start + 7] = 17;
	assert_eq!(InputBlob::decode(&bytes), expected);
}

#[test]
fn fails_when_labels_and_logits_differ_in_number() {
	let output = OutputBlob::new([0; 32], [0; 32], vec![0; 2], vec![[0; 10]; 3]);
	assert_eq!(output, Err(InvalidBlob::UnequalLengths { labels: 2, logits: 3 }));
}

#[test]
fn fails_when_a_label_names_no_class() {
	let output = OutputBlob::new([0; 32], [0; 32], vec![9, 10], vec![[0; 10]; 2]);
	assert_eq!(output, Err(InvalidBlob::LabelOutOfRange { image: 1, label: 10 }));
}

#[test]
fn fails_when_bytes_are_not_an_encoding() {
	fn every_error<T: std::fmt::Debug + PartialEq>(
		bytes: &[u8],
		tag: usize,
		max: usize,
		decode: fn(&[u8]) -> Result<T, InvalidBlob>,
	) {
		for length in 0..bytes.len() {
			let error =
				if length < tag { EncodingError::WrongTag } else { EncodingError::Malformed };
			assert_eq!(decode(&bytes[..length]), Err(error.into()));
		}
		let mut long = bytes.to_vec();
		long.push(0);
		assert_eq!(decode(&long), Err(EncodingError::TrailingBytes(1).into()));
		let mut version = bytes.to_vec();
		version[tag] = 0;
		assert_eq!(decode(&version), Err(EncodingError::UnsupportedVersion(0).into()));
		let len = max + 1;
		long.resize(len, 0);
		assert_eq!(decode(&long), Err(EncodingError::TooLarge { len, max }.into()));
	}
	every_error(&request().encode(), 15, InputBlob::MAX_BYTES, InputBlob::decode);
	every_error(&claim(3).encode(), 16, OutputBlob::MAX_BYTES, OutputBlob::decode);
	let swapped = InputBlob::decode(&claim(3).encode());
	assert_eq!(swapped, Err(EncodingError::WrongTag.into()));
}

#[test]
fn whatever_decodes_encodes_to_the_same_bytes() {
	let (input, output) = (request().encode(), claim(3).encode());
	for (place, bit) in (0..input.len()).flat_map(|p| (0..8).map(move |b| (p, b))) {
		let mut bytes = input.clone();
		bytes[place] ^= 1 << bit;
		if let Ok(blob) = InputBlob::decode(&bytes) {
			assert_eq!(blob.encode(), bytes);
		}
	}
	for (place, bit) in (0..output.len()).flat_map(|p| (0..8).map(move |b| (p, b))) {
		let mut bytes = output.clone();
		bytes[place] ^= 1 << bit;
		if let Ok(blob) = OutputBlob::decode(&bytes) {
			assert_eq!(blob.encode(), bytes);
		}
	}
}
