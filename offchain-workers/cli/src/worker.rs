//! `quittance worker`: the miner's process.

use crate::{
	configuration::{monitor_text, read, summary_text, Config, Configuration, Stopped},
	console::{Console, Report},
	failure::{Failure, SUCCESS},
	monitor,
	proving_keys::{self, Statement},
	shutdown,
};
use clap::{Args, Subcommand};
use quittance_client::AccountId;
use quittance_worker::{ConfigError, WorkerConfig, WorkerError, DEFAULT_CONFIG};
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
			Self::Config(command) => command.run::<WorkerConfig>(console),
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
		let config: WorkerConfig = read(&self.config)?;
		if !config.circuits.is_empty() {
			// Before connecting: a malformed key is this command's input.
			proving_keys::cached(&config.keys, Statement::BasicReceipt)?;
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

/// A configuration in which nothing is wrong, without the key.
#[derive(Serialize)]
struct Checked {
	node: String,
	miner: AccountId,
	hot_key: AccountId,
	issuers: BTreeMap<String, String>,
	circuits: usize,
	private_jobs: bool,
	jobs_at_once: usize,
	store: PathBuf,
	monitor: Option<SocketAddr>,
}

impl Configuration for WorkerConfig {
	const DEFAULT: &'static str = DEFAULT_CONFIG;

	fn from_file(path: &Path) -> Result<Self, ConfigError> {
		Self::from_file(path)
	}

	fn summary(&self) -> impl Report {
		let issuers = self.issuers.iter();
		Checked {
			node: self.node.clone(),
			miner: self.miner,
			hot_key: self.key.account(),
			issuers: issuers.map(|(account, url)| (account.to_string(), url.clone())).collect(),
			circuits: self.circuits.len(),
			private_jobs: self.private.is_some(),
			jobs_at_once: self.jobs_at_once,
			store: self.store.clone(),
			monitor: self.monitor,
		}
	}
}

impl Report for Checked {
	fn text(&self) -> String {
		summary_text(&[
			("node", self.node.clone()),
			("miner", self.miner.to_string()),
			("hot key", self.hot_key.to_string()),
			("issuers", self.issuers.len().to_string()),
			("circuits", self.circuits.to_string()),
			("private", if self.private_jobs { "yes" } else { "no: without a wallet" }.to_owned()),
			("at once", format!("{} jobs", self.jobs_at_once)),
			("records", self.store.display().to_string()),
			("monitor", monitor_text(self.monitor)),
		])
	}
}
