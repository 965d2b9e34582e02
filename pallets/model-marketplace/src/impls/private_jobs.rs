//! Jobs that an escrow of the confidential pool pays for: their post and lock, the opening that the
//! requester sends to the miner, and how they end. docs/protocol.md, Private jobs.

use super::expiry::Fate;
use crate::{
	types::{
		Cause, Declined, End, JobState, PrivatePart, PrivateRequest, SealedOpening, Summary, Taken,
		MAX_DECLINES,
	},
	Config, Error, Event, HoldReason, JobOf, JobRecord, Jobs, OfferOf, Pallet, WeightInfo,
};
use polkadot_sdk::{
	frame_support::{
		ensure,
		pallet_prelude::DispatchResultWithPostInfo,
		storage::{with_transaction, TransactionOutcome},
		traits::{
			fungible::{Inspect, MutateHold},
			tokens::{Fortitude, Precision},
			Get,
		},
	},
	sp_runtime::{DispatchError, DispatchResult},
};
use quittance_host_functions::Host;
use quittance_types::{
	Agreement, CircuitId, Escrow, FieldBytes, JobId, JobTime, JudgedUnits, Miners, PrivateFacts,
	PrivateJobs,
};

impl<T: Config> Pallet<T> {
	/// The private part of a job, or the error that it has none.
	fn private_part(record: &mut JobOf<T>) -> Result<&mut PrivatePart<T::AccountId>, Error<T>> {
		record.private.as_mut().ok_or(Error::NotPrivate)
	}

	pub(crate) fn do_post_private_job(
		requester: T::AccountId,
		request: PrivateRequest<T::AccountId>,
		escrow: Escrow,
		circuit: CircuitId,
		paid_in: u128,
	) -> Result<JobId, DispatchError> {
		let (offer, declines) = request.offer(escrow, circuit);
		ensure!(
			declines > 0 && u32::from(declines) <= MAX_DECLINES,
			Error::<T>::DeclinesOutOfRange
		);
		// Or a requester could wait with the opening until the lock is broken.
		ensure!(offer.lock_timeout > T::OpeningTime::get(), Error::<T>::LockTimeoutTooShort);
		Self::ensure_without_royalties(&offer)?;
		let private = PrivatePart {
			decline_fee: T::DeclineFee::get(),
			declines_left: declines,
			declined: Declined::default(),
			taken: None,
		};
		let fees = offer.issuer_fee.saturating_add(T::PanelFee::get());
		let held = fees.saturating_add(private.prepaid()).saturating_add(T::JobDeposit::get());
		let needed = held.saturating_add(T::Currency::minimum_balance());
		ensure!(paid_in >= needed, Error::<T>::PaidInTooSmall);
		Self::post(requester, offer, Some(private))
	}

	/// A settlement has no output for royalties.
	fn ensure_without_royalties(offer: &OfferOf<T>) -> Result<(), Error<T>> {
		let activity = crate::Activities::<T>::get(offer.model).ok_or(Error::<T>::UnknownModel)?;
		ensure!(activity.royalty_parts == 0, Error::RoyaltiesNotPrivate);
		Ok(())
	}

	/// Whether a private job could be posted now by an account with so much balance beside what it has,
	/// and why not. Changes nothing.
	pub(crate) fn try_private_job(
		requester: T::AccountId,
		request: PrivateRequest<T::AccountId>,
		escrow: Escrow,
		circuit: CircuitId,
		paid_in: u128,
	) -> DispatchResult {
		use polkadot_sdk::frame_support::traits::fungible::Mutate;
		with_transaction(|| {
			let posted = T::Currency::mint_into(&requester, paid_in).and_then(|_| {
				Self::do_post_private_job(requester, request, escrow, circuit, paid_in)
			});
			TransactionOutcome::Rollback(posted.map(|_| ()))
		})
	}

	pub(crate) fn do_lock_private_job(
		who: T::AccountId,
		job: JobId,
		payee: FieldBytes,
		opening_key: [u8; 32],
	) -> DispatchResult {
		let mut record = Self::live(job)?;
		let offer = record.offer.payment.escrow().ok_or(Error::<T>::NotPrivate)?.offer;
		let payee = payee.to_field().ok_or(Error::<T>::CommitmentNotCanonical)?;
		let offer = offer.to_field().ok_or(Error::<T>::Unexpected)?;
		let agreement = Agreement::new::<Host>(offer, payee);
		let opened = false;
		Self::private_part(&mut record)?.taken = Some(Taken { agreement, opening_key, opened });
		let miner = Self::lock(who, job, record)?;
		Self::deposit_event(Event::PrivateJobLocked { job, miner, agreement, opening_key });
		Ok(())
	}

	pub(crate) fn do_send_opening(
		who: T::AccountId,
		job: JobId,
		nonce: u64,
		opening: &SealedOpening,
	) -> DispatchResult {
		let mut record = Self::live(job)?;
		ensure!(record.private.is_some(), Error::<T>::NotPrivate);
		ensure!(record.requester == who, Error::<T>::NotRequester);
		ensure!(record.state == JobState::Locked, Self::not_in(&record));
		ensure!(record.nonce() == nonce, Error::<T>::LockedByAnother);
		let taken = Self::private_part(&mut record)?.taken.as_mut();
		taken.ok_or(Error::<T>::Unexpected)?.opened = true;
		Jobs::<T>::insert(job, JobRecord::Live(record));
		let opening = *opening;
		Self::deposit_event(Event::OpeningSent { job, nonce, opening });
		Ok(())
	}

	pub(crate) fn do_decline_job(who: T::AccountId, job: JobId) -> DispatchResultWithPostInfo {
		let mut record = Self::live(job)?;
		ensure!(record.private.is_some(), Error::<T>::NotPrivate);
		let miner = Self::acts_for(&who);
		let at = record.lock_of(&miner).ok_or(Error::<T>::NotLockHolder)?.1.at;
		ensure!(record.state == JobState::Locked, Self::not_in(&record));
		let now = Self::clock_of(&record).now;
		ensure!(now <= Self::declinable_until(&record, at), Error::<T>::TooLateToDecline);

		let requester = record.requester.clone();
		let private = Self::private_part(&mut record)?;
		let fee = private.decline_fee;
		private.declines_left =
			private.declines_left.checked_sub(1).ok_or(Error::<T>::Unexpected)?;
		private.declined.try_push(miner.clone()).map_err(|_| Error::<T>::Unexpected)?;
		// Whether it was a good one nobody but the miner can see: both lose the fee then, so that neither
		// sends bad ones nor declines good ones for nothing.
		let opened = private.taken.take().is_some_and(|taken| taken.opened);
		let last = private.declines_left == 0;
		// The requester's balance in this hold is the job's alone.
		T::Currency::burn_held(
			&HoldReason::JobEscrow.into(),
			&requester,
			fee,
			Precision::Exact,
			Fortitude::Force,
		)?;
		record.held = record.held.checked_sub(fee).ok_or(Error::<T>::Unexpected)?;
		Self::close_locks(job, &record, |_| Fate::Released);
		record.locks = Default::default();
		record.state = JobState::Open;
		let slashed = if opened { T::Miners::slash(&miner, fee) } else { 0 };
		Self::deposit_event(Event::JobDeclined { job, miner, burned: fee, slashed });
		if last {
			let escrow = Self::weight_of_escrow(&record);
			Self::refund(job, record, Cause::Declined);
			return Ok(Some(T::WeightInfo::decline_job().saturating_add(escrow)).into());
		}
		Jobs::<T>::insert(job, JobRecord::Live(record));
		Ok(Some(T::WeightInfo::decline_job()).into())
	}

	/// Until when a miner can decline that has had the job since this time: not when its lock is broken.
	fn declinable_until(record: &JobOf<T>, at: JobTime) -> JobTime {
		at.saturating_add(T::OpeningTime::get()).min(record.lock_deadline())
	}

	/// A panel has found the output of a private job right, and its members are paid: the miner has some
	/// time to divide the escrow accordingly. What the miner bears of `uncovered` is as in a job in clear.
	pub(crate) fn await_settlement(job: JobId, mut record: JobOf<T>, units: u128, uncovered: u128) {
		let bears = Self::some_issuer_in_office(&record) && !Self::has_lost_circuit(&record);
		let borne = if bears { uncovered.div_euclid(2) } else { 0 };
		let clock = Self::clock_of(&record);
		let until = clock.now.saturating_add(T::SigningTime::get());
		// What a panel says is at most what it was asked about.
		let units = u64::try_from(units).unwrap_or(u64::MAX);
		record.state = JobState::Judged { units, borne, until };
		let due = clock.job_time(until);
		Self::schedule(job, &mut record, due);
		Jobs::<T>::insert(job, JobRecord::Live(record));
		Self::deposit_event(Event::SettlementAwaited { job, units, borne, until: due });
	}

	fn facts_of_private(job: JobId) -> Option<PrivateFacts<T::AccountId>> {
		let record = Self::live(job).ok()?;
		let taken = record.private.as_ref()?.taken?;
		let miner = record.locks.first()?.miner.clone();
		let facts = <Self as quittance_types::Jobs<T::AccountId>>::facts(job, &miner)?;
		let judged = match record.state {
			JobState::Judged { units, borne, until } => {
				let open_until = Self::clock_of(&record).job_time(until);
				Some(JudgedUnits { units, borne, open_until })
			},
			_ => None,
		};
		Some(PrivateFacts { miner, agreement: taken.agreement, facts, judged })
	}

	/// The escrow was divided. What else the job holds goes where it would in clear.
	fn end_settled(job: JobId, issuer: Option<T::AccountId>) -> DispatchResult {
		let mut record = Self::live(job)?;
		ensure!(record.private.is_some(), Error::<T>::NotPrivate);
		let miner = record.locks.first().ok_or(Error::<T>::JobOpen)?.miner.clone();
		Self::close_locks(job, &record, |_| Fate::Fulfilled);
		let mut activity = Self::activity_of(record.offer.model);
		let issuer_fee = match &issuer {
			Some(issuer) => {
				Self::measure(&mut activity, &record, &miner);
				Self::pay_issuer(&mut record, issuer)
			},
			// Its members were paid when the panel had judged.
			None => {
				activity.proofs_missed = activity.proofs_missed.saturating_add(1);
				0
			},
		};
		let returned = Self::return_rest(&mut record, 0);
		let (amount, royalties) = (0, 0);
		let summary = Summary { miner, amount, royalties, issuer, issuer_fee, returned };
		Self::fulfilled(job, record, activity, summary);
		Ok(())
	}

	/// An escrow that was not divided is its requester's again.
	pub(crate) fn give_back_escrow(job: JobId, record: &JobOf<T>, end: &End<T::AccountId>) {
		use quittance_types::Escrows;
		if let (Some(escrow), End::Refunded(_)) = (record.offer.payment.escrow(), end) {
			T::Escrows::give_back(job, escrow.commitment);
		}
	}
}

impl<T: Config> PrivateJobs<T::AccountId> for Pallet<T> {
	type Request = PrivateRequest<T::AccountId>;
	type Error = DispatchError;

	fn post(
		requester: T::AccountId,
		request: Self::Request,
		escrow: Escrow,
		circuit: CircuitId,
		paid_in: u128,
	) -> Result<JobId, DispatchError> {
		Self::do_post_private_job(requester, request, escrow, circuit, paid_in)
	}

	fn facts(job: JobId) -> Option<PrivateFacts<T::AccountId>> {
		Self::facts_of_private(job)
	}

	fn settled(job: JobId, issuer: Option<T::AccountId>) -> DispatchResult {
		Self::end_settled(job, issuer)
	}
}
