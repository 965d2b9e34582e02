//! What all services of a miner's worker share.

use crate::{
	metrics::Metrics, policy::Policy, processors::Processors, prove::Provers, status::Board,
	store::Store,
};
use quittance_blobs::FolderStore;
use quittance_client::{Chain, Sender as Account};
use quittance_wallet::Keys;
use std::sync::Arc;
use tokio::sync::{mpsc, Mutex};
use tokio_util::sync::CancellationToken;
use zeroize::Zeroizing;

/// The chain, the stores, the keys and the rules of one miner.
pub(crate) struct Miner {
	pub(crate) chain: Chain,
	/// The hot key and its nonce.
	pub(crate) account: Account,
	pub(crate) blobs: FolderStore,
	pub(crate) store: Store,
	pub(crate) policy: Policy,
	pub(crate) provers: Provers,
	/// The keys of the wallet that private jobs are paid into, if there is one.
	pub(crate) earnings: Option<Arc<Keys>>,
	/// From which salts are derived.
	pub(crate) salts: Zeroizing<[u8; 32]>,
	pub(crate) metrics: Arc<Metrics>,
	/// Cancelled once what an earlier run left in the pool is decided. What is to be sent is decided then.
	pub(crate) settled: CancellationToken,
	pub(crate) processors: Arc<Processors>,
	pub(crate) board: Arc<Board>,
	/// Milliseconds between blocks.
	pub(crate) block_time: u64,
}

impl Miner {
	/// Waits until what is to be sent can be decided; false where all is to stop before.
	pub(crate) async fn is_settled(&self, stop: &CancellationToken) -> bool {
		tokio::select! {
			() = self.settled.cancelled() => true,
			() = stop.cancelled() => false,
		}
	}
}

/// A bounded queue whose ends outlive the services that use them: a service that is started again goes on
/// where it was.
pub(crate) struct Queue<T> {
	sender: mpsc::Sender<T>,
	receiver: Mutex<mpsc::Receiver<T>>,
}

impl<T> Queue<T> {
	pub(crate) fn new(length: usize) -> Self {
		let (sender, receiver) = mpsc::channel(length.max(1));
		Self { sender, receiver: Mutex::new(receiver) }
	}

	/// Puts something in, when there is room.
	pub(crate) async fn put(&self, item: T) {
		// An error means that there is no receiver, which there is as long as we are.
		let _ = self.sender.send(item).await;
	}

	/// Puts something in if there is room; gives it back if not.
	pub(crate) fn try_put(&self, item: T) -> Result<(), T> {
		self.sender.try_send(item).map_err(|error| match error {
			mpsc::error::TrySendError::Full(item) | mpsc::error::TrySendError::Closed(item) => item,
		})
	}

	/// Takes something out, if there is something and nobody else waits for it.
	pub(crate) fn try_take(&self) -> Option<T> {
		self.receiver.try_lock().ok()?.try_recv().ok()
	}

	/// How many more there is room for.
	pub(crate) fn room(&self) -> usize {
		self.sender.capacity()
	}

	/// Takes something out, when there is something. May be dropped while waiting without losing
	/// anything.
	pub(crate) async fn take(&self) -> T {
		loop {
			if let Some(item) = self.receiver.lock().await.recv().await {
				return item;
			}
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[tokio::test]
	async fn a_queue_is_bounded_and_outlives_who_takes_from_it() {
		let queue = Queue::new(2);
		assert_eq!(
			(queue.try_put(1), queue.try_put(2), queue.try_put(3)),
			(Ok(()), Ok(()), Err(3))
		);
		assert_eq!((queue.room(), queue.take().await, queue.room()), (0, 1, 1));
		// Whoever waits can give up.
		let waited = tokio::select! {
			biased;
			item = async { queue.take().await; queue.take().await } => Some(item),
			() = std::future::ready(()) => None,
		};
		assert_eq!(waited, None);
		queue.put(4).await;
		assert_eq!(queue.take().await, 4);
		assert_eq!(queue.try_take(), None);
		queue.put(5).await;
		assert_eq!((queue.try_take(), queue.try_take()), (Some(5), None));
	}
}
