use super::*;
use polkadot_sdk::frame_support::storage::with_storage_layer;

/// What is held for a job of [`offer`].
const WHOLE: u128 = PRICE + FEE;

fn spoilt(spoil: fn(&mut OfferOf<Test>)) -> DispatchResult {
	let mut offer = offer();
	spoil(&mut offer);
	post_by(&REQUESTER, offer)
}

fn with_price(price: PriceRamp) -> OfferOf<Test> {
	Offer { payment: Payment::Held { price }, ..offer() }
}

fn flat(price: u128) -> OfferOf<Test> {
	with_price(PriceRamp::flat(price))
}

#[test]
fn success_holds_price_fee_and_deposit() {
	run(|| {
		let job = posted();
		assert_eq!(held(&REQUESTER), WHOLE + JobDeposit::get());
		assert_eq!(free(&REQUESTER), ENDOWMENT - WHOLE - JobDeposit::get());
		assert_eq!((job, NextJob::<Test>::get(), References::get()), (0, 1, 1));
		let record = live(job);
		assert_eq!(
			(record.state, record.due, record.held),
			(JobState::Open, Some(DEADLINE), WHOLE)
		);
		assert_eq!(record.quote, 100);
		assert_eq!(activity(digits()).live_jobs, 1);
		assert_has(Event::JobPosted {
			job,
			requester: REQUESTER,
			model: digits(),
			mode: Mode::Plain,
			input: INPUT,
			level: Level::Basic,
			price: PriceRamp { min: MIN_PRICE, max: PRICE, start: 10, length: 30 },
			issuer_fee: FEE,
			panel_fee: 0,
			miner_bond: BOND,
			redundancy: 1,
			quote: 100,
			lock_deadline: LOCK_DEADLINE,
			deadline: DEADLINE,
			proof_required: false,
		});
	});
}

#[test]
fn fails_with_its_own_error_for_each_bad_argument() {
	run(|| {
		digits();
		assert_noop!(spoilt(|o| o.model = [0; 32]), E::UnknownModel);
		assert_noop!(spoilt(|o| o.input.size = 0), E::EmptyBlob);
		let ramp = |min, max, start, length| {
			post_by(&REQUESTER, with_price(PriceRamp { min, max, start, length }))
		};
		assert_noop!(ramp(0, 1_000, 0, 0), E::PriceZero);
		assert_noop!(ramp(1_001, 1_000, 0, 0), E::MinAboveMax);
		assert_noop!(ramp(1, 1 << 64, 0, 0), E::AmountTooLarge);
		assert_noop!(ramp(1, 1_000, 31, 30), E::RampTooLong);
		assert_noop!(ramp(1, 1_000, JobTime::MAX, JobTime::MAX), E::RampTooLong);
		assert_noop!(ramp(1, 99, 0, 0), E::PriceBelowQuote);
		assert_noop!(spoilt(|o| o.issuer_fee = 1 << 64), E::AmountTooLarge);
		assert_noop!(spoilt(|o| o.issuer_fee = EXISTENTIAL_DEPOSIT - 1), E::IssuerFeeTooSmall);
		assert_noop!(spoilt(|o| o.miner_bond = 1 << 64), E::AmountTooLarge);
		assert_noop!(spoilt(|o| o.miner_bond = 499), E::BondTooSmall);
		assert_noop!(
			spoilt(|o| {
				o.payment = Payment::Held { price: PriceRamp::flat(PRICE) };
				o.lock_timeout = 0;
			}),
			E::LockTimeoutZero
		);
		assert_noop!(spoilt(|o| o.lock_timeout = TIMEOUT + 1), E::LockTimeoutTooLong);
		assert_noop!(spoilt(|o| o.timeout = MaxTimeout::get() + 1), E::TimeoutTooLong);
		assert_noop!(spoilt(|o| o.redundancy = 0), E::RedundancyOutOfRange);
		assert_noop!(spoilt(|o| o.redundancy = 9), E::RedundancyOutOfRange);
		assert_noop!(spoilt(|o| o.mode = Mode::Proven), E::InputCommitmentMissing);
		assert_noop!(spoilt(|o| o.mode = Mode::Hybrid), E::InputCommitmentMissing);
		assert_noop!(
			spoilt(|o| o.input_commitment = Some(FieldBytes([0xff; 32]))),
			E::CommitmentNotCanonical
		);
		let issuers = |issuers: Vec<AccountId>| {
			let issuers = AcceptedIssuers::truncate_from(issuers);
			post_by(&REQUESTER, Offer { issuers, ..offer() })
		};
		assert_noop!(issuers(vec![]), E::NoIssuers);
		assert_noop!(issuers(vec![ISSUER, ISSUER]), E::DuplicateIssuer);
		assert_noop!(issuers(vec![ISSUER, REQUESTER]), E::RequesterIsIssuer);
		assert_noop!(issuers(vec![MINER]), E::IssuerNotInOffice);
		assert_noop!(spoilt(|o| o.circuit = None), E::CircuitMissing);
		assert_noop!(spoilt(|o| o.level = Level::Transparent), E::CircuitUnexpected);
		assert_noop!(
			spoilt(|o| o.circuit = Some([0; 32])),
			DispatchError::Other("unknown circuit")
		);
		assert_noop!(post_by(&POOR, offer()), E::InsufficientBalance);
	});
}

#[test]
fn needs_a_listed_model_with_a_price_for_the_mode() {
	run(|| {
		let model = digits();
		assert_ok!(Marketplace::suspend_model(signed(&OWNER), model));
		assert_noop!(post_by(&REQUESTER, offer()), E::ModelNotListed);
		let only = Terms { plain: Some(100), ..Terms::default() };
		assert_ok!(Marketplace::set_terms(signed(&OWNER), model, only));
		assert_ok!(Marketplace::list_model(signed(&OWNER), model));
		assert_noop!(spoilt(|o| o.mode = Mode::Fhe), E::ModeNotOffered);
		assert_ok!(post_by(&REQUESTER, offer()));
		assert_ok!(Marketplace::retire_model(signed(&OWNER), model));
		assert_noop!(post_by(&REQUESTER, offer()), E::ModelNotListed);
	});
}

/// A change of the price is for the next jobs.
#[test]
fn the_quote_is_copied_when_the_job_is_posted() {
	run(|| {
		let job = posted();
		let dearer = Terms { plain: Some(PRICE), ..TERMS };
		assert_ok!(Marketplace::set_terms(signed(&OWNER), digits(), dearer));
		assert_eq!(live(job).quote, 100);
		assert_eq!(live(posted()).quote, PRICE);
		let dearer = Terms { plain: Some(PRICE + 1), ..TERMS };
		assert_ok!(Marketplace::set_terms(signed(&OWNER), digits(), dearer));
		assert_noop!(post_by(&REQUESTER, offer()), E::PriceBelowQuote);
		let input_commitment = Some(FieldBytes([1; 32]));
		let proven = post(Offer { mode: Mode::Proven, input_commitment, ..offer() });
		assert_eq!(live(proven).quote, 200);
	});
}

mod high_value {
	use super::*;

	fn clear(max: u128) -> OfferOf<Test> {
		Offer { level: Level::Transparent, circuit: None, ..flat(max) }
	}

	#[test]
	fn boundary_above_the_threshold_only_a_proof_pays() {
		run(|| {
			let threshold = HighValue::get();
			assert_ok!(post_by(&REQUESTER, clear(threshold)));
			assert_noop!(post_by(&REQUESTER, clear(threshold + 1)), E::ProofRequired);
			let job = post(flat(threshold + 1));
			assert!(live(job).offer.proof_required);
			assert!(!live(post(flat(threshold))).offer.proof_required);
		});
	}

	#[test]
	fn or_where_the_requester_asks() {
		run(|| {
			digits();
			let asked = |offer| Offer { proof_required: true, ..offer };
			assert_noop!(post_by(&REQUESTER, asked(clear(1_000))), E::ProofRequired);
			assert!(live(post(asked(flat(1_000)))).offer.proof_required);
		});
	}

	#[test]
	fn a_changed_threshold_is_for_the_next_jobs() {
		run(|| {
			let job = post(clear(1_000));
			HighValue::set(10);
			assert!(!live(job).offer.proof_required);
			assert_noop!(post_by(&REQUESTER, clear(1_000)), E::ProofRequired);
			assert_ok!(lock(job, 0));
			assert_ok!(accept(job, receipt_for(MINER, 1_000)));
		});
	}
}

#[test]
fn governed_limits_apply_from_the_next_job() {
	run(|| {
		assert_ok!(post_by(&REQUESTER, Offer { issuer_fee: 0, ..offer() }));
		MinimumFee::set(FEE + 1);
		assert_noop!(post_by(&REQUESTER, offer()), E::IssuerFeeTooSmall);
		assert_noop!(post_by(&REQUESTER, Offer { issuer_fee: 0, ..offer() }), E::IssuerFeeTooSmall);
		assert_ok!(post_by(&REQUESTER, Offer { issuer_fee: FEE + 1, ..offer() }));
		MinimumFee::set(0);
		MinimumLockBond::set(BOND + 1);
		assert_noop!(post_by(&REQUESTER, offer()), E::BondTooSmall);
		// A lock that reserves nothing is never allowed.
		MinimumLockBond::set(0);
		assert_noop!(post_by(&REQUESTER, Offer { miner_bond: 0, ..offer() }), E::BondTooSmall);
		let free_of_charge = Offer { miner_bond: 1, issuer_fee: 0, ..offer() };
		assert_ok!(post_by(&REQUESTER, free_of_charge));
	});
}

/// A lock's bond is no less than any of three: the least of all, both fees, and a part of the price.
mod bonds {
	use super::*;
	use polkadot_sdk::sp_runtime::Permill;

	fn bond(miner_bond: u128) -> DispatchResult {
		post_by(&REQUESTER, Offer { miner_bond, ..offer() })
	}

	#[test]
	fn boundary_of_the_least_of_all() {
		run(|| {
			digits();
			assert_noop!(bond(499), E::BondTooSmall);
			assert_ok!(bond(500));
		});
	}

	#[test]
	fn boundary_of_both_fees() {
		run(|| {
			digits();
			PanelFee::set(400);
			assert_noop!(bond(FEE + 399), E::BondBelowFees);
			assert_ok!(bond(FEE + 400));
			// Also where one of them is nothing.
			PanelFee::set(0);
			let fee = |issuer_fee| post_by(&REQUESTER, Offer { issuer_fee, ..offer() });
			assert_noop!(fee(BOND + 1), E::BondBelowFees);
			assert_ok!(fee(BOND));
			// No sum of 64 bits overflows, and no parameter that is too high.
			PanelFee::set(u128::MAX);
			assert_noop!(bond(BOND), E::BondBelowFees);
		});
	}

	/// Rounded up: of 10,001 a tenth of it.
	#[test]
	fn boundary_of_the_part_of_the_price() {
		run(|| {
			digits();
			BondPart::set(Permill::from_percent(10));
			assert_ok!(post_by(&REQUESTER, flat(10_000)));
			assert_noop!(post_by(&REQUESTER, flat(10_001)), E::BondBelowPrice);
			assert_ok!(post_by(&REQUESTER, Offer { miner_bond: 1_001, ..flat(10_001) }));
			BondPart::set(Permill::one());
			assert_noop!(post_by(&REQUESTER, flat(1_001)), E::BondBelowPrice);
			assert_ok!(post_by(&REQUESTER, flat(1_000)));
		});
	}

	/// The errors come in this order, each for its own reason.
	#[test]
	fn each_has_its_own_error() {
		run(|| {
			digits();
			BondPart::set(Permill::from_percent(5));
			PanelFee::set(300);
			MinimumLockBond::set(200);
			let with = |miner_bond, max| post_by(&REQUESTER, Offer { miner_bond, ..flat(max) });
			assert_noop!(with(199, 20_000), E::BondTooSmall);
			assert_noop!(with(200, 20_000), E::BondBelowFees);
			assert_noop!(with(600, 20_000), E::BondBelowPrice);
			assert_ok!(with(1_000, 20_000));
		});
	}

	/// A change is for the next jobs: who has posted has posted.
	#[test]
	fn of_a_posted_job_nothing_changes() {
		run(|| {
			let job = posted();
			BondPart::set(Permill::one());
			PanelFee::set(BOND);
			assert_ok!(lock(job, 0));
			assert_eq!(row(&MINER).reserved, BOND);
		});
	}
}

#[test]
fn fails_for_an_issuer_that_has_resigned_while_its_jobs_go_on() {
	run(|| {
		let job = posted();
		Resigned::set(vec![ISSUER, OTHER_ISSUER]);
		assert_noop!(post_by(&REQUESTER, offer()), E::IssuerNotInOffice);
		// The job that names them is neither prolonged nor refunded.
		assert_eq!(Marketplace::deadline(job), Some(DEADLINE));
		assert_noop!(refund(job), E::DeadlineNotPassed);
		assert_ok!(lock(job, 0));
	});
}

/// An account that something else keeps alive could hold its last unit, and a refund below the
/// existential deposit could then not be paid out.
#[test]
fn the_existential_deposit_stays_free_whoever_keeps_the_account_alive() {
	run(|| {
		digits();
		System::inc_providers(&REQUESTER);
		HighValue::set(ENDOWMENT);
		let most = ENDOWMENT - EXISTENTIAL_DEPOSIT - JobDeposit::get() - FEE;
		assert_noop!(post_by(&REQUESTER, flat(most + 1)), E::InsufficientBalance);
		assert_ok!(post_by(&REQUESTER, flat(most)));
	});
}

#[test]
fn boundaries_of_balance_times_lists_and_bond() {
	run(|| {
		digits();
		HighValue::set(ENDOWMENT);
		// All but the existential deposit can be held, and not one more.
		let most = ENDOWMENT - EXISTENTIAL_DEPOSIT - JobDeposit::get() - FEE;
		assert_noop!(post_by(&REQUESTER, flat(most + 1)), E::InsufficientBalance);
		assert_ok!(post_by(&REQUESTER, Offer { timeout: MaxTimeout::get(), ..flat(most) }));
		InOffice::set((10..26).map(|byte| AccountId::new([byte; 32])).collect());
		let smallest = Offer {
			payment: Payment::Held { price: PriceRamp { min: 1, max: 100, start: 1, length: 0 } },
			issuers: AcceptedIssuers::truncate_from(InOffice::get()),
			allow_list: AllowList::truncate_from((0..20).map(miner).collect()),
			issuer_fee: 0,
			miner_bond: 500,
			lock_timeout: 1,
			timeout: 1,
			redundancy: 8,
			..offer()
		};
		assert_ok!(post_by(&STRANGER, smallest));
		let record = live(1);
		assert_eq!((record.offer.issuers.len(), record.offer.allow_list.len()), (16, 16));
		assert_eq!((record.lock_deadline(), record.deadline()), (POSTED + 1, POSTED + 1));
	});
}

#[test]
fn boundaries_of_64_bits_and_of_the_issuer_fee() {
	run(|| {
		digits();
		let most = u128::from(u64::MAX);
		HighValue::set(most);
		let fee = |issuer_fee| Offer { issuer_fee, ..offer() };
		let bond = |miner_bond| Offer { miner_bond, ..offer() };
		for offer in [flat(most + 1), fee(most + 1), bond(most + 1)] {
			assert_noop!(post_by(&REQUESTER, offer), E::AmountTooLarge);
		}
		// In range, and only more than anybody has.
		for offer in [flat(most), Offer { miner_bond: most, ..fee(most) }] {
			assert_noop!(post_by(&REQUESTER, offer), E::InsufficientBalance);
		}
		assert_ok!(post_by(&REQUESTER, bond(most)));
		assert_noop!(post_by(&REQUESTER, fee(1)), E::IssuerFeeTooSmall);
		assert_ok!(post_by(&REQUESTER, fee(EXISTENTIAL_DEPOSIT)));
	});
}

#[test]
fn a_counter_at_its_end_is_an_error_and_no_number_is_used_twice() {
	run(|| {
		digits();
		NextJob::<Test>::put(JobId::MAX);
		// The layer that every call runs in.
		let result = with_storage_layer(|| post_by(&REQUESTER, offer()));
		assert_noop!(result, E::Unexpected);
		References::set(0);
		NextJob::<Test>::put(JobId::MAX - 1);
		assert_ok!(post_by(&REQUESTER, offer()));
		assert!(Jobs::<Test>::contains_key(JobId::MAX - 1));
	});
}

mod remove {
	use super::*;

	fn remove(who: &AccountId, job: JobId) -> DispatchResult {
		Marketplace::remove_job(signed(who), job)
	}

	#[test]
	fn returns_the_deposit_and_never_the_number() {
		run(|| {
			let job = locked();
			assert_noop!(remove(&REQUESTER, job), E::JobNotEnded);
			assert_noop!(remove(&MINER, job), E::NotRequester);
			assert_ok!(accept(job, receipt_for(MINER, 100)));
			assert_noop!(remove(&MINER, job), E::NotRequester);
			assert_noop!(remove(&REQUESTER, 3), E::UnknownJob);
			assert_eq!(held(&REQUESTER), JobDeposit::get());
			assert_ok!(remove(&REQUESTER, job));
			assert_has(Event::JobRemoved { job });
			assert_eq!(held(&REQUESTER), 0);
			assert_eq!(NextJob::<Test>::get(), 1);
			assert!(Marketplace::facts(job, &MINER).is_none());
			assert!(Marketplace::ended(job));
			assert_noop!(remove(&REQUESTER, job), E::UnknownJob);
		});
	}

	/// Something else keeps the requester's account alive, and what returns to it is too little to be
	/// paid out: it waits in the record, and the miner is paid all the same.
	#[test]
	fn what_could_not_be_returned_returns_with_the_deposit() {
		run(|| {
			let job = post(Offer { ..flat(MIN_PRICE) });
			assert_ok!(lock(job, 0));
			System::inc_providers(&REQUESTER);
			let all = free(&REQUESTER);
			assert_ok!(polkadot_sdk::pallet_balances::Pallet::<Test>::transfer_allow_death(
				signed(&REQUESTER),
				STRANGER,
				all,
			));
			assert_eq!(free(&REQUESTER), 0);
			assert_ok!(accept(job, receipt_for(MINER, MIN_PRICE - 3)));
			assert_eq!(free(&MINER), ENDOWMENT + MIN_PRICE - 3);
			assert!(was_fulfilled(job));
			assert_eq!(held(&REQUESTER), JobDeposit::get() + 3);
			check();
			assert_ok!(remove(&REQUESTER, job));
			assert_eq!((free(&REQUESTER), held(&REQUESTER)), (JobDeposit::get() + 3, 0));
		});
	}
}
