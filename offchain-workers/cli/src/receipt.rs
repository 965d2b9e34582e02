//! `quittance receipt`: the miner's work by hand, from a job to its pay.

use crate::{
	console::{Console, Report},
	document::{parse_account, to_hex},
	failure::{Failure, Fault, REFUSED, SUCCESS},
	job::compute::{fetch, output_of},
	key::KeySource,
	model::store,
	node::{send, NodeAddress, Signer},
	proving_keys::{self, Statement},
	receipt_path::{self, Accepted, GetPath, VerifyPath},
	submission::Submission,
};
use clap::{Args, Subcommand};
use quittance_client::{calls, AccountId, Chain, Claim, Event, Head, Job, Outcome, View};
use quittance_issuer::{request_receipt, SignRequest, SignedReceipt};
use quittance_types::{Bar, JobId, Level, Receipt as SignedOrProven};
use quittance_worker::{prove_receipt, transparent_receipt, ReceiptFacts};
use serde::Serialize;
use std::{
	path::{Path, PathBuf},
	time::Instant,
};

/// Most receipts that the chain takes together.
const MAX_BATCH: usize = 32;

/// Receipts.
#[derive(Subcommand, Debug)]
pub enum Receipt {
	/// Do a job's work, have it signed and proven, and write the receipt to a file without sending.
	Prove(Prove),
	/// Ask the chain whether it would accept a receipt. Costs nothing.
	Check(Check),
	/// Send receipts; their miner is paid. The path of each is kept beside its file, under its name and `.path`.
	Submit(Submit),
	/// Get a receipt's path: what shows to anybody that the chain has accepted it, without the chain.
	Path(GetPath),
	/// Verify a receipt's path.
	VerifyPath(VerifyPath),
}

impl Receipt {
	/// Runs the command.
	pub async fn run(self, console: &Console) -> Result<u8, Failure> {
		match self {
			Self::Prove(command) => command.run(console).await,
			Self::Check(command) => command.run(console).await,
			Self::Submit(command) => command.run(console).await,
			Self::Path(command) => command.run(console).await,
			Self::VerifyPath(command) => command.run(console).await,
		}
	}
}

/// An issuer's account and where to ask it, `ACCOUNT=URL`.
#[derive(Clone, Debug)]
struct IssuerAddress {
	account: AccountId,
	url: String,
}

impl std::str::FromStr for IssuerAddress {
	type Err = String;

	fn from_str(text: &str) -> Result<Self, String> {
		let (account, url) = text.split_once('=').ok_or("not ACCOUNT=URL")?;
		Ok(Self { account: parse_account(account)?, url: url.into() })
	}
}

impl IssuerAddress {
	fn ensure_signed(&self, issuer: &AccountId) -> Result<(), Failure> {
		match *issuer == self.account {
			true => Ok(()),
			false => Err(Failure::Refused {
				by: "issuer",
				reason: "AnotherIssuer".into(),
				detail: format!("{} signs as {issuer}, not as {}", self.url, self.account),
			}),
		}
	}
}

/// Do a job's work, have it signed and proven, and write the receipt to a file without sending.
#[derive(Args, Debug)]
pub struct Prove {
	#[command(flatten)]
	node: NodeAddress,
	/// The miner's hot key, or its own: //Name of a development account, or @FILE with a seed.
	#[arg(long, value_name = "KEY")]
	hot_key: KeySource,
	/// The job's number. The miner has to have taken it.
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
		let key = self.hot_key.load_as("--hot-key")?;
		let submitter = key.account();
		let chain = self.node.connect().await?;
		let view = chain.at(Head::Best).await?;
		let miner = view.acts_for(&submitter).await?;
		let (job, claim) = job_of(&view, self.job, &miner).await?;

		let working = console.spinner("running the model");
		let output = output(&view, &self.blobs, self.job, &job, &claim).await?;
		working.finish_and_clear();
		let asking = console.spinner("asking the issuer");
		let sign = |message: &[u8; 32]| key.keypair().sign(message).0;
		let request = SignRequest::new(&chain.genesis(), self.job, miner, submitter, output, sign);
		let signed = request_receipt(&self.issuer.url, &request).await?;
		asking.finish_and_clear();
		self.issuer.ensure_signed(&signed.issuer)?;

		let begun = Instant::now();
		let level = job.offer.level;
		let receipt = match level {
			Level::Transparent => SignedOrProven::Transparent(
				transparent_receipt(&signed)
					.map_err(|error| Failure::unavailable("reading the receipt", error))?,
			),
			// The issuer may have seen a later block than the one the work began with.
			Level::Basic => {
				let view = chain.at(Head::Best).await?;
				self.prove(console, &view, [miner, submitter], signed.clone()).await?
			},
			Level::Enhanced => return Err(Failure::Refused {
				by: "quittance",
				reason: "PrivateJob".into(),
				detail:
					"a private job has no receipt to submit: a worker with the wallet settles it"
						.into(),
			}),
		};
		let proving_ms = (level == Level::Basic).then(|| begun.elapsed().as_secs_f64() * 1e3);
		Submission { job: self.job, miner, submitter, receipt }.write(&self.out)?;
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
		[miner, submitter]: [AccountId; 2],
		signed: SignedReceipt,
	) -> Result<SignedOrProven<AccountId>, Failure> {
		let facts = ReceiptFacts::read(view, self.job)
			.await
			.map_err(|error| Failure::unavailable("reading the job", error))?;
		let registered = view.circuit_key(&facts.circuit).await?;
		let keys = self.keys.clone();
		let proving = console.spinner("proving");
		let proven = tokio::task::spawn_blocking(move || {
			let circuit = proving_keys::cached(&keys, Statement::BasicReceipt)?;
			if registered.as_ref() != Some(&circuit.key) {
				let detail = "its verifying key is not that of the job's circuit";
				return Err(Failure::file(&keys, Fault::Contradiction, detail));
			}
			prove_receipt(&facts, &miner, &submitter, &signed, &circuit.engine)
				.map_err(|error| Failure::unavailable("proving", error))
		});
		let receipt = proven.await.map_err(|error| Failure::unavailable("proving", error))??;
		proving.finish_and_clear();
		Ok(SignedOrProven::Basic(receipt))
	}
}

/// A job of which this miner can bring the receipt, and what that must keep to, or the reason why not, by the name the chain has for it.
async fn job_of(view: &View, number: JobId, miner: &AccountId) -> Result<(Job, Claim), Failure> {
	let refused = |reason: &str, detail: &str| Failure::Refused {
		by: "chain",
		reason: reason.into(),
		detail: detail.into(),
	};
	let record = view.job(number).await?;
	let record = record.ok_or_else(|| refused("UnknownJob", "no job has this number"))?;
	let job = record.live().ok_or_else(|| refused("JobNotOpen", "the job has ended"))?;
	let extension = view.extension(&job).await?;
	let claim =
		job.claim_of(miner, view.job_time().await?, &extension).map_err(|bar| match bar {
			Bar::Settled => refused("JobNotOpen", "the job has its receipt"),
			Bar::NotLocked => refused("JobNotLocked", "the miner has not taken the job"),
			Bar::OfAnother => refused("JobOfAnother", "another miner has the job"),
			Bar::OutputsAwaited => {
				refused("OutputsAwaited", "the miners have yet to show their outputs")
			},
			Bar::OnPanel => refused("JobOnPanel", "a panel judges the job, or has"),
			Bar::NotCommitted | Bar::CommittedInThisBlock => {
				refused("NotCommitted", "the receipt would be late and is not committed to")
			},
		})?;
	Ok((job, claim))
}

/// The output that the receipt is to be about: what the miner has shown, or else what the work comes to, which
/// is then put into the folder.
async fn output(
	view: &View,
	folder: &Path,
	number: JobId,
	job: &Job,
	claim: &Claim,
) -> Result<[u8; 32], Failure> {
	if let Some(delivered) = claim.output {
		return Ok(delivered.digest);
	}
	let work = fetch(view, folder, job).await?;
	let output = output_of(&work, number, job)?;
	Ok(store(folder, &output.encode())?.digest)
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
		let Submission { job, submitter, receipt, .. } = Submission::read(&self.file)?;
		let view = self.node.connect().await?.at(Head::Best).await?;
		view.dry_run_receipt(&submitter, job, &receipt).await?;
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

/// Send receipts; their miner is paid. The path of each is kept beside its file, under its name and `.path`.
#[derive(Args, Debug)]
pub struct Submit {
	#[command(flatten)]
	signer: Signer,
	/// A receipt, as `receipt prove` wrote it. Up to 32 may be given: they are sent together, which
	/// is cheaper, and each is accepted or refused by itself.
	#[arg(long = "file", value_name = "FILE", required = true)]
	files: Vec<PathBuf>,
}

impl Submit {
	async fn run(self, console: &Console) -> Result<u8, Failure> {
		if self.files.len() > MAX_BATCH {
			let detail = format!("{} receipts, more than {MAX_BATCH}", self.files.len());
			return Err(Failure::argument("--file", Fault::OutOfRange, detail));
		}
		let submissions = self.files.iter().map(|file| Ok((&**file, Submission::read(file)?)));
		match <[_; 1]>::try_from(submissions.collect::<Result<Vec<_>, Failure>>()?) {
			Ok([(file, single)]) => self.submit(console, file, single).await,
			Err(several) => self.submit_batch(console, several).await,
		}
	}

	async fn submit(
		&self,
		console: &Console,
		file: &Path,
		submission: Submission,
	) -> Result<u8, Failure> {
		let Submission { job, miner, receipt, .. } = submission;
		let (chain, sender) = self.signer.connect().await?;
		// Another sender is refused by the chain, with the error that says so; the dry run finds out
		// before a fee is paid.
		let account = sender.account();
		chain.at(Head::Best).await?.dry_run_receipt(&account, job, &receipt).await?;
		let call = calls::submit_receipt(job, receipt);
		let outcome = send(console, &sender, &call, "submitting the receipt").await?;
		let begun = Instant::now();
		console.report(&Submitted {
			job,
			miner: miner.to_string(),
			paid: paid(&outcome, job),
			path: keep_path(console, &chain, file, job, &outcome, begun).await,
			fee: outcome.inclusion.fee.to_string(),
			weight_ref_time: outcome.inclusion.weight.ref_time,
			block: outcome.inclusion.block.number,
		});
		Ok(SUCCESS)
	}

	async fn submit_batch(
		&self,
		console: &Console,
		submissions: Vec<(&Path, Submission)>,
	) -> Result<u8, Failure> {
		let (chain, sender) = self.signer.connect().await?;
		let jobs: Vec<_> = submissions.iter().map(|(file, one)| (one.job, *file)).collect();
		let receipts = submissions.into_iter().map(|(_, one)| (one.job, one.receipt)).collect();
		let call = calls::submit_receipt_batch(receipts);
		let outcome = send(console, &sender, &call, "submitting the receipts").await?;
		let refused = |place: usize| {
			outcome.events.iter().find_map(|event| match event {
				Event::ReceiptRefused { index, error, .. } if *index as usize == place => {
					Some(error.to_string())
				},
				_ => None,
			})
		};
		let (mut receipts, begun) = (Vec::new(), Instant::now());
		for (place, (job, file)) in jobs.into_iter().enumerate() {
			let refused = refused(place);
			let (paid, path) = match &refused {
				Some(_) => (None, KeptPath::default()),
				None => {
					let path = keep_path(console, &chain, file, job, &outcome, begun).await;
					(paid(&outcome, job), path)
				},
			};
			receipts.push(Judged { job, paid, refused, path });
		}
		let all_accepted = receipts.iter().all(|receipt| receipt.refused.is_none());
		console.report(&SubmittedBatch {
			receipts,
			fee: outcome.inclusion.fee.to_string(),
			weight_ref_time: outcome.inclusion.weight.ref_time,
			block: outcome.inclusion.block.number,
		});
		Ok(if all_accepted { SUCCESS } else { REFUSED })
	}
}

/// Keeps the path of an accepted receipt. The receipt is paid whatever comes of that.
///
/// `begun` is when this was begun for the first receipt of the transaction: all wait for the same block.
async fn keep_path(
	console: &Console,
	chain: &Chain,
	file: &Path,
	number: JobId,
	outcome: &Outcome,
	begun: Instant,
) -> KeptPath {
	let nullifier = outcome.events.iter().find_map(|event| match event {
		Event::ReceiptAccepted { job, nullifier, .. } if *job == number => Some(nullifier.0),
		_ => None,
	});
	let kept = match nullifier {
		Some(nullifier) => {
			let accepted =
				Accepted { job: number, nullifier, block: outcome.inclusion.block.number };
			receipt_path::keep(console, chain, file, accepted, begun).await
		},
		None => Err(Failure::unavailable("getting the path", "no ReceiptAccepted event")),
	};
	match kept {
		Ok(file) => KeptPath { file: Some(file.display().to_string()), missing: None },
		Err(failure) => KeptPath { file: None, missing: Some(failure.to_string()) },
	}
}

/// Where a receipt's path is, or why it is nowhere.
#[derive(Serialize, Clone, Default)]
struct KeptPath {
	file: Option<String>,
	missing: Option<String>,
}

impl KeptPath {
	fn text(&self) -> String {
		match (&self.file, &self.missing) {
			(Some(file), _) => format!("; its path is in {file}"),
			(None, Some(reason)) => {
				format!("; its path was not kept ({reason}), see receipt path")
			},
			(None, None) => String::new(),
		}
	}
}

/// What a job paid, if it did.
fn paid(outcome: &Outcome, number: JobId) -> Option<String> {
	outcome.events.iter().find_map(|event| match event {
		Event::JobFulfilled { job, amount, .. } if *job == number => Some(amount.to_string()),
		_ => None,
	})
}

#[derive(Serialize)]
struct Submitted {
	job: JobId,
	miner: String,
	paid: Option<String>,
	path: KeptPath,
	fee: String,
	weight_ref_time: u64,
	block: u64,
}

impl Report for Submitted {
	fn text(&self) -> String {
		let Self { job, path, block, .. } = self;
		let paid = self.paid.clone();
		let judged = Judged { job: *job, paid, refused: None, path: KeptPath::default() };
		format!("{}, block {block}{}", judged.text(), path.text())
	}
}

#[derive(Serialize)]
struct SubmittedBatch {
	receipts: Vec<Judged>,
	fee: String,
	weight_ref_time: u64,
	block: u64,
}

impl Report for SubmittedBatch {
	fn text(&self) -> String {
		let lines: Vec<_> = self.receipts.iter().map(Report::text).collect();
		format!("{}\nblock {}", lines.join("\n"), self.block)
	}
}

/// What became of one receipt.
#[derive(Serialize)]
struct Judged {
	job: JobId,
	paid: Option<String>,
	refused: Option<String>,
	path: KeptPath,
}

impl Report for Judged {
	fn text(&self) -> String {
		let job = self.job;
		let verdict = match (&self.refused, &self.paid) {
			(Some(error), _) => format!("job {job} refused: {error}"),
			(None, Some(paid)) => format!("job {job} paid {paid}"),
			(None, None) => {
				format!("job {job} accepted; the payment is put off, see fulfil_job")
			},
		};
		verdict + &self.path.text()
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn an_issuer_signs_as_itself() {
		let account = AccountId([1; 32]);
		let issuer: IssuerAddress = format!("{account}=http://127.0.0.1:1").parse().unwrap();
		assert_eq!(issuer.url, "http://127.0.0.1:1");
		issuer.ensure_signed(&account).unwrap();
		let refused = issuer.ensure_signed(&AccountId([2; 32])).unwrap_err();
		assert_eq!(refused.code(), REFUSED);
		assert!(format!("{account}").parse::<IssuerAddress>().is_err());
	}
}
