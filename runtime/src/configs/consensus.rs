//! Block authoring (BABE), finality (GRANDPA), and the sessions that give both their authorities.
//!
//! Staking elects the validators; what they sign with, they may change at any time with
//! `session.set_keys`. An equivocation in either engine is reported, slashed and disables its author
//! for the rest of the era.
//!
//! A node proves whose key it was from the state after the fault. If the author has registered other
//! keys by then, that fails; the proof can be made from the recorded root once the session is over,
//! by whoever kept the session's keys.

use super::staking::MAX_BACKERS;
use crate::{
	constants::{
		currency::QTC,
		time::{EPOCH_SLOTS, EQUIVOCATION_SESSIONS, SESSIONS_PER_ERA, SLOT_MILLIS},
	},
	*,
};
use alloc::vec::Vec;
use frame_support::{
	parameter_types,
	traits::{ConstU32, ConstU64, KeyOwnerProofSystem},
};
use pallet_session::historical::{self, NoteHistoricalRoot};
use sp_consensus_babe::{AllowedSlots, BabeEpochConfiguration};
use sp_core::crypto::KeyTypeId;
use sp_runtime::traits::{ConvertInto, OpaqueKeys};
use sp_staking::SessionIndex;

/// BABE's parameters at genesis. A quarter of the slots have a primary author on average, and every
/// other slot has exactly one secondary, so that there is a block in each. Secondary authors prove
/// their randomness too, which panels are drawn by. BABE's own randomness takes no more than the outputs
/// of primary authors, and of those only in whole lots of 256.
pub const BABE_GENESIS_EPOCH_CONFIG: BabeEpochConfiguration =
	BabeEpochConfiguration { c: (1, 4), allowed_slots: AllowedSlots::PrimaryAndSecondaryVRFSlots };

/// The most validators there can be.
pub type MaxAuthorities = ConstU32<100>;

parameter_types! {
	/// Held from an account while it has session keys registered: pays for their place in the
	/// state.
	pub const SessionKeyDeposit: Balance = QTC;
}

/// Proof that a key belonged to a validator in a certain session.
pub type KeyOwnerProof<Key> = <Historical as KeyOwnerProofSystem<(KeyTypeId, Key)>>::Proof;

/// How long, in blocks, an unsigned report waits in the pool. How old a fault may be is bounded by the
/// records of keys and of GRANDPA's sets, which last as long as the bonds.
pub type ReportLongevity = ConstU64<{ EQUIVOCATION_SESSIONS as u64 * EPOCH_SLOTS }>;

impl pallet_babe::Config for Runtime {
	type DisabledValidators = Session;
	type EpochChangeTrigger = pallet_babe::ExternalTrigger;
	type EpochDuration = ConstU64<EPOCH_SLOTS>;
	type EquivocationReportSystem =
		pallet_babe::EquivocationReportSystem<Self, Offences, Historical, ReportLongevity>;
	type ExpectedBlockTime = ConstU64<SLOT_MILLIS>;
	type KeyOwnerProof = KeyOwnerProof<pallet_babe::AuthorityId>;
	type MaxAuthorities = MaxAuthorities;
	type MaxNominators = ConstU32<MAX_BACKERS>;
	// Counted by the pallet's authors, not generated; it has no other implementation.
	type WeightInfo = ();
}

impl pallet_grandpa::Config for Runtime {
	type EquivocationReportSystem =
		pallet_grandpa::EquivocationReportSystem<Self, Offences, Historical, ReportLongevity>;
	type KeyOwnerProof = KeyOwnerProof<pallet_grandpa::AuthorityId>;
	type MaxAuthorities = MaxAuthorities;
	type MaxNominators = ConstU32<MAX_BACKERS>;
	// Two eras more than bonds last: a set can change every session, and a report needs the set
	// before its own, too.
	type MaxSetIdSessionEntries =
		ConstU64<{ (EQUIVOCATION_SESSIONS + 2 * SESSIONS_PER_ERA) as u64 }>;
	type RuntimeEvent = RuntimeEvent;
	// Counted by the pallet's authors, not generated; it has no other implementation.
	type WeightInfo = ();
}

impl pallet_authorship::Config for Runtime {
	type EventHandler = Staking;
	type FindAuthor = pallet_session::FindAccountFromAuthorIndex<Runtime, Babe>;
}

impl pallet_session::Config for Runtime {
	type Currency = Balances;
	type DisablingStrategy = pallet_session::disabling::UpToLimitWithReEnablingDisablingStrategy;
	type KeyDeposit = SessionKeyDeposit;
	type Keys = SessionKeys;
	type NextSessionRotation = Babe;
	type RuntimeEvent = RuntimeEvent;
	type SessionHandler = <SessionKeys as OpaqueKeys>::KeyTypeIdProviders;
	type SessionManager = NoteHistoricalRoot<Runtime, RecordedKeys>;
	type ShouldEndSession = Babe;
	type ValidatorId = AccountId;
	type ValidatorIdOf = ConvertInto;
	type WeightInfo = pallet_session::weights::SubstrateWeight<Runtime>;
}

impl historical::Config for Runtime {
	type FullIdentification = ();
	type FullIdentificationOf = pallet_staking::UnitIdentificationOf<Runtime>;
	type RuntimeEvent = RuntimeEvent;
}

impl pallet_offences::Config for Runtime {
	type IdentificationTuple = historical::IdentificationTuple<Runtime>;
	type OnOffenceHandler = Staking;
	type RuntimeEvent = RuntimeEvent;
}

impl pallet_authority_discovery::Config for Runtime {
	type MaxAuthorities = MaxAuthorities;
}

/// The validators that staking elects and that have session keys, with a record of those keys that
/// is complete: a validator that changes them within an era is answerable for the new ones, too.
///
/// Staking says "as before" for the sessions within an era, and the historical pallet then takes
/// over the root of the session before, whatever keys have changed since.
pub struct RecordedKeys;

impl RecordedKeys {
	/// Without those that have no keys: an empty seat would be given keys that anyone can sign with.
	/// `None`, so that the sitting validators stay, if nobody elected has any.
	fn with_keys(validators: Vec<AccountId>) -> Option<Vec<AccountId>> {
		let validators: Vec<_> = validators
			.into_iter()
			.filter(|validator| Session::load_keys(validator).is_some())
			.collect();
		(!validators.is_empty()).then_some(validators)
	}

	/// The validators, if keys registered now are other than those that the session just started
	/// uses. Without those that are disabled: a set that is announced anew would enable them.
	fn with_moved_keys() -> Option<Vec<AccountId>> {
		let queued = pallet_session::QueuedKeys::<Runtime>::get();
		let moved = queued
			.iter()
			.any(|(validator, keys)| Session::load_keys(validator).as_ref() != Some(keys));
		moved.then(|| {
			let sitting = Session::validators();
			let disabled: Vec<_> = pallet_session::DisabledValidators::<Runtime>::get()
				.into_iter()
				.filter_map(|(index, _)| sitting.get(index as usize))
				.collect();
			queued
				.into_iter()
				.map(|(validator, _)| validator)
				.filter(|validator| !disabled.contains(&validator))
				.collect()
		})
	}
}

impl pallet_session::SessionManager<AccountId> for RecordedKeys {
	fn new_session(index: SessionIndex) -> Option<Vec<AccountId>> {
		<Staking as pallet_session::SessionManager<AccountId>>::new_session(index)
			.or_else(Self::with_moved_keys)
			.and_then(Self::with_keys)
	}

	fn new_session_genesis(index: SessionIndex) -> Option<Vec<AccountId>> {
		<Staking as pallet_session::SessionManager<AccountId>>::new_session_genesis(index)
	}

	fn start_session(index: SessionIndex) {
		<Staking as pallet_session::SessionManager<AccountId>>::start_session(index)
	}

	fn end_session(index: SessionIndex) {
		<Staking as pallet_session::SessionManager<AccountId>>::end_session(index)
	}
}

/// The same, with the identification that the historical pallet asks for.
fn identified(validators: Vec<AccountId>) -> Vec<(AccountId, ())> {
	validators.into_iter().map(|validator| (validator, ())).collect()
}

impl historical::SessionManager<AccountId, ()> for RecordedKeys {
	fn new_session(index: SessionIndex) -> Option<Vec<(AccountId, ())>> {
		<Self as pallet_session::SessionManager<AccountId>>::new_session(index).map(identified)
	}

	fn new_session_genesis(index: SessionIndex) -> Option<Vec<(AccountId, ())>> {
		<Self as pallet_session::SessionManager<AccountId>>::new_session_genesis(index)
			.map(identified)
	}

	fn start_session(index: SessionIndex) {
		<Self as pallet_session::SessionManager<AccountId>>::start_session(index)
	}

	fn end_session(index: SessionIndex) {
		<Self as pallet_session::SessionManager<AccountId>>::end_session(index)
	}
}
