//! Audit: values of notes that a call shows to an auditor, and to nobody else.
//!
//! Where the pool's policy asks for it, whoever makes notes encrypts what they are worth to the
//! auditor's key A, and its proof says so. The auditor finds the values in the calls and the chain cannot: it
//! sees an ephemeral key R = e B8, a number for each note, and a public signal that is the hash of all.

use crate::{
	note_call::{canonical, NoteCallError},
	FieldBytes, JobTime, SettlementClaims, NOTE_SIGNALS, SETTLEMENT_SIGNALS,
};
use ark_bn254::Fr;
use ark_ff::PrimeField;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use quittance_babyjubjub::{KeyError, Point, PublicKey};
use quittance_poseidon::{tag, Hasher};
use scale_info::TypeInfo;

/// Number of public signals of `transfer`, `withdraw` and `post_private_job` for a pool with an auditor.
pub const AUDITED_NOTE_SIGNALS: usize = NOTE_SIGNALS + 1;

/// Number of public signals of `settle` and `settle_verdict` for such a pool.
pub const AUDITED_SETTLEMENT_SIGNALS: usize = SETTLEMENT_SIGNALS + 1;

/// Number of an auditor's key: the first one that governance sets has 1, and none has the number of
/// another. A call names the key that it was made for by this number, so that it stays what it is when the
/// key is replaced meanwhile.
pub type AuditKeyNumber = u32;

/// An auditor's BabyJubJub key: canonical, on the curve, in the subgroup of prime order, not the identity.
/// With any other key everybody could read what is encrypted to it, or nobody knows what a proof says.
///
/// It is a type, so that the check is made once, where the key is set. What is decoded was encoded by the
/// same chain.
#[derive(
	Clone,
	Copy,
	PartialEq,
	Eq,
	Debug,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub struct AuditorKey([u8; 64]);

impl AuditorKey {
	/// The key in these bytes: x and y, each 32 bytes little-endian.
	pub fn new(bytes: &[u8; 64]) -> Result<Self, KeyError> {
		PublicKey::from_bytes(bytes).map(|_| Self(*bytes))
	}

	/// x and y, each 32 bytes little-endian.
	pub fn to_bytes(&self) -> [u8; 64] {
		self.0
	}

	/// The coordinates, or `None` for bytes that [`new`](Self::new) never took.
	pub fn coordinates(&self) -> Option<[Fr; 2]> {
		let (x, y) = self.0.split_at(32);
		let coordinate = |bytes: &[u8]| FieldBytes(bytes.try_into().ok()?).to_field();
		Some([coordinate(x)?, coordinate(y)?])
	}
}

impl From<&PublicKey> for AuditorKey {
	fn from(key: &PublicKey) -> Self {
		Self(key.to_bytes())
	}
}

/// An auditor's key with its number.
#[derive(
	Clone,
	Copy,
	PartialEq,
	Eq,
	Debug,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub struct NumberedAuditorKey {
	/// Its number.
	pub number: AuditKeyNumber,
	/// The key.
	pub key: AuditorKey,
}

/// What the pool asks of every private call.
#[derive(
	Clone,
	Copy,
	PartialEq,
	Eq,
	Debug,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub struct AuditPolicy {
	/// The key to which values are encrypted.
	pub current: NumberedAuditorKey,
	/// The key before it, and the last job time at which it is accepted.
	pub previous: Option<(NumberedAuditorKey, JobTime)>,
}

impl AuditPolicy {
	/// The key of this number, with the last job time at which it is accepted where it has one. `None` for any
	/// other than the two.
	pub fn key(&self, number: AuditKeyNumber) -> Option<(AuditorKey, Option<JobTime>)> {
		if self.current.number == number {
			return Some((self.current.key, None));
		}
		let (previous, until) = self.previous.filter(|(key, _)| key.number == number)?;
		Some((previous.key, Some(until)))
	}
}

/// `P(tag, S.x, S.y, commitment)`, with S the point that the ephemeral key and the auditor's share: what is
/// added to the value of a note to encrypt it.
///
/// It covers the commitment, so that no two notes share one, and no number is a ciphertext of another note.
pub fn audit_mask<H: Hasher>(shared: &Point, commitment: Fr) -> Fr {
	H::hash(&[tag("quittance.audit-mask.v1"), shared.x, shared.y, commitment])
}

/// What a note is worth, from what the call shows and the shared point. `None` where it does not decrypt to
/// 64 bits: no call that the chain accepted, or another auditor's.
pub fn audited_value<H: Hasher>(shared: &Point, commitment: Fr, encrypted: Fr) -> Option<u64> {
	let value = encrypted - audit_mask::<H>(shared, commitment);
	let [value, 0, 0, 0] = value.into_bigint().0 else { return None };
	Some(value)
}

/// What an audited call shows to the auditor, as its circuit takes it: of one note, or of two.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AuditedValues<const NOTES: usize> {
	/// The ephemeral key's coordinates.
	pub ephemeral_key: [Fr; 2],
	/// The value of each note plus its [`audit_mask`], in the order of the notes.
	pub encrypted: [Fr; NOTES],
}

impl<const NOTES: usize> AuditedValues<NOTES> {
	/// The values of these notes, encrypted. `shared` is the point that the ephemeral key and the auditor's
	/// share; a note is its value and its commitment.
	pub fn new<H: Hasher>(
		ephemeral_key: &Point,
		shared: &Point,
		notes: &[(u64, Fr); NOTES],
	) -> Self {
		let encrypted =
			notes.map(|(value, commitment)| Fr::from(value) + audit_mask::<H>(shared, commitment));
		Self { ephemeral_key: [ephemeral_key.x, ephemeral_key.y], encrypted }
	}
}

impl AuditedValues<1> {
	/// `P(tag, A.x, A.y, R.x, R.y, encrypted)`, the last public signal. `key` is A.
	pub fn signal<H: Hasher>(&self, key: [Fr; 2]) -> Fr {
		let ([a_x, a_y], [r_x, r_y], [encrypted]) = (key, self.ephemeral_key, self.encrypted);
		H::hash(&[tag(AUDIT), a_x, a_y, r_x, r_y, encrypted])
	}
}

impl AuditedValues<2> {
	/// `P(tag, A.x, A.y, R.x, R.y, encrypted_0, encrypted_1)`, the last public signal. `key` is A.
	pub fn signal<H: Hasher>(&self, key: [Fr; 2]) -> Fr {
		let ([a_x, a_y], [r_x, r_y], [first, second]) = (key, self.ephemeral_key, self.encrypted);
		H::hash(&[tag(AUDIT), a_x, a_y, r_x, r_y, first, second])
	}
}

/// Domain of the public signal.
const AUDIT: &str = "quittance.audit.v1";

/// What a `withdraw` shows to the auditor: the value of its change. An argument of the call that the proof
/// covers by a public signal of its own, and the header's `arguments` does not.
#[derive(
	Clone,
	Copy,
	PartialEq,
	Eq,
	Debug,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub struct NoteAudit {
	/// Whose key it is encrypted to.
	pub key: AuditKeyNumber,
	/// The one-time key: x and y.
	pub ephemeral_key: [FieldBytes; 2],
	/// The value plus [`audit_mask`].
	pub encrypted: FieldBytes,
}

impl NoteAudit {
	/// What is shown of these values.
	pub fn new(key: AuditKeyNumber, values: &AuditedValues<1>) -> Self {
		let [encrypted] = values.encrypted.map(Into::into);
		Self { key, ephemeral_key: values.ephemeral_key.map(Into::into), encrypted }
	}

	/// As the circuit takes it.
	pub fn values(&self) -> Result<AuditedValues<1>, NoteCallError> {
		Ok(AuditedValues {
			ephemeral_key: both(&self.ephemeral_key)?,
			encrypted: [canonical(&self.encrypted)?],
		})
	}
}

/// What a `transfer` shows to the auditor, the values of both notes, and what a `post_private_job` does:
/// those of the change and of the escrow. As [`NoteAudit`].
#[derive(
	Clone,
	Copy,
	PartialEq,
	Eq,
	Debug,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub struct NotePairAudit {
	/// Whose key they are encrypted to.
	pub key: AuditKeyNumber,
	/// The one-time key: x and y.
	pub ephemeral_key: [FieldBytes; 2],
	/// Each value plus its [`audit_mask`].
	pub encrypted: [FieldBytes; 2],
}

impl NotePairAudit {
	/// What is shown of these values.
	pub fn new(key: AuditKeyNumber, values: &AuditedValues<2>) -> Self {
		let (ephemeral_key, encrypted) = (values.ephemeral_key, values.encrypted);
		Self {
			key,
			ephemeral_key: ephemeral_key.map(Into::into),
			encrypted: encrypted.map(Into::into),
		}
	}

	/// As the circuit takes it.
	pub fn values(&self) -> Result<AuditedValues<2>, NoteCallError> {
		Ok(AuditedValues {
			ephemeral_key: both(&self.ephemeral_key)?,
			encrypted: both(&self.encrypted)?,
		})
	}
}

/// What a settlement shows to the auditor: the values of the payee's note and of the change. Its ephemeral
/// key is that of the [`SettlementClaims`]. As [`NoteAudit`].
#[derive(
	Clone,
	Copy,
	PartialEq,
	Eq,
	Debug,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub struct SettlementAudit {
	/// Whose key they are encrypted to.
	pub key: AuditKeyNumber,
	/// Each value plus its [`audit_mask`].
	pub encrypted: [FieldBytes; 2],
}

impl SettlementAudit {
	/// What is shown of these values.
	pub fn new(key: AuditKeyNumber, values: &AuditedValues<2>) -> Self {
		Self { key, encrypted: values.encrypted.map(Into::into) }
	}

	/// As the circuit takes it, with the ephemeral key of the claims.
	pub fn values(&self, claims: &SettlementClaims) -> Result<AuditedValues<2>, NoteCallError> {
		Ok(AuditedValues {
			ephemeral_key: both(&claims.ephemeral_key)?,
			encrypted: both(&self.encrypted)?,
		})
	}
}

fn both(elements: &[FieldBytes; 2]) -> Result<[Fr; 2], NoteCallError> {
	let [first, second] = elements;
	Ok([canonical(first)?, canonical(second)?])
}

#[cfg(test)]
mod tests {
	use super::*;
	use quittance_babyjubjub::SecretKey;
	use quittance_poseidon::Native;

	fn order() -> FieldBytes {
		let mut bytes = FieldBytes::from(-Fr::from(1u8)).0;
		bytes[0] += 1;
		FieldBytes(bytes)
	}

	fn hash(value: u8) -> FieldBytes {
		Fr::from(value).into()
	}

	fn numbered(number: AuditKeyNumber) -> NumberedAuditorKey {
		let key = SecretKey::from_seed(&[number as u8; 32]).public();
		NumberedAuditorKey { number, key: AuditorKey::from(&key) }
	}

	/// Trap 7: the identity, a key with a part of small order, one off the curve, two encodings.
	#[test]
	fn fails_when_the_auditors_key_is_none() {
		let key = SecretKey::from_seed(&[1; 32]).public();
		let bytes = |x: Fr, y: Fr| {
			let mut bytes = [0; 64];
			bytes[..32].copy_from_slice(&FieldBytes::from(x).0);
			bytes[32..].copy_from_slice(&FieldBytes::from(y).0);
			bytes
		};
		let (zero, one) = (Fr::from(0u8), Fr::from(1u8));
		let mut not_canonical = bytes(zero, key.y());
		not_canonical[..32].copy_from_slice(&order().0);
		for (refused, error) in [
			(bytes(zero, one), KeyError::Identity),
			(bytes(zero, -one), KeyError::NotInSubgroup),
			(bytes(-key.x(), -key.y()), KeyError::NotInSubgroup),
			(bytes(key.x(), key.y() + one), KeyError::NotOnCurve),
			(not_canonical, KeyError::NotCanonical),
		] {
			assert_eq!(AuditorKey::new(&refused), Err(error));
		}
		let accepted = AuditorKey::new(&key.to_bytes()).unwrap();
		assert_eq!(accepted, AuditorKey::from(&key));
		assert_eq!(accepted.coordinates(), Some([key.x(), key.y()]));
		assert_eq!(accepted.to_bytes(), key.to_bytes());
		// What storage that was damaged decodes to.
		assert_eq!(AuditorKey(not_canonical).coordinates(), None);
	}

	#[test]
	fn a_policy_has_two_keys_at_most() {
		let mut policy = AuditPolicy { current: numbered(7), previous: None };
		assert_eq!(policy.key(7), Some((numbered(7).key, None)));
		assert_eq!(policy.key(6), None);
		policy.previous = Some((numbered(6), 99));
		assert_eq!(policy.key(7), Some((numbered(7).key, None)));
		assert_eq!(policy.key(6), Some((numbered(6).key, Some(99))));
		assert_eq!(policy.key(5), None);
		assert_eq!(policy.key(8), None);
	}

	#[test]
	fn the_auditor_finds_the_values_and_nobody_else_does() {
		let [auditor, ephemeral, other] = [1, 2, 3].map(|seed| SecretKey::from_seed(&[seed; 32]));
		let commitments = [5u8, 6].map(Fr::from);
		for values in [[0, 1], [u64::MAX, 0], [7, 7]] {
			let [first, second] = values;
			let notes = [(first, commitments[0]), (second, commitments[1])];
			let shared = ephemeral.shared(&auditor.public());
			let key = ephemeral.public().point();
			let shown = AuditedValues::new::<Native>(&key, &shared, &notes);
			let open = |key: &SecretKey, commitment, encrypted| {
				let shared = key.shared(&ephemeral.public());
				audited_value::<Native>(&shared, commitment, encrypted)
			};
			let [to_first, to_second] = shown.encrypted;
			assert_eq!(open(&auditor, commitments[0], to_first), Some(first));
			assert_eq!(open(&auditor, commitments[1], to_second), Some(second));
			// Another's key, another's ciphertext, a number too large.
			assert_eq!(open(&other, commitments[0], to_first), None);
			assert_eq!(open(&auditor, commitments[0], to_second), None);
			assert_eq!(open(&auditor, commitments[1], to_first), None);
			let over = to_first - Fr::from(first) + Fr::from(1u128 << 64);
			assert_eq!(open(&auditor, commitments[0], over), None);
			let most = over - Fr::from(1u8);
			assert_eq!(open(&auditor, commitments[0], most), Some(u64::MAX));
			// Equal values do not show.
			assert_ne!(to_first, to_second);
		}
	}

	#[test]
	fn everything_shown_is_in_the_signal() {
		let number = |value: u8| Fr::from(value);
		let key = [number(1), number(2)];
		let one = AuditedValues { ephemeral_key: [number(3), number(4)], encrypted: [number(5)] };
		let two =
			AuditedValues { ephemeral_key: [number(3), number(4)], encrypted: [5, 0].map(number) };
		let swapped = |[first, second]: [Fr; 2]| [second, first];
		let signals = [
			one.signal::<Native>(key),
			one.signal::<Native>(swapped(key)),
			AuditedValues { ephemeral_key: swapped(one.ephemeral_key), ..one }
				.signal::<Native>(key),
			AuditedValues { encrypted: [number(6)], ..one }.signal::<Native>(key),
			two.signal::<Native>(key),
			two.signal::<Native>(swapped(key)),
			AuditedValues { ephemeral_key: swapped(two.ephemeral_key), ..two }
				.signal::<Native>(key),
			AuditedValues { encrypted: swapped(two.encrypted), ..two }.signal::<Native>(key),
			AuditedValues { encrypted: [5, 1].map(number), ..two }.signal::<Native>(key),
			audit_mask::<Native>(&Point::new_unchecked(number(1), number(2)), number(3)),
		];
		for (place, signal) in signals.iter().enumerate() {
			assert!(!signals[..place].contains(signal), "signal {place} is its own");
		}
		let parts = [tag("quittance.audit.v1"), number(1), number(2), number(3), number(4)];
		let [t, a, b, c, d] = parts;
		assert_eq!(one.signal::<Native>(key), Native::hash(&[t, a, b, c, d, number(5)]));
		let expected = Native::hash(&[t, a, b, c, d, number(5), number(0)]);
		assert_eq!(two.signal::<Native>(key), expected);
	}

	#[test]
	fn what_is_shown_is_what_was_made() {
		let one =
			AuditedValues { ephemeral_key: [3u8, 4].map(Fr::from), encrypted: [Fr::from(5u8)] };
		assert_eq!(NoteAudit::new(9, &one).values(), Ok(one));
		assert_eq!(NoteAudit::new(9, &one).key, 9);
		let ephemeral_key = one.ephemeral_key;
		let two = AuditedValues { ephemeral_key, encrypted: [5u8, 6].map(Fr::from) };
		assert_eq!(NotePairAudit::new(8, &two).values(), Ok(two));
		assert_eq!(NotePairAudit::new(8, &two).key, 8);
		let claims = SettlementClaims {
			payee: hash(1),
			change: hash(2),
			ephemeral_key: ephemeral_key.map(Into::into),
			encrypted_change: hash(7),
			fee: 1,
		};
		assert_eq!(SettlementAudit::new(7, &two).values(&claims), Ok(two));
		assert_eq!(SettlementAudit::new(7, &two).key, 7);
	}

	/// Trap 4: a ciphertext has one encoding.
	#[test]
	fn fails_when_something_shown_is_not_canonical() {
		let (error, bad) = (Err(NoteCallError::NotCanonical), order());
		let good = NoteAudit { key: 1, ephemeral_key: [hash(1), hash(2)], encrypted: hash(3) };
		assert_eq!(NoteAudit { ephemeral_key: [bad, hash(2)], ..good }.values(), error);
		assert_eq!(NoteAudit { ephemeral_key: [hash(1), bad], ..good }.values(), error);
		assert_eq!(NoteAudit { encrypted: bad, ..good }.values(), error);
		let error = Err(NoteCallError::NotCanonical);
		let ephemeral_key = good.ephemeral_key;
		let pair = NotePairAudit { key: 1, ephemeral_key, encrypted: [hash(3), hash(4)] };
		for pair in [
			NotePairAudit { ephemeral_key: [bad, hash(2)], ..pair },
			NotePairAudit { ephemeral_key: [hash(1), bad], ..pair },
			NotePairAudit { encrypted: [bad, hash(4)], ..pair },
			NotePairAudit { encrypted: [hash(3), bad], ..pair },
		] {
			assert_eq!(pair.values(), error);
		}
		let claims = SettlementClaims {
			payee: hash(1),
			change: hash(2),
			ephemeral_key,
			encrypted_change: hash(7),
			fee: 1,
		};
		let audit = SettlementAudit { key: 1, encrypted: [hash(3), hash(4)] };
		let refused = SettlementClaims { ephemeral_key: [bad, hash(2)], ..claims };
		assert_eq!(audit.values(&refused), error);
		assert_eq!(SettlementAudit { encrypted: [bad, hash(4)], ..audit }.values(&claims), error);
		assert_eq!(SettlementAudit { encrypted: [hash(3), bad], ..audit }.values(&claims), error);
	}
}
