//! What can be done to a panel, and who loses what by it.

use super::*;
use quittance_types::{Miners, Shares};

const WRONG: MemberFinding = MemberFinding::Wrong;

/// One member in three stays away. It loses the slash for absence and its share of the fee; the others
/// decide and share it.
#[test]
fn some_never_reveal() {
	run(|| {
		let members = drawn();
		round(JOB, &[Some(RIGHT), Some(RIGHT), None]);
		assert_eq!(verdict(JOB), (found(RIGHT), members[..2].to_vec()));
		assert_eq!(members.iter().map(lost).collect::<Vec<_>>(), [0, 0, 20]);
	});
}

/// Nobody ever reveals. Nine members lose the slash for absence and no fee is paid. The requester, whose
/// job is then refunded without a verdict, has lost time: three draws, each with its wait and windows.
#[test]
fn all_never_reveal() {
	run(|| {
		populate();
		let asked = (CurrentEpoch::get(), JobNow::get());
		assert_ok!(ask(question(JOB)));
		let mut sat = Vec::new();
		for _ in 0..3 {
			pass_epoch();
			sat.extend(seats(JOB));
			to_end(JOB);
			idle(Weight::MAX);
		}
		assert_eq!(verdict(JOB), (Verdict::Undecided, vec![]));
		assert_eq!(sat.len(), 9);
		assert!(sat.iter().all(|member| (lost(member), reserved(member)) == (20, 0)));
		assert_eq!(treasury(), 9 * 20);
		assert_eq!(CurrentEpoch::get() - asked.0, 6, "two epochs for each draw");
		assert_eq!(JobNow::get() - asked.1, 3 * (50 + EPOCH_BLOCKS + 1));
	});
}

/// Half of the second round stays away to keep the others from a majority. Each absence costs; to stop a
/// panel for good they have to do it in three draws, each with other members of theirs.
#[test]
fn absence_that_blocks_a_majority_costs_each_time() {
	run(|| {
		register(1..=40);
		CurrentEpoch::set(EPOCH + 5);
		assert_ok!(ask(question(JOB)));
		pass_epoch();
		round(JOB, &[Some(RIGHT), Some(OTHER), Some(RIGHT)]);
		for draw in 1..=3 {
			pass_epoch();
			let absent = seats(JOB).split_off(3);
			let findings = [Some(RIGHT), Some(RIGHT), Some(RIGHT), None, None, None, None];
			round(JOB, &findings);
			assert!(absent.iter().all(|member| lost(member) == 20));
			assert_eq!(treasury(), draw * 4 * 20);
		}
		assert_eq!(verdict(JOB).0, Verdict::Undecided);
		assert_eq!(verdict(JOB).1.len(), 3 + 9, "those who came are paid for it");
	});
}

/// A dispute is opened when a friendly panel seems likely: in an epoch's last block, whose author knows all
/// that BABE and this pallet have collected. It is drawn by a seed of which nothing is known yet, the same
/// for whoever opens in that epoch. The opener gains nothing and waits an epoch.
#[test]
fn a_dispute_timed_for_a_friendly_panel() {
	let members = |blocks_before: u64| {
		let mut members = Vec::new();
		run(|| {
			populate();
			blocks(blocks_before);
			assert_ok!(ask(question(JOB)));
			blocks(EPOCH_BLOCKS - blocks_before);
			pass_epoch();
			members = seats(JOB);
		});
		members
	};
	let early = members(0);
	for late in 1..=EPOCH_BLOCKS {
		assert_eq!(members(late), early, "whenever in the epoch it was opened");
	}
}

/// Who knows the seed, the author of its last block for one, bonds more, or less, or locks other miners'
/// places in the list by leaving, before the block in which members are drawn. All of it moves the shares
/// of today; the draw is by those with which the seed's epoch began.
#[test]
fn bonds_changed_after_the_seed_is_known_change_nothing() {
	let members = |change: &dyn Fn()| {
		let mut members = Vec::new();
		run(|| {
			populate();
			assert_ok!(ask(question(JOB)));
			begin_epoch();
			blocks(EPOCH_BLOCKS - 1);
			let before = Registry::total(CurrentEpoch::get());
			change();
			assert_eq!(Registry::total(CurrentEpoch::get()), before);
			begin_epoch();
			members = seats(JOB);
		});
		members
	};
	let usual = members(&|| ());
	let others: Vec<_> = (3..=20).map(miner).filter(|miner| !usual.contains(miner)).collect();
	for amount in [1, 777, BOND, 1_000 * BOND] {
		assert_eq!(members(&|| Registry::bond_more(&others[0], amount).unwrap()), usual);
	}
	let less = || {
		let _ = Registry::unbond(&others[1], BOND - 100).unwrap();
	};
	assert_eq!(members(&less), usual);
	let left = || {
		let _ = Registry::leave(&others[2]).unwrap();
	};
	assert_eq!(members(&left), usual);
	let new = || Registry::register(&AccountId::new([0; 32]), &hot(0), 1_000 * BOND);
	assert_eq!(members(&new), usual);
}

/// The same before the seed begins to form is in order: bonds weigh. It costs the bond, and nobody knows
/// yet what it buys.
#[test]
fn bonds_changed_before_the_seed_forms_weigh() {
	run(|| {
		populate();
		assert_ok!(ask(question(JOB)));
		let before = Registry::total(CurrentEpoch::get() + 1);
		Registry::bond_more(&miner(3), BOND).unwrap();
		assert_eq!(Registry::total(CurrentEpoch::get() + 1), before + BOND);
	});
}

/// A miner that learns it will sit where it does not want to makes itself unable to. Another sits in its
/// place; what it has done costs nobody anything, and it had the duty of one seat to lose.
#[test]
fn a_member_to_be_makes_itself_unable() {
	run(|| {
		populate();
		assert_ok!(ask(question(JOB)));
		pass_epoch();
		let first = seats(JOB).remove(0);
		System::reset_events();
		round(JOB, &[Some(RIGHT); 3]);
		// The same seed and job, as in another world.
		let again = |change: &dyn Fn()| {
			let mut members = Vec::new();
			run(|| {
				populate();
				assert_ok!(ask(question(JOB)));
				begin_epoch();
				blocks(EPOCH_BLOCKS - 1);
				change();
				begin_epoch();
				members = seats(JOB);
				assert_eq!(treasury(), 0);
			});
			members
		};
		let without = again(&|| Registry::lock(&first, BOND).unwrap());
		assert!(!without.contains(&first));
		assert_eq!(again(&|| ())[1..], without[..2], "the others keep their seats");
	});
}

/// All miners pause in the last block before the draw, when the panels that wait and the seed are public.
/// They are drawn as if nobody had.
#[test]
fn a_pause_is_no_way_out_of_a_seat() {
	let members = |pause: bool| {
		let mut members = Vec::new();
		run(|| {
			populate();
			assert_ok!(ask(question(JOB)));
			begin_epoch();
			blocks(EPOCH_BLOCKS - 1);
			for number in 3..=20 {
				Registry::change(&miner(number), |entry| {
					entry.paused = pause;
					Ok(())
				})
				.unwrap();
				assert_eq!(Registry::can_take(&miner(number), &needs()).is_err(), pause);
			}
			begin_epoch();
			members = seats(JOB);
			round(JOB, &[Some(RIGHT); 3]);
		});
		members
	};
	assert_eq!(members(true), members(false));
}

/// Once seated there is no way out but the slash: a member with a seat cannot leave or unbond it.
#[test]
fn a_member_cannot_run() {
	run(|| {
		let members = drawn();
		assert!(Registry::leave(&members[0]).is_err());
		assert_eq!(Registry::unbond(&members[0], u128::MAX), Ok(BOND - 100));
		round(JOB, &[None, Some(RIGHT), Some(RIGHT)]);
		assert_eq!(Registry::entry(&members[0]).unwrap().bond(), 80);
	});
}

/// Trap 49. A member copies another's commitment, which it cannot open: it covers whose it is. The copier
/// loses the slash for absence; whom it copied loses nothing.
#[test]
fn a_copied_commitment() {
	run(|| {
		let members = drawn();
		assert_ok!(commit(JOB, &members[0], RIGHT));
		let copied = commitment(JOB, &members[0], RIGHT);
		assert_ok!(Jury::commit(signed(&hot_key_of(&members[1])), JOB, copied));
		assert_ok!(commit(JOB, &members[2], RIGHT));
		to_reveals(JOB);
		assert_ok!(reveal(JOB, &members[0], RIGHT));
		// The salt is public now.
		assert_noop!(reveal(JOB, &members[1], RIGHT), E::CommitmentMismatch);
		assert_ok!(reveal(JOB, &members[2], RIGHT));
		to_end(JOB);
		close(JOB);
		assert_eq!(members.iter().map(lost).collect::<Vec<_>>(), [0, 20, 0]);
		assert_eq!(verdict(JOB).1, [members[0].clone(), members[2].clone()]);
	});
}

/// Waiting for what the others say and committing then is too late: nobody reveals while anybody can
/// commit. The latecomer loses the slash for absence.
#[test]
fn a_latecomer_cannot_copy() {
	run(|| {
		let members = drawn();
		for member in &members[..2] {
			assert_ok!(commit(JOB, member, RIGHT));
			assert_noop!(reveal(JOB, member, RIGHT), E::CommitsNotOver);
		}
		to_reveals(JOB);
		assert_ok!(reveal(JOB, &members[0], RIGHT));
		assert_noop!(commit(JOB, &members[2], RIGHT), E::CommitsOver);
		assert_ok!(reveal(JOB, &members[1], RIGHT));
		to_end(JOB);
		close(JOB);
		assert_eq!(lost(&members[2]), 20);
	});
}

/// A miner with nine tenths of all bonds has one seat like everybody else, and cannot decide alone: in the
/// first round one honest member is enough to call the second, where it has one seat of seven.
#[test]
fn one_seat_for_each_cold_key() {
	run(|| {
		register(1..=40);
		Registry::change(&miner(3), |entry| {
			entry.set_bond(EPOCH, 9 * 39 * BOND);
			Ok(())
		})
		.unwrap();
		CurrentEpoch::set(EPOCH + 5);
		assert_ok!(ask(question(JOB)));
		let mut sat = Vec::new();
		// Most points fall on it, so a draw fails now and then.
		while verdicts(JOB).is_empty() {
			pass_epoch();
			if matches!(panel(JOB).phase, Phase::Sitting { .. }) {
				let findings: Vec<_> = seats(JOB)
					.into_iter()
					.map(|member| Some(if member == miner(3) { WRONG } else { RIGHT }))
					.collect();
				sat.extend(seats(JOB));
				round(JOB, &findings);
			}
			if Panels::<Test>::get(JOB).is_none() {
				break;
			}
		}
		assert!(sat.iter().filter(|member| **member == miner(3)).count() <= 1);
		assert_ne!(verdict(JOB).0, found(WRONG));
	});
}

/// Bond split over many accounts buys seats in proportion, no more than the bond would buy elsewhere: ten
/// Sybils with a third of all bonds have about a third of the seats. Each pays its own least bond, and each
/// that says what the majority does not loses its own slash.
#[test]
fn sybils_have_seats_in_proportion_to_their_bond() {
	run(|| {
		// Parties 1 and 2; honest 3 to 7 with 40 000 each; Sybils 11 to 20 with 10 000 each.
		register(1..=20);
		for number in 8..=10 {
			Registry::leave(&miner(number)).unwrap();
		}
		for number in 3..=7 {
			Registry::bond_more(&miner(number), 3 * BOND).unwrap();
		}
		CurrentEpoch::set(EPOCH + 5);
		let is_sybil = |member: &AccountId| (11..=20).any(|number| miner(number) == *member);
		let (mut sybils, mut seated) = (0, 0);
		for job in 0..200 {
			assert_ok!(ask(question(job)));
			pass_epoch();
			let first = seats(job).remove(0);
			sybils += usize::from(is_sybil(&first));
			seated += 1;
			round(job, &[Some(RIGHT); 3]);
		}
		assert_eq!(seated, 200);
		assert!((45..90).contains(&sybils), "{sybils} of 200, 67 on average");
	});
}

/// The requester, an issuer or a candidate's miner that is a miner, too, would judge its own cause. None of
/// them ever sits, whatever its bond.
#[test]
fn the_requester_is_a_miner() {
	run(|| {
		register(1..=8);
		Registry::register(&REQUESTER, &hot(91), 4 * BOND);
		Registry::register(&ISSUER, &hot(92), 4 * BOND);
		CurrentEpoch::set(EPOCH + 5);
		for job in 0..40 {
			assert_ok!(ask(question(job)));
			pass_epoch();
			let parties = [REQUESTER, ISSUER, miner(1), miner(2)];
			assert!(seats(job).iter().all(|member| !parties.contains(member)));
			round(job, &[Some(RIGHT); 3]);
		}
	});
}

/// One member says something else than the other two, out of malice or because it alone has looked. It
/// costs the requester the time and the fee of a second round, and, if it was malice, the member half of
/// its bond.
#[test]
fn a_lone_liar_calls_the_second_round() {
	run(|| {
		register(1..=40);
		CurrentEpoch::set(EPOCH + 5);
		assert_ok!(ask(question(JOB)));
		pass_epoch();
		let first = seats(JOB);
		round(JOB, &[Some(RIGHT), Some(RIGHT), Some(WRONG)]);
		pass_epoch();
		round(JOB, &[Some(RIGHT); 7]);
		assert_eq!(first.iter().map(lost).collect::<Vec<_>>(), [0, 0, 50]);
		assert_eq!(verdict(JOB).1.len(), 9);
	});
}

/// Two who are agreed on a lie meet one honest member in the first round: each of the two loses half of its
/// bond, and the honest one is paid with the second round.
#[test]
fn a_bought_majority_of_the_first_round() {
	run(|| {
		register(1..=40);
		CurrentEpoch::set(EPOCH + 5);
		assert_ok!(ask(question(JOB)));
		pass_epoch();
		let first = seats(JOB);
		round(JOB, &[Some(OTHER), Some(OTHER), Some(RIGHT)]);
		pass_epoch();
		let second = seats(JOB);
		round(JOB, &[Some(RIGHT); 7]);
		assert_eq!(first.iter().map(lost).collect::<Vec<_>>(), [50, 50, 0]);
		let mut paid = vec![first[2].clone()];
		paid.extend(second);
		assert_eq!(verdict(JOB), (found(RIGHT), paid));
	});
}

/// Whoever asks many panels fills the queue, for the fee that the marketplace takes for each. Those who
/// asked before are drawn before, and those after them wait a known time: an epoch for every few panels.
#[test]
fn a_queue_filled_with_panels() {
	run(|| {
		register(1..=40);
		CurrentEpoch::set(EPOCH + 5);
		let most = u64::from(MaxPanels::get());
		for job in 0..most {
			assert_ok!(ask(question(job)));
		}
		begin_epoch();
		let epochs = most.div_ceil(u64::from(DrawsPerEpoch::get()));
		for _ in 0..epochs {
			assert!(matches!(panel(most - 1).phase, Phase::Waiting { .. }));
			blocks(EPOCH_BLOCKS - 1);
			begin_epoch();
		}
		assert!(matches!(panel(most - 1).phase, Phase::Sitting { .. }));
	});
}
