//! What the audited circuits prove beside the others: that an auditor can read what the notes are worth that
//! the call makes.
//!
//! Each circuit of the pool has an audited one, the same with one more public signal: the hash of the
//! auditor's key A, of an ephemeral key R, and of the encrypted value of each note made, the escrow of a
//! post included ([`AuditedValues::signal`]). Proven is by the groups named, in addition:
//!
//! * `audit/scalar`, `audit/key`, `audit/order`: R = e B8 of an e that the prover knows, and not the
//!   identity; in a settlement that is `ephemeral/*` already.
//! * `audit/shared`: S = e A.
//! * `audit/mask_0`, `audit/mask_1`: P(tag, S.x, S.y, commitment) of each note, which is added to its value.
//! * `audit/digest`: the signal is the hash of all that.
//!
//! Values and commitments are those that the rest of the circuit computes with. A prover has no choice left
//! but e.
//!
//! A settlement has one e for the requester's key V and for A. R is then shown once, and the two secrets e
//! V and e A are hashed under different tags. Who knows e reads both; that is the miner, who knows both
//! values anyway. To who has only v, e A is a Diffie-Hellman secret of R and A, whatever V is made from:
//! even a V that was made from A tells nothing, since its maker has no v for it.

use ark_bn254::Fr;
use ark_ec::CurveGroup;
use quittance_babyjubjub::{generator, PublicKey, Scalar};
use quittance_poseidon::Native;
use quittance_types::AuditedValues;

/// What the prover of an audited statement that spends notes knows beside its witness.
///
/// There is no `Debug`: who has the ephemeral secret can read what the notes are worth.
#[derive(Clone, Copy)]
pub struct AuditWitness {
	/// The auditor's key. Public.
	pub key: PublicKey,
	/// The secret of the ephemeral key: random, not zero, used once.
	pub ephemeral: Scalar,
}

impl AuditWitness {
	/// What is shown of notes with these values and commitments.
	pub fn show<const NOTES: usize>(&self, notes: &[(u64, Fr); NOTES]) -> AuditedValues<NOTES> {
		let ephemeral_key = (generator() * self.ephemeral).into_affine();
		let shared = (self.key.point() * self.ephemeral).into_affine();
		AuditedValues::new::<Native>(&ephemeral_key, &shared, notes)
	}

	/// The auditor's key, as [`AuditedValues::signal`] takes it.
	pub fn coordinates(&self) -> [Fr; 2] {
		[self.key.x(), self.key.y()]
	}
}
