//! The marketplace as the receipts pallet sees it: whose receipt a job takes, and what becomes of it.

use crate::{
	types::{EndedJob, JobState},
	Config, Error, Event, JobOf, JobRecord, Jobs, Pallet,
};
use alloc::vec::Vec;
use polkadot_sdk::{frame_support::ensure, sp_runtime::DispatchError};
use quittance_types::{
	late_commitment, AcceptedReceipt, Bar, Digest, FieldBytes, Issuers, JobFacts, JobId, JobTime,
	Settlement,
};

/// What a miner's receipt for a job must keep to.
struct Claim {
	/// The most it may be worth.
	max_amount: u128,
	/// Until when it is accepted, by the job's own clock.
	open_until: JobTime,
	/// The output that was delivered, if it was.
	output: Option<Digest>,
	/// What the miner has committed to, where receipts are late.
	commitment: Option<Digest>,
}

impl<T: Config> Pallet<T> {
	fn claim_of(
		job: JobId,
		record: &JobOf<T>,
		miner: &T::AccountId,
		now: JobTime,
	) -> Result<Claim, Bar> {
		let lock = record.lock_of(miner).map(|(_, lock)| lock);
		match record.state {
			JobState::Open | JobState::Locked if record.is_redundant() => Err(Bar::OutputsAwaited),
			JobState::Revealing { .. } => Err(Bar::OutputsAwaited),
			JobState::Open | JobState::Locked => {
				let lock_deadline = record.lock_deadline();
				// Nobody else can divide the escrow of a private job.
				if now > lock_deadline && record.private.is_none() {
					let commitment = Some(Self::committed_to(job, miner)?);
					// A lock fixes the price also for whoever does the job after it.
					let price = record.locks.first().map(|lock| lock.price);
					return Ok(Claim {
						max_amount: price.unwrap_or_else(|| record.price_at(now)),
						open_until: Self::late_until(record),
						output: None,
						commitment,
					});
				}
				let lock = lock.ok_or(match record.locks.is_empty() {
					true => Bar::NotLocked,
					false => Bar::OfAnother,
				})?;
				Ok(Claim {
					max_amount: lock.price,
					open_until: lock_deadline,
					output: None,
					commitment: None,
				})
			},
			JobState::Delivered { until } => {
				let shown = lock.and_then(|lock| Some((lock, lock.delivery.output()?)));
				let (lock, output) = shown.ok_or(Bar::OfAnother)?;
				Ok(Claim {
					max_amount: lock.price,
					open_until: Self::in_force(record, until),
					output: Some(output.digest),
					commitment: None,
				})
			},
			JobState::Disputed | JobState::Decided { .. } | JobState::Judged { .. } => {
				Err(Bar::OnPanel)
			},
			JobState::Accepted(_) | JobState::Owed { .. } => Err(Bar::Settled),
		}
	}

	pub(crate) fn deadline_in_force(job: JobId) -> Option<JobTime> {
		let record = Self::live(job).ok()?;
		let deadline = Self::in_force(&record, record.deadline());
		Some(Self::clock_of(&record).job_time(deadline))
	}

	/// Enough to tell a replay from a second receipt.
	fn facts_of_ended(record: EndedJob<T::AccountId>) -> JobFacts<T::AccountId> {
		JobFacts {
			requester: record.requester,
			model: record.model,
			input: record.input,
			level: record.level,
			circuit: None,
			issuers: Vec::new(),
			issuer_root: Some(FieldBytes([0; 32])),
			max_amount: 0,
			posted_deadline: 0,
			deadline: 0,
			open_until: 0,
			nonce: 0,
			output: None,
			commitment: None,
			bar: Some(Bar::Settled),
		}
	}
}

impl<T: Config> quittance_types::Jobs<T::AccountId> for Pallet<T> {
	type Error = DispatchError;

	fn miner_of(submitter: &T::AccountId) -> T::AccountId {
		Self::acts_for(submitter)
	}

	fn facts(job: JobId, miner: &T::AccountId) -> Option<JobFacts<T::AccountId>> {
		let record = match Jobs::<T>::get(job)? {
			JobRecord::Live(record) => record,
			JobRecord::Ended(record) => return Some(Self::facts_of_ended(record)),
		};
		let clock = Self::clock_of(&record);
		let claim = Self::claim_of(job, &record, miner, clock.now);
		let bar = claim.as_ref().err().copied();
		let claim =
			claim.unwrap_or(Claim { max_amount: 0, open_until: 0, output: None, commitment: None });
		let snapshot = record.issuer_snapshot;
		let current = T::Issuers::none_removed_since(&snapshot);
		Some(JobFacts {
			deadline: clock.job_time(Self::in_force(&record, record.deadline())),
			issuer_root: current.then_some(snapshot.root),
			max_amount: claim.max_amount,
			open_until: clock.job_time(claim.open_until),
			output: claim.output,
			commitment: claim.commitment,
			bar,
			posted_deadline: record.deadline(),
			nonce: record.nonce(),
			requester: record.requester,
			model: record.offer.model,
			input: record.offer.input.digest,
			level: record.offer.level,
			circuit: record.offer.circuit,
			issuers: record.offer.issuers.into_inner(),
		})
	}

	fn ended(job: JobId) -> bool {
		!matches!(Jobs::<T>::get(job), Some(JobRecord::Live(_)))
	}

	fn accept(
		job: JobId,
		receipt: AcceptedReceipt<T::AccountId>,
	) -> Result<Settlement, DispatchError> {
		let mut record = Self::live(job)?;
		// The pool settles those: here nobody would divide the escrow.
		ensure!(record.private.is_none(), Error::<T>::ReceiptBarred);
		let miner = &receipt.miner;
		let now = Self::clock_of(&record).now;
		let claim =
			Self::claim_of(job, &record, miner, now).map_err(|_| Error::<T>::ReceiptBarred)?;
		ensure!(now <= claim.open_until, Error::<T>::DeadlinePassed);
		ensure!(receipt.amount <= claim.max_amount, Error::<T>::AmountAbovePrice);
		if let Some(commitment) = claim.commitment {
			let opened = late_commitment(job, &miner.clone().into(), &receipt.nullifier);
			ensure!(opened == commitment, Error::<T>::CommitmentMismatch);
		}
		if claim.commitment.is_none() && !record.is_redundant() {
			Self::settle_in_time(job, record, receipt);
			return Ok(Settlement::Now);
		}
		// Several payments, or a slash: whoever submits receipts has not weighed those.
		let (miner, amount) = (receipt.miner.clone(), receipt.amount);
		record.state = JobState::Accepted(receipt);
		let now = Self::now();
		Self::schedule(job, &mut record, now);
		Jobs::<T>::insert(job, JobRecord::Live(record));
		Self::deposit_event(Event::SettlementScheduled { job, miner, amount });
		Ok(Settlement::Later)
	}
}
