//! Random interleavings of all calls: money is neither made nor lost, nobody is paid twice, and the
//! invariants hold after every step.

use super::*;
use crate::Jobs;
use proptest::prelude::*;
use quittance_types::Jobs as _;
use std::collections::BTreeMap;

#[derive(Clone, Debug)]
enum Step {
	Post { by: usize, price: u128, fee: u128, timeout: JobTime, basic: bool },
	Accept { job: JobId, miner: usize, amount: u128 },
	Fulfil { job: JobId },
	Refund { job: JobId },
	Remove { by: usize, job: JobId },
	Advance { blocks: JobTime },
	RemoveIssuer,
}

fn step() -> impl Strategy<Value = Step> {
	let job = 0u64..6;
	prop_oneof![
		3 => (0usize..2, 1u128..3_000, 0u128..200, 1u64..40, any::<bool>())
			.prop_map(|(by, price, fee, timeout, basic)| Step::Post { by, price, fee, timeout, basic }),
		3 => (job.clone(), 0usize..2, 0u128..3_000)
			.prop_map(|(job, miner, amount)| Step::Accept { job, miner, amount }),
		1 => job.clone().prop_map(|job| Step::Fulfil { job }),
		2 => job.clone().prop_map(|job| Step::Refund { job }),
		1 => (0usize..2, job).prop_map(|(by, job)| Step::Remove { by, job }),
		2 => (1u64..30).prop_map(|blocks| Step::Advance { blocks }),
		1 => Just(Step::RemoveIssuer),
	]
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(512))]
	#[test]
	fn every_interleaving_keeps_the_money(steps in prop::collection::vec(step(), 1..40)) {
		run(|| {
			let good = Post::new();
			let requesters = [REQUESTER, POOR];
			let miners = [MINER, UNKNOWN];
			let issuance = Balances::total_issuance();
			let mut paid = BTreeMap::<JobId, u32>::new();
			for step in steps {
				System::reset_events();
				let _ = match step {
					Step::Post { by, price, fee, timeout, basic } => Post {
						price,
						fee,
						timeout,
						level: if basic { Level::Basic } else { Level::Transparent },
						circuit: basic.then_some(CIRCUIT),
						..good.clone()
					}
					.by(requesters[by].clone()),
					Step::Accept { job, miner, amount } =>
						Marketplace::accept(job, receipt_for(miners[miner].clone(), amount)),
					Step::Fulfil { job } =>
						Marketplace::fulfil_job(RuntimeOrigin::signed(OWNER), job),
					Step::Refund { job } =>
						Marketplace::refund_job(RuntimeOrigin::signed(OWNER), job),
					Step::Remove { by, job } => Marketplace::remove_job(
						RuntimeOrigin::signed(requesters[by].clone()), job),
					Step::Advance { blocks } => {
						System::set_block_number(System::block_number() + blocks);
						Ok(())
					},
					Step::RemoveIssuer => {
						if InOffice::get().contains(&OTHER_ISSUER) {
							remove_issuer(OTHER_ISSUER);
						}
						Ok(())
					},
				};
				for record in System::events() {
					use crate::Event::{JobFulfilled, JobRefunded};
					if let RuntimeEvent::Marketplace(
						JobFulfilled { job, .. } | JobRefunded { job, .. }) = record.event
					{
						*paid.entry(job).or_default() += 1;
					}
				}
				Marketplace::do_try_state().unwrap();
				assert_eq!(Balances::total_issuance(), issuance);
				let living = Jobs::<Test>::iter_values()
					.filter(|job| !job.ended() && job.circuit.is_some())
					.count();
				assert_eq!(References::get() as usize, living);
			}
			assert!(paid.values().all(|times| *times == 1), "every job ends once");
		});
	}
}
