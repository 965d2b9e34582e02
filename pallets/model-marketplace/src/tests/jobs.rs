use super::*;
use crate::{Error, Event, Jobs, Models, NextJob};
use polkadot_sdk::{
	frame_support::{assert_noop, assert_storage_noop, storage::with_storage_layer},
	sp_runtime::{DispatchError, TokenError},
};
use quittance_types::Jobs as _;

mod post {
	use super::*;

	#[test]
	fn success_holds_price_fee_and_deposit() {
		run(|| {
			let post = Post::new();
			assert_ok!(post.by(REQUESTER));
			assert_eq!(held(&REQUESTER), PRICE + FEE + JobDeposit::get());
			assert_eq!(free(&REQUESTER), ENDOWMENT - PRICE - FEE - JobDeposit::get());
			assert_eq!((NextJob::<Test>::get(), References::get()), (1, 1));
			let job = Jobs::<Test>::get(0).unwrap();
			assert_eq!((job.state, job.lock_counter, job.deadline), (JobState::Open, 0, 101));
			System::assert_last_event(
				Event::<Test>::JobPosted {
					job: 0,
					requester: REQUESTER,
					model: post.model,
					input: INPUT,
					level: Level::Basic,
					max_price: PRICE,
					issuer_fee: FEE,
					deadline: 101,
				}
				.into(),
			);
		});
	}

	#[test]
	fn fails_with_its_own_error_for_each_bad_argument() {
		run(|| {
			let good = Post::new();
			let spoilt = |spoil: fn(&mut Post)| {
				let mut post = good.clone();
				spoil(&mut post);
				post.by(REQUESTER)
			};
			type E = Error<Test>;
			assert_noop!(spoilt(|p| p.model = [0; 32]), E::UnknownModel);
			assert_noop!(spoilt(|p| p.input.size = 0), E::EmptyBlob);
			assert_noop!(spoilt(|p| p.price = 0), E::PriceZero);
			assert_noop!(spoilt(|p| p.price = 1 << 64), E::AmountTooLarge);
			assert_noop!(spoilt(|p| p.fee = 1 << 64), E::AmountTooLarge);
			assert_noop!(spoilt(|p| p.fee = EXISTENTIAL_DEPOSIT - 1), E::IssuerFeeTooSmall);
			assert_noop!(spoilt(|p| p.timeout = 0), E::TimeoutZero);
			assert_noop!(spoilt(|p| p.timeout = MaxTimeout::get() + 1), E::TimeoutTooLong);
			assert_noop!(spoilt(|p| p.issuers = vec![]), E::NoIssuers);
			assert_noop!(spoilt(|p| p.issuers = vec![ISSUER, ISSUER]), E::DuplicateIssuer);
			assert_noop!(spoilt(|p| p.issuers = vec![ISSUER, REQUESTER]), E::RequesterIsIssuer);
			assert_noop!(spoilt(|p| p.issuers = vec![MINER]), E::IssuerNotInOffice);
			assert_noop!(spoilt(|p| p.circuit = None), E::CircuitMissing);
			assert_noop!(spoilt(|p| p.level = Level::Transparent), E::CircuitUnexpected);
			assert_noop!(
				spoilt(|p| p.circuit = Some([0; 32])),
				DispatchError::Other("unknown circuit")
			);
			assert_noop!(good.by(POOR), E::InsufficientBalance);
		});
	}

	#[test]
	fn fails_for_an_issuer_that_has_resigned_while_its_jobs_go_on() {
		run(|| {
			let post = Post::new();
			assert_ok!(post.by(REQUESTER));
			Resigned::set(vec![ISSUER, OTHER_ISSUER]);
			assert_noop!(post.by(REQUESTER), Error::<Test>::IssuerNotInOffice);
			// The job that names them is neither prolonged nor refunded.
			assert_eq!(Marketplace::deadline(0), Some(1 + TIMEOUT));
			let refund = Marketplace::refund_job(RuntimeOrigin::signed(REQUESTER), 0);
			assert_eq!(refund, Err(Error::<Test>::DeadlineNotPassed.into()));
		});
	}

	/// An account that something else keeps alive could hold its last unit, and a refund below the
	/// existential deposit could then not be paid out.
	#[test]
	fn the_existential_deposit_stays_free_whoever_keeps_the_account_alive() {
		run(|| {
			let good = Post::new();
			System::inc_providers(&REQUESTER);
			let most = ENDOWMENT - EXISTENTIAL_DEPOSIT - JobDeposit::get() - FEE;
			let post = Post { price: most + 1, ..good.clone() };
			assert_noop!(post.by(REQUESTER), Error::<Test>::InsufficientBalance);
			assert_ok!(Post { price: most, ..good }.by(REQUESTER));
		});
	}

	#[test]
	fn fails_for_a_retired_model() {
		run(|| {
			let post = Post::new();
			assert_ok!(Marketplace::retire_model(RuntimeOrigin::signed(OWNER), post.model));
			assert_noop!(post.by(REQUESTER), Error::<Test>::ModelRetired);
		});
	}

	#[test]
	fn boundaries_of_balance_price_timeout_and_issuers() {
		run(|| {
			let good = Post::new();
			// All but the existential deposit can be held, and not one more.
			let most = ENDOWMENT - EXISTENTIAL_DEPOSIT - JobDeposit::get() - FEE;
			let post = Post { price: most + 1, ..good.clone() };
			assert_noop!(post.by(REQUESTER), Error::<Test>::InsufficientBalance);
			let post = Post { price: most, timeout: MaxTimeout::get(), ..good.clone() };
			assert_ok!(post.by(REQUESTER));
			InOffice::set((10..26).map(|byte| AccountId::new([byte; 32])).collect());
			let post = Post { issuers: InOffice::get(), timeout: 1, fee: 0, price: 1, ..good };
			assert_ok!(post.by(MINER));
			assert_eq!(Jobs::<Test>::get(1).unwrap().issuers.len(), 16);
		});
	}

	#[test]
	fn boundaries_of_64_bits_and_of_the_issuer_fee() {
		run(|| {
			let good = Post::new();
			let most = u128::from(u64::MAX);
			let price = |price| Post { price, ..good.clone() };
			let fee = |fee| Post { fee, ..good.clone() };
			for post in [price(most + 1), fee(most + 1)] {
				assert_noop!(post.by(REQUESTER), Error::<Test>::AmountTooLarge);
			}
			// In range, and only more than anybody has.
			for post in [price(most), fee(most)] {
				assert_noop!(post.by(REQUESTER), Error::<Test>::InsufficientBalance);
			}
			assert_noop!(fee(1).by(REQUESTER), Error::<Test>::IssuerFeeTooSmall);
			assert_ok!(fee(EXISTENTIAL_DEPOSIT).by(REQUESTER));
		});
	}

	#[test]
	fn a_counter_at_its_end_is_an_error_and_no_number_is_used_twice() {
		run(|| {
			let good = Post::new();
			NextJob::<Test>::put(JobId::MAX);
			// The layer that every call runs in.
			assert_noop!(with_storage_layer(|| good.by(REQUESTER)), Error::<Test>::Unexpected);
			NextJob::<Test>::put(JobId::MAX - 1);
			assert_ok!(good.by(REQUESTER));
			assert!(Jobs::<Test>::contains_key(JobId::MAX - 1));
		});
	}
}

mod accept {
	use super::*;

	#[test]
	fn pays_miner_and_issuer_and_returns_the_rest() {
		run(|| {
			let job = posted();
			assert_ok!(Marketplace::accept(job, receipt_for(MINER, 9_000)));
			assert_eq!(free(&MINER), ENDOWMENT + 9_000);
			assert_eq!(free(&ISSUER), ENDOWMENT + FEE);
			assert_eq!(held(&REQUESTER), JobDeposit::get());
			assert_eq!(free(&REQUESTER), ENDOWMENT - 9_000 - FEE - JobDeposit::get());
			assert_eq!(References::get(), 0);
			let model = Jobs::<Test>::get(job).unwrap().model;
			assert_eq!(Models::<Test>::get(model).unwrap().live_jobs, 0);
			System::assert_last_event(
				Event::<Test>::JobFulfilled {
					job,
					miner: MINER,
					amount: 9_000,
					issuer: ISSUER,
					issuer_fee: FEE,
					returned: PRICE - 9_000,
				}
				.into(),
			);
		});
	}

	/// A requester cannot keep the miner from its pay by freezing its own balance.
	#[test]
	fn a_freeze_of_the_requester_does_not_stop_the_payment() {
		run(|| {
			use polkadot_sdk::frame_support::traits::{LockableCurrency, WithdrawReasons};
			let job = posted();
			Balances::set_lock(*b"vesting_", &REQUESTER, ENDOWMENT, WithdrawReasons::all());
			assert_ok!(Marketplace::accept(job, receipt_for(MINER, PRICE)));
			assert_eq!(free(&MINER), ENDOWMENT + PRICE);
		});
	}

	#[test]
	fn boundary_amount_equals_what_is_held() {
		run(|| {
			let job = posted();
			assert_noop!(
				Marketplace::accept(job, receipt_for(MINER, PRICE + 1)),
				Error::<Test>::AmountAboveHeld
			);
			assert_ok!(Marketplace::accept(job, receipt_for(MINER, PRICE)));
			assert_eq!(free(&MINER), ENDOWMENT + PRICE);
		});
	}

	#[test]
	fn fails_for_unknown_and_ended_jobs() {
		run(|| {
			let job = posted();
			let receipt = || receipt_for(MINER, 1);
			assert_noop!(Marketplace::accept(5, receipt()), Error::<Test>::UnknownJob);
			assert_ok!(Marketplace::accept(job, receipt()));
			assert_noop!(Marketplace::accept(job, receipt()), Error::<Test>::JobEnded);
		});
	}

	/// Trap 35: an amount below the existential deposit to an account that does not exist.
	#[test]
	fn a_failing_payment_keeps_the_receipt_and_can_be_tried_again() {
		run(|| {
			let job = posted();
			let amount = EXISTENTIAL_DEPOSIT - 1;
			assert_ok!(Marketplace::accept(job, receipt_for(UNKNOWN, amount)));
			let error = TokenError::CannotCreate.into();
			System::assert_last_event(
				Event::<Test>::PaymentDeferred { job, miner: UNKNOWN, amount, error }.into(),
			);
			assert_eq!(held(&REQUESTER), PRICE + FEE + JobDeposit::get());
			assert_noop!(
				Marketplace::refund_job(RuntimeOrigin::signed(REQUESTER), job),
				Error::<Test>::ReceiptAccepted
			);
			assert_noop!(
				Marketplace::fulfil_job(RuntimeOrigin::signed(MINER), job),
				TokenError::CannotCreate
			);
			assert_ok!(Balances::transfer_allow_death(
				RuntimeOrigin::signed(MINER),
				UNKNOWN,
				EXISTENTIAL_DEPOSIT
			));
			assert_ok!(Marketplace::fulfil_job(RuntimeOrigin::signed(MINER), job));
			assert_eq!(free(&UNKNOWN), EXISTENTIAL_DEPOSIT + amount);
			assert_eq!(held(&REQUESTER), JobDeposit::get());
		});
	}
}

mod fulfil {
	use super::*;

	#[test]
	fn fails_without_a_receipt_for_unknown_and_for_ended_jobs() {
		run(|| {
			let job = posted();
			let fulfil = |job| Marketplace::fulfil_job(RuntimeOrigin::signed(MINER), job);
			assert_noop!(fulfil(job), Error::<Test>::NoReceipt);
			assert_noop!(fulfil(7), Error::<Test>::UnknownJob);
			assert_ok!(Marketplace::accept(job, receipt_for(MINER, 100)));
			assert_noop!(fulfil(job), Error::<Test>::JobEnded);
		});
	}
}

mod refund {
	use super::*;

	fn refund(job: JobId) -> DispatchResult {
		Marketplace::refund_job(RuntimeOrigin::signed(MINER), job)
	}

	/// Trap 28: a timeout favours the requester.
	#[test]
	fn boundary_the_deadline_itself_still_belongs_to_the_miner() {
		run(|| {
			let job = posted();
			System::set_block_number(1 + TIMEOUT);
			assert_noop!(refund(job), Error::<Test>::DeadlineNotPassed);
			System::set_block_number(1 + TIMEOUT + 1);
			assert_ok!(refund(job));
			let amount = PRICE + FEE;
			System::assert_last_event(
				Event::<Test>::JobRefunded { job, requester: REQUESTER, amount }.into(),
			);
			assert_eq!(held(&REQUESTER), JobDeposit::get());
			assert_eq!(References::get(), 0);
			assert_noop!(refund(job), Error::<Test>::JobEnded);
			assert_noop!(refund(9), Error::<Test>::UnknownJob);
		});
	}

	#[test]
	fn a_removed_issuer_moves_the_deadline_once() {
		run(|| {
			let job = posted();
			assert_eq!(Marketplace::deadline(job), Some(1 + TIMEOUT));
			let root = Jobs::<Test>::get(job).unwrap().issuer_snapshot.root;
			assert_eq!(Marketplace::facts(job).unwrap().issuer_root, Some(root));
			System::set_block_number(40);
			remove_issuer(OTHER_ISSUER);
			let moved = 1 + TIMEOUT + RemovalExtension::get();
			assert_eq!(Marketplace::deadline(job), Some(moved));
			let facts = Marketplace::facts(job).unwrap();
			assert_eq!(facts.issuer_root, None);
			assert_eq!((facts.posted_deadline, facts.deadline), (1 + TIMEOUT, moved));
			System::set_block_number(moved);
			assert_noop!(refund(job), Error::<Test>::DeadlineNotPassed);
			System::set_block_number(moved + 1);
			assert_ok!(refund(job));
		});
	}

	#[test]
	fn boundary_removals_from_the_post_to_the_deadline_move_it_once() {
		run(|| {
			let job = posted();
			let moved = Some(1 + TIMEOUT + RemovalExtension::get());
			remove_issuer(OTHER_ISSUER);
			assert_eq!(Marketplace::deadline(job), moved);
			System::set_block_number(40);
			remove_issuer(ISSUER);
			assert_eq!(Marketplace::deadline(job), moved);
		});
		run(|| {
			let job = posted();
			System::set_block_number(1 + TIMEOUT);
			remove_issuer(OTHER_ISSUER);
			assert_eq!(Marketplace::deadline(job), Some(1 + TIMEOUT + RemovalExtension::get()));
			// What was removed before the post does not count: it could not be named.
			Removed::set(vec![(OTHER_ISSUER, 0)]);
			assert_eq!(Marketplace::deadline(job), Some(1 + TIMEOUT));
		});
	}

	#[test]
	fn a_removal_after_the_deadline_moves_nothing() {
		run(|| {
			let job = posted();
			System::set_block_number(1 + TIMEOUT + 1);
			remove_issuer(OTHER_ISSUER);
			assert_eq!(Marketplace::deadline(job), Some(1 + TIMEOUT));
			assert_ok!(refund(job));
		});
	}

	#[test]
	fn comes_at_once_when_nobody_can_sign_any_more() {
		run(|| {
			let job = posted();
			remove_issuer(ISSUER);
			assert_noop!(refund(job), Error::<Test>::DeadlineNotPassed);
			remove_issuer(OTHER_ISSUER);
			assert_ok!(refund(job));
		});
	}
}

mod remove {
	use super::*;

	#[test]
	fn returns_the_deposit_and_never_the_number() {
		run(|| {
			let job = posted();
			let remove = |who, job| Marketplace::remove_job(RuntimeOrigin::signed(who), job);
			assert_noop!(remove(REQUESTER, job), Error::<Test>::JobNotEnded);
			assert_ok!(Marketplace::accept(job, receipt_for(MINER, 100)));
			assert_noop!(remove(MINER, job), Error::<Test>::NotRequester);
			assert_noop!(remove(REQUESTER, 3), Error::<Test>::UnknownJob);
			assert_ok!(remove(REQUESTER, job));
			System::assert_last_event(Event::<Test>::JobRemoved { job }.into());
			assert_eq!(held(&REQUESTER), 0);
			assert_eq!(NextJob::<Test>::get(), 1);
			assert_storage_noop!(assert!(Marketplace::facts(job).is_none()));
		});
	}

	#[test]
	fn a_refunded_job_goes_and_one_that_is_owed_stays() {
		run(|| {
			let post = Post::new();
			assert_ok!(post.by(REQUESTER));
			assert_ok!(post.by(REQUESTER));
			let remove = |job| Marketplace::remove_job(RuntimeOrigin::signed(REQUESTER), job);
			let unpayable = receipt_for(UNKNOWN, EXISTENTIAL_DEPOSIT - 1);
			assert_ok!(Marketplace::accept(0, unpayable));
			assert_noop!(remove(0), Error::<Test>::JobNotEnded);
			System::set_block_number(1 + TIMEOUT + 1);
			assert_ok!(Marketplace::refund_job(RuntimeOrigin::signed(MINER), 1));
			assert_ok!(remove(1));
			assert_eq!(held(&REQUESTER), PRICE + FEE + JobDeposit::get());
		});
	}
}
