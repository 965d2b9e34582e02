//! What a member would find: the work done again, and each output compared with it.

use super::{finding_name, unknown};
use crate::{
	amount::Amount,
	console::{Console, Report},
	failure::{Failure, SUCCESS},
	job::compute::ended,
	node::NodeAddress,
};
use clap::Args;
use quittance_blobs::FolderStore;
use quittance_client::Head;
use quittance_issuer::find;
use quittance_types::{JobId, MemberFinding};
use serde::Serialize;
use std::path::PathBuf;

/// Do the work that a panel judges again, and say what a member finds. Nobody is told.
#[derive(Args, Debug)]
pub struct Judge {
	#[command(flatten)]
	node: NodeAddress,
	/// The number of the job that the panel judges.
	job: JobId,
	/// The blob folder with input, model and outputs.
	#[arg(long, value_name = "DIR")]
	blobs: PathBuf,
}

impl Judge {
	/// Runs the command.
	pub async fn run(self, console: &Console) -> Result<u8, Failure> {
		let view = self.node.connect().await?.at(Head::Best).await?;
		let panel = view.panel(self.job).await?.ok_or_else(|| unknown(self.job))?;
		let job = view.live_job(self.job).await?.ok_or_else(ended)?;
		let model = view.model(&job.offer.model).await?.ok_or_else(|| Failure::Refused {
			by: "chain",
			reason: "UnknownModel".into(),
			detail: "the job's model is not registered any more".into(),
		})?;
		let blobs = FolderStore::open(&self.blobs)
			.map_err(|error| Failure::unavailable("opening the blob folder", error))?;
		let working = console.spinner("doing the work again");
		let finding = find(&blobs, self.job, &job, &model.description, &panel.case);
		working.finish_and_clear();
		let (candidate, amount, units) = match finding {
			// What a private job is worth is not for a panel to say.
			MemberFinding::Right { candidate, amount } if job.private.is_some() => {
				(Some(candidate), None, Some(amount))
			},
			MemberFinding::Right { candidate, amount } => {
				(Some(candidate), Some(Amount(amount)), None)
			},
			_ => (None, None, None),
		};
		console.report(&Judged {
			job: self.job,
			finding: finding_name(&finding),
			candidate,
			amount,
			units,
			arguments: arguments(&finding),
		});
		Ok(SUCCESS)
	}
}

/// The finding as `panel commit` takes it.
fn arguments(finding: &MemberFinding) -> String {
	match finding {
		MemberFinding::Right { candidate, amount } => {
			format!("--right {candidate} --amount {amount}")
		},
		MemberFinding::Wrong => "--wrong".into(),
		MemberFinding::Unfetched => "--unfetched".into(),
	}
}

#[derive(Serialize)]
struct Judged {
	job: JobId,
	finding: &'static str,
	candidate: Option<u8>,
	amount: Option<Amount>,
	units: Option<u128>,
	arguments: String,
}

impl Report for Judged {
	fn text(&self) -> String {
		let Self { job, finding, arguments, .. } = self;
		let found = match (self.candidate, self.amount, self.units) {
			(Some(candidate), Some(amount), _) => {
				format!("candidate {candidate} is {finding}, worth {amount} QTC")
			},
			(Some(candidate), None, Some(units)) => {
				format!("candidate {candidate} is {finding}, {units} units")
			},
			_ => (*finding).into(),
		};
		let again = match *finding {
			"unfetched" => {
				"\nask the other members of the draw for what is missing before you say so"
			},
			_ => "",
		};
		format!("job {job}: {found}\nquittance panel commit {job} {arguments} --secret FILE{again}")
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	/// What is shown is what `panel commit` reads, in the chain's smallest unit.
	#[test]
	fn the_finding_is_shown_as_arguments() {
		let right = MemberFinding::Right { candidate: 2, amount: 1 << 70 };
		assert_eq!(arguments(&right), format!("--right 2 --amount {}", 1u128 << 70));
		assert_eq!(arguments(&MemberFinding::Wrong), "--wrong");
		assert_eq!(arguments(&MemberFinding::Unfetched), "--unfetched");
	}
}
