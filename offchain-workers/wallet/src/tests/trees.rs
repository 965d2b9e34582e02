use super::*;
use crate::tree::{Edge, NOTHING, PLACES};
use codec::{Decode, Encode};
use proptest::prelude::*;
use quittance_circuits::join_split::siblings;

fn leaves(count: u64) -> Vec<Fr> {
	(1..=count).map(Fr::from).collect()
}

fn root(leaves: &[Fr]) -> Fr {
	quittance_poseidon::tree::root::<Native>(leaves, NOTE_TREE_DEPTH).unwrap()
}

#[test]
fn edges_and_roots_are_those_of_the_chain() {
	let mut edge = Edge::default();
	let mut frontier = Frontier::new(NOTE_TREE_DEPTH).unwrap();
	assert_eq!(edge.root(), root(&[]));
	for count in 1..=70 {
		edge.append(&[Fr::from(count)]).unwrap();
		frontier.append::<Native>(Fr::from(count)).unwrap();
		assert_eq!(Edge::from_frontier(&frontier).as_ref(), Some(&edge));
		assert_eq!(edge.root(), root(&leaves(count)), "{count}");
		assert_eq!(Edge::decode(&mut &edge.encode()[..]).as_ref(), Ok(&edge));
	}
}

/// The last place of all, where there is no edge to the right any more.
#[test]
fn boundary_a_full_tree() {
	let nodes: Vec<_> = leaves(48);
	let mut frontier = Frontier::from_parts(NOTE_TREE_DEPTH, PLACES - 1, nodes).unwrap();
	let almost = Edge::from_frontier(&frontier).unwrap();
	assert_eq!(almost.root(), frontier.root::<Native>());
	let mut edge = almost.clone();
	assert!(edge.append(&leaves(2)).is_none());
	assert_eq!(edge, almost, "nothing changed");
	let layers = edge.append(&leaves(1)).unwrap();
	frontier.append::<Native>(Fr::from(1u8)).unwrap();
	assert_eq!(edge.root(), frontier.root::<Native>());
	assert_eq!(Edge::from_frontier(&frontier).as_ref(), Some(&edge));
	assert_eq!(Edge::decode(&mut &edge.encode()[..]).as_ref(), Ok(&edge));
	let mut noted = NOTHING;
	layers.note(PLACES - 1, &mut noted);
	let path = edge.path(PLACES - 1, &noted).unwrap();
	let path = quittance_poseidon::tree::Path { index: PLACES - 1, siblings: path.to_vec() };
	assert_eq!(path.root::<Native>(Fr::from(1u8)), edge.root());
	assert!(edge.append(&leaves(1)).is_none());
	assert!(edge.append(&[]).is_some());
}

#[test]
fn fails_when_an_edge_is_none() {
	assert!(Edge::decode(&mut &(PLACES + 1).encode()[..]).is_err());
	assert!(Edge::decode(&mut &(1u64, [0xffu8; 32]).encode()[..]).is_err());
	assert!(Edge::decode(&mut &(1u64, [0xffu8; 31]).encode()[..]).is_err());
	let shallow = Frontier::from_parts(2, 5, leaves(2)).unwrap();
	assert!(Edge::from_frontier(&shallow).is_some(), "an edge does not say how deep its tree is");
}

#[test]
fn what_is_no_leaf_has_no_path() {
	let mut edge = Edge::default();
	edge.append(&leaves(5)).unwrap();
	assert!(edge.path(4, &NOTHING).is_some());
	assert!(edge.path(5, &NOTHING).is_none());
	assert!(edge.path(u64::MAX, &NOTHING).is_none());
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(24))]

	/// Leaves come in batches of any size; any leaf is followed from its own batch on, and its path is
	/// the one over all leaves, at the end and at every edge since.
	#[test]
	fn paths_are_those_of_all_leaves(sizes in prop::collection::vec(0usize..40, 1..8), pick in 0usize..1000) {
		let mut edge = Edge::default();
		let mut all: Vec<Fr> = vec![];
		let total: usize = sizes.iter().sum();
		let own = (pick % total.max(1)) as u64;
		let mut noted = NOTHING;
		let mut edges = vec![];
		for size in sizes {
			let from = all.len() as u64;
			let new: Vec<Fr> = (0..size).map(|at| Fr::from(from + at as u64 + 1)).collect();
			let layers = edge.append(&new).unwrap();
			all.extend(new);
			if own < all.len() as u64 {
				layers.note(own, &mut noted);
				for leaves in from.max(own + 1)..=all.len() as u64 {
					edges.push(layers.edge_at(leaves));
				}
			}
			for leaves in from..=all.len() as u64 {
				prop_assert_eq!(layers.edge_at(leaves).leaves(), leaves);
			}
		}
		for edge in edges {
			let leaves = &all[..edge.leaves() as usize];
			prop_assert_eq!(edge.path(own, &noted), siblings(leaves, own));
			prop_assert_eq!(edge.root(), root(leaves));
		}
	}
}
