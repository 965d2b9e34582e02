//! Keys of the basic receipt's circuit in a folder.

use crate::{
	console::Console,
	failure::{Failure, Fault},
};
use quittance_circuits::{basic_receipt, iden3};
use quittance_prover::{snarkjs, Engine, KeyStore, KeyStoreError};
use quittance_types::{circuit_id, CircuitId, CircuitKind, Setup};
use std::{
	env,
	path::{Path, PathBuf},
	sync::Arc,
};

/// What the public signals mean, for people and tools. It is part of the circuit's id.
const SCHEMA: &str = "basic-receipt-v1: context_lo, context_hi, subject, amount, expires_at, \
	as_of, nullifier, issuer_root, issuer_index";

/// The circuit of the basic receipt with its key.
#[derive(Clone)]
pub struct ReceiptCircuit {
	/// The id under which it is registered.
	pub id: CircuitId,
	/// The verifying key in the chain's encoding.
	pub key: Vec<u8>,
	/// What its public signals mean.
	pub schema: Vec<u8>,
	/// What proves.
	pub engine: Arc<Engine>,
}

impl ReceiptCircuit {
	fn new(engine: Engine) -> Self {
		let (key, schema) = (engine.verifying_key().to_bytes(), SCHEMA.as_bytes().to_vec());
		let id = circuit_id(&key, CircuitKind::BasicReceipt, &schema, &Setup::Development);
		Self { id, key, schema, engine: Arc::new(engine) }
	}

	/// The verifying key as snarkjs writes it.
	pub fn key_json(&self) -> String {
		format!("{:#}\n", snarkjs::key_to_json(self.engine.verifying_key()))
	}
}

/// The key in a folder. It takes about a second to load.
pub fn cached(folder: &Path) -> Result<ReceiptCircuit, Failure> {
	KeyStore::new(folder)
		.load(basic_receipt::NAME, &basic_receipt::shape())
		.map(ReceiptCircuit::new)
		.map_err(failed)
}

/// The key in a folder, made there if there is none, by a setup that is for development only.
pub async fn load_or_set_up(folder: &Path) -> Result<ReceiptCircuit, Failure> {
	let folder = folder.to_path_buf();
	let engine = tokio::task::spawn_blocking(move || {
		KeyStore::new(folder).load_or_set_up(basic_receipt::NAME, &basic_receipt::shape())
	});
	let engine = engine.await.map_err(|error| Failure::unavailable("making the key", error))?;
	engine.map(ReceiptCircuit::new).map_err(failed)
}

/// [`load_or_set_up`] for somebody who watches.
pub async fn development(console: &Console, folder: &Path) -> Result<ReceiptCircuit, Failure> {
	let loading = console.spinner("loading the proving key, or making one for development");
	let circuit = load_or_set_up(folder).await;
	loading.finish_and_clear();
	circuit
}

fn failed(error: KeyStoreError) -> Failure {
	let invalid = |path: &Path| Failure::file(path, Fault::Invalid, &error);
	match &error {
		KeyStoreError::NotFound(path) => Failure::file(path, Fault::Unreadable, &error),
		KeyStoreError::Io { path, error } => Failure::file(path, Fault::Unreadable, error),
		KeyStoreError::Passport { path, .. }
		| KeyStoreError::OtherCircuit { path, .. }
		| KeyStoreError::Altered(path)
		| KeyStoreError::Malformed { path, .. }
		| KeyStoreError::Dimensions { path, .. }
		| KeyStoreError::OtherVerifyingKey(path) => invalid(path),
		KeyStoreError::Refused(_) | KeyStoreError::Setup(_) => {
			Failure::unavailable("loading or making the key", &error)
		},
	}
}

/// The circuit's constraints as circom writes them.
pub fn r1cs() -> Vec<u8> {
	iden3::r1cs(&basic_receipt::shape())
}

/// Where keys are kept unless another folder is given.
pub fn default_folder() -> Result<PathBuf, Failure> {
	match env::var_os("HOME") {
		Some(home) if !home.is_empty() => Ok(Path::new(&home).join(".cache/quittance/keys")),
		_ => Err(Failure::argument(
			"--key-dir",
			Fault::Missing,
			"there is no home folder to keep keys in: name a folder",
		)),
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn the_schema_names_the_circuit_and_its_signals() {
		let (name, signals) = SCHEMA.split_once(": ").unwrap();
		assert_eq!(name, basic_receipt::NAME);
		assert_eq!(signals.split(", ").count(), basic_receipt::PUBLIC_SIGNALS);
	}
}
