use super::*;

#[test]
fn one_root_is_recorded_when_a_block_has_changed_the_tree() {
	run(|| {
		next_block();
		assert_eq!(RecordedRoots::<Test>::get().roots, 0, "of an empty tree there is none");
		let notes = [Owned::of(1, 1), Owned::of(1, 2), Owned::of(1, 3)];
		for note in &notes {
			assert_ok!(deposit(note));
		}
		next_block();
		let leaves = notes.each_ref().map(|note| note.note.commitment::<Native>());
		let root = tree::root::<Native>(&leaves, NOTE_TREE_DEPTH).unwrap().into();
		System::assert_last_event(Event::<Test>::RootRecorded { root, leaves: 3 }.into());
		assert_eq!(Pool::pool().root, Some((root, 3)));
		assert_eq!(Pool::leaves_under(root), Some(3));
		// Blocks that change nothing record nothing.
		for _ in 0..3 {
			next_block();
		}
		assert_eq!(RecordedRoots::<Test>::get(), Recorded { roots: 1, leaves: 3 });
	});
}

/// The order within a block is its author's.
#[test]
fn a_root_of_a_block_that_has_not_ended_is_not_recent() {
	run(|| {
		let note = Owned::of(1, PLENTY);
		assert_ok!(deposit(&note));
		let ledger = Ledger::read();
		let note = ledger.place(note);
		let root = tree::root::<Native>(&ledger.leaves, NOTE_TREE_DEPTH).unwrap().into();
		let mut foreseen = ledger.clone();
		foreseen.roots.push((root, 1));
		let fee = least_withdraw();
		let change = Owned::of(1, PLENTY - (fee + EXISTENTIAL_DEPOSIT) as u64);
		let spent = [note, Owned::dummy()];
		let amount = EXISTENTIAL_DEPOSIT;
		let call = Withdrawal::under(&foreseen, root, spent, change, amount, fee).call();
		assert_refused(call.clone(), PoolRefusal::RootNotRecent);
		next_block();
		assert_eq!(Ledger::read().root(), root);
		assert_included(call);
	});
}

#[test]
fn roots_that_were_never_recorded_are_not_recent() {
	run(|| {
		let (transfer, _) = some_transfer();
		let empty = tree::root::<Native>(&[], NOTE_TREE_DEPTH).unwrap();
		for root in [Fr::from(0u8), Fr::from(1u8), empty] {
			let claims = TransferClaims { root: root.into(), ..transfer.claims };
			assert_refused(Transfer::claiming(claims).call(), PoolRefusal::RootNotRecent);
		}
	});
}

/// Trap 17: 256 blocks that change the tree, the root's own included, and not one more.
#[test]
fn boundary_the_age_of_a_root() {
	run(|| {
		let (transfer, _) = some_transfer();
		ages(transfer.claims.root, transfer.call());
	});
	run(|| {
		let (post, ..) = super::private_jobs::some_post();
		ages(post.claims.root, post.call());
	});
	run(|| {
		let (withdrawal, _) = some_withdrawal();
		ages(withdrawal.claims.root, withdrawal.call());
		// The note is not lost: it is under the later roots as well.
		let claims = WithdrawClaims { root: Ledger::read().root(), ..withdrawal.claims };
		assert_included(Withdrawal::claiming(claims).call());
	});

	/// A call under the newest root, for as long as that is recent.
	fn ages(root: FieldBytes, call: RuntimeCall) {
		assert_eq!(Ledger::read().root(), root);
		let change_tree = || {
			assert_ok!(deposit(&Owned::of(1, 1)));
			next_block();
		};
		for _ in 0..ROOT_HISTORY - 1 {
			change_tree();
			assert!(RecentRoots::<Test>::contains_key(root));
		}
		assert_eq!(RootRing::<Test>::iter().count(), ROOT_HISTORY as usize);
		// However long nothing happens, and while the next change is in a block that has not ended.
		for _ in 0..3 {
			next_block();
		}
		assert_ok!(deposit(&Owned::of(1, 1)));
		on_a_fork(|| assert_included(call.clone()));
		next_block();
		assert_refused(call, PoolRefusal::RootNotRecent);
		assert_eq!(RootRing::<Test>::iter().count(), ROOT_HISTORY as usize);
		assert_eq!(RecentRoots::<Test>::iter().count(), ROOT_HISTORY as usize);
	}
}

/// What the chain keeps makes the root of the tree that wallets build from the events.
#[test]
fn roots_are_those_of_the_tree_that_wallets_build() {
	run(|| {
		for block in 0..40 {
			for _ in 0..block % 5 {
				assert_ok!(deposit(&Owned::of(1, 1)));
			}
			next_block();
		}
		let ledger = Ledger::read();
		assert_eq!(ledger.leaves.len(), 80);
		for (root, under) in &ledger.roots {
			let leaves = &ledger.leaves[..*under as usize];
			let built = tree::root::<Native>(leaves, NOTE_TREE_DEPTH).unwrap();
			assert_eq!(*root, built.into(), "{under} leaves");
		}
	});
}

/// The end of a block has its weight.
#[test]
fn the_weight_of_a_blocks_end_is_set_aside_at_its_beginning() {
	use crate::{weights::SubstrateWeight, WeightInfo};
	use polkadot_sdk::frame_support::traits::Hooks;
	run(|| {
		let set_aside = <Pool as Hooks<u64>>::on_initialize(NOW);
		assert_eq!(set_aside, SubstrateWeight::<Test>::record_root());
		assert!(set_aside.ref_time() > 0);
	});
}
