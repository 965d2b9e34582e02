//! The chain's state at one block.

pub(crate) mod answers;
mod jobs;
mod miners;
mod models;
mod panels;
mod pool;
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
use quittance_types::{CircuitId, EpochIndex, JobTime, Stoppage};
use std::{collections::BTreeMap, sync::Mutex};
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
	/// The least bond of a lock, for any job.
	pub minimum_lock_bond: u128,
	/// The least that it is of the job's highest price, in parts of a million, rounded up.
	pub bond_part: u32,
	/// What is held for a panel, and returned if none sits.
	pub panel_fee: u128,
	/// What the requester of a private job loses each time a miner declines it.
	pub decline_fee: u128,
	/// How long the miner of a private job can decline it.
	pub opening_time: JobTime,
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

impl Limits {
	/// The least bond of a lock of a job with this highest price and issuer's fee: never nothing, both fees
	/// together at least, and a part of the price.
	pub fn least_bond(&self, max_price: u128, issuer_fee: u128) -> u128 {
		let part = max_price.saturating_mul(self.bond_part.into()).div_ceil(1_000_000);
		let fees = issuer_fee.saturating_add(self.panel_fee);
		self.minimum_lock_bond.max(fees).max(part).max(1)
	}
}

/// The state at one block.
pub struct View {
	at: At,
	block: Block,
	chain: Chain,
	/// For how long circuits were paused: many jobs name the same one.
	stoppages: Mutex<BTreeMap<CircuitId, Stoppage>>,
}

impl View {
	pub(crate) fn new(at: At, block: Block, chain: Chain) -> Self {
		Self { at, block, chain, stoppages: Mutex::default() }
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
			bond_part,
			panel_fee,
			decline_fee,
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
			bond_part,
			panel_fee,
			decline_fee,
			opening_time: constants
				.entry(marketplace().opening_time())
				.map_err(ClientError::chain)?,
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

	/// The block's time, in milliseconds since 1970.
	pub async fn time(&self) -> Result<u64, ClientError> {
		let time = self
			.at
			.storage()
			.fetch(api::storage().timestamp().now(), ())
			.await
			.map_err(ClientError::chain)?;
		time.decode().map_err(ClientError::chain)
	}

	/// All the money there is, in the chain's smallest unit.
	pub async fn total_issuance(&self) -> Result<u128, ClientError> {
		let issuance = self
			.at
			.storage()
			.fetch(api::storage().balances().total_issuance(), ())
			.await
			.map_err(ClientError::chain)?;
		issuance.decode().map_err(ClientError::chain)
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
		api::runtime_types::{
			pallet_miners::types as miners, pallet_model_marketplace::types as marketplace,
			pallet_panel::types as panels,
		},
		Activity, Capabilities, Case, Delivery, Duty, End, EndedJob, Job, JobState, MinerInfo,
		MinerStatus, Model, ModelKind, ModelState, NextKey, Origin, Panel, Phase, Progress, Round,
		Royalty, Standing, Statistics, Unbonding,
	};
	use quittance_types::{
		AcceptedReceipt, Blob, FieldBytes, Finding, Level, MemberFinding, Mode, Payment, PriceRamp,
		Verdict,
	};
	use subxt::ext::codec::Encode;

	fn metadata() -> Metadata {
		Metadata::decode_from(include_bytes!("../../artifacts/metadata.scale")).unwrap()
	}

	/// A record with these bytes in a pallet's storage.
	fn stored<Record: DecodeAsType>(pallet: &str, entry: &str, bytes: Vec<u8>) -> Record {
		let metadata = metadata();
		let storage = metadata.pallet_by_name(pallet).unwrap().storage().unwrap();
		let ty = storage.entry_by_name(entry).unwrap().value_ty();
		decode_answer(&bytes, ty, &metadata).unwrap()
	}

	#[test]
	fn an_answer_is_all_of_its_bytes() {
		let metadata = metadata();
		let storage = metadata.pallet_by_name("ModelMarketplace").unwrap().storage().unwrap();
		let ty = storage.entry_by_name("NextJob").unwrap().value_ty();
		let read = |bytes: &[u8]| decode_answer::<JobTime>(bytes, ty, &metadata);
		assert_eq!(read(&5u64.encode()), Ok(5));
		assert!(read(&[0; 9]).is_err());
		assert!(read(&[0; 7]).is_err());
		assert!(view_function(&metadata, "ModelMarketplace", "no_such").is_none());
		assert!(view_function(&metadata, "NoSuch", "deadline").is_none());
	}

	const ACCOUNT: AccountId = AccountId([1; 32]);

	/// An offer as the pallet writes it.
	fn offer() -> Vec<u8> {
		let price = PriceRamp { min: 1, max: 9, start: 2, length: 3 };
		(
			([6u8; 32], Mode::Plain, Level::Basic, Some([8u8; 32])),
			(Blob { digest: [7; 32], size: 100 }, None::<[u8; 32]>, vec![ACCOUNT], 5u128),
			(Payment::Held { price }, 20u64, 30u64, 3u128, 2u8, vec![ACCOUNT], true),
		)
			.encode()
	}

	/// A live job in a state, as the pallet writes it.
	fn live(state: Vec<u8>) -> JobState {
		let taken = Some(([6u8; 32], [7u8; 32], true));
		let private = Some((5u128, 2u8, vec![AccountId([9; 32])], taken));
		let locks = [
			((AccountId([2; 32]), 4u128, 26u64), 0u8.encode()),
			((AccountId([3; 32]), 5u128, 27u64), (1u8, [9u8; 32]).encode()),
			((AccountId([4; 32]), 6u128, 28u64), (2u8, [9u8; 32], 7u32).encode()),
		];
		let count = subxt::ext::codec::Compact(3u32).encode();
		let encoded =
			locks.iter().flat_map(|(lock, shown)| [lock.encode(), shown.clone()].concat());
		let bytes = [
			vec![0],
			ACCOUNT.encode(),
			offer(),
			(11u128, [0u8; 32], 12u32, 20u64, 0u64, Some(41u64), None::<u64>, 14u128).encode(),
			(16u128, 15u128).encode(),
			private.encode(),
			count,
			encoded.collect(),
			state,
		]
		.concat();
		let raw: marketplace::job::JobRecord<AccountId> = stored("ModelMarketplace", "Jobs", bytes);
		let marketplace::job::JobRecord::Live(raw) = raw else { panic!("a living job") };
		let job = Job::from(raw);
		assert_eq!((job.requester, job.quote, job.posted_at, job.held), (ACCOUNT, 11, 20, 14));
		assert_eq!((job.closes_at, job.due, job.deposit), (Some(41), None, 15));
		assert_eq!(job.nonce(), 4, "one has declined");
		let private = job.private.as_ref().expect("it was written");
		assert_eq!((private.decline_fee, private.declines_left), (5, 2));
		assert_eq!(private.declined, [AccountId([9; 32])]);
		let taken = private.taken.expect("it was written");
		assert_eq!(taken.agreement.encode(), [6; 32]);
		assert_eq!((taken.opening_key, taken.opened), ([7; 32], true));
		assert_eq!((job.lock_deadline(), job.deadline(), job.max_price()), (40, 50, 9));
		assert_eq!((job.offer.issuer_fee, job.offer.miner_bond, job.offer.redundancy), (5, 3, 2));
		assert_eq!((job.offer.allow_list.len(), job.offer.proof_required), (1, true));
		let shown: Vec<_> = job.locks.iter().map(|lock| (lock.price, lock.delivery)).collect();
		let output = Blob { digest: [9; 32], size: 7 };
		let expected = [
			(4, Delivery::Nothing),
			(5, Delivery::Committed([9; 32])),
			(6, Delivery::Delivered(output)),
		];
		assert_eq!(shown, expected);
		job.state
	}

	#[test]
	fn a_live_job_is_read_as_it_is_written() {
		let nullifier = FieldBytes([5; 32]);
		let receipt = AcceptedReceipt { miner: ACCOUNT, issuer: ACCOUNT, amount: 6, nullifier };
		let verdict = Verdict::Found(Finding::Right { candidate: 1, amount: 4 });
		assert_eq!(live(vec![0]), JobState::Open);
		assert_eq!(live(vec![1]), JobState::Locked);
		assert_eq!(live((2u8, 60u64).encode()), JobState::Revealing { until: 60 });
		assert_eq!(live((3u8, 60u64).encode()), JobState::Delivered { until: 60 });
		assert_eq!(live(vec![4]), JobState::Disputed);
		let decided = JobState::Decided { verdict, members: vec![ACCOUNT] };
		assert_eq!(live((5u8, verdict, vec![ACCOUNT], true).encode()), decided);
		assert_eq!(live((6u8, receipt.clone()).encode()), JobState::Accepted(receipt));
		let summary = (ACCOUNT, 1u128, 2u128, None::<AccountId>, 3u128, 4u128);
		let judged = JobState::Judged { units: 5, borne: 6, until: 60 };
		assert_eq!(live((8u8, 5u64, 6u128, 60u64).encode()), judged);
		match live((7u8, summary, vec![(ACCOUNT, 8u128, 5u128)]).encode()) {
			JobState::Owed { summary, debts } => {
				assert_eq!((summary.amount, summary.royalties, summary.issuer), (1, 2, None));
				assert_eq!((summary.issuer_fee, summary.returned, debts[0].amount), (3, 4, 8));
			},
			state => panic!("{state:?}"),
		}
	}

	#[test]
	fn an_ended_job_is_read_as_it_is_written() {
		let ended = |end: Vec<u8>| {
			let head = (1u8, ACCOUNT, [6u8; 32], 9u64, [7u8; 32], Level::Basic, 2u128, 1u128);
			let head = (head, Some(8u64)).encode();
			let raw: marketplace::job::JobRecord<AccountId> =
				stored("ModelMarketplace", "Jobs", [head, end, vec![1]].concat());
			let marketplace::job::JobRecord::Ended(raw) = raw else { panic!("an ended job") };
			EndedJob::from(raw).end
		};
		let paid = End::Fulfilled { miner: ACCOUNT, amount: 5 };
		assert_eq!(ended((0u8, ACCOUNT, 5u128).encode()), paid);
		use crate::Cause::*;
		let causes = [
			Expired, NoIssuers, Stalled, Cancelled, Malformed, Wrong, Undecided, Unproven,
			NoCircuit,
		];
		for (index, cause) in (0u8..).zip(causes) {
			assert_eq!(ended(vec![1, index]), End::Refunded(cause));
		}
	}

	#[test]
	fn a_model_is_read_as_it_is_written() {
		let description = (
			(b"digits".to_vec(), 1u8, [1u8; 32], ([2u8; 32], None::<[u8; 32]>)),
			(Blob { digest: [3; 32], size: 4 }, b"uri".to_vec(), [5u8; 32]),
			(vec![8u32, 8], vec![10u32], None::<[u8; 32]>, None::<[u8; 32]>, 7u64),
			(vec![(ACCOUNT, 9u32)], 1u8, [6u8; 32]),
		);
		let terms = (Some(3u128), None::<u128>, None::<u128>, None::<u128>, 4u64);
		// The deposit is a ticket of an amount.
		let bytes = (ACCOUNT, description, terms, 2u32, Some([8u8; 32]), 3u8, 5u128).encode();
		let metadata = metadata();
		let storage = metadata.pallet_by_name("ModelMarketplace").unwrap().storage().unwrap();
		let ty = storage.entry_by_name("Models").unwrap().value_ty();
		// The ticket's own type is the runtime's business.
		let mut rest = bytes.as_slice();
		type Raw = marketplace::model::Model<AccountId, subxt::ext::scale_value::Value>;
		let raw = Raw::decode_as_type(&mut rest, ty, metadata.types()).unwrap();
		let model = Model::from(raw);
		assert_eq!((model.owner, model.version, model.successor), (ACCOUNT, 2, Some([8; 32])));
		assert_eq!(model.state, ModelState::Retired);
		assert_eq!((model.terms.plain, model.terms.latency), (Some(3), 4));
		let description = model.description;
		assert_eq!((&*description.name(), &*description.uri()), ("digits", "uri"));
		assert_eq!(description.kind, ModelKind::Convolutional);
		assert_eq!(description.royalties, [Royalty { payee: ACCOUNT, parts: 9 }]);
		assert_eq!((description.item_bytes(), description.royalty_parts()), (64, 9));
		assert_eq!(description.origin, Origin::VersionOf([6; 32]));
	}

	#[test]
	fn what_was_seen_of_a_model_is_read_as_it_is_written() {
		let bytes = (
			(1u64, 2u32, 3u32, 4u128, 5u32, 6u32, 7u32),
			[1u32, 2, 3, 4, 5],
			(Vec::<(u64, u32)>::new(), 0u8),
		)
			.encode();
		let raw: marketplace::model::Activity = stored("ModelMarketplace", "Activities", bytes);
		let expected = Activity {
			registration: 1,
			live_jobs: 2,
			royalties_due: 4,
			fulfilled: 5,
			proofs_verified: 6,
			proofs_missed: 7,
			ratings: [1, 2, 3, 4, 5],
		};
		assert_eq!(Activity::from(raw), expected);
	}

	#[test]
	fn a_miner_is_read_as_it_is_written() {
		let (hot, next) = (AccountId([1; 32]), AccountId([2; 32]));
		let bytes = (
			(hot, Some((next, 9u64)), 100u128, 30u128, 2u32, 5u128),
			vec![(7u128, 11u64)],
			(12u64, 13u64, 14u64, 15u64),
			(0u8, 16u32, true),
		)
			.encode();
		let record: miners::Miner<AccountId> = stored("Miners", "Miners", bytes);
		let profile = (
			(vec![[3u8; 32]], vec![1u8], 17u64, 18u64, vec![[4u8; 32]], b"eu".to_vec()),
			b"http://m".to_vec(),
		)
			.encode();
		let profile: miners::Profile = stored("Miners", "Profiles", profile);
		let MinerInfo { record, capabilities, endpoint } =
			answers::MinerInfo { record, profile }.into();
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
			largest_model: 18,
			fhe_parameters: vec![[4; 32]],
			region: b"eu".to_vec(),
		};
		assert_eq!((capabilities, endpoint), (expected, b"http://m".to_vec()));
		let standing = answers::Standing { fulfilled: 1, late: 2, slashed: 3 };
		assert_eq!(Standing::from(standing), Standing { fulfilled: 1, late: 2, slashed: 3 });
		let statistics = answers::Statistics { count: 4, min: 1, median: 2, max: 3 };
		let expected = Statistics { count: 4, min: 1, median: 2, max: 3 };
		assert_eq!(Statistics::from(statistics), expected);
	}

	#[test]
	fn a_panel_is_read_as_it_is_written() {
		let finding = MemberFinding::Right { candidate: 0, amount: 5 };
		let case = (
			vec![(ACCOUNT, Blob { digest: [2; 32], size: 3 })],
			(1u8, Some([4u8; 32]), 6u64, 8u64, None::<[u8; 32]>),
			vec![ACCOUNT],
			7u128,
		)
			.encode();
		let case: panels::Case<AccountId> = stored("Panel", "Cases", case);
		let members = vec![(ACCOUNT, 0u8, (2u8, finding))];
		let bytes =
			((10u128, 11u128, 12u128), (1u8, 2u8, 1u8), (1u8, 13u64, 14u64), members).encode();
		let panel: panels::Panel<AccountId> = stored("Panel", "Panels", bytes);
		let panel = Panel::from(answers::PanelInfo { case, panel, seats: 7 });
		let Case { candidates, needs, barred, max_amount } = &panel.case;
		assert_eq!((candidates[0].miner, candidates[0].output.size), (ACCOUNT, 3));
		assert_eq!((needs.constraints, needs.model_size), (6, 8));
		assert_eq!((barred.len(), *max_amount), (1, 7));
		assert_eq!((panel.stakes.dissent, panel.seats, panel.round), (12, 7, Round::Second));
		assert_eq!((panel.draws, panel.failed), (2, 1));
		assert_eq!(panel.phase, Phase::Sitting { commits_until: 13, reveals_until: 14 });
		assert_eq!(panel.members[0].progress, Progress::Revealed(finding));

		let progress = panels::Progress::Committed([9; 32]);
		let (commits_until, reveals_until) = (30, 40);
		let duty = answers::Duty { job: 21, draw: 1, commits_until, reveals_until, progress };
		let progress = Progress::Committed([9; 32]);
		let expected = Duty { job: 21, draw: 1, commits_until, reveals_until, progress };
		assert_eq!(Duty::from(duty), expected);
	}
}
