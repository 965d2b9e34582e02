//! Each invariant can be broken, and is then reported: what runs after every test is able to fail.

use super::*;
use crate::{
	CircuitOf, Circuits, IssuerKeyOwners, Issuers, Keys, OldestGroup, References, RemovedIssuers,
};
use polkadot_sdk::{frame_support::storage::with_storage_layer, sp_runtime::DispatchError};
use quittance_types::FieldBytes;

/// Whether the invariants report what `corrupt` does, which is then undone.
fn noticed(corrupt: impl FnOnce()) -> bool {
	let mut noticed = false;
	let undone: Result<(), DispatchError> = with_storage_layer(|| {
		corrupt();
		noticed = Receipts::do_try_state().is_err();
		Err(DispatchError::Other("undo"))
	});
	assert!(undone.is_err());
	assert_ok!(Receipts::do_try_state());
	noticed
}

#[test]
fn every_invariant_is_watched() {
	run(|| {
		let circuit = register_basic();
		assert!(noticed(|| Keys::<Test>::remove(circuit)), "a circuit without a key");
		assert!(noticed(|| Circuits::<Test>::remove(circuit)), "a key without a circuit");
		assert!(noticed(|| Keys::<Test>::insert(circuit, key_of(&trapdoor(3)))), "another key");
		let setup = Setup::Ceremony { transcript: [1; 32], contributions: 2, beacon: [2; 32] };
		let passport = || {
			Circuits::<Test>::mutate(circuit, |record| record.as_mut().unwrap().setup = setup);
		};
		assert!(noticed(passport), "another passport");
		let changed = |change: fn(&mut CircuitOf<Test>)| {
			noticed(|| Circuits::<Test>::mutate(circuit, |record| change(record.as_mut().unwrap())))
		};
		assert!(changed(|record| record.changed_at = u64::MAX), "a pause to come");
		assert!(changed(|record| record.stopped = record.changed_at + 1), "paused before it was");
		assert!(noticed(|| References::<Test>::insert([8; 32], 1)), "a job of no circuit");
		assert!(noticed(|| References::<Test>::insert(circuit, 0)), "no jobs, noted");

		let forgotten = || {
			Receipts::spend(1, FieldBytes([1; 32]), NullifierGroup::get());
			OldestGroup::<Test>::put(2);
		};
		assert!(noticed(forgotten), "in a group that is passed");

		let issuer = ISSUERS[0].clone();
		let altered = |spoil: fn(&mut Issuer<u128>)| {
			noticed(|| Issuers::<Test>::mutate(&issuer, |record| spoil(record.as_mut().unwrap())))
		};
		let key = issuer_keys(&issuer).sr25519;
		assert!(noticed(|| IssuerKeyOwners::<Test>::remove(key)), "a key without an owner");
		assert!(noticed(|| IssuerKeyOwners::<Test>::insert(key, THIEF)), "another's key");
		assert!(noticed(|| IssuerKeyOwners::<Test>::insert([7; 32], THIEF)), "a key too many");
		assert!(altered(|issuer| issuer.bond = 1), "a bond that is not held");
		assert!(altered(|issuer| issuer.leaf.0 = [0; 32]), "another key's leaf");
		assert!(altered(|issuer| issuer.keys.babyjubjub = [0; 64]), "a key that is none");
		let removed = IssuerState::Removed { at: 1 };
		assert!(noticed(|| RemovedIssuers::<Test>::put(1)), "a removal that was none");
		let uncounted =
			|| Issuers::<Test>::mutate(&issuer, |record| record.as_mut().unwrap().state = removed);
		assert!(noticed(uncounted), "a removal that is not counted");
	});
}
