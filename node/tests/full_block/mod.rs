//! A block as full of receipts as its weight and length allow, built and executed by the runtime's
//! Wasm. For the test `full_block_time` and the benchmarks `receipts-per-block` and
//! `receipts-finalised`; the latter and the test `attestations` have the chain's jobs in the genesis of a node.
//!
//! The chain is that of the preset `development`. Its first block registers a circuit, a model,
//! issuers and a miner, posts the jobs and locks them; the second is the full one: after the timestamp,
//! batches of 32 basic receipts by the miner's hot key until the runtime refuses the next for want of room,
//! then smaller ones, since each says beforehand what it costs if a proof is false. All jobs accept the
//! same issuers. Every proof is a valid one of the simulator, every receipt is accepted and paid.
//!
//! What is timed is the runtime's part, as in a node: the compiled Wasm with the node's host
//! functions, including the root of the state. Left out are the database, since the state is in
//! memory, the author's seal, and what the node does with a block besides.
//!
//! The tests' runtime has slots of 2 s (`fast-runtime`). A full block has the same weight and
//! length in both, so that count and times hold for the real one with slots of [`SLOT_SECONDS`].

use codec::{DecodeAll, Encode};
use frame_support::{
	dispatch::DispatchClass,
	traits::{fungible::Mutate, Get, PalletInfoAccess},
	weights::Weight,
};
use pallet_miners::{Capabilities, Endpoint};
use pallet_model_marketplace::{
	AcceptedIssuers, AllowList, Description, End, ModelKind, Name, Offer, Origin, Royalties, Shape,
	Terms, Uri, WeightsCommitment,
};
use pallet_zk_receipts::{KeyBytes, Possession, ReceiptBatch, Schema, MAX_BATCH_RECEIPTS};
use polkadot_sdk::*;
use quittance_babyjubjub::{prove_possession, SecretKey};
use quittance_groth16::simulator::Trapdoor;
use quittance_host_functions::Host;
use quittance_runtime as runtime;
use quittance_types::{
	blake2_256, circuit_id, hot_key_message, issuer_root, BasicClaims, BasicReceipt, Blob,
	CircuitId, CircuitKind, Header as ReceiptHeader, IssuerKeys, JobId, Jobs, Level, Mode, ModelId,
	Payment, PriceRamp, Receipt, Setup, Subject, BASIC_INPUTS,
};
use runtime::{
	configs::governance::parameters::jobs::MinimumLockBond,
	constants::{
		block::{MAXIMUM_BLOCK_LENGTH, MAXIMUM_BLOCK_WEIGHT},
		currency::QTC,
		time::{DAYS, SLOT_MILLIS},
	},
	presets, signing, AccountId, Balance, Balances, Block, BlockNumber, Executive, Hash, Header,
	Miners, ModelMarketplace, Runtime, RuntimeCall, RuntimeEvent, RuntimeGenesisConfig,
	RuntimeOrigin, System, UncheckedExtrinsic, ZkReceipts,
};
use sc_executor::WasmExecutor;
use sp_consensus_babe::{
	digests::{PreDigest, SecondaryPlainPreDigest},
	BABE_ENGINE_ID,
};
use sp_core::{
	sr25519,
	traits::{CallContext, CodeExecutor, RuntimeCode, WrappedRuntimeCode},
	Pair,
};
use sp_io::{storage, TestExternalities};
use sp_keyring::Sr25519Keyring;
use sp_runtime::{
	traits::Header as _,
	transaction_validity::{InvalidTransaction, TransactionValidityError},
	ApplyExtrinsicResult, BuildStorage, Digest, DigestItem,
};
use std::{
	fmt,
	ops::Range,
	time::{Duration, Instant},
};

/// Length of a slot of the real chain.
const SLOT_SECONDS: u32 = 6;

/// The slot of the first block. Long after any genesis.
const SLOT: u64 = 300_000_000;

/// More jobs than a block is long enough for receipts: a batch of 32 has 18 KiB of 3.75 MiB.
const JOBS: u32 = 220 * MAX_BATCH_RECEIPTS;

/// Accounts that post the jobs, in turn.
const REQUESTERS: u32 = 50;

/// Does all the work and is paid. Neither a requester nor an issuer.
const MINER: Sr25519Keyring = Sr25519Keyring::Charlie;

/// Locks the jobs and signs all batches.
const HOT_KEY: Sr25519Keyring = Sr25519Keyring::Ferdie;

/// An issuer of the preset, and the only one of a job that accepts one.
pub const ISSUER: Sr25519Keyring = Sr25519Keyring::Dave;

/// Registers circuit and model.
const OWNER: Sr25519Keyring = Sr25519Keyring::Bob;

/// The host functions of the node, which is a program and has no library to take them from.
#[cfg(not(feature = "runtime-benchmarks"))]
type HostFunctions = (sp_io::SubstrateHostFunctions, quittance_host_functions::HostFunctions);
#[cfg(feature = "runtime-benchmarks")]
type HostFunctions = (
	sp_io::SubstrateHostFunctions,
	quittance_host_functions::HostFunctions,
	frame_benchmarking::benchmarking::HostFunctions,
);

/// The runtime's Wasm. Compiled with the first call, once for all clones.
#[derive(Clone)]
pub struct Wasm {
	executor: WasmExecutor<HostFunctions>,
	code: &'static [u8],
	hash: Vec<u8>,
}

impl Wasm {
	/// This build's runtime.
	pub fn new() -> Self {
		let code = runtime::WASM_BINARY.expect("the runtime is built (no SKIP_WASM_BUILD)");
		let hash = blake2_256(code).to_vec();
		Self { executor: WasmExecutor::builder().build(), code, hash }
	}

	/// The answer of a runtime API, and the time it took.
	fn call(
		&self,
		state: &mut TestExternalities,
		method: &str,
		data: &[u8],
	) -> (Vec<u8>, Duration) {
		let fetcher = WrappedRuntimeCode(self.code.into());
		let code =
			RuntimeCode { code_fetcher: &fetcher, heap_pages: None, hash: self.hash.clone() };
		// An author's calls have a smaller heap, for which the code would be compiled anew.
		let context = CallContext::Onchain { import: true };
		let mut state = state.ext();
		let start = Instant::now();
		let (answer, _) = self.executor.call(&mut state, &code, method, data, context);
		let elapsed = start.elapsed();
		(answer.unwrap_or_else(|error| panic!("{method}: {error}")), elapsed)
	}
}

/// A full block, the chain it belongs to, and the runtime.
pub struct FullBlock {
	wasm: Wasm,
	/// The state after the block before, and the changes of what was called last.
	state: TestExternalities,
	/// What an author knows of the header to begin with.
	opening: Header,
	block: Block,
	receipts: u32,
	weight: Weight,
}

impl FullBlock {
	/// Makes the chain and fills the block. Each job accepts so many issuers, 1 to 16.
	pub fn new(wasm: &Wasm, issuers: u32) -> Self {
		let mut state = new_chain(wasm);
		let (parent, circuit) = state.execute_with(|| first_block(issuers));
		state.commit_all().expect("no storage transaction is open");
		let opening = opening(2, parent);
		let mut full = Self {
			wasm: wasm.clone(),
			state,
			block: Block { header: opening.clone(), extrinsics: vec![set_time(SLOT + 1)] },
			opening,
			receipts: 0,
			weight: Weight::zero(),
		};
		full.fill(&circuit);
		full.build();
		full.check();
		full
	}

	/// How many receipts there are in the block.
	pub fn receipts(&self) -> u32 {
		self.receipts
	}

	/// Builds the block on the state before it and returns the time of an author's calls.
	pub fn build(&mut self) -> Duration {
		let mut time = self.begin();
		for extrinsic in &self.block.extrinsics {
			let applied = apply(&self.wasm, &mut self.state, extrinsic);
			time += applied.expect("it fitted into the block before");
		}
		let (header, elapsed) = self.wasm.call(&mut self.state, "BlockBuilder_finalize_block", &[]);
		self.block.header = Header::decode_all(&mut &header[..]).expect("a header");
		time + elapsed
	}

	/// Executes the block on the state before it, as all other nodes do, and returns the time. The
	/// runtime panics unless it arrives at the author's header.
	pub fn execute(&mut self) -> Duration {
		self.state.reset_overlay();
		let block = self.block.encode();
		self.wasm.call(&mut self.state, "Core_execute_block", &block).1
	}

	fn batches(&self) -> u32 {
		// The first extrinsic is the timestamp.
		u32::try_from(self.block.extrinsics.len() - 1).expect("one for a job at most")
	}

	fn begin(&mut self) -> Duration {
		self.state.reset_overlay();
		let header = self.opening.encode();
		self.wasm.call(&mut self.state, "Core_initialize_block", &header).1
	}

	/// Adds batches until there is no room for a single receipt.
	fn fill(&mut self, circuit: &Circuit) {
		self.begin();
		apply(&self.wasm, &mut self.state, &self.block.extrinsics[0]).expect("an empty block");
		let mut size = MAX_BATCH_RECEIPTS;
		while size > 0 {
			assert!(self.receipts + size <= JOBS, "a block holds more than the {JOBS} receipts");
			// Proofs are made only for as many batches as are tried.
			let jobs = self.receipts..self.receipts + size;
			let number = self.batches();
			let batch = self.state.execute_with(|| batch(number, jobs, circuit));
			// As an author does, so that a refused batch leaves nothing behind.
			self.state.execute_with(storage::start_transaction);
			if apply(&self.wasm, &mut self.state, &batch).is_some() {
				self.state.execute_with(storage::commit_transaction);
				self.block.extrinsics.push(batch);
				self.receipts += size;
			} else {
				self.state.execute_with(storage::rollback_transaction);
				size /= 2;
			}
		}
	}

	/// Looks at the state after the block: whether all receipts were accepted and paid.
	fn check(&mut self) {
		let receipts = self.receipts();
		self.weight = self.state.execute_with(|| {
			let mut accepted = 0;
			for record in System::read_events_no_consensus() {
				match record.event {
					RuntimeEvent::ZkReceipts(pallet_zk_receipts::Event::ReceiptAccepted {
						..
					}) => accepted += 1,
					RuntimeEvent::ZkReceipts(
						event @ pallet_zk_receipts::Event::ReceiptRefused { .. },
					) => panic!("{event:?}"),
					_ => (),
				}
			}
			assert_eq!(accepted, receipts);
			for job in 0..JobId::from(receipts) {
				let record = pallet_model_marketplace::Jobs::<Runtime>::get(job).expect("a job");
				let paid = record.ended().map(|job| matches!(job.end, End::Fulfilled { .. }));
				assert_eq!(paid, Some(true), "job {job} is not paid");
			}
			*System::block_weight().get(DispatchClass::Normal)
		});
	}
}

/// How much there is in the block, and which of its limits that is near to: 90 % are open to
/// transactions.
impl fmt::Display for FullBlock {
	fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
		let (receipts, batches) = (self.receipts(), self.batches());
		let per_second = f64::from(receipts) / f64::from(SLOT_SECONDS);
		let percent = |used: u64, limit: u64| 100.0 * used as f64 / limit as f64;
		let limit = MAXIMUM_BLOCK_WEIGHT;
		write!(
			f,
			"{receipts} receipts in {batches} batches, {per_second:.0} a second with a block every \
			 {SLOT_SECONDS} s; {:.1} % of a block's time, {:.1} % of its proof size, {:.1} % of its \
			 length",
			percent(self.weight.ref_time(), limit.ref_time()),
			percent(self.weight.proof_size(), limit.proof_size()),
			percent(self.block.extrinsics.encoded_size() as u64, MAXIMUM_BLOCK_LENGTH.into()),
		)
	}
}

/// Applies an extrinsic to the block begun and returns the time. `None` if it has no room for it.
fn apply(
	wasm: &Wasm,
	state: &mut TestExternalities,
	extrinsic: &UncheckedExtrinsic,
) -> Option<Duration> {
	let (answer, elapsed) = wasm.call(state, "BlockBuilder_apply_extrinsic", &extrinsic.encode());
	match ApplyExtrinsicResult::decode_all(&mut &answer[..]).expect("a result") {
		Ok(Ok(())) => Some(elapsed),
		Err(TransactionValidityError::Invalid(InvalidTransaction::ExhaustsResources)) => None,
		other => panic!("{other:?}"),
	}
}

/// The chain at its genesis.
pub fn new_chain(wasm: &Wasm) -> TestExternalities {
	let preset = presets::get_preset(&presets::DEVELOPMENT.into()).expect("the preset exists");
	let mut config = serde_json::to_value(RuntimeGenesisConfig::default()).expect("serialises");
	let patch = serde_json::from_slice(&preset).expect("a preset is JSON");
	sc_chain_spec::json_patch::merge(&mut config, patch);
	let config: RuntimeGenesisConfig = serde_json::from_value(config).expect("a genesis");
	TestExternalities::new_with_code(wasm.code, config.build_storage().expect("the genesis builds"))
}

/// The header with which the author of a block begins: Alice, the only validator, in one slot after
/// the other.
fn opening(number: BlockNumber, parent: Hash) -> Header {
	let slot = SLOT + u64::from(number) - 1;
	let pre_digest = PreDigest::SecondaryPlain(SecondaryPlainPreDigest {
		authority_index: 0,
		slot: slot.into(),
	});
	let digest = Digest { logs: vec![DigestItem::PreRuntime(BABE_ENGINE_ID, pre_digest.encode())] };
	Header::new(number, Default::default(), Default::default(), parent, digest)
}

fn set_time(slot: u64) -> UncheckedExtrinsic {
	let now = slot * SLOT_MILLIS;
	UncheckedExtrinsic::new_bare(RuntimeCall::Timestamp(pallet_timestamp::Call::set { now }))
}

/// A circuit whose proofs can be made without a witness.
pub struct Circuit {
	id: CircuitId,
	trapdoor: Trapdoor,
}

/// The first block, which is not timed: its calls are made directly, since no block has room for so
/// many as transactions. Returns its hash, and the circuit of the jobs.
fn first_block(issuers: u32) -> (Hash, Circuit) {
	Executive::initialize_block(&opening(1, System::block_hash(0)));
	Executive::apply_extrinsic(set_time(SLOT))
		.expect("the inherent is valid")
		.expect("the time is set");
	let issuers = (1..issuers).map(register_issuer).chain([ISSUER.to_account_id()]).collect();
	let circuit = post_jobs(JOBS, issuers);
	(Executive::finalize_block().hash(), circuit)
}

fn register_circuit() -> Circuit {
	let trapdoor = Trapdoor::new(BASIC_INPUTS as usize, 1);
	let key = KeyBytes::truncate_from(trapdoor.key().to_bytes());
	let (kind, schema, setup) = (CircuitKind::BasicReceipt, Schema::default(), Setup::Development);
	let id = circuit_id(&key, kind, &schema, &setup);
	let owner = RuntimeOrigin::signed(OWNER.to_account_id());
	ZkReceipts::register_circuit(owner, kind, key, schema, setup).expect("the circuit is sound");
	Circuit { id, trapdoor }
}

fn list_model() -> ModelId {
	let owner = OWNER.to_account_id();
	let description = Description {
		name: Name::default(),
		kind: ModelKind::Dense,
		architecture: [1; 32],
		weights: WeightsCommitment { sha256: [2; 32], poseidon: None },
		blob: Blob { digest: [3; 32], size: 4_000 },
		uri: Uri::default(),
		licence: [4; 32],
		input_shape: Shape::truncate_from(vec![8, 8]),
		output_shape: Shape::truncate_from(vec![10]),
		quantisation: None,
		fhe_parameters: None,
		constraints: 0,
		royalties: Royalties::default(),
		origin: Origin::New,
	};
	let terms = Terms { plain: Some(QTC), ..Terms::default() };
	let model = ModelMarketplace::model_id(&owner, &description);
	let owner = || RuntimeOrigin::signed(OWNER.to_account_id());
	ModelMarketplace::register_model(owner(), Box::new(description), terms)
		.expect("the model is new");
	ModelMarketplace::list_model(owner(), model).expect("the owner lists it");
	model
}

/// Registers the miner with enough bond for so many locks.
fn register_miner(circuit: CircuitId, locks: u32) {
	let (miner, hot_key) = (MINER.to_account_id(), HOT_KEY.to_account_id());
	fund(&miner);
	let genesis = System::block_hash(0).0;
	let message = hot_key_message(&genesis, &miner.clone().into(), &hot_key.clone().into());
	let capabilities = Capabilities {
		circuits: vec![circuit].try_into().expect("one is not too many"),
		levels: vec![Level::Basic].try_into().expect("one is not too many"),
		max_constraints: 0,
		largest_model: u64::MAX,
		fhe_parameters: Default::default(),
		region: Default::default(),
	};
	let endpoint = Endpoint::truncate_from(b"https://miner.example/".to_vec());
	let bond = Balance::from(locks) * MinimumLockBond::get() + 1_000 * QTC;
	let (origin, possession) = (RuntimeOrigin::signed(miner), HOT_KEY.sign(&message).0);
	Miners::register(origin, hot_key, possession, bond, capabilities, endpoint)
		.expect("the miner holds the key");
}

/// Registers and admits an issuer, another for each number.
fn register_issuer(number: u32) -> AccountId {
	let seed = blake2_256(&("issuer", number).encode());
	let (pair, secret) = (sr25519::Pair::from_seed(&seed), SecretKey::from_seed(&seed));
	let account = AccountId::from(pair.public());
	fund(&account);
	let genesis = System::block_hash(0).0;
	let id: [u8; 32] = account.clone().into();
	let keys = IssuerKeys { sr25519: pair.public().0, babyjubjub: secret.public().to_bytes() };
	let possession = Possession {
		sr25519: pair.sign(&keys.possession_message(&genesis, &id)).0,
		babyjubjub: prove_possession::<Host>(&genesis, &id, &keys.sr25519, &secret).to_bytes(),
	};
	ZkReceipts::register_issuer(RuntimeOrigin::signed(account.clone()), keys, possession)
		.expect("the issuer holds its keys");
	ZkReceipts::admit_issuer(RuntimeOrigin::root(), account.clone(), keys)
		.expect("the issuer is registered");
	account
}

fn fund(account: &AccountId) {
	Balances::mint_into(account, 100_000 * QTC).expect("the issuance is far from its limit");
}

/// Registers circuit, model and miner, posts so many jobs, all of which accept these issuers, and locks
/// them.
pub fn post_jobs(jobs: u32, issuers: Vec<AccountId>) -> Circuit {
	let (circuit, model) = (register_circuit(), list_model());
	register_miner(circuit.id, jobs);
	let requesters: Vec<AccountId> = (0..REQUESTERS)
		.map(|number| AccountId::new(blake2_256(&("requester", number).encode())))
		.collect();
	requesters.iter().for_each(fund);
	let offer = Offer {
		model,
		mode: Mode::Plain,
		level: Level::Basic,
		circuit: Some(circuit.id),
		input: Blob { digest: [0; 32], size: 640 },
		input_commitment: None,
		issuers: AcceptedIssuers::truncate_from(issuers),
		issuer_fee: QTC,
		payment: Payment::Held { price: PriceRamp::flat(10 * QTC) },
		lock_timeout: DAYS.into(),
		timeout: DAYS.into(),
		miner_bond: MinimumLockBond::get(),
		redundancy: 1,
		allow_list: AllowList::default(),
		proof_required: false,
	};
	for (job, requester) in (0..jobs).zip(requesters.iter().cycle()) {
		let input = Blob { digest: blake2_256(&("input", job).encode()), size: 640 };
		let requester = RuntimeOrigin::signed(requester.clone());
		ModelMarketplace::post_job(requester, Box::new(Offer { input, ..offer.clone() }))
			.expect("the requester can pay");
		ModelMarketplace::lock_job(RuntimeOrigin::signed(HOT_KEY.to_account_id()), job.into())
			.expect("the miner's bond covers it");
	}
	circuit
}

/// The hot key's transaction of this number: the receipts of these jobs, 32 at most.
pub fn batch(number: u32, jobs: Range<u32>, circuit: &Circuit) -> UncheckedExtrinsic {
	let receipts = jobs.map(|job| (job.into(), receipt(job.into(), circuit))).collect();
	let receipts = ReceiptBatch::truncate_from(receipts);
	let call = pallet_zk_receipts::Call::submit_receipt_batch { receipts };
	signing::signed(HOT_KEY, System::block_hash(0), number, RuntimeCall::ZkReceipts(call))
}

/// The true receipt of a job, for a little less than it pays at most, so that the requester gets
/// something back.
fn receipt(job: JobId, circuit: &Circuit) -> Receipt<AccountId> {
	let miner = MINER.to_account_id();
	let genesis = System::block_hash(0).0;
	let facts = ModelMarketplace::facts(job, &miner).expect("the job was posted");
	let subject = Subject {
		genesis,
		job,
		requester: facts.requester.into(),
		miner: miner.clone().into(),
		model: facts.model,
		input: facts.input,
	};
	let subject = subject.hash::<Host>();
	let leaf = |issuer: &AccountId| {
		let record = pallet_zk_receipts::Issuers::<Runtime>::get(issuer).expect("in office");
		record.leaf.to_field().expect("leaves are canonical")
	};
	let leaves: Vec<_> = facts.issuers.iter().map(leaf).collect();
	let claims = BasicClaims {
		amount: facts.max_amount - 1,
		expires_at: facts.deadline,
		as_of: 1,
		// The chain takes the proof's word for it: any element of the field will do.
		nullifier: subject.into(),
		issuer_root: issuer_root::<Host>(&leaves).expect("at most 16 issuers"),
		issuer_index: u8::try_from(leaves.len() - 1).expect("at most 16 issuers"),
	};
	let header = ReceiptHeader {
		genesis,
		pallet: u8::try_from(ZkReceipts::index()).expect("the index is a byte"),
		circuit: circuit.id,
		subject: Some(subject.into()),
		arguments: claims.arguments(job),
		submitter: Some(HOT_KEY.to_account_id()),
		payee: miner,
		valid_until: facts.deadline,
		nonce: facts.nonce,
	};
	let inputs = claims.inputs(&header, subject).expect("the claims are canonical");
	let proof = circuit.trapdoor.prove(&inputs, job).to_bytes();
	let proof = proof.try_into().expect("a proof has 256 bytes");
	Receipt::Basic(BasicReceipt { header, claims, proof })
}
