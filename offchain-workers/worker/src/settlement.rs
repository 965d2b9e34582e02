//! From a signed receipt, or from what a panel found, to the call that divides the escrow of a private job.
//!
//! What a job pays is nobody's to know but the miner's and the requester's: no error says an amount.

use crate::{
	statement::Signer,
	store::{KeptOpening, Offered, PrivateRow, SettlementBy, SettlementCall},
	ProveError, ReceiptFacts,
};
use quittance_babyjubjub::PublicKey;
use quittance_circuits::settlement::WitnessError;
use quittance_client::{
	calls, AccountId, Chain, ClientError, Job, JobState, Payload, PoolCircuit, Taken, View,
};
use quittance_issuer::SignedReceipt;
use quittance_prover::{Engine, Proof};
use quittance_types::{
	Agreement, CircuitId, EscrowOpening, Header, Input, JobId, JobTime, JudgedUnits, Level,
	OpeningError, PROOF_BYTES,
};
use quittance_wallet::{
	system_randomness, JobKeys, Keys, Lock, LockedJob, OpeningRefused, Pool, PoolAuditor,
	SealedOpening, SettleError, SettlementTerms, Settler, SignedWork,
};

/// What a settlement pays beyond the least fee, in parts of it: that follows the load of the chain, and a proof is for
/// one fee.
const HEADROOM: u128 = 10;

/// The fee of a settlement, in the chain's smallest unit, where this is the least; `None` for more than 64 bits.
pub(crate) fn fee_over(least: u128) -> Option<u64> {
	u64::try_from(least.saturating_add(least.div_ceil(HEADROOM))).ok()
}

/// A private job that the miner has, as it can be settled at one block.
pub(crate) struct SettlementFacts {
	/// What any receipt's statement takes from the chain.
	receipt: ReceiptFacts,
	/// What was agreed on at the lock.
	agreement: Agreement,
	/// The pool.
	pool: Pool,
	/// The circuit of settlements by verdicts.
	verdict_circuit: Option<CircuitId>,
	/// The deadline as it was posted, by the job's own clock.
	posted_deadline: JobTime,
	/// Until when a receipt is accepted.
	open_until: JobTime,
	/// What a panel found, where one has found the output right.
	judged: Option<JudgedUnits>,
	/// Number of the block.
	block: u64,
	/// What the settlement is to pay as its fee; `None` for more than any can.
	fee: Option<u64>,
}

impl SettlementFacts {
	/// Reads them for a job that the miner has.
	pub(crate) async fn read(
		view: &View,
		number: JobId,
		miner: &AccountId,
	) -> Result<Self, ProveError> {
		let job = view.live_job(number).await?.ok_or(ProveError::UnknownJob(number))?;
		let agreement = taken(&job).ok_or(ProveError::NotSettled("nobody has the job"))?.agreement;
		let receipt = ReceiptFacts::read(view, number).await?;
		let state = view.pool().await?;
		let (judged, of) = match job.state {
			JobState::Judged { units, borne, until } => {
				let judged = JudgedUnits { units, borne, open_until: until };
				(Some(judged), PoolCircuit::SettleVerdict)
			},
			_ => (None, PoolCircuit::Settle),
		};
		let auditor = auditor_of(&state)?;
		let of = of.with_auditor(auditor.is_some());
		let claim = job.claim_of(miner, receipt.as_of, &view.extension(&job).await?);
		Ok(Self {
			agreement,
			pool: Pool {
				pallet: view.pool_pallet()?,
				account: state.account.0,
				// Of no use for a settlement.
				transfer: state.transfer.unwrap_or_default(),
				withdraw: state.withdraw.unwrap_or_default(),
				auditor,
			},
			verdict_circuit: state.settle_verdict,
			posted_deadline: job.deadline().saturating_sub(job.behind),
			open_until: claim.map_or(0, |claim| claim.open_until),
			judged,
			block: view.block().number,
			fee: fee_over(view.minimum_fee(of, false).await?),
			receipt,
		})
	}

	/// What is settled under: the job's own circuit by a receipt, the one in force by a verdict. While the
	/// pool has an auditor, the audited one in force.
	pub(crate) fn circuit(&self) -> Option<CircuitId> {
		match (self.judged, &self.pool.auditor) {
			(Some(_), Some(auditor)) => Some(auditor.settle_verdict),
			(None, Some(auditor)) => Some(auditor.settle),
			(Some(_), None) => self.verdict_circuit,
			(None, None) => Some(self.receipt.circuit),
		}
	}

	/// The lock.
	fn lock(&self) -> Lock {
		Lock {
			genesis: self.receipt.genesis,
			job: self.receipt.job,
			nonce: self.receipt.nonce,
			agreement: self.agreement,
		}
	}

	/// The settlement that the miner sends: by what a panel found, where one did, else by what an issuer signed. Takes a
	/// good part of a second of all the processor's cores; the proof is verified before it is returned.
	pub(crate) fn prove(
		&self,
		miner: &AccountId,
		keys: &Keys,
		row: &PrivateRow,
		signed: Option<&SignedReceipt>,
		offered: &Offered,
		engine: &Engine,
	) -> Result<SettlementCall, ProveError> {
		let lock = self.lock();
		let kept = row.opening.as_ref().filter(|kept| kept.agreement == self.agreement);
		let kept = kept.ok_or(ProveError::NotSettled("it has no opening"))?;
		let job_keys = keys_of(keys, row, &lock)?;
		// What the work is worth was looked at when it came.
		let opening = opened(&job_keys, &kept.sealed, row, &lock, offered, 0)
			.map_err(|_| ProveError::NotSettled("its opening opens no more"))?;
		let fee = self.fee.ok_or(ProveError::TooLarge("the fee"))?;
		let subject = self.receipt.subject(miner);
		let circuit = self.circuit().ok_or(ProveError::NotSettled("there is no circuit for it"))?;
		let job = LockedJob {
			lock,
			subject,
			circuit,
			deadline: self.receipt.deadline,
			posted_deadline: self.posted_deadline,
			open_until: self.open_until,
		};
		let settler =
			Settler { keys, job_keys: &job_keys, pool: &self.pool, job: &job, opening: &opening };
		let (now, block) = (self.receipt.as_of, self.block);
		let terms = SettlementTerms { fee, relayer: None, now, block };
		let mut rng = system_randomness();
		if let Some(judged) = &self.judged {
			let made = settler.by_verdict(judged, &terms, &mut rng).map_err(refused)?;
			let proof = made.assign().map_err(Into::into).and_then(|made| engine.prove(&made));
			return Ok(SettlementCall {
				header: header(&made.header),
				claims: SettlementBy::Verdict(made.claims),
				ciphertext: made.ciphertext,
				audit: made.audit(),
				proof: bytes(proof)?,
				made_at: block,
			});
		}
		let signed = signed.ok_or(ProveError::NotSettled("nobody has signed for it"))?;
		if signed.level != Level::Enhanced {
			let found = signed.level;
			return Err(ProveError::WrongLevel { expected: Level::Enhanced, found });
		}
		if signed.body.end > now {
			return Err(ProveError::NotYet { end: signed.body.end, as_of: now });
		}
		let Signer { issuer, signature, issuer_index, leaves } = self.receipt.signer(signed)?;
		let work = SignedWork {
			body: &signed.body,
			salt: signed.salt,
			signature: &signature,
			issuer: &issuer,
			issuer_index,
			issuers: &leaves,
		};
		let made = settler.by_receipt(&work, &terms, &mut rng).map_err(refused)?;
		let proof = made.assign().map_err(Into::into).and_then(|made| engine.prove(&made));
		Ok(SettlementCall {
			header: header(&made.header),
			claims: SettlementBy::Receipt(made.claims),
			ciphertext: made.ciphertext,
			audit: made.audit(),
			proof: bytes(proof)?,
			made_at: block,
		})
	}
}

/// The pool's auditor, if it has one, as settlements are made for it.
fn auditor_of(pool: &quittance_client::Pool) -> Result<Option<PoolAuditor>, ProveError> {
	let Some(policy) = pool.audit else { return Ok(None) };
	let [transfer, withdraw, post_private_job, settle, settle_verdict] =
		pool.audited.map(Option::unwrap_or_default);
	let key = PublicKey::from_bytes(&policy.current.key.to_bytes())
		.map_err(|_| ProveError::NotSettled("the pool's auditor has no key"))?;
	let number = policy.current.number;
	Ok(Some(PoolAuditor {
		number,
		key,
		transfer,
		withdraw,
		post_private_job,
		settle,
		settle_verdict,
	}))
}

/// The circuits of both settlements for a pool with an auditor, as far as governance has named them.
///
/// Also while there is no auditor: one can be set at any time, and settlements of jobs that were taken before are under
/// these from then on.
pub(crate) async fn audited_circuits(view: &View) -> Result<Vec<CircuitId>, ClientError> {
	let [.., settle, settle_verdict] = view.pool().await?.audited;
	Ok([settle, settle_verdict].into_iter().flatten().collect())
}

/// The least fee of a settlement by a receipt now.
pub(crate) async fn least_fee(view: &View) -> Result<u128, ClientError> {
	let auditor = view.pool().await?.audit.is_some();
	view.minimum_fee(PoolCircuit::Settle.with_auditor(auditor), false).await
}

/// What the miner that has a private job has named.
pub(crate) fn taken(job: &Job) -> Option<Taken> {
	job.private.as_ref()?.taken
}

/// The lock of a private job that the miner has.
pub(crate) fn lock_of(genesis: [u8; 32], number: JobId, job: &Job) -> Option<Lock> {
	Some(Lock { genesis, job: number, nonce: job.nonce(), agreement: taken(job)?.agreement })
}

/// The keys that were named for a lock.
fn keys_of(keys: &Keys, row: &PrivateRow, lock: &Lock) -> Result<JobKeys, ProveError> {
	keys.job_keys_of(lock.job, lock.nonce, &row.offer, &lock.agreement)
		.ok_or(ProveError::NotSettled("it was not taken with the wallet that is configured"))
}

/// What an opening that came for a lock says.
fn opened(
	job_keys: &JobKeys,
	sealed: &SealedOpening,
	row: &PrivateRow,
	lock: &Lock,
	offered: &Offered,
	least_pay: u64,
) -> Result<EscrowOpening, OpeningRefused> {
	// Of the input its price and its number of items are compared, which are on record: it need not be at hand.
	let input = Input {
		salt: [0; 32],
		weights: [0; 32],
		unit_price: offered.unit_price,
		count: u32::try_from(offered.units).unwrap_or(u32::MAX),
		items: &[],
	};
	job_keys.unseal(sealed, lock, &row.offer, &input, least_pay)
}

/// What was found among openings that have come for a lock.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Found {
	/// One is good.
	Good(KeptOpening),
	/// None is; the last one for this reason, and another could be.
	Bad(&'static str),
	/// One is the offer's, and not worth the work: there is no other.
	Worthless(&'static str),
	/// There are none.
	Nothing,
}

/// Looks for an opening that is worth the work among those that have come for a lock.
pub(crate) fn choose(
	keys: &Keys,
	row: &PrivateRow,
	lock: &Lock,
	offered: &Offered,
	least_pay: u64,
	came: &[SealedOpening],
) -> Result<Found, ProveError> {
	let job_keys = keys_of(keys, row, lock)?;
	let mut found = Found::Nothing;
	for sealed in came {
		match opened(&job_keys, sealed, row, lock, offered, least_pay) {
			Ok(_) => {
				let agreement = lock.agreement;
				return Ok(Found::Good(KeptOpening { agreement, sealed: *sealed }));
			},
			// These are said of what makes the offer that was posted, which one opening does.
			Err(OpeningRefused::Terms(
				error @ (OpeningError::PriceDiffers { .. }
				| OpeningError::TooManyUnits { .. }
				| OpeningError::PayTooLow { .. }),
			)) => return Ok(Found::Worthless(terms_name(&error))),
			Err(refused) => found = Found::Bad(refusal_name(&refused)),
		}
	}
	Ok(found)
}

fn refusal_name(refused: &OpeningRefused) -> &'static str {
	match refused {
		OpeningRefused::OtherAgreement(_) => "it is for another agreement",
		OpeningRefused::Offer(_) => "the offer is none",
		OpeningRefused::Key(_) => "the key that it is sealed with is refused",
		OpeningRefused::Sealed => "it is not sealed for this lock, or damaged",
		OpeningRefused::Malformed(_) => "what was sealed is no opening",
		OpeningRefused::Terms(error) => terms_name(error),
	}
}

fn terms_name(error: &OpeningError) -> &'static str {
	match error {
		OpeningError::ValueTooLarge => "the price of all units is too large",
		OpeningError::OfferDiffers => "it opens another offer",
		OpeningError::PriceDiffers { .. } => "the price is not the input's",
		OpeningError::TooManyUnits { .. } => "the input has more items than are paid",
		OpeningError::PayTooLow { .. } => "the pay is too low",
	}
}

/// Why nothing can be proven, without a number.
fn refused(error: SettleError) -> ProveError {
	ProveError::NotSettled(match error {
		SettleError::Statement(WitnessError::FeeTooHigh { .. }) => "the fee is more than the pay",
		SettleError::Statement(WitnessError::TooManyUnits { .. }) => {
			"it has more units than are paid"
		},
		SettleError::Statement(error) => error.group(),
		SettleError::OtherChain | SettleError::OtherAgreement => {
			"keys or opening are of another lock"
		},
		SettleError::PaysPool => "the relayer is the pool",
		SettleError::TooLate { .. } => "it is too late",
		SettleError::Body(_) => "the receipt contradicts itself",
		SettleError::PriceDiffers { .. } => "the receipt has another price",
		SettleError::ExpiresTooEarly { .. } => "the receipt expires too early",
		SettleError::TooManyIssuers(_) => "the job has too many issuers",
		SettleError::IssuerNotThere(_) => "the issuer is not among the job's",
		SettleError::FeeTooLarge => "the fee is too large",
		SettleError::Note(_) => "the wallet makes no note for it",
		SettleError::Claims(_) => "the chain would refuse its claims",
	})
}

fn bytes(
	proof: Result<Proof, quittance_prover::ProveError>,
) -> Result<[u8; PROOF_BYTES as usize], ProveError> {
	let proof = proof.map_err(|error| match error {
		quittance_prover::ProveError::Settlement(error) => ProveError::NotSettled(error.group()),
		error => ProveError::Prover(error.to_string()),
	})?;
	let bytes = proof.to_bytes().try_into();
	bytes.map_err(|_| ProveError::Prover("a proof of another length".to_owned()))
}

fn header(header: &Header<[u8; 32]>) -> Header<AccountId> {
	let Header {
		genesis,
		pallet,
		circuit,
		subject,
		arguments,
		submitter,
		payee,
		valid_until,
		nonce,
	} = *header;
	Header {
		genesis,
		pallet,
		circuit,
		subject,
		arguments,
		submitter: submitter.map(AccountId),
		payee: AccountId(payee),
		valid_until,
		nonce,
	}
}

/// Sends a settlement to the pool of transactions, which has it once, however often it is sent.
pub(crate) async fn send(
	chain: &Chain,
	number: JobId,
	settlement: &SettlementCall,
) -> Result<[u8; 32], ClientError> {
	async fn private(chain: &Chain, call: impl Payload) -> Result<[u8; 32], ClientError> {
		quittance_client::send_private_call(chain, &call).await
	}
	let SettlementCall { header, claims, ciphertext, audit, proof, .. } = settlement.clone();
	match claims {
		SettlementBy::Receipt(claims) => {
			private(chain, calls::settle_job(header, number, claims, ciphertext, audit, proof))
				.await
		},
		SettlementBy::Verdict(claims) => {
			private(
				chain,
				calls::settle_job_by_verdict(header, number, claims, ciphertext, audit, proof),
			)
			.await
		},
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::Place;
	use quittance_babyjubjub::{PublicKey, SecretKey};
	use quittance_circuits::{settle, settle_verdict};
	use quittance_client::AccountKey;
	use quittance_issuer::IssuerKey;
	use quittance_poseidon::Native;
	use quittance_prover::KeyStore;
	use quittance_types::{verdict_commitment, Body, PrivateJob, PrivateTerms};
	use quittance_wallet::{seal_opening, Seed};

	const GENESIS: [u8; 32] = [1; 32];
	const MINER: AccountId = AccountId([2; 32]);
	const JOB: JobId = 3;
	const OFFERED: Offered = Offered { units: 7, unit_price: 500 };

	fn keys(seed: u8) -> Keys {
		Keys::new(&Seed::from_bytes(&[seed; 32]), &GENESIS)
	}

	/// Ten units at 500 by a requester.
	fn opening() -> EscrowOpening {
		EscrowOpening {
			terms: PrivateTerms { unit_price: 500, max_units: 10, salt: 4u8.into() },
			owner: 5u8.into(),
			rho: 6u8.into(),
			change_key: SecretKey::from_seed(&[7; 32]).public(),
		}
	}

	fn agreement(keys: &Keys, nonce: u64) -> Agreement {
		let offer = opening().offer::<Native>().unwrap().hash::<Native>().unwrap();
		let payee = keys.job_keys(JOB, nonce).payee().to_field().unwrap();
		Agreement::new::<Native>(offer, payee)
	}

	/// The second lock of the job, by these keys.
	fn lock(keys: &Keys) -> Lock {
		Lock { genesis: GENESIS, job: JOB, nonce: 2, agreement: agreement(keys, 2) }
	}

	fn row() -> PrivateRow {
		PrivateRow::new(opening().offer::<Native>().unwrap())
	}

	fn sealed(opening: &EscrowOpening, lock: &Lock, to: &Keys) -> SealedOpening {
		let key = to.job_keys(JOB, lock.nonce).opening_key();
		seal_opening(opening, lock, &key, &mut system_randomness()).unwrap()
	}

	fn found(came: &[SealedOpening], offered: Offered, least_pay: u64) -> Found {
		let keys = keys(9);
		choose(&keys, &row(), &lock(&keys), &offered, least_pay, came).unwrap()
	}

	#[test]
	fn an_opening_that_pays_for_the_input_is_kept_as_it_came() {
		let keys = keys(9);
		let good = sealed(&opening(), &lock(&keys), &keys);
		let kept = |sealed| Found::Good(KeptOpening { agreement: agreement(&keys, 2), sealed });
		assert_eq!(found(&[], OFFERED, 0), Found::Nothing);
		assert_eq!(found(&[good], OFFERED, 3_500), kept(good));
		// Whatever came before or after it.
		assert_eq!(found(&[[0; 160], [9; 160], good, [8; 160]], OFFERED, 3_500), kept(good));
		// All that is needed for it later is on record.
		let before = agreement(&keys, 1);
		assert_ne!(before, agreement(&keys, 2), "each lock has keys of its own");
	}

	#[test]
	fn what_is_wrong_with_an_opening_is_named_without_a_number() {
		let keys = keys(9);
		let lock = lock(&keys);
		let bad = |sealed: SealedOpening| match found(&[sealed], OFFERED, 0) {
			Found::Bad(reason) => reason,
			found => panic!("{found:?}"),
		};
		assert_eq!(bad([0xff; 160]), "the key that it is sealed with is refused");
		let unsealed = "it is not sealed for this lock, or damaged";
		let mut damaged = sealed(&opening(), &lock, &keys);
		damaged[100] ^= 1;
		assert_eq!(bad(damaged), unsealed);
		assert_eq!(bad(sealed(&opening(), &lock, &super::tests::keys(8))), unsealed);
		let first = Lock { nonce: 1, agreement: agreement(&keys, 1), ..lock };
		assert_eq!(bad(sealed(&opening(), &first, &keys)), unsealed);
		let cheaper = PrivateTerms { unit_price: 499, ..opening().terms };
		let other = EscrowOpening { terms: cheaper, ..opening() };
		assert_eq!(bad(sealed(&other, &lock, &keys)), "it opens another offer");
		let huge = PrivateTerms { max_units: u64::MAX, ..opening().terms };
		let huge = EscrowOpening { terms: huge, ..opening() };
		assert_eq!(bad(sealed(&huge, &lock, &keys)), "the price of all units is too large");

		// What makes the offer and is not worth the work is so for good, whatever else comes.
		let good = sealed(&opening(), &lock, &keys);
		let worthless = |offered, least_pay| match found(&[good, [0; 160]], offered, least_pay) {
			Found::Worthless(reason) => reason,
			found => panic!("{found:?}"),
		};
		let dearer = Offered { unit_price: 501, ..OFFERED };
		assert_eq!(worthless(dearer, 0), "the price is not the input's");
		let more = Offered { units: 11, ..OFFERED };
		assert_eq!(worthless(more, 0), "the input has more items than are paid");
		assert_eq!(worthless(OFFERED, 3_501), "the pay is too low");
	}

	/// The seed file is another than the one that the job was taken with.
	#[test]
	fn a_job_that_was_taken_with_another_wallet_is_named() {
		let (ours, theirs) = (keys(9), keys(8));
		let error = choose(&ours, &row(), &lock(&theirs), &OFFERED, 0, &[[0; 160]]).unwrap_err();
		assert!(matches!(error, ProveError::NotSettled(reason) if reason.contains("wallet")));
		// Others have had it between our look and our lock: the keys of an earlier one were named.
		let later = Lock { nonce: 4, ..lock(&ours) };
		let key = ours.job_keys(JOB, 2).opening_key();
		let sealed = seal_opening(&opening(), &later, &key, &mut system_randomness()).unwrap();
		let found = choose(&ours, &row(), &later, &OFFERED, 0, &[sealed]).unwrap();
		assert!(matches!(found, Found::Good(_)), "{found:?}");
	}

	#[test]
	fn boundary_the_fee_is_a_tenth_over_the_least() {
		assert_eq!([0, 1, 10, 11, 100].map(fee_over), [0, 2, 11, 13, 110].map(Some));
		assert_eq!(fee_over(u128::from(u64::MAX)), None);
		assert_eq!(fee_over(u128::MAX), None);
	}

	fn issuer() -> IssuerKey {
		IssuerKey::new(AccountKey::development("//Dave").unwrap())
	}

	fn facts(keys: &Keys, judged: Option<JudgedUnits>) -> SettlementFacts {
		let key = issuer().keys().babyjubjub;
		let leaf = PublicKey::from_bytes(&key).unwrap().leaf::<Native>();
		let removed = Place { account: AccountId([9; 32]), in_office: None };
		let dave = Place { account: issuer().account(), in_office: Some((key, leaf.into())) };
		let receipt = ReceiptFacts {
			genesis: GENESIS,
			pallet: 40,
			job: JOB,
			requester: AccountId([3; 32]),
			model: [4; 32],
			input: [5; 32],
			circuit: [6; 32],
			issuers: vec![removed, dave],
			deadline: 60,
			nonce: 2,
			as_of: 31,
		};
		SettlementFacts {
			receipt,
			agreement: agreement(keys, 2),
			pool: Pool {
				pallet: 44,
				account: [8; 32],
				transfer: [0; 32],
				withdraw: [0; 32],
				auditor: None,
			},
			verdict_circuit: Some([7; 32]),
			posted_deadline: 60,
			open_until: 40,
			judged,
			block: 35,
			fee: Some(110),
		}
	}

	fn opened_row(keys: &Keys) -> PrivateRow {
		let lock = lock(keys);
		let kept =
			KeptOpening { agreement: lock.agreement, sealed: sealed(&opening(), &lock, keys) };
		PrivateRow { opening: Some(kept), ..row() }
	}

	fn signed(facts: &SettlementFacts, change: impl FnOnce(&mut Body)) -> SignedReceipt {
		let mut body = Body {
			units: 7,
			unit_price: 500,
			amount: 3_500,
			start: 20,
			end: 31,
			expires_at: 85,
			serial: u128::MAX,
			output: [0xff; 32],
		};
		change(&mut body);
		let subject = facts.receipt.subject(&MINER);
		issuer().sign(&GENESIS, subject, Level::Enhanced, body, 1 << 100)
	}

	fn engine(name: &str, shape: &quittance_circuits::Shape) -> Engine {
		let folder = tempfile::tempdir().unwrap();
		KeyStore::new(folder.path()).load_or_set_up(name, shape).unwrap()
	}

	fn verifies(engine: &Engine, call: &SettlementCall, signals: &[quittance_circuits::Fr]) {
		let proof = Proof::from_bytes(&call.proof).unwrap();
		engine.verifier().verify(&proof, signals).unwrap();
		let mut others = signals.to_vec();
		others[2] += quittance_circuits::Fr::from(1u8);
		engine.verifier().verify(&proof, &others).unwrap_err();
	}

	/// By the functions with which the chain gets the signals: a proof for what is shown, and for nothing else.
	#[test]
	fn a_settlement_by_a_receipt_is_what_the_chain_verifies() {
		let (keys, engine) = (keys(9), engine(settle::NAME, &settle::shape()));
		let facts = facts(&keys, None);
		let row = opened_row(&keys);
		let prove = |facts: &SettlementFacts, row: &PrivateRow, signed: Option<&SignedReceipt>| {
			facts.prove(&MINER, &keys, row, signed, &OFFERED, &engine)
		};
		let receipt = signed(&facts, |_| ());
		let call = prove(&facts, &row, Some(&receipt)).unwrap();
		let SettlementBy::Receipt(claims) = &call.claims else { panic!("{:?}", call.claims) };
		let subject = facts.receipt.subject(&MINER);
		let job = PrivateJob { subject, agreement: facts.agreement };
		let signals = claims.inputs::<Native, _>(&call.header, &job).unwrap();
		verifies(&engine, &call, &signals);
		let shown = (claims.issuer_index, claims.settlement.fee, claims.as_of, claims.expires_at);
		assert_eq!(shown, (1, 110, 31, 85));
		let expected = Header {
			genesis: GENESIS,
			pallet: 44,
			circuit: [6; 32],
			subject: Some(subject.into()),
			arguments: claims.arguments(JOB, &call.ciphertext),
			submitter: None,
			payee: AccountId([8; 32]),
			valid_until: 60,
			nonce: 2,
		};
		assert_eq!((&call.header, call.made_at), (&expected, 35));

		// What cannot be proven is named before the prover starts, and no number of it.
		let refused = |error: ProveError| match error {
			ProveError::NotSettled(reason) => reason,
			error => panic!("{error}"),
		};
		let without = prove(&facts, &super::tests::row(), Some(&receipt)).unwrap_err();
		assert_eq!(refused(without), "it has no opening");
		assert_eq!(refused(prove(&facts, &row, None).unwrap_err()), "nobody has signed for it");
		let dearer = signed(&facts, |body| (body.unit_price, body.amount) = (501, 3_507));
		let error = prove(&facts, &row, Some(&dearer)).unwrap_err();
		assert_eq!(refused(error), "the receipt has another price");
		let dear = SettlementFacts { fee: Some(3_501), ..super::tests::facts(&keys, None) };
		let error = prove(&dear, &row, Some(&receipt)).unwrap_err();
		assert_eq!(refused(error), "the fee is more than the pay");
		let basic = SignedReceipt { level: Level::Basic, ..receipt.clone() };
		let error = prove(&facts, &row, Some(&basic)).unwrap_err();
		assert!(matches!(error, ProveError::WrongLevel { .. }), "{error}");
		let ahead = signed(&facts, |body| body.end = 32);
		let error = prove(&facts, &row, Some(&ahead)).unwrap_err();
		assert!(matches!(error, ProveError::NotYet { end: 32, as_of: 31 }), "{error}");
		let mut late = super::tests::facts(&keys, None);
		late.open_until = 30;
		assert_eq!(refused(prove(&late, &row, Some(&receipt)).unwrap_err()), "it is too late");
		let mut forged = receipt;
		forged.salt += 1;
		let error = prove(&facts, &row, Some(&forged)).unwrap_err();
		assert_eq!(refused(error), "signature/equation");
	}

	/// The same while the pool has an auditor: under its circuits, with a signal more.
	#[test]
	fn settlements_for_an_auditor_are_what_the_chain_verifies() {
		let keys = keys(9);
		let auditor = SecretKey::from_seed(&[3; 32]).public();
		let facts = |judged| {
			let mut facts = facts(&keys, judged);
			facts.pool.auditor = Some(PoolAuditor {
				number: 4,
				key: auditor,
				transfer: [1; 32],
				withdraw: [2; 32],
				post_private_job: [3; 32],
				settle: [11; 32],
				settle_verdict: [12; 32],
			});
			facts
		};
		let row = opened_row(&keys);
		let check = |facts: &SettlementFacts, engine: &Engine, signed: Option<&SignedReceipt>| {
			let call = facts.prove(&MINER, &keys, &row, signed, &OFFERED, engine).unwrap();
			assert_eq!(Some(call.header.circuit), facts.circuit());
			let subject = facts.receipt.subject(&MINER);
			let job = PrivateJob { subject, agreement: facts.agreement };
			let (settlement, inputs) = match &call.claims {
				SettlementBy::Receipt(claims) => {
					(claims.settlement, claims.inputs::<Native, _>(&call.header, &job))
				},
				SettlementBy::Verdict(claims) => {
					let units = facts.judged.unwrap().units;
					let verdict = verdict_commitment::<Native>(subject, units, 0u8.into());
					(claims.settlement, claims.inputs::<Native, _>(&call.header, &job, verdict))
				},
			};
			let audit = call.audit.unwrap();
			assert_eq!(audit.key, 4);
			let shown = audit.values(&settlement).unwrap();
			let signal = shown.signal::<Native>([auditor.x(), auditor.y()]);
			verifies(engine, &call, &[&inputs.unwrap()[..], &[signal]].concat());
		};
		let by_receipt = facts(None);
		assert_eq!(by_receipt.circuit(), Some([11; 32]));
		let of_receipts = engine(settle::AUDITED_NAME, &settle::audited_shape());
		let signed = signed(&by_receipt, |_| ());
		check(&by_receipt, &of_receipts, Some(&signed));
		let judged = JudgedUnits { units: 6, borne: 50, open_until: 90 };
		let by_verdict = facts(Some(judged));
		assert_eq!(by_verdict.circuit(), Some([12; 32]));
		let of_verdicts = engine(settle_verdict::AUDITED_NAME, &settle_verdict::audited_shape());
		check(&by_verdict, &of_verdicts, None);
	}

	#[test]
	fn a_settlement_by_a_verdict_is_what_the_chain_verifies() {
		let (keys, engine) = (keys(9), engine(settle_verdict::NAME, &settle_verdict::shape()));
		let judged = |units, borne| Some(JudgedUnits { units, borne, open_until: 90 });
		let facts = facts(&keys, judged(6, 50));
		let row = opened_row(&keys);
		let call = facts.prove(&MINER, &keys, &row, None, &OFFERED, &engine).unwrap();
		let SettlementBy::Verdict(claims) = &call.claims else { panic!("{:?}", call.claims) };
		let subject = facts.receipt.subject(&MINER);
		let job = PrivateJob { subject, agreement: facts.agreement };
		let verdict = verdict_commitment::<Native>(subject, 6, 0u8.into());
		let signals = claims.inputs::<Native, _>(&call.header, &job, verdict).unwrap();
		verifies(&engine, &call, &signals);
		// The miner's part of the panel's cost is in the fee.
		assert_eq!((claims.settlement.fee, call.header.circuit), (160, [7; 32]));

		let refused = |judged| {
			let facts = super::tests::facts(&keys, judged);
			match facts.prove(&MINER, &keys, &row, None, &OFFERED, &engine) {
				Err(ProveError::NotSettled(reason)) => reason,
				other => panic!("{other:?}"),
			}
		};
		assert_eq!(refused(judged(11, 0)), "it has more units than are paid");
		assert_eq!(refused(judged(1, 400)), "the fee is more than the pay");
		assert_eq!(refused(judged(1, u128::MAX)), "the fee is too large");
	}
}
