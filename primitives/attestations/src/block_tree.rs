//! The tree over the leaves of one block.
//!
//! A binary tree over 0 to [`MAX_LEAVES`] hashes of leaves, in their order. A node without a partner at the end of
//! its level goes up as it is. The root covers the number of leaves, so that it alone fixes the tree's shape
//! and every path's length; leaves, nodes and roots have tags of their own.

use crate::{Hash, Keccak256};
use alloc::vec::Vec;

/// Most leaves of a block. Paths have at most 16 siblings.
pub const MAX_LEAVES: u32 = 1 << 16;

/// `keccak_256("quittance.attested-node.v1" | left | right)`.
fn node<K: Keccak256>(left: &Hash, right: &Hash) -> Hash {
	const TAG: &[u8; 26] = b"quittance.attested-node.v1";
	let mut bytes = [0; TAG.len() + 64];
	let (tag, children) = bytes.split_at_mut(TAG.len());
	tag.copy_from_slice(TAG);
	let (first, second) = children.split_at_mut(32);
	first.copy_from_slice(left);
	second.copy_from_slice(right);
	K::hash(&bytes)
}

/// `keccak_256("quittance.attested-root.v1" | count: u32 LE | top)`.
fn bound<K: Keccak256>(count: u32, top: &Hash) -> Hash {
	const TAG: &[u8; 26] = b"quittance.attested-root.v1";
	let mut bytes = [0; TAG.len() + 36];
	let (tag, rest) = bytes.split_at_mut(TAG.len());
	tag.copy_from_slice(TAG);
	let (number, hash) = rest.split_at_mut(4);
	number.copy_from_slice(&count.to_le_bytes());
	hash.copy_from_slice(top);
	K::hash(&bytes)
}

/// The root over these hashes of leaves; of a block without any the root over 32 zeros. `None` for more than
/// [`MAX_LEAVES`].
///
/// Costs one hash for each leaf but the first, and one more.
pub fn root<K: Keccak256>(leaves: &[Hash]) -> Option<Hash> {
	let count = count(leaves)?;
	let top = climb::<K>(leaves, |_| ());
	Some(bound::<K>(count, &top))
}

/// The siblings of the leaf at this place, from the lowest level. `None` for more than [`MAX_LEAVES`], and for a
/// place where no leaf is.
pub fn siblings<K: Keccak256>(leaves: &[Hash], index: u32) -> Option<Vec<Hash>> {
	if index >= count(leaves)? {
		return None;
	}
	let (mut place, mut siblings) = (usize::try_from(index).ok()?, Vec::new());
	climb::<K>(leaves, |level| {
		// The last one of an odd number has none.
		siblings.extend(level.get(place ^ 1));
		place >>= 1;
	});
	Some(siblings)
}

/// The root of a tree with so many leaves that has `leaf` at this place, beside these siblings. `None` where no
/// such tree is: too many leaves, a place beyond them, or another number of siblings than such a tree's path has.
pub fn root_by_path<K: Keccak256>(
	leaf: &Hash,
	index: u32,
	count: u32,
	siblings: &[Hash],
) -> Option<Hash> {
	if count > MAX_LEAVES || index >= count || siblings.len() != path_length(index, count) {
		return None;
	}
	let (mut place, mut width) = (index, count);
	let mut siblings = siblings.iter();
	let mut hash = *leaf;
	while width > 1 {
		if has_sibling(place, width) {
			let sibling = siblings.next()?;
			hash = match place & 1 {
				0 => node::<K>(&hash, sibling),
				_ => node::<K>(sibling, &hash),
			};
		}
		place >>= 1;
		width = width.div_ceil(2);
	}
	Some(bound::<K>(count, &hash))
}

/// How many siblings the path of this place has in a tree of so many leaves, of which it is one.
pub(crate) fn path_length(index: u32, count: u32) -> usize {
	let (mut place, mut width, mut length) = (index, count, 0usize);
	while width > 1 {
		length = length.saturating_add(has_sibling(place, width).into());
		place >>= 1;
		width = width.div_ceil(2);
	}
	length
}

fn has_sibling(place: u32, width: u32) -> bool {
	place ^ 1 < width
}

fn count(leaves: &[Hash]) -> Option<u32> {
	u32::try_from(leaves.len()).ok().filter(|count| *count <= MAX_LEAVES)
}

/// What all levels come to, showing to `visit` each of more than one node. Zeros where there are no leaves.
fn climb<K: Keccak256>(leaves: &[Hash], mut visit: impl FnMut(&[Hash])) -> Hash {
	let mut level = leaves.to_vec();
	while level.len() > 1 {
		visit(&level);
		level = level
			.chunks(2)
			.map(|pair| match pair {
				[left, right] => node::<K>(left, right),
				alone => alone.first().copied().unwrap_or_default(),
			})
			.collect();
	}
	level.first().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::Native;
	use alloc::vec;

	fn leaves(count: u32) -> Vec<Hash> {
		(0..count).map(|number| Native::hash(&number.to_le_bytes())).collect()
	}

	#[test]
	fn each_leaf_of_every_small_tree_has_a_path() {
		for count in 1..=70 {
			let leaves = leaves(count);
			let root = root::<Native>(&leaves);
			for (index, leaf) in (0..).zip(&leaves) {
				let siblings = siblings::<Native>(&leaves, index).unwrap();
				assert_eq!(siblings.len(), path_length(index, count));
				let by_path = root_by_path::<Native>(leaf, index, count, &siblings);
				assert_eq!(by_path, root, "{index} of {count}");
			}
		}
	}

	#[test]
	fn a_path_is_that_of_one_place_leaf_and_number() {
		for count in 1..=20 {
			let leaves = leaves(count);
			let root = root::<Native>(&leaves).unwrap();
			for index in 0..count {
				let siblings = siblings::<Native>(&leaves, index).unwrap();
				let leaf = leaves[index as usize];
				let by = |leaf: &Hash, index, count, siblings: &[Hash]| {
					root_by_path::<Native>(leaf, index, count, siblings) == Some(root)
				};
				assert!(by(&leaf, index, count, &siblings));
				for other in 0..count + 2 {
					assert!(other == index || !by(&leaf, other, count, &siblings), "{other}");
					assert!(other == count || !by(&leaf, index, other, &siblings), "of {other}");
				}
				assert!(!by(&[0xee; 32], index, count, &siblings));
				for place in 0..siblings.len() {
					let mut changed = siblings.clone();
					changed[place][31] ^= 1;
					assert!(!by(&leaf, index, count, &changed), "sibling {place}");
				}
				for with in [&siblings[1.min(siblings.len())..], &[&siblings[..], &[root]].concat()]
				{
					assert!(with.len() == siblings.len() || !by(&leaf, index, count, with));
				}
			}
		}
	}

	/// A node is no leaf, and a tree's top is no tree of one leaf.
	#[test]
	fn levels_are_apart() {
		let leaves = leaves(4);
		let [a, b, c, d] = leaves[..] else { unreachable!() };
		let nodes = [node::<Native>(&a, &b), node::<Native>(&c, &d)];
		assert_ne!(root::<Native>(&nodes), root::<Native>(&leaves));
		assert_ne!(
			root::<Native>(&[node::<Native>(&nodes[0], &nodes[1])]),
			root::<Native>(&leaves)
		);
		// Of three leaves the last one goes up as it is.
		assert_ne!(root::<Native>(&[nodes[0], c]), root::<Native>(&[a, b, c]));
		assert_ne!(root::<Native>(&[a, b, c]), root::<Native>(&[a, b, c, c]));
		assert_ne!(root::<Native>(&[]), root::<Native>(&[[0; 32]]));
	}

	#[test]
	fn boundary_the_largest_tree() {
		let mut leaves = vec![[1; 32]; MAX_LEAVES as usize];
		leaves[7] = [2; 32];
		let path = siblings::<Native>(&leaves, 7).unwrap();
		assert_eq!(path.len(), 16);
		let by_path = root_by_path::<Native>(&[2; 32], 7, MAX_LEAVES, &path);
		assert_eq!(by_path, root::<Native>(&leaves));
		leaves.push([3; 32]);
		assert_eq!(root::<Native>(&leaves), None);
		assert_eq!(siblings::<Native>(&leaves, 7), None);
		assert_eq!(path_length(7, MAX_LEAVES + 1), 17);
		let longer = vec![[0; 32]; 17];
		assert_eq!(root_by_path::<Native>(&[2; 32], 7, MAX_LEAVES + 1, &longer), None);
	}

	#[test]
	fn where_no_leaf_is_there_is_no_path() {
		let leaves = leaves(3);
		assert_eq!(siblings::<Native>(&leaves, 3), None);
		assert_eq!(siblings::<Native>(&[], 0), None);
		assert_eq!(root_by_path::<Native>(&[1; 32], 0, 0, &[]), None);
		assert_eq!(siblings::<Native>(&leaves[..1], 0), Some(vec![]));
	}

	#[test]
	fn a_root_costs_a_hash_for_each_leaf() {
		use core::sync::atomic::{AtomicUsize, Ordering};
		static HASHES: AtomicUsize = AtomicUsize::new(0);
		struct Counting;
		impl Keccak256 for Counting {
			fn hash(bytes: &[u8]) -> Hash {
				HASHES.fetch_add(1, Ordering::Relaxed);
				Native::hash(bytes)
			}
		}
		for (count, hashes) in [(0, 1), (1, 1), (2, 2), (3, 3), (100, 100)] {
			HASHES.store(0, Ordering::Relaxed);
			root::<Counting>(&leaves(count));
			assert_eq!(HASHES.load(Ordering::Relaxed), hashes, "{count} leaves");
		}
	}
}
