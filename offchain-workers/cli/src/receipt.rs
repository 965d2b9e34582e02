//! `quittance receipt`: the miner's work by hand, from a job to its pay.

use crate::{
	console::{Console, Report},
	document::to_hex,
	failure::{Failure, Fault, SUCCESS},
	key::KeySource,
	node::{send, NodeAddress, Signer},
	proving_keys,
	submission::Submission,
	worker::IssuerAddress,
};
use clap::{Args, Subcommand};
use quittance_blobs::FolderStore;
use quittance_client::{calls, AccountId, Event, Head, Job, View};
use quittance_issuer::{request_receipt, SignedReceipt, Work, WorkError};
use quittance_types::{JobId, Level, Receipt as SignedOrProven};
use quittance_worker::{prove_receipt, transparent_receipt, ReceiptFacts};
use quittance_zkml::run;
use serde::Serialize;
use std::{
	path::{Path, PathBuf},
	time::Instant,
};

/// Receipts.
#[derive(Subcommand, Debug)]
pub enum Receipt {
	/// Do a job's work, have it signed and proven, and write the receipt to a file without sending.
	Prove(Prove),
	/// Ask the chain whether it would accept a receipt. Costs nothing.
	Check(Check),
	/// Send a receipt; its miner is paid.
	Submit(Submit),
}

impl Receipt {
	/// Runs the command.
	pub async fn run(self, console: &Console) -> Result<u8, Failure> {
		match self {
			Self::Prove(command) => command.run(console).await,
			Self::Check(command) => command.run(console).await,
			Self::Submit(command) => command.run(console).await,
		}
	}
}

/// Do a job's work, have it signed and proven, and write the receipt to a file without sending.
#[derive(Args, Debug)]
pub struct Prove {
	#[command(flatten)]
	node: NodeAddress,
	/// The miner's key: //Name of a development account, or @FILE with a seed.
	#[arg(long, value_name = "KEY")]
	key: KeySource,
	/// The job's number.
	#[arg(long)]
	job: JobId,
	/// The blob folder with input and model; the output is put there.
	#[arg(long, value_name = "DIR")]
	blobs: PathBuf,
	/// The folder with proving keys, as `circuit setup` writes it.
	#[arg(long, value_name = "DIR")]
	keys: PathBuf,
	/// The issuer to ask, as ACCOUNT=URL.
	#[arg(long, value_name = "ACCOUNT=URL")]
	issuer: IssuerAddress,
	/// Where to write the receipt.
	#[arg(long, value_name = "FILE")]
	out: PathBuf,
}

impl Prove {
	async fn run(self, console: &Console) -> Result<u8, Failure> {
		let miner = self.key.load()?.account();
		let chain = self.node.connect().await?;
		let view = chain.at(Head::Best).await?;
		let job = open_job(&view, self.job).await?;

		let working = console.spinner("running the model");
		let output = work(&view, &self.blobs, &job).await?;
		working.finish_and_clear();
		let asking = console.spinner("asking the issuer");
		let signed = request_receipt(&self.issuer.url, self.job, &miner, output).await?;
		asking.finish_and_clear();

		let begun = Instant::now();
		let receipt = match job.level {
			Level::Transparent => SignedOrProven::Transparent(
				transparent_receipt(&signed)
					.map_err(|error| Failure::unavailable("reading the receipt", error))?,
			),
			// The issuer may have seen a later block than the one the work began with.
			Level::Basic => {
				let view = chain.at(Head::Best).await?;
				self.prove(console, &view, &miner, signed.clone()).await?
			},
		};
		let proving_ms = (job.level == Level::Basic).then(|| begun.elapsed().as_secs_f64() * 1e3);
		Submission { job: self.job, miner, receipt }.write(&self.out)?;
		console.report(&Proven {
			job: self.job,
			miner: miner.to_string(),
			amount: signed.body.amount.to_string(),
			output: to_hex(output),
			proving_ms,
			file: self.out.display().to_string(),
		});
		Ok(SUCCESS)
	}

	async fn prove(
		&self,
		console: &Console,
		view: &View,
		miner: &AccountId,
		signed: SignedReceipt,
	) -> Result<SignedOrProven<AccountId>, Failure> {
		let facts = ReceiptFacts::read(view, self.job)
			.await
			.map_err(|error| Failure::unavailable("reading the job", error))?;
		let registered = view.circuit_key(&facts.circuit).await?;
		let (keys, miner) = (self.keys.clone(), *miner);
		let proving = console.spinner("proving");
		let proven = tokio::task::spawn_blocking(move || {
			let circuit = proving_keys::cached(&keys)?;
			if registered.as_ref() != Some(&circuit.key) {
				let detail = "its verifying key is not that of the job's circuit";
				return Err(Failure::file(&keys, Fault::Contradiction, detail));
			}
			prove_receipt(&facts, &miner, &signed, &circuit.engine)
				.map_err(|error| Failure::unavailable("proving", error))
		});
		let receipt = proven.await.map_err(|error| Failure::unavailable("proving", error))??;
		proving.finish_and_clear();
		Ok(SignedOrProven::Basic(receipt))
	}
}

async fn open_job(view: &View, number: JobId) -> Result<Job, Failure> {
	let refused = |reason: &str, detail: &str| Failure::Refused {
		by: "chain",
		reason: reason.into(),
		detail: detail.into(),
	};
	let job = view.job(number).await?;
	let job = job.ok_or_else(|| refused("UnknownJob", "no job has this number"))?;
	if !job.is_open() {
		return Err(refused("JobNotOpen", "the job has its receipt or its refund"));
	}
	Ok(job)
}

/// Runs the job's model on its input and stores the output, whose digest is returned.
async fn work(view: &View, folder: &Path, job: &Job) -> Result<[u8; 32], Failure> {
	let model = view.model(&job.model).await?.ok_or_else(|| Failure::Refused {
		by: "chain",
		reason: "UnknownModel".into(),
		detail: "the job's model is not registered any more".into(),
	})?;
	let blobs = FolderStore::open(folder)
		.map_err(|error| Failure::unavailable("opening the blob folder", error))?;
	let work = Work::fetch(&blobs, job, &model).map_err(|error| match error {
		WorkError::Blob { .. } => Failure::unavailable("fetching the work", error),
		error => Failure::file(folder, Fault::Invalid, error),
	})?;
	let output = run(&work.model, &work.input, rand::random())
		.map_err(|error| Failure::unavailable("running the model", error))?;
	let digest = blobs
		.put(&output.encode())
		.map_err(|error| Failure::unavailable("storing the output", error))?;
	Ok(digest.into())
}

#[derive(Serialize)]
struct Proven {
	job: JobId,
	miner: String,
	amount: String,
	output: String,
	proving_ms: Option<f64>,
	file: String,
}

impl Report for Proven {
	fn text(&self) -> String {
		let proving = self.proving_ms.map(|time| format!(", proven in {time:.0} ms"));
		format!(
			"receipt for job {} worth {}{}, written to {}",
			self.job,
			self.amount,
			proving.unwrap_or_default(),
			self.file
		)
	}
}

/// Ask the chain whether it would accept a receipt. Costs nothing.
#[derive(Args, Debug)]
pub struct Check {
	#[command(flatten)]
	node: NodeAddress,
	/// The receipt, as `receipt prove` wrote it.
	#[arg(long, value_name = "FILE")]
	file: PathBuf,
}

impl Check {
	async fn run(self, console: &Console) -> Result<u8, Failure> {
		let Submission { job, miner, receipt } = Submission::read(&self.file)?;
		let view = self.node.connect().await?.at(Head::Best).await?;
		view.dry_run_receipt(&miner, job, &receipt).await?;
		console.report(&Checked { job, acceptable: true, block: view.block().number });
		Ok(SUCCESS)
	}
}

#[derive(Serialize)]
struct Checked {
	job: JobId,
	acceptable: bool,
	block: u64,
}

impl Report for Checked {
	fn text(&self) -> String {
		format!("acceptable for job {} at block {}", self.job, self.block)
	}
}

/// Send a receipt; its miner is paid.
#[derive(Args, Debug)]
pub struct Submit {
	#[command(flatten)]
	signer: Signer,
	/// The receipt, as `receipt prove` wrote it.
	#[arg(long, value_name = "FILE")]
	file: PathBuf,
}

impl Submit {
	async fn run(self, console: &Console) -> Result<u8, Failure> {
		let Submission { job, miner, receipt } = Submission::read(&self.file)?;
		let (chain, sender) = self.signer.connect().await?;
		// Another sender is refused by the chain, with the error that says so; the dry run finds out
		// before a fee is paid.
		let account = sender.account();
		chain.at(Head::Best).await?.dry_run_receipt(&account, job, &receipt).await?;
		let call = calls::submit_receipt(job, receipt);
		let outcome = send(console, &sender, &call, "submitting the receipt").await?;
		let paid = outcome.events.iter().find_map(|event| match event {
			Event::JobFulfilled { amount, .. } => Some(*amount),
			_ => None,
		});
		console.report(&Submitted {
			job,
			miner: miner.to_string(),
			paid: paid.map(|amount| amount.to_string()),
			fee: outcome.inclusion.fee.to_string(),
			weight_ref_time: outcome.inclusion.weight.ref_time,
			block: outcome.inclusion.block.number,
		});
		Ok(SUCCESS)
	}
}

#[derive(Serialize)]
struct Submitted {
	job: JobId,
	miner: String,
	paid: Option<String>,
	fee: String,
	weight_ref_time: u64,
	block: u64,
}

impl Report for Submitted {
	fn text(&self) -> String {
		match &self.paid {
			Some(paid) => format!("job {} paid {paid} in block {}", self.job, self.block),
			None => format!(
				"receipt for job {} accepted in block {}; the payment is put off, see fulfil_job",
				self.job, self.block
			),
		}
	}
}
