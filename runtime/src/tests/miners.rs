//! Miners as this runtime has them: heartbeats through its own extensions, blocks and epochs, bonds and
//! its treasury.

use super::{
	chain::{next_block, signed, start_block},
	check_invariants, new_chain,
};
use crate::{
	configs::system::BlockHashCount,
	constants::{block::MAXIMUM_BLOCK_WEIGHT, currency::QTC, time::EPOCH_SLOTS},
	presets, *,
};
use codec::{Decode, Encode};
use frame_support::{
	assert_noop, assert_ok,
	dispatch::GetDispatchInfo,
	storage::with_storage_layer,
	traits::{
		fungible::{Inspect, InspectHold},
		Get, Hooks,
	},
};
use frame_system::offchain::CreateAuthorizedTransaction;
use pallet_miners::{hot_key, Call, Capabilities, Endpoint};
use quittance_types::{
	epoch_seed, heartbeat_message, hot_key_message, EpochIndex, Level, Miners as _, Outcome, Shares,
};
use sp_core::offchain::{
	testing::{TestOffchainExt, TestTransactionPoolExt},
	OffchainDbExt, OffchainWorkerExt, TransactionPoolExt,
};
use sp_keyring::Sr25519Keyring::{self, Alice, Bob, Charlie, Dave, Eve, Ferdie};
use sp_keystore::{testing::MemoryKeystore, Keystore, KeystoreExt};
use sp_runtime::{
	transaction_validity::{
		InvalidTransaction, TransactionSource, TransactionValidityError, ValidTransaction,
	},
	DispatchError, DispatchResult,
};

const BOND: Balance = 400 * QTC;

fn bytes(account: Sr25519Keyring) -> [u8; 32] {
	account.to_account_id().into()
}

fn genesis() -> [u8; 32] {
	System::block_hash(0).into()
}

fn origin(account: Sr25519Keyring) -> RuntimeOrigin {
	RuntimeOrigin::signed(account.to_account_id())
}

fn capabilities() -> Capabilities {
	Capabilities {
		circuits: Default::default(),
		levels: vec![Level::Transparent].try_into().expect("it is short"),
		max_constraints: 0,
		largest_model: 1 << 20,
		fhe_parameters: Default::default(),
		region: Default::default(),
	}
}

pub(super) fn register(miner: Sr25519Keyring, hot_key: Sr25519Keyring) -> DispatchResult {
	let message = hot_key_message(&genesis(), &bytes(miner), &bytes(hot_key));
	Miners::register(
		origin(miner),
		hot_key.to_account_id(),
		hot_key.sign(&message).0,
		BOND,
		capabilities(),
		Endpoint::truncate_from(b"https://miner.example/".to_vec()),
	)
}

/// A chain whose first block has begun, in which Bob has registered with the key of Eve.
fn with_miner(test: impl FnOnce()) {
	new_chain(presets::DEVELOPMENT).execute_with(|| {
		start_block(0);
		assert_ok!(register(Bob, Eve));
		test();
		check_invariants();
	});
}

/// To the next epoch's second block. Its first has no room for transactions: a change of sessions is
/// declared to take a whole block.
fn next_epoch() {
	next_block(EPOCH_SLOTS);
	next_block(1);
}

fn heartbeat_on(
	genesis: [u8; 32],
	miner: Sr25519Keyring,
	key: Sr25519Keyring,
	epoch: EpochIndex,
) -> RuntimeCall {
	let message = heartbeat_message(&genesis, &bytes(miner), epoch, &Miners::epoch_seed());
	let signature = key.sign(&message).0;
	RuntimeCall::Miners(Call::heartbeat { miner: miner.to_account_id(), epoch, signature })
}

/// A heartbeat of this miner with this key's signature.
fn heartbeat(miner: Sr25519Keyring, key: Sr25519Keyring, epoch: EpochIndex) -> RuntimeCall {
	heartbeat_on(genesis(), miner, key, epoch)
}

/// As a node sends it.
fn transaction(call: RuntimeCall) -> UncheckedExtrinsic {
	<Runtime as CreateAuthorizedTransaction<RuntimeCall>>::create_authorized_transaction(call)
}

/// What the pool says. It changes nothing.
fn judged(extrinsic: UncheckedExtrinsic) -> Result<ValidTransaction, TransactionValidityError> {
	let mut verdict = Err(InvalidTransaction::Call.into());
	let undone: DispatchResult = with_storage_layer(|| {
		let best = System::parent_hash();
		verdict = Executive::validate_transaction(TransactionSource::External, extrinsic, best);
		Err(DispatchError::Other("undo"))
	});
	assert!(undone.is_err());
	verdict
}

/// Neither the pool nor a block takes it.
fn assert_refused(call: RuntimeCall, reason: InvalidTransaction) {
	let refusal = TransactionValidityError::Invalid(reason);
	assert_eq!(judged(transaction(call.clone())), Err(refusal), "{call:?}");
	assert_eq!(Executive::apply_extrinsic(transaction(call)), Err(refusal));
}

fn apply(call: RuntimeCall) {
	assert_eq!(Executive::apply_extrinsic(transaction(call)), Ok(Ok(())));
}

fn fees_paid() -> usize {
	let paid = |event: &RuntimeEvent| {
		matches!(
			event,
			RuntimeEvent::TransactionPayment(
				pallet_transaction_payment::Event::TransactionFeePaid { .. }
			)
		)
	};
	System::events().iter().filter(|record| paid(&record.event)).count()
}

#[test]
fn success_a_heartbeat_passes_the_pool_and_costs_nothing() {
	with_miner(|| {
		next_epoch();
		assert_eq!(Babe::epoch_index(), 1);
		let valid = judged(transaction(heartbeat(Bob, Eve, 1))).expect("it is valid");
		assert_eq!((valid.priority, valid.longevity), (u64::MAX / 4, EPOCH_SLOTS - 1));
		assert!(valid.propagate && valid.requires.is_empty() && valid.provides.len() == 1);

		let money = || {
			let balance = |account: Sr25519Keyring| Balances::balance(&account.to_account_id());
			let all: Vec<Balance> = Sr25519Keyring::well_known().map(balance).collect();
			(all, Balances::total_issuance())
		};
		let before = money();
		apply(heartbeat(Bob, Eve, 1));
		assert_eq!(money(), before, "nobody pays");
		assert_eq!(fees_paid(), 0);
		System::assert_has_event(
			pallet_miners::Event::<Runtime>::HeartbeatReceived {
				miner: Bob.to_account_id(),
				epoch: 1,
			}
			.into(),
		);
		// Somebody who signs does pay: the runtime's fees are there.
		let remark = RuntimeCall::System(frame_system::Call::remark { remark: vec![] });
		assert_ok!(Executive::apply_extrinsic(signed(Charlie, 0, remark)));
		assert_eq!(fees_paid(), 1);
		// The block with it can be finished.
		next_block(1);
	});
}

/// Traps 14, 25 and 26, through all of the runtime's extensions.
#[test]
fn every_other_heartbeat_is_refused_by_the_pool_and_by_blocks() {
	with_miner(|| {
		assert_refused(heartbeat(Bob, Eve, 0), InvalidTransaction::Stale);
		next_epoch();
		assert_refused(heartbeat(Bob, Eve, 0), InvalidTransaction::Stale);
		assert_refused(heartbeat(Bob, Eve, 2), InvalidTransaction::Future);
		assert_refused(heartbeat(Bob, Bob, 1), InvalidTransaction::BadProof);
		assert_refused(heartbeat(Bob, Ferdie, 1), InvalidTransaction::BadProof);
		assert_refused(heartbeat_on([0; 32], Bob, Eve, 1), InvalidTransaction::BadProof);
		assert_refused(heartbeat(Charlie, Ferdie, 1), InvalidTransaction::BadSigner);
		// Signed before the epoch, when nobody knew its seed.
		let early = heartbeat(Bob, Eve, 2);
		apply(heartbeat(Bob, Eve, 1));
		assert_refused(heartbeat(Bob, Eve, 1), InvalidTransaction::Stale);
		next_epoch();
		assert_refused(early, InvalidTransaction::BadProof);
		apply(heartbeat(Bob, Eve, 2));

		assert_ok!(register(Charlie, Ferdie));
		assert_refused(heartbeat(Charlie, Ferdie, 2), InvalidTransaction::Stale);
		next_epoch();
		apply(heartbeat(Charlie, Ferdie, 3));
		assert_ok!(Miners::leave(origin(Bob)));
		assert_refused(heartbeat(Bob, Eve, 3), InvalidTransaction::BadSigner);
	});
}

/// The call without a signer is let in by its authorisation alone.
#[test]
fn fails_when_a_heartbeat_comes_any_other_way() {
	with_miner(|| {
		next_epoch();
		let call = heartbeat(Bob, Eve, 1);
		let by_eve = Executive::apply_extrinsic(signed(Eve, 0, call.clone()));
		assert_eq!(by_eve, Ok(Err(DispatchError::BadOrigin)), "for a fee");
		// What the older unsigned transactions were.
		let bare = UncheckedExtrinsic::new_bare(call.clone());
		assert!(judged(bare.clone()).is_err());
		assert_ne!(Executive::apply_extrinsic(bare), Ok(Ok(())));
		let inside = RuntimeCall::Utility(pallet_utility::Call::batch_all { calls: vec![call] });
		assert_refused(inside, InvalidTransaction::UnknownOrigin);
		let remark = RuntimeCall::System(frame_system::Call::remark { remark: vec![] });
		assert_refused(remark, InvalidTransaction::UnknownOrigin);
		let bob = pallet_miners::Miners::<Runtime>::get(Bob.to_account_id());
		assert_eq!(bob.map(|miner| miner.last_heartbeat), Some(0));
	});
}

#[test]
fn heartbeats_come_before_transactions_without_a_large_tip() {
	with_miner(|| {
		next_block(EPOCH_SLOTS);
		// The shortest is the first of those without a tip.
		let remark = frame_system::Call::remark { remark: vec![] };
		let paid = judged(signed(Charlie, 0, RuntimeCall::System(remark))).expect("it is valid");
		let free = judged(transaction(heartbeat(Bob, Eve, 1))).expect("it is valid");
		assert!(
			0 < paid.priority && paid.priority < free.priority,
			"{} and {}",
			paid.priority,
			free.priority
		);
	});
}

/// Neither way of stopping things stops heartbeats, so that no epoch goes by without them; and what
/// takes a bond back goes on, too.
#[test]
fn heartbeats_go_on_while_other_things_are_stopped() {
	with_miner(|| {
		let bounded = |text: &str| text.as_bytes().to_vec().try_into().expect("it is short");
		assert_noop!(
			TxPause::pause(RuntimeOrigin::root(), (bounded("Miners"), bounded("heartbeat"))),
			pallet_tx_pause::Error::<Runtime>::Unpausable
		);
		let others = (bounded("Miners"), bounded("register"));
		assert_ok!(TxPause::pause(RuntimeOrigin::root(), others));
		assert_ok!(SafeMode::force_enter(RuntimeOrigin::root()));
		for epoch in 1..6 {
			next_epoch();
			assert!(SafeMode::is_entered());
			assert!(judged(transaction(heartbeat(Bob, Eve, epoch))).is_ok());
			apply(heartbeat(Bob, Eve, epoch));
			assert!(!pallet_miners::Roll::<Runtime>::get().barred);
		}
		let signed_by_bob =
			|nonce, call| Executive::apply_extrinsic(signed(Bob, nonce, RuntimeCall::Miners(call)));
		assert_eq!(signed_by_bob(0, Call::pause_matching {}), Ok(Ok(())));
		assert_eq!(signed_by_bob(1, Call::unbond { amount: QTC }), Ok(Ok(())));
		assert_eq!(signed_by_bob(2, Call::leave {}), Ok(Ok(())));
		let filtered = frame_system::Error::<Runtime>::CallFiltered.into();
		assert_eq!(signed_by_bob(3, Call::resume_matching {}), Ok(Err(filtered)));
	});
}

/// Every hook's epoch counts, and no other: not those in which the chain stood still.
#[test]
fn missed_epochs_are_those_that_had_blocks() {
	use quittance_types::JobNeeds;
	let needs = JobNeeds {
		level: Level::Transparent,
		circuit: None,
		constraints: 0,
		model_size: 0,
		fhe_parameters: None,
	};
	with_miner(|| {
		let bob = Bob.to_account_id();
		next_block(20 * EPOCH_SLOTS);
		assert_eq!(Babe::epoch_index(), 20);
		for _ in 0..2 {
			next_block(EPOCH_SLOTS);
			assert_ok!(Miners::can_take(&bob, &needs));
		}
		next_epoch();
		assert_noop!(
			Miners::can_take(&bob, &needs),
			pallet_miners::Error::<Runtime>::HeartbeatMissed
		);
		apply(heartbeat(Bob, Eve, 23));
		assert_ok!(Miners::can_take(&bob, &needs));
	});
}

#[test]
fn an_epochs_seed_is_one_and_was_not_known_before() {
	with_miner(|| {
		next_block(EPOCH_SLOTS - 1);
		let before = Miners::epoch_seed();
		next_block(1);
		let last_block = System::parent_hash();
		let seed = Miners::epoch_seed();
		assert_ne!(seed, before);
		let randomness = pallet_babe::NextRandomness::<Runtime>::get();
		assert_eq!(seed, epoch_seed(&randomness, &last_block.into()));
		for _ in 0..3 {
			next_block(1);
			assert_eq!(Miners::epoch_seed(), seed, "for the whole epoch");
		}
		next_block(EPOCH_SLOTS);
		assert_ne!(Miners::epoch_seed(), seed);
	});
	// The hash is still there in an epoch's last block.
	assert!(u64::from(BlockHashCount::get()) > EPOCH_SLOTS);
}

#[test]
fn what_is_left_of_an_epoch_falls_slot_by_slot() {
	use crate::configs::miners::EpochLeft;
	with_miner(|| {
		next_block(EPOCH_SLOTS);
		assert_eq!(EpochLeft::get(), EPOCH_SLOTS);
		next_block(3);
		assert_eq!(EpochLeft::get(), EPOCH_SLOTS - 3);
		next_block(EPOCH_SLOTS - 4);
		assert_eq!(EpochLeft::get(), 1);
		next_block(1);
		assert_eq!((Babe::epoch_index(), EpochLeft::get()), (2, EPOCH_SLOTS));
	});
}

/// What the runtime's own worker sends is what its pool and its blocks take.
#[test]
fn a_node_sends_heartbeats_that_the_runtime_takes() {
	let keystore = MemoryKeystore::new();
	let key = keystore
		.sr25519_generate_new(hot_key::KEY_TYPE, Some("//Eve"))
		.expect("the keystore makes keys");
	assert_eq!(key.0, bytes(Eve));
	let (worker, _) = TestOffchainExt::new();
	let (pool, state) = TestTransactionPoolExt::new();
	let mut node = new_chain(presets::DEVELOPMENT);
	node.register_extension(KeystoreExt::new(keystore));
	node.register_extension(OffchainDbExt::new(worker.clone()));
	node.register_extension(OffchainWorkerExt::new(worker));
	node.register_extension(TransactionPoolExt::new(pool));
	node.execute_with(|| {
		start_block(0);
		assert_ok!(register(Bob, Eve));
		next_block(EPOCH_SLOTS);
		// Late enough in the epoch that no key waits any more.
		next_block(EPOCH_SLOTS / 2);
		Miners::offchain_worker(System::block_number());
		let sent = std::mem::take(&mut state.write().transactions);
		assert_eq!(sent.len(), 1);
		let extrinsic = UncheckedExtrinsic::decode(&mut &sent[0][..]).expect("it is one of ours");
		assert!(judged(extrinsic.clone()).is_ok());
		assert_eq!(Executive::apply_extrinsic(extrinsic), Ok(Ok(())));
		System::assert_has_event(
			pallet_miners::Event::<Runtime>::HeartbeatReceived {
				miner: Bob.to_account_id(),
				epoch: 1,
			}
			.into(),
		);
		Miners::offchain_worker(System::block_number() + 100);
		assert!(state.read().transactions.is_empty(), "one is enough");
		check_invariants();
	});
}

/// A general transaction has all of the extensions, in their order: what a client that knows the
/// metadata sends is the same.
#[test]
fn a_heartbeat_is_encoded_as_a_general_transaction() {
	with_miner(|| {
		next_block(EPOCH_SLOTS);
		let call = heartbeat(Bob, Eve, 1);
		let encoded = transaction(call.clone()).encode();
		let mut expected = vec![0b0100_0101, 0];
		// Era, nonce, tip, and the mode of the metadata's hash; the other extensions have nothing.
		expected.extend([0, 0, 0, 0]);
		expected.extend(call.encode());
		assert_eq!(encoded, expected.encode());
	});
}

/// A heartbeat is free, so that it must be cheap: a block has room for hundreds.
#[test]
fn heartbeats_of_hundreds_of_miners_fit_a_block() {
	with_miner(|| {
		next_block(EPOCH_SLOTS);
		let weight = transaction(heartbeat(Bob, Eve, 1)).get_dispatch_info().total_weight();
		assert!(weight.all_lt(MAXIMUM_BLOCK_WEIGHT / 500), "{weight:?}");
	});
}

#[test]
fn what_a_miner_loses_goes_to_the_treasury() {
	with_miner(|| {
		let bob = Bob.to_account_id();
		let treasury = Treasury::account_id();
		let (before, issuance) = (Balances::balance(&treasury), Balances::total_issuance());
		assert_ok!(Miners::reserve(&bob, BOND));
		assert_eq!(Miners::slash(&bob, 30 * QTC), 0);
		Miners::release(&bob, BOND);
		assert_eq!(Miners::slash(&bob, 100 * QTC), 100 * QTC);
		Miners::record_outcome(&bob, Outcome::Slashed);
		assert_eq!(Balances::balance(&treasury), before + 130 * QTC);
		assert_eq!(Balances::total_balance_on_hold(&bob), BOND - 130 * QTC);
		assert_eq!(Balances::total_issuance(), issuance);
		assert_eq!(<Miners as Shares<AccountId>>::total(EpochIndex::MAX), BOND - 130 * QTC);
		assert_eq!(<Miners as Shares<AccountId>>::at(EpochIndex::MAX, 0), Some(bob));
	});
}

/// A bond must outlive every receipt that it stands for.
#[test]
fn miners_are_bonded_longer_than_any_receipt_lives() {
	type Delay = <Runtime as pallet_miners::Config>::UnbondingDelay;
	let longest = <Runtime as pallet_model_marketplace::Config>::MaxTimeout::get()
		+ <Runtime as pallet_model_marketplace::Config>::RemovalExtension::get()
		+ <Runtime as pallet_zk_receipts::Config>::ReceiptLifetime::get();
	assert!(Delay::get() > longest);
}

#[test]
fn fails_when_the_least_bond_is_not_there() {
	new_chain(presets::DEVELOPMENT).execute_with(|| {
		start_block(0);
		let message = hot_key_message(&genesis(), &bytes(Dave), &bytes(Ferdie));
		let with = |bond| {
			Miners::register(
				origin(Dave),
				Ferdie.to_account_id(),
				Ferdie.sign(&message).0,
				bond,
				capabilities(),
				Endpoint::truncate_from(b"https://miner.example/".to_vec()),
			)
		};
		let error = pallet_miners::Error::<Runtime>::BelowMinimumBond;
		assert_noop!(with(100 * QTC - 1), error);
		assert_ok!(with(100 * QTC));
		assert_eq!(Miners::by_hot_key(&Alice.to_account_id()), None);
		assert_eq!(Miners::by_hot_key(&Ferdie.to_account_id()), Some(Dave.to_account_id()));
	});
}
