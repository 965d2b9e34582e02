//! Private jobs on the chain of these tests: who posts them, who does them, who signs.

use super::*;
use crate::{
	seal_opening, JobKeys, JobOrder, Lock, LockedJob, PostError, PrivatePost, SettleError,
	Settlement, SettlementTerms, Settler, SignedWork, VerdictSettlement,
};
use quittance_babyjubjub::{SecretKey, Signature};
use quittance_types::{
	blake2_256, Agreement, Body, EscrowOpening, Input, JobId, JudgedUnits, PrivateJob,
	PrivateOffer, SettlementClaims, Subject,
};

pub const POST: [u8; 32] = [0x54; 32];
pub const SETTLE: [u8; 32] = [0x55; 32];
pub const SETTLE_VERDICT: [u8; 32] = [0x56; 32];

/// What the marketplace takes, whatever it is.
pub const REQUEST: [&str; 2] = ["a model", "an input"];

/// What the requester's account gets, and the fee of a post.
pub const PAID_IN: u64 = 60;
pub const POST_FEE: u64 = 10;

/// The fee of a settlement.
pub const FEE: u64 = 3;

/// Job time when the work is settled, and the job's deadline.
pub const NOW: u64 = 120;
pub const DEADLINE: u64 = 200;

/// Stands for the account of an sr25519 mini-secret.
pub fn account(seed: &[u8; 32]) -> [u8; 32] {
	blake2_256(seed)
}

pub fn order(unit_price: u64, max_units: u64) -> JobOrder<'static, [&'static str; 2]> {
	JobOrder { circuit: POST, unit_price, max_units, paid_in: PAID_IN, request: &REQUEST }
}

impl Party {
	pub fn order(
		&mut self,
		chain: &Chain,
		unit_price: u64,
		max_units: u64,
	) -> Result<PrivatePost, PostError> {
		let terms = terms(chain, POST_FEE);
		let order = order(unit_price, max_units);
		self.wallet.post_private_job(&self.keys, &POOL, &order, account, &terms, &mut self.rng)
	}

	/// Posts a job in a block of its own, and follows the chain.
	pub fn post(&mut self, chain: &mut Chain, unit_price: u64, max_units: u64) -> JobId {
		let job = chain.jobs();
		let call = self.order(chain, unit_price, max_units).unwrap();
		chain.block(vec![posted(&call, job)]);
		self.follow(chain);
		job
	}

	pub fn offer(&self, job: JobId) -> PrivateOffer {
		self.wallet.private_job(job).unwrap().offer().unwrap()
	}
}

impl Chain {
	/// The number of the next job: how many there were.
	pub fn jobs(&self) -> JobId {
		let calls = self.blocks.iter().flat_map(|block| &block.calls);
		calls.filter(|call| matches!(call.action, Action::PrivateJobPosted { .. })).count() as u64
	}
}

pub fn posted(call: &PrivatePost, job: JobId) -> (Action, Vec<Leaf>) {
	let claims = &call.claims;
	let action = Action::PrivateJobPosted {
		job,
		nullifiers: claims.nullifiers,
		offer: claims.offer,
		paid_in: claims.paid_in,
		fee: claims.fee,
	};
	(action, vec![(claims.change, Some(call.ciphertext))])
}

/// A settlement whose call has this subject in its header.
pub fn settled(
	job: JobId,
	subject: Option<FieldBytes>,
	settlement: SettlementClaims,
	ciphertext: Ciphertext,
) -> (Action, Vec<Leaf>) {
	let leaves = vec![(settlement.payee, Some(ciphertext)), (settlement.change, None)];
	(Action::Settled { job, subject: subject.unwrap(), settlement }, leaves)
}

pub fn by_receipt(job: JobId, call: &Settlement) -> (Action, Vec<Leaf>) {
	settled(job, call.header.subject, call.claims.settlement, call.ciphertext)
}

pub fn by_verdict(job: JobId, call: &VerdictSettlement) -> (Action, Vec<Leaf>) {
	settled(job, call.header.subject, call.claims.settlement, call.ciphertext)
}

pub fn given_back(job: JobId, offer: &PrivateOffer) -> (Action, Vec<Leaf>) {
	(Action::EscrowGivenBack { job }, vec![(offer.escrow, None)])
}

/// An input with so many items at this price.
pub fn input(unit_price: u64, count: u32) -> Input<'static> {
	Input { salt: [0; 32], weights: [0; 32], unit_price, count, items: &[] }
}

/// A job that a miner has, with the opening that its requester sent.
pub struct Taken {
	pub keys: JobKeys,
	pub locked: LockedJob,
	pub opening: EscrowOpening,
}

/// A lock of a job by a miner, as the chain makes it.
pub fn locked(keys: &JobKeys, nonce: u64, offer: &PrivateOffer, circuit: [u8; 32]) -> LockedJob {
	let job = keys.job();
	let offer = offer.hash::<Native>().unwrap();
	let agreement = Agreement::new::<Native>(offer, keys.payee().to_field().unwrap());
	let [requester, miner, model, input] = [1, 2, 3, 4].map(|byte| [byte; 32]);
	let subject = Subject { genesis: GENESIS, job, requester, miner, model, input };
	LockedJob {
		lock: Lock { genesis: GENESIS, job, nonce, agreement },
		subject: subject.hash::<Native>(),
		circuit,
		deadline: DEADLINE + 5,
		posted_deadline: DEADLINE,
		open_until: DEADLINE + 5,
	}
}

/// The miner takes the job, and the requester sends it the opening.
pub fn take(requester: &mut Party, miner: &Party, job: JobId, nonce: u64) -> Taken {
	let offer = requester.offer(job);
	let keys = miner.keys.job_keys(job, nonce);
	let locked = locked(&keys, nonce, &offer, SETTLE);
	let Party { keys: own, wallet, rng } = requester;
	let opening = wallet.escrow_opening(own, job).unwrap();
	let sealed = seal_opening(&opening, &locked.lock, &keys.opening_key(), rng).unwrap();
	let price = opening.terms.unit_price;
	let opening = keys.unseal(&sealed, &locked.lock, &offer, &input(price, 1), 1).unwrap();
	Taken { keys, locked, opening }
}

pub fn issuer() -> SecretKey {
	SecretKey::from_seed(&[0x61; 32])
}

/// The leaves of the job's issuers: the one that signs is the third of four, the first was removed.
pub fn issuers() -> Vec<Fr> {
	let other = |byte| SecretKey::from_seed(&[byte; 32]).public().leaf::<Native>();
	vec![Fr::from(0u8), other(1), issuer().public().leaf::<Native>(), other(2)]
}

/// What an issuer has signed.
pub struct Signed {
	pub body: Body,
	pub salt: u128,
	pub signature: Signature,
}

/// So many units at this price.
pub fn body(units: u64, unit_price: u64) -> Body {
	Body {
		units,
		unit_price: unit_price.into(),
		amount: u128::from(units) * u128::from(unit_price),
		start: 100,
		end: 110,
		expires_at: DEADLINE + 100,
		serial: u128::MAX - 7,
		output: [0x62; 32],
	}
}

pub fn sign(body: Body, subject: Fr) -> Signed {
	let salt = 1 << 99;
	let signature = issuer().sign::<Native>(body.commitment::<Native>(subject, salt));
	Signed { body, salt, signature }
}

pub fn settlement_terms(block: u64) -> SettlementTerms {
	SettlementTerms { fee: FEE, relayer: None, now: NOW, block }
}

impl Taken {
	pub fn settler<'a>(&'a self, miner: &'a Party) -> Settler<'a> {
		Settler {
			keys: &miner.keys,
			job_keys: &self.keys,
			pool: &POOL,
			job: &self.locked,
			opening: &self.opening,
		}
	}

	/// As the pool knows the job.
	pub fn private(&self) -> PrivateJob {
		PrivateJob { subject: self.locked.subject, agreement: self.locked.lock.agreement }
	}

	/// Signed by the job's issuer at the price of the terms.
	pub fn signed(&self, units: u64) -> Signed {
		sign(body(units, self.opening.terms.unit_price), self.locked.subject)
	}

	pub fn settle(
		&self,
		miner: &Party,
		signed: &Signed,
		terms: &SettlementTerms,
	) -> Result<Settlement, SettleError> {
		let (key, issuers) = (issuer().public(), issuers());
		let work = SignedWork {
			body: &signed.body,
			salt: signed.salt,
			signature: &signed.signature,
			issuer: &key,
			issuer_index: 2,
			issuers: &issuers,
		};
		self.settler(miner).by_receipt(&work, terms, &mut Seeded(terms.block))
	}

	pub fn settle_verdict(
		&self,
		miner: &Party,
		units: u64,
		borne: u128,
		terms: &SettlementTerms,
	) -> Result<VerdictSettlement, SettleError> {
		let judged = JudgedUnits { units, borne, open_until: DEADLINE };
		let locked = LockedJob { circuit: SETTLE_VERDICT, ..self.locked };
		let settler = Settler { job: &locked, ..self.settler(miner) };
		settler.by_verdict(&judged, terms, &mut Seeded(terms.block))
	}
}
