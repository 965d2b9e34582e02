//! Which jobs to look at when. Holds nothing that could not be read from the chain again.

use quittance_types::{JobId, JobTime};
use std::collections::BTreeMap;

/// Longest pause between two attempts at a job, in blocks.
const LONGEST_PAUSE: u64 = 32;

/// Most jobs of others' that wait at once, those that pay best. The rest are looked at after the next start,
/// if they are there then. Our own are as many as we lock.
const MOST_WAITING: usize = 4096;

/// What goes first: the least.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Rank {
	/// A job that we have, by the end of its lock.
	Ours(JobTime),
	/// A job that can be had, by what it does not pay: the most that one could, less its price for a
	/// unit of time.
	Open(u128),
}

impl Rank {
	/// That of a job that can be had, for a price, and would take us this much time.
	pub(crate) fn open(price: u128, milliseconds: u64) -> Self {
		let rate = price.checked_div(milliseconds.max(1).into()).unwrap_or(0);
		Self::Open(u128::MAX.saturating_sub(rate))
	}

	fn is_ours(&self) -> bool {
		matches!(self, Self::Ours(_))
	}
}

/// What became of an attempt at a job.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Verdict {
	/// Nothing is left to do.
	Done,
	/// Something may change: look again later, each time after a longer pause.
	Retry,
	/// Look again after so many blocks.
	After(u64),
}

/// A job that waits for its next attempt.
#[derive(Clone, Copy)]
struct Waiting {
	rank: Rank,
	attempts: u32,
	/// Block before which there is no attempt.
	not_before: u64,
}

/// Jobs that wait and jobs that are being worked on.
#[derive(Default)]
pub(crate) struct Ledger {
	waiting: BTreeMap<JobId, Waiting>,
	busy: BTreeMap<JobId, u32>,
}

impl Ledger {
	/// A job was found on the chain. A job that is known is left as it is.
	pub(crate) fn found(&mut self, job: JobId, rank: Rank) {
		if self.busy.contains_key(&job) || self.waiting.contains_key(&job) {
			return;
		}
		if !rank.is_ours() && self.waiting.len() >= MOST_WAITING && !self.make_room_for(rank) {
			tracing::warn!(job, "too many jobs wait; this one is left to others");
			return;
		}
		self.waiting.insert(job, Waiting { rank, attempts: 0, not_before: 0 });
	}

	/// Forgets the job that pays least, if that is less than this; never one of ours.
	fn make_room_for(&mut self, rank: Rank) -> bool {
		let ranks = self.waiting.iter().map(|(job, waiting)| (waiting.rank, *job));
		let Some((last, job)) = ranks.max().filter(|(last, _)| *last > rank) else { return false };
		if last.is_ours() {
			return false;
		}
		tracing::warn!(job, "too many jobs wait; this one, which pays least, is left to others");
		self.waiting.remove(&job);
		true
	}

	/// Up to `most` jobs to be worked on now: ours first, those whose time ends first before the others,
	/// then those that pay best.
	pub(crate) fn due(&mut self, block: u64, most: usize) -> Vec<JobId> {
		let due = self.waiting.iter().filter(|(_, waiting)| waiting.not_before <= block);
		let mut due: Vec<_> = due.map(|(job, waiting)| (waiting.rank, *job)).collect();
		due.sort_unstable();
		due.truncate(most);
		for (_, job) in &due {
			if let Some(waiting) = self.waiting.remove(job) {
				self.busy.insert(*job, waiting.attempts.saturating_add(1));
			}
		}
		due.into_iter().map(|(_, job)| job).collect()
	}

	/// An attempt has ended, with what is known of the job now. Pauses grow: 1, 2, 4 .. 32 blocks, unless
	/// it is known when to look again.
	pub(crate) fn settle(&mut self, job: JobId, verdict: Verdict, rank: Rank, block: u64) {
		let Some(attempts) = self.busy.remove(&job) else { return };
		let (attempts, pause) = match verdict {
			Verdict::Done => return,
			Verdict::Retry => {
				let pause = 1u64.checked_shl(attempts.saturating_sub(1)).unwrap_or(LONGEST_PAUSE);
				(attempts, pause.clamp(1, LONGEST_PAUSE))
			},
			Verdict::After(blocks) => (0, blocks.max(1)),
		};
		let not_before = block.saturating_add(pause);
		self.waiting.insert(job, Waiting { rank, attempts, not_before });
	}

	/// Number of jobs that wait.
	pub(crate) fn waiting(&self) -> u64 {
		u64::try_from(self.waiting.len()).unwrap_or(u64::MAX)
	}

	/// Number of jobs being worked on.
	pub(crate) fn busy(&self) -> usize {
		self.busy.len()
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	const OPEN: Rank = Rank::Open(7);

	#[test]
	fn a_job_is_handed_out_once() {
		let mut ledger = Ledger::default();
		for job in [5, 3, 4, 3] {
			ledger.found(job, OPEN);
		}
		assert_eq!(ledger.due(10, 2), [3, 4]);
		ledger.found(3, OPEN);
		assert_eq!(ledger.due(10, 9), [5]);
		assert_eq!((ledger.due(10, 9), ledger.busy(), ledger.waiting()), (vec![], 3, 0));
		ledger.settle(3, Verdict::Done, OPEN, 10);
		assert_eq!((ledger.due(1_000, 9), ledger.busy()), (vec![], 2));
	}

	#[test]
	fn ours_go_first_by_their_deadlines_and_the_others_by_what_they_pay() {
		let mut ledger = Ledger::default();
		ledger.found(1, Rank::open(1_000, 100));
		ledger.found(2, Rank::open(1_000, 50));
		ledger.found(3, Rank::Ours(90));
		ledger.found(4, Rank::open(5_000, 100));
		ledger.found(5, Rank::Ours(80));
		assert_eq!(ledger.due(0, 9), [5, 3, 4, 2, 1]);
	}

	#[test]
	fn boundary_the_rank_of_prices_and_times() {
		assert_eq!(Rank::open(0, 0), Rank::Open(u128::MAX));
		assert_eq!(Rank::open(u128::MAX, 1), Rank::Open(0));
		assert!(Rank::Ours(JobTime::MAX) < Rank::Open(0));
	}

	#[test]
	fn pauses_grow_up_to_the_longest() {
		let mut ledger = Ledger::default();
		ledger.found(1, OPEN);
		let mut block = 0;
		for pause in [1, 2, 4, 8, 16, 32, 32, 32] {
			assert_eq!(ledger.due(block, 1), [1], "block {block}");
			ledger.settle(1, Verdict::Retry, OPEN, block);
			assert!(ledger.due(block + pause - 1, 1).is_empty());
			block += pause;
		}
	}

	#[test]
	fn a_known_time_is_kept() {
		let mut ledger = Ledger::default();
		ledger.found(1, OPEN);
		for (block, pause) in [(0, 100), (100, 1), (101, 0), (102, 7)] {
			assert_eq!(ledger.due(block, 1), [1], "block {block}");
			ledger.settle(1, Verdict::After(pause), OPEN, block);
			assert!(ledger.due(block + pause.max(1) - 1, 1).is_empty());
		}
		assert_eq!(ledger.due(109, 1), [1]);
		// Pauses begin anew.
		ledger.settle(1, Verdict::Retry, OPEN, 109);
		assert_eq!(ledger.due(110, 1), [1]);
	}

	#[test]
	fn boundary_the_number_of_waiting_jobs_is_bounded_but_for_ours() {
		let mut ledger = Ledger::default();
		for job in 0..5_000 {
			ledger.found(job, OPEN);
		}
		ledger.found(9_999, Rank::Ours(1));
		assert_eq!(ledger.due(0, usize::MAX).len(), MOST_WAITING + 1);
	}

	/// Whoever posts many jobs that cannot be done does not hide those of others that pay better.
	#[test]
	fn boundary_a_full_ledger_keeps_those_that_pay_best() {
		let full = 1_000 + u64::try_from(MOST_WAITING).unwrap();
		let mut ledger = Ledger::default();
		ledger.found(1, Rank::Ours(JobTime::MAX));
		for job in 1_001..full {
			ledger.found(job, Rank::open(job.into(), 1));
		}
		ledger.found(2, Rank::open(1_001, 1));
		ledger.found(3, Rank::open(1_002, 1));
		// Ours are there whatever else is.
		ledger.found(4, Rank::Ours(JobTime::MAX));
		let waiting = ledger.waiting();
		let due = ledger.due(0, usize::MAX);
		let there = |job| due.contains(&job);
		assert_eq!(waiting, u64::try_from(MOST_WAITING).unwrap() + 1);
		assert!(there(1) && there(4), "ours");
		assert!(!there(2), "it pays no more than the one that pays least");
		assert!(there(3) && !there(1_001), "it pays more");
		assert!(there(1_002));
		let mut ours = Ledger::default();
		for job in 0..full {
			ours.found(job, Rank::Ours(1));
		}
		ours.found(full, Rank::Open(0));
		assert!(!ours.due(0, usize::MAX).contains(&full));
	}
}
