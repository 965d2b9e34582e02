//! Random interleavings of all calls, of what the market does, of time and of blocks that are taken back, whose
//! calls come again. Beside them is a model that knows every note and every escrow: each step ends as the rules
//! say, the pool's account has what all of them are worth, and the invariants hold after every step. In the end
//! every escrow that is left is given back and every note that is left is spent, whoever has reused whichever rho.

mod model;

use super::*;
use model::Model;
use proptest::{prelude::*, test_runner::TestRunner};
use std::{cell::RefCell, collections::BTreeMap};

/// How many interleavings.
const CASES: u32 = 500;

/// The least of them that come to each of what can happen: nearly all do in ten times as many.
const LEAST_CASES: u32 = 2;

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
	/// What brings a job forward: its lock, then a verdict or a settlement.
	Next {
		job: usize,
		judge: bool,
		units: u64,
		beyond: u64,
		relayed: bool,
	},
	/// The market ends a job that is not settled, for whatever cause.
	GiveUp {
		job: usize,
	},
	/// The time of a job passes, and it is settled too late.
	Late {
		job: usize,
		units: u64,
	},
	/// The market ends all whose time has passed.
	Expire,
	/// A call that was in a block before.
	Again {
		call: usize,
	},
	Pause,
	Resume,
	Block,
	/// Blocks that are taken back. What was in them comes again.
	Fork(Vec<Step>),
}

/// Some of them begin with notes that can pay for what comes.
fn steps() -> impl Strategy<Value = Vec<Step>> {
	let large = (1_000_000..50_000_000u64).prop_map(|value| Step::Deposit { value, again: false });
	let first = proptest::collection::vec(large, 0..6);
	let fork = proptest::collection::vec(step(), 1..8).prop_map(Step::Fork);
	let others = proptest::collection::vec(prop_oneof![7 => step(), 1 => fork], 1..40);
	(first, others).prop_map(|(mut steps, others)| {
		steps.push(Step::Block);
		steps.extend(others);
		steps
	})
}

fn step() -> impl Strategy<Value = Step> {
	let notes = || (any::<usize>(), proptest::option::of(any::<usize>()));
	let value = prop_oneof![Just(1u64), 1..100_000u64, 100_000..10_000_000u64];
	let beyond = || prop_oneof![Just(0u64), 1..2_000u64];
	let spending = || (notes(), 0..=4u64, beyond(), any::<bool>(), 0..3usize);
	let posting = (spending(), 1..40u64, proptest::option::weighted(0.3, any::<usize>()));
	let job = any::<usize>;
	let settling = || (job(), any::<u64>(), beyond(), any::<bool>());
	prop_oneof![
		3 => (value, any::<bool>()).prop_map(|(value, again)| Step::Deposit { value, again }),
		3 => spending().prop_map(|(notes, parts, beyond, relayed, old)| {
			Step::Transfer { notes, parts, beyond, relayed, old }
		}),
		2 => spending().prop_map(|(notes, parts, beyond, relayed, old)| {
			Step::Withdraw { notes, parts, beyond, relayed, old }
		}),
		6 => posting.prop_map(|((notes, parts, beyond, relayed, old), units, alike)| {
			Step::Post { notes, parts, units, alike, beyond, relayed, old }
		}),
		2 => job().prop_map(|job| Step::Lock { job }),
		1 => (job(), any::<u64>(), beyond()).prop_map(|(job, units, borne)| {
			Step::Judge { job, units, borne }
		}),
		2 => settling().prop_map(|(job, units, beyond, relayed)| {
			Step::Settle { job, units, beyond, relayed }
		}),
		14 => (settling(), any::<bool>()).prop_map(|((job, units, beyond, relayed), judge)| {
			Step::Next { job, judge, units, beyond, relayed }
		}),
		1 => job().prop_map(|job| Step::GiveUp { job }),
		1 => any::<usize>().prop_map(|call| Step::Again { call }),
		1 => Just(Step::Pause),
		3 => Just(Step::Resume),
		1 => (job(), any::<u64>()).prop_map(|(job, units)| Step::Late { job, units }),
		2 => Just(Step::Expire),
		5 => Just(Step::Block),
	]
}

#[test]
fn any_interleaving_keeps_the_money_and_every_note_spendable() {
	let reached = RefCell::new(BTreeMap::<&str, u32>::new());
	let mut runner = TestRunner::new(ProptestConfig {
		cases: CASES,
		failure_persistence: None,
		..ProptestConfig::default()
	});
	let outcome = runner.run(&steps(), |steps| {
		run(|| {
			let mut model = Model::new();
			for step in &steps {
				model.step(step);
			}
			for name in model.spend_all() {
				*reached.borrow_mut().entry(name).or_default() += 1;
			}
		});
		Ok(())
	});
	outcome.unwrap_or_else(|failure| panic!("{failure}"));
	let reached = reached.into_inner();
	println!("{reached:#?}");
	for name in model::REACHED {
		let cases = reached.get(name).copied().unwrap_or(0);
		assert!(cases >= LEAST_CASES, "{name} in {cases} cases only, of {reached:#?}");
	}
}
