//! What must be kept of a growing tree to append leaves and to know its root: not its leaves.

use crate::{
	tree::{node, places, ARITY},
	Hasher,
};
use alloc::vec::Vec;
use ark_bn254::Fr;
use ark_ff::AdditiveGroup;

/// The right edge of a tree of [`tree`](crate::tree) whose leaves fill the places from 0 on.
///
/// Kept are the roots of the largest full subtrees, from left to right: on each level as many as the
/// number of leaves has in this digit in base 4, at most three.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Frontier {
	depth: u32,
	leaves: u64,
	/// The highest come first, so that the last ones are beside the next leaf.
	nodes: Vec<Fr>,
}

impl Frontier {
	/// An empty tree. `None` for a depth above [`MAX_DEPTH`](crate::tree::MAX_DEPTH).
	pub fn new(depth: u32) -> Option<Self> {
		Self::from_parts(depth, 0, Vec::new())
	}

	/// The edge of a tree with so many leaves, from what [`Frontier::nodes`] has given. `None` unless
	/// the tree can have so many and there are as many nodes as they make.
	pub fn from_parts(depth: u32, leaves: u64, nodes: Vec<Fr>) -> Option<Self> {
		(nodes.len() as u64 == nodes_of(depth, leaves)?).then_some(Self { depth, leaves, nodes })
	}

	/// Number of leaves.
	pub fn leaves(&self) -> u64 {
		self.leaves
	}

	/// The roots of the largest full subtrees, from left to right.
	pub fn nodes(&self) -> &[Fr] {
		&self.nodes
	}

	/// Appends a leaf and returns its place. `None`, and nothing changed, if the tree is full.
	///
	/// Costs one hash for each subtree that the leaf completes: none for three leaves of four, at most
	/// one for each level.
	pub fn append<H: Hasher>(&mut self, leaf: Fr) -> Option<u64> {
		let index = self.leaves;
		if index >= places(self.depth)? {
			return None;
		}
		let (mut node_there, mut place) = (leaf, index);
		while place % ARITY as u64 == 3 {
			let children = self.nodes.split_off(self.nodes.len().checked_sub(3)?);
			let [c0, c1, c2] = children.try_into().ok()?;
			node_there = node::<H>(&[c0, c1, c2, node_there]);
			place /= ARITY as u64;
		}
		self.nodes.push(node_there);
		self.leaves += 1;
		Some(index)
	}

	/// The root. Costs one hash for each level, and one more for each level above the lowest for the
	/// empty subtrees.
	pub fn root<H: Hasher>(&self) -> Fr {
		if let ([root], true) = (self.nodes.as_slice(), places(self.depth) == Some(self.leaves)) {
			return *root;
		}
		let mut nodes = self.nodes.iter().rev();
		let mut place = self.leaves;
		// The subtree with the next leaf's place, and one without a leaf.
		let (mut node_there, mut empty) = (Fr::ZERO, Fr::ZERO);
		for level in 1..=self.depth {
			let filled = (place % ARITY as u64) as usize;
			let mut children = [empty; ARITY];
			for (at, child) in children.iter_mut().enumerate().rev() {
				if at == filled {
					*child = node_there;
				} else if at < filled {
					*child = nodes.next().copied().unwrap_or(empty);
				}
			}
			let nothing_yet = filled == 0 && node_there == empty;
			node_there = node::<H>(&children);
			if nothing_yet {
				empty = node_there;
			} else if level < self.depth {
				empty = node::<H>(&[empty; ARITY]);
			}
			place /= ARITY as u64;
		}
		node_there
	}
}

/// How many full subtrees so many leaves make: the sum of the number's digits in base 4. `None` where
/// there are no such trees.
pub fn nodes_of(depth: u32, leaves: u64) -> Option<u64> {
	let places = places(depth)?;
	if leaves > places {
		return None;
	}
	let mut left = leaves;
	let mut nodes = 0;
	while left > 0 {
		nodes += left % ARITY as u64;
		left /= ARITY as u64;
	}
	Some(nodes)
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::{
		tree::{root, MAX_DEPTH},
		Native,
	};
	use alloc::vec;
	use core::sync::atomic::{AtomicUsize, Ordering};

	#[test]
	fn roots_are_those_of_the_tree_for_every_number_of_leaves() {
		for depth in 0..=3 {
			let mut leaves = vec![];
			let mut frontier = Frontier::new(depth).unwrap();
			loop {
				assert_eq!(frontier.leaves(), leaves.len() as u64);
				let expected = root::<Native>(&leaves, depth).unwrap();
				assert_eq!(frontier.root::<Native>(), expected, "{} at {depth}", leaves.len());
				let kept = frontier.nodes().to_vec();
				let again = Frontier::from_parts(depth, frontier.leaves(), kept);
				assert_eq!(again.as_ref(), Some(&frontier));

				let leaf = Fr::from(leaves.len() as u64 + 1);
				let full = frontier.clone();
				match frontier.append::<Native>(leaf) {
					Some(place) => assert_eq!(place, leaves.len() as u64),
					None => {
						assert_eq!(leaves.len(), ARITY.pow(depth));
						assert_eq!(frontier, full, "nothing changed");
						break;
					},
				}
				leaves.push(leaf);
			}
		}
	}

	#[test]
	fn only_as_many_nodes_as_the_leaves_make_are_an_edge() {
		let nodes = |number| vec![Fr::from(1u8); number];
		assert!(Frontier::from_parts(2, 7, nodes(4)).is_some());
		assert!(Frontier::from_parts(2, 7, nodes(3)).is_none());
		assert!(Frontier::from_parts(2, 7, nodes(5)).is_none());
		assert!(Frontier::from_parts(2, 16, nodes(1)).is_some());
		assert!(Frontier::from_parts(2, 17, nodes(2)).is_none());
		assert!(Frontier::from_parts(MAX_DEPTH, (1 << 32) - 1, nodes(48)).is_some());
		assert!(Frontier::new(MAX_DEPTH + 1).is_none());
	}

	#[test]
	fn a_leaf_and_a_root_cost_what_is_said() {
		static HASHES: AtomicUsize = AtomicUsize::new(0);
		struct Counting;
		impl Hasher for Counting {
			fn hash<const N: usize>(inputs: &[Fr; N]) -> Fr {
				HASHES.fetch_add(1, Ordering::Relaxed);
				crate::hash(inputs)
			}
		}
		let mut frontier = Frontier::new(MAX_DEPTH).unwrap();
		frontier.root::<Counting>();
		assert_eq!(HASHES.swap(0, Ordering::Relaxed), 16, "nothing but empty subtrees");
		for _ in 0..3 {
			frontier.append::<Counting>(Fr::from(1u8)).unwrap();
		}
		assert_eq!(HASHES.swap(0, Ordering::Relaxed), 0);
		frontier.root::<Counting>();
		assert_eq!(HASHES.swap(0, Ordering::Relaxed), 31);
		frontier.append::<Counting>(Fr::from(1u8)).unwrap();
		assert_eq!(HASHES.swap(0, Ordering::Relaxed), 1);

		let last = (1 << 32) - 1;
		let mut frontier = Frontier::from_parts(MAX_DEPTH, last, vec![Fr::from(1u8); 48]).unwrap();
		assert_eq!(frontier.append::<Counting>(Fr::from(1u8)), Some(last));
		assert_eq!(HASHES.swap(0, Ordering::Relaxed), 16);
		assert_eq!(frontier.root::<Counting>(), frontier.nodes()[0]);
		assert_eq!(HASHES.swap(0, Ordering::Relaxed), 0);
		assert_eq!(frontier.append::<Counting>(Fr::from(1u8)), None);
	}
}
