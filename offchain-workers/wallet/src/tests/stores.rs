use super::*;
use crate::{Contents, Cost, Secret, Store, StoreError};
use sha2_envelopes::{Digest as _, Sha256};
use std::path::{Path, PathBuf};

/// Too cheap to keep anybody out.
const CHEAP: Cost = Cost { memory: 8, passes: 1, lanes: 1 };

fn contents(seed: u8) -> Contents {
	let mut party = Party::new(seed);
	party.fund(&mut Chain::new(), &[100, 20]);
	let secret = Secret::Seed(Seed::from_bytes(&[seed; 32]));
	Contents { secret, genesis: GENESIS, wallet: party.wallet, auditor: None }
}

fn folder() -> (tempfile::TempDir, PathBuf) {
	let folder = tempfile::tempdir().unwrap();
	let path = folder.path().join("wallet");
	(folder, path)
}

fn create(path: &Path) -> Result<Store, StoreError> {
	Store::create(path, "open sesame", CHEAP, &contents(1), &mut Seeded(1))
}

fn refused(path: &Path) -> StoreError {
	Store::open(path, "open sesame").err().unwrap()
}

#[test]
fn what_is_stored_is_there_again() {
	let party = Party::new(1);
	let (view, period) = (party.keys.view(), party.keys.view().period(Period(3)));
	let secrets = [
		(Secret::Seed(Seed::from_bytes(&[1; 32])), party.wallet.clone()),
		(Secret::View(view.clone()), Wallet::new(Reader::Viewer(view))),
		(Secret::Period(period.clone()), Wallet::new(Reader::Period(&period))),
	];
	for (secret, wallet) in secrets {
		let (_folder, path) = folder();
		let contents = Contents { secret, genesis: GENESIS, wallet, auditor: None };
		drop(Store::create(&path, "open sesame", CHEAP, &contents, &mut Seeded(1)).unwrap());
		let (_, found) = Store::open(&path, "open sesame").unwrap();
		assert!(found.wallet == contents.wallet && found.genesis == GENESIS);
		match (found.secret, contents.secret) {
			(Secret::Seed(found), Secret::Seed(seed)) => {
				assert_eq!(found.to_bytes(), seed.to_bytes());
			},
			(Secret::View(found), Secret::View(key)) => assert_eq!(found.key, key.key),
			(Secret::Period(found), Secret::Period(key)) => {
				assert_eq!((found.secret, found.period), (key.secret, key.period));
			},
			_ => panic!("of one kind"),
		}
	}
}

/// What was written before there were private jobs, by the program as it was then: its wallet is there, and
/// the next save is of today's version.
#[test]
fn a_file_of_the_first_version_is_read() {
	let (_folder, path) = folder();
	std::fs::write(&path, include_bytes!("version-1.wallet")).unwrap();
	assert_eq!(std::fs::read(&path).unwrap()[8], 1);
	let (store, found) = Store::open(&path, "open sesame").unwrap();
	let written = contents(1);
	assert!(found.wallet == written.wallet && found.genesis == GENESIS);
	assert_eq!(found.wallet.balance().available, 120);
	store.save(&found, &mut Seeded(2)).unwrap();
	drop(store);
	assert_eq!(std::fs::read(&path).unwrap()[8], 3);
	let (_store, found) = Store::open(&path, "open sesame").unwrap();
	assert!(found.wallet == written.wallet);
}

/// The same for the version before there was an auditor to agree to.
#[test]
fn a_file_of_the_second_version_is_read() {
	let (_folder, path) = folder();
	std::fs::write(&path, include_bytes!("version-2.wallet")).unwrap();
	assert_eq!(std::fs::read(&path).unwrap()[8], 2);
	let (store, mut found) = Store::open(&path, "open sesame").unwrap();
	assert!(found.wallet == contents(1).wallet && found.auditor.is_none());
	found.auditor = Some(auditor());
	store.save(&found, &mut Seeded(2)).unwrap();
	drop(store);
	assert_eq!(std::fs::read(&path).unwrap()[8], 3);
	let (_store, found) = Store::open(&path, "open sesame").unwrap();
	assert_eq!(found.auditor, Some(auditor()));
}

fn auditor() -> quittance_types::AuditorKey {
	(&quittance_babyjubjub::SecretKey::from_seed(&[3; 32]).public()).into()
}

/// Private jobs are in the file, those too that are in no block yet.
#[test]
fn private_jobs_are_stored() {
	let (_folder, path) = folder();
	let mut chain = Chain::new();
	let mut party = Party::new(1);
	party.fund(&mut chain, &[1_000, 2_000]);
	party.post(&mut chain, 5, 100);
	party.order(&chain, 7, 10).unwrap();
	let secret = Secret::Seed(Seed::from_bytes(&[1; 32]));
	let contents = Contents { secret, genesis: GENESIS, wallet: party.wallet, auditor: None };
	drop(Store::create(&path, "open sesame", CHEAP, &contents, &mut Seeded(1)).unwrap());
	let (_store, found) = Store::open(&path, "open sesame").unwrap();
	assert!(found.wallet == contents.wallet);
	assert_eq!(found.wallet.private_jobs().count(), 2);
}

#[test]
fn a_save_replaces_what_was_there() {
	let (folder, path) = folder();
	let store = create(&path).unwrap();
	let first = std::fs::read(&path).unwrap();
	let mut later = contents(1);
	let mut rng = Seeded(2);
	store.save(&later, &mut rng).unwrap();
	assert_ne!(std::fs::read(&path).unwrap(), first, "a nonce is used once");
	later.wallet.finalise(99);
	store.save(&later, &mut rng).unwrap();
	drop(store);
	let (_store, found) = Store::open(&path, "open sesame").unwrap();
	assert!(found.wallet == later.wallet);
	let files = std::fs::read_dir(folder.path()).unwrap();
	assert_eq!(files.count(), 2, "the wallet and its lock, nothing half-written");
}

#[test]
fn nothing_of_it_is_readable() {
	let (_folder, path) = folder();
	let _store = create(&path).unwrap();
	let bytes = std::fs::read(&path).unwrap();
	for secret in [[1u8; 32], GENESIS] {
		assert!(!bytes.windows(8).any(|window| *window == secret[..8]));
	}
	#[cfg(unix)]
	{
		use std::os::unix::fs::PermissionsExt;
		let mode = std::fs::metadata(&path).unwrap().permissions().mode();
		assert_eq!(mode & 0o777, 0o600);
	}
}

#[test]
fn fails_when_the_passphrase_is_wrong_and_only_then() {
	let (_folder, path) = folder();
	drop(create(&path).unwrap());
	for passphrase in ["open sesam", "open sesame ", "Open sesame"] {
		let error = Store::open(&path, passphrase).err().unwrap();
		assert!(matches!(error, StoreError::WrongPassphrase(_)), "{error}");
	}
	assert!(matches!(Store::open(&path, "").err(), Some(StoreError::EmptyPassphrase)));
	assert!(Store::open(&path, "open sesame").is_ok());
}

#[test]
fn every_damage_is_named_as_such() {
	let (_folder, path) = folder();
	drop(create(&path).unwrap());
	let bytes = std::fs::read(&path).unwrap();
	// All of what comes before the body, and samples of the rest.
	let sampled =
		|| (0..70).chain((70..bytes.len()).step_by(97)).chain(bytes.len() - 50..bytes.len());
	for place in sampled() {
		let mut other = bytes.clone();
		other[place] ^= 1;
		std::fs::write(&path, other).unwrap();
		match (place, refused(&path)) {
			(0..8, StoreError::NotAWallet(_)) => {},
			// A flipped bit makes another version of this one: its digest is not that one's.
			(8, StoreError::Damaged(_)) => {},
			(9.., StoreError::Damaged(_)) => {},
			(place, error) => panic!("{place}: {error}"),
		}
	}
	let mut later = bytes.clone();
	later[8] = 4;
	std::fs::write(&path, later).unwrap();
	assert!(matches!(refused(&path), StoreError::UnsupportedVersion { found: 4, .. }));
	for length in sampled() {
		std::fs::write(&path, &bytes[..length]).unwrap();
		match (length, refused(&path)) {
			(0..8, StoreError::NotAWallet(_)) | (8.., StoreError::Damaged(_)) => {},
			(length, error) => panic!("{length}: {error}"),
		}
	}
	std::fs::write(&path, [&bytes[..], &[0]].concat()).unwrap();
	assert!(matches!(refused(&path), StoreError::Damaged(_)));
}

/// Whoever changes a file can mend its digest, and has changed nothing.
#[test]
fn fails_when_a_file_was_changed_on_purpose() {
	let (_folder, path) = folder();
	drop(create(&path).unwrap());
	let bytes = std::fs::read(&path).unwrap();
	let changed = |place: usize, bit: u8| {
		let mut other = bytes[..bytes.len() - 32].to_vec();
		other[place] ^= bit;
		let digest = Sha256::digest(&other);
		std::fs::write(&path, [&other[..], &digest].concat()).unwrap();
		refused(&path)
	};
	// Cost, salt and check: another key. Nonce, body, tag: the key, and not what it encrypted.
	assert!(matches!(changed(9, 1), StoreError::WrongPassphrase(_)));
	assert!(matches!(changed(12, 0x80), StoreError::Cost { .. }), "two terabytes of memory");
	for place in [21, 36, 37, 52] {
		assert!(matches!(changed(place, 1), StoreError::WrongPassphrase(_)), "{place}");
	}
	// Nor is a file one of the first version for saying so.
	assert!(matches!(changed(8, 2 ^ 1), StoreError::Damaged(_)));
	for place in [53, 64, 65, 70, 200, bytes.len() - 33] {
		assert!(matches!(changed(place, 1), StoreError::Damaged(_)), "{place}");
	}
}

#[test]
fn fails_when_it_is_missing_there_already_or_in_use() {
	let (_folder, path) = folder();
	assert!(matches!(refused(&path), StoreError::Missing(_)));
	let store = create(&path).unwrap();
	assert!(matches!(refused(&path), StoreError::InUse(_)));
	assert!(matches!(create(&path).err(), Some(StoreError::InUse(_))));
	drop(store);
	assert!(matches!(create(&path).err(), Some(StoreError::Exists(_))));
	assert!(Store::open(&path, "open sesame").is_ok());
	let nowhere = path.join("below");
	assert!(matches!(create(&nowhere).err(), Some(StoreError::Io { .. })));
}

#[test]
fn fails_when_the_wallet_is_not_the_secrets() {
	let (_folder, path) = folder();
	let store = create(&path).unwrap();
	let mut mixed = contents(2);
	mixed.secret = Secret::Seed(Seed::from_bytes(&[1; 32]));
	let error = store.save(&mixed, &mut Seeded(1)).unwrap_err();
	assert!(matches!(error, StoreError::OtherKeys));
	mixed.secret = Secret::View(Party::new(2).keys.view().clone());
	assert!(matches!(store.save(&mixed, &mut Seeded(1)), Err(StoreError::OtherKeys)));
}

#[test]
fn boundary_costs() {
	let (_folder, path) = folder();
	let with = |memory, passes, lanes| {
		let cost = Cost { memory, passes, lanes };
		Store::create(&path, "x", cost, &contents(1), &mut Seeded(1))
	};
	for (memory, passes, lanes) in [
		(7, 1, 1),
		(8, 0, 1),
		(8, 1, 0),
		(15, 1, 2),
		(1 << 20 | 1, 1, 1),
		(8, 65, 1),
		(1024, 1, 65),
	] {
		let error = with(memory, passes, lanes).err().unwrap();
		assert!(matches!(error, StoreError::Cost { .. }), "{error}");
	}
	assert!(with(8, 1, 1).is_ok());
	let Cost { memory, passes, lanes } = Cost::default();
	assert_eq!((memory, passes, lanes), (65_536, 3, 4));
}

#[test]
fn a_passphrase_can_be_changed() {
	let (_folder, path) = folder();
	let mut store = create(&path).unwrap();
	let mut rng = Seeded(5);
	let error = store.change_passphrase("", CHEAP, &contents(1), &mut rng).unwrap_err();
	assert!(matches!(error, StoreError::EmptyPassphrase));
	assert!(store.change_passphrase("friend", CHEAP, &contents(2), &mut rng).is_ok());
	let mut mixed = contents(2);
	mixed.secret = Secret::Seed(Seed::from_bytes(&[1; 32]));
	assert!(store.change_passphrase("foe", CHEAP, &mixed, &mut rng).is_err());
	store.save(&contents(2), &mut rng).unwrap();
	drop(store);
	for passphrase in ["open sesame", "foe"] {
		let error = Store::open(&path, passphrase).err().unwrap();
		assert!(matches!(error, StoreError::WrongPassphrase(_)));
	}
	assert!(Store::open(&path, "friend").is_ok());
}
