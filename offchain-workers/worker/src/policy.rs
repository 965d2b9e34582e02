//! What to work on: decisions from what the chain and the input say, without looking any further.

use quittance_client::{AccountId, Claim, Delivery, Extension, Job, JobRecord, JobState, Refusal};
use quittance_issuer::{metered_price, Work};
use quittance_types::{Bar, CircuitId, JobTime, Level, Mode, Payment, PriceRamp};
use std::{
	collections::{BTreeMap, BTreeSet},
	fmt,
};

/// What this miner takes on.
#[derive(Clone, Debug)]
pub struct Policy {
	/// The miner: the cold account, which has the bond and is paid.
	pub miner: AccountId,
	/// The key that it works with.
	pub hot_key: AccountId,
	/// Where the issuers it can ask are reached.
	pub issuers: BTreeMap<AccountId, String>,
	/// Circuits whose proving key it has.
	pub circuits: BTreeSet<CircuitId>,
	/// The least it works for, in the chain's smallest unit per unit of work.
	pub minimum_unit_price: u128,
	/// Job time it needs to do a job and get its receipt into a block.
	pub reserve: JobTime,
}

/// What to do about a job.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Decision {
	/// It can be had: look at the input, then lock it.
	Lock,
	/// It is ours: do it, and bring a receipt that keeps to this.
	Work(Claim),
	/// We are owed a payment: ask for it.
	Collect,
	/// Nothing can be done before this time.
	Wait(JobTime),
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
	/// Another miner has it.
	Taken,
	/// We posted it or may sign for it.
	Party,
	/// It is kept for other miners.
	NotAllowed,
	/// This program does not do such jobs.
	Unsupported(&'static str),
	/// The chain would not let this miner lock it: a missed heartbeat, a bond too small, a capability that it
	/// does not name.
	NotMatched,
	/// The miner's free bond does not cover the lock.
	BondTooSmall {
		/// What is free.
		free: u128,
		/// What the lock reserves.
		needed: u128,
	},
	/// No issuer that it accepts is one we can reach.
	NoIssuer,
	/// We have no proving key for its circuit.
	NoProvingKey,
	/// Too little time is left.
	TooLate {
		/// Until when something is accepted.
		deadline: JobTime,
		/// Job time.
		now: JobTime,
	},
	/// A panel judges it.
	OnPanel,
	/// The unit price is below our minimum.
	PriceTooLow {
		/// The most that is ever offered.
		offered: u128,
		/// Our minimum.
		minimum: u128,
	},
	/// The receipt is worth more than the job pays.
	AboveHeld {
		/// What it is worth.
		amount: u128,
		/// What the job pays.
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
			Self::Taken => f.write_str("another miner has it"),
			Self::Party => f.write_str("posted or to be signed by this miner"),
			Self::NotAllowed => f.write_str("kept for other miners"),
			Self::Unsupported(what) => write!(f, "{what} is not supported"),
			Self::NotMatched => f.write_str("the chain does not match this miner with it"),
			Self::BondTooSmall { free, needed } => write!(f, "free bond {free}, needed {needed}"),
			Self::NoIssuer => f.write_str("no accepted issuer is configured"),
			Self::NoProvingKey => f.write_str("no proving key for its circuit"),
			Self::TooLate { deadline, now } => write!(f, "deadline {deadline}, now {now}"),
			Self::OnPanel => f.write_str("a panel judges it"),
			Self::PriceTooLow { offered, minimum } => {
				write!(f, "unit price at most {offered}, minimum {minimum}")
			},
			Self::AboveHeld { amount, held } => write!(f, "worth {amount}, pays {held}"),
			Self::BadBlob(reason) | Self::Refused(reason) => f.write_str(reason),
		}
	}
}

impl Policy {
	/// Decides by the job's record alone.
	pub fn consider(
		&self,
		record: Option<&JobRecord>,
		extension: &Extension,
		now: JobTime,
	) -> Decision {
		let job = match record {
			None => return Decision::Skip(SkipReason::Unknown),
			Some(JobRecord::Ended(_)) => return Decision::Skip(SkipReason::Ended),
			Some(JobRecord::Live(job)) => job,
		};
		match &job.state {
			JobState::Owed { debts, .. } => {
				let ours = debts.iter().any(|debt| debt.miner == self.miner);
				return if ours { Decision::Collect } else { Decision::Skip(SkipReason::Taken) };
			},
			JobState::Accepted(receipt) if receipt.miner == self.miner => return Decision::Collect,
			_ => {},
		}
		match job.lock_of(&self.miner) {
			Some(_) => self.consider_ours(job, extension, now),
			None => self.consider_open(job, now),
		}
	}

	fn consider_ours(&self, job: &Job, extension: &Extension, now: JobTime) -> Decision {
		let claim = match job.claim_of(&self.miner, now, extension) {
			Ok(claim) => claim,
			Err(Bar::OnPanel) => return Decision::Skip(SkipReason::OnPanel),
			Err(Bar::OutputsAwaited) => {
				return Decision::Skip(SkipReason::Unsupported("a job of several miners"))
			},
			Err(_) => return Decision::Skip(SkipReason::Ended),
		};
		if claim.late || now > claim.open_until {
			let deadline = if claim.late { job.lock_deadline() } else { claim.open_until };
			return Decision::Skip(SkipReason::TooLate { deadline, now });
		}
		Decision::Work(claim)
	}

	fn consider_open(&self, job: &Job, now: JobTime) -> Decision {
		let skip = Decision::Skip;
		if job.state != JobState::Open {
			return skip(SkipReason::Taken);
		}
		for account in [&self.miner, &self.hot_key] {
			if job.requester == *account || job.offer.issuers.contains(account) {
				return skip(SkipReason::Party);
			}
		}
		if !job.allows(&self.miner) {
			return skip(SkipReason::NotAllowed);
		}
		if job.offer.mode != Mode::Plain {
			return skip(SkipReason::Unsupported("any mode but plain"));
		}
		if job.is_redundant() {
			return skip(SkipReason::Unsupported("a job of several miners"));
		}
		if !job.offer.issuers.iter().any(|issuer| self.issuers.contains_key(issuer)) {
			return skip(SkipReason::NoIssuer);
		}
		let provable = match (job.offer.level, &job.offer.circuit) {
			(Level::Transparent, _) => true,
			(Level::Basic, Some(circuit)) => self.circuits.contains(circuit),
			(Level::Basic, None) => false,
		};
		if !provable {
			return skip(SkipReason::NoProvingKey);
		}
		let deadline = job.lock_deadline();
		if now.saturating_add(self.reserve) > deadline {
			return skip(SkipReason::TooLate { deadline, now });
		}
		Decision::Lock
	}

	/// Decides by what the input offers: to lock the job now, later, or not.
	pub fn accept_price(&self, job: &Job, work: &Work, now: JobTime) -> Decision {
		let (units, offered) = (work.input.units(), work.input.unit_price());
		let minimum = self.minimum_unit_price;
		let pays = |price: u128| metered_price(units, offered, price).map(u128::from);
		if pays(job.price_at(now)).is_some_and(|price| price >= minimum) {
			return Decision::Lock;
		}
		let most = pays(job.max_price()).unwrap_or(0);
		if most < minimum || (most == 0 && offered > 0) {
			return Decision::Skip(SkipReason::PriceTooLow { offered: most, minimum });
		}
		// At least the smallest unit for each, or nobody signs.
		let needed = minimum.max(1).saturating_mul(units.into());
		let Payment::Held { price } = &job.offer.payment;
		let from = job.posted_at.saturating_add(reaches(price, needed));
		let deadline = job.lock_deadline();
		match from.saturating_add(self.reserve) > deadline {
			true => Decision::Skip(SkipReason::TooLate { deadline, now: from }),
			false => Decision::Wait(from.max(now.saturating_add(1))),
		}
	}

	/// Whether a finished receipt is still worth submitting.
	pub fn still_wanted(
		&self,
		record: Option<&JobRecord>,
		extension: &Extension,
		now: JobTime,
		amount: u128,
	) -> Result<(), SkipReason> {
		match self.consider(record, extension, now) {
			Decision::Work(claim) if amount > claim.max_amount => {
				Err(SkipReason::AboveHeld { amount, held: claim.max_amount })
			},
			Decision::Work(_) => Ok(()),
			Decision::Skip(reason) => Err(reason),
			// Our receipt is in, or our lock was given up with its block.
			Decision::Collect => Err(SkipReason::Ended),
			Decision::Lock | Decision::Wait(_) => Err(SkipReason::Taken),
		}
	}

	/// Whether the output of a job of ours has to be shown now, since no issuer has signed and the lock
	/// ends: delivered, it is ours still.
	pub fn must_deliver(&self, job: &Job, now: JobTime) -> bool {
		let lock = job.lock_of(&self.miner);
		job.state == JobState::Locked
			&& lock.is_some_and(|lock| lock.delivery == Delivery::Nothing)
			&& now.saturating_add(self.reserve) >= job.lock_deadline()
	}
}

/// Job time from the post after which a rising price is at least this much; that of its end, if it never
/// is.
fn reaches(ramp: &PriceRamp, price: u128) -> JobTime {
	let missing = price.saturating_sub(ramp.min);
	let rise = ramp.max.saturating_sub(ramp.min);
	if missing == 0 {
		return 0;
	}
	// Prices have 64 bits, and so have times: the product does not overflow.
	let on_ramp = missing.min(rise).saturating_mul(ramp.length.into());
	let on_ramp = on_ramp.checked_div(rise).map_or(0, |time| {
		let exact = time.saturating_mul(rise) == on_ramp;
		time.saturating_add(u128::from(!exact))
	});
	// A ramp without length jumps after its begin.
	let on_ramp = JobTime::try_from(on_ramp).unwrap_or(JobTime::MAX).max(1);
	ramp.start.saturating_add(on_ramp)
}

/// What became of an attempt at a job.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Verdict {
	/// Nothing is left to do.
	Done,
	/// Something may change: look again later, each time after a longer pause.
	Retry,
	/// Look again after so many blocks.
	After(u64),
}

/// Whether a transaction that the chain refuses can become acceptable by making it anew.
pub(crate) fn after_refusal(refusal: &Refusal) -> Verdict {
	const PASSING: [&str; 9] = [
		// An issuer was removed, which changes the tree and the deadline, or the block that the
		// proof refers to was given up.
		"WrongIssuerRoot",
		"IssuerWasRemoved",
		"WrongValidUntil",
		"AsOfInFuture",
		"CircuitPaused",
		// The lock is in a block that was given up, and will be in another.
		"JobNotLocked",
		"NotLockHolder",
		// The agenda has yet to see to it.
		"NothingDue",
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
	use quittance_client::{Debt, Lock, Offer, Summary};
	use quittance_types::{AcceptedReceipt, Blob, FieldBytes, IssuerSnapshot, Verdict as Found};
	use quittance_zkml::{InputBlob, Layer, Model, CLASSES, IMAGE_PIXELS};

	const MINER: AccountId = AccountId([2; 32]);
	const HOT_KEY: AccountId = AccountId([4; 32]);
	const ISSUER: AccountId = AccountId([1; 32]);
	const OTHER: AccountId = AccountId([5; 32]);
	const CIRCUIT: CircuitId = [8; 32];

	fn policy() -> Policy {
		Policy {
			miner: MINER,
			hot_key: HOT_KEY,
			issuers: BTreeMap::from([(ISSUER, "http://127.0.0.1:1".to_owned())]),
			circuits: BTreeSet::from([CIRCUIT]),
			minimum_unit_price: 5,
			reserve: 3,
		}
	}

	/// An open job, posted at 20, whose price rises from 4 to 20 between 22 and 30, to be locked until
	/// 40, receipts until 50.
	pub(crate) fn job() -> Job {
		let price = PriceRamp { min: 4, max: 20, start: 2, length: 8 };
		let offer = Offer {
			model: [6; 32],
			mode: Mode::Plain,
			level: Level::Basic,
			circuit: Some(CIRCUIT),
			input: Blob { digest: [7; 32], size: 100 },
			input_commitment: None,
			issuers: vec![AccountId([9; 32]), ISSUER],
			issuer_fee: 1,
			payment: Payment::Held { price },
			lock_timeout: 20,
			timeout: 30,
			miner_bond: 3,
			redundancy: 1,
			allow_list: vec![],
			proof_required: false,
		};
		Job {
			requester: AccountId([3; 32]),
			offer,
			quote: 1,
			issuer_snapshot: IssuerSnapshot { root: FieldBytes([0; 32]), removed_issuers: 0 },
			posted_at: 20,
			closes_at: None,
			due: Some(50),
			held: 21,
			deposit: 2,
			locks: vec![],
			state: JobState::Open,
		}
	}

	fn lock(miner: AccountId) -> Lock {
		Lock { miner, price: 12, at: 26, delivery: Delivery::Nothing }
	}

	fn locked(miner: AccountId) -> Job {
		Job { locks: vec![lock(miner)], state: JobState::Locked, ..job() }
	}

	fn receipt(miner: AccountId) -> AcceptedReceipt<AccountId> {
		AcceptedReceipt { miner, issuer: ISSUER, amount: 1, nullifier: FieldBytes([0; 32]) }
	}

	fn consider(job: Job, now: JobTime) -> Decision {
		policy().consider(Some(&JobRecord::Live(job)), &Extension::default(), now)
	}

	fn decide(change: impl FnOnce(&mut Job), now: JobTime) -> Decision {
		let mut job = job();
		change(&mut job);
		consider(job, now)
	}

	#[test]
	fn boundary_an_open_job_is_locked_until_too_little_time_is_left() {
		assert_eq!(decide(|_| (), 37), Decision::Lock);
		let late = SkipReason::TooLate { deadline: 40, now: 38 };
		assert_eq!(decide(|_| (), 38), Decision::Skip(late));
		assert_eq!(decide(|job| job.offer.level = Level::Transparent, 30), Decision::Lock);
		assert_eq!(decide(|job| job.offer.allow_list = vec![MINER], 30), Decision::Lock);
	}

	#[test]
	fn jobs_that_are_not_for_us_are_skipped() {
		let skipped = |change: fn(&mut Job)| match decide(change, 30) {
			Decision::Skip(reason) => reason,
			decision => panic!("{decision:?}"),
		};
		let none = Extension::default();
		assert_eq!(policy().consider(None, &none, 30), Decision::Skip(SkipReason::Unknown));
		assert_eq!(skipped(|job| job.requester = MINER), SkipReason::Party);
		assert_eq!(skipped(|job| job.requester = HOT_KEY), SkipReason::Party);
		assert_eq!(skipped(|job| job.offer.issuers.push(MINER)), SkipReason::Party);
		assert_eq!(skipped(|job| job.offer.issuers.push(HOT_KEY)), SkipReason::Party);
		assert_eq!(skipped(|job| job.offer.allow_list = vec![OTHER]), SkipReason::NotAllowed);
		assert_eq!(skipped(|job| job.offer.issuers.truncate(1)), SkipReason::NoIssuer);
		assert_eq!(skipped(|job| job.offer.circuit = Some([0; 32])), SkipReason::NoProvingKey);
		assert_eq!(skipped(|job| job.offer.circuit = None), SkipReason::NoProvingKey);
		assert!(matches!(skipped(|job| job.offer.mode = Mode::Fhe), SkipReason::Unsupported(_)));
		assert!(matches!(skipped(|job| job.offer.redundancy = 2), SkipReason::Unsupported(_)));
	}

	/// A lock by somebody else, in whatever state: no work is done.
	#[test]
	fn a_job_of_another_is_left_alone() {
		let states = [
			JobState::Locked,
			JobState::Revealing { until: 99 },
			JobState::Delivered { until: 99 },
			JobState::Disputed,
			JobState::Decided { verdict: Found::Undecided, members: vec![] },
			JobState::Accepted(receipt(OTHER)),
		];
		for state in states {
			for now in [30, 45] {
				let job = Job { state: state.clone(), ..locked(OTHER) };
				assert_eq!(consider(job, now), Decision::Skip(SkipReason::Taken), "{state:?}");
			}
		}
	}

	#[test]
	fn boundary_our_job_is_done_until_its_lock_deadline() {
		let claim = Claim { max_amount: 12, open_until: 40, since: 26, output: None, late: false };
		assert_eq!(consider(locked(MINER), 40), Decision::Work(claim));
		let late = SkipReason::TooLate { deadline: 40, now: 41 };
		assert_eq!(consider(locked(MINER), 41), Decision::Skip(late));
		// What was delivered is ours for longer.
		let output = Blob { digest: [7; 32], size: 1 };
		let mut delivered = locked(MINER);
		delivered.state = JobState::Delivered { until: 90 };
		delivered.locks[0].delivery = Delivery::Delivered(output);
		let claim = Claim { open_until: 90, output: Some(output), ..claim };
		assert_eq!(consider(delivered.clone(), 90), Decision::Work(claim));
		let late = SkipReason::TooLate { deadline: 90, now: 91 };
		assert_eq!(consider(delivered, 91), Decision::Skip(late));
		let disputed = Job { state: JobState::Disputed, ..locked(MINER) };
		assert_eq!(consider(disputed, 45), Decision::Skip(SkipReason::OnPanel));
	}

	#[test]
	fn boundary_an_output_is_shown_before_the_lock_ends() {
		let policy = policy();
		assert!(!policy.must_deliver(&locked(MINER), 36));
		assert!(policy.must_deliver(&locked(MINER), 37));
		assert!(!policy.must_deliver(&locked(OTHER), 37));
		assert!(!policy.must_deliver(&job(), 37));
		let mut delivered = locked(MINER);
		delivered.locks[0].delivery = Delivery::Delivered(Blob { digest: [7; 32], size: 1 });
		assert!(!policy.must_deliver(&delivered, 37));
	}

	#[test]
	fn what_we_are_owed_is_collected_whatever_the_time() {
		let summary = Summary {
			miner: MINER,
			amount: 5,
			royalties: 0,
			issuer: None,
			issuer_fee: 0,
			returned: 0,
		};
		let owed = |miner| {
			let debts = vec![Debt { miner, amount: 5 }];
			Job { state: JobState::Owed { summary, debts }, ..locked(MINER) }
		};
		assert_eq!(consider(owed(MINER), 1_000), Decision::Collect);
		assert_eq!(consider(owed(OTHER), 1_000), Decision::Skip(SkipReason::Taken));
		let accepted = Job { state: JobState::Accepted(receipt(MINER)), ..locked(MINER) };
		assert_eq!(consider(accepted, 1_000), Decision::Collect);
	}

	/// Two images at this price each.
	fn work(unit_price: u64) -> Work {
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
		let images = vec![[1; IMAGE_PIXELS]; 2];
		let input = InputBlob::new([1; 32], model.weights_digest(), unit_price, images).unwrap();
		Work { model, input }
	}

	#[test]
	fn a_job_is_locked_once_its_price_is_ours() {
		let accept = |unit_price, now| policy().accept_price(&job(), &work(unit_price), now);
		// 5 for each of two are reached at 25, when the price is 10.
		assert_eq!(job().price_at(25), 10);
		assert_eq!(accept(5, 25), Decision::Lock);
		assert_eq!(accept(5, 24), Decision::Wait(25));
		assert_eq!(accept(5, 20), Decision::Wait(25));
		assert_eq!(accept(100, 20), Decision::Wait(25));
		let low = SkipReason::PriceTooLow { offered: 4, minimum: 5 };
		assert_eq!(accept(4, 30), Decision::Skip(low));
		// At the ramp's end it is too late.
		let mut short = job();
		short.offer.lock_timeout = 7;
		let late = SkipReason::TooLate { deadline: 27, now: 25 };
		assert_eq!(policy().accept_price(&short, &work(5), 21), Decision::Skip(late));
		let poor = Policy { minimum_unit_price: 11, ..policy() };
		let low = SkipReason::PriceTooLow { offered: 10, minimum: 11 };
		assert_eq!(poor.accept_price(&job(), &work(100), 30), Decision::Skip(low));
	}

	#[test]
	fn a_miner_without_a_minimum_takes_what_is_signed_for() {
		let any = Policy { minimum_unit_price: 0, ..policy() };
		assert_eq!(any.accept_price(&job(), &work(0), 20), Decision::Lock);
		assert_eq!(any.accept_price(&job(), &work(7), 20), Decision::Lock);
		let mut cheap = job();
		let price = PriceRamp { min: 1, max: 2, start: 0, length: 0 };
		cheap.offer.payment = Payment::Held { price };
		assert_eq!(any.accept_price(&cheap, &work(7), 20), Decision::Wait(21));
		let price = PriceRamp::flat(1);
		cheap.offer.payment = Payment::Held { price };
		let low = SkipReason::PriceTooLow { offered: 0, minimum: 0 };
		assert_eq!(any.accept_price(&cheap, &work(7), 20), Decision::Skip(low));
	}

	/// The time is the first at which the chain's own price is enough.
	#[test]
	fn boundary_when_a_price_is_reached() {
		let ramps = [
			PriceRamp { min: 4, max: 20, start: 2, length: 8 },
			PriceRamp { min: 1, max: 2, start: 0, length: 3 },
			PriceRamp { min: 5, max: 9, start: 3, length: 0 },
			PriceRamp { min: 1, max: 100, start: 0, length: 7 },
			PriceRamp::flat(7),
		];
		for ramp in ramps {
			for price in ramp.min..=ramp.max {
				let at = reaches(&ramp, price);
				assert!(ramp.at(at) >= price, "{ramp:?} {price}");
				assert!(at == 0 || ramp.at(at - 1) < price, "{ramp:?} {price}");
			}
		}
		let huge = PriceRamp { min: 0, max: u64::MAX.into(), start: 5, length: u64::MAX };
		assert_eq!(reaches(&huge, u128::MAX), u64::MAX);
	}

	#[test]
	fn a_finished_receipt_is_checked_against_the_job_again() {
		let wanted = |job: Job, now, amount| {
			policy().still_wanted(Some(&JobRecord::Live(job)), &Extension::default(), now, amount)
		};
		assert_eq!(wanted(locked(MINER), 40, 12), Ok(()));
		assert_eq!(
			wanted(locked(MINER), 40, 13),
			Err(SkipReason::AboveHeld { amount: 13, held: 12 })
		);
		let late = SkipReason::TooLate { deadline: 40, now: 41 };
		assert_eq!(wanted(locked(MINER), 41, 1), Err(late));
		assert_eq!(wanted(locked(OTHER), 30, 1), Err(SkipReason::Taken));
		assert_eq!(wanted(job(), 30, 1), Err(SkipReason::Taken), "the lock was given up");
		let accepted = Job { state: JobState::Accepted(receipt(MINER)), ..locked(MINER) };
		assert_eq!(wanted(accepted, 30, 1), Err(SkipReason::Ended));
		let none = Extension::default();
		assert_eq!(policy().still_wanted(None, &none, 30, 1), Err(SkipReason::Unknown));
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
		for error in ["NullifierSpent", "JobNotOpen", "InvalidProof", "JobLocked"] {
			assert_eq!(after_refusal(&refusal(error)), Verdict::Done);
		}
	}
}
