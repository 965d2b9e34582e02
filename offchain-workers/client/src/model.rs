//! Models as the marketplace has them: what their owners say of them, and what the chain saw.

use crate::{
	api::runtime_types::{
		bounded_collections::bounded_vec::BoundedVec, pallet_model_marketplace::types::model as raw,
	},
	state::answers,
	AccountId,
};
use quittance_types::{Blob, Digest, FheParametersId, FieldBytes, JobId, JobTime, Mode, ModelId};
use std::borrow::Cow;
use subxt::utils::Static;

/// What a model is built of.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum ModelKind {
	/// Fully connected layers.
	Dense,
	/// Convolutions.
	Convolutional,
	/// Attention.
	Transformer,
	/// Weights to be added to those of another model.
	Adapter,
	/// Anything else.
	Other,
}

/// What a model's weights are known by.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct WeightsCommitment {
	/// SHA-256.
	pub sha256: Digest,
	/// Poseidon commitment, for models whose inference is proved.
	pub poseidon: Option<FieldBytes>,
}

/// Where a model comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Origin {
	/// From nothing on the chain.
	New,
	/// It is the next version of a model of the same owner.
	VersionOf(ModelId),
}

/// A share in what a model's miners earn.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Royalty {
	/// Who gets it.
	pub payee: AccountId,
	/// Parts of a million, more than zero; at most half a million for all payees together.
	pub parts: u32,
}

/// All that an owner says of a model for good. The model's id is a hash of it and of the owner.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Description {
	/// Its name, at most 100 bytes. [`Description::name`] is for people.
	pub name: Vec<u8>,
	/// What it is built of.
	pub kind: ModelKind,
	/// blake2b-256 of the architecture.
	pub architecture: Digest,
	/// What its weights are known by.
	pub weights: WeightsCommitment,
	/// The file a miner runs.
	pub blob: Blob,
	/// Where the file can be found, at most 256 bytes. [`Description::uri`] is for people.
	pub uri: Vec<u8>,
	/// blake2b-256 of the licence's text.
	pub licence: Digest,
	/// Dimensions of an input, 1 to 8; an element is a byte.
	pub input_shape: Vec<u32>,
	/// Dimensions of an output, 1 to 8.
	pub output_shape: Vec<u32>,
	/// How its numbers are quantised, if they are.
	pub quantisation: Option<Digest>,
	/// The parameters under which encrypted input is evaluated, for models that take some.
	pub fhe_parameters: Option<FheParametersId>,
	/// Number of constraints of the circuit of its inference, zero where there is none.
	pub constraints: u64,
	/// Who shares in what its miners earn, at most 4.
	pub royalties: Vec<Royalty>,
	/// Where it comes from.
	pub origin: Origin,
}

impl Description {
	/// The name; what is not UTF-8 in it is replaced.
	pub fn name(&self) -> Cow<'_, str> {
		String::from_utf8_lossy(&self.name)
	}

	/// The place of the file; what is not UTF-8 in it is replaced.
	pub fn uri(&self) -> Cow<'_, str> {
		String::from_utf8_lossy(&self.uri)
	}

	/// Bytes of one item of an input, as the chain computes them.
	pub fn item_bytes(&self) -> u64 {
		let dimensions = self.input_shape.iter();
		dimensions.fold(1, |product: u64, dimension| product.saturating_mul((*dimension).into()))
	}

	/// The parts of a million of what a miner earns that go to royalties.
	pub fn royalty_parts(&self) -> u32 {
		self.royalties.iter().fold(0, |sum: u32, royalty| sum.saturating_add(royalty.parts))
	}
}

/// What an owner asks for a model and says of its speed; it can change. Prices are for one unit that an
/// issuer meters, in the chain's smallest unit, 64 bits at most; `None` where a mode is not supported.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Terms {
	/// For jobs in clear.
	pub plain: Option<u128>,
	/// Where the inference is proved.
	pub proven: Option<u128>,
	/// On encrypted input.
	pub fhe: Option<u128>,
	/// On encrypted input with a check of the linear layers.
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
}

/// Whether new jobs can ask for a model.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
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
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Model {
	/// Who registered it.
	pub owner: AccountId,
	/// What it is.
	pub description: Description,
	/// What its owner asks.
	pub terms: Terms,
	/// Its number among its versions, from zero.
	pub version: u32,
	/// The next version, if there is one.
	pub successor: Option<ModelId>,
	/// Whether new jobs can ask for it.
	pub state: ModelState,
}

/// What the chain saw of a model.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Activity {
	/// Number of the registration, from one.
	pub registration: u64,
	/// Number of jobs that ask for it and have not ended.
	pub live_jobs: u32,
	/// Royalties that are set aside and not paid out yet, in the chain's smallest unit.
	pub royalties_due: u128,
	/// Number of jobs that were done and paid for.
	pub fulfilled: u32,
	/// Of the jobs that asked for a proof and were taken, those that ended with a verified one.
	pub proofs_verified: u32,
	/// And those that ended by the loss of a bond or by a panel.
	pub proofs_missed: u32,
	/// How many reviews give each rating, 1 first.
	pub ratings: [u32; 5],
}

/// Least, median and most of some numbers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Statistics {
	/// How many there are, at least one.
	pub count: u32,
	/// The least.
	pub min: u64,
	/// The median; of an even number of them the lower of the two in the middle.
	pub median: u64,
	/// The most.
	pub max: u64,
}

/// What a requester says of a job that was done for it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Review {
	/// The job.
	pub job: JobId,
	/// Who says it.
	pub reviewer: AccountId,
	/// 1, the worst, to 5.
	pub rating: u8,
	/// blake2b-256 of the review's text.
	pub digest: Digest,
	/// The model's [`Activity::registration`] at the time.
	pub registration: u64,
	/// What is held for it, in the chain's smallest unit.
	pub deposit: u128,
}

impl From<raw::ModelKind> for ModelKind {
	fn from(kind: raw::ModelKind) -> Self {
		match kind {
			raw::ModelKind::Dense => Self::Dense,
			raw::ModelKind::Convolutional => Self::Convolutional,
			raw::ModelKind::Transformer => Self::Transformer,
			raw::ModelKind::Adapter => Self::Adapter,
			raw::ModelKind::Other => Self::Other,
		}
	}
}

impl From<ModelKind> for raw::ModelKind {
	fn from(kind: ModelKind) -> Self {
		match kind {
			ModelKind::Dense => Self::Dense,
			ModelKind::Convolutional => Self::Convolutional,
			ModelKind::Transformer => Self::Transformer,
			ModelKind::Adapter => Self::Adapter,
			ModelKind::Other => Self::Other,
		}
	}
}

impl From<raw::Description<AccountId>> for Description {
	fn from(description: raw::Description<AccountId>) -> Self {
		let royalty = |raw::Royalty { payee, parts }| Royalty { payee, parts };
		Self {
			name: description.name.0,
			kind: description.kind.into(),
			architecture: description.architecture,
			weights: WeightsCommitment {
				sha256: description.weights.sha256,
				poseidon: description.weights.poseidon.map(|commitment| commitment.0),
			},
			blob: description.blob.0,
			uri: description.uri.0,
			licence: description.licence,
			input_shape: description.input_shape.0,
			output_shape: description.output_shape.0,
			quantisation: description.quantisation,
			fhe_parameters: description.fhe_parameters,
			constraints: description.constraints,
			royalties: description.royalties.0.into_iter().map(royalty).collect(),
			origin: match description.origin {
				raw::Origin::New => Origin::New,
				raw::Origin::VersionOf(model) => Origin::VersionOf(model),
			},
		}
	}
}

impl From<Description> for raw::Description<AccountId> {
	fn from(description: Description) -> Self {
		let royalty = |Royalty { payee, parts }| raw::Royalty { payee, parts };
		Self {
			name: BoundedVec(description.name),
			kind: description.kind.into(),
			architecture: description.architecture,
			weights: raw::WeightsCommitment {
				sha256: description.weights.sha256,
				poseidon: description.weights.poseidon.map(Static),
			},
			blob: Static(description.blob),
			uri: BoundedVec(description.uri),
			licence: description.licence,
			input_shape: BoundedVec(description.input_shape),
			output_shape: BoundedVec(description.output_shape),
			quantisation: description.quantisation,
			fhe_parameters: description.fhe_parameters,
			constraints: description.constraints,
			royalties: BoundedVec(description.royalties.into_iter().map(royalty).collect()),
			origin: match description.origin {
				Origin::New => raw::Origin::New,
				Origin::VersionOf(model) => raw::Origin::VersionOf(model),
			},
		}
	}
}

impl From<raw::Terms> for Terms {
	fn from(terms: raw::Terms) -> Self {
		let raw::Terms { plain, proven, fhe, hybrid, latency } = terms;
		Self { plain, proven, fhe, hybrid, latency }
	}
}

impl From<Terms> for raw::Terms {
	fn from(terms: Terms) -> Self {
		let Terms { plain, proven, fhe, hybrid, latency } = terms;
		Self { plain, proven, fhe, hybrid, latency }
	}
}

impl From<raw::ModelState> for ModelState {
	fn from(state: raw::ModelState) -> Self {
		match state {
			raw::ModelState::Draft => Self::Draft,
			raw::ModelState::Listed => Self::Listed,
			raw::ModelState::Suspended => Self::Suspended,
			raw::ModelState::Retired => Self::Retired,
		}
	}
}

impl<Ticket> From<raw::Model<AccountId, Ticket>> for Model {
	fn from(model: raw::Model<AccountId, Ticket>) -> Self {
		Self {
			owner: model.owner,
			description: model.description.into(),
			terms: model.terms.into(),
			version: model.version,
			successor: model.successor,
			state: model.state.into(),
		}
	}
}

impl From<raw::Activity> for Activity {
	fn from(activity: raw::Activity) -> Self {
		Self {
			registration: activity.registration,
			live_jobs: activity.live_jobs,
			royalties_due: activity.royalties_due,
			fulfilled: activity.fulfilled,
			proofs_verified: activity.proofs_verified,
			proofs_missed: activity.proofs_missed,
			ratings: activity.ratings,
		}
	}
}

impl From<answers::Statistics> for Statistics {
	fn from(statistics: answers::Statistics) -> Self {
		let answers::Statistics { count, min, median, max } = statistics;
		Self { count, min, median, max }
	}
}

impl Review {
	pub(crate) fn new(job: JobId, review: raw::Review<AccountId>) -> Self {
		let raw::Review { reviewer, rating, digest, registration, deposit } = review;
		Self { job, reviewer, rating, digest, registration, deposit }
	}
}
