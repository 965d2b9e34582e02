//! The hash function of all trees.

use crate::Hash;
use sha3::Digest;

/// Something that computes keccak-256: a chain by its host function, everybody else by [`Native`].
pub trait Keccak256 {
	/// keccak-256 of these bytes.
	fn hash(bytes: &[u8]) -> Hash;
}

/// keccak-256 computed by this program.
#[derive(Clone, Copy, Debug)]
pub struct Native;

impl Keccak256 for Native {
	fn hash(bytes: &[u8]) -> Hash {
		sha3::Keccak256::digest(bytes).into()
	}
}

/// The hash of two hashes, left one first, as they stand.
pub(crate) fn hash_pair<K: Keccak256>(left: &Hash, right: &Hash) -> Hash {
	let mut bytes = [0; 64];
	let (first, second) = bytes.split_at_mut(32);
	first.copy_from_slice(left);
	second.copy_from_slice(right);
	K::hash(&bytes)
}

#[cfg(test)]
mod tests {
	use super::*;

	/// Keccak as Ethereum has it, not what was standardised as SHA-3: these are of its yellow paper's
	/// empty code and of an event that every token has.
	#[test]
	fn the_hash_is_ethereums() {
		let hash = |bytes: &[u8]| {
			let hash = Native::hash(bytes);
			hash.iter().map(|byte| alloc::format!("{byte:02x}")).collect::<alloc::string::String>()
		};
		assert_eq!(hash(b""), "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470");
		assert_eq!(
			hash(b"Transfer(address,address,uint256)"),
			"ddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"
		);
	}
}
