//! Keys of this program's circuits in a folder.

use crate::{
	console::Console,
	failure::{Failure, Fault},
};
use quittance_circuits::{
	basic_receipt, iden3, post_private_job, settle, settle_verdict, transfer, withdraw, Shape,
};
use quittance_prover::{snarkjs, Engine, KeyStore, KeyStoreError};
use quittance_types::{circuit_id, CircuitId, CircuitKind, Setup};
use std::{
	env,
	path::{Path, PathBuf},
	sync::Arc,
};

/// A statement that this program can prove.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Statement {
	/// A receipt of the basic level.
	BasicReceipt,
	/// A transfer in the confidential pool.
	Transfer,
	/// A withdrawal from it.
	Withdraw,
	/// The post of a private job.
	PostPrivateJob,
	/// The settlement of one by a receipt.
	Settle,
	/// The settlement of one by a panel's verdict.
	SettleVerdict,
	/// A transfer in a pool with an auditor.
	AuditedTransfer,
	/// A withdrawal from one.
	AuditedWithdraw,
	/// The post of a private job in one.
	AuditedPostPrivateJob,
	/// The settlement of one by a receipt.
	AuditedSettle,
	/// The settlement of one by a panel's verdict.
	AuditedSettleVerdict,
}

impl Statement {
	/// Name of its circuit in files and passports.
	pub fn name(self) -> &'static str {
		match self {
			Self::BasicReceipt => basic_receipt::NAME,
			Self::Transfer => transfer::NAME,
			Self::Withdraw => withdraw::NAME,
			Self::PostPrivateJob => post_private_job::NAME,
			Self::Settle => settle::NAME,
			Self::SettleVerdict => settle_verdict::NAME,
			Self::AuditedTransfer => transfer::AUDITED_NAME,
			Self::AuditedWithdraw => withdraw::AUDITED_NAME,
			Self::AuditedPostPrivateJob => post_private_job::AUDITED_NAME,
			Self::AuditedSettle => settle::AUDITED_NAME,
			Self::AuditedSettleVerdict => settle_verdict::AUDITED_NAME,
		}
	}

	/// What its proofs are used for.
	pub fn kind(self) -> CircuitKind {
		match self {
			Self::BasicReceipt => CircuitKind::BasicReceipt,
			Self::Transfer => CircuitKind::Transfer,
			Self::Withdraw => CircuitKind::Withdraw,
			Self::PostPrivateJob => CircuitKind::PostPrivateJob,
			Self::Settle => CircuitKind::Settle,
			Self::SettleVerdict => CircuitKind::SettleVerdict,
			Self::AuditedTransfer => CircuitKind::AuditedTransfer,
			Self::AuditedWithdraw => CircuitKind::AuditedWithdraw,
			Self::AuditedPostPrivateJob => CircuitKind::AuditedPostPrivateJob,
			Self::AuditedSettle => CircuitKind::AuditedSettle,
			Self::AuditedSettleVerdict => CircuitKind::AuditedSettleVerdict,
		}
	}

	/// What the public signals mean, for people and tools. It is part of the circuit's id.
	fn schema(self) -> &'static str {
		match self {
			Self::BasicReceipt => {
				"basic-receipt-v1: context_lo, context_hi, subject, amount, expires_at, as_of, \
				 nullifier, issuer_root, issuer_index"
			},
			Self::Transfer => {
				"transfer-v1: context_lo, context_hi, root, nullifier_0, nullifier_1, \
				 commitment_0, commitment_1, fee"
			},
			Self::Withdraw => {
				"withdraw-v1: context_lo, context_hi, root, nullifier_0, nullifier_1, change, \
				 amount, fee"
			},
			Self::PostPrivateJob => {
				"post-private-job-v1: context_lo, context_hi, root, nullifier_0, nullifier_1, \
				 change, offer, paid"
			},
			Self::Settle => "settle-v1: context_lo, context_hi, statement",
			Self::SettleVerdict => "settle-verdict-v1: context_lo, context_hi, statement",
			Self::AuditedTransfer => {
				"audited-transfer-v1: context_lo, context_hi, root, nullifier_0, nullifier_1, \
				 commitment_0, commitment_1, fee, audit"
			},
			Self::AuditedWithdraw => {
				"audited-withdraw-v1: context_lo, context_hi, root, nullifier_0, nullifier_1, \
				 change, amount, fee, audit"
			},
			Self::AuditedPostPrivateJob => {
				"audited-post-private-job-v1: context_lo, context_hi, root, nullifier_0, \
				 nullifier_1, change, offer, paid, audit"
			},
			Self::AuditedSettle => "audited-settle-v1: context_lo, context_hi, statement, audit",
			Self::AuditedSettleVerdict => {
				"audited-settle-verdict-v1: context_lo, context_hi, statement, audit"
			},
		}
	}

	/// Its circuit. Takes some tenths of a second.
	fn shape(self) -> Shape {
		match self {
			Self::BasicReceipt => basic_receipt::shape(),
			Self::Transfer => transfer::shape(),
			Self::Withdraw => withdraw::shape(),
			Self::PostPrivateJob => post_private_job::shape(),
			Self::Settle => settle::shape(),
			Self::SettleVerdict => settle_verdict::shape(),
			Self::AuditedTransfer => transfer::audited_shape(),
			Self::AuditedWithdraw => withdraw::audited_shape(),
			Self::AuditedPostPrivateJob => post_private_job::audited_shape(),
			Self::AuditedSettle => settle::audited_shape(),
			Self::AuditedSettleVerdict => settle_verdict::audited_shape(),
		}
	}

	/// The circuit's constraints as circom writes them.
	pub fn r1cs(self) -> Vec<u8> {
		iden3::r1cs(&self.shape())
	}
}

/// A circuit with its key.
#[derive(Clone)]
pub struct KeyedCircuit {
	/// What is proven.
	pub statement: Statement,
	/// The id under which it is registered.
	pub id: CircuitId,
	/// The verifying key in the chain's encoding.
	pub key: Vec<u8>,
	/// What its public signals mean.
	pub schema: Vec<u8>,
	/// What proves.
	pub engine: Arc<Engine>,
}

impl KeyedCircuit {
	fn new(statement: Statement, engine: Engine) -> Self {
		let key = engine.verifying_key().to_bytes();
		let schema = statement.schema().as_bytes().to_vec();
		let id = circuit_id(&key, statement.kind(), &schema, &Setup::Development);
		Self { statement, id, key, schema, engine: Arc::new(engine) }
	}

	/// The verifying key as snarkjs writes it.
	pub fn key_json(&self) -> String {
		format!("{:#}\n", snarkjs::key_to_json(self.engine.verifying_key()))
	}
}

/// The key in a folder. It takes about a second to load.
pub fn cached(folder: &Path, statement: Statement) -> Result<KeyedCircuit, Failure> {
	KeyStore::new(folder)
		.load(statement.name(), &statement.shape())
		.map(|engine| KeyedCircuit::new(statement, engine))
		.map_err(failed)
}

/// The key in a folder, made there if there is none, by a setup that is for development only.
pub async fn load_or_set_up(folder: &Path, statement: Statement) -> Result<KeyedCircuit, Failure> {
	let folder = folder.to_path_buf();
	let engine = tokio::task::spawn_blocking(move || {
		KeyStore::new(folder).load_or_set_up(statement.name(), &statement.shape())
	});
	let engine = engine.await.map_err(|error| Failure::unavailable("making the key", error))?;
	engine.map(|engine| KeyedCircuit::new(statement, engine)).map_err(failed)
}

/// [`load_or_set_up`] for somebody who watches.
pub async fn development(
	console: &Console,
	folder: &Path,
	statement: Statement,
) -> Result<KeyedCircuit, Failure> {
	let message = format!("loading the proving key of {}, or making one", statement.name());
	let loading = console.spinner(message + " for development");
	let circuit = load_or_set_up(folder, statement).await;
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
	fn a_schema_names_the_circuit_and_its_signals() {
		for (statement, signals) in [
			(Statement::BasicReceipt, basic_receipt::PUBLIC_SIGNALS),
			(Statement::Transfer, transfer::PUBLIC_SIGNALS),
			(Statement::Withdraw, withdraw::PUBLIC_SIGNALS),
			(Statement::PostPrivateJob, post_private_job::PUBLIC_SIGNALS),
			(Statement::Settle, settle::PUBLIC_SIGNALS),
			(Statement::SettleVerdict, settle_verdict::PUBLIC_SIGNALS),
			(Statement::AuditedTransfer, transfer::AUDITED_SIGNALS),
			(Statement::AuditedWithdraw, withdraw::AUDITED_SIGNALS),
			(Statement::AuditedPostPrivateJob, post_private_job::AUDITED_SIGNALS),
			(Statement::AuditedSettle, settle::AUDITED_SIGNALS),
			(Statement::AuditedSettleVerdict, settle_verdict::AUDITED_SIGNALS),
		] {
			let (name, named) = statement.schema().split_once(": ").unwrap();
			assert_eq!(name, statement.name());
			assert_eq!(named.split(", ").count(), signals, "{name}");
			assert_eq!(statement.kind().inputs(), Some(signals as u32));
		}
	}
}
