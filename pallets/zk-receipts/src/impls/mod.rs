//! What the calls do, by capability.

mod circuits;
mod invariants;
mod issuers;
mod receipts;
