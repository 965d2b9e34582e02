//! A heartbeat by hand.

use crate::{
	console::{Console, Report},
	failure::{Failure, SUCCESS},
	key::KeySource,
	node::NodeAddress,
};
use clap::Args;
use quittance_client::{send_heartbeat, Head};
use quittance_types::EpochIndex;
use serde::Serialize;

/// Show by hand that the miner is there, which its worker does by itself. Costs no fee.
#[derive(Args, Debug)]
pub struct Heartbeat {
	#[command(flatten)]
	node: NodeAddress,
	/// The hot key: //Name of a development account, or @FILE with a seed.
	#[arg(long, value_name = "KEY")]
	hot_key: KeySource,
}

impl Heartbeat {
	/// Runs the command.
	pub async fn run(self, console: &Console) -> Result<u8, Failure> {
		let key = self.hot_key.load_as("--hot-key")?;
		let chain = self.node.connect().await?;
		let view = chain.at(Head::Best).await?;
		let account = key.account();
		let miner = view.miner_of(&account).await?.ok_or_else(|| Failure::Refused {
			by: "chain",
			reason: "ModelMarketplace.NotHotKey".into(),
			detail: format!("no miner works with {account} now"),
		})?;
		let sending = console.spinner("sending the heartbeat");
		let sent = send_heartbeat(&chain, &miner, |message| key.keypair().sign(message).0).await;
		sending.finish_and_clear();
		let epoch = sent?;
		console.report(&Sent { miner: miner.to_string(), epoch });
		Ok(SUCCESS)
	}
}

#[derive(Serialize)]
struct Sent {
	miner: String,
	epoch: EpochIndex,
}

impl Report for Sent {
	fn text(&self) -> String {
		format!("heartbeat of miner {} for epoch {}", self.miner, self.epoch)
	}
}
