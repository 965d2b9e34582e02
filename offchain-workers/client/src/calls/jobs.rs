//! Jobs, from the post to the review, by requesters and miners.

use crate::{
	api::{self, runtime_types::bounded_collections::bounded_vec::BoundedVec},
	AccountId, Offer, Payload,
};
use quittance_types::{Blob, Digest, JobId, ModelId, Receipt};
use subxt::utils::Static;

/// Posts a job.
pub fn post_job(offer: Offer) -> impl Payload {
	api::transactions().model_marketplace().post_job(offer.into())
}

/// Takes a job for the miner whose hot key the sender is.
pub fn lock_job(job: JobId) -> impl Payload {
	api::transactions().model_marketplace().lock_job(job)
}

/// Shows the output of a job that the sender's miner has.
pub fn deliver_job(job: JobId, output: Blob) -> impl Payload {
	api::transactions().model_marketplace().deliver_job(job, Static(output))
}

/// Commits to an output of a redundant job, by [`quittance_types::delivery_commitment`].
pub fn commit_delivery(job: JobId, commitment: Digest) -> impl Payload {
	api::transactions().model_marketplace().commit_delivery(job, commitment)
}

/// Shows the output of a redundant job that was committed to.
pub fn reveal_delivery(job: JobId, output: Blob, salt: [u8; 32]) -> impl Payload {
	api::transactions().model_marketplace().reveal_delivery(job, Static(output), salt)
}

/// Commits to a receipt for a job whose lock deadline has passed, by
/// [`quittance_types::late_commitment`].
pub fn commit_late(job: JobId, commitment: Digest) -> impl Payload {
	api::transactions().model_marketplace().commit_late(job, commitment)
}

/// Returns the deposit for a commitment to an ended job to whoever paid it.
pub fn withdraw_commitment(job: JobId, miner: AccountId) -> impl Payload {
	api::transactions().model_marketplace().withdraw_commitment(job, miner)
}

/// Submits a receipt in the name of the miner whose hot key the sender is, or in its own.
pub fn submit_receipt(job: JobId, receipt: Receipt<AccountId>) -> impl Payload {
	api::transactions().zk_receipts().submit_receipt(job, Static(receipt))
}

/// Submits up to 32 receipts of one miner together, each with its job.
pub fn submit_receipt_batch(receipts: Vec<(JobId, Receipt<AccountId>)>) -> impl Payload {
	let receipts = receipts.into_iter().map(|(job, receipt)| (job, Static(receipt))).collect();
	api::transactions().zk_receipts().submit_receipt_batch(BoundedVec(receipts))
}

/// Settles a job with an accepted receipt or a verdict, or pays what could not be paid before.
pub fn fulfil_job(job: JobId) -> impl Payload {
	api::transactions().model_marketplace().fulfil_job(job)
}

/// Returns what is held for a job that nobody did.
pub fn refund_job(job: JobId) -> impl Payload {
	api::transactions().model_marketplace().refund_job(job)
}

/// Ends a job whose miners have shown nothing.
pub fn slash_job(job: JobId) -> impl Payload {
	api::transactions().model_marketplace().slash_job(job)
}

/// Does what is due for a job, as idle blocks will.
pub fn advance_job(job: JobId) -> impl Payload {
	api::transactions().model_marketplace().advance_job(job)
}

/// Takes back a job of the sender's that no miner has.
pub fn cancel_job(job: JobId) -> impl Payload {
	api::transactions().model_marketplace().cancel_job(job)
}

/// Shows that the input of a job is none: its bytes, at most 64 KiB.
pub fn claim_malformed(job: JobId, bytes: Vec<u8>) -> impl Payload {
	api::transactions().model_marketplace().claim_malformed(job, BoundedVec(bytes))
}

/// Says what a job of the sender's was like: a rating from 1 to 5, and the digest of a text.
pub fn review_job(job: JobId, rating: u8, digest: Digest) -> impl Payload {
	api::transactions().model_marketplace().review_job(job, rating, digest)
}

/// Withdraws a review of the sender's.
pub fn remove_review(model: ModelId, job: JobId) -> impl Payload {
	api::transactions().model_marketplace().remove_review(model, job)
}

/// Removes the record of an ended job of the sender's.
pub fn remove_job(job: JobId) -> impl Payload {
	api::transactions().model_marketplace().remove_job(job)
}
