//! Proving, and the keys for it.

use crate::{ProveError, ReceiptFacts, Statement, WorkerError};
use quittance_circuits::basic_receipt;
use quittance_client::{AccountId, View};
use quittance_issuer::SignedReceipt;
use quittance_prover::{Engine, KeyStore};
use quittance_types::{BasicReceipt, CircuitId};
use std::{
	collections::{BTreeMap, BTreeSet},
	path::Path,
	sync::Arc,
};

/// Makes the receipt to submit from a signed one. Takes a good part of a second of all the
/// processor's cores; the proof is verified before it is returned.
pub fn prove_receipt(
	facts: &ReceiptFacts,
	miner: &AccountId,
	submitter: &AccountId,
	signed: &SignedReceipt,
	engine: &Engine,
) -> Result<BasicReceipt<AccountId>, ProveError> {
	let Statement { header, claims, public, witness } =
		facts.statement(miner, submitter, signed)?;
	let proof = engine.prove_basic_receipt(&public, &witness).map_err(|error| match error {
		quittance_prover::ProveError::Witness(error) => ProveError::Witness(error),
		error => ProveError::Prover(error.to_string()),
	})?;
	let proof = proof
		.to_bytes()
		.try_into()
		.map_err(|_| ProveError::Prover("a proof of another length".to_owned()))?;
	Ok(BasicReceipt { header, claims, proof })
}

/// Proving keys by registered circuit.
#[derive(Clone, Debug, Default)]
pub(crate) struct Provers {
	engines: BTreeMap<CircuitId, Arc<Engine>>,
}

impl Provers {
	/// Loads the key for the receipt circuit and checks that the chain registered its verifying
	/// half under each of these ids: a proof under another key would be refused and cost a fee.
	pub(crate) async fn load(
		folder: &Path,
		circuits: &BTreeSet<CircuitId>,
		view: &View,
	) -> Result<Self, WorkerError> {
		let Some(first) = circuits.first() else { return Ok(Self::default()) };
		let failed = |circuit: &CircuitId, reason: String| WorkerError::ProvingKey {
			circuit: *circuit,
			reason,
		};
		let store = KeyStore::new(folder);
		let loading = tokio::task::spawn_blocking(move || {
			store.load(basic_receipt::NAME, &basic_receipt::shape())
		});
		let engine = loading
			.await
			.map_err(|error| failed(first, error.to_string()))?
			.map_err(|error| failed(first, error.to_string()))?;
		let engine = Arc::new(engine);
		let held = engine.verifying_key().to_bytes();
		let mut engines = BTreeMap::new();
		for circuit in circuits {
			let registered =
				view.circuit_key(circuit).await?.ok_or(WorkerError::UnknownCircuit(*circuit))?;
			if registered != held {
				let reason = "the chain registered another verifying key under this id";
				return Err(failed(circuit, reason.to_owned()));
			}
			engines.insert(*circuit, Arc::clone(&engine));
		}
		Ok(Self { engines })
	}

	/// The prover of a circuit.
	pub(crate) fn get(&self, circuit: &CircuitId) -> Option<Arc<Engine>> {
		self.engines.get(circuit).map(Arc::clone)
	}
}
