//! `quittance wallet` and the commands that pay with it: shielded money, from the user's side.

mod accept_auditor;
mod address;
mod audit;
mod balance;
mod create;
mod file;
mod history;
mod info;
mod pay;
mod private_call;
mod secret_input;
mod session;
mod shield;
mod sync;
mod terms;
#[cfg(test)]
mod test_chain;
mod unshield;
mod view_key;

pub use address::usual as usual_address;
pub use balance::Balance;
pub use create::fleeting;
pub use history::History;
pub use pay::Pay;
pub use private_call::{Payment, PrivateOrder};
pub use session::{Place, Session};
pub use shield::Shield;
pub use sync::blocks_with_notes;
pub use terms::{now, usual_fee, CallArguments};
pub use unshield::Unshield;

use crate::{console::Console, failure::Failure};
use clap::Subcommand;

/// The wallet of the confidential pool.
#[derive(Subcommand, Debug)]
pub enum Wallet {
	/// Make a wallet and print its 24 words, once.
	Create(create::Create),
	/// Make a wallet from its 24 words, which come from a file, a pipe or the terminal.
	Restore(create::Restore),
	/// Make an address for one payer, or renew one.
	Address(address::MakeAddress),
	/// Print the key with which somebody sees what came in: in one period, or in all.
	ExportViewKey(view_key::ExportViewKey),
	/// Show what came to another's wallet, by a view key that its owner has exported.
	Audit(audit::Audit),
	/// Agree to show what notes are worth to the pool's auditor with this key, and to no other.
	AcceptAuditor(accept_auditor::AcceptAuditor),
	/// Show what is in the wallet's file. Nobody is asked.
	Info(info::Info),
}

impl Wallet {
	/// Runs the command.
	pub async fn run(self, console: &Console) -> Result<u8, Failure> {
		match self {
			Self::Create(command) => command.run(console).await,
			Self::Restore(command) => command.run(console).await,
			Self::Address(command) => command.run(console).await,
			Self::ExportViewKey(command) => command.run(console).await,
			Self::Audit(command) => command.run(console).await,
			Self::AcceptAuditor(command) => command.run(console),
			Self::Info(command) => command.run(console),
		}
	}
}
