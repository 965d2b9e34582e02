//! A market on this machine: a node, issuers and workers as processes of their own, and what is
//! registered for them. For the demonstration, the soak test and the benchmarks.

mod account;
mod digits;
mod issuer;
mod node;
mod process;
mod registration;
mod worker;
mod worker_log;
mod worker_metrics;

pub use crate::{
	failure::{Failure, Fault},
	job::{posted, Order, PostedReport},
	model::store,
	proving_keys::{default_folder, load_or_set_up, KeyedCircuit, Statement},
	samples::LabelledItems,
	shutdown::requested as end_requested,
};
pub use account::DevelopmentAccount;
pub use digits::{digits, Digits, LICENCE};
pub use issuer::IssuerSetup;
pub use node::NodeSetup;
pub use process::{free_address, last_lines, Process};
pub use registration::{miner_registration, register_circuit, register_miner, register_model};
pub use worker::{PrivateSetup, WorkerSetup};
pub use worker_log::{deeds, Deed};
pub use worker_metrics::WorkerMetrics;
