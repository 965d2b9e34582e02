//! Panels: miners that judge an output where no issuer has signed or miners disagree.

use crate::{
	api::runtime_types::{pallet_panel::types as raw, quittance_types::panel as shared},
	state::answers,
	AccountId,
};
use quittance_types::{Candidate, Digest, EpochIndex, JobId, JobNeeds, JobTime, MemberFinding};

/// What a panel was asked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Case {
	/// What was delivered, each by another miner.
	pub candidates: Vec<Candidate<AccountId>>,
	/// What a miner must be able to do to judge it.
	pub needs: JobNeeds,
	/// Accounts that cannot sit besides the candidates' miners.
	pub barred: Vec<AccountId>,
	/// The most the output can be worth, in the chain's smallest unit.
	pub max_amount: u128,
}

/// What members have at stake, in the chain's smallest unit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Stakes {
	/// Reserved of a member's bond for its seat.
	pub bond: u128,
	/// What a member loses that does not reveal.
	pub absence: u128,
	/// What a member loses that revealed something else than the second round's verdict.
	pub dissent: u128,
}

/// Which round a panel is in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Round {
	/// A few, who must agree.
	First,
	/// More, of whom a majority decides.
	Second,
}

/// How far a member has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Progress {
	/// It was drawn.
	Seated,
	/// It has committed to what it found.
	Committed(Digest),
	/// It has said what it found.
	Revealed(MemberFinding),
	/// Its round ended before it had said anything.
	Absent,
}

/// A member of a panel.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Member {
	/// Its account, the cold key.
	pub account: AccountId,
	/// Number of the draw in which it was drawn.
	pub draw: u8,
	/// How far it has come.
	pub progress: Progress,
}

/// What a panel waits for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Phase {
	/// For its members to be drawn.
	Waiting {
		/// The epoch since which it waits. Drawn by the seed of a later one.
		since: EpochIndex,
	},
	/// For what its members find.
	Sitting {
		/// Job time at which no more can commit and all who did can reveal.
		commits_until: JobTime,
		/// Job time at which no more can reveal and the round can be closed.
		reveals_until: JobTime,
	},
}

/// All that is known of the panel on a job.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Panel {
	/// What it was asked.
	pub case: Case,
	/// What its members have at stake.
	pub stakes: Stakes,
	/// Which round it is in.
	pub round: Round,
	/// Number of seats of that round.
	pub seats: u32,
	/// Number of draws begun. They are numbered from zero, and the last is the one that sits.
	pub draws: u8,
	/// Number of draws that failed.
	pub failed: u8,
	/// What it waits for.
	pub phase: Phase,
	/// All members it ever had, in the order of the draws.
	pub members: Vec<Member>,
}

/// What a miner has to do as a member of a panel.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Duty {
	/// The job.
	pub job: JobId,
	/// Number of the draw, which its commitment covers.
	pub draw: u8,
	/// Job time at which no more can commit.
	pub commits_until: JobTime,
	/// Job time at which no more can reveal.
	pub reveals_until: JobTime,
	/// How far it has come.
	pub progress: Progress,
}

impl From<raw::Case<AccountId>> for Case {
	fn from(case: raw::Case<AccountId>) -> Self {
		let candidate = |shared::Candidate { miner, output }| Candidate { miner, output: output.0 };
		Self {
			candidates: case.candidates.0.into_iter().map(candidate).collect(),
			needs: case.needs.0,
			barred: case.barred.0,
			max_amount: case.max_amount,
		}
	}
}

impl From<raw::Stakes> for Stakes {
	fn from(stakes: raw::Stakes) -> Self {
		let raw::Stakes { bond, absence, dissent } = stakes;
		Self { bond, absence, dissent }
	}
}

impl From<raw::Round> for Round {
	fn from(round: raw::Round) -> Self {
		match round {
			raw::Round::First => Self::First,
			raw::Round::Second => Self::Second,
		}
	}
}

impl From<raw::Progress> for Progress {
	fn from(progress: raw::Progress) -> Self {
		match progress {
			raw::Progress::Seated => Self::Seated,
			raw::Progress::Committed(commitment) => Self::Committed(commitment),
			raw::Progress::Revealed(finding) => Self::Revealed(finding.0),
			raw::Progress::Absent => Self::Absent,
		}
	}
}

impl From<raw::Member<AccountId>> for Member {
	fn from(member: raw::Member<AccountId>) -> Self {
		let raw::Member { account, draw, progress } = member;
		Self { account, draw, progress: progress.into() }
	}
}

impl From<raw::Phase> for Phase {
	fn from(phase: raw::Phase) -> Self {
		match phase {
			raw::Phase::Waiting { since } => Self::Waiting { since },
			raw::Phase::Sitting { commits_until, reveals_until } => {
				Self::Sitting { commits_until, reveals_until }
			},
		}
	}
}

impl From<answers::PanelInfo> for Panel {
	fn from(info: answers::PanelInfo) -> Self {
		let answers::PanelInfo { case, panel, seats } = info;
		Self {
			case: case.into(),
			stakes: panel.stakes.into(),
			round: panel.round.into(),
			seats,
			draws: panel.draws,
			failed: panel.failed,
			phase: panel.phase.into(),
			members: panel.members.0.into_iter().map(Into::into).collect(),
		}
	}
}

impl From<answers::Duty> for Duty {
	fn from(duty: answers::Duty) -> Self {
		let answers::Duty { job, draw, commits_until, reveals_until, progress } = duty;
		Self { job, draw, commits_until, reveals_until, progress: progress.into() }
	}
}
