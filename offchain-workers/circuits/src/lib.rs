//! Circuits as rank-one constraint systems over the BN254 scalar field.
//!
//! A circuit is one function over a [`Builder`]. Run on a [`Recorder`] it yields the matrices, in
//! which every constraint belongs to a named group; run on an [`Assigner`] the same function yields
//! the assignment alone, in one straight line and without building a linear combination. Setup,
//! proving, the tests that tamper with a witness and the files for snarkjs therefore cannot
//! disagree about what the circuit is. That, and matrices that are made once and kept, is why the
//! builder is our own: `ark-relations` synthesises anew for every proof and has one name for all
//! constraints.
//!
//! Wires are ordered: the constant one, the public signals, the private signals.
//!
//! [`basic_receipt`] is the circuit behind receipts of the basic level, [`transfer`] and [`withdraw`] are
//! those of the confidential pool, on what they share in [`join_split`]. [`post_private_job`], on the same,
//! and [`settle`] and [`settle_verdict`], on what they share in [`settlement`], are those of jobs whose
//! payment is hidden. Each of these five has a version for pools with an auditor ([`mod@audit`]).
//!
//! [`inference`] and [`model_integrity`] are about quantised networks, of which [`architecture`] has the
//! shape and [`commitment`] what is published of their weights, inputs and outputs. [`membership`] and
//! [`bid_range`] are small proofs for members of a tree and for sealed bids.
//!
//! None of the circuits has had an independent review.

#![forbid(unsafe_code)]
#![warn(missing_docs)]

pub mod architecture;
pub mod audit;
pub mod basic_receipt;
pub mod batch;
pub mod bid_range;
mod builder;
pub mod commitment;
#[cfg(test)]
mod forger;
pub mod gadgets;
pub mod iden3;
pub mod inference;
pub mod join_split;
pub mod membership;
pub mod model_integrity;
mod number;
pub mod post_private_job;
pub mod rounding;
pub mod settle;
pub mod settle_verdict;
pub mod settlement;
mod shape;
pub mod training;
pub mod training_step;
pub mod transfer;
pub mod withdraw;

pub use builder::{Assigner, Builder, Recorder, Tamperer};
pub use number::{Linear, Number, Terms};
pub use shape::{Assignment, Group, Shape};

pub use ark_bn254::Fr;
