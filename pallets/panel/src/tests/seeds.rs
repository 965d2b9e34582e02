//! What members are drawn by: outputs of one whole epoch after the opening, and nothing else.

use super::*;
use crate::{Forming, Queue, WeightInfo};
use polkadot_sdk::frame_support::traits::Hooks;
use quittance_types::grown_seed;

type Weights = <Test as crate::Config>::WeightInfo;

fn is_drawn(job: JobId) -> bool {
	matches!(panel(job).phase, Phase::Sitting { .. })
}

/// The epoch and the seed of the last draw.
fn drawn_by() -> (u64, [u8; 32]) {
	let drawn = events().into_iter().rev().find_map(|event| match event {
		Event::MembersDrawn { epoch, seed, .. } => Some((epoch, seed)),
		_ => None,
	});
	drawn.expect("members were drawn")
}

/// What the outputs of these blocks come to.
fn seed_of(blocks: core::ops::Range<u64>) -> [u8; 32] {
	blocks.fold([0; 32], |seed, block| grown_seed(&seed, &output(block)))
}

#[test]
fn boundary_members_are_drawn_when_a_whole_epoch_has_passed_since_the_opening() {
	run(|| {
		populate();
		blocks(1);
		assert_ok!(ask(question(JOB)));
		blocks(EPOCH_BLOCKS);
		assert!(!is_drawn(JOB), "in the epoch of the opening");
		begin_epoch();
		assert!(!is_drawn(JOB), "in the epoch after it, whose blocks contribute");
		blocks(EPOCH_BLOCKS - 1);
		assert!(!is_drawn(JOB));
		begin_epoch();
		assert!(is_drawn(JOB), "in the first block of the next");
	});
}

/// The seed is of exactly the blocks of the epoch after the opening, from its first to its last.
#[test]
fn every_contribution_is_of_the_epoch_after_the_opening() {
	run(|| {
		populate();
		assert_ok!(ask(question(JOB)));
		blocks(2);
		begin_epoch();
		let first = System::block_number();
		blocks(EPOCH_BLOCKS - 1);
		events();
		begin_epoch();
		let next = System::block_number();
		assert_eq!(next, first + EPOCH_BLOCKS);
		assert_eq!(drawn_by(), (EPOCH + 6, seed_of(first..next)));
		assert!(!Forming::<Test>::exists(), "nobody waits");
	});
}

/// The same where the opening was in an epoch's last block, and another panel waited already.
#[test]
fn boundary_an_opening_in_an_epochs_last_block_waits_as_long() {
	run(|| {
		populate();
		assert_ok!(ask(question(1)));
		begin_epoch();
		let first = System::block_number();
		blocks(EPOCH_BLOCKS - 1);
		assert_ok!(ask(question(2)));
		events();
		begin_epoch();
		let second = System::block_number();
		assert_eq!(drawn_by(), (EPOCH + 6, seed_of(first..second)));
		assert!(is_drawn(1) && !is_drawn(2), "this seed was half known when the second was asked");
		blocks(EPOCH_BLOCKS - 1);
		begin_epoch();
		assert!(is_drawn(2));
		assert_eq!(drawn_by(), (EPOCH + 7, seed_of(second..System::block_number())));
	});
}

/// And where it was in an epoch's first block.
#[test]
fn boundary_an_opening_in_an_epochs_first_block_waits_for_the_next_epochs_seed() {
	run(|| {
		populate();
		begin_epoch();
		assert_ok!(ask(question(JOB)));
		blocks(EPOCH_BLOCKS - 1);
		begin_epoch();
		let first = System::block_number();
		assert!(!is_drawn(JOB), "the author of that first block knew its own output");
		blocks(EPOCH_BLOCKS - 1);
		begin_epoch();
		assert_eq!(drawn_by(), (EPOCH + 7, seed_of(first..System::block_number())));
	});
}

/// A panel that is asked while an epoch's first block is initialised, before this pallet's hook, is of
/// that epoch, and the block before it contributes nothing to that epoch's seed.
#[test]
fn the_block_before_an_epoch_contributes_nothing_to_its_seed() {
	run(|| {
		populate();
		CurrentEpoch::set(CurrentEpoch::get() + 1);
		System::set_block_number(FIRST_BLOCK + 1);
		assert_ok!(ask(question(JOB)));
		LastContribution::set(Some(output(FIRST_BLOCK)));
		Jury::on_initialize(FIRST_BLOCK + 1);
		assert_eq!(Forming::<Test>::get().unwrap().contributions, 0);
		begin_block();
		assert_eq!(Forming::<Test>::get().unwrap().contributions, 1);
		assert_eq!(Forming::<Test>::get().unwrap().seed, seed_of(FIRST_BLOCK + 1..FIRST_BLOCK + 2));
	});
}

/// Who is drawn depends on every block of the epoch after the opening, and on no other.
#[test]
fn members_depend_on_that_epoch_alone() {
	let members = |before: u64, within: [u64; EPOCH_BLOCKS as usize], after: u64| {
		let mut members = Vec::new();
		run(|| {
			populate();
			Past::set(before);
			blocks(2);
			assert_ok!(ask(question(JOB)));
			blocks(2);
			begin_epoch();
			for past in within {
				Past::set(past);
				// The last time, the block that follows is the next epoch's first.
				if System::block_number() == FIRST_BLOCK + 4 + EPOCH_BLOCKS {
					begin_epoch();
				} else {
					begin_block();
				}
			}
			Past::set(after);
			members = seats(JOB);
			blocks(2);
			assert_eq!(seats(JOB), members);
		});
		members
	};
	let usual = members(0, [0; 4], 0);
	assert_eq!(members(1, [0; 4], 0), usual);
	assert_eq!(members(0, [0; 4], 1), usual);
	for place in 0..EPOCH_BLOCKS as usize {
		let mut within = [0; 4];
		within[place] = 1;
		assert_ne!(members(0, within, 0), usual, "block {place} contributes");
	}
}

#[test]
fn boundary_of_the_contributions_a_seed_needs() {
	run(|| {
		populate();
		assert_ok!(ask(question(JOB)));
		events();
		begin_epoch();
		begin_epoch();
		assert_eq!(events(), [Event::SeedTooWeak { epoch: EPOCH + 6, contributions: 1 }]);
		assert!(!is_drawn(JOB));
		assert_eq!(Queue::<Test>::get().len(), 1, "it waits on");
		let first = System::block_number();
		blocks(1);
		begin_epoch();
		assert_eq!(drawn_by(), (EPOCH + 7, seed_of(first..first + 2)), "two are enough");
	});
}

#[test]
fn blocks_without_an_output_contribute_nothing() {
	run(|| {
		populate();
		assert_ok!(ask(question(JOB)));
		begin_epoch();
		let silent = |new: u64| {
			LastContribution::set(None);
			System::set_block_number(System::block_number() + 1);
			CurrentEpoch::set(CurrentEpoch::get() + new);
			Jury::on_initialize(System::block_number());
		};
		let first = System::block_number();
		begin_block();
		silent(0);
		silent(0);
		assert_eq!(Forming::<Test>::get().unwrap().seed, seed_of(first..first + 1));
		events();
		silent(1);
		assert_eq!(events(), [Event::SeedTooWeak { epoch: EPOCH + 6, contributions: 1 }]);
	});
}

/// The chain stood still for some epochs, whose numbers are skipped.
#[test]
fn skipped_epochs_change_nothing() {
	run(|| {
		populate();
		assert_ok!(ask(question(JOB)));
		begin_epoch();
		let first = System::block_number();
		blocks(EPOCH_BLOCKS - 1);
		CurrentEpoch::set(CurrentEpoch::get() + 40);
		begin_epoch();
		assert_eq!(drawn_by(), (EPOCH + 6, seed_of(first..System::block_number())));
	});
	run(|| {
		populate();
		assert_ok!(ask(question(JOB)));
		CurrentEpoch::set(CurrentEpoch::get() + 40);
		begin_epoch();
		assert!(!is_drawn(JOB), "none of those epochs had a block");
		let first = System::block_number();
		blocks(EPOCH_BLOCKS - 1);
		begin_epoch();
		assert_eq!(drawn_by(), (EPOCH + 46, seed_of(first..System::block_number())));
	});
}

/// Trap 27: an epoch's first block draws a bounded number, those who wait longest; the others wait for
/// another seed, since this one is known now.
#[test]
fn boundary_of_the_draws_of_an_epoch() {
	run(|| {
		register(1..=40);
		CurrentEpoch::set(EPOCH + 5);
		for job in [3, 9, 4, 1, 8] {
			assert_ok!(ask(question(job)));
		}
		begin_epoch();
		assert_ok!(ask(question(2)));
		let first = System::block_number();
		blocks(EPOCH_BLOCKS - 1);
		begin_epoch();
		assert_eq!([3, 9, 4, 1, 8, 2].map(is_drawn), [true, true, true, false, false, false]);
		assert_eq!(drawn_by(), (EPOCH + 6, seed_of(first..System::block_number())));
		let second = System::block_number();
		blocks(EPOCH_BLOCKS - 1);
		assert_eq!([1, 8, 2].map(is_drawn), [false; 3], "not in a block after the seed was known");
		begin_epoch();
		assert_eq!([1, 8, 2].map(is_drawn), [true; 3]);
		assert_eq!(drawn_by(), (EPOCH + 7, seed_of(second..System::block_number())));
	});
}

#[test]
fn while_nobody_waits_no_seed_forms() {
	run(|| {
		populate();
		assert_eq!(begin_block(), Weights::look_for_seed());
		assert_eq!(begin_epoch(), Weights::look_for_seed());
		assert!(!Forming::<Test>::exists());
		assert_ok!(ask(question(JOB)));
		assert_eq!(begin_block(), Weights::contribute());
		assert_eq!(begin_epoch(), Weights::contribute());
		blocks(EPOCH_BLOCKS - 1);
		let declared = begin_epoch();
		let all_points = Weights::contribute() + Weights::draw() + Weights::try_seat() * 24;
		assert_eq!(declared, all_points, "also those behind the last seat");
		assert_eq!(begin_block(), Weights::look_for_seed());
	});
}

/// A draw that ends a panel declares the end, too, and an epoch's first block never more than its most.
#[test]
fn the_most_of_a_first_block_covers_every_draw() {
	run(|| {
		register(1..=4);
		CurrentEpoch::set(EPOCH + 5);
		for job in 0..u64::from(DrawsPerEpoch::get()) {
			assert_ok!(ask(question(job)));
		}
		begin_epoch();
		let tried = Weights::contribute() + (Weights::draw() + Weights::try_seat() * 24) * 3;
		for draws in 1..=3 {
			blocks(EPOCH_BLOCKS - 1);
			let declared = begin_epoch();
			assert!(declared.all_lte(Jury::most_of_first_block()));
			let ends = Weights::close_round() * if draws == 3 { 3 } else { 0 };
			assert_eq!(declared, tried + ends, "two of three seats filled, every try made");
			begin_epoch();
		}
		assert_eq!(verdicts(0).len(), 1);
	});
}
