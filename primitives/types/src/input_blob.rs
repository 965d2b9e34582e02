//! The input of a job, as far as the chain can judge it.
//!
//! The chain decodes an input only to see that it is malformed; workers decode it to run the model. Both do
//! it here, so that what the one refuses the other has not taken.

use crate::Digest;
use codec::{Compact, Decode, Encode};
use scale_info::TypeInfo;

/// What an input blob begins with.
pub const INPUT_TAG: &[u8] = b"quittance.input";

/// The version of the input's format, the byte after the tag.
pub const INPUT_VERSION: u8 = 1;

/// Most items of one input.
pub const MAX_INPUT_ITEMS: u32 = 1024;

/// A well-formed input.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Input<'a> {
	/// The requester's random bytes.
	pub salt: [u8; 32],
	/// SHA-256 of the weights of the model asked for.
	pub weights: Digest,
	/// Price of one item, in the chain's smallest unit.
	pub unit_price: u64,
	/// Number of items, 1 to [`MAX_INPUT_ITEMS`].
	pub count: u32,
	/// The items, one after the other.
	pub items: &'a [u8],
}

/// Why bytes are no input.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
pub enum MalformedInput {
	/// They do not begin with [`INPUT_TAG`].
	WrongTag,
	/// The version is another than [`INPUT_VERSION`].
	UnsupportedVersion(u8),
	/// They end before the last item does, or the number of items is not in its shortest form.
	Truncated,
	/// So many bytes are left over after the last item.
	TrailingBytes(u64),
	/// There is no item, or there are more than [`MAX_INPUT_ITEMS`].
	ItemCount(u32),
	/// The price of all items does not fit 64 bits.
	AmountTooLarge {
		/// Number of items.
		count: u32,
		/// Price of one.
		unit_price: u64,
	},
}

/// The input encoded in exactly these bytes, with items of so many bytes each. The time it takes does not
/// depend on the length of the bytes.
///
/// # Errors
///
/// The first that applies, in the order of [`MalformedInput`].
pub fn decode_input(bytes: &[u8], item_bytes: u64) -> Result<Input<'_>, MalformedInput> {
	let rest = bytes.strip_prefix(INPUT_TAG).ok_or(MalformedInput::WrongTag)?;
	let (version, mut rest) = rest.split_first().ok_or(MalformedInput::Truncated)?;
	if *version != INPUT_VERSION {
		return Err(MalformedInput::UnsupportedVersion(*version));
	}
	let (salt, weights, unit_price, Compact(count)) =
		<([u8; 32], Digest, u64, Compact<u32>)>::decode(&mut rest)
			.map_err(|_| MalformedInput::Truncated)?;
	let items = u64::from(count).saturating_mul(item_bytes);
	match (rest.len() as u64).checked_sub(items) {
		Some(0) => (),
		Some(left_over) => return Err(MalformedInput::TrailingBytes(left_over)),
		None => return Err(MalformedInput::Truncated),
	}
	if count == 0 || count > MAX_INPUT_ITEMS {
		return Err(MalformedInput::ItemCount(count));
	}
	if unit_price.checked_mul(count.into()).is_none() {
		return Err(MalformedInput::AmountTooLarge { count, unit_price });
	}
	Ok(Input { salt, weights, unit_price, count, items: rest })
}

#[cfg(test)]
mod tests {
	use super::*;
	use alloc::{vec, vec::Vec};

	/// Length of an item.
	const ITEM: u64 = 4;

	fn encoded(unit_price: u64, count: u32, items: &[u8]) -> Vec<u8> {
		let mut bytes = INPUT_TAG.to_vec();
		bytes.push(INPUT_VERSION);
		([1u8; 32], [2u8; 32], unit_price, Compact(count)).encode_to(&mut bytes);
		bytes.extend_from_slice(items);
		bytes
	}

	#[test]
	fn an_input_decodes_to_its_fields() {
		let bytes = encoded(7, 2, &[9; 8]);
		let input = decode_input(&bytes, ITEM).unwrap();
		assert_eq!(
			input,
			Input { salt: [1; 32], weights: [2; 32], unit_price: 7, count: 2, items: &[9; 8] }
		);
	}

	#[test]
	fn each_way_to_be_malformed_has_its_name() {
		type M = MalformedInput;
		let good = encoded(7, 2, &[9; 8]);
		let error = |bytes: &[u8]| decode_input(bytes, ITEM).unwrap_err();
		for length in 0..good.len() {
			let cut = if length < INPUT_TAG.len() { M::WrongTag } else { M::Truncated };
			assert_eq!(error(&good[..length]), cut, "{length} bytes");
		}
		let changed = |place: usize, byte: u8| {
			let mut bytes = good.clone();
			bytes[place] = byte;
			bytes
		};
		assert_eq!(error(&changed(0, 0)), M::WrongTag);
		assert_eq!(error(&changed(15, 2)), M::UnsupportedVersion(2));
		assert_eq!(error(&encoded(7, 2, &[9; 9])), M::TrailingBytes(1));
		assert_eq!(error(&encoded(7, 0, &[])), M::ItemCount(0));
		assert_eq!(error(&encoded(7, 1025, &[0; 4100])), M::ItemCount(1025));
		// A count of four bytes where one would do: two spellings of one input.
		let mut long = good[..good.len() - 9].to_vec();
		long.extend([(2 << 2) | 2, 0, 0, 0]);
		long.extend([9; 8]);
		assert_eq!(error(&long), M::Truncated);
		assert_eq!(
			error(&encoded(u64::MAX, 2, &[9; 8])),
			M::AmountTooLarge { count: 2, unit_price: u64::MAX }
		);
	}

	#[test]
	fn boundary_of_counts_lengths_and_prices() {
		assert!(decode_input(&encoded(u64::MAX, 1, &[0; 4]), ITEM).is_ok());
		assert!(decode_input(&encoded(u64::MAX / 2, 2, &[0; 8]), ITEM).is_ok());
		assert!(decode_input(&encoded(0, MAX_INPUT_ITEMS, &vec![0; 4096]), ITEM).is_ok());
		// Items of no length, and of more than there can be.
		assert!(decode_input(&encoded(0, 1, &[]), 0).is_ok());
		assert_eq!(
			decode_input(&encoded(0, u32::MAX, &[0; 4]), u64::MAX),
			Err(MalformedInput::Truncated)
		);
	}
}
