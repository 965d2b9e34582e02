use super::*;
use crate::{Error, Event, Models};
use polkadot_sdk::{frame_support::assert_noop, sp_runtime::TokenError};

#[test]
fn registering_holds_a_deposit_and_removing_returns_it() {
	run(|| {
		let model = register_model();
		System::assert_last_event(
			Event::<Test>::ModelRegistered { model, owner: OWNER, weights: [2; 32] }.into(),
		);
		assert_eq!(held(&OWNER), 500 + 6);
		assert_ok!(Marketplace::retire_model(RuntimeOrigin::signed(OWNER), model));
		System::assert_last_event(Event::<Test>::ModelRetired { model }.into());
		assert_ok!(Marketplace::remove_model(RuntimeOrigin::signed(OWNER), model));
		System::assert_last_event(Event::<Test>::ModelRemoved { model, owner: OWNER }.into());
		assert_eq!(held(&OWNER), 0);
		assert!(!Models::<Test>::contains_key(model));
	});
}

#[test]
fn the_same_model_is_registered_once() {
	run(|| {
		let model = register_model();
		let register = |size, licence| {
			Marketplace::register_model(
				RuntimeOrigin::signed(OWNER),
				Name::truncate_from(b"digits".to_vec()),
				[1; 32],
				[2; 32],
				Blob { digest: [3; 32], size },
				Uri::default(),
				licence,
			)
		};
		assert_noop!(register(4_000, [4; 32]), Error::<Test>::ModelExists);
		// What differs in anything is another model: a job that names the first is never about it.
		assert_ok!(register(3_999, [4; 32]));
		assert_ok!(register(4_000, [5; 32]));
		assert_ok!(Marketplace::retire_model(RuntimeOrigin::signed(OWNER), model));
		assert_ok!(Marketplace::remove_model(RuntimeOrigin::signed(OWNER), model));
		assert_eq!(register_model(), model);
	});
}

#[test]
fn an_empty_file_and_a_poor_owner_are_refused() {
	run(|| {
		let register = |who, size| {
			Marketplace::register_model(
				RuntimeOrigin::signed(who),
				Name::default(),
				[1; 32],
				[2; 32],
				Blob { digest: [3; 32], size },
				Uri::default(),
				[0; 32],
			)
		};
		assert_noop!(register(OWNER, 0), Error::<Test>::EmptyBlob);
		assert_noop!(register(POOR, 1), TokenError::FundsUnavailable);
	});
}

#[test]
fn only_the_owner_retires_and_removes_and_in_this_order() {
	run(|| {
		let model = register_model();
		let owner = || RuntimeOrigin::signed(OWNER);
		let stranger = || RuntimeOrigin::signed(MINER);
		assert_noop!(Marketplace::retire_model(owner(), [0; 32]), Error::<Test>::UnknownModel);
		assert_noop!(Marketplace::remove_model(owner(), [0; 32]), Error::<Test>::UnknownModel);
		assert_noop!(Marketplace::retire_model(stranger(), model), Error::<Test>::NotModelOwner);
		assert_noop!(Marketplace::remove_model(owner(), model), Error::<Test>::ModelListed);
		assert_ok!(Marketplace::retire_model(owner(), model));
		assert_noop!(Marketplace::retire_model(owner(), model), Error::<Test>::ModelRetired);
		assert_noop!(Marketplace::remove_model(stranger(), model), Error::<Test>::NotModelOwner);
	});
}

#[test]
fn a_model_with_living_jobs_stays() {
	run(|| {
		let post = Post::new();
		assert_ok!(post.by(REQUESTER));
		assert_ok!(Marketplace::retire_model(RuntimeOrigin::signed(OWNER), post.model));
		assert_noop!(
			Marketplace::remove_model(RuntimeOrigin::signed(OWNER), post.model),
			Error::<Test>::ModelInUse
		);
		System::set_block_number(1 + TIMEOUT + 1);
		assert_ok!(Marketplace::refund_job(RuntimeOrigin::signed(MINER), 0));
		assert_ok!(Marketplace::remove_model(RuntimeOrigin::signed(OWNER), post.model));
	});
}
