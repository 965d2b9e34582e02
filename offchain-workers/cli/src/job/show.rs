//! All that is known of a job.

use super::{cause_name, cause_words, level_name, state_name, unknown};
use crate::{
	amount::Amount,
	console::{lines, Console, Report},
	document::to_hex,
	failure::{Failure, SUCCESS},
	model::mode_name,
	node::NodeAddress,
};
use clap::Args;
use quittance_client::{
	AccountId, Delivery, End, EndedJob, Job, JobRecord, JobState, Lock, Summary,
};
use quittance_types::{AcceptedReceipt, Finding, JobId, JobTime, PriceRamp, Verdict};
use serde::Serialize;

/// Show a job.
#[derive(Args, Debug)]
pub struct Show {
	#[command(flatten)]
	node: NodeAddress,
	/// The job's number.
	job: JobId,
}

impl Show {
	/// Runs the command.
	pub async fn run(self, console: &Console) -> Result<u8, Failure> {
		let view = self.node.finalised().await?;
		match view.job(self.job).await?.ok_or_else(unknown)? {
			JobRecord::Ended(job) => console.report(&Ended::new(self.job, &job)),
			JobRecord::Live(job) => {
				let (deadline, price_now) =
					futures::try_join!(view.deadline(self.job), view.price_now(self.job))?;
				let now = view.job_time().await?;
				console.report(&Live::new(self.job, &job, deadline, price_now, now));
			},
		}
		Ok(SUCCESS)
	}
}

/// A job that has not ended.
#[derive(Serialize)]
struct Live {
	job: JobId,
	state: &'static str,
	detail: Option<String>,
	now: JobTime,
	requester: String,
	model: String,
	mode: &'static str,
	level: &'static str,
	circuit: Option<String>,
	input: String,
	input_size: u32,
	input_commitment: Option<String>,
	issuers: Vec<String>,
	issuer_fee: Amount,
	min_price: Amount,
	max_price: Amount,
	ramp_start: JobTime,
	ramp_length: JobTime,
	price_now: Option<Amount>,
	quote: Amount,
	miner_bond: Amount,
	redundancy: u8,
	allowed: Vec<String>,
	proof_required: bool,
	held: Amount,
	deposit: Amount,
	posted_at: JobTime,
	lock_deadline: JobTime,
	deadline: JobTime,
	closes_at: Option<JobTime>,
	due: Option<JobTime>,
	locks: Vec<Locked>,
}

#[derive(Serialize)]
struct Locked {
	miner: String,
	price: Amount,
	at: JobTime,
	delivery: &'static str,
	output: Option<String>,
}

impl Locked {
	fn new(lock: &Lock) -> Self {
		let (delivery, output) = match lock.delivery {
			Delivery::Nothing => ("nothing", None),
			Delivery::Committed(_) => ("committed", None),
			Delivery::Delivered(output) => ("delivered", Some(to_hex(output.digest))),
		};
		let (miner, price) = (lock.miner.to_string(), Amount(lock.price));
		Self { miner, price, at: lock.at, delivery, output }
	}
}

/// What a state says beside its name.
fn detail(state: &JobState) -> Option<String> {
	match state {
		JobState::Open | JobState::Locked | JobState::Disputed => None,
		JobState::Revealing { until } => Some(format!("outputs are shown until block {until}")),
		JobState::Delivered { until } => Some(format!("can be signed until block {until}")),
		JobState::Judged { units, until, .. } => {
			Some(format!("right, {units} units, to be settled until block {until}"))
		},
		JobState::Decided { verdict, .. } => Some(match verdict {
			Verdict::Found(Finding::Right { amount, .. }) => {
				format!("right, worth {} QTC", Amount(*amount))
			},
			Verdict::Found(Finding::Wrong) => "wrong".into(),
			Verdict::Undecided => "undecided".into(),
		}),
		JobState::Accepted(AcceptedReceipt { miner, amount, .. }) => {
			Some(format!("{} QTC for {miner}", Amount(*amount)))
		},
		JobState::Owed { summary: Summary { miner, .. }, debts } => {
			let owed = debts.iter().fold(0u128, |sum, debt| sum.saturating_add(debt.amount));
			Some(format!("done by {miner}, {} QTC could not be paid", Amount(owed)))
		},
	}
}

impl Live {
	fn new(
		number: JobId,
		job: &Job,
		deadline: Option<JobTime>,
		price_now: Option<u128>,
		now: JobTime,
	) -> Self {
		let offer = &job.offer;
		// Zero where an escrow pays: it is hidden.
		let price = offer.payment.price().unwrap_or(PriceRamp::flat(0));
		let names = |accounts: &[AccountId]| accounts.iter().map(ToString::to_string).collect();
		Self {
			job: number,
			state: state_name(&job.state),
			detail: detail(&job.state),
			now,
			requester: job.requester.to_string(),
			model: to_hex(offer.model),
			mode: mode_name(offer.mode),
			level: level_name(offer.level),
			circuit: offer.circuit.map(to_hex),
			input: to_hex(offer.input.digest),
			input_size: offer.input.size,
			input_commitment: offer.input_commitment.map(|commitment| to_hex(commitment.0)),
			issuers: names(&offer.issuers),
			issuer_fee: Amount(offer.issuer_fee),
			min_price: Amount(price.min),
			max_price: Amount(price.max),
			ramp_start: price.start,
			ramp_length: price.length,
			price_now: price_now.map(Amount),
			quote: Amount(job.quote),
			miner_bond: Amount(offer.miner_bond),
			redundancy: offer.redundancy,
			allowed: names(&offer.allow_list),
			proof_required: offer.proof_required,
			held: Amount(job.held),
			deposit: Amount(job.deposit),
			posted_at: job.posted_at,
			lock_deadline: job.lock_deadline(),
			deadline: deadline.unwrap_or_else(|| job.deadline()),
			closes_at: job.closes_at,
			due: job.due,
			locks: job.locks.iter().map(Locked::new).collect(),
		}
	}
}

impl Report for Live {
	fn text(&self) -> String {
		let none = || "-".to_owned();
		let block = |time: Option<JobTime>| time.map_or_else(none, |time| time.to_string());
		let list = |items: &[String]| if items.is_empty() { none() } else { items.join(" ") };
		let lock = |lock: &Locked| {
			let output = lock.output.as_ref().map(|output| format!(" {output}"));
			let (miner, price, at) = (&lock.miner, lock.price, lock.at);
			format!(
				"{miner} for {price} QTC since block {at}, {}{}",
				lock.delivery,
				output.unwrap_or_default()
			)
		};
		let locks: Vec<_> = self.locks.iter().map(lock).collect();
		let price = match self.min_price == self.max_price {
			true => self.max_price.to_string(),
			false => format!(
				"{} to {}, from {} blocks after the post on for {}",
				self.min_price, self.max_price, self.ramp_start, self.ramp_length
			),
		};
		let state = match &self.detail {
			Some(detail) => format!("{}: {detail}", self.state),
			None => self.state.into(),
		};
		lines([
			("job", self.job.to_string()),
			("state", state),
			("model", self.model.clone()),
			("mode", self.mode.into()),
			(
				"level",
				format!(
					"{}{}",
					self.level,
					if self.proof_required { ", only a proof pays" } else { "" }
				),
			),
			("circuit", self.circuit.clone().unwrap_or_else(none)),
			("requester", self.requester.clone()),
			("input", format!("{} ({} bytes)", self.input, self.input_size)),
			("issuers", self.issuers.join(" ")),
			("issuer's fee", self.issuer_fee.to_string()),
			("price, QTC", price),
			("now", self.price_now.map_or_else(none, |price| price.to_string())),
			("model's price", self.quote.to_string()),
			("bond of a lock", self.miner_bond.to_string()),
			("held", self.held.to_string()),
			("miners", self.redundancy.to_string()),
			("kept for", list(&self.allowed)),
			("taken by", if locks.is_empty() { none() } else { locks.join(", ") }),
			("block now", self.now.to_string()),
			("posted at", self.posted_at.to_string()),
			("to be taken until", self.lock_deadline.to_string()),
			("deadline", self.deadline.to_string()),
			("closes at", block(self.closes_at)),
			("next step at", block(self.due)),
		])
	}
}

/// What stays of a job that has ended.
#[derive(Serialize)]
struct Ended {
	job: JobId,
	state: &'static str,
	cause: Option<&'static str>,
	miner: Option<String>,
	amount: Option<Amount>,
	requester: String,
	model: String,
	input: String,
	level: &'static str,
	deposit: Amount,
	rest: Amount,
	reviewed: bool,
	#[serde(skip)]
	words: Option<&'static str>,
}

impl Ended {
	fn new(number: JobId, job: &EndedJob) -> Self {
		let (state, cause, miner, amount) = match job.end {
			End::Fulfilled { miner, amount } => {
				("fulfilled", None, Some(miner.to_string()), Some(Amount(amount)))
			},
			End::Refunded(cause) => ("refunded", Some(cause), None, None),
		};
		Self {
			job: number,
			state,
			cause: cause.map(cause_name),
			words: cause.map(cause_words),
			miner,
			amount,
			requester: job.requester.to_string(),
			model: to_hex(job.model),
			input: to_hex(job.input),
			level: level_name(job.level),
			deposit: Amount(job.deposit),
			rest: Amount(job.rest),
			reviewed: job.reviewed,
		}
	}
}

impl Report for Ended {
	fn text(&self) -> String {
		let none = || "-".to_owned();
		let state = match self.words {
			Some(words) => format!("{}: {words}", self.state),
			None => self.state.into(),
		};
		lines([
			("job", self.job.to_string()),
			("state", state),
			("miner", self.miner.clone().unwrap_or_else(none)),
			("paid, QTC", self.amount.map_or_else(none, |amount| amount.to_string())),
			("requester", self.requester.clone()),
			("model", self.model.clone()),
			("input", self.input.clone()),
			("level", self.level.into()),
			("deposit", self.deposit.to_string()),
			("not returned", self.rest.to_string()),
			("reviewed", if self.reviewed { "yes" } else { "no" }.into()),
		])
	}
}
