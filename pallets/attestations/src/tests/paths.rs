//! Paths from what a node has, by the real mountain range, to the roots in headers.

use super::*;
use polkadot_sdk::{frame_system, sp_mmr_primitives::Error as MmrError};

/// A chain of so many blocks, of which the numbered ones accept as many receipts as the remainder by seven, and
/// every third one takes a message.
fn chain_of(blocks: u64) -> (polkadot_sdk::sp_io::TestExternalities, Vec<BlockHeader>) {
	let mut chain = chain();
	let headers = chain.execute_with(|| {
		MaxReceipts::set(12);
		let mut headers = vec![genesis()];
		for number in 1..=blocks {
			let header = block(headers.last().unwrap(), || {
				if number == 1 {
					open(1);
				}
				(0..number % 7).for_each(|receipt| accept(10 * number + receipt));
				if number % 3 == 0 {
					assert_ok!(post(1));
				}
			});
			headers.push(header);
		}
		headers
	});
	to_node(&mut chain);
	(chain, headers)
}

fn leaves_in(number: u64) -> u32 {
	(number % 7) as u32 + u32::from(number.is_multiple_of(3))
}

#[test]
fn every_leaf_has_a_path_to_the_root_in_every_later_header() {
	let (mut chain, headers) = chain_of(40);
	chain.execute_with(|| {
		for block in &headers[1..] {
			for covered in &headers[block.number as usize + 1..] {
				let root = range_root(covered);
				for index in 0..leaves_in(block.number) {
					let path = path(block, index, covered);
					assert_eq!(path.verify::<Native>(&root), Ok(()), "{path:?}");
					assert_eq!(path.block.number, block.number);
					assert_eq!(path.block.hash, block.hash().0);
					assert_eq!(
						path.range.index, block.number,
						"the range has the first block, too"
					);
				}
			}
		}
		let expected: Leaf = receipt(132).into();
		assert_eq!(path(&headers[13], 2, &headers[40]).leaf, expected);
		assert_eq!(path(&headers[12], 5, &headers[40]).leaf, message(1, 3).into());
	});
}

/// The header of the block itself proves its own leaves.
#[test]
fn a_leaf_is_proven_by_its_own_header() {
	let (mut chain, headers) = chain_of(10);
	chain.execute_with(|| {
		let Log::Block { root, count } = logs(&headers[9])[1] else { panic!("it has leaves") };
		let path = path(&headers[9], 1, &headers[10]);
		assert_eq!(path.verify_in_block::<Native>(&root, count), Ok(()));
		let Log::Block { root, count } = logs(&headers[8])[1] else { panic!("it has a leaf") };
		assert_eq!(path.verify_in_block::<Native>(&root, count), Err(PathError::NoSuchLeaf));
		assert_eq!(path.verify_in_block::<Native>(&root, 3), Err(PathError::NotInBlock));
	});
}

/// Of a block whose hash the chain has forgotten, once the node's gadget has seen it final.
#[test]
fn old_blocks_have_paths() {
	let (mut chain, headers) = chain_of(BLOCK_HASHES + 20);
	let last = headers.len() - 1;
	chain.execute_with(|| {
		assert!(!frame_system::BlockHash::<Test>::contains_key(5), "it is forgotten");
		let lost = Mmr::generate_proof(vec![6], Some(last as u64));
		assert_eq!(lost.map(|_| ()), Err(MmrError::LeafNotFound), "without the gadget");
		canonicalise(&headers[1..last - 2]);
		for covered in [6, 7, 27, last] {
			let path = path(&headers[5], 4, &headers[covered]);
			assert_eq!(path.verify::<Native>(&range_root(&headers[covered])), Ok(()));
			assert_eq!(path.leaf, receipt(54).into());
		}
	});
}

#[test]
fn a_path_is_no_path_to_another_root() {
	let (mut chain, headers) = chain_of(20);
	chain.execute_with(|| {
		let path = path(&headers[5], 0, &headers[12]);
		for header in &headers[1..] {
			let verified = path.verify::<Native>(&range_root(header));
			let expected = if header.number == 12 { Ok(()) } else { Err(PathError::NotInRange) };
			assert_eq!(verified, expected, "block {}", header.number);
		}
	});
}

/// A block without leaves is in the range like any other, which shows that it has none.
#[test]
fn empty_blocks_are_in_the_range() {
	let (mut chain, headers) = chain_of(9);
	chain.execute_with(|| {
		for number in [0, 7] {
			let (leaves, _) = Mmr::generate_proof(vec![number + 1], Some(9)).unwrap();
			let expected = AttestedBlock {
				version: 1,
				number,
				hash: headers[number as usize].hash().0,
				root: root_of(&[]),
				count: 0,
			};
			assert_eq!(leaves[0], expected);
		}
	});
}
