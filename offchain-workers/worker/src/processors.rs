//! Who may use the processors: work that takes all of them is done one after the other, that whose time ends
//! first before the rest.

use quittance_types::JobTime;
use std::{
	collections::BTreeSet,
	sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::sync::Notify;

/// What the work is for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Whose {
	/// A job that the miner has.
	Job,
	/// A seat on a panel.
	Seat,
}

/// A place in the line: by the job time by which the work must be done, then as they came.
type Turn = (JobTime, Whose, u64);

/// The processors, and who waits for them.
#[derive(Default)]
pub(crate) struct Processors {
	line: Mutex<Line>,
	moved: Notify,
}

#[derive(Default)]
struct Line {
	at_work: Option<Turn>,
	waiting: BTreeSet<Turn>,
	/// Counted up with everybody who comes.
	came: u64,
}

/// Allows those who have it to use all processors, until it is dropped.
pub(crate) struct Permit {
	processors: Arc<Processors>,
	turn: Turn,
}

impl Processors {
	/// Waits until the processors are free and nobody waits whose time ends before this one. The permit goes
	/// where the work goes: work that nobody waits for any more still uses them. Whoever gives up waiting
	/// leaves the line.
	pub(crate) async fn permit(self: &Arc<Self>, whose: Whose, by: JobTime) -> Permit {
		let turn = {
			let mut line = self.line();
			line.came = line.came.saturating_add(1);
			let turn = (by, whose, line.came);
			line.waiting.insert(turn);
			turn
		};
		let permit = Permit { processors: Arc::clone(self), turn };
		loop {
			// Before the line is looked at: no move after that is missed.
			let moved = self.moved.notified();
			if self.line().begins(turn) {
				return permit;
			}
			moved.await;
		}
	}

	/// How many seats' work is being done or waits.
	pub(crate) fn seats(&self) -> u64 {
		let line = self.line();
		let seats = line.waiting.iter().chain(&line.at_work).filter(|turn| turn.1 == Whose::Seat);
		seats.fold(0u64, |count, _| count.saturating_add(1))
	}

	/// A panic while it was held left it whole: each change of it is one.
	fn line(&self) -> MutexGuard<'_, Line> {
		self.line.lock().unwrap_or_else(PoisonError::into_inner)
	}
}

impl Line {
	/// Has the work of a turn begin, if it is the next one.
	fn begins(&mut self, turn: Turn) -> bool {
		let next = self.at_work.is_none() && self.waiting.first() == Some(&turn);
		if next {
			self.waiting.remove(&turn);
			self.at_work = Some(turn);
		}
		next
	}
}

impl Drop for Permit {
	fn drop(&mut self) {
		let mut line = self.processors.line();
		line.waiting.remove(&self.turn);
		if line.at_work == Some(self.turn) {
			line.at_work = None;
		}
		drop(line);
		self.processors.moved.notify_waiters();
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use futures::{future::BoxFuture, FutureExt};

	/// Stands in line, and waits there.
	fn waits(
		processors: &Arc<Processors>,
		whose: Whose,
		by: JobTime,
	) -> BoxFuture<'static, Permit> {
		let processors = Arc::clone(processors);
		let mut waiting = async move { processors.permit(whose, by).await }.boxed();
		assert!(waiting.as_mut().now_or_never().is_none(), "the processors are taken");
		waiting
	}

	/// A lock that is about to pass does not wait for those that have time.
	#[tokio::test]
	async fn whose_time_ends_first_goes_first() {
		let processors = Arc::new(Processors::default());
		let first = processors.permit(Whose::Job, 90).await;
		let mut waiting: Vec<_> =
			[(Whose::Seat, 80), (Whose::Job, 70), (Whose::Seat, 40), (Whose::Job, 40)]
				.into_iter()
				.map(|(whose, by)| waits(&processors, whose, by))
				.collect();
		assert_eq!(processors.seats(), 2);
		let mut permit = first;
		for place in [3, 2, 1, 0] {
			drop(permit);
			let mut begun = vec![];
			for (number, waiting) in waiting.iter_mut().enumerate() {
				begun.extend(waiting.as_mut().now_or_never().map(|permit| (number, permit)));
			}
			assert_eq!(begun.len(), 1, "one at a time");
			let (number, next) = begun.remove(0);
			assert_eq!(number, place);
			// Whoever has worked does not wait any more.
			waiting[place] = std::future::pending().boxed();
			permit = next;
		}
		drop(permit);
		assert_eq!(processors.seats(), 0);
		processors.permit(Whose::Seat, 1).await;
	}

	#[tokio::test]
	async fn whoever_gives_up_leaves_the_line() {
		let processors = Arc::new(Processors::default());
		let permit = processors.permit(Whose::Seat, 90).await;
		let (hasty, patient) =
			(waits(&processors, Whose::Seat, 1), waits(&processors, Whose::Job, 2));
		assert_eq!(processors.seats(), 2);
		drop(hasty);
		assert_eq!(processors.seats(), 1, "the one at work");
		let patient = tokio::spawn(patient);
		drop(permit);
		let permit = patient.await.unwrap();
		assert_eq!(processors.seats(), 0);
		drop(permit);
		processors.permit(Whose::Job, 9).await;
	}
}
