//! The privacy test: one scenario with two sets of secrets. Wallets, values, units, prices and who is paid
//! differ; the blocks differ in nothing but what docs/privacy.md lists, which looks random and is as long. No
//! account signs a private call.
//!
//! What a test of the runtime does not have is not compared: when a call was sent, and from where.

mod blocks;
mod mask;
mod scenario;

use crate::*;
use blocks::{Extrinsic, Sent, ShownBlock};
use mask::{compare, requesters, Comparison, Difference, Random};
use pallet_confidential_settlement::{Call as PoolCall, Event as PoolEvent};
use pallet_model_marketplace::{Call as MarketCall, Event as MarketEvent};
use scenario::{play, SECRETS};
use sp_keyring::Sr25519Keyring::{Alice, Charlie, Dave, Eve};
use std::{collections::BTreeSet, sync::LazyLock};

/// What the scenario shows by the one set of secrets and by the other.
static SHOWN: LazyLock<[Vec<ShownBlock>; 2]> = LazyLock::new(|| SECRETS.each_ref().map(play));

/// Jobs of the scenario.
const JOBS: usize = 3;

/// Private calls of the scenario: a transfer, a withdrawal, a post for each job, a settlement, two transfers.
const PRIVATE_CALLS: usize = 1 + 1 + JOBS + 1 + 2;

fn told(differences: &[Difference]) -> String {
	let shown: Vec<_> = differences.iter().map(|difference| difference.shown.as_str()).collect();
	shown.join("\n")
}

fn is_private(call: &RuntimeCall) -> bool {
	let RuntimeCall::ConfidentialSettlement(call) = call else { return false };
	matches!(
		call,
		PoolCall::transfer { .. }
			| PoolCall::withdraw { .. }
			| PoolCall::post_private_job { .. }
			| PoolCall::settle { .. }
			| PoolCall::settle_verdict { .. }
	)
}

#[test]
fn success_other_secrets_change_nothing_but_what_looks_random() {
	let [one, other] = &*SHOWN;
	let Comparison { differences, hidden } = compare(one, other);
	assert!(differences.is_empty(), "{}", told(&differences));

	// All of the list is there, and nothing of it is the same by accident or was never varied.
	let [of_one, of_other] = hidden;
	assert_eq!(of_one.len(), of_other.len());
	let list: BTreeSet<_> = of_one.iter().map(|(what, _)| *what).collect();
	assert_eq!(list, BTreeSet::from(Random::ALL));
	for ((what, left), (also, right)) in of_one.iter().zip(&of_other) {
		assert_eq!((what, left.len()), (also, right.len()));
		// The first is over blocks that are the same but for signatures.
		if *what != Random::Attested {
			assert_ne!(left, right, "{what:?}");
		}
	}
	let attested = |hidden: &[(Random, Vec<u8>)]| {
		let found = hidden.iter().filter(|(what, _)| *what == Random::Attested);
		found.map(|(_, root)| root.clone()).next_back()
	};
	assert_ne!(attested(&of_one), attested(&of_other));
}

/// Nothing that is made for one job is made for another as well, by which the two would be of one wallet.
#[test]
fn jobs_of_one_wallet_have_nothing_random_in_common() {
	let [one, other] = &*SHOWN;
	let hidden = compare(one, other).hidden;
	for of_one in hidden {
		for made in [Random::Escrow, Random::Terms, Random::ChangeKey, Random::Requester] {
			let found = of_one.iter().filter(|(what, _)| *what == made);
			let different: BTreeSet<_> = found.map(|(_, value)| value).collect();
			assert_eq!(different.len(), JOBS, "{made:?}");
		}
	}
	let all: BTreeSet<_> = [one, other].into_iter().flat_map(|shown| requesters(shown)).collect();
	assert_eq!(all.len(), 2 * JOBS, "each job has an account of its own");
}

/// Nobody signs anything but those who deposit in the open, the miner's hot key, and the accounts that are for
/// one job. That all other accounts are the same wherever they are is in the comparison.
#[test]
fn no_account_signs_a_private_call() {
	for shown in &*SHOWN {
		let requesters = requesters(shown);
		let mut private = 0;
		for Extrinsic { sent, call, .. } in shown.iter().flat_map(|block| &block.extrinsics) {
			private += usize::from(is_private(call));
			match sent {
				Sent::Nobody(_) => assert!(is_private(call), "{call:?}"),
				Sent::Author => assert!(matches!(call, RuntimeCall::Timestamp(_)), "{call:?}"),
				Sent::Account(account, _) => {
					assert!(!is_private(call), "{account:?} signs {call:?}");
					let known = [Alice, Charlie, Eve].map(|key| key.to_account_id());
					let job = requesters.iter().position(|requester| requester == account);
					match (call, job) {
						(RuntimeCall::ModelMarketplace(call), Some(own)) => match call {
							MarketCall::send_opening { job, .. }
							| MarketCall::cancel_job { job }
							| MarketCall::remove_job { job } => assert_eq!(*job, own as u64),
							_ => panic!("a requester signs {call:?}"),
						},
						(call, Some(_)) => {
							let deposit = matches!(
								call,
								RuntimeCall::ConfidentialSettlement(PoolCall::deposit { .. })
							);
							assert!(deposit, "a requester signs {call:?}");
						},
						(call, None) => assert!(known.contains(account), "{call:?}"),
					}
				},
			}
		}
		assert_eq!(private, PRIVATE_CALLS);
	}
}

/// The test of the test: public numbers that follow secret ones are seen, each where it is.
#[test]
fn fails_when_a_public_number_follows_a_secret_one() {
	let [one, other] = SECRETS.map(|secrets| play(&secrets.leaking()));
	let differences = compare(&one, &other).differences;
	for what in [
		// A fee by the amount, what is paid in by the price, an output's size and a fee by the units.
		"ConfidentialSettlement::transfer",
		"ConfidentialSettlement::post_private_job",
		"ModelMarketplace::deliver_job",
		"ConfidentialSettlement::settle",
	] {
		let found = differences.iter().any(|difference| difference.what == what);
		assert!(found, "{what} is not among:\n{}", told(&differences));
	}
}

/// A change of one call. Whether there was anything to change.
type Change = fn(&mut RuntimeCall) -> bool;

macro_rules! change {
	($call:pat => $change:expr) => {
		|call: &mut RuntimeCall| match call {
			$call => {
				$change;
				true
			},
			_ => false,
		}
	};
}

/// What of the scenario is different where each call is changed so.
fn changed(change: Change) -> Vec<Difference> {
	let [shown, _] = &*SHOWN;
	let mut blocks = shown.clone();
	let calls = blocks.iter_mut().flat_map(|block| &mut block.extrinsics);
	let changes: usize = calls.map(|extrinsic| usize::from(change(&mut extrinsic.call))).sum();
	assert!(changes > 0, "there is something to change");
	compare(shown, &blocks).differences
}

#[test]
fn fails_when_anything_else_of_a_call_differs() {
	use crate::RuntimeCall::{ConfidentialSettlement as Pool, ModelMarketplace as Market};
	let changes: [Change; 30] = [
		change!(Pool(PoolCall::deposit { amount, .. }) => *amount += 1),
		change!(Pool(PoolCall::deposit { ciphertext, .. }) => ciphertext[0] += 1),
		change!(Pool(PoolCall::transfer { header, .. }) => header.valid_until += 1),
		change!(Pool(PoolCall::transfer { header, .. }) => {
			header.submitter = Some(Dave.to_account_id())
		}),
		change!(Pool(PoolCall::transfer { header, .. }) => header.nonce += 1),
		change!(Pool(PoolCall::transfer { header, .. }) => header.circuit[0] ^= 1),
		change!(Pool(PoolCall::transfer { claims, .. }) => claims.fee += 1),
		change!(Pool(PoolCall::transfer { ciphertexts, .. }) => ciphertexts[1][0] += 1),
		change!(Pool(PoolCall::withdraw { header, .. }) => header.payee = Dave.to_account_id()),
		change!(Pool(PoolCall::withdraw { claims, .. }) => claims.amount += 1),
		change!(Pool(PoolCall::withdraw { claims, .. }) => claims.fee += 1),
		change!(Pool(PoolCall::post_private_job { header, .. }) => header.valid_until += 1),
		change!(Pool(PoolCall::post_private_job { header, .. }) => {
			header.payee = Dave.to_account_id()
		}),
		change!(Pool(PoolCall::post_private_job { claims, .. }) => claims.paid_in += 1),
		change!(Pool(PoolCall::post_private_job { claims, .. }) => claims.fee += 1),
		change!(Pool(PoolCall::post_private_job { request, .. }) => request.input.size += 1),
		change!(Pool(PoolCall::post_private_job { request, .. }) => request.issuer_fee += 1),
		change!(Pool(PoolCall::post_private_job { request, .. }) => request.miner_bond += 1),
		change!(Pool(PoolCall::post_private_job { request, .. }) => request.timeout += 1),
		change!(Pool(PoolCall::post_private_job { request, .. }) => request.declines += 1),
		change!(Pool(PoolCall::settle { claims, .. }) => claims.settlement.fee += 1),
		change!(Pool(PoolCall::settle { claims, .. }) => claims.issuer_root.0[0] ^= 1),
		change!(Pool(PoolCall::settle { claims, .. }) => claims.issuer_index += 1),
		change!(Pool(PoolCall::settle { claims, .. }) => claims.expires_at += 1),
		change!(Pool(PoolCall::settle { claims, .. }) => claims.as_of += 1),
		change!(Pool(PoolCall::settle { header, .. }) => header.subject = None),
		change!(Market(MarketCall::lock_private_job { job, .. }) => *job += 1),
		change!(Market(MarketCall::send_opening { nonce, .. }) => *nonce += 1),
		change!(Market(MarketCall::deliver_job { output, .. }) => output.size += 1),
		change!(RuntimeCall::Timestamp(pallet_timestamp::Call::set { now }) => *now += 1),
	];
	for (place, change) in changes.into_iter().enumerate() {
		assert!(!changed(change).is_empty(), "change {place}");
	}
}

/// Of what looks random it is compared where the same is again: a call that names an older root shows it.
#[test]
fn fails_when_what_looks_random_is_in_another_place() {
	use crate::RuntimeCall::ConfidentialSettlement as Pool;
	let changes: [Change; 3] = [
		change!(Pool(PoolCall::transfer { claims, .. }) => claims.root.0[0] ^= 1),
		change!(Pool(PoolCall::withdraw { claims, .. }) => claims.nullifiers.reverse()),
		change!(Pool(PoolCall::post_private_job { claims, .. }) => claims.offer.change_key[0] ^= 1),
	];
	for (place, change) in changes.into_iter().enumerate() {
		assert!(!changed(change).is_empty(), "change {place}");
	}
	// Elsewhere nobody knows one from another.
	let others: [Change; 2] = [
		change!(Pool(PoolCall::transfer { proof, .. }) => proof[0] ^= 1),
		change!(Pool(PoolCall::settle { claims, .. }) => claims.settlement.encrypted_change.0[0] ^= 1),
	];
	for (place, change) in others.into_iter().enumerate() {
		let differences = changed(change);
		assert!(differences.is_empty(), "change {place}: {}", told(&differences));
	}
}

/// Changes each event that is to be changed, of which there is one at least.
fn events(blocks: &mut [ShownBlock], change: impl Fn(&mut RuntimeEvent) -> bool) {
	let records = blocks.iter_mut().flat_map(|block| &mut block.events);
	let changes: usize = records.map(|record| usize::from(change(&mut record.event))).sum();
	assert!(changes > 0, "there is something to change");
}

#[test]
fn fails_when_anything_else_of_a_block_differs() {
	let changes: [fn(&mut Vec<ShownBlock>); 10] = [
		|blocks| drop(blocks.pop()),
		|blocks| blocks[3].header.number += 1,
		|blocks| drop(blocks[3].header.digest.logs.pop()),
		|blocks| drop(blocks[0].extrinsics.pop()),
		|blocks| blocks[0].extrinsics.swap(1, 2),
		|blocks| drop(blocks[1].events.pop()),
		// One that is longer, and private calls that an account has signed.
		|blocks| blocks[1].extrinsics[1].length += 1,
		|blocks| {
			for extrinsic in blocks.iter_mut().flat_map(|block| &mut block.extrinsics) {
				if is_private(&extrinsic.call) {
					extrinsic.sent = Sent::Account(Dave.to_account_id(), Vec::new());
				}
			}
		},
		|blocks| {
			events(blocks, |event| match event {
				RuntimeEvent::ConfidentialSettlement(PoolEvent::Settled { fee, .. }) => {
					*fee += 1;
					true
				},
				_ => false,
			})
		},
		|blocks| {
			events(blocks, |event| match event {
				RuntimeEvent::ModelMarketplace(MarketEvent::JobFulfilled { amount, .. }) => {
					*amount += 1;
					true
				},
				_ => false,
			})
		},
	];
	let [shown, _] = &*SHOWN;
	for (place, change) in changes.into_iter().enumerate() {
		let mut blocks = shown.clone();
		change(&mut blocks);
		assert!(!compare(shown, &blocks).differences.is_empty(), "change {place}");
	}
}
