//! Becoming a miner.

use super::{
	capabilities::{endpoint, CapabilitiesArguments},
	hot_key::HotKeyArguments,
};
use crate::{
	amount::Amount,
	console::{Console, Report},
	failure::{Failure, Fault, SUCCESS},
	node::{send, Signer},
};
use clap::Args;
use quittance_client::{
	calls::{self, RegisterMiner},
	Head,
};
use serde::Serialize;

/// Register as a miner: holds the bond and names the hot key.
#[derive(Args, Debug)]
pub struct Register {
	#[command(flatten)]
	signer: Signer,
	#[command(flatten)]
	hot_key: HotKeyArguments,
	/// What is held, in the chain's smallest unit, or such as 100QTC. Locks of jobs reserve parts of it.
	/// Without it: the least that the chain takes.
	#[arg(long, value_name = "AMOUNT")]
	bond: Option<Amount>,
	#[command(flatten)]
	capabilities: CapabilitiesArguments,
	/// Where the miner can be reached: a URL with http or https.
	#[arg(long, value_name = "URL")]
	endpoint: String,
	/// Also transfer so much to the hot key's account, which pays the fees of locks and receipts.
	#[arg(long, value_name = "AMOUNT")]
	fund: Option<Amount>,
}

impl Register {
	/// Runs the command.
	pub async fn run(self, console: &Console) -> Result<u8, Failure> {
		let capabilities = self.capabilities.capabilities()?;
		let endpoint = endpoint(&self.endpoint)?;
		let hot_key = self.hot_key.load()?;
		let miner = self.signer.key()?.account();
		let (chain, sender) = self.signer.connect().await?;
		let least = chain.at(Head::Best).await?.limits().await?.minimum_bond;
		let bond = self.bond.map_or(least, |bond| bond.0);
		if bond < least {
			let detail = format!("less than {} QTC, the least that the chain takes", Amount(least));
			return Err(Failure::argument("--bond", Fault::OutOfRange, detail));
		}
		let (account, possession) = hot_key.shown(&chain.genesis(), &miner);
		let call = calls::register_miner(RegisterMiner {
			hot_key: account,
			possession,
			bond,
			capabilities,
			endpoint,
		});
		let outcome = send(console, &sender, &call, "registering the miner").await?;
		let mut report = Registered {
			miner: miner.to_string(),
			hot_key: account.to_string(),
			bond: Amount(bond),
			funded: None,
			fee: Amount(outcome.inclusion.fee),
			block: outcome.inclusion.block.number,
		};
		if let Some(fund) = self.fund.filter(|_| account != miner) {
			let call = calls::transfer(account, fund.0);
			let outcome = send(console, &sender, &call, "funding the hot key").await?;
			report.funded = Some(fund);
			report.fee = Amount(report.fee.0.saturating_add(outcome.inclusion.fee));
			report.block = outcome.inclusion.block.number;
		}
		console.report(&report);
		Ok(SUCCESS)
	}
}

#[derive(Serialize)]
struct Registered {
	miner: String,
	hot_key: String,
	bond: Amount,
	funded: Option<Amount>,
	fee: Amount,
	block: u64,
}

impl Report for Registered {
	fn text(&self) -> String {
		let Self { miner, hot_key, bond, funded, block, .. } = self;
		let funded = funded.map(|amount| format!(" and with {amount} QTC for fees"));
		format!(
			"miner {miner} registered in block {block} with a bond of {bond} QTC\n\
			 works with {hot_key}{}",
			funded.unwrap_or_default()
		)
	}
}
