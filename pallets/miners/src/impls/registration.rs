//! Registration, and what a miner says of itself.

use crate::{
	types::{Capabilities, Endpoint, FormerCapabilities, Miner, Profile, Status},
	Config, Error, Event, Formers, HotKeys, MinerOf, Miners, Pallet, Profiles, Roll,
};
use codec::Encode;
use polkadot_sdk::{
	frame_support::{ensure, traits::Get, BoundedVec},
	sp_runtime::{DispatchError, DispatchResult},
};
use quittance_types::{blake2_256, Digest};

/// How an endpoint may begin.
const SCHEMES: [&[u8]; 2] = [b"http://", b"https://"];

/// Whether something stands twice in a short list.
fn has_duplicates<Item: PartialEq>(items: &[Item]) -> bool {
	items
		.iter()
		.enumerate()
		.any(|(place, item)| items.iter().take(place).any(|other| other == item))
}

impl<T: Config> Pallet<T> {
	pub(crate) fn do_register(
		who: T::AccountId,
		hot_key: T::AccountId,
		possession: [u8; 64],
		bond: u128,
		capabilities: Capabilities,
		endpoint: Endpoint,
	) -> DispatchResult {
		ensure!(!Miners::<T>::contains_key(&who), Error::<T>::MinerExists);
		ensure!(Self::is_nobody_elses(&who, &who), Error::<T>::AccountIsHotKey);
		ensure!(bond >= T::MinimumBond::get(), Error::<T>::BelowMinimumBond);
		Self::check_capabilities(&capabilities)?;
		Self::check_endpoint(&endpoint)?;
		Self::check_hot_key(&who, &hot_key)?;
		ensure!(Self::is_nobody_elses(&hot_key, &who), Error::<T>::HotKeyTaken);
		Self::ensure_has_slot()?;
		Self::ensure_can_bond(&who, bond)?;
		Self::check_possession(&who, &hot_key, &possession)?;
		Self::enrol(who, hot_key, bond, capabilities, endpoint)
	}

	/// Registers a miner whose registration was checked.
	pub(crate) fn enrol(
		who: T::AccountId,
		hot_key: T::AccountId,
		bond: u128,
		capabilities: Capabilities,
		endpoint: Endpoint,
	) -> DispatchResult {
		Self::hold_bond(&who, bond)?;
		HotKeys::<T>::insert(&hot_key, &who);
		let slot = Self::take_slot(&who, bond)?;
		let record = Miner {
			hot_key: hot_key.clone(),
			next_key: None,
			bond,
			reserved: 0,
			locks: 0,
			owed: 0,
			unbonding: BoundedVec::new(),
			registered_at: T::JobClock::get(),
			registered_in: T::Epoch::get(),
			last_heartbeat: T::Epoch::get(),
			roll_calls: Roll::<T>::get().over,
			status: Status::Registered { slot, paused: false },
		};
		Miners::<T>::insert(&who, record);
		let digest = Self::digest_of(&capabilities);
		Profiles::<T>::insert(&who, Profile { capabilities, endpoint: endpoint.clone() });
		Self::deposit_event(Event::MinerRegistered {
			miner: who,
			hot_key,
			bond,
			capabilities: digest,
			endpoint,
		});
		Ok(())
	}

	pub(crate) fn do_set_capabilities(
		who: T::AccountId,
		capabilities: Capabilities,
	) -> DispatchResult {
		Self::check_capabilities(&capabilities)?;
		let new = Self::digest_of(&capabilities);
		let former = Self::change_profile(&who, |profile| {
			core::mem::replace(&mut profile.capabilities, capabilities)
		})?;
		let old = Self::digest_of(&former);
		Self::keep_former(&who, former);
		Self::deposit_event(Event::CapabilitiesChanged { miner: who, old, new });
		Ok(())
	}

	/// Keeps what a miner had said that it can do, unless this is not its first change of the epoch. One
	/// version is enough: by what was said before an earlier epoch nobody is drawn any more, since the draw by
	/// an epoch's seed is over when the first call of a later epoch comes.
	fn keep_former(miner: &T::AccountId, capabilities: Capabilities) {
		let epoch = T::Epoch::get();
		Formers::<T>::mutate(miner, |former| {
			if former.as_ref().is_none_or(|former| former.changed_in < epoch) {
				*former = Some(FormerCapabilities { changed_in: epoch, capabilities });
			}
		});
	}

	pub(crate) fn do_set_endpoint(who: T::AccountId, endpoint: Endpoint) -> DispatchResult {
		Self::check_endpoint(&endpoint)?;
		let new = endpoint.clone();
		let old = Self::change_profile(&who, |profile| {
			core::mem::replace(&mut profile.endpoint, endpoint)
		})?;
		Self::deposit_event(Event::EndpointChanged { miner: who, old, new });
		Ok(())
	}

	/// Changes a miner's record, in which the hot key that works now is the current one, and its share
	/// with it. An error leaves both as they were, but not what the change did besides.
	pub(crate) fn change<R>(
		miner: &T::AccountId,
		change: impl FnOnce(&mut MinerOf<T>) -> Result<R, DispatchError>,
	) -> Result<R, DispatchError> {
		let mut record = Self::load(miner)?;
		let before = record.share();
		let result = change(&mut record)?;
		Self::follow_share(before, record.share());
		Miners::<T>::insert(miner, record);
		Ok(result)
	}

	/// A miner's record, in which the hot key that works now is the current one.
	pub(crate) fn load(miner: &T::AccountId) -> Result<MinerOf<T>, Error<T>> {
		let mut record = Miners::<T>::get(miner).ok_or(Error::UnknownMiner)?;
		record.tidy(T::JobClock::get());
		Ok(record)
	}

	fn change_profile<R>(
		miner: &T::AccountId,
		change: impl FnOnce(&mut Profile) -> R,
	) -> Result<R, DispatchError> {
		Profiles::<T>::try_mutate(miner, |profile| {
			let profile = profile.as_mut().ok_or(Error::<T>::UnknownMiner)?;
			Ok(change(profile))
		})
	}

	/// Sets without repetition, a level, and a region that is spelt as regions are.
	pub(crate) fn check_capabilities(capabilities: &Capabilities) -> Result<(), Error<T>> {
		ensure!(!capabilities.levels.is_empty(), Error::NoLevels);
		let repeated = has_duplicates(&capabilities.levels)
			|| has_duplicates(&capabilities.circuits)
			|| has_duplicates(&capabilities.fhe_parameters);
		ensure!(!repeated, Error::DuplicateCapability);
		let spelt = capabilities
			.region
			.iter()
			.all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || *byte == b'-');
		ensure!(spelt, Error::RegionInvalid);
		Ok(())
	}

	/// A scheme and something after it, all of it printable.
	pub(crate) fn check_endpoint(endpoint: &Endpoint) -> Result<(), Error<T>> {
		let place = SCHEMES.iter().find_map(|scheme| endpoint.strip_prefix(*scheme));
		ensure!(place.is_some_and(|place| !place.is_empty()), Error::EndpointInvalid);
		ensure!(endpoint.iter().all(u8::is_ascii_graphic), Error::EndpointInvalid);
		Ok(())
	}

	/// By which events name capabilities.
	pub(crate) fn digest_of(capabilities: &Capabilities) -> Digest {
		blake2_256(&capabilities.encode())
	}
}
