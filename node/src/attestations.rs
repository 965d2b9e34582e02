//! The RPC methods that give a receipt or a message its path.
//!
//! A path is put together from what the node has: the leaves of the block, which the runtime has written into the
//! offchain database when the block was executed; the nodes of the range, which the gadget keeps there for good once
//! their blocks are final; and the header whose root it leads to. The state of old blocks is not needed, nor the hashes
//! that the chain keeps. It is verified before it is given out.

use crate::service::{FullClient, OffchainStorage};
use codec::{Decode, DecodeAll};
use jsonrpsee::{
	core::RegisterMethodError,
	types::{ErrorObject, ErrorObjectOwned},
	RpcModule,
};
use polkadot_sdk::*;
use quittance_attestations::{
	block_key, block_tree, message_key, receipt_key, Anchor, AnchoredPath, AttestedBlock, ChainId,
	Leaf, Log, Native, Path, PathRefusal as Refusal, RangeProof, ENGINE_ID,
};
use quittance_runtime::{BlockNumber, Hash, Header};
use serde::Deserialize;
use sp_api::{ApiExt, ProvideRuntimeApi};
use sp_blockchain::HeaderBackend;
use sp_core::offchain::{storage::OffchainDb, OffchainDbExt, OffchainStorage as _, STORAGE_PREFIX};
use sp_mmr_primitives::{Error as MmrError, MmrApi};
use std::{fmt::Display, sync::Arc};

/// How many blocks are searched on either side of the one where a receipt was last seen. There it was on another
/// fork: more than finality is ever behind by.
const SEARCHED: BlockNumber = 256;

/// As the RPC says it: with a number that stays, and its name beside.
fn refused(refusal: Refusal) -> ErrorObjectOwned {
	ErrorObject::owned(refusal.code(), refusal.to_string(), Some(format!("{refusal:?}")))
}

/// A block of the chain, by its height or its hash.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(untagged)]
pub enum BlockId {
	/// The final one at this height.
	Number(BlockNumber),
	/// The one with this hash.
	Hash(Hash),
}

/// What paths are made of.
pub trait Chain {
	/// The newest final block.
	fn final_head(&self) -> (BlockNumber, Hash);

	/// The final header at a height that is not above that.
	fn final_header(&self, number: BlockNumber) -> Result<Option<Header>, Refusal>;

	/// The height of any block.
	fn number_of(&self, hash: Hash) -> Result<Option<BlockNumber>, Refusal>;

	/// What the runtime has indexed under a key.
	fn indexed(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Refusal>;

	/// What the range has of a block, and what takes that to the root in the header at height `to`.
	fn in_range(
		&self,
		block: BlockNumber,
		to: BlockNumber,
	) -> Result<(AttestedBlock, RangeProof), Refusal>;
}

/// The node's own.
pub struct NodeChain {
	client: Arc<FullClient>,
	indexed: Option<OffchainStorage>,
}

impl NodeChain {
	/// Without an index nothing is found.
	pub fn new(client: Arc<FullClient>, indexed: Option<OffchainStorage>) -> Self {
		Self { client, indexed }
	}

	fn index(&self) -> Result<&OffchainStorage, Refusal> {
		self.indexed.as_ref().ok_or(Refusal::NotIndexed)
	}
}

/// Says why in the node's log.
fn failed(error: impl Display) -> Refusal {
	log::warn!(target: "attestations", "{error}");
	Refusal::Failed
}

impl Chain for NodeChain {
	fn final_head(&self) -> (BlockNumber, Hash) {
		let info = self.client.info();
		(info.finalized_number, info.finalized_hash)
	}

	fn final_header(&self, number: BlockNumber) -> Result<Option<Header>, Refusal> {
		match HeaderBackend::hash(&*self.client, number).map_err(failed)? {
			Some(hash) => HeaderBackend::header(&*self.client, hash).map_err(failed),
			None => Ok(None),
		}
	}

	fn number_of(&self, hash: Hash) -> Result<Option<BlockNumber>, Refusal> {
		HeaderBackend::number(&*self.client, hash).map_err(failed)
	}

	fn indexed(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Refusal> {
		Ok(self.index()?.get(STORAGE_PREFIX, key))
	}

	fn in_range(
		&self,
		block: BlockNumber,
		to: BlockNumber,
	) -> Result<(AttestedBlock, RangeProof), Refusal> {
		let index = OffchainDb::new(self.index()?.clone());
		let mut api = self.client.runtime_api();
		api.register_extension(OffchainDbExt::new(index));
		let (_, head) = self.final_head();
		// The range's leaf of a block is appended by the one after it.
		let appended = vec![block.saturating_add(1)];
		let (leaves, proof) = api
			.generate_proof(head, appended, Some(to))
			.map_err(failed)?
			.map_err(|error| match error {
				MmrError::LeafNotFound | MmrError::GenerateProof => Refusal::RangeMissing,
				error => failed(error),
			})?;
		let (Some(leaf), Some(index)) = (leaves.into_iter().next(), proof.leaf_indices.first())
		else {
			return Err(Refusal::Inconsistent);
		};
		let block = AttestedBlock::decode_all(&mut &leaf.0[..]);
		let items = proof.items.iter().map(|item| item.0).collect();
		let proof = RangeProof { index: *index, leaves: proof.leaf_count, items };
		Ok((block.map_err(|_| Refusal::Inconsistent)?, proof))
	}
}

/// What is looked for.
#[derive(Clone, Copy)]
enum Wanted {
	Receipt { job: u64, nullifier: Option<Hash> },
	Message { target: ChainId, sequence: u64 },
}

impl Wanted {
	/// Where the chain has noted in which block it came.
	fn key(&self) -> Vec<u8> {
		match *self {
			Self::Receipt { job, .. } => receipt_key(job),
			Self::Message { target, sequence } => message_key(target, sequence),
		}
	}

	fn is(&self, leaf: &Leaf) -> bool {
		match (self, leaf) {
			(Self::Receipt { job, nullifier }, Leaf::Receipt(receipt)) => {
				receipt.job == *job && nullifier.is_none_or(|wanted| wanted.0 == receipt.nullifier)
			},
			(Self::Message { target, sequence }, Leaf::Message(message)) => {
				(message.target, message.sequence) == (*target, *sequence)
			},
			_ => false,
		}
	}
}

/// The leaves of a final block, and the place of the one that was looked for.
struct Found {
	block: BlockNumber,
	leaves: Vec<Leaf>,
	index: u32,
}

/// Answers for a chain.
pub struct Attestations<C> {
	chain: C,
}

impl<C: Chain> Attestations<C> {
	/// Of this chain.
	pub fn new(chain: C) -> Self {
		Self { chain }
	}

	fn path(
		&self,
		wanted: Wanted,
		block: Option<BlockId>,
		to: Option<BlockId>,
	) -> Result<AnchoredPath, Refusal> {
		let found = match block {
			Some(block) => {
				let number = self.final_number(block)?;
				self.look(number, &wanted)?.ok_or(Refusal::NotAttested)?
			},
			None => self.find(&wanted)?,
		};
		let to = match to {
			Some(to) => self.final_number(to)?,
			None => self.chain.final_head().0,
		};
		if to <= found.block {
			return Err(Refusal::NotCovered);
		}
		let header = self.chain.final_header(to)?.ok_or(Refusal::UnknownBlock)?;
		let root = logs(&header).find_map(|log| match log {
			Log::Range(root) => Some(root),
			Log::Block { .. } => None,
		});
		let root = root.ok_or(Refusal::Inconsistent)?;
		let (attested, range) = self.chain.in_range(found.block, to)?;
		let Found { leaves, index, .. } = found;
		let hashes: Vec<_> = leaves.iter().map(Leaf::hash::<Native>).collect();
		let place = usize::try_from(index).ok();
		let leaf = place.and_then(|place| leaves.get(place)).ok_or(Refusal::Inconsistent)?;
		let siblings = block_tree::siblings::<Native>(&hashes, index);
		let siblings = siblings.ok_or(Refusal::Inconsistent)?;
		let path = Path { leaf: *leaf, index, siblings, block: attested, range };
		path.verify::<Native>(&root).map_err(|_| Refusal::Inconsistent)?;
		let anchor = Anchor { number: to.into(), hash: header.hash().0, root };
		Ok(AnchoredPath { path, anchor })
	}

	/// The height of a block that is final.
	fn final_number(&self, block: BlockId) -> Result<BlockNumber, Refusal> {
		let (head, _) = self.chain.final_head();
		match block {
			BlockId::Number(number) if number <= head => Ok(number),
			BlockId::Number(_) => Err(Refusal::NotFinal),
			BlockId::Hash(hash) => {
				let number = self.chain.number_of(hash)?.ok_or(Refusal::UnknownBlock)?;
				if number > head {
					return Err(Refusal::NotFinal);
				}
				let header = self.chain.final_header(number)?.ok_or(Refusal::UnknownBlock)?;
				match header.hash() == hash {
					true => Ok(number),
					false => Err(Refusal::NotFinal),
				}
			},
		}
	}

	/// Looks where it came last, and around there: that may have been on a fork that was given up.
	fn find(&self, wanted: &Wanted) -> Result<Found, Refusal> {
		let noted = self.chain.indexed(&wanted.key())?.ok_or(Refusal::NotAttested)?;
		let noted = u64::decode(&mut &noted[..]).map_err(|_| Refusal::Inconsistent)?;
		let noted = BlockNumber::try_from(noted).map_err(|_| Refusal::Inconsistent)?;
		let (head, _) = self.chain.final_head();
		let mut missing = false;
		for distance in 0..=SEARCHED {
			let (before, after) = (noted.checked_sub(distance), noted.checked_add(distance));
			let after = after.filter(|_| distance > 0);
			for number in before.into_iter().chain(after).filter(|number| *number <= head) {
				match self.look(number, wanted) {
					Ok(Some(found)) => return Ok(found),
					Ok(None) => {},
					Err(Refusal::LeavesMissing) => missing = true,
					Err(refusal) => return Err(refusal),
				}
			}
		}
		Err(match (missing, noted > head) {
			(true, _) => Refusal::LeavesMissing,
			(_, true) => Refusal::NotFinal,
			_ => Refusal::NotAttested,
		})
	}

	/// Looks among the leaves of a final block.
	fn look(&self, block: BlockNumber, wanted: &Wanted) -> Result<Option<Found>, Refusal> {
		let header = self.chain.final_header(block)?.ok_or(Refusal::UnknownBlock)?;
		let tree = logs(&header).find_map(|log| match log {
			Log::Block { root, count } => Some((root, count)),
			Log::Range(_) => None,
		});
		let Some((root, count)) = tree else { return Ok(None) };
		let leaves = self.chain.indexed(&block_key(&root))?.ok_or(Refusal::LeavesMissing)?;
		let leaves =
			Vec::<Leaf>::decode_all(&mut &leaves[..]).map_err(|_| Refusal::Inconsistent)?;
		let places = (0..count).zip(&leaves).filter(|(_, leaf)| wanted.is(leaf));
		let places: Vec<_> = places.map(|(place, _)| place).collect();
		match places[..] {
			[] => Ok(None),
			[index] => Ok(Some(Found { block, leaves, index })),
			_ => Err(Refusal::Ambiguous),
		}
	}
}

/// What a header says of attestations.
fn logs(header: &Header) -> impl Iterator<Item = Log> + '_ {
	let logs = header.digest.logs.iter().filter_map(|log| log.as_consensus());
	let ours = logs.filter(|(engine, _)| *engine == ENGINE_ID);
	ours.filter_map(|(_, content)| Log::decode_all(&mut &content[..]).ok())
}

impl<C: Chain + Send + Sync + 'static> Attestations<C> {
	/// The methods, with parameters by position. Blocks are named by height or hash; those that are left out are
	/// found.
	///
	/// `attestations_receiptPath(job, nullifier?, block?, to?)`: the path of the receipt that a final block has accepted
	/// for a job. `nullifier` says which, where a block has several, as of a redundant job. `block` is the one that
	/// accepted it; if it is left out that is found, of a redundant job the last one. The path leads to the root in
	/// the header of `to`, by default the newest final block.
	///
	/// `attestations_messagePath(target, sequence, block?, to?)`: the path of the message with this number among those
	/// for another chain.
	// Not by the macro: of the two versions of its crate in the tree it takes the one of the tests.
	pub fn methods(self) -> Result<RpcModule<Self>, RegisterMethodError> {
		let mut module = RpcModule::new(self);
		module.register_blocking_method("attestations_receiptPath", |given, paths, _| {
			let mut given = given.sequence();
			let (job, nullifier) = (given.next()?, given.optional_next()?);
			let (block, to) = (given.optional_next()?, given.optional_next()?);
			paths.path(Wanted::Receipt { job, nullifier }, block, to).map_err(refused)
		})?;
		module.register_blocking_method("attestations_messagePath", |given, paths, _| {
			let mut given = given.sequence();
			let (target, sequence) = (given.next()?, given.next()?);
			let (block, to) = (given.optional_next()?, given.optional_next()?);
			paths.path(Wanted::Message { target, sequence }, block, to).map_err(refused)
		})?;
		Ok(module)
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use codec::Encode;
	use quittance_attestations::{Keccak256, Level, Message, Receipt, Statement};
	use sp_mmr_primitives::mmr_lib::{self, leaf_index_to_pos, util::MemStore};
	use sp_runtime::{Digest, DigestItem};
	use std::collections::BTreeMap;

	/// As `pallet-mmr` merges.
	struct Merge;

	impl mmr_lib::Merge for Merge {
		type Item = [u8; 32];

		fn merge(left: &[u8; 32], right: &[u8; 32]) -> mmr_lib::Result<[u8; 32]> {
			Ok(Native::hash(&[&left[..], right].concat()))
		}
	}

	/// A chain of which all but the last two blocks are final, and a node that has executed it.
	struct Written {
		headers: Vec<Header>,
		attested: Vec<AttestedBlock>,
		stale: Header,
		index: BTreeMap<Vec<u8>, Vec<u8>>,
		range_is_there: bool,
	}

	fn receipt(job: u64, seed: u8) -> Leaf {
		Leaf::Receipt(Receipt {
			job,
			subject: [1; 32],
			miner: [2; 32],
			issuer: [3; 32],
			level: Level::Basic,
			amount: 4,
			nullifier: [seed; 32],
			output: None,
		})
	}

	fn message(sequence: u64) -> Leaf {
		let statement = Statement::Receipt([6; 32]);
		Leaf::Message(Message { target: 9, sequence, sender: [5; 32], statement, payload: [7; 32] })
	}

	impl Written {
		fn new(blocks: &[&[Leaf]]) -> Self {
			let header = |number: u32, parent: Hash, logs: Vec<Log>| {
				let item = |log: Log| DigestItem::Consensus(ENGINE_ID, log.encode());
				let logs = logs.into_iter().map(item).collect();
				let (state, extrinsics) = (Hash::zero(), Hash::zero());
				Header {
					parent_hash: parent,
					number,
					state_root: state,
					extrinsics_root: extrinsics,
					digest: Digest { logs },
				}
			};
			let mut chain = Self {
				headers: vec![],
				attested: vec![],
				stale: header(1, Hash::repeat_byte(1), vec![]),
				index: BTreeMap::new(),
				range_is_there: true,
			};
			for (number, leaves) in (0u32..).zip(blocks) {
				let hashes: Vec<_> = leaves.iter().map(Leaf::hash::<Native>).collect();
				let root = block_tree::root::<Native>(&hashes).unwrap();
				let count = leaves.len() as u32;
				let mut logs = vec![];
				if number > 0 {
					logs.push(Log::Range(chain.root(number)));
				}
				if count > 0 {
					logs.push(Log::Block { root, count });
					chain.index.insert(block_key(&root), leaves.encode());
				}
				for leaf in *leaves {
					let key = match leaf {
						Leaf::Receipt(receipt) => receipt_key(receipt.job),
						Leaf::Message(message) => message_key(message.target, message.sequence),
					};
					chain.index.insert(key, u64::from(number).encode());
				}
				let parent = chain.headers.last().map_or(Hash::zero(), Header::hash);
				let header = header(number, parent, logs);
				chain.attested.push(AttestedBlock {
					version: 1,
					number: number.into(),
					hash: header.hash().0,
					root,
					count,
				});
				chain.headers.push(header);
			}
			chain
		}

		/// The range as it is in the header at this height.
		fn with_range<R>(
			&self,
			to: u32,
			ask: impl FnOnce(mmr_lib::MMR<[u8; 32], Merge, &MemStore<[u8; 32]>>) -> R,
		) -> R {
			let store = MemStore::default();
			let mut range = mmr_lib::MMR::new(0, &store);
			for block in &self.attested[..to as usize] {
				range.push(block.leaf_hash::<Native>()).unwrap();
			}
			ask(range)
		}

		fn root(&self, to: u32) -> [u8; 32] {
			self.with_range(to, |range| range.get_root().unwrap())
		}

		fn api(self) -> Attestations<Self> {
			Attestations::new(self)
		}
	}

	impl Chain for Written {
		fn final_head(&self) -> (BlockNumber, Hash) {
			let head = &self.headers[self.headers.len() - 3];
			(head.number, head.hash())
		}

		fn final_header(&self, number: BlockNumber) -> Result<Option<Header>, Refusal> {
			assert!(number <= self.final_head().0, "nobody asks beyond that");
			Ok(self.headers.get(number as usize).cloned())
		}

		fn number_of(&self, hash: Hash) -> Result<Option<BlockNumber>, Refusal> {
			let headers = self.headers.iter().chain([&self.stale]);
			Ok(headers.clone().find(|header| header.hash() == hash).map(|header| header.number))
		}

		fn indexed(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Refusal> {
			Ok(self.index.get(key).cloned())
		}

		fn in_range(
			&self,
			block: BlockNumber,
			to: BlockNumber,
		) -> Result<(AttestedBlock, RangeProof), Refusal> {
			if !self.range_is_there {
				return Err(Refusal::RangeMissing);
			}
			let index = u64::from(block);
			let proof =
				self.with_range(to, |range| range.gen_proof(vec![leaf_index_to_pos(index)]));
			let items = proof.unwrap().proof_items().to_vec();
			Ok((self.attested[block as usize], RangeProof { index, leaves: to.into(), items }))
		}
	}

	fn written() -> Written {
		Written::new(&[
			&[],
			&[receipt(1, 1)],
			&[receipt(2, 2), receipt(3, 3), message(0)],
			&[],
			&[receipt(4, 4), receipt(4, 5), receipt(5, 6), message(1)],
			&[receipt(6, 7)],
			&[],
			// Not final.
			&[receipt(7, 8)],
			&[],
		])
	}

	fn job(job: u64) -> Wanted {
		Wanted::Receipt { job, nullifier: None }
	}

	fn sent(sequence: u64) -> Wanted {
		Wanted::Message { target: 9, sequence }
	}

	#[test]
	fn success_paths_are_found_and_lead_to_the_newest_final_block() {
		let api = written().api();
		let leaves = [
			(job(1), receipt(1, 1), 1),
			(job(2), receipt(2, 2), 2),
			(job(3), receipt(3, 3), 2),
			(sent(0), message(0), 2),
			(sent(1), message(1), 4),
			(job(6), receipt(6, 7), 5),
		];
		for (wanted, leaf, block) in leaves {
			let AnchoredPath { path, anchor } = api.path(wanted, None, None).unwrap();
			assert_eq!((path.leaf, path.block.number), (leaf, block));
			assert_eq!(anchor.number, 6);
			assert_eq!(anchor.hash, api.chain.headers[6].hash().0);
			assert_eq!(anchor.root, api.chain.root(6));
			assert_eq!(path.verify::<Native>(&anchor.root), Ok(()));
		}
	}

	#[test]
	fn success_both_blocks_can_be_named_by_height_or_hash() {
		let api = written().api();
		let hash = |number: usize| BlockId::Hash(api.chain.headers[number].hash());
		for (block, to) in [(BlockId::Number(2), BlockId::Number(3)), (hash(2), hash(3))] {
			let found = api.path(job(3), Some(block), Some(to)).unwrap();
			assert_eq!((found.path.block.number, found.anchor.number), (2, 3));
			assert_eq!(found.path.range.leaves, 3);
			assert_eq!(found.path.verify::<Native>(&api.chain.root(3)), Ok(()));
		}
	}

	#[test]
	fn success_one_of_several_receipts_for_a_job() {
		let api = written().api();
		for seed in [4, 5] {
			let nullifier = Some(Hash::repeat_byte(seed));
			let found = api.path(Wanted::Receipt { job: 4, nullifier }, None, None).unwrap();
			assert_eq!(found.path.leaf, receipt(4, seed));
		}
		let refused = |wanted| api.path(wanted, None, None).unwrap_err();
		assert_eq!(refused(job(4)), Refusal::Ambiguous);
		let nullifier = Some(Hash::repeat_byte(9));
		assert_eq!(refused(Wanted::Receipt { job: 4, nullifier }), Refusal::NotAttested);
	}

	/// The fork that was executed last had it in another block.
	#[test]
	fn success_what_a_fork_has_noted_elsewhere_is_found() {
		for noted in [0u64, 1, 3, 5, 8, 200] {
			let mut chain = written();
			chain.index.insert(receipt_key(3), noted.encode());
			let found = chain.api().path(job(3), None, None).unwrap();
			assert_eq!(found.path.block.number, 2, "noted at {noted}");
		}
	}

	#[test]
	fn boundary_how_far_is_searched() {
		let searched = |noted: u32| {
			let mut chain = written();
			chain.index.insert(receipt_key(3), u64::from(noted).encode());
			chain.api().path(job(3), None, None).map(|found| found.path.block.number)
		};
		assert_eq!(searched(2 + SEARCHED), Ok(2));
		assert_eq!(searched(3 + SEARCHED), Err(Refusal::NotFinal));
		assert_eq!(searched(u32::MAX), Err(Refusal::NotFinal));
	}

	#[test]
	fn fails_for_what_nobody_accepted() {
		let api = written().api();
		for wanted in [job(9), sent(2), Wanted::Message { target: 8, sequence: 0 }] {
			assert_eq!(api.path(wanted, None, None), Err(Refusal::NotAttested));
		}
		let named = |block| api.path(job(3), Some(BlockId::Number(block)), None);
		assert_eq!(named(1), Err(Refusal::NotAttested), "another block's");
		assert_eq!(named(3), Err(Refusal::NotAttested), "a block without leaves");
		assert!(named(2).is_ok());
	}

	#[test]
	fn fails_for_what_is_not_final() {
		let api = written().api();
		assert_eq!(api.path(job(7), None, None), Err(Refusal::NotFinal));
		let ids = [
			BlockId::Number(7),
			BlockId::Hash(api.chain.headers[7].hash()),
			BlockId::Hash(api.chain.stale.hash()),
		];
		for id in ids {
			assert_eq!(api.path(job(7), Some(id), None), Err(Refusal::NotFinal), "{id:?}");
			assert_eq!(api.path(job(1), None, Some(id)), Err(Refusal::NotFinal), "{id:?}");
		}
		let unknown = Some(BlockId::Hash(Hash::repeat_byte(0xEE)));
		assert_eq!(api.path(job(1), unknown, None), Err(Refusal::UnknownBlock));
		assert_eq!(api.path(job(1), None, unknown), Err(Refusal::UnknownBlock));
	}

	#[test]
	fn fails_unless_the_path_leads_to_a_later_block() {
		let api = written().api();
		let to = |number| api.path(job(3), None, Some(BlockId::Number(number)));
		for number in 0..=2 {
			assert_eq!(to(number), Err(Refusal::NotCovered));
		}
		assert!(to(3).is_ok());
	}

	#[test]
	fn fails_where_the_node_does_not_have_it() {
		let mut chain = written();
		let Some(Log::Block { root, .. }) = logs(&chain.headers[2]).nth(1) else { panic!() };
		chain.index.remove(&block_key(&root));
		let api = chain.api();
		assert_eq!(api.path(job(3), None, None), Err(Refusal::LeavesMissing));
		let named = api.path(job(3), Some(BlockId::Number(2)), None);
		assert_eq!(named, Err(Refusal::LeavesMissing));
		let range_is_there = false;
		let chain = Written { range_is_there, ..written() };
		assert_eq!(chain.api().path(job(3), None, None), Err(Refusal::RangeMissing));
	}

	#[test]
	fn fails_where_what_the_node_has_does_not_fit_together() {
		let key = |chain: &Written| {
			let Some(Log::Block { root, .. }) = logs(&chain.headers[2]).nth(1) else { panic!() };
			block_key(&root)
		};
		type Change = fn(&mut Written, Vec<u8>);
		let changes: [(&str, Change); 5] = [
			("other leaves", |chain, key| {
				let leaves = vec![receipt(2, 2), receipt(3, 9), message(0)];
				chain.index.insert(key, leaves.encode());
			}),
			("no leaves", |chain, key| {
				chain.index.insert(key, vec![0xFF]);
			}),
			("no number", |chain, _| {
				chain.index.insert(receipt_key(3), vec![1]);
			}),
			("no height", |chain, _| {
				chain.index.insert(receipt_key(3), u64::MAX.encode());
			}),
			("another block in the range", |chain, _| chain.attested[2].hash[0] ^= 1),
		];
		for (what, change) in changes {
			let mut chain = written();
			let key = key(&chain);
			change(&mut chain, key);
			assert_eq!(chain.api().path(job(3), None, None), Err(Refusal::Inconsistent), "{what}");
		}
	}

	#[test]
	fn refusals_have_a_code_and_a_name() {
		let error = refused(Refusal::NotCovered);
		assert_eq!(error.code(), 7105);
		assert_eq!(error.data().map(|data| data.get()), Some("\"NotCovered\""));
	}

	#[test]
	fn blocks_are_named_by_height_or_hash() {
		let read = |json: &str| serde_json::from_str::<BlockId>(json).ok();
		assert_eq!(read("7"), Some(BlockId::Number(7)));
		let hash = Hash::repeat_byte(0xAB);
		assert_eq!(read(&format!("\"{hash:?}\"")), Some(BlockId::Hash(hash)));
		for wrong in ["-1", "4294967296", "\"0x00\"", "{}"] {
			assert_eq!(read(wrong), None, "{wrong}");
		}
	}
}
