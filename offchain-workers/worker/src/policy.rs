//! What to work on: decisions from what the chain and the input say, without looking any further.

use quittance_client::{AccountId, Job, JobState, Refusal};
use quittance_issuer::Work;
use quittance_types::{CircuitId, JobTime, Level};
use std::{
	collections::{BTreeMap, BTreeSet},
	fmt,
};

/// What this miner takes on.
#[derive(Clone, Debug)]
pub struct Policy {
	/// The miner.
	pub miner: AccountId,
	/// Where the issuers it can ask are reached.
	pub issuers: BTreeMap<AccountId, String>,
	/// Circuits whose proving key it has.
	pub circuits: BTreeSet<CircuitId>,
	/// The least it works for, in the chain's smallest unit per unit of work.
	pub minimum_unit_price: u128,
	/// Job time it needs to get a receipt into a block.
	pub reserve: JobTime,
}

/// What to do about a job.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Decision {
	/// Do it.
	Work,
	/// Our receipt was accepted but not paid: ask for the payment.
	Collect,
	/// Leave it.
	Skip(SkipReason),
}

/// Why a job is left alone.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum SkipReason {
	/// It is not on the chain.
	Unknown,
	/// It has ended.
	Ended,
	/// Another miner's receipt was accepted.
	Taken,
	/// We posted it or may sign for it.
	Party,
	/// No issuer that it accepts is one we can reach.
	NoIssuer,
	/// We have no proving key for its circuit.
	NoProvingKey,
	/// Too little time is left.
	TooLate {
		/// Until when a receipt is accepted.
		deadline: JobTime,
		/// Job time.
		now: JobTime,
	},
	/// The unit price is below our minimum.
	PriceTooLow {
		/// What is offered.
		offered: u128,
		/// Our minimum.
		minimum: u128,
	},
	/// The work is worth more than the job holds, so no issuer signs it.
	AboveHeld {
		/// What it is worth.
		amount: u128,
		/// What is held.
		held: u128,
	},
	/// Input or model are not what the chain says, for good.
	BadBlob(String),
	/// The issuer refuses, for good.
	Refused(String),
}

impl fmt::Display for SkipReason {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		match self {
			Self::Unknown => f.write_str("not on the chain"),
			Self::Ended => f.write_str("ended"),
			Self::Taken => f.write_str("another miner was faster"),
			Self::Party => f.write_str("posted or to be signed by this account"),
			Self::NoIssuer => f.write_str("no accepted issuer is configured"),
			Self::NoProvingKey => f.write_str("no proving key for its circuit"),
			Self::TooLate { deadline, now } => write!(f, "deadline {deadline}, now {now}"),
			Self::PriceTooLow { offered, minimum } => {
				write!(f, "unit price {offered}, minimum {minimum}")
			},
			Self::AboveHeld { amount, held } => write!(f, "worth {amount}, holds {held}"),
			Self::BadBlob(reason) | Self::Refused(reason) => f.write_str(reason),
		}
	}
}

impl Policy {
	/// Decides by the job's record alone.
	pub fn consider(&self, job: Option<&Job>, deadline: JobTime, now: JobTime) -> Decision {
		let Some(job) = job else { return Decision::Skip(SkipReason::Unknown) };
		match &job.state {
			JobState::Fulfilled(_) | JobState::Refunded => {
				return Decision::Skip(SkipReason::Ended)
			},
			JobState::Accepted(receipt) if receipt.miner == self.miner => return Decision::Collect,
			JobState::Accepted(_) => return Decision::Skip(SkipReason::Taken),
			JobState::Open => {},
		}
		if job.requester == self.miner || job.issuers.contains(&self.miner) {
			return Decision::Skip(SkipReason::Party);
		}
		if !job.issuers.iter().any(|issuer| self.issuers.contains_key(issuer)) {
			return Decision::Skip(SkipReason::NoIssuer);
		}
		let provable = match (job.level, &job.circuit) {
			(Level::Transparent, _) => true,
			(Level::Basic, Some(circuit)) => self.circuits.contains(circuit),
			(Level::Basic, None) => false,
		};
		if !provable {
			return Decision::Skip(SkipReason::NoProvingKey);
		}
		if now.saturating_add(self.reserve) > deadline {
			return Decision::Skip(SkipReason::TooLate { deadline, now });
		}
		Decision::Work
	}

	/// Decides by what the input offers.
	pub fn accept_price(&self, job: &Job, work: &Work) -> Result<(), SkipReason> {
		let (offered, minimum) = (u128::from(work.input.unit_price()), self.minimum_unit_price);
		if offered < minimum {
			return Err(SkipReason::PriceTooLow { offered, minimum });
		}
		let (amount, held) = (u128::from(work.input.amount()), job.max_price());
		match amount > held {
			true => Err(SkipReason::AboveHeld { amount, held }),
			false => Ok(()),
		}
	}

	/// Whether a finished receipt is still worth submitting.
	pub fn still_wanted(&self, job: Option<&Job>, amount: u128) -> Result<(), SkipReason> {
		let job = job.ok_or(SkipReason::Unknown)?;
		match &job.state {
			JobState::Open => {},
			JobState::Accepted(receipt) if receipt.miner != self.miner => {
				return Err(SkipReason::Taken)
			},
			_ => return Err(SkipReason::Ended),
		}
		match amount > job.max_price() {
			true => Err(SkipReason::AboveHeld { amount, held: job.max_price() }),
			false => Ok(()),
		}
	}
}

/// What became of an attempt at a job.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Verdict {
	/// Nothing is left to do.
	Done,
	/// Something may change: look again later.
	Retry,
}

/// Whether a receipt that the chain refuses can become acceptable by making it anew.
pub(crate) fn after_refusal(refusal: &Refusal) -> Verdict {
	const PASSING: [&str; 6] = [
		// An issuer was removed, which changes the tree and the deadline, or the block that the
		// proof refers to was given up.
		"WrongIssuerRoot",
		"IssuerWasRemoved",
		"WrongValidUntil",
		"AsOfInFuture",
		"CircuitPaused",
		// The payment failed for a reason outside the job.
		"InsufficientBalance",
	];
	match PASSING.contains(&refusal.error.as_str()) {
		true => Verdict::Retry,
		false => Verdict::Done,
	}
}

#[cfg(test)]
pub(crate) mod tests {
	use super::*;
	use quittance_types::{AcceptedReceipt, Blob, FieldBytes, Payment};
	use quittance_zkml::{InputBlob, Layer, Model, CLASSES, IMAGE_PIXELS};

	const MINER: AccountId = AccountId([2; 32]);
	const ISSUER: AccountId = AccountId([1; 32]);
	const CIRCUIT: CircuitId = [8; 32];

	fn policy() -> Policy {
		Policy {
			miner: MINER,
			issuers: BTreeMap::from([(ISSUER, "http://127.0.0.1:1".to_owned())]),
			circuits: BTreeSet::from([CIRCUIT]),
			minimum_unit_price: 5,
			reserve: 3,
		}
	}

	pub(crate) fn job() -> Job {
		Job {
			requester: AccountId([3; 32]),
			model: [6; 32],
			input: Blob { digest: [7; 32], size: 100 },
			level: Level::Basic,
			circuit: Some(CIRCUIT),
			issuers: vec![AccountId([9; 32]), ISSUER],
			issuer_fee: 1,
			payment: Payment::Held { max_price: 20 },
			held: 21,
			deposit: 2,
			posted_at: 20,
			deadline: 50,
			lock_counter: 0,
			state: JobState::Open,
		}
	}

	fn receipt(miner: AccountId) -> AcceptedReceipt<AccountId> {
		AcceptedReceipt { miner, issuer: ISSUER, amount: 1, nullifier: FieldBytes([0; 32]) }
	}

	fn decide(change: impl FnOnce(&mut Job), now: JobTime) -> Decision {
		let mut job = job();
		change(&mut job);
		policy().consider(Some(&job), job.deadline, now)
	}

	#[test]
	fn an_open_job_is_done_until_too_little_time_is_left() {
		assert_eq!(decide(|_| (), 30), Decision::Work);
		assert_eq!(decide(|_| (), 47), Decision::Work);
		let late = SkipReason::TooLate { deadline: 50, now: 48 };
		assert_eq!(decide(|_| (), 48), Decision::Skip(late));
		assert_eq!(decide(|job| job.level = Level::Transparent, 30), Decision::Work);
	}

	#[test]
	fn jobs_that_are_not_for_us_are_skipped() {
		let skipped = |change: fn(&mut Job)| match decide(change, 30) {
			Decision::Skip(reason) => reason,
			decision => panic!("{decision:?}"),
		};
		assert_eq!(policy().consider(None, 50, 30), Decision::Skip(SkipReason::Unknown));
		assert_eq!(skipped(|job| job.state = JobState::Refunded), SkipReason::Ended);
		assert_eq!(
			skipped(|job| job.state = JobState::Fulfilled(receipt(MINER))),
			SkipReason::Ended
		);
		assert_eq!(
			skipped(|job| job.state = JobState::Accepted(receipt(ISSUER))),
			SkipReason::Taken
		);
		assert_eq!(skipped(|job| job.requester = MINER), SkipReason::Party);
		assert_eq!(skipped(|job| job.issuers.push(MINER)), SkipReason::Party);
		assert_eq!(skipped(|job| job.issuers.truncate(1)), SkipReason::NoIssuer);
		assert_eq!(skipped(|job| job.circuit = Some([0; 32])), SkipReason::NoProvingKey);
		assert_eq!(skipped(|job| job.circuit = None), SkipReason::NoProvingKey);
	}

	#[test]
	fn our_unpaid_receipt_is_collected_whatever_the_time() {
		assert_eq!(
			decide(|job| job.state = JobState::Accepted(receipt(MINER)), 1_000),
			Decision::Collect
		);
	}

	#[test]
	fn prices_have_a_floor_and_a_ceiling() {
		let weights = vec![1; CLASSES * IMAGE_PIXELS];
		let layer = Layer {
			inputs: IMAGE_PIXELS as u16,
			outputs: CLASSES as u16,
			scale: 0,
			shift: 0,
			weights,
			biases: vec![0; CLASSES],
		};
		let model = Model::new(vec![layer]).unwrap();
		let offer = |unit_price| {
			let images = vec![[1; IMAGE_PIXELS]; 2];
			let digest = model.weights_digest();
			let input = InputBlob::new([1; 32], digest, unit_price, images).unwrap();
			policy().accept_price(&job(), &Work { model: model.clone(), input })
		};
		assert_eq!(offer(4), Err(SkipReason::PriceTooLow { offered: 4, minimum: 5 }));
		assert_eq!(offer(5), Ok(()));
		assert_eq!(offer(10), Ok(()));
		assert_eq!(offer(11), Err(SkipReason::AboveHeld { amount: 22, held: 20 }));
	}

	#[test]
	fn a_finished_receipt_is_checked_against_the_job_again() {
		let wanted = |state, amount| policy().still_wanted(Some(&Job { state, ..job() }), amount);
		assert_eq!(wanted(JobState::Open, 20), Ok(()));
		assert_eq!(wanted(JobState::Open, 21), Err(SkipReason::AboveHeld { amount: 21, held: 20 }));
		assert_eq!(wanted(JobState::Refunded, 1), Err(SkipReason::Ended));
		assert_eq!(wanted(JobState::Accepted(receipt(ISSUER)), 1), Err(SkipReason::Taken));
		assert_eq!(wanted(JobState::Accepted(receipt(MINER)), 1), Err(SkipReason::Ended));
		assert_eq!(policy().still_wanted(None, 1), Err(SkipReason::Unknown));
	}

	#[test]
	fn only_passing_refusals_are_tried_again() {
		let refusal = |error: &str| Refusal {
			pallet: "ZkReceipts".to_owned(),
			error: error.to_owned(),
			docs: String::new(),
			inclusion: None,
		};
		for error in ["WrongIssuerRoot", "WrongValidUntil", "AsOfInFuture", "CircuitPaused"] {
			assert_eq!(after_refusal(&refusal(error)), Verdict::Retry);
		}
		for error in ["NullifierSpent", "JobNotOpen", "InvalidProof", "DeadlinePassed"] {
			assert_eq!(after_refusal(&refusal(error)), Verdict::Done);
		}
	}
}
