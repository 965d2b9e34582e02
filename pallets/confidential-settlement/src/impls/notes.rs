//! The tree of notes, and which notes are spent.
//!
//! What a call makes and spends goes through here, whatever the call proves.

use crate::{types::Tree, Config, Error, Event, NoteTree, Nullifiers, Pallet, PoolTotals};
use polkadot_sdk::frame_support::ensure;
use quittance_host_functions::Host;
use quittance_types::{FieldBytes, PoolRefusal, NOTE_INPUTS};

impl<T: Config> Pallet<T> {
	/// Whether the tree can take so many notes beside those of all escrows, which become two at most.
	/// Asked before any money moves.
	pub(crate) fn has_room_for(notes: usize) -> bool {
		let escrows = PoolTotals::<T>::get().escrows().unwrap_or(u64::MAX);
		let taken = escrows.saturating_mul(2).saturating_add(notes as u64);
		NoteTree::<T>::get().has_room_for(taken)
	}

	/// Appends notes and returns the place of the first. Each is a commitment below the group order, with
	/// the place of its ciphertext in the call where it has one.
	pub(crate) fn add_notes(notes: &[(FieldBytes, Option<u8>)]) -> Result<u64, Error<T>> {
		let mut edge = NoteTree::<T>::get().to_frontier().ok_or(Error::<T>::Unexpected)?;
		let first = edge.leaves();
		for (commitment, ciphertext) in notes {
			let leaf = commitment.to_field().ok_or(Error::<T>::Unexpected)?;
			let index = edge.append::<Host>(leaf).ok_or(Error::<T>::TreeFull)?;
			let (commitment, ciphertext) = (*commitment, *ciphertext);
			Self::deposit_event(Event::NoteAdded { index, commitment, ciphertext });
		}
		NoteTree::<T>::put(Tree::from_frontier(&edge).ok_or(Error::<T>::Unexpected)?);
		Ok(first)
	}

	/// Whether notes of these nullifiers can be spent by one call. That the nullifiers differ is asked here
	/// as well, where they are about to be spent.
	pub(crate) fn ensure_unspent(
		nullifiers: &[FieldBytes; NOTE_INPUTS],
	) -> Result<(), PoolRefusal> {
		let [first, second] = nullifiers;
		ensure!(first != second, PoolRefusal::EqualNullifiers);
		for nullifier in nullifiers {
			ensure!(!Nullifiers::<T>::contains_key(nullifier), PoolRefusal::NullifierSpent);
		}
		Ok(())
	}

	/// Spends the notes of nullifiers that were found unspent.
	pub(crate) fn spend(nullifiers: &[FieldBytes; NOTE_INPUTS]) {
		for nullifier in nullifiers {
			Nullifiers::<T>::insert(nullifier, ());
		}
	}
}
