//! Each invariant can be broken, and is then reported: what runs after every test is able to fail.

use super::*;
use crate::{HotKeys, Miners, Outcomes, Profiles};
use polkadot_sdk::{frame_support::storage::with_storage_layer, sp_runtime::DispatchError};
use quittance_types::{Miners as _, Outcome};

/// Whether the invariants report what `corrupt` does, which is then undone.
fn noticed(corrupt: impl FnOnce()) -> bool {
	let mut noticed = false;
	let undone: Result<(), DispatchError> = with_storage_layer(|| {
		corrupt();
		noticed = Registry::do_try_state().is_err();
		Err(DispatchError::Other("undo"))
	});
	assert!(undone.is_err());
	assert_ok!(Registry::do_try_state());
	noticed
}

#[test]
fn every_invariant_is_watched() {
	run(|| {
		registered();
		assert_ok!(Registration::new(&OTHER, 2).by(&OTHER));
		assert_ok!(Registry::unbond(signed(&MINER), 100));
		advance(1);
		assert_ok!(Registry::unbond(signed(&MINER), 100));
		let rotation = Registry::rotate_hot_key(signed(&MINER), hot(3), possession(&MINER, 3));
		assert_ok!(rotation);
		Registry::record_outcome(&MINER, Outcome::Fulfilled);

		let altered = |spoil: fn(&mut Miner<AccountId>)| {
			noticed(|| Miners::<Test>::mutate(MINER, |record| spoil(record.as_mut().unwrap())))
		};
		assert!(altered(|miner| miner.bond += 1), "a bond that is not held");
		assert!(altered(|miner| miner.unbonding[0].amount -= 1), "held and nobody's");
		let too_much = |miner: &mut Miner<AccountId>| {
			miner.locks = 1;
			miner.reserved = miner.bond + 1;
		};
		assert!(altered(too_much), "more reserved than there is");
		assert!(altered(|miner| miner.locks = 1), "a lock that reserves nothing");
		assert!(altered(|miner| miner.reserved = 1), "reserved for nothing");
		let empty = |miner: &mut Miner<AccountId>| {
			miner.bond += 100;
			miner.unbonding[0].amount = 0;
		};
		assert!(altered(empty), "a part of nothing");
		assert!(altered(|miner| miner.unbonding.as_mut().reverse()), "the newest part first");
		assert!(altered(|miner| miner.leaving = true), "leaving with a bond and a key to come");
		assert!(altered(|miner| miner.hot_key = hot(2)), "another's key");
		assert!(altered(|miner| miner.next_key.as_mut().unwrap().key = hot(2)), "another's next");
		let same = |miner: &mut Miner<AccountId>| {
			miner.next_key.as_mut().unwrap().key = miner.hot_key.clone();
		};
		assert!(altered(same), "on its way to itself");
		assert!(altered(|miner| miner.last_heartbeat = EPOCH + 1), "a heartbeat to come");

		assert!(noticed(|| HotKeys::<Test>::remove(hot(1))), "a key that is not taken");
		assert!(noticed(|| HotKeys::<Test>::remove(hot(3))), "a next key that is not taken");
		assert!(noticed(|| HotKeys::<Test>::insert(MINER, OTHER)), "a miner that is a hot key");
		assert!(noticed(|| Profiles::<Test>::remove(MINER)), "a miner without a profile");
		let profile = Profiles::<Test>::get(MINER).unwrap();
		assert!(noticed(|| Profiles::<Test>::insert(THIRD, &profile)), "a profile without a miner");
		let altered = |spoil: fn(&mut Profile)| {
			noticed(|| Profiles::<Test>::mutate(MINER, |record| spoil(record.as_mut().unwrap())))
		};
		assert!(altered(|profile| profile.endpoint.clear()), "no endpoint");
		assert!(altered(|profile| profile.capabilities.levels.clear()), "no level");

		let ring = Outcomes::<Test>::get(MINER).unwrap();
		assert!(noticed(|| Outcomes::<Test>::insert(THIRD, &ring)), "outcomes of nobody");
		let misplaced = || {
			Outcomes::<Test>::mutate(MINER, |ring| ring.as_mut().unwrap().0.rotate_left(1));
		};
		assert!(noticed(misplaced), "a window in another's place");
	});
}
