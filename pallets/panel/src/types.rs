//! Stored records, and what a panel's findings amount to.

use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use polkadot_sdk::frame_support::{traits::ConstU32, BoundedVec};
use quittance_types::{
	lower_median, Candidate, Digest, EpochIndex, Finding, JobId, JobNeeds, JobTime, MemberFinding,
	Verdict, MAX_BARRED, MAX_CANDIDATES, MAX_PANEL_MEMBERS,
};
use scale_info::TypeInfo;

/// Seats of the first round.
pub const FIRST_SEATS: u32 = 3;

/// How many of the first round's seats must reveal for its draw to count: two thirds. The second round has
/// no quorum: it needs a majority of its seats, whoever else is absent, or a few could void a draw by their
/// absence once they have seen what the others reveal.
pub const FIRST_QUORUM: u32 = 2;

/// Seats of the second round, which sits where the first did not agree.
pub const SECOND_SEATS: u32 = 7;

/// The most seats of a draw.
pub const MAX_SEATS: u32 = SECOND_SEATS;

/// Points that a draw looks at for each of its seats, all of them, so that it sees how many miners can judge
/// the case. Among many equal miners, half of whom cannot sit, a
/// draw of seven seats fails less than once in a thousand million times. Where one miner has nine tenths
/// of all bonds and is hit by most points, a draw of three seats fails three times in ten.
pub const TRIES_PER_SEAT: u32 = 8;

/// Draws of a panel that may fail. With the last the panel ends undecided.
pub const MAX_FAILED_DRAWS: u8 = 3;

// The first round once, and the second with every draw that may fail, have the most members.
const _: () = assert!(MAX_PANEL_MEMBERS == FIRST_SEATS + SECOND_SEATS * MAX_FAILED_DRAWS as u32);

/// What a panel was asked, apart from its record, which every finding changes.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Case<AccountId> {
	/// What was delivered, each by another miner.
	pub candidates: BoundedVec<Candidate<AccountId>, ConstU32<MAX_CANDIDATES>>,
	/// What a miner must be able to do to judge it.
	pub needs: JobNeeds,
	/// Accounts that cannot sit besides the candidates' miners.
	pub barred: BoundedVec<AccountId, ConstU32<MAX_BARRED>>,
	/// The most the output can be worth, in the chain's smallest unit.
	pub max_amount: u128,
}

/// What members have at stake, in the chain's smallest unit: the same for all who sit on a panel, whatever
/// governance changes while it lasts.
#[derive(
	Clone,
	Copy,
	PartialEq,
	Eq,
	Debug,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub struct Stakes {
	/// Reserved of a member's bond for its seat. More than zero.
	pub bond: u128,
	/// What a member loses that does not reveal, or that could not fetch what most members of its draw
	/// had and the panel found right. At most what dissent costs.
	pub absence: u128,
	/// What a member loses that revealed something else than the second round's verdict. At most the
	/// bond.
	pub dissent: u128,
}

/// Which round a panel is in.
#[derive(
	Clone,
	Copy,
	PartialEq,
	Eq,
	Debug,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub enum Round {
	/// A few, who must agree.
	#[codec(index = 0)]
	First,
	/// More, of whom a majority decides.
	#[codec(index = 1)]
	Second,
}

impl Round {
	/// Number of seats.
	pub const fn seats(self) -> u32 {
		match self {
			Self::First => FIRST_SEATS,
			Self::Second => SECOND_SEATS,
		}
	}
}

// Two thirds are as many as the quorum, and not one fewer.
const _: () = {
	assert!(FIRST_QUORUM * 3 >= FIRST_SEATS * 2);
	assert!((FIRST_QUORUM - 1) * 3 < FIRST_SEATS * 2);
};

/// How far a member has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub enum Progress {
	/// It was drawn.
	Seated,
	/// It has committed to what it found.
	Committed(Digest),
	/// It has said what it found.
	Revealed(MemberFinding),
	/// Its round ended before it had said anything. Its bond is released.
	Absent,
}

/// A member of a panel.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Member<AccountId> {
	/// Its account, the cold key.
	pub account: AccountId,
	/// Number of the draw in which it was drawn.
	pub draw: u8,
	/// How far it has come.
	pub progress: Progress,
}

impl<AccountId> Member<AccountId> {
	/// What it said.
	pub fn finding(&self) -> Option<MemberFinding> {
		match self.progress {
			Progress::Revealed(finding) => Some(finding),
			_ => None,
		}
	}

	/// Whether a part of its bond is reserved.
	pub fn is_bonded(&self) -> bool {
		self.progress != Progress::Absent
	}
}

/// What a panel waits for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub enum Phase {
	/// For its members to be drawn. It is in the queue.
	Waiting {
		/// The epoch since which it waits. Drawn by the seed of a later one.
		since: EpochIndex,
	},
	/// For what its members find. It is in the agenda.
	Sitting {
		/// Job time at which no more can commit and all who did can reveal.
		commits_until: JobTime,
		/// Job time at which no more can reveal and the round can be closed.
		reveals_until: JobTime,
	},
}

/// How a round came out when it was closed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum RoundEnd {
	/// It has a verdict.
	Verdict(Ruling),
	/// The first round's members did not agree.
	Disagreement,
	/// Too few of the first round revealed, or no majority of the second round's seats found the same.
	Failed,
}

/// A panel's end, and what it rests on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Ruling {
	/// Most seats found this output right, or all who spoke in a first round.
	Right {
		/// Its place.
		candidate: u8,
		/// What it is worth.
		amount: u128,
	},
	/// The same, that none is right.
	Wrong,
	/// Most seats found that none is right or could not fetch what they were to judge, but neither of both
	/// has a majority alone, or only the latter.
	Unserved,
	/// Nothing.
	Undecided,
}

impl Ruling {
	/// What the marketplace is told.
	pub(crate) fn verdict(self) -> Verdict {
		match self {
			Self::Right { candidate, amount } => {
				Verdict::Found(Finding::Right { candidate, amount })
			},
			Self::Wrong | Self::Unserved => Verdict::Found(Finding::Wrong),
			Self::Undecided => Verdict::Undecided,
		}
	}
}

/// What a finding comes to when the panel has ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Merit {
	/// Its member shares the fee.
	Paid,
	/// It neither gains nor loses.
	Unpaid,
	/// Its member has not fetched what most members of its draw had.
	Missed,
	/// It is contrary to what most seats of the second round saw.
	Dissent,
}

/// A panel on a job.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Panel<AccountId> {
	/// What its members have at stake.
	pub stakes: Stakes,
	/// Which round it is in.
	pub round: Round,
	/// Number of draws begun: the draws are numbered from zero, and the last is the one that sits.
	pub draws: u8,
	/// Number of draws that failed: too few could be seated or judge the case, too few of the first round revealed, or no
	/// majority of the second round's seats found the same.
	pub failed: u8,
	/// What it waits for.
	pub phase: Phase,
	/// All members it ever had, in the order of the draws. Nobody sits twice.
	pub members: BoundedVec<Member<AccountId>, ConstU32<MAX_PANEL_MEMBERS>>,
}

impl<AccountId: PartialEq> Panel<AccountId> {
	/// Number of the last draw; zero before the first, when there are no members either.
	pub fn last_draw(&self) -> u8 {
		self.draws.saturating_sub(1)
	}

	/// The members who were drawn last.
	pub fn seats(&self) -> impl Iterator<Item = &Member<AccountId>> {
		let draw = self.last_draw();
		self.members.iter().filter(move |member| member.draw == draw)
	}

	/// The same, to be changed.
	pub(crate) fn seats_mut(&mut self) -> impl Iterator<Item = &mut Member<AccountId>> {
		let draw = self.last_draw();
		self.members.iter_mut().filter(move |member| member.draw == draw)
	}

	/// How the round came out, once it is closed.
	///
	/// The first round's verdict is what all who revealed in it found, those of its failed draws
	/// included: whoever says something else calls the second round. So does whoever could not fetch what
	/// it was to judge, even where all say so: nobody can tell who has tried, and seven others will. The
	/// second round's verdict is what more than half of the seats found, whoever else is absent; who could
	/// not fetch counts with those who found no output right, since whoever delivers has to serve. Nobody
	/// disagrees by an amount.
	pub(crate) fn judge(&self) -> RoundEnd {
		match self.round {
			Round::First => self.judge_first(),
			Round::Second => self.judge_second(),
		}
	}

	fn judge_first(&self) -> RoundEnd {
		if self.seats().filter_map(Member::finding).count() < FIRST_QUORUM as usize {
			return RoundEnd::Failed;
		}
		let mut findings = self.members.iter().filter_map(Member::finding);
		match findings.next() {
			Some(first) if findings.all(|finding| finding.agrees_with(&first)) => match first {
				MemberFinding::Right { candidate, amount } => {
					RoundEnd::Verdict(self.found_right(candidate, amount))
				},
				MemberFinding::Wrong => RoundEnd::Verdict(Ruling::Wrong),
				MemberFinding::Unfetched => RoundEnd::Disagreement,
			},
			_ => RoundEnd::Disagreement,
		}
	}

	fn judge_second(&self) -> RoundEnd {
		let seats = self.round.seats() as usize;
		let revealed: Vec<MemberFinding> = self.seats().filter_map(Member::finding).collect();
		let most_say = |says: &dyn Fn(&MemberFinding) -> bool| {
			revealed.iter().filter(|finding| says(finding)).count().saturating_mul(2) > seats
		};
		let right = revealed.iter().find_map(|finding| match *finding {
			MemberFinding::Right { candidate, amount }
				if most_say(&|other| other.agrees_with(finding)) =>
			{
				Some(self.found_right(candidate, amount))
			},
			_ => None,
		});
		if let Some(ruling) = right {
			RoundEnd::Verdict(ruling)
		} else if most_say(&|finding| matches!(finding, MemberFinding::Wrong)) {
			RoundEnd::Verdict(Ruling::Wrong)
		} else if most_say(&|finding| !matches!(finding, MemberFinding::Right { .. })) {
			RoundEnd::Verdict(Ruling::Unserved)
		} else {
			RoundEnd::Failed
		}
	}

	/// The verdict where enough found this output right, with the amount in the middle of what all said
	/// who did, in whatever draw: the more of them there are, the harder to move it.
	fn found_right(&self, candidate: u8, amount: u128) -> Ruling {
		let amounts = self.members.iter().filter_map(|member| match member.finding()? {
			MemberFinding::Right { candidate: found, amount } if found == candidate => Some(amount),
			_ => None,
		});
		Ruling::Right { candidate, amount: lower_median(amounts.collect()).unwrap_or(amount) }
	}

	/// Whether more than half of the seats of a draw were of members who fetched what they judged. They
	/// could have served it on to the others, who sat at the same time.
	pub(crate) fn most_fetched(&self, draw: u8) -> bool {
		let seats = self.members.iter().filter(|member| member.draw == draw);
		let (mut all, mut fetched) = (0u32, 0u32);
		for seat in seats {
			all = all.saturating_add(1);
			let has_fetched = seat.finding().is_some_and(|finding| finding.has_fetched());
			fetched = fetched.saturating_add(has_fetched.into());
		}
		fetched.saturating_mul(2) > all
	}

	/// What the finding of a member of this draw comes to.
	///
	/// Where the first round has decided all who revealed found the same, and nobody dissents. Dissent is
	/// slashed by what most seats saw, never by what they could not fetch: who delivers chooses whom it
	/// serves. For the same reason, who could not fetch never dissents.
	pub(crate) fn merit(&self, ruling: Ruling, draw: u8, finding: MemberFinding) -> Merit {
		use MemberFinding::{Right, Unfetched, Wrong};
		match (ruling, finding) {
			(Ruling::Right { candidate, .. }, Right { candidate: found, .. })
				if found == candidate =>
			{
				Merit::Paid
			},
			(Ruling::Right { .. }, Right { .. } | Wrong) => Merit::Dissent,
			(Ruling::Right { .. }, Unfetched) if self.most_fetched(draw) => Merit::Missed,
			(Ruling::Right { .. }, Unfetched) => Merit::Unpaid,
			(Ruling::Wrong, Wrong) => Merit::Paid,
			(Ruling::Wrong, Unfetched) => Merit::Unpaid,
			(Ruling::Wrong, Right { .. }) => Merit::Dissent,
			(Ruling::Unserved, Wrong | Unfetched) => Merit::Paid,
			(Ruling::Unserved, Right { .. }) => Merit::Unpaid,
			(Ruling::Undecided, Right { .. } | Wrong) => Merit::Paid,
			(Ruling::Undecided, Unfetched) => Merit::Unpaid,
		}
	}
}

/// A panel that waits for its members to be drawn.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Waiting {
	/// Its job.
	pub job: JobId,
	/// The epoch since which it waits.
	pub since: EpochIndex,
}

/// A round that sits.
#[derive(
	Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Encode, Decode, MaxEncodedLen, TypeInfo,
)]
pub struct Due {
	/// Job time from which it can be closed.
	pub at: JobTime,
	/// Its job.
	pub job: JobId,
}

/// A seed to which the authors of an epoch's blocks contribute.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct FormingSeed<BlockNumber> {
	/// The epoch.
	pub epoch: EpochIndex,
	/// The first block whose author contributes.
	pub from: BlockNumber,
	/// Number of contributions so far.
	pub contributions: u32,
	/// What they have come to.
	pub seed: Digest,
}

/// All that is known of a panel, for readers.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
pub struct PanelInfo<AccountId> {
	/// What it was asked.
	pub case: Case<AccountId>,
	/// Where it stands: round, windows and members.
	pub panel: Panel<AccountId>,
	/// Number of seats of the round it is in.
	pub seats: u32,
}

/// What a miner has to do as a member of a panel, for readers.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
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
