//! Random interleavings of all calls and of what the marketplace does: money is neither made nor lost,
//! no lock is left without its forfeit, no key works for two, and the invariants hold after every step.

use super::*;
use crate::Miners;
use polkadot_sdk::{
	frame_support::{pallet_prelude::TransactionSource, traits::Authorize},
	frame_system::RawOrigin,
	sp_runtime::traits::Dispatchable,
};
use proptest::prelude::*;
use quittance_types::{Miners as _, Outcome};

#[derive(Clone, Debug)]
enum Step {
	Register { by: usize, seed: u8, bond: u128 },
	Rotate { by: usize, seed: u8 },
	CancelRotation { by: usize },
	SetCapabilities { by: usize, levels: usize },
	SetEndpoint { by: usize, length: usize },
	BondMore { by: usize, amount: u128 },
	Unbond { by: usize, amount: u128 },
	Withdraw { by: usize },
	Leave { by: usize },
	Heartbeat { by: usize, seed: u8 },
	Reserve { by: usize, amount: u128 },
	Release { by: usize },
	ReleaseAndSlash { by: usize },
	Slash { by: usize, amount: u128 },
	Outcome { by: usize, outcome: Outcome },
	Advance { blocks: u64 },
	NextEpoch { epochs: u64 },
}

fn step() -> impl Strategy<Value = Step> {
	let by = 0usize..3;
	let seed = 1u8..6;
	let outcome =
		prop_oneof![Just(Outcome::Fulfilled), Just(Outcome::Late), Just(Outcome::Slashed)];
	prop_oneof![
		4 => (by.clone(), seed.clone(), 900u128..4_000)
			.prop_map(|(by, seed, bond)| Step::Register { by, seed, bond }),
		2 => (by.clone(), seed.clone()).prop_map(|(by, seed)| Step::Rotate { by, seed }),
		1 => by.clone().prop_map(|by| Step::CancelRotation { by }),
		1 => (by.clone(), 0usize..3).prop_map(|(by, levels)| Step::SetCapabilities { by, levels }),
		1 => (by.clone(), 6usize..12).prop_map(|(by, length)| Step::SetEndpoint { by, length }),
		1 => (by.clone(), 0u128..2_000).prop_map(|(by, amount)| Step::BondMore { by, amount }),
		3 => (by.clone(), 0u128..2_000).prop_map(|(by, amount)| Step::Unbond { by, amount }),
		3 => by.clone().prop_map(|by| Step::Withdraw { by }),
		2 => by.clone().prop_map(|by| Step::Leave { by }),
		3 => (by.clone(), seed).prop_map(|(by, seed)| Step::Heartbeat { by, seed }),
		4 => (by.clone(), 0u128..2_000).prop_map(|(by, amount)| Step::Reserve { by, amount }),
		2 => by.clone().prop_map(|by| Step::Release { by }),
		1 => by.clone().prop_map(|by| Step::ReleaseAndSlash { by }),
		1 => (by.clone(), 0u128..3_000).prop_map(|(by, amount)| Step::Slash { by, amount }),
		1 => (by, outcome).prop_map(|(by, outcome)| Step::Outcome { by, outcome }),
		3 => (1u64..70).prop_map(|blocks| Step::Advance { blocks }),
		1 => (1u64..6).prop_map(|epochs| Step::NextEpoch { epochs }),
	]
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(256))]
	#[test]
	fn every_interleaving_keeps_bonds_and_keys(steps in prop::collection::vec(step(), 1..60)) {
		run(|| {
			let miners = [MINER, OTHER, THIRD];
			let issuance = Balances::total_issuance();
			// The open locks of each miner, as the marketplace would have them.
			let mut locks: [Vec<u128>; 3] = Default::default();
			for step in steps {
				System::reset_events();
				let _ = match step {
					Step::Register { by, seed, bond } => {
						let who = &miners[by];
						Registration { bond, ..Registration::new(who, seed) }.by(who)
					},
					Step::Rotate { by, seed } => {
						let who = &miners[by];
						Registry::rotate_hot_key(signed(who), hot(seed), possession(who, seed))
					},
					Step::CancelRotation { by } => Registry::cancel_rotation(signed(&miners[by])),
					Step::SetCapabilities { by, levels } => {
						let mut changed = capabilities();
						changed.levels.truncate(levels);
						Registry::set_capabilities(signed(&miners[by]), changed)
					},
					Step::SetEndpoint { by, length } => {
						let mut changed = endpoint();
						changed.truncate(length);
						Registry::set_endpoint(signed(&miners[by]), changed)
					},
					Step::BondMore { by, amount } =>
						Registry::bond_more(signed(&miners[by]), amount),
					Step::Unbond { by, amount } => Registry::unbond(signed(&miners[by]), amount),
					Step::Withdraw { by } => Registry::withdraw_unbonded(signed(&miners[by])),
					Step::Leave { by } => Registry::leave(signed(&miners[by])),
					Step::Heartbeat { by, seed } => {
						let call = beat(&miners[by], seed, CurrentEpoch::get());
						let verdict = call.authorize(TransactionSource::InBlock).unwrap();
						if verdict.is_ok() {
							let origin = RuntimeOrigin::from(RawOrigin::Authorized);
							assert_ok!(call.clone().dispatch(origin));
							assert!(
								call.authorize(TransactionSource::InBlock).unwrap().is_err(),
								"taken once"
							);
						}
						Ok(())
					},
					Step::Reserve { by, amount } => {
						let reserved = Registry::reserve(&miners[by], amount);
						if reserved.is_ok() {
							locks[by].push(amount);
						}
						reserved
					},
					Step::Release { by } => {
						if let Some(amount) = locks[by].pop() {
							Registry::release(&miners[by], amount);
						}
						Ok(())
					},
					Step::ReleaseAndSlash { by } => {
						if let Some(amount) = locks[by].pop() {
							Registry::release(&miners[by], amount);
							let slashed = Registry::slash(&miners[by], amount);
							assert_eq!(slashed, amount, "a lock's forfeit is there");
						}
						Ok(())
					},
					Step::Slash { by, amount } => {
						let (miner, before) = (&miners[by], held(&miners[by]));
						let slashed = Registry::slash(miner, amount);
						assert!(slashed <= amount);
						assert_eq!(held(miner), before - slashed);
						Ok(())
					},
					Step::Outcome { by, outcome } => {
						Registry::record_outcome(&miners[by], outcome);
						Ok(())
					},
					Step::Advance { blocks } => {
						advance(blocks);
						Ok(())
					},
					Step::NextEpoch { epochs } => {
						CurrentEpoch::set(CurrentEpoch::get() + epochs);
						Ok(())
					},
				};
				Registry::do_try_state().unwrap();
				assert_eq!(Balances::total_issuance(), issuance);
				for (miner, open) in miners.iter().zip(&locks) {
					let record = Miners::<Test>::get(miner);
					assert!(record.is_some() || open.is_empty(), "nobody left an open lock");
					let Some(record) = record else {
						assert_eq!(held(miner), 0, "all was returned");
						continue;
					};
					assert_eq!(record.reserved, open.iter().sum::<u128>());
					assert_eq!(record.locks as usize, open.len());
					// One key works for a miner, and for nobody else.
					let works = (1u8..6).filter(|seed| {
						Registry::by_hot_key(&hot(*seed)).as_ref() == Some(miner)
					});
					assert_eq!(works.count(), 1);
				}
			}
		});
	}
}
