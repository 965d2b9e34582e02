//! Sends a heartbeat in each epoch: without, the chain matches the miner with no job.

use crate::miner::Miner;
use futures::{future::BoxFuture, FutureExt};
use quittance_client::{
	send_heartbeat, AccountId, Block, ClientError, Head, HeartbeatRefusal, Limits, TransactionError,
};
use quittance_daemon::{Service, ServiceError};
use quittance_types::EpochIndex;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// Blocks after which a heartbeat that is not in the chain is sent again.
const RESEND_AFTER: u64 = 5;

/// When to send the next heartbeat.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Rhythm {
	/// How many blocks of an epoch pass before its heartbeat, so that not all miners' come at once.
	offset: u64,
	/// The newest epoch that was looked at, and the block in which that was first.
	epoch: Option<(EpochIndex, u64)>,
	/// Whether the chain has that epoch's heartbeat.
	recorded: bool,
	/// The block after which it was sent last.
	sent: Option<u64>,
}

impl Rhythm {
	/// That of a key, in epochs of this many blocks: in the first half, by the key's bytes, which are as
	/// good as random.
	pub(crate) fn new(hot_key: &AccountId, epoch_length: u64) -> Self {
		let first = hot_key.0.iter().take(8);
		let number = first.fold(0u64, |number, byte| (number << 8) | u64::from(*byte));
		let half = epoch_length.checked_div(2).unwrap_or(0);
		let offset = number.checked_rem(half).unwrap_or(0);
		Self { offset, epoch: None, recorded: false, sent: None }
	}

	/// Whether the chain need not be asked for the miner's last heartbeat in this epoch.
	pub(crate) fn is_recorded(&self, epoch: EpochIndex) -> bool {
		self.recorded && self.epoch.is_some_and(|(newest, _)| newest == epoch)
	}

	/// Whether to send one after this block, given the miner's last one.
	pub(crate) fn is_due(&mut self, epoch: EpochIndex, block: u64, last: EpochIndex) -> bool {
		let since = match self.epoch {
			Some((newest, since)) if newest == epoch => since,
			// After a start the miner may not be matched: there is no time to lose.
			None => {
				self.epoch = Some((epoch, block.saturating_sub(self.offset)));
				block.saturating_sub(self.offset)
			},
			Some(_) => {
				*self = Self { epoch: Some((epoch, block)), recorded: false, sent: None, ..*self };
				block
			},
		};
		self.recorded = last >= epoch;
		let early = block < since.saturating_add(self.offset) && self.sent.is_none();
		let waiting = self.sent.is_some_and(|sent| block < sent.saturating_add(RESEND_AFTER));
		!self.recorded && !early && !waiting
	}

	/// One was sent after this block.
	pub(crate) fn sent(&mut self, block: u64) {
		self.sent = Some(block);
	}
}

/// Sends the miner's heartbeats.
pub(crate) struct Heartbeats {
	pub(crate) miner: Arc<Miner>,
	pub(crate) limits: Limits,
}

impl Service for Heartbeats {
	fn name(&self) -> &'static str {
		"heartbeats"
	}

	fn run(&self, stop: CancellationToken) -> BoxFuture<'_, Result<(), ServiceError>> {
		async move {
			let key = self.miner.account.account();
			let mut rhythm = Rhythm::new(&key, self.limits.epoch_length);
			let mut blocks = self.miner.chain.follow(Head::Best);
			loop {
				let block = tokio::select! {
					() = stop.cancelled() => return Ok(()),
					block = blocks.next() => block,
				};
				let sent = tokio::select! {
					() = stop.cancelled() => return Ok(()),
					sent = self.beat(&mut rhythm, block) => sent,
				};
				if let Err(error) = sent {
					tracing::warn!(code = error.code(), %error, "no heartbeat");
				}
			}
		}
		.boxed()
	}
}

impl Heartbeats {
	async fn beat(&self, rhythm: &mut Rhythm, block: Block) -> Result<(), ClientError> {
		let Miner { chain, account, policy, metrics, .. } = &*self.miner;
		let view = chain.at_block(block.hash).await?;
		let epoch = view.epoch().await?;
		if rhythm.is_recorded(epoch) {
			return Ok(());
		}
		let Some(info) = view.miner(&policy.miner).await? else {
			tracing::warn!(miner = %policy.miner, "[Q-HB-001] the miner is not registered");
			return Ok(());
		};
		let last = info.record.last_heartbeat;
		metrics.saw_heartbeat(last, epoch, self.limits.missed_epochs);
		if !rhythm.is_due(epoch, block.number, last) {
			return Ok(());
		}
		// Whatever comes of it, it is not tried again at once.
		rhythm.sent(block.number);
		match send_heartbeat(chain, &policy.miner, |message| account.sign(message)).await {
			Ok(epoch) => {
				tracing::info!(epoch, "heartbeat sent");
				Ok(())
			},
			// Another process with the key was faster, or the epoch has just changed.
			Err(
				ClientError::Heartbeat(HeartbeatRefusal::Stale)
				| ClientError::Transaction(TransactionError::PriorityTooLow),
			) => Ok(()),
			Err(error) => Err(error),
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	/// Eight blocks into an epoch of twenty.
	fn rhythm() -> Rhythm {
		let mut key = [0; 32];
		key[7] = 18;
		Rhythm::new(&AccountId(key), 20)
	}

	#[test]
	fn the_first_heartbeat_is_sent_at_once_and_again_after_a_while() {
		let mut rhythm = rhythm();
		assert!(rhythm.is_due(5, 100, 4));
		rhythm.sent(100);
		let due: Vec<u64> = (101..111).filter(|block| rhythm.is_due(5, *block, 4)).collect();
		assert_eq!(due, [105, 106, 107, 108, 109, 110], "nobody has sent it again");
		rhythm.sent(105);
		assert!(!rhythm.is_due(5, 109, 4));
		assert!(!rhythm.is_due(5, 110, 5), "the chain has it");
		assert!(rhythm.is_recorded(5) && !rhythm.is_recorded(6));
	}

	#[test]
	fn boundary_later_heartbeats_are_spread_over_half_an_epoch() {
		let mut rhythm = rhythm();
		assert!(!rhythm.is_due(5, 100, 5));
		let due: Vec<u64> = (110..122).filter(|block| rhythm.is_due(6, *block, 5)).collect();
		assert_eq!(due, [118, 119, 120, 121]);
		// A heartbeat of an epoch is none of the next one.
		rhythm.sent(118);
		assert!(!rhythm.is_due(7, 130, 6));
		assert!(rhythm.is_due(7, 138, 6));
	}

	#[test]
	fn boundary_epochs_of_one_block_have_a_heartbeat() {
		let mut rhythm = Rhythm::new(&AccountId([0xff; 32]), 1);
		assert!(!rhythm.is_due(1, 10, 1));
		assert!(rhythm.is_due(2, 11, 1));
	}
}
