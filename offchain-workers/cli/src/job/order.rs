//! What a requester says of a job, whether its price is hidden or not.

use crate::{
	amount::{parse_price, Amount},
	document::{parse_account, parse_hex},
	failure::{Failure, Fault},
	model::{known, mode_name, ModeArgument},
	outputs,
	samples::read_items,
};
use clap::Args;
use quittance_blobs::FolderStore;
use quittance_client::{AccountId, IssuerState, Limits, Model, ModelState, View};
use quittance_types::{fits_64_bits, FieldBytes, JobTime, Mode, ModelId};
use quittance_zkml::{InputBlob, Network};
use std::path::PathBuf;

/// Most issuers and most miners that a job names.
const MAX_ISSUERS: usize = 16;
const MAX_ALLOWED: usize = 16;

/// Blocks until the deadline of a job where none is named.
const TIMEOUT: JobTime = 600;

/// Issuers and circuits of the chain that are looked at where none is named.
pub(super) const LOOKED_AT: u32 = 256;

/// What is to be done.
#[derive(Args, Clone, Debug)]
pub(super) struct Work {
	/// The model's id.
	#[arg(long, value_parser = parse_hex::<32>)]
	pub(super) model: ModelId,
	/// Samples of the kind that the model was trained on, an ONNX tensor file (TensorProto).
	#[arg(long, value_name = "FILE")]
	samples: PathBuf,
	/// What the model's integers stand for: the report of its import, as `model import --output json` prints it.
	#[arg(long, value_name = "FILE")]
	scale: PathBuf,
	/// Place of the first sample in the file.
	#[arg(long, default_value_t = 0)]
	first: usize,
	/// Number of samples, each of which is an item.
	#[arg(long, default_value_t = 8)]
	count: usize,
	/// The blob folder that workers and issuers read.
	#[arg(long, value_name = "DIR")]
	pub(super) blobs: PathBuf,
}

impl Work {
	/// The samples as the model's items.
	pub(super) fn read(&self) -> Result<Vec<Vec<i8>>, Failure> {
		read_items(&self.samples, &self.scale, self.first, self.count)
	}

	/// Refuses an input that no miner runs, which is known where the model's file is in the folder.
	pub(super) async fn admit(&self, view: &View, input: &InputBlob) -> Result<(), Failure> {
		let Some(network) = self.network(view).await? else { return Ok(()) };
		quittance_zkml::admit(&network, input)
			.map_err(|error| Failure::argument("--samples", Fault::Invalid, error))
	}

	/// The labels that the miner found, where its output is in the folder and is the model's.
	pub(super) async fn labels(
		&self,
		view: &View,
		input: &InputBlob,
	) -> Result<Option<Vec<u8>>, Failure> {
		// A basic receipt hides the output's digest: without the model there is nothing to know it by.
		match self.network(view).await? {
			Some(network) => outputs::labels(&self.blobs, &network, input),
			None => Ok(None),
		}
	}

	/// The model's network, where its file is in the folder.
	async fn network(&self, view: &View) -> Result<Option<Network>, Failure> {
		let blob = known(view, &self.model).await?.description.blob;
		let fetched = FolderStore::open(&self.blobs)
			.and_then(|store| store.get(&blob.digest.into(), u64::from(blob.size)));
		Ok(fetched.ok().and_then(|bytes| Network::from_bytes(&bytes).ok()))
	}
}

/// Refuses items that are not as long as the model's input, which the chain would not take for an input.
pub(super) fn ensure_fit(items: &[Vec<i8>], model: &Model) -> Result<(), Failure> {
	let expected = model.description.item_bytes();
	match items.iter().find(|item| item.len() as u64 != expected) {
		None => Ok(()),
		Some(item) => {
			let detail = format!("samples of {} values, the model takes {expected}", item.len());
			Err(Failure::argument("--samples", Fault::WrongLength, detail))
		},
	}
}

/// What is asked for. Amounts are in the chain's smallest unit, or such as 0.05QTC; times are in blocks.
#[derive(Args, Clone, Debug)]
pub(super) struct JobArguments {
	/// How the model is run.
	#[arg(long, value_enum, default_value_t = ModeArgument::Plain)]
	mode: ModeArgument,
	/// Poseidon commitment of the input, 32 bytes little-endian, for modes with a proof.
	#[arg(long, value_name = "HEX", value_parser = parse_hex::<32>)]
	input_commitment: Option<[u8; 32]>,
	/// What an item is metered at, at most: less where the miner took the job for less than all of them.
	/// Without it: the model's price in the mode.
	#[arg(long, value_name = "AMOUNT", value_parser = parse_price)]
	unit_price: Option<u64>,
	/// An accepted issuer; up to 16. Without any: those that take jobs, except who posts.
	#[arg(long = "issuer", value_name = "ACCOUNT", value_parser = parse_account)]
	issuers: Vec<AccountId>,
	/// What the signing issuer earns. Without it: the least that the chain takes.
	#[arg(long, value_name = "AMOUNT", value_parser = parse_price)]
	issuer_fee: Option<u64>,
	/// Blocks until which the job can be taken and has to be delivered. Without it: half the timeout.
	#[arg(long)]
	lock_timeout: Option<JobTime>,
	/// Blocks until the deadline [default: 600; of a private job more, as miners can decline it for some time].
	#[arg(long)]
	timeout: Option<JobTime>,
	/// What a miner puts at stake. Without it: the least that the chain takes.
	#[arg(long, value_name = "AMOUNT", value_parser = parse_price)]
	miner_bond: Option<u64>,
	/// A miner that the job is kept for; up to 16. Without any: all.
	#[arg(long = "allow", value_name = "ACCOUNT", value_parser = parse_account)]
	pub(super) allowed: Vec<AccountId>,
	/// Only a verified proof pays.
	#[arg(long)]
	pub(super) proof_required: bool,
}

impl JobArguments {
	/// Refuses what contradicts itself, whatever the chain says.
	pub(super) fn check(&self) -> Result<(), Failure> {
		let refused =
			|argument, fault, detail: &str| Err(Failure::argument(argument, fault, detail));
		let twice = |accounts: &[AccountId]| {
			(0..)
				.zip(accounts)
				.any(|(place, one)| accounts.iter().take(place).any(|other| other == one))
		};
		if self.mode().is_proven() && self.input_commitment.is_none() {
			return refused("--input-commitment", Fault::Missing, "the mode needs one");
		}
		if self.input_commitment().is_some_and(|commitment| commitment.to_field().is_none()) {
			let detail = "not below the group order; it is 32 bytes little-endian";
			return refused("--input-commitment", Fault::OutOfRange, detail);
		}
		let lock_timeout = self.lock_timeout();
		if lock_timeout == 0 {
			return refused("--lock-timeout", Fault::OutOfRange, "zero");
		}
		if lock_timeout > self.timeout() {
			return refused("--lock-timeout", Fault::Contradiction, "longer than the timeout");
		}
		for (argument, accounts, most) in
			[("--issuer", &self.issuers, MAX_ISSUERS), ("--allow", &self.allowed, MAX_ALLOWED)]
		{
			if accounts.len() > most {
				let detail = format!("{} accounts, at most {most}", accounts.len());
				return refused(argument, Fault::OutOfRange, &detail);
			}
			if twice(accounts) {
				return refused(argument, Fault::Contradiction, "an account is named twice");
			}
		}
		Ok(())
	}

	pub(super) fn mode(&self) -> Mode {
		self.mode.into()
	}

	pub(super) fn input_commitment(&self) -> Option<FieldBytes> {
		self.input_commitment.map(FieldBytes)
	}

	pub(super) fn lock_timeout(&self) -> JobTime {
		self.lock_timeout.unwrap_or(self.timeout().div_ceil(2))
	}

	pub(super) fn timeout(&self) -> JobTime {
		self.timeout.unwrap_or(TIMEOUT)
	}

	/// Lock timeout and timeout of a private job, for whose lock there has to be more time than for declining it.
	pub(super) fn private_times(
		&self,
		opening_time: JobTime,
	) -> Result<(JobTime, JobTime), Failure> {
		let lock_timeout = match (self.lock_timeout, self.timeout) {
			(Some(named), _) => named,
			(None, Some(timeout)) => timeout.div_ceil(2),
			(None, None) => opening_time.saturating_add(TIMEOUT.div_ceil(2)),
		};
		if lock_timeout <= opening_time {
			let detail = format!(
				"{lock_timeout} blocks, and miners can decline a private job for {opening_time}: name more"
			);
			return Err(Failure::argument("--lock-timeout", Fault::OutOfRange, detail));
		}
		let timeout = self.timeout.unwrap_or_else(|| lock_timeout.saturating_mul(2));
		Ok((lock_timeout, timeout))
	}

	pub(super) fn issuer_fee(&self, limits: &Limits) -> u128 {
		self.issuer_fee.map_or(limits.minimum_fee, u128::from)
	}

	/// The bond for a job at this price, or at one that nobody sees, which is zero. The chain refuses less, each for
	/// its own reason.
	pub(super) fn miner_bond(&self, limits: &Limits, price: u64) -> u128 {
		let least = limits.least_bond(price.into(), self.issuer_fee(limits));
		self.miner_bond.map_or(least, u128::from)
	}

	/// The model's price of a unit, and what the job offers for one: refused where the chain would refuse the model.
	pub(super) fn prices(&self, model: &Model) -> Result<(u128, u64), Failure> {
		if model.state != ModelState::Listed {
			return Err(refused_by_market("ModelNotListed", "the model takes no new jobs".into()));
		}
		let mode = self.mode();
		let quote = model.terms.price(mode).ok_or_else(|| {
			let detail = format!("the model has no price for {}", mode_name(mode));
			refused_by_market("ModeNotOffered", detail)
		})?;
		let offered = self.unit_price.or_else(|| fits_64_bits(quote));
		let offered = offered.ok_or_else(|| {
			Failure::unavailable(
				"reading the model's price",
				format!("{} QTC has no 64 bits", Amount(quote)),
			)
		})?;
		Ok((quote, offered))
	}

	/// Who may sign: those named, or those that take new jobs, without the one that posts.
	pub(super) async fn issuers(
		&self,
		view: &View,
		requester: Option<&AccountId>,
	) -> Result<Vec<AccountId>, Failure> {
		if !self.issuers.is_empty() {
			return Ok(self.issuers.clone());
		}
		let issuers = view.issuers(LOOKED_AT).await?;
		let mut accounts: Vec<_> = issuers
			.into_iter()
			.filter(|(account, issuer)| {
				issuer.state == IssuerState::Active && Some(account) != requester
			})
			.map(|(account, _)| account)
			.collect();
		// So that the same chain gives the same job.
		accounts.sort_unstable_by_key(|account| account.0);
		accounts.truncate(MAX_ISSUERS);
		if accounts.is_empty() {
			let detail = "no issuer on this chain takes jobs of this account";
			return Err(Failure::argument("--issuer", Fault::Missing, detail));
		}
		Ok(accounts)
	}
}

/// What the marketplace would say, before a fee is paid for hearing it.
pub(super) fn refused_by_market(reason: &str, detail: String) -> Failure {
	Failure::Refused { by: "chain", reason: format!("ModelMarketplace.{reason}"), detail }
}
