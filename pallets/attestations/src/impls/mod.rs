//! What the pallet does, by capability.

mod block_end;
mod invariants;
mod outbox;
mod range;
mod receipts;
