use super::*;
use crate::Issuers;
use polkadot_sdk::{
	sp_core::Pair as _,
	sp_runtime::{DispatchError::BadOrigin, DispatchResult},
};
use quittance_babyjubjub::{prove_possession, PublicKey};
use quittance_host_functions::Host;
use quittance_types::{IssuerKeys, Issuers as _};

/// Both signatures, for this chain and account, with the secrets of `holder`.
fn possession(holder: &AccountId, account: &AccountId, genesis: &[u8; 32]) -> Possession {
	let keys = issuer_keys(holder);
	let (sr25519, babyjubjub) = issuer_secrets(holder);
	let account: [u8; 32] = account.clone().into();
	let message = keys.possession_message(genesis, &account);
	Possession {
		sr25519: sr25519.sign(&message).0,
		babyjubjub: prove_possession::<Host>(genesis, &account, &keys.sr25519, &babyjubjub)
			.to_bytes(),
	}
}

fn register(who: &AccountId, keys: IssuerKeys, possession: Possession) -> DispatchResult {
	Receipts::register_issuer(RuntimeOrigin::signed(who.clone()), keys, possession)
}

fn register_candidate() {
	let possession = possession(&CANDIDATE, &CANDIDATE, &GENESIS);
	assert_ok!(register(&CANDIDATE, issuer_keys(&CANDIDATE), possession));
}

#[test]
fn from_registration_to_the_return_of_the_bond() {
	run(|| {
		register_candidate();
		let keys = issuer_keys(&CANDIDATE);
		let bond = IssuerBond::get();
		System::assert_last_event(
			Event::<Test>::IssuerRegistered { issuer: CANDIDATE, keys, bond }.into(),
		);
		assert_eq!(held(&CANDIDATE), bond);
		assert!(!Receipts::in_office(&CANDIDATE));
		assert_ok!(Receipts::admit_issuer(RuntimeOrigin::root(), CANDIDATE));
		System::assert_last_event(Event::<Test>::IssuerAdmitted { issuer: CANDIDATE }.into());
		assert!(Receipts::in_office(&CANDIDATE));

		let withdraw = || Receipts::withdraw_issuer_bond(RuntimeOrigin::signed(CANDIDATE));
		assert_noop!(withdraw(), E::StillBonded);
		System::set_block_number(50);
		assert_ok!(Receipts::remove_issuer(RuntimeOrigin::root(), CANDIDATE));
		System::assert_last_event(
			Event::<Test>::IssuerRemoved { issuer: CANDIDATE, at: 50 }.into(),
		);
		assert!(!Receipts::in_office(&CANDIDATE));
		assert_eq!(Receipts::removed_at(&CANDIDATE), Some(50));

		System::set_block_number(50 + UnbondingDelay::get() - 1);
		assert_noop!(withdraw(), E::StillBonded);
		System::set_block_number(50 + UnbondingDelay::get());
		assert_ok!(withdraw());
		System::assert_last_event(
			Event::<Test>::IssuerBondReturned { issuer: CANDIDATE, bond }.into(),
		);
		assert_eq!(held(&CANDIDATE), 0);
		assert_noop!(withdraw(), E::NoBond);
		// The account stays known, so that it cannot return with other keys.
		let possession = possession(&CANDIDATE, &CANDIDATE, &GENESIS);
		assert_noop!(register(&CANDIDATE, keys, possession), E::IssuerExists);
	});
}

#[test]
fn an_issuer_can_resign_but_nobody_else_can_remove_it() {
	run(|| {
		let issuer = ISSUERS[0].clone();
		let by_other = Receipts::remove_issuer(RuntimeOrigin::signed(THIEF), issuer.clone());
		assert_eq!(by_other, Err(BadOrigin.into()));
		assert_ok!(Receipts::remove_issuer(RuntimeOrigin::signed(issuer.clone()), issuer.clone()));
		assert!(!Receipts::in_office(&issuer));
	});
}

/// A key that was removed with its account must not come back with another.
#[test]
fn keys_are_taken_once_and_stay_taken_after_removal() {
	run(|| {
		let issuer = &ISSUERS[0];
		let again = possession(issuer, &CANDIDATE, &GENESIS);
		let refused = || {
			assert_noop!(
				register(&CANDIDATE, issuer_keys(issuer), again.clone()),
				E::IssuerKeyTaken
			);
		};
		refused();
		assert_ok!(Receipts::remove_issuer(RuntimeOrigin::root(), issuer.clone()));
		refused();
	});
}

#[test]
fn a_pending_registration_can_be_withdrawn_whole() {
	run(|| {
		register_candidate();
		assert_ok!(Receipts::withdraw_issuer_bond(RuntimeOrigin::signed(CANDIDATE)));
		assert_eq!(held(&CANDIDATE), 0);
		assert!(!Issuers::<Test>::contains_key(&CANDIDATE));
		register_candidate();
	});
}

#[test]
fn possession_is_of_both_keys_and_for_this_account_and_chain() {
	run(|| {
		let keys = issuer_keys(&CANDIDATE);
		let good = possession(&CANDIDATE, &CANDIDATE, &GENESIS);
		let other = possession(&THIEF, &CANDIDATE, &GENESIS);
		let refused = |who: &AccountId, possession| {
			assert_noop!(register(who, keys, possession), E::PossessionInvalid);
		};
		refused(&CANDIDATE, Possession { sr25519: other.sr25519, ..good.clone() });
		refused(&CANDIDATE, Possession { babyjubjub: other.babyjubjub, ..good.clone() });
		refused(&CANDIDATE, Possession { babyjubjub: [0xff; 96], ..good.clone() });
		refused(&CANDIDATE, possession(&CANDIDATE, &CANDIDATE, &[0; 32]));
		// Somebody else's registration copied from the pool.
		refused(&THIEF, good);
	});
}

#[test]
fn keys_outside_the_group_are_refused() {
	run(|| {
		let good = possession(&CANDIDATE, &CANDIDATE, &GENESIS);
		let mut identity = [0u8; 64];
		identity[32] = 1;
		// (0, -1) has order two.
		let mut small_order = [0u8; 64];
		let minus_one = quittance_types::FieldBytes::from(-ark_bn254::Fr::from(1u8));
		small_order[32..].copy_from_slice(&minus_one.0);
		for babyjubjub in [identity, small_order, [0; 64], [0xff; 64]] {
			assert!(PublicKey::from_bytes(&babyjubjub).is_err());
			let keys = IssuerKeys { babyjubjub, ..issuer_keys(&CANDIDATE) };
			assert_noop!(register(&CANDIDATE, keys, good.clone()), E::IssuerKeyInvalid);
		}
	});
}

#[test]
fn the_bond_is_needed_and_the_state_is_checked() {
	run(|| {
		let poor = possession(&POOR, &POOR, &GENESIS);
		assert_noop!(register(&POOR, issuer_keys(&POOR), poor), E::InsufficientBalance);
		let root = RuntimeOrigin::root;
		let signed = || RuntimeOrigin::signed(CANDIDATE);
		assert_noop!(Receipts::admit_issuer(signed(), CANDIDATE), BadOrigin);
		let stranger = RuntimeOrigin::signed(THIEF);
		assert_noop!(Receipts::remove_issuer(stranger, CANDIDATE), BadOrigin);
		assert_noop!(Receipts::admit_issuer(root(), CANDIDATE), E::UnknownIssuer);
		assert_noop!(Receipts::remove_issuer(root(), CANDIDATE), E::UnknownIssuer);
		assert_noop!(Receipts::withdraw_issuer_bond(signed()), E::UnknownIssuer);
		register_candidate();
		assert_noop!(Receipts::remove_issuer(root(), CANDIDATE), E::IssuerNotActive);
		assert_ok!(Receipts::admit_issuer(root(), CANDIDATE));
		assert_noop!(Receipts::admit_issuer(root(), CANDIDATE), E::IssuerNotPending);
	});
}
