use super::*;
use crate::ciphertext::{encrypt, open, seal, NotOurs, PLAIN};
use quittance_envelopes::PublicKey;
use quittance_types::{Note, NOTE_CIPHERTEXT_BYTES};
use std::collections::BTreeSet;

struct Sent {
	note: Note,
	address: Address,
	secret: [u8; 32],
	ciphertext: Ciphertext,
	commitment: FieldBytes,
}

fn sent() -> Sent {
	let mut party = Party::new(1);
	let address = party.address(0);
	let note = Note { value: 1_000, owner: address.owner, rho: Fr::from(5u8) };
	let key = address.key_at(0).unwrap();
	let ciphertext =
		seal(&note, address.label, &address.base, key, &GENESIS, &mut Seeded(3)).unwrap();
	Sent {
		note,
		secret: party.keys.view().period(Period(0)).secret,
		ciphertext,
		commitment: note.commitment::<Native>().into(),
		address,
	}
}

#[test]
fn a_note_comes_to_its_owner() {
	let Sent { note, address, secret, ciphertext, commitment } = sent();
	let opened = open(&ciphertext, &commitment, &secret, &GENESIS).ok().unwrap();
	assert!(opened.note == note);
	assert_eq!(opened.label, address.label);
}

#[test]
fn fails_for_another_key_commitment_period_or_chain() {
	let Sent { secret, ciphertext, commitment, .. } = sent();
	let refused = |commitment: &FieldBytes, secret: &[u8; 32], genesis: &[u8; 32]| {
		open(&ciphertext, commitment, secret, genesis).err()
	};
	let sealed = Some(NotOurs::Sealed);
	let other = Party::new(2).keys.view().period(Period(0)).secret;
	assert_eq!(refused(&commitment, &other, &GENESIS), sealed);
	let later = Party::new(1).keys.view().period(Period(1)).secret;
	assert_eq!(refused(&commitment, &later, &GENESIS), sealed);
	assert_eq!(refused(&Fr::from(1u8).into(), &secret, &GENESIS), sealed);
	assert_eq!(refused(&commitment, &secret, &[8; 32]), sealed);
}

#[test]
fn no_bit_can_be_changed() {
	let Sent { secret, ciphertext, commitment, .. } = sent();
	for bit in 0..8 * NOTE_CIPHERTEXT_BYTES {
		let mut other = ciphertext;
		other[bit / 8] ^= 1 << (bit % 8);
		let error = open(&other, &commitment, &secret, &GENESIS).err().unwrap();
		let expected = match bit {
			0..8 => NotOurs::Version,
			// The 256th bit of a public key, which X25519 itself would not look at.
			263 => NotOurs::EphemeralKey,
			_ => NotOurs::Sealed,
		};
		assert_eq!(error, expected, "bit {bit}");
	}
}

/// Whoever sends a point of low order makes a key that everybody can compute.
#[test]
fn fails_when_the_ephemeral_key_is_of_low_order_or_not_canonical() {
	let Sent { secret, ciphertext, commitment, .. } = sent();
	let mut one = [0; 32];
	one[0] = 1;
	let mut order_eight = [0; 32];
	order_eight.copy_from_slice(
		&hex::decode("5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157").unwrap(),
	);
	let mut prime = [0xff; 32];
	(prime[0], prime[31]) = (0xed, 0x7f);
	for key in [[0; 32], one, order_eight, prime, [0xff; 32]] {
		let mut other = ciphertext;
		other[1..33].copy_from_slice(&key);
		let error = open(&other, &commitment, &secret, &GENESIS).err();
		assert_eq!(error, Some(NotOurs::EphemeralKey));
	}
}

/// It opens, and speaks of a note that is not there.
#[test]
fn fails_when_a_ciphertext_promises_what_the_leaf_is_not() {
	let Sent { note, address, secret, ciphertext, commitment } = sent();
	let opened = |plain: [u8; PLAIN]| {
		let key = address.key_at(0).unwrap();
		let made =
			encrypt(&plain, &commitment, &address.base, key, &GENESIS, &mut Seeded(3)).unwrap();
		(made, open(&made, &commitment, &secret, &GENESIS).map(|opened| opened.note))
	};
	let mut plain = [0; PLAIN];
	plain[..8].copy_from_slice(&note.value.to_le_bytes());
	plain[8..40].copy_from_slice(&FieldBytes::from(note.rho).0);
	plain[40..72].copy_from_slice(&FieldBytes::from(note.owner).0);
	plain[72..].copy_from_slice(&address.label.0);
	let (made, found) = opened(plain);
	assert_eq!(made, ciphertext);
	assert!(found == Ok(note));
	for place in [0, 8, 40] {
		let mut other = plain;
		other[place] ^= 1;
		assert!(opened(other).1 == Err(NotOurs::OtherCommitment), "{place}");
	}
	for place in [8, 40] {
		let mut other = plain;
		other[place..place + 32].fill(0xff);
		assert!(opened(other).1 == Err(NotOurs::NotCanonical), "{place}");
	}
}

/// A payer's randomness that repeats must not give two notes away.
#[test]
fn the_same_ephemeral_key_makes_another_key_for_another_note() {
	let Sent { note, address, ciphertext, .. } = sent();
	let key = address.key_at(0).unwrap();
	let other = Note { value: 1_001, ..note };
	let again = seal(&other, address.label, &address.base, key, &GENESIS, &mut Seeded(3)).unwrap();
	assert_eq!(again[..33], ciphertext[..33], "the same randomness");
	let alike = again[33..].iter().zip(&ciphertext[33..]).filter(|(one, other)| one == other);
	assert!(alike.count() < 10, "the bodies differ in a byte only, and so would a stream's");
}

/// Any base and key that a payer is given have been refused when they came.
#[test]
fn an_ephemeral_key_belongs_to_the_base() {
	let Sent { note, address, secret, commitment, .. } = sent();
	let other = Party::new(1).keys.address(Label([9; 7]), Period(0), 1).unwrap();
	let key = address.key_at(0).unwrap();
	let mixed = seal(&note, address.label, &other.base, key, &GENESIS, &mut Seeded(3)).unwrap();
	assert!(open(&mixed, &commitment, &secret, &GENESIS).err() == Some(NotOurs::Sealed));
	assert!(PublicKey::from_bytes([0; 32]).is_err());
}

/// Deposits, payments, change, the nothing of a join: the version and a key's highest bit are all
/// that they have in common.
#[test]
fn all_ciphertexts_look_alike() {
	let mut chain = Chain::new();
	let mut party = Party::new(1);
	let mut payee = Party::new(2);
	let mut kinds: [Vec<Ciphertext>; 4] = Default::default();
	for _ in 0..24 {
		party.fund(&mut chain, &[60, 50, 40, 30]);
		let (deposit, joined) = {
			let added = chain.blocks.last().unwrap().calls.iter().flat_map(|call| &call.notes);
			let pair: Vec<_> = added.clone().map(|note| note.index).collect();
			(added.map(|note| note.ciphertexts[0]).next().unwrap(), [pair[0], pair[1]])
		};
		kinds[0].push(deposit);
		let join = party.wallet.join(&party.keys, &POOL, joined, &terms(&chain, 1), &mut party.rng);
		kinds[3].extend(join.unwrap().ciphertexts);
		party.wallet.release(joined);
		let to = payee.address(chain.next);
		let terms = terms(&chain, 1);
		let call =
			party.wallet.transfer(&party.keys, &POOL, &to, 5, &terms, &mut party.rng).unwrap();
		kinds[1].extend(call.ciphertexts);
		let out =
			party.wallet.withdraw(&party.keys, &POOL, WHO, 5, &terms, &mut party.rng).unwrap();
		kinds[2].push(out.ciphertext);
		chain.block(vec![transferred(&call), withdrawn(&out)]);
		party.follow(&chain);
	}
	for kind in kinds {
		for place in 0..NOTE_CIPHERTEXT_BYTES {
			let values: BTreeSet<u8> = kind.iter().map(|ciphertext| ciphertext[place]).collect();
			let bits = kind.iter().fold((0, 0xff), |(or, and), ciphertext| {
				(or | ciphertext[place], and & ciphertext[place])
			});
			match place {
				0 => assert_eq!(values, BTreeSet::from([1])),
				32 => assert_eq!(bits, (0x7f, 0)),
				_ => assert_eq!(bits, (0xff, 0), "byte {place}"),
			}
		}
	}
}
