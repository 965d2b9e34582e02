//! What a wallet derives for private jobs: from its seed and what the chain shows, so that a wallet that
//! was restored, or a worker that was restarted, has it again.

use ark_bn254::Fr;
use ark_ff::PrimeField;
use quittance_babyjubjub::SecretKey;
use quittance_envelopes::{PublicKey, SecretKey as OpeningKey};
use quittance_poseidon::Native;
use quittance_types::{
	Agreement, EscrowOpening, FieldBytes, JobId, Note, PrivateOffer, PrivateTerms,
};
use zeroize::{Zeroize, Zeroizing};

use crate::{Keys, Label};

const CHANGE_KEY: &[u8] = b"quittance.wallet-private-job-change-key.v1";
const SALT: &[u8] = b"quittance.wallet-private-job-salt.v1";
const RHO: &[u8] = b"quittance.wallet-private-job-rho.v1";
const LABEL: &[u8] = b"quittance.wallet-private-job-label.v1";
const REQUESTER: &[u8] = b"quittance.wallet-private-job-requester.v1";
const PAYEE_LABEL: &[u8] = b"quittance.wallet-payee-label.v1";
const OPENING_KEY: &[u8] = b"quittance.wallet-opening-key.v1";

/// How many locks back [`Keys::job_keys_of`] looks. A private job has at most as many as can decline it,
/// and one.
const LOCKS_BACK: u64 = 15;

/// What a private job pays.
#[derive(Clone, Copy, PartialEq, Eq, codec::Encode, codec::Decode)]
pub struct JobPrice {
	/// Price of a unit, in the chain's smallest unit.
	pub unit_price: u64,
	/// Most units that are paid.
	pub max_units: u64,
}

impl JobPrice {
	/// The price of all units, which is what the escrow is worth. `None` where that needs more than 64
	/// bits.
	pub fn of_all_units(&self) -> Option<u64> {
		self.unit_price.checked_mul(self.max_units)
	}
}

/// All that is secret about a post, by its first nullifier. That is always a note's with a value: a
/// dummy's is random, and nobody would find it again.
pub(crate) struct PostSecrets {
	/// The key for the change.
	pub(crate) change_key: SecretKey,
	/// The terms' random number.
	salt: Fr,
	/// The escrow's random number.
	rho: Fr,
	/// Names the escrow's owner key, which the change has too.
	pub(crate) label: Label,
	/// That owner key.
	pub(crate) owner: Fr,
}

impl PostSecrets {
	/// What is behind the offer of a post at this price.
	pub(crate) fn opening(&self, price: &JobPrice) -> EscrowOpening {
		let JobPrice { unit_price, max_units } = *price;
		EscrowOpening {
			terms: PrivateTerms { unit_price, max_units, salt: self.salt },
			owner: self.owner,
			rho: self.rho,
			change_key: self.change_key.public(),
		}
	}

	/// The escrow of this value.
	pub(crate) fn escrow(&self, value: u64) -> Note {
		Note { value, owner: self.owner, rho: self.rho }
	}
}

impl Drop for PostSecrets {
	fn drop(&mut self) {
		self.salt.zeroize();
		self.rho.zeroize();
	}
}

impl Keys {
	/// The secrets of the post with this first nullifier.
	pub(crate) fn of_post(&self, nullifier: &FieldBytes) -> PostSecrets {
		let mut seed = Zeroizing::new([0; 32]);
		self.derive(&[CHANGE_KEY, &nullifier.0], &mut *seed);
		let field = |what: &[u8]| {
			let mut wide = Zeroizing::new([0; 64]);
			self.derive(&[what, &nullifier.0], &mut *wide);
			Fr::from_le_bytes_mod_order(&*wide)
		};
		let label = self.own_label(&[LABEL, &nullifier.0]);
		PostSecrets {
			change_key: SecretKey::from_seed(&seed),
			salt: field(SALT),
			rho: field(RHO),
			label,
			owner: self.owner(label),
		}
	}

	/// The seed of the requester's account for the post with this first nullifier: an sr25519
	/// mini-secret, of an account that is used for this job and for nothing else.
	pub fn requester_seed(&self, first_nullifier: &FieldBytes) -> Zeroizing<[u8; 32]> {
		let mut seed = Zeroizing::new([0; 32]);
		self.derive(&[REQUESTER, &first_nullifier.0], &mut *seed);
		seed
	}

	/// What a miner names when it takes a private job. `nonce` is the number of locks that the job will
	/// have by that, this one included.
	pub fn job_keys(&self, job: JobId, nonce: u64) -> JobKeys {
		let context = [job.to_le_bytes(), nonce.to_le_bytes()];
		let label = self.own_label(&[PAYEE_LABEL, context.as_flattened()]);
		let mut secret = Zeroizing::new([0; 32]);
		self.derive(&[OPENING_KEY, context.as_flattened()], &mut *secret);
		JobKeys {
			job,
			label,
			payee: self.owner(label),
			opening: OpeningKey::from_bytes(&secret),
			nonce,
		}
	}

	/// The keys behind an agreement, which the chain made of this offer when this miner took the job.
	/// `nonce` is the number of locks since then.
	///
	/// Others may have had the job between the miner's look at it and its lock, so that it named the
	/// keys of an earlier lock: the last 16 are tried. `None` where no keys of this wallet
	/// are behind it, or the offer is another.
	pub fn job_keys_of(
		&self,
		job: JobId,
		nonce: u64,
		offer: &PrivateOffer,
		agreement: &Agreement,
	) -> Option<JobKeys> {
		let offer = offer.hash::<Native>().ok()?;
		(nonce.saturating_sub(LOCKS_BACK)..=nonce)
			.rev()
			.map(|nonce| self.job_keys(job, nonce))
			.find(|keys| Agreement::new::<Native>(offer, keys.payee) == *agreement)
	}

	fn own_label(&self, info: &[&[u8]]) -> Label {
		let mut bytes = [0; Label::BYTES];
		self.derive(info, &mut bytes);
		Label::own_of(bytes)
	}
}

/// What a miner names when it takes a private job, with the secrets behind it. The opening's key is
/// overwritten when dropped; who is paid is no secret of this, but of the wallet's keys.
pub struct JobKeys {
	pub(crate) job: JobId,
	pub(crate) label: Label,
	pub(crate) payee: Fr,
	pub(crate) opening: OpeningKey,
	nonce: u64,
}

impl JobKeys {
	/// The job.
	pub fn job(&self) -> JobId {
		self.job
	}

	/// The number of locks that they were made for.
	pub fn nonce(&self) -> u64 {
		self.nonce
	}

	/// The owner key that is paid, as `lock_private_job` takes it.
	pub fn payee(&self) -> FieldBytes {
		self.payee.into()
	}

	/// The key to which the requester seals the opening.
	pub fn opening_key(&self) -> PublicKey {
		self.opening.public()
	}
}
