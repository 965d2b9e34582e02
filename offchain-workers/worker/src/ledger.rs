//! Which jobs to look at when. Holds nothing that could not be read from the chain again.

use crate::policy::Verdict;
use quittance_types::JobId;
use std::collections::{BTreeMap, BTreeSet};

/// Longest pause between two attempts at a job, in blocks.
const LONGEST_PAUSE: u64 = 32;

/// Most jobs that wait at once. More are looked at again after the next start or when they come up.
const MOST_WAITING: usize = 4096;

/// A job that waits for its next attempt.
#[derive(Clone, Copy)]
struct Waiting {
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
	pub(crate) fn found(&mut self, job: JobId) {
		if self.waiting.len() >= MOST_WAITING {
			tracing::warn!(job, "too many jobs wait; this one is left to others");
		} else if !self.busy.contains_key(&job) {
			self.waiting.entry(job).or_insert(Waiting { attempts: 0, not_before: 0 });
		}
	}

	/// Up to `most` jobs to be worked on now, oldest first.
	pub(crate) fn due(&mut self, block: u64, most: usize) -> BTreeSet<JobId> {
		let due = self.waiting.iter().filter(|(_, waiting)| waiting.not_before <= block);
		let due: Vec<_> = due.map(|(job, waiting)| (*job, *waiting)).take(most).collect();
		for (job, waiting) in &due {
			self.waiting.remove(job);
			self.busy.insert(*job, waiting.attempts.saturating_add(1));
		}
		due.into_iter().map(|(job, _)| job).collect()
	}

	/// An attempt has ended. Pauses grow: 1, 2, 4 .. 32 blocks, unless it is known when to look again.
	pub(crate) fn settle(&mut self, job: JobId, verdict: &Verdict, block: u64) {
		let Some(attempts) = self.busy.remove(&job) else { return };
		let (attempts, pause) = match verdict {
			Verdict::Done => return,
			Verdict::Retry => {
				let pause = 1u64.checked_shl(attempts.saturating_sub(1)).unwrap_or(LONGEST_PAUSE);
				(attempts, pause.clamp(1, LONGEST_PAUSE))
			},
			Verdict::After(blocks) => (0, (*blocks).max(1)),
		};
		self.waiting.insert(job, Waiting { attempts, not_before: block.saturating_add(pause) });
	}

	/// Number of jobs being worked on.
	pub(crate) fn busy(&self) -> usize {
		self.busy.len()
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn a_job_is_handed_out_once_and_oldest_first() {
		let mut ledger = Ledger::default();
		for job in [5, 3, 4, 3] {
			ledger.found(job);
		}
		assert_eq!(ledger.due(10, 2), BTreeSet::from([3, 4]));
		ledger.found(3);
		assert_eq!(ledger.due(10, 9), BTreeSet::from([5]));
		assert_eq!((ledger.due(10, 9), ledger.busy()), (BTreeSet::new(), 3));
		ledger.settle(3, &Verdict::Done, 10);
		assert_eq!((ledger.due(1_000, 9), ledger.busy()), (BTreeSet::new(), 2));
	}

	#[test]
	fn pauses_grow_up_to_the_longest() {
		let mut ledger = Ledger::default();
		ledger.found(1);
		let mut block = 0;
		for pause in [1, 2, 4, 8, 16, 32, 32, 32] {
			assert_eq!(ledger.due(block, 1), BTreeSet::from([1]), "block {block}");
			ledger.settle(1, &Verdict::Retry, block);
			assert!(ledger.due(block + pause - 1, 1).is_empty());
			block += pause;
		}
	}

	#[test]
	fn a_known_time_is_kept() {
		let mut ledger = Ledger::default();
		ledger.found(1);
		for (block, pause) in [(0, 100), (100, 1), (101, 0), (102, 7)] {
			assert_eq!(ledger.due(block, 1), BTreeSet::from([1]), "block {block}");
			ledger.settle(1, &Verdict::After(pause), block);
			assert!(ledger.due(block + pause.max(1) - 1, 1).is_empty());
		}
		assert_eq!(ledger.due(109, 1), BTreeSet::from([1]));
		// Pauses begin anew.
		ledger.settle(1, &Verdict::Retry, 109);
		assert_eq!(ledger.due(110, 1), BTreeSet::from([1]));
	}

	#[test]
	fn the_number_of_waiting_jobs_is_bounded() {
		let mut ledger = Ledger::default();
		for job in 0..5_000 {
			ledger.found(job);
		}
		assert_eq!(ledger.due(0, usize::MAX).len(), MOST_WAITING);
	}
}
