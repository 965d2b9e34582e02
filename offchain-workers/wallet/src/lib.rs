//! The wallet of the confidential pool: keys, addresses, scanning, choosing and spending notes.
//!
//! ```
//! use quittance_wallet::{deposit, system_randomness, Keys, Label, Period, Reader, Seed};
//! use quittance_wallet::{Wallet, USUAL_PERIODS};
//!
//! let mut rng = system_randomness();
//! let genesis = [1; 32];
//! let keys = Keys::new(&Seed::generate(&mut rng), &genesis);
//! // The payee hands this out to one payer; somebody deposits for it at block 7.
//! let address = keys.address(Label::for_payer(&mut rng), Period::of(7), USUAL_PERIODS)?;
//! let call = deposit(&address, 1_000, 7, &mut rng)?;
//! // Blocks come from a node; the wallet takes them in.
//! let mut wallet = Wallet::new(Reader::Owner(&keys));
//! wallet.scan(Reader::Owner(&keys), &[], 0)?;
//! assert_eq!(wallet.balance().available, 0);
//! # let _ = call;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The library has no connection to a chain: it is given blocks ([`Block`]) and gives calls without
//! their proofs ([`Transfer`], [`Withdrawal`], [`PrivatePost`], [`Settlement`], [`VerdictSettlement`]),
//! which `quittance-prover` proves. Formats and
//! derivations are in docs/protocol.md, section Wallets, their vectors in docs/vectors/wallet.json;
//! who sees what is in docs/privacy.md.
//!
//! # Size
//!
//! Of the tree a wallet keeps the edge (1.5 KB), that of each block that is not final, and 1.5 KB for
//! each own note that is not spent: never the leaves of others. An edge or a path costs a wallet
//! nothing when it spends but 16 hashes.
//!
//! # Private jobs
//!
//! A requester posts one with [`Wallet::post_private_job`], seals its opening for the miner that takes it
//! ([`Wallet::escrow_opening`], [`seal_opening`]), and finds what comes back by scanning. Everything secret about a
//! job comes from the keys and the first nullifier of its post, so that a wallet restored from its seed finds as
//! much, and can send openings again once it was told the unit price ([`Wallet::recall_price`]). A miner
//! names [`JobKeys`] when it takes a job, reads the opening with [`JobKeys::unseal`], and is a [`Settler`] when the
//! work is done. Its pay comes to the wallet of the same keys by scanning.
//!
//! # A pool with an auditor
//!
//! Where governance has set one ([`Pool::auditor`]), every call shows it what the notes are worth that the
//! call makes, and is proven under an audited circuit. The calls made here say what they show (`audit`),
//! and their `assign` and `signals` are those of the circuit that the header names. The auditor reads it
//! with [`AuditorSecret::recover`].
//!
//! # What a wallet does not do
//!
//! * It does not hide when it asks a node, nor what for: take blocks whole, from a node of your own.
//! * It believes the node that it is given blocks of. It finds out when leaves are missing or more than
//!   there are, or when a settlement of an own job does not open ([`JobEnd`]), not when all of a chain is made
//!   up: what it may rely on is that the blocks are final.
//! * It cannot tell a payer that wrote garbage from one that did not pay.
//! * Secrets are overwritten when dropped. Copies that the compiler made when it moved them are not,
//!   nor are those of the caller and of the prover.
//!
//! The format is new and nothing here has been audited.

#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod address;
mod audit;
mod block;
mod choice;
mod ciphertext;
mod job_secrets;
mod keys;
mod opening;
mod own_jobs;
mod period;
mod post;
mod seed;
mod settle;
mod spend;
mod store;
#[cfg(test)]
mod tests;
mod text;
mod tree;
mod wallet;

pub use address::{Address, AddressError, ADDRESS_KIND, MAX_PERIODS, USUAL_PERIODS};
pub use audit::{AuditError, AuditedCall, AuditedNote, AuditorSecret, PoolAuditor};
pub use block::{Action, AddedNote, Block, Call, Entry, Happened};
pub use ciphertext::Ciphertext;
pub use job_secrets::{JobKeys, JobPrice};
pub use keys::{Keys, Label, PeriodKey, Reader, ViewKey, PERIOD_KEY_KIND, VIEW_KEY_KIND};
pub use opening::{seal_opening, Lock, OpeningRefused, SealedOpening, SEALED_OPENING_BYTES};
pub use own_jobs::{JobEnd, JobStage, OwnJob};
pub use period::{Period, GRACE_BLOCKS, PERIOD_BLOCKS};
pub use post::{JobError, JobOrder, PostError, PrivatePost};
pub use quittance_envelopes::{system_randomness, CryptoRng, PublicKey};
pub use seed::{Seed, SeedError, SEED_WORDS};
pub use settle::{
	LockedJob, SettleError, Settlement, SettlementTerms, Settler, SignedWork, VerdictSettlement,
};
pub use spend::{deposit, own_address, Deposit, Pool, SpendError, Terms, Transfer, Withdrawal};
pub use store::{Contents, Cost, Secret, Store, StoreError};
pub use text::TextError;
pub use wallet::{Balance, OwnNote, RollbackError, ScanError, Wallet, MAX_ROLLBACK};
