//! Notes on their way to their owner: 128 bytes that look alike, whatever is in them.

use aes_gcm::{
	aead::{AeadInOut, KeyInit},
	Aes256Gcm, Nonce, Tag,
};
use hkdf::Hkdf;
use quittance_envelopes::{CryptoRng, EnvelopeError, PublicKey};
use quittance_poseidon::Native;
use quittance_types::{FieldBytes, Note, NOTE_CIPHERTEXT_BYTES};
use sha2_envelopes::Sha256;
use subtle::ConstantTimeEq;
use x25519_dalek::x25519;
use zeroize::Zeroizing;

use crate::Label;

/// A note, encrypted to its owner: version, ephemeral key, encrypted body, tag.
pub type Ciphertext = [u8; NOTE_CIPHERTEXT_BYTES];

const VERSION: u8 = 1;
pub(crate) const PLAIN: usize = 8 + 32 + 32 + Label::BYTES;
const TAG: usize = 16;

/// What the chain counts is what is written here.
const _: () = assert!(NOTE_CIPHERTEXT_BYTES == 1 + 32 + PLAIN + TAG);

const KEY: &[u8] = b"quittance.note-key.v1";

/// One nonce is enough: a key is that of one commitment and one ephemeral key, see [`cipher`].
const NONCE: [u8; 12] = [0; 12];

/// A note that a ciphertext held.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Opened {
	pub(crate) note: Note,
	pub(crate) label: Label,
}

/// Why a ciphertext is not that of a note for this key. Most are for somebody else, and fail as
/// [`NotOurs::Sealed`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum NotOurs {
	/// A version that is not known here.
	Version,
	/// The ephemeral key is not canonical or of low order.
	EphemeralKey,
	/// It does not open: another's, another note's, another chain's, or damaged.
	Sealed,
	/// Owner key or rho are no field elements.
	NotCanonical,
	/// What it holds is not the note of this commitment: somebody promises what is not there.
	OtherCommitment,
}

/// Encrypts a note to a base and the period's key of its address.
pub(crate) fn seal(
	note: &Note,
	label: Label,
	base: &PublicKey,
	to: &PublicKey,
	genesis: &[u8; 32],
	rng: &mut impl CryptoRng,
) -> Result<Ciphertext, EnvelopeError> {
	let mut plain = Zeroizing::new([0; PLAIN]);
	plain[..8].copy_from_slice(&note.value.to_le_bytes());
	plain[8..40].copy_from_slice(&FieldBytes::from(note.rho).0);
	plain[40..72].copy_from_slice(&FieldBytes::from(note.owner).0);
	plain[72..].copy_from_slice(&label.0);
	encrypt(&plain, &note.commitment::<Native>().into(), base, to, genesis, rng)
}

/// Encrypts what stands for the note of a commitment.
pub(crate) fn encrypt(
	plain: &[u8; PLAIN],
	commitment: &FieldBytes,
	base: &PublicKey,
	to: &PublicKey,
	genesis: &[u8; 32],
	rng: &mut impl CryptoRng,
) -> Result<Ciphertext, EnvelopeError> {
	let mut secret = Zeroizing::new([0; 32]);
	rng.fill_bytes(&mut *secret);
	let ephemeral = PublicKey::from_bytes(x25519(*secret, base.to_bytes()))?;
	let cipher = cipher(&secret, to, &ephemeral, commitment).ok_or(EnvelopeError::LowOrderKey)?;

	let mut ciphertext = [0; NOTE_CIPHERTEXT_BYTES];
	ciphertext[0] = VERSION;
	ciphertext[1..33].copy_from_slice(&ephemeral.to_bytes());
	let (body, tag) = ciphertext[33..].split_at_mut(PLAIN);
	body.copy_from_slice(plain);
	let made = cipher
		.encrypt_inout_detached(&Nonce::from(NONCE), &associated(genesis, commitment), body.into())
		.expect("79 bytes are far below AES-GCM's 64 GiB; qed");
	tag.copy_from_slice(&made);
	Ok(ciphertext)
}

/// The note of a leaf, if this key opens its ciphertext.
pub(crate) fn open(
	ciphertext: &Ciphertext,
	commitment: &FieldBytes,
	secret: &[u8; 32],
	genesis: &[u8; 32],
) -> Result<Opened, NotOurs> {
	let [VERSION, rest @ ..] = ciphertext else { return Err(NotOurs::Version) };
	let (ephemeral, rest) = rest.split_first_chunk::<32>().ok_or(NotOurs::Version)?;
	let (body, tag) = rest.split_last_chunk::<TAG>().ok_or(NotOurs::Version)?;
	let ephemeral = PublicKey::from_bytes(*ephemeral).map_err(|_| NotOurs::EphemeralKey)?;
	let cipher = cipher(secret, &ephemeral, &ephemeral, commitment).ok_or(NotOurs::EphemeralKey)?;
	let mut plain = Zeroizing::new([0; PLAIN]);
	plain.copy_from_slice(body);
	cipher
		.decrypt_inout_detached(
			&Nonce::from(NONCE),
			&associated(genesis, commitment),
			plain.as_mut_slice().into(),
			&Tag::from(*tag),
		)
		.map_err(|_| NotOurs::Sealed)?;

	let (value, rest) = plain.split_first_chunk::<8>().ok_or(NotOurs::Sealed)?;
	let (rho, rest) = rest.split_first_chunk::<32>().ok_or(NotOurs::Sealed)?;
	let (owner, rest) = rest.split_first_chunk::<32>().ok_or(NotOurs::Sealed)?;
	let (label, _) = rest.split_first_chunk().ok_or(NotOurs::Sealed)?;
	let field = |bytes: &[u8; 32]| FieldBytes(*bytes).to_field().ok_or(NotOurs::NotCanonical);
	let note = Note { value: u64::from_le_bytes(*value), owner: field(owner)?, rho: field(rho)? };
	if FieldBytes::from(note.commitment::<Native>()) != *commitment {
		return Err(NotOurs::OtherCommitment);
	}
	Ok(Opened { note, label: Label(*label) })
}

/// The cipher that both sides share. `None` where the shared secret is zero, which a point of low
/// order makes it: anybody could then compute the key.
///
/// The commitment is in the key and not in the associated data alone, so that a payer whose
/// randomness repeats has still not used a key twice for two notes.
fn cipher(
	secret: &[u8; 32],
	other: &PublicKey,
	ephemeral: &PublicKey,
	commitment: &FieldBytes,
) -> Option<Aes256Gcm> {
	let shared = Zeroizing::new(x25519(*secret, other.to_bytes()));
	if bool::from(shared[..].ct_eq(&[0; 32][..])) {
		return None;
	}
	let mut key = Zeroizing::new([0; 32]);
	Hkdf::<Sha256>::new(None, &*shared)
		.expand_multi_info(&[KEY, &ephemeral.to_bytes(), &commitment.0], &mut *key)
		.expect("32 bytes are within HKDF's output; qed");
	Some(Aes256Gcm::new((&*key).into()))
}

fn associated(genesis: &[u8; 32], commitment: &FieldBytes) -> [u8; 64] {
	let mut bytes = [0; 64];
	bytes[..32].copy_from_slice(genesis);
	bytes[32..].copy_from_slice(&commitment.0);
	bytes
}
