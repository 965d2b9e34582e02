//! The one place that holds an account's key and gives out its nonces.
//!
//! A transaction's fate is read from the chain's blocks, not from the pool's notifications: those
//! end with a lost connection or a restarted node and are, in the library's words, right "with some
//! probability". A mortal transaction is in a block of its era or it is in none.

use crate::{
	chain::QuittanceConfig, Block, Chain, ClientError, Event, Executed, Head, Inclusion, Keypair,
	Payload, Refusal, TransactionError, View,
};
use quittance_types::blake2_256;
use std::{
	collections::{BTreeMap, HashSet},
	future::Future,
	sync::{Arc, MutexGuard},
	time::Duration,
};
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

/// What to wait for, and so on which end of the chain to believe what became of a transaction.
///
/// That another transaction took its nonce is believed there too. On the best chain this can be given up
/// with its block, and the transaction may then be had beside the one sent in its place: a fee more, for
/// whoever decides each step on the state. To wait for finality would cost that one its deadline. Whoever
/// would pay twice waits for [`Until::Finalised`], where it is so for good.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Until {
	/// A block of the best chain has the transaction. It may be given up for another.
	Included,
	/// A final block has it.
	Finalised,
}

impl Until {
	/// The end of the chain that is looked at.
	fn head(self) -> Head {
		match self {
			Self::Included => Head::Best,
			Self::Finalised => Head::Finalised,
		}
	}
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
	/// Held from the choice of a nonce until the pool has its transaction.
	entering: Mutex<()>,
	/// What was sent, also what nobody waits for any more.
	in_flight: std::sync::Mutex<InFlight>,
}

/// A transaction that the pool has, or may have.
struct Submitted {
	nonce: u64,
	hash: [u8; 32],
	/// The block on which its era begins.
	birth: Block,
	/// The transaction itself.
	bytes: Vec<u8>,
}

impl Submitted {
	/// Number of the last block that can have it.
	fn end(&self) -> u64 {
		self.birth.number.saturating_add(ERA)
	}
}

impl Sender {
	/// A sender for this key. There must be no other for the same account.
	pub fn new(chain: Chain, key: Keypair) -> Self {
		Self { chain, key, entering: Mutex::default(), in_flight: Default::default() }
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

	/// The fee of a call that an account signs, by the load of the chain at a block, in the chain's smallest unit. Nothing
	/// is sent, and the account need not have anything.
	pub async fn fee_of(&self, view: &View, call: &impl Payload) -> Result<u128, ClientError> {
		let Block { number, hash } = view.block();
		let params = DefaultExtrinsicParamsBuilder::<QuittanceConfig>::new()
			.nonce(0)
			.mortal_from_unchecked(ERA, number, H256(hash))
			.build();
		let transactions = view.client().transactions();
		let mut signable =
			transactions.create_signable_offline(call, params).map_err(ClientError::chain)?;
		let signed = signable.sign(&self.key).map_err(ClientError::chain)?;
		signed.partial_fee_estimate().await.map_err(ClientError::chain)
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
		match tokio::time::timeout(timeout, self.follow(&submitted, until)).await {
			Ok(outcome) => outcome,
			Err(_) => Err(ClientError::Timeout {
				transaction: submitted.hash,
				awaited,
				seconds: timeout.as_secs(),
			}),
		}
	}

	fn in_flight(&self) -> MutexGuard<'_, InFlight> {
		// Each change of it is one: a panic leaves it whole.
		match self.in_flight.lock() {
			Ok(in_flight) => in_flight,
			Err(poisoned) => poisoned.into_inner(),
		}
	}

	async fn enter_pool(&self, call: &impl Payload) -> Result<Arc<Submitted>, ClientError> {
		let _one_at_a_time = self.entering.lock().await;
		let view = self.chain.at(Head::Best).await?;
		// A signature covers the hash of its era's first block. One that can be given up would take
		// the transaction with it.
		let birth = self.chain.head(Head::Finalised).await?;
		let account = self.account();
		let settled = self.chain.nonce(&account, birth).await?;
		let counted = self.next_index(&account).await?;
		let block = view.block().number;
		let (nonce, lost) = {
			let mut in_flight = self.in_flight();
			in_flight.settle(birth.number, settled);
			(in_flight.next(counted), in_flight.lost(block, counted))
		};
		// This one would wait for them.
		self.enter_again(lost).await;
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
		let (hash, bytes) = (blake2_256(transaction.encoded()), transaction.encoded().to_vec());
		let submitted = Arc::new(Submitted { nonce, hash, birth, bytes });
		// Noted first: from here on the pool may have it, whether or not anybody waits for its answer.
		self.in_flight().insert(Arc::clone(&submitted), block);
		let answer = self.chain.rpc().author_submit_extrinsic(&submitted.bytes).await;
		if let Err(error) = entered(answer) {
			self.in_flight().remove(nonce);
			return Err(error);
		}
		tracing::debug!(transaction = hex::encode(hash), nonce, "submitted");
		Ok(submitted)
	}

	/// Gives the pool what it may have lost. The same bytes have effect once, whatever the pool says of them.
	async fn enter_again(&self, lost: Vec<Arc<Submitted>>) {
		for submitted in lost {
			let transaction = hex::encode(submitted.hash);
			match self.chain.rpc().author_submit_extrinsic(&submitted.bytes).await {
				Ok(_) => tracing::info!(transaction, "the pool had lost it; submitted again"),
				Err(error) => tracing::debug!(transaction, %error, "submitted again"),
			}
		}
	}

	/// What the transaction did, once a block has it. A node that was killed does not know blocks that it has
	/// named, and one that is busy does not answer: neither says anything of the transaction, which is looked
	/// for at the next head. Only whoever waits gives up.
	async fn follow(&self, submitted: &Submitted, until: Until) -> Result<Outcome, ClientError> {
		let mut search = Search::new(&self.chain, self.account(), submitted);
		let mut heads = self.chain.follow(until.head());
		// The subscription starts with the next block.
		let mut head = match self.chain.head(until.head()).await {
			Ok(head) => head,
			Err(_) => heads.next().await,
		};
		loop {
			match self.look(&mut search, head).await {
				Ok(Some(outcome)) => return Ok(outcome),
				Ok(None) => {},
				Err(
					error @ (ClientError::UnknownBlock(_)
					| ClientError::StateDiscarded(_)
					| ClientError::Chain(_)),
				) => {
					tracing::warn!(code = error.code(), %error, "looking for a transaction");
				},
				Err(error) => return Err(error),
			}
			head = heads.next().await;
		}
	}

	async fn look(
		&self,
		search: &mut Search<'_, Chain>,
		head: Block,
	) -> Result<Option<Outcome>, ClientError> {
		match search.through(head).await? {
			Found::At(block, index) => {
				self.outcome(search.submitted.hash, block, index).await.map(Some)
			},
			Found::Nowhere { nonce } => {
				// The first keeps the others from their blocks, whether or not anybody waits for it.
				let due = self.in_flight().due(head.number, nonce);
				self.enter_again(due).await;
				Ok(None)
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

/// Whether the pool may have a transaction, by its answer; an error if it has not. Where there is no answer
/// the blocks of its era will tell: a second one would cost a second fee.
fn entered<T>(answer: Result<T, RpcError>) -> Result<(), ClientError> {
	match answer {
		Ok(_) => Ok(()),
		Err(RpcError::User(error)) => match TransactionError::from(error) {
			TransactionError::AlreadyKnown => Ok(()),
			error => Err(error.into()),
		},
		// Never sent.
		Err(error @ (RpcError::Serialization(_) | RpcError::InsecureUrl(_))) => {
			Err(ClientError::chain(error))
		},
		// The connection was lost, or nothing came in time, or nothing that can be read.
		Err(error) => {
			tracing::warn!(%error, "no answer while submitting; looking for the transaction");
			Ok(())
		},
	}
}

/// The account's transactions of which no final block has decided yet, by nonce. Also those that a block of
/// the best chain has: a node that is killed can forget block and pool, and what comes after them would then
/// wait for a nonce that nobody uses.
#[derive(Default)]
struct InFlight(BTreeMap<u64, (Arc<Submitted>, Again)>);

impl InFlight {
	/// Takes note of a transaction that the pool is given after this block.
	fn insert(&mut self, submitted: Arc<Submitted>, block: u64) {
		self.0.insert(submitted.nonce, (submitted, Again { since: block }));
	}

	fn remove(&mut self, nonce: u64) {
		self.0.remove(&nonce);
	}

	/// Forgets what this final block, whose state has this nonce, has decided: the nonce is used, by it or by
	/// another, or no block to come can have it.
	fn settle(&mut self, block: u64, nonce: u64) {
		self.0.retain(|_, (submitted, _)| submitted.nonce >= nonce && block <= submitted.end());
	}

	/// The nonce of the next transaction: the first from the pool's count on that none of these has. The count
	/// can lag behind them, and falls back where the pool was lost. Where it is below one that none of these
	/// has, because that one is over, the others wait for just this nonce.
	fn next(&self, counted: u64) -> u64 {
		let mut next = counted;
		while self.0.contains_key(&next) {
			next = next.saturating_add(1);
		}
		next
	}

	/// What the pool has lost by its count at this block, in order. What it was given since the block before
	/// it may have yet to take in.
	fn lost(&mut self, block: u64, counted: u64) -> Vec<Arc<Submitted>> {
		let lost = self.0.range_mut(counted..).filter(|(_, (_, again))| again.since < block);
		lost.map(|(_, (submitted, again))| {
			again.since = block;
			Arc::clone(submitted)
		})
		.collect()
	}

	/// What to give to the pool again after this block, whose state has this nonce, in order.
	fn due(&mut self, block: u64, nonce: u64) -> Vec<Arc<Submitted>> {
		let waiting = self.0.range_mut(nonce..).map(|(_, waiting)| waiting);
		let due = waiting
			.filter_map(|(submitted, again)| again.is_due(block).then(|| Arc::clone(submitted)));
		due.collect()
	}
}

/// When to give a transaction to the pool again.
struct Again {
	/// The block after which it had it last.
	since: u64,
}

impl Again {
	/// Whether to do so after this block, which does not have it.
	fn is_due(&mut self, block: u64) -> bool {
		let due = block >= self.since.saturating_add(ENTER_AGAIN_AFTER);
		if due {
			self.since = block;
		}
		due
	}
}

/// What [`Search`] reads of a chain.
trait Source: Sync {
	/// The block's transactions, each with its length prefix.
	fn bodies(
		&self,
		block: Block,
	) -> impl Future<Output = Result<Vec<Vec<u8>>, ClientError>> + Send;

	/// Hash of the block before it.
	fn parent(&self, block: Block) -> impl Future<Output = Result<[u8; 32], ClientError>> + Send;

	/// The account's nonce in the block's state.
	fn nonce(
		&self,
		account: &AccountId32,
		block: Block,
	) -> impl Future<Output = Result<u64, ClientError>> + Send;
}

impl Source for Chain {
	async fn bodies(&self, block: Block) -> Result<Vec<Vec<u8>>, ClientError> {
		self.transactions(block).await
	}

	async fn parent(&self, block: Block) -> Result<[u8; 32], ClientError> {
		Ok(self.header(H256(block.hash)).await?.parent_hash.0)
	}

	async fn nonce(&self, account: &AccountId32, block: Block) -> Result<u64, ClientError> {
		Ok(self.view(block).await?.account(account).await?.nonce.into())
	}
}

/// Where a transaction is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Found {
	/// The block that has it, and its place there.
	At(Block, u32),
	/// Not in a block yet.
	Nowhere {
		/// The account's nonce at the head.
		nonce: u64,
	},
}

/// Looks for a transaction in the blocks of its era, each block once, whichever branch it is on.
struct Search<'a, S> {
	source: &'a S,
	account: AccountId32,
	submitted: &'a Submitted,
	/// Blocks that do not have it, and none before them on their branch does.
	seen: HashSet<[u8; 32]>,
}

impl<'a, S: Source> Search<'a, S> {
	fn new(source: &'a S, account: AccountId32, submitted: &'a Submitted) -> Self {
		Self { source, account, submitted, seen: HashSet::new() }
	}

	/// Looks from this head back to where the era began. An error once the nonce is used or the era is over
	/// on a branch without the transaction.
	async fn through(&mut self, head: Block) -> Result<Found, ClientError> {
		let (mut block, mut without) = (head, Vec::new());
		while block.number > self.submitted.birth.number && !self.seen.contains(&block.hash) {
			// What comes after the era cannot have it: go on to its last block without reading.
			if block.number <= self.submitted.end() {
				let transactions = self.source.bodies(block).await?;
				let hash = self.submitted.hash;
				let place = transactions.iter().position(|bytes| blake2_256(bytes) == hash);
				if let Some(place) = place {
					let index = u32::try_from(place)
						.map_err(|_| ClientError::Unexpected("a block too large".to_owned()))?;
					return Ok(Found::At(block, index));
				}
			}
			without.push(block.hash);
			let hash = self.source.parent(block).await?;
			block = Block { hash, number: block.number.saturating_sub(1) };
		}
		// Only now: those before a block that could not be read are still to be looked at.
		self.seen.extend(without);
		let nonce = self.source.nonce(&self.account, head).await?;
		if nonce > self.submitted.nonce {
			let (nonce, at) = (self.submitted.nonce, head.number);
			return Err(TransactionError::Superseded { nonce, at }.into());
		}
		let end = self.submitted.end();
		match head.number > end {
			true => Err(TransactionError::Expired { at: end }.into()),
			false => Ok(Found::Nowhere { nonce }),
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn boundary_a_lost_transaction_is_submitted_again_every_few_blocks() {
		let mut again = Again { since: 100 };
		// Heads come twice, and not each of them comes.
		let heads = [100, 100, 101, 104, 105, 105, 109, 111, 115, 116, 90, 121];
		let due: Vec<u64> = heads.into_iter().filter(|head| again.is_due(*head)).collect();
		assert_eq!(due, [105, 111, 116, 121]);
	}

	const BIRTH: u64 = 100;

	const NONE: [u64; 0] = [];

	fn submitted(nonce: u64) -> Arc<Submitted> {
		let bytes = format!("transaction {nonce}").into_bytes();
		let birth = Block { hash: [0; 32], number: BIRTH };
		Arc::new(Submitted { nonce, hash: blake2_256(&bytes), birth, bytes })
	}

	fn in_flight(nonces: &[u64]) -> InFlight {
		let mut in_flight = InFlight::default();
		nonces.iter().for_each(|nonce| in_flight.insert(submitted(*nonce), BIRTH));
		in_flight
	}

	#[test]
	fn a_nonce_in_flight_is_given_to_no_other() {
		// A node that was killed counts from the start; a pool that is slow lags behind.
		for (nonces, counted, next) in [
			(&[][..], 5, 5),
			(&[5, 6], 5, 7),
			(&[5, 6], 6, 7),
			(&[5, 6], 7, 7),
			(&[5, 6], 9, 9),
			(&[6], 5, 5),
			(&[5, 7], 5, 6),
		] {
			assert_eq!(in_flight(nonces).next(counted), next, "{nonces:?}, {counted}");
		}
		// One that the pool refused is none.
		let mut refused = in_flight(&[5, 6]);
		refused.remove(6);
		assert_eq!(refused.next(5), 6);
	}

	#[test]
	fn boundary_a_final_block_decides_what_is_in_flight() {
		let left = |block, nonce| {
			let mut in_flight = in_flight(&[5, 6, 7]);
			in_flight.settle(block, nonce);
			in_flight.0.into_keys().collect::<Vec<_>>()
		};
		assert_eq!(left(BIRTH, 5), [5, 6, 7]);
		assert_eq!(left(BIRTH + 1, 7), [7]);
		assert_eq!(left(BIRTH + ERA, 6), [6, 7]);
		assert_eq!(left(BIRTH + ERA + 1, 6), NONE);
	}

	/// Whoever waits for the second has the first entered too, though nobody waits for that one.
	#[test]
	fn all_that_wait_are_submitted_again_the_first_of_them_first() {
		let mut in_flight = in_flight(&[7, 5, 6]);
		let mut due = |block, nonce| {
			let due = in_flight.due(block, nonce);
			due.iter().map(|submitted| submitted.nonce).collect::<Vec<_>>()
		};
		assert_eq!(due(100, 5), NONE);
		assert_eq!(due(104, 5), NONE);
		assert_eq!(due(105, 5), [5, 6, 7]);
		assert_eq!(due(105, 5), NONE, "another who waits");
		assert_eq!(due(110, 6), [6, 7], "a block has the first");
		assert_eq!(due(111, 5), [5], "that block was given up");
	}

	#[test]
	fn what_the_pool_has_lost_is_submitted_before_what_comes_after_it() {
		let mut in_flight = in_flight(&[5, 6]);
		let mut lost = |block, counted| {
			let lost = in_flight.lost(block, counted);
			lost.iter().map(|submitted| submitted.nonce).collect::<Vec<_>>()
		};
		assert_eq!(lost(BIRTH, 5), NONE, "the count lags behind");
		assert_eq!(lost(BIRTH + 1, 7), NONE);
		assert_eq!(lost(BIRTH + 1, 6), [6]);
		assert_eq!(lost(BIRTH + 2, 5), [5, 6]);
		assert_eq!(lost(BIRTH + 2, 5), NONE);
	}

	#[test]
	fn what_the_pool_may_have_is_looked_for() {
		use std::io::{Error, ErrorKind};
		let user = |code| {
			let message = "words".to_owned();
			RpcError::User(subxt::rpcs::UserError { code, message, data: None })
		};
		entered(Ok(())).unwrap();
		let late = RpcError::Client(Box::new(Error::from(ErrorKind::TimedOut)));
		let lost = RpcError::DisconnectedWillReconnect("closed".to_owned());
		let odd = RpcError::Deserialization(serde_json::from_str::<u8>("x").unwrap_err());
		for unknown in [late, lost, odd, user(1013)] {
			entered(Err::<(), _>(unknown)).unwrap();
		}
		for code in [1010, 1012, 1014, 1016] {
			let error = entered(Err::<(), _>(user(code))).unwrap_err();
			assert!(matches!(error, ClientError::Transaction(_)), "{error}");
		}
		let unsent = RpcError::InsecureUrl("ws://example.org".to_owned());
		assert!(matches!(entered(Err::<(), _>(unsent)), Err(ClientError::Chain(_))));
	}

	/// Blocks on a branch of their own each, by the last byte of their hashes; the first has the number after
	/// the birth.
	#[derive(Default)]
	struct Branches {
		/// What blocks have; those that have nothing are not here.
		bodies: BTreeMap<[u8; 32], Vec<u8>>,
		/// The account's nonce at a branch's head.
		nonces: BTreeMap<u8, u64>,
		/// A block that the node has forgotten.
		unknown: Option<[u8; 32]>,
	}

	fn block(branch: u8, number: u64) -> Block {
		let mut hash = [branch; 32];
		hash[..8].copy_from_slice(&number.to_le_bytes());
		Block { hash, number }
	}

	impl Source for Branches {
		async fn bodies(&self, block: Block) -> Result<Vec<Vec<u8>>, ClientError> {
			match self.unknown == Some(block.hash) {
				true => Err(ClientError::UnknownBlock(block.hash)),
				false => {
					let timestamp = Some(b"timestamp".to_vec());
					Ok(timestamp.into_iter().chain(self.bodies.get(&block.hash).cloned()).collect())
				},
			}
		}

		async fn parent(&self, Block { hash, number }: Block) -> Result<[u8; 32], ClientError> {
			Ok(block(hash[31], number - 1).hash)
		}

		async fn nonce(&self, _: &AccountId32, block: Block) -> Result<u64, ClientError> {
			Ok(self.nonces.get(&block.hash[31]).copied().unwrap_or(5))
		}
	}

	fn search<'a>(source: &'a Branches, submitted: &'a Submitted) -> Search<'a, Branches> {
		Search::new(source, AccountId32([7; 32]), submitted)
	}

	/// A node killed with its last block and its pool: another transaction has the nonce, and nobody waits
	/// for the end of the era. Where a block of another branch has the transaction, it is found.
	#[tokio::test]
	async fn a_transaction_whose_nonce_another_has_is_superseded_at_once() {
		let first = submitted(5);
		let has = block(2, 103);
		let source = Branches {
			bodies: BTreeMap::from([(has.hash, first.bytes.clone())]),
			nonces: BTreeMap::from([(1, 6), (2, 6)]),
			..Branches::default()
		};
		let mut search = search(&source, &first);
		assert_eq!(search.through(block(0, 104)).await.unwrap(), Found::Nowhere { nonce: 5 });
		let error = search.through(block(1, 104)).await.unwrap_err();
		let superseded = TransactionError::Superseded { nonce: 5, at: 104 };
		assert!(
			matches!(&error, ClientError::Transaction(found) if *found == superseded),
			"{error}"
		);
		assert_eq!(search.through(block(2, 105)).await.unwrap(), Found::At(has, 1));
	}

	#[tokio::test]
	async fn blocks_before_one_that_could_not_be_read_are_looked_at_again() {
		let first = submitted(5);
		let has = block(0, 102);
		let bodies = BTreeMap::from([(has.hash, first.bytes.clone())]);
		let unknown = Some(block(0, 103).hash);
		let killed = Branches { bodies: bodies.clone(), unknown, ..Branches::default() };
		let whole = Branches { bodies, ..Branches::default() };
		let mut search = search(&killed, &first);
		let error = search.through(block(0, 105)).await.unwrap_err();
		assert!(matches!(error, ClientError::UnknownBlock(_)), "{error}");
		search.source = &whole;
		assert_eq!(search.through(block(0, 105)).await.unwrap(), Found::At(has, 1));
	}

	#[tokio::test]
	async fn boundary_a_transaction_expires_with_its_era() {
		let first = submitted(5);
		let end = BIRTH + ERA;
		let source = Branches::default();
		let mut search = search(&source, &first);
		assert_eq!(search.through(block(0, end)).await.unwrap(), Found::Nowhere { nonce: 5 });
		let error = search.through(block(0, end + 1)).await.unwrap_err();
		let expired = TransactionError::Expired { at: end };
		assert!(matches!(&error, ClientError::Transaction(found) if *found == expired), "{error}");
	}
}
