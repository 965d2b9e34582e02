//! Who pays a panel, in each end of a job: docs/protocol.md has the table.

use super::{
	redundancy::{commit, reveal},
	*,
};

const PANEL_FEE: u128 = 240;
/// What a panel is paid that judges.
const BOTH: u128 = FEE + PANEL_FEE;

fn run_with_fee(test: impl FnOnce()) {
	run(|| {
		PanelFee::set(PANEL_FEE);
		test();
	});
}

fn members(count: u8) -> Vec<AccountId> {
	(5..5 + count).map(miner).collect()
}

/// What each of them has earned.
fn earned(members: &[AccountId]) -> Vec<u128> {
	members.iter().map(|member| free(member) - ENDOWMENT).collect()
}

/// A job of three miners that is on a panel: the first so many have shown these outputs, the others
/// nothing.
fn disputed_by(outputs: &[Blob]) -> JobId {
	let job = post(redundant(3));
	for number in 0..3 {
		assert_ok!(lock(job, number));
	}
	let shown = || (0u8..).zip(outputs.iter());
	for (number, output) in shown() {
		assert_ok!(commit(job, number, output));
	}
	if outputs.len() < 3 {
		full_blocks_until(now() + LOCK_TIMEOUT + 1);
	}
	for (number, output) in shown() {
		assert_ok!(reveal(job, number, output));
	}
	full_blocks_until(now() + RevealTime::get() + 1);
	assert_ok!(advance(job));
	assert_eq!(state(job), JobState::Disputed);
	job
}

#[test]
fn it_is_held_from_the_post_and_copied_into_the_job() {
	run_with_fee(|| {
		let job = posted();
		assert_eq!((live(job).panel_fee, live(job).held), (PANEL_FEE, PRICE + BOTH));
		assert_eq!(held(&REQUESTER), PRICE + BOTH + JobDeposit::get());
		// A change is for the next jobs.
		PanelFee::set(0);
		assert_eq!(live(job).held, PRICE + BOTH);
		assert_eq!(live(posted()).held, PRICE + FEE);
		check();
	});
}

/// Wherever nobody has sat: it is for a panel, and for nothing else.
mod returns_whole {
	use super::*;

	#[test]
	fn with_a_receipt_in_time() {
		run_with_fee(|| {
			let job = locked();
			assert_ok!(accept(job, receipt_for(MINER, 3_000)));
			assert_eq!((cost(), free(&ISSUER)), (3_000 + FEE, ENDOWMENT + FEE));
			assert_has(Event::JobFulfilled {
				job,
				miner: MINER,
				amount: 3_000,
				royalties: 0,
				issuer: Some(ISSUER),
				issuer_fee: FEE,
				returned: PRICE - 3_000 + PANEL_FEE,
			});
		});
	}

	#[test]
	fn with_a_receipt_after_the_delivery() {
		run_with_fee(|| {
			let job = delivered();
			assert_ok!(accept(job, receipt_for(MINER, 3_000)));
			assert_eq!((cost(), treasury()), (3_000 + FEE, 0));
		});
	}

	/// The bond of a lock that was not kept is the treasury's, whole: no panel is to be covered.
	#[test]
	fn with_a_late_receipt() {
		run_with_fee(|| {
			let job = locked();
			full_blocks_until(LOCK_DEADLINE + 1);
			assert_ok!(commit_late(job, &STRANGER));
			full_blocks_until(LOCK_DEADLINE + 2);
			assert_ok!(accept(job, receipt_for(STRANGER, 3_000)));
			assert_ok!(fulfil(job));
			assert_eq!((cost(), treasury()), (3_000 + FEE, BOND));
		});
	}

	#[test]
	fn where_it_is_cancelled_before_a_lock_or_after_the_notice() {
		run_with_fee(|| {
			let (early, late) = (posted(), posted());
			assert_ok!(Marketplace::cancel_job(signed(&REQUESTER), early));
			full_blocks_until(LOCK_DEADLINE + 1);
			assert_ok!(Marketplace::cancel_job(signed(&REQUESTER), late));
			full_blocks_until(LOCK_DEADLINE + CancelNotice::get() + 2);
			assert_ok!(refund(late));
			assert_eq!(cost(), 0);
		});
	}

	#[test]
	fn where_nobody_did_the_job_or_its_miner_stalled() {
		run_with_fee(|| {
			let (open, stalled) = (posted(), locked());
			full_blocks_until(DEADLINE + 1);
			assert_ok!(refund(open));
			assert_ok!(slash(stalled));
			assert_eq!((cost(), treasury()), (0, BOND));
		});
	}

	/// Only the issuer's fee is for those whom an input that is none has cost something.
	#[test]
	fn where_the_input_is_none() {
		run_with_fee(|| {
			let bytes = b"not an input";
			let digest = quittance_types::blake2_256(bytes);
			let input = Blob { digest, size: bytes.len() as u32 };
			let job = post(Offer { input, ..offer() });
			assert_ok!(lock(job, 0));
			let bytes = InputBytes::truncate_from(bytes.to_vec());
			assert_ok!(Marketplace::claim_malformed(signed(&STRANGER), job, bytes));
			assert_eq!((cost(), free(&MINER)), (FEE, ENDOWMENT + FEE));
		});
	}

	#[test]
	fn where_no_issuer_is_left_before_a_delivery() {
		run_with_fee(|| {
			let job = locked();
			remove_issuer(ISSUER);
			remove_issuer(OTHER_ISSUER);
			assert_ok!(refund(job));
			assert_eq!((cost(), treasury()), (0, 0));
		});
	}

	/// Refused, without room for as long as anybody waits, or three draws that did not fill its seats.
	#[test]
	fn where_no_panel_could_sit() {
		run_with_fee(|| {
			NoPanels::set(true);
			let job = delivered();
			full_blocks_until(now() + SigningTime::get() + 1);
			assert_ok!(advance(job));
			assert_eq!((cause_of(job), cost(), treasury()), (Cause::Undecided, 0, 0));
		});
		run_with_fee(|| {
			PanelsFull::set(true);
			let job = delivered();
			pass(DEADLINE + PanelPatience::get() + 1);
			assert_eq!((cause_of(job), cost(), treasury()), (Cause::Undecided, 0, 0));
		});
		run_with_fee(|| {
			let job = disputed();
			give_up_on(job);
			assert_ok!(fulfil(job));
			assert_eq!((cause_of(job), cost(), treasury()), (Cause::Undecided, 0, 0));
			assert_eq!(row(&MINER).bond, STAKE);
		});
	}
}

/// The requester has chosen the issuers that did not sign, and the miner may not have asked them: nobody can
/// tell, and each bears half of what the panel cost beyond the issuer's fee.
#[test]
fn found_right_requester_and_miner_pay() {
	run_with_fee(|| {
		let (job, members) = (disputed(), members(3));
		decide(job, right(0, 3_000), &members);
		assert_ok!(fulfil(job));
		assert_eq!(earned(&members), [BOTH / 3; 3]);
		let (half, returned) = (PANEL_FEE / 2, PRICE - 3_000 + PANEL_FEE / 2);
		assert_eq!((cost(), treasury()), (3_000 - half + BOTH, 0));
		assert_eq!((free(&MINER), row(&MINER).bond), (ENDOWMENT + 3_000 - half, STAKE));
		assert_has(Event::PanelBorne { job, amount: half });
		assert_has(Event::JobFulfilled {
			job,
			miner: MINER,
			amount: 3_000 - half,
			royalties: 0,
			issuer: None,
			issuer_fee: BOTH,
			returned,
		});
	});
}

/// The half is of what the members were paid, not of the fee; an odd unit is the requester's.
#[test]
fn boundary_of_the_half() {
	run_with_fee(|| {
		let (job, members) = (disputed(), members(7));
		decide(job, right(0, 3_000), &members);
		assert_ok!(fulfil(job));
		let beyond = BOTH / 7 * 7 - FEE;
		assert_eq!(beyond % 2, 1);
		assert_eq!(free(&MINER), ENDOWMENT + 3_000 - beyond / 2);
		assert_eq!(cost(), 3_000 + FEE + beyond - beyond / 2);
	});
	// Members that cannot be paid cost nothing.
	run_with_fee(|| {
		let job = disputed();
		decide(job, right(0, 3_000), &[]);
		assert_ok!(fulfil(job));
		assert_eq!(free(&MINER), ENDOWMENT + 3_000);
		assert_eq!((cost(), treasury()), (3_000 + PANEL_FEE, PANEL_FEE));
	});
}

/// No miner pays for having been right, however little it earns.
#[test]
fn boundary_nobody_bears_more_than_its_pay() {
	for (amount, left) in [(121, 1), (120, 0), (119, 0), (0, 0)] {
		run_with_fee(|| {
			let job = disputed();
			decide(job, right(0, amount), &members(3));
			assert_ok!(fulfil(job));
			assert!(was_fulfilled(job));
			assert_eq!((free(&MINER), row(&MINER).bond), (ENDOWMENT + left, STAKE));
			assert_eq!(cost(), BOTH + left);
		});
	}
}

/// The half is of the miner's own pay: the model's owner had no part in it.
#[test]
fn royalties_are_of_the_whole_pay() {
	run_with_fee(|| {
		let model = royalties::with_royalties(&[(OWNER, 500_000)]);
		for (amount, left) in [(3_000, 1_500 - PANEL_FEE / 2), (100, 0)] {
			let job = post(Offer { model, ..offer() });
			assert_ok!(lock(job, 0));
			assert_ok!(deliver(job, 0, OUTPUT));
			full_blocks_until(now() + SigningTime::get() + 1);
			assert_ok!(advance(job));
			let (before, due) = (free(&MINER), activity(model).royalties_due);
			decide(job, right(0, amount), &members(3));
			assert_ok!(fulfil(job));
			assert_eq!(free(&MINER) - before, left);
			assert_eq!(activity(model).royalties_due - due, amount / 2);
		}
	});
}

/// Where nobody can sign any more it is not the miner's fault, and the chain sees it.
#[test]
fn where_nobody_could_sign_the_requester_pays() {
	run_with_fee(|| {
		let job = disputed();
		remove_issuer(ISSUER);
		remove_issuer(OTHER_ISSUER);
		decide(job, right(0, 3_000), &members(3));
		assert_ok!(fulfil(job));
		assert_eq!((free(&MINER), cost()), (ENDOWMENT + 3_000, 3_000 + BOTH));
	});
	run_with_fee(|| {
		let job = disputed();
		CircuitStoppage::mutate(|stoppage| stoppage.retired = true);
		pause_circuit(true);
		decide(job, right(0, 3_000), &members(3));
		assert_ok!(fulfil(job));
		assert_eq!((free(&MINER), cost()), (ENDOWMENT + 3_000, 3_000 + BOTH));
	});
	// One is enough.
	run_with_fee(|| {
		let job = disputed();
		remove_issuer(ISSUER);
		decide(job, right(0, 3_000), &members(3));
		assert_ok!(fulfil(job));
		assert_eq!(free(&MINER), ENDOWMENT + 3_000 - PANEL_FEE / 2);
	});
}

/// Several that were right bear it in proportion to what each would have earned, and none
/// of them loses its bond.
#[test]
fn several_bear_it_in_proportion() {
	run_with_fee(|| {
		let job = post(redundant(2));
		assert_ok!(lock(job, 0));
		full_blocks_until(POSTED + 25);
		assert_ok!(lock(job, 1));
		let prices: Vec<u128> = live(job).locks.iter().map(|lock| lock.price).collect();
		assert_eq!(prices, [MIN_PRICE, 7_000]);
		for number in 0..2 {
			assert_ok!(commit(job, number, &OUTPUT));
		}
		for number in 0..2 {
			assert_ok!(reveal(job, number, &OUTPUT));
		}
		// They agree, and no issuer signs.
		assert_ok!(advance(job));
		full_blocks_until(now() + SigningTime::get() + 1);
		assert_ok!(advance(job));
		decide(job, right(0, 10_000), &members(3));
		assert_ok!(fulfil(job));
		// 2,000 and 3,500 less 120 in the same proportion: 43 and 76, rounded down.
		assert_eq!(free(&MINER) - ENDOWMENT, 2_000 - 43);
		assert_eq!(free(&miner(1)) - ENDOWMENT, 3_500 - 76);
		assert_eq!(cost(), 5_500 - 119 + BOTH);
		assert_has(Event::PanelBorne { job, amount: 119 });
	});
}

/// The members are paid the same, so that no finding pays better, and the bond of who showed it makes
/// that good. What is left of the bond is the treasury's.
#[test]
fn found_wrong_the_bond_pays() {
	run_with_fee(|| {
		let (job, members) = (disputed(), members(3));
		decide(job, WRONG, &members);
		assert_ok!(fulfil(job));
		assert_eq!(earned(&members), [BOTH / 3; 3]);
		assert_eq!((cost(), treasury()), (0, BOND - BOTH));
		assert_eq!(row(&MINER).bond, STAKE - BOND);
		assert_has(Event::BondForfeited { job, miner: MINER, amount: BOND });
		assert_has(Event::PanelCovered { job, miner: MINER, amount: BOTH });
		assert_eq!(outcomes(&MINER, Outcome::Slashed), 1);
	});
}

/// The least bond there can be is just enough.
#[test]
fn boundary_a_bond_of_both_fees_covers_all() {
	run_with_fee(|| {
		let job = post(Offer { miner_bond: BOTH, ..offer() });
		assert_ok!(lock(job, 0));
		assert_ok!(deliver(job, 0, OUTPUT));
		full_blocks_until(now() + SigningTime::get() + 1);
		assert_ok!(advance(job));
		decide(job, WRONG, &members(3));
		assert_ok!(fulfil(job));
		assert_eq!((cost(), treasury(), row(&MINER).bond), (0, 0, STAKE - BOTH));
	});
}

/// The requester gets what was paid and no more: who is not paid for the panel's work is not covered.
#[test]
fn boundary_a_requester_never_gains_by_a_bond() {
	run_with_fee(|| {
		let job = disputed();
		decide(job, WRONG, &[]);
		assert_ok!(fulfil(job));
		// Its fee is lost, as where nobody has revealed: a verdict without members is none.
		assert_eq!((cost(), treasury()), (PANEL_FEE, BOND + PANEL_FEE));
	});
	run_with_fee(|| {
		let (job, members) = (disputed(), members(4));
		// The last of seven has no account, and its part is enough for one.
		decide(job, WRONG, &[&members[..], &[miner(1), miner(2), UNKNOWN]].concat());
		assert_ok!(fulfil(job));
		let paid = BOTH / 7 * 7;
		assert_eq!((cost(), treasury()), (0, BOND - paid));
	});
}

/// Of several miners those who were wrong pay what the panel cost beyond what judging costs anyway: not
/// who was right, and the requester no more than where an issuer has signed.
#[test]
fn found_right_against_others_those_pay() {
	run_with_fee(|| {
		let job = disputed_by(&[OUTPUT, INPUT, INPUT]);
		let members = members(3);
		decide(job, right(0, 3_000), &members);
		assert_ok!(fulfil(job));
		assert_eq!(earned(&members), [BOTH / 3; 3]);
		assert_eq!((cost(), treasury()), (1_000 + FEE, 2 * BOND - PANEL_FEE));
		assert_eq!(free(&MINER), ENDOWMENT + 1_000, "nothing is left for it to bear");
		assert_eq!((row(&MINER).bond, row(&miner(1)).bond), (STAKE, STAKE - BOND));
		assert_has(Event::PanelCovered { job, miner: miner(1), amount: PANEL_FEE });
	});
}

/// Who shows nothing, so that the others are too few to be believed, pays as well.
#[test]
fn found_right_for_want_of_others_those_pay() {
	run_with_fee(|| {
		let job = disputed_by(&[OUTPUT]);
		decide(job, right(0, 3_000), &members(3));
		assert_ok!(fulfil(job));
		assert_eq!((cost(), treasury()), (1_000 + FEE, 2 * BOND - PANEL_FEE));
	});
}

#[test]
fn found_wrong_of_several_their_bonds_pay_once() {
	run_with_fee(|| {
		let job = disputed_by(&[OUTPUT, INPUT]);
		decide(job, WRONG, &members(3));
		assert_ok!(fulfil(job));
		assert_eq!((cost(), treasury()), (0, 3 * BOND - BOTH));
	});
}

/// What is right and cannot be paid without a proof was judged all the same.
#[test]
fn unproven_the_requester_pays_the_panel_alone() {
	run_with_fee(|| {
		let job = post(Offer { proof_required: true, ..offer() });
		assert_ok!(lock(job, 0));
		assert_ok!(deliver(job, 0, OUTPUT));
		full_blocks_until(now() + SigningTime::get() + 1);
		assert_ok!(advance(job));
		decide(job, right(0, 3_000), &members(3));
		assert_ok!(fulfil(job));
		assert_eq!((cause_of(job), cost(), treasury()), (Cause::Unproven, BOTH, 0));
		assert_eq!((free(&MINER), row(&MINER).bond), (ENDOWMENT, STAKE));
	});
}

/// Undecided, nobody is to blame but who has shown nothing; the requester's stake in it is what the panel
/// is paid.
#[test]
fn undecided_who_revealed_is_paid() {
	run_with_fee(|| {
		let (job, members) = (disputed(), members(2));
		decide(job, Verdict::Undecided, &members);
		assert_ok!(fulfil(job));
		assert_eq!(earned(&members), [BOTH / 2; 2]);
		assert_eq!((cost(), treasury(), row(&MINER).bond), (BOTH, 0, STAKE));
	});
	run_with_fee(|| {
		let job = disputed_by(&[OUTPUT]);
		decide(job, Verdict::Undecided, &members(2));
		assert_ok!(fulfil(job));
		// Covered by nobody, or the parties of a job could have a panel for the bonds they lose anyway.
		assert_eq!((cost(), treasury()), (BOTH, 2 * BOND));
	});
}

/// Finding 2 of the attack: miners are made to sit on what they cannot compute, and lose by it. Whoever
/// posts that loses the panel's fee each time, to nobody it could be.
#[test]
fn undecided_with_nobody_to_pay_the_fee_is_the_treasurys() {
	run_with_fee(|| {
		let job = disputed();
		decide(job, Verdict::Undecided, &[]);
		assert_ok!(fulfil(job));
		assert_has(Event::PanelFeeLost { job, amount: PANEL_FEE });
		assert_eq!((cost(), treasury()), (PANEL_FEE, PANEL_FEE));
		assert_eq!(row(&MINER).bond, STAKE);
	});
}

/// Finding 6 of the attack: a high fee and a small bond, junk on purpose, and members of one's own that
/// share the fee by finding it wrong. The bond is no less than what they share.
#[test]
fn farming_of_fees_by_junk_gains_nothing() {
	run_with_fee(|| {
		let farmed = Offer { issuer_fee: 5_000, ..offer() };
		assert_noop!(post_by(&REQUESTER, farmed.clone()), E::BondBelowFees);
		let job = post(Offer { miner_bond: 5_000 + PANEL_FEE, ..farmed });
		assert_ok!(lock(job, 0));
		assert_ok!(deliver(job, 0, INPUT));
		full_blocks_until(now() + SigningTime::get() + 1);
		assert_ok!(advance(job));
		let own = members(3);
		decide(job, WRONG, &own);
		assert_ok!(fulfil(job));
		let gained: u128 = earned(&own).into_iter().sum();
		assert!(STAKE - row(&MINER).bond >= gained, "all of the seats, and still nothing gained");
		assert_eq!(cost(), 0, "the requester is no victim of it");
	});
}
