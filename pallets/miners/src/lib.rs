#![doc = include_str!("../README.md")]
#![cfg_attr(not(feature = "std"), no_std)]
#![forbid(unsafe_code)]
#![warn(missing_docs)]

extern crate alloc;

pub use pallet::*;

mod benchmarking;
pub mod hot_key;
mod impls;
#[cfg(test)]
mod mock;
#[cfg(test)]
mod tests;
mod types;
pub mod weights;

#[cfg(feature = "runtime-benchmarks")]
pub use benchmarking::BenchmarkHelper;
pub use impls::MOST_SHARE;
pub use types::{
	Capabilities, Endpoint, FormerCapabilities, Miner, MinerInfo, Minted, NextKey, OutcomeRing,
	PastShares, Profile, ProofNote, Region, RollCalls, ShareNode, Slot, SlotPool, Standing, Status,
	Unbonding, Window, BRANCHING, MAX_CIRCUITS, MAX_ENDPOINT_BYTES, MAX_FHE_PARAMETERS, MAX_LEVELS,
	MAX_MINERS, MAX_REGION_BYTES, MAX_REWARDED, MAX_UNBONDINGS, SHARE_LEVELS, WINDOWS,
};
pub use weights::WeightInfo;

use polkadot_sdk::{frame_support, frame_system};

const LOG_TARGET: &str = "runtime::miners";

#[frame_support::pallet]
pub mod pallet {
	use super::*;
	use frame_support::{
		pallet_prelude::*,
		traits::{
			fungible::{BalancedHold, Credit, Mutate, MutateHold},
			OnUnbalanced,
		},
	};
	use frame_system::{offchain::CreateAuthorizedTransaction, pallet_prelude::*};
	use polkadot_sdk::sp_runtime::Permill;
	use quittance_types::{Digest, EpochIndex, JobTime, Outcome};

	/// A stored miner.
	pub type MinerOf<T> = Miner<<T as frame_system::Config>::AccountId>;

	/// What was slashed, on its way to [`Config::Slashed`].
	pub type CreditOf<T> = Credit<<T as frame_system::Config>::AccountId, <T as Config>::Currency>;

	/// Configuration of the pallet.
	///
	/// The runtime's transaction extensions must have `frame_system::AuthorizeCall`, by which
	/// heartbeats come in.
	#[pallet::config]
	// The check does not know bounds on the associated types; keys sign over 32 bytes of accounts.
	#[pallet::disable_frame_system_supertrait_check]
	pub trait Config:
		CreateAuthorizedTransaction<Call<Self>>
		+ frame_system::Config<
			AccountId: From<[u8; 32]> + Into<[u8; 32]>,
			Hash: Into<[u8; 32]>,
			RuntimeCall: From<Call<Self>>,
			RuntimeEvent: From<Event<Self>>,
		>
	{
		/// Holds and slashes bonds, and mints rewards.
		type Currency: MutateHold<Self::AccountId, Balance = u128, Reason = Self::RuntimeHoldReason>
			+ BalancedHold<Self::AccountId, Balance = u128>
			+ Mutate<Self::AccountId, Balance = u128>;

		/// The runtime's hold reasons.
		type RuntimeHoldReason: From<HoldReason>;

		/// Takes what is slashed: the treasury. Never a party of the job, who could farm it.
		type Slashed: OnUnbalanced<CreditOf<Self>>;

		/// Job time: blocks in which jobs could proceed. The same clock as the marketplace's.
		type JobClock: Get<JobTime>;

		/// The number of the epoch, which never falls.
		type Epoch: Get<EpochIndex>;

		/// Random bytes that are the same for a whole epoch and were known to nobody before it:
		/// `quittance_types::epoch_seed`. Heartbeats cover them.
		type EpochSeed: Get<[u8; 32]>;

		/// How many blocks the epoch can still have, at most. Until then a heartbeat waits in the
		/// pool.
		type EpochLeft: Get<u64>;

		/// The most blocks that an epoch has, at least one.
		#[pallet::constant]
		type EpochLength: Get<u64>;

		/// The least bond, more than zero. Below it a miner is not matched. Chosen so that a record in
		/// the state and a free heartbeat in every epoch are worth it.
		#[pallet::constant]
		type MinimumBond: Get<u128>;

		/// Job time for which a part of a bond is still held, and can be slashed, after it is unbonded:
		/// longer than a fault can stay unknown. Not shorter than [`Config::HotKeyDelay`], or to leave
		/// and return would be the faster way to change a key. Where a runtime shortens it, parts that
		/// are unbonded later still do not come before those that were first.
		#[pallet::constant]
		type UnbondingDelay: Get<JobTime>;

		/// Job time after which a new hot key works, more than zero. Also the shortest time between two
		/// of a miner's, which bounds how fast the records of keys grow.
		#[pallet::constant]
		type HotKeyDelay: Get<JobTime>;

		/// Whole epochs without a heartbeat after which a miner is not matched. Epochs in which
		/// heartbeats were not let in do not count.
		#[pallet::constant]
		type MissedEpochs: Get<u64>;

		/// Epochs in one of the [`WINDOWS`] over which outcomes are summed. At least one.
		#[pallet::constant]
		type WindowEpochs: Get<u64>;

		/// The part of what a receipt's transaction has burned of its fee that is minted for its miner.
		/// Governance's to choose: zero is off, and more than [`MOST_SHARE`] counts as that.
		type RewardShare: Get<Permill>;

		/// The most that is minted as rewards in an epoch, in the chain's smallest unit. Governance's to
		/// choose.
		type RewardCap: Get<u128>;

		/// The most that one receipt burns by itself, as fees are now. What its transaction burns beyond
		/// that is for other things that it does.
		type ReceiptBurn: Get<u128>;

		/// Priority of heartbeats in the pool: above that of transactions without a large tip. Whoever
		/// fills blocks for a few epochs could otherwise keep all other miners from being matched, and
		/// there is one heartbeat for each least bond in an epoch, no more.
		#[pallet::constant]
		type HeartbeatPriority: Get<TransactionPriority>;

		/// Weights of the calls.
		type WeightInfo: WeightInfo;

		/// What the benchmarks need of the rest of the runtime: money and time.
		#[cfg(feature = "runtime-benchmarks")]
		type BenchmarkHelper: crate::BenchmarkHelper<Self::AccountId>;
	}

	/// Why balance is held.
	#[pallet::composite_enum]
	pub enum HoldReason {
		/// Bond of a miner, what is being unbonded included.
		#[codec(index = 0)]
		Bond,
	}

	/// The pallet.
	#[pallet::pallet]
	pub struct Pallet<T>(_);

	/// Miners by their account. Inserted by `register`, removed by the withdrawal that ends leaving;
	/// paid for by the bond, or by its loss.
	#[pallet::storage]
	pub type Miners<T: Config> = StorageMap<_, Blake2_128Concat, T::AccountId, MinerOf<T>>;

	/// What miners say of themselves: exactly those of [`Miners`]. Apart from the record, which changes
	/// with every lock.
	#[pallet::storage]
	pub type Profiles<T: Config> = StorageMap<_, Blake2_128Concat, T::AccountId, Profile>;

	/// What miners of [`Profiles`] said that they can do before they last changed that: at most one former
	/// version of each. Inserted by the first change of an epoch in place of what was there, removed with the
	/// miner.
	#[pallet::storage]
	pub type Formers<T: Config> = StorageMap<_, Blake2_128Concat, T::AccountId, FormerCapabilities>;

	/// Every key that works or worked or will work as a hot key, with its miner. Removed only where it
	/// never worked; a key that leaked can then not return under another miner. That a key is here
	/// does not say that it works: the miner's record does.
	#[pallet::storage]
	pub type HotKeys<T: Config> = StorageMap<_, Blake2_128Concat, T::AccountId, T::AccountId>;

	/// How miners' jobs have ended. Inserted with the first outcome, removed with the miner.
	#[pallet::storage]
	pub type Outcomes<T: Config> = StorageMap<_, Blake2_128Concat, T::AccountId, OutcomeRing>;

	/// How many open locks of a miner have reserved exactly this amount: of each miner, as many as its
	/// record says, with that sum. Inserted by `reserve`, removed by `release`; a lock then ends with
	/// what it was opened with, or not at all.
	#[pallet::storage]
	pub type Locks<T: Config> = StorageDoubleMap<
		_,
		Blake2_128Concat,
		T::AccountId,
		Blake2_128Concat,
		u128,
		u32,
		ValueQuery,
	>;

	/// The epochs in which heartbeats were let in. Written once an epoch, and when that changes.
	#[pallet::storage]
	pub type Roll<T: Config> = StorageValue<_, RollCalls, ValueQuery>;

	/// The leaves of the tree of shares, numbered from zero without gaps: each miner that does not leave
	/// has one, and keeps it. A slot that becomes free is given to the next who registers, so that
	/// there are never more than there were miners at the same time.
	#[pallet::storage]
	pub type Slots<T: Config> = StorageMap<_, Twox64Concat, u32, Slot<T::AccountId>>;

	/// Which of [`Slots`] are free.
	#[pallet::storage]
	pub type Pool<T: Config> = StorageValue<_, SlotPool, ValueQuery>;

	/// The nodes of the tree of shares by level, the lowest being zero, and place in it. Those whose sum
	/// is zero are not kept. Every change of a share writes one node of each level.
	#[pallet::storage]
	pub type ShareNodes<T: Config> = StorageMap<_, Twox64Concat, (u8, u32), ShareNode>;

	/// What the nodes of the tree were before they changed, in the two last epochs in which each did.
	/// Written with the first change of an epoch; never removed, so that there are as many as nodes
	/// were ever used.
	#[pallet::storage]
	pub type PastShareNodes<T: Config> =
		StorageMap<_, Twox64Concat, (u8, u32), PastShares, ValueQuery>;

	/// Whose proofs the extrinsic has brought that is being dispatched. Written only while there are
	/// rewards, taken when the extrinsic's fee is known, and gone at the latest when the block ends: never
	/// in the database, and removed when the block begins so that nobody looks for it there.
	#[pallet::storage]
	#[pallet::whitelist_storage]
	pub type ProofNotes<T: Config> = StorageValue<_, ProofNote<T::AccountId>>;

	/// What was minted as rewards in the last epoch in which anything was. Another epoch begins at zero.
	#[pallet::storage]
	pub type Minting<T: Config> = StorageValue<_, Minted, ValueQuery>;

	/// Events.
	#[pallet::event]
	#[pallet::generate_deposit(pub(super) fn deposit_event)]
	pub enum Event<T: Config> {
		/// A miner was registered.
		MinerRegistered {
			/// Its account.
			miner: T::AccountId,
			/// The key it works with, possession of which was shown.
			hot_key: T::AccountId,
			/// What is held from it.
			bond: u128,
			/// blake2b-256 of its capabilities.
			capabilities: Digest,
			/// Where it can be reached.
			endpoint: Endpoint,
		},
		/// A miner will work with another hot key.
		HotKeyRotationStarted {
			/// The miner.
			miner: T::AccountId,
			/// The key that works until then.
			old: T::AccountId,
			/// The key that works from then.
			new: T::AccountId,
			/// Job time of the change.
			works_from: JobTime,
		},
		/// A miner keeps the hot key it has.
		HotKeyRotationCancelled {
			/// The miner.
			miner: T::AccountId,
			/// The key that would have come.
			key: T::AccountId,
		},
		/// A miner says that it can do other things than before.
		CapabilitiesChanged {
			/// The miner.
			miner: T::AccountId,
			/// blake2b-256 of what it said before.
			old: Digest,
			/// blake2b-256 of what it says now.
			new: Digest,
		},
		/// A miner can be reached elsewhere.
		EndpointChanged {
			/// The miner.
			miner: T::AccountId,
			/// Where it was.
			old: Endpoint,
			/// Where it is.
			new: Endpoint,
		},
		/// A miner bonded more.
		BondAdded {
			/// The miner.
			miner: T::AccountId,
			/// How much.
			amount: u128,
			/// Its bond now.
			bond: u128,
		},
		/// A part of a bond is being unbonded.
		UnbondingStarted {
			/// The miner.
			miner: T::AccountId,
			/// How much.
			amount: u128,
			/// Job time from which it can be withdrawn.
			until: JobTime,
			/// What stays bonded.
			bond: u128,
		},
		/// What was unbonded is free.
		UnbondedWithdrawn {
			/// The miner.
			miner: T::AccountId,
			/// How much.
			amount: u128,
		},
		/// A miner takes nothing on any more, and its bond is being unbonded: its free part now, the rest
		/// as locks end.
		MinerLeaving {
			/// The miner.
			miner: T::AccountId,
			/// How much starts to be unbonded now.
			amount: u128,
			/// What open locks have reserved.
			reserved: u128,
			/// Job time from which the first can be withdrawn, and until which the record stays.
			until: JobTime,
		},
		/// A miner takes no jobs until it says otherwise.
		MatchingPaused {
			/// The miner.
			miner: T::AccountId,
		},
		/// A miner takes jobs again.
		MatchingResumed {
			/// The miner.
			miner: T::AccountId,
		},
		/// A miner's record was removed. Its hot keys stay taken.
		MinerRemoved {
			/// The miner.
			miner: T::AccountId,
		},
		/// A lock reserved a part of a bond.
		BondReserved {
			/// The miner.
			miner: T::AccountId,
			/// How much.
			amount: u128,
			/// What all locks have reserved.
			reserved: u128,
		},
		/// A lock ended and gave back what it had reserved.
		BondReleased {
			/// The miner.
			miner: T::AccountId,
			/// How much.
			amount: u128,
			/// What all locks have reserved.
			reserved: u128,
		},
		/// A miner lost a part of its bond, or owes it.
		MinerSlashed {
			/// The miner.
			miner: T::AccountId,
			/// How much was taken.
			amount: u128,
			/// What stays bonded.
			bond: u128,
			/// What it owes now: what open locks have reserved could not be taken.
			owed: u128,
		},
		/// What a miner owed was taken.
		DebtCollected {
			/// The miner.
			miner: T::AccountId,
			/// How much.
			amount: u128,
			/// What stays bonded.
			bond: u128,
			/// What it still owes.
			owed: u128,
		},
		/// A miner showed that it is there.
		HeartbeatReceived {
			/// The miner.
			miner: T::AccountId,
			/// The epoch.
			epoch: EpochIndex,
		},
		/// A miner's job ended.
		OutcomeRecorded {
			/// The miner.
			miner: T::AccountId,
			/// How.
			outcome: Outcome,
		},
		/// A miner was rewarded for proofs, by a part of what their transaction has burned.
		Rewarded {
			/// The miner.
			miner: T::AccountId,
			/// How much was minted for it.
			amount: u128,
		},
	}

	/// Errors. Each says what is wrong; nothing was changed.
	#[pallet::error]
	#[derive(PartialEq)]
	pub enum Error<T> {
		/// The account is a miner already.
		MinerExists,
		/// The account is no miner. Register it first.
		UnknownMiner,
		/// The miner leaves. It can register again when it has withdrawn its bond.
		Leaving,
		/// There are as many miners as there can be. Register when one has left.
		TooManyMiners,

		// Keys
		/// The hot key is the identity of its group, under which anybody can sign.
		HotKeyInvalid,
		/// The hot key is another miner's account. Make a key that is used for nothing else.
		HotKeyIsMiner,
		/// The key is or was a hot key. Make a new one.
		HotKeyTaken,
		/// The account is or was another miner's hot key. Register another account.
		AccountIsHotKey,
		/// The signature does not show possession of the hot key: it must sign the message for this
		/// chain, this account and this key.
		PossessionInvalid,
		/// No other hot key is on its way.
		NoRotation,

		// Profile
		/// A capability is named twice.
		DuplicateCapability,
		/// A miner must take jobs at one level at least.
		NoLevels,
		/// A region is lower-case letters, digits and hyphens.
		RegionInvalid,
		/// An endpoint begins with `http://` or `https://`, names something after that, and is
		/// printable ASCII without spaces.
		EndpointInvalid,

		// Bond
		/// The bond is, or would be, below the least. Bond more, or leave to unbond everything.
		BelowMinimumBond,
		/// The account's free balance does not cover the amount and the existential deposit.
		InsufficientBalance,
		/// The amount is zero.
		AmountZero,
		/// The free bond is smaller: open locks have reserved the rest.
		FreeBondTooSmall,
		/// Too many parts are being unbonded. Withdraw those whose time has come first.
		TooManyUnbondings,
		/// Nothing can be withdrawn yet.
		NothingToWithdraw,
		/// The miner owes what it was slashed, since open locks had reserved what is left of its bond.
		/// It is taken when they end, or bond more to pay now.
		DebtUnpaid,

		// Matching
		/// The miner has paused. It is matched again when it resumes.
		Paused,
		/// The miner has not paused.
		NotPaused,
		/// The miner has missed too many heartbeats in a row. It is matched again with its next one.
		HeartbeatMissed,
		/// The miner does not take jobs at this level.
		LevelNotOffered,
		/// The miner does not prove this circuit.
		CircuitNotOffered,
		/// The circuit has more constraints than the miner can prove.
		TooManyConstraints,
		/// The model's weights have more bytes than the miner can load.
		ModelTooLarge,
		/// The miner does not evaluate under these FHE parameters.
		FheParametersNotOffered,

		/// A broken invariant of this pallet; please report it.
		Unexpected,
	}

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		fn integrity_test() {
			assert!(T::MinimumBond::get() > 0, "a record and its heartbeats must cost something");
			assert!(T::EpochLength::get() > 0, "an epoch has a block");
			assert!(T::WindowEpochs::get() > 0, "epochs are divided by the length of a window");
			assert!(
				T::MissedEpochs::get() > 0,
				"a miner has an epoch in which to send a heartbeat"
			);
			assert!(T::HotKeyDelay::get() > 0, "a rotation leaves a record, so two take some time");
			assert!(
				T::UnbondingDelay::get() >= T::HotKeyDelay::get(),
				"leaving and returning must not be the faster way to change a key"
			);
		}

		fn on_initialize(_: BlockNumberFor<T>) -> Weight {
			Self::call_the_roll();
			// That there is none is then known in memory, to every fee of the block.
			ProofNotes::<T>::kill();
			T::WeightInfo::call_the_roll().saturating_add(T::DbWeight::get().writes(1))
		}

		fn on_finalize(_: BlockNumberFor<T>) {
			ProofNotes::<T>::kill();
		}

		fn offchain_worker(now: BlockNumberFor<T>) {
			Self::send_heartbeats(now);
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
		/// Registers the caller as a miner.
		///
		/// ## Dispatch Origin
		/// Signed by the cold key, which owns the bond and is paid.
		///
		/// ## Details
		/// Holds the bond. The hot key signs `hot_key_message(genesis, caller, hot key)` and works at
		/// once; it may be the caller's own key. One that was the caller's hot key before may be
		/// again. The registration counts as a heartbeat.
		///
		/// ## Errors
		/// `MinerExists`, `AccountIsHotKey`, `BelowMinimumBond`, `DuplicateCapability`, `NoLevels`,
		/// `RegionInvalid`, `EndpointInvalid`, `HotKeyInvalid`, `HotKeyIsMiner`, `HotKeyTaken`,
		/// `TooManyMiners`, `InsufficientBalance`, `PossessionInvalid`.
		///
		/// ## Events
		/// `MinerRegistered`.
		#[pallet::call_index(0)]
		#[pallet::weight(T::WeightInfo::register())]
		pub fn register(
			origin: OriginFor<T>,
			hot_key: T::AccountId,
			possession: [u8; 64],
			#[pallet::compact] bond: u128,
			capabilities: Capabilities,
			endpoint: Endpoint,
		) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_register(who, hot_key, possession, bond, capabilities, endpoint)
		}

		/// Replaces the hot key after a delay.
		///
		/// ## Dispatch Origin
		/// Signed by the miner.
		///
		/// ## Details
		/// The new key signs `hot_key_message(genesis, caller, hot key)`. The old one works until the
		/// new one does. A rotation under way is replaced, and its key is free again.
		///
		/// ## Errors
		/// `UnknownMiner`, `Leaving`, `HotKeyInvalid`, `HotKeyIsMiner`, `HotKeyTaken`,
		/// `PossessionInvalid`.
		///
		/// ## Events
		/// `HotKeyRotationCancelled` for a rotation that is replaced, `HotKeyRotationStarted`.
		#[pallet::call_index(1)]
		#[pallet::weight(T::WeightInfo::rotate_hot_key())]
		pub fn rotate_hot_key(
			origin: OriginFor<T>,
			new: T::AccountId,
			possession: [u8; 64],
		) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_rotate_hot_key(who, new, possession)
		}

		/// Keeps the hot key that works.
		///
		/// ## Dispatch Origin
		/// Signed by the miner.
		///
		/// ## Details
		/// Possible until the new key works. It is free again.
		///
		/// ## Errors
		/// `UnknownMiner`, `NoRotation`.
		///
		/// ## Events
		/// `HotKeyRotationCancelled`.
		#[pallet::call_index(2)]
		#[pallet::weight(T::WeightInfo::cancel_rotation())]
		pub fn cancel_rotation(origin: OriginFor<T>) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_cancel_rotation(who)
		}

		/// Says what the miner can do.
		///
		/// ## Dispatch Origin
		/// Signed by the miner.
		///
		/// ## Details
		/// For jobs taken from now on; open locks are not touched. Draws go by what the miner had said when
		/// the epoch of their seed began: a change counts for those whose seeds begin to form after it.
		///
		/// ## Errors
		/// `UnknownMiner`, `DuplicateCapability`, `NoLevels`, `RegionInvalid`.
		///
		/// ## Events
		/// `CapabilitiesChanged`.
		#[pallet::call_index(3)]
		#[pallet::weight(T::WeightInfo::set_capabilities())]
		pub fn set_capabilities(
			origin: OriginFor<T>,
			capabilities: Capabilities,
		) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_set_capabilities(who, capabilities)
		}

		/// Says where the miner can be reached.
		///
		/// ## Dispatch Origin
		/// Signed by the miner.
		///
		/// ## Details
		/// The chain checks the form only.
		///
		/// ## Errors
		/// `UnknownMiner`, `EndpointInvalid`.
		///
		/// ## Events
		/// `EndpointChanged`.
		#[pallet::call_index(4)]
		#[pallet::weight(T::WeightInfo::set_endpoint())]
		pub fn set_endpoint(origin: OriginFor<T>, endpoint: Endpoint) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_set_endpoint(who, endpoint)
		}

		/// Adds to the bond.
		///
		/// ## Dispatch Origin
		/// Signed by the miner.
		///
		/// ## Details
		/// Also what a miner does that was slashed below the least bond. What it owes is taken first.
		///
		/// ## Errors
		/// `UnknownMiner`, `Leaving`, `AmountZero`, `InsufficientBalance`.
		///
		/// ## Events
		/// `BondAdded`, `DebtCollected` for a miner that owes something.
		#[pallet::call_index(5)]
		#[pallet::weight(T::WeightInfo::bond_more())]
		pub fn bond_more(origin: OriginFor<T>, #[pallet::compact] amount: u128) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_bond_more(who, amount)
		}

		/// Starts to take back a part of the free bond.
		///
		/// ## Dispatch Origin
		/// Signed by the miner.
		///
		/// ## Details
		/// It stands for nothing from now on, and can be slashed until it is withdrawn. The least bond
		/// stays; [`Pallet::leave`] takes back that, too.
		///
		/// ## Errors
		/// `UnknownMiner`, `Leaving`, `AmountZero`, `DebtUnpaid`, `FreeBondTooSmall`,
		/// `BelowMinimumBond`, `TooManyUnbondings`.
		///
		/// ## Events
		/// `DebtCollected` for a miner that owed something, `UnbondingStarted`.
		#[pallet::call_index(6)]
		#[pallet::weight(T::WeightInfo::unbond())]
		pub fn unbond(origin: OriginFor<T>, #[pallet::compact] amount: u128) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_unbond(who, amount)
		}

		/// Frees what was unbonded long enough ago.
		///
		/// ## Dispatch Origin
		/// Signed by the miner.
		///
		/// ## Details
		/// When a leaving miner has nothing left, its record is removed, but not before the unbonding
		/// delay since it left is over: one that lost everything waits like any other.
		///
		/// ## Errors
		/// `UnknownMiner`, `DebtUnpaid`, `NothingToWithdraw`, or the release's: an account without free
		/// balance cannot receive less than the existential deposit.
		///
		/// ## Events
		/// `DebtCollected` for a miner that owed something, `UnbondedWithdrawn`, `MinerRemoved`.
		#[pallet::call_index(7)]
		#[pallet::weight(T::WeightInfo::withdraw_unbonded().max(T::WeightInfo::withdraw_last()))]
		pub fn withdraw_unbonded(origin: OriginFor<T>) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_withdraw_unbonded(who)
		}

		/// Stops taking jobs, at once and for good, and starts to take back all of the bond.
		///
		/// ## Dispatch Origin
		/// Signed by the miner.
		///
		/// ## Details
		/// Open locks go on, and what each has reserved starts to be unbonded when it ends. A rotation
		/// under way is cancelled. The miner can register again after its last withdrawal.
		///
		/// ## Errors
		/// `UnknownMiner`, `Leaving`, `DebtUnpaid`: a miner that owes something is not matched either
		/// way.
		///
		/// ## Events
		/// `DebtCollected` for a miner that owed something, `HotKeyRotationCancelled` for a rotation
		/// under way, `MinerLeaving`.
		#[pallet::call_index(8)]
		#[pallet::weight(T::WeightInfo::leave())]
		pub fn leave(origin: OriginFor<T>) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_leave(who)
		}

		/// Shows that a miner is there.
		///
		/// ## Dispatch Origin
		/// Authorised by its signature, in a general transaction without a fee.
		///
		/// ## Details
		/// The hot key that works now signs `heartbeat_message(genesis, miner, epoch, seed)`, the
		/// epoch's seed being [`Pallet::epoch_seed`]. Taken for the current epoch only and once in it.
		///
		/// ## Errors
		/// None once it is authorised. Refused before that: `Future` and `Stale` for another epoch,
		/// `Stale` for a second one, `BadSigner` for an account that is no miner or leaves, `Payment`
		/// for a miner without the least bond, `BadProof` for a wrong signature, `Call` while the call
		/// is paused.
		///
		/// ## Events
		/// `HeartbeatReceived`.
		#[pallet::call_index(9)]
		#[pallet::weight(T::WeightInfo::heartbeat())]
		#[pallet::weight_of_authorize(T::WeightInfo::authorize_heartbeat())]
		#[pallet::authorize(Self::authorize_heartbeat)]
		pub fn heartbeat(
			origin: OriginFor<T>,
			miner: T::AccountId,
			#[pallet::compact] epoch: EpochIndex,
			signature: [u8; 64],
		) -> DispatchResult {
			ensure_authorized(origin)?;
			// Checked when the call was authorised.
			let _ = signature;
			Self::do_heartbeat(miner, epoch);
			Ok(())
		}

		/// Stops taking jobs, at once and until the miner resumes.
		///
		/// ## Dispatch Origin
		/// Signed by the miner.
		///
		/// ## Details
		/// For a hot key that leaked: it can take no more jobs, while another one is on its way. Open
		/// locks go on, and so do heartbeats. The miner stays in the draw of panels and sits on them; who
		/// stops altogether stops its heartbeats.
		///
		/// ## Errors
		/// `UnknownMiner`, `Leaving`, `Paused`.
		///
		/// ## Events
		/// `MatchingPaused`.
		#[pallet::call_index(10)]
		#[pallet::weight(T::WeightInfo::pause_matching())]
		pub fn pause_matching(origin: OriginFor<T>) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_pause_matching(who)
		}

		/// Takes jobs again.
		///
		/// ## Dispatch Origin
		/// Signed by the miner.
		///
		/// ## Details
		/// It is matched at once if it has sent its heartbeats in the meantime.
		///
		/// ## Errors
		/// `UnknownMiner`, `Leaving`, `NotPaused`.
		///
		/// ## Events
		/// `MatchingResumed`.
		#[pallet::call_index(11)]
		#[pallet::weight(T::WeightInfo::resume_matching())]
		pub fn resume_matching(origin: OriginFor<T>) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_resume_matching(who)
		}
	}

	#[pallet::view_functions]
	impl<T: Config> Pallet<T> {
		/// All that is known of a miner, with the hot key that works now.
		pub fn miner(account: T::AccountId) -> Option<MinerInfo<T::AccountId>> {
			let mut record = Miners::<T>::get(&account)?;
			record.tidy(T::JobClock::get());
			Some(MinerInfo { record, profile: Profiles::<T>::get(&account)? })
		}

		/// The miner that works with this hot key now.
		pub fn miner_of(hot_key: T::AccountId) -> Option<T::AccountId> {
			Self::working_with(&hot_key).map(|(miner, _)| miner)
		}

		/// How a miner's jobs of late have ended; `None` for an account that is no miner.
		pub fn standing(account: T::AccountId) -> Option<Standing> {
			Miners::<T>::contains_key(&account)
				.then(|| Outcomes::<T>::get(&account).unwrap_or_default())
				.map(|ring| ring.standing(Self::window()))
		}

		/// How much of a miner's bond locks can still reserve, in the chain's smallest unit.
		pub fn free_bond(account: T::AccountId) -> Option<u128> {
			Miners::<T>::get(&account).map(|record| record.settled().free_bond())
		}

		/// What this epoch's heartbeats cover besides the chain, the miner and the epoch.
		pub fn epoch_seed() -> [u8; 32] {
			T::EpochSeed::get()
		}
	}
}
