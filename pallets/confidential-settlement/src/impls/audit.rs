//! The auditor, to whom private calls show what notes are worth while there is one.

use crate::{types::PoolCircuit, Audit, AuditorKeys, CircuitInForce, Config, Error, Event, Pallet};
use ark_bn254::Fr;
use polkadot_sdk::{
	frame_support::{ensure, traits::Get},
	sp_runtime::DispatchResult,
};
use quittance_types::{
	AuditKeyNumber, AuditPolicy, AuditorKey, JobTime, NumberedAuditorKey, PoolRefusal,
};

/// The key that a call shows values to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Auditor {
	/// Its coordinates.
	pub(crate) key: [Fr; 2],
	/// The last job time at which it is accepted, where another has taken its place.
	pub(crate) until: Option<JobTime>,
}

impl<T: Config> Pallet<T> {
	/// Whom a call shows values to that names this key, or none. Refuses what the policy in force does not ask
	/// for.
	///
	/// Without an auditor an audited call is refused as well: there is no key to hold it against, and what it
	/// shows would be shown to nobody that the chain knows.
	pub(crate) fn auditor_of(
		named: Option<AuditKeyNumber>,
	) -> Result<Option<Auditor>, PoolRefusal> {
		let (policy, number) = match (Audit::<T>::get(), named) {
			(None, None) => return Ok(None),
			(Some(_), None) => return Err(PoolRefusal::AuditRequired),
			(None, Some(_)) => return Err(PoolRefusal::NoAuditor),
			(Some(policy), Some(number)) => (policy, number),
		};
		let (key, until) = policy.key(number).ok_or(PoolRefusal::WrongAuditorKey)?;
		let over = until.is_some_and(|until| T::JobClock::get() > until);
		ensure!(!over, PoolRefusal::AuditorKeyExpired);
		let key = key.coordinates().ok_or(PoolRefusal::Unexpected)?;
		Ok(Some(Auditor { key, until }))
	}

	/// Sets or replaces the auditor's key.
	///
	/// Not before every call that has a circuit has an audited one as well, and withdrawals in any case: what
	/// is in the pool, in its escrows too, can be taken out as before.
	pub(crate) fn do_set_auditor(bytes: &[u8; 64]) -> DispatchResult {
		let key = AuditorKey::new(bytes).map_err(|_| Error::<T>::InvalidAuditorKey)?;
		let old = Audit::<T>::get().map(|policy| policy.current);
		ensure!(old.is_none_or(|old| old.key != key), Error::<T>::AuditorUnchanged);
		for plain in PoolCircuit::PLAIN {
			let needed = plain == PoolCircuit::Withdraw || CircuitInForce::<T>::contains_key(plain);
			let audited = CircuitInForce::<T>::contains_key(plain.with_auditor(true));
			ensure!(!needed || audited, Error::<T>::NoAuditedCircuit);
		}
		let number = AuditorKeys::<T>::get().checked_add(1).ok_or(Error::<T>::Unexpected)?;
		let new = NumberedAuditorKey { number, key };
		let until = T::JobClock::get().saturating_add(T::AuditorKeyGrace::get());
		let previous = old.map(|old| (old, until));
		AuditorKeys::<T>::put(number);
		Audit::<T>::put(AuditPolicy { current: new, previous });
		Self::deposit_event(Event::AuditorSet { previous, new });
		Ok(())
	}

	pub(crate) fn do_clear_auditor() -> DispatchResult {
		let policy = Audit::<T>::take().ok_or(Error::<T>::NoAuditor)?;
		Self::deposit_event(Event::AuditorCleared { old: policy.current });
		Ok(())
	}
}
