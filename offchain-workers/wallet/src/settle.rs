//! Settling a private job, for the miner that has it: everything but the proof.

use ark_bn254::Fr;
use quittance_babyjubjub::{PublicKey, Signature};
use quittance_circuits::{
	settle::{self, SettleWitness},
	settle_verdict::{self, SettleVerdictWitness},
	settlement::{ReceiptWitness, SettlementWitness, WitnessError},
	Assignment,
};
use quittance_envelopes::CryptoRng;
use quittance_poseidon::Native;
use quittance_types::{
	issuer_root, verdict_commitment, Agreement, Body, BodyError, CircuitId, EscrowOpening, Header,
	JobTime, JudgedUnits, PrivateJob, PrivateJobError, PrivateSettlement, SettleClaims,
	SettleVerdictClaims, SettledReceipt, SettlementAudit, SettlementClaims,
};
use zeroize::Zeroize;

use crate::{
	audit::{ephemeral, Shown},
	spend::make,
	Ciphertext, JobKeys, Keys, Lock, Period, Pool, SpendError,
};

/// Why a settlement was not made: each before anything is proven.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettleError {
	/// The wallet's keys are for another chain than the job's.
	#[error("the job is on another chain than these keys: open the wallet of its chain")]
	OtherChain,
	/// The opening, or the keys, are not those of the agreement.
	#[error(
		"this opening and these keys are not what was agreed on when the job was locked: take those \
		 of this lock"
	)]
	OtherAgreement,
	/// The pool would pay itself.
	#[error("the relayer is the pool's own account, which the chain refuses: name another")]
	PaysPool,
	/// Settlements of the job are not accepted any more.
	#[error("it is {now} in job time, and the job could be settled until {open_until}")]
	TooLate {
		/// The job time.
		now: JobTime,
		/// The last one.
		open_until: JobTime,
	},
	/// The receipt is none on its face.
	#[error("the receipt is none: {0:?}")]
	Body(BodyError),
	/// The issuer wrote another price than the terms'. It takes it from the job's input.
	#[error(
		"the receipt is at {receipt} for a unit, the terms are at {terms}: it settles nothing"
	)]
	PriceDiffers {
		/// Price of a unit by the receipt.
		receipt: u128,
		/// Price of a unit by the terms.
		terms: u64,
	},
	/// The chain takes no receipt that expires before the deadline at the post.
	#[error("the receipt expires at {expires_at}, before the deadline {posted_deadline}")]
	ExpiresTooEarly {
		/// When it expires, in job time.
		expires_at: JobTime,
		/// When the job was to end as it was posted.
		posted_deadline: JobTime,
	},
	/// A job has no so many issuers.
	#[error("{0} issuers, and a job has 16 at most")]
	TooManyIssuers(usize),
	/// At its place among the job's issuers is another key, or none.
	#[error("the issuer's key is not at place {0} of the job's issuers: read them anew")]
	IssuerNotThere(u8),
	/// What the miner bears and the fee need more than 64 bits.
	#[error("fee and borne cost need more than 64 bits")]
	FeeTooLarge,
	/// It cannot be proven.
	#[error(transparent)]
	Statement(#[from] WitnessError),
	/// The note for the miner cannot be made.
	#[error(transparent)]
	Note(#[from] SpendError),
	/// The claims cannot be true.
	#[error("the call would be refused: {0:?}")]
	Claims(PrivateJobError),
}

/// A private job that the miner has, as the chain knows it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LockedJob {
	/// Its last lock, which is the miner's.
	pub lock: Lock,
	/// What the work is.
	pub subject: Fr,
	/// What is proven under: for a receipt the job's circuit, for a verdict the pool's. Where the pool has an
	/// auditor, that one's is taken.
	pub circuit: CircuitId,
	/// The deadline in force, in job time.
	pub deadline: JobTime,
	/// The deadline as it was posted, in job time.
	pub posted_deadline: JobTime,
	/// Until when a receipt is accepted, in job time.
	pub open_until: JobTime,
}

/// What is to be said of any settlement.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SettlementTerms {
	/// The fee, in the chain's smallest unit, out of the miner's pay. The chain's `minimum_fee` says the
	/// least.
	pub fee: u64,
	/// The account that gets what is beyond the least fee.
	pub relayer: Option<[u8; 32]>,
	/// Job time, as the best block has it.
	pub now: JobTime,
	/// The number of the best block. What is in no block [`crate::GRACE_BLOCKS`] later is to be made
	/// again: the wallet looks for the note no longer than that where a period ends.
	pub block: u64,
}

/// Work for which an issuer has signed.
#[derive(Clone, Copy)]
pub struct SignedWork<'a> {
	/// What it signed.
	pub body: &'a Body,
	/// The random number of what it signed.
	pub salt: u128,
	/// Its signature.
	pub signature: &'a Signature,
	/// Its key.
	pub issuer: &'a PublicKey,
	/// Its place among the job's issuers.
	pub issuer_index: u8,
	/// The leaves of all the job's issuers in their order, zero for those that were removed.
	pub issuers: &'a [Fr],
}

/// A settlement by a receipt, without its proof. The witness is overwritten when dropped.
pub struct Settlement {
	/// What the call shows.
	pub claims: SettleClaims,
	/// What the proof is bound to.
	pub header: Header<[u8; 32]>,
	/// For the miner's own wallet.
	pub ciphertext: Ciphertext,
	/// The statement.
	pub public: settle::PublicSignals,
	witness: SettleWitness,
	shown: Option<Shown<SettlementAudit>>,
}

impl Settlement {
	/// What the call shows to the pool's auditor, if there is one: an argument of the call.
	pub fn audit(&self) -> Option<SettlementAudit> {
		self.shown.as_ref().map(|shown| shown.claims)
	}

	/// All public signals, in the order of the circuit that the header names.
	pub fn signals(&self) -> Vec<Fr> {
		let shown = self.shown.as_ref().map(|shown| shown.signal);
		self.public.to_fields().into_iter().chain(shown).collect()
	}

	/// What is proven, under that circuit. Holds the prover's secrets.
	///
	/// # Errors
	///
	/// None of a call that was made here.
	pub fn assign(&self) -> Result<Assignment, WitnessError> {
		match &self.shown {
			Some(Shown { signal, witness, .. }) => {
				settle::assign_audited(&self.public, *signal, &self.witness, &witness.key)
			},
			None => settle::assign(&self.public, &self.witness),
		}
	}

	/// What the proof hides: who has it can spend the wallet.
	pub fn witness(&self) -> &SettleWitness {
		&self.witness
	}
}

impl Drop for Settlement {
	fn drop(&mut self) {
		forget(&mut self.witness.settlement);
	}
}

/// A settlement by a verdict, without its proof. The witness is overwritten when dropped.
pub struct VerdictSettlement {
	/// What the call shows.
	pub claims: SettleVerdictClaims,
	/// What the proof is bound to.
	pub header: Header<[u8; 32]>,
	/// For the miner's own wallet.
	pub ciphertext: Ciphertext,
	/// The statement.
	pub public: settle_verdict::PublicSignals,
	witness: SettleVerdictWitness,
	shown: Option<Shown<SettlementAudit>>,
}

impl VerdictSettlement {
	/// What the call shows to the pool's auditor, if there is one: an argument of the call.
	pub fn audit(&self) -> Option<SettlementAudit> {
		self.shown.as_ref().map(|shown| shown.claims)
	}

	/// All public signals, in the order of the circuit that the header names.
	pub fn signals(&self) -> Vec<Fr> {
		let shown = self.shown.as_ref().map(|shown| shown.signal);
		self.public.to_fields().into_iter().chain(shown).collect()
	}

	/// What is proven, under that circuit. Holds the prover's secrets.
	///
	/// # Errors
	///
	/// None of a call that was made here.
	pub fn assign(&self) -> Result<Assignment, WitnessError> {
		match &self.shown {
			Some(Shown { signal, witness, .. }) => {
				settle_verdict::assign_audited(&self.public, *signal, &self.witness, &witness.key)
			},
			None => settle_verdict::assign(&self.public, &self.witness),
		}
	}

	/// What the proof hides: who has it can spend the wallet.
	pub fn witness(&self) -> &SettleVerdictWitness {
		&self.witness
	}
}

impl Drop for VerdictSettlement {
	fn drop(&mut self) {
		forget(&mut self.witness.settlement);
	}
}

fn forget(witness: &mut SettlementWitness) {
	witness.nullifier_key.zeroize();
	witness.diversifier.zeroize();
	witness.payee_rho.zeroize();
	witness.ephemeral.zeroize();
}

/// A miner that settles a job that it has.
#[derive(Clone, Copy)]
pub struct Settler<'a> {
	/// Its wallet's keys.
	pub keys: &'a Keys,
	/// What it named when it took the job.
	pub job_keys: &'a JobKeys,
	/// The pool.
	pub pool: &'a Pool,
	/// The job.
	pub job: &'a LockedJob,
	/// What the requester sent.
	pub opening: &'a EscrowOpening,
}

/// The parts of a settlement that do not depend on what it is by.
struct Divided {
	witness: SettlementWitness,
	settlement: PrivateSettlement,
	claims: SettlementClaims,
	ciphertext: Ciphertext,
	shown: Option<Shown<SettlementAudit>>,
}

impl Settler<'_> {
	/// Divides the escrow by the receipt of an issuer.
	///
	/// # Errors
	///
	/// [`SettleError`]. As [`SettleError::Statement`] above all: the units cost less than the fee, are more
	/// than the terms pay, or the issuer has not signed this.
	pub fn by_receipt(
		&self,
		work: &SignedWork<'_>,
		terms: &SettlementTerms,
		rng: &mut impl CryptoRng,
	) -> Result<Settlement, SettleError> {
		self.check(terms, self.job.open_until)?;
		let SignedWork { body, salt, signature, issuer, issuer_index, issuers } = *work;
		body.check().map_err(SettleError::Body)?;
		let unit_price = self.opening.terms.unit_price;
		if body.unit_price != u128::from(unit_price) {
			return Err(SettleError::PriceDiffers { receipt: body.unit_price, terms: unit_price });
		}
		let Divided { witness, settlement, claims, ciphertext, shown } =
			self.divide(body.units, terms.fee, terms, rng)?;

		let Body { start, end, expires_at, serial, output, .. } = *body;
		let as_of = terms.now;
		if end > as_of || as_of > expires_at {
			return Err(WitnessError::TimesOutOfOrder { start, end, as_of, expires_at }.into());
		}
		let posted_deadline = self.job.posted_deadline;
		if expires_at < posted_deadline {
			return Err(SettleError::ExpiresTooEarly { expires_at, posted_deadline });
		}
		let root = issuer_root::<Native>(issuers);
		let root = root.ok_or(SettleError::TooManyIssuers(issuers.len()))?;
		let siblings = settle::siblings(issuers, issuer_index)
			.ok_or(WitnessError::IssuerIndexOutOfRange(issuer_index))?;
		if issuers.get(usize::from(issuer_index)) != Some(&issuer.leaf::<Native>()) {
			return Err(SettleError::IssuerNotThere(issuer_index));
		}
		let commitment = body.commitment::<Native>(self.job.subject, salt);
		issuer
			.verify::<Native>(commitment, signature)
			.map_err(|_| WitnessError::SignatureInvalid)?;

		let nullifier = body.nullifier::<Native>(self.job.subject);
		let claims = SettleClaims {
			settlement: claims,
			issuer_root: root,
			issuer_index,
			nullifier: nullifier.into(),
			expires_at,
			as_of,
		};
		let circuit = self.pool.auditor.map(|auditor| auditor.settle);
		let header = self.header(circuit, claims.arguments(self.job.lock.job, &ciphertext), terms);
		claims.inputs::<Native, _>(&header, &self.private()).map_err(SettleError::Claims)?;
		let issuer_root = root.to_field().expect("a root is a field element; qed");
		let receipt = SettledReceipt { issuer_root, issuer_index, nullifier, expires_at, as_of };
		let public = settle::PublicSignals { context: header.context(), settlement, receipt };
		let witness = SettleWitness {
			settlement: witness,
			receipt: ReceiptWitness { start, end, expires_at, serial, output, salt },
			issuer: *issuer,
			signature: *signature,
			siblings,
		};
		Ok(Settlement { claims, header, ciphertext, public, witness, shown })
	}

	/// Divides the escrow by what a panel found. What the miner bears of the panel's cost comes out of its
	/// pay, beside the fee.
	///
	/// # Errors
	///
	/// [`SettleError`].
	pub fn by_verdict(
		&self,
		judged: &JudgedUnits,
		terms: &SettlementTerms,
		rng: &mut impl CryptoRng,
	) -> Result<VerdictSettlement, SettleError> {
		self.check(terms, judged.open_until)?;
		let fee = u64::try_from(judged.borne).ok().and_then(|borne| borne.checked_add(terms.fee));
		let fee = fee.ok_or(SettleError::FeeTooLarge)?;
		let Divided { witness, settlement, claims, ciphertext, shown } =
			self.divide(judged.units, fee, terms, rng)?;

		// The chain makes the commitment of units in clear.
		let salt = Fr::from(0u8);
		let verdict = verdict_commitment::<Native>(self.job.subject, judged.units, salt);
		let claims = SettleVerdictClaims { settlement: claims };
		let circuit = self.pool.auditor.map(|auditor| auditor.settle_verdict);
		let header = self.header(circuit, claims.arguments(self.job.lock.job, &ciphertext), terms);
		claims
			.inputs::<Native, _>(&header, &self.private(), verdict)
			.map_err(SettleError::Claims)?;
		let public =
			settle_verdict::PublicSignals { context: header.context(), settlement, verdict };
		let witness = SettleVerdictWitness { settlement: witness, salt };
		Ok(VerdictSettlement { claims, header, ciphertext, public, witness, shown })
	}

	/// What has to fit together whatever the escrow is divided by.
	fn check(&self, terms: &SettlementTerms, open_until: JobTime) -> Result<(), SettleError> {
		let Lock { genesis, job, agreement, .. } = &self.job.lock;
		if genesis != self.keys.genesis() {
			return Err(SettleError::OtherChain);
		}
		let offer = self.opening.offer::<Native>().and_then(|offer| offer.hash::<Native>().ok());
		// The owner key of these keys, so that another wallet's are found out as well.
		let payee = self.keys.owner(self.job_keys.label);
		let agreed = offer.map(|offer| Agreement::new::<Native>(offer, payee));
		if *job != self.job_keys.job || agreed != Some(*agreement) {
			return Err(SettleError::OtherAgreement);
		}
		if terms.relayer == Some(self.pool.account) {
			return Err(SettleError::PaysPool);
		}
		let now = terms.now;
		if now > open_until {
			return Err(SettleError::TooLate { now, open_until });
		}
		Ok(())
	}

	/// Makes the two notes.
	fn divide(
		&self,
		units: u64,
		fee: u64,
		terms: &SettlementTerms,
		rng: &mut impl CryptoRng,
	) -> Result<Divided, SettleError> {
		let label = self.job_keys.label;
		let mut witness = SettlementWitness {
			escrow: *self.opening,
			units,
			nullifier_key: self.keys.nullifier_key,
			diversifier: self.keys.diversifier(label),
			payee_rho: Fr::from(0u8),
			ephemeral: ephemeral(rng),
		};
		let value = witness.notes(self.job.subject, fee)?.payee.value;
		let own = self.keys.address(label, Period::of(terms.block), 1).map_err(SpendError::from)?;
		let (note, ciphertext) = make(&own, value, terms.block, rng)?;
		witness.payee_rho = note.rho;
		let settlement = witness.settlement(self.job.subject, fee)?;
		let claims = SettlementClaims {
			payee: settlement.payee.into(),
			change: settlement.change.into(),
			ephemeral_key: settlement.ephemeral_key.map(Into::into),
			encrypted_change: settlement.encrypted_change.into(),
			fee: fee.into(),
		};
		// With the ephemeral key that the requester's part is encrypted by as well.
		let shown = match &self.pool.auditor {
			Some(auditor) => {
				let values = witness.show(self.job.subject, fee, &auditor.key)?;
				Some(auditor.of_settlement(witness.ephemeral, &values))
			},
			None => None,
		};
		Ok(Divided { witness, settlement, claims, ciphertext, shown })
	}

	fn private(&self) -> PrivateJob {
		PrivateJob { subject: self.job.subject, agreement: self.job.lock.agreement }
	}

	/// Under this circuit, or the job's.
	fn header(
		&self,
		circuit: Option<CircuitId>,
		arguments: [u8; 32],
		terms: &SettlementTerms,
	) -> Header<[u8; 32]> {
		Header {
			genesis: self.job.lock.genesis,
			pallet: self.pool.pallet,
			circuit: circuit.unwrap_or(self.job.circuit),
			subject: Some(self.job.subject.into()),
			arguments,
			submitter: terms.relayer,
			payee: self.pool.account,
			valid_until: self.job.deadline,
			nonce: self.job.lock.nonce,
		}
	}
}
