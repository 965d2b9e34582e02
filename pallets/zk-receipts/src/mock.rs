//! A runtime with the receipts pallet alone; the marketplace is played by two tables.

use crate::{self as pallet_zk_receipts, RemovedIssuers};
use polkadot_sdk::{
	frame_support::{
		self, derive_impl, ensure, parameter_types,
		traits::{
			fungible::{HoldConsideration, InspectHold},
			LinearStoragePrice,
		},
		weights::constants::RocksDbWeight,
	},
	frame_system, pallet_balances,
	sp_core::{crypto::Pair as _, sr25519},
	sp_io,
	sp_runtime::{traits::IdentityLookup, AccountId32, BuildStorage, DispatchError},
};
use quittance_babyjubjub::SecretKey;
use quittance_types::{
	Acceptance, AcceptedReceipt, Bar, Digest, FieldBytes, IssuerKeys, JobFacts, JobId, JobTime,
	Level, Settlement,
};
use std::collections::BTreeMap;

pub type AccountId = AccountId32;
type Block = frame_system::mocking::MockBlock<Test>;

pub const GENESIS: [u8; 32] = [0x6E; 32];
pub const OWNER: AccountId = AccountId32::new([1; 32]);
pub const REQUESTER: AccountId = AccountId32::new([2; 32]);
pub const MINER: AccountId = AccountId32::new([3; 32]);
/// Of [`MINER`].
pub const HOT_KEY: AccountId = AccountId32::new([7; 32]);
pub const THIEF: AccountId = AccountId32::new([4; 32]);
pub const POOR: AccountId = AccountId32::new([5; 32]);
pub const CANDIDATE: AccountId = AccountId32::new([6; 32]);
pub const ISSUERS: [AccountId; 3] =
	[AccountId32::new([21; 32]), AccountId32::new([22; 32]), AccountId32::new([23; 32])];

pub const ENDOWMENT: u128 = 1_000_000;

#[frame_support::runtime]
mod runtime {
	#[runtime::runtime]
	#[runtime::derive(
		RuntimeCall,
		RuntimeEvent,
		RuntimeError,
		RuntimeOrigin,
		RuntimeFreezeReason,
		RuntimeHoldReason,
		RuntimeTask,
		RuntimeViewFunction
	)]
	pub struct Test;

	#[runtime::pallet_index(0)]
	pub type System = frame_system::Pallet<Test>;
	#[runtime::pallet_index(1)]
	pub type Balances = pallet_balances::Pallet<Test>;
	#[runtime::pallet_index(40)]
	pub type Receipts = pallet_zk_receipts::Pallet<Test>;
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
	type Block = Block;
	type AccountId = AccountId;
	type Lookup = IdentityLookup<AccountId>;
	type AccountData = pallet_balances::AccountData<u128>;
	type DbWeight = RocksDbWeight;
}

/// What was attested of a receipt.
pub type Attestation = (JobId, Level, FieldBytes, Option<Digest>, AcceptedReceipt<AccountId>);

parameter_types! {
	pub const IssuerBond: u128 = 5_000;
	pub const ReceiptLifetime: JobTime = 200;
	pub const CircuitDepositReason: RuntimeHoldReason =
		RuntimeHoldReason::Receipts(pallet_zk_receipts::HoldReason::CircuitDeposit);
	pub const CircuitBase: u128 = 1_000;
	pub const CircuitByte: u128 = 1;
	/// Not a constant, so that a test can ask what the pallet says to a shorter one.
	pub static UnbondingDelay: JobTime = 300;
	pub const NullifierGroup: JobTime = 50;
	/// Jobs with a receipt whose payment has failed.
	pub static Owed: Vec<JobId> = vec![];
	/// Jobs as the marketplace would tell of them.
	pub static Book: BTreeMap<JobId, JobFacts<AccountId>> = BTreeMap::new();
	/// What the marketplace was told.
	pub static Accepted: Vec<(JobId, AcceptedReceipt<AccountId>)> = vec![];
	/// Whose receipts were proved, and how many receipts the marketplace had been told of by then.
	pub static Proven: Vec<(AccountId, usize)> = vec![];
	/// The receipts that were attested, with what is said of them beside.
	pub static Attested: Vec<Attestation> =
		vec![];
	pub static SettledLater: Vec<JobId> = vec![];
}

#[derive_impl(pallet_balances::config_preludes::TestDefaultConfig)]
impl pallet_balances::Config for Test {
	type AccountStore = System;
	type Balance = u128;
	type RuntimeHoldReason = RuntimeHoldReason;
}

pub struct Marketplace;

impl quittance_types::Jobs<AccountId> for Marketplace {
	type Error = DispatchError;

	fn miner_of(submitter: &AccountId) -> AccountId {
		if *submitter == HOT_KEY {
			return MINER;
		}
		submitter.clone()
	}

	fn facts(job: JobId, _: &AccountId) -> Option<JobFacts<AccountId>> {
		let mut facts = Book::get().get(&job).cloned()?;
		// All jobs were posted before the first removal.
		if RemovedIssuers::<Test>::get() > 0 {
			facts.issuer_root = None;
		}
		Some(facts)
	}

	fn accept(
		job: JobId,
		receipt: AcceptedReceipt<AccountId>,
	) -> Result<Settlement, DispatchError> {
		ensure!(Book::get()[&job].bar.is_none(), DispatchError::Unavailable);
		Accepted::mutate(|accepted| accepted.push((job, receipt)));
		change_job(job, |facts| facts.bar = Some(Bar::Settled));
		Ok(if SettledLater::get().contains(&job) { Settlement::Later } else { Settlement::Now })
	}

	fn ended(job: JobId) -> bool {
		!Owed::get().contains(&job)
			&& !Book::get().get(&job).is_some_and(|facts| facts.bar != Some(Bar::Settled))
	}
}

pub struct Heard;

impl quittance_types::ProvenReceipts<AccountId> for Heard {
	fn proven(miner: &AccountId) {
		Proven::mutate(|proven| proven.push((miner.clone(), Accepted::get().len())));
	}
}

impl quittance_types::AcceptedReceipts<AccountId> for Heard {
	fn accepted(acceptance: Acceptance<'_, AccountId>) {
		let Acceptance { job, level, subject, output, receipt } = acceptance;
		Attested::mutate(|attested| attested.push((job, level, subject, output, receipt.clone())));
	}
}

pub fn change_job(job: JobId, change: impl FnOnce(&mut JobFacts<AccountId>)) {
	Book::mutate(|book| change(book.get_mut(&job).unwrap()));
}

pub struct JobClock;
impl frame_support::traits::Get<JobTime> for JobClock {
	fn get() -> JobTime {
		System::block_number()
	}
}

impl pallet_zk_receipts::Config for Test {
	type Currency = Balances;
	type RuntimeHoldReason = RuntimeHoldReason;
	type CircuitConsideration = HoldConsideration<
		AccountId,
		Balances,
		CircuitDepositReason,
		LinearStoragePrice<CircuitBase, CircuitByte, u128>,
	>;
	type Jobs = Marketplace;
	type ProvenReceipts = Heard;
	type AcceptedReceipts = Heard;
	type JobClock = JobClock;
	type AdminOrigin = frame_system::EnsureRoot<AccountId>;
	type EmergencyOrigin = frame_system::EnsureRoot<AccountId>;
	type IssuerBond = IssuerBond;
	type UnbondingDelay = UnbondingDelay;
	type NullifierGroup = NullifierGroup;
	type ReceiptLifetime = ReceiptLifetime;
	type WeightInfo = crate::weights::SubstrateWeight<Test>;
	#[cfg(feature = "runtime-benchmarks")]
	type BenchmarkHelper = BenchmarkHelper;
}

#[cfg(feature = "runtime-benchmarks")]
pub struct BenchmarkHelper;

#[cfg(feature = "runtime-benchmarks")]
impl crate::BenchmarkHelper<AccountId> for BenchmarkHelper {
	fn fund(account: &AccountId) {
		use polkadot_sdk::frame_support::traits::fungible::Mutate;
		Balances::mint_into(account, ENDOWMENT).expect("the issuance is far from its limit");
	}

	fn open_job(
		requester: &AccountId,
		_: &AccountId,
		level: quittance_types::Level,
		circuit: Option<quittance_types::CircuitId>,
		issuers: Vec<AccountId>,
	) -> Result<JobId, DispatchError> {
		let deadline = System::block_number() + 100;
		let facts = JobFacts {
			requester: requester.clone(),
			model: [8; 32],
			input: [9; 32],
			level,
			circuit,
			issuer_root: Receipts::current_root(&issuers),
			issuers,
			max_amount: 1_000,
			posted_deadline: deadline,
			deadline,
			open_until: deadline,
			nonce: 1,
			output: None,
			commitment: None,
			bar: None,
		};
		let job = Book::get().len() as JobId;
		Book::mutate(|book| book.insert(job, facts));
		Ok(job)
	}

	fn set_time(now: JobTime) {
		System::set_block_number(now);
	}
}

pub fn held(account: &AccountId) -> u128 {
	Balances::total_balance_on_hold(account)
}

/// Opens or closes a job for receipts.
pub fn set_open(job: JobId, open: bool) {
	change_job(job, |facts| facts.bar = (!open).then_some(Bar::Settled));
}

/// Both secret keys of the issuer with this account.
pub fn issuer_secrets(account: &AccountId) -> (sr25519::Pair, SecretKey) {
	let seed: [u8; 32] = account.clone().into();
	(sr25519::Pair::from_seed(&seed), SecretKey::from_seed(&seed))
}

/// The public halves.
pub fn issuer_keys(account: &AccountId) -> IssuerKeys {
	let (sr25519, babyjubjub) = issuer_secrets(account);
	IssuerKeys { sr25519: sr25519.public().0, babyjubjub: babyjubjub.public().to_bytes() }
}

/// Runs a test on a development chain and then checks the pallet's invariants.
pub fn run(test: impl FnOnce()) {
	run_on(true, test)
}

/// A chain in which benchmarks can sign.
#[cfg(feature = "runtime-benchmarks")]
pub fn for_benchmarks() -> sp_io::TestExternalities {
	use polkadot_sdk::sp_keystore::{testing::MemoryKeystore, KeystoreExt};
	let mut externalities = chain(false);
	externalities.register_extension(KeystoreExt::new(MemoryKeystore::new()));
	externalities
}

/// A chain of the given kind.
fn chain(development_chain: bool) -> sp_io::TestExternalities {
	let mut storage = frame_system::GenesisConfig::<Test>::default().build_storage().unwrap();
	pallet_balances::GenesisConfig::<Test> {
		balances: [OWNER, REQUESTER, MINER, THIEF, CANDIDATE]
			.map(|account| (account, ENDOWMENT))
			.into_iter()
			.chain([(POOR, 1)])
			.collect(),
		..Default::default()
	}
	.assimilate_storage(&mut storage)
	.unwrap();
	pallet_zk_receipts::GenesisConfig::<Test> {
		development_chain,
		issuers: ISSUERS
			.iter()
			.map(|account| {
				let keys = issuer_keys(account);
				let mut coordinates = ([0; 32], [0; 32]);
				coordinates.0.copy_from_slice(&keys.babyjubjub[..32]);
				coordinates.1.copy_from_slice(&keys.babyjubjub[32..]);
				(account.clone(), keys.sr25519, coordinates)
			})
			.collect(),
	}
	.assimilate_storage(&mut storage)
	.unwrap();
	sp_io::TestExternalities::new(storage)
}

/// Runs a test on a chain of the given kind and then checks the pallet's invariants.
pub fn run_on(development_chain: bool, test: impl FnOnce()) {
	chain(development_chain).execute_with(|| {
		Book::set(BTreeMap::new());
		Accepted::set(vec![]);
		Proven::set(vec![]);
		Attested::set(vec![]);
		SettledLater::set(vec![]);
		frame_system::BlockHash::<Test>::insert(0, polkadot_sdk::sp_core::H256(GENESIS));
		System::set_block_number(10);
		let issuance = Balances::total_issuance();
		test();
		assert_eq!(Balances::total_issuance(), issuance, "no money is made or lost");
		Receipts::do_try_state().expect("invariants hold after every test");
	});
}
