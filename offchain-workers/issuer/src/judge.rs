//! The decision: given what the chain says and what the blobs hold, may this be signed, and for how
//! much. Nothing here reads or writes anything.

use crate::{SignError, SignRequest, Work};
use ark_bn254::Fr;
use quittance_client::{AccountId, Claim, Extension, Issuer, Job};
use quittance_poseidon::Native;
use quittance_types::{Body, IssuerKeys, JobId, JobTime, Mode, Subject};
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
	/// By how much its times have moved.
	pub extension: Extension,
	/// The miner in whose name the request's signer submits to the chain.
	pub acts_for: AccountId,
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
	/// Refuses whatever can be refused without looking at the work, and says what the receipt must keep
	/// to.
	///
	/// An issuer signs for the miner that has the job, or for anyone once the lock was not kept: what it
	/// signs for somebody else could take the job from who works on it. It signs for one output of a
	/// miner; where the miner has shown one to the chain, for that one.
	pub fn admit(&self, request: &SignRequest, keys: &IssuerKeys) -> Result<Claim, SignError> {
		let Self { number, job, now, issuer, .. } = self;
		let SignRequest { miner, signer, output, .. } = request;
		if !job.offer.issuers.contains(issuer) {
			return Err(SignError::NotAccepted(*number));
		}
		let record = self.record.as_ref().ok_or(SignError::NotInOffice)?;
		if !record.state.in_office() {
			return Err(SignError::NotInOffice);
		}
		if record.keys != *keys {
			return Err(SignError::KeysDiffer);
		}
		if self.acts_for != *miner {
			return Err(SignError::NotTheMiner { signer: *signer, miner: *miner });
		}
		if job.requester == *miner || job.offer.issuers.contains(miner) {
			return Err(SignError::MinerIsParty { job: *number, miner: *miner });
		}
		if job.offer.mode != Mode::Plain {
			return Err(SignError::UnsupportedMode(job.offer.mode));
		}
		let claim = job
			.claim_of(miner, *now, &self.extension)
			.map_err(|bar| SignError::Barred { job: *number, bar })?;
		if *now > claim.open_until {
			return Err(SignError::DeadlinePassed { deadline: claim.open_until, now: *now });
		}
		// Whoever has a lock was let in; whoever is late must commit, which the list can forbid.
		if claim.late && !job.allows(miner) {
			return Err(SignError::NotAllowed(*number));
		}
		match claim.output {
			Some(delivered) if delivered.digest != *output => {
				Err(SignError::NotDelivered { job: *number, delivered: delivered.digest })
			},
			_ => Ok(claim),
		}
	}

	/// What a receipt for this miner is about.
	pub fn subject(&self, miner: &AccountId) -> Fr {
		let subject = Subject {
			genesis: self.genesis,
			job: self.number,
			requester: self.job.requester.0,
			miner: miner.0,
			model: self.job.offer.model,
			input: self.job.offer.input.digest,
		};
		subject.hash::<Native>()
	}
}

/// What a unit is metered at: what the input offers for one, or less where the price at which the miner
/// has the job does not pay for all of them. `None` where it does not pay the smallest unit for each. Of a private job
/// only the input is known, and the most is what fits an escrow.
///
/// A price that rises is so an auction: whoever takes the job early takes it for less.
pub fn metered_price(units: u64, offered: u64, max_amount: u128) -> Option<u64> {
	let affordable = max_amount.checked_div(units.into())?;
	let price = u64::try_from(affordable.min(offered.into())).ok()?;
	(price > 0 || offered == 0).then_some(price)
}

/// Repeats the work, meters it and says what the receipt is to say.
///
/// Work began no earlier than the miner had the job and has ended now; the receipt stays valid for
/// `expiry_margin` after the deadline, so that a miner who delivers in time is not raced by its own
/// receipt's expiry.
pub fn judge(
	standing: &Standing,
	claim: &Claim,
	work: &Work,
	output: &OutputBlob,
	expiry_margin: JobTime,
	serial: u128,
) -> Result<Body, SignError> {
	let units = check(&work.network, &work.input, output)?;
	let max_amount = claim.max_amount;
	let above_held = || SignError::AboveHeld { units, max_amount };
	let unit_price =
		metered_price(units, work.input.unit_price(), max_amount).ok_or_else(above_held)?;
	let amount = units.checked_mul(unit_price).ok_or_else(above_held)?;
	// A job can be delivered for longer than a receipt for one that is not would be accepted.
	let deadline = standing.extension.in_force(standing.job.deadline());
	let latest = deadline.saturating_add(standing.receipt_lifetime);
	let expires_at = deadline.max(claim.open_until).saturating_add(expiry_margin).min(latest);
	let body = Body {
		units,
		unit_price: unit_price.into(),
		amount: amount.into(),
		start: claim.since,
		end: standing.now,
		expires_at,
		serial,
		output: output.digest(),
	};
	body.check().map_err(SignError::Body)?;
	Ok(body)
}

#[cfg(test)]
pub(crate) mod tests {
	use super::*;
	use quittance_client::{
		Delivery, Description, IssuerState, JobState, Lock, ModelKind, Offer, Origin, PrivatePart,
		WeightsCommitment,
	};
	use quittance_types::{
		Blob, Escrow, FieldBytes, IssuerSnapshot, Level, Payment, PriceRamp, Verdict,
	};
	use quittance_zkml::{
		architecture::{Architecture, Extent, Layer},
		commit, run, InputBlob, Network, Parameters,
	};

	const ISSUER: AccountId = AccountId([1; 32]);
	const MINER: AccountId = AccountId([2; 32]);
	const REQUESTER: AccountId = AccountId([3; 32]);
	const HOT_KEY: AccountId = AccountId([11; 32]);
	const OTHER: AccountId = AccountId([12; 32]);
	const KEYS: IssuerKeys = IssuerKeys { sr25519: [4; 32], babyjubjub: [5; 64] };
	const OUTPUT: [u8; 32] = [13; 32];

	/// A job that `MINER` has locked at 10 while 20 is the most: to be delivered until 40, receipts until
	/// 50.
	pub(crate) fn job() -> Job {
		let offer = Offer {
			model: [6; 32],
			mode: Mode::Plain,
			level: Level::Basic,
			circuit: Some([8; 32]),
			input: Blob { digest: [7; 32], size: 100 },
			input_commitment: None,
			issuers: vec![AccountId([9; 32]), ISSUER],
			issuer_fee: 1,
			payment: Payment::Held { price: PriceRamp { min: 5, max: 20, start: 0, length: 20 } },
			lock_timeout: 20,
			timeout: 30,
			miner_bond: 3,
			redundancy: 1,
			allow_list: vec![],
			proof_required: false,
		};
		Job {
			requester: REQUESTER,
			offer,
			quote: 1,
			issuer_snapshot: IssuerSnapshot { root: FieldBytes([0; 32]), removed_issuers: 0 },
			posted_at: 20,
			behind: 0,
			closes_at: None,
			due: Some(50),
			held: 21,
			deposit: 2,
			private: None,
			locks: vec![Lock { miner: MINER, price: 10, at: 26, delivery: Delivery::Nothing }],
			state: JobState::Locked,
		}
	}

	/// A model's description on the chain, but for its blob.
	pub(crate) fn description(network: &Network) -> Description {
		let known = commit(network);
		Description {
			name: b"digits".to_vec(),
			kind: ModelKind::Dense,
			architecture: known.architecture_hash,
			weights: WeightsCommitment { sha256: known.sha256, poseidon: Some(known.poseidon) },
			blob: Blob { digest: [0; 32], size: 1 },
			uri: vec![],
			licence: [0; 32],
			input_shape: vec![8, 8],
			output_shape: vec![10],
			quantisation: None,
			fhe_parameters: None,
			constraints: 0,
			royalties: vec![],
			origin: Origin::New,
		}
	}

	fn standing() -> Standing {
		let leaf = FieldBytes([0; 32]);
		let record = Issuer { keys: KEYS, leaf, state: IssuerState::Active, bond: 0 };
		Standing {
			genesis: [10; 32],
			number: 3,
			job: job(),
			extension: Extension::default(),
			acts_for: MINER,
			now: 30,
			receipt_lifetime: 100,
			issuer: ISSUER,
			record: Some(record),
		}
	}

	fn request() -> SignRequest {
		SignRequest { job: 3, miner: MINER, signer: HOT_KEY, output: OUTPUT, signature: [0; 64] }
	}

	fn admitted(standing: &Standing) -> Result<Claim, SignError> {
		standing.admit(&request(), &KEYS)
	}

	/// Logits that depend on the item: each is ten times the sum of some values.
	pub(crate) fn network() -> Network {
		let layers = vec![Layer::Dense { outputs: 10, requantise: None }];
		let architecture = Architecture::new(Extent::vector(64), layers).unwrap();
		let weights = (0..640).map(|at| (at % 7) as i8).collect();
		Network::new(architecture, vec![Parameters { weights, biases: (0..10).collect() }]).unwrap()
	}

	/// Items of 1, 2, ..
	pub(crate) fn items(count: i8) -> Vec<Vec<i8>> {
		(1..=count).map(|value| vec![value; 64]).collect()
	}

	fn work(unit_price: u64) -> Work {
		let network = network();
		let input = InputBlob::new([1; 32], network.weights_digest(), unit_price, items(3));
		Work { network, input: input.unwrap() }
	}

	/// What the miner of [`job`] has until its lock's deadline.
	const IN_TIME: Claim =
		Claim { max_amount: 10, open_until: 40, since: 26, output: None, late: false };

	#[test]
	fn the_miner_that_has_the_job_is_signed_for() {
		assert_eq!(admitted(&standing()).unwrap(), IN_TIME);
		assert_eq!(admitted(&Standing { now: 40, ..standing() }).unwrap(), IN_TIME);
		let mut resigned = standing();
		resigned.record.as_mut().unwrap().state = IssuerState::Resigned { at: 1 };
		admitted(&resigned).unwrap();
	}

	#[test]
	fn what_the_chain_says_can_refuse() {
		type Change = fn(&mut Standing);
		let cases: [(&str, Change); 13] = [
			("NotAccepted", |s| s.job.offer.issuers.retain(|issuer| *issuer != ISSUER)),
			("NotInOffice", |s| s.record = None),
			("NotInOffice", |s| {
				s.record.as_mut().unwrap().state = IssuerState::Removed { at: 1 };
			}),
			("NotInOffice", |s| s.record.as_mut().unwrap().state = IssuerState::Pending),
			("KeysDiffer", |s| s.record.as_mut().unwrap().keys.sr25519 = [0; 32]),
			// A hot key that was replaced acts for itself, one of another miner for that.
			("NotTheMiner", |s| s.acts_for = HOT_KEY),
			("NotTheMiner", |s| s.acts_for = OTHER),
			("MinerIsParty", |s| s.job.requester = MINER),
			("MinerIsParty", |s| s.job.offer.issuers.push(MINER)),
			("UnsupportedMode", |s| s.job.offer.mode = Mode::Fhe),
			("JobOnPanel", |s| s.job.state = JobState::Disputed),
			("JobOnPanel", |s| {
				s.job.state = JobState::Decided { verdict: Verdict::Undecided, members: vec![] };
			}),
			("OutputsAwaited", |s| s.job.state = JobState::Revealing { until: 99 }),
		];
		for (name, change) in cases {
			let mut standing = standing();
			change(&mut standing);
			assert_eq!(admitted(&standing).unwrap_err().name(), name);
		}
	}

	/// The rival has the miner's output, since it can be fetched, and asks for it to be signed in its
	/// own name; or in the miner's, for an output of its own.
	#[test]
	fn a_rival_is_not_signed_for_while_the_miner_has_the_job() {
		let rival = SignRequest { miner: OTHER, signer: OTHER, ..request() };
		let of_rival = Standing { acts_for: OTHER, ..standing() };
		assert_eq!(of_rival.admit(&rival, &KEYS).unwrap_err().name(), "JobOfAnother");
		let in_its_name = SignRequest { signer: OTHER, ..request() };
		assert_eq!(of_rival.admit(&in_its_name, &KEYS).unwrap_err().name(), "NotTheMiner");
		let mut open = of_rival;
		open.job.locks.clear();
		open.job.state = JobState::Open;
		assert_eq!(open.admit(&rival, &KEYS).unwrap_err().name(), "JobNotLocked");
	}

	#[test]
	fn anybody_is_signed_for_once_the_lock_was_not_kept() {
		let rival = SignRequest { miner: OTHER, signer: OTHER, ..request() };
		let mut late = Standing { acts_for: OTHER, now: 41, ..standing() };
		let claim = late.admit(&rival, &KEYS).unwrap();
		assert_eq!((claim.late, claim.max_amount, claim.open_until), (true, 10, 50));
		let over = Standing { now: 51, ..late.clone() };
		assert_eq!(over.admit(&rival, &KEYS).unwrap_err().name(), "DeadlinePassed");
		late.job.offer.allow_list = vec![MINER];
		assert_eq!(late.admit(&rival, &KEYS).unwrap_err().name(), "NotAllowed");
		late.job.offer.allow_list.push(OTHER);
		late.admit(&rival, &KEYS).unwrap();
		late.job.offer.redundancy = 2;
		assert_eq!(late.admit(&rival, &KEYS).unwrap_err().name(), "OutputsAwaited");
	}

	#[test]
	fn what_was_delivered_is_what_is_signed() {
		let mut delivered = standing();
		let output = Blob { digest: OUTPUT, size: 9 };
		delivered.job.locks[0].delivery = Delivery::Delivered(output);
		delivered.job.state = JobState::Delivered { until: 90 };
		let at = |now| Standing { now, ..delivered.clone() };
		assert_eq!(admitted(&at(90)).unwrap().output, Some(output));
		assert_eq!(admitted(&at(91)).unwrap_err().name(), "DeadlinePassed");
		let another = SignRequest { output: [0; 32], ..request() };
		assert_eq!(at(90).admit(&another, &KEYS).unwrap_err().name(), "NotDelivered");
		let rival = SignRequest { miner: OTHER, signer: OTHER, ..request() };
		let of_rival = Standing { acts_for: OTHER, ..at(90) };
		assert_eq!(of_rival.admit(&rival, &KEYS).unwrap_err().name(), "JobOfAnother");
	}

	#[test]
	fn a_right_output_is_metered() {
		let work = work(3);
		let output = run(&work.network, &work.input, [2; 32]).unwrap();
		let body = judge(&standing(), &IN_TIME, &work, &output, 25, 99).unwrap();
		let expected = Body {
			units: 3,
			unit_price: 3,
			amount: 9,
			start: 26,
			end: 30,
			expires_at: 75,
			serial: 99,
			output: output.digest(),
		};
		assert_eq!(body, expected);
		// The chain's limit is the limit, whatever is configured.
		let body = judge(&standing(), &IN_TIME, &work, &output, u64::MAX, 99).unwrap();
		assert_eq!(body.expires_at, 150);
		// A receipt lives longer than what was delivered waits.
		let delivered = Claim { open_until: 70, ..IN_TIME };
		let body = judge(&standing(), &delivered, &work, &output, 25, 99).unwrap();
		assert_eq!(body.expires_at, 95);
		// A deadline that has moved.
		let moved = Extension { removed_at: Some(25), by: 5 };
		let standing = Standing { extension: moved, ..standing() };
		assert_eq!(judge(&standing, &IN_TIME, &work, &output, 25, 99).unwrap().expires_at, 80);
	}

	#[test]
	fn the_first_wrong_item_is_named() {
		let work = work(3);
		let right = run(&work.network, &work.input, [2; 32]).unwrap();
		let mut results = right.results().to_vec();
		results[1].logits[4] += 1;
		results[2].logits[0] -= 1;
		let wrong = OutputBlob::new([2; 32], *right.input(), results).unwrap();
		let error = judge(&standing(), &IN_TIME, &work, &wrong, 25, 99).unwrap_err();
		assert!(matches!(error, SignError::WrongOutput { item: 1, .. }), "{error}");
		assert_eq!((error.code(), error.name()), ("Q-IS-014", "WrongOutput"));
	}

	#[test]
	fn an_output_of_other_work_is_refused() {
		let work = work(3);
		let right = run(&work.network, &work.input, [2; 32]).unwrap();
		let results = right.results().to_vec();
		let foreign = OutputBlob::new([2; 32], [0; 32], results.clone()).unwrap();
		let error = judge(&standing(), &IN_TIME, &work, &foreign, 25, 99).unwrap_err();
		assert_eq!(error.name(), "WrongInput");
		let short = OutputBlob::new([2; 32], *right.input(), results[..2].into());
		let error = judge(&standing(), &IN_TIME, &work, &short.unwrap(), 25, 99).unwrap_err();
		assert!(matches!(error, SignError::WrongCount { expected: 3, found: 2 }));
	}

	#[test]
	fn the_price_of_the_lock_is_the_limit() {
		let judged = |unit_price, max_amount| {
			let work = work(unit_price);
			let output = run(&work.network, &work.input, [2; 32]).unwrap();
			let claim = Claim { max_amount, ..IN_TIME };
			let body = judge(&standing(), &claim, &work, &output, 25, 99);
			body.map(|body| (body.unit_price, body.amount))
		};
		assert_eq!(judged(3, 9).unwrap(), (3, 9));
		assert_eq!(judged(3, 100).unwrap(), (3, 9));
		// Whoever takes a job of three items at 8 is paid 2 for each.
		assert_eq!(judged(3, 8).unwrap(), (2, 6));
		assert_eq!(judged(3, 3).unwrap(), (1, 3));
		assert_eq!(judged(3, 2).unwrap_err().name(), "AboveHeld");
		assert_eq!(judged(0, 2).unwrap(), (0, 0));
	}

	/// The chain does not know its price. What is signed is what the input says, as for any other.
	#[test]
	fn a_private_job_is_metered_by_its_input() {
		let mut private = standing();
		let escrow = Escrow { commitment: FieldBytes([1; 32]), offer: FieldBytes([2; 32]) };
		(private.job.offer.payment, private.job.offer.level) =
			(Payment::Escrow(escrow), Level::Enhanced);
		private.job.private = Some(PrivatePart {
			decline_fee: 1,
			declines_left: 1,
			declined: vec![OTHER],
			taken: None,
		});
		private.job.locks[0].price = 0;
		let claim = admitted(&private).unwrap();
		let work = work(3);
		let output = run(&work.network, &work.input, [2; 32]).unwrap();
		let body = judge(&private, &claim, &work, &output, 25, 99).unwrap();
		assert_eq!((body.units, body.unit_price, body.amount), (3, 3, 9));
		assert_eq!((body.start, body.end, body.expires_at), (26, 30, 75));
		// The miner's alone, and in time.
		let late = Standing { now: 41, ..private.clone() };
		assert_eq!(admitted(&late).unwrap_err().name(), "DeadlinePassed");
		let rival = SignRequest { miner: OTHER, signer: OTHER, ..request() };
		let of_rival = Standing { acts_for: OTHER, ..late };
		assert_eq!(of_rival.admit(&rival, &KEYS).unwrap_err().name(), "JobOfAnother");
	}

	#[test]
	fn boundary_of_the_metered_price() {
		assert_eq!(metered_price(0, 3, 8), None);
		assert_eq!(metered_price(1, u64::MAX, u128::MAX), Some(u64::MAX));
		assert_eq!(metered_price(2, u64::MAX, u64::MAX.into()), Some(u64::MAX / 2));
		assert_eq!(metered_price(3, 5, 2), None);
		assert_eq!(metered_price(3, 0, 0), Some(0));
	}

	#[test]
	fn work_in_the_future_is_inconsistent() {
		let work = work(3);
		let output = run(&work.network, &work.input, [2; 32]).unwrap();
		let standing = Standing { now: 25, ..standing() };
		let error = judge(&standing, &IN_TIME, &work, &output, 25, 99).unwrap_err();
		assert_eq!(error.name(), "InconsistentReceipt");
	}
}
