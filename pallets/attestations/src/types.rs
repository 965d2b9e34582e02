//! Records of the pallet.

use codec::{Decode, Encode, MaxEncodedLen};
use quittance_attestations::{block_tree, Hash, Keccak256};
use scale_info::TypeInfo;

/// A chain that messages can be sent to.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Target {
	/// Whether messages are taken.
	pub open: bool,
	/// The number of the next one: how many were ever sent there.
	pub next: u64,
}

/// The tree over a block's leaves.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct BlockRoot {
	/// Its root.
	pub root: Hash,
	/// How many leaves it has.
	pub count: u32,
}

impl BlockRoot {
	/// `None` for more leaves than a tree can have.
	pub(crate) fn over<K: Keccak256>(leaves: &[Hash]) -> Option<Self> {
		let count = u32::try_from(leaves.len()).ok()?;
		Some(Self { root: block_tree::root::<K>(leaves)?, count })
	}
}
