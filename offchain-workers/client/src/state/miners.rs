//! Miners.

use super::{answers, page, View};
use crate::{api, AccountId, ClientError, MinerInfo, Standing};
use futures::{StreamExt, TryStreamExt};
use subxt::ext::codec::Encode;

impl View {
	/// All that is known of a miner, named by its cold account, with the hot key that works now.
	pub async fn miner(&self, account: &AccountId) -> Result<Option<MinerInfo>, ClientError> {
		let answer: Option<answers::MinerInfo> =
			self.ask("Miners", "miner", account.encode()).await?;
		Ok(answer.map(Into::into))
	}

	/// The cold accounts of miners: at most `limit` and at most [`super::MAX_PAGE`], in no particular
	/// order.
	pub async fn miners(&self, limit: u32) -> Result<Vec<AccountId>, ClientError> {
		let entries = self
			.at
			.storage()
			.iter(api::storage().miners().miners(), ())
			.await
			.map_err(ClientError::chain)?;
		entries
			.take(page(limit))
			.map(|entry| {
				let entry = entry.map_err(ClientError::chain)?;
				let (account,): (AccountId,) =
					entry.key().and_then(|key| key.decode()).map_err(ClientError::chain)?;
				Ok(account)
			})
			.try_collect()
			.await
	}

	/// The miner that works with this hot key now.
	pub async fn miner_of(&self, hot_key: &AccountId) -> Result<Option<AccountId>, ClientError> {
		self.ask("Miners", "miner_of", hot_key.encode()).await
	}

	/// The miner in whose name an account submits: the one it is the hot key of, or itself.
	pub async fn acts_for(&self, account: &AccountId) -> Result<AccountId, ClientError> {
		Ok(self.miner_of(account).await?.unwrap_or(*account))
	}

	/// How a miner's jobs of late have ended; `None` for an account that is no miner.
	pub async fn standing(&self, miner: &AccountId) -> Result<Option<Standing>, ClientError> {
		let answer: Option<answers::Standing> =
			self.ask("Miners", "standing", miner.encode()).await?;
		Ok(answer.map(Into::into))
	}

	/// How much of a miner's bond locks can still reserve, in the chain's smallest unit; `None` for an
	/// account that is no miner.
	pub async fn free_bond(&self, miner: &AccountId) -> Result<Option<u128>, ClientError> {
		self.ask("Miners", "free_bond", miner.encode()).await
	}

	/// What this epoch's heartbeats cover besides the chain, the miner and the epoch.
	pub async fn epoch_seed(&self) -> Result<[u8; 32], ClientError> {
		self.ask("Miners", "epoch_seed", vec![]).await
	}
}
