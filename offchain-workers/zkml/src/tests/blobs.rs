use super::*;
use crate::{Classification, EncodingError, InvalidBlob, OutputBlob, MAX_ITEMS};
use quittance_circuits::{
	architecture::{MAX_LOGITS, MAX_VALUES},
	commitment,
};

fn results(count: usize, logits: usize) -> Vec<Classification> {
	let label = u8::try_from(logits - 1).unwrap();
	vec![Classification { label, logits: vec![i32::MIN; logits] }; count]
}

fn claim(count: usize) -> OutputBlob {
	OutputBlob::new([1; 32], [2; 32], results(count, 10)).unwrap()
}

/// The layouts as docs/protocol.md has them, put together by hand.
#[test]
fn encodings_are_those_of_the_protocol() {
	let items = vec![vec![1, -1, -128], vec![127, 0, 2]];
	let input = InputBlob::new([3; 32], [4; 32], 0x0102, items).unwrap();
	let mut bytes = b"quittance.input\x01".to_vec();
	bytes.extend([3; 32]);
	bytes.extend([4; 32]);
	bytes.extend([2, 1, 0, 0, 0, 0, 0, 0]);
	bytes.extend([2 << 2, 1, 255, 128, 127, 0, 2]);
	assert_eq!(input.encode(), bytes);
	assert_eq!(InputBlob::decode(&bytes, 3), Ok(input));

	let results = vec![
		Classification { label: 1, logits: vec![-2, 0x0102_0304] },
		Classification { label: 0, logits: vec![5, 5] },
	];
	let output = OutputBlob::new([6; 32], [7; 32], results).unwrap();
	let mut bytes = b"quittance.output\x02".to_vec();
	bytes.extend([6; 32]);
	bytes.extend([7; 32]);
	bytes.push(2 << 2);
	let result_bytes = [1, 0xfe, 0xff, 0xff, 0xff, 4, 3, 2, 1, 0, 5, 0, 0, 0, 5, 0, 0, 0];
	bytes.extend(result_bytes);
	assert_eq!((output.encode(), output.result_bytes()), (bytes.clone(), result_bytes.to_vec()));
	assert_eq!(OutputBlob::decode(&bytes), Ok(output));
}

/// One format of an output: what a job stores is what a proof's commitment is about.
#[test]
fn results_are_the_bytes_that_are_committed_to() {
	let output = crate::run(&small(), &request(), [8; 32]).unwrap();
	let bytes = output.result_bytes();
	assert_eq!(bytes.len(), 9 * (1 + 4 * 3));
	let head = commitment::output_head(9, bytes.len(), output.salt());
	let chained = commitment::chain(head, &commitment::pack(&bytes));
	let committed = small().output_commitment(output.results(), output.salt()).unwrap();
	assert_eq!(committed, chained.into());
}

#[test]
fn fields_are_what_was_given() {
	let input = request();
	assert_eq!((*input.salt(), *input.weights()), ([5; 32], small().weights_digest()));
	assert_eq!((input.items(), input.item_values()), (&items(9)[..], 16));
	assert_eq!(
		(input.units(), input.unit_price(), input.amount()),
		(9, 1_000_000_000, 9_000_000_000)
	);
	let output = claim(2);
	assert_eq!((output.salt(), output.input()), (&[1; 32], &[2; 32]));
	assert_eq!((output.labels(), output.results()), (vec![9, 9], &results(2, 10)[..]));
}

#[test]
fn boundary_the_largest_blobs_have_exactly_the_longest_encoding() {
	for values in [1, 64] {
		let input = InputBlob::new([0; 32], [0; 32], 1, vec![vec![16; values]; MAX_ITEMS]).unwrap();
		assert_eq!(input.encode().len(), InputBlob::max_bytes(values));
		assert_eq!(InputBlob::decode(&input.encode(), values), Ok(input));
	}
	let output = OutputBlob::new([1; 32], [2; 32], results(MAX_ITEMS, MAX_LOGITS)).unwrap();
	assert_eq!(output.encode().len(), OutputBlob::MAX_BYTES);
	assert_eq!(OutputBlob::decode(&output.encode()), Ok(output));
}

#[test]
fn salts_change_digests() {
	let a = InputBlob::new([0; 32], [0; 32], 1, vec![vec![0; 64]]).unwrap();
	let b = InputBlob::new([1; 32], [0; 32], 1, vec![vec![0; 64]]).unwrap();
	assert_ne!(a.digest(), b.digest());
	let c = OutputBlob::new([3; 32], [2; 32], results(1, 10)).unwrap();
	assert_ne!(c.digest(), claim(1).digest());
}

#[test]
fn fails_when_item_count_is_out_of_range() {
	for count in [0, MAX_ITEMS + 1] {
		let input = InputBlob::new([0; 32], [0; 32], 1, vec![vec![0]; count]);
		assert_eq!(input, Err(InvalidBlob::ItemCount(count)));
		let output = OutputBlob::new([0; 32], [0; 32], results(count, 1));
		assert_eq!(output, Err(InvalidBlob::ItemCount(count)));
	}
	let mut none = OutputBlob::new([0; 32], [0; 32], results(1, 1)).unwrap().encode();
	none.truncate(16 + 1 + 64);
	none.push(0);
	assert_eq!(OutputBlob::decode(&none), Err(InvalidBlob::ItemCount(0)));
}

#[test]
fn boundary_items_have_as_many_values_as_networks_take_all_alike() {
	let new = |items: Vec<Vec<i8>>| InputBlob::new([0; 32], [0; 32], 1, items).map(|_| ());
	assert_eq!((new(vec![vec![0]]), new(vec![vec![0; MAX_VALUES]])), (Ok(()), Ok(())));
	for values in [0, MAX_VALUES + 1] {
		assert_eq!(new(vec![vec![0; values]]), Err(InvalidBlob::ItemValues(values)));
		let decoded = InputBlob::decode(&request().encode(), values);
		assert_eq!(decoded, Err(InvalidBlob::ItemValues(values)));
	}
	let error = InvalidBlob::UnequalItems { item: 1, expected: 2, found: 3 };
	assert_eq!(new(vec![vec![0; 2], vec![0; 3]]), Err(error));
}

#[test]
fn boundary_amount_fits_64_bits() {
	let at = |unit_price, items| {
		InputBlob::new([0; 32], [0; 32], unit_price, vec![vec![0; 64]; items]).map(|b| b.amount())
	};
	assert_eq!(at(0, 1), Ok(0));
	assert_eq!(at(u64::MAX, 1), Ok(u64::MAX));
	assert_eq!(at(u64::MAX / 3, 3), Ok(u64::MAX));
	let unit_price = u64::MAX / 3 + 1;
	assert_eq!(at(unit_price, 3), Err(InvalidBlob::AmountOverflow { items: 3, unit_price }));
}

#[test]
fn boundary_results_have_as_many_logits_as_networks_give_all_alike() {
	let new = |results| OutputBlob::new([0; 32], [0; 32], results).map(|_| ());
	assert_eq!((new(results(1, 1)), new(results(1, MAX_LOGITS))), (Ok(()), Ok(())));
	for logits in [0, MAX_LOGITS + 1] {
		let result = Classification { label: 0, logits: vec![0; logits] };
		assert_eq!(new(vec![result]), Err(InvalidBlob::Logits(logits)));
	}
	let error = InvalidBlob::UnequalResults { item: 1, expected: 2, found: 3 };
	assert_eq!(new([results(1, 2), results(1, 3)].concat()), Err(error));
}

#[test]
fn fails_when_the_bytes_of_results_do_not_come_out_even() {
	let head = OutputBlob::new([1; 32], [2; 32], results(2, 3)).unwrap().encode();
	let head = &head[..16 + 1 + 64 + 1];
	let decoded = |bytes: usize| {
		OutputBlob::decode(&[head, &vec![0; bytes]].concat()).map(|output| output.results().len())
	};
	assert_eq!((decoded(2 * 5), decoded(2 * (1 + 4 * MAX_LOGITS))), (Ok(2), Ok(2)));
	for bytes in [0, 1, 2, 8, 9, 11, 12, 14, 16, 17, 2 * (1 + 4 * MAX_LOGITS) + 8] {
		assert_eq!(decoded(bytes), Err(InvalidBlob::ResultBytes { items: 2, bytes }), "{bytes}");
	}
}

#[test]
fn fails_when_a_label_names_no_logit() {
	let mut wrong = results(2, 10);
	wrong[1].label = 10;
	let error = InvalidBlob::LabelOutOfRange { item: 1, label: 10, logits: 10 };
	assert_eq!(OutputBlob::new([0; 32], [0; 32], wrong), Err(error.clone()));
	let mut bytes = claim(2).encode();
	let place = bytes.len() - 41;
	bytes[place] = 10;
	assert_eq!(OutputBlob::decode(&bytes), Err(error));
}

#[test]
fn fails_when_bytes_are_not_an_encoding() {
	let bytes = request().encode();
	let max = InputBlob::max_bytes(16);
	let decode = |bytes: &[u8]| InputBlob::decode(bytes, 16);
	for length in 0..bytes.len() {
		let error = if length < 15 { EncodingError::WrongTag } else { EncodingError::Malformed };
		assert_eq!(decode(&bytes[..length]), Err(error.into()));
	}
	let mut long = bytes.clone();
	long.push(0);
	assert_eq!(decode(&long), Err(EncodingError::TrailingBytes(1).into()));
	let mut version = bytes;
	version[15] = 0;
	assert_eq!(decode(&version), Err(EncodingError::UnsupportedVersion(0).into()));
	long.resize(max + 1, 0);
	let error = EncodingError::TooLarge { len: max + 1, max };
	assert_eq!(decode(&long), Err(error.into()));

	let bytes = claim(3).encode();
	for length in 0..bytes.len() {
		let error = match length {
			0..16 => EncodingError::WrongTag.into(),
			16..82 => EncodingError::Malformed.into(),
			_ => InvalidBlob::ResultBytes { items: 3, bytes: length - 82 },
		};
		match OutputBlob::decode(&bytes[..length]) {
			// The same results with fewer logits are no longer what the labels are about.
			Err(InvalidBlob::LabelOutOfRange { .. }) => assert_eq!((length - 82) % 12, 3),
			other => assert_eq!(other, Err(error)),
		}
	}
	// The format of before.
	let mut version = bytes.clone();
	version[16] = 1;
	assert_eq!(OutputBlob::decode(&version), Err(EncodingError::UnsupportedVersion(1).into()));
	let (len, max) = (OutputBlob::MAX_BYTES + 1, OutputBlob::MAX_BYTES);
	let mut long = bytes.clone();
	long.resize(len, 0);
	assert_eq!(OutputBlob::decode(&long), Err(EncodingError::TooLarge { len, max }.into()));
	assert_eq!(decode(&bytes), Err(EncodingError::WrongTag.into()));
}

#[test]
fn whatever_decodes_encodes_to_the_same_bytes() {
	let (input, output) = (request().encode(), claim(3).encode());
	for (place, bit) in (0..input.len()).flat_map(|p| (0..8).map(move |b| (p, b))) {
		let mut bytes = input.clone();
		bytes[place] ^= 1 << bit;
		if let Ok(blob) = InputBlob::decode(&bytes, 16) {
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
