//! What to do next for a job: decided anew each time, from what the chain says and what is on disk. Nothing
//! here reads or writes anything, and nothing is remembered that could be wrong after a crash.

use crate::{
	policy::{Decision, Policy, SkipReason},
	settlement::taken,
	store::{Ending, Row, SettlementBy, SettlementCall},
};
use quittance_client::{Claim, Delivery, End, EndedJob, Extension, Job, JobRecord, JobState, Lock};
use quittance_types::{Bar, Digest, JobTime, Level};
use quittance_wallet::GRACE_BLOCKS;

/// Job time after which something that the chain's idle blocks would have done is asked for by a
/// transaction.
const PATIENCE: JobTime = 10;

/// Job time between two looks at a job that others have to bring on.
const BETWEEN_LOOKS: JobTime = 2;

/// Job time between two looks at a job that a panel judges.
const BETWEEN_LOOKS_AT_PANELS: JobTime = 50;

/// Blocks after which a settlement that is in none is made anew: long before the wallet would not look for its note
/// any more.
const SETTLEMENT_LASTS: u64 = GRACE_BLOCKS / 2;

/// A job as it stands on the chain.
#[derive(Clone, Debug, Default)]
pub(crate) struct Standing {
	/// Its record.
	pub(crate) record: Option<JobRecord>,
	/// By how much its times have moved.
	pub(crate) extension: Extension,
	/// Job time.
	pub(crate) now: JobTime,
	/// Number of the block.
	pub(crate) block: u64,
	/// What the miner has committed to for a late receipt, and in which block.
	pub(crate) commitment: Option<(Digest, u64)>,
}

/// How much job time steps take, as measured.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Durations {
	/// From fetching the input to the stored output.
	pub(crate) execution: JobTime,
	/// An issuer's answer.
	pub(crate) signing: JobTime,
	/// A proof.
	pub(crate) proving: JobTime,
}

/// What to do next.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Step {
	/// Look at the input, then lock the job.
	Look,
	/// Look for the opening of a private job, which is not worked for without.
	Receive {
		/// From when on it is no use any more.
		until: JobTime,
	},
	/// Give a private job back.
	Decline,
	/// Run the model and store the output.
	Compute,
	/// Ask an issuer.
	Sign,
	/// Prove the receipt, or the settlement of a private job.
	Prove,
	/// Submit the receipt, or send the settlement.
	Submit,
	/// Show the output.
	Deliver,
	/// Commit to the output of a redundant job.
	Commit,
	/// Show the output that was committed to.
	Reveal,
	/// Commit to a late receipt.
	CommitLate,
	/// Have the job settled, or what is owed paid.
	Collect,
	/// Take back the deposit for a commitment.
	Withdraw,
	/// Nothing before this time.
	Wait(JobTime),
	/// Nothing more for a job that was ours.
	End(Ending),
}

impl Policy {
	/// What to do next for a job, or why it is left alone.
	pub(crate) fn next(
		&self,
		row: &Row,
		standing: &Standing,
		durations: &Durations,
	) -> Result<Step, SkipReason> {
		let now = standing.now;
		let job = match &standing.record {
			None if row.output_salt.is_some() => return Ok(Step::End(Ending::Gone)),
			None => return Err(SkipReason::Unknown),
			Some(JobRecord::Ended(job)) => return Ok(self.after_the_end(job, standing)),
			Some(JobRecord::Live(job)) => job,
		};
		if job.private.as_ref().is_some_and(|private| private.declined.contains(&self.miner)) {
			return Ok(Step::End(Ending::Declined));
		}
		match &job.state {
			JobState::Owed { summary, debts } => {
				if debts.iter().any(|debt| debt.miner == self.miner) {
					return Ok(Step::Collect);
				}
				return match summary.miner == self.miner {
					true => Ok(Step::End(Ending::Paid(summary.amount))),
					false => Err(SkipReason::Taken),
				};
			},
			JobState::Accepted(_) | JobState::Decided { .. } if self.concerns(job) => {
				return Ok(settled_soon(job, now))
			},
			JobState::Disputed if self.concerns(job) => {
				return Ok(Step::Wait(now.saturating_add(BETWEEN_LOOKS_AT_PANELS)))
			},
			JobState::Judged { until, .. } if self.concerns(job) => {
				return Ok(next_judged(row, standing, job, *until))
			},
			JobState::Accepted(_)
			| JobState::Decided { .. }
			| JobState::Disputed
			| JobState::Judged { .. } => return Err(SkipReason::Taken),
			_ => {},
		}
		match job.lock_of(&self.miner) {
			Some(lock) if job.is_redundant() => {
				self.next_redundant(row, standing, durations, job, lock)
			},
			Some(lock) if job.private.is_some() => {
				self.next_private(row, standing, durations, job, lock)
			},
			Some(_) => self.next_ours(row, standing, durations, job),
			None => self.next_open(row, standing, durations, job),
		}
	}

	/// Whether nothing of ours is to be done for a job that we have before others have acted, if the next step
	/// is this one: it waits to be settled, or for a panel, or for its end. One that others have yet to commit
	/// to or show is not at rest: it has our work still to come.
	pub(crate) fn is_at_rest(&self, step: &Step, standing: &Standing) -> bool {
		let Some(JobRecord::Live(job)) = &standing.record else { return true };
		if !matches!(step, Step::Wait(_) | Step::Collect) {
			return false;
		}
		let now = standing.now;
		let claim = job.claim_of(&self.miner, now, &standing.extension);
		let open = claim.is_ok_and(|claim| now <= claim.open_until);
		match &job.state {
			JobState::Open | JobState::Locked if job.is_redundant() => false,
			// What was committed to is submitted from the next block on.
			JobState::Open | JobState::Locked => !open || standing.commitment.is_none(),
			JobState::Revealing { .. } => false,
			JobState::Delivered { .. } => !open,
			JobState::Accepted(_) | JobState::Decided { .. } => true,
			JobState::Disputed | JobState::Owed { .. } => true,
			// Only once it cannot be divided any more.
			JobState::Judged { .. } => true,
		}
	}

	/// Whether something of ours hangs on a job that is about to be settled.
	fn concerns(&self, job: &Job) -> bool {
		let accepted = match &job.state {
			JobState::Accepted(receipt) => receipt.miner == self.miner,
			_ => false,
		};
		accepted || job.lock_of(&self.miner).is_some()
	}

	fn after_the_end(&self, job: &EndedJob, standing: &Standing) -> Step {
		if standing.commitment.is_some() {
			return Step::Withdraw;
		}
		Step::End(match &job.end {
			End::Fulfilled { miner, .. }
				if *miner == self.miner && job.level == Level::Enhanced =>
			{
				Ending::Settled
			},
			End::Fulfilled { miner, amount } if *miner == self.miner => Ending::Paid(*amount),
			End::Fulfilled { .. } => Ending::Taken,
			End::Refunded(_) => Ending::Refunded,
		})
	}

	/// A job that we alone have.
	fn next_ours(
		&self,
		row: &Row,
		standing: &Standing,
		durations: &Durations,
		job: &Job,
	) -> Result<Step, SkipReason> {
		let now = standing.now;
		match job.claim_of(&self.miner, now, &standing.extension) {
			Ok(claim) if now > claim.open_until => Ok(Step::Wait(after(claim.open_until, now))),
			Ok(claim) if claim.late => Ok(self.next_late(row, standing, job)),
			Ok(claim) => self.next_in_time(row, standing, durations, job, &claim),
			// Told apart before; whatever it is, it does not last.
			Err(_) => Ok(Step::Wait(now.saturating_add(BETWEEN_LOOKS))),
		}
	}

	/// A private job that we have. Without its opening, which says what it pays, there is no work: what cannot be opened
	/// is given back while that is possible. A bond never hangs on a requester's word: once it is too late to give the
	/// job back, the output keeps the lock.
	fn next_private(
		&self,
		row: &Row,
		standing: &Standing,
		durations: &Durations,
		job: &Job,
		lock: &Lock,
	) -> Result<Step, SkipReason> {
		let (now, deadline) = (standing.now, job.lock_deadline());
		let is_open = is_open(row, job);
		if job.state == JobState::Locked {
			let declinable = now <= lock.at.saturating_add(self.opening_time).min(deadline);
			let until = self.opened_until(job, lock, durations);
			let given_up = match is_open {
				// It would be lost by what there is no time for.
				true => {
					let ends = now.saturating_add(self.reserve) >= deadline;
					now > deadline || (ends && row.output.is_none())
				},
				false => now >= until || is_refused(row, job),
			};
			match (given_up, is_open) {
				(true, _) if declinable => return Ok(Step::Decline),
				(true, _) if now > deadline => return Ok(Step::Wait(after(deadline, now))),
				(true, false) if row.output.is_some() => return Ok(Step::Deliver),
				(true, false) => return Ok(Step::Compute),
				(false, false) => return Ok(Step::Receive { until }),
				(_, true) => {},
			}
		}
		match job.claim_of(&self.miner, now, &standing.extension) {
			Ok(claim) if now > claim.open_until => Ok(Step::Wait(after(claim.open_until, now))),
			// Nobody sends one any more, but one that was sent may not have been seen.
			Ok(claim) if !is_open => Ok(Step::Receive { until: after(claim.open_until, now) }),
			Ok(claim) => self.next_in_time(row, standing, durations, job, &claim),
			Err(_) => Ok(Step::Wait(now.saturating_add(BETWEEN_LOOKS))),
		}
	}

	/// From when on an opening comes too late for a private job that we have: it could not be declined any more, or the
	/// work could not be shown in time.
	fn opened_until(&self, job: &Job, lock: &Lock, durations: &Durations) -> JobTime {
		let half = self.opening_time.checked_div(2).unwrap_or(0);
		let reserve = self.reserve.min(half);
		let declined = lock.at.saturating_add(self.opening_time).saturating_sub(reserve);
		let needed = self.reserve.saturating_add(durations.execution);
		declined.min(job.lock_deadline().saturating_sub(needed))
	}

	fn next_in_time(
		&self,
		row: &Row,
		standing: &Standing,
		durations: &Durations,
		job: &Job,
		claim: &Claim,
	) -> Result<Step, SkipReason> {
		let now = standing.now;
		let Some(output) = row.output else { return Ok(Step::Compute) };
		if claim.output.is_some_and(|delivered| delivered != output) {
			return Err(SkipReason::BadBlob("another output was delivered".to_owned()));
		}
		let proved = job.offer.level != Level::Transparent;
		let prepared = match job.private {
			Some(_) => settlement(row, standing.block, true).is_some(),
			None => self.prepared(row),
		};
		let (signing, proving) = match (&row.signed, prepared) {
			(None, _) if proved => (durations.signing, durations.proving),
			(None, _) => (durations.signing, 0),
			(Some(_), false) if proved => (0, durations.proving),
			_ => (0, 0),
		};
		let needed = self.reserve.saturating_add(signing).saturating_add(proving);
		let nothing_shown = claim.output.is_none();
		// What is delivered is ours until it is signed, and a panel judges it if nobody signs.
		let ends = nothing_shown && now.saturating_add(needed) >= job.lock_deadline();
		Ok(match (&row.signed, prepared) {
			(None, _) if ends => Step::Deliver,
			(None, _) => Step::Sign,
			(Some(_), false) if proved && ends => Step::Deliver,
			(Some(_), false) => Step::Prove,
			// Nobody pays for its place in a block, and it has none until it is there.
			(Some(_), true) if ends && job.private.is_some() => Step::Deliver,
			(Some(_), true) => Step::Submit,
		})
	}

	/// Job time for which issuers can be waited for: until the output must be shown instead, if we alone have
	/// the job and have shown nothing; `None` where no lock hangs on it.
	pub(crate) fn time_to_sign(
		&self,
		job: &Job,
		now: JobTime,
		proving: JobTime,
	) -> Option<JobTime> {
		let lock = job.lock_of(&self.miner)?;
		let (deadline, nothing) = (job.lock_deadline(), lock.delivery == Delivery::Nothing);
		let hangs = !job.is_redundant() && nothing && now <= deadline;
		let needed = now.saturating_add(self.reserve).saturating_add(proving);
		hangs.then(|| deadline.saturating_sub(needed))
	}

	/// Whether there is a receipt that our key can submit.
	fn prepared(&self, row: &Row) -> bool {
		row.receipt.as_ref().is_some_and(|prepared| prepared.submitter == self.hot_key)
	}

	/// A job whose lock was not kept, by us or by another: the bond is lost, the price can still be
	/// earned. A commitment that is on the chain has its deposit paid: what was begun is ended.
	fn next_late(&self, row: &Row, standing: &Standing, job: &Job) -> Step {
		let now = standing.now;
		let nothing = Step::Wait(after(job.deadline(), now));
		if !self.late && standing.commitment.is_none() {
			return nothing;
		}
		let Some(expected) = row.late_commitment else {
			return if row.output.is_none() { Step::Compute } else { Step::Sign };
		};
		match standing.commitment {
			Some((commitment, block)) if commitment == expected => match standing.block > block {
				true if self.prepared(row) => Step::Submit,
				true => Step::Prove,
				false => Step::Wait(now.saturating_add(1)),
			},
			_ if self.late => Step::CommitLate,
			_ => nothing,
		}
	}

	fn next_redundant(
		&self,
		row: &Row,
		standing: &Standing,
		durations: &Durations,
		job: &Job,
		lock: &Lock,
	) -> Result<Step, SkipReason> {
		let (now, deadline) = (standing.now, job.lock_deadline());
		Ok(match (&job.state, lock.delivery) {
			(JobState::Open | JobState::Locked, Delivery::Nothing) if now > deadline => {
				Step::End(Ending::Missed)
			},
			(JobState::Open | JobState::Locked, Delivery::Nothing) => match row.output {
				None => Step::Compute,
				Some(_) => Step::Commit,
			},
			// Committed to, and not on disk any more: the same output is made again.
			(JobState::Open | JobState::Locked, Delivery::Committed(_)) if row.output.is_none() => {
				Step::Compute
			},
			(JobState::Open | JobState::Locked, Delivery::Committed(_)) => match now > deadline {
				true => Step::Reveal,
				false => Step::Wait(now.saturating_add(BETWEEN_LOOKS)),
			},
			(JobState::Revealing { until }, Delivery::Committed(_)) if now <= *until => {
				match row.output {
					None => Step::Compute,
					Some(_) => Step::Reveal,
				}
			},
			(JobState::Revealing { .. }, Delivery::Delivered(_)) => {
				Step::Wait(now.saturating_add(BETWEEN_LOOKS))
			},
			(JobState::Revealing { .. }, _) => Step::End(Ending::Missed),
			(JobState::Delivered { .. }, Delivery::Delivered(_)) => {
				return self.next_delivered(row, standing, durations, job)
			},
			_ => Step::Wait(now.saturating_add(BETWEEN_LOOKS)),
		})
	}

	/// One of several miners brings the receipt; the others see it paid.
	fn next_delivered(
		&self,
		row: &Row,
		standing: &Standing,
		durations: &Durations,
		job: &Job,
	) -> Result<Step, SkipReason> {
		let now = standing.now;
		match job.claim_of(&self.miner, now, &standing.extension) {
			Ok(claim) if now <= claim.open_until => {
				self.next_in_time(row, standing, durations, job, &claim)
			},
			Ok(claim) => Ok(Step::Wait(after(claim.open_until, now))),
			Err(Bar::Settled | Bar::OnPanel) => Err(SkipReason::OnPanel),
			Err(_) => Ok(Step::Wait(now.saturating_add(BETWEEN_LOOKS))),
		}
	}

	/// A job that nobody has, or another.
	fn next_open(
		&self,
		row: &Row,
		standing: &Standing,
		durations: &Durations,
		job: &Job,
	) -> Result<Step, SkipReason> {
		let now = standing.now;
		if let Ok(claim) = job.claim_of(&self.miner, now, &standing.extension) {
			// What was begun is ended.
			let begun =
				row.late_commitment.is_some() && (self.late || standing.commitment.is_some());
			if claim.late && now <= claim.open_until && begun {
				return Ok(self.next_late(row, standing, job));
			}
		}
		let needed =
			durations.execution.saturating_add(durations.signing).saturating_add(durations.proving);
		match self.consider_open(job, now, needed) {
			Decision::Lock => Ok(Step::Look),
			Decision::Wait(time) => Ok(Step::Wait(time)),
			Decision::Skip(reason) => Err(reason),
		}
	}
}

/// Whether a private job that we have is open to us.
fn is_open(row: &Row, job: &Job) -> bool {
	row.private.as_ref().zip(taken(job)).is_some_and(|(row, taken)| row.is_open(&taken.agreement))
}

/// Whether what its requester has sent is not worth the work, and nothing else can come.
fn is_refused(row: &Row, job: &Job) -> bool {
	let declined = row.private.as_ref().and_then(|row| row.declined);
	declined.zip(taken(job)).is_some_and(|(declined, taken)| declined == taken.agreement)
}

/// The settlement that can be sent as of a block, by a receipt or by a verdict.
fn settlement(row: &Row, block: u64, by_receipt: bool) -> Option<&SettlementCall> {
	let call = row.private.as_ref()?.settlement.as_ref()?;
	let fits = matches!(call.claims, SettlementBy::Receipt(_)) == by_receipt;
	(fits && block <= call.made_at.saturating_add(SETTLEMENT_LASTS)).then_some(call)
}

/// A private job of ours whose output a panel has found right.
fn next_judged(row: &Row, standing: &Standing, job: &Job, until: JobTime) -> Step {
	let now = standing.now;
	match settlement(row, standing.block, false) {
		_ if now > until => Step::Wait(after(until, now)),
		_ if !is_open(row, job) => Step::Receive { until: after(until, now) },
		Some(_) => Step::Submit,
		None => Step::Prove,
	}
}

/// A job that idle blocks settle. If they do not, we do.
fn settled_soon(job: &Job, now: JobTime) -> Step {
	let due = job.due.unwrap_or(now);
	match now > due.saturating_add(PATIENCE) {
		true => Step::Collect,
		false => Step::Wait(now.saturating_add(BETWEEN_LOOKS)),
	}
}

/// A time after this one and not before the next.
fn after(time: JobTime, now: JobTime) -> JobTime {
	time.max(now).saturating_add(1)
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::{
		policy::tests::{agreement, job, locked, policy, private, HOT_KEY, ISSUER, MINER, OTHER},
		store::{KeptOpening, Prepared, PrivateRow},
	};
	use quittance_client::{AccountId, Cause, Debt, Summary, Taken};
	use quittance_issuer::SignedReceipt;
	use quittance_types::{
		AcceptedReceipt, Blob, Body, FieldBytes, Header, PrivateOffer, Receipt, SettleClaims,
		SettleVerdictClaims, SettlementClaims, TransparentReceipt, Verdict,
	};

	const OUTPUT: Blob = Blob { digest: [7; 32], size: 9 };
	const COMMITMENT: Digest = [9; 32];

	fn body() -> Body {
		Body {
			units: 2,
			unit_price: 3,
			amount: 6,
			start: 1,
			end: 2,
			expires_at: 60,
			serial: 1,
			output: OUTPUT.digest,
		}
	}

	fn signed() -> SignedReceipt {
		let signature = vec![5; 96];
		SignedReceipt { level: Level::Basic, issuer: ISSUER, body: body(), salt: 9, signature }
	}

	fn prepared(submitter: AccountId) -> Prepared {
		let receipt = TransparentReceipt { issuer: ISSUER, body: body(), signature: [5; 64] };
		Prepared { receipt: Receipt::Transparent(receipt), submitter }
	}

	/// What the store has after so many steps: nothing, a salt, the output, a signed receipt, a proof.
	fn row(steps: u32) -> Row {
		let mut row = Row::default();
		if steps > 0 {
			row.output_salt = Some([1; 32]);
		}
		if steps > 1 {
			row.output = Some(OUTPUT);
		}
		if steps > 2 {
			row.signed = Some(signed());
			row.late_commitment = Some(COMMITMENT);
		}
		if steps > 3 {
			row.receipt = Some(prepared(HOT_KEY));
		}
		row
	}

	const NOTHING: u32 = 0;
	const SALTED: u32 = 1;
	const COMPUTED: u32 = 2;
	const SIGNED: u32 = 3;
	const PROVEN: u32 = 4;

	fn at(job: Job, now: JobTime) -> Standing {
		Standing { record: Some(JobRecord::Live(job)), now, block: now, ..Standing::default() }
	}

	fn next(steps: u32, standing: &Standing) -> Result<Step, SkipReason> {
		policy().next(&row(steps), standing, &Durations::default())
	}

	/// What is shown of the lock of [`locked`], in a state.
	fn showing(delivery: Delivery, state: JobState) -> Job {
		let mut job = locked(MINER);
		job.locks[0].delivery = delivery;
		Job { state, ..job }
	}

	fn accepted(miner: AccountId) -> JobState {
		let nullifier = FieldBytes([0; 32]);
		JobState::Accepted(AcceptedReceipt { miner, issuer: ISSUER, amount: 6, nullifier })
	}

	fn owed(miner: AccountId, debtor: AccountId) -> JobState {
		let summary =
			Summary { miner, amount: 6, royalties: 0, issuer: None, issuer_fee: 1, returned: 0 };
		JobState::Owed { summary, debts: vec![Debt { miner: debtor, amount: 6 }] }
	}

	fn ended(end: End) -> Standing {
		let job = EndedJob {
			requester: AccountId([3; 32]),
			model: [6; 32],
			input: [7; 32],
			level: Level::Basic,
			deposit: 2,
			rest: 0,
			end,
			reviewed: false,
		};
		Standing { record: Some(JobRecord::Ended(job)), now: 45, ..Standing::default() }
	}

	/// Every state of a job that we alone have, at every stage of its work. The lock deadline is 40, the
	/// reserve 3, the deadline 50.
	#[test]
	fn a_job_of_ours_is_brought_on_from_wherever_it_is() {
		let delivered = || showing(Delivery::Delivered(OUTPUT), JobState::Delivered { until: 90 });
		let table = [
			(locked(MINER), 30, NOTHING, Step::Compute),
			(locked(MINER), 30, SALTED, Step::Compute),
			(locked(MINER), 30, COMPUTED, Step::Sign),
			(locked(MINER), 36, COMPUTED, Step::Sign),
			(locked(MINER), 37, COMPUTED, Step::Deliver),
			(locked(MINER), 40, COMPUTED, Step::Deliver),
			(locked(MINER), 30, SIGNED, Step::Prove),
			(locked(MINER), 37, SIGNED, Step::Deliver),
			(locked(MINER), 30, PROVEN, Step::Submit),
			(locked(MINER), 40, PROVEN, Step::Submit),
			(delivered(), 41, NOTHING, Step::Compute),
			(delivered(), 41, COMPUTED, Step::Sign),
			(delivered(), 90, COMPUTED, Step::Sign),
			(delivered(), 41, SIGNED, Step::Prove),
			(delivered(), 41, PROVEN, Step::Submit),
			(delivered(), 91, PROVEN, Step::Wait(92)),
			(showing(Delivery::Delivered(OUTPUT), JobState::Disputed), 91, PROVEN, Step::Wait(141)),
			(Job { state: accepted(MINER), ..locked(MINER) }, 45, PROVEN, Step::Wait(47)),
			(Job { state: accepted(MINER), ..locked(MINER) }, 60, PROVEN, Step::Wait(62)),
			(Job { state: accepted(MINER), ..locked(MINER) }, 61, PROVEN, Step::Collect),
			(Job { state: owed(MINER, MINER), ..locked(MINER) }, 45, PROVEN, Step::Collect),
			(
				Job { state: owed(MINER, OTHER), ..locked(MINER) },
				45,
				PROVEN,
				Step::End(Ending::Paid(6)),
			),
		];
		for (job, now, steps, step) in table {
			let state = job.state.clone();
			assert_eq!(next(steps, &at(job, now)), Ok(step), "{state:?} at {now} after {steps}");
		}
	}

	/// A job keeps its place among those that are worked on for as long as there is work to come.
	#[test]
	fn a_job_is_at_rest_when_only_others_can_bring_it_on() {
		let rests = |steps, standing: &Standing| {
			let step = next(steps, standing).unwrap();
			policy().is_at_rest(&step, standing)
		};
		let shown = |state| showing(Delivery::Delivered(OUTPUT), state);
		let verdict = Verdict::Undecided;
		let signing = JobState::Delivered { until: 90 };
		let plain = [
			(locked(MINER), 30, PROVEN, false),
			(locked(MINER), 45, PROVEN, false),
			(locked(MINER), 51, PROVEN, true),
			(shown(signing.clone()), 41, COMPUTED, false),
			(shown(signing.clone()), 91, PROVEN, true),
			(shown(JobState::Disputed), 91, PROVEN, true),
			(shown(JobState::Decided { verdict, members: vec![] }), 91, PROVEN, true),
			(Job { state: accepted(MINER), ..locked(MINER) }, 45, PROVEN, true),
			(Job { state: accepted(MINER), ..locked(MINER) }, 61, PROVEN, true),
			(Job { state: owed(MINER, MINER), ..locked(MINER) }, 45, PROVEN, true),
		];
		for (job, now, steps, at_rest) in plain {
			let state = job.state.clone();
			assert_eq!(rests(steps, &at(job, now)), at_rest, "{state:?} at {now} after {steps}");
		}
		let late = |block, commitment| Standing { block, commitment, ..at(locked(MINER), 45) };
		assert!(!rests(PROVEN, &late(45, Some((COMMITMENT, 45)))), "submitted in the next block");
		let never = Policy { late: false, ..policy() };
		assert!(never.is_at_rest(&Step::Wait(51), &late(45, None)));
		let paid = ended(End::Fulfilled { miner: MINER, amount: 6 });
		assert!(rests(PROVEN, &paid), "to be seen final");

		let (committed, delivered) = (Delivery::Committed([1; 32]), Delivery::Delivered(OUTPUT));
		let revealing = JobState::Revealing { until: 60 };
		let redundant = [
			(Delivery::Nothing, JobState::Open, 30, false),
			(committed, JobState::Open, 30, false),
			(committed, JobState::Locked, 41, false),
			(delivered, revealing, 50, false),
			(delivered, signing.clone(), 61, false),
			(delivered, signing.clone(), 91, true),
			(committed, signing, 61, true),
			(delivered, JobState::Disputed, 61, true),
			(delivered, accepted(OTHER), 45, true),
		];
		for (delivery, state, now, at_rest) in redundant {
			let mut job = showing(delivery, state.clone());
			job.offer.redundancy = 2;
			let found = rests(COMPUTED, &at(job, now));
			assert_eq!(found, at_rest, "{delivery:?} {state:?} at {now}");
		}
	}

	fn private_row() -> PrivateRow {
		let field = FieldBytes([1; 32]);
		PrivateRow::new(PrivateOffer { escrow: field, terms: field, change_key: [3; 64] })
	}

	/// A settlement made at block 30.
	fn settlement_by(receipt: bool) -> SettlementCall {
		let field = FieldBytes([1; 32]);
		let header = Header {
			genesis: [1; 32],
			pallet: 44,
			circuit: [18; 32],
			subject: Some(field),
			arguments: [4; 32],
			submitter: None,
			payee: OTHER,
			valid_until: 50,
			nonce: 1,
		};
		let settlement = SettlementClaims {
			payee: field,
			change: field,
			ephemeral_key: [field; 2],
			encrypted_change: field,
			fee: 7,
		};
		let claims = match receipt {
			true => SettlementBy::Receipt(SettleClaims {
				settlement,
				issuer_root: field,
				issuer_index: 0,
				nullifier: field,
				expires_at: 60,
				as_of: 30,
			}),
			false => SettlementBy::Verdict(SettleVerdictClaims { settlement }),
		};
		let (ciphertext, proof) = ([8; 128], [9; 256]);
		SettlementCall { header, claims, ciphertext, audit: None, proof, made_at: 30 }
	}

	/// What the store has of a private job after so many steps: the offer, an opening, and then as of any job, with a
	/// settlement in place of a receipt.
	fn private_row_of(steps: u32) -> Row {
		let mut row = row(steps.saturating_sub(OPENED));
		row.late_commitment = None;
		let mut private = private_row();
		if steps >= OPENED {
			private.opening = Some(KeptOpening { agreement: agreement(6), sealed: [1; 160] });
		}
		if row.receipt.take().is_some() {
			private.settlement = Some(settlement_by(true));
		}
		row.private = Some(private);
		row
	}

	const OFFERED: u32 = 0;
	const OPENED: u32 = 1;

	fn next_private(steps: u32, standing: &Standing) -> Result<Step, SkipReason> {
		policy().next(&private_row_of(steps), standing, &Durations::default())
	}

	/// Every state of a private job that we have, at every stage of its work. It was locked at 26 and can be declined
	/// until 38; the lock deadline is 40, the reserve 3, the deadline 50.
	#[test]
	fn a_private_job_of_ours_is_brought_on_from_wherever_it_is() {
		let ours = || private(locked(MINER));
		let shown = |state| private(showing(Delivery::Delivered(OUTPUT), state));
		let delivered = || shown(JobState::Delivered { until: 90 });
		let judged = || shown(JobState::Judged { units: 2, borne: 1, until: 90 });
		let decided = |verdict| shown(JobState::Decided { verdict, members: vec![] });
		let (computed, signed, proven) = (OPENED + COMPUTED, OPENED + SIGNED, OPENED + PROVEN);
		let receive = |until| Step::Receive { until };
		let table = [
			// Until there is an opening there is no work, and from 35 on there may be no time to give it back.
			(ours(), 26, OFFERED, receive(35)),
			(ours(), 34, OFFERED, receive(35)),
			(ours(), 35, OFFERED, Step::Decline),
			(ours(), 38, OFFERED, Step::Decline),
			// Too late for that: the output keeps the lock.
			(ours(), 39, OFFERED, Step::Compute),
			(ours(), 41, OFFERED, Step::Wait(42)),
			(ours(), 26, OPENED, Step::Compute),
			(ours(), 30, OPENED + SALTED, Step::Compute),
			(ours(), 36, OPENED + SALTED, Step::Compute),
			// There is no time left for it, and the bond can be saved.
			(ours(), 37, OPENED + SALTED, Step::Decline),
			(ours(), 38, OPENED + SALTED, Step::Decline),
			(ours(), 39, OPENED + SALTED, Step::Compute),
			(ours(), 30, computed, Step::Sign),
			(ours(), 36, computed, Step::Sign),
			(ours(), 37, computed, Step::Deliver),
			(ours(), 40, computed, Step::Deliver),
			(ours(), 41, computed, Step::Wait(42)),
			(ours(), 30, signed, Step::Prove),
			(ours(), 37, signed, Step::Deliver),
			(ours(), 30, proven, Step::Submit),
			(ours(), 36, proven, Step::Submit),
			// A settlement that waits for its block keeps no lock.
			(ours(), 37, proven, Step::Deliver),
			(ours(), 40, proven, Step::Deliver),
			(ours(), 41, proven, Step::Wait(42)),
			(delivered(), 41, OFFERED, receive(91)),
			(delivered(), 41, OPENED, Step::Compute),
			(delivered(), 41, computed, Step::Sign),
			(delivered(), 90, computed, Step::Sign),
			(delivered(), 41, signed, Step::Prove),
			(delivered(), 41, proven, Step::Submit),
			(delivered(), 90, proven, Step::Submit),
			(delivered(), 91, proven, Step::Wait(92)),
			(shown(JobState::Disputed), 91, proven, Step::Wait(141)),
			(decided(Verdict::Undecided), 45, proven, Step::Wait(47)),
			(decided(Verdict::Undecided), 61, proven, Step::Collect),
			// A settlement by a receipt is none by a verdict.
			(judged(), 80, OFFERED, receive(91)),
			(judged(), 80, computed, Step::Prove),
			(judged(), 80, signed, Step::Prove),
			(judged(), 80, proven, Step::Prove),
			(judged(), 91, proven, Step::Wait(92)),
		];
		for (job, now, steps, step) in table {
			let state = job.state.clone();
			let found = next_private(steps, &at(job, now));
			assert_eq!(found, Ok(step), "{state:?} at {now} after {steps}");
		}
	}

	#[test]
	fn a_verdict_is_settled_by_what_was_proven_of_it() {
		let state = JobState::Judged { units: 2, borne: 1, until: 90 };
		let judged = private(showing(Delivery::Delivered(OUTPUT), state));
		let mut row = private_row_of(OPENED + COMPUTED);
		row.private.as_mut().unwrap().settlement = Some(settlement_by(false));
		let next = |row: &Row, job: &Job, now| {
			policy().next(row, &at(job.clone(), now), &Durations::default())
		};
		assert_eq!(next(&row, &judged, 80), Ok(Step::Submit));
		assert_eq!(next(&row, &judged, 90), Ok(Step::Submit));
		assert_eq!(next(&row, &judged, 91), Ok(Step::Wait(92)));
		let mut theirs = judged.clone();
		theirs.locks[0].miner = OTHER;
		assert_eq!(next(&row, &theirs, 80), Err(SkipReason::Taken));
		// And not before there is one.
		row.signed = Some(signed());
		let job = private(locked(MINER));
		assert_eq!(next(&row, &job, 30), Ok(Step::Prove));
	}

	/// The wallet would not look for its note any more.
	#[test]
	fn boundary_an_old_settlement_is_made_anew() {
		let next = |block| {
			let standing = Standing { block, ..at(private(locked(MINER)), 30) };
			next_private(OPENED + PROVEN, &standing).unwrap()
		};
		assert_eq!(next(30 + SETTLEMENT_LASTS), Step::Submit);
		assert_eq!(next(31 + SETTLEMENT_LASTS), Step::Prove);
	}

	/// An opening is for one agreement: after a reorganisation the job may be locked otherwise.
	#[test]
	fn an_opening_for_another_agreement_is_none() {
		let mut job = private(locked(MINER));
		let theirs = Taken { agreement: agreement(5), opening_key: [7; 32], opened: true };
		job.private.as_mut().unwrap().taken = Some(theirs);
		let step = next_private(OPENED + PROVEN, &at(job.clone(), 30));
		assert_eq!(step, Ok(Step::Receive { until: 35 }));
		// What was declined is that agreement alone, too.
		let mut row = private_row_of(OFFERED);
		row.private.as_mut().unwrap().declined = Some(agreement(6));
		let next = |job: &Job| policy().next(&row, &at(job.clone(), 27), &Durations::default());
		assert_eq!(next(&job), Ok(Step::Receive { until: 35 }));
		assert_eq!(next(&private(locked(MINER))), Ok(Step::Decline), "at once");
		// Without any record of it, the opening is looked for.
		let lost = policy().next(&Row::default(), &at(job, 27), &Durations::default());
		assert_eq!(lost, Ok(Step::Receive { until: 35 }));
	}

	#[test]
	fn boundary_an_opening_is_awaited_while_there_is_time_for_the_work() {
		let policy = |reserve, opening_time| Policy { reserve, opening_time, ..policy() };
		let until = |policy: &Policy, execution| {
			let durations = Durations { execution, ..Durations::default() };
			let standing = at(private(locked(MINER)), 26);
			match policy.next(&private_row_of(OFFERED), &standing, &durations) {
				Ok(Step::Receive { until }) => until,
				step => panic!("{step:?}"),
			}
		};
		assert_eq!((until(&policy(3, 12), 2), until(&policy(3, 12), 4)), (35, 33));
		assert_eq!(until(&policy(3, 600), 0), 37, "before the lock deadline");
		// Which is also the last moment to give it back.
		let step = policy(3, 600).next(
			&private_row_of(OPENED + PROVEN),
			&at(private(locked(MINER)), 41),
			&Durations::default(),
		);
		assert_eq!(step, Ok(Step::Wait(42)));
		// A reserve as long as all of the time leaves half of it.
		assert_eq!(until(&policy(12, 8), 0), 28);
	}

	/// Whatever happens: as long as the bond can be lost, it is seen to.
	#[test]
	fn a_private_jobs_lock_is_never_waited_away() {
		for steps in OFFERED..=OPENED + PROVEN {
			for now in 26..=40 {
				let step = next_private(steps, &at(private(locked(MINER)), now)).unwrap();
				let last = matches!(step, Step::Decline | Step::Deliver | Step::Compute);
				assert!(now < 37 || last, "{step:?} at {now} after {steps}");
				assert!(!matches!(step, Step::Wait(_)), "{step:?} at {now} after {steps}");
			}
		}
	}

	#[test]
	fn what_we_have_given_back_is_left_to_others() {
		let declined = |mut job: Job| {
			job.private.as_mut().unwrap().declined = vec![OTHER, MINER];
			job
		};
		let declined_by_us = Ok(Step::End(Ending::Declined));
		for job in [declined(private(job())), declined(private(locked(OTHER)))] {
			assert_eq!(next_private(OPENED, &at(job.clone(), 30)), declined_by_us);
			assert_eq!(next(NOTHING, &at(job, 30)), declined_by_us);
		}
		let mut theirs = private(job());
		theirs.private.as_mut().unwrap().declined = vec![OTHER];
		assert_eq!(next(NOTHING, &at(theirs, 25)), Ok(Step::Look));
	}

	/// Only once it can bring nothing more.
	#[test]
	fn a_private_job_has_its_place_while_there_is_work_to_come() {
		let rests = |job: Job, now, steps| {
			let standing = at(job, now);
			let step = next_private(steps, &standing).unwrap();
			policy().is_at_rest(&step, &standing)
		};
		let shown = |state| private(showing(Delivery::Delivered(OUTPUT), state));
		let judged = || shown(JobState::Judged { units: 2, borne: 1, until: 90 });
		let signing = || shown(JobState::Delivered { until: 90 });
		let all = OPENED + PROVEN;
		let table = [
			(private(locked(MINER)), 30, OFFERED, false),
			(private(locked(MINER)), 36, OFFERED, false),
			(private(locked(MINER)), 30, all, false),
			(private(locked(MINER)), 41, all, true),
			(signing(), 41, all, false),
			(signing(), 91, all, true),
			(shown(JobState::Disputed), 91, all, true),
			(judged(), 80, all, false),
			(judged(), 91, all, true),
		];
		for (job, now, steps, at_rest) in table {
			let state = job.state.clone();
			assert_eq!(rests(job, now, steps), at_rest, "{state:?} at {now} after {steps}");
		}
	}

	/// As for any job, with the parts that a private one has beside the rest, the store opened anew after every write.
	#[test]
	fn a_worker_killed_between_any_two_writes_settles_once() {
		use crate::store::Store;
		let folder = tempfile::tempdir().unwrap();
		let mut file = folder.path().join("0.redb");
		let standing = at(private(locked(MINER)), 30);
		let (mut opened, mut salts, mut asked, mut made) = (0, vec![], vec![], 0);
		let private_part = |change: fn(&mut PrivateRow)| {
			Box::new(move |row: &mut Row| change(row.private.get_or_insert_with(private_row)))
		};
		for crash in 1..20u8 {
			let store = Store::open(&file, &[1; 32], &MINER).unwrap();
			let row = store.job(9).unwrap().unwrap_or_default();
			let write: Box<dyn Fn(&mut Row)> =
				match policy().next(&row, &standing, &Durations::default()).unwrap() {
					// As the executor does it: first the offer, which the opening is checked by.
					Step::Receive { .. } if row.private.is_none() => private_part(|_| ()),
					Step::Receive { .. } => {
						opened += 1;
						private_part(|private| {
							let kept = KeptOpening { agreement: agreement(6), sealed: [1; 160] };
							private.opening = Some(kept);
						})
					},
					Step::Compute if row.output_salt.is_none() => {
						assert_eq!(opened, 1, "no work without an opening");
						Box::new(move |row| row.output_salt = Some([crash; 32]))
					},
					Step::Compute => {
						salts.push(row.output_salt);
						Box::new(|row| row.output = Some(OUTPUT))
					},
					Step::Sign => {
						asked.push(row.output);
						Box::new(|row| row.signed = Some(signed()))
					},
					Step::Prove => {
						made += 1;
						private_part(|private| private.settlement = Some(settlement_by(true)))
					},
					Step::Submit => {
						let settlement = row.private.unwrap().settlement;
						assert_eq!(settlement, Some(settlement_by(true)));
						assert_eq!(salts, [Some([3; 32])]);
						assert_eq!((opened, asked, made), (1, vec![Some(OUTPUT)], 1));
						return;
					},
					step => panic!("{step:?}"),
				};
			store.change(9, |row| write(row)).unwrap();
			let after = folder.path().join(format!("{crash}.redb"));
			std::fs::copy(&file, &after).unwrap();
			std::mem::forget(store);
			file = after;
		}
		panic!("nothing was sent");
	}

	/// A proof gives way by the reserve alone: what a proof takes counts before it is begun.
	#[test]
	fn a_proof_that_gave_way_is_not_begun_before_the_output_is_shown() {
		let next = |now, proving| {
			let durations = Durations { proving, ..Durations::default() };
			policy().next(&row(SIGNED), &at(locked(MINER), now), &durations).unwrap()
		};
		for now in 26..=40 {
			let gives_way = next(now, 0) != Step::Prove;
			assert_eq!(gives_way, now >= 37, "at {now}");
			for proving in 0..20 {
				assert!(!gives_way || next(now, proving) == Step::Deliver, "at {now}");
			}
		}
		// Nothing hangs on it any more.
		let shown = showing(Delivery::Delivered(OUTPUT), JobState::Delivered { until: 90 });
		let slow = Durations { proving: 60, ..Durations::default() };
		assert_eq!(policy().next(&row(SIGNED), &at(shown, 80), &slow), Ok(Step::Prove));
	}

	/// What a killed worker finds is what it would have done: no step is taken on memory alone.
	#[test]
	fn each_step_leads_to_the_next_and_none_is_taken_twice() {
		let standing = at(locked(MINER), 30);
		let steps: Vec<Step> =
			(NOTHING..=PROVEN).map(|steps| next(steps, &standing).unwrap()).collect();
		assert_eq!(steps, [Step::Compute, Step::Compute, Step::Sign, Step::Prove, Step::Submit]);
	}

	#[test]
	fn measured_times_have_the_output_shown_earlier() {
		let durations = Durations { execution: 9, signing: 2, proving: 4 };
		let next =
			|steps, now| policy().next(&row(steps), &at(locked(MINER), now), &durations).unwrap();
		assert_eq!((next(COMPUTED, 30), next(COMPUTED, 31)), (Step::Sign, Step::Deliver));
		assert_eq!((next(SIGNED, 32), next(SIGNED, 33)), (Step::Prove, Step::Deliver));
		assert_eq!(next(PROVEN, 40), Step::Submit);
	}

	/// It has no proof to wait for.
	#[test]
	fn a_receipt_in_clear_is_made_whatever_proofs_take() {
		let mut job = locked(MINER);
		job.offer.level = Level::Transparent;
		let durations = Durations { execution: 0, signing: 2, proving: 9 };
		let next = |steps, now| policy().next(&row(steps), &at(job.clone(), now), &durations);
		assert_eq!(next(COMPUTED, 34), Ok(Step::Sign));
		assert_eq!(next(COMPUTED, 35), Ok(Step::Deliver));
		assert_eq!(next(SIGNED, 40), Ok(Step::Prove));
	}

	/// An issuer that does not answer is given up when the output has to be shown.
	#[test]
	fn boundary_issuers_are_waited_for_until_the_output_must_be_shown() {
		let time = |job: &Job, now, proving| policy().time_to_sign(job, now, proving);
		assert_eq!(time(&locked(MINER), 30, 0), Some(7));
		assert_eq!(time(&locked(MINER), 30, 4), Some(3));
		assert_eq!(time(&locked(MINER), 37, 0), Some(0));
		assert_eq!(time(&locked(MINER), 40, 0), Some(0));
		assert_eq!(next(COMPUTED, &at(locked(MINER), 37)), Ok(Step::Deliver));
		assert_eq!(time(&locked(MINER), 41, 0), None, "late");
		assert_eq!(time(&locked(OTHER), 30, 0), None);
		let shown = showing(Delivery::Delivered(OUTPUT), JobState::Delivered { until: 90 });
		assert_eq!(time(&shown, 30, 0), None);
		let mut redundant = locked(MINER);
		redundant.offer.redundancy = 2;
		assert_eq!(time(&redundant, 30, 0), None);
	}

	/// A proof names who submits it: a key that was replaced cannot use it.
	#[test]
	fn a_proof_for_another_key_is_made_anew() {
		let mut row = row(PROVEN);
		row.receipt = Some(prepared(OTHER));
		let step = policy().next(&row, &at(locked(MINER), 30), &Durations::default());
		assert_eq!(step, Ok(Step::Prove));
	}

	#[test]
	fn an_output_other_than_the_delivered_is_not_asked_to_be_signed() {
		let other = Blob { digest: [8; 32], ..OUTPUT };
		let job = showing(Delivery::Delivered(other), JobState::Delivered { until: 90 });
		assert!(matches!(next(COMPUTED, &at(job, 41)), Err(SkipReason::BadBlob(_))));
	}

	#[test]
	fn a_job_of_ours_that_is_late_is_committed_to_then_done() {
		let late = |steps, block, commitment| {
			let standing = Standing { block, commitment, ..at(locked(MINER), 45) };
			next(steps, &standing).unwrap()
		};
		assert_eq!(late(NOTHING, 45, None), Step::Compute);
		assert_eq!(late(COMPUTED, 45, None), Step::Sign);
		assert_eq!(late(SIGNED, 45, None), Step::CommitLate);
		assert_eq!(late(PROVEN, 45, Some(([0; 32], 40))), Step::CommitLate, "to another receipt");
		assert_eq!(late(PROVEN, 45, Some((COMMITMENT, 45))), Step::Wait(46), "in this block");
		assert_eq!(late(SIGNED, 46, Some((COMMITMENT, 45))), Step::Prove);
		assert_eq!(late(PROVEN, 46, Some((COMMITMENT, 45))), Step::Submit);
		assert_eq!(next(PROVEN, &at(locked(MINER), 51)), Ok(Step::Wait(52)), "too late for all");
	}

	/// What an issuer has signed in time has a late commitment on record, whatever the configuration says of
	/// paying a deposit for it.
	#[test]
	fn without_late_nothing_is_committed_to_but_what_was_is_ended() {
		let never = Policy { late: false, ..policy() };
		let late = |job: Job, steps, commitment| {
			let standing = Standing { block: 46, commitment, ..at(job, 45) };
			never.next(&row(steps), &standing, &Durations::default())
		};
		for steps in NOTHING..=PROVEN {
			assert_eq!(late(locked(MINER), steps, None), Ok(Step::Wait(51)), "after {steps}");
			let taken = late(locked(OTHER), steps, None);
			assert_eq!(taken, Err(SkipReason::Taken), "after {steps}");
		}
		let ours = Some((COMMITMENT, 45));
		for job in [locked(MINER), locked(OTHER)] {
			assert_eq!(late(job.clone(), SIGNED, ours), Ok(Step::Prove));
			assert_eq!(late(job, PROVEN, ours), Ok(Step::Submit));
		}
		// On the chain, and not on record any more: what is signed again may be what was committed to.
		assert_eq!(late(locked(MINER), NOTHING, ours), Ok(Step::Compute));
		assert_eq!(late(locked(MINER), COMPUTED, ours), Ok(Step::Sign));
		let over = Standing { block: 52, commitment: ours, ..at(locked(OTHER), 51) };
		let taken = never.next(&row(PROVEN), &over, &Durations::default());
		assert_eq!(taken, Err(SkipReason::Taken), "nothing is taken any more");
		let another = Some(([0; 32], 45));
		assert_eq!(late(locked(MINER), PROVEN, another), Ok(Step::Wait(51)));
	}

	#[test]
	fn a_job_with_others_is_committed_to_and_revealed() {
		let redundant = |delivery, state| {
			let mut job = showing(delivery, state);
			job.offer.redundancy = 2;
			job
		};
		let (nothing, committed) = (Delivery::Nothing, Delivery::Committed([1; 32]));
		let (open, revealing) = (JobState::Open, JobState::Revealing { until: 60 });
		let delivered = Delivery::Delivered(OUTPUT);
		let signing = JobState::Delivered { until: 90 };
		let table = [
			(nothing, open.clone(), 30, NOTHING, Step::Compute),
			(nothing, JobState::Locked, 30, COMPUTED, Step::Commit),
			(nothing, JobState::Locked, 41, COMPUTED, Step::End(Ending::Missed)),
			(committed, open.clone(), 30, NOTHING, Step::Compute),
			(committed, JobState::Locked, 41, NOTHING, Step::Compute),
			(committed, revealing.clone(), 60, NOTHING, Step::Compute),
			(committed, revealing.clone(), 61, NOTHING, Step::End(Ending::Missed)),
			(committed, open.clone(), 30, COMPUTED, Step::Wait(32)),
			(committed, JobState::Locked, 41, COMPUTED, Step::Reveal),
			(committed, revealing.clone(), 60, COMPUTED, Step::Reveal),
			(committed, revealing.clone(), 61, COMPUTED, Step::End(Ending::Missed)),
			(nothing, revealing.clone(), 50, COMPUTED, Step::End(Ending::Missed)),
			(delivered, revealing, 50, COMPUTED, Step::Wait(52)),
			(delivered, signing.clone(), 61, COMPUTED, Step::Sign),
			(delivered, signing.clone(), 61, SIGNED, Step::Prove),
			(delivered, signing.clone(), 61, PROVEN, Step::Submit),
			(delivered, signing.clone(), 91, PROVEN, Step::Wait(92)),
			(committed, signing, 61, COMPUTED, Step::Wait(63)),
			(delivered, accepted(OTHER), 61, COMPUTED, Step::Collect),
		];
		for (delivery, state, now, steps, step) in table {
			let job = redundant(delivery, state.clone());
			let found = next(steps, &at(job, now));
			assert_eq!(found, Ok(step), "{delivery:?} {state:?} at {now} after {steps}");
		}
	}

	#[test]
	fn only_what_can_be_had_is_looked_at() {
		assert_eq!(next(NOTHING, &at(job(), 30)), Ok(Step::Look));
		let late = SkipReason::TooLate { deadline: 40, now: 38 };
		assert_eq!(next(NOTHING, &at(job(), 38)), Err(late));
		let slow = Durations { execution: 3, signing: 3, proving: 2 };
		let late = SkipReason::TooLate { deadline: 40, now: 30 };
		assert_eq!(policy().next(&Row::default(), &at(job(), 30), &slow), Err(late));
	}

	/// Whatever state it is in, and whatever we have of it.
	#[test]
	fn a_job_of_another_is_not_worked_on() {
		let verdict = Verdict::Undecided;
		let states = [
			JobState::Locked,
			JobState::Revealing { until: 99 },
			JobState::Delivered { until: 99 },
			JobState::Disputed,
			JobState::Decided { verdict, members: vec![] },
			accepted(OTHER),
			owed(OTHER, OTHER),
		];
		for state in states {
			let job = Job { state: state.clone(), ..locked(OTHER) };
			assert_eq!(next(NOTHING, &at(job, 30)), Err(SkipReason::Taken), "{state:?}");
		}
		// A lock of ours that was given up with its block.
		assert_eq!(next(PROVEN, &at(locked(OTHER), 30)), Err(SkipReason::Taken));
	}

	#[test]
	fn what_has_ended_is_noted() {
		let paid = End::Fulfilled { miner: MINER, amount: 6 };
		assert_eq!(next(PROVEN, &ended(paid)), Ok(Step::End(Ending::Paid(6))));
		let taken = End::Fulfilled { miner: OTHER, amount: 6 };
		assert_eq!(next(PROVEN, &ended(taken)), Ok(Step::End(Ending::Taken)));
		let refunded = End::Refunded(Cause::Stalled);
		assert_eq!(next(PROVEN, &ended(refunded)), Ok(Step::End(Ending::Refunded)));
		// What a private job has paid the chain does not know.
		let private = |end| {
			let mut standing = ended(end);
			if let Some(JobRecord::Ended(job)) = &mut standing.record {
				job.level = Level::Enhanced;
			}
			next(PROVEN, &standing)
		};
		let settled = End::Fulfilled { miner: MINER, amount: 0 };
		assert_eq!(private(settled), Ok(Step::End(Ending::Settled)));
		assert_eq!(private(taken), Ok(Step::End(Ending::Taken)));
		for cause in [Cause::Unsettled, Cause::Declined] {
			assert_eq!(private(End::Refunded(cause)), Ok(Step::End(Ending::Refunded)));
		}
		let deposit = Standing { commitment: Some((COMMITMENT, 45)), ..ended(paid) };
		assert_eq!(next(PROVEN, &deposit), Ok(Step::Withdraw));
		let gone = Standing { now: 45, ..Standing::default() };
		assert_eq!(next(PROVEN, &gone), Ok(Step::End(Ending::Gone)));
		assert_eq!(next(NOTHING, &gone), Err(SkipReason::Unknown));
	}

	/// A worker that is killed after every single write, in a store that is opened anew each time: it goes
	/// on where it was, runs the model with one salt, asks for one output to be signed, and submits one
	/// receipt.
	#[test]
	fn a_worker_killed_between_any_two_writes_does_nothing_twice() {
		use crate::store::Store;
		let folder = tempfile::tempdir().unwrap();
		let mut file = folder.path().join("0.redb");
		let standing = at(locked(MINER), 30);
		let (mut salts, mut asked, mut made) = (vec![], vec![], 0);
		for crash in 1..20 {
			let store = Store::open(&file, &[1; 32], &MINER).unwrap();
			let row = store.job(9).unwrap().unwrap_or_default();
			let write: Box<dyn Fn(&mut Row)> =
				match policy().next(&row, &standing, &Durations::default()).unwrap() {
					// As the executor does it: first the salt, then what is made with it.
					Step::Compute if row.output_salt.is_none() => {
						Box::new(move |row| row.output_salt = Some([crash; 32]))
					},
					Step::Compute => {
						salts.push(row.output_salt);
						Box::new(|row| row.output = Some(OUTPUT))
					},
					Step::Sign => {
						asked.push(row.output);
						Box::new(|row| row.signed = Some(signed()))
					},
					Step::Prove => {
						made += 1;
						Box::new(|row| row.receipt = Some(prepared(HOT_KEY)))
					},
					Step::Submit => {
						assert_eq!(row.receipt, Some(prepared(HOT_KEY)));
						assert_eq!(salts, [Some([1; 32])]);
						assert_eq!((asked, made), (vec![Some(OUTPUT)], 1));
						return;
					},
					step => panic!("{step:?}"),
				};
			store.change(9, |row| write(row)).unwrap();
			let after = folder.path().join(format!("{crash}.redb"));
			std::fs::copy(&file, &after).unwrap();
			std::mem::forget(store);
			file = after;
		}
		panic!("nothing was submitted");
	}
}
