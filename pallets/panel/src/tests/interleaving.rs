//! Random interleavings of all that members, miners, the marketplace and time can do: no reservation is lost
//! or released twice, each panel is decided once and within a bounded time, and nobody is slashed for having
//! revealed the verdict.

use super::*;
use crate::Agenda;
use proptest::{prelude::*, test_runner::TestRunner};
use std::{cell::RefCell, collections::BTreeMap};

/// Jobs and miners of the tests. Of the miners, 1 and 2 are parties of every question.
const JOBS: u64 = 5;
const MINERS: u8 = 30;

/// Number of findings of [`finding`].
const FINDINGS: usize = 5;

/// In a round the members do what each does, drawn before where they wait and that is asked.
#[derive(Clone, Debug)]
enum Step {
	Ask { job: JobId },
	Blocks { number: u64 },
	Epoch,
	PassEpoch,
	Commit { job: JobId, seat: usize, says: usize },
	Reveal { job: JobId, seat: usize, says: usize },
	Round { job: JobId, drawn: bool, members: [Behaviour; 7] },
	Close { job: JobId },
	Idle { steps: u64 },
	JobTime { blocks: u64 },
	Pause { paused: bool },
	BondMore { by: u8, amount: u128 },
	Unbond { by: u8, amount: u128 },
	Leave { by: u8 },
	Register { by: u8 },
	NewHotKey { by: u8 },
	Lock { by: u8, amount: u128 },
	SetStakes { bond: u128, absence: u128, dissent: u32 },
}

#[derive(Clone, Copy, Debug)]
enum Behaviour {
	/// Commits to and reveals a finding.
	Says(usize),
	/// Commits and does not reveal.
	Commits,
	Away,
}

/// Mostly honest.
fn behaviour() -> impl Strategy<Value = Behaviour> {
	prop_oneof![
		16 => Just(Behaviour::Says(0)),
		2 => (1..FINDINGS).prop_map(Behaviour::Says),
		1 => Just(Behaviour::Commits),
		1 => Just(Behaviour::Away),
	]
}

/// Of members whom the deliverer serves a little.
fn unserved() -> impl Strategy<Value = Behaviour> {
	prop_oneof![2 => Just(0), 2 => Just(2), 3 => Just(3)].prop_map(Behaviour::Says)
}

fn step() -> impl Strategy<Value = Step> {
	let job = 0..JOBS;
	let by = 1..=MINERS;
	let seat = 0usize..7;
	let says = 0..FINDINGS;
	prop_oneof![
		4 => job.clone().prop_map(|job| Step::Ask { job }),
		2 => (1u64..8).prop_map(|number| Step::Blocks { number }),
		2 => Just(Step::Epoch),
		6 => Just(Step::PassEpoch),
		4 => (job.clone(), seat.clone(), says.clone())
			.prop_map(|(job, seat, says)| Step::Commit { job, seat, says }),
		4 => (job.clone(), seat, says)
			.prop_map(|(job, seat, says)| Step::Reveal { job, seat, says }),
		12 => (job.clone(), any::<bool>(), prop::array::uniform7(behaviour()))
			.prop_map(|(job, drawn, members)| Step::Round { job, drawn, members }),
		1 => (job.clone(), prop::array::uniform7((0..FINDINGS).prop_map(Behaviour::Says)))
			.prop_map(|(job, members)| Step::Round { job, drawn: true, members }),
		8 => (job.clone(), prop::array::uniform7(unserved()))
			.prop_map(|(job, members)| Step::Round { job, drawn: true, members }),
		2 => job.prop_map(|job| Step::Close { job }),
		3 => (0u64..4).prop_map(|steps| Step::Idle { steps }),
		3 => (1u64..60).prop_map(|blocks| Step::JobTime { blocks }),
		1 => any::<bool>().prop_map(|paused| Step::Pause { paused }),
		1 => (by.clone(), 1u128..20_000).prop_map(|(by, amount)| Step::BondMore { by, amount }),
		1 => (by.clone(), 1u128..12_000).prop_map(|(by, amount)| Step::Unbond { by, amount }),
		1 => by.clone().prop_map(|by| Step::Leave { by }),
		1 => by.clone().prop_map(|by| Step::Register { by }),
		1 => by.clone().prop_map(|by| Step::NewHotKey { by }),
		1 => (by, 1u128..12_000).prop_map(|(by, amount)| Step::Lock { by, amount }),
		1 => (0u128..300, 0u128..300, 0u32..=100)
			.prop_map(|(bond, absence, dissent)| Step::SetStakes { bond, absence, dissent }),
	]
}

/// One of five findings, the first of which is the truth and the last of which has another amount.
fn finding(says: usize) -> MemberFinding {
	let other = MemberFinding::Right { candidate: 0, amount: 641 };
	[RIGHT, OTHER, MemberFinding::Wrong, UNFETCHED, other][says % FINDINGS]
}

/// The member with this seat, if any sits.
fn member(job: JobId, seat: usize) -> Option<AccountId> {
	let panel = Panels::<Test>::get(job)?;
	matches!(panel.phase, Phase::Sitting { .. })
		.then(|| panel.seats().nth(seat).map(|seat| seat.account.clone()))
		.flatten()
}

/// What is known of the panels from their events alone.
#[derive(Default)]
struct History {
	asked: BTreeMap<JobId, usize>,
	decided: BTreeMap<JobId, usize>,
	/// Since a panel was asked: what its members revealed, and in which round it was last.
	revealed: BTreeMap<(JobId, AccountId), MemberFinding>,
	/// The members of its draws.
	draws: BTreeMap<JobId, Vec<Vec<AccountId>>>,
	round: BTreeMap<JobId, Round>,
	/// Dissenters since, to be judged by the verdict that follows.
	dissented: Vec<AccountId>,
	/// The same of those who missed what others fetched.
	missed: Vec<AccountId>,
	slashed: u128,
	by_first: usize,
	by_second: usize,
	undecided: usize,
	unserved: usize,
	of_dissent: usize,
	of_missing: usize,
	of_absence: usize,
	failed: usize,
}

impl History {
	fn read(&mut self) {
		for event in events() {
			match event {
				Event::PanelOpened { job, .. } => {
					*self.asked.entry(job).or_default() += 1;
					self.revealed.retain(|(of, _), _| *of != job);
					self.round.remove(&job);
					self.draws.remove(&job);
				},
				Event::MembersDrawn { job, round, members, .. } => {
					self.round.insert(job, round);
					assert!(
						!members.contains(&miner(1)) && !members.contains(&miner(2)),
						"no party sits"
					);
					self.draws.entry(job).or_default().push(members.into_inner());
				},
				Event::FindingRevealed { job, member, finding } => {
					assert!(
						self.revealed.insert((job, member), finding).is_none(),
						"nobody speaks twice"
					);
				},
				Event::MemberAbsent { job, member, slashed } => {
					assert!(
						!self.revealed.contains_key(&(job, member)),
						"who revealed is not absent"
					);
					self.slashed += slashed;
					self.of_absence += 1;
				},
				Event::MemberDissented { member, slashed, .. } => {
					self.dissented.push(member);
					self.of_dissent += 1;
					self.slashed += slashed;
				},
				Event::FetchMissed { member, slashed, .. } => {
					self.missed.push(member);
					self.of_missing += 1;
					self.slashed += slashed;
				},
				Event::PanelDecided { job, verdict, members } => {
					*self.decided.entry(job).or_default() += 1;
					self.judge(job, verdict, &members);
					match (verdict, self.round.get(&job)) {
						(Verdict::Undecided, _) => self.undecided += 1,
						(_, Some(Round::Second)) => self.by_second += 1,
						_ => self.by_first += 1,
					}
				},
				Event::DrawFailed { .. } => self.failed += 1,
				_ => (),
			}
		}
	}

	/// Number of the members of a draw who said one of these.
	fn count(
		&self,
		job: JobId,
		draw: &[AccountId],
		is_one: impl Fn(&MemberFinding) -> bool,
	) -> usize {
		let said = draw.iter().filter_map(|member| self.revealed.get(&(job, member.clone())));
		said.filter(|finding| is_one(finding)).count()
	}

	/// Who is slashed and who is paid follows from the verdict and from what each revealed.
	fn judge(&mut self, job: JobId, verdict: Verdict, members: &[AccountId]) {
		let dissented = std::mem::take(&mut self.dissented);
		let missed = std::mem::take(&mut self.missed);
		let draws = self.draws.get(&job).cloned().unwrap_or_default();
		let last = draws.last().cloned().unwrap_or_default();
		let seen_wrong = self.count(job, &last, |finding| *finding == MemberFinding::Wrong) * 2;
		let unserved = verdict == found(UNFETCHED)
			&& self.round.get(&job) == Some(&Round::Second)
			&& seen_wrong <= last.len();
		self.unserved += usize::from(unserved);
		let mut amounts = Vec::new();
		for ((_, member), finding) in self.revealed.iter().filter(|((of, _), _)| *of == job) {
			let draw = draws.iter().find(|draw| draw.contains(member)).expect("it was drawn");
			let fetched = self.count(job, draw, |finding| *finding != UNFETCHED) * 2 > draw.len();
			let (paid, dissents, misses) = match (verdict, finding) {
				(Verdict::Undecided, _) => (*finding != UNFETCHED, false, false),
				(Verdict::Found(Finding::Right { .. }), MemberFinding::Unfetched) => {
					(false, false, fetched)
				},
				(
					Verdict::Found(Finding::Right { candidate, .. }),
					MemberFinding::Right { candidate: other, amount },
				) if candidate == *other => {
					amounts.push(*amount);
					(true, false, false)
				},
				(Verdict::Found(Finding::Right { .. }), _) => (false, true, false),
				(Verdict::Found(Finding::Wrong), MemberFinding::Wrong) => (true, false, false),
				(Verdict::Found(Finding::Wrong), MemberFinding::Unfetched) => {
					(unserved, false, false)
				},
				(Verdict::Found(Finding::Wrong), _) => (false, !unserved, false),
			};
			assert_eq!(members.contains(member), paid, "the verdict pays who found it");
			assert_eq!(dissented.contains(member), dissents, "and slashes who saw something else");
			assert_eq!(missed.contains(member), misses, "or did not look where others did");
		}
		if let Verdict::Found(Finding::Right { amount, .. }) = verdict {
			amounts.sort();
			assert_eq!(amount, amounts[(amounts.len() - 1) / 2], "worth what the middle one says");
		}
		assert!(
			dissented.is_empty() && missed.is_empty()
				|| self.round.get(&job) == Some(&Round::Second),
			"only a second round slashes for what was said"
		);
		let told = [members, &dissented[..], &missed[..]].concat();
		assert!(
			told.iter().all(|member| self.revealed.contains_key(&(job, member.clone()))),
			"nobody is told of who has not spoken"
		);
		for (place, member) in told.iter().enumerate() {
			assert!(!told[..place].contains(member), "nobody is told of twice");
		}
	}

	fn check(&self) {
		ensure_sound();
		assert_eq!(treasury(), self.slashed, "what was slashed was told");
		for job in 0..JOBS {
			let asked = self.asked.get(&job).copied().unwrap_or(0);
			let decided = self.decided.get(&job).copied().unwrap_or(0);
			let sits = usize::from(Panels::<Test>::contains_key(job));
			assert_eq!(asked, decided + sits, "a panel sits or was decided, once");
			assert_eq!(verdicts(job).len(), decided, "the marketplace heard of it, once");
		}
	}
}

fn take(step: Step) {
	match step {
		Step::Ask { job } => {
			let sits = Panels::<Test>::contains_key(job);
			assert_eq!(ask(question(job)).is_ok(), !sits);
		},
		Step::Blocks { number } => blocks(number),
		Step::Epoch => drop(begin_epoch()),
		Step::PassEpoch => pass_epoch(),
		Step::Commit { job, seat, says } => {
			if let Some(member) = member(job, seat) {
				let _ = commit(job, &member, finding(says));
			}
		},
		Step::Reveal { job, seat, says } => {
			if let Some(member) = member(job, seat) {
				let _ = reveal(job, &member, finding(says));
			}
		},
		Step::Round { job, drawn, members } => {
			let waits = |job| Panels::<Test>::contains_key(job) && member(job, 0).is_none();
			if drawn && waits(job) {
				pass_epoch();
			}
			let sitting: Vec<_> = (0..7).filter_map(|seat| member(job, seat)).collect();
			let says = |behaviour| match behaviour {
				Behaviour::Says(says) => Some(finding(says)),
				Behaviour::Commits => Some(RIGHT),
				Behaviour::Away => None,
			};
			for (member, behaviour) in sitting.iter().zip(members) {
				if let Some(finding) = says(behaviour) {
					let _ = commit(job, member, finding);
				}
			}
			if !Paused::get() && !sitting.is_empty() {
				to_reveals(job);
			}
			for (member, behaviour) in sitting.iter().zip(members) {
				if matches!(behaviour, Behaviour::Says(_)) {
					let _ = reveal(job, member, says(behaviour).unwrap());
				}
			}
		},
		Step::Close { job } => drop(Jury::close_round(signed(&REQUESTER), job)),
		Step::Idle { steps } => {
			use crate::WeightInfo;
			type Weights = <Test as crate::Config>::WeightInfo;
			idle(Weights::look_for_due() + Weights::close_round() * steps);
		},
		Step::JobTime { blocks } => {
			if !Paused::get() {
				JobNow::set(JobNow::get() + blocks);
			}
		},
		Step::Pause { paused } => Paused::set(paused),
		Step::BondMore { by, amount } => drop(Registry::bond_more(&miner(by), amount)),
		Step::Unbond { by, amount } => drop(Registry::unbond(&miner(by), amount)),
		Step::Leave { by } => drop(Registry::leave(&miner(by))),
		Step::Register { by } => drop(Registry::change(&miner(by), |entry| {
			if entry.leaving {
				entry.leaving = false;
				entry.registered_in = CurrentEpoch::get();
				entry.set_bond(CurrentEpoch::get(), BOND);
			}
			Ok(())
		})),
		Step::NewHotKey { by } => drop(Registry::change(&miner(by), |entry| {
			entry.hot_key = if entry.hot_key == hot(by) { hot(by + 100) } else { hot(by) };
			Ok(())
		})),
		Step::Lock { by, amount } => drop(Registry::lock(&miner(by), amount)),
		Step::SetStakes { bond, absence, dissent } => {
			SeatBond::set(bond);
			AbsenceSlash::set(absence);
			DissentSlash::set(Perbill::from_percent(dissent));
		},
	}
}

/// Lets time pass until nothing is left, and says how many epochs that took: every block is idle, and every
/// epoch as long as a round.
fn run_out(history: &mut History) -> u64 {
	Paused::set(false);
	let begun = CurrentEpoch::get();
	// Four draws are the most, each of which waits for a whole epoch after the one in which it was asked
	// for, and for those before it in the queue, and then sits for an epoch of the length that is made here.
	let queue = JOBS.div_ceil(u64::from(DrawsPerEpoch::get()));
	let most = 4 * (2 + queue);
	while Panels::<Test>::count() > 0 {
		assert!(CurrentEpoch::get() - begun <= most, "every panel ends in a bounded time");
		begin_epoch();
		for _ in 0..3 {
			begin_block();
			// Of half of the jobs all members are honest, of the others all are away.
			for job in (0..JOBS).step_by(2) {
				take(Step::Round { job, drawn: false, members: [Behaviour::Says(0); 7] });
			}
			let last = Agenda::<Test>::get().last().map_or(0, |due| due.at);
			JobNow::set(JobNow::get().max(last));
			idle(Weight::MAX);
			history.read();
			history.check();
		}
	}
	CurrentEpoch::get() - begun
}

/// What all runs together have seen, so that a change of the steps does not leave a path untrodden.
#[derive(Default)]
struct Seen {
	by_first: usize,
	by_second: usize,
	undecided: usize,
	unserved: usize,
	dissented: usize,
	missed: usize,
	absent: usize,
	failed: usize,
	most_epochs: u64,
}

impl Seen {
	fn add(&mut self, history: &History) {
		self.by_first += history.by_first;
		self.by_second += history.by_second;
		self.undecided += history.undecided;
		self.unserved += history.unserved;
		self.dissented += history.of_dissent;
		self.missed += history.of_missing;
		self.absent += history.of_absence;
		self.failed += history.failed;
	}
}

#[test]
fn every_interleaving_decides_each_panel_once() {
	let seen = RefCell::new(Seen::default());
	let mut runner = TestRunner::new(ProptestConfig {
		failure_persistence: None,
		..ProptestConfig::with_cases(2_000)
	});
	let all = runner.run(&prop::collection::vec(step(), 1..60), |steps| {
		run(|| {
			register(1..=MINERS);
			CurrentEpoch::set(EPOCH + 5);
			let mut history = History::default();
			for step in steps {
				take(step);
				history.read();
				history.check();
			}
			let epochs = run_out(&mut history);
			history.check();
			for (miner, entry) in registry::Ledger::<Test>::get() {
				assert_eq!(
					entry.reserved, entry.by_jobs,
					"{miner} has all of its seats' bonds back"
				);
			}
			let mut seen = seen.borrow_mut();
			seen.add(&history);
			seen.most_epochs = seen.most_epochs.max(epochs);
		});
		Ok(())
	});
	all.unwrap();
	let seen = seen.into_inner();
	let counts = [
		seen.by_first,
		seen.by_second,
		seen.undecided,
		seen.unserved,
		seen.dissented,
		seen.missed,
		seen.absent,
		seen.failed,
	];
	println!("{counts:?}, and {} epochs at most to the end", seen.most_epochs);
	assert!(counts.iter().all(|count| *count > 100), "{counts:?}");
}
