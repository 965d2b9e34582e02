use super::{
	market::{
		account, by_receipt, by_verdict, given_back, input, locked, order, posted,
		settlement_terms, take, Taken, FEE, PAID_IN, POST, POST_FEE, REQUEST, SETTLE,
	},
	*,
};
use crate::{
	Balance, Happened, JobEnd, JobError, JobOrder, JobPrice, JobStage, PostError, SpendError,
	GRACE_BLOCKS, PERIOD_BLOCKS,
};
use codec::{Decode, Encode};
use proptest::prelude::*;
use quittance_babyjubjub::SecretKey;
use quittance_circuits::{post_private_job, transfer, Shape};
use quittance_types::{EscrowOpening, JobId, PrivateOffer, PrivateTerms};
use std::{collections::BTreeSet, sync::LazyLock};

static SHAPE: LazyLock<Shape> = LazyLock::new(post_private_job::shape);

fn happened(wallet: &Wallet) -> Vec<Happened> {
	wallet.history().iter().map(|entry| entry.what).collect()
}

fn with(amounts: &[u64]) -> (Chain, Party) {
	let (mut chain, mut alice) = (Chain::new(), Party::new(1));
	alice.fund(&mut chain, amounts);
	(chain, alice)
}

fn stage(party: &Party, job: JobId) -> JobStage {
	party.wallet.private_job(job).unwrap().stage()
}

/// A wallet from the seed and the chain, which was told what the jobs' inputs say.
fn restored(party: &Party, chain: &Chain) -> Wallet {
	let mut wallet = party.restored(chain);
	recall_all(&mut wallet, party);
	wallet
}

fn recall_all(wallet: &mut Wallet, party: &Party) {
	let prices: Vec<_> = party
		.wallet
		.private_jobs()
		.filter_map(|(_, own)| Some((own.job()?, own.price()?.unit_price)))
		.collect();
	for (job, unit_price) in prices {
		wallet.recall_price(&party.keys, job, unit_price).unwrap();
	}
}

// Posting

/// What the prover is given is what the chain will compute, and the circuit holds.
#[test]
fn a_post_is_ready_for_the_prover() {
	for amounts in [&[1_000u64, 20][..], &[1_000], &[300, 290], &[3, 900, 4, 5, 6, 7]] {
		let (chain, mut alice) = with(amounts);
		let terms = Terms { relayer: Some([9; 32]), ..terms(&chain, POST_FEE) };
		let Party { keys, wallet, rng } = &mut alice;
		let call = wallet.post_private_job(keys, &POOL, &order(5, 100), account, &terms, rng);
		let call = call.unwrap();
		let inputs = call.claims.inputs::<Native, _>(&call.header);
		assert_eq!(inputs, Ok(call.public.to_fields()));
		assert_eq!(call.claims.arguments(&REQUEST, &call.ciphertext), call.header.arguments);
		assert_eq!(call.claims.root, chain.root().into());
		let (claims, header) = (&call.claims, &call.header);
		assert_eq!((claims.paid_in, claims.fee), (PAID_IN.into(), POST_FEE.into()));
		assert_eq!((header.genesis, header.pallet, header.circuit), (GENESIS, 44, POST));
		assert_eq!((header.subject, header.nonce), (None, 0));
		assert_eq!((header.submitter, header.valid_until), (Some([9; 32]), terms.valid_until));
		let seed = alice.keys.requester_seed(&claims.nullifiers[0]);
		assert_eq!(header.payee, account(&seed));
		let assignment = post_private_job::assign(&call.public, call.witness()).unwrap();
		assert!(SHAPE.is_satisfied(&assignment));
	}
}

/// A dummy's nullifier is random: what is derived from it would be lost with the wallet's file.
#[test]
fn the_first_note_is_never_a_dummy() {
	let mut first = BTreeSet::new();
	for amounts in [&[1_000u64][..], &[1_000, 20]] {
		let (chain, mut alice) = with(amounts);
		for _ in 0..24 {
			let call = alice.order(&chain, 5, 100).unwrap();
			let [one, other] = call.witness().inputs.each_ref().map(|note| note.value);
			assert!(one > 0);
			assert_eq!(other == 0, amounts.len() == 1);
			if amounts.len() > 1 {
				first.insert(one);
			}
			alice.wallet.release(call.spends.iter().copied());
		}
	}
	assert_eq!(first, BTreeSet::from([20, 1_000]), "of two notes either is");
}

#[test]
fn all_that_is_secret_is_of_the_wallet_and_the_first_note() {
	let (chain, mut alice) = with(&[1_000, 2_000]);
	let call = alice.order(&chain, 5, 300).unwrap();
	let [first, second] = call.claims.nullifiers;
	let escrow = call.witness().escrow;
	let again = alice.keys.of_post(&first);
	assert!(again.opening(&JobPrice { unit_price: 5, max_units: 300 }) == escrow);
	assert!(again.label.is_own());
	assert_eq!(again.owner, alice.keys.owner(again.label));

	let elsewhere = Keys::new(&Seed::from_bytes(&[1; 32]), &[8; 32]);
	let all = [
		(&alice.keys, first),
		(&alice.keys, second),
		(&Party::new(2).keys, first),
		(&elsewhere, first),
	]
	.map(|(keys, nullifier)| {
		let opening = keys.of_post(&nullifier).opening(&JobPrice { unit_price: 5, max_units: 300 });
		let EscrowOpening { terms, owner, rho, change_key } = opening;
		(terms.salt, owner, rho, change_key, keys.requester_seed(&nullifier))
	});
	for (place, one) in all.iter().enumerate() {
		for other in &all[..place] {
			assert!(one.0 != other.0 && one.1 != other.1 && one.2 != other.2);
			assert!(one.3 != other.3 && one.4 != other.4);
		}
		assert_ne!(one.0, one.2, "no two of one are alike");
	}
}

#[test]
fn fails_when_an_order_is_none_and_changes_nothing() {
	let (chain, mut alice) = with(&[u64::MAX, 500]);
	let terms = terms(&chain, POST_FEE);
	let before = alice.wallet.clone();
	let mut refused = |order: JobOrder<'_, [&str; 2]>, terms: &Terms, payee: [u8; 32]| {
		let Party { keys, wallet, rng } = &mut alice;
		let error = wallet.post_private_job(keys, &POOL, &order, |_| payee, terms, rng).err();
		assert_eq!(error.is_some(), *wallet == before);
		wallet.release([0, 1]);
		assert!(*wallet == before);
		error
	};
	let other = [9; 32];
	assert_eq!(refused(order(0, 5), &terms, other), Some(PostError::ZeroPrice));
	assert_eq!(refused(order(5, 0), &terms, other), Some(PostError::ZeroUnits));
	let too_large =
		|unit_price, max_units| Some(PostError::EscrowTooLarge { unit_price, max_units });
	assert_eq!(refused(order(u64::MAX, 2), &terms, other), too_large(u64::MAX, 2));
	assert_eq!(refused(order(1 << 32, 1 << 32), &terms, other), too_large(1 << 32, 1 << 32));
	let unpaid = JobOrder { paid_in: 0, ..order(5, 5) };
	assert_eq!(refused(unpaid, &terms, other), Some(PostError::NothingPaidIn));
	let amount = Some(PostError::Spend(SpendError::AmountTooLarge));
	let paid = JobOrder { paid_in: u64::MAX, ..order(5, 5) };
	assert_eq!(refused(paid, &terms, other), amount);
	let most = u64::MAX - PAID_IN - POST_FEE;
	assert_eq!(refused(order(1, most + 1), &terms, other), amount);
	assert_eq!(refused(order(1, most), &terms, other), None);
	let pays = Some(PostError::Spend(SpendError::PaysPool));
	assert_eq!(refused(order(5, 5), &terms, POOL.account), pays);
	let relayed = Terms { relayer: Some(POOL.account), ..terms };
	assert_eq!(refused(order(5, 5), &relayed, other), pays);
	let late = Terms { block: u64::from(u32::MAX) * PERIOD_BLOCKS, ..terms };
	let error = refused(order(5, 5), &late, other);
	assert!(matches!(error, Some(PostError::Spend(SpendError::Address(_)))));
}

#[test]
fn fails_when_there_is_not_enough_for_a_job() {
	let (chain, mut alice) = with(&[100, 200, 300]);
	let refused = |alice: &mut Party, units| alice.order(&chain, 5, units).err();
	// 600 in three notes: 500 in two. A job of 86 units and what goes with it is 500.
	let error = refused(&mut alice, 87);
	assert!(matches!(error, Some(PostError::Spend(SpendError::JoinFirst { joins: 1, .. }))));
	let (most, waiting, reserved) = (590, 0, 0);
	let error = SpendError::NotEnough { needed: 595, most, waiting, reserved };
	assert_eq!(refused(&mut alice, 105), Some(error.into()));
	assert_eq!(refused(&mut alice, 86), None);
	let mut bob = Party::new(2);
	std::mem::swap(&mut alice.wallet, &mut bob.wallet);
	assert_eq!(refused(&mut bob, 1), Some(SpendError::OtherKeys.into()));
}

#[test]
fn boundary_all_of_it_is_for_the_job() {
	let (mut chain, mut alice) = with(&[570]);
	let job = alice.post(&mut chain, 5, 100);
	assert_eq!(alice.wallet.balance(), Balance::default());
	assert_eq!(alice.wallet.escrowed(), 500);
	let (fee, paid_in) = (POST_FEE, PAID_IN);
	let entry = Happened::PrivateJobPosted { job, escrowed: 500, paid_in, fee };
	assert_eq!(alice.wallet.history().last().unwrap().what, entry);
	assert!(restored(&alice, &chain) == alice.wallet);
}

// From the post to the end

#[test]
fn a_job_from_the_post_to_the_change() {
	let (mut chain, mut alice) = with(&[1_000, 50]);
	let bob = Party::new(2);
	let call = alice.order(&chain, 5, 100).unwrap();
	let made: Vec<_> = alice.wallet.private_jobs().collect();
	let [(nullifier, own)] = made[..] else { panic!("one job is made") };
	assert_eq!(nullifier, call.claims.nullifiers[0]);
	assert_eq!((own.job(), own.block(), own.offer()), (None, None, None));
	assert_eq!((own.escrowed(), own.stage()), (Some(500), JobStage::Made));
	assert_eq!(alice.wallet.escrowed(), 0);
	assert_eq!(alice.wallet.balance().reserved, 1_050);

	let job = chain.jobs();
	let block = chain.block(vec![posted(&call, job)]);
	alice.follow(&chain);
	let own = alice.wallet.private_job(job).unwrap();
	assert_eq!((own.job(), own.block()), (Some(job), Some(block)));
	assert_eq!((own.offer(), own.stage()), (Some(call.claims.offer), JobStage::Posted));
	assert!(own.price() == Some(JobPrice { unit_price: 5, max_units: 100 }));
	assert_eq!(alice.wallet.escrowed(), 500);
	let rest = 1_050 - 500 - PAID_IN - POST_FEE;
	assert_eq!(alice.wallet.balance(), Balance { available: rest, ..Balance::default() });

	let taken = take(&mut alice, &bob, job, 1);
	let call = taken.settle(&bob, &taken.signed(30), &settlement_terms(chain.next)).unwrap();
	chain.block(vec![by_receipt(job, &call)]);
	alice.follow(&chain);
	let end = JobEnd::Settled { change: Some(350) };
	assert_eq!(stage(&alice, job), JobStage::Ended(end));
	assert_eq!(alice.wallet.escrowed(), 0);
	let all = Balance { available: rest + 350, ..Balance::default() };
	assert_eq!(alice.wallet.balance(), all);
	let (fee, paid_in) = (POST_FEE, PAID_IN);
	assert_eq!(
		happened(&alice.wallet)[2..],
		[
			Happened::PrivateJobPosted { job, escrowed: 500, paid_in, fee },
			Happened::PrivateJobSettled { job, paid: Some(150), change: 350 },
		]
	);
	assert!(restored(&alice, &chain) == alice.wallet);
}

#[test]
fn a_job_that_a_panel_has_judged() {
	let (mut chain, mut alice) = with(&[1_000]);
	let bob = Party::new(2);
	let job = alice.post(&mut chain, 5, 100);
	let taken = take(&mut alice, &bob, job, 1);
	let terms = settlement_terms(chain.next);
	let call = taken.settle_verdict(&bob, 99, 20, &terms).unwrap();
	chain.block(vec![by_verdict(job, &call)]);
	alice.follow(&chain);
	let end = JobEnd::Settled { change: Some(5) };
	assert_eq!(stage(&alice, job), JobStage::Ended(end));
	assert_eq!(alice.wallet.balance().available, 1_000 - PAID_IN - POST_FEE - 495);
	assert!(restored(&alice, &chain) == alice.wallet);
}

#[test]
fn boundary_nothing_comes_back() {
	let (mut chain, mut alice) = with(&[1_000]);
	let bob = Party::new(2);
	let job = alice.post(&mut chain, 5, 100);
	let taken = take(&mut alice, &bob, job, 1);
	let call = taken.settle(&bob, &taken.signed(100), &settlement_terms(chain.next)).unwrap();
	chain.block(vec![by_receipt(job, &call)]);
	let notes = alice.wallet.notes().count();
	alice.follow(&chain);
	let end = JobEnd::Settled { change: Some(0) };
	assert_eq!(stage(&alice, job), JobStage::Ended(end));
	assert_eq!(alice.wallet.notes().count(), notes, "a note of nothing is passed over");
	let entry = Happened::PrivateJobSettled { job, paid: Some(500), change: 0 };
	assert_eq!(alice.wallet.history().last().unwrap().what, entry);
	assert!(restored(&alice, &chain) == alice.wallet);
}

#[test]
fn a_job_that_nobody_did_is_given_back() {
	let (mut chain, mut alice) = with(&[1_000]);
	let job = alice.post(&mut chain, 5, 100);
	let offer = alice.offer(job);
	chain.block(vec![given_back(job, &offer)]);
	alice.follow(&chain);
	let end = JobEnd::GivenBack { amount: Some(500) };
	assert_eq!(stage(&alice, job), JobStage::Ended(end));
	assert_eq!(alice.wallet.balance().available, 1_000 - PAID_IN - POST_FEE);
	let entry = Happened::EscrowReturned { job, amount: 500 };
	assert_eq!(alice.wallet.history().last().unwrap().what, entry);
	assert!(restored(&alice, &chain) == alice.wallet);
}

/// What came back is a note like any other: it is spent, and the circuit holds.
#[test]
fn what_came_back_can_be_spent() {
	let shape = transfer::shape();
	let bob = Party::new(2);
	for settled in [false, true] {
		let (mut chain, mut alice) = with(&[600]);
		let job = alice.post(&mut chain, 5, 100);
		let end = if settled {
			let taken = take(&mut alice, &bob, job, 1);
			let terms = settlement_terms(chain.next);
			by_receipt(job, &taken.settle(&bob, &taken.signed(1), &terms).unwrap())
		} else {
			given_back(job, &alice.offer(job))
		};
		chain.block(vec![end]);
		alice.follow(&chain);
		let to = Party::new(3).address(chain.next);
		let terms = terms(&chain, 1);
		let Party { keys, wallet, rng } = &mut alice;
		let call = wallet.transfer(keys, &POOL, &to, 480, &terms, rng).unwrap();
		let assignment = transfer::assign(&call.public, call.witness()).unwrap();
		assert!(shape.is_satisfied(&assignment));
		chain.block(vec![transferred(&call)]);
		alice.follow(&chain);
		let left = 600 - PAID_IN - POST_FEE - 481 - if settled { 5 } else { 0 };
		assert_eq!(alice.wallet.balance().available, left);
		assert!(restored(&alice, &chain) == alice.wallet);
	}
}

/// Post and end in one block, or all blocks at once, or one after the other with the wallet put away
/// between them.
#[test]
fn scanning_goes_on_where_it_stopped() {
	let (mut chain, mut alice) = with(&[1_000, 2_000]);
	let bob = Party::new(2);
	let first = alice.post(&mut chain, 5, 100);
	let second = alice.post(&mut chain, 7, 10);
	let taken = take(&mut alice, &bob, first, 1);
	let call = taken.settle(&bob, &taken.signed(30), &settlement_terms(chain.next)).unwrap();
	let offer = alice.offer(second);
	chain.block(vec![given_back(second, &offer), by_receipt(first, &call)]);
	alice.follow(&chain);
	let third = chain.jobs();
	let call = alice.order(&chain, 11, 3).unwrap();
	chain.block(vec![posted(&call, third), given_back(third, &call.claims.offer)]);
	alice.follow(&chain);
	assert_eq!(stage(&alice, third), JobStage::Ended(JobEnd::GivenBack { amount: Some(33) }));

	let reader = Reader::Owner(&alice.keys);
	for stop in 0..=chain.blocks.len() {
		let mut wallet = Wallet::new(reader);
		let (before, after) = chain.blocks.split_at(stop);
		wallet.scan(reader, before, stop as u64).unwrap();
		let mut wallet = Wallet::decode(&mut &wallet.encode()[..]).unwrap();
		wallet.scan(reader, after, chain.last()).unwrap();
		recall_all(&mut wallet, &alice);
		assert!(wallet == alice.wallet, "stopped after {stop}");
	}
	let stored = alice.wallet.encode();
	assert!(Wallet::decode(&mut &stored[..]).unwrap() == alice.wallet);
}

// What a wallet knows, and what others do

#[test]
fn a_restored_wallet_knows_all_but_the_price_of_a_unit() {
	let (mut chain, mut alice) = with(&[1_000, 30]);
	let job = alice.post(&mut chain, 5, 100);
	let mut wallet = alice.restored(&chain);
	assert_eq!(wallet.escrowed(), 500);
	assert_eq!(wallet.balance(), alice.wallet.balance());
	assert_eq!(wallet.history(), alice.wallet.history());
	let seed = alice.wallet.requester_seed(&alice.keys, job).unwrap();
	assert_eq!(wallet.requester_seed(&alice.keys, job).unwrap(), seed);
	assert!(wallet.private_job(job).unwrap().price().is_none());
	let error = Some(JobError::PriceUnknown(job));
	assert_eq!(wallet.escrow_opening(&alice.keys, job).err(), error);

	// The job's input says it.
	let before = wallet.clone();
	for other in [0, 1, 4, 6, 100, 500, 501, u64::MAX] {
		let error = Err(JobError::OtherPrice(job));
		assert_eq!(wallet.recall_price(&alice.keys, job, other), error, "{other}");
	}
	assert!(wallet == before);
	wallet.recall_price(&alice.keys, job, 5).unwrap();
	assert!(wallet == alice.wallet);
	let opening = wallet.escrow_opening(&alice.keys, job).unwrap();
	assert!(opening == alice.wallet.escrow_opening(&alice.keys, job).unwrap());
	assert_eq!(opening.offer::<Native>(), Some(alice.offer(job)));
	assert!(opening.matches::<Native>(&alice.offer(job), &input(5, 100), 500).is_ok());
}

#[test]
fn fails_when_a_job_is_not_this_wallets() {
	let (mut chain, mut alice) = with(&[1_000]);
	let job = alice.post(&mut chain, 5, 100);
	let bob = Party::new(2);
	let all = |wallet: &mut Wallet, keys: &Keys, job| {
		[
			wallet.escrow_opening(keys, job).err(),
			wallet.requester_seed(keys, job).err(),
			wallet.recall_price(keys, job, 5).err(),
		]
	};
	assert_eq!(all(&mut alice.wallet, &alice.keys, job), [None; 3]);
	let unknown = Some(JobError::Unknown(job + 1));
	assert_eq!(all(&mut alice.wallet, &alice.keys, job + 1), [unknown; 3]);
	assert_eq!(all(&mut alice.wallet, &bob.keys, job), [Some(JobError::OtherKeys); 3]);
	assert!(alice.wallet.private_job(job + 1).is_none());
}

/// Claims that a stranger's job has this offer.
fn foreign_post(job: JobId, offer: PrivateOffer, rng: &mut Seeded) -> (Action, Vec<Leaf>) {
	let [first, second, change] = [(); 3].map(|()| crate::keys::random_field(rng).into());
	let (paid_in, fee) = (PAID_IN.into(), POST_FEE.into());
	let nullifiers = [first, second];
	let action = Action::PrivateJobPosted { job, nullifiers, offer, paid_in, fee };
	(action, vec![(change, None)])
}

/// A stranger's job, which bob has.
fn foreign_job(job: JobId, opening: EscrowOpening, bob: &Party) -> Taken {
	let keys = bob.keys.job_keys(job, 1);
	let locked = locked(&keys, 1, &opening.offer::<Native>().unwrap(), SETTLE);
	Taken { keys, locked, opening }
}

/// Everything that others do is leaves to this wallet.
#[test]
fn jobs_of_others_are_nothing_to_it() {
	let (mut chain, mut alice) = with(&[1_000]);
	let bob = Party::new(2);
	let opening = EscrowOpening {
		terms: PrivateTerms { unit_price: 5, max_units: 100, salt: Fr::from(1u8) },
		owner: Fr::from(2u8),
		rho: Fr::from(3u8),
		change_key: SecretKey::from_seed(&[4; 32]).public(),
	};
	let offer = opening.offer::<Native>().unwrap();
	let taken = foreign_job(1, opening, &bob);
	let call = taken.settle(&bob, &taken.signed(30), &settlement_terms(chain.next)).unwrap();
	let before = (alice.wallet.balance(), happened(&alice.wallet));
	let posts = [0, 1].map(|job| foreign_post(job, offer, &mut alice.rng)).to_vec();
	chain.block(posts);
	chain.block(vec![given_back(0, &offer), by_receipt(1, &call)]);
	alice.follow(&chain);
	assert_eq!((alice.wallet.balance(), happened(&alice.wallet)), before);
	assert_eq!(alice.wallet.private_jobs().count(), 0);
	assert_eq!(alice.wallet.leaves(), 1 + 2 + 3);
	// With them it spends what is its own.
	alice.post(&mut chain, 5, 100);
	assert!(restored(&alice, &chain) == alice.wallet);
}

/// A copied key, or offer, in another's job takes nothing away, and is not taken for our job.
#[test]
fn a_copied_offer_harms_nobody() {
	let (mut chain, mut alice) = with(&[1_000]);
	let bob = Party::new(2);
	let own = alice.post(&mut chain, 5, 100);
	let opening = alice.wallet.escrow_opening(&alice.keys, own).unwrap();
	let copied_key = EscrowOpening {
		terms: PrivateTerms { salt: Fr::from(1u8), ..opening.terms },
		owner: Fr::from(2u8),
		..opening
	};
	let strangers = [copied_key, opening, opening];
	let mut posts = Vec::new();
	for (job, opening) in (1..).zip(&strangers) {
		let offer = opening.offer::<Native>().unwrap();
		posts.push(foreign_post(job, offer, &mut alice.rng));
	}
	chain.block(posts);
	let settle = |job, opening: EscrowOpening, block| {
		let taken = foreign_job(job, opening, &bob);
		let call = taken.settle(&bob, &taken.signed(30), &settlement_terms(block)).unwrap();
		by_receipt(job, &call)
	};
	let ends = vec![
		settle(1, copied_key, chain.next),
		settle(2, opening, chain.next),
		given_back(3, &opening.offer::<Native>().unwrap()),
	];
	chain.block(ends);
	alice.follow(&chain);
	assert_eq!(stage(&alice, own), JobStage::Posted);
	assert_eq!(alice.wallet.escrowed(), 500);
	assert_eq!(alice.wallet.balance().available, 1_000 - 500 - PAID_IN - POST_FEE);
	assert_eq!(alice.wallet.private_jobs().count(), 1);

	// Our own is settled as if nothing had been.
	let taken = take(&mut alice, &bob, own, 1);
	let call = taken.settle(&bob, &taken.signed(30), &settlement_terms(chain.next)).unwrap();
	chain.block(vec![by_receipt(own, &call)]);
	alice.follow(&chain);
	assert_eq!(alice.wallet.balance().available, 1_000 - 150 - PAID_IN - POST_FEE);
	assert!(restored(&alice, &chain) == alice.wallet);
}

/// A node that says of a settlement what is not so makes the wallet miss its change, and it knows.
#[test]
fn a_settlement_that_does_not_open_is_noted_as_such() {
	let (mut chain, mut alice) = with(&[1_000]);
	let bob = Party::new(2);
	let job = alice.post(&mut chain, 5, 100);
	let taken = take(&mut alice, &bob, job, 1);
	let call = taken.settle(&bob, &taken.signed(30), &settlement_terms(chain.next)).unwrap();
	let honest = by_receipt(job, &call);
	let scanned = |change: &dyn Fn(&mut Action, &mut Vec<Leaf>)| {
		let (mut action, mut leaves) = honest.clone();
		change(&mut action, &mut leaves);
		let mut chain = chain.clone();
		chain.block(vec![(action, leaves)]);
		let mut wallet = alice.wallet.clone();
		wallet.scan(Reader::Owner(&alice.keys), chain.after(2), chain.last()).unwrap();
		(wallet.private_job(job).unwrap().stage(), wallet.notes().count())
	};
	let notes = alice.wallet.notes().count();
	let found = JobStage::Ended(JobEnd::Settled { change: Some(350) });
	assert_eq!(scanned(&|_, _| {}), (found, notes + 1));
	let missed = (JobStage::Ended(JobEnd::Settled { change: None }), notes);
	let one = FieldBytes::from(Fr::from(1u8));
	assert_eq!(scanned(&|_, leaves| leaves.swap(0, 1)), missed);
	let shown = |change: &dyn Fn(&mut FieldBytes, &mut quittance_types::SettlementClaims)| {
		scanned(&|action, _| {
			let Action::Settled { subject, settlement, .. } = action else { panic!() };
			change(subject, settlement);
		})
	};
	assert_eq!(shown(&|subject, _| *subject = one), missed);
	assert_eq!(shown(&|subject, _| *subject = FieldBytes([0xff; 32])), missed);
	assert_eq!(shown(&|_, settlement| settlement.encrypted_change = one), missed);
	assert_eq!(shown(&|_, settlement| settlement.ephemeral_key.swap(0, 1)), missed);
	let generator = quittance_babyjubjub::generator();
	let other = [generator.x, generator.y].map(FieldBytes::from);
	assert_eq!(shown(&|_, settlement| settlement.ephemeral_key = other), missed);
	// The identity, which every secret makes of itself.
	let identity = [FieldBytes([0; 32]), one];
	assert_eq!(shown(&|_, settlement| settlement.ephemeral_key = identity), missed);
	// What the claims say of the leaf is not looked at: the leaf is under the root.
	assert_eq!(shown(&|_, settlement| settlement.change = one), (found, notes + 1));

	// A leaf too few, and an escrow that is another.
	let (action, leaves) = honest.clone();
	let mut short = chain.clone();
	short.block(vec![(action, leaves[..1].to_vec())]);
	let mut wallet = alice.wallet.clone();
	wallet.scan(Reader::Owner(&alice.keys), short.after(2), short.last()).unwrap();
	assert_eq!(wallet.private_job(job).unwrap().stage(), JobStage::Posted);
	let missed = JobStage::Ended(JobEnd::GivenBack { amount: None });
	let other = (Action::EscrowGivenBack { job }, vec![(one, None)]);
	let mut wrong = chain.clone();
	wrong.block(vec![other]);
	let mut wallet = alice.wallet.clone();
	wallet.scan(Reader::Owner(&alice.keys), wrong.after(2), wrong.last()).unwrap();
	assert_eq!((wallet.private_job(job).unwrap().stage(), wallet.notes().count()), (missed, notes));
}

/// What a job pays is known to its requester and its miner. Who has a view key sees what comes by a
/// ciphertext: the rest of a post, and pay.
#[test]
fn a_view_key_shows_pay_and_no_escrow() {
	let (mut chain, mut alice) = with(&[1_000]);
	let mut bob = Party::new(2);
	let job = alice.post(&mut chain, 5, 100);
	let taken = take(&mut alice, &bob, job, 1);
	let call = taken.settle(&bob, &taken.signed(30), &settlement_terms(chain.next)).unwrap();
	chain.block(vec![by_receipt(job, &call)]);
	bob.follow(&chain);
	let watch = |party: &Party| {
		let reader = Reader::Viewer(party.keys.view());
		let mut wallet = Wallet::new(reader);
		wallet.scan(reader, &chain.blocks, chain.last()).unwrap();
		assert_eq!((wallet.private_jobs().count(), wallet.escrowed()), (0, 0));
		happened(&wallet)
	};
	let change = Happened::Change { amount: 1_000 - 500 - PAID_IN - POST_FEE };
	assert_eq!(watch(&alice), [Happened::Deposited { by: WHO, amount: 1_000 }, change]);
	let earned = [Happened::Earned { job, amount: 150 - FEE }];
	assert_eq!(watch(&bob), earned);
	assert_eq!(happened(&bob.wallet), earned);
}

/// Nothing keeps a requester from doing its own job.
#[test]
fn who_does_its_own_job_has_both_notes() {
	let (mut chain, mut alice) = with(&[1_000]);
	let job = alice.post(&mut chain, 5, 100);
	let keys = alice.keys.job_keys(job, 1);
	let opening = alice.wallet.escrow_opening(&alice.keys, job).unwrap();
	let locked = locked(&keys, 1, &alice.offer(job), SETTLE);
	let taken = Taken { keys, locked, opening };
	let call = taken.settle(&alice, &taken.signed(30), &settlement_terms(chain.next)).unwrap();
	chain.block(vec![by_receipt(job, &call)]);
	alice.follow(&chain);
	assert_eq!(alice.wallet.balance().available, 1_000 - PAID_IN - POST_FEE - FEE);
	assert_eq!(
		happened(&alice.wallet)[2..],
		[
			Happened::Earned { job, amount: 150 - FEE },
			Happened::PrivateJobSettled { job, paid: Some(150), change: 350 },
		]
	);
	assert!(restored(&alice, &chain) == alice.wallet);
}

/// Where the rest of a post came too late to be found, what is escrowed is known where it was made.
#[test]
fn a_post_whose_change_was_lost_is_known_where_it_was_made() {
	let (mut chain, mut alice) = with(&[1_000]);
	let call = alice.order(&chain, 5, 100).unwrap();
	let job = chain.jobs();
	chain.skip_to(PERIOD_BLOCKS + GRACE_BLOCKS);
	chain.block(vec![posted(&call, job)]);
	alice.follow(&chain);
	assert_eq!(alice.wallet.private_job(job).unwrap().escrowed(), Some(500));
	assert_eq!(alice.wallet.balance(), Balance::default());
	let mut wallet = alice.restored(&chain);
	assert_eq!(wallet.private_job(job).unwrap().escrowed(), None);
	let error = Err(JobError::OtherPrice(job));
	assert_eq!(wallet.recall_price(&alice.keys, job, 5), error);
	let offer = alice.offer(job);
	chain.block(vec![given_back(job, &offer)]);
	alice.follow(&chain);
	assert_eq!(alice.wallet.balance().available, 500);
	let end = JobStage::Ended(JobEnd::GivenBack { amount: None });
	assert_eq!(alice.restored(&chain).private_job(job).unwrap().stage(), end);
}

// Calls that are in no block, and blocks that are taken back

#[test]
fn a_post_is_forgotten_when_it_can_be_in_no_block_any_more() {
	let (chain, mut alice) = with(&[1_000]);
	let before = alice.wallet.clone();
	let valid_until = alice.order(&chain, 5, 100).unwrap().header.valid_until;
	alice.wallet.release_expired(valid_until);
	assert_eq!(alice.wallet.private_jobs().count(), 1, "it is valid in this job time");
	alice.wallet.release_expired(valid_until + 1);
	assert!(alice.wallet == before);
	let call = alice.order(&chain, 5, 100).unwrap();
	alice.wallet.release(call.spends.iter().copied());
	assert!(alice.wallet == before);
}

/// Of two posts with one first note the chain takes one, and it may be the one that was given up.
#[test]
fn the_post_in_the_chain_is_the_one_that_counts() {
	let (mut chain, mut alice) = with(&[1_000]);
	let sent = alice.order(&chain, 5, 100).unwrap();
	alice.wallet.release(sent.spends.iter().copied());
	let again = alice.order(&chain, 7, 10).unwrap();
	assert_eq!(sent.claims.nullifiers[0], again.claims.nullifiers[0]);
	let job = chain.jobs();
	chain.block(vec![posted(&sent, job)]);
	alice.follow(&chain);
	let own = alice.wallet.private_job(job).unwrap();
	assert!(own.price().is_none());
	assert_eq!((own.escrowed(), alice.wallet.escrowed()), (Some(500), 500));
	alice.wallet.recall_price(&alice.keys, job, 5).unwrap();
	assert!(restored(&alice, &chain) == alice.wallet);
	let taken = take(&mut alice, &Party::new(2), job, 1);
	assert_eq!(taken.opening.terms.max_units, 100);
}

/// A chain that is reorganised gives the job's number to another's job, and ends it otherwise.
#[test]
fn a_reorganised_chain_makes_another_history() {
	let (mut chain, mut alice) = with(&[1_000, 300]);
	let bob = Party::new(2);
	let call = alice.order(&chain, 5, 100).unwrap();
	let job = chain.jobs();
	chain.block(vec![posted(&call, job)]);
	let scan = |alice: &mut Party, chain: &Chain, finalised| {
		let (from, _) = alice.wallet.position();
		let Party { keys, wallet, .. } = alice;
		wallet.scan(Reader::Owner(keys), chain.after(from), finalised).unwrap();
	};
	scan(&mut alice, &chain, 1);
	let posted_only = alice.wallet.clone();
	let taken = take(&mut alice, &bob, job, 1);
	let settlement = taken.settle(&bob, &taken.signed(30), &settlement_terms(chain.next)).unwrap();
	chain.block(vec![by_receipt(job, &settlement)]);
	scan(&mut alice, &chain, 1);
	assert_eq!(alice.wallet.balance().waiting, 1_300 - PAID_IN - POST_FEE - 150);

	// The settlement is not there any more, and the escrow is given back instead.
	chain.reorganise(2);
	alice.wallet.roll_back(2).unwrap();
	assert!(alice.wallet == posted_only);
	let offer = alice.offer(job);
	chain.block(vec![given_back(job, &offer)]);
	scan(&mut alice, &chain, 1);
	let end = JobStage::Ended(JobEnd::GivenBack { amount: Some(500) });
	assert_eq!(stage(&alice, job), end);
	assert_eq!(alice.wallet.balance().waiting, 1_300 - PAID_IN - POST_FEE);

	// Nor is the post: its number is that of a stranger's job, which is settled.
	chain.reorganise(1);
	alice.wallet.roll_back(1).unwrap();
	assert!(alice.wallet.private_job(job).is_none());
	let stages: Vec<_> = alice.wallet.private_jobs().map(|(_, own)| own.stage()).collect();
	assert_eq!(stages, [JobStage::Made], "the call may still come");
	let mut other = call.witness().escrow;
	other.owner = Fr::from(1u8);
	let stranger = foreign_job(job, other, &bob);
	let signed = stranger.signed(30);
	let theirs = stranger.settle(&bob, &signed, &settlement_terms(chain.next)).unwrap();
	let offer = other.offer::<Native>().unwrap();
	let post = foreign_post(job, offer, &mut alice.rng);
	chain.block(vec![post, by_receipt(job, &theirs)]);
	let later = chain.jobs();
	chain.block(vec![posted(&call, later)]);
	scan(&mut alice, &chain, 1);
	assert!(alice.wallet.private_job(job).is_none());
	assert_eq!(stage(&alice, later), JobStage::Posted);
	assert!(alice.wallet.private_job(later).unwrap().price().is_some());
	scan(&mut alice, &chain, 3);
	alice.follow(&chain);
	assert!(restored(&alice, &chain) == alice.wallet);
}

/// What was made elsewhere with the same seed is not in a wallet that goes back before it.
#[test]
fn a_restored_wallet_forgets_a_post_that_was_taken_back() {
	let (mut chain, mut alice) = with(&[1_000]);
	let before = alice.restored(&chain);
	let job = alice.post(&mut chain, 5, 100);
	let reader = Reader::Owner(&alice.keys);
	let mut wallet = Wallet::new(reader);
	wallet.scan(reader, &chain.blocks, 1).unwrap();
	assert!(wallet.private_job(job).is_some());
	wallet.roll_back(1).unwrap();
	assert!(wallet == before);
}

/// One thing that happens.
#[derive(Clone, Copy, Debug)]
enum Step {
	Fund(u16),
	Post(u8, u8),
	/// Which of the jobs that have not ended, and how many of its units, in parts of 255.
	Settle(u8, u8),
	Judge(u8, u8),
	GiveBack(u8),
	/// A stranger's job with our key, settled at once.
	Copied,
	Pay(u16),
	Scan,
	Final,
	Back(u8),
	Restart,
}

fn step() -> impl Strategy<Value = Step> {
	prop_oneof![
		2 => (200u16..2_000).prop_map(Step::Fund),
		3 => (1u8..9, 1u8..60).prop_map(|(price, units)| Step::Post(price, units)),
		2 => (any::<u8>(), any::<u8>()).prop_map(|(which, units)| Step::Settle(which, units)),
		1 => (any::<u8>(), any::<u8>()).prop_map(|(which, units)| Step::Judge(which, units)),
		2 => any::<u8>().prop_map(Step::GiveBack),
		1 => Just(Step::Copied),
		1 => (1u16..300).prop_map(Step::Pay),
		2 => Just(Step::Scan),
		3 => Just(Step::Final),
		1 => (1u8..5).prop_map(Step::Back),
		1 => Just(Step::Restart),
	]
}

/// A job as the chain of the test has it.
#[derive(Clone, Copy)]
struct Posted {
	job: JobId,
	opening: EscrowOpening,
	block: u64,
	ended: Option<u64>,
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(48))]

	/// Whatever becomes of jobs, in whatever portions, blocks that are taken back among them, a wallet has
	/// what a wallet has that is made anew of its seed and all blocks: to the last unit what came in
	/// less what was paid.
	#[test]
	fn a_wallet_with_jobs_is_what_a_rebuild_is(
		steps in prop::collection::vec(step(), 1..40),
		seed in 10u8..200,
	) {
		let (mut chain, mut alice, bob) = (Chain::new(), Party::new(seed), Party::new(2));
		let mut rng = Seeded(seed.into());
		let mut jobs: Vec<Posted> = Vec::new();
		let mut finalised = 0;
		let mut sums = vec![(0, 0i64)];
		for step in steps.into_iter().chain([Step::Scan]) {
			let mut sum = sums.last().unwrap().1;
			let next = chain.next;
			let open: Vec<usize> =
				(0..jobs.len()).filter(|at| jobs[*at].ended.is_none()).collect();
			let pick = |which: u8| {
				(!open.is_empty()).then(|| open[usize::from(which) % open.len()])
			};
			match step {
				Step::Fund(amount) => {
					let own = alice.own(next);
					chain.block(vec![deposited(&own, amount.into(), next, &mut rng)]);
					sum += i64::from(amount);
				},
				Step::Post(price, units) => {
					if let Ok(call) = alice.order(&chain, price.into(), units.into()) {
						let job = chain.jobs();
						let opening = call.witness().escrow;
						let block = chain.block(vec![posted(&call, job)]);
						jobs.push(Posted { job, opening, block, ended: None });
						sum -= (PAID_IN + POST_FEE) as i64;
					}
				},
				Step::Settle(which, part) | Step::Judge(which, part) => {
					if let Some(at) = pick(which) {
						let Posted { job, opening, .. } = jobs[at];
						let taken = foreign_job(job, opening, &bob);
						let PrivateTerms { unit_price, max_units, .. } = opening.terms;
						let units = max_units * u64::from(part) / 255;
						let terms = settlement_terms(next);
						let end = if matches!(step, Step::Judge(..)) {
							let call = taken.settle_verdict(&bob, units, 1, &terms);
							call.map(|call| by_verdict(job, &call))
						} else {
							let call = taken.settle(&bob, &taken.signed(units), &terms);
							call.map(|call| by_receipt(job, &call))
						};
						if let Ok(end) = end {
							jobs[at].ended = Some(chain.block(vec![end]));
							sum -= (units * unit_price) as i64;
						}
					}
				},
				Step::GiveBack(which) => {
					if let Some(at) = pick(which) {
						let Posted { job, opening, .. } = jobs[at];
						let end = given_back(job, &opening.offer::<Native>().unwrap());
						jobs[at].ended = Some(chain.block(vec![end]));
					}
				},
				Step::Copied => {
					if let Some(Posted { opening, .. }) = jobs.last().copied() {
						let job = chain.jobs();
						let taken = foreign_job(job, opening, &bob);
						let units = opening.terms.max_units;
						let call =
							taken.settle(&bob, &taken.signed(units), &settlement_terms(next));
						let offer = opening.offer::<Native>().unwrap();
						let mut calls = vec![foreign_post(job, offer, &mut rng)];
						calls.extend(call.ok().map(|call| by_receipt(job, &call)));
						chain.block(calls);
					}
				},
				Step::Pay(amount) => {
					let to = Party::new(3).address(next);
					let terms = terms(&chain, 3);
					let Party { keys, wallet, rng } = &mut alice;
					let call = wallet.transfer(keys, &POOL, &to, amount.into(), &terms, rng);
					if let Ok(call) = call {
						chain.block(vec![transferred(&call)]);
						sum -= i64::from(amount) + 3;
					}
				},
				Step::Scan | Step::Final => {
					let (from, _) = alice.wallet.position();
					if matches!(step, Step::Final) {
						finalised = chain.last();
					}
					let Party { keys, wallet, .. } = &mut alice;
					wallet.scan(Reader::Owner(keys), chain.after(from), finalised).unwrap();
				},
				Step::Back(count) => {
					let to = chain.last().saturating_sub(count.into()).max(finalised);
					chain.reorganise(to);
					if alice.wallet.position().0 > to {
						alice.wallet.roll_back(to).unwrap();
					}
					jobs.retain(|job| job.block <= to);
					for job in &mut jobs {
						job.ended = job.ended.filter(|block| *block <= to);
					}
					sums.retain(|(block, _)| *block <= to);
					sum = sums.last().unwrap().1;
				},
				Step::Restart => {
					let stored = alice.wallet.encode();
					alice.wallet = Wallet::decode(&mut &stored[..]).unwrap();
				},
			}
			sums.push((chain.last(), sum));
			sums.dedup_by_key(|(block, _)| *block);
			*sums.last_mut().unwrap() = (chain.last(), sum);
		}
		let mut anew = Wallet::new(Reader::Owner(&alice.keys));
		anew.scan(Reader::Owner(&alice.keys), &chain.blocks, finalised).unwrap();
		for wallet in [&mut anew, &mut alice.wallet] {
			wallet.release_expired(u64::MAX);
		}
		prop_assert!(anew.history() == alice.wallet.history());
		let balance = alice.wallet.balance();
		prop_assert_eq!(balance, anew.balance());
		let escrowed = alice.wallet.escrowed();
		prop_assert_eq!(escrowed, anew.escrowed());
		let all = balance.available + balance.waiting + escrowed;
		prop_assert_eq!(all as i64, sums.last().unwrap().1);
		for Posted { job, ended, .. } in jobs {
			let own = alice.wallet.private_job(job);
			prop_assert!(own.is_some_and(|own| own.price().is_some()));
			let over = own.is_some_and(|own| matches!(own.stage(), JobStage::Ended(_)));
			prop_assert_eq!(over, ended.is_some());
		}
		recall_all(&mut anew, &alice);
		for wallet in [&mut anew, &mut alice.wallet] {
			wallet.finalise(chain.last());
		}
		prop_assert!(anew == alice.wallet);
	}
}
