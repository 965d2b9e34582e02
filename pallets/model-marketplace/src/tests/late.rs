use super::*;

/// A job that nobody locked, in the first block of its late time.
fn unlocked() -> JobId {
	let job = posted();
	full_blocks_until(LOCK_DEADLINE + 1);
	job
}

/// A job that the first miner locked and did not deliver.
fn stalled() -> JobId {
	let job = locked();
	full_blocks_until(LOCK_DEADLINE + 1);
	job
}

fn next_block() {
	full_blocks_until(now() + 1);
}

mod commit {
	use super::*;

	#[test]
	fn success_holds_a_deposit_until_the_job_has_ended() {
		run(|| {
			let job = unlocked();
			assert_ok!(commit_late(job, &STRANGER));
			let commitment = commitment(job, &STRANGER, 7);
			assert_has(Event::LateCommitted { job, miner: STRANGER, commitment });
			assert_eq!(held(&STRANGER), CommitmentDeposit::get());
			let withdraw =
				|who: &AccountId, miner| Marketplace::withdraw_commitment(signed(who), job, miner);
			assert_noop!(withdraw(&STRANGER, STRANGER), E::JobNotEnded);
			assert_noop!(withdraw(&STRANGER, MINER), E::UnknownCommitment);
			full_blocks_until(DEADLINE + 1);
			assert_ok!(refund(job));
			assert_ok!(withdraw(&MINER, STRANGER));
			let (miner, depositor) = (STRANGER, STRANGER);
			assert_has(Event::CommitmentWithdrawn { job, miner, depositor });
			assert_eq!(held(&STRANGER), 0);
			assert_noop!(withdraw(&STRANGER, STRANGER), E::UnknownCommitment);
		});
	}

	#[test]
	fn boundary_from_the_lock_deadline_to_the_deadline() {
		run(|| {
			let job = posted();
			full_blocks_until(LOCK_DEADLINE);
			assert_noop!(commit_late(job, &STRANGER), E::NotLate);
			full_blocks_until(LOCK_DEADLINE + 1);
			assert_ok!(commit_late(job, &STRANGER));
			full_blocks_until(DEADLINE);
			assert_ok!(commit_late(job, &miner(1)));
			full_blocks_until(DEADLINE + 1);
			assert_noop!(commit_late(job, &miner(2)), E::DeadlinePassed);
		});
	}

	#[test]
	fn fails_for_parties_of_the_job_and_for_those_it_is_not_for() {
		run(|| {
			let allow_list = AllowList::truncate_from(vec![miner(1)]);
			let kept = post(Offer { allow_list, ..offer() });
			let job = unlocked();
			assert_noop!(commit_late(9, &STRANGER), E::UnknownJob);
			assert_noop!(commit_late(job, &REQUESTER), E::MinerIsRequester);
			assert_noop!(commit_late(job, &ISSUER), E::MinerIsIssuer);
			assert_noop!(commit_late(kept, &STRANGER), E::NotAllowed);
			assert_ok!(commit_late(kept, &miner(1)));
			assert_noop!(commit_late(job, &POOR), E::InsufficientBalance);
		});
	}

	/// As for locks: a party of the job does not act in a miner's name either.
	#[test]
	fn fails_for_parties_of_the_job_with_a_miners_hot_key() {
		run(|| {
			let job = unlocked();
			for (party, error) in [(REQUESTER, E::MinerIsRequester), (ISSUER, E::MinerIsIssuer)] {
				MinerTable::insert(MINER, MinerRow { hot_key: party.clone(), ..row(&MINER) });
				let commitment = commitment(job, &MINER, 7);
				assert_noop!(Marketplace::commit_late(signed(&party), job, commitment), error);
			}
		});
	}

	/// A hot key commits in the name of its miner, and pays the deposit itself.
	#[test]
	fn a_hot_key_commits_for_its_miner() {
		run(|| {
			let job = unlocked();
			let commitment = commitment(job, &MINER, 7);
			assert_ok!(Marketplace::commit_late(signed(&HOT), job, commitment));
			assert_eq!((held(&HOT), held(&MINER)), (CommitmentDeposit::get(), 0));
			// Again by the cold key: the deposit stays where it is.
			assert_ok!(commit_late(job, &MINER));
			assert_eq!((held(&HOT), held(&MINER)), (CommitmentDeposit::get(), 0));
			next_block();
			assert_ok!(accept(job, receipt_for(MINER, PRICE)));
			assert_ok!(fulfil(job));
			assert_ok!(Marketplace::withdraw_commitment(signed(&STRANGER), job, MINER));
			assert_eq!(held(&HOT), 0);
		});
	}

	#[test]
	fn another_commitment_takes_its_place_and_waits_anew() {
		run(|| {
			let job = unlocked();
			let commit = |serial| {
				let commitment = commitment(job, &STRANGER, serial);
				Marketplace::commit_late(signed(&STRANGER), job, commitment)
			};
			assert_ok!(commit(1));
			next_block();
			assert_eq!(bar(job, &STRANGER), None);
			assert_ok!(commit(7));
			assert_eq!(held(&STRANGER), CommitmentDeposit::get(), "one deposit");
			assert_eq!(bar(job, &STRANGER), Some(Bar::CommittedInThisBlock));
			next_block();
			assert_ok!(accept(job, receipt_for(STRANGER, 1)));
		});
	}
}

mod receipts {
	use super::*;

	#[test]
	fn a_job_that_nobody_locked_pays_the_ramps_end() {
		run(|| {
			let job = unlocked();
			assert_eq!(bar(job, &STRANGER), Some(Bar::NotCommitted));
			assert_ok!(commit_late(job, &STRANGER));
			next_block();
			let facts = facts(job, &STRANGER);
			assert_eq!((facts.max_amount, facts.nonce, facts.bar), (PRICE, 0, None));
			assert_eq!((facts.open_until, facts.deadline), (DEADLINE, DEADLINE));
			assert_eq!(facts.commitment, Some(commitment(job, &STRANGER, 7)));
			assert_ok!(accept(job, receipt_for(STRANGER, PRICE)));
			pass(2);
			assert!(was_fulfilled(job));
			assert_eq!(free(&STRANGER) + held(&STRANGER), ENDOWMENT + PRICE);
			assert_eq!(free(&TREASURY), EXISTENTIAL_DEPOSIT);
		});
	}

	/// The price that was locked, and none of the bond: that goes to the treasury.
	#[test]
	fn a_late_fulfiller_earns_the_price_only() {
		run(|| {
			let job = stalled();
			assert_ok!(commit_late(job, &miner(1)));
			next_block();
			assert_noop!(accept(job, receipt_for(miner(1), MIN_PRICE + 1)), E::AmountAbovePrice);
			assert_ok!(accept(job, receipt_for(miner(1), MIN_PRICE)));
			assert_ok!(fulfil(job));
			assert_eq!(free(&miner(1)) + held(&miner(1)), ENDOWMENT + MIN_PRICE);
			assert_eq!(free(&TREASURY), EXISTENTIAL_DEPOSIT + BOND);
			assert_has(Event::BondForfeited { job, miner: MINER, amount: BOND });
			assert_eq!(outcomes(&MINER, Outcome::Slashed), 1);
			assert_eq!(outcomes(&miner(1), Outcome::Late), 1);
			// What it says of the market is nothing.
			assert_eq!(Marketplace::recent_prices(digits()), None);
		});
	}

	/// The miner that had the job is as late as anybody, and its lock is lost all the same.
	#[test]
	fn the_miner_that_stalled_can_still_be_late() {
		run(|| {
			let job = stalled();
			assert_eq!(bar(job, &MINER), Some(Bar::NotCommitted));
			assert_noop!(accept(job, receipt_for(MINER, MIN_PRICE)), E::ReceiptBarred);
			assert_ok!(commit_late(job, &MINER));
			next_block();
			assert_ok!(accept(job, receipt_for(MINER, MIN_PRICE)));
			assert_ok!(fulfil(job));
			assert_eq!(row(&MINER).bond, STAKE - BOND);
			assert_eq!(outcomes(&MINER, Outcome::Slashed), 1);
			assert_eq!(outcomes(&MINER, Outcome::Late), 0);
			assert_eq!(outcomes(&MINER, Outcome::Fulfilled), 0);
		});
	}

	#[test]
	fn fails_without_a_commitment_of_an_earlier_block() {
		run(|| {
			let job = unlocked();
			let receipt = || receipt_for(STRANGER, 1);
			assert_noop!(accept(job, receipt()), E::ReceiptBarred);
			assert_ok!(commit_late(job, &STRANGER));
			assert_eq!(bar(job, &STRANGER), Some(Bar::CommittedInThisBlock));
			assert_noop!(accept(job, receipt()), E::ReceiptBarred);
			next_block();
			assert_ok!(accept(job, receipt()));
		});
	}

	/// Trap 13. A commitment copied from the pool is over somebody else's name.
	#[test]
	fn a_copied_commitment_opens_to_nothing() {
		run(|| {
			let job = unlocked();
			assert_ok!(commit_late(job, &STRANGER));
			let copied = commitment(job, &STRANGER, 7);
			assert_ok!(Marketplace::commit_late(signed(&miner(1)), job, copied));
			next_block();
			assert_noop!(accept(job, receipt_for(miner(1), 1)), E::CommitmentMismatch);
			let other = AcceptedReceipt { nullifier: nullifier(8), ..receipt_for(STRANGER, 1) };
			assert_noop!(accept(job, other), E::CommitmentMismatch);
			assert_ok!(accept(job, receipt_for(STRANGER, 1)));
			assert_noop!(accept(job, receipt_for(miner(1), 1)), E::ReceiptBarred);
		});
	}

	#[test]
	fn boundary_of_the_deadline() {
		run(|| {
			let job = unlocked();
			assert_ok!(commit_late(job, &STRANGER));
			assert_ok!(commit_late(job, &miner(1)));
			full_blocks_until(DEADLINE + 1);
			assert_noop!(accept(job, receipt_for(STRANGER, 1)), E::DeadlinePassed);
			// An issuer that was removed before it moves it.
			Removed::set(vec![(OTHER_ISSUER, DEADLINE)]);
			InOffice::set(vec![ISSUER]);
			assert_noop!(refund(job), E::DeadlineNotPassed);
			full_blocks_until(DEADLINE + RemovalExtension::get());
			assert_ok!(accept(job, receipt_for(STRANGER, 1)));
		});
	}

	/// A price that depends on when the receipt comes would be another after every block.
	#[test]
	fn a_lock_fixes_the_price_for_those_who_come_after_it() {
		run(|| {
			let job = stalled();
			assert_ok!(commit_late(job, &STRANGER));
			full_blocks_until(DEADLINE);
			assert_eq!(facts(job, &STRANGER).max_amount, MIN_PRICE);
		});
	}
}
