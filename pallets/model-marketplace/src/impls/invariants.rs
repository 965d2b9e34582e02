//! What holds between any two blocks.

use crate::{Config, Pallet};

impl<T: Config> Pallet<T> {
	/// Checks that
	///
	/// * what is held from an account, for each reason, is the sum over its records: of jobs what each
	///   holds and its deposit, of commitments and reviews their deposits;
	/// * a living job holds its highest price and both fees until it is settled, and then what it owes;
	///   an ended one holds less than the existential deposit;
	/// * a job's number is below the next one, and it was posted before now, when its circuit had been
	///   paused for no longer than now;
	/// * a job has as many locks as its state says, of different miners, none of them its requester or
	///   issuer, at no more than its highest price;
	/// * a living job that waits for a time is in the agenda under that time, and waits for none
	///   where it waits for a panel or for a payment; the agenda has passed none of them, and has nothing
	///   but what some job's record names;
	/// * a job has an escrow and what a private one has beside the rest exactly at the enhanced level, and
	///   then one miner, which has named an owner key;
	/// * every living job's model exists and counts it; every model has its activity and every activity
	///   its model;
	/// * what models owe as royalties is there;
	/// * as many reviews give a rating as are counted;
	/// * a living job's root is that of its issuers, unless an issuer was removed since, of which there
	///   are never fewer.
	pub fn do_try_state() -> Result<(), polkadot_sdk::sp_runtime::TryRuntimeError> {
		Self::check_money()?;
		Self::check_jobs()?;
		Self::check_models()
	}

	/// What the jobs' locks have reserved of each miner's bond, and how many they are. What the miner
	/// registry has reserved for the marketplace must be the same.
	pub fn reserved_bonds() -> alloc::collections::BTreeMap<T::AccountId, (u128, u32)> {
		use crate::{JobRecord, Jobs};

		let mut reserved = alloc::collections::BTreeMap::<_, (u128, u32)>::new();
		for job in Jobs::<T>::iter_values().filter_map(JobRecord::live) {
			for lock in &job.locks {
				let (sum, locks) = reserved.entry(lock.miner.clone()).or_default();
				*sum = sum.saturating_add(job.offer.miner_bond);
				*locks = locks.saturating_add(1);
			}
		}
		reserved
	}

	fn check_money() -> Result<(), polkadot_sdk::sp_runtime::TryRuntimeError> {
		use crate::{Activities, HoldReason, JobRecord, Jobs, LateCommitments, Reviews};
		use alloc::collections::BTreeMap;
		use polkadot_sdk::frame_support::{
			ensure,
			traits::fungible::{Inspect, InspectHold},
		};

		// For each account: escrow, deposits of jobs, of commitments and of reviews.
		let mut sums = BTreeMap::<T::AccountId, [u128; 4]>::new();
		let mut add = |account: &T::AccountId, amounts: [u128; 4]| {
			let sum = sums.entry(account.clone()).or_default();
			for (sum, amount) in sum.iter_mut().zip(amounts) {
				*sum = sum.saturating_add(amount);
			}
		};
		for record in Jobs::<T>::iter_values() {
			match &record {
				JobRecord::Live(job) => add(&job.requester, [job.held, job.deposit, 0, 0]),
				JobRecord::Ended(job) => add(&job.requester, [job.rest, job.deposit, 0, 0]),
			}
		}
		for entry in LateCommitments::<T>::iter_values() {
			add(&entry.depositor, [0, 0, entry.deposit, 0]);
		}
		for review in Reviews::<T>::iter_values() {
			add(&review.reviewer, [0, 0, 0, review.deposit]);
		}
		for (account, due) in sums {
			let held = [
				HoldReason::JobEscrow,
				HoldReason::JobDeposit,
				HoldReason::CommitmentDeposit,
				HoldReason::ReviewDeposit,
			]
			.map(|reason| T::Currency::balance_on_hold(&reason.into(), &account));
			ensure!(held == due, "what is held from an account is the sum over its records");
		}
		let royalties: u128 = Activities::<T>::iter_values().map(|a| a.royalties_due).sum();
		ensure!(
			royalties == 0 || T::Currency::balance(&Self::royalty_account()) >= royalties,
			"what models owe as royalties is there"
		);
		Ok(())
	}

	fn check_jobs() -> Result<(), polkadot_sdk::sp_runtime::TryRuntimeError> {
		use crate::{types::JobState, Agenda, JobRecord, Jobs, NextJob, OldestDue};
		use alloc::collections::BTreeSet;
		use polkadot_sdk::frame_support::{ensure, traits::fungible::Inspect};
		use quittance_types::{Circuits as _, Issuers as _, Level};

		let (next, oldest) = (NextJob::<T>::get(), OldestDue::<T>::get());
		ensure!(oldest <= Self::now(), "the agenda has passed no time to come");
		ensure!(
			Agenda::<T>::iter_keys().all(|(time, job)| time >= oldest && job < next),
			"the agenda has nothing of times that it has passed"
		);
		for (time, number) in Agenda::<T>::iter_keys() {
			let due = match Jobs::<T>::get(number) {
				Some(JobRecord::Live(job)) => job.due,
				Some(JobRecord::Ended(job)) => job.due,
				None => None,
			};
			ensure!(due == Some(time), "what is in the agenda is named by a job's record");
		}
		for (number, record) in Jobs::<T>::iter() {
			ensure!(number < next, "a job's number is below the next one");
			let job = match record {
				JobRecord::Live(job) => job,
				JobRecord::Ended(job) => {
					ensure!(
						job.rest < T::Currency::minimum_balance(),
						"an ended job holds less than the existential deposit"
					);
					continue;
				},
			};
			let stopped =
				job.offer.circuit.map_or(0, |circuit| T::Circuits::stoppage(&circuit).ended);
			ensure!(
				job.posted_at <= Self::now() && job.stopped_before <= stopped,
				"a job's clock is never ahead"
			);
			let owed: u128 = match &job.state {
				JobState::Owed { debts, .. } => debts.iter().map(|debt| debt.amount).sum(),
				// The panel was paid.
				JobState::Judged { .. } => job.private.as_ref().map_or(0, |part| part.prepaid()),
				_ => job.whole(),
			};
			let beyond = job.held.checked_sub(owed).ok_or("a job holds what it owes")?;
			ensure!(
				beyond == 0
					|| matches!(job.state, JobState::Judged { .. })
					|| matches!(job.state, JobState::Owed { .. })
						&& beyond < T::Currency::minimum_balance(),
				"a job holds no more than it owes"
			);

			let (locks, asked) = (job.locks.len(), usize::from(job.offer.redundancy));
			let outputs = job.outputs().count();
			let right_number = match job.state {
				JobState::Open => locks < asked && outputs == 0,
				JobState::Locked => locks == asked && outputs == 0,
				JobState::Revealing { .. } => asked > 1 && (1..=asked).contains(&locks),
				JobState::Delivered { .. }
				| JobState::Disputed
				| JobState::Decided { .. }
				| JobState::Judged { .. } => (1..=locks).contains(&outputs) && locks <= asked,
				JobState::Accepted(_) => locks <= asked,
				JobState::Owed { .. } => locks == 0,
			};
			ensure!(right_number, "a job has the locks and outputs that its state says");
			let miners: BTreeSet<_> = job.locks.iter().map(|lock| &lock.miner).collect();
			ensure!(miners.len() == locks, "a miner locks a job once");
			for lock in &job.locks {
				ensure!(
					Self::ensure_outsider(&job, &lock.miner).is_ok(),
					"neither requester nor issuer does a job"
				);
				ensure!(
					lock.price <= job.offer.payment.max_price(),
					"no lock is at more than the highest price"
				);
			}

			let escrow = job.offer.payment.escrow();
			ensure!(
				job.private.is_some() == escrow.is_some()
					&& (job.offer.level == Level::Enhanced) == escrow.is_some(),
				"what is at the enhanced level has an escrow"
			);
			if let Some(private) = &job.private {
				ensure!(
					!job.is_redundant() && private.taken.is_some() == (locks == 1),
					"the one miner of a private job has named an owner key"
				);
			}
			let waits = !matches!(job.state, JobState::Disputed | JobState::Owed { .. });
			ensure!(job.due.is_some() == waits, "a job waits for a time, a panel or a payment");
			ensure!(
				job.due.is_none_or(|due| Agenda::<T>::contains_key(due, number)),
				"a job that waits for a time is in the agenda"
			);

			let then = job.issuer_snapshot;
			let now = T::Issuers::snapshot(&job.offer.issuers).ok_or("at most 16 issuers")?;
			ensure!(
				then.removed_issuers <= now.removed_issuers,
				"a job is not posted after a removal to come"
			);
			ensure!(
				!T::Issuers::none_removed_since(&then) || now == then,
				"a living job's root is that of its issuers"
			);
		}
		Ok(())
	}

	fn check_models() -> Result<(), polkadot_sdk::sp_runtime::TryRuntimeError> {
		use crate::{Activities, JobRecord, Jobs, Models, Reviews, MAX_RATING};
		use alloc::collections::BTreeMap;
		use polkadot_sdk::frame_support::ensure;
		use quittance_types::ModelId;

		let mut living = BTreeMap::<ModelId, u32>::new();
		for job in Jobs::<T>::iter_values().filter_map(JobRecord::live) {
			ensure!(Models::<T>::contains_key(job.offer.model), "a living job's model exists");
			let count = living.entry(job.offer.model).or_default();
			*count = count.saturating_add(1);
		}
		ensure!(
			Activities::<T>::iter_keys().count() == Models::<T>::iter_keys().count(),
			"every activity is a model's"
		);
		for (id, model) in Models::<T>::iter() {
			let activity = Activities::<T>::get(id).ok_or("every model has its activity")?;
			ensure!(
				activity.live_jobs == living.get(&id).copied().unwrap_or(0),
				"a model counts its living jobs"
			);
			ensure!(
				activity.royalty_parts == model.description.royalty_parts(),
				"a model's activity has its royalties"
			);
			ensure!(
				id == Self::model_id(&model.owner, &model.description),
				"a model's id is the hash of its description"
			);
			let mut ratings = [0u32; MAX_RATING as usize];
			for review in Reviews::<T>::iter_prefix_values(id) {
				if review.registration != activity.registration {
					continue;
				}
				let place = usize::from(review.rating.saturating_sub(1));
				let count = ratings.get_mut(place).ok_or("a rating is 1 to 5")?;
				*count = count.saturating_add(1);
			}
			ensure!(ratings == activity.ratings, "ratings are those of the reviews");
		}
		Ok(())
	}
}
