//! Issuers: who signs receipts.

use crate::field::{blake2_256, FieldBytes};
use ark_bn254::Fr;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use quittance_poseidon::{tree, Hasher};
use scale_info::TypeInfo;

/// Depth of the 4-ary tree over a job's issuers.
pub const ISSUER_TREE_DEPTH: u32 = 2;

/// Most issuers that one job can accept: the leaves of its tree.
pub const MAX_ISSUERS: u32 = 16;

/// The two keys of an issuer.
#[derive(
	Clone,
	Copy,
	PartialEq,
	Eq,
	Debug,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub struct IssuerKeys {
	/// Signs transparent receipts.
	pub sr25519: [u8; 32],
	/// Signs the commitment of basic receipts: x and y, each 32 bytes little-endian.
	pub babyjubjub: [u8; 64],
}

impl IssuerKeys {
	/// The bytes an issuer signs with its sr25519 key to show that it holds the key. They cover the
	/// chain, the account and both keys, so that nobody registers somebody else's key.
	pub fn possession_message(&self, genesis: &[u8; 32], account: &[u8; 32]) -> [u8; 32] {
		blake2_256(&(b"quittance.possession.v1", genesis, account, self).encode())
	}
}

/// Root of the issuer tree over `leaves`, a removed issuer being the leaf zero. `None` for more
/// leaves than the tree has.
pub fn issuer_root<H: Hasher>(leaves: &[Fr]) -> Option<FieldBytes> {
	tree::root::<H>(leaves, ISSUER_TREE_DEPTH).map(Into::into)
}

/// Seed of the BabyJubJub key of a development issuer with this published phrase (`//Dave`). The
/// genesis presets and the issuer's process both make the key from it. Everybody can.
pub fn development_issuer_seed(uri: &str) -> [u8; 32] {
	blake2_256(&[b"quittance.dev-issuer.v1".as_slice(), uri.as_bytes()].concat())
}
