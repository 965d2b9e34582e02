//! What the calls do, by capability.

mod invariants;
mod jobs;
mod models;
