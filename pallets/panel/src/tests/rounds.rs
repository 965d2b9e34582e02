//! How rounds and panels end, and who is paid and who loses.

use super::*;

const WRONG: MemberFinding = MemberFinding::Wrong;

/// A panel whose first round did not agree, with the seven members of the second, and the three of the
/// first, of whom the last said something else.
fn disagreed() -> (Vec<AccountId>, Vec<AccountId>) {
	register(1..=40);
	CurrentEpoch::set(EPOCH + 5);
	assert_ok!(ask(question(JOB)));
	pass_epoch();
	let first = seats(JOB);
	events();
	round(JOB, &[Some(RIGHT), Some(RIGHT), Some(OTHER)]);
	assert_eq!(events().last(), Some(&Event::RoundDisagreed { job: JOB, draw: 0 }));
	pass_epoch();
	(seats(JOB), first)
}

fn says(right: usize, other: usize, absent: usize) -> Vec<Option<MemberFinding>> {
	let some = |finding, number| std::iter::repeat_n(finding, number);
	some(Some(RIGHT), right).chain(some(Some(OTHER), other)).chain(some(None, absent)).collect()
}

fn all_released(members: &[AccountId]) -> bool {
	members.iter().all(|member| reserved(member) == 0)
}

#[test]
fn a_first_round_that_agrees_decides() {
	for finding in [RIGHT, OTHER, WRONG] {
		run(|| {
			let members = drawn();
			events();
			round(JOB, &[Some(finding); 3]);
			assert_eq!(verdict(JOB), (found(finding), members.clone()));
			let told = events();
			assert!(matches!(
				told.last(),
				Some(Event::PanelDecided { job: JOB, verdict, members: paid })
					if *verdict == found(finding) && paid.to_vec() == members
			));
			assert!(all_released(&members));
			assert_eq!((treasury(), Panels::<Test>::count()), (0, 0));
			assert_eq!(Jury::panel(JOB), None);
			assert_noop!(Jury::close_round(signed(&REQUESTER), JOB), E::UnknownPanel);
		});
	}
}

#[test]
fn boundary_of_the_first_rounds_quorum() {
	run(|| {
		let members = drawn();
		round(JOB, &[Some(RIGHT), None, Some(RIGHT)]);
		let paid = vec![members[0].clone(), members[2].clone()];
		assert_eq!(verdict(JOB), (found(RIGHT), paid));
		assert_eq!((lost(&members[0]), lost(&members[1]), treasury()), (0, 20, 20));
		assert!(all_released(&members));
	});
	run(|| {
		let members = drawn();
		events();
		round(JOB, &[None, Some(RIGHT), None]);
		assert_eq!(verdicts(JOB), []);
		assert_eq!(
			events().last(),
			Some(&Event::DrawFailed { job: JOB, draw: 0, members: 3, revealed: 1, failed: 1 })
		);
		assert_eq!(panel(JOB).phase, Phase::Waiting { since: CurrentEpoch::get() });
		assert_eq!(panel(JOB).round, Round::First);
		assert_eq!(reserved(&members[1]), 100, "what it said may prove wrong");
		assert_eq!((reserved(&members[0]), lost(&members[0]), treasury()), (0, 20, 40));
	});
}

#[test]
fn who_committed_and_did_not_reveal_is_absent() {
	run(|| {
		let members = drawn();
		for member in &members {
			assert_ok!(commit(JOB, member, RIGHT));
		}
		for member in &members[..2] {
			assert_ok!(reveal(JOB, member, RIGHT));
		}
		to_end(JOB);
		events();
		close(JOB);
		assert_eq!(
			events()[0],
			Event::MemberAbsent { job: JOB, member: members[2].clone(), slashed: 20 }
		);
		assert_eq!(verdict(JOB).1, members[..2]);
	});
}

/// One who says something else is enough; nobody is slashed for it yet.
#[test]
fn a_first_round_that_disagrees_calls_a_larger_one() {
	run(|| {
		let (second, first) = disagreed();
		assert_eq!(second.len(), 7);
		assert!(second.iter().all(|member| !first.contains(member)), "all of them fresh");
		assert_eq!((panel(JOB).round, panel(JOB).draws, panel(JOB).failed), (Round::Second, 2, 0));
		assert_eq!(treasury(), 0);
		assert!(first.iter().chain(&second).all(|member| reserved(member) == 100));
		assert_eq!(Jury::duties(first[0].clone()), [], "who has spoken has nothing left to do");
	});
}

fn worth(amount: u128) -> MemberFinding {
	MemberFinding::Right { candidate: 0, amount }
}

/// Members that find the same output right and it worth something else agree: the verdict has the lower of
/// the amounts in the middle.
#[test]
fn nobody_dissents_by_an_amount() {
	for (amounts, median) in
		[([10, 11, 12], 11), ([12, 10, 11], 11), ([10, 10, MAX_AMOUNT], 10), ([0, 640, 640], 640)]
	{
		run(|| {
			let members = drawn();
			round(JOB, &amounts.map(|amount| Some(worth(amount))));
			assert_eq!(verdict(JOB), (found(worth(median)), members));
			assert_eq!(treasury(), 0);
		});
	}
	run(|| {
		let members = drawn();
		round(JOB, &[Some(worth(11)), None, Some(worth(10))]);
		let paid = vec![members[0].clone(), members[2].clone()];
		assert_eq!(verdict(JOB), (found(worth(10)), paid));
	});
}

/// The second round as well: who says another amount than the verdict's loses nothing and is paid, and what
/// the first round and failed draws said of the same output counts in the median.
#[test]
fn the_median_is_of_all_who_found_the_output_right() {
	run(|| {
		let (second, first) = disagreed();
		let says = [1, 2, 3, 4].map(|amount| Some(worth(amount)));
		let mut findings = says.to_vec();
		findings.extend([
			Some(OTHER),
			Some(MemberFinding::Right { candidate: 1, amount: 9 }),
			None,
		]);
		round(JOB, &findings);
		// With the 640 that two of the first round said.
		let mut paid = first[..2].to_vec();
		paid.extend_from_slice(&second[..4]);
		assert_eq!(verdict(JOB), (found(worth(3)), paid));
		assert_eq!(second.iter().map(lost).collect::<Vec<_>>(), [0, 0, 0, 0, 50, 50, 20]);
		assert_eq!(lost(&first[2]), 50);
	});
	run(|| {
		drawn();
		round(JOB, &[Some(worth(1)), None, None]);
		pass_epoch();
		round(JOB, &[Some(worth(5)), Some(worth(9)), Some(worth(7))]);
		assert_eq!(verdict(JOB).0, found(worth(5)));
		assert_eq!(verdict(JOB).1.len(), 4);
	});
}

/// Three of seven who say the least or the most there is move the amount no further than an honest member
/// said.
#[test]
fn a_minority_does_not_choose_the_amount() {
	for lie in [0, MAX_AMOUNT] {
		run(|| {
			disagreed();
			let findings = [640, 639, 641, 640].map(|amount| Some(worth(amount)));
			let findings: Vec<_> = findings.into_iter().chain([Some(worth(lie)); 3]).collect();
			round(JOB, &findings);
			assert_eq!(verdict(JOB).0, found(worth(640)));
		});
	}
}

/// The second round's verdict slashes who said something else in either, and pays who said the same in
/// either.
#[test]
fn a_majority_of_the_second_round_decides_and_slashes() {
	run(|| {
		let (second, first) = disagreed();
		events();
		round(JOB, &says(5, 2, 0));
		let mut paid = first[..2].to_vec();
		paid.extend_from_slice(&second[..5]);
		assert_eq!(verdict(JOB), (found(RIGHT), paid.clone()));
		let slashed = [&first[2], &second[5], &second[6]];
		assert!(slashed.iter().all(|member| lost(member) == 50));
		assert!(paid.iter().all(|member| lost(member) == 0));
		assert_eq!(treasury(), 150);
		assert!(all_released(&first) && all_released(&second));
		let told = events();
		assert!(told.contains(&Event::MemberDissented {
			job: JOB,
			member: first[2].clone(),
			slashed: 50
		}));
	});
}

/// Two liars and an honest member in the first round: the liars lose.
#[test]
fn the_first_rounds_majority_is_no_verdict() {
	run(|| {
		let (second, first) = disagreed();
		round(JOB, &says(0, 7, 0));
		let mut paid = vec![first[2].clone()];
		paid.extend(second);
		assert_eq!(verdict(JOB), (found(OTHER), paid));
		assert_eq!(first.iter().map(lost).collect::<Vec<_>>(), [50, 50, 0]);
	});
}

#[test]
fn boundary_of_the_second_rounds_majority() {
	run(|| {
		let (second, _) = disagreed();
		round(JOB, &says(4, 3, 0));
		assert_eq!(verdict(JOB).0, found(RIGHT));
		assert_eq!(lost(&second[4]), 50);
	});
	run(|| {
		let (second, first) = disagreed();
		events();
		// Three of seven seats are most of five who revealed, but not of the seats.
		round(JOB, &says(3, 2, 2));
		assert_eq!(verdicts(JOB), []);
		assert_eq!(
			events().last(),
			Some(&Event::DrawFailed { job: JOB, draw: 1, members: 7, revealed: 5, failed: 1 })
		);
		assert_eq!((lost(&second[3]), lost(&second[5]), treasury()), (0, 20, 40));
		// What the next draw finds decides about them, too.
		pass_epoch();
		round(JOB, &says(7, 0, 0));
		assert_eq!((lost(&second[3]), lost(&first[2]), treasury()), (50, 50, 190));
		assert_eq!(verdict(JOB).1.len(), 2 + 3 + 7);
	});
}

/// Four of seven seats decide, whoever else is absent: three who stay away once they have seen what the
/// others say void nothing. They lose what absence costs, who said something else than four loses the slash.
#[test]
fn boundary_of_the_second_rounds_majority_with_absence() {
	run(|| {
		let (second, first) = disagreed();
		round(JOB, &says(4, 0, 3));
		let mut paid = first[..2].to_vec();
		paid.extend_from_slice(&second[..4]);
		assert_eq!(verdict(JOB), (found(RIGHT), paid));
		assert_eq!(second.iter().map(lost).collect::<Vec<_>>(), [0, 0, 0, 0, 20, 20, 20]);
		assert_eq!((lost(&first[2]), treasury()), (50, 50 + 3 * 20));
		assert!(all_released(&first) && all_released(&second));
	});
	run(|| {
		let (second, _) = disagreed();
		round(JOB, &says(4, 1, 2));
		assert_eq!(verdict(JOB).0, found(RIGHT));
		assert_eq!(second.iter().map(lost).collect::<Vec<_>>(), [0, 0, 0, 0, 50, 20, 20]);
	});
	run(|| {
		let (second, first) = disagreed();
		events();
		round(JOB, &says(3, 0, 4));
		assert_eq!(
			events().last(),
			Some(&Event::DrawFailed { job: JOB, draw: 1, members: 7, revealed: 3, failed: 1 })
		);
		assert_eq!(verdicts(JOB), [], "all who revealed, but not most of the seats");
		assert_eq!(
			(lost(&first[2]), treasury()),
			(0, 4 * 20),
			"nobody is slashed for what it said"
		);
		assert!(second[..3].iter().all(|member| reserved(member) == 100));
	});
}

/// As many of each as are asked for, in this order: right, wrong, not fetched, absent.
fn sees(right: usize, wrong: usize, unfetched: usize, absent: usize) -> Vec<Option<MemberFinding>> {
	let some = |finding, number| std::iter::repeat_n(finding, number);
	some(Some(RIGHT), right)
		.chain(some(Some(WRONG), wrong))
		.chain(some(Some(UNFETCHED), unfetched))
		.chain(some(None, absent))
		.collect()
}

/// A panel in its second round, after a first that found this.
fn second_after(findings: [Option<MemberFinding>; 3]) -> (Vec<AccountId>, Vec<AccountId>) {
	register(1..=40);
	CurrentEpoch::set(EPOCH + 5);
	assert_ok!(ask(question(JOB)));
	pass_epoch();
	let first = seats(JOB);
	round(JOB, &findings);
	assert_eq!(panel(JOB).round, Round::Second);
	assert_eq!(verdicts(JOB), []);
	pass_epoch();
	(seats(JOB), first)
}

fn all_lost(members: &[AccountId]) -> Vec<u128> {
	members.iter().map(lost).collect()
}

/// Who could not fetch counts for the quorum and calls the second round, beside others and where all say
/// so: three who are lazy cannot end a panel together.
#[test]
fn what_cannot_be_fetched_calls_the_second_round() {
	for findings in [
		[Some(UNFETCHED), Some(RIGHT), Some(RIGHT)],
		[Some(UNFETCHED), Some(WRONG), Some(WRONG)],
		[Some(UNFETCHED), Some(RIGHT), None],
		[Some(UNFETCHED), Some(UNFETCHED), None],
		[Some(UNFETCHED); 3],
	] {
		run(|| {
			let (_, first) = second_after(findings);
			assert_eq!(panel(JOB).failed, 0);
			let absent = findings.iter().filter(|finding| finding.is_none()).count() as u128;
			assert_eq!(first.iter().map(lost).sum::<u128>(), absent * 20);
		});
	}
}

/// Whoever delivers has to serve. All who could not fetch are paid, in both rounds.
#[test]
fn what_nobody_can_fetch_is_wrong() {
	run(|| {
		let (second, first) = second_after([Some(UNFETCHED); 3]);
		round(JOB, &sees(0, 0, 7, 0));
		assert_eq!(verdict(JOB), (found(WRONG), [first, second].concat()));
		assert_eq!(treasury(), 0);
	});
}

/// Served to a few, whatever it is: those who were served and found it right lose nothing, since they may be
/// as honest as the others.
#[test]
fn boundary_who_was_served_is_not_slashed_by_those_who_were_not() {
	run(|| {
		let (second, first) = second_after([Some(RIGHT), Some(UNFETCHED), Some(UNFETCHED)]);
		round(JOB, &sees(3, 0, 4, 0));
		let paid = [&first[1..], &second[3..]].concat();
		assert_eq!(verdict(JOB), (found(WRONG), paid));
		assert_eq!(treasury(), 0, "nobody loses anything");
		assert!(all_released(&first) && all_released(&second));
	});
	// One fewer, and nobody decides.
	run(|| {
		let (second, _) = second_after([Some(RIGHT), Some(UNFETCHED), Some(UNFETCHED)]);
		round(JOB, &sees(3, 0, 3, 1));
		assert_eq!((verdicts(JOB).len(), panel(JOB).failed), (0, 1));
		assert_eq!(all_lost(&second), [0, 0, 0, 0, 0, 0, 20]);
	});
}

/// Attack: who delivers serves four of seven. Those it has left out could have asked the four; they lose what
/// an absence costs, a fraction of dissent. Most of the first round was not served: it loses nothing.
#[test]
fn output_served_to_a_majority_only() {
	run(|| {
		let (second, first) = second_after([Some(RIGHT), Some(UNFETCHED), Some(UNFETCHED)]);
		events();
		round(JOB, &sees(4, 0, 3, 0));
		let paid = [&first[..1], &second[..4]].concat();
		assert_eq!(verdict(JOB), (found(RIGHT), paid));
		assert_eq!(all_lost(&first), [0, 0, 0]);
		assert_eq!(all_lost(&second), [0, 0, 0, 0, 20, 20, 20]);
		let missed = Event::FetchMissed { job: JOB, member: second[4].clone(), slashed: 20 };
		assert!(events().contains(&missed));
	});
}

/// Who alone has not fetched what the others of its draw had is slashed like one who was absent, in the
/// first round, too, but only if the output was found right in the end.
#[test]
fn boundary_of_those_who_fetched_in_a_draw() {
	run(|| {
		let (second, first) = second_after([Some(RIGHT), Some(RIGHT), Some(UNFETCHED)]);
		assert_eq!(lost(&first[2]), 0, "nothing is known yet");
		round(JOB, &sees(7, 0, 0, 0));
		assert_eq!(all_lost(&first), [0, 0, 20]);
		assert_eq!(verdict(JOB).1, [&first[..2], &second[..]].concat());
	});
	// One of three is no majority, though it is all others who revealed.
	run(|| {
		let (_, first) = second_after([Some(RIGHT), None, Some(UNFETCHED)]);
		round(JOB, &sees(7, 0, 0, 0));
		assert_eq!(all_lost(&first), [0, 20, 0]);
	});
	// Three of five who revealed are not most of seven seats.
	run(|| {
		let (second, _) = second_after([Some(RIGHT), Some(WRONG), None]);
		round(JOB, &sees(3, 0, 2, 2));
		pass_epoch();
		round(JOB, &sees(7, 0, 0, 0));
		assert_eq!(verdict(JOB).0, found(RIGHT));
		assert_eq!(all_lost(&second), [0, 0, 0, 0, 0, 20, 20]);
	});
	// Two who lie that it is right call nobody lazy: the second round sees.
	run(|| {
		let (second, first) = second_after([Some(RIGHT), Some(RIGHT), Some(UNFETCHED)]);
		round(JOB, &sees(0, 4, 3, 0));
		assert_eq!(verdict(JOB), (found(WRONG), second[..4].to_vec()));
		assert_eq!(all_lost(&first), [50, 50, 0]);
		assert_eq!(all_lost(&second), [0; 7], "unpaid, and no more than that");
	});
	// A dissenter has fetched as well as one who agrees.
	run(|| {
		let (second, _) = second_after([Some(RIGHT), Some(WRONG), None]);
		round(JOB, &sees(4, 1, 2, 0));
		assert_eq!(all_lost(&second), [0, 0, 0, 0, 50, 20, 20]);
	});
}

/// Junk that is served to three of seven, one of whom is the deliverer's: those who saw it and those who
/// could not together are most of the seats, and it has no way to an undecided end.
#[test]
fn boundary_wrong_and_unfetched_together() {
	run(|| {
		let (second, first) = second_after([Some(WRONG), Some(RIGHT), Some(UNFETCHED)]);
		round(JOB, &sees(1, 3, 3, 0));
		let paid = [&first[..1], &first[2..], &second[1..]].concat();
		assert_eq!(verdict(JOB), (found(WRONG), paid));
		assert_eq!(treasury(), 0, "three who saw it slash nobody");
	});
	run(|| {
		let (second, first) = second_after([Some(WRONG), Some(RIGHT), Some(UNFETCHED)]);
		round(JOB, &sees(1, 4, 2, 0));
		assert_eq!(verdict(JOB), (found(WRONG), [&first[..1], &second[1..5]].concat()));
		assert_eq!(all_lost(&second), [50, 0, 0, 0, 0, 0, 0], "four do");
		assert_eq!(all_lost(&first), [0, 50, 0]);
	});
	run(|| {
		second_after([Some(WRONG), Some(RIGHT), Some(UNFETCHED)]);
		round(JOB, &sees(2, 2, 1, 2));
		assert_eq!((verdicts(JOB).len(), panel(JOB).failed), (0, 1));
		pass_epoch();
		round(JOB, &sees(2, 1, 3, 1));
		assert_eq!(verdict(JOB).0, found(WRONG));
	});
}

/// A member that always says that it could not fetch earns nothing where the others decide or nobody does,
/// and loses what an absence costs where most of its draw fetched.
#[test]
fn the_lazy_earn_nothing() {
	run(|| {
		second_after([Some(RIGHT), Some(RIGHT), Some(UNFETCHED)]);
		let mut lazy = Vec::new();
		for draw in 1..=3 {
			let members = seats(JOB);
			lazy.push(members[6].clone());
			round(JOB, &[&says(3, 3, 0)[..], &[Some(UNFETCHED)][..]].concat());
			if draw < 3 {
				pass_epoch();
			}
		}
		let (end, paid) = verdict(JOB);
		assert_eq!(end, Verdict::Undecided);
		assert_eq!(paid.len(), 2 + 18);
		assert!(lazy.iter().all(|member| !paid.contains(member) && lost(member) == 0));
	});
}

/// Who revealed in a draw that failed is heard: what it said calls the second round.
#[test]
fn a_failed_draws_finding_counts_in_its_round() {
	run(|| {
		let early = drawn();
		round(JOB, &[Some(OTHER), None, None]);
		pass_epoch();
		let late = seats(JOB);
		assert!(late.iter().all(|member| !early.contains(member)));
		round(JOB, &[Some(RIGHT); 3]);
		assert_eq!(panel(JOB).round, Round::Second);
		pass_epoch();
		round(JOB, &says(7, 0, 0));
		assert_eq!((lost(&early[0]), lost(&early[1])), (50, 20));
	});
	run(|| {
		let early = drawn();
		round(JOB, &[Some(RIGHT), None, None]);
		pass_epoch();
		let mut paid = vec![early[0].clone()];
		paid.extend(seats(JOB));
		round(JOB, &[Some(RIGHT); 3]);
		assert_eq!(verdict(JOB), (found(RIGHT), paid), "and is paid for it");
	});
}

/// Three draws fail, in either round, and the panel is undecided: absence is slashed, nothing that
/// anybody said.
#[test]
fn boundary_of_the_draws_that_may_fail() {
	run(|| {
		let (_, first) = disagreed();
		let mut heard = first;
		for failed in 1..=3 {
			assert_eq!(verdicts(JOB), []);
			heard.extend_from_slice(&seats(JOB)[..4]);
			round(JOB, &says(2, 2, 3));
			if failed < 3 {
				assert_eq!(panel(JOB).failed, failed);
				pass_epoch();
			}
		}
		assert_eq!(verdict(JOB), (Verdict::Undecided, heard.clone()));
		assert!(heard.iter().all(|member| (lost(member), reserved(member)) == (0, 0)));
		assert_eq!(treasury(), 9 * 20);
	});
}

/// Three draws of members who all stay away: they have had seats, and the market is told so.
#[test]
fn a_panel_of_absent_members_has_sat() {
	run(|| {
		register(1..=40);
		CurrentEpoch::set(EPOCH + 5);
		assert_ok!(ask(question(JOB)));
		for _ in 0..3 {
			assert_eq!(sat(JOB), None);
			pass_epoch();
			round(JOB, &says(0, 0, 3));
		}
		assert_eq!((verdict(JOB), sat(JOB)), ((Verdict::Undecided, vec![]), Some(true)));
	});
}

/// Failed draws of both rounds are counted together.
#[test]
fn failed_draws_of_both_rounds_count() {
	run(|| {
		register(1..=40);
		CurrentEpoch::set(EPOCH + 5);
		assert_ok!(ask(question(JOB)));
		for findings in [says(0, 0, 3), says(1, 0, 2), says(2, 1, 0)] {
			pass_epoch();
			round(JOB, &findings);
		}
		assert_eq!((panel(JOB).round, panel(JOB).failed), (Round::Second, 2));
		pass_epoch();
		assert_eq!(panel(JOB).last_draw(), 3, "four draws are the most");
		round(JOB, &says(3, 3, 1));
		assert_eq!(verdict(JOB).0, Verdict::Undecided);
		assert_eq!(verdict(JOB).1.len(), 1 + 3 + 6);
	});
}

/// All 24 members there can be.
#[test]
fn boundary_of_the_members_of_a_panel() {
	run(|| {
		disagreed();
		for _ in 0..2 {
			round(JOB, &says(3, 3, 1));
			pass_epoch();
		}
		assert_eq!(panel(JOB).members.len(), 24);
		ensure_sound();
		round(JOB, &says(3, 3, 1));
		assert_eq!(verdict(JOB).1.len(), 24 - 3);
	});
}

/// What a seat has reserved is there to be taken, whatever else the member has locked since.
#[test]
fn a_seats_forfeit_is_there() {
	run(|| {
		let members = drawn();
		Registry::lock(&members[0], BOND - 100).unwrap();
		round(JOB, &[None, Some(RIGHT), Some(RIGHT)]);
		assert_eq!((lost(&members[0]), reserved(&members[0])), (20, BOND - 100));
	});
}

/// The marketplace may ask again as soon as it hears the verdict.
#[test]
fn a_panel_can_be_asked_again_by_what_hears_the_verdict() {
	run(|| {
		let first = drawn();
		AskedAgain::set(vec![JOB]);
		round(JOB, &[Some(RIGHT); 3]);
		AskedAgain::set(vec![]);
		assert_eq!(panel(JOB).draws, 0);
		ensure_sound();
		pass_epoch();
		assert_eq!(seats(JOB).len(), 3);
		round(JOB, &[Some(RIGHT); 3]);
		assert_eq!(verdicts(JOB).len(), 2, "one for each that was asked");
		assert!(all_released(&first));
	});
	// Also in an epoch's first block, by a draw that fails for the third time.
	run(|| {
		register(1..=4);
		CurrentEpoch::set(EPOCH + 5);
		AskedAgain::set(vec![1, 2]);
		assert_ok!(ask(question(1)));
		assert_ok!(ask(question(2)));
		for _ in 0..3 {
			pass_epoch();
		}
		assert_eq!((verdicts(1).len(), verdicts(2).len()), (1, 1));
		assert_eq!((panel(1).draws, panel(2).draws), (0, 0));
		ensure_sound();
		AskedAgain::set(vec![]);
	});
}
