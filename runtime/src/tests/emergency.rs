//! What can be stopped, and what goes on.

use super::{chain, new_chain};
use crate::{constants::currency::QTC, presets, *};
use frame_support::{assert_noop, assert_ok, traits::Contains};
use sp_keyring::Sr25519Keyring::{Alice, Bob, Charlie};
use sp_runtime::{traits::Dispatchable, DispatchError, DispatchResultWithInfo};

fn dispatch(call: RuntimeCall) -> DispatchResultWithInfo<<RuntimeCall as Dispatchable>::PostInfo> {
	call.dispatch(RuntimeOrigin::signed(Bob.to_account_id()))
}

fn transfer() -> RuntimeCall {
	let dest = Charlie.to_account_id().into();
	RuntimeCall::Balances(pallet_balances::Call::transfer_keep_alive { dest, value: QTC })
}

fn refund() -> RuntimeCall {
	RuntimeCall::ModelMarketplace(pallet_model_marketplace::Call::refund_job { job: 0 })
}

fn batch(call: RuntimeCall) -> RuntimeCall {
	RuntimeCall::Utility(pallet_utility::Call::batch_all { calls: vec![call] })
}

fn filtered() -> DispatchError {
	frame_system::Error::<Runtime>::CallFiltered.into()
}

#[test]
fn safe_mode_stops_what_is_new_and_lets_jobs_end() {
	new_chain(presets::DEVELOPMENT).execute_with(|| {
		System::set_block_number(1);
		assert_ok!(dispatch(transfer()));
		assert_ok!(SafeMode::force_enter(RuntimeOrigin::root()));
		assert_eq!(dispatch(transfer()).map_err(|error| error.error), Err(filtered()));
		assert_eq!(
			dispatch(batch(transfer())).map_err(|error| error.error),
			Err(filtered()),
			"nor inside another call"
		);
		// It gets as far as the pallet, which knows no such job.
		let unknown = pallet_model_marketplace::Error::<Runtime>::UnknownJob.into();
		assert_eq!(dispatch(refund()).map_err(|error| error.error), Err(unknown));
		assert_eq!(dispatch(batch(refund())).map_err(|error| error.error), Err(unknown));

		assert_ok!(SafeMode::force_exit(RuntimeOrigin::root()));
		assert_ok!(dispatch(transfer()));
	});
}

/// A block has its time set and its fees paid in safe mode, too.
#[test]
fn blocks_go_on_in_safe_mode() {
	new_chain(presets::DEVELOPMENT).execute_with(|| {
		assert_ok!(SafeMode::force_enter(RuntimeOrigin::root()));
		chain::start_block(0);
		let outcome = Executive::apply_extrinsic(chain::signed(Bob, 0, transfer()));
		assert_eq!(outcome, Ok(Err(filtered())));
		Executive::finalize_block();
	});
}

#[test]
fn safe_mode_ends_by_itself() {
	use crate::constants::time::DAYS;
	use frame_support::traits::Hooks;
	new_chain(presets::DEVELOPMENT).execute_with(|| {
		System::set_block_number(1);
		assert_ok!(SafeMode::force_enter(RuntimeOrigin::root()));
		SafeMode::on_initialize(1 + DAYS);
		assert!(SafeMode::is_entered());
		SafeMode::on_initialize(2 + DAYS);
		assert!(!SafeMode::is_entered());
	});
}

#[test]
fn fails_when_anyone_but_root_stops_things() {
	new_chain(presets::DEVELOPMENT).execute_with(|| {
		let alice = || RuntimeOrigin::signed(Alice.to_account_id());
		assert_noop!(SafeMode::force_enter(alice()), DispatchError::BadOrigin);
		assert_noop!(SafeMode::enter(alice()), pallet_safe_mode::Error::<Runtime>::NotConfigured);
		assert_noop!(
			TxPause::pause(alice(), name("Balances", "transfer_all")),
			DispatchError::BadOrigin
		);
	});
}

fn name(pallet: &str, call: &str) -> pallet_tx_pause::RuntimeCallNameOf<Runtime> {
	let bounded = |text: &str| text.as_bytes().to_vec().try_into().expect("it is short");
	(bounded(pallet), bounded(call))
}

#[test]
fn a_single_call_is_paused_and_resumed() {
	new_chain(presets::DEVELOPMENT).execute_with(|| {
		System::set_block_number(1);
		let paused = name("Balances", "transfer_keep_alive");
		assert_ok!(TxPause::pause(RuntimeOrigin::root(), paused.clone()));
		assert_eq!(dispatch(transfer()).map_err(|error| error.error), Err(filtered()));
		assert_ok!(TxPause::unpause(RuntimeOrigin::root(), paused));
		assert_ok!(dispatch(transfer()));
	});
}

#[test]
fn fails_when_what_returns_money_is_paused() {
	new_chain(presets::DEVELOPMENT).execute_with(|| {
		for (pallet, call) in [
			("ModelMarketplace", "refund_job"),
			("ModelMarketplace", "fulfil_job"),
			("ModelMarketplace", "remove_job"),
			("ModelMarketplace", "cancel_job"),
			("ModelMarketplace", "withdraw_commitment"),
			("Panel", "commit"),
			("Panel", "reveal"),
			("ConfidentialSettlement", "withdraw"),
			("Miners", "heartbeat"),
			("Miners", "pause_matching"),
			("Miners", "unbond"),
			("Miners", "leave"),
			("Miners", "withdraw_unbonded"),
			("Timestamp", "set"),
			("TxPause", "unpause"),
			("SafeMode", "force_exit"),
		] {
			assert_noop!(
				TxPause::pause(RuntimeOrigin::root(), name(pallet, call)),
				pallet_tx_pause::Error::<Runtime>::Unpausable
			);
		}
		assert_ok!(TxPause::pause(RuntimeOrigin::root(), name("ModelMarketplace", "post_job")));
		assert_ok!(TxPause::pause(RuntimeOrigin::root(), name("Miners", "register")));
	});
}

/// Each gets as far as the pallet, to which Bob is no miner, or is filtered.
#[test]
fn safe_mode_lets_miners_stop_and_leave_and_nobody_begin() {
	use pallet_miners::Call;
	new_chain(presets::DEVELOPMENT).execute_with(|| {
		System::set_block_number(1);
		assert_ok!(SafeMode::force_enter(RuntimeOrigin::root()));
		let unknown = pallet_miners::Error::<Runtime>::UnknownMiner.into();
		let ended =
			|call: Call<Runtime>| dispatch(RuntimeCall::Miners(call)).map_err(|error| error.error);
		assert_eq!(ended(Call::pause_matching {}), Err(unknown));
		assert_eq!(ended(Call::unbond { amount: 1 }), Err(unknown));
		assert_eq!(ended(Call::leave {}), Err(unknown));
		assert_eq!(ended(Call::withdraw_unbonded {}), Err(unknown));
		assert_eq!(ended(Call::bond_more { amount: 1 }), Err(unknown));
		assert_eq!(ended(Call::cancel_rotation {}), Err(unknown));
		assert_eq!(ended(Call::resume_matching {}), Err(filtered()));
	});
}

/// The two lists name calls by text and by type; a renamed call must not fall out of the first.
#[test]
fn names_that_cannot_be_paused_exist() {
	use crate::configs::emergency::NeverPaused;
	use frame_support::traits::GetCallName;
	let names = pallet_model_marketplace::Call::<Runtime>::get_call_names();
	let kept: Vec<_> = names
		.iter()
		.filter(|call| NeverPaused::contains(&name("ModelMarketplace", call)))
		.collect();
	let expected = [
		"fulfil_job",
		"refund_job",
		"remove_job",
		"pay_royalties",
		"withdraw_commitment",
		"slash_job",
		"advance_job",
		"cancel_job",
		"decline_job",
	];
	assert_eq!(kept, expected.iter().collect::<Vec<_>>());
	let names = pallet_miners::Call::<Runtime>::get_call_names();
	let kept: Vec<_> =
		names.iter().filter(|call| NeverPaused::contains(&name("Miners", call))).collect();
	assert_eq!(kept, [&"unbond", &"withdraw_unbonded", &"leave", &"heartbeat", &"pause_matching"]);
}

/// A miner that cannot deliver must not lose its bond for it.
#[test]
fn job_time_stands_still_while_a_call_that_brings_jobs_on_is_paused() {
	use super::chain::{next_block, start_block};
	use crate::configs::{marketplace::BRING_JOBS_ON, verification::JobClock};
	use frame_support::traits::{Get, GetCallName};
	let exists = |pallet: &[u8], call: &[u8]| {
		match pallet {
			b"ModelMarketplace" => pallet_model_marketplace::Call::<Runtime>::get_call_names(),
			b"ZkReceipts" => pallet_zk_receipts::Call::<Runtime>::get_call_names(),
			b"ConfidentialSettlement" => {
				pallet_confidential_settlement::Call::<Runtime>::get_call_names()
			},
			_ => &[],
		}
		.iter()
		.any(|name| name.as_bytes() == call)
	};
	for (pallet, call) in BRING_JOBS_ON {
		assert!(exists(pallet, call), "there is no such call: {call:?}");
		new_chain(presets::DEVELOPMENT).execute_with(|| {
			start_block(0);
			next_block(1);
			assert_eq!((System::block_number(), JobClock::get()), (2, 2));
			let bounded = |bytes: &[u8]| bytes.to_vec().try_into().expect("it is short");
			let name = (bounded(pallet), bounded(call));
			assert_ok!(TxPause::pause(RuntimeOrigin::root(), name.clone()));
			next_block(1);
			next_block(1);
			assert_eq!(JobClock::get(), 2, "time stands still");
			assert_ok!(TxPause::unpause(RuntimeOrigin::root(), name));
			next_block(1);
			assert_eq!((System::block_number(), JobClock::get()), (5, 3));
		});
	}
	new_chain(presets::DEVELOPMENT).execute_with(|| {
		start_block(0);
		assert_ok!(TxPause::pause(RuntimeOrigin::root(), name("ModelMarketplace", "post_job")));
		assert_ok!(SafeMode::force_enter(RuntimeOrigin::root()));
		next_block(1);
		assert_eq!(JobClock::get(), 2, "what comes on runs on");
	});
}
