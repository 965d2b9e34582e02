//! Hashes and leaves as texts: hexadecimal with `0x`, lower case. A leaf is its SCALE encoding, which is what
//! is hashed.

use crate::Leaf;
use alloc::{format, string::String, vec::Vec};
use codec::{DecodeAll, Encode};
use serde::{de::Error, Deserialize, Deserializer, Serializer};

fn to_hex(bytes: &[u8]) -> String {
	format!("0x{}", hex::encode(bytes))
}

fn from_hex<E: Error>(text: &str) -> Result<[u8; 32], E> {
	let digits = text.strip_prefix("0x").ok_or_else(|| E::custom("not hexadecimal with 0x"))?;
	let mut bytes = [0; 32];
	hex::decode_to_slice(digits, &mut bytes)
		.map_err(|error| E::custom(format!("not 32 bytes in hexadecimal: {error}")))?;
	Ok(bytes)
}

impl Leaf {
	/// The leaf's encoding in hexadecimal, as a path in JSON has it.
	pub fn to_hex(&self) -> String {
		to_hex(&self.encode())
	}

	/// The leaf of an encoding in hexadecimal with `0x`. `None` for anything else, also if something follows it.
	pub fn from_hex(text: &str) -> Option<Self> {
		let bytes = hex::decode(text.strip_prefix("0x")?).ok()?;
		Self::decode_all(&mut &bytes[..]).ok()
	}
}

/// A hash.
pub(crate) mod hash {
	use super::*;

	pub(crate) fn serialize<S: Serializer>(hash: &[u8; 32], to: S) -> Result<S::Ok, S::Error> {
		to.serialize_str(&to_hex(hash))
	}

	pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<[u8; 32], D::Error> {
		from_hex(&String::deserialize(from)?)
	}
}

/// Hashes.
pub(crate) mod hashes {
	use super::*;

	pub(crate) fn serialize<S: Serializer>(hashes: &[[u8; 32]], to: S) -> Result<S::Ok, S::Error> {
		to.collect_seq(hashes.iter().map(|hash| to_hex(hash)))
	}

	pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
		from: D,
	) -> Result<Vec<[u8; 32]>, D::Error> {
		Vec::<String>::deserialize(from)?.iter().map(|text| from_hex(text)).collect()
	}
}

/// A leaf.
pub(crate) mod leaf {
	use super::*;

	pub(crate) fn serialize<S: Serializer>(leaf: &Leaf, to: S) -> Result<S::Ok, S::Error> {
		to.serialize_str(&leaf.to_hex())
	}

	pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Leaf, D::Error> {
		let text = String::deserialize(from)?;
		Leaf::from_hex(&text)
			.ok_or_else(|| D::Error::custom("not the encoding of a leaf in hexadecimal with 0x"))
	}
}
