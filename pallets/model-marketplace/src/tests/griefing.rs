//! What somebody can do to harm others, and who loses what by it.

use super::*;
use polkadot_sdk::frame_support::weights::Weight;

/// All that an account has, held or not.
fn wealth(account: &AccountId) -> u128 {
	free(account) + held(account)
}

/// What somebody has: an account's money, and its bond if it is a miner.
fn has(account: &AccountId) -> u128 {
	wealth(account) + MinerTable::get(account).map_or(0, |row| row.bond)
}

/// What these have gained or lost since the chain began, in this order: requester, the first miner, the first
/// issuer and the treasury.
fn gains() -> [i128; 4] {
	let began = [
		(REQUESTER, ENDOWMENT),
		(MINER, ENDOWMENT + STAKE),
		(ISSUER, ENDOWMENT),
		(TREASURY, EXISTENTIAL_DEPOSIT),
	];
	began.map(|(account, before)| has(&account) as i128 - before as i128)
}

/// What another miner has gained or lost.
fn gain_of(number: u8) -> i128 {
	has(&miner(number)) as i128 - (ENDOWMENT + STAKE) as i128
}

/// Numbers of the kind that money is counted in here.
const fn qt(amount: u128) -> i128 {
	amount as i128
}

/// The requester shows nobody its input. No careful miner locks what it could not fetch, so that nobody
/// does the job: the requester loses its transactions' fees and the time of its deposits. A careless miner
/// that locks without the input loses its bond, to the treasury, not to the requester.
#[test]
fn an_input_that_is_withheld() {
	run(|| {
		let (careful, careless) = (posted(), locked());
		full_blocks_until(DEADLINE + 1);
		assert_ok!(refund(careful));
		assert_ok!(slash(careless));
		assert_eq!(gains(), [0, -qt(BOND), 0, qt(BOND)]);
	});
}

/// An issuer signs nothing. The miner delivers, and the panel pays it; the fee is the panel's. The issuer
/// loses the fee it would have earned, the requester pays what it would have paid.
#[test]
fn an_output_that_is_delivered_but_not_signed() {
	run(|| {
		let job = delivered();
		pass(SigningTime::get() + 1);
		assert_eq!(state(job), JobState::Disputed);
		decide(job, right(0, MIN_PRICE), &[miner(1)]);
		pass(2);
		assert_eq!(free(&MINER), ENDOWMENT + MIN_PRICE);
		assert_eq!(gains(), [-qt(MIN_PRICE + FEE), qt(MIN_PRICE), 0, 0]);
		assert_eq!(gain_of(1), qt(FEE));
	});
	// With a fee for the panel each bears half of it: the requester chose the issuer, and nobody can see
	// whether the miner has asked it.
	run(|| {
		PanelFee::set(400);
		let job = delivered();
		pass(SigningTime::get() + 1);
		decide(job, right(0, MIN_PRICE), &[miner(1)]);
		pass(2);
		assert_eq!(gains(), [-qt(MIN_PRICE + FEE + 200), qt(MIN_PRICE - 200), 0, 0]);
		assert_eq!(gain_of(1), qt(FEE + 400));
	});
}

/// An issuer holds back its signature from the miner that has the job, to have a miner of its own be late
/// with the same output. Once the output is delivered nobody can be late: the issuer gains nothing.
#[test]
fn an_issuer_that_waits_for_its_own_miner() {
	run(|| {
		let job = delivered();
		full_blocks_until(LOCK_DEADLINE + 1);
		let own_miner = miner(9);
		assert_noop!(commit_late(job, &own_miner), E::JobDelivered);
		assert_noop!(accept(job, receipt_for(own_miner.clone(), 1)), E::ReceiptBarred);
		pass(2);
		decide(job, right(0, MIN_PRICE), &[miner(1)]);
		pass(2);
		assert_eq!(free(&MINER), ENDOWMENT + MIN_PRICE);
		assert_eq!(free(&own_miner), ENDOWMENT);
		assert_eq!(gains(), [-qt(MIN_PRICE + FEE), qt(MIN_PRICE), 0, 0]);
	});
	// A miner that does not deliver, but waits for the signature, gives them the chance: it loses its bond to
	// the treasury, issuer and own miner have the fee and the price that it had. What it should have done is
	// above; the bond is nobody's prize.
	run(|| {
		let job = locked();
		full_blocks_until(LOCK_DEADLINE + 1);
		assert_ok!(commit_late(job, &miner(9)));
		full_blocks_until(LOCK_DEADLINE + 2);
		assert_ok!(accept(job, receipt_for(miner(9), MIN_PRICE)));
		pass(2);
		assert_eq!(gains(), [-qt(MIN_PRICE + FEE), -qt(BOND), qt(FEE), qt(BOND)]);
		assert_eq!(gain_of(9), qt(MIN_PRICE));
	});
}

/// All issuers of a job are removed. Who delivered is judged by a panel, everybody else gets back what it
/// put in: nobody loses but the fees of transactions.
#[test]
fn all_issuers_gone() {
	run(|| {
		let (open, taken, shown) = (posted(), locked(), delivered());
		remove_issuer(ISSUER);
		remove_issuer(OTHER_ISSUER);
		for job in [open, taken, shown] {
			assert_ok!(advance(job));
		}
		assert_eq!((cause_of(open), cause_of(taken)), (Cause::NoIssuers, Cause::NoIssuers));
		assert_eq!(state(shown), JobState::Disputed);
		assert_eq!((row(&MINER).bond, row(&MINER).locks), (STAKE, 1));
		decide(shown, right(0, MIN_PRICE), &[miner(1)]);
		pass(2);
		assert_eq!(gains(), [-qt(MIN_PRICE + FEE), qt(MIN_PRICE), 0, 0]);
		assert_eq!(gain_of(1), qt(FEE));
	});
}

/// Members of a panel do not come to a verdict. The miner loses its work, the requester time and the fee of
/// those who did reveal; nobody loses a bond here (who did not reveal is slashed by the panel's pallet).
#[test]
fn a_panel_that_does_not_decide() {
	run(|| {
		let job = disputed();
		decide(job, Verdict::Undecided, &[miner(1)]);
		pass(2);
		assert_eq!(cause_of(job), Cause::Undecided);
		assert_eq!((row(&MINER).bond, free(&MINER)), (STAKE, ENDOWMENT));
		assert_eq!(wealth(&REQUESTER), ENDOWMENT - FEE);
	});
}

/// None of a panel's members ever reveals. The panel's pallet slashes each of them in each of three draws. The
/// requester has its price back and loses the panel's fee to the treasury, the miner its work: neither of them
/// gains, whoever the members are.
#[test]
fn members_that_never_reveal() {
	run(|| {
		PanelFee::set(400);
		let job = disputed();
		decide(job, Verdict::Undecided, &[]);
		pass(2);
		assert_eq!(cause_of(job), Cause::Undecided);
		assert_eq!(gains(), [-400, 0, 0, 400]);
	});
}

/// Finding 2 of the attack on the market. One person is requester and miner, and has others sit on what they
/// cannot compute in time; or has members of its own as well, which find it right. Whatever comes of it, the
/// three have less than before, by the panel's fee at least where others sat, and never more.
#[test]
fn others_are_made_to_sit_for_nothing() {
	let all = || has(&REQUESTER) + has(&MINER) + has(&miner(1));
	for (verdict, members, cost) in [
		(Verdict::Undecided, vec![], 400),
		(Verdict::Undecided, vec![miner(2)], FEE + 400),
		(WRONG, vec![miner(2), miner(3)], BOND),
		(WRONG, vec![miner(1)], BOND - FEE - 400),
		(right(0, MIN_PRICE), vec![miner(2), miner(3)], FEE + 400),
		(right(0, MIN_PRICE), vec![miner(1)], 0),
	] {
		run(|| {
			PanelFee::set(400);
			let before = all();
			let job = disputed();
			decide(job, verdict, &members);
			pass(2);
			assert!(Marketplace::ended(job));
			assert_eq!(before - all(), cost, "{verdict:?} {members:?}");
		});
	}
}

/// Requester and miner are the same person, under two names. Whatever they let happen, they do not have more
/// together than before: stalled they lose the bond, done they pay issuer and royalties to themselves at most.
#[test]
fn requester_and_miner_the_same_person() {
	let ends: [fn(JobId); 4] = [
		|job| {
			assert_ok!(accept(job, receipt_for(MINER, MIN_PRICE)));
		},
		|_| pass(DEADLINE + 2),
		|job| {
			assert_ok!(deliver(job, 0, OUTPUT));
			pass(SigningTime::get() + 1);
			decide(job, WRONG, &[miner(1)]);
			pass(2);
		},
		|job| {
			full_blocks_until(LOCK_DEADLINE + 1);
			assert_ok!(commit_late(job, &MINER));
			full_blocks_until(LOCK_DEADLINE + 2);
			assert_ok!(accept(job, receipt_for(MINER, MIN_PRICE)));
			pass(2);
			assert_ok!(Marketplace::withdraw_commitment(signed(&MINER), job, MINER));
		},
	];
	for end in ends {
		run(|| {
			let both = || wealth(&REQUESTER) + wealth(&MINER) + row(&MINER).bond;
			let before = both();
			let job = locked();
			end(job);
			assert!(Marketplace::ended(job));
			assert!(both() < before, "the fee at least, or the bond");
		});
	}
}

/// A result that is read from the pool, or from an output that can be read, and offered by another. In the
/// time of the lock the job is its miner's; after it the receipt must have been committed to before, under
/// the name of whoever shows it. The copier loses its deposit's time and its fees.
#[test]
fn a_result_that_is_copied_from_the_pool() {
	run(|| {
		let job = locked();
		assert_noop!(accept(job, receipt_for(miner(1), 1)), E::ReceiptBarred);
		let late = posted();
		full_blocks_until(LOCK_DEADLINE + 1);
		assert_ok!(commit_late(late, &STRANGER));
		full_blocks_until(LOCK_DEADLINE + 2);
		// The copier sees the receipt in the pool, has a signature for itself, and commits in the block that
		// the receipt is for.
		assert_ok!(commit_late(late, &miner(1)));
		assert_noop!(accept(late, receipt_for(miner(1), PRICE)), E::ReceiptBarred);
		assert_ok!(accept(late, receipt_for(STRANGER, PRICE)));
		full_blocks_until(LOCK_DEADLINE + 3);
		assert_noop!(accept(late, receipt_for(miner(1), PRICE)), E::ReceiptBarred);
		assert_ok!(fulfil(late));
		assert_eq!(wealth(&STRANGER), ENDOWMENT + PRICE);
		assert_eq!(wealth(&miner(1)), ENDOWMENT);
		assert_eq!(gain_of(1), 0);
	});
	// Nor with an output that was delivered in the open: nobody else can show it for the job.
	run(|| {
		let job = delivered();
		assert_noop!(deliver(job, 1, OUTPUT), E::NotLockHolder);
		assert_noop!(lock(job, 1), E::JobDelivered);
		assert_noop!(commit_late(job, &miner(1)), E::JobDelivered);
		assert_ok!(accept(job, receipt_for(MINER, MIN_PRICE)));
		assert_eq!((gains(), gain_of(1)), ([-qt(MIN_PRICE + FEE), qt(MIN_PRICE), qt(FEE), 0], 0));
	});
}

/// A miner locks a job and does nothing. It loses the bond; the job can be done by anybody after the lock
/// deadline, at the price that was locked, and otherwise the requester has its money back.
#[test]
fn lock_and_stall() {
	run(|| {
		let (rescued, lost) = (locked(), locked());
		full_blocks_until(LOCK_DEADLINE + 1);
		assert_ok!(commit_late(rescued, &miner(1)));
		full_blocks_until(LOCK_DEADLINE + 2);
		assert_ok!(accept(rescued, receipt_for(miner(1), MIN_PRICE)));
		full_blocks_until(DEADLINE);
		pass(2);
		assert!(was_fulfilled(rescued));
		assert_eq!(cause_of(lost), Cause::Stalled);
		assert_eq!((row(&MINER).bond, row(&MINER).locks), (STAKE - 2 * BOND, 0));
		assert_eq!(free(&TREASURY), EXISTENTIAL_DEPOSIT + 2 * BOND);
		assert_eq!(gains(), [-qt(MIN_PRICE + FEE), -qt(2 * BOND), qt(FEE), qt(2 * BOND)]);
		assert_eq!(gain_of(1), qt(MIN_PRICE));
		assert_eq!(outcomes(&MINER, Outcome::Slashed), 2);
	});
}

/// A miner locks all it can. Its bond is the limit, and all of it is lost if it does not do the jobs.
#[test]
fn spam_of_locks() {
	run(|| {
		let jobs: Vec<_> = (0..20).map(|_| posted()).collect();
		let taken = jobs.iter().filter(|job| lock(**job, 0).is_ok()).count();
		assert_eq!(taken as u128, STAKE / BOND);
		assert!(jobs[taken..].iter().all(|job| state(*job) == JobState::Open));
		full_blocks_until(DEADLINE);
		pass(2);
		assert_eq!((row(&MINER).bond, row(&MINER).reserved), (0, 0));
		assert_eq!(free(&TREASURY), EXISTENTIAL_DEPOSIT + STAKE);
	});
}

/// Reviews without work: each costs a job that was paid for with the issuer's fee, and a deposit for as
/// long as it counts.
#[test]
fn spam_of_reviews() {
	run(|| {
		let job = locked();
		assert_ok!(accept(job, receipt_for(MINER, 1)));
		let review = || Marketplace::review_job(signed(&REQUESTER), job, 1, [0; 32]);
		assert_ok!(review());
		for _ in 0..5 {
			assert_noop!(review(), E::AlreadyReviewed);
		}
		assert_eq!(Marketplace::ratings(digits()), Some([1, 0, 0, 0, 0]));
		assert_eq!(held(&REQUESTER), JobDeposit::get() + ReviewDeposit::get());
		assert_eq!(free(&ISSUER), ENDOWMENT + FEE);
	});
}

/// Commitments to late receipts without work: a deposit for each account that commits to each job, until the
/// job has ended. They keep nobody from doing it.
#[test]
fn spam_of_commitments() {
	run(|| {
		let job = posted();
		full_blocks_until(LOCK_DEADLINE + 1);
		for number in 0..MINERS {
			assert_ok!(commit_late(job, &miner(number)));
			assert_ok!(commit_late(job, &miner(number)));
			assert_eq!(held(&miner(number)), CommitmentDeposit::get());
		}
		assert_ok!(commit_late(job, &STRANGER));
		full_blocks_until(LOCK_DEADLINE + 2);
		assert_ok!(accept(job, receipt_for(STRANGER, 1)));
	});
}

/// Jobs are paused while a miner has one, longer than its lock lasts. Its time stands still: it loses nothing.
#[test]
fn a_pause_during_a_lock() {
	run(|| {
		let job = locked();
		full_blocks_until(LOCK_DEADLINE);
		Paused::set(true);
		pass(10 * TIMEOUT);
		Paused::set(false);
		assert_ok!(deliver(job, 0, OUTPUT));
		pass(1);
		assert_ok!(accept(job, receipt_for(MINER, MIN_PRICE)));
		assert_eq!(row(&MINER).bond, STAKE);
		assert_eq!(gains(), [-qt(MIN_PRICE + FEE), qt(MIN_PRICE), qt(FEE), 0]);
	});
}

/// A miner takes its bond back while it has a job. The registry refuses: each lock's forfeit is there.
#[test]
fn a_bond_that_is_withdrawn_while_locked() {
	run(|| {
		let job = locked();
		assert_noop!(leave(&MINER), DispatchError::Other("locks open"));
		full_blocks_until(DEADLINE + 1);
		assert_ok!(slash(job));
		assert_eq!(free(&TREASURY), EXISTENTIAL_DEPOSIT + BOND);
		assert_ok!(leave(&MINER));
		assert_eq!(free(&MINER), ENDOWMENT + STAKE - BOND);
	});
}

/// A miner delivers a digest of nothing, to hold a job beyond its deadline. It holds it for the time of
/// signing and of the panel, and loses the bond, of which the panel is paid; the requester loses nothing.
#[test]
fn a_delivery_of_nothing() {
	run(|| {
		let job = locked();
		full_blocks_until(LOCK_DEADLINE);
		assert_ok!(deliver(job, 0, Blob { digest: [0; 32], size: 1 }));
		pass(SigningTime::get() + 1);
		decide(job, WRONG, &[miner(1)]);
		pass(2);
		assert_eq!(cause_of(job), Cause::Wrong);
		assert_eq!(gains(), [0, -qt(BOND), 0, qt(BOND - FEE)]);
		assert_eq!(gain_of(1), qt(FEE));
	});
}

/// A requester cancels what somebody has begun late. It must wait for the notice, in which the receipt comes.
#[test]
fn a_job_that_is_cancelled_under_a_late_fulfiller() {
	run(|| {
		let job = posted();
		full_blocks_until(LOCK_DEADLINE + 1);
		assert_ok!(Marketplace::cancel_job(signed(&REQUESTER), job));
		assert_ok!(commit_late(job, &STRANGER));
		full_blocks_until(LOCK_DEADLINE + 1 + CancelNotice::get());
		assert_ok!(accept(job, receipt_for(STRANGER, PRICE)));
		pass(2);
		assert_eq!(wealth(&STRANGER), ENDOWMENT + PRICE);
	});
}

/// One of several miners shows nothing, so that the others have worked for nothing. The others are paid if
/// they are more than half, and judged by a panel if not; it loses its bond either way.
#[test]
fn one_of_several_that_stalls() {
	run(|| {
		let job = post(redundant(3));
		for number in 0..3 {
			assert_ok!(lock(job, number));
		}
		for number in 0..2 {
			let commitment =
				quittance_types::delivery_commitment(job, &miner(number).into(), &OUTPUT, &[0; 32]);
			assert_ok!(Marketplace::commit_delivery(signed(&hot(number)), job, commitment));
		}
		full_blocks_until(LOCK_DEADLINE + 1);
		for number in 0..2 {
			let salt = [0; 32];
			assert_ok!(Marketplace::reveal_delivery(signed(&hot(number)), job, OUTPUT, salt));
		}
		pass(2);
		assert_ok!(accept(job, receipt_for(MINER, 3_000)));
		pass(2);
		assert_eq!((free(&MINER), free(&miner(1))), (ENDOWMENT + 1_000, ENDOWMENT + 1_000));
		assert_eq!(row(&miner(2)).bond, STAKE - BOND);
	});
}

/// Blocks that are full for days. Nothing that is due is lost, anybody can do it by a call, and what the
/// blocks could not do they do later.
#[test]
fn blocks_without_idle_time() {
	run(|| {
		let (open, stalled) = (posted(), locked());
		full_blocks_until(10 * DEADLINE);
		assert_ok!(refund(open));
		assert_eq!(next_block_with(Weight::zero()), Weight::zero());
		assert_eq!(state(stalled), JobState::Locked);
		pass(10);
		assert_eq!(cause_of(stalled), Cause::Stalled);
	});
}
