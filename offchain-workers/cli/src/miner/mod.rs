//! `quittance miner`: who does jobs, with which key, and what is at stake.

mod capabilities;
mod heartbeat;
mod hot_key;
mod register;
mod show;

use crate::{
	amount::Amount,
	console::Console,
	failure::{Failure, Fault},
	node::{change_by, Record, Signer},
};
use capabilities::{endpoint, CapabilitiesArguments};
use clap::{Args, Subcommand};
use hot_key::HotKeyArguments;
use quittance_client::{calls, AccountId, Payload};

/// A miner's registration. All commands but `heartbeat`, `possession` and `show` are signed by the cold key,
/// which owns the bond and is paid.
#[derive(Subcommand, Debug)]
pub enum Miner {
	/// Register as a miner: holds the bond and names the hot key.
	Register(Box<register::Register>),
	/// Show possession of a hot key, for a registration from another machine.
	Possession(hot_key::Possession),
	/// Show a miner.
	Show(show::Show),
	/// Add to the bond.
	BondMore(Part),
	/// Start to take back a part of the bond that no lock has reserved.
	Unbond(Part),
	/// Take back what was unbonded long enough ago.
	Withdraw(Signer),
	/// Take no more jobs for good and start to take back all of the bond.
	Leave(Signer),
	/// Take no jobs until told otherwise, for instance when the hot key leaked.
	Pause(Signer),
	/// Take jobs again.
	Resume(Signer),
	/// Replace the hot key, after a delay.
	RotateHotKey(Rotate),
	/// Keep the hot key that works.
	CancelRotation(Signer),
	/// Say anew what the miner can do. Everything that is not named is gone.
	SetCapabilities(SetCapabilities),
	/// Say where the miner can be reached.
	SetEndpoint(SetEndpoint),
	/// Show by hand that the miner is there, which its worker does by itself. Costs no fee.
	Heartbeat(heartbeat::Heartbeat),
}

impl Miner {
	/// Runs the command.
	pub async fn run(self, console: &Console) -> Result<u8, Failure> {
		match self {
			Self::Register(command) => command.run(console).await,
			Self::Possession(command) => command.run(console).await,
			Self::Show(command) => command.run(console).await,
			Self::BondMore(Part { signer, amount }) => {
				let call = calls::bond_more(more_than_zero(amount)?);
				change(console, &signer, &call, "bonded more").await
			},
			Self::Unbond(Part { signer, amount }) => {
				let call = calls::unbond(more_than_zero(amount)?);
				change(console, &signer, &call, "is unbonding").await
			},
			Self::Withdraw(signer) => {
				change(console, &signer, &calls::withdraw_unbonded(), "withdrew").await
			},
			Self::Leave(signer) => change(console, &signer, &calls::leave(), "is leaving").await,
			Self::Pause(signer) => {
				change(console, &signer, &calls::pause_matching(), "paused").await
			},
			Self::Resume(signer) => {
				change(console, &signer, &calls::resume_matching(), "resumed").await
			},
			Self::RotateHotKey(command) => command.run(console).await,
			Self::CancelRotation(signer) => {
				change(console, &signer, &calls::cancel_rotation(), "keeps its hot key").await
			},
			Self::SetCapabilities(SetCapabilities { signer, capabilities }) => {
				let call = calls::set_capabilities(capabilities.capabilities()?);
				change(console, &signer, &call, "changed its capabilities").await
			},
			Self::SetEndpoint(SetEndpoint { signer, endpoint: place }) => {
				let call = calls::set_endpoint(endpoint(&place)?);
				change(console, &signer, &call, "changed its endpoint").await
			},
			Self::Heartbeat(command) => command.run(console).await,
		}
	}
}

async fn change(
	console: &Console,
	signer: &Signer,
	call: &impl Payload,
	done: &'static str,
) -> Result<u8, Failure> {
	let miner = Record::Miner(signer.key()?.account());
	signer.change(console, miner, call, done).await
}

fn more_than_zero(amount: Amount) -> Result<u128, Failure> {
	match amount.0 {
		0 => Err(Failure::argument("AMOUNT", Fault::OutOfRange, "zero")),
		amount => Ok(amount),
	}
}

/// The chain's word for an account that is no miner.
fn unknown(account: &AccountId) -> Failure {
	Failure::Refused {
		by: "chain",
		reason: "Miners.UnknownMiner".into(),
		detail: format!("{account} is no miner"),
	}
}

/// A part of a bond.
#[derive(Args, Debug)]
pub struct Part {
	#[command(flatten)]
	signer: Signer,
	/// How much, in the chain's smallest unit, or such as 10QTC.
	amount: Amount,
}

/// Replace the hot key, after a delay.
#[derive(Args, Debug)]
pub struct Rotate {
	#[command(flatten)]
	signer: Signer,
	#[command(flatten)]
	hot_key: HotKeyArguments,
}

impl Rotate {
	async fn run(self, console: &Console) -> Result<u8, Failure> {
		let hot_key = self.hot_key.load()?;
		let miner = self.signer.key()?.account();
		let (chain, sender) = self.signer.connect().await?;
		let (account, possession) = hot_key.shown(&chain.genesis(), &miner);
		let call = calls::rotate_hot_key(account, possession);
		change_by(console, &sender, Record::Miner(miner), &call, "changes its hot key").await
	}
}

/// Say anew what the miner can do. Everything that is not named is gone.
#[derive(Args, Debug)]
pub struct SetCapabilities {
	#[command(flatten)]
	signer: Signer,
	#[command(flatten)]
	capabilities: CapabilitiesArguments,
}

/// Say where the miner can be reached.
#[derive(Args, Debug)]
pub struct SetEndpoint {
	#[command(flatten)]
	signer: Signer,
	/// A URL with http or https.
	#[arg(value_name = "URL")]
	endpoint: String,
}
