use super::*;
use crate::{Issuers, RemovedIssuers};
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
		assert_ok!(Receipts::admit_issuer(RuntimeOrigin::root(), CANDIDATE, keys));
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
		assert_eq!(RemovedIssuers::<Test>::get(), 1);
		assert_ok!(withdraw());
		assert_eq!(RemovedIssuers::<Test>::get(), 1, "removed once");
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
fn an_issuer_that_resigns_takes_no_new_jobs_and_stands_by_its_signatures() {
	run(|| {
		register_candidate();
		let signed = || RuntimeOrigin::signed(CANDIDATE);
		let resign = || Receipts::resign_issuer(signed());
		assert_noop!(resign(), E::IssuerNotActive);
		assert_noop!(Receipts::resign_issuer(RuntimeOrigin::signed(THIEF)), E::UnknownIssuer);
		assert_noop!(Receipts::resign_issuer(RuntimeOrigin::root()), BadOrigin);
		let keys = issuer_keys(&CANDIDATE);
		assert_ok!(Receipts::admit_issuer(RuntimeOrigin::root(), CANDIDATE, keys));
		assert!(Receipts::takes_jobs(&CANDIDATE));

		let before = Receipts::snapshot(&[CANDIDATE]).unwrap();
		System::set_block_number(50);
		assert_ok!(resign());
		assert!(Receipts::none_removed_since(&before));
		assert_eq!(Receipts::snapshot(&[CANDIDATE]), Some(before), "its leaf stays");
		System::assert_last_event(
			Event::<Test>::IssuerResigned { issuer: CANDIDATE, at: 50 }.into(),
		);
		assert_noop!(resign(), E::IssuerNotActive);
		assert!(!Receipts::takes_jobs(&CANDIDATE));
		assert!(Receipts::in_office(&CANDIDATE));
		assert_eq!(Receipts::removed_at(&CANDIDATE), None);

		let withdraw = || Receipts::withdraw_issuer_bond(signed());
		System::set_block_number(50 + UnbondingDelay::get() - 1);
		assert_noop!(withdraw(), E::StillBonded);
		System::set_block_number(50 + UnbondingDelay::get());
		assert_ok!(withdraw());
		assert_eq!(held(&CANDIDATE), 0);
		assert!(!Receipts::in_office(&CANDIDATE), "without a bond nothing is signed");
		assert!(!Receipts::none_removed_since(&before), "the tree is another now");
		assert_eq!(Receipts::removed_at(&CANDIDATE), Some(50));
	});
}

#[test]
fn only_governance_removes_an_issuer_one_that_resigned_too() {
	run(|| {
		let issuer = ISSUERS[0].clone();
		for origin in [RuntimeOrigin::signed(THIEF), RuntimeOrigin::signed(issuer.clone())] {
			assert_noop!(Receipts::remove_issuer(origin, issuer.clone()), BadOrigin);
		}
		assert_ok!(Receipts::resign_issuer(RuntimeOrigin::signed(issuer.clone())));
		assert_ok!(Receipts::remove_issuer(RuntimeOrigin::root(), issuer.clone()));
		assert!(!Receipts::in_office(&issuer));
	});
}

/// Under the identity of the group anybody can sign.
#[test]
fn the_sr25519_key_is_not_the_identity() {
	run(|| {
		let keys = IssuerKeys { sr25519: [0; 32], ..issuer_keys(&CANDIDATE) };
		let possession = possession(&CANDIDATE, &CANDIDATE, &GENESIS);
		assert_noop!(register(&CANDIDATE, keys, possession), E::IssuerKeyInvalid);
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
fn one_key_of_another_issuer_is_enough() {
	run(|| {
		let (taken, own) = (ISSUERS[0].clone(), CANDIDATE);
		let account: [u8; 32] = CANDIDATE.into();
		for (first, second) in [(&taken, &own), (&own, &taken)] {
			let keys = IssuerKeys {
				sr25519: issuer_keys(first).sr25519,
				babyjubjub: issuer_keys(second).babyjubjub,
			};
			let message = keys.possession_message(&GENESIS, &account);
			let secret = issuer_secrets(second).1;
			let possession = Possession {
				sr25519: issuer_secrets(first).0.sign(&message).0,
				babyjubjub: prove_possession::<Host>(&GENESIS, &account, &keys.sr25519, &secret)
					.to_bytes(),
			};
			assert_noop!(register(&CANDIDATE, keys, possession), E::IssuerKeyTaken);
		}
		register_candidate();
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
		let keys = issuer_keys(&CANDIDATE);
		assert_noop!(Receipts::admit_issuer(signed(), CANDIDATE, keys), BadOrigin);
		let stranger = RuntimeOrigin::signed(THIEF);
		assert_noop!(Receipts::remove_issuer(stranger, CANDIDATE), BadOrigin);
		assert_noop!(Receipts::admit_issuer(root(), CANDIDATE, keys), E::UnknownIssuer);
		assert_noop!(Receipts::remove_issuer(root(), CANDIDATE), E::UnknownIssuer);
		assert_noop!(Receipts::withdraw_issuer_bond(signed()), E::UnknownIssuer);
		register_candidate();
		assert_noop!(Receipts::remove_issuer(root(), CANDIDATE), E::IssuerNotActive);
		// Not what was looked at: a registration withdrawn and made anew.
		let others = issuer_keys(&THIEF);
		assert_noop!(Receipts::admit_issuer(root(), CANDIDATE, others), E::IssuerKeysDiffer);
		assert_ok!(Receipts::admit_issuer(root(), CANDIDATE, keys));
		assert_noop!(Receipts::admit_issuer(root(), CANDIDATE, keys), E::IssuerNotPending);
	});
}

#[test]
fn boundary_of_the_bond() {
	run(|| {
		let give =
			|amount| Balances::transfer_allow_death(RuntimeOrigin::signed(MINER), POOR, amount);
		let enter = || register(&POOR, issuer_keys(&POOR), possession(&POOR, &POOR, &GENESIS));
		// The account has one unit already, and must keep as much: the existential deposit.
		assert_ok!(give(IssuerBond::get() - 1));
		assert_noop!(enter(), E::InsufficientBalance);
		assert_ok!(give(1));
		assert_ok!(enter());
		assert_eq!(held(&POOR), IssuerBond::get());
	});
}

/// The runtime's own check of its configuration.
#[test]
fn boundary_bonds_outlive_receipts() {
	use polkadot_sdk::frame_support::traits::Hooks;
	let (delay, lifetime) = (UnbondingDelay::get(), ReceiptLifetime::get());
	UnbondingDelay::set(lifetime + 1);
	<Receipts as Hooks<u64>>::integrity_test();
	UnbondingDelay::set(lifetime);
	let refused = std::panic::catch_unwind(<Receipts as Hooks<u64>>::integrity_test);
	UnbondingDelay::set(delay);
	assert!(refused.is_err());
}
