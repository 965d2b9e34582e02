//! Block authoring (BABE), finality (GRANDPA), and the sessions that give both their authorities.
//!
//! The validators are those of the genesis until there is staking; what they sign with, they may
//! change at any time with `session.set_keys`.

use crate::{
	constants::{
		currency::QTC,
		time::{EPOCH_SLOTS, EQUIVOCATION_SESSIONS, SLOT_MILLIS},
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
use sp_runtime::{
	traits::{Convert, ConvertInto, OpaqueKeys},
	transaction_validity::{InvalidTransaction, TransactionValidityError},
	DispatchError,
};
use sp_staking::{offence::OffenceReportSystem, SessionIndex};

/// BABE's parameters at genesis. A quarter of the slots have a primary author on average, and every
/// other slot has exactly one secondary, so that there is a block in each. Secondary authors prove
/// their randomness too: all blocks of an epoch then contribute to the next one's.
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

/// Refuses reports of equivocation: staking and `pallet-offences`, which could act on one, come
/// with the next milestone. (The SDK's `()` would accept and forget it.) The proofs of key
/// ownership that reports need are already kept.
pub struct NoOffences;

impl<Reporter, Evidence> OffenceReportSystem<Reporter, Evidence> for NoOffences {
	type Longevity = ConstU64<0>;

	fn publish_evidence(_: Evidence) -> Result<(), ()> {
		Err(())
	}

	fn check_evidence(_: Evidence) -> Result<(), TransactionValidityError> {
		Err(InvalidTransaction::Call.into())
	}

	fn process_evidence(_: Reporter, _: Evidence) -> Result<(), DispatchError> {
		Err(DispatchError::Unavailable)
	}
}

impl pallet_babe::Config for Runtime {
	type DisabledValidators = Session;
	type EpochChangeTrigger = pallet_babe::ExternalTrigger;
	type EpochDuration = ConstU64<EPOCH_SLOTS>;
	type EquivocationReportSystem = NoOffences;
	type ExpectedBlockTime = ConstU64<SLOT_MILLIS>;
	type KeyOwnerProof = KeyOwnerProof<pallet_babe::AuthorityId>;
	type MaxAuthorities = MaxAuthorities;
	// No nominators without staking.
	type MaxNominators = ConstU32<0>;
	// The pallet's own measured weights; it has no other implementation.
	type WeightInfo = ();
}

impl pallet_grandpa::Config for Runtime {
	type EquivocationReportSystem = NoOffences;
	type KeyOwnerProof = KeyOwnerProof<pallet_grandpa::AuthorityId>;
	type MaxAuthorities = MaxAuthorities;
	type MaxNominators = ConstU32<0>;
	type MaxSetIdSessionEntries = ConstU64<{ EQUIVOCATION_SESSIONS as u64 }>;
	type RuntimeEvent = RuntimeEvent;
	// The pallet's own measured weights; it has no other implementation.
	type WeightInfo = ();
}

impl pallet_authorship::Config for Runtime {
	type EventHandler = ();
	type FindAuthor = pallet_session::FindAccountFromAuthorIndex<Runtime, Babe>;
}

impl pallet_session::Config for Runtime {
	type Currency = Balances;
	type DisablingStrategy = pallet_session::disabling::UpToLimitDisablingStrategy;
	type KeyDeposit = SessionKeyDeposit;
	type Keys = SessionKeys;
	type NextSessionRotation = Babe;
	type RuntimeEvent = RuntimeEvent;
	type SessionHandler = <SessionKeys as OpaqueKeys>::KeyTypeIdProviders;
	type SessionManager = NoteHistoricalRoot<Runtime, GenesisValidators>;
	type ShouldEndSession = Babe;
	type ValidatorId = AccountId;
	type ValidatorIdOf = ConvertInto;
	type WeightInfo = pallet_session::weights::SubstrateWeight<Runtime>;
}

impl historical::Config for Runtime {
	type FullIdentification = ();
	type FullIdentificationOf = AccountAlone;
	type RuntimeEvent = RuntimeEvent;
}

/// A validator is fully identified by its account: there is no stake to name beside it.
pub struct AccountAlone;

impl Convert<AccountId, Option<()>> for AccountAlone {
	fn convert(_: AccountId) -> Option<()> {
		Some(())
	}
}

/// Keeps the validators that the genesis names, and keeps the record of their keys complete.
///
/// A validator that purges its keys leaves the set for good: there is no election to return by.
pub struct GenesisValidators;

impl GenesisValidators {
	/// Whether the keys registered now are other than those that the session just started uses.
	fn keys_have_moved() -> bool {
		pallet_session::QueuedKeys::<Runtime>::get()
			.iter()
			.any(|(validator, keys)| Session::load_keys(validator).as_ref() != Some(keys))
	}
}

impl pallet_session::SessionManager<AccountId> for GenesisValidators {
	/// `None`, "as before", unless the session's historical root has to be computed: for the first
	/// two sessions, and when a validator has changed its keys. A set returned every session would
	/// give GRANDPA a new authority set each time, and lengthen every warp sync proof.
	fn new_session(index: SessionIndex) -> Option<Vec<AccountId>> {
		let previous = index.saturating_sub(1);
		let known = historical::HistoricalSessions::<Runtime>::contains_key(previous);
		if known && !Self::keys_have_moved() {
			return None;
		}
		// A validator without keys is left out, as the session pallet does, so that the number
		// recorded with the root is right.
		let validators: Vec<_> = pallet_session::Validators::<Runtime>::get()
			.into_iter()
			.filter(|validator| Session::load_keys(validator).is_some())
			.collect();
		// At genesis, the session pallet asks before it has stored the set it was given.
		(!validators.is_empty()).then_some(validators)
	}

	fn start_session(index: SessionIndex) {
		// Session 0 starts when the genesis has just been stored: the earliest moment at which the
		// roots of the first two sessions can be recorded.
		if index == 0 {
			type Recorder = NoteHistoricalRoot<Runtime, GenesisValidators>;
			<Recorder as pallet_session::SessionManager<AccountId>>::new_session(0);
			<Recorder as pallet_session::SessionManager<AccountId>>::new_session(1);
		}
	}

	fn end_session(index: SessionIndex) {
		// One session is added per session, so this removes at most one.
		if let Some(oldest) = index.checked_sub(EQUIVOCATION_SESSIONS) {
			Historical::prune_up_to(oldest);
		}
	}
}

impl historical::SessionManager<AccountId, ()> for GenesisValidators {
	fn new_session(index: SessionIndex) -> Option<Vec<(AccountId, ())>> {
		<Self as pallet_session::SessionManager<AccountId>>::new_session(index)
			.map(|validators| validators.into_iter().map(|validator| (validator, ())).collect())
	}

	fn start_session(index: SessionIndex) {
		<Self as pallet_session::SessionManager<AccountId>>::start_session(index)
	}

	fn end_session(index: SessionIndex) {
		<Self as pallet_session::SessionManager<AccountId>>::end_session(index)
	}
}
