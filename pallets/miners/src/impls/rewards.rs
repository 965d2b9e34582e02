//! Rewards: a part of what a receipt's own transaction has burned, for the miner whose proof it brought.
//!
//! Two things come together in one extrinsic: the receipts pallet tells that a proved receipt has settled a
//! miner's job in time, and the handler of fees what was burned. Whatever one of them does not tell of this
//! very extrinsic is worth nothing.

use crate::{
	types::{Minted, ProofNote},
	Config, Event, Minting, Pallet, ProofNotes, WeightInfo,
};
use polkadot_sdk::{
	frame_support::{
		dispatch::DispatchClass,
		traits::{fungible::Mutate, Get},
	},
	frame_system::{self, Phase},
	sp_runtime::Permill,
};
use quittance_types::EpochIndex;

/// The most of what is burned that is ever minted again, whatever governance says: whoever makes jobs for
/// itself must lose by it.
pub const MOST_SHARE: Permill = Permill::from_percent(50);

impl<T: Config> Pallet<T> {
	/// The part of what is burned that is minted, as governance has set it within [`MOST_SHARE`].
	pub(crate) fn reward_share() -> Permill {
		T::RewardShare::get().min(MOST_SHARE)
	}

	/// The extrinsic that is being dispatched. `None` in hooks: the index of extrinsics alone says zero
	/// while a block begins.
	fn extrinsic() -> Option<u32> {
		match frame_system::Pallet::<T>::execution_phase() {
			Some(Phase::ApplyExtrinsic(index)) => Some(index),
			_ => None,
		}
	}

	/// What this epoch has minted by now.
	pub(crate) fn minted_in(epoch: EpochIndex) -> u128 {
		let last = Minting::<T>::get();
		if last.epoch == epoch {
			last.amount
		} else {
			0
		}
	}

	/// Mints rewards for what the extrinsic that is being dispatched has burned of its fee.
	///
	/// For the runtime's handler of fees, after the dispatch, once, with what is burned for good: without
	/// the tip, and without what returns to who paid. Does nothing where no proof was brought, which costs a
	/// look at a value that the block has in memory.
	pub fn fee_burned(burned: u128) {
		let Some(note) = ProofNotes::<T>::take() else { return };
		if Self::extrinsic() != Some(note.extrinsic) {
			return;
		}
		// A hook's weight is not in the call's, and nobody knows before the dispatch who is rewarded.
		frame_system::Pallet::<T>::register_extra_weight_unchecked(
			T::WeightInfo::fee_burned(note.paid.len() as u32),
			DispatchClass::Normal,
		);
		let epoch = T::Epoch::get();
		let mut amount = Self::minted_in(epoch);
		let left = T::RewardCap::get().saturating_sub(amount);
		let receipts = note.receipts();
		// A transaction can do more than bring receipts, and what the rest of it burns is for nobody.
		let by_receipts = T::ReceiptBurn::get().saturating_mul(receipts.into());
		let pot = Self::reward_share().mul_floor(burned.min(by_receipts)).min(left);
		for (miner, proved) in note.paid {
			// Both factors are far below 64 bits: a fee, and the receipts of one transaction.
			let parts = pot.saturating_mul(proved.into());
			let part = parts.checked_div(receipts.into()).unwrap_or(0);
			// An account that cannot take so little gets nothing, and nobody else gets it.
			if part > 0 && T::Currency::mint_into(&miner, part).is_ok() {
				amount = amount.saturating_add(part);
				Self::deposit_event(Event::Rewarded { miner, amount: part });
			}
		}
		Minting::<T>::put(Minted { epoch, amount });
	}
}

impl<T: Config> quittance_types::ProvenReceipts<T::AccountId> for Pallet<T> {
	fn proven(miner: &T::AccountId) {
		if Self::reward_share().is_zero() {
			return;
		}
		let Some(extrinsic) = Self::extrinsic() else { return };
		let mut note = ProofNotes::<T>::get()
			.filter(|note| note.extrinsic == extrinsic)
			.unwrap_or_else(|| ProofNote::of(extrinsic));
		note.prove(miner);
		ProofNotes::<T>::put(note);
	}
}
