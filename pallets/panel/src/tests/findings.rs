//! Committing and revealing.

use super::*;
use crate::Agenda;

#[test]
fn members_commit_then_reveal() {
	run(|| {
		let members = drawn();
		events();
		for member in &members {
			assert_ok!(commit(JOB, member, RIGHT));
		}
		let mut expected: Vec<_> = members
			.iter()
			.map(|member| Event::FindingCommitted {
				job: JOB,
				member: member.clone(),
				commitment: commitment(JOB, member, RIGHT),
			})
			.collect();
		expected.push(Event::CommitsClosed { job: JOB, draw: 0 });
		assert_eq!(events(), expected);
		assert!(matches!(Jury::duties(members[0].clone())[0].progress, Progress::Committed(_)));

		for member in &members {
			assert_ok!(reveal(JOB, member, RIGHT));
		}
		let mut expected: Vec<_> = members
			.iter()
			.map(|member| Event::FindingRevealed {
				job: JOB,
				member: member.clone(),
				finding: RIGHT,
			})
			.collect();
		expected.push(Event::RevealsClosed { job: JOB, draw: 0 });
		assert_eq!(events(), expected);
		assert_eq!(Jury::duties(members[0].clone()), [], "nothing is left to do");
		close(JOB);
	});
}

#[test]
fn a_finding_is_signed_by_the_hot_key_of_a_member_who_sits() {
	run(|| {
		let members = drawn();
		let outsider = (3..=20).map(miner).find(|miner| !members.contains(miner)).unwrap();
		let commitment = commitment(JOB, &members[0], RIGHT);
		let by = |who: &AccountId, job| Jury::commit(signed(who), job, commitment);
		assert_noop!(by(&members[0], JOB), E::UnknownHotKey);
		assert_noop!(by(&REQUESTER, JOB), E::UnknownHotKey);
		assert_noop!(by(&hot_key_of(&outsider), JOB), E::NotMember);
		assert_noop!(by(&hot_key_of(&members[0]), JOB + 1), E::UnknownPanel);
		let says = |who: &AccountId, job| Jury::reveal(signed(who), job, RIGHT, SALT);
		assert_noop!(says(&members[0], JOB), E::UnknownHotKey);
		assert_noop!(says(&hot_key_of(&outsider), JOB), E::NotMember);
		assert_noop!(says(&hot_key_of(&members[0]), JOB + 1), E::UnknownPanel);
		assert_ok!(by(&hot_key_of(&members[0]), JOB));
	});
}

/// The key that works now, not the one the member had when it was drawn.
#[test]
fn a_changed_hot_key_speaks_for_the_member() {
	run(|| {
		let member = drawn().remove(0);
		let old = hot_key_of(&member);
		Registry::change(&member, |entry| {
			entry.hot_key = hot(99);
			Ok(())
		})
		.unwrap();
		let commitment = commitment(JOB, &member, RIGHT);
		assert_noop!(Jury::commit(signed(&old), JOB, commitment), E::UnknownHotKey);
		assert_ok!(Jury::commit(signed(&hot(99)), JOB, commitment));
	});
}

#[test]
fn before_the_draw_there_is_nothing_to_find() {
	run(|| {
		populate();
		assert_ok!(ask(question(JOB)));
		assert_noop!(Jury::commit(signed(&hot(3)), JOB, [1; 32]), E::NotDrawn);
		assert_noop!(Jury::reveal(signed(&hot(3)), JOB, RIGHT, SALT), E::NotDrawn);
		assert_noop!(Jury::close_round(signed(&REQUESTER), JOB), E::NotDrawn);
	});
}

#[test]
fn a_commitment_stands() {
	run(|| {
		let members = drawn();
		assert_ok!(commit(JOB, &members[0], RIGHT));
		assert_noop!(commit(JOB, &members[0], OTHER), E::AlreadyCommitted);
		assert_noop!(commit(JOB, &members[0], RIGHT), E::AlreadyCommitted);
	});
}

#[test]
fn boundary_of_the_window_to_commit() {
	run(|| {
		let members = drawn();
		let Phase::Sitting { commits_until, .. } = panel(JOB).phase else { panic!() };
		JobNow::set(commits_until - 1);
		assert_ok!(commit(JOB, &members[0], RIGHT));
		assert_noop!(reveal(JOB, &members[0], RIGHT), E::CommitsNotOver);
		JobNow::set(commits_until);
		assert_noop!(commit(JOB, &members[1], RIGHT), E::CommitsOver);
		assert_ok!(reveal(JOB, &members[0], RIGHT));
		assert_noop!(commit(JOB, &members[0], RIGHT), E::AlreadyRevealed);
	});
}

#[test]
fn boundary_of_the_window_to_reveal() {
	run(|| {
		let members = drawn();
		for member in &members[..2] {
			assert_ok!(commit(JOB, member, RIGHT));
		}
		let Phase::Sitting { reveals_until, .. } = panel(JOB).phase else { panic!() };
		JobNow::set(reveals_until - 1);
		assert_ok!(reveal(JOB, &members[0], RIGHT));
		assert_noop!(Jury::close_round(signed(&REQUESTER), JOB), E::RoundNotOver);
		JobNow::set(reveals_until);
		assert_noop!(reveal(JOB, &members[1], RIGHT), E::RevealsOver);
		close(JOB);
	});
}

/// Nothing is revealed while anybody can still commit; when all have, nobody can, and the wait is over.
#[test]
fn when_all_have_committed_they_reveal() {
	run(|| {
		let members = drawn();
		for member in &members[..2] {
			assert_ok!(commit(JOB, member, RIGHT));
			assert_noop!(reveal(JOB, member, RIGHT), E::CommitsNotOver);
		}
		let Phase::Sitting { reveals_until, .. } = panel(JOB).phase else { panic!() };
		assert_ok!(commit(JOB, &members[2], RIGHT));
		let now = JobNow::get();
		assert_eq!(panel(JOB).phase, Phase::Sitting { commits_until: now, reveals_until });
		assert_ok!(reveal(JOB, &members[0], RIGHT));
		assert_noop!(Jury::close_round(signed(&REQUESTER), JOB), E::RoundNotOver);
	});
}

#[test]
fn when_all_have_revealed_the_round_is_over() {
	run(|| {
		let members = drawn();
		for member in &members {
			assert_ok!(commit(JOB, member, RIGHT));
		}
		for member in &members {
			assert_noop!(Jury::close_round(signed(&REQUESTER), JOB), E::RoundNotOver);
			assert_ok!(reveal(JOB, member, RIGHT));
		}
		assert_eq!(Agenda::<Test>::get().into_inner(), [Due { at: JobNow::get(), job: JOB }]);
		ensure_sound();
		close(JOB);
		assert_eq!(verdict(JOB), (found(RIGHT), members));
	});
}

#[test]
fn who_has_not_committed_cannot_reveal() {
	run(|| {
		let members = drawn();
		assert_noop!(reveal(JOB, &members[0], RIGHT), E::NotCommitted);
		assert_ok!(commit(JOB, &members[0], RIGHT));
		to_reveals(JOB);
		assert_noop!(reveal(JOB, &members[1], RIGHT), E::NotCommitted);
		assert_ok!(reveal(JOB, &members[0], RIGHT));
		assert_noop!(reveal(JOB, &members[0], RIGHT), E::AlreadyRevealed);
	});
}

#[test]
fn a_commitment_opens_to_one_finding_with_one_salt() {
	run(|| {
		let members = drawn();
		for member in &members {
			assert_ok!(commit(JOB, member, RIGHT));
		}
		let key = hot_key_of(&members[0]);
		let says = |finding, salt| Jury::reveal(signed(&key), JOB, finding, salt);
		assert_noop!(says(RIGHT, [0x5B; 32]), E::CommitmentMismatch);
		assert_noop!(says(OTHER, SALT), E::CommitmentMismatch);
		assert_noop!(says(MemberFinding::Wrong, SALT), E::CommitmentMismatch);
		assert_noop!(says(UNFETCHED, SALT), E::CommitmentMismatch);
		let amount = |amount| MemberFinding::Right { candidate: 0, amount };
		assert_noop!(says(amount(641), SALT), E::CommitmentMismatch);
		assert_ok!(says(RIGHT, SALT));
	});
}

/// What nobody asked cannot be a verdict, even where a member commits to it.
#[test]
fn boundary_of_what_can_be_found() {
	run(|| {
		let members = drawn();
		let right = |candidate, amount| MemberFinding::Right { candidate, amount };
		let findings = [right(2, 1), right(1, MAX_AMOUNT + 1), right(1, MAX_AMOUNT)];
		for (member, finding) in members.iter().zip(findings) {
			assert_ok!(commit(JOB, member, finding));
		}
		assert_noop!(reveal(JOB, &members[0], findings[0]), E::UnknownCandidate);
		assert_noop!(reveal(JOB, &members[1], findings[1]), E::AmountAboveMost);
		assert_ok!(reveal(JOB, &members[2], findings[2]));
	});
}

/// Redundant miners can deliver the same. Two members who find it right must not disagree about whose it is.
#[test]
fn boundary_of_candidates_with_the_same_output() {
	run(|| {
		populate();
		let mut question = question(JOB);
		question.candidates.push(question.candidates[0].clone());
		question.candidates[2].miner = miner(3);
		question.candidates.push(question.candidates[1].clone());
		question.candidates[3].miner = miner(4);
		question.candidates[3].output.size += 1;
		assert_ok!(ask(question));
		pass_epoch();
		let members = seats(JOB);
		let right = |candidate| MemberFinding::Right { candidate, amount: 1 };
		for (member, candidate) in members.iter().zip([2, 3, 0]) {
			assert_ok!(commit(JOB, member, right(candidate)));
		}
		assert_noop!(reveal(JOB, &members[0], right(2)), E::NotFirstCandidate);
		assert_ok!(reveal(JOB, &members[1], right(3)));
		assert_ok!(reveal(JOB, &members[2], right(0)));
	});
}

/// The windows are in job time: while it stands still, nobody is late.
#[test]
fn a_pause_of_the_jobs_stops_the_windows() {
	run(|| {
		let members = drawn();
		assert_ok!(commit(JOB, &members[0], RIGHT));
		let before = panel(JOB);
		Paused::set(true);
		for _ in 0..100 {
			begin_block();
			idle(Weight::MAX);
		}
		begin_epoch();
		assert_eq!(panel(JOB), before);
		Paused::set(false);
		assert_ok!(commit(JOB, &members[1], RIGHT));
		blocks(30);
		assert_ok!(reveal(JOB, &members[0], RIGHT));
		assert_ok!(reveal(JOB, &members[1], RIGHT));
	});
}

/// A commitment of one draw is none in the next: it covers the draw's number.
#[test]
fn a_commitment_covers_the_draw() {
	run(|| {
		let first = drawn();
		let of_first = finding_commitment(&GENESIS, JOB, 0, &[9; 32], &RIGHT, &SALT);
		round(JOB, &[None; 3]);
		pass_epoch();
		assert_eq!(panel(JOB).last_draw(), 1);
		let of_second = finding_commitment(&GENESIS, JOB, 1, &[9; 32], &RIGHT, &SALT);
		assert_ne!(of_first, of_second);
		let members = seats(JOB);
		let stale = finding_commitment(&GENESIS, JOB, 0, &members[0].clone().into(), &RIGHT, &SALT);
		assert_ok!(Jury::commit(signed(&hot_key_of(&members[0])), JOB, stale));
		assert_noop!(commit(JOB, &first[0], RIGHT), E::NotMember);
		to_reveals(JOB);
		assert_noop!(reveal(JOB, &members[0], RIGHT), E::CommitmentMismatch);
	});
}
