//! What the calls and hooks do, by capability.

mod agenda;
mod draws;
mod findings;
mod invariants;
mod opening;
mod rounds;
mod seeds;
mod views;

pub use agenda::MOST_CLOSED;
pub use draws::LEAST_WINDOW;
#[cfg(feature = "runtime-benchmarks")]
pub(crate) use draws::{Draw, Hit};
