//! `quittance worker`: the miner's process.

use crate::{
	amount::Amount,
	console::Console,
	document::{parse_account, parse_hex},
	failure::{Failure, SUCCESS},
	issuer::Stopped,
	key::KeySource,
	node::NodeAddress,
	proving_keys, shutdown,
};
use clap::{Args, Subcommand};
use quittance_client::AccountId;
use quittance_types::CircuitId;
use quittance_worker::{WorkerConfig, WorkerError};
use std::path::PathBuf;

/// The miner's process.
#[derive(Subcommand, Debug)]
pub enum Worker {
	/// Do jobs, prove them and collect the pay until told to stop.
	Run(Run),
}

impl Worker {
	/// Runs the command.
	pub async fn run(self, console: &Console) -> Result<u8, Failure> {
		match self {
			Self::Run(command) => command.run(console).await,
		}
	}
}

/// An issuer's account and where to ask it, `ACCOUNT=URL`.
#[derive(Clone, Debug)]
pub struct IssuerAddress {
	/// The account.
	pub account: AccountId,
	/// The address.
	pub url: String,
}

impl std::str::FromStr for IssuerAddress {
	type Err = String;

	fn from_str(text: &str) -> Result<Self, String> {
		let (account, url) = text.split_once('=').ok_or("not ACCOUNT=URL")?;
		Ok(Self { account: parse_account(account)?, url: url.into() })
	}
}

/// Do jobs, prove them and collect the pay until told to stop.
#[derive(Args, Debug)]
pub struct Run {
	#[command(flatten)]
	node: NodeAddress,
	/// The miner's hot key: //Name of a development account, or @FILE with a seed. Its account pays the fees
	/// of locks and receipts.
	#[arg(long, value_name = "KEY")]
	hot_key: KeySource,
	/// The miner's account, which has the bond and is paid. Its key is not needed here.
	#[arg(long, value_name = "ACCOUNT", value_parser = parse_account)]
	miner: AccountId,
	/// The blob folder with inputs and models; outputs are put there.
	#[arg(long, value_name = "DIR")]
	blobs: PathBuf,
	/// The folder with proving keys, as `circuit setup` writes it.
	#[arg(long, value_name = "DIR")]
	keys: PathBuf,
	/// An issuer to ask for receipts, as ACCOUNT=URL; may be given several times.
	#[arg(long = "issuer", value_name = "ACCOUNT=URL", required = true)]
	issuers: Vec<IssuerAddress>,
	/// A circuit whose proving key is in the folder; may be given several times. Jobs with other
	/// circuits are left to others.
	#[arg(long = "circuit", value_parser = parse_hex::<32>)]
	circuits: Vec<CircuitId>,
	/// The least an image must pay, in the chain's smallest unit, or such as 0.05QTC.
	#[arg(long, value_name = "AMOUNT", default_value = "1")]
	minimum_unit_price: Amount,
	/// Most jobs at once: each has a lock, with a part of the bond at stake.
	#[arg(long, default_value_t = 8, value_parser = at_least_one)]
	jobs_at_once: usize,
}

fn at_least_one(text: &str) -> Result<usize, String> {
	match text.parse() {
		Ok(0) => Err("a worker does one job at least".into()),
		Ok(number) => Ok(number),
		Err(error) => Err(format!("{text:?} is no number: {error}")),
	}
}

impl Run {
	async fn run(self, console: &Console) -> Result<u8, Failure> {
		let hot_key = self.hot_key.load_as("--hot-key")?;
		if !self.circuits.is_empty() {
			// Before connecting: a malformed key is this command's input.
			proving_keys::cached(&self.keys)?;
		}
		let mut config =
			WorkerConfig::new(self.node.node, hot_key, self.miner, self.blobs, self.keys);
		config.issuers =
			self.issuers.into_iter().map(|issuer| (issuer.account, issuer.url)).collect();
		config.circuits = self.circuits.into_iter().collect();
		config.minimum_unit_price = self.minimum_unit_price.0;
		config.jobs_at_once = self.jobs_at_once;
		quittance_worker::run(config, shutdown::token()).await.map_err(|error| match &error {
			WorkerError::NotHotKey { .. } => Failure::Refused {
				by: "chain",
				reason: "NotHotKey".into(),
				detail: error.to_string(),
			},
			_ => Failure::unavailable("running the worker", &error),
		})?;
		console.report(&Stopped { stopped: "worker" });
		Ok(SUCCESS)
	}
}
