//! What the chain and its workers must agree on, written once.
//!
//! Pallets, circuits, workers and the command line all build their statements with the functions of
//! this crate, so that a receipt has one encoding. docs/protocol.md is the specification; the
//! vectors beside it are checked by this crate's tests.

#![cfg_attr(not(feature = "std"), no_std)]
#![forbid(unsafe_code)]
#![warn(missing_docs)]

extern crate alloc;

mod attestation;
mod audit;
mod circuit;
mod context;
mod escrow;
mod field;
mod input_blob;
mod issuer;
mod job;
mod miner;
mod note;
mod note_call;
mod panel;
mod pool_refusal;
mod private_job;
mod receipt;
mod subject;

pub use attestation::{Acceptance, AcceptedReceipts};
pub use audit::{
	audit_mask, audited_value, AuditKeyNumber, AuditPolicy, AuditedValues, AuditorKey, NoteAudit,
	NotePairAudit, NumberedAuditorKey, SettlementAudit, AUDITED_NOTE_SIGNALS,
	AUDITED_SETTLEMENT_SIGNALS,
};
pub use circuit::{circuit_id, CircuitId, CircuitKind, Setup};
pub use context::{Header, HeaderMismatch};
pub use escrow::{Escrow, Escrows, JudgedUnits, PrivateFacts, PrivateJobs, SettledReceipts};
pub use field::{blake2_256, fits_64_bits, limbs, FieldBytes};
pub use input_blob::{
	decode_input, Input, MalformedInput, INPUT_TAG, INPUT_VERSION, MAX_INPUT_ITEMS,
};
pub use issuer::{
	development_issuer_seed, issuer_root, IssuerKeys, ISSUER_TREE_DEPTH, MAX_ISSUERS,
};
pub use job::{
	delivery_commitment, late_commitment, shared_output_salt, AcceptedReceipt, Bar, Blob, Circuits,
	IssuerSnapshot, Issuers, JobFacts, JobId, JobTime, Jobs, Mode, ModelId, Payment, PriceRamp,
	Settlement, Stoppage,
};
pub use miner::{
	epoch_seed, heartbeat_message, hot_key_message, EpochIndex, FheParametersId, JobNeeds, Miners,
	Outcome, ProvenReceipts, Shares, HOT_KEY_TYPE,
};
pub use note::{note_commitment, note_nullifier, owner_key, Note, NOTE_INPUTS, NOTE_TREE_DEPTH};
pub use note_call::{
	deposit_commitment, NoteCallError, TransferClaims, WithdrawClaims, NOTE_CIPHERTEXT_BYTES,
	NOTE_SIGNALS,
};
pub use panel::{
	draw_point, finding_commitment, grown_seed, lower_median, Candidate, Disputes, Finding,
	MemberFinding, Panels, Question, Refusal, Verdict, MAX_BARRED, MAX_CANDIDATES,
	MAX_PANEL_MEMBERS,
};
pub use pool_refusal::PoolRefusal;
pub use private_job::{
	change_mask, change_rho, recover_change, verdict_commitment, Agreement, EscrowOpening,
	MalformedOpening, OpeningError, PrivateJob, PrivateJobClaims, PrivateJobError, PrivateOffer,
	PrivateSettlement, PrivateTerms, SettleClaims, SettleVerdictClaims, SettledReceipt,
	SettlementClaims, OPENING_BYTES, SETTLEMENT_SIGNALS,
};
pub use receipt::{
	BasicClaims, BasicReceipt, Body, BodyError, Level, Receipt, TransparentReceipt, BASIC_INPUTS,
	PROOF_BYTES,
};
pub use subject::Subject;

/// A blake2b-256 digest of content kept off chain.
pub type Digest = [u8; 32];
