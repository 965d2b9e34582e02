//! Session keys, and the record by which a key's owner can be proved later.

use super::new_chain;
use crate::{
	constants::time::{EQUIVOCATION_SESSIONS, SESSIONS_PER_ERA},
	presets, *,
};
use codec::{Decode, Encode};
use frame_support::{assert_noop, assert_ok, traits::KeyOwnerProofSystem};
use pallet_session::historical::{HistoricalSessions, StoredRange};
use sp_keyring::{
	Ed25519Keyring,
	Sr25519Keyring::{Alice, Bob},
};
use sp_keystore::{testing::MemoryKeystore, KeystoreExt};
use sp_runtime::traits::OpaqueKeys;

/// Ends the current session and starts the next, as the first block of an epoch does.
fn rotate() {
	Session::rotate_session();
}

/// New session keys of `owner`, made in the keystore, with the proof that `set_keys` asks for.
fn new_keys(owner: &AccountId) -> (SessionKeys, Vec<u8>) {
	let generated = SessionKeys::generate(&owner.encode(), None);
	(generated.keys, generated.proof.encode())
}

fn with_keystore() -> sp_io::TestExternalities {
	let mut chain = new_chain(presets::PAIR);
	chain.register_extension(KeystoreExt::new(MemoryKeystore::new()));
	chain
}

fn alice_grandpa() -> (sp_core::crypto::KeyTypeId, Vec<u8>) {
	(sp_consensus_grandpa::KEY_TYPE, Ed25519Keyring::Alice.public().0.to_vec())
}

#[test]
fn roots_are_recorded_from_the_genesis_on() {
	new_chain(presets::PAIR).execute_with(|| {
		assert_eq!(StoredRange::<Runtime>::get(), Some((0, 2)));
		let (root, count) = HistoricalSessions::<Runtime>::get(0).expect("session 0 has a root");
		assert_eq!(count, 2);
		assert_eq!(HistoricalSessions::<Runtime>::get(1), Some((root, 2)));
		for session in 2..6 {
			rotate();
			assert_eq!(HistoricalSessions::<Runtime>::get(session), Some((root, 2)));
		}
		let mut validators = Session::validators();
		validators.sort();
		let mut expected = [Alice.to_account_id(), Bob.to_account_id()];
		expected.sort();
		assert_eq!(validators, expected);
	});
}

#[test]
fn ownership_of_a_key_is_proved_after_its_session() {
	new_chain(presets::PAIR).execute_with(|| {
		let proof = Historical::prove(alice_grandpa()).expect("Alice's key is in the session");
		for _ in 0..3 {
			rotate();
		}
		let (owner, ()) =
			Historical::check_proof(alice_grandpa(), proof.clone()).expect("the proof holds");
		assert_eq!(owner, Alice.to_account_id());

		let bobs = (sp_consensus_grandpa::KEY_TYPE, Ed25519Keyring::Bob.public().0.to_vec());
		assert!(Historical::check_proof(bobs, proof.clone()).is_none(), "another's key");

		let mut other_session = proof;
		other_session.session = 99;
		assert!(Historical::check_proof(alice_grandpa(), other_session).is_none());
	});
}

/// A set announced every session would give GRANDPA a new authority set each time, and lengthen
/// every warp sync proof.
#[test]
fn validators_are_announced_once_an_era() {
	new_chain(presets::PAIR).execute_with(|| {
		let announced = (0..4 * SESSIONS_PER_ERA)
			.filter(|_| {
				rotate();
				pallet_session::QueuedChanged::<Runtime>::get()
			})
			.count();
		assert_eq!(announced, 4);
	});
}

#[test]
fn changed_keys_are_used_two_sessions_later_and_recorded() {
	with_keystore().execute_with(|| {
		let alice = Alice.to_account_id();
		let before = HistoricalSessions::<Runtime>::get(1);
		let (keys, proof) = new_keys(&alice);
		assert_ok!(Session::set_keys(RuntimeOrigin::signed(alice.clone()), keys.clone(), proof));

		rotate();
		let planned = HistoricalSessions::<Runtime>::get(2).expect("recorded");
		assert_ne!(Some(planned), before, "the root is of the new keys");
		assert_eq!(planned.1, 2);
		rotate();

		let id = (sp_consensus_grandpa::KEY_TYPE, keys.get_raw(sp_consensus_grandpa::KEY_TYPE));
		let proof = Historical::prove(id).expect("the new key is in session 2");
		assert_eq!(proof.session, 2);
		rotate();
		assert!(Historical::check_proof(id, proof).is_some(), "against the recorded root");
		assert!(Babe::authorities().iter().any(|(key, _)| *key == keys.babe));
	});
}

#[test]
fn a_validator_that_purges_its_keys_leaves_the_set() {
	with_keystore().execute_with(|| {
		assert_ok!(Session::purge_keys(RuntimeOrigin::signed(Bob.to_account_id())));
		rotate();
		assert_eq!(HistoricalSessions::<Runtime>::get(2).map(|(_, count)| count), Some(1));
		rotate();
		assert_eq!(Session::validators(), [Alice.to_account_id()]);
	});
}

#[test]
fn fails_when_the_proof_of_the_keys_is_for_another_account() {
	with_keystore().execute_with(|| {
		let (keys, proof) = new_keys(&Bob.to_account_id());
		assert_noop!(
			Session::set_keys(RuntimeOrigin::signed(Alice.to_account_id()), keys, proof),
			pallet_session::Error::<Runtime>::InvalidProof
		);
	});
}

#[test]
fn boundary_records_are_kept_as_long_as_the_bonds_behind_them() {
	new_chain(presets::DEVELOPMENT).execute_with(|| {
		for _ in 0..EQUIVOCATION_SESSIONS {
			rotate();
		}
		assert!(HistoricalSessions::<Runtime>::contains_key(0));
		for _ in 0..2 * SESSIONS_PER_ERA {
			rotate();
		}
		assert!(!HistoricalSessions::<Runtime>::contains_key(0));
		let (first, _) = StoredRange::<Runtime>::get().expect("there are records");
		let last = Session::current_index() - EQUIVOCATION_SESSIONS;
		assert!(first <= last, "{first} is gone too early: bonds of {last} are still held");
	});
}

#[test]
fn session_keys_are_babe_grandpa_and_authority_discovery() {
	let keys = SessionKeys {
		babe: Alice.public().into(),
		grandpa: Ed25519Keyring::Alice.public().into(),
		authority_discovery: Bob.public().into(),
	};
	let encoded = keys.encode();
	assert_eq!(encoded.len(), 96);
	assert_eq!(&encoded[..32], &Alice.public().0);
	assert_eq!(&encoded[64..], &Bob.public().0);
	assert_eq!(SessionKeys::decode(&mut &encoded[..]), Ok(keys));
	assert_eq!(
		SessionKeys::key_ids(),
		[
			sp_consensus_babe::KEY_TYPE,
			sp_consensus_grandpa::KEY_TYPE,
			sp_core::crypto::key_types::AUTHORITY_DISCOVERY,
		]
	);
}

#[test]
fn grandpa_set_changes_with_the_keys() {
	with_keystore().execute_with(|| {
		frame_system::Pallet::<Runtime>::set_block_number(1);
		let alice = Alice.to_account_id();
		let (keys, proof) = new_keys(&alice);
		assert_ok!(Session::set_keys(RuntimeOrigin::signed(alice), keys, proof));
		let set = Grandpa::current_set_id();
		rotate();
		rotate();
		assert!(Grandpa::current_set_id() > set);
	});
}
