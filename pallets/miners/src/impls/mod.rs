//! What the calls do, by capability.

mod bond;
mod heartbeats;
mod invariants;
mod keys;
mod matching;
mod registration;
mod rewards;
mod shares;

pub use rewards::MOST_SHARE;
