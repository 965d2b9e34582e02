//! What holds between any two blocks.

use crate::{
	types::{PastShares, ShareNode, Slot, SHARE_LEVELS},
	Config, Formers, HoldReason, HotKeys, Locks, MinerOf, Miners, Minting, OutcomeRing, Outcomes,
	Pallet, PastShareNodes, Pool, Profiles, ProofNotes, Roll, ShareNodes, Slots, Window,
};
use alloc::collections::BTreeMap;
use polkadot_sdk::{
	frame_support::{
		ensure,
		traits::{fungible::InspectHold, Get},
	},
	frame_system,
	sp_runtime::TryRuntimeError,
};

impl<T: Config> Pallet<T> {
	/// Checks that
	///
	/// * what is held from a miner's account is its bond and what is being unbonded;
	/// * nothing is held for a bond from anybody else;
	/// * open locks have reserved no more than the bond, and something if there are any;
	/// * a miner's locks are as many, and have reserved as much, as its record says;
	/// * a miner owes no more than is held from it;
	/// * parts that are being unbonded are more than zero, the oldest first;
	/// * a leaving miner has no free bond and no key on its way;
	/// * a miner's keys, the next one too, are its own, and its account is no other miner's key;
	/// * a key on its way is not the one that works;
	/// * no heartbeat is of an epoch to come, before the registration, or after a roll call to come;
	/// * what nodes of the tree of shares were is of epochs gone by, in their order;
	/// * every miner has a valid profile and every profile a miner;
	/// * former capabilities are valid ones of miners, given up in no epoch to come nor before the registration;
	/// * outcomes are of miners, and in their places;
	/// * a note of proofs names each miner once, for at least one job;
	/// * nothing was minted in an epoch to come;
	/// * miners that do not leave have a slot each, and the other slots can be found by who registers;
	/// * the tree of shares has the bonds of those miners at its leaves, and sums of them above.
	pub fn do_try_state() -> Result<(), TryRuntimeError> {
		let now = T::Epoch::get();
		let roll = Roll::<T>::get();
		ensure!(roll.epoch <= now, "the roll is called in epochs that have begun");
		for (account, miner) in Miners::<T>::iter() {
			Self::try_bond(&account, &miner)?;
			let next = miner.next_key.as_ref().map(|next| &next.key);
			for key in next.into_iter().chain([&miner.hot_key]) {
				ensure!(
					HotKeys::<T>::get(key).as_ref() == Some(&account),
					"a miner's hot keys are its own"
				);
			}
			ensure!(next != Some(&miner.hot_key), "a key on its way does not work yet");
			ensure!(
				Self::is_nobody_elses(&account, &account),
				"a miner's account is no other miner's hot key"
			);
			ensure!(miner.last_heartbeat <= now, "no heartbeat is of an epoch to come");
			ensure!(
				miner.registered_in <= miner.last_heartbeat,
				"the registration is the first heartbeat"
			);
			ensure!(miner.roll_calls <= roll.over, "no roll call to come was answered");
			let profile = Profiles::<T>::get(&account).ok_or("every miner has a profile")?;
			ensure!(
				Self::check_capabilities(&profile.capabilities).is_ok()
					&& Self::check_endpoint(&profile.endpoint).is_ok(),
				"a profile is valid"
			);
		}
		ensure!(
			Profiles::<T>::iter_keys().count() == Miners::<T>::iter_keys().count(),
			"every profile is a miner's"
		);
		// Whoever has something on hold has an account.
		for account in frame_system::Account::<T>::iter_keys() {
			let held = T::Currency::balance_on_hold(&HoldReason::Bond.into(), &account);
			ensure!(
				held == 0 || Miners::<T>::contains_key(&account),
				"bonds are held from miners only"
			);
		}
		for (account, OutcomeRing(windows)) in Outcomes::<T>::iter() {
			ensure!(Miners::<T>::contains_key(&account), "outcomes are of miners");
			for (place, window) in windows.iter().enumerate() {
				ensure!(
					*window == Window::default() || OutcomeRing::place(window.number) == place,
					"a window is at its number's place"
				);
			}
		}
		for (account, former) in Formers::<T>::iter() {
			let miner = Miners::<T>::get(&account).ok_or("former capabilities are of miners")?;
			ensure!(
				(miner.registered_in..=now).contains(&former.changed_in),
				"capabilities are changed by those who are registered"
			);
			ensure!(
				Self::check_capabilities(&former.capabilities).is_ok(),
				"former capabilities were valid"
			);
		}
		Self::try_rewards()?;
		Self::try_locks()?;
		Self::try_slots()?;
		Self::try_shares()
	}

	fn try_bond(account: &T::AccountId, miner: &MinerOf<T>) -> Result<(), TryRuntimeError> {
		ensure!(
			T::Currency::balance_on_hold(&HoldReason::Bond.into(), account) == miner.held(),
			"the bond and what is being unbonded are held"
		);
		ensure!(miner.reserved <= miner.bond, "locks reserve no more than the bond");
		ensure!(
			(miner.locks == 0) == (miner.reserved == 0),
			"open locks have reserved something, and nothing else has"
		);
		ensure!(miner.owed <= miner.held(), "a miner owes no more than it has");
		ensure!(
			miner.unbonding.iter().all(|part| part.amount > 0),
			"a part that is being unbonded is more than zero"
		);
		ensure!(
			miner.unbonding.iter().is_sorted_by_key(|part| part.until),
			"the oldest part comes first"
		);
		ensure!(
			!miner.is_leaving() || (miner.free_bond() == 0 && miner.next_key.is_none()),
			"a leaving miner has no free bond and no key on its way"
		);
		Ok(())
	}

	fn try_rewards() -> Result<(), TryRuntimeError> {
		if let Some(note) = ProofNotes::<T>::get() {
			let paid = note.paid;
			ensure!(
				paid.iter().all(|(_, receipts)| *receipts > 0),
				"a miner is noted for a job that has ended by a proof"
			);
			ensure!(
				paid.iter().enumerate().all(|(place, (miner, _))| {
					paid.iter().take(place).all(|(other, _)| other != miner)
				}),
				"a miner is noted once"
			);
		}
		ensure!(Minting::<T>::get().epoch <= T::Epoch::get(), "no epoch to come has minted");
		Ok(())
	}

	fn try_locks() -> Result<(), TryRuntimeError> {
		let mut open: BTreeMap<T::AccountId, (u32, u128)> = BTreeMap::new();
		for (miner, amount, count) in Locks::<T>::iter() {
			ensure!(count > 0 && amount > 0, "a lock that is kept is open and reserves something");
			ensure!(Miners::<T>::contains_key(&miner), "open locks are of miners");
			let (locks, reserved) = open.entry(miner).or_default();
			*locks = locks.saturating_add(count);
			*reserved = reserved.saturating_add(amount.saturating_mul(count.into()));
		}
		for (account, miner) in Miners::<T>::iter() {
			ensure!(
				open.get(&account).copied().unwrap_or_default() == (miner.locks, miner.reserved),
				"a miner's record sums up its locks"
			);
		}
		Ok(())
	}

	fn try_slots() -> Result<(), TryRuntimeError> {
		let pool = Pool::<T>::get();
		let (mut taken, mut free) = (0usize, 0u32);
		for (number, slot) in Slots::<T>::iter() {
			ensure!(number < pool.opened, "a slot was opened");
			match slot {
				Slot::Taken(miner) => {
					let share = Miners::<T>::get(&miner).and_then(|record| record.share());
					ensure!(
						share.is_some_and(|(slot, _)| slot == number),
						"a slot is that of a miner which does not leave"
					);
					taken = taken.saturating_add(1);
				},
				Slot::Free { .. } => free = free.saturating_add(1),
			}
		}
		let staying = Miners::<T>::iter_values().filter(|miner| !miner.is_leaving()).count();
		ensure!(taken == staying, "a miner that does not leave has a slot");
		ensure!(
			taken.saturating_add(free as usize) == pool.opened as usize,
			"every slot that was opened is there"
		);
		let mut next = pool.free;
		for _ in 0..free {
			let Some(Slot::Free { next: after }) = next.and_then(Slots::<T>::get) else {
				return Err("a free slot leads to the next".into());
			};
			next = after;
		}
		ensure!(next.is_none(), "every free slot is found once");
		Ok(())
	}

	fn try_shares() -> Result<(), TryRuntimeError> {
		let mut sums: BTreeMap<u32, u128> =
			Miners::<T>::iter_values().filter_map(|miner| miner.share()).collect();
		sums.retain(|_, share| *share > 0);
		let mut nodes = BTreeMap::new();
		for level in 0..SHARE_LEVELS {
			let mut above: BTreeMap<u32, ShareNode> = BTreeMap::new();
			for (place, sum) in sums {
				let (place, child) = ShareNode::above(place);
				above.entry(place).or_default().set(child, sum);
			}
			sums = above.iter().map(|(place, node)| (*place, node.sum())).collect();
			nodes.extend(above.into_iter().map(|(place, node)| ((level, place), node)));
		}
		ensure!(
			ShareNodes::<T>::iter().collect::<BTreeMap<_, _>>() == nodes,
			"the tree of shares is that of the miners' bonds"
		);
		for PastShares(kept) in PastShareNodes::<T>::iter_values() {
			ensure!(
				kept.iter().is_sorted_by(|(one, _), (next, _)| one < next)
					&& kept.iter().all(|(changed_in, _)| *changed_in <= T::Epoch::get()),
				"what a node was is of two epochs gone by, the earlier one first"
			);
		}
		Ok(())
	}
}
