//! Random interleavings of all calls, with a wallet beside them that knows every note: each step ends as the
//! rules say, the pool's account has what all unspent notes are worth, and the invariants hold after every
//! step. In the end every note that is left is spent, whoever has reused whichever rho.

use super::*;
use crate::mock;
use proptest::{prelude::*, test_runner::TestRunner};
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
	/// A call that was in a block before.
	Again {
		call: usize,
	},
	Pause,
	Resume,
	Block,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
	let notes = || (any::<usize>(), proptest::option::of(any::<usize>()));
	let value = prop_oneof![Just(1u64), 1..100_000u64, 100_000..10_000_000u64];
	let beyond = || prop_oneof![Just(0u64), 1..2_000u64];
	let spending = || (notes(), 0..=4u64, beyond(), any::<bool>(), 0..3usize);
	let step = prop_oneof![
		4 => (value, any::<bool>()).prop_map(|(value, again)| Step::Deposit { value, again }),
		4 => spending().prop_map(|(notes, parts, beyond, relayed, old)| {
			Step::Transfer { notes, parts, beyond, relayed, old }
		}),
		3 => spending().prop_map(|(notes, parts, beyond, relayed, old)| {
			Step::Withdraw { notes, parts, beyond, relayed, old }
		}),
		1 => any::<usize>().prop_map(|call| Step::Again { call }),
		1 => Just(Step::Pause),
		1 => Just(Step::Resume),
		5 => Just(Step::Block),
	];
	proptest::collection::vec(step, 1..24)
}

/// What all wallets know together.
#[derive(Default)]
struct Wallets {
	ledger: Ledger,
	unspent: Vec<Owned>,
	/// Every nullifier shown, dummies' included.
	shown: BTreeSet<FieldBytes>,
	included: Vec<RuntimeCall>,
	paused: bool,
	/// What the payee got.
	paid: u128,
	relayed: u128,
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
		self.unspent.iter().map(|note| u128::from(note.value())).sum()
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

	fn step(&mut self, step: &Step) {
		match step {
			Step::Deposit { value, again } => self.deposit(*value, *again),
			Step::Transfer { .. } | Step::Withdraw { .. } => self.spend(step),
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
		assert_eq!(Nullifiers::<Test>::iter_keys().collect::<BTreeSet<_>>(), self.shown);
	}

	/// Every note that is left can be spent, pause or not: a large one of the end pays for those that could
	/// not pay their fee.
	fn spend_all(&mut self) {
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
