//! The pool's account.

use crate::{Config, Pallet, PoolTotals};
use polkadot_sdk::{
	frame_support::traits::{
		fungible::{Balanced, Inspect, Mutate},
		tokens::{Fortitude, Precision, Preservation, Provenance},
		Get, Imbalance, OnUnbalanced,
	},
	sp_runtime::{traits::AccountIdConversion, DispatchError, DispatchResult},
};

impl<T: Config> Pallet<T> {
	/// The account with all that is in the pool.
	pub fn account() -> T::AccountId {
		T::PalletId::get().into_account_truncating()
	}

	/// Takes an amount from an account into the pool.
	///
	/// The pool's account has its existential deposit on top of what it owes, so that the last unit of
	/// what it owes can be paid and no dust of it is lost. Who finds it missing pays it: the first
	/// depositor.
	pub(crate) fn pay_in(who: &T::AccountId, amount: u128) -> DispatchResult {
		let (account, least) = (Self::account(), T::Currency::minimum_balance());
		let owed = PoolTotals::<T>::get().held().unwrap_or_default();
		let has = T::Currency::balance(&account);
		let missing = owed.saturating_add(least).saturating_sub(has);
		if missing > 0 {
			T::Currency::transfer(who, &account, missing, Preservation::Preserve)?;
		}
		T::Currency::transfer(who, &account, amount, Preservation::Preserve)?;
		Ok(())
	}

	/// Pays an amount from the pool to an account that [`Self::can_receive`] it.
	pub(crate) fn pay_out(to: &T::AccountId, amount: u128) -> DispatchResult {
		if amount > 0 {
			T::Currency::transfer(&Self::account(), to, amount, Preservation::Preserve)?;
		}
		Ok(())
	}

	/// Pays from the pool to the handler of fees: what was due, and what was paid beyond that.
	pub(crate) fn pay_fee(due: u128, beyond: u128) -> Result<(), DispatchError> {
		let mut credit = T::Currency::withdraw(
			&Self::account(),
			due.saturating_add(beyond),
			Precision::Exact,
			Preservation::Preserve,
			Fortitude::Polite,
		)?;
		let tip = credit.extract(beyond);
		T::FeeHandler::on_unbalanceds([credit, tip].into_iter());
		Ok(())
	}

	/// Burns an amount of the pool's.
	pub(crate) fn burn(amount: u128) -> Result<(), DispatchError> {
		if amount > 0 {
			let (exact, preserve, polite) =
				(Precision::Exact, Preservation::Preserve, Fortitude::Polite);
			T::Currency::burn_from(&Self::account(), amount, preserve, exact, polite)?;
		}
		Ok(())
	}

	/// Whether an account can take an amount from the pool. Nobody gains by a payment of the pool to
	/// itself.
	pub(crate) fn can_receive(account: &T::AccountId, amount: u128) -> bool {
		*account != Self::account()
			&& T::Currency::can_deposit(account, amount, Provenance::Extant).into_result().is_ok()
	}
}
