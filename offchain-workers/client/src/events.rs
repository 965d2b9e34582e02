//! What happened in a block.

use crate::{
	api::{
		self,
		runtime_types::{
			pallet_model_marketplace::pallet::Event as Jobs,
			pallet_zk_receipts::pallet::Event as Receipts,
		},
	},
	chain::QuittanceConfig,
	AccountId, ClientError, Refusal,
};
use quittance_types::{
	Blob, CircuitId, CircuitKind, FieldBytes, JobId, JobTime, Level, ModelId, Setup,
};
use subxt::Metadata;

/// An event of this chain's own pallets, or the name of another pallet's. Amounts are in the
/// chain's smallest unit, times in job time.
#[derive(Clone, PartialEq, Eq, Debug)]
#[allow(missing_docs)] // The pallets document their events and the fields are named as there.
pub enum Event {
	CircuitRegistered {
		circuit: CircuitId,
		owner: AccountId,
		kind: CircuitKind,
		setup: Setup,
	},
	CircuitRemoved {
		circuit: CircuitId,
		owner: AccountId,
	},
	CircuitPauseChanged {
		circuit: CircuitId,
		old: bool,
		new: bool,
	},
	CircuitRetired {
		circuit: CircuitId,
	},
	CircuitApproved {
		circuit: CircuitId,
	},
	IssuerRegistered {
		issuer: AccountId,
		bond: u128,
	},
	IssuerAdmitted {
		issuer: AccountId,
	},
	IssuerResigned {
		issuer: AccountId,
		at: JobTime,
	},
	IssuerRemoved {
		issuer: AccountId,
		at: JobTime,
	},
	IssuerBondReturned {
		issuer: AccountId,
		bond: u128,
	},
	ReceiptRefused {
		index: u32,
		job: JobId,
		error: Refusal,
	},
	ReceiptAccepted {
		job: JobId,
		miner: AccountId,
		issuer: AccountId,
		level: Level,
		amount: u128,
		nullifier: FieldBytes,
	},
	ModelRegistered {
		model: ModelId,
		owner: AccountId,
		weights: [u8; 32],
	},
	ModelRetired {
		model: ModelId,
	},
	ModelRemoved {
		model: ModelId,
		owner: AccountId,
	},
	JobPosted {
		job: JobId,
		requester: AccountId,
		model: ModelId,
		input: Blob,
		level: Level,
		max_price: u128,
		issuer_fee: u128,
		deadline: JobTime,
	},
	JobFulfilled {
		job: JobId,
		miner: AccountId,
		amount: u128,
		issuer: AccountId,
		issuer_fee: u128,
		returned: u128,
	},
	PaymentDeferred {
		job: JobId,
		miner: AccountId,
		amount: u128,
		error: Refusal,
	},
	JobRefunded {
		job: JobId,
		requester: AccountId,
		amount: u128,
	},
	JobRemoved {
		job: JobId,
	},
	Other {
		pallet: String,
		event: String,
	},
}

impl Event {
	pub(crate) fn decode(
		metadata: &Metadata,
		event: &subxt::events::Event<'_, QuittanceConfig>,
	) -> Result<Self, ClientError> {
		// Only our own pallets' events are decoded, so that a foreign one that this program was not
		// built for is named, not an error.
		let decoded = match event.pallet_name() {
			"ZkReceipts" | "ModelMarketplace" => {
				Some(event.decode_as::<api::Event>().map_err(ClientError::chain)?)
			},
			_ => None,
		};
		Ok(match decoded {
			Some(api::Event::ZkReceipts(event)) => Self::of_receipts(metadata, event),
			Some(api::Event::ModelMarketplace(event)) => Self::of_jobs(metadata, event),
			_ => Self::Other {
				pallet: event.pallet_name().to_owned(),
				event: event.event_name().to_owned(),
			},
		})
	}

	fn of_receipts(metadata: &Metadata, event: Receipts) -> Self {
		match event {
			Receipts::CircuitRegistered { circuit, owner, kind, setup } => {
				Self::CircuitRegistered { circuit, owner, kind: kind.0, setup: setup.0 }
			},
			Receipts::CircuitRemoved { circuit, owner } => Self::CircuitRemoved { circuit, owner },
			Receipts::CircuitPauseChanged { circuit, old, new } => {
				Self::CircuitPauseChanged { circuit, old, new }
			},
			Receipts::CircuitRetired { circuit } => Self::CircuitRetired { circuit },
			Receipts::CircuitApproved { circuit } => Self::CircuitApproved { circuit },
			Receipts::IssuerRegistered { issuer, keys: _, bond } => {
				Self::IssuerRegistered { issuer, bond }
			},
			Receipts::IssuerAdmitted { issuer } => Self::IssuerAdmitted { issuer },
			Receipts::IssuerResigned { issuer, at } => Self::IssuerResigned { issuer, at },
			Receipts::IssuerRemoved { issuer, at } => Self::IssuerRemoved { issuer, at },
			Receipts::IssuerBondReturned { issuer, bond } => {
				Self::IssuerBondReturned { issuer, bond }
			},
			Receipts::ReceiptRefused { index, job, error } => {
				Self::ReceiptRefused { index, job, error: Refusal::new(metadata, &error) }
			},
			Receipts::ReceiptAccepted { job, miner, issuer, level, amount, nullifier } => {
				Self::ReceiptAccepted {
					job,
					miner,
					issuer,
					level: level.0,
					amount,
					nullifier: nullifier.0,
				}
			},
		}
	}

	fn of_jobs(metadata: &Metadata, event: Jobs) -> Self {
		match event {
			Jobs::ModelRegistered { model, owner, weights } => {
				Self::ModelRegistered { model, owner, weights }
			},
			Jobs::ModelRetired { model } => Self::ModelRetired { model },
			Jobs::ModelRemoved { model, owner } => Self::ModelRemoved { model, owner },
			Jobs::JobPosted {
				job,
				requester,
				model,
				input,
				level,
				max_price,
				issuer_fee,
				deadline,
			} => Self::JobPosted {
				job,
				requester,
				model,
				input: input.0,
				level: level.0,
				max_price,
				issuer_fee,
				deadline,
			},
			Jobs::JobFulfilled { job, miner, amount, issuer, issuer_fee, returned } => {
				Self::JobFulfilled { job, miner, amount, issuer, issuer_fee, returned }
			},
			Jobs::PaymentDeferred { job, miner, amount, error } => {
				let error = Refusal::new(metadata, &error);
				Self::PaymentDeferred { job, miner, amount, error }
			},
			Jobs::JobRefunded { job, requester, amount } => {
				Self::JobRefunded { job, requester, amount }
			},
			Jobs::JobRemoved { job } => Self::JobRemoved { job },
		}
	}
}
