//! Why a node gives no path: one list for nodes and those who ask them.

use core::fmt;

/// JSON-RPC code of the first refusal; the others follow it.
const FIRST_CODE: i32 = 7100;

/// Why there is no path. The numbers do not change.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PathRefusal {
	/// The node does not index (`--enable-offchain-indexing false`).
	NotIndexed = 0,
	/// The node has no such block.
	UnknownBlock = 1,
	/// The block is not final, or was given up for another.
	NotFinal = 2,
	/// No final block that the node has executed has accepted it, or not the block that was named.
	NotAttested = 3,
	/// The block has accepted several receipts for the job. Name one by its nullifier.
	Ambiguous = 4,
	/// The block that the path is to lead to does not come after the one that accepted it. Each header names what the
	/// blocks before it have attested.
	NotCovered = 5,
	/// The node has the block and not its leaves: it did not execute it, as after a warp sync, or did not index.
	LeavesMissing = 6,
	/// The node has the leaves and not all of the range, for the same reasons.
	RangeMissing = 7,
	/// What the node has does not fit together. Its database is damaged.
	Inconsistent = 8,
	/// The node could not look. Its log says why.
	Failed = 9,
}

impl PathRefusal {
	/// All of them, by their numbers.
	pub const ALL: [Self; 10] = [
		Self::NotIndexed,
		Self::UnknownBlock,
		Self::NotFinal,
		Self::NotAttested,
		Self::Ambiguous,
		Self::NotCovered,
		Self::LeavesMissing,
		Self::RangeMissing,
		Self::Inconsistent,
		Self::Failed,
	];

	/// The code of the JSON-RPC error.
	pub fn code(self) -> i32 {
		FIRST_CODE.saturating_add(self as i32)
	}

	/// The refusal that a code stands for.
	pub fn from_code(code: i32) -> Option<Self> {
		Self::ALL.into_iter().find(|refusal| refusal.code() == code)
	}
}

impl fmt::Display for PathRefusal {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		f.write_str(match self {
			Self::NotIndexed => "the node does not index: --enable-offchain-indexing is false",
			Self::UnknownBlock => "the node does not know this block",
			Self::NotFinal => "the block is not final",
			Self::NotAttested => "no final block has accepted it, or not the one that was named",
			Self::Ambiguous => "the block has several receipts for the job; name the nullifier",
			Self::NotCovered => "the path would lead to a block that is not after it",
			Self::LeavesMissing => "the node has not executed the block with indexing on",
			Self::RangeMissing => "the node has not executed all blocks with indexing on",
			Self::Inconsistent => "the node's index is damaged",
			Self::Failed => "the node could not look",
		})
	}
}

impl core::error::Error for PathRefusal {}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn codes_are_in_order_and_each_ones_own() {
		for (number, refusal) in (7100..).zip(PathRefusal::ALL) {
			assert_eq!(refusal.code(), number);
			assert_eq!(PathRefusal::from_code(number), Some(refusal));
		}
		assert_eq!(PathRefusal::from_code(7099), None);
		assert_eq!(PathRefusal::from_code(7110), None);
	}
}
