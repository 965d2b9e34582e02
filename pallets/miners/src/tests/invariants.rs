//! Each invariant can be broken, and is then reported by its own message: what runs after every test is
//! able to fail, each part of it.

use super::*;
use crate::{
	HoldReason, HotKeys, Locks, Miners, Outcomes, Pool, Profiles, Roll, ShareNodes, Slots,
};
use polkadot_sdk::{
	frame_support::{storage::with_storage_layer, traits::fungible::MutateHold},
	sp_runtime::DispatchError,
};
use quittance_types::{Miners as _, Outcome};

/// What the invariants say to what `corrupt` does, which is then undone.
fn report(corrupt: impl FnOnce()) -> &'static str {
	let mut report = "nothing";
	let undone: Result<(), DispatchError> = with_storage_layer(|| {
		corrupt();
		if let Err(DispatchError::Other(message)) = Registry::do_try_state() {
			report = message;
		}
		Err(DispatchError::Other("undo"))
	});
	assert!(undone.is_err());
	assert_ok!(Registry::do_try_state());
	report
}

/// The same for a change of [`MINER`]'s record.
fn altered(spoil: impl FnOnce(&mut Miner<AccountId>)) -> &'static str {
	report(|| Miners::<Test>::mutate(MINER, |record| spoil(record.as_mut().unwrap())))
}

/// Two miners, one with all that a record can have, one that leaves, and a slot that is free.
fn busy(test: impl FnOnce()) {
	run(|| {
		registered();
		assert_ok!(Registration::new(&OTHER, 2).by(&OTHER));
		assert_ok!(Registration::new(&THIRD, 4).by(&THIRD));
		assert_ok!(Registry::unbond(signed(&MINER), 100));
		advance(1);
		assert_ok!(Registry::unbond(signed(&MINER), 100));
		let rotation = Registry::rotate_hot_key(signed(&MINER), hot(3), possession(&MINER, 3));
		assert_ok!(rotation);
		Registry::record_outcome(&MINER, Outcome::Fulfilled);
		for amount in [700, 700, 50] {
			assert_ok!(Registry::reserve(&MINER, amount));
		}
		assert_ok!(Registry::reserve(&THIRD, 20));
		assert_ok!(Registry::leave(signed(&THIRD)));
		test();
	});
}

#[test]
fn the_bond_is_watched() {
	const HELD: &str = "the bond and what is being unbonded are held";
	busy(|| {
		assert_eq!(altered(|miner| miner.bond += 1), HELD);
		assert_eq!(altered(|miner| miner.bond -= 1), HELD);
		assert_eq!(altered(|miner| miner.unbonding[0].amount -= 1), HELD);
		let too_much = |miner: &mut Miner<AccountId>| miner.reserved = miner.bond + 1;
		assert_eq!(altered(too_much), "locks reserve no more than the bond");
		const LOCKS: &str = "open locks have reserved something, and nothing else has";
		assert_eq!(altered(|miner| miner.locks = 0), LOCKS);
		assert_eq!(altered(|miner| miner.reserved = 0), LOCKS);
		let beyond = |miner: &mut Miner<AccountId>| miner.owed = BOND + 1;
		assert_eq!(altered(beyond), "a miner owes no more than it has");
		const TREE: &str = "the tree of shares is that of the miners' bonds";
		assert_eq!(altered(|miner| miner.owed = BOND), TREE, "all that it may owe, with its share");
		let empty = |miner: &mut Miner<AccountId>| {
			miner.bond += 100;
			miner.unbonding[0].amount = 0;
		};
		assert_eq!(altered(empty), "a part that is being unbonded is more than zero");
		let reversed = |miner: &mut Miner<AccountId>| miner.unbonding.as_mut().reverse();
		assert_eq!(altered(reversed), "the oldest part comes first");

		// What is held from somebody for nothing, or from a miner that was forgotten.
		let orphan = || Balances::hold(&HoldReason::Bond.into(), &TREASURY, 1).unwrap();
		assert_eq!(report(orphan), "bonds are held from miners only");
		let forgotten = || {
			Miners::<Test>::remove(THIRD);
			Profiles::<Test>::remove(THIRD);
			Locks::<Test>::remove(THIRD, 20);
		};
		assert_eq!(report(forgotten), "bonds are held from miners only");
	});
}

/// One at a time: each of the two alone is reported.
#[test]
fn a_leaving_miner_is_watched() {
	const LEAVING: &str = "a leaving miner has no free bond and no key on its way";
	busy(|| {
		let leaving = |change: fn(&mut Miner<AccountId>)| {
			report(|| {
				Miners::<Test>::mutate(THIRD, |record| change(record.as_mut().unwrap()));
			})
		};
		let next = |miner: &mut Miner<AccountId>| {
			miner.next_key = Some(NextKey { key: hot(4), works_from: 1_000 });
		};
		assert_eq!(leaving(next), LEAVING);
		let free = |miner: &mut Miner<AccountId>| {
			miner.bond += 80;
			miner.unbonding[0].amount -= 80;
		};
		assert_eq!(leaving(free), LEAVING);
		let none = Status::Leaving { until: 0 };
		let left = |miner: &mut Miner<AccountId>| {
			miner.status = none;
			miner.next_key = None;
		};
		assert_eq!(altered(left), LEAVING);
	});
}

#[test]
fn locks_are_watched() {
	const SUM: &str = "a miner's record sums up its locks";
	busy(|| {
		assert_eq!(altered(|miner| miner.locks -= 1), SUM);
		assert_eq!(altered(|miner| miner.reserved += 1), SUM);
		assert_eq!(report(|| Locks::<Test>::insert(MINER, 700, 1)), SUM);
		assert_eq!(report(|| Locks::<Test>::remove(MINER, 50)), SUM);
		// As much, but otherwise.
		let otherwise = || {
			Locks::<Test>::remove(MINER, 700);
			Locks::<Test>::insert(MINER, 1_400, 1);
		};
		assert_eq!(report(otherwise), SUM);
		assert_eq!(report(|| Locks::<Test>::insert(POOR, 1, 1)), "open locks are of miners");
		const KEPT: &str = "a lock that is kept is open and reserves something";
		assert_eq!(report(|| Locks::<Test>::insert(MINER, 9, 0)), KEPT);
		assert_eq!(report(|| Locks::<Test>::insert(MINER, 0, 1)), KEPT);
	});
}

#[test]
fn keys_are_watched() {
	const OWN: &str = "a miner's hot keys are its own";
	busy(|| {
		assert_eq!(altered(|miner| miner.hot_key = hot(2)), OWN);
		assert_eq!(altered(|miner| miner.next_key.as_mut().unwrap().key = hot(2)), OWN);
		assert_eq!(report(|| HotKeys::<Test>::remove(hot(1))), OWN);
		assert_eq!(report(|| HotKeys::<Test>::remove(hot(3))), OWN);
		let same = |miner: &mut Miner<AccountId>| {
			miner.next_key.as_mut().unwrap().key = miner.hot_key.clone();
		};
		assert_eq!(altered(same), "a key on its way does not work yet");
		let key = || HotKeys::<Test>::insert(MINER, OTHER);
		assert_eq!(report(key), "a miner's account is no other miner's hot key");
	});
}

#[test]
fn heartbeats_are_watched() {
	busy(|| {
		let to_come = "no heartbeat is of an epoch to come";
		assert_eq!(altered(|miner| miner.last_heartbeat = EPOCH + 1), to_come);
		let first = "the registration is the first heartbeat";
		assert_eq!(altered(|miner| miner.last_heartbeat = EPOCH - 1), first);
		let answered = "no roll call to come was answered";
		assert_eq!(altered(|miner| miner.roll_calls += 1), answered);
		let begun = "the roll is called in epochs that have begun";
		assert_eq!(report(|| Roll::<Test>::mutate(|roll| roll.epoch = EPOCH + 1)), begun);
	});
}

#[test]
fn profiles_and_outcomes_are_watched() {
	busy(|| {
		assert_eq!(report(|| Profiles::<Test>::remove(MINER)), "every miner has a profile");
		let profile = Profiles::<Test>::get(MINER).unwrap();
		let orphan = || Profiles::<Test>::insert(POOR, &profile);
		assert_eq!(report(orphan), "every profile is a miner's");
		let altered = |spoil: fn(&mut Profile)| {
			report(|| Profiles::<Test>::mutate(MINER, |record| spoil(record.as_mut().unwrap())))
		};
		assert_eq!(altered(|profile| profile.endpoint.clear()), "a profile is valid");
		assert_eq!(altered(|profile| profile.capabilities.levels.clear()), "a profile is valid");

		let ring = Outcomes::<Test>::get(MINER).unwrap();
		let orphan = || Outcomes::<Test>::insert(POOR, &ring);
		assert_eq!(report(orphan), "outcomes are of miners");
		let misplaced = || {
			Outcomes::<Test>::mutate(MINER, |ring| ring.as_mut().unwrap().0.rotate_left(1));
		};
		assert_eq!(report(misplaced), "a window is at its number's place");
	});
}

#[test]
fn slots_are_watched() {
	const STAYS: &str = "a slot is that of a miner which does not leave";
	const HAS: &str = "a miner that does not leave has a slot";
	busy(|| {
		// Zero is MINER's, one OTHER's, and two is free.
		assert_eq!(Pool::<Test>::get(), SlotPool { opened: 3, free: Some(2) });
		let give = |slot: u32, to: AccountId| move || Slots::<Test>::insert(slot, Slot::Taken(to));
		assert_eq!(report(give(2, POOR)), STAYS);
		assert_eq!(report(give(2, THIRD)), STAYS);
		assert_eq!(report(give(2, MINER)), STAYS);
		assert_eq!(report(give(0, OTHER)), STAYS);
		assert_eq!(report(give(3, MINER)), "a slot was opened");
		assert_eq!(report(|| Slots::<Test>::remove(0)), HAS);
		let lost = || Slots::<Test>::insert(0, Slot::Free { next: None });
		assert_eq!(report(lost), HAS);
		assert_eq!(report(|| Slots::<Test>::remove(2)), "every slot that was opened is there");

		const FOUND: &str = "every free slot is found once";
		let pool = |free| move || Pool::<Test>::mutate(|pool| pool.free = free);
		const LEADS: &str = "a free slot leads to the next";
		assert_eq!(report(pool(None)), LEADS);
		assert_eq!(report(pool(Some(0))), LEADS);
		let circle = || Slots::<Test>::insert(2, Slot::Free { next: Some(2) });
		assert_eq!(report(circle), FOUND);
		let taken = || Slots::<Test>::insert(2, Slot::Free { next: Some(0) });
		assert_eq!(report(taken), FOUND);
	});
}

#[test]
fn shares_are_watched() {
	const TREE: &str = "the tree of shares is that of the miners' bonds";
	busy(|| {
		let node = |level: u8, spoil: fn(&mut ShareNode)| {
			report(|| ShareNodes::<Test>::mutate((level, 0), |node| spoil(node.as_mut().unwrap())))
		};
		for level in 0..SHARE_LEVELS {
			assert_eq!(node(level, |node| node.0[0] += 1), TREE);
			assert_eq!(node(level, |node| node.0[15] += 1), TREE);
			assert_eq!(report(|| ShareNodes::<Test>::remove((level, 0))), TREE);
		}
		assert_eq!(node(0, |node| node.0.swap(0, 1)), TREE);
		let to_come = || {
			crate::PastShareNodes::<Test>::mutate((0, 0), |past| {
				past.keep(crate::mock::CurrentEpoch::get() + 1, ShareNode::default())
			})
		};
		assert_eq!(
			report(to_come),
			"what a node was is of two epochs gone by, the earlier one first"
		);
		let more = || ShareNodes::<Test>::insert((0, 1), ShareNode::default());
		assert_eq!(report(more), TREE, "empty nodes are not kept");
		let above = || ShareNodes::<Test>::insert((SHARE_LEVELS, 0), ShareNode([1; BRANCHING]));
		assert_eq!(report(above), TREE);
	});
}
