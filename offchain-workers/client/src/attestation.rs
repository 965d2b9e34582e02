//! Paths of what the chain has attested: what a node gives, and what its headers say.

use crate::{Block, Chain, ClientError, Head};
use quittance_attestations::{AnchoredPath, ChainId, Log, PathRefusal, ENGINE_ID};
use quittance_types::JobId;
use subxt::{
	config::substrate::{DigestItem, SubstrateHeader, H256},
	ext::codec::DecodeAll,
	rpcs::{
		client::{rpc_params, RpcParams},
		Error as RpcError,
	},
};

/// JSON-RPC code of a node that has no such method.
const METHOD_NOT_FOUND: i32 = -32601;

/// Why there is no path.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum NoPath {
	/// The node's own reason.
	#[error("{0}")]
	Refused(PathRefusal),
	/// The node is older than paths.
	#[error("the node gives no paths: it is older than they are")]
	Unsupported,
	/// Another refusal.
	#[error("{message} ({code})")]
	Other {
		/// JSON-RPC code.
		code: i32,
		/// The node's words.
		message: String,
	},
}

impl NoPath {
	fn from_code(code: i32, message: String) -> Self {
		match PathRefusal::from_code(code) {
			Some(refusal) => Self::Refused(refusal),
			None if code == METHOD_NOT_FOUND => Self::Unsupported,
			None => Self::Other { code, message },
		}
	}
}

impl Chain {
	/// The path of the receipt that a final block has accepted for a job, to the root in the newest final header.
	///
	/// `nullifier` says which, where a block has several. `block` is the height of the one that accepted it; without it the
	/// node finds it, of a redundant job the last one. What it answers is not looked at here.
	pub async fn receipt_path(
		&self,
		job: JobId,
		nullifier: Option<[u8; 32]>,
		block: Option<u64>,
	) -> Result<AnchoredPath, ClientError> {
		let nullifier = nullifier.map(H256);
		self.path("attestations_receiptPath", || rpc_params![job, nullifier, block]).await
	}

	/// The same of the message with this number among those for another chain.
	pub async fn message_path(
		&self,
		target: ChainId,
		sequence: u64,
		block: Option<u64>,
	) -> Result<AnchoredPath, ClientError> {
		self.path("attestations_messagePath", || rpc_params![target, sequence, block]).await
	}

	async fn path(
		&self,
		method: &str,
		params: impl Fn() -> RpcParams,
	) -> Result<AnchoredPath, ClientError> {
		loop {
			match self.raw().request(method, params()).await {
				Ok(path) => return Ok(path),
				// The next request waits until there is a connection.
				Err(error) if error.is_disconnected_will_reconnect() => {},
				Err(RpcError::User(error)) => {
					return Err(NoPath::from_code(error.code, error.message).into())
				},
				Err(error) => return Err(ClientError::chain(error)),
			}
		}
	}

	/// The final block at a height, with the root of the range that its header names: what a path to that block must lead to.
	/// `None` where no block of that height is final; no root in the chain's first header.
	pub async fn final_root(
		&self,
		height: u64,
	) -> Result<Option<(Block, Option<[u8; 32]>)>, ClientError> {
		if height > self.head(Head::Finalised).await?.number {
			return Ok(None);
		}
		let Some(hash) = self.hash_at(height).await.map_err(ClientError::chain)? else {
			return Ok(None);
		};
		let header = self.header(hash).await?;
		Ok(Some((Block { hash: hash.0, number: header.number }, range_root(&header))))
	}
}

fn range_root(header: &SubstrateHeader<H256>) -> Option<[u8; 32]> {
	header.digest.logs.iter().find_map(|item| match item {
		DigestItem::Consensus(ENGINE_ID, content) => match Log::decode_all(&mut &content[..]) {
			Ok(Log::Range(root)) => Some(root),
			Ok(Log::Block { .. }) | Err(_) => None,
		},
		_ => None,
	})
}

#[cfg(test)]
mod tests {
	use super::*;
	use subxt::ext::codec::Encode;

	#[test]
	fn a_nodes_reasons_have_names() {
		let no_path = |code| NoPath::from_code(code, "words".into());
		assert_eq!(no_path(7103), NoPath::Refused(PathRefusal::NotAttested));
		assert_eq!(no_path(-32601), NoPath::Unsupported);
		assert_eq!(no_path(-32602), NoPath::Other { code: -32602, message: "words".into() });
	}

	/// As a node sends it.
	fn header(logs: &[Vec<u8>]) -> SubstrateHeader<H256> {
		let logs: Vec<_> = logs.iter().map(|log| format!("0x{}", hex::encode(log))).collect();
		let zeros = H256([0; 32]);
		serde_json::from_value(serde_json::json!({
			"parentHash": zeros,
			"number": "0x7",
			"stateRoot": zeros,
			"extrinsicsRoot": zeros,
			"digest": { "logs": logs },
		}))
		.unwrap()
	}

	#[test]
	fn the_root_is_found_among_other_items() {
		let consensus = |engine: [u8; 4], content: Vec<u8>| (4u8, engine, content).encode();
		let ours = |log: Log| consensus(ENGINE_ID, log.encode());
		let range = ours(Log::Range([5; 32]));
		let block = ours(Log::Block { root: [6; 32], count: 1 });
		let before = (6u8, *b"BABE", vec![1u8]).encode();
		let others = consensus(*b"BABE", Log::Range([7; 32]).encode());
		let logs = [before, others.clone(), block.clone(), range];
		assert_eq!(range_root(&header(&logs)), Some([5; 32]));
		assert_eq!(range_root(&header(&[others, block])), None);
		let torn = consensus(ENGINE_ID, vec![0, 1]);
		assert_eq!(range_root(&header(&[torn])), None);
	}
}
