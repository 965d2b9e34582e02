//! What does not open.

use super::*;
use crate::{
	payload::encrypt,
	wrapping::{unwrap, wrap},
	Digest, Header, WrappedKey,
};
use hpke::{
	aead::AesGcm256, kdf::HkdfSha256, kem::X25519HkdfSha256,
	single_shot_seal_inout_detached_with_rng, OpModeS, Serializable,
};

const FIXED: usize = 42;

/// The same envelope with one of its wrapped keys replaced.
fn with_key(sealed: &Sealed, place: usize, key: &WrappedKey) -> Sealed {
	let mut bytes = sealed.header.encode();
	let from = FIXED + place * WrappedKey::BYTES;
	bytes[from..from + WrappedKey::BYTES].copy_from_slice(&key.to_bytes());
	Sealed { header: Header::decode(&bytes).expect("its keys still ascend"), ..sealed.clone() }
}

#[test]
fn fails_for_another_genesis_or_subject() {
	let mut parties = Parties::new(1);
	let sealed = parties.seal(b"x");
	for other in OTHERS {
		for key in [&parties.readers[0], &parties.auditor] {
			let refused = crate::open(&sealed.header, &sealed.ciphertext, key, &other);
			assert_eq!(refused.unwrap_err(), EnvelopeError::WrappedKeyRefused);
		}
	}
}

#[test]
fn fails_for_another_key() {
	let mut parties = Parties::new(2);
	let sealed = parties.seal(b"x");
	let outsider = parties.outsider.public();
	assert_eq!(
		open(&sealed, &parties.outsider).unwrap_err(),
		EnvelopeError::NotForThisKey(outsider)
	);
	// Nor where the outsider writes its own key over a reader's: HPKE binds whom it wrapped for.
	let mut stolen = sealed.header.key_for(&parties.readers[0].public()).unwrap().clone();
	stolen.recipient = outsider;
	let about = sealed.header.context_of_keys(&CONTEXT);
	let refused = unwrap(&stolen, &parties.outsider, &about).map(|_| ());
	assert_eq!(refused, Err(EnvelopeError::WrappedKeyRefused));
}

#[test]
fn fails_when_the_ciphertext_has_another_size() {
	let mut parties = Parties::new(1);
	let mut sealed = parties.seal(b"payload");
	let whole = sealed.ciphertext.clone();
	let longer = [&whole[..], &[0]].concat();
	for other in [&whole[..0], &whole[..whole.len() - 1], &longer] {
		sealed.ciphertext = other.to_vec();
		let found = other.len() as u64;
		assert_eq!(
			open(&sealed, &parties.readers[0]).unwrap_err(),
			EnvelopeError::CiphertextSize { found, expected: 55 }
		);
	}
}

#[test]
fn fails_when_any_byte_of_the_ciphertext_differs() {
	let mut parties = Parties::new(1);
	let sealed = parties.seal(b"payload");
	for place in 0..sealed.ciphertext.len() {
		let mut flipped = sealed.clone();
		flipped.ciphertext[place] ^= 1;
		let (found, expected) = (Digest::of(&flipped.ciphertext), sealed.header.digest());
		assert_eq!(
			open(&flipped, &parties.readers[0]).unwrap_err(),
			EnvelopeError::DigestMismatch { found, expected },
			"byte {place}"
		);
	}
}

/// Who keeps the header may name another ciphertext, with its right digest and size.
#[test]
fn fails_when_header_and_ciphertext_are_changed_together() {
	let mut parties = Parties::new(1);
	let sealed = parties.seal(b"payload");
	for place in 0..sealed.ciphertext.len() {
		let mut ciphertext = sealed.ciphertext.clone();
		ciphertext[place] ^= 1;
		let mut bytes = sealed.header.encode();
		bytes[9..41].copy_from_slice(&Digest::of(&ciphertext).0);
		let forged = Sealed { header: Header::decode(&bytes).unwrap(), ciphertext };
		assert_eq!(
			open(&forged, &parties.readers[0]).unwrap_err(),
			EnvelopeError::WrappedKeyRefused,
			"byte {place}"
		);
	}
}

/// Every byte of a header is version, size, digest, count or a wrapped key. The first four are
/// everybody's; a wrapped key is one reader's, and whoever changes it changes nothing for others.
#[test]
fn fails_when_any_byte_of_the_header_differs() {
	let mut parties = Parties::new(2);
	let sealed = parties.seal(b"payload");
	let bytes = sealed.header.encode();
	let keys: Vec<_> = parties.readers.iter().chain([&parties.auditor]).collect();
	for place in 0..bytes.len() {
		for flip in [1, 0x80] {
			let mut flipped = bytes.clone();
			flipped[place] ^= flip;
			let Ok(header) = Header::decode(&flipped) else { continue };
			let forged = Sealed { header, ciphertext: sealed.ciphertext.clone() };
			let concerned =
				place.checked_sub(FIXED).map(|inside| names(&sealed)[inside / WrappedKey::BYTES]);
			for key in &keys {
				match open(&forged, key) {
					Err(_) => assert!(concerned.is_none_or(|only| only == key.public()), "{place}"),
					Ok(payload) => {
						assert!(concerned.is_some_and(|only| only != key.public()), "{place}");
						assert_eq!(&*payload, b"payload");
					},
				}
			}
		}
	}
}

/// The same readers and subject: only the ciphertext tells the two envelopes apart.
#[test]
fn fails_when_wrapped_keys_are_swapped_between_envelopes() {
	let mut parties = Parties::new(1);
	let (one, two) = (parties.seal(b"payload one"), parties.seal(b"payload two"));
	for place in 0..2 {
		let forged = with_key(&one, place, &two.header.keys()[place]);
		let owner = [&parties.readers[0], &parties.auditor]
			.into_iter()
			.find(|key| key.public() == names(&one)[place])
			.unwrap();
		assert_eq!(open(&forged, owner).unwrap_err(), EnvelopeError::WrappedKeyRefused);
	}
	let whole = Sealed { header: two.header, ciphertext: one.ciphertext };
	let refused = open(&whole, &parties.readers[0]).unwrap_err();
	assert!(matches!(refused, EnvelopeError::DigestMismatch { .. }), "{refused}");
}

/// Who seals could wrap one data key for the reader and another for the auditor.
#[test]
fn fails_when_another_data_key_was_wrapped() {
	let mut parties = Parties::new(1);
	let sealed = parties.seal(b"payload");
	let (_, other) = encrypt(b"payload", &CONTEXT, &mut parties.rng);
	let about = sealed.header.context_of_keys(&CONTEXT);
	let wrapped = wrap(&other, &parties.auditor.public(), &about, &mut parties.rng).unwrap();
	let place = names(&sealed).binary_search(&parties.auditor.public()).unwrap();
	let forged = with_key(&sealed, place, &wrapped);
	assert_eq!(open(&forged, &parties.auditor).unwrap_err(), EnvelopeError::WrongDataKey);
	assert_eq!(&*open(&forged, &parties.readers[0]).unwrap(), b"payload");
}

/// A reader has the data key and could wrap it for another subject: the ciphertext stays bound.
#[test]
fn fails_when_a_ciphertext_is_passed_off_as_another_subjects() {
	let mut parties = Parties::new(1);
	let (ciphertext, key) = encrypt(b"payload", &CONTEXT, &mut parties.rng);
	for other in OTHERS {
		let digest = Digest::of(&ciphertext);
		let about = other.of_key(7, &digest);
		let reader = &parties.readers[0];
		let wrapped = wrap(&key, &reader.public(), &about, &mut parties.rng).unwrap();
		let header = Header::new(7, digest, vec![wrapped]);
		let refused = crate::open(&header, &ciphertext, reader, &other);
		assert_eq!(refused.unwrap_err(), EnvelopeError::PayloadRefused);
	}
}

/// Domain separation: what HPKE sealed to the same key for another purpose is no wrapped key.
#[test]
fn fails_when_a_data_key_was_sealed_for_another_purpose() {
	let mut parties = Parties::new(1);
	let sealed = parties.seal(b"x");
	let reader = &parties.readers[0];
	let wrapped = sealed.header.key_for(&reader.public()).unwrap();
	let about = sealed.header.context_of_keys(&CONTEXT);
	let key = unwrap(wrapped, reader, &about).unwrap();
	for (info, opens) in [
		(&b"quittance.envelope-key.v1"[..], true),
		(b"", false),
		(b"quittance.envelope-key.v2", false),
		(b"quittance.other.v1", false),
	] {
		let mut bytes = key.0;
		let (encapsulated, tag) =
			single_shot_seal_inout_detached_with_rng::<AesGcm256, HkdfSha256, X25519HkdfSha256>(
				&OpModeS::Base,
				&reader.public().to_hpke(),
				info,
				bytes.as_mut_slice().into(),
				&about,
				&mut parties.rng,
			)
			.unwrap();
		let other = WrappedKey {
			recipient: reader.public(),
			encapsulated: PublicKey::from_bytes(encapsulated.to_bytes().into()).unwrap(),
			sealed: [&bytes[..], &tag.to_bytes()].concat().try_into().unwrap(),
		};
		assert_eq!(unwrap(&other, reader, &about).is_ok(), opens, "{info:?}");
	}
}
