//! Miners: who does jobs, with which key, and what is at stake.

use crate::{field::blake2_256, CircuitId, Level};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// Under which key type a node's keystore has the hot keys that it sends heartbeats with.
pub const HOT_KEY_TYPE: [u8; 4] = *b"qmin";

/// Number of an epoch, counted from zero.
pub type EpochIndex = u64;

/// Id of a set of FHE parameters.
pub type FheParametersId = [u8; 32];

/// The bytes a miner signs with a new hot key to show that it holds the key. They cover the chain,
/// the miner's account and the key, so that nobody registers somebody else's key.
pub fn hot_key_message(genesis: &[u8; 32], miner: &[u8; 32], hot_key: &[u8; 32]) -> [u8; 32] {
	blake2_256(&(b"quittance.hot-key.v1", genesis, miner, hot_key).encode())
}

/// The bytes a miner signs with its hot key, once an epoch, to show that it is there. They cover the
/// epoch's seed, [`epoch_seed`], so that nobody can have signed them long before.
pub fn heartbeat_message(
	genesis: &[u8; 32],
	miner: &[u8; 32],
	epoch: EpochIndex,
	seed: &[u8; 32],
) -> [u8; 32] {
	blake2_256(&(b"quittance.heartbeat.v1", genesis, miner, epoch, seed).encode())
}

/// What is the same for a whole epoch and was known to nobody before its beginning: over the
/// randomness that BABE announced when the epoch began, and the hash of the last block before.
///
/// The randomness alone is not enough. Blocks add to it in lots of 256, and epochs can be shorter than
/// that: what follows an epoch that completed none could be computed when it began.
pub fn epoch_seed(randomness: &[u8; 32], last_block: &[u8; 32]) -> [u8; 32] {
	blake2_256(&(b"quittance.epoch-seed.v1", randomness, last_block).encode())
}

/// What a job asks of the miner that takes it.
#[derive(
	Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct JobNeeds {
	/// The level of its receipt.
	pub level: Level,
	/// The circuit of the proof, for levels that have one.
	pub circuit: Option<CircuitId>,
	/// Number of constraints of the largest circuit to prove; zero where nothing is proved.
	pub constraints: u64,
	/// Bytes of the weights of the model, which whoever does the job has to load.
	pub model_size: u64,
	/// The parameters of encrypted input, where the input is encrypted.
	pub fhe_parameters: Option<FheParametersId>,
}

/// How a job ended for the miner that had taken it, as the chain saw it.
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
pub enum Outcome {
	/// In time.
	#[codec(index = 0)]
	Fulfilled,
	/// After the lock's deadline.
	#[codec(index = 1)]
	Late,
	/// With the loss of the bond.
	#[codec(index = 2)]
	Slashed,
}

/// The miner registry as the marketplace sees it. Miners are named by their cold account, which owns
/// the bond and is paid; amounts are in the chain's smallest unit.
pub trait Miners<AccountId> {
	/// Why a miner cannot take a job.
	type Error;

	/// The miner that works with this hot key now.
	fn by_hot_key(hot_key: &AccountId) -> Option<AccountId>;

	/// Whether the miner may take a job with these needs: it is registered and not leaving, has not
	/// paused, owes nothing, has the least bond, sends heartbeats, and says that it can. Whether its
	/// bond covers a lock is [`Miners::reserve`]'s to say.
	fn can_take(miner: &AccountId, needs: &JobNeeds) -> Result<(), Self::Error>;

	/// Opens a lock: reserves this much of the miner's free bond, more than zero. Refused for a miner
	/// that is not matched for any job, and where the free bond is smaller; nothing is changed then.
	fn reserve(miner: &AccountId, amount: u128) -> Result<(), Self::Error>;

	/// Ends a lock that was opened with this amount, however the job ended. Once for each lock; where
	/// the miner has no open lock of this amount, nothing is changed.
	fn release(miner: &AccountId, amount: u128);

	/// Takes up to this much from the miner and returns what was taken. A lock does not end by it:
	/// who slashes for a lock releases it first, and nothing else happens to the miner in between.
	///
	/// Free bond goes first, then what is being unbonded. What other locks have reserved is not taken
	/// now, so that each lock's own forfeit is always there: the miner owes the rest, up to what it
	/// still has, and it is taken when those locks have ended.
	fn slash(miner: &AccountId, amount: u128) -> u128;

	/// As [`Miners::slash`], but that the first of what was taken, up to `most`, is the free balance of an
	/// account that the miner's fault has cost it. Returns what was taken in all and how much of it the
	/// account was given: nothing where it cannot be paid. Whoever calls it makes sure that the account
	/// has lost as much: it must not gain by a slash.
	fn slash_for(miner: &AccountId, amount: u128, payee: &AccountId, most: u128) -> (u128, u128);

	/// Counts how a job ended, after its lock was released and the miner slashed for it if it is. What
	/// the miner owes is taken from what the lock gave back. Does nothing for accounts that are no
	/// miners.
	fn record_outcome(miner: &AccountId, outcome: Outcome);
}

/// Who hears of receipts whose proof was verified.
pub trait ProvenReceipts<AccountId> {
	/// A proof has just settled a job that this miner had and did in time. Told once for each such job, in the
	/// call that brought the proof. Never for what an issuer's signature or a panel has settled, nor for what
	/// is settled later.
	fn proven(miner: &AccountId);
}

impl<AccountId> ProvenReceipts<AccountId> for () {
	fn proven(_: &AccountId) {}
}

/// Miners laid end to end, each with a share as long as its bond without what it owes, so that a random
/// point names a miner with a chance in proportion to what it can lose.
///
/// Shares are asked for as they were when an epoch began: the one in which a seed formed, before the first
/// contribution to it. The author of a seed's last block knows it before the block is made. Were the shares
/// those of the draw, it could bond a little more in that block, move all the shares that come after its
/// own, and try amounts until the points fall on miners of its choice.
///
/// Known must be the current epoch and the one before it in which there were blocks. No older one is asked
/// for. Of an epoch to come the shares are those of now.
pub trait Shares<AccountId> {
	/// Sum of the shares when the epoch began: the bonds of all miners registered then, without those
	/// that left and without what was owed or being unbonded.
	fn total(epoch: EpochIndex) -> u128;

	/// The miner in whose share of that time the point lies, points counted from zero. `None` at the
	/// total and above, and where the miner is none any more.
	fn at(epoch: EpochIndex, point: u128) -> Option<AccountId>;

	/// The epoch in which the miner registered. `None` for accounts that are no miners.
	fn registered_in(miner: &AccountId) -> Option<EpochIndex>;

	/// Whether who is drawn by the seed of this epoch may judge what needs this: as [`Miners::can_take`],
	/// whether it has paused or not, and by what it had said that it can do when the epoch began. A pause
	/// works at once, and so does what a miner says; who waits for a draw is public, and the last authors of
	/// an epoch know its seed: it would be everybody's way out of a duty, or into one.
	///
	/// Asked for an epoch before the current one only until the first call of the current one.
	fn can_judge(epoch: EpochIndex, miner: &AccountId, needs: &JobNeeds) -> bool;

	/// Opens a lock for the duty of who is drawn, and says whether it is open: as [`Miners::reserve`],
	/// whether the miner has paused or not. It ends as any other, by [`Miners::release`].
	fn reserve_for_duty(miner: &AccountId, amount: u128) -> bool;
}

#[cfg(test)]
mod tests {
	use super::*;
	use alloc::string::String;

	fn hex(bytes: [u8; 32]) -> String {
		hex::encode(bytes)
	}

	/// Computed with Python's `hashlib.blake2b(.., digest_size=32)` over tag and fields, the epoch being
	/// eight bytes, little-endian.
	#[test]
	fn the_messages_are_the_published_ones() {
		assert_eq!(
			hex(hot_key_message(&[1; 32], &[2; 32], &[3; 32])),
			"994ec5a242a28ab33cf7e79ca98b35f4280ddefa6b48f7cfd850d1d777f0a818"
		);
		assert_eq!(
			hex(heartbeat_message(&[1; 32], &[2; 32], 4, &[5; 32])),
			"fd1932da4628294611965f673d9b5cc4dbfc1d09b3fba5b08006344a7249e81c"
		);
		assert_eq!(
			hex(epoch_seed(&[6; 32], &[7; 32])),
			"4d2bdebbcd3faf54237c03c36ddcb169953d730a4fabd30613ec22cc116c2a99"
		);
	}

	/// A signature is for one purpose, chain, miner and key, or epoch with its seed.
	#[test]
	fn every_part_changes_the_message() {
		let messages = [
			hot_key_message(&[1; 32], &[2; 32], &[3; 32]),
			hot_key_message(&[9; 32], &[2; 32], &[3; 32]),
			hot_key_message(&[1; 32], &[9; 32], &[3; 32]),
			hot_key_message(&[1; 32], &[2; 32], &[9; 32]),
			heartbeat_message(&[1; 32], &[2; 32], 3, &[5; 32]),
			heartbeat_message(&[9; 32], &[2; 32], 3, &[5; 32]),
			heartbeat_message(&[1; 32], &[9; 32], 3, &[5; 32]),
			heartbeat_message(&[1; 32], &[2; 32], 4, &[5; 32]),
			heartbeat_message(&[1; 32], &[2; 32], 3, &[9; 32]),
			epoch_seed(&[1; 32], &[2; 32]),
			epoch_seed(&[9; 32], &[2; 32]),
			epoch_seed(&[1; 32], &[9; 32]),
		];
		for (place, message) in messages.iter().enumerate() {
			assert!(!messages[..place].contains(message), "message {place} is its own");
		}
	}
}
