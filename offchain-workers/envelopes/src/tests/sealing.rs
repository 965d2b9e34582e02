//! What can be sealed, for whom, and what cannot.

use super::*;
use crate::{Digest, MAX_KEYS, MAX_PAYLOAD_SIZE, MAX_RECIPIENTS};
use proptest::prelude::*;

/// What sealing for these is refused with. There is no randomness: the refusal comes before work.
fn refused(payload: &[u8], recipients: &[Recipient], auditor: &SecretKey) -> EnvelopeError {
	seal(payload, recipients, &auditor.public(), &CONTEXT, &mut none()).unwrap_err()
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(24))]

	#[test]
	fn everybody_named_opens_and_nobody_else(
		readers in 1..=MAX_RECIPIENTS,
		payload in prop::collection::vec(any::<u8>(), 0..200),
		seed in any::<u64>(),
	) {
		let mut parties = Parties::seeded(readers, seed);
		let sealed = parties.seal(&payload);

		let mut expected: Vec<_> = parties.readers.iter().map(SecretKey::public).collect();
		expected.push(parties.auditor.public());
		expected.sort();
		prop_assert_eq!(names(&sealed), expected);
		prop_assert_eq!(sealed.header.payload_size(), payload.len() as u64);
		prop_assert_eq!(sealed.header.ciphertext_size(), sealed.ciphertext.len() as u64);
		prop_assert_eq!(sealed.header.digest(), Digest::of(&sealed.ciphertext));

		for key in parties.readers.iter().chain([&parties.auditor]) {
			prop_assert_eq!(&*open(&sealed, key).unwrap(), &*payload);
		}
		let outsider = parties.outsider.public();
		prop_assert_eq!(
			open(&sealed, &parties.outsider).unwrap_err(),
			EnvelopeError::NotForThisKey(outsider)
		);
	}
}

#[test]
fn boundary_payload_sizes() {
	let mut parties = Parties::new(1);
	// Around AES's blocks, and nothing at all.
	for size in [0, 1, 15, 16, 17, 4096] {
		let payload: Vec<u8> = (0..size).map(|byte| byte as u8).collect();
		let sealed = parties.seal(&payload);
		assert_eq!(&*open(&sealed, &parties.readers[0]).unwrap(), payload, "{size}");
	}
}

#[test]
#[cfg_attr(debug_assertions, ignore = "minutes without optimisation")]
fn boundary_the_largest_payload() {
	let mut parties = Parties::new(1);
	let largest = vec![7; MAX_PAYLOAD_SIZE as usize];
	let sealed = parties.seal(&largest);
	assert!(*open(&sealed, &parties.readers[0]).unwrap() == largest[..]);
	assert_eq!(crate::Header::decode(&sealed.header.encode()), Ok(sealed.header));
}

#[test]
fn boundary_one_recipient_and_as_many_as_fit() {
	for readers in [1, MAX_RECIPIENTS] {
		let sealed = Parties::new(readers).seal(b"x");
		assert_eq!(sealed.header.keys().len(), readers + 1);
	}
	assert_eq!(MAX_RECIPIENTS + 1, MAX_KEYS);
}

#[test]
fn the_order_in_which_recipients_are_named_does_not_matter() {
	let mut parties = Parties::new(4);
	let one = parties.seal(b"x");
	parties.readers.reverse();
	assert_eq!(names(&parties.seal(b"x")), names(&one));
}

#[test]
fn two_envelopes_of_one_payload_have_nothing_secret_in_common() {
	let mut parties = Parties::new(1);
	let (one, two) = (parties.seal(b"same"), parties.seal(b"same"));
	assert_ne!(one.ciphertext[..32], two.ciphertext[..32], "commitments");
	assert_ne!(one.ciphertext[32..], two.ciphertext[32..], "payloads");
	for (a, b) in one.header.keys().iter().zip(two.header.keys()) {
		assert_eq!(a.recipient, b.recipient);
		assert_ne!(a.encapsulated, b.encapsulated);
		assert_ne!(a.sealed, b.sealed);
	}
	let [a, b] = one.header.keys() else { panic!("a reader and the auditor") };
	assert_ne!(a.encapsulated, b.encapsulated, "each wrapped key has a fresh key of its own");
}

/// Trap 36: nobody is dropped silently.
#[test]
fn fails_when_a_recipient_has_no_key_wherever_it_stands() {
	let parties = Parties::new(3);
	for place in 0..3 {
		let mut recipients = parties.recipients();
		recipients[place].key = None;
		let account = recipients[place].account;
		assert_eq!(
			refused(b"x", &recipients, &parties.auditor),
			EnvelopeError::RecipientWithoutKey { account }
		);
	}
}

#[test]
fn fails_without_recipients() {
	let parties = Parties::new(0);
	assert_eq!(refused(b"x", &[], &parties.auditor), EnvelopeError::NoRecipients);
}

#[test]
fn fails_with_one_recipient_too_many() {
	let parties = Parties::new(MAX_RECIPIENTS + 1);
	assert_eq!(
		refused(b"x", &parties.recipients(), &parties.auditor),
		EnvelopeError::TooManyRecipients { found: 16, max: 15 }
	);
}

#[test]
fn fails_when_a_key_is_named_twice() {
	let parties = Parties::new(3);
	let key = parties.readers[1].public();
	let mut recipients = parties.recipients();
	// Another account with the same key is the same reader.
	recipients.push(Recipient { account: [9; 32], key: Some(key) });
	assert_eq!(refused(b"x", &recipients, &parties.auditor), EnvelopeError::DuplicateKey(key));
}

#[test]
fn fails_when_the_auditor_is_a_recipient() {
	let parties = Parties::new(2);
	let reader = &parties.readers[0];
	assert_eq!(
		refused(b"x", &parties.recipients(), reader),
		EnvelopeError::DuplicateKey(reader.public())
	);
}

#[test]
fn fails_when_the_payload_is_a_byte_too_large() {
	let parties = Parties::new(1);
	let size = MAX_PAYLOAD_SIZE + 1;
	assert_eq!(
		refused(&vec![0; size as usize], &parties.recipients(), &parties.auditor),
		EnvelopeError::PayloadTooLarge { size, max: MAX_PAYLOAD_SIZE }
	);
}
