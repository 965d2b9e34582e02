//! What a member of a panel has found: committed to, then said.

use super::{finding_name, refused, unknown};
use crate::{
	amount::Amount,
	commitment::{self, Finding, Secret},
	console::{Console, Report},
	document::to_hex,
	failure::{Failure, Fault, SUCCESS},
	node::{change_by, send, Record, Signer},
};
use clap::Args;
use quittance_client::{calls, AccountId, Case, Duty, Head, Phase, Progress, View};
use quittance_types::{JobId, Level, MemberFinding};
use serde::Serialize;
use std::path::PathBuf;

/// What a member has found, as arguments: one of three.
#[derive(Args, Clone, Debug)]
#[group(required = true, multiple = false)]
struct FindingArguments {
	/// This candidate's output is right: its place among the candidates, as `panel show` numbers them.
	#[arg(long, value_name = "CANDIDATE", requires = "amount")]
	right: Option<u8>,
	/// All that is needed was fetched, and no output is right.
	#[arg(long)]
	wrong: bool,
	/// The input, the model or an output could be fetched neither from who delivered nor from another member,
	/// and no output was found right.
	#[arg(long)]
	unfetched: bool,
}

/// Commit to what a member has found. It cannot be changed.
#[derive(Args, Debug)]
pub struct Commit {
	#[command(flatten)]
	signer: Signer,
	/// The number of the job that the panel judges.
	job: JobId,
	#[command(flatten)]
	finding: FindingArguments,
	/// What the right output is worth: units times the input's unit price, in the chain's smallest unit, or
	/// such as 0.5QTC. What is worth more than the job can pay is worth that. Of a private job: its units.
	#[arg(long, value_name = "AMOUNT", conflicts_with_all = ["wrong", "unfetched"])]
	amount: Option<Amount>,
	/// Where to keep what `panel reveal` needs. Keep it: without it the finding cannot be said, which costs what
	/// an absence does.
	#[arg(long, value_name = "FILE")]
	secret: PathBuf,
}

impl Commit {
	/// Runs the command.
	pub async fn run(self, console: &Console) -> Result<u8, Failure> {
		let kept = match self.secret.exists() {
			true => Some(commitment::read::<Finding>(&self.secret)?),
			false => None,
		};
		let account = self.signer.key()?.account();
		let (chain, sender) = self.signer.connect().await?;
		let view = chain.at(Head::Best).await?;
		let panel = view.panel(self.job).await?.ok_or_else(|| unknown(self.job))?;
		let member = view.acts_for(&account).await?;
		let duty = duty_of(&view, self.job, &member, &panel.phase).await?;
		let finding = match (self.finding.right, self.finding.wrong) {
			(Some(candidate), _) => {
				right(&panel.case, candidate, self.amount.map_or(0, |amount| amount.0))?
			},
			(None, true) => MemberFinding::Wrong,
			(None, false) => MemberFinding::Unfetched,
		};
		let mut report = Committed {
			job: self.job,
			draw: duty.draw,
			member: member.to_string(),
			finding: finding_name(&finding),
			commitment: String::new(),
			secret: self.secret.display().to_string(),
			reveal_from: duty.commits_until,
			reveal_until: duty.reveals_until,
			fee: Amount(0),
			block: view.block().number,
		};
		let wanted = Finding {
			genesis: chain.genesis(),
			job: self.job,
			draw: duty.draw,
			member,
			finding,
			salt: rand::random(),
		};
		if let Progress::Committed(there) = duty.progress {
			// An earlier run of this command was cut off before it could say so.
			let kept = kept.filter(|kept| wanted.clone().with_salt_of(kept) == *kept);
			if kept.is_none_or(|kept| kept.commitment() != there) {
				return Err(refused(
					"AlreadyCommitted",
					"the member has committed to something else",
				));
			}
			report.commitment = to_hex(there);
			console.report(&report);
			return Ok(SUCCESS);
		}
		let secret = commitment::keep(&self.secret, wanted)?;
		let call = calls::commit_finding(self.job, secret.commitment());
		let outcome = send(console, &sender, &call, "committing to the finding").await?;
		report.commitment = to_hex(secret.commitment());
		report.fee = Amount(outcome.inclusion.fee);
		report.block = outcome.inclusion.block.number;
		console.report(&report);
		Ok(SUCCESS)
	}
}

/// A finding that the chain will take when it is said: what is committed to cannot be changed.
fn right(case: &Case, candidate: u8, amount: u128) -> Result<MemberFinding, Failure> {
	let candidates = &case.candidates;
	let Some(named) = candidates.get(usize::from(candidate)) else {
		let detail = format!("there are {} candidates, numbered from 0", candidates.len());
		return Err(refused("UnknownCandidate", detail));
	};
	let first = candidates.iter().position(|other| other.output == named.output);
	if let Some(first) = first.filter(|first| *first != usize::from(candidate)) {
		let detail = format!("candidate {first} has the same output: name that one");
		return Err(refused("NotFirstCandidate", detail));
	}
	if amount > case.max_amount {
		let detail = match case.needs.level {
			Level::Enhanced => format!("the output has {} units at most", case.max_amount),
			_ => format!(
				"the output can be worth {} QTC at most: say that where it is worth more",
				Amount(case.max_amount)
			),
		};
		return Err(refused("AmountAboveMost", detail));
	}
	Ok(MemberFinding::Right { candidate, amount })
}

/// What a miner has to do on a panel, or why nothing, by the chain's name for it.
async fn duty_of(
	view: &View,
	job: JobId,
	member: &AccountId,
	phase: &Phase,
) -> Result<Duty, Failure> {
	let duties = view.duties(member).await?;
	duties.into_iter().find(|duty| duty.job == job).ok_or_else(|| match phase {
		Phase::Waiting { .. } => refused("NotDrawn", "the panel's members are not drawn yet"),
		Phase::Sitting { .. } => {
			refused("NotMember", format!("{member} does not sit on this panel, or has revealed"))
		},
	})
}

#[derive(Serialize)]
struct Committed {
	job: JobId,
	draw: u8,
	member: String,
	finding: &'static str,
	commitment: String,
	secret: String,
	reveal_from: u64,
	reveal_until: u64,
	fee: Amount,
	block: u64,
}

impl Report for Committed {
	fn text(&self) -> String {
		let Self { job, member, finding, secret, reveal_from, reveal_until, block, .. } = self;
		format!(
			"panel on job {job}: {member} is committed to \"{finding}\" in block {block}\n\
			 say it with `panel reveal --secret {secret}` from block {reveal_from}, or when all have \
			 committed, until block {reveal_until}"
		)
	}
}

/// Say what a member has found and committed to.
#[derive(Args, Debug)]
pub struct Reveal {
	#[command(flatten)]
	signer: Signer,
	/// What `panel commit` kept.
	#[arg(long, value_name = "FILE")]
	secret: PathBuf,
}

impl Reveal {
	/// Runs the command.
	pub async fn run(self, console: &Console) -> Result<u8, Failure> {
		let secret = commitment::read::<Finding>(&self.secret)?;
		let account = self.signer.key()?.account();
		let (chain, sender) = self.signer.connect().await?;
		if chain.genesis() != secret.genesis {
			let detail = "it is of a commitment on another chain";
			return Err(Failure::file(&self.secret, Fault::Contradiction, detail));
		}
		let view = chain.at(Head::Best).await?;
		let panel = view.panel(secret.job).await?.ok_or_else(|| unknown(secret.job))?;
		let member = view.acts_for(&account).await?;
		let duty = duty_of(&view, secret.job, &member, &panel.phase).await?;
		match duty.progress {
			Progress::Committed(there) if there == secret.commitment() => {},
			Progress::Committed(_) => {
				let detail = "it does not open what the member has committed to";
				return Err(Failure::file(&self.secret, Fault::Contradiction, detail));
			},
			_ => return Err(refused("NotCommitted", "the member has committed to nothing")),
		}
		let call = calls::reveal_finding(secret.job, secret.finding, secret.salt);
		change_by(console, &sender, Record::Job(secret.job), &call, "finding said").await
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use clap::Parser;
	use quittance_types::{Blob, Candidate, JobNeeds, Level};

	fn case() -> Case {
		let candidate = |miner, output| Candidate {
			miner: AccountId([miner; 32]),
			output: Blob { digest: [output; 32], size: 9 },
		};
		let needs = JobNeeds {
			level: Level::Transparent,
			circuit: None,
			constraints: 0,
			model_size: 0,
			fhe_parameters: None,
		};
		Case {
			candidates: vec![candidate(1, 1), candidate(2, 2), candidate(3, 1)],
			needs,
			barred: vec![],
			max_amount: 100,
		}
	}

	#[test]
	fn boundary_only_what_can_be_revealed_is_committed_to() {
		let name = |candidate, amount| match right(&case(), candidate, amount) {
			Ok(_) => "taken".to_owned(),
			Err(Failure::Refused { reason, .. }) => reason,
			Err(other) => panic!("{other:?}"),
		};
		assert_eq!((name(0, 100), name(1, 0)), ("taken".into(), "taken".into()));
		assert_eq!(name(0, 101), "Panel.AmountAboveMost");
		assert_eq!(name(2, 1), "Panel.NotFirstCandidate");
		assert_eq!(name(3, 1), "Panel.UnknownCandidate");
	}

	#[derive(Parser)]
	struct Line {
		#[command(flatten)]
		commit: Commit,
	}

	fn parse(arguments: &[&str]) -> Result<Commit, clap::error::ErrorKind> {
		let fixed = ["x", "7", "--key", "//Hot", "--secret", "file"];
		let line = Line::try_parse_from(fixed.iter().chain(arguments));
		line.map(|line| line.commit).map_err(|error| error.kind())
	}

	#[test]
	fn a_finding_is_exactly_one_of_three() {
		use clap::error::ErrorKind::{ArgumentConflict, MissingRequiredArgument};
		let parsed = parse(&["--right", "1", "--amount", "0.5QTC"]).unwrap();
		assert_eq!((parsed.job, parsed.finding.right), (7, Some(1)));
		assert_eq!(parsed.amount, Some(Amount(500_000_000_000)));
		assert!(parse(&["--wrong"]).unwrap().finding.wrong);
		assert!(parse(&["--unfetched"]).unwrap().finding.unfetched);
		for (arguments, kind) in [
			(vec![], MissingRequiredArgument),
			(vec!["--right", "1"], MissingRequiredArgument),
			(vec!["--wrong", "--unfetched"], ArgumentConflict),
			(vec!["--right", "1", "--amount", "1", "--wrong"], ArgumentConflict),
		] {
			assert_eq!(parse(&arguments).unwrap_err(), kind, "{arguments:?}");
		}
		assert!(parse(&["--wrong", "--amount", "1"]).is_err());
	}
}
