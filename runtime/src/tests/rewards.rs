//! Rewards by this runtime's fees: what a proof's transaction burns, and what is minted of it.

use super::{
	chain::{next_block, signed, start_block},
	check_invariants,
	jobs::{list_model, offer, post, receipt, submit},
	miners::register,
	new_chain,
};
use crate::{
	configs::{
		fees::ReceiptBurn,
		governance::{parameters::rewards, RuntimeParameters},
	},
	constants::currency::QTC,
	presets, *,
};
use frame_support::{
	assert_noop, assert_ok,
	traits::{fungible::Inspect, Get},
};
use quittance_types::ProvenReceipts;
use sp_keyring::Sr25519Keyring::{self, Alice, Bob, Charlie, Dave, Eve};
use sp_runtime::{DispatchError, FixedPointNumber, Permill};

fn set(share: Permill, cap: Balance) {
	let share = rewards::Parameters::Share(rewards::Share, Some(share));
	let cap = rewards::Parameters::Cap(rewards::Cap, Some(cap));
	for parameter in [share, cap] {
		let parameter = RuntimeParameters::Rewards(parameter);
		assert_ok!(Parameters::set_parameter(RuntimeOrigin::root(), parameter));
	}
}

/// A chain whose first block has begun, by Alice, with Bob as a miner and rewards of this share without a
/// cap to speak of.
fn rewarding(share: Permill, test: impl FnOnce()) {
	new_chain(presets::DEVELOPMENT).execute_with(|| {
		start_block(0);
		assert_ok!(register(Bob, Eve));
		set(share, 1_000_000 * QTC);
		test();
		check_invariants();
	});
}

/// What the receipts pallet tells of a proof that has settled a job of Bob's in time.
fn prove() {
	<Miners as ProvenReceipts<AccountId>>::proven(&Bob.to_account_id());
}

/// What all accounts have that one party could have: it posts, mines, signs, submits and makes the block.
fn worth() -> Balance {
	Sr25519Keyring::well_known()
		.map(|account| Balances::total_balance(&account.to_account_id()))
		.sum()
}

/// Sends a transaction of Charlie's with a remark so long. Returns what it burned and what was minted.
fn pay(nonce: Nonce, length: usize) -> (Balance, Balance) {
	let minted = || {
		let rewarded = |record: frame_system::EventRecord<RuntimeEvent, Hash>| match record.event {
			RuntimeEvent::Miners(pallet_miners::Event::Rewarded { miner, amount }) => {
				assert_eq!(miner, Bob.to_account_id(), "the cold account is paid");
				Some(amount)
			},
			_ => None,
		};
		System::events().into_iter().filter_map(rewarded).sum::<Balance>()
	};
	let (issuance, before) = (Balances::total_issuance(), minted());
	let remark = frame_system::Call::remark { remark: vec![0; length] };
	let sent = Executive::apply_extrinsic(signed(Charlie, nonce, RuntimeCall::System(remark)));
	assert_eq!(sent, Ok(Ok(())));
	let minted = minted() - before;
	(issuance + minted - Balances::total_issuance(), minted)
}

#[test]
fn rewards_are_off_until_governance_turns_them_on() {
	new_chain(presets::DEVELOPMENT).execute_with(|| {
		start_block(0);
		assert_ok!(register(Bob, Eve));
		let (share, cap): (Permill, Balance) = (rewards::Share::get(), rewards::Cap::get());
		assert_eq!((share, cap), (Permill::zero(), 0));
		prove();
		assert!(!pallet_miners::ProofNotes::<Runtime>::exists());
		let (burned, minted) = pay(0, 10);
		assert!(burned > 0 && minted == 0);
		let parameter = rewards::Parameters::Cap(rewards::Cap, Some(1));
		let signer = RuntimeOrigin::signed(Alice.to_account_id());
		assert_noop!(
			Parameters::set_parameter(signer, RuntimeParameters::Rewards(parameter)),
			DispatchError::BadOrigin
		);
	});
}

#[test]
fn success_a_proof_earns_its_part_of_what_its_transaction_burned() {
	rewarding(Permill::from_percent(25), || {
		let before = Balances::balance(&Bob.to_account_id());
		prove();
		let (burned, minted) = pay(0, 10);
		let most = ReceiptBurn::get();
		assert!(burned > 0 && most > 0);
		assert_eq!(minted, Permill::from_percent(25).mul_floor(burned.min(most)));
		assert_eq!(Balances::balance(&Bob.to_account_id()), before + minted);
		// The next transaction has brought no proof.
		assert_eq!(pay(1, 10).1, 0);
		// Nor does one pay for what an earlier one has brought whose fee was never told.
		prove();
		next_block(1);
		assert_eq!(pay(2, 10).1, 0);
	});
}

/// No proof returns as much as it burns itself, in whatever batch it comes: not even where the receipts of a
/// batch share every record that is charged once then.
#[test]
fn a_receipt_of_a_batch_is_what_counts() {
	new_chain(presets::DEVELOPMENT).execute_with(|| {
		use frame_support::weights::{Weight, WeightToFee};
		use pallet_zk_receipts::{WeightInfo, MAX_BATCH_RECEIPTS};
		type Weights = <Runtime as pallet_zk_receipts::Config>::WeightInfo;
		let burned = |weight: Weight| {
			let fee = crate::configs::fees::ShareOfBlock::weight_to_fee(&weight);
			let multiplier = pallet_transaction_payment::NextFeeMultiplier::<Runtime>::get();
			multiplier.saturating_mul_int(fee) * 4 / 5
		};
		let most_returned = ReceiptBurn::get() / 2 * Balance::from(MAX_BATCH_RECEIPTS);
		let batch = Weights::submit_basic_batch(MAX_BATCH_RECEIPTS);
		// Each names its requester's balance and hold, its issuer and its model.
		let shared = 4 * (u64::from(MAX_BATCH_RECEIPTS) - 1);
		let shared =
			<Runtime as frame_system::Config>::DbWeight::get().reads_writes(shared, shared);
		assert!(most_returned > 0 && most_returned < burned(batch - shared));
		assert!(ReceiptBurn::get() < burned(Weights::submit_basic()));
	});
}

/// Whoever makes jobs for itself, in all roles and even as the author of the block, loses by each, whatever
/// governance has set and whatever else the transaction does.
#[test]
fn wash_trading_loses() {
	for share in [Permill::from_percent(10), Permill::from_percent(50), Permill::one()] {
		rewarding(share, || {
			for (nonce, length) in [(0, 0), (1, 1_000), (2, 300_000)] {
				let before = worth();
				for _ in 0..=nonce {
					prove();
				}
				let (burned, minted) = pay(nonce, length);
				assert!(burned > 0 && minted > 0);
				assert!(minted * 2 <= burned, "{minted} of {burned}");
				assert!(minted * 2 <= ReceiptBurn::get() * (nonce as Balance + 1));
				assert_eq!(before - worth(), burned - minted, "the rest is lost");
			}
		});
	}
}

/// A real job, whose receipt is in clear: its end is recorded, and nobody tells of a proof.
#[test]
fn a_signature_earns_nothing() {
	rewarding(Permill::from_percent(50), || {
		assert_ok!(post(offer(list_model(), Dave.to_account_id())));
		let hot_key = RuntimeOrigin::signed(Eve.to_account_id());
		assert_ok!(ModelMarketplace::lock_job(hot_key, 0));
		assert_ok!(submit(receipt(true)));
		assert!(!pallet_miners::ProofNotes::<Runtime>::exists());
		let (burned, minted) = pay(0, 10);
		assert!(burned > 0 && minted == 0);
	});
}

#[test]
fn boundary_of_the_cap_in_an_epoch() {
	rewarding(Permill::from_percent(50), || {
		prove();
		let (_, first) = pay(0, 10);
		set(Permill::from_percent(50), first + 7);
		prove();
		assert_eq!(pay(1, 10).1, 7);
		prove();
		assert_eq!(pay(2, 10).1, 0);
		next_block(crate::constants::time::EPOCH_SLOTS);
		next_block(1);
		prove();
		assert!(pay(3, 10).1 > 0, "another epoch begins at zero");
	});
}
