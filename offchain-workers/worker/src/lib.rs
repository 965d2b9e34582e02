//! The miner's process: finds jobs on the chain, does them, has an issuer sign, proves and submits.
//!
//! Three tasks with bounded queues between them. The *listener* follows the chain and says what to
//! do when; the *executor* fetches, runs, has signed and proves, and parses everything that comes
//! from strangers; the *sender* has the only copy of the key and its nonce. What is done is read
//! from the chain, never from memory or disk: a worker can be killed at any moment and started
//! again, and nothing is done twice that the chain has seen once.

#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod error;
mod executor;
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
