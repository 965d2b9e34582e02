//! Typed access to a Quittance chain.
//!
//! The types come from the metadata committed in `artifacts/metadata.scale`, which a test of the
//! runtime regenerates and compares, so that a change of the chain's interface is a change of this
//! crate's source. [`Chain`] is a connection that survives the node's restarts, [`View`] the state
//! at one block, [`Sender`] the sole owner of a key and its nonce.

#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod api;
mod attestation;
mod audited_calls;
mod authorised;
pub mod calls;
mod chain;
mod error;
mod events;
mod executed;
mod heartbeat;
mod job;
mod key;
mod miner;
mod model;
mod nested_calls;
mod panel;
mod pool;
mod pool_blocks;
mod private_jobs;
mod sender;
mod state;

pub use attestation::NoPath;
pub use audited_calls::AuditedCall;
pub use chain::{is_secure_url, Block, Blocks, Chain, Head};
pub use error::{
	ClientError, HeartbeatRefusal, Inclusion, PrivateCallRefusal, Refusal, TransactionError, Weight,
};
pub use events::Event;
pub use executed::Executed;
pub use heartbeat::send_heartbeat;
pub use job::{
	Cause, Claim, Debt, Delivery, End, EndedJob, Extension, Job, JobRecord, JobState,
	LateCommitment, Lock, Offer, PrivatePart, PrivateRequest, Summary, Taken,
};
pub use key::{AccountKey, KeyError};
pub use miner::{Capabilities, Miner, MinerInfo, MinerStatus, NextKey, Standing, Unbonding};
pub use model::{
	Activity, Description, Model, ModelKind, ModelState, Origin, Review, Royalty, Statistics,
	Terms, WeightsCommitment,
};
pub use panel::{Case, Duty, Member, Panel, Phase, Progress, Round, Stakes};
pub use pool::{send_private_call, Pool, PoolCircuit, PoolTotals};
pub use pool_blocks::{NoteCiphertext, PoolAction, PoolBlock, PoolCall, PoolNote, MAX_CIPHERTEXTS};
pub use private_jobs::PrivateJobCall;
pub use sender::{Outcome, Sender, Until, DEFAULT_TIMEOUT};
pub use state::{Account, Circuit, DryRun, Issuer, IssuerState, Limits, View, MAX_PAGE, MOST_LIVE};
pub use subxt::{tx::Payload, utils::AccountId32 as AccountId};
pub use subxt_signer::sr25519::Keypair;
