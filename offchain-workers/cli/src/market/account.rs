//! Accounts whose keys are published.

use crate::failure::Failure;
use quittance_client::{AccountId, AccountKey, Chain, Sender};

/// A development account: anybody can sign for it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DevelopmentAccount {
	uri: &'static str,
	account: AccountId,
}

impl DevelopmentAccount {
	/// That of a URI such as `//Alice`.
	pub fn new(uri: &'static str) -> Result<Self, Failure> {
		Ok(Self { uri, account: key(uri)?.account() })
	}

	/// How keys are named in arguments and configurations.
	pub fn uri(&self) -> &'static str {
		self.uri
	}

	/// Its name.
	pub fn name(&self) -> &'static str {
		self.uri.trim_start_matches('/')
	}

	/// The account.
	pub fn account(&self) -> AccountId {
		self.account
	}

	/// Its key.
	pub fn key(&self) -> Result<AccountKey, Failure> {
		key(self.uri)
	}

	/// A sender for it. No other may be in use, in whatever process.
	pub fn sender(&self, chain: &Chain) -> Result<Sender, Failure> {
		Ok(Sender::new(chain.clone(), self.key()?.keypair().clone()))
	}
}

fn key(uri: &str) -> Result<AccountKey, Failure> {
	AccountKey::development(uri)
		.map_err(|error| Failure::unavailable(format!("deriving the key {uri}"), error))
}
