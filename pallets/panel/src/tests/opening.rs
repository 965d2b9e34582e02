//! Asking a panel.

use super::*;
use crate::{Cases, Queue};
use quittance_types::{Candidate, Panels as _, Question, Refusal, MAX_BARRED, MAX_CANDIDATES};

fn candidates(number: u8) -> Vec<Candidate<AccountId>> {
	let one = question(JOB).candidates.remove(0);
	(1..=number).map(|number| Candidate { miner: miner(number), ..one.clone() }).collect()
}

#[test]
fn a_panel_is_asked_and_waits() {
	run(|| {
		CurrentEpoch::set(EPOCH + 3);
		assert_ok!(ask(question(JOB)));
		let stakes = Stakes { bond: 100, absence: 20, dissent: 50 };
		assert_eq!(
			events(),
			[Event::PanelOpened { job: JOB, candidates: 2, stakes, since: EPOCH + 3 }]
		);
		let info = Jury::panel(JOB).unwrap();
		assert_eq!(info.seats, 3);
		assert_eq!(info.panel, panel(JOB));
		assert_eq!(
			info.panel,
			Panel {
				stakes,
				round: Round::First,
				draws: 0,
				failed: 0,
				phase: Phase::Waiting { since: EPOCH + 3 },
				members: Default::default(),
			}
		);
		assert_eq!(info.case.candidates.into_inner(), question(JOB).candidates);
		assert_eq!(info.case.barred.into_inner(), question(JOB).barred);
		assert_eq!(info.case.max_amount, MAX_AMOUNT);
		assert_eq!(Queue::<Test>::get().into_inner(), [Waiting { job: JOB, since: EPOCH + 3 }]);
		assert_eq!(Jury::panel(JOB + 1), None);
	});
}

#[test]
fn boundary_of_the_candidates() {
	run(|| {
		let with = |candidates| ask(Question { candidates, ..question(JOB) });
		assert_noop!(with(vec![]), E::NoCandidates);
		assert_noop!(with(candidates(MAX_CANDIDATES as u8 + 1)), E::TooManyCandidates);
		let mut repeated = candidates(3);
		repeated[2].miner = miner(1);
		assert_noop!(with(repeated), E::DuplicateCandidate);
		assert_ok!(with(candidates(MAX_CANDIDATES as u8)));
		assert_eq!(Cases::<Test>::get(JOB).unwrap().candidates.len(), 8);
		assert_ok!(ask(Question { candidates: candidates(1), ..question(JOB + 1) }));
	});
}

#[test]
fn boundary_of_the_barred() {
	run(|| {
		let with = |number: u32| {
			let barred = (0..number).map(|number| miner(number as u8 + 100)).collect();
			ask(Question { barred, ..question(JOB) })
		};
		assert_noop!(with(MAX_BARRED + 1), E::TooManyBarred);
		assert_ok!(with(MAX_BARRED));
	});
}

#[test]
fn one_panel_sits_on_a_job_at_a_time() {
	run(|| {
		assert_ok!(ask(question(JOB)));
		assert_noop!(ask(question(JOB)), E::PanelExists);
		assert_ok!(ask(question(JOB + 1)));
	});
}

/// Trap 27: there are no more panels than there is room for, whoever asks for them.
#[test]
fn boundary_of_the_panels_there_can_be() {
	run(|| {
		let most = u64::from(MaxPanels::get());
		for job in 0..most {
			assert_ok!(ask(question(job)));
		}
		assert_noop!(ask(question(most)), E::TooManyPanels);
		assert_noop!(ask(question(0)), E::PanelExists);
	});
}

/// Whoever asks learns whether to ask again.
#[test]
fn only_want_of_room_is_refused_for_now() {
	run(|| {
		for job in 0..u64::from(MaxPanels::get()) {
			assert_ok!(ask(question(job)));
		}
		assert_eq!(Jury::open(question(90)), Err(Refusal::ForNow(E::TooManyPanels.into())));
		assert_eq!(Jury::open(question(0)), Err(Refusal::ForGood(E::PanelExists.into())));
		let nothing = Question { candidates: vec![], ..question(90) };
		assert_eq!(Jury::open(nothing), Err(Refusal::ForGood(E::NoCandidates.into())));
	});
}

#[test]
fn room_for_a_panel_returns_with_the_end_of_another() {
	run(|| {
		populate();
		for job in 0..u64::from(MaxPanels::get()) {
			assert_ok!(ask(question(job)));
		}
		pass_epoch();
		assert_noop!(ask(question(90)), E::TooManyPanels);
		round(0, &[Some(RIGHT); 3]);
		assert_ok!(ask(question(90)));
		assert_noop!(ask(question(91)), E::TooManyPanels);
	});
}

/// Governance's numbers cannot take more from a member than its seat has reserved, or reserve nothing.
#[test]
fn stakes_are_within_the_bond() {
	run(|| {
		SeatBond::set(0);
		AbsenceSlash::set(50);
		DissentSlash::set(Perbill::one());
		assert_ok!(ask(question(1)));
		assert_eq!(panel(1).stakes, Stakes { bond: 1, absence: 1, dissent: 1 });
		SeatBond::set(49);
		assert_ok!(ask(question(2)));
		assert_eq!(panel(2).stakes, Stakes { bond: 49, absence: 49, dissent: 49 });
		SeatBond::set(101);
		DissentSlash::set(Perbill::from_percent(50));
		assert_ok!(ask(question(3)));
		assert_eq!(panel(3).stakes, Stakes { bond: 101, absence: 50, dissent: 50 });
	});
}

/// Whatever governance sets, absence costs no more than dissent: a member in doubt would say anything
/// rather than stay away.
#[test]
fn boundary_absence_costs_no_more_than_dissent() {
	run(|| {
		let stakes = |job, absence, percent| {
			AbsenceSlash::set(absence);
			DissentSlash::set(Perbill::from_percent(percent));
			assert_ok!(ask(question(job)));
			(panel(job).stakes.absence, panel(job).stakes.dissent)
		};
		assert_eq!(stakes(1, 49, 50), (49, 50));
		assert_eq!(stakes(2, 50, 50), (50, 50));
		assert_eq!(stakes(3, 51, 50), (50, 50));
		assert_eq!(stakes(4, 20, 0), (0, 0));
		assert_eq!(stakes(5, u128::MAX, 100), (100, 100));
	});
	run(|| {
		let members = drawn();
		AbsenceSlash::set(90);
		DissentSlash::set(Perbill::from_percent(30));
		assert_ok!(ask(question(JOB + 1)));
		pass_epoch();
		round(JOB, &[Some(RIGHT); 3]);
		let absent = seats(JOB + 1).pop().unwrap();
		round(JOB + 1, &[Some(RIGHT), Some(RIGHT), None]);
		assert_eq!(lost(&absent), 30);
		assert!(members.iter().all(|member| *member == absent || lost(member) == 0));
	});
}

/// What a member can lose is known when the panel is asked, whatever governance does while it lasts.
#[test]
fn stakes_stay_those_of_the_opening() {
	run(|| {
		populate();
		assert_ok!(ask(question(JOB)));
		SeatBond::set(5_000);
		AbsenceSlash::set(5_000);
		pass_epoch();
		let members = seats(JOB);
		assert!(members.iter().all(|member| reserved(member) == 100));
		round(JOB, &[Some(RIGHT), Some(RIGHT), None]);
		assert_eq!(lost(&members[2]), 20);
	});
}
