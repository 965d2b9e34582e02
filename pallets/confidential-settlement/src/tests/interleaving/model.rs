//! What all wallets and the market know together, beside the chain: every note, every escrow, and who has what.

use super::Step;
use crate::{
	mock::{
		self,
		market::{self, NextJob, OpenJobs, SettledBy, ISSUERS, ISSUER_FEE, OPEN_FOR, VAULT},
	},
	tests::{
		private_jobs::{request, Escrowed, Post, HOLDS, PAID_IN, REQUESTER},
		settlements::{SettlementCall, Taken},
		*,
	},
};
use quittance_types::{JobId, JobTime};
use std::collections::{BTreeMap, BTreeSet};

/// For how long a verdict can be settled.
const JUDGED_FOR: JobTime = 25;

/// What interleavings come to.
pub(super) const REACHED: [&str; 16] = [
	"deposited alike",
	"transferred",
	"withdrawn",
	"posted",
	"posted alike",
	"settled by a receipt",
	"settled by a verdict",
	"settled too late",
	"given back",
	"expired",
	"transferred after a fork",
	"withdrawn after a fork",
	"posted after a fork",
	"settled by a receipt after a fork",
	"settled by a verdict after a fork",
	"refused after a fork",
];

/// A private job that has not ended.
#[derive(Clone, Copy)]
struct Job {
	number: JobId,
	escrow: Escrowed,
	/// Until when a receipt settles it.
	open_until: JobTime,
	/// As the miner knows it that has it.
	taken: Option<Taken>,
	/// What a panel has found, what the miner bears, and until when it can settle.
	judged: Option<(u64, u64, JobTime)>,
}

impl Job {
	/// Whether the other is this job, of the same lock and verdict.
	fn is(&self, other: &Self) -> bool {
		let known =
			|job: &Self| (job.number, job.taken.map(|taken| taken.payee.commitment()), job.judged);
		known(self) == known(other)
	}

	fn is_past(&self) -> bool {
		System::block_number() > self.judged.map_or(self.open_until, |(_, _, until)| until)
	}

	fn borne(&self) -> u128 {
		self.judged.map_or(0, |(_, borne, _)| borne.into())
	}
}

/// What became of an escrow: the place of its leaf, or of the first of two.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Ended {
	Divided { index: u64 },
	GivenBack { index: u64 },
}

/// Whatever needs no signature.
#[derive(Clone)]
enum Kind {
	Transfer,
	Withdrawal {
		amount: u128,
	},
	Post {
		escrow: Box<Escrowed>,
	},
	/// Of the job as it was.
	Settlement {
		job: Box<Job>,
	},
}

/// A call, and what it does once it is in a block.
#[derive(Clone)]
struct Deed {
	call: RuntimeCall,
	kind: Kind,
	/// The root that it is proven under, and the notes it spends; a settlement has neither.
	spends: Option<(FieldBytes, [Owned; 2])>,
	makes: Vec<Owned>,
	fee: u128,
	/// What the relayer gets of it.
	relayed: u128,
}

impl Deed {
	fn name(&self, after_fork: bool) -> &'static str {
		let [first, again] = match &self.kind {
			Kind::Transfer => ["transferred", "transferred after a fork"],
			Kind::Withdrawal { .. } => ["withdrawn", "withdrawn after a fork"],
			Kind::Post { .. } => ["posted", "posted after a fork"],
			Kind::Settlement { job } if job.judged.is_none() => {
				["settled by a receipt", "settled by a receipt after a fork"]
			},
			Kind::Settlement { .. } => {
				["settled by a verdict", "settled by a verdict after a fork"]
			},
		};
		if after_fork {
			again
		} else {
			first
		}
	}
}

/// What the chain must have come to.
#[derive(Clone)]
pub(super) struct Model {
	ledger: Ledger,
	unspent: Vec<Owned>,
	jobs: Vec<Job>,
	ended: BTreeMap<JobId, Ended>,
	/// Every nullifier shown, dummies' included.
	shown: BTreeSet<FieldBytes>,
	included: Vec<Deed>,
	paused: bool,
	deposited: u128,
	fees: u128,
	/// What the payee got.
	paid: u128,
	relayed: u128,
	/// What the requester of all jobs has, and what of it miners bore.
	requester: u128,
	borne: u128,
	/// What was settled by receipts.
	receipts: u128,
	reached: BTreeSet<&'static str>,
}

impl Model {
	pub(super) fn new() -> Self {
		Self {
			ledger: Ledger { trusting: true, ..Default::default() },
			unspent: vec![],
			jobs: vec![],
			ended: BTreeMap::new(),
			shown: BTreeSet::new(),
			included: vec![],
			paused: false,
			deposited: 0,
			fees: 0,
			paid: 0,
			relayed: 0,
			requester: 0,
			borne: 0,
			receipts: 0,
			reached: BTreeSet::new(),
		}
	}

	/// Hears what happened since the last time.
	fn hear(&mut self) {
		for record in System::read_events_no_consensus() {
			let RuntimeEvent::Pool(event) = record.event else { continue };
			let ended = match event {
				Event::Settled { job, index, .. } => Some((job, Ended::Divided { index })),
				Event::EscrowGivenBack { job, index } => Some((job, Ended::GivenBack { index })),
				_ => None,
			};
			if let Some((job, ended)) = ended {
				assert_eq!(self.ended.insert(job, ended), None, "an escrow ends once");
			}
			self.ledger.hear(event);
		}
		System::reset_events();
	}

	/// Notes that were made since the last time, in order, and no leaf beside them. Returns the first one's place.
	fn made(&mut self, notes: &[Owned]) -> u64 {
		let first = self.ledger.leaves.len();
		self.hear();
		let leaves = &self.ledger.leaves[first..];
		assert_eq!(leaves.len(), notes.len(), "a leaf for each note and no other");
		for ((index, leaf), note) in (first as u64..).zip(leaves).zip(notes) {
			assert_eq!(FieldBytes::from(*leaf), note.commitment());
			self.unspent.push(Owned { index, ..*note });
		}
		first as u64
	}

	fn worth(&self) -> u128 {
		let escrows = self.jobs.iter().map(|job| &job.escrow.note);
		self.unspent.iter().chain(escrows).map(|note| u128::from(note.value())).sum()
	}

	/// Notes under a root, chosen from those there are; at least one, and a dummy.
	fn choose(
		&self,
		notes: (usize, Option<usize>),
		old: usize,
	) -> Option<(FieldBytes, [Owned; 2])> {
		let roots = &self.ledger.roots;
		let (root, under) = *roots.iter().rev().nth(old.checked_rem(roots.len())?)?;
		let there: Vec<_> = self.unspent.iter().filter(|note| note.index < under).collect();
		let first = **there.get(notes.0.checked_rem(there.len())?)?;
		let second = notes.1.and_then(|second| there.get(second % there.len()));
		let second = second.filter(|second| second.index != first.index);
		Some((root, [first, second.map_or_else(Owned::dummy, |note| **note)]))
	}

	/// Whether the chain is to take what was made for it, here or on a fork.
	fn takes(&self, deed: &Deed) -> bool {
		let paused = self.paused && matches!(deed.kind, Kind::Transfer | Kind::Post { .. });
		let can_spend = deed.spends.is_none_or(|(root, spent)| {
			self.ledger.roots.iter().any(|(recorded, _)| *recorded == root)
				&& spent.iter().all(|note| !self.shown.contains(&note.nullifier()))
		});
		let is_open = match &deed.kind {
			Kind::Settlement { job } => !job.is_past() && self.jobs.iter().any(|open| open.is(job)),
			_ => true,
		};
		!paused && can_spend && is_open
	}

	fn include(&mut self, deed: Deed) {
		assert_included(deed.call.clone());
		let spent = deed.spends.map(|(_, spent)| spent).into_iter().flatten();
		for note in spent.clone() {
			assert!(self.shown.insert(note.nullifier()), "no nullifier is shown twice");
		}
		// A dummy has a key of its own, and any place.
		let is = |note: &Owned, other: &Owned| (note.index, note.key) == (other.index, other.key);
		self.unspent.retain(|note| !spent.clone().any(|spent| is(&spent, note)));
		let first = self.made(&deed.makes);
		self.fees += deed.fee;
		self.relayed += deed.relayed;
		match &deed.kind {
			Kind::Transfer => (),
			Kind::Withdrawal { amount } => self.paid += amount,
			Kind::Post { escrow } => {
				let number = NextJob::get().unwrap() - 1;
				let open_until = System::block_number() + OPEN_FOR;
				let (escrow, taken, judged) = (**escrow, None, None);
				self.jobs.push(Job { number, escrow, open_until, taken, judged });
				self.requester += PAID_IN - HOLDS;
			},
			Kind::Settlement { job } => {
				assert_eq!(self.ended.get(&job.number), Some(&Ended::Divided { index: first }));
				self.jobs.retain(|open| open.number != job.number);
				let by_receipt = u128::from(job.judged.is_none());
				self.receipts += by_receipt;
				self.fees -= job.borne();
				self.borne += job.borne();
				self.requester += HOLDS - ISSUER_FEE * by_receipt + job.borne();
			},
		}
		self.reached.insert(deed.name(false));
		self.included.push(deed);
	}

	fn deposit(&mut self, value: u64, again: bool) {
		let alike = self.unspent.last().filter(|note| again && note.value() > 0);
		let name = alike.map(|_| "deposited alike");
		let note = alike.copied().unwrap_or_else(|| Owned::of(5, value));
		if self.paused {
			assert_noop!(deposit(&note), E::Paused);
			return;
		}
		assert_ok!(deposit(&note));
		self.deposited += u128::from(note.value());
		self.made(&[note]);
		self.reached.extend(name);
	}

	/// For a withdrawal of this amount, all of which is its payee's.
	fn withdrawal(
		&self,
		spends: (FieldBytes, [Owned; 2]),
		change: Owned,
		amount: u128,
		fee: u128,
		relayed: Option<u128>,
	) -> Deed {
		let (root, spent) = spends;
		let call = Withdrawal::under(&self.ledger, root, spent, change, amount, fee);
		Deed {
			call: call.with(|header| header.submitter = relayed.map(|_| RELAYER)).call(),
			kind: Kind::Withdrawal { amount },
			spends: Some(spends),
			makes: vec![change],
			fee,
			relayed: relayed.unwrap_or(0),
		}
	}

	fn spend(&mut self, step: &Step) {
		let (Step::Transfer { notes, parts, beyond, relayed, old }
		| Step::Withdraw { notes, parts, beyond, relayed, old }) = step
		else {
			unreachable!("the others spend nothing")
		};
		let Some((root, spent)) = self.choose(*notes, *old) else { return };
		let worth: u64 = spent.iter().map(Owned::value).sum();
		let is_transfer = matches!(step, Step::Transfer { .. });
		let of = if is_transfer { PoolCircuit::Transfer } else { PoolCircuit::Withdraw };
		let fee = Pool::minimum_fee(of, *relayed) + u128::from(*beyond);
		// What is left may not pay the fee: no such call can be true.
		let Some(left) = worth.checked_sub(fee as u64) else { return };
		let part = left / 4 * parts;
		let relayed = relayed.then_some(u128::from(*beyond));
		if is_transfer {
			let made = [Owned::of(6, part), Owned::of(7, left - part)];
			let call = Transfer::under(&self.ledger, root, spent, made, fee)
				.with(|header| header.submitter = relayed.map(|_| RELAYER))
				.call();
			if self.paused {
				assert_refused(call, PoolRefusal::Paused);
				return;
			}
			self.include(Deed {
				call,
				kind: Kind::Transfer,
				spends: Some((root, spent)),
				makes: made.to_vec(),
				fee,
				relayed: relayed.unwrap_or(0),
			});
		} else {
			let amount = part.max(EXISTENTIAL_DEPOSIT as u64);
			let Some(rest) = left.checked_sub(amount) else { return };
			let change = Owned::of(6, rest);
			self.include(self.withdrawal((root, spent), change, amount.into(), fee, relayed));
		}
	}

	/// The escrow of a job: alike a note or an escrow that there is, or one that leaves something.
	fn escrow(&self, left: u64, parts: u64, units: u64, alike: Option<usize>) -> Option<Escrowed> {
		let escrows = self.jobs.iter().map(|job| job.escrow.note);
		let notes: Vec<_> = self.unspent.iter().copied().chain(escrows).collect();
		let Some(alike) = alike else {
			return Some(Escrowed::of(8, left / 4 * parts / units, units));
		};
		let note =
			notes.get(alike.checked_rem(notes.len())?).filter(|note| note.value() <= left)?;
		Some(Escrowed::behind(Owned { index: u64::MAX, ..*note }, note.value(), 1))
	}

	fn post(&mut self, step: &Step) {
		let Step::Post { notes, parts, units, alike, beyond, relayed, old } = step else {
			unreachable!("the others post nothing")
		};
		let Some((root, spent)) = self.choose(*notes, *old) else { return };
		let worth: u64 = spent.iter().map(Owned::value).sum();
		let fee = Pool::minimum_post_fee(request(), *relayed) + u128::from(*beyond);
		let Some(left) = worth.checked_sub((fee + PAID_IN) as u64) else { return };
		let Some(escrow) = self.escrow(left, *parts, *units, *alike) else { return };
		let change = Owned::of(6, left - escrow.note.value());
		let post = Post::under(&self.ledger, root, spent, change, &escrow, (PAID_IN, fee));
		let call = post.with(|header| header.submitter = relayed.then_some(RELAYER)).call();
		if self.paused {
			assert_refused(call, PoolRefusal::Paused);
			return;
		}
		self.include(Deed {
			call,
			kind: Kind::Post { escrow: escrow.into() },
			spends: Some((root, spent)),
			makes: vec![change],
			fee,
			relayed: if *relayed { u128::from(*beyond) } else { 0 },
		});
		self.reached.extend(alike.map(|_| "posted alike"));
	}

	fn settle(&mut self, job: Job, units: u64, beyond: u64, relayed: bool) {
		let Some(taken) = job.taken else {
			let call = SettlementCall::of_nobody(job.number);
			assert_refused(call.call(), PoolRefusal::NoPrivateJob);
			return;
		};
		let terms = taken.escrow.opening.terms;
		let (of, units) = match job.judged {
			Some((units, ..)) => (PoolCircuit::SettleVerdict, units),
			None => (PoolCircuit::Settle, units % (terms.max_units + 1)),
		};
		let fee = Pool::minimum_fee(of, relayed) + job.borne() + u128::from(beyond);
		// What is not worth its fee is not settled.
		if u128::from(units * terms.unit_price) < fee {
			return;
		}
		let (call, notes) = match of {
			PoolCircuit::Settle => taken.settle(units, fee),
			_ => taken.settle_verdict(fee),
		};
		let call = call.with(|header| header.submitter = relayed.then_some(RELAYER)).call();
		if job.is_past() {
			assert_refused(call, PoolRefusal::DeadlinePassed);
			self.reached.insert("settled too late");
			return;
		}
		self.include(Deed {
			call,
			kind: Kind::Settlement { job: job.into() },
			spends: None,
			makes: notes.to_vec(),
			fee,
			relayed: if relayed { u128::from(beyond) } else { 0 },
		});
	}

	fn give_up(&mut self, place: usize) {
		let job = self.jobs.remove(place);
		market::give_up(job.number);
		let index = self.made(&[job.escrow.note]);
		assert_eq!(self.ended.get(&job.number), Some(&Ended::GivenBack { index }));
		self.requester += HOLDS;
		self.reached.insert("given back");
	}

	/// Gives a job to a miner, or to another. Who was judged keeps it.
	fn lock(&mut self, place: usize) {
		let job = &mut self.jobs[place];
		if job.judged.is_none() {
			job.taken = Some(Taken::lock(job.number, job.escrow));
		}
	}

	/// Lets a panel find units of a job, once.
	fn judge(&mut self, place: usize, units: u64, borne: u64) {
		let job = &mut self.jobs[place];
		if job.taken.is_some() && job.judged.is_none() {
			let units = units % (job.escrow.opening.terms.max_units + 1);
			let until = System::block_number() + JUDGED_FOR;
			market::judge(job.number, units, borne.into(), until);
			job.judged = Some((units, borne, until));
		}
	}

	fn of_job(&mut self, step: &Step) {
		let (Step::Lock { job }
		| Step::Judge { job, .. }
		| Step::Settle { job, .. }
		| Step::Next { job, .. }
		| Step::Late { job, .. }
		| Step::GiveUp { job }) = *step
		else {
			unreachable!("the others are of no job")
		};
		let Some(place) = job.checked_rem(self.jobs.len()) else { return };
		let job = self.jobs[place];
		match *step {
			Step::Judge { units, borne, .. } => self.judge(place, units, borne),
			Step::Settle { units, beyond, relayed, .. } => self.settle(job, units, beyond, relayed),
			Step::Next { judge, units, beyond, relayed, .. } => match job {
				Job { taken: None, .. } => self.lock(place),
				Job { judged: None, .. } if judge => self.judge(place, units, beyond),
				_ => self.settle(job, units, beyond, relayed),
			},
			Step::Late { units, .. } => {
				while !job.is_past() {
					self.pass();
				}
				self.settle(job, units, 0, false);
			},
			Step::GiveUp { .. } => self.give_up(place),
			_ => self.lock(place),
		}
	}

	fn expire(&mut self) {
		while let Some(place) = self.jobs.iter().position(Job::is_past) {
			self.give_up(place);
			self.reached.insert("expired");
		}
	}

	/// Steps in blocks that are taken back, which leave nothing behind but their calls. Those come again: what
	/// still suits the chain is in a block, and nothing else is.
	fn fork(&mut self, steps: &[Step]) {
		let (abandoned, reached) = on_a_fork(|| {
			let mut there = self.clone();
			for step in steps {
				there.step(step);
			}
			there.step(&Step::Block);
			(there.included.split_off(self.included.len()), there.reached)
		});
		self.reached.extend(reached);
		for deed in abandoned {
			if self.takes(&deed) {
				self.reached.insert(deed.name(true));
				self.include(deed);
				self.check();
			} else {
				refused(&deed.call);
				self.reached.insert("refused after a fork");
			}
		}
	}

	pub(super) fn step(&mut self, step: &Step) {
		match step {
			Step::Deposit { value, again } => self.deposit(*value, *again),
			Step::Transfer { .. } | Step::Withdraw { .. } => self.spend(step),
			Step::Post { .. } => self.post(step),
			Step::Lock { .. }
			| Step::Judge { .. }
			| Step::Settle { .. }
			| Step::Next { .. }
			| Step::Late { .. }
			| Step::GiveUp { .. } => self.of_job(step),
			Step::Expire => self.expire(),
			Step::Fork(steps) => self.fork(steps),
			Step::Again { call } => {
				if let Some(call) = call.checked_rem(self.included.len()) {
					refused(&self.included[call].call);
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
			Step::Block => self.pass(),
		}
		self.check();
	}

	fn pass(&mut self) {
		next_block();
		self.hear();
	}

	/// What holds after every step.
	fn check(&self) {
		Pool::do_try_state().unwrap();
		let jobs = self.jobs.len();
		let posts = jobs + self.ended.len();
		let divided =
			self.ended.values().filter(|ended| matches!(ended, Ended::Divided { .. })).count();

		let totals = PoolTotals::<Test>::get();
		assert_eq!(totals.held(), Some(self.worth()), "custody");
		let withdrawn = self.paid + PAID_IN * posts as u128 + self.borne;
		assert_eq!(
			(totals.deposited, totals.withdrawn, totals.fees),
			(self.deposited, withdrawn, self.fees)
		);
		if totals.deposits > 0 {
			let has = free(&Pool::account());
			assert_eq!(has, self.worth() + EXISTENTIAL_DEPOSIT, "not a unit more or less");
		}
		assert_eq!(free(&BOB), ENDOWMENT + self.paid);
		assert_eq!(free(&RELAYER), ENDOWMENT + self.relayed);
		assert_eq!(free(&REQUESTER), self.requester);
		assert_eq!(free(&VAULT), EXISTENTIAL_DEPOSIT + HOLDS * jobs as u128);
		assert_eq!(free(&ISSUERS[0]), ISSUER_FEE * self.receipts);

		// Each escrow waits, was divided, or was given back.
		for number in 0..posts as JobId {
			let open = self.jobs.iter().any(|job| job.number == number);
			let ended = self.ended.get(&number);
			assert_eq!((open, OpenJobs::contains_key(number)), (ended.is_none(), open));
			let is_divided = matches!(ended, Some(Ended::Divided { .. }));
			assert_eq!(SettledBy::contains_key(number), is_divided);
		}
		assert_eq!(
			(totals.posts, totals.settlements, totals.given_back),
			(posts as u64, divided as u64, (posts - jobs - divided) as u64)
		);
		assert_eq!(totals.escrows(), Some(jobs as u64));
		assert_eq!(NoteTree::<Test>::get().leaves, self.ledger.leaves.len() as u64);
		assert_eq!(Nullifiers::<Test>::iter_keys().collect::<BTreeSet<_>>(), self.shown);
	}

	/// Every note that is left can be spent, pause or not, and every escrow once it is given back: a large note of
	/// the end pays for those that could not pay their fee. Returns what the interleaving came to.
	pub(super) fn spend_all(mut self) -> BTreeSet<&'static str> {
		let reached = self.reached.clone();
		while !self.jobs.is_empty() {
			self.give_up(0);
			self.check();
		}
		let fee = least_withdraw();
		let mut sponsor = {
			let resumed = self.paused.then(|| Pool::resume(signed(&mock::Governance::get())));
			let sponsor = Owned::of(9, u64::MAX / 2);
			assert_ok!(deposit(&sponsor));
			if resumed.is_some() {
				assert_ok!(Pool::pause(signed(&mock::Guardian::get())));
			}
			self.deposited += u128::from(sponsor.value());
			self.made(&[sponsor]);
			self.unspent.pop().unwrap()
		};
		while let Some(note) = self.unspent.pop() {
			self.pass();
			let sum = u128::from(note.value()) + u128::from(sponsor.value());
			let amount = EXISTENTIAL_DEPOSIT;
			let change = Owned::of(9, (sum - fee - amount) as u64);
			let spends = (self.ledger.root(), [note, sponsor]);
			self.include(self.withdrawal(spends, change, amount, fee, None));
			sponsor = self.unspent.pop().unwrap();
		}
		self.pass();
		let amount = u128::from(sponsor.value()) - fee;
		let (spends, nothing) = ((self.ledger.root(), [sponsor, Owned::dummy()]), Owned::of(9, 0));
		self.include(self.withdrawal(spends, nothing, amount, fee, None));
		assert_eq!(PoolTotals::<Test>::get().held(), Some(0), "the pool is empty");
		assert_eq!(free(&Pool::account()), EXISTENTIAL_DEPOSIT);
		reached
	}
}
