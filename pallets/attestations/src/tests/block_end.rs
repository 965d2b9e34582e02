//! A block ends.

use super::*;
use quittance_attestations::{message_key, receipt_key};

#[test]
fn success_the_header_names_the_tree_and_the_state_keeps_its_root_alone() {
	run(|| {
		open(1);
		// The order in which they come does not matter across kinds.
		assert_ok!(post(1));
		accept(5);
		assert_ok!(post(1));
		accept(3);
		let header = end_block();
		let leaves: [Leaf; 4] =
			[receipt(5).into(), receipt(3).into(), message(1, 0).into(), message(1, 1).into()];
		let root = root_of(&leaves);
		let logs = logs(&header);
		assert_eq!(logs.len(), 2);
		assert_eq!(logs[1], Log::Block { root, count: 4 });
		let last = LastBlock::<Test>::get().unwrap();
		assert_eq!((last.root, last.count), (root, 4));
		assert!(state_has_no_leaves());
	});
}

#[test]
fn success_a_block_without_leaves_names_no_tree() {
	run(|| {
		accept(1);
		let header = end_block();
		assert!(LastBlock::<Test>::exists());
		let header = block(&header, || ());
		assert!(matches!(logs(&header)[..], [Log::Range(_)]));
		assert_eq!(LastBlock::<Test>::get(), None, "nor does it have that of the one before");
	});
}

#[test]
fn success_nodes_keep_the_leaves_and_where_they_came() {
	let mut chain = chain();
	let header = chain.execute_with(|| {
		let header = block(&genesis(), || ());
		block(&header, || {
			open(9);
			accept(5);
			assert_ok!(post(9));
		})
	});
	to_node(&mut chain);
	chain.execute_with(|| {
		let leaves: [Leaf; 2] = [receipt(5).into(), message(9, 0).into()];
		assert_eq!(leaves_under(&root_of(&leaves)), leaves);
		assert_eq!(indexed::<u64>(&receipt_key(5)), Some(header.number));
		assert_eq!(indexed::<u64>(&message_key(9, 0)), Some(header.number));
		assert_eq!(indexed::<u64>(&receipt_key(6)), None);
		assert_eq!(indexed::<u64>(&message_key(9, 1)), None);
		assert_eq!(indexed::<u64>(&message_key(8, 0)), None);
	});
}

/// What a later pallet's end of the block brings is not lost.
#[test]
fn what_comes_after_the_end_is_of_the_next_block() {
	run(|| {
		accept(1);
		let number = System::block_number();
		Attestations::on_finalize(number);
		accept(2);
		System::note_finished_initialize();
		let header = System::finalize();
		assert_eq!(logs(&header)[1], Log::Block { root: root_of(&[receipt(1).into()]), count: 1 });
		let header = block(&header, || accept(3));
		let leaves: [Leaf; 2] = [receipt(2).into(), receipt(3).into()];
		assert_eq!(logs(&header)[1], Log::Block { root: root_of(&leaves), count: 2 });
	});
}

#[test]
fn fails_to_be_configured_with_more_leaves_than_a_tree_has() {
	run(|| {
		let check = || std::panic::catch_unwind(<Attestations as Hooks<u64>>::integrity_test);
		assert!(check().is_ok());
		MaxReceipts::set(block_tree::MAX_LEAVES - MaxMessages::get());
		assert!(check().is_ok());
		MaxReceipts::set(MaxReceipts::get() + 1);
		assert!(check().is_err());
		MaxReceipts::set(u32::MAX);
		assert!(check().is_err());
		MaxReceipts::set(12);
	});
}
