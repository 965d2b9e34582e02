//! What an account may let another do.

use super::new_chain;
use crate::{configs::accounts::ProxyType, constants::currency::QTC, presets, *};
use frame_support::{
	assert_noop, assert_ok,
	traits::{fungible::Inspect, InstanceFilter},
	weights::Weight,
};
use pallet_zk_receipts::ReceiptBatch;
use sp_keyring::Sr25519Keyring::{Alice, Bob, Charlie, Dave};
use sp_runtime::{traits::Dispatchable, DispatchError};

const ALL: [ProxyType; 4] =
	[ProxyType::Any, ProxyType::Miner, ProxyType::Staking, ProxyType::CancelProxy];

fn submit() -> RuntimeCall {
	RuntimeCall::ZkReceipts(pallet_zk_receipts::Call::submit_receipt_batch {
		receipts: ReceiptBatch::default(),
	})
}

fn transfer() -> RuntimeCall {
	let dest = Charlie.to_account_id().into();
	RuntimeCall::Balances(pallet_balances::Call::transfer_keep_alive { dest, value: QTC })
}

fn batch(call: RuntimeCall) -> RuntimeCall {
	RuntimeCall::Utility(pallet_utility::Call::batch_all { calls: vec![call] })
}

/// What a call comes to that Bob makes for Alice.
fn by_proxy(call: RuntimeCall) -> Result<(), DispatchError> {
	System::reset_events();
	let call = RuntimeCall::Proxy(pallet_proxy::Call::proxy {
		real: Alice.to_account_id().into(),
		force_proxy_type: None,
		call: Box::new(call),
	});
	call.dispatch(RuntimeOrigin::signed(Bob.to_account_id())).map_err(|error| error.error)?;
	System::events()
		.into_iter()
		.find_map(|record| match record.event {
			RuntimeEvent::Proxy(pallet_proxy::Event::ProxyExecuted { result }) => Some(result),
			_ => None,
		})
		.expect("a proxied call tells its result")
}

#[test]
fn a_miners_hot_key_submits_receipts_and_moves_no_money() {
	new_chain(presets::DEVELOPMENT).execute_with(|| {
		System::set_block_number(1);
		assert_ok!(Proxy::add_proxy(
			RuntimeOrigin::signed(Alice.to_account_id()),
			Bob.to_account_id().into(),
			ProxyType::Miner,
			0
		));
		let before = Balances::balance(&Alice.to_account_id());
		// It gets as far as the pallet, which wants receipts.
		let empty = Err(pallet_zk_receipts::Error::<Runtime>::EmptyBatch.into());
		assert_eq!(by_proxy(submit()), empty);
		assert_eq!(by_proxy(batch(submit())), empty);

		let filtered = Err(frame_system::Error::<Runtime>::CallFiltered.into());
		assert_eq!(by_proxy(transfer()), filtered);
		assert_eq!(by_proxy(batch(transfer())), filtered, "nor inside another call");
		let more = RuntimeCall::Proxy(pallet_proxy::Call::add_proxy {
			delegate: Charlie.to_account_id().into(),
			proxy_type: ProxyType::Any,
			delay: 0,
		});
		assert_eq!(by_proxy(more), filtered);
		assert_eq!(Balances::balance(&Alice.to_account_id()), before);
	});
}

#[test]
fn fails_when_the_account_named_no_proxy() {
	new_chain(presets::DEVELOPMENT).execute_with(|| {
		assert_noop!(
			Proxy::proxy(
				RuntimeOrigin::signed(Bob.to_account_id()),
				Alice.to_account_id().into(),
				None,
				Box::new(submit())
			),
			pallet_proxy::Error::<Runtime>::NotProxy
		);
	});
}

#[test]
fn only_the_proxy_for_everything_contains_the_others() {
	for one in ALL {
		for other in ALL {
			let expected = one == ProxyType::Any || one == other;
			assert_eq!(one.is_superset(&other), expected, "{one:?} and {other:?}");
		}
	}
	assert!(!ProxyType::Staking.filter(&submit()));
	assert!(!ProxyType::Staking.filter(&transfer()));
	assert!(!ProxyType::CancelProxy.filter(&submit()));
	assert!(ProxyType::Any.filter(&transfer()));
}

#[test]
fn two_of_three_move_the_money_of_their_common_account() {
	new_chain(presets::DEVELOPMENT).execute_with(|| {
		System::set_block_number(1);
		let mut members = [Alice, Bob, Dave].map(|key| key.to_account_id());
		members.sort();
		let common = Multisig::multi_account_id(&members, 2);
		assert_ok!(Balances::transfer_keep_alive(
			RuntimeOrigin::signed(Alice.to_account_id()),
			common.clone().into(),
			10 * QTC
		));
		let approve = |member: &AccountId, timepoint| {
			let others = members.iter().filter(|other| *other != member).cloned().collect();
			Multisig::as_multi(
				RuntimeOrigin::signed(member.clone()),
				2,
				others,
				timepoint,
				Box::new(transfer()),
				Weight::from_parts(1_000_000_000, 10_000),
			)
		};
		assert_ok!(approve(&members[0], None));
		assert_eq!(Balances::balance(&common), 10 * QTC, "one is not enough");
		assert_ok!(approve(&members[1], Some(Multisig::timepoint())));
		assert_eq!(Balances::balance(&common), 9 * QTC);
	});
}
