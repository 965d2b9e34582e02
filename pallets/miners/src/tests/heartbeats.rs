use super::*;
use crate::Call;
use codec::{Decode, Encode};
use polkadot_sdk::{
	frame_support::{
		dispatch::GetDispatchInfo,
		pallet_prelude::{
			InvalidTransaction, TransactionSource, TransactionValidityError, ValidTransaction,
		},
		traits::Hooks,
	},
	frame_system::{offchain::CreateAuthorizedTransaction, ChainContext, RawOrigin},
	pallet_transaction_payment::ChargeTransactionPayment,
	sp_core::Pair as _,
	sp_runtime::{
		generic::SignedPayload,
		traits::{Applyable, Checkable, Dispatchable},
		DispatchError, MultiSignature,
	},
};
use quittance_types::{heartbeat_message, EpochIndex, Miners as _};

/// What a node sends.
fn transaction(call: RuntimeCall) -> Extrinsic {
	<Test as CreateAuthorizedTransaction<Call<Test>>>::create_authorized_transaction(call)
}

/// A transaction of an account, whose key is of this seed, for a fee and without a tip.
fn paid(seed: u8, call: RuntimeCall) -> Extrinsic {
	paid_with_tip(seed, 0, call)
}

/// The same with a tip.
pub(super) fn paid_with_tip(seed: u8, tip: u128, call: RuntimeCall) -> Extrinsic {
	let extension: Extension =
		(polkadot_sdk::frame_system::AuthorizeCall::new(), ChargeTransactionPayment::from(tip));
	let payload = SignedPayload::new(call.clone(), extension.clone()).unwrap();
	let signature = MultiSignature::Sr25519(payload.using_encoded(|bytes| pair(seed).sign(bytes)));
	Extrinsic::new_signed(call, hot(seed), signature, extension)
}

/// What the pool says of a transaction, as bytes from a stranger.
fn judged_transaction(
	transaction: Extrinsic,
) -> Result<ValidTransaction, TransactionValidityError> {
	let bytes = transaction.encode();
	let checked =
		Extrinsic::decode(&mut &bytes[..]).unwrap().check(&ChainContext::<Test>::default())?;
	let info = checked.get_dispatch_info();
	checked.validate::<Test>(TransactionSource::External, &info, bytes.len())
}

/// What a block makes of a transaction: judged, charged for, and dispatched with what follows from that.
pub(super) fn included_transaction(
	transaction: Extrinsic,
) -> Result<DispatchResult, TransactionValidityError> {
	let bytes = transaction.encode();
	let checked =
		Extrinsic::decode(&mut &bytes[..]).unwrap().check(&ChainContext::<Test>::default())?;
	let info = checked.get_dispatch_info();
	let applied = checked.apply::<Test>(&info, bytes.len())?;
	Ok(applied.map(|_| ()).map_err(|error| error.error))
}

fn judged(call: &RuntimeCall) -> Result<ValidTransaction, TransactionValidityError> {
	judged_transaction(transaction(call.clone()))
}

fn refused(call: &RuntimeCall) -> InvalidTransaction {
	match judged(call) {
		Err(TransactionValidityError::Invalid(reason)) => {
			assert_eq!(included(call.clone()), Err(reason.into()), "nor by a block");
			reason
		},
		other => panic!("refused, not {other:?}"),
	}
}

pub(super) fn included(call: RuntimeCall) -> Result<DispatchResult, TransactionValidityError> {
	included_transaction(transaction(call))
}

fn stale() -> Result<DispatchResult, TransactionValidityError> {
	Err(InvalidTransaction::Stale.into())
}

#[test]
fn a_heartbeat_is_recorded_once_an_epoch() {
	run(|| {
		registered();
		// The registration was this epoch's.
		assert_eq!(included(beat(&MINER, 1, EPOCH)), stale());
		pass_epochs(1);
		assert_eq!(included(beat(&MINER, 1, EPOCH + 1)), Ok(Ok(())));
		System::assert_last_event(
			Event::<Test>::HeartbeatReceived { miner: MINER, epoch: EPOCH + 1 }.into(),
		);
		assert_eq!(record_of(&MINER).last_heartbeat, EPOCH + 1);
		// With another signature, too.
		let (first, second) = (beat(&MINER, 1, EPOCH + 1), beat(&MINER, 1, EPOCH + 1));
		assert_ne!(first, second, "a key makes as many signatures as it likes");
		assert_eq!((included(first), included(second)), (stale(), stale()));
		pass_epochs(2);
		assert_eq!(included(beat(&MINER, 1, EPOCH + 3)), Ok(Ok(())));
	});
}

/// Also for an account without any money, in the same block in which others pay.
#[test]
fn heartbeats_are_free_and_other_transactions_are_not() {
	run(|| {
		assert_ok!(Registration {
			bond: ENDOWMENT - EXISTENTIAL_DEPOSIT,
			..Registration::new(&MINER, 1)
		}
		.by(&MINER));
		pass_epochs(1);
		let money = || (free(&MINER), held(&MINER), free(&hot(1)), free(&hot(9)), free(&TREASURY));
		let before = money();
		assert_eq!(included(beat(&MINER, 1, EPOCH + 1)), Ok(Ok(())));
		assert_eq!(money(), before);
		let remark = polkadot_sdk::frame_system::Call::remark { remark: vec![] };
		let remark = paid(9, remark.into());
		let fee = remark.encoded_size() as u128;
		assert_eq!(included_transaction(remark), Ok(Ok(())));
		assert_eq!(free(&hot(9)), ENDOWMENT - fee);
		assert_eq!(free(&TREASURY), ENDOWMENT + fee);
	});
}

/// Free transactions fill what the others leave of a block, not the other way round.
#[test]
fn heartbeats_come_before_transactions_without_a_large_tip() {
	run(|| {
		registered();
		pass_epochs(1);
		let heartbeat = judged(&beat(&MINER, 1, EPOCH + 1)).unwrap().priority;
		assert_eq!(heartbeat, HEARTBEAT_PRIORITY);
		// The shortest is the first of those without a tip.
		let remark = polkadot_sdk::frame_system::Call::remark { remark: vec![] };
		let paid = judged_transaction(paid(9, remark.into())).unwrap().priority;
		assert!(0 < paid && paid < heartbeat, "{paid} and {heartbeat}");
	});
}

/// What only its own fee pays for is not for free with a signature.
#[test]
fn an_unauthorised_call_is_not_let_in_without_a_signer() {
	run(|| {
		let remark = polkadot_sdk::frame_system::Call::remark { remark: vec![] };
		assert_eq!(refused(&remark.into()), InvalidTransaction::UnknownOrigin);
		let leave = RuntimeCall::from(Call::<Test>::leave {});
		assert_eq!(refused(&leave), InvalidTransaction::UnknownOrigin);
	});
}

#[test]
fn a_heartbeat_matches_a_miner_again() {
	run(|| {
		registered();
		let epoch = EPOCH + MissedEpochs::get() + 1;
		pass_epochs(MissedEpochs::get() + 1);
		assert_noop!(Registry::reserve(&MINER, 1), E::HeartbeatMissed);
		assert_eq!(included(beat(&MINER, 1, epoch)), Ok(Ok(())));
		assert_ok!(Registry::reserve(&MINER, 1));
		Registry::release(&MINER, 1);
		// For as long as from its registration.
		pass_epochs(MissedEpochs::get());
		assert_ok!(Registry::reserve(&MINER, 1));
		Registry::release(&MINER, 1);
		pass_epochs(1);
		assert_noop!(Registry::reserve(&MINER, 1), E::HeartbeatMissed);
	});
}

/// Trap 25: the pool keeps one of a miner's heartbeats, and no longer than the epoch.
#[test]
fn the_pool_is_told_how_long_and_instead_of_what() {
	run(|| {
		registered();
		assert_ok!(Registration::new(&OTHER, 2).by(&OTHER));
		CurrentEpoch::set(EPOCH + 1);
		let valid = judged(&beat(&MINER, 1, EPOCH + 1)).unwrap();
		assert_eq!((valid.priority, valid.longevity), (HEARTBEAT_PRIORITY, 30));
		assert!(valid.propagate);
		assert_eq!((valid.requires.len(), valid.provides.len()), (0, 1));
		// Every signature of a key is another; what it provides is not.
		let again = judged(&beat(&MINER, 1, EPOCH + 1)).unwrap();
		assert_eq!(again.provides, valid.provides);
		let other = judged(&beat(&OTHER, 2, EPOCH + 1)).unwrap();
		assert_ne!(other.provides, valid.provides);
		EpochLeft::set(0);
		assert_eq!(judged(&beat(&MINER, 1, EPOCH + 1)).unwrap().longevity, 1);
		CurrentEpoch::set(EPOCH + 2);
		let next = judged(&beat(&MINER, 1, EPOCH + 2)).unwrap();
		assert_ne!(next.provides, valid.provides);
	});
}

/// Traps 25 and 26: what is not a registered hot key's heartbeat for now never gets into the pool.
#[test]
fn every_other_heartbeat_is_refused() {
	run(|| {
		registered();
		assert_ok!(Registration::new(&OTHER, 2).by(&OTHER));
		let now = EPOCH + 1;
		CurrentEpoch::set(now);
		assert_eq!(refused(&beat(&MINER, 1, now + 1)), InvalidTransaction::Future);
		assert_eq!(refused(&beat(&MINER, 1, EpochIndex::MAX)), InvalidTransaction::Future);
		assert_eq!(refused(&beat(&MINER, 1, now - 1)), InvalidTransaction::Stale);
		assert_eq!(refused(&beat(&THIRD, 3, now)), InvalidTransaction::BadSigner);
		assert_eq!(refused(&beat(&MINER, 2, now)), InvalidTransaction::BadProof);
		assert_eq!(refused(&beat(&MINER, 3, now)), InvalidTransaction::BadProof);
		// Another epoch's or another miner's signature under this one's name.
		let RuntimeCall::Registry(Call::heartbeat { signature, .. }) = beat(&MINER, 1, now + 1)
		else {
			panic!("a heartbeat")
		};
		let forged = Call::<Test>::heartbeat { miner: MINER, epoch: now, signature }.into();
		assert_eq!(refused(&forged), InvalidTransaction::BadProof);
		let RuntimeCall::Registry(Call::heartbeat { signature, .. }) = beat(&OTHER, 1, now) else {
			panic!("a heartbeat")
		};
		let forged = Call::<Test>::heartbeat { miner: MINER, epoch: now, signature }.into();
		assert_eq!(refused(&forged), InvalidTransaction::BadProof);
		assert_ok!(Registry::leave(signed(&MINER)));
		assert_eq!(refused(&beat(&MINER, 1, now)), InvalidTransaction::BadSigner);
	});
}

/// Nobody has signed a heartbeat long before: not even who holds the key knows what the epoch's is.
#[test]
fn a_heartbeat_covers_the_epochs_seed_and_the_chain() {
	run(|| {
		registered();
		let now = EPOCH + 1;
		let before = beat(&MINER, 1, now);
		Randomness::set([2; 32]);
		pass_epochs(1);
		assert_eq!(refused(&before), InvalidTransaction::BadProof);
		let signed_over = |genesis: &[u8; 32], seed: &[u8; 32]| {
			let message = heartbeat_message(genesis, &MINER.into(), now, seed);
			let signature = pair(1).sign(&message).0;
			RuntimeCall::from(Call::<Test>::heartbeat { miner: MINER, epoch: now, signature })
		};
		let seed = Registry::epoch_seed();
		assert_eq!(refused(&signed_over(&GENESIS, &seed_of(EPOCH))), InvalidTransaction::BadProof);
		assert_eq!(refused(&signed_over(&[0; 32], &seed)), InvalidTransaction::BadProof);
		assert_eq!(included(signed_over(&GENESIS, &seed)), Ok(Ok(())));
	});
}

/// What pays for heartbeats is the bond.
#[test]
fn a_miner_without_the_least_bond_sends_no_free_heartbeats() {
	run(|| {
		registered();
		pass_epochs(1);
		let least = MinimumBond::get();
		assert_eq!(Registry::slash(&MINER, BOND - least), BOND - least);
		assert!(judged(&beat(&MINER, 1, EPOCH + 1)).is_ok(), "the least bond is enough");
		assert_eq!(Registry::slash(&MINER, 1), 1);
		assert_eq!(refused(&beat(&MINER, 1, EPOCH + 1)), InvalidTransaction::Payment);
		assert_eq!(Registry::slash(&MINER, least), least - 1);
		assert_eq!(refused(&beat(&MINER, 1, EPOCH + 1)), InvalidTransaction::Payment);
		assert_ok!(Registry::bond_more(signed(&MINER), least));
		assert_eq!(included(beat(&MINER, 1, EPOCH + 1)), Ok(Ok(())));
	});
}

#[test]
fn a_miner_that_pauses_sends_heartbeats() {
	run(|| {
		registered();
		assert_ok!(Registry::pause_matching(signed(&MINER)));
		for epoch in EPOCH + 1..EPOCH + 2 + MissedEpochs::get() {
			pass_epochs(1);
			assert_eq!(included(beat(&MINER, 1, epoch)), Ok(Ok(())));
		}
		assert_ok!(Registry::resume_matching(signed(&MINER)));
		assert_ok!(Registry::reserve(&MINER, 1));
		Registry::release(&MINER, 1);
	});
}

#[test]
fn the_key_that_works_now_signs() {
	run(|| {
		registered();
		let rotation = Registry::rotate_hot_key(signed(&MINER), hot(2), possession(&MINER, 2));
		assert_ok!(rotation);
		CurrentEpoch::set(EPOCH + 1);
		assert_eq!(refused(&beat(&MINER, 2, EPOCH + 1)), InvalidTransaction::BadProof);
		assert!(judged(&beat(&MINER, 1, EPOCH + 1)).is_ok());
		advance(HotKeyDelay::get());
		assert_eq!(refused(&beat(&MINER, 1, EPOCH + 1)), InvalidTransaction::BadProof);
		assert_eq!(included(beat(&MINER, 2, EPOCH + 1)), Ok(Ok(())));
		assert_eq!(record_of(&MINER).hot_key, hot(2), "written down on the occasion");
	});
}

/// A free call that is included and fails could be included again in every block.
#[test]
fn a_paused_heartbeat_does_not_get_as_far_as_to_fail() {
	run(|| {
		registered();
		CurrentEpoch::set(EPOCH + 1);
		Paused::set(true);
		let call = beat(&MINER, 1, EPOCH + 1);
		assert_eq!(refused(&call), InvalidTransaction::Call);
		Paused::set(false);
		assert_eq!(included(call), Ok(Ok(())));
	});
}

#[test]
fn only_its_authorisation_lets_a_heartbeat_in() {
	run(|| {
		registered();
		CurrentEpoch::set(EPOCH + 1);
		let call = beat(&MINER, 1, EPOCH + 1);
		for origin in
			[signed(&MINER), signed(&hot(1)), RuntimeOrigin::root(), RuntimeOrigin::none()]
		{
			let error = call.clone().dispatch(origin).map_err(|error| error.error).unwrap_err();
			assert_eq!(error, DispatchError::BadOrigin);
		}
		assert_ok!(call.dispatch(RuntimeOrigin::from(RawOrigin::Authorized)));
	});
}

/// What a node sent: whose heartbeat, and for which epoch.
fn heartbeats(sent: Vec<Extrinsic>) -> Vec<(AccountId, EpochIndex)> {
	let told = |extrinsic: Extrinsic| {
		assert!(judged_transaction(extrinsic.clone()).is_ok(), "it would be taken");
		match extrinsic.function {
			RuntimeCall::Registry(Call::heartbeat { miner, epoch, .. }) => (miner, epoch),
			other => panic!("a heartbeat, not {other:?}"),
		}
	};
	sent.into_iter().map(told).collect()
}

/// Runs the worker after the block of this number, so late in the epoch that nobody waits.
fn work(block: u64) {
	EpochLeft::set(EpochLength::get() / 2);
	System::set_block_number(block);
	<Registry as Hooks<u64>>::offchain_worker(block);
}

#[test]
fn a_node_sends_one_heartbeat_an_epoch_for_each_of_its_miners() {
	run_as_node(&[1, 2, 3], |sent| {
		registered();
		assert_ok!(Registration::new(&OTHER, 2).by(&OTHER));
		assert_ok!(Registration::new(&THIRD, 4).by(&THIRD));
		work(NOW);
		assert!(heartbeats(sent()).is_empty(), "registered in this epoch");

		let epoch = EPOCH + 1;
		CurrentEpoch::set(epoch);
		work(NOW + 1);
		// Not for the key that is nobody's, nor for the miner whose key is elsewhere.
		let mut first = heartbeats(sent());
		first.sort();
		assert_eq!(first, [(MINER, epoch), (OTHER, epoch)]);
		// Sent again only when it did not arrive for a while, and not if it did.
		assert_eq!(included(beat(&OTHER, 2, epoch)), Ok(Ok(())));
		work(NOW + 2);
		work(NOW + 5);
		assert!(heartbeats(sent()).is_empty());
		work(NOW + 6);
		assert_eq!(heartbeats(sent()), [(MINER, epoch)]);
	});
}

/// A keystore fills with keys that are retired or nobody's; they do not keep the others from being
/// looked at.
#[test]
fn a_node_with_many_keys_finds_those_that_work() {
	let seeds: Vec<u8> = (1..=40).collect();
	run_as_node(&seeds, |sent| {
		// The last in the order of their bytes, behind 37 others.
		let mut sorted = seeds.clone();
		sorted.sort_by_key(|seed| hot(*seed));
		let miners = [MINER, OTHER, THIRD];
		for (miner, seed) in miners.iter().zip(&sorted[37..]) {
			assert_ok!(Registration::new(miner, *seed).by(miner));
		}
		pass_epochs(1);
		work(NOW + 1);
		let mut told = heartbeats(sent());
		told.sort();
		assert_eq!(told, miners.map(|miner| (miner, EPOCH + 1)));
	});
}

/// A node that works for more miners than it sends for after one block gets through all of them.
#[test]
fn a_node_sends_for_sixteen_miners_after_each_block() {
	let seeds: Vec<u8> = (1..=20).collect();
	run_as_node(&seeds, |sent| {
		let miner = |seed: u8| AccountId::new([100 + seed; 32]);
		for seed in &seeds {
			let who = miner(*seed);
			System::inc_providers(&who);
			let money = polkadot_sdk::frame_support::traits::tokens::Preservation::Preserve;
			assert_ok!(
				<Balances as polkadot_sdk::frame_support::traits::fungible::Mutate<_>>::transfer(
					&THIRD, &who, 10_000, money
				)
			);
			assert_ok!(Registration::new(&who, *seed).by(&who));
		}
		pass_epochs(1);
		work(NOW + 1);
		let mut told = heartbeats(sent());
		assert_eq!(told.len(), 16);
		work(NOW + 2);
		told.extend(heartbeats(sent()));
		told.sort();
		assert_eq!(told, seeds.iter().map(|seed| (miner(*seed), EPOCH + 1)).collect::<Vec<_>>());
	});
}

#[test]
fn a_node_sends_nothing_for_a_miner_without_the_least_bond() {
	run_as_node(&[1], |sent| {
		registered();
		pass_epochs(1);
		assert_eq!(Registry::slash(&MINER, BOND), BOND);
		work(NOW + 1);
		assert!(heartbeats(sent()).is_empty());
	});
}

#[test]
fn a_node_sends_with_the_key_that_works_and_not_for_who_leaves() {
	run_as_node(&[1, 2], |sent| {
		registered();
		let rotation = Registry::rotate_hot_key(signed(&MINER), hot(2), possession(&MINER, 2));
		assert_ok!(rotation);
		CurrentEpoch::set(EPOCH + 1);
		work(NOW + 1);
		assert_eq!(heartbeats(sent()), [(MINER, EPOCH + 1)]);
		work(NOW + HotKeyDelay::get());
		assert_eq!(heartbeats(sent()), [(MINER, EPOCH + 1)]);
		assert_ok!(Registry::leave(signed(&MINER)));
		CurrentEpoch::set(EPOCH + 2);
		work(NOW + HotKeyDelay::get() + 1);
		assert!(heartbeats(sent()).is_empty());
	});
}

#[test]
fn heartbeats_are_spread_over_half_of_an_epoch() {
	run_as_node(&[1, 2, 3, 4], |sent| {
		let offset_of = |seed: u8| Registry::heartbeat_offset(&hot(seed));
		let seed = (1..=4).find(|seed| offset_of(*seed) > 0).expect("one of them waits");
		let offset = offset_of(seed);
		assert_ok!(Registration::new(&MINER, seed).by(&MINER));
		CurrentEpoch::set(EPOCH + 1);
		let send = |passed: u64, block: u64| {
			EpochLeft::set(EpochLength::get() - passed);
			System::set_block_number(block);
			<Registry as Hooks<u64>>::offchain_worker(block);
			heartbeats(sent()).len()
		};
		assert_eq!(send(offset - 1, NOW + 1), 0);
		assert_eq!(send(offset, NOW + 2), 1);

		let offsets = (0..100).map(offset_of).collect::<std::collections::BTreeSet<_>>();
		assert!(offsets.iter().all(|offset| *offset < EpochLength::get() / 2));
		assert!(offsets.len() > 20, "not all at once: {offsets:?}");
	});
}
