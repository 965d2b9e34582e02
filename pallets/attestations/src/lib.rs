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

pub use types::{BlockRoot, Target};
pub use weights::WeightInfo;

use polkadot_sdk::{frame_support, frame_system};

#[frame_support::pallet]
pub mod pallet {
	use super::*;
	use frame_support::pallet_prelude::*;
	use frame_system::pallet_prelude::*;
	use quittance_attestations::{block_tree::MAX_LEAVES, ChainId, Message, Receipt, Statement};
	use quittance_types::{Digest, FieldBytes, JobId};

	/// Configuration of the pallet.
	#[pallet::config]
	// The check does not know bounds on the associated types; ids enter leaves as 32 bytes.
	#[pallet::disable_frame_system_supertrait_check]
	pub trait Config:
		frame_system::Config<
		AccountId: Into<[u8; 32]>,
		Hash: Into<[u8; 32]>,
		RuntimeEvent: From<Event<Self>>,
	>
	{
		/// Opens and closes the chains that messages can be sent to. Each is a record that stays, and a promise
		/// that somebody there verifies them: governance.
		type AdminOrigin: EnsureOrigin<Self::RuntimeOrigin>;

		/// Most receipts that a block attests. More than fit into a block by weight: one beyond it would be
		/// accepted and paid, and not be attested.
		#[pallet::constant]
		type MaxReceipts: Get<u32>;

		/// Most messages that a block takes. A message beyond it is refused and can be sent in the next block.
		#[pallet::constant]
		type MaxMessages: Get<u32>;

		/// Weights of the calls.
		type WeightInfo: WeightInfo;
	}

	/// The pallet.
	#[pallet::pallet]
	pub struct Pallet<T>(_);

	/// The receipts that this block has accepted so far, in order. Taken out when it ends: between blocks there
	/// are none, and the state never has them.
	#[pallet::storage]
	#[pallet::whitelist_storage]
	pub type Receipts<T: Config> = StorageValue<_, BoundedVec<Receipt, T::MaxReceipts>, ValueQuery>;

	/// The messages that this block has taken so far, in order. The same.
	#[pallet::storage]
	#[pallet::whitelist_storage]
	pub type Messages<T: Config> = StorageValue<_, BoundedVec<Message, T::MaxMessages>, ValueQuery>;

	/// The tree of the block that has ended last, if it had leaves. Written when a block ends, read when the next one
	/// begins and appends it to the range.
	#[pallet::storage]
	pub type LastBlock<T: Config> = StorageValue<_, BlockRoot>;

	/// The chains that messages can, or could, be sent to. Inserted by `set_target`, never removed: were one
	/// opened anew, its messages would have the numbers of others before them. Governance chooses the keys.
	#[pallet::storage]
	pub type Targets<T: Config> = StorageMap<_, Twox64Concat, ChainId, Target>;

	/// Events.
	#[pallet::event]
	#[pallet::generate_deposit(pub(super) fn deposit_event)]
	pub enum Event<T: Config> {
		/// A message was sent.
		MessageSent {
			/// The chain that it is for.
			target: ChainId,
			/// Its number among those for that chain.
			sequence: u64,
			/// Who sent it.
			sender: T::AccountId,
			/// What it is about.
			statement: Statement,
			/// The digest of its payload.
			payload: Digest,
		},
		/// A chain was opened or closed for messages.
		TargetChanged {
			/// The chain.
			target: ChainId,
			/// Whether it was open before, if it was known.
			old: Option<bool>,
			/// Whether it is open now.
			new: bool,
		},
		/// A receipt was accepted and is no leaf, because the block has the most leaves that it can. Please report
		/// it: a block should be full by weight before that.
		ReceiptNotAttested {
			/// The job.
			job: JobId,
			/// The receipt's nullifier.
			nullifier: FieldBytes,
		},
	}

	/// Errors.
	#[pallet::error]
	pub enum Error<T> {
		/// Governance has not opened this chain for messages.
		UnknownTarget,
		/// Governance has closed this chain for messages.
		TargetClosed,
		/// The chain is open, or closed, already.
		TargetUnchanged,
		/// The block has taken the most messages that it can. Send it in the next one.
		OutboxFull,
		/// A broken invariant of this pallet; please report it.
		Unexpected,
	}

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		/// Nothing but to set aside the weight of the end of a block without leaves. Each leaf sets aside its own.
		fn on_initialize(_: BlockNumberFor<T>) -> Weight {
			T::WeightInfo::finish_block(0)
		}

		fn on_finalize(number: BlockNumberFor<T>) {
			Self::finish_block(number);
		}

		fn integrity_test() {
			let most = T::MaxReceipts::get().checked_add(T::MaxMessages::get());
			assert!(
				most.is_some_and(|most| most <= MAX_LEAVES),
				"the tree of a block has room for all its leaves"
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
		/// Sends a message to another chain.
		///
		/// ## Dispatch Origin
		/// Signed; the caller is the message's sender. Like every transaction it pays for its weight and length;
		/// there is no deposit, since the state keeps nothing of it.
		///
		/// ## Details
		/// The message is a leaf of this block. Whoever has the payload brings both to the other chain. Whether the
		/// statement is true is not looked at.
		///
		/// ## Errors
		/// `UnknownTarget`, `TargetClosed`, `OutboxFull`.
		///
		/// ## Events
		/// `MessageSent`.
		#[pallet::call_index(0)]
		#[pallet::weight(T::WeightInfo::post_message())]
		pub fn post_message(
			origin: OriginFor<T>,
			#[pallet::compact] target: ChainId,
			statement: Statement,
			payload: Digest,
		) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_send(&who, target, statement, payload)?;
			Ok(())
		}

		/// Opens a chain for messages, or closes it.
		///
		/// ## Dispatch Origin
		/// `AdminOrigin`.
		///
		/// ## Details
		/// The numbers of messages go on where they were.
		///
		/// ## Errors
		/// `TargetUnchanged`; `UnknownTarget` where one is closed that was never open.
		///
		/// ## Events
		/// `TargetChanged`.
		#[pallet::call_index(1)]
		#[pallet::weight(T::WeightInfo::set_target())]
		pub fn set_target(
			origin: OriginFor<T>,
			#[pallet::compact] target: ChainId,
			open: bool,
		) -> DispatchResult {
			T::AdminOrigin::ensure_origin(origin)?;
			Self::do_set_target(target, open)
		}
	}
}
