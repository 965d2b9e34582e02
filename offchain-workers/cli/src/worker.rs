//! `quittance worker`: the miner's process.

use crate::{
	console::{Console, Report},
	failure::{Failure, Fault, SUCCESS},
	issuer::Stopped,
	monitor, proving_keys, shutdown,
};
use clap::{Args, Subcommand};
use quittance_client::AccountId;
use quittance_worker::{WorkerConfig, WorkerError, DEFAULT_CONFIG};
use serde::Serialize;
use std::{
	collections::BTreeMap,
	net::SocketAddr,
	path::{Path, PathBuf},
};

/// The miner's process.
#[derive(Subcommand, Debug)]
pub enum Worker {
	/// Do jobs, prove them and collect the pay until told to stop.
	Run(Run),
	/// Show what a running worker is at: jobs, earnings, setbacks, health.
	Status(monitor::Status),
	/// Watch what a running worker is at.
	Watch(monitor::Watch),
	/// What a configuration is made of.
	#[command(subcommand)]
	Config(Config),
}

impl Worker {
	/// Runs the command.
	pub async fn run(self, console: &Console) -> Result<u8, Failure> {
		match self {
			Self::Run(command) => command.run(console).await,
			Self::Status(command) => command.run(console).await,
			Self::Watch(command) => command.run(console).await,
			Self::Config(command) => command.run(console),
		}
	}
}

/// Do jobs, prove them and collect the pay until told to stop.
#[derive(Args, Debug)]
pub struct Run {
	/// The configuration, as `worker config default` prints it and `worker config check` checks it.
	#[arg(long, value_name = "FILE")]
	config: PathBuf,
}

impl Run {
	async fn run(self, console: &Console) -> Result<u8, Failure> {
		let config = read(&self.config)?;
		if !config.circuits.is_empty() {
			// Before connecting: a malformed key is this command's input.
			proving_keys::cached(&config.keys)?;
		}
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

fn read(path: &Path) -> Result<WorkerConfig, Failure> {
	WorkerConfig::from_file(path).map_err(|error| Failure::file(path, Fault::Invalid, error))
}

/// What a configuration is made of.
#[derive(Subcommand, Debug)]
pub enum Config {
	/// Print the configuration with all defaults, each key explained.
	Default,
	/// Say everything that is wrong with a configuration, or what it comes to. Nothing is connected to.
	Check {
		/// The configuration.
		file: PathBuf,
	},
}

impl Config {
	fn run(self, console: &Console) -> Result<u8, Failure> {
		match self {
			Self::Default => console.report(&Document { document: DEFAULT_CONFIG }),
			Self::Check { file } => console.report(&Checked::from(&read(&file)?)),
		}
		Ok(SUCCESS)
	}
}

#[derive(Serialize)]
struct Document {
	document: &'static str,
}

impl Report for Document {
	fn text(&self) -> String {
		self.document.trim_end().to_owned()
	}
}

/// A configuration in which nothing is wrong, without the key.
#[derive(Serialize)]
struct Checked {
	node: String,
	miner: AccountId,
	hot_key: AccountId,
	issuers: BTreeMap<String, String>,
	circuits: usize,
	jobs_at_once: usize,
	store: PathBuf,
	monitor: Option<SocketAddr>,
}

impl From<&WorkerConfig> for Checked {
	fn from(config: &WorkerConfig) -> Self {
		let issuers =
			config.issuers.iter().map(|(account, url)| (account.to_string(), url.clone()));
		Self {
			node: config.node.clone(),
			miner: config.miner,
			hot_key: config.key.account(),
			issuers: issuers.collect(),
			circuits: config.circuits.len(),
			jobs_at_once: config.jobs_at_once,
			store: config.store.clone(),
			monitor: config.monitor,
		}
	}
}

impl Report for Checked {
	fn text(&self) -> String {
		let monitor = match self.monitor {
			Some(address) => format!("http://{address}"),
			None => "nowhere".to_owned(),
		};
		let lines = [
			"nothing is wrong with it".to_owned(),
			format!("node      {}", self.node),
			format!("miner     {}", self.miner),
			format!("hot key   {}", self.hot_key),
			format!("issuers   {}", self.issuers.len()),
			format!("circuits  {}", self.circuits),
			format!("at once   {} jobs", self.jobs_at_once),
			format!("records   {}", self.store.display()),
			format!("monitor   {monitor}"),
		];
		lines.join("\n")
	}
}
