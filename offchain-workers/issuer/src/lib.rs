//! The issuer: a role of its own, with its own keys and its own process.
//!
//! A miner says that it did a job and where the output is. The issuer reads the job from the chain,
//! fetches input, model and output, repeats the work ([`Work`]), meters it ([`judge`]) and signs a
//! receipt ([`IssuerKey`]). A wrong output stays unsigned. What it signs is on disk before anyone
//! sees it ([`SignedReceipts`]): two different receipts for one subject would be a contradiction
//! that costs it its bond, and a crash must not lead to one.

#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod error;
mod judge;
mod keys;
mod receipt;
mod request;
mod service;
mod store;
mod work;

pub use error::{IssuerError, SignError};
pub use judge::{judge, metered_price, Standing};
pub use keys::IssuerKey;
pub use receipt::{MalformedReceipt, SignedReceipt};
pub use request::{request_receipt, RequestError, SignRequest};
pub use service::{run, Issuer, IssuerConfig};
pub use store::{SignedReceipts, StoreError};
pub use work::{Work, WorkError};
