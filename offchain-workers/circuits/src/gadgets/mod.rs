//! Statements that circuits are made of, in raw constraints.

pub mod audit;
pub mod bits;
pub mod context;
pub mod eddsa;
pub mod edwards;
pub mod escrow;
pub mod exchange;
pub mod merkle;
pub mod note;
pub mod poseidon;
pub mod receipt;
pub mod verdict;
