//! Random interleavings of all calls, of what the market does and of blocks that are taken back, with a wallet
//! beside them that knows every note: each step ends as the rules say, the pool's account has what all unspent
//! notes and escrows are worth, and the invariants hold after every step. In the end every escrow that is left is
//! given back and every note that is left is spent, whoever has reused whichever rho.

use super::{
	private_jobs::{request, Escrowed, Post, HOLDS, PAID_IN, REQUESTER},
	settlements::{SettlementCall, Taken},
	*,
};
use crate::mock::{
	self,
	market::{self, NextJob, OpenJobs, ISSUERS, ISSUER_FEE, VAULT},
};
use proptest::{prelude::*, test_runner::TestRunner};
use quittance_types::JobId;
use std::collections::BTreeSet;

/// How many interleavings.
const CASES: u32 = 2_000;

#[derive(Clone, Debug)]
enum Step {
	/// Like the note that was made last, rho and owner included, or another.
	Deposit {
		value: u64,
		again: bool,
	},
	/// Of one note or two, into two of these parts, with so much beyond the least fee.
	Transfer {
		notes: (usize, Option<usize>),
		parts: u64,
		beyond: u64,
		relayed: bool,
		old: usize,
	},
	/// Of one note or two; an amount in parts of what they are worth.
	Withdraw {
		notes: (usize, Option<usize>),
		parts: u64,
		beyond: u64,
		relayed: bool,
		old: usize,
	},
	/// As a withdrawal, of a job with so many units and an escrow in parts of what the notes are worth; or with an
	/// escrow that is alike an unspent note or another job's escrow, whose random number it has.
	Post {
		notes: (usize, Option<usize>),
		parts: u64,
		units: u64,
		alike: Option<usize>,
		beyond: u64,
		relayed: bool,
		old: usize,
	},
	/// A miner takes a job, or another takes it over.
	Lock {
		job: usize,
	},
	/// A panel finds so many of a job's units.
	Judge {
		job: usize,
		units: u64,
		borne: u64,
	},
	/// By a receipt or by the verdict, whichever the job takes.
	Settle {
		job: usize,
		units: u64,
		beyond: u64,
		relayed: bool,
	},
	/// The market ends a job that is not settled.
	GiveUp {
		job: usize,
	},
	/// A call that was in a block before.
	Again {
		call: usize,
	},
	Pause,
	Resume,
	Block,
	/// All of it is taken back.
	Fork(Vec<Step>),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
	let fork = proptest::collection::vec(step(), 1..6).prop_map(Step::Fork);
	proptest::collection::vec(prop_oneof![20 => step(), 1 => fork], 1..24)
}

fn step() -> impl Strategy<Value = Step> {
	let notes = || (any::<usize>(), proptest::option::of(any::<usize>()));
	let value = prop_oneof![Just(1u64), 1..100_000u64, 100_000..10_000_000u64];
	let beyond = || prop_oneof![Just(0u64), 1..2_000u64];
	let spending = || (notes(), 0..=4u64, beyond(), any::<bool>(), 0..3usize);
	let posting = (spending(), 1..40u64, proptest::option::weighted(0.3, any::<usize>()));
	let job = any::<usize>;
	prop_oneof![
		4 => (value, any::<bool>()).prop_map(|(value, again)| Step::Deposit { value, again }),
		4 => spending().prop_map(|(notes, parts, beyond, relayed, old)| {
			Step::Transfer { notes, parts, beyond, relayed, old }
		}),
		3 => spending().prop_map(|(notes, parts, beyond, relayed, old)| {
			Step::Withdraw { notes, parts, beyond, relayed, old }
		}),
		4 => posting.prop_map(|((notes, parts, beyond, relayed, old), units, alike)| {
			Step::Post { notes, parts, units, alike, beyond, relayed, old }
		}),
		3 => job().prop_map(|job| Step::Lock { job }),
		2 => (job(), any::<u64>(), beyond()).prop_map(|(job, units, borne)| {
			Step::Judge { job, units, borne }
		}),
		4 => (job(), any::<u64>(), beyond(), any::<bool>()).prop_map(|(job, units, beyond, relayed)| {
			Step::Settle { job, units, beyond, relayed }
		}),
		1 => job().prop_map(|job| Step::GiveUp { job }),
		1 => any::<usize>().prop_map(|call| Step::Again { call }),
		1 => Just(Step::Pause),
		1 => Just(Step::Resume),
		5 => Just(Step::Block),
	]
}

/// A job that has not ended.
#[derive(Clone, Copy)]
struct Job {
	number: JobId,
	escrow: Escrowed,
	/// As the miner knows it that has it.
	taken: Option<Taken>,
	/// What a panel has found, and what the miner bears.
	judged: Option<(u64, u64)>,
}

/// What all wallets know together.
#[derive(Clone, Default)]
struct Wallets {
	ledger: Ledger,
	unspent: Vec<Owned>,
	jobs: Vec<Job>,
	/// Every nullifier shown, dummies' included.
	shown: BTreeSet<FieldBytes>,
	included: Vec<RuntimeCall>,
	paused: bool,
	/// What the payee got.
	paid: u128,
	relayed: u128,
	/// What the requester of all jobs has.
	requester: u128,
	/// What was settled by receipts.
	receipts: u128,
}

impl Wallets {
	/// Hears what happened since the last time.
	fn hear(&mut self) {
		for record in System::read_events_no_consensus() {
			if let RuntimeEvent::Pool(event) = record.event {
				self.ledger.hear(event);
			}
		}
		System::reset_events();
	}

	/// Notes that a call has made, in order: they are the last leaves.
	fn made(&mut self, notes: &[Owned]) {
		self.hear();
		let first = self.ledger.leaves.len() - notes.len();
		for (place, note) in notes.iter().enumerate() {
			let note = Owned { index: (first + place) as u64, ..*note };
			let leaf: FieldBytes = self.ledger.leaves[first + place].into();
			assert_eq!(leaf, note.commitment());
			self.unspent.push(note);
		}
	}

	fn worth(&self) -> u128 {
		let escrows = self.jobs.iter().map(|job| &job.escrow.note);
		self.unspent.iter().chain(escrows).map(|note| u128::from(note.value())).sum()
	}

	/// The notes under a root that some are chosen from; at least one, or a dummy.
	fn choose(
		&self,
		notes: (usize, Option<usize>),
		old: usize,
	) -> Option<(FieldBytes, Vec<Owned>)> {
		let roots = &self.ledger.roots;
		let (root, under) = *roots.get(roots.len().checked_sub(old + 1)?)?;
		let there: Vec<_> = self.unspent.iter().filter(|note| note.index < under).collect();
		let first = **there.get(notes.0.checked_rem(there.len())?)?;
		let second = notes.1.and_then(|second| there.get(second % there.len()));
		let second = second.filter(|second| second.index != first.index);
		Some((root, [Some(first), second.map(|note| **note)].into_iter().flatten().collect()))
	}

	fn spent(&mut self, spent: &[Owned; 2], call: RuntimeCall) {
		for note in spent {
			assert!(self.shown.insert(note.nullifier()), "no nullifier is shown twice");
		}
		// A dummy has a key of its own, and any place.
		let is = |note: &Owned, other: &Owned| (note.index, note.key) == (other.index, other.key);
		self.unspent.retain(|note| !spent.iter().any(|spent| is(spent, note)));
		self.included.push(call);
	}

	fn deposit(&mut self, value: u64, again: bool) {
		let mut note = Owned::of(5, value);
		if let Some(last) = self.unspent.last().filter(|note| again && note.value() > 0) {
			note = *last;
		}
		if self.paused {
			assert_noop!(super::deposit(&note), E::Paused);
			return;
		}
		assert_ok!(super::deposit(&note));
		self.made(&[note]);
	}

	fn spend(&mut self, step: &Step) {
		let (Step::Transfer { notes, parts, beyond, relayed, old }
		| Step::Withdraw { notes, parts, beyond, relayed, old }) = step
		else {
			unreachable!("the others spend nothing")
		};
		let Some((root, chosen)) = self.choose(*notes, *old) else { return };
		let spent = match chosen[..] {
			[first, second] => [first, second],
			_ => [chosen[0], Owned::dummy()],
		};
		let worth: u64 = spent.iter().map(Owned::value).sum();
		let is_transfer = matches!(step, Step::Transfer { .. });
		let of = if is_transfer { PoolCircuit::Transfer } else { PoolCircuit::Withdraw };
		let least = Pool::minimum_fee(of, *relayed);
		let fee = least + u128::from(*beyond);
		// What is left may not pay the fee: no such call can be true.
		let Some(left) = worth.checked_sub(fee as u64) else { return };
		let part = left / 4 * parts;
		let relayer =
			|header: &mut Header<AccountId>| header.submitter = relayed.then_some(RELAYER);
		let before = PoolTotals::<Test>::get();
		if is_transfer {
			let made = [Owned::of(6, part), Owned::of(7, left - part)];
			let transfer = Transfer::under(&self.ledger, root, spent, made, fee).with(relayer);
			let call = transfer.call();
			if self.paused {
				assert_refused(call, PoolRefusal::Paused);
				return;
			}
			assert_included(call.clone());
			self.spent(&spent, call);
			self.made(&made);
		} else {
			let amount = part.max(EXISTENTIAL_DEPOSIT as u64);
			let Some(rest) = left.checked_sub(amount) else { return };
			let change = Owned::of(6, rest);
			let amount = u128::from(amount);
			let withdrawal =
				Withdrawal::under(&self.ledger, root, spent, change, amount, fee).with(relayer);
			assert_included(withdrawal.call());
			self.spent(&spent, withdrawal.call());
			self.made(&[change]);
			self.paid += amount;
		}
		self.relayed += if *relayed { u128::from(*beyond) } else { 0 };
		assert_eq!(PoolTotals::<Test>::get().fees, before.fees + fee);
	}

	/// The escrow of a job: alike a note or an escrow that there is, or one that leaves something.
	fn escrow(&self, left: u64, parts: u64, units: u64, alike: Option<usize>) -> Escrowed {
		let notes: Vec<_> = self
			.unspent
			.iter()
			.copied()
			.chain(self.jobs.iter().map(|job| job.escrow.note))
			.collect();
		let place = alike.and_then(|alike| alike.checked_rem(notes.len()));
		match place.map(|place| notes[place]).filter(|note| note.value() <= left) {
			Some(note) => Escrowed::behind(Owned { index: u64::MAX, ..note }, note.value(), 1),
			None => Escrowed::of(8, left / 4 * parts / units, units),
		}
	}

	fn post(&mut self, step: &Step) {
		let Step::Post { notes, parts, units, alike, beyond, relayed, old } = step else {
			unreachable!("the others post nothing")
		};
		let Some((root, chosen)) = self.choose(*notes, *old) else { return };
		let spent = match chosen[..] {
			[first, second] => [first, second],
			_ => [chosen[0], Owned::dummy()],
		};
		let worth: u64 = spent.iter().map(Owned::value).sum();
		let fee = Pool::minimum_post_fee(request(), *relayed) + u128::from(*beyond);
		let Some(left) = worth.checked_sub((fee + PAID_IN) as u64) else { return };
		let escrow = self.escrow(left, *parts, *units, *alike);
		let change = Owned::of(6, left - escrow.note.value());
		let post = Post::under(&self.ledger, root, spent, change, &escrow, (PAID_IN, fee));
		let call = post.with(|header| header.submitter = relayed.then_some(RELAYER)).call();
		if self.paused {
			assert_refused(call, PoolRefusal::Paused);
			return;
		}
		let number = NextJob::get().unwrap_or_default();
		assert_included(call.clone());
		self.spent(&spent, call);
		self.made(&[change]);
		self.jobs.push(Job { number, escrow, taken: None, judged: None });
		self.requester += PAID_IN - HOLDS;
		self.relayed += if *relayed { u128::from(*beyond) } else { 0 };
	}

	/// The place of a job, if there is one.
	fn job(&self, job: usize) -> Option<usize> {
		job.checked_rem(self.jobs.len())
	}

	fn settle(&mut self, place: usize, units: u64, beyond: u64, relayed: bool) {
		let job = self.jobs[place];
		let Some(taken) = job.taken else {
			let call = SettlementCall::of_nobody(job.number);
			assert_refused(call.call(), PoolRefusal::NoPrivateJob);
			return;
		};
		let terms = taken.escrow.opening.terms;
		let (of, units, borne) = match job.judged {
			Some((units, borne)) => (PoolCircuit::SettleVerdict, units, borne),
			None => (PoolCircuit::Settle, units % (terms.max_units + 1), 0),
		};
		let fee = Pool::minimum_fee(of, relayed) + u128::from(borne) + u128::from(beyond);
		// What is not worth its fee is not settled.
		if u128::from(units * terms.unit_price) < fee {
			return;
		}
		let (call, notes) = match of {
			PoolCircuit::Settle => taken.settle(units, fee),
			_ => taken.settle_verdict(fee),
		};
		let call = call.with(|header| header.submitter = relayed.then_some(RELAYER)).call();
		assert_included(call.clone());
		self.included.push(call);
		self.jobs.remove(place);
		self.made(&notes);
		self.relayed += if relayed { u128::from(beyond) } else { 0 };
		let by_receipt = u128::from(of == PoolCircuit::Settle);
		self.receipts += by_receipt;
		self.requester += HOLDS - ISSUER_FEE * by_receipt + u128::from(borne);
	}

	fn give_up(&mut self, place: usize) {
		let job = self.jobs.remove(place);
		market::give_up(job.number);
		self.made(&[job.escrow.note]);
		self.requester += HOLDS;
	}

	fn of_job(&mut self, step: &Step) {
		let (Step::Lock { job }
		| Step::Judge { job, .. }
		| Step::Settle { job, .. }
		| Step::GiveUp { job }) = step
		else {
			unreachable!("the others are of no job")
		};
		let Some(place) = self.job(*job) else { return };
		let Job { number, escrow, taken, .. } = self.jobs[place];
		match step {
			Step::Lock { .. } => self.jobs[place].taken = Some(Taken::lock(number, escrow)),
			Step::Judge { units, borne, .. } if taken.is_some() => {
				let units = units % (escrow.opening.terms.max_units + 1);
				market::judge(number, units, (*borne).into(), NOW + 1_000);
				self.jobs[place].judged = Some((units, *borne));
			},
			Step::Settle { units, beyond, relayed, .. } => {
				self.settle(place, *units, *beyond, *relayed)
			},
			Step::GiveUp { .. } => self.give_up(place),
			_ => (),
		}
	}

	/// Steps in blocks that are taken back, which leave nothing to the wallets either.
	fn fork(&self, steps: &[Step]) {
		on_a_fork(|| {
			let mut there = self.clone();
			for step in steps {
				there.step(step);
			}
			there.step(&Step::Block);
		});
	}

	fn step(&mut self, step: &Step) {
		match step {
			Step::Deposit { value, again } => self.deposit(*value, *again),
			Step::Transfer { .. } | Step::Withdraw { .. } => self.spend(step),
			Step::Post { .. } => self.post(step),
			Step::Lock { .. } | Step::Judge { .. } | Step::Settle { .. } | Step::GiveUp { .. } => {
				self.of_job(step)
			},
			Step::Fork(steps) => self.fork(steps),
			Step::Again { call } => {
				if let Some(call) = call.checked_rem(self.included.len()) {
					refused(&self.included[call]);
				}
			},
			Step::Pause => {
				let pause = Pool::pause(signed(&mock::Guardian::get()));
				assert_eq!(pause.is_ok(), !self.paused);
				self.paused = true;
			},
			Step::Resume => {
				let resume = Pool::resume(signed(&mock::Governance::get()));
				assert_eq!(resume.is_ok(), self.paused);
				self.paused = false;
			},
			Step::Block => {
				next_block();
				self.hear();
			},
		}
		self.check();
	}

	/// What holds after every step.
	fn check(&self) {
		Pool::do_try_state().unwrap();
		assert_eq!(PoolTotals::<Test>::get().held(), Some(self.worth()), "custody");
		if PoolTotals::<Test>::get().deposits > 0 {
			let has = free(&Pool::account());
			assert_eq!(has, self.worth() + EXISTENTIAL_DEPOSIT, "not a unit more or less");
		}
		assert_eq!(free(&BOB), ENDOWMENT + self.paid);
		assert_eq!(free(&RELAYER), ENDOWMENT + self.relayed);
		assert_eq!(free(&REQUESTER), self.requester);
		let jobs = self.jobs.len();
		assert_eq!(free(&VAULT), EXISTENTIAL_DEPOSIT + HOLDS * jobs as u128);
		assert_eq!(free(&ISSUERS[0]), ISSUER_FEE * self.receipts);
		assert_eq!(
			(OpenJobs::iter().count(), PoolTotals::<Test>::get().escrows()),
			(jobs, Some(jobs as u64))
		);
		assert_eq!(Nullifiers::<Test>::iter_keys().collect::<BTreeSet<_>>(), self.shown);
	}

	/// Every note that is left can be spent, pause or not: a large one of the end pays for those that could
	/// not pay their fee.
	fn spend_all(&mut self) {
		while !self.jobs.is_empty() {
			self.give_up(0);
			self.check();
		}
		let fee = least_withdraw();
		let sponsor = {
			let resumed = self.paused.then(|| Pool::resume(signed(&mock::Governance::get())));
			let sponsor = Owned::of(9, u64::MAX / 2);
			assert_ok!(super::deposit(&sponsor));
			if resumed.is_some() {
				assert_ok!(Pool::pause(signed(&mock::Guardian::get())));
			}
			self.made(&[sponsor]);
			self.unspent.pop().unwrap()
		};
		let mut sponsor = sponsor;
		while let Some(note) = self.unspent.pop() {
			next_block();
			self.hear();
			let root = self.ledger.root();
			let sum = u128::from(note.value()) + u128::from(sponsor.value());
			let amount = EXISTENTIAL_DEPOSIT;
			let change = Owned::of(9, (sum - fee - amount) as u64);
			let spent = [note, sponsor];
			let call = Withdrawal::under(&self.ledger, root, spent, change, amount, fee).call();
			assert_included(call.clone());
			self.spent(&spent, call);
			self.made(&[change]);
			self.paid += amount;
			sponsor = self.unspent.pop().unwrap();
		}
		next_block();
		self.hear();
		let amount = u128::from(sponsor.value()) - fee;
		let (spent, nothing) = ([sponsor, Owned::dummy()], Owned::of(9, 0));
		let root = self.ledger.root();
		let last = Withdrawal::under(&self.ledger, root, spent, nothing, amount, fee).call();
		assert_included(last);
		assert_eq!(PoolTotals::<Test>::get().held(), Some(0), "the pool is empty");
		assert_eq!(free(&Pool::account()), EXISTENTIAL_DEPOSIT);
	}
}

#[test]
fn any_interleaving_keeps_the_money_and_every_note_spendable() {
	let mut runner = TestRunner::new(ProptestConfig {
		cases: CASES,
		failure_persistence: None,
		..ProptestConfig::default()
	});
	runner
		.run(&steps(), |steps| {
			run(|| {
				let ledger = Ledger { trusting: true, ..Default::default() };
				let mut wallets = Wallets { ledger, ..Default::default() };
				for step in &steps {
					wallets.step(step);
				}
				wallets.spend_all();
			});
			Ok(())
		})
		.unwrap();
}
