//! What the calls cost at their worst.
//!
//! Lists are full, miners have said something else before, the endpoint is as long as it can be, every node
//! of the tree of shares that a call writes is full and changes for the first time in its epoch, and miners owe
//! what is then collected. What other pallets do with miners is measured by their own benchmarks, as part of
//! their calls, with miners of [`Pallet::benchmark_miner`].

#![cfg(feature = "runtime-benchmarks")]

use super::*;
use alloc::{vec, vec::Vec};
use frame_support::{
	traits::{fungible::Inspect, Authorize, Get},
	BoundedVec,
};
use frame_system::RawOrigin;
use polkadot_sdk::{
	frame_benchmarking::v2::*,
	sp_runtime::{
		app_crypto::RuntimeAppPublic, transaction_validity::TransactionSource, DispatchResult,
	},
};
use quittance_types::{
	hot_key_message, EpochIndex, JobTime, Level, Miners as _, Outcome, ProvenReceipts,
};

/// What the benchmarks need of the rest of the runtime.
pub trait BenchmarkHelper<AccountId> {
	/// Gives an account enough for five times the least bond.
	fn fund(account: &AccountId);

	/// Sets the job clock.
	fn set_time(now: JobTime);

	/// Sets the number of the epoch.
	fn set_epoch(epoch: EpochIndex);

	/// Turns rewards on, with a cap that nothing reaches.
	fn turn_rewards_on();
}

/// A time and an epoch before which things could have happened.
const NOW: JobTime = 10;
const EPOCH: EpochIndex = 10;

/// As many different ids as a list can have.
fn ids<const MOST: u32>() -> Vec<[u8; 32]> {
	(0..MOST).map(|number| [number as u8; 32]).collect()
}

/// The longest capabilities.
fn capabilities() -> Capabilities {
	Capabilities {
		circuits: BoundedVec::truncate_from(ids::<MAX_CIRCUITS>()),
		levels: BoundedVec::truncate_from(vec![Level::Transparent, Level::Basic, Level::Enhanced]),
		max_constraints: u64::MAX,
		largest_model: u64::MAX,
		fhe_parameters: BoundedVec::truncate_from(ids::<MAX_FHE_PARAMETERS>()),
		region: BoundedVec::truncate_from(b"eu-west1".to_vec()),
	}
}

/// The longest endpoint.
fn endpoint() -> Endpoint {
	let mut bytes = b"https://".to_vec();
	bytes.resize(MAX_ENDPOINT_BYTES as usize, b'e');
	Endpoint::truncate_from(bytes)
}

/// A new hot key of a miner, with the proof that it is held.
fn hot_key_of<T: Config>(
	miner: &T::AccountId,
) -> Result<(hot_key::Public, T::AccountId, [u8; 64]), BenchmarkError> {
	let key = hot_key::Public::generate_pair(None);
	let account = Pallet::<T>::account_of(&key);
	let message = hot_key_message(
		&Pallet::<T>::genesis_hash(),
		&miner.clone().into(),
		&account.clone().into(),
	);
	let signature = key.sign(&message).ok_or("the keystore does not have the key")?;
	Ok((key, account, signature.into_inner().0))
}

/// What a miner bonds: the least bond stays when it has paid what it owes and unbonds some.
fn bond<T: Config>() -> u128 {
	T::MinimumBond::get().saturating_mul(4)
}

impl<T: Config> Pallet<T> {
	/// The slot of the benchmarks' miner of this number, below 256: as far from those of the others as can
	/// be, so that hardly two share a node below the root, and none is beside another's in a node.
	fn benchmark_slot_of(number: u32) -> u32 {
		let branching = BRANCHING as u32;
		let (first, second) = (number % branching, number / branching);
		let last = first.saturating_add(second) % branching;
		(first * branching + second) * branching + last
	}

	/// Makes the next slot one that was freed, with all other children of the nodes above it taken.
	/// They have next to no share, by accounts that are no miners.
	fn benchmark_slot() {
		let free = |slot: &u32| !Slots::<T>::contains_key(slot);
		let slot = (0..256).map(Self::benchmark_slot_of).find(free).unwrap_or_default();
		for level in 0..u32::from(SHARE_LEVELS) {
			for other in (1..BRANCHING as u32).map(|child| slot ^ (child << (4 * level))) {
				if !Slots::<T>::contains_key(other) {
					Slots::<T>::insert(other, Slot::Taken(account("other", other, 0)));
					Self::set_share(other, 1);
				}
			}
		}
		Slots::<T>::insert(slot, Slot::Free { next: None });
		Pool::<T>::put(SlotPool { opened: MAX_MINERS, free: Some(slot) });
	}

	/// Makes the next change of each node the first of its epoch, with two epochs kept before it. Asked for
	/// an epoch after those two, shares are what they are now.
	pub fn benchmark_past() {
		PastShareNodes::<T>::translate(|at, _: PastShares| {
			let mut past = PastShares::default();
			for epoch in [0, 1] {
				past.keep(epoch, ShareNodes::<T>::get(at).unwrap_or_default());
			}
			Some(past)
		});
	}

	/// Registers a miner with full lists under a hot key that nobody need have, with four times the
	/// least bond of its own. Also for the benchmarks of other pallets.
	pub fn benchmark_miner(miner: &T::AccountId, hot_key: &T::AccountId) -> DispatchResult {
		T::BenchmarkHelper::fund(miner);
		Self::benchmark_slot();
		Self::enrol(miner.clone(), hot_key.clone(), bond::<T>(), capabilities(), endpoint())?;
		Self::benchmark_past();
		// So long ago that a draw looks at this first, and then at what it says now.
		Formers::<T>::insert(
			miner,
			FormerCapabilities { changed_in: 0, capabilities: capabilities() },
		);
		Ok(())
	}
}

/// Makes a miner owe the least bond, which is there to be collected.
fn owing<T: Config>(miner: &T::AccountId) {
	Miners::<T>::mutate(miner, |record| {
		if let Some(record) = record {
			record.owed = T::MinimumBond::get();
		}
	});
}

fn debt<T: Config>(miner: &T::AccountId) -> Option<u128> {
	Miners::<T>::get(miner).map(|record| record.owed)
}

/// Registers a miner and returns its hot key.
fn registered<T: Config>(miner: &T::AccountId) -> Result<hot_key::Public, BenchmarkError> {
	T::BenchmarkHelper::fund(miner);
	Pallet::<T>::benchmark_slot();
	T::BenchmarkHelper::set_time(NOW);
	T::BenchmarkHelper::set_epoch(EPOCH);
	let (key, account, possession) = hot_key_of::<T>(miner)?;
	let who = miner.clone();
	Pallet::<T>::do_register(who, account, possession, bond::<T>(), capabilities(), endpoint())?;
	Ok(key)
}

/// Starts a rotation to a new key, which is returned.
fn rotating<T: Config>(miner: &T::AccountId) -> Result<T::AccountId, BenchmarkError> {
	let (_, account, possession) = hot_key_of::<T>(miner)?;
	Pallet::<T>::do_rotate_hot_key(miner.clone(), account.clone(), possession)?;
	Ok(account)
}

/// Starts to unbond so many parts, one in each block, and returns the time of the last.
fn unbonding<T: Config>(miner: &T::AccountId, parts: u32) -> Result<JobTime, BenchmarkError> {
	let mut now = NOW;
	for _ in 0..parts {
		now = now.saturating_add(1);
		T::BenchmarkHelper::set_time(now);
		Pallet::<T>::do_unbond(miner.clone(), 1)?;
	}
	Ok(now)
}

fn parts<T: Config>(miner: &T::AccountId) -> Option<usize> {
	Miners::<T>::get(miner).map(|record| record.unbonding.len())
}

/// A miner's heartbeat for the epoch after its registration.
fn beat<T: Config>(miner: &T::AccountId) -> Result<(EpochIndex, [u8; 64]), BenchmarkError> {
	let key = registered::<T>(miner)?;
	unbonding::<T>(miner, MAX_UNBONDINGS)?;
	let epoch = EPOCH.saturating_add(1);
	T::BenchmarkHelper::set_epoch(epoch);
	let message = Pallet::<T>::heartbeat_to_sign(miner, epoch);
	let signature = key.sign(&message).ok_or("the keystore does not have the key")?;
	Ok((epoch, signature.into_inner().0))
}

#[benchmarks]
mod benchmarks {
	use super::*;

	#[benchmark]
	fn register() -> Result<(), BenchmarkError> {
		let caller: T::AccountId = whitelisted_caller();
		T::BenchmarkHelper::fund(&caller);
		Pallet::<T>::benchmark_slot();
		T::BenchmarkHelper::set_epoch(EPOCH);
		Pallet::<T>::benchmark_past();
		let (_, account, possession) = hot_key_of::<T>(&caller)?;
		let (bond, capabilities, endpoint) = (bond::<T>(), capabilities(), endpoint());

		#[extrinsic_call]
		_(RawOrigin::Signed(caller.clone()), account, possession, bond, capabilities, endpoint);

		assert!(Miners::<T>::contains_key(&caller));
		Ok(())
	}

	/// In place of a rotation under way.
	#[benchmark]
	fn rotate_hot_key() -> Result<(), BenchmarkError> {
		let caller: T::AccountId = whitelisted_caller();
		registered::<T>(&caller)?;
		unbonding::<T>(&caller, MAX_UNBONDINGS)?;
		let replaced = rotating::<T>(&caller)?;
		let (_, account, possession) = hot_key_of::<T>(&caller)?;

		#[extrinsic_call]
		_(RawOrigin::Signed(caller), account.clone(), possession);

		assert!(HotKeys::<T>::contains_key(&account));
		assert!(!HotKeys::<T>::contains_key(&replaced));
		Ok(())
	}

	#[benchmark]
	fn cancel_rotation() -> Result<(), BenchmarkError> {
		let caller: T::AccountId = whitelisted_caller();
		registered::<T>(&caller)?;
		unbonding::<T>(&caller, MAX_UNBONDINGS)?;
		let cancelled = rotating::<T>(&caller)?;

		#[extrinsic_call]
		_(RawOrigin::Signed(caller));

		assert!(!HotKeys::<T>::contains_key(&cancelled));
		Ok(())
	}

	#[benchmark]
	fn set_capabilities() -> Result<(), BenchmarkError> {
		let caller: T::AccountId = whitelisted_caller();
		registered::<T>(&caller)?;
		Pallet::<T>::do_set_capabilities(caller.clone(), capabilities())?;
		let epoch = EPOCH.saturating_add(1);
		T::BenchmarkHelper::set_epoch(epoch);
		let changed = Capabilities { max_constraints: 1, ..capabilities() };

		#[extrinsic_call]
		_(RawOrigin::Signed(caller.clone()), changed.clone());

		assert!(Profiles::<T>::get(&caller).is_some_and(|of| of.capabilities == changed));
		assert!(Formers::<T>::get(&caller).is_some_and(|former| former.changed_in == epoch));
		Ok(())
	}

	#[benchmark]
	fn set_endpoint() -> Result<(), BenchmarkError> {
		let caller: T::AccountId = whitelisted_caller();
		registered::<T>(&caller)?;
		let mut bytes = endpoint().into_inner();
		bytes.pop();
		bytes.push(b'f');
		let changed = Endpoint::truncate_from(bytes);

		#[extrinsic_call]
		_(RawOrigin::Signed(caller.clone()), changed.clone());

		assert!(Profiles::<T>::get(&caller).is_some_and(|of| of.endpoint == changed));
		Ok(())
	}

	#[benchmark]
	fn bond_more() -> Result<(), BenchmarkError> {
		let caller: T::AccountId = whitelisted_caller();
		registered::<T>(&caller)?;
		unbonding::<T>(&caller, MAX_UNBONDINGS)?;
		owing::<T>(&caller);
		Pallet::<T>::benchmark_past();
		let before = Miners::<T>::get(&caller).map(|record| record.bond).unwrap_or_default();

		#[extrinsic_call]
		_(RawOrigin::Signed(caller.clone()), 1);

		let after = before.saturating_add(1).saturating_sub(T::MinimumBond::get());
		assert!(Miners::<T>::get(&caller).is_some_and(|record| record.bond == after));
		assert_eq!(debt::<T>(&caller), Some(0));
		Ok(())
	}

	/// The last part that there is room for.
	#[benchmark]
	fn unbond() -> Result<(), BenchmarkError> {
		let caller: T::AccountId = whitelisted_caller();
		registered::<T>(&caller)?;
		let last = unbonding::<T>(&caller, MAX_UNBONDINGS.saturating_sub(1))?;
		T::BenchmarkHelper::set_time(last.saturating_add(1));
		owing::<T>(&caller);
		Pallet::<T>::benchmark_past();

		#[extrinsic_call]
		_(RawOrigin::Signed(caller.clone()), 1);

		assert_eq!(parts::<T>(&caller), Some(MAX_UNBONDINGS as usize));
		assert_eq!(debt::<T>(&caller), Some(0));
		Ok(())
	}

	/// All parts of a miner that stays. A lock has reserved its bond, so that the last part pays what it
	/// owes, and its share grows by that.
	#[benchmark]
	fn withdraw_unbonded() -> Result<(), BenchmarkError> {
		let caller: T::AccountId = whitelisted_caller();
		registered::<T>(&caller)?;
		let last = unbonding::<T>(&caller, MAX_UNBONDINGS.saturating_sub(1))?.saturating_add(1);
		T::BenchmarkHelper::set_time(last);
		Pallet::<T>::do_unbond(caller.clone(), T::MinimumBond::get())?;
		let record = Miners::<T>::get(&caller).ok_or("the miner is registered")?;
		Pallet::<T>::reserve(&caller, record.free_bond())?;
		T::BenchmarkHelper::set_time(last.saturating_add(T::UnbondingDelay::get()));
		owing::<T>(&caller);
		Pallet::<T>::benchmark_past();
		let before = Miners::<T>::get(&caller).and_then(|record| record.share());

		#[extrinsic_call]
		_(RawOrigin::Signed(caller.clone()));

		assert_eq!(parts::<T>(&caller), Some(0));
		assert_eq!(debt::<T>(&caller), Some(0));
		let after = Miners::<T>::get(&caller).and_then(|record| record.share());
		assert!(before.map(|(_, share)| share) < after.map(|(_, share)| share));
		Ok(())
	}

	/// All parts of a miner that is then gone.
	#[benchmark]
	fn withdraw_last() -> Result<(), BenchmarkError> {
		let caller: T::AccountId = whitelisted_caller();
		registered::<T>(&caller)?;
		Pallet::<T>::record_outcome(&caller, Outcome::Fulfilled);
		Pallet::<T>::do_set_capabilities(caller.clone(), capabilities())?;
		let last = unbonding::<T>(&caller, MAX_UNBONDINGS.saturating_sub(1))?;
		T::BenchmarkHelper::set_time(last.saturating_add(1));
		Pallet::<T>::do_leave(caller.clone())?;
		assert_eq!(parts::<T>(&caller), Some(MAX_UNBONDINGS as usize));
		let until = last.saturating_add(1).saturating_add(T::UnbondingDelay::get());
		T::BenchmarkHelper::set_time(until);
		owing::<T>(&caller);

		#[extrinsic_call]
		withdraw_unbonded(RawOrigin::Signed(caller.clone()));

		assert!(!Miners::<T>::contains_key(&caller));
		assert!(!Outcomes::<T>::contains_key(&caller));
		assert!(!Formers::<T>::contains_key(&caller));
		Ok(())
	}

	/// With a rotation under way.
	#[benchmark]
	fn leave() -> Result<(), BenchmarkError> {
		let caller: T::AccountId = whitelisted_caller();
		registered::<T>(&caller)?;
		let last = unbonding::<T>(&caller, MAX_UNBONDINGS.saturating_sub(1))?;
		T::BenchmarkHelper::set_time(last.saturating_add(1));
		let cancelled = rotating::<T>(&caller)?;
		owing::<T>(&caller);
		Pallet::<T>::benchmark_past();

		#[extrinsic_call]
		_(RawOrigin::Signed(caller.clone()));

		assert_eq!(parts::<T>(&caller), Some(MAX_UNBONDINGS as usize));
		assert!(Miners::<T>::get(&caller).is_some_and(|record| record.is_leaving()));
		assert!(!HotKeys::<T>::contains_key(&cancelled));
		Ok(())
	}

	#[benchmark]
	fn heartbeat() -> Result<(), BenchmarkError> {
		let miner: T::AccountId = account("miner", 0, 0);
		let (epoch, signature) = beat::<T>(&miner)?;

		#[extrinsic_call]
		_(RawOrigin::Authorized, miner.clone(), epoch, signature);

		assert!(Miners::<T>::get(&miner).is_some_and(|record| record.last_heartbeat == epoch));
		Ok(())
	}

	#[benchmark]
	fn authorize_heartbeat() -> Result<(), BenchmarkError> {
		let miner: T::AccountId = account("miner", 0, 0);
		let (epoch, signature) = beat::<T>(&miner)?;
		let call = Call::<T>::heartbeat { miner, epoch, signature };

		let verdict;
		#[block]
		{
			verdict = call.authorize(TransactionSource::External);
		}

		assert!(verdict.is_some_and(|verdict| verdict.is_ok()));
		Ok(())
	}

	#[benchmark]
	fn pause_matching() -> Result<(), BenchmarkError> {
		let caller: T::AccountId = whitelisted_caller();
		registered::<T>(&caller)?;
		unbonding::<T>(&caller, MAX_UNBONDINGS)?;

		#[extrinsic_call]
		_(RawOrigin::Signed(caller.clone()));

		let status = Miners::<T>::get(&caller).map(|record| record.status);
		assert!(matches!(status, Some(Status::Registered { paused: true, .. })));
		Ok(())
	}

	#[benchmark]
	fn resume_matching() -> Result<(), BenchmarkError> {
		let caller: T::AccountId = whitelisted_caller();
		registered::<T>(&caller)?;
		unbonding::<T>(&caller, MAX_UNBONDINGS)?;
		Pallet::<T>::do_pause_matching(caller.clone())?;

		#[extrinsic_call]
		_(RawOrigin::Signed(caller.clone()));

		let status = Miners::<T>::get(&caller).map(|record| record.status);
		assert!(matches!(status, Some(Status::Registered { paused: false, .. })));
		Ok(())
	}

	/// In the first block of an epoch.
	#[benchmark]
	fn call_the_roll() -> Result<(), BenchmarkError> {
		T::BenchmarkHelper::set_epoch(EPOCH);
		Pallet::<T>::call_the_roll();
		let over = Roll::<T>::get().over;
		T::BenchmarkHelper::set_epoch(EPOCH.saturating_add(1));

		#[block]
		{
			Pallet::<T>::call_the_roll();
		}

		assert_eq!(Roll::<T>::get().over, over.saturating_add(1));
		Ok(())
	}

	/// For as many miners, each of whom is paid.
	#[benchmark]
	fn fee_burned(m: Linear<1, MAX_REWARDED>) -> Result<(), BenchmarkError> {
		T::BenchmarkHelper::set_epoch(EPOCH);
		T::BenchmarkHelper::turn_rewards_on();
		frame_system::Pallet::<T>::note_finished_initialize();
		let miners: Vec<T::AccountId> = (0..m).map(|number| account("miner", number, 0)).collect();
		for miner in &miners {
			T::BenchmarkHelper::fund(miner);
			<Pallet<T> as ProvenReceipts<T::AccountId>>::proven(miner);
		}
		let before = T::Currency::total_issuance();

		#[block]
		{
			Pallet::<T>::fee_burned(u128::MAX);
		}

		assert!(ProofNotes::<T>::get().is_none());
		let minted = Minting::<T>::get();
		assert!(minted.epoch == EPOCH && minted.amount >= u128::from(m));
		assert_eq!(T::Currency::total_issuance(), before.saturating_add(minted.amount));
		Ok(())
	}

	impl_benchmark_test_suite!(Pallet, crate::mock::for_benchmarks(), crate::mock::Test);
}
