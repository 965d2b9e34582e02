//! Doing a job's work by hand.

use super::unknown;
use crate::{
	amount::Amount,
	console::{Console, Report},
	document::to_hex,
	failure::{Failure, Fault, SUCCESS},
	node::NodeAddress,
};
use clap::Args;
use quittance_blobs::FolderStore;
use quittance_client::{Head, Job, View};
use quittance_issuer::{Work, WorkError};
use quittance_types::{shared_output_salt, JobId};
use quittance_zkml::{run, OutputBlob};
use serde::Serialize;
use std::path::{Path, PathBuf};

/// Do a job's work: run its model on its input, and write the output to a file. Nobody is told.
#[derive(Args, Debug)]
pub struct Compute {
	#[command(flatten)]
	node: NodeAddress,
	/// The job's number.
	job: JobId,
	/// The blob folder with input and model.
	#[arg(long, value_name = "DIR")]
	blobs: PathBuf,
	/// Where to write the output.
	#[arg(long, value_name = "FILE")]
	out: PathBuf,
}

impl Compute {
	/// Runs the command.
	pub async fn run(self, console: &Console) -> Result<u8, Failure> {
		let view = self.node.connect().await?.at(Head::Best).await?;
		let job = view.job(self.job).await?.ok_or_else(unknown)?.live().ok_or_else(ended)?;
		let working = console.spinner("running the model");
		let work = fetch(&view, &self.blobs, &job).await?;
		let output = output_of(&work, self.job, &job)?;
		working.finish_and_clear();
		let bytes = output.encode();
		std::fs::write(&self.out, &bytes).map_err(Failure::io("writing", &self.out))?;
		console.report(&Computed {
			job: self.job,
			output: to_hex(output.digest()),
			size: bytes.len(),
			units: work.input.units(),
			offered: Amount(work.input.amount().into()),
			file: self.out.display().to_string(),
		});
		Ok(SUCCESS)
	}
}

/// The chain's word for a job that has ended.
pub fn ended() -> Failure {
	Failure::Refused {
		by: "chain",
		reason: "ModelMarketplace.JobEnded".into(),
		detail: "the job has ended".into(),
	}
}

/// A job's input and model.
pub async fn fetch(view: &View, folder: &Path, job: &Job) -> Result<Work, Failure> {
	let model = view.model(&job.offer.model).await?.ok_or_else(|| Failure::Refused {
		by: "chain",
		reason: "UnknownModel".into(),
		detail: "the job's model is not registered any more".into(),
	})?;
	let blobs = FolderStore::open(folder)
		.map_err(|error| Failure::unavailable("opening the blob folder", error))?;
	Work::fetch(&blobs, job, &model.description).map_err(|error| match error {
		WorkError::Blob { .. } => Failure::unavailable("fetching the work", error),
		error => Failure::file(folder, Fault::Invalid, error),
	})
}

/// The output. Those who do the same redundant job make the same blob.
pub fn output_of(work: &Work, number: JobId, job: &Job) -> Result<OutputBlob, Failure> {
	let salt = match job.is_redundant() {
		true => shared_output_salt(work.input.salt(), number),
		false => rand::random(),
	};
	run(&work.network, &work.input, salt)
		.map_err(|error| Failure::unavailable("running the model", error))
}

#[derive(Serialize)]
struct Computed {
	job: JobId,
	output: String,
	size: usize,
	units: u64,
	offered: Amount,
	file: String,
}

impl Report for Computed {
	fn text(&self) -> String {
		let Self { job, output, units, offered, file, .. } = self;
		format!("output {output} of job {job}, {units} units for {offered} QTC, written to {file}")
	}
}
