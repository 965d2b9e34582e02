//! Reaching the node, and sending to it.

use crate::{
	console::{Console, Report},
	document::to_hex,
	failure::{Failure, Fault, SUCCESS},
	key::KeySource,
};
use clap::Args;
use quittance_client::{
	AccountId, AccountKey, Chain, ClientError, Event, Head, NoPath, Outcome, Payload,
	PrivateCallRefusal, Sender, Until, View,
};
use quittance_types::{CircuitId, JobId, ModelId};
use serde::Serialize;
use std::fmt;

impl From<ClientError> for Failure {
	fn from(error: ClientError) -> Self {
		match error {
			ClientError::InsecureUrl(_) => {
				Self::argument("--node", Fault::Unsupported, error.to_string())
			},
			ClientError::Refused(refusal) => Self::Refused {
				by: "chain",
				reason: format!("{}.{}", refusal.pallet, refusal.error),
				detail: refusal.docs,
			},
			ClientError::Transaction(reason) => Self::Refused {
				by: "transaction pool",
				reason: format!("{reason:?}"),
				detail: reason.to_string(),
			},
			ClientError::Heartbeat(reason) => Self::Refused {
				by: "transaction pool",
				reason: format!("{reason:?}"),
				detail: reason.to_string(),
			},
			ClientError::NoPath(NoPath::Refused(reason)) => Self::Refused {
				by: "node",
				reason: format!("{reason:?}"),
				detail: reason.to_string(),
			},
			ClientError::PrivateCall(refusal) => Self::Refused {
				by: "chain",
				reason: match refusal {
					PrivateCallRefusal::Pool(refusal) => format!("{refusal:?}"),
					refusal => format!("{refusal:?}"),
				},
				detail: refusal.to_string(),
			},
			error @ ClientError::NoteAwaited => Self::Refused {
				by: "transaction pool",
				reason: "NoteAwaited".into(),
				detail: error.to_string(),
			},
			error => Self::unavailable("asking the node", error),
		}
	}
}

/// Where the node is.
#[derive(Args, Clone, Debug)]
pub struct NodeAddress {
	/// The node's WebSocket address: loopback, or wss.
	#[arg(long, value_name = "URL", default_value = "ws://127.0.0.1:9944")]
	pub node: String,
}

impl NodeAddress {
	/// Connects.
	pub async fn connect(&self) -> Result<Chain, Failure> {
		Ok(Chain::connect(&self.node).await?)
	}

	/// The finalised state.
	pub async fn finalised(&self) -> Result<View, Failure> {
		Ok(self.connect().await?.at(Head::Finalised).await?)
	}
}

/// Who signs, and where to send it.
#[derive(Args, Clone, Debug)]
pub struct Signer {
	#[command(flatten)]
	node: NodeAddress,
	/// The signing account: //Name of a development account, or @FILE with a seed.
	#[arg(long, value_name = "KEY")]
	key: KeySource,
}

impl Signer {
	/// The account's key.
	pub fn key(&self) -> Result<AccountKey, Failure> {
		self.key.load()
	}

	/// Connects with the account's key.
	pub async fn connect(&self) -> Result<(Chain, Sender), Failure> {
		let key = self.key()?;
		let chain = self.node.connect().await?;
		let sender = Sender::new(chain.clone(), key.keypair().clone());
		Ok((chain, sender))
	}
}

/// A record on the chain that a command changes.
#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Record {
	/// A job, by its number.
	Job(JobId),
	/// A circuit, by its id.
	Circuit(#[serde(serialize_with = "hex_id")] CircuitId),
	/// A model, by its id.
	Model(#[serde(serialize_with = "hex_id")] ModelId),
	/// The signing account as a miner.
	Miner(#[serde(serialize_with = "address")] AccountId),
	/// The signing account as an issuer.
	Issuer(#[serde(serialize_with = "address")] AccountId),
}

fn hex_id<S: serde::Serializer>(id: &[u8; 32], serializer: S) -> Result<S::Ok, S::Error> {
	serializer.serialize_str(&to_hex(id))
}

fn address<S: serde::Serializer>(account: &AccountId, serializer: S) -> Result<S::Ok, S::Error> {
	serializer.collect_str(account)
}

impl fmt::Display for Record {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		match self {
			Self::Job(number) => write!(f, "job {number}"),
			Self::Circuit(id) => write!(f, "circuit {}", to_hex(id)),
			Self::Model(id) => write!(f, "model {}", to_hex(id)),
			Self::Miner(account) => write!(f, "miner {account}"),
			Self::Issuer(account) => write!(f, "issuer {account}"),
		}
	}
}

impl Signer {
	/// Sends a call that does nothing but change a state, and says so.
	pub async fn change(
		&self,
		console: &Console,
		record: Record,
		call: &impl Payload,
		done: &'static str,
	) -> Result<u8, Failure> {
		let (_, sender) = self.connect().await?;
		change_by(console, &sender, record, call, done).await
	}
}

/// The same through a sender that is connected already.
pub async fn change_by(
	console: &Console,
	sender: &Sender,
	record: Record,
	call: &impl Payload,
	done: &'static str,
) -> Result<u8, Failure> {
	let outcome = send(console, sender, call, &record.to_string()).await?;
	console.report(&Changed {
		record,
		done,
		fee: outcome.inclusion.fee.to_string(),
		block: outcome.inclusion.block.number,
	});
	Ok(SUCCESS)
}

#[derive(Serialize)]
struct Changed {
	#[serde(flatten)]
	record: Record,
	done: &'static str,
	fee: String,
	block: u64,
}

impl Report for Changed {
	fn text(&self) -> String {
		format!("{} {} in block {}", self.record, self.done, self.block)
	}
}

/// Sends a call and waits until its block is final.
pub async fn send(
	console: &Console,
	sender: &Sender,
	call: &impl Payload,
	what: &str,
) -> Result<Outcome, Failure> {
	let spinner = console.spinner(format!("{what}, waiting for finality"));
	let outcome = sender.submit(call, Until::Finalised).await;
	spinner.finish_and_clear();
	Ok(outcome?)
}

/// The same for a call that the chain's sudo key makes: that it was refused does not make its transaction fail.
pub async fn send_by_sudo(
	console: &Console,
	sudo: &Sender,
	call: &impl Payload,
	what: &str,
) -> Result<Outcome, Failure> {
	let outcome = send(console, sudo, call, what).await?;
	let refusal = outcome.events.iter().find_map(|event| match event {
		Event::SudoTried { refusal } => refusal.clone(),
		_ => None,
	});
	refusal.map_or(Ok(outcome), |refusal| Err(ClientError::Refused(refusal).into()))
}
