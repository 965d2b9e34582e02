//! Hot keys as a node's keystore has them, for the heartbeats it sends.
//!
//! A hot key is an sr25519 key, whoever signs with it. Only a key that is in the keystore under
//! [`KEY_TYPE`] is one that the node signs heartbeats with.

use polkadot_sdk::sp_core::crypto::KeyTypeId;

/// Under which the keystore has hot keys.
pub const KEY_TYPE: KeyTypeId = KeyTypeId(quittance_types::HOT_KEY_TYPE);

mod app {
	use super::KEY_TYPE;
	use polkadot_sdk::sp_runtime::app_crypto::{app_crypto, sr25519};
	app_crypto!(sr25519, KEY_TYPE);
}

/// A hot key, the public half.
pub type Public = app::Public;

/// A signature by a hot key.
pub type Signature = app::Signature;
