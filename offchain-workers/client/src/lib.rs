//! Typed access to a Quittance chain.
//!
//! The types come from the metadata committed in `artifacts/metadata.scale`, which a test of the
//! runtime regenerates and compares, so that a change of the chain's interface is a change of this
//! crate's source. [`Chain`] is a connection that survives the node's restarts, [`View`] the state
//! at one block, [`Sender`] the sole owner of a key and its nonce.

#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod api;
pub mod calls;
mod chain;
mod error;
mod events;
mod executed;
mod key;
mod sender;
mod state;

pub use chain::{is_secure_url, Block, Blocks, Chain, Head};
pub use error::{ClientError, Inclusion, Refusal, TransactionError, Weight};
pub use events::Event;
pub use executed::Executed;
pub use key::{AccountKey, KeyError};
pub use sender::{Outcome, Sender, Until, DEFAULT_TIMEOUT};
pub use state::{
	Account, Circuit, DryRun, Issuer, IssuerState, Job, JobState, Limits, Model, View, MAX_PAGE,
};
pub use subxt::{tx::Payload, utils::AccountId32 as AccountId};
pub use subxt_signer::sr25519::Keypair;
