use super::*;
use codec::{Compact, Encode};
use quittance_types::{blake2_256, INPUT_TAG, INPUT_VERSION};

/// The bytes of an input with images of 64 bytes, under the weights of [`description`].
fn input(weights: u8, count: u32) -> Vec<u8> {
	let mut bytes = INPUT_TAG.to_vec();
	bytes.push(INPUT_VERSION);
	([1u8; 32], [weights; 32], 7u64, Compact(count)).encode_to(&mut bytes);
	bytes.resize(bytes.len() + 64 * count as usize, 9);
	bytes
}

fn post_with(bytes: &[u8]) -> JobId {
	let input = Blob { digest: blake2_256(bytes), size: bytes.len() as u32 };
	post(Offer { input, ..offer() })
}

fn claim(job: JobId, bytes: &[u8]) -> DispatchResult {
	let bytes = InputBytes::try_from(bytes.to_vec()).expect("at most 64 KiB");
	without_info(Marketplace::claim_malformed(signed(&STRANGER), job, bytes))
}

#[test]
fn the_claimant_gets_the_fee_of_a_job_that_nobody_has() {
	run(|| {
		let bytes = b"not an input";
		let job = post_with(bytes);
		assert_ok!(claim(job, bytes));
		assert_eq!(cause_of(job), Cause::Malformed);
		assert_has(Event::FeePaid { job, payee: STRANGER, amount: FEE });
		let (amount, cause) = (PRICE, Cause::Malformed);
		assert_has(Event::JobRefunded { job, requester: REQUESTER, amount, cause });
		assert_eq!(free(&STRANGER), ENDOWMENT + FEE);
		assert_eq!(free(&REQUESTER) + held(&REQUESTER), ENDOWMENT - FEE);
		assert_noop!(claim(job, bytes), E::JobEnded);
		assert_noop!(claim(9, bytes), E::UnknownJob);
	});
}

/// A claim that is copied from the pool takes nothing from the miner that has the job.
#[test]
fn the_miner_that_has_the_job_loses_nothing_and_gets_the_fee() {
	run(|| {
		let bytes = b"not an input";
		let job = post_with(bytes);
		assert_ok!(lock(job, 0));
		assert_ok!(claim(job, bytes));
		assert_eq!((row(&MINER).bond, row(&MINER).locks), (STAKE, 0));
		assert_eq!(outcomes(&MINER, Outcome::Slashed), 0);
		assert_eq!((free(&MINER), free(&STRANGER)), (ENDOWMENT + FEE, ENDOWMENT));
	});
}

#[test]
fn fails_for_an_input_as_it_should_be() {
	run(|| {
		let good = input(2, 3);
		let job = post_with(&good);
		assert_noop!(claim(job, &good), E::InputWellFormed);
		assert_noop!(claim(job, &input(2, 2)), E::DigestMismatch);
		let mut longer = good.clone();
		longer.push(0);
		assert_noop!(claim(job, &longer), E::DigestMismatch);
	});
}

/// Each way in which the chain can see it.
#[test]
fn ends_the_job_for_each_malformation() {
	run(|| {
		let good = input(2, 3);
		let changed = |place: usize| {
			let mut bytes = good.clone();
			bytes[place] ^= 0xff;
			bytes
		};
		let mut longer = good.clone();
		longer.push(0);
		let priceless = {
			let mut bytes = good.clone();
			bytes[80..88].fill(0xff);
			bytes
		};
		for bytes in [
			changed(0),
			changed(15),
			good[..good.len() - 1].to_vec(),
			longer,
			priceless,
			input(2, 0),
			// Under other weights than those of the job's model.
			input(3, 3),
		] {
			let job = post_with(&bytes);
			assert_ok!(claim(job, &bytes));
			assert_eq!(cause_of(job), Cause::Malformed);
		}
	});
}

#[test]
fn boundary_64_kibibytes() {
	run(|| {
		let most = MAX_CLAIM_BYTES as usize;
		let bytes = vec![7; most];
		let job = post_with(&bytes);
		assert!(InputBytes::try_from(vec![7; most + 1]).is_err());
		assert_ok!(claim(job, &bytes));
	});
}

#[test]
fn fails_once_an_output_was_shown_and_for_encrypted_input() {
	run(|| {
		let bytes = b"not an input";
		let job = post_with(bytes);
		assert_ok!(lock(job, 0));
		assert_ok!(deliver(job, 0, OUTPUT));
		assert_noop!(claim(job, bytes), E::JobDelivered);
		let input = Blob { digest: blake2_256(bytes), size: bytes.len() as u32 };
		let job = post(Offer { input, mode: Mode::Fhe, ..offer() });
		assert_noop!(claim(job, bytes), E::InputEncrypted);
	});
}

/// The size that the job names is part of what it says of the input.
#[test]
fn an_input_of_another_size_than_the_job_says_is_not_the_jobs() {
	run(|| {
		let bytes = b"not an input";
		let input = Blob { digest: blake2_256(bytes), size: 13 };
		let job = post(Offer { input, ..offer() });
		assert_noop!(claim(job, bytes), E::DigestMismatch);
	});
}

/// Also late, and by whoever is late.
#[test]
fn a_late_job_can_be_ended_too() {
	run(|| {
		let bytes = b"not an input";
		let job = post_with(bytes);
		assert_ok!(lock(job, 0));
		full_blocks_until(DEADLINE);
		assert_ok!(claim(job, bytes));
		assert_eq!(row(&MINER).bond, STAKE, "nothing could have come of it");
	});
}
