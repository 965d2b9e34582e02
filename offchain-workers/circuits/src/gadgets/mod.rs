//! Statements that circuits are made of, in raw constraints.

pub mod bits;
pub mod eddsa;
pub mod edwards;
pub mod merkle;
pub mod note;
pub mod poseidon;
