//! Money that comes into the pool.

use crate::{types::PoolCircuit, CircuitInForce, Config, Error, Event, Pallet, Paused, PoolTotals};
use polkadot_sdk::{frame_support::ensure, sp_runtime::DispatchResult};
use quittance_host_functions::Host;
use quittance_types::{deposit_commitment, FieldBytes, NoteCallError};

impl<T: Config> From<NoteCallError> for Error<T> {
	fn from(error: NoteCallError) -> Self {
		match error {
			NoteCallError::ZeroAmount => Self::ZeroAmount,
			NoteCallError::AmountTooLarge => Self::AmountTooLarge,
			NoteCallError::NotCanonical => Self::NotCanonical,
			// A deposit spends no notes.
			NoteCallError::EqualNullifiers => Self::Unexpected,
		}
	}
}

impl<T: Config> Pallet<T> {
	pub(crate) fn do_deposit(who: T::AccountId, amount: u128, inner: FieldBytes) -> DispatchResult {
		ensure!(!Paused::<T>::get(), Error::<T>::Paused);
		let way_out = CircuitInForce::<T>::contains_key(PoolCircuit::Withdraw);
		ensure!(way_out, Error::<T>::NoWithdrawCircuit);
		ensure!(Self::has_room_for(1), Error::<T>::TreeFull);
		let commitment = deposit_commitment::<Host>(amount, &inner).map_err(Error::<T>::from)?;

		Self::pay_in(&who, amount)?;
		let index = Self::add_notes(&[(commitment, Some(0))])?;
		PoolTotals::<T>::try_mutate(|totals| {
			let deposited = totals.deposited.checked_add(amount).ok_or(Error::<T>::Unexpected)?;
			totals.deposited = deposited;
			totals.deposits = totals.deposits.saturating_add(1);
			Ok::<_, Error<T>>(())
		})?;
		Self::deposit_event(Event::Deposited { who, amount, index });
		Ok(())
	}
}
