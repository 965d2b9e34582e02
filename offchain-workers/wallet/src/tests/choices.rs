use crate::choice::{choose, Choice};
use proptest::prelude::*;

fn of(values: &[u64], needed: u128, join_fee: u64) -> Choice {
	let notes: Vec<_> = values.iter().zip(10..).map(|(value, place)| (place, *value)).collect();
	choose(&notes, needed, join_fee)
}

#[test]
fn one_note_takes_the_smallest_of_the_others_with_it() {
	assert_eq!(of(&[5, 100, 7, 60], 60, 1), Choice::Spend(vec![13, 10]));
	assert_eq!(of(&[100], 60, 1), Choice::Spend(vec![10]));
	assert_eq!(of(&[60, 61, 70], 60, 1), Choice::Spend(vec![10, 11]));
	// Two such notes would be worth more than a note can be.
	assert_eq!(of(&[u64::MAX, u64::MAX], u64::MAX.into(), 1), Choice::Spend(vec![10, 11]));
	assert_eq!(of(&[u64::MAX, u64::MAX], 1 << 63, 1), Choice::Spend(vec![10]));
}

#[test]
fn two_notes_are_the_largest_and_the_smallest_that_suffices() {
	assert_eq!(of(&[5, 50, 20, 30], 61, 1), Choice::Spend(vec![11, 12]));
	assert_eq!(of(&[5, 50, 20, 30], 80, 1), Choice::Spend(vec![11, 13]));
	assert_eq!(of(&[5, 50, 20, 30], 55, 1), Choice::Spend(vec![11, 10]));
}

#[test]
fn more_than_two_notes_are_joined_in_pairs() {
	let joins = |pairs: &[[u64; 2]], joins| Choice::JoinFirst { pairs: pairs.to_vec(), joins };
	assert_eq!(of(&[10, 20, 30], 55, 1), joins(&[[12, 11]], 1));
	assert_eq!(of(&[10, 20, 30], 59, 1), joins(&[[12, 11]], 1));
	assert_eq!(of(&[10, 20, 30], 60, 1), Choice::NotEnough { most: 59 });
	assert_eq!(of(&[10; 4], 35, 1), joins(&[[13, 12], [11, 10]], 2));
	assert_eq!(of(&[10; 5], 45, 1), joins(&[[14, 13], [12, 11]], 3));
	assert_eq!(of(&[10; 8], 71, 1), joins(&[[17, 16], [15, 14], [13, 12], [11, 10]], 6));
}

#[test]
fn notes_worth_less_than_a_join_help_nobody() {
	assert_eq!(of(&[100, 100, 5, 5], 201, 5), Choice::NotEnough { most: 200 });
	assert_eq!(
		of(&[100, 100, 6, 5], 201, 5),
		Choice::JoinFirst { pairs: vec![[13 - 2, 10]], joins: 1 }
	);
}

#[test]
fn boundary_nothing_there_and_nothing_enough() {
	assert_eq!(of(&[], 1, 1), Choice::NotEnough { most: 0 });
	assert_eq!(of(&[59], 60, 1), Choice::NotEnough { most: 59 });
	assert_eq!(of(&[30, 29], 60, 1), Choice::NotEnough { most: 59 });
	assert_eq!(of(&[30, 30], 60, 1), Choice::Spend(vec![11, 10]));
}

proptest! {
	/// What is chosen suffices; where nothing is, joining everything would not help; and joins do what
	/// they promise, in as many calls as were said.
	#[test]
	fn a_choice_leads_to_the_payment(
		values in prop::collection::vec(1u64..60, 0..12),
		needed in 1u64..400,
		fee in 0u64..20,
	) {
		let mut notes: Vec<(u64, u64)> = values.iter().copied().enumerate()
			.map(|(place, value)| (place as u64, value)).collect();
		let needed = u128::from(needed);
		let worth = |notes: &[(u64, u64)], place: u64| {
			notes.iter().find(|(at, _)| *at == place).expect("it is one of them").1
		};
		let mut next = 100;
		let mut expected = None;
		loop {
			match choose(&notes, needed, fee) {
				Choice::Spend(chosen) => {
					prop_assert!((1..=2).contains(&chosen.len()));
					prop_assert!(chosen.len() == 1 || chosen[0] != chosen[1]);
					let sum: u64 = chosen.iter().map(|place| worth(&notes, *place)).sum();
					prop_assert!(u128::from(sum) >= needed);
					prop_assert_eq!(expected.unwrap_or(0), 0);
					break;
				},
				Choice::JoinFirst { pairs, joins } => {
					prop_assert!(expected.is_none_or(|expected| expected == joins));
					prop_assert!(!pairs.is_empty() && pairs.len() <= joins);
					for [one, other] in &pairs {
						let sum = worth(&notes, *one) + worth(&notes, *other);
						prop_assert!(sum >= fee);
						notes.retain(|(place, _)| place != one && place != other);
						notes.push((next, sum - fee));
						next += 1;
					}
					expected = Some(joins - pairs.len());
				},
				Choice::NotEnough { most } => {
					prop_assert!(most < needed);
					prop_assert_eq!(expected, None);
					let mut sorted = values.clone();
					sorted.sort_unstable_by(|one, other| other.cmp(one));
					for count in 1..=sorted.len() {
						let sum: u64 = sorted[..count].iter().sum();
						let joins = (count as u64).saturating_sub(2);
						prop_assert!(u128::from(sum.saturating_sub(joins * fee)) <= most);
					}
					break;
				},
			}
		}
	}
}
