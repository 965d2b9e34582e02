//! `quittance job`: asking for work, and what became of it.

pub mod compute;
mod follow;
mod late;
mod list;
mod order;
mod post;
mod private;
mod quote;
mod redundant;
mod show;
mod work;

pub use post::{posted, Order, PostedReport};

use crate::{
	console::Console,
	failure::Failure,
	node::{Record, Signer},
};
use clap::{Args, Subcommand, ValueEnum};
use quittance_client::{calls, Cause, JobState, Payload};
use quittance_types::{JobId, Level};

/// Jobs on the chain.
#[derive(Subcommand, Debug)]
pub enum Job {
	/// Post a job and put its input into the blob folder.
	Post(Box<post::Post>),
	/// Post a job, wait for its end and show the result.
	Run(Box<post::Run>),
	/// Post a job from a wallet: who pays, what a unit costs and how much is paid stay hidden.
	PostPrivate(Box<private::PostPrivate>),
	/// Tell the miners that take a private job of the wallet's what it pays, until it has ended.
	Open(private::Open),
	/// Bring what is left on the account of a private job that has ended back into the wallet.
	Collect(private::Collect),
	/// Write the key of the account that posted a private job to a file, for `--key @FILE` of other commands.
	RequesterKey(private::RequesterKey),
	/// What the chain says before one posts or takes a job: limits, recent prices, the price now.
	Quote(quote::Quote),
	/// Follow a job to its end: paid, or refunded and why.
	Follow(follow::Follow),
	/// Show a job.
	Show(show::Show),
	/// List jobs, the newest last.
	List(list::List),
	/// Take back a job that no miner has.
	Cancel(End),
	/// Take a job for the miner whose hot key signs.
	Lock(End),
	/// Do a job's work and write the output to a file. Nobody is told.
	Compute(compute::Compute),
	/// Show the output of a job that the miner has, where no issuer answers.
	Deliver(work::Deliver),
	/// Commit to the output of a redundant job, which is not shown yet.
	Commit(redundant::Commit),
	/// Show the output of a redundant job that was committed to.
	Reveal(redundant::Reveal),
	/// Commit to a receipt for a job whose lock deadline has passed, against a deposit.
	CommitLate(late::CommitLate),
	/// Return the deposit for a commitment to a late receipt, once the job has ended. Anyone may.
	WithdrawCommitment(late::WithdrawCommitment),
	/// Say what a job was like, against a deposit.
	Review(work::Review),
	/// Withdraw a review; its deposit returns.
	RemoveReview(work::RemoveReview),
	/// Show that the input of a job is none, which ends the job.
	ClaimMalformed(work::ClaimMalformed),
	/// Return the money of a job that nobody did in time. Anyone may.
	Refund(End),
	/// End a job whose miners have shown nothing; they lose their bonds. Anyone may.
	Slash(End),
	/// Do what is due for a job without waiting for the chain to do it. Anyone may.
	Advance(End),
	/// Settle a job with an accepted receipt or a verdict, or pay what could not be paid. Anyone may.
	Fulfil(End),
	/// Remove an ended job's record; its deposit returns to the requester.
	Remove(End),
}

impl Job {
	/// Runs the command.
	pub async fn run(self, console: &Console) -> Result<u8, Failure> {
		match self {
			Self::Post(command) => command.run(console).await,
			Self::Run(command) => command.run(console).await,
			Self::PostPrivate(command) => command.run(console).await,
			Self::Open(command) => command.run(console).await,
			Self::Collect(command) => command.run(console).await,
			Self::RequesterKey(command) => command.run(console).await,
			Self::Quote(command) => command.run(console).await,
			Self::Follow(command) => command.run(console).await,
			Self::Show(command) => command.run(console).await,
			Self::List(command) => command.run(console).await,
			Self::Cancel(End { signer, job }) => work::cancel(console, &signer, job).await,
			Self::Lock(End { signer, job }) => work::lock(console, &signer, job).await,
			Self::Compute(command) => command.run(console).await,
			Self::Deliver(command) => command.run(console).await,
			Self::Commit(command) => command.run(console).await,
			Self::Reveal(command) => command.run(console).await,
			Self::CommitLate(command) => command.run(console).await,
			Self::WithdrawCommitment(command) => command.run(console).await,
			Self::Review(command) => command.run(console).await,
			Self::RemoveReview(command) => command.run(console).await,
			Self::ClaimMalformed(command) => command.run(console).await,
			Self::Refund(End { signer, job }) => {
				change(console, &signer, job, &calls::refund_job(job), "refunded").await
			},
			Self::Slash(End { signer, job }) => {
				change(console, &signer, job, &calls::slash_job(job), "slashed").await
			},
			Self::Advance(End { signer, job }) => {
				change(console, &signer, job, &calls::advance_job(job), "advanced").await
			},
			Self::Fulfil(End { signer, job }) => {
				change(console, &signer, job, &calls::fulfil_job(job), "settled").await
			},
			Self::Remove(End { signer, job }) => {
				change(console, &signer, job, &calls::remove_job(job), "removed").await
			},
		}
	}
}

async fn change(
	console: &Console,
	signer: &Signer,
	job: JobId,
	call: &impl Payload,
	done: &'static str,
) -> Result<u8, Failure> {
	signer.change(console, Record::Job(job), call, done).await
}

/// A job, and who does something about it.
#[derive(Args, Debug)]
pub struct End {
	#[command(flatten)]
	signer: Signer,
	/// The job's number.
	job: JobId,
}

/// How much of a receipt the chain sees.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum LevelArgument {
	/// Everything in clear, the issuer's signature checked by the chain.
	Transparent,
	/// Amount in clear, everything else proven but hidden.
	Basic,
}

impl From<LevelArgument> for Level {
	fn from(level: LevelArgument) -> Self {
		match level {
			LevelArgument::Transparent => Self::Transparent,
			LevelArgument::Basic => Self::Basic,
		}
	}
}

/// The level's name in reports.
pub fn level_name(level: Level) -> &'static str {
	match level {
		Level::Transparent => "transparent",
		Level::Basic => "basic",
		Level::Enhanced => "enhanced",
	}
}

/// The state's name in reports and arguments.
pub fn state_name(state: &JobState) -> &'static str {
	match state {
		JobState::Open => "open",
		JobState::Locked => "locked",
		JobState::Revealing { .. } => "revealing",
		JobState::Delivered { .. } => "delivered",
		JobState::Disputed => "disputed",
		JobState::Judged { .. } => "judged",
		JobState::Decided { .. } => "decided",
		JobState::Accepted(_) => "accepted",
		JobState::Owed { .. } => "owed",
	}
}

/// Why jobs are refunded.
const CAUSES: [Cause; 11] = [
	Cause::Expired,
	Cause::NoIssuers,
	Cause::Stalled,
	Cause::Cancelled,
	Cause::Malformed,
	Cause::Wrong,
	Cause::Undecided,
	Cause::Unproven,
	Cause::NoCircuit,
	Cause::Declined,
	Cause::Unsettled,
];

/// The cause's name in reports.
pub fn cause_name(cause: Cause) -> &'static str {
	match cause {
		Cause::Expired => "expired",
		Cause::NoIssuers => "no-issuers",
		Cause::Stalled => "stalled",
		Cause::Cancelled => "cancelled",
		Cause::Malformed => "malformed",
		Cause::Wrong => "wrong",
		Cause::Undecided => "undecided",
		Cause::Unproven => "unproven",
		Cause::NoCircuit => "no-circuit",
		Cause::Declined => "declined",
		Cause::Unsettled => "unsettled",
	}
}

/// The cause in words.
pub fn cause_words(cause: Cause) -> &'static str {
	match cause {
		Cause::Expired => "nobody did it in time",
		Cause::NoIssuers => "none of its issuers is in office",
		Cause::Stalled => "who had it has shown nothing and lost its bond",
		Cause::Cancelled => "it was taken back",
		Cause::Malformed => "its input is none",
		Cause::Wrong => "a panel found the outputs wrong",
		Cause::Undecided => "no panel came to a verdict",
		Cause::Unproven => "a panel found the output right, but only a proof pays",
		Cause::NoCircuit => "the circuit of its receipt was paused and has not come back",
		Cause::Declined => "its miners have given it back",
		Cause::Unsettled => "a panel found the output right, and its miner has not settled it",
	}
}

/// The chain's word for a job that is not there.
fn unknown() -> Failure {
	Failure::Refused {
		by: "chain",
		reason: "ModelMarketplace.UnknownJob".into(),
		detail: "no job has this number, or its record was removed".into(),
	}
}
