//! Private jobs as this runtime joins pool, marketplace and receipts: from the post to a settlement, and to each
//! of the other ends.
//!
//! What the circuits prove is their crate's concern: the keys here are a simulator's.

use super::{
	chain::blocks_later,
	check_invariants,
	jobs::{list_model, LOCK_BOND},
	miners::register,
	pool::{apply, element, header, prove, refused, root, with_deposit, CIPHERTEXT},
};
use crate::{
	configs::governance::parameters::jobs::{DeclineFee, PanelFee},
	constants::currency::{EXISTENTIAL_DEPOSIT, QTC},
	*,
};
use frame_support::{
	assert_noop, assert_ok,
	traits::{
		fungible::{Inspect, InspectHold},
		Get,
	},
};
use pallet_confidential_settlement::{Call, PoolCircuit, PoolTotals};
use pallet_miners::Capabilities;
use pallet_model_marketplace::{
	AcceptedIssuers, AllowList, Cause, End, Event as JobEvent, JobRecord, PrivateRequest,
};
use quittance_babyjubjub::SecretKey;
use quittance_poseidon::Native;
use quittance_types::{
	verdict_commitment, Blob, CircuitId, Escrow, FieldBytes, JobId, JobTime, Level, Mode,
	PoolRefusal, PrivateFacts, PrivateJob, PrivateJobClaims, PrivateJobs, PrivateOffer,
	SettleClaims, SettleVerdictClaims, SettledReceipts, SettlementClaims,
};
use sp_keyring::Sr25519Keyring::{self, Bob, Charlie, Dave, Eve};

type MarketplaceError = pallet_model_marketplace::Error<Runtime>;
type Request = PrivateRequest<AccountId>;

const FEE: Balance = QTC;
const DECLINES: u8 = 2;

/// For longer than a miner can decline.
pub(super) fn lock_timeout() -> JobTime {
	<Runtime as pallet_model_marketplace::Config>::OpeningTime::get() + 20
}

/// The requester, an account that has nothing before.
fn requester() -> AccountId {
	AccountId::from([77; 32])
}

pub(super) fn request() -> Request {
	let model = ModelMarketplace::model_id(
		&Sr25519Keyring::Alice.to_account_id(),
		&super::jobs::description(),
	);
	Request {
		model,
		mode: Mode::Plain,
		input: Blob { digest: [7; 32], size: 640 },
		input_commitment: None,
		issuers: AcceptedIssuers::truncate_from(vec![Dave.to_account_id()]),
		issuer_fee: FEE,
		lock_timeout: lock_timeout(),
		timeout: lock_timeout() + 50,
		miner_bond: LOCK_BOND,
		allow_list: AllowList::default(),
		proof_required: false,
		declines: DECLINES,
	}
}

/// What the requester's account must get: what is held from it, and what it needs to exist.
pub(super) fn paid_in() -> Balance {
	let fees = FEE + PanelFee::get() + DeclineFee::get() * u128::from(DECLINES);
	let deposit = <Runtime as pallet_model_marketplace::Config>::JobDeposit::get();
	fees + deposit + EXISTENTIAL_DEPOSIT
}

fn offer() -> PrivateOffer {
	let change_key = SecretKey::from_seed(&[1; 32]).public().to_bytes();
	PrivateOffer { escrow: element(41), terms: element(42), change_key }
}

/// The post of the job above, of notes that are spent nowhere else, with so much for the requester's account.
fn post_paying(paid_in: Balance) -> RuntimeCall {
	let fee = ConfidentialSettlement::minimum_post_fee(request(), false);
	let (nullifiers, offer) = ([element(43), element(44)], offer());
	let claims =
		PrivateJobClaims { root: root(), nullifiers, change: element(45), offer, paid_in, fee };
	let mut header = header(PoolCircuit::PostPrivateJob, requester());
	header.arguments = claims.arguments(&request(), &CIPHERTEXT);
	let signals = claims.inputs::<Native, _>(&header).expect("the claims are canonical");
	RuntimeCall::ConfidentialSettlement(Call::post_private_job {
		header: Box::new(header),
		claims: Box::new(claims),
		request: Box::new(request()),
		ciphertext: Box::new(CIPHERTEXT),
		audit: None,
		proof: prove(PoolCircuit::PostPrivateJob, &signals),
	})
}

pub(super) fn post() -> RuntimeCall {
	post_paying(paid_in())
}

pub(super) fn facts(job: JobId) -> Option<PrivateFacts<AccountId>> {
	<ModelMarketplace as PrivateJobs<AccountId>>::facts(job)
}

/// As of a job that a miner has, or of none.
fn header_of(job: JobId, used_for: PoolCircuit) -> quittance_types::Header<AccountId> {
	let header = header(used_for, ConfidentialSettlement::account());
	let Some(private) = facts(job) else { return header };
	quittance_types::Header {
		subject: Some(<ZkReceipts as SettledReceipts<AccountId>>::subject(job, &private)),
		valid_until: private.facts.deadline,
		nonce: private.facts.nonce,
		..header
	}
}

fn settlement(fee: Balance) -> SettlementClaims {
	SettlementClaims {
		payee: element(51),
		change: element(52),
		ephemeral_key: [element(53), element(54)],
		encrypted_change: element(55),
		fee,
	}
}

fn subject_and_agreement(job: JobId, subject: Option<FieldBytes>) -> Option<PrivateJob> {
	Some(PrivateJob { subject: subject?.to_field()?, agreement: facts(job)?.agreement })
}

/// By a receipt of Dave's with this nullifier.
fn settle_by(job: JobId, nullifier: FieldBytes) -> RuntimeCall {
	let fee = ConfidentialSettlement::minimum_fee(PoolCircuit::Settle, false);
	let private = facts(job);
	let claims = SettleClaims {
		settlement: settlement(fee),
		issuer_root: private
			.as_ref()
			.and_then(|private| private.facts.issuer_root)
			.unwrap_or(element(0)),
		issuer_index: 0,
		nullifier,
		expires_at: private.map_or(0, |private| private.facts.deadline),
		as_of: 1,
	};
	let mut header = header_of(job, PoolCircuit::Settle);
	header.arguments = claims.arguments(job, &CIPHERTEXT);
	let proof = match subject_and_agreement(job, header.subject) {
		Some(of) => {
			let signals = claims.inputs::<Native, _>(&header, &of).expect("they are canonical");
			prove(PoolCircuit::Settle, &signals)
		},
		None => Box::new([0; 256]),
	};
	RuntimeCall::ConfidentialSettlement(Call::settle {
		header: Box::new(header),
		job,
		claims: Box::new(claims),
		ciphertext: Box::new(CIPHERTEXT),
		audit: None,
		proof,
	})
}

pub(super) fn settle(job: JobId) -> RuntimeCall {
	settle_by(job, element(56))
}

/// By what a panel found, with so much beyond the least fee.
fn settle_verdict_paying(job: JobId, beyond: Balance) -> RuntimeCall {
	let fee = ConfidentialSettlement::minimum_fee(PoolCircuit::SettleVerdict, false) + beyond;
	let claims = SettleVerdictClaims { settlement: settlement(fee) };
	let mut header = header_of(job, PoolCircuit::SettleVerdict);
	header.arguments = claims.arguments(job, &CIPHERTEXT);
	let judged = facts(job).and_then(|private| private.judged);
	let proof = match subject_and_agreement(job, header.subject).zip(judged) {
		Some((of, judged)) => {
			let verdict = verdict_commitment::<Native>(
				of.subject,
				judged.units,
				quittance_groth16::Fr::from(0u8),
			);
			let signals =
				claims.inputs::<Native, _>(&header, &of, verdict).expect("they are canonical");
			prove(PoolCircuit::SettleVerdict, &signals)
		},
		None => Box::new([0; 256]),
	};
	RuntimeCall::ConfidentialSettlement(Call::settle_verdict {
		header: Box::new(header),
		job,
		claims: Box::new(claims),
		ciphertext: Box::new(CIPHERTEXT),
		audit: None,
		proof,
	})
}

pub(super) fn settle_verdict(job: JobId) -> RuntimeCall {
	settle_verdict_paying(job, 0)
}

fn hot_key() -> RuntimeOrigin {
	RuntimeOrigin::signed(Eve.to_account_id())
}

fn lock(job: JobId) -> sp_runtime::DispatchResult {
	ModelMarketplace::lock_private_job(hot_key(), job, element(61), [9; 32])
}

/// The end of a job, and the number of escrows that the pool has.
fn end_of(job: JobId) -> (Option<End<AccountId>>, Option<u64>) {
	let record = pallet_model_marketplace::Jobs::<Runtime>::get(job);
	let end = record.and_then(JobRecord::ended).map(|record| record.end);
	(end, PoolTotals::<Runtime>::get().escrows())
}

fn refunded(cause: Cause) -> (Option<End<AccountId>>, Option<u64>) {
	(Some(End::Refunded(cause)), Some(0))
}

/// How many escrows became leaves.
fn given_back() -> u64 {
	PoolTotals::<Runtime>::get().given_back
}

/// So many blocks later, and as many as the agenda needs to come there.
fn much_later(blocks: u64) {
	blocks_later(blocks);
	for _ in 0..blocks / 1_000 + 2 {
		blocks_later(1);
	}
}

/// In a block by Bob, with money in the pool, a model, and Bob as a miner of private jobs with the key of Eve.
pub(super) fn with_market(test: impl FnOnce()) {
	with_deposit(|| {
		list_model();
		assert_ok!(register(Bob, Eve));
		let circuit = ConfidentialSettlement::pool().settle.expect("one is in force");
		let capabilities = Capabilities {
			circuits: vec![circuit].try_into().expect("it is short"),
			levels: vec![Level::Enhanced].try_into().expect("it is short"),
			max_constraints: 1_000,
			largest_model: 1 << 40,
			fhe_parameters: Default::default(),
			region: Default::default(),
		};
		let bob = RuntimeOrigin::signed(Bob.to_account_id());
		assert_ok!(Miners::set_capabilities(bob, capabilities));
		test();
	});
}

/// The same, with the job posted.
fn with_job(test: impl FnOnce(JobId)) {
	with_market(|| {
		assert_eq!(apply(post()), Ok(Ok(())));
		check_invariants();
		test(0);
	});
}

#[test]
fn success_a_private_job_is_posted_done_and_settled() {
	with_market(|| {
		let before = PoolTotals::<Runtime>::get();
		assert_eq!(apply(post()), Ok(Ok(())));
		let job = 0;
		let held = paid_in() - EXISTENTIAL_DEPOSIT;
		assert_eq!(Balances::total_balance_on_hold(&requester()), held);
		assert_eq!(Balances::balance(&requester()), EXISTENTIAL_DEPOSIT);
		let posted = PoolTotals::<Runtime>::get();
		assert_eq!(posted.withdrawn - before.withdrawn, paid_in());
		assert_eq!(posted.escrows(), Some(1));
		assert_eq!(apply(post()), refused(PoolRefusal::NullifierSpent));

		assert_eq!(apply(settle(job)), refused(PoolRefusal::NoPrivateJob), "nobody has it");
		assert_noop!(ModelMarketplace::lock_job(hot_key(), job), MarketplaceError::LockedPrivately);
		assert_ok!(lock(job));
		let requesters = RuntimeOrigin::signed(requester());
		let opening = || Box::new([1; 160]);
		assert_ok!(ModelMarketplace::send_opening(requesters, job, 1, opening()));
		System::assert_last_event(
			JobEvent::<Runtime>::OpeningSent { job, nonce: 1, opening: [1; 160] }.into(),
		);
		assert_eq!(apply(settle_verdict(job)), refused(PoolRefusal::NoVerdict));
		let output = Blob { digest: [5; 32], size: 10 };
		assert_ok!(ModelMarketplace::deliver_job(hot_key(), job, output));

		let dave = Balances::balance(&Dave.to_account_id());
		let leaves = ConfidentialSettlement::pool().leaves;
		assert_eq!(apply(settle(job)), Ok(Ok(())));
		assert_eq!(ConfidentialSettlement::pool().leaves, leaves + 2);
		assert_eq!(Balances::balance(&Dave.to_account_id()), dave + FEE, "the issuer is paid");
		let end = End::Fulfilled { miner: Bob.to_account_id(), amount: 0 };
		assert_eq!(end_of(job), (Some(end), Some(0)));
		assert_eq!(apply(settle(job)), refused(PoolRefusal::NoPrivateJob), "once and no more");
		let deposit = <Runtime as pallet_model_marketplace::Config>::JobDeposit::get();
		assert_eq!(Balances::total_balance_on_hold(&requester()), deposit);
		let reserved = pallet_miners::Miners::<Runtime>::get(Bob.to_account_id());
		assert_eq!(reserved.map(|record| record.reserved), Some(0));
		assert_eq!(
			PoolTotals::<Runtime>::get().held(),
			posted.held().map(|held| held + posted.fees - PoolTotals::<Runtime>::get().fees),
			"nothing but the fee has left the pool"
		);
		assert_ok!(ModelMarketplace::remove_job(RuntimeOrigin::signed(requester()), job));
		assert_eq!(Balances::total_balance_on_hold(&requester()), 0);
	});
}

#[test]
fn fails_when_the_market_does_not_take_the_job() {
	with_market(|| {
		let check = |paid_in| {
			let hash = offer().hash::<Native>().expect("it is canonical").into();
			let escrow = Escrow { commitment: offer().escrow, offer: hash };
			let circuit = ConfidentialSettlement::pool().settle.expect("one is in force");
			ModelMarketplace::check_private_job(requester(), request(), escrow, circuit, paid_in)
		};
		let too_little = paid_in() - 1;
		assert_eq!(check(too_little), Err(MarketplaceError::PaidInTooSmall.into()));
		assert_eq!(apply(post_paying(too_little)), refused(PoolRefusal::JobRefused));
		assert_eq!(check(paid_in()), Ok(()));
		assert_eq!(Balances::total_balance(&requester()), 0, "nothing was changed");
		// The account has signed nothing: what else it has is its own.
		let rich = paid_in() * 100;
		let alice = Sr25519Keyring::Alice.to_account_id();
		let keep_alive = frame_support::traits::tokens::Preservation::Preserve;
		assert_ok!(<Balances as frame_support::traits::fungible::Mutate<_>>::transfer(
			&alice,
			&requester(),
			rich,
			keep_alive
		));
		assert_eq!(check(too_little), Err(MarketplaceError::PaidInTooSmall.into()));
		assert_eq!(apply(post_paying(too_little)), refused(PoolRefusal::JobRefused));
		assert_eq!(Balances::balance(&requester()), rich);
		assert_eq!(pallet_model_marketplace::NextJob::<Runtime>::get(), 0);
		assert_eq!(apply(post()), Ok(Ok(())));
	});
}

#[test]
fn a_job_that_its_miners_decline_is_its_requesters_again() {
	with_job(|job| {
		let issuance = Balances::total_issuance();
		assert_ok!(lock(job));
		assert_ok!(ModelMarketplace::decline_job(hot_key(), job));
		assert_noop!(lock(job), MarketplaceError::AlreadyDeclined);
		assert_ok!(register(Charlie, Sr25519Keyring::Ferdie));
		let ferdie = || RuntimeOrigin::signed(Sr25519Keyring::Ferdie.to_account_id());
		let circuit = ConfidentialSettlement::pool().settle.expect("one is in force");
		let can = |change: fn(&mut Capabilities, CircuitId)| {
			pallet_miners::Profiles::<Runtime>::mutate(Charlie.to_account_id(), |profile| {
				change(&mut profile.as_mut().expect("registered").capabilities, circuit);
			});
		};
		// Who has no prover for the job is told so now and not when it has done the work.
		let lock_by_ferdie =
			|| ModelMarketplace::lock_private_job(ferdie(), job, element(62), [9; 32]);
		assert_noop!(lock_by_ferdie(), pallet_miners::Error::<Runtime>::LevelNotOffered);
		can(|capabilities, _| {
			capabilities.levels = vec![Level::Enhanced].try_into().expect("it is short");
		});
		assert_noop!(lock_by_ferdie(), pallet_miners::Error::<Runtime>::CircuitNotOffered);
		can(|capabilities, circuit| {
			capabilities.circuits = vec![circuit].try_into().expect("it is short");
		});
		assert_ok!(lock_by_ferdie());
		let requesters = RuntimeOrigin::signed(requester());
		let opening = || Box::new([1; 160]);
		assert_noop!(
			ModelMarketplace::send_opening(requesters.clone(), job, 1, opening()),
			MarketplaceError::LockedByAnother
		);
		assert_ok!(ModelMarketplace::send_opening(requesters, job, 2, opening()));
		assert_ok!(ModelMarketplace::decline_job(ferdie(), job));
		assert_eq!(end_of(job), refunded(Cause::Declined));
		assert_eq!(given_back(), 1);
		let burned = DeclineFee::get() * u128::from(DECLINES);
		assert_eq!(Balances::total_issuance(), issuance - burned);
		assert_eq!(
			Balances::total_balance(&requester()),
			paid_in() - burned,
			"all but what was burned is the requester's"
		);
	});
}

#[test]
fn a_job_that_nobody_does_is_its_requesters_again() {
	with_job(|job| {
		let anybody = || RuntimeOrigin::signed(Charlie.to_account_id());
		blocks_later(lock_timeout());
		blocks_later(1);
		assert_eq!(end_of(job).1, Some(1));
		blocks_later(1);
		blocks_later(1);
		// In idle time, without anybody's call.
		assert_eq!(end_of(job), refunded(Cause::Expired));
		assert_eq!(given_back(), 1);
		assert!(ModelMarketplace::refund_job(anybody(), job).is_err());
		assert_eq!(Balances::total_balance(&requester()), paid_in());
	});
}

#[test]
fn a_lock_that_is_not_kept_gives_the_escrow_back_and_the_bond_to_the_treasury() {
	with_job(|job| {
		assert_ok!(lock(job));
		blocks_later(lock_timeout() + 2);
		blocks_later(1);
		assert_eq!(end_of(job), refunded(Cause::Stalled));
		assert_eq!(given_back(), 1);
		let record = pallet_miners::Miners::<Runtime>::get(Bob.to_account_id());
		assert_eq!(record.map(|record| record.reserved), Some(0));
		assert_eq!(Balances::total_balance(&requester()), paid_in());
	});
}

#[test]
fn a_verdict_is_settled_by_the_miner_or_the_escrow_is_given_back() {
	use quittance_types::{Disputes, Finding, Verdict};
	for settled in [true, false] {
		with_job(|job| {
			assert_ok!(lock(job));
			let output = Blob { digest: [5; 32], size: 10 };
			assert_ok!(ModelMarketplace::deliver_job(hot_key(), job, output));
			// As a panel of two would.
			pallet_model_marketplace::Jobs::<Runtime>::mutate(job, |record| {
				let Some(JobRecord::Live(record)) = record else { panic!("it lives") };
				record.state = pallet_model_marketplace::JobState::Disputed;
			});
			let right = Finding::Right { candidate: 0, amount: 8 };
			let members = vec![Charlie.to_account_id(), Dave.to_account_id()];
			ModelMarketplace::decided(job, Verdict::Found(right), members, true);
			assert_ok!(ModelMarketplace::fulfil_job(
				RuntimeOrigin::signed(Charlie.to_account_id()),
				job
			));
			let judged = facts(job).and_then(|private| private.judged).expect("it was judged");
			let beyond = PanelFee::get() / 2 * 2;
			assert_eq!((judged.units, judged.borne), (8, beyond / 2));
			assert_eq!(apply(settle(job)), refused(PoolRefusal::JobBarred));
			assert_eq!(
				apply(settle_verdict_paying(job, judged.borne - 1)),
				refused(PoolRefusal::FeeTooLow)
			);
			let before = Balances::total_balance(&requester());
			if settled {
				assert_eq!(apply(settle_verdict_paying(job, judged.borne)), Ok(Ok(())));
				let end = End::Fulfilled { miner: Bob.to_account_id(), amount: 0 };
				assert_eq!(end_of(job), (Some(end), Some(0)));
				assert_eq!(Balances::total_balance(&requester()), before + judged.borne);
				return;
			}
			let now = facts(job).map(|_| ModelMarketplace::job_time()).unwrap_or(0);
			much_later(judged.open_until - now + 1);
			assert_eq!(end_of(job), refunded(Cause::Unsettled));
			assert_eq!(given_back(), 1);
			assert_eq!(Balances::total_balance(&requester()), before);
		});
	}
}
