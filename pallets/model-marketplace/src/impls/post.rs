//! Posting a job, and removing what stays of it.

use crate::{
	types::{Job, JobState, Locks, ModelState, Offer, PrivatePart, MAX_REDUNDANCY},
	Activities, Config, Error, Event, HoldReason, JobRecord, Jobs, Models, NextJob, OfferOf,
	Pallet,
};
use polkadot_sdk::{
	frame_support::{
		ensure,
		traits::{
			fungible::{Inspect, InspectHold, MutateHold},
			tokens::Precision,
			Get,
		},
	},
	sp_runtime::{DispatchError, DispatchResult},
};
use quittance_types::{fits_64_bits, Circuits, Issuers, JobId, Level, PriceRamp};

impl<T: Config> Pallet<T> {
	pub(crate) fn do_post_job(requester: T::AccountId, offer: OfferOf<T>) -> DispatchResult {
		let in_clear = offer.level != Level::Enhanced && offer.payment.escrow().is_none();
		ensure!(in_clear, Error::<T>::PostedPrivately);
		Self::post(requester, offer, None)?;
		Ok(())
	}

	/// Posts a job, whatever pays for it, and returns its number.
	pub(crate) fn post(
		requester: T::AccountId,
		mut offer: OfferOf<T>,
		private: Option<PrivatePart<T::AccountId>>,
	) -> Result<JobId, DispatchError> {
		let max_price = offer.payment.max_price();
		Self::check_amounts(&offer)?;
		Self::check_times(&offer)?;
		offer.proof_required |= max_price > T::HighValue::get();
		ensure!(
			!offer.proof_required || offer.level != Level::Transparent,
			Error::<T>::ProofRequired
		);
		ensure!((1..=MAX_REDUNDANCY).contains(&offer.redundancy), Error::<T>::RedundancyOutOfRange);
		ensure!(offer.input.size > 0, Error::<T>::EmptyBlob);
		ensure!(
			!offer.mode.is_proven() || offer.input_commitment.is_some(),
			Error::<T>::InputCommitmentMissing
		);
		ensure!(
			offer.input_commitment.is_none_or(|commitment| commitment.to_field().is_some()),
			Error::<T>::CommitmentNotCanonical
		);
		Self::ensure_acceptable(&requester, &offer.issuers)?;
		let model = Models::<T>::get(offer.model).ok_or(Error::<T>::UnknownModel)?;
		ensure!(model.state == ModelState::Listed, Error::<T>::ModelNotListed);
		let quote = model.terms.price(offer.mode).ok_or(Error::<T>::ModeNotOffered)?;
		let hidden = offer.payment.escrow().is_some();
		ensure!(hidden || max_price >= quote, Error::<T>::PriceBelowQuote);

		let panel_fee = T::PanelFee::get();
		let prepaid = private.as_ref().map_or(0, PrivatePart::prepaid);
		let fees = offer.issuer_fee.saturating_add(panel_fee);
		let held = max_price.saturating_add(fees).saturating_add(prepaid);
		let deposit = T::JobDeposit::get();
		Self::ensure_can_hold(&requester, HoldReason::JobEscrow, held.saturating_add(deposit))?;
		match (offer.level, offer.circuit) {
			(Level::Transparent, None) => (),
			(Level::Transparent, Some(_)) => return Err(Error::<T>::CircuitUnexpected.into()),
			(_, None) => return Err(Error::<T>::CircuitMissing.into()),
			(level, Some(circuit)) => T::Circuits::reserve(&circuit, level)?,
		}
		let issuer_snapshot = T::Issuers::snapshot(&offer.issuers).ok_or(Error::<T>::Unexpected)?;
		T::Currency::hold(&HoldReason::JobEscrow.into(), &requester, held)?;
		T::Currency::hold(&HoldReason::JobDeposit.into(), &requester, deposit)?;
		Activities::<T>::try_mutate(offer.model, |activity| {
			let activity = activity.as_mut().ok_or(Error::<T>::Unexpected)?;
			activity.live_jobs = activity.live_jobs.checked_add(1).ok_or(Error::<T>::Unexpected)?;
			Ok::<_, DispatchError>(())
		})?;

		let job = NextJob::<T>::get();
		NextJob::<T>::put(job.checked_add(1).ok_or(Error::<T>::Unexpected)?);
		let mut record = Job {
			requester: requester.clone(),
			quote,
			issuer_snapshot,
			posted_at: Self::now(),
			stopped_before: offer
				.circuit
				.map_or(0, |circuit| T::Circuits::stoppage(&circuit).ended),
			closes_at: None,
			due: None,
			held,
			panel_fee,
			deposit,
			private,
			locks: Locks::default(),
			state: JobState::Open,
			offer,
		};
		let late = !record.is_redundant() && record.private.is_none();
		let due = if late { record.deadline() } else { record.lock_deadline() };
		Self::schedule(job, &mut record, due);
		let (lock_deadline, deadline) = (record.lock_deadline(), record.deadline());
		let price = record.offer.payment.price().unwrap_or(PriceRamp::flat(0));
		let Offer { model, mode, level, input, issuer_fee, miner_bond, redundancy, .. } =
			record.offer;
		let proof_required = record.offer.proof_required;
		Jobs::<T>::insert(job, JobRecord::Live(record));
		Self::deposit_event(Event::JobPosted {
			job,
			requester,
			model,
			mode,
			input,
			level,
			price,
			issuer_fee,
			panel_fee,
			miner_bond,
			redundancy,
			quote,
			lock_deadline,
			deadline,
			proof_required,
		});
		Ok(job)
	}

	fn check_amounts(offer: &OfferOf<T>) -> Result<(), Error<T>> {
		if let Some(price) = offer.payment.price() {
			ensure!(price.min > 0, Error::PriceZero);
			ensure!(price.min <= price.max, Error::MinAboveMax);
		}
		let max_price = offer.payment.max_price();
		for amount in [max_price, offer.issuer_fee, offer.miner_bond] {
			ensure!(fits_64_bits(amount).is_some(), Error::AmountTooLarge);
		}
		let fee = offer.issuer_fee;
		ensure!(
			fee >= T::MinimumFee::get() && (fee == 0 || fee >= T::Currency::minimum_balance()),
			Error::IssuerFeeTooSmall
		);
		// A lock that reserves nothing would be one of any number.
		let least_bond = T::MinimumLockBond::get().max(1);
		ensure!(offer.miner_bond >= least_bond, Error::BondTooSmall);
		// Or a wrong output costs whoever shows it less than the panel that says so.
		let fees = fee.saturating_add(T::PanelFee::get());
		ensure!(offer.miner_bond >= fees, Error::BondBelowFees);
		let least_part = T::BondPart::get().mul_ceil(max_price);
		ensure!(offer.miner_bond >= least_part, Error::BondBelowPrice);
		Ok(())
	}

	fn check_times(offer: &OfferOf<T>) -> Result<(), Error<T>> {
		ensure!(offer.lock_timeout > 0, Error::LockTimeoutZero);
		let ramp_end = offer.payment.price().map_or(0, |price| price.end());
		ensure!(ramp_end <= offer.lock_timeout, Error::RampTooLong);
		ensure!(offer.lock_timeout <= offer.timeout, Error::LockTimeoutTooLong);
		ensure!(offer.timeout <= T::MaxTimeout::get(), Error::TimeoutTooLong);
		Ok(())
	}

	/// 1 to 16 different issuers in office, none of them the requester.
	fn ensure_acceptable(
		requester: &T::AccountId,
		issuers: &[T::AccountId],
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

	/// Whether this much can be held. The existential deposit stays free, or what is returned in small
	/// parts could not be paid out to an account that something else keeps alive.
	pub(crate) fn ensure_can_hold(
		who: &T::AccountId,
		reason: HoldReason,
		amount: u128,
	) -> Result<(), Error<T>> {
		let to_have = amount.saturating_add(T::Currency::minimum_balance());
		ensure!(
			T::Currency::balance(who) >= to_have
				&& T::Currency::can_hold(&reason.into(), who, amount),
			Error::InsufficientBalance
		);
		Ok(())
	}

	pub(crate) fn do_remove_job(who: T::AccountId, job: JobId) -> DispatchResult {
		let record = Jobs::<T>::get(job).ok_or(Error::<T>::UnknownJob)?;
		let record = match record {
			JobRecord::Live(record) => {
				ensure!(record.requester == who, Error::<T>::NotRequester);
				return Err(Error::<T>::JobNotEnded.into());
			},
			JobRecord::Ended(record) => record,
		};
		ensure!(record.requester == who, Error::<T>::NotRequester);
		let mut due = record.due;
		let (escrow, deposit) = (HoldReason::JobEscrow.into(), HoldReason::JobDeposit.into());
		// The deposit first: what is left of the escrow alone may be too little to be returned.
		T::Currency::release(&deposit, &who, record.deposit, Precision::Exact)?;
		if record.rest > 0 {
			T::Currency::release(&escrow, &who, record.rest, Precision::Exact)?;
		}
		Self::unschedule(job, &mut due);
		Jobs::<T>::remove(job);
		Self::deposit_event(Event::JobRemoved { job });
		Ok(())
	}
}
