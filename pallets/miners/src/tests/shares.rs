//! The tree of shares, against a list.

use super::*;
use crate::{Pool, ShareNodes, Slots};
use polkadot_sdk::{frame_support::storage::with_storage_layer, sp_runtime::DispatchError};
use proptest::prelude::*;
use quittance_types::{EpochIndex, Miners as _, Outcome, Shares};

fn account(number: u32) -> AccountId {
	let mut bytes = [0xAC; 32];
	bytes[..4].copy_from_slice(&number.to_le_bytes());
	AccountId::new(bytes)
}

/// As things are now: the shares of an epoch to come.
const TO_COME: EpochIndex = EpochIndex::MAX;

fn total() -> u128 {
	<Registry as Shares<AccountId>>::total(TO_COME)
}

fn at(point: u128) -> Option<AccountId> {
	<Registry as Shares<AccountId>>::at(TO_COME, point)
}

fn slot_of(miner: &AccountId) -> Option<u32> {
	record_of(miner).share().map(|(slot, _)| slot)
}

/// For what is no state that calls lead to: runs something, and undoes it.
fn undone(test: impl FnOnce()) {
	let undone: DispatchResult = with_storage_layer(|| {
		test();
		Err(DispatchError::Other("undo"))
	});
	assert!(undone.is_err());
}

#[test]
fn nobody_is_at_any_point_of_nothing() {
	run(|| {
		assert_eq!(total(), 0);
		assert_eq!((at(0), at(u128::MAX)), (None, None));
		assert_eq!(<Registry as Shares<AccountId>>::registered_in(&MINER), None);
	});
}

#[test]
fn a_share_is_as_long_as_the_bond_and_follows_it() {
	run(|| {
		registered();
		assert_ok!(Registration::new(&OTHER, 2).by(&OTHER));
		assert_eq!(total(), 2 * BOND);
		assert_eq!((at(0), at(BOND - 1)), (Some(MINER), Some(MINER)));
		assert_eq!((at(BOND), at(2 * BOND - 1)), (Some(OTHER), Some(OTHER)));
		assert_eq!((at(2 * BOND), at(u128::MAX)), (None, None));

		assert_ok!(Registry::bond_more(signed(&MINER), 7));
		assert_eq!((total(), at(BOND + 6), at(BOND + 7)), (2 * BOND + 7, Some(MINER), Some(OTHER)));
		assert_ok!(Registry::unbond(signed(&MINER), 1_007));
		assert_eq!((total(), at(BOND - 1_000)), (2 * BOND - 1_000, Some(OTHER)));
		// What a lock reserves stays in the draw, what is slashed does not.
		assert_ok!(Registry::reserve(&MINER, 3_000));
		assert_eq!(total(), 2 * BOND - 1_000);
		assert_eq!(Registry::slash(&MINER, 1_500), 1_500);
		assert_eq!(total(), 2 * BOND - 2_000);
		Registry::release(&MINER, 3_000);
		assert_eq!(Registry::slash(&MINER, 3_000), 3_000);
		assert_eq!((total(), at(0)), (BOND, Some(OTHER)), "no share is left");
		assert_ok!(Registry::bond_more(signed(&MINER), 10));
		assert_eq!((total(), at(9), at(10)), (BOND + 10, Some(MINER), Some(OTHER)));
		assert_ok!(Registry::pause_matching(signed(&MINER)));
		assert_eq!(at(9), Some(MINER), "a pause is about jobs");
	});
}

#[test]
fn who_leaves_has_no_share_and_its_slot_is_given_to_the_next() {
	run(|| {
		registered();
		assert_ok!(Registration::new(&OTHER, 2).by(&OTHER));
		assert_ok!(Registry::reserve(&MINER, 100));
		assert_ok!(Registry::leave(signed(&MINER)));
		assert_eq!((total(), at(0)), (BOND, Some(OTHER)));
		Registry::release(&MINER, 100);
		assert_eq!(total(), BOND);
		assert_eq!((slot_of(&MINER), slot_of(&OTHER)), (None, Some(1)), "others keep theirs");
		assert_ok!(Registration::new(&THIRD, 3).by(&THIRD));
		assert_eq!(slot_of(&THIRD), Some(0));
		assert_eq!((Pool::<Test>::get().opened, Pool::<Test>::get().free), (2, None));
		assert_eq!((at(0), at(BOND)), (Some(THIRD), Some(OTHER)));
		// The one that left comes back into a slot of its own.
		advance(UnbondingDelay::get());
		assert_ok!(Registry::withdraw_unbonded(signed(&MINER)));
		assert_eq!(<Registry as Shares<AccountId>>::registered_in(&MINER), None);
		pass_epochs(2);
		registered();
		assert_eq!(slot_of(&MINER), Some(2));
	});
}

#[test]
fn the_epoch_of_the_registration_is_remembered() {
	run(|| {
		registered();
		pass_epochs(2);
		assert_ok!(Registration::new(&OTHER, 2).by(&OTHER));
		let registered_in = <Registry as Shares<AccountId>>::registered_in;
		assert_eq!((registered_in(&MINER), registered_in(&OTHER)), (Some(EPOCH), Some(EPOCH + 2)));
		assert_ok!(Registry::leave(signed(&MINER)));
		assert_eq!(registered_in(&MINER), Some(EPOCH), "until it is gone");
	});
}

#[test]
fn boundary_as_many_miners_as_there_are_slots() {
	run(|| {
		assert_eq!(MAX_MINERS, 1 << 20);
		undone(|| {
			Pool::<Test>::put(SlotPool { opened: MAX_MINERS - 1, free: None });
			registered();
			assert_eq!(slot_of(&MINER), Some(MAX_MINERS - 1));
			assert_eq!((total(), at(BOND - 1), at(BOND)), (BOND, Some(MINER), None));
			assert_noop!(Registration::new(&OTHER, 2).by(&OTHER), E::TooManyMiners);
			// One that leaves makes room.
			assert_ok!(Registry::leave(signed(&MINER)));
			assert_ok!(Registration::new(&OTHER, 2).by(&OTHER));
			assert_eq!((slot_of(&OTHER), at(0)), (Some(MAX_MINERS - 1), Some(OTHER)));
		});
	});
}

/// Bounded work: one node of each level, however many miners there are, and none that is empty.
#[test]
fn a_share_is_in_one_node_of_each_level() {
	run(|| {
		undone(|| {
			for slot in [0, 1, 15, 16, 4_095, 4_096, MAX_MINERS - 1] {
				Registry::set_share(slot, 5);
			}
			let levels = (0..SHARE_LEVELS).map(|level| {
				ShareNodes::<Test>::iter_keys().filter(|(of, _)| *of == level).count()
			});
			assert_eq!(levels.collect::<Vec<_>>(), [5, 4, 3, 2, 1]);
			assert_eq!(total(), 35);
			let slots = (0..7).map(|number| Registry::slot_at(TO_COME, 5 * number + 4).unwrap());
			assert_eq!(slots.collect::<Vec<_>>(), [0, 1, 15, 16, 4_095, 4_096, MAX_MINERS - 1]);
			assert_eq!(Registry::slot_at(TO_COME, 35), None);
			for slot in [0, 1, 15, 16, 4_095, 4_096, MAX_MINERS - 1] {
				Registry::set_share(slot, 0);
			}
			assert_eq!(ShareNodes::<Test>::iter().count(), 0);
		});
	});
}

/// Sums at the limit of their type saturate; they do not begin anew.
#[test]
fn boundary_shares_beyond_all_money() {
	run(|| {
		undone(|| {
			Registry::set_share(0, u128::MAX);
			Registry::set_share(17, u128::MAX);
			assert_eq!(total(), u128::MAX);
			assert_eq!(Registry::slot_at(TO_COME, u128::MAX - 1), Some(0));
			Registry::set_share(0, 1);
			Registry::set_share(17, 2);
			assert_eq!((total(), Registry::slot_at(TO_COME, 2)), (3, Some(17)));
		});
	});
}

#[derive(Clone, Debug)]
enum Step {
	Join { share: u128 },
	Change { which: usize, share: u128 },
	Leave { which: usize },
}

fn step() -> impl Strategy<Value = Step> {
	// Nothing, little, and so much that a few fill the type.
	let share = prop_oneof![
		1 => Just(0),
		4 => 1u128..1_000,
		2 => 1u128..1 << 100,
	];
	prop_oneof![
		5 => share.clone().prop_map(|share| Step::Join { share }),
		3 => (any::<usize>(), share).prop_map(|(which, share)| Step::Change { which, share }),
		3 => any::<usize>().prop_map(|which| Step::Leave { which }),
	]
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(128))]
	/// A vector of places, in which a free one is found by looking, is what the tree does in a few reads.
	#[test]
	fn the_tree_is_a_list_of_shares(
		steps in prop::collection::vec(step(), 1..80),
		points in prop::collection::vec(any::<u128>(), 8),
	) {
		run(|| undone(|| {
			let mut list: Vec<Option<(AccountId, u128)>> = Vec::new();
			// In the order in which they became free, the last first out.
			let mut free: Vec<usize> = Vec::new();
			let mut joined = 0;
			for step in steps {
				let taken: Vec<usize> = (0..list.len()).filter(|at| list[*at].is_some()).collect();
				match step {
					Step::Join { share } => {
						joined += 1;
						let place = free.pop().unwrap_or(list.len());
						if place == list.len() {
							list.push(None);
						}
						list[place] = Some((account(joined), share));
						assert_eq!(Registry::take_slot(&account(joined), share), Ok(place as u32));
					},
					Step::Change { which, share } if !taken.is_empty() => {
						let place = taken[which % taken.len()];
						let (_, old) = list[place].as_mut().unwrap();
						let (before, after) = (Some((place as u32, *old)), Some((place as u32, share)));
						*old = share;
						Registry::follow_share(before, after);
					},
					Step::Leave { which } if !taken.is_empty() => {
						let place = taken[which % taken.len()];
						let (_, share) = list[place].take().unwrap();
						free.push(place);
						Registry::follow_share(Some((place as u32, share)), None);
					},
					_ => continue,
				}
				let sum: u128 = list.iter().flatten().map(|(_, share)| share).sum();
				assert_eq!(total(), sum);
				assert_eq!(Pool::<Test>::get().opened as usize, list.len());
				assert_eq!(Slots::<Test>::iter().count(), list.len());
				// Each one's first and last point, the end, and some in between.
				let mut expected = Vec::new();
				let mut start = 0;
				for (who, share) in list.iter().flatten().filter(|(_, share)| *share > 0) {
					expected.push((start, Some(who.clone())));
					expected.push((start + share - 1, Some(who.clone())));
					start += share;
				}
				expected.push((sum, None));
				expected.push((u128::MAX, None));
				for point in points.iter().filter_map(|point| point.checked_rem(sum)) {
					let mut rest = point;
					let owner = list.iter().flatten().find(|(_, share)| {
						let here = rest < *share;
						rest = rest.saturating_sub(*share);
						here
					});
					expected.push((point, owner.map(|(who, _)| who.clone())));
				}
				for (point, owner) in expected {
					assert_eq!(at(point), owner, "at {point} of {list:?}");
				}
			}
		}));
	}
}

/// Bonds changed within an epoch move no share of it or of the one before: a seed that formed in one of
/// them may be known.
#[test]
fn shares_are_those_with_which_an_epoch_began() {
	run(|| {
		registered();
		assert_ok!(Registration::new(&OTHER, 2).by(&OTHER));
		let total = <Registry as Shares<AccountId>>::total;
		let at = <Registry as Shares<AccountId>>::at;
		assert_eq!((total(EPOCH), total(EPOCH + 1)), (0, 2 * BOND));
		pass_epochs(1);
		assert_eq!((total(EPOCH), total(EPOCH + 1)), (0, 2 * BOND));
		assert_ok!(Registry::bond_more(signed(&MINER), 7));
		assert_ok!(Registration::new(&THIRD, 3).by(&THIRD));
		assert_ok!(Registry::leave(signed(&OTHER)));
		assert_eq!((total(EPOCH), total(EPOCH + 1), total(EPOCH + 2)), (0, 2 * BOND, 2 * BOND + 7));
		assert_eq!(at(EPOCH + 1, BOND - 1), Some(MINER));
		assert_eq!(at(EPOCH + 1, BOND), None, "the one that had this share has left");
		assert_eq!(at(EPOCH + 2, BOND), Some(MINER));
		pass_epochs(1);
		assert_eq!((total(EPOCH + 1), total(EPOCH + 2)), (2 * BOND, 2 * BOND + 7));
		assert_ok!(Registry::bond_more(signed(&MINER), 1));
		assert_eq!((total(EPOCH + 1), total(EPOCH + 2)), (2 * BOND, 2 * BOND + 7));
	});
}

/// An epoch that has begun keeps the share of what is owed since; no later one has it, whenever it is taken.
#[test]
fn what_is_owed_is_no_share_of_the_next_epoch() {
	run(|| {
		let total = <Registry as Shares<AccountId>>::total;
		let at = <Registry as Shares<AccountId>>::at;
		registered();
		assert_ok!(Registry::reserve(&MINER, BOND));
		pass_epochs(1);
		assert_eq!(Registry::slash(&MINER, 700), 0);
		assert_eq!(record_of(&MINER).owed, 700);
		assert_eq!((total(EPOCH + 1), total(EPOCH + 2)), (BOND, BOND - 700));
		assert_eq!((at(EPOCH + 1, BOND - 1), at(EPOCH + 2, BOND - 700)), (Some(MINER), None));
		pass_epochs(1);
		Registry::release(&MINER, BOND);
		Registry::record_outcome(&MINER, Outcome::Fulfilled);
		assert_eq!((record_of(&MINER).owed, record_of(&MINER).bond), (0, BOND - 700));
		assert_eq!((total(EPOCH + 1), total(EPOCH + 2)), (BOND, BOND - 700));
		assert_eq!(total(EPOCH + 3), BOND - 700, "not lost once more");
	});
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(128))]
	/// What a list was when the epoch began, and the one before it, is what the tree says; whatever
	/// numbers epochs without blocks leave out.
	#[test]
	fn the_tree_remembers_how_two_epochs_began(
		steps in prop::collection::vec(
			prop_oneof![
				1 => (1u64..4).prop_map(|epochs| (Some(epochs), 0, 0)),
				3 => (0u32..40, prop_oneof![Just(0u128), 1u128..1_000])
					.prop_map(|(slot, share)| (None, slot, share)),
			],
			1..80,
		),
	) {
		run(|| undone(|| {
			let mut now = [0u128; 40];
			let mut began = vec![(CurrentEpoch::get(), now)];
			for (epochs, slot, share) in steps {
				match epochs {
					Some(epochs) => {
						CurrentEpoch::set(CurrentEpoch::get() + epochs);
						began.push((CurrentEpoch::get(), now));
					},
					None => {
						now[slot as usize] = share;
						Registry::set_share(slot, share);
					},
				}
				for (epoch, shares) in began.iter().rev().take(2).chain([&(TO_COME, now)]) {
					let sum = shares.iter().sum();
					assert_eq!(<Registry as Shares<AccountId>>::total(*epoch), sum);
					assert_eq!(Registry::slot_at(*epoch, sum), None);
					let mut start = 0;
					for (slot, share) in shares.iter().enumerate().filter(|(_, share)| **share > 0) {
						assert_eq!(Registry::slot_at(*epoch, start), Some(slot as u32));
						start += share;
						assert_eq!(Registry::slot_at(*epoch, start - 1), Some(slot as u32));
					}
				}
			}
			CurrentEpoch::set(EPOCH);
		}));
	}
}
