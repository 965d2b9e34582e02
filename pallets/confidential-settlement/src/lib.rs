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
pub use types::{
	CallFees, NoteCiphertext, PoolCircuit, PoolCircuits, PoolState, ProofBytes, ProofRefusal,
	Recorded, Totals, Tree, MAX_EDGE_NODES, ROOT_HISTORY,
};
pub use weights::WeightInfo;

use impls::Divided;
use polkadot_sdk::{frame_support, frame_system};

#[frame_support::pallet]
// What `authorize` makes of functions with as many arguments.
#[allow(clippy::type_complexity)]
pub mod pallet {
	use super::*;
	use alloc::boxed::Box;
	use codec::EncodeLike;
	use frame_support::{
		pallet_prelude::*,
		traits::{
			fungible::{Balanced, Credit, Mutate},
			OnUnbalanced,
		},
		PalletId,
	};
	use frame_system::{ensure_authorized, pallet_prelude::*};
	use quittance_types::{
		AuditKeyNumber, AuditPolicy, CircuitId, FieldBytes, Header, JobId, JobTime, NoteAudit,
		NotePairAudit, NumberedAuditorKey, PrivateJobClaims, PrivateJobs, PrivateOffer,
		SettleClaims, SettleVerdictClaims, SettledReceipts, SettlementAudit, TransferClaims,
		WithdrawClaims,
	};

	/// What leaves the pool as a fee.
	pub type CreditOf<T> = Credit<<T as frame_system::Config>::AccountId, <T as Config>::Currency>;

	/// What a private job asks for.
	pub type RequestOf<T> =
		<<T as Config>::Market as PrivateJobs<<T as frame_system::Config>::AccountId>>::Request;

	/// What a relayer got.
	pub type Relayed<T> = Option<(<T as frame_system::Config>::AccountId, u128)>;

	/// Configuration of the pallet.
	#[pallet::config]
	// The check does not know bounds on the associated types; ids enter circuits as 32 bytes.
	#[pallet::disable_frame_system_supertrait_check]
	pub trait Config:
		frame_system::Config<
		AccountId: Into<[u8; 32]>,
		Hash: Into<[u8; 32]>,
		RuntimeCall: From<Call<Self>>,
		RuntimeEvent: From<Event<Self>>,
	>
	{
		/// What is in the pool. Inside circuits amounts have 64 bits.
		type Currency: Mutate<Self::AccountId, Balance = u128>
			+ Balanced<Self::AccountId, Balance = u128>;

		/// The account with all that is in the pool, as an id. Its key is nobody's.
		#[pallet::constant]
		type PalletId: Get<PalletId>;

		/// The registry of circuits, which verifies proofs.
		type Circuits: PoolCircuits;

		/// What a private call must pay. No less than a signed one, or the pool would be the cheap way to
		/// fill blocks.
		type Fees: CallFees;

		/// Takes a private call's fee: first what it had to pay, then what it has paid beyond that, as
		/// those who handle the fees of signed transactions take fee and tip.
		type FeeHandler: OnUnbalanced<CreditOf<Self>>;

		/// The marketplace, whose private jobs escrows pay for.
		type Market: PrivateJobs<
			Self::AccountId,
			Request: Parameter + EncodeLike,
			Error = DispatchError,
		>;

		/// The receipts behind settlements.
		type Receipts: SettledReceipts<Self::AccountId>;

		/// Job time, by which a private call's validity ends. The same clock as the marketplace's.
		type JobClock: Get<JobTime>;

		/// For how long, in job time, calls are still accepted that show their values by the auditor's key before
		/// the one in force. Long enough for calls that were proven when a key is replaced; an auditor that lost
		/// its key is without what is shown by it until then.
		#[pallet::constant]
		type AuditorKeyGrace: Get<JobTime>;

		/// Names circuits and the auditor, and resumes what was paused. Whoever names the circuit of withdrawals
		/// decides who can empty the pool: this is governance.
		type AdminOrigin: EnsureOrigin<Self::RuntimeOrigin>;

		/// Pauses deposits and transfers. It can only stop things, and not withdrawals.
		type EmergencyOrigin: EnsureOrigin<Self::RuntimeOrigin>;

		/// Weights of the calls.
		type WeightInfo: WeightInfo;

		/// What the benchmarks need of the rest of the runtime: money, and registered circuits.
		#[cfg(feature = "runtime-benchmarks")]
		type BenchmarkHelper: crate::BenchmarkHelper<Self::AccountId, RequestOf<Self>>;
	}

	/// The pallet.
	#[pallet::pallet]
	pub struct Pallet<T>(_);

	/// The tree over the commitments of all notes, without its leaves, which are in the events. It only
	/// grows. One value of at most 1.6 KB, which every call reads and writes.
	#[pallet::storage]
	pub type NoteTree<T: Config> = StorageValue<_, Tree, ValueQuery>;

	/// Nullifiers of spent notes. Inserted by the call that spends the note, never removed: without a
	/// nullifier its note could be spent again. Two for each private call, paid for by its fee.
	///
	/// Who makes a note chooses some of what is hashed, hence the keyed hasher.
	#[pallet::storage]
	pub type Nullifiers<T: Config> = StorageMap<_, Blake2_128Concat, FieldBytes, ()>;

	/// Recent roots with the number of leaves under each. Inserted when a block that changed the tree ends,
	/// removed when [`ROOT_HISTORY`] later ones are there: exactly the roots in [`RootRing`]. The key is a
	/// hash of ours, hence `Identity`.
	#[pallet::storage]
	pub type RecentRoots<T: Config> = StorageMap<_, Identity, FieldBytes, u64>;

	/// The same roots by their number modulo [`ROOT_HISTORY`], to know which one is the oldest.
	#[pallet::storage]
	pub type RootRing<T: Config> = StorageMap<_, Twox64Concat, u32, FieldBytes>;

	/// How many roots were recorded, and up to which leaf.
	#[pallet::storage]
	pub type RecordedRoots<T: Config> = StorageValue<_, Recorded, ValueQuery>;

	/// What went in and out. With it the pool never pays more than was deposited, whatever is proven.
	#[pallet::storage]
	pub type PoolTotals<T: Config> = StorageValue<_, Totals, ValueQuery>;

	/// The circuits in force, at most one for each use, each reserved in the registry. Set and replaced by
	/// governance, never removed: without a circuit for withdrawals nobody gets anything out.
	#[pallet::storage]
	pub type CircuitInForce<T: Config> = StorageMap<_, Twox64Concat, PoolCircuit, CircuitId>;

	/// The auditor, to whom every private call shows what its notes are worth. Set, replaced and cleared by
	/// governance; while there is one, calls are proven under the audited circuits, and else under the others.
	#[pallet::storage]
	pub type Audit<T: Config> = StorageValue<_, AuditPolicy>;

	/// How many keys auditors have had, which is the number of the last one. Never taken back: a call that was
	/// made for one key is not one for another.
	#[pallet::storage]
	pub type AuditorKeys<T: Config> = StorageValue<_, AuditKeyNumber, ValueQuery>;

	/// Whether deposits and transfers are paused.
	#[pallet::storage]
	pub type Paused<T: Config> = StorageValue<_, bool, ValueQuery>;

	/// Events.
	#[pallet::event]
	#[pallet::generate_deposit(pub(super) fn deposit_event)]
	pub enum Event<T: Config> {
		/// A note was made. With these events in order, wallets build the tree.
		NoteAdded {
			/// Its place in the tree.
			index: u64,
			/// Its commitment, which is the leaf.
			commitment: FieldBytes,
			/// Which of the ciphertexts of the call in this event's extrinsic is for its owner, if any is.
			ciphertext: Option<u8>,
		},
		/// Money came into the pool.
		Deposited {
			/// Who paid.
			who: T::AccountId,
			/// How much.
			amount: u128,
			/// The place of the note that was made for it.
			index: u64,
		},
		/// Notes were spent and made.
		Transferred {
			/// The nullifiers of those spent.
			nullifiers: [FieldBytes; 2],
			/// What left the pool.
			fee: u128,
			/// Who got a part of it, and how much.
			relayed: Option<(T::AccountId, u128)>,
		},
		/// Money left the pool.
		Withdrawn {
			/// Who was paid.
			payee: T::AccountId,
			/// How much.
			amount: u128,
			/// The nullifiers of the notes spent.
			nullifiers: [FieldBytes; 2],
			/// What left the pool beside it.
			fee: u128,
			/// Who got a part of the fee, and how much.
			relayed: Option<(T::AccountId, u128)>,
		},
		/// A private job was posted: notes were spent, and one was made beside its escrow.
		PrivateJobPosted {
			/// The job.
			job: JobId,
			/// Its requester, an account for this job alone.
			requester: T::AccountId,
			/// What is offered.
			offer: PrivateOffer,
			/// What the requester's account got: fees, deposits and what it needs to send the opening.
			paid_in: u128,
			/// The nullifiers of the notes spent.
			nullifiers: [FieldBytes; 2],
			/// What left the pool beside that.
			fee: u128,
			/// Who got a part of the fee, and how much.
			relayed: Relayed<T>,
		},
		/// The escrow of a private job was divided.
		Settled {
			/// The job.
			job: JobId,
			/// The place of the note for the miner; that with the change is the next one.
			index: u64,
			/// What left the pool.
			fee: u128,
			/// Who got a part of the fee, and how much.
			relayed: Relayed<T>,
		},
		/// A private job was not settled: its escrow is a note of its requester's now.
		EscrowGivenBack {
			/// The job.
			job: JobId,
			/// The note's place in the tree.
			index: u64,
		},
		/// A block that changed the tree has ended.
		RootRecorded {
			/// The root.
			root: FieldBytes,
			/// The number of leaves under it.
			leaves: u64,
		},
		/// Another circuit is in force.
		CircuitSet {
			/// What for.
			used_for: PoolCircuit,
			/// The one until now.
			old: Option<CircuitId>,
			/// The one from now on.
			new: CircuitId,
		},
		/// There is an auditor from now on, or another key of one.
		AuditorSet {
			/// The key until now, and the last job time at which calls may still name it.
			previous: Option<(NumberedAuditorKey, JobTime)>,
			/// The key from now on.
			new: NumberedAuditorKey,
		},
		/// There is no auditor any more.
		AuditorCleared {
			/// The key until now.
			old: NumberedAuditorKey,
		},
		/// Deposits and transfers were paused or resumed.
		PauseChanged {
			/// Whether they were paused before.
			old: bool,
			/// Whether they are paused now.
			new: bool,
		},
	}

	/// Errors of signed calls and of governance's. Why a private call is refused is a [`quittance_types::PoolRefusal`].
	#[pallet::error]
	pub enum Error<T> {
		// Deposits
		/// Deposits are paused.
		Paused,
		/// Governance has not named a circuit for withdrawals yet: what is deposited could not be taken out.
		NoWithdrawCircuit,
		/// A deposit of nothing.
		ZeroAmount,
		/// The amount has more than 64 bits.
		AmountTooLarge,
		/// The inner hash is not below the group order. It is 32 bytes little-endian.
		NotCanonical,
		/// The tree has no room for another note.
		TreeFull,

		// Governance
		/// The circuit is in force already.
		CircuitUnchanged,
		/// It is paused, or running, already.
		PauseUnchanged,
		/// The auditor's key is not canonical, not on the curve, not in the subgroup of prime order, or the
		/// identity.
		InvalidAuditorKey,
		/// The auditor has this key already.
		AuditorUnchanged,
		/// A call that has a circuit has no audited one: name that first, or what is in the pool could not be
		/// taken out.
		NoAuditedCircuit,
		/// There is no auditor.
		NoAuditor,

		/// A broken invariant of this pallet; please report it.
		Unexpected,
	}

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		/// Nothing but to set aside the weight of the block's end.
		fn on_initialize(_: BlockNumberFor<T>) -> Weight {
			T::WeightInfo::record_root()
		}

		fn on_finalize(_: BlockNumberFor<T>) {
			Self::record_root();
		}

		fn integrity_test() {
			assert!(
				u8::try_from(<Self as PalletInfoAccess>::index()).is_ok(),
				"the context header names the pallet by one byte"
			);
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
		/// Pays into the pool and makes a note of it.
		///
		/// ## Dispatch Origin
		/// Signed; the caller pays, and the amount and that it paid are public.
		///
		/// ## Details
		/// The commitment is computed here, so that no note is worth more than was paid for it. `inner` is
		/// `P(tag, owner, rho)`, which can be that of anybody's owner key. The ciphertext is for the owner,
		/// who finds the note by it; nobody checks it. The first deposit pays the existential deposit of the
		/// pool's account on top. The caller's account stays above its own.
		///
		/// ## Errors
		/// `Paused`, `NoWithdrawCircuit`, `TreeFull`, `ZeroAmount`, `AmountTooLarge`, `NotCanonical`, or the
		/// currency's.
		///
		/// ## Events
		/// `NoteAdded`, `Deposited`.
		#[pallet::call_index(0)]
		#[pallet::weight(T::WeightInfo::deposit())]
		// So that all calls have the size of the smaller ones.
		#[allow(clippy::boxed_local)]
		pub fn deposit(
			origin: OriginFor<T>,
			#[pallet::compact] amount: u128,
			inner: FieldBytes,
			ciphertext: Box<NoteCiphertext>,
		) -> DispatchResult {
			let who = ensure_signed(origin)?;
			// For the owner of the note, who reads it in the block.
			let _ = ciphertext;
			Self::do_deposit(who, amount, inner)
		}

		/// Spends two notes and makes two.
		///
		/// ## Dispatch Origin
		/// Authorised by its proof. Nobody signs it.
		///
		/// ## Details
		/// Nothing but the fee leaves the pool. `audit` is there while there is an auditor, and only then, as for all
		/// private calls: what the notes made are worth, to the auditor's eyes alone. The header's `submitter` is the relayer, who gets what the
		/// fee has beyond the least one, or none; its `payee` is the pool's account.
		///
		/// ## Errors
		/// A [`quittance_types::PoolRefusal`], and then it is in no block.
		///
		/// ## Events
		/// `NoteAdded` twice, `Transferred`.
		#[pallet::call_index(1)]
		#[pallet::weight(T::WeightInfo::transfer())]
		#[pallet::weight_of_authorize(Pallet::<T>::authorization_weight(
			PoolCircuit::Transfer.with_auditor(audit.is_some())
		))]
		#[pallet::authorize(Self::authorize_transfer)]
		pub fn transfer(
			origin: OriginFor<T>,
			header: Box<Header<T::AccountId>>,
			claims: Box<TransferClaims>,
			ciphertexts: Box<[NoteCiphertext; 2]>,
			audit: Option<Box<NotePairAudit>>,
			proof: Box<ProofBytes>,
		) -> DispatchResult {
			ensure_authorized(origin)?;
			// Checked when the call was authorised.
			let _ = proof;
			Self::do_transfer(&header, &claims, &ciphertexts, audit.as_deref())
		}

		/// Spends two notes, pays an amount to an account and makes a note of the change.
		///
		/// ## Dispatch Origin
		/// Authorised by its proof. Nobody signs it.
		///
		/// ## Details
		/// The header's `payee` gets the amount; its `submitter` is as for a transfer. Never paused.
		///
		/// ## Errors
		/// A [`quittance_types::PoolRefusal`], and then it is in no block.
		///
		/// ## Events
		/// `NoteAdded`, `Withdrawn`.
		#[pallet::call_index(2)]
		#[pallet::weight(T::WeightInfo::withdraw())]
		#[pallet::weight_of_authorize(Pallet::<T>::authorization_weight(
			PoolCircuit::Withdraw.with_auditor(audit.is_some())
		))]
		#[pallet::authorize(Self::authorize_withdraw)]
		pub fn withdraw(
			origin: OriginFor<T>,
			header: Box<Header<T::AccountId>>,
			claims: Box<WithdrawClaims>,
			ciphertext: Box<NoteCiphertext>,
			audit: Option<Box<NoteAudit>>,
			proof: Box<ProofBytes>,
		) -> DispatchResult {
			ensure_authorized(origin)?;
			// Checked when the call was authorised.
			let _ = proof;
			Self::do_withdraw(&header, &claims, &ciphertext, audit.as_deref())
		}

		/// Names the circuit of a call.
		///
		/// ## Dispatch Origin
		/// `AdminOrigin`.
		///
		/// ## Details
		/// The registry keeps it until another takes its place. What was proven under the one before and is
		/// not in a block has to be proven again. A circuit can be replaced and not taken away.
		///
		/// ## Errors
		/// `CircuitUnchanged`, or the registry's.
		///
		/// ## Events
		/// `CircuitSet`.
		#[pallet::call_index(3)]
		#[pallet::weight(T::WeightInfo::set_circuit())]
		pub fn set_circuit(
			origin: OriginFor<T>,
			used_for: PoolCircuit,
			circuit: CircuitId,
		) -> DispatchResult {
			T::AdminOrigin::ensure_origin(origin)?;
			Self::do_set_circuit(used_for, circuit)
		}

		/// Stops deposits and transfers.
		///
		/// ## Dispatch Origin
		/// `EmergencyOrigin`.
		///
		/// ## Details
		/// Withdrawals go on.
		///
		/// ## Errors
		/// `PauseUnchanged`.
		///
		/// ## Events
		/// `PauseChanged`.
		#[pallet::call_index(4)]
		#[pallet::weight(T::WeightInfo::pause())]
		pub fn pause(origin: OriginFor<T>) -> DispatchResult {
			T::EmergencyOrigin::ensure_origin(origin)?;
			Self::do_set_paused(true)
		}

		/// Lets deposits and transfers go on.
		///
		/// ## Dispatch Origin
		/// `AdminOrigin`: whoever may stop things in an emergency cannot thereby start them.
		///
		/// ## Details
		/// Everything is as it was before the pause.
		///
		/// ## Errors
		/// `PauseUnchanged`.
		///
		/// ## Events
		/// `PauseChanged`.
		#[pallet::call_index(5)]
		#[pallet::weight(T::WeightInfo::pause())]
		pub fn resume(origin: OriginFor<T>) -> DispatchResult {
			T::AdminOrigin::ensure_origin(origin)?;
			Self::do_set_paused(false)
		}

		/// Spends two notes into one, an escrow and what a private job costs beside its price, and posts the
		/// job.
		///
		/// ## Dispatch Origin
		/// Authorised by its proof. Nobody signs it.
		///
		/// ## Details
		/// The header's `payee` is the requester, an account for this job alone, which gets `paid_in`: fees and
		/// deposit are held there, what is left pays for sending the opening, and what the job gives back comes
		/// there. Its `submitter` is as for a transfer. Paused with transfers.
		///
		/// ## Errors
		/// A [`quittance_types::PoolRefusal`], and then it is in no block. Where that is `JobRefused`, the
		/// marketplace's `check_private_job` says why.
		///
		/// ## Events
		/// `NoteAdded`, the marketplace's `JobPosted`, `PrivateJobPosted`.
		#[pallet::call_index(6)]
		#[pallet::weight(T::WeightInfo::post_private_job())]
		#[pallet::weight_of_authorize(Pallet::<T>::authorization_weight(
			PoolCircuit::PostPrivateJob.with_auditor(audit.is_some())
		))]
		#[pallet::authorize(Self::authorize_post_private_job)]
		pub fn post_private_job(
			origin: OriginFor<T>,
			header: Box<Header<T::AccountId>>,
			claims: Box<PrivateJobClaims>,
			request: Box<RequestOf<T>>,
			ciphertext: Box<NoteCiphertext>,
			audit: Option<Box<NotePairAudit>>,
			proof: Box<ProofBytes>,
		) -> DispatchResult {
			ensure_authorized(origin)?;
			// Checked when the call was authorised.
			let _ = proof;
			let audit = audit.as_deref();
			Self::do_post_private_job(&header, &claims, *request, &ciphertext, audit)
		}

		/// Divides the escrow of a private job by the receipt of an issuer.
		///
		/// ## Dispatch Origin
		/// Authorised by its proof, which only the job's miner can make. Nobody signs it.
		///
		/// ## Details
		/// Two notes come into the tree, the miner's and the requester's change; the issuer is paid, and the
		/// job ends. The header's `payee` is the pool's account, its `submitter` as for a transfer, its `subject`,
		/// `valid_until` and `nonce` are the job's. Never paused by the pool.
		///
		/// ## Errors
		/// A [`quittance_types::PoolRefusal`], and then it is in no block.
		///
		/// ## Events
		/// `NoteAdded` twice, the receipts pallet's `ReceiptAccepted`, the marketplace's `JobFulfilled`,
		/// `Settled`.
		#[pallet::call_index(7)]
		#[pallet::weight(Pallet::<T>::dispatch_weight(
			PoolCircuit::Settle.with_auditor(audit.is_some())
		))]
		#[pallet::weight_of_authorize(Pallet::<T>::authorization_weight(
			PoolCircuit::Settle.with_auditor(audit.is_some())
		))]
		#[pallet::authorize(Self::authorize_settle)]
		pub fn settle(
			origin: OriginFor<T>,
			header: Box<Header<T::AccountId>>,
			job: JobId,
			claims: Box<SettleClaims>,
			ciphertext: Box<NoteCiphertext>,
			audit: Option<Box<SettlementAudit>>,
			proof: Box<ProofBytes>,
		) -> DispatchResult {
			ensure_authorized(origin)?;
			// Checked when the call was authorised.
			let _ = proof;
			let by = Divided::ByReceipt(&claims);
			Self::do_settle(&header, job, &by, audit.as_deref(), &ciphertext)
		}

		/// Divides the escrow of a private job by what a panel found.
		///
		/// ## Dispatch Origin
		/// Authorised by its proof, which only the job's miner can make. Nobody signs it.
		///
		/// ## Details
		/// As [`Pallet::settle`], but that no issuer is paid: the panel's members were. What the miner bears of
		/// that is in `fee`, and goes to the requester.
		///
		/// ## Errors
		/// A [`quittance_types::PoolRefusal`], and then it is in no block.
		///
		/// ## Events
		/// `NoteAdded` twice, the marketplace's `JobFulfilled`, `Settled`.
		#[pallet::call_index(8)]
		#[pallet::weight(Pallet::<T>::dispatch_weight(
			PoolCircuit::SettleVerdict.with_auditor(audit.is_some())
		))]
		#[pallet::weight_of_authorize(Pallet::<T>::authorization_weight(
			PoolCircuit::SettleVerdict.with_auditor(audit.is_some())
		))]
		#[pallet::authorize(Self::authorize_settle_verdict)]
		pub fn settle_verdict(
			origin: OriginFor<T>,
			header: Box<Header<T::AccountId>>,
			job: JobId,
			claims: Box<SettleVerdictClaims>,
			ciphertext: Box<NoteCiphertext>,
			audit: Option<Box<SettlementAudit>>,
			proof: Box<ProofBytes>,
		) -> DispatchResult {
			ensure_authorized(origin)?;
			// Checked when the call was authorised.
			let _ = proof;
			let by = Divided::ByVerdict(&claims);
			Self::do_settle(&header, job, &by, audit.as_deref(), &ciphertext)
		}

		/// Names the auditor, or another key of it.
		///
		/// ## Dispatch Origin
		/// `AdminOrigin`.
		///
		/// ## Details
		/// `key` is a BabyJubJub key, x and y. From now on every private call shows by it what its notes are worth, and is
		/// proven under its audited circuit: each call that has a circuit needs an audited one as well, withdrawals in
		/// any case. What was proven without an auditor and is not in a block has to be proven again; what was proven
		/// for the key before this one is accepted for [`Config::AuditorKeyGrace`]. Notes that were made before are shown to
		/// nobody.
		///
		/// ## Errors
		/// `InvalidAuditorKey`, `AuditorUnchanged`, `NoAuditedCircuit`.
		///
		/// ## Events
		/// `AuditorSet`.
		#[pallet::call_index(9)]
		#[pallet::weight(T::WeightInfo::set_auditor())]
		// So that all calls have the size of the smaller ones.
		#[allow(clippy::boxed_local)]
		pub fn set_auditor(origin: OriginFor<T>, key: Box<[u8; 64]>) -> DispatchResult {
			T::AdminOrigin::ensure_origin(origin)?;
			Self::do_set_auditor(&key)
		}

		/// Does without an auditor.
		///
		/// ## Dispatch Origin
		/// `AdminOrigin`.
		///
		/// ## Details
		/// Calls are proven under the circuits without an auditor from now on; what was proven for one and is not in a
		/// block has to be proven again. What was shown stays in the blocks, and its auditor can read it for good.
		///
		/// ## Errors
		/// `NoAuditor`.
		///
		/// ## Events
		/// `AuditorCleared`.
		#[pallet::call_index(10)]
		#[pallet::weight(T::WeightInfo::clear_auditor())]
		pub fn clear_auditor(origin: OriginFor<T>) -> DispatchResult {
			T::AdminOrigin::ensure_origin(origin)?;
			Self::do_clear_auditor()
		}
	}

	#[pallet::view_functions]
	impl<T: Config> Pallet<T> {
		/// All of the pool that is one value each.
		pub fn pool() -> PoolState<T::AccountId> {
			Self::state()
		}

		/// Whether the note of this nullifier is spent.
		pub fn is_spent(nullifier: FieldBytes) -> bool {
			Nullifiers::<T>::contains_key(nullifier)
		}

		/// The number of leaves under a root, if it is a recent one.
		pub fn leaves_under(root: FieldBytes) -> Option<u64> {
			RecentRoots::<T>::get(root)
		}

		/// The least fee of a call now, with a relayer or without. It rises and falls with the load of the chain:
		/// a wallet pays a little more, so that its call stays valid while it waits. While there is an auditor,
		/// ask for audited ones, which are longer. For posts, [`Pallet::minimum_post_fee`]; of settlements by
		/// verdicts, without what the miner bears.
		pub fn minimum_fee(of: PoolCircuit, relayed: bool) -> u128 {
			Self::least_fee(of, relayed, 0)
		}

		/// The least fee of the post of this job now.
		pub fn minimum_post_fee(request: RequestOf<T>, relayed: bool) -> u128 {
			let length = codec::Encode::encoded_size(&request);
			let used_for = PoolCircuit::PostPrivateJob.with_auditor(Audit::<T>::exists());
			Self::least_fee(used_for, relayed, length)
		}
	}
}
