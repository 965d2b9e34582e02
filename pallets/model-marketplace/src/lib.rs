#![doc = include_str!("../README.md")]
#![cfg_attr(not(feature = "std"), no_std)]
#![forbid(unsafe_code)]
#![warn(missing_docs)]

pub use pallet::*;

mod benchmarking;
mod impls;
#[cfg(test)]
mod mock;
#[cfg(test)]
mod tests;
mod types;
pub mod weights;

#[cfg(feature = "runtime-benchmarks")]
pub use benchmarking::BenchmarkHelper;
pub use types::{
	AcceptedIssuers, Job, JobState, Model, ModelState, Name, Uri, MAX_NAME_BYTES, MAX_URI_BYTES,
};
pub use weights::WeightInfo;

use polkadot_sdk::{frame_support, frame_system};

#[frame_support::pallet]
// A call's arguments are what wallets show.
#[allow(clippy::too_many_arguments)]
pub mod pallet {
	use super::*;
	use frame_support::{
		pallet_prelude::*,
		traits::{fungible::MutateHold, Consideration, Footprint},
	};
	use frame_system::pallet_prelude::*;
	use quittance_types::{
		Blob, CircuitId, Circuits, Digest, Issuers, JobId, JobTime, Level, ModelId, Payment,
	};

	/// A stored model.
	pub type ModelOf<T> =
		Model<<T as frame_system::Config>::AccountId, <T as Config>::ModelConsideration>;

	/// A stored job.
	pub type JobOf<T> = Job<<T as frame_system::Config>::AccountId>;

	/// Configuration of the pallet.
	#[pallet::config]
	// The check does not know bounds on the associated types; ids enter circuits as 32 bytes.
	#[pallet::disable_frame_system_supertrait_check]
	pub trait Config:
		frame_system::Config<AccountId: Into<[u8; 32]>, RuntimeEvent: From<Event<Self>>>
	{
		/// Holds what jobs will pay. Amounts are `u128`; inside circuits they have 64 bits.
		type Currency: MutateHold<Self::AccountId, Balance = u128, Reason = Self::RuntimeHoldReason>;

		/// The runtime's hold reasons.
		type RuntimeHoldReason: From<HoldReason>;

		/// Deposit for a registered model by its bytes.
		type ModelConsideration: Consideration<Self::AccountId, Footprint>;

		/// The circuit registry.
		type Circuits: Circuits<Error = DispatchError>;

		/// The issuer registry.
		type Issuers: Issuers<Self::AccountId>;

		/// Job time: blocks in which jobs could proceed. The same clock as the receipts pallet's.
		type JobClock: Get<JobTime>;

		/// Deposit for a job's record, returned when the requester removes it.
		#[pallet::constant]
		type JobDeposit: Get<u128>;

		/// Longest time from post to deadline, in job time.
		#[pallet::constant]
		type MaxTimeout: Get<JobTime>;

		/// By how much the deadline moves, once, when an accepted issuer is removed: time enough
		/// to have another one sign.
		#[pallet::constant]
		type RemovalExtension: Get<JobTime>;

		/// Weights of the calls.
		type WeightInfo: WeightInfo;

		/// What the benchmarks need of the rest of the runtime: money, issuers and a circuit.
		#[cfg(feature = "runtime-benchmarks")]
		type BenchmarkHelper: crate::BenchmarkHelper<Self::AccountId>;
	}

	/// Why balance is held.
	#[pallet::composite_enum]
	pub enum HoldReason {
		/// What a job will pay to miner and issuer.
		#[codec(index = 0)]
		JobEscrow,
		/// Deposit for a job's record.
		#[codec(index = 1)]
		JobDeposit,
		/// Deposit for a model's record.
		#[codec(index = 2)]
		ModelDeposit,
	}

	/// The pallet.
	#[pallet::pallet]
	pub struct Pallet<T>(_);

	/// Models by id. Inserted by `register_model`, removed by `remove_model` once retired and
	/// without live jobs; paid for by the deposit. The key is a hash of ours, hence `Identity`.
	#[pallet::storage]
	pub type Models<T: Config> = StorageMap<_, Identity, ModelId, ModelOf<T>>;

	/// Jobs by number. Inserted by `post_job`, removed by `remove_job` once ended; paid for by the
	/// job's deposit.
	#[pallet::storage]
	pub type Jobs<T: Config> = StorageMap<_, Twox64Concat, JobId, JobOf<T>>;

	/// Number of the next job.
	#[pallet::storage]
	pub type NextJob<T: Config> = StorageValue<_, JobId, ValueQuery>;

	/// Events.
	#[pallet::event]
	#[pallet::generate_deposit(pub(super) fn deposit_event)]
	pub enum Event<T: Config> {
		/// A model was registered.
		ModelRegistered {
			/// Its id.
			model: ModelId,
			/// Who registered it.
			owner: T::AccountId,
			/// SHA-256 of its weights.
			weights: [u8; 32],
		},
		/// A model takes no new jobs.
		ModelRetired {
			/// Its id.
			model: ModelId,
		},
		/// A model's record was removed and its deposit returned.
		ModelRemoved {
			/// Its id.
			model: ModelId,
			/// Who had registered it.
			owner: T::AccountId,
		},
		/// A job was posted.
		JobPosted {
			/// Its number.
			job: JobId,
			/// Who posted it.
			requester: T::AccountId,
			/// The model asked for.
			model: ModelId,
			/// The input.
			input: Blob,
			/// The level of its receipt.
			level: Level,
			/// The most the miner can be paid.
			max_price: u128,
			/// What the issuer earns.
			issuer_fee: u128,
			/// Until when a receipt is accepted.
			deadline: JobTime,
		},
		/// A job was done and paid.
		JobFulfilled {
			/// Its number.
			job: JobId,
			/// Who did it.
			miner: T::AccountId,
			/// What the miner was paid.
			amount: u128,
			/// Who signed the receipt.
			issuer: T::AccountId,
			/// What the issuer was paid.
			issuer_fee: u128,
			/// What returned to the requester.
			returned: u128,
		},
		/// A receipt was accepted but the payment failed; `fulfil_job` tries again.
		PaymentDeferred {
			/// The job.
			job: JobId,
			/// Who is owed.
			miner: T::AccountId,
			/// How much.
			amount: u128,
			/// Why the payment failed.
			error: DispatchError,
		},
		/// A job ended without a receipt and the requester has its money back.
		JobRefunded {
			/// Its number.
			job: JobId,
			/// Who had posted it.
			requester: T::AccountId,
			/// What was returned.
			amount: u128,
		},
		/// An ended job's record was removed and its deposit returned.
		JobRemoved {
			/// Its number.
			job: JobId,
		},
	}

	/// Errors.
	#[pallet::error]
	#[derive(PartialEq)]
	pub enum Error<T> {
		/// The model is already registered.
		ModelExists,
		/// No model has this id.
		UnknownModel,
		/// Only the account that registered the model may do this.
		NotModelOwner,
		/// The model takes no new jobs.
		ModelRetired,
		/// Retire the model first.
		ModelListed,
		/// Jobs that ask for the model have not ended.
		ModelInUse,
		/// The weights' file is empty.
		EmptyBlob,
		/// A job must accept at least one issuer.
		NoIssuers,
		/// An issuer is named twice.
		DuplicateIssuer,
		/// A named issuer is not in office.
		IssuerNotInOffice,
		/// The requester cannot be an issuer of its own job.
		RequesterIsIssuer,
		/// The price is zero.
		PriceZero,
		/// Price or fee needs more than 64 bits.
		AmountTooLarge,
		/// The issuer's fee is above zero and below the existential deposit: it could not be paid to
		/// an account without balance, and would keep the miner from being paid.
		IssuerFeeTooSmall,
		/// The time to the deadline is zero.
		TimeoutZero,
		/// The deadline is too far away.
		TimeoutTooLong,
		/// A basic job names the circuit of its receipt.
		CircuitMissing,
		/// A transparent job has no circuit.
		CircuitUnexpected,
		/// The requester's free balance does not cover price, fee and deposit.
		InsufficientBalance,
		/// No job has this number.
		UnknownJob,
		/// The job has no accepted receipt to pay for.
		NoReceipt,
		/// The job has ended.
		JobEnded,
		/// The job has not ended.
		JobNotEnded,
		/// A receipt can still come: the deadline has not passed.
		DeadlineNotPassed,
		/// A receipt was accepted: the job is to be paid, not refunded.
		ReceiptAccepted,
		/// The receipt is above what the job holds.
		AmountAboveHeld,
		/// Only the requester may do this.
		NotRequester,
		/// A broken invariant of this pallet; please report it.
		Unexpected,
	}

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		#[cfg(feature = "try-runtime")]
		fn try_state(
			_: BlockNumberFor<T>,
		) -> Result<(), polkadot_sdk::sp_runtime::TryRuntimeError> {
			Self::do_try_state()
		}
	}

	#[pallet::call]
	impl<T: Config> Pallet<T> {
		/// Registers a model under `blake2_256(SCALE(tag, owner, name, architecture, weights))`.
		///
		/// ## Dispatch Origin
		/// Signed; the caller becomes the owner and pays the deposit.
		///
		/// ## Details
		/// The chain keeps digests; the file itself is off chain.
		///
		/// ## Errors
		/// `EmptyBlob`, `ModelExists`, or the deposit's.
		///
		/// ## Events
		/// `ModelRegistered`.
		#[pallet::call_index(0)]
		#[pallet::weight(T::WeightInfo::register_model())]
		pub fn register_model(
			origin: OriginFor<T>,
			name: Name,
			architecture: Digest,
			weights: [u8; 32],
			blob: Blob,
			uri: Uri,
			licence: Digest,
		) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_register_model(who, name, architecture, weights, blob, uri, licence)
		}

		/// Refuses new jobs for a model, for good.
		///
		/// ## Dispatch Origin
		/// Signed by the owner.
		///
		/// ## Details
		/// Running jobs end as usual.
		///
		/// ## Errors
		/// `UnknownModel`, `NotModelOwner`, `ModelRetired`.
		///
		/// ## Events
		/// `ModelRetired`.
		#[pallet::call_index(1)]
		#[pallet::weight(T::WeightInfo::retire_model())]
		pub fn retire_model(origin: OriginFor<T>, model: ModelId) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_retire_model(who, model)
		}

		/// Removes a retired model's record and returns its deposit.
		///
		/// ## Dispatch Origin
		/// Signed by the owner.
		///
		/// ## Details
		/// Refused while jobs that ask for it have not ended.
		///
		/// ## Errors
		/// `UnknownModel`, `NotModelOwner`, `ModelListed`, `ModelInUse`.
		///
		/// ## Events
		/// `ModelRemoved`.
		#[pallet::call_index(2)]
		#[pallet::weight(T::WeightInfo::remove_model())]
		pub fn remove_model(origin: OriginFor<T>, model: ModelId) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_remove_model(who, model)
		}

		/// Posts a job and holds its highest price, the issuer's fee and the record's deposit.
		///
		/// ## Dispatch Origin
		/// Signed by the requester.
		///
		/// ## Details
		/// Issuers, level and circuit are fixed here. `timeout` is the job time to the deadline.
		///
		/// ## Errors
		/// `UnknownModel`, `ModelRetired`, `EmptyBlob`, `PriceZero`, `AmountTooLarge`,
		/// `IssuerFeeTooSmall`, `TimeoutZero`, `TimeoutTooLong`, `NoIssuers`, `DuplicateIssuer`, `RequesterIsIssuer`,
		/// `IssuerNotInOffice`, `CircuitMissing`, `CircuitUnexpected`, `InsufficientBalance`, and
		/// the circuit registry's.
		///
		/// ## Events
		/// `JobPosted`.
		#[pallet::call_index(3)]
		#[pallet::weight(T::WeightInfo::post_job())]
		pub fn post_job(
			origin: OriginFor<T>,
			model: ModelId,
			input: Blob,
			level: Level,
			circuit: Option<CircuitId>,
			issuers: AcceptedIssuers<T::AccountId>,
			#[pallet::compact] issuer_fee: u128,
			payment: Payment,
			#[pallet::compact] timeout: JobTime,
		) -> DispatchResult {
			let requester = ensure_signed(origin)?;
			Self::do_post_job(
				requester, model, input, level, circuit, issuers, issuer_fee, payment, timeout,
			)
		}

		/// Pays a job whose receipt was accepted but whose payment failed.
		///
		/// ## Dispatch Origin
		/// Signed by anyone.
		///
		/// ## Details
		/// Jobs are paid when their receipt is accepted; this is for when that failed.
		///
		/// ## Errors
		/// `UnknownJob`, `NoReceipt`, `JobEnded`, or the payment's.
		///
		/// ## Events
		/// `JobFulfilled`.
		#[pallet::call_index(4)]
		#[pallet::weight(T::WeightInfo::fulfil_job())]
		pub fn fulfil_job(origin: OriginFor<T>, #[pallet::compact] job: JobId) -> DispatchResult {
			ensure_signed(origin)?;
			Self::do_fulfil_job(job)
		}

		/// Returns the held price and fee of a job that got no receipt.
		///
		/// ## Dispatch Origin
		/// Signed by anyone.
		///
		/// ## Details
		/// Possible after the deadline, or at once when no accepted issuer is in office any more.
		///
		/// ## Errors
		/// `UnknownJob`, `ReceiptAccepted`, `JobEnded`, `DeadlineNotPassed`.
		///
		/// ## Events
		/// `JobRefunded`.
		#[pallet::call_index(5)]
		#[pallet::weight(T::WeightInfo::refund_job())]
		pub fn refund_job(origin: OriginFor<T>, #[pallet::compact] job: JobId) -> DispatchResult {
			ensure_signed(origin)?;
			Self::do_refund_job(job)
		}

		/// Removes an ended job's record and returns its deposit.
		///
		/// ## Dispatch Origin
		/// Signed by the requester.
		///
		/// ## Details
		/// The number is never used again.
		///
		/// ## Errors
		/// `UnknownJob`, `NotRequester`, `JobNotEnded`.
		///
		/// ## Events
		/// `JobRemoved`.
		#[pallet::call_index(6)]
		#[pallet::weight(T::WeightInfo::remove_job())]
		pub fn remove_job(origin: OriginFor<T>, #[pallet::compact] job: JobId) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_remove_job(who, job)
		}
	}

	#[pallet::view_functions]
	impl<T: Config> Pallet<T> {
		/// The deadline in force: later than the posted one where an accepted issuer was removed.
		pub fn deadline(job: JobId) -> Option<JobTime> {
			Jobs::<T>::get(job).map(|job| Self::deadline_of(&job))
		}
	}
}
