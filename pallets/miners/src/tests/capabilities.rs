//! What a miner says that it can do: at once for jobs, and for draws as it was when their epoch began.

use super::*;
use crate::Formers;
use proptest::{prelude::*, test_runner::TestRunner};
use quittance_types::{EpochIndex, JobNeeds, Miners as _, Shares as _};

fn needs(model_size: u64) -> JobNeeds {
	JobNeeds {
		level: Level::Transparent,
		circuit: None,
		constraints: 0,
		model_size,
		fhe_parameters: None,
	}
}

/// Says that the miner can load models up to this size.
fn say(largest_model: u64) {
	let changed = Capabilities { largest_model, ..capabilities() };
	assert_ok!(Registry::set_capabilities(signed(&MINER), changed));
}

/// The size up to which the miner can be drawn, of these.
fn drawn_up_to(epoch: EpochIndex) -> Option<u64> {
	let can = |size: &u64| Registry::can_judge(epoch, &MINER, &needs(*size));
	let sizes = [10, 20, 30, 4_000].into_iter().filter(can);
	sizes.max()
}

#[test]
fn boundary_of_the_largest_model() {
	run(|| {
		registered();
		assert_ok!(Registry::can_take(&MINER, &needs(4_000)));
		assert_noop!(Registry::can_take(&MINER, &needs(4_001)), E::ModelTooLarge);
		let judges = |size| Registry::can_judge(EPOCH, &MINER, &needs(size));
		assert!(judges(4_000) && !judges(4_001));
		say(0);
		assert_ok!(Registry::can_take(&MINER, &needs(0)));
		assert_noop!(Registry::can_take(&MINER, &needs(1)), E::ModelTooLarge);
		say(u64::MAX);
		assert_ok!(Registry::can_take(&MINER, &needs(u64::MAX)));
	});
}

/// Attack: the last author of an epoch knows who will be drawn, and so does whoever it tells.
#[test]
fn who_drops_a_capability_while_the_seed_forms_is_drawn_by_it() {
	run(|| {
		registered();
		let epoch = EPOCH + 5;
		CurrentEpoch::set(epoch);
		say(10);
		assert_noop!(Registry::can_take(&MINER, &needs(11)), E::ModelTooLarge);
		assert_eq!(drawn_up_to(epoch), Some(4_000));
		// In the first block of the next epoch, or of one much later where there were no blocks.
		for later in [1, 2, 7] {
			CurrentEpoch::set(epoch + later);
			assert_eq!(drawn_up_to(epoch), Some(4_000));
			assert_eq!(drawn_up_to(epoch + later), Some(10));
		}
		assert_eq!(drawn_up_to(epoch + 1), Some(10));
	});
}

#[test]
fn who_adds_a_capability_while_the_seed_forms_is_not_drawn_by_it() {
	run(|| {
		registered();
		CurrentEpoch::set(EPOCH + 1);
		say(10);
		let epoch = EPOCH + 5;
		CurrentEpoch::set(epoch);
		let circuit = [9; 32];
		let with = |size| JobNeeds { circuit: Some(circuit), ..needs(size) };
		let circuits = BoundedVec::truncate_from(vec![circuit]);
		let changed = Capabilities { circuits, ..capabilities() };
		assert_ok!(Registry::set_capabilities(signed(&MINER), changed));
		assert_ok!(Registry::can_take(&MINER, &with(4_000)));
		assert_eq!(drawn_up_to(epoch), Some(10));
		assert!(!Registry::can_judge(epoch, &MINER, &with(10)));
		CurrentEpoch::set(epoch + 1);
		assert!(!Registry::can_judge(epoch, &MINER, &with(10)));
		assert!(Registry::can_judge(epoch + 1, &MINER, &with(4_000)));
	});
}

/// The oldest is kept of the changes of one epoch, and the newest of those of several.
#[test]
fn boundary_of_what_is_kept() {
	run(|| {
		registered();
		let epoch = EPOCH + 5;
		CurrentEpoch::set(epoch);
		say(10);
		say(20);
		assert_eq!(drawn_up_to(epoch), Some(4_000));
		let kept = |epoch| Formers::<Test>::get(MINER).filter(|kept| kept.changed_in == epoch);
		assert_eq!(kept(epoch).unwrap().capabilities, capabilities());
		// A change that undoes the one before counts as one.
		say(4_000);
		assert_eq!(drawn_up_to(epoch), Some(4_000));
		say(20);

		CurrentEpoch::set(epoch + 1);
		assert_eq!(drawn_up_to(epoch), Some(4_000), "before the first call of the epoch");
		say(30);
		assert_eq!(kept(epoch + 1).unwrap().capabilities.largest_model, 20);
		assert_eq!(drawn_up_to(epoch + 1), Some(20));
		CurrentEpoch::set(epoch + 2);
		assert_eq!((drawn_up_to(epoch + 1), drawn_up_to(epoch + 2)), (Some(20), Some(30)));
		assert_eq!(Formers::<Test>::iter().count(), 1);
		say(10);
		assert_eq!(Formers::<Test>::iter().count(), 1, "one former version of each miner");
	});
}

/// A change in the epoch before the seed's counts.
#[test]
fn boundary_of_the_epoch_of_a_change() {
	run(|| {
		registered();
		// In the epoch of the registration.
		say(10);
		assert_eq!(drawn_up_to(EPOCH), Some(4_000));
		assert_eq!(Registry::registered_in(&MINER), Some(EPOCH), "who draws leaves it out");
		CurrentEpoch::set(EPOCH + 1);
		assert_eq!(drawn_up_to(EPOCH + 1), Some(10));
		say(20);
		assert_eq!(drawn_up_to(EPOCH + 1), Some(10));
		assert_eq!(drawn_up_to(EPOCH + 2), Some(20));
	});
}

#[test]
fn what_a_miner_said_before_it_left_is_forgotten() {
	run(|| {
		registered();
		CurrentEpoch::set(EPOCH + 1);
		say(10);
		assert_ok!(Registry::leave(signed(&MINER)));
		assert_eq!(drawn_up_to(EPOCH + 1), None);
		// Also while it leaves its capabilities can change, and nothing else comes of it.
		say(20);
		assert_eq!(Formers::<Test>::get(MINER).unwrap().changed_in, EPOCH + 1);
		advance(UnbondingDelay::get());
		assert_ok!(Registry::withdraw_unbonded(signed(&MINER)));
		assert_eq!(Formers::<Test>::iter().count(), 0);
		// In the same epoch, as far as epochs go.
		assert_ok!(Registration::new(&MINER, 2).by(&MINER));
		assert_eq!(Formers::<Test>::iter().count(), 0);
		assert_eq!(drawn_up_to(EPOCH + 1), Some(4_000));
		assert_eq!(Registry::registered_in(&MINER), Some(EPOCH + 1), "who draws leaves it out");
	});
}

#[test]
fn fails_and_keeps_nothing_for_who_is_no_miner() {
	run(|| {
		assert_noop!(Registry::set_capabilities(signed(&OTHER), capabilities()), E::UnknownMiner);
		registered();
		let wrong = Capabilities { levels: BoundedVec::new(), ..capabilities() };
		assert_noop!(Registry::set_capabilities(signed(&MINER), wrong), E::NoLevels);
		assert!(!Formers::<Test>::contains_key(MINER));
	});
}

/// Whatever is said when: a draw in the first block of an epoch, and any question about the current one,
/// goes by what was said last before the epoch in question began.
#[test]
fn draws_go_by_what_was_said_before_their_epoch() {
	#[derive(Clone, Debug)]
	enum Step {
		Say(u64),
		NextEpoch(u64),
	}
	let step = prop_oneof![
		3 => (0..1_000u64).prop_map(Step::Say),
		2 => (1..4u64).prop_map(Step::NextEpoch),
	];
	TestRunner::new(ProptestConfig::with_cases(64))
		.run(&prop::collection::vec(step, 1..40), |steps| {
			run(|| {
				registered();
				let mut said = vec![(EPOCH, 4_000)];
				let mut epoch = EPOCH + 1;
				CurrentEpoch::set(epoch);
				for step in steps {
					let before = |epoch| {
						let earlier = said.iter().rev().find(|(said_in, _)| *said_in < epoch);
						earlier.unwrap().1
					};
					let check = |epoch| {
						let largest = before(epoch);
						assert!(Registry::can_judge(epoch, &MINER, &needs(largest)));
						assert!(!Registry::can_judge(epoch, &MINER, &needs(largest + 1)));
					};
					match step {
						Step::Say(size) => {
							check(epoch);
							say(size);
							check(epoch);
							said.push((epoch, size));
						},
						Step::NextEpoch(epochs) => {
							let last = epoch;
							epoch += epochs;
							CurrentEpoch::set(epoch);
							check(last);
							check(epoch);
						},
					}
					Registry::do_try_state().unwrap();
				}
			});
			Ok(())
		})
		.unwrap();
}
