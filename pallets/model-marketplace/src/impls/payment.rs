//! Money: out of a job's hold, to each payee by itself, so that none can keep the others from theirs.

use crate::{types::Debt, Config, Event, HoldReason, JobOf, Pallet};
use polkadot_sdk::{
	frame_support::{
		storage::with_storage_layer,
		traits::{
			fungible::MutateHold,
			tokens::{Fortitude, Precision, Restriction},
			Get,
		},
	},
	sp_runtime::{DispatchError, DispatchResult},
};
use quittance_types::JobId;

impl<T: Config> Pallet<T> {
	/// Held balance becomes the payee's free balance in one step. To be undone where it fails.
	fn transfer_held(from: &T::AccountId, to: &T::AccountId, amount: u128) -> DispatchResult {
		if amount == 0 {
			return Ok(());
		}
		T::Currency::transfer_on_hold(
			&HoldReason::JobEscrow.into(),
			from,
			to,
			amount,
			Precision::Exact,
			Restriction::Free,
			// Held balance is escrow: a freeze of the requester's other money does not touch it.
			Fortitude::Force,
		)
		.map(|_| ())
	}

	/// Pays a payee out of what the job holds, or changes nothing.
	fn pay(record: &mut JobOf<T>, to: &T::AccountId, amount: u128) -> DispatchResult {
		with_storage_layer(|| Self::transfer_held(&record.requester, to, amount))?;
		record.held = record.held.saturating_sub(amount);
		Ok(())
	}

	/// Pays the issuer its fee and returns what was paid: all, or nothing where it cannot be paid.
	pub(crate) fn pay_issuer(record: &mut JobOf<T>, issuer: &T::AccountId) -> u128 {
		let fee = record.offer.issuer_fee;
		Self::pay(record, issuer, fee).map_or(0, |()| fee)
	}

	/// Shares a fee alike and returns what was paid. What is left by rounding, and the part of a payee that
	/// cannot be paid, stays held and returns with the rest.
	pub(crate) fn share_fee(
		job: JobId,
		record: &mut JobOf<T>,
		fee: u128,
		payees: &[T::AccountId],
	) -> u128 {
		let amount = fee.checked_div(payees.len() as u128).unwrap_or(0);
		let mut paid = 0u128;
		for payee in payees {
			if amount > 0 && Self::pay(record, payee, amount).is_ok() {
				paid = paid.saturating_add(amount);
				Self::deposit_event(Event::FeePaid { job, payee: payee.clone(), amount });
			}
		}
		paid
	}

	/// Pays the panel that has judged the job: its members share the issuer's and the panel's fee. Where
	/// none of them is to be paid, though it has sat, the panel's fee is the treasury's, or to have miners
	/// sit and be slashed for nothing would cost nothing. Returns what the members were paid.
	pub(crate) fn pay_panel(
		job: JobId,
		record: &mut JobOf<T>,
		members: &[T::AccountId],
		sat: bool,
	) -> u128 {
		let panel_fee = record.panel_fee;
		if !members.is_empty() {
			let fee = record.offer.issuer_fee.saturating_add(panel_fee);
			return Self::share_fee(job, record, fee, members);
		}
		if sat && panel_fee > 0 && Self::pay(record, &T::Treasury::get(), panel_fee).is_ok() {
			Self::deposit_event(Event::PanelFeeLost { job, amount: panel_fee });
		}
		0
	}

	/// Pays a miner what it earned and returns what of that was set aside as royalties. Where setting it
	/// aside would make the payment fail, the miner gets all.
	pub(crate) fn pay_miner(
		record: &mut JobOf<T>,
		share: &Debt<T::AccountId>,
	) -> Result<u128, DispatchError> {
		let Debt { miner, amount, royalty } = share;
		if *royalty > 0 {
			let from = &record.requester;
			let shared = with_storage_layer(|| -> DispatchResult {
				Self::transfer_held(from, miner, amount.saturating_sub(*royalty))?;
				Self::transfer_held(from, &Self::royalty_account(), *royalty)
			});
			if shared.is_ok() {
				record.held = record.held.saturating_sub(*amount);
				return Ok(*royalty);
			}
		}
		Self::pay(record, miner, *amount)?;
		Ok(0)
	}

	/// Returns to the requester what the job holds beyond what it owes, and says how much that was. What
	/// is too little for an account without balance stays held.
	pub(crate) fn return_rest(record: &mut JobOf<T>, owed: u128) -> u128 {
		let rest = record.held.saturating_sub(owed);
		if rest == 0 {
			return 0;
		}
		let reason = HoldReason::JobEscrow.into();
		let returned = with_storage_layer(|| -> DispatchResult {
			T::Currency::release(&reason, &record.requester, rest, Precision::Exact).map(|_| ())
		});
		if returned.is_err() {
			return 0;
		}
		record.held = owed;
		rest
	}
}
