//! Membership in the 4-ary Poseidon tree of `quittance_poseidon::tree`.

use super::poseidon;
use crate::{Builder, Number};
use ark_bn254::Fr;
use quittance_poseidon::tag;

const NODE: Fr = tag("quittance.node.v1");

/// The root of the tree that has a leaf at a place.
///
/// For each level from the lowest: `place` has the two bits of the place there, the low bit first,
/// and `siblings` the other three children in order. The caller has made the bits bits. Five
/// constraints a level, and the hash of the node, 318.
pub fn root<B: Builder>(
	builder: &mut B,
	leaf: &Number<B::Terms>,
	place: &[[Number<B::Terms>; 2]],
	siblings: &[[Number<B::Terms>; 3]],
) -> Number<B::Terms> {
	let mut below = leaf.clone();
	for (place, siblings) in place.iter().zip(siblings) {
		let children = children(builder, &below, place, siblings);
		below = poseidon::hash(builder, &[NODE], &children.each_ref());
	}
	below
}

/// The four children: `node` at its place, the siblings at the others in order.
fn children<B: Builder>(
	builder: &mut B,
	node: &Number<B::Terms>,
	[low, high]: &[Number<B::Terms>; 2],
	[first, middle, last]: &[Number<B::Terms>; 3],
) -> [Number<B::Terms>; 4] {
	// One of is_0 .. is_3 is 1.
	let is_3 = builder.product("is_3", low, high);
	let is_2 = high - &is_3;
	let is_0 = (&(low + high) - &is_3).subtracted_from(Fr::from(1u8));
	// Place 0: the node, or the first sibling. Place 3: the node, or the last.
	let child_0 = first + &builder.product("child_0", &(node - first), &is_0);
	let child_3 = last + &builder.product("child_3", &(node - last), &is_3);
	// Place 2: the node, or the last sibling where the node comes after it, or the middle one.
	let node_2 = builder.product("node_2", &(node - middle), &is_2);
	let last_2 = builder.product("last_2", &(last - middle), &is_3);
	let child_2 = &(middle + &node_2) + &last_2;
	// The four are a permutation of the node and its siblings, so the sum leaves place 1.
	let all = &(&(node + first) + middle) + last;
	let child_1 = &(&(&all - &child_0) - &child_2) - &child_3;
	[child_0, child_1, child_2, child_3]
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::{gadgets::bits, Recorder};
	use quittance_poseidon::{tree, Native};

	#[test]
	fn every_place_of_a_tree_has_its_root() {
		let leaves: Vec<Fr> = (1..=16u64).map(Fr::from).collect();
		let expected = tree::root::<Native>(&leaves, 2).unwrap();
		for index in 0..16u64 {
			let path = tree::path::<Native>(&leaves, 2, index).unwrap();
			let mut recorder = Recorder::default();
			let leaf = recorder.hint("leaf", leaves[index as usize]);
			let siblings: Vec<_> = path
				.siblings
				.iter()
				.map(|level| level.map(|sibling| recorder.hint("sibling", sibling)))
				.collect();
			let place: Vec<_> = (0..2)
				.map(|level| {
					[0, 1].map(|place| {
						bits::bit(&mut recorder, (index >> (2 * level + place)) & 1 == 1)
					})
				})
				.collect();
			let root = root(&mut recorder, &leaf, &place, &siblings);
			assert_eq!(root.value(), expected);
			assert!(recorder.is_satisfied());
			assert_eq!(recorder.finish().constraints(), 4 + 2 * (5 + 318));
		}
	}

	#[test]
	fn each_place_takes_the_children_in_order() {
		for index in 0..4u64 {
			let mut recorder = Recorder::default();
			let [node, a, b, c] = [1u64, 2, 3, 4].map(|v| recorder.hint("child", Fr::from(v)));
			let place = [index & 1, index >> 1].map(|bit| recorder.hint("bit", Fr::from(bit)));
			let order = children(&mut recorder, &node, &place, &[a, b, c]).map(|c| c.value());
			let mut expected = vec![2u64, 3, 4];
			expected.insert(index as usize, 1);
			assert_eq!(order.to_vec(), expected.into_iter().map(Fr::from).collect::<Vec<_>>());
		}
	}
}
