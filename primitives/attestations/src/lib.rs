//! What a Quittance chain has accepted, shown to somebody who does not run it.
//!
//! Each block has a tree over the receipts that it accepted and the messages that it sent to other chains;
//! the next block appends the tree's root to a Merkle mountain range over all blocks. Whoever has one root of the
//! range, from the header of a final block, checks with a [`Path`] that a [`Leaf`] was accepted in a certain
//! block, however long ago. How the root is known to be the chain's, by following its finality or by asking
//! somebody, is not said here.
//!
//! docs/protocol.md is the specification, Attestations; docs/vectors/attestations.json has vectors. All hashes are
//! keccak-256, which other chains have. No dependency of this crate knows Substrate, and it needs no `std`.
//!
//! ```
//! use quittance_attestations::{Native, Path, PathError};
//!
//! /// The block in which what a path is about was accepted.
//! fn accepted_in(path: &Path, root: &[u8; 32]) -> Result<u64, PathError> {
//!     path.verify::<Native>(root)?;
//!     Ok(path.block.number)
//! }
//! ```

#![cfg_attr(not(feature = "std"), no_std)]
#![forbid(unsafe_code)]
#![warn(missing_docs)]

extern crate alloc;

pub mod block_tree;
mod digest;
mod index;
#[cfg(feature = "serde")]
mod json;
mod keccak;
mod leaf;
mod path;
mod range;
mod refusal;

pub use digest::{Log, ENGINE_ID};
pub use index::{block_key, message_key, receipt_key};
pub use keccak::{Keccak256, Native};
pub use leaf::{ChainId, Leaf, Level, Message, Outbox, Receipt, Statement};
pub use path::{Anchor, AnchoredPath, AttestedBlock, Path, PathError};
pub use range::RangeProof;
pub use refusal::PathRefusal;

/// A keccak-256 hash.
pub type Hash = [u8; 32];
