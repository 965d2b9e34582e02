//! Jobs, from post to payment or refund.

use crate::{
	types::{AcceptedIssuers, Job, JobState, ModelState},
	Config, Error, Event, HoldReason, JobOf, Jobs, Models, NextJob, Pallet,
};
use polkadot_sdk::{
	frame_support::{
		ensure,
		storage::with_storage_layer,
		traits::{
			fungible::{Inspect, InspectHold, MutateHold},
			tokens::{Fortitude, Precision, Restriction},
			Defensive, Get,
		},
	},
	sp_runtime::{DispatchError, DispatchResult},
};
use quittance_types::{
	fits_64_bits, AcceptedReceipt, Blob, CircuitId, Circuits, Issuers, JobFacts, JobId, JobTime,
	Level, ModelId, Payment,
};

impl<T: Config> Pallet<T> {
	#[allow(clippy::too_many_arguments)] // The call's.
	pub(crate) fn do_post_job(
		requester: T::AccountId,
		model: ModelId,
		input: Blob,
		level: Level,
		circuit: Option<CircuitId>,
		issuers: AcceptedIssuers<T::AccountId>,
		issuer_fee: u128,
		payment: Payment,
		timeout: JobTime,
	) -> DispatchResult {
		let Payment::Held { max_price } = payment;
		ensure!(max_price > 0, Error::<T>::PriceZero);
		ensure!(fits_64_bits(max_price).is_some(), Error::<T>::AmountTooLarge);
		ensure!(fits_64_bits(issuer_fee).is_some(), Error::<T>::AmountTooLarge);
		ensure!(
			issuer_fee == 0 || issuer_fee >= T::Currency::minimum_balance(),
			Error::<T>::IssuerFeeTooSmall
		);
		ensure!(timeout > 0, Error::<T>::TimeoutZero);
		ensure!(timeout <= T::MaxTimeout::get(), Error::<T>::TimeoutTooLong);
		ensure!(input.size > 0, Error::<T>::EmptyBlob);
		Self::ensure_acceptable(&requester, &issuers)?;
		let mut record = Models::<T>::get(model).ok_or(Error::<T>::UnknownModel)?;
		ensure!(record.state == ModelState::Listed, Error::<T>::ModelRetired);

		let held = max_price.saturating_add(issuer_fee);
		let deposit = T::JobDeposit::get();
		let needed = held.saturating_add(deposit);
		// The existential deposit stays free, or a refund smaller than it could not be paid out to
		// an account that something else keeps alive.
		let to_have = needed.saturating_add(T::Currency::minimum_balance());
		ensure!(
			T::Currency::balance(&requester) >= to_have
				&& T::Currency::can_hold(&HoldReason::JobEscrow.into(), &requester, needed),
			Error::<T>::InsufficientBalance
		);
		match (level, circuit) {
			(Level::Transparent, None) => (),
			(Level::Transparent, Some(_)) => return Err(Error::<T>::CircuitUnexpected.into()),
			(Level::Basic, None) => return Err(Error::<T>::CircuitMissing.into()),
			(Level::Basic, Some(circuit)) => T::Circuits::reserve(&circuit, level)?,
		}
		let issuer_snapshot = T::Issuers::snapshot(&issuers).ok_or(Error::<T>::Unexpected)?;
		T::Currency::hold(&HoldReason::JobEscrow.into(), &requester, held)?;
		T::Currency::hold(&HoldReason::JobDeposit.into(), &requester, deposit)?;

		let job = NextJob::<T>::get();
		NextJob::<T>::put(job.checked_add(1).ok_or(Error::<T>::Unexpected)?);
		record.live_jobs = record.live_jobs.checked_add(1).ok_or(Error::<T>::Unexpected)?;
		Models::<T>::insert(model, record);
		let posted_at = T::JobClock::get();
		let deadline = posted_at.saturating_add(timeout);
		Jobs::<T>::insert(
			job,
			Job {
				requester: requester.clone(),
				model,
				input,
				level,
				circuit,
				issuers,
				issuer_snapshot,
				issuer_fee,
				payment,
				held,
				deposit,
				posted_at,
				deadline,
				lock_counter: 0,
				state: JobState::Open,
			},
		);
		Self::deposit_event(Event::JobPosted {
			job,
			requester,
			model,
			input,
			level,
			max_price,
			issuer_fee,
			deadline,
		});
		Ok(())
	}

	/// 1 to 16 different issuers in office, none of them the requester.
	fn ensure_acceptable(
		requester: &T::AccountId,
		issuers: &AcceptedIssuers<T::AccountId>,
	) -> Result<(), Error<T>> {
		ensure!(!issuers.is_empty(), Error::NoIssuers);
		for (place, issuer) in issuers.iter().enumerate() {
			ensure!(issuer != requester, Error::RequesterIsIssuer);
			ensure!(
				!issuers.iter().take(place).any(|other| other == issuer),
				Error::DuplicateIssuer
			);
			ensure!(T::Issuers::takes_jobs(issuer), Error::IssuerNotInOffice);
		}
		Ok(())
	}

	/// The posted deadline, moved once where an accepted issuer was removed before it had passed.
	/// Computed when asked, since a removal cannot visit every job that accepts the issuer.
	pub(crate) fn deadline_of(job: &JobOf<T>) -> JobTime {
		match T::Issuers::none_removed_since(&job.issuer_snapshot) {
			true => job.deadline,
			false => Self::deadline_after_removals(job),
		}
	}

	fn deadline_after_removals(job: &JobOf<T>) -> JobTime {
		let removed = job
			.issuers
			.iter()
			.filter_map(T::Issuers::removed_at)
			.any(|at| at >= job.posted_at && at <= job.deadline);
		if removed {
			job.deadline.saturating_add(T::RemovalExtension::get())
		} else {
			job.deadline
		}
	}

	pub(crate) fn do_fulfil_job(job: JobId) -> DispatchResult {
		let record = Jobs::<T>::get(job).ok_or(Error::<T>::UnknownJob)?;
		match record.state.clone() {
			JobState::Accepted(receipt) => {
				Self::pay(job, &record, &receipt)?;
				Self::end(job, record, JobState::Fulfilled(receipt));
				Ok(())
			},
			JobState::Open => Err(Error::<T>::NoReceipt.into()),
			JobState::Fulfilled(_) | JobState::Refunded => Err(Error::<T>::JobEnded.into()),
		}
	}

	/// Pays miner and issuer from the hold and returns the rest.
	fn pay(
		job: JobId,
		record: &JobOf<T>,
		receipt: &AcceptedReceipt<T::AccountId>,
	) -> DispatchResult {
		let returned = record
			.held
			.checked_sub(receipt.amount)
			.and_then(|rest| rest.checked_sub(record.issuer_fee))
			.ok_or(Error::<T>::Unexpected)?;
		let requester = &record.requester;
		Self::pay_held(requester, &receipt.miner, receipt.amount)?;
		Self::pay_held(requester, &receipt.issuer, record.issuer_fee)?;
		T::Currency::release(&HoldReason::JobEscrow.into(), requester, returned, Precision::Exact)?;
		Self::deposit_event(Event::JobFulfilled {
			job,
			miner: receipt.miner.clone(),
			amount: receipt.amount,
			issuer: receipt.issuer.clone(),
			issuer_fee: record.issuer_fee,
			returned,
		});
		Ok(())
	}

	/// Held balance becomes the payee's free balance in one step.
	fn pay_held(from: &T::AccountId, to: &T::AccountId, amount: u128) -> DispatchResult {
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

	pub(crate) fn do_refund_job(job: JobId) -> DispatchResult {
		let record = Jobs::<T>::get(job).ok_or(Error::<T>::UnknownJob)?;
		match record.state {
			JobState::Open => (),
			JobState::Accepted(_) => return Err(Error::<T>::ReceiptAccepted.into()),
			JobState::Fulfilled(_) | JobState::Refunded => {
				return Err(Error::<T>::JobEnded.into());
			},
		}
		let passed = T::JobClock::get() > Self::deadline_of(&record);
		let nobody_can_sign = !record.issuers.iter().any(T::Issuers::in_office);
		ensure!(passed || nobody_can_sign, Error::<T>::DeadlineNotPassed);

		let (requester, amount) = (record.requester.clone(), record.held);
		T::Currency::release(&HoldReason::JobEscrow.into(), &requester, amount, Precision::Exact)?;
		Self::end(job, record, JobState::Refunded);
		Self::deposit_event(Event::JobRefunded { job, requester, amount });
		Ok(())
	}

	/// Writes the job's last state and lets go of what it kept alive.
	fn end(job: JobId, record: JobOf<T>, state: JobState<T::AccountId>) {
		if let Some(circuit) = record.circuit {
			T::Circuits::release(&circuit);
		}
		Models::<T>::mutate(record.model, |model| {
			if let Some(model) = model.as_mut().defensive_proof("models with live jobs stay") {
				model.live_jobs = model.live_jobs.saturating_sub(1);
			}
		});
		Jobs::<T>::insert(job, Job { held: 0, state, ..record });
	}

	pub(crate) fn do_remove_job(who: T::AccountId, job: JobId) -> DispatchResult {
		let record = Jobs::<T>::get(job).ok_or(Error::<T>::UnknownJob)?;
		ensure!(record.requester == who, Error::<T>::NotRequester);
		ensure!(record.ended(), Error::<T>::JobNotEnded);
		T::Currency::release(
			&HoldReason::JobDeposit.into(),
			&who,
			record.deposit,
			Precision::Exact,
		)?;
		Jobs::<T>::remove(job);
		Self::deposit_event(Event::JobRemoved { job });
		Ok(())
	}
}

impl<T: Config> quittance_types::Jobs<T::AccountId> for Pallet<T> {
	type Error = DispatchError;

	fn facts(job: JobId) -> Option<JobFacts<T::AccountId>> {
		let record = Jobs::<T>::get(job)?;
		let snapshot = record.issuer_snapshot;
		let (deadline, issuer_root) = match T::Issuers::none_removed_since(&snapshot) {
			true => (record.deadline, Some(snapshot.root)),
			false => (Self::deadline_after_removals(&record), None),
		};
		Some(JobFacts {
			deadline,
			issuer_root,
			max_amount: record.max_price(),
			open: record.state == JobState::Open,
			requester: record.requester,
			model: record.model,
			input: record.input.digest,
			level: record.level,
			circuit: record.circuit,
			issuers: record.issuers.into_inner(),
			posted_deadline: record.deadline,
			nonce: record.lock_counter,
		})
	}

	fn ended(job: JobId) -> bool {
		Jobs::<T>::get(job).is_none_or(|record| record.ended())
	}

	fn accept(job: JobId, receipt: AcceptedReceipt<T::AccountId>) -> DispatchResult {
		let mut record = Jobs::<T>::get(job).ok_or(Error::<T>::UnknownJob)?;
		ensure!(record.state == JobState::Open, Error::<T>::JobEnded);
		ensure!(receipt.amount <= record.max_price(), Error::<T>::AmountAboveHeld);
		// A payment that fails is undone as a whole; the accepted receipt stays.
		match with_storage_layer(|| Self::pay(job, &record, &receipt)) {
			Ok(()) => Self::end(job, record, JobState::Fulfilled(receipt)),
			Err(error) => {
				let (miner, amount) = (receipt.miner.clone(), receipt.amount);
				record.state = JobState::Accepted(receipt);
				Jobs::<T>::insert(job, record);
				Self::deposit_event(Event::PaymentDeferred { job, miner, amount, error });
			},
		}
		Ok(())
	}
}
