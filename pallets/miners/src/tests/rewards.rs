use super::{
	heartbeats::{included, included_transaction, paid_with_tip},
	*,
};
use crate::{Minting, ProofNotes};
use codec::Encode;
use polkadot_sdk::{
	frame_support::{
		assert_storage_noop,
		storage::with_storage_layer,
		traits::{
			fungible::Mutate,
			tokens::{Fortitude, Precision, Preservation},
			Hooks,
		},
	},
	frame_system,
	sp_runtime::{DispatchError, Permill},
};
use proptest::{prelude::*, test_runner::TestRunner};
use quittance_types::{EpochIndex, Miners as _, Outcome, ProvenReceipts as _};
use std::collections::BTreeMap;

const HUGE: u128 = 1_000_000_000;

/// Runs a test in the first extrinsic of a block, with [`MINER`] and [`OTHER`] registered, a reward of this
/// part and a cap that nothing reaches.
fn rewarding(percent: u32, test: impl FnOnce()) {
	run(|| {
		registered();
		assert_ok!(Registration::new(&OTHER, 2).by(&OTHER));
		RewardShare::set(Permill::from_percent(percent));
		RewardCap::set(HUGE);
		System::note_finished_initialize();
		test();
	});
}

fn next_extrinsic() {
	System::note_applied_extrinsic(&Ok(().into()), Default::default());
}

/// Burns this much of the treasury's, as fees do, and tells of it. Returns what was minted.
fn burn(amount: u128) -> u128 {
	let before = Balances::total_issuance();
	Burned::mutate(|sum| *sum += amount);
	let (exact, polite) = (Precision::Exact, Fortitude::Polite);
	assert_ok!(Balances::burn_from(&TREASURY, amount, Preservation::Preserve, exact, polite));
	Registry::fee_burned(amount);
	Balances::total_issuance() + amount - before
}

fn rewards() -> Vec<(AccountId, u128)> {
	let rewarded = |record: frame_system::EventRecord<RuntimeEvent, _>| match record.event {
		RuntimeEvent::Registry(Event::Rewarded { miner, amount }) => Some((miner, amount)),
		_ => None,
	};
	System::events().into_iter().filter_map(rewarded).collect()
}

#[test]
fn success_a_proof_earns_a_part_of_what_it_burned() {
	rewarding(25, || {
		let before = free(&MINER);
		Registry::proven(&MINER);
		assert_eq!(burn(403), 100, "rounded down");
		assert_eq!(free(&MINER), before + 100);
		assert_eq!(rewards(), vec![(MINER, 100)]);
		assert_eq!(Minting::<Test>::get(), Minted { epoch: EPOCH, amount: 100 });
		// Once.
		assert_eq!(burn(403), 0);
		next_extrinsic();
		assert_eq!(burn(403), 0);
	});
}

#[test]
fn rewards_are_off_by_default() {
	run(|| {
		registered();
		RewardCap::set(HUGE);
		System::note_finished_initialize();
		Registry::proven(&MINER);
		assert!(!ProofNotes::<Test>::exists(), "nothing is noted");
		assert_eq!(burn(1_000), 0);
		// Nor with a part and no cap.
		RewardShare::set(Permill::from_percent(10));
		RewardCap::set(0);
		Registry::proven(&MINER);
		assert_eq!(burn(1_000), 0);
		// What was noted while they were on is worth nothing once they are off.
		RewardCap::set(HUGE);
		Registry::proven(&MINER);
		RewardShare::set(Permill::zero());
		assert_eq!(burn(1_000), 0);
	});
}

/// Trap: with all of it returned, jobs that a miner makes for itself would be free.
#[test]
fn more_than_one_half_counts_as_one_half() {
	for percent in [50, 51, 100] {
		rewarding(percent, || {
			Registry::proven(&MINER);
			assert_eq!(burn(1_000), 500);
		});
	}
}

#[test]
fn boundary_of_the_cap_and_of_the_epoch() {
	rewarding(50, || {
		RewardCap::set(230);
		let prove_and_burn = |amount| {
			next_extrinsic();
			Registry::proven(&MINER);
			burn(amount)
		};
		assert_eq!(prove_and_burn(400), 200);
		assert_eq!(prove_and_burn(400), 30);
		assert_eq!(prove_and_burn(400), 0);
		RewardCap::set(231);
		assert_eq!(prove_and_burn(400), 1);
		// Lowered below what was minted already.
		RewardCap::set(100);
		assert_eq!(prove_and_burn(400), 0);
		CurrentEpoch::set(EPOCH + 1);
		assert_eq!(prove_and_burn(400), 100);
		assert_eq!(Minting::<Test>::get(), Minted { epoch: EPOCH + 1, amount: 100 });
	});
}

#[test]
fn receipts_of_a_batch_count_each() {
	rewarding(50, || {
		let before = (free(&MINER), free(&OTHER));
		Registry::proven(&MINER);
		Registry::proven(&OTHER);
		Registry::proven(&MINER);
		assert_eq!(burn(1_001), 499);
		// A half of 1,001 is 500: two parts of three, and one, each rounded down.
		assert_eq!((free(&MINER), free(&OTHER)), (before.0 + 333, before.1 + 166));
		assert_eq!(rewards(), vec![(MINER, 333), (OTHER, 166)]);
	});
}

/// A transaction that does other things besides would have half of all that it burns returned for one proof.
#[test]
fn what_other_calls_of_the_transaction_burn_is_for_nobody() {
	rewarding(50, || {
		assert_eq!(ReceiptBurn::get(), 1_000);
		Registry::proven(&MINER);
		assert_eq!(burn(50_000), 500);
		next_extrinsic();
		Registry::proven(&MINER);
		Registry::proven(&MINER);
		assert_eq!(burn(1_999), 999);
		next_extrinsic();
		Registry::proven(&MINER);
		Registry::proven(&MINER);
		assert_eq!(burn(2_002), 1_000);
	});
}

/// The registry is told of every end of a job; only what it is told of proofs counts.
#[test]
fn a_job_that_ends_without_a_proof_earns_nothing() {
	rewarding(50, || {
		for outcome in [Outcome::Fulfilled, Outcome::Late, Outcome::Slashed] {
			Registry::record_outcome(&MINER, outcome);
			assert!(!ProofNotes::<Test>::exists());
			assert_eq!(burn(1_000), 0);
		}
	});
}

#[test]
fn no_other_extrinsic_pays_for_a_proof() {
	rewarding(50, || {
		// The fee of the one that brought it is never told: it is free, or not a transaction.
		Registry::proven(&MINER);
		next_extrinsic();
		assert_eq!(burn(1_000), 0);
		// Nor is it kept for the next proof.
		Registry::proven(&MINER);
		next_extrinsic();
		Registry::proven(&OTHER);
		assert_eq!(burn(1_000), 500);
		assert_eq!(rewards(), vec![(OTHER, 500)]);
		// The extrinsic of the same number in the next block.
		Registry::proven(&MINER);
		<Registry as Hooks<u64>>::on_finalize(System::block_number());
		assert_eq!(burn(1_000), 0);
		Registry::proven(&MINER);
		<Registry as Hooks<u64>>::on_initialize(System::block_number());
		assert_eq!(burn(1_000), 0);
	});
}

/// Whatever hooks settle, the first extrinsic of the block does not pay for it, although the index of
/// extrinsics is zero while a block begins.
#[test]
fn what_hooks_settle_is_not_noted() {
	rewarding(50, || {
		let (now, parent) = (System::block_number() + 1, System::parent_hash());
		System::initialize(&now, &parent, &Default::default());
		assert_eq!(System::extrinsic_index(), Some(0));
		Registry::proven(&MINER);
		assert!(!ProofNotes::<Test>::exists());
		System::note_finished_initialize();
		assert_eq!(burn(1_000), 0);
		System::note_finished_extrinsics();
		Registry::proven(&MINER);
		assert!(!ProofNotes::<Test>::exists());
		assert_eq!(burn(1_000), 0);
	});
}

#[test]
fn a_fee_of_nothing_mints_nothing() {
	rewarding(50, || {
		Registry::proven(&MINER);
		assert_eq!(burn(0), 0);
		assert!(!ProofNotes::<Test>::exists(), "the note is used up");
		assert_eq!(burn(1_000), 0);
		next_extrinsic();
		// Too little for a unit.
		Registry::proven(&MINER);
		assert_eq!(burn(1), 0);
		assert!(rewards().is_empty());
	});
}

#[test]
fn a_call_that_is_undone_has_brought_nothing() {
	rewarding(50, || {
		let undone: DispatchResult = with_storage_layer(|| {
			Registry::proven(&MINER);
			Err(DispatchError::Other("undone"))
		});
		assert!(undone.is_err());
		assert_eq!(burn(1_000), 0);
	});
}

/// Without a note nothing is written.
#[test]
fn fees_of_other_transactions_change_nothing() {
	rewarding(50, || {
		assert_storage_noop!(Registry::fee_burned(1_000));
	});
}

#[test]
fn what_an_account_cannot_take_is_not_minted() {
	rewarding(50, || {
		// An account that is gone until the fee is known.
		let gone = AccountId::new([99; 32]);
		Registry::proven(&gone);
		Registry::proven(&MINER);
		let before = Balances::total_issuance();
		assert_eq!(burn(2 * (2 * EXISTENTIAL_DEPOSIT - 2)), EXISTENTIAL_DEPOSIT - 1);
		assert!(Balances::total_issuance() < before);
		assert_eq!(rewards(), vec![(MINER, EXISTENTIAL_DEPOSIT - 1)], "nobody gets another's");
		assert_eq!(Minting::<Test>::get().amount, EXISTENTIAL_DEPOSIT - 1);
		assert_eq!(free(&gone), 0);
	});
}

/// As many as a batch has receipts, and one more, who gets nothing.
#[test]
fn boundary_of_the_miners_of_one_transaction() {
	rewarding(50, || {
		let account = |number: u32| AccountId::new([number as u8 + 1; 32]);
		for number in 0..=MAX_REWARDED {
			Registry::proven(&account(number));
		}
		assert_eq!(burn(6_400), 3_200);
		let rewards = rewards();
		assert_eq!(rewards.len(), MAX_REWARDED as usize);
		assert!(rewards.iter().all(|(_, amount)| *amount == 100));
		assert!(rewards.iter().all(|(miner, _)| *miner != account(MAX_REWARDED)));
	});
}

/// Through the extensions of a transaction: of the fee that was paid in the end, without the tip.
#[test]
fn a_transactions_own_fee_is_what_counts() {
	rewarding(50, || {
		BurnedFifths::set(4);
		let remark = frame_system::Call::remark { remark: vec![7; 500] };
		let remark = paid_with_tip(9, 5_000, remark.into());
		let fee = remark.encoded_size() as u128;
		let before = free(&MINER);
		Registry::proven(&MINER);
		assert_eq!(included_transaction(remark), Ok(Ok(())));
		assert_eq!(free(&hot(9)), ENDOWMENT - fee - 5_000);
		assert_eq!(Burned::get(), fee * 4 / 5);
		assert_eq!(free(&MINER) - before, Burned::get() / 2);
		// One that is free tells of no fee.
		next_extrinsic();
		pass_epochs(1);
		let before = free(&MINER);
		Registry::proven(&MINER);
		assert_eq!(included(beat(&MINER, 1, EPOCH + 1)), Ok(Ok(())));
		assert_eq!(free(&MINER), before);
		next_extrinsic();
		let remark = paid_with_tip(9, 0, frame_system::Call::remark { remark: vec![] }.into());
		assert_eq!(included_transaction(remark), Ok(Ok(())));
		assert_eq!(free(&MINER), before);
	});
}

#[derive(Clone, Debug)]
enum Step {
	Proven { by: usize },
	Fee { burned: u128 },
	NextExtrinsic,
	NextBlock,
	NextEpoch,
	Share { percent: u32 },
	Cap { cap: u128 },
}

fn step() -> impl Strategy<Value = Step> {
	prop_oneof![
		4 => (0..3usize).prop_map(|by| Step::Proven { by }),
		4 => (0..5_000u128).prop_map(|burned| Step::Fee { burned }),
		2 => Just(Step::NextExtrinsic),
		1 => Just(Step::NextBlock),
		1 => Just(Step::NextEpoch),
		1 => (0..=100u32).prop_map(|percent| Step::Share { percent }),
		1 => (0..3_000u128).prop_map(|cap| Step::Cap { cap }),
	]
}

/// What must be true of rewards, whatever happens in which order: each fee pays for proofs of its own
/// extrinsic, by no more than half of it and of what as many receipts burn; an epoch mints no more than the
/// cap has been in it.
#[test]
fn rewards_never_exceed_their_part_of_what_was_burned() {
	let miners = [MINER, OTHER, THIRD];
	TestRunner::new(ProptestConfig::with_cases(64))
		.run(&prop::collection::vec(step(), 1..80), |steps| {
			rewarding(40, || {
				assert_ok!(Registration::new(&THIRD, 3).by(&THIRD));
				RewardCap::set(2_000);
				// Proofs that this extrinsic has brought by now, of each miner.
				let mut proofs: BTreeMap<usize, u32> = BTreeMap::new();
				let (mut in_epoch, mut highest_cap) = (0u128, RewardCap::get());
				for step in steps {
					match step {
						Step::Proven { by } => {
							Registry::proven(&miners[by]);
							if !RewardShare::get().is_zero() {
								*proofs.entry(by).or_default() += 1;
							}
						},
						Step::Fee { burned } => {
							let before = miners.clone().map(|miner| free(&miner));
							let minted = burn(burned);
							let receipts: u32 = proofs.values().sum();
							let share = RewardShare::get().min(Permill::from_percent(50));
							let base = burned.min(u128::from(receipts) * ReceiptBurn::get());
							let left = RewardCap::get().saturating_sub(in_epoch);
							let pot = share.mul_floor(base).min(left);
							for (by, miner) in miners.iter().enumerate() {
								let own = u128::from(proofs.get(&by).copied().unwrap_or(0));
								let part = pot * own / u128::from(receipts.max(1));
								assert_eq!(free(miner) - before[by], part);
							}
							assert!(minted <= pot && minted * 2 <= burned);
							in_epoch += minted;
							assert!(in_epoch <= highest_cap);
							proofs.clear();
						},
						Step::NextExtrinsic => {
							next_extrinsic();
							proofs.clear();
						},
						Step::NextBlock => {
							let now = System::block_number();
							<Registry as Hooks<u64>>::on_finalize(now);
							System::note_finished_extrinsics();
							let parent = System::parent_hash();
							System::initialize(&(now + 1), &parent, &Default::default());
							start_block_in(CurrentEpoch::get());
							System::note_finished_initialize();
							proofs.clear();
						},
						Step::NextEpoch => {
							let epoch: EpochIndex = CurrentEpoch::get() + 1;
							CurrentEpoch::set(epoch);
							in_epoch = 0;
							highest_cap = RewardCap::get();
						},
						Step::Share { percent } => RewardShare::set(Permill::from_percent(percent)),
						Step::Cap { cap } => {
							RewardCap::set(cap);
							highest_cap = highest_cap.max(cap);
						},
					}
					Registry::do_try_state().unwrap();
				}
				// The last check of `run` is about money that is minted while there is a part.
				RewardShare::set(Permill::from_percent(50));
			});
			Ok(())
		})
		.unwrap();
}
