use super::*;
use polkadot_sdk::sp_runtime::TokenError;

/// The group order, the least number that is no field element.
pub(super) fn order() -> FieldBytes {
	let mut bytes = FieldBytes::from(-Fr::from(1u8)).0;
	bytes[0] += 1;
	FieldBytes(bytes)
}

#[test]
fn a_deposit_is_a_note_worth_what_was_paid() {
	run(|| {
		let note = Owned::of(1, PLENTY);
		assert_ok!(deposit(&note));
		System::assert_has_event(
			Event::<Test>::NoteAdded {
				index: 0,
				commitment: note.commitment(),
				ciphertext: Some(0),
			}
			.into(),
		);
		System::assert_last_event(
			Event::<Test>::Deposited { who: ALICE, amount: PLENTY.into(), index: 0 }.into(),
		);
		// The first pays for the account.
		let amount = u128::from(PLENTY);
		assert_eq!(free(&Pool::account()), amount + EXISTENTIAL_DEPOSIT);
		assert_eq!(free(&ALICE), ENDOWMENT - amount - EXISTENTIAL_DEPOSIT);
		assert_ok!(deposit(&Owned::of(1, PLENTY)));
		assert_eq!(free(&ALICE), ENDOWMENT - 2 * amount - EXISTENTIAL_DEPOSIT);
		let totals = PoolTotals::<Test>::get();
		assert_eq!((totals.deposited, totals.deposits), (2 * amount, 2));
	});
}

#[test]
fn boundary_amounts() {
	run(|| {
		let of = |amount: u128| {
			Pool::deposit(signed(&ALICE), amount, Owned::of(1, 0).inner(), [0; 128].into())
		};
		assert_noop!(of(0), E::ZeroAmount);
		assert_noop!(of(1 << 64), E::AmountTooLarge);
		assert_noop!(of(u128::MAX), E::AmountTooLarge);
		// Below the existential deposit, too.
		assert_ok!(of(1));
		assert_ok!(of(u64::MAX.into()));
		assert_eq!(PoolTotals::<Test>::get().deposited, 1 << 64);
	});
}

/// Trap 4: x + r in place of x would be a second note of one hash.
#[test]
fn fails_when_the_inner_hash_is_not_canonical() {
	run(|| {
		for inner in [order(), FieldBytes([0xff; 32])] {
			let deposit = Pool::deposit(signed(&ALICE), 1, inner, [0; 128].into());
			assert_noop!(deposit, E::NotCanonical);
		}
		let last = FieldBytes::from(-Fr::from(1u8));
		assert_ok!(Pool::deposit(signed(&ALICE), 1, last, [0; 128].into()));
	});
}

/// Trap 35: neither the depositor's account nor the pool's is lost.
#[test]
fn existential_deposits_stay_where_they_are() {
	run(|| {
		let of = |who: &AccountId, amount: u128| {
			Pool::deposit(signed(who), amount, Owned::of(1, 0).inner(), [0; 128].into())
		};
		assert_noop!(of(&POOR, 1), TokenError::NotExpendable);
		assert_noop!(of(&NEWCOMER, 1), TokenError::FundsUnavailable);
		// With the pool's own deposit it is one unit short.
		let all = ENDOWMENT - 2 * EXISTENTIAL_DEPOSIT;
		assert!(all > u64::MAX.into());
		let most = u128::from(u64::MAX);
		let keep = |left: u128| {
			use polkadot_sdk::frame_support::traits::fungible::Mutate;
			Balances::set_balance(&BOB, left);
		};
		let issuance = Balances::total_issuance();
		keep(most + 2 * EXISTENTIAL_DEPOSIT - 1);
		assert_noop!(of(&BOB, most), TokenError::NotExpendable);
		keep(most + 2 * EXISTENTIAL_DEPOSIT);
		assert_ok!(of(&BOB, most));
		assert_eq!(free(&BOB), EXISTENTIAL_DEPOSIT);
		assert_eq!(free(&Pool::account()), most + EXISTENTIAL_DEPOSIT);
		// What the test took from Bob itself.
		Burned::mutate(|burned| *burned += issuance - Balances::total_issuance());
	});
}

/// Who sent money to the pool's account gave it away, but for the account's own deposit.
#[test]
fn a_pool_that_was_sent_money_is_not_paid_for_again() {
	run(|| {
		let send = |amount| {
			use polkadot_sdk::frame_support::traits::{fungible::Mutate, tokens::Preservation};
			let to = Pool::account();
			Balances::transfer(&BOB, &to, amount, Preservation::Preserve).unwrap();
		};
		send(EXISTENTIAL_DEPOSIT);
		assert_ok!(deposit(&Owned::of(1, 1)));
		assert_eq!(free(&ALICE), ENDOWMENT - 1);
		send(100);
		assert_ok!(deposit(&Owned::of(1, 1)));
		assert_eq!(PoolTotals::<Test>::get().held(), Some(2));
		assert_eq!(free(&Pool::account()), EXISTENTIAL_DEPOSIT + 102);
	});
}

#[test]
fn fails_when_the_tree_is_full_and_takes_no_money() {
	run(|| {
		on_tree_with(Tree::PLACES, || {
			assert_noop!(deposit(&Owned::of(1, PLENTY)), E::TreeFull);
		});
		on_tree_with(Tree::PLACES - 1, || {
			on_a_fork(|| deposit(&Owned::of(1, PLENTY))).unwrap();
			// And nothing after it.
			on_a_fork(|| {
				assert_ok!(deposit(&Owned::of(1, PLENTY)));
				assert_noop!(deposit(&Owned::of(1, PLENTY)), E::TreeFull);
				// The root of a full tree can be recorded, too.
				next_block();
				assert_eq!(RecordedRoots::<Test>::get().leaves, Tree::PLACES);
			});
		});
	});
}

/// What goes in must be able to come out.
#[test]
fn fails_while_withdrawals_have_no_circuit() {
	run_without_circuits(|| {
		assert_noop!(deposit(&Owned::of(1, PLENTY)), E::NoWithdrawCircuit);
		put_in_force(PoolCircuit::Transfer, TRANSFER);
		assert_noop!(deposit(&Owned::of(1, PLENTY)), E::NoWithdrawCircuit);
		put_in_force(PoolCircuit::Withdraw, WITHDRAW);
		assert_ok!(deposit(&Owned::of(1, PLENTY)));
	});
}

#[test]
fn only_who_signs_deposits() {
	run(|| {
		for origin in [RuntimeOrigin::root(), RuntimeOrigin::none()] {
			let deposit = Pool::deposit(origin, 1, Owned::of(1, 1).inner(), [0; 128].into());
			assert_noop!(deposit, DispatchError::BadOrigin);
		}
	});
}

/// One hash of a note twice is two notes, each with its place and its nullifier.
#[test]
fn a_rho_used_twice_makes_two_notes_that_can_both_be_spent() {
	run(|| {
		let note = Owned::of(1, PLENTY);
		assert_ok!(deposit(&note));
		assert_ok!(deposit(&note));
		next_block();
		let [first, second] = [0, 1].map(|index| Owned { index, ..note });
		assert_eq!(first.commitment(), second.commitment());
		assert_ne!(first.nullifier(), second.nullifier());
		let fee = least_withdraw();
		let ledger = Ledger::read();
		let amount = 2 * u128::from(PLENTY) - fee;
		let both = Withdrawal::new(&ledger, [first, second], Owned::of(1, 0), amount, fee);
		assert_included(both.call());
		assert_eq!(free(&BOB), ENDOWMENT + amount);
	});
}
