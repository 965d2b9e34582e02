//! Each invariant is checked: what breaks it is found.

use super::*;
use crate::BlockRoot;

fn found() -> bool {
	Attestations::do_try_state().is_err()
}

#[test]
fn every_broken_invariant_is_found() {
	run(|| {
		open(1);
		accept(1);
		let header = end_block();
		begin_block(&header);
		accept(1);
		accept(2);
		assert_ok!(post(1));
		assert_ok!(post(1));
		assert!(!found());
		hypothetically!({
			accept(2);
			assert!(found(), "a receipt twice");
		});
		hypothetically!({
			Messages::<Test>::mutate(|messages| messages[0].sequence = 7);
			assert!(found(), "a gap");
		});
		hypothetically!({
			Messages::<Test>::mutate(|messages| messages.iter_mut().for_each(|m| m.target = 2));
			assert!(found(), "for a chain that nobody knows");
		});
		hypothetically!({
			Targets::<Test>::insert(1, Target { open: true, next: 3 });
			assert!(found(), "a message that is none of the block's");
		});
		let last = LastBlock::<Test>::get().unwrap();
		for count in [0, block_tree::MAX_LEAVES + 1] {
			hypothetically!({
				LastBlock::<Test>::put(BlockRoot { count, ..last });
				assert!(found(), "a tree of {count}");
			});
		}
		hypothetically!({
			LastBlock::<Test>::put(BlockRoot { count: block_tree::MAX_LEAVES, ..last });
			assert!(!found());
		});
	});
}
