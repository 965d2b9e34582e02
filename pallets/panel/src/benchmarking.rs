//! What the calls and the hooks cost at their worst.
//!
//! Panels have as many members as they can have, all of whom lose something, and cases are full.

#![cfg(feature = "runtime-benchmarks")]

use super::*;
use crate::impls::{Draw, Hit};
use alloc::vec::Vec;
use frame_support::{traits::Get, BoundedVec};
use frame_system::RawOrigin;
use polkadot_sdk::{frame_benchmarking::v2::*, sp_runtime::traits::One};
use quittance_types::{
	finding_commitment, Blob, Candidate, EpochIndex, JobId, JobNeeds, JobTime, MemberFinding,
	Miners as _, Question, Shares as _, MAX_BARRED, MAX_CANDIDATES, MAX_PANEL_MEMBERS,
};

/// What the benchmarks need of the rest of the runtime.
pub trait BenchmarkHelper<AccountId> {
	/// Registers a miner, another for each number below 100, that can take jobs with
	/// [`BenchmarkHelper::needs`] and has bond to spare for a seat; and returns its account and its hot
	/// key, which has money for a call. Each with the most that its record can have.
	fn miner(number: u32) -> (AccountId, AccountId);

	/// The needs that take longest to check.
	fn needs() -> JobNeeds;

	/// A job that waits for a verdict, which names the most members that it can.
	fn disputed_job(members: &[AccountId]) -> JobId;

	/// Sets the job clock.
	fn set_time(now: JobTime);

	/// Sets the number of the epoch.
	fn set_epoch(epoch: EpochIndex);

	/// Sets what the author of the last block contributed.
	fn contribute(output: [u8; 32]);
}

/// A time and an epoch before which things could have happened.
const NOW: JobTime = 1_000;
const EPOCH: EpochIndex = 10;

const SALT: [u8; 32] = [7; 32];
const RIGHT: MemberFinding = MemberFinding::Right { candidate: 7, amount: 9 };
const OTHER: MemberFinding = MemberFinding::Right { candidate: 6, amount: 9 };

/// The longest question.
fn question<T: Config>(job: JobId) -> Question<T::AccountId> {
	// Alike but for the last part that is compared.
	let output = |size| Blob { digest: [1; 32], size };
	Question {
		job,
		candidates: (0..MAX_CANDIDATES)
			.map(|number| Candidate {
				miner: account("candidate", number, 0),
				output: output(number),
			})
			.collect(),
		needs: T::BenchmarkHelper::needs(),
		barred: (0..MAX_BARRED).map(|number| account("barred", number, 0)).collect(),
		max_amount: 9,
	}
}

/// As many miners as a panel can have members, with their hot keys, registered an epoch ago.
fn miners<T: Config>(number: u32) -> Vec<(T::AccountId, T::AccountId)> {
	T::BenchmarkHelper::set_time(NOW);
	T::BenchmarkHelper::set_epoch(EPOCH);
	let miners = (0..number).map(T::BenchmarkHelper::miner).collect();
	T::BenchmarkHelper::set_epoch(EPOCH.saturating_add(1));
	miners
}

/// Asks a panel and takes it out of the queue again.
fn asked<T: Config>(job: JobId) -> Result<PanelOf<T>, BenchmarkError> {
	Pallet::<T>::do_open(question::<T>(job)).map_err(|_| "the panel is not asked")?;
	Queue::<T>::kill();
	Forming::<T>::kill();
	Ok(Panels::<T>::get(job).ok_or("the panel is not there")?)
}

/// Fills the agenda with other panels but for one place: theirs come before and after.
fn fill_agenda<T: Config>() {
	let others = (1..T::MaxPanels::get())
		.map(|number| Due { at: u64::from(number), job: u64::MAX.saturating_sub(number.into()) });
	Agenda::<T>::put(BoundedVec::truncate_from(others.collect()));
}

/// A panel in the last draw there can be, with all the members there can be: those of the first round have
/// said something else than those who sit say.
fn sitting<T: Config>(job: JobId, members: &[T::AccountId]) -> Result<(), BenchmarkError> {
	let mut panel = asked::<T>(job)?;
	panel.round = Round::Second;
	panel.draws = 4;
	panel.failed = 2;
	for (place, account) in members.iter().enumerate() {
		T::Miners::reserve(account, panel.stakes.bond)
			.map_err(|_| "the miner has no bond to spare")?;
		let draw = match place {
			0..=2 => 0,
			3..=9 => 1,
			10..=16 => 2,
			_ => 3,
		};
		let progress = if draw < 3 { Progress::Revealed(OTHER) } else { Progress::Seated };
		let member = Member { account: account.clone(), draw, progress };
		panel.members.try_push(member).map_err(|_| "there are too many members")?;
	}
	fill_agenda::<T>();
	let until = NOW.saturating_add(100);
	panel.phase = Phase::Sitting { commits_until: until, reveals_until: until.saturating_mul(2) };
	Panels::<T>::insert(job, panel);
	Pallet::<T>::enter_agenda(Due { at: until.saturating_mul(2), job });
	Ok(())
}

fn commitment<T: Config>(job: JobId, member: &T::AccountId) -> [u8; 32] {
	let genesis = Pallet::<T>::genesis_hash();
	finding_commitment(&genesis, job, 3, &member.clone().into(), &RIGHT, &SALT)
}

/// Has those who sit commit, all but the last.
fn commit_but_last<T: Config>(
	job: JobId,
	miners: &[(T::AccountId, T::AccountId)],
) -> Result<(T::AccountId, T::AccountId), BenchmarkError> {
	let (last, others) = miners.split_last().ok_or("there are members")?;
	for (member, hot_key) in others.iter().skip(17) {
		let commitment = commitment::<T>(job, member);
		Pallet::<T>::do_commit(hot_key.clone(), job, commitment)?;
	}
	Ok(last.clone())
}

fn accounts<T: Config>(miners: &[(T::AccountId, T::AccountId)]) -> Vec<T::AccountId> {
	miners.iter().map(|(member, _)| member.clone()).collect()
}

#[benchmarks]
mod benchmarks {
	use super::*;

	/// A block's beginning while nobody waits.
	#[benchmark]
	fn look_for_seed() {
		Forming::<T>::kill();

		#[block]
		{
			Pallet::<T>::begin_block(One::one());
		}
	}

	/// A block's beginning while a panel waits.
	#[benchmark]
	fn contribute() -> Result<(), BenchmarkError> {
		T::BenchmarkHelper::set_epoch(EPOCH);
		T::BenchmarkHelper::contribute([3; 32]);
		Forming::<T>::put(FormingSeed::new(EPOCH, Default::default()));
		// The epoch changes: the queue is looked at, too.
		T::BenchmarkHelper::set_epoch(EPOCH.saturating_add(1));
		let waiting =
			(0..T::MaxPanels::get()).map(|number| Waiting { job: number.into(), since: EPOCH });
		Queue::<T>::put(BoundedVec::truncate_from(waiting.collect()));

		#[block]
		{
			Pallet::<T>::begin_block(One::one());
		}

		let forming = Forming::<T>::get().ok_or("a seed forms")?;
		assert_eq!(forming.epoch, EPOCH.saturating_add(1));
		Ok(())
	}

	/// A draw without its tries, of a panel that is put at the end of a full queue again. There are no
	/// miners.
	#[benchmark]
	fn draw() -> Result<(), BenchmarkError> {
		T::BenchmarkHelper::set_epoch(EPOCH);
		let job = 0;
		let mut panel = asked::<T>(job)?;
		for number in 0..MAX_PANEL_MEMBERS {
			// None of those that the helper makes.
			let account = account("member before", number, 0);
			let member = Member { account, draw: 0, progress: Progress::Absent };
			panel.members.try_push(member).map_err(|_| "there are too many members")?;
		}
		Panels::<T>::insert(job, panel);
		// The others have not waited long enough.
		let waiting = (0..T::MaxPanels::get()).map(|number| Waiting {
			job: number.into(),
			since: EPOCH.saturating_add(number.min(1).into()),
		});
		Queue::<T>::put(BoundedVec::truncate_from(waiting.collect()));
		let seed = FormingSeed {
			epoch: EPOCH.saturating_add(1),
			from: One::one(),
			contributions: u32::MAX,
			seed: [5; 32],
		};
		T::BenchmarkHelper::set_epoch(EPOCH.saturating_add(2));

		#[block]
		{
			Pallet::<T>::draw_waiting(&seed);
		}

		assert!(Panels::<T>::get(job).is_some_and(|panel| panel.failed == 1));
		Ok(())
	}

	/// A try that seats a miner, whose bond is then released after all, with a full case and all the
	/// members there can have been. Points that are looked at when the seats are full cost less.
	#[benchmark]
	fn try_seat() -> Result<(), BenchmarkError> {
		let miners = miners::<T>(1);
		let mut panel = asked::<T>(0)?;
		for number in 0..MAX_PANEL_MEMBERS {
			// None of those that the helper makes.
			let account = account("member before", number, 0);
			let member = Member { account, draw: 0, progress: Progress::Absent };
			panel.members.try_push(member).map_err(|_| "there are too many members")?;
		}
		let case = Cases::<T>::get(0).ok_or("the case is not there")?;
		let epoch = EPOCH.saturating_add(1);
		let this_draw = Draw::<T> {
			genesis: Pallet::<T>::genesis_hash(),
			seed: [5; 32],
			epoch,
			job: 0,
			number: 3,
			total: T::Miners::total(epoch),
			case: &case,
			panel: &panel,
		};

		let seated;
		#[block]
		{
			seated = this_draw.try_seat(55, &[], true);
			if let Hit::Seated(member) = &seated {
				T::Miners::release(member, panel.stakes.bond);
			}
		}

		let (member, _) = miners.first().ok_or("there is a miner")?;
		assert_eq!(seated, Hit::Seated(member.clone()));
		Ok(())
	}

	/// The last member's.
	#[benchmark]
	fn commit() -> Result<(), BenchmarkError> {
		let miners = miners::<T>(MAX_PANEL_MEMBERS);
		let job = T::BenchmarkHelper::disputed_job(&accounts::<T>(&miners));
		sitting::<T>(job, &accounts::<T>(&miners))?;
		let (member, hot_key) = commit_but_last::<T>(job, &miners)?;
		let commitment = commitment::<T>(job, &member);

		#[extrinsic_call]
		_(RawOrigin::Signed(hot_key), job, commitment);

		let panel = Panels::<T>::get(job).ok_or("the panel is not there")?;
		assert!(matches!(panel.phase, Phase::Sitting { commits_until: NOW, .. }));
		Ok(())
	}

	/// The last member's.
	#[benchmark]
	fn reveal() -> Result<(), BenchmarkError> {
		let miners = miners::<T>(MAX_PANEL_MEMBERS);
		let job = T::BenchmarkHelper::disputed_job(&accounts::<T>(&miners));
		sitting::<T>(job, &accounts::<T>(&miners))?;
		let (member, hot_key) = commit_but_last::<T>(job, &miners)?;
		Pallet::<T>::do_commit(hot_key.clone(), job, commitment::<T>(job, &member))?;
		for (_, hot_key) in miners.iter().skip(17).take(6) {
			Pallet::<T>::do_reveal(hot_key.clone(), job, RIGHT, SALT)?;
		}

		#[extrinsic_call]
		_(RawOrigin::Signed(hot_key), job, RIGHT, SALT);

		let panel = Panels::<T>::get(job).ok_or("the panel is not there")?;
		assert!(matches!(panel.phase, Phase::Sitting { reveals_until: NOW, .. }));
		Ok(())
	}

	/// The end of a panel with all the members there can be: 17 found something else than the verdict, two
	/// of the others were absent.
	#[benchmark]
	fn close_round() -> Result<(), BenchmarkError> {
		let miners = miners::<T>(MAX_PANEL_MEMBERS);
		let job = T::BenchmarkHelper::disputed_job(&accounts::<T>(&miners));
		sitting::<T>(job, &accounts::<T>(&miners))?;
		let says: Vec<_> = miners.iter().skip(17).take(5).cloned().collect();
		for (member, hot_key) in &says {
			let commitment = commitment::<T>(job, member);
			Pallet::<T>::do_commit(hot_key.clone(), job, commitment)?;
		}
		let until = NOW.saturating_add(100);
		T::BenchmarkHelper::set_time(until);
		for (_, hot_key) in &says {
			Pallet::<T>::do_reveal(hot_key.clone(), job, RIGHT, SALT)?;
		}
		T::BenchmarkHelper::set_time(until.saturating_mul(2));
		let caller: T::AccountId = whitelisted_caller();

		#[extrinsic_call]
		_(RawOrigin::Signed(caller), job);

		assert!(!Panels::<T>::contains_key(job));
		Ok(())
	}

	/// A look at a full agenda of which nothing is due.
	#[benchmark]
	fn look_for_due() {
		T::BenchmarkHelper::set_time(NOW);
		fill_agenda::<T>();
		Agenda::<T>::mutate(|agenda| {
			for due in agenda.iter_mut() {
				due.at = due.at.saturating_add(NOW);
			}
		});

		#[block]
		{
			Pallet::<T>::close_due_rounds(frame_support::weights::Weight::MAX);
		}

		assert_eq!(Agenda::<T>::get().len() as u32, T::MaxPanels::get().saturating_sub(1));
	}

	impl_benchmark_test_suite!(Pallet, crate::mock::for_benchmarks(), crate::mock::Test);
}
