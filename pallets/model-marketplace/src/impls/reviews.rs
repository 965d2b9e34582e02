//! What requesters say of jobs that were done for them.

use crate::{
	types::{End, EndedJob, Review, MAX_RATING},
	Activities, Config, Error, Event, HoldReason, JobRecord, Jobs, Pallet, Reviews,
};
use polkadot_sdk::{
	frame_support::{
		ensure,
		traits::{fungible::MutateHold, tokens::Precision, Get},
	},
	sp_runtime::DispatchResult,
};
use quittance_types::{Digest, JobId, ModelId};

impl<T: Config> Pallet<T> {
	pub(crate) fn do_review_job(
		who: T::AccountId,
		job: JobId,
		rating: u8,
		digest: Digest,
	) -> DispatchResult {
		let record = match Jobs::<T>::get(job).ok_or(Error::<T>::UnknownJob)? {
			JobRecord::Live(_) => return Err(Error::<T>::JobNotEnded.into()),
			JobRecord::Ended(record) => record,
		};
		ensure!(record.requester == who, Error::<T>::NotRequester);
		ensure!(matches!(record.end, End::Fulfilled { .. }), Error::<T>::NotFulfilled);
		ensure!(!record.reviewed, Error::<T>::AlreadyReviewed);
		ensure!((1..=MAX_RATING).contains(&rating), Error::<T>::RatingOutOfRange);
		let model = record.model;
		let mut activity = Activities::<T>::get(model).ok_or(Error::<T>::UnknownModel)?;
		let registration = activity.registration;
		ensure!(registration == record.registration, Error::<T>::ModelReplaced);
		let count = activity.with_rating(rating).ok_or(Error::<T>::RatingOutOfRange)?;
		*count = count.saturating_add(1);

		let deposit = T::ReviewDeposit::get();
		Self::ensure_can_hold(&who, HoldReason::ReviewDeposit, deposit)?;
		T::Currency::hold(&HoldReason::ReviewDeposit.into(), &who, deposit)?;
		Activities::<T>::insert(model, activity);
		Jobs::<T>::insert(job, JobRecord::Ended(EndedJob { reviewed: true, ..record }));
		let review = Review { reviewer: who.clone(), rating, digest, registration, deposit };
		Reviews::<T>::insert(model, job, review);
		Self::deposit_event(Event::JobReviewed { job, model, reviewer: who, rating, digest });
		Ok(())
	}

	pub(crate) fn do_remove_review(
		who: T::AccountId,
		model: ModelId,
		job: JobId,
	) -> DispatchResult {
		let review = Reviews::<T>::get(model, job).ok_or(Error::<T>::UnknownReview)?;
		ensure!(review.reviewer == who, Error::<T>::NotReviewer);
		let reason = HoldReason::ReviewDeposit.into();
		T::Currency::release(&reason, &who, review.deposit, Precision::Exact)?;
		Reviews::<T>::remove(model, job);
		Activities::<T>::mutate(model, |activity| {
			// The model may be gone, or registered again without the review.
			let counted = activity
				.as_mut()
				.filter(|activity| activity.registration == review.registration)
				.and_then(|activity| activity.with_rating(review.rating));
			if let Some(count) = counted {
				*count = count.saturating_sub(1);
			}
		});
		Self::deposit_event(Event::ReviewRemoved { job, model });
		Ok(())
	}
}
