//! The calls that requesters, owners of models, miners, members of panels and issuers send.

mod circuits;
mod jobs;
mod miners;
mod models;
mod panel;
mod pool;
mod private_jobs;
#[cfg(test)]
mod tests;

pub use circuits::{
	register_circuit, register_issuer, remove_circuit, resign_issuer, retire_circuit,
	withdraw_issuer_bond,
};
pub use jobs::{
	advance_job, cancel_job, claim_malformed, commit_delivery, commit_late, deliver_job,
	fulfil_job, lock_job, post_job, refund_job, remove_job, remove_review, reveal_delivery,
	review_job, slash_job, submit_receipt, submit_receipt_batch, withdraw_commitment,
};
pub use miners::{
	bond_more, cancel_rotation, heartbeat, leave, pause_matching, register_miner, resume_matching,
	rotate_hot_key, set_capabilities, set_endpoint, unbond, withdraw_unbonded, RegisterMiner,
};
pub use models::{
	list_model, pay_royalties, register_model, remove_model, retire_model, set_terms, suspend_model,
};
pub use panel::{close_round, commit_finding, reveal_finding};
pub use pool::{
	clear_pool_auditor, deposit_note, deposit_notes, set_pool_auditor, set_pool_circuit,
	transfer_notes, withdraw_notes, NoteDeposit,
};
pub use private_jobs::{
	decline_job, lock_private_job, post_private_job, send_opening, settle_job,
	settle_job_by_verdict, SEALED_OPENING_BYTES,
};

use crate::{api, AccountId, Payload};

/// Transfers money, in the chain's smallest unit, refusing what would empty the sender's account.
pub fn transfer(to: AccountId, amount: u128) -> impl Payload {
	api::transactions().balances().transfer_keep_alive(to.into(), amount)
}
