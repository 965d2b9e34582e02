//! Random interleavings of all calls and of what the marketplace does, beside a model of the rules as
//! the README has them: each step ends as the model says, money is neither made nor lost, no lock is left
//! without its forfeit, no key works for two, and the invariants hold after every step.

use super::*;
use crate::Miners;
use polkadot_sdk::{
	frame_support::{
		pallet_prelude::{InvalidTransaction, TransactionSource, TransactionValidityError},
		traits::Authorize,
	},
	frame_system::RawOrigin,
	sp_runtime::{traits::Dispatchable, DispatchError},
};
use proptest::{prelude::*, test_runner::TestRunner};
use quittance_types::{EpochIndex, Miners as _, Outcome, Shares};
use std::{cell::RefCell, collections::BTreeMap};

#[derive(Clone, Debug)]
enum Step {
	Register {
		by: usize,
		seed: u8,
		bond: u128,
	},
	Rotate {
		by: usize,
		seed: u8,
	},
	CancelRotation {
		by: usize,
	},
	SetCapabilities {
		by: usize,
		levels: usize,
	},
	SetEndpoint {
		by: usize,
		length: usize,
	},
	BondMore {
		by: usize,
		amount: u128,
	},
	Unbond {
		by: usize,
		amount: u128,
	},
	Withdraw {
		by: usize,
	},
	Leave {
		by: usize,
	},
	Pause {
		by: usize,
	},
	Resume {
		by: usize,
	},
	/// With the key that works, or another.
	Heartbeat {
		by: usize,
		other: Option<u8>,
	},
	Reserve {
		by: usize,
		amount: u128,
	},
	Release {
		by: usize,
	},
	Forfeit {
		by: usize,
	},
	Slash {
		by: usize,
		amount: u128,
	},
	Outcome {
		by: usize,
		outcome: Outcome,
	},
	Advance {
		blocks: u64,
	},
	NextEpoch {
		epochs: u64,
		let_in: bool,
	},
}

fn step() -> impl Strategy<Value = Step> {
	// Mostly of one miner, or little would happen to any.
	let by = prop_oneof![6 => Just(0usize), 3 => Just(1), 1 => Just(2)];
	let seed = 1u8..6;
	let outcome =
		prop_oneof![Just(Outcome::Fulfilled), Just(Outcome::Late), Just(Outcome::Slashed)];
	prop_oneof![
		6 => (by.clone(), seed.clone(), 900u128..4_000)
			.prop_map(|(by, seed, bond)| Step::Register { by, seed, bond }),
		2 => (by.clone(), seed.clone()).prop_map(|(by, seed)| Step::Rotate { by, seed }),
		4 => by.clone().prop_map(|by| Step::CancelRotation { by }),
		1 => (by.clone(), 0usize..3).prop_map(|(by, levels)| Step::SetCapabilities { by, levels }),
		1 => (by.clone(), 6usize..12).prop_map(|(by, length)| Step::SetEndpoint { by, length }),
		2 => (by.clone(), 0u128..2_000).prop_map(|(by, amount)| Step::BondMore { by, amount }),
		4 => (by.clone(), 0u128..1_000).prop_map(|(by, amount)| Step::Unbond { by, amount }),
		3 => by.clone().prop_map(|by| Step::Withdraw { by }),
		1 => by.clone().prop_map(|by| Step::Leave { by }),
		1 => by.clone().prop_map(|by| Step::Pause { by }),
		2 => by.clone().prop_map(|by| Step::Resume { by }),
		5 => (by.clone(), prop::option::weighted(0.4, seed))
			.prop_map(|(by, other)| Step::Heartbeat { by, other }),
		6 => (by.clone(), 0u128..2_500).prop_map(|(by, amount)| Step::Reserve { by, amount }),
		3 => by.clone().prop_map(|by| Step::Release { by }),
		1 => by.clone().prop_map(|by| Step::Forfeit { by }),
		2 => (by.clone(), 0u128..2_000).prop_map(|(by, amount)| Step::Slash { by, amount }),
		1 => (by, outcome).prop_map(|(by, outcome)| Step::Outcome { by, outcome }),
		3 => (1u64..70).prop_map(|blocks| Step::Advance { blocks }),
		3 => (1u64..4, prop::bool::weighted(0.8))
			.prop_map(|(epochs, let_in)| Step::NextEpoch { epochs, let_in }),
	]
}

/// A miner as the rules say. Plain numbers, no tree, no record of anything that can be computed.
#[derive(Clone, Debug)]
struct Model {
	bond: u128,
	locks: Vec<u128>,
	owed: u128,
	parts: Vec<(u128, JobTime)>,
	key: u8,
	next: Option<(u8, JobTime)>,
	heard: EpochIndex,
	missed: u64,
	paused: bool,
	leaving: Option<JobTime>,
}

impl Model {
	fn reserved(&self) -> u128 {
		self.locks.iter().sum()
	}

	fn free(&self) -> u128 {
		self.bond - self.reserved()
	}

	fn held(&self) -> u128 {
		self.bond + self.parts.iter().map(|(amount, _)| amount).sum::<u128>()
	}

	fn key_at(&self, now: JobTime) -> u8 {
		self.next.filter(|(_, from)| now >= *from).map_or(self.key, |(key, _)| key)
	}

	/// Takes a debt and an amount, unit by unit if need be, and returns what was taken of the amount.
	fn charge(&mut self, amount: u128) -> u128 {
		let there = self.held() - self.reserved();
		let own = amount.min(there);
		let paid = self.owed.min(there - own);
		let mut rest = own + paid;
		let of_bond = rest.min(self.free());
		self.bond -= of_bond;
		rest -= of_bond;
		while rest > 0 {
			let (newest, until) = self.parts.pop().expect("it is there");
			let taken = rest.min(newest);
			rest -= taken;
			if newest > taken {
				self.parts.push((newest - taken, until));
			}
		}
		self.owed = (self.owed - paid + (amount - own)).min(self.held());
		own
	}

	fn start_unbonding(&mut self, amount: u128, now: JobTime) {
		if amount == 0 {
			return;
		}
		let until = now + UnbondingDelay::get();
		self.bond -= amount;
		let full = self.parts.len() == MAX_UNBONDINGS as usize;
		match self.parts.last_mut() {
			Some((newest, time)) if full || *time == until => {
				*newest += amount;
				*time = until;
			},
			_ => self.parts.push((amount, until)),
		}
	}

	fn matched(&self) -> Result<(), E> {
		let rules = [
			(self.leaving.is_some(), E::Leaving),
			(self.paused, E::Paused),
			(self.owed > 0, E::DebtUnpaid),
			(self.bond < MinimumBond::get(), E::BelowMinimumBond),
			(self.missed > MissedEpochs::get(), E::HeartbeatMissed),
		];
		first_of(rules)
	}
}

/// The error of the first rule that is broken.
fn first_of<const RULES: usize>(rules: [(bool, E); RULES]) -> Result<(), E> {
	rules.into_iter().find(|(broken, _)| *broken).map_or(Ok(()), |(_, error)| Err(error))
}

#[derive(Default)]
struct World {
	miners: [Option<Model>; 3],
	/// Which miner a key is or was of.
	keys: BTreeMap<u8, usize>,
	/// Whether the current epoch can be missed.
	called: bool,
}

const ACCOUNTS: [AccountId; 3] = [MINER, OTHER, THIRD];

impl World {
	/// Changes a miner by its rules, or says why not and changes nothing.
	fn with(
		&mut self,
		by: usize,
		rules: impl FnOnce(&mut Model, &mut BTreeMap<u8, usize>) -> Result<(), E>,
	) -> Result<(), E> {
		let mut model = self.miners[by].clone().ok_or(E::UnknownMiner)?;
		let now = System::block_number();
		let key = model.key_at(now);
		if key != model.key {
			(model.key, model.next) = (key, None);
		}
		rules(&mut model, &mut self.keys)?;
		self.miners[by] = Some(model);
		Ok(())
	}

	/// What the rules say to a step of a call.
	fn expected(&mut self, step: &Step) -> Result<(), E> {
		let now = System::block_number();
		let epoch = CurrentEpoch::get();
		let least = MinimumBond::get();
		match *step {
			Step::Register { by, seed, bond } => {
				first_of([
					(self.miners[by].is_some(), E::MinerExists),
					(bond < least, E::BelowMinimumBond),
					(self.keys.get(&seed).is_some_and(|of| *of != by), E::HotKeyTaken),
					(free(&ACCOUNTS[by]) < bond + EXISTENTIAL_DEPOSIT, E::InsufficientBalance),
				])?;
				self.keys.insert(seed, by);
				self.miners[by] = Some(Model {
					bond,
					locks: Vec::new(),
					owed: 0,
					parts: Vec::new(),
					key: seed,
					next: None,
					heard: epoch,
					missed: 0,
					paused: false,
					leaving: None,
				});
				Ok(())
			},
			Step::Rotate { by, seed } => self.with(by, |miner, keys| {
				first_of([
					(miner.leaving.is_some(), E::Leaving),
					(keys.contains_key(&seed), E::HotKeyTaken),
				])?;
				if let Some((key, _)) = miner.next.replace((seed, now + HotKeyDelay::get())) {
					keys.remove(&key);
				}
				keys.insert(seed, by);
				Ok(())
			}),
			Step::CancelRotation { by } => self.with(by, |miner, keys| {
				let (key, _) = miner.next.take().ok_or(E::NoRotation)?;
				keys.remove(&key);
				Ok(())
			}),
			Step::SetCapabilities { by, levels } => {
				first_of([(levels == 0, E::NoLevels)])?;
				self.with(by, |_, _| Ok(()))
			},
			Step::SetEndpoint { by, length } => {
				first_of([(length <= 8, E::EndpointInvalid)])?;
				self.with(by, |_, _| Ok(()))
			},
			Step::BondMore { by, amount } => self.with(by, |miner, _| {
				first_of([
					(miner.leaving.is_some(), E::Leaving),
					(amount == 0, E::AmountZero),
					(free(&ACCOUNTS[by]) < amount + EXISTENTIAL_DEPOSIT, E::InsufficientBalance),
				])?;
				miner.bond += amount;
				miner.charge(0);
				Ok(())
			}),
			Step::Unbond { by, amount } => self.with(by, |miner, _| {
				first_of([(miner.leaving.is_some(), E::Leaving), (amount == 0, E::AmountZero)])?;
				miner.charge(0);
				let until = now + UnbondingDelay::get();
				let room = miner.parts.len() < MAX_UNBONDINGS as usize
					|| miner.parts.last().is_some_and(|(_, time)| *time == until);
				first_of([
					(miner.owed > 0, E::DebtUnpaid),
					(amount > miner.free(), E::FreeBondTooSmall),
					(miner.bond < least + amount, E::BelowMinimumBond),
					(!room, E::TooManyUnbondings),
				])?;
				miner.start_unbonding(amount, now);
				Ok(())
			}),
			Step::Withdraw { by } => {
				let mut gone = false;
				self.with(by, |miner, _| {
					miner.charge(0);
					first_of([(miner.owed > 0, E::DebtUnpaid)])?;
					let before = miner.held();
					miner.parts.retain(|(_, until)| now < *until);
					gone = miner.held() == 0 && miner.leaving.is_some_and(|until| now >= until);
					first_of([(miner.held() == before && !gone, E::NothingToWithdraw)])
				})?;
				if gone {
					self.miners[by] = None;
				}
				Ok(())
			},
			Step::Leave { by } => self.with(by, |miner, keys| {
				first_of([(miner.leaving.is_some(), E::Leaving)])?;
				miner.charge(0);
				first_of([(miner.owed > 0, E::DebtUnpaid)])?;
				miner.start_unbonding(miner.free(), now);
				miner.leaving = Some(now + UnbondingDelay::get());
				if let Some((key, _)) = miner.next.take() {
					keys.remove(&key);
				}
				Ok(())
			}),
			Step::Pause { by } => self.with(by, |miner, _| {
				first_of([(miner.leaving.is_some(), E::Leaving), (miner.paused, E::Paused)])?;
				miner.paused = true;
				Ok(())
			}),
			Step::Resume { by } => self.with(by, |miner, _| {
				first_of([(miner.leaving.is_some(), E::Leaving), (!miner.paused, E::NotPaused)])?;
				miner.paused = false;
				Ok(())
			}),
			Step::Reserve { by, amount } => self.with(by, |miner, _| {
				miner.charge(0);
				miner.matched()?;
				first_of([
					(amount == 0, E::AmountZero),
					(amount > miner.free(), E::FreeBondTooSmall),
				])?;
				miner.locks.push(amount);
				Ok(())
			}),
			_ => unreachable!("no call that says whether it succeeded"),
		}
	}

	/// The lock that a miner opened last, closed.
	fn close(&mut self, by: usize) -> Option<u128> {
		let now = System::block_number();
		let miner = self.miners[by].as_mut()?;
		let lock = miner.locks.pop()?;
		if miner.leaving.is_some() {
			miner.start_unbonding(miner.free(), now);
		}
		Some(lock)
	}

	/// What the pool is to say to a heartbeat.
	fn expected_of_heartbeat(&mut self, by: usize, seed: u8) -> Result<(), InvalidTransaction> {
		let now = System::block_number();
		let miner = self.miners[by].as_mut().ok_or(InvalidTransaction::BadSigner)?;
		let rules = [
			(miner.leaving.is_some(), InvalidTransaction::BadSigner),
			(miner.bond < MinimumBond::get(), InvalidTransaction::Payment),
			(miner.heard == CurrentEpoch::get(), InvalidTransaction::Stale),
			(Paused::get(), InvalidTransaction::Call),
			(miner.key_at(now) != seed, InvalidTransaction::BadProof),
		];
		if let Some((_, refusal)) = rules.into_iter().find(|(broken, _)| *broken) {
			return Err(refusal);
		}
		(miner.heard, miner.missed) = (CurrentEpoch::get(), 0);
		Ok(())
	}

	fn next_epoch(&mut self, let_in: bool) {
		for miner in self.miners.iter_mut().flatten() {
			miner.missed += u64::from(self.called);
		}
		self.called = let_in;
		Paused::set(!let_in);
		pass_epochs(1);
	}

	/// Compares all that can be seen of the miners.
	fn check(&self) {
		let now = System::block_number();
		for (miner, model) in ACCOUNTS.iter().zip(&self.miners) {
			let Some(model) = model else {
				assert!(!Miners::<Test>::contains_key(miner));
				assert_eq!(held(miner), 0, "all was returned");
				continue;
			};
			let record = record_of(miner);
			assert_eq!(held(miner), model.held());
			assert_eq!((record.bond, record.owed), (model.bond, model.owed));
			assert_eq!(record.reserved, model.reserved());
			assert_eq!(record.locks as usize, model.locks.len());
			let parts = record.unbonding.iter().map(|part| (part.amount, part.until));
			assert_eq!(parts.collect::<Vec<_>>(), model.parts);
			assert_eq!(record.is_leaving(), model.leaving.is_some());
			// One key works for a miner, and for nobody else.
			let works: Vec<_> = (1u8..6)
				.filter(|seed| Registry::by_hot_key(&hot(*seed)).as_ref() == Some(miner))
				.collect();
			assert_eq!(works, [model.key_at(now)]);
		}
		let staying = self.miners.iter().flatten().filter(|model| model.leaving.is_none());
		let total: u128 = staying.map(|model| model.bond.saturating_sub(model.owed)).sum();
		assert_eq!(<Registry as Shares<AccountId>>::total(EpochIndex::MAX), total);
	}
}

fn done(step: &Step) -> DispatchResult {
	let who = |by: usize| signed(&ACCOUNTS[by]);
	match *step {
		Step::Register { by, seed, bond } => {
			let miner = &ACCOUNTS[by];
			Registration { bond, ..Registration::new(miner, seed) }.by(miner)
		},
		Step::Rotate { by, seed } => {
			Registry::rotate_hot_key(who(by), hot(seed), possession(&ACCOUNTS[by], seed))
		},
		Step::CancelRotation { by } => Registry::cancel_rotation(who(by)),
		Step::SetCapabilities { by, levels } => {
			let mut changed = capabilities();
			changed.levels.truncate(levels);
			Registry::set_capabilities(who(by), changed)
		},
		Step::SetEndpoint { by, length } => {
			let mut changed = endpoint();
			changed.truncate(length);
			Registry::set_endpoint(who(by), changed)
		},
		Step::BondMore { by, amount } => Registry::bond_more(who(by), amount),
		Step::Unbond { by, amount } => Registry::unbond(who(by), amount),
		Step::Withdraw { by } => Registry::withdraw_unbonded(who(by)),
		Step::Leave { by } => Registry::leave(who(by)),
		Step::Pause { by } => Registry::pause_matching(who(by)),
		Step::Resume { by } => Registry::resume_matching(who(by)),
		Step::Reserve { by, amount } => Registry::reserve(&ACCOUNTS[by], amount),
		_ => unreachable!("no call that says whether it succeeded"),
	}
}

/// The name of a step, and how it ended.
type Coverage = BTreeMap<(String, String), usize>;

fn play(steps: Vec<Step>, coverage: &RefCell<Coverage>) {
	run(|| {
		let issuance = Balances::total_issuance();
		let mut world = World { called: true, ..World::default() };
		for step in steps {
			System::reset_events();
			let name = format!("{step:?}").split(' ').next().unwrap_or_default().to_string();
			let ended = match step {
				Step::Heartbeat { by, other } => {
					let now = System::block_number();
					let own = world.miners[by].as_ref().map(|model| model.key_at(now));
					let seed = other.or(own).unwrap_or(1);
					let call = beat(&ACCOUNTS[by], seed, CurrentEpoch::get());
					let verdict = call.authorize(TransactionSource::InBlock).unwrap();
					let expected = world.expected_of_heartbeat(by, seed);
					assert_eq!(
						verdict.map(|_| ()),
						expected.map_err(TransactionValidityError::Invalid)
					);
					if expected.is_ok() {
						assert_ok!(call.dispatch(RuntimeOrigin::from(RawOrigin::Authorized)));
					}
					format!("{expected:?}")
				},
				Step::Release { by } => match world.close(by) {
					Some(lock) => {
						Registry::release(&ACCOUNTS[by], lock);
						"Ok".into()
					},
					None => "none".into(),
				},
				Step::Forfeit { by } => match world.close(by) {
					Some(lock) => {
						Registry::release(&ACCOUNTS[by], lock);
						assert_eq!(
							Registry::slash(&ACCOUNTS[by], lock),
							lock,
							"a lock's forfeit is there"
						);
						let model = world.miners[by].as_mut().expect("it had a lock");
						assert_eq!(model.charge(lock), lock);
						"Ok".into()
					},
					None => "none".into(),
				},
				Step::Slash { by, amount } => {
					let miner = world.miners[by].as_mut();
					let expected = miner.map_or(0, |miner| miner.charge(amount));
					assert_eq!(Registry::slash(&ACCOUNTS[by], amount), expected);
					let whole = if expected == amount { "whole" } else { "part" };
					whole.into()
				},
				Step::Outcome { by, outcome } => {
					let before = Registry::standing(ACCOUNTS[by].clone());
					Registry::record_outcome(&ACCOUNTS[by], outcome);
					let model = world.miners[by].as_mut();
					let known = model.map(|model| model.charge(0)).is_some();
					let after = Registry::standing(ACCOUNTS[by].clone());
					assert_eq!((after.is_some(), after != before), (known, known));
					if known { "Ok" } else { "none" }.into()
				},
				Step::Advance { blocks } => {
					advance(blocks);
					"Ok".into()
				},
				Step::NextEpoch { epochs, let_in } => {
					(0..epochs).for_each(|_| world.next_epoch(let_in));
					"Ok".into()
				},
				ref call => {
					let expected = world.expected(call);
					let result = done(call);
					let ended = match &expected {
						Ok(()) => "Ok".into(),
						Err(error) => format!("{error:?}"),
					};
					assert_eq!(result, expected.map_err(DispatchError::from), "{call:?}");
					ended
				},
			};
			*coverage.borrow_mut().entry((name, ended)).or_default() += 1;
			Registry::do_try_state().unwrap();
			assert_eq!(Balances::total_issuance(), issuance);
			world.check();
		}
	});
}

#[test]
fn every_interleaving_ends_as_the_rules_say() {
	let coverage = RefCell::new(Coverage::new());
	let mut runner = TestRunner::new(ProptestConfig::with_cases(48));
	runner
		.run(&prop::collection::vec(step(), 60..160), |steps| {
			play(steps, &coverage);
			Ok(())
		})
		.unwrap_or_else(|error| panic!("{error}"));
	let coverage = coverage.into_inner();
	let times = |name: &str, ended: &str| {
		coverage.get(&(name.to_string(), ended.to_string())).copied().unwrap_or(0)
	};
	// A rule that no step ever met would not have been tried.
	for (name, ended) in [
		("Register", "Ok"),
		("Register", "HotKeyTaken"),
		("Register", "MinerExists"),
		("Rotate", "Ok"),
		("Rotate", "HotKeyTaken"),
		("CancelRotation", "Ok"),
		("SetCapabilities", "Ok"),
		("SetEndpoint", "Ok"),
		("BondMore", "Ok"),
		("Unbond", "Ok"),
		("Unbond", "FreeBondTooSmall"),
		("Unbond", "BelowMinimumBond"),
		("Withdraw", "Ok"),
		("Withdraw", "NothingToWithdraw"),
		("Leave", "Ok"),
		("Pause", "Ok"),
		("Resume", "Ok"),
		("Heartbeat", "Ok(())"),
		("Heartbeat", "Err(Stale)"),
		("Heartbeat", "Err(Call)"),
		("Heartbeat", "Err(Payment)"),
		("Heartbeat", "Err(BadProof)"),
		("Reserve", "Ok"),
		("Reserve", "Paused"),
		("Reserve", "BelowMinimumBond"),
		("Reserve", "HeartbeatMissed"),
		("Reserve", "FreeBondTooSmall"),
		("Release", "Ok"),
		("Forfeit", "Ok"),
		("Slash", "whole"),
		("Slash", "part"),
		("Outcome", "Ok"),
	] {
		assert!(times(name, ended) > 0, "{name} never ended with {ended}: {coverage:#?}");
	}
	let owing = coverage.keys().filter(|(_, ended)| ended == "DebtUnpaid").count();
	assert!(owing > 0, "nobody owed anything: {coverage:#?}");
}
