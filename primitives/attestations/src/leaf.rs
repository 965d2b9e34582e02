//! What is attested.

use crate::{Hash, Keccak256};
use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// A chain that messages are for. What the numbers mean is agreed on by governance, which opens them.
pub type ChainId = u32;

/// How much of a receipt was shown to the chain.
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
pub enum Level {
	/// All of it, with the issuer's signature.
	#[codec(index = 0)]
	Transparent,
	/// The amount, with a proof of the rest.
	#[codec(index = 1)]
	Basic,
	/// Nothing but a proof that it was paid.
	#[codec(index = 2)]
	Enhanced,
}

/// A receipt that the chain has accepted. That it was paid is not said: a job that several miners have done,
/// or one that came late, is settled later.
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
pub struct Receipt {
	/// The job's number.
	pub job: u64,
	/// The receipt's subject, a field element: the hash of chain, job, requester, miner, model and input.
	pub subject: [u8; 32],
	/// Who did the work.
	pub miner: [u8; 32],
	/// Who signed.
	pub issuer: [u8; 32],
	/// What the chain has seen of it.
	pub level: Level,
	/// What the work is worth, in the chain's smallest unit. 0 at [`Level::Enhanced`], which hides it.
	pub amount: u128,
	/// The nullifier that it spent, a field element.
	pub nullifier: [u8; 32],
	/// The digest of the output, where the receipt shows it: at [`Level::Transparent`].
	pub output: Option<[u8; 32]>,
}

/// What a message is about. The chain does not look whether it is so: a receiver verifies the other path, too.
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
pub enum Statement {
	/// A receipt, by the hash of its leaf ([`Leaf::hash`]).
	#[codec(index = 0)]
	Receipt(Hash),
	/// A note of the confidential pool, by its commitment.
	#[codec(index = 1)]
	Note([u8; 32]),
}

/// A message for another chain.
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
pub struct Message {
	/// The chain that it is for.
	pub target: ChainId,
	/// Its number among the messages for that chain, from 0 and without a gap.
	pub sequence: u64,
	/// The account that sent it, which is all that vouches for its content.
	pub sender: [u8; 32],
	/// What it is about.
	pub statement: Statement,
	/// The digest of its payload, which goes another way.
	pub payload: [u8; 32],
}

/// A leaf of a block's tree.
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
pub enum Leaf {
	/// A receipt that was accepted.
	#[codec(index = 0)]
	Receipt(Receipt),
	/// A message that was sent.
	#[codec(index = 1)]
	Message(Message),
}

impl Leaf {
	/// `keccak_256("quittance.attested-leaf.v1" | SCALE(leaf))`.
	pub fn hash<K: Keccak256>(&self) -> Hash {
		const TAG: &[u8] = b"quittance.attested-leaf.v1";
		let mut bytes = Vec::with_capacity(TAG.len().saturating_add(self.encoded_size()));
		bytes.extend_from_slice(TAG);
		self.encode_to(&mut bytes);
		K::hash(&bytes)
	}
}

/// The queue of messages to other chains, as those see it who send any.
pub trait Outbox<AccountId> {
	/// Why a message is not sent.
	type Error;

	/// Sends a message in the name of an account, and returns its number among those for this chain. It is a leaf of
	/// the block in which this is called.
	fn send(
		sender: &AccountId,
		target: ChainId,
		statement: Statement,
		payload: [u8; 32],
	) -> Result<u64, Self::Error>;
}

impl From<Receipt> for Leaf {
	fn from(receipt: Receipt) -> Self {
		Self::Receipt(receipt)
	}
}

impl From<Message> for Leaf {
	fn from(message: Message) -> Self {
		Self::Message(message)
	}
}

#[cfg(test)]
pub(crate) mod tests {
	use super::*;
	use crate::Native;
	use alloc::vec;

	pub(crate) fn receipt() -> Receipt {
		Receipt {
			job: 1,
			subject: [2; 32],
			miner: [3; 32],
			issuer: [4; 32],
			level: Level::Transparent,
			amount: 5,
			nullifier: [6; 32],
			output: Some([7; 32]),
		}
	}

	pub(crate) fn message() -> Message {
		Message {
			target: 1,
			sequence: 2,
			sender: [3; 32],
			statement: Statement::Receipt([4; 32]),
			payload: [5; 32],
		}
	}

	#[test]
	fn every_part_changes_the_hash() {
		let (receipt, message) = (receipt(), message());
		let leaves: Vec<Leaf> = vec![
			receipt.into(),
			Receipt { job: 9, ..receipt }.into(),
			Receipt { subject: [9; 32], ..receipt }.into(),
			Receipt { miner: [9; 32], ..receipt }.into(),
			Receipt { issuer: [9; 32], ..receipt }.into(),
			Receipt { level: Level::Basic, ..receipt }.into(),
			Receipt { level: Level::Enhanced, ..receipt }.into(),
			Receipt { amount: 9, ..receipt }.into(),
			Receipt { nullifier: [9; 32], ..receipt }.into(),
			Receipt { output: Some([9; 32]), ..receipt }.into(),
			Receipt { output: None, ..receipt }.into(),
			message.into(),
			Message { target: 9, ..message }.into(),
			Message { sequence: 9, ..message }.into(),
			Message { sender: [9; 32], ..message }.into(),
			Message { statement: Statement::Receipt([9; 32]), ..message }.into(),
			Message { statement: Statement::Note([4; 32]), ..message }.into(),
			Message { payload: [9; 32], ..message }.into(),
		];
		let hashes: Vec<_> = leaves.iter().map(Leaf::hash::<Native>).collect();
		for (place, hash) in hashes.iter().enumerate() {
			assert!(!hashes[..place].contains(hash), "leaf {place}");
		}
	}

	#[test]
	fn leaves_are_as_long_as_they_say() {
		let lengths = [Leaf::from(receipt()), message().into()].map(|leaf| leaf.encode().len());
		assert_eq!(lengths, [187, 110]);
		assert_eq!(Leaf::max_encoded_len(), 187);
	}
}
