//! Panels, by the hot keys of their members.

use crate::{api, Payload};
use quittance_types::{Digest, JobId, MemberFinding};
use subxt::utils::Static;

/// Commits to what a member has found, by [`quittance_types::finding_commitment`].
pub fn commit_finding(job: JobId, commitment: Digest) -> impl Payload {
	api::transactions().panel().commit(job, commitment)
}

/// Says what a member has found and committed to.
pub fn reveal_finding(job: JobId, finding: MemberFinding, salt: [u8; 32]) -> impl Payload {
	api::transactions().panel().reveal(job, Static(finding), salt)
}

/// Closes a round that is over. Anyone can.
pub fn close_round(job: JobId) -> impl Payload {
	api::transactions().panel().close_round(job)
}
