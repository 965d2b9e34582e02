//! What the calls do, by capability.

mod audit;
mod deposits;
mod governance;
mod invariants;
mod money;
mod notes;
mod private_calls;
mod private_jobs;
mod roots;
mod settlements;
mod views;

#[cfg(feature = "runtime-benchmarks")]
pub(crate) use audit::Auditor;
#[cfg(any(test, feature = "runtime-benchmarks"))]
pub(crate) use private_calls::{Encoded, Shown};
pub(crate) use settlements::Divided;
