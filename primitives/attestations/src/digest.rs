//! What headers say of attestations.

use crate::Hash;
use codec::{Decode, Encode};
use scale_info::TypeInfo;

/// The engine id of the digest items, which are of Substrate's kind `Consensus`.
pub const ENGINE_ID: [u8; 4] = *b"qatt";

/// The content of a digest item, SCALE-encoded.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
pub enum Log {
	/// The root of the range over all blocks before this one. In each header but the first block's.
	#[codec(index = 0)]
	Range(Hash),
	/// The root of the tree over this block's own leaves, and how many there are. Where there are any.
	#[codec(index = 1)]
	Block {
		/// The root.
		root: Hash,
		/// The number of leaves.
		count: u32,
	},
}
