//! What holds between any two blocks.

use crate::{Config, Pallet};

impl<T: Config> Pallet<T> {
	/// Checks that
	///
	/// * what is held from a requester for jobs is the sum over its jobs, price and fee as well as
	///   deposits;
	/// * a job that has ended holds nothing, one that has not holds its highest price and fee;
	/// * a job's number is below the next one;
	/// * every job's model exists while the job lives, and counts it;
	/// * a living job's root is that of its issuers, unless an issuer was removed since, of which there
	///   are never fewer.
	pub fn do_try_state() -> Result<(), polkadot_sdk::sp_runtime::TryRuntimeError> {
		use crate::{HoldReason, Jobs, Models, NextJob};
		use polkadot_sdk::frame_support::{ensure, traits::fungible::InspectHold};
		use quittance_types::Issuers as _;

		let next = NextJob::<T>::get();
		for (number, job) in Jobs::<T>::iter() {
			ensure!(number < next, "a job's number is below the next one");
			let due = if job.ended() { 0 } else { job.max_price().saturating_add(job.issuer_fee) };
			ensure!(job.held == due, "a living job holds price and fee, an ended one nothing");

			let of_requester = || Jobs::<T>::iter_values().filter(|j| j.requester == job.requester);
			let escrow: u128 = of_requester().map(|j| j.held).sum();
			ensure!(
				T::Currency::balance_on_hold(&HoldReason::JobEscrow.into(), &job.requester)
					== escrow,
				"what is held for jobs is the sum over the requester's jobs"
			);
			let deposits: u128 = of_requester().map(|j| j.deposit).sum();
			ensure!(
				T::Currency::balance_on_hold(&HoldReason::JobDeposit.into(), &job.requester)
					== deposits,
				"deposits are held for each of the requester's jobs"
			);
			ensure!(
				job.ended() || Models::<T>::contains_key(job.model),
				"the model of a living job exists"
			);
			let now = T::Issuers::snapshot(&job.issuers).ok_or("a job has at most 16 issuers")?;
			let then = job.issuer_snapshot;
			ensure!(
				then.removed_issuers <= now.removed_issuers,
				"a job is not posted after a removal to come"
			);
			ensure!(
				job.ended() || !T::Issuers::none_removed_since(&then) || now == then,
				"a living job's root is that of its issuers"
			);
		}
		for (id, model) in Models::<T>::iter() {
			let living = Jobs::<T>::iter_values().filter(|j| j.model == id && !j.ended()).count();
			ensure!(model.live_jobs as usize == living, "a model counts its living jobs");
		}
		Ok(())
	}
}
