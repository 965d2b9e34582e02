//! Which circuits are in force, and the pause.

use crate::{
	types::{PoolCircuit, PoolCircuits},
	CircuitInForce, Config, Error, Event, Pallet, Paused,
};
use polkadot_sdk::{frame_support::ensure, sp_runtime::DispatchResult};
use quittance_types::CircuitId;

impl<T: Config> Pallet<T> {
	pub(crate) fn do_set_circuit(used_for: PoolCircuit, new: CircuitId) -> DispatchResult {
		let old = CircuitInForce::<T>::get(used_for);
		ensure!(old != Some(new), Error::<T>::CircuitUnchanged);
		T::Circuits::reserve(&new, used_for)?;
		if let Some(old) = old {
			T::Circuits::release(&old);
		}
		CircuitInForce::<T>::insert(used_for, new);
		Self::deposit_event(Event::CircuitSet { used_for, old, new });
		Ok(())
	}

	pub(crate) fn do_set_paused(new: bool) -> DispatchResult {
		let old = Paused::<T>::get();
		ensure!(old != new, Error::<T>::PauseUnchanged);
		Paused::<T>::put(new);
		Self::deposit_event(Event::PauseChanged { old, new });
		Ok(())
	}
}
