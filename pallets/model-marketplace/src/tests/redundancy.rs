use super::*;
use quittance_types::delivery_commitment;

const OTHER_OUTPUT: Blob = Blob { digest: [0xCC; 32], size: 128 };

/// The salt of a miner's commitment.
fn salt(number: u8) -> [u8; 32] {
	[200 + number; 32]
}

pub(super) fn commit(job: JobId, number: u8, output: &Blob) -> DispatchResult {
	let commitment = delivery_commitment(job, &miner(number).into(), output, &salt(number));
	Marketplace::commit_delivery(signed(&hot(number)), job, commitment)
}

pub(super) fn reveal(job: JobId, number: u8, output: &Blob) -> DispatchResult {
	Marketplace::reveal_delivery(signed(&hot(number)), job, *output, salt(number))
}

/// A job that so many miners have, the first of them at the lowest price.
pub(super) fn locked_by(redundancy: u8, miners: u8) -> JobId {
	let job = post(redundant(redundancy));
	for number in 0..miners {
		assert_ok!(lock(job, number));
	}
	job
}

/// A job whose miners have all committed to these outputs, and shown them.
pub(super) fn shown(outputs: &[Blob]) -> JobId {
	let job = locked_by(outputs.len() as u8, outputs.len() as u8);
	for (number, output) in (0..).zip(outputs) {
		assert_ok!(commit(job, number, output));
	}
	for (number, output) in (0..).zip(outputs) {
		assert_ok!(reveal(job, number, output));
	}
	job
}

mod locks {
	use super::*;

	#[test]
	fn boundary_as_many_different_miners_as_are_asked_for() {
		run(|| {
			let job = post(redundant(8));
			for number in 0..8 {
				assert_eq!(state(job), JobState::Open);
				assert_ok!(lock(job, number));
				let again = lock(job, number);
				let full = number == 7;
				let error = if full { E::JobLocked } else { E::AlreadyLocked };
				assert_eq!(again, Err(error.into()));
			}
			assert_eq!(state(job), JobState::Locked);
			assert_noop!(lock(job, 8), E::JobLocked);
			assert_eq!(facts(job, &MINER).nonce, 8);
		});
	}

	#[test]
	fn each_at_the_price_of_its_time() {
		run(|| {
			let job = locked_by(2, 1);
			full_blocks_until(POSTED + 40);
			assert_ok!(lock(job, 1));
			let prices: Vec<_> = live(job).locks.iter().map(|lock| lock.price).collect();
			assert_eq!(prices, [MIN_PRICE, PRICE]);
		});
	}
}

mod commitments {
	use super::*;

	#[test]
	fn reveals_begin_with_the_last_commitment() {
		run(|| {
			let job = locked_by(2, 2);
			assert_ok!(commit(job, 0, &OUTPUT));
			assert_noop!(reveal(job, 0, &OUTPUT), E::RevealTooEarly);
			assert_noop!(commit(job, 0, &OUTPUT), E::AlreadyCommitted);
			assert_eq!(state(job), JobState::Locked);
			full_blocks_until(POSTED + 5);
			assert_ok!(commit(job, 1, &OUTPUT));
			let until = POSTED + 5 + RevealTime::get();
			assert_has(Event::RevealsBegun { job, until });
			assert_eq!(state(job), JobState::Revealing { until });
			assert_noop!(commit(job, 1, &OUTPUT), E::JobRevealing);
		});
	}

	/// All that have it have committed, but others can still come.
	#[test]
	fn reveals_do_not_begin_while_locks_are_open() {
		run(|| {
			let job = locked_by(2, 1);
			assert_ok!(commit(job, 0, &OUTPUT));
			assert_eq!(state(job), JobState::Open);
			assert_noop!(reveal(job, 0, &OUTPUT), E::RevealTooEarly);
			assert_ok!(lock(job, 1));
			assert_ok!(commit(job, 1, &OUTPUT));
			assert!(matches!(state(job), JobState::Revealing { .. }));
		});
	}

	#[test]
	fn only_of_holders_until_the_lock_deadline() {
		run(|| {
			let job = locked_by(2, 2);
			assert_noop!(commit(job, 2, &OUTPUT), E::NotLockHolder);
			full_blocks_until(LOCK_DEADLINE);
			assert_ok!(commit(job, 0, &OUTPUT));
			full_blocks_until(LOCK_DEADLINE + 1);
			assert_noop!(commit(job, 1, &OUTPUT), E::LockDeadlinePassed);
		});
	}

	/// Trap 49: a result copied from another's commitment, or from its reveal.
	#[test]
	fn a_copied_commitment_opens_to_nothing() {
		run(|| {
			let job = locked_by(2, 2);
			let copied = delivery_commitment(job, &MINER.into(), &OUTPUT, &salt(0));
			assert_ok!(Marketplace::commit_delivery(signed(&hot(1)), job, copied));
			assert_ok!(commit(job, 0, &OUTPUT));
			assert_ok!(reveal(job, 0, &OUTPUT));
			let opened = Marketplace::reveal_delivery(signed(&hot(1)), job, OUTPUT, salt(0));
			assert_eq!(opened, Err(E::CommitmentMismatch.into()));
		});
	}

	#[test]
	fn fails_for_what_was_not_committed_to() {
		run(|| {
			let job = locked_by(3, 3);
			assert_ok!(commit(job, 0, &OUTPUT));
			assert_ok!(commit(job, 1, &OUTPUT));
			full_blocks_until(LOCK_DEADLINE + 1);
			assert_noop!(reveal(job, 0, &OTHER_OUTPUT), E::CommitmentMismatch);
			let resized = Blob { size: 129, ..OUTPUT };
			assert_noop!(reveal(job, 0, &resized), E::CommitmentMismatch);
			let other_salt = Marketplace::reveal_delivery(signed(&HOT), job, OUTPUT, salt(1));
			assert_eq!(other_salt, Err(E::CommitmentMismatch.into()));
			assert_noop!(reveal(job, 0, &Blob { size: 0, ..OUTPUT }), E::EmptyBlob);
			assert_noop!(reveal(job, 2, &OUTPUT), E::NothingCommitted);
			assert_ok!(reveal(job, 0, &OUTPUT));
			assert_has(Event::OutputDelivered { job, miner: MINER, output: OUTPUT });
			assert_noop!(reveal(job, 0, &OUTPUT), E::AlreadyDelivered);
		});
	}

	/// However late the lock deadline is noticed, the time to show outputs counts from it.
	#[test]
	fn boundary_of_the_time_to_show_outputs() {
		run(|| {
			let until = LOCK_DEADLINE + RevealTime::get();
			let job = locked_by(3, 2);
			assert_ok!(commit(job, 0, &OUTPUT));
			assert_ok!(commit(job, 1, &OUTPUT));
			full_blocks_until(until);
			assert_ok!(reveal(job, 0, &OUTPUT));
			assert_eq!(state(job), JobState::Revealing { until });
			full_blocks_until(until + 1);
			assert_noop!(reveal(job, 1, &OUTPUT), E::RevealTooLate);
		});
	}
}

mod agreement {
	use super::*;

	fn judged(job: JobId) -> JobState<AccountId> {
		full_blocks_until(now() + 1);
		assert_ok!(advance(job));
		state(job)
	}

	#[test]
	fn equal_outputs_wait_for_one_signature_that_pays_all() {
		run(|| {
			let job = shown(&[OUTPUT, OUTPUT, OUTPUT]);
			assert!(matches!(judged(job), JobState::Delivered { .. }));
			assert_eq!(facts(job, &miner(1)).output, Some(OUTPUT.digest));
			assert_eq!(bar(job, &miner(3)), Some(Bar::OfAnother));
			assert_ok!(accept(job, receipt_for(miner(1), 3_001)));
			// Three payments are for the agenda, or for whoever does not want to wait.
			assert_has(Event::SettlementScheduled { job, miner: miner(1), amount: 3_001 });
			assert_eq!(free(&MINER), ENDOWMENT);
			assert_eq!(bar(job, &MINER), Some(Bar::Settled));
			assert_noop!(refund(job), E::JobAccepted);
			assert_ok!(fulfil(job));
			for number in 0..3 {
				assert_eq!(free(&miner(number)), ENDOWMENT + 1_000);
				assert_eq!(outcomes(&miner(number), Outcome::Fulfilled), 1);
				let miner = miner(number);
				assert_has(Event::ShareOfJobPaid { job, miner, amount: 1_000 });
			}
			// What the division leaves returns.
			assert_eq!(free(&ISSUER), ENDOWMENT + FEE);
			assert_eq!(free(&REQUESTER) + held(&REQUESTER), ENDOWMENT - 3_000 - FEE);
			assert_eq!(end_of(job), End::Fulfilled { miner: miner(1), amount: 3_000 });
		});
	}

	#[test]
	fn each_is_paid_no_more_than_its_own_price() {
		run(|| {
			let job = locked_by(2, 1);
			full_blocks_until(POSTED + 40);
			assert_ok!(lock(job, 1));
			for number in 0..2 {
				assert_ok!(commit(job, number, &OUTPUT));
			}
			for number in 0..2 {
				assert_ok!(reveal(job, number, &OUTPUT));
			}
			judged(job);
			assert_eq!(facts(job, &MINER).max_amount, MIN_PRICE);
			assert_eq!(facts(job, &miner(1)).max_amount, PRICE);
			assert_noop!(accept(job, receipt_for(MINER, MIN_PRICE + 1)), E::AmountAbovePrice);
			assert_ok!(accept(job, receipt_for(miner(1), PRICE)));
			assert_ok!(fulfil(job));
			assert_eq!(free(&MINER), ENDOWMENT + MIN_PRICE / 2);
			assert_eq!(free(&miner(1)), ENDOWMENT + PRICE / 2);
		});
	}

	/// One of three stalls: the others agree and are paid, and it alone loses its bond.
	#[test]
	fn more_than_half_is_enough() {
		run(|| {
			let job = locked_by(3, 3);
			assert_ok!(commit(job, 0, &OUTPUT));
			assert_ok!(commit(job, 1, &OUTPUT));
			full_blocks_until(LOCK_DEADLINE + 1);
			assert_ok!(reveal(job, 0, &OUTPUT));
			assert_ok!(reveal(job, 1, &OUTPUT));
			judged(job);
			assert_ok!(accept(job, receipt_for(MINER, 3_000)));
			pass(2);
			assert!(was_fulfilled(job));
			assert_eq!(free(&MINER), ENDOWMENT + 1_000);
			assert_eq!((row(&MINER).bond, row(&miner(2)).bond), (STAKE, STAKE - BOND));
			assert_eq!(outcomes(&miner(2), Outcome::Slashed), 1);
			assert_eq!(free(&TREASURY), EXISTENTIAL_DEPOSIT + BOND);
			// The missing part returns, nobody else earns it.
			assert_eq!(free(&REQUESTER) + held(&REQUESTER), ENDOWMENT - 2_000 - FEE);
		});
	}

	#[test]
	fn boundary_half_is_not_enough() {
		run(|| {
			let job = locked_by(2, 2);
			assert_ok!(commit(job, 0, &OUTPUT));
			full_blocks_until(LOCK_DEADLINE + 1);
			assert_ok!(reveal(job, 0, &OUTPUT));
			assert_eq!(judged(job), JobState::Disputed);
		});
	}

	/// Slots that nobody took count like miners that showed nothing.
	#[test]
	fn a_job_that_was_not_taken_by_enough_is_for_the_panel() {
		run(|| {
			let job = locked_by(3, 1);
			assert_ok!(commit(job, 0, &OUTPUT));
			full_blocks_until(LOCK_DEADLINE + 1);
			assert_ok!(advance(job));
			assert_ok!(reveal(job, 0, &OUTPUT));
			assert_eq!(judged(job), JobState::Disputed);
			decide(job, right(0, 3_000), &[miner(5)]);
			assert_ok!(fulfil(job));
			assert_eq!(free(&MINER), ENDOWMENT + 1_000);
		});
	}

	#[test]
	fn outputs_that_differ_are_for_the_panel() {
		run(|| {
			let job = shown(&[OUTPUT, OTHER_OUTPUT, OUTPUT]);
			assert_eq!(judged(job), JobState::Disputed);
			let asked = Asked::get().pop().unwrap();
			let candidates: Vec<_> =
				asked.candidates.into_iter().map(|c| (c.miner, c.output)).collect();
			let delivered = [OUTPUT, OTHER_OUTPUT, OUTPUT];
			let expected: Vec<_> = (0..3).map(|n| (miner(n), delivered[n as usize])).collect();
			assert_eq!(candidates, expected);
			assert!(
				row(&MINER).locks == 1 && row(&miner(1)).bond == STAKE,
				"nobody is slashed yet"
			);
			// The minority by the panel's verdict alone: here it is the majority that is wrong.
			decide(job, right(1, 3_000), &[miner(5), miner(6)]);
			assert_ok!(fulfil(job));
			assert_eq!(free(&miner(1)), ENDOWMENT + 1_000);
			assert_eq!(row(&miner(1)).bond, STAKE);
			for number in [0, 2] {
				assert_eq!(row(&miner(number)).bond, STAKE - BOND);
				assert_eq!(free(&miner(number)), ENDOWMENT);
			}
			assert_eq!(end_of(job), End::Fulfilled { miner: miner(1), amount: 1_000 });
		});
	}

	#[test]
	fn all_with_the_right_output_are_paid() {
		run(|| {
			let job = shown(&[OUTPUT, OTHER_OUTPUT, OUTPUT]);
			judged(job);
			decide(job, right(2, 3_000), &[]);
			assert_ok!(fulfil(job));
			for number in [0, 2] {
				assert_eq!(free(&miner(number)), ENDOWMENT + 1_000);
			}
			assert_eq!(row(&miner(1)).bond, STAKE - BOND);
			assert_eq!(free(&ISSUER), ENDOWMENT, "nobody signed");
		});
	}

	/// Undecided: whoever showed something keeps its bond, whoever did not does not.
	#[test]
	fn undecided_slashes_only_who_showed_nothing() {
		run(|| {
			let job = locked_by(3, 3);
			assert_ok!(commit(job, 0, &OUTPUT));
			assert_ok!(commit(job, 1, &OTHER_OUTPUT));
			full_blocks_until(LOCK_DEADLINE + 1);
			assert_ok!(reveal(job, 0, &OUTPUT));
			assert_ok!(reveal(job, 1, &OTHER_OUTPUT));
			judged(job);
			let barred = Asked::get().pop().unwrap().barred;
			assert!(barred.contains(&miner(2)), "it loses by any answer");
			decide(job, Verdict::Undecided, &[miner(5)]);
			assert_ok!(fulfil(job));
			assert_eq!(cause_of(job), Cause::Undecided);
			let bonds: Vec<_> = (0..3).map(|n| row(&miner(n)).bond).collect();
			assert_eq!(bonds, [STAKE, STAKE, STAKE - BOND]);
		});
	}
}

mod expiry {
	use super::*;

	#[test]
	fn nobody_came() {
		run(|| {
			let job = post(redundant(2));
			full_blocks_until(LOCK_DEADLINE);
			assert_noop!(refund(job), E::DeadlineNotPassed);
			full_blocks_until(LOCK_DEADLINE + 1);
			assert_noop!(slash(job), E::NothingToSlash);
			assert_ok!(refund(job));
			assert_eq!(cause_of(job), Cause::Expired);
		});
	}

	#[test]
	fn nobody_committed() {
		run(|| {
			let job = locked_by(2, 2);
			full_blocks_until(LOCK_DEADLINE);
			assert_noop!(slash(job), E::DeadlineNotPassed);
			full_blocks_until(LOCK_DEADLINE + 1);
			assert_noop!(refund(job), E::LockNotKept);
			assert_ok!(slash(job));
			assert_eq!(cause_of(job), Cause::Stalled);
			assert_eq!(free(&TREASURY), EXISTENTIAL_DEPOSIT + 2 * BOND);
		});
	}

	/// A commitment that is not opened is worth nothing.
	#[test]
	fn nobody_showed_what_it_committed_to() {
		run(|| {
			let job = locked_by(2, 2);
			assert_ok!(commit(job, 0, &OUTPUT));
			full_blocks_until(LOCK_DEADLINE + 1);
			assert_noop!(slash(job), E::JobRevealing);
			assert_noop!(refund(job), E::JobRevealing);
			assert_ok!(advance(job));
			let until = LOCK_DEADLINE + RevealTime::get();
			assert_eq!(state(job), JobState::Revealing { until });
			full_blocks_until(until);
			assert_noop!(slash(job), E::DeadlineNotPassed);
			full_blocks_until(until + 1);
			assert_ok!(slash(job));
			assert_eq!(cause_of(job), Cause::Stalled);
			assert_eq!(row(&MINER).bond, STAKE - BOND);
		});
	}

	#[test]
	fn there_are_no_late_receipts() {
		run(|| {
			let job = locked_by(2, 1);
			full_blocks_until(LOCK_DEADLINE + 1);
			assert_noop!(commit_late(job, &STRANGER), E::Redundant);
			assert_eq!(bar(job, &STRANGER), Some(Bar::OutputsAwaited));
			assert_noop!(accept(job, receipt_for(MINER, 1)), E::ReceiptBarred);
		});
	}

	/// No issuer left: refunded while nothing is committed to; afterwards the outputs are judged.
	#[test]
	fn without_issuers() {
		run(|| {
			let idle = locked_by(2, 1);
			let busy = locked_by(2, 2);
			assert_ok!(commit(busy, 0, &OUTPUT));
			remove_issuer(ISSUER);
			remove_issuer(OTHER_ISSUER);
			assert_ok!(refund(idle));
			assert_eq!(cause_of(idle), Cause::NoIssuers);
			assert_noop!(refund(busy), E::DeadlineNotPassed);
			assert_ok!(commit(busy, 1, &OUTPUT));
			assert_ok!(reveal(busy, 0, &OUTPUT));
			assert_ok!(reveal(busy, 1, &OUTPUT));
			full_blocks_until(now() + 1);
			assert_ok!(advance(busy));
			assert!(matches!(state(busy), JobState::Delivered { .. }));
			// At once, since nobody can sign.
			assert_ok!(advance(busy));
			assert_eq!(state(busy), JobState::Disputed);
			assert_eq!(row(&MINER).bond, STAKE);
		});
	}

	/// The blocks' idle time does all of it.
	#[test]
	fn by_the_agenda_alone() {
		run(|| {
			let job = locked_by(3, 3);
			assert_ok!(commit(job, 0, &OUTPUT));
			assert_ok!(commit(job, 1, &OUTPUT));
			full_blocks_until(LOCK_DEADLINE);
			pass(2);
			assert!(matches!(state(job), JobState::Revealing { .. }));
			assert_ok!(reveal(job, 0, &OUTPUT));
			pass(RevealTime::get() + 1);
			assert_eq!(state(job), JobState::Disputed, "one of three is not enough");
			decide(job, WRONG, &[miner(5)]);
			pass(2);
			assert_eq!(cause_of(job), Cause::Wrong);
			// But for what the member was paid.
			assert_eq!(free(&TREASURY), EXISTENTIAL_DEPOSIT + 3 * BOND - FEE);
		});
	}
}
