//! Circuits, issuers and receipts.

use super::{page, View};
use crate::{
	api::{
		self,
		runtime_types::pallet_zk_receipts::types::{self as raw, DryRunError},
	},
	AccountId, ClientError, Refusal,
};
use futures::{StreamExt, TryStreamExt};
use quittance_groth16::VerifyError;
use quittance_types::{
	CircuitId, CircuitKind, FieldBytes, IssuerKeys, JobId, JobTime, Receipt, Setup, Stoppage,
};
use subxt::utils::Static;

/// A registered circuit, without its key.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Circuit {
	/// Who registered it.
	pub owner: AccountId,
	/// What its proofs are used for.
	pub kind: CircuitKind,
	/// What its public signals mean.
	pub schema: Vec<u8>,
	/// Where the key's randomness came from.
	pub setup: Setup,
	/// Whether governance vouches for the passport.
	pub approved: bool,
	/// For how long submissions and new jobs were refused, and whether they are; whether its owner lets it end.
	pub stoppage: Stoppage,
}

/// Where an issuer stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum IssuerState {
	/// Waiting for admission.
	Pending,
	/// In office.
	Active,
	/// Takes no new jobs, signs on for those that name it.
	Resigned {
		/// Since when.
		at: JobTime,
	},
	/// Removed for good.
	Removed {
		/// When.
		at: JobTime,
	},
}

impl IssuerState {
	/// Whether its signatures count.
	pub fn in_office(&self) -> bool {
		matches!(self, Self::Active | Self::Resigned { .. })
	}
}

/// An issuer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Issuer {
	/// Both keys.
	pub keys: IssuerKeys,
	/// Leaf of its BabyJubJub key while it is in office.
	pub leaf: FieldBytes,
	/// Where it stands.
	pub state: IssuerState,
	/// What is held from it, in the chain's smallest unit.
	pub bond: u128,
}

/// Outcome of [`View::dry_run_verify`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum DryRun {
	/// The proof proves the statement.
	Valid,
	/// No circuit has this id.
	UnknownCircuit,
	/// The verifier refuses.
	Refused(VerifyError),
}

impl View {
	/// A circuit.
	pub async fn circuit(&self, circuit: &CircuitId) -> Result<Option<Circuit>, ClientError> {
		let record = self
			.at
			.storage()
			.try_fetch(api::storage().zk_receipts().circuits(), (*circuit,))
			.await
			.map_err(ClientError::chain)?;
		record.map(|record| Ok(record.decode().map_err(ClientError::chain)?.into())).transpose()
	}

	/// For how long a circuit was paused; no time for one that is not registered.
	pub(super) async fn stoppage(&self, circuit: &CircuitId) -> Result<Stoppage, ClientError> {
		if let Ok(known) = self.stoppages.lock() {
			if let Some(stoppage) = known.get(circuit) {
				return Ok(*stoppage);
			}
		}
		let record = self.circuit(circuit).await?;
		let stoppage = record.map_or_else(Stoppage::default, |record| record.stoppage);
		if let Ok(mut known) = self.stoppages.lock() {
			known.insert(*circuit, stoppage);
		}
		Ok(stoppage)
	}

	/// At most `limit` circuits and at most [`super::MAX_PAGE`], in the order of their ids.
	pub async fn circuits(&self, limit: u32) -> Result<Vec<(CircuitId, Circuit)>, ClientError> {
		let entries = self
			.at
			.storage()
			.iter(api::storage().zk_receipts().circuits(), ())
			.await
			.map_err(ClientError::chain)?;
		entries
			.take(page(limit))
			.map(|entry| {
				let entry = entry.map_err(ClientError::chain)?;
				let (id,) = entry.key().and_then(|key| key.decode()).map_err(ClientError::chain)?;
				Ok((id, entry.value().decode().map_err(ClientError::chain)?.into()))
			})
			.try_collect()
			.await
	}

	/// How many live jobs name a circuit.
	pub async fn circuit_jobs(&self, circuit: &CircuitId) -> Result<u32, ClientError> {
		let jobs = self
			.at
			.storage()
			.try_fetch(api::storage().zk_receipts().references(), (*circuit,))
			.await
			.map_err(ClientError::chain)?;
		jobs.map_or(Ok(0), |jobs| jobs.decode().map_err(ClientError::chain))
	}

	/// The verifying key of a circuit, in its only encoding.
	pub async fn circuit_key(&self, circuit: &CircuitId) -> Result<Option<Vec<u8>>, ClientError> {
		let record = self
			.at
			.storage()
			.try_fetch(api::storage().zk_receipts().keys(), (*circuit,))
			.await
			.map_err(ClientError::chain)?;
		record.map(|record| Ok(record.decode().map_err(ClientError::chain)?.0)).transpose()
	}

	/// An issuer.
	pub async fn issuer(&self, account: &AccountId) -> Result<Option<Issuer>, ClientError> {
		let record = self
			.at
			.storage()
			.try_fetch(api::storage().zk_receipts().issuers(), (*account,))
			.await
			.map_err(ClientError::chain)?;
		record.map(|record| Ok(record.decode().map_err(ClientError::chain)?.into())).transpose()
	}

	/// At most `limit` issuers and at most [`super::MAX_PAGE`], in no particular order.
	pub async fn issuers(&self, limit: u32) -> Result<Vec<(AccountId, Issuer)>, ClientError> {
		let entries = self
			.at
			.storage()
			.iter(api::storage().zk_receipts().issuers(), ())
			.await
			.map_err(ClientError::chain)?;
		entries
			.take(page(limit))
			.map(|entry| {
				let entry = entry.map_err(ClientError::chain)?;
				let (id,) = entry.key().and_then(|key| key.decode()).map_err(ClientError::chain)?;
				Ok((id, entry.value().decode().map_err(ClientError::chain)?.into()))
			})
			.try_collect()
			.await
	}

	/// Whether a receipt with this nullifier and this expiry was accepted for the job.
	pub async fn is_spent(
		&self,
		job: JobId,
		nullifier: FieldBytes,
		expires_at: JobTime,
	) -> Result<bool, ClientError> {
		let group = self
			.at
			.constants()
			.entry(api::constants().zk_receipts().nullifier_group())
			.map_err(ClientError::chain)?;
		// The runtime's integrity test refuses a length of zero.
		let group = expires_at.checked_div(group).unwrap_or(expires_at);
		let record = self
			.at
			.storage()
			.try_fetch(api::storage().zk_receipts().nullifiers(), (group, (job, Static(nullifier))))
			.await
			.map_err(ClientError::chain)?;
		Ok(record.is_some())
	}

	/// What the chain would say to this receipt, sent by `submitter`, in the next block.
	pub async fn dry_run_receipt(
		&self,
		submitter: &AccountId,
		job: JobId,
		receipt: &Receipt<AccountId>,
	) -> Result<(), ClientError> {
		let call = api::runtime_apis().receipts_api().dry_run_receipt(
			*submitter,
			job,
			Static(receipt.clone()),
		);
		let verdict = self.at.runtime_apis().call(call).await.map_err(ClientError::chain)?;
		verdict.map_err(|error| ClientError::Refused(Refusal::new(self.at.metadata_ref(), &error)))
	}

	/// What the chain's verifier says of a proof under a registered circuit.
	pub async fn dry_run_verify(
		&self,
		circuit: &CircuitId,
		proof: Vec<u8>,
		inputs: Vec<FieldBytes>,
	) -> Result<DryRun, ClientError> {
		let inputs = inputs.into_iter().map(Static).collect();
		let call = api::runtime_apis().receipts_api().dry_run_verify(*circuit, proof, inputs);
		let verdict = self.at.runtime_apis().call(call).await.map_err(ClientError::chain)?;
		Ok(match verdict {
			Ok(()) => DryRun::Valid,
			Err(DryRunError::UnknownCircuit) => DryRun::UnknownCircuit,
			Err(DryRunError::Refused(error)) => DryRun::Refused(error.0),
		})
	}
}

impl<Ticket> From<raw::Circuit<AccountId, Ticket>> for Circuit {
	fn from(circuit: raw::Circuit<AccountId, Ticket>) -> Self {
		Self {
			owner: circuit.owner,
			kind: circuit.kind.0,
			schema: circuit.schema.0,
			setup: circuit.setup.0,
			approved: circuit.approved,
			stoppage: Stoppage {
				ended: circuit.stopped,
				since: circuit.paused.then_some(circuit.changed_at),
				retired: circuit.retired,
			},
		}
	}
}

impl From<raw::Issuer<u128>> for Issuer {
	fn from(issuer: raw::Issuer<u128>) -> Self {
		Self {
			keys: issuer.keys.0,
			leaf: issuer.leaf.0,
			state: match issuer.state {
				raw::IssuerState::Pending => IssuerState::Pending,
				raw::IssuerState::Active => IssuerState::Active,
				raw::IssuerState::Resigned { at } => IssuerState::Resigned { at },
				raw::IssuerState::Removed { at } => IssuerState::Removed { at },
			},
			bond: issuer.bond,
		}
	}
}
