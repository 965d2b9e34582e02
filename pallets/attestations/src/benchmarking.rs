//! What the calls and the end of a block cost at their worst.

#![cfg(feature = "runtime-benchmarks")]

use super::*;
use frame_support::traits::{EnsureOrigin, Get, Hooks};
use frame_system::{pallet_prelude::BlockNumberFor, RawOrigin};
use polkadot_sdk::frame_benchmarking::v2::*;
use quittance_attestations::{Level, Receipt, Statement};

/// A chain that messages are sent to.
const TARGET: u32 = u32::MAX;

#[benchmarks]
mod benchmarks {
	use super::*;

	#[benchmark]
	fn post_message() -> Result<(), BenchmarkError> {
		let caller: T::AccountId = whitelisted_caller();
		Targets::<T>::insert(TARGET, Target { open: true, next: u64::MAX.saturating_sub(1) });

		#[extrinsic_call]
		_(RawOrigin::Signed(caller), TARGET, Statement::Receipt([1; 32]), [2; 32]);

		assert_eq!(Messages::<T>::get().len(), 1);
		Ok(())
	}

	/// Closing one that is open is the same work.
	#[benchmark]
	fn set_target() -> Result<(), BenchmarkError> {
		Targets::<T>::insert(TARGET, Target { open: false, next: u64::MAX });
		let origin =
			T::AdminOrigin::try_successful_origin().map_err(|()| BenchmarkError::Weightless)?;

		#[extrinsic_call]
		_(origin as T::RuntimeOrigin, TARGET, true);

		assert!(Targets::<T>::get(TARGET).is_some_and(|target| target.open));
		Ok(())
	}

	/// The end of a block with so many leaves: receipts, which are longer than messages.
	#[benchmark]
	fn finish_block(n: Linear<0, { T::MaxReceipts::get() }>) -> Result<(), BenchmarkError> {
		for number in 0..n {
			let leaf = Receipt {
				job: number.into(),
				subject: [1; 32],
				miner: [2; 32],
				issuer: [3; 32],
				level: Level::Transparent,
				amount: u128::MAX,
				nullifier: [4; 32],
				output: Some([5; 32]),
			};
			Receipts::<T>::try_append(leaf).map_err(|()| "there is room")?;
		}

		#[block]
		{
			Pallet::<T>::on_finalize(BlockNumberFor::<T>::default());
		}

		assert_eq!(LastBlock::<T>::get().map_or(0, |last| last.count), n);
		Ok(())
	}

	impl_benchmark_test_suite!(Pallet, crate::mock::chain(), crate::mock::Test);
}
