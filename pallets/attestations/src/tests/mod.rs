//! Each leaf, each error, each boundary; and paths, by the real range.

mod block_end;
mod forks;
mod invariants;
mod outbox;
mod paths;
mod receipts;

use crate::{mock::*, Error, Event, LastBlock, Messages, Receipts, Target, Targets};
use polkadot_sdk::{
	frame_support::{assert_noop, assert_ok, hypothetically, traits::Hooks},
	sp_runtime::DispatchResult,
};
use quittance_attestations::{
	block_tree, AttestedBlock, Hash, Leaf, Log, Message, Native, Path, PathError, RangeProof,
	Receipt, Statement,
};
use quittance_types::{Acceptance, AcceptedReceipt, AcceptedReceipts, FieldBytes, Level};

/// A receipt for this job, different for each.
fn accepted_receipt(job: u64) -> AcceptedReceipt<AccountId> {
	AcceptedReceipt {
		miner: MINER,
		issuer: ISSUER,
		amount: 1_000 + u128::from(job),
		nullifier: FieldBytes(some_hash((b"nullifier", job))),
	}
}

fn subject(job: u64) -> FieldBytes {
	FieldBytes(some_hash((b"subject", job)))
}

/// The chain accepts a receipt for this job.
fn accept(job: u64) {
	Attestations::accepted(Acceptance {
		job,
		level: Level::Basic,
		subject: subject(job),
		output: None,
		receipt: &accepted_receipt(job),
	});
}

/// The leaf it becomes.
fn receipt(job: u64) -> Receipt {
	let AcceptedReceipt { amount, nullifier, .. } = accepted_receipt(job);
	Receipt {
		job,
		subject: subject(job).0,
		miner: MINER.into(),
		issuer: ISSUER.into(),
		level: quittance_attestations::Level::Basic,
		amount,
		nullifier: nullifier.0,
		output: None,
	}
}

const STATEMENT: Statement = Statement::Receipt([0xA1; 32]);
const PAYLOAD: [u8; 32] = [0xA2; 32];

/// Alice sends a message to a chain.
fn post(target: u32) -> DispatchResult {
	Attestations::post_message(RuntimeOrigin::signed(ALICE), target, STATEMENT, PAYLOAD)
}

/// The leaf it becomes.
fn message(target: u32, sequence: u64) -> Message {
	Message { target, sequence, sender: ALICE.into(), statement: STATEMENT, payload: PAYLOAD }
}

fn open(target: u32) {
	assert_ok!(Attestations::set_target(RuntimeOrigin::root(), target, true));
}

/// The root over these leaves, by the portable hash.
fn root_of(leaves: &[Leaf]) -> Hash {
	let hashes: Vec<_> = leaves.iter().map(Leaf::hash::<Native>).collect();
	block_tree::root::<Native>(&hashes).unwrap()
}

/// The path of one of a block's leaves in the range as it was in the block `covered`, from what a node has.
fn path(block: &BlockHeader, index: u32, covered: &BlockHeader) -> Path {
	let (leaves, proof) =
		Mmr::generate_proof(vec![block.number + 1], Some(covered.number)).unwrap();
	let attested = leaves[0];
	let leaves = leaves_under(&attested.root);
	let hashes: Vec<_> = leaves.iter().map(Leaf::hash::<Native>).collect();
	Path {
		leaf: leaves[index as usize],
		index,
		siblings: block_tree::siblings::<Native>(&hashes, index).unwrap(),
		block: attested,
		range: RangeProof {
			index: proof.leaf_indices[0],
			leaves: proof.leaf_count,
			items: proof.items.into_iter().map(Into::into).collect(),
		},
	}
}
