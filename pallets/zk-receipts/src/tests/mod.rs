mod circuits;
mod invariants;
mod issuers;
mod nullifiers;
mod receipts;

use crate::{mock::*, types::*, Error, Event};
use polkadot_sdk::frame_support::{assert_noop, assert_ok};
use quittance_groth16::corpus::Trapdoor;
use quittance_types::{circuit_id, CircuitId, CircuitKind, Setup, BASIC_INPUTS};

type E = Error<Test>;

/// A key whose trapdoor the tests know, by which they make valid proofs of any public inputs. What
/// the circuit proves is the circuits crate's concern.
fn trapdoor(inputs: usize) -> Trapdoor {
	Trapdoor::new(inputs, 7)
}

fn key_of(trapdoor: &Trapdoor) -> KeyBytes {
	KeyBytes::truncate_from(trapdoor.key().to_bytes())
}

fn basic_key() -> KeyBytes {
	key_of(&trapdoor(BASIC_INPUTS as usize))
}

fn schema() -> Schema {
	Schema::truncate_from(b"basic receipt".to_vec())
}

fn register_basic() -> CircuitId {
	assert_ok!(Receipts::register_circuit(
		RuntimeOrigin::signed(OWNER),
		CircuitKind::BasicReceipt,
		basic_key(),
		schema(),
		Setup::Development,
	));
	circuit_id(&basic_key(), CircuitKind::BasicReceipt, &schema(), &Setup::Development)
}
