//! `quittance issuer`: the process that checks outputs and signs receipts.

use crate::{
	configuration::{monitor_text, read, summary_text, Config, Configuration, Stopped},
	console::{Console, Report},
	document::to_hex,
	failure::{Failure, Fault, SUCCESS},
	key::KeySource,
	node::{send, Record, Signer},
	shutdown,
};
use clap::{Args, Subcommand};
use quittance_client::calls;
use quittance_issuer::{
	ConfigError, IssuerConfig, IssuerError, IssuerKey, RequestError, StoreError, DEFAULT_CONFIG,
};
use serde::Serialize;
use std::{
	net::SocketAddr,
	path::{Path, PathBuf},
};

impl From<RequestError> for Failure {
	fn from(error: RequestError) -> Self {
		match error {
			RequestError::Refused { name, message, .. } => {
				Self::Refused { by: "issuer", reason: name, detail: message }
			},
			error => Self::unavailable("asking the issuer", error),
		}
	}
}

/// The issuer's process and keys.
#[derive(Subcommand, Debug)]
pub enum Issuer {
	/// Check outputs and sign receipts until told to stop.
	Run(Run),
	/// What a configuration is made of.
	#[command(subcommand)]
	Config(Config),
	/// Show the public keys of an issuer.
	Keys(Keys),
	/// Ask to become an issuer: holds the bond, governance admits.
	Register(Register),
	/// Take no new jobs. What is signed for those that name the issuer still counts.
	Resign(Signer),
	/// Take back the bond: before admission at once, otherwise when the unbonding delay is over.
	Withdraw(Signer),
}

impl Issuer {
	/// Runs the command.
	pub async fn run(self, console: &Console) -> Result<u8, Failure> {
		match self {
			Self::Run(command) => command.run(console).await,
			Self::Config(command) => command.run::<IssuerConfig>(console),
			Self::Keys(command) => command.run(console),
			Self::Register(command) => command.run(console).await,
			Self::Resign(signer) => {
				let issuer = Record::Issuer(signer.key()?.account());
				signer.change(console, issuer, &calls::resign_issuer(), "resigned").await
			},
			Self::Withdraw(signer) => {
				let issuer = Record::Issuer(signer.key()?.account());
				signer.change(console, issuer, &calls::withdraw_issuer_bond(), "left").await
			},
		}
	}
}

/// A configuration in which nothing is wrong, without the key.
#[derive(Serialize)]
struct Checked {
	node: String,
	issuer: String,
	listen: SocketAddr,
	store: PathBuf,
	monitor: Option<SocketAddr>,
}

impl Configuration for IssuerConfig {
	const DEFAULT: &'static str = DEFAULT_CONFIG;

	fn from_file(path: &Path) -> Result<Self, ConfigError> {
		Self::from_file(path)
	}

	fn summary(&self) -> impl Report {
		Checked {
			node: self.node.clone(),
			issuer: self.key.account().to_string(),
			listen: self.listen,
			store: self.store.clone(),
			monitor: self.monitor,
		}
	}
}

impl Report for Checked {
	fn text(&self) -> String {
		summary_text(&[
			("node", self.node.clone()),
			("issuer", self.issuer.clone()),
			("listens", format!("http://{}", self.listen)),
			("record", self.store.display().to_string()),
			("monitor", monitor_text(self.monitor)),
		])
	}
}

/// Check outputs and sign receipts until told to stop.
#[derive(Args, Debug)]
pub struct Run {
	/// The configuration, as `issuer config default` prints it and `issuer config check` checks it.
	#[arg(long, value_name = "FILE")]
	config: PathBuf,
}

impl Run {
	async fn run(self, console: &Console) -> Result<u8, Failure> {
		let config: IssuerConfig = read(&self.config)?;
		quittance_issuer::run(config, shutdown::token()).await.map_err(|error| match &error {
			IssuerError::Store(
				StoreError::NotARecord { path, .. } | StoreError::Foreign { path, .. },
			) => Failure::file(path, Fault::Invalid, &error),
			_ => Failure::unavailable("running the issuer", error),
		})?;
		console.report(&Stopped { stopped: "issuer" });
		Ok(SUCCESS)
	}
}

/// Show the public keys of an issuer.
#[derive(Args, Debug)]
pub struct Keys {
	/// The issuer's key: //Name of a development account, or @FILE with a seed.
	#[arg(long, value_name = "KEY")]
	key: KeySource,
}

impl Keys {
	fn run(self, console: &Console) -> Result<u8, Failure> {
		let key = self.key.load()?;
		let account = key.account().to_string();
		let keys = IssuerKey::new(key).keys();
		console.report(&PublicKeys {
			account,
			sr25519: to_hex(keys.sr25519),
			babyjubjub: to_hex(keys.babyjubjub),
		});
		Ok(SUCCESS)
	}
}

#[derive(Serialize)]
struct PublicKeys {
	account: String,
	sr25519: String,
	babyjubjub: String,
}

impl Report for PublicKeys {
	fn text(&self) -> String {
		let Self { account, sr25519, babyjubjub } = self;
		format!("account    {account}\nsr25519    {sr25519}\nbabyjubjub {babyjubjub}")
	}
}

/// Ask to become an issuer: holds the bond, governance admits.
#[derive(Args, Debug)]
pub struct Register {
	#[command(flatten)]
	signer: Signer,
}

impl Register {
	async fn run(self, console: &Console) -> Result<u8, Failure> {
		let key = self.signer.key()?;
		let (chain, sender) = self.signer.connect().await?;
		let (keys, sr25519, babyjubjub) = IssuerKey::new(key).registration(&chain.genesis());
		let call = calls::register_issuer(keys, sr25519, babyjubjub);
		let outcome = send(console, &sender, &call, "registering the issuer").await?;
		console.report(&Registered {
			issuer: sender.account().to_string(),
			state: "pending",
			fee: outcome.inclusion.fee.to_string(),
			block: outcome.inclusion.block.number,
		});
		Ok(SUCCESS)
	}
}

#[derive(Serialize)]
struct Registered {
	issuer: String,
	state: &'static str,
	fee: String,
	block: u64,
}

impl Report for Registered {
	fn text(&self) -> String {
		format!("{} waits for admission since block {}", self.issuer, self.block)
	}
}
