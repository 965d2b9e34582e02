//! Prepared verifying keys of the node.
//!
//! A prepared key is a function of the key's bytes, so whether it was kept or computed cannot be
//! told from a verdict. What is kept is bounded by [`PREPARED_KEYS`], and found by the whole key and
//! not by a hash of it: nothing that could collide.

use quittance_groth16::{KeyError, PreparedKey, VerifyError};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Number of prepared keys the node keeps, the least recently used is dropped. At 36 to 67 KiB each
/// they take less than 5 MiB. None are kept under the feature `runtime-benchmarks`.
pub const PREPARED_KEYS: usize = if cfg!(feature = "runtime-benchmarks") { 0 } else { 64 };

static KEYS: PreparedKeys = PreparedKeys::new(PREPARED_KEYS);

/// Forgets all prepared keys of this process, so that the next verification is a cold one.
/// Verdicts do not change. For benchmarks of the native functions.
pub fn clear_prepared_keys() {
	KEYS.entries().clear();
}

/// The prepared key, kept or made.
pub(crate) fn prepared(key: &[u8]) -> Result<Arc<PreparedKey>, KeyError> {
	KEYS.get(key)
}

/// [`quittance_groth16::verify`] with prepared keys.
pub(crate) fn verify(key: &[u8], proof: &[u8], inputs: &[u8]) -> Result<(), VerifyError> {
	prepared(key)?.verify_bytes(proof, inputs)
}

struct Entry {
	key: Vec<u8>,
	prepared: Arc<PreparedKey>,
}

/// Prepared keys, least recently used first. A linear search is the cheaper one here: 64 slices
/// that differ within their first bytes, against a verification of a millisecond or more.
struct PreparedKeys {
	entries: Mutex<Vec<Entry>>,
	capacity: usize,
}

impl PreparedKeys {
	const fn new(capacity: usize) -> Self {
		Self { entries: Mutex::new(Vec::new()), capacity }
	}

	/// The prepared key. Keys that are refused are not kept: they would push out good ones.
	fn get(&self, key: &[u8]) -> Result<Arc<PreparedKey>, KeyError> {
		if let Some(prepared) = touch(&mut self.entries(), key) {
			return Ok(prepared);
		}
		// Not under the lock: other threads verify meanwhile.
		let prepared = Arc::new(PreparedKey::from_bytes(key)?);
		let mut entries = self.entries();
		// Another thread may have prepared the same key.
		if self.capacity > 0 && touch(&mut entries, key).is_none() {
			if entries.len() >= self.capacity {
				entries.remove(0);
			}
			entries.push(Entry { key: key.to_vec(), prepared: prepared.clone() });
		}
		Ok(prepared)
	}

	/// A panic of another thread leaves whole entries, so a poisoned lock is as good as any.
	fn entries(&self) -> MutexGuard<'_, Vec<Entry>> {
		self.entries.lock().unwrap_or_else(PoisonError::into_inner)
	}
}

/// Finds a key and makes it the most recently used.
fn touch(entries: &mut Vec<Entry>, key: &[u8]) -> Option<Arc<PreparedKey>> {
	let place = entries.iter().rposition(|entry| entry.key == key)?;
	let entry = entries.remove(place);
	let prepared = entry.prepared.clone();
	entries.push(entry);
	Some(prepared)
}

#[cfg(test)]
mod tests {
	use super::*;
	use quittance_groth16::corpus::Trapdoor;

	fn key(seed: u64) -> Vec<u8> {
		Trapdoor::new(1, seed).key().to_bytes()
	}

	fn kept(keys: &PreparedKeys) -> Vec<Vec<u8>> {
		keys.entries().iter().map(|entry| entry.key.clone()).collect()
	}

	#[test]
	fn the_least_recently_used_key_is_dropped() {
		let keys = PreparedKeys::new(2);
		let first = keys.get(&key(1)).unwrap();
		keys.get(&key(2)).unwrap();
		assert!(
			Arc::ptr_eq(&first, &keys.get(&key(1)).unwrap()),
			"a kept key is not prepared again"
		);
		keys.get(&key(3)).unwrap();
		assert_eq!(kept(&keys), [key(1), key(3)]);
	}

	#[test]
	fn refused_keys_are_not_kept() {
		let keys = PreparedKeys::new(2);
		assert_eq!(keys.get(&[]).err(), Some(KeyError::Length { got: 0 }));
		let mut degenerate = Trapdoor::new(1, 4);
		degenerate.delta = degenerate.gamma;
		let degenerate = degenerate.key().to_bytes();
		assert_eq!(keys.get(&degenerate).err(), Some(KeyError::DeltaEqualsGamma));
		assert!(kept(&keys).is_empty());
	}

	#[test]
	fn a_key_differing_in_its_last_point_is_another_key() {
		let keys = PreparedKeys::new(2);
		let one = Trapdoor::new(2, 5);
		let mut other = one.clone();
		other.ic[2] = -other.ic[2];
		let (one, other) = (one.key().to_bytes(), other.key().to_bytes());
		let prepared = keys.get(&one).unwrap();
		assert!(!Arc::ptr_eq(&prepared, &keys.get(&other).unwrap()));
		assert_eq!(kept(&keys), [one, other]);
	}

	#[test]
	fn capacity_zero_keeps_nothing() {
		let keys = PreparedKeys::new(0);
		keys.get(&key(6)).unwrap();
		assert!(kept(&keys).is_empty());
	}

	#[test]
	fn threads_that_prepare_one_key_at_once_leave_one_entry() {
		let keys = PreparedKeys::new(4);
		std::thread::scope(|scope| {
			for _ in 0..4 {
				scope.spawn(|| keys.get(&key(7)).unwrap());
			}
		});
		assert_eq!(kept(&keys), [key(7)]);
	}
}
