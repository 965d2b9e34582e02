//! When blocks are taken back, what they did is taken back with them and nothing else.

use super::*;

#[test]
fn a_call_of_a_block_that_is_taken_back_can_be_in_another() {
	run(|| {
		let (transfer, _) = some_transfer();
		on_a_fork(|| {
			assert_included(transfer.call());
			next_block();
			assert_refused(transfer.call(), PoolRefusal::NullifierSpent);
		});
		// Later and after something else, so that the new notes have other places.
		assert_ok!(deposit(&Owned::of(1, 1)));
		next_block();
		assert_included(transfer.call());
		assert_eq!(PoolTotals::<Test>::get().transfers, 1);
	});
}

#[test]
fn a_root_of_a_block_that_is_taken_back_is_not_recent() {
	run(|| {
		let mine = Owned::of(1, PLENTY);
		let (fee, change) = (least_withdraw(), Owned::of(1, 0));
		let amount = u128::from(PLENTY) - fee;
		let spend = |note, change| {
			Withdrawal::new(&Ledger::read(), [note, Owned::dummy()], change, amount, fee).call()
		};
		let call = on_a_fork(|| {
			assert_ok!(deposit(&mine));
			next_block();
			let call = spend(Ledger::read().place(mine), change);
			assert!(judged(&call).is_ok());
			call
		});
		assert_refused(call.clone(), PoolRefusal::RootNotRecent);

		// In the other fork somebody else's deposit comes first: another place, another nullifier, another
		// root. What was proven in the first is void.
		assert_ok!(deposit(&Owned::of(2, PLENTY)));
		assert_ok!(deposit(&mine));
		next_block();
		assert_refused(call, PoolRefusal::RootNotRecent);
		let there = Ledger::read().place(mine);
		assert_eq!(there.index, 1);
		assert_included(spend(there, Owned::of(1, 0)));
	});
}

/// Blocks taken back have filled the ring and forgotten roots; those are back.
#[test]
fn roots_that_a_fork_has_forgotten_are_recent_again() {
	run(|| {
		let (withdrawal, _) = some_withdrawal();
		on_a_fork(|| {
			for _ in 0..=ROOT_HISTORY {
				assert_ok!(deposit(&Owned::of(1, 1)));
				next_block();
			}
			assert_refused(withdrawal.call(), PoolRefusal::RootNotRecent);
		});
		assert_included(withdrawal.call());
	});
}
