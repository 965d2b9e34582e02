//! Notes: amounts in the confidential pool, each of which belongs to whoever knows a secret.
//!
//! The chain sees a note's commitment when the note is made and its nullifier when it is spent, and
//! nothing links the two. Wallets, circuits and the chain compute both here.

use ark_bn254::Fr;
use quittance_poseidon::{tag, Hasher};

/// Levels of the 4-ary tree over the commitments of all notes: 2^32 places, as deep as
/// `quittance_poseidon::tree` goes.
pub const NOTE_TREE_DEPTH: u32 = 16;

/// Notes that a call spends. Where a wallet has fewer to spend, it makes up dummies.
pub const NOTE_INPUTS: usize = 2;

/// What a note is. Whoever pays makes it, from an owner key that the payee gave, and sends it to the
/// payee in a ciphertext. It can be spent only with the secrets behind the owner key.
///
/// There is no `Debug`, so that no log shows what is confidential.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Note {
	/// The amount, in the chain's smallest unit.
	pub value: u64,
	/// The owner key, see [`owner_key`].
	pub owner: Fr,
	/// Random number that hides the note in its commitment.
	pub rho: Fr,
}

impl Note {
	/// `P(tag, owner, rho)`: all of a note but its value. A deposit shows this and its amount.
	pub fn inner<H: Hasher>(&self) -> Fr {
		H::hash(&[tag("quittance.note-inner.v1"), self.owner, self.rho])
	}

	/// The commitment, which is the note's leaf in the tree.
	pub fn commitment<H: Hasher>(&self) -> Fr {
		note_commitment::<H>(self.value, self.inner::<H>())
	}
}

/// `P(tag, nk, d)`: the key by which a note names its owner.
///
/// The nullifier key nk is the secret of a wallet: who knows it can spend all its notes and see
/// which ones are spent. The diversifier d is a random field element, a fresh one for each note, so
/// that nobody can tell from two notes that they have one owner.
pub fn owner_key<H: Hasher>(nullifier_key: Fr, diversifier: Fr) -> Fr {
	H::hash(&[tag("quittance.owner.v1"), nullifier_key, diversifier])
}

/// `P(tag, value, inner)`: the commitment of a note from its value and its inner hash.
pub fn note_commitment<H: Hasher>(value: u64, inner: Fr) -> Fr {
	H::hash(&[tag("quittance.note.v1"), Fr::from(value), inner])
}

/// `P(tag, nk, commitment, leaf_index)`: what is published when a note is spent, and can be
/// published once.
///
/// It covers the leaf's place: of two notes that a payer made alike, each can be spent.
pub fn note_nullifier<H: Hasher>(nullifier_key: Fr, commitment: Fr, leaf_index: u64) -> Fr {
	H::hash(&[tag("quittance.note-nullifier.v1"), nullifier_key, commitment, Fr::from(leaf_index)])
}

#[cfg(test)]
mod tests {
	use super::*;
	use quittance_poseidon::{tree, Native};

	fn note() -> Note {
		Note { value: 7, owner: Fr::from(8u8), rho: Fr::from(9u8) }
	}

	#[test]
	fn the_tree_can_be_as_deep() {
		const { assert!(NOTE_TREE_DEPTH <= tree::MAX_DEPTH) };
	}

	#[test]
	fn every_part_of_a_note_changes_its_commitment() {
		let commitment = note().commitment::<Native>();
		for other in [
			Note { value: 6, ..note() },
			Note { owner: Fr::from(9u8), ..note() },
			Note { rho: Fr::from(8u8), ..note() },
			Note { owner: note().rho, rho: note().owner, ..note() },
		] {
			assert_ne!(other.commitment::<Native>(), commitment);
		}
		assert_eq!(note_commitment::<Native>(7, note().inner::<Native>()), commitment);
	}

	/// Trap 16: one nullifier for a leaf, another for the next, and none without the secret.
	#[test]
	fn a_nullifier_is_one_leafs_and_one_owners() {
		let key = Fr::from(1u8);
		let commitment = note().commitment::<Native>();
		let nullifier = note_nullifier::<Native>(key, commitment, 4);
		assert_eq!(note_nullifier::<Native>(key, commitment, 4), nullifier);
		assert_ne!(note_nullifier::<Native>(key, commitment, 5), nullifier);
		assert_ne!(note_nullifier::<Native>(Fr::from(2u8), commitment, 4), nullifier);
		let other = Note { rho: Fr::from(8u8), ..note() }.commitment::<Native>();
		assert_ne!(note_nullifier::<Native>(key, other, 4), nullifier);
	}

	#[test]
	fn an_owner_key_is_one_secrets_and_one_diversifiers() {
		let owner =
			|key: u8, diversifier: u8| owner_key::<Native>(Fr::from(key), Fr::from(diversifier));
		assert_ne!(owner(1, 2), owner(1, 3));
		assert_ne!(owner(1, 2), owner(3, 2));
		assert_ne!(owner(1, 2), owner(2, 1));
	}

	#[test]
	fn hashes_of_the_same_inputs_for_different_purposes_differ() {
		let (a, b) = (Fr::from(5u8), Fr::from(6u8));
		let hashes = [
			owner_key::<Native>(a, b),
			Note { value: 0, owner: a, rho: b }.inner::<Native>(),
			note_commitment::<Native>(5, b),
		];
		for (place, hash) in hashes.iter().enumerate() {
			assert!(!hashes[..place].contains(hash), "hash {place} has a tag of its own");
		}
	}
}
