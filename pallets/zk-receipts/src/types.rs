//! Stored records.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use polkadot_sdk::frame_support::{traits::ConstU32, BoundedVec};
use quittance_types::{CircuitKind, FieldBytes, IssuerKeys, JobId, JobTime, Receipt, Setup};
use scale_info::TypeInfo;

/// Longest verifying key: four fixed points and one for each of 32 inputs and the constant.
pub const MAX_KEY_BYTES: u32 = quittance_groth16::MAX_KEY_BYTES as u32;

/// Longest description of a circuit's public signals, in bytes.
pub const MAX_SCHEMA_BYTES: u32 = 1024;

/// A verifying key in its only encoding.
pub type KeyBytes = BoundedVec<u8, ConstU32<MAX_KEY_BYTES>>;

/// What a circuit's public signals mean, for people and tools; part of the circuit's id.
pub type Schema = BoundedVec<u8, ConstU32<MAX_SCHEMA_BYTES>>;

/// All of a registered circuit but its key, which has a map of its own: submissions read the key,
/// people read the rest.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Circuit<AccountId, Ticket> {
	/// Who registered it and holds its deposit.
	pub owner: AccountId,
	/// What its proofs are used for.
	pub kind: CircuitKind,
	/// What its public signals mean.
	pub schema: Schema,
	/// Where the key's randomness came from.
	pub setup: Setup,
	/// Whether governance vouches for the passport. Anybody can claim a ceremony, and whoever knows
	/// a key's trapdoor can forge receipts in every issuer's name.
	pub approved: bool,
	/// Whether submissions and new jobs are refused until it is lifted.
	pub paused: bool,
	/// Job time that it was paused in until `changed_at`. The clocks of the jobs that name it stood still.
	pub stopped: JobTime,
	/// Job time at which it was last paused or resumed; when it was registered, if it never was.
	pub changed_at: JobTime,
	/// Whether the owner lets it end: no new jobs, so that the deposit can return.
	pub retired: bool,
	/// The deposit.
	pub ticket: Ticket,
}

/// Where an issuer stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub enum IssuerState {
	/// Registered and bonded, waiting for governance.
	Pending,
	/// In office.
	Active,
	/// Takes no new jobs; its signatures count for the jobs that name it, so that nobody who worked
	/// for one of them loses by the resignation.
	Resigned {
		/// Job time of the resignation.
		at: JobTime,
	},
	/// Removed for good; the record stays so that the account cannot come back with other keys.
	Removed {
		/// Job time of the removal.
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
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Issuer<Balance> {
	/// Both keys.
	pub keys: IssuerKeys,
	/// Leaf of the BabyJubJub key in a job's issuer tree.
	pub leaf: FieldBytes,
	/// Where it stands.
	pub state: IssuerState,
	/// What is held from it, zero once withdrawn and for issuers of the genesis.
	pub bond: Balance,
}

/// Proof that the registrant holds both keys, each over a message that covers the account and both
/// keys.
#[derive(
	Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Possession {
	/// sr25519 signature of [`quittance_types::IssuerKeys::possession_message`].
	pub sr25519: [u8; 64],
	/// EdDSA-Poseidon signature of [`quittance_babyjubjub::possession_message`].
	pub babyjubjub: [u8; 96],
}

/// Receipts to submit together, each with its job.
pub type ReceiptBatch<AccountId> =
	BoundedVec<(JobId, Receipt<AccountId>), ConstU32<MAX_BATCH_RECEIPTS>>;

/// Most receipts of one submission.
pub const MAX_BATCH_RECEIPTS: u32 = quittance_groth16::MAX_BATCH as u32;

/// Why a dry run refuses.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
pub enum DryRunError {
	/// No circuit has this id.
	UnknownCircuit,
	/// The verifier's verdict.
	Refused(quittance_groth16::VerifyError),
}
