//! Jobs as the marketplace has them: what is asked for, and where it stands.

use crate::{
	api::runtime_types::{
		bounded_collections::bounded_vec::BoundedVec,
		pallet_model_marketplace::types::{job as raw, private_job as raw_private},
		quittance_types::job as shared,
	},
	AccountId, Description,
};
use quittance_types::{
	AcceptedReceipt, Agreement, Bar, Blob, CircuitId, Digest, FieldBytes, IssuerSnapshot, JobNeeds,
	JobTime, Level, Mode, ModelId, Payment, Verdict,
};
use subxt::{
	ext::codec::{Encode, Output},
	utils::Static,
};

/// What a requester asks for and offers. Amounts are in the chain's smallest unit, 64 bits at most.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Offer {
	/// The model to run.
	pub model: ModelId,
	/// How to run it.
	pub mode: Mode,
	/// The level at which a receipt is accepted.
	pub level: Level,
	/// The circuit of its proof, for levels that have one.
	pub circuit: Option<CircuitId>,
	/// The input.
	pub input: Blob,
	/// Poseidon commitment of the input, where the inference is proved.
	pub input_commitment: Option<FieldBytes>,
	/// Who may sign, 1 to 16, in the order of the tree.
	pub issuers: Vec<AccountId>,
	/// What the one that signs earns, or the panel that judges.
	pub issuer_fee: u128,
	/// How the miner is paid.
	pub payment: Payment,
	/// Job time from the post until which the job can be locked and delivered.
	pub lock_timeout: JobTime,
	/// Job time from the post until which a receipt is accepted.
	pub timeout: JobTime,
	/// What a miner reserves of its bond to lock the job.
	pub miner_bond: u128,
	/// How many miners do it, 1 to 8.
	pub redundancy: u8,
	/// The miners it is kept for, at most 16; an empty list is for all.
	pub allow_list: Vec<AccountId>,
	/// Whether only a verified proof pays.
	pub proof_required: bool,
}

/// What a miner has shown of its output.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Delivery {
	/// Nothing.
	Nothing,
	/// A commitment, in a redundant job.
	Committed(Digest),
	/// The output.
	Delivered(Blob),
}

/// A miner's lock of a job. Its part of the miner's bond is the job's.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Lock {
	/// The miner.
	pub miner: AccountId,
	/// The job's price when it was locked.
	pub price: u128,
	/// Job time of the lock.
	pub at: JobTime,
	/// What the miner has shown.
	pub delivery: Delivery,
}

/// What a miner is owed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Debt {
	/// The miner.
	pub miner: AccountId,
	/// How much, royalties included, in the chain's smallest unit.
	pub amount: u128,
}

/// How a job was paid. Amounts are in the chain's smallest unit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Summary {
	/// The miner that brought the receipt, or whose output a panel found right.
	pub miner: AccountId,
	/// What it and the others that did the job earned together.
	pub amount: u128,
	/// What of that was set aside as royalties.
	pub royalties: u128,
	/// Who signed; `None` where a panel judged.
	pub issuer: Option<AccountId>,
	/// What the issuer, or the panel, was paid.
	pub issuer_fee: u128,
	/// What returned to the requester.
	pub returned: u128,
}

/// What the miner that has a private job has named.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Taken {
	/// The requester's offer and the miner's owner key.
	pub agreement: Agreement,
	/// X25519 key to which the requester seals the opening.
	pub opening_key: [u8; 32],
	/// Whether the requester has sent one.
	pub opened: bool,
}

/// What a private job has beside the rest.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PrivatePart {
	/// What is burned where a miner declines, in the chain's smallest unit.
	pub decline_fee: u128,
	/// How many miners can decline yet.
	pub declines_left: u8,
	/// Who has.
	pub declined: Vec<AccountId>,
	/// What the miner that has the job has named.
	pub taken: Option<Taken>,
}

/// What a requester asks for whose price is hidden. Fields are those of [`Offer`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PrivateRequest {
	/// The model to run. Not one that pays royalties.
	pub model: ModelId,
	/// How to run it.
	pub mode: Mode,
	/// The input.
	pub input: Blob,
	/// Poseidon commitment of the input, where the inference is proved.
	pub input_commitment: Option<FieldBytes>,
	/// Who may sign, 1 to 16, in the order of the tree.
	pub issuers: Vec<AccountId>,
	/// What the one that signs earns, or the panel that judges.
	pub issuer_fee: u128,
	/// Job time from the post until which the job can be locked and delivered.
	pub lock_timeout: JobTime,
	/// Job time from the post until which a receipt is accepted.
	pub timeout: JobTime,
	/// What a miner reserves of its bond to lock the job.
	pub miner_bond: u128,
	/// The miners it is kept for, at most 16; an empty list is for all.
	pub allow_list: Vec<AccountId>,
	/// Whether only a receipt pays, and no verdict.
	pub proof_required: bool,
	/// How many miners can decline it, 1 to 4.
	pub declines: u8,
}

/// Where a living job stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum JobState {
	/// It can be locked; once the lock deadline has passed, late receipts are accepted.
	Open,
	/// As many miners have it as are asked for.
	Locked,
	/// The miners of a redundant job show what they have committed to.
	Revealing {
		/// Until when.
		until: JobTime,
	},
	/// The output stands and waits for an issuer's signature.
	Delivered {
		/// Until when, unless an accepted issuer is removed.
		until: JobTime,
	},
	/// A panel judges.
	Disputed,
	/// A panel has found the output of a private job right, and its miner has yet to divide the escrow.
	Judged {
		/// Units that the panel found.
		units: u64,
		/// What the miner bears of the panel's cost, in the chain's smallest unit.
		borne: u128,
		/// Until when it can.
		until: JobTime,
	},
	/// A panel has judged, and the job is yet to be settled.
	Decided {
		/// What it found.
		verdict: Verdict,
		/// Who shares the fee.
		members: Vec<AccountId>,
	},
	/// A receipt was accepted that is yet to be settled.
	Accepted(AcceptedReceipt<AccountId>),
	/// All is settled but what could not be paid.
	Owed {
		/// How it was paid.
		summary: Summary,
		/// Who is owed what.
		debts: Vec<Debt>,
	},
}

/// A job that has not ended. Amounts are in the chain's smallest unit, times in job time, as they are in force
/// at the block that the record was read at: by how much the job's circuit has been paused since the post they
/// are later than those in the chain's record.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Job {
	/// Who posted it.
	pub requester: AccountId,
	/// What was asked for. `proof_required` is also set where the price is high; the allow-list is
	/// dropped once nobody else can take the job.
	pub offer: Offer,
	/// The model's price for a unit in the job's mode, when it was posted.
	pub quote: u128,
	/// What the registry knew of the issuers when the job was posted.
	pub issuer_snapshot: IssuerSnapshot,
	/// When it was posted, or as much later as `behind` says.
	pub posted_at: JobTime,
	/// How far its own clock, which stands still while its circuit is paused, is behind job time.
	pub behind: JobTime,
	/// Until when late receipts are accepted, where the requester gave notice.
	pub closes_at: Option<JobTime>,
	/// When something is due for it by itself; `None` where it waits for no time.
	pub due: Option<JobTime>,
	/// What is held from the requester for miners and issuer.
	pub held: u128,
	/// What is held as the record's deposit.
	pub deposit: u128,
	/// What it has beside the rest where an escrow of the pool pays for it.
	pub private: Option<PrivatePart>,
	/// Who has it, in the order in which they took it.
	pub locks: Vec<Lock>,
	/// Where it stands.
	pub state: JobState,
}

impl Job {
	/// Until when the job can be locked, and a lock must be kept.
	pub fn lock_deadline(&self) -> JobTime {
		self.posted_at.saturating_add(self.offer.lock_timeout)
	}

	/// Until when a receipt is accepted, as posted. [`crate::View::deadline`] is the one in force.
	pub fn deadline(&self) -> JobTime {
		self.posted_at.saturating_add(self.offer.timeout)
	}

	/// Job time of the post itself.
	pub fn was_posted_at(&self) -> JobTime {
		self.posted_at.saturating_sub(self.behind)
	}

	/// The record with its times by job time, for one whose times are by the job's own clock.
	pub(crate) fn in_job_time(mut self, behind: JobTime) -> Self {
		let later = |time: &mut JobTime| *time = time.saturating_add(behind);
		self.behind = behind;
		later(&mut self.posted_at);
		// `due` is a place in the agenda and in job time as it is.
		self.closes_at.iter_mut().for_each(later);
		self.locks.iter_mut().for_each(|lock| later(&mut lock.at));
		match &mut self.state {
			JobState::Revealing { until }
			| JobState::Delivered { until }
			| JobState::Judged { until, .. } => later(until),
			_ => {},
		}
		self
	}

	/// The price at this time, for a miner that locks the job then.
	pub fn price_at(&self, now: JobTime) -> u128 {
		self.offer.payment.price_at(now.saturating_sub(self.posted_at))
	}

	/// The most a miner can be paid.
	pub fn max_price(&self) -> u128 {
		self.offer.payment.max_price()
	}

	/// Whether several miners do the job.
	pub fn is_redundant(&self) -> bool {
		self.offer.redundancy > 1
	}

	/// The miner's lock.
	pub fn lock_of(&self, miner: &AccountId) -> Option<&Lock> {
		self.locks.iter().find(|lock| lock.miner == *miner)
	}

	/// The number of locks: the nonce of a receipt's header.
	pub fn nonce(&self) -> u64 {
		let declined = self.private.as_ref().map_or(0, |private| private.declined.len());
		self.locks.len().saturating_add(declined) as u64
	}

	/// Whether a miner is allowed to take it.
	pub fn allows(&self, miner: &AccountId) -> bool {
		self.offer.allow_list.is_empty() || self.offer.allow_list.contains(miner)
	}

	/// Whether a miner can lock it at this time, as far as the job's own record says.
	pub fn can_be_locked(&self, now: JobTime) -> bool {
		self.state == JobState::Open && now <= self.lock_deadline()
	}

	/// What it asks of a miner, given its model.
	pub fn needs(&self, model: &Description) -> JobNeeds {
		let Offer { mode, level, circuit, .. } = &self.offer;
		JobNeeds {
			level: *level,
			circuit: *circuit,
			constraints: if mode.is_proven() { model.constraints } else { 0 },
			model_size: model.blob.size.into(),
			fhe_parameters: model.fhe_parameters.filter(|_| mode.is_encrypted()),
		}
	}
}

/// By how much a job's times have moved because an issuer that it accepts was removed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Extension {
	/// When the first of its issuers was removed, if one was since the post.
	pub removed_at: Option<JobTime>,
	/// By how much times that had not passed then are later.
	pub by: JobTime,
}

impl Extension {
	/// A time that stands in the job's record, as it is in force.
	pub fn in_force(&self, until: JobTime) -> JobTime {
		match self.removed_at {
			Some(at) if at <= until => until.saturating_add(self.by),
			_ => until,
		}
	}
}

/// What a miner's receipt for a job must keep to at one time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Claim {
	/// The most it may be worth, in the chain's smallest unit. Of a private job, whose price the chain does not
	/// know, the most that fits an escrow: what it is worth is what its input offers.
	pub max_amount: u128,
	/// Until when it is accepted.
	pub open_until: JobTime,
	/// When the miner's work can have begun: with its lock, or for whoever is late with the post.
	pub since: JobTime,
	/// The output that the miner has delivered, if it has: the receipt must be about it.
	pub output: Option<Blob>,
	/// Whether it is late: the miner must have committed to it in an earlier block.
	pub late: bool,
}

impl Job {
	/// The most that the chain sees for whoever has this lock: where an escrow pays, what fits one.
	fn most_for(&self, lock: &Lock) -> u128 {
		if self.private.is_some() {
			u64::MAX.into()
		} else {
			lock.price
		}
	}

	/// Whose receipt the job takes at this time, by the marketplace's own rule, but for whether a late
	/// receipt was committed to.
	pub fn claim_of(
		&self,
		miner: &AccountId,
		now: JobTime,
		extension: &Extension,
	) -> Result<Claim, Bar> {
		let lock = self.lock_of(miner);
		match &self.state {
			JobState::Open | JobState::Locked if self.is_redundant() => Err(Bar::OutputsAwaited),
			JobState::Revealing { .. } => Err(Bar::OutputsAwaited),
			JobState::Open | JobState::Locked
				if now > self.lock_deadline() && self.private.is_none() =>
			{
				// A lock fixes the price also for whoever does the job after it.
				let price = self.locks.first().map(|lock| lock.price);
				Ok(Claim {
					max_amount: price.unwrap_or_else(|| self.price_at(now)),
					open_until: self
						.closes_at
						.unwrap_or_else(|| extension.in_force(self.deadline())),
					since: self.posted_at,
					output: None,
					late: true,
				})
			},
			JobState::Open | JobState::Locked => {
				let lock = lock.ok_or(match self.locks.is_empty() {
					true => Bar::NotLocked,
					false => Bar::OfAnother,
				})?;
				Ok(Claim {
					max_amount: self.most_for(lock),
					open_until: self.lock_deadline(),
					since: lock.at,
					output: None,
					late: false,
				})
			},
			JobState::Delivered { until } => match lock {
				Some(lock @ Lock { at, delivery: Delivery::Delivered(output), .. }) => Ok(Claim {
					max_amount: self.most_for(lock),
					open_until: extension.in_force(*until),
					since: *at,
					output: Some(*output),
					late: false,
				}),
				_ => Err(Bar::OfAnother),
			},
			JobState::Disputed | JobState::Decided { .. } | JobState::Judged { .. } => {
				Err(Bar::OnPanel)
			},
			JobState::Accepted(_) | JobState::Owed { .. } => Err(Bar::Settled),
		}
	}
}

/// Why a requester got its money back.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Cause {
	/// Nobody did the job.
	Expired,
	/// No accepted issuer is in office.
	NoIssuers,
	/// Who had it has shown nothing and lost its bond.
	Stalled,
	/// The requester wanted it no more.
	Cancelled,
	/// The input is none.
	Malformed,
	/// A panel found the outputs wrong.
	Wrong,
	/// No panel came to a verdict.
	Undecided,
	/// A panel found the output right, and only a proof pays.
	Unproven,
	/// The circuit of its receipt is paused and was retired, or has been paused for too long.
	NoCircuit,
	/// Of a private job: as many miners have declined as the requester had prepaid for.
	Declined,
	/// Of a private job: a panel found the output right, and its miner has not divided the escrow in time.
	Unsettled,
}

/// How a job ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum End {
	/// Done and paid.
	Fulfilled {
		/// The miner that brought the receipt, or whose output a panel found right.
		miner: AccountId,
		/// What the miners earned together, in the chain's smallest unit.
		amount: u128,
	},
	/// Not done, and the requester has its money back.
	Refunded(Cause),
}

/// What stays of a job that has ended, until its requester removes it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EndedJob {
	/// Who posted it.
	pub requester: AccountId,
	/// The model asked for.
	pub model: ModelId,
	/// Digest of the input.
	pub input: Digest,
	/// The level of its receipt.
	pub level: Level,
	/// What is held as the record's deposit, in the chain's smallest unit.
	pub deposit: u128,
	/// What could not be returned and is still held: less than the existential deposit.
	pub rest: u128,
	/// How it ended.
	pub end: End,
	/// Whether it was reviewed.
	pub reviewed: bool,
}

/// A job.
#[derive(Clone, PartialEq, Eq, Debug)]
#[allow(clippy::large_enum_variant)] // Most that are looked at are live.
pub enum JobRecord {
	/// It has not ended.
	Live(Job),
	/// It has.
	Ended(EndedJob),
}

impl JobRecord {
	/// The job, if it has not ended.
	pub fn live(self) -> Option<Job> {
		match self {
			Self::Live(job) => Some(job),
			Self::Ended(_) => None,
		}
	}

	/// How it ended, if it has.
	pub fn end(&self) -> Option<&End> {
		match self {
			Self::Live(_) => None,
			Self::Ended(job) => Some(&job.end),
		}
	}

	/// Who posted it.
	pub fn requester(&self) -> &AccountId {
		match self {
			Self::Live(job) => &job.requester,
			Self::Ended(job) => &job.requester,
		}
	}

	/// The model asked for.
	pub fn model(&self) -> &ModelId {
		match self {
			Self::Live(job) => &job.offer.model,
			Self::Ended(job) => &job.model,
		}
	}
}

/// What an account has committed to for a late job.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LateCommitment {
	/// [`quittance_types::late_commitment`] of a receipt's nullifier.
	pub commitment: Digest,
	/// Number of the block of the commitment. The receipt comes in a later one.
	pub block: u64,
	/// Who paid the deposit.
	pub depositor: AccountId,
	/// What is held for it, in the chain's smallest unit.
	pub deposit: u128,
}

impl From<raw::Offer<AccountId>> for Offer {
	fn from(offer: raw::Offer<AccountId>) -> Self {
		Self {
			model: offer.model,
			mode: offer.mode.0,
			level: offer.level.0,
			circuit: offer.circuit,
			input: offer.input.0,
			input_commitment: offer.input_commitment.map(|commitment| commitment.0),
			issuers: offer.issuers.0,
			issuer_fee: offer.issuer_fee,
			payment: offer.payment.0,
			lock_timeout: offer.lock_timeout,
			timeout: offer.timeout,
			miner_bond: offer.miner_bond,
			redundancy: offer.redundancy,
			allow_list: offer.allow_list.0,
			proof_required: offer.proof_required,
		}
	}
}

impl From<Offer> for raw::Offer<AccountId> {
	fn from(offer: Offer) -> Self {
		Self {
			model: offer.model,
			mode: Static(offer.mode),
			level: Static(offer.level),
			circuit: offer.circuit,
			input: Static(offer.input),
			input_commitment: offer.input_commitment.map(Static),
			issuers: BoundedVec(offer.issuers),
			issuer_fee: offer.issuer_fee,
			payment: Static(offer.payment),
			lock_timeout: offer.lock_timeout,
			timeout: offer.timeout,
			miner_bond: offer.miner_bond,
			redundancy: offer.redundancy,
			allow_list: BoundedVec(offer.allow_list),
			proof_required: offer.proof_required,
		}
	}
}

/// As the chain has it: a post's header covers these bytes.
impl Encode for PrivateRequest {
	fn encode_to<T: Output + ?Sized>(&self, dest: &mut T) {
		let Self { model, mode, input, input_commitment, issuers, issuer_fee, .. } = self;
		(model, mode, input, input_commitment, issuers, issuer_fee).encode_to(dest);
		let Self { lock_timeout, timeout, miner_bond, allow_list, .. } = self;
		(lock_timeout, timeout, miner_bond, allow_list).encode_to(dest);
		(self.proof_required, self.declines).encode_to(dest);
	}
}

impl From<PrivateRequest> for raw_private::PrivateRequest<AccountId> {
	fn from(request: PrivateRequest) -> Self {
		Self {
			model: request.model,
			mode: Static(request.mode),
			input: Static(request.input),
			input_commitment: request.input_commitment.map(Static),
			issuers: BoundedVec(request.issuers),
			issuer_fee: request.issuer_fee,
			lock_timeout: request.lock_timeout,
			timeout: request.timeout,
			miner_bond: request.miner_bond,
			allow_list: BoundedVec(request.allow_list),
			proof_required: request.proof_required,
			declines: request.declines,
		}
	}
}

impl From<raw_private::PrivatePart<AccountId>> for PrivatePart {
	fn from(part: raw_private::PrivatePart<AccountId>) -> Self {
		let raw_private::PrivatePart { decline_fee, declines_left, declined, taken } = part;
		let taken = taken.map(|raw_private::Taken { agreement, opening_key, opened }| Taken {
			agreement: agreement.0,
			opening_key,
			opened,
		});
		Self { decline_fee, declines_left, declined: declined.0, taken }
	}
}

impl From<raw::Lock<AccountId>> for Lock {
	fn from(lock: raw::Lock<AccountId>) -> Self {
		let raw::Lock { miner, price, at, delivery } = lock;
		let delivery = match delivery {
			raw::Delivery::Nothing => Delivery::Nothing,
			raw::Delivery::Committed(commitment) => Delivery::Committed(commitment),
			raw::Delivery::Delivered(output) => Delivery::Delivered(output.0),
		};
		Self { miner, price, at, delivery }
	}
}

impl From<raw::Summary<AccountId>> for Summary {
	fn from(summary: raw::Summary<AccountId>) -> Self {
		let raw::Summary { miner, amount, royalties, issuer, issuer_fee, returned } = summary;
		Self { miner, amount, royalties, issuer, issuer_fee, returned }
	}
}

impl From<raw::JobState<AccountId>> for JobState {
	fn from(state: raw::JobState<AccountId>) -> Self {
		let debt = |raw::Debt { miner, amount, .. }| Debt { miner, amount };
		match state {
			raw::JobState::Open => Self::Open,
			raw::JobState::Locked => Self::Locked,
			raw::JobState::Revealing { until } => Self::Revealing { until },
			raw::JobState::Delivered { until } => Self::Delivered { until },
			raw::JobState::Disputed => Self::Disputed,
			raw::JobState::Judged { units, borne, until } => Self::Judged { units, borne, until },
			raw::JobState::Decided { verdict, members, .. } => {
				Self::Decided { verdict: verdict.0, members: members.0 }
			},
			raw::JobState::Accepted(receipt) => {
				let shared::AcceptedReceipt { miner, issuer, amount, nullifier } = receipt;
				let nullifier = nullifier.0;
				Self::Accepted(AcceptedReceipt { miner, issuer, amount, nullifier })
			},
			raw::JobState::Owed { summary, debts } => Self::Owed {
				summary: summary.into(),
				debts: debts.0.into_iter().map(debt).collect(),
			},
		}
	}
}

// With its times by its own clock.
impl From<raw::Job<AccountId>> for Job {
	fn from(job: raw::Job<AccountId>) -> Self {
		Self {
			requester: job.requester,
			offer: job.offer.into(),
			quote: job.quote,
			issuer_snapshot: job.issuer_snapshot.0,
			posted_at: job.posted_at,
			behind: 0,
			closes_at: job.closes_at,
			due: job.due,
			held: job.held,
			deposit: job.deposit,
			private: job.private.map(Into::into),
			locks: job.locks.0.into_iter().map(Into::into).collect(),
			state: job.state.into(),
		}
	}
}

impl From<raw::Cause> for Cause {
	fn from(cause: raw::Cause) -> Self {
		match cause {
			raw::Cause::Expired => Self::Expired,
			raw::Cause::NoIssuers => Self::NoIssuers,
			raw::Cause::Stalled => Self::Stalled,
			raw::Cause::Cancelled => Self::Cancelled,
			raw::Cause::Malformed => Self::Malformed,
			raw::Cause::Wrong => Self::Wrong,
			raw::Cause::Undecided => Self::Undecided,
			raw::Cause::Unproven => Self::Unproven,
			raw::Cause::NoCircuit => Self::NoCircuit,
			raw::Cause::Declined => Self::Declined,
			raw::Cause::Unsettled => Self::Unsettled,
		}
	}
}

impl From<raw::EndedJob<AccountId>> for EndedJob {
	fn from(job: raw::EndedJob<AccountId>) -> Self {
		Self {
			requester: job.requester,
			model: job.model,
			input: job.input,
			level: job.level.0,
			deposit: job.deposit,
			rest: job.rest,
			end: match job.end {
				raw::End::Fulfilled { miner, amount } => End::Fulfilled { miner, amount },
				raw::End::Refunded(cause) => End::Refunded(cause.into()),
			},
			reviewed: job.reviewed,
		}
	}
}

impl<BlockNumber: Into<u64>> From<raw::LateCommitment<AccountId, BlockNumber>> for LateCommitment {
	fn from(entry: raw::LateCommitment<AccountId, BlockNumber>) -> Self {
		let raw::LateCommitment { commitment, block, depositor, deposit } = entry;
		Self { commitment, block: block.into(), depositor, deposit }
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use quittance_types::{Escrow, PriceRamp};

	const MINER: AccountId = AccountId([2; 32]);

	fn job() -> Job {
		let offer = Offer {
			model: [6; 32],
			mode: Mode::Plain,
			level: Level::Transparent,
			circuit: None,
			input: Blob { digest: [7; 32], size: 100 },
			input_commitment: None,
			issuers: vec![AccountId([1; 32])],
			issuer_fee: 1,
			payment: Payment::Held { price: PriceRamp { min: 10, max: 20, start: 0, length: 10 } },
			lock_timeout: 30,
			timeout: 50,
			miner_bond: 3,
			redundancy: 1,
			allow_list: vec![],
			proof_required: false,
		};
		Job {
			requester: AccountId([3; 32]),
			offer,
			quote: 5,
			issuer_snapshot: IssuerSnapshot { root: FieldBytes([0; 32]), removed_issuers: 0 },
			posted_at: 100,
			behind: 0,
			closes_at: None,
			due: None,
			held: 21,
			deposit: 2,
			private: None,
			locks: vec![],
			state: JobState::Open,
		}
	}

	#[test]
	fn boundary_a_job_can_be_locked_until_its_lock_deadline() {
		let job = job();
		assert_eq!((job.lock_deadline(), job.deadline()), (130, 150));
		assert!(job.can_be_locked(130));
		assert!(!job.can_be_locked(131));
		assert!(!Job { state: JobState::Locked, ..job }.can_be_locked(101));
	}

	#[test]
	fn the_price_is_that_of_the_ramp_since_the_post() {
		let job = job();
		assert_eq!([99, 100, 105, 110, 131].map(|now| job.price_at(now)), [10, 10, 15, 20, 20]);
	}

	#[test]
	fn an_empty_allow_list_is_for_all() {
		let mut job = job();
		assert!(job.allows(&MINER));
		job.offer.allow_list = vec![AccountId([9; 32])];
		assert!(!job.allows(&MINER));
		job.offer.allow_list.push(MINER);
		assert!(job.allows(&MINER));
	}

	fn locked(miner: AccountId, delivery: Delivery) -> Job {
		let lock = Lock { miner, price: 15, at: 105, delivery };
		Job { locks: vec![lock], state: JobState::Locked, ..job() }
	}

	/// The marketplace's table of whose receipt is taken when.
	#[test]
	fn a_receipt_is_its_miners_until_the_lock_deadline() {
		let none = Extension::default();
		let claim = |job: &Job, now| job.claim_of(&MINER, now, &none);
		assert_eq!(claim(&job(), 130), Err(Bar::NotLocked));
		let ours = locked(MINER, Delivery::Nothing);
		let expected =
			Claim { max_amount: 15, open_until: 130, since: 105, output: None, late: false };
		assert_eq!(claim(&ours, 130), Ok(expected));
		assert_eq!(claim(&locked(AccountId([9; 32]), Delivery::Nothing), 130), Err(Bar::OfAnother));
	}

	#[test]
	fn a_receipt_is_anybodys_after_the_lock_deadline() {
		let none = Extension::default();
		let late = Claim { max_amount: 20, open_until: 150, since: 100, output: None, late: true };
		assert_eq!(job().claim_of(&MINER, 131, &none), Ok(late));
		// Whose lock was not kept fixes the price.
		let others = locked(AccountId([9; 32]), Delivery::Nothing);
		assert_eq!(others.claim_of(&MINER, 131, &none), Ok(Claim { max_amount: 15, ..late }));
		let closing = Job { closes_at: Some(140), ..job() };
		let removed = Extension { removed_at: Some(120), by: 10 };
		assert_eq!(closing.claim_of(&MINER, 131, &removed), Ok(Claim { open_until: 140, ..late }));
		assert_eq!(job().claim_of(&MINER, 131, &removed), Ok(Claim { open_until: 160, ..late }));
	}

	/// The circuit was paused for 40 after the post: by its own clock it is 40 earlier for the job.
	#[test]
	fn a_pause_of_its_circuit_moves_all_times_of_a_job() {
		let none = Extension::default();
		let moved = locked(MINER, Delivery::Nothing).in_job_time(40);
		assert_eq!((moved.posted_at, moved.was_posted_at(), moved.behind), (140, 100, 40));
		assert_eq!((moved.lock_deadline(), moved.deadline()), (170, 190));
		assert_eq!((moved.price_at(140), moved.price_at(145)), (10, 15));
		let claim = moved.claim_of(&MINER, 170, &none).unwrap();
		assert_eq!((claim.open_until, claim.since, claim.late), (170, 145, false));
		assert!(moved.claim_of(&MINER, 171, &none).unwrap().late);

		let output = Blob { digest: [8; 32], size: 9 };
		let delivered = Job {
			state: JobState::Delivered { until: 200 },
			..locked(MINER, Delivery::Delivered(output))
		};
		let claim = delivered.in_job_time(40).claim_of(&MINER, 230, &none).unwrap();
		assert_eq!(claim.open_until, 240);
		let revealing = Job { state: JobState::Revealing { until: 200 }, ..job() };
		assert_eq!(revealing.in_job_time(40).state, JobState::Revealing { until: 240 });
		let closing = Job { closes_at: Some(140), due: Some(7), ..job() }.in_job_time(40);
		assert_eq!((closing.closes_at, closing.due), (Some(180), Some(7)));
		assert_eq!(job().in_job_time(0), job());
	}

	#[test]
	fn a_delivered_output_is_the_one_to_be_signed() {
		let output = Blob { digest: [8; 32], size: 9 };
		let delivered = |miner, delivery| Job {
			state: JobState::Delivered { until: 200 },
			..locked(miner, delivery)
		};
		let removed = Extension { removed_at: Some(200), by: 10 };
		let job = delivered(MINER, Delivery::Delivered(output));
		let claim = job.claim_of(&MINER, 131, &removed).unwrap();
		assert_eq!((claim.open_until, claim.output, claim.late), (210, Some(output), false));
		for delivery in [Delivery::Nothing, Delivery::Committed([0; 32])] {
			let claim = delivered(MINER, delivery).claim_of(&MINER, 131, &removed);
			assert_eq!(claim, Err(Bar::OfAnother));
		}
		let others = delivered(AccountId([9; 32]), Delivery::Delivered(output));
		assert_eq!(others.claim_of(&MINER, 131, &removed), Err(Bar::OfAnother));
	}

	/// A private job, of which one miner has declined.
	fn private(job: Job) -> Job {
		let escrow = Escrow { commitment: FieldBytes([1; 32]), offer: FieldBytes([2; 32]) };
		let part = PrivatePart {
			decline_fee: 5,
			declines_left: 1,
			declined: vec![AccountId([9; 32])],
			taken: None,
		};
		let offer = Offer { payment: Payment::Escrow(escrow), level: Level::Enhanced, ..job.offer };
		Job { offer, private: Some(part), ..job }
	}

	/// The chain does not know what it is worth, and issuers meter by the input.
	#[test]
	fn a_private_job_is_worth_what_its_input_says_and_never_late() {
		let none = Extension::default();
		let mut ours = private(locked(MINER, Delivery::Nothing));
		assert_eq!((ours.nonce(), ours.price_at(200), ours.max_price()), (2, 0, 0));
		let most = u64::MAX.into();
		let expected =
			Claim { max_amount: most, open_until: 130, since: 105, output: None, late: false };
		for now in [110, 130, 131, 150] {
			assert_eq!(ours.claim_of(&MINER, now, &none), Ok(expected), "at {now}");
			assert_eq!(ours.claim_of(&AccountId([8; 32]), now, &none), Err(Bar::OfAnother));
			assert_eq!(private(job()).claim_of(&MINER, now, &none), Err(Bar::NotLocked));
		}
		let output = Blob { digest: [8; 32], size: 9 };
		ours.locks[0].delivery = Delivery::Delivered(output);
		ours.state = JobState::Delivered { until: 200 };
		let claim = ours.claim_of(&MINER, 150, &none).unwrap();
		assert_eq!((claim.max_amount, claim.open_until, claim.late), (most, 200, false));
		ours.state = JobState::Judged { units: 3, borne: 0, until: 200 };
		assert_eq!(ours.claim_of(&MINER, 150, &none), Err(Bar::OnPanel));
		assert_eq!(ours.in_job_time(40).state, JobState::Judged { units: 3, borne: 0, until: 240 });
	}

	#[test]
	fn other_states_take_no_receipt() {
		let none = Extension::default();
		let accepted = AcceptedReceipt {
			miner: MINER,
			issuer: MINER,
			amount: 1,
			nullifier: FieldBytes([0; 32]),
		};
		let states = [
			(JobState::Revealing { until: 200 }, Bar::OutputsAwaited),
			(JobState::Disputed, Bar::OnPanel),
			(JobState::Decided { verdict: Verdict::Undecided, members: vec![] }, Bar::OnPanel),
			(JobState::Accepted(accepted), Bar::Settled),
		];
		for (state, bar) in states {
			let job = Job { state, ..locked(MINER, Delivery::Nothing) };
			assert_eq!(job.claim_of(&MINER, 110, &none), Err(bar));
		}
		let mut redundant = locked(MINER, Delivery::Nothing);
		redundant.offer.redundancy = 2;
		for now in [110, 131] {
			assert_eq!(redundant.claim_of(&MINER, now, &none), Err(Bar::OutputsAwaited));
		}
	}

	#[test]
	fn boundary_a_removal_moves_only_what_had_not_passed() {
		let extension = Extension { removed_at: Some(50), by: 10 };
		assert_eq!([49, 50, 51].map(|until| extension.in_force(until)), [49, 60, 61]);
		assert_eq!(Extension::default().in_force(5), 5);
	}

	#[test]
	fn the_nonce_counts_the_locks() {
		let mut job = job();
		assert_eq!((job.nonce(), job.lock_of(&MINER)), (0, None));
		let lock = Lock { miner: MINER, price: 15, at: 105, delivery: Delivery::Nothing };
		job.locks.push(lock);
		assert_eq!((job.nonce(), job.lock_of(&MINER)), (1, Some(&lock)));
	}
}
