//! Receipts behind the pool's settlements: the same as those that are submitted, but that a proof shows
//! whose they are, and that what they are worth is hidden.

use crate::{impls::receipts::Judging, Config, Error, Event, Pallet};
use polkadot_sdk::frame_support::ensure;
use quittance_types::{
	Acceptance, AcceptedReceipt, AcceptedReceipts, FieldBytes, JobId, JobTime, Level, PoolRefusal,
	PrivateFacts, SettleClaims, SettledReceipts,
};

impl<T: Config> From<Error<T>> for PoolRefusal {
	fn from(error: Error<T>) -> Self {
		match error {
			Error::NullifierSpent => Self::ReceiptSpent,
			Error::DeadlinePassed => Self::DeadlinePassed,
			Error::ReceiptExpired => Self::ReceiptExpired,
			Error::ExpiryBeforeDeadline | Error::ExpiryTooLate => Self::ExpiryOutOfRange,
			Error::IssuerNotAccepted | Error::IssuerWasRemoved => Self::IssuerNotAccepted,
			Error::WrongIssuerRoot => Self::WrongIssuerRoot,
			Error::JobNotOpen
			| Error::JobNotLocked
			| Error::JobOfAnother
			| Error::OutputsAwaited
			| Error::JobOnPanel => Self::JobBarred,
			_ => Self::Unexpected,
		}
	}
}

impl<T: Config> SettledReceipts<T::AccountId> for Pallet<T> {
	fn check(
		job: JobId,
		private: &PrivateFacts<T::AccountId>,
		claims: &SettleClaims,
	) -> Result<(FieldBytes, T::AccountId), PoolRefusal> {
		let facts = &private.facts;
		ensure!(facts.level == Level::Enhanced, PoolRefusal::NoPrivateJob);
		ensure!(claims.nullifier.to_field().is_some(), PoolRefusal::NotCanonical);
		let judging = Judging::of_miner::<T>(private.miner.clone());
		// What it is worth is hidden.
		let amount = 0;
		Self::check_terms(&judging, job, facts, &claims.nullifier, claims.expires_at, amount)?;
		ensure!(claims.as_of <= judging.now(), PoolRefusal::AsOfInFuture);
		let issuer = Self::accepted_issuer(facts, claims.issuer_index)?;
		Self::check_root(facts, &claims.issuer_root)?;
		Ok((<Self as SettledReceipts<_>>::subject(job, private), issuer.clone()))
	}

	fn subject(job: JobId, private: &PrivateFacts<T::AccountId>) -> FieldBytes {
		Self::subject(Self::genesis_hash(), &private.miner, job, &private.facts).into()
	}

	fn record(
		job: JobId,
		subject: FieldBytes,
		receipt: AcceptedReceipt<T::AccountId>,
		expires_at: JobTime,
	) {
		Self::spend(job, receipt.nullifier, expires_at);
		let level = Level::Enhanced;
		Self::deposit_event(Event::ReceiptAccepted {
			job,
			miner: receipt.miner.clone(),
			issuer: receipt.issuer.clone(),
			level,
			amount: receipt.amount,
			nullifier: receipt.nullifier,
		});
		// The output is hidden.
		let acceptance = Acceptance { job, level, subject, output: None, receipt: &receipt };
		T::AcceptedReceipts::accepted(acceptance);
	}
}
