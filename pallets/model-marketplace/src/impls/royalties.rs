//! Royalties: set aside with each payment, paid out when somebody asks.

use crate::{
	types::{Activity, Royalty, MILLION},
	Activities, Config, DescriptionOf, Error, Event, Models, Pallet,
};
use polkadot_sdk::{
	frame_support::{
		ensure,
		storage::with_storage_layer,
		traits::{
			fungible::{Inspect, Mutate},
			tokens::Preservation,
			Get,
		},
	},
	sp_runtime::{traits::AccountIdConversion, DispatchResult},
};
use quittance_types::ModelId;

impl<T: Config> Pallet<T> {
	/// The account in which royalties wait.
	pub fn royalty_account() -> T::AccountId {
		T::PalletId::get().into_account_truncating()
	}

	/// The part of an amount that is set aside, rounded down. An amount has 64 bits.
	pub(crate) fn royalty_of(amount: u128, parts: u32) -> u128 {
		amount.saturating_mul(parts.into()).checked_div(MILLION.into()).unwrap_or(0)
	}

	/// Makes sure that amounts below the existential deposit can be set aside.
	pub(crate) fn open_royalty_account(owner: &T::AccountId) -> DispatchResult {
		let (account, least) = (Self::royalty_account(), T::Currency::minimum_balance());
		if T::Currency::balance(&account) >= least {
			return Ok(());
		}
		T::Currency::transfer(owner, &account, least, Preservation::Preserve)?;
		Ok(())
	}

	pub(crate) fn do_pay_royalties(model: ModelId) -> DispatchResult {
		let record = Models::<T>::get(model).ok_or(Error::<T>::UnknownModel)?;
		let mut activity = Activities::<T>::get(model).ok_or(Error::<T>::Unexpected)?;
		let due = activity.royalties_due;
		Self::share_royalties(model, &record.description, &mut activity);
		ensure!(activity.royalties_due < due, Error::<T>::NothingToPay);
		Activities::<T>::insert(model, activity);
		Ok(())
	}

	/// Pays each payee its part, each by itself. What cannot be paid, and what is left by rounding, stays
	/// due.
	pub(crate) fn share_royalties(
		model: ModelId,
		description: &DescriptionOf<T>,
		activity: &mut Activity,
	) {
		let (due, whole) = (activity.royalties_due, description.royalty_parts());
		for Royalty { payee, parts } in &description.royalties {
			// Money is far below what would overflow here.
			let amount = due.saturating_mul((*parts).into()).checked_div(whole.into()).unwrap_or(0);
			if amount > 0 && Self::pay_from_royalty_account(payee, amount).is_ok() {
				activity.royalties_due = activity.royalties_due.saturating_sub(amount);
				let payee = payee.clone();
				Self::deposit_event(Event::RoyaltyPaid { model, payee, amount });
			}
		}
	}

	/// What nobody else can be paid is the owner's.
	pub(crate) fn give_remaining_royalties(
		model: ModelId,
		owner: &T::AccountId,
		activity: &Activity,
	) -> DispatchResult {
		let amount = activity.royalties_due;
		if amount > 0 {
			Self::pay_from_royalty_account(owner, amount)?;
			Self::deposit_event(Event::RoyaltyPaid { model, payee: owner.clone(), amount });
		}
		Ok(())
	}

	fn pay_from_royalty_account(payee: &T::AccountId, amount: u128) -> DispatchResult {
		let account = Self::royalty_account();
		with_storage_layer(|| {
			T::Currency::transfer(&account, payee, amount, Preservation::Preserve).map(|_| ())
		})
	}
}
