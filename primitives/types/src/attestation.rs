//! Who attests to others what this chain has accepted.

use crate::{AcceptedReceipt, Digest, FieldBytes, JobId, Level};

/// A receipt at the moment it is accepted, with what its statement shows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Acceptance<'a, AccountId> {
	/// The job.
	pub job: JobId,
	/// At which level it was brought.
	pub level: Level,
	/// What it is about: chain, job, requester, miner, model and input.
	pub subject: FieldBytes,
	/// Digest of the output, where the receipt shows it.
	pub output: Option<Digest>,
	/// Who, how much, and its nullifier. An amount that is hidden is 0.
	pub receipt: &'a AcceptedReceipt<AccountId>,
}

/// Who hears of every receipt that is accepted, at whatever level.
pub trait AcceptedReceipts<AccountId> {
	/// A receipt was accepted. Told once for each, and nothing can come of it that would undo that.
	fn accepted(acceptance: Acceptance<'_, AccountId>);
}

impl<AccountId> AcceptedReceipts<AccountId> for () {
	fn accepted(_: Acceptance<'_, AccountId>) {}
}
