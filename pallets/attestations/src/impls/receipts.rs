//! Receipts become leaves.

use crate::{Config, Event, Pallet, Receipts};
use quittance_attestations::{self as attestations, Receipt};
use quittance_types::{Acceptance, AcceptedReceipts, Level};

/// The level by its number in leaves, which verifiers outside of this chain know.
fn level(level: Level) -> attestations::Level {
	match level {
		Level::Transparent => attestations::Level::Transparent,
		Level::Basic => attestations::Level::Basic,
		Level::Enhanced => attestations::Level::Enhanced,
	}
}

impl<T: Config> AcceptedReceipts<T::AccountId> for Pallet<T> {
	fn accepted(acceptance: Acceptance<'_, T::AccountId>) {
		let Acceptance { job, subject, output, receipt, .. } = acceptance;
		let leaf = Receipt {
			job,
			subject: subject.0,
			miner: receipt.miner.clone().into(),
			issuer: receipt.issuer.clone().into(),
			level: level(acceptance.level),
			amount: receipt.amount,
			nullifier: receipt.nullifier.0,
			output,
		};
		match Receipts::<T>::try_append(leaf) {
			Ok(()) => Self::set_aside_weight(),
			// Never by weight. A receipt is not lost for it, and it is said.
			Err(()) => {
				let nullifier = receipt.nullifier;
				Self::deposit_event(Event::ReceiptNotAttested { job, nullifier });
			},
		}
	}
}
