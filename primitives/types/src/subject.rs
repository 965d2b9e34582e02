//! The subject: what a receipt or proof is about.

use crate::{field::limbs, Digest, JobId, ModelId};
use ark_bn254::Fr;
use quittance_poseidon::{tag, Hasher};

/// Everything that makes one piece of work this piece of work. The chain recomputes the subject
/// from its own storage; a receipt for one job, miner or chain can then never pay another.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Subject {
	/// Hash of the chain's first block.
	pub genesis: [u8; 32],
	/// The job.
	pub job: JobId,
	/// Account that posted the job.
	pub requester: [u8; 32],
	/// Account that did the work and is paid for it.
	pub miner: [u8; 32],
	/// The model the job asks for.
	pub model: ModelId,
	/// Digest of the job's input blob.
	pub input: Digest,
}

impl Subject {
	/// `P(tag, genesis², job, requester², miner², model², input²)`.
	pub fn hash<H: Hasher>(&self) -> Fr {
		let [genesis_low, genesis_high] = limbs(&self.genesis);
		let [requester_low, requester_high] = limbs(&self.requester);
		let [miner_low, miner_high] = limbs(&self.miner);
		let [model_low, model_high] = limbs(&self.model);
		let [input_low, input_high] = limbs(&self.input);
		H::hash(&[
			tag("quittance.subject.v1"),
			genesis_low,
			genesis_high,
			Fr::from(self.job),
			requester_low,
			requester_high,
			miner_low,
			miner_high,
			model_low,
			model_high,
			input_low,
			input_high,
		])
	}
}
