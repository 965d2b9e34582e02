//! The one place that holds an account's key and gives out its nonces.
//!
//! A transaction's fate is read from the chain's blocks, not from the pool's notifications: those
//! end with a lost connection or a restarted node and are, in the library's words, right "with some
//! probability". A mortal transaction is in a block of its era or it is in none.

use crate::{
	chain::QuittanceConfig, Block, Chain, ClientError, Event, Executed, Head, Inclusion, Keypair,
	Payload, Refusal, TransactionError,
};
use quittance_types::blake2_256;
use std::{collections::HashSet, time::Duration};
use subxt::{
	backend::utils::retry,
	config::{substrate::H256, DefaultExtrinsicParamsBuilder},
	rpcs::Error as RpcError,
	tx::ValidationResult,
	utils::AccountId32,
};
use tokio::sync::Mutex;

/// Blocks for which a transaction can be included, counted from the newest final block at signing. A
/// power of two, as the encoding asks.
const ERA: u64 = 64;

/// Blocks after which a transaction that is in none is given to the pool again: a node that was started anew
/// has forgotten it, and a lock does not wait for the end of its era.
const ENTER_AGAIN_AFTER: u64 = 5;

/// How long [`Sender::submit`] waits: longer than an era of 6-second blocks and its finality.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(480);

/// What to wait for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Until {
	/// A block of the best chain has the transaction. It may be given up for another.
	Included,
	/// A final block has it.
	Finalised,
}

/// A transaction that succeeded.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Outcome {
	/// Where it is and what it cost.
	pub inclusion: Inclusion,
	/// Its events, in order.
	pub events: Vec<Event>,
}

/// Sole owner of a key. Submissions are serialised up to their entry into the pool, so that nonces
/// are used in order; waiting for blocks is not.
pub struct Sender {
	chain: Chain,
	key: Keypair,
	/// The nonce after the last one submitted. The pool's count can lag behind it.
	next: Mutex<Option<u64>>,
}

/// A transaction that the pool has.
struct Submitted {
	hash: [u8; 32],
	/// The block on which its era begins.
	birth: Block,
	/// The transaction itself.
	bytes: Vec<u8>,
}

impl Sender {
	/// A sender for this key. There must be no other for the same account.
	pub fn new(chain: Chain, key: Keypair) -> Self {
		Self { chain, key, next: Mutex::new(None) }
	}

	/// The account that signs.
	pub fn account(&self) -> AccountId32 {
		self.key.public_key().to_account_id()
	}

	/// Signs a message that is no transaction. Its content must have a domain of its own: what this
	/// account signs is worth money.
	pub fn sign(&self, message: &[u8; 32]) -> [u8; 64] {
		self.key.sign(message).0
	}

	/// Signs and submits a call and waits, at most [`DEFAULT_TIMEOUT`]. A call that the chain
	/// refused is [`ClientError::Refused`] with its place in the chain.
	pub async fn submit(&self, call: &impl Payload, until: Until) -> Result<Outcome, ClientError> {
		self.submit_within(call, until, DEFAULT_TIMEOUT).await
	}

	/// [`Sender::submit`] with a timeout of its own. A transaction that timed out can still get
	/// into a block of its era.
	pub async fn submit_within(
		&self,
		call: &impl Payload,
		until: Until,
		timeout: Duration,
	) -> Result<Outcome, ClientError> {
		let submitted = self.enter_pool(call).await?;
		let awaited = match until {
			Until::Included => "in a block",
			Until::Finalised => "final",
		};
		let result = match tokio::time::timeout(timeout, self.follow(&submitted, until)).await {
			Ok(Ok((block, index))) => return self.outcome(submitted.hash, block, index).await,
			Ok(Err(error)) => Err(error),
			Err(_) => Err(ClientError::Timeout {
				transaction: submitted.hash,
				awaited,
				seconds: timeout.as_secs(),
			}),
		};
		// What became of the nonce is unknown: ask the chain again next time.
		*self.next.lock().await = None;
		result
	}

	async fn enter_pool(&self, call: &impl Payload) -> Result<Submitted, ClientError> {
		let mut next = self.next.lock().await;
		let result = self.sign_and_enter(call, *next).await;
		*next = result.as_ref().ok().map(|(_, nonce)| nonce.saturating_add(1));
		result.map(|(submitted, _)| submitted)
	}

	async fn sign_and_enter(
		&self,
		call: &impl Payload,
		next: Option<u64>,
	) -> Result<(Submitted, u64), ClientError> {
		let view = self.chain.at(Head::Best).await?;
		// A signature covers the hash of its era's first block. One that can be given up would take
		// the transaction with it.
		let birth = self.chain.head(Head::Finalised).await?;
		let account = self.account();
		let counted = self.next_index(&account).await?;
		let nonce = next.map_or(counted, |next| next.max(counted));
		let params = DefaultExtrinsicParamsBuilder::<QuittanceConfig>::new()
			.nonce(nonce)
			.mortal_from_unchecked(ERA, birth.number, H256(birth.hash))
			.build();
		let transaction = view
			.client()
			.transactions()
			.create_signable_offline(call, params)
			.and_then(|mut signable| signable.sign(&self.key))
			.map_err(ClientError::chain)?;

		// The runtime is asked before the pool is, because its answer has names.
		match transaction.validate().await.map_err(ClientError::chain)? {
			ValidationResult::Valid(_) => {},
			ValidationResult::Invalid(reason) => return Err(TransactionError::from(reason).into()),
			ValidationResult::Unknown(reason) => return Err(TransactionError::from(reason).into()),
		}
		let hash = blake2_256(transaction.encoded());
		match self.chain.rpc().author_submit_extrinsic(transaction.encoded()).await {
			Ok(_) => {},
			// Whether the pool has it is unknown; the blocks of its era will tell.
			Err(RpcError::DisconnectedWillReconnect(reason)) => {
				tracing::warn!(
					reason,
					"connection lost while submitting; looking for the transaction"
				);
			},
			Err(RpcError::User(error)) => match TransactionError::from(error) {
				TransactionError::AlreadyKnown => {},
				error => return Err(error.into()),
			},
			Err(error) => return Err(ClientError::chain(error)),
		}
		tracing::debug!(transaction = hex::encode(hash), nonce, "submitted");
		Ok((Submitted { hash, birth, bytes: transaction.encoded().to_vec() }, nonce))
	}

	/// Gives the pool a transaction that it may have lost. The same bytes have effect once, whatever the
	/// pool says of them.
	async fn enter_again(&self, submitted: &Submitted) {
		let transaction = hex::encode(submitted.hash);
		match self.chain.rpc().author_submit_extrinsic(&submitted.bytes).await {
			Ok(_) => tracing::info!(transaction, "the pool had lost it; submitted again"),
			Err(error) => tracing::debug!(transaction, %error, "submitted again"),
		}
	}

	/// The block that has the transaction, and its place in it.
	async fn follow(
		&self,
		submitted: &Submitted,
		until: Until,
	) -> Result<(Block, u32), ClientError> {
		let mut search = Search::new(&self.chain, submitted);
		let mut again = Again::default();
		match until {
			Until::Included => {
				let mut best = self.chain.follow(Head::Best);
				loop {
					let head = best.next().await;
					if let Some(found) = search.through(head).await? {
						return Ok(found);
					}
					if again.is_due(head.number) {
						self.enter_again(submitted).await;
					}
				}
			},
			Until::Finalised => {
				let mut finalised = self.chain.follow(Head::Finalised);
				// The subscription starts with the next final block.
				let mut head = self.chain.head(Head::Finalised).await?;
				loop {
					if let Some(found) = search.through(head).await? {
						return Ok(found);
					}
					if again.is_due(head.number) {
						self.enter_again(submitted).await;
					}
					head = finalised.next().await;
				}
			},
		}
	}

	async fn outcome(
		&self,
		transaction: [u8; 32],
		block: Block,
		index: u32,
	) -> Result<Outcome, ClientError> {
		let executed = self.chain.view(block).await?.transactions().await?;
		let executed = executed.into_iter().find(|executed| executed.index == index);
		let Some(Executed { fee, weight, refusal, events, .. }) = executed else {
			return Err(ClientError::Unexpected("a transaction that paid no fee".to_owned()));
		};
		let inclusion = Inclusion { transaction, block, fee, weight };
		match refusal {
			Some(refusal) => Err(ClientError::Refused(Refusal {
				inclusion: Some(Box::new(inclusion)),
				..refusal
			})),
			None => Ok(Outcome { inclusion, events }),
		}
	}

	/// Waits until no earlier transaction of the account is in the pool, as after a restart, so that
	/// what is sent next is decided on what those did. Gives up when the last of them has expired.
	pub async fn settle(&self) -> Result<(), ClientError> {
		let account = self.account();
		let start = self.chain.head(Head::Best).await?;
		let mut best = self.chain.follow(Head::Best);
		let mut block = start;
		loop {
			let sent = self.chain.view(block).await?.account(&account).await?.nonce;
			let counted = self.next_index(&account).await?;
			if counted <= u64::from(sent) || block.number > start.number.saturating_add(ERA) {
				return Ok(());
			}
			tracing::info!(pending = counted.saturating_sub(sent.into()), "earlier transactions");
			block = best.next().await;
		}
	}

	/// The account's next nonce by the pool's count.
	async fn next_index(&self, account: &AccountId32) -> Result<u64, ClientError> {
		retry(|| async { Ok(self.chain.rpc().system_account_next_index(account).await?) })
			.await
			.map_err(ClientError::chain)
	}
}

impl std::fmt::Debug for Sender {
	fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
		f.debug_struct("Sender").field("account", &self.account().to_string()).finish()
	}
}

/// When to give a transaction to the pool again.
#[derive(Default)]
struct Again {
	/// The block since which it was not.
	since: Option<u64>,
}

impl Again {
	/// Whether to do so after this block, which does not have it.
	fn is_due(&mut self, block: u64) -> bool {
		let since = *self.since.get_or_insert(block);
		let due = block >= since.saturating_add(ENTER_AGAIN_AFTER);
		if due {
			self.since = Some(block);
		}
		due
	}
}

/// Looks for a transaction in the blocks of its era, each block once, whichever branch it is on.
struct Search<'a> {
	chain: &'a Chain,
	hash: [u8; 32],
	birth: Block,
	seen: HashSet<[u8; 32]>,
}

impl<'a> Search<'a> {
	fn new(chain: &'a Chain, submitted: &Submitted) -> Self {
		let Submitted { hash, birth, .. } = *submitted;
		Self { chain, hash, birth, seen: HashSet::new() }
	}

	/// Looks from this head back to where the era began. An error once the era is over on a branch
	/// without the transaction.
	async fn through(&mut self, head: Block) -> Result<Option<(Block, u32)>, ClientError> {
		let mut block = head;
		while block.number > self.birth.number && self.seen.insert(block.hash) {
			// What comes after the era cannot have it: go on to its last block without reading.
			if block.number <= self.birth.number.saturating_add(ERA) {
				let transactions = self.chain.transactions(block).await?;
				let place = transactions.iter().position(|bytes| blake2_256(bytes) == self.hash);
				if let Some(place) = place {
					let index = u32::try_from(place)
						.map_err(|_| ClientError::Unexpected("a block too large".to_owned()))?;
					return Ok(Some((block, index)));
				}
			}
			let header = self.chain.header(H256(block.hash)).await?;
			block = Block { hash: header.parent_hash.0, number: block.number.saturating_sub(1) };
		}
		let end = self.birth.number.saturating_add(ERA);
		match head.number > end {
			true => Err(TransactionError::Expired { at: end }.into()),
			false => Ok(None),
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn boundary_a_lost_transaction_is_submitted_again_every_few_blocks() {
		let mut again = Again::default();
		// Heads come twice, and not each of them comes.
		let heads = [100, 100, 101, 104, 105, 105, 109, 111, 115, 116, 90, 121];
		let due: Vec<u64> = heads.into_iter().filter(|head| again.is_due(*head)).collect();
		assert_eq!(due, [105, 111, 116, 121]);
	}
}
