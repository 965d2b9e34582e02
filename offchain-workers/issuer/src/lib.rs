//! The issuer: a role of its own, with its own keys and its own process.
//!
//! A miner says that it did a job and where the output is. The issuer reads the job from the chain,
//! fetches input, model and output, repeats the work ([`Work`]), meters it ([`judge`]) and signs a
//! receipt ([`IssuerKey`]). A wrong output stays unsigned. What it signs is on disk before anyone
//! sees it ([`SignedReceipts`]): two different receipts for one subject would be a contradiction
//! that costs it its bond, and a crash must not lead to one.
//!
//! The process ([`run`]) is made to be left alone: services that fail are started again, and what strangers
//! can ask of it is bounded ([`Bounds`]).

#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod bounds;
mod config;
mod door;
mod error;
mod finding;
mod judge;
mod keys;
mod metrics;
mod receipt;
mod request;
mod service;
mod store;
mod watch;
mod work;

pub use config::{Bounds, IssuerConfig, DEFAULT_CONFIG};
pub use error::{IssuerError, SignError};
pub use finding::find;
pub use judge::{judge, metered_price, Standing};
pub use keys::IssuerKey;
pub use quittance_daemon::{ConfigError, Problem};
pub use receipt::{MalformedReceipt, SignedReceipt};
pub use request::{request_receipt, RequestError, SignRequest};
pub use service::run;
pub use store::{SignedReceipts, StoreError};
pub use work::{Work, WorkError};
