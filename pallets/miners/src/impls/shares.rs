//! Shares: miners laid end to end, each with a share as long as its bond without what it owes, for a draw by
//! bond.
//!
//! A tree of sums over the miners' slots: to change a share writes one node of each level, and to find
//! the miner at a point reads one of each. What a node was is kept with its first change of an epoch, so
//! that a draw can be by the shares with which an epoch began.

use crate::{
	types::{ShareNode, Slot, MAX_MINERS, SHARE_LEVELS},
	Config, Error, Miners, Pallet, PastShareNodes, Pool, ShareNodes, Slots,
};
use polkadot_sdk::frame_support::{
	ensure,
	traits::{Defensive, Get},
};
use quittance_types::{EpochIndex, JobNeeds};

/// The level of the root, which is the only node there.
const ROOT: (u8, u32) = (SHARE_LEVELS.saturating_sub(1), 0);

impl<T: Config> Pallet<T> {
	/// Whether one more miner can have a slot.
	pub(crate) fn ensure_has_slot() -> Result<(), Error<T>> {
		let pool = Pool::<T>::get();
		ensure!(pool.free.is_some() || pool.opened < MAX_MINERS, Error::TooManyMiners);
		Ok(())
	}

	/// Gives a miner a slot: the one that was freed last, or else a new one.
	pub(crate) fn take_slot(miner: &T::AccountId, share: u128) -> Result<u32, Error<T>> {
		Self::ensure_has_slot()?;
		let mut pool = Pool::<T>::get();
		let slot = match pool.free {
			Some(slot) => {
				let Some(Slot::Free { next }) = Slots::<T>::get(slot) else {
					return Err(Error::Unexpected);
				};
				pool.free = next;
				slot
			},
			None => {
				let slot = pool.opened;
				pool.opened = slot.saturating_add(1);
				slot
			},
		};
		Pool::<T>::put(pool);
		Slots::<T>::insert(slot, Slot::Taken(miner.clone()));
		Self::set_share(slot, share);
		Ok(slot)
	}

	/// Takes a slot, and its share, back.
	pub(crate) fn free_slot(slot: u32) {
		Self::set_share(slot, 0);
		Pool::<T>::mutate(|pool| {
			Slots::<T>::insert(slot, Slot::Free { next: pool.free });
			pool.free = Some(slot);
		});
	}

	/// Does to the tree what was done to a miner's slot and bond.
	pub(crate) fn follow_share(before: Option<(u32, u128)>, after: Option<(u32, u128)>) {
		match (before, after) {
			(Some((slot, _)), None) => Self::free_slot(slot),
			(_, Some((slot, share))) if before != after => Self::set_share(slot, share),
			_ => (),
		}
	}

	/// Sets the share of a slot, and with it the sums above.
	pub(crate) fn set_share(slot: u32, share: u128) {
		let (mut place, mut sum) = (slot, share);
		for level in 0..SHARE_LEVELS {
			let (above, child) = ShareNode::above(place);
			Self::keep_node((level, above));
			ShareNodes::<T>::mutate_exists((level, above), |stored| {
				let mut node = stored.take().unwrap_or_default();
				node.set(child, sum);
				sum = node.sum();
				*stored = (sum > 0).then_some(node);
			});
			place = above;
		}
	}

	/// Keeps what a node is, before its first change of the epoch.
	fn keep_node(at: (u8, u32)) {
		let epoch = T::Epoch::get();
		let mut past = PastShareNodes::<T>::get(at);
		if !past.knows(epoch) {
			past.keep(epoch, ShareNodes::<T>::get(at).unwrap_or_default());
			PastShareNodes::<T>::insert(at, past);
		}
	}

	/// A node as it was when an epoch began.
	fn node_when_began(epoch: EpochIndex, at: (u8, u32)) -> Option<ShareNode> {
		PastShareNodes::<T>::get(at).when_began(epoch).or_else(|| ShareNodes::<T>::get(at))
	}

	/// The slot in whose share of the time when an epoch began a point lies.
	pub(crate) fn slot_at(epoch: EpochIndex, point: u128) -> Option<u32> {
		let (mut place, mut rest) = (0, point);
		for level in (0..SHARE_LEVELS).rev() {
			let (child, within) = Self::node_when_began(epoch, (level, place))?.at(rest)?;
			place = ShareNode::below(place, child);
			rest = within;
		}
		Some(place)
	}
}

impl<T: Config> quittance_types::Shares<T::AccountId> for Pallet<T> {
	fn total(epoch: EpochIndex) -> u128 {
		Self::node_when_began(epoch, ROOT).map_or(0, |root| root.sum())
	}

	fn at(epoch: EpochIndex, point: u128) -> Option<T::AccountId> {
		// Of a slot that was given to another since, it is that other, who registered too late to be
		// drawn.
		let slot = Slots::<T>::get(Self::slot_at(epoch, point)?);
		match slot.defensive_proof("only slots that were taken have shares")? {
			Slot::Taken(miner) => Some(miner),
			Slot::Free { .. } => None,
		}
	}

	fn registered_in(miner: &T::AccountId) -> Option<EpochIndex> {
		Miners::<T>::get(miner).map(|record| record.registered_in)
	}

	fn can_judge(epoch: EpochIndex, miner: &T::AccountId, needs: &JobNeeds) -> bool {
		Self::ensure_free_to(miner, Self::ensure_on_duty)
			.and_then(|()| Self::offered_when_began(epoch, miner))
			.and_then(|offered| Self::ensure_enough(&offered, needs))
			.is_ok()
	}

	fn reserve_for_duty(miner: &T::AccountId, amount: u128) -> bool {
		Self::open_lock(miner, amount, Self::ensure_on_duty).is_ok()
	}
}
