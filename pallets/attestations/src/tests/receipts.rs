//! Receipts become leaves, and are never lost for it.

use super::*;
use polkadot_sdk::{
	frame_support::{dispatch::DispatchClass, storage::with_storage_layer},
	sp_runtime::DispatchError,
};

#[test]
fn success_a_leaf_says_what_the_receipt_shows() {
	run(|| {
		let receipt = accepted_receipt(7);
		let accepted = |level, output| {
			Attestations::accepted(Acceptance {
				job: 7,
				level,
				subject: subject(7),
				output,
				receipt: &receipt,
			});
			Receipts::<Test>::take().into_inner()
		};
		let basic = super::receipt(7);
		assert_eq!(accepted(Level::Basic, None), [basic]);
		let in_clear = Receipt {
			level: quittance_attestations::Level::Transparent,
			output: Some([9; 32]),
			..basic
		};
		assert_eq!(accepted(Level::Transparent, Some([9; 32])), [in_clear]);
		let enhanced = Receipt { level: quittance_attestations::Level::Enhanced, ..basic };
		assert_eq!(accepted(Level::Enhanced, None), [enhanced]);
		assert_eq!(System::events(), [], "the receipts pallet has said it");
	});
}

#[test]
fn success_each_leaf_sets_aside_the_weight_of_its_end() {
	run(|| {
		use crate::WeightInfo as _;
		type Weights = crate::weights::SubstrateWeight<Test>;
		open(1);
		let mandatory = || *System::block_weight().get(DispatchClass::Mandatory);
		let before = mandatory();
		accept(1);
		assert_ok!(post(1));
		let two = Weights::finish_block(2) - Weights::finish_block(0);
		assert_eq!(mandatory() - before, two);
		let begun = Attestations::on_initialize(2);
		assert_eq!(begun, Weights::finish_block(0));
	});
}

/// A call that fails takes its own leaves back.
#[test]
fn fails_with_the_call_that_brought_it() {
	run(|| {
		accept(1);
		let failed = with_storage_layer::<(), DispatchError, _>(|| {
			accept(2);
			assert_eq!(Receipts::<Test>::get().len(), 2);
			Err(DispatchError::Unavailable)
		});
		assert_eq!(failed, Err(DispatchError::Unavailable));
		assert_eq!(Receipts::<Test>::get().into_inner(), [receipt(1)]);
	});
}

#[test]
fn boundary_a_receipt_beyond_the_most_is_named_and_the_others_stay() {
	run(|| {
		let most = u64::from(MaxReceipts::get());
		(0..most).for_each(accept);
		assert_eq!(System::events(), []);
		accept(most);
		System::assert_has_event(
			Event::ReceiptNotAttested { job: most, nullifier: accepted_receipt(most).nullifier }
				.into(),
		);
		let leaves: Vec<_> = (0..most).map(receipt).collect();
		assert_eq!(Receipts::<Test>::get().into_inner(), leaves);
		open(1);
		assert_ok!(post(1));
		let header = end_block();
		let leaves: Vec<_> =
			leaves.into_iter().map(Leaf::from).chain([message(1, 0).into()]).collect();
		assert_eq!(logs(&header)[1], Log::Block { root: root_of(&leaves), count: 13 });
	});
}

/// However many messages there are.
#[test]
fn messages_do_not_take_the_room_of_receipts() {
	run(|| {
		open(1);
		for _ in 0..MaxMessages::get() {
			assert_ok!(post(1));
		}
		assert_noop!(post(1), Error::<Test>::OutboxFull);
		(0..MaxReceipts::get().into()).for_each(accept);
		assert_eq!(Receipts::<Test>::get().len(), 12);
	});
}
