use super::*;

#[test]
fn a_withdrawal_pays_its_payee_and_leaves_change() {
	run(|| {
		let (withdrawal, change) = some_withdrawal();
		assert_included(withdrawal.call());
		let WithdrawClaims { nullifiers, amount, fee, change: commitment, .. } = withdrawal.claims;
		System::assert_last_event(
			Event::<Test>::Withdrawn { payee: BOB, amount, nullifiers, fee, relayed: None }.into(),
		);
		System::assert_has_event(
			Event::<Test>::NoteAdded { index: 1, commitment, ciphertext: Some(0) }.into(),
		);
		assert_eq!(free(&BOB), ENDOWMENT + amount);
		let totals = PoolTotals::<Test>::get();
		assert_eq!((totals.withdrawn, totals.fees, totals.withdrawals), (amount, fee, 1));
		next_block();
		let ledger = Ledger::read();
		let change = ledger.place(change);
		let (fee, dummy) = (least_withdraw(), Owned::dummy());
		let amount = u128::from(change.value()) - fee;
		let rest = Withdrawal::new(&ledger, [dummy, change], Owned::of(1, 0), amount, fee);
		assert_included(rest.call());
		assert_eq!(PoolTotals::<Test>::get().held(), Some(0));
	});
}

#[test]
fn boundary_amounts() {
	run(|| {
		let (withdrawal, _) = some_withdrawal();
		let claiming = |amount, fee| {
			let change = |claims: &mut WithdrawClaims| (claims.amount, claims.fee) = (amount, fee);
			withdrawal.claims(change).call()
		};
		let fee = withdrawal.claims.fee;
		assert_refused(claiming(0, fee), PoolRefusal::ZeroAmount);
		assert_refused(claiming(1 << 64, fee), PoolRefusal::AmountTooLarge);
		assert_refused(claiming(1, 1 << 64), PoolRefusal::AmountTooLarge);
		// Also where the account is there: it could be gone when the call comes into a block.
		let small = PoolRefusal::BelowExistentialDeposit;
		assert_refused(claiming(EXISTENTIAL_DEPOSIT - 1, fee), small);
		assert_included(claiming(EXISTENTIAL_DEPOSIT, fee));
		assert_eq!(free(&BOB), ENDOWMENT + EXISTENTIAL_DEPOSIT);
	});
}

#[test]
fn the_largest_note_can_be_withdrawn() {
	run(|| {
		let (large, small) = (deposited(1, u64::MAX), deposited(1, PLENTY));
		let (fee, amount) = (least_withdraw(), u128::from(u64::MAX));
		let change = Owned::of(1, PLENTY - fee as u64);
		let all = Withdrawal::new(&Ledger::read(), [large, small], change, amount, fee);
		assert_included(all.call());
		assert_eq!(free(&BOB), ENDOWMENT + amount);
	});
}

/// Trap 35: what could not be paid does not get in, and the note is still there.
#[test]
fn boundary_existential_deposit_of_a_new_payee() {
	run(|| {
		let (withdrawal, _) = some_withdrawal();
		let to_newcomer = |amount| {
			let paid = withdrawal.claims(|claims| claims.amount = amount);
			paid.with(|header| header.payee = NEWCOMER).call()
		};
		let small = PoolRefusal::BelowExistentialDeposit;
		assert_refused(to_newcomer(EXISTENTIAL_DEPOSIT - 1), small);
		assert_included(to_newcomer(EXISTENTIAL_DEPOSIT));
		assert_eq!(free(&NEWCOMER), EXISTENTIAL_DEPOSIT);
	});
}

#[test]
fn fails_when_the_payee_is_the_pool_itself() {
	run(|| {
		let (withdrawal, _) = some_withdrawal();
		let to_pool = withdrawal.with(|header| header.payee = Pool::account());
		assert_refused(to_pool.call(), PoolRefusal::PayeeCannotReceive);
	});
}

#[test]
fn fails_when_the_tree_has_no_room_for_the_change() {
	run(|| {
		let (withdrawal, _) = some_withdrawal();
		on_tree_with(Tree::PLACES, || assert_refused(withdrawal.call(), PoolRefusal::TreeFull));
		on_tree_with(Tree::PLACES - 1, || {
			on_a_fork(|| assert_included(withdrawal.call()));
		});
	});
}

/// Were a circuit broken, the pool would still pay no more than went in.
#[test]
fn boundary_a_proof_of_more_than_the_pool_has() {
	run(|| {
		let (withdrawal, _) = some_withdrawal();
		let most = u128::from(PLENTY) - withdrawal.claims.fee;
		let claiming = |amount| withdrawal.claims(|claims| claims.amount = amount).call();
		assert_refused(claiming(most + 1), PoolRefusal::PoolTooSmall);
		// Not even where the account has it.
		use polkadot_sdk::frame_support::traits::{fungible::Mutate, tokens::Preservation};
		let sent =
			Balances::transfer(&BOB, &Pool::account(), PLENTY.into(), Preservation::Preserve);
		assert_ok!(sent);
		assert_refused(claiming(most + 1), PoolRefusal::PoolTooSmall);
		assert_included(claiming(most));
		assert_eq!(PoolTotals::<Test>::get().held(), Some(0));
	});
}

#[test]
fn fails_when_a_claim_is_not_canonical() {
	run(|| {
		let (withdrawal, _) = some_withdrawal();
		let order = deposits::order();
		let claims = withdrawal.claims;
		let [first, second] = claims.nullifiers;
		for claims in [
			WithdrawClaims { root: order, ..claims },
			WithdrawClaims { nullifiers: [order, second], ..claims },
			WithdrawClaims { nullifiers: [first, order], ..claims },
			WithdrawClaims { change: order, ..claims },
		] {
			assert_refused(Withdrawal::claiming(claims).call(), PoolRefusal::NotCanonical);
		}
	});
}
