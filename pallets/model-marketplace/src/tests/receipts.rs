use super::*;
use polkadot_sdk::{
	frame_support::traits::{fungible::MutateHold, tokens::Precision},
	sp_runtime::TokenError,
};

mod accept {
	use super::*;

	#[test]
	fn pays_miner_and_issuer_and_returns_the_rest() {
		run(|| {
			let job = locked();
			full_blocks_until(POSTED + 6);
			assert_ok!(accept(job, receipt_for(MINER, 3_900)));
			assert_eq!(free(&MINER), ENDOWMENT + 3_900);
			assert_eq!(free(&ISSUER), ENDOWMENT + FEE);
			assert_eq!(held(&REQUESTER), JobDeposit::get());
			assert_eq!(free(&REQUESTER), ENDOWMENT - 3_900 - FEE - JobDeposit::get());
			assert_eq!((References::get(), activity(digits()).live_jobs), (0, 0));
			assert_eq!((row(&MINER).reserved, row(&MINER).locks), (0, 0));
			assert_eq!(outcomes(&MINER, Outcome::Fulfilled), 1);
			assert_has(Event::JobFulfilled {
				job,
				miner: MINER,
				amount: 3_900,
				royalties: 0,
				issuer: Some(ISSUER),
				issuer_fee: FEE,
				returned: PRICE - 3_900,
			});
			assert_eq!(end_of(job), End::Fulfilled { miner: MINER, amount: 3_900 });
			let recent = activity(digits()).recent.ring;
			assert_eq!(recent.to_vec(), vec![Fulfilment { price: MIN_PRICE as u64, latency: 6 }]);
		});
	}

	/// A requester cannot keep the miner from its pay by freezing its own balance.
	#[test]
	fn a_freeze_of_the_requester_does_not_stop_the_payment() {
		run(|| {
			use polkadot_sdk::frame_support::traits::{LockableCurrency, WithdrawReasons};
			let job = locked();
			Balances::set_lock(*b"vesting_", &REQUESTER, ENDOWMENT, WithdrawReasons::all());
			assert_ok!(accept(job, receipt_for(MINER, MIN_PRICE)));
			assert_eq!(free(&MINER), ENDOWMENT + MIN_PRICE);
		});
	}

	#[test]
	fn boundary_amount_equals_the_price_locked() {
		run(|| {
			let job = locked();
			assert_noop!(accept(job, receipt_for(MINER, MIN_PRICE + 1)), E::AmountAbovePrice);
			assert_ok!(accept(job, receipt_for(MINER, MIN_PRICE)));
		});
	}

	#[test]
	fn boundary_nothing_at_all_is_a_payment_too() {
		run(|| {
			let job = locked();
			assert_ok!(accept(job, receipt_for(MINER, 0)));
			assert_eq!(end_of(job), End::Fulfilled { miner: MINER, amount: 0 });
			assert_eq!(free(&ISSUER), ENDOWMENT + FEE);
		});
	}

	/// Without a delivery in time for the lock, with one in time for the signature.
	#[test]
	fn boundary_of_the_times() {
		run(|| {
			let [direct, tardy] = [locked(), locked()];
			full_blocks_until(LOCK_DEADLINE);
			assert_ok!(accept(direct, receipt_for(MINER, 1)));
			full_blocks_until(LOCK_DEADLINE + 1);
			assert_noop!(accept(tardy, receipt_for(MINER, 1)), E::ReceiptBarred);
		});
		run(|| {
			let [direct, tardy] = [delivered(), delivered()];
			let until = POSTED + SigningTime::get();
			full_blocks_until(until);
			assert_ok!(accept(direct, receipt_for(MINER, 1)));
			full_blocks_until(until + 1);
			assert_noop!(accept(tardy, receipt_for(MINER, 1)), E::DeadlinePassed);
		});
	}

	/// The time for signing can end after the deadline.
	#[test]
	fn a_delivery_at_the_last_moment_has_its_time_for_signing() {
		run(|| {
			let job = post(Offer { timeout: LOCK_TIMEOUT, ..offer() });
			full_blocks_until(POSTED + 40);
			assert_ok!(lock(job, 0));
			full_blocks_until(LOCK_DEADLINE);
			assert_ok!(deliver(job, 0, OUTPUT));
			let facts = facts(job, &MINER);
			assert_eq!((facts.deadline, facts.posted_deadline), (LOCK_DEADLINE, LOCK_DEADLINE));
			assert_eq!(facts.open_until, LOCK_DEADLINE + SigningTime::get());
			full_blocks_until(facts.open_until);
			assert_ok!(accept(job, receipt_for(MINER, PRICE)));
		});
	}

	#[test]
	fn fails_for_unknown_unlocked_foreign_and_ended_jobs() {
		run(|| {
			let job = posted();
			let receipt = |miner| receipt_for(miner, 1);
			assert_noop!(accept(5, receipt(MINER)), E::UnknownJob);
			assert_noop!(accept(job, receipt(MINER)), E::ReceiptBarred);
			assert_ok!(lock(job, 0));
			assert_noop!(accept(job, receipt(miner(1))), E::ReceiptBarred);
			assert_ok!(accept(job, receipt(MINER)));
			assert_noop!(accept(job, receipt(MINER)), E::JobEnded);
		});
	}

	/// The issuer's root is that of the post until an issuer is removed, and then to be made anew.
	#[test]
	fn facts_follow_the_issuers() {
		run(|| {
			let job = locked();
			let root = live(job).issuer_snapshot.root;
			assert_eq!(facts(job, &MINER).issuer_root, Some(root));
			full_blocks_until(40);
			remove_issuer(OTHER_ISSUER);
			let facts = facts(job, &MINER);
			assert_eq!(facts.issuer_root, None);
			let moved = DEADLINE + RemovalExtension::get();
			assert_eq!((facts.posted_deadline, facts.deadline), (DEADLINE, moved));
			// The lock is to be kept without an issuer: by delivering.
			assert_eq!(facts.open_until, LOCK_DEADLINE);
		});
	}

	/// Of an ended job enough is known to tell a replay.
	#[test]
	fn facts_of_an_ended_job_still_name_its_subject() {
		run(|| {
			let job = locked();
			let before = facts(job, &MINER);
			assert_ok!(accept(job, receipt_for(MINER, 1)));
			let after = facts(job, &MINER);
			assert_eq!(after.bar, Some(Bar::Settled));
			assert_eq!(
				(after.requester, after.model, after.input, after.level),
				(before.requester, before.model, before.input, before.level)
			);
			assert!(Marketplace::ended(job) && !Marketplace::ended(locked()));
		});
	}

	#[test]
	fn who_submits_is_the_miner_or_its_hot_key() {
		run(|| {
			assert_eq!(Marketplace::miner_of(&HOT), MINER);
			assert_eq!(Marketplace::miner_of(&MINER), MINER);
			assert_eq!(Marketplace::miner_of(&STRANGER), STRANGER);
		});
	}
}

mod owed {
	use super::*;

	const LITTLE: u128 = EXISTENTIAL_DEPOSIT - 1;

	/// A late fulfiller whose account is gone when it is to be paid.
	fn accepted_for_unknown(amount: u128) -> JobId {
		let job = posted();
		full_blocks_until(LOCK_DEADLINE + 1);
		assert_ok!(commit_late(job, &STRANGER));
		let entry = LateCommitments::<Test>::take(job, STRANGER).unwrap();
		let commitment = commitment(job, &UNKNOWN, 7);
		LateCommitments::<Test>::insert(job, UNKNOWN, LateCommitment { commitment, ..entry });
		full_blocks_until(LOCK_DEADLINE + 2);
		assert_ok!(accept(job, receipt_for(UNKNOWN, amount)));
		job
	}

	/// Trap 35: an amount below the existential deposit to an account that does not exist.
	#[test]
	fn a_failing_payment_keeps_the_receipt_and_can_be_tried_again() {
		run(|| {
			let job = accepted_for_unknown(LITTLE);
			assert_ok!(fulfil(job));
			let error = TokenError::CannotCreate.into();
			assert_has(Event::PaymentDeferred { job, miner: UNKNOWN, amount: LITTLE, error });
			// The issuer has its fee and the requester the rest; only the debt is still held.
			assert_eq!(free(&ISSUER), ENDOWMENT + FEE);
			assert_eq!(held(&REQUESTER), JobDeposit::get() + LITTLE);
			assert!(matches!(state(job), JobState::Owed { .. }));
			assert!(!Marketplace::ended(job));
			check();
			assert_noop!(refund(job), E::JobAccepted);
			assert_noop!(slash(job), E::JobAccepted);
			assert_noop!(advance(job), E::NothingDue);
			assert_eq!(bar(job, &UNKNOWN), Some(Bar::Settled));
			assert_noop!(fulfil(job), TokenError::CannotCreate);
			// The agenda does not try for ever.
			pass(10);
			assert!(matches!(state(job), JobState::Owed { .. }));
			assert_ok!(Balances::transfer_allow_death(
				signed(&MINER),
				UNKNOWN,
				EXISTENTIAL_DEPOSIT
			));
			assert_ok!(fulfil(job));
			assert_eq!(free(&UNKNOWN), EXISTENTIAL_DEPOSIT + LITTLE);
			assert_eq!(held(&REQUESTER), JobDeposit::get());
			assert_has(Event::JobFulfilled {
				job,
				miner: UNKNOWN,
				amount: LITTLE,
				royalties: 0,
				issuer: Some(ISSUER),
				issuer_fee: FEE,
				returned: PRICE - LITTLE,
			});
			assert_noop!(fulfil(job), E::JobEnded);
		});
	}

	#[test]
	fn boundary_the_existential_deposit_makes_an_account() {
		run(|| {
			let job = accepted_for_unknown(EXISTENTIAL_DEPOSIT);
			pass(2);
			assert!(was_fulfilled(job));
			assert_eq!(free(&UNKNOWN), EXISTENTIAL_DEPOSIT);
		});
	}

	/// An issuer that cannot be paid keeps nobody from the rest: its fee returns.
	#[test]
	fn an_issuer_that_cannot_be_paid_blocks_nobody() {
		run(|| {
			let job = post(Offer { issuer_fee: EXISTENTIAL_DEPOSIT, ..offer() });
			assert_ok!(lock(job, 0));
			let all = free(&ISSUER);
			assert_ok!(Balances::transfer_allow_death(signed(&ISSUER), STRANGER, all));
			// As if the existential deposit had been raised since the post.
			Jobs::<Test>::mutate(job, |record| {
				let Some(JobRecord::Live(job)) = record else { unreachable!() };
				job.offer.issuer_fee -= 1;
				job.held -= 1;
			});
			let reason = HoldReason::JobEscrow.into();
			assert_ok!(Balances::release(&reason, &REQUESTER, 1, Precision::Exact));
			assert_ok!(accept(job, receipt_for(MINER, MIN_PRICE)));
			assert_eq!(free(&MINER), ENDOWMENT + MIN_PRICE);
			assert_eq!(free(&ISSUER), 0);
			assert!(was_fulfilled(job));
			assert_eq!(free(&REQUESTER), ENDOWMENT - MIN_PRICE - JobDeposit::get());
		});
	}
}

mod fulfil {
	use super::*;

	#[test]
	fn fails_without_a_receipt_for_unknown_and_for_ended_jobs() {
		run(|| {
			let job = posted();
			assert_noop!(fulfil(job), E::NoReceipt);
			assert_ok!(lock(job, 0));
			assert_noop!(fulfil(job), E::NoReceipt);
			assert_noop!(fulfil(7), E::UnknownJob);
			assert_ok!(accept(job, receipt_for(MINER, 100)));
			assert_noop!(fulfil(job), E::JobEnded);
		});
	}
}

mod score {
	use super::*;

	/// Jobs that asked for a proof: those that ended with one, and those that ended by a slash or a panel.
	#[test]
	fn counts_proofs_that_were_verified_and_those_that_were_missed() {
		run(|| {
			assert_eq!(Marketplace::privacy_score(digits()), None);
			for _ in 0..2 {
				assert_ok!(accept(locked(), receipt_for(MINER, 1)));
			}
			let stalled = locked();
			let wrong = disputed();
			decide(wrong, WRONG, &[]);
			assert_ok!(fulfil(wrong));
			full_blocks_until(now() + TIMEOUT);
			assert_ok!(slash(stalled));
			// Neither a job without proof nor one that nobody had counts.
			let clear = Offer { level: Level::Transparent, circuit: None, ..offer() };
			let job = post(clear);
			assert_ok!(lock(job, 0));
			assert_ok!(accept(job, receipt_for(MINER, 1)));
			assert_ok!(Marketplace::cancel_job(signed(&REQUESTER), posted()));
			let activity = activity(digits());
			assert_eq!((activity.proofs_verified, activity.proofs_missed), (2, 2));
			assert_eq!(activity.fulfilled, 3);
			assert_eq!(Marketplace::privacy_score(digits()), Some(500_000));
			assert_eq!(Marketplace::privacy_score([0; 32]), None);
		});
	}

	#[test]
	fn a_panels_payment_counts_as_a_proof_that_was_missed() {
		run(|| {
			let job = disputed();
			decide(job, right(0, 100), &[]);
			assert_ok!(fulfil(job));
			assert!(was_fulfilled(job));
			assert_eq!(Marketplace::privacy_score(digits()), Some(0));
		});
	}
}

/// Rewards are for what its receipt has settled, and the receipts pallet knows it only from here.
#[test]
fn a_receipt_settles_its_job_now_where_it_is_in_time_and_of_one_miner() {
	run(|| {
		for job in [locked(), delivered()] {
			assert_eq!(accept(job, receipt_for(MINER, 1_000)), Ok(Settlement::Now));
			assert!(was_fulfilled(job));
		}
		let late = locked();
		full_blocks_until(now() + LOCK_TIMEOUT + 1);
		assert_ok!(commit_late(late, &STRANGER));
		full_blocks_until(now() + 1);
		assert_eq!(accept(late, receipt_for(STRANGER, 1_000)), Ok(Settlement::Later));
		assert!(matches!(state(late), JobState::Accepted(_)));
	});
	run(|| {
		let job = redundancy::shown(&[OUTPUT; 2]);
		assert_ok!(advance(job));
		assert_eq!(accept(job, receipt_for(MINER, 1_000)), Ok(Settlement::Later));
		assert!(matches!(state(job), JobState::Accepted(_)));
	});
}
