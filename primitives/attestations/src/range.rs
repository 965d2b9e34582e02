//! The Merkle mountain range over all blocks.
//!
//! As `pallet-mmr` makes it with keccak-256: mountains are full binary trees, largest first, one for each bit of
//! the number of leaves; a node is the hash of its two children as they stand, 64 bytes, and a leaf is the hash
//! of something that is longer. The root is the bagged peaks, from the right: `keccak_256(bag | peak)` for each
//! peak to the left of what has been bagged.

use crate::{keccak::hash_pair, Hash, Keccak256};
use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode};
use scale_info::TypeInfo;

/// What takes one leaf of a range to its root.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct RangeProof {
	/// The leaf's number, from 0.
	pub index: u64,
	/// How many leaves the range has.
	pub leaves: u64,
	/// The peaks left of the leaf's mountain, from the left; the leaf's siblings, from the lowest; and where
	/// there are mountains to the right, those bagged.
	#[cfg_attr(feature = "serde", serde(with = "crate::json::hashes"))]
	pub items: Vec<Hash>,
}

/// Where a leaf stands.
struct Place {
	/// How many mountains are left of its own.
	left: usize,
	/// How high its own is.
	height: u32,
	/// Its number among the leaves of its own.
	within: u64,
	/// Whether there are mountains right of it.
	right: bool,
}

impl RangeProof {
	/// `None` unless the range has such a leaf.
	fn place(&self) -> Option<Place> {
		let (mut left, mut before) = (0usize, 0u64);
		for height in (0..u64::BITS).rev() {
			let size = 1u64 << height;
			if self.leaves & size == 0 {
				continue;
			}
			let within = self.index.checked_sub(before)?;
			if within < size {
				let right = self.leaves & size.wrapping_sub(1) != 0;
				return Some(Place { left, height, within, right });
			}
			left = left.saturating_add(1);
			// The sum of different bits of one number.
			before |= size;
		}
		None
	}

	/// Whether the range has such a leaf.
	pub(crate) fn exists(&self) -> bool {
		self.index < self.leaves
	}

	/// The root of a range with this leaf, given its hash. `None` where no such range is: no such leaf, or
	/// another number of items than its proof has.
	pub fn root<K: Keccak256>(&self, leaf: &Hash) -> Option<Hash> {
		let Place { left, height, within, right } = self.place()?;
		let expected = left.saturating_add(height as usize).saturating_add(right.into());
		if self.items.len() != expected {
			return None;
		}
		let (peaks, rest) = self.items.split_at(left);
		let (siblings, bagged) = rest.split_at(height as usize);
		let (mut place, mut hash) = (within, *leaf);
		for sibling in siblings {
			hash = match place & 1 {
				0 => hash_pair::<K>(&hash, sibling),
				_ => hash_pair::<K>(sibling, &hash),
			};
			place >>= 1;
		}
		for bagged in bagged {
			hash = hash_pair::<K>(bagged, &hash);
		}
		for peak in peaks.iter().rev() {
			hash = hash_pair::<K>(&hash, peak);
		}
		Some(hash)
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::Native;
	use alloc::vec;
	use polkadot_sdk::sp_mmr_primitives::mmr_lib::{self, leaf_index_to_pos, util::MemStore};
	use proptest::prelude::*;

	/// As `pallet-mmr` merges.
	struct Merge;

	impl mmr_lib::Merge for Merge {
		type Item = Hash;

		fn merge(left: &Hash, right: &Hash) -> mmr_lib::Result<Hash> {
			Ok(Native::hash(&[&left[..], right].concat()))
		}
	}

	type Theirs<'a> = mmr_lib::MMR<Hash, Merge, &'a MemStore<Hash>>;

	fn leaf(number: u64) -> Hash {
		Native::hash(&number.to_le_bytes())
	}

	/// A range of so many leaves, by the library that the chain uses.
	fn range(store: &MemStore<Hash>, leaves: u64) -> Theirs<'_> {
		let mut range = Theirs::new(0, store);
		for number in 0..leaves {
			range.push(leaf(number)).unwrap();
		}
		range
	}

	fn proof(range: &Theirs<'_>, index: u64, leaves: u64) -> RangeProof {
		let proof = range.gen_proof(vec![leaf_index_to_pos(index)]).unwrap();
		RangeProof { index, leaves, items: proof.proof_items().to_vec() }
	}

	#[test]
	fn our_roots_are_the_librarys_for_every_leaf_of_all_small_ranges() {
		for leaves in 1..=130 {
			let store = MemStore::default();
			let range = range(&store, leaves);
			let root = range.get_root().unwrap();
			for index in 0..leaves {
				let proof = proof(&range, index, leaves);
				assert_eq!(proof.root::<Native>(&leaf(index)), Some(root), "{index} of {leaves}");
			}
		}
	}

	proptest! {
		#![proptest_config(ProptestConfig::with_cases(40))]

		#[test]
		fn our_roots_are_the_librarys_for_larger_ranges(leaves in 131u64..5_000, at in 0.0f64..1.0) {
			let index = (leaves as f64 * at) as u64;
			let store = MemStore::default();
			let range = range(&store, leaves);
			let proof = proof(&range, index, leaves);
			prop_assert_eq!(proof.root::<Native>(&leaf(index)), range.get_root().ok());
		}
	}

	#[test]
	fn a_proof_is_that_of_one_leaf_and_range() {
		for leaves in 1..=24 {
			let store = MemStore::default();
			let range = range(&store, leaves);
			let root = range.get_root().unwrap();
			for index in 0..leaves {
				let proof = proof(&range, index, leaves);
				let proves = |proof: &RangeProof, of| proof.root::<Native>(&leaf(of)) == Some(root);
				assert!(proves(&proof, index));
				assert!(!proves(&proof, index + 1), "another leaf");
				for other in 0..leaves + 3 {
					let moved = RangeProof { index: other, ..proof.clone() };
					assert!(other == index || !proves(&moved, index), "at {other}");
				}
				for place in 0..proof.items.len() {
					let mut changed = proof.clone();
					changed.items[place][0] ^= 1;
					assert!(!proves(&changed, index), "item {place}");
				}
				let mut longer = proof.clone();
				longer.items.push(root);
				assert!(!proves(&longer, index));
				let mut shorter = proof.clone();
				if shorter.items.pop().is_some() {
					assert!(!proves(&shorter, index));
				}
			}
		}
	}

	/// The number of leaves is in no hash. Where another number gives the same shape to one leaf's proof, it gives
	/// the same root, and says nothing wrong of that leaf.
	#[test]
	fn the_number_of_leaves_may_be_another_of_the_same_shape() {
		let store = MemStore::default();
		let range = range(&store, 5);
		let proof = RangeProof { leaves: 6, ..proof(&range, 0, 5) };
		assert_eq!(proof.root::<Native>(&leaf(0)), range.get_root().ok());
	}

	#[test]
	fn boundary_ranges_without_the_leaf_and_the_largest_one() {
		let proof = |index, leaves, items: usize| {
			RangeProof { index, leaves, items: vec![[0; 32]; items] }.root::<Native>(&[1; 32])
		};
		for items in 0..3 {
			assert_eq!(proof(0, 0, items), None);
			assert_eq!(proof(1, 1, items), None);
			assert_eq!(proof(3, 3, items), None);
		}
		assert_eq!(proof(0, 1, 0), Some([1; 32]), "the only leaf is the root");
		// 64 mountains: one for each bit.
		let counts: Vec<_> = [0, 1 << 63, u64::MAX - 1]
			.map(|index| (0..200).find(|items| proof(index, u64::MAX, *items).is_some()))
			.to_vec();
		assert_eq!(counts, [Some(64), Some(64), Some(63)]);
		assert_eq!((0..200).find(|items| proof(u64::MAX, u64::MAX, *items).is_some()), None);
	}
}
