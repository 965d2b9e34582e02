//! `quittance issuer`: the process that checks outputs and signs receipts.

use crate::{
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
	IssuerConfig, IssuerError, IssuerKey, RequestError, StoreError, DEFAULT_CONFIG,
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
			Self::Config(command) => command.run(console),
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

fn read(path: &Path) -> Result<IssuerConfig, Failure> {
	IssuerConfig::from_file(path).map_err(|error| Failure::file(path, Fault::Invalid, error))
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
	issuer: String,
	listen: SocketAddr,
	store: PathBuf,
	monitor: Option<SocketAddr>,
}

impl From<&IssuerConfig> for Checked {
	fn from(config: &IssuerConfig) -> Self {
		Self {
			node: config.node.clone(),
			issuer: config.key.account().to_string(),
			listen: config.listen,
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
			format!("issuer    {}", self.issuer),
			format!("listens   http://{}", self.listen),
			format!("record    {}", self.store.display()),
			format!("monitor   {monitor}"),
		];
		lines.join("\n")
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
		let config = read(&self.config)?;
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

/// The last words of a process that was told to stop.
#[derive(Serialize)]
pub struct Stopped {
	/// Which process.
	pub stopped: &'static str,
}

impl Report for Stopped {
	fn text(&self) -> String {
		format!("{} stopped", self.stopped)
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
