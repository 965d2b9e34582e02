use super::*;
use crate::{HotKeys, Profiles};
use codec::Encode;
use quittance_types::Miners as _;

#[test]
fn registering_holds_the_bond_and_takes_the_hot_key() {
	run(|| {
		registered();
		System::assert_last_event(
			Event::<Test>::MinerRegistered {
				miner: MINER,
				hot_key: hot(1),
				bond: BOND,
				capabilities: blake2_256(&capabilities().encode()),
				endpoint: endpoint(),
			}
			.into(),
		);
		assert_eq!((held(&MINER), free(&MINER)), (BOND, ENDOWMENT - BOND));
		assert_eq!(Registry::by_hot_key(&hot(1)), Some(MINER));
		assert_eq!(Registry::miner_of(hot(1)), Some(MINER));
		assert_eq!(Registry::miner_of(MINER), None, "the cold key is no hot key");
		let profile = Profile { capabilities: capabilities(), endpoint: endpoint() };
		let record = Miner {
			hot_key: hot(1),
			next_key: None,
			bond: BOND,
			reserved: 0,
			locks: 0,
			owed: 0,
			unbonding: BoundedVec::new(),
			registered_at: NOW,
			registered_in: EPOCH,
			last_heartbeat: EPOCH,
			roll_calls: crate::Roll::<Test>::get().over,
			status: Status::Registered { slot: 0, paused: false },
		};
		assert_eq!(Registry::miner(MINER), Some(MinerInfo { record, profile }));
		assert_eq!(Registry::free_bond(MINER), Some(BOND));
		assert_eq!(Registry::standing(MINER), Some(Standing::default()));
	});
}

#[test]
fn of_an_account_that_is_no_miner_nothing_is_known() {
	run(|| {
		assert_eq!(Registry::miner(MINER), None);
		assert_eq!(Registry::miner_of(hot(1)), None);
		assert_eq!(Registry::free_bond(MINER), None);
		assert_eq!(Registry::standing(MINER), None);
	});
}

#[test]
fn fails_with_its_own_error_for_each_bad_argument() {
	run(|| {
		let good = Registration::new(&MINER, 1);
		let spoilt = |spoil: fn(&mut Registration)| {
			let mut registration = good.clone();
			spoil(&mut registration);
			registration.by(&MINER)
		};
		assert_noop!(spoilt(|r| r.bond = 999), E::BelowMinimumBond);
		assert_noop!(spoilt(|r| r.bond = ENDOWMENT), E::InsufficientBalance);
		assert_noop!(spoilt(|r| r.bond = u128::MAX), E::InsufficientBalance);
		assert_noop!(spoilt(|r| r.hot_key = AccountId::new([0; 32])), E::HotKeyInvalid);
		assert_noop!(spoilt(|r| r.hot_key = hot(2)), E::PossessionInvalid);
		assert_noop!(spoilt(|r| r.possession[0] ^= 1), E::PossessionInvalid);
		assert_noop!(spoilt(|r| r.capabilities.levels = BoundedVec::new()), E::NoLevels);
		assert_noop!(spoilt(|r| r.endpoint = BoundedVec::new()), E::EndpointInvalid);
		assert_ok!(good.by(&MINER));
	});
}

/// Trap 14: a signature is for one chain, miner and key, so that nobody can take what another showed.
#[test]
fn possession_is_shown_on_this_chain_for_this_account() {
	run(|| {
		let good = Registration::new(&MINER, 1);
		let elsewhere = possession_on(&[0; 32], &MINER, 1);
		let foreign = [elsewhere, possession(&OTHER, 1), possession(&MINER, 2)];
		for possession in foreign {
			let registration = Registration { possession, ..good.clone() };
			assert_noop!(registration.by(&MINER), E::PossessionInvalid);
		}
		// What a miner sent cannot be sent by another, whoever comes first.
		assert_noop!(good.clone().by(&OTHER), E::PossessionInvalid);
		// A heartbeat's signature is none of possession.
		let call = beat(&MINER, 1, EPOCH);
		let RuntimeCall::Registry(crate::Call::heartbeat { signature, .. }) = call else {
			panic!("a heartbeat")
		};
		let registration = Registration { possession: signature, ..good };
		assert_noop!(registration.by(&MINER), E::PossessionInvalid);
	});
}

#[test]
fn an_account_is_one_miner_and_a_key_works_for_one() {
	run(|| {
		registered();
		assert_noop!(Registration::new(&MINER, 2).by(&MINER), E::MinerExists);
		assert_noop!(Registration::new(&OTHER, 1).by(&OTHER), E::HotKeyTaken);
		// Nor do two miners wait for one key.
		assert_ok!(Registry::rotate_hot_key(signed(&MINER), hot(3), possession(&MINER, 3)));
		assert_noop!(Registration::new(&OTHER, 3).by(&OTHER), E::HotKeyTaken);
		assert_ok!(Registration::new(&OTHER, 2).by(&OTHER));
	});
}

#[test]
fn a_hot_key_is_no_other_miners_account() {
	run(|| {
		// The account of a key can sign that it is a hot key.
		let both = hot(9);
		assert_ok!(Registration::new(&both, 1).by(&both));
		assert_noop!(Registration::new(&MINER, 9).by(&MINER), E::HotKeyIsMiner);
	});
	run(|| {
		let both = hot(9);
		assert_ok!(Registration::new(&MINER, 9).by(&MINER));
		assert_noop!(Registration::new(&both, 1).by(&both), E::AccountIsHotKey);
		// Also not after it has been replaced, nor while it only waits to work.
		assert_ok!(Registry::rotate_hot_key(signed(&MINER), hot(1), possession(&MINER, 1)));
		advance(HotKeyDelay::get());
		assert_noop!(Registration::new(&both, 2).by(&both), E::AccountIsHotKey);
	});
	run(|| {
		let both = hot(9);
		registered();
		assert_ok!(Registry::rotate_hot_key(signed(&MINER), hot(9), possession(&MINER, 9)));
		assert_noop!(Registration::new(&both, 2).by(&both), E::AccountIsHotKey);
		assert_ok!(Registry::cancel_rotation(signed(&MINER)));
		assert_ok!(Registration::new(&both, 2).by(&both));
	});
}

#[test]
fn a_miner_may_work_with_its_own_key() {
	run(|| {
		let both = hot(9);
		assert_ok!(Registration::new(&both, 9).by(&both));
		assert_eq!(Registry::by_hot_key(&both), Some(both.clone()));
		assert_eq!(HotKeys::<Test>::get(&both), Some(both));
	});
}

#[test]
fn boundaries_of_the_bond_and_the_balance() {
	run(|| {
		let with = |bond| Registration { bond, ..Registration::new(&MINER, 1) }.by(&MINER);
		// The existential deposit stays free, and everything else can be bonded.
		let most = ENDOWMENT - EXISTENTIAL_DEPOSIT;
		assert_noop!(with(most + 1), E::InsufficientBalance);
		assert_noop!(with(MinimumBond::get() - 1), E::BelowMinimumBond);
		assert_ok!(with(most));
		assert_eq!(free(&MINER), EXISTENTIAL_DEPOSIT);
		let least = Registration { bond: MinimumBond::get(), ..Registration::new(&OTHER, 2) };
		assert_ok!(least.by(&OTHER));
		assert_noop!(Registration::new(&POOR, 3).by(&POOR), E::InsufficientBalance);
	});
	// Whoever else keeps the account alive.
	run(|| {
		System::inc_providers(&MINER);
		let with = |bond| Registration { bond, ..Registration::new(&MINER, 1) }.by(&MINER);
		assert_noop!(with(ENDOWMENT - EXISTENTIAL_DEPOSIT + 1), E::InsufficientBalance);
		assert_ok!(with(ENDOWMENT - EXISTENTIAL_DEPOSIT));
	});
}

#[test]
fn capabilities_are_sets_with_a_level_and_a_region_that_is_spelt_right() {
	run(|| {
		registered();
		let set = |spoil: fn(&mut Capabilities)| {
			let mut changed = capabilities();
			spoil(&mut changed);
			Registry::set_capabilities(signed(&MINER), changed)
		};
		let ids = |number: u8| (0..number).map(|byte| [byte; 32]).collect::<Vec<_>>();
		assert_noop!(set(|c| c.levels = BoundedVec::new()), E::NoLevels);
		let twice = |c: &mut Capabilities| {
			c.levels = BoundedVec::truncate_from(vec![Level::Basic, Level::Basic]);
		};
		assert_noop!(set(twice), E::DuplicateCapability);
		let twice = |c: &mut Capabilities| {
			c.circuits = BoundedVec::truncate_from(vec![[1; 32], [2; 32], [1; 32]]);
		};
		assert_noop!(set(twice), E::DuplicateCapability);
		let twice = |c: &mut Capabilities| {
			c.fhe_parameters = BoundedVec::truncate_from(vec![[1; 32], [1; 32]]);
		};
		assert_noop!(set(twice), E::DuplicateCapability);
		for region in ["EU", "eu_west", "e u", "eü", "\0"] {
			let mut changed = capabilities();
			changed.region = BoundedVec::truncate_from(region.as_bytes().to_vec());
			assert_noop!(Registry::set_capabilities(signed(&MINER), changed), E::RegionInvalid);
		}

		// As much as there can be, and as little.
		let most = Capabilities {
			circuits: ids(16).try_into().unwrap(),
			levels: capabilities().levels,
			max_constraints: u64::MAX,
			largest_model: u64::MAX,
			fhe_parameters: ids(8).try_into().unwrap(),
			region: b"a-z-0-9-".to_vec().try_into().unwrap(),
		};
		let least = Capabilities {
			circuits: BoundedVec::new(),
			levels: BoundedVec::truncate_from(vec![Level::Transparent]),
			max_constraints: 0,
			largest_model: 0,
			fhe_parameters: BoundedVec::new(),
			region: BoundedVec::new(),
		};
		let mut before = capabilities();
		for after in [most, least] {
			assert_ok!(Registry::set_capabilities(signed(&MINER), after.clone()));
			System::assert_last_event(
				Event::<Test>::CapabilitiesChanged {
					miner: MINER,
					old: blake2_256(&before.encode()),
					new: blake2_256(&after.encode()),
				}
				.into(),
			);
			assert_eq!(Profiles::<Test>::get(MINER).unwrap().capabilities, after);
			before = after;
		}
		assert_noop!(Registry::set_capabilities(signed(&OTHER), capabilities()), E::UnknownMiner);
	});
}

#[test]
fn an_endpoint_is_a_url() {
	run(|| {
		registered();
		let set = |text: &str| {
			let endpoint = Endpoint::try_from(text.as_bytes().to_vec()).unwrap();
			Registry::set_endpoint(signed(&MINER), endpoint)
		};
		let bad = [
			"",
			"http://",
			"https://",
			"http:/a",
			"ftp://a",
			"HTTP://a",
			" http://a",
			"http://a b",
			"http://a\n",
			"http://ä",
			"http://\u{7f}",
			"//a",
		];
		for text in bad {
			assert_noop!(set(text), E::EndpointInvalid);
		}
		let longest = format!("http://{}", "a".repeat(MAX_ENDPOINT_BYTES as usize - 7));
		let mut old = endpoint();
		for text in ["http://a", "https://[::1]:1/~x?y=z#!", longest.as_str()] {
			assert_ok!(set(text));
			let new = Endpoint::truncate_from(text.as_bytes().to_vec());
			System::assert_last_event(
				Event::<Test>::EndpointChanged { miner: MINER, old, new: new.clone() }.into(),
			);
			assert_eq!(Profiles::<Test>::get(MINER).unwrap().endpoint, new);
			old = new;
		}
		assert_noop!(Registry::set_endpoint(signed(&OTHER), endpoint()), E::UnknownMiner);
	});
}

/// The runtime's own check of its configuration.
#[test]
fn boundaries_of_the_configuration() {
	use polkadot_sdk::frame_support::traits::Hooks;
	run(|| {
		let refused =
			|| std::panic::catch_unwind(<Registry as Hooks<u64>>::integrity_test).is_err();
		HotKeyDelay::set(UnbondingDelay::get());
		assert!(!refused());
		HotKeyDelay::set(UnbondingDelay::get() + 1);
		assert!(refused(), "returning is faster than rotating");
		HotKeyDelay::set(0);
		assert!(refused(), "a new key with every call");
		HotKeyDelay::set(1);
		assert!(!refused());
		WindowEpochs::set(0);
		assert!(refused(), "a window without epochs");
		WindowEpochs::set(1);
		MinimumBond::set(0);
		assert!(refused(), "miners that cost nothing");
		MinimumBond::set(1);
		assert!(!refused());
	});
}
