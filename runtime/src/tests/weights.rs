//! Trap 20: the weights that were measured are the ones that are charged.

use crate::{constants::block::MAXIMUM_BLOCK_WEIGHT, *};
use core::any::{type_name, TypeId};
use frame_support::{dispatch::GetDispatchInfo, weights::Weight};

/// The weights that a pallet is configured with.
macro_rules! weight_info {
	($pallet:ident $(, $instance:ty)?) => {
		(
			stringify!($pallet),
			TypeId::of::<<Runtime as $pallet::Config$(<$instance>)?>::WeightInfo>(),
			type_name::<<Runtime as $pallet::Config$(<$instance>)?>::WeightInfo>(),
		)
	};
}

/// `()` is free of charge in some pallets and meant for tests in all.
#[test]
fn no_pallet_has_the_weights_of_a_test() {
	let configured = [
		weight_info!(pallet_attestations),
		weight_info!(pallet_bags_list, configs::staking::VoterListInstance),
		weight_info!(pallet_balances),
		weight_info!(pallet_confidential_settlement),
		weight_info!(pallet_miners),
		weight_info!(pallet_mmr),
		weight_info!(pallet_model_marketplace),
		weight_info!(pallet_multisig),
		weight_info!(pallet_panel),
		weight_info!(pallet_parameters),
		weight_info!(pallet_preimage),
		weight_info!(pallet_proxy),
		weight_info!(pallet_safe_mode),
		weight_info!(pallet_scheduler),
		weight_info!(pallet_session),
		weight_info!(pallet_staking),
		weight_info!(pallet_sudo),
		weight_info!(pallet_timestamp),
		weight_info!(pallet_transaction_payment),
		weight_info!(pallet_treasury),
		weight_info!(pallet_tx_pause),
		weight_info!(pallet_utility),
		weight_info!(pallet_zk_receipts),
	];
	for (pallet, id, name) in configured {
		assert_ne!(id, TypeId::of::<()>(), "{pallet} is configured with ()");
		assert!(name.contains(pallet), "{pallet} has {name}");
	}
}

/// These two have no other weights, which their authors counted.
#[test]
fn weights_without_another_name_are_no_tests_either() {
	type Babes = <Runtime as pallet_babe::Config>::WeightInfo;
	type Grandpas = <Runtime as pallet_grandpa::Config>::WeightInfo;
	let least = Weight::from_parts(10_000_000, 0);
	assert!(<Babes as pallet_babe::WeightInfo>::report_equivocation(1, 1).all_gte(least));
	assert!(<Grandpas as pallet_grandpa::WeightInfo>::report_equivocation(1, 1).all_gte(least));
}

#[test]
fn own_pallets_charge_what_was_measured() {
	type Receipts = pallet_zk_receipts::weights::SubstrateWeight<Runtime>;
	type Marketplace = pallet_model_marketplace::weights::SubstrateWeight<Runtime>;
	type Miners = pallet_miners::weights::SubstrateWeight<Runtime>;
	type Panels = pallet_panel::weights::SubstrateWeight<Runtime>;
	type Pool = pallet_confidential_settlement::weights::SubstrateWeight<Runtime>;
	type Leaves = pallet_attestations::weights::SubstrateWeight<Runtime>;
	use pallet_attestations::WeightInfo as _;
	use pallet_confidential_settlement::WeightInfo as _;
	use pallet_miners::WeightInfo as _;
	use pallet_model_marketplace::WeightInfo as _;
	use pallet_panel::WeightInfo as _;
	use pallet_zk_receipts::WeightInfo as _;
	let weight = |call: RuntimeCall| call.get_dispatch_info().call_weight;
	let circuit = [0; 32];
	assert_eq!(
		weight(RuntimeCall::ZkReceipts(pallet_zk_receipts::Call::remove_circuit { circuit })),
		Receipts::remove_circuit()
	);
	assert_eq!(
		weight(RuntimeCall::ModelMarketplace(pallet_model_marketplace::Call::remove_job {
			job: 0
		})),
		Marketplace::remove_job()
	);
	assert_eq!(weight(RuntimeCall::Miners(pallet_miners::Call::leave {})), Miners::leave());
	assert_eq!(
		weight(RuntimeCall::Panel(pallet_panel::Call::close_round { job: 0 })),
		Panels::close_round()
	);
	let set_target = pallet_attestations::Call::set_target { target: 1, open: true };
	assert_eq!(weight(RuntimeCall::Attestations(set_target)), Leaves::set_target());
	let pause = pallet_confidential_settlement::Call::pause {};
	assert_eq!(weight(RuntimeCall::ConfidentialSettlement(pause)), Pool::pause());
}

/// A block is full by weight before its tree: a receipt beyond that would be accepted and not attested.
#[test]
fn no_block_has_more_receipts_than_are_attested() {
	use frame_support::traits::Get;
	use pallet_confidential_settlement::WeightInfo as _;
	use pallet_zk_receipts::WeightInfo as _;
	type Receipts = pallet_zk_receipts::weights::SubstrateWeight<Runtime>;
	type Pool = pallet_confidential_settlement::weights::SubstrateWeight<Runtime>;
	// What a batch gives back by sharing records is at most four of them for each receipt.
	let shared = <Runtime as frame_system::Config>::DbWeight::get().reads_writes(4, 4).ref_time();
	let of_one = |batch: fn(u32) -> Weight| {
		let one_more = batch(32).saturating_sub(batch(31)).ref_time();
		one_more.checked_sub(shared).expect("a receipt costs more than its records")
	};
	let least = [
		Receipts::submit_transparent().ref_time(),
		Receipts::submit_basic().ref_time(),
		of_one(Receipts::submit_transparent_batch),
		of_one(Receipts::submit_basic_batch),
		Pool::settle().ref_time(),
	];
	let least = least.into_iter().min().expect("there are five");
	let most = MAXIMUM_BLOCK_WEIGHT.ref_time() / least;
	let attested: u32 = <Runtime as pallet_attestations::Config>::MaxReceipts::get();
	assert!(most <= attested.into(), "{most} receipts, {attested} leaves");
}

/// Every call that anyone can send fits into a block.
#[test]
fn a_batch_of_receipts_fits_a_block_many_times() {
	use pallet_zk_receipts::WeightInfo as _;
	type Receipts = pallet_zk_receipts::weights::SubstrateWeight<Runtime>;
	let batch: Weight = Receipts::submit_false_batch(32);
	assert!(batch.all_lt(MAXIMUM_BLOCK_WEIGHT / 8), "{batch:?}");
}
