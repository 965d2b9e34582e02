//! Units of money and time, and the limits of a block.

/// Money, in plancks: the smallest unit, 10^-12 QTC.
pub mod currency {
	use crate::Balance;

	/// One QTC. The number of decimals (12) is also in the chain specification's properties and in
	/// `build.rs`.
	pub const QTC: Balance = 1_000_000_000_000;
	/// A thousandth of a QTC.
	pub const MILLI_QTC: Balance = QTC / 1_000;
	/// A millionth of a QTC.
	pub const MICRO_QTC: Balance = MILLI_QTC / 1_000;

	/// The least an account may hold: it pays for the account's place in the state.
	pub const EXISTENTIAL_DEPOSIT: Balance = MILLI_QTC;
}

/// Time, in milliseconds, slots and blocks.
pub mod time {
	use crate::BlockNumber;

	/// Length of a BABE slot, in milliseconds. Never changes in the life of a chain.
	#[cfg(not(feature = "fast-runtime"))]
	pub const SLOT_MILLIS: u64 = 6_000;
	/// Length of a BABE slot, in milliseconds. Never changes in the life of a chain.
	#[cfg(feature = "fast-runtime")]
	pub const SLOT_MILLIS: u64 = 2_000;

	/// One minute, in blocks.
	pub const MINUTES: BlockNumber = (60_000 / SLOT_MILLIS) as BlockNumber;
	/// One hour, in blocks.
	pub const HOURS: BlockNumber = MINUTES * 60;
	/// One day, in blocks.
	pub const DAYS: BlockNumber = HOURS * 24;

	/// Hashes of this many past blocks are kept on chain: the longest life of a mortal transaction.
	#[cfg(not(feature = "fast-runtime"))]
	pub const BLOCK_HASHES: BlockNumber = 4096;
	/// Hashes of this many past blocks are kept on chain: no more than our own clients' transactions live, so that a
	/// test can wait until one is forgotten.
	#[cfg(feature = "fast-runtime")]
	pub const BLOCK_HASHES: BlockNumber = 64;

	/// Length of an epoch, which is also a session, in slots. Never changes in the life of a chain.
	/// One hour: fresh public randomness for audits within two hours.
	#[cfg(not(feature = "fast-runtime"))]
	pub const EPOCH_SLOTS: u64 = HOURS as u64;
	/// Length of an epoch, which is also a session, in slots. Never changes in the life of a chain.
	#[cfg(feature = "fast-runtime")]
	pub const EPOCH_SLOTS: u64 = 10;

	/// Sessions in an era, for which one set of validators is elected: 6 hours.
	#[cfg(not(feature = "fast-runtime"))]
	pub const SESSIONS_PER_ERA: u32 = 6;
	/// Sessions in an era, for which one set of validators is elected.
	#[cfg(feature = "fast-runtime")]
	pub const SESSIONS_PER_ERA: u32 = 2;

	/// Eras after which a stake that was unbonded is free: 28 days.
	#[cfg(not(feature = "fast-runtime"))]
	pub const BONDING_ERAS: u32 = 28 * 4;
	/// Eras after which a stake that was unbonded is free.
	#[cfg(feature = "fast-runtime")]
	pub const BONDING_ERAS: u32 = 5;

	/// Eras in which governance can cancel a slash before it is carried out: as many as the bond lasts
	/// but two. A slash is carried out so many eras after the fault, not after its report: one that
	/// is reported later than that is never carried out, and one era fewer lets the stake go first.
	#[cfg(not(feature = "fast-runtime"))]
	pub const SLASH_DEFER_ERAS: u32 = BONDING_ERAS - 2;
	/// Eras in which governance can cancel a slash before it is carried out: none, so that a test
	/// sees it.
	#[cfg(feature = "fast-runtime")]
	pub const SLASH_DEFER_ERAS: u32 = 0;

	/// Sessions for which an equivocation can still be proved: as long as the stake behind it is
	/// bonded.
	pub const EQUIVOCATION_SESSIONS: u32 = BONDING_ERAS * SESSIONS_PER_ERA;
}

/// How much a block may hold.
pub mod block {
	use polkadot_sdk::{
		frame_support::weights::{constants::WEIGHT_REF_TIME_PER_SECOND, Weight},
		sp_runtime::Perbill,
	};

	/// Weight of a full block: 2 s of execution on the reference machine and 64 MiB of state read.
	///
	/// The second figure is finite so that a block's execution always has a proof of bounded size,
	/// and large enough for ordinary calls (about 3.6 KiB for a transfer) to reach the time first.
	pub const MAXIMUM_BLOCK_WEIGHT: Weight =
		Weight::from_parts(2 * WEIGHT_REF_TIME_PER_SECOND, 64 * 1024 * 1024);

	/// Length of a full block's extrinsics, in bytes.
	pub const MAXIMUM_BLOCK_LENGTH: u32 = 5 * 1024 * 1024;

	/// The part of a block's weight open to normal extrinsics. The rest is kept for operational ones, and has room
	/// for an upgrade of the runtime.
	pub const NORMAL_DISPATCH_RATIO: Perbill = Perbill::from_percent(90);

	/// The part of a block's length open to normal extrinsics: the code of a runtime is longer than a
	/// tenth.
	pub const NORMAL_LENGTH_RATIO: Perbill = Perbill::from_percent(75);

	/// The part of a block assumed to be used by hooks, before the first extrinsic.
	pub const ON_INITIALIZE_RATIO: Perbill = Perbill::from_percent(10);
}
