//! `quittance job`: asking for work, and what became of it.

use crate::{
	console::{Console, Report},
	document::{parse_account, parse_hex, to_hex, Document},
	failure::{Failure, Fault, SUCCESS},
	images::LabelledImages,
	model::store,
	node::{send, NodeAddress, Record, Signer},
};
use clap::{Args, Subcommand, ValueEnum};
use comfy_table::{presets::UTF8_HORIZONTAL_ONLY, Table};
use quittance_client::{calls, AccountId, Event, Head, Job as JobRecord, JobState, Payload};
use quittance_types::{CircuitId, Digest, JobId, JobTime, Level, ModelId, Payment};
use quittance_zkml::{Image, InputBlob};
use serde::Serialize;
use std::path::{Path, PathBuf};

/// Jobs on the chain.
#[derive(Subcommand, Debug)]
pub enum Job {
	/// Post a job and put its input into the blob folder.
	Post(Post),
	/// Show a job.
	Show(Show),
	/// List jobs, the newest last.
	List(List),
	/// Return the money of a job that got no receipt in time. Anyone may.
	Refund(End),
	/// Remove an ended job's record; its deposit returns to the requester.
	Remove(End),
}

impl Job {
	/// Runs the command.
	pub async fn run(self, console: &Console) -> Result<u8, Failure> {
		match self {
			Self::Post(command) => command.run(console).await,
			Self::Show(command) => command.run(console).await,
			Self::List(command) => command.run(console).await,
			Self::Refund(command) => {
				let call = calls::refund_job(command.job);
				command.signer.change(console, Record::Job(command.job), &call, "refunded").await
			},
			Self::Remove(command) => {
				let call = calls::remove_job(command.job);
				command.signer.change(console, Record::Job(command.job), &call, "removed").await
			},
		}
	}
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

/// Post a job and put its input into the blob folder.
#[derive(Args, Debug)]
pub struct Post {
	#[command(flatten)]
	signer: Signer,
	/// The model's id.
	#[arg(long, value_parser = parse_hex::<32>)]
	model: ModelId,
	/// JSON file with `images` and `labels`.
	#[arg(long, value_name = "FILE")]
	images: PathBuf,
	/// Place of the first image in the file.
	#[arg(long, default_value_t = 0)]
	first: usize,
	/// Number of images.
	#[arg(long, default_value_t = 8)]
	count: usize,
	/// Price of one image, in the chain's smallest unit.
	#[arg(long)]
	unit_price: u64,
	/// Hold this much more than the images cost; what is not needed returns.
	#[arg(long, default_value_t = 0)]
	spare: u64,
	/// Level of the receipt.
	#[arg(long, value_enum, default_value_t = LevelArgument::Basic)]
	level: LevelArgument,
	/// Circuit of the receipt, for the basic level.
	#[arg(long, value_parser = parse_hex::<32>, required_if_eq("level", "basic"))]
	circuit: Option<CircuitId>,
	/// An accepted issuer; may be given up to 16 times.
	#[arg(long = "issuer", value_parser = parse_account, required = true)]
	issuers: Vec<AccountId>,
	/// What the signing issuer earns, in the chain's smallest unit.
	#[arg(long, default_value_t = 0)]
	issuer_fee: u128,
	/// Blocks until the deadline.
	#[arg(long, default_value_t = 600)]
	timeout: JobTime,
	/// The blob folder that workers and issuers read.
	#[arg(long, value_name = "DIR")]
	blobs: PathBuf,
}

impl Post {
	async fn run(self, console: &Console) -> Result<u8, Failure> {
		let set = LabelledImages::of(&Document::read(&self.images)?)?;
		let batch = set.batch(self.first, self.count).ok_or_else(|| {
			let detail = format!(
				"it has {} images, asked for {} from place {}",
				set.images.len(),
				self.count,
				self.first
			);
			Failure::file(&self.images, Fault::OutOfRange, detail)
		})?;
		let (chain, sender) = self.signer.connect().await?;
		let model = chain.at(Head::Finalised).await?.model(&self.model).await?;
		let model = model.ok_or_else(|| Failure::Refused {
			by: "chain",
			reason: "ModelMarketplace.UnknownModel".into(),
			detail: "no model has this id".into(),
		})?;
		let (_, call) = Order {
			model: self.model,
			weights: model.weights,
			unit_price: self.unit_price,
			spare: self.spare,
			level: self.level.into(),
			circuit: self.circuit.filter(|_| self.level == LevelArgument::Basic),
			issuers: self.issuers,
			issuer_fee: self.issuer_fee,
			timeout: self.timeout,
		}
		.post(&self.blobs, batch.images)?;
		let outcome = send(console, &sender, &call, "posting the job").await?;
		let (job, deadline, max_price) = posted(&outcome.events)?;
		console.report(&Posted {
			job,
			deadline,
			max_price: max_price.to_string(),
			fee: outcome.inclusion.fee.to_string(),
			block: outcome.inclusion.block.number,
		});
		Ok(SUCCESS)
	}
}

/// What a requester wants done with some images.
#[derive(Clone, Debug)]
pub struct Order {
	/// The model's id.
	pub model: ModelId,
	/// SHA-256 of its weights, by which the input names it.
	pub weights: Digest,
	/// Price of an image.
	pub unit_price: u64,
	/// How much more to hold than the images cost.
	pub spare: u64,
	/// Level of the receipt.
	pub level: Level,
	/// Its circuit, if it has one.
	pub circuit: Option<CircuitId>,
	/// Accepted issuers.
	pub issuers: Vec<AccountId>,
	/// What the signing one earns.
	pub issuer_fee: u128,
	/// Blocks until the deadline.
	pub timeout: JobTime,
}

impl Order {
	/// Stores the input and makes the call that posts the job.
	pub fn post(
		self,
		blobs: &Path,
		images: Vec<Image>,
	) -> Result<(InputBlob, impl Payload), Failure> {
		let input = InputBlob::new(rand::random(), self.weights, self.unit_price, images)
			.map_err(|error| Failure::argument("--images", Fault::Invalid, error))?;
		let call = calls::post_job(calls::PostJob {
			model: self.model,
			input: store(blobs, &input.encode())?,
			level: self.level,
			circuit: self.circuit,
			issuers: self.issuers,
			issuer_fee: self.issuer_fee,
			payment: Payment::Held {
				max_price: u128::from(input.amount()).saturating_add(self.spare.into()),
			},
			timeout: self.timeout,
		});
		Ok((input, call))
	}
}

/// Number, deadline and highest price in the events of a posting.
pub fn posted(events: &[Event]) -> Result<(JobId, JobTime, u128), Failure> {
	let found = events.iter().find_map(|event| match event {
		Event::JobPosted { job, deadline, max_price, .. } => Some((*job, *deadline, *max_price)),
		_ => None,
	});
	found.ok_or_else(|| Failure::unavailable("posting the job", "no JobPosted event"))
}

#[derive(Serialize)]
struct Posted {
	job: JobId,
	deadline: JobTime,
	max_price: String,
	fee: String,
	block: u64,
}

impl Report for Posted {
	fn text(&self) -> String {
		format!(
			"job {} posted in block {}, {} held, deadline {}",
			self.job, self.block, self.max_price, self.deadline
		)
	}
}

/// Show a job.
#[derive(Args, Debug)]
pub struct Show {
	#[command(flatten)]
	node: NodeAddress,
	/// The job's number.
	job: JobId,
}

impl Show {
	async fn run(self, console: &Console) -> Result<u8, Failure> {
		let view = self.node.finalised().await?;
		let record = view.job(self.job).await?.ok_or_else(|| Failure::Refused {
			by: "chain",
			reason: "UnknownJob".into(),
			detail: "no job has this number, or its record was removed".into(),
		})?;
		let mut shown = Shown::new(self.job, &record);
		if let Some(deadline) = view.deadline(self.job).await? {
			shown.deadline = deadline;
		}
		console.report(&shown);
		Ok(SUCCESS)
	}
}

/// List jobs, the newest last.
#[derive(Args, Debug)]
pub struct List {
	#[command(flatten)]
	node: NodeAddress,
	/// Number of the first job to list.
	#[arg(long, default_value_t = 0)]
	from: JobId,
	/// Most jobs to list, up to 256.
	#[arg(long, default_value_t = 32)]
	limit: u32,
	/// Only jobs that wait for a receipt.
	#[arg(long)]
	open: bool,
}

impl List {
	async fn run(self, console: &Console) -> Result<u8, Failure> {
		let view = self.node.finalised().await?;
		let jobs = view.jobs(self.from, self.limit).await?;
		let jobs = jobs
			.iter()
			.filter(|(_, record)| !self.open || record.is_open())
			.map(|(job, record)| Shown::new(*job, record))
			.collect();
		console.report(&Listed { block: view.block().number, jobs });
		Ok(SUCCESS)
	}
}

#[derive(Serialize)]
struct Listed {
	block: u64,
	jobs: Vec<Shown>,
}

impl Report for Listed {
	fn text(&self) -> String {
		let mut table = Table::new();
		table.load_style(UTF8_HORIZONTAL_ONLY);
		table.set_header([
			"job",
			"state",
			"level",
			"most",
			"paid",
			"deadline",
			"requester",
			"miner",
		]);
		for job in &self.jobs {
			let none = || "-".to_owned();
			table.add_row([
				job.job.to_string(),
				job.state.into(),
				job.level.into(),
				job.max_price.clone(),
				job.amount.clone().unwrap_or_else(none),
				job.deadline.to_string(),
				job.requester.clone(),
				job.miner.clone().unwrap_or_else(none),
			]);
		}
		format!("finalised block {}\n{table}", self.block)
	}
}

#[derive(Serialize)]
struct Shown {
	job: JobId,
	state: &'static str,
	level: &'static str,
	requester: String,
	model: String,
	input: String,
	input_size: u32,
	circuit: Option<String>,
	issuers: Vec<String>,
	issuer_fee: String,
	max_price: String,
	held: String,
	deposit: String,
	posted_at: JobTime,
	deadline: JobTime,
	miner: Option<String>,
	issuer: Option<String>,
	amount: Option<String>,
	nullifier: Option<String>,
}

impl Shown {
	fn new(job: JobId, record: &JobRecord) -> Self {
		let (state, receipt) = match &record.state {
			JobState::Open => ("open", None),
			JobState::Accepted(receipt) => ("accepted", Some(receipt)),
			JobState::Fulfilled(receipt) => ("fulfilled", Some(receipt)),
			JobState::Refunded => ("refunded", None),
		};
		Self {
			job,
			state,
			level: level_name(record.level),
			requester: record.requester.to_string(),
			model: to_hex(record.model),
			input: to_hex(record.input.digest),
			input_size: record.input.size,
			circuit: record.circuit.map(to_hex),
			issuers: record.issuers.iter().map(ToString::to_string).collect(),
			issuer_fee: record.issuer_fee.to_string(),
			max_price: record.max_price().to_string(),
			held: record.held.to_string(),
			deposit: record.deposit.to_string(),
			posted_at: record.posted_at,
			deadline: record.deadline,
			miner: receipt.map(|receipt| receipt.miner.to_string()),
			issuer: receipt.map(|receipt| receipt.issuer.to_string()),
			amount: receipt.map(|receipt| receipt.amount.to_string()),
			nullifier: receipt.map(|receipt| to_hex(receipt.nullifier.0)),
		}
	}
}

/// The level's name in reports.
pub fn level_name(level: Level) -> &'static str {
	match level {
		Level::Transparent => "transparent",
		Level::Basic => "basic",
	}
}

impl Report for Shown {
	fn text(&self) -> String {
		let none = || "-".to_owned();
		let lines = [
			("job", self.job.to_string()),
			("state", self.state.into()),
			("level", self.level.into()),
			("requester", self.requester.clone()),
			("model", self.model.clone()),
			("input", format!("{} ({} bytes)", self.input, self.input_size)),
			("circuit", self.circuit.clone().unwrap_or_else(none)),
			("issuers", self.issuers.join(" ")),
			("issuer's fee", self.issuer_fee.clone()),
			("most", self.max_price.clone()),
			("held", self.held.clone()),
			("posted at", self.posted_at.to_string()),
			("deadline", self.deadline.to_string()),
			("miner", self.miner.clone().unwrap_or_else(none)),
			("signed by", self.issuer.clone().unwrap_or_else(none)),
			("paid", self.amount.clone().unwrap_or_else(none)),
			("nullifier", self.nullifier.clone().unwrap_or_else(none)),
		];
		let lines: Vec<_> =
			lines.into_iter().map(|(name, value)| format!("{name:<13}{value}")).collect();
		lines.join("\n")
	}
}

/// A job that is to end.
#[derive(Args, Debug)]
pub struct End {
	#[command(flatten)]
	signer: Signer,
	/// The job's number.
	job: JobId,
}
