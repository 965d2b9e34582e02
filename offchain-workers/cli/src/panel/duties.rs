//! What a miner has to do as a member of panels.

use super::progress_name;
use crate::{
	amount::Amount,
	console::{right, table, Console, Report},
	document::parse_account,
	failure::{Failure, SUCCESS},
	node::NodeAddress,
};
use clap::Args;
use quittance_client::{AccountId, Duty, Head, Progress};
use quittance_types::{JobId, JobTime};
use serde::Serialize;

/// The panels on which a miner sits and has not revealed.
#[derive(Args, Debug)]
pub struct Duties {
	#[command(flatten)]
	node: NodeAddress,
	/// The miner's account, or the hot key it works with.
	#[arg(value_name = "ACCOUNT", value_parser = parse_account)]
	account: AccountId,
}

impl Duties {
	/// Runs the command. The best chain is looked at: windows do not wait for finality.
	pub async fn run(self, console: &Console) -> Result<u8, Failure> {
		let view = self.node.connect().await?.at(Head::Best).await?;
		let miner = view.acts_for(&self.account).await?;
		let (duties, reserved) =
			futures::try_join!(view.duties(&miner), view.reserved_by_panels(&miner))?;
		let now = view.job_time().await?;
		console.report(&Listed {
			miner: miner.to_string(),
			now,
			reserved: Amount(reserved),
			duties: duties.iter().map(|duty| Row::new(duty, now)).collect(),
		});
		Ok(SUCCESS)
	}
}

#[derive(Serialize)]
struct Listed {
	miner: String,
	now: JobTime,
	reserved: Amount,
	duties: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
	job: JobId,
	draw: u8,
	progress: &'static str,
	next: &'static str,
	commits_until: JobTime,
	reveals_until: JobTime,
}

impl Row {
	fn new(duty: &Duty, now: JobTime) -> Self {
		let Duty { job, draw, commits_until, reveals_until, progress } = duty;
		let (commits_over, reveals_over) = (now >= *commits_until, now >= *reveals_until);
		let next = match progress {
			Progress::Seated if !commits_over => "commit",
			Progress::Committed(_) if !commits_over => "wait for the others",
			Progress::Committed(_) if !reveals_over => "reveal",
			Progress::Seated | Progress::Committed(_) => "too late",
			Progress::Revealed(_) | Progress::Absent => "nothing",
		};
		Self {
			job: *job,
			draw: *draw,
			progress: progress_name(progress),
			next,
			commits_until: *commits_until,
			reveals_until: *reveals_until,
		}
	}
}

impl Report for Listed {
	fn text(&self) -> String {
		let Self { miner, now, reserved, .. } = self;
		if self.duties.is_empty() {
			return format!("{miner} sits on no panel at block {now}; {reserved} QTC are reserved");
		}
		let mut table = table(&["job", "draw", "progress", "next", "commit until", "reveal until"]);
		for duty in &self.duties {
			table.add_row([
				duty.job.to_string(),
				duty.draw.to_string(),
				duty.progress.into(),
				duty.next.into(),
				duty.commits_until.to_string(),
				duty.reveals_until.to_string(),
			]);
		}
		right(&mut table, 4..6);
		format!("{miner} at block {now}, {reserved} QTC reserved\n{table}")
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use quittance_types::MemberFinding;

	/// A window is over at the time that the chain gives for it.
	#[test]
	fn boundary_what_comes_next_follows_the_windows() {
		let next = |progress, now| {
			let duty = Duty { job: 1, draw: 0, commits_until: 20, reveals_until: 30, progress };
			Row::new(&duty, now).next
		};
		assert_eq!(
			(next(Progress::Seated, 19), next(Progress::Seated, 20)),
			("commit", "too late")
		);
		let committed = Progress::Committed([1; 32]);
		let found = [19, 20, 29, 30].map(|now| next(committed, now));
		assert_eq!(found, ["wait for the others", "reveal", "reveal", "too late"]);
		assert_eq!(next(Progress::Revealed(MemberFinding::Wrong), 25), "nothing");
	}
}
