//! How each pallet is configured, one file per area.

pub mod accounts;
pub mod attestations;
pub mod consensus;
pub mod emergency;
pub mod fees;
pub mod governance;
pub mod marketplace;
pub mod miners;
pub mod panel;
pub mod settlement;
pub mod staking;
pub mod system;
pub mod verification;
