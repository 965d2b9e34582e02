//! Jobs in a table.

use super::{cause_name, level_name, state_name};
use crate::{
	amount::Amount,
	console::{right, table, Console, Report},
	document::{parse_account, parse_hex, to_hex},
	failure::{Failure, SUCCESS},
	node::NodeAddress,
};
use clap::{Args, ValueEnum};
use quittance_client::{AccountId, End, JobRecord, JobState};
use quittance_types::{JobId, JobTime, ModelId};
use serde::Serialize;

/// Where a job stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum StateArgument {
	/// It can be taken, or waits for a late receipt.
	Open,
	/// Its miners have it.
	Locked,
	/// They show what they have committed to.
	Revealing,
	/// The output waits for a signature.
	Delivered,
	/// A panel judges.
	Disputed,
	/// A panel has judged.
	Decided,
	/// A panel has found the output of a private job right, and its miner has yet to settle it.
	Judged,
	/// A receipt was accepted.
	Accepted,
	/// Something could not be paid.
	Owed,
	/// Done and paid.
	Fulfilled,
	/// The money came back.
	Refunded,
	/// Any of those that have not ended.
	Live,
	/// Either of the two that have.
	Ended,
}

impl StateArgument {
	fn admits(self, record: &JobRecord) -> bool {
		match record {
			JobRecord::Live(job) => {
				let named = match &job.state {
					JobState::Open => Self::Open,
					JobState::Locked => Self::Locked,
					JobState::Revealing { .. } => Self::Revealing,
					JobState::Delivered { .. } => Self::Delivered,
					JobState::Disputed => Self::Disputed,
					JobState::Judged { .. } => Self::Judged,
					JobState::Decided { .. } => Self::Decided,
					JobState::Accepted(_) => Self::Accepted,
					JobState::Owed { .. } => Self::Owed,
				};
				self == named || self == Self::Live
			},
			JobRecord::Ended(job) => {
				let named = match job.end {
					End::Fulfilled { .. } => Self::Fulfilled,
					End::Refunded(_) => Self::Refunded,
				};
				self == named || self == Self::Ended
			},
		}
	}
}

/// List jobs, the newest last.
#[derive(Args, Debug)]
pub struct List {
	#[command(flatten)]
	node: NodeAddress,
	/// Number of the first job to look at. Without it: the newest ones.
	#[arg(long)]
	from: Option<JobId>,
	/// Most jobs to look at, up to 256.
	#[arg(long, default_value_t = 64)]
	limit: u32,
	#[command(flatten)]
	filter: Filter,
}

/// What a job must be like to be listed.
#[derive(Args, Clone, Debug, Default)]
struct Filter {
	/// Only in this state; may be given several times.
	#[arg(long = "state", value_enum)]
	states: Vec<StateArgument>,
	/// Only of this requester.
	#[arg(long, value_name = "ACCOUNT", value_parser = parse_account)]
	requester: Option<AccountId>,
	/// Only those that this miner has or was paid for.
	#[arg(long, value_name = "ACCOUNT", value_parser = parse_account)]
	miner: Option<AccountId>,
	/// Only those that accept this issuer and have not ended.
	#[arg(long, value_name = "ACCOUNT", value_parser = parse_account)]
	issuer: Option<AccountId>,
	/// Only those that ask for this model.
	#[arg(long, value_name = "MODEL", value_parser = parse_hex::<32>)]
	model: Option<ModelId>,
}

impl Filter {
	fn admits(&self, record: &JobRecord) -> bool {
		(self.states.is_empty() || self.states.iter().any(|state| state.admits(record)))
			&& self.requester.is_none_or(|account| account == *record.requester())
			&& self.model.is_none_or(|model| model == *record.model())
			&& self.miner.is_none_or(|account| has(record, &account))
			&& self.issuer.is_none_or(|account| accepts(record, &account))
	}
}

fn has(record: &JobRecord, miner: &AccountId) -> bool {
	match record {
		JobRecord::Live(job) => {
			let late = matches!(&job.state, JobState::Accepted(receipt) if receipt.miner == *miner);
			late || job.lock_of(miner).is_some()
		},
		JobRecord::Ended(job) => match job.end {
			End::Fulfilled { miner: paid, .. } => paid == *miner,
			End::Refunded(_) => false,
		},
	}
}

fn accepts(record: &JobRecord, issuer: &AccountId) -> bool {
	matches!(record, JobRecord::Live(job) if job.offer.issuers.contains(issuer))
}

impl List {
	/// Runs the command.
	pub async fn run(self, console: &Console) -> Result<u8, Failure> {
		let view = self.node.finalised().await?;
		let from = match self.from {
			Some(from) => from,
			None => view.next_job().await?.saturating_sub(self.limit.into()),
		};
		let jobs = view.jobs(from, self.limit).await?;
		let jobs = jobs
			.iter()
			.filter(|(_, record)| self.filter.admits(record))
			.map(|(job, record)| Row::new(*job, record))
			.collect();
		console.report(&Listed { block: view.block().number, from, jobs });
		Ok(SUCCESS)
	}
}

#[derive(Serialize)]
struct Listed {
	block: u64,
	from: JobId,
	jobs: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
	job: JobId,
	state: &'static str,
	cause: Option<&'static str>,
	level: &'static str,
	model: String,
	requester: String,
	miners: Vec<String>,
	max_price: Option<Amount>,
	amount: Option<Amount>,
	lock_deadline: Option<JobTime>,
	deadline: Option<JobTime>,
}

impl Row {
	fn new(number: JobId, record: &JobRecord) -> Self {
		let (requester, model) = (record.requester().to_string(), to_hex(record.model()));
		match record {
			JobRecord::Live(job) => Self {
				job: number,
				state: state_name(&job.state),
				cause: None,
				level: level_name(job.offer.level),
				model,
				requester,
				miners: job.locks.iter().map(|lock| lock.miner.to_string()).collect(),
				max_price: Some(Amount(job.max_price())),
				amount: None,
				lock_deadline: Some(job.lock_deadline()),
				deadline: Some(job.deadline()),
			},
			JobRecord::Ended(job) => {
				let (state, cause, miners, amount) = match job.end {
					End::Fulfilled { miner, amount } => {
						("fulfilled", None, vec![miner.to_string()], Some(Amount(amount)))
					},
					End::Refunded(cause) => ("refunded", Some(cause_name(cause)), Vec::new(), None),
				};
				Self {
					job: number,
					state,
					cause,
					level: level_name(job.level),
					model,
					requester,
					miners,
					max_price: None,
					amount,
					lock_deadline: None,
					deadline: None,
				}
			},
		}
	}
}

impl Report for Listed {
	fn text(&self) -> String {
		let mut table = table(&[
			"job",
			"state",
			"level",
			"most, QTC",
			"paid",
			"take until",
			"deadline",
			"requester",
			"miners",
		]);
		for job in &self.jobs {
			let amount =
				|amount: Option<Amount>| amount.map_or_else(|| "-".into(), |a| a.to_string());
			let block = |time: Option<JobTime>| time.map_or_else(|| "-".into(), |t| t.to_string());
			let cause = job.cause.map(|cause| format!(" ({cause})"));
			table.add_row([
				job.job.to_string(),
				format!("{}{}", job.state, cause.unwrap_or_default()),
				job.level.into(),
				amount(job.max_price),
				amount(job.amount),
				block(job.lock_deadline),
				block(job.deadline),
				job.requester.clone(),
				job.miners.join(" "),
			]);
		}
		right(&mut table, 3..7);
		format!("finalised block {}, jobs from {} on\n{table}", self.block, self.from)
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use quittance_client::{Cause, EndedJob};
	use quittance_types::Level;

	fn ended(end: End) -> JobRecord {
		JobRecord::Ended(EndedJob {
			requester: AccountId([1; 32]),
			model: [2; 32],
			input: [3; 32],
			level: Level::Basic,
			deposit: 0,
			rest: 0,
			end,
			reviewed: false,
		})
	}

	#[test]
	fn each_filter_admits_and_refuses() {
		let (miner, other) = (AccountId([4; 32]), AccountId([5; 32]));
		let paid = ended(End::Fulfilled { miner, amount: 6 });
		let refunded = ended(End::Refunded(Cause::Expired));
		let admits = |filter: Filter| (filter.admits(&paid), filter.admits(&refunded));
		let state = |state| Filter { states: vec![state], ..Filter::default() };
		assert_eq!(admits(Filter::default()), (true, true));
		assert_eq!(admits(state(StateArgument::Fulfilled)), (true, false));
		assert_eq!(admits(state(StateArgument::Refunded)), (false, true));
		assert_eq!(admits(state(StateArgument::Ended)), (true, true));
		assert_eq!(admits(state(StateArgument::Live)), (false, false));
		let both = vec![StateArgument::Open, StateArgument::Refunded];
		assert_eq!(admits(Filter { states: both, ..Filter::default() }), (false, true));
		assert_eq!(admits(Filter { miner: Some(miner), ..Filter::default() }), (true, false));
		assert_eq!(admits(Filter { miner: Some(other), ..Filter::default() }), (false, false));
		let requester =
			|byte| Filter { requester: Some(AccountId([byte; 32])), ..Filter::default() };
		assert_eq!(admits(requester(1)), (true, true));
		assert_eq!(admits(requester(9)), (false, false));
		let model = |byte| Filter { model: Some([byte; 32]), ..Filter::default() };
		assert_eq!((admits(model(2)), admits(model(9))), ((true, true), (false, false)));
		assert_eq!(admits(Filter { issuer: Some(other), ..Filter::default() }), (false, false));
	}
}
