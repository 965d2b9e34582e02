//! Who pays what for calls that nobody signs.

use super::*;
use crate::{Config, WeightInfo};
use polkadot_sdk::frame_support::weights::WeightToFee;

/// The pool is not the cheap way to fill blocks.
#[test]
fn a_private_call_is_never_cheaper_than_a_signed_one() {
	run(|| {
		let (transfer, _) = some_transfer();
		let (withdrawal, _) = some_withdrawal();
		let relayed = transfer.clone().with(|header| header.submitter = Some(RELAYER));
		let least = |of, relayed| Pool::minimum_fee(of, relayed);
		for (call, least) in [
			(transfer.call(), least(PoolCircuit::Transfer, false)),
			(relayed.call(), least(PoolCircuit::Transfer, true)),
			(withdrawal.call(), least(PoolCircuit::Withdraw, false)),
		] {
			let transaction = transaction(call);
			let (length, info) =
				(transaction.encoded_size() as u32, transaction.get_dispatch_info());
			let as_signed = TransactionPayment::compute_fee(length, &info, 0);
			assert!(least >= as_signed, "{least} and {as_signed}");
			// The proof is in it.
			let judging = <Test as Config>::WeightInfo::authorize_withdraw();
			assert!(least > Microseconds::weight_to_fee(&judging), "{least}");
		}
	});
}

#[test]
fn boundary_the_least_fee() {
	run(|| {
		let (transfer, _) = some_transfer();
		let (withdrawal, _) = some_withdrawal();
		let low = TransferClaims { fee: least_transfer() - 1, ..transfer.claims };
		assert_refused(Transfer::claiming(low).call(), PoolRefusal::FeeTooLow);
		let low = WithdrawClaims { fee: least_withdraw() - 1, ..withdrawal.claims };
		assert_refused(Withdrawal::claiming(low).call(), PoolRefusal::FeeTooLow);
		assert_refused(
			Withdrawal::claiming(WithdrawClaims { fee: 0, ..withdrawal.claims }).call(),
			PoolRefusal::FeeTooLow,
		);
		// A relayer makes the call longer and so dearer.
		let relayed = transfer.clone().with(|header| header.submitter = Some(RELAYER));
		assert_refused(relayed.call(), PoolRefusal::FeeTooLow);
		assert_eq!(Pool::minimum_fee(PoolCircuit::Transfer, true), least_transfer() + 32);
		assert_included(transfer.call());
		assert_included(withdrawal.call());
	});
}

/// Fees follow the load of the chain; what was enough may not be enough any more.
#[test]
fn the_least_fee_is_that_of_the_moment() {
	run(|| {
		let (transfer, _) = some_transfer();
		Load::set(2);
		assert_refused(transfer.call(), PoolRefusal::FeeTooLow);
		Load::set(1);
		assert_included(transfer.call());
	});
}

/// Without a relayer what is beyond the least fee is a tip.
#[test]
fn a_fee_is_handled_like_a_signed_transactions() {
	run(|| {
		let (withdrawal, _) = some_withdrawal();
		let (least, fee) = (least_withdraw(), least_withdraw() + 77);
		let before = free(&Pool::account());
		let tipped = Withdrawal::claiming(WithdrawClaims { fee, ..withdrawal.claims });
		assert_included(tipped.call());
		assert_eq!(FeesTaken::get(), [[least, 77]]);
		assert_eq!(Burned::get(), least);
		assert_eq!(free(&AUTHOR), ENDOWMENT + 77);
		assert_eq!(free(&Pool::account()), before - fee - withdrawal.claims.amount);
	});
}

/// A relayer that keeps all of a fee could have blocks filled for nothing.
#[test]
fn a_relayer_gets_what_is_beyond_the_least_fee() {
	run(|| {
		let least = Pool::minimum_fee(PoolCircuit::Withdraw, true);
		let (withdrawal, _) = some_withdrawal();
		let claims = WithdrawClaims { fee: least + 900, ..withdrawal.claims };
		let relayed = Withdrawal::claiming(claims).with(|header| header.submitter = Some(RELAYER));
		assert_included(relayed.call());
		assert_eq!(free(&RELAYER), ENDOWMENT + 900);
		assert_eq!(FeesTaken::get(), [[least, 0]]);
		assert_eq!((Burned::get(), free(&AUTHOR)), (least, ENDOWMENT));
		let WithdrawClaims { nullifiers, amount, fee, .. } = claims;
		let relayed = Some((RELAYER, 900));
		System::assert_last_event(
			Event::<Test>::Withdrawn { payee: BOB, amount, nullifiers, fee, relayed }.into(),
		);
	});
}

/// Whoever opens and closes accounts must not make calls valid and invalid by it: what a relayer cannot
/// take is burned.
#[test]
fn boundary_existential_deposit_of_a_new_relayer() {
	run(|| {
		let (transfer, _) = some_transfer();
		let least = Pool::minimum_fee(PoolCircuit::Transfer, true);
		let by = |relayer: AccountId, beyond| {
			let paying = transfer.claims(|claims| claims.fee = least + beyond);
			paying.with(|header| header.submitter = Some(relayer)).call()
		};
		assert_refused(by(Pool::account(), 0), PoolRefusal::RelayerCannotReceive);
		let small = EXISTENTIAL_DEPOSIT - 1;
		for (beyond, paid) in [(0, 0), (1, 0), (small, 0), (small + 1, small + 1)] {
			on_a_fork(|| {
				let issuance = Balances::total_issuance();
				assert_included(by(NEWCOMER, beyond));
				assert_eq!(free(&NEWCOMER), paid);
				assert_eq!(Balances::total_issuance(), issuance - least - (beyond - paid));
				let fee = least + beyond;
				let TransferClaims { nullifiers, .. } = transfer.claims;
				let relayed = Some((NEWCOMER, paid));
				System::assert_last_event(
					Event::<Test>::Transferred { nullifiers, fee, relayed }.into(),
				);
			});
		}
	});
}

/// The same call is valid whether the relayer's account is there or not.
#[test]
fn a_relayers_account_decides_nothing() {
	run(|| {
		use polkadot_sdk::frame_support::traits::{fungible::Mutate, tokens::Preservation};
		let (transfer, _) = some_transfer();
		let least = Pool::minimum_fee(PoolCircuit::Transfer, true);
		let paying = transfer.claims(|claims| claims.fee = least + 1);
		let call = paying.with(|header| header.submitter = Some(POOR)).call();
		let verdict = judged(&call).unwrap();
		let all = Balances::transfer(&POOR, &BOB, EXISTENTIAL_DEPOSIT, Preservation::Expendable);
		assert_ok!(all);
		assert_eq!(judged(&call).unwrap(), verdict);
	});
}

/// A payee that has nothing yet can be its own relayer: the amount comes first.
#[test]
fn a_new_payee_can_be_its_own_relayer() {
	run(|| {
		let (withdrawal, _) = some_withdrawal();
		let least = Pool::minimum_fee(PoolCircuit::Withdraw, true);
		let claiming = |amount| {
			let to_itself = |header: &mut Header<AccountId>| {
				header.payee = NEWCOMER;
				header.submitter = Some(NEWCOMER);
			};
			let change = |claims: &mut WithdrawClaims| {
				claims.amount = amount;
				claims.fee = least + 1;
			};
			withdrawal.claims(change).with(to_itself).call()
		};
		let small = PoolRefusal::BelowExistentialDeposit;
		assert_refused(claiming(EXISTENTIAL_DEPOSIT - 1), small);
		assert_included(claiming(EXISTENTIAL_DEPOSIT));
		assert_eq!(free(&NEWCOMER), EXISTENTIAL_DEPOSIT + 1);
	});
}

/// What the author of a block gets decides who comes first.
#[test]
fn a_tip_makes_a_call_urgent_and_a_relayers_part_does_not() {
	run(|| {
		let (transfer, _) = some_transfer();
		let fee = least_transfer() + 10_000;
		let claiming = |fee| transfer.claims(|claims| claims.fee = fee);
		let priority = |call: RuntimeCall| judged(&call).unwrap().priority;
		let plain = priority(transfer.call());
		let tipped = priority(claiming(fee).call());
		let relayed =
			priority(claiming(fee).with(|header| header.submitter = Some(RELAYER)).call());
		assert!(tipped > plain, "{tipped} and {plain}");
		assert_eq!(relayed, plain);
	});
}
