//! Miners: their registration, keys and bond, by the cold key, and their heartbeats.

use crate::{
	api::{self, runtime_types::bounded_collections::bounded_vec::BoundedVec},
	AccountId, Capabilities, Payload,
};
use quittance_types::EpochIndex;

/// Arguments of [`register_miner`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RegisterMiner {
	/// The key the miner works with.
	pub hot_key: AccountId,
	/// Its signature of [`quittance_types::hot_key_message`].
	pub possession: [u8; 64],
	/// What is held, in the chain's smallest unit.
	pub bond: u128,
	/// What the miner can do.
	pub capabilities: Capabilities,
	/// Where it can be reached: a URL with http or https, at most 128 bytes.
	pub endpoint: Vec<u8>,
}

/// Registers the sender as a miner.
pub fn register_miner(miner: RegisterMiner) -> impl Payload {
	let RegisterMiner { hot_key, possession, bond, capabilities, endpoint } = miner;
	api::transactions().miners().register(
		hot_key,
		possession,
		bond,
		capabilities.into(),
		BoundedVec(endpoint),
	)
}

/// Replaces the hot key after a delay; the new one signs [`quittance_types::hot_key_message`].
pub fn rotate_hot_key(new: AccountId, possession: [u8; 64]) -> impl Payload {
	api::transactions().miners().rotate_hot_key(new, possession)
}

/// Keeps the hot key that works.
pub fn cancel_rotation() -> impl Payload {
	api::transactions().miners().cancel_rotation()
}

/// Says what the miner can do.
pub fn set_capabilities(capabilities: Capabilities) -> impl Payload {
	api::transactions().miners().set_capabilities(capabilities.into())
}

/// Says where the miner can be reached.
pub fn set_endpoint(endpoint: Vec<u8>) -> impl Payload {
	api::transactions().miners().set_endpoint(BoundedVec(endpoint))
}

/// Adds to the bond.
pub fn bond_more(amount: u128) -> impl Payload {
	api::transactions().miners().bond_more(amount)
}

/// Starts to take back a part of the free bond.
pub fn unbond(amount: u128) -> impl Payload {
	api::transactions().miners().unbond(amount)
}

/// Frees what was unbonded long enough ago.
pub fn withdraw_unbonded() -> impl Payload {
	api::transactions().miners().withdraw_unbonded()
}

/// Stops taking jobs for good, and starts to take back all of the bond.
pub fn leave() -> impl Payload {
	api::transactions().miners().leave()
}

/// Stops taking jobs until the miner resumes.
pub fn pause_matching() -> impl Payload {
	api::transactions().miners().pause_matching()
}

/// Takes jobs again.
pub fn resume_matching() -> impl Payload {
	api::transactions().miners().resume_matching()
}

/// Shows that a miner is there: the hot key signs [`quittance_types::heartbeat_message`]. Sent by
/// [`crate::send_heartbeat`], without a signer or a fee.
pub fn heartbeat(miner: AccountId, epoch: EpochIndex, signature: [u8; 64]) -> impl Payload {
	api::transactions().miners().heartbeat(miner, epoch, signature)
}
