#![doc = include_str!("../README.md")]
#![cfg_attr(not(feature = "std"), no_std)]
#![forbid(unsafe_code)]
#![warn(missing_docs)]

extern crate alloc;

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
pub use impls::{Limits, RunningTime, JOBS_PER_PAGE, MAX_VERSIONS};
pub use types::*;
pub use weights::WeightInfo;

use polkadot_sdk::{frame_support, frame_system};

#[frame_support::pallet]
pub mod pallet {
	use super::*;
	use alloc::{boxed::Box, vec::Vec};
	use frame_support::{
		pallet_prelude::*,
		traits::{
			fungible::{Mutate, MutateHold},
			Consideration, Footprint,
		},
		PalletId,
	};
	use frame_system::pallet_prelude::*;
	use polkadot_sdk::sp_runtime::Permill;
	use quittance_types::{
		Agreement, Blob, CircuitId, Circuits, Digest, Escrow, Escrows, FieldBytes, Issuers, JobId,
		JobTime, Level, Miners, Mode, ModelId, Panels, PriceRamp, Verdict,
	};

	/// A stored model.
	pub type ModelOf<T> =
		Model<<T as frame_system::Config>::AccountId, <T as Config>::ModelConsideration>;

	/// What an owner says of a model.
	pub type DescriptionOf<T> = Description<<T as frame_system::Config>::AccountId>;

	/// What a requester asks for and offers.
	pub type OfferOf<T> = Offer<<T as frame_system::Config>::AccountId>;

	/// What a requester asks for whose price is hidden.
	pub type PrivateRequestOf<T> = PrivateRequest<<T as frame_system::Config>::AccountId>;

	/// A job that has not ended.
	pub type JobOf<T> = Job<<T as frame_system::Config>::AccountId>;

	/// What an account has committed to for a late job.
	pub type LateCommitmentOf<T> =
		LateCommitment<<T as frame_system::Config>::AccountId, BlockNumberFor<T>>;

	/// The bytes of an input, as long as the chain looks at.
	pub type InputBytes = BoundedVec<u8, ConstU32<MAX_CLAIM_BYTES>>;

	/// Longest input that the chain looks at, in bytes.
	pub const MAX_CLAIM_BYTES: u32 = 64 * 1024;

	/// Configuration of the pallet.
	#[pallet::config]
	// The check does not know bounds on the associated types; ids enter circuits as 32 bytes.
	#[pallet::disable_frame_system_supertrait_check]
	pub trait Config:
		frame_system::Config<AccountId: Into<[u8; 32]>, RuntimeEvent: From<Event<Self>>>
	{
		/// Holds what jobs will pay. Amounts are `u128`; inside circuits they have 64 bits.
		type Currency: Mutate<Self::AccountId>
			+ MutateHold<Self::AccountId, Balance = u128, Reason = Self::RuntimeHoldReason>;

		/// The runtime's hold reasons.
		type RuntimeHoldReason: From<HoldReason>;

		/// The account in which royalties wait, as an id.
		#[pallet::constant]
		type PalletId: Get<PalletId>;

		/// Deposit for a registered model by its bytes.
		type ModelConsideration: Consideration<Self::AccountId, Footprint>;

		/// The circuit registry.
		type Circuits: Circuits<Error = DispatchError>;

		/// The issuer registry.
		type Issuers: Issuers<Self::AccountId>;

		/// The miner registry: who can take a job, and what is at stake.
		type Miners: Miners<Self::AccountId, Error = DispatchError>;

		/// Who judges outputs that no issuer has signed.
		type Panels: Panels<Self::AccountId, Error = DispatchError>;

		/// The pool, in whose notes private jobs are paid.
		type Escrows: Escrows;

		/// What it costs that the pool gives an escrow back.
		type EscrowWeight: Get<Weight>;

		/// Whether one of the calls that bring jobs on is paused: `lock_job`, deliveries, commitments,
		/// receipts. Job time then stands still. Asked once, when a block begins.
		type Paused: Get<bool>;

		/// Deposit for a job's record, returned when the requester removes it.
		#[pallet::constant]
		type JobDeposit: Get<u128>;

		/// Deposit for a commitment to a late receipt, returned once the job has ended.
		#[pallet::constant]
		type CommitmentDeposit: Get<u128>;

		/// Deposit for a review, returned when it is withdrawn.
		#[pallet::constant]
		type ReviewDeposit: Get<u128>;

		/// Longest time from post to deadline, in job time. A circuit that has been paused for longer is
		/// taken to be lost.
		#[pallet::constant]
		type MaxTimeout: Get<JobTime>;

		/// By how much a deadline moves, once, when an accepted issuer is removed: time enough to have
		/// another one sign.
		#[pallet::constant]
		type RemovalExtension: Get<JobTime>;

		/// How long a delivered output waits for an issuer before a panel is asked. Long enough for an
		/// issuer to be restarted.
		#[pallet::constant]
		type SigningTime: Get<JobTime>;

		/// How long a job waits until it is looked at again, where a panel could not be asked because too
		/// many sit, or where its clock stands still at a deadline.
		#[pallet::constant]
		type PanelRetry: Get<JobTime>;

		/// How long after a job's deadline a panel is still asked again. Then the job is undecided. Long
		/// enough for many panels to end: who fills them all must do so until then.
		#[pallet::constant]
		type PanelPatience: Get<JobTime>;

		/// How long the miners of a redundant job can show what they committed to.
		#[pallet::constant]
		type RevealTime: Get<JobTime>;

		/// How long late receipts are still accepted after the requester gave notice. Long enough to
		/// finish a job that was begun.
		#[pallet::constant]
		type CancelNotice: Get<JobTime>;

		/// The least that a job pays whoever judges it. Zero lets requesters have outputs judged for
		/// nothing by panels, whose members are slashed if they do not. A parameter of governance.
		type MinimumFee: Get<u128>;

		/// The least bond of a lock; never zero, whatever this says. So much at least costs it to take a
		/// job and do nothing. A parameter of governance.
		type MinimumLockBond: Get<u128>;

		/// What the requester of a private job loses where its miner declines: it is burned. A parameter of
		/// governance.
		type DeclineFee: Get<u128>;

		/// How long the miner of a private job can decline it. Long enough for an opening to be sent and
		/// looked at.
		#[pallet::constant]
		type OpeningTime: Get<JobTime>;

		/// The part of a job's highest price that a lock's bond is at least: who shows a wrong output on
		/// purpose loses so much of what it could win. A parameter of governance.
		type BondPart: Get<Permill>;

		/// What a job pays a panel beside the issuer's fee, if one sits on it. Held with the rest, and
		/// copied into the job. A parameter of governance.
		type PanelFee: Get<u128>;

		/// Where the panel's fee goes if a panel has sat and nobody can be paid for it: to the same
		/// account as forfeited bonds, never to a party of the job.
		type Treasury: Get<Self::AccountId>;

		/// The price above which only a verified proof pays. A parameter of governance.
		type HighValue: Get<u128>;

		/// The most entries of the agenda that one block looks at, however idle it is.
		#[pallet::constant]
		type AgendaSteps: Get<u32>;

		/// Weights of the calls.
		type WeightInfo: WeightInfo;

		/// What the benchmarks need of the rest of the runtime: money, issuers, miners and a circuit.
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
		/// Deposit for a commitment to a late receipt.
		#[codec(index = 3)]
		CommitmentDeposit,
		/// Deposit for a review.
		#[codec(index = 4)]
		ReviewDeposit,
	}

	/// The pallet.
	#[pallet::pallet]
	pub struct Pallet<T>(_);

	/// Models by id. Inserted by `register_model`, removed by `remove_model` once retired and
	/// without live jobs; paid for by the deposit. The key is a hash of ours, hence `Identity`.
	#[pallet::storage]
	pub type Models<T: Config> = StorageMap<_, Identity, ModelId, ModelOf<T>>;

	/// What the chain saw of models: exactly those of [`Models`]. Apart from the record, because every
	/// job changes it.
	#[pallet::storage]
	pub type Activities<T: Config> = StorageMap<_, Identity, ModelId, Activity>;

	/// Number of registrations of models.
	#[pallet::storage]
	pub type Registrations<T: Config> = StorageValue<_, u64, ValueQuery>;

	/// Jobs by number. Inserted by `post_job`, removed by `remove_job` once ended; paid for by the
	/// job's deposit.
	#[pallet::storage]
	pub type Jobs<T: Config> = StorageMap<_, Twox64Concat, JobId, JobRecord<T::AccountId>>;

	/// Number of the next job.
	#[pallet::storage]
	pub type NextJob<T: Config> = StorageValue<_, JobId, ValueQuery>;

	/// Jobs by the job time at which something is due: at most one entry of each job, under its `due`. A
	/// living job that waits for a time has one; that of an ended job is dropped when its time comes, or
	/// with the job. Moved with every change of `due`, so that there is no entry without a record that
	/// its deposit pays for.
	#[pallet::storage]
	pub type Agenda<T: Config> =
		StorageDoubleMap<_, Twox64Concat, JobTime, Twox64Concat, JobId, ()>;

	/// The oldest time of [`Agenda`] that may have an entry. Never later than now.
	#[pallet::storage]
	pub type OldestDue<T: Config> = StorageValue<_, JobTime, ValueQuery>;

	/// What accounts have committed to for late jobs. Inserted by `commit_late`, removed by
	/// `withdraw_commitment` once the job has ended; paid for by its deposit.
	#[pallet::storage]
	pub type LateCommitments<T: Config> = StorageDoubleMap<
		_,
		Twox64Concat,
		JobId,
		Blake2_128Concat,
		T::AccountId,
		LateCommitmentOf<T>,
	>;

	/// Reviews by model and job. Inserted by `review_job`, removed by `remove_review`, also after job
	/// and model are gone; paid for by its deposit.
	#[pallet::storage]
	pub type Reviews<T: Config> =
		StorageDoubleMap<_, Identity, ModelId, Twox64Concat, JobId, Review<T::AccountId>>;

	/// Number of blocks that began with jobs paused. Job time is the block's number less this.
	#[pallet::storage]
	pub type StoppedBlocks<T: Config> = StorageValue<_, u64, ValueQuery>;

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
			weights: Digest,
			/// Its number among its versions.
			version: u32,
			/// The version before it.
			predecessor: Option<ModelId>,
		},
		/// A model takes new jobs.
		ModelListed {
			/// Its id.
			model: ModelId,
		},
		/// A model takes no new jobs for now.
		ModelSuspended {
			/// Its id.
			model: ModelId,
		},
		/// A model takes no new jobs for good.
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
		/// A model's owner asks other prices or says another latency.
		ModelTermsChanged {
			/// Its id.
			model: ModelId,
			/// The terms before.
			old: Terms,
			/// The terms now.
			new: Terms,
		},
		/// Royalties that were set aside were paid out.
		RoyaltyPaid {
			/// The model.
			model: ModelId,
			/// Who was paid.
			payee: T::AccountId,
			/// How much.
			amount: u128,
		},
		/// A job was posted.
		JobPosted {
			/// Its number.
			job: JobId,
			/// Who posted it.
			requester: T::AccountId,
			/// The model asked for.
			model: ModelId,
			/// How it is to be run.
			mode: Mode,
			/// The input.
			input: Blob,
			/// The level of its receipt.
			level: Level,
			/// What the miner can be paid, by when it locks the job. Zero where an escrow pays.
			price: PriceRamp,
			/// What the issuer earns.
			issuer_fee: u128,
			/// What a panel is paid beside that, if one sits.
			panel_fee: u128,
			/// What a lock reserves of a miner's bond.
			miner_bond: u128,
			/// How many miners do it.
			redundancy: u8,
			/// The model's price for a unit.
			quote: u128,
			/// Until when it can be locked and delivered.
			lock_deadline: JobTime,
			/// Until when a receipt is accepted.
			deadline: JobTime,
			/// Whether only a verified proof pays.
			proof_required: bool,
		},
		/// A miner has a job.
		JobLocked {
			/// The job.
			job: JobId,
			/// The miner.
			miner: T::AccountId,
			/// What it can be paid at most.
			price: u128,
			/// What of its bond is reserved.
			bond: u128,
			/// The number of locks of the job now.
			nonce: u64,
		},
		/// A miner has a private job. Comes after [`Event::JobLocked`].
		PrivateJobLocked {
			/// The job.
			job: JobId,
			/// The miner.
			miner: T::AccountId,
			/// What it and the requester have agreed on: the hash of the offer and of the owner key that it
			/// named.
			agreement: Agreement,
			/// X25519 key to which the requester seals the opening.
			opening_key: [u8; 32],
		},
		/// The requester of a private job has sent what its miner needs to settle it.
		OpeningSent {
			/// The job.
			job: JobId,
			/// The number of locks of the job: which of its miners the opening is for.
			nonce: u64,
			/// The opening, sealed to that miner's key.
			opening: SealedOpening,
		},
		/// The miner of a private job gave it back.
		JobDeclined {
			/// The job.
			job: JobId,
			/// The miner.
			miner: T::AccountId,
			/// What of the requester's was burned.
			burned: u128,
			/// What the miner lost to the treasury: as much, if the requester had sent an opening.
			slashed: u128,
		},
		/// A panel found the output of a private job right; its miner can divide the escrow.
		SettlementAwaited {
			/// The job.
			job: JobId,
			/// Units that the panel found.
			units: u64,
			/// What the miner bears of the panel's cost.
			borne: u128,
			/// Until when.
			until: JobTime,
		},
		/// A miner of a redundant job has committed to an output.
		OutputCommitted {
			/// The job.
			job: JobId,
			/// The miner.
			miner: T::AccountId,
			/// The commitment.
			commitment: Digest,
		},
		/// The miners of a redundant job show what they have committed to.
		RevealsBegun {
			/// The job.
			job: JobId,
			/// Until when.
			until: JobTime,
		},
		/// A miner has shown its output.
		OutputDelivered {
			/// The job.
			job: JobId,
			/// The miner.
			miner: T::AccountId,
			/// The output.
			output: Blob,
		},
		/// A delivered output waits for an issuer's signature.
		SigningBegun {
			/// The job.
			job: JobId,
			/// Until when, unless an accepted issuer is removed.
			until: JobTime,
		},
		/// An account has committed to a late receipt.
		LateCommitted {
			/// The job.
			job: JobId,
			/// The account, which the receipt will name as the miner.
			miner: T::AccountId,
			/// The commitment.
			commitment: Digest,
		},
		/// The deposit for a commitment was returned.
		CommitmentWithdrawn {
			/// The job.
			job: JobId,
			/// Who had committed.
			miner: T::AccountId,
			/// Who got the deposit.
			depositor: T::AccountId,
		},
		/// A receipt was accepted that will be settled from the next block.
		SettlementScheduled {
			/// The job.
			job: JobId,
			/// Who did it.
			miner: T::AccountId,
			/// What the receipt is worth.
			amount: u128,
		},
		/// A job was done and paid.
		JobFulfilled {
			/// Its number.
			job: JobId,
			/// Who did it: the miner that brought the receipt, or whose output a panel found right.
			miner: T::AccountId,
			/// What it, and any others that did it, earned together. Zero where an escrow paid.
			amount: u128,
			/// What of that was set aside as royalties.
			royalties: u128,
			/// Who signed the receipt; `None` where a panel judged.
			issuer: Option<T::AccountId>,
			/// What the issuer was paid, or the panel: that has the panel's fee too.
			issuer_fee: u128,
			/// What returned to the requester.
			returned: u128,
		},
		/// One of several miners of a job was paid.
		ShareOfJobPaid {
			/// The job.
			job: JobId,
			/// The miner.
			miner: T::AccountId,
			/// What it earned, royalties included.
			amount: u128,
		},
		/// A member of a panel was paid of the issuer's and the panel's fee, or whom an input that is none had
		/// cost something of the issuer's.
		FeePaid {
			/// The job.
			job: JobId,
			/// Who was paid.
			payee: T::AccountId,
			/// How much.
			amount: u128,
		},
		/// A miner could not be paid; `fulfil_job` tries again.
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
		/// A miner lost the bond of a lock to the treasury, but for what covers a panel.
		BondForfeited {
			/// The job.
			job: JobId,
			/// The miner.
			miner: T::AccountId,
			/// What was taken.
			amount: u128,
		},
		/// Of a forfeited bond, what made good to the requester what a panel was paid on account of its
		/// miner.
		PanelCovered {
			/// The job.
			job: JobId,
			/// The miner that had the bond.
			miner: T::AccountId,
			/// How much.
			amount: u128,
		},
		/// A panel has found an output right. Of what it was paid beyond the issuer's fee and no lost bond made
		/// good, this much is taken off the pay of the miners that were right.
		PanelBorne {
			/// The job.
			job: JobId,
			/// How much.
			amount: u128,
		},
		/// A panel has sat, and nobody is to be paid for it: its fee went to the treasury.
		PanelFeeLost {
			/// The job.
			job: JobId,
			/// How much.
			amount: u128,
		},
		/// The requester wants a job no more; late receipts are accepted for a while.
		CancelNoticeGiven {
			/// The job.
			job: JobId,
			/// Until when.
			closes_at: JobTime,
		},
		/// A panel was asked about what was delivered.
		PanelAsked {
			/// The job.
			job: JobId,
		},
		/// Too many panels sit for one more; one is asked again.
		PanelAwaited {
			/// The job.
			job: JobId,
			/// From when on it is asked again.
			from: JobTime,
		},
		/// No panel can sit; the job is undecided.
		PanelUnavailable {
			/// The job.
			job: JobId,
			/// Why.
			error: DispatchError,
		},
		/// A panel has judged; the job will be settled from the next block.
		PanelDecided {
			/// The job.
			job: JobId,
			/// What it found.
			verdict: Verdict,
		},
		/// A job was not done, and the requester has its money back.
		JobRefunded {
			/// Its number.
			job: JobId,
			/// Who had posted it.
			requester: T::AccountId,
			/// What was returned.
			amount: u128,
			/// Why.
			cause: Cause,
		},
		/// An ended job's record was removed and its deposit returned.
		JobRemoved {
			/// Its number.
			job: JobId,
		},
		/// A requester reviewed a job that was done for it.
		JobReviewed {
			/// The job.
			job: JobId,
			/// The model.
			model: ModelId,
			/// The requester.
			reviewer: T::AccountId,
			/// 1, the worst, to 5.
			rating: u8,
			/// blake2b-256 of the review's text.
			digest: Digest,
		},
		/// A review was withdrawn and its deposit returned.
		ReviewRemoved {
			/// The job.
			job: JobId,
			/// The model.
			model: ModelId,
		},
	}

	/// Errors. Each says what is wrong; nothing was changed.
	#[pallet::error]
	#[derive(PartialEq)]
	pub enum Error<T> {
		// Models
		/// The model is already registered.
		ModelExists,
		/// No model has this id.
		UnknownModel,
		/// Only the account that registered the model may do this.
		NotModelOwner,
		/// The model takes no new jobs.
		ModelNotListed,
		/// The model is listed already.
		ModelListed,
		/// The model takes no new jobs for good.
		ModelRetired,
		/// Retire the model first.
		ModelNotRetired,
		/// Jobs that ask for the model have not ended.
		ModelInUse,
		/// A version of this model exists. Register the next one as a version of that.
		SuccessorExists,
		/// A model that is listed has a price for one mode at least.
		NoPrices,
		/// The weights', or the input's or output's, file is empty.
		EmptyBlob,
		/// A shape has at least one dimension.
		ShapeEmpty,
		/// A dimension of a shape is zero.
		DimensionZero,
		/// A Poseidon commitment is not below the group order. It is 32 bytes little-endian.
		CommitmentNotCanonical,
		/// A mode with a proof needs the weights' Poseidon commitment.
		PoseidonMissing,
		/// A mode on encrypted input needs FHE parameters.
		FheParametersMissing,
		/// A royalty is zero.
		RoyaltyZero,
		/// Royalties are above half of what a miner earns.
		RoyaltiesTooHigh,
		/// Royalties name a payee twice.
		DuplicatePayee,
		/// No royalties are set aside, or nobody could be paid.
		NothingToPay,

		// Posting
		/// The model has no price for this mode.
		ModeNotOffered,
		/// The highest price is below the model's price for one unit.
		PriceBelowQuote,
		/// A price is zero.
		PriceZero,
		/// The lowest price is above the highest.
		MinAboveMax,
		/// A price, fee or bond needs more than 64 bits.
		AmountTooLarge,
		/// The price rises beyond the lock timeout.
		RampTooLong,
		/// The issuer's fee is below the least, or above zero and below the existential deposit: it could
		/// then not be paid to an account without balance.
		IssuerFeeTooSmall,
		/// The lock timeout is zero.
		LockTimeoutZero,
		/// The lock timeout is longer than the timeout.
		LockTimeoutTooLong,
		/// The deadline is too far away.
		TimeoutTooLong,
		/// The bond of a lock is below the least of all. Ask for `minimum_lock_bond` of the limits, or more.
		BondTooSmall,
		/// The bond of a lock is below what issuer and panel are paid, and could not cover a panel that finds
		/// the output wrong. Ask for the sum of both fees, or more, or lower the issuer's.
		BondBelowFees,
		/// The bond of a lock is too small a part of the highest price: a wrong output would be worth the
		/// risk. Ask for `bond_part` of the limits of that price, rounded up, or more.
		BondBelowPrice,
		/// A job is done by 1 to 8 miners.
		RedundancyOutOfRange,
		/// The price is so high, or it was asked for, that only a proof pays: ask for a level with one.
		ProofRequired,
		/// A mode with a proof needs the input's Poseidon commitment.
		InputCommitmentMissing,
		/// A job must accept at least one issuer.
		NoIssuers,
		/// An issuer is named twice.
		DuplicateIssuer,
		/// A named issuer is not in office.
		IssuerNotInOffice,
		/// The requester cannot be an issuer of its own job.
		RequesterIsIssuer,
		/// A basic job names the circuit of its receipt.
		CircuitMissing,
		/// A transparent job has no circuit.
		CircuitUnexpected,
		/// The free balance does not cover what is to be held.
		InsufficientBalance,
		/// A job at the enhanced level is posted by the pool's `post_private_job`.
		PostedPrivately,
		/// At least one miner can decline a private job, and no more than four.
		DeclinesOutOfRange,
		/// A private job cannot ask for a model that pays royalties: its price is hidden.
		RoyaltiesNotPrivate,
		/// The pool is to pay the requester less than is held for the job, with the existential deposit.
		PaidInTooSmall,
		/// A private job can be locked for longer than a miner can decline it.
		LockTimeoutTooShort,

		// Jobs
		/// No job has this number.
		UnknownJob,
		/// The job has ended.
		JobEnded,
		/// The job has not ended.
		JobNotEnded,
		/// Only the requester may do this.
		NotRequester,
		/// No miner has the job, or not as many as it is for.
		JobOpen,
		/// A miner has the job.
		JobLocked,
		/// The miners of the job have committed to outputs, which are shown now.
		JobRevealing,
		/// The output of the job was delivered.
		JobDelivered,
		/// A panel judges the job, or has judged it.
		JobOnPanel,
		/// The job has its receipt.
		JobAccepted,
		/// The account is no miner's hot key.
		NotHotKey,
		/// The job cannot be locked any more, or the lock was not kept: its deadline has passed.
		LockDeadlinePassed,
		/// The circuit of the job's receipt is paused for good: nothing can be committed to, and the job can
		/// be refunded.
		CircuitLost,
		/// A private job is locked by `lock_private_job`.
		LockedPrivately,
		/// The job is not a private one.
		NotPrivate,
		/// Another miner has the job by now, or none: the opening was for the one before.
		LockedByAnother,
		/// The miner has declined the job before.
		AlreadyDeclined,
		/// The time in which the miner can decline has passed.
		TooLateToDecline,
		/// Nobody can do a private job late.
		NoneLate,
		/// The miner has locked the job already.
		AlreadyLocked,
		/// The requester of a job cannot be its miner.
		MinerIsRequester,
		/// Issuers of a job cannot be its miner.
		MinerIsIssuer,
		/// The job is kept for other miners.
		NotAllowed,
		/// None of the job's issuers is in office.
		NoIssuerInOffice,
		/// The account has not locked the job.
		NotLockHolder,
		/// Several miners do the job: outputs are committed to first.
		Redundant,
		/// One miner does the job: deliver the output.
		NotRedundant,
		/// The miner has committed to an output already.
		AlreadyCommitted,
		/// The miner has shown its output already.
		AlreadyDelivered,
		/// The miner has committed to no output.
		NothingCommitted,
		/// Outputs are shown when all are committed to, or when the lock deadline has passed.
		RevealTooEarly,
		/// The time in which outputs are shown has passed.
		RevealTooLate,
		/// This is not what was committed to.
		CommitmentMismatch,
		/// The lock deadline has not passed: only the miner that has the job can do it.
		NotLate,
		/// The job takes no receipts any more.
		DeadlinePassed,
		/// There is no such commitment.
		UnknownCommitment,
		/// The job takes no receipt from this miner now.
		ReceiptBarred,
		/// The receipt is above what the miner can be paid.
		AmountAbovePrice,
		/// Notice was given already.
		NoticeGiven,
		/// The bytes are not those of the job's input.
		DigestMismatch,
		/// The input is as it should be.
		InputWellFormed,
		/// The chain cannot read encrypted input.
		InputEncrypted,
		/// A receipt can still come: the deadline has not passed.
		DeadlineNotPassed,
		/// Nobody has locked the job, or nobody is to blame. Refund it.
		NothingToSlash,
		/// A lock was not kept. Slash it.
		LockNotKept,
		/// Nothing is due.
		NothingDue,
		/// Too many panels sit for one more. The agenda asks again.
		TooManyPanels,
		/// The job has no accepted receipt and no verdict to pay for.
		NoReceipt,
		/// A rating is 1 to 5.
		RatingOutOfRange,
		/// The job was not done, or not paid for.
		NotFulfilled,
		/// The job was reviewed already.
		AlreadyReviewed,
		/// There is no such review.
		UnknownReview,
		/// Only the account that wrote the review may do this.
		NotReviewer,
		/// The model was removed and registered again since the job: what is listed under its id now has
		/// not done it.
		ModelReplaced,
		/// A broken invariant of this pallet; please report it.
		Unexpected,
	}

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		fn integrity_test() {
			Self::check_configuration();
		}

		fn on_initialize(_: BlockNumberFor<T>) -> Weight {
			Self::tick()
		}

		fn on_idle(_: BlockNumberFor<T>, remaining: Weight) -> Weight {
			Self::process_agenda(remaining)
		}

		#[cfg(feature = "try-runtime")]
		fn try_state(
			_: BlockNumberFor<T>,
		) -> Result<(), polkadot_sdk::sp_runtime::TryRuntimeError> {
			Self::do_try_state()
		}
	}

	#[pallet::call]
	impl<T: Config> Pallet<T> {
		/// Registers a model under `blake2_256(SCALE(tag, owner, description))`.
		///
		/// ## Dispatch Origin
		/// Signed; the caller becomes the owner and pays the deposit.
		///
		/// ## Details
		/// The chain keeps digests; the files are off chain. The description is for good, the terms are not.
		/// The model is a draft until it is listed. A version of another model is registered by that one's
		/// owner. The first royalties of all give the account in which they wait its existential deposit.
		///
		/// ## Errors
		/// `ModelExists`, `EmptyBlob`, `ShapeEmpty`, `DimensionZero`, `CommitmentNotCanonical`, `RoyaltyZero`,
		/// `DuplicatePayee`, `RoyaltiesTooHigh`, `UnknownModel`, `NotModelOwner`, `SuccessorExists`, those of
		/// [`Pallet::set_terms`], or the deposit's.
		///
		/// ## Events
		/// `ModelRegistered`.
		#[pallet::call_index(0)]
		#[pallet::weight(T::WeightInfo::register_model())]
		pub fn register_model(
			origin: OriginFor<T>,
			description: Box<DescriptionOf<T>>,
			terms: Terms,
		) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_register_model(who, *description, terms)
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
		/// Refused while jobs that ask for it have not ended. Royalties that are set aside are paid; what
		/// cannot be is the owner's. Reviews stay.
		///
		/// ## Errors
		/// `UnknownModel`, `NotModelOwner`, `ModelNotRetired`, `ModelInUse`.
		///
		/// ## Events
		/// `RoyaltyPaid` for each payee, `ModelRemoved`.
		#[pallet::call_index(2)]
		#[pallet::weight(T::WeightInfo::remove_model())]
		pub fn remove_model(origin: OriginFor<T>, model: ModelId) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_remove_model(who, model)
		}

		/// Posts a job and holds its highest price, the issuer's and the panel's fee and the record's deposit.
		///
		/// ## Dispatch Origin
		/// Signed by the requester.
		///
		/// ## Details
		/// All that is asked for is fixed here, the model's price for a unit too. `proof_required` is set
		/// where the highest price is above [`Config::HighValue`]. The panel's fee, [`Config::PanelFee`],
		/// returns whole if no panel sits.
		///
		/// ## Errors
		/// Those under "Posting", `UnknownModel`, `ModelNotListed`, `EmptyBlob`, `CommitmentNotCanonical`,
		/// and the circuit registry's.
		///
		/// ## Events
		/// `JobPosted`.
		#[pallet::call_index(3)]
		#[pallet::weight(T::WeightInfo::post_job())]
		pub fn post_job(origin: OriginFor<T>, offer: Box<OfferOf<T>>) -> DispatchResult {
			let requester = ensure_signed(origin)?;
			Self::do_post_job(requester, *offer)
		}

		/// Settles a job with an accepted receipt or a verdict, or pays what could not be paid before.
		///
		/// ## Dispatch Origin
		/// Signed by anyone.
		///
		/// ## Details
		/// Nearly every job is settled when its receipt is accepted. Late and redundant jobs, and those that
		/// a panel judged, are settled by the agenda from the next block; this is for those who do not want
		/// to wait.
		///
		/// ## Errors
		/// `UnknownJob`, `JobEnded`, `NoReceipt`, or the payment's where nothing of what is owed could be paid.
		///
		/// ## Events
		/// `JobFulfilled` or `JobRefunded`, and those of the payments.
		#[pallet::call_index(4)]
		#[pallet::weight(Pallet::<T>::weight_of_settling())]
		pub fn fulfil_job(
			origin: OriginFor<T>,
			#[pallet::compact] job: JobId,
		) -> DispatchResultWithPostInfo {
			ensure_signed(origin)?;
			Self::do_fulfil_job(job)
		}

		/// Returns the held price and fees of a job that nobody did.
		///
		/// ## Dispatch Origin
		/// Signed by anyone.
		///
		/// ## Details
		/// Possible after the deadline where no miner had the job, or at once where nothing was delivered and
		/// no accepted issuer is in office any more or the circuit is paused for good. Nobody is slashed but who
		/// had broken its lock before the circuit was paused.
		///
		/// ## Errors
		/// `UnknownJob`, `JobEnded`, `LockNotKept`, `DeadlineNotPassed`, or the name of a state in which it
		/// cannot be refunded.
		///
		/// ## Events
		/// `BondForfeited`, `JobRefunded`.
		#[pallet::call_index(5)]
		#[pallet::weight(Pallet::<T>::weight_of_refunding())]
		pub fn refund_job(
			origin: OriginFor<T>,
			#[pallet::compact] job: JobId,
		) -> DispatchResultWithPostInfo {
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

		/// Lets jobs ask for a model.
		///
		/// ## Dispatch Origin
		/// Signed by the owner.
		///
		/// ## Details
		/// From draft, or again after it was suspended.
		///
		/// ## Errors
		/// `UnknownModel`, `NotModelOwner`, `ModelListed`, `ModelRetired`, `NoPrices`.
		///
		/// ## Events
		/// `ModelListed`.
		#[pallet::call_index(7)]
		#[pallet::weight(T::WeightInfo::list_model())]
		pub fn list_model(origin: OriginFor<T>, model: ModelId) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_list_model(who, model)
		}

		/// Refuses new jobs for a model, for now.
		///
		/// ## Dispatch Origin
		/// Signed by the owner.
		///
		/// ## Details
		/// Running jobs end as usual.
		///
		/// ## Errors
		/// `UnknownModel`, `NotModelOwner`, `ModelNotListed`.
		///
		/// ## Events
		/// `ModelSuspended`.
		#[pallet::call_index(8)]
		#[pallet::weight(T::WeightInfo::suspend_model())]
		pub fn suspend_model(origin: OriginFor<T>, model: ModelId) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_suspend_model(who, model)
		}

		/// Changes a model's prices and declared latency.
		///
		/// ## Dispatch Origin
		/// Signed by the owner.
		///
		/// ## Details
		/// Jobs that were posted keep the price they were posted at.
		///
		/// ## Errors
		/// `UnknownModel`, `NotModelOwner`, `ModelRetired`, `NoPrices`, `PriceZero`, `AmountTooLarge`,
		/// `PoseidonMissing`, `FheParametersMissing`.
		///
		/// ## Events
		/// `ModelTermsChanged`.
		#[pallet::call_index(9)]
		#[pallet::weight(T::WeightInfo::set_terms())]
		pub fn set_terms(origin: OriginFor<T>, model: ModelId, terms: Terms) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_set_terms(who, model, terms)
		}

		/// Pays out the royalties that are set aside for a model.
		///
		/// ## Dispatch Origin
		/// Signed by anyone.
		///
		/// ## Details
		/// By the payees' parts, rounded down. A payee that cannot be paid does not keep the others from it;
		/// its part stays for the next time, to be shared by all.
		///
		/// ## Errors
		/// `UnknownModel`, `NothingToPay`.
		///
		/// ## Events
		/// `RoyaltyPaid` for each payee.
		#[pallet::call_index(10)]
		#[pallet::weight(T::WeightInfo::pay_royalties())]
		pub fn pay_royalties(origin: OriginFor<T>, model: ModelId) -> DispatchResult {
			ensure_signed(origin)?;
			Self::do_pay_royalties(model)
		}

		/// Takes a job for the miner whose hot key signs.
		///
		/// ## Dispatch Origin
		/// Signed by a miner's hot key.
		///
		/// ## Details
		/// Reserves the job's part of the miner's bond and fixes the price. Whoever has a job delivers its
		/// output or brings the receipt until the lock deadline, or loses that bond.
		///
		/// ## Errors
		/// `UnknownJob`, `JobEnded`, `NotHotKey`, the name of its state if that is not open,
		/// `LockDeadlinePassed`, `MinerIsRequester`, `MinerIsIssuer`, `NotAllowed`, `AlreadyLocked`,
		/// `NoIssuerInOffice`, and the miner registry's.
		///
		/// ## Events
		/// `JobLocked`.
		#[pallet::call_index(11)]
		#[pallet::weight(T::WeightInfo::lock_job())]
		pub fn lock_job(origin: OriginFor<T>, #[pallet::compact] job: JobId) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_lock_job(who, job)
		}

		/// Shows the output of a job.
		///
		/// ## Dispatch Origin
		/// Signed by the miner that has it, or its hot key.
		///
		/// ## Details
		/// From then on the job is this miner's: nobody can slash, refund or do it late. If no issuer signs in
		/// time, a panel judges the output.
		///
		/// ## Errors
		/// `UnknownJob`, `JobEnded`, `NotLockHolder`, `Redundant`, the name of its state if that is not locked,
		/// `EmptyBlob`, `LockDeadlinePassed`.
		///
		/// ## Events
		/// `OutputDelivered`, `SigningBegun`.
		#[pallet::call_index(12)]
		#[pallet::weight(T::WeightInfo::deliver_job())]
		pub fn deliver_job(
			origin: OriginFor<T>,
			#[pallet::compact] job: JobId,
			output: Blob,
		) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_deliver_job(who, job, output)
		}

		/// Commits to an output of a redundant job.
		///
		/// ## Dispatch Origin
		/// Signed by a miner that has it, or its hot key.
		///
		/// ## Details
		/// So that nobody can show what another has worked for. With the last of the job's miners, reveals
		/// begin.
		///
		/// ## Errors
		/// `UnknownJob`, `JobEnded`, `NotLockHolder`, `NotRedundant`, the name of its state if that is
		/// neither open nor locked, `AlreadyCommitted`, `LockDeadlinePassed`, `CircuitLost`.
		///
		/// ## Events
		/// `OutputCommitted`, `RevealsBegun` with the last.
		#[pallet::call_index(13)]
		#[pallet::weight(T::WeightInfo::commit_delivery())]
		pub fn commit_delivery(
			origin: OriginFor<T>,
			#[pallet::compact] job: JobId,
			commitment: Digest,
		) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_commit_delivery(who, job, commitment)
		}

		/// Shows the output of a redundant job.
		///
		/// ## Dispatch Origin
		/// Signed by a miner that has it, or its hot key.
		///
		/// ## Details
		/// Once all have committed, or the lock deadline has passed. Whether the outputs agree is looked at
		/// from the next block after the last, or after the time for it.
		///
		/// ## Errors
		/// `UnknownJob`, `JobEnded`, the name of a later state, `NotLockHolder`, `NotRedundant`,
		/// `NothingCommitted`, `AlreadyDelivered`, `EmptyBlob`, `RevealTooEarly`, `RevealTooLate`,
		/// `CommitmentMismatch`.
		///
		/// ## Events
		/// `RevealsBegun` where nobody has begun them, `OutputDelivered`.
		#[pallet::call_index(14)]
		#[pallet::weight(T::WeightInfo::reveal_delivery())]
		pub fn reveal_delivery(
			origin: OriginFor<T>,
			#[pallet::compact] job: JobId,
			output: Blob,
			salt: [u8; 32],
		) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_reveal_delivery(who, job, output, salt)
		}

		/// Commits to a receipt for a job whose lock deadline has passed.
		///
		/// ## Dispatch Origin
		/// Signed by anyone, or a miner's hot key in its name.
		///
		/// ## Details
		/// The receipt that opens it comes by `submit_receipt` in a later block. Committing again replaces the
		/// commitment and waits anew. The deposit returns by [`Pallet::withdraw_commitment`].
		///
		/// ## Errors
		/// `UnknownJob`, `JobEnded`, the name of a later state, `Redundant`, `NotLate`, `DeadlinePassed`,
		/// `MinerIsRequester`, `MinerIsIssuer`, `NotAllowed`, `InsufficientBalance`.
		///
		/// ## Events
		/// `LateCommitted`.
		#[pallet::call_index(15)]
		#[pallet::weight(T::WeightInfo::commit_late())]
		pub fn commit_late(
			origin: OriginFor<T>,
			#[pallet::compact] job: JobId,
			commitment: Digest,
		) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_commit_late(who, job, commitment)
		}

		/// Returns the deposit for a commitment once its job has ended.
		///
		/// ## Dispatch Origin
		/// Signed by anyone.
		///
		/// ## Details
		/// To whoever paid it.
		///
		/// ## Errors
		/// `UnknownCommitment`, `JobNotEnded`.
		///
		/// ## Events
		/// `CommitmentWithdrawn`.
		#[pallet::call_index(16)]
		#[pallet::weight(T::WeightInfo::withdraw_commitment())]
		pub fn withdraw_commitment(
			origin: OriginFor<T>,
			#[pallet::compact] job: JobId,
			miner: T::AccountId,
		) -> DispatchResult {
			ensure_signed(origin)?;
			Self::do_withdraw_commitment(job, miner)
		}

		/// Ends a job whose miners have shown nothing.
		///
		/// ## Dispatch Origin
		/// Signed by anyone.
		///
		/// ## Details
		/// After the deadline, for a redundant job after that of the locks or of the reveals. The bonds go to
		/// the treasury, never to a party of the job; the requester has its money back.
		///
		/// ## Errors
		/// `UnknownJob`, `JobEnded`, `NothingToSlash`, `DeadlineNotPassed`, or the name of a state in which
		/// nobody can be slashed.
		///
		/// ## Events
		/// `BondForfeited` for each miner, `JobRefunded`.
		#[pallet::call_index(17)]
		#[pallet::weight(Pallet::<T>::weight_of_refunding())]
		pub fn slash_job(
			origin: OriginFor<T>,
			#[pallet::compact] job: JobId,
		) -> DispatchResultWithPostInfo {
			ensure_signed(origin)?;
			Self::do_slash_job(job)
		}

		/// Does what is due for a job, as the agenda will.
		///
		/// ## Dispatch Origin
		/// Signed by anyone.
		///
		/// ## Details
		/// Whatever it is: a refund, a slash, the begin of reveals, a panel, a settlement.
		///
		/// ## Errors
		/// `UnknownJob`, `JobEnded`, `NothingDue`, `TooManyPanels`.
		///
		/// ## Events
		/// Those of the step.
		#[pallet::call_index(18)]
		#[pallet::weight(Pallet::<T>::weight_of_any_step())]
		pub fn advance_job(
			origin: OriginFor<T>,
			#[pallet::compact] job: JobId,
		) -> DispatchResultWithPostInfo {
			ensure_signed(origin)?;
			Self::do_advance_job(job)
		}

		/// Takes back a job that no miner has.
		///
		/// ## Dispatch Origin
		/// Signed by the requester.
		///
		/// ## Details
		/// At once until the lock deadline. After it somebody may have begun, and late receipts are accepted
		/// for [`Config::CancelNotice`] more, or until the deadline.
		///
		/// ## Errors
		/// `UnknownJob`, `JobEnded`, `NotRequester`, `JobLocked` or the name of a later state, `NoticeGiven`.
		///
		/// ## Events
		/// `JobRefunded`, or `CancelNoticeGiven`.
		#[pallet::call_index(19)]
		#[pallet::weight(T::WeightInfo::cancel_job().saturating_add(T::EscrowWeight::get()))]
		pub fn cancel_job(
			origin: OriginFor<T>,
			#[pallet::compact] job: JobId,
		) -> DispatchResultWithPostInfo {
			let who = ensure_signed(origin)?;
			Self::do_cancel_job(who, job)
		}

		/// Shows that the input of a job is none, and ends the job.
		///
		/// ## Dispatch Origin
		/// Signed by anyone.
		///
		/// ## Details
		/// The chain decodes the bytes itself. No bond is lost; the issuer's fee is shared by the miners that
		/// have the job, or the claimant's where nobody has; the rest is the requester's.
		///
		/// ## Errors
		/// `UnknownJob`, `JobEnded`, the name of a later state, `InputEncrypted`, `DigestMismatch`,
		/// `InputWellFormed`.
		///
		/// ## Events
		/// `JobRefunded`.
		#[pallet::call_index(20)]
		#[pallet::weight(
			T::WeightInfo::claim_malformed(bytes.len() as u32)
				.saturating_add(T::EscrowWeight::get())
		)]
		pub fn claim_malformed(
			origin: OriginFor<T>,
			#[pallet::compact] job: JobId,
			bytes: InputBytes,
		) -> DispatchResultWithPostInfo {
			let who = ensure_signed(origin)?;
			Self::do_claim_malformed(who, job, &bytes)
		}

		/// Says what a job was like.
		///
		/// ## Dispatch Origin
		/// Signed by the requester of a job that was done and paid for.
		///
		/// ## Details
		/// Once for each job, against a deposit. Not where the model was removed since, registered again or
		/// not.
		///
		/// ## Errors
		/// `UnknownJob`, `JobNotEnded`, `NotRequester`, `NotFulfilled`, `AlreadyReviewed`, `RatingOutOfRange`,
		/// `UnknownModel`, `ModelReplaced`, `InsufficientBalance`.
		///
		/// ## Events
		/// `JobReviewed`.
		#[pallet::call_index(21)]
		#[pallet::weight(T::WeightInfo::review_job())]
		pub fn review_job(
			origin: OriginFor<T>,
			#[pallet::compact] job: JobId,
			rating: u8,
			digest: Digest,
		) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_review_job(who, job, rating, digest)
		}

		/// Withdraws a review and returns its deposit.
		///
		/// ## Dispatch Origin
		/// Signed by whoever wrote it.
		///
		/// ## Details
		/// It counts no more. The job cannot be reviewed again.
		///
		/// ## Errors
		/// `UnknownReview`, `NotReviewer`.
		///
		/// ## Events
		/// `ReviewRemoved`.
		#[pallet::call_index(22)]
		#[pallet::weight(T::WeightInfo::remove_review())]
		pub fn remove_review(
			origin: OriginFor<T>,
			model: ModelId,
			#[pallet::compact] job: JobId,
		) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_remove_review(who, model, job)
		}

		/// Takes a private job for the miner whose hot key signs.
		///
		/// ## Dispatch Origin
		/// Signed by a miner's hot key.
		///
		/// ## Details
		/// As [`Pallet::lock_job`]. `payee` is the owner key that is paid, a fresh one; only whoever has its
		/// secrets can settle the job. `opening_key` is the X25519 key to which the requester seals what the
		/// miner needs for that.
		///
		/// ## Errors
		/// `NotPrivate`, `CommitmentNotCanonical`, `AlreadyDeclined`, and those of [`Pallet::lock_job`].
		///
		/// ## Events
		/// `JobLocked`, `PrivateJobLocked`.
		#[pallet::call_index(23)]
		#[pallet::weight(T::WeightInfo::lock_private_job())]
		pub fn lock_private_job(
			origin: OriginFor<T>,
			#[pallet::compact] job: JobId,
			payee: FieldBytes,
			opening_key: [u8; 32],
		) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_lock_private_job(who, job, payee, opening_key)
		}

		/// Sends the opening of a private job's escrow to the miner that has the job.
		///
		/// ## Dispatch Origin
		/// Signed by the requester.
		///
		/// ## Details
		/// By the chain, so that it gets there whoever is offline when. Stored is only that one was sent, and
		/// nobody but the miner can look at what it is: HPKE (RFC 9180) of `quittance_types::EscrowOpening::to_bytes`. `nonce`
		/// is the number of locks.
		///
		/// ## Errors
		/// `UnknownJob`, `JobEnded`, `NotPrivate`, `NotRequester`, the name of its state if that is not locked,
		/// `LockedByAnother`.
		///
		/// ## Events
		/// `OpeningSent`.
		#[pallet::call_index(24)]
		#[pallet::weight(T::WeightInfo::send_opening())]
		// So that all calls have the size of the smaller ones.
		#[allow(clippy::boxed_local)]
		pub fn send_opening(
			origin: OriginFor<T>,
			#[pallet::compact] job: JobId,
			#[pallet::compact] nonce: u64,
			opening: Box<SealedOpening>,
		) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_send_opening(who, job, nonce, &opening)
		}

		/// Gives a private job back.
		///
		/// ## Dispatch Origin
		/// Signed by the miner that has it, or its hot key.
		///
		/// ## Details
		/// In the first [`Config::OpeningTime`] after the lock, and not after the lock deadline, for want of an
		/// opening that is what was offered. The miner has its bond back and cannot take the job again; of the
		/// requester's a fee that it has prepaid is burned. If the requester has sent an opening, good or not,
		/// the miner loses as much of its bond. The last decline that is prepaid ends the job.
		///
		/// ## Errors
		/// `UnknownJob`, `JobEnded`, `NotPrivate`, `NotLockHolder`, the name of its state if that is not
		/// locked, `TooLateToDecline`.
		///
		/// ## Events
		/// `JobDeclined`, `JobRefunded` with the last.
		#[pallet::call_index(25)]
		#[pallet::weight(T::WeightInfo::decline_job().saturating_add(T::EscrowWeight::get()))]
		pub fn decline_job(
			origin: OriginFor<T>,
			#[pallet::compact] job: JobId,
		) -> DispatchResultWithPostInfo {
			let who = ensure_signed(origin)?;
			Self::do_decline_job(who, job)
		}
	}

	#[pallet::view_functions]
	impl<T: Config> Pallet<T> {
		/// The deadline in force, in job time: later than the posted one where an accepted issuer was
		/// removed or the circuit was paused. `None` for a job that has ended or is not known.
		pub fn deadline(job: JobId) -> Option<JobTime> {
			Self::deadline_in_force(job)
		}

		/// Job time now.
		pub fn job_time() -> JobTime {
			Self::now()
		}

		/// What a miner that locks the job now can be paid at most; `None` where nobody can lock it, and of a
		/// private job.
		pub fn price_now(job: JobId) -> Option<u128> {
			Self::quote_now(job)
		}

		/// What the model's last receipts in time were locked at; `None` where there are none.
		pub fn recent_prices(model: ModelId) -> Option<Statistics> {
			Self::price_statistics(model)
		}

		/// Job time from lock to receipt of the model's last receipts in time; beside what its owner says.
		pub fn measured_latency(model: ModelId) -> Option<Statistics> {
			Self::latency_statistics(model)
		}

		/// Of the model's jobs that asked for a proof, were taken, and ended with one, by the loss of a bond
		/// or by a panel: those that ended with a verified one, in parts of a million. `None` where there are
		/// none.
		pub fn privacy_score(model: ModelId) -> Option<u32> {
			Self::score(model)
		}

		/// How many reviews give each rating, 1 first.
		pub fn ratings(model: ModelId) -> Option<[u32; MAX_RATING as usize]> {
			Activities::<T>::get(model).map(|activity| activity.ratings)
		}

		/// The model and the versions after it, at most [`MAX_VERSIONS`].
		pub fn versions(model: ModelId) -> Vec<ModelId> {
			Self::versions_from(model)
		}

		/// The jobs that a miner can lock now, among [`JOBS_PER_PAGE`] numbers from this one, and the number
		/// to go on from; `None` at the end. Whether its free bond covers a lock is not looked at.
		pub fn jobs_for(miner: T::AccountId, from: JobId) -> (Vec<JobId>, Option<JobId>) {
			Self::lockable_by(&miner, from)
		}

		/// Whether the market would take a private job now of an account that gets so much from the pool, and
		/// why not.
		pub fn check_private_job(
			requester: T::AccountId,
			request: PrivateRequestOf<T>,
			escrow: Escrow,
			circuit: CircuitId,
			paid_in: u128,
		) -> Result<(), DispatchError> {
			Self::try_private_job(requester, request, escrow, circuit, paid_in)
		}

		/// What jobs must keep to now.
		pub fn limits() -> Limits {
			Self::current_limits()
		}
	}
}
