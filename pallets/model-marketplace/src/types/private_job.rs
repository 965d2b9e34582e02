//! Private jobs: what is asked for where an escrow of the pool pays, and what such a job has beside the rest.

use super::job::{AcceptedIssuers, AllowList, Offer};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use polkadot_sdk::frame_support::{traits::ConstU32, BoundedVec};
use quittance_types::{
	Agreement, Blob, CircuitId, Escrow, FieldBytes, JobTime, Level, Mode, ModelId, Payment,
	OPENING_BYTES,
};
use scale_info::TypeInfo;

/// Most miners that can decline one job.
pub const MAX_DECLINES: u32 = 4;

/// Length of an opening as its miner gets it: the encapsulated key, the opening and the tag.
pub const SEALED_OPENING_BYTES: usize = 32 + OPENING_BYTES + 16;

/// An opening, sealed to the key that the miner named.
pub type SealedOpening = [u8; SEALED_OPENING_BYTES];

/// The miners that have declined a job.
pub type Declined<AccountId> = BoundedVec<AccountId, ConstU32<MAX_DECLINES>>;

/// What a requester asks for whose price is hidden. The fields are those of [`Offer`].
#[derive(
	Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct PrivateRequest<AccountId> {
	/// The model to run. Not one that pays royalties.
	pub model: ModelId,
	/// How to run it.
	pub mode: Mode,
	/// The input.
	pub input: Blob,
	/// Poseidon commitment of the input, where the inference is proved.
	pub input_commitment: Option<FieldBytes>,
	/// Who may sign, 1 to 16.
	pub issuers: AcceptedIssuers<AccountId>,
	/// What the one that signs earns, or the panel that judges.
	pub issuer_fee: u128,
	/// Job time from the post until which the job can be locked and delivered.
	pub lock_timeout: JobTime,
	/// Job time from the post until which a receipt is accepted.
	pub timeout: JobTime,
	/// What a miner reserves of its bond to lock the job.
	pub miner_bond: u128,
	/// The miners it is kept for; an empty list is for all.
	pub allow_list: AllowList<AccountId>,
	/// Whether only a receipt pays, and no verdict.
	pub proof_required: bool,
	/// How many miners can decline it, 1 to [`MAX_DECLINES`]. The last one that does ends it.
	pub declines: u8,
}

impl<AccountId> PrivateRequest<AccountId> {
	/// The same as an offer, of one miner's work, and the number of declines.
	pub fn offer(self, escrow: Escrow, circuit: CircuitId) -> (Offer<AccountId>, u8) {
		let offer = Offer {
			model: self.model,
			mode: self.mode,
			level: Level::Enhanced,
			circuit: Some(circuit),
			input: self.input,
			input_commitment: self.input_commitment,
			issuers: self.issuers,
			issuer_fee: self.issuer_fee,
			payment: Payment::Escrow(escrow),
			lock_timeout: self.lock_timeout,
			timeout: self.timeout,
			miner_bond: self.miner_bond,
			redundancy: 1,
			allow_list: self.allow_list,
			proof_required: self.proof_required,
		};
		(offer, self.declines)
	}
}

/// What the miner that has a private job has named.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Taken {
	/// The offer and the miner's owner key.
	pub agreement: Agreement,
	/// X25519 key to which the requester seals the opening.
	pub opening_key: [u8; 32],
	/// Whether the requester has sent one.
	pub opened: bool,
}

/// What a private job has beside the rest.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct PrivatePart<AccountId> {
	/// What is burned where a miner declines.
	pub decline_fee: u128,
	/// How many miners can decline yet.
	pub declines_left: u8,
	/// Who has.
	pub declined: Declined<AccountId>,
	/// What the miner that has the job named.
	pub taken: Option<Taken>,
}

impl<AccountId> PrivatePart<AccountId> {
	/// What is held for those that may decline yet.
	pub fn prepaid(&self) -> u128 {
		self.decline_fee.saturating_mul(self.declines_left.into())
	}
}
