//! What to work on: decisions from what the chain and the input say, without looking any further.

use quittance_client::{AccountId, Job, JobState, Refusal};
use quittance_issuer::{metered_price, Work};
use quittance_types::{CircuitId, JobTime, Level, Mode, PriceRamp};
use std::{
	collections::{BTreeMap, BTreeSet},
	fmt,
};

/// Job time that the requester of a private job has at least to send the opening: a minute.
const OPENING_WAIT: JobTime = 10;

/// What this miner takes on.
#[derive(Clone, Debug)]
pub struct Policy {
	/// The miner: the cold account, which has the bond and is paid.
	pub miner: AccountId,
	/// The key that it works with.
	pub hot_key: AccountId,
	/// Where the issuers it can ask are reached.
	pub issuers: BTreeMap<AccountId, String>,
	/// Circuits of receipts whose proving key it has.
	pub circuits: BTreeSet<CircuitId>,
	/// Circuits of settlements whose proving key it has; `None` without a wallet for private jobs.
	pub settle: Option<BTreeSet<CircuitId>>,
	/// The least it works for, in the chain's smallest unit per unit of work.
	pub minimum_unit_price: u128,
	/// Job time kept free for transactions before the end of a lock.
	pub reserve: JobTime,
	/// Most jobs that are locked at the same time.
	pub jobs_at_once: usize,
	/// Whether to do jobs with several miners.
	pub redundant: bool,
	/// Whether to earn the price of own jobs whose lock was not kept.
	pub late: bool,
	/// The issuer's fee from which on a job without an input is ended; 0 is never.
	pub malformed_from: u128,
	/// Job time for which records are kept after nothing can come of a job any more.
	pub keep: JobTime,
	/// Job time after a job's deadline in which something can still come of it, but for a panel.
	pub settling_time: JobTime,
	/// Job time after the lock of a private job in which it can be declined.
	pub opening_time: JobTime,
}

/// Whether to take a job.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Decision {
	/// Lock it.
	Lock,
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
	/// It is paid out of the pool, and no wallet for that is configured.
	NoWallet,
	/// We have no proving key for its circuit.
	NoProvingKey,
	/// It is private, and its offer is in none of the blocks that it can have been posted in.
	OfferNotFound,
	/// It is private, and what its input offers is below our minimum or does not pay for the settlement. The numbers are
	/// nobody else's.
	PayTooLow,
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

impl SkipReason {
	/// Whether it may be gone in a while. The job's own times end that.
	pub(crate) fn is_passing(&self) -> bool {
		matches!(self, Self::NotMatched | Self::BondTooSmall { .. } | Self::OfferNotFound)
	}
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
			Self::NoWallet => f.write_str("no wallet for private jobs is configured"),
			Self::NoProvingKey => f.write_str("no proving key for its circuit"),
			Self::OfferNotFound => f.write_str("no block that the node has says what it offers"),
			Self::PayTooLow => f.write_str("its hidden pay is too low"),
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
	/// Decides by the record of a job that is not ours: to look at its input, or not. `needed` is the job
	/// time that it would take.
	pub fn consider_open(&self, job: &Job, now: JobTime, needed: JobTime) -> Decision {
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
		if job.is_redundant() && !self.redundant {
			return skip(SkipReason::Unsupported("a job of several miners"));
		}
		if !job.offer.issuers.iter().any(|issuer| self.issuers.contains_key(issuer)) {
			return skip(SkipReason::NoIssuer);
		}
		let provable = match (job.offer.level, &job.offer.circuit, &self.settle) {
			(Level::Transparent, ..) => true,
			(Level::Basic, Some(circuit), _) => self.circuits.contains(circuit),
			(Level::Enhanced, _, None) => return skip(SkipReason::NoWallet),
			(Level::Enhanced, Some(circuit), Some(settle)) => settle.contains(circuit),
			(Level::Basic | Level::Enhanced, None, _) => false,
		};
		if !provable {
			return skip(SkipReason::NoProvingKey);
		}
		// The requester has to see that we have it, and to answer.
		let opened = if job.private.is_some() { OPENING_WAIT } else { 0 };
		let needed = needed.saturating_add(opened);
		let deadline = job.lock_deadline();
		if now.saturating_add(self.reserve).saturating_add(needed) > deadline {
			return skip(SkipReason::TooLate { deadline, now });
		}
		Decision::Lock
	}

	/// The least that a private job with so many units must pay, of which the settlement costs so much, in the chain's
	/// smallest unit; `None` where no job pays so much.
	pub fn least_pay(&self, units: u64, fee: u64) -> Option<u64> {
		let work = self.minimum_unit_price.checked_mul(units.into())?;
		u64::try_from(work.checked_add(fee.into())?).ok()
	}

	/// Decides by what the input of a private job offers, of which the settlement would cost so much: to lock the job, or
	/// not. That the job pays what its input offers is known once it is locked.
	pub fn accept_hidden_price(&self, work: &Work, fee: u64) -> Decision {
		let (units, least) = (work.input.units(), self.least_pay(work.input.units(), fee));
		let pay = work.input.unit_price().checked_mul(units);
		match pay.zip(least).is_some_and(|(pay, least)| pay > fee && pay >= least) {
			true => Decision::Lock,
			false => Decision::Skip(SkipReason::PayTooLow),
		}
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
		let Some(price) = &job.offer.payment.price() else {
			return Decision::Skip(SkipReason::PayTooLow);
		};
		let from = job.posted_at.saturating_add(reaches(price, needed));
		let deadline = job.lock_deadline();
		match from.saturating_add(self.reserve) > deadline {
			true => Decision::Skip(SkipReason::TooLate { deadline, now: from }),
			false => Decision::Wait(from.max(now.saturating_add(1))),
		}
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

/// Whether what the chain refuses now it may accept in a while.
pub(crate) fn is_passing(refusal: &Refusal) -> bool {
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
	PASSING.contains(&refusal.error.as_str())
}

#[cfg(test)]
pub(crate) mod tests {
	use super::*;
	use quittance_client::{Delivery, Lock, Offer, PrivatePart, Taken};
	use quittance_types::{Agreement, Blob, Escrow, FieldBytes, IssuerSnapshot, Payment};
	use quittance_zkml::{
		architecture::{Architecture, Extent, Layer},
		InputBlob, Network,
	};

	pub(crate) const MINER: AccountId = AccountId([2; 32]);
	pub(crate) const HOT_KEY: AccountId = AccountId([4; 32]);
	pub(crate) const ISSUER: AccountId = AccountId([1; 32]);
	pub(crate) const OTHER: AccountId = AccountId([5; 32]);
	const CIRCUIT: CircuitId = [8; 32];
	const SETTLE: CircuitId = [18; 32];

	pub(crate) fn policy() -> Policy {
		Policy {
			miner: MINER,
			hot_key: HOT_KEY,
			issuers: BTreeMap::from([(ISSUER, "http://127.0.0.1:1".to_owned())]),
			circuits: BTreeSet::from([CIRCUIT]),
			settle: Some(BTreeSet::from([SETTLE])),
			minimum_unit_price: 5,
			reserve: 3,
			jobs_at_once: 2,
			redundant: true,
			late: true,
			malformed_from: 0,
			keep: 100,
			settling_time: 10,
			opening_time: 12,
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
			behind: 0,
			closes_at: None,
			due: Some(50),
			held: 21,
			deposit: 2,
			private: None,
			locks: vec![],
			state: JobState::Open,
		}
	}

	/// The same with a miner that has it, since 26, for 12.
	pub(crate) fn locked(miner: AccountId) -> Job {
		let lock = Lock { miner, price: 12, at: 26, delivery: Delivery::Nothing };
		Job { locks: vec![lock], state: JobState::Locked, ..job() }
	}

	/// What a miner and a requester have agreed on.
	pub(crate) fn agreement(byte: u8) -> Agreement {
		codec::Decode::decode(&mut [byte; 32].as_slice()).unwrap()
	}

	/// A job as it would be if an escrow paid for it.
	pub(crate) fn private(job: Job) -> Job {
		let escrow = Escrow { commitment: FieldBytes([1; 32]), offer: FieldBytes([2; 32]) };
		let taken = job.locks.first().map(|_| Taken {
			agreement: agreement(6),
			opening_key: [7; 32],
			opened: false,
		});
		let part = PrivatePart { decline_fee: 5, declines_left: 2, declined: vec![], taken };
		let offer = Offer {
			level: Level::Enhanced,
			circuit: Some(SETTLE),
			payment: Payment::Escrow(escrow),
			..job.offer
		};
		Job { offer, private: Some(part), ..job }
	}

	fn decide(change: impl FnOnce(&mut Job), now: JobTime) -> Decision {
		let mut job = job();
		change(&mut job);
		policy().consider_open(&job, now, 0)
	}

	#[test]
	fn boundary_an_open_job_is_locked_until_too_little_time_is_left() {
		assert_eq!(decide(|_| (), 37), Decision::Lock);
		let late = SkipReason::TooLate { deadline: 40, now: 38 };
		assert_eq!(decide(|_| (), 38), Decision::Skip(late));
		assert_eq!(decide(|job| job.offer.level = Level::Transparent, 30), Decision::Lock);
		assert_eq!(decide(|job| job.offer.allow_list = vec![MINER], 30), Decision::Lock);
		assert_eq!(decide(|job| job.offer.redundancy = 2, 30), Decision::Lock);
		// What was measured counts.
		assert_eq!(policy().consider_open(&job(), 30, 7), Decision::Lock);
		let late = SkipReason::TooLate { deadline: 40, now: 30 };
		assert_eq!(policy().consider_open(&job(), 30, 8), Decision::Skip(late));
	}

	#[test]
	fn jobs_that_are_not_for_us_are_skipped() {
		let skipped = |change: fn(&mut Job)| match decide(change, 30) {
			Decision::Skip(reason) => reason,
			decision => panic!("{decision:?}"),
		};
		assert_eq!(skipped(|job| job.requester = MINER), SkipReason::Party);
		assert_eq!(skipped(|job| job.requester = HOT_KEY), SkipReason::Party);
		assert_eq!(skipped(|job| job.offer.issuers.push(MINER)), SkipReason::Party);
		assert_eq!(skipped(|job| job.offer.issuers.push(HOT_KEY)), SkipReason::Party);
		assert_eq!(skipped(|job| job.offer.allow_list = vec![OTHER]), SkipReason::NotAllowed);
		assert_eq!(skipped(|job| job.offer.issuers.truncate(1)), SkipReason::NoIssuer);
		assert_eq!(skipped(|job| job.offer.circuit = Some([0; 32])), SkipReason::NoProvingKey);
		assert_eq!(skipped(|job| job.offer.circuit = None), SkipReason::NoProvingKey);
		assert!(matches!(skipped(|job| job.offer.mode = Mode::Fhe), SkipReason::Unsupported(_)));
		assert_eq!(skipped(|job| job.state = JobState::Locked), SkipReason::Taken);
		let alone = Policy { redundant: false, ..policy() };
		let mut redundant = job();
		redundant.offer.redundancy = 2;
		let decision = alone.consider_open(&redundant, 30, 0);
		assert!(matches!(decision, Decision::Skip(SkipReason::Unsupported(_))));
	}

	/// Before any lock, and by name.
	#[test]
	fn a_private_job_needs_a_wallet_and_its_circuits_key() {
		let consider = |policy: &Policy, change: fn(&mut Job)| {
			let mut job = private(job());
			change(&mut job);
			policy.consider_open(&job, 25, 0)
		};
		let ours = policy();
		assert_eq!(consider(&ours, |_| ()), Decision::Lock);
		let skipped = |change| match consider(&ours, change) {
			Decision::Skip(reason) => reason,
			decision => panic!("{decision:?}"),
		};
		assert_eq!(skipped(|job| job.offer.circuit = Some(CIRCUIT)), SkipReason::NoProvingKey);
		assert_eq!(skipped(|job| job.offer.circuit = None), SkipReason::NoProvingKey);
		assert_eq!(skipped(|job| job.offer.issuers.truncate(1)), SkipReason::NoIssuer);
		assert_eq!(skipped(|job| job.requester = HOT_KEY), SkipReason::Party);
		let without = Policy { settle: None, ..policy() };
		let decision = consider(&without, |_| ());
		assert_eq!(decision, Decision::Skip(SkipReason::NoWallet));
		let none = Policy { settle: Some(BTreeSet::new()), ..policy() };
		assert_eq!(consider(&none, |_| ()), Decision::Skip(SkipReason::NoProvingKey));
		// Jobs in clear need neither.
		assert_eq!(without.consider_open(&job(), 30, 0), Decision::Lock);
	}

	#[test]
	fn boundary_a_requester_has_time_to_send_the_opening() {
		let consider = |now, needed| policy().consider_open(&private(job()), now, needed);
		assert_eq!((consider(27, 0), consider(20, 7)), (Decision::Lock, Decision::Lock));
		let late = |now| Decision::Skip(SkipReason::TooLate { deadline: 40, now });
		assert_eq!((consider(28, 0), consider(20, 8)), (late(28), late(20)));
	}

	#[test]
	fn boundary_a_hidden_price_pays_for_the_work_and_the_settlement() {
		let too_low = Decision::Skip(SkipReason::PayTooLow);
		let accept = |minimum, unit_price, fee| {
			let policy = Policy { minimum_unit_price: minimum, ..policy() };
			policy.accept_hidden_price(&work(unit_price), fee)
		};
		// Two at 8 are worth 16, of which two at 5 are ours.
		assert_eq!((accept(5, 8, 6), accept(5, 8, 7)), (Decision::Lock, too_low.clone()));
		// A note of nothing is none.
		assert_eq!((accept(0, 8, 15), accept(0, 8, 16)), (Decision::Lock, too_low.clone()));
		assert_eq!(accept(0, 0, 0), too_low.clone());
		assert_eq!(accept(u128::MAX, 8, 0), too_low.clone());
		let most = u64::MAX / 2;
		assert_eq!(
			(accept(0, most, u64::MAX - 2), accept(1, most, 0)),
			(Decision::Lock, Decision::Lock)
		);
		assert_eq!(accept(0, most, u64::MAX), too_low);
		assert_eq!(policy().least_pay(2, 7), Some(17));
		assert_eq!(policy().least_pay(u64::MAX, 0), None);
		// And no number is said of it.
		let said = SkipReason::PayTooLow.to_string();
		assert!(!said.contains(|character: char| character.is_ascii_digit()), "{said}");
	}

	/// Two items at this price each.
	fn work(unit_price: u64) -> Work {
		let layers = vec![Layer::Dense { outputs: 10, requantise: None }];
		let architecture = Architecture::new(Extent::vector(64), layers).unwrap();
		let tensor = vec![1; architecture.tensor_bytes()];
		let network = Network::from_tensor(architecture, &tensor).unwrap();
		let items = vec![vec![1; 64]; 2];
		let input = InputBlob::new([1; 32], network.weights_digest(), unit_price, items).unwrap();
		Work { network, input }
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
		short.offer.lock_timeout = 8;
		assert_eq!(policy().accept_price(&short, &work(5), 21), Decision::Wait(25));
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
	fn refusals_that_pass_are_told_apart() {
		let refusal = |error: &str| Refusal {
			pallet: "ZkReceipts".to_owned(),
			error: error.to_owned(),
			docs: String::new(),
			inclusion: None,
		};
		for error in ["WrongIssuerRoot", "WrongValidUntil", "AsOfInFuture", "CircuitPaused"] {
			assert!(is_passing(&refusal(error)));
		}
		for error in ["NullifierSpent", "JobNotOpen", "InvalidProof", "JobLocked"] {
			assert!(!is_passing(&refusal(error)));
		}
	}
}
