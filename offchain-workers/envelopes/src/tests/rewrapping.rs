//! Readers that come and go while the ciphertext stays.

use super::*;
use crate::{rewrap, Header, WrappedKey, MAX_RECIPIENTS};

/// `sealed` for these readers, by `by`.
fn rewrapped(
	sealed: &Sealed,
	by: &SecretKey,
	readers: &[&SecretKey],
	auditor: &SecretKey,
) -> Result<Sealed, EnvelopeError> {
	let recipients: Vec<_> = readers.iter().map(|key| recipient(key)).collect();
	rewrap(&sealed.header, by, &recipients, &auditor.public(), &CONTEXT, &mut Seeded(9))
		.map(|header| Sealed { header, ciphertext: sealed.ciphertext.clone() })
}

#[test]
fn one_reader_comes_and_another_goes() {
	let mut parties = Parties::new(3);
	let sealed = parties.seal(b"payload");
	let [stays, goes, by] = &parties.readers[..] else { unreachable!() };
	let comes = &parties.outsider;

	let new = rewrapped(&sealed, by, &[stays, by, comes], &parties.auditor).unwrap();
	for key in [stays, by, comes, &parties.auditor] {
		assert_eq!(&*open(&new, key).unwrap(), b"payload");
	}
	assert_eq!(open(&new, goes).unwrap_err(), EnvelopeError::NotForThisKey(goes.public()));
	assert_eq!(new.header.digest(), sealed.header.digest());
	assert_eq!(new.header.payload_size(), 7);
	assert_eq!(Header::decode(&new.header.encode()), Ok(new.header.clone()));

	// So that a chain can see that only the new key's place was touched.
	for key in [stays, by, &parties.auditor] {
		let of = |sealed: &Sealed| sealed.header.key_for(&key.public()).cloned();
		assert_eq!(of(&new), of(&sealed));
	}
	// The new header is as good a start as the first one.
	let again = rewrapped(&new, comes, &[goes], &parties.auditor).unwrap();
	assert_eq!(&*open(&again, goes).unwrap(), b"payload");
}

/// Trap 36: rotating a key destroys nothing; the old key opens what it opened until its wrapped key
/// is replaced.
#[test]
fn a_rotated_key_takes_the_place_of_the_old_one() {
	let mut parties = Parties::new(2);
	let sealed = parties.seal(b"payload");
	let [old, other] = &parties.readers[..] else { unreachable!() };
	let new = &parties.outsider;

	let after = rewrapped(&sealed, old, &[new, other], &parties.auditor).unwrap();
	assert_eq!(&*open(&after, new).unwrap(), b"payload");
	assert_eq!(open(&after, old).unwrap_err(), EnvelopeError::NotForThisKey(old.public()));
	assert_eq!(&*open(&sealed, old).unwrap(), b"payload");
	// Both versions side by side, for as long as that takes.
	let both = rewrapped(&sealed, old, &[old, new, other], &parties.auditor).unwrap();
	assert_eq!(&*open(&both, old).unwrap(), b"payload");
	assert_eq!(&*open(&both, new).unwrap(), b"payload");
}

#[test]
fn the_auditor_wraps_anew_and_its_own_key_rotates() {
	let mut parties = Parties::new(1);
	let sealed = parties.seal(b"payload");
	let (reader, new) = (&parties.readers[0], &parties.outsider);
	let after = rewrapped(&sealed, &parties.auditor, &[reader], new).unwrap();
	assert_eq!(&*open(&after, new).unwrap(), b"payload");
	assert_eq!(&*open(&after, reader).unwrap(), b"payload");
	assert!(open(&after, &parties.auditor).is_err());
}

#[test]
fn fails_half_way_and_leaves_the_header_as_it_was() {
	let mut parties = Parties::new(2);
	let sealed = parties.seal(b"payload");
	let before = sealed.clone();
	let mut recipients = parties.recipients();
	recipients.push(Recipient { account: [9; 32], key: None });
	let refused = rewrap(
		&sealed.header,
		&parties.readers[0],
		&recipients,
		&parties.auditor.public(),
		&CONTEXT,
		&mut none(),
	);
	let without = EnvelopeError::RecipientWithoutKey { account: [9; 32] };
	assert_eq!(refused.unwrap_err(), without);
	assert_eq!(sealed, before);
	assert_eq!(&*open(&sealed, &parties.readers[1]).unwrap(), b"payload");
}

#[test]
fn fails_when_the_new_list_is_no_list() {
	let mut parties = Parties::new(MAX_RECIPIENTS);
	let sealed = parties.seal(b"payload");
	let by = &parties.readers[0];
	let refused = |readers: &[&SecretKey], auditor: &SecretKey| {
		rewrapped(&sealed, by, readers, auditor).unwrap_err()
	};
	let auditor = &parties.auditor;
	assert_eq!(refused(&[], auditor), EnvelopeError::NoRecipients);
	assert_eq!(refused(&[by, by], auditor), EnvelopeError::DuplicateKey(by.public()));
	assert_eq!(refused(&[by], by), EnvelopeError::DuplicateKey(by.public()));
	let mut all: Vec<_> = parties.readers.iter().collect();
	all.push(&parties.outsider);
	assert_eq!(refused(&all, auditor), EnvelopeError::TooManyRecipients { found: 16, max: 15 });
}

#[test]
fn fails_for_who_cannot_read_it() {
	let mut parties = Parties::new(1);
	let sealed = parties.seal(b"payload");
	let outsider = &parties.outsider;
	assert_eq!(
		rewrapped(&sealed, outsider, &[outsider], &parties.auditor).unwrap_err(),
		EnvelopeError::NotForThisKey(outsider.public())
	);
}

#[test]
fn fails_in_another_context() {
	let mut parties = Parties::new(1);
	let sealed = parties.seal(b"payload");
	for other in OTHERS {
		let refused = rewrap(
			&sealed.header,
			&parties.readers[0],
			&[recipient(&parties.outsider)],
			&parties.auditor.public(),
			&other,
			&mut none(),
		);
		assert_eq!(refused.unwrap_err(), EnvelopeError::WrappedKeyRefused);
	}
}

/// What was damaged before stays damaged: only its own reader can see that, and must be wrapped for
/// anew by leaving the list and coming back.
#[test]
fn a_damaged_wrapped_key_is_mended_by_leaving_and_coming_back() {
	let mut parties = Parties::new(2);
	let mut sealed = parties.seal(b"payload");
	let [damaged, by] = &parties.readers[..] else { unreachable!() };
	let place = names(&sealed).binary_search(&damaged.public()).unwrap();
	let mut bytes = sealed.header.encode();
	bytes[42 + (place + 1) * WrappedKey::BYTES - 1] ^= 1;
	sealed.header = Header::decode(&bytes).unwrap();

	let kept = rewrapped(&sealed, by, &[damaged, by], &parties.auditor).unwrap();
	assert_eq!(open(&kept, damaged).unwrap_err(), EnvelopeError::WrappedKeyRefused);
	let without = rewrapped(&sealed, by, &[by], &parties.auditor).unwrap();
	let mended = rewrapped(&without, by, &[damaged, by], &parties.auditor).unwrap();
	assert_eq!(&*open(&mended, damaged).unwrap(), b"payload");
}
