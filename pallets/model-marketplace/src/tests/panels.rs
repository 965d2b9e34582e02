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
			assert_eq!(free(&TREASURY), EXISTENTIAL_DEPOSIT + BOND - FEE);
			assert_eq!(outcomes(&MINER, Outcome::Slashed), 1);
			assert_eq!(free(&REQUESTER) + held(&REQUESTER), ENDOWMENT, "out of the bond");
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
			assert_eq!(free(&TREASURY), EXISTENTIAL_DEPOSIT + BOND - paid);
			assert_eq!(free(&REQUESTER) + held(&REQUESTER), ENDOWMENT);
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
			let members: Vec<_> = (0..MAX_PANEL_MEMBERS).map(|n| miner(1 + n as u8 % 9)).collect();
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

/// Whether a job was undecided because no panel can sit.
fn was_without_panel(job: JobId) -> bool {
	System::events().into_iter().any(|record| {
		matches!(
			record.event,
			RuntimeEvent::Marketplace(Event::PanelUnavailable { job: about, .. }) if about == job
		)
	})
}

/// Too many panels sit: the job waits for room, and nobody loses anything by it.
mod without_room {
	use super::*;

	const SIGNED_UNTIL: JobTime = POSTED + 20;

	/// A delivered job whose time for signing has passed, with no room for a panel.
	fn waiting() -> JobId {
		let job = delivered();
		PanelsFull::set(true);
		full_blocks_until(SIGNED_UNTIL);
		pass(1);
		job
	}

	fn is_untouched(job: JobId) -> bool {
		let record = live(job);
		record.state == JobState::Delivered { until: SIGNED_UNTIL }
			&& record.held == PRICE + FEE
			&& row(&MINER).bond == STAKE
			&& row(&MINER).locks == 1
	}

	#[test]
	fn the_agenda_asks_again() {
		run(|| {
			let job = waiting();
			let from = SIGNED_UNTIL + 1 + PanelRetry::get();
			assert_has(Event::PanelAwaited { job, from });
			assert!(is_untouched(job));
			assert_eq!(live(job).due, Some(from));
			// Not before, though there is room.
			PanelsFull::set(false);
			pass(PanelRetry::get());
			assert!(is_untouched(job));
			pass(1);
			assert_eq!((state(job), live(job).due), (JobState::Disputed, None));
			decide(job, right(0, 3_000), &[]);
			assert_ok!(fulfil(job));
			assert_eq!(free(&MINER), ENDOWMENT + 3_000);
		});
	}

	#[test]
	fn nobody_else_can_end_it_meanwhile() {
		run(|| {
			let job = waiting();
			let before = live(job);
			assert_noop!(accept(job, receipt_for(MINER, 1)), E::DeadlinePassed);
			assert_noop!(refund(job), E::JobDelivered);
			assert_noop!(slash(job), E::JobDelivered);
			assert_noop!(fulfil(job), E::NoReceipt);
			assert_noop!(Marketplace::cancel_job(signed(&REQUESTER), job), E::JobDelivered);
			assert_noop!(lock(job, 1), E::JobDelivered);
			assert_eq!(live(job), before);
		});
	}

	/// Anybody can ask as soon as there is room; as long as there is none a call leaves nothing behind.
	#[test]
	fn a_call_asks_at_once_or_is_refused() {
		run(|| {
			let job = waiting();
			let entries = Agenda::<Test>::iter().count();
			for _ in 0..3 {
				assert_noop!(advance(job), E::TooManyPanels);
				full_blocks_until(now() + 1);
			}
			assert_eq!(Agenda::<Test>::iter().count(), entries);
			PanelsFull::set(false);
			assert_ok!(advance(job));
			assert_eq!(state(job), JobState::Disputed);
			// The entries that were left are dropped.
			pass(DEADLINE);
			assert_eq!(Agenda::<Test>::iter().count(), 0);
		});
	}

	/// The first call is refused as well, and the agenda asks as if there had been none.
	#[test]
	fn a_refused_call_does_not_keep_the_agenda_from_asking() {
		run(|| {
			let job = delivered();
			PanelsFull::set(true);
			full_blocks_until(SIGNED_UNTIL + 1);
			assert_noop!(advance(job), E::TooManyPanels);
			PanelsFull::set(false);
			pass(1);
			assert_eq!(state(job), JobState::Disputed);
		});
	}

	/// At most until the deadline and the patience after it. The agenda does not grow by it.
	#[test]
	fn boundary_of_the_patience() {
		run(|| {
			let job = waiting();
			let last = DEADLINE + PanelPatience::get();
			while now() < last {
				assert!(is_untouched(job));
				// That of the post is dropped when its time comes.
				let entries = 1 + usize::from(now() <= DEADLINE);
				assert!(Agenda::<Test>::iter().count() <= entries);
				pass(1);
			}
			assert_noop!(advance(job), E::TooManyPanels);
			assert!(is_untouched(job));
			pass(1);
			assert!(was_without_panel(job));
			assert_eq!(cause_of(job), Cause::Undecided);
			assert_eq!((row(&MINER).bond, row(&MINER).locks), (STAKE, 0));
			assert_eq!(outcomes(&MINER, Outcome::Slashed), 0);
			assert_eq!(free(&REQUESTER) + held(&REQUESTER), ENDOWMENT);
		});
	}

	/// Room in the last moment is room.
	#[test]
	fn boundary_room_at_the_end_of_the_patience() {
		run(|| {
			let job = waiting();
			full_blocks_until(DEADLINE + PanelPatience::get());
			PanelsFull::set(false);
			assert_ok!(advance(job));
			assert_eq!(state(job), JobState::Disputed);
		});
	}

	/// An agenda that comes late still asks once.
	#[test]
	fn boundary_asked_for_the_first_time_after_the_patience() {
		run(|| {
			let job = delivered();
			full_blocks_until(DEADLINE + PanelPatience::get() + 5);
			assert_ok!(advance(job));
			assert_eq!(state(job), JobState::Disputed);
		});
	}

	/// The deadline that counts is the one in force, and the time for signing where that ends later.
	#[test]
	fn boundary_of_the_patience_after_a_removal_and_after_late_deliveries() {
		run(|| {
			let job = waiting();
			remove_issuer(OTHER_ISSUER);
			let until = DEADLINE + RemovalExtension::get() + PanelPatience::get();
			assert_eq!(Marketplace::panel_awaited_until(&live(job)), until);
		});
		run(|| {
			let job = post(Offer { timeout: LOCK_TIMEOUT, ..offer() });
			assert_ok!(lock(job, 0));
			full_blocks_until(LOCK_DEADLINE);
			assert_ok!(deliver(job, 0, OUTPUT));
			let until = LOCK_DEADLINE + SigningTime::get() + PanelPatience::get();
			assert_eq!(Marketplace::panel_awaited_until(&live(job)), until);
		});
	}

	/// Without issuers a panel is asked at once, and again while there is no room.
	#[test]
	fn a_job_without_issuers_waits_as_well() {
		run(|| {
			let job = delivered();
			PanelsFull::set(true);
			remove_issuer(ISSUER);
			remove_issuer(OTHER_ISSUER);
			assert_noop!(advance(job), E::TooManyPanels);
			PanelsFull::set(false);
			assert_ok!(advance(job));
			assert_eq!(state(job), JobState::Disputed);
		});
	}

	/// Outputs that differ wait as they were shown; who showed nothing keeps its bond until then.
	#[test]
	fn a_redundant_job_waits_as_well() {
		run(|| {
			let job = post(redundant(2));
			let until = POSTED + RevealTime::get();
			for (number, output) in [(0, OUTPUT), (1, INPUT)] {
				assert_ok!(lock(job, number));
				let commitment = quittance_types::delivery_commitment(
					job,
					&miner(number).into(),
					&output,
					&[number; 32],
				);
				assert_ok!(Marketplace::commit_delivery(signed(&hot(number)), job, commitment));
			}
			assert_ok!(Marketplace::reveal_delivery(signed(&hot(0)), job, OUTPUT, [0; 32]));
			assert_ok!(Marketplace::reveal_delivery(signed(&hot(1)), job, INPUT, [1; 32]));
			assert!(until > now());
			PanelsFull::set(true);
			pass(1);
			let shown = JobState::Revealing { until };
			assert_eq!((state(job), live(job).held), (shown.clone(), PRICE + FEE));
			assert_eq!((row(&MINER).locks, row(&miner(1)).locks), (1, 1));
			pass(50);
			assert_eq!(state(job), shown);
			PanelsFull::set(false);
			pass(PanelRetry::get() + 1);
			assert_eq!(state(job), JobState::Disputed);
			decide(job, right(1, 2_000), &[]);
			assert_ok!(fulfil(job));
			assert_eq!((row(&MINER).bond, row(&miner(1)).bond), (STAKE - BOND, STAKE));
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
		assert!(was_without_panel(job));
		assert_eq!(cause_of(job), Cause::Undecided);
		assert_eq!(row(&MINER).bond, STAKE);
		assert_eq!(free(&REQUESTER) + held(&REQUESTER), ENDOWMENT);
	});
}
