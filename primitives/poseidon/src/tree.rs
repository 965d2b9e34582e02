//! A 4-ary Merkle tree over field elements.
//!
//! The leaves fill the places 0, 1, .. of a tree of fixed depth; an absent leaf is 0, so a leaf
//! that is 0 and one that is absent are the same. A place in base 4 is its path, lowest digit
//! first. The depth is not part of the root: whoever compares roots fixes the depth.

use crate::{tag, Hasher};
use alloc::vec::Vec;
use ark_bn254::Fr;
use ark_ff::AdditiveGroup;

/// Children of a node.
pub const ARITY: usize = 4;

/// Deepest tree, 2^32 leaves.
pub const MAX_DEPTH: u32 = 16;

/// `P(tag, c0, c1, c2, c3)`.
pub fn node<H: Hasher>(children: &[Fr; 4]) -> Fr {
	const TAG: Fr = tag("quittance.node.v1");
	let [c0, c1, c2, c3] = *children;
	H::hash(&[TAG, c0, c1, c2, c3])
}

/// The root over `leaves` in a tree of `depth` levels. `None` for more than 4^depth leaves or a
/// depth above [`MAX_DEPTH`].
///
/// Costs one hash per node above a leaf, and one per level for the empty subtrees where there are
/// any.
pub fn root<H: Hasher>(leaves: &[Fr], depth: u32) -> Option<Fr> {
	climb::<H>(leaves, depth, |_, _| ())
}

/// The path of the place `index` in the same tree. `None` where [`root`] is, and for an index that
/// is not below 4^depth. An absent leaf has a path too.
pub fn path<H: Hasher>(leaves: &[Fr], depth: u32, index: u64) -> Option<Path> {
	if index >= places(depth)? {
		return None;
	}
	let mut siblings = Vec::new();
	let mut place = index;
	climb::<H>(leaves, depth, |layer, empty| {
		let own = place % ARITY as u64;
		let first = place - own;
		let child = |offset: u64| {
			usize::try_from(first + offset).ok().and_then(|at| layer.get(at).copied())
		};
		// The three offsets other than `own`, in order.
		siblings.push(
			[0, 1, 2].map(|offset| {
				child(if offset < own { offset } else { offset + 1 }).unwrap_or(empty)
			}),
		);
		place /= ARITY as u64;
	})?;
	Some(Path { index, siblings })
}

/// What takes a leaf to the root.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Path {
	/// Place of the leaf. Only the lowest digits in base 4, as many as there are levels, have an
	/// effect on the root.
	pub index: u64,
	/// For each level from the lowest, the three children beside the one on the path, in order.
	pub siblings: Vec<[Fr; 3]>,
}

impl Path {
	/// The root of the tree that has `leaf` at this place.
	pub fn root<H: Hasher>(&self, leaf: Fr) -> Fr {
		let mut place = self.index;
		self.siblings.iter().fold(leaf, |below, &[a, b, c]| {
			let children = match place % ARITY as u64 {
				0 => [below, a, b, c],
				1 => [a, below, b, c],
				2 => [a, b, below, c],
				_ => [a, b, c, below],
			};
			place /= ARITY as u64;
			node::<H>(&children)
		})
	}
}

/// 4^depth, or `None` above [`MAX_DEPTH`].
pub(crate) fn places(depth: u32) -> Option<u64> {
	if depth > MAX_DEPTH {
		return None;
	}
	(ARITY as u64).checked_pow(depth)
}

/// Computes the root level by level, showing each level below it to `visit`, together with the
/// value of the places after its end.
fn climb<H: Hasher>(leaves: &[Fr], depth: u32, mut visit: impl FnMut(&[Fr], Fr)) -> Option<Fr> {
	let mut places = places(depth)?;
	if u64::try_from(leaves.len()).ok()? > places {
		return None;
	}
	let mut layer = leaves.to_vec();
	let mut empty = Fr::ZERO;
	for _ in 0..depth {
		visit(&layer, empty);
		layer = layer
			.chunks(ARITY)
			.map(|present| {
				let mut children = [empty; ARITY];
				for (child, value) in children.iter_mut().zip(present) {
					*child = *value;
				}
				node::<H>(&children)
			})
			.collect();
		places /= ARITY as u64;
		// A full level has no use for the empty subtree, and neither has any level above it.
		if u64::try_from(layer.len()).ok()? < places {
			empty = node::<H>(&[empty; ARITY]);
		}
	}
	Some(layer.first().copied().unwrap_or(empty))
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::Native;
	use alloc::vec;
	use core::sync::atomic::{AtomicUsize, Ordering};
	use proptest::prelude::*;

	/// The root by its definition, every place hashed.
	fn by_definition(leaves: &[Fr], depth: u32) -> Fr {
		let mut layer = leaves.to_vec();
		layer.resize(ARITY.pow(depth), Fr::ZERO);
		for _ in 0..depth {
			layer = layer.chunks(4).map(|c| node::<Native>(c.try_into().unwrap())).collect();
		}
		layer[0]
	}

	fn leaves(count: usize) -> Vec<Fr> {
		(1..=count as u64).map(Fr::from).collect()
	}

	#[test]
	fn roots_and_paths_are_those_of_the_definition_for_every_number_of_leaves() {
		for depth in 0..=3 {
			for count in 0..=ARITY.pow(depth) {
				let leaves = leaves(count);
				let root = root::<Native>(&leaves, depth).unwrap();
				assert_eq!(root, by_definition(&leaves, depth), "{count} leaves, depth {depth}");
				for index in [0, count / 2, count.saturating_sub(1), ARITY.pow(depth) - 1] {
					let path = path::<Native>(&leaves, depth, index as u64).unwrap();
					assert_eq!(path.siblings.len(), depth as usize);
					let leaf = leaves.get(index).copied().unwrap_or(Fr::ZERO);
					assert_eq!(path.root::<Native>(leaf), root);
				}
			}
		}
	}

	#[test]
	fn bounds() {
		assert!(root::<Native>(&leaves(16), 2).is_some());
		assert_eq!(root::<Native>(&leaves(17), 2), None);
		assert_eq!(root::<Native>(&leaves(2), 0), None);
		assert_eq!(root::<Native>(&leaves(1), 0), Some(Fr::from(1u8)));
		assert_eq!(root::<Native>(&[], 0), Some(Fr::ZERO));
		assert!(root::<Native>(&leaves(1), MAX_DEPTH).is_some());
		assert_eq!(root::<Native>(&leaves(1), MAX_DEPTH + 1), None);
		assert_eq!(root::<Native>(&leaves(1), u32::MAX), None);
		assert!(path::<Native>(&leaves(1), 2, 15).is_some());
		assert_eq!(path::<Native>(&leaves(1), 2, 16), None);
		assert_eq!(path::<Native>(&leaves(17), 2, 0), None);
		assert_eq!(path::<Native>(&leaves(1), MAX_DEPTH + 1, 0), None);
	}

	#[test]
	fn a_deep_tree_with_few_leaves_is_cheap() {
		static HASHES: AtomicUsize = AtomicUsize::new(0);
		struct Counting;
		impl Hasher for Counting {
			fn hash<const N: usize>(inputs: &[Fr; N]) -> Fr {
				HASHES.fetch_add(1, Ordering::Relaxed);
				crate::hash(inputs)
			}
		}
		let leaves = leaves(3);
		let root = root::<Counting>(&leaves, MAX_DEPTH).unwrap();
		assert_eq!(HASHES.swap(0, Ordering::Relaxed), 31);
		let last = path::<Counting>(&leaves, MAX_DEPTH, u64::from(u32::MAX)).unwrap();
		assert_eq!(HASHES.swap(0, Ordering::Relaxed), 31);
		assert_eq!(last.root::<Native>(Fr::ZERO), root);
		super::root::<Counting>(&self::leaves(16), 2).unwrap();
		assert_eq!(HASHES.load(Ordering::Relaxed), 5);
	}

	proptest! {
		#![proptest_config(ProptestConfig::with_cases(32))]

		#[test]
		fn a_moved_leaf_changes_the_root(from in 0usize..16, to in 0usize..16) {
			let root_at = |place: usize| {
				let mut leaves = vec![Fr::ZERO; 16];
				leaves[place] = Fr::from(7u8);
				root::<Native>(&leaves, 2).unwrap()
			};
			prop_assert_eq!(root_at(from) == root_at(to), from == to);
		}

		#[test]
		fn a_path_proves_its_leaf_at_its_place_only(
			index in 0u64..64,
			other in 0u64..64,
			level in 0usize..3,
			sibling in 0usize..3,
		) {
			let leaves = leaves(50);
			let root = root::<Native>(&leaves, 3).unwrap();
			let leaf = leaves.get(index as usize).copied().unwrap_or(Fr::ZERO);
			let path = path::<Native>(&leaves, 3, index).unwrap();
			prop_assert_eq!(path.root::<Native>(leaf), root);
			prop_assert_ne!(path.root::<Native>(leaf + Fr::from(1u8)), root);
			let mut altered = path.clone();
			altered.siblings[level][sibling] += Fr::from(1u8);
			prop_assert_ne!(altered.root::<Native>(leaf), root);
			// The places after the last leaf are all alike, so only distinct leaves tell.
			if other != index && index < 50 {
				let moved = Path { index: other, ..path };
				prop_assert_ne!(moved.root::<Native>(leaf), root);
			}
		}
	}
}
