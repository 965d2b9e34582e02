//! What to do next as a member of a panel: decided anew each time, from what the chain says and what is on
//! disk, as for jobs.

use crate::store::Seat;
use codec::Encode;
use quittance_client::{AccountId, Case, Panel, Phase, Progress};
use quittance_types::{
	blake2_256, finding_commitment, Blob, Digest, JobId, JobTime, MemberFinding, ModelId,
};

/// Job time between two looks at a panel that others have to bring on.
const BETWEEN_LOOKS: JobTime = 2;

/// Job time between two attempts to fetch what is not there yet.
const BETWEEN_FETCHES: JobTime = 10;

/// Job time after which a round that is over is closed by a transaction, where idle blocks do not. Members
/// do so one after the other, by their places.
const PATIENCE: JobTime = 10;

/// What to do next for a seat.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Act {
	/// Fetch and judge. What could not be fetched is found to be so only if this is the last look.
	Look {
		/// Whether there is no time for another.
		last: bool,
	},
	/// Find out again what was committed to, of which there is no record.
	Recall(Digest),
	/// Commit to what was found.
	Commit(Digest),
	/// Say what was found.
	Reveal(MemberFinding, [u8; 32]),
	/// Close a round that is over.
	Close,
	/// Nothing before this time.
	Wait(JobTime),
	/// Nothing more, ever.
	End,
}

/// A seat, and the panel as it stands on the chain.
pub(crate) struct Sitting<'a> {
	/// Hash of the chain's first block.
	pub(crate) genesis: [u8; 32],
	/// The job.
	pub(crate) job: JobId,
	/// Number of the draw.
	pub(crate) draw: u8,
	/// The member.
	pub(crate) miner: AccountId,
	/// The panel, if there still is one.
	pub(crate) panel: Option<&'a Panel>,
	/// What it is asked about, see [`question`].
	pub(crate) question: Digest,
	/// Job time.
	pub(crate) now: JobTime,
	/// Job time that is kept free for transactions before the end of a window.
	pub(crate) reserve: JobTime,
}

/// All that a finding depends on: what was found for one question is not said about another that has its
/// number, after a reorganisation.
pub(crate) fn question(model: &ModelId, input: &Blob, case: &Case) -> Digest {
	blake2_256(&(model, input, &case.candidates, case.max_amount).encode())
}

impl Sitting<'_> {
	/// By which a finding is committed to.
	pub(crate) fn commitment(&self, finding: &MemberFinding, salt: &[u8; 32]) -> Digest {
		finding_commitment(&self.genesis, self.job, self.draw, &self.miner.0, finding, salt)
	}

	/// What to do next.
	pub(crate) fn next(&self, seat: &Seat) -> Act {
		let Some((place, progress, commits_until, reveals_until)) = self.place() else {
			return Act::End;
		};
		let now = self.now;
		let soon = Act::Wait(now.saturating_add(BETWEEN_LOOKS));
		if now >= reveals_until {
			return close(place, now, reveals_until);
		}
		let found = seat.found.filter(|found| found.question == self.question);
		match progress {
			Progress::Seated if now >= commits_until => Act::Wait(reveals_until),
			Progress::Seated => match found {
				Some(found) => Act::Commit(self.commitment(&found.finding, &found.salt)),
				None => {
					let next = now.saturating_add(BETWEEN_FETCHES).saturating_add(self.reserve);
					Act::Look { last: next >= commits_until }
				},
			},
			Progress::Committed(commitment) => {
				let open = found
					.filter(|found| self.commitment(&found.finding, &found.salt) == commitment);
				match open {
					None => Act::Recall(commitment),
					// The others may be done before the window is.
					Some(_) if now < commits_until => soon,
					Some(found) => Act::Reveal(found.finding, found.salt),
				}
			},
			Progress::Revealed(_) => soon,
			Progress::Absent => Act::End,
		}
	}

	/// The job time by which what is to be done now must have happened, if the draw sits.
	pub(crate) fn ends_at(&self) -> Option<JobTime> {
		let (_, _, commits_until, reveals_until) = self.place()?;
		Some(if self.now < commits_until { commits_until } else { reveals_until })
	}

	/// Our place among the members and how far we have come, if the draw sits now.
	fn place(&self) -> Option<(u64, Progress, JobTime, JobTime)> {
		let panel = self.panel?;
		let Phase::Sitting { commits_until, reveals_until } = panel.phase else { return None };
		if panel.draws.checked_sub(1) != Some(self.draw) {
			return None;
		}
		let drawn = panel.members.iter().filter(|member| member.draw == self.draw);
		let mut places = (0u64..).zip(drawn);
		let (place, member) = places.find(|(_, member)| member.account == self.miner)?;
		Some((place, member.progress, commits_until, reveals_until))
	}
}

/// How long to wait for what could not be fetched.
pub(crate) fn until_next_look(now: JobTime) -> JobTime {
	now.saturating_add(BETWEEN_FETCHES)
}

fn close(place: u64, now: JobTime, reveals_until: JobTime) -> Act {
	let turn = place.saturating_add(1).saturating_mul(PATIENCE);
	let from = reveals_until.saturating_add(turn);
	match now >= from {
		true => Act::Close,
		false => Act::Wait(from),
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::store::{Found, Store};
	use quittance_client::{Member, Round, Stakes};
	use quittance_types::{JobNeeds, Level};

	const MINER: AccountId = AccountId([2; 32]);
	const OTHER: AccountId = AccountId([3; 32]);
	const SALT: [u8; 32] = [8; 32];
	const QUESTION: Digest = [7; 32];
	const RIGHT: MemberFinding = MemberFinding::Right { candidate: 0, amount: 6 };

	/// The second member of a draw that commits until 100 and reveals until 150.
	fn panel(progress: Progress) -> Panel {
		let needs = JobNeeds {
			level: Level::Basic,
			circuit: None,
			constraints: 0,
			model_size: 0,
			fhe_parameters: None,
		};
		let member = |account, draw, progress| Member { account, draw, progress };
		Panel {
			case: Case { candidates: vec![], needs, barred: vec![], max_amount: 9 },
			stakes: Stakes { bond: 5, absence: 1, dissent: 5 },
			round: Round::Second,
			seats: 7,
			draws: 2,
			failed: 0,
			phase: Phase::Sitting { commits_until: 100, reveals_until: 150 },
			members: vec![
				member(AccountId([9; 32]), 0, Progress::Revealed(RIGHT)),
				member(OTHER, 1, Progress::Seated),
				member(MINER, 1, progress),
			],
		}
	}

	fn sitting(panel: Option<&Panel>, now: JobTime) -> Sitting<'_> {
		let (genesis, question) = ([1; 32], QUESTION);
		Sitting { genesis, job: 5, draw: 1, miner: MINER, panel, question, now, reserve: 5 }
	}

	fn seat(finding: Option<MemberFinding>) -> Seat {
		let found = finding.map(|finding| Found { finding, salt: SALT, question: QUESTION });
		Seat { found, ..Seat::default() }
	}

	fn committed(finding: &MemberFinding, salt: &[u8; 32]) -> Progress {
		Progress::Committed(sitting(None, 0).commitment(finding, salt))
	}

	/// Every state of a seat, at every stage of its work.
	#[test]
	fn a_seat_is_brought_on_from_wherever_it_is() {
		let ours = sitting(None, 0).commitment(&RIGHT, &SALT);
		let seated = Progress::Seated;
		let done = committed(&RIGHT, &SALT);
		let table = [
			(seated, None, 0, Act::Look { last: false }),
			(seated, None, 84, Act::Look { last: false }),
			(seated, None, 85, Act::Look { last: true }),
			(seated, None, 99, Act::Look { last: true }),
			(seated, None, 100, Act::Wait(150)),
			(seated, Some(RIGHT), 0, Act::Commit(ours)),
			(seated, Some(RIGHT), 99, Act::Commit(ours)),
			(seated, Some(RIGHT), 100, Act::Wait(150)),
			(done, Some(RIGHT), 99, Act::Wait(101)),
			(done, Some(RIGHT), 100, Act::Reveal(RIGHT, SALT)),
			(done, Some(RIGHT), 149, Act::Reveal(RIGHT, SALT)),
			(done, Some(RIGHT), 150, Act::Wait(170)),
			(done, None, 50, Act::Recall(ours)),
			(done, None, 120, Act::Recall(ours)),
			(Progress::Revealed(RIGHT), Some(RIGHT), 120, Act::Wait(122)),
			(Progress::Revealed(RIGHT), Some(RIGHT), 169, Act::Wait(170)),
			(Progress::Revealed(RIGHT), Some(RIGHT), 170, Act::Close),
			(seated, None, 170, Act::Close),
			(Progress::Absent, None, 120, Act::End),
		];
		for (progress, finding, now, act) in table {
			let panel = panel(progress);
			let found = sitting(Some(&panel), now).next(&seat(finding));
			assert_eq!(found, act, "{progress:?} {finding:?} at {now}");
		}
	}

	#[test]
	fn boundary_a_seats_time_ends_with_its_window() {
		let panel = panel(Progress::Seated);
		let ends_at = |now| sitting(Some(&panel), now).ends_at();
		assert_eq!((ends_at(99), ends_at(100), ends_at(150)), (Some(100), Some(150), Some(150)));
		assert_eq!(sitting(None, 99).ends_at(), None);
	}

	#[test]
	fn a_seat_of_an_earlier_draw_or_an_ended_panel_is_over() {
		let row = seat(Some(RIGHT));
		assert_eq!(sitting(None, 50).next(&row), Act::End);
		let seated = panel(Progress::Seated);
		let waiting = Panel { phase: Phase::Waiting { since: 4 }, ..seated.clone() };
		assert_eq!(sitting(Some(&waiting), 50).next(&row), Act::End);
		let drawn_again = Panel { draws: 3, ..seated.clone() };
		assert_eq!(sitting(Some(&drawn_again), 50).next(&row), Act::End);
		let mut others = seated;
		others.members.pop();
		assert_eq!(sitting(Some(&others), 50).next(&row), Act::End);
	}

	/// Whatever is on record: what is revealed opens what the chain has.
	#[test]
	fn nothing_is_revealed_but_what_was_committed_to() {
		let findings = [RIGHT, MemberFinding::Wrong, MemberFinding::Unfetched];
		for recorded in findings {
			for said in findings {
				for salt in [SALT, [4; 32]] {
					let panel = panel(committed(&said, &salt));
					let act = sitting(Some(&panel), 120).next(&seat(Some(recorded)));
					match (recorded, salt) == (said, SALT) {
						true => assert_eq!(act, Act::Reveal(said, salt)),
						false => assert!(matches!(act, Act::Recall(_)), "{act:?}"),
					}
				}
			}
		}
	}

	/// A reorganisation gave the number to another panel.
	#[test]
	fn what_was_found_for_another_question_is_looked_at_anew() {
		let mut row = seat(Some(RIGHT));
		row.found.as_mut().unwrap().question = [6; 32];
		let seated = panel(Progress::Seated);
		assert_eq!(sitting(Some(&seated), 50).next(&row), Act::Look { last: false });
	}

	#[test]
	fn every_part_of_a_question_counts() {
		let blob = Blob { digest: [1; 32], size: 2 };
		let case = panel(Progress::Seated).case;
		let dearer = Case { max_amount: 10, ..case.clone() };
		let candidate = quittance_types::Candidate { miner: OTHER, output: blob };
		let other = Case { candidates: vec![candidate], ..case.clone() };
		let questions = [
			question(&[1; 32], &blob, &case),
			question(&[2; 32], &blob, &case),
			question(&[1; 32], &Blob { size: 3, ..blob }, &case),
			question(&[1; 32], &blob, &dearer),
			question(&[1; 32], &blob, &other),
		];
		for (place, question) in questions.iter().enumerate() {
			assert!(!questions[..place].contains(question), "question {place} is its own");
		}
	}

	/// A member that is killed before and after every write and every transaction, in a store that is opened
	/// anew each time: it looks once, commits to one finding and reveals that one, once.
	#[test]
	fn a_member_killed_at_every_point_commits_and_reveals_once() {
		let folder = tempfile::tempdir().unwrap();
		let mut file = folder.path().join("0.redb");
		let mut panel = panel(Progress::Seated);
		let (mut looks, mut commits, mut reveals) = (0u8, 0, 0);
		for crash in 1..40u64 {
			let store = Store::open(&file, &[1; 32], &MINER).unwrap();
			let row = store.seat(5, 1).unwrap().unwrap_or_default();
			let now = if commits == 0 { 50 } else { 100 };
			// Every other time it dies before what it was about to do has any effect.
			let dies_before = crash % 2 == 0;
			match sitting(Some(&panel), now).next(&row) {
				_ if dies_before => {},
				Act::Look { .. } => {
					looks += 1;
					// Whoever looks again may find something else, and has another salt.
					let (amount, salt) = (u128::from(looks), [looks; 32]);
					let finding = MemberFinding::Right { candidate: 0, amount };
					let found = Some(Found { finding, salt, question: QUESTION });
					store.change_seat(5, 1, |seat| seat.found = found).unwrap();
				},
				Act::Commit(commitment) => {
					commits += 1;
					assert_eq!(panel.members[2].progress, Progress::Seated);
					panel.members[2].progress = Progress::Committed(commitment);
				},
				Act::Reveal(finding, salt) => {
					reveals += 1;
					assert_eq!(panel.members[2].progress, committed(&finding, &salt));
					panel.members[2].progress = Progress::Revealed(finding);
				},
				Act::Wait(102) => {
					assert_eq!((looks, commits, reveals), (1, 1, 1));
					return;
				},
				act => panic!("{act:?}"),
			}
			let after = folder.path().join(format!("{crash}.redb"));
			std::fs::copy(&file, &after).unwrap();
			std::mem::forget(store);
			file = after;
		}
		panic!("nothing was revealed");
	}
}
