//! What the long-running processes share, so that each can be left alone for months: a configuration that is
//! read whole or not at all ([`Document`]), services that are started again when they fail ([`supervise`]),
//! health and metrics ([`Monitor`]), and records on disk that survive a crash and a full disk ([`Records`]).

#![forbid(unsafe_code)]
#![warn(missing_docs)]

pub mod configuration;
mod monitor;
mod records;
mod supervisor;

pub use configuration::{ConfigError, Document, Problem};
pub use monitor::{gauge, Failures, Kind, Monitor, Pulse, Vitals, STALE};
pub use records::Records;
pub use supervisor::{supervise, Fatal, Observer, Restarts, Service, ServiceError, Severity};
