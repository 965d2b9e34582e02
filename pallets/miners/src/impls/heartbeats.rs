//! Heartbeats: how they are judged, recorded and sent.

use crate::{hot_key, Call, Config, Event, Miners, Pallet, Roll, LOG_TARGET};
use codec::Encode;
use polkadot_sdk::{
	frame_support::{
		ensure,
		traits::{Contains, Defensive, Get},
		weights::Weight,
	},
	frame_system::{self, offchain::SubmitTransaction, pallet_prelude::BlockNumberFor},
	sp_runtime::{
		app_crypto::RuntimeAppPublic,
		offchain::storage::StorageValueRef,
		traits::{Saturating, UniqueSaturatedInto},
		transaction_validity::{
			InvalidTransaction, TransactionSource, TransactionValidityWithRefund, ValidTransaction,
		},
	},
};
use quittance_types::{heartbeat_message, EpochIndex};

/// Most heartbeats that a node sends after one block. Those beyond are sent after the next.
const MAX_SENT: usize = 16;

/// Blocks after which a heartbeat that is not in the chain is sent again.
const RESEND_AFTER: u32 = 5;

/// Where a node remembers what it sent, one entry for each key.
const SENT_PREFIX: &[u8] = b"quittance.heartbeat-sent.v1";

/// Why a node sends no heartbeat with one of its keys now.
#[derive(Debug)]
enum Unsent {
	/// No miner works with the key.
	NoMiner,
	/// The chain would not take it: the miner leaves, or its bond is too small.
	NotEntitled,
	/// The epoch has a heartbeat.
	Recorded,
	/// It is early in the epoch.
	Early,
	/// One was sent a few blocks ago.
	Waiting,
	/// The keystore did not sign.
	NotSigned,
	/// The pool did not take it.
	NotTaken,
}

impl<T: Config> Pallet<T> {
	/// Judges a heartbeat. Anybody can send one for nothing, so what is cheap comes first and the
	/// signature last, and what passes cannot fail any more.
	pub(crate) fn authorize_heartbeat(
		_: TransactionSource,
		miner: &T::AccountId,
		epoch: &EpochIndex,
		signature: &[u8; 64],
	) -> TransactionValidityWithRefund {
		let now = T::Epoch::get();
		ensure!(*epoch <= now, InvalidTransaction::Future);
		ensure!(*epoch == now, InvalidTransaction::Stale);
		let record = Miners::<T>::get(miner).ok_or(InvalidTransaction::BadSigner)?;
		ensure!(!record.is_leaving(), InvalidTransaction::BadSigner);
		// What pays for it.
		ensure!(record.bond >= T::MinimumBond::get(), InvalidTransaction::Payment);
		ensure!(record.last_heartbeat < now, InvalidTransaction::Stale);
		// A call that the filter refuses fails and changes nothing, and would be valid again.
		ensure!(Self::lets_in(miner.clone(), now, *signature), InvalidTransaction::Call);

		let key: [u8; 32] = record.hot_key_at(T::JobClock::get()).clone().into();
		let message = Self::heartbeat_to_sign(miner, now);
		ensure!(Self::signed(&key, &message, signature), InvalidTransaction::BadProof);

		// The tag is not about the signature, of which a key makes as many as it likes.
		ValidTransaction::with_tag_prefix("QuittanceHeartbeat")
			.priority(T::HeartbeatPriority::get())
			.and_provides((miner, now))
			.longevity(T::EpochLeft::get().max(1))
			.propagate(true)
			.build()
			.map(|valid| (valid, Weight::zero()))
	}

	/// Whether a heartbeat gets through the runtime's filter of calls.
	fn lets_in(miner: T::AccountId, epoch: EpochIndex, signature: [u8; 64]) -> bool {
		let call: <T as frame_system::Config>::RuntimeCall =
			Call::<T>::heartbeat { miner, epoch, signature }.into();
		T::BaseCallFilter::contains(&call)
	}

	/// What is signed for this epoch.
	pub(crate) fn heartbeat_to_sign(miner: &T::AccountId, epoch: EpochIndex) -> [u8; 32] {
		let (genesis, seed) = (Self::genesis_hash(), T::EpochSeed::get());
		heartbeat_message(&genesis, &miner.clone().into(), epoch, &seed)
	}

	/// Takes note, at the beginning of a block, whether heartbeats can come in.
	pub(crate) fn call_the_roll() {
		let before = Roll::<T>::get();
		let mut roll = before;
		let epoch = T::Epoch::get();
		// The filter goes by the call, whosever heartbeat it is.
		roll.note(epoch, Self::lets_in([0; 32].into(), epoch, [0; 64]));
		if roll != before {
			Roll::<T>::put(roll);
		}
	}

	/// Records a heartbeat that was authorised in this state.
	pub(crate) fn do_heartbeat(miner: T::AccountId, epoch: EpochIndex) {
		let recorded = Self::change(&miner, |record| {
			record.last_heartbeat = epoch;
			record.roll_calls = Roll::<T>::get().over;
			Ok(())
		});
		if recorded.defensive_proof("an authorised heartbeat is a miner's").is_ok() {
			Self::deposit_event(Event::HeartbeatReceived { miner, epoch });
		}
	}

	/// Sends this epoch's heartbeat for each key of the keystore that a miner works with. Only what is
	/// sent counts against the limit: a keystore also has keys that are retired or nobody's. Begins
	/// with another key after each block, since a pool does not say what it has refused, and the keys
	/// in front would be sent again and again before those behind are sent at all.
	pub(crate) fn send_heartbeats(now: BlockNumberFor<T>) {
		let mut sent = 0;
		let mut keys = hot_key::Public::all();
		let block: usize = now.unique_saturated_into();
		let first = block.checked_rem(keys.len()).unwrap_or(0);
		keys.rotate_left(first);
		for key in &keys {
			if sent == MAX_SENT {
				return;
			}
			match Self::send_heartbeat(key, now) {
				Ok(epoch) => {
					sent = sent.saturating_add(1);
					log::info!(target: LOG_TARGET, "submitted a heartbeat with {key:?} in epoch {epoch}");
				},
				Err(Unsent::NotSigned) => {
					log::warn!(target: LOG_TARGET, "the keystore does not sign with {key:?}");
				},
				Err(reason) => {
					log::debug!(target: LOG_TARGET, "no heartbeat with {key:?}: {reason:?}");
				},
			}
		}
	}

	fn send_heartbeat(key: &hot_key::Public, now: BlockNumberFor<T>) -> Result<EpochIndex, Unsent> {
		let account = Self::account_of(key);
		let (miner, record) = Self::working_with(&account).ok_or(Unsent::NoMiner)?;
		let epoch = T::Epoch::get();
		if record.is_leaving() || record.bond < T::MinimumBond::get() {
			return Err(Unsent::NotEntitled);
		}
		if record.last_heartbeat >= epoch {
			return Err(Unsent::Recorded);
		}
		let passed = T::EpochLength::get().saturating_sub(T::EpochLeft::get());
		if passed < Self::heartbeat_offset(&account) {
			return Err(Unsent::Early);
		}
		Self::remember_sent(&account, epoch, now)?;

		let message = Self::heartbeat_to_sign(&miner, epoch);
		let signature = key.sign(&message).ok_or(Unsent::NotSigned)?.into_inner().0;
		let call = Call::<T>::heartbeat { miner, epoch, signature };
		let transaction = T::create_authorized_transaction(call.into());
		SubmitTransaction::<T, Call<T>>::submit_transaction(transaction)
			.map_err(|()| Unsent::NotTaken)?;
		Ok(epoch)
	}

	/// The account that a key of the keystore is.
	pub(crate) fn account_of(key: &hot_key::Public) -> T::AccountId {
		key.clone().into_inner().0.into()
	}

	/// How many blocks of an epoch pass before a key's heartbeat, in the first half of it: spread over
	/// the keys, whose bytes are as good as random, so that not all come in one block.
	pub(crate) fn heartbeat_offset(hot_key: &T::AccountId) -> u64 {
		let bytes: [u8; 32] = hot_key.clone().into();
		let number =
			bytes.iter().take(8).fold(0u64, |number, byte| (number << 8) | u64::from(*byte));
		let half = T::EpochLength::get().checked_div(2).unwrap_or(0);
		number.checked_rem(half).unwrap_or(0)
	}

	/// Notes that a heartbeat is sent now, unless one was a few blocks ago. Several workers can run at
	/// once; one of them gets through.
	fn remember_sent(
		hot_key: &T::AccountId,
		epoch: EpochIndex,
		now: BlockNumberFor<T>,
	) -> Result<(), Unsent> {
		let place = (SENT_PREFIX, hot_key).encode();
		StorageValueRef::persistent(&place)
			.mutate::<(EpochIndex, BlockNumberFor<T>), (), _>(|sent| match sent {
				Ok(Some((of, at)))
					if of == epoch && now < at.saturating_add(RESEND_AFTER.into()) =>
				{
					Err(())
				},
				_ => Ok((epoch, now)),
			})
			.map(|_| ())
			.map_err(|_| Unsent::Waiting)
	}
}
