use super::*;
use crate::Call;
use polkadot_sdk::{
	frame_support::{
		dispatch::GetDispatchInfo,
		pallet_prelude::{
			InvalidTransaction, TransactionSource, TransactionValidityError, ValidTransaction,
		},
		traits::{Authorize, Hooks},
	},
	frame_system::{AuthorizeCall, RawOrigin},
	sp_runtime::{
		traits::{DispatchTransaction, Dispatchable},
		DispatchError,
	},
};
use quittance_types::{EpochIndex, Miners as _};

/// What the pool says.
fn judged(call: &RuntimeCall) -> Result<ValidTransaction, TransactionValidityError> {
	let verdict = call.authorize(TransactionSource::External).expect("heartbeats are authorised");
	verdict.map(|(valid, _)| valid)
}

fn refused(call: &RuntimeCall) -> InvalidTransaction {
	match judged(call) {
		Err(TransactionValidityError::Invalid(reason)) => reason,
		other => panic!("refused, not {other:?}"),
	}
}

/// As a block does: judged, and dispatched with what follows from that.
fn included(call: RuntimeCall) -> Result<DispatchResult, TransactionValidityError> {
	let info = call.get_dispatch_info();
	AuthorizeCall::<Test>::new()
		.dispatch_transaction(RuntimeOrigin::none(), call, &info, 100, 0)
		.map(|dispatched| dispatched.map(|_| ()).map_err(|error| error.error))
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
		CurrentEpoch::set(EPOCH + 1);
		assert_eq!(included(beat(&MINER, 1, EPOCH + 1)), Ok(Ok(())));
		System::assert_last_event(
			Event::<Test>::HeartbeatReceived { miner: MINER, epoch: EPOCH + 1 }.into(),
		);
		assert_eq!(record_of(&MINER).last_heartbeat, EPOCH + 1);
		assert_eq!(free(&MINER), ENDOWMENT - BOND, "for nothing");
		// With another signature, too.
		assert_eq!(included(beat(&MINER, 1, EPOCH + 1)), stale());
		CurrentEpoch::set(EPOCH + 3);
		assert_eq!(included(beat(&MINER, 1, EPOCH + 3)), Ok(Ok(())));
	});
}

#[test]
fn a_heartbeat_matches_a_miner_again() {
	run(|| {
		registered();
		let epoch = EPOCH + MissedEpochs::get() + 1;
		CurrentEpoch::set(epoch);
		assert_noop!(Registry::reserve(&MINER, 1), E::HeartbeatMissed);
		assert_eq!(included(beat(&MINER, 1, epoch)), Ok(Ok(())));
		assert_ok!(Registry::reserve(&MINER, 1));
		Registry::release(&MINER, 1);
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
		assert_eq!((valid.priority, valid.longevity, valid.propagate), (1_000, 30, true));
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
		assert_eq!(included(call.clone()), Err(InvalidTransaction::Call.into()));
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
		assert!(judged(&extrinsic.function).is_ok(), "it would be taken");
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
