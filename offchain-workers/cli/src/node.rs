//! Reaching the node, and sending to it.

use crate::{
	console::Console,
	failure::{Failure, Fault},
	key::KeySource,
};
use clap::Args;
use quittance_client::{
	AccountKey, Chain, ClientError, Head, Outcome, Payload, Sender, Until, View,
};

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
