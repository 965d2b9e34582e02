//! `quittance panel`: miners that judge an output where no issuer has signed or miners disagree.

mod duties;
mod finding;
mod judge;
mod show;

use crate::{
	console::Console,
	failure::Failure,
	node::{Record, Signer},
};
use clap::{Args, Subcommand};
use quittance_client::{calls, Progress};
use quittance_types::{JobId, MemberFinding};

/// Panels. A member that does not commit and reveal in time loses what an absence costs.
#[derive(Subcommand, Debug)]
pub enum Panel {
	/// Show the panel on a job.
	Show(show::Show),
	/// The panels on which a miner sits and has not revealed.
	Duties(duties::Duties),
	/// Do the work that a panel judges again, and say what a member finds. Nobody is told.
	Judge(judge::Judge),
	/// Commit to what a member has found. Signed by its hot key.
	Commit(finding::Commit),
	/// Say what a member has found and committed to. Signed by its hot key.
	Reveal(finding::Reveal),
	/// Close a round that is over, without waiting for the chain to do it. Anyone may.
	Close(Close),
}

impl Panel {
	/// Runs the command.
	pub async fn run(self, console: &Console) -> Result<u8, Failure> {
		match self {
			Self::Show(command) => command.run(console).await,
			Self::Duties(command) => command.run(console).await,
			Self::Judge(command) => command.run(console).await,
			Self::Commit(command) => command.run(console).await,
			Self::Reveal(command) => command.run(console).await,
			Self::Close(Close { signer, job }) => {
				let call = calls::close_round(job);
				signer.change(console, Record::Job(job), &call, "round closed").await
			},
		}
	}
}

/// Close a round that is over.
#[derive(Args, Debug)]
pub struct Close {
	#[command(flatten)]
	signer: Signer,
	/// The number of the job that the panel judges.
	job: JobId,
}

/// A refusal by the chain's name for it.
fn refused(name: &str, detail: impl Into<String>) -> Failure {
	Failure::Refused { by: "chain", reason: format!("Panel.{name}"), detail: detail.into() }
}

/// The chain's word for a job without a panel.
fn unknown(job: JobId) -> Failure {
	refused("UnknownPanel", format!("no panel sits on job {job}"))
}

/// A member's progress in reports.
fn progress_name(progress: &Progress) -> &'static str {
	match progress {
		Progress::Seated => "seated",
		Progress::Committed(_) => "committed",
		Progress::Revealed(_) => "revealed",
		Progress::Absent => "absent",
	}
}

/// A finding in reports.
fn finding_name(finding: &MemberFinding) -> &'static str {
	match finding {
		MemberFinding::Right { .. } => "right",
		MemberFinding::Wrong => "wrong",
		MemberFinding::Unfetched => "unfetched",
	}
}
