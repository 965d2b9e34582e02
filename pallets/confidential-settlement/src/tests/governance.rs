use super::*;

fn governance() -> RuntimeOrigin {
	signed(&Governance::get())
}

fn guardian() -> RuntimeOrigin {
	signed(&Guardian::get())
}

/// Nothing that is paused traps money.
#[test]
fn a_pause_stops_deposits_and_transfers_and_no_withdrawal() {
	run(|| {
		let (transfer, _) = some_transfer();
		let (withdrawal, _) = some_withdrawal();
		assert_ok!(Pool::pause(guardian()));
		System::assert_last_event(Event::<Test>::PauseChanged { old: false, new: true }.into());
		assert!(Pool::pool().paused);
		assert_noop!(deposit(&Owned::of(1, 1)), E::Paused);
		assert_refused(transfer.call(), PoolRefusal::Paused);
		assert_included(withdrawal.call());
		// Its change is a note like others.
		next_block();
		assert_eq!(Ledger::read().leaves.len(), 3);
		assert_ok!(Pool::resume(governance()));
		System::assert_last_event(Event::<Test>::PauseChanged { old: true, new: false }.into());
		assert_included(transfer.call());
		assert_ok!(deposit(&Owned::of(1, 1)));
	});
}

#[test]
fn who_may_pause_cannot_resume() {
	run(|| {
		assert_noop!(Pool::resume(governance()), E::PauseUnchanged);
		for origin in [governance(), signed(&ALICE), RuntimeOrigin::root()] {
			assert_noop!(Pool::pause(origin), DispatchError::BadOrigin);
		}
		assert_ok!(Pool::pause(guardian()));
		assert_noop!(Pool::pause(guardian()), E::PauseUnchanged);
		for origin in [guardian(), signed(&ALICE), RuntimeOrigin::root()] {
			assert_noop!(Pool::resume(origin), DispatchError::BadOrigin);
		}
		assert_ok!(Pool::resume(governance()));
	});
}

#[test]
fn a_circuit_is_replaced_and_kept_as_long_as_it_is_in_force() {
	run(|| {
		let reserved = |circuit| Registry::get()[&circuit].1;
		assert_eq!((reserved(WITHDRAW), reserved(NEXT_WITHDRAW)), (1, 0));
		let (withdrawal, _) = some_withdrawal();
		put_in_force(PoolCircuit::Withdraw, NEXT_WITHDRAW);
		System::assert_last_event(
			Event::<Test>::CircuitSet {
				used_for: PoolCircuit::Withdraw,
				old: Some(WITHDRAW),
				new: NEXT_WITHDRAW,
			}
			.into(),
		);
		assert_eq!((reserved(WITHDRAW), reserved(NEXT_WITHDRAW)), (0, 1));
		assert_eq!(Pool::pool().withdraw, Some(NEXT_WITHDRAW));
		assert_eq!(Pool::pool().transfer, Some(TRANSFER));
		// What was proven has to be proven again, and no note is lost.
		assert_refused(withdrawal.call(), PoolRefusal::WrongCircuit);
		let again = withdrawal.with(|header| header.circuit = NEXT_WITHDRAW);
		assert_included(again.call());
	});
}

#[test]
fn only_governance_names_circuits_and_only_usable_ones() {
	run(|| {
		let (of, next) = (PoolCircuit::Withdraw, NEXT_WITHDRAW);
		for origin in [guardian(), signed(&ALICE), RuntimeOrigin::root()] {
			assert_noop!(Pool::set_circuit(origin, of, next), DispatchError::BadOrigin);
		}
		assert_noop!(Pool::set_circuit(governance(), of, WITHDRAW), E::CircuitUnchanged);
		for unusable in [UNUSABLE, TRANSFER] {
			let set = Pool::set_circuit(governance(), of, unusable);
			assert_noop!(set, DispatchError::Unavailable);
		}
		assert_eq!(Pool::pool().withdraw, Some(WITHDRAW));
		assert_eq!(Registry::get()[&WITHDRAW].1, 1);
	});
}

#[test]
fn fails_while_a_call_has_no_circuit() {
	run_without_circuits(|| {
		put_in_force(PoolCircuit::Withdraw, WITHDRAW);
		let note = deposited(1, PLENTY);
		let ledger = Ledger::read();
		let fee = least_transfer();
		let made = || [Owned::of(1, PLENTY - fee as u64), Owned::of(1, 0)];
		let transfer = Transfer::new(&ledger, [note, Owned::dummy()], made(), fee);
		assert_refused(transfer.call(), PoolRefusal::NoCircuit);
		// It can be taken out all the same.
		let (fee, change) = (least_withdraw(), Owned::of(1, 0));
		let amount = u128::from(PLENTY) - fee;
		let all = Withdrawal::new(&ledger, [note, Owned::dummy()], change, amount, fee);
		assert_included(all.call());
	});
	run_without_circuits(|| {
		let call = Withdrawal::claiming(WithdrawClaims {
			root: FieldBytes([0; 32]),
			nullifiers: [FieldBytes([1; 32]), FieldBytes([2; 32])],
			change: FieldBytes([3; 32]),
			amount: 1,
			fee: 1,
		});
		assert_refused(call.call(), PoolRefusal::NoCircuit);
	});
}
