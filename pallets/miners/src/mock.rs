//! A runtime with the miners pallet, and fees, so that it shows who pays none; the marketplace is played
//! by the tests.

use crate::{self as pallet_miners, hot_key};
use codec::Decode;
use polkadot_sdk::{
	frame_support::{
		self, derive_impl, parameter_types,
		traits::{
			fungible::{Credit, Inspect, InspectHold},
			tokens::imbalance::ResolveTo,
			ConstU128, ConstU64, Contains, Get, Hooks, Imbalance, OnUnbalanced,
		},
		weights::ConstantMultiplier,
	},
	frame_system::{self, offchain},
	pallet_balances, pallet_transaction_payment,
	sp_core::{
		crypto::Pair as _,
		offchain::{
			testing::{TestOffchainExt, TestTransactionPoolExt},
			OffchainDbExt, OffchainWorkerExt, TransactionPoolExt,
		},
		sr25519, H256,
	},
	sp_io,
	sp_keystore::{testing::MemoryKeystore, Keystore, KeystoreExt},
	sp_runtime::{
		traits::IdentityLookup, transaction_validity::TransactionPriority, AccountId32,
		BuildStorage, MultiSignature, Permill,
	},
};
use quittance_types::{epoch_seed, heartbeat_message, hot_key_message, EpochIndex, JobTime};

pub type AccountId = AccountId32;
pub type Extension =
	(frame_system::AuthorizeCall<Test>, pallet_transaction_payment::ChargeTransactionPayment<Test>);
pub type Extrinsic = frame_system::mocking::MockUncheckedExtrinsic<Test, MultiSignature, Extension>;
type Block = frame_system::mocking::MockBlock<Test, MultiSignature, Extension>;

pub const GENESIS: [u8; 32] = [0x6E; 32];
pub const MINER: AccountId = AccountId32::new([201; 32]);
pub const OTHER: AccountId = AccountId32::new([202; 32]);
pub const THIRD: AccountId = AccountId32::new([203; 32]);
pub const POOR: AccountId = AccountId32::new([204; 32]);
pub const TREASURY: AccountId = AccountId32::new([205; 32]);

pub const ENDOWMENT: u128 = 1_000_000;
pub const EXISTENTIAL_DEPOSIT: u128 = 10;

/// The block and the epoch in which tests begin.
pub const NOW: JobTime = 10;
pub const EPOCH: EpochIndex = 20;

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
	#[runtime::pallet_index(2)]
	pub type TransactionPayment = pallet_transaction_payment::Pallet<Test>;
	// Not `Miners`, which is the pallet's map and a trait already.
	#[runtime::pallet_index(42)]
	pub type Registry = pallet_miners::Pallet<Test>;
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
	type Block = Block;
	type AccountId = AccountId;
	type Lookup = IdentityLookup<AccountId>;
	type AccountData = pallet_balances::AccountData<u128>;
	type BaseCallFilter = Filter;
}

parameter_types! {
	pub const ExistentialDeposit: u128 = EXISTENTIAL_DEPOSIT;
	pub const TreasuryAccount: AccountId = TREASURY;
	pub const EpochLength: u64 = 50;
	// Not constants, so that tests can ask what the pallet says to others.
	pub static MinimumBond: u128 = 1_000;
	pub static UnbondingDelay: JobTime = 100;
	pub static HotKeyDelay: JobTime = 20;
	pub static MissedEpochs: u64 = 3;
	pub static WindowEpochs: u64 = 4;
	pub static CurrentEpoch: EpochIndex = EPOCH;
	pub static EpochLeft: u64 = 30;
	pub static RewardShare: Permill = Permill::zero();
	pub static RewardCap: u128 = 0;
	pub static ReceiptBurn: u128 = 1_000;
	/// Fifths of a fee that are burned; the rest is the treasury's.
	pub static BurnedFifths: u32 = 0;
	/// What fees have burned by now.
	pub static Burned: u128 = 0;
	/// Whether heartbeats are paused.
	pub static Paused: bool = false;
	/// What was random when the epoch began.
	pub static Randomness: [u8; 32] = [1; 32];
}

pub const HEARTBEAT_PRIORITY: TransactionPriority = TransactionPriority::MAX / 4;

pub struct Filter;

impl Contains<RuntimeCall> for Filter {
	fn contains(call: &RuntimeCall) -> bool {
		!Paused::get()
			|| !matches!(call, RuntimeCall::Registry(pallet_miners::Call::heartbeat { .. }))
	}
}

#[derive_impl(pallet_balances::config_preludes::TestDefaultConfig)]
impl pallet_balances::Config for Test {
	type AccountStore = System;
	type Balance = u128;
	type ExistentialDeposit = ExistentialDeposit;
	type RuntimeHoldReason = RuntimeHoldReason;
}

/// Burns a part of a fee, as the chain does.
pub struct Fees;

impl OnUnbalanced<Credit<AccountId, Balances>> for Fees {
	fn on_unbalanceds(mut credits: impl Iterator<Item = Credit<AccountId, Balances>>) {
		let Some(fee) = credits.next() else { return };
		let (burned, mut rest) = fee.ration(BurnedFifths::get(), 5 - BurnedFifths::get());
		let amount = burned.peek();
		drop(burned);
		Burned::mutate(|sum| *sum += amount);
		credits.for_each(|tip| rest.subsume(tip));
		ResolveTo::<TreasuryAccount, Balances>::on_unbalanced(rest);
		Registry::fee_burned(amount);
	}
}

// By length alone, so that an account with little can pay.
#[derive_impl(pallet_transaction_payment::config_preludes::TestDefaultConfig)]
impl pallet_transaction_payment::Config for Test {
	type OnChargeTransaction = pallet_transaction_payment::FungibleAdapter<Balances, Fees>;
	type WeightToFee = ConstantMultiplier<u128, ConstU128<0>>;
	type LengthToFee = ConstantMultiplier<u128, ConstU128<1>>;
}

impl<LocalCall> offchain::CreateTransactionBase<LocalCall> for Test
where
	RuntimeCall: From<LocalCall>,
{
	type RuntimeCall = RuntimeCall;
	type Extrinsic = Extrinsic;
}

impl<LocalCall> offchain::CreateTransaction<LocalCall> for Test
where
	RuntimeCall: From<LocalCall>,
{
	type Extension = Extension;

	fn create_transaction(call: RuntimeCall, extension: Extension) -> Extrinsic {
		Extrinsic::new_transaction(call, extension)
	}
}

impl<LocalCall> offchain::CreateAuthorizedTransaction<LocalCall> for Test
where
	RuntimeCall: From<LocalCall>,
{
	fn create_extension() -> Extension {
		(
			frame_system::AuthorizeCall::new(),
			pallet_transaction_payment::ChargeTransactionPayment::from(0),
		)
	}
}

pub struct JobClock;

impl Get<JobTime> for JobClock {
	fn get() -> JobTime {
		System::block_number()
	}
}

/// The seed of an epoch of this number.
pub fn seed_of(epoch: EpochIndex) -> [u8; 32] {
	epoch_seed(&Randomness::get(), &[epoch as u8; 32])
}

pub struct EpochSeed;

impl Get<[u8; 32]> for EpochSeed {
	fn get() -> [u8; 32] {
		seed_of(CurrentEpoch::get())
	}
}

impl pallet_miners::Config for Test {
	type Currency = Balances;
	type RuntimeHoldReason = RuntimeHoldReason;
	type Slashed = ResolveTo<TreasuryAccount, Balances>;
	type JobClock = JobClock;
	type Epoch = CurrentEpoch;
	type EpochSeed = EpochSeed;
	type EpochLeft = EpochLeft;
	type EpochLength = EpochLength;
	type MinimumBond = MinimumBond;
	type UnbondingDelay = UnbondingDelay;
	type HotKeyDelay = HotKeyDelay;
	type MissedEpochs = MissedEpochs;
	type WindowEpochs = WindowEpochs;
	type RewardShare = RewardShare;
	type RewardCap = RewardCap;
	type ReceiptBurn = ReceiptBurn;
	type HeartbeatPriority = ConstU64<HEARTBEAT_PRIORITY>;
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

	fn set_time(now: JobTime) {
		System::set_block_number(now);
	}

	fn set_epoch(epoch: EpochIndex) {
		CurrentEpoch::set(epoch);
	}

	fn turn_rewards_on() {
		RewardShare::set(Permill::from_percent(50));
		RewardCap::set(u128::MAX);
	}
}

/// A chain in which benchmarks can sign.
#[cfg(feature = "runtime-benchmarks")]
pub fn for_benchmarks() -> sp_io::TestExternalities {
	let mut externalities = chain();
	externalities.register_extension(KeystoreExt::new(MemoryKeystore::new()));
	externalities
}

pub fn free(account: &AccountId) -> u128 {
	Balances::balance(account)
}

pub fn held(account: &AccountId) -> u128 {
	Balances::total_balance_on_hold(account)
}

/// The secret hot key of this seed.
pub fn pair(seed: u8) -> sr25519::Pair {
	sr25519::Pair::from_seed(&[seed; 32])
}

/// The hot key of this seed.
pub fn hot(seed: u8) -> AccountId {
	AccountId::new(pair(seed).public().0)
}

/// Shows that the hot key of this seed is the miner's.
pub fn possession(miner: &AccountId, seed: u8) -> [u8; 64] {
	possession_on(&GENESIS, miner, seed)
}

/// The same on another chain.
pub fn possession_on(genesis: &[u8; 32], miner: &AccountId, seed: u8) -> [u8; 64] {
	let hot_key: [u8; 32] = hot(seed).into();
	pair(seed).sign(&hot_key_message(genesis, &miner.clone().into(), &hot_key)).0
}

/// A miner's heartbeat, signed by the hot key of this seed.
pub fn beat(miner: &AccountId, seed: u8, epoch: EpochIndex) -> RuntimeCall {
	let message = heartbeat_message(&GENESIS, &miner.clone().into(), epoch, &seed_of(epoch));
	let signature = pair(seed).sign(&message).0;
	pallet_miners::Call::<Test>::heartbeat { miner: miner.clone(), epoch, signature }.into()
}

/// Starts a block in this epoch.
pub fn start_block_in(epoch: EpochIndex) {
	CurrentEpoch::set(epoch);
	let now = System::block_number();
	<Registry as Hooks<u64>>::on_initialize(now);
}

/// Lets so many epochs begin, each with a block.
pub fn pass_epochs(epochs: u64) {
	for _ in 0..epochs {
		start_block_in(CurrentEpoch::get() + 1);
	}
}

/// A chain on which nothing has happened.
pub fn chain() -> sp_io::TestExternalities {
	let mut storage = frame_system::GenesisConfig::<Test>::default().build_storage().unwrap();
	pallet_balances::GenesisConfig::<Test> {
		balances: [MINER, OTHER, THIRD, TREASURY, hot(9)]
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

/// Runs a test and then checks the pallet's invariants, and that no money was made or lost but what fees
/// have burned and at most half of that, for rewards.
pub fn run(test: impl FnOnce()) {
	run_on(chain(), test)
}

/// Runs a test on a node: with the hot keys of these seeds in its keystore, and a pool, of which the
/// test's argument gives what was sent since it was asked last.
pub fn run_as_node(seeds: &[u8], test: impl FnOnce(&dyn Fn() -> Vec<Extrinsic>)) {
	let keystore = MemoryKeystore::new();
	for seed in seeds {
		let secret = format!("0x{}", format!("{seed:02x}").repeat(32));
		let public =
			keystore.sr25519_generate_new(hot_key::KEY_TYPE, Some(secret.as_str())).unwrap();
		assert_eq!(public, pair(*seed).public());
	}
	let (worker, _) = TestOffchainExt::new();
	let (pool, state) = TestTransactionPoolExt::new();
	let mut node = chain();
	node.register_extension(KeystoreExt::new(keystore));
	node.register_extension(OffchainDbExt::new(worker.clone()));
	node.register_extension(OffchainWorkerExt::new(worker));
	node.register_extension(TransactionPoolExt::new(pool));
	run_on(node, || {
		test(&|| {
			let sent = std::mem::take(&mut state.write().transactions);
			sent.iter().map(|bytes| Extrinsic::decode(&mut &bytes[..]).unwrap()).collect()
		})
	});
}

fn run_on(mut chain: sp_io::TestExternalities, test: impl FnOnce()) {
	chain.execute_with(|| {
		MinimumBond::set(1_000);
		UnbondingDelay::set(100);
		HotKeyDelay::set(20);
		MissedEpochs::set(3);
		WindowEpochs::set(4);
		CurrentEpoch::set(EPOCH);
		EpochLeft::set(30);
		RewardShare::set(Permill::zero());
		RewardCap::set(0);
		ReceiptBurn::set(1_000);
		BurnedFifths::set(0);
		Burned::set(0);
		Paused::set(false);
		Randomness::set([1; 32]);
		frame_system::BlockHash::<Test>::insert(0, H256(GENESIS));
		System::set_block_number(NOW);
		start_block_in(EPOCH);
		let issuance = Balances::total_issuance();
		test();
		let minted = Balances::total_issuance() + Burned::get() - issuance;
		assert!(minted <= Burned::get() / 2, "rewards are at most half of what was burned");
		assert!(
			minted == 0 || !RewardShare::get().is_zero(),
			"there are no rewards where they are off"
		);
		Registry::do_try_state().expect("invariants hold after every test");
	});
}
