use super::*;
use crate::{PeriodKey, SeedError, TextError, ViewKey};
use bech32::{Bech32m, Hrp};

fn seed() -> Seed {
	Seed::from_bytes(&[9; 32])
}

#[test]
fn words_are_the_seed_and_nothing_else() {
	let words = seed().words();
	assert_eq!(words.split(' ').count(), 24);
	for spelling in [words.to_string(), words.to_uppercase(), words.replace(' ', "\n  ")] {
		assert_eq!(Seed::from_words(&spelling).unwrap().to_bytes(), seed().to_bytes());
	}
	let mut rng = Seeded(1);
	let (one, other) = (Seed::generate(&mut rng), Seed::generate(&mut rng));
	assert_ne!(one.to_bytes(), other.to_bytes());
	assert_eq!(Seed::from_words(&one.words()).unwrap().to_bytes(), one.to_bytes());
}

#[test]
fn fails_when_words_are_no_seed() {
	let words = seed().words();
	let refused = |words: &str| Seed::from_words(words).err().unwrap();
	let twelve = "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon \
	              abandon about";
	assert_eq!(refused(twelve), SeedError::WordCount { found: 12 });
	assert_eq!(refused(""), SeedError::WordCount { found: 0 });
	assert_eq!(refused(&format!("{} zoo", *words)), SeedError::WordCount { found: 25 });
	let mut list: Vec<_> = words.split(' ').collect();
	list[4] = "quittance";
	assert_eq!(refused(&list.join(" ")), SeedError::UnknownWord { place: 5 });
	list[4] = "zoo";
	assert_eq!(refused(&list.join(" ")), SeedError::Checksum);
}

/// One seed on two chains: nothing of the one tells anything of the other.
#[test]
fn every_key_is_one_seeds_and_one_chains() {
	let all = [(9, 7), (9, 8), (8, 7)].map(|(seed, genesis)| {
		let keys = Keys::new(&Seed::from_bytes(&[seed; 32]), &[genesis; 32]);
		let label = Label([1; 7]);
		let text = keys.address(label, Period(0), 1).unwrap().to_string();
		let view = keys.view().to_text();
		(
			FieldBytes::from(keys.nullifier_key),
			FieldBytes::from(keys.diversifier(label)),
			text,
			view,
		)
	});
	for (place, one) in all.iter().enumerate() {
		for other in &all[..place] {
			assert!(one.0 != other.0 && one.1 != other.1 && one.2 != other.2 && one.3 != other.3);
		}
	}
}

#[test]
fn who_looks_is_told_apart() {
	let party = Party::new(1);
	let view = party.keys.view();
	let (first, second) = (view.period(Period(1)), view.period(Period(2)));
	let readers = [
		Reader::Owner(&party.keys),
		Reader::Viewer(view),
		Reader::Period(&first),
		Reader::Period(&second),
	];
	for (place, reader) in readers.iter().enumerate() {
		let wallet = Wallet::new(*reader);
		for (other, reader) in readers.iter().enumerate() {
			assert_eq!(wallet.belongs_to(*reader), place == other);
		}
	}
}

#[test]
fn view_keys_are_text_and_back() {
	let party = Party::new(1);
	let view = party.keys.view();
	let again = ViewKey::from_text(&view.to_text(), &GENESIS).unwrap();
	assert_eq!(again.key, view.key);
	let period = view.period(Period(3));
	let again = PeriodKey::from_text(&period.to_text().to_uppercase(), &GENESIS).unwrap();
	assert_eq!((again.secret, again.period()), (period.secret, Period(3)));
	assert_eq!(again.genesis, GENESIS);
}

#[test]
fn fails_when_a_key_is_of_another_kind_chain_or_version() {
	let party = Party::new(1);
	let view = party.keys.view().to_text();
	let period = party.keys.view().period(Period(3)).to_text();
	let refused = |text: &str, genesis| ViewKey::from_text(text, genesis).err().unwrap();
	let found = "qtcperiod".into();
	assert_eq!(refused(&period, &GENESIS), TextError::OtherKind { found, expected: "qtcview" });
	assert!(matches!(
		PeriodKey::from_text(&view, &GENESIS).err().unwrap(),
		TextError::OtherKind { .. }
	));
	// The text's mark is eight bytes; a chain that has them too is still another.
	let mut alike = GENESIS;
	alike[8] = 0;
	for genesis in [&[8; 32], &alike] {
		assert_eq!(refused(&view, genesis), TextError::OtherChain);
		let error = PeriodKey::from_text(&period, genesis).err().unwrap();
		assert_eq!(error, TextError::OtherChain);
	}
	let encode =
		|bytes: &[u8]| bech32::encode::<Bech32m>(Hrp::parse("qtcview").unwrap(), bytes).unwrap();
	let version = |version, rest: usize| {
		let mut bytes = vec![version];
		bytes.extend_from_slice(&GENESIS[..8]);
		bytes.extend(std::iter::repeat_n(7, rest));
		encode(&bytes)
	};
	assert_eq!(refused(&version(2, 64), &GENESIS), TextError::UnsupportedVersion(2));
	assert_eq!(refused(&version(1, 63), &GENESIS), TextError::Length(63));
	assert_eq!(refused(&version(1, 65), &GENESIS), TextError::Length(65));
	assert_eq!(refused(&version(1, 0), &GENESIS), TextError::Length(0));
	assert_eq!(refused(&encode(&[1, 7, 7]), &GENESIS), TextError::Length(3));
	assert_eq!(refused(&encode(&[]), &GENESIS), TextError::Length(0));
	assert!(matches!(refused("", &GENESIS), TextError::Damaged(_)));
	let old = bech32::encode::<bech32::Bech32>(Hrp::parse("qtcview").unwrap(), &[1; 73]).unwrap();
	assert!(matches!(refused(&old, &GENESIS), TextError::Damaged(_)));
}

/// An exported key is for its period: those of others and the view key above it are not in it.
#[test]
fn period_keys_are_independent() {
	let party = Party::new(1);
	let view = party.keys.view();
	let keys: Vec<_> = (0..4).map(|period| view.period(Period(period)).secret).collect();
	for (place, key) in keys.iter().enumerate() {
		assert_ne!(*key, view.key);
		assert!(!keys[..place].contains(key));
	}
}
