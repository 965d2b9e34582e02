//! Settling a job: who earns what of an accepted receipt or by a panel's verdict, and the job's end.

use super::expiry::Fate;
use crate::{
	types::{Cause, Debt, Debts, Delivery, End, Fulfilment, JobState, Lock, Locks, Summary},
	Activities, Activity, Config, Error, Event, JobOf, JobRecord, Jobs, Pallet,
};
use alloc::{vec, vec::Vec};
use polkadot_sdk::{
	frame_support::{
		dispatch::{DispatchResultWithPostInfo, PostDispatchInfo},
		traits::Defensive,
	},
	sp_runtime::DispatchError,
};
use quittance_types::{AcceptedReceipt, Finding, JobId, Miners, Outcome, Verdict};

/// Who earns what.
struct Bill<AccountId> {
	/// Who is named for the job: it brought the receipt, or its output was found right.
	miner: AccountId,
	/// What each miner earned.
	shares: Vec<Debt<AccountId>>,
	/// Who signed, if an issuer did.
	issuer: Option<AccountId>,
	/// What issuer or panel was paid, the panel its own fee too.
	issuer_fee: u128,
}

impl<T: Config> Pallet<T> {
	/// Settles a receipt in time for the one miner of a job, at this place among its locks.
	pub(crate) fn settle_in_time(
		job: JobId,
		mut record: JobOf<T>,
		receipt: AcceptedReceipt<T::AccountId>,
	) {
		let AcceptedReceipt { miner, issuer, amount, .. } = receipt;
		Self::close_locks(job, &record, |_| Fate::Fulfilled);
		let mut activity = Self::activity_of(record.offer.model);
		Self::measure(&mut activity, &record, &miner);
		let issuer_fee = Self::pay_issuer(&mut record, &issuer);
		let shares = vec![Self::debt(&miner, amount, activity.royalty_parts)];
		let bill = Bill { miner, shares, issuer: Some(issuer), issuer_fee };
		Self::pay_and_end(job, record, activity, bill);
	}

	/// Takes note of a receipt: of its proof, and of price and latency where it came in time.
	pub(crate) fn measure(activity: &mut Activity, record: &JobOf<T>, miner: &T::AccountId) {
		if record.is_proved() {
			activity.proofs_verified = activity.proofs_verified.saturating_add(1);
		}
		// A price that is hidden says nothing about the market.
		let Some((_, lock)) = record.lock_of(miner).filter(|_| record.private.is_none()) else {
			return;
		};
		let latency = Self::clock_of(record).now.saturating_sub(lock.at);
		activity.recent.add(Fulfilment {
			price: u64::try_from(lock.price).unwrap_or(u64::MAX),
			latency: u32::try_from(latency).unwrap_or(u32::MAX),
		});
	}

	/// Settles what was accepted or decided.
	pub(crate) fn settle(job: JobId, mut record: JobOf<T>) {
		match core::mem::replace(&mut record.state, JobState::Open) {
			JobState::Accepted(receipt) if record.is_redundant() => {
				Self::settle_agreed(job, record, receipt)
			},
			JobState::Accepted(receipt) => Self::settle_late(job, record, receipt),
			JobState::Decided { verdict, members, sat } => {
				let paid = Self::pay_panel(job, &mut record, &members, sat);
				Self::settle_verdict(job, record, verdict, paid)
			},
			// Nothing else is settled: the state as it was.
			state => record.state = state,
		}
	}

	/// A receipt of a redundant job: every miner whose output is the agreed one earns its part.
	fn settle_agreed(job: JobId, mut record: JobOf<T>, receipt: AcceptedReceipt<T::AccountId>) {
		let AcceptedReceipt { miner, issuer, amount, .. } = receipt;
		let fate_of = |lock: &_| Self::fate_unless_blamed(lock, Fate::Fulfilled);
		Self::close_locks(job, &record, fate_of);
		let mut activity = Self::activity_of(record.offer.model);
		Self::measure(&mut activity, &record, &miner);
		let parts = activity.royalty_parts;
		let shares = Self::shares(&record, amount, parts, |lock| lock.delivery.output().is_some());
		let issuer_fee = Self::pay_issuer(&mut record, &issuer);
		let bill = Bill { miner, shares, issuer: Some(issuer), issuer_fee };
		Self::pay_and_end(job, record, activity, bill);
	}

	/// A late receipt: a lock that was not kept is lost, also where its own miner is late.
	fn settle_late(job: JobId, mut record: JobOf<T>, receipt: AcceptedReceipt<T::AccountId>) {
		let AcceptedReceipt { miner, issuer, amount, .. } = receipt;
		let had_it = record.lock_of(&miner).is_some();
		Self::close_locks(job, &record, |_| Fate::Forfeited);
		if !had_it {
			T::Miners::record_outcome(&miner, Outcome::Late);
		}
		// Its price and latency say nothing about the market.
		record.locks = Locks::default();
		let mut activity = Self::activity_of(record.offer.model);
		Self::measure(&mut activity, &record, &miner);
		let issuer_fee = Self::pay_issuer(&mut record, &issuer);
		let shares = vec![Self::debt(&miner, amount, activity.royalty_parts)];
		let bill = Bill { miner, shares, issuer: Some(issuer), issuer_fee };
		Self::pay_and_end(job, record, activity, bill);
	}

	/// What a panel found. Its members have been paid, whatever that is.
	///
	/// That was out of what the requester has put in. Who loses its bond by the verdict makes it good: where
	/// nothing was right all of it, otherwise what it was beyond the issuer's fee, which the requester would
	/// have paid anyway. Of what no bond makes good then, requester and miners bear half each where somebody
	/// could have signed: nobody sees whether an issuer did not or was not asked.
	fn settle_verdict(job: JobId, record: JobOf<T>, verdict: Verdict, paid: u128) {
		let (candidate, amount) = match verdict {
			Verdict::Found(Finding::Right { candidate, amount }) => (candidate, amount),
			Verdict::Found(Finding::Wrong) => {
				Self::close_locks_covering(job, &record, |_| Fate::Forfeited, paid);
				return Self::refund(job, record, Cause::Wrong);
			},
			Verdict::Undecided => return Self::refund_undecided(job, record),
		};
		let right = record.outputs().nth(candidate.into()).and_then(|(place, output)| {
			record.locks.get(place).map(|lock| (lock.miner.clone(), *output))
		});
		let Some((miner, output)) = right.defensive_proof("a panel names a candidate it was given")
		else {
			return Self::refund_undecided(job, record);
		};
		let beyond = paid.saturating_sub(record.offer.issuer_fee);
		if record.private.is_some() && !record.offer.proof_required {
			return Self::await_settlement(job, record, amount, beyond);
		}
		let is_right = |lock: &Lock<T::AccountId>| lock.delivery == Delivery::Delivered(output);
		let fate = match record.offer.proof_required {
			true => Fate::Released,
			false => Fate::Fulfilled,
		};
		let fate_of = |lock: &Lock<_>| if is_right(lock) { fate } else { Fate::Forfeited };
		let uncovered = Self::close_locks_covering(job, &record, fate_of, beyond);
		if record.offer.proof_required {
			return Self::refund(job, record, Cause::Unproven);
		}
		let mut activity = Self::activity_of(record.offer.model);
		if record.is_proved() {
			activity.proofs_missed = activity.proofs_missed.saturating_add(1);
		}
		let mut shares = Self::shares(&record, amount, activity.royalty_parts, is_right);
		if Self::some_issuer_in_office(&record) && !Self::has_lost_circuit(&record) {
			let amount = Self::bear(&mut shares, uncovered.div_euclid(2));
			if amount > 0 {
				Self::deposit_event(Event::PanelBorne { job, amount });
			}
		}
		let bill = Bill { miner, shares, issuer: None, issuer_fee: paid };
		Self::pay_and_end(job, record, activity, bill);
	}

	/// What a miner is to be paid that earned so much.
	fn debt(miner: &T::AccountId, amount: u128, royalty_parts: u32) -> Debt<T::AccountId> {
		let royalty = Self::royalty_of(amount, royalty_parts);
		Debt { miner: miner.clone(), amount, royalty }
	}

	/// The part of each miner that did the job: of the amount, but no more than its own price.
	fn shares(
		record: &JobOf<T>,
		amount: u128,
		royalty_parts: u32,
		did_it: impl Fn(&Lock<T::AccountId>) -> bool,
	) -> Vec<Debt<T::AccountId>> {
		let parts = u128::from(record.offer.redundancy);
		let share = |price: u128| amount.min(price).checked_div(parts).unwrap_or(0);
		let doers = record.locks.iter().filter(|lock| did_it(lock));
		doers.map(|lock| Self::debt(&lock.miner, share(lock.price), royalty_parts)).collect()
	}

	/// Takes a cost off what miners have of their shares beside royalties: of each in proportion, rounded
	/// down, and no more than all of it. Returns what was taken.
	fn bear(shares: &mut [Debt<T::AccountId>], cost: u128) -> u128 {
		let own = |share: &Debt<_>| share.amount.saturating_sub(share.royalty);
		let sum = shares.iter().fold(0u128, |sum, share| sum.saturating_add(own(share)));
		let cost = cost.min(sum);
		let mut borne = 0u128;
		for share in shares {
			// Prices and fees have 64 bits: the product does not overflow.
			let part = cost.saturating_mul(own(share)).checked_div(sum).unwrap_or(0);
			share.amount = share.amount.saturating_sub(part);
			borne = borne.saturating_add(part);
		}
		borne
	}

	/// Pays the miners, returns the rest and ends the job; what cannot be paid stays held and owed.
	fn pay_and_end(
		job: JobId,
		mut record: JobOf<T>,
		mut activity: Activity,
		bill: Bill<T::AccountId>,
	) {
		let Bill { miner, shares, issuer, issuer_fee } = bill;
		let (mut earned, mut royalties, mut owed) = (0u128, 0u128, 0u128);
		let mut debts = Debts::default();
		let several = shares.len() > 1;
		for share in shares {
			let (miner, amount) = (share.miner.clone(), share.amount);
			earned = earned.saturating_add(amount);
			match Self::pay_miner(&mut record, &share) {
				Ok(set_aside) => {
					royalties = royalties.saturating_add(set_aside);
					if several {
						Self::deposit_event(Event::ShareOfJobPaid { job, miner, amount });
					}
				},
				Err(error) => {
					if debts.try_push(share).defensive_proof("a job has at most 8 miners").is_ok() {
						owed = owed.saturating_add(amount);
					}
					Self::deposit_event(Event::PaymentDeferred { job, miner, amount, error });
				},
			}
		}
		activity.royalties_due = activity.royalties_due.saturating_add(royalties);
		let returned = Self::return_rest(&mut record, owed);
		let summary = Summary { miner, amount: earned, royalties, issuer, issuer_fee, returned };
		if debts.is_empty() {
			return Self::fulfilled(job, record, activity, summary);
		}
		Activities::<T>::insert(record.offer.model, activity);
		record.state = JobState::Owed { summary, debts };
		Self::unschedule(job, &mut record.due);
		record.locks = Locks::default();
		Jobs::<T>::insert(job, JobRecord::Live(record));
	}

	pub(crate) fn fulfilled(
		job: JobId,
		record: JobOf<T>,
		mut activity: Activity,
		summary: Summary<T::AccountId>,
	) {
		activity.fulfilled = activity.fulfilled.saturating_add(1);
		let Summary { miner, amount, royalties, issuer, issuer_fee, returned } = summary;
		let end = End::Fulfilled { miner: miner.clone(), amount };
		Self::end(job, record, activity, end);
		Self::deposit_event(Event::JobFulfilled {
			job,
			miner,
			amount,
			royalties,
			issuer,
			issuer_fee,
			returned,
		});
	}

	pub(crate) fn do_fulfil_job(job: JobId) -> DispatchResultWithPostInfo {
		let mut record = Self::live(job)?;
		match record.state {
			JobState::Accepted(_) | JobState::Decided { .. } => {
				let step = super::expiry::Step::Settle;
				let actual_weight = Some(Self::weight_of_step(step, &record));
				Self::settle(job, record);
				Ok(PostDispatchInfo { actual_weight, ..Default::default() })
			},
			JobState::Owed { summary, debts } => {
				record.state = JobState::Open;
				let actual_weight = Some(Self::weight_of_settlement(debts.len() as u32, 1));
				Self::pay_debts(job, record, summary, debts)?;
				Ok(PostDispatchInfo { actual_weight, ..Default::default() })
			},
			_ => Err(Error::<T>::NoReceipt.into()),
		}
	}

	/// Pays what could not be paid before, as far as it can be now.
	fn pay_debts(
		job: JobId,
		mut record: JobOf<T>,
		mut summary: Summary<T::AccountId>,
		mut debts: Debts<T::AccountId>,
	) -> Result<(), DispatchError> {
		let mut activity = Self::activity_of(record.offer.model);
		let (before, mut refusal) = (debts.len(), None);
		let mut royalties = 0u128;
		debts.retain(|debt| match Self::pay_miner(&mut record, debt) {
			Ok(set_aside) => {
				royalties = royalties.saturating_add(set_aside);
				false
			},
			Err(error) => {
				refusal = Some(error);
				true
			},
		});
		if let Some(error) = refusal.filter(|_| debts.len() == before) {
			return Err(error);
		}
		activity.royalties_due = activity.royalties_due.saturating_add(royalties);
		summary.royalties = summary.royalties.saturating_add(royalties);
		if debts.is_empty() {
			// What could not be returned then may be returned now.
			let returned = Self::return_rest(&mut record, 0);
			summary.returned = summary.returned.saturating_add(returned);
			Self::fulfilled(job, record, activity, summary);
			return Ok(());
		}
		Activities::<T>::insert(record.offer.model, activity);
		record.state = JobState::Owed { summary, debts };
		Jobs::<T>::insert(job, JobRecord::Live(record));
		Ok(())
	}
}
