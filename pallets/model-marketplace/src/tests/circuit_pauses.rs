//! Pauses of a circuit: the clocks of the jobs that name it stand still.

use super::{
	redundancy::{commit, locked_by, reveal},
	*,
};

/// Lets blocks pass, too full for the agenda, while the circuit is paused.
fn paused(blocks: u64) {
	pause_circuit(true);
	full_blocks_until(now() + blocks);
	pause_circuit(false);
}

/// Until the circuit is taken to be lost.
fn until_lost() {
	pause_circuit(true);
	full_blocks_until(now() + MaxTimeout::get());
}

fn transparent() -> OfferOf<Test> {
	Offer { level: Level::Transparent, circuit: None, ..offer() }
}

#[test]
fn nothing_passes_by_a_pause() {
	run(|| {
		let (open, held_by_miner, shown) = (posted(), locked(), delivered());
		paused(10 * TIMEOUT);
		assert_eq!(Marketplace::price_now(open), Some(MIN_PRICE));
		assert_noop!(slash(held_by_miner), E::DeadlineNotPassed);
		assert_noop!(refund(open), E::DeadlineNotPassed);
		assert_noop!(advance(shown), E::NothingDue);
		assert_ok!(accept(shown, receipt_for(MINER, 1)));
		assert_ok!(accept(held_by_miner, receipt_for(MINER, 1)));
		assert_ok!(lock(open, 0));
		assert_ok!(deliver(open, 0, OUTPUT));
	});
}

/// To the block, also after several pauses: a lock, its loss, and the deadlines that readers and receipts
/// are told.
#[test]
fn boundary_of_deadlines_after_pauses() {
	run(|| {
		let (kept, lost) = (locked(), locked());
		full_blocks_until(20);
		paused(7);
		full_blocks_until(40);
		paused(5);
		let behind = 12;
		assert_eq!(Marketplace::deadline(kept), Some(DEADLINE + behind));
		let facts = facts(kept, &MINER);
		assert_eq!((facts.posted_deadline, facts.deadline), (DEADLINE, DEADLINE + behind));
		assert_eq!(facts.open_until, LOCK_DEADLINE + behind);
		full_blocks_until(LOCK_DEADLINE + behind);
		assert_ok!(deliver(kept, 0, OUTPUT));
		full_blocks_until(LOCK_DEADLINE + behind + 1);
		assert_noop!(deliver(lost, 0, OUTPUT), E::LockDeadlinePassed);
		assert_noop!(accept(lost, receipt_for(MINER, 1)), E::ReceiptBarred);
		full_blocks_until(DEADLINE + behind);
		assert_noop!(slash(lost), E::DeadlineNotPassed);
		full_blocks_until(DEADLINE + behind + 1);
		assert_ok!(slash(lost));
	});
}

/// A pause moves what ends after its begin, and nothing else.
#[test]
fn boundary_of_what_had_passed() {
	run(|| {
		let job = locked();
		full_blocks_until(LOCK_DEADLINE + 1);
		paused(100);
		assert_noop!(deliver(job, 0, OUTPUT), E::LockDeadlinePassed);
		assert_ok!(commit_late(job, &STRANGER));
		full_blocks_until(DEADLINE + 101);
		assert_ok!(slash(job));
	});
	run(|| {
		let job = locked();
		full_blocks_until(LOCK_DEADLINE);
		paused(100);
		assert_ok!(deliver(job, 0, OUTPUT));
	});
}

/// Pauses before the post are no matter of the job's.
#[test]
fn earlier_pauses_do_not_count() {
	run(|| {
		paused(30);
		let job = locked();
		assert_eq!(Marketplace::deadline(job), Some(31 + TIMEOUT));
		full_blocks_until(31 + LOCK_TIMEOUT + 1);
		assert_noop!(deliver(job, 0, OUTPUT), E::LockDeadlinePassed);
	});
}

/// Receipts without a circuit are looked at all the time.
#[test]
fn jobs_without_a_circuit_go_on() {
	run(|| {
		let job = post(transparent());
		assert_ok!(lock(job, 0));
		paused(TIMEOUT + 1);
		assert_noop!(deliver(job, 0, OUTPUT), E::LockDeadlinePassed);
		assert_ok!(slash(job));
	});
}

/// The price rises by the job's own clock, and latency is measured by it.
#[test]
fn ramp_and_latency_do_not_go_on() {
	run(|| {
		let job = posted();
		full_blocks_until(POSTED + 25);
		let half = Marketplace::price_now(job).unwrap();
		assert_eq!(half, (MIN_PRICE + PRICE) / 2);
		paused(100);
		assert_eq!(Marketplace::price_now(job), Some(half));
		assert_eq!(Marketplace::jobs_for(MINER, 0).0, [job]);
		assert_ok!(lock(job, 0));
		assert_eq!(live(job).locks[0].price, half);
		full_blocks_until(now() + 3);
		paused(50);
		assert_ok!(accept(job, receipt_for(MINER, 1)));
		assert_eq!(Marketplace::measured_latency(digits()).unwrap().max, 3);
	});
}

/// The time for signing, the time to show outputs, and the requester's notice as well.
#[test]
fn boundary_of_phases_after_a_pause() {
	run(|| {
		let job = delivered();
		paused(9);
		full_blocks_until(POSTED + SigningTime::get() + 9);
		assert_noop!(advance(job), E::NothingDue);
		full_blocks_until(now() + 1);
		assert_ok!(advance(job));
		assert_eq!(state(job), JobState::Disputed);
	});
	run(|| {
		let job = locked_by(2, 2);
		for number in 0..2 {
			assert_ok!(commit(job, number, &OUTPUT));
		}
		paused(9);
		let end = POSTED + RevealTime::get() + 9;
		full_blocks_until(end);
		assert_ok!(reveal(job, 0, &OUTPUT));
		assert_noop!(advance(job), E::NothingDue);
		full_blocks_until(end + 1);
		assert_eq!(reveal(job, 1, &OUTPUT), Err(E::RevealTooLate.into()));
		assert_ok!(advance(job));
	});
	// Nothing more can come once all is shown: that need not wait for the end of a pause.
	run(|| {
		let job = locked_by(2, 2);
		for number in 0..2 {
			assert_ok!(commit(job, number, &OUTPUT));
		}
		pause_circuit(true);
		for number in 0..2 {
			assert_noop!(advance(job), E::NothingDue);
			assert_ok!(reveal(job, number, &OUTPUT));
		}
		pass(1);
		assert!(matches!(state(job), JobState::Delivered { .. }));
	});
	run(|| {
		let job = posted();
		full_blocks_until(LOCK_DEADLINE + 1);
		assert_ok!(Marketplace::cancel_job(signed(&REQUESTER), job));
		paused(9);
		full_blocks_until(LOCK_DEADLINE + 1 + CancelNotice::get() + 9);
		assert_noop!(refund(job), E::DeadlineNotPassed);
		full_blocks_until(now() + 1);
		assert_ok!(refund(job));
		assert_eq!(cause_of(job), Cause::Cancelled);
	});
}

/// What the events tell is job time as it is then, pauses before it included.
#[test]
fn events_tell_job_time() {
	run(|| {
		let job = locked();
		paused(9);
		assert_ok!(deliver(job, 0, OUTPUT));
		assert_has(Event::SigningBegun { job, until: POSTED + 9 + SigningTime::get() });
		let open = posted();
		full_blocks_until(now() + LOCK_TIMEOUT + 1);
		paused(4);
		let closes_at = now() + CancelNotice::get();
		assert_ok!(Marketplace::cancel_job(signed(&REQUESTER), open));
		assert_has(Event::CancelNoticeGiven { job: open, closes_at });
	});
}

/// A removal extends what had not passed by the job's own clock.
#[test]
fn boundary_of_removals_after_a_pause() {
	let deadline_after = |removal: JobTime| {
		let mut deadline = None;
		run(|| {
			let job = posted();
			paused(10);
			full_blocks_until(removal);
			remove_issuer(OTHER_ISSUER);
			deadline = Marketplace::deadline(job);
		});
		deadline.unwrap()
	};
	assert_eq!(deadline_after(DEADLINE + 10), DEADLINE + 10 + RemovalExtension::get());
	assert_eq!(deadline_after(DEADLINE + 11), DEADLINE + 10);
}

mod agenda {
	use super::*;

	/// It looks, finds that nothing is due, and looks again when something is.
	#[test]
	fn it_looks_again_after_a_pause() {
		run(|| {
			let job = locked();
			pause_circuit(true);
			pass(TIMEOUT + 20);
			assert_eq!(live(job).state, JobState::Locked);
			pause_circuit(false);
			let end = now() + TIMEOUT;
			pass(TIMEOUT);
			assert_eq!(live(job).state, JobState::Locked);
			pass(PanelRetry::get() + 2);
			assert!(now() > end);
			assert_eq!(cause_of(job), Cause::Stalled);
		});
	}

	/// A job whose clock stands at its deadline is not looked at in every block of a pause.
	#[test]
	fn it_does_not_look_in_every_block_of_a_pause() {
		run(|| {
			let job = locked();
			full_blocks_until(DEADLINE);
			pause_circuit(true);
			let mut looked = 0;
			for _ in 0..70 {
				let due = live(job).due;
				pass(1);
				looked += u64::from(live(job).due != due);
			}
			assert!((5..=70 / PanelRetry::get()).contains(&looked), "{looked}");
		});
	}

	/// Nor is a panel asked in every block, where it stands at the end of the patience for one.
	#[test]
	fn no_panel_is_asked_in_every_block_of_a_pause() {
		run(|| {
			PanelsFull::set(true);
			let job = delivered();
			full_blocks_until(DEADLINE + PanelPatience::get());
			assert_eq!(live(job).state, JobState::Delivered { until: POSTED + SigningTime::get() });
			pause_circuit(true);
			let mut asked = 0;
			for _ in 0..70 {
				let due = live(job).due;
				pass(1);
				asked += u64::from(live(job).due != due);
			}
			assert!((5..=70 / PanelRetry::get()).contains(&asked), "{asked}");
		});
	}

	/// Of the phases of redundant jobs as well.
	#[test]
	fn redundant_jobs_wait_too() {
		run(|| {
			let job = post(redundant(2));
			assert_ok!(lock(job, 0));
			pause_circuit(true);
			pass(LOCK_TIMEOUT + 20);
			assert_eq!(state(job), JobState::Open);
			pause_circuit(false);
			pass(LOCK_TIMEOUT + PanelRetry::get() + 2);
			assert_eq!(cause_of(job), Cause::Stalled);
		});
	}
}

/// A circuit that stays paused traps no money.
mod lost {
	use super::*;

	#[test]
	fn boundary_after_the_longest_timeout_the_money_returns_without_slash() {
		run(|| {
			let (open, held_by_miner) = (posted(), locked());
			until_lost();
			assert_noop!(refund(open), E::DeadlineNotPassed);
			assert_noop!(refund(held_by_miner), E::DeadlineNotPassed);
			full_blocks_until(now() + 1);
			assert_noop!(slash(held_by_miner), E::NothingToSlash);
			for job in [open, held_by_miner] {
				assert_ok!(refund(job));
				assert_eq!(cause_of(job), Cause::NoCircuit);
			}
			assert_eq!((row(&MINER).bond, row(&MINER).locks), (STAKE, 0));
			assert_eq!(outcomes(&MINER, Outcome::Slashed), 0);
			assert_eq!(free(&REQUESTER) + held(&REQUESTER), ENDOWMENT);
			assert_eq!(Marketplace::privacy_score(digits()), None);
		});
	}

	/// A circuit that was retired is not expected back.
	#[test]
	fn at_once_where_it_was_retired() {
		run(|| {
			let job = locked();
			CircuitStoppage::mutate(|stoppage| stoppage.retired = true);
			assert_noop!(refund(job), E::DeadlineNotPassed);
			pause_circuit(true);
			assert_ok!(refund(job));
			assert_eq!((cause_of(job), row(&MINER).bond), (Cause::NoCircuit, STAKE));
		});
	}

	/// Retired and running, it serves its jobs to their ends.
	#[test]
	fn a_retired_circuit_that_runs_stops_nothing() {
		run(|| {
			let job = locked();
			CircuitStoppage::mutate(|stoppage| stoppage.retired = true);
			full_blocks_until(DEADLINE + 1);
			assert_ok!(slash(job));
			assert_eq!(row(&MINER).bond, STAKE - BOND);
		});
	}

	/// What was delivered is for the panel: nobody can sign for it any more.
	#[test]
	fn what_was_delivered_goes_to_a_panel() {
		run(|| {
			let job = delivered();
			until_lost();
			assert_noop!(advance(job), E::NothingDue);
			full_blocks_until(now() + 1);
			assert_ok!(advance(job));
			decide(job, right(0, 3_000), &[]);
			assert_ok!(fulfil(job));
			assert_eq!(free(&MINER), ENDOWMENT + 3_000);
		});
	}

	/// Nor is the patience endless then, where no panel has room.
	#[test]
	fn patience_for_a_panel_ends_all_the_same() {
		run(|| {
			let job = delivered();
			until_lost();
			PanelsFull::set(true);
			let end = now() + TIMEOUT + PanelPatience::get() + 2 * PanelRetry::get();
			pass(end - now());
			assert_eq!((cause_of(job), row(&MINER).bond), (Cause::Undecided, STAKE));
		});
	}

	/// A lock that had been broken before the circuit was lost is no less broken; one that could still be kept
	/// is not.
	#[test]
	fn boundary_of_locks_that_were_broken_before() {
		for (paused_at, kept) in [(LOCK_DEADLINE, true), (LOCK_DEADLINE + 1, false)] {
			run(|| {
				let job = locked();
				CircuitStoppage::mutate(|stoppage| stoppage.retired = true);
				full_blocks_until(paused_at);
				pause_circuit(true);
				assert_ok!(refund(job));
				assert_eq!(cause_of(job), Cause::NoCircuit);
				assert_eq!(row(&MINER).bond, if kept { STAKE } else { STAKE - BOND });
				assert_eq!(outcomes(&MINER, Outcome::Slashed), u32::from(!kept));
			});
		}
	}

	/// By the job's own clock: earlier pauses have moved the deadline, those before the post have not.
	#[test]
	fn boundary_of_broken_locks_after_pauses() {
		for (late, kept) in [(0, true), (1, false)] {
			run(|| {
				paused(30);
				let job = locked();
				let deadline = now() + LOCK_TIMEOUT;
				paused(7);
				CircuitStoppage::mutate(|stoppage| stoppage.retired = true);
				full_blocks_until(deadline + 7 + late);
				pause_circuit(true);
				assert_ok!(refund(job));
				assert_eq!(row(&MINER).bond, if kept { STAKE } else { STAKE - BOND });
			});
		}
	}

	/// Or one commitment would keep the requester's money for as long as a pause can last.
	#[test]
	fn nothing_is_committed_to_any_more() {
		run(|| {
			let (job, other) = (locked_by(2, 2), locked_by(2, 2));
			CircuitStoppage::mutate(|stoppage| stoppage.retired = true);
			assert_ok!(commit(job, 0, &OUTPUT));
			pause_circuit(true);
			assert_noop!(commit(job, 1, &OUTPUT), E::CircuitLost);
			assert_noop!(commit(other, 0, &OUTPUT), E::CircuitLost);
			assert_ok!(refund(other));
		});
	}

	/// Of a redundant job's miners, who has shown nothing keeps its bond, too, whatever becomes of what the
	/// others have shown; who has committed and does not show it does not.
	#[test]
	fn who_has_committed_is_not_excused() {
		run(|| {
			let job = locked_by(3, 3);
			assert_ok!(commit(job, 0, &OUTPUT));
			assert_ok!(commit(job, 1, &OUTPUT));
			until_lost();
			full_blocks_until(now() + LOCK_TIMEOUT + 1);
			assert_ok!(advance(job));
			assert_ok!(reveal(job, 0, &OUTPUT));
			full_blocks_until(now() + RevealTime::get() + 1);
			assert_ok!(advance(job));
			assert_eq!(state(job), JobState::Disputed);
			decide(job, right(0, 3_000), &[]);
			assert_ok!(fulfil(job));
			let bonds = [0, 1, 2].map(|number| row(&miner(number)).bond);
			assert_eq!(bonds, [STAKE, STAKE - BOND, STAKE]);
		});
	}

	/// Miners of a redundant job have as long as ever to show what they committed to.
	#[test]
	fn reveals_go_on_to_their_end() {
		run(|| {
			let job = locked_by(2, 2);
			for number in 0..2 {
				assert_ok!(commit(job, number, &OUTPUT));
			}
			until_lost();
			full_blocks_until(now() + RevealTime::get());
			assert_noop!(refund(job), E::DeadlineNotPassed);
			for number in 0..2 {
				assert_ok!(reveal(job, number, &OUTPUT));
			}
			// The agenda has a thousand times to look through.
			pass(4);
			assert!(matches!(state(job), JobState::Delivered { .. }));
			// And then nobody can sign.
			assert_ok!(advance(job));
			assert_eq!(state(job), JobState::Disputed);
		});
	}

	#[test]
	fn a_redundant_job_without_outputs_is_refunded() {
		run(|| {
			let job = post(redundant(2));
			assert_ok!(lock(job, 0));
			until_lost();
			full_blocks_until(now() + LOCK_TIMEOUT);
			assert_ok!(refund(job));
			assert_eq!((cause_of(job), row(&MINER).bond), (Cause::NoCircuit, STAKE));
		});
	}

	/// The agenda finds it, and nobody need call.
	#[test]
	fn the_agenda_refunds_too() {
		run(|| {
			let job = locked();
			pause_circuit(true);
			pass(MaxTimeout::get() + TIMEOUT + 2);
			assert_eq!(cause_of(job), Cause::NoCircuit);
		});
	}

	/// A requester whose job nobody has takes it back whenever it likes.
	#[test]
	fn an_open_job_can_be_cancelled_meanwhile() {
		run(|| {
			let job = posted();
			pause_circuit(true);
			full_blocks_until(10 * TIMEOUT);
			assert_ok!(Marketplace::cancel_job(signed(&REQUESTER), job));
		});
	}
}
