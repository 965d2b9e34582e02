//! Who validates, and what a fault costs them.

use super::{
	chain::{index_of, start_block},
	check_invariants, new_chain,
};
use crate::{
	configs::{
		consensus::RecordedKeys,
		staking::{ElectionsBounds, MAX_BACKERS, MAX_CANDIDATES},
	},
	constants::{block::MAXIMUM_BLOCK_WEIGHT, currency::QTC, time::SESSIONS_PER_ERA},
	presets, *,
};
use codec::Encode;
use frame_election_provider_support::WeightInfo as _;
use frame_support::{
	assert_noop, assert_ok,
	traits::{
		fungible::{Inspect, Mutate},
		KeyOwnerProofSystem,
	},
};
use pallet_staking::{RewardDestination, ValidatorPrefs};
use sp_consensus_babe::digests::{CompatibleDigestItem, PreDigest, SecondaryPlainPreDigest};
use sp_consensus_grandpa::{Equivocation, EquivocationProof};
use sp_core::Pair;
use sp_keyring::{
	Ed25519Keyring,
	Sr25519Keyring::{self, Alice, Bob, Charlie, Dave, Eve, Ferdie},
};
use sp_keystore::{testing::MemoryKeystore, KeystoreExt};
use sp_runtime::{traits::Header as _, Digest, DigestItem};

const STAKE: Balance = 100_000 * QTC;

fn with_keystore(preset: &str) -> sp_io::TestExternalities {
	let mut chain = new_chain(preset);
	chain.register_extension(KeystoreExt::new(MemoryKeystore::new()));
	chain
}

fn origin(account: Sr25519Keyring) -> RuntimeOrigin {
	RuntimeOrigin::signed(account.to_account_id())
}

fn set_new_keys(account: Sr25519Keyring) {
	let generated = SessionKeys::generate(&account.to_account_id().encode(), None);
	assert_ok!(Session::set_keys(origin(account), generated.keys, generated.proof.encode()));
}

fn rotate(sessions: u32) {
	(0..sessions).for_each(|_| Session::rotate_session());
}

fn is_validator(account: Sr25519Keyring) -> bool {
	Session::validators().contains(&account.to_account_id())
}

fn active_stake(account: Sr25519Keyring) -> Balance {
	Staking::ledger(account.to_account_id().into()).expect("it is bonded").active
}

#[test]
fn success_a_newcomer_bonds_sets_keys_and_is_elected() {
	with_keystore(presets::PAIR).execute_with(|| {
		System::set_block_number(1);
		assert_ok!(Staking::bond(origin(Eve), 2 * STAKE, RewardDestination::Staked));
		set_new_keys(Eve);
		assert_ok!(Staking::validate(origin(Eve), ValidatorPrefs::default()));
		rotate(3 * SESSIONS_PER_ERA);
		assert!(is_validator(Eve) && is_validator(Alice) && is_validator(Bob));
		let keys = Session::load_keys(&Eve.to_account_id()).expect("they are set");
		assert!(Babe::authorities().iter().any(|(key, _)| *key == keys.babe));
		check_invariants();
	});
}

#[test]
fn a_candidate_without_session_keys_gets_no_seat() {
	with_keystore(presets::PAIR).execute_with(|| {
		assert_ok!(Staking::bond(origin(Eve), 2 * STAKE, RewardDestination::Staked));
		assert_ok!(Staking::validate(origin(Eve), ValidatorPrefs::default()));
		rotate(3 * SESSIONS_PER_ERA);
		assert!(!is_validator(Eve) && is_validator(Alice) && is_validator(Bob));
	});
}

#[test]
fn fewer_seats_than_candidates_go_to_the_largest_stakes() {
	with_keystore(presets::LOCAL).execute_with(|| {
		System::set_block_number(1);
		assert_ok!(Staking::set_validator_count(RuntimeOrigin::root(), 2));
		// Ferdie's stake stands behind Charlie, Eve's behind Dave.
		for (nominator, stake, target) in [(Ferdie, 3 * STAKE, Charlie), (Eve, 2 * STAKE, Dave)] {
			assert_ok!(Staking::bond(origin(nominator), stake, RewardDestination::Staked));
			assert_ok!(Staking::nominate(origin(nominator), vec![target.to_account_id().into()]));
		}
		rotate(3 * SESSIONS_PER_ERA);
		assert_eq!(Session::validators().len(), 2);
		assert!(is_validator(Charlie) && is_validator(Dave));
		check_invariants();
	});
}

/// One candidate above the election's bound, and no election would ever succeed again.
#[test]
fn boundary_no_more_candidates_than_an_election_takes() {
	for preset in presets::preset_names() {
		new_chain(&preset).execute_with(|| {
			let most = pallet_staking::MaxValidatorsCount::<Runtime>::get();
			assert!(most.is_some_and(|most| most <= MAX_CANDIDATES), "{preset}");
		});
	}
	new_chain(presets::PAIR).execute_with(|| {
		let mut standing = pallet_staking::Validators::<Runtime>::count();
		let stand = |number: u32| {
			let mut account = [0xCA; 32];
			account[..4].copy_from_slice(&number.to_le_bytes());
			let account = AccountId::from(account);
			assert_ok!(Balances::mint_into(&account, 2_000 * QTC));
			let origin = RuntimeOrigin::signed(account);
			assert_ok!(Staking::bond(origin.clone(), 1_000 * QTC, RewardDestination::Staked));
			Staking::validate(origin, ValidatorPrefs::default())
		};
		while standing < MAX_CANDIDATES {
			assert_ok!(stand(standing));
			standing += 1;
		}
		assert_eq!(
			stand(standing),
			Err(pallet_staking::Error::<Runtime>::TooManyValidators.into())
		);
		let era = pallet_staking::ActiveEra::<Runtime>::get().expect("there is one").index;
		rotate(2 * SESSIONS_PER_ERA);
		let later = pallet_staking::ActiveEra::<Runtime>::get().expect("there is one").index;
		assert!(later > era && is_validator(Alice), "elections go on");
	});
}

/// A slash is due a number of eras after the fault. Reported after that it would be lost; due too
/// late, the stake could be gone.
#[test]
fn slashes_are_due_just_before_the_stake_is_free() {
	use crate::constants::time::{BONDING_ERAS, SLASH_DEFER_ERAS};
	#[cfg(not(feature = "fast-runtime"))]
	assert_eq!(SLASH_DEFER_ERAS + 2, BONDING_ERAS);
	const { assert!(SLASH_DEFER_ERAS < BONDING_ERAS) };
}

#[test]
fn new_keys_do_not_bring_a_disabled_validator_back_within_the_era() {
	with_keystore(presets::LOCAL).execute_with(|| {
		start_block(0);
		let proof = two_headers(Dave, index_of(Dave));
		assert_ok!(Babe::report_equivocation(origin(Alice), Box::new(proof), babe_owner(Dave)));
		set_new_keys(Dave);
		// As at a change of sessions within the era.
		let announced = <RecordedKeys as pallet_session::SessionManager<AccountId>>::new_session(1);
		let announced = announced.expect("keys have moved");
		assert!(!announced.contains(&Dave.to_account_id()));
		assert_eq!(announced.len(), 3);
	});
}

#[test]
fn fails_when_the_bond_is_below_the_minimum() {
	new_chain(presets::PAIR).execute_with(|| {
		assert_ok!(Staking::bond(origin(Eve), 1_000 * QTC - 1, RewardDestination::Staked));
		assert_noop!(
			Staking::validate(origin(Eve), ValidatorPrefs::default()),
			pallet_staking::Error::<Runtime>::InsufficientBond
		);
		assert_ok!(Staking::bond_extra(origin(Eve), 1));
		assert_ok!(Staking::validate(origin(Eve), ValidatorPrefs::default()));
	});
}

#[test]
fn what_stakers_do_not_get_of_an_eras_money_is_the_treasurys() {
	new_chain(presets::PAIR).execute_with(|| {
		let treasury = Treasury::account_id();
		let before = Balances::balance(&treasury);
		let issuance = Balances::total_issuance();
		let mut now = 1_000_000;
		// Two eras, each with a beginning in time.
		for _ in 0..3 * SESSIONS_PER_ERA {
			now += 600_000;
			pallet_timestamp::Now::<Runtime>::put(now);
			rotate(1);
			<Staking as frame_support::traits::Hooks<_>>::on_finalize(System::block_number());
		}
		let received = Balances::balance(&treasury) - before;
		assert!(received > 0);
		assert_eq!(
			Balances::total_issuance() - issuance,
			received,
			"stakers' part is minted when it is claimed"
		);
	});
}

/// Two different headers of the slot that the chain is in, both sealed by `author`.
fn two_headers(author: Sr25519Keyring, index: u32) -> sp_consensus_babe::EquivocationProof<Header> {
	let slot = Babe::current_slot();
	let sealed = |state_root: [u8; 32]| {
		let digest =
			PreDigest::SecondaryPlain(SecondaryPlainPreDigest { authority_index: index, slot });
		let mut header = Header::new(
			5,
			Default::default(),
			state_root.into(),
			Default::default(),
			Digest { logs: vec![DigestItem::babe_pre_digest(digest)] },
		);
		let signature = author.pair().sign(header.hash().as_ref());
		header.digest_mut().push(DigestItem::babe_seal(signature.into()));
		header
	};
	sp_consensus_babe::EquivocationProof {
		offender: author.public().into(),
		slot,
		first_header: sealed([1; 32]),
		second_header: sealed([2; 32]),
	}
}

fn babe_owner(author: Sr25519Keyring) -> sp_session::MembershipProof {
	let key: pallet_babe::AuthorityId = author.public().into();
	Historical::prove((sp_consensus_babe::KEY_TYPE, key)).expect("the key is in the session")
}

#[test]
fn an_author_of_two_blocks_in_one_slot_is_slashed_once_and_disabled() {
	new_chain(presets::LOCAL).execute_with(|| {
		start_block(0);
		let index = index_of(Dave);
		let proof = two_headers(Dave, index);
		let issuance = Balances::total_issuance();
		#[cfg(feature = "fast-runtime")]
		let treasury = Balances::balance(&Treasury::account_id());
		assert_ok!(Babe::report_equivocation(
			origin(Alice),
			Box::new(proof.clone()),
			babe_owner(Dave)
		));

		// One of four: (3 / 4)^2 of its stake, where governance has no time to look first.
		#[cfg(feature = "fast-runtime")]
		{
			let slashed = STAKE - active_stake(Dave);
			assert_eq!(slashed, STAKE * 9 / 16);
			// The reporter has its part of the slash, the treasury the rest.
			assert_eq!(Balances::total_issuance(), issuance);
			let reward = Balances::total_balance(&Alice.to_account_id()) - 1_000_000 * QTC;
			assert!(reward > 0 && reward < slashed);
			let received = Balances::balance(&Treasury::account_id()) - treasury;
			assert_eq!(received, slashed - reward);
		}
		#[cfg(not(feature = "fast-runtime"))]
		{
			assert_eq!(Balances::total_issuance(), issuance);
			assert_eq!(active_stake(Dave), STAKE, "put off until governance has had its time");
			assert!(pallet_staking::UnappliedSlashes::<Runtime>::iter().next().is_some());
		}
		let disabled: Vec<u32> = pallet_session::DisabledValidators::<Runtime>::get()
			.into_iter()
			.map(|(index, _)| index)
			.collect();
		assert_eq!(disabled, [index]);

		assert_noop!(
			Babe::report_equivocation(origin(Alice), Box::new(proof), babe_owner(Dave)),
			pallet_babe::Error::<Runtime>::DuplicateOffenceReport
		);
		check_invariants();
	});
}

#[test]
fn fails_when_the_two_headers_show_no_equivocation() {
	new_chain(presets::LOCAL).execute_with(|| {
		start_block(0);
		let sound = two_headers(Dave, index_of(Dave));
		let refused = |change: &dyn Fn(&mut sp_consensus_babe::EquivocationProof<Header>)| {
			let mut proof = sound.clone();
			change(&mut proof);
			assert_noop!(
				Babe::report_equivocation(origin(Alice), Box::new(proof), babe_owner(Dave)),
				pallet_babe::Error::<Runtime>::InvalidEquivocationProof
			);
		};
		refused(&|proof| proof.second_header = proof.first_header.clone());
		refused(&|proof| proof.first_header.set_state_root([3; 32].into()));
		refused(&|proof| proof.slot = proof.slot + 1);
		assert_noop!(
			Babe::report_equivocation(origin(Alice), Box::new(sound), babe_owner(Bob)),
			pallet_babe::Error::<Runtime>::InvalidKeyOwnershipProof
		);
	});
}

#[test]
fn a_voter_for_two_blocks_in_one_round_is_slashed_once() {
	new_chain(presets::LOCAL).execute_with(|| {
		start_block(0);
		let voter = Ed25519Keyring::Charlie;
		let (set, round) = (Grandpa::current_set_id(), 7);
		let prevote = |hash: [u8; 32]| {
			let prevote = finality_grandpa::Prevote { target_hash: hash.into(), target_number: 3 };
			let message = finality_grandpa::Message::Prevote(prevote.clone());
			let payload = sp_consensus_grandpa::localized_payload(round, set, &message);
			(prevote, voter.sign(&payload).into())
		};
		let proof = || {
			Box::new(EquivocationProof::new(
				set,
				Equivocation::Prevote(finality_grandpa::Equivocation {
					round_number: round,
					identity: voter.public().into(),
					first: prevote([1; 32]),
					second: prevote([2; 32]),
				}),
			))
		};
		let owner = || {
			let key: pallet_grandpa::AuthorityId = voter.public().into();
			Historical::prove((sp_consensus_grandpa::KEY_TYPE, key)).expect("it is in the session")
		};
		assert_ok!(Grandpa::report_equivocation(origin(Alice), proof(), owner()));
		#[cfg(feature = "fast-runtime")]
		assert_eq!(active_stake(Charlie), STAKE * 7 / 16);
		assert_noop!(
			Grandpa::report_equivocation(origin(Alice), proof(), owner()),
			pallet_grandpa::Error::<Runtime>::DuplicateOffenceReport
		);
	});
}

/// The nodes report what they see themselves, unsigned and free: only their own, and only once.
#[test]
fn an_unsigned_report_is_valid_from_a_node_itself_and_once() {
	use pallet_babe::Call::report_equivocation_unsigned;
	use sp_runtime::transaction_validity::{
		InvalidTransaction, TransactionSource, TransactionValidityError,
	};
	new_chain(presets::LOCAL).execute_with(|| {
		start_block(0);
		let report = report_equivocation_unsigned {
			equivocation_proof: Box::new(two_headers(Dave, index_of(Dave))),
			key_owner_proof: babe_owner(Dave),
		};
		let report = UncheckedExtrinsic::new_bare(RuntimeCall::Babe(report));
		let validity =
			|source| Executive::validate_transaction(source, report.clone(), System::parent_hash());
		assert_eq!(
			validity(TransactionSource::External),
			Err(TransactionValidityError::Invalid(InvalidTransaction::Call))
		);
		assert_ok!(validity(TransactionSource::Local));
		assert_eq!(Executive::apply_extrinsic(report.clone()), Ok(Ok(())));
		assert_eq!(
			validity(TransactionSource::Local),
			Err(TransactionValidityError::Invalid(InvalidTransaction::Stale))
		);
	});
}

/// An election runs in one block, beside everything else that begins an era.
#[test]
fn the_largest_election_takes_a_small_part_of_a_block() {
	type Weights = frame_election_provider_support::weights::SubstrateWeight<Runtime>;
	let bounds = ElectionsBounds::get();
	let voters = bounds.voters.count.expect("it is bounded").0;
	let targets = bounds.targets.count.expect("it is bounded").0;
	assert!(MAX_BACKERS < voters);
	let weight = Weights::phragmen(voters, targets, 16);
	assert!(weight.ref_time() * 4 < MAXIMUM_BLOCK_WEIGHT.ref_time(), "{weight:?}");
}
