//! Hot keys: whose they are, and how they change.

use crate::{types::NextKey, Config, Error, Event, HotKeys, MinerOf, Miners, Pallet};
use polkadot_sdk::{
	frame_support::{ensure, traits::Get},
	frame_system,
	sp_core::sr25519,
	sp_io,
	sp_runtime::{traits::Zero, DispatchResult},
};
use quittance_types::hot_key_message;

impl<T: Config> Pallet<T> {
	/// Hash of the chain's first block, which the system pallet never prunes.
	pub(crate) fn genesis_hash() -> [u8; 32] {
		frame_system::Pallet::<T>::block_hash(
			frame_system::pallet_prelude::BlockNumberFor::<T>::zero(),
		)
		.into()
	}

	/// The miner that works with this hot key now, and its record.
	pub(crate) fn working_with(hot_key: &T::AccountId) -> Option<(T::AccountId, MinerOf<T>)> {
		let miner = HotKeys::<T>::get(hot_key)?;
		let record = Miners::<T>::get(&miner)?;
		(record.hot_key_at(T::JobClock::get()) == hot_key).then_some((miner, record))
	}

	/// Whether this key neither is nor was another miner's hot key than this one's.
	pub(crate) fn is_nobody_elses(key: &T::AccountId, miner: &T::AccountId) -> bool {
		HotKeys::<T>::get(key).is_none_or(|owner| owner == *miner)
	}

	/// What every hot key must be, whoever has had it.
	pub(crate) fn check_hot_key(
		miner: &T::AccountId,
		hot_key: &T::AccountId,
	) -> Result<(), Error<T>> {
		// The one weak key of a group of prime order.
		let key: [u8; 32] = hot_key.clone().into();
		ensure!(key != [0; 32], Error::HotKeyInvalid);
		ensure!(hot_key == miner || !Miners::<T>::contains_key(hot_key), Error::HotKeyIsMiner);
		Ok(())
	}

	/// Whether the key has signed that it is this miner's. The dearest of the checks.
	pub(crate) fn check_possession(
		miner: &T::AccountId,
		hot_key: &T::AccountId,
		possession: &[u8; 64],
	) -> Result<(), Error<T>> {
		let key: [u8; 32] = hot_key.clone().into();
		let message = hot_key_message(&Self::genesis_hash(), &miner.clone().into(), &key);
		ensure!(Self::signed(&key, &message, possession), Error::PossessionInvalid);
		Ok(())
	}

	/// Whether an sr25519 key has signed a message.
	pub(crate) fn signed(key: &[u8; 32], message: &[u8; 32], signature: &[u8; 64]) -> bool {
		sp_io::crypto::sr25519_verify(
			&sr25519::Signature::from_raw(*signature),
			message,
			&sr25519::Public::from_raw(*key),
		)
	}

	pub(crate) fn do_rotate_hot_key(
		who: T::AccountId,
		new: T::AccountId,
		possession: [u8; 64],
	) -> DispatchResult {
		let works_from = T::JobClock::get().saturating_add(T::HotKeyDelay::get());
		let (old, replaced) = Self::change(&who, |record| {
			ensure!(!record.is_leaving(), Error::<T>::Leaving);
			Self::check_hot_key(&who, &new)?;
			// Not even the miner's own old one: it was replaced for some reason.
			ensure!(!HotKeys::<T>::contains_key(&new), Error::<T>::HotKeyTaken);
			Self::check_possession(&who, &new, &possession)?;
			let next = NextKey { key: new.clone(), works_from };
			Ok((record.hot_key.clone(), record.next_key.replace(next)))
		})?;
		Self::forget_rotation(&who, replaced);
		HotKeys::<T>::insert(&new, &who);
		Self::deposit_event(Event::HotKeyRotationStarted { miner: who, old, new, works_from });
		Ok(())
	}

	pub(crate) fn do_cancel_rotation(who: T::AccountId) -> DispatchResult {
		let next = Self::change(&who, |record| {
			Ok(record.next_key.take().ok_or(Error::<T>::NoRotation)?)
		})?;
		Self::forget_rotation(&who, Some(next));
		Ok(())
	}

	/// Frees the key of a rotation that ended before the key worked.
	pub(crate) fn forget_rotation(miner: &T::AccountId, next: Option<NextKey<T::AccountId>>) {
		if let Some(NextKey { key, .. }) = next {
			HotKeys::<T>::remove(&key);
			Self::deposit_event(Event::HotKeyRotationCancelled { miner: miner.clone(), key });
		}
	}
}
