//! What takes a leaf to a root of the range, and the verifier.

use crate::{block_tree, Hash, Keccak256, Leaf, RangeProof};
use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use core::fmt;
use scale_info::TypeInfo;

/// A leaf of the range: what one block has attested.
///
/// Appended by the block after it, which knows its hash. Its encoding has 77 bytes and a node of the range 64, so
/// that neither can be taken for the other.
#[derive(
	Clone,
	Copy,
	PartialEq,
	Eq,
	Debug,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct AttestedBlock {
	/// Version of this format: [`AttestedBlock::VERSION`].
	pub version: u8,
	/// The block's height.
	pub number: u64,
	/// Its hash.
	#[cfg_attr(feature = "serde", serde(with = "crate::json::hash"))]
	pub hash: [u8; 32],
	/// The root of the tree over its leaves.
	#[cfg_attr(feature = "serde", serde(with = "crate::json::hash"))]
	pub root: Hash,
	/// How many leaves that has.
	pub count: u32,
}

impl AttestedBlock {
	/// The only version there is.
	pub const VERSION: u8 = 1;

	/// `keccak_256(SCALE(block))`, as the range hashes its leaves.
	pub fn leaf_hash<K: Keccak256>(&self) -> Hash {
		self.using_encoded(K::hash)
	}
}

/// A leaf, and what takes it to a root of the range.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct Path {
	/// What was accepted.
	#[cfg_attr(feature = "serde", serde(with = "crate::json::leaf"))]
	pub leaf: Leaf,
	/// Its place among the leaves of its block, from 0.
	pub index: u32,
	/// Its siblings in the block's tree, from the lowest level.
	#[cfg_attr(feature = "serde", serde(with = "crate::json::hashes"))]
	pub siblings: Vec<Hash>,
	/// The block that accepted it.
	pub block: AttestedBlock,
	/// What takes the block to the range's root.
	pub range: RangeProof,
}

/// A final block whose header names a root of the range.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct Anchor {
	/// Its height.
	pub number: u64,
	/// Its hash.
	#[cfg_attr(feature = "serde", serde(with = "crate::json::hash"))]
	pub hash: [u8; 32],
	/// The root in its header.
	#[cfg_attr(feature = "serde", serde(with = "crate::json::hash"))]
	pub root: Hash,
}

/// A path with the block that it leads to: what a node answers. Whether that block is the chain's, is final, and has
/// this root, is for whoever relies on it to know.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct AnchoredPath {
	/// The path.
	pub path: Path,
	/// Where it leads.
	pub anchor: Anchor,
}

/// Why a path proves nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
pub enum PathError {
	/// The block is described in a format that is newer than this verifier.
	UnknownVersion,
	/// The block would have more leaves than a block can have.
	TooManyLeaves,
	/// The block has no leaf at this place.
	NoSuchLeaf,
	/// The path within the block has another number of siblings than the leaf's place asks for.
	WrongPathLength,
	/// The leaf is not the one at this place in this block.
	NotInBlock,
	/// The range has no leaf at this place.
	NoSuchBlock,
	/// The proof within the range has another number of items than the block's place asks for.
	WrongProofLength,
	/// The block is not the one at this place under this root.
	NotInRange,
}

impl fmt::Display for PathError {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		f.write_str(match self {
			Self::UnknownVersion => "the block is described in an unknown format",
			Self::TooManyLeaves => "a block cannot have so many leaves",
			Self::NoSuchLeaf => "the block has no leaf at this place",
			Self::WrongPathLength => "the path within the block has a wrong length",
			Self::NotInBlock => "the leaf is not in the block",
			Self::NoSuchBlock => "the range has no block at this place",
			Self::WrongProofLength => "the proof within the range has a wrong length",
			Self::NotInRange => "the block is not under this root",
		})
	}
}

impl core::error::Error for PathError {}

impl Path {
	/// Checks that the leaf was accepted in [`Path::block`], given a root of the range from a final block.
	///
	/// Costs at most 17 hashes for the block and 65 for the range.
	pub fn verify<K: Keccak256>(&self, range_root: &Hash) -> Result<(), PathError> {
		self.verify_in_block::<K>(&self.block.root, self.block.count)?;
		if self.block.version != AttestedBlock::VERSION {
			return Err(PathError::UnknownVersion);
		}
		if !self.range.exists() {
			return Err(PathError::NoSuchBlock);
		}
		let root = self.range.root::<K>(&self.block.leaf_hash::<K>());
		match root.ok_or(PathError::WrongProofLength)? == *range_root {
			true => Ok(()),
			false => Err(PathError::NotInRange),
		}
	}

	/// Checks that the leaf was accepted in a block, given what that block's own header says of its leaves
	/// ([`crate::Log::Block`]). For whoever follows all headers: it needs no later block.
	pub fn verify_in_block<K: Keccak256>(&self, root: &Hash, count: u32) -> Result<(), PathError> {
		if count > block_tree::MAX_LEAVES {
			return Err(PathError::TooManyLeaves);
		}
		if self.index >= count {
			return Err(PathError::NoSuchLeaf);
		}
		let leaf = self.leaf.hash::<K>();
		let by_path = block_tree::root_by_path::<K>(&leaf, self.index, count, &self.siblings);
		match by_path.ok_or(PathError::WrongPathLength)? == *root {
			true => Ok(()),
			false => Err(PathError::NotInBlock),
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::{
		leaf::tests::{message, receipt},
		Native, Receipt,
	};
	use alloc::vec;

	/// A path to the second of three leaves of the last block of a range of three.
	fn path() -> (Path, Hash) {
		let leaves: Vec<Leaf> =
			vec![receipt().into(), message().into(), Receipt { job: 2, ..receipt() }.into()];
		let hashes: Vec<_> = leaves.iter().map(Leaf::hash::<Native>).collect();
		let path = Path {
			leaf: leaves[1],
			index: 1,
			siblings: block_tree::siblings::<Native>(&hashes, 1).unwrap(),
			block: AttestedBlock {
				version: 1,
				number: 2,
				hash: [9; 32],
				root: block_tree::root::<Native>(&hashes).unwrap(),
				count: 3,
			},
			range: RangeProof { index: 2, leaves: 3, items: vec![[8; 32]] },
		};
		let root = path.range.root::<Native>(&path.block.leaf_hash::<Native>()).unwrap();
		(path, root)
	}

	#[test]
	fn success_the_leaf_is_in_the_block_and_the_block_in_the_range() {
		let (path, root) = path();
		assert_eq!(path.verify::<Native>(&root), Ok(()));
		assert_eq!(path.verify_in_block::<Native>(&path.block.root, 3), Ok(()));
	}

	#[test]
	fn each_change_has_its_error() {
		type Change = fn(&mut Path);
		let changes: [(Change, PathError); 17] = [
			(|path| path.leaf = receipt().into(), PathError::NotInBlock),
			(|path| path.index = 0, PathError::NotInBlock),
			(|path| path.index = 2, PathError::WrongPathLength),
			(|path| path.index = 3, PathError::NoSuchLeaf),
			(|path| path.siblings[1][0] ^= 1, PathError::NotInBlock),
			(|path| path.siblings.push([0; 32]), PathError::WrongPathLength),
			(|path| path.block.count = 4, PathError::NotInBlock),
			(|path| path.block.count = 0, PathError::NoSuchLeaf),
			(|path| path.block.count = block_tree::MAX_LEAVES + 1, PathError::TooManyLeaves),
			(|path| path.block.root[0] ^= 1, PathError::NotInBlock),
			(|path| path.block.version = 2, PathError::UnknownVersion),
			(|path| path.block.number = 3, PathError::NotInRange),
			(|path| path.block.hash[0] ^= 1, PathError::NotInRange),
			(|path| path.range.index = 3, PathError::NoSuchBlock),
			(|path| path.range.leaves = 0, PathError::NoSuchBlock),
			(|path| path.range.items.push([0; 32]), PathError::WrongProofLength),
			(|path| path.range.items[0][0] ^= 1, PathError::NotInRange),
		];
		let (path, root) = path();
		for (place, (change, error)) in changes.into_iter().enumerate() {
			let mut changed = path.clone();
			change(&mut changed);
			assert_eq!(changed.verify::<Native>(&root), Err(error), "change {place}");
		}
		assert_eq!(path.verify::<Native>(&[0; 32]), Err(PathError::NotInRange));
		let errors: Vec<_> =
			(0..5).map(|count| path.verify_in_block::<Native>(&path.block.root, count)).collect();
		assert_eq!(
			errors,
			[
				Err(PathError::NoSuchLeaf),
				Err(PathError::NoSuchLeaf),
				Err(PathError::WrongPathLength),
				Ok(()),
				Err(PathError::NotInBlock)
			]
		);
	}

	/// A leaf of the range is not as long as two hashes.
	#[test]
	fn a_block_is_no_node() {
		let (path, _) = path();
		assert_eq!((path.block.encode().len(), AttestedBlock::max_encoded_len()), (77, 77));
	}
}
