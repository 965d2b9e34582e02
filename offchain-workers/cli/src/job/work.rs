//! What requesters and miners do about a job by hand.

use super::{change, unknown};
use crate::{
	amount::Amount,
	console::{Console, Report},
	document::{parse_hex, read_file, to_hex},
	failure::{Failure, Fault, SUCCESS},
	model::store,
	node::{send, Signer},
};
use clap::Args;
use quittance_client::{calls, Event, Head};
use quittance_types::{blake2_256, JobId, ModelId};
use quittance_zkml::OutputBlob;
use serde::Serialize;
use std::path::PathBuf;

/// Longest text of a review, in bytes.
const MAX_REVIEW_BYTES: u64 = 1 << 20;

/// Longest input that the chain looks at, in bytes.
const MAX_CLAIM_BYTES: u64 = 64 * 1024;

/// Takes back a job. Says which of the two things that can mean has happened.
pub async fn cancel(console: &Console, signer: &Signer, job: JobId) -> Result<u8, Failure> {
	let (_, sender) = signer.connect().await?;
	let outcome = send(console, &sender, &calls::cancel_job(job), "cancelling the job").await?;
	let closes_at = outcome.events.iter().find_map(|event| match event {
		Event::CancelNoticeGiven { closes_at, .. } => Some(*closes_at),
		_ => None,
	});
	let returned = outcome.events.iter().find_map(|event| match event {
		Event::JobRefunded { amount, .. } => Some(Amount(*amount)),
		_ => None,
	});
	console.report(&Cancelled {
		job,
		closes_at,
		returned,
		fee: Amount(outcome.inclusion.fee),
		block: outcome.inclusion.block.number,
	});
	Ok(SUCCESS)
}

#[derive(Serialize)]
struct Cancelled {
	job: JobId,
	closes_at: Option<u64>,
	returned: Option<Amount>,
	fee: Amount,
	block: u64,
}

impl Report for Cancelled {
	fn text(&self) -> String {
		let Self { job, block, .. } = self;
		match (self.returned, self.closes_at) {
			(Some(returned), _) => {
				format!("job {job} taken back in block {block}, {returned} QTC returned")
			},
			(None, Some(closes_at)) => format!(
				"job {job} takes late receipts until block {closes_at}; what is held returns after it"
			),
			(None, None) => format!("job {job} cancelled in block {block}"),
		}
	}
}

/// Takes a job for the miner whose hot key signs.
pub async fn lock(console: &Console, signer: &Signer, job: JobId) -> Result<u8, Failure> {
	let (_, sender) = signer.connect().await?;
	let outcome = send(console, &sender, &calls::lock_job(job), "taking the job").await?;
	let found = outcome.events.iter().find_map(|event| match event {
		Event::JobLocked { miner, price, bond, .. } => Some((miner.to_string(), *price, *bond)),
		_ => None,
	});
	let (miner, price, bond) =
		found.ok_or_else(|| Failure::unavailable("taking the job", "no JobLocked event"))?;
	console.report(&Locked {
		job,
		miner,
		price: Amount(price),
		bond: Amount(bond),
		fee: Amount(outcome.inclusion.fee),
		block: outcome.inclusion.block.number,
	});
	Ok(SUCCESS)
}

#[derive(Serialize)]
struct Locked {
	job: JobId,
	miner: String,
	price: Amount,
	bond: Amount,
	fee: Amount,
	block: u64,
}

impl Report for Locked {
	fn text(&self) -> String {
		let Self { job, miner, price, bond, block, .. } = self;
		format!("job {job} taken by {miner} in block {block} for at most {price} QTC, {bond} QTC at stake")
	}
}

/// Show the output of a job that the miner has, where no issuer answers.
#[derive(Args, Debug)]
pub struct Deliver {
	#[command(flatten)]
	signer: Signer,
	/// The job's number.
	job: JobId,
	/// The output, as the worker stored it.
	#[arg(long, value_name = "FILE")]
	file: PathBuf,
	/// The blob folder that issuers and panels read.
	#[arg(long, value_name = "DIR")]
	blobs: PathBuf,
}

impl Deliver {
	/// Runs the command.
	pub async fn run(self, console: &Console) -> Result<u8, Failure> {
		let bytes = read_file(&self.file, OutputBlob::MAX_BYTES as u64)?;
		OutputBlob::decode(&bytes)
			.map_err(|error| Failure::file(&self.file, Fault::Invalid, error))?;
		// Before anything is stored: a malformed key is to leave no blob behind.
		self.signer.key()?;
		let output = store(&self.blobs, &bytes)?;
		let call = calls::deliver_job(self.job, output);
		change(console, &self.signer, self.job, &call, "delivered").await
	}
}

/// Say what a job was like, against a deposit.
#[derive(Args, Debug)]
pub struct Review {
	#[command(flatten)]
	signer: Signer,
	/// The job's number.
	job: JobId,
	/// 1, the worst, to 5.
	#[arg(long, value_parser = clap::value_parser!(u8).range(1..=5))]
	rating: u8,
	/// The review's text; the chain keeps its digest. Without it: no words.
	#[arg(long, value_name = "FILE")]
	text: Option<PathBuf>,
}

impl Review {
	/// Runs the command.
	pub async fn run(self, console: &Console) -> Result<u8, Failure> {
		let text = match &self.text {
			Some(file) => read_file(file, MAX_REVIEW_BYTES)?,
			None => Vec::new(),
		};
		let call = calls::review_job(self.job, self.rating, blake2_256(&text));
		change(console, &self.signer, self.job, &call, "reviewed").await
	}
}

/// Withdraw a review; its deposit returns.
#[derive(Args, Debug)]
pub struct RemoveReview {
	#[command(flatten)]
	signer: Signer,
	/// The job's number.
	job: JobId,
	/// The model that the job asked for; needed where the job's record is gone.
	#[arg(long, value_name = "MODEL", value_parser = parse_hex::<32>)]
	model: Option<ModelId>,
}

impl RemoveReview {
	/// Runs the command.
	pub async fn run(self, console: &Console) -> Result<u8, Failure> {
		let model = match self.model {
			Some(model) => model,
			None => {
				let (chain, _) = self.signer.connect().await?;
				let view = chain.at(Head::Best).await?;
				*view.job(self.job).await?.ok_or_else(unknown)?.model()
			},
		};
		let call = calls::remove_review(model, self.job);
		change(console, &self.signer, self.job, &call, "review withdrawn").await
	}
}

/// Show that the input of a job is none, which ends the job.
#[derive(Args, Debug)]
pub struct ClaimMalformed {
	#[command(flatten)]
	signer: Signer,
	/// The job's number.
	job: JobId,
	/// The input's bytes, at most 64 KiB.
	#[arg(long, value_name = "FILE")]
	file: PathBuf,
}

impl ClaimMalformed {
	/// Runs the command.
	pub async fn run(self, console: &Console) -> Result<u8, Failure> {
		let bytes = read_file(&self.file, MAX_CLAIM_BYTES)?;
		self.signer.key()?;
		let (chain, sender) = self.signer.connect().await?;
		let view = chain.at(Head::Best).await?;
		let job = view.job(self.job).await?.ok_or_else(unknown)?;
		let named = job.live().map(|job| job.offer.input.digest);
		if named.is_some_and(|digest| digest != blake2_256(&bytes)) {
			let detail = format!("its digest is {}, not the job's", to_hex(blake2_256(&bytes)));
			return Err(Failure::file(&self.file, Fault::Contradiction, detail));
		}
		let call = calls::claim_malformed(self.job, bytes);
		crate::node::change_by(console, &sender, crate::node::Record::Job(self.job), &call, "ended")
			.await
	}
}
