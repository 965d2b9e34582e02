//! The chain's state at one block.

use crate::{
	api::{
		self,
		runtime_types::{
			frame_support::view_functions::ViewFunctionId,
			pallet_model_marketplace::types as jobs,
			pallet_zk_receipts::types::{self as receipts, DryRunError},
			quittance_types::job,
		},
	},
	chain::At,
	AccountId, Block, Chain, ClientError, Event, Refusal,
};
use futures::{StreamExt, TryStreamExt};
use quittance_groth16::VerifyError;
use quittance_types::{
	AcceptedReceipt, Blob, CircuitId, CircuitKind, Digest, FieldBytes, IssuerKeys, JobId, JobTime,
	Level, ModelId, Payment, Receipt, Setup,
};
use subxt::{
	ext::codec::{DecodeAll, Encode},
	utils::Static,
};

/// Most records that one call reads.
pub const MAX_PAGE: u32 = 256;

/// Reads under way at once when several records are read by their keys.
const CONCURRENT_READS: usize = 16;

/// A job. Amounts are in the chain's smallest unit, times in job time.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Job {
	/// Who posted it.
	pub requester: AccountId,
	/// The model asked for.
	pub model: ModelId,
	/// The input.
	pub input: Blob,
	/// The level at which a receipt is accepted.
	pub level: Level,
	/// The circuit of its proof, for levels that have one.
	pub circuit: Option<CircuitId>,
	/// Who may sign, in the order of the tree.
	pub issuers: Vec<AccountId>,
	/// What the signing issuer earns.
	pub issuer_fee: u128,
	/// How the miner is paid.
	pub payment: Payment,
	/// What is still held for miner and issuer.
	pub held: u128,
	/// What is held as the record's deposit.
	pub deposit: u128,
	/// When it was posted.
	pub posted_at: JobTime,
	/// Until when a receipt is accepted, as posted. [`View::deadline`] is the one in force.
	pub deadline: JobTime,
	/// How many times the job was locked.
	pub lock_counter: u64,
	/// Where it stands.
	pub state: JobState,
}

impl Job {
	/// The most the miner can be paid.
	pub fn max_price(&self) -> u128 {
		let Payment::Held { max_price } = self.payment;
		max_price
	}

	/// Whether it waits for a receipt.
	pub fn is_open(&self) -> bool {
		self.state == JobState::Open
	}

	/// Whether it was paid or refunded.
	pub fn ended(&self) -> bool {
		matches!(self.state, JobState::Fulfilled(_) | JobState::Refunded)
	}
}

/// Where a job stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum JobState {
	/// Waiting for a receipt.
	Open,
	/// A receipt was accepted, its payment has yet to succeed.
	Accepted(AcceptedReceipt<AccountId>),
	/// Paid.
	Fulfilled(AcceptedReceipt<AccountId>),
	/// The requester has its money back.
	Refunded,
}

/// A registered model.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Model {
	/// Who registered it.
	pub owner: AccountId,
	/// Its name. What is not UTF-8 in it is replaced.
	pub name: String,
	/// blake2b-256 of the architecture.
	pub architecture: Digest,
	/// SHA-256 of the weights.
	pub weights: [u8; 32],
	/// The file a miner runs.
	pub blob: Blob,
	/// Where the file can be found. What is not UTF-8 in it is replaced.
	pub uri: String,
	/// Digest of the licence's text.
	pub licence: Digest,
	/// Whether it takes no new jobs.
	pub retired: bool,
	/// Number of jobs that ask for it and have not ended.
	pub live_jobs: u32,
}

/// A registered circuit, without its key.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Circuit {
	/// Who registered it.
	pub owner: AccountId,
	/// What its proofs are used for.
	pub kind: CircuitKind,
	/// What its public signals mean.
	pub schema: Vec<u8>,
	/// Where the key's randomness came from.
	pub setup: Setup,
	/// Whether governance vouches for the passport.
	pub approved: bool,
	/// Whether submissions and new jobs are refused until it is lifted.
	pub paused: bool,
	/// Whether its owner lets it end: no new jobs.
	pub retired: bool,
}

/// Where an issuer stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum IssuerState {
	/// Waiting for admission.
	Pending,
	/// In office.
	Active,
	/// Takes no new jobs, signs on for those that name it.
	Resigned {
		/// Since when.
		at: JobTime,
	},
	/// Removed for good.
	Removed {
		/// When.
		at: JobTime,
	},
}

impl IssuerState {
	/// Whether its signatures count.
	pub fn in_office(&self) -> bool {
		matches!(self, Self::Active | Self::Resigned { .. })
	}
}

/// An issuer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Issuer {
	/// Both keys.
	pub keys: IssuerKeys,
	/// Leaf of its BabyJubJub key while it is in office.
	pub leaf: FieldBytes,
	/// Where it stands.
	pub state: IssuerState,
	/// What is held from it, in the chain's smallest unit.
	pub bond: u128,
}

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

/// The runtime's own limits. Times in job time, amounts in the chain's smallest unit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
	/// Longest time from a job's post to its deadline.
	pub max_timeout: JobTime,
	/// By how much the deadline moves when an accepted issuer is removed.
	pub removal_extension: JobTime,
	/// Longest time from a job's deadline to its receipt's expiry.
	pub receipt_lifetime: JobTime,
	/// Deposit for a job's record.
	pub job_deposit: u128,
	/// What an issuer has at stake.
	pub issuer_bond: u128,
	/// The least an account may hold.
	pub existential_deposit: u128,
}

/// Outcome of [`View::dry_run_verify`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum DryRun {
	/// The proof proves the statement.
	Valid,
	/// No circuit has this id.
	UnknownCircuit,
	/// The verifier refuses.
	Refused(VerifyError),
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

	/// Job time at this block: its number, while nothing on the chain stops the clock.
	pub fn job_time(&self) -> JobTime {
		self.block.number
	}

	/// Index of the receipts pallet in the runtime, which is part of a receipt's header.
	pub fn receipts_pallet(&self) -> Result<u8, ClientError> {
		let pallet = self.at.metadata_ref().pallet_by_name("ZkReceipts");
		pallet
			.map(|pallet| pallet.call_index())
			.ok_or_else(|| ClientError::Incompatible("the runtime verifies no receipts".to_owned()))
	}

	/// The runtime's limits.
	pub fn limits(&self) -> Result<Limits, ClientError> {
		let constants = self.at.constants();
		let marketplace = || api::constants().model_marketplace();
		let receipts = || api::constants().zk_receipts();
		Ok(Limits {
			max_timeout: constants
				.entry(marketplace().max_timeout())
				.map_err(ClientError::chain)?,
			removal_extension: constants
				.entry(marketplace().removal_extension())
				.map_err(ClientError::chain)?,
			receipt_lifetime: constants
				.entry(receipts().receipt_lifetime())
				.map_err(ClientError::chain)?,
			job_deposit: constants
				.entry(marketplace().job_deposit())
				.map_err(ClientError::chain)?,
			issuer_bond: constants.entry(receipts().issuer_bond()).map_err(ClientError::chain)?,
			existential_deposit: constants
				.entry(api::constants().balances().existential_deposit())
				.map_err(ClientError::chain)?,
		})
	}

	/// Number of the next job.
	pub async fn next_job(&self) -> Result<JobId, ClientError> {
		let next = self
			.at
			.storage()
			.fetch(api::storage().model_marketplace().next_job(), ())
			.await
			.map_err(ClientError::chain)?;
		next.decode().map_err(ClientError::chain)
	}

	/// A job; `None` for a number never given out or removed.
	pub async fn job(&self, job: JobId) -> Result<Option<Job>, ClientError> {
		let record = self
			.at
			.storage()
			.try_fetch(api::storage().model_marketplace().jobs(), (job,))
			.await
			.map_err(ClientError::chain)?;
		record.map(|record| Ok(record.decode().map_err(ClientError::chain)?.into())).transpose()
	}

	/// Jobs in the order of their numbers, starting at `from`: those still recorded among the next
	/// `limit` numbers, at most [`MAX_PAGE`].
	pub async fn jobs(&self, from: JobId, limit: u32) -> Result<Vec<(JobId, Job)>, ClientError> {
		let end = self.next_job().await?.min(from.saturating_add(limit.min(MAX_PAGE).into()));
		futures::stream::iter(from..end)
			.map(|id| async move { Ok(self.job(id).await?.map(|job| (id, job))) })
			.buffered(CONCURRENT_READS)
			.try_filter_map(|job| async { Ok(job) })
			.try_collect()
			.await
	}

	/// All jobs that have not ended and were posted so recently that a receipt can be accepted for
	/// them, oldest first.
	///
	/// Looks back from the newest job to the first one too old, so that the cost is bounded by how
	/// many jobs can be posted in that time, not by the chain's age.
	pub async fn live_jobs(&self) -> Result<Vec<(JobId, Job)>, ClientError> {
		let limits = self.limits()?;
		let longest = limits.max_timeout.saturating_add(limits.removal_extension);
		let oldest = self.job_time().saturating_sub(longest);
		let mut end = self.next_job().await?;
		let mut live = Vec::new();
		while end > 0 {
			let from = end.saturating_sub(MAX_PAGE.into());
			let page = self.jobs(from, MAX_PAGE).await?;
			let too_old = page.iter().any(|(_, job)| job.posted_at < oldest);
			let newer = page.into_iter().filter(|(id, _)| *id < end).rev();
			live.extend(newer.filter(|(_, job)| !job.ended() && job.posted_at >= oldest));
			end = if too_old { 0 } else { from };
		}
		live.reverse();
		Ok(live)
	}

	/// Those of [`View::live_jobs`] that wait for a receipt.
	pub async fn open_jobs(&self) -> Result<Vec<(JobId, Job)>, ClientError> {
		let live = self.live_jobs().await?;
		Ok(live.into_iter().filter(|(_, job)| job.is_open()).collect())
	}

	/// A job's deadline in force: later than the posted one where an accepted issuer was removed.
	pub async fn deadline(&self, job: JobId) -> Result<Option<JobTime>, ClientError> {
		let answer = self.view_function("ModelMarketplace", "deadline", job.encode()).await?;
		Option::decode_all(&mut answer.as_slice())
			.map_err(|error| ClientError::Unexpected(format!("deadline: {error}")))
	}

	/// Calls a pallet's view function with encoded arguments.
	///
	/// The library's own call leaves out the length before the arguments and the result around the
	/// answer (frame-decode 0.18.1), which the runtime refuses. So the runtime API behind it is
	/// called, under the function's id, which is a hash of its name and types: one whose types
	/// changed is not found.
	async fn view_function(
		&self,
		pallet: &str,
		function: &str,
		arguments: Vec<u8>,
	) -> Result<Vec<u8>, ClientError> {
		let unknown = || {
			ClientError::Incompatible(format!(
				"the runtime has no view function {pallet}.{function}"
			))
		};
		let query = self
			.at
			.metadata_ref()
			.pallet_by_name(pallet)
			.and_then(|pallet| pallet.view_function_by_name(function))
			.ok_or_else(unknown)?;
		let (prefix, suffix) = query.query_id().split_at(16);
		let id = ViewFunctionId {
			prefix: prefix.try_into().map_err(|_| unknown())?,
			suffix: suffix.try_into().map_err(|_| unknown())?,
		};
		let call = api::runtime_apis().runtime_view_function().execute_view_function(id, arguments);
		let answer = self.at.runtime_apis().call(call).await.map_err(ClientError::chain)?;
		answer.map_err(|error| ClientError::Unexpected(format!("{pallet}.{function}: {error:?}")))
	}

	/// A model.
	pub async fn model(&self, model: &ModelId) -> Result<Option<Model>, ClientError> {
		let record = self
			.at
			.storage()
			.try_fetch(api::storage().model_marketplace().models(), (*model,))
			.await
			.map_err(ClientError::chain)?;
		record.map(|record| Ok(record.decode().map_err(ClientError::chain)?.into())).transpose()
	}

	/// At most `limit` models and at most [`MAX_PAGE`], in the order of their ids.
	pub async fn models(&self, limit: u32) -> Result<Vec<(ModelId, Model)>, ClientError> {
		let entries = self
			.at
			.storage()
			.iter(api::storage().model_marketplace().models(), ())
			.await
			.map_err(ClientError::chain)?;
		entries
			.take(page(limit))
			.map(|entry| {
				let entry = entry.map_err(ClientError::chain)?;
				let (id,) = entry.key().and_then(|key| key.decode()).map_err(ClientError::chain)?;
				Ok((id, entry.value().decode().map_err(ClientError::chain)?.into()))
			})
			.try_collect()
			.await
	}

	/// A circuit.
	pub async fn circuit(&self, circuit: &CircuitId) -> Result<Option<Circuit>, ClientError> {
		let record = self
			.at
			.storage()
			.try_fetch(api::storage().zk_receipts().circuits(), (*circuit,))
			.await
			.map_err(ClientError::chain)?;
		record.map(|record| Ok(record.decode().map_err(ClientError::chain)?.into())).transpose()
	}

	/// At most `limit` circuits and at most [`MAX_PAGE`], in the order of their ids.
	pub async fn circuits(&self, limit: u32) -> Result<Vec<(CircuitId, Circuit)>, ClientError> {
		let entries = self
			.at
			.storage()
			.iter(api::storage().zk_receipts().circuits(), ())
			.await
			.map_err(ClientError::chain)?;
		entries
			.take(page(limit))
			.map(|entry| {
				let entry = entry.map_err(ClientError::chain)?;
				let (id,) = entry.key().and_then(|key| key.decode()).map_err(ClientError::chain)?;
				Ok((id, entry.value().decode().map_err(ClientError::chain)?.into()))
			})
			.try_collect()
			.await
	}

	/// How many live jobs name a circuit.
	pub async fn circuit_jobs(&self, circuit: &CircuitId) -> Result<u32, ClientError> {
		let jobs = self
			.at
			.storage()
			.try_fetch(api::storage().zk_receipts().references(), (*circuit,))
			.await
			.map_err(ClientError::chain)?;
		jobs.map_or(Ok(0), |jobs| jobs.decode().map_err(ClientError::chain))
	}

	/// The verifying key of a circuit, in its only encoding.
	pub async fn circuit_key(&self, circuit: &CircuitId) -> Result<Option<Vec<u8>>, ClientError> {
		let record = self
			.at
			.storage()
			.try_fetch(api::storage().zk_receipts().keys(), (*circuit,))
			.await
			.map_err(ClientError::chain)?;
		record.map(|record| Ok(record.decode().map_err(ClientError::chain)?.0)).transpose()
	}

	/// An issuer.
	pub async fn issuer(&self, account: &AccountId) -> Result<Option<Issuer>, ClientError> {
		let record = self
			.at
			.storage()
			.try_fetch(api::storage().zk_receipts().issuers(), (*account,))
			.await
			.map_err(ClientError::chain)?;
		record.map(|record| Ok(record.decode().map_err(ClientError::chain)?.into())).transpose()
	}

	/// At most `limit` issuers and at most [`MAX_PAGE`], in no particular order.
	pub async fn issuers(&self, limit: u32) -> Result<Vec<(AccountId, Issuer)>, ClientError> {
		let entries = self
			.at
			.storage()
			.iter(api::storage().zk_receipts().issuers(), ())
			.await
			.map_err(ClientError::chain)?;
		entries
			.take(page(limit))
			.map(|entry| {
				let entry = entry.map_err(ClientError::chain)?;
				let (id,) = entry.key().and_then(|key| key.decode()).map_err(ClientError::chain)?;
				Ok((id, entry.value().decode().map_err(ClientError::chain)?.into()))
			})
			.try_collect()
			.await
	}

	/// Whether a receipt with this nullifier and this expiry was accepted for the job.
	pub async fn is_spent(
		&self,
		job: JobId,
		nullifier: FieldBytes,
		expires_at: JobTime,
	) -> Result<bool, ClientError> {
		let group = self
			.at
			.constants()
			.entry(api::constants().zk_receipts().nullifier_group())
			.map_err(ClientError::chain)?;
		// The runtime's integrity test refuses a length of zero.
		let group = expires_at.checked_div(group).unwrap_or(expires_at);
		let record = self
			.at
			.storage()
			.try_fetch(api::storage().zk_receipts().nullifiers(), (group, (job, Static(nullifier))))
			.await
			.map_err(ClientError::chain)?;
		Ok(record.is_some())
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

	/// What the chain would say to this receipt, sent by `miner`, in the next block.
	pub async fn dry_run_receipt(
		&self,
		miner: &AccountId,
		job: JobId,
		receipt: &Receipt<AccountId>,
	) -> Result<(), ClientError> {
		let call = api::runtime_apis().receipts_api().dry_run_receipt(
			*miner,
			job,
			Static(receipt.clone()),
		);
		let verdict = self.at.runtime_apis().call(call).await.map_err(ClientError::chain)?;
		verdict.map_err(|error| ClientError::Refused(Refusal::new(self.at.metadata_ref(), &error)))
	}

	/// What the chain's verifier says of a proof under a registered circuit.
	pub async fn dry_run_verify(
		&self,
		circuit: &CircuitId,
		proof: Vec<u8>,
		inputs: Vec<FieldBytes>,
	) -> Result<DryRun, ClientError> {
		let inputs = inputs.into_iter().map(Static).collect();
		let call = api::runtime_apis().receipts_api().dry_run_verify(*circuit, proof, inputs);
		let verdict = self.at.runtime_apis().call(call).await.map_err(ClientError::chain)?;
		Ok(match verdict {
			Ok(()) => DryRun::Valid,
			Err(DryRunError::UnknownCircuit) => DryRun::UnknownCircuit,
			Err(DryRunError::Refused(error)) => DryRun::Refused(error.0),
		})
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

fn page(limit: u32) -> usize {
	// At most 256, which fits any platform's index.
	limit.min(MAX_PAGE) as usize
}

impl From<jobs::Job<AccountId>> for Job {
	fn from(job: jobs::Job<AccountId>) -> Self {
		Self {
			requester: job.requester,
			model: job.model,
			input: job.input.0,
			level: job.level.0,
			circuit: job.circuit,
			issuers: job.issuers.0,
			issuer_fee: job.issuer_fee,
			payment: job.payment.0,
			held: job.held,
			deposit: job.deposit,
			posted_at: job.posted_at,
			deadline: job.deadline,
			lock_counter: job.lock_counter,
			state: match job.state {
				jobs::JobState::Open => JobState::Open,
				jobs::JobState::Accepted(receipt) => JobState::Accepted(accepted(receipt)),
				jobs::JobState::Fulfilled(receipt) => JobState::Fulfilled(accepted(receipt)),
				jobs::JobState::Refunded => JobState::Refunded,
			},
		}
	}
}

fn accepted(receipt: job::AcceptedReceipt<AccountId>) -> AcceptedReceipt<AccountId> {
	let job::AcceptedReceipt { miner, issuer, amount, nullifier } = receipt;
	AcceptedReceipt { miner, issuer, amount, nullifier: nullifier.0 }
}

impl<Ticket> From<jobs::Model<AccountId, Ticket>> for Model {
	fn from(model: jobs::Model<AccountId, Ticket>) -> Self {
		Self {
			owner: model.owner,
			name: String::from_utf8_lossy(&model.name.0).into_owned(),
			architecture: model.architecture,
			weights: model.weights,
			blob: model.blob.0,
			uri: String::from_utf8_lossy(&model.uri.0).into_owned(),
			licence: model.licence,
			retired: matches!(model.state, jobs::ModelState::Retired),
			live_jobs: model.live_jobs,
		}
	}
}

impl<Ticket> From<receipts::Circuit<AccountId, Ticket>> for Circuit {
	fn from(circuit: receipts::Circuit<AccountId, Ticket>) -> Self {
		Self {
			owner: circuit.owner,
			kind: circuit.kind.0,
			schema: circuit.schema.0,
			setup: circuit.setup.0,
			approved: circuit.approved,
			paused: circuit.paused,
			retired: circuit.retired,
		}
	}
}

impl From<receipts::Issuer<u128>> for Issuer {
	fn from(issuer: receipts::Issuer<u128>) -> Self {
		Self {
			keys: issuer.keys.0,
			leaf: issuer.leaf.0,
			state: match issuer.state {
				receipts::IssuerState::Pending => IssuerState::Pending,
				receipts::IssuerState::Active => IssuerState::Active,
				receipts::IssuerState::Resigned { at } => IssuerState::Resigned { at },
				receipts::IssuerState::Removed { at } => IssuerState::Removed { at },
			},
			bond: issuer.bond,
		}
	}
}
