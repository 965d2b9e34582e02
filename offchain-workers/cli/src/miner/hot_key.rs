//! The key a miner works with, and what shows possession of it.

use crate::{
	console::{Console, Report},
	document::{parse_account, parse_hex, to_hex},
	failure::{Failure, Fault, SUCCESS},
	key::KeySource,
	node::NodeAddress,
};
use clap::Args;
use quittance_client::AccountId;
use quittance_types::hot_key_message;
use serde::Serialize;

/// A hot key, by its own file or by what was signed elsewhere: the cold key need not be on the machine that
/// has the hot key.
#[derive(Args, Clone, Debug)]
pub struct HotKeyArguments {
	/// The hot key: //Name of a development account, or @FILE with a seed.
	#[arg(
		long,
		value_name = "KEY",
		conflicts_with = "hot_account",
		required_unless_present = "hot_account"
	)]
	hot_key: Option<KeySource>,
	/// The hot key's account, where the key is on another machine.
	#[arg(long, value_name = "ACCOUNT", requires = "possession", value_parser = parse_account)]
	hot_account: Option<AccountId>,
	/// What `miner possession` wrote there.
	#[arg(long, value_name = "HEX", requires = "hot_account", value_parser = parse_hex::<64>)]
	possession: Option<[u8; 64]>,
}

/// A hot key that is read, where it is to be read.
pub enum HotKey {
	/// The key itself.
	Key(Box<quittance_client::AccountKey>),
	/// Its account and a signature for one miner.
	Account(AccountId, [u8; 64]),
}

impl HotKeyArguments {
	/// Reads the key, before anything is asked of a node.
	pub fn load(&self) -> Result<HotKey, Failure> {
		match (&self.hot_key, self.hot_account, self.possession) {
			(Some(key), ..) => Ok(HotKey::Key(Box::new(key.load_as("--hot-key")?))),
			(None, Some(account), Some(possession)) => Ok(HotKey::Account(account, possession)),
			// The command line is refused without.
			_ => Err(Failure::argument("--hot-key", Fault::Missing, "no hot key is named")),
		}
	}
}

impl HotKey {
	/// The key's account, and its signature for this miner.
	pub fn shown(&self, genesis: &[u8; 32], miner: &AccountId) -> (AccountId, [u8; 64]) {
		match self {
			Self::Key(key) => {
				let account = key.account();
				let message = hot_key_message(genesis, &miner.0, &account.0);
				(account, key.keypair().sign(&message).0)
			},
			Self::Account(account, possession) => (*account, *possession),
		}
	}
}

/// Show possession of a hot key, for a registration from another machine.
#[derive(Args, Debug)]
pub struct Possession {
	#[command(flatten)]
	node: NodeAddress,
	/// The hot key: //Name of a development account, or @FILE with a seed.
	#[arg(long, value_name = "KEY")]
	hot_key: KeySource,
	/// The account of the miner that is to work with it.
	#[arg(long, value_name = "ACCOUNT", value_parser = parse_account)]
	miner: AccountId,
	/// Hash of the chain's first block; without it the node is asked.
	#[arg(long, value_name = "HEX", value_parser = parse_hex::<32>)]
	genesis: Option<[u8; 32]>,
}

impl Possession {
	/// Runs the command.
	pub async fn run(self, console: &Console) -> Result<u8, Failure> {
		let key = HotKey::Key(Box::new(self.hot_key.load_as("--hot-key")?));
		let genesis = match self.genesis {
			Some(genesis) => genesis,
			None => self.node.connect().await?.genesis(),
		};
		let (account, possession) = key.shown(&genesis, &self.miner);
		console.report(&Shown {
			miner: self.miner.to_string(),
			hot_account: account.to_string(),
			genesis: to_hex(genesis),
			possession: to_hex(possession),
		});
		Ok(SUCCESS)
	}
}

#[derive(Serialize)]
struct Shown {
	miner: String,
	hot_account: String,
	genesis: String,
	possession: String,
}

impl Report for Shown {
	fn text(&self) -> String {
		format!("--hot-account {} --possession {}", self.hot_account, self.possession)
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use quittance_client::AccountKey;
	use subxt_signer::sr25519::{verify, PublicKey, Signature};

	#[test]
	fn possession_is_of_one_key_for_one_miner_on_one_chain() {
		let key = AccountKey::development("//Hot").unwrap();
		let account = key.account();
		let hot = HotKey::Key(Box::new(key));
		let (genesis, miner) = ([1; 32], AccountId([2; 32]));
		let (shown, signature) = hot.shown(&genesis, &miner);
		assert_eq!(shown, account);
		let verified = |genesis: &[u8; 32], miner: &[u8; 32]| {
			let message = hot_key_message(genesis, miner, &account.0);
			verify(&Signature(signature), message, &PublicKey(account.0))
		};
		assert!(verified(&genesis, &miner.0));
		assert!(!verified(&[9; 32], &miner.0));
		assert!(!verified(&genesis, &[9; 32]));
		// What was signed elsewhere is passed on as it is.
		let passed = HotKey::Account(account, signature).shown(&[9; 32], &AccountId([9; 32]));
		assert_eq!(passed, (account, signature));
	}
}
