//! The connection to a node.

use crate::{ClientError, View};
use std::{
	collections::VecDeque,
	sync::{Arc, Mutex},
	time::Duration,
};
use subxt::{
	backend::{utils::retry, LegacyBackend},
	config::{
		substrate::{DynamicHasher256, SubstrateHeader, H256},
		Config, DefaultTransactionExtensions, RpcConfigFor,
	},
	error::BackendError,
	rpcs::{
		client::{reconnecting_rpc_client::ExponentialBackoff, ReconnectingRpcClient, RpcClient},
		utils::url_is_secure,
		LegacyRpcMethods,
	},
	utils::{AccountId32, MultiAddress, MultiSignature},
	ArcMetadata, OnlineClient, OnlineClientAtBlock,
};

/// How long to look for a node at first. A connection lost later is restored for ever.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);

/// Longest pause between attempts to restore a lost connection: half a block, since jobs do not wait.
const RECONNECT_PAUSE: Duration = Duration::from_secs(3);

/// Pause before a failed subscription is tried again.
const RESUBSCRIBE_PAUSE: Duration = Duration::from_secs(1);

/// Most blocks that are filled in after a gap; whoever was away longer reads the state instead.
const MAX_GAP: u64 = 4096;

/// How transactions and blocks of this chain are encoded. The library's own configurations are for
/// other chains: one has another address type, the other knows Polkadot's upgrade history.
#[derive(Clone, Debug, Default)]
pub struct QuittanceConfig {
	/// Metadata is megabytes; it is fetched once per runtime version.
	metadata: Arc<Mutex<Option<(u32, ArcMetadata)>>>,
}

impl Config for QuittanceConfig {
	type AccountId = AccountId32;
	type Address = MultiAddress<AccountId32, ()>;
	type Signature = MultiSignature;
	type Hasher = DynamicHasher256;
	type Header = SubstrateHeader<H256>;
	type TransactionExtensions = DefaultTransactionExtensions<Self>;
	type AssetId = u32;

	fn metadata_for_spec_version(&self, spec_version: u32) -> Option<ArcMetadata> {
		let cached = self.metadata.lock().ok()?;
		cached.as_ref().filter(|(version, _)| *version == spec_version).map(|(_, m)| m.clone())
	}

	fn set_metadata_for_spec_version(&self, spec_version: u32, metadata: ArcMetadata) {
		if let Ok(mut cached) = self.metadata.lock() {
			*cached = Some((spec_version, metadata));
		}
	}
}

/// Whether what goes to this address is encrypted (wss, https) or stays on this machine.
pub fn is_secure_url(url: &str) -> bool {
	url_is_secure(url).unwrap_or(false)
}

pub(crate) type At = OnlineClientAtBlock<QuittanceConfig>;

/// Which end of the chain to look at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Head {
	/// The newest block of the best chain. It may be given up for another.
	Best,
	/// The newest block that cannot be given up. Where money is concerned.
	Finalised,
}

/// A block.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Block {
	/// Its hash.
	pub hash: [u8; 32],
	/// Its height.
	pub number: u64,
}

/// A connection to a node. It reconnects for ever; calls wait meanwhile. Cheap to clone.
#[derive(Clone)]
pub struct Chain {
	client: OnlineClient<QuittanceConfig>,
	rpc: LegacyRpcMethods<RpcConfigFor<QuittanceConfig>>,
	/// The same connection, for methods that the library does not know.
	raw: RpcClient,
}

impl Chain {
	/// Connects to a node's WebSocket address. Only this machine may be reached unencrypted.
	pub async fn connect(url: &str) -> Result<Self, ClientError> {
		let failed = |reason: String| ClientError::Connection { url: url.to_owned(), reason };
		if !is_secure_url(url) {
			return Err(ClientError::InsecureUrl(url.to_owned()));
		}
		let connecting = async {
			let again = ExponentialBackoff::from_millis(50).max_delay(RECONNECT_PAUSE);
			let rpc = ReconnectingRpcClient::builder()
				.retry_policy(again)
				.build(url.to_owned())
				.await
				.map_err(|error| failed(error.to_string()))?;
			let rpc = RpcClient::new(rpc);
			// The legacy methods answer for any block whose state the node keeps, and resume after a
			// reconnection; `chainHead` follows would have to be re-established with their pins.
			let backend = LegacyBackend::builder().build(rpc.clone());
			let client = OnlineClient::from_backend(Arc::new(backend))
				.await
				.map_err(|error| failed(error.to_string()))?;
			Ok(Self { client, rpc: LegacyRpcMethods::new(rpc.clone()), raw: rpc })
		};
		match tokio::time::timeout(CONNECT_TIMEOUT, connecting).await {
			Ok(chain) => chain,
			Err(_) => Err(failed(format!("no connection within {} s", CONNECT_TIMEOUT.as_secs()))),
		}
	}

	/// Hash of the chain's first block.
	pub fn genesis(&self) -> [u8; 32] {
		self.client.genesis_hash().0
	}

	pub(crate) fn rpc(&self) -> &LegacyRpcMethods<RpcConfigFor<QuittanceConfig>> {
		&self.rpc
	}

	pub(crate) fn raw(&self) -> &RpcClient {
		&self.raw
	}

	/// The newest block.
	pub async fn head(&self, head: Head) -> Result<Block, ClientError> {
		let hash = match head {
			Head::Best => retry(|| async { Ok(self.rpc.chain_get_block_hash(None).await?) })
				.await
				.map_err(ClientError::chain)?
				.ok_or_else(|| ClientError::Unexpected("no best block".to_owned()))?,
			Head::Finalised => retry(|| async { Ok(self.rpc.chain_get_finalized_head().await?) })
				.await
				.map_err(ClientError::chain)?,
		};
		let header = self.header(hash).await?;
		Ok(Block { hash: hash.0, number: header.number })
	}

	pub(crate) async fn header(&self, hash: H256) -> Result<SubstrateHeader<H256>, ClientError> {
		retry(|| async { Ok(self.rpc.chain_get_header(Some(hash)).await?) })
			.await
			.map_err(ClientError::chain)?
			.ok_or(ClientError::UnknownBlock(hash.0))
	}

	/// Hash of the best chain's block at this height, if there is one yet.
	pub(crate) async fn hash_at(&self, number: u64) -> Result<Option<H256>, BackendError> {
		retry(|| async { Ok(self.rpc.chain_get_block_hash(Some(number.into())).await?) }).await
	}

	/// The block's transactions, each with its length prefix.
	pub(crate) async fn transactions(&self, block: Block) -> Result<Vec<Vec<u8>>, ClientError> {
		let hash = H256(block.hash);
		let details = retry(|| async { Ok(self.rpc.chain_get_block(Some(hash)).await?) })
			.await
			.map_err(ClientError::chain)?
			.ok_or(ClientError::UnknownBlock(block.hash))?;
		Ok(details.block.extrinsics.into_iter().map(|bytes| bytes.0).collect())
	}

	/// The best chain's block of this height, if there is one yet. Up to the newest final block it is for good.
	pub async fn block_of_height(&self, number: u64) -> Result<Option<Block>, ClientError> {
		let hash = self.hash_at(number).await.map_err(ClientError::chain)?;
		Ok(hash.map(|hash| Block { hash: hash.0, number }))
	}

	/// The block before a block, which has one.
	pub async fn parent_of(&self, block: Block) -> Result<Block, ClientError> {
		let hash = self.header(H256(block.hash)).await?.parent_hash.0;
		Ok(Block { hash, number: block.number.saturating_sub(1) })
	}

	/// State at the newest block.
	pub async fn at(&self, head: Head) -> Result<View, ClientError> {
		let block = self.head(head).await?;
		self.view(block).await
	}

	/// State at a block.
	pub async fn at_block(&self, hash: [u8; 32]) -> Result<View, ClientError> {
		let header = self.header(H256(hash)).await?;
		self.view(Block { hash, number: header.number }).await
	}

	/// State at the best chain's block of this height, if there is one yet. Of a node that does not keep all
	/// states, only that of the newest blocks can be read.
	pub async fn at_height(&self, number: u64) -> Result<Option<View>, ClientError> {
		match self.hash_at(number).await.map_err(ClientError::chain)? {
			Some(hash) => Ok(Some(self.view(Block { hash: hash.0, number }).await?)),
			None => Ok(None),
		}
	}

	/// State at a block whose number and hash belong together.
	pub async fn view(&self, block: Block) -> Result<View, ClientError> {
		let at = self
			.client
			.at_block_hash_and_number(H256(block.hash), block.number)
			.await
			.map_err(ClientError::chain)
			.map_err(ClientError::of_state(block.number))?;
		Ok(View::new(at, block, self.clone()))
	}

	/// Follows an end of the chain for ever. Of the best chain, the newest blocks as they come, not
	/// necessarily each; of the finalised one, every block once, in order.
	pub fn follow(&self, head: Head) -> Blocks {
		Blocks {
			chain: self.clone(),
			head,
			stream: None,
			arrived: None,
			ready: VecDeque::new(),
			last: None,
		}
	}
}

impl std::fmt::Debug for Chain {
	fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
		f.debug_struct("Chain").field("genesis", &hex::encode(self.genesis())).finish()
	}
}

/// Blocks as they come, see [`Chain::follow`].
pub struct Blocks {
	chain: Chain,
	head: Head,
	stream: Option<subxt::client::Blocks<QuittanceConfig>>,
	/// The subscription's newest block, before what was missed is filled in.
	arrived: Option<Block>,
	/// Blocks to hand out, in order.
	ready: VecDeque<Block>,
	last: Option<u64>,
}

impl Blocks {
	/// The next block. Never ends: a lost subscription is made again, and finalised blocks missed
	/// meanwhile are filled in. May be dropped while waiting without losing a block.
	pub async fn next(&mut self) -> Block {
		loop {
			if let Some(block) = self.ready.pop_front() {
				self.last = Some(block.number);
				return block;
			}
			let result = match self.arrived {
				Some(newest) => self.fill_gap(newest).await,
				None => self.newest().await,
			};
			if let Err(error) = result {
				tracing::warn!(code = error.code(), %error, head = ?self.head, "following blocks");
				self.stream = None;
				tokio::time::sleep(RESUBSCRIBE_PAUSE).await;
			}
		}
	}

	/// Waits for the subscription's next block.
	async fn newest(&mut self) -> Result<(), ClientError> {
		let stream = match &mut self.stream {
			Some(stream) => stream,
			None => {
				let client = &self.chain.client;
				let stream = match self.head {
					Head::Best => client.stream_best_blocks().await,
					Head::Finalised => client.stream_blocks().await,
				};
				self.stream.insert(stream.map_err(ClientError::chain)?)
			},
		};
		match stream.next().await {
			Some(Ok(block)) => {
				self.arrived = Some(Block { hash: block.hash().0, number: block.number() });
				Ok(())
			},
			Some(Err(error)) => Err(ClientError::chain(error)),
			None => Err(ClientError::Unexpected("the block subscription ended".to_owned())),
		}
	}

	/// Hands out the newest block, after the finalised ones between it and the last handed out.
	async fn fill_gap(&mut self, newest: Block) -> Result<(), ClientError> {
		let mut missed = VecDeque::new();
		if let (Head::Finalised, Some(last)) = (self.head, self.last) {
			if newest.number <= last {
				self.arrived = None;
				return Ok(());
			}
			let first = last.saturating_add(1).max(newest.number.saturating_sub(MAX_GAP));
			for number in first..newest.number {
				let hash = self.chain.hash_at(number).await.map_err(ClientError::chain)?;
				missed.extend(hash.map(|hash| Block { hash: hash.0, number }));
			}
		}
		missed.push_back(newest);
		// Nothing above changed what a dropped call would have to remember.
		self.ready = missed;
		self.arrived = None;
		Ok(())
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn plain_text_stays_on_this_machine() {
		for url in
			["ws://127.0.0.1:9944", "ws://localhost:1", "http://[::1]:2", "wss://example.org"]
		{
			assert!(is_secure_url(url), "{url}");
		}
		for url in
			["ws://example.org", "http://10.0.0.1:9944", "ws://localhost.example.org", "", "x"]
		{
			assert!(!is_secure_url(url), "{url}");
		}
	}

	#[tokio::test]
	async fn an_insecure_address_is_not_even_tried() {
		let error = Chain::connect("ws://example.org:9944").await.unwrap_err();
		assert!(matches!(error, ClientError::InsecureUrl(_)), "{error}");
	}
}
