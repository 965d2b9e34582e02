//! A runtime with the marketplace alone; the receipts pallet is played by two lists.

use crate as pallet_model_marketplace;
use codec::Encode;
use polkadot_sdk::{
	frame_support::{
		self, derive_impl, parameter_types,
		traits::{
			fungible::{HoldConsideration, Inspect, InspectHold},
			LinearStoragePrice,
		},
	},
	frame_system, pallet_balances, sp_io,
	sp_runtime::{
		traits::IdentityLookup, AccountId32, BuildStorage, DispatchError, DispatchResult,
	},
};
use quittance_types::{blake2_256, CircuitId, FieldBytes, IssuerSnapshot, JobTime, Level};

pub type AccountId = AccountId32;
type Block = frame_system::mocking::MockBlock<Test>;

pub const REQUESTER: AccountId = AccountId32::new([1; 32]);
pub const MINER: AccountId = AccountId32::new([2; 32]);
pub const ISSUER: AccountId = AccountId32::new([3; 32]);
pub const OTHER_ISSUER: AccountId = AccountId32::new([4; 32]);
pub const OWNER: AccountId = AccountId32::new([5; 32]);
pub const POOR: AccountId = AccountId32::new([6; 32]);
pub const UNKNOWN: AccountId = AccountId32::new([7; 32]);

pub const ENDOWMENT: u128 = 1_000_000;
pub const EXISTENTIAL_DEPOSIT: u128 = 10;
pub const CIRCUIT: CircuitId = [9; 32];

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
	#[runtime::pallet_index(41)]
	pub type Marketplace = pallet_model_marketplace::Pallet<Test>;
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
	type Block = Block;
	type AccountId = AccountId;
	type Lookup = IdentityLookup<AccountId>;
	type AccountData = pallet_balances::AccountData<u128>;
}

parameter_types! {
	pub const ExistentialDeposit: u128 = EXISTENTIAL_DEPOSIT;
	pub const JobDeposit: u128 = 100;
	pub const MaxTimeout: JobTime = 1_000;
	pub const RemovalExtension: JobTime = 50;
	pub const ModelDepositReason: RuntimeHoldReason =
		RuntimeHoldReason::Marketplace(pallet_model_marketplace::HoldReason::ModelDeposit);
	pub const ModelBase: u128 = 500;
	pub const ModelByte: u128 = 1;
	/// Accounts in office, and those removed with the time of their removal.
	pub static InOffice: Vec<AccountId> = vec![ISSUER, OTHER_ISSUER];
	pub static Resigned: Vec<AccountId> = vec![];
	pub static Removed: Vec<(AccountId, JobTime)> = vec![];
	/// References to [`CIRCUIT`].
	pub static References: u32 = 0;
}

#[derive_impl(pallet_balances::config_preludes::TestDefaultConfig)]
impl pallet_balances::Config for Test {
	type AccountStore = System;
	type Balance = u128;
	type ExistentialDeposit = ExistentialDeposit;
	type RuntimeHoldReason = RuntimeHoldReason;
}

pub struct Registry;

impl quittance_types::Circuits for Registry {
	type Error = DispatchError;

	fn reserve(circuit: &CircuitId, _: Level) -> DispatchResult {
		if *circuit != CIRCUIT {
			return Err(DispatchError::Other("unknown circuit"));
		}
		References::mutate(|references| *references += 1);
		Ok(())
	}

	fn release(_: &CircuitId) {
		References::mutate(|references| *references -= 1);
	}
}

impl quittance_types::Issuers<AccountId> for Registry {
	fn takes_jobs(account: &AccountId) -> bool {
		InOffice::get().contains(account) && !Resigned::get().contains(account)
	}

	fn in_office(account: &AccountId) -> bool {
		InOffice::get().contains(account)
	}

	fn removed_at(account: &AccountId) -> Option<JobTime> {
		Removed::get().iter().find(|(removed, _)| removed == account).map(|(_, at)| *at)
	}

	fn snapshot(accounts: &[AccountId]) -> Option<IssuerSnapshot> {
		// Not the tree's root, but different for different issuers.
		let root = FieldBytes(blake2_256(&accounts.encode()));
		Some(IssuerSnapshot { root, removed_issuers: Removed::get().len() as u32 })
	}

	fn none_removed_since(snapshot: &IssuerSnapshot) -> bool {
		snapshot.removed_issuers == Removed::get().len() as u32
	}
}

pub fn remove_issuer(account: AccountId) {
	InOffice::mutate(|in_office| in_office.retain(|other| *other != account));
	Removed::mutate(|removed| removed.push((account, System::block_number())));
}

pub struct JobClock;
impl frame_support::traits::Get<JobTime> for JobClock {
	fn get() -> JobTime {
		System::block_number()
	}
}

impl pallet_model_marketplace::Config for Test {
	type Currency = Balances;
	type RuntimeHoldReason = RuntimeHoldReason;
	type ModelConsideration = HoldConsideration<
		AccountId,
		Balances,
		ModelDepositReason,
		LinearStoragePrice<ModelBase, ModelByte, u128>,
	>;
	type Circuits = Registry;
	type Issuers = Registry;
	type JobClock = JobClock;
	type JobDeposit = JobDeposit;
	type MaxTimeout = MaxTimeout;
	type RemovalExtension = RemovalExtension;
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

	fn admit(issuer: &AccountId) -> DispatchResult {
		InOffice::mutate(|in_office| in_office.push(issuer.clone()));
		Ok(())
	}

	fn remove(issuer: &AccountId) -> DispatchResult {
		remove_issuer(issuer.clone());
		Ok(())
	}

	fn circuit() -> Result<CircuitId, DispatchError> {
		Ok(CIRCUIT)
	}

	fn set_time(now: JobTime) {
		System::set_block_number(now);
	}
}

pub fn free(account: &AccountId) -> u128 {
	Balances::balance(account)
}

pub fn held(account: &AccountId) -> u128 {
	Balances::total_balance_on_hold(account)
}

/// A chain on which nothing has happened.
pub fn chain() -> sp_io::TestExternalities {
	let mut storage = frame_system::GenesisConfig::<Test>::default().build_storage().unwrap();
	pallet_balances::GenesisConfig::<Test> {
		balances: [REQUESTER, MINER, ISSUER, OTHER_ISSUER, OWNER]
			.map(|account| (account, ENDOWMENT))
			.into_iter()
			.chain([(POOR, EXISTENTIAL_DEPOSIT)])
			.collect(),
		..Default::default()
	}
	.assimilate_storage(&mut storage)
	.unwrap();
	sp_io::TestExternalities::new(storage)
}

/// Runs a test and then checks the pallet's invariants and that no money was made or lost.
pub fn run(test: impl FnOnce()) {
	chain().execute_with(|| {
		InOffice::set(vec![ISSUER, OTHER_ISSUER]);
		Resigned::set(vec![]);
		Removed::set(vec![]);
		References::set(0);
		System::set_block_number(1);
		let issuance = Balances::total_issuance();
		test();
		assert_eq!(Balances::total_issuance(), issuance, "no money is made or lost");
		Marketplace::do_try_state().expect("invariants hold after every test");
	});
}
