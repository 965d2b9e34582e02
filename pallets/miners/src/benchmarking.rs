//! What the calls cost at their worst.
//!
//! Lists are full and the endpoint is as long as it can be. What the marketplace does with miners is
//! measured by its own benchmarks, as part of its calls.

#![cfg(feature = "runtime-benchmarks")]

use super::*;
use alloc::{vec, vec::Vec};
use frame_support::{
	traits::{Authorize, Get},
	BoundedVec,
};
use frame_system::RawOrigin;
use polkadot_sdk::{
	frame_benchmarking::v2::*,
	sp_runtime::{app_crypto::RuntimeAppPublic, transaction_validity::TransactionSource},
};
use quittance_types::{
	heartbeat_message, hot_key_message, EpochIndex, JobTime, Level, Miners as _, Outcome,
};

/// What the benchmarks need of the rest of the runtime.
pub trait BenchmarkHelper<AccountId> {
	/// Gives an account enough for twice the least bond.
	fn fund(account: &AccountId);

	/// Sets the job clock.
	fn set_time(now: JobTime);

	/// Sets the number of the epoch.
	fn set_epoch(epoch: EpochIndex);
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
		levels: BoundedVec::truncate_from(vec![Level::Transparent, Level::Basic]),
		max_constraints: u64::MAX,
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

/// What a miner bonds: the least bond stays when it unbonds some.
fn bond<T: Config>() -> u128 {
	T::MinimumBond::get().saturating_mul(2)
}

/// Registers a miner and returns its hot key.
fn registered<T: Config>(miner: &T::AccountId) -> Result<hot_key::Public, BenchmarkError> {
	T::BenchmarkHelper::fund(miner);
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
	let genesis = Pallet::<T>::genesis_hash();
	let message = heartbeat_message(&genesis, &miner.clone().into(), epoch);
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
		let changed = Capabilities { max_constraints: 1, ..capabilities() };

		#[extrinsic_call]
		_(RawOrigin::Signed(caller.clone()), changed.clone());

		assert!(Profiles::<T>::get(&caller).is_some_and(|of| of.capabilities == changed));
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
		let before = Miners::<T>::get(&caller).map(|record| record.bond).unwrap_or_default();

		#[extrinsic_call]
		_(RawOrigin::Signed(caller.clone()), 1);

		let after = before.saturating_add(1);
		assert!(Miners::<T>::get(&caller).is_some_and(|record| record.bond == after));
		Ok(())
	}

	/// The last part that there is room for.
	#[benchmark]
	fn unbond() -> Result<(), BenchmarkError> {
		let caller: T::AccountId = whitelisted_caller();
		registered::<T>(&caller)?;
		let last = unbonding::<T>(&caller, MAX_UNBONDINGS.saturating_sub(1))?;
		T::BenchmarkHelper::set_time(last.saturating_add(1));

		#[extrinsic_call]
		_(RawOrigin::Signed(caller.clone()), 1);

		assert_eq!(parts::<T>(&caller), Some(MAX_UNBONDINGS as usize));
		Ok(())
	}

	/// All parts of a miner that is then gone.
	#[benchmark]
	fn withdraw_unbonded() -> Result<(), BenchmarkError> {
		let caller: T::AccountId = whitelisted_caller();
		registered::<T>(&caller)?;
		Pallet::<T>::record_outcome(&caller, Outcome::Fulfilled);
		let last = unbonding::<T>(&caller, MAX_UNBONDINGS.saturating_sub(1))?;
		T::BenchmarkHelper::set_time(last.saturating_add(1));
		Pallet::<T>::do_leave(caller.clone())?;
		assert_eq!(parts::<T>(&caller), Some(MAX_UNBONDINGS as usize));
		let until = last.saturating_add(1).saturating_add(T::UnbondingDelay::get());
		T::BenchmarkHelper::set_time(until);

		#[extrinsic_call]
		_(RawOrigin::Signed(caller.clone()));

		assert!(!Miners::<T>::contains_key(&caller));
		assert!(!Outcomes::<T>::contains_key(&caller));
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

		#[extrinsic_call]
		_(RawOrigin::Signed(caller.clone()));

		assert_eq!(parts::<T>(&caller), Some(MAX_UNBONDINGS as usize));
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

	impl_benchmark_test_suite!(Pallet, crate::mock::for_benchmarks(), crate::mock::Test);
}
