use super::*;

#[test]
fn the_price_now_follows_the_ramp_while_the_job_can_be_locked() {
	run(|| {
		let job = posted();
		assert_eq!(Marketplace::price_now(job), Some(MIN_PRICE));
		full_blocks_until(POSTED + 25);
		assert_eq!(Marketplace::price_now(job), Some(7_000));
		full_blocks_until(LOCK_DEADLINE);
		assert_eq!(Marketplace::price_now(job), Some(PRICE));
		full_blocks_until(LOCK_DEADLINE + 1);
		assert_eq!(Marketplace::price_now(job), None);
		assert_eq!(Marketplace::price_now(9), None);
		let locked = locked();
		assert_eq!(Marketplace::price_now(locked), None);
	});
}

/// Does a job that is locked and done so much after its post.
fn done_after(to_lock: JobTime, to_receipt: JobTime) {
	let job = posted();
	let at = now();
	full_blocks_until(at + to_lock);
	assert_ok!(lock(job, 0));
	full_blocks_until(at + to_lock + to_receipt);
	assert_ok!(accept(job, receipt_for(MINER, 1)));
}

#[test]
fn statistics_are_of_the_last_receipts_in_time() {
	run(|| {
		let model = digits();
		assert_eq!(Marketplace::recent_prices(model), None);
		assert_eq!(Marketplace::measured_latency([0; 32]), None);
		done_after(0, 3);
		let one = Statistics { count: 1, min: 4_000, median: 4_000, max: 4_000 };
		assert_eq!(Marketplace::recent_prices(model), Some(one));
		done_after(25, 9);
		done_after(40, 6);
		let prices = Statistics { count: 3, min: 4_000, median: 7_000, max: 10_000 };
		assert_eq!(Marketplace::recent_prices(model), Some(prices));
		let latency = Statistics { count: 3, min: 3, median: 6, max: 9 };
		assert_eq!(Marketplace::measured_latency(model), Some(latency));
		// Of an even number the lower of the two in the middle.
		done_after(0, 1);
		assert_eq!(Marketplace::measured_latency(model).unwrap().median, 3);
	});
}

#[test]
fn boundary_the_ring_forgets_the_oldest() {
	run(|| {
		let model = digits();
		done_after(0, 20);
		for _ in 1..RECENT {
			done_after(0, 1);
		}
		assert_eq!(Marketplace::measured_latency(model).unwrap().max, 20);
		done_after(0, 2);
		let latency = Marketplace::measured_latency(model).unwrap();
		assert_eq!((latency.count, latency.max), (RECENT, 2));
		for _ in 0..2 * RECENT {
			done_after(0, 3);
		}
		let all = Statistics { count: RECENT, min: 3, median: 3, max: 3 };
		assert_eq!(Marketplace::measured_latency(model), Some(all));
	});
}

#[test]
fn a_miner_is_told_the_jobs_it_can_lock() {
	run(|| {
		let open = posted();
		let taken = locked();
		let for_others = AllowList::truncate_from(vec![miner(1)]);
		let kept = post(Offer { allow_list: for_others, ..offer() });
		let several = post(redundant(2));
		assert_ok!(lock(several, 0));
		let own = NextJob::<Test>::get();
		assert_ok!(post_by(&MINER, offer()));
		let jobs_for = |miner| Marketplace::jobs_for(miner, 0);
		assert_eq!(jobs_for(MINER), (vec![open], None));
		assert_eq!(jobs_for(miner(1)), (vec![open, kept, several, own], None));
		assert_eq!(Marketplace::jobs_for(miner(1), kept), (vec![kept, several, own], None));
		assert_eq!(jobs_for(STRANGER), (vec![], None), "no miner");
		MinerTable::mutate(MINER, |row| row.as_mut().unwrap().capable = false);
		assert_eq!(jobs_for(MINER), (vec![], None));
		full_blocks_until(LOCK_DEADLINE + 1);
		assert_eq!(jobs_for(miner(1)), (vec![], None));
		assert!(taken > open);
	});
}

#[test]
fn boundary_a_page_is_bounded() {
	run(|| {
		let jobs: Vec<_> = (0..JOBS_PER_PAGE + 1).map(|_| posted()).collect();
		let (page, next) = Marketplace::jobs_for(MINER, 0);
		assert_eq!((page.len() as u64, next), (JOBS_PER_PAGE, Some(JOBS_PER_PAGE)));
		assert_eq!(Marketplace::jobs_for(MINER, JOBS_PER_PAGE), (vec![jobs[64]], None));
		assert_eq!(Marketplace::jobs_for(MINER, JobId::MAX), (vec![], None));
	});
}

#[test]
fn limits_are_those_in_force() {
	run(|| {
		MinimumFee::set(5);
		let limits = Marketplace::limits();
		assert_eq!((limits.minimum_fee, limits.minimum_lock_bond), (5, 500));
		PanelFee::set(6);
		BondPart::set(polkadot_sdk::sp_runtime::Permill::from_percent(5));
		let limits = Marketplace::limits();
		assert_eq!((limits.panel_fee, limits.bond_part), (6, 50_000));
		assert_eq!((limits.high_value, limits.max_timeout), (100_000, 1_000));
		assert_eq!(
			(limits.job_deposit, limits.commitment_deposit, limits.review_deposit),
			(100, 40, 30)
		);
	});
}
