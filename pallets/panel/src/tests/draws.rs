//! Who is drawn.

use super::*;
use crate::{Agenda, LEAST_WINDOW};
use quittance_types::{draw_point, grown_seed, Level, Shares};

const BALLOT: MemberFinding = MemberFinding::Wrong;

/// Members of the first draw of a panel in another past.
fn members_in(past: u64) -> Vec<AccountId> {
	Past::set(past);
	assert_ok!(ask(question(past)));
	pass_epoch();
	let members = seats(past);
	round(past, &[Some(BALLOT); 3]);
	members
}

#[test]
fn members_are_seated_bonded_and_told() {
	run(|| {
		populate();
		assert_ok!(ask(question(JOB)));
		begin_epoch();
		blocks(EPOCH_BLOCKS - 1);
		events();
		begin_epoch();
		let now = JobNow::get();
		let members = seats(JOB);
		assert!(members.iter().all(|member| reserved(member) == 100));
		assert!(
			matches!(
				&events()[..],
				[Event::MembersDrawn {
					job: JOB,
					round: Round::First,
					draw: 0,
					epoch,
					members: told,
					commits_until,
					reveals_until,
					..
				}] if *epoch == EPOCH + 6
					&& told.to_vec() == members
					&& *commits_until == now + 30
					&& *reveals_until == now + 50
			),
			"the draw is told"
		);
		assert_eq!(Agenda::<Test>::get().into_inner(), [Due { at: now + 50, job: JOB }]);
		let duty = Duty {
			job: JOB,
			draw: 0,
			commits_until: now + 30,
			reveals_until: now + 50,
			progress: Progress::Seated,
		};
		assert_eq!(Jury::duties(members[0].clone()), [duty]);
		assert_eq!(Jury::reserved_for(members[0].clone()), 100);
		assert_eq!(Jury::duties(miner(1)), []);
	});
}

/// Anybody can draw again from what is public: seed, shares and the hash of docs/protocol.md.
#[test]
fn members_are_those_the_published_points_fall_on() {
	run(|| {
		let members = drawn();
		let event = events().into_iter().rev().find_map(|event| match event {
			Event::MembersDrawn { epoch, seed, .. } => Some((epoch, seed)),
			_ => None,
		});
		let (epoch, seed) = event.unwrap();
		let total = Registry::total(epoch);
		assert_eq!(total, 20 * BOND);
		let mut expected = Vec::new();
		for attempt in 0.. {
			let point = draw_point(&GENESIS, &seed, JOB, 0, attempt, total).unwrap();
			let hit = Registry::at(epoch, point).unwrap();
			if hit != miner(1) && hit != miner(2) && !expected.contains(&hit) {
				expected.push(hit);
			}
			if expected.len() == 3 {
				break;
			}
		}
		assert_eq!(members, expected);
	});
}

/// A bond five times as large is drawn about five times as often for a first seat, and is never drawn twice
/// for one panel.
#[test]
fn bonds_weigh_and_sit_once() {
	run(|| {
		register(1..=20);
		Registry::change(&miner(3), |entry| {
			entry.set_bond(EPOCH, 5 * BOND);
			Ok(())
		})
		.unwrap();
		CurrentEpoch::set(EPOCH + 5);
		let (mut large, mut small) = (0, 0);
		for past in 0..400 {
			let members = members_in(past);
			for (place, member) in members.iter().enumerate() {
				assert!(!members[..place].contains(member), "one seat for a key");
			}
			large += usize::from(members[0] == miner(3));
			small += usize::from(members[0] == miner(4));
		}
		// Of 22 parts that can be drawn first, five and one: 91 and 18 of 400 on average.
		assert!((60..125).contains(&large), "{large}");
		assert!((5..36).contains(&small), "{small}");
	});
}

#[test]
fn parties_never_sit() {
	run(|| {
		register(1..=8);
		CurrentEpoch::set(EPOCH + 5);
		let mut seen = std::collections::BTreeSet::new();
		for past in 0..60 {
			Past::set(past);
			let mut question = question(past);
			question.barred = vec![REQUESTER, ISSUER, miner(3)];
			assert_ok!(ask(question));
			pass_epoch();
			seen.extend(seats(past));
			round(past, &[Some(BALLOT); 3]);
		}
		assert_eq!(seen.into_iter().collect::<Vec<_>>(), (4..=8).map(miner).collect::<Vec<_>>());
	});
}

/// Who cannot do the job cannot judge it, and who has no free bond has none to lose.
#[test]
fn only_who_can_take_the_job_and_answer_for_it_sits() {
	run(|| {
		register(1..=8);
		CurrentEpoch::set(EPOCH + 5);
		let change = |number, change: fn(&mut registry::Entry)| {
			Registry::change(&miner(number), |entry| {
				change(entry);
				Ok(())
			})
			.unwrap()
		};
		change(3, |entry| entry.level = Level::Basic);
		Registry::lock(&miner(4), BOND - 99).unwrap();
		Registry::lock(&miner(5), BOND - 100).unwrap();
		let mut seen = std::collections::BTreeSet::new();
		for past in 0..60 {
			seen.extend(members_in(past));
		}
		assert_eq!(seen.into_iter().collect::<Vec<_>>(), (5..=8).map(miner).collect::<Vec<_>>());
	});
}

/// A record made while the seed formed does not sit, even where an older one of the account has a share.
#[test]
fn boundary_who_registered_while_the_seed_formed_does_not_sit() {
	run(|| {
		register(1..=8);
		CurrentEpoch::set(EPOCH + 5);
		let registered_in = |number, epoch| {
			Registry::change(&miner(number), |entry| {
				entry.registered_in = epoch;
				Ok(())
			})
			.unwrap()
		};
		let mut seen = std::collections::BTreeSet::new();
		for past in 0..60 {
			Past::set(past);
			assert_ok!(ask(question(past)));
			// The seed forms in the epoch after this one.
			registered_in(3, CurrentEpoch::get());
			registered_in(4, CurrentEpoch::get() + 1);
			pass_epoch();
			seen.extend(seats(past));
			round(past, &[Some(BALLOT); 3]);
		}
		assert!(seen.contains(&miner(3)));
		assert!(!seen.contains(&miner(4)));
	});
}

#[test]
fn boundary_too_few_to_fill_the_seats_fail_the_draw() {
	run(|| {
		// One and two are parties: three can sit.
		register(1..=5);
		CurrentEpoch::set(EPOCH + 5);
		assert_ok!(ask(question(1)));
		pass_epoch();
		assert_eq!(seats(1).len(), 3);
		round(1, &[Some(RIGHT); 3]);
		// And now two.
		Registry::leave(&miner(5)).unwrap();
		assert_ok!(ask(question(2)));
		begin_epoch();
		blocks(EPOCH_BLOCKS - 1);
		for failed in 1..=2 {
			events();
			begin_epoch();
			assert_eq!(
				events(),
				[Event::DrawFailed { job: 2, draw: failed - 1, members: 0, revealed: 0, failed }]
			);
			assert_eq!(panel(2).phase, Phase::Waiting { since: CurrentEpoch::get() });
			assert!((3..=4).all(|number| reserved(&miner(number)) == 0), "all was released");
			begin_epoch();
			blocks(EPOCH_BLOCKS - 1);
		}
		begin_epoch();
		assert_eq!(verdict(2), (Verdict::Undecided, vec![]));
		assert_eq!((sat(2), sat(1)), (Some(false), Some(true)), "nobody sat on the second");
		assert!(matches!(
			&events()[..],
			[
				Event::DrawFailed { failed: 3, .. },
				Event::PanelDecided { job: 2, verdict: Verdict::Undecided, .. }
			]
		));
		assert_eq!(Panels::<Test>::count(), 0);
		assert_eq!(treasury(), 0);
	});
}

/// Attack: what a miner can do is its own to say, at once, and the last authors of an epoch know its seed.
/// Who drops what a case needs while the seed forms sits all the same, and who adds it then does not.
#[test]
fn boundary_what_was_said_before_the_seed_formed_counts() {
	run(|| {
		register(1..=12);
		let say = |number, level| {
			Registry::change(&miner(number), |entry| {
				entry.set_level(CurrentEpoch::get(), level);
				Ok(())
			})
			.unwrap()
		};
		say(5, Level::Basic);
		CurrentEpoch::set(EPOCH + 5);
		let mut seen = std::collections::BTreeSet::new();
		for past in 0..60 {
			Past::set(past);
			assert_ok!(ask(question(past)));
			// The seed forms in the epoch after this one.
			say(4, Level::Basic);
			begin_epoch();
			blocks(EPOCH_BLOCKS - 1);
			say(3, Level::Basic);
			say(5, Level::Transparent);
			begin_epoch();
			assert!(!seats(past).is_empty());
			seen.extend(seats(past));
			round(past, &[Some(BALLOT); 3]);
			say(3, Level::Transparent);
			say(4, Level::Transparent);
			say(5, Level::Basic);
		}
		assert!(seen.contains(&miner(3)), "what was dropped too late counts");
		assert!(!seen.contains(&miner(4)), "what was dropped before does not");
		assert!(!seen.contains(&miner(5)), "nor what was added too late");
	});
}

/// Has a miner take jobs of another level only.
fn disable(number: u8) {
	Registry::change(&miner(number), |entry| {
		entry.level = Level::Basic;
		Ok(())
	})
	.unwrap();
}

/// Attack: a model whose needs only a few miners list, all of them its owner's. They would fill the first
/// round and agree. Nobody sits, over 200 seeds.
#[test]
fn needs_do_not_choose_the_panel() {
	run(|| {
		register(1..=20);
		(6..=20).for_each(disable);
		CurrentEpoch::set(EPOCH + 5);
		for past in 0..200 {
			Past::set(past);
			assert_ok!(ask(question(past)));
			for _ in 0..3 {
				pass_epoch();
			}
			assert_eq!(verdict(past), (Verdict::Undecided, vec![]), "past {past}");
		}
		assert!((3..=5).all(|number| reserved(&miner(number)) == 0), "who was tried is released");
	});
}

/// A draw fails where more of its points fell on miners that cannot judge the case than on those that can,
/// all of its points counted, also those behind the last seat; a party's count for neither.
#[test]
fn boundary_of_those_who_cannot_judge() {
	run(|| {
		register(1..=20);
		Registry::change(&miner(1), |entry| {
			entry.set_bond(EPOCH, 6 * BOND);
			Ok(())
		})
		.unwrap();
		(12..=20).for_each(disable);
		// Its points count as those of one that can, although it has no bond to spare.
		Registry::lock(&miner(3), BOND).unwrap();
		CurrentEpoch::set(EPOCH + 5);
		let (mut sat, mut failed, mut even) = (0, 0, 0);
		for past in 0..200 {
			Past::set(past);
			assert_ok!(ask(question(past)));
			begin_epoch();
			let (epoch, first) = (CurrentEpoch::get(), System::block_number());
			let total = Registry::total(epoch);
			blocks(EPOCH_BLOCKS - 1);
			begin_epoch();
			let blocks = first..System::block_number();
			let seed = blocks.fold([0; 32], |seed, block| grown_seed(&seed, &output(block)));
			let hits: Vec<_> = (0..24)
				.map(|attempt| draw_point(&GENESIS, &seed, past, 0, attempt, total).unwrap())
				.map(|point| Registry::at(epoch, point).unwrap())
				.filter(|hit| ![miner(1), miner(2)].contains(hit))
				.collect();
			let is_able = |hit: &&AccountId| Registry::can_judge(epoch, hit, &needs());
			let able = hits.iter().filter(is_able).count();
			let mut expected: Vec<&AccountId> = Vec::new();
			for hit in hits.iter().filter(is_able).filter(|hit| **hit != miner(3)) {
				if !expected.contains(&hit) && expected.len() < 3 {
					expected.push(hit);
				}
			}
			let sits = expected.len() == 3 && hits.len() - able <= able;
			even += usize::from(sits && hits.len() - able == able);
			if sits {
				sat += 1;
				assert_eq!(seats(past).iter().collect::<Vec<_>>(), expected, "past {past}");
				round(past, &[Some(BALLOT); 3]);
			} else {
				failed += 1;
				assert_eq!((panel(past).failed, panel(past).members.len()), (1, 0), "past {past}");
				// Out of the way of those that follow.
				Panels::<Test>::remove(past);
				crate::Cases::<Test>::remove(past);
				crate::Queue::<Test>::kill();
				crate::Forming::<Test>::kill();
			}
		}
		assert!(sat > 50 && failed > 50 && even > 5, "{sat} {failed} {even}");
	});
}

/// The second round's draw fails by the same rule.
#[test]
fn needs_do_not_choose_the_second_round() {
	run(|| {
		register(1..=40);
		CurrentEpoch::set(EPOCH + 5);
		assert_ok!(ask(question(JOB)));
		pass_epoch();
		round(JOB, &[Some(RIGHT), Some(RIGHT), Some(OTHER)]);
		// A panel that waits when most stop to offer what it needs.
		(12..=40).for_each(disable);
		events();
		pass_epoch();
		let failed = Event::DrawFailed { job: JOB, draw: 1, members: 0, revealed: 0, failed: 1 };
		assert!(events().contains(&failed));
		assert_eq!(panel(JOB).round, Round::Second);
	});
}

#[test]
fn without_miners_nobody_is_drawn() {
	run(|| {
		assert_ok!(ask(question(JOB)));
		for _ in 0..3 {
			pass_epoch();
		}
		assert_eq!(verdict(JOB), (Verdict::Undecided, vec![]));
	});
}

/// Governance cannot make windows so short that nobody can keep them.
#[test]
fn boundary_of_the_windows() {
	run(|| {
		populate();
		CommitWindow::set(0);
		RevealWindow::set(LEAST_WINDOW - 1);
		assert_ok!(ask(question(1)));
		pass_epoch();
		let now = JobNow::get();
		assert_eq!(
			panel(1).phase,
			Phase::Sitting {
				commits_until: now + LEAST_WINDOW,
				reveals_until: now + 2 * LEAST_WINDOW
			}
		);
		CommitWindow::set(LEAST_WINDOW + 1);
		RevealWindow::set(u64::MAX);
		assert_ok!(ask(question(2)));
		pass_epoch();
		assert_eq!(
			panel(2).phase,
			Phase::Sitting {
				commits_until: JobNow::get() + LEAST_WINDOW + 1,
				reveals_until: u64::MAX
			}
		);
	});
}
