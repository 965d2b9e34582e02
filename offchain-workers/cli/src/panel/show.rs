//! All that is known of a panel.

use super::{finding_name, progress_name, unknown};
use crate::{
	amount::Amount,
	console::{lines, right, table, Console, Report},
	document::to_hex,
	failure::{Failure, SUCCESS},
	job::level_name,
	node::NodeAddress,
};
use clap::Args;
use quittance_client::{AccountId, Member, Panel, Phase, Progress, Round};
use quittance_types::{JobId, JobTime, MemberFinding};
use serde::Serialize;

/// Show the panel on a job.
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
		let panel = view.panel(self.job).await?.ok_or_else(|| unknown(self.job))?;
		console.report(&Shown::new(self.job, &panel, view.job_time().await?));
		Ok(SUCCESS)
	}
}

#[derive(Serialize)]
struct Shown {
	job: JobId,
	phase: &'static str,
	waits_since_epoch: Option<u64>,
	commits_until: Option<JobTime>,
	reveals_until: Option<JobTime>,
	now: JobTime,
	round: &'static str,
	seats: u32,
	draws: u8,
	failed_draws: u8,
	max_amount: Amount,
	level: &'static str,
	circuit: Option<String>,
	seat_bond: Amount,
	absence: Amount,
	dissent: Amount,
	candidates: Vec<Candidate>,
	barred: Vec<String>,
	members: Vec<Seat>,
}

#[derive(Serialize)]
struct Candidate {
	candidate: usize,
	miner: String,
	output: String,
	size: u32,
}

#[derive(Serialize)]
struct Seat {
	draw: u8,
	member: String,
	progress: &'static str,
	finding: Option<&'static str>,
	candidate: Option<u8>,
	amount: Option<Amount>,
}

impl Seat {
	fn new(member: &Member) -> Self {
		let finding = match member.progress {
			Progress::Revealed(finding) => Some(finding),
			_ => None,
		};
		let (candidate, amount) = match finding {
			Some(MemberFinding::Right { candidate, amount }) => {
				(Some(candidate), Some(Amount(amount)))
			},
			_ => (None, None),
		};
		Self {
			draw: member.draw,
			member: member.account.to_string(),
			progress: progress_name(&member.progress),
			finding: finding.as_ref().map(finding_name),
			candidate,
			amount,
		}
	}
}

impl Shown {
	fn new(job: JobId, panel: &Panel, now: JobTime) -> Self {
		let Panel { case, stakes, round, seats, draws, failed, phase, members } = panel;
		let (phase, waits_since_epoch, commits_until, reveals_until) = match phase {
			Phase::Waiting { since } => ("waiting", Some(*since), None, None),
			Phase::Sitting { commits_until, reveals_until } => {
				("sitting", None, Some(*commits_until), Some(*reveals_until))
			},
		};
		let candidate =
			|(place, candidate): (usize, &quittance_types::Candidate<AccountId>)| Candidate {
				candidate: place,
				miner: candidate.miner.to_string(),
				output: to_hex(candidate.output.digest),
				size: candidate.output.size,
			};
		Self {
			job,
			phase,
			waits_since_epoch,
			commits_until,
			reveals_until,
			now,
			round: match round {
				Round::First => "first",
				Round::Second => "second",
			},
			seats: *seats,
			draws: *draws,
			failed_draws: *failed,
			max_amount: Amount(case.max_amount),
			level: level_name(case.needs.level),
			circuit: case.needs.circuit.map(to_hex),
			seat_bond: Amount(stakes.bond),
			absence: Amount(stakes.absence),
			dissent: Amount(stakes.dissent),
			candidates: case.candidates.iter().enumerate().map(candidate).collect(),
			barred: case.barred.iter().map(ToString::to_string).collect(),
			members: members.iter().map(Seat::new).collect(),
		}
	}
}

impl Report for Shown {
	fn text(&self) -> String {
		let none = || "-".to_owned();
		let phase = match (self.waits_since_epoch, self.commits_until, self.reveals_until) {
			(Some(epoch), ..) => format!("waits since epoch {epoch} for its members to be drawn"),
			(None, Some(commits), Some(reveals)) => {
				format!("commits until block {commits}, reveals until block {reveals}")
			},
			_ => self.phase.into(),
		};
		let facts = lines([
			("job", self.job.to_string()),
			("phase", phase),
			("block now", self.now.to_string()),
			("round", format!("{}, {} seats", self.round, self.seats)),
			("draws", format!("{}, {} failed", self.draws, self.failed_draws)),
			match self.level {
				"enhanced" => ("most, units", self.max_amount.0.to_string()),
				_ => ("most, QTC", self.max_amount.to_string()),
			},
			("level", self.level.into()),
			("circuit", self.circuit.clone().unwrap_or_else(none)),
			("bond of a seat", self.seat_bond.to_string()),
			("absence costs", self.absence.to_string()),
			("dissent costs", self.dissent.to_string()),
		]);
		let mut candidates = table(&["candidate", "miner", "output", "bytes"]);
		for Candidate { candidate, miner, output, size } in &self.candidates {
			let cells = [candidate.to_string(), miner.clone(), output.clone(), size.to_string()];
			candidates.add_row(cells);
		}
		right(&mut candidates, 3..4);
		let mut members = table(&["draw", "member", "progress", "found", "amount, QTC"]);
		for seat in &self.members {
			let found = match (seat.finding, seat.candidate) {
				(Some(finding), Some(candidate)) => format!("{finding}: {candidate}"),
				(Some(finding), None) => finding.into(),
				(None, _) => none(),
			};
			members.add_row([
				seat.draw.to_string(),
				seat.member.clone(),
				seat.progress.into(),
				found,
				seat.amount.map_or_else(none, |amount| amount.to_string()),
			]);
		}
		right(&mut members, 4..5);
		format!("{facts}\n{candidates}\n{members}")
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use quittance_client::{Case, Stakes};
	use quittance_types::{Blob, JobNeeds, Level};
	use serde_json::json;

	fn panel(phase: Phase) -> Panel {
		let candidate = |byte| quittance_types::Candidate {
			miner: AccountId([byte; 32]),
			output: Blob { digest: [byte; 32], size: 9 },
		};
		let member = |byte, progress| Member { account: AccountId([byte; 32]), draw: 0, progress };
		let needs = JobNeeds {
			level: Level::Basic,
			circuit: Some([4; 32]),
			constraints: 0,
			model_size: 0,
			fhe_parameters: None,
		};
		Panel {
			case: Case {
				candidates: vec![candidate(1), candidate(2)],
				needs,
				barred: vec![AccountId([3; 32])],
				max_amount: 1 << 70,
			},
			stakes: Stakes { bond: 10, absence: 1, dissent: 5 },
			round: Round::First,
			seats: 3,
			draws: 1,
			failed: 0,
			phase,
			members: vec![
				member(5, Progress::Revealed(MemberFinding::Right { candidate: 1, amount: 7 })),
				member(6, Progress::Revealed(MemberFinding::Unfetched)),
				member(7, Progress::Committed([8; 32])),
			],
		}
	}

	#[test]
	fn programs_see_who_found_what() {
		let sitting = Phase::Sitting { commits_until: 20, reveals_until: 30 };
		let json = json!(Shown::new(9, &panel(sitting), 12));
		assert_eq!(json["phase"], "sitting");
		assert_eq!((&json["commits_until"], &json["reveals_until"]), (&json!(20), &json!(30)));
		assert_eq!(json["max_amount"], (1u128 << 70).to_string());
		assert_eq!(json["candidates"][1]["candidate"], 1);
		let members = json["members"].as_array().unwrap();
		let found: Vec<_> = members.iter().map(|seat| seat["finding"].clone()).collect();
		assert_eq!(found, [json!("right"), json!("unfetched"), json!(null)]);
		assert_eq!((&members[0]["candidate"], &members[0]["amount"]), (&json!(1), &json!("7")));
		// What is only committed to is a secret.
		assert_eq!(members[2]["progress"], "committed");
	}

	#[test]
	fn people_see_what_it_waits_for() {
		let text = Shown::new(9, &panel(Phase::Waiting { since: 4 }), 12).text();
		assert!(text.contains("waits since epoch 4"), "{text}");
		let sitting = Phase::Sitting { commits_until: 20, reveals_until: 30 };
		let text = Shown::new(9, &panel(sitting), 12).text();
		for part in ["commits until block 20", "right: 1", "unfetched", "committed"] {
			assert!(text.contains(part), "{part} in {text}");
		}
	}
}
