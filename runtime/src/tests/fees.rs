//! Fees follow weight and length, and the multiplier follows the load.

use super::new_chain;
use crate::{
	configs::{
		fees::{FeeMultiplierUpdate, MinimumMultiplier, ShareOfBlock},
		governance::{parameters::fees, RuntimeParameters},
	},
	constants::{
		block::MAXIMUM_BLOCK_WEIGHT,
		currency::{MICRO_QTC, QTC},
		time::DAYS,
	},
	presets, *,
};
use frame_support::{
	assert_noop, assert_ok,
	dispatch::DispatchClass,
	weights::{Weight, WeightToFee},
};
use pallet_transaction_payment::Multiplier;
use sp_keyring::Sr25519Keyring::Alice;
use sp_runtime::{
	traits::{Convert, One},
	DispatchError, FixedPointNumber,
};

/// The multiplier after `blocks` blocks, each with `part` of the normal class's weight used.
fn after(start: Multiplier, blocks: u32, weight: Weight) -> Multiplier {
	let mut chain = new_chain(presets::DEVELOPMENT);
	chain.execute_with(|| {
		System::set_block_consumed_resources(weight, 0);
		(0..blocks).fold(start, |multiplier, _| FeeMultiplierUpdate::convert(multiplier))
	})
}

fn normal_limit() -> Weight {
	<Runtime as frame_system::Config>::BlockWeights::get()
		.get(DispatchClass::Normal)
		.max_total
		.expect("normal extrinsics are limited")
}

#[test]
fn multiplier_rises_under_full_blocks_and_falls_after() {
	let start = Multiplier::one();
	let hour_of_full = after(start, 600, normal_limit());
	assert!(hour_of_full > start, "{hour_of_full:?}");
	let hour_of_empty = after(hour_of_full, 600, Weight::zero());
	assert!(hour_of_empty < hour_of_full, "{hour_of_empty:?}");

	// The rate that the parameter's documentation gives: 8.7 in a day of 14,400 blocks.
	let day_of_full = after(start, 14_400, normal_limit());
	assert!(day_of_full > Multiplier::saturating_from_integer(8), "{day_of_full:?}");
	assert!(day_of_full < Multiplier::saturating_from_integer(9), "{day_of_full:?}");
}

/// The same through the pallet's hook, which the chain runs at the end of each block, and up to what
/// a transaction costs.
#[test]
fn fees_rise_while_blocks_are_full_and_fall_after() {
	use frame_support::traits::Hooks;
	new_chain(presets::DEVELOPMENT).execute_with(|| {
		let fee = || TransactionPayment::weight_to_fee(normal_limit());
		let cost = |weight| {
			System::set_block_consumed_resources(weight, 0);
			TransactionPayment::on_finalize(System::block_number());
			let multiplier = pallet_transaction_payment::NextFeeMultiplier::<Runtime>::get();
			multiplier.saturating_mul_int(fee())
		};
		let mut last = cost(Weight::zero());
		for _ in 0..100 {
			let next = cost(normal_limit());
			assert!(next > last, "{next} after {last}");
			last = next;
		}
		for _ in 0..100 {
			let next = cost(Weight::zero());
			assert!(next < last, "{next} after {last}");
			last = next;
		}
	});
}

#[test]
fn multiplier_is_at_rest_at_the_target() {
	let quarter = Weight::from_parts(normal_limit().ref_time() / 4, 0);
	let rested = after(Multiplier::one(), 600, quarter);
	let drift = rested.max(Multiplier::one()) - rested.min(Multiplier::one());
	assert!(drift < Multiplier::saturating_from_rational(1, 1_000_000), "{drift:?}");
}

#[test]
fn boundary_multiplier_recovers_from_its_minimum() {
	let minimum = after(Multiplier::one(), 5 * 14_400, Weight::zero());
	assert_eq!(minimum, MinimumMultiplier::get());
	assert!(after(minimum, 1, normal_limit()) > minimum);
}

#[test]
fn proof_size_alone_also_raises_the_multiplier() {
	let proof_heavy = Weight::from_parts(0, normal_limit().proof_size());
	assert!(after(Multiplier::one(), 1, proof_heavy) > Multiplier::one());
}

#[test]
fn weight_fee_is_the_larger_share_of_a_block() {
	new_chain(presets::DEVELOPMENT).execute_with(|| {
		let time = MAXIMUM_BLOCK_WEIGHT.ref_time();
		let proof = MAXIMUM_BLOCK_WEIGHT.proof_size();
		let full = 20 * QTC;
		assert_eq!(ShareOfBlock::weight_to_fee(&Weight::zero()), 0);
		assert_eq!(ShareOfBlock::weight_to_fee(&MAXIMUM_BLOCK_WEIGHT), full);
		assert_eq!(ShareOfBlock::weight_to_fee(&Weight::from_parts(time / 4, proof / 2)), full / 2);
		assert_eq!(ShareOfBlock::weight_to_fee(&Weight::from_parts(time / 2, proof / 4)), full / 2);
		// No overflow for the largest weight there is.
		assert!(ShareOfBlock::weight_to_fee(&Weight::MAX) > full);
	});
}

#[test]
fn governance_changes_what_transactions_cost() {
	new_chain(presets::DEVELOPMENT).execute_with(|| {
		let set = |parameter| {
			Parameters::set_parameter(RuntimeOrigin::root(), RuntimeParameters::Fees(parameter))
		};
		assert_ok!(set(fees::Parameters::FullBlock(fees::FullBlock, Some(7 * QTC))));
		assert_ok!(set(fees::Parameters::Byte(fees::Byte, Some(3))));
		assert_eq!(ShareOfBlock::weight_to_fee(&MAXIMUM_BLOCK_WEIGHT), 7 * QTC);
		assert_eq!(TransactionPayment::length_to_fee(600), 1_800);

		let again = RuntimeParameters::Fees(fees::Parameters::Byte(fees::Byte, None));
		assert_noop!(
			Parameters::set_parameter(RuntimeOrigin::signed(Alice.to_account_id()), again.clone()),
			DispatchError::BadOrigin
		);
		assert_ok!(Parameters::set_parameter(RuntimeOrigin::root(), again));
		assert_eq!(TransactionPayment::length_to_fee(600), 600 * MICRO_QTC, "the default again");
	});
}

#[test]
fn length_fee_is_per_byte() {
	new_chain(presets::DEVELOPMENT).execute_with(|| {
		assert_eq!(TransactionPayment::length_to_fee(0), 0);
		assert_eq!(TransactionPayment::length_to_fee(600), 600 * MICRO_QTC);
	});
}

#[cfg(not(feature = "fast-runtime"))]
#[test]
fn a_day_has_14_400_blocks() {
	assert_eq!(DAYS, 14_400);
}

#[cfg(feature = "fast-runtime")]
#[test]
fn a_day_has_43_200_blocks() {
	assert_eq!(DAYS, 43_200);
}

/// However full of normal transactions blocks are, the runtime can be upgraded. A runtime with benchmarks or
/// checks of its state is larger and never on a chain.
#[cfg(not(any(feature = "runtime-benchmarks", feature = "try-runtime")))]
#[test]
fn an_upgrade_fits_into_what_normal_transactions_leave() {
	use frame_system::WeightInfo as _;
	let lengths = <Runtime as frame_system::Config>::BlockLength::get();
	let left = lengths.max.get(DispatchClass::Operational) - lengths.max.get(DispatchClass::Normal);
	let code = WASM_BINARY.expect("the runtime is built (no SKIP_WASM_BUILD)");
	let call = 1_024;
	assert!(code.len() + call < left as usize, "{} of {left} bytes", code.len());

	let limits = <Runtime as frame_system::Config>::BlockWeights::get();
	let reserved = limits.get(DispatchClass::Operational).reserved.expect("some is reserved");
	let base = limits.get(DispatchClass::Operational).base_extrinsic;
	type System = <Runtime as frame_system::Config>::SystemWeightInfo;
	let upgrade = System::set_code().max(System::apply_authorized_upgrade());
	// Sudo's call around it, and the extensions of the transaction.
	let around = Weight::from_parts(1_000_000_000, 10_000);
	assert!(reserved.all_gte(upgrade + base + around), "{upgrade} of {reserved}");
}

/// Trap 20: none of our calls is free, each fits a block, and a receipt refused early costs less.
/// Every call there is: the list is held against the calls' names.
#[test]
fn own_calls_weigh_something_and_fit_a_block() {
	use frame_support::{dispatch::GetDispatchInfo, traits::GetCallName};
	new_chain(presets::DEVELOPMENT).execute_with(|| {
		let calls = super::fuzz::own_calls();
		let named = |pallet: &str| {
			let mut names: Vec<_> = calls
				.iter()
				.map(frame_support::traits::GetCallMetadata::get_call_metadata)
				.filter(|metadata| metadata.pallet_name == pallet)
				.map(|metadata| metadata.function_name)
				.collect();
			names.sort_unstable();
			names.dedup();
			names
		};
		for (pallet, names) in [
			("ZkReceipts", pallet_zk_receipts::Call::<Runtime>::get_call_names()),
			("ModelMarketplace", pallet_model_marketplace::Call::<Runtime>::get_call_names()),
			("Miners", pallet_miners::Call::<Runtime>::get_call_names()),
			("Panel", pallet_panel::Call::<Runtime>::get_call_names()),
			(
				"ConfidentialSettlement",
				pallet_confidential_settlement::Call::<Runtime>::get_call_names(),
			),
		] {
			let mut names = names.to_vec();
			names.sort_unstable();
			assert_eq!(named(pallet), names, "{pallet}");
		}
		for call in calls {
			let weight = call.get_dispatch_info().call_weight;
			assert!(weight.all_gt(Weight::zero()), "free: {call:?}");
			assert!(weight.all_lt(normal_limit()), "fits no block: {call:?}");
		}
	});
	// They read the same, but compute less.
	use pallet_zk_receipts::WeightInfo as _;
	type Receipts = <Runtime as pallet_zk_receipts::Config>::WeightInfo;
	let refused = Receipts::submit_refused().ref_time();
	assert!(refused < Receipts::submit_transparent().ref_time());
	assert!(refused < Receipts::submit_basic().ref_time());
}
