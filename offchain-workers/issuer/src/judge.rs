//! The decision: given what the chain says and what the blobs hold, may this be signed, and for how
//! much. Nothing here reads or writes anything.

use crate::{SignError, Work};
use ark_bn254::Fr;
use quittance_client::{AccountId, Issuer, Job};
use quittance_poseidon::Native;
use quittance_types::{Body, IssuerKeys, JobId, JobTime, Subject};
use quittance_zkml::{check, OutputBlob};

/// A job as it stands on the chain, from the point of view of one of its issuers.
#[derive(Clone, Debug)]
pub struct Standing {
	/// Hash of the chain's first block.
	pub genesis: [u8; 32],
	/// Number of the job.
	pub number: JobId,
	/// The job.
	pub job: Job,
	/// Its deadline in force.
	pub deadline: JobTime,
	/// Job time.
	pub now: JobTime,
	/// Longest time from deadline to expiry that the chain accepts.
	pub receipt_lifetime: JobTime,
	/// This issuer's account.
	pub issuer: AccountId,
	/// What the chain has of this issuer.
	pub record: Option<Issuer>,
}

impl Standing {
	/// Refuses whatever can be refused without looking at the work.
	pub fn admit(&self, miner: &AccountId, keys: &IssuerKeys) -> Result<(), SignError> {
		let Self { number, job, deadline, now, issuer, .. } = self;
		if !job.issuers.contains(issuer) {
			return Err(SignError::NotAccepted(*number));
		}
		let record = self.record.as_ref().ok_or(SignError::NotInOffice)?;
		if !record.state.in_office() {
			return Err(SignError::NotInOffice);
		}
		if record.keys != *keys {
			return Err(SignError::KeysDiffer);
		}
		if job.requester == *miner || job.issuers.contains(miner) {
			return Err(SignError::MinerIsParty { job: *number, miner: *miner });
		}
		if !job.is_open() {
			return Err(SignError::JobNotOpen(*number));
		}
		if now > deadline {
			return Err(SignError::DeadlinePassed { deadline: *deadline, now: *now });
		}
		Ok(())
	}

	/// What a receipt for this miner is about.
	pub fn subject(&self, miner: &AccountId) -> Fr {
		let subject = Subject {
			genesis: self.genesis,
			job: self.number,
			requester: self.job.requester.0,
			miner: miner.0,
			model: self.job.model,
			input: self.job.input.digest,
		};
		subject.hash::<Native>()
	}
}

/// Repeats the work, meters it and says what the receipt is to say.
///
/// Work began no earlier than the job was posted and has ended now; the receipt stays valid for
/// `expiry_margin` after the deadline, so that a miner who delivers in time is not raced by its own
/// receipt's expiry.
pub fn judge(
	standing: &Standing,
	work: &Work,
	output: &OutputBlob,
	expiry_margin: JobTime,
	serial: u128,
) -> Result<Body, SignError> {
	let units = check(&work.model, &work.input, output)?;
	let unit_price = work.input.unit_price();
	let max_price = standing.job.max_price();
	let amount = units
		.checked_mul(unit_price)
		.filter(|amount| u128::from(*amount) <= max_price)
		.ok_or(SignError::AboveHeld { units, unit_price, max_price })?;
	let margin = expiry_margin.min(standing.receipt_lifetime);
	let body = Body {
		units,
		unit_price: unit_price.into(),
		amount: amount.into(),
		start: standing.job.posted_at,
		end: standing.now,
		expires_at: standing.deadline.saturating_add(margin),
		serial,
		output: output.digest(),
	};
	body.check().map_err(SignError::Body)?;
	Ok(body)
}

#[cfg(test)]
mod tests {
	use super::*;
	use quittance_client::{IssuerState, JobState};
	use quittance_types::{AcceptedReceipt, Blob, FieldBytes, Level, Payment};
	use quittance_zkml::{run, InputBlob, Layer, Model, CLASSES, IMAGE_PIXELS};

	const ISSUER: AccountId = AccountId([1; 32]);
	const MINER: AccountId = AccountId([2; 32]);
	const REQUESTER: AccountId = AccountId([3; 32]);
	const KEYS: IssuerKeys = IssuerKeys { sr25519: [4; 32], babyjubjub: [5; 64] };

	fn standing() -> Standing {
		let input = Blob { digest: [7; 32], size: 100 };
		let job = Job {
			requester: REQUESTER,
			model: [6; 32],
			input,
			level: Level::Basic,
			circuit: Some([8; 32]),
			issuers: vec![AccountId([9; 32]), ISSUER],
			issuer_fee: 1,
			payment: Payment::Held { max_price: 10 },
			held: 11,
			deposit: 2,
			posted_at: 20,
			deadline: 50,
			lock_counter: 0,
			state: JobState::Open,
		};
		let leaf = FieldBytes([0; 32]);
		let record = Issuer { keys: KEYS, leaf, state: IssuerState::Active, bond: 0 };
		Standing {
			genesis: [10; 32],
			number: 3,
			job,
			deadline: 60,
			now: 30,
			receipt_lifetime: 100,
			issuer: ISSUER,
			record: Some(record),
		}
	}

	/// Logits that depend on the image: each is ten times the sum of some pixels.
	fn model() -> Model {
		let weights = (0..CLASSES * IMAGE_PIXELS).map(|at| (at % 7) as i8).collect();
		let (inputs, outputs) = (IMAGE_PIXELS as u16, CLASSES as u16);
		let biases = (0..CLASSES as i32).collect();
		Model::new(vec![Layer { inputs, outputs, scale: 0, shift: 0, weights, biases }]).unwrap()
	}

	fn work(unit_price: u64) -> Work {
		let model = model();
		let images = (1..=3u8).map(|value| [value; IMAGE_PIXELS]).collect();
		let input = InputBlob::new([1; 32], model.weights_digest(), unit_price, images).unwrap();
		Work { model, input }
	}

	#[test]
	fn an_open_job_of_ours_is_admitted() {
		standing().admit(&MINER, &KEYS).unwrap();
		Standing { now: 60, ..standing() }.admit(&MINER, &KEYS).unwrap();
		let mut resigned = standing();
		resigned.record.as_mut().unwrap().state = IssuerState::Resigned { at: 1 };
		resigned.admit(&MINER, &KEYS).unwrap();
	}

	#[test]
	fn what_the_chain_says_can_refuse() {
		type Change = fn(&mut Standing);
		let receipt = || AcceptedReceipt {
			miner: MINER,
			issuer: ISSUER,
			amount: 1,
			nullifier: FieldBytes([0; 32]),
		};
		let cases: [(&str, Change); 7] = [
			("NotAccepted", |s| s.job.issuers.retain(|issuer| *issuer != ISSUER)),
			("NotInOffice", |s| s.record = None),
			("NotInOffice", |s| {
				s.record.as_mut().unwrap().state = IssuerState::Removed { at: 1 };
			}),
			("NotInOffice", |s| s.record.as_mut().unwrap().state = IssuerState::Pending),
			("KeysDiffer", |s| s.record.as_mut().unwrap().keys.sr25519 = [0; 32]),
			("JobNotOpen", |s| s.job.state = JobState::Refunded),
			("DeadlinePassed", |s| s.now = 61),
		];
		for (name, change) in cases {
			let mut standing = standing();
			change(&mut standing);
			assert_eq!(standing.admit(&MINER, &KEYS).unwrap_err().name(), name);
		}
		for party in [REQUESTER, ISSUER, AccountId([9; 32])] {
			assert_eq!(standing().admit(&party, &KEYS).unwrap_err().name(), "MinerIsParty");
		}
		let mut paid = standing();
		paid.job.state = JobState::Fulfilled(receipt());
		assert_eq!(paid.admit(&MINER, &KEYS).unwrap_err().name(), "JobNotOpen");
	}

	#[test]
	fn a_right_output_is_metered() {
		let work = work(3);
		let output = run(&work.model, &work.input, [2; 32]).unwrap();
		let body = judge(&standing(), &work, &output, 25, 99).unwrap();
		let expected = Body {
			units: 3,
			unit_price: 3,
			amount: 9,
			start: 20,
			end: 30,
			expires_at: 85,
			serial: 99,
			output: output.digest(),
		};
		assert_eq!(body, expected);
		// The chain's limit is the limit, whatever is configured.
		assert_eq!(judge(&standing(), &work, &output, u64::MAX, 99).unwrap().expires_at, 160);
	}

	#[test]
	fn the_first_wrong_image_is_named() {
		let work = work(3);
		let right = run(&work.model, &work.input, [2; 32]).unwrap();
		let mut logits = right.logits().to_vec();
		logits[1][4] += 1;
		logits[2][0] -= 1;
		let wrong =
			OutputBlob::new([2; 32], *right.input(), right.labels().to_vec(), logits).unwrap();
		let error = judge(&standing(), &work, &wrong, 25, 99).unwrap_err();
		assert!(matches!(error, SignError::WrongOutput { image: 1, .. }), "{error}");
		assert_eq!((error.code(), error.name()), ("Q-IS-014", "WrongOutput"));
	}

	#[test]
	fn an_output_of_other_work_is_refused() {
		let work = work(3);
		let right = run(&work.model, &work.input, [2; 32]).unwrap();
		let (labels, logits) = (right.labels().to_vec(), right.logits().to_vec());
		let foreign = OutputBlob::new([2; 32], [0; 32], labels.clone(), logits.clone()).unwrap();
		let error = judge(&standing(), &work, &foreign, 25, 99).unwrap_err();
		assert_eq!(error.name(), "WrongInput");
		let short =
			OutputBlob::new([2; 32], *right.input(), labels[..2].into(), logits[..2].into());
		let error = judge(&standing(), &work, &short.unwrap(), 25, 99).unwrap_err();
		assert!(matches!(error, SignError::WrongCount { expected: 3, found: 2 }));
	}

	#[test]
	fn the_price_held_is_the_limit() {
		let judged = |unit_price, max_price| {
			let work = work(unit_price);
			let output = run(&work.model, &work.input, [2; 32]).unwrap();
			let mut standing = standing();
			standing.job.payment = Payment::Held { max_price };
			judge(&standing, &work, &output, 25, 99).map(|body| body.amount)
		};
		assert_eq!(judged(3, 9).unwrap(), 9);
		assert_eq!(judged(3, 8).unwrap_err().name(), "AboveHeld");
		assert_eq!(judged(0, 8).unwrap(), 0);
	}

	#[test]
	fn work_in_the_future_is_inconsistent() {
		let work = work(3);
		let output = run(&work.model, &work.input, [2; 32]).unwrap();
		let standing = Standing { now: 19, ..standing() };
		let error = judge(&standing, &work, &output, 25, 99).unwrap_err();
		assert_eq!(error.name(), "InconsistentReceipt");
	}
}
