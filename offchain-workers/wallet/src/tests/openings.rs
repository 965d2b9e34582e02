use super::{
	market::{input, locked, Taken, SETTLE},
	*,
};
use crate::{seal_opening, Lock, LockedJob, OpeningRefused, SealedOpening};
use quittance_envelopes::{seal_in_place, EnvelopeError};
use quittance_types::{
	Agreement, EscrowOpening, MalformedOpening, NoteCallError, OpeningError, PrivateJobError,
	PrivateTerms, OPENING_BYTES,
};

const JOB: u64 = 7;
const NONCE: u64 = 2;

fn opening() -> EscrowOpening {
	EscrowOpening {
		terms: PrivateTerms { unit_price: 5, max_units: 100, salt: -Fr::from(1u8) },
		owner: -Fr::from(2u8),
		rho: -Fr::from(3u8),
		change_key: quittance_babyjubjub::SecretKey::from_seed(&[4; 32]).public(),
	}
}

/// A job that the second party has.
fn taken() -> Taken {
	let keys = Party::new(2).keys.job_keys(JOB, NONCE);
	let offer = opening().offer::<Native>().unwrap();
	let locked = locked(&keys, NONCE, &offer, SETTLE);
	Taken { keys, locked, opening: opening() }
}

fn sealed_for(lock: &Lock) -> SealedOpening {
	seal_opening(&opening(), lock, &taken().keys.opening_key(), &mut Seeded(1)).unwrap()
}

fn unseal(sealed: &SealedOpening) -> Result<EscrowOpening, OpeningRefused> {
	let Taken { keys, locked, .. } = taken();
	let offer = opening().offer::<Native>().unwrap();
	keys.unseal(sealed, &locked.lock, &offer, &input(5, 100), 500)
}

#[test]
fn an_opening_comes_to_the_miner() {
	let sealed = sealed_for(&taken().locked.lock);
	assert_eq!(sealed.len(), 160);
	assert!(unseal(&sealed) == Ok(opening()));
	let again =
		seal_opening(&opening(), &taken().locked.lock, &taken().keys.opening_key(), &mut Seeded(2));
	let again = again.unwrap();
	assert_ne!(again, sealed, "nothing shows that two are one");
	assert!(unseal(&again) == Ok(opening()));
}

/// What is sealed for one lock is of no use for another: each part is bound.
#[test]
fn fails_when_it_was_sealed_for_another_lock() {
	let lock = taken().locked.lock;
	let agreement = Agreement::new::<Native>(Fr::from(1u8), Fr::from(2u8));
	for other in [
		Lock { genesis: [8; 32], ..lock },
		Lock { job: JOB + 1, ..lock },
		Lock { nonce: NONCE + 1, ..lock },
		Lock { agreement, ..lock },
	] {
		assert_eq!(unseal(&sealed_for(&other)).err(), Some(OpeningRefused::Sealed));
	}
	let other = Party::new(2).keys.job_keys(JOB, NONCE + 1);
	let sealed = seal_opening(&opening(), &lock, &other.opening_key(), &mut Seeded(1)).unwrap();
	assert_eq!(unseal(&sealed).err(), Some(OpeningRefused::Sealed));
}

#[test]
fn no_bit_of_an_opening_can_be_changed() {
	let sealed = sealed_for(&taken().locked.lock);
	for bit in 0..8 * sealed.len() {
		let mut other = sealed;
		other[bit / 8] ^= 1 << (bit % 8);
		let expected = match bit {
			255 => OpeningRefused::Key(EnvelopeError::NonCanonicalKey),
			_ => OpeningRefused::Sealed,
		};
		assert_eq!(unseal(&other).err(), Some(expected), "bit {bit}");
	}
	let mut low = sealed;
	low[..32].fill(0);
	let error = OpeningRefused::Key(EnvelopeError::LowOrderKey);
	assert_eq!(unseal(&low).err(), Some(error));
}

#[test]
fn fails_when_what_was_sealed_is_no_opening() {
	let Taken { keys, locked, .. } = taken();
	let Lock { genesis, job, nonce, agreement } = locked.lock;
	let agreement = FieldBytes::from(agreement.to_field().unwrap());
	let associated = [&genesis[..], &job.to_le_bytes(), &nonce.to_le_bytes(), &agreement.0];
	let sealed = |plain: [u8; OPENING_BYTES]| {
		let (mut body, mut tag) = (plain, [0; 16]);
		let to = keys.opening_key();
		let (info, associated) = (b"quittance.opening.v1", associated.concat());
		let encapsulated =
			seal_in_place(&to, info, &associated, &mut body, &mut tag, &mut Seeded(1)).unwrap();
		SealedOpening::try_from([&encapsulated.to_bytes()[..], &body, &tag].concat()).unwrap()
	};
	let plain = opening().to_bytes();
	assert_eq!(sealed(plain), sealed_for(&locked.lock), "as protocol.md has it");
	for place in [16, 48, 80] {
		let mut other = plain;
		other[place..place + 32].fill(0xff);
		let error = OpeningRefused::Malformed(MalformedOpening::NotCanonical);
		assert_eq!(unseal(&sealed(other)).err(), Some(error));
	}
}

#[test]
fn fails_when_it_does_not_pay() {
	let Taken { keys, locked, .. } = taken();
	let offer = opening().offer::<Native>().unwrap();
	let sealed = sealed_for(&locked.lock);
	let unseal = |unit_price, count, least_pay| {
		keys.unseal(&sealed, &locked.lock, &offer, &input(unit_price, count), least_pay).err()
	};
	let terms = |error| Some(OpeningRefused::Terms(error));
	assert_eq!(unseal(5, 100, 500), None);
	assert_eq!(unseal(4, 100, 0), terms(OpeningError::PriceDiffers { input: 4, terms: 5 }));
	let error = OpeningError::TooManyUnits { units: 101, max_units: 100 };
	assert_eq!(unseal(5, 101, 0), terms(error));
	let error = OpeningError::PayTooLow { pay: 500, least_pay: 501 };
	assert_eq!(unseal(5, 100, 501), terms(error));

	// Another escrow than the one that was posted.
	let other = EscrowOpening { rho: Fr::from(1u8), ..opening() };
	let to = keys.opening_key();
	let sealed = seal_opening(&other, &locked.lock, &to, &mut Seeded(1)).unwrap();
	let error = keys.unseal(&sealed, &locked.lock, &offer, &input(5, 1), 0).err();
	assert_eq!(error, terms(OpeningError::OfferDiffers));
}

/// Before it has a look at what came, a miner sees whether the lock is its own.
#[test]
fn fails_when_the_agreement_is_anothers() {
	let Taken { keys, locked: LockedJob { lock, .. }, .. } = taken();
	let offer = opening().offer::<Native>().unwrap();
	let unseal = |keys: &crate::JobKeys, lock, offer| {
		keys.unseal(&sealed_for(&lock), &lock, offer, &input(5, 1), 0).err()
	};
	assert_eq!(unseal(&keys, lock, &offer), None);
	let refused = |job| Some(OpeningRefused::OtherAgreement(job));
	for (seed, job, nonce) in [(3, JOB, NONCE), (2, JOB + 1, NONCE), (2, JOB, NONCE + 1)] {
		let other = Party::new(seed).keys.job_keys(job, nonce);
		assert_eq!(unseal(&other, lock, &offer), refused(JOB));
	}
	assert_eq!(unseal(&keys, Lock { job: JOB + 1, ..lock }, &offer), refused(JOB + 1));
	let other = EscrowOpening { rho: Fr::from(1u8), ..opening() }.offer::<Native>().unwrap();
	assert_eq!(unseal(&keys, lock, &other), refused(JOB));

	let not_one = quittance_types::PrivateOffer { change_key: [0; 64], ..offer };
	let error = OpeningRefused::Offer(PrivateJobError::InvalidChangeKey);
	assert_eq!(unseal(&keys, lock, &not_one), Some(error));
	let not_one = quittance_types::PrivateOffer { escrow: FieldBytes([0xff; 32]), ..offer };
	let error = OpeningRefused::Offer(PrivateJobError::Note(NoteCallError::NotCanonical));
	assert_eq!(unseal(&keys, lock, &not_one), Some(error));
}

/// A worker that was started again has what it named. Nobody else has, on no other chain.
#[test]
fn what_a_miner_names_is_its_own_and_one_locks() {
	let keys = Party::new(2).keys;
	let named = |keys: &Keys, job, nonce| {
		let named = keys.job_keys(job, nonce);
		assert_eq!((named.job(), named.nonce()), (job, nonce));
		assert!(named.label.is_own());
		assert_eq!(named.payee(), keys.owner(named.label).into());
		(named.payee(), named.opening_key())
	};
	assert_eq!(named(&keys, JOB, NONCE), named(&Party::new(2).keys, JOB, NONCE));
	let elsewhere = Keys::new(&Seed::from_bytes(&[2; 32]), &[8; 32]);
	let all = [
		named(&keys, JOB, NONCE),
		named(&keys, JOB + 1, NONCE),
		named(&keys, JOB, NONCE + 1),
		named(&keys, NONCE, JOB),
		named(&Party::new(3).keys, JOB, NONCE),
		named(&elsewhere, JOB, NONCE),
	];
	for (place, one) in all.iter().enumerate() {
		for other in &all[..place] {
			assert!(one.0 != other.0 && one.1 != other.1);
		}
	}
}

/// Between a miner's look at a job and its lock others may have had it and declined.
#[test]
fn boundary_how_far_back_a_miner_looks_for_its_keys() {
	let keys = Party::new(2).keys;
	let offer = opening().offer::<Native>().unwrap();
	let agreed = |nonce| locked(&keys.job_keys(JOB, nonce), nonce, &offer, SETTLE).lock.agreement;
	let found = |keys: &Keys, job, nonce, agreement| {
		keys.job_keys_of(job, nonce, &offer, &agreement).map(|found| found.nonce())
	};
	assert_eq!(found(&keys, JOB, 1, agreed(1)), Some(1));
	assert_eq!(found(&keys, JOB, 3, agreed(1)), Some(1));
	assert_eq!(found(&keys, JOB, 16, agreed(1)), Some(1));
	assert_eq!(found(&keys, JOB, 17, agreed(1)), None);
	assert_eq!(found(&keys, JOB, 2, agreed(3)), None);
	assert_eq!(found(&keys, JOB + 1, 1, agreed(1)), None);
	assert_eq!(found(&Party::new(3).keys, JOB, 1, agreed(1)), None);
	let other = EscrowOpening { rho: Fr::from(1u8), ..opening() }.offer::<Native>().unwrap();
	assert!(keys.job_keys_of(JOB, 1, &other, &agreed(1)).is_none());
	let not_one = quittance_types::PrivateOffer { change_key: [0; 64], ..offer };
	assert!(keys.job_keys_of(JOB, 1, &not_one, &agreed(1)).is_none());
}
