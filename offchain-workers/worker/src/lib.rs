//! The miner's process: finds jobs on the chain, locks those it can do, does them, proves the receipts and
//! collects the pay, for months without being looked after.
//!
//! Services with bounded queues between them, each started again when it fails:
//!
//! * the *listener* follows the chain and says which jobs there are;
//! * the *scheduler* says which of them to look at when: ours by their deadlines, then those that pay
//!   best;
//! * the *executor* takes steps: looks at an input before its job is locked, runs, has the output
//!   signed, proves. It handles everything that comes from strangers;
//! * the *panels* service does the duties of a miner that was drawn to judge others' outputs;
//! * the *sender* has the hot key's nonce;
//! * the *heartbeats* keep the miner matched;
//! * the *monitor* tells operators how all that goes.
//!
//! What step comes next is decided anew each time, from the chain and from the worker's own records
//! ([`Store`]), by a function that has no other input. So a worker can be killed at any moment and started
//! again: nothing is done twice, sent twice, or signed in two ways, and no lock is forgotten. Nothing is
//! worked on that the miner has not locked.

#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod config;
mod earnings;
mod error;
mod executor;
mod heartbeat;
mod ledger;
mod metrics;
mod miner;
mod openings;
mod panels;
mod plan;
mod policy;
mod processors;
mod prove;
mod scheduler;
mod seat;
mod sender;
mod service;
mod settlement;
mod share;
mod statement;
mod status;
mod store;

pub use config::{PrivateJobs, WorkerConfig, DEFAULT_CONFIG};
pub use earnings::{EarningsSeed, SeedFileError};
pub use error::{ProveError, WorkerError};
pub use policy::{Decision, Policy, SkipReason};
pub use prove::prove_receipt;
pub use quittance_daemon::{ConfigError, Problem};
pub use service::run;
pub use statement::{transparent_receipt, Place, ReceiptFacts, Statement};
pub use status::{
	fetch_status, BlockSeen, ChainSeen, Earnings, EndedJob, JobAtHand, ServiceFailure,
	ServiceHealth, Setback, Status, StatusError,
};
pub use store::{
	Ending, Found, KeptOpening, Measured, Offered, Prepared, PrivateRow, Row, Seat, SettlementBy,
	SettlementCall, Store, StoreError, Times, MOST_ROWS,
};
