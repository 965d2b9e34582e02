//! The issuer registry.

use crate::{
	types::{Issuer, IssuerState, Possession},
	BalanceOf, Config, Error, Event, HoldReason, IssuerKeyOwners, Issuers, Pallet, RemovedIssuers,
};
use alloc::vec::Vec;
use ark_bn254::Fr;
use polkadot_sdk::{
	frame_support::{
		ensure,
		traits::{
			fungible::{InspectHold, MutateHold},
			tokens::Precision,
			Get,
		},
	},
	frame_system,
	sp_core::sr25519,
	sp_io,
	sp_runtime::{traits::Zero, DispatchResult},
};
use quittance_babyjubjub::{verify_possession, PublicKey, Signature};
use quittance_host_functions::Host;
use quittance_types::{issuer_root, FieldBytes, IssuerKeys, IssuerSnapshot, JobTime};

impl<T: Config> Pallet<T> {
	/// Hash of the chain's first block, which the system pallet never prunes.
	pub(crate) fn genesis_hash() -> [u8; 32] {
		frame_system::Pallet::<T>::block_hash(
			frame_system::pallet_prelude::BlockNumberFor::<T>::zero(),
		)
		.into()
	}

	/// Leaf of a checked BabyJubJub key.
	fn leaf(keys: &IssuerKeys) -> Result<(PublicKey, FieldBytes), Error<T>> {
		// The identity, under which anybody can sign, is the one weak key of a group of prime order.
		ensure!(keys.sr25519 != [0; 32], Error::<T>::IssuerKeyInvalid);
		let key =
			PublicKey::from_bytes(&keys.babyjubjub).map_err(|_| Error::<T>::IssuerKeyInvalid)?;
		let leaf = key.leaf::<Host>().into();
		Ok((key, leaf))
	}

	/// Genesis runs without our host functions, hence the hash in pure code here.
	pub(crate) fn admit_at_genesis(account: &T::AccountId, keys: IssuerKeys) {
		let key = PublicKey::from_bytes(&keys.babyjubjub);
		let leaf = key.ok().map(|key| key.leaf::<quittance_poseidon::Native>().into());
		// A genesis that names an issuer it cannot have must not become a chain.
		assert!(leaf.is_some(), "a genesis issuer has an invalid BabyJubJub key");
		let leaf = leaf.unwrap_or(FieldBytes([0; 32]));
		assert!(!Issuers::<T>::contains_key(account), "a genesis issuer is named twice");
		assert!(Self::take_keys(account, &keys, &leaf).is_ok(), "genesis issuers share a key");
		let issuer = Issuer { keys, leaf, state: IssuerState::Active, bond: Zero::zero() };
		Issuers::<T>::insert(account, issuer);
	}

	pub(crate) fn do_register_issuer(
		who: T::AccountId,
		keys: IssuerKeys,
		possession: Possession,
	) -> DispatchResult {
		ensure!(!Issuers::<T>::contains_key(&who), Error::<T>::IssuerExists);
		let bond = T::IssuerBond::get();
		ensure!(
			T::Currency::can_hold(&HoldReason::IssuerBond.into(), &who, bond),
			Error::<T>::InsufficientBalance
		);
		let (key, leaf) = Self::leaf(&keys)?;

		let genesis = Self::genesis_hash();
		let account: [u8; 32] = who.clone().into();
		let message = keys.possession_message(&genesis, &account);
		let sr25519 = sp_io::crypto::sr25519_verify(
			&sr25519::Signature::from_raw(possession.sr25519),
			&message,
			&sr25519::Public::from_raw(keys.sr25519),
		);
		ensure!(sr25519, Error::<T>::PossessionInvalid);
		let signature = Signature::from_bytes(&possession.babyjubjub)
			.map_err(|_| Error::<T>::PossessionInvalid)?;
		verify_possession::<Host>(&genesis, &account, &keys.sr25519, &key, &signature)
			.map_err(|_| Error::<T>::PossessionInvalid)?;

		Self::take_keys(&who, &keys, &leaf)?;
		T::Currency::hold(&HoldReason::IssuerBond.into(), &who, bond)?;
		Issuers::<T>::insert(&who, Issuer { keys, leaf, state: IssuerState::Pending, bond });
		Self::deposit_event(Event::IssuerRegistered { issuer: who, keys, bond });
		Ok(())
	}

	/// Notes whose keys these are, once and for all.
	fn take_keys(
		account: &T::AccountId,
		keys: &IssuerKeys,
		leaf: &FieldBytes,
	) -> Result<(), Error<T>> {
		for key in [keys.sr25519, leaf.0] {
			ensure!(!IssuerKeyOwners::<T>::contains_key(key), Error::IssuerKeyTaken);
		}
		for key in [keys.sr25519, leaf.0] {
			IssuerKeyOwners::<T>::insert(key, account);
		}
		Ok(())
	}

	pub(crate) fn do_admit_issuer(issuer: T::AccountId, keys: IssuerKeys) -> DispatchResult {
		Self::change_issuer(&issuer, |record| {
			ensure!(record.state == IssuerState::Pending, Error::<T>::IssuerNotPending);
			ensure!(record.keys == keys, Error::<T>::IssuerKeysDiffer);
			record.state = IssuerState::Active;
			Ok(())
		})?;
		Self::deposit_event(Event::IssuerAdmitted { issuer });
		Ok(())
	}

	pub(crate) fn do_remove_issuer(issuer: T::AccountId) -> DispatchResult {
		let at = T::JobClock::get();
		Self::change_issuer(&issuer, |record| {
			ensure!(record.state.in_office(), Error::<T>::IssuerNotActive);
			record.state = IssuerState::Removed { at };
			Self::count_removal()
		})?;
		Self::deposit_event(Event::IssuerRemoved { issuer, at });
		Ok(())
	}

	pub(crate) fn do_resign_issuer(issuer: T::AccountId) -> DispatchResult {
		let at = T::JobClock::get();
		Self::change_issuer(&issuer, |record| {
			ensure!(record.state == IssuerState::Active, Error::<T>::IssuerNotActive);
			record.state = IssuerState::Resigned { at };
			Ok(())
		})?;
		Self::deposit_event(Event::IssuerResigned { issuer, at });
		Ok(())
	}

	pub(crate) fn do_withdraw_issuer_bond(who: T::AccountId) -> DispatchResult {
		let record = Issuers::<T>::get(&who).ok_or(Error::<T>::UnknownIssuer)?;
		let bond = record.bond;
		ensure!(!bond.is_zero(), Error::<T>::NoBond);
		match record.state {
			IssuerState::Pending => {
				Issuers::<T>::remove(&who);
				IssuerKeyOwners::<T>::remove(record.keys.sr25519);
				IssuerKeyOwners::<T>::remove(record.leaf.0);
			},
			IssuerState::Active => return Err(Error::<T>::StillBonded.into()),
			IssuerState::Resigned { at } | IssuerState::Removed { at } => {
				let free_at = at.saturating_add(T::UnbondingDelay::get());
				ensure!(T::JobClock::get() >= free_at, Error::<T>::StillBonded);
				// Without a bond nothing is signed: the last job that names it has ended by now.
				if record.state.in_office() {
					Self::count_removal()?;
				}
				let state = IssuerState::Removed { at };
				Issuers::<T>::insert(&who, Issuer { bond: Zero::zero(), state, ..record });
			},
		}
		T::Currency::release(&HoldReason::IssuerBond.into(), &who, bond, Precision::Exact)?;
		Self::deposit_event(Event::IssuerBondReturned { issuer: who, bond });
		Ok(())
	}

	fn count_removal() -> DispatchResult {
		RemovedIssuers::<T>::try_mutate(|removed| {
			*removed = removed.checked_add(1).ok_or(Error::<T>::Unexpected)?;
			Ok(())
		})
	}

	/// An issuer's leaf as it is now: zero unless it is in office.
	pub(crate) fn current_leaf(issuer: &T::AccountId) -> Fr {
		Issuers::<T>::get(issuer)
			.filter(|record| record.state.in_office())
			.and_then(|record| record.leaf.to_field())
			.unwrap_or_else(Fr::zero)
	}

	/// The root over the issuers' leaves as they are now; `None` for more than 16.
	pub(crate) fn current_root(issuers: &[T::AccountId]) -> Option<FieldBytes> {
		let leaves: Vec<Fr> = issuers.iter().map(Self::current_leaf).collect();
		issuer_root::<Host>(&leaves)
	}

	fn change_issuer(
		issuer: &T::AccountId,
		change: impl FnOnce(&mut Issuer<BalanceOf<T>>) -> DispatchResult,
	) -> DispatchResult {
		Issuers::<T>::try_mutate(issuer, |record| {
			change(record.as_mut().ok_or(Error::<T>::UnknownIssuer)?)
		})
	}
}

impl<T: Config> quittance_types::Issuers<T::AccountId> for Pallet<T> {
	fn takes_jobs(account: &T::AccountId) -> bool {
		Issuers::<T>::get(account).is_some_and(|issuer| issuer.state == IssuerState::Active)
	}

	fn in_office(account: &T::AccountId) -> bool {
		Issuers::<T>::get(account).is_some_and(|issuer| issuer.state.in_office())
	}

	fn removed_at(account: &T::AccountId) -> Option<JobTime> {
		match Issuers::<T>::get(account)?.state {
			IssuerState::Removed { at } => Some(at),
			_ => None,
		}
	}

	fn snapshot(accounts: &[T::AccountId]) -> Option<IssuerSnapshot> {
		let root = Self::current_root(accounts)?;
		Some(IssuerSnapshot { root, removed_issuers: RemovedIssuers::<T>::get() })
	}

	fn none_removed_since(snapshot: &IssuerSnapshot) -> bool {
		snapshot.removed_issuers == RemovedIssuers::<T>::get()
	}
}
