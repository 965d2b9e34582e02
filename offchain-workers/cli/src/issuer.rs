//! `quittance issuer`: the process that checks outputs and signs receipts.

use crate::{
	console::{Console, Report},
	document::to_hex,
	failure::{Failure, Fault, SUCCESS},
	key::KeySource,
	node::{send, NodeAddress, Record, Signer},
	shutdown,
};
use clap::{Args, Subcommand};
use quittance_client::calls;
use quittance_issuer::{IssuerConfig, IssuerError, IssuerKey, RequestError, StoreError};
use quittance_types::JobTime;
use serde::Serialize;
use std::{net::SocketAddr, path::PathBuf};

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

/// Check outputs and sign receipts until told to stop.
#[derive(Args, Debug)]
pub struct Run {
	#[command(flatten)]
	node: NodeAddress,
	/// The issuer's key: //Name of a development account, or @FILE with a seed.
	#[arg(long, value_name = "KEY")]
	key: KeySource,
	/// The blob folder with inputs, models and outputs.
	#[arg(long, value_name = "DIR")]
	blobs: PathBuf,
	/// File that remembers what was signed. Never delete it: a second signature for one subject
	/// contradicts the first.
	#[arg(long, value_name = "FILE")]
	store: PathBuf,
	/// Loopback address on which receipts are asked for.
	#[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:9955")]
	listen: SocketAddr,
	/// Blocks between a job's deadline and the expiry of its receipt.
	#[arg(long)]
	expiry_margin: Option<JobTime>,
}

impl Run {
	async fn run(self, console: &Console) -> Result<u8, Failure> {
		if !self.listen.ip().is_loopback() {
			let detail = format!("{} is not on this machine", self.listen);
			return Err(Failure::argument("--listen", Fault::Unsupported, detail));
		}
		let key = self.key.load()?;
		let mut config = IssuerConfig::new(self.node.node, key, self.blobs, self.store);
		config.listen = self.listen;
		if let Some(margin) = self.expiry_margin {
			config.expiry_margin = margin;
		}
		quittance_issuer::run(config, shutdown::token()).await.map_err(|error| match &error {
			IssuerError::Store(StoreError::NotARecord { path, .. }) => {
				Failure::file(path, Fault::Invalid, &error)
			},
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
