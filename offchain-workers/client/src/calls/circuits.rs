//! Circuits and issuers.

use crate::{
	api::{
		self,
		runtime_types::{
			bounded_collections::bounded_vec::BoundedVec, pallet_zk_receipts::types::Possession,
		},
	},
	Payload,
};
use quittance_types::{CircuitId, CircuitKind, IssuerKeys, Setup};
use subxt::utils::Static;

/// Registers a circuit with its verifying key in the canonical encoding.
pub fn register_circuit(
	kind: CircuitKind,
	key: Vec<u8>,
	schema: Vec<u8>,
	setup: Setup,
) -> impl Payload {
	api::transactions().zk_receipts().register_circuit(
		Static(kind),
		BoundedVec(key),
		BoundedVec(schema),
		Static(setup),
	)
}

/// Lets no new job name a circuit of the sender's.
pub fn retire_circuit(circuit: CircuitId) -> impl Payload {
	api::transactions().zk_receipts().retire_circuit(circuit)
}

/// Removes a circuit of the sender's that no live job names.
pub fn remove_circuit(circuit: CircuitId) -> impl Payload {
	api::transactions().zk_receipts().remove_circuit(circuit)
}

/// Asks to become an issuer, with signatures that show possession of both keys.
pub fn register_issuer(keys: IssuerKeys, sr25519: [u8; 64], babyjubjub: [u8; 96]) -> impl Payload {
	let possession = Possession { sr25519, babyjubjub };
	api::transactions().zk_receipts().register_issuer(Static(keys), possession)
}

/// Takes no new jobs as an issuer; what is signed for those that name the sender still counts.
pub fn resign_issuer() -> impl Payload {
	api::transactions().zk_receipts().resign_issuer()
}

/// Takes back the bond of an issuer that never came into office or left it long enough ago.
pub fn withdraw_issuer_bond() -> impl Payload {
	api::transactions().zk_receipts().withdraw_issuer_bond()
}
