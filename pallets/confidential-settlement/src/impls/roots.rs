//! Which roots are recent.

use crate::{
	types::ROOT_HISTORY, Config, Event, NoteTree, Pallet, RecentRoots, Recorded, RecordedRoots,
	RootRing,
};
use polkadot_sdk::frame_support::traits::Defensive;
use quittance_host_functions::Host;
use quittance_types::FieldBytes;

impl<T: Config> Pallet<T> {
	/// Records the root of a block that changed the tree, and forgets the oldest one for it.
	///
	/// Only now, when the block ends: a root in the middle of a block depends on the order in which its
	/// author puts the calls. A block that changes nothing records nothing, so that wallets have as much
	/// time as the pool is quiet.
	pub(crate) fn record_root() {
		let (tree, recorded) = (NoteTree::<T>::get(), RecordedRoots::<T>::get());
		if tree.leaves == recorded.leaves {
			return;
		}
		let Some(edge) = tree.to_frontier().defensive_proof("the tree is what was stored") else {
			return;
		};
		let (root, leaves) = (FieldBytes::from(edge.root::<Host>()), tree.leaves);
		let place = Self::place_of(recorded.roots);
		if let Some(oldest) = RootRing::<T>::get(place) {
			RecentRoots::<T>::remove(oldest);
		}
		RootRing::<T>::insert(place, root);
		RecentRoots::<T>::insert(root, leaves);
		let roots = recorded.roots.saturating_add(1);
		RecordedRoots::<T>::put(Recorded { roots, leaves });
		Self::deposit_event(Event::RootRecorded { root, leaves });
	}

	/// The root that was recorded last.
	pub(crate) fn last_root() -> Option<FieldBytes> {
		let last = RecordedRoots::<T>::get().roots.checked_sub(1)?;
		RootRing::<T>::get(Self::place_of(last))
	}

	/// Where in the ring the root of this number is.
	pub(crate) fn place_of(root: u64) -> u32 {
		// Below `ROOT_HISTORY`, which has 32 bits.
		root.checked_rem(ROOT_HISTORY.into()).unwrap_or(0) as u32
	}
}
