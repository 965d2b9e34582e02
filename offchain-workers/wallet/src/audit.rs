//! The pool's auditor: what calls show it, and how it reads that.
//!
//! It is none of a wallet's own auditors, who have a key of one wallet and one period
//! ([`PeriodKey`](crate::PeriodKey)): the pool's sees what every note is worth that is made while it is the
//! auditor, and of none whose it is.

use ark_bn254::Fr;
use quittance_babyjubjub::{PublicKey, Scalar, SecretKey};
use quittance_circuits::audit::AuditWitness;
use quittance_envelopes::CryptoRng;
use quittance_poseidon::Native;
use quittance_types::{
	audited_value, AuditKeyNumber, AuditedValues, CircuitId, FieldBytes, NoteAudit, NotePairAudit,
	PrivateJobClaims, SettlementAudit, SettlementClaims, TransferClaims, WithdrawClaims,
};
use zeroize::{Zeroize, Zeroizing};

/// The auditor of a pool that has one, as the chain says it is: to whom calls show what their notes are
/// worth, and what they are proven under then.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PoolAuditor {
	/// The number of its key.
	pub number: AuditKeyNumber,
	/// Its key, which the chain has checked.
	pub key: PublicKey,
	/// The audited circuit of transfers.
	pub transfer: CircuitId,
	/// That of withdrawals.
	pub withdraw: CircuitId,
	/// That of posts of private jobs.
	pub post_private_job: CircuitId,
	/// That of settlements by receipts, of all jobs.
	pub settle: CircuitId,
	/// That of settlements by verdicts.
	pub settle_verdict: CircuitId,
}

/// What a call shows to the auditor, as its argument has it, with what the proof needs. The ephemeral
/// secret is overwritten when dropped.
pub(crate) struct Shown<Claims> {
	pub(crate) claims: Claims,
	/// The last public signal.
	pub(crate) signal: Fr,
	pub(crate) witness: AuditWitness,
}

impl<Claims> Drop for Shown<Claims> {
	fn drop(&mut self) {
		self.witness.ephemeral.zeroize();
	}
}

impl PoolAuditor {
	/// With a fresh ephemeral key.
	pub(crate) fn witness(&self, rng: &mut impl CryptoRng) -> AuditWitness {
		AuditWitness { key: self.key, ephemeral: ephemeral(rng) }
	}

	pub(crate) fn of_one(
		&self,
		witness: AuditWitness,
		values: &AuditedValues<1>,
	) -> Shown<NoteAudit> {
		let signal = values.signal::<Native>(witness.coordinates());
		Shown { claims: NoteAudit::new(self.number, values), signal, witness }
	}

	pub(crate) fn of_two(
		&self,
		witness: AuditWitness,
		values: &AuditedValues<2>,
	) -> Shown<NotePairAudit> {
		let signal = values.signal::<Native>(witness.coordinates());
		Shown { claims: NotePairAudit::new(self.number, values), signal, witness }
	}

	/// Of a settlement, whose witness has the ephemeral secret.
	pub(crate) fn of_settlement(
		&self,
		ephemeral: Scalar,
		values: &AuditedValues<2>,
	) -> Shown<SettlementAudit> {
		let witness = AuditWitness { key: self.key, ephemeral };
		let signal = values.signal::<Native>(witness.coordinates());
		Shown { claims: SettlementAudit::new(self.number, values), signal, witness }
	}
}

/// The secret of a key that is used once.
pub(crate) fn ephemeral(rng: &mut impl CryptoRng) -> Scalar {
	let mut seed = Zeroizing::new([0; 32]);
	rng.fill_bytes(&mut *seed);
	SecretKey::from_seed(&seed).scalar()
}

/// What a private call shows, as it is in a block.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AuditedCall<'a> {
	/// A transfer.
	Transfer(&'a TransferClaims, &'a NotePairAudit),
	/// A withdrawal.
	Withdraw(&'a WithdrawClaims, &'a NoteAudit),
	/// The post of a private job.
	PostPrivateJob(&'a PrivateJobClaims, &'a NotePairAudit),
	/// A settlement, whatever by.
	Settlement(&'a SettlementClaims, &'a SettlementAudit),
}

impl AuditedCall<'_> {
	/// The number of the key that it shows values to.
	pub fn key(&self) -> AuditKeyNumber {
		match self {
			Self::Transfer(_, audit) | Self::PostPrivateJob(_, audit) => audit.key,
			Self::Withdraw(_, audit) => audit.key,
			Self::Settlement(_, audit) => audit.key,
		}
	}

	fn ephemeral_key(&self) -> [FieldBytes; 2] {
		match self {
			Self::Transfer(_, audit) | Self::PostPrivateJob(_, audit) => audit.ephemeral_key,
			Self::Withdraw(_, audit) => audit.ephemeral_key,
			Self::Settlement(claims, _) => claims.ephemeral_key,
		}
	}

	/// Commitments and encrypted values.
	fn notes(&self) -> Vec<(FieldBytes, FieldBytes)> {
		let pair = |commitments: [FieldBytes; 2], encrypted: [FieldBytes; 2]| {
			commitments.into_iter().zip(encrypted).collect()
		};
		match self {
			Self::Transfer(claims, audit) => pair(claims.commitments, audit.encrypted),
			Self::Withdraw(claims, audit) => vec![(claims.change, audit.encrypted)],
			Self::PostPrivateJob(claims, audit) => {
				pair([claims.change, claims.offer.escrow], audit.encrypted)
			},
			Self::Settlement(claims, audit) => pair([claims.payee, claims.change], audit.encrypted),
		}
	}
}

/// What an auditor reads of a note.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AuditedNote {
	/// Its commitment. It is the leaf of a `NoteAdded`, or for the escrow of a post, the one that is a leaf if
	/// the job is given back.
	pub commitment: FieldBytes,
	/// What it is worth, in the chain's smallest unit.
	pub value: u64,
}

/// Why an auditor cannot read what a call shows. No call that the chain has accepted for its key is such.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuditError {
	/// The call shows its values by another key.
	#[error("the call is for key {of}, and this is key {own}: read it with that")]
	OtherKey {
		/// The key's number.
		of: AuditKeyNumber,
		/// The number of the key at hand.
		own: AuditKeyNumber,
	},
	/// The ephemeral key is none, or a number is not below the group order.
	#[error(
		"the call shows no ephemeral key, or numbers that are none: the chain accepts no such call"
	)]
	Malformed,
	/// What is shown of this note, counted from zero, has more than 64 bits.
	#[error(
		"what is shown of note {0} decrypts to no amount: this is not the secret of the key with this number, or the \
		 chain has not accepted the call"
	)]
	NoAmount(usize),
}

/// An auditor's secret key, with the number that the chain gave to it.
///
/// Who has it can read what every note is worth that was shown to it. A key that was replaced is still
/// needed for what was shown to it.
pub struct AuditorSecret {
	number: AuditKeyNumber,
	secret: SecretKey,
}

impl AuditorSecret {
	/// The key of a seed of 32 random bytes.
	pub fn new(number: AuditKeyNumber, seed: &[u8; 32]) -> Self {
		Self { number, secret: SecretKey::from_seed(seed) }
	}

	/// What governance sets: x and y.
	pub fn public(&self) -> PublicKey {
		self.secret.public()
	}

	/// What the notes are worth that a call has made, in their order.
	///
	/// # Errors
	///
	/// [`AuditError`].
	pub fn recover(&self, call: &AuditedCall<'_>) -> Result<Vec<AuditedNote>, AuditError> {
		let (of, own) = (call.key(), self.number);
		if of != own {
			return Err(AuditError::OtherKey { of, own });
		}
		let element = |bytes: &FieldBytes| bytes.to_field().ok_or(AuditError::Malformed);
		let [x, y] = call.ephemeral_key();
		let key = PublicKey::new(element(&x)?, element(&y)?).map_err(|_| AuditError::Malformed)?;
		let shared = self.secret.shared(&key);
		call.notes()
			.iter()
			.enumerate()
			.map(|(place, (commitment, encrypted))| {
				let of = (element(commitment)?, element(encrypted)?);
				let value = audited_value::<Native>(&shared, of.0, of.1);
				let value = value.ok_or(AuditError::NoAmount(place))?;
				Ok(AuditedNote { commitment: *commitment, value })
			})
			.collect()
	}
}
