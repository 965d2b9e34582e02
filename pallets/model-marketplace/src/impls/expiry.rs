//! What time does to a job: the next step of each that is due, and what becomes of its locks.

use crate::{
	types::{Cause, Delivery, End, EndedJob, JobState, Lock, MAX_REDUNDANCY},
	Activities, Activity, Config, Error, Event, JobOf, JobRecord, Jobs, Pallet, WeightInfo,
};
use polkadot_sdk::{
	frame_support::{
		dispatch::{DispatchResultWithPostInfo, PostDispatchInfo},
		ensure,
		traits::{Defensive, Get},
		weights::Weight,
	},
	frame_system,
};
use quittance_types::{Circuits, JobId, JobTime, Miners, ModelId, Outcome, MAX_PANEL_MEMBERS};

/// What is due for a job.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Step {
	/// Give the requester its money back.
	Refund(Cause),
	/// Let the miners of a redundant job show what they have committed to.
	BeginReveals,
	/// Wait for an issuer's signature of outputs that agree.
	BeginSigning,
	/// Ask a panel.
	AskPanel,
	/// Settle an accepted receipt or a verdict.
	Settle,
}

/// What becomes of a lock.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Fate {
	/// The miner did the job.
	Fulfilled,
	/// Nobody is to blame.
	Released,
	/// The bond is lost.
	Forfeited,
}

impl<T: Config> Pallet<T> {
	/// What is due for a job now.
	pub(crate) fn step_due(record: &JobOf<T>) -> Option<Step> {
		let now = Self::clock_of(record).now;
		match record.state {
			// Before any deadline: nobody is to blame.
			JobState::Open | JobState::Locked
				if !record.any_committed() && Self::has_lost_circuit(record) =>
			{
				Some(Step::Refund(Cause::NoCircuit))
			},
			JobState::Open | JobState::Locked if record.is_redundant() => {
				let committed = record.any_committed();
				if now > record.lock_deadline() {
					return Some(match committed {
						true => Step::BeginReveals,
						false => Self::not_done(record),
					});
				}
				(!committed && !Self::some_issuer_in_office(record))
					.then_some(Step::Refund(Cause::NoIssuers))
			},
			JobState::Open | JobState::Locked => {
				if !Self::some_issuer_in_office(record) {
					return Some(Step::Refund(Cause::NoIssuers));
				}
				(now > Self::late_until(record)).then(|| Self::not_done(record))
			},
			// Nothing more can come once all that was committed to is shown, whatever the clock shows.
			JobState::Revealing { until } => {
				(now > until || !record.any_committed()).then(|| Self::step_after_reveals(record))
			},
			JobState::Delivered { until } => {
				let passed = now > Self::in_force(record, until);
				let ask = passed
					|| !Self::some_issuer_in_office(record)
					|| Self::has_lost_circuit(record);
				ask.then_some(Step::AskPanel)
			},
			JobState::Judged { until, .. } => {
				(now > until).then_some(Step::Refund(Cause::Unsettled))
			},
			JobState::Decided { .. } | JobState::Accepted(_) => Some(Step::Settle),
			JobState::Disputed | JobState::Owed { .. } => None,
		}
	}

	/// The end of a job for which nothing was shown.
	fn not_done(record: &JobOf<T>) -> Step {
		Step::Refund(match record.closes_at {
			_ if !record.locks.is_empty() => Cause::Stalled,
			Some(_) => Cause::Cancelled,
			None => Cause::Expired,
		})
	}

	/// Outputs agree where all that was shown is equal and more than half of what was asked for.
	fn step_after_reveals(record: &JobOf<T>) -> Step {
		let mut outputs = record.outputs().map(|(_, output)| output);
		let Some(first) = outputs.next() else { return Self::not_done(record) };
		let (mut shown, mut equal) = (1usize, true);
		for output in outputs {
			shown = shown.saturating_add(1);
			equal &= output == first;
		}
		let enough = shown.saturating_mul(2) > usize::from(record.offer.redundancy);
		if equal && enough {
			Step::BeginSigning
		} else {
			Step::AskPanel
		}
	}

	/// When a job is to be looked at again that was looked at too early.
	pub(crate) fn due_later(record: &JobOf<T>) -> JobTime {
		let then = match record.state {
			JobState::Open | JobState::Locked if record.is_redundant() => record.lock_deadline(),
			JobState::Open | JobState::Locked => Self::late_until(record),
			JobState::Delivered { until } => Self::in_force(record, until),
			JobState::Revealing { until } | JobState::Judged { until, .. } => until,
			_ => return Self::now(),
		};
		let clock = Self::clock_of(record);
		let due = clock.job_time(then);
		// Not in every block of a pause, where its clock stands at a deadline.
		match clock.stands {
			true => due.max(Self::now().saturating_add(T::PanelRetry::get())),
			false => due,
		}
	}

	/// What a step costs, beyond finding it in the agenda.
	pub(crate) fn weight_of_step(step: Step, record: &JobOf<T>) -> Weight {
		match step {
			Step::Refund(_) => T::WeightInfo::refund(record.locks.len() as u32)
				.saturating_add(Self::weight_of_escrow(record)),
			Step::BeginReveals | Step::BeginSigning => T::WeightInfo::begin_phase(),
			// And a refund where no panel can sit.
			Step::AskPanel => T::WeightInfo::ask_panel(record.outputs().count() as u32)
				.saturating_add(T::WeightInfo::refund(record.locks.len() as u32))
				.saturating_add(Self::weight_of_escrow(record)),
			Step::Settle => {
				let members = match &record.state {
					// Or the treasury instead of them.
					JobState::Decided { members, .. } => members.len().max(1) as u32,
					_ => 1,
				};
				// Late, the fulfiller is none of those that had it.
				Self::weight_of_settlement(record.locks.len().saturating_add(1) as u32, members)
					.saturating_add(Self::weight_of_escrow(record))
			},
		}
	}

	/// As if each miner were paid and slashed.
	pub(crate) fn weight_of_settlement(miners: u32, members: u32) -> Weight {
		let miners = miners.min(MAX_REDUNDANCY.into());
		let slashes = T::WeightInfo::refund(miners).saturating_sub(T::WeightInfo::refund(0));
		T::WeightInfo::settle(miners, members).saturating_add(slashes)
	}

	/// What it costs that an escrow is given back, if the job has one.
	pub(crate) fn weight_of_escrow(record: &JobOf<T>) -> Weight {
		match record.offer.payment.escrow() {
			Some(_) => T::EscrowWeight::get(),
			None => Weight::zero(),
		}
	}

	/// The most that ending a job for which nothing was shown costs.
	pub(crate) fn weight_of_refunding() -> Weight {
		T::WeightInfo::refund(MAX_REDUNDANCY.into()).saturating_add(T::EscrowWeight::get())
	}

	/// The most that settling a job costs.
	pub(crate) fn weight_of_settling() -> Weight {
		Self::weight_of_settlement(MAX_REDUNDANCY.into(), MAX_PANEL_MEMBERS)
			.saturating_add(T::EscrowWeight::get())
	}

	/// The most that any step costs.
	pub(crate) fn weight_of_any_step() -> Weight {
		let most = u32::from(MAX_REDUNDANCY);
		let of_panel = T::WeightInfo::ask_panel(most)
			.saturating_add(T::WeightInfo::refund(most))
			.saturating_add(T::EscrowWeight::get());
		Self::weight_of_settling().max(of_panel).max(T::WeightInfo::begin_phase())
	}

	/// Does what is due for a job.
	pub(crate) fn take_step(job: JobId, mut record: JobOf<T>, step: Step) {
		match step {
			Step::Refund(cause) => {
				let fate = match cause {
					Cause::NoIssuers | Cause::Unsettled => Fate::Released,
					_ => Fate::Forfeited,
				};
				Self::close_locks(job, &record, |_| fate);
				Self::refund(job, record, cause);
			},
			Step::BeginReveals => {
				let from = record.lock_deadline();
				Self::begin_reveals(job, &mut record, from);
				Jobs::<T>::insert(job, JobRecord::Live(record));
			},
			Step::BeginSigning => {
				Self::begin_signing(job, &mut record);
				Jobs::<T>::insert(job, JobRecord::Live(record));
			},
			Step::AskPanel => {
				if let Some(record) = Self::ask_panel(job, record) {
					Self::await_panel(job, record);
				}
			},
			Step::Settle => Self::settle(job, record),
		}
	}

	/// Takes a step for whoever asked, and charges what it costs.
	fn take_step_for_call(job: JobId, record: JobOf<T>, step: Step) -> DispatchResultWithPostInfo {
		let actual_weight = Some(Self::weight_of_step(step, &record));
		Self::take_step(job, record, step);
		Ok(PostDispatchInfo { actual_weight, ..Default::default() })
	}

	/// What cannot be ended for want of an output is not, by the name of its state.
	fn ensure_without_output(record: &JobOf<T>) -> Result<(), Error<T>> {
		match record.state {
			JobState::Open | JobState::Locked | JobState::Revealing { .. } => Ok(()),
			_ => Err(Self::not_in(record)),
		}
	}

	pub(crate) fn do_refund_job(job: JobId) -> DispatchResultWithPostInfo {
		let record = Self::live(job)?;
		Self::ensure_without_output(&record)?;
		match Self::step_due(&record) {
			Some(
				step @ Step::Refund(
					Cause::Expired | Cause::Cancelled | Cause::NoIssuers | Cause::NoCircuit,
				),
			) => Self::take_step_for_call(job, record, step),
			Some(Step::Refund(_)) => Err(Error::<T>::LockNotKept.into()),
			Some(_) => Err(Error::<T>::JobRevealing.into()),
			None => Err(Error::<T>::DeadlineNotPassed.into()),
		}
	}

	pub(crate) fn do_slash_job(job: JobId) -> DispatchResultWithPostInfo {
		let record = Self::live(job)?;
		Self::ensure_without_output(&record)?;
		ensure!(!record.locks.is_empty(), Error::<T>::NothingToSlash);
		match Self::step_due(&record) {
			Some(step @ Step::Refund(Cause::Stalled)) => {
				Self::take_step_for_call(job, record, step)
			},
			Some(Step::Refund(_)) => Err(Error::<T>::NothingToSlash.into()),
			Some(_) => Err(Error::<T>::JobRevealing.into()),
			None => Err(Error::<T>::DeadlineNotPassed.into()),
		}
	}

	pub(crate) fn do_advance_job(job: JobId) -> DispatchResultWithPostInfo {
		let record = Self::live(job)?;
		let step = Self::step_due(&record).ok_or(Error::<T>::NothingDue)?;
		if step == Step::AskPanel {
			let actual_weight = Some(Self::weight_of_step(step, &record));
			// Not put off by a call: anybody could keep the agenda from asking.
			ensure!(Self::ask_panel(job, record).is_none(), Error::<T>::TooManyPanels);
			return Ok(PostDispatchInfo { actual_weight, ..Default::default() });
		}
		Self::take_step_for_call(job, record, step)
	}

	/// Ends the job's locks: each gives its part of the bond back, or loses it to the treasury. None loses it
	/// that has shown nothing for want of a circuit.
	pub(crate) fn close_locks(
		job: JobId,
		record: &JobOf<T>,
		fate_of: impl Fn(&Lock<T::AccountId>) -> Fate,
	) {
		Self::close_locks_covering(job, record, fate_of, 0);
	}

	/// As [`Pallet::close_locks`], but that what is lost first makes good to the requester this much, which
	/// it has paid on account of those who lose it. It gets no more than it has paid, and so gains by nobody's
	/// fault. Returns what no bond has made good.
	pub(crate) fn close_locks_covering(
		job: JobId,
		record: &JobOf<T>,
		fate_of: impl Fn(&Lock<T::AccountId>) -> Fate,
		mut cost: u128,
	) -> u128 {
		let bond = record.offer.miner_bond;
		// Looked up once, and only where it matters.
		let mut excused = None;
		for lock in &record.locks {
			let miner = &lock.miner;
			T::Miners::release(miner, bond);
			let fate = match fate_of(lock) {
				Fate::Forfeited
					if lock.delivery == Delivery::Nothing
						&& *excused.get_or_insert_with(|| Self::lost_circuit_in_time(record)) =>
				{
					Fate::Released
				},
				fate => fate,
			};
			match fate {
				Fate::Fulfilled => T::Miners::record_outcome(miner, Outcome::Fulfilled),
				Fate::Released => (),
				Fate::Forfeited => {
					let (amount, covered) = match cost {
						0 => (T::Miners::slash(miner, bond), 0),
						_ => T::Miners::slash_for(miner, bond, &record.requester, cost),
					};
					cost = cost.saturating_sub(covered);
					T::Miners::record_outcome(miner, Outcome::Slashed);
					Self::deposit_event(Event::BondForfeited { job, miner: miner.clone(), amount });
					if covered > 0 {
						let (miner, amount) = (miner.clone(), covered);
						Self::deposit_event(Event::PanelCovered { job, miner, amount });
					}
				},
			}
		}
		cost
	}

	/// What becomes of the lock of a miner that has shown its output, or has not, where nobody is found
	/// to be wrong.
	pub(crate) fn fate_unless_blamed(lock: &Lock<T::AccountId>, if_shown: Fate) -> Fate {
		match lock.delivery {
			Delivery::Delivered(_) => if_shown,
			Delivery::Nothing | Delivery::Committed(_) => Fate::Forfeited,
		}
	}

	/// Gives the requester back what is still held, and ends the job. Its locks have been closed.
	pub(crate) fn refund(job: JobId, mut record: JobOf<T>, cause: Cause) {
		let amount = Self::return_rest(&mut record, 0);
		let requester = record.requester.clone();
		Self::deposit_event(Event::JobRefunded { job, requester, amount, cause });
		let mut activity = Self::activity_of(record.offer.model);
		let missed =
			matches!(cause, Cause::Stalled | Cause::Wrong | Cause::Undecided | Cause::Unproven);
		if missed && record.is_proved() {
			activity.proofs_missed = activity.proofs_missed.saturating_add(1);
		}
		Self::end(job, record, activity, End::Refunded(cause));
	}

	/// What the chain saw of a living job's model.
	pub(crate) fn activity_of(model: ModelId) -> Activity {
		Activities::<T>::get(model).defensive_unwrap_or_default()
	}

	/// Writes the job's last state and lets go of what it kept alive.
	pub(crate) fn end(
		job: JobId,
		record: JobOf<T>,
		mut activity: Activity,
		end: End<T::AccountId>,
	) {
		if let Some(circuit) = record.offer.circuit {
			T::Circuits::release(&circuit);
		}
		Self::give_back_escrow(job, &record, &end);
		activity.live_jobs = activity.live_jobs.saturating_sub(1);
		let registration = activity.registration;
		Activities::<T>::insert(record.offer.model, activity);
		let ended = EndedJob {
			requester: record.requester,
			model: record.offer.model,
			registration,
			input: record.offer.input.digest,
			level: record.offer.level,
			deposit: record.deposit,
			rest: record.held,
			due: record.due,
			end,
			reviewed: false,
		};
		Jobs::<T>::insert(job, JobRecord::Ended(ended));
	}

	/// Relations between configured numbers.
	pub(crate) fn check_configuration() {
		assert!(T::AgendaSteps::get() > 0, "the agenda moves on");
		assert!(T::SigningTime::get() > 0, "an issuer has some time to sign");
		assert!(T::RevealTime::get() > 0, "miners have some time to show their outputs");
		assert!(T::OpeningTime::get() > 0, "a requester has some time to send an opening");
		assert!(T::PanelRetry::get() > 0, "a panel is not asked again in every block");
		let step = Self::weight_of_any_step().saturating_add(T::WeightInfo::agenda_entry());
		let block = <T as frame_system::Config>::BlockWeights::get().max_block;
		assert!(
			step.saturating_mul(10).all_lte(block),
			"every step of the agenda fits the part of a block that is never full"
		);
	}
}
