//! What the calls do, by capability.

mod batches;
mod circuits;
mod invariants;
mod issuers;
mod nullifiers;
mod receipts;
mod settled;

pub(crate) use batches::BatchSize;
pub use nullifiers::MOST_REMOVED;
pub(crate) use receipts::Judging;
