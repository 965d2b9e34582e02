//! One note pays once, whatever is proven.

use super::*;

/// Trap 15: in one call.
#[test]
fn fails_when_both_nullifiers_of_a_call_are_one() {
	run(|| {
		let note = deposited(1, PLENTY);
		let nullifiers = [note.nullifier(); 2];
		let (transfer, _) = some_transfer();
		let twice = TransferClaims { nullifiers, ..transfer.claims };
		assert_refused(Transfer::claiming(twice).call(), PoolRefusal::EqualNullifiers);
		let (withdrawal, _) = some_withdrawal();
		let twice = WithdrawClaims { nullifiers, ..withdrawal.claims };
		assert_refused(Withdrawal::claiming(twice).call(), PoolRefusal::EqualNullifiers);
	});
}

/// What calls there are to spend one note, at either place, beside another of its owner's.
fn all_that_spend(note: Owned) -> Vec<RuntimeCall> {
	let ledger = Ledger::read();
	let (fee, value) = (least_transfer().max(least_withdraw()), note.value());
	let made = || [Owned::of(2, value - fee as u64), Owned::of(1, 0)];
	let amount = u128::from(value) - fee;
	let dummy = Owned::dummy;
	vec![
		Transfer::new(&ledger, [note, dummy()], made(), fee).call(),
		Transfer::new(&ledger, [dummy(), note], made(), fee).call(),
		Withdrawal::new(&ledger, [note, dummy()], Owned::of(1, 0), amount, fee).call(),
		Withdrawal::new(&ledger, [dummy(), note], Owned::of(1, 0), amount, fee).call(),
	]
}

#[test]
fn a_note_is_spent_once_in_a_block_and_across_blocks() {
	run(|| {
		for first in 0..4 {
			let note = deposited(1, PLENTY);
			let calls = all_that_spend(note);
			assert_included(calls[first].clone());
			for call in &calls {
				assert_refused(call.clone(), PoolRefusal::NullifierSpent);
			}
			next_block();
			// Under the new root, too.
			for call in calls.into_iter().chain(all_that_spend(note)) {
				assert_refused(call, PoolRefusal::NullifierSpent);
			}
		}
	});
}

/// For good: also when every root of the time is forgotten.
#[test]
fn a_nullifier_is_never_forgotten() {
	run(|| {
		let note = deposited(1, PLENTY);
		assert_included(all_that_spend(note)[0].clone());
		for _ in 0..=ROOT_HISTORY {
			assert_ok!(deposit(&Owned::of(1, 1)));
			next_block();
		}
		for call in all_that_spend(note) {
			assert_refused(call, PoolRefusal::NullifierSpent);
		}
	});
}

/// The pool of transactions holds one of those that spend a note, of whichever kind.
#[test]
fn calls_that_spend_one_note_have_a_tag_in_common() {
	run(|| {
		let note = deposited(1, PLENTY);
		let tags = |call: &RuntimeCall| judged(call).unwrap().provides;
		let calls = all_that_spend(note);
		let first = tags(&calls[0]);
		for call in &calls[1..] {
			let in_common = tags(call).iter().filter(|tag| first.contains(tag)).count();
			assert_eq!(in_common, 1, "the note's and not the dummy's");
		}
		let other = all_that_spend(deposited(1, PLENTY));
		assert!(tags(&other[0]).iter().all(|tag| !first.contains(tag)));
	});
}

/// Trap 3: anybody can make another proof of the same signals, and that it is another is no excuse.
#[test]
fn another_proof_of_a_spent_note_is_refused() {
	run(|| {
		let (transfer, _) = some_transfer();
		assert_included(transfer.call());
		let mut again = transfer;
		again.proof = [7; 256];
		assert_refused(again.call(), PoolRefusal::NullifierSpent);
	});
}

/// A dummy's nullifier is like any other: used twice it shows, and it spends nothing.
#[test]
fn a_dummy_is_used_once() {
	run(|| {
		let (first, second, dummy) = (deposited(1, PLENTY), deposited(1, PLENTY), Owned::dummy());
		let fee = least_withdraw();
		let amount = u128::from(PLENTY) - fee;
		let ledger = Ledger::read();
		let with = |note, dummy| {
			Withdrawal::new(&ledger, [note, dummy], Owned::of(1, 0), amount, fee).call()
		};
		assert_included(with(first, dummy));
		assert_refused(with(second, dummy), PoolRefusal::NullifierSpent);
		assert_included(with(second, Owned::dummy()));
	});
}
