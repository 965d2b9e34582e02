//! The chain's state at one block.

pub(crate) mod answers;
mod jobs;
mod miners;
mod models;
mod panels;
mod receipts;

pub use jobs::MOST_LIVE;
pub use receipts::{Circuit, DryRun, Issuer, IssuerState};

use crate::{
	api::{
		self,
		runtime_types::frame_support::view_functions::{ViewFunctionDispatchError, ViewFunctionId},
	},
	chain::At,
	AccountId, Block, Chain, ClientError, Event,
};
use quittance_types::{EpochIndex, JobTime};
use subxt::{ext::scale_decode::DecodeAsType, Metadata};

/// Most records that one call reads.
pub const MAX_PAGE: u32 = 256;

/// Reads under way at once when several records are read by their keys.
const CONCURRENT_READS: usize = 16;

/// An account's money, in the chain's smallest unit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Account {
	/// Number of transactions it has sent.
	pub nonce: u32,
	/// What it can use, unless frozen.
	pub free: u128,
	/// What is held from it.
	pub held: u128,
	/// How much of it cannot be transferred.
	pub frozen: u128,
}

/// What the runtime holds everybody to. Times in job time, amounts in the chain's smallest unit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
	/// The least fee of an issuer.
	pub minimum_fee: u128,
	/// The least bond of a lock.
	pub minimum_lock_bond: u128,
	/// The price above which only a proof pays.
	pub high_value: u128,
	/// Longest time from a job's post to its deadline.
	pub max_timeout: JobTime,
	/// Deposit for a job's record.
	pub job_deposit: u128,
	/// Deposit for a commitment to a late receipt.
	pub commitment_deposit: u128,
	/// Deposit for a review.
	pub review_deposit: u128,
	/// By how much the deadline moves when an accepted issuer is removed.
	pub removal_extension: JobTime,
	/// How long a delivered output waits for an issuer.
	pub signing_time: JobTime,
	/// How long the miners of a redundant job can show what they committed to.
	pub reveal_time: JobTime,
	/// How long late receipts are accepted after a requester gave notice.
	pub cancel_notice: JobTime,
	/// Longest time from a job's deadline to its receipt's expiry.
	pub receipt_lifetime: JobTime,
	/// What an issuer has at stake.
	pub issuer_bond: u128,
	/// The least that a miner has at stake.
	pub minimum_bond: u128,
	/// How long a part of a miner's bond is still held after it is unbonded.
	pub unbonding_delay: JobTime,
	/// How long until a new hot key works.
	pub hot_key_delay: JobTime,
	/// Whole epochs without a heartbeat after which a miner is not matched.
	pub missed_epochs: u64,
	/// The most blocks that an epoch has.
	pub epoch_length: u64,
	/// The least an account may hold.
	pub existential_deposit: u128,
	/// Milliseconds between blocks.
	pub block_time: u64,
}

/// The state at one block.
pub struct View {
	at: At,
	block: Block,
	chain: Chain,
}

impl View {
	pub(crate) fn new(at: At, block: Block, chain: Chain) -> Self {
		Self { at, block, chain }
	}

	pub(crate) fn chain(&self) -> &Chain {
		&self.chain
	}

	pub(crate) fn client(&self) -> &At {
		&self.at
	}

	/// The block.
	pub fn block(&self) -> Block {
		self.block
	}

	/// Hash of the chain's first block.
	pub fn genesis(&self) -> [u8; 32] {
		self.chain.genesis()
	}

	/// Job time at this block: its number less the blocks in which jobs could not proceed.
	pub async fn job_time(&self) -> Result<JobTime, ClientError> {
		let stopped = self
			.at
			.storage()
			.fetch(api::storage().model_marketplace().stopped_blocks(), ())
			.await
			.map_err(ClientError::chain)?
			.decode()
			.map_err(ClientError::chain)?;
		Ok(self.block.number.saturating_sub(stopped))
	}

	/// The epoch that this block is in.
	pub async fn epoch(&self) -> Result<EpochIndex, ClientError> {
		let epoch = self
			.at
			.storage()
			.fetch(api::storage().babe().epoch_index(), ())
			.await
			.map_err(ClientError::chain)?;
		epoch.decode().map_err(ClientError::chain)
	}

	/// Index of the receipts pallet in the runtime, which is part of a receipt's header.
	pub fn receipts_pallet(&self) -> Result<u8, ClientError> {
		let pallet = self.at.metadata_ref().pallet_by_name("ZkReceipts");
		pallet
			.map(|pallet| pallet.call_index())
			.ok_or_else(|| ClientError::Incompatible("the runtime verifies no receipts".to_owned()))
	}

	/// The runtime's limits. Some of them are parameters that governance changes.
	pub async fn limits(&self) -> Result<Limits, ClientError> {
		let answers::MarketLimits {
			minimum_fee,
			minimum_lock_bond,
			high_value,
			max_timeout,
			job_deposit,
			commitment_deposit,
			review_deposit,
		} = self.ask("ModelMarketplace", "limits", vec![]).await?;
		let constants = self.at.constants();
		let marketplace = || api::constants().model_marketplace();
		let receipts = || api::constants().zk_receipts();
		let miners = || api::constants().miners();
		Ok(Limits {
			minimum_fee,
			minimum_lock_bond,
			high_value,
			max_timeout,
			job_deposit,
			commitment_deposit,
			review_deposit,
			removal_extension: constants
				.entry(marketplace().removal_extension())
				.map_err(ClientError::chain)?,
			signing_time: constants
				.entry(marketplace().signing_time())
				.map_err(ClientError::chain)?,
			reveal_time: constants
				.entry(marketplace().reveal_time())
				.map_err(ClientError::chain)?,
			cancel_notice: constants
				.entry(marketplace().cancel_notice())
				.map_err(ClientError::chain)?,
			receipt_lifetime: constants
				.entry(receipts().receipt_lifetime())
				.map_err(ClientError::chain)?,
			issuer_bond: constants.entry(receipts().issuer_bond()).map_err(ClientError::chain)?,
			minimum_bond: constants.entry(miners().minimum_bond()).map_err(ClientError::chain)?,
			unbonding_delay: constants
				.entry(miners().unbonding_delay())
				.map_err(ClientError::chain)?,
			hot_key_delay: constants.entry(miners().hot_key_delay()).map_err(ClientError::chain)?,
			missed_epochs: constants.entry(miners().missed_epochs()).map_err(ClientError::chain)?,
			epoch_length: constants.entry(miners().epoch_length()).map_err(ClientError::chain)?,
			existential_deposit: constants
				.entry(api::constants().balances().existential_deposit())
				.map_err(ClientError::chain)?,
			block_time: constants
				.entry(api::constants().babe().expected_block_time())
				.map_err(ClientError::chain)?,
		})
	}

	/// An account; one never heard of has nothing.
	pub async fn account(&self, account: &AccountId) -> Result<Account, ClientError> {
		let record = self
			.at
			.storage()
			.fetch(api::storage().system().account(), (*account,))
			.await
			.map_err(ClientError::chain)?;
		let record = record.decode().map_err(ClientError::chain)?;
		let data = record.data;
		Ok(Account {
			nonce: record.nonce,
			free: data.free,
			held: data.reserved,
			frozen: data.frozen,
		})
	}

	/// Calls a pallet's view function with encoded arguments.
	///
	/// The library's own call leaves out the length before the arguments and the result around the
	/// answer (frame-decode 0.18.1), which the runtime refuses. So the runtime API behind it is
	/// called, under the function's id, which is a hash of its name and types: one whose types
	/// changed is not found.
	async fn ask<Answer: DecodeAsType>(
		&self,
		pallet: &str,
		function: &str,
		arguments: Vec<u8>,
	) -> Result<Answer, ClientError> {
		let metadata = self.at.metadata_ref();
		let (id, answer) = view_function(metadata, pallet, function).ok_or_else(|| {
			ClientError::Incompatible(format!(
				"the runtime has no view function {pallet}.{function}"
			))
		})?;
		let call = api::runtime_apis().runtime_view_function().execute_view_function(id, arguments);
		let bytes: Result<Vec<u8>, ViewFunctionDispatchError> =
			self.at.runtime_apis().call(call).await.map_err(ClientError::chain)?;
		let nonsense =
			|reason: String| ClientError::Unexpected(format!("{pallet}.{function}: {reason}"));
		let bytes = bytes.map_err(|error| nonsense(format!("{error:?}")))?;
		decode_answer(&bytes, answer, metadata).map_err(nonsense)
	}

	/// All events of the block, in order.
	pub async fn events(&self) -> Result<Vec<Event>, ClientError> {
		let events = self.at.events().fetch().await.map_err(ClientError::chain)?;
		events
			.iter()
			.map(|event| Event::decode(self.at.metadata_ref(), &event.map_err(ClientError::chain)?))
			.collect()
	}
}

impl std::fmt::Debug for View {
	fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
		f.debug_struct("View").field("block", &self.block).finish()
	}
}

/// A view function's id, and the type of its answer.
fn view_function(
	metadata: &Metadata,
	pallet: &str,
	function: &str,
) -> Option<(ViewFunctionId, u32)> {
	let query = metadata.pallet_by_name(pallet)?.view_function_by_name(function)?;
	let (prefix, suffix) = query.query_id().split_at(16);
	let id = ViewFunctionId { prefix: prefix.try_into().ok()?, suffix: suffix.try_into().ok()? };
	Some((id, query.output_ty()))
}

/// An answer that is all of these bytes, by the runtime's own description of its type.
fn decode_answer<Answer: DecodeAsType>(
	mut bytes: &[u8],
	ty: u32,
	metadata: &Metadata,
) -> Result<Answer, String> {
	let answer = Answer::decode_as_type(&mut bytes, ty, metadata.types())
		.map_err(|error| error.to_string())?;
	match bytes.len() {
		0 => Ok(answer),
		left_over => Err(format!("{left_over} bytes too many")),
	}
}

fn page(limit: u32) -> usize {
	// At most 256, which fits any platform's index.
	limit.min(MAX_PAGE) as usize
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::{
		Capabilities, Duty, MinerInfo, MinerStatus, NextKey, Panel, Phase, Progress, Standing,
		Statistics, Unbonding,
	};
	use quittance_types::{JobId, Level, MemberFinding, ModelId};
	use subxt::ext::codec::Encode;

	fn metadata() -> Metadata {
		Metadata::decode_from(include_bytes!("../../artifacts/metadata.scale")).unwrap()
	}

	/// What the runtime answers with these bytes, as [`View::ask`] reads it.
	fn answer<Answer: DecodeAsType>(pallet: &str, function: &str, bytes: Vec<u8>) -> Answer {
		let metadata = metadata();
		let (_, ty) = view_function(&metadata, pallet, function).unwrap();
		decode_answer(&bytes, ty, &metadata).unwrap()
	}

	#[test]
	fn an_answer_is_all_of_its_bytes() {
		let metadata = metadata();
		let (_, ty) = view_function(&metadata, "ModelMarketplace", "deadline").unwrap();
		let read = |bytes: &[u8]| decode_answer::<Option<JobTime>>(bytes, ty, &metadata);
		assert_eq!(read(&Some(5u64).encode()), Ok(Some(5)));
		assert_eq!(read(&[0]), Ok(None));
		assert!(read(&[0, 0]).is_err());
		assert!(read(&[1, 0]).is_err());
		assert!(view_function(&metadata, "ModelMarketplace", "no_such").is_none());
		assert!(view_function(&metadata, "NoSuch", "deadline").is_none());
	}

	#[test]
	fn the_marketplaces_answers_are_read_as_it_writes_them() {
		let (pallet, price) = ("ModelMarketplace", Some(7u128));
		assert_eq!(answer::<Option<u128>>(pallet, "price_now", price.encode()), price);
		let page = (vec![3u64, 5], Some(64u64));
		let read: (Vec<JobId>, Option<JobId>) = answer(pallet, "jobs_for", page.encode());
		assert_eq!(read, page);
		let statistics = Some((4u32, 1u64, 2u64, 3u64)).encode();
		for function in ["recent_prices", "measured_latency"] {
			let read: Option<answers::Statistics> = answer(pallet, function, statistics.clone());
			let expected = Statistics { count: 4, min: 1, median: 2, max: 3 };
			assert_eq!(read.map(Statistics::from), Some(expected));
		}
		assert_eq!(answer::<Option<u32>>(pallet, "privacy_score", Some(9u32).encode()), Some(9));
		let ratings = Some([1u32, 2, 3, 4, 5]);
		assert_eq!(answer::<Option<[u32; 5]>>(pallet, "ratings", ratings.encode()), ratings);
		let versions = vec![[1u8; 32], [2; 32]];
		assert_eq!(answer::<Vec<ModelId>>(pallet, "versions", versions.encode()), versions);
		let limits = (1u128, 2u128, 3u128, 4u64, 5u128, 6u128, 7u128).encode();
		let read: answers::MarketLimits = answer(pallet, "limits", limits);
		assert_eq!((read.minimum_fee, read.max_timeout, read.review_deposit), (1, 4, 7));
	}

	#[test]
	fn the_miners_answers_are_read_as_they_write_them() {
		let (hot, next) = (AccountId([1; 32]), AccountId([2; 32]));
		let record = (
			(hot, Some((next, 9u64)), 100u128, 30u128, 2u32, 5u128),
			vec![(7u128, 11u64)],
			(12u64, 13u64, 14u64, 15u64),
			(0u8, 16u32, true),
		);
		let profile = (
			vec![[3u8; 32]],
			vec![1u8],
			17u64,
			vec![[4u8; 32]],
			b"eu".to_vec(),
			b"http://m".to_vec(),
		);
		let bytes = Some((record, profile)).encode();
		let read: Option<answers::MinerInfo> = answer("Miners", "miner", bytes);
		let MinerInfo { record, capabilities, endpoint } = read.unwrap().into();
		assert_eq!(record.hot_key, hot);
		assert_eq!(record.next_key, Some(NextKey { key: next, works_from: 9 }));
		assert_eq!((record.bond, record.reserved, record.free_bond()), (100, 30, 70));
		assert_eq!((record.locks, record.owed, record.last_heartbeat), (2, 5, 14));
		assert_eq!(record.unbonding, [Unbonding { amount: 7, until: 11 }]);
		assert_eq!(record.status, MinerStatus::Registered { slot: 16, paused: true });
		assert!(record.is_paused() && !record.is_leaving());
		let expected = Capabilities {
			circuits: vec![[3; 32]],
			levels: vec![Level::Basic],
			max_constraints: 17,
			fhe_parameters: vec![[4; 32]],
			region: b"eu".to_vec(),
		};
		assert_eq!((capabilities, endpoint), (expected, b"http://m".to_vec()));

		let standing: Option<answers::Standing> =
			answer("Miners", "standing", Some((1u32, 2u32, 3u32)).encode());
		let expected = Standing { fulfilled: 1, late: 2, slashed: 3 };
		assert_eq!(standing.map(Standing::from), Some(expected));
		assert_eq!(
			answer::<Option<AccountId>>("Miners", "miner_of", Some(hot).encode()),
			Some(hot)
		);
		assert_eq!(answer::<Option<u128>>("Miners", "free_bond", Some(8u128).encode()), Some(8));
		assert_eq!(answer::<[u8; 32]>("Miners", "epoch_seed", vec![6; 32]), [6; 32]);
	}

	#[test]
	fn the_panels_answers_are_read_as_they_write_them() {
		let miner = AccountId([1; 32]);
		let finding = MemberFinding::Right { candidate: 0, amount: 5 };
		let case = (
			vec![(miner, ([2u8; 32], 3u32))],
			(1u8, Some([4u8; 32]), 6u64, None::<[u8; 32]>),
			vec![miner],
			7u128,
		);
		let members = vec![(miner, 0u8, (2u8, finding))];
		let panel = ((10u128, 11u128, 12u128), (1u8, 2u8, 1u8), (1u8, 13u64, 14u64), members);
		let bytes = Some((case, panel, 7u32)).encode();
		let read: Option<answers::PanelInfo> = answer("Panel", "panel", bytes);
		let panel = Panel::from(read.unwrap());
		assert_eq!((panel.case.max_amount, panel.stakes.dissent, panel.seats), (7, 12, 7));
		assert_eq!(panel.case.candidates[0].miner, miner);
		assert_eq!((panel.round, panel.draws, panel.failed), (crate::Round::Second, 2, 1));
		assert_eq!(panel.phase, Phase::Sitting { commits_until: 13, reveals_until: 14 });
		assert_eq!(panel.members[0].progress, Progress::Revealed(finding));

		let duty = (21u64, 1u8, 30u64, 40u64, (1u8, [9u8; 32]));
		let read: Vec<answers::Duty> = answer("Panel", "duties", vec![duty].encode());
		let expected = Duty {
			job: 21,
			draw: 1,
			commits_until: 30,
			reveals_until: 40,
			progress: Progress::Committed([9; 32]),
		};
		assert_eq!(read.into_iter().map(Duty::from).collect::<Vec<_>>(), [expected]);
		assert_eq!(answer::<u128>("Panel", "reserved_for", 3u128.encode()), 3);
	}
}
