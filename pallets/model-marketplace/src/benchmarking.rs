//! What the calls cost at their worst.
//!
//! Models' names and places are as long as they can be. A job names a circuit and accepts 16 issuers,
//! each of them looked at in the runtime's own registry.

#![cfg(feature = "runtime-benchmarks")]

extern crate alloc;

use super::*;
use alloc::{vec, vec::Vec};
use frame_support::traits::{fungible::Inspect, Get};
use frame_system::RawOrigin;
use polkadot_sdk::{frame_benchmarking::v2::*, sp_runtime::DispatchError};
use quittance_types::{
	AcceptedReceipt, Blob, CircuitId, FieldBytes, JobId, JobTime, Level, ModelId, Payment,
	MAX_ISSUERS,
};

/// What the benchmarks need of the rest of the runtime.
pub trait BenchmarkHelper<AccountId> {
	/// Gives an account enough for every deposit and a job's price.
	fn fund(account: &AccountId);

	/// Puts an account in office as issuer.
	fn admit(issuer: &AccountId) -> Result<(), DispatchError>;

	/// Removes an issuer from office.
	fn remove(issuer: &AccountId) -> Result<(), DispatchError>;

	/// A registered circuit that basic jobs may name.
	fn circuit() -> Result<CircuitId, DispatchError>;

	/// Sets the job clock.
	fn set_time(now: JobTime);
}

const INPUT: Blob = Blob { digest: [5; 32], size: 640 };

/// The arguments of a registration but the caller.
struct Registration {
	name: Name,
	architecture: [u8; 32],
	weights: [u8; 32],
	blob: Blob,
	uri: Uri,
	licence: [u8; 32],
}

impl Registration {
	fn largest() -> Self {
		Self {
			name: Name::truncate_from(vec![b'n'; MAX_NAME_BYTES as usize]),
			architecture: [1; 32],
			weights: [2; 32],
			blob: Blob { digest: [3; 32], size: 4_000 },
			uri: Uri::truncate_from(vec![b'u'; MAX_URI_BYTES as usize]),
			licence: [4; 32],
		}
	}

	fn id<T: Config>(&self, owner: &T::AccountId) -> ModelId {
		let Self { name, architecture, weights, blob, uri, licence } = self;
		Pallet::<T>::model_id(owner, name, architecture, weights, blob, uri, licence)
	}
}

/// Registers a model and returns its id.
fn registered<T: Config>(owner: &T::AccountId) -> Result<ModelId, BenchmarkError> {
	T::BenchmarkHelper::fund(owner);
	let model = Registration::largest();
	let id = model.id::<T>(owner);
	let Registration { name, architecture, weights, blob, uri, licence } = model;
	let owner = owner.clone();
	Pallet::<T>::do_register_model(owner, name, architecture, weights, blob, uri, licence)?;
	Ok(id)
}

/// The arguments of a post but the requester and the time.
struct Post<AccountId> {
	model: ModelId,
	circuit: CircuitId,
	issuers: AcceptedIssuers<AccountId>,
	fee: u128,
	payment: Payment,
}

/// What a post needs: a model, a circuit, and 16 issuers in office.
fn prepared<T: Config>(requester: &T::AccountId) -> Result<Post<T::AccountId>, BenchmarkError> {
	T::BenchmarkHelper::fund(requester);
	let issuers: Vec<T::AccountId> =
		(0..MAX_ISSUERS).map(|place| account("issuer", place, 0)).collect();
	for issuer in &issuers {
		T::BenchmarkHelper::admit(issuer)?;
	}
	// Enough for an account that is new.
	let fee = T::Currency::minimum_balance();
	Ok(Post {
		model: registered::<T>(&account("owner", 0, 0))?,
		circuit: T::BenchmarkHelper::circuit()?,
		issuers: AcceptedIssuers::truncate_from(issuers),
		fee,
		payment: Payment::Held { max_price: fee.saturating_mul(2).saturating_add(2) },
	})
}

/// Posts a job and returns its number.
fn posted<T: Config>(requester: &T::AccountId) -> Result<JobId, BenchmarkError> {
	let Post { model, circuit, issuers, fee, payment } = prepared::<T>(requester)?;
	let job = NextJob::<T>::get();
	Pallet::<T>::do_post_job(
		requester.clone(),
		model,
		INPUT,
		Level::Basic,
		Some(circuit),
		issuers,
		fee,
		payment,
		1,
	)?;
	Ok(job)
}

/// Lets the deadline of a job pass, and then removes its issuers: too late to move it.
fn lapsed<T: Config>(job: JobId) -> Result<(), BenchmarkError> {
	let record = Jobs::<T>::get(job).ok_or("the job was not posted")?;
	T::BenchmarkHelper::set_time(record.deadline.saturating_add(1));
	for issuer in &record.issuers {
		T::BenchmarkHelper::remove(issuer)?;
	}
	Ok(())
}

fn held<T: Config>(job: JobId) -> Option<u128> {
	Jobs::<T>::get(job).map(|record| record.held)
}

#[benchmarks]
mod benchmarks {
	use super::*;

	#[benchmark]
	fn register_model() -> Result<(), BenchmarkError> {
		let caller: T::AccountId = whitelisted_caller();
		T::BenchmarkHelper::fund(&caller);
		let model = Registration::largest();
		let id = model.id::<T>(&caller);
		let Registration { name, architecture, weights, blob, uri, licence } = model;

		#[extrinsic_call]
		_(RawOrigin::Signed(caller), name, architecture, weights, blob, uri, licence);

		assert!(Models::<T>::contains_key(id));
		Ok(())
	}

	#[benchmark]
	fn retire_model() -> Result<(), BenchmarkError> {
		let caller: T::AccountId = whitelisted_caller();
		let id = registered::<T>(&caller)?;

		#[extrinsic_call]
		_(RawOrigin::Signed(caller), id);

		assert!(Models::<T>::get(id).is_some_and(|model| model.state == ModelState::Retired));
		Ok(())
	}

	#[benchmark]
	fn remove_model() -> Result<(), BenchmarkError> {
		let caller: T::AccountId = whitelisted_caller();
		let id = registered::<T>(&caller)?;
		Pallet::<T>::do_retire_model(caller.clone(), id)?;

		#[extrinsic_call]
		_(RawOrigin::Signed(caller), id);

		assert!(!Models::<T>::contains_key(id));
		Ok(())
	}

	#[benchmark]
	fn post_job() -> Result<(), BenchmarkError> {
		let caller: T::AccountId = whitelisted_caller();
		let Post { model, circuit, issuers, fee, payment } = prepared::<T>(&caller)?;
		let job = NextJob::<T>::get();
		let timeout = T::MaxTimeout::get();

		#[extrinsic_call]
		_(
			RawOrigin::Signed(caller),
			model,
			INPUT,
			Level::Basic,
			Some(circuit),
			issuers,
			fee,
			payment,
			timeout,
		);

		assert!(held::<T>(job).is_some_and(|held| held > 0));
		Ok(())
	}

	/// To a miner and an issuer that have no account yet, and with something to return.
	#[benchmark]
	fn fulfil_job() -> Result<(), BenchmarkError> {
		let caller: T::AccountId = whitelisted_caller();
		let job = posted::<T>(&account("requester", 0, 0))?;
		Jobs::<T>::try_mutate(job, |record| -> Result<(), BenchmarkError> {
			let record = record.as_mut().ok_or("the job was not posted")?;
			record.state = JobState::Accepted(AcceptedReceipt {
				miner: account("miner", 0, 0),
				issuer: account("issuer", 0, 0),
				amount: record.max_price().saturating_sub(1),
				nullifier: FieldBytes([7; 32]),
			});
			Ok(())
		})?;

		#[extrinsic_call]
		_(RawOrigin::Signed(caller), job);

		assert_eq!(held::<T>(job), Some(0));
		Ok(())
	}

	/// After the deadline and with no issuer in office: each is looked at twice.
	#[benchmark]
	fn refund_job() -> Result<(), BenchmarkError> {
		let caller: T::AccountId = whitelisted_caller();
		let job = posted::<T>(&account("requester", 0, 0))?;
		lapsed::<T>(job)?;

		#[extrinsic_call]
		_(RawOrigin::Signed(caller), job);

		assert_eq!(held::<T>(job), Some(0));
		Ok(())
	}

	#[benchmark]
	fn remove_job() -> Result<(), BenchmarkError> {
		let caller: T::AccountId = whitelisted_caller();
		let job = posted::<T>(&caller)?;
		lapsed::<T>(job)?;
		Pallet::<T>::do_refund_job(job)?;

		#[extrinsic_call]
		_(RawOrigin::Signed(caller), job);

		assert!(!Jobs::<T>::contains_key(job));
		Ok(())
	}

	impl_benchmark_test_suite!(Pallet, crate::mock::chain(), crate::mock::Test);
}
