//! All that is known of a miner.

use super::unknown;
use crate::{
	amount::Amount,
	console::{lines, Console, Report},
	document::{parse_account, to_hex},
	failure::{Failure, SUCCESS},
	job::level_name,
	node::NodeAddress,
};
use clap::Args;
use quittance_client::{AccountId, MinerInfo, MinerStatus, Standing};
use quittance_types::{EpochIndex, JobTime};
use serde::Serialize;

/// Show a miner.
#[derive(Args, Debug)]
pub struct Show {
	#[command(flatten)]
	node: NodeAddress,
	/// The miner's account, or the hot key it works with.
	#[arg(value_name = "ACCOUNT", value_parser = parse_account)]
	account: AccountId,
}

impl Show {
	/// Runs the command.
	pub async fn run(self, console: &Console) -> Result<u8, Failure> {
		let view = self.node.finalised().await?;
		let miner = view.miner_of(&self.account).await?.unwrap_or(self.account);
		let info = view.miner(&miner).await?.ok_or_else(|| unknown(&self.account))?;
		let (standing, free_bond) =
			futures::try_join!(view.standing(&miner), view.free_bond(&miner))?;
		console.report(&Shown::new(
			&miner,
			info,
			standing.unwrap_or_default(),
			free_bond.unwrap_or_default(),
			view.job_time().await?,
		));
		Ok(SUCCESS)
	}
}

#[derive(Serialize)]
struct Shown {
	miner: String,
	state: &'static str,
	stays_until: Option<JobTime>,
	hot_key: String,
	next_hot_key: Option<NextHotKey>,
	bond: Amount,
	free_bond: Amount,
	reserved: Amount,
	locks: u32,
	owed: Amount,
	unbonding: Vec<Unbonding>,
	withdrawable: Amount,
	registered_at: JobTime,
	last_heartbeat: EpochIndex,
	fulfilled: u32,
	late: u32,
	slashed: u32,
	levels: Vec<&'static str>,
	circuits: Vec<String>,
	max_constraints: u64,
	largest_model: u64,
	fhe_parameters: Vec<String>,
	region: String,
	endpoint: String,
}

#[derive(Serialize)]
struct NextHotKey {
	account: String,
	works_from: JobTime,
}

#[derive(Serialize)]
struct Unbonding {
	amount: Amount,
	until: JobTime,
}

impl Shown {
	fn new(
		miner: &AccountId,
		info: MinerInfo,
		standing: Standing,
		free_bond: u128,
		now: JobTime,
	) -> Self {
		let (region, endpoint) = (info.capabilities.region().into(), info.endpoint().into_owned());
		let MinerInfo { record, capabilities, .. } = info;
		let (state, stays_until) = match record.status {
			MinerStatus::Registered { paused: true, .. } => ("paused", None),
			MinerStatus::Registered { paused: false, .. } => ("registered", None),
			MinerStatus::Leaving { until } => ("leaving", Some(until)),
		};
		let over = record.unbonding.iter().filter(|part| part.until <= now);
		let withdrawable = over.fold(0u128, |sum, part| sum.saturating_add(part.amount));
		Self {
			miner: miner.to_string(),
			state,
			stays_until,
			hot_key: record.hot_key.to_string(),
			next_hot_key: record.next_key.map(|next| NextHotKey {
				account: next.key.to_string(),
				works_from: next.works_from,
			}),
			bond: Amount(record.bond),
			free_bond: Amount(free_bond),
			reserved: Amount(record.reserved),
			locks: record.locks,
			owed: Amount(record.owed),
			unbonding: record
				.unbonding
				.iter()
				.map(|part| Unbonding { amount: Amount(part.amount), until: part.until })
				.collect(),
			withdrawable: Amount(withdrawable),
			registered_at: record.registered_at,
			last_heartbeat: record.last_heartbeat,
			fulfilled: standing.fulfilled,
			late: standing.late,
			slashed: standing.slashed,
			levels: capabilities.levels.iter().map(|level| level_name(*level)).collect(),
			circuits: capabilities.circuits.iter().map(to_hex).collect(),
			max_constraints: capabilities.max_constraints,
			largest_model: capabilities.largest_model,
			fhe_parameters: capabilities.fhe_parameters.iter().map(to_hex).collect(),
			region,
			endpoint,
		}
	}
}

impl Report for Shown {
	fn text(&self) -> String {
		let none = || "-".to_owned();
		let list = |items: &[String]| if items.is_empty() { none() } else { items.join(" ") };
		let part = |part: &Unbonding| format!("{} from block {}", part.amount, part.until);
		let unbonding: Vec<_> = self.unbonding.iter().map(part).collect();
		let next = |next: &NextHotKey| format!("{} from block {}", next.account, next.works_from);
		let leaving = self.stays_until.map(|until| format!(", stays until block {until}"));
		lines([
			("miner", self.miner.clone()),
			("state", format!("{}{}", self.state, leaving.unwrap_or_default())),
			("hot key", self.hot_key.clone()),
			("next hot key", self.next_hot_key.as_ref().map_or_else(none, next)),
			("bond, QTC", self.bond.to_string()),
			("of it free", self.free_bond.to_string()),
			("reserved", format!("{} by {} locks", self.reserved, self.locks)),
			("owed", self.owed.to_string()),
			("unbonding", if unbonding.is_empty() { none() } else { unbonding.join(", ") }),
			("to withdraw", self.withdrawable.to_string()),
			("since block", self.registered_at.to_string()),
			("last heartbeat", format!("epoch {}", self.last_heartbeat)),
			(
				"jobs of late",
				format!("{} done, {} late, {} slashed", self.fulfilled, self.late, self.slashed),
			),
			("levels", self.levels.join(" ")),
			("circuits", list(&self.circuits)),
			("constraints", self.max_constraints.to_string()),
			("largest model, bytes", self.largest_model.to_string()),
			("FHE parameters", list(&self.fhe_parameters)),
			("region", if self.region.is_empty() { none() } else { self.region.clone() }),
			("endpoint", self.endpoint.clone()),
		])
	}
}
