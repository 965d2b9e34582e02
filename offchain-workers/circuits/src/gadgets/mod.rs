//! Statements that circuits are made of, in raw constraints.

pub mod argmax;
pub mod audit;
pub mod bits;
pub mod context;
pub mod eddsa;
pub mod edwards;
pub mod escrow;
pub mod exchange;
pub mod integers;
pub mod master;
pub mod merkle;
pub mod note;
pub mod packing;
pub mod pool;
pub mod poseidon;
pub mod receipt;
pub mod requantise;
pub mod slots;
pub mod verdict;
