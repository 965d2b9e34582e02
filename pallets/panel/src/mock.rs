//! A runtime with the panel pallet and honest, small models of its neighbours: a registry that keeps bonds,
//! locks and shares in a ledger, and a marketplace that writes down what it is told.

use crate::{self as pallet_panel};
use codec::Encode;
use polkadot_sdk::{
	frame_support::{self, derive_impl, parameter_types, traits::Hooks, weights::Weight},
	frame_system,
	sp_core::H256,
	sp_io,
	sp_runtime::{traits::IdentityLookup, AccountId32, BuildStorage, Perbill},
};
use quittance_types::{blake2_256, EpochIndex, JobId, JobTime, Panels as _, Question, Refusal};
use std::collections::BTreeMap;

pub type AccountId = AccountId32;
type Block = frame_system::mocking::MockBlock<Test>;

pub const GENESIS: [u8; 32] = [0x6E; 32];

/// The block, the job time and the epoch in which tests begin.
pub const FIRST_BLOCK: u64 = 10;
pub const NOW: JobTime = 7;
pub const EPOCH: EpochIndex = 20;

/// Blocks in an epoch of the tests.
pub const EPOCH_BLOCKS: u64 = 4;

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
	#[runtime::pallet_index(41)]
	pub type Market = market::Pallet<Test>;
	#[runtime::pallet_index(42)]
	pub type Registry = registry::Pallet<Test>;
	// Not `Panels` or `Panel`, which are the pallet's map and its record.
	#[runtime::pallet_index(43)]
	pub type Jury = pallet_panel::Pallet<Test>;
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
	type Block = Block;
	type AccountId = AccountId;
	type Lookup = IdentityLookup<AccountId>;
}

parameter_types! {
	pub const MaxPanels: u32 = 20;
	pub const DrawsPerEpoch: u32 = 3;
	pub const LeastContributions: u32 = 2;
	// Not constants, so that tests can change what governance can.
	pub static SeatBond: u128 = 100;
	pub static AbsenceSlash: u128 = 20;
	pub static DissentSlash: Perbill = Perbill::from_percent(50);
	pub static CommitWindow: JobTime = 30;
	pub static RevealWindow: JobTime = 20;
	pub static CurrentEpoch: EpochIndex = EPOCH;
	pub static LastContribution: Option<[u8; 32]> = None;
	pub static JobNow: JobTime = NOW;
	/// Whether the jobs' clock stands still.
	pub static Paused: bool = false;
	/// Which of the possible pasts the blocks' authors have: their outputs depend on it.
	pub static Past: u64 = 0;
	/// Jobs whose panel, when it ends, is asked again at once.
	pub static AskedAgain: Vec<JobId> = vec![];
}

impl pallet_panel::Config for Test {
	type Miners = Registry;
	type Disputes = Market;
	type Epoch = CurrentEpoch;
	type Contribution = LastContribution;
	type LeastContributions = LeastContributions;
	type JobClock = JobNow;
	type SeatBond = SeatBond;
	type AbsenceSlash = AbsenceSlash;
	type DissentSlash = DissentSlash;
	type CommitWindow = CommitWindow;
	type RevealWindow = RevealWindow;
	type MaxPanels = MaxPanels;
	type DrawsPerEpoch = DrawsPerEpoch;
	type WeightInfo = crate::weights::SubstrateWeight<Test>;
	#[cfg(feature = "runtime-benchmarks")]
	type BenchmarkHelper = BenchmarkHelper;
}

impl market::Config for Test {}
impl registry::Config for Test {}

/// Miners: bonds with their history, locks, hot keys, and what was slashed.
#[frame_support::pallet(dev_mode)]
pub mod registry {
	use super::AccountId;
	use codec::{Decode, Encode};
	use polkadot_sdk::{frame_support::pallet_prelude::*, frame_system};
	use quittance_types::{EpochIndex, JobNeeds, Level, Miners, Outcome, Shares};
	use std::collections::BTreeMap;

	/// A miner.
	#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
	pub struct Entry {
		pub hot_key: AccountId,
		/// What it has bonded, after every epoch in which that changed.
		pub bonds: Vec<(EpochIndex, u128)>,
		/// What all locks have reserved.
		pub reserved: u128,
		/// What locks of jobs, not of panels, have reserved of that, and how many there are.
		pub by_jobs: u128,
		pub jobs: u32,
		pub locks: u32,
		pub registered_in: EpochIndex,
		pub leaving: bool,
		pub paused: bool,
		/// Level that it takes jobs for.
		pub level: Level,
		/// The epoch in which that was changed last, and what it was when that epoch began.
		pub former: Option<(EpochIndex, Level)>,
	}

	impl Entry {
		pub fn bond(&self) -> u128 {
			self.bonds.last().map_or(0, |(_, bond)| *bond)
		}

		pub fn free(&self) -> u128 {
			self.bond() - self.reserved
		}

		/// The bond with which an epoch began.
		fn bond_before(&self, epoch: EpochIndex) -> u128 {
			let past = self.bonds.iter().rev().find(|(changed_in, _)| *changed_in < epoch);
			past.map_or(0, |(_, bond)| *bond)
		}

		pub fn set_level(&mut self, epoch: EpochIndex, level: Level) {
			if self.former.is_none_or(|(changed_in, _)| changed_in < epoch) {
				self.former = Some((epoch, self.level));
			}
			self.level = level;
		}

		/// The level with which an epoch began.
		fn level_before(&self, epoch: EpochIndex) -> Level {
			let past = self.former.filter(|(changed_in, _)| *changed_in >= epoch);
			past.map_or(self.level, |(_, level)| level)
		}

		pub fn set_bond(&mut self, epoch: EpochIndex, bond: u128) {
			self.bonds.retain(|(changed_in, _)| *changed_in != epoch);
			self.bonds.push((epoch, bond));
		}
	}

	#[pallet::config]
	#[pallet::disable_frame_system_supertrait_check]
	pub trait Config: frame_system::Config<AccountId = AccountId> {}

	#[pallet::pallet]
	pub struct Pallet<T>(_);

	#[pallet::storage]
	pub type Ledger<T: Config> = StorageValue<_, BTreeMap<AccountId, Entry>, ValueQuery>;

	/// What was slashed from anybody.
	#[pallet::storage]
	pub type Treasury<T: Config> = StorageValue<_, u128, ValueQuery>;

	fn epoch() -> EpochIndex {
		super::CurrentEpoch::get()
	}

	impl<T: Config> Pallet<T> {
		pub fn entry(miner: &AccountId) -> Option<Entry> {
			Ledger::<T>::get().remove(miner)
		}

		/// Changes a miner, unless that is refused.
		pub fn change<R>(
			miner: &AccountId,
			change: impl FnOnce(&mut Entry) -> Result<R, &'static str>,
		) -> Result<R, &'static str> {
			let mut ledger = Ledger::<T>::get();
			let changed = change(ledger.get_mut(miner).ok_or("unknown")?)?;
			Ledger::<T>::put(ledger);
			Ok(changed)
		}

		pub fn register(miner: &AccountId, hot_key: &AccountId, bond: u128) {
			let entry = Entry {
				hot_key: hot_key.clone(),
				bonds: vec![(epoch(), bond)],
				reserved: 0,
				by_jobs: 0,
				jobs: 0,
				locks: 0,
				registered_in: epoch(),
				leaving: false,
				paused: false,
				level: Level::Transparent,
				former: None,
			};
			Ledger::<T>::mutate(|ledger| {
				ledger.entry(miner.clone()).or_insert(entry);
			});
		}

		pub fn bond_more(miner: &AccountId, amount: u128) -> Result<(), &'static str> {
			Self::change(miner, |entry| {
				entry.set_bond(epoch(), entry.bond() + amount);
				Ok(())
			})
		}

		/// Of the free bond only. Returns what was paid back.
		pub fn unbond(miner: &AccountId, amount: u128) -> Result<u128, &'static str> {
			Self::change(miner, |entry| {
				let amount = amount.min(entry.free());
				entry.set_bond(epoch(), entry.bond() - amount);
				Ok(amount)
			})
		}

		/// Refused with open locks. Returns what was paid back.
		pub fn leave(miner: &AccountId) -> Result<u128, &'static str> {
			Self::change(miner, |entry| {
				if entry.locks > 0 || entry.leaving {
					return Err("has locks");
				}
				let bond = entry.bond();
				entry.set_bond(epoch(), 0);
				entry.leaving = true;
				Ok(bond)
			})
		}

		/// A job takes a part of the free bond.
		pub fn lock(miner: &AccountId, amount: u128) -> Result<(), &'static str> {
			<Self as Miners<AccountId>>::reserve(miner, amount)?;
			Self::change(miner, |entry| {
				entry.by_jobs += amount;
				entry.jobs += 1;
				Ok(())
			})
		}
	}

	impl<T: Config> Miners<AccountId> for Pallet<T> {
		type Error = &'static str;

		fn by_hot_key(hot_key: &AccountId) -> Option<AccountId> {
			let mut miners = Ledger::<T>::get().into_iter();
			miners.find(|(_, entry)| entry.hot_key == *hot_key).map(|(miner, _)| miner)
		}

		fn can_take(miner: &AccountId, needs: &JobNeeds) -> Result<(), &'static str> {
			let entry = Self::entry(miner).ok_or("unknown")?;
			let judges = <Self as Shares<AccountId>>::can_judge(epoch() + 1, miner, needs);
			if entry.paused || !judges {
				return Err("cannot");
			}
			Ok(())
		}

		fn reserve(miner: &AccountId, amount: u128) -> Result<(), &'static str> {
			let entry = Self::entry(miner).ok_or("unknown")?;
			if entry.paused || !Self::reserve_for_duty(miner, amount) {
				return Err("refused");
			}
			Ok(())
		}

		fn release(miner: &AccountId, amount: u128) {
			Self::change(miner, |entry| {
				entry.reserved = entry.reserved.checked_sub(amount).ok_or("never reserved")?;
				entry.locks = entry.locks.checked_sub(1).ok_or("no lock")?;
				Ok(())
			})
			.expect("a release is of what was reserved");
		}

		fn slash(miner: &AccountId, amount: u128) -> u128 {
			let slashed = Self::change(miner, |entry| {
				let slashed = amount.min(entry.free());
				entry.set_bond(epoch(), entry.bond() - slashed);
				Ok(slashed)
			})
			.unwrap_or(0);
			Treasury::<T>::mutate(|treasury| *treasury += slashed);
			slashed
		}

		fn slash_for(_: &AccountId, _: u128, _: &AccountId, _: u128) -> (u128, u128) {
			unreachable!("a panel slashes in nobody's favour")
		}

		fn record_outcome(_: &AccountId, _: Outcome) {}
	}

	impl<T: Config> Shares<AccountId> for Pallet<T> {
		fn total(since: EpochIndex) -> u128 {
			Ledger::<T>::get().values().map(|entry| entry.bond_before(since)).sum()
		}

		fn at(since: EpochIndex, point: u128) -> Option<AccountId> {
			let mut left = point;
			Ledger::<T>::get().into_iter().find_map(|(miner, entry)| {
				let share = entry.bond_before(since);
				if left < share {
					return Some(miner);
				}
				left -= share;
				None
			})
		}

		fn registered_in(miner: &AccountId) -> Option<EpochIndex> {
			Self::entry(miner).map(|entry| entry.registered_in)
		}

		fn can_judge(since: EpochIndex, miner: &AccountId, needs: &JobNeeds) -> bool {
			Self::entry(miner)
				.is_some_and(|entry| !entry.leaving && entry.level_before(since) == needs.level)
		}

		fn reserve_for_duty(miner: &AccountId, amount: u128) -> bool {
			let reserved = Self::change(miner, |entry| {
				if entry.leaving || amount == 0 || amount > entry.free() {
					return Err("refused");
				}
				entry.reserved += amount;
				entry.locks += 1;
				Ok(())
			});
			reserved.is_ok()
		}
	}
}

/// The marketplace: what it was told.
#[frame_support::pallet(dev_mode)]
pub mod market {
	use super::AccountId;
	use polkadot_sdk::{frame_support::pallet_prelude::*, frame_system};
	use quittance_types::{Disputes, JobId, Verdict};

	#[pallet::config]
	#[pallet::disable_frame_system_supertrait_check]
	pub trait Config: frame_system::Config<AccountId = AccountId> {}

	#[pallet::pallet]
	pub struct Pallet<T>(_);

	/// Verdicts with those who share the fee, in the order in which they came.
	#[pallet::storage]
	pub type Verdicts<T: Config> =
		StorageMap<_, Twox64Concat, JobId, Vec<(Verdict, Vec<AccountId>)>, ValueQuery>;

	/// Whether the job's last panel had members.
	#[pallet::storage]
	pub type Sat<T: Config> = StorageMap<_, Twox64Concat, JobId, bool>;

	impl<T: Config> Disputes<AccountId> for Pallet<T> {
		fn decided(job: JobId, verdict: Verdict, members: Vec<AccountId>, sat: bool) {
			Verdicts::<T>::append(job, (verdict, members));
			Sat::<T>::insert(job, sat);
			if super::AskedAgain::get().contains(&job) {
				super::ask(super::question(job)).expect("the panel before has left nothing");
			}
		}
	}
}

#[cfg(feature = "runtime-benchmarks")]
pub struct BenchmarkHelper;

#[cfg(feature = "runtime-benchmarks")]
impl crate::BenchmarkHelper<AccountId> for BenchmarkHelper {
	fn miner(number: u32) -> (AccountId, AccountId) {
		let number = u8::try_from(number).expect("few are asked for");
		Registry::register(&miner(number), &hot(number), 1_000_000);
		(miner(number), hot(number))
	}

	fn needs() -> quittance_types::JobNeeds {
		needs()
	}

	fn disputed_job(_: &[AccountId]) -> JobId {
		7
	}

	fn set_time(now: JobTime) {
		JobNow::set(now);
	}

	fn set_epoch(epoch: EpochIndex) {
		CurrentEpoch::set(epoch);
	}

	fn contribute(output: [u8; 32]) {
		LastContribution::set(Some(output));
	}
}

/// The cold account of a miner.
pub fn miner(number: u8) -> AccountId {
	AccountId::new([number; 32])
}

/// Its hot key.
pub fn hot(number: u8) -> AccountId {
	let mut key = [number; 32];
	key[0] = !number;
	AccountId::new(key)
}

/// What the author of a block contributes.
pub fn output(block: u64) -> [u8; 32] {
	blake2_256(&(Past::get(), block).encode())
}

/// What every job of the tests needs.
pub fn needs() -> quittance_types::JobNeeds {
	quittance_types::JobNeeds {
		level: quittance_types::Level::Transparent,
		circuit: None,
		constraints: 0,
		model_size: 0,
		fhe_parameters: None,
	}
}

pub const REQUESTER: AccountId = AccountId::new([251; 32]);
pub const ISSUER: AccountId = AccountId::new([252; 32]);
pub const MAX_AMOUNT: u128 = 1_000;

/// Two outputs, of the miners 1 and 2.
pub fn question(job: JobId) -> Question<AccountId> {
	let candidate = |number| quittance_types::Candidate {
		miner: miner(number),
		output: quittance_types::Blob { digest: [number; 32], size: 100 },
	};
	Question {
		job,
		candidates: vec![candidate(1), candidate(2)],
		needs: needs(),
		barred: vec![REQUESTER, ISSUER],
		max_amount: MAX_AMOUNT,
	}
}

/// As the marketplace asks.
pub fn ask(question: Question<AccountId>) -> polkadot_sdk::sp_runtime::DispatchResult {
	Jury::open(question).map_err(|refusal| match refusal {
		Refusal::ForNow(error) | Refusal::ForGood(error) => error,
	})
}

/// Begins a block of the same epoch.
pub fn begin_block() -> Weight {
	let parent = System::block_number();
	LastContribution::set(Some(output(parent)));
	System::set_block_number(parent + 1);
	if !Paused::get() {
		JobNow::set(JobNow::get() + 1);
	}
	Jury::on_initialize(parent + 1)
}

pub fn blocks(number: u64) {
	for _ in 0..number {
		begin_block();
	}
}

/// Begins the first block of the next epoch.
pub fn begin_epoch() -> Weight {
	CurrentEpoch::set(CurrentEpoch::get() + 1);
	begin_block()
}

/// Goes through a whole epoch, to the first block of the one after it.
pub fn pass_epoch() {
	begin_epoch();
	blocks(EPOCH_BLOCKS - 1);
	begin_epoch();
}

pub fn idle(remaining: Weight) -> Weight {
	<Jury as Hooks<u64>>::on_idle(System::block_number(), remaining)
}

/// A chain for benchmarks.
#[cfg(feature = "runtime-benchmarks")]
pub fn for_benchmarks() -> sp_io::TestExternalities {
	let mut externalities = chain();
	externalities.execute_with(reset);
	externalities
}

/// A chain on which nothing has happened.
pub fn chain() -> sp_io::TestExternalities {
	let storage = frame_system::GenesisConfig::<Test>::default().build_storage().unwrap();
	sp_io::TestExternalities::new(storage)
}

/// Puts back what tests change outside of the state.
pub fn reset() {
	SeatBond::set(100);
	AbsenceSlash::set(20);
	DissentSlash::set(Perbill::from_percent(50));
	CommitWindow::set(30);
	RevealWindow::set(20);
	CurrentEpoch::set(EPOCH);
	LastContribution::set(None);
	JobNow::set(NOW);
	Paused::set(false);
	Past::set(0);
	AskedAgain::set(vec![]);
	frame_system::BlockHash::<Test>::insert(0, H256(GENESIS));
	System::set_block_number(FIRST_BLOCK);
}

/// Runs a test and then checks the pallet's invariants and that the registry has reserved what panels say.
pub fn run(test: impl FnOnce()) {
	chain().execute_with(|| {
		reset();
		test();
		ensure_sound();
	});
}

/// Checks the pallet's invariants, and that what the registry has reserved is what panels and jobs have.
pub fn ensure_sound() {
	Jury::do_try_state().expect("the invariants hold");
	let mut seats = BTreeMap::<AccountId, (u128, u32)>::new();
	for panel in crate::Panels::<Test>::iter_values() {
		for member in panel.members.iter().filter(|member| member.is_bonded()) {
			let (bonds, locks) = seats.entry(member.account.clone()).or_default();
			*bonds += panel.stakes.bond;
			*locks += 1;
		}
	}
	for (miner, entry) in registry::Ledger::<Test>::get() {
		let (bonds, locks) = seats.remove(&miner).unwrap_or_default();
		assert_eq!(entry.reserved, entry.by_jobs + bonds);
		assert_eq!(entry.locks, entry.jobs + locks);
	}
	assert!(seats.is_empty(), "members are miners");
}
