use super::*;
use crate::HotKeys;
use quittance_types::Miners as _;

fn rotate(who: &AccountId, seed: u8) -> DispatchResult {
	Registry::rotate_hot_key(signed(who), hot(seed), possession(who, seed))
}

#[test]
fn the_new_key_works_after_the_delay_and_the_old_one_until_then() {
	run(|| {
		registered();
		assert_ok!(rotate(&MINER, 2));
		let works_from = NOW + HotKeyDelay::get();
		System::assert_last_event(
			Event::<Test>::HotKeyRotationStarted {
				miner: MINER,
				old: hot(1),
				new: hot(2),
				works_from,
			}
			.into(),
		);
		let works = |seed| Registry::by_hot_key(&hot(seed)) == Some(MINER);
		assert_eq!([works(1), works(2)], [true, false]);
		System::set_block_number(works_from - 1);
		assert_eq!([works(1), works(2)], [true, false]);
		// At its time and without anything that happens then.
		System::set_block_number(works_from);
		assert_eq!([works(1), works(2)], [false, true]);
		assert_eq!(record_of(&MINER).hot_key, hot(1), "nothing was written");
		assert_eq!(Registry::miner(MINER).unwrap().record.hot_key, hot(2));

		// The next change writes it down.
		assert_ok!(Registry::bond_more(signed(&MINER), 1));
		let record = record_of(&MINER);
		assert_eq!((record.hot_key, record.next_key), (hot(2), None));
		assert_eq!([works(1), works(2)], [false, true]);
	});
}

#[test]
fn a_rotation_replaces_one_under_way_and_frees_its_key() {
	run(|| {
		registered();
		assert_ok!(rotate(&MINER, 2));
		advance(5);
		assert_ok!(rotate(&MINER, 3));
		System::assert_has_event(
			Event::<Test>::HotKeyRotationCancelled { miner: MINER, key: hot(2) }.into(),
		);
		// The first one's time changes nothing.
		System::set_block_number(NOW + HotKeyDelay::get());
		assert_eq!(Registry::by_hot_key(&hot(1)), Some(MINER));
		assert_eq!(Registry::by_hot_key(&hot(2)), None);
		advance(5);
		assert_eq!(Registry::by_hot_key(&hot(3)), Some(MINER));
		assert_eq!(Registry::by_hot_key(&hot(1)), None);
		assert_ok!(Registration::new(&OTHER, 2).by(&OTHER));
	});
}

#[test]
fn a_key_that_works_already_is_not_replaced_but_retired() {
	run(|| {
		registered();
		assert_ok!(rotate(&MINER, 2));
		advance(HotKeyDelay::get());
		assert_ok!(rotate(&MINER, 3));
		System::assert_last_event(
			Event::<Test>::HotKeyRotationStarted {
				miner: MINER,
				old: hot(2),
				new: hot(3),
				works_from: System::block_number() + HotKeyDelay::get(),
			}
			.into(),
		);
		assert_eq!(Registry::by_hot_key(&hot(2)), Some(MINER));
		assert_eq!(HotKeys::<Test>::get(hot(1)), Some(MINER), "retired");
	});
}

/// A key that leaked under one miner does not come back under another, nor by a rotation.
#[test]
fn a_retired_key_stays_taken() {
	run(|| {
		registered();
		assert_ok!(rotate(&MINER, 2));
		advance(HotKeyDelay::get());
		assert_noop!(Registration::new(&OTHER, 1).by(&OTHER), E::HotKeyTaken);
		assert_noop!(rotate(&MINER, 1), E::HotKeyTaken);
		assert_ok!(Registration::new(&OTHER, 3).by(&OTHER));
		assert_noop!(rotate(&OTHER, 1), E::HotKeyTaken);
	});
}

#[test]
fn fails_with_its_own_error_for_each_bad_key() {
	run(|| {
		registered();
		assert_ok!(Registration::new(&hot(9), 4).by(&hot(9)));
		assert_noop!(rotate(&OTHER, 2), E::UnknownMiner);
		assert_noop!(rotate(&MINER, 1), E::HotKeyTaken);
		assert_noop!(rotate(&MINER, 4), E::HotKeyTaken);
		assert_noop!(rotate(&MINER, 9), E::HotKeyIsMiner);
		let with = |key, possession| Registry::rotate_hot_key(signed(&MINER), key, possession);
		assert_noop!(with(AccountId::new([0; 32]), [0; 64]), E::HotKeyInvalid);
		assert_noop!(with(hot(2), possession(&OTHER, 2)), E::PossessionInvalid);
		assert_noop!(with(hot(2), possession_on(&[0; 32], &MINER, 2)), E::PossessionInvalid);
		assert_ok!(rotate(&MINER, 2));
		assert_noop!(rotate(&MINER, 2), E::HotKeyTaken);
		assert_ok!(Registry::cancel_rotation(signed(&MINER)));
		assert_ok!(Registry::leave(signed(&MINER)));
		assert_noop!(rotate(&MINER, 2), E::Leaving);
	});
}

#[test]
fn cancelling_keeps_the_key_and_is_possible_until_the_new_one_works() {
	run(|| {
		registered();
		let cancel = || Registry::cancel_rotation(signed(&MINER));
		assert_noop!(cancel(), E::NoRotation);
		assert_noop!(Registry::cancel_rotation(signed(&OTHER)), E::UnknownMiner);
		assert_ok!(rotate(&MINER, 2));
		System::set_block_number(NOW + HotKeyDelay::get() - 1);
		assert_ok!(cancel());
		System::assert_last_event(
			Event::<Test>::HotKeyRotationCancelled { miner: MINER, key: hot(2) }.into(),
		);
		advance(2);
		assert_eq!(Registry::by_hot_key(&hot(1)), Some(MINER));
		assert_eq!(Registry::by_hot_key(&hot(2)), None);
		assert_noop!(cancel(), E::NoRotation);

		// The key never worked: another may have it, and the miner again.
		assert_ok!(rotate(&MINER, 2));
		advance(HotKeyDelay::get());
		assert_noop!(cancel(), E::NoRotation);
		assert_eq!(Registry::by_hot_key(&hot(2)), Some(MINER));
	});
}

#[test]
fn a_miner_may_rotate_to_its_own_account() {
	run(|| {
		let both = hot(9);
		assert_ok!(Registration::new(&both, 1).by(&both));
		assert_ok!(rotate(&both, 9));
		advance(HotKeyDelay::get());
		assert_eq!(Registry::by_hot_key(&both), Some(both));
	});
}
