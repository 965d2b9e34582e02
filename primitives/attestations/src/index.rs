//! Where nodes keep leaves: the keys of their offchain database, into which the chain writes while blocks are
//! executed.

use crate::{ChainId, Hash};
use alloc::vec::Vec;
use codec::Encode;

/// The key of a block's leaves, SCALE-encoded as a vector of [`crate::Leaf`], by the root of their tree. What is under
/// a root is the same on every fork, so that none writes over what another needs.
pub fn block_key(root: &Hash) -> Vec<u8> {
	(b"quittance.attested-block", root).encode()
}

/// The key of the number, a u64, of the block that was the last one executed to accept a receipt for a job.
///
/// Two forks write under one key. It says where to look first, not what is there.
pub fn receipt_key(job: u64) -> Vec<u8> {
	(b"quittance.attested-receipt", job).encode()
}

/// The same for a message.
pub fn message_key(target: ChainId, sequence: u64) -> Vec<u8> {
	(b"quittance.attested-message", target, sequence).encode()
}
