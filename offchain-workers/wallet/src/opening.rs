//! The opening of a private job's escrow, on its way from the requester to the miner.

use quittance_envelopes::{open_in_place, seal_in_place, CryptoRng, EnvelopeError, PublicKey};
use quittance_poseidon::Native;
use quittance_types::{
	Agreement, EscrowOpening, Input, JobId, MalformedOpening, OpeningError, PrivateJobError,
	PrivateOffer, OPENING_BYTES,
};
use zeroize::Zeroizing;

use crate::JobKeys;

/// Keeps openings apart from whatever else uses HPKE with the same keys.
const INFO: &[u8] = b"quittance.opening.v1";

const TAG: usize = 16;

/// Length of a sealed opening: the encapsulated key, the opening, the tag.
pub const SEALED_OPENING_BYTES: usize = 32 + OPENING_BYTES + TAG;

/// An opening, sealed to the key that the miner named: HPKE (RFC 9180) in base mode with
/// DHKEM(X25519, HKDF-SHA256), HKDF-SHA256 and AES-256-GCM, as envelopes have it.
pub type SealedOpening = [u8; SEALED_OPENING_BYTES];

/// A lock of a private job, as the chain shows it. What is sealed is for this one and for no other.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Lock {
	/// Hash of the chain's first block.
	pub genesis: [u8; 32],
	/// The job.
	pub job: JobId,
	/// The number of its locks.
	pub nonce: u64,
	/// What was agreed on.
	pub agreement: Agreement,
}

impl Lock {
	fn associated(&self) -> Vec<u8> {
		let agreement = codec::Encode::encode(&self.agreement);
		let (job, nonce) = (self.job.to_le_bytes(), self.nonce.to_le_bytes());
		[&self.genesis[..], &job, &nonce, &agreement].concat()
	}
}

/// Why a miner does not work for a sealed opening. The first that applies. All but
/// [`OpeningRefused::OtherAgreement`] are reasons to decline the job.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum OpeningRefused {
	/// The agreement is not one of this offer and these keys.
	#[error(
		"job {0} was not agreed on with these keys and this offer: take the keys of the right wallet \
		 and lock, and the offer of the job's own post"
	)]
	OtherAgreement(JobId),
	/// Nobody can compute with the offer.
	#[error("the offer cannot be one: {0:?}")]
	Offer(PrivateJobError),
	/// The encapsulated key is refused.
	#[error("the opening's key: {0}")]
	Key(EnvelopeError),
	/// It does not open: for another key, job, lock or chain, or damaged.
	#[error("the opening was not sealed for this lock of the job, or it is damaged")]
	Sealed,
	/// What was sealed is no opening.
	#[error("what was sealed is no opening: {0:?}")]
	Malformed(MalformedOpening),
	/// It does not pay for the work.
	#[error("the opening is not one to work for: {0:?}")]
	Terms(OpeningError),
}

/// Seals an opening for the miner that has the job, to the key that it named. The marketplace's
/// `send_opening` takes it there.
///
/// # Errors
///
/// [`EnvelopeError::LowOrderKey`], which a key that was checked when it was read is not.
pub fn seal_opening(
	opening: &EscrowOpening,
	lock: &Lock,
	to: &PublicKey,
	rng: &mut impl CryptoRng,
) -> Result<SealedOpening, EnvelopeError> {
	let mut body = Zeroizing::new(opening.to_bytes());
	let mut sealed = [0; SEALED_OPENING_BYTES];
	let mut tag = [0; TAG];
	let encapsulated = seal_in_place(to, INFO, &lock.associated(), &mut *body, &mut tag, rng)
		.map_err(|_| EnvelopeError::LowOrderKey)?;
	sealed[..32].copy_from_slice(&encapsulated.to_bytes());
	sealed[32..32 + OPENING_BYTES].copy_from_slice(&*body);
	sealed[32 + OPENING_BYTES..].copy_from_slice(&tag);
	Ok(sealed)
}

impl JobKeys {
	/// What the requester sealed for these keys: an opening of this offer that pays for the input, and
	/// at least `least_pay`, in the chain's smallest unit. A miner that begins without one may work for
	/// nothing.
	///
	/// # Errors
	///
	/// [`OpeningRefused`].
	pub fn unseal(
		&self,
		sealed: &SealedOpening,
		lock: &Lock,
		offer: &PrivateOffer,
		input: &Input<'_>,
		least_pay: u64,
	) -> Result<EscrowOpening, OpeningRefused> {
		let hash = offer.hash::<Native>().map_err(OpeningRefused::Offer)?;
		let agreement = Agreement::new::<Native>(hash, self.payee);
		if lock.job != self.job || lock.agreement != agreement {
			return Err(OpeningRefused::OtherAgreement(lock.job));
		}
		let change_key = quittance_babyjubjub::PublicKey::from_bytes(&offer.change_key)
			.map_err(|_| OpeningRefused::Offer(PrivateJobError::InvalidChangeKey))?;

		let mut encapsulated = [0; 32];
		encapsulated.copy_from_slice(&sealed[..32]);
		let encapsulated = PublicKey::from_bytes(encapsulated).map_err(OpeningRefused::Key)?;
		let (body, tag) = sealed[32..].split_at(OPENING_BYTES);
		let mut plain = Zeroizing::new([0; OPENING_BYTES]);
		plain.copy_from_slice(body);
		let associated = lock.associated();
		open_in_place(&self.opening, &encapsulated, INFO, &associated, &mut *plain, tag)
			.map_err(|_| OpeningRefused::Sealed)?;
		let opening =
			EscrowOpening::from_bytes(&*plain, change_key).map_err(OpeningRefused::Malformed)?;
		opening.matches::<Native>(offer, input, least_pay).map_err(OpeningRefused::Terms)?;
		Ok(opening)
	}
}
