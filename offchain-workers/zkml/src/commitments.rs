//! The two commitments to a network's weights: Poseidon for circuits, SHA-256 for every other tool.

use quittance_circuits::commitment::{
	input_commitment, output_commitment, weights_commitment, CommitmentError,
};
use quittance_types::FieldBytes;
use sha2::{Digest as _, Sha256};
use std::fmt;

use crate::{encoding::Digest, forward::Classification, network::Network};

/// What a network is known by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Commitments {
	/// BLAKE2b-256 of the architecture.
	pub architecture_hash: Digest,
	/// Poseidon chain over the architecture's hash and the tensor, what a circuit opens.
	pub poseidon: FieldBytes,
	/// SHA-256 of the same tensor's bytes and of nothing else: `sha256sum` computes it.
	pub sha256: Digest,
}

impl fmt::Display for Commitments {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		writeln!(f, "architecture  {}", hex::encode(self.architecture_hash))?;
		writeln!(f, "poseidon      {}", hex::encode(self.poseidon.0))?;
		write!(f, "sha256        {}", hex::encode(self.sha256))
	}
}

/// Which commitment is not that of the network: the first one in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CommitmentMismatch {
	/// The network has another shape.
	#[error("architecture hash: the network has {found}, expected {expected}", found = hex::encode(found), expected = hex::encode(expected))]
	ArchitectureHash {
		/// In the commitments.
		expected: Digest,
		/// Of the network.
		found: Digest,
	},
	/// The Poseidon commitment is another one. Where SHA-256 agrees, the commitments were not made
	/// of one network, since both are about the same bytes.
	#[error("Poseidon commitment: the network has {found}, expected {expected}", found = hex::encode(found.0), expected = hex::encode(expected.0))]
	Poseidon {
		/// In the commitments.
		expected: FieldBytes,
		/// Of the network.
		found: FieldBytes,
	},
	/// The SHA-256 of the tensor is another one.
	#[error("SHA-256 of the weights: the network has {found}, expected {expected}", found = hex::encode(found), expected = hex::encode(expected))]
	Sha256 {
		/// In the commitments.
		expected: Digest,
		/// Of the network.
		found: Digest,
	},
}

/// The commitments to a network.
pub fn commit(network: &Network) -> Commitments {
	let (architecture, tensor) = (network.architecture(), network.tensor());
	let Ok(poseidon) = weights_commitment(architecture, &tensor) else {
		unreachable!("a network has the weights and biases of its architecture")
	};
	Commitments {
		architecture_hash: architecture.hash(),
		poseidon: poseidon.into(),
		sha256: Sha256::digest(&tensor).into(),
	}
}

/// Whether `commitments` are those of the network.
///
/// # Errors
///
/// [`CommitmentMismatch`] with the first that differs.
pub fn verify(network: &Network, commitments: &Commitments) -> Result<(), CommitmentMismatch> {
	let (expected, found) = (*commitments, commit(network));
	if found.architecture_hash != expected.architecture_hash {
		return Err(CommitmentMismatch::ArchitectureHash {
			expected: expected.architecture_hash,
			found: found.architecture_hash,
		});
	}
	if found.poseidon != expected.poseidon {
		let (expected, found) = (expected.poseidon, found.poseidon);
		return Err(CommitmentMismatch::Poseidon { expected, found });
	}
	if found.sha256 != expected.sha256 {
		let (expected, found) = (expected.sha256, found.sha256);
		return Err(CommitmentMismatch::Sha256 { expected, found });
	}
	Ok(())
}

impl Network {
	/// The commitment to inputs of this network, salted with 32 fresh random bytes.
	///
	/// # Errors
	///
	/// [`CommitmentError::ItemCount`] and [`CommitmentError::ItemValues`].
	pub fn input_commitment<I: AsRef<[i8]>>(
		&self,
		items: &[I],
		salt: &[u8; 32],
	) -> Result<FieldBytes, CommitmentError> {
		input_commitment(self.architecture(), items, salt).map(Into::into)
	}

	/// The commitment to what this network said about inputs, salted with 32 fresh random bytes.
	///
	/// # Errors
	///
	/// [`CommitmentError::ItemCount`] and [`CommitmentError::ItemLogits`].
	pub fn output_commitment(
		&self,
		outputs: &[Classification],
		salt: &[u8; 32],
	) -> Result<FieldBytes, CommitmentError> {
		let items: Vec<_> = outputs.iter().map(|o| (o.label, &o.logits)).collect();
		output_commitment(self.architecture(), &items, salt).map(Into::into)
	}
}
