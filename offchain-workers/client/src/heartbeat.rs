//! Heartbeats: how a miner shows, once an epoch, that it is there.
//!
//! A heartbeat is a general transaction: no account signs it and none pays. What authorises it is the
//! hot key's signature among the call's arguments, over the chain, the miner, the epoch and a seed that
//! nobody knew before the epoch.

use crate::{authorised, calls, AccountId, Chain, ClientError, Head, HeartbeatRefusal};
use quittance_types::{heartbeat_message, EpochIndex};

/// Sends this epoch's heartbeat of a miner, named by its cold account, and returns the epoch. `sign` has
/// the hot key. That the pool has it does not say that a block will: [`crate::Miner::last_heartbeat`]
/// does.
pub async fn send_heartbeat(
	chain: &Chain,
	miner: &AccountId,
	sign: impl FnOnce(&[u8; 32]) -> [u8; 64],
) -> Result<EpochIndex, ClientError> {
	let view = chain.at(Head::Best).await?;
	let epoch = view.epoch().await?;
	let seed = view.epoch_seed().await?;
	let signature = sign(&heartbeat_message(&view.genesis(), &miner.0, epoch, &seed));
	let call = calls::heartbeat(*miner, epoch, signature);

	let refused = |reason| ClientError::Heartbeat(HeartbeatRefusal::from(reason));
	authorised::send(chain, &view, &call, refused).await.map(|_| epoch)
}
