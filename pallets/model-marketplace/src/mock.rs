//! A runtime with the marketplace alone. The registries of circuits and issuers are played by lists; miners
//! and panels by small tables in the storage, so that what is undone is undone there as well.

use crate as pallet_model_marketplace;
use codec::{Decode, Encode, MaxEncodedLen};
use polkadot_sdk::{
	frame_support::{
		self, derive_impl, ensure,
		pallet_prelude::ValueQuery,
		parameter_types, storage_alias,
		traits::{
			fungible::{HoldConsideration, Inspect, InspectHold, Mutate},
			tokens::Preservation,
			Get, Hooks, LinearStoragePrice,
		},
		weights::{constants::ParityDbWeight, Weight},
		PalletId, Twox64Concat,
	},
	frame_system, pallet_balances, sp_io,
	sp_runtime::{
		traits::IdentityLookup, AccountId32, BuildStorage, DispatchError, DispatchResult, Permill,
	},
};
use quittance_types::{
	blake2_256, CircuitId, Disputes, FieldBytes, IssuerSnapshot, JobId, JobNeeds, JobTime, Level,
	Outcome, Question, Refusal, Stoppage, Verdict,
};

pub type AccountId = AccountId32;
type Block = frame_system::mocking::MockBlock<Test>;

pub const REQUESTER: AccountId = AccountId32::new([1; 32]);
pub const ISSUER: AccountId = AccountId32::new([3; 32]);
pub const OTHER_ISSUER: AccountId = AccountId32::new([4; 32]);
pub const OWNER: AccountId = AccountId32::new([5; 32]);
pub const POOR: AccountId = AccountId32::new([6; 32]);
pub const UNKNOWN: AccountId = AccountId32::new([7; 32]);
/// Somebody with money and no part in anything.
pub const STRANGER: AccountId = AccountId32::new([8; 32]);
/// Where slashed bonds go.
pub const TREASURY: AccountId = AccountId32::new([9; 32]);
/// Where the miners' bonds are.
pub const VAULT: AccountId = AccountId32::new([10; 32]);
/// The first miner, and the key it works with.
pub const MINER: AccountId = AccountId32::new([100; 32]);
pub const HOT: AccountId = AccountId32::new([150; 32]);

/// Number of registered miners.
pub const MINERS: u8 = 10;

/// A miner's account.
pub const fn miner(number: u8) -> AccountId {
	AccountId32::new([100 + number; 32])
}

/// A miner's hot key.
pub const fn hot(number: u8) -> AccountId {
	AccountId32::new([150 + number; 32])
}

pub const ENDOWMENT: u128 = 1_000_000;
pub const EXISTENTIAL_DEPOSIT: u128 = 10;
/// What each miner has at stake.
pub const STAKE: u128 = 10_000;
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
	type DbWeight = ParityDbWeight;
}

parameter_types! {
	pub const ExistentialDeposit: u128 = EXISTENTIAL_DEPOSIT;
	pub const RoyaltyPot: PalletId = PalletId(*b"qt/royal");
	pub const JobDeposit: u128 = 100;
	pub const CommitmentDeposit: u128 = 40;
	pub const ReviewDeposit: u128 = 30;
	pub const MaxTimeout: JobTime = 1_000;
	pub const RemovalExtension: JobTime = 50;
	pub const SigningTime: JobTime = 20;
	pub const PanelRetry: JobTime = 7;
	pub const PanelPatience: JobTime = 40;
	pub const RevealTime: JobTime = 15;
	pub const CancelNotice: JobTime = 25;
	pub const AgendaSteps: u32 = 500;
	pub const ModelDepositReason: RuntimeHoldReason =
		RuntimeHoldReason::Marketplace(pallet_model_marketplace::HoldReason::ModelDeposit);
	pub const ModelBase: u128 = 500;
	pub const ModelByte: u128 = 1;
	/// What governance can change.
	pub static MinimumFee: u128 = 0;
	pub static MinimumLockBond: u128 = 500;
	/// Zero unless a test is about it.
	pub static BondPart: Permill = Permill::zero();
	pub static PanelFee: u128 = 0;
	pub static DeclineFee: u128 = 5;
	pub const OpeningTime: JobTime = 8;
	pub static EscrowWeight: Weight = Weight::from_parts(1_000, 0);
	/// What was burned by declines whose events were forgotten.
	pub static Burned: u128 = 0;
	pub static HighValue: u128 = 100_000;
	pub const TreasuryAccount: AccountId = TREASURY;
	/// Whether jobs are paused.
	pub static Paused: bool = false;
	/// Accounts in office, and those removed with the time of their removal.
	pub static InOffice: Vec<AccountId> = vec![ISSUER, OTHER_ISSUER];
	pub static Resigned: Vec<AccountId> = vec![];
	pub static Removed: Vec<(AccountId, JobTime)> = vec![];
	/// For how long [`CIRCUIT`] was paused.
	pub static CircuitStoppage: Stoppage =
		Stoppage { ended: 0, since: None, retired: false };
	/// What the miner registry was last asked whether a miner can do.
	pub static LastNeeds: Option<JobNeeds> = None;
	/// What panels were asked.
	pub static Asked: Vec<Question<AccountId>> = vec![];
	/// Whether there are too few miners for a panel.
	pub static NoPanels: bool = false;
	/// Whether there is no room for another panel.
	pub static PanelsFull: bool = false;
}

#[derive_impl(pallet_balances::config_preludes::TestDefaultConfig)]
impl pallet_balances::Config for Test {
	type AccountStore = System;
	type Balance = u128;
	type ExistentialDeposit = ExistentialDeposit;
	type RuntimeHoldReason = RuntimeHoldReason;
}

/// The pool, as a list.
pub struct Pool;

/// Escrows that were given back.
#[storage_alias]
pub type GivenBack = StorageValue<MockPool, Vec<(JobId, FieldBytes)>, ValueQuery>;

impl quittance_types::Escrows for Pool {
	fn give_back(job: JobId, commitment: FieldBytes) {
		GivenBack::append((job, commitment));
	}
}

/// References to [`CIRCUIT`].
#[storage_alias]
pub type References = StorageValue<MockCircuits, u32, ValueQuery>;

pub struct Registry;

impl quittance_types::Circuits for Registry {
	type Error = DispatchError;

	fn reserve(circuit: &CircuitId, _: Level) -> DispatchResult {
		ensure!(*circuit == CIRCUIT, DispatchError::Other("unknown circuit"));
		ensure!(CircuitStoppage::get().since.is_none(), DispatchError::Other("paused"));
		ensure!(!CircuitStoppage::get().retired, DispatchError::Other("retired"));
		References::mutate(|references| *references += 1);
		Ok(())
	}

	fn release(_: &CircuitId) {
		References::mutate(|references| *references -= 1);
	}

	fn stoppage(circuit: &CircuitId) -> Stoppage {
		assert_eq!(*circuit, CIRCUIT, "jobs name circuits that are registered");
		CircuitStoppage::get()
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
	Removed::mutate(|removed| removed.push((account, Marketplace::now())));
}

/// Pauses [`CIRCUIT`], or resumes it.
pub fn pause_circuit(pause: bool) {
	CircuitStoppage::mutate(|stoppage| {
		if let Some(since) = stoppage.since {
			stoppage.ended += Marketplace::now() - since;
		}
		stoppage.since = pause.then(Marketplace::now);
	});
}

/// Pauses [`CIRCUIT`] for good.
pub fn lose_circuit() {
	pause_circuit(true);
	CircuitStoppage::mutate(|stoppage| stoppage.retired = true);
}

/// A miner as the registry knows it.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, MaxEncodedLen)]
pub struct MinerRow {
	pub hot_key: AccountId,
	pub bond: u128,
	pub reserved: u128,
	pub locks: u32,
	/// Whether it says that it can do what jobs need.
	pub capable: bool,
}

#[storage_alias]
pub type MinerTable = StorageMap<MockMiners, Twox64Concat, AccountId, MinerRow>;

#[storage_alias]
pub type OutcomeTable = StorageMap<MockMiners, Twox64Concat, (AccountId, u32), u32>;

/// Jobs that a panel sits on.
#[storage_alias]
pub type OpenPanels = StorageMap<MockPanels, Twox64Concat, JobId, u32>;

pub struct BondedMiners;

impl quittance_types::Miners<AccountId> for BondedMiners {
	type Error = DispatchError;

	fn by_hot_key(hot_key: &AccountId) -> Option<AccountId> {
		MinerTable::iter().find(|(_, row)| row.hot_key == *hot_key).map(|(miner, _)| miner)
	}

	fn can_take(miner: &AccountId, needs: &JobNeeds) -> DispatchResult {
		LastNeeds::set(Some(needs.clone()));
		let row = MinerTable::get(miner).ok_or(DispatchError::Other("unknown miner"))?;
		ensure!(row.capable, DispatchError::Other("not offered"));
		Ok(())
	}

	fn reserve(miner: &AccountId, amount: u128) -> DispatchResult {
		let mut row = MinerTable::get(miner).ok_or(DispatchError::Other("unknown miner"))?;
		ensure!(amount > 0, DispatchError::Other("nothing to reserve"));
		ensure!(amount <= row.bond - row.reserved, DispatchError::Other("free bond too small"));
		row.reserved += amount;
		row.locks += 1;
		MinerTable::insert(miner, row);
		Ok(())
	}

	fn release(miner: &AccountId, amount: u128) {
		let mut row = MinerTable::get(miner).expect("whoever has a lock is a miner");
		row.reserved = row.reserved.checked_sub(amount).expect("a lock is released once");
		row.locks = row.locks.checked_sub(1).expect("a lock is released once");
		MinerTable::insert(miner, row);
	}

	fn slash_for(miner: &AccountId, amount: u128, payee: &AccountId, most: u128) -> (u128, u128) {
		let taken = Self::slash(miner, amount);
		let part = most.min(taken);
		let paid = Balances::transfer(&TREASURY, payee, part, Preservation::Preserve);
		(taken, if paid.is_ok() { part } else { 0 })
	}

	fn slash(miner: &AccountId, amount: u128) -> u128 {
		let mut row = MinerTable::get(miner).expect("whoever is slashed is a miner");
		let amount = amount.min(row.bond - row.reserved);
		row.bond -= amount;
		MinerTable::insert(miner, row);
		Balances::transfer(&VAULT, &TREASURY, amount, Preservation::Preserve).unwrap();
		amount
	}

	fn record_outcome(miner: &AccountId, outcome: Outcome) {
		if MinerTable::contains_key(miner) {
			OutcomeTable::mutate((miner, outcome as u32), |count| {
				*count = Some(count.unwrap_or(0) + 1)
			});
		}
	}
}

/// How many of a miner's jobs ended this way.
pub fn outcomes(miner: &AccountId, outcome: Outcome) -> u32 {
	OutcomeTable::get((miner, outcome as u32)).unwrap_or(0)
}

pub fn row(miner: &AccountId) -> MinerRow {
	MinerTable::get(miner).expect("registered")
}

/// Takes a miner's whole bond back, as the registry lets it: not with open locks.
pub fn leave(miner: &AccountId) -> DispatchResult {
	let row = row(miner);
	ensure!(row.locks == 0, DispatchError::Other("locks open"));
	Balances::transfer(&VAULT, miner, row.bond, Preservation::Preserve)?;
	MinerTable::remove(miner);
	Ok(())
}

pub struct SmallPanels;

impl quittance_types::Panels<AccountId> for SmallPanels {
	type Error = DispatchError;

	fn open(question: Question<AccountId>) -> Result<(), Refusal<DispatchError>> {
		ensure!(!NoPanels::get(), Refusal::ForGood(DispatchError::Other("too few miners")));
		ensure!(!PanelsFull::get(), Refusal::ForNow(DispatchError::Exhausted));
		assert!(!OpenPanels::contains_key(question.job), "one panel at a time sits on a job");
		assert!((1..=8).contains(&question.candidates.len()));
		assert!(question.barred.len() <= 32);
		OpenPanels::insert(question.job, question.candidates.len() as u32);
		Asked::mutate(|asked| asked.push(question));
		Ok(())
	}
}

/// Lets a panel on a job that had members end.
pub fn decide(job: JobId, verdict: Verdict, members: &[AccountId]) {
	end_panel(job, verdict, members, true);
}

/// Lets a panel on a job end for which no draw has filled all seats.
pub fn give_up_on(job: JobId) {
	end_panel(job, Verdict::Undecided, &[], false);
}

fn end_panel(job: JobId, verdict: Verdict, members: &[AccountId], sat: bool) {
	assert!(OpenPanels::take(job).is_some(), "no panel sits on the job");
	Marketplace::decided(job, verdict, members.to_vec(), sat);
}

impl pallet_model_marketplace::Config for Test {
	type Currency = Balances;
	type RuntimeHoldReason = RuntimeHoldReason;
	type PalletId = RoyaltyPot;
	type ModelConsideration = HoldConsideration<
		AccountId,
		Balances,
		ModelDepositReason,
		LinearStoragePrice<ModelBase, ModelByte, u128>,
	>;
	type Circuits = Registry;
	type Issuers = Registry;
	type Miners = BondedMiners;
	type Panels = SmallPanels;
	type Paused = Paused;
	type JobDeposit = JobDeposit;
	type CommitmentDeposit = CommitmentDeposit;
	type ReviewDeposit = ReviewDeposit;
	type MaxTimeout = MaxTimeout;
	type RemovalExtension = RemovalExtension;
	type SigningTime = SigningTime;
	type PanelRetry = PanelRetry;
	type PanelPatience = PanelPatience;
	type RevealTime = RevealTime;
	type CancelNotice = CancelNotice;
	type MinimumFee = MinimumFee;
	type MinimumLockBond = MinimumLockBond;
	type BondPart = BondPart;
	type PanelFee = PanelFee;
	type DeclineFee = DeclineFee;
	type OpeningTime = OpeningTime;
	type Escrows = Pool;
	type EscrowWeight = EscrowWeight;
	type Treasury = TreasuryAccount;
	type HighValue = HighValue;
	type AgendaSteps = AgendaSteps;
	type WeightInfo = crate::weights::SubstrateWeight<Test>;
	#[cfg(feature = "runtime-benchmarks")]
	type BenchmarkHelper = BenchmarkHelper;
}

#[cfg(feature = "runtime-benchmarks")]
pub struct BenchmarkHelper;

#[cfg(feature = "runtime-benchmarks")]
impl crate::BenchmarkHelper<AccountId> for BenchmarkHelper {
	fn fund(account: &AccountId) {
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

	fn settling_circuit() -> Result<CircuitId, DispatchError> {
		Ok(CIRCUIT)
	}

	fn register_miner(miner: &AccountId, hot_key: &AccountId, bond: u128) -> DispatchResult {
		Balances::mint_into(&VAULT, bond)?;
		let row = MinerRow { hot_key: hot_key.clone(), bond, reserved: 0, locks: 0, capable: true };
		MinerTable::insert(miner, row);
		Ok(())
	}

	fn let_panels_sit() -> DispatchResult {
		NoPanels::set(false);
		PanelsFull::set(false);
		Ok(())
	}

	fn pause() -> DispatchResult {
		Paused::set(true);
		Ok(())
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

/// Lets the next block begin and end as the runtime does, idle with this weight, and returns what its idle
/// time was used for.
pub fn next_block_with(idle: Weight) -> Weight {
	let number = System::block_number() + 1;
	System::set_block_number(number);
	Marketplace::on_initialize(number);
	Marketplace::on_idle(number, idle)
}

/// Lets blocks pass in which nothing is done but what the pallet does by itself.
pub fn pass(blocks: u64) {
	for _ in 0..blocks {
		next_block_with(Weight::MAX);
	}
}

/// Lets blocks pass that are too full for the agenda, until this job time.
pub fn full_blocks_until(time: JobTime) {
	assert!(!Paused::get(), "time stands still");
	while Marketplace::now() < time {
		next_block_with(Weight::zero());
	}
}

/// A chain on which nothing has happened.
pub fn chain() -> sp_io::TestExternalities {
	let mut storage = frame_system::GenesisConfig::<Test>::default().build_storage().unwrap();
	let miners = (0..MINERS).map(miner);
	pallet_balances::GenesisConfig::<Test> {
		balances: [REQUESTER, ISSUER, OTHER_ISSUER, OWNER, STRANGER]
			.map(|account| (account, ENDOWMENT))
			.into_iter()
			.chain(miners.map(|account| (account, ENDOWMENT)))
			.chain((0..MINERS).map(|number| (hot(number), 1_000)))
			.chain([
				(POOR, EXISTENTIAL_DEPOSIT),
				(TREASURY, EXISTENTIAL_DEPOSIT),
				(VAULT, STAKE * u128::from(MINERS) + EXISTENTIAL_DEPOSIT),
			])
			.collect(),
		..Default::default()
	}
	.assimilate_storage(&mut storage)
	.unwrap();
	let mut externalities = sp_io::TestExternalities::new(storage);
	externalities.execute_with(|| {
		for number in 0..MINERS {
			let hot_key = hot(number);
			let row = MinerRow { hot_key, bond: STAKE, reserved: 0, locks: 0, capable: true };
			MinerTable::insert(miner(number), row);
		}
		System::set_block_number(1);
	});
	externalities
}

fn reset() {
	InOffice::set(vec![ISSUER, OTHER_ISSUER]);
	Resigned::set(vec![]);
	Removed::set(vec![]);
	CircuitStoppage::set(Stoppage::default());
	MinimumFee::set(0);
	MinimumLockBond::set(500);
	BondPart::set(Permill::zero());
	PanelFee::set(0);
	DeclineFee::set(5);
	EscrowWeight::set(Weight::from_parts(1_000, 0));
	Burned::set(0);
	HighValue::set(100_000);
	Paused::set(false);
	LastNeeds::set(None);
	Asked::set(vec![]);
	NoPanels::set(false);
	PanelsFull::set(false);
}

/// What holds after each step: the pallet's invariants, and that the registries agree with it.
pub fn check() {
	Marketplace::do_try_state().expect("invariants hold");
	let reserved = Marketplace::reserved_bonds();
	let mut bonds = 0;
	for (account, row) in MinerTable::iter() {
		let by_jobs = reserved.get(&account).copied().unwrap_or_default();
		assert_eq!(
			(row.reserved, row.locks),
			by_jobs,
			"what is reserved is the sum over the locks"
		);
		bonds += row.bond;
	}
	assert_eq!(free(&VAULT), bonds + EXISTENTIAL_DEPOSIT, "bonds are there");
	assert!(reserved.keys().all(MinerTable::contains_key), "whoever has a lock is a miner");
	let live = crate::Jobs::<Test>::iter().filter_map(|(job, record)| Some((job, record.live()?)));
	let (mut circuits, mut disputed) = (0, 0);
	for (job, record) in live {
		circuits += u32::from(record.offer.circuit.is_some());
		let on_panel = record.state == crate::JobState::Disputed;
		disputed += usize::from(on_panel);
		assert_eq!(OpenPanels::contains_key(job), on_panel, "a panel sits on disputed jobs");
	}
	assert_eq!(References::get(), circuits, "living jobs keep their circuits");
	assert_eq!(OpenPanels::iter().count(), disputed);
}

/// What was burned where miners have declined, by the events that there are.
pub fn burned() -> u128 {
	let events = System::events().into_iter().filter_map(|record| match record.event {
		RuntimeEvent::Marketplace(crate::Event::JobDeclined { burned, .. }) => Some(burned),
		_ => None,
	});
	events.sum()
}

/// Runs a test and then checks the pallet's invariants and that no money was made or lost.
pub fn run(test: impl FnOnce()) {
	chain().execute_with(|| {
		reset();
		let issuance = Balances::total_issuance();
		test();
		let burned = Burned::get() + burned();
		assert_eq!(Balances::total_issuance() + burned, issuance, "no money is made or lost");
		check();
	});
}

/// Job time now, for the tests of other clocks.
pub fn now() -> JobTime {
	crate::RunningTime::<Test>::get()
}
