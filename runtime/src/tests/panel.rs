//! Panels on this chain: drawn in the first block of one of its epochs, by what its authors gave, of its
//! miners, about a job of its marketplace.

use super::{
	chain::{next_block_with, start_block},
	check_invariants,
	jobs::{list_model, offer, post, FEE, PRICE},
	miners::register,
	new_chain,
};
use crate::{
	configs::{
		governance::parameters::{jobs::PanelFee, panels::SeatBond},
		marketplace::SigningTime,
	},
	constants::{currency::QTC, time::EPOCH_SLOTS},
	presets, *,
};
use codec::Encode;
use frame_support::{
	assert_ok,
	traits::{
		fungible::{Inspect, Mutate},
		Get,
	},
};
use pallet_model_marketplace::{End, JobRecord, JobState};
use pallet_panel::Phase;
use quittance_types::{finding_commitment, grown_seed, Blob, Finding, MemberFinding, Verdict};
use sp_consensus_babe::{
	digests::{PreDigest, SecondaryVRFPreDigest},
	make_vrf_transcript, AuthorityId, BABE_ENGINE_ID, RANDOMNESS_VRF_CONTEXT,
};
use sp_core::crypto::{VrfSecret, Wraps};
use sp_keyring::Sr25519Keyring::{
	self, Alice, AliceStash, Bob, BobStash, CharlieStash, Dave, DaveStash, Eve, EveStash,
	FerdieStash, One, Two,
};
use sp_runtime::DigestItem;

const JOB: u64 = 0;
const OUTPUT: Blob = Blob { digest: [5; 32], size: 100 };

/// Others than the job's parties, with their hot keys.
const MEMBERS: [(Sr25519Keyring, Sr25519Keyring); 4] =
	[(AliceStash, BobStash), (CharlieStash, DaveStash), (EveStash, FerdieStash), (One, Two)];

/// Begins the next block, so many slots and blocks later, with the author's output for its slot, which is
/// returned: in the epoch that is running, or that begins.
fn block(slots: u64, blocks: BlockNumber) -> [u8; 32] {
	let slot = Babe::current_slot() + slots;
	let end = u64::from(Babe::current_epoch_start()) + EPOCH_SLOTS;
	let (epoch, randomness) = match u64::from(slot) < end {
		true => (Babe::epoch_index(), pallet_babe::Randomness::<Runtime>::get()),
		false => (Babe::epoch_index() + 1, pallet_babe::NextRandomness::<Runtime>::get()),
	};
	let transcript = make_vrf_transcript(&randomness, slot, epoch);
	let vrf_signature = Alice.pair().vrf_sign(&transcript.clone().into_sign_data());
	let author: AuthorityId = Alice.public().into();
	let output = author
		.as_inner_ref()
		.make_bytes(RANDOMNESS_VRF_CONTEXT, &transcript, &vrf_signature.pre_output)
		.expect("the output is on the curve");
	let pre_digest =
		PreDigest::SecondaryVRF(SecondaryVRFPreDigest { authority_index: 0, slot, vrf_signature });
	next_block_with(DigestItem::PreRuntime(BABE_ENGINE_ID, pre_digest.encode()), slot, blocks);
	output
}

fn signed(key: Sr25519Keyring) -> RuntimeOrigin {
	RuntimeOrigin::signed(key.to_account_id())
}

fn state() -> JobState<AccountId> {
	let record = pallet_model_marketplace::Jobs::<Runtime>::get(JOB).and_then(JobRecord::live);
	record.expect("the job lives").state
}

fn panel() -> pallet_panel::Panel<AccountId> {
	pallet_panel::Panels::<Runtime>::get(JOB).expect("a panel sits on the job")
}

/// What all locks have reserved of all miners' bonds is what marketplace and panels say they have.
fn assert_reservations_add_up() {
	for (miner, record) in pallet_miners::Miners::<Runtime>::iter() {
		let locks: Balance = pallet_model_marketplace::Jobs::<Runtime>::iter_values()
			.filter_map(JobRecord::live)
			.map(|job| match job.lock_of(&miner) {
				Some(_) => job.offer.miner_bond,
				None => 0,
			})
			.sum();
		assert_eq!(record.reserved, locks + Panel::reserved_for(miner));
	}
}

/// A job that Bob has delivered and for which Dave has not signed.
fn disputed_job() {
	start_block(0);
	assert_ok!(register(Bob, Eve));
	for (member, hot_key) in MEMBERS {
		for account in [member, hot_key] {
			assert_ok!(Balances::mint_into(&account.to_account_id(), 1_000 * QTC));
		}
		assert_ok!(register(member, hot_key));
	}
	let times = u64::from(System::block_number()) + 1;
	let offer = pallet_model_marketplace::Offer {
		timeout: SigningTime::get() + times + 100,
		..offer(list_model(), Dave.to_account_id())
	};
	assert_ok!(post(offer));
	let hot_key = || signed(Eve);
	assert_ok!(ModelMarketplace::lock_job(hot_key(), JOB));
	assert_ok!(ModelMarketplace::deliver_job(hot_key(), JOB, OUTPUT));
	assert!(matches!(state(), JobState::Delivered { .. }));
	assert_reservations_add_up();
}

#[test]
fn success_a_panel_is_drawn_by_an_epochs_authors_and_its_verdict_pays() {
	new_chain(presets::DEVELOPMENT).execute_with(|| {
		disputed_job();
		// Anybody can have a panel asked once the time to sign is over. The agenda would, had it not to look
		// at all of that time at once.
		let signing = BlockNumber::try_from(SigningTime::get()).expect("it is short");
		block(1, 1 + signing);
		assert_ok!(ModelMarketplace::advance_job(signed(Dave), JOB));
		assert_eq!(state(), JobState::Disputed);
		let asked_in = Babe::epoch_index();
		assert!(matches!(panel().phase, Phase::Waiting { since } if since == asked_in));

		// To the next epoch. What its authors give, its last block included, is the seed.
		let left =
			u64::from(Babe::current_epoch_start()) + EPOCH_SLOTS - u64::from(Babe::current_slot());
		let mut seed = grown_seed(&[0; 32], &block(left, 1));
		for _ in 1..EPOCH_SLOTS {
			assert!(matches!(panel().phase, Phase::Waiting { .. }), "not in the epoch itself");
			seed = grown_seed(&seed, &block(1, 1));
		}
		assert_eq!(Babe::epoch_index(), asked_in + 1);
		block(1, 1);
		assert_eq!(Babe::epoch_index(), asked_in + 2);
		let drawn: Vec<_> = System::events()
			.into_iter()
			.filter_map(|record| match record.event {
				RuntimeEvent::Panel(pallet_panel::Event::MembersDrawn { job, seed, .. }) => {
					Some((job, seed))
				},
				_ => None,
			})
			.collect();
		assert_eq!(drawn, [(JOB, seed)]);
		let sitting = panel();
		assert!(matches!(sitting.phase, Phase::Sitting { .. }));
		let accounts: Vec<_> =
			sitting.members.iter().map(|member| member.account.clone()).collect();
		let eligible: Vec<_> =
			MEMBERS.into_iter().map(|(member, _)| member.to_account_id()).collect();
		assert_eq!(accounts.len(), 3);
		assert!(accounts.iter().all(|member| eligible.contains(member)), "no party, no stranger");
		assert_reservations_add_up();
		for member in &accounts {
			assert_eq!(Panel::reserved_for(member.clone()), SeatBond::get());
		}

		// An epoch's first block has no time to spare.
		block(1, 1);
		// They find the output right, and worth a little less than the price.
		let amount = PRICE - QTC;
		let finding = MemberFinding::Right { candidate: 0, amount };
		let seated: Vec<_> = MEMBERS
			.into_iter()
			.filter(|(member, _)| accounts.contains(&member.to_account_id()))
			.collect();
		let genesis = System::block_hash(0).into();
		for (member, hot_key) in &seated {
			let account = member.to_account_id().into();
			let commitment = finding_commitment(&genesis, JOB, 0, &account, &finding, &[1; 32]);
			assert_ok!(Panel::commit(signed(*hot_key), JOB, commitment));
		}
		let bob = Balances::balance(&Bob.to_account_id());
		let balances = || accounts.iter().map(Balances::balance).sum::<Balance>();
		let before = balances();
		for (_, hot_key) in &seated {
			assert_ok!(Panel::reveal(signed(*hot_key), JOB, finding, [1; 32]));
		}
		// The round is closed in the idle time of this block, and the job settled in that of the next.
		block(1, 1);
		let verdict = Verdict::Found(Finding::Right { candidate: 0, amount });
		assert!(matches!(
			state(),
			JobState::Decided { verdict: found, .. } if found == verdict
		));
		block(1, 1);
		let end = pallet_model_marketplace::Jobs::<Runtime>::get(JOB).and_then(JobRecord::ended);
		// Of both fees each member has a third, rounded down; half of what that is beyond the issuer's is the
		// miner's to bear.
		let fees = (FEE + PanelFee::get()) / 3 * 3;
		let amount = amount - (fees - FEE) / 2;
		let paid = End::Fulfilled { miner: Bob.to_account_id(), amount };
		assert_eq!(end.map(|job| job.end), Some(paid));
		assert!(pallet_panel::Panels::<Runtime>::get(JOB).is_none());
		assert_eq!(Balances::balance(&Bob.to_account_id()), bob + amount);
		assert_eq!(balances(), before + fees);
		for (miner, record) in pallet_miners::Miners::<Runtime>::iter() {
			assert_eq!((record.reserved, record.owed), (0, 0), "{miner}");
		}
		assert_reservations_add_up();
		check_invariants();
	});
}
