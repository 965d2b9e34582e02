//! Two forks of a chain, both executed by the same node.

use super::*;
use polkadot_sdk::{
	frame_support::storage::{with_transaction, TransactionOutcome},
	sp_runtime::DispatchError,
};
use quittance_attestations::receipt_key;

/// Executes a block in which this happens and an empty one after it, takes them back, and returns their headers.
fn on_a_fork(parent: &BlockHeader, happens: impl FnOnce()) -> [BlockHeader; 2] {
	let outcome = with_transaction(|| {
		let first = block(parent, happens);
		let second = block(&first, || ());
		TransactionOutcome::Rollback(Ok::<_, DispatchError>([first, second]))
	});
	outcome.unwrap()
}

#[test]
fn both_append_the_same_to_the_range_and_have_trees_of_their_own() {
	run(|| {
		accept(1);
		let parent = end_block();
		let [fork, after_fork] = on_a_fork(&parent, || accept(2));
		let [best, after_best] = on_a_fork(&parent, || accept(3));
		assert_ne!(fork.hash(), best.hash());
		assert_eq!(range_root(&fork), range_root(&best), "it says what their parent has attested");
		assert_ne!(logs(&fork)[1], logs(&best)[1]);
		assert_ne!(range_root(&after_fork), range_root(&after_best), "from here on they differ");
	});
}

/// What one fork has indexed is there after the other was executed, whichever came last.
#[test]
fn neither_writes_over_what_the_other_needs() {
	for order in [[[1, 2], [2, 3]], [[2, 3], [1, 2]]] {
		let mut node = chain();
		let parent = node.execute_with(|| block(&genesis(), || ()));
		node.persist_offchain_overlay();
		node.commit_all().expect("no storage transaction is open");
		let headers = order.map(|jobs| {
			let header = node.execute_with(|| block(&parent, || jobs.into_iter().for_each(accept)));
			// The node keeps what was indexed, and goes back to the parent.
			node.persist_offchain_overlay();
			node.reset_overlay();
			header
		});
		to_node(&mut node);
		node.execute_with(|| {
			for (jobs, header) in order.into_iter().zip(&headers) {
				let leaves = jobs.map(|job| Leaf::from(receipt(job)));
				let Log::Block { root, .. } = logs(header)[1] else { panic!("it has leaves") };
				assert_eq!(leaves_under(&root), leaves);
			}
			for job in 1..=3 {
				assert_eq!(indexed::<u64>(&receipt_key(job)), Some(2));
			}
		});
	}
}
