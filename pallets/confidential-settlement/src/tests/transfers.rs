use super::*;
use polkadot_sdk::{frame_system::RawOrigin, sp_runtime::traits::Dispatchable};

#[test]
fn a_transfer_spends_two_notes_and_makes_two() {
	run(|| {
		let (transfer, made) = some_transfer();
		let before = free(&Pool::account());
		assert_included(transfer.call());
		let TransferClaims { nullifiers, commitments, fee, .. } = transfer.claims;
		System::assert_last_event(
			Event::<Test>::Transferred { nullifiers, fee, relayed: None }.into(),
		);
		for (place, commitment) in commitments.into_iter().enumerate() {
			let (index, ciphertext) = (place as u64 + 1, Some(place as u8));
			let added = Event::<Test>::NoteAdded { index, commitment, ciphertext };
			System::assert_has_event(added.into());
		}
		assert!(nullifiers.iter().all(|nullifier| Pool::is_spent(*nullifier)));
		assert_eq!(free(&Pool::account()), before - fee, "nothing but the fee leaves");
		let totals = PoolTotals::<Test>::get();
		assert_eq!((totals.fees, totals.transfers, totals.withdrawn), (fee, 1, 0));

		// Each of them can be spent in its turn, by whom it was made for.
		next_block();
		let ledger = Ledger::read();
		let [theirs, change] = made.map(|note| ledger.place(note));
		assert_eq!((theirs.index, change.index), (1, 2));
		for note in [theirs, change] {
			let (fee, dummy) = (least_withdraw(), Owned::dummy());
			let amount = u128::from(note.value()) - fee;
			let all = Withdrawal::new(&ledger, [note, dummy], Owned::of(2, 0), amount, fee);
			assert_included(all.call());
		}
		assert_eq!(PoolTotals::<Test>::get().held(), Some(0), "nobody is owed anything");
		assert_eq!(free(&Pool::account()), EXISTENTIAL_DEPOSIT);
	});
}

/// Trap 25: what the pool of transactions is told.
#[test]
fn the_pool_is_told_how_long_and_instead_of_what() {
	run(|| {
		let (transfer, _) = some_transfer();
		let now = System::block_number();
		let until = |valid_until| {
			judged(&transfer.clone().with(|header| header.valid_until = valid_until).call())
				.unwrap()
		};
		let valid = until(now + 30);
		assert_eq!(valid.longevity, 31, "the block that it is judged in, and 30 more");
		assert!(valid.propagate);
		assert_eq!((valid.requires.len(), valid.provides.len()), (0, 2));
		assert_eq!(until(now).longevity, 1, "for this block only");
		assert_eq!(until(u64::MAX).longevity, u64::MAX - now + 1);
	});
}

#[test]
fn only_its_authorisation_lets_a_private_call_in() {
	run(|| {
		let (transfer, _) = some_transfer();
		let (withdrawal, _) = some_withdrawal();
		for call in [transfer.call(), withdrawal.call()] {
			for origin in [signed(&ALICE), RuntimeOrigin::root(), RuntimeOrigin::none()] {
				let error = call.clone().dispatch(origin).map_err(|error| error.error).unwrap_err();
				assert_eq!(error, DispatchError::BadOrigin);
			}
			assert_ok!(call.dispatch(RuntimeOrigin::from(RawOrigin::Authorized)));
		}
	});
}

/// A call that was in a block and failed would have paid nothing, and could come again.
#[test]
fn a_filtered_call_does_not_get_as_far_as_to_fail() {
	run(|| {
		let (transfer, _) = some_transfer();
		let (withdrawal, _) = some_withdrawal();
		Filtered::set(true);
		assert_eq!(refused(&transfer.call()), InvalidTransaction::Call);
		assert_eq!(refused(&withdrawal.call()), InvalidTransaction::Call);
		Filtered::set(false);
		assert_included(transfer.call());
		assert_included(withdrawal.call());
	});
}

#[test]
fn fails_when_a_claim_is_not_canonical_or_too_large() {
	run(|| {
		let (transfer, _) = some_transfer();
		let order = deposits::order();
		let claims = transfer.claims;
		let [first, second] = claims.nullifiers;
		let [to_first, to_second] = claims.commitments;
		let claiming = |claims| Transfer::claiming(claims).call();
		for claims in [
			TransferClaims { root: order, ..claims },
			TransferClaims { nullifiers: [order, second], ..claims },
			TransferClaims { nullifiers: [first, order], ..claims },
			TransferClaims { commitments: [order, to_second], ..claims },
			TransferClaims { commitments: [to_first, order], ..claims },
		] {
			assert_refused(claiming(claims), PoolRefusal::NotCanonical);
		}
		let large = TransferClaims { fee: 1 << 64, ..claims };
		assert_refused(claiming(large), PoolRefusal::AmountTooLarge);
	});
}

#[test]
fn fails_when_the_tree_has_no_room_for_both_notes() {
	run(|| {
		let (transfer, _) = some_transfer();
		for full in [Tree::PLACES, Tree::PLACES - 1] {
			on_tree_with(full, || assert_refused(transfer.call(), PoolRefusal::TreeFull));
		}
		on_tree_with(Tree::PLACES - 2, || {
			on_a_fork(|| assert_included(transfer.call()));
		});
	});
}

/// All that is refused is refused before the proof is looked at, and a false proof is looked at once.
#[test]
fn a_proof_is_looked_at_last() {
	run(|| {
		let (transfer, _) = some_transfer();
		let order = deposits::order();
		let TransferClaims { nullifiers: [first, _], root, .. } = transfer.claims;
		let claims = transfer.claims;
		let mut calls: Vec<_> = [
			TransferClaims { root: order, ..claims },
			TransferClaims { root: first, ..claims },
			TransferClaims { nullifiers: [first; 2], ..claims },
			TransferClaims { fee: claims.fee - 1, ..claims },
			TransferClaims { fee: u128::from(PLENTY) + 1, ..claims },
			TransferClaims { commitments: [root, order], ..claims },
		]
		.map(|claims| Transfer::claiming(claims).call())
		.into();
		calls.extend([
			transfer.clone().with(|header| header.nonce = 1).call(),
			transfer.clone().with(|header| header.valid_until = NOW).call(),
		]);
		for call in calls {
			refused(&call);
		}
		on_tree_with(Tree::PLACES, || {
			refused(&transfer.call());
		});
		assert_eq!(Verified::get(), 0);
		let mut false_proof = transfer.clone();
		false_proof.proof[0] ^= 1;
		assert_refused(false_proof.call(), PoolRefusal::InvalidProof);
		assert_eq!(Verified::get(), 2, "by the pool and by the block");
	});
}

/// Nobody writes a call's length by hand.
#[test]
fn a_calls_length_is_that_of_its_encoding() {
	run(|| {
		let (transfer, _) = some_transfer();
		let (withdrawal, _) = some_withdrawal();
		for submitter in [None, Some(RELAYER)] {
			let transfer = transfer.clone().with(|header| header.submitter = submitter.clone());
			let length = transfer.shown().call_length(&transfer.header);
			assert_eq!(length, transfer.call().encoded_size() as u32);
			let withdrawal = withdrawal.clone().with(|header| header.submitter = submitter.clone());
			let length = withdrawal.shown().call_length(&withdrawal.header);
			assert_eq!(length, withdrawal.call().encoded_size() as u32);
			let whole = transaction(withdrawal.call()).encoded_size() as u32;
			assert_eq!(whole, length + ENVELOPE);
		}
	});
}

#[test]
fn a_ciphertext_has_the_size_of_its_parts() {
	assert_eq!(NOTE_CIPHERTEXT_BYTES, 128);
}
