//! How each pallet is configured, one file per area.

pub mod consensus;
pub mod fees;
pub mod marketplace;
pub mod system;
pub mod verification;
