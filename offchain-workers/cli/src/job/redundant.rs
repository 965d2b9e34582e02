//! The miner's side of a redundant job by hand: its output is committed to before any of them is shown.

use super::{compute::ended, unknown};
use crate::{
	amount::Amount,
	commitment::{self, Delivery, Secret},
	console::{Console, Report},
	document::{read_file, to_hex},
	failure::{Failure, Fault, SUCCESS},
	model::store,
	node::{change_by, send, Record, Signer},
};
use clap::Args;
use quittance_client::{calls, AccountId, Delivery as Shown, Head, Job};
use quittance_types::{Blob, JobId};
use quittance_zkml::OutputBlob;
use serde::Serialize;
use std::path::{Path, PathBuf};

/// Commit to the output of a redundant job, which is not shown yet.
#[derive(Args, Debug)]
pub struct Commit {
	#[command(flatten)]
	signer: Signer,
	/// The job's number.
	job: JobId,
	/// The output, as `job compute` wrote it.
	#[arg(long, value_name = "FILE")]
	file: PathBuf,
	/// Where to keep what `job reveal` needs. Keep it: without it the output cannot be shown, and the bond is
	/// lost.
	#[arg(long, value_name = "FILE")]
	secret: PathBuf,
}

impl Commit {
	/// Runs the command.
	pub async fn run(self, console: &Console) -> Result<u8, Failure> {
		let (bytes, output) = read_output(&self.file)?;
		let kept = match self.secret.exists() {
			true => Some(commitment::read::<Delivery>(&self.secret)?),
			false => None,
		};
		let account = self.signer.key()?.account();
		let (chain, sender) = self.signer.connect().await?;
		let view = chain.at(Head::Best).await?;
		let job = view.job(self.job).await?.ok_or_else(unknown)?.live().ok_or_else(ended)?;
		if *output.input() != job.offer.input.digest {
			let detail = "it is the output of another input than the job's";
			return Err(Failure::file(&self.file, Fault::Contradiction, detail));
		}
		let miner = view.acts_for(&account).await?;
		let mut report = Committed {
			job: self.job,
			miner: miner.to_string(),
			commitment: String::new(),
			secret: self.secret.display().to_string(),
			fee: Amount(0),
			block: view.block().number,
		};
		match shown_by(&job, &miner)? {
			Shown::Nothing => {},
			// An earlier run of this command was cut off before it could say so.
			Shown::Committed(there) if kept.is_some_and(|kept| kept.commitment() == there) => {
				report.commitment = to_hex(there);
				console.report(&report);
				return Ok(SUCCESS);
			},
			Shown::Committed(_) => {
				return Err(refused(
					"AlreadyCommitted",
					"the miner has committed to something else",
				))
			},
			Shown::Delivered(_) => {
				return Err(refused("AlreadyDelivered", "the miner's output is shown already"))
			},
		}
		let size = u32::try_from(bytes.len())
			.map_err(|error| Failure::file(&self.file, Fault::TooLarge, error))?;
		let secret = commitment::keep(
			&self.secret,
			Delivery {
				genesis: chain.genesis(),
				job: self.job,
				miner,
				output: Blob { digest: output.digest(), size },
				salt: rand::random(),
			},
		)?;
		let commitment = secret.commitment();
		let call = calls::commit_delivery(self.job, commitment);
		let outcome = send(console, &sender, &call, "committing to the output").await?;
		report.commitment = to_hex(commitment);
		report.fee = Amount(outcome.inclusion.fee);
		report.block = outcome.inclusion.block.number;
		console.report(&report);
		Ok(SUCCESS)
	}
}

/// An output in a file.
fn read_output(file: &Path) -> Result<(Vec<u8>, OutputBlob), Failure> {
	let bytes = read_file(file, OutputBlob::MAX_BYTES as u64)?;
	let output =
		OutputBlob::decode(&bytes).map_err(|error| Failure::file(file, Fault::Invalid, error))?;
	Ok((bytes, output))
}

/// What the miner has shown of a redundant job that it has, or why it cannot, by the chain's name for it.
fn shown_by(job: &Job, miner: &AccountId) -> Result<Shown, Failure> {
	if !job.is_redundant() {
		return Err(refused(
			"NotRedundant",
			"one miner does this job: its output is shown by `job deliver`",
		));
	}
	match job.lock_of(miner) {
		Some(lock) => Ok(lock.delivery),
		None => Err(refused("NotLockHolder", "the signing account's miner has not taken the job")),
	}
}

fn refused(name: &str, detail: &str) -> Failure {
	Failure::Refused {
		by: "chain",
		reason: format!("ModelMarketplace.{name}"),
		detail: detail.into(),
	}
}

#[derive(Serialize)]
struct Committed {
	job: JobId,
	miner: String,
	commitment: String,
	secret: String,
	fee: Amount,
	block: u64,
}

impl Report for Committed {
	fn text(&self) -> String {
		let Self { job, miner, secret, block, .. } = self;
		format!(
			"job {job}: {miner} is committed in block {block}\n\
			 what it committed to is in {secret}: show it with `job reveal` when all have committed or \
			 the lock deadline has passed"
		)
	}
}

/// Show the output of a redundant job that was committed to.
#[derive(Args, Debug)]
pub struct Reveal {
	#[command(flatten)]
	signer: Signer,
	/// What `job commit` kept.
	#[arg(long, value_name = "FILE")]
	secret: PathBuf,
	/// The output, the same file that was committed to.
	#[arg(long, value_name = "FILE")]
	file: PathBuf,
	/// The blob folder that issuers and panels read.
	#[arg(long, value_name = "DIR")]
	blobs: PathBuf,
}

impl Reveal {
	/// Runs the command.
	pub async fn run(self, console: &Console) -> Result<u8, Failure> {
		let secret = commitment::read::<Delivery>(&self.secret)?;
		let (bytes, output) = read_output(&self.file)?;
		if output.digest() != secret.output.digest {
			let detail = "it is not the output that was committed to";
			return Err(Failure::file(&self.file, Fault::Contradiction, detail));
		}
		self.signer.key()?;
		let (chain, sender) = self.signer.connect().await?;
		if chain.genesis() != secret.genesis {
			let detail = "it is of a commitment on another chain";
			return Err(Failure::file(&self.secret, Fault::Contradiction, detail));
		}
		// Before it is named on the chain: who is to judge it must find it.
		store(&self.blobs, &bytes)?;
		let call = calls::reveal_delivery(secret.job, secret.output, secret.salt);
		change_by(console, &sender, Record::Job(secret.job), &call, "output shown").await
	}
}
