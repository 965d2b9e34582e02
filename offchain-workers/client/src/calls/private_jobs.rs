//! Private jobs. Posts and settlements are sent by [`crate::send_private_call`].

use super::pool::raw;
use crate::{api, AccountId, Payload, PrivateRequest};
use quittance_types::{
	FieldBytes, Header, JobId, NotePairAudit, PrivateJobClaims, SettleClaims, SettleVerdictClaims,
	SettlementAudit, NOTE_CIPHERTEXT_BYTES, PROOF_BYTES,
};
use subxt::utils::Static;

/// Length of an opening that is sealed to a miner's key.
pub const SEALED_OPENING_BYTES: usize = 160;

/// Posts a private job for the header's payee, an account for this job alone. `audit`, here and in
/// settlements, is what the pool's auditor is shown, if there is one.
pub fn post_private_job(
	header: Header<AccountId>,
	claims: PrivateJobClaims,
	request: PrivateRequest,
	ciphertext: [u8; NOTE_CIPHERTEXT_BYTES],
	audit: Option<NotePairAudit>,
	proof: [u8; PROOF_BYTES as usize],
) -> impl Payload {
	api::transactions().confidential_settlement().post_private_job(
		raw(header),
		Static(claims),
		request.into(),
		ciphertext,
		audit.map(Static),
		proof,
	)
}

/// Divides the escrow of a private job by the receipt of an issuer.
pub fn settle_job(
	header: Header<AccountId>,
	job: JobId,
	claims: SettleClaims,
	ciphertext: [u8; NOTE_CIPHERTEXT_BYTES],
	audit: Option<SettlementAudit>,
	proof: [u8; PROOF_BYTES as usize],
) -> impl Payload {
	api::transactions().confidential_settlement().settle(
		raw(header),
		job,
		Static(claims),
		ciphertext,
		audit.map(Static),
		proof,
	)
}

/// Divides the escrow of a private job by what a panel found.
pub fn settle_job_by_verdict(
	header: Header<AccountId>,
	job: JobId,
	claims: SettleVerdictClaims,
	ciphertext: [u8; NOTE_CIPHERTEXT_BYTES],
	audit: Option<SettlementAudit>,
	proof: [u8; PROOF_BYTES as usize],
) -> impl Payload {
	api::transactions().confidential_settlement().settle_verdict(
		raw(header),
		job,
		Static(claims),
		ciphertext,
		audit.map(Static),
		proof,
	)
}

/// Takes a private job for the miner whose hot key the sender is: `payee` is the owner key that is paid,
/// `opening_key` the X25519 key to which the requester seals the opening.
pub fn lock_private_job(job: JobId, payee: FieldBytes, opening_key: [u8; 32]) -> impl Payload {
	api::transactions().model_marketplace().lock_private_job(job, Static(payee), opening_key)
}

/// Sends the opening of a private job of the sender's to the miner that has it. `nonce` is the number of locks.
pub fn send_opening(job: JobId, nonce: u64, opening: [u8; SEALED_OPENING_BYTES]) -> impl Payload {
	api::transactions().model_marketplace().send_opening(job, nonce, opening)
}

/// Gives back a private job that the sender's miner has.
pub fn decline_job(job: JobId) -> impl Payload {
	api::transactions().model_marketplace().decline_job(job)
}
