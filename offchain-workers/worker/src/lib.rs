//! The miner's process: finds jobs on the chain, does them, has an issuer sign, proves and submits.
//!
//! Tasks with bounded queues between them. The *listener* follows the chain and says what to do when;
//! the *executor* looks at an input before its job is locked, runs, has signed and proves, and parses
//! everything that comes from strangers; the *sender* has the only copy of the hot key's nonce; the
//! *heartbeats* keep the miner matched. What is done is read from the chain, never from memory or disk:
//! a worker can be killed at any moment and started again, and nothing is done twice that the chain has
//! seen once. Nothing is worked on that the miner has not locked.

#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod error;
mod executor;
mod heartbeat;
mod ledger;
mod listener;
mod policy;
mod prove;
mod sender;
mod service;
mod statement;

pub use error::{ProveError, WorkerError};
pub use policy::{Decision, Policy, SkipReason};
pub use prove::prove_receipt;
pub use service::{run, WorkerConfig};
pub use statement::{transparent_receipt, Place, ReceiptFacts, Statement};
