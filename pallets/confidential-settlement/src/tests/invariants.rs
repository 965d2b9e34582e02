//! Each invariant is checked: what breaks it is found.

use super::*;
use crate::{CircuitInForce, Config};
use polkadot_sdk::frame_support::{hypothetically, traits::fungible::Mutate};

fn found() -> bool {
	Pool::do_try_state().is_err()
}

#[test]
fn every_broken_invariant_is_found() {
	run(|| {
		let (transfer, _) = some_transfer();
		assert_included(transfer.call());
		next_block();
		let (withdrawal, _) = some_withdrawal();
		assert_included(withdrawal.call());
		next_block();
		let (settled, ..) = settlements::some_settlement();
		assert_included(settled.call());
		let (job, _) = private_jobs::posted();
		market::give_up(job);
		private_jobs::posted();
		next_block();
		assert!(!found());

		let take_from_pool = |left: u128| {
			Balances::set_balance(&Pool::account(), left);
		};
		let held = PoolTotals::<Test>::get().held().unwrap();
		hypothetically!({
			take_from_pool(held + EXISTENTIAL_DEPOSIT - 1);
			assert!(found(), "less than is owed");
		});
		hypothetically!({
			take_from_pool(held + EXISTENTIAL_DEPOSIT + 1);
			assert!(!found(), "more is nobody's");
		});
		let totals: [fn(&mut Totals); 11] = [
			|totals| totals.withdrawn = totals.deposited,
			|totals| totals.deposited += 1,
			|totals| totals.fees = u128::MAX,
			|totals| totals.deposits += 1,
			|totals| totals.transfers += 1,
			|totals| totals.withdrawals -= 1,
			|totals| totals.posts += 1,
			|totals| totals.settlements += 1,
			|totals| totals.given_back += 1,
			// With as many leaves and nullifiers: escrows that end twice.
			|totals| {
				totals.given_back += 2;
				totals.deposits -= 2;
			},
			|totals| {
				totals.settlements += 2;
				totals.deposits -= 4;
			},
		];
		for change in totals {
			hypothetically!({
				PoolTotals::<Test>::mutate(change);
				assert!(found(), "the totals");
			});
		}
		let [first, _] = transfer.claims.nullifiers;
		hypothetically!({
			Nullifiers::<Test>::remove(first);
			assert!(found(), "a nullifier that is gone");
		});
		hypothetically!({
			Nullifiers::<Test>::insert(FieldBytes([1; 32]), ());
			assert!(found(), "a nullifier that nobody spent");
		});
		let trees: [fn(&mut Tree); 4] = [
			|tree| tree.leaves -= 1,
			|tree| {
				tree.nodes.pop();
			},
			|tree| tree.nodes[0] = FieldBytes([0xff; 32]),
			|tree| tree.nodes[0] = FieldBytes([1; 32]),
		];
		for change in trees {
			hypothetically!({
				NoteTree::<Test>::mutate(change);
				assert!(found(), "the tree");
			});
		}
		let (root, _) = Pool::pool().root.unwrap();
		hypothetically!({
			RecentRoots::<Test>::remove(root);
			assert!(found(), "a root of the ring that is not recent");
		});
		hypothetically!({
			RecentRoots::<Test>::insert(FieldBytes([1; 32]), 1);
			assert!(found(), "a recent root that is not in the ring");
		});
		hypothetically!({
			RecentRoots::<Test>::insert(root, 1);
			assert!(found(), "leaves that do not grow");
		});
		hypothetically!({
			RootRing::<Test>::insert(ROOT_HISTORY, root);
			assert!(found(), "a place beside the ring");
		});
		hypothetically!({
			RecordedRoots::<Test>::mutate(|recorded| recorded.leaves -= 1);
			assert!(found(), "another number of leaves recorded");
		});
		hypothetically!({
			CircuitInForce::<Test>::remove(PoolCircuit::Withdraw);
			assert!(found(), "no way out");
		});
	});
}

/// The account is a pallet's, not one that somebody has a key of.
#[test]
fn the_pool_has_an_account_of_its_own() {
	use polkadot_sdk::sp_runtime::traits::AccountIdConversion;
	let id = <Test as Config>::PalletId::get();
	assert_eq!(Pool::account(), AccountIdConversion::<AccountId>::into_account_truncating(&id));
}
