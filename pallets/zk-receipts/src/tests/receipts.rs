use super::*;
use crate::{Nullifiers, WeightInfo};
use ark_bn254::Fr;
use ark_ff::PrimeField;
use codec::{Decode, Encode};
use polkadot_sdk::{
	frame_support::{
		assert_storage_noop,
		dispatch::{DispatchResultWithPostInfo, GetDispatchInfo},
		weights::Weight,
	},
	sp_core::Pair as _,
	sp_runtime::DispatchError,
};
use quittance_host_functions::Host;
use quittance_types::{
	issuer_root, late_commitment, AcceptedReceipt, Bar, BasicClaims, BasicReceipt, Body,
	FieldBytes, Header, Issuers as _, JobFacts, JobId, JobTime, Level, Receipt, Subject,
	TransparentReceipt,
};

const JOB: JobId = 3;
const OTHER_JOB: JobId = 4;
const DEADLINE: JobTime = 100;
const AMOUNT: u128 = 800;

fn facts(level: Level, circuit: Option<CircuitId>) -> JobFacts<AccountId> {
	JobFacts {
		requester: REQUESTER,
		model: [8; 32],
		input: [9; 32],
		level,
		circuit,
		issuers: ISSUERS.to_vec(),
		issuer_root: Receipts::current_root(&ISSUERS),
		max_amount: 1_000,
		posted_deadline: DEADLINE,
		deadline: DEADLINE,
		open_until: DEADLINE,
		nonce: 1,
		output: None,
		commitment: None,
		bar: None,
	}
}

/// Moves the deadline of [`JOB`].
fn move_deadline(deadline: JobTime) {
	change_job(JOB, |job| {
		job.deadline = deadline;
		job.open_until = deadline;
	});
}

fn post(job: JobId, facts: JobFacts<AccountId>) {
	Book::mutate(|book| book.insert(job, facts));
}

fn basic_job() -> CircuitId {
	let circuit = register_basic();
	post(JOB, facts(Level::Basic, Some(circuit)));
	post(OTHER_JOB, facts(Level::Basic, Some(circuit)));
	circuit
}

fn subject(job: JobId, miner: &AccountId) -> Fr {
	let facts = Book::get()[&job].clone();
	let subject = Subject {
		genesis: GENESIS,
		job,
		requester: facts.requester.into(),
		miner: miner.clone().into(),
		model: facts.model,
		input: facts.input,
	};
	subject.hash::<Host>()
}

fn root() -> FieldBytes {
	let leaves: Vec<Fr> = ISSUERS
		.iter()
		.map(|issuer| {
			if Receipts::in_office(issuer) {
				issuer_secrets(issuer).1.public().leaf::<Host>()
			} else {
				Fr::from(0u8)
			}
		})
		.collect();
	issuer_root::<Host>(&leaves).unwrap()
}

fn body() -> Body {
	Body {
		units: 8,
		unit_price: 100,
		amount: AMOUNT,
		start: 2,
		end: 5,
		expires_at: DEADLINE + 10,
		serial: 77,
		output: [6; 32],
	}
}

fn claims(job: JobId, miner: &AccountId) -> BasicClaims {
	BasicClaims {
		amount: AMOUNT,
		expires_at: DEADLINE + 10,
		as_of: 9,
		nullifier: body().nullifier::<Host>(subject(job, miner)).into(),
		issuer_root: root(),
		issuer_index: 1,
	}
}

fn header(job: JobId, miner: &AccountId, claims: &BasicClaims) -> Header<AccountId> {
	let facts = Book::get()[&job].clone();
	Header {
		genesis: GENESIS,
		pallet: 40,
		circuit: facts.circuit.unwrap(),
		subject: Some(subject(job, miner).into()),
		arguments: claims.arguments(job),
		submitter: Some(miner.clone()),
		payee: miner.clone(),
		valid_until: facts.deadline,
		nonce: facts.nonce,
	}
}

/// A proof of exactly what header and claims say about a subject.
fn prove(header: &Header<AccountId>, claims: &BasicClaims, subject: Fr, seed: u64) -> [u8; 256] {
	let inputs = claims.inputs(header, subject).unwrap();
	trapdoor(inputs.len()).prove(&inputs, seed).to_bytes().try_into().unwrap()
}

fn receipt_with(
	job: JobId,
	miner: &AccountId,
	spoil: impl FnOnce(&mut BasicClaims),
) -> BasicReceipt<AccountId> {
	let mut claims = claims(job, miner);
	spoil(&mut claims);
	let header = header(job, miner, &claims);
	let proof = match claims.inputs(&header, subject(job, miner)) {
		Some(_) => prove(&header, &claims, subject(job, miner), 1),
		None => [1; 256],
	};
	BasicReceipt { header, claims, proof }
}

fn receipt(job: JobId, miner: &AccountId) -> BasicReceipt<AccountId> {
	receipt_with(job, miner, |_| ())
}

fn submit(
	who: AccountId,
	job: JobId,
	receipt: BasicReceipt<AccountId>,
) -> DispatchResultWithPostInfo {
	Receipts::submit_receipt(RuntimeOrigin::signed(who), job, Box::new(Receipt::Basic(receipt)))
}

/// Refused with this error, whatever was charged, and nothing changed.
macro_rules! assert_refused {
	($call:expr, $error:expr $(,)?) => {
		assert_storage_noop!(assert_eq!(
			$call.map_err(|refusal| refusal.error),
			Err(DispatchError::from($error))
		))
	};
}

mod batches;

type Weights = <Test as crate::Config>::WeightInfo;

/// Refused with this error, and charged only what finding out has cost.
fn assert_cheap(result: DispatchResultWithPostInfo, error: E) {
	let refusal = result.unwrap_err();
	assert_eq!(refusal.error, DispatchError::from(error));
	assert_eq!(refusal.post_info.actual_weight, Some(Weights::submit_refused()));
}

mod basic {
	use super::*;

	/// Who rewards proofs is told of those that have settled a job, and of no others.
	#[test]
	fn a_receipt_that_is_settled_later_is_not_told_of() {
		run(|| {
			basic_job();
			SettledLater::set(vec![JOB]);
			assert_ok!(submit(MINER, JOB, receipt(JOB, &MINER)));
			assert_eq!(Accepted::get().len(), 1);
			assert!(Proven::get().is_empty());
			assert_eq!(Attested::get().len(), 1, "who attests it is");
		});
	}

	#[test]
	fn success_spends_the_nullifier_and_tells_the_marketplace() {
		run(|| {
			basic_job();
			let good = receipt(JOB, &MINER);
			let nullifier = good.claims.nullifier;
			assert_ok!(Receipts::dry_run_receipt(MINER, JOB, Receipt::Basic(good.clone())));
			let spent = || {
				let group = Receipts::group_of(DEADLINE + 10);
				Nullifiers::<Test>::contains_key(group, (JOB, nullifier))
			};
			assert!(!spent(), "a dry run changes nothing");
			assert_ok!(submit(MINER, JOB, good));
			assert!(spent());
			let accepted = AcceptedReceipt {
				miner: MINER,
				issuer: ISSUERS[1].clone(),
				amount: AMOUNT,
				nullifier,
			};
			assert_eq!(Accepted::get(), vec![(JOB, accepted.clone())]);
			assert_eq!(Proven::get(), vec![(MINER, 1)], "told once, after the marketplace");
			let subject = subject(JOB, &MINER).into();
			assert_eq!(Attested::get(), vec![(JOB, Level::Basic, subject, None, accepted)]);
			System::assert_last_event(
				Event::<Test>::ReceiptAccepted {
					job: JOB,
					miner: MINER,
					issuer: ISSUERS[1].clone(),
					level: Level::Basic,
					amount: AMOUNT,
					nullifier,
				}
				.into(),
			);
		});
	}

	/// Traps 3, 14 and 47: the proof's bytes identify nothing.
	#[test]
	fn a_replay_is_refused_also_with_a_rerandomised_proof() {
		run(|| {
			basic_job();
			let good = receipt(JOB, &MINER);
			assert_ok!(submit(MINER, JOB, good.clone()));
			assert_refused!(submit(MINER, JOB, good.clone()), E::NullifierSpent);
			let proof = prove(&good.header, &good.claims, subject(JOB, &MINER), 99);
			assert_ne!(proof, good.proof);
			let again = BasicReceipt { proof, ..good };
			assert_cheap(submit(MINER, JOB, again.clone()), E::NullifierSpent);
			set_open(JOB, true);
			assert_refused!(submit(MINER, JOB, again), E::NullifierSpent);
		});
	}

	/// Trap 13: a submission copied from the pool by another account.
	#[test]
	fn a_copied_submission_is_refused_field_by_field() {
		run(|| {
			basic_job();
			let good = receipt(JOB, &MINER);
			assert_refused!(submit(THIEF, JOB, good.clone()), E::WrongSubmitter);
			let mut copied = good.clone();
			copied.header.submitter = Some(THIEF);
			assert_refused!(submit(THIEF, JOB, copied.clone()), E::WrongPayee);
			copied.header.payee = THIEF;
			assert_refused!(submit(THIEF, JOB, copied.clone()), E::WrongSubject);
			copied.header.subject = Some(subject(JOB, &THIEF).into());
			assert_refused!(submit(THIEF, JOB, copied), E::InvalidProof);
		});
	}

	#[test]
	fn each_field_of_the_header_has_its_own_error() {
		run(|| {
			basic_job();
			let spoilt = |spoil: fn(&mut Header<AccountId>), error: E| {
				let mut receipt = receipt(JOB, &MINER);
				spoil(&mut receipt.header);
				assert_refused!(submit(MINER, JOB, receipt.clone()), error.clone());
				assert_cheap(submit(MINER, JOB, receipt), error);
			};
			spoilt(|h| h.genesis[0] ^= 1, E::WrongGenesis);
			spoilt(|h| h.pallet = 41, E::WrongPallet);
			spoilt(|h| h.circuit[0] ^= 1, E::WrongCircuit);
			spoilt(|h| h.subject = None, E::WrongSubject);
			spoilt(|h| h.subject = Some(FieldBytes([0; 32])), E::WrongSubject);
			spoilt(|h| h.arguments[0] ^= 1, E::WrongArguments);
			spoilt(|h| h.submitter = None, E::WrongSubmitter);
			spoilt(|h| h.submitter = Some(THIEF), E::WrongSubmitter);
			spoilt(|h| h.payee = THIEF, E::WrongPayee);
			spoilt(|h| h.valid_until += 1, E::WrongValidUntil);
			spoilt(|h| h.nonce += 1, E::WrongNonce);
		});
	}

	/// Trap 12: the amount changed alone, and together with its hash.
	#[test]
	fn an_altered_amount_is_refused() {
		run(|| {
			basic_job();
			let mut altered = receipt(JOB, &MINER);
			altered.claims.amount += 1;
			assert_refused!(submit(MINER, JOB, altered.clone()), E::WrongArguments);
			altered.header.arguments = altered.claims.arguments(JOB);
			assert_refused!(submit(MINER, JOB, altered), E::InvalidProof);
		});
	}

	/// Trap 14: a receipt for one job, chain or pallet offered for another.
	#[test]
	fn a_receipt_for_another_job_is_refused() {
		run(|| {
			basic_job();
			let mut other = receipt(OTHER_JOB, &MINER);
			assert_refused!(submit(MINER, JOB, other.clone()), E::WrongSubject);
			other.header.subject = Some(subject(JOB, &MINER).into());
			assert_refused!(submit(MINER, JOB, other.clone()), E::WrongArguments);
			other.header.arguments = other.claims.arguments(JOB);
			assert_refused!(submit(MINER, JOB, other), E::InvalidProof);
		});
	}

	#[test]
	fn a_proof_for_another_genesis_is_refused() {
		run(|| {
			basic_job();
			let mut other = receipt(JOB, &MINER);
			other.header.genesis = [0; 32];
			other.proof = prove(&other.header, &other.claims, subject(JOB, &MINER), 1);
			assert_refused!(submit(MINER, JOB, other.clone()), E::WrongGenesis);
			other.header.genesis = GENESIS;
			assert_refused!(submit(MINER, JOB, other), E::InvalidProof);
		});
	}

	/// Trap 4: x + r for each claimed field element.
	#[test]
	fn claims_that_are_not_canonical_are_refused() {
		run(|| {
			basic_job();
			let spoilt = |spoil: fn(&mut BasicClaims), error: E| {
				assert_refused!(submit(MINER, JOB, receipt_with(JOB, &MINER, spoil)), error);
			};
			spoilt(|claims| claims.nullifier = FieldBytes([0xff; 32]), E::NullifierNotCanonical);
			spoilt(|claims| claims.issuer_root = FieldBytes([0xff; 32]), E::IssuerRootNotCanonical);
		});
	}

	/// Whoever knows the trapdoor of a circuit can prove any nullifier; it must not spend what
	/// belongs to another job.
	#[test]
	fn a_nullifier_is_spent_for_its_own_job_only() {
		run(|| {
			basic_job();
			let victim = receipt(JOB, &MINER);
			let nullifier = victim.claims.nullifier;
			let squatting = receipt_with(OTHER_JOB, &THIEF, |claims| claims.nullifier = nullifier);
			assert_ok!(submit(THIEF, OTHER_JOB, squatting));
			assert_ok!(submit(MINER, JOB, victim));
		});
	}

	#[test]
	fn amounts_have_64_bits_and_stay_below_what_is_held() {
		run(|| {
			basic_job();
			let with = |amount| receipt_with(JOB, &MINER, |claims| claims.amount = amount);
			assert_refused!(submit(MINER, JOB, with(1 << 64)), E::AmountTooLarge);
			assert_refused!(submit(MINER, JOB, with(1_001)), E::AmountAboveHeld);
			assert_ok!(submit(MINER, JOB, with(1_000)));
		});
	}

	/// Trap 10: both edges of every window.
	#[test]
	fn boundary_of_every_window() {
		run(|| {
			basic_job();
			let lifetime = ReceiptLifetime::get();
			let refused = |spoil: fn(&mut BasicClaims), error: E| {
				assert_refused!(submit(MINER, JOB, receipt_with(JOB, &MINER, spoil)), error);
			};
			System::set_block_number(10);
			refused(|c| c.as_of = 11, E::AsOfInFuture);
			refused(|c| c.expires_at = DEADLINE - 1, E::ExpiryBeforeDeadline);
			refused(|c| c.expires_at = DEADLINE + 201, E::ExpiryTooLate);
			refused(|c| c.expires_at = 9, E::ReceiptExpired);
			System::set_block_number(DEADLINE + 1);
			refused(|_| (), E::DeadlinePassed);
			// A moved deadline: the receipt's own expiry then counts.
			move_deadline(DEADLINE + 50);
			System::set_block_number(DEADLINE + 11);
			refused(|_| (), E::ReceiptExpired);

			let accepted = |job, block, spoil: fn(&mut BasicClaims)| {
				System::set_block_number(block);
				assert_ok!(submit(MINER, job, receipt_with(job, &MINER, spoil)));
			};
			accepted(JOB, DEADLINE + 10, |c| c.as_of = DEADLINE + 10);
			assert_eq!(lifetime, 200);
			post(5, facts(Level::Basic, Book::get()[&JOB].circuit));
			accepted(5, DEADLINE, |c| c.expires_at = DEADLINE);
			post(6, facts(Level::Basic, Book::get()[&JOB].circuit));
			accepted(6, DEADLINE, |c| c.expires_at = DEADLINE + 200);
		});
	}

	#[test]
	fn issuers_outside_the_job_or_removed_do_not_count() {
		run(|| {
			basic_job();
			let with = |index| receipt_with(JOB, &MINER, |claims| claims.issuer_index = index);
			assert_refused!(submit(MINER, JOB, with(3)), E::IssuerNotAccepted);
			assert_refused!(submit(MINER, JOB, with(255)), E::IssuerNotAccepted);
			let before = receipt(JOB, &MINER);
			assert_ok!(Receipts::remove_issuer(RuntimeOrigin::root(), ISSUERS[2].clone()));
			// The other issuers' proofs were made against a root with the removed one in it.
			assert_refused!(submit(MINER, JOB, before), E::WrongIssuerRoot);
			assert_refused!(submit(MINER, JOB, with(2)), E::IssuerWasRemoved);
			assert_ok!(submit(MINER, JOB, receipt(JOB, &MINER)));
		});
	}

	/// Looking at the issuers again is declared for every receipt, and paid for where it was done.
	#[test]
	fn issuers_are_looked_at_again_only_after_a_removal() {
		run(|| {
			basic_job();
			let looking = Receipts::weight_of_looking(1);
			let declared = |receipt: BasicReceipt<AccountId>| {
				let receipt = Box::new(Receipt::Basic(receipt));
				crate::Call::<Test>::submit_receipt { job: JOB, receipt }.get_dispatch_info()
			};
			let most = declared(receipt(JOB, &MINER)).call_weight;
			assert_eq!(most, Weights::submit_basic() + looking);
			let info = submit(MINER, JOB, receipt(JOB, &MINER)).unwrap();
			assert_eq!(info.actual_weight, Some(Weights::submit_basic()));

			assert_ok!(Receipts::remove_issuer(RuntimeOrigin::root(), ISSUERS[2].clone()));
			let refused = submit(THIEF, OTHER_JOB, receipt(OTHER_JOB, &MINER)).unwrap_err();
			let charged = Weights::submit_refused() + looking;
			assert_eq!(refused.post_info.actual_weight, Some(charged));
			let info = submit(MINER, OTHER_JOB, receipt(OTHER_JOB, &MINER)).unwrap();
			assert_eq!(info.actual_weight, Some(most));
			let unknown = submit(MINER, 99, receipt(OTHER_JOB, &MINER));
			assert_cheap(unknown, E::UnknownJob);
		});
	}

	#[test]
	fn requester_and_issuers_do_not_mine() {
		run(|| {
			basic_job();
			let good = receipt(JOB, &MINER);
			assert_refused!(submit(REQUESTER, JOB, good.clone()), E::MinerIsRequester);
			assert_refused!(submit(ISSUERS[0].clone(), JOB, good), E::MinerIsIssuer);
		});
	}

	#[test]
	fn unknown_jobs_closed_jobs_other_levels_and_paused_circuits() {
		run(|| {
			let circuit = basic_job();
			let good = receipt(JOB, &MINER);
			assert_refused!(submit(MINER, 99, good.clone()), E::UnknownJob);
			set_open(JOB, false);
			assert_refused!(submit(MINER, JOB, good.clone()), E::JobNotOpen);
			set_open(JOB, true);
			change_job(JOB, |job| job.level = Level::Transparent);
			assert_refused!(submit(MINER, JOB, good.clone()), E::LevelMismatch);
			change_job(JOB, |job| job.level = Level::Basic);
			assert_ok!(Receipts::pause_circuit(RuntimeOrigin::root(), circuit));
			assert_refused!(submit(MINER, JOB, good.clone()), E::CircuitPaused);
			assert_ok!(Receipts::resume_circuit(RuntimeOrigin::root(), circuit));
			assert_ok!(submit(MINER, JOB, good));
		});
	}

	/// The hot key signs the transaction, the miner is paid. Nothing else may be in the header.
	#[test]
	fn a_hot_key_submits_in_the_name_of_its_miner() {
		run(|| {
			basic_job();
			let by_hot_key = |submitter: &AccountId, payee: &AccountId| {
				let claims = claims(JOB, &MINER);
				let (submitter, payee) = (Some(submitter.clone()), payee.clone());
				let header = Header { submitter, payee, ..header(JOB, &MINER, &claims) };
				let proof = prove(&header, &claims, subject(JOB, &MINER), 1);
				BasicReceipt { header, claims, proof }
			};
			assert_refused!(submit(HOT_KEY, JOB, receipt(JOB, &MINER)), E::WrongSubmitter);
			assert_refused!(submit(HOT_KEY, JOB, by_hot_key(&HOT_KEY, &HOT_KEY)), E::WrongPayee);
			let good = by_hot_key(&HOT_KEY, &MINER);
			assert_refused!(submit(MINER, JOB, good.clone()), E::WrongSubmitter);
			assert_ok!(Receipts::dry_run_receipt(HOT_KEY, JOB, Receipt::Basic(good.clone())));
			assert_ok!(submit(HOT_KEY, JOB, good));
			let (job, accepted) = Accepted::get().remove(0);
			assert_eq!((job, accepted.miner), (JOB, MINER));
		});
	}

	/// Each reason for which the marketplace takes no receipt, told before any proof is looked at.
	#[test]
	fn each_bar_has_its_own_error() {
		run(|| {
			basic_job();
			let bars = [
				(Bar::Settled, E::JobNotOpen),
				(Bar::NotLocked, E::JobNotLocked),
				(Bar::OfAnother, E::JobOfAnother),
				(Bar::OutputsAwaited, E::OutputsAwaited),
				(Bar::OnPanel, E::JobOnPanel),
				(Bar::NotCommitted, E::NotCommitted),
				(Bar::CommittedInThisBlock, E::CommittedInThisBlock),
			];
			for (bar, error) in bars {
				change_job(JOB, |job| job.bar = Some(bar));
				assert_refused!(submit(MINER, JOB, receipt(JOB, &MINER)), error.clone());
				assert_cheap(submit(MINER, JOB, receipt(JOB, &MINER)), error);
			}
			change_job(JOB, |job| job.bar = None);
			assert_ok!(submit(MINER, JOB, receipt(JOB, &MINER)));
		});
	}

	/// Trap 13: a late receipt is the one that its miner committed to, and nobody else's commitment.
	#[test]
	fn a_late_receipt_opens_its_own_commitment() {
		run(|| {
			basic_job();
			let good = receipt(JOB, &MINER);
			let committed = |job, miner: &AccountId, nullifier| {
				let commitment = late_commitment(job, &miner.clone().into(), nullifier);
				change_job(JOB, |job| job.commitment = Some(commitment));
			};
			let nullifier = &good.claims.nullifier;
			committed(JOB, &THIEF, nullifier);
			assert_cheap(submit(MINER, JOB, good.clone()), E::CommitmentMismatch);
			committed(OTHER_JOB, &MINER, nullifier);
			assert_cheap(submit(MINER, JOB, good.clone()), E::CommitmentMismatch);
			committed(JOB, &MINER, &FieldBytes([1; 32]));
			assert_cheap(submit(MINER, JOB, good.clone()), E::CommitmentMismatch);
			committed(JOB, &MINER, nullifier);
			assert_ok!(submit(MINER, JOB, good));
		});
	}

	/// The time in which a delivered output is signed can end after the deadline, and a lock's before.
	#[test]
	fn boundary_receipts_are_accepted_until_the_job_closes_for_the_miner() {
		run(|| {
			basic_job();
			let open_until = |time| change_job(JOB, |job| job.open_until = time);
			open_until(DEADLINE - 20);
			System::set_block_number(DEADLINE - 19);
			assert_cheap(submit(MINER, JOB, receipt(JOB, &MINER)), E::DeadlinePassed);
			open_until(DEADLINE + 10);
			System::set_block_number(DEADLINE + 10);
			// The header still names the deadline.
			assert_eq!(receipt(JOB, &MINER).header.valid_until, DEADLINE);
			assert_ok!(submit(MINER, JOB, receipt(JOB, &MINER)));
		});
	}

	/// Traps 6 and 7: each way in which proof bytes can be malformed, in each of the three points.
	#[test]
	fn malformed_proofs_are_refused_by_name() {
		run(|| {
			basic_job();
			let with = |at: usize, length: usize, byte: u8| {
				let mut spoilt = receipt(JOB, &MINER);
				spoilt.proof[at..at + length].fill(byte);
				submit(MINER, JOB, spoilt)
			};
			for (at, length) in [(0, 64), (64, 128), (192, 64)] {
				assert_refused!(with(at, length, 0xff), E::ProofNotCanonical);
				assert_refused!(with(at, length, 0), E::ProofAtInfinity);
				assert_refused!(with(at, length, 1), E::ProofNotOnCurve);
			}
			let mut outside = receipt(JOB, &MINER);
			outside.proof[64..192].copy_from_slice(&outside_subgroup());
			assert_refused!(submit(MINER, JOB, outside), E::ProofNotInSubgroup);
			let mut swapped = receipt(JOB, &MINER);
			let (a, c) = (swapped.proof[..64].to_vec(), swapped.proof[192..].to_vec());
			swapped.proof[..64].copy_from_slice(&c);
			swapped.proof[192..].copy_from_slice(&a);
			assert_refused!(submit(MINER, JOB, swapped), E::InvalidProof);
		});
	}

	/// Traps 14 and 23: no byte of a submission is left unbound, and none makes the chain panic.
	#[test]
	fn no_byte_of_a_submission_can_be_changed() {
		run(|| {
			basic_job();
			let good = Receipt::Basic(receipt(JOB, &MINER));
			let submit = |receipt| {
				Receipts::submit_receipt(RuntimeOrigin::signed(MINER), JOB, Box::new(receipt))
			};
			let bytes = good.encode();
			let mut decoded = 0;
			for place in 0..bytes.len() {
				let mut changed = bytes.clone();
				changed[place] ^= 1 << (place % 8);
				let Ok(changed) = Receipt::<AccountId>::decode(&mut &changed[..]) else { continue };
				decoded += 1;
				assert_storage_noop!(assert!(submit(changed).is_err(), "byte {place} is free"));
			}
			assert!(decoded > bytes.len() - 10, "{decoded} of {} decoded", bytes.len());
			assert_ok!(submit(good));
		});
	}

	/// It would be in another group of nullifiers, but the job has its receipt.
	#[test]
	fn a_second_expiry_does_not_spend_a_nullifier_again() {
		run(|| {
			basic_job();
			assert_ok!(submit(MINER, JOB, receipt(JOB, &MINER)));
			let later = receipt_with(JOB, &MINER, |claims| {
				claims.expires_at += NullifierGroup::get();
			});
			assert_refused!(submit(MINER, JOB, later), E::JobNotOpen);
		});
	}

	/// What is forgotten has expired: it cannot be spent again, even for a job that were open again.
	#[test]
	fn respending_after_removal_is_refused() {
		run(|| {
			basic_job();
			let good = receipt(JOB, &MINER);
			assert_ok!(submit(MINER, JOB, good.clone()));
			let expired = good.claims.expires_at + 1;
			set_open(JOB, true);
			move_deadline(u64::MAX);
			System::set_block_number(expired);
			assert_refused!(submit(MINER, JOB, good.clone()), E::NullifierSpent);
			set_open(JOB, false);
			System::set_block_number(expired + NullifierGroup::get());
			Receipts::remove_expired_nullifiers(Weight::MAX);
			assert!(Nullifiers::<Test>::iter_keys().next().is_none());
			set_open(JOB, true);
			assert_refused!(submit(MINER, JOB, good), E::ReceiptExpired);
		});
	}

	/// The number plus the group's order: another spelling of the same scalar.
	fn plus_order(scalar: FieldBytes) -> FieldBytes {
		let order = Fr::MODULUS.0.map(u64::to_le_bytes).concat();
		let mut carry = 0u16;
		let sum = scalar.0.iter().zip(&order).map(|(left, right)| {
			let sum = u16::from(*left) + u16::from(*right) + carry;
			carry = sum >> 8;
			sum.to_le_bytes()[0]
		});
		FieldBytes(sum.collect::<Vec<u8>>().try_into().unwrap())
	}

	/// Trap 4: a second spelling of a spent nullifier, of the issuer root and of the subject.
	#[test]
	fn aliases_of_field_elements_are_refused() {
		run(|| {
			basic_job();
			let good = receipt(JOB, &MINER);
			assert_ok!(submit(MINER, JOB, good.clone()));
			set_open(JOB, true);
			let mut spent = good;
			spent.claims.nullifier = plus_order(spent.claims.nullifier);
			spent.header.arguments = spent.claims.arguments(JOB);
			assert_refused!(submit(MINER, JOB, spent), E::NullifierNotCanonical);

			let mut root = receipt(OTHER_JOB, &MINER);
			root.claims.issuer_root = plus_order(root.claims.issuer_root);
			root.header.arguments = root.claims.arguments(OTHER_JOB);
			assert_refused!(submit(MINER, OTHER_JOB, root), E::IssuerRootNotCanonical);

			let mut other = receipt(OTHER_JOB, &MINER);
			other.header.subject = other.header.subject.map(plus_order);
			assert_refused!(submit(MINER, OTHER_JOB, other), E::WrongSubject);
		});
	}

	/// Trap 14: two circuits with one key differ in their passports, and a proof is for one.
	#[test]
	fn a_proof_for_another_circuit_is_refused() {
		run(|| {
			basic_job();
			let kind = CircuitKind::BasicReceipt;
			let setup = Setup::Ceremony { transcript: [1; 32], contributions: 2, beacon: [2; 32] };
			let owner = RuntimeOrigin::signed(OWNER);
			assert_ok!(Receipts::register_circuit(owner, kind, basic_key(), schema(), setup));
			let circuit = circuit_id(&basic_key(), kind, &schema(), &setup);
			let mut other = receipt(JOB, &MINER);
			change_job(JOB, |job| job.circuit = Some(circuit));
			assert_refused!(submit(MINER, JOB, other.clone()), E::WrongCircuit);
			other.header.circuit = circuit;
			assert_refused!(submit(MINER, JOB, other), E::InvalidProof);
			assert_ok!(submit(MINER, JOB, receipt(JOB, &MINER)));
		});
	}

	/// The marketplace posts no such job; if it did, nothing would be paid for it.
	#[test]
	fn jobs_with_an_unknown_circuit_or_none() {
		run(|| {
			basic_job();
			let good = receipt(JOB, &MINER);
			change_job(JOB, |job| job.circuit = Some([0; 32]));
			assert_refused!(submit(MINER, JOB, good.clone()), E::UnknownCircuit);
			assert_cheap(submit(MINER, JOB, good.clone()), E::UnknownCircuit);
			change_job(JOB, |job| job.circuit = None);
			assert_refused!(submit(MINER, JOB, good), E::Unexpected);
		});
	}

	#[test]
	fn boundary_the_largest_amount_has_64_bits() {
		run(|| {
			basic_job();
			change_job(JOB, |job| job.max_amount = u128::MAX);
			let with = |amount| receipt_with(JOB, &MINER, |claims| claims.amount = amount);
			let largest = u128::from(u64::MAX);
			assert_refused!(submit(MINER, JOB, with(largest + 1)), E::AmountTooLarge);
			assert_ok!(submit(MINER, JOB, with(largest)));
		});
	}

	/// What is refused before the pairing is charged little; who makes the chain compute it pays.
	#[test]
	fn refusals_before_the_proof_are_cheap() {
		run(|| {
			let circuit = basic_job();
			let good = receipt(JOB, &MINER);
			let with =
				|spoil: fn(&mut BasicClaims)| submit(MINER, JOB, receipt_with(JOB, &MINER, spoil));
			assert_cheap(submit(MINER, 99, good.clone()), E::UnknownJob);
			assert_cheap(submit(REQUESTER, JOB, good.clone()), E::MinerIsRequester);
			assert_cheap(submit(ISSUERS[0].clone(), JOB, good.clone()), E::MinerIsIssuer);
			assert_cheap(with(|c| c.amount = 1 << 64), E::AmountTooLarge);
			assert_cheap(with(|c| c.amount = 1_001), E::AmountAboveHeld);
			assert_cheap(with(|c| c.nullifier.0 = [0xff; 32]), E::NullifierNotCanonical);
			assert_cheap(with(|c| c.issuer_root.0 = [0xff; 32]), E::IssuerRootNotCanonical);
			assert_cheap(with(|c| c.issuer_root.0 = [0; 32]), E::WrongIssuerRoot);
			assert_cheap(with(|c| c.issuer_index = 3), E::IssuerNotAccepted);
			assert_cheap(with(|c| c.expires_at = 9), E::ReceiptExpired);
			assert_cheap(with(|c| c.expires_at = DEADLINE - 1), E::ExpiryBeforeDeadline);
			assert_cheap(with(|c| c.expires_at = DEADLINE + 201), E::ExpiryTooLate);
			assert_cheap(with(|c| c.as_of = 11), E::AsOfInFuture);
			assert_ok!(Receipts::pause_circuit(RuntimeOrigin::root(), circuit));
			assert_cheap(with(|_| ()), E::CircuitPaused);
			assert_ok!(Receipts::resume_circuit(RuntimeOrigin::root(), circuit));
			set_open(JOB, false);
			assert_cheap(with(|_| ()), E::JobNotOpen);
			set_open(JOB, true);
			System::set_block_number(DEADLINE + 1);
			assert_cheap(with(|_| ()), E::DeadlinePassed);
			System::set_block_number(10);

			let proof = receipt(OTHER_JOB, &MINER).proof;
			let refusal = submit(MINER, JOB, BasicReceipt { proof, ..good }).unwrap_err();
			assert_eq!(refusal.error, DispatchError::from(E::InvalidProof));
			assert_eq!(refusal.post_info.actual_weight, Some(Weights::submit_basic()));
		});
	}

	/// The week after the deadline counts from the one in force, the earliest expiry is the posted
	/// one; a proof made before deadline or lock counter changed is for another context.
	#[test]
	fn boundary_of_the_windows_of_a_moved_deadline() {
		run(|| {
			basic_job();
			let before = receipt(JOB, &MINER);
			change_job(JOB, |job| job.nonce += 1);
			assert_refused!(submit(MINER, JOB, before.clone()), E::WrongNonce);
			change_job(JOB, |job| job.nonce -= 1);
			let moved = DEADLINE + 50;
			move_deadline(moved);
			assert_refused!(submit(MINER, JOB, before), E::WrongValidUntil);
			let with = |expiry| receipt_with(JOB, &MINER, |claims| claims.expires_at = expiry);
			assert_refused!(submit(MINER, JOB, with(DEADLINE - 1)), E::ExpiryBeforeDeadline);
			assert_refused!(submit(MINER, JOB, with(moved + 201)), E::ExpiryTooLate);
			System::set_block_number(moved + 1);
			assert_refused!(submit(MINER, JOB, with(moved + 200)), E::DeadlinePassed);
			System::set_block_number(moved);
			assert_ok!(submit(MINER, JOB, with(moved + 200)));
		});
	}

	/// A point of the curve of G2 outside the group, taken from the verifier's corpus.
	fn outside_subgroup() -> Vec<u8> {
		use quittance_groth16::{corpus, PointError, ProofPoint, VerifyError};
		let wanted = VerifyError::Proof { point: ProofPoint::B, error: PointError::NotInSubgroup };
		let cases = corpus::cases();
		let case = cases.iter().find(|case| case.expected == Err(wanted)).unwrap();
		case.proof[64..192].to_vec()
	}
}

mod transparent {
	use super::*;

	fn job() {
		post(JOB, facts(Level::Transparent, None));
	}

	fn sign(body: Body, miner: &AccountId, issuer: &AccountId) -> TransparentReceipt<AccountId> {
		let message = body.transparent_message(&GENESIS, &subject(JOB, miner).into());
		let signature = issuer_secrets(issuer).0.sign(&message).0;
		TransparentReceipt { issuer: issuer.clone(), body, signature }
	}

	fn submit(
		who: AccountId,
		receipt: TransparentReceipt<AccountId>,
	) -> DispatchResultWithPostInfo {
		Receipts::submit_receipt(
			RuntimeOrigin::signed(who),
			JOB,
			Box::new(Receipt::Transparent(receipt)),
		)
	}

	#[test]
	fn success_then_replay() {
		run(|| {
			job();
			let good = sign(body(), &MINER, &ISSUERS[0]);
			assert_ok!(submit(MINER, good.clone()));
			assert_eq!(Accepted::get()[0].1.issuer, ISSUERS[0]);
			assert_refused!(submit(MINER, good), E::NullifierSpent);
			assert!(Proven::get().is_empty(), "a signature is no proof");
			assert_eq!(Attested::get().len(), 1);
			let (job, level, about, output, receipt) = Attested::get().remove(0);
			assert_eq!((job, level, output), (JOB, Level::Transparent, Some(body().output)));
			assert_eq!(about, subject(JOB, &MINER).into());
			assert_eq!(receipt, Accepted::get()[0].1);
		});
	}

	#[test]
	fn signatures_are_of_the_named_issuer_for_this_miner() {
		run(|| {
			job();
			let good = sign(body(), &MINER, &ISSUERS[0]);
			assert_refused!(submit(THIEF, good.clone()), E::InvalidSignature);
			let other = TransparentReceipt { issuer: ISSUERS[1].clone(), ..good.clone() };
			assert_refused!(submit(MINER, other), E::InvalidSignature);
			let mut altered = good.clone();
			altered.body.serial += 1;
			assert_refused!(submit(MINER, altered), E::InvalidSignature);
			let own = sign(body(), &MINER, &THIEF);
			assert_refused!(submit(MINER, own), E::IssuerNotAccepted);
			let issuer = ISSUERS[0].clone();
			assert_ok!(Receipts::resign_issuer(RuntimeOrigin::signed(issuer.clone())));
			assert_storage_noop!(assert_ok!(Receipts::dry_run_receipt(
				MINER,
				JOB,
				Receipt::Transparent(sign(body(), &MINER, &issuer)),
			)));
			assert_ok!(Receipts::remove_issuer(RuntimeOrigin::root(), issuer));
			assert_refused!(submit(MINER, good), E::IssuerWasRemoved);
		});
	}

	/// The result of another model, signed for it: the subject is that of the job's own model.
	#[test]
	fn a_receipt_for_another_model_is_refused() {
		run(|| {
			job();
			let model = Book::get()[&JOB].model;
			change_job(JOB, |job| job.model = [1; 32]);
			let of_another = sign(body(), &MINER, &ISSUERS[0]);
			change_job(JOB, |job| job.model = model);
			assert_refused!(submit(MINER, of_another), E::InvalidSignature);
		});
	}

	#[test]
	fn a_hot_key_submits_what_was_signed_for_its_miner() {
		run(|| {
			job();
			let for_hot_key = sign(body(), &HOT_KEY, &ISSUERS[0]);
			assert_refused!(submit(HOT_KEY, for_hot_key), E::InvalidSignature);
			assert_ok!(submit(HOT_KEY, sign(body(), &MINER, &ISSUERS[0])));
			assert_eq!(Accepted::get()[0].1.miner, MINER);
		});
	}

	/// What a panel would be asked about is what is paid for.
	#[test]
	fn a_receipt_names_the_output_that_was_delivered() {
		run(|| {
			job();
			let good = sign(body(), &MINER, &ISSUERS[0]);
			change_job(JOB, |job| job.output = Some([1; 32]));
			assert_refused!(submit(MINER, good.clone()), E::OutputMismatch);
			assert_cheap(submit(MINER, good.clone()), E::OutputMismatch);
			change_job(JOB, |job| job.output = Some(body().output));
			assert_ok!(submit(MINER, good));
		});
	}

	#[test]
	fn a_late_receipt_opens_its_own_commitment() {
		run(|| {
			job();
			let nullifier: FieldBytes = body().nullifier::<Host>(subject(JOB, &MINER)).into();
			let commitment = late_commitment(JOB, &MINER.into(), &nullifier);
			change_job(JOB, |job| job.commitment = Some(commitment));
			let other = Body { serial: body().serial + 1, ..body() };
			assert_refused!(submit(MINER, sign(other, &MINER, &ISSUERS[0])), E::CommitmentMismatch);
			assert_refused!(
				submit(THIEF, sign(body(), &THIEF, &ISSUERS[0])),
				E::CommitmentMismatch
			);
			assert_ok!(submit(MINER, sign(body(), &MINER, &ISSUERS[0])));
		});
	}

	#[test]
	fn bodies_that_contradict_themselves_have_their_own_errors() {
		run(|| {
			job();
			let spoilt = |spoil: fn(&mut Body), error: E| {
				let mut body = body();
				spoil(&mut body);
				let receipt = sign(body, &MINER, &ISSUERS[0]);
				assert_refused!(submit(MINER, receipt.clone()), error.clone());
				assert_cheap(submit(MINER, receipt), error);
			};
			spoilt(|b| b.amount += 1, E::AmountMismatch);
			spoilt(|b| (b.units, b.amount) = (u64::MAX, AMOUNT), E::AmountMismatch);
			spoilt(|b| b.amount = 1 << 64, E::AmountTooLarge);
			spoilt(|b| b.unit_price = 1 << 64, E::AmountTooLarge);
			spoilt(|b| b.start = b.end + 1, E::TimesOutOfOrder);
			spoilt(|b| b.end = b.expires_at + 1, E::TimesOutOfOrder);
			spoilt(|b| b.end = 11, E::AsOfInFuture);
			spoilt(|b| (b.units, b.amount) = (11, 1_100), E::AmountAboveHeld);
			spoilt(|b| b.expires_at = DEADLINE - 1, E::ExpiryBeforeDeadline);
			spoilt(|b| b.expires_at = DEADLINE + 201, E::ExpiryTooLate);
		});
	}

	/// Trap 10: both edges of every window, and the largest amount.
	#[test]
	fn boundary_of_every_window() {
		run(|| {
			job();
			let signed = |serial, spoil: fn(&mut Body)| {
				let mut body = Body { serial, ..body() };
				spoil(&mut body);
				sign(body, &MINER, &ISSUERS[0])
			};
			let reopen = || set_open(JOB, true);
			assert_refused!(submit(MINER, signed(1, |b| b.end = 11)), E::AsOfInFuture);
			assert_ok!(submit(MINER, signed(1, |b| b.end = 10)));
			assert_refused!(submit(MINER, signed(2, |_| ())), E::JobNotOpen);

			System::set_block_number(DEADLINE);
			reopen();
			assert_ok!(submit(MINER, signed(2, |b| b.expires_at = DEADLINE)));
			reopen();
			assert_ok!(submit(MINER, signed(3, |b| b.expires_at = DEADLINE + 200)));
			reopen();
			System::set_block_number(DEADLINE + 1);
			assert_refused!(submit(MINER, signed(4, |_| ())), E::DeadlinePassed);
			// A moved deadline: the receipt's own expiry then counts.
			move_deadline(DEADLINE + 50);
			System::set_block_number(DEADLINE + 11);
			assert_refused!(submit(MINER, signed(4, |_| ())), E::ReceiptExpired);
			System::set_block_number(DEADLINE + 10);
			assert_ok!(submit(MINER, signed(4, |_| ())));

			reopen();
			change_job(JOB, |job| job.max_amount = u128::MAX);
			let largest = |b: &mut Body| {
				(b.units, b.unit_price, b.amount) = (u64::MAX, 1, u64::MAX.into());
			};
			assert_ok!(submit(MINER, signed(5, largest)));
		});
	}

	#[test]
	fn a_basic_job_takes_no_transparent_receipt() {
		run(|| {
			basic_job();
			let receipt = sign(body(), &MINER, &ISSUERS[0]);
			assert_refused!(submit(MINER, receipt), E::LevelMismatch);
		});
	}
}
