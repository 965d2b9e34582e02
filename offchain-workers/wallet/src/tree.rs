//! The tree of notes as a wallet keeps it: its right edge, and the paths of the wallet's own notes.
//!
//! Of a complete subtree beside a note's path the root never changes, so it is noted when the subtree
//! is completed. All others are on the edge, or empty. A path therefore is there at any time without
//! a leaf of anybody else, also for an earlier edge.

use std::sync::LazyLock;

use ark_bn254::Fr;
use ark_ff::AdditiveGroup;
use codec::{Decode, Encode, Input, Output};
use quittance_circuits::join_split::DEPTH;
use quittance_poseidon::{
	tree::{node, ARITY},
	Frontier, Native,
};
use quittance_types::{FieldBytes, NOTE_TREE_DEPTH};
use rayon::prelude::*;

/// Places in the tree.
pub(crate) const PLACES: u64 = 1 << (2 * NOTE_TREE_DEPTH);

/// The three other children on each level of a path, from the lowest: 1,536 bytes. What is not
/// complete yet is zero.
pub(crate) type Siblings = [[FieldBytes; 3]; DEPTH];

/// No siblings noted.
pub(crate) const NOTHING: Siblings = [[FieldBytes([0; 32]); 3]; DEPTH];

/// Forgets what is not complete in a tree of so many leaves.
pub(crate) fn forget(index: u64, leaves: u64, siblings: &mut Siblings) {
	for (level, siblings) in siblings.iter_mut().enumerate() {
		for (at, place) in places(index, level).into_iter().enumerate() {
			if place >= complete(leaves, level) {
				siblings[at] = FieldBytes([0; 32]);
			}
		}
	}
}

/// Below so many hashes the other threads are not asked.
const WORTH_SHARING: usize = 16;

/// Roots of trees without a leaf, by their levels.
static EMPTY: LazyLock<[Fr; DEPTH + 1]> = LazyLock::new(|| {
	let mut empty = [Fr::ZERO; DEPTH + 1];
	for level in 0..DEPTH {
		empty[level + 1] = node::<Native>(&[empty[level]; ARITY]);
	}
	empty
});

/// Number of complete subtrees of a level.
fn complete(leaves: u64, level: usize) -> u64 {
	leaves >> (2 * level)
}

/// The roots of the largest complete subtrees, by their levels, at most three on each but the
/// highest: at most 48 field elements.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Edge {
	leaves: u64,
	levels: [Vec<Fr>; DEPTH + 1],
}

impl Edge {
	/// The edge that the chain stores.
	pub(crate) fn from_frontier(frontier: &Frontier) -> Option<Self> {
		// The chain's begin with the highest; on each level they are from left to right.
		let leaves = frontier.leaves();
		let mut nodes = frontier.nodes();
		let mut edge = Self { leaves, ..Self::default() };
		for level in (0..=DEPTH).rev() {
			let here = (complete(leaves, level) % ARITY as u64) as usize;
			let (own, rest) = nodes.split_at_checked(here)?;
			edge.levels[level] = own.to_vec();
			nodes = rest;
		}
		(nodes.is_empty() && leaves <= PLACES).then_some(edge)
	}

	pub(crate) fn leaves(&self) -> u64 {
		self.leaves
	}

	/// Appends leaves. `None`, and nothing changed, if the tree has no room for all of them.
	///
	/// Costs a hash for each subtree that is completed, a third of one for a leaf, on all threads.
	pub(crate) fn append(&mut self, leaves: &[Fr]) -> Option<Layers> {
		let after = self.leaves.checked_add(leaves.len() as u64).filter(|all| *all <= PLACES)?;
		let mut layers = Layers::default();
		let mut new = leaves.to_vec();
		for level in 0..=DEPTH {
			let before = complete(self.leaves, level);
			layers.first[level] = before - before % ARITY as u64;
			let here = &mut layers.nodes[level];
			here.extend_from_slice(&self.levels[level]);
			here.append(&mut new);
			if level < DEPTH {
				let full = here.as_chunks::<ARITY>().0;
				new = if full.len() < WORTH_SHARING {
					full.iter().map(node::<Native>).collect()
				} else {
					full.par_iter().map(node::<Native>).collect()
				};
			}
		}
		*self = layers.edge_at(after);
		Some(layers)
	}

	/// On each level the subtree with the next leaf's place in it; the highest is the root.
	pub(crate) fn unfinished(&self) -> [Fr; DEPTH + 1] {
		let mut nodes = [Fr::ZERO; DEPTH + 1];
		for level in 0..DEPTH {
			let here = &self.levels[level];
			if here.is_empty() && nodes[level] == EMPTY[level] {
				nodes[level + 1] = EMPTY[level + 1];
				continue;
			}
			let mut children = [EMPTY[level]; ARITY];
			children[..here.len()].copy_from_slice(here);
			children[here.len()] = nodes[level];
			nodes[level + 1] = node::<Native>(&children);
		}
		if let [root] = self.levels[DEPTH][..] {
			nodes[DEPTH] = root;
		}
		nodes
	}

	pub(crate) fn root(&self) -> Fr {
		self.unfinished()[DEPTH]
	}

	/// The path of a leaf in the tree with this edge. `noted` are the leaf's siblings as they were
	/// noted in this tree or a later one. `None` for what is no leaf.
	pub(crate) fn path(&self, index: u64, noted: &Siblings) -> Option<[[Fr; 3]; DEPTH]> {
		if index >= self.leaves {
			return None;
		}
		let unfinished = self.unfinished();
		let mut path = [[Fr::ZERO; 3]; DEPTH];
		for (level, siblings) in path.iter_mut().enumerate() {
			let next = complete(self.leaves, level);
			for (at, place) in places(index, level).into_iter().enumerate() {
				siblings[at] = match place.cmp(&next) {
					std::cmp::Ordering::Less => noted[level][at].to_field()?,
					std::cmp::Ordering::Equal => unfinished[level],
					std::cmp::Ordering::Greater => EMPTY[level],
				};
			}
		}
		Some(path)
	}
}

impl Encode for Edge {
	fn encode_to<T: Output + ?Sized>(&self, to: &mut T) {
		self.leaves.encode_to(to);
		for node in self.levels.iter().flatten() {
			FieldBytes::from(*node).encode_to(to);
		}
	}
}

impl Decode for Edge {
	fn decode<I: Input>(input: &mut I) -> Result<Self, codec::Error> {
		let leaves = u64::decode(input)?;
		if leaves > PLACES {
			return Err("more leaves than places".into());
		}
		let mut edge = Self { leaves, ..Self::default() };
		for (level, nodes) in edge.levels.iter_mut().enumerate() {
			for _ in 0..complete(leaves, level) % ARITY as u64 {
				let node = FieldBytes::decode(input)?.to_field();
				nodes.push(node.ok_or("a node is no field element")?);
			}
		}
		Ok(edge)
	}
}

/// The places beside a leaf's path on a level.
fn places(index: u64, level: usize) -> [u64; 3] {
	let own = index >> (2 * level);
	let first = own - own % ARITY as u64;
	[0, 1, 2].map(|at| if first + at < own { first + at } else { first + at + 1 })
}

/// All nodes that were made when leaves were appended, and those beside them that were there.
#[derive(Default)]
pub(crate) struct Layers {
	/// Place of the first node of each level.
	first: [u64; DEPTH + 1],
	nodes: [Vec<Fr>; DEPTH + 1],
}

impl Layers {
	/// The edge when there were so many leaves: no fewer than before, no more than after.
	pub(crate) fn edge_at(&self, leaves: u64) -> Edge {
		let mut edge = Edge { leaves, ..Edge::default() };
		for level in 0..=DEPTH {
			let end = complete(leaves, level);
			let start = end - end % ARITY as u64;
			let at = |place: u64| place.saturating_sub(self.first[level]) as usize;
			edge.levels[level] =
				self.nodes[level].get(at(start)..at(end)).unwrap_or_default().to_vec();
		}
		edge
	}

	/// Notes what has become complete beside the path of a leaf.
	pub(crate) fn note(&self, index: u64, siblings: &mut Siblings) {
		for (level, siblings) in siblings.iter_mut().enumerate() {
			for (at, place) in places(index, level).into_iter().enumerate() {
				let here = place.checked_sub(self.first[level]);
				if let Some(node) = here.and_then(|at| self.nodes[level].get(at as usize)) {
					siblings[at] = FieldBytes::from(*node);
				}
			}
		}
	}
}
