//! One encoding for every header, and an error for everything else.

use super::*;
use crate::{
	keys::{LOW_ORDER, PRIME},
	Header, WrappedKey, MAX_KEYS, MAX_PAYLOAD_SIZE, MAX_RECIPIENTS,
};
use codec::Encode;
use proptest::prelude::*;

const FIXED: usize = 42;

/// A header of two readers and the auditor.
fn encoded() -> Vec<u8> {
	Parties::new(2).seal(b"payload").header.encode()
}

/// What a header is refused with after `change`.
fn refused(change: impl FnOnce(&mut Vec<u8>)) -> EnvelopeError {
	let mut bytes = encoded();
	change(&mut bytes);
	Header::decode(&bytes).unwrap_err()
}

#[test]
fn it_is_the_scale_encoding_of_its_fields() {
	for readers in [1, 2, MAX_RECIPIENTS] {
		let header = Parties::new(readers).seal(b"payload").header;
		let keys: Vec<_> = header.keys().iter().map(WrappedKey::to_bytes).collect();
		let scale = (1u8, header.payload_size(), header.digest().0, keys).encode();
		assert_eq!(header.encode(), scale);
		assert_eq!(Header::decode(&scale), Ok(header));
	}
}

#[test]
fn boundary_sizes_of_encodings() {
	assert_eq!(Parties::new(1).seal(b"").header.encode().len(), 266);
	assert_eq!(Parties::new(MAX_RECIPIENTS).seal(b"").header.encode().len(), 1834);
	assert_eq!(Header::MAX_BYTES, 1834);
	assert_eq!(WrappedKey::BYTES, 112);
	// The chain's room for each.
	const { assert!(WrappedKey::BYTES <= 128 && MAX_KEYS <= 16) }
}

#[test]
fn fails_with_another_version() {
	for version in [0, 2, 255] {
		let error = refused(|bytes| bytes[0] = version);
		assert_eq!(error, EnvelopeError::UnsupportedVersion(version));
		// Whatever else another version may hold.
		assert_eq!(Header::decode(&[version]), Err(error));
	}
}

#[test]
fn fails_when_cut_anywhere() {
	let bytes = encoded();
	for length in 0..bytes.len() {
		let expected = if length < FIXED { FIXED } else { bytes.len() };
		assert_eq!(
			Header::decode(&bytes[..length]),
			Err(EnvelopeError::HeaderTruncated { found: length, expected }),
		);
	}
}

#[test]
fn fails_with_trailing_bytes() {
	assert_eq!(refused(|bytes| bytes.push(0)), EnvelopeError::TrailingBytes(1));
	// A whole wrapped key more than is counted.
	let one_more = |bytes: &mut Vec<u8>| bytes.extend_from_slice(&[0xee; WrappedKey::BYTES]);
	assert_eq!(refused(one_more), EnvelopeError::TrailingBytes(WrappedKey::BYTES));
}

#[test]
fn fails_with_too_few_or_too_many_keys() {
	for count in [0, 1] {
		// Nothing follows: the count alone decides.
		let error = refused(|bytes| {
			bytes[FIXED - 1] = count << 2;
			bytes.truncate(FIXED);
		});
		assert_eq!(error, EnvelopeError::TooFewKeys(count.into()));
	}
	for count in [17, 63] {
		let error = refused(|bytes| bytes[FIXED - 1] = count << 2);
		assert_eq!(error, EnvelopeError::TooManyKeys { found: count.into(), max: MAX_KEYS });
	}
}

#[test]
fn fails_when_the_count_has_another_form() {
	// SCALE's forms for larger numbers, in which three could be written too.
	for form in 1..4 {
		let error = refused(|bytes| bytes[FIXED - 1] = 3 << 2 | form);
		assert_eq!(error, EnvelopeError::InvalidCount(12 | form));
	}
}

#[test]
fn boundary_payload_size() {
	let with = |size: u64| {
		let mut bytes = encoded();
		bytes[1..9].copy_from_slice(&size.to_le_bytes());
		Header::decode(&bytes).map(|header| header.payload_size())
	};
	assert_eq!(with(MAX_PAYLOAD_SIZE), Ok(MAX_PAYLOAD_SIZE));
	for size in [MAX_PAYLOAD_SIZE + 1, u64::MAX] {
		let too_large = EnvelopeError::PayloadTooLarge { size, max: MAX_PAYLOAD_SIZE };
		assert_eq!(with(size), Err(too_large));
	}
}

#[test]
fn fails_when_a_key_is_of_low_order_or_not_canonical() {
	// As recipient and as encapsulated key, of the first and of the last wrapped key.
	for from in [0, 32, 224, 256].map(|place| FIXED + place) {
		let with = |key: [u8; 32]| refused(|bytes| bytes[from..from + 32].copy_from_slice(&key));
		for key in LOW_ORDER {
			assert_eq!(with(key), EnvelopeError::LowOrderKey);
		}
		assert_eq!(with(PRIME), EnvelopeError::NonCanonicalKey);
	}
}

#[test]
fn fails_when_a_recipient_is_there_twice() {
	let key = Header::decode(&encoded()).unwrap().keys()[0].recipient();
	let error = refused(|bytes| {
		bytes.copy_within(FIXED..FIXED + 32, FIXED + WrappedKey::BYTES);
	});
	assert_eq!(error, EnvelopeError::DuplicateKey(key));
}

#[test]
fn fails_when_keys_do_not_ascend() {
	let error = refused(|bytes| {
		let (first, rest) = bytes[FIXED..].split_at_mut(WrappedKey::BYTES);
		first.swap_with_slice(&mut rest[..WrappedKey::BYTES]);
	});
	assert_eq!(error, EnvelopeError::KeysOutOfOrder);
}

#[test]
fn it_finds_the_wrapped_key_of_each_and_none_of_others() {
	let mut parties = Parties::new(5);
	let header = parties.seal(b"x").header;
	for key in parties.readers.iter().chain([&parties.auditor]) {
		assert_eq!(header.key_for(&key.public()).unwrap().recipient(), key.public());
	}
	assert_eq!(header.key_for(&parties.outsider.public()), None);
}

/// Each message names what to do, after a colon.
#[test]
fn messages_say_what_to_do() {
	let key = Parties::new(0).outsider.public();
	let digest = crate::Digest([0; 32]);
	for error in [
		EnvelopeError::NonCanonicalKey,
		EnvelopeError::LowOrderKey,
		EnvelopeError::NoRecipients,
		EnvelopeError::TooManyRecipients { found: 16, max: 15 },
		EnvelopeError::RecipientWithoutKey { account: [0; 32] },
		EnvelopeError::DuplicateKey(key),
		EnvelopeError::PayloadTooLarge { size: 2, max: 1 },
		EnvelopeError::UnsupportedVersion(2),
		EnvelopeError::HeaderTruncated { found: 0, expected: 42 },
		EnvelopeError::TrailingBytes(1),
		EnvelopeError::InvalidCount(1),
		EnvelopeError::TooFewKeys(0),
		EnvelopeError::TooManyKeys { found: 17, max: 16 },
		EnvelopeError::KeysOutOfOrder,
		EnvelopeError::NotForThisKey(key),
		EnvelopeError::CiphertextSize { found: 1, expected: 2 },
		EnvelopeError::DigestMismatch { found: digest, expected: digest },
		EnvelopeError::WrappedKeyRefused,
		EnvelopeError::WrongDataKey,
		EnvelopeError::PayloadRefused,
	] {
		let text = error.to_string();
		assert!(text.split_once(": ").is_some_and(|(_, advice)| !advice.is_empty()), "{text}");
	}
}

proptest! {
	#[test]
	fn what_decodes_encodes_to_the_same_bytes(
		place in 0..378usize,
		flip in any::<u8>(),
		length in 0..400usize,
	) {
		let mut bytes = encoded();
		bytes[place] ^= flip;
		bytes.resize(bytes.len().max(length), 0);
		if let Ok(header) = Header::decode(&bytes) {
			prop_assert_eq!(header.encode(), bytes);
		}
	}

	#[test]
	fn no_bytes_make_it_panic(mut bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
		let _ = Header::decode(&bytes);
		if let Some(version) = bytes.first_mut() {
			*version = 1;
		}
		let _ = Header::decode(&bytes);
	}
}
