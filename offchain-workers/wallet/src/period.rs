//! Periods: spans of blocks, each with a view key of its own.

use std::fmt;

/// Blocks of a period: 30 days of slots of 6 s.
pub const PERIOD_BLOCKS: u64 = 432_000;

/// So many blocks into a period, notes for the period before it are still looked for: a day. A
/// call made at the end of a period can wait for its block until the next one.
pub const GRACE_BLOCKS: u64 = 14_400;

/// A span of [`PERIOD_BLOCKS`] blocks. Period 0 begins with block 0.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Period(pub u32);

impl Period {
	/// The period of a block.
	pub fn of(block: u64) -> Self {
		Self(u32::try_from(block / PERIOD_BLOCKS).unwrap_or(u32::MAX))
	}

	/// Its first block.
	pub fn first_block(self) -> u64 {
		u64::from(self.0) * PERIOD_BLOCKS
	}

	/// The first block after it.
	pub fn end(self) -> u64 {
		self.first_block() + PERIOD_BLOCKS
	}

	/// The periods for whose keys notes in this block can be: its own and, while there is grace, the
	/// one before.
	pub fn searched_at(block: u64) -> impl Iterator<Item = Self> {
		let own = Self::of(block);
		let before = own.0.checked_sub(1).map(Self);
		let grace = block - own.first_block().min(block) < GRACE_BLOCKS;
		std::iter::once(own).chain(before.filter(move |_| grace))
	}
}

impl fmt::Display for Period {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		write!(f, "{}", self.0)
	}
}
