use super::*;

#[test]
fn success_reserves_bond_and_fixes_the_price() {
	run(|| {
		let job = posted();
		assert_eq!(bar(job, &MINER), Some(Bar::NotLocked));
		full_blocks_until(POSTED + 25);
		assert_ok!(lock(job, 0));
		let price = MIN_PRICE + (PRICE - MIN_PRICE) / 2;
		assert_has(Event::JobLocked { job, miner: MINER, price, bond: BOND, nonce: 1 });
		assert_eq!((row(&MINER).reserved, row(&MINER).locks), (BOND, 1));
		let record = live(job);
		assert_eq!(record.state, JobState::Locked);
		let lock = Lock { miner: MINER, price, at: POSTED + 25, delivery: Delivery::Nothing };
		assert_eq!(record.locks.to_vec(), vec![lock]);
		// The price does not rise any more, and the lock counter has.
		full_blocks_until(LOCK_DEADLINE);
		let facts = facts(job, &MINER);
		assert_eq!((facts.max_amount, facts.nonce, facts.bar), (price, 1, None));
		assert_eq!((facts.open_until, facts.deadline), (LOCK_DEADLINE, DEADLINE));
		assert_eq!(bar(job, &miner(1)), Some(Bar::OfAnother));
	});
}

#[test]
fn boundary_of_the_ramp_and_of_the_lock_deadline() {
	run(|| {
		let prices = [(POSTED + 10, MIN_PRICE), (POSTED + 11, 4_200), (POSTED + 40, PRICE)];
		let jobs = [posted(), posted(), posted(), posted(), posted()];
		for (job, (time, price)) in jobs.into_iter().zip(prices) {
			full_blocks_until(time);
			assert_ok!(lock(job, 0));
			assert_eq!(live(job).locks[0].price, price);
		}
		full_blocks_until(LOCK_DEADLINE);
		assert_ok!(lock(jobs[3], 0));
		full_blocks_until(LOCK_DEADLINE + 1);
		assert_noop!(lock(jobs[4], 0), E::LockDeadlinePassed);
	});
}

#[test]
fn fails_with_its_own_error_for_each_who_cannot() {
	run(|| {
		let job = posted();
		assert_noop!(lock(7, 0), E::UnknownJob);
		// The miner's own account is not what works for it.
		assert_noop!(Marketplace::lock_job(signed(&MINER), job), E::NotHotKey);
		assert_noop!(Marketplace::lock_job(signed(&STRANGER), job), E::NotHotKey);
		let works_for = |number: u8, hot_key: AccountId| {
			MinerTable::mutate(miner(number), |row| row.as_mut().unwrap().hot_key = hot_key)
		};
		works_for(1, REQUESTER);
		assert_noop!(Marketplace::lock_job(signed(&REQUESTER), job), E::MinerIsRequester);
		works_for(1, ISSUER);
		assert_noop!(Marketplace::lock_job(signed(&ISSUER), job), E::MinerIsIssuer);
		let for_others = AllowList::truncate_from(vec![miner(2)]);
		let kept = post(Offer { allow_list: for_others, ..offer() });
		assert_noop!(lock(kept, 0), E::NotAllowed);
		assert_ok!(lock(kept, 2));
		assert_ok!(lock(job, 0));
		assert_noop!(lock(job, 2), E::JobLocked);
		assert_ok!(accept(job, receipt_for(MINER, 1)));
		assert_noop!(lock(job, 2), E::JobEnded);
	});
}

#[test]
fn requester_and_issuers_that_are_miners_do_not_lock_their_jobs() {
	run(|| {
		let number = NextJob::<Test>::get();
		assert_ok!(post_by(&miner(3), offer()));
		assert_noop!(lock(number, 3), E::MinerIsRequester);
		InOffice::set(vec![ISSUER, OTHER_ISSUER, miner(4)]);
		let issuers = AcceptedIssuers::truncate_from(vec![ISSUER, miner(4)]);
		let job = post(Offer { issuers, ..offer() });
		assert_noop!(lock(job, 4), E::MinerIsIssuer);
		assert_ok!(lock(job, 5));
	});
}

/// What the registry knows: whether the miner can, and whether its bond covers it.
#[test]
fn fails_without_capability_or_free_bond() {
	run(|| {
		let job = posted();
		MinerTable::mutate(MINER, |row| row.as_mut().unwrap().capable = false);
		assert_noop!(lock(job, 0), DispatchError::Other("not offered"));
		MinerTable::mutate(MINER, |row| row.as_mut().unwrap().capable = true);
		for _ in 0..STAKE / BOND {
			assert_ok!(lock(posted(), 0));
		}
		assert_noop!(lock(job, 0), DispatchError::Other("free bond too small"));
	});
}

/// What a job needs depends on its mode and level.
#[test]
fn the_registry_is_told_what_the_job_needs() {
	run(|| {
		let needs = |job: JobId| {
			assert_ok!(lock(job, 0));
			LastNeeds::get().unwrap()
		};
		let plain = needs(posted());
		assert_eq!((plain.level, plain.circuit), (Level::Basic, Some(CIRCUIT)));
		assert_eq!((plain.constraints, plain.fhe_parameters), (0, None));
		assert_eq!(plain.model_size, 4_000, "in every mode: it has to be loaded");
		let input_commitment = Some(FieldBytes([1; 32]));
		let of = |mode| needs(post(Offer { mode, input_commitment, ..offer() }));
		assert_eq!((of(Mode::Proven).constraints, of(Mode::Proven).fhe_parameters), (70_000, None));
		assert_eq!((of(Mode::Fhe).constraints, of(Mode::Fhe).fhe_parameters), (0, Some([5; 32])));
		let hybrid = of(Mode::Hybrid);
		assert_eq!((hybrid.constraints, hybrid.fhe_parameters), (70_000, Some([5; 32])));
		assert_eq!(hybrid.model_size, 4_000);
	});
}

/// A miner is not let into a job that nobody can sign for.
#[test]
fn fails_where_no_issuer_is_in_office() {
	run(|| {
		let job = posted();
		remove_issuer(ISSUER);
		assert_ok!(lock(
			post(Offer { issuers: AcceptedIssuers::truncate_from(vec![OTHER_ISSUER]), ..offer() }),
			1
		));
		remove_issuer(OTHER_ISSUER);
		assert_noop!(lock(job, 0), E::NoIssuerInOffice);
	});
}
