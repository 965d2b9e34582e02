//! Models: what their owners say of them, and what the chain saw of them.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use polkadot_sdk::frame_support::{traits::ConstU32, BoundedVec};
use quittance_types::{Blob, Digest, FheParametersId, FieldBytes, JobTime, Mode, ModelId};
use scale_info::TypeInfo;

/// Longest name of a model, in bytes.
pub const MAX_NAME_BYTES: u32 = 100;

/// Longest place where a model's files can be found, in bytes.
pub const MAX_URI_BYTES: u32 = 256;

/// Most dimensions of an input or output.
pub const MAX_DIMENSIONS: u32 = 8;

/// Most payees of a model's royalties.
pub const MAX_ROYALTIES: u32 = 4;

/// What parts are parts of.
pub const MILLION: u32 = 1_000_000;

/// Most of what a miner earns that can go to royalties: half, in parts of a million.
pub const MOST_ROYALTY_PARTS: u32 = MILLION / 2;

/// Number of receipts of late over which prices and latency are measured.
pub const RECENT: u32 = 32;

/// Best rating of a review; the worst is 1.
pub const MAX_RATING: u8 = 5;

/// A model's name.
pub type Name = BoundedVec<u8, ConstU32<MAX_NAME_BYTES>>;

/// Where a model's files can be found.
pub type Uri = BoundedVec<u8, ConstU32<MAX_URI_BYTES>>;

/// The dimensions of an input or output, at least one, none of them zero.
pub type Shape = BoundedVec<u32, ConstU32<MAX_DIMENSIONS>>;

/// Who shares in what a model's miners earn.
pub type Royalties<AccountId> = BoundedVec<Royalty<AccountId>, ConstU32<MAX_ROYALTIES>>;

/// What a model is built of, for those who look for one.
#[derive(
	Clone,
	Copy,
	PartialEq,
	Eq,
	Debug,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub enum ModelKind {
	/// Fully connected layers.
	#[codec(index = 0)]
	Dense,
	/// Convolutions.
	#[codec(index = 1)]
	Convolutional,
	/// Attention.
	#[codec(index = 2)]
	Transformer,
	/// Weights to be added to those of another model.
	#[codec(index = 3)]
	Adapter,
	/// Anything else.
	#[codec(index = 4)]
	Other,
}

/// What a model's weights are known by.
#[derive(
	Clone,
	Copy,
	PartialEq,
	Eq,
	Debug,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub struct WeightsCommitment {
	/// SHA-256.
	pub sha256: Digest,
	/// Poseidon commitment, for models whose inference is proved.
	pub poseidon: Option<FieldBytes>,
}

/// Where a model comes from. Index 2 is kept for what a training run has made.
#[derive(
	Clone,
	Copy,
	PartialEq,
	Eq,
	Debug,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub enum Origin {
	/// From nothing on the chain.
	#[codec(index = 0)]
	New,
	/// It is the next version of a model of the same owner.
	#[codec(index = 1)]
	VersionOf(ModelId),
}

/// A share in what a model's miners earn.
#[derive(
	Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Royalty<AccountId> {
	/// Who gets it.
	pub payee: AccountId,
	/// Parts of a million, more than zero.
	pub parts: u32,
}

/// All that an owner says of a model for good. The model's id is a hash of it and of the owner.
#[derive(
	Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Description<AccountId> {
	/// Its name, for people.
	pub name: Name,
	/// What it is built of.
	pub kind: ModelKind,
	/// blake2b-256 of the architecture.
	pub architecture: Digest,
	/// What its weights are known by.
	pub weights: WeightsCommitment,
	/// The file a miner runs.
	pub blob: Blob,
	/// Where the file can be found.
	pub uri: Uri,
	/// blake2b-256 of the licence's text.
	pub licence: Digest,
	/// Dimensions of an input; an element is a byte.
	pub input_shape: Shape,
	/// Dimensions of an output.
	pub output_shape: Shape,
	/// How its numbers are quantised, if they are.
	pub quantisation: Option<Digest>,
	/// The parameters under which encrypted input is evaluated, for models that take some.
	pub fhe_parameters: Option<FheParametersId>,
	/// Number of constraints of the circuit of its inference, zero where there is none.
	pub constraints: u64,
	/// Who shares in what its miners earn.
	pub royalties: Royalties<AccountId>,
	/// Where it comes from.
	pub origin: Origin,
}

impl<AccountId> Description<AccountId> {
	/// Bytes of one item of an input.
	pub fn item_bytes(&self) -> u64 {
		self.input_shape
			.iter()
			.fold(1, |product: u64, dimension| product.saturating_mul((*dimension).into()))
	}

	/// The parts of a million that go to royalties.
	pub fn royalty_parts(&self) -> u32 {
		self.royalties.iter().fold(0, |sum: u32, royalty| sum.saturating_add(royalty.parts))
	}
}

/// What an owner asks for a model and says of its speed; it can change.
#[derive(
	Clone,
	Copy,
	PartialEq,
	Eq,
	Debug,
	Default,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub struct Terms {
	/// Price of a unit in the chain's smallest unit, 64 bits, more than zero, where jobs in clear are
	/// supported.
	pub plain: Option<u128>,
	/// The same where the inference is proved.
	pub proven: Option<u128>,
	/// The same on encrypted input.
	pub fhe: Option<u128>,
	/// The same on encrypted input with a check of the linear layers.
	pub hybrid: Option<u128>,
	/// Job time from lock to receipt, as the owner says.
	pub latency: JobTime,
}

impl Terms {
	/// Price of a unit in a mode, if the mode is supported.
	pub fn price(&self, mode: Mode) -> Option<u128> {
		match mode {
			Mode::Plain => self.plain,
			Mode::Proven => self.proven,
			Mode::Fhe => self.fhe,
			Mode::Hybrid => self.hybrid,
		}
	}

	/// The prices of the supported modes.
	pub fn prices(&self) -> impl Iterator<Item = u128> {
		[self.plain, self.proven, self.fhe, self.hybrid].into_iter().flatten()
	}
}

/// Whether new jobs can ask for a model.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub enum ModelState {
	/// Not yet.
	Draft,
	/// Yes.
	Listed,
	/// Not now.
	Suspended,
	/// No, for good.
	Retired,
}

/// A registered model.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Model<AccountId, Ticket> {
	/// Who registered it.
	pub owner: AccountId,
	/// What it is.
	pub description: Description<AccountId>,
	/// What its owner asks.
	pub terms: Terms,
	/// Its number among its versions, from zero.
	pub version: u32,
	/// The next version, if there is one.
	pub successor: Option<ModelId>,
	/// Whether new jobs can ask for it.
	pub state: ModelState,
	/// The deposit.
	pub ticket: Ticket,
}

/// A receipt that came in time.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Fulfilment {
	/// The price at which the job was locked.
	pub price: u64,
	/// Job time from lock to receipt.
	pub latency: u32,
}

/// The last receipts that came in time.
#[derive(Clone, PartialEq, Eq, Debug, Default, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Recent {
	/// As many as there are, up to [`RECENT`].
	pub ring: BoundedVec<Fulfilment, ConstU32<RECENT>>,
	/// Place of the oldest once the ring is full.
	pub oldest: u8,
}

impl Recent {
	/// Takes one in, in place of the oldest.
	pub(crate) fn add(&mut self, fulfilment: Fulfilment) {
		if self.ring.try_push(fulfilment).is_ok() {
			return;
		}
		if let Some(place) = self.ring.get_mut(usize::from(self.oldest)) {
			*place = fulfilment;
		}
		let next = self.oldest.saturating_add(1);
		self.oldest = if u32::from(next) < RECENT { next } else { 0 };
	}
}

/// Least, median and most of some numbers; the median of an even number of them is the lower of the two
/// in the middle.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
pub struct Statistics {
	/// How many there are, at least one.
	pub count: u32,
	/// The least.
	pub min: u64,
	/// The median.
	pub median: u64,
	/// The most.
	pub max: u64,
}

/// What the chain saw of a model, and what changes with every job of its.
#[derive(Clone, PartialEq, Eq, Debug, Default, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Activity {
	/// Number of the registration, from one: a model that is removed and registered again is another to
	/// those who reviewed it.
	pub registration: u64,
	/// Number of jobs that ask for it and have not ended.
	pub live_jobs: u32,
	/// Parts of a million of what miners earn that are set aside.
	pub royalty_parts: u32,
	/// What is set aside and not paid out yet.
	pub royalties_due: u128,
	/// Number of jobs that were done and paid for.
	pub fulfilled: u32,
	/// Of the jobs that asked for a proof and were taken, those that ended with a verified one.
	pub proofs_verified: u32,
	/// And those that ended by the loss of a bond or by a panel.
	pub proofs_missed: u32,
	/// How many reviews give each rating, 1 first.
	pub ratings: [u32; MAX_RATING as usize],
	/// The last receipts.
	pub recent: Recent,
}

impl Activity {
	/// The count of reviews with a rating from 1 to [`MAX_RATING`].
	pub(crate) fn with_rating(&mut self, rating: u8) -> Option<&mut u32> {
		self.ratings.get_mut(usize::from(rating.checked_sub(1)?))
	}
}

/// What a requester says of a job that was done for it.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Review<AccountId> {
	/// Who says it.
	pub reviewer: AccountId,
	/// 1, the worst, to [`MAX_RATING`].
	pub rating: u8,
	/// blake2b-256 of the review's text.
	pub digest: Digest,
	/// The model's [`Activity::registration`] at the time.
	pub registration: u64,
	/// What is held for it.
	pub deposit: u128,
}
