use super::*;
use crate::{AddressError, TextError, MAX_PERIODS, PERIOD_BLOCKS};
use bech32::{Bech32m, Hrp};
use proptest::prelude::*;
use quittance_envelopes::EnvelopeError;

fn address() -> Address {
	Party::new(1).address(0)
}

#[test]
fn an_address_is_text_and_back() {
	let text = address().to_string();
	assert_eq!(text.len(), 247);
	assert!(text.starts_with("qtc1"));
	assert_eq!(Address::parse(&text, &GENESIS), Ok(address()));
	assert_eq!(Address::parse(&format!(" {}\n", text.to_uppercase()), &GENESIS), Ok(address()));
}

#[test]
fn two_addresses_of_one_wallet_have_nothing_in_common() {
	let mut party = Party::new(1);
	let (one, other) = (party.address(0), party.address(0));
	assert_ne!(one.label, other.label);
	assert_ne!(one.owner, other.owner);
	assert_ne!(one.base, other.base);
	for block in [0, PERIOD_BLOCKS] {
		assert_ne!(one.key_at(block), other.key_at(block));
	}
	assert_ne!(one.key_at(0), one.key_at(PERIOD_BLOCKS));
}

#[test]
fn an_address_can_be_renewed_for_the_same_payer() {
	let party = Party::new(1);
	let label = Label([5; 7]);
	let now = party.keys.address(label, Period(0), 2).unwrap();
	let later = party.keys.address(label, Period(1), 1).unwrap();
	assert_eq!((now.owner, now.base), (later.owner, later.base));
	assert_eq!(now.key_at(PERIOD_BLOCKS), later.key_at(PERIOD_BLOCKS));
}

#[test]
fn boundary_blocks_of_validity() {
	let party = Party::new(1);
	let address = party.keys.address(Label([5; 7]), Period(3), 2).unwrap();
	let (first, end) = (3 * PERIOD_BLOCKS, 5 * PERIOD_BLOCKS);
	assert_eq!(address.blocks(), first..end);
	assert_eq!(address.key_at(first - 1), Err(AddressError::TooEarly { first }));
	assert!(address.key_at(first).is_ok());
	assert!(address.key_at(end - 1).is_ok());
	assert_eq!(address.key_at(end), Err(AddressError::Expired { end }));
}

#[test]
fn boundary_numbers_of_periods() {
	let party = Party::new(1);
	let address = |first, periods| party.keys.address(Label([5; 7]), Period(first), periods);
	let year = address(0, MAX_PERIODS).unwrap();
	assert_eq!(Address::parse(&year.to_string(), &GENESIS), Ok(year));
	assert_eq!(address(0, 0), Err(AddressError::Periods(0)));
	assert_eq!(address(0, MAX_PERIODS + 1), Err(AddressError::Periods(MAX_PERIODS + 1)));
	assert_eq!(address(u32::MAX, 1), Err(AddressError::Periods(1)));
	assert!(address(u32::MAX - 1, 1).is_ok());
}

/// An address text of these bytes after version and chain.
fn text_of(body: &[u8]) -> String {
	let mut bytes = vec![1];
	bytes.extend_from_slice(&GENESIS[..8]);
	bytes.extend_from_slice(body);
	bech32::encode::<Bech32m>(Hrp::parse("qtc").unwrap(), &bytes).unwrap()
}

/// The bytes of an address after version and chain: label 7, period 4, owner 32, base 32, keys.
fn body() -> Vec<u8> {
	let (_, bytes) = bech32::decode(&address().to_string()).unwrap();
	bytes[9..].to_vec()
}

#[test]
fn fails_when_an_address_is_malformed() {
	let refused = |change: &dyn Fn(&mut Vec<u8>)| {
		let mut body = body();
		change(&mut body);
		Address::parse(&text_of(&body), &GENESIS).unwrap_err()
	};
	assert_eq!(text_of(&body()), address().to_string());
	for length in [0, 6, 10, 42, 74, 76, 138, 140] {
		let error = refused(&|body| body.resize(length, 1));
		assert_eq!(error, TextError::Length(length).into(), "{length}");
	}
	assert_eq!(refused(&|body| body.truncate(75)), AddressError::Periods(0));
	assert_eq!(refused(&|body| body.resize(75 + 13 * 32, 1)), AddressError::Periods(13));
	assert_eq!(refused(&|body| body[7..11].fill(0xff)), AddressError::Periods(2));
	assert_eq!(refused(&|body| body[0] |= 0x80), AddressError::Internal);
	assert_eq!(refused(&|body| body[11..43].fill(0xff)), AddressError::OwnerKey);
	for key in [43, 75, 107] {
		let zero = refused(&|body| body[key..key + 32].fill(0));
		assert_eq!(zero, EnvelopeError::LowOrderKey.into());
		let above = refused(&|body| body[key..key + 32].fill(0xff));
		assert_eq!(above, EnvelopeError::NonCanonicalKey.into());
	}
}

#[test]
fn fails_when_an_address_is_of_another_chain_or_kind() {
	let text = address().to_string();
	assert_eq!(Address::parse(&text, &[8; 32]), Err(TextError::OtherChain.into()));
	let key = Party::new(1).keys.view().to_text();
	let error = Address::parse(&key, &GENESIS).unwrap_err();
	assert!(matches!(error, AddressError::Text(TextError::OtherKind { .. })));
}

/// The change of a wallet has addresses too; they are not for others.
#[test]
fn fails_when_it_is_for_own_change() {
	let text = Party::new(1).own(0).to_string();
	assert_eq!(Address::parse(&text, &GENESIS), Err(AddressError::Internal));
}

proptest! {
	#[test]
	fn a_mistyped_sign_is_found(place in 4usize..247, sign in 0usize..32) {
		const SIGNS: &[u8] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";
		let text = address().to_string();
		let mut mistyped = text.clone().into_bytes();
		mistyped[place] = SIGNS[sign];
		let mistyped = String::from_utf8(mistyped).unwrap();
		let parsed = Address::parse(&mistyped, &GENESIS);
		prop_assert_eq!(parsed.is_ok(), mistyped == text);
	}
}

/// The bits after the last byte: whoever set them would have a second spelling with a checksum.
#[test]
fn fails_when_the_padding_is_another() {
	use bech32::{
		primitives::iter::{ByteIterExt, Fe32IterExt},
		Fe32,
	};
	let mut bytes = vec![1];
	bytes.extend_from_slice(&GENESIS[..8]);
	bytes.extend(body());
	let mut signs: Vec<Fe32> = bytes.iter().copied().bytes_to_fes().collect();
	let hrp = Hrp::parse("qtc").unwrap();
	let spell = |signs: &[Fe32]| {
		signs.iter().copied().with_checksum::<Bech32m>(&hrp).chars().collect::<String>()
	};
	assert_eq!(spell(&signs), address().to_string());
	let last = signs.last_mut().unwrap();
	*last = Fe32::try_from(last.to_u8() | 1).unwrap();
	let error = Address::parse(&spell(&signs), &GENESIS).unwrap_err();
	assert!(matches!(error, AddressError::Text(TextError::Damaged(_))), "{error}");
}
