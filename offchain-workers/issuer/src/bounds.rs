//! What keeps requests from being too many: a place for each that is answered or waits, fewer for those that
//! anybody may make, and a rate for each signer.

use crate::{Bounds, SignError};
use quittance_client::AccountId;
use std::{
	collections::BTreeMap,
	sync::{Arc, Mutex, PoisonError},
	time::{Duration, Instant},
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, TryAcquireError};

/// Most signers that are remembered. Each is forgotten when it could ask as often as one that never has.
const MOST_SIGNERS: usize = 65_536;

/// One kind of work: so many at once, so many more that wait.
struct Line {
	waiting: Arc<Semaphore>,
	at_work: Arc<Semaphore>,
}

impl Line {
	fn new(waiting: u32, at_work: u32) -> Self {
		Self { waiting: Arc::new(semaphore(waiting)), at_work: Arc::new(semaphore(at_work)) }
	}
}

fn semaphore(places: u32) -> Semaphore {
	Semaphore::new(usize::try_from(places).unwrap_or(usize::MAX).clamp(1, Semaphore::MAX_PERMITS))
}

/// Who may ask, and who may work.
pub(crate) struct Gate {
	/// Places of requests, before anything is known of them.
	places: Arc<Semaphore>,
	in_time: Line,
	late: Line,
	rate: Rate,
}

/// Allows its owner to repeat a job. It goes where the work goes: a request that is given up frees nothing
/// before its work has ended.
pub(crate) struct AtWork {
	_waiting: OwnedSemaphorePermit,
	_at_work: OwnedSemaphorePermit,
}

impl Gate {
	pub(crate) fn new(bounds: &Bounds) -> Self {
		let late = bounds.waiting.checked_div(4).unwrap_or(0);
		Self {
			places: Arc::new(semaphore(bounds.waiting)),
			in_time: Line::new(bounds.waiting, bounds.at_work),
			late: Line::new(late, bounds.late_at_work),
			rate: Rate::new(bounds.per_minute),
		}
	}

	/// A place for a request, if there is one.
	pub(crate) fn place(&self) -> Result<OwnedSemaphorePermit, SignError> {
		taken(Arc::clone(&self.places).try_acquire_owned())
	}

	/// Notes that a signer asks. Whoever has not signed does not ask.
	pub(crate) fn asks(&self, signer: &AccountId, now: Instant) -> Result<(), SignError> {
		match self.rate.allows(signer, now) {
			true => Ok(()),
			false => Err(SignError::TooOften(*signer)),
		}
	}

	/// Waits until there is room to repeat a job. Those in time do not wait for late ones.
	pub(crate) async fn at_work(&self, late: bool) -> Result<AtWork, SignError> {
		let Line { waiting, at_work } = if late { &self.late } else { &self.in_time };
		let waiting = taken(Arc::clone(waiting).try_acquire_owned())?;
		let at_work = Arc::clone(at_work).acquire_owned().await;
		let at_work = at_work.map_err(|error| SignError::Unavailable(error.to_string()))?;
		Ok(AtWork { _waiting: waiting, _at_work: at_work })
	}
}

fn taken(
	permit: Result<OwnedSemaphorePermit, TryAcquireError>,
) -> Result<OwnedSemaphorePermit, SignError> {
	permit.map_err(|error| match error {
		TryAcquireError::NoPermits => SignError::Busy,
		TryAcquireError::Closed => SignError::Unavailable(error.to_string()),
	})
}

/// How often each signer may ask: as often at once as in a minute, then one by one.
struct Rate {
	/// Between two requests of a signer that asks all the time.
	interval: Duration,
	/// When a signer's requests so far would have been spread out. Later than a minute from now is too often.
	spread_until: Mutex<BTreeMap<AccountId, Instant>>,
}

impl Rate {
	const MINUTE: Duration = Duration::from_secs(60);

	fn new(per_minute: u32) -> Self {
		let interval = Self::MINUTE.checked_div(per_minute.max(1)).unwrap_or(Self::MINUTE);
		Self { interval, spread_until: Mutex::default() }
	}

	fn allows(&self, signer: &AccountId, now: Instant) -> bool {
		// No change of the map is more than one.
		let mut all = self.spread_until.lock().unwrap_or_else(PoisonError::into_inner);
		let until = all.get(signer).copied().unwrap_or(now).max(now) + self.interval;
		if until.saturating_duration_since(now) > Self::MINUTE {
			return false;
		}
		if all.len() >= MOST_SIGNERS && !all.contains_key(signer) {
			all.retain(|_, until| *until > now);
			if all.len() >= MOST_SIGNERS {
				return false;
			}
		}
		all.insert(*signer, until);
		true
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	const MINER: AccountId = AccountId([1; 32]);
	const OTHER: AccountId = AccountId([2; 32]);

	fn gate(at_work: u32, late_at_work: u32, waiting: u32) -> Gate {
		Gate::new(&Bounds { at_work, late_at_work, waiting, per_minute: 6, ..Bounds::default() })
	}

	#[test]
	fn boundary_a_signer_asks_so_often_in_a_minute() {
		let (gate, start) = (gate(1, 1, 1), Instant::now());
		let asks = |signer, seconds: f64| {
			gate.asks(signer, start + Duration::from_secs_f64(seconds)).is_ok()
		};
		for _ in 0..6 {
			assert!(asks(&MINER, 0.0));
		}
		assert!(!asks(&MINER, 0.0));
		assert!(asks(&OTHER, 0.0), "another's requests do not count");
		assert!(!asks(&MINER, 9.9));
		assert!(asks(&MINER, 10.0));
		assert!(!asks(&MINER, 19.9));
		assert!(asks(&MINER, 20.0));
		// Whoever was refused has not asked.
		for _ in 0..6 {
			assert!(asks(&MINER, 200.0));
		}
		assert!(!asks(&MINER, 200.0));
	}

	#[test]
	fn boundary_so_many_signers_are_remembered() {
		let (rate, start) = (Rate::new(60), Instant::now());
		let signer = |number: usize| {
			let mut account = [0; 32];
			account[..8].copy_from_slice(&number.to_le_bytes());
			AccountId(account)
		};
		for number in 0..MOST_SIGNERS {
			assert!(rate.allows(&signer(number), start));
		}
		assert!(!rate.allows(&signer(MOST_SIGNERS), start));
		assert!(rate.allows(&signer(7), start), "who is known asks on");
		let later = start + rate.interval;
		assert!(rate.allows(&signer(MOST_SIGNERS), later));
		assert_eq!(rate.spread_until.lock().unwrap().len(), 2, "the others are forgotten");
	}

	#[test]
	fn boundary_places_are_counted() {
		let gate = gate(1, 1, 2);
		let places = (gate.place().unwrap(), gate.place().unwrap());
		assert_eq!(gate.place().unwrap_err().name(), "Busy");
		drop(places);
		drop(gate.place().unwrap());
	}

	/// Late requests, which anybody can make, take neither the places nor the time of others.
	#[tokio::test]
	async fn late_requests_keep_nobody_waiting() {
		let gate = gate(1, 1, 8);
		let late = gate.at_work(true).await.unwrap();
		let mut second = Box::pin(gate.at_work(true));
		assert!(futures::poll!(&mut second).is_pending());
		assert_eq!(gate.at_work(true).await.err().unwrap().name(), "Busy", "two of eight");
		let in_time = gate.at_work(false).await.unwrap();
		let mut waits = Box::pin(gate.at_work(false));
		assert!(futures::poll!(&mut waits).is_pending());
		drop(in_time);
		waits.await.unwrap();
		drop(late);
		second.await.unwrap();
	}
}
