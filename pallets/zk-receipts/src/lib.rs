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
pub mod runtime_api;
#[cfg(test)]
mod tests;
mod types;
pub mod weights;

#[cfg(feature = "runtime-benchmarks")]
pub use benchmarking::BenchmarkHelper;
pub use impls::MOST_REMOVED;
pub use types::{
	Circuit, DryRunError, Issuer, IssuerState, KeyBytes, Possession, ReceiptBatch, Schema,
	MAX_BATCH_RECEIPTS, MAX_KEY_BYTES, MAX_SCHEMA_BYTES,
};
pub use weights::WeightInfo;

use polkadot_sdk::{frame_support, frame_system};

#[frame_support::pallet]
// A receipt with its proof is the largest call; boxed it would be as large on the wire.
#[allow(clippy::large_enum_variant)]
pub mod pallet {
	use super::*;
	use crate::impls::{BatchSize, Judging};
	use alloc::{boxed::Box, vec::Vec};
	use frame_support::{
		pallet_prelude::*,
		traits::{
			fungible::{Inspect, MutateHold},
			Consideration, Footprint,
		},
	};
	use frame_system::pallet_prelude::*;
	use quittance_types::{
		AcceptedReceipts, CircuitId, CircuitKind, FieldBytes, IssuerKeys, JobId, JobTime, Jobs,
		Level, ProvenReceipts, Receipt, Setup,
	};

	/// Balance type of the configured currency.
	pub type BalanceOf<T> =
		<<T as Config>::Currency as Inspect<<T as frame_system::Config>::AccountId>>::Balance;

	/// A stored circuit.
	pub type CircuitOf<T> =
		Circuit<<T as frame_system::Config>::AccountId, <T as Config>::CircuitConsideration>;

	/// Configuration of the pallet.
	#[pallet::config]
	// The check does not know bounds on the associated types; ids enter circuits as 32 bytes.
	#[pallet::disable_frame_system_supertrait_check]
	pub trait Config:
		frame_system::Config<
		AccountId: Into<[u8; 32]>,
		Hash: Into<[u8; 32]>,
		RuntimeEvent: From<Event<Self>>,
	>
	{
		/// Holds issuers' bonds.
		type Currency: MutateHold<Self::AccountId, Reason = Self::RuntimeHoldReason>;

		/// The runtime's hold reasons.
		type RuntimeHoldReason: From<HoldReason>;

		/// Deposit for a registered circuit by its bytes. Chosen so that filling state with keys
		/// costs more than it annoys.
		type CircuitConsideration: Consideration<Self::AccountId, Footprint>;

		/// The marketplace, which knows the jobs and pays them.
		type Jobs: Jobs<Self::AccountId, Error = DispatchError>;

		/// Hears of receipts whose proof was verified: who rewards them.
		type ProvenReceipts: ProvenReceipts<Self::AccountId>;

		/// Hears of every receipt that is accepted: who attests it to others. What that costs beyond the call is
		/// its own to set aside.
		type AcceptedReceipts: AcceptedReceipts<Self::AccountId>;

		/// Job time: blocks in which jobs could proceed. The same clock as the marketplace's.
		type JobClock: Get<JobTime>;

		/// Admits and removes issuers and resumes circuits. An issuer vouches for every output it
		/// signs, so this is governance, not a registry anyone can enter.
		type AdminOrigin: EnsureOrigin<Self::RuntimeOrigin>;

		/// Pauses circuits. It can only stop things.
		type EmergencyOrigin: EnsureOrigin<Self::RuntimeOrigin>;

		/// What an issuer has at stake.
		#[pallet::constant]
		type IssuerBond: Get<BalanceOf<Self>>;

		/// Job time between an issuer's removal and the return of its bond: longer than any receipt
		/// of its can live.
		#[pallet::constant]
		type UnbondingDelay: Get<JobTime>;

		/// Longest time between a job's deadline and its receipt's expiry, in job time.
		#[pallet::constant]
		type ReceiptLifetime: Get<JobTime>;

		/// Job time in which receipts expire whose nullifiers are removed together. At least 1.
		#[pallet::constant]
		type NullifierGroup: Get<JobTime>;

		/// Weights of the calls.
		type WeightInfo: WeightInfo;

		/// What the benchmarks need of the rest of the runtime: money, and jobs of the marketplace.
		#[cfg(feature = "runtime-benchmarks")]
		type BenchmarkHelper: crate::BenchmarkHelper<Self::AccountId>;
	}

	/// Why balance is held.
	#[pallet::composite_enum]
	pub enum HoldReason {
		/// Deposit for a registered circuit.
		#[codec(index = 0)]
		CircuitDeposit,
		/// Bond of an issuer.
		#[codec(index = 1)]
		IssuerBond,
	}

	/// The pallet.
	#[pallet::pallet]
	pub struct Pallet<T>(_);

	/// Registered circuits without their keys, by id. Inserted by `register_circuit`, removed by
	/// `remove_circuit` once no live job refers to the circuit; paid for by its deposit. The key is
	/// a hash of ours, hence `Identity`.
	#[pallet::storage]
	pub type Circuits<T: Config> = StorageMap<_, Identity, CircuitId, CircuitOf<T>>;

	/// How many live jobs name a circuit, where there are any. Apart from the circuit's record, which a
	/// receipt would have to write for this number alone.
	#[pallet::storage]
	pub type References<T: Config> = StorageMap<_, Identity, CircuitId, u32, ValueQuery>;

	/// Verifying keys by circuit id: exactly the circuits of [`Circuits`], each checked and linted
	/// when it was registered.
	#[pallet::storage]
	pub type Keys<T: Config> = StorageMap<_, Identity, CircuitId, KeyBytes>;

	/// Issuers by account. Inserted by `register_issuer` against a bond, removed only while pending;
	/// a removed issuer's record stays, which governance bounds by whom it admits.
	#[pallet::storage]
	pub type Issuers<T: Config> =
		StorageMap<_, Blake2_128Concat, T::AccountId, Issuer<BalanceOf<T>>>;

	/// Nullifiers of accepted receipts with their jobs, by the group of the receipt's signed expiry: the
	/// expiry divided by [`Config::NullifierGroup`]. Inserted with the receipt, removed in the idle time
	/// of blocks once the group has expired as a whole and the job has ended: then neither receipt nor
	/// job could be used again.
	///
	/// With its job, so that no proof for one job, whoever made its circuit, spends what belongs to
	/// another. Whoever made the circuit chooses the value, hence the keyed hasher. A receipt says
	/// itself in which group it would be; a job takes one receipt only, whatever its expiry.
	#[pallet::storage]
	pub type Nullifiers<T: Config> =
		StorageDoubleMap<_, Twox64Concat, JobTime, Blake2_128Concat, (JobId, FieldBytes), ()>;

	/// The oldest group of [`Nullifiers`] that may hold something.
	#[pallet::storage]
	pub type OldestGroup<T: Config> = StorageValue<_, JobTime, ValueQuery>;

	/// Every key an issuer ever showed possession of, an sr25519 key or the leaf of a BabyJubJub
	/// key, with its account: a key that leaked under one account cannot return under another, and
	/// no two leaves of a tree are equal. Removed with a withdrawn registration only.
	#[pallet::storage]
	pub type IssuerKeyOwners<T: Config> = StorageMap<_, Blake2_128Concat, [u8; 32], T::AccountId>;

	/// Number of issuers that were removed. While it stays the same, every job's issuers are those of
	/// its post, and no receipt has to look at each of them.
	#[pallet::storage]
	pub type RemovedIssuers<T: Config> = StorageValue<_, u32, ValueQuery>;

	/// Whether keys of a development setup may carry value: set once, by the genesis.
	#[pallet::storage]
	pub type DevelopmentChain<T: Config> = StorageValue<_, bool, ValueQuery>;

	/// An issuer as a genesis names it: account, sr25519 key and BabyJubJub key as two 32-byte
	/// coordinates.
	pub type GenesisIssuer<T> =
		(<T as frame_system::Config>::AccountId, [u8; 32], ([u8; 32], [u8; 32]));

	/// The first state.
	#[pallet::genesis_config]
	#[derive(frame_support::DefaultNoBound)]
	pub struct GenesisConfig<T: Config> {
		/// Whether keys of a development setup may carry value.
		pub development_chain: bool,
		/// Issuers in office from the start. They have no bond; who writes a genesis vouches for it.
		pub issuers: Vec<GenesisIssuer<T>>,
	}

	#[pallet::genesis_build]
	impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
		fn build(&self) {
			DevelopmentChain::<T>::put(self.development_chain);
			for (account, sr25519, (x, y)) in &self.issuers {
				let mut babyjubjub = [0u8; 64];
				let (to_x, to_y) = babyjubjub.split_at_mut(32);
				to_x.copy_from_slice(x);
				to_y.copy_from_slice(y);
				Pallet::<T>::admit_at_genesis(
					account,
					IssuerKeys { sr25519: *sr25519, babyjubjub },
				);
			}
		}
	}

	/// Events.
	#[pallet::event]
	#[pallet::generate_deposit(pub(super) fn deposit_event)]
	pub enum Event<T: Config> {
		/// A circuit was registered.
		CircuitRegistered {
			/// Its id.
			circuit: CircuitId,
			/// Who registered it.
			owner: T::AccountId,
			/// What its proofs are used for.
			kind: CircuitKind,
			/// Its setup passport.
			setup: Setup,
		},
		/// A circuit was removed and its deposit returned.
		CircuitRemoved {
			/// Its id.
			circuit: CircuitId,
			/// Who had registered it.
			owner: T::AccountId,
		},
		/// A circuit was paused or resumed.
		CircuitPauseChanged {
			/// Its id.
			circuit: CircuitId,
			/// Whether it was paused before.
			old: bool,
			/// Whether it is paused now.
			new: bool,
		},
		/// A circuit takes no new jobs.
		CircuitRetired {
			/// Its id.
			circuit: CircuitId,
		},
		/// Governance vouches for a circuit's passport.
		CircuitApproved {
			/// Its id.
			circuit: CircuitId,
		},
		/// An account asks to become an issuer.
		IssuerRegistered {
			/// The account.
			issuer: T::AccountId,
			/// Its keys, possession of which was shown.
			keys: IssuerKeys,
			/// What is held from it.
			bond: BalanceOf<T>,
		},
		/// An issuer is in office.
		IssuerAdmitted {
			/// The account.
			issuer: T::AccountId,
		},
		/// An issuer takes no new jobs; its signatures count for those that name it.
		IssuerResigned {
			/// The account.
			issuer: T::AccountId,
			/// Job time of the resignation.
			at: JobTime,
		},
		/// An issuer was removed from office; its signatures count no more.
		IssuerRemoved {
			/// The account.
			issuer: T::AccountId,
			/// Job time of the removal.
			at: JobTime,
		},
		/// An issuer's bond was returned.
		IssuerBondReturned {
			/// The account.
			issuer: T::AccountId,
			/// How much.
			bond: BalanceOf<T>,
		},
		/// A receipt was accepted.
		ReceiptAccepted {
			/// The job.
			job: JobId,
			/// Who did the work.
			miner: T::AccountId,
			/// Who signed.
			issuer: T::AccountId,
			/// At which level.
			level: Level,
			/// What the work is worth; zero at the enhanced level, which hides it.
			amount: u128,
			/// The nullifier, spent by this.
			nullifier: FieldBytes,
		},
		/// A receipt of a batch was refused; the others are judged by themselves.
		ReceiptRefused {
			/// Its place in the batch, from 0.
			index: u32,
			/// The job it was submitted for.
			job: JobId,
			/// Why.
			error: DispatchError,
		},
	}

	/// Errors. Each says what is wrong with the submission; nothing was changed.
	#[pallet::error]
	#[derive(Clone, PartialEq)]
	pub enum Error<T> {
		// Circuits
		/// The key's length is not that of a key with 1 to 32 inputs.
		KeyLength,
		/// A coordinate of the key is not below the field's modulus.
		KeyNotCanonical,
		/// A point of the key is not on its curve.
		KeyNotOnCurve,
		/// A point of the key is not in the group of prime order.
		KeyNotInSubgroup,
		/// A point of the key is the point at infinity, which leaves an input or the proof unbound.
		KeyAtInfinity,
		/// The linter found relations between the key's points that let anyone forge proofs. Run
		/// the second phase of the set-up.
		KeyDegenerate,
		/// The key does not have the number of inputs that its kind needs.
		KeyInputsForKind,
		/// A ceremony needs at least two contributions.
		TooFewContributions,
		/// The circuit is already registered.
		CircuitExists,
		/// No circuit has this id. Register it first.
		UnknownCircuit,
		/// Only the account that registered the circuit may do this.
		NotCircuitOwner,
		/// Live jobs refer to the circuit. Remove it when they have ended.
		CircuitInUse,
		/// The circuit is paused. Wait until it is resumed.
		CircuitPaused,
		/// The circuit already is in this state.
		CircuitPauseUnchanged,
		/// The circuit takes no new jobs. Use another.
		CircuitRetired,
		/// Governance has not vouched for the circuit's passport.
		CircuitNotApproved,
		/// Governance has vouched for the circuit already.
		CircuitAlreadyApproved,
		/// Governance vouches for the circuit: only governance can retire it, and only then can it
		/// be removed.
		CircuitApproved,
		/// The circuit's proofs are not receipts of the job's level.
		CircuitKindMismatch,
		/// The circuit's key comes from a development setup, which carries no value on this chain.
		DevelopmentSetup,

		// Issuers
		/// The account already is or was an issuer.
		IssuerExists,
		/// The account is no issuer.
		UnknownIssuer,
		/// The issuer is not waiting for admission.
		IssuerNotPending,
		/// The issuer is not in office.
		IssuerNotActive,
		/// The BabyJubJub key is not a canonical point of prime order, or the sr25519 key is the
		/// identity.
		IssuerKeyInvalid,
		/// The issuer's registered keys are others than those to be admitted.
		IssuerKeysDiffer,
		/// One of the keys belongs or belonged to another issuer.
		IssuerKeyTaken,
		/// A signature does not show possession of the key it is for.
		PossessionInvalid,
		/// There is no bond to return.
		NoBond,
		/// The bond returns when the unbonding delay is over.
		StillBonded,
		/// The account's free balance does not cover the bond.
		InsufficientBalance,

		// Receipts: the job
		/// No job has this number.
		UnknownJob,
		/// The job has its receipt or its refund.
		JobNotOpen,
		/// No miner has locked the job. Lock it first.
		JobNotLocked,
		/// Another miner has the job.
		JobOfAnother,
		/// The miners of the redundant job have yet to show their outputs.
		OutputsAwaited,
		/// A panel judges the job.
		JobOnPanel,
		/// The lock's deadline has passed: receipts are committed to first. Commit, and submit in a later
		/// block.
		NotCommitted,
		/// The receipt was committed to in this very block. Submit it in a later one.
		CommittedInThisBlock,
		/// The miner committed to another receipt.
		CommitmentMismatch,
		/// The receipt names another output than the one that was delivered.
		OutputMismatch,
		/// The job asks for a receipt at another level.
		LevelMismatch,
		/// Issuers of a job cannot be its miner.
		MinerIsIssuer,
		/// The requester of a job cannot be its miner.
		MinerIsRequester,
		/// The job's deadline has passed.
		DeadlinePassed,
		/// The receipt has expired.
		ReceiptExpired,
		/// `as_of` lies in the future. Prove with the latest block's number.
		AsOfInFuture,
		/// The receipt expires before the job's deadline.
		ExpiryBeforeDeadline,
		/// The receipt expires too long after the job's deadline.
		ExpiryTooLate,
		/// An amount needs more than 64 bits.
		AmountTooLarge,
		/// The amount is not units times unit price.
		AmountMismatch,
		/// The amount is above what the job holds.
		AmountAboveHeld,
		/// The times of the receipt are not in order.
		TimesOutOfOrder,
		/// The signing issuer is not one of the job's.
		IssuerNotAccepted,
		/// The signing issuer was removed from office.
		IssuerWasRemoved,
		/// The receipt's nullifier is spent: this receipt was accepted before.
		NullifierSpent,

		/// The batch has no receipt.
		EmptyBatch,
		/// The receipts of the batch name more than eight circuits. Submit them apart.
		TooManyCircuits,

		// Receipts: the header
		/// The header names another chain.
		WrongGenesis,
		/// The header names another pallet.
		WrongPallet,
		/// The header names another circuit than the job.
		WrongCircuit,
		/// The header is about another job, miner, model or input.
		WrongSubject,
		/// The header's hash of the call arguments is not that of these arguments.
		WrongArguments,
		/// The header names another submitter.
		WrongSubmitter,
		/// The header names another payee.
		WrongPayee,
		/// The header's validity is not the job's deadline.
		WrongValidUntil,
		/// The header's nonce is not the job's lock counter.
		WrongNonce,
		/// The issuer root is not that of the job's issuers as they are now. Prove again.
		WrongIssuerRoot,

		// Receipts: signature and proof
		/// The claimed nullifier is not below the group order. It is 32 bytes little-endian.
		NullifierNotCanonical,
		/// The claimed issuer root is not below the group order. It is 32 bytes little-endian.
		IssuerRootNotCanonical,
		/// The issuer did not sign this receipt.
		InvalidSignature,
		/// A coordinate of the proof is not below the field's modulus.
		ProofNotCanonical,
		/// A point of the proof is not on its curve.
		ProofNotOnCurve,
		/// A point of the proof is not in the group of prime order.
		ProofNotInSubgroup,
		/// A point of the proof is the point at infinity.
		ProofAtInfinity,
		/// The proof does not prove this statement.
		InvalidProof,
		/// A broken invariant of this pallet; please report it.
		Unexpected,
	}

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		fn integrity_test() {
			assert!(
				T::UnbondingDelay::get() > T::ReceiptLifetime::get(),
				"a bond must outlive the receipts it stands for"
			);
			assert!(T::NullifierGroup::get() > 0, "expiries are divided by the length of a group");
			assert!(
				u8::try_from(<Self as PalletInfoAccess>::index()).is_ok(),
				"the context header names the pallet by one byte"
			);
		}

		fn on_idle(_: BlockNumberFor<T>, remaining: Weight) -> Weight {
			Self::remove_expired_nullifiers(remaining)
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
		/// Registers a circuit under `blake2_256(SCALE(tag, key, kind, schema, setup))`.
		///
		/// ## Dispatch Origin
		/// Signed; the caller becomes the owner and pays the deposit.
		///
		/// ## Details
		/// The key goes through the linter: exact length, canonical, on the curve, in the subgroup,
		/// no point at infinity, no relation that lets anyone forge.
		///
		/// ## Errors
		/// `Key*`, `TooFewContributions`, `CircuitExists`, or the deposit's.
		///
		/// ## Events
		/// `CircuitRegistered`.
		#[pallet::call_index(0)]
		#[pallet::weight(T::WeightInfo::register_circuit())]
		pub fn register_circuit(
			origin: OriginFor<T>,
			kind: CircuitKind,
			key: KeyBytes,
			schema: Schema,
			setup: Setup,
		) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_register_circuit(who, kind, key, schema, setup)
		}

		/// Removes a circuit and returns its deposit.
		///
		/// ## Dispatch Origin
		/// Signed by the owner.
		///
		/// ## Details
		/// Refused while a live job refers to the circuit, while it is paused, and while governance
		/// vouches for it and has not retired it.
		///
		/// ## Errors
		/// `UnknownCircuit`, `NotCircuitOwner`, `CircuitInUse`, `CircuitPaused`, `CircuitApproved`.
		///
		/// ## Events
		/// `CircuitRemoved`.
		#[pallet::call_index(1)]
		#[pallet::weight(T::WeightInfo::remove_circuit())]
		pub fn remove_circuit(origin: OriginFor<T>, circuit: CircuitId) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_remove_circuit(who, circuit)
		}

		/// Stops submissions under a circuit and new jobs that name it.
		///
		/// ## Dispatch Origin
		/// `EmergencyOrigin`.
		///
		/// ## Details
		/// The clocks of the jobs that name it stand still: nobody loses a bond because its receipt is not
		/// looked at. Refunds stay possible.
		///
		/// ## Errors
		/// `UnknownCircuit`, `CircuitPauseUnchanged`.
		///
		/// ## Events
		/// `CircuitPauseChanged`.
		#[pallet::call_index(2)]
		#[pallet::weight(T::WeightInfo::pause_circuit())]
		pub fn pause_circuit(origin: OriginFor<T>, circuit: CircuitId) -> DispatchResult {
			T::EmergencyOrigin::ensure_origin(origin)?;
			Self::do_set_paused(circuit, true)
		}

		/// Lets a paused circuit be used again.
		///
		/// ## Dispatch Origin
		/// `AdminOrigin`: whoever may stop things in an emergency cannot thereby start them.
		///
		/// ## Details
		/// The circuit is as it was before the pause, and the clocks of its jobs go on.
		///
		/// ## Errors
		/// `UnknownCircuit`, `CircuitPauseUnchanged`.
		///
		/// ## Events
		/// `CircuitPauseChanged`.
		#[pallet::call_index(3)]
		#[pallet::weight(T::WeightInfo::pause_circuit())]
		pub fn resume_circuit(origin: OriginFor<T>, circuit: CircuitId) -> DispatchResult {
			T::AdminOrigin::ensure_origin(origin)?;
			Self::do_set_paused(circuit, false)
		}

		/// Asks to become an issuer.
		///
		/// ## Dispatch Origin
		/// Signed by the future issuer.
		///
		/// ## Details
		/// Holds the bond. Both keys must sign a message that covers chain, account and both keys.
		///
		/// ## Errors
		/// `IssuerExists`, `IssuerKeyInvalid`, `PossessionInvalid`, `InsufficientBalance`.
		///
		/// ## Events
		/// `IssuerRegistered`.
		#[pallet::call_index(4)]
		#[pallet::weight(T::WeightInfo::register_issuer())]
		pub fn register_issuer(
			origin: OriginFor<T>,
			keys: IssuerKeys,
			possession: Possession,
		) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_register_issuer(who, keys, possession)
		}

		/// Puts a registered issuer in office.
		///
		/// ## Dispatch Origin
		/// `AdminOrigin`.
		///
		/// ## Details
		/// From now on jobs may name it. The keys are those that were looked at: a registration
		/// withdrawn and made anew with others is not admitted in its place.
		///
		/// ## Errors
		/// `UnknownIssuer`, `IssuerNotPending`, `IssuerKeysDiffer`.
		///
		/// ## Events
		/// `IssuerAdmitted`.
		#[pallet::call_index(5)]
		#[pallet::weight(T::WeightInfo::admit_issuer())]
		pub fn admit_issuer(
			origin: OriginFor<T>,
			issuer: T::AccountId,
			keys: IssuerKeys,
		) -> DispatchResult {
			T::AdminOrigin::ensure_origin(origin)?;
			Self::do_admit_issuer(issuer, keys)
		}

		/// Removes an issuer from office, for good.
		///
		/// ## Dispatch Origin
		/// `AdminOrigin`.
		///
		/// ## Details
		/// Its leaf in every job's tree becomes zero at once. Jobs that accept it get their
		/// deadline extended once.
		///
		/// ## Errors
		/// `UnknownIssuer`, `IssuerNotActive`.
		///
		/// ## Events
		/// `IssuerRemoved`.
		#[pallet::call_index(6)]
		#[pallet::weight(T::WeightInfo::remove_issuer())]
		pub fn remove_issuer(origin: OriginFor<T>, issuer: T::AccountId) -> DispatchResult {
			T::AdminOrigin::ensure_origin(origin)?;
			Self::do_remove_issuer(issuer)
		}

		/// Returns the bond of an issuer that was never admitted, or has left long enough ago.
		///
		/// ## Dispatch Origin
		/// Signed by the issuer.
		///
		/// ## Details
		/// A pending registration is withdrawn with it.
		///
		/// ## Errors
		/// `UnknownIssuer`, `NoBond`, `StillBonded`.
		///
		/// ## Events
		/// `IssuerBondReturned`.
		#[pallet::call_index(7)]
		#[pallet::weight(T::WeightInfo::withdraw_issuer_bond())]
		pub fn withdraw_issuer_bond(origin: OriginFor<T>) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_withdraw_issuer_bond(who)
		}

		/// Submits a receipt for a job; if it is true, its miner is paid.
		///
		/// ## Dispatch Origin
		/// Signed by the miner or its hot key.
		///
		/// ## Details
		/// The miner is the account that is paid: the one whose hot key signs, or the signer itself.
		///
		/// All that can be refused without checking a signature or proof is refused first and
		/// charged as such.
		///
		/// ## Errors
		/// Those under "Receipts", each for one thing that is wrong.
		///
		/// ## Events
		/// `ReceiptAccepted`, then the marketplace's.
		#[pallet::call_index(8)]
		#[pallet::weight(
			Pallet::<T>::weight_of(receipt.level())
				.saturating_add(Pallet::<T>::weight_of_looking(1))
		)]
		pub fn submit_receipt(
			origin: OriginFor<T>,
			#[pallet::compact] job: JobId,
			receipt: Box<Receipt<T::AccountId>>,
		) -> DispatchResultWithPostInfo {
			let who = ensure_signed(origin)?;
			Self::do_submit_receipt(who, job, *receipt)
		}

		/// Submits receipts of several jobs together, whose proofs are then cheaper to verify; of each
		/// that is true its miner is paid.
		///
		/// ## Dispatch Origin
		/// Signed by the miner of all of them, or its hot key.
		///
		/// ## Details
		/// Every receipt is judged by itself: what [`Pallet::submit_receipt`] would refuse is refused
		/// by an event that names its place and the error, and changes nothing. The call succeeds
		/// even if all are refused. Charged are the proofs' common verification and, unless they all
		/// hold, their verification one by one.
		///
		/// ## Errors
		/// `EmptyBatch`, `TooManyCircuits`.
		///
		/// ## Events
		/// `ReceiptAccepted` and the marketplace's, or `ReceiptRefused`, for each receipt in order.
		#[pallet::call_index(12)]
		#[pallet::weight(BatchSize::of(receipts).most::<T>())]
		pub fn submit_receipt_batch(
			origin: OriginFor<T>,
			receipts: ReceiptBatch<T::AccountId>,
		) -> DispatchResultWithPostInfo {
			let who = ensure_signed(origin)?;
			Self::do_submit_receipt_batch(who, receipts)
		}

		/// Lets no new job name a circuit, so that it can be removed when the living ones have
		/// ended.
		///
		/// ## Dispatch Origin
		/// `AdminOrigin`, or signed by the owner while governance does not vouch for the circuit.
		///
		/// ## Details
		/// Receipts for living jobs are accepted as before.
		///
		/// ## Errors
		/// `UnknownCircuit`, `NotCircuitOwner`, `CircuitApproved`, `CircuitRetired`.
		///
		/// ## Events
		/// `CircuitRetired`.
		#[pallet::call_index(9)]
		#[pallet::weight(T::WeightInfo::retire_circuit())]
		pub fn retire_circuit(origin: OriginFor<T>, circuit: CircuitId) -> DispatchResult {
			let owner = match T::AdminOrigin::try_origin(origin) {
				Ok(_) => None,
				Err(origin) => Some(ensure_signed(origin)?),
			};
			Self::do_retire_circuit(owner, circuit)
		}

		/// Vouches for a circuit's passport: outside development chains only such circuits carry
		/// value.
		///
		/// ## Dispatch Origin
		/// `AdminOrigin`.
		///
		/// ## Details
		/// Whoever registers a circuit writes its passport. Whoever knows the trapdoor of its key can
		/// forge receipts in every issuer's name, and the linter cannot see that.
		///
		/// ## Errors
		/// `UnknownCircuit`, `DevelopmentSetup`, `CircuitAlreadyApproved`.
		///
		/// ## Events
		/// `CircuitApproved`.
		#[pallet::call_index(10)]
		#[pallet::weight(T::WeightInfo::approve_circuit())]
		pub fn approve_circuit(origin: OriginFor<T>, circuit: CircuitId) -> DispatchResult {
			T::AdminOrigin::ensure_origin(origin)?;
			Self::do_approve_circuit(circuit)
		}

		/// Leaves office when the jobs that name the caller have ended.
		///
		/// ## Dispatch Origin
		/// Signed by the issuer.
		///
		/// ## Details
		/// No new job may name it. Its signatures count for the jobs that do: whoever worked for
		/// one of them is paid.
		///
		/// ## Errors
		/// `UnknownIssuer`, `IssuerNotActive`.
		///
		/// ## Events
		/// `IssuerResigned`.
		#[pallet::call_index(11)]
		#[pallet::weight(T::WeightInfo::resign_issuer())]
		pub fn resign_issuer(origin: OriginFor<T>) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_resign_issuer(who)
		}
	}

	#[pallet::view_functions]
	impl<T: Config> Pallet<T> {
		/// Verifies a proof under a registered circuit, changing nothing. `proof` must be 256 bytes
		/// and `inputs` at most 32 scalars of 32 bytes, or the answer is the error that says so.
		pub fn dry_run_verify(
			circuit: CircuitId,
			proof: Vec<u8>,
			inputs: Vec<FieldBytes>,
		) -> Result<(), DryRunError> {
			Self::do_dry_run_verify(circuit, &proof, &inputs)
		}

		/// What [`Pallet::submit_receipt`] by `submitter` would say now, changing nothing.
		pub fn dry_run_receipt(
			submitter: T::AccountId,
			job: JobId,
			receipt: Receipt<T::AccountId>,
		) -> Result<(), DispatchError> {
			let mut judging = Judging::new::<T>(submitter);
			let (_, last) = Self::check_all_but_last(&mut judging, job, &receipt)?;
			Ok(Self::check_last(last)?)
		}
	}
}
