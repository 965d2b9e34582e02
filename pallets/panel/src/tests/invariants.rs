//! A state that cannot be is seen.

use super::*;
use crate::{Agenda, Cases, Forming, Queue};
use polkadot_sdk::sp_runtime::TryRuntimeError;

/// Two panels, one of which sits and one of which waits, spoilt.
fn refused(spoil: impl FnOnce(), reason: &'static str) {
	chain().execute_with(|| {
		reset();
		drawn();
		assert_ok!(ask(question(JOB + 1)));
		ensure_sound();
		spoil();
		assert_eq!(Jury::do_try_state(), Err(TryRuntimeError::Other(reason)));
	});
}

fn change(job: JobId, change: impl FnOnce(&mut Panel<AccountId>)) {
	Panels::<Test>::mutate(job, |panel| change(panel.as_mut().unwrap()));
}

#[test]
fn broken_invariants_are_seen() {
	refused(|| Cases::<Test>::remove(JOB), "every case is a panel's");
	refused(|| Queue::<Test>::kill(), "a panel waits or sits, and nothing else does");
	refused(|| Agenda::<Test>::kill(), "a panel waits or sits, and nothing else does");
	refused(|| Forming::<Test>::kill(), "a seed forms while a panel waits");
	refused(|| CurrentEpoch::set(1), "no seed is of an epoch to come");
	refused(
		|| Queue::<Test>::mutate(|queue| queue[0].job = JOB),
		"a panel that waits is in the queue",
	);
	refused(
		|| Agenda::<Test>::mutate(|agenda| agenda[0].at += 1),
		"a panel that sits is in the agenda",
	);
	refused(
		|| {
			change(JOB, |panel| {
				panel.members.pop();
			})
		},
		"all seats are filled",
	);
	refused(|| change(JOB, |panel| panel.failed = 3), "no panel has failed too often");
	refused(
		|| change(JOB + 1, |panel| panel.draws = 1),
		"every draw failed, or did not agree, or sits",
	);
	refused(
		|| change(JOB, |panel| panel.stakes.dissent = panel.stakes.bond + 1),
		"no more is lost than is reserved",
	);
	refused(
		|| change(JOB, |panel| panel.members[1] = panel.members[0].clone()),
		"nobody sits twice",
	);
	refused(|| change(JOB, |panel| panel.members[1].account = miner(1)), "no party sits");
	refused(|| change(JOB, |panel| panel.members[1].account = REQUESTER), "no party sits");
	refused(
		|| change(JOB, |panel| panel.members[1].progress = Progress::Absent),
		"nobody who sits is absent yet",
	);
	refused(
		|| change(JOB, |panel| panel.stakes.absence = panel.stakes.dissent + 1),
		"absence costs no more than dissent",
	);
	refused(
		|| {
			change(JOB, |panel| {
				panel.members[1].progress =
					Progress::Revealed(MemberFinding::Right { candidate: 2, amount: 0 })
			})
		},
		"nobody has revealed what the panel was not asked",
	);
}

/// The registry's side is checked by the runtime, against what panels say they have reserved.
#[test]
fn panels_say_what_they_have_reserved() {
	run(|| {
		let members = drawn();
		assert_ok!(ask(question(JOB + 1)));
		pass_epoch();
		for number in 1..=20 {
			let panels = [JOB, JOB + 1].iter().filter(|job| seats(**job).contains(&miner(number)));
			assert_eq!(Jury::reserved_for(miner(number)), 100 * panels.count() as u128);
		}
		round(JOB, &[Some(RIGHT), None, None]);
		assert!(Jury::reserved_for(members[0].clone()) >= 100);
	});
}
