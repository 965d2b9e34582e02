use super::*;

#[test]
fn asks_about_what_was_delivered_and_bars_who_gains_by_the_answer() {
	run(|| {
		let job = disputed();
		assert_has(Event::PanelAsked { job });
		let question = Asked::get().pop().unwrap();
		assert_eq!((question.job, question.max_amount), (job, MIN_PRICE));
		let candidate = &question.candidates[0];
		assert_eq!((&candidate.miner, candidate.output), (&MINER, OUTPUT));
		assert_eq!(question.candidates.len(), 1);
		assert_eq!((question.needs.level, question.needs.circuit), (Level::Basic, Some(CIRCUIT)));
		for account in [REQUESTER, ISSUER, OTHER_ISSUER, OWNER] {
			assert!(question.barred.contains(&account));
		}
		assert_eq!((bar(job, &MINER), live(job).due), (Some(Bar::OnPanel), None));
		assert_noop!(accept(job, receipt_for(MINER, 1)), E::ReceiptBarred);
		assert_noop!(fulfil(job), E::NoReceipt);
	});
}

/// Boundary of the time for signing; a panel is asked at once where nobody can sign.
#[test]
fn boundary_after_the_time_for_signing_or_without_issuers() {
	run(|| {
		let job = delivered();
		full_blocks_until(POSTED + SigningTime::get());
		assert_noop!(advance(job), E::NothingDue);
		remove_issuer(ISSUER);
		assert_noop!(advance(job), E::NothingDue);
		remove_issuer(OTHER_ISSUER);
		assert_ok!(advance(job));
		assert_eq!(state(job), JobState::Disputed);
	});
}

mod verdicts {
	use super::*;

	#[test]
	fn right_pays_the_miner_and_the_panel() {
		run(|| {
			let job = disputed();
			decide(job, right(0, 3_000), &[miner(1), miner(2), miner(3)]);
			assert_has(Event::PanelDecided { job, verdict: right(0, 3_000) });
			// Whoever told us has not weighed a settlement.
			assert_eq!(free(&MINER), ENDOWMENT);
			assert_ok!(fulfil(job));
			assert_eq!(free(&MINER), ENDOWMENT + 3_000);
			for number in 1..4 {
				assert_eq!(free(&miner(number)), ENDOWMENT + FEE / 3);
				assert_has(Event::FeePaid { job, payee: miner(number), amount: FEE / 3 });
			}
			assert_eq!(free(&ISSUER), ENDOWMENT);
			assert_eq!((row(&MINER).bond, row(&MINER).locks), (STAKE, 0));
			assert_eq!(outcomes(&MINER, Outcome::Fulfilled), 1);
			assert_has(Event::JobFulfilled {
				job,
				miner: MINER,
				amount: 3_000,
				royalties: 0,
				issuer: None,
				issuer_fee: FEE,
				returned: PRICE - 3_000,
			});
			// It says nothing of price and latency: nobody was in time.
			assert_eq!(Marketplace::recent_prices(digits()), None);
		});
	}

	#[test]
	fn boundary_right_pays_no_more_than_the_price_locked() {
		run(|| {
			let job = disputed();
			decide(job, right(0, u128::MAX), &[]);
			assert_ok!(fulfil(job));
			assert_eq!(free(&MINER), ENDOWMENT + MIN_PRICE);
			assert_eq!(free(&REQUESTER) + held(&REQUESTER), ENDOWMENT - MIN_PRICE);
		});
	}

	#[test]
	fn wrong_slashes_and_refunds_and_the_panel_is_paid() {
		run(|| {
			let job = disputed();
			decide(job, WRONG, &[miner(1), miner(2)]);
			assert_ok!(fulfil(job));
			assert_eq!(cause_of(job), Cause::Wrong);
			assert_eq!(row(&MINER).bond, STAKE - BOND);
			assert_eq!(free(&TREASURY), EXISTENTIAL_DEPOSIT + BOND);
			assert_eq!(outcomes(&MINER, Outcome::Slashed), 1);
			assert_eq!(free(&REQUESTER) + held(&REQUESTER), ENDOWMENT - FEE);
			assert_eq!(free(&miner(1)), ENDOWMENT + FEE / 2);
		});
	}

	#[test]
	fn undecided_refunds_without_slash() {
		run(|| {
			let job = disputed();
			decide(job, Verdict::Undecided, &[miner(1)]);
			assert_ok!(fulfil(job));
			assert_eq!(cause_of(job), Cause::Undecided);
			assert_eq!((row(&MINER).bond, row(&MINER).locks), (STAKE, 0));
			assert_eq!(outcomes(&MINER, Outcome::Fulfilled), 0);
			assert_eq!(free(&miner(1)), ENDOWMENT + FEE);
			assert_eq!(free(&REQUESTER) + held(&REQUESTER), ENDOWMENT - FEE);
		});
	}

	#[test]
	fn undecided_by_nobody_returns_the_fee_too() {
		run(|| {
			let job = disputed();
			decide(job, Verdict::Undecided, &[]);
			assert_ok!(fulfil(job));
			assert_eq!(free(&REQUESTER) + held(&REQUESTER), ENDOWMENT);
		});
	}

	/// The gate: a panel does not pay where only a proof does, and nobody loses a bond for it.
	#[test]
	fn right_does_not_pay_where_only_a_proof_pays() {
		run(|| {
			let job = post(Offer { proof_required: true, ..offer() });
			assert_ok!(lock(job, 0));
			assert_ok!(deliver(job, 0, OUTPUT));
			full_blocks_until(POSTED + SigningTime::get() + 1);
			assert_ok!(advance(job));
			decide(job, right(0, 3_000), &[miner(1)]);
			assert_ok!(fulfil(job));
			assert_eq!(cause_of(job), Cause::Unproven);
			assert_eq!((free(&MINER), row(&MINER).bond), (ENDOWMENT, STAKE));
			assert_eq!((row(&MINER).locks, outcomes(&MINER, Outcome::Fulfilled)), (0, 0));
			assert_eq!(free(&miner(1)), ENDOWMENT + FEE);
		});
	}

	/// To the last unit: what the division leaves returns.
	#[test]
	fn boundary_the_fee_is_shared_exactly() {
		run(|| {
			let job = disputed();
			let members: Vec<_> = (1..8).map(miner).collect();
			decide(job, WRONG, &members);
			assert_ok!(fulfil(job));
			let paid: u128 = members.iter().map(|member| free(member) - ENDOWMENT).sum();
			assert_eq!(paid, FEE / 7 * 7);
			assert_eq!(free(&REQUESTER) + held(&REQUESTER), ENDOWMENT - paid);
		});
	}

	#[test]
	fn boundary_a_fee_of_less_than_a_unit_each_returns() {
		run(|| {
			let job = post(Offer { issuer_fee: EXISTENTIAL_DEPOSIT, ..offer() });
			assert_ok!(lock(job, 0));
			assert_ok!(deliver(job, 0, OUTPUT));
			full_blocks_until(POSTED + SigningTime::get() + 1);
			assert_ok!(advance(job));
			let members: Vec<_> = (0..MAX_FEE_PAYEES).map(|n| miner(1 + n as u8 % 9)).collect();
			decide(job, WRONG, &members);
			assert_ok!(fulfil(job));
			assert_eq!(free(&REQUESTER) + held(&REQUESTER), ENDOWMENT);
		});
	}

	/// A member without an account keeps neither the miner nor the others from their pay.
	#[test]
	fn a_member_that_cannot_be_paid_blocks_nobody() {
		run(|| {
			let job = post(Offer { issuer_fee: 2 * EXISTENTIAL_DEPOSIT - 2, ..offer() });
			assert_ok!(lock(job, 0));
			assert_ok!(deliver(job, 0, OUTPUT));
			full_blocks_until(POSTED + SigningTime::get() + 1);
			assert_ok!(advance(job));
			decide(job, right(0, 3_000), &[UNKNOWN, miner(1)]);
			assert_ok!(fulfil(job));
			let share = EXISTENTIAL_DEPOSIT - 1;
			assert_eq!((free(&UNKNOWN), free(&miner(1))), (0, ENDOWMENT + share));
			assert_eq!(free(&MINER), ENDOWMENT + 3_000);
			assert_eq!(free(&REQUESTER) + held(&REQUESTER), ENDOWMENT - 3_000 - share);
		});
	}

	#[test]
	fn the_agenda_settles_from_the_next_block() {
		run(|| {
			let job = disputed();
			decide(job, right(0, 3_000), &[]);
			Marketplace::process_agenda(polkadot_sdk::frame_support::weights::Weight::MAX);
			assert!(matches!(state(job), JobState::Decided { .. }));
			pass(1);
			assert!(was_fulfilled(job));
		});
	}
}

/// Where no panel can sit the job is undecided at once: nobody's money waits for miners to register.
#[test]
fn where_none_can_sit_the_job_is_undecided() {
	run(|| {
		NoPanels::set(true);
		let job = delivered();
		full_blocks_until(POSTED + SigningTime::get() + 1);
		assert_ok!(advance(job));
		let unavailable = System::events().into_iter().any(|record| {
			matches!(
				record.event,
				RuntimeEvent::Marketplace(Event::PanelUnavailable { job: about, .. }) if about == job
			)
		});
		assert!(unavailable);
		assert_eq!(cause_of(job), Cause::Undecided);
		assert_eq!(row(&MINER).bond, STAKE);
		assert_eq!(free(&REQUESTER) + held(&REQUESTER), ENDOWMENT);
	});
}
