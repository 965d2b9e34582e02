//! What an envelope is about.

use quittance_blobs::Digest;

/// The chain and the subject that an envelope belongs to. Where either is another, it does not
/// open. A type of its own, since two adjacent arrays are easily swapped.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Context {
	/// Hash of the chain's first block.
	pub genesis: [u8; 32],
	/// What the payload is about: for a job the subject's hash, 32 bytes little-endian.
	pub subject: [u8; 32],
}

impl Context {
	/// The payload's associated data: genesis, subject, size.
	pub(crate) fn of_payload(&self, size: u64) -> [u8; 72] {
		let mut bytes = [0; 72];
		bytes[..32].copy_from_slice(&self.genesis);
		bytes[32..64].copy_from_slice(&self.subject);
		bytes[64..].copy_from_slice(&size.to_le_bytes());
		bytes
	}

	/// A wrapped key's associated data: that of the payload, then the ciphertext's digest.
	pub(crate) fn of_key(&self, size: u64, digest: &Digest) -> [u8; 104] {
		let mut bytes = [0; 104];
		bytes[..72].copy_from_slice(&self.of_payload(size));
		bytes[72..].copy_from_slice(&digest.0);
		bytes
	}
}
